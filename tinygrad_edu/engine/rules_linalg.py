"""The table, continued: linear algebra. Every row takes stacks of matrices in the last two axes.

Derivatives after Giles, "An extended collection of matrix derivative results" (Oxford, 2008); Murray,
"Differentiation of the Cholesky decomposition" (2016); Golub and Pereyra (1973) for the pseudo-inverse.

Where eigenvalues or singular values are equal, their vectors are not functions of the matrix, and what is smooth in
them together (V √λ Vᵀ) cannot be told from what is not: the derivative is nan there as soon as vectors take part, and
right for the values alone. Their second derivatives are nan there as well, because the first is made of vectors.
"""

# mypy: disable-error-code="has-type"
# (a derivative may name a row that stands further down)

from __future__ import annotations

from typing import Any

import numpy as np

from . import rules
from .graph import plain
from .rules import (
    Shape,
    absolute,
    equal,
    expand_dims,
    greater,
    less,
    logical_and,
    logical_not,
    logical_or,
    matmul,
    not_equal,
    off_zero,
    own,
    pinned,
    reduction,
    restored,
    row,
    shape,
    sign,
    where,
)

T = rules.matrix_transpose

# fmt: off
norm = row("norm",
    lambda g, out, x, axis, keepdims: restored(g, axis, keepdims) * (x / off_zero(restored(out, axis, keepdims))),
    kind=reduction, text="‖<x>‖", latex=r"\left\|<x>\right\|", precedence=9,
    doc="the root of the sum of squares along axes, with slope 0 at 0")
root = row("root", lambda g, out, x, order: g * (out / (order * off_zero(x))),
    composed=lambda x, order: rules.power(x, 1.0 / order), code="{x} ** (1 / {y})", arity=0,
    text="<x:6>^(1/<y:4>)", latex="<x:6>^{1/<y:4>}", precedence=4,
    example=([(2, 3)], lambda x: root(absolute(x), 3)),
    doc="x^(1/order) of a sum of powers, with slope 0 at 0, where that of a norm is agreed to be 0")
absolute_power = row("absolute_power",
    lambda g, out, x, order: g * (order * sign(x)) * rules.power(off_zero(absolute(x)), order - 1.0),
    composed=lambda x, order: rules.power(absolute(x), order), code="np.absolute({x}) ** {y}", arity=0,
    text="|<x>|^<y:6>", latex=r"\left|<x>\right|^{<y>}", precedence=4, kinks=(0,),
    example=([(2, 3)], lambda x: absolute_power(x, 0.5)),
    doc="|x|^order of an order below 1, with slope 0 at 0 as |x| has: on either side of it the slope is infinite")
det = row("det", lambda g, out, x: _wide(g) * cofactor(x),
    kind=own, signature="nn->", inverts=True, latex=r"\det <x:f>",
    example=([(2, 3, 3)], lambda x: det(x)), doc="the determinant")
cofactor = row("cofactor", lambda g, out, x: cofactor_along(x, g),
    kind=own, signature="nn->nn", example=([(2, 3, 3)], lambda x: cofactor(x)),
    regular=lambda x: _wide(det(x)) * T(inv(x)),
    doc="the derivative of the determinant: det(x)·x⁻ᵀ, also where x has no inverse")
cofactor_along = row("cofactor_along",
    towards=lambda position: lambda g, out, x, *ways: cofactor_along(x, *_instead(ways, position, g)),
    kind=own, example=([(2, 3, 3), (2, 3, 3)], lambda x, y: cofactor_along(x, y)),
    doc="the derivative of the cofactors of x along one way after the other, whose order makes no difference")
slogdet = row("slogdet", lambda g, out, x: _wide(g[..., 1]) * T(inv(x)),
    kind=own, inverts=True, example=([(2, 3, 3)], lambda x: slogdet(x)),
    doc="the determinant's sign, and the logarithm of its absolute value, along a last axis")
inv = row("inv", lambda g, out, x: -matmul(T(out), matmul(g, T(out))),
    kind=own, signature="nn->nn", inverts=True, text="<x:5>⁻¹", latex="<x:5>^{-1}",
    example=([(2, 3, 3)], lambda x: inv(x)), doc="the inverse")
