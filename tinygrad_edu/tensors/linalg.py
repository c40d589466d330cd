"""numpy.linalg for nodes, batched; what has several results gives them as a named tuple, as NumPy does."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from ..engine import rules_linalg as rows
from ..engine.graph import describe
from ..engine.rules import shape
from . import functions
from .functions import absolute, array, axes_of, expand_dims, integer, matmul, matrix_transpose, squeeze
from .hints import taught

__all__ = [
    "cholesky",
    "det",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "matrix_power",
    "multi_dot",
    "norm",
    "pinv",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
]


class Eigh(NamedTuple):
    """Of a square matrix: x @ eigenvectors = eigenvectors * eigenvalues."""

    eigenvalues: Any
    eigenvectors: Any


class Svd(NamedTuple):
    """x = U @ diag(S) @ Vh."""

    U: Any
    S: Any
    Vh: Any


class SlogDet(NamedTuple):
    """The determinant is sign * exp(logabsdet)."""

    sign: Any
    logabsdet: Any


def _square(x: Any, operation: str) -> Any:
    """x, which must hold square matrices."""
    x = _matrices(x, operation)
    if shape(x)[-1] != shape(x)[-2]:
        raise ValueError(f"{operation}: a square matrix is needed, not {describe(x)}")
    return x


def _matrices(x: Any, operation: str) -> Any:
    x = array(x)
    if len(shape(x)) < 2:
        raise ValueError(f"{operation}: a matrix is needed, not {describe(x)}")
    return x


def inv(x: Any) -> Any:
    """The inverse."""
    return rows.inv(_square(x, "inv"))


def det(x: Any) -> Any:
    """The determinant."""
    return rows.det(_square(x, "det"))


def slogdet(x: Any) -> SlogDet:
    """The determinant's sign and the logarithm of its absolute value, for determinants too large for a float."""
    both = rows.slogdet(_square(x, "slogdet"))
    return SlogDet(functions.sign(both[..., 0]), both[..., 1])


def solve(a: Any, b: Any) -> Any:
    """The z of a @ z = b, for b a vector or matrices."""
    a, b = _square(a, "solve"), array(b)
    if len(shape(b)) == 1:
        return rows.solve(a, expand_dims(b, 1))[..., 0]
    return rows.solve(a, b)


def pinv(x: Any, rcond: Any = None) -> Any:
    """The pseudo-inverse; singular values below rcond times the largest count as 0."""
    return rows.pinv(_matrices(x, "pinv"), rcond=rcond)


def matrix_power(x: Any, n: int) -> Any:
    """x times itself, n factors; of its inverse if n is negative."""
    x, n = _square(x, "matrix_power"), integer(n, "matrix_power", "a power")
    if n < 0:
        x, n = inv(x), -n
    if n == 0:
        return functions.add(functions.zeros_like(x), np.eye(shape(x)[-1], dtype=x.dtype))
    return reduce(matmul, [x] * n)


def multi_dot(arrays: Any) -> Any:
    """The product of several matrices, from left to right."""
    matrices = [array(a) for a in arrays]
    if not matrices:
        raise ValueError("multi_dot: at least one matrix is needed")
    return reduce(matmul, matrices)


# ── decompositions ────────────────────────────────────────────────────────────────────────────────────────────────────


def cholesky(x: Any, *, upper: bool = False) -> Any:
    """The lower triangle L of x = L @ L.T (with `upper`, its transpose)."""
    lower = rows.cholesky(_square(x, "cholesky"))
    return matrix_transpose(lower) if upper else lower


def eigh(x: Any, UPLO: str = "L") -> Eigh:
    """Eigenvalues in rising order and eigenvectors as columns, of a symmetric matrix given by one triangle."""
    both = rows.eigh(_square(x, "eigh"), uplo=UPLO)
    return Eigh(both[..., 0, :], both[..., 1:, :])


def eig(x: Any) -> Eigh:
    """Eigenvalues and eigenvectors as columns, of a matrix whose eigenvalues are real; ValueError of any other."""
    both = rows.eig(_square(x, "eig"))
    return Eigh(both[..., 0, :], both[..., 1:, :])


def eigvals(x: Any) -> Any:
    """The eigenvalues of a matrix, which must be real."""
    return eig(x).eigenvalues


def eigvalsh(x: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix, in rising order."""
    return eigh(x, UPLO).eigenvalues


def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """U, S, Vh of x = U @ diag(S) @ Vh, or S alone; thin, unless x is square."""
    x = _matrices(x, "svd")
    m, n = shape(x)[-2:]
    if compute_uv and full_matrices and m != n:
        raise ValueError("svd: the columns beyond the rank are not functions of the matrix; pass full_matrices=False")
    both = rows.svd(x)
    if not compute_uv:
        return both[..., m, :]
    return Svd(both[..., :m, :], both[..., m, :], matrix_transpose(both[..., m + 1 :, :]))


def svdvals(x: Any) -> Any:
    """The singular values, the largest first."""
    return svd(x, compute_uv=False)


# ── norms ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@taught
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002 (NumPy's name)
    """The norm of vectors (one axis) or matrices (two), NumPy's orders; its slope at 0 is 0."""
    x = array(x)
    axes = axes_of(x, axis, "norm")
    if ord is None:
        return rows.norm(x, axis=axes, keepdims=keepdims)
    axes = tuple(range(len(shape(x)))) if axes is None else axes
    if len(axes) not in (1, 2):
        raise ValueError(f"norm: ord={ord!r} is for one axis or two, not for {len(axes)}; name them with axis=")
    kept = _vector_norm(x, ord, axes) if len(axes) == 1 else _matrix_norm(x, ord, axes)
    return kept if keepdims else squeeze(kept, axes)


def _vector_norm(x: Any, order: Any, axes: tuple[int, ...]) -> Any:
    """Along one axis, which is kept."""
    if order == 2:
        return rows.norm(x, axis=axes, keepdims=True)
    if order == math.inf:
        return functions.max(absolute(x), axes, keepdims=True)
    if order == -math.inf:
        return functions.min(absolute(x), axes, keepdims=True)
    if order == 0:
        return functions.sum(functions.astype(functions.not_equal(x, 0.0), x.dtype), axes, keepdims=True)
    if order == 1:
        return functions.sum(absolute(x), axes, keepdims=True)
    if not isinstance(order, (int, float)):
        raise ValueError(f"norm: of vectors there is no order {order!r}")
    powers = absolute(x) ** order if order >= 1 else rows.absolute_power(x, order)
    return rows.root(functions.sum(powers, axes, keepdims=True), order)


def _matrix_norm(x: Any, order: Any, axes: tuple[int, ...]) -> Any:
    """Along two axes, which are kept."""
    if order == "fro":
        return rows.norm(x, axis=axes, keepdims=True)
    if order in (1, -1, math.inf, -math.inf):
        first, second = axes if abs(order) == 1 else axes[::-1]
        totals = functions.sum(absolute(x), first, keepdims=True)
        return (functions.max if order > 0 else functions.min)(totals, second, keepdims=True)
    found = {"nuc": functions.sum, 2: functions.max, -2: functions.min}.get(order)
    if found is None:
        raise ValueError(f"norm: of matrices there is no order {order!r}")
    return expand_dims(found(svdvals(functions.moveaxis(x, axes, (-2, -1))), -1), sorted(axes))
