"""A part of a formula in NumPy's manner, and the axes that it has: neither numbers nor lengths are known."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..errors import MisfitError

ATOM = 4  # how tightly a name, a call or something in parentheses holds together


class Axes:
    """Axes that turn out to be one. Each is a string; the axis of a size is its letter in brackets, `[N]`."""

    def __init__(self) -> None:
        self._same: dict[str, str] = {}

    def root(self, axis: str) -> str:
        """The one that stands for all that are the same."""
        while axis in self._same:
            axis = self._same[axis]
        return axis

    def is_open(self, axis: str) -> bool:
        """Whether no other axis is the same as this one."""
        return axis not in self._same and axis not in self._same.values()

    def unite(self, one: str, other: str) -> None:
        """Two axes are the same; `MisfitError` if they are those of two sizes."""
        one, other = self.root(one), self.root(other)
        if one == other:
            return
        if one.startswith("[") and other.startswith("["):
            raise MisfitError(f"an axis has the lengths {one[1:-1]} and {other[1:-1]}")
        if one.startswith("["):
            one, other = other, one
        self._same[one] = other


@dataclass(frozen=True)
class Written:
    """A part in NumPy's manner.

    labels: its indices, with the axis along which each goes; axes: those behind them. row: whether a vector is a row.
    total: of a sum, what it adds up and the axes along which. factor, sizes: of a plain number, the number and the
    sizes it is divided by (*N: multiplied by it). factors: of a product entry by entry, its parts.
    """

    text: str
    tight: int = ATOM
    labels: tuple[tuple[str, str], ...] = ()
    axes: tuple[str, ...] = ()
    row: bool = False
    total: tuple[Written, tuple[str, ...]] | None = None
    factor: Fraction | None = None
    sizes: tuple[str, ...] = ()
    factors: tuple[Written, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The letters of its indices."""
        return tuple(label for label, _ in self.labels)

    @property
    def is_number(self) -> bool:
        """Whether it is a single number."""
        return not self.labels and not self.axes

    def held(self, tight: int) -> str:
        """The text, in parentheses if it holds together less tightly than asked."""
        return self.text if self.tight >= tight else f"({self.text})"


__all__ = ["ATOM", "Axes", "Written"]
