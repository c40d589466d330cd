"""`bench`: the engine beside NumPy written by hand, on the reader's own machine."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ... import losses, nn, optim
from ...source import jit
from ...tensors.tensor import Value
from ...tensors.transforms import value_and_grad
from ..style import at_least_one, coloured

EXAMPLES = """
  tinygrad-edu bench
  tinygrad-edu bench --rounds 5
"""
SIZES = ((100, 16), (256, 32), (4096, 256))
Step = Callable[[], Any]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the number of rounds."""
    parser.add_argument("--rounds", type=at_least_one, default=3, help="how often each is timed; the best counts (3)")


def run(options: argparse.Namespace) -> int:
    """Time the step in three ways at each size, and print a table."""
    print(f"{processor()} · Python {platform.python_version()} · NumPy {np.__version__}")
    print("a training step of a network 2 → H → H → 1 (tanh, binary cross-entropy from logits, SGD) on N samples\n")
    print(f"{'N':>6} {'H':>4}   {'by hand':>10}   {'eager':>10}  ratio   {'jit':>10}  ratio")
    for n, h in SIZES:
        contenders = (toy_by_hand, toy, toy_jit)
        best = interleaved(
            {build.__name__: build(*toy_data(n, h)) for build in contenders}, (50 if n < 1000 else 5) * options.rounds
        )
        by_hand, eager, compiled = (best[build.__name__] for build in contenders)
        ratios = [coloured(f"{seconds / by_hand:5.2f}", "bold") for seconds in (eager, compiled)]
        print(f"{n:6} {h:4}   {by_hand * 1e6:7.0f} µs   {eager * 1e6:7.0f} µs  {ratios[0]}   "
              f"{compiled * 1e6:7.0f} µs  {ratios[1]}")  # fmt: skip
    seconds = min(scalars(Value, 10_000) for _ in range(options.rounds))
    print(f"\n10,000 Values, forward and backward: {seconds * 1e3:.1f} ms")
    return 0


# ── what is measured ──────────────────────────────────────────────────────────────────────────────────────────────────


def toy_data(n: int, h: int) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """X (n, 2), y (n, 1), and the weights and biases of a network 2 → h → h → 1, all reproducible."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 2))
    y = (X[:, :1] * X[:, 1:] > 0).astype(float)
    parameters = []
    for n_in, n_out in ((2, h), (h, h), (h, 1)):
        parameters += [rng.normal(size=(n_in, n_out)) / np.sqrt(n_in), np.zeros(n_out)]
    return X, y, parameters


def toy_by_hand(X: np.ndarray, y: np.ndarray, parameters: list[np.ndarray], lr: float = 0.1) -> Step:
    """The step written out in NumPy, with nothing computed twice."""
    W1, b1, W2, b2, W3, b3 = (p.copy() for p in parameters)
    N = len(X)

    def step() -> Any:
        A1 = np.tanh(X @ W1 + b1)
        A2 = np.tanh(A1 @ W2 + b2)
        z = A2 @ W3 + b3
        loss = (np.logaddexp(0, z) - y * z).mean()
        dz = (1 / (1 + np.exp(-z)) - y) / N
        dW3, db3 = A2.T @ dz, dz.sum(axis=0)
        dZ2 = (dz @ W3.T) * (1 - A2 * A2)
        dW2, db2 = A1.T @ dZ2, dZ2.sum(axis=0)
        dZ1 = (dZ2 @ W2.T) * (1 - A1 * A1)
        dW1, db1 = X.T @ dZ1, dZ1.sum(axis=0)
        for p, g in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2), (W3, dW3), (b3, db3)):
            p -= lr * g
        return loss

    return step


def toy(X: np.ndarray, y: np.ndarray, parameters: list[np.ndarray], lr: float = 0.1) -> Step:
    """The same step with a model, a loss and an optimiser of ours."""
    model = nn.MLP([2, parameters[0].shape[1], parameters[2].shape[1], 1], output="sigmoid")
    for mine, given in zip(model.parameters(), parameters, strict=True):
        mine.data = given.copy()
    optimizer = optim.SGD(model.parameters(), lr=lr)

    def step() -> Any:
        loss = losses.binary_cross_entropy_with_logits(model.logits(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.data

    return step


def toy_jit(X: np.ndarray, y: np.ndarray, parameters: list[np.ndarray], lr: float = 0.1) -> Step:
    """The same step as one program: loss, gradients and update recorded once, its buffers kept."""
    model = nn.MLP([2, parameters[0].shape[1], parameters[2].shape[1], 1], output="sigmoid")
    optimizer = optim.SGD(model.parameters(), lr=lr)

    def loss_of(parameters: list[Any], X: Any, y: Any) -> Any:
        with model.using(parameters):
            return losses.binary_cross_entropy_with_logits(model.logits(X), y)

    def update(parameters: list[Any], X: Any, y: Any) -> Any:
        loss, gradients = value_and_grad(loss_of)(parameters, X, y)
        return loss, optimizer.updated(parameters, gradients, optimizer.state, 1)[0]

    run = jit(update, donate=0)
    held = [p.copy() for p in parameters]

    def step() -> Any:
        nonlocal held
        loss, held = run(held, X, y)
        return loss

    return step


def scalars(kind: Callable[[float], Any], n: int, clock: Callable[[], float] = perf_counter) -> float:
    """Seconds for n operations on single numbers, forward and backward, with `kind` a class like Value."""
    start = clock()
    a, b = kind(0.5), kind(1.5)
    x = a
    for _ in range(n // 4):
        x = (x * b + a) * 0.5 - b
    x.backward()
    return clock() - start


def interleaved(
    steps: dict[str, Step], turns: int, seconds: float = 0.006, clock: Callable[[], float] = perf_counter
) -> dict[str, float]:
    """For each step the best of `turns` timings of about `seconds` each.

    The steps are timed in turns, so that a slow moment of the machine meets all of them. clock: what tells the time;
    `time.process_time` where other programs share the processor.
    """
    counts = {}
    for name, step in steps.items():
        step()
        start = clock()
        step()
        counts[name] = max(1, int(seconds / max(clock() - start, 1e-9)))
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(turns):
        for name, step in steps.items():
            start = clock()
            for _ in range(counts[name]):
                step()
            best[name] = min(best[name], (clock() - start) / counts[name])
    return best


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or sys.platform
