"""Small changes of a claim at one place: a sign, a factor, a term, a power, a function, an entry for a whole sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..reading.sums import Over
from ..reading.tree import (
    Applied,
    Expression,
    Indexed,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Terms,
    Transposed,
)

_SIGNED = (1, -1)


@dataclass(frozen=True)
class Surroundings:
    """What the graph has beside a claim, by name. partners: for each name, those that it is multiplied with.

    addends: what is added or subtracted somewhere. functions: the functions of one argument.
    """

    partners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    addends: Sequence[str] = ()
    functions: Sequence[str] = ()


def altered(tree: Expression, around: Surroundings) -> Iterator[tuple[str, Expression, str]]:
    """The changes at the top of a tree: what was changed, the tree, and the name or function that it took."""
    if isinstance(tree, Terms):
        for place in range(len(tree.terms)):
            signs = tuple(-sign if n == place else sign for n, sign in enumerate(tree.signs))
            yield "sign", replace(tree, signs=signs), ""
    yield from _with_term(tree, around)
    yield from _with_power(tree)
    yield from _of_entry(tree)
    if isinstance(tree, (Product, Quotient)):
        yield "factor", tree.x, ""
    if isinstance(tree, Product):
        yield "factor", tree.y, ""
    if isinstance(tree, (Product, Name, Terms)):
        for function in around.functions:
            yield "function", Applied(tree.at, function, (tree,)), function


def _with_term(tree: Expression, around: Surroundings) -> Iterator[tuple[str, Expression, str]]:
    """A sum, or what a function is applied to, with one more term."""
    for name in around.addends:
        for sign in _SIGNED:
            more = Name(tree.at, name)
            if isinstance(tree, Terms):
                yield "term", Terms(tree.at, (*tree.signs, sign), (*tree.terms, more)), name
            elif isinstance(tree, (Product, Name)):
                yield "term", Terms(tree.at, (1, sign), (tree, more)), name


def _with_power(tree: Expression) -> Iterator[tuple[str, Expression, str]]:
    """s for s², and the other way round."""
    if isinstance(tree, Name):
        yield "power", Power(tree.at, tree, Number(tree.at, 2.0)), tree.name
    base, _ = power_of(tree)
    if isinstance(base, Name):
        yield "power", base, base.name


def power_of(tree: Expression) -> tuple[Expression | None, Any]:
    """Base and exponent of a power to a number."""
    if isinstance(tree, Power) and isinstance(tree.y, (Number, Negative)):
        return tree.x, tree.y
    match tree:
        case Applied(function="power", arguments=(base, Number() | Negative() as exponent)):
            return base, exponent
    return None, None


def _of_entry(tree: Expression) -> Iterator[tuple[str, Expression, str]]:
    """w for ‖w‖, for Σⱼ wⱼ, for wᵀx."""
    match tree:
        case Applied(function="norm" | "sum", arguments=(Name() as inner, *_)):
            yield "entry", inner, inner.name
        case Over(function="sum", body=Indexed(part=Name() as inner)):
            yield "entry", inner, inner.name
        case Product(x=Transposed(part=Name() as one), y=Name() as other):
            yield "entry", one, one.name
            yield "entry", other, other.name


__all__ = ["Surroundings", "altered", "power_of"]
