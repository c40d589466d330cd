"""What stands on a picture, independent of the format: boxes with rows of text, lines between them, frames around them.

`contents.py` and `models.py` fill a sheet; `dot.py` writes it for Graphviz, `vector.py` lays it out and writes SVG.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

CONSTANT = "constant"  # the kind of a box without a border: a number that is no node


@dataclass(frozen=True)
class Run:
    """A piece of text in one type. size: in points, 0 for the box's own."""

    text: str
    color: str = ""
    bold: bool = False
    size: int = 0


@dataclass(frozen=True)
class Numbers:
    """A matrix written out: its entries row by row, in columns."""

    cells: list[list[str]]
    color: str


@dataclass(frozen=True)
class Strip:
    """Cells beside each other, each of one colour."""

    colors: list[str]


Row = tuple[Run, ...] | Numbers | Strip


@dataclass
class Drawn:
    """A box. kind: a key of palette.LOOKS, or CONSTANT."""

    id: str
    kind: str
    rows: list[Row]


@dataclass
class Line:
    """A line from one box to another.

    kind: "edge"; "constant" where no gradient comes back; "gradient", with an arrow against its direction. label: what
    stands beside it. mark: which operand it is, where that counts.
    """

    tail: str
    head: str
    kind: str = "edge"
    label: str = ""
    mark: str = ""


@dataclass
class Framed:
    """A titled frame around boxes and other frames. number: its place among all frames of the picture."""

    title: str
    number: int = 0
    boxes: list[Drawn] = field(default_factory=list)
    frames: list[Framed] = field(default_factory=list)


@dataclass
class Sheet:
    """All of a picture. note: a sentence under it. crowded: Graphviz would polish it for too long."""

    content: Framed = field(default_factory=lambda: Framed(""))
    lines: list[Line] = field(default_factory=list)
    note: str = ""
    crowded: bool = False

    def boxes(self) -> Iterator[Drawn]:
        """Every box, those outside of frames first."""
        for box, _ in self._nested():
            yield box

    def around(self) -> dict[Hashable, tuple[Hashable, ...]]:
        """The frames around each box, outermost first, by their ids."""
        return {box.id: tuple(map(id, frames)) for box, frames in self._nested()}

    def _nested(self) -> Iterator[tuple[Drawn, tuple[Framed, ...]]]:
        todo: list[tuple[Framed, tuple[Framed, ...]]] = [(self.content, ())]
        while todo:
            frame, around = todo.pop(0)
            yield from ((box, around) for box in frame.boxes)
            todo += [(inner, (*around, inner)) for inner in frame.frames]
