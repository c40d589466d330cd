"""Functions of each entry: the rows of the table that are functions as they stand, and what is written in them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.graph import Node, describe, mode, plain
from ...engine.rules import (
    absolute,
    add,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cos,
    cosh,
    divide,
    erf,
    exp,
    exp2,
    expm1,
    hypot,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    reciprocal,
    relu,
    remainder,
    sigmoid,
    sin,
    sinc,
    sinh,
    softplus,
    sqrt,
    square,
    subtract,
    tan,
    tanh,
)
from ...engine.rules import astype as _astype
from ...engine.rules import identity as _identity
from ...engine.rules import where as _where
from .arguments import array
from .questions import (
    greater,
    greater_equal,
    isnan,
    isneginf,
    isposinf,
    less,
    less_equal,
    logical_or,
    nonzero,
)

__all__ = [
    "abs",
    "absolute",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "astype",
    "clip",
    "copy",
    "cos",
    "cosh",
    "deg2rad",
    "degrees",
    "divide",
    "elu",
    "erf",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "fmax",
    "fmin",
    "gelu",
    "hypot",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "nan_to_num",
    "negative",
    "positive",
    "power",
    "rad2deg",
    "radians",
    "real",
    "reciprocal",
    "relu",
    "remainder",
    "select",
    "sigmoid",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softplus",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "true_divide",
    "where",
]

abs = fabs = absolute  # noqa: A001 (NumPy's names)
true_divide, mod = divide, remainder


def positive(x: Any) -> Any:
    """x itself."""
    return _identity(x)


def real(x: Any) -> Any:
    """x itself: the numbers here are real."""
    return _identity(array(x))


def copy(x: Any) -> Any:
    """The same numbers in memory of their own."""
    x = array(x)
    return _astype(x, dtype=x.dtype)


def astype(x: Any, dtype: Any) -> Any:
    """The same numbers in another dtype; integers and bools only of what requires no gradient."""
    kind = np.dtype(dtype)
    if kind.kind not in "fiub":
        raise TypeError(f"astype: {kind}: nodes hold real numbers")
    if kind.kind != "f" and isinstance(x, Node) and x.requires_grad and mode.recording:
        raise TypeError(
            f"astype: {describe(x)} requires a gradient, and {kind} has none; use .data.astype({kind}) or "
            f".detach().astype({kind}), or a comparison for a mask"
        )
    return _astype(array(x), dtype=kind)


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """x where the condition holds, y elsewhere; without them, the indices where it holds."""
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ValueError("where: either both x and y, or neither")
    return _where(condition, x, y)


def clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:  # noqa: A002
    """x, but nowhere below a_min nor above a_max, nan among them; at the bounds the slope is 1, as PyTorch has it."""
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    x = x if low is None else _where(_or_nan(less(x, low), low), low, x)
    return x if high is None else _where(_or_nan(greater(x, high), high), high, x)


def _or_nan(beyond: Any, bound: Any) -> Any:
    """Where x is beyond a bound, or the bound is nan, which is asked where it may be."""
    held = array(plain(bound))
    may_be = np.any(held != held) or (mode.tracing is not None and isinstance(bound, Node))  # noqa: PLR0124
    return logical_or(beyond, isnan(bound)) if may_be else beyond


def fmax(x: Any, y: Any) -> Any:
    """The larger of two, entry by entry; a NaN counts as missing. At a tie x has slope 1, as PyTorch has it."""
    return _where(logical_or(greater_equal(x, y), isnan(y)), x, y)


def fmin(x: Any, y: Any) -> Any:
    """The smaller of two, entry by entry; a NaN counts as missing. At a tie x has slope 1, as PyTorch has it."""
    return _where(logical_or(less_equal(x, y), isnan(y)), x, y)


def nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """x with numbers in place of NaN and ±inf (by default 0 and the largest there are); there the slope is 0."""
    dtype = np.dtype(getattr(x, "dtype", float))
    if dtype.kind != "f":
        return _astype(x, dtype=dtype)  # whole numbers and truth values are all finite
    limits = np.finfo(dtype)
    x = _where(isposinf(x), float(limits.max) if posinf is None else posinf, x)
    x = _where(isneginf(x), float(limits.min) if neginf is None else neginf, x)
    return _where(isnan(x), nan, x)


def deg2rad(x: Any) -> Any:
    """Degrees as radians."""
    return multiply(x, math.pi / 180.0)


def rad2deg(x: Any) -> Any:
    """Radians as degrees."""
    return multiply(x, 180.0 / math.pi)


radians, degrees = deg2rad, rad2deg


def select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    """For each entry, the choice whose condition is the first to hold."""
    if len(condlist) != len(choicelist):
        raise ValueError(f"select: {len(condlist)} conditions for {len(choicelist)} choices")
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        chosen = _where(condition, choice, chosen)
    return chosen


# ── the field's own ───────────────────────────────────────────────────────────────────────────────────────────────────


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """x, times negative_slope where it is not positive (at 0 the slope is that one)."""
    return _where(greater(x, 0.0), x, multiply(x, negative_slope))


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where it is positive, alpha·(e^x − 1) elsewhere. Clevert et al. 2015."""
    positive = greater(x, 0.0)
    return _where(positive, x, alpha * expm1(_where(positive, 0.0, x)))


def gelu(x: Any, approximate: str = "none") -> Any:
    """x·Φ(x), Φ the normal distribution's: exact by erf, or approximate="tanh". Hendrycks and Gimpel 2016."""
    if approximate == "none":
        return multiply(x, 0.5) * (1.0 + erf(multiply(x, math.sqrt(0.5))))
    if approximate == "tanh":
        return multiply(x, 0.5) * (1.0 + tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * power(x, 3.0))))
    raise ValueError(f"gelu: approximate is 'none' or 'tanh', not {approximate!r}")


def silu(x: Any) -> Any:
    """x·σ(x), also called swish. Elfwing et al. 2017."""
    return multiply(x, sigmoid(x))
