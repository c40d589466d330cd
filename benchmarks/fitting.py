"""What training through `fit` costs: an epoch of handwritten digits beside NumPy by hand, scikit-learn and PyTorch.

    python benchmarks/fitting.py [--rounds 5] [--epochs 20] [--json FILE]

A network 64 → 128 → 10 (relu, cross-entropy from logits, Adam), batches of 128 of the 1797 digits, shuffled anew in
each epoch, float64. All but scikit-learn train from the same weights. They take turns, and of each the fastest round
counts. `fit` shows its bar (to nowhere) and computes loss and accuracy in each epoch; by hand and with the bare `jit`
there is the loss alone. What is done once (the program is recorded, say) is in a column of its own.

One thread: the script sets that before NumPy loads. Times are the processor's, so that other programs count little.
Prints a Markdown table.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import contextlib
import json
import platform
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import tinygrad_edu as tg
from tinygrad_edu import datasets, losses, nn, optim
from tinygrad_edu.shell.commands.bench import processor

LR, BATCH, HIDDEN = 0.001, 128, 128
Times = tuple[float, float]  # seconds of an epoch, and what is done once


def samples() -> tuple[np.ndarray, np.ndarray]:
    """The pixels about 0 and of about 1, and the digits."""
    X, y = datasets.digits()
    return (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0), y


def network() -> Any:
    """The network, always with the same weights."""
    return nn.MLP([64, HIDDEN, 10], activation="relu", output="softmax", rng=0)


def by_hand(X: np.ndarray, y: np.ndarray, epochs: int) -> tuple[Times, float]:
    """The loop as a careful person writes it in NumPy, with nothing computed twice."""
    W1, b1, W2, b2 = parameters = [p.data.copy() for p in network().parameters()]
    means, squares = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    steps, N, loss = 0, len(X), 0.0
    start = process_time()
    for epoch in range(1, epochs + 1):
        order, loss = np.random.default_rng([0, epoch]).permutation(N), 0.0
        for first in range(0, N, BATCH):
            some = order[first : first + BATCH]
            x, labels, n = X[some], y[some], len(some)
            z = x @ W1 + b1
            h = np.maximum(z, 0)
            logits = h @ W2 + b2
            logits -= logits.max(axis=1, keepdims=True)
            e = np.exp(logits)
            total = e.sum(axis=1, keepdims=True)
            rows = np.arange(n)
            loss += (np.log(total[:, 0]) - logits[rows, labels]).sum()
            dz = e / total
            dz[rows, labels] -= 1
            dz /= n
            dh = dz @ W2.T
            dh[z <= 0] = 0
            steps += 1
            correction1, correction2 = 1 - 0.9**steps, 1 - 0.999**steps
            gradients = (x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0))
            for p, g, m, v in zip(parameters, gradients, means, squares, strict=True):
                m *= 0.9
                m += 0.1 * g
                v *= 0.999
                v += 0.001 * (g * g)
                p -= (LR / correction1) * (m / (np.sqrt(v / correction2) + 1e-8))
    return ((process_time() - start) / epochs, 0.0), loss / N


def ours(X: np.ndarray, y: np.ndarray, epochs: int) -> tuple[Times, float]:
    """`fit`, with a bar, loss and accuracy."""
    model, stamps = network(), [process_time()]

    def look(history: Any) -> None:  # not at each epoch: where the clock is slow, it would be what is measured
        if len(history) in (1, epochs):
            stamps.append(process_time())

    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        history = tg.fit(
            model, X, y, optimizer=optim.Adam(model, lr=LR), epochs=epochs, batch_size=BATCH, progress=True,
            callbacks=[look],
        )  # fmt: skip
    end = process_time()
    each = (stamps[-1] - stamps[1]) / (epochs - 1)
    return (each, end - stamps[0] - epochs * each), history.loss[-1]


def bare_jit(X: np.ndarray, y: np.ndarray, epochs: int) -> tuple[Times, float]:
    """The loop with a jitted step, and nothing else."""
    model = network()
    optimizer = optim.Adam(model, lr=LR)

    @tg.jit
    def step(X: Any, y: Any) -> Any:
        loss = losses.cross_entropy(model.logits(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    N, loss = len(X), 0.0
    stamps = [process_time()]
    for epoch in range(1, epochs + 1):
        order, loss = np.random.default_rng([0, epoch]).permutation(N), 0.0
        for first in range(0, N, BATCH):
            some = order[first : first + BATCH]
            loss += step(X[some], y[some]) * len(some)
        if epoch in (1, epochs):
            stamps.append(process_time())
    each = (stamps[-1] - stamps[1]) / (epochs - 1)
    return (each, stamps[1] - stamps[0] - each), loss / N


def scikit_learn(X: np.ndarray, y: np.ndarray, epochs: int) -> tuple[Times, float]:
    """MLPClassifier; its own weights to begin with."""
    network_of = import_module("sklearn.neural_network").MLPClassifier
    spent = []
    for count in (2, epochs):
        model = network_of(
            (HIDDEN,), alpha=0.0, batch_size=BATCH, learning_rate_init=LR, max_iter=count, n_iter_no_change=epochs,
            random_state=0,
        )  # fmt: skip
        start = process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            model.fit(X, y)
        spent.append(process_time() - start)
    each = (spent[1] - spent[0]) / (epochs - 2)
    return (each, spent[1] - epochs * each), model.loss_


def pytorch(X: np.ndarray, y: np.ndarray, epochs: int) -> tuple[Times, float]:
    """The loop as PyTorch's users write it, on tensors that lie ready."""
    torch = import_module("torch")
    torch.set_num_threads(1)
    model = torch.nn.Sequential(torch.nn.Linear(64, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 10)).double()
    with torch.no_grad():
        for theirs, mine in zip(model.parameters(), network().parameters(), strict=True):
            theirs.copy_(torch.tensor(mine.data.T))
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    inputs, labels, N, loss = torch.tensor(X), torch.tensor(y), len(X), 0.0
    start = process_time()
    for epoch in range(1, epochs + 1):
        order, loss = torch.tensor(np.random.default_rng([0, epoch]).permutation(N)), 0.0
        for first in range(0, N, BATCH):
            some = order[first : first + BATCH]
            value = torch.nn.functional.cross_entropy(model(inputs[some]), labels[some])
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            loss += value.item() * len(some)
    return ((process_time() - start) / epochs, 0.0), loss / N


