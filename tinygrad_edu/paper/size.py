"""The length of one axis: `Size`, and what becomes of sizes that meet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence


class Size:
    """The length of an axis, shared by all axes that meet.

    recorded: the length in the graph. letter: what formulas call it; None for a length that is part of the formula
    itself (1 where something broadcasts, 2 in x[:2]), and for one made of others. least: no plan may go below it,
    because an index counts on it. parts, relation, offset: the length is the "product" or the "sum" of `parts` (plus
    `offset`); () where it is free. rigid: it cannot be changed without breaking the graph.
    """

    __slots__ = ("_into", "least", "letter", "offset", "parts", "recorded", "relation", "rigid", "taken")

    def __init__(self, recorded: int, rigid: bool = False) -> None:
        self.recorded, self.rigid = recorded, rigid
        self.letter: str | None = None
        self.least = 1
        self.relation = ""
        self.parts: tuple[Size, ...] = ()
        self.offset = 0
        self.taken: set[int] = set()  # the places that single indices ask for: x[0], x[-1]
        self._into: Size | None = None

    def __repr__(self) -> str:
        if self.letter:
            return f"<size {self.letter}, recorded {self.recorded}>"
        inside = "·" if self.relation == "product" else "+"
        terms = [p.letter or str(p.recorded) for p in self.parts] + [str(self.offset)] * bool(self.offset)
        made = f" = {inside.join(terms)}" if self.parts else ""
        return f"<size {self.recorded}{made}{', rigid' if self.rigid else ''}>"

    @property
    def free(self) -> bool:
        """Whether a plan may choose this length."""
        return not self.rigid and not self.parts

    def value(self, plan: Mapping[Size, int] | None = None) -> int:
        """The length under `plan`, a length for some of the free sizes; the recorded one for the rest."""
        if self.rigid or not plan:
            return self.recorded
        if self.parts:
            lengths = [part.value(plan) for part in self.parts]
            return (math.prod(lengths) if self.relation == "product" else sum(lengths)) + self.offset
        return plan.get(self, self.recorded)


ONE = Size(1, rigid=True)


def find(size: Size) -> Size:
    """The size that stands for all those which met this one."""
    root = size
    while root._into is not None:
        root = root._into
    while size._into is not None:
        size._into, size = root, size._into
    return root


def stiffen(sizes: Iterable[Size]) -> None:
    """Make these lengths rigid, and all that they are made of."""
    waiting = list(sizes)
    while waiting:
        size = find(waiting.pop())
        if not size.rigid:
            size.rigid = True
            waiting += size.parts
        size.parts, size.relation, size.offset = (), "", 0


def reaches(parts: Sequence[Size], wanted: Size) -> bool:
    """Whether `wanted` is among what `parts` are made of."""
    seen: set[int] = set()
    waiting = list(parts)
    while waiting:
        size = find(waiting.pop())
        if size is wanted:
            return True
        if id(size) not in seen:
            seen.add(id(size))
            waiting += size.parts
    return False
