"""NumPy's everyday functions, and the field's own, written in the rows of the table.

Every function takes plain numbers, arrays, lists and nodes alike: on plain numbers it computes, with a node among its
arguments it records. Names, arguments and defaults are NumPy's, of which each is the short form; what NumPy offers
beyond (`out=`, `where=`, `dtype=`) raises TypeError rather than being passed over.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import rules
from .backends.array import HOLE
from .graph import Node, plain
from .rules import (
    absolute,
    add,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    ceil,
    cos,
    cosh,
    divide,
    equal,
    erf,
    exp,
    exp2,
    expm1,
    floor,
    greater,
    greater_equal,
    hypot,
    less,
    less_equal,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    matmul,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    power,
    reciprocal,
    relu,
    remainder,
    shape,
    sigmoid,
    sign,
    sin,
    sinc,
    sinh,
    softplus,
    sqrt,
    square,
    subtract,
    tan,
    tanh,
    where,
)

Axis = int | Sequence[int] | None
mod = remainder
fabs = absolute
abs = absolute  # noqa: A001 (NumPy's name)


def ndim(x: Any) -> int:
    """How many axes x has."""
    return len(shape(x))


def size(x: Any, axis: int | None = None) -> int:
    """How many entries x has, or along one axis."""
    return math.prod(shape(x)) if axis is None else shape(x)[axis]


def axes_of(x: Any, axis: Axis, operation: str) -> tuple[int, ...] | None:
    """`axis` as a tuple of axes counted from 0, or None for all of them."""
    if axis is None:
        return None
    dims = ndim(x)
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    for a in axes:
        if not isinstance(a, (int, np.integer)):
            raise TypeError(f"{operation}: an axis is an integer, not {a!r}")
        if not -dims <= a < dims:
            raise np.exceptions.AxisError(
                f"{operation}: axis {a} of an array with {dims} ax{'i' if dims == 1 else 'e'}s, of shape {shape(x)}"
            )
    found = tuple(int(a) % dims for a in axes)
    if len(set(found)) != len(found):
        raise ValueError(f"{operation}: an axis stands twice in {axis}")
    return found


def axis_of(x: Any, axis: int, operation: str) -> int:
    """`axis` counted from 0."""
    found = axes_of(x, axis, operation)
    assert found is not None
    return found[0]


def array(x: Any) -> Any:
    """`x` if it has axes to speak of (a node, an array), else as an array."""
    return x if isinstance(x, (Node, np.ndarray)) or hasattr(x, "__kernel__") else np.asarray(x)


# ── reductions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:  # noqa: A001
    """The sum of x, or along an axis or axes."""
    return rules.sum(x, axis=axes_of(x, axis, "sum"), keepdims=keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean of x, or along an axis or axes."""
    return rules.mean(x, axis=axes_of(x, axis, "mean"), keepdims=keepdims, ddof=0)


def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product of x, or along an axis or axes."""
    return rules.prod(x, axis=axes_of(x, axis, "prod"), keepdims=keepdims)


def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:  # noqa: A001
    """The largest of x, or along an axis or axes; entries that tie share the gradient equally."""
    return rules.max(x, axis=axes_of(x, axis, "max"), keepdims=keepdims)


def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:  # noqa: A001
    """The smallest of x, or along an axis or axes; entries that tie share the gradient equally."""
    return rules.min(x, axis=axes_of(x, axis, "min"), keepdims=keepdims)


amax, amin = max, min


def var(x: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """The mean squared distance from the mean; ddof is taken off the count."""
    axes = axes_of(x, axis, "var")
    return rules.mean(square(x - rules.mean(x, axis=axes, keepdims=True, ddof=0)), axis=axes, keepdims=keepdims, ddof=ddof)


def std(x: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """The square root of the variance; its slope at 0 is infinite, as PyTorch has it."""
    return sqrt(var(x, axis, ddof, keepdims))


def cumsum(x: Any, axis: int | None = None) -> Any:
    """The running sum along an axis; of all entries in order if axis is None."""
    x = ravel(x) if axis is None else x
    return rules.cumsum(x, axis=axis_of(x, axis or 0, "cumsum"))


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log Σ e^x along an axis or axes, without overflow."""
    return rules.logsumexp(x, axis=axes_of(x, axis, "logsumexp"), keepdims=keepdims)


def softmax(x: Any, axis: Axis = -1) -> Any:
    """e^x / Σ e^x along an axis, without overflow."""
    return rules.softmax(x, axis=axes_of(x, axis, "softmax"))


def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """The logarithm of softmax along an axis, without overflow."""
    return rules.log_softmax(x, axis=axes_of(x, axis, "log_softmax"))


