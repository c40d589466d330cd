"""From what the rules give to what a textbook prints: common factors in front, fractions joined, signs settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from .factors import with_numbers_in_front
from .symbolic.functions import Expr, cases, has_typed_signs, is_class, is_decimal, is_typed, sigmoid
from .symbolic.sums import summed

# Beyond this many operations a formula is left as the rules gave it: `cancel` takes time that grows steeply.
_MANY = 80
# Factoring polynomials in more letters than these can take minutes.
_FEW = 7


class Tidier:
    """Chooses the shortest of the forms a person would try; it remembers each expression that it has tidied.

    length: how long an expression reads.
    """

    def __init__(self, length: Callable[[Expr], int]) -> None:
        self.length = length
        self._known: dict[Expr, Expr] = {}

    def tidied(self, expr: Expr) -> Expr:
        """The expression as it is, cancelled, factored or over one denominator: whichever is the shortest."""
        return with_signs(_with_sigmoids(self._tidied(expr)))

    def _tidied(self, expr: Expr) -> Expr:
        if not isinstance(expr, sp.Basic) or not expr.args or isinstance(expr, sp.Indexed):
            return expr
        found = self._known.get(expr)
        if found is None:
            found = self._known[expr] = self._tidied_sum(expr) if isinstance(expr, sp.Sum) else self._tidied_rest(expr)
        return found

    def _tidied_sum(self, expr: Expr) -> Expr:
        inside = self._tidied(expr.function)
        for k, low, high in expr.limits:
            if low != 1:
                front = sp.Mul(*(factor for factor in sp.Mul.make_args(inside) if not factor.has(k)))
                rest = inside / front
                inside = front * (sp.Sum(rest, (k, low, high)) if rest.has(k) else rest * (high - low + 1))
                continue
            whole = summed(inside, k, high)
            loose = [term for term in sp.Add.make_args(inside) if not term.has(k)]
            if loose and loose != [inside]:  # Σ (m − x) as N m − Σ x, where that cancels
                parts = high * sp.Add(*loose) + summed(inside - sp.Add(*loose), k, high)
                whole = min(whole, _with_joint_sums(sp.expand(parts)), key=self.length)
            inside = whole
        return inside

    def _tidied_rest(self, expr: Expr) -> Expr:
        if isinstance(expr, sp.Add) and is_typed(expr):
            return expr
        expr = with_args(expr, [self._tidied(a) for a in expr.args])
        if isinstance(expr, sp.Mul):
            expr = sp.Mul(*with_numbers_in_front(expr).args)
        if isinstance(expr, (sp.Add, sp.Mul)):
            return min(_forms(with_joint_cases(_with_joint_sums(expr))), key=self.length)
        return expr


def _with_sigmoids(expr: Expr) -> Expr:
    """The expression with σ(x) for e^x/(1 + e^x), and σ(−x) for 1/(1 + e^x)."""
    if not expr.has(sp.exp) or not any(_one_more(e) is not None for e in expr.atoms(sp.Add)):
        return expr
    factors = list(sp.Mul.make_args(expr))
    for place, factor in enumerate(factors):
        base, power = (factor.base, factor.exp) if isinstance(factor, sp.Pow) else (factor, sp.Integer(1))
        inside = _one_more(base) if power.is_Integer and power.is_negative else None
        if inside is not None:
            above = sp.exp(inside)
            count = min(factors.count(above), -power)
            for _ in range(count):
                factors[factors.index(above)] = sp.Integer(1)
            factors[place] = sigmoid(inside) ** count * sigmoid(-inside) ** (-power - count)
    if len(factors) > 1:
        return sp.Mul(*map(_with_sigmoids, factors))
    (alone,) = factors
    if alone is not expr or isinstance(alone, sp.Indexed) or not alone.args:
        return alone
    return with_args(alone, [_with_sigmoids(a) if isinstance(a, sp.Expr) else a for a in alone.args])


def _one_more(base: Expr) -> Expr | None:
    """The x of 1 + e^x; None of anything else."""
    if not isinstance(base, sp.Add) or len(base.args) != 2 or base.args[0] != 1:
        return None
    return base.args[1].args[0] if isinstance(base.args[1], sp.exp) else None


def with_args(expr: Expr, args: Sequence[Expr]) -> Expr:
    """The expression with other arguments; the expression itself where they are the same."""
    if not isinstance(expr, (sp.Add, sp.Mul)) and all(a is b for a, b in zip(args, expr.args, strict=True)):
        return expr
    return expr.func(*args)


def _with_joint_sums(expr: Expr) -> Expr:
    """Sums over the same index with the same factor in front as one."""
    if not isinstance(expr, sp.Add):
        return expr
    groups: dict[Any, list[Expr]] = {}
    rest = []
    for term in expr.args:
        sums = [f for f in sp.Mul.make_args(term) if isinstance(f, sp.Sum)]
        if len(sums) == 1:
            outside = sp.Mul(*(f for f in sp.Mul.make_args(term) if f is not sums[0]))
            number, outside = outside.as_coeff_Mul()
            groups.setdefault((outside, sums[0].limits), []).append(number * sums[0].function)
        else:
            rest.append(term)
    joined = []
    for (outside, limits), parts in groups.items():
        whole = sp.Add(*parts)
        for k, low, high in limits:
            whole = summed(whole, k, high) if low == 1 else sp.Sum(whole, (k, low, high))
        joined.append(outside * whole)
    return sp.Add(*rest, *joined)


def with_joint_cases(expr: Expr) -> Expr:
    """a 1[c] + b 1[not c] as {a if c; b otherwise}."""
    if not isinstance(expr, sp.Add) or not expr.has(cases):
        return expr
    terms = list(expr.args)
    known = [_switched(term) for term in terms]
    for n, one in enumerate(known):
        for m in range(n + 1, len(known)):
            other = known[m]
            if one is None or other is None or one[0] != sp.Not(other[0]):
                continue
            rest = [term for place, term in enumerate(terms) if place not in (n, m)]
            first, second = (other, one) if isinstance(one[0], (sp.Le, sp.Ge)) else (one, other)
            return with_joint_cases(sp.Add(cases.of((first[1], first[0]), (second[1], sp.true)), *rest))
    return expr


def _switched(term: Expr) -> tuple[Expr, Expr] | None:
    """A term that is 0 unless a condition holds: the condition, and what the term is then. None of any other."""
    factors = list(sp.Mul.make_args(term))
    for n, factor in enumerate(factors):
        if isinstance(factor, cases) and len(factor.args) == 3 and sp.Integer(0) in (factor.args[0], factor.args[2]):
            x, condition, y = factor.args
            rest = sp.Mul(*factors[:n], *factors[n + 1 :])
            return (condition, x * rest) if y == 0 else (sp.Not(condition), y * rest)
    return None


def _forms(expr: Expr) -> list[Expr]:
    """Equal expressions, the one given first."""
    forms = [expr]
    letters, rational = _as_rational(expr)
    if not 0 < len(letters) <= 14 or rational.count_ops() > _MANY:
        return forms
    if not rational.has(sp.Add):  # one product: the forms of a sum are all the same
        return forms
    back = {letter: atom for atom, letter in letters.items()}
    changes = [sp.together, sp.factor_terms, *([sp.cancel, sp.factor] if len(letters) <= _FEW else [])]
    for change in changes:
        try:
            changed = change(rational)
        except (sp.PolynomialError, NotImplementedError, ZeroDivisionError):
            continue
        forms.append(with_signs(changed.xreplace(back)))
        if change is sp.cancel:
            rational = changed  # `factor` goes on from there
    return forms


def at_deltas(expr: Expr, order: Sequence[Expr]) -> Expr:
    """The expression with the first index in the place of the second beside δᵢⱼ: δᵢⱼ uⱼ is δᵢⱼ uᵢ.

    order: which index comes first; a class number comes before all. Products with a sum that has a δ in it are
    multiplied out.
    """
    if not expr.has(sp.KroneckerDelta) or isinstance(expr, sp.KroneckerDelta):
        return expr
    if isinstance(expr, sp.Add):
        return sp.Add(*(at_deltas(term, order) for term in expr.args))
    if not isinstance(expr, sp.Mul):
        return expr
    factors = list(expr.args)
    for n, factor in enumerate(factors):
        if isinstance(factor, sp.Add) and any(_deltas(term) for term in factor.args):
            rest = factors[:n] + factors[n + 1 :]
            return sp.Add(*(at_deltas(sp.Mul(term, *rest), order) for term in factor.args))
    put: dict[Expr, Expr] = {}
    for delta in _deltas(expr):
        one, two = sorted(delta.args, key=lambda i: order.index(i) if i in order else -1 if is_class(i) else len(order))
        put[two] = put.get(one, one)
    return sp.Mul(*(f if f in _deltas(expr) else f.xreplace(put) for f in factors)) if put else expr


def _deltas(expr: Expr) -> list[Expr]:
    """The factors δᵢⱼ of a product, one of whose indices is a letter, and the other a letter or a class number."""
    deltas = [f for f in sp.Mul.make_args(expr) if isinstance(f, sp.KroneckerDelta)]
    return [f for f in deltas if all(i.is_Symbol or is_class(i) for i in f.args) and any(i.is_Symbol for i in f.args)]


def one_denominator(expr: Expr) -> Expr:
    """All terms over one denominator, numerators as they come."""
    letters, rational = _as_rational(expr)
    return with_signs(sp.together(rational, fraction=True).xreplace({v: k for k, v in letters.items()}))


def _as_rational(expr: Expr) -> tuple[dict[Expr, Expr], Expr]:
    """The expression as a rational function of letters, and the letter of each part that is none."""
    letters: dict[Expr, Expr] = {}

    def walk(e: Expr) -> Expr:
        if e.is_number:  # 0.1 stays 0.1: over a common denominator it would be 1/10
            return e if e.is_Rational and not is_decimal(e) else letters.setdefault(e, sp.Dummy())
        if isinstance(e, (sp.Add, sp.Mul)):
            return e.func(*map(walk, e.args))
        if isinstance(e, sp.Pow) and e.exp.is_Integer:
            return walk(e.base) ** e.exp
        if e not in letters:
            letters[e] = sp.Dummy(f"a{len(letters)}")
        return letters[e]

    return letters, walk(expr)


def with_signs(expr: Expr) -> Expr:
    """The expression with signs as people write them: 1 − y instead of −(y − 1)."""
    if isinstance(expr, sp.Add):
        return sp.Add(*(with_signs(a) for a in expr.args))
    if isinstance(expr, ExprWithLimits):
        inside = with_signs(expr.function)
        if isinstance(expr, sp.Sum) and isinstance(inside, sp.Mul) and inside.as_coeff_Mul()[0].is_negative:
            return -expr.func(-inside, *expr.limits)
        return expr if inside is expr.function else expr.func(inside, *expr.limits)
    if not isinstance(expr, (sp.Mul, sp.Pow)):
        return expr
    sign, factors = _without_signs(expr)
    if sign < 0:
        for place, (base, power) in enumerate(factors):
            turned = _turned(base) if power == 1 else None
            if turned is not None:
                factors[place] = (turned, power)
                sign = 1
                break
    return sp.Mul(sp.Integer(sign), *(base**power for base, power in factors))


def _without_signs(expr: Expr) -> tuple[int, list[tuple[Expr, Expr]]]:
    """The sign of a product, and its factors (base, power) without theirs."""
    sign = 1
    factors = []
    for factor in sp.Mul.make_args(expr):
        base, power = factor.as_base_exp() if not isinstance(factor, sp.exp) else (factor, sp.Integer(1))
        if isinstance(base, (sp.Add, ExprWithLimits)):
            base = with_signs(base)
        if isinstance(base, sp.Add) and power.is_Integer and power % 2 and _upside_down(base):
            base, sign = -base, -sign
        if power == 1 and base.is_Rational and base.is_negative:
            base, sign = -base, -sign
            if base == 1:
                continue
        factors.append((base, power))
    return sign, factors


def _upside_down(base: Expr) -> bool:
    """Whether a sum reads better with its signs turned: y − 1, −a − b. As the user has it, where he has it."""
    if has_typed_signs(base) or has_typed_signs(-base):
        return not has_typed_signs(base)
    constant, _ = base.as_coeff_Add()
    if all(s.is_integer and s.is_positive for s in base.free_symbols):  # sizes: N − 1, not 1 − N
        return bool(constant.is_positive and all(t.as_coeff_Mul()[0].is_negative for t in base.args if t != constant))
    negative = [term.could_extract_minus_sign() and term.as_coeff_Mul()[0].is_negative for term in base.args]
    return bool(all(negative) or (constant.is_negative and not all(negative)))


def _turned(base: Expr) -> Expr | None:
    """The negative of a difference; None where it would not read better."""
    if isinstance(base, sp.Add):
        if has_typed_signs(base) or has_typed_signs(-base):
            return None if has_typed_signs(base) else -base
        signs = [bool(term.as_coeff_Mul()[0].is_negative) for term in base.args]
        constant, _ = base.as_coeff_Add()
        return -base if any(signs) and not constant.is_positive else None
    if isinstance(base, sp.Sum):
        inside = list(sp.Mul.make_args(base.function))
        for place, factor in enumerate(inside):
            turned = _turned(factor)
            if turned is not None:
                inside[place] = turned
                return sp.Sum(sp.Mul(*inside), *base.limits)
    return None
