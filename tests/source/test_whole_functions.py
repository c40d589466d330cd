"""Functions written out as a whole, with arguments of every kind: the texts are in `golden/functions.txt`."""

from pathlib import Path

import numpy as np
import pytest
from golden_files import assert_golden
from test_jit import leaves

import tinygrad_edu as tg

GOLDEN = Path(__file__).parent / "golden" / "functions.txt"
x, y = np.array([0.5, -1.0, 2.0]), np.array([1.5, 0.25, -0.5])
X, W_1, b_1 = np.arange(6.0).reshape(2, 3) / 4, np.linspace(-1.0, 1.0, 6).reshape(3, 2), np.array([0.25, -0.5])
WEIGHT = tg.Tensor([2.0, -1.0, 0.5], name="weight")
SCALE = tg.Value(1.5, name="np")
MASK = np.array([1.0, 0.0, 2.0])


def layer(X, W_1, b_1):
    z_1 = X @ W_1 + b_1
    h = tg.tanh(z_1)
    return (h**2).mean() + 0.5 * (W_1 * W_1).sum()


def unnamed_layers(X, W_1, b_1):
    return tg.softmax(tg.relu(X @ W_1 + b_1) @ W_1.T, axis=1)[:, 0].sum()


def in_containers(params, rest, scale=2.0, /, *more, power=2, how="sum", flag=True, nothing=None):
    inner = params["a b"] * rest[0] + params["deep"]["w"][1] ** power
    return (inner.sum() if how == "sum" and flag else inner.mean()) * scale * more[0]


def long_names(first_parameter_of_the_model, second_parameter_of_the_model, third_parameter_of_the_model):
    product = first_parameter_of_the_model["weights"] * second_parameter_of_the_model
    return (product + third_parameter_of_the_model).sum() * second_parameter_of_the_model.sum()


def outside(x):
    return (x * WEIGHT * SCALE + MASK * x + MASK).sum() + x[np.array([0, 2, 2])].sum() * x[[1, 0]].prod()


def broadcast(X, b, c, d):
    return (X[None] * b + c * X[None] * d).sum() + (b.reshape(1, -1) * X).mean()


def diagonal(A):
    return (np.diag(A) * np.arange(2)).sum() + np.trace(A @ A.T) + A[np.array([0, 1]), np.array([1, 1])].sum()


def equal_parts(x, y):
    z = x + y
    return z.sum() - 2.0 * z.mean() + (0.0 * y).sum()


def there_already(t, u):
    return np.exp(t) * u


def needs_nothing(t, u):
    return (t * u - 1.0) ** 2 / u


def also_there_already(x, y):
    e = np.exp(x)
    return (e * y).sum() + y[0]


def checked(logits, labels):
    return tg.losses.cross_entropy(logits * 2.0, labels)


def _where(np, math, lambda_):
    t = np * math
    return (t + lambda_ * t).sum() * (t - 1.0).sum()


CASES = {
    "a layer": (layer, (X, W_1, b_1), (1, 2)),
    "layers that nobody named": (unnamed_layers, (X, W_1, b_1), (0, 1, 2)),
    "containers": (in_containers, ({"a b": x, "deep": {"w": (1.0, y)}}, [y, 2.5], 3.0, 0.5), (0, 1)),
    "long names": (long_names, ({"weights": x, "unused": y}, y, 1.0), (0, 1, 2)),
    "what is outside": (outside, (x,), 0),
    "broadcasting": (broadcast, (X, x, np.array([[[2.0]]]), 0.5), (1, 2, 3)),
    "a diagonal": (diagonal, (X[:, :2].copy(),), 0),
    "a gradient of equal entries": (equal_parts, (x, y), (0, 1)),
    "nothing to import": (needs_nothing, (0.5, 2.0), (0, 1)),
    "gradients that are there already": (there_already, (0.5, 2.0), (0, 1)),
    "a gradient that is there already": (also_there_already, (x, y), (0, 1)),
    "labels": (checked, (X, np.array([2, 0])), 0),
    "names that mean something": (_where, (x, y, 2.0), (0, 2)),
}


def written(name):
    f, args, argnums = CASES[name]
    return tg.to_numpy(f, *args, argnums=argnums)


def test_as_they_were():
    assert_golden(GOLDEN, "\n".join(f"### {name}\n{written(name)}" for name in CASES))


@pytest.mark.parametrize("name", CASES)
def test_they_compute_what_the_function_does(name):
    f, args, argnums = CASES[name]
    space = {}
    exec(written(name), space)
    for found, wanted in zip(
        leaves(space[f.__name__](*args)), leaves(tg.value_and_grad(f, argnums)(*args)), strict=True
    ):
        np.testing.assert_allclose(found, getattr(wanted, "_data", wanted), rtol=1e-13, atol=1e-15)


def test_labels_are_asked_at_every_call():
    space = {}
    exec(written("labels"), space)
    with pytest.raises(ValueError, match="label"):
        space["checked"](X, np.array([2, 3]))


def test_an_argument_that_the_text_was_not_written_for():
    space = {}
    exec(written("containers"), space)
    args = CASES["containers"][1]
    for other in ({"how": "mean"}, {"flag": False}, {"nothing": 1}):
        with pytest.raises(ValueError, match=next(iter(other))):
            space["in_containers"](*args, **other)
