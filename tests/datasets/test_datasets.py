"""Toys and real sets: one shape, the same from the same seed, what their docstrings say."""

import inspect

import numpy as np
import pytest

from tinygrad_edu import datasets
from tinygrad_edu.datasets import Dataset

CLASSES = ["moons", "circles", "spirals", "xor", "blobs", "checkerboard"]
REGRESSIONS = ["sine", "plane"]
# name: samples, features, classes, and the first and the last of their names
SHIPPED = {
    "breast_cancer": (569, 30, ("malignant", "benign"), "mean radius"),
    "digits": (1797, 64, tuple("0123456789"), "pixel_0_0"),
    "diabetes": (442, 10, (), "age"),
    "wine": (178, 13, ("class_0", "class_1", "class_2"), "alcohol"),
    "iris": (150, 4, ("setosa", "versicolor", "virginica"), "sepal length (cm)"),
}


def check_shape(data):
    assert isinstance(data, Dataset)
    assert data.X.shape == (len(data), len(data.features)) and data.X.dtype == float
    assert data.y.shape == (len(data),) and np.all(np.isfinite(data.X))
    if data.classes:
        assert data.y.dtype.kind == "i" and set(data.y) == set(range(len(data.classes)))
    else:
        assert data.y.dtype == float
    X, y = data
    assert X is data.X and y is data.y


@pytest.mark.parametrize("name", CLASSES + REGRESSIONS)
def test_a_toy_is_the_same_from_the_same_seed(name):
    draw = getattr(datasets, name)
    one, again, other = draw(50, seed=3), draw(50, seed=3), draw(50, seed=4)
    check_shape(one)
    assert one.name == name and len(one) == 50
    assert np.array_equal(one.X, again.X) and np.array_equal(one.y, again.y)
    assert not np.array_equal(one.X, other.X)
    assert next(iter(inspect.signature(draw).parameters)) == "n_samples"


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("n", [60, 61, 62])
def test_classes_share_the_samples_and_come_in_no_order(name, n):
    data = getattr(datasets, name)(n)
    counts = np.bincount(data.y)
    assert counts.sum() == n and counts.max() - counts.min() <= 1
    assert len(set(data.y[:20])) > 1


def test_toys_have_the_shapes_that_they_are_called_after():
    X, y = datasets.circles(100, noise=0.0, factor=0.3)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), np.where(y == 0, 1.0, 0.3))
    X, y = datasets.moons(100, noise=0.0)
    centre = np.where(y[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    np.testing.assert_allclose(np.linalg.norm(X - centre, axis=1), 1.0)
    assert np.all((X[:, 1] >= -1e-12) | (y == 1)) and np.all((X[:, 1] <= 0.5 + 1e-12) | (y == 0))
    X, y = datasets.xor(100)
    np.testing.assert_array_equal(y, (X[:, 0] * X[:, 1] < 0).astype(int))
    X, y = datasets.checkerboard(300, squares=3)
    fields = np.floor((X + 1) * 1.5)
    np.testing.assert_array_equal(y, fields.sum(axis=1) % 2)
    assert {tuple(field) for field in fields} == {(i, j) for i in range(3) for j in range(3)}
    X, y = datasets.spirals(90, noise=0.0, arms=3, turns=1.0)
    assert set(y) == {0, 1, 2} and np.linalg.norm(X, axis=1).max() == pytest.approx(3.0)
    radius = np.linalg.norm(X, axis=1)
    turned = np.arctan2(X[:, 1], X[:, 0]) - 2 * np.pi * (radius / 3 + y / 3)
    np.testing.assert_allclose(np.cos(turned), 1.0)
    data = datasets.blobs(400, centers=4, spread=0.01, features=3, seed=2)
    assert data.X.shape == (400, 3)
    assert all(data.X[data.y == k].std(axis=0).max() < 0.02 for k in range(4))
    X, y = datasets.sine(100, noise=0.0)
    np.testing.assert_allclose(y, np.sin(X[:, 0]))
    X, y = datasets.plane(100, noise=0.0)
    np.testing.assert_allclose(y, 2 * X[:, 0] - X[:, 1] + 0.5)


def test_noise_is_a_deviation():
    X, y = datasets.circles(4000, noise=0.2)
    still = datasets.circles(4000, noise=0.0)
    assert np.std(np.linalg.norm(X[y == 0], axis=1)) == pytest.approx(0.2, rel=0.1)
    assert np.std(np.linalg.norm(still.X[still.y == 0], axis=1)) < 1e-12
    X, y = datasets.sine(4000, noise=0.3)
    assert np.std(y - np.sin(X[:, 0])) == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda: datasets.moons(1), "moons: n_samples=1; it is a whole number from 2 on"),
        (lambda: datasets.moons(10.5), "n_samples=10.5"),
        (lambda: datasets.sine(True), "n_samples=True"),
        (lambda: datasets.blobs(features=True), "features=True"),
        (lambda: datasets.sine(0), "sine: n_samples=0"),
        (lambda: datasets.circles(noise=-1), "circles: noise=-1"),
        (lambda: datasets.circles(factor=1.5), "circles: factor=1.5"),
        (lambda: datasets.blobs(centers=1), "blobs: centers=1"),
        (lambda: datasets.blobs(spread=np.inf), "blobs: spread=inf"),
        (lambda: datasets.blobs(5, centers=6), "blobs: n_samples=5; it is a whole number from 6 on"),
        (lambda: datasets.spirals(arms=1), "spirals: arms=1"),
        (lambda: datasets.checkerboard(squares=1), "checkerboard: squares=1"),
        (lambda: datasets.moons().split(1.0), "split: test=1.0"),
        (lambda: datasets.moons().split("a"), "split: test='a'"),
        (lambda: datasets.moons(2).split(0.1), "leaves none on one side"),
        (lambda: datasets.moons(2).split(0.9), "leaves none on one side"),
    ],
)
def test_what_cannot_be_drawn_is_said(use, said):
    with pytest.raises((TypeError, ValueError), match=said):
        use()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_real_set_comes_as_it_was_measured(name):
    sklearn = pytest.importorskip("sklearn.datasets")
    n, d, classes, first = SHIPPED[name]
    data = getattr(datasets, name)()
    check_shape(data)
    assert (data.X.shape, data.classes, data.features[0], data.name) == ((n, d), classes, first, name)
    X, y = getattr(sklearn, f"load_{name}")(return_X_y=True)
    np.testing.assert_array_equal(data.X, X)
    np.testing.assert_array_equal(data.y, y)


