"""`train DATA`: a model of the right kind for each of the three data sets."""

from __future__ import annotations

import argparse
from typing import Any, NamedTuple

import numpy as np

from ... import datasets, losses, nn, optim
from ...tensors import modes
from .style import at_least_one

EXAMPLES = """
  tinygrad-edu train breast_cancer
  tinygrad-edu train digits --epochs 20 --hidden 64
  tinygrad-edu train diabetes --lr 0.003 --seed 1
"""


class _Task(NamedTuple):
    """What suits one data set: the output activation, the number of outputs, and the default settings."""

    output: str
    outputs: int
    hidden: int
    epochs: int
    lr: float
    weight_decay: float


TASKS = {
    "breast_cancer": _Task("sigmoid", 1, 16, 60, 0.003, 0.1),
    "digits": _Task("softmax", 10, 32, 40, 0.003, 0.01),
    "diabetes": _Task("linear", 1, 8, 60, 0.003, 1.0),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add DATA and the settings."""
    parser.add_argument("data", metavar="DATA", choices=TASKS, help=f"one of {', '.join(TASKS)}")
    parser.add_argument("--epochs", type=at_least_one, help="how often to go through the training samples")
    parser.add_argument("--hidden", type=at_least_one, help="how many hidden units")
    parser.add_argument("--lr", type=float, help="the learning rate")
    parser.add_argument("--seed", type=int, default=0, help="of the initial weights and the order of samples (0)")


def run(options: argparse.Namespace) -> int:
    """Train, and print the loss and the quality on the test samples as it goes."""
    given = {key: value for key in ("epochs", "hidden", "lr") if (value := getattr(options, key)) is not None}
    task = TASKS[options.data]._replace(**given)
    split = getattr(datasets, options.data)().split().standardised()
    rng = np.random.default_rng(options.seed)
    model = nn.MLP([split.X_train.shape[1], task.hidden, task.outputs], output=task.output, rng=rng)
    optimizer = optim.AdamW(model.parameters(), lr=task.lr, weight_decay=task.weight_decay)
    centre, scale = (split.y_train.mean(), split.y_train.std()) if task.output == "linear" else (0.0, 1.0)
    print(f"{options.data}: {len(split.y_train)} samples to train on, {len(split.y_test)} kept for the test")
    print(model)
    for epoch in range(1, task.epochs + 1):
        order = rng.permutation(len(split.y_train))
        total = 0.0
        for batch in np.array_split(order, -(-len(order) // 32)):
            loss = _loss(task, model, split.X_train[batch], (split.y_train[batch] - centre) / scale)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        if epoch % max(1, task.epochs // 10) == 0 or epoch == task.epochs:
            print(f"epoch {epoch:4}   loss {total / len(order):.4f}   {_quality(task, model, split, centre, scale)}")
    return 0


def _loss(task: _Task, model: nn.MLP, X: Any, y: Any) -> Any:
    z = model.logits(X)
    if task.output == "softmax":
        return losses.cross_entropy(z, y.astype(int))
    loss = losses.mse_loss if task.output == "linear" else losses.binary_cross_entropy_with_logits
    return loss(z, y.reshape(-1, 1))


def _quality(task: _Task, model: nn.MLP, split: datasets.Split, centre: float, scale: float) -> str:
    """The share of right answers on the test samples; for numbers the share of variance explained."""
    with modes.no_grad():
        out = model(split.X_test).data
    if task.output == "linear":
        left = split.y_test - (centre + scale * out[:, 0])
        return f"test R² {1 - np.mean(left**2) / np.var(split.y_test):.3f}"
    answers = out.argmax(axis=1) if task.output == "softmax" else out[:, 0] > 0.5
    return f"test accuracy {np.mean(answers == split.y_test):.3f}"
