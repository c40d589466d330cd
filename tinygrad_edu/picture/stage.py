"""The drawing on the page: laid out by Graphviz where it is there, or level by level, and written as SVG.

Each level of folds is laid out by itself, by our own layout, whose lines bend only between ranks: so the script can put
an open fold into the place of its box, and what lies beside it makes room (`room` in assets/room.js).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from ..engine.graph import Node
from . import layout
from .folds import Fold, Folds
from .layered import Connection, Placed, Point, place, ranked
from .nesting import Chain, Level, Link, Port, nested
from .plan import MANY_PIECES
from .shapes import Shape, escaped, svg_curve

FAR = 12  # ranks that a link may pass in a drawing with too many pieces
MARGIN = 12.0


class Stage:
    """The drawing of a graph, with the numbers of its end to be hidden and shown by the script."""

    def __init__(self, folds: Folds, gradients: dict[Node, Any]) -> None:
        self.folds, names = folds, folds.names
        self.keys: dict[Any, str] = {node: f"n{k}" for k, node in enumerate(folds.order)}
        self.keys.update((fold, f"f{k}") for k, fold in enumerate(folds.all))
        self.shapes: dict[str, Shape] = {}
        for node in folds.order:
            title = names.title(node, longest=28)
            key, kind = self.keys[node], folds.kinds[node]
            self.shapes[key] = Shape(key, kind, node, title, gradients.get(node))
        for fold in folds.all:
            shown = gradients.get(fold.out)
            key = self.keys[fold]
            self.shapes[key] = Shape(key, "block", fold.out, fold.title, shown, fold.summary(names))
        self.operands = [(node, k, a) for node in folds.order for k, a in enumerate(node.args) if isinstance(a, Node)]
        around: dict[Hashable, Chain] = {
            self.keys[node]: tuple(self.keys[fold] for fold in chain) for node, chain in folds.around.items()
        }
        self.nested = nested(around, [(self.keys[a], self.keys[node]) for node, _, a in self.operands])
        links = [link for level in self.nested.levels.values() for link in level.links]
        self.link_number = {link: k for k, link in enumerate(links)}
        self.placed = self._placed()

    def _placed(self) -> dict[Hashable, Placed]:
        levels = self.nested.levels
        if self.folds.all or not layout.has_engine():
            return {key: self._own(level) for key, level in levels.items()}
        return {None: self._read(levels[None], layout.positions(self._source(levels[None])))}

    def _own(self, level: Level) -> Placed:
        """A level by our own layout."""
        routed = near(level)
        placed = place(self._sizes(level), [Connection(k.tail, k.head) for k in routed], level.enter, level.leave)
        curves = dict(zip(routed, placed.curves, strict=True))
        placed.curves = [curves.get(link) or self._far(link, placed.middles) for link in level.links]
        return placed

    def _sizes(self, level: Level) -> dict[Hashable, Point]:
        sizes: dict[Hashable, Point] = {item: self._size(item) for item in level.items}
        return sizes | dict.fromkeys([*level.enter, *level.leave], (0.0, 0.0))

    def _size(self, item: Hashable) -> Point:
        shape = self.shapes.get(str(item))
        return (shape.width, shape.height) if shape else (0.0, 0.0)

    # ── Graphviz ──

    def _source(self, level: Level) -> str:
        """What Graphviz has to know: sizes and connections."""
        lines = [
            "digraph {",
            'graph [rankdir=LR nodesep=0.25 ranksep=0.55 nslimit=4]; node [shape=box fixedsize=true label=""];',
        ]
        lines += [f"{key} [width={s.width / 72:.4f} height={s.height / 72:.4f}];" for key, s in self.shapes.items()]
        lines += [f"{link.tail} -> {link.head} [id={self.link_number[link]}];" for link in near(level)]
        return "\n".join([*lines, "}"])

    def _read(self, level: Level, found: dict[str, Any]) -> Placed:
        """A level as Graphviz laid it out."""
        _, _, width, height = map(float, found["bb"].split(","))

        def point(pair: str) -> Point:
            x, y = map(float, pair.split(","))
            return x, height - y

        middles: dict[Hashable, Point] = {each["name"]: point(each["pos"]) for each in found["objects"]}
        splines = {int(each["id"]): each["pos"] for each in found.get("edges", [])}
        curves = []
        for link in level.links:
            spline = splines.get(self.link_number[link])
            curves.append(_curve(spline, point) if spline else self._far(link, middles))
        return Placed(width, height, middles, curves)

    def _far(self, link: Link, middles: dict[Hashable, Point]) -> list[Point]:
        """A curve of ours for a link that was not laid out."""
        (x1, y1), (x2, y2) = middles[link.tail], middles[link.head]
        x1, x2 = x1 + self._size(link.tail)[0] / 2, x2 - self._size(link.head)[0] / 2
        return [(x1, y1), (x1 + 90, y1), (x2 - 90, y2), (x2, y2)]

    # ── what the page carries ──

    def svg(self) -> str:
        """The drawing with every fold closed: `path.edge`s, and `g.node`s with data-i or data-f."""
        base = self.placed[None]
        width, height = base.width + 2 * MARGIN, base.height + 2 * MARGIN
        links = zip(self.nested.levels[None].links, base.curves, strict=True)
        parts = [
            f'<svg id="drawing" xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="{-MARGIN:g} {-MARGIN:g} {width:.0f} {height:.0f}" role="group" aria-label="The graph">',
            f"<defs>{_arrow('tip', 9)}{_arrow('tip-back', 10)}</defs>",
            f'<g id="frames">{"".join(self._frame(k, fold) for k, fold in enumerate(self.folds.all))}</g>',
            f'<g id="links">{"".join(self._link(link, curve) for link, curve in links)}</g>',
            '<g id="boxes">',
            *(shape.svg(base.middles.get(key)) for key, shape in self.shapes.items()),
            '</g><g id="traveller" visibility="hidden"><circle r="7"/></g></svg>',
        ]
        return "\n".join(parts)

    def _link(self, link: Link, curve: Sequence[Point]) -> str:
        return f'<path class="edge" data-l="{self.link_number[link]}" d="M{svg_curve(curve)}"/>'

    def _frame(self, k: int, fold: Fold) -> str:
        return (
            f'<g class="frame" data-f="{k}" display="none"><rect rx="10"/>'
            f'<g class="shut" role="button" aria-label="Fold {escaped(fold.title)}">'
            '<rect class="grip" rx="6" height="20"/><path class="open" d="M6,5h10v10h-10z m2,5h6"/>'
            f'<text x="22" y="14">{escaped(fold.title)}</text></g></g>'
        )

    def data(self) -> dict[str, Any]:
        """Levels, links and folds for the script."""
        return {
            "levels": [self._level(key, level) for key, level in self.nested.levels.items()],
            "folds": [self._fold(fold) for fold in self.folds.all],
            "margin": MARGIN,
        }

    def _level(self, key: Hashable, level: Level) -> dict[str, Any]:
        placed = self.placed[key]
        links = [
            [
                self.link_number[link], _key(link.tail), _key(link.head), int(str(link.source)[1:]),
                [round(c, 1) for point in curve for c in point],
            ]
            for link, curve in zip(level.links, placed.curves, strict=True)
        ]  # fmt: skip
        return {
            "fold": -1 if key is None else int(str(key)[1:]),
            "size": [round(placed.width, 1), round(placed.height, 1)],
            "items": {_key(item): [round(c, 1) for c in middle] for item, middle in placed.middles.items()},
            "links": links,
        }

    def number(self, item: Any) -> int:
        """The place of a node or a fold in what the script has."""
        return int(self.keys[item][1:])

    def _fold(self, fold: Fold) -> dict[str, Any]:
        return {
            "title": fold.title,
            "under": fold.summary(self.folds.names),
            "parent": -1 if fold.parent is None else self.number(fold.parent),
            "out": self.number(fold.out),
            "open": fold in self.folds.open,
        }

    def routes(self) -> dict[Node, list[list[Any]]]:
        """Of each operation, its operands: the number of the node, the position, and the links that lead from it."""
        found: dict[Node, list[list[Any]]] = {}
        for (node, k, a), route in zip(self.operands, self.nested.routes, strict=True):
            links = [self.link_number[link] for _, link in route]
            found.setdefault(node, []).append([self.number(a), k, links])
        return found


def _key(item: Hashable) -> str:
    """An item of a level as the script has it: n3, f2, or i3 and o3 for the ports of a node's value."""
    return f"{item.side[0]}{str(item.source)[1:]}" if isinstance(item, Port) else str(item)


