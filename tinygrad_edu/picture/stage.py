"""The drawing on the page: Graphviz says where everything lies, the SVG is written here."""

from __future__ import annotations

import html
from typing import Any

from ..engine.graph import Node
from . import layout, measure, text
from .plan import MANY_PIECES, Box, Edge, Plan, spans

LINE, PAD, LEAST = 17.0, 7.0, 64.0  # of boxes, in points
FAR = 12  # ranks that an edge may pass in a drawing with too many pieces
MONOSPACE = 7.3  # the width of a letter in matrices
CELL = 7.0  # of a heat strip
WIDEST_NUMBER = 10  # characters of a number with four digits, so that boxes have room when inputs change


TYPE = 13.0  # points


def _width_of(line: str) -> float:
    return measure.text_width(line, TYPE)


class _Shape:
    """How large a box is and what stands in it."""

    def __init__(self, box: Box, plan: Plan, gradient: Any) -> None:
        node = box.node
        assert node is not None
        self.box, self.node, self.index = box, node, int(box.id[1:])
        self.title = plan.names[node] + (f" = {plan.names.formula(node, longest=28)}" if node.rule is not None else "")
        self.size = text.size(node.shape)
        self.values = text.lines(node._data)
        self.gradients = [] if gradient is None else text.lines(gradient)
        self.rows = len(self.values) > 1 and text.fits(node._data)
        self.strip = len(text.strip(node._data))
        if self.rows and self.gradients:  # in type of one width, under a line that says what they are
            self.gradients.insert(0, "")
        scalar = not node.shape
        widths = [_width_of(f"{self.title}   {self.size}"), *map(_width_of, self.values), self.strip * CELL]
        widths += [len(line) * MONOSPACE for line in (*self.values, *self.gradients) if self.rows]
        widths += [_width_of(f"grad {line}") for line in self.gradients]
        if scalar:
            widths.append((WIDEST_NUMBER + (5 if self.gradients else 0)) * TYPE * 0.53)
        self.width = max(LEAST, *widths) + 2 * PAD
        strips = (self.strip > 0) * (1 + bool(self.gradients)) * (CELL + 4)
        self.height = LINE * (1 + len(self.values) + len(self.gradients)) + strips + PAD


