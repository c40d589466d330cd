"""Bare numbers in a loss that may stand for a size: the 4 in `sum(x)/4` may be N."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product

import numpy as np

from ..engine import rules
from ..engine.backward import ancestors
from ..engine.graph import Node
from ..paper.size import Size
from .recording import Recording

# A loss says ½ or 2 because of a square; written so, they are taken for no size.
_OF_SQUARES = (2.0, 0.5, -2.0, -0.5)
# The most ways to read all the bare numbers of a loss that are tried.
_MOST = 8

# How a size n may stand in a loss as a number.
_FORMS: tuple[tuple[str, Callable[[int], float]], ...] = (
    ("{n}", float),
    ("1/{n}", lambda n: 1.0 / n),
    ("√{n}", math.sqrt),
    ("1/√{n}", lambda n: 1.0 / math.sqrt(n)),
    ("2{n}", lambda n: 2.0 * n),
    ("1/(2{n})", lambda n: 0.5 / n),
    ("2/{n}", lambda n: 2.0 / n),
    ("{n} − 1", lambda n: n - 1.0),
    ("1/({n} − 1)", lambda n: 1.0 / (n - 1.0)),
)


class Meaning:
    """What a bare number may stand for: itself, or a form of a size that was equal to it at recording.

    text: how the meaning is said. value: the number at given lengths of the sizes. sizes: those it is made of; none
    where the number stands for itself.
    """

    def __init__(self, text: str, value: Callable[[Mapping[Size, int]], float], sizes: Sequence[Size] = ()) -> None:
        self.text, self.value, self.sizes = text, value, tuple(sizes)


class BareNumbers:
    """The bare numbers of a loss that may stand for a size.

    values: the numbers, each once. meanings: the ways to read all of them, the likeliest first; one way, (), where
    there is nothing to choose.
    """

    def __init__(self, recording: Recording) -> None:
        self.nodes, self.sizes = recording.nodes, recording.sizes
        self.values = self._found()
        self.meanings = list(product(*map(self._choices, self.values)))[:_MOST]

    def _found(self) -> list[float]:
        found: list[float] = []
        for _, value, typed in self._uses():
            # 0.5 typed as a float belongs to a square; a computed one (1/len(x)) or a whole number may be a size
            if not (typed and value in _OF_SQUARES) and value not in found and self._forms_of(value):
                found.append(value)
        return found

    def _uses(self) -> Iterator[tuple[Node, float, bool]]:
        """Each use of a bare number that is no exponent: the node, the number, whether it is a Python float."""
        for node in self.nodes:
            for position, a in enumerate(node.args):
                if not isinstance(a, Node) and np.ndim(a) == 0 and not is_exponent(node, position):
                    yield node, float(a), a.__class__ is float

    def _choices(self, value: float) -> list[Meaning]:
        itself = Meaning(f"{value:g}", lambda lengths: value)
        # a number at an axis of that length is likelier the size; a number elsewhere is likelier a weight
        return [*self._forms_of(value), itself] if self._counts(value) else [itself, *self._forms_of(value)]

    def _counts(self, value: float) -> bool:
        """Whether a number is used on something that has an axis of the size it may stand for."""
        sizes = {id(size) for meaning in self._forms_of(value) for size in meaning.sizes}
        users = [
            node for node in self.nodes for a in node.args if not isinstance(a, Node) and not np.ndim(a) and a == value
        ]
        axes = (size for node in ancestors(users, all_nodes=True) for size in self.sizes.axes(node))
        return value not in _OF_SQUARES and any(id(size) in sizes for size in axes)

    def _forms_of(self, value: float) -> list[Meaning]:
        """The sizes that a number may stand for: a plain size before twice a size, a root or a product."""
        free = [] if abs(value) == 1.0 else self.sizes.free()
        found = [
            _meaning(text, form, (size,), value)
            for text, form in _FORMS
            for size in (free[:1] if "− 1" in text else free)
            if size.recorded > 1 and _is_near(form(size.recorded), value)
        ]
        for pair in combinations(free, 2):
            whole = math.prod(size.recorded for size in pair)
            found += [_meaning(text, form, pair, value) for text, form in _FORMS[:2] if _is_near(form(whole), value)]
        return found[:3]


def is_exponent(node: Node, position: int) -> bool:
    """Whether an argument is the exponent of a power."""
    return node.rule is rules.power and position == 1


def _is_near(value: float, given: float) -> bool:
    return abs(value - abs(given)) <= 1e-14 * abs(given)


def _meaning(text: str, form: Callable[[int], float], sizes: Sequence[Size], given: float) -> Meaning:
    """A form of a size, or of a product of sizes, with the sign of the given number."""
    sign = math.copysign(1.0, given)

    def value(lengths: Mapping[Size, int]) -> float:
        return sign * form(math.prod(size.value(lengths) for size in sizes))

    letters = "·".join(str(size.letter) for size in sizes)
    return Meaning(("−" if sign < 0 else "") + text.format(n=letters), value, sizes)


__all__ = ["BareNumbers", "Meaning", "is_exponent"]
