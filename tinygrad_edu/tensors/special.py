"""SciPy's special functions on nodes: rows outside of the table, made when SciPy's function is first called on one."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from ..engine.rules import equal, erf, exp, less_equal, log, logical_and, pinned, sigmoid
from .primitives import primitive


def _polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of digamma: SciPy's polygamma as a row."""
    return _polygamma_row()(n, x)


@cache
def _polygamma_row() -> Callable[..., Any]:
    polygamma: Any = import_module("scipy.special").polygamma
    return primitive(polygamma, None, lambda g, out, n, x: g * _polygamma(n + 1, x), name="polygamma")


def _inverse_mills(x: Any) -> Any:
    """The inverse Mills ratio φ(x)/Φ(x), which is the slope of log Φ; by erfcx, because both are 0 in the far tail."""
    return _inverse_mills_row()(x)


@cache
def _inverse_mills_row() -> Callable[..., Any]:
    erfcx: Any = import_module("scipy.special").erfcx
    ratio = lambda x: math.sqrt(2.0 / math.pi) / erfcx(-math.sqrt(0.5) * x)
    return primitive(ratio, lambda g, out, x: -g * out * (out + x), name="inverse_mills")


_BELL = 1.0 / math.sqrt(2.0 * math.pi)
# By the name of SciPy's ufunc: what stands in the table, or the derivatives.
_KNOWN: dict[str, Callable[..., Any]] = {"erf": erf, "expit": sigmoid}
_DERIVATIVES: dict[str, tuple[Callable[..., Any], ...]] = {
    "gammaln": (lambda g, out, x: g * _polygamma(0, x),),
    "psi": (lambda g, out, x: g * _polygamma(1, x),),
    "erfc": (lambda g, out, x: g * (-2.0 / math.sqrt(math.pi)) * exp(-x * x),),
    "logit": (lambda g, out, x: g / (x * (1.0 - x)),),
    "xlogy": (
        lambda g, out, x, y: g * log(pinned(logical_and(equal(x, 0.0), less_equal(y, 0.0)), 1.0, y)),
        lambda g, out, x, y: g * x / y,
    ),
    "ndtr": (lambda g, out, x: g * _BELL * exp(-0.5 * x * x),),
    "log_ndtr": (lambda g, out, x: g * _inverse_mills(x),),
}


@cache
def from_scipy(ufunc: Any) -> Any:
    """Ours for one of SciPy's special functions; None for any other function."""
    name = ufunc.__name__
    home = sys.modules.get("scipy.special")  # whoever has its function has loaded it
    if home is None or vars(home).get(name) is not ufunc:
        return None
    if name in _DERIVATIVES:
        return primitive(getattr(home, name), *_DERIVATIVES[name], name={"psi": "digamma"}.get(name, name))
    return _KNOWN.get(name)
