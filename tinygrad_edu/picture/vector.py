"""A sheet as SVG, laid out by this package: what a picture shows of itself where Graphviz is missing."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field

from .layered import ALONG, Connection, Placed, Point, extent, place, smooth
from .measure import text_width
from .nesting import Nested, Port, nested, shared
from .palette import INK, LOOKS, OUTSIDE, OUTSIDE_GRADIENT
from .shapes import escaped, svg_curve, svg_pair
from .sheet import CONSTANT, Drawn, Framed, Line, Numbers, Row, Run, Sheet, Strip

TYPE, SMALL = 12, 11  # points: of boxes, and of what stands outside of them
LEADING, CELL, COLUMN = 1.25, 7.0, 8.0  # lines per size of type; cells of a strip and gaps between columns, in points
PAD, TITLE, EDGE = 10.0, 16.0, 6.0  # around boxes in a frame, for its title, and around the text of a box
WIDE = 1400.0  # points that a screen has room for
FAMILY = "Helvetica,Arial,sans-serif"


def is_upright(sheet: Sheet) -> bool:
    """Whether a sheet runs from top to bottom, being too wide from left to right."""
    sizes: dict[Hashable, Point] = {box.id: _size(box) for box in sheet.boxes()}
    labels = sum(text_width(line.label, SMALL) for line in sheet.lines) / max(1, len(sheet.lines))
    wide, narrow = extent(sizes, [(line.tail, line.head) for line in sheet.lines], ALONG + labels)
    return wide > WIDE and narrow < wide


def svg(sheet: Sheet) -> str:
    """The sheet as an SVG: what `dot.Picture` shows where Graphviz is missing."""
    return _Vector(sheet, is_upright(sheet)).svg()


@dataclass
class _Area:
    """A frame laid out: everything in it from its own corner. ports: where values cross its border, from its middle."""

    width: float
    height: float
    frame: Framed
    middles: dict[Hashable, Point]
    areas: dict[Hashable, _Area]
    curves: dict[int, list[Point]]
    ports: dict[Hashable, float] = field(default_factory=dict)


class _Vector:
    """One sheet on its way into SVG. Layouts run from left to right; upright, x and y are exchanged in the end."""

    def __init__(self, sheet: Sheet, upright: bool) -> None:
        self.sheet, self.upright = sheet, upright
        around = sheet.around()
        self.boxes = {box.id: box for box in sheet.boxes()}
        self.sizes: dict[Hashable, Point] = {key: _size(box) for key, box in self.boxes.items()}
        edges: list[tuple[Hashable, Hashable]] = []
        self.routes: list[list[int]] = []  # of each line, which edges follow each other
        for k, line in enumerate(sheet.lines):
            if not line.label:
                self.routes.append([len(edges)])
                edges.append((line.tail, line.head))
                continue
            label = ("label", k)  # it has room of its own, on its line
            self.sizes[label] = (text_width(line.label, SMALL), SMALL * LEADING + 2)
            around[label] = shared(around[line.tail], around[line.head])
            self.routes.append([len(edges), len(edges) + 1])
            edges += [(line.tail, label), (label, line.head)]
        self.nested: Nested = nested(around, edges)
        self.frames: dict[Hashable, Framed] = {None: sheet.content}
        self._know(sheet.content)
        self.drawn_boxes: dict[Hashable, Point] = {}
        self.drawn_frames: list[tuple[Framed, Point, Point]] = []
        self.drawn_curves: dict[int, list[Point]] = {}

    def _know(self, frame: Framed) -> None:
        for inner in frame.frames:
            self.frames[id(inner)] = inner
            self._know(inner)

    # ── places ──

    def _area(self, key: Hashable) -> _Area:
        """Lay out what lies in a frame, frames inside it first."""
        level = self.nested.levels[key]
        areas = {item: self._area(item) for item in level.items if item in self.frames}
        sizes: dict[Hashable, Point] = {}
        for item in level.items:
            width, height = (areas[item].width, areas[item].height) if item in areas else self.sizes[item]
            sizes[item] = (height, width) if self.upright and item not in areas else (width, height)
        ports = [*level.enter, *level.leave]
        sizes.update(dict.fromkeys(ports, (0.0, 0.0)))
        labels = [item for item in level.items if isinstance(item, tuple)]
        at: dict[Hashable, float] = {label: self._beside(label) for label in labels}
        connections = []
        for link in level.links:
            start, end = at.get(link.tail), at.get(link.head)
            if link.tail in areas:
                start = areas[link.tail].ports[Port("out", link.source)]
            if link.head in areas:
                end = areas[link.head].ports[Port("in", link.source)]
            connections.append(Connection(link.tail, link.head, start, end))
        placed = place(sizes, connections, level.enter, level.leave, labels, ALONG / 2 if labels else ALONG)
        curves = {id(link): curve for link, curve in zip(level.links, placed.curves, strict=True)}
        return self._bordered(key, placed, areas, curves, ports)

    def _beside(self, label: Hashable) -> float:
        """How far from the middle of a label its line passes: under it, and upright on its left."""
        width, height = self.sizes[label]
        return -width / 2 if self.upright else height / 2

    def _bordered(
        self,
        key: Hashable,
        placed: Placed,
        areas: dict[Hashable, _Area],
        curves: dict[int, list[Point]],
        ports: list[Port],
    ) -> _Area:
        """A layout with its frame around it: room for the title, and lines that reach the border."""
        frame = self.frames[key]
        if key is None:
            return _Area(placed.width, placed.height, frame, placed.middles, areas, curves)
        titled = text_width(frame.title, SMALL) + 2 * PAD
        across = placed.width if not self.upright else placed.height
        spare = max(0.0, titled - across - 2 * PAD) / 2
        left, top = (PAD + TITLE, PAD + spare) if self.upright else (PAD + spare, PAD + TITLE)
        width, height = placed.width + left + PAD, placed.height + top + PAD
        width, height = (width, height + spare) if self.upright else (width + spare, height)

        def moved(point: Point) -> Point:
            return point[0] + left, point[1] + top

        area = _Area(
            width, height, frame, {k: moved(p) for k, p in placed.middles.items()}, areas,
            {k: [moved(p) for p in curve] for k, curve in curves.items()},
        )  # fmt: skip
        for port in ports:
            area.ports[port] = area.middles[port][1] - height / 2
        for link in self.nested.levels[key].links:
            curve = area.curves[id(link)]
            if isinstance(link.tail, Port):
                curve[:0] = smooth([(0.0, curve[0][1]), curve[0]])[:-1]
            if isinstance(link.head, Port):
                curve += smooth([curve[-1], (width, curve[-1][1])])[1:]
        return area

    def _put(self, area: _Area, x: float, y: float) -> None:
        """Where everything in an area lies on the sheet."""
        for key, (right, down) in area.middles.items():
            middle = (x + right, y + down)
            if key in area.areas:
                inner = area.areas[key]
                corner = (middle[0] - inner.width / 2, middle[1] - inner.height / 2)
                self.drawn_frames.append((inner.frame, corner, (inner.width, inner.height)))
                self._put(inner, *corner)
            elif not isinstance(key, Port):
                self.drawn_boxes[key] = middle
        for link, curve in area.curves.items():
            self.drawn_curves[link] = [(x + right, y + down) for right, down in curve]

    def _turned(self, point: Point) -> Point:
        return (point[1], point[0]) if self.upright else point

    # ── SVG ──

    def svg(self) -> str:
        """The whole picture."""
        area = self._area(None)
        self._put(area, 0.0, 0.0)
        width, height = self._turned((area.width, area.height))
        width = max(width, text_width(self.sheet.note, SMALL))
        left = min((self._turned(p)[0] for curve in self.drawn_curves.values() for p in curve), default=0.0)
        note = SMALL * 2 if self.sheet.note else 0.0
        parts = [
            f'<svg width="{width + 16:.0f}pt" height="{height + note + 16:.0f}pt" '
            f'viewBox="{min(left, 0.0) - 8:.1f} -8 {width - min(left, 0.0) + 16:.1f} {height + note + 16:.1f}" '
            f'xmlns="http://www.w3.org/2000/svg" font-family="{FAMILY}" font-size="{TYPE}" text-anchor="middle">',
            *(self._framed(*each) for each in self.drawn_frames),
            *(self._line(k, line) for k, line in enumerate(self.sheet.lines)),
            *(self._box(box) for box in self.boxes.values()),
        ]
        if self.sheet.note:
            parts.append(_text(self.sheet.note, width / 2, height + SMALL * 1.5, SMALL, OUTSIDE))
        return "\n".join([*parts, "</svg>"])

    def _framed(self, frame: Framed, corner: Point, size: Point) -> str:
        (x, y), (width, height) = self._turned(corner), self._turned(size)
        title = (x + PAD, "start") if self.upright else (x + width / 2, "")
        return (
            f'<g class="cluster"><rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="10" '
            f'fill="none" stroke="{OUTSIDE}" stroke-dasharray="4 3"/>'
            f"{_text(frame.title, title[0], y + SMALL + 4, SMALL, OUTSIDE, anchor=title[1])}</g>"
        )

    def _line(self, k: int, line: Line) -> str:
        """A curve with its arrow, its label and its mark."""
        pieces = [
            [self._turned(p) for p in self.drawn_curves[id(link)]]
            for edge in self.routes[k]
            for _, link in self.nested.routes[edge]
        ]
        points = [point for piece in pieces for point in piece]
        gradient = line.kind == "gradient"
        color = OUTSIDE_GRADIENT if gradient else OUTSIDE
        dashed = ' stroke-dasharray="4 3"' if line.kind == CONSTANT else ""
        drawn = " L".join(svg_curve(piece) for piece in pieces if piece[0] != piece[-1])
        found = [f'<path d="M{drawn}" fill="none" stroke="{color}" stroke-width="{1.4 if gradient else 1.1}"{dashed}/>']
        found.append(_arrow(points[::-1] if gradient else points, color))
        if line.label:
            x, y = self._turned(self.drawn_boxes["label", k])
            found.append(_text(line.label, x, y + SMALL / 3, SMALL, color))
        if line.mark:
            x, y = points[-1]
            found.append(
                _text(line.mark, x + 8 if self.upright else x - 11, y - (8 if self.upright else 4), 9, OUTSIDE)
            )
        return f'<g class="{line.kind}">{"".join(found)}</g>'

    def _box(self, box: Drawn) -> str:
        """A box and the rows of its text."""
        x, y = self._turned(self.drawn_boxes[box.id])
        width, height = self.sizes[box.id]
        parts = []
        if box.kind != CONSTANT:
            look = LOOKS[box.kind]
            dashed = ' stroke-dasharray="5 3"' if "dashed" in look.style else ""
            for ring in range(look.peripheries):
                inset = 2.5 * ring - 2.5 * (look.peripheries - 1)
                parts.append(
                    f'<rect x="{x - width / 2 + inset:.1f}" y="{y - height / 2 + inset:.1f}" '
                    f'width="{width - 2 * inset:.1f}" height="{height - 2 * inset:.1f}" '
                    f'rx="{8 if "rounded" in look.style else 0}" fill="{look.ground}" stroke="{look.line}" '
                    f'stroke-width="{look.width:g}"{dashed}/>'
                )
        top = y - (height - EDGE) / 2
        for row in box.rows:
            parts.append(_row(row, x, top, box.kind == CONSTANT))
            top += _row_size(row)[1]
        return f'<g class="node {box.kind}">{"".join(parts)}</g>'


def _size(box: Drawn) -> Point:
    """How large a box is."""
    sizes = list(map(_row_size, box.rows)) or [(0.0, 0.0)]
    return max(width for width, _ in sizes) + 2 * EDGE, sum(height for _, height in sizes) + EDGE


def _row_size(row: Row) -> Point:
    if isinstance(row, Strip):
        return CELL * len(row.colors), CELL + 3
    if isinstance(row, Numbers):
        return sum(_columns(row)), TYPE * LEADING * len(row.cells)
    return sum(text_width(run.text, run.size or TYPE) for run in row), max(run.size or TYPE for run in row) * LEADING


def _columns(numbers: Numbers) -> list[float]:
    return [max(text_width(cell, TYPE) for cell in column) + COLUMN for column in zip(*numbers.cells, strict=True)]


def _row(row: Row, x: float, top: float, outside: bool) -> str:
    """A row, its middle at x."""
    if isinstance(row, Strip):
        start = x - CELL * len(row.colors) / 2
        return "".join(
            f'<rect x="{start + n * CELL:.1f}" y="{top + 1:.1f}" width="{CELL}" height="{CELL}" fill="{color}"/>'
            for n, color in enumerate(row.colors)
        )
    if isinstance(row, Numbers):
        widths = _columns(row)
        cells = []
        for n, line in enumerate(row.cells):
            right = x - sum(widths) / 2
            for cell, width in zip(line, widths, strict=True):
                right += width
                baseline = top + TYPE * (LEADING * n + 1)
                cells.append(_text(cell, right - COLUMN / 2, baseline, 0, row.color, anchor="end"))
        return "".join(cells)
    largest = max(run.size or TYPE for run in row)
    ink = OUTSIDE if outside else INK
    spans = "".join(_span(run, ink, SMALL if outside else 0) for run in row)
    return f'<text x="{x:.1f}" y="{top + largest:.1f}" xml:space="preserve">{spans}</text>'


def _span(run: Run, ink: str, size: int) -> str:
    size = run.size or size
    face = f' fill="{run.color or ink}"' + (' font-weight="bold"' if run.bold else "")
    face += f' font-size="{size}"' if size else ""
    return f"<tspan{face}>{escaped(run.text)}</tspan>"


def _text(shown: str, x: float, y: float, size: int, color: str, anchor: str = "") -> str:
    face = (f' font-size="{size}"' if size else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}"{face}>{escaped(shown)}</text>'


def _arrow(points: list[Point], color: str) -> str:
    """An arrow's point at the end of a curve."""
    (x, y), before = points[-1], next((p for p in reversed(points) if math.dist(p, points[-1]) > 1), points[0])
    angle = math.atan2(y - before[1], x - before[0])
    corners = [
        (x, y),
        *((x - 7 * math.cos(angle + turn), y - 7 * math.sin(angle + turn)) for turn in (0.42, -0.42)),
    ]
    return f'<polygon points="{" ".join(map(svg_pair, corners))}" fill="{color}"/>'
