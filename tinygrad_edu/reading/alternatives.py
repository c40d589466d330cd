"""Parts of a text that can be read in several ways, each with the question that decides between them.

A run answers the question (`Run.choose`), and a reading of the whole claim is made of such answers. The answers are
tried likeliest first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .entries import Entries
from .tree import (
    Applied,
    Expression,
    Gradient,
    Indexed,
    Name,
    Number,
    Ones,
    Question,
    Quotient,
    Run,
    Shape,
    Size,
    Slope,
    Transposed,
    folded,
    walk,
)
from .words import Vocabulary

# What stands below a d that is the width of something: of the model, of a head, of keys and values
_WIDTHS = ("model", "k", "v", "q", "h", "head", "in", "out", "ff", "key", "x")


@dataclass(frozen=True, eq=False)
class Alternatives(Expression):
    """One part with several meanings.

    question: what it is called in `Run.decided`; one of a single word is asked for this part alone, any other once for
    the whole text. answers: likeliest first. meant: makes the meaning from an answer and the parts in `within`. why:
    what to say where no answer is possible.
    """

    question: Question
    answers: tuple[str, ...]
    meant: Callable[..., Expression]
    within: tuple[Expression, ...] = ()
    why: str = ""

    def value(self, run: Run) -> Entries:
        """What the chosen meaning is worth in a run."""
        question = self.question if len(self.question) > 1 else (*self.question, id(self))
        possible = [answer for answer in self.answers if self.question[0] != "size" or answer in run.sizes]
        return self.meant(run.choose(question, possible, self.why), *self.within).value(run)


def size(at: int, spelled: str, letters: tuple[str, ...]) -> Expression:
    """N, D, m: a count, which may stand for one of several sizes of the graph."""
    why = f"nothing here has a size {spelled}"
    return Alternatives(at, ("size", spelled), letters, lambda letter: Size(at, letter), why=why)


def width(at: int, letter: str, below: str, words: Vocabulary) -> Expression | None:
    """d_k: how long the rows of K are; d_model: a count; d_W: the gradient at W; None for any other subscript.

    letter: the d or D. Where the subscript is a name in its very spelling, both are possible.
    """
    name = words.width_of(below)
    if name is None:
        return size(at, f"d_{below}", words.sizes("d")) if below in _WIDTHS and words.sizes("d") else None
    rows = Shape(at, Name(at, name), -1)
    if letter != "d" or words.name(below) is None:
        return rows
    if name == words.own_argument:  # the gradient that is claimed is not what a claim is made of
        return rows if below in _WIDTHS else Gradient(at, name)
    answers = ("width", "gradient") if below in _WIDTHS else ("gradient", "width")
    meant = lambda answer, gradient, length: gradient if answer == "gradient" else length
    return Alternatives(at, ("below d", below), answers, meant, (Gradient(at, name), rows))


def slashed(at: int, above: Expression, factors: Sequence[Expression], whole: Expression, tight: bool) -> Expression:
    """x/a b in one line: (x/a) b, or x/(a b). whole: the product a b. tight: its spacing suggests the second."""
    first = folded([Quotient(at, above, factors[0]), *factors[1:]])
    return _first_or_all(at, "slash", first, Quotient(at, above, whole), tight)


def grouped(at: int, from_left: Expression, others: Mapping[str, Expression]) -> Expression:
    """The value of a product such as uᵀA vᵀv, from the left, or in other orders: (uᵀA)(vᵀv), Xᵀ(p (1 − p))."""
    answers = ("left", *others)
    meant = lambda answer, *within: within[answers.index(answer)]
    return Alternatives(at, ("grouping",), answers, meant, (from_left, *others.values()))


def reaching(at: int, whole: Expression, first: Expression) -> Expression:
    """The value of cos t e^t, without parentheses: cos(t e^t), which is `whole`, or cos(t) e^t, which is `first`."""
    return _first_or_all(at, "reach", first, whole, True)


def _first_or_all(at: int, question: str, first: Expression, whole: Expression, all_first: bool) -> Expression:
    answers = ("all", "first") if all_first else ("first", "all")
    meant = lambda answer, one, all_of_it: all_of_it if answer == "all" else one
    return Alternatives(at, (question,), answers, meant, (first, whole))


def sample_or_power(at: int, letter: str, sample: Expression, power: Expression) -> Expression:
    """xᵏ where k is an index: the sample k of x, or its power."""
    meant = lambda answer, one, raised: one if answer == "sample" else raised
    return Alternatives(at, ("above", letter), ("sample", "power"), meant, (sample, power))


def unnamed(
    at: int, spelled: str, functions: tuple[str, ...], argument: Expression, slope: bool = False
) -> Alternatives:
    """s(z), g(z), h(x): a function that the claim does not define, or (slope) its derivative f′(z)."""

    def meant(function: str, part: Expression) -> Expression:
        return Slope(at, function, part) if slope else Applied(at, function, (part,))

    why = f"nothing tells what {spelled} is"
    return Alternatives(at, ("function", spelled), functions, meant, (argument,), why)


def predicted(at: int, spelled: str, names: Sequence[str], argument: Expression) -> Expression:
    """hθ(x⁽ⁱ⁾): what the model gives; `names`: the graph's nodes that may be it."""

    def meant(name: str, part: Expression) -> Expression:
        labels = [each.sample or each.subscripts[0] for each in walk(part) if isinstance(each, Indexed)]
        node = Name(at, name)
        return Indexed(at, node, (), labels[0]) if labels else node

    why = f"nothing tells what {spelled} is"
    return Alternatives(at, ("model", spelled), tuple(dict.fromkeys(names)), meant, (argument,), why)


