"""The words of a claim: which function, constant, letter or size a spelling stands for."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine.rules import TABLE
from ..paper.notation import FROM_GREEK
from .calls import FUNCTIONS

# Other spellings of functions, each with the engine's name
SPELLED = {
    "ln": "log",
    "lg": "log10",
    "sigma": "sigmoid",
    "varsigma": "sigmoid",
    "sig": "sigmoid",
    "sigm": "sigmoid",
    "logistic": "sigmoid",
    "expit": "sigmoid",
    "sgn": "sign",
    "signum": "sign",
    "abs": "absolute",
    "fabs": "absolute",
    "arsinh": "arcsinh",
    "arcosh": "arccosh",
    "artanh": "arctanh",
    "arth": "arctanh",
    "atanh": "arctanh",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "th": "tanh",
    "tg": "tan",
    "ctg": "cot",
    "pow": "power",
    "average": "mean",
    "avg": "mean",
    "tr": "trace",
    "Tr": "trace",
    "softMax": "softmax",
    "smax": "softmax",
    "logsoftmax": "log_softmax",
    "LSE": "logsumexp",
    "lse": "logsumexp",
    "concat": "concatenate",
    "swish": "silu",
    "inv": "inverse",
    "identity": "eye",
    "range": "arange",
    "amax": "max",
    "amin": "min",
    "mod": "remainder",
    "adj": "adjugate",
    "cof": "cofactor",
}
CONSTANTS = {"e": float(np.e), "pi": float(np.pi), "π": float(np.pi)}


def function_named(spelled: str) -> str | None:
    """The engine's name of a function as somebody writes it. Σ is none: it is a matrix where it is no sum."""
    if spelled == "Sigma":
        return None
    for candidate in (spelled, spelled.lower(), spelled.replace("_", "").lower()):
        found = SPELLED.get(candidate, candidate)
        if found in FUNCTIONS:
            return found
    return None


# What people call the derivative of a function that they have written: sigmoid_prime, dtanh, relu_grad
_SLOPE = re.compile(
    r"(?:(?P<f>.+?)_?(?:prime|derivative|deriv|der|gradient|grad|diff)"
    r"|(?:derivative|deriv|gradient|grad|diff|d)(?:_of)?_?(?P<g>.+))",
    re.IGNORECASE,
)


def slope_named(spelled: str) -> str | None:
    """The engine's name of the function whose derivative a function's name says it is, if it has a rule for one.

    >>> slope_named("sigmoid_prime"), slope_named("dtanh"), slope_named("drop")
    ('sigmoid', 'tanh', None)
    """
    match = _SLOPE.fullmatch(spelled)
    function = function_named(match["f"] or match["g"]) if match else None
    rule = TABLE.get(function or "")
    if rule is None or rule.arity != 1 or rule.kind.name != "elementwise" or not rule.differentiable:
        return None
    return function


# ── letters ───────────────────────────────────────────────────────────────────────────────────────────────────────────

# Beside those that names are printed with, letters that look like them
GREEK = FROM_GREEK | {
    "ϵ": "epsilon", "ϑ": "theta", "µ": "mu", "ο": "omicron", "ς": "sigma", "ϕ": "phi",
}  # fmt: skip
MARKS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot", "\u0305": "bar"}
PRIMES = "'′’"


def canonical(name: str) -> str:
    """The spelling by which a name is looked up: the same for ŷ, y_hat and yhat; for W_1, W1 and W₁; for θ and theta.

    >>> canonical("ŷ"), canonical("y_hat"), canonical("W₁"), canonical("θ_2")
    ('yhat', 'yhat', 'W1', 'theta2')
    """
    spelled = []
    for letter in unicodedata.normalize("NFD", name):
        if letter in MARKS:
            spelled.append(MARKS[letter])
        elif letter in GREEK:
            spelled.append(GREEK[letter])
        elif letter not in "_{}()[]^\\ ":
            spelled.append(unicodedata.normalize("NFKC", letter))
    return "".join(spelled)


