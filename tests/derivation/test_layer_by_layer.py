"""Compositions of elementary functions, derived layer by layer, and their last lines as people write them."""

import pytest
from test_derive import every_line_is_true
from typed import record

from tinygrad_edu import derive


def derived(text, wrt):
    loss, names = record(text, wrt=wrt)
    return every_line_is_true(loss, names[wrt])


def lines(text, wrt):
    return [(step.text, step.reason) for step in derived(text, wrt).steps]


def test_the_simplest_exercise():
    assert lines("(theta*x1-1)**2", "theta") == [
        ("L = (θ x₁ − 1)²", "the loss"),
        ("∂L/∂θ = 2 (θ x₁ − 1) ∂/∂θ (θ x₁ − 1)", "power, times the inner derivative (chain rule)"),
        ("∂/∂θ (θ x₁ − 1) = x₁", "linear in θ"),
        ("∂L/∂θ = 2 x₁(θ x₁ − 1)", "put together"),
    ]


def test_the_chain_rule_goes_on_inside():
    assert lines("exp(sin(x**2))", "x")[1:] == [
        ("∂L/∂x = exp(sin(x²)) ∂/∂x (sin(x²))", "exp, times the inner derivative (chain rule)"),
        ("∂/∂x (sin(x²)) = cos(x²) ∂/∂x (x²)", "sin, times the inner derivative (chain rule)"),
        ("∂/∂x (x²) = 2 x", "power"),
        ("∂L/∂x = 2 x cos(x²) exp(sin(x²))", "put together"),
    ]


def test_the_product_rule():
    assert lines("x*exp(-x**2)", "x")[1:] == [
        ("∂L/∂x = exp(−x²) + x ∂/∂x (exp(−x²))", "product rule"),
        ("∂/∂x (exp(−x²)) = exp(−x²) ∂/∂x (−x²)", "exp, times the inner derivative (chain rule)"),
        ("∂/∂x (−x²) = −2 x", "power"),
        ("∂L/∂x = exp(−x²) − 2 x² exp(−x²)", "put together"),
        ("∂L/∂x = (1 − 2 x²) exp(−x²)", "simplified"),
    ]


def test_the_quotient_rule():
    assert lines("sin(x)/x", "x")[1:] == [
        ("∂L/∂x = (x ∂/∂x (sin x) − sin x)/x²", "quotient rule"),
        ("∂/∂x (sin x) = cos x", "sin"),
        ("∂L/∂x = (x cos x − sin x)/x²", "put together"),
    ]
    assert lines("(x+1)/(x-1)", "x")[1] == ("∂L/∂x = ((x − 1) − (x + 1))/(x − 1)²", "quotient rule")


def test_the_reciprocal_rule():
    assert lines("1/(1+x**2)", "x")[1:] == [
        ("∂L/∂x = −(1/(1 + x²)²) ∂/∂x (1 + x²)", "reciprocal rule"),
        ("∂/∂x (1 + x²) = 2 x", "power"),
        ("∂L/∂x = −2 x/(1 + x²)²", "put together"),
    ]


def test_a_reason_names_every_function_on_the_way():
    """Not the innermost alone: the gradient at b went through log, sigmoid and the product."""
    reasons = [why for _, why in lines("sum(log(sigmoid(y*(x+b))))", "b") if "broadcast" in why]
    assert reasons == ["log, sigmoid, multiply; b was broadcast, so the gradients of all its copies add up"]
    (last,) = [why for _, why in lines("-sum(t*log(softmax(z)))", "z") if why.startswith("softmax")]
    assert last == "softmax: zᵢ moves every entry"


def test_signs_and_brackets_stay_as_typed():
    assert lines("mean(abs(y-p))", "p")[0][0] == "L = (1/N) Σᵢ |yᵢ − pᵢ|"
    gaussian = [text for text, _ in lines("exp(-(x-mu)**2/(2*sigma**2))", "sigma")]
    assert "∂L/∂σ = ∂L/∂u · (−2 u/σ)" in gaussian
    assert any("(xᵢ/2) ∂/∂xᵢ" in text for text, _ in lines("sum(gelu(x))", "x"))


def test_what_is_long_inside_of_a_function_is_called_u():
    steps = lines("exp(-(x-mu)**2/(2*s**2))/(s*sqrt(2*pi))", "mu")
    assert steps[0] == ("u = −(x − μ)² / (2 s²)", "subtract, power, …, divide")
    assert ("∂u/∂μ = (x − μ)/s²", "power, then the chain rule for x − μ") in steps
    gelu = lines("0.5*x*(1+tanh(sqrt(2/pi)*(x+0.044715*x**3)))", "x")
    assert gelu[0][0] == "u = √2(x + 0.044715 x³)/√π"
    assert ("∂L/∂u = x(1 − (tanh u)²)/2", "simplified") in gelu


def test_a_case_is_derived_case_by_case():
    assert lines("sum(elu(x))", "x")[-2:] == [
        ("∂/∂xᵢ ({xᵢ if xᵢ > 0; exp xᵢ − 1 otherwise}) = {1 if xᵢ > 0; exp xᵢ otherwise}", "case by case"),
        ("∂L/∂xᵢ = {1 if xᵢ > 0; exp xᵢ otherwise}", "incoming gradient times local derivative"),
    ]


@pytest.mark.parametrize(
    ("text", "wrt", "last"),
    [
        ("(z - M)**2", "z", "2(z − M)"),
        ("(y - z)**2", "z", "2(z − y)"),
        ("(1 - z)**2", "z", "2(z − 1)"),
        ("(z - 1)**3", "z", "3(z − 1)²"),
        ("log(1+exp(-y*w*x))", "w", "−y x σ(−y w x)"),
        ("sin(x**2)", "x", "2 x cos(x²)"),
        ("sqrt(1+x**2)", "x", "x/√(1 + x²)"),
        ("(sigmoid(w*x+b)-y)**2", "w", "2 x(σ(w x + b) − y)(1 − σ(w x + b)) σ(w x + b)"),
        ("a*x**2+b*x+c", "x", "2 a x + b"),
        ("log(x)/x", "x", "(1 − log x)/x²"),
        ("tanh(x)**2", "x", "2(1 − (tanh x)²) tanh x"),
        ("x*log(x)", "x", "1 + log x"),
        ("x**2*sin(x)*y", "x", None),
        ("exp(x)*sin(x)/x", "x", None),
        ("x/(1+x**2)", "x", None),
        ("log(x + sqrt(1+x**2))", "x", None),
        ("sum(gelu(x))", "x", "1/2 + erf(xᵢ/√2)/2 + xᵢ exp(−xᵢ²/2) / √(2 π)"),
        ("mean((sigmoid(x)**2 - t)**2)", "x", None),
        ("sum(maximum(x**2, sin(x)))", "x", None),
        ("x**x", "x", None),
        ("sin(x)*sin(x)", "x", None),
    ],
)  # fmt: skip
def test_the_last_line_and_all_that_lead_to_it(text, wrt, last):
    derivation = derived(text, wrt)
    assert last in (None, derivation.steps[-1].rhs.text)
    assert derive(derivation.loss, derivation.wrt).check(derivation.steps[-1].text).ok
