"""Places in a graph in the user's own names: an operation, what it hands on, what a claim used instead."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, Value
from tinygrad_edu.checking import places
from tinygrad_edu.checking.mistakes import at_inner, left_out, lost
from tinygrad_edu.checking.places import label, local_text, place_text, rule_text, slip_text

X = Tensor([[0.5, 1.0], [1.5, 2.0]], name="X")
W = Tensor([[0.5, 1.0], [1.5, 2.0]], name="W_1")
BARE = Tensor([0.5, 1.0], requires_grad=False)
HIDDEN = np.tanh(X @ W)
HIDDEN.name = "h"


@pytest.mark.parametrize(
    "node, whole, short",
    [
        (HIDDEN, "h = tanh(X W₁)", "h"),
        (np.log(3 - X), "log(3 − X)", "log(3 − X)"),
        (HIDDEN * 2, "h · 2", "h · 2"),
        (np.exp(np.sin(np.cos(np.tan(X)))), "exp(sin(cos …))", "exp(sin …)"),
        (X, "X", "X"),
        (X * BARE, "X · □", "X · □"),
        (np.where(X > 1, X, 0.0), "X · [X > 1]", "X · [X > 1]"),
        (X * np.ones((2, 2)), "X · [2×2]", "X · [2×2]"),
        (X * 0, "0", "0"),
        (Value(2.5) * X, "2.5 · X", "2.5 · X"),
        (HIDDEN * HIDDEN, "h²", "h²"),
    ],
)
def test_an_operation(node, whole, short):
    assert (place_text(node), label(node)) == (whole, short)


@pytest.mark.parametrize(
    "node, position, own, handed_on",
    [
        (np.tanh(X), 0, "1 − (tanh X)²", "∂L/∂(tanh X) · (1 − (tanh X)²)"),
        (HIDDEN, 0, "1 − h²", "∂L/∂h · (1 − h²)"),
        (X @ W, 0, "W₁ᵀ", "∂L/∂(X W₁) W₁ᵀ"),
        (X @ W, 1, "Xᵀ", "Xᵀ ∂L/∂(X W₁)"),
        (X * W, 0, "W₁", "∂L/∂(X · W₁) · W₁"),
        (X / W, 1, "−X/W₁/W₁", "−(∂L/∂(X/W₁) · X/W₁)/W₁"),
        (X + W, 0, "1", "∂L/∂(X + W₁)"),
        (X - W, 1, "−1", "−∂L/∂(X − W₁)"),
        (X.mean(), 0, "1/N", "∂L/∂(mean(X))/N"),
        (X**3, 0, "3 · X²", "∂L/∂(X³) · 3 · X²"),
        (X * np.ones((2, 2)), 0, "[2×2]", "∂L/∂(X · [2×2]) · [2×2]"),
        (np.where(X > 1, X, 0.0), 1, "[X > 1]", "∂L/∂(X · [X > 1]) · [X > 1]"),
        (np.exp(np.tan(np.sin(np.cos(X)))), 0, "exp(tan …)", "∂L/∂(exp(tan …)) · exp(tan …)"),
        (HIDDEN @ np.tan(np.sin(np.cos(X))), 0, "tan(sin …)ᵀ", "∂L/∂(h tan …) tan(sin …)ᵀ"),
    ],
)
def test_what_an_operation_hands_on(node, position, own, handed_on):
    assert (local_text(node, position), rule_text(node, position)) == (own, handed_on)
    assert slip_text(left_out, (node, position)) == "1" and slip_text(lost, (node, position)) in ("0", "−0")


def test_what_has_no_form_on_paper(monkeypatch):
    assert local_text(np.cumsum(X), 0) == "the derivative of cumsum"

    def written_vjp(*args, **options):
        raise TypeError("arrays only")

    monkeypatch.setattr(places, "written_vjp", written_vjp)
    assert local_text(np.exp(X), 0) == "the derivative of exp"
    assert rule_text(np.exp(X), 0) == "the incoming gradient times the derivative of exp"


@pytest.mark.parametrize(
    ("slip", "expected"),
    [
        (lambda vjp, g, out, args, params: g * out * args[0], "tanh X · X"), (at_inner, ""),
        (lambda vjp, g, out, args, params: 2.5 * g, "2.5"), (lambda vjp, g, out, args, params: {}["none"], ""),
        (lambda vjp, g, out, args, params: np.ones(2), ""),
    ],
)  # fmt: skip
def test_what_a_claim_used_instead(slip, expected):
    assert slip_text(slip, (np.tanh(X), 0)) == expected
    assert slip_text(slip, (X, 0)) == ""
