"""Parts of a text that can be read in several ways, each with the question that decides between them.

A run answers the question (`Run.choose`), and a reading of the whole claim is made of such answers. The answers are
tried likeliest first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .entries import Entries
from .tree import Applied, Expression, Indexed, Name, Question, Quotient, Run, Shape, Size, Slope, folded, walk
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


def width(at: int, below: str, words: Vocabulary) -> Expression | None:
    """d_k: how long the rows of K are; d_model: a count; None for any other subscript."""
    name = words.width_of(below)
    if name is not None:
        return Shape(at, Name(at, name), -1)
    return size(at, f"d_{below}", words.sizes("d")) if below in _WIDTHS and words.sizes("d") else None


def slashed(at: int, above: Expression, factors: Sequence[Expression], whole: Expression, tight: bool) -> Expression:
    """x/a b in one line: (x/a) b, or x/(a b). whole: the product a b. tight: its spacing suggests the second."""
    first = folded([Quotient(at, above, factors[0]), *factors[1:]])
    return _first_or_all(at, "slash", first, Quotient(at, above, whole), tight)


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


__all__ = ["Alternatives", "predicted", "reaching", "sample_or_power", "size", "slashed", "unnamed", "width"]
