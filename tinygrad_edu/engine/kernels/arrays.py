"""The kernels on NumPy arrays: NumPy's own function of the row's name, or the one written here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

Array = Any  # an ndarray or a NumPy scalar: NumPy's functions take and give either
Axis = tuple[int, ...] | None


class Hole:
    """Where, in the key of an indexing, an index array goes."""

    def __repr__(self) -> str:
        return "HOLE"


HOLE = Hole()


def laid_out(key: Sequence[Any], dims: int) -> tuple[Any, ...]:
    """The key of an indexing of an array with `dims` axes, with a slice for each axis that "..." stands for."""
    left = dims - sum(part is not None and part is not Ellipsis for part in key)
    whole = key if Ellipsis in key else (*key, Ellipsis)
    return tuple(each for part in whole for each in ([slice(None)] * left if part is Ellipsis else [part]))


def filled(key: tuple[Any, ...], indices: tuple[Array, ...]) -> tuple[Any, ...]:
    """`key` with its holes filled by `indices`, in order."""
    if not indices:
        return key
    arrays = iter(indices)
    return tuple(np.asarray(next(arrays)) if part is HOLE else part for part in key)


def getitem(x: Array, *indices: Array, key: tuple[Any, ...]) -> Array:
    """x[key]; index arrays come apart from the key, because they may be nodes."""
    return np.asarray(x)[filled(key, indices)]


def scatter(g: Array, *indices: Array, key: tuple[Any, ...], shape: tuple[int, ...]) -> Array:
    """Zeros of `shape` with `g` added at `key`, repeated places adding up: what undoes an indexing."""
    g = np.asarray(g)
    out = np.zeros(shape, g.dtype)
    if all(np.asarray(i).dtype == bool for i in indices):
        out[filled(key, indices)] = g
    else:
        np.add.at(out, filled(key, indices), g)
    return out


def windows(x: Array, size: tuple[int, int], stride: tuple[int, int]) -> Array:
    """A view of every window of `size` over the last two axes, one each `stride` entries."""
    every = np.lib.stride_tricks.sliding_window_view(x, size, axis=(-2, -1))
    return every[..., :: stride[0], :: stride[1], :, :]


def overlap_add(x: Array, lengths: tuple[int, int], stride: tuple[int, int]) -> Array:
    """Zeros whose last two axes are of these lengths, with each window added in its place."""
    rows, columns, height, width = x.shape[-4:]
    out = np.zeros((*x.shape[:-4], *lengths), x.dtype)
    for i in range(height):
        for j in range(width):
            below, right = i + rows * stride[0], j + columns * stride[1]
            out[..., i : below : stride[0], j : right : stride[1]] += x[..., i, j]
    return out


def reshape(x: Array, shape: tuple[int, ...]) -> Array:
    """x in another shape. NumPy 2.0 has no keyword `shape` for it, which later versions have."""
    return np.asarray(x).reshape(shape)


def expand_dims(x: Array, axis: tuple[int, ...]) -> Array:
    """np.expand_dims, which asks more on the way; it goes on being asked about arrays of other classes, and numbers."""
    if x.__class__ is not np.ndarray:
        return np.expand_dims(x, axis)
    lengths = list(x.shape)
    for a in sorted(axis):
        lengths.insert(a, 1)
    return x.reshape(lengths)


def identity(x: Array) -> Array:
    """x itself."""
    return x


def sigmoid(x: Array) -> Array:
    """1/(1 + e^(−x)); where e^(−x) overflows to inf the result is 0, as it should be."""
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-x))


def softplus(x: Array) -> Array:
    """log(1 + e^x) = max(x, 0) + log(1 + e^(−|x|)), without overflow."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def logistic_loss(x: Array, y: Array) -> Array:
    """log(1 + e^x) − y x = log(1 + e^(−|x|)) + (max(x, 0) − y x): for a label 0 or 1 nothing cancels."""
    return np.log1p(np.exp(-np.abs(x))) + (np.maximum(x, 0.0) - y * x)


def sigmoid_residual(x: Array, y: Array) -> Array:
    """σ(x) − y = (1 − y) σ(x) − y σ(−x): for a label 0 or 1 nothing cancels, and neither exponential overflows."""
    above, below = np.exp(np.minimum(x, 0.0)), np.exp(-np.maximum(x, 0.0))  # σ(x) is above/(above + below)
    return ((1.0 - y) * above - y * below) / (above + below)


def relu(x: Array) -> Array:
    """The larger of x and 0."""
    return np.maximum(x, 0.0)


