"""The table, continued: linear algebra. Every row takes stacks of matrices in the last two axes.

Derivatives after Giles, "An extended collection of matrix derivative results" (Oxford, 2008); Murray,
"Differentiation of the Cholesky decomposition" (2016); Golub and Pereyra (1973) for the pseudo-inverse.

Where eigenvalues or singular values are equal, their vectors are not functions of the matrix; what would divide by
the distance between such values is left out, so the derivative of the values alone stays right there.
"""

# mypy: disable-error-code="has-type"
# (a derivative may name a row that stands further down)

from __future__ import annotations

from typing import Any

import numpy as np

from . import rules
from .rules import Shape, equal, expand_dims, matmul, own, reduction, restored, row, shape, where

T = rules.matrix_transpose

# fmt: off
norm = row("norm",
    lambda g, out, x, axis, keepdims: restored(g, axis, keepdims) * _direction(x, restored(out, axis, keepdims)),
    kind=reduction, text="‖<x>‖", latex=r"\left\|<x>\right\|", precedence=9,
    doc="the root of the sum of squares along axes, with slope 0 at 0")
det = row("det", lambda g, out, x: _wide(g) * cofactor(x),
    kind=own, signature="nn->", latex=r"\det <x:f>", example=([(2, 3, 3)], lambda x: det(x)), doc="the determinant")
cofactor = row("cofactor", lambda g, out, x: matmul(_on_diagonal(_sum(g * out), x) - matmul(out, T(g)), T(inv(x))),
    kind=own, signature="nn->nn", example=([(2, 3, 3)], lambda x: cofactor(x)),
    doc="the derivative of the determinant: det(x)·x⁻ᵀ, also where x has no inverse")
slogdet = row("slogdet", lambda g, out, x: _wide(g[..., 1]) * T(inv(x)),
    kind=own, example=([(2, 3, 3)], lambda x: slogdet(x)),
    doc="the determinant's sign, and the logarithm of its absolute value, along a last axis")
inv = row("inv", lambda g, out, x: -matmul(T(out), matmul(g, T(out))),
    kind=own, signature="nn->nn", text="<x:5>⁻¹", latex="<x:5>^{-1}",
    example=([(2, 3, 3)], lambda x: inv(x)), doc="the inverse")
pinv = row("pinv", lambda g, out, x, rcond: _pinv_slope(g, out, x),
    kind=own, signature="mn->nm", text="<x:5>⁺", latex="<x:5>^{+}",
    example=([(2, 4, 3)], lambda x: pinv(x, rcond=None)),
    doc="the pseudo-inverse; the derivative holds while the rank stays")
solve = row("solve", lambda g, out, x, y: -matmul(solve(T(x), g), T(out)), lambda g, out, x, y: solve(T(x), g),
    kind=own, signature="nn,nm->nm", text="<x:5>⁻¹ <y:2>", latex="<x:5>^{-1} <y:2>", precedence=2,
    misfit=lambda x, y: _not_a_system(x, y),
    example=([(2, 3, 3), (3, 2)], lambda x, y: solve(x, y)), doc="the solution z of x z = y, y a matrix")
cholesky = row("cholesky", lambda g, out, x: _cholesky_slope(g, out),
    kind=own, signature="nn->nn",
    example=([(2, 3, 3)], lambda x: cholesky(where(_unit(x), matmul(x, T(x)) + 1.0, matmul(x, T(x))))),
    doc="the lower triangle L of x = L Lᵀ; the derivative is symmetric, as x is")
eigh = row("eigh", lambda g, out, x, uplo: _eigh_slope(g, out),
    kind=own, example=([(2, 3, 3)], lambda x: eigh(x + T(x), uplo="L")),
    doc="eigenvalues as a row on top of eigenvectors as columns, of a symmetric matrix; so is the derivative")
svd = row("svd", lambda g, out, x: _svd_slope(g, out, shape(x)[-2]),
    kind=own, example=([(2, 4, 3)], lambda x: svd(x)), doc="U, the singular values as a row, and V below each other")
# fmt: on


def _direction(x: Any, length: Any) -> Any:
    """x/length, and 0 where the length is 0."""
    return x / where(equal(length, 0.0), 1.0, length)


def _wide(g: Any) -> Any:
    """A number for each matrix, with two axes to broadcast along."""
    dims = len(shape(g))
    return expand_dims(g, axis=(dims, dims + 1))


def _sum(x: Any) -> Any:
    """The sum over each matrix."""
    dims = len(shape(x))
    return rules.sum(x, axis=(dims - 2, dims - 1), keepdims=False)


def _on_diagonal(number: Any, like: Any) -> Any:
    """A number times the unit matrix, for each matrix."""
    return where(_unit(like), _wide(number), 0.0)


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
    turning = matmul(T(vectors), g_vectors) * _one_over_distances(values)
    inner = where(_unit(vectors), expand_dims(g_values, axis=(len(shape(g_values)) - 1,)), turning)
    slope = matmul(vectors, matmul(inner, T(vectors)))
    return 0.5 * (slope + T(slope))


def _svd_slope(g: Any, out: Any, m: int) -> Any:
    """Giles's and Townsend's: the values' share, the turning inside the two ranges, and the tilting out of them."""
    u, s, v = out[..., :m, :], out[..., m, :], out[..., m + 1 :, :]
    gu, gs, gv = g[..., :m, :], g[..., m, :], g[..., m + 1 :, :]
    row_of = (len(shape(s)) - 1,)
    s_row, gs_row = expand_dims(s, axis=row_of), expand_dims(gs, axis=row_of)
    apart = _one_over_distances(s * s)
    turn_u, turn_v = matmul(T(u), gu), matmul(T(v), gv)
    inside = apart * (turn_u - T(turn_u)) * s_row + T(T(apart * (turn_v - T(turn_v))) * s_row)
    inside = where(_unit(apart), gs_row, inside)
    inverse_s = where(equal(s_row, 0.0), 0.0, 1.0 / where(equal(s_row, 0.0), 1.0, s_row))
    out_of_u, out_of_v = (gu - matmul(u, turn_u)) * inverse_s, (gv - matmul(v, turn_v)) * inverse_s
    return matmul(matmul(u, inside) + out_of_u, T(v)) + matmul(u, T(out_of_v))


def _one_over_distances(values: Any) -> Any:
    """1/(λⱼ − λᵢ) at i, j, and 0 where they are equal."""
    dims = len(shape(values))
    distances = expand_dims(values, axis=(dims - 1,)) - expand_dims(values, axis=(dims,))
    same = equal(distances, 0.0)
    return where(same, 0.0, 1.0 / where(same, 1.0, distances))
