"""Numbers at the edges: logits up to 1e4, kinks and ties, against fifty digits of mpmath. Warnings are errors here."""

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from rows import BINARY, SMOOTH, gradients, named, tries, weights_for

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, losses
from tinygrad_edu.engine.graph import plain

mpmath = pytest.importorskip("mpmath")
mpmath.mp.dps = 50

MAGNITUDES = [0.0, 1e-8, 1e-3, 0.5, 1.0, 3.0, 10.0, 36.0, 37.5, 88.0, 104.0, 700.0, 745.5, 1e3, 5e3, 1e4]
GRID = np.array(sorted({sign * z for z in MAGNITUDES for sign in (1.0, -1.0)}))
DTYPES = [np.float64, np.float32]


def sigma(z):
    return 1 / (1 + mpmath.exp(-z))


# f, with the exact value, first and second derivative at one number
OF_ONE = {
    "sigmoid": (
        tg.sigmoid,
        sigma,
        lambda z: sigma(z) * sigma(-z),
        lambda z: sigma(z) * sigma(-z) * (sigma(-z) - sigma(z)),
    ),
    "softplus": (tg.softplus, lambda z: mpmath.log1p(mpmath.exp(z)), sigma, lambda z: sigma(z) * sigma(-z)),
    "tanh": (
        tg.tanh,
        mpmath.tanh,
        lambda z: mpmath.sech(z) ** 2,
        lambda z: -2 * mpmath.tanh(z) * mpmath.sech(z) ** 2,
    ),
    "logaddexp": (
        lambda z: tg.logaddexp(z, 2.0),
        lambda z: mpmath.log(mpmath.exp(z) + mpmath.exp(2)),
        lambda z: sigma(z - 2),
        lambda z: sigma(z - 2) * sigma(2 - z),
    ),
    "silu": (
        tg.silu,
        lambda z: z * sigma(z),
        lambda z: sigma(z) + z * sigma(z) * sigma(-z),
        lambda z: sigma(z) * sigma(-z) * (2 + z * (sigma(-z) - sigma(z))),
    ),
    "bce of 1 from a logit": (
        lambda z: losses.binary_cross_entropy_with_logits(z, 1.0, reduction="none"),
        lambda z: mpmath.log1p(mpmath.exp(-z)),
        lambda z: -sigma(-z),
        lambda z: sigma(z) * sigma(-z),
    ),
    "bce of 0 from a logit": (
        lambda z: losses.binary_cross_entropy_with_logits(z, 0.0, reduction="none"),
        lambda z: mpmath.log1p(mpmath.exp(z)),
        sigma,
        lambda z: sigma(z) * sigma(-z),
    ),
    "bce of 0.3 from a logit": (
        lambda z: losses.binary_cross_entropy_with_logits(z, 0.3, reduction="none"),
        lambda z: mpmath.log1p(mpmath.exp(z)) - mpmath.mpf(0.3) * z,
        lambda z: sigma(z) - mpmath.mpf(0.3),
        lambda z: sigma(z) * sigma(-z),
    ),
}


def close(ours, exact, dtype, scale=1.0):
    """Right to a few units in the last place of the result, or of `scale`."""
    exact = np.array([float(e) for e in exact])
    eps = float(np.finfo(dtype).eps)
    assert np.all(np.isfinite(ours))
    np.testing.assert_allclose(np.asarray(ours, float), exact, rtol=8 * eps, atol=4 * eps * scale)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OF_ONE)
def test_exact_to_ten_thousand(name, dtype):
    f, value, first, second = OF_ONE[name]
    x = Tensor(GRID.astype(dtype))
    numbers = [mpmath.mpf(float(z)) for z in x.data]
    out = f(x)
    out.sum().backward(create_graph=True)
    g, x.grad = x.grad, None
    g.sum().backward()
    assert out.dtype == g.dtype == x.grad.dtype == dtype
    close(out.data, [value(z) for z in numbers], dtype)
    close(g.data, [first(z) for z in numbers], dtype)
    close(x.grad, [second(z) for z in numbers], dtype, scale=1.0 if name != "silu" else 1e4)


@pytest.mark.parametrize("name", OF_ONE)
def test_exact_for_bare_numbers_too(name):
    f, value, first, second = OF_ONE[name]
    g = tg.grad(f)
    for z in GRID.tolist():
        found = [float(f(z)), g(z), tg.grad(g)(z)]
        exact = [h(mpmath.mpf(z)) for h in (value, first, second)]
        close(np.array(found), exact, float, scale=1e4 if name == "silu" else 1.0)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "bce of 1 from a logit", "bce of 0 from a logit"])
