"""The same entries in other shapes: reordered, joined, cut apart, repeated, padded."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from ...engine import rules
from ...engine.graph import describe, plain
from ...engine.rules import shape as _shape
from ..hints import refuse_keywords, taught
from .arguments import Axis, array, axes_of, axis_of, integer, integers, joined, meeting, ndim, size, stacked

__all__ = [
    "append",
    "array_split",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "broadcast_to",
    "column_stack",
    "concat",
    "concatenate",
    "dsplit",
    "dstack",
    "expand_dims",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "hsplit",
    "hstack",
    "linspace",
    "matrix_transpose",
    "moveaxis",
    "pad",
    "permute_dims",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "rollaxis",
    "rot90",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "tile",
    "transpose",
    "vsplit",
    "vstack",
]


def reshape(x: Any, *new: Any, shape: Any = None) -> Any:
    """The same entries in another shape; one length may be −1. Takes a tuple or the lengths one by one."""
    new = new if shape is None else (shape,)
    wanted = integers(new[0] if len(new) == 1 else new, "reshape", "a length")
    total = size(x)
    known = math.prod(n for n in wanted if n != -1)
    if wanted.count(-1) == 1 and known and total % known == 0:
        wanted = tuple(total // known if n == -1 else n for n in wanted)
    if -1 in wanted or math.prod(wanted) != total:
        raise ValueError(f"reshape: {describe(x)} has {total} entries, they do not fit into {wanted}")
    return rules.reshape(array(x), shape=wanted)


def ravel(x: Any) -> Any:
    """All entries in one axis."""
    return rules.reshape(array(x), shape=(size(x),))


flatten = ravel


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order; backwards by default."""
    x = array(x)
    dims = ndim(x)
    order = tuple(range(dims))[::-1] if axes is None else axes_of(x, tuple(axes), "transpose")
    assert order is not None
    if len(order) != dims:
        raise ValueError(f"transpose: {len(order)} axes for an array with {dims}")
    if dims == 2 and order == (1, 0):
        return rules.matrix_transpose(x)
    return rules.transpose(x, axes=order) if dims > 1 else x


permute_dims = transpose


def matrix_transpose(x: Any) -> Any:
    """The last two axes exchanged."""
    if ndim(x) < 2:
        raise ValueError(f"mT, matrix_transpose: a matrix is needed, or a stack of them, not {describe(x)}")
    return rules.matrix_transpose(array(x))


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    order = list(range(ndim(x)))
    a, b = axis_of(x, axis1, "swapaxes"), axis_of(x, axis2, "swapaxes")
    order[a], order[b] = b, a
    return transpose(x, order)


def moveaxis(x: Any, source: Axis, destination: Axis) -> Any:
    """Axes moved to other places, the rest in their order."""
    sources, ends = axes_of(x, source, "moveaxis"), axes_of(x, destination, "moveaxis")
    assert sources is not None and ends is not None
    if len(sources) != len(ends):
        raise ValueError(f"moveaxis: {len(sources)} sources for {len(ends)} destinations")
    order = [a for a in range(ndim(x)) if a not in sources]
    for end, start in sorted(zip(ends, sources, strict=True)):
        order.insert(end, start)
    return transpose(x, order)


@taught
def rollaxis(x: Any, axis: int, start: int = 0) -> Any:
    """An axis moved to before another."""
    source = axis_of(x, axis, "rollaxis")
    end = start + ndim(x) if start < 0 else start
    return moveaxis(x, source, end - 1 if source < end else end)


@taught
def expand_dims(x: Any, axis: Axis) -> Any:
    """New axes of length 1, where they stand in the result."""
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return rules.expand_dims(array(x), axis=tuple(sorted(axes_of(x, axes, "expand_dims", new=len(axes)) or ())))


def squeeze(x: Any, axis: Axis = None, **foreign: Any) -> Any:
    """Axes of length 1 taken away: all of them, or those named."""
    if foreign:
        refuse_keywords("squeeze", foreign)
    axes = axes_of(x, axis, "squeeze")
    if axes is None:
        axes = tuple(a for a, n in enumerate(_shape(x)) if n == 1)
    for a in axes:
        if _shape(x)[a] != 1:
            raise ValueError(f"squeeze: axis {a} of {describe(x)} has length {_shape(x)[a]}, not 1")
    return rules.squeeze(x, axis=axes) if axes else x


