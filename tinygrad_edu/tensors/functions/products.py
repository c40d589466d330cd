"""Products of arrays, in NumPy's many names for a sum over a pair of axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine import rules
from ...engine.constants import unmasked
from ...engine.graph import describe
from ...engine.rules import matmul, multiply, shape, subtract
from ..hints import taught
from .arguments import array, axes_of, ndim, size
from .shapes import expand_dims, moveaxis, ravel, reshape, transpose

__all__ = [
    "cross",
    "dot",
    "einsum",
    "inner",
    "kron",
    "matmul",
    "outer",
    "tensordot",
    "vdot",
    "vecdot",
]


def dot(x: Any, y: Any) -> Any:
    """NumPy's dot: a product with a single number, else a sum over the last axis of x and the second last of y."""
    x, y = array(x), array(y)
    if ndim(x) == 0 or ndim(y) == 0:
        return multiply(x, y)
    if ndim(x) <= 2 and ndim(y) <= 2:
        return matmul(x, y)
    return tensordot(x, y, ([ndim(x) - 1], [max(ndim(y) - 2, 0)]))


def vdot(x: Any, y: Any) -> Any:
    """The sum of the products of all entries in order."""
    return matmul(ravel(x), ravel(y))


def inner(x: Any, y: Any) -> Any:
    """A sum over the last axes of both; a product with a single number."""
    x, y = array(x), array(y)
    if ndim(x) == 0 or ndim(y) == 0:
        return multiply(x, y)
    return tensordot(x, y, ([ndim(x) - 1], [ndim(y) - 1]))


def outer(x: Any, y: Any) -> Any:
    """Each entry of x times each of y, both flattened: a matrix."""
    x, y = (unmasked(array(a), "outer") for a in (x, y))
    return multiply(reshape(x, (size(x), 1)), reshape(y, (1, size(y))))


@taught
def vecdot(x: Any, y: Any, axis: int = -1) -> Any:
    """The sum of products along one axis, the others broadcast."""
    products = multiply(x, y)
    return rules.sum(products, axis=axes_of(products, axis, "vecdot"), keepdims=False)


def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """A sum over pairs of axes: the last of x with the first of y, or as two lists."""
    x, y = array(x), array(y)
    if isinstance(axes, (int, np.integer)):
        mine, theirs = list(range(ndim(x) - int(axes), ndim(x))), list(range(int(axes)))
    else:
        mine, theirs = ([int(a)] if isinstance(a, (int, np.integer)) else list(a) for a in axes)
    mine, theirs = list(axes_of(x, mine, "tensordot") or ()), list(axes_of(y, theirs, "tensordot") or ())
    if len(mine) != len(theirs):
        raise ValueError(f"tensordot: {len(mine)} axes of {describe(x)} for {len(theirs)} of {describe(y)}")
    pairs = [(shape(x)[a], shape(y)[b]) for a, b in zip(mine, theirs, strict=True)]
    if any(m != n for m, n in pairs):
        raise ValueError(f"tensordot: {shape(x)} with {shape(y)}: the axes summed over differ, {pairs}")
    rest_x = [a for a in range(ndim(x)) if a not in mine]
    rest_y = [a for a in range(ndim(y)) if a not in theirs]
    inner = math.prod(m for m, _ in pairs)
    left = reshape(transpose(x, rest_x + mine), (math.prod(shape(x)[a] for a in rest_x), inner))
    right = reshape(transpose(y, theirs + rest_y), (inner, math.prod(shape(y)[a] for a in rest_y)))
    return reshape(matmul(left, right), tuple(shape(x)[a] for a in rest_x) + tuple(shape(y)[a] for a in rest_y))


def kron(x: Any, y: Any) -> Any:
    """Kronecker's product: each entry of x times the whole of y, laid out in x's order."""
    x, y = array(x), array(y)
    dims = max(ndim(x), ndim(y))
    x, y = (reshape(a, (1,) * (dims - ndim(a)) + shape(a)) for a in (x, y))
    apart = multiply(expand_dims(x, tuple(range(1, 2 * dims, 2))), expand_dims(y, tuple(range(0, 2 * dims, 2))))
    return reshape(apart, tuple(m * n for m, n in zip(shape(x), shape(y), strict=True)))


