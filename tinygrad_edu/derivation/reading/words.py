"""The words of a claim: which function, constant, letter or size a spelling stands for."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ... import functions
from ...graph import Node
from ...rules import TABLE
from ...rules import shape as shape_of
from . import entries
from .entries import Entries, Misfit

# ── functions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _entrywise(name: str) -> Callable[..., Entries]:
    function: Callable[..., Any] = getattr(functions, name)

    def apply(*given: Entries) -> Entries:
        takes = max(len(getattr(TABLE.get(name), "vjps", ()) or ()), 1) if not callable(TABLE[name].vjps) else 3
        if len(given) != takes:
            raise Misfit(f"{name} takes {takes} argument{'s' * (takes != 1)}, not {len(given)}")
        if len(given) == 1:
            return replace(given[0], data=function(given[0].data), standing="")
        return entries.elementwise(function, *given)

    return apply


def _step(name: str) -> Callable[..., Entries]:
    """A function without slope: sign, floor, the comparisons."""
    function: Callable[..., Any] = getattr(functions, name, None) or TABLE[name]

    def apply(*given: Entries) -> Entries:
        found = entries.elementwise(lambda *data: function(*data), *given)
        return replace(found, data=_numbers(found.data))

    return apply


def _numbers(data: Any) -> Any:
    """Bools as 0 and 1, so that they can be counted and subtracted."""
    return data * 1.0


def _reduction(name: str) -> Callable[..., Entries]:
    function: Callable[..., Any] = getattr(functions, name)
    pair = {"max": "maximum", "min": "minimum"}.get(name)

    def apply(*given: Entries, **options: Any) -> Entries:
        if len(given) == 2 and pair:
            return entries.elementwise(getattr(functions, pair), *given)
        if len(given) != 1:
            raise Misfit(f"{name} takes one argument, not {len(given)}")
        x = given[0]
        if not options and not x.labels:
            return Entries(function(x.data) if x.rank else x.data)
        if not options:
            return entries.reduce_axes(function, x)
        return Entries(_called(function, x.data, **options))

    return apply


def _along_axis(name: str) -> Callable[..., Entries]:
    """softmax and its relatives: along the last axis, or along the last index where there are only indices."""
    function: Callable[..., Any] = getattr(functions, name)

    def apply(x: Entries, axis: int = -1) -> Entries:
        if not x.rank and not x.labels:
            raise Misfit(f"{name} of a single number")
        return replace(x, data=_called(function, functions.array(x.data), axis=axis))

    return apply


def _called(function: Callable[..., Any], *given: Any, **options: Any) -> Any:
    """A function of ours, its complaint about shapes and axes as a misfit."""
    try:
        return function(*given, **options)
    except (ValueError, TypeError, IndexError) as error:
        raise Misfit(str(error)) from None


def _whole(function: Callable[..., Any]) -> Callable[..., Entries]:
    """A function of whole arrays, without indices."""

    def apply(*given: Entries, **options: Any) -> Entries:
        if any(x.labels for x in given):
            raise Misfit("a function of whole arrays, applied to a part with indices")
        return Entries(_called(function, *(x.data for x in given), **options))

    return apply


def _diag(x: Entries) -> Entries:
    """The matrix with x on its diagonal, or a matrix's diagonal."""
    if x.rank == 1:
        n = x.axes[0]
        entries.bounded([*x.lengths().values(), n, n])
        column = functions.reshape(functions.array(x.data), (*x.lengths().values(), n, 1))
        return Entries(functions.multiply(column, np.eye(n)), x.labels)
    if x.rank == 2 and not x.labels:
        return Entries(_called(functions.diagonal, x.data))
    raise Misfit(f"diag of a part that is {x}")


def _trace(x: Entries) -> Entries:
    if x.rank != 2 or x.labels:
        raise Misfit(f"the trace of a part that is {x}")
    return Entries(_called(functions.trace, x.data))


