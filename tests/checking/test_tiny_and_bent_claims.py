"""Claims of numbers that are nearly 0 or very large, and claims with a condition that is nearly right."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive

pytest.importorskip("lark")
RNG = np.random.default_rng(31)


def hinge():
    rng = np.random.default_rng(0)
    X, w = (Tensor(np.round(rng.normal(size=shape), 3), name=name) for shape, name in (((5, 3), "X"), (3, "w")))
    y = Tensor([1.0, -1.0, -1.0, 1.0, 1.0], name="y", requires_grad=False)
    return derive(np.maximum(0, 1 - y * (X @ w)).mean(), w)


def squares(times):
    w = Tensor(RNG.normal(size=3), name="w")
    return derive((w**2).sum() * times, w)


@pytest.mark.parametrize("factor", ["1e-12", "1e-9", "1e9"])
def test_a_factor_that_is_nearly_0_is_not_0(factor):
    verdict = squares(1.0).check(f"{factor} * w")
    assert verdict.mistake == "constant-factor" and float(verdict.factor) == float(factor) / 2
    assert squares(1.0).check("0 * w").mistake == "missing-path"


def test_what_rounding_leaves_of_0_is_0():
    verdict = squares(1.0).check("(0.1 + 0.2) * w - 0.3 * w")
    assert verdict.mistake == "missing-path" and "is 0" in verdict.message


def test_what_large_numbers_leave_when_they_cancel_is_0():
    x, z = Tensor(RNG.normal(size=6), name="x"), Tensor(RNG.normal(size=4), name="z")
    m = x.mean()
    m.name = "m"
    centred = derive(1e8 * ((x - m) ** 2).sum(), m)
    assert centred.check("0").ok and centred.check(r"-2 \cdot 10^8 \sum_i (x_i - m)").ok
    assert centred.check("0.001").ok is False
    assert derive(1e6 * np.exp(5 * z).sum() - (1e6 * np.exp(z * 5)).sum(), z).check("0").ok
    assert derive(1e6 * np.exp(5 * z).sum() - (1e6 * np.exp(z * 5)).sum() + 1e-3 * z.sum(), z).check("0").ok is False


def test_a_factor_of_a_gradient_whose_square_is_no_number():
    assert squares(1e200).check("2e200 * w").ok
    assert squares(1e200).check("-2e200 * w").mistake == "sign"
    assert squares(1e200).check("1e200 * w").mistake == "constant-factor"


def test_where_the_gradient_is_0_no_sum_is_left_over():
    w = Tensor(RNG.normal(size=3), name="w")
    verdict = derive(((w - w) ** 2).sum(), w).check("1e-300")
    assert verdict.ok is False and verdict.mistake != "extra-sum"


@pytest.mark.parametrize("limit", ["0", "2"])
def test_a_condition_that_is_right_at_a_few_points_is_no_evidence(limit):
    verdict = hinge().check(rf"-\frac1N\sum_i 1[y_i w^T x_i < {limit}] y_i x_i")
    assert verdict.ok is False
    assert verdict.mistake == "unexplained" or "A count is written as a number" not in verdict.message
    assert "Σ" not in verdict.message


def test_a_count_written_as_a_number_beside_a_condition():
    verdict = hinge().check(r"-\frac15\sum_i 1[y_i w^T x_i < 1] y_i x_i")
    assert verdict.mistake == "special-case" and "A count is written as a number" in verdict.message


@pytest.mark.parametrize("a", [0.7, -0.7])
@pytest.mark.parametrize("others", range(4))
@pytest.mark.parametrize("shape", [(3,), (4, 2)])
def test_a_claim_that_is_right_for_one_sign_of_a_number_only_has_no_tick(a, others, shape):
    w, a = Tensor(np.linspace(0.5, 2.0, int(np.prod(shape))).reshape(shape), name="w"), Value(a, name="a")
    loss, rest = (a * w**2).sum(), ""
    for number in range(others):
        loss, rest = loss + Value(0.3, name=f"q_{number}") * (w**3).sum(), f"{rest} + 3*q_{number}*w**2"
    derivation, of_its_sign = derive(loss, w), "2*abs(a)*w" if a.data > 0 else "-2*abs(a)*w"
    assert derivation.check(f"2*a*w{rest}").ok
    for claim in (
        "2*abs(a)*w",
        "-2*abs(a)*w",
        "2*maximum(a, 0)*w",
        "2*minimum(a, 0)*w",
        "2*sqrt(a**2)*w",
        "2*a*abs(w)",
    ):
        assert not derivation.check(claim + rest).ok
    verdict = derivation.check(of_its_sign + rest)
    assert verdict.mistake == "special-case" and f"Right only where a {'>' if a.data > 0 else '<'} 0" in verdict.message


def test_a_change_without_a_value_where_the_claim_is_wrong_explains_nothing():
    w, a = Tensor([0.3, 0.5, -0.2], name="w"), Value(0.7, name="a")
    verdict = derive((a * w * w).sum(), w).check("2*sqrt(a**2)*w")
    assert "Right only where a > 0" in verdict.message and "bracket" not in verdict.message


def test_a_condition_is_not_taken_for_a_sign():
    x = Tensor([0.3, 1.0, 2.0], name="x")
    derivation = derive(tg.relu(x).sum(), x)
    verdict = derivation.check("x > 0.05")
    assert verdict.mistake == "special-case" and "beside the kink" in verdict.message


@pytest.mark.parametrize("claim", ["sqrt(X**2).T @ np.ones(N)", "abs(X).T @ np.ones(N)", "(X**2).T @ np.ones(N)"])
def test_ones_are_no_labels_where_they_are_weights(claim):
    X, w = Tensor(np.ones((4, 2)), name="X"), Tensor([0.5, -1.0], name="w")
    derivation = derive((X @ w).sum(), w)
    assert derivation.check("X.T @ np.ones(N)").ok and not derivation.check(claim).ok


@pytest.mark.parametrize("claim", ["0", "0*z", "z - z"])
def test_a_gradient_that_is_0_but_for_rounding_is_said_to_be_0(claim):
    z = Tensor([0.3, -1.0, 2.0, 0.5], name="z")
    assert "is 0 everywhere" in derive(tg.softmax(z).sum(), z).check(claim).message


def cancelling():
    rng = np.random.default_rng(5)
    X, W, t, b = (Tensor(rng.normal(size=s), name=n) for s, n in (((6, 4), "X"), ((4, 3), "W"), (6, "t"), (3, "b")))
    v, a = Tensor(np.array([3.0, -2.0, 1.0, 2.0]), name="v"), Value(0.3, name="a")
    z = (X @ v) ** 2
    return {
        "weighted": ((tg.softmax(z + a) * (X @ v)).sum() / 2, a),
        "logs": ((tg.log_softmax(3 * z + a) * t).sum() - (tg.log_softmax(3 * z) * t).sum(), a),
        "saturated": (tg.softmax(10 * X @ W + b, axis=1).sum(), b),
        "of weights": (tg.softmax(3 * np.exp(X @ W), axis=1).sum(), W),
        "variance": (100 * np.var(7 * t + a), a),
    }


@pytest.mark.parametrize("name", cancelling())
def test_a_gradient_that_cancels_is_0_also_where_its_rounding_stays_as_it_is(name):
    loss, wrt = cancelling()[name]
    derivation = derive(loss, wrt)
    assert derivation.check("0").ok and not derivation.check("0*a + 1e-9" if wrt.name == "a" else f"{wrt.name}*1e-9").ok


@pytest.mark.parametrize("scale", [1e-18, 1e-14, 1e-12])
def test_a_gradient_that_is_tiny_everywhere_is_no_rounding(scale):
    w = Tensor(RNG.normal(size=3), name="w")
    for loss, claim in (((w**2).sum(), "2*w"), (np.tanh(20 * w).sum(), "20*(1 - np.tanh(20*w)**2)")):
        derivation = derive(scale * loss, w)
        assert derivation.check(f"{scale}*{claim}").ok
        assert not derivation.check("0").ok and not derivation.check(f"{scale}*1.001*{claim}").ok


@pytest.mark.parametrize(
    ("loss", "right", "wrong"),
    [
        (lambda x: np.tanh(1000 * (x * x).sum()), "2000*x*(1 - tanh(1000*x@x)**2)", "7*x*(1 - tanh(1000*x@x)**2)"),
        (lambda x: np.exp(-1000 * (x * x).sum()), "-2000*x*exp(-1000*x@x)", "-2000/3*N*x*exp(-1000*x@x)"),
        (lambda x: np.tanh(200 * x).mean(), "200/N*(1 - tanh(200*x)**2)", "200/3*(1 - tanh(200*x)**2)"),
        (lambda x: np.maximum(0.001 - x * x, 0).sum(), "-2*x*(x*x < 0.001)", "-x*(x*x < 0.001)"),
        (lambda x: np.maximum(0.001 - x * x, 0).sum(), "-2*x*(x*x < 0.001)", "-2*x*(x*x < 0.0009)"),
        (lambda x: np.where(x * x < 0.001, x * x, 0).sum(), "2*x*(x*x < 0.001)", "2*abs(x)*(x*x < 0.001)"),
        (lambda x: (x**2).sum() + np.exp(-9e4 * x**2).sum(), "2*x - 18e4*x*exp(-9e4*x**2)", "2*x"),
    ],
)  # fmt: skip
def test_what_vanishes_elsewhere_is_tried_near_the_recorded_numbers(loss, right, wrong):
    x = Tensor([0.01, 0.02, -0.015], name="x")
    derivation = derive(loss(x), x)
    assert derivation.check(right).ok and "0 everywhere" not in derivation.check(right).message
    assert not derivation.check(wrong).ok and derivation.check("0").ok is False


def test_a_factor_is_named_where_more_than_one_number_says_so():
    x = Tensor([0.01, 0.02, -0.015], name="x")
    assert derive(np.exp(-5000 * x * x).sum(), x).check("7*exp(-5000*x*x)").factor is None


def test_another_spelling_is_right_where_a_function_is_nearly_flat():
    x, a = Value(0.9, name="x"), Value(0.8, name="a")
    derivation = derive(np.tanh(a**2 + 7 * x * a), x)
    assert derivation.check("7*a - 7*a*tanh(a**2 + 7*x*a)**2").ok
    assert derivation.check("7*a*(1 - (2*sigmoid(2*(a**2 + 7*x*a)) - 1)**2)").ok
    assert not derivation.check("7*a - 7*tanh(a**2 + 7*x*a)**2").ok


def test_what_is_right_for_shares_is_not_said_to_be_right_for_all_that_is_positive():
    p = Tensor([0.2, 0.3, 0.5], name="p")
    verdict = derive((p * p.sum()).sum(), p).check("2")
    assert not verdict.ok and "p > 0" not in verdict.message


@pytest.mark.parametrize(
    ("function", "gradient"),
    [
        (lambda x: np.tanh(100 * x).sum(), "100*(1 - tanh(100*x)**2)"),
        (lambda x: tg.sigmoid(1000 * x).sum(), "1000*sigmoid(1000*x)*(1 - sigmoid(1000*x))"),
        (lambda x: np.exp(-1e5 * x**2).sum(), "-2e5*x*exp(-1e5*x**2)"),
    ],
)
def test_what_is_flat_nearly_everywhere_is_met_where_it_is_not(function, gradient):
    x = Tensor([0.9, -0.7, 1.4], name="x")
    assert derive(function(x), x).check("0").ok is False
    assert derive(function(x), x).check(gradient).message == "Right: this is ∂L/∂x."


def test_what_has_another_shape_at_some_numbers_does_not_differ_in_something_small():
    a, b = Tensor([0.5, -1.0, 2.0, 0.3], name="a"), Tensor(1.3, name="b")
    message = derive((a * abs(b)).sum(), a).check("-b").message
    assert message == "This is not ∂L/∂a, and no single mistake explains it."