@taught
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vector product in three dimensions, along an axis of each; `axis` stands for all three."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(array(a), axisa, -1), moveaxis(array(b), axisb, -1)
    if shape(a)[-1] != 3 or shape(b)[-1] != 3:
        raise ValueError(f"cross: vectors of 3 numbers are needed along the axes, not {shape(a)} with {shape(b)}")
    after, behind = np.array([1, 2, 0]), np.array([2, 0, 1])
    key = (Ellipsis, rules.HOLE)
    a1, a2, b1, b2 = (rules.getitem(v, i, key=key) for v in (a, b) for i in (after, behind))
    return moveaxis(subtract(multiply(a1, b2), multiply(a2, b1)), -1, axisc)


# ── einsum ────────────────────────────────────────────────────────────────────────────────────────────────────────────


_LETTERS = "".join(map(chr, [*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)]))


def einsum(*operands: Any, optimize: Any = None) -> Any:
    """Einstein's sum.

    einsum("ij,jk->ik", x, y), or with the axes as lists: einsum(x, [0, 1], y, [1, 2], [0, 2]). Without "->" the letters
    that stand once remain, in the order of the alphabet; "..." stands for any axes, broadcast. The order of the
    products is always chosen well, whatever `optimize` says.
    """
    subscripts, arrays = _written_out(operands)
    terms, arrays, result = _letters_only(subscripts, [array(a) for a in arrays])
    return rules.einsum(*arrays, subscripts=",".join(terms) + "->" + result)


def _written_out(operands: Sequence[Any]) -> tuple[str, list[Any]]:
    """Subscripts as a string, from either of the two ways to give them."""
    if not operands:
        raise ValueError("einsum: subscripts and arrays are needed")
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), list(operands[1:])
    arrays, lists = list(operands[: len(operands) // 2 * 2 : 2]), list(operands[1::2])
    terms = ",".join(map(_spelled, lists))
    return (f"{terms}->{_spelled(operands[-1])}" if len(operands) % 2 else terms), arrays


def _spelled(axes: Sequence[Any]) -> str:
    """A list of axis numbers as letters."""
    return "".join("..." if a is Ellipsis else _LETTERS[a] for a in axes)


def _letters_only(subscripts: str, arrays: list[Any]) -> tuple[list[str], list[Any], str]:
    """The terms, arrays and result of an einsum without "...", with its result given, and without broadcasting."""
    ins, arrow, result = subscripts.partition("->")
    terms = ins.split(",")
    if len(terms) != len(arrays):
        raise ValueError(f"einsum: {subscripts!r} speaks of {len(terms)} arrays, there are {len(arrays)}")
    hidden = [
        ndim(x) - len(term.replace("...", "")) if "..." in term else 0 for term, x in zip(terms, arrays, strict=True)
    ]
    letters = "".join([c for c in _LETTERS[::-1] if c not in subscripts][: max(hidden)][::-1])
    terms = [term.replace("...", letters[len(letters) - n :]) for term, n in zip(terms, hidden, strict=True)]
    if not arrow:
        once = sorted(c for c in set("".join(terms)) - set(letters) if "".join(terms).count(c) == 1)
        result = letters + "".join(once)
    result = result.replace("...", letters)
    for term, x in zip(terms, arrays, strict=True):
        if len(term) != ndim(x):
            raise ValueError(f"einsum: {term!r} has {len(term)} letters for an array of shape {shape(x)}")
    sizes: dict[str, int] = {}
    for term, x in zip(terms, arrays, strict=True):
        for letter, n in zip(term, shape(x), strict=True):
            if n != sizes.setdefault(letter, n) and 1 not in (n, sizes[letter]):
                raise ValueError(f"einsum: {subscripts!r}: {letter} is {sizes[letter]} in one array and {n} in another")
            sizes[letter] = n if sizes[letter] == 1 else sizes[letter]
    for place, (term, x) in enumerate(zip(terms, arrays, strict=True)):
        single = [a for a, (letter, n) in enumerate(zip(term, shape(x), strict=True)) if n == 1 < sizes[letter]]
        if single:  # an axis of length 1 that meets a longer one is broadcast: it needs no letter
            arrays[place] = rules.squeeze(x, axis=tuple(single))
            terms[place] = "".join(letter for a, letter in enumerate(term) if a not in single)
    return terms, arrays, result
