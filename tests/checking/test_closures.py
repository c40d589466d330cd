"""Functions that close over constants of the loss, conditions, and gradients of parameters in a claim."""

from functools import partial

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive
from tinygrad_edu.checking.closures import _referred, closed_over
from tinygrad_edu.checking.recording import Recording

RNG = np.random.default_rng(3)
X, T = RNG.normal(size=(6, 5)), RNG.normal(size=6)
LAM = 0.35


def squares(scale=None, penalty=False):
    x = Tensor(X, name="X", requires_grad=False)
    t = Tensor(T, name="t", requires_grad=False)
    w = Tensor(RNG.normal(size=5), name="w")
    lam = Value(LAM, name="lam", requires_grad=False)
    errors = (x @ w - t) ** 2
    loss = errors.mean() if scale is None else scale * errors.sum()
    return derive(loss + lam * (w**2).sum() if penalty else loss, w)


def penalty(w):
    return 2 * LAM * w


def with_default(w, c=LAM):
    return 2 * X.T @ (X @ w - T) / 6 + 2 * c * w


def with_keyword(w, *, c=LAM):
    return with_default(w, c)


class Held:
    def __init__(self):
        self.lam = LAM

    def gradient(self, w):
        return 2 * X.T @ (X @ w - T) / 6 + 2 * self.lam * w


@pytest.mark.parametrize(
    ("derivation", "claim"),
    [
        (squares(), lambda w: 2 * X.T @ (X @ w - T) / len(T)),
        (squares(0.3), lambda w: 0.6 * X.T @ (X @ w - T)),
        (squares(1 / 5), lambda w: 2 * X.T @ (X @ w - T) / 5),
        (squares(penalty=True), lambda w: 2 * X.T @ (X @ w - T) / 6 + 2 * LAM * w),
        (squares(penalty=True), lambda w, lam: 2 * X.T @ (X @ w - T) / 6 + 2 * lam * w),
        (squares(penalty=True), partial(lambda c, w: 2 * X.T @ (X @ w - T) / 6 + 2 * c * w, LAM)),
        (squares(penalty=True), partial(lambda w, c: 2 * X.T @ (X @ w - T) / 6 + 2 * c * w, c=LAM)),
        (squares(penalty=True), lambda w: 2 * X.T @ (X @ w - T) / 6 + penalty(w)),
        (squares(penalty=True), with_default),
        (squares(penalty=True), with_keyword),
        (squares(penalty=True), Held().gradient),
    ],
)
def test_what_it_closes_over_stays_as_recorded_and_the_verdict_says_so(derivation, claim):
    verdict = derivation.check(claim)
    assert verdict.ok, verdict
    assert verdict.message.startswith("Right, with X") and "as recorded" in verdict.message


def test_a_node_that_it_closes_over_stays_as_recorded():
    w, s = Tensor([0.3, 0.7], name="w"), Value(2.0, name="s", requires_grad=False)
    derivation = derive((s * w * w).sum(), w)
    for claim in (lambda w: 2 * s.data * w, lambda w: 2 * w * s):
        assert "with s as recorded" in derivation.check(claim).message


@pytest.mark.parametrize(
    ("scale", "claim", "mistake", "factor"),
    [
        (None, lambda w: 2 * X.T @ (X @ w - T), "mean-factor", "N"),
        (None, lambda w: X.T @ (X @ w - T) / len(T), "constant-factor", "1/2"),
        (0.3, lambda w: -0.6 * X.T @ (X @ w - T), "sign", "-1"),
        (1 / 5, lambda w: X.T @ (X @ w - T) / 5, "constant-factor", "1/2"),
    ],
)
def test_what_is_wrong_with_it_is_named(scale, claim, mistake, factor):
    verdict = squares(scale).check(claim)
    assert (verdict.mistake, str(verdict.factor)) == (mistake, factor)


def test_how_deep_functions_are_looked_into():
    def calling(function):
        return lambda: function()

    marked = object()
    function = lambda: marked
    for deep in range(6):
        assert any(each is marked for each in _referred(function)) == (deep <= 4)
        function = calling(function)


def test_which_leaves_a_function_may_know():
    shapes = {"empty": 0, "filled": 3, "known": 3, "data": 3, "given": 3, "part": 3}
    nodes = {name: Tensor(np.full(shape, 0.7), name=name, requires_grad=False) for name, shape in shapes.items()}
    for name in ("given", "part"):
        nodes[name] = Tensor(RNG.normal(size=3), name=name, requires_grad=False)
    nodes["known"] = Tensor(np.full(3, 0.2), name="known", requires_grad=False)
    nodes["data"] = Tensor([0.5, 0.1, 0.5], name="data", requires_grad=False)
    x = Tensor([0.1, 0.2, 0.3], name="x")
    made = nodes["part"] * 2.0
    asked = [nodes["given"], made]
    loss = (x * nodes["filled"] * nodes["known"] * nodes["data"] * nodes["given"] * made).sum() + nodes["empty"].sum()
    recording, held = Recording(loss, x), np.full(3, 0.2)
    for function, expected in ((lambda: None, ["data"]), (lambda: held, ["data", "known"])):
        assert sorted(node.name for node in closed_over(function, recording, asked)) == expected