def _norm(x: Entries, order: int = 2) -> Entries:
    """√Σ x² over the matrix axes, or Σ |x|; of a single number its absolute value."""
    if not x.rank:
        return replace(x, data=functions.absolute(x.data))
    if order == 1:
        return entries.reduce_axes(functions.sum, replace(x, data=functions.absolute(x.data)))
    total = entries.reduce_axes(functions.sum, replace(x, data=functions.square(x.data)))
    return replace(total, data=functions.sqrt(total.data))


def _ones(fill: float) -> Callable[..., Entries]:
    def apply(x: Entries, *more: Entries) -> Entries:
        if x.rank == 1 and not more:
            lengths = [int(n) for n in np.asarray(x.data)]
        else:
            lengths = [int(float(each.data)) for each in (x, *more)]
        if any(n < 0 for n in lengths):
            raise Misfit(f"an array of lengths {lengths}")
        entries.bounded(lengths)
        return Entries(np.full(lengths, fill))

    return apply


def _eye(n: Entries) -> Entries:
    length = int(float(n.data))
    entries.bounded([length, length])
    return Entries(np.eye(length))


def _arange(n: Entries) -> Entries:
    length = int(float(n.data))
    entries.bounded([length])
    return Entries(np.arange(float(length)))


def _outer(x: Entries, y: Entries) -> Entries:
    entries.bounded([int(np.size(_held(x.data))), int(np.size(_held(y.data)))])
    return Entries(_called(functions.outer, x.data, y.data))


def _held(data: Any) -> Any:
    return data._data if isinstance(data, Node) else data


def _solve(x: Entries, y: Entries) -> Entries:
    from ... import linalg

    return Entries(_called(linalg.solve, x.data, y.data))


def _inverse(x: Entries) -> Entries:
    from ... import linalg

    return Entries(_called(linalg.inv, x.data), x.labels)


def _linalg_norm(x: Entries, axis: Any = None, keepdims: bool = False) -> Entries:
    squares = functions.square(x.data)
    return Entries(functions.sqrt(_called(functions.sum, squares, axis=axis, keepdims=keepdims)))


def _reshape(x: Entries, *new: Entries) -> Entries:
    lengths = [int(n) for each in new for n in np.ravel(_held(each.data))]
    return Entries(_called(functions.reshape, x.data, lengths))


def _expand(x: Entries, axis: int) -> Entries:
    return Entries(_called(functions.expand_dims, functions.array(x.data), axis))


def _like(fill: float) -> Callable[..., Entries]:
    return lambda x: replace(x, data=x.data * 0.0 + fill, standing="")


def _logit(x: Entries) -> Entries:
    return replace(x, data=functions.log(x.data) - functions.log(1.0 - x.data))


def _inverted(name: str) -> Callable[..., Entries]:
    """1/f: cot, sec and csc have no row of their own."""
    return lambda x: replace(x, data=1.0 / getattr(functions, name)(x.data))


_ENTRYWISE = [
    name
    for name, rule in TABLE.items()
    if rule.kind.name == "elementwise"
    and rule.differentiable
    and name not in ("identity", "broadcast_to", "astype", "expand_dims", "squeeze")
]
_STEPS = [
    "sign", "floor", "ceil", "rint", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
    "logical_and", "logical_or", "logical_not", "floor_divide",
]  # fmt: skip

FUNCTIONS: dict[str, Callable[..., Entries]] = {
    **{name: _entrywise(name) for name in _ENTRYWISE if hasattr(functions, name)},
    **{name: _step(name) for name in _STEPS if name in TABLE},
    **{name: _reduction(name) for name in ("sum", "mean", "prod", "max", "min", "var", "std", "logsumexp")},
    **{name: _along_axis(name) for name in ("softmax", "log_softmax", "cumsum")},
    **{
        name: lambda x, name=name: replace(x, data=getattr(functions, name)(x.data))
        for name in ("leaky_relu", "elu", "gelu", "silu")
        if hasattr(functions, name)
    },
    **{
        name: _whole(getattr(functions, name))
        for name in ("dot", "inner", "ravel", "squeeze", "trace", "diagonal", "swapaxes")
        if hasattr(functions, name)
    },
    "matmul": lambda x, y: entries.matrix_product(replace(x, row=False), replace(y, row=False)),
    "transpose": entries.transposed,
    "outer": _outer,
    "diag": _diag,
    "trace": _trace,
    "norm": _norm,
    "linalg.norm": _linalg_norm,
    "linalg.inv": _inverse,
    "linalg.solve": _solve,
    "inverse": _inverse,
    "reshape": _reshape,
    "expand_dims": _expand,
    "ones": _ones(1.0),
    "zeros": _ones(0.0),
    "eye": _eye,
    "arange": _arange,
    "ones_like": _like(1.0),
    "zeros_like": _like(0.0),
    "clip": lambda x, low, high: entries.elementwise(functions.clip, x, low, high),
    "logit": _logit,
    "sec": _inverted("cos"),
    "csc": _inverted("sin"),
    "cot": _inverted("tan"),
    "sech": _inverted("cosh"),
}