# ── split and standardised ──


def test_a_split_keeps_of_each_class_the_same_part():
    data = datasets.blobs(100, centers=3)
    split = data.split(test=0.2, seed=1)
    assert [len(part) for part in split] == [80, 20, 80, 20]
    assert abs(np.bincount(split.y_test) - np.bincount(data.y) / 5).max() < 1
    both = np.concatenate([split.X_train, split.X_test])
    assert sorted(map(tuple, both)) == sorted(map(tuple, data.X))
    for X, y in ((split.X_train, split.y_train), (split.X_test, split.y_test)):
        known = {tuple(x): label for x, label in zip(data.X, data.y, strict=True)}
        assert all(known[tuple(x)] == label for x, label in zip(X, y, strict=True))
    assert np.array_equal(data.split(0.2, seed=1).X_test, split.X_test)
    assert not np.array_equal(data.split(0.2, seed=2).X_test, split.X_test)
    assert len(datasets.sine(10).split().y_test) == 2


def test_standardised_by_the_samples_to_train_on_alone():
    data = datasets.plane(80)
    constant = Dataset(np.column_stack([data.X * 50 + 7, np.full(80, 3.0)]), data.y, ("a", "b", "c"))
    split = constant.split()
    scaled = split.standardised()
    np.testing.assert_allclose(scaled.X_train.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(scaled.X_train.std(axis=0), [1.0, 1.0, 0.0])
    mean, deviation = split.X_train.mean(axis=0), split.X_train.std(axis=0)
    np.testing.assert_allclose(scaled.X_test[:, :2], ((split.X_test - mean) / deviation.clip(1e-9))[:, :2])
    assert not scaled.X_test[:, 2].any() and scaled.y_test is split.y_test


def test_data_say_what_they_are():
    assert repr(datasets.moons(10)) == "moons: 10 samples of 2 features, x_1 and x_2; 2 classes, 0 and 1"
    assert repr(datasets.sine(10)) == "sine: 10 samples of 1 feature, x; y is measured"
    assert "x_1, x_2, x_3, x_4, x_5, …; 3 classes" in repr(datasets.blobs(9, features=7))
    with pytest.raises(AttributeError, match="the nearest there is: moons"):
        datasets.mooons  # noqa: B018
    with pytest.raises(AttributeError, match=r"use moons\(n_samples, noise\)"):
        datasets.make_moons  # noqa: B018
