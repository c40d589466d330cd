"""The boxes on a page: how large they are, and their SVG, which the script fills with numbers step by step."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from . import measure, text
from .layered import Point

LINE, PAD, LEAST = 17.0, 7.0, 64.0  # of boxes, in points
TYPE, SMALL = 13.0, 11.0  # points
MONOSPACE = 7.3  # the width of a letter in matrices
CELL = 7.0  # of a heat strip
WIDEST_NUMBER = 10  # characters of a number with four digits, so that boxes have room when inputs change


class Shape:
    """One box: how large it is and what stands in it. key: `n` or, of a fold, `f` with a number, for the script."""

    def __init__(self, key: str, kind: str, node: Any, title: str, gradient: Any, under: str = "") -> None:
        self.key, self.kind, self.title, self.under = key, kind, title, under
        self.size = text.size(node.shape)
        self.values = _lines(node._data)
        self.gradients = [] if gradient is None else _lines(gradient)
        self.rows = len(self.values) > 1 and text.fits(node._data)
        self.strip = 0 if text.fits(node._data) else min(text.CELLS, node.size)
        if self.rows and self.gradients:  # in type of one width, under a line that says what they are
            self.gradients.insert(0, "")
        mark = 44 if kind == "block" else 0  # that it can be opened
        widths = [_wide(f"{title}   {self.size}") + mark, measure.text_width(under, SMALL), self.strip * CELL]
        widths += map(_wide, self.values)
        widths += [len(line) * MONOSPACE for line in (*self.values, *self.gradients) if self.rows]
        widths += [_wide(f"grad {line}") for line in self.gradients]
        if not node.shape:
            widths.append((WIDEST_NUMBER + (5 if self.gradients else 0)) * TYPE * 0.53)
        self.width = max(LEAST, *widths) + 2 * PAD
        strips = (self.strip > 0) * (1 + bool(self.gradients)) * (CELL + 4)
        self.height = LINE * (1 + bool(under) + len(self.values) + len(self.gradients)) + strips + PAD

    def svg(self, place: tuple[float, float] | None) -> str:
        """The box with its middle at a place, hidden without one: lines of text with classes that the script knows."""
        middle = self.width / 2
        radius = 3 if self.kind in ("operation", "result", "block") else 11
        rows = [f'<rect class="box" width="{self.width:.1f}" height="{self.height:.1f}" rx="{radius}"/>']
        if self.kind == "result":
            rows.append(
                f'<rect class="rim" x="3" y="3" width="{self.width - 6:.1f}" height="{self.height - 6:.1f}" rx="2"/>'
            )
        if self.kind == "block":
            rows.append(f'<path class="open" d="M{self.width - 15:.1f},5h10v10h-10z m2,5h6 m-3,-3v6"/>')
        size = f'<tspan class="size" dx="7">{self.size}</tspan>' if self.size else ""
        baseline = LINE - 1
        title = f'<tspan class="name">{escaped(self.title)}</tspan>{size}'
        rows.append(f'<text class="title" x="{middle:.1f}" y="{baseline:.1f}">{title}</text>')
        if self.under:
            baseline += LINE
            rows.append(f'<text class="under" x="{middle:.1f}" y="{baseline:.1f}">{escaped(self.under)}</text>')
        for kind, lines in (("value", self.values), ("grad", self.gradients)):
            for line in lines:
                baseline += LINE
                shown = f"grad {line}" if kind == "grad" and line is lines[0] else line
                face = f"{kind} rows" if self.rows and shown != "grad " else kind
                rows.append(f'<text class="{face}" x="{middle:.1f}" y="{baseline:.1f}">{escaped(shown)}</text>')
            if lines and self.strip:
                start = middle - self.strip * CELL / 2
                at = f'y="{baseline + 5:.1f}" width="{CELL}" height="{CELL}"'
                cells = (f'<rect class="cell" x="{start + i * CELL:.1f}" {at}/>' for i in range(self.strip))
                rows.append(f'<g class="strip-{kind}">{"".join(cells)}</g>')
                baseline += CELL + 4
        name = "data-i" if self.key[0] == "n" else "data-f"
        where = "display" if place is None else "transform"
        at = "none" if place is None else f"translate({place[0] - middle:.1f},{place[1] - self.height / 2:.1f})"
        return (
            f'<g class="node {self.kind}" {name}="{self.key[1:]}" {where}="{at}" role="button" '
            f'tabindex="-1" aria-label="{escaped(self.title)}">{"".join(rows)}</g>'
        )


def escaped(shown: str) -> str:
    """A text as markup has it."""
    return html.escape(text.visible(shown))


def svg_pair(point: Point) -> str:
    """A point as SVG has it."""
    return f"{point[0]:.1f},{point[1]:.1f}"


def svg_curve(points: Sequence[Point]) -> str:
    """Bézier curves from the first of these points to the last as SVG has them, after the M that goes to the first."""
    return f"{svg_pair(points[0])} C{' '.join(map(svg_pair, points[1:]))}"


def _wide(line: str) -> float:
    return measure.text_width(line, TYPE)


def _lines(x: Any) -> list[str]:
    """What is written of an array, with room for as many lines as it may take at another step."""
    found = text.lines(x)
    return [*found, ""] if len(found) == 1 and found[0].startswith("all ") else found
