"""Points beside a loss's kinks: what decides there is a little more than at the kink, or a little less.

Numbers drawn at random rarely fall between 0 and 0.05, so that 1[z > 0.05] would be taken for 1[z > 0].
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from ..engine.backward import sweep
from ..engine.graph import Node
from ..tensors import functions
from .points import Point

# How far from the kink; the slope of a smooth one, as relu(z)³ is, is told from 0 at the larger two only
_GAPS = (0.01, -0.01, 1e-4, -1e-4)
_MOST = 8  # of a loss's kinks, so many are looked at
_ENTRIES = 8  # of those that may be moved to a kink, so many are tried
_NEWTON = 12
_BESIDE = 8  # of the points found beside earlier kinks, so many are started from


def is_bent(node: Node) -> bool:
    """Whether an operation has a kink or a step."""
    return node.rule is not None and node.rule.kinks is not None


def beside_kinks(points: Sequence[Point], keeping: Collection[Node]) -> Iterator[Point]:
    """Some of these points moved to both sides of each kink, at one entry. keeping: leaves that stay as they are.

    Points of the recorded sizes, where there are any: the kink alone is looked at, not the sizes. A kink that is met
    from below as well as from above, as |x| = 6 is at 6 and at −6, is met both ways, if need be from beside another
    kink: |x − 3| = 2 from both sides of 3.
    """
    points = [point for point in points if not point.size_lengths] or points
    twin = points[0].twin if points else {}
    kinks = [(here, at) for here, node in twin.items() for at in _kinks(node)]
    found: list[Point] = []
    mirrored = [_mirrored(points[0], keeping)] if kinks else []
    for kink, (node, at) in enumerate(kinks[:_MOST]):
        beside, met = found[-_BESIDE:], set[float]()  # met: the ways in which the kink was met at gaps before
        for number, gap in enumerate(_GAPS):
            first = (kink + number) % len(points)
            ways: set[float] = set()
            for start in (*points[first:], *points[:first], *mirrored, *beside):
                for way, moved in _moved(start, node, at, gap, keeping, ways):
                    ways.add(way)
                    found.append(moved)
                    yield moved
                if 0.0 in ways or len(ways) > 1 or (met and ways >= met):
                    break
            met |= ways


def _mirrored(point: Point, keeping: Collection[Node]) -> Point:
    """A point with the other sign in every leaf that may move."""
    leaves = (leaf for leaf in point.recording.nodes if leaf.rule is None and leaf.requires_grad)
    return point.with_leaves({leaf: -np.asarray(point.value(leaf)) for leaf in leaves if leaf not in set(keeping)})


def is_at_a_kink(point: Point) -> bool:
    """Whether some entry is exactly at a kink, where a slope is a convention."""
    return any(np.any(_margin(node, at)._data == 0.0) for node in point.twin.values() for at in _kinks(node))


def _kinks(node: Node) -> tuple[float, ...]:
    """The kinks of an operation to which its arguments can be moved."""
    rule = node.rule
    if rule is None or not np.size(node._data):
        return ()
    return (rule.kinks or ()) if any(isinstance(a, Node) and a.requires_grad for a in node.args) else ()


def _moved(
    point: Point, node: Node, at: float, gap: float, keeping: Collection[Node], known: Collection[float]
) -> Iterator[tuple[float, Point]]:
    """The point with its leaves moved until some entry at a node is `gap` above the kink `at`.

    One for each way in which an entry's margin can depend on its own leaf: growing (1) or shrinking (−1), those that
    are known left out; 0 where entries have no leaf of their own. Nothing where no entry can be moved there.
    """
    signs = _signs(_margin(point.twin[node], at))
    size = np.size(point.value(node))
    first = int(np.random.default_rng(6100).integers(size))
    entries = [(first + k) % size for k in range(size)]
    for way in dict.fromkeys(float(signs[entry]) for entry in entries):
        if way not in known:
            tried = (_moved_at(e, point, node, at, gap, keeping) for e in entries if signs[e] == way)
            moved = next(filter(None, islice(tried, _ENTRIES)), None)
            if moved is not None:
                yield way, moved


def _signs(margin: Node) -> Any:
    """For each entry of a margin, whether it grows (1) or shrinks (−1) with the leaf's entry at its place; else 0."""
    slopes = [
        np.sign(np.asarray(g, float)).ravel()
        for node, g in sweep(margin, np.ones(np.shape(margin._data)) if margin.flags & 1 else 1.0).items()
        if node.rule is None and g is not None and np.shape(node._data) == np.shape(margin._data)
    ]
    return slopes[0] if len(slopes) == 1 else np.zeros(np.size(margin._data))


def _moved_at(entry: int, point: Point, node: Node, at: float, gap: float, keeping: Collection[Node]) -> Point | None:
    """The same for one entry. Newton's way, in the direction of the gradient: leaves that do not matter stay."""
    for _ in range(_NEWTON):
        margin = _margin(point.twin[node], at)
        off = gap - float(np.ravel(margin._data)[entry])
        if abs(off) <= abs(gap) / 2.0:
            return point
        point = point.with_leaves(_nearer(point, margin, entry, off, keeping))
        if not (np.all(np.isfinite(point.loss._data)) and np.all(np.isfinite(point.truth))):
            return None
    return None


def _margin(node: Node, at: float) -> Node:
    """What decides at an operation, by its sign: how far a number is above `at`, or above `at` times another."""
    one, other = (*node.args, 1.0)[:2]
    return functions.subtract(one, functions.multiply(at, other))  # type: ignore[no-any-return]


def _nearer(point: Point, margin: Node, entry: int, off: float, keeping: Collection[Node]) -> dict[Node, Any]:
    """Other numbers for the leaves that may move, with which an entry of the margin is `off` larger, were it linear."""
    seed = (np.arange(np.size(margin._data)) == entry).reshape(np.shape(margin._data)).astype(float)
    found = sweep(margin, seed if margin.flags & 1 else 1.0)
    leaves = {point.origin[node]: g for node, g in found.items() if node.rule is None and node in point.origin}
    slopes = {leaf: np.asarray(g, float) for leaf, g in leaves.items() if g is not None and leaf not in keeping}
    with np.errstate(all="ignore"):
        step = np.divide(off, sum(float(np.sum(slope**2)) for slope in slopes.values()))
        return {leaf: point.value(leaf) + step * slope for leaf, slope in slopes.items()}


__all__ = ["beside_kinks", "is_at_a_kink", "is_bent"]
