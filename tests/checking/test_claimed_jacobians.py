"""Claims about Jacobians and Hessians: right ones in many spellings, and what is wrong with the others."""

import numpy as np
import pytest
from leaves import named

import tinygrad_edu as tg
from tinygrad_edu import Tensor, derive
from tinygrad_edu.checking.judge import Judge

rng = np.random.default_rng(4)


def leaf(name, *shape, data=False):
    return Tensor(rng.normal(size=shape), name=name, requires_grad=not data)


z = leaf("z", 4)
W, x = leaf("W", 3, 4), leaf("x", 4)
X, w, b, t = leaf("X", 5, 3, data=True), leaf("w", 3), Tensor(0.2, name="b"), Tensor([1.0, 0, 1, 1, 0], name="t")
p = named(tg.sigmoid(X @ w + b), "p")
SOFTMAX = derive(named(tg.softmax(z), "S"), z)
LAYER = derive(named(np.tanh(W @ x), "y"), x)
LOGISTIC = derive(-(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(), w, order=2)
SQUARES = derive(named(((X @ w - t) ** 2).mean(), "J"), w, order=2)
NETWORK = derive(named(leaf("B", 2, 3) @ named(np.tanh(W @ x), "h"), "o"), x)

RIGHT = [
    (SOFTMAX, "np.diag(S) - np.outer(S, S)"),
    (SOFTMAX, r"S_i(\delta_{ij} - S_j)"),
    (SOFTMAX, r"\frac{\partial S_i}{\partial z_j} = S_j(\delta_{ij} - S_i)"),
    (SOFTMAX, r"\frac{\partial S}{\partial z} = \mathrm{diag}(S) - S S^\top"),
    (SOFTMAX, lambda S: np.diag(S) - np.outer(S, S)),
    (SOFTMAX, np.diag(tg.softmax(z).data) - np.outer(tg.softmax(z).data, tg.softmax(z).data)),
    (LAYER, "np.diag(1 - y**2) @ W"),
    (LAYER, r"\frac{\partial y_i}{\partial x_j} = (1 - y_i^2) W_{ij}"),
    (LAYER, r"\operatorname{diag}(1 - y \odot y)\, W"),
    (NETWORK, r"B\, \mathrm{diag}(1 - h^{\odot 2})\, W"),
    (NETWORK, r"\frac{\partial o}{\partial h}\, \mathrm{diag}(1 - h^{\odot 2})\, W"),
    (LOGISTIC, "X.T @ np.diag(p*(1-p)) @ X / len(t)"),
    (LOGISTIC, r"\nabla^2 L = \frac{1}{N} X^\top \mathrm{diag}(p \odot (1-p)) X"),
    (LOGISTIC, r"\nabla_w^2 L = \frac{1}{N} X^\top \mathrm{diag}(p \odot (1-p)) X"),
    (LOGISTIC, r"\frac{\partial^2 L}{\partial w_i \partial w_j} = \frac{1}{N}\sum_k p_k(1-p_k)X_{ki}X_{kj}"),
    (LOGISTIC, r"\frac{\partial^2 L}{\partial w^2} = \frac{1}{N}\sum_k p_k(1-p_k)X_{ki}X_{kj}"),
    (SQUARES, "H = 2/N XᵀX"),
    (SQUARES, "∂²J/∂w∂wᵀ = 2 Xᵀ X/N"),
]  # fmt: skip
WRONG = [
    (SOFTMAX, "np.outer(S, S) - np.diag(S)", "sign"),
    (SOFTMAX, "diag(S * (1 - S))", "softmax-diagonal"),
    (SOFTMAX, "S * (1 - S)", "shape"),
    (LAYER, "W", "local-derivative"),
    (LAYER, "np.diag(1 - y) @ W", "wrong-derivative"),
    (LAYER, "W.T @ np.diag(1 - y**2)", "transpose"),
    (LAYER, r"\frac{\partial y_i}{\partial x_j} = 2(1 - y_i^2) W_{ij}", "constant-factor"),
    (NETWORK, "B @ W", "local-derivative"),
    (NETWORK, "B", "wrong-variable"),
    (LOGISTIC, "X.T @ np.diag(p*(1-p)) @ X", "mean-factor"),
    (LOGISTIC, "X.T @ np.diag(p) @ X / N", "wrong-derivative"),
    (LOGISTIC, r"\frac{\partial L}{\partial w} = X^\top (p - t)/N", "wrong-variable"),
    (SQUARES, "X^T X/N", "constant-factor"),
    (SQUARES, "2 X X^T/N", "transpose"),
]  # fmt: skip


@pytest.mark.parametrize(("derivation", "claim"), RIGHT)
def test_right_claims(derivation, claim):
    verdict = derivation.check(claim)
    assert verdict.ok, verdict.message


@pytest.mark.parametrize(("derivation", "claim", "mistake"), WRONG)
def test_wrong_claims(derivation, claim, mistake):
    verdict = derivation.check(claim)
    assert not verdict.ok
    assert verdict.mistake == mistake, verdict.message


def test_the_words():
    assert SOFTMAX.check("diag(S) - S Sᵀ").message == "Right: this is ∂S/∂z."
    assert SQUARES.check("2/N XᵀX").message == "Right: this is ∂²J/∂w²."
    assert LAYER.check("W").node.name == "y"
    said = SOFTMAX.check("S * (1 - S)").message
    assert said.startswith("What you have has shape (4,), but ∂S/∂z has (4, 4): first the axes of what is derived")
    first = LOGISTIC.check(r"\frac{\partial L}{\partial w} = X^\top (p - t)/N").message
    assert first == "The left-hand side is ∂L/∂w, not ∂²L/∂w². As ∂L/∂w it is right."


def test_the_words_where_the_loss_is_0():
    """A node that holds 0 is no less a node."""
    w = Tensor([0.0, 0.0], name="w")
    derivation = derive(named((w**3).sum(), "J"), w, order=2)
    assert derivation.steps[-1].text == "∂²J/∂wᵢ∂wⱼ = 6 δᵢⱼ wᵢ"
    assert derivation.check("np.diag(-6*w)").solution.endswith("∂²J/∂wᵢ∂wⱼ = 6 δᵢⱼ wᵢ")
    assert Judge(derivation).speaker.loss == "J"


def test_a_first_derivative_is_not_compared_with_a_second():
    loss = (w * w).sum()
    assert derive(loss, w).check(r"\frac{\partial^2 L}{\partial w^2} = 2 I").mistake == "unparsable"
    assert derive(loss, w, order=2).check(r"\frac{\partial^2 L}{\partial w^2} = 2 I").ok


def test_a_second_derivative_is_called_one_wherever_it_stands():
    u, v = leaf("u", 3), leaf("v", 3)
    second = derive(np.exp(u**2 * v).sum(), u, order=2)
    verdict = second.check("diag(2*v*exp(u**2*v) + 2*v**2*u*exp(u**2*v)*u)")
    assert verdict.solution == "Through u², towards u: ∂²L/∂u∂(u²) · 2 · u"
    mixed = second.check(r"\frac{\partial^2 L}{\partial u \partial v} = diag(\sin(u))")
    assert mixed.message.startswith("The left-hand side is ∂²L/∂u∂v, not ∂²L/∂u². As ∂²L/∂u∂v it is wrong, too: ")
    assert "This is not ∂²L/∂u∂v, and" in mixed.message
    assert "This is not ∂L/∂u, and" in second.check(r"\frac{\partial L}{\partial u} = \sin(u)").message
