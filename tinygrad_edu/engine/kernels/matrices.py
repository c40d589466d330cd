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


def slogdet(x: Array) -> Array:
    """The determinant's sign and the logarithm of its absolute value, along a last axis of two."""
    sign, logabsdet = np.linalg.slogdet(x)
    return np.stack([sign, logabsdet], axis=-1)


def eigh(x: Array, *, uplo: Any) -> Array:
    """The eigenvalues as a row, on top of the eigenvectors as columns."""
    values, vectors = np.linalg.eigh(x, UPLO=uplo)
    return np.concatenate([values[..., None, :], vectors], axis=-2)


def svd(x: Array) -> Array:
    """U, the singular values as a row, and V, below each other; x = U diag(s) Vᵀ, thin."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return np.concatenate([u, s[..., None, :], np.swapaxes(vh, -1, -2)], axis=-2)


def pinv(x: Array, *, rcond: Any) -> Array:
    """The pseudo-inverse; singular values below rcond times the largest count as 0."""
    return np.linalg.pinv(x) if rcond is None else np.linalg.pinv(x, rcond)
