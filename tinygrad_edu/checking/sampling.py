"""Fresh numbers in the manner of given ones: labels stay labels, probabilities probabilities, at any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Sampler = Callable[[Shape, np.random.Generator], Any]
# Numbers between 0 and 1 whose sum is as near to 1 as this are taken for a distribution.
_EXACTLY_ONE = 1e-6
_LITTLE = 0.03


def reals(shape: Shape, rng: np.random.Generator) -> Any:
    """Numbers of either sign, none so near 0 that what they multiply would vanish."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.15, 1.6, shape)


def positives(shape: Shape, rng: np.random.Generator) -> Any:
    """Positive numbers around 1."""
    return rng.uniform(0.35, 2.4, shape)


def negatives(shape: Shape, rng: np.random.Generator) -> Any:
    """Negative numbers around −1."""
    return -positives(shape, rng)


def probabilities(shape: Shape, rng: np.random.Generator) -> Any:
    """Numbers well inside (0, 1)."""
    return rng.uniform(0.08, 0.92, shape)


def signs(shape: Shape, rng: np.random.Generator) -> Any:
    """Labels of −1 and +1, both of them where there is room."""
    return 2.0 * bits(shape, rng) - 1.0


def bits(shape: Shape, rng: np.random.Generator) -> Any:
    """Labels of 0 and 1, both of them where there is room."""
    out = rng.integers(0, 2, shape).astype(float)
    if out.size > 1 and out.min() == out.max():
        out.flat[rng.integers(out.size)] = 1.0 - out.flat[0]
    return out


def one_hot(axis: int) -> Sampler:
    """Zeros, and one 1 along the axis."""

    def draw(shape: Shape, rng: np.random.Generator) -> Any:
        others = shape[:axis] + shape[axis + 1 :]
        chosen = rng.integers(0, shape[axis], others)
        return np.moveaxis(np.eye(shape[axis])[chosen], -1, axis)

    return draw


def distributions(axis: int) -> Sampler:
    """Numbers between 0 and 1 that sum to one along the axis."""

    def draw(shape: Shape, rng: np.random.Generator) -> Any:
        weights = rng.uniform(0.2, 1.5, shape)
        return weights / weights.sum(axis=axis, keepdims=True)

    return draw


def integers(low: int, high: int) -> Sampler:
    """Whole numbers from low to high, high included."""
    return lambda shape, rng: rng.integers(low, high + 1, shape).astype(float)


def one_of(values: Any) -> Sampler:
    """Entries out of a few values."""
    return lambda shape, rng: rng.choice(values, shape)


def constant(value: Any) -> Sampler:
    """The same number everywhere."""
    return lambda shape, rng: np.full(shape, value)


def counted(shape: Shape, rng: np.random.Generator) -> Any:
    """0, 1, 2, … along the one axis that has a length."""
    return np.arange(int(np.prod(shape))).reshape(shape)


def identity_matrix(shape: Shape, rng: np.random.Generator) -> Any:
    """Ones on the diagonal."""
    return np.eye(shape[0], shape[1])


def triangle(strictly: bool, below: Any, above: Any) -> Sampler:
    """One value below the diagonal, another above: the mask of causal attention. strictly: the diagonal is above."""

    def draw(shape: Shape, rng: np.random.Generator) -> Any:
        return np.where(np.tril(np.ones(shape, bool), -1 if strictly else 0), below, above)

    return draw


def symmetric(shape: Shape, rng: np.random.Generator) -> Any:
    """A symmetric matrix."""
    a = reals(shape, rng)
    return (a + a.T) / 2.0


def positive_definite(shape: Shape, rng: np.random.Generator) -> Any:
    """A symmetric matrix with positive eigenvalues."""
    a = reals(shape, rng)
    return a @ a.T / len(a) + np.eye(len(a))


def near(recorded: Any) -> Sampler:
    """The recorded numbers themselves, shaken by a few percent: inside every domain that they are inside of."""
    held = np.asarray(recorded, float)

    def draw(shape: Shape, rng: np.random.Generator) -> Any:
        if held.size == 0:
            return np.zeros(shape)
        base = held if held.shape == shape else rng.choice(held.ravel(), shape)
        return base * rng.uniform(0.96, 1.04, shape)

    return draw


