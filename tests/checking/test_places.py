"""Places in a graph in the user's own names: an operation, what it hands on, what a claim used instead."""

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.checking.mistakes import left_out, lost
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
    ],
)
def test_what_an_operation_hands_on(node, position, own, handed_on):
    assert (local_text(node, position), rule_text(node, position)) == (own, handed_on)
    assert slip_text(left_out, (node, position)) == "1" and slip_text(lost, (node, position)) in ("0", "−0")
