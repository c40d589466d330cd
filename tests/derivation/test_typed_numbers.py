"""Numbers in formulas, as people write them: quotients, decimals, roots, multiples of π."""

import numpy as np
import pytest
from test_derive import every_line_is_true, normal

import tinygrad_edu as tg
from tinygrad_edu import Value, derive


def last(loss, wrt):
    return every_line_is_true(loss, wrt).steps[-1].rhs.text


@pytest.mark.parametrize(
    ("loss", "shown"),
    [
        (lambda x: (x**2).sum() / 5, "2 xᵢ/5"),
        (lambda x: (x**3).sum() / 10, "(3/10) xᵢ²"),
        (lambda x: (x**2).sum() / 2, "xᵢ"),
        (lambda x: 0.1 * (x**2).sum(), "0.2 xᵢ"),
        (lambda x: 0.2 * x.sum(), "0.2"),
        (lambda x: 0.2 * x.sum() + (x**2).sum() / 5, "0.2 + 2 xᵢ/5"),
        (lambda x: 0.001 * (x**2).sum(), "0.002 xᵢ"),
        (lambda x: 0.57735 * x.sum(), "0.57735"),
        (lambda x: x.sum() / np.sqrt(3.0), "1/√3"),
        (lambda x: np.sqrt(2.0) * x.sum(), "√2"),
        (lambda x: x.sum() / np.sqrt(2 * np.pi), "1 / √(2 π)"),
        (lambda x: 2 * np.pi * x.sum(), "2 π"),
        (lambda x: x.sum() * (np.pi / 3), "π/3"),
        (lambda x: x.sum() / 3, "1/3"),
        (lambda x: x.sum() * (2 / 7), "2/7"),
        (lambda x: x.sum() * 0.12345678901234, "0.123457"),
    ],
)
def test_as_it_was_typed_or_as_the_simplest_there_is(loss, shown):
    x = normal(4, name="x")
    text = last(loss(x), x)
    assert text.replace("3 xᵢ²/10", "(3/10) xᵢ²") == shown


def test_a_number_that_may_be_one_over_the_count_is_said():
    x = normal(5, name="x")
    said = "may be 1/N, as N is 5 here"
    assert f"(1/5 {said}: a formula says N where the loss takes a mean())" in str(derive((x * x).sum() / 5, x))
    assert f"(0.2 {said}" in str(derive(0.2 * (x * x).sum(), x))
    for loss in ((x * x).mean(), (x * x).sum() / 4, 0.3 * x.sum(), 0.0 * x.sum(), 5.0 * x.sum(), x.sum() / 1):
        assert "may be" not in str(derive(loss, x))
    pair = normal(2, name="x")
    assert "may be" not in str(derive(0.5 * (pair * pair).sum(), pair))


def test_the_constant_and_a_weight_called_pi_do_not_share_a_letter():
    weight = Value(0.3, name="pi")
    derivation = every_line_is_true(np.sin(weight * np.pi), weight)
    assert derivation.steps[-1].rhs.text == "3.14159265359 cos(3.14159265359 π)"
    assert derivation.check(derivation.steps[-1].latex).ok
    other = Value(0.3, name="x")
    assert last(np.sin(other * np.pi), other) == "π cos(π x)"


def test_a_name_with_a_letter_below_is_not_an_entry():
    X, W = normal(4, 3, name="X", data=True), normal(3, 2, name="W_i")
    derivation = every_line_is_true(((X @ W) ** 2).sum(), W)
    assert derivation.steps[-1].text == "∂L/∂Wᵢ[j, k] = 2 Σₗ Xₗⱼ Σₘ Xₗₘ Wᵢ[m, k]"
    assert [str(index) for index in derivation.indices] == ["j", "k"]


def test_a_gradient_above_a_size_has_its_brackets():
    X = normal(5, 3, name="X")
    mu = X.mean(axis=0)
    mu.name = "mu"
    derivation = derive(((X - mu) ** 2).sum(), X)
    assert "∂L/∂Xᵢⱼ, path 2 = (∂L/∂μⱼ)/N" in str(derivation)


def test_a_quotient_of_exponentials_is_a_sigmoid():
    x, y = normal(4, name="x"), normal(4, name="y", data=True)
    assert last(np.log(1 + np.exp(x)).sum(), x) == "σ(xᵢ)"
    assert last(np.log(1 + np.exp(-y * x)).sum(), x) == "−yᵢ σ(−xᵢ yᵢ)"
    assert last((1 / (1 + np.exp(-x))).sum(), x) == "(1 − σ(xᵢ)) σ(xᵢ)"
    assert last((tg.exp(x) / (2 + tg.exp(x))).sum(), x) == "2(exp xᵢ)/(2 + exp xᵢ)²"