def test_small_values_keep_all_their_digits(name):
    f, value, _, _ = OF_ONE[name]
    for z in (-700.0, -100.0, -37.5, 37.5, 100.0, 700.0):
        exact = float(value(mpmath.mpf(z)))
        for ours in (float(f(z)), float(f(Tensor([z])).data[0]), f(Value(z)).item()):
            assert math.isclose(ours, exact, rel_tol=1e-14)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("f", [tg.gelu, lambda x: tg.gelu(x, "tanh"), tg.elu, tg.leaky_relu, tg.logaddexp2, tg.relu])
def test_finite_and_silent_to_ten_thousand(f, dtype):
    x = Tensor(GRID.astype(dtype))
    out = f(x, 1.0) if f is tg.logaddexp2 else f(x)
    out.sum().backward(create_graph=True)
    g, x.grad = x.grad, None
    assert np.isfinite(out.data).all() and np.isfinite(g.data).all() and out.dtype == g.dtype == dtype
    (g * g * x).sum().backward()
    assert np.isfinite(x.grad).all()


@pytest.mark.parametrize("name", ["softplus", "bce of 1 from a logit", "bce of 0 from a logit"])
def test_small_slopes_keep_all_their_digits(name):
    f, _, first, _ = OF_ONE[name]
    for z in (-700.0, -100.0, -37.5, 37.5, 100.0, 700.0):
        exact = float(first(mpmath.mpf(z)))
        for ours in (tg.grad(f)(z), tg.grad(lambda z: f(z).sum())(np.array([z]))[0]):
            assert math.isclose(ours, exact, rel_tol=1e-14)


LOGITS = np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, -1e4], [700.0, 710.0, 690.0], [0.1, -0.2, 0.3], [1e4, 1e4, -1e4]])


def exact_softmax(row):
    row = [mpmath.mpf(float(z)) for z in row]
    total = sum(mpmath.exp(z - max(row)) for z in row)
    return [mpmath.exp(z - max(row)) / total for z in row], max(row) + mpmath.log(total)


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_and_its_relatives(dtype):
    eps = float(np.finfo(dtype).eps)
    w = np.array([1.0, -2.0, 0.5], dtype)
    for row in LOGITS.astype(dtype):
        p, logsum = exact_softmax(row)
        p64 = np.array([float(each) for each in p])
        mean = float(sum(float(a) * b for a, b in zip(w, p, strict=True)))
        jacobian = np.diag(p64) - np.outer(p64, p64)
        third = p64 * (w - mean) - p64 * (p64 @ (w - mean))  # ∂/∂z of Σ w softmax
        for f, value, slope in (
            (lambda z: tg.logsumexp(z), float(logsum), p64),
            (lambda z: (tg.softmax(z) * w).sum(), mean, third),
            (lambda z: tg.log_softmax(z)[0], float(mpmath.mpf(float(row[0])) - logsum), np.eye(3)[0] - p64),
            (
                lambda z: losses.cross_entropy(z, np.array(0)),
                float(logsum - mpmath.mpf(float(row[0]))),
                p64 - np.eye(3)[0],
            ),
        ):
            z = Tensor(row)
            out = f(z)
            out.backward(create_graph=True)
            g, z.grad = z.grad, None
            assert out.dtype == g.dtype == dtype
            np.testing.assert_allclose(float(out), value, rtol=8 * eps, atol=8 * eps)
            np.testing.assert_allclose(g.data, slope, rtol=8 * eps, atol=8 * eps)
            (g * w).sum().backward()
            assert z.grad.dtype == dtype and np.isfinite(z.grad).all()
            if slope is p64:
                np.testing.assert_allclose(z.grad, jacobian @ w, rtol=8 * eps, atol=8 * eps)


# ── kinks, ties and corners: PyTorch's choices ────────────────────────────────────────────────────────────────────────


def slope(f, x):
    """The slope at a number: the same for a bare number and for an array of one."""
    bare, array = tg.grad(f)(x), tg.grad(lambda x: f(x).sum())(np.array([x]))[0]
    np.testing.assert_array_equal(bare, array)
    return bare