def main() -> None:
    parser = argparse.ArgumentParser(description="An epoch of digits through fit, beside NumPy by hand and others.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    contenders: dict[str, Callable[..., tuple[Times, float]]] = {"by hand": by_hand, "fit": ours, "jit alone": bare_jit}
    for name, package, contender in (("scikit-learn", "sklearn", scikit_learn), ("PyTorch", "torch", pytorch)):
        if find_spec(package):
            contenders[name] = contender
    X, y = samples()
    best: dict[str, dict[str, float]] = {}
    for _ in range(options.rounds):
        for name, contender in contenders.items():
            (epoch, once), loss = contender(X, y, options.epochs)
            figures = best.setdefault(name, {"epoch": epoch, "once": once, "loss": loss})
            figures["epoch"], figures["once"] = min(figures["epoch"], epoch), min(figures["once"], once)
    print(f"{processor()} · Python {platform.python_version()} · NumPy {np.__version__} · one thread · float64\n")
    print(f"| | an epoch | by hand = 1 | once | loss after {options.epochs} epochs |\n|---|---:|---:|---:|---:|")
    for name, figures in best.items():
        ratio = figures["epoch"] / best["by hand"]["epoch"]
        once = f"{figures['once'] * 1e3:.0f} ms" if figures["once"] > 0.0005 else ""
        print(f"| {name} | {figures['epoch'] * 1e3:.2f} ms | {ratio:.2f} | {once} | {figures['loss']:.6f} |")
    if options.json:
        options.json.write_text(json.dumps(best, indent=1))


if __name__ == "__main__":
    main()