_ALIKE = (("lambda", "lam", "lamb", "lambd", "lamda", "lmbda", "lmbd"), ("epsilon", "eps"))
_SAME = {one: tuple(each for each in group if each != one) for group in _ALIKE for one in group}

# What a sample count is called, the number of features, of classes
SAMPLES, FEATURES, CLASSES = "NnmMB", "Dd", "KC"


def meant_sizes(spelled: str, letters: Sequence[str], samples: str | None) -> tuple[str, ...]:
    """The graph's sizes that a letter may stand for, likeliest first; none if it is no letter for a size.

    samples: the letter of the sample count. Which axis has which of the other letters is the engine's choice and not
    known to whoever writes a claim, so each of them may stand for each other.
    """
    if spelled == "N" and spelled in letters:
        return ("N",)
    if spelled not in (*letters, *SAMPLES, *FEATURES, *CLASSES):
        return ()
    usual = [letter for letter in letters if letter == spelled]
    if spelled in SAMPLES and samples:
        usual.append(samples)
    for group in (FEATURES, CLASSES):
        if spelled in group:
            usual += [letter for letter in letters if letter in group]
    others = [letter for letter in letters if letter != samples or spelled in SAMPLES] or letters
    return tuple(dict.fromkeys([*usual, *others]))


def is_usual_size(spelled: str, letter: str) -> bool:
    """Whether a letter is usual for what the graph calls by another: m for N, C for K, but not K for N."""
    return spelled == letter or any(spelled in group and letter in group for group in (SAMPLES, FEATURES, CLASSES))


# Letters for the same thing: what the model gives, its parameters, what goes into its last function
_FAMILIES = (
    {"yhat", "a", "p", "o", "h", "f", "ypred", "pred", "out", "output", "phat", "pi", "A", "Yhat", "P", "O"},
    {"w", "W", "theta", "Theta", "beta", "omega", "phi"},
    {"z", "u", "net", "logits", "eta", "Z", "s", "scores"},
)


def means(letter: str, name: str, names: Iterable[str]) -> bool:
    """Whether a letter that is no name can stand for the graph's `name`: both are usual for one thing, of which there
    is no other in the graph.

    >>> means("theta", "w", ["X", "w", "b"]), means("q", "w", ["X", "w", "b"]), means("theta", "b", ["X", "w", "b"])
    (True, False, False)
    """
    spelled, wanted = canonical(letter), canonical(name)
    if spelled in ("input", "output") or spelled.lower() == wanted.lower():  # grad_output; x for X
        return True
    if len(spelled) < 4 and spelled[:1].lower() == wanted.lower() and spelled[1:].isalpha():  # u_iq for U
        return True
    for family in _FAMILIES:
        if canonical(letter) in family and canonical(name) in family:
            return not any(canonical(other) in family and other != name for other in names)
    return False


def is_usual(letter: str) -> bool:
    """Whether a letter is usual for a prediction, a parameter, logits or data."""
    return canonical(letter) in set().union(*_FAMILIES) or letter in ("x", "X", "y", "Y", "t", "T", "b", "v", "g")


# What the values of the function are called whose derivative is claimed, f(x) of f′(x) = …; no text can spell it
OWN = "f(x)"


class Derived(NamedTuple):
    """What is derived, where it is more than a number: its name, "" if it has none, and its axes.

    by: where it is a gradient itself, the name by which the loss was derived.
    """

    name: str = ""
    axes: tuple[Any, ...] = ()
    by: str = ""

    def gradient_axes(self, own: Sequence[Any]) -> tuple[Any, ...]:
        """The axes of its gradient at something with axes of its own: all of both that are longer than 1."""
        return tuple(axis for axis in (*self.axes, *own) if axis != 1) if self.axes else tuple(own)


