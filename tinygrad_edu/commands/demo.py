"""`demo`: a small complete story in the terminal."""

from __future__ import annotations

import argparse

import numpy as np

from .. import losses, nn, optim
from ..tensor import Tensor
from .style import coloured

EXAMPLES = """
  tinygrad-edu demo
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace) -> int:
    """Tell the story."""
    del options
    _a_gradient()
    _a_classifier()
    return 0


def _said(line: str) -> None:
    print(coloured(f"\n{line}", "bold"))


def _a_gradient() -> None:
    _said("1. A loss, its gradient, and the gradient by hand")
    y = Tensor([1.0, 0.0, 1.0], name="y", requires_grad=False)
    yhat = Tensor([0.9, 0.2, 0.7], name="yhat")
    loss = losses.binary_cross_entropy(yhat, y)
    loss.backward()
    p, t, N = yhat.data, y.data, 3
    print(f"  y = {t}, ŷ = {p}")
    print(f"  L = mean(−(y log ŷ + (1−y) log(1−ŷ))) = {loss.item():.6f}")
    by_hand = -(1 / N) * (t / p - (1 - t) / (1 - p))
    without = -(t / p - (1 - t) / (1 - p))
    for label, claim in (("−(1/N)(y/ŷ − (1−y)/(1−ŷ))", by_hand), ("−(y/ŷ − (1−y)/(1−ŷ))", without)):
        right = bool(np.allclose(claim, yhat.grad))
        mark = coloured("✓", "green") if right else coloured("✗", "red")
        print(f"  {mark} {label:28} {np.round(claim, 4)}")
    print(f"    the engine's ∂L/∂ŷ           {np.round(yhat.grad, 4)}")
    print("  The second lost the 1/N of the mean: it is N = 3 times too large.")


def _a_classifier() -> None:
    _said("2. The same gradient at work: two moons, told apart by a network 2 → 16 → 1")
    rng = np.random.default_rng(0)
    angle, upper = rng.uniform(0, np.pi, 200), rng.integers(0, 2, 200)
    X = np.stack([np.cos(angle) + upper, (1 - 2 * upper) * (np.sin(angle) - 0.25)], axis=1)
    X += rng.normal(0, 0.08, X.shape)
    y = upper.reshape(-1, 1)
    model = nn.MLP([2, 16, 1], output="sigmoid", rng=0)
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    for epoch in range(201):
        loss = losses.binary_cross_entropy_with_logits(model.logits(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 50 == 0:
            right = np.mean((model(X).data > 0.5) == y)
            print(f"  epoch {epoch:3}   loss {loss.item():.4f}   accuracy {right:.3f}")
    _map_of(model, X, upper)


def _map_of(model: nn.MLP, X: np.ndarray, labels: np.ndarray) -> None:
    """The model's answer over the plane, and the samples on it."""
    wide, high = 60, 16
    low, top = X.min(axis=0), X.max(axis=0)
    xs, ys = np.linspace(low[0], top[0], wide), np.linspace(top[1], low[1], high)
    plane = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    answer = (model(plane).data > 0.5).reshape(high, wide)
    grid = np.where(answer, "·", " ")
    at = np.rint((X - low) / (top - low) * (wide - 1, high - 1)).astype(int)
    for (column, row), label in zip(at, labels, strict=True):
        grid[high - 1 - row, column] = "o" if label else "x"
    for line in grid:
        print("  " + "".join(line))
    print("  x and o: the samples; dotted: where the model says o")