# How people write them, beside the name itself
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
    "relu": "relu",
    "swish": "silu",
    "inv": "inverse",
    "identity": "eye",
    "range": "arange",
    "amax": "max",
    "amin": "min",
    "mod": "remainder",
}
CONSTANTS = {"e": float(np.e), "pi": float(np.pi), "π": float(np.pi)}


def function_named(spelled: str) -> str | None:
    """The engine's name of a function as somebody writes it."""
    for candidate in (spelled, spelled.lower(), spelled.replace("_", "").lower()):
        found = SPELLED.get(candidate, candidate)
        if found in FUNCTIONS:
            return found
    return None


# ── letters ───────────────────────────────────────────────────────────────────────────────────────────────────────────

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi",
    "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi",
    "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ℓ": "ell",
}  # fmt: skip
MARKS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot", "\u0305": "bar"}
PRIMES = "'′’"


def canonical(name: str) -> str:
    """One spelling for the many of a name: ŷ, y_hat and yhat; W_1, W1 and W₁; θ and theta.

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


_SAME = {"lambda": ("lam", "lamb", "lambd", "lamda", "lmbda"), "lam": ("lambda",), "epsilon": ("eps",)}

# What a sample count is called, the number of features, of classes
SAMPLES, FEATURES, CLASSES = "NnmMB", "Dd", "KC"


def meant_sizes(spelled: str, letters: Sequence[str], samples: str | None) -> tuple[str, ...]:
    """The graph's sizes that a letter may stand for, likeliest first; none if it is no letter for a size.

    samples: the letter of the sample count. Of the letters after N nobody who writes a claim can know which axis they
    were given to, so any of them may be meant by any other.
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


class Vocabulary:
    """What the words of one claim may mean: the graph's names with the letters of their axes, its functions.

    names: for each name its axes, each a letter or a length. functions: the operations of the graph by name: what an
    undefined s(z) or f(z) can be.
    """

    def __init__(self, names: Mapping[str, Sequence[Any]], functions: Iterable[str] = (), loss: str = "L") -> None:
        self.names = {name: tuple(axes) for name, axes in names.items()}
        self.functions = tuple(functions)
        self.loss = loss
        self.by_spelling: dict[str, str] = {}
        for name in self.names:
            self.by_spelling.setdefault(canonical(name), name)
        letters = [axis for axes in self.names.values() for axis in axes if isinstance(axis, str)]
        self.letters = tuple(dict.fromkeys(letters))
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

    def sizes(self, spelled: str) -> tuple[str, ...]:
        """The graph's sizes that a letter may stand for, likeliest first."""
        return meant_sizes(spelled, self.letters, self.samples)

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
        there = sorted(self.names)
        near = difflib.get_close_matches(spelled, there, n=1, cutoff=0.5) or [
            name for name in there if canonical(name).lower().startswith(canonical(spelled).lower()[:1])
        ]
        known = ", ".join(there) if there else "none; give names to the graph's tensors"
        return f"unknown name {spelled!r}; the names are: {known}" + (f"; did you mean {near[0]!r}?" if near else "")


def rank_of(data: Any) -> int:
    """How many axes an array or a node has."""
    return len(shape_of(data))
