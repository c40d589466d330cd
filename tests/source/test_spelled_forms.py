"""How each form is spelled, for a reader and for the machine: the texts are in `golden/texts.txt`, and compute what the
function does."""

import copy
import functools
import inspect
from pathlib import Path

import numpy as np
import pytest
from golden_files import assert_golden

import tinygrad_edu as tg
from tinygrad_edu.engine.rules_linalg import root

GOLDEN = Path(__file__).parent / "golden" / "texts.txt"
GIVEN = {
    "x": np.array([0.5, 1.5, 2.5]),
    "y": np.array([0.25, 1.0, 2.0]),
    "X": np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]),
    "A": np.array([[2.0, 0.5], [0.25, 1.5]]),
    "Z": np.linspace(-1.0, 1.0, 12).reshape(2, 3, 2),
    "k": np.array([2, 0, 2]),
    "t": 0.75,
    "u": 1.25,
    "n": 2,
    "W_1": np.array([[0.5, -0.25], [1.0, 0.75], [-0.5, 0.125]]),
    "W_2": np.array([[0.25, -1.0, 0.5], [1.5, 0.5, -0.75]]),
    "b_1": np.array([0.125, -0.5]),
    "L": np.linspace(-1.0, 1.0, 27 * 20).reshape(27, 20),
    "f": np.array([0.5, 1.5, 2.5], np.float32),
}


def layers(X, W_1, b_1, W_2):
    """Names of layers, and results of more than one kind of line."""
    a = tg.relu(X @ W_1 + b_1)
    return tg.log_softmax(np.maximum(a @ W_2, 0.125), axis=1)


halved = tg.primitive(lambda x, by=2.0: x / by, lambda g, out, x, by=2.0: g / by, name="halved")


def numbers(name, function):
    """A form of numbers alone, and beside an array, where NumPy's functions compute it."""

    def beside(t, u, x):
        return x * function(t, u)

    return {name: function, f"{name}, beside an array": beside}


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
    **numbers("operators", lambda t, u: (t / u) // 0.25 + (t % u) * 2.0 - (t - (u - t)) / (t / (u * t)) - 2 * -u),
    **numbers(
        "powers of numbers", lambda t, u: t**u**2.0 + (-t) ** 2.0 + t**-u + (t**3) ** u + t**0.5 + 2.0**t / t**-1
    ),
    **numbers(
        "functions", lambda t, u: tg.exp(t) + tg.log(u) * tg.sqrt(t) - np.tanh(u) + np.arctan2(t, u) + np.log1p(t)
    ),
    **numbers(
        "our own", lambda t, u: tg.sigmoid(t) + tg.softplus(u) * tg.erf(t) - tg.relu(t) + tg.gelu(u) + np.square(t)
    ),
    **numbers("kinks", lambda t, u: abs(t - u) + np.maximum(t, u) * np.minimum(t, 0.5) + np.sign(u) + np.floor(u)),
    **numbers("a choice", lambda t, u: np.where(t > u, t * 2.0, np.where((t < u) & (u > 1), -u, t)) + (t >= u) * u),
    **numbers(
        "of one number", lambda t, u: np.sum(t) * np.mean(u) + np.var(t) + np.max(u) + np.prod(t) + np.sum(t * u)
    ),
    **numbers("infinite", lambda t, u: np.where(t > -np.inf, t, np.nan) + np.minimum(u, np.inf) * 1e300),
    **numbers(
        "asked of one number", lambda t, u: np.any(t > 0) * u + np.argmax(t) * t + np.round(t * u, 1) + np.exp2(t)
    ),
    "a sigmoid": lambda x: tg.sigmoid(x),
    "a softplus": lambda x: tg.softplus(x),
    "a square": lambda x: np.square(x),
    "a root of a number": lambda t: root(t, 3.0),
    "exponents": lambda x, y: x * 2.0 ** (y**3.0) + x * y ** -(y**4.0) + x * (y**5.0) ** y,
    "powers of powers": lambda x, y: x ** (y**3.0) + (x**y) ** y + x ** (y * 2) + x ** (2 * x) ** 0.5 + 2.0 ** -(x**2),
    "a whole number": lambda t, n: t**n + n * t - t / n,
    "compared and computed with": lambda x, y: (x > y) + x - (x == (y < x)) * (x <= 1) + ((x > 1) & (y > 1)) + ~(x > 1),
    "minus signs": lambda x, y: -(x * y) - (-x) ** 2 + (-(x**2)) * y ** (-x) + -(x / -y) - (x + -1.0) * -2.0,
    "a number repeated": lambda t, X, f: np.broadcast_to(t, (2, 3)) * X + np.broadcast_to(2.0 * t, (3,)) + f * t,
    "another dtype of a number": lambda x, t: x.sum().astype(np.float32) * x + (x.sum() > 1).astype(int) * t,
    "variances": lambda Z: (
        Z.var(axis=(0, 1), ddof=1) + Z.var(ddof=2) + Z[0].var(axis=(0, 1), ddof=1) + Z.mean(axis=(0, 1))
    ),
    "the mean of a constant": lambda x: x * tg.grad(lambda c: c.mean() + c.var(ddof=1))(np.array([0.5, 1.0, 3.0])),
    "a long einsum": lambda L, W_1: np.einsum("ij,kl->jl", L, W_1),
    "numbers among arrays": lambda x, f: x * np.float64(2.0) + f * np.float32(0.5) + x / np.float32(0.3) + 3 * f,
    "an axis for our own": lambda X: (
        tg.logsumexp(X, axis=0) + tg.softmax(X, axis=(0, 1)) + np.prod(X, axis=0) + np.ptp(X, 0)
    ),
    "places along all axes": lambda X: np.take_along_axis(X, np.array([[2, 0], [1, 1]]), axis=1) @ np.ones((2, 3)),
    "batches turned": lambda Z: np.swapaxes(Z, -1, -2) @ Z + Z[0].T @ Z[1],
    "layers": layers,
    "used twice": lambda x: (lambda z: z * np.exp(z) + z)(np.sin(x) + np.cos(x)),
}