def test_slopes_at_kinks():
    assert slope(tg.absolute, 0.0) == 0.0
    assert slope(tg.relu, 0.0) == 0.0
    assert slope(lambda x: tg.leaky_relu(x, 0.1), 0.0) == 0.1
    assert slope(tg.elu, 0.0) == 1.0
    assert slope(lambda x: tg.clip(x, 0.0, 1.0), 0.0) == 1.0
    assert slope(lambda x: tg.clip(x, 0.0, 1.0), 1.0) == 1.0
    assert slope(lambda x: tg.clip(x, 0.0, 1.0), 1.5) == 0.0
    assert slope(tg.sign, 0.3) == slope(tg.floor, 0.3) == 0.0


def test_ties_share():
    assert tg.grad(tg.maximum, (0, 1))(2.0, 2.0) == (0.5, 0.5)
    assert tg.grad(tg.minimum, (0, 1))(2.0, 2.0) == (0.5, 0.5)
    assert slope(lambda x: tg.maximum(x, x), 1.0) == 1.0
    np.testing.assert_array_equal(tg.grad(tg.max)(np.array([1.0, 3.0, 3.0, 3.0])), [0, 1 / 3, 1 / 3, 1 / 3])
    rows = np.array([[1.0, 1.0], [0.0, 2.0]])
    np.testing.assert_array_equal(tg.grad(lambda x: tg.min(x, axis=1).sum())(rows), [[0.5, 0.5], [1.0, 0.0]])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_kinks_from_both_sides(sign):
    """The masks are asked again: a slope belongs to the side the input lies on, with signs flipped too."""
    x = sign * np.array([-2.0, -0.5, 0.5, 2.0])
    for f, expected in (
        (tg.absolute, np.sign(x)),
        (tg.relu, x > 0),
        (tg.elu, np.where(x > 0, 1.0, np.exp(x))),
        (lambda x: tg.maximum(x, 1.0), x > 1),
        (lambda x: tg.minimum(-1.0, x), x < -1),
        (lambda x: tg.where(x > 0, x * x, -x), np.where(x > 0, 2 * x, -1.0)),
        (lambda x: tg.clip(x, -1.0, 1.0), abs(x) < 1),
    ):
        np.testing.assert_allclose(tg.grad(lambda x, f=f: f(x).sum())(x), expected)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 2.0, 3.0])
def test_powers_at_zero(n):
    """x^n at 0, up to the fourth derivative: no nan from 0 · inf."""
    f = lambda x: x**n
    for order in range(1, 5):
        f = tg.grad(f)
        assert f(0.0) == (math.factorial(order) if order == n else 0.0)
    array = tg.grad(lambda x: tg.grad(lambda y: (y**n).sum())(x).sum())(np.zeros(2))
    np.testing.assert_array_equal(array, [2.0 * (n == 2)] * 2)


def test_powers_of_nodes_at_zero():
    base, exponent = tg.grad(tg.power, (0, 1))(0.0, 2.0)
    assert (base, exponent) == (0.0, 0.0)
    assert tg.grad(tg.power, (0, 1))(0.0, 0.0) == (0.0, 0.0)
    base, exponent = tg.grad(lambda x, y: (x**y).sum(), (0, 1))(np.array([0.0, 2.0]), np.array([0.0, 3.0]))
    np.testing.assert_allclose(base, [0.0, 12.0])
    np.testing.assert_allclose(exponent, [0.0, 8 * math.log(2)])


def test_slopes_of_inverse_functions_keep_their_digits_near_the_ends():
    """In float32, 1 − x² has lost most of them."""
    for f, slope in (
        (np.arcsin, lambda x: 1 / math.sqrt((1 - x) * (1 + x))),
        (np.arccos, lambda x: -1 / math.sqrt((1 - x) * (1 + x))),
        (np.arctanh, lambda x: 1 / ((1 - x) * (1 + x))), (np.arccosh, lambda x: 1 / math.sqrt((x - 1) * (x + 1))),
    ):  # fmt: skip
        x = np.float32(1.0001 if f is np.arccosh else 0.9999)
        for single in (x, -x) if f is not np.arccosh else (x,):
            np.testing.assert_allclose(tg.grad(f)(single), slope(float(single)), rtol=1e-6)