pinv = row("pinv", lambda g, out, x, rcond: _pinv_slope(g, out, x),
    kind=own, signature="mn->nm", text="<x:5>⁺", latex="<x:5>^{+}",
    example=([(2, 4, 3)], lambda x: pinv(x, rcond=None)),
    doc="the pseudo-inverse; the derivative holds while the rank stays")
solve = row("solve", lambda g, out, x, y: -matmul(solve(T(x), g), T(out)), lambda g, out, x, y: solve(T(x), g),
    kind=own, signature="nn,nm->nm", inverts=True, text="<x:5>⁻¹ <y:m>", latex="<x:5>^{-1} <y:m>", precedence=2.5,
    misfit=lambda x, y: _not_a_system(x, y), regular=lambda x, y: matmul(inv(x), y),
    example=([(2, 3, 3), (3, 2)], lambda x, y: solve(x, y)), doc="the solution z of x z = y, y a matrix")
cholesky = row("cholesky", lambda g, out, x: _cholesky_slope(g, out),
    kind=own, signature="nn->nn",
    example=([(2, 3, 3)], lambda x: cholesky(where(_unit(x), matmul(x, T(x)) + 1.0, matmul(x, T(x))))),
    doc="the lower triangle L of x = L Lᵀ; the derivative is symmetric, as x is")
eigh = row("eigh", lambda g, out, x, uplo: _eigh_slope(g, out),
    kind=own, example=([(2, 3, 3)], lambda x: eigh(x + T(x), uplo="L")),
    doc="eigenvalues as a row on top of eigenvectors as columns, of a symmetric matrix; so is the derivative")
eig = row("eig", lambda g, out, x: _eig_slope(g, out),
    kind=own, example=([(2, 3, 3)], lambda x: eig(where(np.tri(3, dtype=bool), x, 0.0))),
    doc="eigenvalues as a row on top of eigenvectors as columns of length 1, of a matrix that has real ones")
svd = row("svd", lambda g, out, x: _svd_slope(g, out, shape(x)[-2]),
    kind=own, example=([(2, 4, 3)], lambda x: svd(x)), doc="U, the singular values as a row, and V below each other")
# fmt: on


def _instead(ways: tuple[Any, ...], position: int, g: Any) -> tuple[Any, ...]:
    """`ways` with `g` in the place of the argument at `position`, and with `g` as one more for x itself."""
    return (*ways[: position - 1], g, *ways[position:]) if position else (*ways, g)


def _wide(g: Any) -> Any:
    """A number for each matrix, with two axes to broadcast along."""
    dims = len(shape(g))
    return expand_dims(g, axis=(dims, dims + 1))


def _unit(x: Any) -> Any:
    """The mask of the diagonal of matrices as large as x."""
    return np.eye(shape(x)[-1], dtype=bool)


def _not_a_system(x: Shape, y: Shape) -> str:
    if len(x) < 2 or x[-1] != x[-2]:
        return f"a square matrix is needed, not {x}"
    return f"{x[-1]} unknowns, but {y[-2]} right-hand sides" if y[-2] != x[-1] else ""


def _pinv_slope(g: Any, p: Any, x: Any) -> Any:
    """⟨g, dP⟩ for dP = −P dX P + P Pᵀ dXᵀ (1 − X P) + (1 − P X) dXᵀ Pᵀ P."""
    left, right = matmul(T(g), matmul(p, T(p))), matmul(matmul(T(p), p), T(g))
    outside_range = left - matmul(x, matmul(p, left))
    outside_rows = right - matmul(matmul(right, p), x)
    return outside_range + outside_rows - matmul(T(p), matmul(g, T(p)))


def _cholesky_slope(g: Any, lower: Any) -> Any:
    """L⁻ᵀ Φ(Lᵀ g) L⁻¹ made symmetric; Φ takes the lower triangle and half of the diagonal."""
    inner = matmul(T(lower), g)
    n = shape(lower)[-1]
    phi = where(np.tri(n, dtype=bool), inner, 0.0) - where(_unit(lower), 0.5 * inner, 0.0)
    slope = T(solve(T(lower), T(solve(T(lower), phi))))
    return 0.5 * (slope + T(slope))


def _eigh_slope(g: Any, out: Any) -> Any:
    """V (diag(gλ) + Vᵀ gV / (λⱼ − λᵢ)) Vᵀ made symmetric."""
    values, vectors = out[..., 0, :], out[..., 1:, :]
    g_values, g_vectors = g[..., 0, :], g[..., 1:, :]
    turning = _over(matmul(T(vectors), g_vectors), *_distances(values))
    inner = where(_unit(vectors), _as_row(g_values), turning)
    slope = matmul(vectors, matmul(inner, T(vectors)))
    return 0.5 * (slope + T(slope))


