"""The kernels on symbols: tensors in index notation.

A `Symbol` is a tensor whose entry at the indices (i, j, …) is a SymPy expression, built when asked for: `x.at(i, j)`.
Indices count from 1, as on paper. An axis of length 1 is an index that is not there. Lengths are `Extent`s: the
recorded number, so that the rules' own arithmetic on shapes works, with the letter it stands for.

Where an operation has no closed form in index notation (an inverse, a sort), its entries are those of a named function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from ..graph import Rule
from .array import HOLE
from .array import kernel as array_kernel

Expr = Any  # a SymPy expression, or a SymPy truth value
Index = tuple[Expr, ...]

# Inside a derivative, a letter is equal to no number in particular: 0 in x/|x| is a matter of the point, not of the
# formula. In the user's own comparisons (y == 1) it is not so.
_in_general: ContextVar[bool] = ContextVar("in_general", default=False)


@contextmanager
def in_general(derivative: bool = True) -> Iterator[None]:
    """While a rule's derivative runs, or (False) what the user wrote."""
    token = _in_general.set(derivative)
    try:
        yield
    finally:
        _in_general.reset(token)


class Extent(int):
    """A recorded length and what formulas call it; `parts`: the extents it is the product of, first axis first."""

    expr: Expr
    parts: tuple[Extent, ...]

    def __new__(cls, recorded: int, expr: Expr = None, parts: tuple[Extent, ...] = ()) -> Extent:
        """`expr` None: the number itself."""
        self = super().__new__(cls, recorded)
        self.expr = sp.Integer(recorded) if expr is None else expr
        self.parts = parts
        return self

    def __add__(self, other: int) -> Extent:
        return Extent(int(self) + int(other), self.expr + extent(other))

    __radd__ = __add__

    def __mul__(self, other: int) -> Extent:
        return Extent(int(self) * int(other), self.expr * extent(other))

    __rmul__ = __mul__


def extent(n: int) -> Expr:
    """A length as an expression."""
    return n.expr if isinstance(n, Extent) else sp.Integer(int(n))


# ── SymPy functions that SymPy does not have ──────────────────────────────────────────────────────────────────────────


class sigmoid(sp.Function):  # noqa: N801 (SymPy's custom)
    """1/(1 + e^(−x)); σ(−x) becomes 1 − σ(x)."""

    _imp_ = staticmethod(lambda x: 1.0 / (1.0 + np.exp(-x)))

    @classmethod
    def eval(cls, x: Expr) -> Expr:
        """What is known at once."""
        if x.is_zero:
            return sp.Rational(1, 2)
        if x.is_Float:
            return 1 / (1 + sp.exp(-x))
        if (short := sp.expand(x)).count_ops() < x.count_ops():
            return cls(short)
        if x.could_extract_minus_sign():
            return 1 - cls(-x)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        """SymPy's own derivative of it, for those who go on with a formula there."""
        return self * (1 - self)

    def _eval_rewrite_as_exp(self, x: Expr, **_: Any) -> Expr:
        return 1 / (1 + sp.exp(-x))

    def _eval_evalf(self, prec: int) -> Expr:
        return self.rewrite(sp.exp)._eval_evalf(prec)


class soft(sp.Function):  # noqa: N801
    """soft(a, Σ e^b): one entry of a softmax, e^a / Σ e^b, kept together so that it is not lost in products."""

    nargs = 2

    def ratio(self) -> Expr:
        """The quotient written out."""
        return sp.exp(self.args[0]) / self.args[1]

    def doit(self, **hints: Any) -> Expr:
        """The quotient written out."""
        return self.ratio().doit(**hints)


class Largest(ExprWithLimits):
    """The largest entry along an index."""


class Smallest(ExprWithLimits):
    """The smallest entry along an index."""


_TRUTHS = (bool, sp.logic.boolalg.BooleanFunction, sp.logic.boolalg.BooleanAtom, sp.core.relational.Relational)


def is_truth(expr: Expr) -> bool:
    """Whether an entry is a truth value (to SymPy, every letter may be one)."""
    return isinstance(expr, _TRUTHS)


class cases(sp.Function):  # noqa: N801
    """cases(x, c, y, d, …, z): x where c holds, else y where d holds, …, else z.

    In place of SymPy's Piecewise, which a Sum takes apart wrongly: conditions on an inner sum's index go astray.
    """

    is_commutative = True

    @classmethod
    def eval(cls, *args: Expr) -> Expr:
        """Without the cases that cannot be, and those behind one that must be."""
        kept: list[Expr] = []
        for x, condition in zip(args[:-1:2], args[1::2], strict=True):
            if condition == sp.true:
                return cls(*kept, x) if kept else x
            if condition != sp.false:
                kept += [x, condition]
        if len(kept) + 1 == len(args):
            return None
        return cls(*kept, args[-1]) if kept else args[-1]

    @classmethod
    def of(cls, *pairs: tuple[Expr, Expr]) -> Expr:
        """From pairs (value, condition), the last condition being true."""
        flattened = [part for pair in pairs[:-1] for part in pair]
        return cls(*flattened, pairs[-1][0]) if flattened else pairs[-1][0]

    @property
    def pairs(self) -> list[tuple[Expr, Expr]]:
        """(value, condition), the last condition being true."""
        return [*zip(self.args[:-1:2], self.args[1::2], strict=True), (self.args[-1], sp.true)]

    @property
    def is_indicator(self) -> bool:
        """Whether this is 1 where a condition holds, else 0."""
        return len(self.args) == 3 and self.args[0] == 1 and self.args[2] == 0

    def doit(self, **hints: Any) -> Expr:
        """As SymPy's Piecewise."""
        return sp.Piecewise(*((x.doit(**hints), c) for x, c in self.pairs))


