"""The indices of sums in formulas: fresh ones while formulas are put together, letters once they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from .symbolic.functions import Expr, cases, flat, fresh, number, soft

INDICES = (*"ijklmnprstuv", *(f"i_{n}" for n in range(1, 200)))


def with_fresh_indices(expr: Expr, now: dict[Expr, Expr] | None = None) -> Expr:
    """An expression whose sums run over new indices, so that an index put into it does not become a sum's."""
    if not expr.args or not expr.has(ExprWithLimits):
        return expr.xreplace(now) if now else expr
    if not isinstance(expr, ExprWithLimits):
        return expr.func(*(with_fresh_indices(a, now) for a in expr.args))
    inner = dict(now or {})
    limits: list[tuple[Expr, Expr, Expr]] = []
    for k, low, high in reversed(expr.limits):  # an end may depend on the indices of sums further out
        ends = with_fresh_indices(low, inner), with_fresh_indices(high, inner)
        inner[k] = fresh()
        limits.insert(0, (inner[k], *ends))
    return expr.func(with_fresh_indices(expr.function, inner), *limits)


def with_index_letters(
    expr: Expr, free: Iterable[Expr], pool: Sequence[Expr], ends: Mapping[Expr, Expr] | None = None
) -> Expr:
    """The indices that sums run over as letters of `pool`, outermost first.

    free: letters that stand for themselves. ends: how far they go.
    """
    ends = dict(ends or {})
    expr = _of_reals(_renamed(expr, frozenset(f for f in free if f.is_Symbol), pool, dict(ends), {}))
    return _within(expr, ends) if expr.has(cases) else expr


def _renamed(
    expr: Expr, used: frozenset[Expr], pool: Sequence[Expr], ends: dict[Expr, Expr], now: dict[Expr, Expr]
) -> Expr:
    """`now`: what the bound indices around are called; `ends`: how far each letter goes, in the whole formula.

    One letter does not run along two different axes. One pass: SymPy is slow to build a sum anew.
    """
    if not expr.args or not expr.has(ExprWithLimits):
        return expr.xreplace(now) if now else expr
    if not isinstance(expr, ExprWithLimits):
        return expr.func(*(_renamed(a, used, pool, ends, now) for a in expr.args))
    expr = _turned(expr)
    inner = dict(now)
    bound = {k for k, _, _ in expr.limits}
    taken = used | {now.get(s, s) for s in expr.free_symbols if s.is_Symbol and s not in bound}
    limits = []
    for k, low, high in reversed(expr.limits):
        low, high = (_renamed(end, taken, pool, ends, inner) for end in (low, high))  # as above
        new = next(each for each in pool if each not in taken and ends.get(each, high) == high)
        ends[new] = high
        taken = taken | {new}
        inner[k] = new
        limits.append((new, low, high))
    inside = _renamed(expr.function, taken, pool, ends, inner)
    if inside == 0 and isinstance(expr, sp.Sum):  # SymPy keeps Σ 0, from which later steps make nan
        return inside
    limits.reverse()
    if inside == expr.function and all(new == tuple(old) for new, old in zip(limits, expr.limits, strict=True)):
        return expr
    return expr.func(inside, *limits)


def _turned(expr: Expr) -> Expr:
    """Σ over k = i … n of f(k), where it stands as one over k = 1 … n − i + 1 of f(n − k + 1)."""
    if not isinstance(expr, sp.Sum) or len(expr.limits) != 1:
        return expr
    k, low, high = expr.limits[0]
    indices = [i for i in high.free_symbols if high.coeff(i) == -1] if low == 1 and high.is_Add else []
    if len(indices) != 1:
        return expr
    end = high + indices[0] - 1
    return sp.Sum(expr.function.xreplace({k: end - k + 1}), (k, indices[0], end))


def _within(expr: Expr, ends: dict[Expr, Expr]) -> Expr:
    """An expression without the conditions that hold for every index on its axis."""
    if isinstance(expr, ExprWithLimits):
        ends = ends | {k: high for k, low, high in expr.limits if low == 1}
        return expr.func(_within(expr.function, ends), *expr.limits)
    if isinstance(expr, sp.core.relational.Relational):
        beyond = expr.gts - expr.lts if isinstance(expr, (sp.Le, sp.Ge)) else None
        if beyond is not None and any(sp.expand(beyond - (n - k)) == 0 for k, n in ends.items()):
            return sp.true
        return expr
    if not expr.args or not expr.has(cases):
        return (
            expr
            if not isinstance(expr, sp.logic.boolalg.BooleanFunction)
            else expr.func(*(_within(a, ends) for a in expr.args))
        )
    return expr.func(*(_within(a, ends) for a in expr.args))


def in_sympys_terms(expr: Expr) -> Expr:
    """A formula in SymPy's own functions: softmax, flattened indices and cases written out.

    A case on the index of a sum within a sum stays our own function `cases`: SymPy would take it apart wrongly.
    """
    expr = number(expr)
    expr = expr.replace(lambda e: isinstance(e, (soft, flat)), lambda e: e.doit() if isinstance(e, flat) else e.ratio())
    nested = any(inner.has(cases) for e in expr.atoms(ExprWithLimits) for inner in e.function.atoms(ExprWithLimits))
    return _of_reals(expr if nested else expr.replace(lambda e: isinstance(e, cases), lambda e: e.piecewise()))


def _of_reals(expr: Expr) -> Expr:
    """|eˣ| and |x[i − N]|, in which SymPy has real parts and conjugates, without them: all letters are real."""
    if not expr.has(sp.re, sp.conjugate):
        return expr
    return expr.replace(sp.re, lambda x: x).replace(sp.conjugate, sp.expand)
