"""A claim with one factor of a matrix product transposed or on the other side: does that make it right?

A factor on the wrong side mostly makes a product whose shapes do not fit, so that the claim has no value which a broken
backward pass could explain. Then the claim itself is changed, at one place: in a text, one name is transposed or one
product turned around (`variants`); in a function, the arrays it is given multiply in whichever order fits
(`transposing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import islice
from typing import Any

import numpy as np

from ..reading.claim import Claim
from ..reading.tree import Applied, Expression, Name, Negative, Product, Quotient, Transposed, walk

_MOST = 60  # variants of one claim
_PRODUCTS = ("dot", "matmul", "outer", "einsum", "linalg.solve")  # functions that multiply matrices


def variants(claim: Claim) -> Iterator[tuple[Claim, set[str]]]:
    """The claim read from a text, with one factor transposed or one product turned around; and the names in it."""
    for tree, names in islice(_changed(claim.tree, is_factor=True), _MOST):
        yield replace(claim, tree=tree, _readings={}), names


def _changed(tree: Any, is_factor: bool) -> Iterator[tuple[Expression, set[str]]]:
    """A tree changed at one place; and the names at that place. is_factor: whether it stands in a matrix product."""
    yield from _changed_here(tree, is_factor)
    inside = _multiplies(tree, is_factor)
    for field in fields(tree):
        held = getattr(tree, field.name)
        if isinstance(held, Expression):
            for part, names in _changed(held, inside):
                yield replace(tree, **{field.name: part}), names
        elif isinstance(held, tuple):
            for parts, names in _one_changed(held, inside):
                yield replace(tree, **{field.name: parts}), names


def _one_changed(held: tuple[Any, ...], is_factor: bool) -> Iterator[tuple[tuple[Any, ...], set[str]]]:
    """Several parts of a tree, one of them changed."""
    for place, part in enumerate(held):
        if isinstance(part, Expression):
            for changed, names in _changed(part, is_factor):
                yield (*held[:place], changed, *held[place + 1 :]), names


def _changed_here(tree: Expression, is_factor: bool) -> Iterator[tuple[Expression, set[str]]]:
    """A tree changed at its top."""
    names = {part.name for part in walk(tree) if isinstance(part, Name)}
    if isinstance(tree, Transposed):
        yield tree.part, names
    elif isinstance(tree, Name) and is_factor:
        yield Transposed(tree.at, tree), names
    elif isinstance(tree, Product) and tree.mark != "⊙":
        yield replace(tree, x=tree.y, y=tree.x), names
        yield Transposed(tree.at, tree), names
        for x, y in _other_orders(tree.x, tree.y):
            yield replace(tree, x=x, y=y), names
    elif isinstance(tree, Applied) and tree.function in ("dot", "matmul") and len(tree.arguments) == 2:
        x, y = tree.arguments
        for arguments in ((y, x), *_other_orders(x, y)):
            yield replace(tree, arguments=arguments), names


def _other_orders(x: Expression, y: Expression) -> tuple[tuple[Expression, Expression], ...]:
    """The factors of a product exchanged, one of them transposed."""
    return (Transposed(y.at, y), x), (y, Transposed(x.at, x))


def _multiplies(tree: Expression, is_factor: bool) -> bool:
    """Whether the parts of a tree are factors of a matrix product; a transpose elsewhere is another mistake."""
    if isinstance(tree, (Negative, Quotient, Transposed)):
        return is_factor
    if isinstance(tree, Product):
        return tree.mark != "⊙"
    return isinstance(tree, Applied) and tree.function in _PRODUCTS


class Transposing(np.ndarray):
    """An array that multiplies with whatever fits once a factor is transposed or the factors change sides."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(not isinstance(x, (np.ndarray, np.generic, int, float)) for x in inputs):
            return NotImplemented  # a node's own operators take over
        plain = [_plain(x) for x in inputs]
        if ufunc is np.matmul and method == "__call__" and not kwargs:
            return transposing(_product(*plain))
        return transposing(getattr(ufunc, method)(*plain, **kwargs))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        args = tuple(_plain(a) for a in args)
        if func in (np.dot, np.matmul) and len(args) == 2 and not kwargs:
            return transposing(_product(*args))
        return transposing(func(*args, **kwargs))

    def dot(self, other: Any) -> Any:  # type: ignore[override]
        """The method, like the function."""
        return transposing(_product(_plain(self), _plain(other)))


def transposing(x: Any) -> Any:
    """An array as a `Transposing` one; anything else as it is."""
    return x.view(Transposing) if isinstance(x, np.ndarray) and x.ndim else x


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Transposing) else x


def _product(x: Any, y: Any) -> Any:
    """x @ y; where that does not fit, the product with one factor transposed, or with the factors exchanged."""
    x, y = np.asarray(x), np.asarray(y)
    if not (x.ndim and y.ndim):
        return x * y
    for a, b in ((x, y), (x.T, y), (x, y.T), (y, x), (y.T, x), (y, x.T)):
        try:
            return a @ b
        except ValueError:
            continue
    return x @ y