def indicator(condition: Expr) -> Expr:
    """1 where the condition holds, else 0."""
    if condition in (True, sp.true):
        return sp.Integer(1)
    if condition in (False, sp.false):
        return sp.Integer(0)
    if isinstance(condition, sp.Eq) and all(side.is_integer for side in condition.args):
        return sp.KroneckerDelta(*condition.args)
    return cases.of((sp.Integer(1), condition), (sp.Integer(0), sp.true))


_KNOWN = {
    math.log(2.0): sp.log(2),
    math.log(10.0): sp.log(10),
    math.pi: sp.pi,
    2.0 / math.sqrt(math.pi): 2 / sp.sqrt(sp.pi),
    math.sqrt(2.0): sp.sqrt(2),
    1 / math.sqrt(2.0): 1 / sp.sqrt(2),
    math.sqrt(2.0 / math.pi): sp.sqrt(2 / sp.pi),
    math.sqrt(2.0 * math.pi): sp.sqrt(2 * sp.pi),
}


def exact(number: Any) -> Expr:
    """A number of the graph as SymPy's: a fraction where it is one of small denominator, log 2, π and their like."""
    if isinstance(number, (bool, np.bool_)):
        return sp.true if number else sp.false
    value = float(number)
    if not math.isfinite(value):
        return sp.nan if math.isnan(value) else sp.oo * int(math.copysign(1, value))
    if value.is_integer() and abs(value) < 1e15:
        return sp.Integer(int(value))
    for known, expr in _KNOWN.items():
        if abs(value) == known:
            return expr if value > 0 else -expr
    fraction = sp.Rational(repr(value)) if len(repr(abs(value))) <= 8 else None
    if fraction is None:
        near = sp.Rational(value).limit_denominator(1000)
        fraction = near if float(near) == value else None
    return fraction if fraction is not None else sp.Float(value, 17)


def is_decimal(e: Expr) -> bool:
    """A fraction that was a decimal: 0.1, 0.001, 3.7; not 1/2 and 1/3."""
    q = int(e.q)
    if q in (1, 2, 4, 8):
        return False
    for prime in (2, 5):
        while q % prime == 0:
            q //= prime
    return q == 1


def fresh() -> Expr:
    """An index that a sum runs over, until the printed formula gives it a letter."""
    return sp.Dummy("k", integer=True, positive=True)


class flat(sp.Function):  # noqa: N801
    """flat(i, j, n) = (i − 1) n + j: where the entry (i, j) of rows of n stands when they are laid end to end."""

    nargs = 3

    def doit(self, **hints: Any) -> Expr:
        """The arithmetic written out."""
        i, j, n = (a.doit(**hints) for a in self.args)
        return (i - 1) * n + j


def flattened(indices: Sequence[Expr], extents: Sequence[int]) -> Expr:
    """The place of an entry when its axes are laid end to end."""
    place = indices[0]
    for index, n in zip(indices[1:], extents[1:], strict=True):
        place = flat(place, index, extent(n))
    return place


def unflattened(place: Expr, extents: Sequence[int]) -> list[Expr]:
    """The indices of the entry at a place: the inverse of `flattened`."""
    indices: list[Expr] = []
    for n in reversed(extents[1:]):
        if isinstance(place, flat) and place.args[2] == extent(n):
            place, index = place.args[0], place.args[1]
        else:
            index = sp.Mod(place - 1, extent(n)) + 1
            place = sp.floor((place - 1) / extent(n)) + 1
        indices.append(index)
    return [place, *reversed(indices)]


# ── sums over an index ────────────────────────────────────────────────────────────────────────────────────────────────


def total(entry: Callable[[Expr], Expr], n: int) -> Expr:
    """Σ of `entry(k)` for k from 1 to n, as short as it can be said: deltas contracted, constants in front."""
    if n == 1 and not (isinstance(n, Extent) and n.expr != 1):
        return entry(sp.Integer(1))
    if isinstance(n, Extent) and n.parts:
        first, *rest = n.parts
        inner = (
            rest[0] if len(rest) == 1 else Extent(math.prod(map(int, rest)), sp.Mul(*map(extent, rest)), tuple(rest))
        )
        return total(lambda i: total(lambda j: entry(_joined(i, j, rest)), inner), first)
    k = fresh()
    return summed(number(entry(k)), k, extent(n))


def _joined(i: Expr, j: Expr, rest: Sequence[Extent]) -> Expr:
    return flattened([i, *unflattened(j, rest)], [1, *rest])


def summed(expr: Expr, k: Expr, n: Expr) -> Expr:
    """Σ of expr over k = 1 … n."""
    if not expr.has(k):
        return n * expr
    if isinstance(expr, sp.Add) and expr.has(sp.KroneckerDelta):
        plain = [term for term in expr.args if not _contractible(term, k)]
        parts = [summed(term, k, n) for term in expr.args if _contractible(term, k)]
        return sp.Add(*parts, summed(sp.Add(*plain), k, n) if plain else 0)
    if expr.has(sp.KroneckerDelta) and isinstance(expr, (sp.Mul, sp.KroneckerDelta)):
        factors = list(sp.Mul.make_args(expr))
        for factor in factors:
            where = _solved(factor, k)
            if where is not None:
                factors.remove(factor)
                return sp.Mul(*factors).xreplace({k: where})
        for factor in factors:
            if isinstance(factor, sp.Add) and _contractible(factor, k):
                factors.remove(factor)
                return summed(sp.Add(*(sp.Mul(term, *factors) for term in factor.args)), k, n)
    inside: list[Expr] = []
    outside: list[Expr] = []
    for factor in sp.Mul.make_args(expr):
        (inside if factor.has(k) else outside).append(factor)
    return sp.Mul(*outside, sp.Sum(sp.Mul(*inside), (k, 1, n)))