# ── shapes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def reshape(x: Any, *new: Any) -> Any:
    """The same entries in another shape; one length may be −1. Takes a tuple or the lengths one by one."""
    wanted = tuple(new[0]) if len(new) == 1 and isinstance(new[0], (tuple, list)) else new
    total = size(x)
    known = math.prod(n for n in wanted if n != -1)
    if wanted.count(-1) == 1 and known and total % known == 0:
        wanted = tuple(total // known if n == -1 else n for n in wanted)
    if -1 in wanted or math.prod(wanted) != total:
        raise ValueError(f"reshape: {shape(x)} has {total} entries, they do not fit into {wanted}")
    return rules.reshape(array(x), shape=tuple(map(int, wanted)))


def ravel(x: Any) -> Any:
    """All entries in one axis."""
    return rules.reshape(array(x), shape=(size(x),))


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order; backwards by default."""
    dims = ndim(x)
    order = tuple(range(dims))[::-1] if axes is None else axes_of(x, tuple(axes), "transpose")
    assert order is not None
    if len(order) != dims:
        raise ValueError(f"transpose: {len(order)} axes for an array with {dims}")
    if dims == 2 and order == (1, 0):
        return rules.matrix_transpose(x)
    return rules.transpose(x, axes=order) if dims > 1 else x


def matrix_transpose(x: Any) -> Any:
    """The last two axes exchanged."""
    return rules.matrix_transpose(x)


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


def expand_dims(x: Any, axis: Axis) -> Any:
    """New axes of length 1, where they stand in the result."""
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    dims = ndim(x) + len(axes)
    for a in axes:
        if not -dims <= a < dims:
            raise np.exceptions.AxisError(f"expand_dims: axis {a} in a result with {dims} axes")
    return rules.expand_dims(x, axis=tuple(sorted(a % dims for a in axes)))


def squeeze(x: Any, axis: Axis = None) -> Any:
    """Axes of length 1 taken away: all of them, or those named."""
    axes = axes_of(x, axis, "squeeze")
    if axes is None:
        axes = tuple(a for a, n in enumerate(shape(x)) if n == 1)
    for a in axes:
        if shape(x)[a] != 1:
            raise ValueError(f"squeeze: axis {a} of {shape(x)} has length {shape(x)[a]}, not 1")
    return rules.squeeze(x, axis=axes) if axes else x


def broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    """x repeated to a shape."""
    return rules.broadcast_to(x, shape=tuple(shape) if isinstance(shape, (tuple, list)) else (shape,))


def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Arrays one after the other along an axis; flattened first if axis is None."""
    arrays = [array(a) for a in arrays]
    if not arrays:
        raise ValueError("concatenate: at least one array is needed")
    if axis is None:
        arrays, axis = [ravel(a) for a in arrays], 0
    if any(ndim(a) == 0 for a in arrays):
        raise ValueError("concatenate: single numbers have no axis; use stack")
    return rules.concatenate(*arrays, axis=axis_of(arrays[0], axis, "concatenate"))


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays (or numbers) of one shape along a new axis."""
    sizes = {shape(a) for a in arrays}
    if len(sizes) != 1:
        raise ValueError(f"stack: all arrays need one shape, these have {', '.join(map(str, sorted(sizes)))}")
    return concatenate([expand_dims(a, axis) for a in arrays], axis % (len(sizes.pop()) + 1))


# ── places ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def getitem(x: Any, key: Any) -> Any:
    """x[key]: integers, slices, None, Ellipsis, index and boolean arrays, nodes among them."""
    parts = []
    indices = []
    for part in key if isinstance(key, tuple) else (key,):
        if part is None or part is Ellipsis or isinstance(part, (slice, int, np.integer)):
            parts.append(int(part) if isinstance(part, np.integer) else part)
            continue
        held = np.asarray(plain(part))
        if held.size and held.dtype.kind not in "iub":
            raise TypeError(f"an index is an integer, a slice, or an array of integers or bools, not of {held.dtype}")
        parts.append(HOLE)
        indices.append(part if isinstance(part, Node) else held if held.size else held.astype(int))
    return rules.getitem(x, *indices, key=tuple(parts))


def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Entries by their index along an axis; of all entries in order if axis is None."""
    x = ravel(x) if axis is None else x
    return getitem(x, (slice(None),) * axis_of(x, axis or 0, "take") + (indices if isinstance(indices, Node) else np.asarray(indices),))


def take_along_axis(x: Any, indices: Any, axis: int) -> Any:
    """For each index, the entry along the axis at the index's own place."""
    return rules.take_along_axis(x, indices, axis=axis_of(x, axis, "take_along_axis"))


# ── products ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def dot(x: Any, y: Any) -> Any:
    """NumPy's dot: a product with a single number, else a sum over the last axis of x and the second last of y."""
    if ndim(x) == 0 or ndim(y) == 0:
        return x * y
    if ndim(x) <= 2 and ndim(y) <= 2:
        return matmul(x, y)
    return tensordot(x, y, ([ndim(x) - 1], [builtins.max(ndim(y) - 2, 0)]))


def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """A sum over pairs of axes: the last of x with the first of y, or as two lists."""
    if isinstance(axes, int):
        mine, theirs = list(range(ndim(x) - axes, ndim(x))), list(range(axes))
    else:
        mine, theirs = ([a] if isinstance(a, int) else list(a) for a in axes)
    mine, theirs = list(axes_of(x, mine, "tensordot") or ()), list(axes_of(y, theirs, "tensordot") or ())
    pairs = [(shape(x)[a], shape(y)[b]) for a, b in zip(mine, theirs, strict=True)]
    if any(m != n for m, n in pairs):
        raise ValueError(f"tensordot: {shape(x)} with {shape(y)}: the axes summed over differ, {pairs}")
    rest_x = [a for a in range(ndim(x)) if a not in mine]
    rest_y = [a for a in range(ndim(y)) if a not in theirs]
    inner = math.prod(m for m, _ in pairs)
    left = reshape(transpose(x, rest_x + mine), (math.prod(shape(x)[a] for a in rest_x), inner))
    right = reshape(transpose(y, theirs + rest_y), (inner, math.prod(shape(y)[a] for a in rest_y)))
    return reshape(matmul(left, right), tuple(shape(x)[a] for a in rest_x) + tuple(shape(y)[a] for a in rest_y))


