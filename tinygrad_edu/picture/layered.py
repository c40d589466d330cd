"""A layered layout, for pictures where Graphviz is missing: boxes in ranks from left to right, with few crossings.

After K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system structures" (1981):
ranks by longest paths; a link that passes ranks is cut by points in them; each rank is ordered by the mean place of
the neighbours (barycentres), sweeping to and fro; then places that pull neighbours to one height, without overlaps.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

ALONG, ACROSS, CLOSE = 34.0, 16.0, 9.0  # points between ranks, between boxes of a rank, between links that pass it
SWEEPS, PULLS = 8, 14
FEWER = 4000  # points in all ranks above which only half as many sweeps are made
END = 9.0  # points between the ends of links at one box, where there is room

Point = tuple[float, float]
Size = tuple[float, float]


@dataclass(eq=False)
class Connection:
    """A link to be laid out. start, end: how far below the middle of its box it is fixed; None: where there is room."""

    tail: Hashable
    head: Hashable
    start: float | None = None
    end: float | None = None


@dataclass
class Placed:
    """A layout: the middle of each box, and of each connection the points of a cubic curve (1 + 3 k of them)."""

    width: float
    height: float
    middles: dict[Hashable, Point]
    curves: list[list[Point]]


@dataclass(eq=False)
class _Item:
    """A box, or a point in which a connection passes a rank.

    before, after: neighbours, each with how much it pulls, and how far below its middle it pulls this item's middle to.
    """

    rank: int
    along: float = 0.0
    across: float = 0.0
    y: float = 0.0
    place: int = 0
    before: list[tuple[_Item, float, float]] = field(default_factory=list)
    after: list[tuple[_Item, float, float]] = field(default_factory=list)
    passes: bool = False


def place(
    sizes: Mapping[Hashable, Size],
    connections: Sequence[Connection],
    first: Iterable[Hashable] = (),
    last: Iterable[Hashable] = (),
    passing: Iterable[Hashable] = (),
    along: float = ALONG,
) -> Placed:
    """Lay boxes out from left to right.

    sizes: along and across, in points. first, last: what stands at the borders. passing: boxes that only stand on a
    connection, such as its label. along: points between ranks, at least.
    """
    ranks = ranked(sizes, [(c.tail, c.head) for c in connections], first, last)
    items = {key: _Item(ranks[key], *size) for key, size in sizes.items()}
    for key in passing:
        items[key].passes = True
    chains = [_chain(items[c.tail], items[c.head]) for c in connections]
    _pull_together(connections, chains)
    rows: dict[int, list[_Item]] = defaultdict(list)
    for item in dict.fromkeys([*items.values(), *(item for chain in chains for item in chain)]):
        rows[item.rank].append(item)
    order = [rows[rank] for rank in sorted(rows)]
    _arrange(order)
    _settle(order)
    columns = _columns(order, along)
    top = min((item.y - item.across / 2 for row in order for item in row), default=0.0)
    for row in order:
        for item in row:
            item.y -= top
    height = max((item.y + item.across / 2 for row in order for item in row), default=0.0)
    middles = {key: ((columns[item.rank][0] + columns[item.rank][1]) / 2, item.y) for key, item in items.items()}
    width = max((right for _, right in columns.values()), default=0.0)
    return Placed(width, height, middles, _curves(connections, chains, items, columns))


def extent(
    sizes: Mapping[Hashable, Size], edges: Sequence[tuple[Hashable, Hashable]], gap: float = ALONG
) -> tuple[float, float]:
    """About how wide ranks of boxes are, from left to right with `gap` points between two, and from top to bottom."""
    widest: dict[int, float] = defaultdict(float)
    beside: dict[int, float] = defaultdict(float)
    for key, rank in ranked(sizes, edges).items():
        widest[rank] = max(widest[rank], sizes[key][0])
        beside[rank] += sizes[key][0] + ACROSS
    return sum(widest.values()) + gap * max(0, len(widest) - 1), max(beside.values(), default=0.0)


def ranked(
    keys: Iterable[Hashable],
    edges: Sequence[tuple[Hashable, Hashable]],
    first: Iterable[Hashable] = (),
    last: Iterable[Hashable] = (),
) -> dict[Hashable, int]:
    """The rank of each box: behind all that lead to it; what is made of leaves alone stands just before its use."""
    firsts, lasts = set(first), set(last)
    after: dict[Hashable, list[Hashable]] = defaultdict(list)
    missing: dict[Hashable, int] = dict.fromkeys(keys, 0)
    for tail, head in edges:
        if tail != head:
            after[tail].append(head)
            missing[head] += 1
    leads = {key for key, count in missing.items() if not count}
    rank = {key: int(bool(firsts) and key not in firsts) for key in missing}
    ready = [key for key in missing if key in leads]
    for key in ready:
        for head in after[key]:
            rank[head] = max(rank[head], rank[key] + 1)
            missing[head] -= 1
            if not missing[head]:
                ready.append(head)
    starts = leads - firsts
    before: dict[Hashable, list[Hashable]] = defaultdict(list)
    for tail, head in edges:
        before[head].append(tail)
    for key in reversed(ready):
        if after[key] and key not in firsts and starts.issuperset(before[key]):
            rank[key] = max(rank[key], min(rank[head] for head in after[key]) - 1)
    if lasts:
        end = max((r for key, r in rank.items() if key not in lasts), default=0) + 1
        rank.update(dict.fromkeys(lasts, end))
    return rank


def _chain(tail: _Item, head: _Item) -> list[_Item]:
    """A connection's way through the ranks: its boxes, and a point in each rank between them."""
    between = range(tail.rank + 1, head.rank)
    return [tail, *(_Item(rank, passes=True) for rank in between), head]


