"""The table: every primitive, once. Its derivatives, how it is written on paper, what its kernels are called.

A derivative is a function of `g` (the incoming gradient), `out` (the operation's own result) and the operation's
arguments, written in ordinary arithmetic and in the rows of this table. It does not say what kind of number flows
through: floats and arrays give numbers, nodes give the backward pass as a graph, symbols give formulas.

Broadcasting is not undone here. A row has a kind, and `land` in `landing.py` does it for all of them:

    elementwise   a contribution has the result's shape      (what broadcasting repeated is summed)
    reduction     it has the parent's shape
    own           it has a shape of its own                   (matmul, indexing)

On paper: `<x:2>` stands for the first operand, in parentheses if it binds weaker than 2; `<x:f>` for a function's
argument, `<x:m>` for a factor of a matrix product. Strengths: 1 sum, 1.5 what ends with an open Σ x, 2 product,
2.5 matrix product, 3 quotient, 4 power, 5 function applied, 9 a letter.

Where a function has a kink its derivative is PyTorch's choice: |x|′ = 0 at 0, relu′ = 0 at 0, ties of maximum and
minimum of two get half each, ties of max and min along an axis share equally, x^0 has derivative 0 at x = 0, √x has
slope inf at 0. Norms and angles have slope 0 at the origin, x^y log x is 0 at x = 0; such an agreed slope has none of
its own, so that derivatives of higher order are nan there, never a wrong number. At a kink between two smooth pieces
they are those of the pieces: |x|″ = 0.
"""

# ruff: noqa: A001 (NumPy's names)
# mypy: disable-error-code="has-type"
# (a derivative may name a row that stands further down)

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .graph import Node, Rule
from .kernels.arrays import HOLE as HOLE
from .kernels.arrays import times_transposed
from .rules_shapes import astype as astype
from .rules_shapes import broadcast_to as broadcast_to
from .rules_shapes import concatenate as concatenate
from .rules_shapes import expand_dims as expand_dims
from .rules_shapes import getitem as getitem
from .rules_shapes import overlap_add as overlap_add
from .rules_shapes import reshape as reshape
from .rules_shapes import scatter as scatter
from .rules_shapes import squeeze as squeeze
from .rules_shapes import take_along_axis as take_along_axis
from .rules_shapes import transpose as transpose
from .rules_shapes import windows as windows
from .rules_special import one_less_square as one_less_square
from .rules_special import pinned as pinned
from .rules_special import power_log as power_log
from .rules_special import spherical_jn as spherical_jn
from .table import TABLE as TABLE
from .table import Shape as Shape
from .table import elementwise as elementwise
from .table import no_broadcast as no_broadcast
from .table import own as own
from .table import reduction as reduction
from .table import row as row
from .table import shape as shape

inf = math.inf

# A row reads best as one line of derivatives and one of how it is written, so the formatter leaves the table alone.
# fmt: off
# ── arithmetic ────────────────────────────────────────────────────────────────────────────────────────────────────────

add = row("add", lambda g, out, x, y: g, lambda g, out, x, y: g,
    text="<x:1> + <y:1>", precedence=1, infix="+", signs=(1, 1), doc="x + y")
subtract = row("subtract", lambda g, out, x, y: g, lambda g, out, x, y: -g,
    text="<x:1> − <y:1.5>", precedence=1, infix="-", signs=(1, -1), doc="x − y")
multiply = row("multiply", lambda g, out, x, y: g * y, lambda g, out, x, y: g * x,
    text="<x:2> · <y:1.5>", precedence=2, infix="*", powers=(1, 1), doc="x · y, entry by entry")
divide = row("divide", lambda g, out, x, y: g / y, lambda g, out, x, y: -g * out / y,
    text="<x:3>/<y:4>", latex=r"\frac{<x>}{<y>}", precedence=3, infix="/", powers=(1, -1), doc="x / y")
power = row("power", lambda g, out, x, y: g * y * power(x, _lowered(x, y)) if not _is_zero(y) else zeros_like(x),
    lambda g, out, x, y: g * power_log(x, _exponent(x, y), 1),
    text="<x:6>^<y:6>", latex="<x:6>^{<y>}", precedence=4, infix="**", domain=[(0, inf), (-inf, inf)],
    doc="x to the power y")
negative = row("negative", lambda g, out, x: -g, text="−<x:1.5>", precedence=1, code="-{x}", signs=(-1,), doc="−x")
absolute = row("absolute", lambda g, out, x: g * sign(x),
    text="|<x>|", latex=r"\left|<x>\right|", precedence=9, kinks=(0,), doc="|x|, with slope 0 at 0")
