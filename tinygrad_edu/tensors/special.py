"""SciPy's special functions on nodes, and the operations outside of the table that their derivatives are made of."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from ..engine.rules import equal, erf, exp, less, less_equal, log, logical_and, pinned, sigmoid, where
from .primitives import Primitive, primitive


def _scipys(name: str) -> Any:
    """A function of SciPy's, which is loaded by then: only its own functions lead here."""
    return getattr(import_module("scipy.special"), name)


# The n-th derivative of digamma
_polygamma: Primitive = primitive(
    lambda n, x: _scipys("polygamma")(n, x), None, lambda g, out, n, x: g * _polygamma(n + 1, x), name="polygamma"
)
# φ(x)/Φ(x), the slope of log Φ; by erfcx, because both are 0 in the far tail
_inverse_mills = primitive(
    lambda x: math.sqrt(2.0 / math.pi) / _scipys("erfcx")(-math.sqrt(0.5) * x),
    lambda g, out, x: -g * _mills_curvature(x),
    name="inverse_mills",
)


def _computed_quotient(n: int, x: Any) -> Any:
    """The quotient by the recurrence qₖ₋₁ = 1/(k qₖ − x), DLMF 7.18.7: downwards left of −1, upwards from there on."""
    right = np.maximum(x, -1.0)
    with np.errstate(divide="ignore"):
        up = 1.0 / _inverse_mills(right)
    for k in range(1, n + 1):
        up = (1.0 / up + right) / k
    return np.where(np.asarray(x) < -1.0, _downwards(n, x)[0], up)


def _downwards(n: int, x: Any) -> tuple[Any, Any]:
    """qₙ and qₙ − qₙ₊₁ left of −1, from an estimate far above: qₖ₋₁ − qₖ is qₖ₋₁ qₖ ((k + 1) qₖ₊₁ − k qₖ)."""
    t = np.maximum(-np.asarray(x, float), 1.0)
    last = n + _TERMS
    root = np.hypot(t, 2.0 * math.sqrt(last))
    quotient = 2.0 / (t + root)
    step = quotient * quotient / root
    for k in range(last, n, -1):
        before = 1.0 / (k * quotient + t)
        step = before * quotient * (quotient - (k + 1) * step)
        quotient = before
    return quotient, step


_TERMS = 150  # of the continued fraction: enough for all digits from −1 downwards


def _slope_of_quotient(g: Any, out: Any, n: int, x: Any) -> Any:
    """Two forms of one derivative; each subtracts numbers that are nearly equal on the other's side."""
    before = out * _inverse_mills(x) if n == 1 else out / _mills_quotient(n - 1, x)
    left = out * (_mills_quotient(n + 1, x) - n * _mills_step(n, x))
    return g * where(less(x, -1.0), left, 1.0 - before)


def _slope_of_step(g: Any, out: Any, n: int, x: Any) -> Any:
    here, above, next_step = _mills_quotient(n, x), _mills_quotient(n + 1, x), _mills_step(n + 1, x)
    return g * (above * (out + next_step) - n * here * out + (n + 1) * above * next_step)


def _slope_of_curvature(g: Any, out: Any, x: Any) -> Any:
    quotient, ratio = _mills_quotient(1, x), _inverse_mills(x)
    return g * where(less(x, -1.0), -2.0 * out * _mills_step(1, x), ratio - out * (quotient + ratio))


# √2 iⁿerfc(z)/iⁿ⁻¹erfc(z) at z = −x/√2, of repeated integrals of erfc: φ(x)/Φ(x) + x for n = 1, digit by digit
_mills_quotient = primitive(_computed_quotient, None, _slope_of_quotient, name="mills_quotient")
# The n-th Mills quotient less the next, left of −1, where they are nearly equal
_mills_step = primitive(lambda n, x: _downwards(n, x)[1], None, _slope_of_step, name="mills_step")
# m (m + x) for the inverse Mills ratio m, which is 1 in the far tail: minus the second derivative of log Φ
_mills_curvature: Primitive = primitive(
    lambda x: _inverse_mills(x) * _computed_quotient(1, x), _slope_of_curvature, name="mills_curvature"
)

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
