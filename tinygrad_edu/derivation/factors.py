"""The factors of a product: which stand above and below a fraction, which as one root, which with their sign turned."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from .symbolic.functions import Expr, is_decimal, is_typed, sigmoid, without_indices


def parted(e: Expr) -> tuple[bool, list[Expr], list[Expr], list[Expr], list[Expr]]:
    """A product's sign, then its numbers, what sizes and numbers it is divided by, its factors, and its divisors."""
    negative = False
    numbers: list[Expr] = []
    sizes: list[Expr] = []
    over: list[Expr] = []
    under: list[Expr] = []
    for factor in _roots_below(e.args):
        if factor.is_Float or factor.is_Rational:
            negative ^= bool(factor.is_negative)
            size = abs(factor)
            if factor.is_Float or (size.q != 1 and is_decimal(size)):
                numbers.append(size)
                continue
            numbers += [sp.Integer(size.p)] if size.p != 1 else []
            sizes += [sp.Integer(size.q)] if size.q != 1 else []
            continue
        base, power = (factor.base, factor.exp) if isinstance(factor, sp.Pow) else (factor, sp.Integer(1))
        down = bool(power.is_Rational and power.is_negative)
        whole = base if power == -1 else base**-power if down else factor
        (sizes if down and is_size(base) else under if down else over).append(whole)
    return negative, numbers, sizes, over, under


def turned_sigmoid(factor: Expr, beside: Sequence[Expr]) -> Expr:
    """σ(−x y) for a factor 1 − σ(x y), unless σ(x y) stands beside it; any other factor as it is."""
    if not isinstance(factor, sp.Add) or len(factor.args) != 2 or factor.args[0] != 1:
        return factor
    inside = -factor.args[1]
    if not isinstance(inside, sigmoid) or not isinstance(inside.args[0], sp.Mul) or inside in beside:
        return factor
    return sigmoid(-inside.args[0], evaluate=False)  # type: ignore[call-arg]


def joint_roots(factors: Sequence[Expr]) -> list[Expr]:
    """Factors, the roots of several numbers among them as one: √(2π)."""
    roots = [f for f in factors if isinstance(f, sp.Pow) and f.exp == sp.Rational(1, 2) and f.base.is_number]
    if len(roots) < 2:
        return list(factors)
    joint = sp.Pow(sp.Mul(*(f.base for f in roots)), sp.Rational(1, 2), evaluate=False)
    return [joint, *(f for f in factors if f not in roots)]


def _roots_below(factors: Sequence[Expr]) -> list[Expr]:
    """Factors, √n/n among them as 1/√n."""
    found = list(factors)
    for place, factor in enumerate(found):
        if isinstance(factor, sp.Pow) and factor.base.is_Integer and factor.exp == sp.Rational(1, 2):
            front = next((n for n, f in enumerate(found) if f.is_Rational and f.q % factor.base == 0), None)
            if front is not None:
                found[front] = found[front] * factor.base
                found[place] = sp.Pow(factor.base, -factor.exp, evaluate=False)
    return [f for f in found if f != 1]


def above_and_below(number: Expr) -> tuple[Expr, Expr]:
    """A number as numerator and denominator, with 1/√n for √n/n; a decimal stays in the numerator."""
    above, below = [], []
    for factor in _roots_below(sp.Mul.make_args(number)):
        if factor.is_Rational and not is_decimal(factor):
            above.append(sp.Integer(factor.p))
            below.append(sp.Integer(factor.q))
        elif is_below(factor):
            below.append(factor.base**-factor.exp)
        else:
            above.append(factor)
    return sp.Mul(*above), sp.Mul(*below)


def is_below(f: Expr) -> bool:
    """Whether a factor stands under a fraction."""
    return isinstance(f, sp.Pow) and bool(f.exp.is_Rational and f.exp.is_negative)


def is_size(e: Expr) -> bool:
    """Whether an expression is made of sizes: N, N K, N + 1."""
    return all(s.is_Symbol and s.is_integer and s.is_positive for s in e.free_symbols) and bool(e.free_symbols)


