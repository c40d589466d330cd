"""Formulas in matrix notation, as trees.

A term stands for a number, a vector or a matrix. `axes` are the indices that it has in index notation: () of a number,
(i,) of a vector, which is a column, and (i, j) of a matrix with rows i and columns j. The functions below build terms
and keep them in the form in which they are written: a transpose goes into products and stays outside sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from ..symbolic.functions import Expr

Axes = tuple[Expr, ...]
NO_FORM = "matrices and vectors cannot say this"  # the message of the NotImplementedError where there is no form


@dataclass(frozen=True)
class Term:
    """The base of all terms."""

    axes: Axes


@dataclass(frozen=True)
class Leaf(Term):
    """A letter."""

    label: str


@dataclass(frozen=True)
class Number(Term):
    """A number, made of numbers and sizes."""

    value: Expr


@dataclass(frozen=True)
class Ones(Term):
    """The vector of ones."""


@dataclass(frozen=True)
class Identity(Term):
    """The unit matrix."""


@dataclass(frozen=True)
class Transposed(Term):
    """The transpose of a matrix, or a column as a row."""

    of: Term


@dataclass(frozen=True)
class Diagonal(Term):
    """The diagonal matrix of a vector, or the vector on the diagonal of a matrix."""

    of: Term


@dataclass(frozen=True)
class Chain(Term):
    """A product of matrices and vectors."""

    factors: tuple[Term, ...]


@dataclass(frozen=True)
class Entrywise(Term):
    """A product entry by entry, divided entry by entry by the terms in `under`."""

    over: tuple[Term, ...]
    under: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Power(Term):
    """A power of a number, or of each entry."""

    base: Term
    exponent: Expr


@dataclass(frozen=True)
class Applied(Term):
    """A function of each entry. pattern: an expression in which `places` stand for the arguments."""

    pattern: Expr
    places: tuple[Expr, ...]
    arguments: tuple[Term, ...]


@dataclass(frozen=True)
class Whole(Term):
    """A row of the table, called `row`, applied to whole matrices: an inverse, a determinant, softmax of each row."""

    row: str
    arguments: tuple[Term, ...]


@dataclass(frozen=True)
class Norm(Term):
    """The root of the sum of the squares of all entries."""

    of: Term


@dataclass(frozen=True)
class Trace(Term):
    """The trace."""

    of: Term


@dataclass(frozen=True)
class Total(Term):
    """A sum. A number among its terms is added to each entry; beside I and diag(u) it is written as that times 𝟏 𝟏ᵀ."""

    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Scaled(Term):
    """`body` (None: 1) times a number and the numbers in `over`, divided by those in `under`."""

    number: Expr
    over: tuple[Term, ...]
    under: tuple[Term, ...]
    body: Term | None


# ── building ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def transposed(x: Term) -> Term:
    """The transpose; of a column, the row."""
    match x:
        case Transposed():
            return x.of
        case Diagonal() if len(x.axes) == 2:
            return x
        case Identity():
            return Identity(x.axes[::-1])
        case Chain():
            return Chain(x.axes[::-1], tuple(transposed(f) for f in reversed(x.factors)))
        case Scaled() if x.body is not None:
            return replace(x, axes=x.axes[::-1], body=transposed(x.body))
    if isinstance(x, (Whole, Total)) and _is_symmetric(x):
        return replace(x, axes=x.axes[::-1])
    if isinstance(x, Total) and len(x.axes) == 2:
        inside = Total(x.axes[::-1], tuple(transposed(term) for term in x.terms))
        if _turns(inside) <= _turns(x):
            return inside
    return Transposed(x.axes[::-1], x) if x.axes else x


def _is_symmetric(x: Term) -> bool:
    """Whether a matrix such as A + Aᵀ, Xᵀ X or the inverse of one is its own transpose, by the look of it."""
    if len(x.axes) != 2:
        return False
    match x:
        case Chain():
            return _alike(x, transposed(x))
        case Whole(arguments=(argument,)):
            return _is_symmetric(argument)
        case Total():
            turned = [transposed(term) for term in x.terms]
            return all(any(_alike(term, other) for other in turned) for term in x.terms)
        case Diagonal() | Identity() | Number():
            return True
    return False


def _alike(x: Term, y: Term) -> bool:
    """Whether two terms are the same but for their axes."""
    return _without_axes(x) == _without_axes(y)


def _without_axes(x: object) -> object:
    if isinstance(x, Term):
        return type(x), *(_without_axes(value) for name, value in vars(x).items() if name != "axes")
    return tuple(map(_without_axes, x)) if isinstance(x, tuple) else x


def renamed(x: Term, names: dict[Expr, Expr]) -> Term:
    """A term with other indices."""
    parts: dict[str, Any] = {"axes": tuple(names.get(axis, axis) for axis in x.axes)}
    for name, value in vars(x).items():
        if isinstance(value, Term):
            parts[name] = renamed(value, names)
        elif isinstance(value, tuple) and value and isinstance(value[0], Term):
            parts[name] = tuple(renamed(part, names) for part in value)
    return replace(x, **parts)


def oriented(x: Term, axes: Axes) -> Term:
    """The matrix with these rows and columns."""
    return x if x.axes == axes else transposed(x)


def scaled(number: Expr, over: Iterable[Term], under: Iterable[Term], body: Term | None) -> Term:
    """A multiple of a term, its own factors in front included."""
    over, under = list(over), list(under)
    if isinstance(body, Number):
        number, body = number * body.value, None
    if isinstance(body, Scaled):
        number, over, under, body = number * body.number, [*over, *body.over], [*under, *body.under], body.body
    if body is not None and not body.axes:
        over, body = [*over, body], None
    for one in [x for x in over if x in under]:
        if one in under:
            over.remove(one)
            under.remove(one)
    if body is None and not over and not under:
        return Number((), number)
    if number == 1 and not under and len(over) + (body is not None) == 1:
        return body if body is not None else over[0]
    if number == 0:
        return Number((), sp.Integer(0))
    return Scaled(body.axes if body is not None else (), number, tuple(over), tuple(under), body)


def chain(factors: Sequence[Term], axes: Axes) -> Term:
    """The product of matrices and vectors; numbers among their factors come to the front."""
    flat: list[Term] = []
    number: Expr = sp.Integer(1)
    over: list[Term] = []
    under: list[Term] = []
    for factor in factors:
        if isinstance(factor, Scaled):
            number, over, under = number * factor.number, [*over, *factor.over], [*under, *factor.under]
            assert factor.body is not None
            factor = factor.body
        if not isinstance(factor, Identity):
            flat += factor.factors if isinstance(factor, Chain) else [factor]
    flat, sign = _alike_signs(flat)
    number = number * sign
    if len(flat) > 1:
        body: Term = Chain(axes, tuple(flat))
        if not axes and _turns(turned := transposed(body)) < _turns(body):
            body = turned
    elif flat and isinstance(flat[0], Diagonal) and len(axes) == 2:
        body = replace(flat[0], axes=axes)
    else:
        body = renamed(flat[0], dict(zip(flat[0].axes, axes, strict=True))) if flat else Identity(axes)
    return scaled(number, over, under, body)


def _alike_signs(factors: list[Term]) -> tuple[list[Term], int]:
    """Factors, (b − a) among them as −(a − b) where a − b is another one; and the sign that comes to the front."""
    found, sign = list(factors), 1
    for n, factor in enumerate(found):
        inside = factor.of if isinstance(factor, Transposed) else factor
        if not isinstance(inside, Total):
            continue
        negative = replace(inside, terms=tuple(scaled(sp.Integer(-1), [], [], term) for term in inside.terms))
        if any(_same_terms(f.of if isinstance(f, Transposed) else f, negative) for f in found[:n]):
            found[n] = replace(factor, of=negative) if isinstance(factor, Transposed) else negative
            sign = -sign
    return found, sign


def _same_terms(x: Term, y: Total) -> bool:
    """Whether two sums have the same terms, in any order."""
    return isinstance(x, Total) and {_without_axes(t) for t in x.terms} == {_without_axes(t) for t in y.terms}


def entrywise(over: Sequence[Term], under: Sequence[Term] = ()) -> Term:
    """The product and quotient entry by entry, of terms with the same axes in any order."""
    axes = _natural([*over, *under])
    over, under = ([oriented(x, axes) for x in part] for part in (over, under))
    powers = _as_powers(over), _as_powers(under)
    if len(powers[0]) == 1 and not powers[1]:
        return powers[0][0]
    return Entrywise(axes, tuple(powers[0]), tuple(powers[1]))


def _as_powers(factors: Sequence[Term]) -> list[Term]:
    """Factors, those that stand there several times as powers."""
    counts: dict[Term, Expr] = {}
    for x in factors:
        base, exponent = (x.base, x.exponent) if isinstance(x, Power) else (x, sp.Integer(1))
        counts[base] = counts.get(base, 0) + exponent
    return [base if exponent == 1 else Power(base.axes, base, exponent) for base, exponent in counts.items()]


def total(terms: Sequence[Term]) -> Term:
    """The sum, in the orientation with the fewest transposes; what has fewer axes than the sum is repeated by ones."""
    axes = _natural(terms)
    for term in terms:
        if not set(term.axes) <= set(axes):
            raise NotImplementedError(NO_FORM)
    bare = not any(map(_is_diagonal, terms))
    whole = _collected([term if bare and isinstance(term, Number) else repeated(term, axes) for term in terms])
    if len(whole) == 1:
        return whole[0]
    common = _common_factor([number for number, _ in map(_multiple, whole)])
    if common == 1:
        return Total(axes, tuple(whole))
    return scaled(common, [], [], Total(axes, tuple(scaled(1 / common, [], [], term) for term in whole)))


def _is_diagonal(x: Term) -> bool:
    """Whether a term is a diagonal matrix, perhaps times a number."""
    body = x.body if isinstance(x, Scaled) else x
    return isinstance(body, (Identity, Diagonal)) and len(body.axes) == 2


def _multiple(x: Term) -> tuple[Expr, Term | None]:
    """A term as a number times a term."""
    if isinstance(x, Number):
        return x.value, None
    if isinstance(x, Scaled):
        return x.number, scaled(sp.Integer(1), x.over, x.under, x.body)
    return sp.Integer(1), x


def _collected(terms: Sequence[Term]) -> list[Term]:
    """Terms, those that differ by a number only as one."""
    counts: dict[object, tuple[Expr, Term | None]] = {}
    for term in terms:
        number, rest = _multiple(term)
        before = counts.get(_without_axes(rest), (sp.Integer(0), rest))
        counts[_without_axes(rest)] = before[0] + number, rest
    found = [scaled(number, [], [], rest) for number, rest in counts.values() if number != 0]
    return found or [Number((), sp.Integer(0))]


def _common_factor(numbers: Sequence[Expr]) -> Expr:
    """The number in front of every term, but for its sign; with a minus that all terms have. 1 where they differ."""
    negative = [bool(number.could_extract_minus_sign()) for number in numbers]
    sizes = {-number if minus else number for number, minus in zip(numbers, negative, strict=True)}
    return (-1 if all(negative) else 1) * (next(iter(sizes)) if len(sizes) == 1 else sp.Integer(1))


def _natural(terms: Sequence[Term]) -> Axes:
    """The axes of all terms together, in the order that needs the fewest transposes."""
    joint = tuple(dict.fromkeys(axis for term in terms for axis in term.axes))
    if len(joint) > 2:
        raise NotImplementedError(NO_FORM)
    if len(joint) < 2:
        return joint
    orders = [next((term.axes for term in terms if len(term.axes) == 2), joint)]
    orders.append(orders[0][::-1])
    return min(orders, key=lambda axes: sum(_turns(repeated(term, axes)) for term in terms if term.axes))


def _turns(x: Term) -> int:
    """How many transposes are written in a term; X⁻ᵀ counts as X⁻¹ does."""
    if isinstance(x, Transposed) and isinstance(x.of, Whole):
        return _turns(x.of)
    inside = [value for name, value in vars(x).items() if name != "axes"]
    parts = [part for value in inside for part in (value if isinstance(value, tuple) else (value,))]
    return isinstance(x, Transposed) + sum(_turns(part) for part in parts if isinstance(part, Term))


def repeated(x: Term, axes: Axes) -> Term:
    """A term along axes that it does not have: u 𝟏ᵀ, 𝟏 uᵀ, c 𝟏."""
    if len(x.axes) == len(axes):
        return oriented(x, axes)
    if isinstance(x, Number) and x.value == 0:
        return x
    if len(axes) == 1:
        return chain_of_number(x, Ones(axes))
    if not x.axes:
        return chain_of_number(x, chain([Ones(axes[:1]), Transposed(axes[1:], Ones(axes[1:]))], axes))
    if x.axes == axes[:1]:
        return chain([x, Transposed(axes[1:], Ones(axes[1:]))], axes)
    return chain([Ones(axes[:1]), transposed(x)], axes)


def chain_of_number(x: Term, body: Term) -> Term:
    """A number times a vector or matrix."""
    if isinstance(x, Scaled):
        return scaled(x.number, x.over, x.under, body)
    return scaled(sp.Integer(1), [x], [], body) if not isinstance(x, Number) else scaled(x.value, [], [], body)


def trace(x: Term, y: Term) -> Term:
    """The sum of all products of the entries of two matrices with the same axes: a trace of their product."""
    turned = oriented(y, x.axes[::-1])
    product = chain([x, turned], ()) if _turns(turned) <= _turns(y) else chain([transposed(x), oriented(y, x.axes)], ())
    if isinstance(product, Scaled):
        assert product.body is not None
        return scaled(product.number, product.over, product.under, Trace((), product.body))
    return Trace((), product)
