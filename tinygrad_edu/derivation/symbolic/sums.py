"""Sums over an index, as short as they can be said: deltas contracted, constants in front."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import sympy as sp

from .functions import Expr, Extent, extent, flat, flattened, fresh, indicator, is_class, number, soft, unflattened


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
        parts = [summed(term, k, n) for term in expr.args if term not in plain]
        if parts:
            return sp.Add(*parts, summed(sp.Add(*plain), k, n) if plain else 0)
    if expr.has(sp.KroneckerDelta) and isinstance(expr, (sp.Mul, sp.KroneckerDelta)):
        factors = list(sp.Mul.make_args(expr))
        for factor in factors:
            where = _solved(factor, k)
            if where is not None:
                factors.remove(factor)
                within = indicator(where <= n) if _ends_at_an_index(n) else 1
                return within * sp.Mul(*factors).xreplace({k: where})
        for factor in factors:
            if isinstance(factor, sp.Add) and _contractible(factor, k):
                factors.remove(factor)
                return summed(sp.Add(*(sp.Mul(term, *factors) for term in factor.args)), k, n)
    inside: list[Expr] = []
    outside: list[Expr] = []
    for factor in sp.Mul.make_args(expr):
        (inside if factor.has(k) else outside).append(factor)
    if len(inside) == 1 and _is_distribution(inside[0], k, n):
        return sp.Mul(*outside)
    return sp.Mul(*outside, sp.Sum(sp.Mul(*inside), (k, 1, n)))


def _is_distribution(factor: Expr, k: Expr, n: Expr) -> bool:
    """Whether a factor is a softmax along all of k = 1 … n: Σ softmax(z) is 1."""
    if not isinstance(factor, soft) or not isinstance(factor.args[1], sp.Sum):
        return False
    inside, whole = factor.args
    ((t, low, high),) = whole.limits
    return (low, high) == (1, n) and whole.function == sp.exp(inside).xreplace({k: t})


def _ends_at_an_index(n: Expr) -> bool:
    """Whether a sum goes to an index, as a running sum does, and not along an axis.

    The letters of indices are small. Those of sizes are capital, unless the user chose one: then there is a condition
    that holds everywhere, which goes again where letters are given.
    """
    return any(s.is_Dummy or s.name[0].islower() for s in n.free_symbols)


def _contractible(expr: Expr, k: Expr) -> bool:
    """Whether a term has a delta that determines k."""
    if _solved(expr, k) is not None:
        return True
    return isinstance(expr, (sp.Mul, sp.Add)) and any(_contractible(a, k) for a in expr.args)


def _solved(factor: Expr, k: Expr) -> Expr | None:
    """The index that a delta says k is equal to; None where it might lie off the axis."""
    if isinstance(factor, sp.KroneckerDelta) and k in factor.args:
        other = factor.args[1] if factor.args[0] == k else factor.args[0]
        if other.is_Symbol or other.is_Integer or isinstance(other, flat):
            return other
        if is_class(other):
            return other
    return None
