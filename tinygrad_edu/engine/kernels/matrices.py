"""The kernels of linear algebra. One that has several results packs them into one array, because a node holds one."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import Array, Axis, exclusive_prod


def norm(x: Array, *, axis: Axis, keepdims: bool) -> Array:
    """The root of the sum of squares along `axis`."""
    return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))


def cofactor(x: Array) -> Array:
    """det(x) times the transposed inverse, by singular values: right also where x has no inverse."""
    u, s, vh = np.linalg.svd(x)
    others = exclusive_prod(s, axis=(s.ndim - 1,))
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return sign[..., None, None] * np.matmul(u * others[..., None, :], vh)


def cofactor_along(x: Array, *ways: Array) -> Array:
    """The derivative of the cofactors along one way after the other; nothing is divided by, so x may be singular."""
    return _along_one(x, *ways) if len(ways) == 1 else _along_many(x, ways)


def _along_one(x: Array, way: Array) -> Array:
    """U M Vᵀ for x = U S Vᵀ and K = Uᵀ way V: Mᵢᵢ = Σₗ Kₗₗ eᵢₗ, Mᵢⱼ = −Kⱼᵢ eᵢⱼ, eᵢⱼ the product of all s but two."""
    u, s, vh = np.linalg.svd(x)
    u, vh = np.conj(u), np.conj(vh)
    turned = np.matmul(np.swapaxes(u, -1, -2), np.matmul(way, np.swapaxes(vh, -1, -2)))
    unit = np.eye(s.shape[-1], dtype=bool)
    rest = exclusive_prod(np.where(unit, 1.0, s[..., None, :]), axis=(s.ndim,))  # at i, j: all s but i and j
    rest = np.where(unit, 0.0, rest)
    on_diagonal = np.matmul(rest, np.diagonal(turned, axis1=-2, axis2=-1)[..., None])
    inner = np.where(unit, on_diagonal, -np.swapaxes(turned, -1, -2) * rest)
    sign = np.conj(np.linalg.det(u) * np.linalg.det(vh))
    return sign[..., None, None] * np.matmul(np.matmul(u, inner), vh)


def _along_many(x: Array, ways: tuple[Array, ...]) -> Array:
    """The coefficient of t₁ ⋯ tₖ in the cofactors of x + Σ tᵢ wayᵢ, a polynomial, from its values at roots of unity."""
    first, *others = ways
    n = max(x.shape[-1], 1)
    size, *sizes = (np.max(np.abs(a), axis=(-2, -1), keepdims=True, initial=0.0) for a in (x, *others))
    radii = [np.where((size > 0.0) & (way > 0.0), size / np.where(way > 0.0, way, 1.0), 1.0) for way in sizes]
    roots = np.exp(2j * np.pi * np.arange(n) / n)
    turns = np.stack(np.meshgrid(*[roots] * len(others)), axis=-1).reshape(n ** len(others), len(others), *[1] * x.ndim)
    moved = x + sum(turns[:, i] * radius * way for i, (radius, way) in enumerate(zip(radii, others, strict=True)))
    found = np.sum(_along_one(moved, first) / np.prod(turns, axis=1), axis=0).real
    for radius in radii:
        found = found / (radius * n)
    return found.astype(x.dtype)


def slogdet(x: Array) -> Array:
    """The determinant's sign and the logarithm of its absolute value, along a last axis of two."""
    sign, logabsdet = np.linalg.slogdet(x)
    return np.stack([sign, logabsdet], axis=-1)


def eigh(x: Array, *, uplo: Any) -> Array:
    """The eigenvalues as a row, on top of the eigenvectors as columns."""
    values, vectors = np.linalg.eigh(x, UPLO=uplo)
    return np.concatenate([values[..., None, :], vectors], axis=-2)


def eig(x: Array) -> Array:
    """The eigenvalues as a row, on top of the eigenvectors as columns; ValueError where they are complex."""
    values, vectors = np.linalg.eig(x)
    if np.any(np.imag(values)):
        raise ValueError("eigenvalues are complex here, and gradients are of real numbers; use .data")
    # NumPy 2.5 and later return complex arrays for real eigenvalues, too
    return np.concatenate([np.real(values)[..., None, :], np.real(vectors)], axis=-2)


def svd(x: Array) -> Array:
    """U, the singular values as a row, and V, below each other; x = U diag(s) Vᵀ, thin."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return np.concatenate([u, s[..., None, :], np.swapaxes(vh, -1, -2)], axis=-2)


def pinv(x: Array, *, rcond: Any) -> Array:
    """The pseudo-inverse; singular values below rcond times the largest count as 0; None is NumPy's default."""
    return np.linalg.pinv(x, rcond)