def one_less_square(x: Array) -> Array:
    """1 − x²."""
    return (1.0 - x) * (1.0 + x)


def power_log(x: Array, y: Array, n: int) -> Array:
    """x^y (log x)^n, and 0 at x = 0 < y, where log x is infinite."""
    vanishing = np.equal(x, 0.0) & np.greater(y, 0.0)
    safe = np.where(vanishing, 1.0, x)
    return np.where(vanishing, 0.0, np.power(safe, y) * np.log(safe) ** n)


def log_argument(x: Array, y: Array) -> Array:
    """x, and 1 where y = 0."""
    return np.where(np.equal(y, 0.0), 1.0, x)


def spherical_jn(x: Array, n: int) -> Array:
    """The spherical Bessel function j_n: by its power series up to n + 1, by recurrence from j₀ and j₁ beyond.

    DLMF 10.53.1 and 10.51.1.
    """
    size = np.abs(x)
    near, far = np.minimum(size, n + 1.0), np.maximum(size, n + 1.0)
    term = series = np.ones_like(near)
    for k in range(1, 16 + 2 * n):
        term = term * (near * near * (-0.5 / (k * (2 * n + 2 * k + 1))))
        series = series + term
    for k in range(1, n + 1):
        series = series * (near * (1.0 / (2 * k + 1)))
    before, wave = np.cos(far) / far, np.sin(far) / far
    for k in range(n):
        before, wave = wave, (2 * k + 1) / far * wave - before
    sign = np.sign(x) if n % 2 else 1.0
    return sign * np.where(size < n + 1.0, series, wave)


def erf(x: Array) -> Array:
    """The error function (NumPy has none): its series up to 2, 1 − the continued fraction of erfc beyond."""
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)
    size = np.minimum(np.abs(x).astype(float), 6.0)  # erf(6) is 1 to the last bit
    near = np.minimum(size, 2.0)
    square, sum_of_series = near * near, 1.0
    for k in range(38, 0, -1):  # erf x = 2x/√π · e^(−x²) Σ (2x²)ⁿ/(1 · 3 ⋯ (2n + 1)): nothing cancels
        sum_of_series = 1.0 + sum_of_series * (square * (2.0 / (2 * k + 1)))
    small = 1.1283791670955126 * near * np.exp(-square) * sum_of_series
    far = np.maximum(size, 2.0)
    fraction = far
    for k in range(60, 0, -1):  # √π e^(x²) erfc x = 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …))))
        fraction = far + 0.5 * k / fraction
    large = 1.0 - 0.5641895835477563 * np.exp(-far * far) / fraction
    return np.copysign(np.where(size < 2.0, small, large), x).astype(x.dtype)