def test_angles_of_tiny_and_of_huge_points():
    """The squares of such coordinates are 0 or infinite, the angle's slope 1/(2x) is neither."""
    for x in (1e-200, 1e200):
        np.testing.assert_allclose(tg.grad(np.arctan2, (0, 1))(x, x), (0.5 / x, -0.5 / x))
    assert tg.grad(np.arctan2, (0, 1))(0.0, 0.0) == (0.0, 0.0)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_power_to_the_0_hands_on_nothing_of_an_infinite_slope():
    f = lambda x: np.arcsin(x**0).sum() + np.sqrt(x**0.0 - 1.0).sum()
    x = np.array([2.0, 0.0])
    for found in (tg.grad(f)(x), tg.jit(tg.grad(f))(x), tg.grad(lambda x: tg.grad(f)(x).sum())(x)):
        np.testing.assert_array_equal(found, [0.0, 0.0])
    assert tg.grad(lambda x: np.arcsin(x**0))(2.0) == 0.0
    t = Tensor(x)
    f(t).backward(create_graph=True)
    assert isinstance(t.grad, Tensor) and t.grad.data.tolist() == [0.0, 0.0]


def test_roots_at_zero():
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert tg.grad(tg.sqrt)(0.0) == math.inf
    assert tg.grad(lambda x: tg.hypot(x, 0.0))(0.0) == 0.0
    np.testing.assert_array_equal(tg.grad(tg.std)(np.ones(3)), np.zeros(3))
    np.testing.assert_array_equal(tg.grad(lambda x: tg.std(x, axis=0).sum())(np.ones((3, 2))), np.zeros((3, 2)))


def test_products_with_zeros():
    np.testing.assert_array_equal(tg.grad(tg.prod)(np.array([0.0, 2.0, 3.0])), [6.0, 0.0, 0.0])
    np.testing.assert_array_equal(tg.hessian(tg.prod)(np.array([0.0, 0.0, 3.0])), [[0, 3, 0], [3, 0, 0], [0, 0, 0]])
    tg.check_grads(lambda x: tg.prod(x, axis=(0, 2)), np.array([[[0.0, 2.0], [1.0, 3.0]], [[0.0, 1.0], [2.0, 5.0]]]))


def test_infinities_in_logsumexp():
    assert tg.logsumexp(np.array([-np.inf, -np.inf])) == -np.inf
    assert tg.logsumexp(np.array([np.inf, 1.0])) == np.inf
    np.testing.assert_array_equal(tg.grad(tg.logsumexp)(np.array([0.0, -np.inf])), [1.0, 0.0])


def test_sinc_near_zero():
    for x in (0.0, 1e-9, 1e-5, 9.9e-5, 1.1e-4, 1e-3, 0.3):
        exact = mpmath.diff(mpmath.sincpi if hasattr(mpmath, "sincpi") else lambda t: mpmath.sinc(mpmath.pi * t), x)
        np.testing.assert_allclose(tg.grad(tg.sinc)(x), float(exact), rtol=1e-6, atol=1e-15)


# ── a Value is as IEEE and NumPy have it ──────────────────────────────────────────────────────────────────────────────


def test_values_follow_ieee():
    with pytest.warns(RuntimeWarning):
        assert (Value(1.0) / 0.0).data == math.inf
    with pytest.warns(RuntimeWarning):
        assert (1.0 / Value(-0.0)).data == -math.inf
    with pytest.warns(RuntimeWarning):
        assert np.log(Value(0.0)).data == -math.inf
    with pytest.warns(RuntimeWarning):
        assert math.isnan((Value(-8.0) ** (1 / 3)).data)
    with pytest.warns(RuntimeWarning):
        assert np.exp(Value(1e4)).data == math.inf
    with pytest.warns(RuntimeWarning):
        assert (Value(1e300) ** 2).data == math.inf
    assert type((Value(3.0) * np.float64(2)).data) is float
    assert type((np.float64(2) * Value(3.0)).data) is float


def test_a_gradient_through_ieee():
    x = Value(0.0)
    with pytest.warns(RuntimeWarning):
        y = np.log(x)
        y.backward()
    assert x.grad == math.inf


# ── by hand ───────────────────────────────────────────────────────────────────────────────────────────────────────────

rng = np.random.default_rng(3)
N, D, K = 5, 4, 3
X, W, T = rng.normal(size=(N, D)), rng.normal(size=(D, 1)), rng.integers(0, 2, (N, 1)).astype(float)