def _eig_slope(g: Any, out: Any) -> Any:
    """V⁻ᵀ (diag(gλ) + (Vᵀ gV − VᵀV diag(Vᵀ gV)) / (λⱼ − λᵢ)) Vᵀ: a column keeps its length."""
    values, vectors = out[..., 0, :], out[..., 1:, :]
    g_values, g_vectors = g[..., 0, :], g[..., 1:, :]
    dims = len(shape(values))
    lengthening = rules.sum(vectors * g_vectors, axis=(dims - 1,), keepdims=True)
    turning = matmul(T(vectors), g_vectors - vectors * lengthening)
    inner = where(_unit(vectors), _as_row(g_values), _over(turning, *_distances(values)))
    return solve(T(vectors), matmul(inner, T(vectors)))


def _svd_slope(g: Any, out: Any, m: int) -> Any:
    """Giles's and Townsend's: the values' share, the turning inside the two ranges, and the tilting out of them.

    Inside the ranges U and V turn together, over sⱼ − sᵢ, and against each other, over sⱼ + sᵢ.
    """
    u, s, v = out[..., :m, :], out[..., m, :], out[..., m + 1 :, :]
    gu, gs, gv = g[..., :m, :], g[..., m, :], g[..., m + 1 :, :]
    turn_u, turn_v = matmul(T(u), gu), matmul(T(v), gv)
    near, distances = _distances(s)
    used = _used_at_zero(gu, gs, gv, s)
    lost = logical_or(used, T(used))
    together = _over(0.5 * (turn_u + turn_v), near, distances, lost)
    apart = 0.5 * (turn_u - turn_v)
    sums = where(_unit(distances), 1.0, _as_row(s) + T(_as_row(s)))
    apart = _over(apart - T(apart), equal(sums, 0.0), sums, lost)
    inside = where(_unit(distances), _as_row(gs), together + T(together) + apart)
    slope = matmul(matmul(u, inside), T(v))
    none = equal(_as_row(s), 0.0)
    if m > shape(s)[-1]:
        slope = slope + matmul(_over(gu - matmul(u, turn_u), none, _as_row(s), used), T(v))
    if shape(v)[-2] > shape(s)[-1]:
        slope = slope + matmul(u, T(_over(gv - matmul(v, turn_v), none, _as_row(s), used)))
    return slope


def _used_at_zero(gu: Any, gs: Any, gv: Any, s: Any) -> Any:
    """Where a singular value is 0 and takes part together with vectors: U diag(s) Vᵀ has lost its slope there."""
    dims = len(shape(s))
    vectors = [rules.sum(absolute(a), axis=(dims - 1, dims), keepdims=True) for a in (gu, gv)]
    taking_part = logical_and(equal(_as_row(s), 0.0), not_equal(_as_row(gs), 0.0))
    return logical_and(taking_part, greater(vectors[0] + vectors[1], 0.0))


def _as_row(values: Any) -> Any:
    """Values of each matrix as a row, to broadcast along the matrix's rows."""
    return expand_dims(values, axis=(len(shape(values)) - 1,))


def _distances(values: Any) -> tuple[Any, Any]:
    """Where, off the diagonal, two values are equal but for rounding; and λⱼ − λᵢ at i, j, with 1 on the diagonal."""
    limits = np.finfo(getattr(plain(values), "dtype", float))
    size = rules.sum(absolute(_as_row(values)), axis=(len(shape(values)),), keepdims=True)
    distances = _as_row(values) - T(_as_row(values))
    distances = where(_unit(distances), 1.0, distances)
    near = less(absolute(distances) - float(4 * limits.eps) * size, float(limits.tiny))
    return logical_and(near, ~_unit(distances)), distances


def _over(x: Any, special: Any, distance: Any, lost: Any = False) -> Any:
    """x/distance. Where `special`, vectors are not functions of the matrix: 0 if they take no part, else nan."""
    unused = logical_and(equal(x, 0.0), logical_not(lost))
    return pinned(special, where(unused, 0.0, np.nan), x / where(special, 1.0, distance))
