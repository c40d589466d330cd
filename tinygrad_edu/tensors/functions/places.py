"""Entries by their places: indexing, diagonals, triangles, order, differences between neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import rules
from ...engine.counts import is_whole
from ...engine.graph import Node, describe, plain
from ...engine.rules import HOLE, shape, where
from ..hints import taught
from .arguments import Axis, array, axes_of, axis_of, integer, meeting, ndim
from .questions import places_of
from .shapes import broadcast_to, moveaxis, ravel

__all__ = [
    "diag",
    "diagonal",
    "diff",
    "gradient",
    "partition",
    "sort",
    "take",
    "take_along_axis",
    "trace",
    "tril",
    "triu",
]


def getitem(x: Any, key: Any) -> Any:
    """x[key]: integers, slices, None, Ellipsis, index and boolean arrays, nodes among them."""
    parts: list[Any] = []
    indices = []
    for part in key if isinstance(key, tuple) else (key,):
        if part is None or part is Ellipsis or isinstance(part, slice):
            parts.append(part)
            continue
        if is_whole(part):
            parts.append(int(part))
            continue
        held = np.asarray(plain(part))
        if held.size and held.dtype.kind not in "iub":
            raise TypeError(f"an index is an integer, a slice, or an array of integers or bools, not of {held.dtype}")
        parts.append(HOLE)
        indices.append(part if isinstance(part, Node) else held if held.size else held.astype(int))
    return rules.getitem(x, *indices, key=tuple(parts))


@taught
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Entries by their index along an axis; of all entries in order if axis is None."""
    x, axis = (ravel(x), 0) if axis is None else (array(x), axis)
    index = indices if isinstance(indices, Node) else np.asarray(indices)
    return getitem(x, (slice(None),) * axis_of(x, axis, "take") + (index,))


@taught
def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    """For each index, the entry along the axis at the index's own place."""
    x, axis = (ravel(x), 0) if axis is None else (array(x), axis)
    indices, axis = array(indices), axis_of(x, axis, "take_along_axis")
    if ndim(indices) != ndim(x):
        raise ValueError(f"take_along_axis: as many axes are needed, not indices {shape(indices)} for {shape(x)}")
    lengths, places = list(shape(x)), list(shape(indices))
    lengths[axis] = places[axis] = 1
    if lengths == places:
        return rules.take_along_axis(x, indices, axis=axis)
    common = meeting([tuple(lengths), tuple(places)], f"take_along_axis: {describe(x)}, indices {shape(indices)}")
    lengths, places = ([*common[:axis], shape(a)[axis], *common[axis + 1 :]] for a in (x, indices))
    x = x if shape(x) == tuple(lengths) else broadcast_to(x, lengths)
    indices = indices if shape(indices) == tuple(places) else broadcast_to(indices, places)
    return rules.take_along_axis(x, indices, axis=axis)


# ── diagonals and triangles ───────────────────────────────────────────────────────────────────────────────────────────


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The entries whose index along axis2 is that along axis1 plus offset, along a new last axis."""
    x, offset = array(x), integer(offset, "diagonal", "an offset")
    x = moveaxis(x, axes_of(x, (axis1, axis2), "diagonal"), (-2, -1))
    rows, columns = shape(x)[-2:]
    i = np.arange(max(-offset, 0), max(min(rows, columns - offset), -offset, 0))
    return rules.getitem(x, i, i + offset if offset else i, key=(Ellipsis, HOLE, HOLE))


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum along the diagonal."""
    on_it = diagonal(x, offset, *axes_of(array(x), (axis1, axis2), "trace") or ())
    return rules.sum(on_it, axis=(ndim(on_it) - 1,), keepdims=False)


def diag(x: Any, k: int = 0) -> Any:
    """The diagonal of a matrix, or the matrix with x on its diagonal; k above the main one."""
    x, k = array(x), integer(k, "diag", "which diagonal it is")
    if ndim(x) == 2:
        return diagonal(x, k)
    if ndim(x) != 1:
        raise ValueError(f"diag: one axis or two are needed, not {ndim(x)}; for stacks there is diagonal")
    i = np.arange(shape(x)[0])
    n = shape(x)[0] + abs(k)
    return rules.scatter(x, i + max(-k, 0), i + max(k, 0), key=(HOLE, HOLE), shape=(n, n))


