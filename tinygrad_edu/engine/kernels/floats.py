"""The kernels on Python floats: `math` where it has one. What raises here is asked of NumPy again, as IEEE has it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any


def sigmoid(x: float) -> float:
    """1/(1 + e^(−x)), without overflow on either side."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def softplus(x: float) -> float:
    """log(1 + e^x), without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def logistic_loss(x: float, y: float) -> float:
    """log(1 + e^x) − y x, without overflow, and for a label 0 or 1 without cancellation."""
    return math.log1p(math.exp(-abs(x))) + (max(x, 0.0) - y * x)


def sigmoid_residual(x: float, y: float) -> float:
    """σ(x) − y = (1 − y) σ(x) − y σ(−x): for a label 0 or 1 nothing cancels, and neither exponential overflows."""
    above, below = math.exp(min(x, 0.0)), math.exp(-max(x, 0.0))  # σ(x) is above/(above + below)
    return ((1.0 - y) * above - y * below) / (above + below)


def relu(x: float) -> float:
    """The larger of x and 0; nan stays nan."""
    return x if x > 0 or x != x else 0.0  # noqa: PLR0124


def where(condition: object, x: float, y: float) -> float:
    """x if the condition holds, else y; a float beside a float, also where the whole number 0 or True is chosen."""
    chosen = x if condition else y
    return chosen if x.__class__ is y.__class__ else float(chosen)


def one_less_square(x: float) -> float:
    """1 − x²."""
    return (1.0 - x) * (1.0 + x)


def power_log(x: float, y: float, n: int) -> float:
    """x^y (log x)^n, and 0 at x = 0 < y, where log x is infinite."""
    return 0.0 if x == 0 and y > 0 else math.pow(x, y) * math.log(x) ** n


def log_argument(x: float, y: float) -> float:
    """x, and 1 where y = 0."""
    return x if y != 0 else 1.0


def sign(x: float) -> float:
    """−1, 0 or 1; nan stays nan."""
    return float((x > 0) - (x < 0)) if x == x else x  # noqa: PLR0124


def _same(x: float, **_: Any) -> float:
    """Of a single number, its sum, mean, largest … are the number itself."""
    return +x  # of True, 1


def _mean(x: float, *, ddof: int, **_: Any) -> float:
    return x / (1 - ddof)


def _count(x: float, **_: Any) -> int:
    return 1


KERNELS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": math.pow,
    "remainder": operator.mod,
    "floor_divide": operator.floordiv,
    "negative": operator.neg,
    "identity": operator.pos,
    "absolute": abs,
    "sign": sign,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "isnan": math.isnan,
    "isinf": math.isinf,
    "isfinite": math.isfinite,
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "log1p": math.log1p,
    "log2": math.log2,
    "log10": math.log10,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "arctan2": math.atan2,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "arcsinh": math.asinh,
    "arccosh": math.acosh,
    "arctanh": math.atanh,
    "erf": math.erf,
    "hypot": math.hypot,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "logistic_loss": logistic_loss,
    "sigmoid_residual": sigmoid_residual,
    "relu": relu,
    "where": where,
    "pinned": where,
    "one_less_square": one_less_square,
    "power_log": power_log,
    "log_argument": log_argument,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x,
    "sum": _same,
    "mean": _mean,
    "prod": _same,
    "max": _same,
    "min": _same,
    "logsumexp": _same,
    "count": _count,
}
