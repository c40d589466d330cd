"""A claim with one bracket elsewhere, one factor inside a Σ instead of outside, or another small change at one place.

What nothing in the graph explains may be a slip of the pen: the claim itself is changed, at one place, and compared
again. A change that makes it right at every point is what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import chain, combinations, islice, product
from typing import Any, NamedTuple

from ..reading.sums import Over, renamed
from ..reading.tree import (
    Applied,
    Expression,
    Indexed,
    Name,
    Negative,
    Power,
    Product,
    Quotient,
    Terms,
    Transposed,
)
from .alterations import Surroundings, altered, power_of

MOST = 700  # changes of one claim
MOST_WORK = 60_000  # parts of all the trees that are evaluated for one claim, which takes about a second
_Changes = Iterable[tuple[str, Expression, str]]
_SUMS = ("sum", "mean")


class Rewritten(NamedTuple):
    """A changed tree. how: what was changed; at: the place in the text; took: the name or function that it is about.

    how is "bracket", "inside" or "outside" (of a Σ), "operand", or one of the changes in `alterations`.
    """

    tree: Expression
    how: str
    at: int
    took: str = ""


def rewritten(tree: Expression, around: Surroundings) -> Iterator[Rewritten]:
    """The tree with one change, as often as `most_changes` says; those of the brackets first."""
    brackets = _everywhere(tree, lambda part: ((how, each, "") for how, each in _here(part, around.partners)))
    return islice(chain(brackets, _everywhere(tree, lambda part: altered(part, around))), most_changes(tree))


def most_changes(tree: Expression) -> int:
    """How many changes of a tree are tried: of a long one fewer, since each is as long as the tree."""
    return min(MOST, MOST_WORK // tree.part_count)


def _everywhere(tree: Expression, changes: Callable[[Expression], _Changes]) -> Iterator[Rewritten]:
    for how, changed, took in changes(tree):
        yield Rewritten(changed, how, tree.at, took)
    for field in fields(tree):
        held = getattr(tree, field.name)
        if isinstance(held, Expression):
            for each in _everywhere(held, changes):
                yield each._replace(tree=_with(tree, field.name, each.tree))
        elif isinstance(held, tuple):
            for place, part in enumerate(held):
                if isinstance(part, Expression):
                    for each in _everywhere(part, changes):
                        parts = (*held[:place], each.tree, *held[place + 1 :])
                        yield each._replace(tree=_with(tree, field.name, parts))


def _with(tree: Any, field: str, held: Any) -> Expression:
    """The tree with one field of its top replaced."""
    changed: Expression = replace(tree, **{field: held})
    return changed


def _here(tree: Expression, partners: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Expression]]:
    """The changes at the top of a tree, each with what it is."""
    if isinstance(tree, Name):
        for other in partners.get(tree.name, ()):
            yield "operand", replace(tree, name=other)
        return
    yield from _summed(tree)
    for moves in (_of_terms, _of_products, _of_powers, _of_functions, _of_quotients):
        for part in moves(tree):
            yield "bracket", part


# ── a Σ and a factor ──


def _summed(tree: Expression) -> Iterator[tuple[str, Expression]]:
    """a Σ b as Σ a b, and Σ a b as a Σ b."""
    if isinstance(tree, Product):
        for one, other in ((tree.x, tree.y), (tree.y, tree.x)):
            for whole in _pulled_in(one, other, tree):
                yield "inside", whole
    body = _body(tree)
    if isinstance(body, Product):
        yield "outside", replace(body, y=_with_body(tree, body.y))
        yield "outside", replace(body, x=_with_body(tree, body.x))
    if isinstance(tree, Over) and isinstance(body, Product) and isinstance(body.y, Over) and len(tree.labels) == 1:
        second = renamed(body.y.body, dict.fromkeys(body.y.labels, tree.labels[0]))
        yield "inside", replace(tree, body=replace(body, y=second))
    if isinstance(body, Terms):
        yield "bracket", replace(body, terms=(_with_body(tree, body.terms[0]), *body.terms[1:]))
    if isinstance(tree, Terms) and (inner := _body(tree.terms[0])) is not None and tree.signs[0] > 0:
        yield "bracket", _with_body(tree.terms[0], replace(tree, terms=(inner, *tree.terms[1:])))


def _pulled_in(factor: Expression, total: Expression, tree: Product) -> Iterator[Expression]:
    """A factor in front of a Σ pulled inside: as it stands, or as the entry of the term that the Σ has come to."""
    body = _body(total)
    if body is None:
        return
    added = _body(factor) if isinstance(factor, Over) or getattr(factor, "function", "") == "sum" else None
    inner = added or factor
    if isinstance(total, Over) and len(total.labels) == 1:
        label = total.labels[0]
        letters = {label.partition("#")[0]: label}
        if isinstance(factor, Over):
            letters |= dict.fromkeys(factor.labels, label)
        for part in (renamed(inner, letters), _of_sample(inner, label)):
            for mark in dict.fromkeys((tree.mark, "")):
                yield _with_body(total, Product(tree.at, body, part, mark))
    elif isinstance(total, Applied) and total.function == "sum":
        yield Product(tree.at, body, inner, "@")
        yield Product(tree.at, Transposed(tree.at, inner), body, "@")
        yield _with_body(total, Product(tree.at, inner, body, "⊙"))


def _of_sample(tree: Any, label: str) -> Any:
    """A part with each name in it taken for one sample."""
    if isinstance(tree, tuple):
        return tuple(_of_sample(each, label) for each in tree)
    if isinstance(tree, Name):
        return Indexed(tree.at, tree, (), label)
    if isinstance(tree, Indexed):
        return replace(tree, sample=label) if tree.sample is None else tree
    if not isinstance(tree, Expression):
        return tree
    changed = {field.name: _of_sample(getattr(tree, field.name), label) for field in fields(tree)}
    return replace(tree, **changed)


def _body(tree: Expression) -> Expression | None:
    """What is summed up."""
    if isinstance(tree, Over) and tree.function in _SUMS:
        return tree.body
    return tree.arguments[0] if isinstance(tree, Applied) and tree.function in _SUMS else None


def _with_body(tree: Expression, body: Expression) -> Expression:
    if isinstance(tree, Over):
        return replace(tree, body=body)
    assert isinstance(tree, Applied)
    return replace(tree, arguments=(body,))


# ── brackets ──


def _factors(tree: Expression) -> list[tuple[str, Expression]]:
    """The factors of a product, each with the sign before it."""
    if isinstance(tree, Product):
        first, second = _factors(tree.x), tree.y
        return [*first, (tree.mark, second)]
    return [("", tree)]


def _product(factors: Sequence[tuple[str, Expression]]) -> Expression:
    found = factors[0][1]
    for mark, factor in factors[1:]:
        found = Product(factor.at, found, factor, mark)
    return found


def _of_terms(tree: Expression) -> Iterator[Expression]:
    """a x + y b as a (x + y) b, for every run of terms; a (x + y) + z as a (x + y + z)."""
    if not isinstance(tree, Terms):
        return
    tree = _flat(tree)
    for first, last in combinations(range(len(tree.terms)), 2):
        left, right = _factors(tree.terms[first]), _factors(tree.terms[last])
        between = tree.terms[first + 1 : last]
        signs = (1, *(sign * tree.signs[first] for sign in tree.signs[first + 1 : last + 1]))
        for start, end in product(range(len(left)), range(1, len(right) + 1)):
            if start == 0 and end == len(right):
                continue
            inner = Terms(tree.at, signs, (_product(left[start:]), *between, _product(right[:end])))
            mark = left[start][0] if start else ""
            whole = _product([*left[:start], (mark or _mark(left, right), inner), *right[end:]])
            yield _with_terms(tree, first, last + 1, whole)
    for place, term in enumerate(tree.terms[:-1]):
        factors = _factors(term)
        mark, closed = factors[-1]
        if isinstance(closed, Terms):  # its bracket closes later
            wider = Terms(closed.at, (*closed.signs, tree.signs[place + 1]), (*closed.terms, tree.terms[place + 1]))
            yield _with_terms(tree, place, place + 2, _product([*factors[:-1], (mark, wider)]))


def _flat(tree: Terms) -> Terms:
    """a + b − c as one sum, where Python reads (a + b) − c."""
    signs, terms = tree.signs, tree.terms
    while isinstance(terms[0], Terms) and signs[0] > 0:
        signs, terms = (*terms[0].signs, *signs[1:]), (*terms[0].terms, *terms[1:])
    return replace(tree, signs=signs, terms=terms)


def _mark(left: Sequence[tuple[str, Expression]], right: Sequence[tuple[str, Expression]]) -> str:
    return next((mark for mark, _ in [*left, *right] if mark), "")


def _with_terms(tree: Terms, first: int, end: int, term: Expression) -> Expression:
    """A sum with one term, of the first one's sign, for those from `first` up to `end`."""
    signs = (*tree.signs[: first + 1], *tree.signs[end:])
    terms = (*tree.terms[:first], term, *tree.terms[end:])
    if len(terms) == 1:
        return term if signs[0] > 0 else Negative(tree.at, term)
    return Terms(tree.at, signs, terms)