def logsumexp(x: Array, *, axis: Axis, keepdims: bool) -> Array:
    """log Σ e^x along `axis`, the largest taken out first."""
    top = x.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0).astype(top.dtype)
    with np.errstate(divide="ignore"):  # log 0 = −inf is right where all entries are −inf
        out = np.log(np.exp(x - top).sum(axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=axis)[()]


def softmax(x: Array, *, axis: Axis) -> Array:
    """e^x / Σ e^x along `axis`, the largest taken out first."""
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def log_softmax(x: Array, *, axis: Axis) -> Array:
    """x − log Σ e^x along `axis`, the largest taken out first."""
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


def count(x: Array, *, axis: Axis) -> int:
    """How many entries a reduction along `axis` takes together."""
    return np.size(x) if axis is None else math.prod([np.shape(x)[a] for a in axis])


def mean(x: Array, *, axis: Axis, keepdims: bool, ddof: int) -> Array:
    """The sum along `axis`, divided by how many there are, less `ddof`."""
    if x.__class__ is np.ndarray and x.dtype.char != "e":  # the same as np.mean, three times faster on small arrays
        total = np.add.reduce(x, axis, None, None, keepdims)  # type: ignore[call-overload]
        return total / ((x.size if axis is None else count(x, axis=axis)) - ddof)
    return np.mean(x, axis=axis, keepdims=keepdims) * float(np.divide(count(x, axis=axis), count(x, axis=axis) - ddof))


def exclusive_prod(x: Array, *, axis: Axis) -> Array:
    """For each entry, the product of the others along `axis`: right at zeros too, where out/x is not."""
    x = np.asarray(x)
    axes = tuple(range(x.ndim)) if axis is None else axis
    rest = [a for a in range(x.ndim) if a not in axes]
    order = rest + list(axes)
    length = 1  # multiplied by hand: a program that is written out with this function imports NumPy alone
    for a in axes:
        length *= x.shape[a]
    flat = x.transpose(order).reshape([x.shape[a] for a in rest] + [length])
    ones = np.ones_like(flat[..., :1])
    before = np.cumprod(np.concatenate([ones, flat[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, flat[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return (before * after).reshape([x.shape[a] for a in order]).transpose(np.argsort(order))


def matmul(x: Array, y: Array) -> Array:
    """x @ y; for two matrices through `dot`, which has less to ask."""
    if x.__class__ is np.ndarray and y.__class__ is np.ndarray and x.ndim == 2 and y.ndim == 2:
        return x.dot(y)
    return np.matmul(x, y)


def copying_pays(rows: int, columns: int) -> bool:
    """Whether x yᵀ is had sooner with a copy of yᵀ: BLAS takes up to twice as long to read a narrow y transposed."""
    return 1 < columns <= 32 and rows >= 64


def times_transposed(x: Array, y: Array) -> Array:
    """x yᵀ of two matrices."""
    return x.dot(y.T.copy() if copying_pays(*x.shape) else y.T)


_BITS = {np.dtype(np.float64): np.int64, np.dtype(np.float32): np.int32}
_MANY = 4000  # entries from which on masking bits is faster than np.where


def where(condition: Array, x: Array, y: Array) -> Array:
    """np.where. Where one branch is 0, large arrays are masked bit by bit, which needs no branch for each entry."""
    chosen = x if x.__class__ is np.ndarray else y
    if (
        condition.__class__ is np.ndarray is chosen.__class__
        and chosen.size >= _MANY
        and condition.shape == chosen.shape
        and condition.dtype == bool
        and chosen.dtype in _BITS
        and chosen.flags.c_contiguous
        and (other := y if chosen is x else x).__class__ is float
        and other == 0.0
    ):
        bits = _BITS[chosen.dtype]
        mask = np.subtract(condition, 1, dtype=bits)  # −1, all bits, where the condition does not hold
        if chosen is x:
            np.invert(mask, out=mask)
        mask &= chosen.view(bits)
        return mask.view(chosen.dtype)
    return np.where(condition, x, y)


pinned = where


def matrix_transpose(x: Array) -> Array:
    """The last two axes exchanged."""
    return x.T if x.ndim == 2 else np.swapaxes(x, -1, -2)


LARGE = 500  # entries from which on an einsum is faster by matrix products, their set-up included


def einsum(*operands: Array, subscripts: str) -> Array:
    """np.einsum, its subscripts as a parameter; large operands go through matrix products."""
    return np.einsum(subscripts, *operands, optimize=any(np.size(x) > LARGE for x in operands))


def concatenate(*arrays: Array, axis: int) -> Array:
    """np.concatenate of any number of arrays."""
    return np.concatenate(arrays, axis=axis)


def take_along_axis(x: Array, indices: Array, *, axis: int) -> Array:
    """np.take_along_axis with its axis as a parameter, for indices as long as x along the other axes."""
    indices = np.asarray(indices)
    if indices.dtype.kind not in "iu":  # truth values would be taken for a mask
        raise IndexError(f"the indices are integers, not {indices.dtype}")
    return np.asarray(x)[along(indices, indices.shape, axis)]


def along(indices: Any, size: tuple[int, ...], axis: int) -> tuple[Any, ...]:
    """The index arrays that put `indices`, of shape `size`, in its own place along all axes but `axis`."""
    before, after = _own_places(size, axis)
    return (*before, indices, *after)


@lru_cache(maxsize=8)
def _own_places(size: tuple[int, ...], axis: int) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """The numbers along each axis before `axis` and after it, each as an array that broadcasts to `size`."""
    places = np.ogrid[tuple(slice(n) for n in size)]
    for each in places:
        each.flags.writeable = False
    return tuple(places[:axis]), tuple(places[axis + 1 :])


def argsort(x: Array, *, axis: int | None) -> Array:
    """np.argsort, ties in their order."""
    return np.argsort(x, axis=axis, kind="stable")


def argpartition(x: Array, *, kth: Any, axis: int | None) -> Array:
    """np.argpartition with its place as a parameter."""
    return np.argpartition(x, kth, axis=axis)


def astype(x: Array, *, dtype: Any) -> Array:
    """`x` in another dtype."""
    return np.asarray(x).astype(dtype)[()]