square = row("square", lambda g, out, x: g * (2.0 * x), text="<x:6>²", precedence=4, powers=(2,), doc="x²")
reciprocal = row("reciprocal", lambda g, out, x: -g * out * out,
    text="1/<x:4>", latex=r"\frac{1}{<x>}", precedence=3, powers=(-1,), doc="1/x")


def _is_zero(y: Any) -> bool:
    """Whether an exponent is the number 0: x^0 does not look at x, and hands on 0 also of an infinite slope."""
    return isinstance(y, (int, float)) and y == 0


def _lowered(x: Any, y: Any) -> Any:
    """The exponent y − 1 of the derivative y·x^(y−1), or any other where y = 0 makes that 0."""
    if isinstance(y, (int, float)):
        return y - 1.0
    if not isinstance(y, Node):
        return where(equal(y, 0.0), 0.0, y - 1.0)
    # 0^(y−1) has no slope towards y at 1, nor an agreed one at 0; nan has neither.
    special = logical_and(logical_or(equal(x, 0.0), isnan(x)), logical_or(equal(y, 0.0), equal(y, 1.0)))
    return pinned(special, 0.0, subtract(y, 1.0))


def _exponent(x: Any, y: Any) -> Any:
    """y, and 1 where x = y = 0: there the slope x^y log x is agreed to be 0."""
    return pinned(logical_and(equal(x, 0.0), equal(y, 0.0)), 1.0, y)


identity = row("identity", lambda g, out, x: g,
    text="<x>", precedence=9, code="{x}", moves="in order", doc="x itself: where an input enters a derivative")

# ── exponentials and logarithms ───────────────────────────────────────────────────────────────────────────────────────

exp = row("exp", lambda g, out, x: g * out, text="exp <x:f>", latex="e^{<x>}", doc="e^x")
exp2 = row("exp2", lambda g, out, x: g * out * math.log(2.0), text="2^<x:5>", latex="2^{<x>}", precedence=4, doc="2^x")
expm1 = row("expm1", lambda g, out, x: g * (out + 1.0),
    text="exp <x:f> − 1", latex="e^{<x>} - 1", precedence=1, doc="e^x − 1, exact near 0")
log = row("log", lambda g, out, x: g / x, domain=[(0, inf)], doc="the natural logarithm")
log1p = row("log1p", lambda g, out, x: g / (1.0 + x),
    text="log(1 + <x:1>)", latex=r"\log\left(1 + <x:1>\right)", domain=[(-1, inf)], doc="log(1 + x), exact near 0")
log2 = row("log2", lambda g, out, x: g / (x * math.log(2.0)),
    text="log₂ <x:f>", latex=r"\log_2 <x:f>", domain=[(0, inf)], doc="the logarithm to base 2")
log10 = row("log10", lambda g, out, x: g / (x * math.log(10.0)),
    text="log₁₀ <x:f>", latex=r"\log_{10} <x:f>", domain=[(0, inf)], doc="the logarithm to base 10")
sqrt = row("sqrt", lambda g, out, x: g * (0.5 / out),
    text="√<x:9>", latex=r"\sqrt{<x>}", domain=[(0, inf)], powers=(0.5,), doc="the square root")
sigmoid = row("sigmoid", lambda g, out, x: g * (out * (1.0 - out)),
    text="σ(<x>)", latex=r"\sigma\left(<x>\right)", precedence=9,
    levels_off=(0, 1), doc="σ(x) = 1/(1 + e^(−x)), without overflow")
softplus = row("softplus", lambda g, out, x: g * sigmoid(x), doc="log(1 + e^x), without overflow")
logistic_loss = row("logistic_loss", lambda g, out, x, y: g * sigmoid_residual(x, y), lambda g, out, x, y: -g * x,
    text="softplus <x:f> − <y:2> · <x:2>", latex=r"\operatorname{softplus} <x:f> - <y:2> \cdot <x:2>", precedence=1,
    doc="log(1 + e^x) − y x: the cross-entropy of σ(x) with the label y, where neither overflows nor cancels")
sigmoid_residual = row("sigmoid_residual",
    lambda g, out, x, y: g * (sigmoid(x) * sigmoid(-x)), lambda g, out, x, y: -g,
    text="σ(<x>) − <y:2>", latex=r"\sigma\left(<x>\right) - <y:2>", precedence=1,
    doc="σ(x) − y: how far σ(x) is from the label y, where neither overflows nor cancels")