def _of_products(tree: Expression) -> Iterator[Expression]:
    """a (x + y) b as a x + y b; a (x + y c) b as a (x + y) c b, and the other way round."""
    if not isinstance(tree, Product):
        return
    factors = _factors(tree)
    for place, (mark, inner) in enumerate(factors):
        if not isinstance(inner, Terms):
            continue
        inner = _flat(inner)
        before, behind = factors[:place], factors[place + 1 :]
        first = _product([*before, (mark, inner.terms[0])])
        last = _product([("", inner.terms[-1]), *behind])
        yield Terms(tree.at, inner.signs, (first, *inner.terms[1:-1], last))
        ends = _factors(inner.terms[-1])
        for end in range(1, len(ends)):
            closed = replace(inner, terms=(*inner.terms[:-1], _product(ends[:end])))
            yield _product([*before, (mark, closed), *ends[end:], *behind])
        for end in range(1, len(behind) + 1):
            longer = _product([("", inner.terms[-1]), *behind[:end]])
            yield _product([*before, (mark, replace(inner, terms=(*inner.terms[:-1], longer))), *behind[end:]])
        if len(inner.terms) > 2:  # its bracket closes earlier
            kept = Terms(inner.at, inner.signs[:-1], inner.terms[:-1])
            yield Terms(tree.at, (1, inner.signs[-1]), (_product([*before, (mark, kept), *behind]), inner.terms[-1]))


