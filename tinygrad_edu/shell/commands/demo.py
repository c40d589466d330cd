"""`demo`: a gradient computed, derived and checked, and a small classifier trained, in the terminal."""

from __future__ import annotations

import argparse
from importlib.util import find_spec

import numpy as np

from ... import datasets, losses, nn, optim
from ...tensors.tensor import Tensor
from ..style import coloured

EXAMPLES = """
  tinygrad-edu demo
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: `demo` takes no arguments."""


def run(options: argparse.Namespace) -> int:
    """Print the four parts."""
    del options
    _a_gradient()
    _a_classifier()
    return 0


def _headline(line: str) -> None:
    print(coloured(f"\n{line}", "bold"))


def _a_gradient() -> None:
    _headline("1. A loss, and its gradient in numbers")
    y = Tensor([1.0, 0.0, 1.0], name="y", requires_grad=False)
    yhat = Tensor([0.9, 0.2, 0.7], name="yhat")
    loss = losses.binary_cross_entropy(yhat, y)
    loss.backward()
    print(f"  y = {y.data}, ŷ = {yhat.data}")
    print(f"  L = {loss.item():.6f}")
    print(f"  ∂L/∂ŷ = {np.round(yhat.grad, 4)}")
    if find_spec("sympy") is None or find_spec("lark") is None:
        print('  (It is also derived as a formula once SymPy is there: pip install "tinygrad_edu[derive]")')
        return
    from ...derivation import derive

    _headline("2. The same gradient as a formula, step by step")
    derivation = derive(loss, yhat)
    for line in str(derivation).splitlines():
        print(f"  {line}")
    _headline("3. Your own derivation, checked")
    for claim in ("-1/N * (y/yhat - (1-y)/(1-yhat))", "-(y/yhat - (1-y)/(1-yhat))", "-1/N * (y/yhat + (1-y)/(1-yhat))"):
        verdict = derivation.check(claim)
        mark = coloured("✓", "green") if verdict else coloured("✗", "red")
        print(f"  {mark} {claim}\n    {verdict.message}")


def _a_classifier() -> None:
    _headline("4. Gradients at work: two moons, told apart by a network 2 → 16 → 1")
    X, kinds = datasets.moons(200)
    y = kinds.reshape(-1, 1)
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
    _map_of(model, X, kinds)


def _map_of(model: nn.MLP, X: np.ndarray, labels: np.ndarray) -> None:
    """Print the plane with dots where the model answers 1, and the samples on it."""
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