class Stage:
    """The drawing of one plan, with the numbers of its end to be hidden and shown by the script."""

    def __init__(self, what: Plan, gradients: dict[Node, Any]) -> None:
        self.plan = what
        self.shapes = {box.id: _Shape(box, what, gradients.get(box.node)) for box in what.boxes}
        found = layout.positions(self._source())
        _, _, self.width, self.height = map(float, found["bb"].split(","))
        self.centres = {each["name"]: tuple(map(float, each["pos"].split(","))) for each in found["objects"]}
        self.splines = {int(each["id"]): each["pos"] for each in found.get("edges", [])}
        self.ends = {k: (edge.tail.id, edge.head.id) for k, edge in enumerate(what.edges)}

    def _source(self) -> str:
        """What Graphviz has to know: sizes and connections."""
        lines = [
            "digraph {",
            'graph [rankdir=LR nodesep=0.25 ranksep=0.55 nslimit=4]; node [shape=box fixedsize=true label=""];',
        ]
        lines += [f"{key} [width={s.width / 72:.4f} height={s.height / 72:.4f}];" for key, s in self.shapes.items()]
        lines += [f"{edge.tail.id} -> {edge.head.id} [id={k}];" for k, edge in near(self.plan)]
        return "\n".join([*lines, "}"])

    def svg(self) -> str:
        """The drawing: `path.edge` by its ends, `g.node` with data-i, oldest first."""
        margin = 12
        width, height = self.width + 2 * margin, self.height + 2 * margin
        parts = [
            f'<svg id="drawing" xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="{-margin} {-margin} {width:.0f} {height:.0f}" role="group" aria-label="The graph">',
            f"<defs>{_arrow('tip', 9)}{_arrow('tip-back', 10)}</defs>",
            *(self._edge(k, edge) for k, edge in enumerate(self.plan.edges)),
            *map(self._box, self.shapes.values()),
            '<g id="traveller" visibility="hidden"><circle r="7"/></g></svg>',
        ]
        return "\n".join(parts)

    def _edge(self, k: int, edge: Edge) -> str:
        tail, head = (self.shapes[box.id].index for box in (edge.tail, edge.head))
        data = f'data-from="{tail}" data-to="{head}" data-position="{edge.position}"'
        return f'<path class="edge" {data} d="{self._path(k)}"/>'

    def _path(self, k: int) -> str:
        """Graphviz's spline `e,x,y x,y x,y …` as an SVG path that ends in the arrow's point, else a curve of ours."""
        if k not in self.splines:
            return self._far(*self.ends[k])
        end = ""
        points = []
        for part in self.splines[k].split():
            if part[:2] in ("e,", "s,"):
                if part[0] == "e":
                    end = part[2:]
                continue
            points.append(self._point(part))
        curve = f"M{points[0]} C{' '.join(points[1:])}"
        return f"{curve} L{self._point(end)}" if end else curve

    def _far(self, tail: str, head: str) -> str:
        (x1, y1), (x2, y2) = self.centres[tail], self.centres[head]
        x1, x2 = x1 + self.shapes[tail].width / 2, x2 - self.shapes[head].width / 2
        y1, y2 = self.height - y1, self.height - y2
        return f"M{x1:.1f},{y1:.1f} C{x1 + 90:.1f},{y1:.1f} {x2 - 90:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"

    def _point(self, pair: str) -> str:
        x, y = map(float, pair.split(","))
        return f"{x:.1f},{self.height - y:.1f}"

    def _box(self, shape: _Shape) -> str:
        """One node: a rectangle, and lines of text with classes that the script looks for."""
        x, y = self.centres[shape.box.id]
        left, top = x - shape.width / 2, self.height - y - shape.height / 2
        kind, middle = shape.box.kind, shape.width / 2
        radius = 3 if kind in ("operation", "result") else 11
        rows = [f'<rect class="box" width="{shape.width:.1f}" height="{shape.height:.1f}" rx="{radius}"/>']
        if kind == "result":
            rows.append(
                f'<rect class="rim" x="3" y="3" width="{shape.width - 6:.1f}" height="{shape.height - 6:.1f}" rx="2"/>'
            )
        size = f'<tspan class="size" dx="7">{shape.size}</tspan>' if shape.size else ""
        title = f'<tspan class="name">{_escaped(shape.title)}</tspan>{size}'
        baseline = LINE - 1
        rows.append(f'<text class="title" x="{middle:.1f}" y="{baseline:.1f}">{title}</text>')
        for kind_of_line, lines in (("value", shape.values), ("grad", shape.gradients)):
            for line in lines:
                baseline += LINE
                shown = f"grad {line}" if kind_of_line == "grad" and line is lines[0] else line
                face = f"{kind_of_line} rows" if shape.rows and shown != "grad " else kind_of_line
                rows.append(f'<text class="{face}" x="{middle:.1f}" y="{baseline:.1f}">{_escaped(shown)}</text>')
            if lines and shape.strip:
                start = middle - shape.strip * CELL / 2
                place = f'y="{baseline + 5:.1f}" width="{CELL}" height="{CELL}"'
                cells = (f'<rect class="cell" x="{start + i * CELL:.1f}" {place}/>' for i in range(shape.strip))
                rows.append(f'<g class="strip-{kind_of_line}">{"".join(cells)}</g>')
                baseline += CELL + 4
        return (
            f'<g class="node {kind}" data-i="{shape.index}" transform="translate({left:.1f},{top:.1f})" role="button" '
            f'tabindex="-1" aria-label="{_escaped(shape.title)}">{"".join(rows)}</g>'
        )


def near(what: Plan) -> list[tuple[int, Edge]]:
    """The edges that Graphviz is asked to route, each with its place: all, unless that would take it minutes.

    Then edges that pass many ranks are drawn by us, so of a leaf's uses only the nearest counts for the layout.
    """
    lengths = spans(what)
    if sum(lengths) <= 3 * MANY_PIECES:
        return list(enumerate(what.edges))
    nearest: dict[str, int] = {}
    for length, edge in zip(lengths, what.edges, strict=True):
        nearest[edge.tail.id] = min(nearest.get(edge.tail.id, length), length)
    return [(k, edge) for k, edge in enumerate(what.edges) if lengths[k] <= max(FAR, nearest[edge.tail.id])]


def _arrow(name: str, size: int) -> str:
    """An arrow's point, to stand at the end of a line."""
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="{size}" '
        f'markerHeight="{size}" orient="auto-start-reverse"><path class="{name}" d="M0,0 L8,4 L0,8 z"/></marker>'
    )


def _escaped(shown: str) -> str:
    return html.escape(text.visible(shown))