@pytest.mark.parametrize(("reduction", "count"), [("mean", N), ("sum", 1)])
def test_binary_cross_entropy_by_hand(reduction, count):
    p = 1 / (1 + np.exp(-X @ W))
    yhat = Tensor(p)
    losses.binary_cross_entropy(yhat, T, reduction=reduction).backward()
    np.testing.assert_allclose(yhat.grad, -(T / p - (1 - T) / (1 - p)) / count, rtol=1e-13)
    z, w = Tensor(X @ W), Tensor(W)
    losses.binary_cross_entropy_with_logits(z, T, reduction=reduction).backward()
    np.testing.assert_allclose(z.grad, (p - T) / count, rtol=1e-12)
    losses.binary_cross_entropy(tg.sigmoid(X @ w), T, reduction=reduction).backward()
    np.testing.assert_allclose(w.grad, X.T @ (p - T) / count, rtol=1e-12)


@pytest.mark.parametrize(("reduction", "count"), [("mean", N), ("sum", 1)])
def test_softmax_with_cross_entropy_by_hand(reduction, count):
    z, labels = Tensor(rng.normal(size=(N, K))), rng.integers(0, K, N)
    p = np.exp(z.data) / np.exp(z.data).sum(axis=1, keepdims=True)
    losses.cross_entropy(z, labels, reduction=reduction).backward()
    np.testing.assert_allclose(z.grad, (p - np.eye(K)[labels]) / count, rtol=1e-12, atol=1e-15)


def test_mean_squared_error_by_hand():
    w = Tensor(W)
    losses.mse_loss(X @ w, T).backward()
    np.testing.assert_allclose(w.grad, 2 * X.T @ (X @ W - T) / N, rtol=1e-12)


def test_hidden_layer_by_hand():
    V, b = Tensor(rng.normal(size=(D, 2))), Tensor(np.zeros(2))
    U = Tensor(rng.normal(size=(2, 1)))
    h = np.tanh(X @ V + b)
    losses.binary_cross_entropy_with_logits(h @ U, T).backward()
    H = np.tanh(X @ V.data)
    delta = (1 / (1 + np.exp(-H @ U.data)) - T) / N
    np.testing.assert_allclose(U.grad, H.T @ delta, rtol=1e-12)
    np.testing.assert_allclose(V.grad, X.T @ (delta @ U.data.T * (1 - H**2)), rtol=1e-12)
    np.testing.assert_allclose(b.grad, (delta @ U.data.T * (1 - H**2)).sum(axis=0), rtol=1e-12)


# ── what is chosen away hands on 0, whatever comes in ─────────────────────────────────────────────────────────────────

# Each is 0 for these operands, by a choice, under a root whose slope at 0 is infinite.
CHOSEN_AWAY = {
    "relu": (lambda x: np.sqrt((tg.relu(x) ** 2).mean()), [-1.0, -2.0]),
    "maximum": (lambda x: np.sqrt(np.maximum(x, 0.0)).sum(), [-1.0, -2.0]),
    "maximum of a small negative": (lambda x: np.sqrt(np.maximum((x**2).mean() - x.mean() ** 2 - 1e-9, 0)), [0.1] * 3),
    "minimum": (lambda x: np.sqrt(-np.minimum(x, 0.0)).sum(), [1.0, 2.0]),
    "fmax": (lambda x: np.sqrt(np.fmax(x, 0.0)).sum(), [-1.0, -2.0]),
    "fmin": (lambda x: np.sqrt(-np.fmin(x, 0.0)).sum(), [1.0, 2.0]),
    "clip": (lambda x: np.sqrt(np.clip(x, 0.0, 1.0)).sum(), [-1.0, -2.0]),
    "hinge": (lambda x: np.sqrt(tg.losses.hinge_loss(x, np.array([1.0, 1.0]))), [3.0, 2.0]),
    "max": (lambda x: np.sqrt(np.concatenate([x, [0.0]]).max()), [-1.0, -2.0]),
    "where": (lambda x: np.sqrt(np.where(x > 0, x, 0.0)).sum(), [-1.0, -2.0]),
    "diagonal of einsum": (
        lambda x: np.sqrt(np.einsum("ii->i", np.outer(x, x) * 0.0 + np.diag(x * x))).sum(),
        [1.0, 2.0],
    ),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", list(CHOSEN_AWAY))
@pytest.mark.parametrize("way", ["eager", "graph", "jit", "source"])
def test_what_is_chosen_away_hands_on_nothing(name, way):
    f, x = CHOSEN_AWAY[name]
    x = np.array(x)
    expected = np.ones_like(x) if name.startswith("diagonal") else np.zeros_like(x)
    if way == "eager":
        found = tg.grad(f)(x)
    elif way == "graph":
        leaf = Tensor(x)
        f(leaf).backward(create_graph=True)
        found = leaf.grad.data
    elif way == "jit":
        found = tg.jit(tg.grad(f))(x)
    else:
        space = {}
        exec(tg.to_numpy(f, x), space)
        found = space["f"](x)[1]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("choose", [tg.relu, lambda x: x.maximum(0.0) if hasattr(x, "maximum") else np.maximum(x, 0.0)])
def test_bare_numbers_that_are_chosen_away(choose):
    x = Value(-1.0)
    np.sqrt(choose(x)).backward()
    assert x.grad == 0.0


# PyTorch's slopes where an operand is nan: what is not known to lose hands everything on.
@pytest.mark.parametrize("f", [tg.relu, lambda x: np.maximum(x, 0.0), lambda x: np.minimum(x, 0.0)])
@pytest.mark.parametrize("kind", [Value, lambda x: Tensor([x])])
def test_nan_is_not_hidden_by_a_choice(f, kind):
    x = kind(math.nan)
    (f(x) * 3.0).sum().backward() if x.shape else (f(x) * 3.0).backward()
    assert x.grad == 3.0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_largest_of_numbers_with_a_nan_has_no_slope():
    x = Tensor([1.0, math.nan, 2.0])
    x.max().backward()
    assert np.isnan(x.grad).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_choosing_by_bits_is_choosing(dtype):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 90)).astype(dtype)
    x[0, :4] = [np.inf, -np.inf, np.nan, -0.0]
    mask = rng.random(x.shape) > 0.5
    for condition, a, b in [
        (mask, x, 0.0),
        (mask, 0.0, x),
        (mask.T.copy().T, x, 0.0),
        (mask, x, 1.0),
        (mask[0], x, 0.0),
    ]:
        found, expected = tg.where(condition, a, b), np.where(condition, a, b)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's memory")