def _pull_together(connections: Sequence[Connection], chains: list[list[_Item]]) -> None:
    """Make the items of each chain neighbours: passing links pull most, and boxes with one link least."""
    uses: dict[int, int] = defaultdict(int)
    for chain in chains:
        for end in (chain[0], chain[-1]):
            uses[id(end)] += 1
    for connection, chain in zip(connections, chains, strict=True):
        last = len(chain) - 2
        for k, (one, other) in enumerate(pairwise(chain)):
            ends = [uses[id(item)] == 1 for item in (one, other) if not item.passes]
            pull = 0.2 if any(ends) else 1.0 if len(ends) == 2 else 2.0 if ends else 8.0
            lower = ((connection.start or 0.0) if k == 0 else 0.0) - ((connection.end or 0.0) if k == last else 0.0)
            one.after.append((other, pull, -lower))
            other.before.append((one, pull, lower))


# ── the order in each rank ────────────────────────────────────────────────────────────────────────────────────────────


def _arrange(order: list[list[_Item]]) -> None:
    """Order every rank by barycentres, from the left and from the right in turn; the fewest crossings stay.

    It begins twice: with the items as they were given, and with those together that flow into the same.
    """
    large = sum(map(len, order)) > FEWER
    found = [_swept(order, SWEEPS // 2 if large else SWEEPS)]
    if found[0][0] and not large:
        depth = _depth_first(order)
        found.append(_swept([sorted(row, key=lambda item: depth[id(item)]) for row in order], SWEEPS))
    for row, best in zip(order, min(found, key=lambda each: each[0])[1], strict=True):
        row[:] = best
    _number(order)


def _depth_first(order: list[list[_Item]]) -> dict[int, int]:
    """The place of each item on a walk back from the results, each before what it was made of."""
    found: dict[int, int] = {}
    todo = [item for row in order for item in row if not item.after]
    while todo:
        item = todo.pop()
        if id(item) not in found:
            found[id(item)] = len(found)
            todo += [other for other, *_ in reversed(item.before)]
    return found


def _swept(order: list[list[_Item]], sweeps: int) -> tuple[int, list[list[_Item]]]:
    """How few crossings sweeps from an order find, and the order in which they are."""
    order = [list(row) for row in order]
    _number(order)
    best, fewest = [list(row) for row in order], _crossings(order)
    for sweep in range(sweeps):
        if not fewest:
            break
        forward = sweep % 2 == 0
        for row in order if forward else reversed(order):
            row.sort(key=lambda item: _barycentre(item, forward))
            _number([row])
        crossings = _crossings(order)
        if crossings < fewest:
            best, fewest = [list(row) for row in order], crossings
    return fewest, best


def _number(order: list[list[_Item]]) -> None:
    for row in order:
        for place_, item in enumerate(row):
            item.place = place_


def _barycentre(item: _Item, forward: bool) -> float:
    near = item.before if forward else item.after
    return sum(other.place for other, *_ in near) / len(near) if near else item.place


def _crossings(order: list[list[_Item]]) -> int:
    """How often links between neighbouring ranks cross."""
    found = 0
    for row in order:
        seen: list[int] = []
        for item in row:
            ends = sorted(other.place for other, *_ in item.after)
            found += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            for end in ends:
                insort(seen, end)
    return found


# ── heights ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _settle(order: list[list[_Item]]) -> None:
    """Give every item a height: as near to its neighbours' as those above and below it allow."""
    for row in order:
        heights = _apart(row)
        for item, height in zip(row, heights, strict=True):
            item.y = height - heights[-1] / 2
    for pull in range(PULLS):
        forward = pull % 2 == 0
        for row in order if forward else reversed(order):
            wishes = [_wish(item, forward, both=pull > 3) for item in row]
            for item, y in zip(row, _spread(wishes, _apart(row)), strict=True):
                item.y = y


def _apart(row: list[_Item]) -> list[float]:
    """How far below the first item of a rank each has to stand."""
    found = [0.0]
    for one, other in pairwise(row):
        gap = CLOSE if one.passes or other.passes else ACROSS
        found.append(found[-1] + (one.across + other.across) / 2 + gap)
    return found


def _wish(item: _Item, forward: bool, both: bool) -> tuple[float, float]:
    """The height that an item's neighbours pull it to, and how much they pull."""
    near = item.before + item.after if both else item.before if forward else item.after
    weight = sum(pull for _, pull, _ in near)
    if not weight:
        return item.y, 0.01
    return sum((other.y + lower) * pull for other, pull, lower in near) / weight, weight


def _spread(wishes: list[tuple[float, float]], apart: list[float]) -> list[float]:
    """The heights nearest to the wishes, by least squares, that stay `apart` (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for (wish, weight), offset in zip(wishes, apart, strict=True):
        pool = (wish - offset, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            height, heavy, count = pools.pop()
            total = heavy + pool[1]
            pool = ((height * heavy + pool[0] * pool[1]) / total, total, count + pool[2])
        pools.append(pool)
    heights = [height for height, _, count in pools for _ in range(count)]
    return [height + offset for height, offset in zip(heights, apart, strict=True)]


# ── lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _columns(order: list[list[_Item]], along: float) -> dict[int, tuple[float, float]]:
    """Where each rank begins and ends; further apart where links between two of them are steep."""
    found = {}
    left = 0.0
    for row in order:
        width = max((item.along for item in row), default=0.0)
        found[row[0].rank] = (left, left + width)
        steep = max((abs(other.y - item.y) for item in row for other, *_ in item.after), default=0.0)
        left += width + along + min(ALONG, steep / 12)
    return found


def _curves(
    connections: Sequence[Connection],
    chains: list[list[_Item]],
    items: Mapping[Hashable, _Item],
    columns: Mapping[int, tuple[float, float]],
) -> list[list[Point]]:
    starts = _ends(connections, chains, items, at_tail=True)
    ends = _ends(connections, chains, items, at_tail=False)
    curves = []
    for chain, start, end in zip(chains, starts, ends, strict=True):
        tail, head = chain[0], chain[-1]
        middle_of = {id(item): sum(columns[item.rank]) / 2 for item in (tail, head)}
        begin = (middle_of[id(tail)] + tail.along / 2, tail.y + start)
        stop = (middle_of[id(head)] - head.along / 2, head.y + end)
        stations = [begin, (columns[tail.rank][1], begin[1])]
        for item in chain[1:-1]:
            stations += [(edge, item.y) for edge in columns[item.rank]]
        stations += [(columns[head.rank][0], stop[1]), stop]
        curves.append(smooth(stations))
    return curves


def smooth(stations: Sequence[Point]) -> list[Point]:
    """A curve through stations, level in each."""
    curve = [stations[0]]
    for x, y in stations[1:]:
        x0, y0 = curve[-1]
        if math.hypot(x - x0, y - y0) < 0.5:
            continue
        bend = (x - x0) / 2
        curve += [(x0 + bend, y0), (x - bend, y), (x, y)]
    return curve if len(curve) > 1 else [curve[0]] * 4


def _ends(
    connections: Sequence[Connection], chains: list[list[_Item]], items: Mapping[Hashable, _Item], at_tail: bool
) -> list[float]:
    """How far from the middle of its box each connection ends: in the order of where they come from."""
    found = [(c.start if at_tail else c.end) or 0.0 for c in connections]
    at: dict[Hashable, list[int]] = defaultdict(list)
    for k, c in enumerate(connections):
        if (c.start if at_tail else c.end) is None:
            at[c.tail if at_tail else c.head].append(k)
    for key, here in at.items():
        next_ = 1 if at_tail else -2
        here.sort(key=lambda k: (chains[k][next_].y, k))
        step = min(END, max(0.0, items[key].across - 8) / len(here))
        for n, k in enumerate(here):
            found[k] = (n - (len(here) - 1) / 2) * step
    return found