def broadcast_to(x: Any, shape: Any) -> Any:
    """x repeated to a shape."""
    x, whole = array(x), integers(shape, "broadcast_to", "a length")
    if ndim(x) > len(whole) or any(n not in (1, m) for n, m in zip(_shape(x)[::-1], whole[::-1], strict=False)):
        raise ValueError(
            f"broadcast_to: {describe(x)} does not fit into {whole}; an axis is repeated if it has length 1"
        )
    return rules.broadcast_to(x, shape=whole)


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """All of them repeated to the shape in which they meet."""
    common = meeting([*map(_shape, arrays)], "broadcast_arrays")
    return tuple(broadcast_to(a, common) for a in arrays)


def atleast_1d(*arrays: Any) -> Any:
    """Numbers as arrays of one entry; several arguments give a tuple."""
    return _each(arrays, lambda a: reshape(a, (1,)) if ndim(a) == 0 else a)


def atleast_2d(*arrays: Any) -> Any:
    """Arrays of one axis as a row; several arguments give a tuple."""
    return _each(arrays, lambda a: reshape(a, (1, size(a))) if ndim(a) < 2 else a)


def atleast_3d(*arrays: Any) -> Any:
    """Arrays with axes of length 1 added up to three; several arguments give a tuple."""

    def wide(a: Any) -> Any:
        n = _shape(a)
        return reshape(a, (1, size(a), 1) if len(n) < 2 else (*n, 1)) if len(n) < 3 else a

    return _each(arrays, wide)


def _each(arrays: Sequence[Any], f: Callable[[Any], Any]) -> Any:
    found = tuple(f(array(a)) for a in arrays)
    return found[0] if len(found) == 1 else found


# ── joined and cut apart ──────────────────────────────────────────────────────────────────────────────────────────────


def concatenate(arrays: Sequence[Any], axis: int | None = 0, **foreign: Any) -> Any:
    """Arrays one after the other along an axis; flattened first if axis is None."""
    if foreign:
        refuse_keywords("concatenate", foreign)
    return _joined(arrays, axis, "concatenate")


concat = concatenate


def _joined(arrays: Sequence[Any], axis: int | None, operation: str, shaped: Callable[[Any], Any] = array) -> Any:
    """Arrays one after the other along an axis. shaped: from an array to how `operation` takes it."""
    given = [array(a) for a in arrays]
    if not given:
        raise ValueError(f"{operation}: at least one array is needed")
    parts, axis = ([ravel(a) for a in given], 0) if axis is None else ([shaped(a) for a in given], axis)
    if any(ndim(a) == 0 for a in parts):
        raise ValueError(f"{operation}: single numbers have no axis; use stack")
    axis = axis_of(parts[0], axis, operation)
    try:
        return joined(parts, axis)
    except ValueError:
        rest = [(*_shape(a)[:axis], *_shape(a)[axis + 1 :]) for a in parts]
        other = next(i for i, lengths in enumerate(rest) if lengths != rest[0] or ndim(parts[i]) != ndim(parts[0]))
        raise ValueError(
            f"{operation}: {describe(given[0])}, {describe(given[other])}: arrays that are joined along axis {axis} "
            "have one length along each other axis"
        ) from None


def stack(arrays: Sequence[Any], axis: int = 0, **foreign: Any) -> Any:
    """Arrays (or numbers) of one shape along a new axis."""
    if foreign:
        refuse_keywords("stack", foreign)
    parts = [array(a) for a in arrays]
    if not parts:
        raise ValueError("stack: at least one array is needed")
    return stacked(parts, axis_of(parts[0], axis, "stack", new=1), "stack")


def vstack(tup: Sequence[Any]) -> Any:
    """Arrays on top of each other, those of one axis as rows."""
    return _joined(tup, 0, "vstack", atleast_2d)


def hstack(tup: Sequence[Any]) -> Any:
    """Arrays side by side."""
    parts = [array(a) for a in tup]
    return _joined(parts, 0 if all(ndim(a) < 2 for a in parts) else 1, "hstack", atleast_1d)


def dstack(tup: Sequence[Any]) -> Any:
    """Arrays behind each other, along the third axis."""
    return _joined(tup, 2, "dstack", atleast_3d)


def column_stack(tup: Sequence[Any]) -> Any:
    """Arrays side by side, those of one axis as columns."""
    return _joined(tup, 1, "column_stack", lambda a: reshape(a, (size(a), 1)) if ndim(a) < 2 else a)


@taught
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """`values` after `arr`, along an axis; both flattened if axis is None."""
    return _joined((arr, values), axis, "append")


@taught
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """x cut along an axis before each of the indices, or into so many parts, the first ones longer by one."""
    return _cut(x, indices_or_sections, axis, "array_split")