class Vocabulary:
    """What the words of one claim may mean: the graph's names with the letters of their axes, its functions.

    names: for each name its axes, each a letter or a length. functions: the operations of the graph by name: what an
    undefined s(z) or f(z) can be. sizes: letters of sizes that no name has an axis of.
    """

    def __init__(
        self,
        names: Mapping[str, Sequence[Any]],
        functions: Iterable[str] = (),
        loss: str = "L",
        sizes: Iterable[str] = (),
    ) -> None:
        self.names = {name: tuple(axes) for name, axes in names.items()}
        self.functions = tuple(functions)
        self.loss = loss
        self.called = loss  # what the text itself calls it: the BCE of ∂BCE/∂w
        self.leaves: frozenset[str] = frozenset()  # the names that a text cannot define otherwise
        self.places: frozenset[str] = frozenset()  # the names that stand as an index
        self.said: frozenset[str] = frozenset()  # the letters of sizes that a user chose
        self.definitions: dict[str, Any] = {}  # what the text itself defines, by spelling
        self.own, self.own_argument = "", ""  # the function whose derivative is claimed, and of what it is one
        self.derived = Derived()
        self.standing: Callable[[Sequence[Any]], str | None] = lambda pieces: None  # the name that a formula stands for
        self.by_spelling: dict[str, str] = {}
        for name in self.names:
            if name != OWN:
                self.by_spelling.setdefault(canonical(name), name)
        letters = [axis for axes in self.names.values() for axis in axes if isinstance(axis, str)]
        self.letters = tuple(dict.fromkeys([*letters, *sizes]))
        self.samples = "N" if "N" in self.letters else self.letters[0] if self.letters else None

    def name(self, spelled: str) -> str | None:
        """The graph's name of that spelling."""
        if spelled in self.names:
            return spelled
        wanted = canonical(spelled)
        for same in (wanted, *_SAME.get(wanted, ())):
            if same in self.by_spelling:
                return self.by_spelling[same]
        return None

    def know_loss(self) -> None:
        """Let a text speak of a loss that has no name in the graph, as the condition L > 0 does."""
        if self.name(self.loss) is None and self.loss not in self.letters and not self.derived.axes:
            self.names[self.loss] = ()
            self.by_spelling[canonical(self.loss)] = self.loss

    def is_class(self, spelled: str) -> bool:
        """Whether a spelling is, letter for letter, the name of a class number: of a single number that is an index."""
        return spelled in self.places and not self.names[spelled]

    def family(self, spelled: str) -> tuple[str, ...]:
        """Data or parameters u₁, u₂, … of one shape, of which the letter is u; none if there is one at most."""
        stem = canonical(spelled)
        found = [name for n in range(1, len(self.names) + 1) if (name := self.by_spelling.get(f"{stem}{n}"))]
        alike = len({self.names[name] for name in found}) == 1
        return tuple(found) if len(found) > 1 and alike and self.leaves.issuperset(found) else ()

    def sizes(self, spelled: str) -> tuple[str, ...]:
        """The graph's sizes that a letter may stand for, likeliest first."""
        return (spelled,) if spelled in self.said else meant_sizes(spelled, self.letters, self.samples)

    def width_of(self, spelled: str) -> str | None:
        """The name whose rows are as long as d_k says: K, for the k below."""
        return self.name(spelled) or self.loosely(spelled)

    def loosely(self, spelled: str) -> str | None:
        """The graph's one name that differs in its case alone, or is the letter with a hat left out."""
        wanted = canonical(spelled).lower()
        found = [name for spelling, name in self.by_spelling.items() if spelling.lower() == wanted]
        return found[0] if len(found) == 1 else None

    def sample_axes(self) -> dict[str, int]:
        """For each name that has one, the axis that goes along the samples."""
        return {name: axes.index(self.samples) for name, axes in self.names.items() if self.samples in axes}

    def unknown(self, spelled: str) -> str:
        """What to say of a name that is not there."""
        there = sorted(name for name in self.names if name != OWN)
        near = difflib.get_close_matches(spelled, there, n=1, cutoff=0.5) or [
            name for name in there if canonical(name).lower().startswith(canonical(spelled).lower()[:1])
        ]
        known = ", ".join(there) if there else "none; give names to the graph's tensors"
        return f"unknown name {spelled!r}; the names are: {known}" + (f"; did you mean {near[0]!r}?" if near else "")
