"""Comparisons, steps and indices: nodes that require no gradient, so that they are asked again at other inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import rules
from ...engine.graph import describe, plain
from ...engine.rules import (
    absolute,
    add,
    ceil,
    equal,
    floor,
    floor_divide,
    greater,
    greater_equal,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    multiply,
    not_equal,
    rint,
    shape,
    sign,
    signbit,
    subtract,
    trunc,
)
from ..hints import taught
from .arguments import Axis, array, axes_of, axis_of, integers, ndim, size

__all__ = [
    "all",
    "allclose",
    "any",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "argwhere",
    "around",
    "array_equal",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "ceil",
    "count_nonzero",
    "equal",
    "fix",
    "flatnonzero",
    "floor",
    "floor_divide",
    "full_like",
    "greater",
    "greater_equal",
    "invert",
    "isclose",
    "iscomplexobj",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isrealobj",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "ndim",
    "nonzero",
    "not_equal",
    "ones_like",
    "result_type",
    "rint",
    "round",
    "searchsorted",
    "shape",
    "sign",
    "signbit",
    "size",
    "trunc",
    "zeros_like",
]

fix = trunc


def bitwise_and(x: Any, y: Any) -> Any:
    """Where both masks hold: x & y."""
    return logical_and(_mask(x, "&"), _mask(y, "&"))


def bitwise_or(x: Any, y: Any) -> Any:
    """Where one mask holds or both: x | y."""
    return logical_or(_mask(x, "|"), _mask(y, "|"))


def bitwise_xor(x: Any, y: Any) -> Any:
    """Where exactly one mask holds: x ^ y."""
    return logical_xor(_mask(x, "^"), _mask(y, "^"))


def invert(x: Any) -> Any:
    """Where a mask does not hold: ~x."""
    return logical_not(_mask(x, "~"))


def _mask(x: Any, operator: str) -> Any:
    """x, which must be of bools: of numbers these operators would take the binary digits."""
    if not hasattr(x, "__kernel__") and (found := np.asarray(plain(x)).dtype).kind != "b":
        power = "; a power is written **" if operator == "^" else ""
        raise TypeError(f"{operator} is for masks, nodes of bools such as x > 0, not for numbers of {found}{power}")
    return x


def round(x: Any, decimals: int = 0) -> Any:  # noqa: A001 (NumPy's name)
    """x rounded to so many decimals, halves to even; flat, so it has no gradient."""
    return rules.round(x, decimals=decimals)


around = round


def isposinf(x: Any) -> Any:
    """Where x is +inf."""
    return equal(x, np.inf)


def isneginf(x: Any) -> Any:
    """Where x is −inf."""
    return equal(x, -np.inf)


@taught
def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:  # noqa: A001 (NumPy's name)
    """Whether x holds everywhere, or along an axis or axes."""
    return rules.all(array(x), axis=axes_of(x, axis, "all"), keepdims=keepdims)


@taught
def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:  # noqa: A001 (NumPy's name)
    """Whether x holds anywhere, or along an axis or axes."""
    return rules.any(array(x), axis=axes_of(x, axis, "any"), keepdims=keepdims)


@taught
def count_nonzero(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """How many entries are not 0, or along an axis or axes."""
    return rules.count_nonzero(array(x), axis=axes_of(x, axis, "count_nonzero"), keepdims=keepdims)


@taught
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the largest entry, or of those along an axis; the first where several tie."""
    return rules.argmax(array(x), axis=_one(x, axis, "argmax"), keepdims=keepdims)


@taught
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the smallest entry, or of those along an axis; the first where several tie."""
    return rules.argmin(array(x), axis=_one(x, axis, "argmin"), keepdims=keepdims)


@taught
def argsort(x: Any, axis: int | None = -1, kind: Any = None) -> Any:
    """The indices that would sort x along an axis; ties stay in their order, whatever `kind` says."""
    return rules.argsort(array(x), axis=_one(x, axis, "argsort"))


@taught
def argpartition(x: Any, kth: Any, axis: int | None = -1) -> Any:
    """The indices that would put the kth smallest in its place, the smaller before it, the larger behind."""
    axis = _one(x, axis, "argpartition")
    return rules.argpartition(array(x), kth=places_of(x, kth, axis, "argpartition"), axis=axis)


def places_of(x: Any, kth: Any, axis: int | None, operation: str) -> Any:
    """`kth`, one place along an axis of x or several; an error where x has none such."""
    n = size(x, axis)
    for k in integers(kth, operation, "a place"):
        if not -n <= k < n:
            raise ValueError(f"{operation}: there is no place {k} among {n} entries of {describe(x)}")
    return kth


def argwhere(x: Any) -> Any:
    """The indices of the entries that are not 0, one row for each."""
    return rules.argwhere(array(x))


def nonzero(x: Any) -> tuple[Any, ...]:
    """The indices of the entries that are not 0, one array for each axis."""
    found = argwhere(x)
    return tuple(rules.getitem(found, key=(slice(None), a)) for a in range(shape(found)[1]))


def flatnonzero(x: Any) -> Any:
    """The indices of the entries that are not 0, all entries counted in order."""
    return nonzero(rules.reshape(array(x), shape=(size(x),)))[0]


def searchsorted(a: Any, v: Any, side: str = "left") -> Any:
    """Where in the sorted a the entries of v would be put in."""
    return rules.searchsorted(a, v, side=side)


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Where |a − b| ≤ atol + rtol·|b|, or both are the same infinity."""
    near = less_equal(absolute(subtract(a, b)), add(atol, multiply(rtol, absolute(b))))
    close = logical_or(equal(a, b), logical_and(near, isfinite(b)))
    return logical_or(close, logical_and(isnan(a), isnan(b))) if equal_nan else close


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether a and b are close everywhere: a plain bool."""
    return bool(all(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a: Any, b: Any) -> bool:
    """Whether a and b have one shape and the same entries: a plain bool."""
    return shape(a) == shape(b) and bool(all(equal(a, b)))


def zeros_like(x: Any) -> Any:
    """Zeros of x's shape and dtype."""
    return rules.zeros_like(array(x))


def ones_like(x: Any) -> Any:
    """Ones of x's shape and dtype."""
    return rules.ones_like(array(x))


def full_like(x: Any, fill_value: Any) -> Any:
    """`fill_value`, which may be a node, repeated to x's shape."""
    return add(zeros_like(x), fill_value)


def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]:
    """The dtype in which these meet."""
    return np.result_type(*(plain(a) for a in arrays_and_dtypes))


def iscomplexobj(x: Any) -> bool:
    """Whether x is complex: no node is."""
    return np.iscomplexobj(plain(x))


def isrealobj(x: Any) -> bool:
    """Whether x is real: every node is."""
    return np.isrealobj(plain(x))


def _one(x: Any, axis: int | None, operation: str) -> int | None:
    return None if axis is None else axis_of(x, axis, operation)