logaddexp = row("logaddexp", lambda g, out, x, y: g * sigmoid(x - y), lambda g, out, x, y: g * sigmoid(y - x),
    text="log(exp <x:f> + exp <y:f>)", latex=r"\log\left(e^{<x>} + e^{<y>}\right)",
    symmetric=True, doc="log(e^x + e^y), without overflow")
logaddexp2 = row("logaddexp2", lambda g, out, x, y: g * sigmoid((x - y) * math.log(2.0)),
    lambda g, out, x, y: g * sigmoid((y - x) * math.log(2.0)),
    text="log₂(2^<x:5> + 2^<y:5>)", latex=r"\log_2\left(2^{<x>} + 2^{<y>}\right)",
    symmetric=True, doc="log₂(2^x + 2^y), without overflow")

# ── trigonometry and its relatives ────────────────────────────────────────────────────────────────────────────────────

sin = row("sin", lambda g, out, x: g * cos(x), doc="sin x")
cos = row("cos", lambda g, out, x: -g * sin(x), doc="cos x")
tan = row("tan", lambda g, out, x: g * (1.0 + out * out), doc="tan x")
arcsin = row("arcsin", lambda g, out, x: g / sqrt(one_less_square(x)), domain=[(-1, 1)], doc="arcsin x")
arccos = row("arccos", lambda g, out, x: -g / sqrt(one_less_square(x)), domain=[(-1, 1)], doc="arccos x")
arctan = row("arctan", lambda g, out, x: g / (1.0 + x * x), levels_off=(-math.pi / 2, math.pi / 2), doc="arctan x")
arctan2 = row("arctan2", lambda g, out, x, y: g * (y / off_zero(hypot(x, y))) / off_zero(hypot(x, y)),
    lambda g, out, x, y: -g * (x / off_zero(hypot(x, y))) / off_zero(hypot(x, y)),
    doc="the angle of the point (y, x), with slope 0 at the origin")
sinh = row("sinh", lambda g, out, x: g * cosh(x), doc="sinh x")
cosh = row("cosh", lambda g, out, x: g * sinh(x), doc="cosh x")
tanh = row("tanh", lambda g, out, x: g * (1.0 - out * out), levels_off=(-1, 1), doc="tanh x")
arcsinh = row("arcsinh", lambda g, out, x: g / sqrt(1.0 + x * x), latex=r"\operatorname{arsinh} <x:f>", doc="arsinh x")
arccosh = row("arccosh", lambda g, out, x: g / sqrt((x - 1.0) * (x + 1.0)),
    latex=r"\operatorname{arcosh} <x:f>", domain=[(1, inf)], doc="arcosh x")
arctanh = row("arctanh", lambda g, out, x: g / one_less_square(x),
    latex=r"\operatorname{artanh} <x:f>", domain=[(-1, 1)], doc="artanh x")
erf = row("erf", lambda g, out, x: g * (2.0 / math.sqrt(math.pi) * exp(-x * x)),
    levels_off=(-1, 1), doc="the error function, 2/√π ∫₀ˣ e^(−t²) dt")
hypot = row("hypot", lambda g, out, x, y: g * (x / off_zero(out)), lambda g, out, x, y: g * (y / off_zero(out)),
    text="√(<x:4>² + <y:4>²)", latex=r"\sqrt{<x:5>^2 + <y:5>^2}", symmetric=True,
    doc="√(x² + y²), with slope 0 at the origin")
sinc = row("sinc", lambda g, out, x: -math.pi * g * spherical_jn(math.pi * x, 1), doc="sin(πx)/(πx), 1 at 0")

def off_zero(x: Any) -> Any:
    """x as a divisor of what is agreed to be 0 where x is 0, without a slope there."""
    return pinned(equal(x, 0.0), inf, x)  # a norm whose squares underflow is 0 beside entries that are not


# ── choices ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_WHOLE = (-1, 0, 1, 2)
relu = row("relu", lambda g, out, x: where(x <= 0, 0.0, g),
    code="np.maximum({x}, 0.0)", kinks=(0,), doc="max(x, 0), with slope 0 at 0")
maximum = row("maximum", lambda g, out, x, y: _to_winner(g, x, y), lambda g, out, x, y: _to_winner(g, y, x),
    text="max(<x>, <y>)", latex=r"\max\left(<x>, <y>\right)", precedence=9,
    chooses=True, symmetric=True, kinks=(1,), doc="the larger of two, entry by entry; at a tie each has slope ½")
