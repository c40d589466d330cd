"""A picture with frames, level by level: in each frame what lies directly in it, and the links between that.

An edge that leaves a frame passes a port on its border, so every level can be laid out by itself: inside the frame the
port is an end, outside of it the frame is a box.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

Chain = tuple[Hashable, ...]  # the frames around a box, outermost first


@dataclass(eq=False)
class Link:
    """A connection inside one level, from one item or port to another; source: the box whose value passes along it."""

    tail: Hashable
    head: Hashable
    source: Hashable


@dataclass(eq=False)
class Level:
    """What lies directly in a frame: boxes and frames, ports of values that come in and go out, and links."""

    items: list[Hashable] = field(default_factory=list)
    enter: list[Port] = field(default_factory=list)
    leave: list[Port] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True)
class Port:
    """Where the value of a box crosses the border of a frame. side: "in" or "out"."""

    side: str
    source: Hashable


@dataclass
class Nested:
    """All levels, None for that outside of all frames; and of each edge the links that it runs along, in order."""

    levels: dict[Hashable, Level]
    routes: list[list[tuple[Hashable, Link]]]


def nested(around: Mapping[Hashable, Chain], edges: Sequence[tuple[Hashable, Hashable]]) -> Nested:
    """The levels of boxes, each with the frames around it, and of edges between boxes.

    >>> found = nested({"x": (), "y": ("layer",), "z": ()}, [("x", "y"), ("y", "z")])
    >>> found.levels[None].items, [(link.tail, link.head) for link in found.levels[None].links]
    (['x', 'layer', 'z'], [('x', 'layer'), ('layer', 'z')])
    >>> [frame for frame, link in found.routes[0]]
    [None, 'layer']
    """
    found = Nested({None: Level()}, [])
    for box, chain in around.items():
        for outer, item in zip((None, *chain), (*chain, box), strict=True):
            found.levels.setdefault(outer, Level()).items.append(item)
    for level in found.levels.values():  # a frame stands there once for each of its boxes
        level.items = list(dict.fromkeys(level.items))
    known: dict[tuple[Hashable, ...], Link] = {}
    for number, (tail, head) in enumerate(edges):
        route = []
        for outer, start, end in _segments(tail, head, around[tail], around[head]):
            apart = number if (start, end) == (tail, head) else -1  # an operand twice has two edges
            key = (outer, start, end, tail, apart)
            if key not in known:
                known[key] = Link(start, end, tail)
                _add(found.levels[outer], known[key])
            route.append((outer, known[key]))
        found.routes.append(route)
    return found


def shared(one: Chain, other: Chain) -> Chain:
    """The frames around both of two boxes."""
    return tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _segments(
    tail: Hashable, head: Hashable, out_of: Chain, into: Chain
) -> Iterable[tuple[Hashable, Hashable, Hashable]]:
    """The pieces of an edge: out of the frames around its tail, across, into those around its head."""
    across = len(shared(out_of, into))
    for depth in range(len(out_of) - 1, across - 1, -1):
        yield out_of[depth], (*out_of, tail)[depth + 1], Port("out", tail)
    yield (out_of[across - 1] if across else None), (*out_of, tail)[across], (*into, head)[across]
    for depth in range(across, len(into)):
        yield into[depth], Port("in", tail), (*into, head)[depth + 1]


def _add(level: Level, link: Link) -> None:
    level.links.append(link)
    for end, ports in ((link.tail, level.enter), (link.head, level.leave)):
        if isinstance(end, Port) and end not in ports:
            ports.append(end)