def near(level: Level) -> list[Link]:
    """The links that are routed: all, unless that would take minutes.

    Then those that pass many ranks are curves of ours, so of a leaf's uses only the nearest counts for the layout.
    """
    ranks = ranked(
        [*level.items, *level.enter, *level.leave], [(k.tail, k.head) for k in level.links], level.enter, level.leave
    )
    lengths = {link: ranks[link.head] - ranks[link.tail] for link in level.links}
    if sum(lengths.values()) <= 3 * MANY_PIECES:
        return level.links
    nearest: dict[Hashable, int] = {}
    for link, length in lengths.items():
        nearest[link.tail] = min(nearest.get(link.tail, length), length)
    return [link for link, length in lengths.items() if length <= max(FAR, nearest[link.tail])]


def _curve(spline: str, point: Any) -> list[Point]:
    """Graphviz's spline `e,x,y x,y x,y …` as a curve that ends in the arrow's point."""
    points: list[Point] = [point(part) for part in spline.split() if part[:2] not in ("e,", "s,")]
    ends = [point(part[2:]) for part in spline.split() if part[:2] == "e,"]
    return [*points[:-1], *ends] if ends else points


def _arrow(name: str, size: int) -> str:
    """An arrow's point, to stand at the end of a line."""
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="{size}" '
        f'markerHeight="{size}" orient="auto-start-reverse"><path class="{name}" d="M0,0 L8,4 L0,8 z"/></marker>'
    )