def test_steps_on_large_arrays_ask_the_system_for_no_pages_again():
    """In a process of its own: what else lives on the heap decides what glibc would give back."""
    code = """
import resource
import numpy as np
from tinygrad_edu import Tensor
w = Tensor(np.ones((1024, 1024)))
def step():
    np.tanh(np.tanh(np.tanh(np.tanh(w * 0.5) * 0.5) * 0.5) * 0.5).sum().backward()
    w.grad = None
for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1000


@named([rule for rule in SMOOTH if len(next(tries(rule))[1]) > 1])
def test_beside_fewer_digits_a_gradient_keeps_its_own(rule):
    """A third is a number that stands for all entries, and it is none of 32 bits."""
    for call, drawn in tries(rule):
        weights = weights_for(call, drawn)
        for wide, weight in itertools.product(range(len(drawn)), (1.0, weights)):
            f = lambda *xs, call=call, weight=weight: (call(*xs) * weight).mean() / 3
            xs = [x if i == wide else x.astype(np.float32) for i, x in enumerate(drawn)]
            exact = gradients(f, [x.astype(float) for x in xs])
            for create_graph in (False, True):
                found = gradients(f, xs, create_graph)
                assert [g.dtype for g in found] == [x.dtype for x in xs]
                np.testing.assert_allclose(plain(found[wide]), exact[wide], rtol=1e-12, atol=1e-15)


@named(BINARY)
def test_beside_a_number_of_fewer_digits(rule):
    """float32(0.3) is a number as any other, once it has been read."""
    x, few = np.array([0.1, 0.3, 0.7]), np.float32(0.3)
    for way in (1, -1):
        found, exact = (
            gradients(lambda x, c=c, way=way: rule(*(x, c)[::way]).sum(), [x])[0] for c in (few, float(few))
        )
        np.testing.assert_allclose(found, exact, rtol=1e-14)


@pytest.mark.parametrize("kind", [float, lambda x: np.array([x])], ids=["a number", "an array"])
@pytest.mark.parametrize(("f", "factor"), [(np.arcsin, 1.0), (np.arccos, -1.0), (np.arctanh, 2.0)])
def test_the_second_derivative_of_an_inverse_function_keeps_its_digits_near_0(f, factor, kind):
    """It is factor · x there, which 1 − x cannot tell from 0; at the end of its domain it is infinite."""
    slope = tg.grad(lambda x: tg.sum(f(x)))
    second = tg.grad(lambda x: tg.sum(slope(x)))
    for x in (1e-20, -1e-160, 1e-300):
        assert second(kind(x)) == pytest.approx(factor * x, rel=1e-12)
    with np.errstate(divide="ignore"):
        assert second(kind(1.0)) == factor * math.inf