def _of_powers(tree: Expression) -> Iterator[Expression]:
    """(x + y)² as x + y², (x y)² as x y², and the other way round."""
    base, exponent = power_of(tree)
    if base is not None:
        match base:
            case Terms(terms=terms):
                yield replace(base, terms=(*terms[:-1], _raised(tree, terms[-1], exponent)))
            case Product(y=y):
                yield replace(base, y=_raised(tree, y, exponent))
            case Applied(arguments=(one,)):
                yield replace(base, arguments=(_raised(tree, one, exponent),))
    last = tree.terms[-1] if isinstance(tree, Terms) else tree.y if isinstance(tree, Product) else None
    if last is None:
        return
    under, above = power_of(last)
    if under is not None:
        whole = replace(tree, terms=(*tree.terms[:-1], under)) if isinstance(tree, Terms) else _with(tree, "y", under)
        yield _raised(last, whole, above)


def _raised(like: Expression, base: Expression, exponent: Expression) -> Expression:
    return _with(like, "x", base) if isinstance(like, Power) else _with(like, "arguments", (base, exponent))


def _of_functions(tree: Expression) -> Iterator[Expression]:
    """f(x²) as f(x)², f(x y) as f(x) y, f(x + y) as f(x) + y."""
    if not isinstance(tree, Applied) or len(tree.arguments) != 1 or tree.function in _SUMS:
        return
    inner = tree.arguments[0]
    base, exponent = power_of(inner)
    if base is not None:
        yield _raised(inner, replace(tree, arguments=(base,)), exponent)
    elif isinstance(inner, Product):
        yield replace(inner, x=replace(tree, arguments=(inner.x,)))
    elif isinstance(inner, Terms):
        first = replace(tree, arguments=(inner.terms[0],))
        yield Terms(tree.at, (1, *inner.signs[1:]), (first, *inner.terms[1:]))


def _of_quotients(tree: Expression) -> Iterator[Expression]:
    """x/(a b) as x/a b, (x + y)/a as x + y/a, and the other way round."""
    if isinstance(tree, Quotient):
        if isinstance(tree.y, Product):
            yield replace(tree.y, x=replace(tree, y=tree.y.x))
        if isinstance(tree.x, Terms):
            terms = tree.x.terms
            yield replace(tree.x, terms=(*terms[:-1], replace(tree, x=terms[-1])))
        if isinstance(tree.y, Terms):
            terms = tree.y.terms
            yield replace(tree.y, terms=(replace(tree, y=terms[0]), *terms[1:]))
    elif isinstance(tree, Product) and isinstance(tree.x, Quotient):
        yield replace(tree.x, y=Product(tree.at, tree.x.y, tree.y, tree.mark))
    elif isinstance(tree, Terms) and isinstance(tree.terms[-1], Quotient):
        last = tree.terms[-1]
        yield replace(last, x=replace(tree, terms=(*tree.terms[:-1], last.x)))
    elif isinstance(tree, Terms) and isinstance(tree.terms[0], Quotient) and tree.signs[0] > 0:
        first = tree.terms[0]
        yield replace(first, y=replace(tree, terms=(first.y, *tree.terms[1:])))


__all__ = ["MOST", "MOST_WORK", "Rewritten", "most_changes", "rewritten"]
