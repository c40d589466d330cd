"""A recorded graph computed again, at other sizes and on other numbers.

A claim is tried at several points. At each, the leaves hold fresh numbers of the recorded kind (`fresh_numbers`) and
the free sizes have other lengths, so that N, D and the number 2 are told apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from ..engine.graph import Node, leaf, plain, record, switched
from ..errors import ReplayError
from ..paper.size import Size
from .bare_numbers import BareNumbers, Meaning
from .fresh_numbers import FreshNumbers, Setting
from .kinks import beside_kinks, is_at_a_kink, is_bent
from .points import Point
from .recording import Recording
from .sampling import is_square_pattern, pattern_of

# Lengths for the free sizes, in the order in which sizes take them
_LENGTHS = (5, 3, 4, 7, 2, 6, 11, 13, 17, 19, 23)
_OTHER_LENGTHS = (3, 7, 5, 4, 11, 2, 13, 6, 19, 17, 23)
_TIED_LENGTHS = (4, 3, 5, 2, 6, 7, 9, 11)
_ATTEMPTS = 4
# Further points for a right claim: where the loss has a kink, and where not; and the most nodes of a graph with all
_FURTHER, _FURTHER_OF_SMOOTH, _FEW_NODES = 32, 8, 60
_TELLING = 12  # of the points beside kinks, so many are looked at to explain a wrong claim
_STEEP = 1e-6  # a larger gradient is not the rounding of 0
# A matrix with a larger condition number is taken to have no inverse
_SINGULAR = 1e12


class Replay(Recording):
    """A recording, and the points at which claims about its gradient are tried."""

    @cached_property
    def _fresh(self) -> FreshNumbers:
        return FreshNumbers(self)

    @cached_property
    def places(self) -> frozenset[str]:
        """The names that stand as an index: the y of z[y]."""
        return frozenset(name for name, node in self.names.items() if self._fresh.is_place(node))

    @cached_property
    def _points(self) -> dict[tuple[tuple[Meaning, ...], bool, tuple[Node, ...]], list[Point]]:
        return {}

    @cached_property
    def _bare(self) -> BareNumbers:
        return BareNumbers(self)

    @property
    def numbers(self) -> list[float]:
        """The bare numbers of the loss that may stand for a size."""
        return self._bare.values

    @property
    def meanings(self) -> list[tuple[Meaning, ...]]:
        """The ways to read these numbers, the likeliest first."""
        return self._bare.meanings

    # ── the points ──

    @cached_property
    def recorded(self) -> Point:
        """The recorded numbers themselves."""
        with np.errstate(all="ignore"):
            return self._computed(Setting({}, None))

    def points(
        self, meanings: tuple[Meaning, ...] = (), held: bool = False, keeping: tuple[Node, ...] = ()
    ) -> list[Point]:
        """Points at other sizes, and on other numbers at the recorded sizes; none where neither can be computed.

        meanings: what the bare numbers of the loss stand for. held: bare arrays in the loss stay as they are. keeping:
        leaves that stay as they were recorded, and so do the sizes of their axes.
        """
        key = (meanings, held, keeping)
        if key not in self._points:
            self._points[key] = list(self._made(meanings, held, keeping))
        return self._points[key]

    def further(self, meanings: tuple[Meaning, ...], held: bool, keeping: tuple[Node, ...]) -> Iterator[Point]:
        """More such points: |a| is a at a few, and a condition of the loss that is nearly right is so at most of them.

        The first are near the recorded numbers, where a gradient may be another than 0 that is so small elsewhere. Of
        four others, the third is drawn with either sign, and the fourth is the third with every sign turned.
        """
        yield from self._near(meanings, held, keeping)
        plans = self._plans(held, keeping)
        by_number = dict(zip(self.numbers, meanings, strict=False))
        whole = self.has_kinks and len(self.nodes) <= _FEW_NODES
        for number in range(_FURTHER if whole else _FURTHER_OF_SMOOTH):
            four, one = divmod(number, 4)
            turned = "all" if one == 3 else ""
            rng = np.random.default_rng(6000 + number - bool(turned))
            lengths = plans[(four + min(one, 2)) % len(plans)]
            setting = Setting(lengths, rng, by_number, wide=one > 1, turned=turned, held=held, keeping=keeping)
            try:
                yield self._point(setting)
            except ReplayError:
                continue

    def beside_kinks(self, meanings: tuple[Meaning, ...], held: bool, keeping: tuple[Node, ...]) -> Iterator[Point]:
        """More such points, close to the loss's kinks: a threshold that is nearly right is wrong at some of them."""
        if self.has_kinks:
            near = self._near(meanings, held, keeping)
            yield from beside_kinks([*self.points(meanings, held, keeping), *near], keeping)

    def nearer_zero(self, meanings: tuple[Meaning, ...], held: bool, keeping: tuple[Node, ...]) -> Iterator[Point]:
        """Points near 0.1, 0.01 and 0.001 times the recorded numbers: tanh(100 x) is flat elsewhere, and not there.

        Those at which the gradient may be the rounding of 0 are left out.
        """
        for factor in (0.1, 0.01, 0.001):
            near = self._near(meanings, held, keeping, factor)
            yield from (point for point in near if np.any(np.abs(point.truth) > _STEEP))

    def _near(
        self, meanings: tuple[Meaning, ...], held: bool, keeping: tuple[Node, ...], factor: float = 1.0
    ) -> Iterator[Point]:
        """Points near the recorded numbers times a factor, at other sizes and at the recorded ones."""
        by_number = dict(zip(self.numbers, meanings, strict=False))
        for number, lengths in enumerate((self._plans(held, keeping)[0], {})):
            rng = np.random.default_rng(5000 + number)
            try:
                yield self._point(Setting(lengths, rng, by_number, near=factor, held=held, keeping=keeping))
            except ReplayError:
                continue

    def telling(self, meanings: tuple[Meaning, ...], held: bool, keeping: tuple[Node, ...]) -> Iterator[Point]:
        """Points at which what is said of a wrong claim has to be true as well, where the loss has kinks.

        The recorded numbers, and some beside the kinks: each piece of the loss is met there, however seldom it is.
        """
        if self.has_kinks:
            yield from () if is_at_a_kink(self.recorded) else (self.recorded,)
            yield from islice(self.beside_kinks(meanings, held, keeping), _TELLING)

    @cached_property
    def has_kinks(self) -> bool:
        """Whether the loss has a kink or a step."""
        return any(map(is_bent, self.nodes))

    @cached_property
    def holds_arrays(self) -> bool:
        """Whether the loss has bare arrays of no particular pattern, which a claim can know by a closure only."""
        return bool(self._unpatterned)

    @cached_property
    def _unpatterned(self) -> list[Any]:
        return [a for a in self.sizes.constants if np.size(a) and pattern_of(np.asarray(a)) is None]

    def _made(self, meanings: Sequence[Meaning], held: bool, keeping: Collection[Node]) -> Iterator[Point]:
        plans = self._plans(held, keeping)
        failed = False
        by_number = dict(zip(self.numbers, meanings, strict=False))
        for number, lengths in enumerate(plans):
            rng = np.random.default_rng(1000 + number)
            try:
                yield self._point(Setting(lengths, rng, by_number, wide=number % 2 == 1, held=held, keeping=keeping))
            except ReplayError:
                failed = True
                lengths = _in_order(lengths)  # XᵀX has an inverse only where X has as many rows as columns
                try:
                    yield self._point(Setting(lengths, rng, by_number, held=held, keeping=keeping))
                except ReplayError:
                    continue
        if not any(plans):  # few numbers have one sign by chance: each side of a kink is tried, whatever was drawn
            for turned in ("all", "asked"):
                rng = np.random.default_rng(1001)
                setting = Setting({}, rng, by_number, wide=True, turned=turned, held=held, keeping=keeping)
                try:
                    yield self._point(setting)
                except ReplayError:
                    break
        if failed:  # a graph that cannot be computed at other sizes may be at other numbers
            for number in range(2):
                try:
                    rng = np.random.default_rng(2000 + number)
                    yield self._point(Setting({}, rng, by_number, held=held, keeping=keeping))
                except ReplayError:
                    return

    # ── lengths ──

    def _plans(self, held: bool, keeping: Collection[Node]) -> list[dict[Size, int]]:
        """Lengths for the free sizes: twice all different, once as equal as they were recorded, once the recorded."""
        tied = {id(size) for a in (*(self._unpatterned if held else ()), *keeping) for size in self.sizes.axes(a)}
        free = [size for size in self.sizes.free() if id(size) not in tied]
        if not free:
            return [{}, {}, {}]
        return [
            self._lengths(free, _LENGTHS, apart=True),
            self._lengths(free, _OTHER_LENGTHS, apart=True),
            self._lengths(free, _TIED_LENGTHS, apart=False),
            {},
        ]

    def _lengths(self, free: Sequence[Size], choice: Sequence[int], apart: bool) -> dict[Size, int]:
        """A length out of `choice` for each size. apart: all different, also where the recorded ones were equal."""
        lengths: dict[Size, int] = {}
        equal: dict[int, int] = {}
        left = list(choice)
        for size in free:
            if not apart and size.recorded in equal:
                lengths[size] = max(equal[size.recorded], size.least)
                continue
            fitting = [n for n in left if n >= size.least and n != size.recorded]
            lengths[size] = fitting[0] if fitting else max(size.least, size.recorded) + len(lengths) + 1
            if lengths[size] in left:
                left.remove(lengths[size])
            equal[size.recorded] = lengths[size]
        for one, other in self._squares:  # a triangle or a unit matrix stays square
            if one in lengths and other in lengths:
                lengths[one] = lengths[other] = max(lengths[one], lengths[other])
        return lengths

    @cached_property
    def _squares(self) -> list[tuple[Size, ...]]:
        """The axes of bare matrices whose pattern makes sense in squares only."""
        found = []
        for a in self.sizes.constants:
            held = np.asarray(a)
            if held.ndim == 2 and held.shape[0] == held.shape[1] and is_square_pattern(held):
                found.append(self.sizes.axes(a))
        return found

    # ── one point ──

    def _point(self, setting: Setting) -> Point:
        """One point; where loss or gradient are not finite, numbers are drawn anew, nearer to the recorded ones."""
        reason = "the loss is not finite"
        with np.errstate(all="ignore"):
            for setting.attempt in range(_ATTEMPTS):
                try:
                    point = self._computed(setting)
                    if _has_no_inverse(point):
                        reason = "a matrix has no inverse"
                    elif np.all(np.isfinite(point.loss._data)) and np.all(np.isfinite(point.truth)):
                        return point
                except (ValueError, IndexError, TypeError, np.linalg.LinAlgError) as error:
                    reason = str(error)
        raise ReplayError(reason)

    def _computed(self, setting: Setting) -> Point:
        """The recorded nodes computed again on the numbers of a setting."""
        twin: dict[Node, Node] = {}
        for node in self.nodes:
            shape = self.sizes.shape(node, setting.lengths)
            if node.rule is None:
                held = self._fresh.of_leaf(node, shape, setting)
                twin[node] = leaf(type(node), held, node.requires_grad or node is self.wrt, node.name)
                continue
            args = [
                twin[a] if isinstance(a, Node) else self._fresh.of_constant(node, position, setting)
                for position, a in enumerate(node.args)
            ]
            there = record(node.rule, tuple(args), _params(node, shape))
            if np.shape(there._data) != shape:
                raise ReplayError(f"{node.op} has shape {np.shape(there._data)} where {shape} was planned")
            if node is self.wrt:
                there.requires_grad = True
            twin[node] = there
        return Point(self, setting.lengths, twin, recorded=setting.rng is None, wide=setting.widely)


@contextmanager
def as_if_alone() -> Iterator[None]:
    """A block in which graphs are recorded whatever the user's switches say, and no fresh number warns."""
    with switched(recording=True, anomaly=None), np.errstate(all="ignore"):
        yield


def _in_order(lengths: Mapping[Size, int]) -> dict[Size, int]:
    """These lengths, the longest for the size that was the longest when the graph was recorded."""
    sizes = sorted(lengths, key=lambda size: size.recorded)
    return dict(zip(sizes, sorted(lengths.values()), strict=True))


def _has_no_inverse(point: Point) -> bool:
    """Whether a matrix whose inverse stands in a derivative has none at a point."""
    held = (np.asarray(plain(n.args[0]), float) for n in point.order if n.rule is not None and n.rule.inverts)
    return any(np.any(np.linalg.cond(matrix) > _SINGULAR) for matrix in held)


def _params(node: Node, shape: tuple[int, ...]) -> dict[str, Any]:
    """A node's parameters at a point where its result has this shape; float32 is computed in double precision."""
    params = node.params
    if "shape" in params:
        return {**params, "shape": shape}
    if "dtype" in params and np.dtype(params["dtype"]).kind == "f":
        return {**params, "dtype": np.dtype(float)}
    return params
