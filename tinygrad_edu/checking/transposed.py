"""A claim with one factor turned: does it become right if a single transpose, or the order of one product, changes?

A factor on the wrong side mostly makes a product whose shapes do not fit, so there is nothing to compare with a broken
backward pass. Then the claim itself is changed at one place instead: in a text, one name is transposed (or not), one
product written the other way round; in a function, the arrays it is given multiply in whichever order fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import islice
from typing import Any

import numpy as np

MOST = 60


def variants(claim: Any) -> Iterator[tuple[Any, set[str]]]:
    """The claim read from a text, with one factor transposed or one product turned around; and the names concerned."""
    from ..reading.tree import Applied, Name, Negative, Product, Quotient, Transposed, walk

    def multiplies(tree: Any, is_factor: bool) -> bool:
        """Whether the parts of a tree are factors of a product of matrices: a transpose elsewhere is no such slip."""
        if isinstance(tree, (Negative, Quotient, Transposed)):
            return is_factor
        return (isinstance(tree, Product) and tree.mark != "⊙") or (
            isinstance(tree, Applied) and tree.function in ("dot", "matmul", "outer", "einsum", "linalg.solve")
        )

    def here(tree: Any, is_factor: bool) -> Iterator[tuple[Any, set[str]]]:
        names = {part.name for part in walk(tree) if isinstance(part, Name)}
        if isinstance(tree, Transposed):
            yield tree.part, names
        elif isinstance(tree, Name) and is_factor:
            yield Transposed(tree.at, tree), names
        elif isinstance(tree, Product) and tree.mark != "⊙":
            yield replace(tree, x=tree.y, y=tree.x), names
            yield Transposed(tree.at, tree), names

    def everywhere(tree: Any, is_factor: bool = True) -> Iterator[tuple[Any, set[str]]]:
        yield from here(tree, is_factor)
        inside = multiplies(tree, is_factor)
        for field in fields(tree):
            held = getattr(tree, field.name)
            if _is_part(held):
                for turned, names in everywhere(held, inside):
                    yield replace(tree, **{field.name: turned}), names
            elif isinstance(held, tuple) and any(map(_is_part, held)):
                for place, part in enumerate(held):
                    for turned, names in everywhere(part, inside) if _is_part(part) else ():
                        yield replace(tree, **{field.name: (*held[:place], turned, *held[place + 1 :])}), names

    for tree, names in islice(everywhere(claim.tree), MOST):
        yield replace(claim, tree=tree, _readings={}), names


def _is_part(held: Any) -> bool:
    from ..reading.tree import Expression

    return isinstance(held, Expression)


class Turning(np.ndarray):
    """An array that multiplies with whatever fits when its factors come transposed or on the wrong side."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(not isinstance(x, (np.ndarray, np.generic, int, float)) for x in inputs):
            return NotImplemented  # a node, say, knows better
        plain = [_plain(x) for x in inputs]
        if ufunc is np.matmul and method == "__call__" and not kwargs:
            return turning(_product(*plain))
        return turning(getattr(ufunc, method)(*plain, **kwargs))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        args = tuple(_plain(a) for a in args)
        if func in (np.dot, np.matmul) and len(args) == 2 and not kwargs:
            return turning(_product(*args))
        return turning(func(*args, **kwargs))

    def dot(self, other: Any) -> Any:  # type: ignore[override]
        """The method, like the function."""
        return turning(_product(_plain(self), _plain(other)))


def turning(x: Any) -> Any:
    """An array as one that turns; anything else as it is."""
    return x.view(Turning) if isinstance(x, np.ndarray) and x.ndim else x


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Turning) else x


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
