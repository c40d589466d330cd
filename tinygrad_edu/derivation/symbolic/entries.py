"""The kernels on symbols: tensors in index notation.

A `Symbol` is a tensor whose entry at the indices (i, j, …) is a SymPy expression, built when asked for: `x.at(i, j)`.
Indices count from 1, as on paper. An axis of length 1 is an index that is not there. Lengths are `Extent`s: the
recorded number, so that the rules' own arithmetic on shapes works, with the letter it stands for.

The kernels here go entry by entry; those that look at whole tensors stand in `tensors.py`, and in the same table.
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

from ...engine.kernels.lookup import array_kernel

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
        if math.isclose(abs(value), known, rel_tol=4e-16):
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

    def __kernel__(self, rule: Any) -> Callable[..., Any]:
        kernel = KERNELS.get(rule.name)
        if kernel is None:
            return lambda *args, **params: named_function(rule.name, args, params, rule.array)
        if rule.kind.name == "elementwise" and rule.name not in _WHOLE:
            return lambda *args, **params: _elementwise(kernel, [lift(a) for a in args])
        return kernel

    def __neg__(self) -> Symbol:
        return _elementwise(KERNELS["negative"], [self])

    def __getitem__(self, key: Any) -> Symbol:
        return KERNELS["getitem"](self, key=key if isinstance(key, tuple) else (key,))

    def __matmul__(self, other: Any) -> Symbol:
        return KERNELS["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Symbol:
        return KERNELS["matmul"](other, self)


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
        if x == 0 and not y.has(cases):  # two choices inside each other read better as one list of cases
            return y * indicator(sp.Not(condition))
    if isinstance(y, cases):
        return cases.of((x, condition), *y.pairs)
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