def numbered(at: int, spelled: str, family: Expression, entry: Expression | None) -> Expression:
    """u_k: one of the names u₁ … u_K, or the entry k of u where that is a name, too."""
    if entry is None:
        return family
    meant = lambda answer, one, of_family: of_family if answer == "family" else one
    return Alternatives(at, ("numbered", spelled), ("family", "entry"), meant, (entry, family))


def ones_or_number(at: int) -> Expression:
    """A bare 1 behind a factor: a vector of ones where only a vector fits, else the number."""
    meant = lambda answer: Ones(at) if answer == "vector" else Number(at, 1.0)
    return Alternatives(at, ("ones",), ("vector", "number"), meant)


def barred(at: int, part: Expression) -> Expression:
    """|x|: entry by entry, a vector's norm, or a matrix's determinant."""
    meant = lambda function, inner: Applied(at, function, (inner,))
    return Alternatives(at, ("bars", "|"), ("absolute", "norm", "det"), meant, (part,))


def summed(at: int, spelled: str, part: Expression) -> Expression:
    """rowsum(Z): the sum of each column's rows, or of each row, which may be a column beside a matrix."""
    meant = lambda axis, inner: Applied(
        at, "sum", (inner,), (("axis", int(axis[0])), ("keepdims", axis.endswith("column")))
    )
    answers = ("0", "1", "1, a column") if spelled.lower().startswith("row") else ("0", "1")
    return Alternatives(at, ("axis of", spelled), answers, meant, (part,))


def turned(at: int, part: Expression) -> Expression:
    """x.transpose(0, 1): the axes exchanged, as PyTorch has it, or as they were, as NumPy has it."""
    meant = lambda answer, inner: Transposed(at, inner) if answer == "exchanged" else inner
    return Alternatives(at, ("transpose(0, 1)",), ("exchanged", "same"), meant, (part,))


def gradient_or_mean(at: int, spelled: str, name: str, words: Vocabulary) -> Expression:
    """v̄: the gradient at v, or the mean of v over the samples; the mean alone where the gradient at v is claimed."""
    mean = Applied(at, "mean", (Name(at, name),), (("axis", 0),))
    meant = lambda answer, average, *gradient: average if answer == "mean" else gradient[0]
    if name == words.own_argument:
        return Alternatives(at, ("bar", spelled), ("mean",), meant, (mean,))
    return Alternatives(at, ("bar", spelled), ("gradient", "mean"), meant, (mean, Gradient(at, name)))


def of_all_or_each(at: int, spelled: str, value: Expression, samples: str) -> Expression:
    """The value of dZ2 = …: the gradient, or that of each sample's loss, of which later lines take the mean."""
    meant = lambda answer, whole: whole if answer == "all" else Quotient(at, whole, Size(at, samples))
    return Alternatives(at, ("of", spelled), ("all", "each"), meant, (value,))


def prediction(at: int, spelled: str, models: Mapping[str, Expression]) -> Expression:
    """ŷ, where the graph has no name for it. models: what the loss predicts with, each by how it is written."""
    meant = lambda answer, *within: within[list(models).index(answer)]
    return Alternatives(at, ("prediction", spelled), tuple(models), meant, tuple(models.values()))


__all__ = [
    "Alternatives",
    "barred",
    "gradient_or_mean",
    "grouped",
    "numbered",
    "of_all_or_each",
    "ones_or_number",
    "predicted",
    "prediction",
    "reaching",
    "sample_or_power",
    "size",
    "slashed",
    "summed",
    "turned",
    "unnamed",
    "width",
]
