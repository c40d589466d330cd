"""What SymPy does not have and index notation needs: lengths with letters, softmax, cases, places laid end to end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import sympy as sp
from sympy.concrete import expr_with_limits

Expr = Any  # a SymPy expression, or a SymPy truth value

if TYPE_CHECKING:  # SymPy has no types

    class Function:
        """The part of SymPy's Function that our own functions use."""

        args: tuple[Expr, ...]

        def __new__(cls, *args: Any) -> Expr:  # noqa: D102 (SymPy evaluates: the result may be any expression)
            ...

    class ExprWithLimits(Function):
        """SymPy's class of sums and products over an index."""

else:
    Function, ExprWithLimits = sp.Function, expr_with_limits.ExprWithLimits


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


# ── functions that SymPy does not have ──────────────────────────────────────────────────────────────────────────


class sigmoid(Function):  # noqa: N801 (SymPy's custom)
    """1/(1 + e^(−x)); σ(−x) becomes 1 − σ(x)."""

    _imp_ = staticmethod(lambda x: 1.0 / (1.0 + np.exp(-x)))

    @classmethod
    def eval(cls, x: Expr) -> Expr:
        """Simplify: numbers, and σ(−x) as 1 − σ(x)."""
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
        sigma: Expr = self
        return sigma * (1 - sigma)

    def _eval_rewrite_as_exp(self, x: Expr, **_: Any) -> Expr:
        return 1 / (1 + sp.exp(-x))

    def _eval_evalf(self, prec: int) -> Expr:
        sigma: Expr = self
        return sigma.rewrite(sp.exp)._eval_evalf(prec)


class soft(Function):  # noqa: N801
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


class cases(Function):  # noqa: N801
    """cases(x, c, y, d, …, z): x where c holds, else y where d holds, …, else z.

    In place of SymPy's Piecewise, which a Sum takes apart wrongly: conditions on an inner sum's index go astray.
    """

    is_commutative = True

    @classmethod
    def eval(cls, *args: Expr) -> Expr:
        """Leave out the cases whose condition is false, and those after one whose condition is true."""
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

    def piecewise(self) -> Expr:
        """As SymPy's Piecewise; its doit would try to find a closed form of every Σ inside, for half a minute."""
        return sp.Piecewise(*self.pairs)


def indicator(condition: Expr) -> Expr:
    """1 where the condition holds, else 0."""
    if condition in (True, sp.true):
        return sp.Integer(1)
    if condition in (False, sp.false):
        return sp.Integer(0)
    if isinstance(condition, sp.Eq) and all(side.is_integer for side in condition.args):
        return sp.KroneckerDelta(*condition.args)
    return cases.of((sp.Integer(1), condition), (sp.Integer(0), sp.true))


_LOGARITHMS = {math.log(2.0): sp.log(2), math.log(10.0): sp.log(10)}
# What a number is tried as a multiple of, or the root of one
_UNITS = [
    (sp.Integer(1), 1),
    (sp.pi, 1),
    (sp.Integer(1), 2),
    (1 / sp.pi, 1),
    (sp.sqrt(sp.pi), 2),
    (1 / sp.sqrt(sp.pi), 2),
]
_ROUNDED = 4e-16  # how far apart two ways to compute one number may end, relatively


def exact(number: Any) -> Expr:
    """A number of the graph as SymPy's: a fraction, a root or a multiple of π where it is one, log 2 and its like."""
    if isinstance(number, (bool, np.bool_)):
        return sp.true if number else sp.false
    value = float(number)
    if not math.isfinite(value):
        return sp.nan if math.isnan(value) else sp.oo * int(math.copysign(1, value))
    if value.is_integer() and abs(value) < 1e15:
        return sp.Integer(int(value))
    for known, expr in _LOGARITHMS.items():
        if math.isclose(abs(value), known, rel_tol=_ROUNDED):
            return expr if value > 0 else -expr
    if len(repr(abs(value))) <= 8:
        return sp.Rational(repr(value))
    found = _simplest(abs(value))
    return sp.Float(value, 17) if found is None else found if value > 0 else -found


def _simplest(value: float) -> Expr | None:
    """A number with many digits, which nobody typed, as the simplest p/q, root or multiple of π that it is."""
    for unit, power in _UNITS:
        ratio = (value / float(unit)) ** power
        near = sp.Rational(ratio).limit_denominator(1000)
        if 0 < near.p <= 10_000 and math.isclose(float(near), ratio, rel_tol=_ROUNDED * power):
            return unit * (sp.sqrt(near) if power == 2 else near)
    return None


class Typed(NamedTuple):
    """What a user typed: the numbers that he divides by, his decimals, and his sums, as `without_indices` has them."""

    divisors: frozenset[int] = frozenset()
    decimals: frozenset[Expr] = frozenset()
    sums: frozenset[Expr] = frozenset()


typed: ContextVar[Typed] = ContextVar("typed", default=Typed())  # noqa: B039 (never changed)


def without_indices(expr: Expr) -> Expr:
    """An expression with one blank for all sizes and indices, so that it can be compared with others."""
    blank = sp.Symbol("·")
    return expr.xreplace({s: blank for s in expr.atoms(sp.Symbol) if s.is_integer and s.is_positive})


def is_typed(e: Expr) -> bool:
    """Whether a sum stands in the user's own formula, with these signs and numbers."""
    sums = typed.get().sums
    return bool(sums) and without_indices(e) in sums


def has_typed_signs(e: Expr) -> bool:
    """Whether a sum, or a multiple of it, stands in the user's own formula with these signs."""
    return is_typed(e) or is_typed(e.primitive()[1])


def is_decimal(e: Expr) -> bool:
    """Whether a fraction is written as a decimal: 0.1, 0.001, 3.7, but not 1/2 and 1/3, nor 1/5 where x/5 was typed."""
    q = int(e.q)
    if q in (1, 2, 4, 8):
        return False
    numbers = typed.get()
    if numbers.divisors and abs(e) not in numbers.decimals and math.prod(numbers.divisors) % q == 0:
        return False
    for prime in (2, 5):
        while q % prime == 0:
            q //= prime
    return q == 1


def fresh() -> Expr:
    """An index that a sum runs over, until the printed formula gives it a letter."""
    return sp.Dummy("k", integer=True, positive=True)


class flat(Function):  # noqa: N801
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


def number(expr: Expr) -> Expr:
    """A truth value as 1 or 0; anything else as it is."""
    return indicator(expr) if is_truth(expr) else expr


def is_class(index: Expr) -> bool:
    """Whether an index is a class number: one more than a letter of the user's, for labels are counted from 0."""
    if not isinstance(index, sp.Add) or len(index.args) != 2 or index.args[0] != 1:
        return False
    label = index.args[1]
    return isinstance(label, sp.Indexed) or bool(label.is_Symbol and not label.is_integer)


def truth(expr: Expr) -> Expr:
    """The condition that an entry is not 0: of indicators and their products what they ask, a truth value as it is."""
    factors = sp.Mul.make_args(expr)
    if all(isinstance(e, cases) and e.is_indicator for e in factors):
        return sp.And(*(e.args[1] for e in factors))
    return expr if is_truth(expr) else sp.Ne(expr, 0)
