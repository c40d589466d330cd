"""How each form is spelled, for a reader and for the machine: the texts are in `golden/texts.txt`, and compute what the
function does."""

import functools
import inspect
import os
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg

GOLDEN = Path(__file__).parent / "golden" / "texts.txt"
GIVEN = {
    "x": np.array([0.5, 1.5, 2.5]),
    "y": np.array([0.25, 1.0, 2.0]),
    "X": np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]),
    "A": np.array([[2.0, 0.5], [0.25, 1.5]]),
    "Z": np.linspace(-1.0, 1.0, 12).reshape(2, 3, 2),
    "k": np.array([2, 0, 2]),
    "t": 0.75,
    "f": np.array([0.5, 1.5, 2.5], np.float32),
}
FORMS = {
    "a number": lambda t: np.sin(t) * 2.0 + t**3,
    "a number and an array": lambda t, x: t * x - x / t,
    "powers": lambda x, y: x**y + 2.0**x + x**-0.5 + (x - y) ** 3,
    "signs and brackets": lambda x, y: -(x - (y - x)) / (x / (y / x)) - -y,
    "products": lambda X, x, A: (A @ X) @ x - X.T.T @ x,
    "outer, inner": lambda x, y: np.outer(x, y) * np.dot(x, y),
    "batches of products": lambda Z, A: Z @ A,
    "einsum": lambda X, A: np.einsum("ij,ki->kj", X, A),
    "tensordot": lambda Z, A: np.tensordot(Z, A, axes=([2], [0])),
    "one index": lambda x: x[0] * x[-1],
    "slices": lambda Z: Z[0, 1:, ::-1] * Z[1, :2, None, 0],
    "an ellipsis and new axes": lambda Z: Z[..., 0][:, None] * Z[None, ..., 1],
    "an array of places": lambda x, k: x[k] * x[np.array([0, 1, 1])],
    "places along an axis": lambda X: X[:, np.array([2, 0])] + X[np.array([0, 1]), np.array([1, 2])],
    "a mask": lambda x, y: np.where(x > y, x, y * 2.0),
    "compared": lambda x, y: (x >= y) * x + (x != y) * y,
    "the larger": lambda x, y: np.maximum(x, y) + np.minimum(x, 1.0) + np.clip(y, 0.5, 1.5),
    "relu and its like": lambda X: tg.relu(X) + tg.softplus(X) + tg.sigmoid(X),
    "softmax": lambda X: tg.softmax(X, axis=1) + tg.log_softmax(X, axis=0) + tg.logsumexp(X),
    "sums": lambda Z: Z.sum(axis=(0, 2)) + Z.sum() + Z.mean(axis=(0, 2)) * Z.max(),
    "sums that keep axes": lambda X: X - X.mean(axis=1, keepdims=True) + X.max(axis=0, keepdims=True),
    "variance": lambda X: X.var(axis=0) + np.std(X, axis=0, ddof=1),
    "product and running sum": lambda X: np.prod(X, axis=1)[:, None] + np.cumsum(X, axis=1),
    "shapes": lambda Z: np.transpose(Z, (2, 0, 1)).reshape(4, 3) + np.swapaxes(Z, 0, 1).reshape(4, 3),
    "axes put in and taken out": lambda x: np.squeeze(np.expand_dims(x, (0, 2)), 0) * x,
    "repeated": lambda x: np.broadcast_to(x, (2, 3)) * np.tile(x, 2).reshape(2, 3) + np.repeat(x, 2).reshape(2, 3),
    "put together": lambda x, y: np.concatenate([x, y, x])[1:7].reshape(2, 3) + np.stack([x, y]),
    "padded, turned, rolled": lambda X: np.pad(X, ((0, 0), (1, 0)))[:, 1:] + np.flip(X, 1) + np.roll(X, 1),
    "sorted": lambda X: np.sort(X, axis=1) + X[:, np.array([1, 2, 0])],
    "a triangle and a diagonal": lambda A: np.tril(A) + np.triu(A, 1) + np.diag(np.diag(A)) + np.trace(A),
    "linear algebra": lambda A: np.linalg.inv(A) + np.linalg.det(A) + np.linalg.solve(A, A.T),
    "a norm": lambda X: X / np.linalg.norm(X, axis=1, keepdims=True) + np.linalg.norm(X),
    "constants": lambda X: X * np.eye(2, 3) + np.ones((2, 3)) + np.arange(3) + np.array([[0.5], [1.0]]),
    "single precision": lambda f: np.exp(f) * 2.0 + f.mean(),
    "another dtype": lambda x: x.astype(np.float32) * 2.0,
    "used twice": lambda x: (lambda z: z * np.exp(z) + z)(np.sin(x) + np.cos(x)),
}


def _given(function):
    return [GIVEN[name] for name in inspect.signature(function).parameters]


@functools.cache
def texts():
    """The texts of every form, for a reader and for the machine."""
    found = {}
    for name, function in FORMS.items():
        jitted = tg.jit(function)
        jitted(*_given(function))

        def loss(*args, function=function):
            return np.sin(function(*args)).sum()

        loss.__signature__ = inspect.signature(function)
        found[name] = (tg.to_numpy(loss, *_given(function)), jitted.source)
    return found


def test_as_they_were():
    """TINYGRAD_EDU_WRITE_GOLDEN=1 writes the file anew; the diff is for a reviewer to read."""
    parts = [f"### {name}\n{reader}\n### {name}, by jit\n{machine}" for name, (reader, machine) in texts().items()]
    if os.environ.get("TINYGRAD_EDU_WRITE_GOLDEN"):
        GOLDEN.write_text("\n".join(parts), encoding="utf-8")
    assert "\n".join(parts) == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMS)
def test_they_compute_what_the_function_does(name):
    function = FORMS[name]
    expected = function(*_given(function))
    for _ in range(2):
        found = tg.jit(function)(*_given(function))
        assert np.asarray(found).dtype == np.asarray(expected).dtype and np.allclose(found, expected, rtol=1e-6)
    space = {}
    exec(texts()[name][0], space)
    value, gradient = space["loss"](*_given(function))
    true, slope = tg.value_and_grad(lambda *args: np.sin(function(*args)).sum())(*_given(function))
    assert np.allclose(value, true, rtol=1e-6) and np.allclose(gradient, slope, rtol=1e-5, atol=1e-7)