def _contractible(expr: Expr, k: Expr) -> bool:
    """Whether a term holds a delta that fixes k."""
    if _solved(expr, k) is not None:
        return True
    return isinstance(expr, (sp.Mul, sp.Add)) and any(_contractible(a, k) for a in expr.args)


def _solved(factor: Expr, k: Expr) -> Expr | None:
    """What a delta says k is; only another index is surely in range."""
    if isinstance(factor, sp.KroneckerDelta) and k in factor.args:
        other = factor.args[1] if factor.args[0] == k else factor.args[0]
        if other.is_Symbol or other.is_Integer or isinstance(other, flat):
            return other
        if (
            isinstance(other, sp.Add)
            and len(other.args) == 2
            and other.args[0] == 1
            and isinstance(other.args[1], sp.Indexed)
        ):
            return other  # a class number, counted from 0
    return None


def number(expr: Expr) -> Expr:
    """A truth value as 1 or 0; anything else as it is."""
    return indicator(expr) if is_truth(expr) else expr


# ── the tensor ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Symbol:
    """A tensor in index notation. shape: Extents (1 for an axis that is not there). at: its entry at given indices."""

    __slots__ = ("_at", "_known", "shape")
    __array_ufunc__ = None  # an array on the left leaves the operation to us
    __add__: Callable[[Symbol, Any], Symbol]
    __mul__: Callable[[Symbol, Any], Symbol]

    def __init__(self, shape: Sequence[int], at: Callable[..., Expr]) -> None:
        self.shape = tuple(shape)
        self._at = at
        self._known: dict[Index, Expr] = {}

    def at(self, *indices: Expr) -> Expr:
        """The entry at these indices, one for each axis."""
        indices = tuple(sp.Integer(1) if n == 1 else i for i, n in zip(indices, self.shape, strict=True))
        found = self._known.get(indices)
        if found is None:
            found = self._known[indices] = self._at(*indices)
        return found

    def __kernel__(self, rule: Rule) -> Callable[..., Any]:
        kernel = KERNELS.get(rule.name)
        if kernel is None:
            return lambda *args, **params: named_function(rule.name, args, params, rule.array)
        if rule.kind.name == "elementwise" and rule.name not in _WHOLE:
            return lambda *args, **params: _elementwise(kernel, [lift(a) for a in args])
        return kernel

    def __neg__(self) -> Symbol:
        return _elementwise(KERNELS["negative"], [self])

    def __getitem__(self, key: Any) -> Symbol:
        return getitem(self, key=key if isinstance(key, tuple) else (key,))

    def __matmul__(self, other: Any) -> Symbol:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Symbol:
        return matmul(other, self)


def _operator(name: str, swapped: bool = False) -> Callable[[Symbol, Any], Symbol]:
    """The kernel of a row as an operator of Python."""

    def operator(x: Symbol, y: Any) -> Symbol:
        return _elementwise(KERNELS[name], [lift(y), x] if swapped else [x, lift(y)])

    return operator


for _method, _name in {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "pow": "power",
}.items():
    setattr(Symbol, f"__{_method}__", _operator(_name))
    setattr(Symbol, f"__r{_method}__", _operator(_name, swapped=True))
for _method, _name in {"gt": "greater", "lt": "less", "ge": "greater_equal", "le": "less_equal"}.items():
    setattr(Symbol, f"__{_method}__", _operator(_name))


def seen(x: Symbol, derivative: bool) -> Symbol:
    """`x`, its entries built as part of a derivative or as part of what the user wrote."""

    def at(*indices: Expr) -> Expr:
        with in_general(derivative):
            return x.at(*indices)

    return Symbol(x.shape, at)


def letter(name: str, shape: Sequence[int], integer: bool = False) -> Symbol:
    """A tensor called `name`; a single number is a Symbol, and axes of length 1 are not there."""
    if all(n == 1 for n in shape):
        one = sp.Symbol(name, integer=True) if integer else sp.Symbol(name)
        return Symbol(shape, lambda *_: one)
    base = sp.IndexedBase(name, integer=True) if integer else sp.IndexedBase(name)
    return Symbol(shape, lambda *indices: base[tuple(i for i, n in zip(indices, shape, strict=True) if n != 1)])


def lift(a: Any) -> Symbol:
    """Anything as a symbol: numbers, and arrays that say what they are (all alike, counting up, a unit matrix)."""
    if isinstance(a, Symbol):
        return a
    held = np.asarray(a)
    if held.ndim == 0:
        value = exact(held.item())
        return Symbol((), lambda: value)
    found = recognised(held)
    if found is None:
        raise NotImplementedError(f"an array of shape {held.shape} without a name")
    return found


def recognised(held: Any, shape: Sequence[int] | None = None) -> Symbol | None:
    """An array that needs no name; `shape` its extents."""
    shape = held.shape if shape is None else shape
    first = held.ravel()[0] if held.size else 0
    if held.size and np.all(held == first):
        value = exact(first)
        return Symbol(shape, lambda *_: value)
    long = [a for a, n in enumerate(held.shape) if n != 1]
    if len(long) == 1 and np.array_equal(held.ravel(), np.arange(held.size)):
        return Symbol(shape, lambda *indices: indices[long[0]] - 1)
    if len(long) == 2:
        matrix = held.reshape([held.shape[a] for a in long])
        if matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(matrix.shape[0])):
            value = sp.Eq if held.dtype == bool else sp.KroneckerDelta
            return Symbol(shape, lambda *indices: value(indices[long[0]], indices[long[1]]))
    return None


