"""From index notation to matrices: Σₖ Xₖᵢ (Sₖⱼ − Yₖⱼ) is Xᵀ (S − Y).

A product under sums is a net: its factors share indices. Factors with the same indices are multiplied entry by entry,
and the indices that are summed over go away one at a time: from a vector and a matrix, two matrices, or one of them.
Where three matrices share an index, a tensor has three axes, or an index stands somewhere else than at a letter, there
is no matrix form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from ..factors import is_below
from ..printing import Printer
from ..symbolic.functions import Expr, cases, extent, soft
from . import terms
from .contracting import Net
from .terms import NO_FORM, Applied, Axes, Diagonal, Leaf, Norm, Number, Power, Scaled, Term, Whole
from .writing import Writer


class Converter:
    """Turns index expressions into terms.

    kind: how many axes a letter has and whether it is a row; None of one that is no vector or matrix. whole: the
    letters that stand for an operation on a whole matrix, as terms, where these are written out. lengths: how far the
    indices of a letter go.
    """

    def __init__(
        self,
        printer: Printer,
        writer: Writer,
        kind: Callable[[str], bool | None],
        whole: Callable[[str, Axes], Term | None],
        lengths: Callable[[str], Sequence[Expr]],
    ) -> None:
        self.printer, self.writer, self.kind, self.whole, self.lengths = printer, writer, kind, whole, lengths
        self._known: dict[tuple[Expr, frozenset[Expr]], Term] = {}

    def converted(self, expr: Expr, axes: Axes, shape: Sequence[int] = (), as_row: bool = False) -> Term:
        """The expression with these free indices; as_row: as a row. `NotImplementedError` where there is none.

        shape: of what has these indices, if that is known.
        """
        self._check_lengths(expr, dict(zip(axes, (extent(n) for n in shape if n != 1), strict=False)))
        found = terms.repeated(self.term(expr, frozenset(axes)), axes)
        return terms.transposed(found) if as_row else found

    def _check_lengths(self, expr: Expr, ends: dict[Expr, Expr]) -> None:
        """Refuse a formula with an index that goes along a part of an axis: matrices are multiplied as wholes."""
        for each in expr.atoms(ExprWithLimits):
            for k, _, high in each.limits:
                _agree(ends, k, high)
        for a in expr.atoms(sp.Indexed):
            for index, n in zip(a.indices, self.lengths(str(a.base.label)), strict=True):
                _agree(ends, index, n)
        for delta in expr.atoms(sp.KroneckerDelta):
            if len({ends[index] for index in delta.args if index in ends}) > 1:
                raise NotImplementedError(NO_FORM)  # I is square

    def length(self, x: Term) -> int:
        """How long a term is on paper."""
        return len(self.writer.write(x).text)

    def term(self, e: Expr, indices: frozenset[Expr]) -> Term:
        """An expression in which these indices are free."""
        key = (e, indices)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._term(e, indices)
        return found

    # ── by kind ──

    def _term(self, e: Expr, indices: frozenset[Expr]) -> Term:
        if isinstance(e, sp.Indexed):
            return self._letter(str(e.base.label), tuple(e.indices), indices)
        if e.is_Symbol:
            if e in indices:
                raise NotImplementedError(NO_FORM)
            size = e.is_integer and e.is_positive
            return Number((), e) if size else self._letter(e.name, (), indices)
        if isinstance(e, sp.Add):
            ordered = self.printer.in_order(e)
            return terms.total([self.term(part, indices) for part in ordered])
        if isinstance(e, (sp.Mul, sp.Sum)) or is_below(e):
            return self._product(e, indices)
        if isinstance(e, sp.Pow) and not e.exp.free_symbols:
            return self._power(e, indices)
        if isinstance(e, sp.KroneckerDelta) and all(i in indices for i in e.args):
            return terms.Identity(tuple(e.args))
        if e.is_number:
            return Number((), e)
        if isinstance(e, soft):
            return self._softmax(e, indices)
        return self._applied(e, indices)

    def _letter(self, label: str, places: Axes, indices: frozenset[Expr]) -> Term:
        row = self.kind(label)
        if row is None or not all(place in indices for place in places):
            raise NotImplementedError(NO_FORM)
        if len(places) == 2 and places[0] == places[1]:
            inner = (sp.Dummy(), places[0])
            return Diagonal(places[:1], self.whole(label, inner) or Leaf(inner, label))
        found = self.whole(label, places) or Leaf(places, label)
        return terms.transposed(found) if row else found

    def _power(self, e: Expr, indices: frozenset[Expr]) -> Term:
        base = self.term(e.base, indices)
        if isinstance(base, Scaled) and base.body is None and e.exp == sp.Rational(1, 2):
            over, under = ([_root(x) for x in part] for part in (base.over, base.under))
            return terms.scaled(sp.sqrt(base.number), over, under, None)
        if isinstance(base, Number):
            return Number((), base.value**e.exp)
        return _root(base) if e.exp == sp.Rational(1, 2) else _raised(base, e.exp)

    def _applied(self, e: Expr, indices: frozenset[Expr]) -> Term:
        """A function of each entry."""
        if isinstance(e, ExprWithLimits) or (isinstance(e, cases) and not e.is_indicator) or not e.args:
            raise NotImplementedError(NO_FORM)
        if isinstance(e, sp.logic.boolalg.BooleanFunction | sp.KroneckerDelta):
            raise NotImplementedError(NO_FORM)
        if isinstance(e, cases):
            return self._pattern(e, e.args[1], lambda condition: cases(e.args[0], condition, e.args[2]), indices)
        return self._pattern(e, e, lambda whole: whole, indices)

    def _pattern(self, e: Expr, inner: Expr, around: Callable[[Expr], Expr], indices: frozenset[Expr]) -> Term:
        places: list[Expr] = []
        put: list[Expr] = []
        arguments: list[Term] = []
        for argument in inner.args:
            if argument.is_number:
                put.append(argument)
                continue
            place = sp.Symbol(f"§{len(places)}", real=True)
            places.append(place)
            put.append(place)
            arguments.append(self.term(argument, indices))
        axes = terms.total(arguments).axes if len(arguments) > 1 else arguments[0].axes
        arguments = [terms.repeated(a, axes) if a.axes else a for a in arguments]
        return Applied(axes, around(inner.func(*put, evaluate=False)), tuple(places), tuple(arguments))

    def _softmax(self, e: Expr, indices: frozenset[Expr]) -> Term:
        """softmax of each row, or of a vector."""
        inside, over = e.args
        if not isinstance(over, sp.Sum) or len(over.limits) != 1 or not isinstance(over.function, sp.exp):
            raise NotImplementedError(NO_FORM)
        k, low, _ = over.limits[0]
        along = [i for i in indices if inside.has(i) and not over.function.has(i)]
        if low != 1 or len(along) != 1:
            raise NotImplementedError(NO_FORM)
        x, other = self.term(inside, indices), self.term(over.function.args[0].xreplace({k: along[0]}), indices)
        if self.writer.write(x).text != self.writer.write(other).text:
            raise NotImplementedError(NO_FORM)
        axes = x.axes if x.axes[-1] == along[0] else x.axes[::-1]
        return Whole(axes, "softmax", (terms.oriented(x, axes),))

    # ── products ──

    def _product(self, e: Expr, indices: frozenset[Expr]) -> Term:
        factors, bound = _opened(e)
        try:
            whole: Term | None = self._net(factors, bound, indices)
        except NotImplementedError:
            whole = None
        spread = next((n for n, f in enumerate(factors) if isinstance(f, sp.Add)), None)
        kept = whole is not None and not (bound and _reads_badly(whole)) and not _has_unit_in_sum(whole)
        if spread is None or kept:
            if whole is None:
                raise NotImplementedError(NO_FORM)
            return whole
        try:
            parts = [
                self._net([*factors[:spread], part, *factors[spread + 1 :]], bound, indices)
                for part in self.printer.in_order(factors[spread])
            ]
            apart = terms.total(parts)
        except NotImplementedError:
            if whole is None:
                raise
            return whole
        return apart if whole is None or self.length(apart) < self.length(whole) else whole

    def _net(self, factors: Sequence[Expr], bound: Sequence[Expr], indices: frozenset[Expr]) -> Term:
        net = Net()
        inside = indices | frozenset(bound)
        for factor in self.printer.factors_in_order(factors):
            under = is_below(factor)
            base = (factor.base if factor.exp == -1 else factor.base**-factor.exp) if under else factor
            if not base.has(sp.Indexed) and _only_sizes(base, inside):
                net.number = net.number * factor
            else:
                net.enter(self.term(base, inside), under)
        return net.contracted(bound)


def _agree(ends: dict[Expr, Expr], index: Expr, end: Expr) -> None:
    if index.is_Symbol and ends.setdefault(index, end) != end:
        raise NotImplementedError(NO_FORM)


def _opened(e: Expr) -> tuple[list[Expr], list[Expr]]:
    """The factors of a product and the indices that it is summed over; of a Σ those inside it."""
    if not isinstance(e, sp.Sum):
        return list(sp.Mul.make_args(e)), []
    if any(low != 1 for _, low, _ in e.limits):
        raise NotImplementedError(NO_FORM)
    bound = [k for k, _, _ in e.limits]
    if any(high.has(*bound) for _, _, high in e.limits):
        raise NotImplementedError(NO_FORM)
    return list(sp.Mul.make_args(e.function)), bound


def _only_sizes(e: Expr, indices: Iterable[Expr]) -> bool:
    """Whether an expression without letters that have axes is made of numbers and sizes only."""
    free = e.free_symbols
    return not free & set(indices) and all(s.is_integer and s.is_positive for s in free) and not e.has(sp.Sum)


def _root(x: Term) -> Term:
    """√x; of ‖x‖², the norm."""
    if isinstance(x, Power) and x.exponent == 2 and isinstance(x.base, Norm):
        return x.base
    return Power(x.axes, x, sp.Rational(1, 2))


def _raised(x: Term, exponent: Expr) -> Term:
    if isinstance(x, Power) and not x.axes and (isinstance(x.base, Norm) or x.exponent == sp.Rational(1, 2)):
        exponent, x = exponent * x.exponent, x.base
    return x if exponent == 1 else Power(x.axes, x, exponent)


def _has_unit_in_sum(x: Term) -> bool:
    """Whether a product has I + … among its factors: diag(s) (I − 𝟏 sᵀ) reads better as diag(s) − s sᵀ."""
    body = x.body if isinstance(x, Scaled) else x
    sums = [f for f in body.factors if isinstance(f, terms.Total)] if isinstance(body, terms.Chain) else []
    return any(isinstance(part, terms.Identity) for each in sums for part in each.terms)


def _reads_badly(x: Term) -> bool:
    """Whether a sum over all entries of a sum came out as 𝟏ᵀ (… + …): its terms may read better one by one."""
    body = x.over[0] if isinstance(x, Scaled) and len(x.over) == 1 else x
    return not body.axes and isinstance(body, terms.Chain) and any(isinstance(f, terms.Total) for f in body.factors)