def test_what_a_function_closes_over_before_it_has_a_value():
    now = object()

    def function():
        return later, now

    assert function.__code__.co_freevars == ("later", "now") and list(_referred(function)) == [now]
    later = object()
    assert list(_referred(function)) == [later, now]


def test_true_is_no_number_of_the_loss():
    w, s = Tensor([0.3, 0.7], name="w"), Value(1.0, name="s", requires_grad=False)
    derivation, true, one = derive((s * w * w).sum(), w), True, 1
    assert not derivation.check(lambda w: 2 * w if true else w).ok
    assert derivation.check(lambda w: 2 * w if one else w).ok


def test_a_number_written_out_is_no_constant_of_the_loss():
    lam, w = Value(0.61, name="lam", requires_grad=False), Tensor([0.3, 0.7], name="w")
    verdict = derive(lam * (w**2).sum(), w).check(lambda w: 2 * 0.61 * w)
    assert verdict.mistake == "special-case" and "only while lam = 0.61" in verdict.message


def test_a_function_without_values_of_its_own_is_right_at_the_recorded_numbers_only():
    w0 = RNG.normal(size=5)
    x, t, w = Tensor(X, name="X", requires_grad=False), Tensor(T, name="t", requires_grad=False), Tensor(w0, name="w")
    assert derive(((x @ w - t) ** 2).mean(), w).check(lambda X, t: 2 * X.T @ (X @ w0 - t) / len(t)).mistake in (
        "special-case",
        "shape",
    )


def test_a_closure_that_is_not_filled_yet_is_none():
    w = Tensor([0.3, 0.7], name="w")
    derivation = derive((Value(2.0, name="s", requires_grad=False) * w).sum(), w)

    def claim(w):
        return later + 0 * w if w.sum() > 1e9 else 2.0 + 0 * w

    assert derivation.check(claim).mistake == "special-case"
    later = 2.0


# ── conditions ──


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        (r"\mathbb 1[w \cdot x + b > 0]\, x", True),
        (r"\mathbb{1}[w \cdot x + b > 0] \cdot x", True),
        (r"\mathbf 1[w^\top x + b > 0]\, x", True),
        (r"\mathbb 1[w \cdot x > 0]\, x", False),
        (r"\mathbb 1[w \cdot x + b < 0]\, x", False),
        (r"\mathbb 1[w \cdot x - b > 0]\, x", False),
    ],
)
def test_a_condition_with_an_inner_product(claim, right):
    w, x = Tensor(RNG.normal(size=3), name="w"), Tensor(RNG.normal(size=3), name="x", requires_grad=False)
    loss = tg.relu(w @ x + Value(0.2, name="b"))
    assert derive(loss, w).check(claim).ok == right


def test_a_condition_that_is_nearly_right_is_wrong():
    w, x = Tensor(RNG.normal(size=3), name="w"), Tensor(RNG.normal(size=3), name="x", requires_grad=False)
    derivation = derive(tg.maximum(w @ x + Value(0.2, name="b"), 0), w)
    assert derivation.check(lambda w, x, b: (w @ x + b > 0) * x).ok
    assert not derivation.check(lambda w, x, b: (w @ x > 0) * x).ok
    assert not derivation.check(lambda w, x, b: (w @ x + b < 0) * x).ok


def test_a_dead_relu_is_judged():
    x = Tensor([-1.0, -2.0, -0.5], name="x")
    derivation = derive(tg.mean(tg.maximum(0, x)), x)
    verdict = derivation.check("2*(x>0)")
    assert verdict.mistake == "mean-factor" and str(verdict.factor) == "2*N"
    assert derivation.check("(x>0)/N").ok


# ── gradients of other nodes in a claim ──


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        ("gamma*istd/N*(N*dout - dgamma*xhat - dbeta)", True),
        (r"dX = \frac{1}{N}\gamma\, istd \odot (N\, dout - dgamma \odot \hat{x} - dbeta)", True),
        ("gamma*istd/N*(N*dout - dgamma*xhat)", False),
        ("gamma*istd/N*(N*dout - dbeta*xhat - dgamma)", False),
    ],
)
def test_gradients_of_parameters_may_stand_in_a_claim(claim, right):
    x, g = Tensor(RNG.normal(size=(6, 3)), name="X"), Tensor(RNG.normal(size=(6, 3)), name="g", requires_grad=False)
    gamma, beta = Tensor(RNG.normal(size=3), name="gamma"), Tensor(RNG.normal(size=3), name="beta")
    centred = x - x.mean(axis=0)
    istd = 1 / tg.sqrt((centred**2).mean(axis=0) + 1e-5)
    istd.name = "istd"
    xhat = centred * istd
    xhat.name = "xhat"
    out = gamma * xhat + beta
    out.name = "out"
    assert derive((g * out).sum(), x).check(claim).ok == right