def _given(function):
    return [GIVEN[name] for name in inspect.signature(function).parameters]


@functools.cache
def texts():
    """The texts of every form: with its gradient for a reader, for the machine, and its gradient for the machine."""
    found = {}
    for name, function in FORMS.items():
        jitted = tg.jit(function)
        jitted(*_given(function))

        def loss(*args, function=function):
            return np.sin(function(*args)).sum()

        loss.__signature__ = inspect.signature(function)
        slope = tg.jit(tg.grad(loss)).lower(*_given(function))
        found[name] = (tg.to_numpy(loss, *_given(function)), jitted.source, slope)
    return found


def test_as_they_were():
    kinds = ("", ", by jit", ", its gradient by jit")
    parts = [
        f"### {name}{kind}\n{text}" for name, each in texts().items() for kind, text in zip(kinds, each, strict=True)
    ]
    assert_golden(GOLDEN, "\n".join(parts))


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


def test_an_operation_of_ones_own_is_called_by_its_name():
    both = tg.jit(tg.value_and_grad(lambda x, t: (halved(x) * halved(t, by=4.0)).sum()))
    value, slope = both(GIVEN["x"], 0.75)
    assert value == 4.5 / 2 * 0.1875 and slope.tolist() == [0.09375] * 3
    alone = tg.jit(lambda t: halved(t) + halved(t, by=4.0))
    assert alone(0.75) == 0.5625 and type(alone(0.75)) is float
    assert "_halved(t)).item() + np.asarray(_halved(t, by=4.0)).item()" in alone.source


def test_an_operation_of_ones_own_gets_its_parameters_as_they_were_given():
    given = []
    own = tg.primitive(
        lambda x, axis=(0,), keepdims=True: given.append((axis, keepdims)) or x * 2.0,
        lambda g, out, x, axis=(0,), keepdims=True: g * 2.0,
        name="own",
    )
    jitted = tg.jit(lambda x: own(x, axis=None, keepdims=False) + own(x, axis=(1,)))
    for _ in range(2):
        given.clear()
        assert jitted(GIVEN["X"]).tolist() == (GIVEN["X"] * 4.0).tolist()
        assert given[-2:] == [(None, False), ((1,), True)]


@pytest.mark.parametrize("name", ["signs and brackets", "layers", "softmax", "numbers among arrays", "our own"])
def test_a_long_program_is_several_functions(name, monkeypatch):
    """A part ends here after each operation, so that all is handed on from part to part."""
    function = FORMS[name]
    weight = tg.Tensor([1.0, 2.0, -1.0], name="weight")

    def loss(*args):
        out = function(*args)
        return (out * weight * np.array([1.0, 0.5, 2.0]) * args[0].mean()).sum(), (out, args[0], 1.5, [weight])

    both = tg.value_and_grad(loss, has_aux=True)
    monkeypatch.setattr("tinygrad_edu.source.machine.PART", 1)
    jitted, given = tg.jit(both), copy.deepcopy(_given(function))
    for factor in (1.0, 0.5, 2.0):
        weight.data = weight.data * factor
        for found, expected in zip(_leaves(jitted(*_given(function))), _leaves(both(*_given(function))), strict=True):
            expected = getattr(expected, "_data", expected)
            assert np.asarray(found).dtype == np.asarray(expected).dtype and np.allclose(found, expected, rtol=1e-6)
            found += 1.0
    assert jitted.source.count("def part_") >= 9 and all(map(np.array_equal, given, _given(function)))
    ((_, machine),) = jitted._programs.values()
    assert not any("." in name for name in machine.space)  # to look all names up would take longer than it saves


def _leaves(tree):
    return [leaf for part in tree for leaf in _leaves(part)] if isinstance(tree, tuple | list) else [tree]


@pytest.mark.parametrize(("operations", "several"), [(3, False), (4, True)])
def test_a_program_of_more_than_three_parts_is_several_functions(operations, several, monkeypatch):
    monkeypatch.setattr("tinygrad_edu.source.machine.PART", 1)

    def f(x):
        for _ in range(operations):
            x = np.sin(x)
        return x

    jitted, x = tg.jit(f), np.array([0.5, -1.0])
    np.testing.assert_array_equal(jitted(x), f(x))
    assert jitted.source.count("def part_") == (operations + 1) * several