def triu(x: Any, k: int = 0) -> Any:
    """The upper triangle of the last two axes, from the diagonal k on; 0 elsewhere."""
    return where(_below(x, k, -1, "triu"), 0.0, array(x))


def tril(x: Any, k: int = 0) -> Any:
    """The lower triangle of the last two axes, up to the diagonal k; 0 elsewhere."""
    return where(_below(x, k, 0, "tril"), array(x), 0.0)


def _below(x: Any, k: int, more: int, operation: str) -> Any:
    """Where, in the last two axes, an entry stands on the diagonal k + more or below."""
    if not shape(x):
        raise ValueError(f"{operation}: a matrix is needed, not {describe(x)}")
    rows, columns = (shape(x) * 2)[-2:]  # of one axis NumPy makes a matrix, of which x is every row
    return np.tri(rows, columns, integer(k, operation, "which diagonal it is") + more, dtype=bool)


# ── order ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@taught
def sort(x: Any, axis: int | None = -1, kind: Any = None) -> Any:
    """The entries in rising order along an axis; ties stay in their order, whatever `kind` says."""
    x, axis = _laid(x, axis, "sort")
    return take_along_axis(x, rules.argsort(x, axis=axis), axis)


@taught
def partition(x: Any, kth: Any, axis: int | None = -1) -> Any:
    """The kth smallest in its place along an axis, the smaller before it, the larger behind."""
    x, axis = _laid(x, axis, "partition")
    return take_along_axis(x, rules.argpartition(x, kth=places_of(x, kth, axis, "partition"), axis=axis), axis)


def _laid(x: Any, axis: int | None, operation: str) -> tuple[Any, int]:
    """x and one of its axes, counted from 0; flattened if axis is None."""
    return (ravel(x), 0) if axis is None else (array(x), axis_of(x, axis, operation))


# ── neighbours ────────────────────────────────────────────────────────────────────────────────────────────────────────


@taught
def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """Each entry less the one before it, along an axis, n times over; of truth values, whether it is another one."""
    x = array(x)
    if integer(n, "diff", "how many times differences are taken") < 0:
        raise ValueError(f"diff: differences cannot be taken {n} times")
    less = rules.not_equal if x.dtype == bool else rules.subtract
    for _ in range(n):
        x = less(_along(x, axis, slice(1, None)), _along(x, axis, slice(None, -1)))
    return x


@taught
def gradient(f: Any, *spacing: Any, axis: Axis = None, edge_order: int = 1) -> Any:
    """NumPy's slope of samples at equal distances: central differences inside, one-sided ones at the ends."""
    f = array(f)
    axes = range(ndim(f)) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = [axis_of(f, a, "gradient") for a in axes]
    steps = [1.0] * len(axes) if not spacing else list(spacing) * len(axes) if len(spacing) == 1 else list(spacing)
    if len(steps) != len(axes) or any(np.ndim(plain(step)) for step in steps) or edge_order not in (1, 2):
        raise ValueError("gradient: one equal spacing, or one for each axis, and edge_order 1 or 2")
    if any(shape(f)[a] <= edge_order for a in axes):
        raise ValueError(f"gradient: at least {edge_order + 1} entries along each axis are needed, not {describe(f)}")
    slopes = [_slope(f, a, step, edge_order) for a, step in zip(axes, steps, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slope(f: Any, axis: int, step: Any, edge_order: int) -> Any:
    """The slope along one axis."""
    inside = (_along(f, axis, slice(2, None)) - _along(f, axis, slice(None, -2))) / (2.0 * step)
    first, second, third = (_along(f, axis, slice(i, i + 1)) for i in range(3))
    last, before, third_last = (_along(f, axis, slice(-i, None if i == 1 else 1 - i)) for i in (1, 2, 3))
    if edge_order == 1:
        ends = (second - first) / step, (last - before) / step
    else:
        ends = (
            (4.0 * second - 3.0 * first - third) / (2.0 * step),
            (3.0 * last - 4.0 * before + third_last) / (2.0 * step),
        )
    return rules.concatenate(ends[0], inside, ends[1], axis=axis)


def _along(x: Any, axis: int, part: slice) -> Any:
    """A slice of x along one axis."""
    return rules.getitem(x, key=(slice(None),) * axis_of(x, axis, "diff") + (part,))