def common_number(e: Expr) -> Expr:
    """The number that all terms of a sum are multiplied with, but for their signs; 1 of anything else.

    Sums of sums or fractions, and those that the user wrote so, stay as they are.
    """
    if not isinstance(e, sp.Add):
        return sp.Integer(1)
    numbers = {abs(term.as_coeff_Mul()[0]) for term in e.args}
    typed = next((n for n in numbers if n != 1 and n.is_Rational and is_typed(divided(e, n))), None)
    if typed is not None:
        return typed
    found = numbers.pop()
    if numbers or found == 1 or not found.is_Rational or is_decimal(found) or is_typed(e):
        return sp.Integer(1)
    apart = e.has(ExprWithLimits) or any(p.exp.is_negative and not is_size(p.base) for p in e.atoms(sp.Pow))
    return sp.Integer(1) if apart else found


def divided(e: Expr, number: Expr) -> Expr:
    """A sum, each term divided by a number."""
    return sp.Add(*(term / number for term in e.args))


def with_numbers_in_front(e: Expr) -> Expr:
    """A product, the number that all terms of a sum in it have in front of the whole: 2 x(z − M)."""
    parts = [f.as_base_exp() if isinstance(f, sp.Pow) and f.exp.is_Integer else (f, sp.Integer(1)) for f in e.args]
    numbers = [common_number(base) ** power for base, power in parts]
    if all(n == 1 for n in numbers):
        return e
    inside = [
        divided(base, n ** (1 / power)) ** power if n != 1 else base**power
        for (base, power), n in zip(parts, numbers, strict=True)
    ]
    plain = [f for f in inside if f.is_Rational]
    return sp.Mul(sp.Mul(*numbers, *plain), *(f for f in inside if not f.is_Rational), evaluate=False)


def is_negative(term: Expr) -> bool:
    """Whether a term is written with a minus in front."""
    if isinstance(term, sp.Mul):
        return bool(term.args and any((a.is_Rational or a.is_Float) and a.is_negative for a in term.args))
    return bool(term.is_Rational or term.is_Float) and bool(term.is_negative)


def negated(term: Expr) -> Expr:
    """A term that is written with a minus, without it."""
    if not isinstance(term, sp.Mul):
        return -term
    factors = list(term.args)
    place = next(n for n, a in enumerate(factors) if (a.is_Rational or a.is_Float) and a.is_negative)
    factors[place] = -factors[place]
    left = [f for f in factors if f != 1]
    return left[0] if len(left) == 1 else sp.Mul(*left, evaluate=False)


def has_fractions(e: Expr) -> bool:
    """Whether an expression is a sum of fractions, whose factor stays in front."""
    return isinstance(e, sp.Add) and any(
        isinstance(f, sp.Pow) and f.exp.is_Rational and f.exp.is_negative for t in e.args for f in sp.Mul.make_args(t)
    )


def fractions_within(e: Expr) -> int:
    """How many factors of a product of single numbers are sums of fractions, other than by numbers and sizes."""
    if e.has(sp.Indexed, ExprWithLimits):
        return 0
    sums = [f.base if isinstance(f, sp.Pow) else f for f in sp.Mul.make_args(e)]
    return sum(1 for f in sums if isinstance(f, sp.Add) and f is not e and any(map(_divides, f.args)))


def _divides(term: Expr) -> bool:
    return any(is_below(f) and not is_size(f.base) for f in sp.Mul.make_args(term))


def looks(e: Expr) -> int:
    """How many letters an expression has, one for each time it stands there; a letter squared counts twice."""
    if not e.args or isinstance(e, sp.Indexed):
        return 0 if e.is_number else 1
    if isinstance(e, sp.Pow) and e.exp.is_Integer:
        return int(min(abs(e.exp), 3)) * looks(e.base)
    if isinstance(e, ExprWithLimits):
        return looks(e.function)
    return sum(map(looks, e.args))


def bare(term: Expr) -> Expr:
    """A term without its sign and its indices."""
    return without_indices(term.as_coeff_Mul()[1])
