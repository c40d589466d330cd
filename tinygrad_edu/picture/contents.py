"""What the boxes and lines of a plan say, as a sheet."""

from __future__ import annotations

import warnings
from collections import defaultdict
from typing import Any

import numpy as np

from ..engine.graph import Node
from . import text
from .frames import Frame
from .palette import FAINT, GRADIENT, INK, heat
from .plan import MANY_PIECES, Box, Edge, Plan, spans, summary
from .sheet import CONSTANT, Drawn, Framed, Line, Numbers, Row, Run, Sheet, Strip


def sheet_of(what: Plan, backward: bool, show: str, gradients: dict[Node, Any]) -> Sheet:
    """The sheet of a plan; see `picture.draw`. gradients: those of a backward pass, if it is drawn."""
    return _Contents(what, backward, show, gradients).sheet()


class _Contents:
    """One plan on its way onto a sheet."""

    def __init__(self, what: Plan, backward: bool, show: str, gradients: dict[Node, Any]) -> None:
        self.plan, self.backward, self.show, self.gradients = what, backward, show, gradients
        self.handles = backward or show == "formulas"
        # a number that stands in its operation's sign needs no box
        self.written = {
            edge.tail.id
            for edge in what.edges
            if edge.tail.kind == CONSTANT and edge.position in what.names.sign(edge.node).numbers
        }

    def sheet(self) -> Sheet:
        """Frames, the boxes in them, lines."""
        sheet = Sheet(crowded=sum(spans(self.plan)) > MANY_PIECES)
        homes: dict[Frame | None, list[Box]] = defaultdict(list)
        for box in self.plan.boxes:
            if box.id not in self.written:
                homes[box.frame].append(box)
        self._fill(sheet.content, None, homes)
        sheet.lines = [self.line(edge) for edge in self.plan.edges if edge.tail.id not in self.written]
        count = len(self.plan.names.order)
        sheet.note = self.plan.names.changed_note() or (
            f"{count:,} nodes, some folded into blocks" if self.plan.folded else ""
        )
        return sheet

    def _fill(self, framed: Framed, frame: Frame | None, homes: dict[Frame | None, list[Box]]) -> None:
        """The boxes of a frame, and the frames inside it."""
        framed.boxes = [Drawn(box.id, box.kind, self.rows(box)) for box in homes[frame]]
        for number, inner in enumerate(self.plan.frames):
            if inner.parent is frame:
                framed.frames.append(Framed(inner.title, number))
                self._fill(framed.frames[-1], inner, homes)

    # ── boxes ──

    def rows(self, box: Box) -> list[Row]:
        """What stands in a box."""
        if box.kind == CONSTANT:
            return [_constant(box.value)]
        return self._head(box) + ([] if self.show == "shapes" else self._numbers(box))

    def _head(self, box: Box) -> list[Row]:
        """What the box is: a name, an operation, a shape."""
        node = box.node
        assert node is not None
        shape = text.size(node.shape)
        shapes = (Run(f"  {shape}", FAINT, size=10),) if shape else ()
        if box.kind == "block":
            held = text.shortened(summary(box, self.plan.names))
            return [(Run(box.title, bold=True), *shapes), (Run(held, FAINT, size=10),)]
        runs = []
        named = bool(node.name) or self.handles or node.rule is None or box.kind == "result"
        if named and (node.rule is not None or node.name or self.handles or self.show == "shapes"):
            runs.append(Run(box.title, bold=True))
        if node.rule is not None:
            if self.handles:
                runs.append(Run(self.plan.names.title(node).removeprefix(self.plan.names[node])))
            else:
                sign = self.plan.names.sign(node).text
                runs.append(Run(("  " if named else "") + sign, size=16 if len(sign) == 1 else 0))
        return [(*runs, *shapes)] if runs or shapes else []

    def _numbers(self, box: Box) -> list[Row]:
        """The value and the gradient."""
        node = box.node
        assert node is not None
        rows = [*_written(node._data, INK), *_heat(node._data)]
        g = self.gradients.get(node) if self.backward else getattr(node, "grad", None)
        if g is not None:
            g = g._data if isinstance(g, Node) else g
            rows += [*_written(g, GRADIENT, "grad "), *_heat(g)]
        return rows

    # ── lines ──

    def line(self, edge: Edge) -> Line:
        """Forward a line, backward an arrow the other way with its local derivative."""
        a = edge.node.args[edge.position]
        line = Line(edge.tail.id, edge.head.id)
        if not self.backward:
            line.kind = "edge" if isinstance(a, Node) else CONSTANT
            if not edge.bundle and not self.handles:
                line.mark = self.plan.names.sign(edge.node).marks.get(edge.position, "")
            return line
        rule = edge.node.rule
        assert rule is not None
        flows = isinstance(a, Node) and a in self.gradients and edge.node in self.gradients
        if not flows or rule.vjp(edge.position) is None:
            line.kind = CONSTANT
            return line
        line.kind = "gradient"
        if not edge.bundle:
            derivative = self.plan.names.derivative(edge.node, edge.position, longest=24)
            if text.mixes(rule):
                line.label = f" {derivative} "
            else:
                line.label = f" × ({derivative}) " if derivative.strength < 3 else f" × {derivative} "
        return line


def _constant(value: Any) -> Row:
    """A number that is no node; an array as a number where all its entries are one, else by its shape."""
    shape = text.size(np.shape(value))
    alike = text.the_same(value)
    if alike is None:
        return (Run(f"[{shape}]"),)
    return (Run(text.figure(alike)), *((Run(f"  {shape}", size=9),) if shape else ()))


def _written(x: Any, color: str, label: str = "") -> list[Row]:
    """An array's numbers in rows, those of a matrix in columns."""
    held = np.asarray(x)
    if held.ndim != 2 or not held.size or not text.fits(held) or held.shape[0] == 1:
        first, *others = text.lines(held)
        return [(Run(line, color),) for line in (label + first, *others)]
    table = Numbers(text.entries(held), color)
    return [(Run(label.strip(), color),), table] if label else [table]


def _heat(x: Any) -> list[Row]:
    """A strip of cells in the colours of an array's entries, for one that is too large to be written out."""
    cells = text.strip(x)
    if not cells:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        largest = float(np.nanmax(np.abs(cells)))
    return [Strip([heat(c, largest) for c in cells])]
