"""The table, continued: rows that the derivatives of others are made of, where a quotient would divide by 0."""

# mypy: disable-error-code="has-type"
# (a derivative may name a row that stands further down)

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .table import TABLE, row

# fmt: off
pinned = row("pinned", None, None, lambda g, out, special, constant, x: TABLE["where"](special, math.nan, g),
    example=([(2, 3)], lambda x: pinned(x > 9.0, 1.0, x)), code="np.where({args})", chooses=True,
    doc="where(special, constant, x) for a constant that is put in at points where a derivative is agreed upon but "
    "has none of its own: its slope there is nan, so that no higher order is a finite wrong number")
power_log = row("power_log",
    lambda g, out, x, y, n: g * (y * power_log(x, y - 1.0, n) + n * _power_log(x, y - 1.0, n - 1)),
    lambda g, out, x, y, n: g * power_log(x, y, n + 1),
    composed=lambda x, y, n: TABLE["power"](x, y) * TABLE["power"](TABLE["log"](x), n),
    arity=0, text="<x:6>^<y:6> log^<z> <x:f>", latex=r"<x:6>^{<y>} \log^{<z>} <x:f>", precedence=2,
    example=([(2, 3), (3,)], lambda x, y: power_log(abs(x), y, 1)),
    doc="x^y (log x)^n, what differentiating x^y towards y gives n times; 0 at x = 0 < y")
spherical_jn = row("spherical_jn", lambda g, out, x, n: g * _spherical_slope(x, n),
    arity=0, text="j_<y>(<x>)", latex=r"j_{<y>}\left(<x>\right)", precedence=9,
    example=([(2, 3)], lambda x: spherical_jn(x, 1)),
    doc="the spherical Bessel function j_n, which is regular at 0: j₀(x) = sin x/x, j₁(x) = (j₀(x) − cos x)/x")
log_argument = row("log_argument", lambda g, out, x, y: TABLE["where"](TABLE["equal"](y, 0.0), 0.0, g),
    composed=lambda x, y: x, arity=0, text="<x>", latex="<x>", precedence=9,
    example=([(2, 3)], lambda x: log_argument(x, np.array([0.5, 1.0, 2.0]))), code="np.where({y} == 0, 1.0, {x})",
    doc="x, and 1 where y = 0, so that y log x is 0 there, also at x = 0; in formulas x")
one_less_square = row("one_less_square", lambda g, out, x: -2.0 * g * x,
    composed=lambda x: 1.0 - x * x, text="1 − <x:6>²", precedence=1, code="(1 - {x}) * (1 + {x})",
    doc="1 − x², exact near ±1, where x² would be rounded; the slope of the product would cancel near 0")
# fmt: on


def _power_log(x: Any, y: Any, n: int) -> Any:
    """x^y (log x)^n, n = 0 included."""
    return power_log(x, y, n) if n else TABLE["power"](x, y)


def _spherical_slope(x: Any, n: int) -> Any:
    """jₙ′ = (n jₙ₋₁ − (n + 1) jₙ₊₁)/(2n + 1). DLMF 10.51.2."""
    above = (n + 1) / (2 * n + 1) * spherical_jn(x, n + 1)
    return n / (2 * n + 1) * spherical_jn(x, n - 1) - above if n else -above