minimum = row("minimum", lambda g, out, x, y: _to_winner(g, y, x), lambda g, out, x, y: _to_winner(g, x, y),
    text="min(<x>, <y>)", latex=r"\min\left(<x>, <y>\right)", precedence=9,
    chooses=True, symmetric=True, kinks=(1,), doc="the smaller of two, entry by entry; at a tie each has slope ½")
where = row("where", None,
    lambda g, out, condition, x, y: where(condition, g, 0.0), lambda g, out, condition, x, y: where(condition, 0.0, g),
    example=([(2, 3), (3,)], lambda x, y: where(greater(x, y), x, y)),
    code="np.where({args})", chooses=True, kinks=(), doc="x where the condition holds, y elsewhere")
remainder = row("remainder", lambda g, out, x, y: g, lambda g, out, x, y: -g * floor_divide(x, y),
    text="<x:3> mod <y:3>", latex=r"<x:3> \bmod <y:3>", precedence=2, infix="%", kinks=_WHOLE, doc="x − y⌊x/y⌋")


def _to_winner(g: Any, x: Any, y: Any) -> Any:
    """`g` where x is larger than y (or one of them nan), half of it where they are equal."""
    return where(less(x, y), 0.0, where(equal(x, y), 0.5 * g, g))


# Steps and questions: flat wherever they have a slope at all, so nothing requires a gradient behind them.


def _flat(names: str, **facts: Any) -> list[Rule]:
    """Rows without a derivative."""
    return [row(name, doc=f"numpy.{name}; flat, so it has no gradient", **facts) for name in names.split()]


sign, signbit = _flat("sign signbit", kinks=(0,))
floor, ceil = _flat("floor ceil", kinks=_WHOLE)
(trunc,) = _flat("trunc", kinks=(-1, 1, 2))
rint, round = _flat("rint round", kinks=(-0.5, 0.5, 1.5))
isnan, isinf, isfinite = _flat("isnan isinf isfinite")
equal, not_equal, less, less_equal, greater, greater_equal = (
    row(name, text=f"[<x> {sign} <y>]", latex=rf"\left[<x> {latex} <y>\right]", precedence=9, infix=infix,
        compares=True, kinks=(1,), symmetric=infix in ("==", "!="), doc=f"whether x {sign} y, entry by entry")
    for name, infix, sign, latex in [
        ("equal", "==", "=", "="), ("not_equal", "!=", "≠", r"\ne"), ("less", "<", "<", "<"),
        ("less_equal", "<=", "≤", r"\le"), ("greater", ">", ">", ">"), ("greater_equal", ">=", "≥", r"\ge"),
    ]
)
logical_and, logical_or, logical_xor = _flat("logical_and logical_or logical_xor", symmetric=True)
(logical_not,) = _flat("logical_not")
floor_divide = row("floor_divide", infix="//", kinks=_WHOLE, doc="⌊x/y⌋; flat, so it has no gradient")
zeros_like, ones_like = _flat("zeros_like ones_like")
all, any, count_nonzero = _flat("all any count_nonzero", kind=own, kinks=())
argmax, argmin, argwhere = _flat("argmax argmin argwhere", kind=own, kinks=())
argsort = row("argsort",
    kind=own, example=([(2, 3)], lambda x: argsort(x, axis=1)),
    signature="...->...", kinks=(), doc="the indices that would sort x along an axis, ties in their order")
argpartition = row("argpartition",
    kind=own, example=([(2, 3)], lambda x: argpartition(x, kth=1, axis=1)),
    kinks=(), doc="the indices that would put the kth smallest in its place along an axis")
searchsorted = row("searchsorted",
    kind=own, example=([(4,), (3,)], lambda x, y: searchsorted(x, y, side="left")),
    signature="n,...->...", kinks=(), doc="where in the sorted x the entries of y would be put in")

# ── reductions: axis is None or a tuple of axes ≥ 0 ───────────────────────────────────────────────────────────────────