def joint_shape(shapes: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The shape that shapes broadcast to; letters win over bare numbers."""
    depth = max(map(len, shapes), default=0)
    out: list[int] = [1] * depth
    for shape in shapes:
        for a, n in enumerate(shape, start=depth - len(shape)):
            if n != 1 and (out[a] == 1 or (isinstance(n, Extent) and not isinstance(out[a], Extent))):
                out[a] = n
    return tuple(out)


def _elementwise(kernel: Callable[..., Expr], operands: Sequence[Symbol]) -> Symbol:
    shape = joint_shape([x.shape for x in operands])

    def at(*indices: Expr) -> Expr:
        return kernel(*(x.at(*indices[len(indices) - len(x.shape) :]) for x in operands))

    return Symbol(shape, at)


# ── kernels, entry by entry ───────────────────────────────────────────────────────────────────────────────────────────


def _numeric(function: Callable[..., Expr]) -> Callable[..., Expr]:
    """A function of numbers: truth values count as 1 and 0."""
    return lambda *entries: function(*map(number, entries))


def _compared(relation: Callable[..., Expr], flips: bool = False) -> Callable[..., Expr]:
    def compare(x: Expr, y: Expr) -> Expr:
        x, y = number(x), number(y)
        if _in_general.get():
            tiny = y.is_number and y.is_positive and y < sp.Rational(1, 1000)
            if relation is sp.Eq and (x.is_number or y.is_number) and x != y:
                return sp.false
            if relation is sp.Lt and tiny:
                return sp.false
        return relation(x, y)

    return compare


def _where(condition: Expr, x: Expr, y: Expr) -> Expr:
    x, y = number(x), number(y)
    if not is_truth(condition):
        condition = sp.Ne(condition, 0)
    if condition in (True, sp.true):
        return x
    if condition in (False, sp.false):
        return y
    if x == y:
        return x
    if _in_general.get() and not _may_be_infinite(x if y == 0 else y):
        if y == 0:
            return x * indicator(condition)
        if x == 0:
            return y * (1 - indicator(condition))
    return cases.of((x, condition), (y, sp.true))


def _may_be_infinite(expr: Expr) -> bool:
    """Whether a letter stands under a fraction: such a term cannot be switched off by a factor 0."""
    return any(p.exp.is_negative and p.base.has(sp.Indexed) for p in expr.atoms(sp.Pow))


def _truth(x: Expr) -> Expr:
    return x if is_truth(x) else sp.Ne(x, 0)


_ENTRIES: dict[str, Callable[..., Expr]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
    "negative": lambda x: -x,
    "absolute": sp.Abs,
    "square": lambda x: x**2,
    "reciprocal": lambda x: 1 / x,
    "identity": lambda x: x,
    "sign": sp.sign,
    "floor": sp.floor,
    "ceil": sp.ceiling,
    "exp": sp.exp,
    "exp2": lambda x: 2**x,
    "expm1": lambda x: sp.exp(x) - 1,
    "log": sp.log,
    "log1p": lambda x: sp.log(1 + x),
    "log2": lambda x: sp.log(x) / sp.log(2),
    "log10": lambda x: sp.log(x) / sp.log(10),
    "sqrt": sp.sqrt,
    "sigmoid": sigmoid,
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "logistic_loss": lambda x, y: sp.log(1 + sp.exp(x)) - y * x,
    "sigmoid_residual": lambda x, y: sigmoid(x) - y,
    "logaddexp": lambda x, y: sp.log(sp.exp(x) + sp.exp(y)),
    "logaddexp2": lambda x, y: sp.log(2**x + 2**y) / sp.log(2),
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "arcsin": sp.asin,
    "arccos": sp.acos,
    "arctan": sp.atan,
    "arctan2": sp.atan2,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "arcsinh": sp.asinh,
    "arccosh": sp.acosh,
    "arctanh": sp.atanh,
    "erf": sp.erf,
    "hypot": lambda x, y: sp.sqrt(x**2 + y**2),
    "sinc": lambda x: sp.sinc(sp.pi * x),
    "relu": lambda x: sp.Max(x, 0),
    "maximum": sp.Max,
    "minimum": sp.Min,
    "remainder": lambda x, y: x - y * sp.floor(x / y),
    "floor_divide": lambda x, y: sp.floor(x / y),
    "trunc": lambda x: sp.sign(x) * sp.floor(sp.Abs(x)),
    "zeros_like": lambda x: sp.Integer(0),
    "ones_like": lambda x: sp.Integer(1),
}
KERNELS: dict[str, Callable[..., Any]] = {name: _numeric(function) for name, function in _ENTRIES.items()}
KERNELS |= {
    "where": _where,
    "equal": _compared(sp.Eq),
    "not_equal": _compared(sp.Ne),
    "less": _compared(sp.Lt),
    "less_equal": _compared(sp.Le),
    "greater": _compared(sp.Gt),
    "greater_equal": _compared(sp.Ge),
    "logical_and": lambda x, y: sp.And(_truth(x), _truth(y)),
    "logical_or": lambda x, y: sp.Or(_truth(x), _truth(y)),
    "logical_not": lambda x: sp.Not(_truth(x)),
}
_WHOLE = {"broadcast_to", "astype"}  # elementwise rows with parameters


# ── kernels on whole tensors ──────────────────────────────────────────────────────────────────────────────────────────


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Enter a kernel under the row's name."""
    KERNELS[function.__name__.strip("_")] = function
    return function


@kernel
def broadcast_to(x: Any, *, shape: Sequence[int]) -> Symbol:
    """Repeated along new axes and axes of length 1."""
    x = lift(x)
    whole = joint_shape([tuple(shape), x.shape])
    return Symbol(whole, lambda *indices: x.at(*indices[len(indices) - len(x.shape) :]))


@kernel
def astype(x: Any, *, dtype: Any) -> Symbol:
    """The same entries."""
    return lift(x)


def _split(x: Symbol, axis: Any) -> tuple[list[int], list[int]]:
    """The axes that a reduction keeps, and those it takes."""
    gone = list(range(len(x.shape))) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    gone = [a % len(x.shape) for a in gone]
    return [a for a in range(len(x.shape)) if a not in gone], gone


def _reduction(fold: Callable[..., Expr]) -> Callable[..., Symbol]:
    """A reduction: `fold` takes entry(values of the taken axes) to an expression."""

    def reduce(x: Any, *, axis: Any = None, keepdims: bool = False, **params: Any) -> Symbol:
        x = lift(x)
        kept, gone = _split(x, axis)
        shape = [1 if a in gone else n for a, n in enumerate(x.shape)] if keepdims else [x.shape[a] for a in kept]

        def at(*indices: Expr) -> Expr:
            given = [indices[a] for a in kept] if keepdims else list(indices)

            def entry(*taken: Expr) -> Expr:
                places: dict[int, Expr] = dict(zip(kept, given, strict=True)) | dict(zip(gone, taken, strict=True))
                return number(x.at(*(places[a] for a in range(len(x.shape)))))

            return fold(x, entry, gone, **params)

        return Symbol(shape, at)

    return reduce


def _sum(x: Symbol, entry: Callable[..., Expr], gone: list[int]) -> Expr:
    if not gone:
        return entry()
    first, *rest = gone
    return total(lambda k: _sum(x, lambda *others: entry(k, *others), rest), x.shape[first])


def _counted(x: Symbol, gone: list[int]) -> Expr:
    return sp.Mul(*(extent(x.shape[a]) for a in gone))


def _mean(x: Symbol, entry: Callable[..., Expr], gone: list[int], ddof: int = 0) -> Expr:
    return _sum(x, entry, gone) / (_counted(x, gone) - ddof)


def _over(cls: Any) -> Callable[..., Expr]:
    """A reduction that SymPy writes with limits, as it writes a sum."""

    def fold(x: Symbol, entry: Callable[..., Expr], gone: list[int]) -> Expr:
        long = [a for a in gone if x.shape[a] != 1]
        letters = {a: fresh() for a in long}
        inside = entry(*(letters.get(a, sp.Integer(1)) for a in gone))
        return cls(inside, *((letters[a], 1, extent(x.shape[a])) for a in long)) if long else inside

    return fold


KERNELS["sum"] = _reduction(_sum)
KERNELS["mean"] = _reduction(_mean)
KERNELS["count"] = lambda x, *, axis=None: Symbol((), lambda: _counted(lift(x), _split(lift(x), axis)[1]))
KERNELS["norm"] = _reduction(lambda x, entry, gone: sp.sqrt(_sum(x, lambda *k: entry(*k) ** 2, gone)))
KERNELS["prod"] = _reduction(_over(sp.Product))
KERNELS["max"] = _reduction(_over(Largest))
KERNELS["min"] = _reduction(_over(Smallest))
KERNELS["logsumexp"] = _reduction(lambda x, entry, gone: sp.log(_sum(x, lambda *k: sp.exp(entry(*k)), gone)))


def _along(x: Any, axis: Any, entry: Callable[[Symbol, Index, Callable[..., Expr], list[int]], Expr]) -> Symbol:
    """An operation that keeps the shape and looks along axes."""
    x = lift(x)
    _, gone = _split(x, axis)

    def at(*indices: Expr) -> Expr:
        def other(*taken: Expr) -> Expr:
            places = list(indices)
            for a, k in zip(gone, taken, strict=True):
                places[a] = k
            return number(x.at(*places))

        return entry(x, indices, other, gone)

    return Symbol(x.shape, at)


def _soft(x: Symbol, indices: Index, other: Callable[..., Expr], gone: list[int]) -> Expr:
    if all(x.shape[a] == 1 for a in gone):
        return sp.Integer(1)
    return soft(x.at(*indices), _sum(x, lambda *k: sp.exp(other(*k)), gone))


@kernel
def softmax(x: Any, *, axis: Any) -> Symbol:
    """e^x over its sum."""
    return _along(x, axis, _soft)


@kernel
def log_softmax(x: Any, *, axis: Any) -> Symbol:
    """The logarithm of softmax."""
    return _along(x, axis, lambda *given: sp.log(_soft(*given)))


@kernel
def cumsum(x: Any, *, axis: int) -> Symbol:
    """The sum up to here."""

    def entry(x: Symbol, indices: Index, other: Callable[..., Expr], gone: list[int]) -> Expr:
        k = fresh()
        return sp.Sum(other(k), (k, 1, indices[gone[0]])) if x.shape[gone[0]] != 1 else other(sp.Integer(1))

    return _along(x, axis, entry)


@kernel
def exclusive_prod(x: Any, *, axis: Any) -> Symbol:
    """The product of all other entries."""

    def entry(x: Symbol, indices: Index, other: Callable[..., Expr], gone: list[int]) -> Expr:
        long = [a for a in gone if x.shape[a] != 1]
        if not long:
            return sp.Integer(1)
        letters = {a: fresh() for a in long}
        here = sp.Mul(*(sp.KroneckerDelta(letters[a], indices[a]) for a in long))
        inside = other(*(letters.get(a, sp.Integer(1)) for a in gone)) ** (1 - here)
        return sp.Product(inside, *((letters[a], 1, extent(x.shape[a])) for a in long))

    return _along(x, axis, entry)


@kernel
def einsum(*operands: Any, subscripts: str) -> Symbol:
    """A product summed over the letters that the result does not have."""
    held = [lift(x) for x in operands]
    ins, result = subscripts.replace(" ", "").split("->")
    terms = ins.split(",")
    lengths: dict[str, int] = {}
    for term, x in zip(terms, held, strict=True):
        for each, n in zip(term, x.shape, strict=True):
            if each not in lengths or (n != 1 and not isinstance(lengths[each], Extent)):
                lengths[each] = n
    over = [each for each in lengths if each not in result]

    def at(*indices: Expr) -> Expr:
        def entry(places: dict[str, Expr], rest: list[str]) -> Expr:
            if rest:
                return total(lambda k: entry(places | {rest[0]: k}, rest[1:]), lengths[rest[0]])
            return sp.Mul(*(number(x.at(*(places[e] for e in term))) for term, x in zip(terms, held, strict=True)))

        return entry(dict(zip(result, indices, strict=True)), over)

    return Symbol([lengths[each] for each in result], at)


@kernel
def matmul(x: Any, y: Any) -> Symbol:
    """The sum over the inner axis."""
    x, y = lift(x), lift(y)
    inner = x.shape[-1] if isinstance(x.shape[-1], Extent) else y.shape[-2 if len(y.shape) > 1 else 0]
    lead = joint_shape([x.shape[:-2], y.shape[:-2]])
    rows, columns = x.shape[-2:-1], y.shape[-1:] if len(y.shape) > 1 else ()

    def at(*indices: Expr) -> Expr:
        depth = len(lead)
        before, rest = indices[:depth], indices[depth:]
        i, j = rest[: len(rows)], rest[len(rows) :]
        mine = before[depth - len(x.shape[:-2]) :] if len(x.shape) > 2 else ()
        theirs = before[depth - len(y.shape[:-2]) :] if len(y.shape) > 2 else ()
        return total(lambda k: number(x.at(*mine, *i, k)) * number(y.at(*theirs, k, *j)), inner)

    return Symbol((*lead, *rows, *columns), at)


@kernel
def matrix_transpose(x: Any) -> Symbol:
    """The last two indices exchanged."""
    x = lift(x)
    *lead, m, n = x.shape
    return Symbol((*lead, n, m), lambda *indices: x.at(*indices[:-2], indices[-1], indices[-2]))


@kernel
def transpose(x: Any, *, axes: Sequence[int]) -> Symbol:
    """The indices in another order."""
    x = lift(x)
    return Symbol(
        [x.shape[a] for a in axes], lambda *indices: x.at(*(indices[axes.index(a)] for a in range(len(axes))))
    )


@kernel
def expand_dims(x: Any, *, axis: Sequence[int]) -> Symbol:
    """New axes, no new indices."""
    x = lift(x)
    shape = list(x.shape)
    for a in sorted(axis):
        shape.insert(a, 1)
    return Symbol(shape, lambda *indices: x.at(*(i for a, i in enumerate(indices) if a not in axis)))


@kernel
def squeeze(x: Any, *, axis: Sequence[int]) -> Symbol:
    """Axes of length 1 taken away."""
    x = lift(x)
    kept = [a for a in range(len(x.shape)) if a not in axis]

    def at(*indices: Expr) -> Expr:
        given = iter(indices)
        return x.at(*(next(given) if a in kept else sp.Integer(1) for a in range(len(x.shape))))

    return Symbol([x.shape[a] for a in kept], at)


@kernel
def reshape(x: Any, *, shape: Sequence[int]) -> Symbol:
    """The entry at the same place when all axes are laid end to end; runs of axes with one product go together."""
    x = lift(x)
    runs = _runs(x.shape, shape)
    out = list(shape)
    for mine, theirs in runs:  # letters that the new shape does not know yet
        if len(theirs) == 1 and not isinstance(shape[theirs[0]], Extent):
            parts = tuple(n if isinstance(n := x.shape[a], Extent) else Extent(n) for a in mine)
            one = len(parts) == 1
            out[theirs[0]] = parts[0] if one else Extent(shape[theirs[0]], sp.Mul(*(p.expr for p in parts)), parts)

    def at(*indices: Expr) -> Expr:
        places: list[Expr] = [sp.Integer(1)] * len(x.shape)
        for mine, theirs in runs:
            place = flattened([indices[a] for a in theirs], [out[a] for a in theirs])
            for a, i in zip(mine, unflattened(place, [x.shape[a] for a in mine]), strict=True):
                places[a] = i
        return x.at(*places)

    return Symbol(out, at)


def _runs(x: Sequence[int], y: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Axes of x and of y, in order, that hold the same entries."""
    left, right = ([a for a, n in enumerate(s) if n != 1] for s in (x, y))
    runs = []
    while left and right:
        mine, theirs = [left.pop(0)], [right.pop(0)]
        while (m := math.prod(int(x[a]) for a in mine)) != (n := math.prod(int(y[a]) for a in theirs)):
            (mine if m < n else theirs).append((left if m < n else right).pop(0))
        runs.append((mine, theirs))
    return runs


@kernel
def concatenate(*arrays: Any, axis: int) -> Symbol:
    """Piece by piece, which one depends on the index."""
    held = [lift(a) for a in arrays]
    shape = list(joint_shape([[1 if a == axis else n for a, n in enumerate(x.shape)] for x in held]))
    lengths = [extent(x.shape[axis]) for x in held]
    shape[axis] = Extent(sum(int(x.shape[axis]) for x in held), sp.Add(*lengths))

    def at(*indices: Expr) -> Expr:
        pieces = []
        start: Expr = sp.Integer(0)
        for x, n in zip(held, lengths, strict=True):
            places = list(indices)
            places[axis] = sp.Integer(1) if n == 1 else indices[axis] - start
            start = start + n
            pieces.append((number(x.at(*places)), indices[axis] <= start))
        pieces[-1] = (pieces[-1][0], sp.true)
        return cases.of(*pieces)

    return Symbol(shape, at)


@kernel
def take_along_axis(x: Any, indices: Any, *, axis: int) -> Symbol:
    """The entry that an index of its own place names; classes count from 0 in the data, from 1 on paper."""
    x, chosen = lift(x), lift(indices)
    shape = list(joint_shape([chosen.shape, [1 if a == axis else n for a, n in enumerate(x.shape)]]))

    def at(*given: Expr) -> Expr:
        places = list(given)
        places[axis] = chosen.at(*given) + 1
        return x.at(*places)

    return Symbol(shape, at)


class _Layout:
    """Where an indexing takes its entries: which axes of x go to which axes of the part."""

    def __init__(self, x: Sequence[int], indices: Sequence[Symbol], key: Sequence[Any]) -> None:
        used = sum(1 for k in key if k is not Ellipsis)
        full: list[Any] = []
        for k in key if any(k is Ellipsis for k in key) else (*key, Ellipsis):
            full += [slice(None)] * (len(x) - used) if k is Ellipsis else [k]
        self.brought = joint_shape([i.shape for i in indices])
        self.x = x
        arrays = iter(indices)
        fancy = [place for place, k in enumerate(full) if k is HOLE or (indices and isinstance(k, int))]
        together = bool(fancy) and fancy == list(range(fancy[0], fancy[-1] + 1))
        self.ways: list[tuple[str, Any, Any]] = []  # for each axis of x: how it is taken
        self.out: list[int] = []
        self.first = 0  # the axis of the part where the index arrays' axes begin
        lengths = iter(x)
        for place, k in enumerate(full):
            if together and place == fancy[0]:
                self.first = len(self.out)
                self.out += self.brought
            n = next(lengths)
            if k is HOLE:
                self.ways.append(("array", next(arrays), None))
            elif isinstance(k, slice):
                start, step, length = _slice(k, n)
                self.ways.append(("slice", start, step))
                self.out.append(length)
            else:
                self.ways.append(("place", (extent(n) if k < 0 else 0) + sp.Integer(int(k)) + 1, None))
        if indices and not together:
            self.out = [*self.brought, *self.out]

    def places(self, given: Sequence[Expr], brought: Sequence[Expr]) -> list[Expr]:
        """The indices into x, for indices of the sliced axes and of the index arrays' own."""
        left = iter(given)
        places: list[Expr] = []
        for way, what, step in self.ways:
            if way == "slice":
                places.append(what + step * (next(left) - 1) + 1)
            elif way == "place":
                places.append(what)
            else:
                places.append(what.at(*brought[len(brought) - len(what.shape) :]) + 1)
        return places

    def parted(self, indices: Sequence[Expr]) -> tuple[list[Expr], list[Expr]]:
        """Indices of the part: those of sliced axes, in the order of x's axes, and those of the index arrays."""
        last = self.first + len(self.brought)
        return [*indices[: self.first], *indices[last:]], list(indices[self.first : last])


def _slice(k: slice, n: int) -> tuple[Expr, int, int]:
    """Where a slice of an axis of length n starts (from 0), its step, and how long it is."""
    start, stop, step = slice(*(None if e is None else int(e) for e in (k.start, k.stop, k.step))).indices(int(n))
    length = len(range(start, stop, step))
    if step == -1 and length == n:
        return extent(n) - 1, -1, n
    if step != 1:
        return sp.Integer(start), step, length
    if length == n:
        return sp.Integer(0), 1, n
    first = _end(k.start, n, sp.Integer(0))
    last = _end(k.stop, n, extent(n)) if k.stop is None or int(k.stop) < n else extent(n)
    return first, 1, Extent(length, last - first) if length != 1 else 1


def _end(end: Any, n: int, default: Expr) -> Expr:
    if end is None:
        return default
    return extent(end) if end >= 0 else extent(n) + int(end)


@kernel
def getitem(x: Any, *indices: Any, key: Sequence[Any]) -> Symbol:
    """The entry at the place that the key names."""
    x, held = lift(x), _indices(indices)
    if held is None:
        return named_function("getitem", (x, *indices), {"key": key})
    key, new = _without_new_axes(key, len(x.shape))
    x = expand_dims(x, axis=new) if new else x
    layout = _Layout(x.shape, held, key)
    return Symbol(layout.out, lambda *given: x.at(*layout.places(*layout.parted(given))))


def _without_new_axes(key: Sequence[Any], dims: int) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """The key with its Nones as slices of axes of length 1, and where x must have those axes."""
    full, new, axis = [], [], 0
    used = sum(1 for k in key if k is not None and k is not Ellipsis)
    for k in key:
        if k is None:
            new.append(axis)
        axis += dims - used if k is Ellipsis else 1
        full.append(slice(None) if k is None else k)
    return tuple(full), tuple(new)


def _indices(indices: Sequence[Any]) -> list[Symbol] | None:
    """Index arrays as symbols; None where they are masks, whose count is a matter of the numbers."""
    held = []
    for i in indices:
        if not isinstance(i, Symbol) and np.asarray(i).dtype == bool:
            return None
        symbol = lift(i)
        if is_truth(symbol.at(*[fresh() for _ in symbol.shape])):
            return None
        held.append(symbol)
    return held


@kernel
def scatter(g: Any, *indices: Any, key: Sequence[Any], shape: Sequence[int]) -> Symbol:
    """Where the key took an entry, what is brought back to it: a delta for each index, summed over the part."""
    g, held = lift(g), _indices(indices)
    if held is None:
        return named_function("scatter", (g, *indices), {"key": key, "shape": shape})
    key, new = _without_new_axes(key, len(shape))
    if new:
        whole = list(shape)
        for a in new:
            whole.insert(a, 1)
        return squeeze(scatter(g, *indices, key=key, shape=whole), axis=new)
    layout = _Layout(shape, held, key)

    def at(*places: Expr) -> Expr:
        def entry(brought: list[Expr], rest: Sequence[int]) -> Expr:
            if rest:
                return total(lambda k: entry([*brought, k], rest[1:]), rest[0])
            sliced: list[Expr] = []
            factor: Expr = sp.Integer(1)
            axis = 0
            lengths = [
                n for a, n in enumerate(layout.out) if not layout.first <= a < layout.first + len(layout.brought)
            ]
            for (way, what, step), place, n in zip(layout.ways, places, shape, strict=True):
                if way == "slice":
                    length = lengths[axis]
                    axis += 1
                    inside, back = _undone(what, step, length, place, n)
                    sliced.append(back)
                    factor = factor * inside
                else:
                    where = what if way == "place" else what.at(*brought[len(brought) - len(what.shape) :]) + 1
                    factor = factor * (sp.KroneckerDelta(place, where) if n != 1 else 1)
            indices = [*sliced[: layout.first], *brought, *sliced[layout.first :]]
            return factor * number(g.at(*indices))

        return entry([], layout.brought)

    return Symbol(shape, at)


def _undone(start: Expr, step: int, length: int, place: Expr, n: int) -> tuple[Expr, Expr]:
    """Whether a place of an axis was taken by a slice (1 or 0), and the index it has in the part."""
    if n == 1:
        return sp.Integer(1), sp.Integer(1)
    if step == -1 and length == n:
        return sp.Integer(1), extent(n) + 1 - place
    if step != 1:
        hits = sp.And(sp.Eq(sp.Mod(place - 1 - start, step), 0), (place - 1 - start) / step >= 0,
                      (place - 1 - start) / step < extent(length))  # fmt: skip
        return indicator(hits), sp.floor((place - 1 - start) / step) + 1
    bounds = []
    if length == 1:
        return sp.KroneckerDelta(place, start + 1), sp.Integer(1)
    if start != 0:
        bounds.append(place >= start + 1)
    if sp.expand(start + extent(length) - extent(n)) != 0:
        bounds.append(place <= sp.expand(start + extent(length)))
    return (indicator(sp.And(*bounds)) if bounds else sp.Integer(1)), place - start


# ── named functions ───────────────────────────────────────────────────────────────────────────────────────────────────


class Named:
    """What a named function's entries are: `call` applied to `args`, plain numbers instead of symbols."""

    def __init__(
        self, label: str, call: Callable[..., Any], args: Sequence[Any], params: dict[str, Any], shape: Sequence[int]
    ) -> None:
        self.label, self.call, self.args, self.params = label, call, tuple(args), params
        self.symbol = letter(label, shape)


class Names(dict[str, Named]):
    """The named functions of one derivation, by what they are called in its formulas. taken: what they must not be."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: set[str] = set()


named: ContextVar[Names | None] = ContextVar("named", default=None)


def named_function(
    name: str,
    args: Sequence[Any],
    params: dict[str, Any],
    array: Callable[..., Any] | None = None,
    shape: Sequence[int] | None = None,
) -> Symbol:
    """Entries of an operation without a closed form: those of `array(*args)` (default: NumPy's kernel of that name)."""
    known = named.get()
    if known is None:
        raise NotImplementedError(f"{name} has no closed form in index notation")
    for each in known.values():
        same = len(each.args) == len(args) and all(a is b for a, b in zip(each.args, args, strict=True))
        if same and each.label.rpartition("_")[0] == name:
            return each.symbol
    array = array or array_kernel(name)

    def call(*values: Any) -> Any:
        return array(*values, **params)

    if shape is None:
        shape = params.get("shape") or _probed(call, args)
    count = 1
    while (label := f"{name}_{count}") in known.taken:
        count += 1
    known.taken.add(label)
    known[label] = Named(label, call, args, params, shape)
    return known[label].symbol


def _probed(call: Callable[..., Any], args: Sequence[Any]) -> list[int]:
    """The shape of a result, from a trial on harmless numbers; lengths get their letters back where that is plain."""
    trial = []
    letters: dict[int, set[Expr]] = {}
    for a in args:
        shape = np.shape(a) if not isinstance(a, Symbol) else a.shape
        for n in shape:
            letters.setdefault(int(n), set()).add(extent(n))
        numbers = (
            np.eye(int(shape[-2]), int(shape[-1])) + 0.1 if len(shape) > 1 else np.full([int(n) for n in shape], 0.5)
        )
        trial.append(np.broadcast_to(numbers, [int(n) for n in shape]) if isinstance(a, Symbol) else a)
    out = np.shape(call(*trial))
    return [Extent(n, next(iter(letters[n]))) if n != 1 and len(letters.get(n, ())) == 1 else n for n in out]