def near_unless_bound(held: Any, kind: Sampler) -> Sampler:
    """Numbers near the recorded ones, and a little above 0 for 0; of their kind where that says more than a sign."""
    free = kind in (reals, positives, negatives, probabilities)
    return near(np.where(held == 0.0, _LITTLE, held)) if free else kind


def kind_of(held: Any, *, free: bool, asked: bool, class_axis: int | None = None) -> Sampler:
    """How to draw in the manner of the array `held`.

    free: its gradient may be asked for, so that a 0 there is a start and no label. asked: it is what a claim is about.
    class_axis: along which axis the classes of a softmax stand, where rows and columns are one-hot alike.
    """
    if held.dtype == bool:
        return lambda shape, rng: bits(shape, rng).astype(bool)
    flat = held.ravel()
    if flat.size == 0 or not np.all(np.isfinite(flat)):
        return near(held)
    values = set(np.unique(flat).tolist())
    if values <= {0.0, 1.0} and not asked and (not free or len(values) == 2):
        axis = _summing_to_one(held, class_axis)
        return bits if axis is None else one_hot(axis)
    if values == {-1.0, 1.0} and not asked:
        return signs
    if flat.min() >= 0.0 and flat.max() <= 1.0:
        axis = _summing_to_one(held, class_axis)
        if axis is not None:
            return distributions(axis)
    if flat.min() >= 0.0 and flat.max() <= 1.0 and len(values) > 1:
        return probabilities if flat.min() > 0.0 and flat.max() < 1.0 else _within(free)
    if not free and len(values) > 1 and all(value == int(value) for value in values if abs(value) < 1e9):
        return integers(int(flat.min()), int(flat.max()))
    if not free and held.ndim == 2 and held.shape[0] == held.shape[1] > 1 and np.array_equal(held, held.T):
        return positive_definite if np.linalg.eigvalsh(held).min() > 1e-9 else symmetric
    if flat.min() > 0.0:
        return positives
    if flat.max() < 0.0:
        return negatives
    return reals


def _within(free: bool) -> Sampler:
    return reals if free else lambda shape, rng: rng.uniform(0.0, 1.0, shape)


def _summing_to_one(held: Any, class_axis: int | None) -> int | None:
    """Along which axis every row sums to one, if along any; the last where several do, unless told."""
    axes = [
        axis
        for axis in range(held.ndim)
        if held.shape[axis] > 1 and np.all(np.abs(held.sum(axis=axis) - 1.0) < _EXACTLY_ONE)
    ]
    if class_axis in axes:
        return class_axis
    return axes[-1] if axes else None


def kind_of_constant(held: Any) -> Sampler:
    """How to draw in the manner of a bare array in an expression, whose pattern may be meant."""
    pattern = pattern_of(held)
    if pattern is not None:
        return pattern
    values = np.unique(held)
    if held.dtype != bool and len(values) == 2 and held.size > 2 and not {-1.0, 0.0, 1.0}.issuperset(values.tolist()):
        return one_of(values)
    return kind_of(held, free=False, asked=False)


def pattern_of(held: Any) -> Sampler | None:
    """The rule that a bare array is made by, at any size: one number everywhere, 0 1 2 …, a unit matrix, a triangle."""
    flat = held.ravel()
    if flat.size and np.all(flat == flat[0]):
        return constant(flat[0])
    if flat.size > 1 and max(held.shape) == flat.size and np.array_equal(flat, np.arange(flat.size)):
        return counted
    if held.ndim == 2 and np.array_equal(held, np.eye(len(held))):
        return identity_matrix
    return _triangle_of(held) if held.ndim == 2 else None


def is_square_pattern(held: Any) -> bool:
    """Whether a matrix is a unit matrix or a triangle."""
    return len(np.unique(held)) == 2 and pattern_of(held) is not None


def _triangle_of(held: Any) -> Sampler | None:
    """The triangle of one value that `held` is made of, if it is one."""
    n, m = held.shape
    if n < 2 or m < 2 or len(np.unique(held)) != 2:
        return None
    for strictly in (True, False):
        draw = triangle(strictly, held[-1, 0], held[0, -1])
        if np.array_equal(draw((n, m), np.random.default_rng(0)), held):
            return draw
    return None
