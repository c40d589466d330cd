"""Claims with a Σ that names no index, with limits of their own, as a row, or as one number."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive

RNG = np.random.default_rng(7)


def column(wrt="W"):
    x = Tensor(RNG.normal(size=(5, 3)), name="X", requires_grad=False)
    w, b = Tensor(RNG.normal(size=(3, 1)), name="W"), Tensor(RNG.normal(size=1), name="b")
    y = Tensor([[1.0], [0.0], [1.0], [0.0], [1.0]], name="y", requires_grad=False)
    yhat = tg.sigmoid(x @ w + b)
    yhat.name = "yhat"
    return -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).mean(), {"W": w, "b": b}[wrt]


def intercept():
    return column("b")


def line():
    x = Tensor(RNG.normal(size=(6, 3)), name="X", requires_grad=False)
    w, b = Tensor(RNG.normal(size=3), name="w", requires_grad=False), Value(0.4, name="b")
    y = Tensor(RNG.normal(size=6), name="y", requires_grad=False)
    yhat = x @ w + b
    yhat.name = "yhat"
    return ((yhat - y) ** 2).mean(), b


def normal():
    x, mu = Tensor(RNG.normal(size=6), name="x", requires_grad=False), Value(0.2, name="mu")
    sigma = Value(1.4, name="sigma")
    return (np.log(sigma) + (x - mu) ** 2 / (2 * sigma**2)).sum(), sigma


def partition():
    x = Tensor(RNG.normal(size=4), name="x")
    return np.log(np.exp(x).sum()), x


def logistic():
    x = Tensor(RNG.normal(size=(5, 3)), name="X", requires_grad=False)
    w, y = Tensor(RNG.normal(size=3), name="w"), Tensor([1.0, 0.0, 1.0, 0.0, 1.0], name="y", requires_grad=False)
    a = tg.sigmoid(x @ w)
    a.name = "a"
    return -(y * np.log(a) + (1 - y) * np.log(1 - a)).mean(), w


@pytest.mark.parametrize(
    ("problem", "claim"),
    [
        (line, "2Σ(ŷᵢ−yᵢ)/N"),
        (intercept, "(1/N)Σ(ŷᵢ−yᵢ)"),
        (normal, r"\frac N\sigma-\frac{\sum(x_i-\mu)^2}{\sigma^3}"),
        (normal, "N/σ − (1/σ³)Σ(xᵢ−μ)²"),
        (partition, r"\frac{e^{x_i}}{\sum e^{x_j}}"),
    ],
)
def test_a_sum_without_an_index_goes_over_the_one_inside(problem, claim):
    assert derive(*problem()).check(claim).ok


def test_a_lost_factor_beside_such_a_sum_is_named():
    assert derive(*line()).check("2Σ(ŷᵢ−yᵢ)").mistake == "mean-factor"
    assert derive(*line()).check("2(ŷᵢ−yᵢ)/N").mistake == "missing-sum"


def test_from_0_to_n_is_one_term_too_many():
    claim = r"\frac1N\sum_{i=0}^{%s}(a_i-y_i)x_i"
    verdict = derive(*logistic()).check(claim % "N")
    assert not verdict.ok
    assert "has 6 terms" in verdict.message
    assert derive(*logistic()).check(claim % "N-1").ok


def test_a_row_is_no_column():
    assert derive(*column()).check(r"\frac1N(\hat y-y)^\top X").mistake == "transpose"
    assert derive(*column()).check(r"\frac1N X^\top(\hat y-y)").ok


@pytest.mark.parametrize(
    ("claim", "mistake"), [("np.mean(yhat - y)", None), ("np.sum(yhat-y)", "mean-factor"), ("-np.mean(yhat-y)", "sign")]
)
def test_one_number_for_a_single_entry_is_judged_by_its_value(claim, mistake):
    assert derive(*intercept()).check(claim).mistake == mistake


@pytest.mark.parametrize(
    ("other", "claim"),
    [
        (lambda t: np.exp(-(t**2)), r"\cos t\, e^{-t^2} - 2t\sin t\, e^{-t^2}"),
        (np.log, r"\sin t\, t^{-1} + \cos t\,\ln t"),
        (np.log, r"\cos{t}\,\ln{t}+\sin{t}\,t^{-1}"),
        (np.log, r"\sin t \frac1t + \cos t\ln t"),
    ],
)
def test_a_function_without_parentheses_may_end_before_the_next_factor(other, claim):
    t = Tensor(RNG.uniform(0.2, 1.5, 4), name="t")
    derivation = derive((np.sin(t) * other(t)).sum(), t)
    verdict = derivation.check(claim)
    assert verdict.ok
    assert verdict.message.count("reaching to the next factor only") == 1
    assert not derivation.check(f"2 ({claim})").ok


def test_a_model_without_a_name_is_the_one_of_this_loss():
    x, y = (Tensor(RNG.normal(size=s), name=n, requires_grad=False) for s, n in (((6, 3), "X"), (6, "y")))
    theta = Tensor(RNG.normal(size=3), name="theta")
    claim = r"\frac{1}{m}\sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)})"
    linear = derive(((x @ theta - y) ** 2).sum() / (2 * 6), theta)
    labels = Tensor([0.0, 1.0, 1.0, 0.0, 1.0, 0.0], name="y", requires_grad=False)
    a = tg.sigmoid(x @ theta)
    logistic = derive(-(labels * np.log(a) + (1 - labels) * np.log(1 - a)).mean(), theta)
    for derivation in (linear, logistic):
        assert derivation.check(claim + "x_j^{(i)}").ok
        assert derivation.check(claim + "x^{(i)}").ok
        assert derivation.check("-" + claim + "x^{(i)}").mistake == "sign"


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        (r"\sum_{m=1}^{D} 2 y_i", True), (r"\frac{\partial L}{\partial y_i} = 2 \sum_{j=1}^{D} y_i", True),
        (r"2 y_i \sum_{j=1}^{D} 1", True), (r"2 \sum_{j=1}^{K} y_i", True), (r"\sum_{j=1}^{D} 3 y_i", False),
        (r"\frac{\partial L}{\partial y_i} = 2 \sum_{j=1}^{N} y_i", False), (r"2 y_i \sum_{j=1}^{N} 1", False),
    ],
)  # fmt: skip
def test_what_does_not_have_the_index_of_a_sum_is_there_as_often_as_its_limits_say(claim, right):
    X, y = Tensor(RNG.normal(size=(3, 4)), name="X", requires_grad=False), Tensor(RNG.normal(size=3), name="y")
    verdict = derive((X + y[:, None] * y[:, None]).sum(), y).check(claim)
    assert verdict.ok is right and verdict.mistake != "unparsable"


def test_what_does_not_have_the_index_of_a_sum_without_limits_is_not_read():
    X, y = Tensor(RNG.normal(size=(3, 4)), name="X", requires_grad=False), Tensor(RNG.normal(size=3), name="y")
    verdict = derive((X + y[:, None] * y[:, None]).sum(), y).check(r"\frac{\partial L}{\partial y_i} = 2 \sum_j y_i")
    assert verdict.mistake == "unparsable" and "Σ over j, but nothing in it has that index" in verdict.message