def restored(g: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    """`g` with the axes put back that a reduction took away, each of length 1; a single number stands for them all."""
    return g if axis is None or keepdims or not shape(g) else expand_dims(g, axis=axis)


count = row("count", kind=reduction, arity=1, text="N", counts=True, doc="how many entries a reduction takes together")


def _number(x: Any, axis: tuple[int, ...] | None) -> Any:
    """How many entries a reduction takes together; a whole array knows its size without the row being asked."""
    return x.size if axis is None and x.__class__ is np.ndarray else count(x, axis=axis)


sum = row("sum", lambda g, out, x, axis, keepdims: restored(g, axis, keepdims),
    kind=reduction, text="Σ <x:1.5>", precedence=1.5, folds=np.add, doc="the sum along axes")
mean = row("mean", lambda g, out, x, axis, keepdims, ddof: restored(g, axis, keepdims) / (_number(x, axis) - ddof),
    kind=reduction, text="mean(<x>)", latex=r"\operatorname{mean}\left(<x>\right)", precedence=9,
    folds=np.add, averages=True, doc="the sum along axes over their count less ddof")
prod = row("prod", lambda g, out, x, axis, keepdims: restored(g, axis, keepdims) * exclusive_prod(x, axis=axis),
    kind=reduction, text="Π <x:1.5>", precedence=1.5, folds=np.multiply, doc="the product along axes")
exclusive_prod = row("exclusive_prod", lambda g, out, x, axis: _exclusive_prod_slope(g, x, axis),
    kind=own, example=([(2, 3)], lambda x: exclusive_prod(x, axis=(1,))),
    signature="...->...", doc="for each entry, the product of all others along the axes")
max = row("max", lambda g, out, x, axis, keepdims: _to_extremes(g, out, x, axis, keepdims),
    kind=reduction, folds=np.maximum, chooses=True, kinks=(), doc="the largest along axes; ties share the gradient")
min = row("min", lambda g, out, x, axis, keepdims: _to_extremes(g, out, x, axis, keepdims),
    kind=reduction, folds=np.minimum, chooses=True, kinks=(), doc="the smallest along axes; ties share the gradient")
logsumexp = row("logsumexp", lambda g, out, x, axis, keepdims: restored(g, axis, keepdims) * softmax(x, axis=axis),
    kind=reduction, text="log Σ exp <x:f>", latex=r"\log \sum e^{<x>}",
    along_classes=True, words="log-sum-exp", doc="log Σ e^x along axes, without overflow")
softmax = row("softmax", lambda g, out, x, axis: out * (g - sum(g * out, axis=axis, keepdims=True)),
    kind=own, text="softmax(<x>)", latex=r"\operatorname{softmax}\left(<x>\right)", precedence=9,
    example=([(2, 3)], lambda x: softmax(x, axis=(1,))), signature="...->...",
    along_classes=True, doc="e^x / Σ e^x along an axis, without overflow")
log_softmax = row("log_softmax", lambda g, out, x, axis: g - exp(out) * sum(g, axis=axis, keepdims=True),
    kind=own, text="log softmax(<x>)", latex=r"\log \operatorname{softmax}\left(<x>\right)",
    example=([(2, 3)], lambda x: log_softmax(x, axis=(1,))), signature="...->...",
    along_classes=True, words="log-softmax", doc="log of softmax along an axis, without overflow")
cumsum = row("cumsum", lambda g, out, x, axis: _flipped(cumsum(_flipped(g, axis), axis=axis), axis),
    kind=own, example=([(2, 3)], lambda x: cumsum(x, axis=1)), signature="...->...",
    doc="the running sum along an axis")


def _to_extremes(g: Any, out: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """`g` shared among the entries that equal the reduction's result; nan where the result is nan."""
    here = equal(x, restored(out, axis, keepdims))
    return where(here, restored(g, axis, keepdims), 0.0) / sum(here, axis=axis, keepdims=True)


def _flipped(x: Any, axis: int) -> Any:
    """`x` backwards along an axis."""
    return getitem(x, key=(slice(None),) * axis + (slice(None, None, -1),))


def _exclusive_prod_slope(g: Any, x: Any, axis: tuple[int, ...] | None) -> Any:
    """Σ over i ≠ j of gᵢ times the product of all entries but i and j; costs the square of the axes' length."""
    dims = len(shape(x))
    axes = tuple(range(dims)) if axis is None else axis
    order = tuple(a for a in range(dims) if a not in axes) + axes
    kept, taken = (tuple(shape(x)[a] for a in part) for part in (order[: dims - len(axes)], axes))
    n = math.prod(taken)
    x, g = (reshape(transpose(a, axes=order), shape=(*kept, n)) for a in (x, g))
    eye = np.eye(n, dtype=bool)
    others = exclusive_prod(where(eye, 1.0, expand_dims(x, axis=(len(kept),))), axis=(len(kept) + 1,))
    slope = sum(where(eye, 0.0, others) * expand_dims(g, axis=(len(kept) + 1,)), axis=(len(kept),), keepdims=False)
    return transpose(reshape(slope, shape=(*kept, *taken)), axes=tuple(int(a) for a in np.argsort(order)))


# ── matrices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _inner_sizes(x: Shape, y: Shape) -> str:
    if not x or not y:
        return "a single number has no axis to sum over; use *"
    inner = x[-1], y[-2 if len(y) > 1 else 0]
    return f"inner sizes differ, {inner[0]} ≠ {inner[1]}" if inner[0] != inner[1] else ""


# Two arrays that are matrices are multiplied without asking the row, which knows more than matrices.
def _matmul_to_x(g: Any, out: Any, x: Any, y: Any) -> Any:
    if g.__class__ is np.ndarray is y.__class__ and g.ndim == 2 == y.ndim:
        return times_transposed(g, y)
    if len(y.shape) == 1:
        return g * y if len(x.shape) == 1 else expand_dims(g, axis=(len(x.shape) - 1,)) * y
    if len(x.shape) == 1:
        return matmul(y, expand_dims(g, axis=(len(y.shape) - 1,)))[..., 0]
    return matmul(g, matrix_transpose(y))


def _matmul_to_y(g: Any, out: Any, x: Any, y: Any) -> Any:
    if x.__class__ is np.ndarray is g.__class__ and x.ndim == 2 == g.ndim:
        return x.T.dot(g)
    if len(x.shape) == 1:
        if len(y.shape) == 1:
            return g * x
        return expand_dims(x, axis=(1,)) * expand_dims(g, axis=(len(y.shape) - 2,))
    if len(y.shape) == 1:
        if len(x.shape) == 2:
            return matmul(matrix_transpose(x), g)
        return expand_dims(g, axis=(len(x.shape) - 1,)) * x  # where it lands, the other axes are summed over
    return matmul(matrix_transpose(x), g)


matmul = row("matmul", _matmul_to_x, _matmul_to_y,
    kind=own, text="<x:m> <y:m>", precedence=2.5, infix="@", misfit=_inner_sizes,
    example=([(2, 3), (3, 4)], lambda x, y: matmul(x, y)),
    powers=(1, 1), signature="n?k,km?->n?m?",
    doc="the matrix product, NumPy's rules for one axis and for stacks of matrices")
matrix_transpose = row("matrix_transpose", lambda g, out, x: matrix_transpose(g),
    kind=own, text="<x:5>ᵀ", precedence=5, example=([(2, 3)], lambda x: matrix_transpose(x)),
    moves="reordered", signature="mn->nm", words="transpose", doc="the last two axes exchanged")


def _einsum_towards(position: int) -> Callable[..., Any]:
    def vjp(g: Any, out: Any, *operands: Any, subscripts: str) -> Any:
        """The same sum with `g` in the operand's place; a letter only this operand has is one it was summed over."""
        ins, result = subscripts.split("->")
        terms = ins.split(",")
        others = [(term, x) for i, (term, x) in enumerate(zip(terms, operands, strict=True)) if i != position]
        mine = terms[position]
        letters = dict.fromkeys(mine)
        known = set(result).union(*(term for term, _ in others))
        found = "".join(letter for letter in letters if letter in known)
        c = einsum(g, *(x for _, x in others), subscripts=",".join([result, *(t for t, _ in others)]) + "->" + found)
        sizes = dict(zip(mine, shape(operands[position]), strict=True))
        for axis, letter in enumerate(letters):
            if letter not in known:
                c = expand_dims(c, axis=(axis,))
        c = broadcast_to(c, shape=tuple(sizes[letter] for letter in letters))
        for axis, letter in enumerate(mine):  # a letter that stands twice: only the diagonal takes part
            if mine.index(letter) != axis:
                c = expand_dims(c, axis=(axis,))
                ends = [1] * len(shape(c))
                ends[axis] = ends[mine.index(letter)] = sizes[letter]
                c = where(np.eye(sizes[letter], dtype=bool).reshape(ends), c, 0.0)
        return c

    return vjp


einsum = row("einsum",
    towards=_einsum_towards, kind=own, text="einsum <subscripts> (<args>)",
    latex=r"\operatorname{einsum}\left(<args>\right)",
    example=([(2, 3), (3, 2), (2,)], lambda x, y, z: einsum(x, y, z, subscripts="ij,ji,i->j")),
    signature="<subscripts>", code="np.einsum({subscripts}, {args})",
    doc="Einstein's sum over the letters of its subscripts, written out with ->")

# fmt: on