@taught
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """x cut along an axis before each of the indices, or into so many equal parts."""
    return _cut(x, indices_or_sections, axis, "split")


def hsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """x cut along its second axis, or its only one."""
    return _cut(x, indices_or_sections, 0 if ndim(x) == 1 else 1, "hsplit")


def vsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """x cut along its first axis."""
    return _cut(x, indices_or_sections, 0, "vsplit")


def dsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """x cut along its third axis."""
    return _cut(x, indices_or_sections, 2, "dsplit")


def _cut(x: Any, indices_or_sections: Any, axis: int, operation: str) -> list[Any]:
    """The parts of x; of one length, unless `operation` is array_split."""
    x = array(x)
    axis = axis_of(x, axis, operation)
    n = _shape(x)[axis]
    if np.ndim(indices_or_sections) == 0:
        sections = integer(indices_or_sections, operation, "how many parts there are")
        if sections < 1:
            raise ValueError(f"{operation}: into {sections} parts; there is at least one")
        if n % sections and operation != "array_split":
            raise ValueError(f"{operation}: {n} does not divide into {sections} equal parts; use array_split")
        cuts = [part * (n // sections) + min(part, n % sections) for part in range(sections + 1)]
    else:
        cuts = [0, *integers(indices_or_sections, operation, "an index to cut at"), n]
    lead = (slice(None),) * axis
    return [rules.getitem(x, key=(*lead, slice(a, b))) for a, b in pairwise(cuts)]


# ── repeated and moved ────────────────────────────────────────────────────────────────────────────────────────────────


@taught
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each entry so many times, along an axis; of all entries in order if axis is None."""
    x, axis = (ravel(x), 0) if axis is None else (array(x), axis)
    axis = axis_of(x, axis, "repeat")
    times = integers(repeats, "repeat", "how often an entry stands")
    if min(times, default=0) < 0:
        raise ValueError(f"repeat: an entry cannot stand {min(times)} times")
    if np.ndim(repeats):
        if np.shape(repeats) not in ((1,), (_shape(x)[axis],)):
            raise ValueError(
                f"repeat: {describe(x)} has {_shape(x)[axis]} entries along axis {axis}, repeats has {np.size(repeats)}"
            )
        index = np.repeat(np.arange(_shape(x)[axis]), times)
        return rules.getitem(x, index, key=(slice(None),) * axis + (rules.HOLE,))
    before, n, after = _shape(x)[:axis], _shape(x)[axis], _shape(x)[axis + 1 :]
    wide = rules.broadcast_to(rules.expand_dims(x, axis=(axis + 1,)), shape=(*before, n, times[0], *after))
    return rules.reshape(wide, shape=(*before, n * times[0], *after))


def tile(x: Any, reps: Any) -> Any:
    """x laid out so many times along each axis."""
    times = integers(reps, "tile", "how often an array is laid out")
    if min(times, default=0) < 0:
        raise ValueError(f"tile: an array cannot be laid out {min(times)} times")
    lengths = _shape(x)
    dims = max(len(times), len(lengths))
    lengths, times = (1,) * (dims - len(lengths)) + lengths, (1,) * (dims - len(times)) + times
    apart = reshape(x, tuple(n for length in lengths for n in (1, length)))
    wide = rules.broadcast_to(apart, shape=tuple(n for pair in zip(times, lengths, strict=True) for n in pair))
    return rules.reshape(wide, shape=tuple(t * n for t, n in zip(times, lengths, strict=True)))


@taught
def roll(x: Any, shift: Any, axis: Axis = None) -> Any:
    """Entries moved along an axis or axes, those that fall off coming in on the other side."""
    if axis is None:
        return reshape(roll(ravel(x), sum(integers(shift, "roll", "a shift")), 0), _shape(x))
    x = array(x)
    axes = [axis_of(x, a, "roll") for a in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    shifts = list(integers(shift, "roll", "a shift"))
    shifts = shifts * len(axes) if len(shifts) == 1 else shifts
    axes = axes * len(shifts) if len(axes) == 1 else axes
    for a, s in zip(axes, shifts, strict=True):
        n = _shape(x)[a]
        if n and s % n:
            lead = (slice(None),) * a
            ends = (slice(n - s % n, None), slice(None, n - s % n))
            x = rules.concatenate(*(rules.getitem(x, key=(*lead, part)) for part in ends), axis=a)
    return x


@taught
def flip(x: Any, axis: Axis = None) -> Any:
    """The entries backwards along an axis or axes; along all of them if axis is None."""
    x = array(x)
    axes = axes_of(x, axis, "flip")
    backwards = slice(None, None, -1)
    key = tuple(backwards if axes is None or a in axes else slice(None) for a in range(ndim(x)))
    return rules.getitem(x, key=key)


def fliplr(x: Any) -> Any:
    """Left and right exchanged: the second axis backwards."""
    return flip(x, axis_of(x, 1, "fliplr"))


def flipud(x: Any) -> Any:
    """Up and down exchanged: the first axis backwards."""
    return flip(x, axis_of(x, 0, "flipud"))


def rot90(x: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """x turned k times by a right angle, from the first of two axes towards the second."""
    first, second = (axis_of(x, a, "rot90") for a in axes)
    k = integer(k, "rot90", "how often an array is turned")
    if first == second:
        raise ValueError(f"rot90: two different axes are needed, not {tuple(axes)}")
    if k % 4 == 0:
        return array(x)
    if k % 4 == 2:
        return flip(x, (first, second))
    return swapaxes(flip(x, second), first, second) if k % 4 == 1 else flip(swapaxes(x, first, second), second)


# How NumPy's modes find, for a place outside, the place inside that it repeats
_MIRRORS = ("edge", "reflect", "symmetric", "wrap")
_STATISTICS: dict[str, Any] = {"mean": partial(rules.mean, ddof=0), "maximum": rules.max, "minimum": rules.min}


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0.0) -> Any:
    """x with entries added before and after each axis.

    pad_width: a number, (before, after), or one such pair for each axis. mode: constant, edge, reflect, symmetric,
    wrap, mean, maximum or minimum, as in NumPy.
    """
    x = array(x)
    widths = _widths(pad_width, ndim(x))
    if mode == "constant":
        inside = tuple(slice(before, before + n) for (before, _), n in zip(widths, _shape(x), strict=True))
        large = tuple(before + n + after for (before, after), n in zip(widths, _shape(x), strict=True))
        padded = rules.scatter(x, key=inside, shape=large)
        around = np.pad(np.zeros(_shape(x)), widths or 0, constant_values=constant_values)
        return padded + around.astype(getattr(x, "dtype", float)) if around.any() else padded
    if mode in _MIRRORS:
        for a, (before, after) in enumerate(widths):
            index = np.pad(np.arange(_shape(x)[a]), (before, after), mode=mode)  # type: ignore[call-overload]
            x = rules.getitem(x, index, key=(slice(None),) * a + (rules.HOLE,))
        return x
    if mode not in _STATISTICS:
        known = ", ".join(("constant", *_MIRRORS, *_STATISTICS))
        raise ValueError(f"pad: mode {mode!r} is not recorded; there are {known}")
    for a, (before, after) in enumerate(widths):
        figure = _STATISTICS[mode](x, axis=(a,), keepdims=True)
        x = rules.concatenate(repeat(figure, before, a), x, repeat(figure, after, a), axis=a)
    return x


def _widths(pad_width: Any, dims: int) -> list[tuple[int, int]]:
    """How many entries are added before and after each axis."""
    given = np.asarray(pad_width)
    if given.dtype.kind not in "iu":
        raise TypeError(f"pad: a width is an integer, not {pad_width!r}")
    if (given < 0).any():
        raise ValueError(f"pad: a width cannot be negative, {pad_width}")
    try:
        return [(before, after) for before, after in np.broadcast_to(given, (dims, 2)).tolist()]
    except ValueError:
        raise ValueError(
            f"pad: a width is a number, (before, after), or one such pair for each of {dims} axes, not {pad_width}"
        ) from None


@taught
def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, axis: int = 0) -> Any:
    """`num` numbers from start to stop at equal distances."""
    if integer(num, "linspace", "how many numbers there are") < 0:
        raise ValueError(f"linspace: there cannot be {num} numbers")
    steps = np.arange(num) / max(num - 1 if endpoint else num, 1)
    if axis != 0:
        raise ValueError("linspace: of nodes along axis 0 only; use moveaxis")
    # Python's numbers and Values stay bare beside arrays of fewer digits
    start, stop = (a if isinstance(a, (int, float)) else array(a) for a in (start, stop))
    steps = steps.astype(np.result_type(1.0, *(getattr(plain(a), "dtype", 1.0) for a in (start, stop))))
    ramp = steps.reshape((num,) + (1,) * max(ndim(start), ndim(stop)))
    return rules.add(start, rules.multiply(rules.subtract(stop, start), ramp))
