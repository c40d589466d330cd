"""Toys: points in the plane in two or more classes, and two regressions. The same seed draws the same points.

n_samples: how many points, as equally shared among the classes as can be, in a random order. noise: the deviation of
what is added to each coordinate (or to y of a regression), drawn from a normal distribution.
"""

from __future__ import annotations

import math

import numpy as np

from ..engine.counts import refuse_no_count
from .dataset import Dataset


def moons(n_samples: int = 200, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Two half circles, each reaching into the other."""
    rng, sizes = _begin("moons", n_samples, noise, seed, 2)
    upper, lower = (np.linspace(0, math.pi, n) for n in sizes)
    points = [(np.cos(upper), np.sin(upper)), (1 - np.cos(lower), 0.5 - np.sin(lower))]
    return _classes("moons", rng, [np.column_stack(each) for each in points], noise)


def circles(n_samples: int = 200, noise: float = 0.05, factor: float = 0.5, seed: int = 0) -> Dataset:
    """A circle round another, which has `factor` times its radius."""
    rng, sizes = _begin("circles", n_samples, noise, seed, 2)
    if not 0 < factor < 1:
        raise ValueError(f"circles: factor={factor}; it is the inner radius over the outer, between 0 and 1")
    turns = [np.linspace(0, 2 * math.pi, n, endpoint=False) for n in sizes]
    points = [r * np.column_stack([np.cos(t), np.sin(t)]) for r, t in zip((1.0, factor), turns, strict=True)]
    return _classes("circles", rng, points, noise)


def spirals(n_samples: int = 200, noise: float = 0.1, turns: float = 1.5, arms: int = 2, seed: int = 0) -> Dataset:
    """Spirals that begin in the middle and wind round each other; they reach `turns` times round, and 3 far."""
    refuse_no_count("spirals", 2, arms=arms)
    rng, sizes = _begin("spirals", n_samples, noise, seed, arms)
    points = []
    for arm, n in enumerate(sizes):
        way = np.sqrt(np.linspace(0.02, 1.0, n))  # equally dense all along
        angle = 2 * math.pi * (turns * way + arm / arms)
        points.append(3 * way[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
    return _classes("spirals", rng, points, noise)


def xor(n_samples: int = 200, noise: float = 0.0, seed: int = 0) -> Dataset:
    """The square from −1 to 1 in quarters; class 1 is where one coordinate alone is positive. No line parts them."""
    return _squares("xor", n_samples, noise, 2, seed)


def checkerboard(n_samples: int = 400, noise: float = 0.0, squares: int = 4, seed: int = 0) -> Dataset:
    """The square from −1 to 1 as a board of squares × squares fields of two classes."""
    refuse_no_count("checkerboard", 2, squares=squares)
    return _squares("checkerboard", n_samples, noise, squares, seed)


def blobs(n_samples: int = 200, centers: int = 3, spread: float = 1.0, features: int = 2, seed: int = 0) -> Dataset:
    """Clouds of points, normally distributed with deviation `spread` round centres drawn between −6 and 6."""
    refuse_no_count("blobs", 2, centers=centers)
    refuse_no_count("blobs", features=features)
    rng, sizes = _begin("blobs", n_samples, spread, seed, centers)
    middles = rng.uniform(-6.0, 6.0, (centers, features))
    return _classes("blobs", rng, [np.tile(middle, (n, 1)) for middle, n in zip(middles, sizes, strict=True)], spread)


def sine(n_samples: int = 200, noise: float = 0.1, seed: int = 0) -> Dataset:
    """A regression: y = sin x and noise, for x between −π and π."""
    rng, _ = _begin("sine", n_samples, noise, seed, 1)
    x = rng.uniform(-math.pi, math.pi, n_samples)
    return Dataset(x[:, None], np.sin(x) + rng.normal(0.0, noise, n_samples), ("x",), name="sine")


def plane(n_samples: int = 200, noise: float = 0.1, seed: int = 0) -> Dataset:
    """A regression: y = 2 x₁ − x₂ + ½ and noise, for x₁ and x₂ between −1 and 1."""
    rng, _ = _begin("plane", n_samples, noise, seed, 1)
    X = rng.uniform(-1.0, 1.0, (n_samples, 2))
    y = X @ [2.0, -1.0] + 0.5 + rng.normal(0.0, noise, n_samples)
    return Dataset(X, y, ("x_1", "x_2"), name="plane")


def _squares(name: str, n_samples: int, noise: float, squares: int, seed: int) -> Dataset:
    rng, sizes = _begin(name, n_samples, noise, seed, 2)
    fields = [np.argwhere(np.indices((squares, squares)).sum(axis=0) % 2 == kind) for kind in (0, 1)]
    corners = [np.resize(those, (n, 2)) for those, n in zip(fields, sizes, strict=True)]
    points = [2 * (corner + rng.uniform(size=corner.shape)) / squares - 1 for corner in corners]
    return _classes(name, rng, points, noise)


def _begin(name: str, n_samples: int, noise: float, seed: int, classes: int) -> tuple[np.random.Generator, list[int]]:
    """The generator, and how many samples each class has."""
    refuse_no_count(name, classes, n_samples=n_samples)
    if not isinstance(noise, (int, float)) or not 0 <= noise < math.inf:
        raise ValueError(f"{name}: {'spread' if name == 'blobs' else 'noise'}={noise!r}; it is a deviation, 0 or more")
    return np.random.default_rng(seed), [(int(n_samples) + k) // classes for k in reversed(range(classes))]


def _classes(name: str, rng: np.random.Generator, points: list[np.ndarray], noise: float) -> Dataset:
    """Points of each class, noise added, in a random order."""
    X = np.concatenate(points)
    y = np.repeat(np.arange(len(points)), [len(each) for each in points])
    X = X + rng.normal(0.0, noise, X.shape)
    order = rng.permutation(len(y))
    names = tuple(f"x_{i}" for i in range(1, X.shape[1] + 1))
    return Dataset(X[order], y[order], names, tuple(map(str, range(len(points)))), name, "class")
