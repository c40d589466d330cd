"""Losses: what a model's outputs cost, given the labels.

Each is written in the functions of `functions.py` and has no derivative of its own, so that a picture shows it and a
derivation derives it. `reduction` is "mean" (of all samples), "sum" or "none". Labels are arrays, lists or nodes.
Outputs and labels have one shape (a single number as label stands for all): NumPy would make (N, 1) and (N,) an
(N, N), and the loss of that is a number too, only not the one that was meant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine import rules, rules_special
from .engine.constants import real, unmasked
from .engine.graph import Node, describe, mode, plain
from .engine.rules import shape
from .tensors import advice, functions
from .tensors.functions.arguments import numbered
from .tensors.hints import missing

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "hinge_loss", "mse_loss"]


def binary_cross_entropy(yhat: Any, y: Any, reduction: str = "mean") -> Any:
    """−(y log ŷ + (1 − y) log(1 − ŷ)), for probabilities ŷ and labels y from 0 to 1; 0 log 0 is 0.

    A sigmoid rounds to exactly 1 from about z = 37 on, where this is 0 for the right label and infinite for the wrong
    one: `binary_cross_entropy_with_logits` has no such end.

    >>> float(binary_cross_entropy([0.9, 0.2], [1, 0]).round(6))
    0.164252
    """
    yhat = _outputs(yhat)
    y = _labels(y, yhat, "binary_cross_entropy", "yhat")
    advice.about_labels("binary_cross_entropy", y)
    right, wrong = yhat, 1 - yhat
    held = plain(yhat)
    if mode.tracing is not None or np.any((held == 0) | (held == 1)):  # a program meets other outputs than these
        right, wrong = rules_special.log_argument(right, y), rules_special.log_argument(wrong, 1 - y)
    if advice.about_probabilities("binary_cross_entropy", yhat):
        with np.errstate(invalid="ignore", divide="ignore"):  # `about_probabilities` has warned of it
            return -_reduced(y * functions.log(right) + (1 - y) * functions.log(wrong), reduction)
    return -_reduced(y * functions.log(right) + (1 - y) * functions.log(wrong), reduction)


def binary_cross_entropy_with_logits(z: Any, y: Any, reduction: str = "mean") -> Any:
    """The binary cross-entropy of ŷ = σ(z), from the logits z: log(1 + e^z) − y z.

    Nothing overflows and, for labels 0 and 1, nothing cancels: a loss of 1e−40 is still 1e−40.
    Neither does its gradient, σ(z) − y.

    >>> float(binary_cross_entropy_with_logits([1e4], [0]))
    10000.0
    """
    z = _outputs(z)
    y = _labels(y, z, "binary_cross_entropy_with_logits", "z")
    advice.about_labels("binary_cross_entropy_with_logits", y)
    advice.about_logits("binary_cross_entropy_with_logits", z, "logits", ", or take binary_cross_entropy")
    return _reduced(rules.logistic_loss(z, y), reduction)


def cross_entropy(logits: Any, labels: Any, reduction: str = "mean") -> Any:
    """−log softmax(logits) of the right class. Classes stand along the last axis of the logits, (…, K).

    labels: the number of the right class, 0 to K − 1, of shape (…); or a distribution over the classes, (…, K).

    >>> float(cross_entropy([[0.0, 0.0]], [1]).round(6))
    0.693147
    """
    logits = _outputs(logits)
    if not shape(logits) or not shape(logits)[-1]:
        raise ValueError(f"cross_entropy: {describe(logits)} has no classes along a last axis")
    advice.about_logits("cross_entropy", logits, "logits", "")
    labels = labels if isinstance(labels, Node) else _plain_labels(labels, "cross_entropy")
    log_probabilities = functions.log_softmax(logits, axis=-1)
    if shape(labels) == shape(logits):
        advice.about_distributions("cross_entropy", labels)
        if not isinstance(labels, Node):
            labels = labels.astype(plain(logits).dtype, copy=False)
        return -_reduced(functions.sum(labels * log_probabilities, axis=-1), reduction)
    if shape(labels) != shape(logits)[:-1]:
        raise ValueError(
            f"cross_entropy: logits {describe(logits)} need labels of shape {shape(logits)[:-1]} (the numbers of the "
            f"classes) or {shape(logits)} (a distribution over them), not {shape(labels)}"
        )
    last = len(shape(labels))
    classes = numbered(labels, shape(logits)[-1], "cross_entropy: label", "logits mean the classes", "iub")
    chosen = rules.expand_dims(classes, axis=(last,))
    of_right_class = rules.take_along_axis(log_probabilities, chosen, axis=last)
    return -_reduced(rules.squeeze(of_right_class, axis=(last,)), reduction)


def mse_loss(yhat: Any, y: Any, reduction: str = "mean") -> Any:
    """(ŷ − y)².

    >>> float(mse_loss([1.0, 3.0], [0.0, 1.0]))
    2.5
    """
    yhat = _outputs(yhat)
    y = _labels(y, yhat, "mse_loss", "yhat")
    return _reduced(functions.square(yhat - y), reduction)


def hinge_loss(z: Any, y: Any, reduction: str = "mean") -> Any:
    """max(0, 1 − y z), for scores z and labels y of −1 and +1.

    >>> float(hinge_loss([2.0, 0.5], [1, -1]))
    0.75
    """
    z = _outputs(z)
    y = _labels(y, z, "hinge_loss", "z")
    advice.about_logits("hinge_loss", z, "scores of either sign", "")
    check_signs(plain(y))
    if isinstance(y, Node) and mode.tracing is not None:
        mode.tracing.require(check_signs, y)
    return _reduced(functions.relu(1 - y * z), reduction)


def check_signs(labels: Any) -> None:
    """Raise ValueError unless all labels are −1 or +1."""
    if not np.all(np.abs(labels) == 1):
        from_classes = "from 0 and 1 they are 2 * y - 1"
        raise ValueError(f"hinge_loss: labels are −1 and +1 here; {from_classes}")


def _outputs(yhat: Any) -> Any:
    """A model's outputs: a node, an array, or a list of numbers and nodes put together."""
    if isinstance(yhat, Node):
        return yhat
    if isinstance(yhat, (list, tuple)) and any(isinstance(each, Node) for each in yhat):
        return functions.stack(yhat)
    yhat = real(yhat, "outputs")
    return yhat if yhat.dtype.kind == "f" else yhat.astype(float)


def _labels(y: Any, yhat: Any, loss: str, outputs: str) -> Any:
    """The labels, of the outputs' shape and, where they are plain, of the outputs' dtype."""
    held = plain(yhat)
    if y.__class__ is np.ndarray is held.__class__ and y.shape == held.shape and y.dtype == held.dtype:
        return y
    if isinstance(y, (list, tuple)) and any(isinstance(each, Node) for each in y):
        y = functions.stack(y)
    if not isinstance(y, Node):
        y = np.asarray(_plain_labels(y, loss), plain(yhat).dtype if shape(yhat) else float)
    if shape(y) and shape(y) != shape(yhat):
        more = ""
        if np.size(plain(y)) == np.size(plain(yhat)):
            more = f"; they hold as many numbers: give y the other shape, y.reshape{shape(yhat)}"
        name = (yhat.name if isinstance(yhat, Node) else None) or outputs
        raise ValueError(f"{loss}: {name} {shape(yhat)} and the labels {shape(y)} differ in shape{more}")
    return y if shape(y) or isinstance(y, Node) else float(y)


def _plain_labels(y: Any, loss: str) -> np.ndarray:
    """Labels as an array, which texts are no numbers for."""
    held = np.asarray(unmasked(y, "labels"))
    text = (
        next((each for each in held.flat if isinstance(each, (str, bytes))), None) if held.dtype.kind in "USO" else None
    )
    if text is not None:
        raise TypeError(
            f"{loss}: the labels are texts, such as {str(text)!r}; number the classes: "
            "classes, y = np.unique(y, return_inverse=True)"
        )
    if held.dtype.kind not in "fiubO":
        raise TypeError(f"{loss}: the labels are real numbers, not {held.dtype}")
    if held.dtype.kind == "O" and any(each is None for each in held.flat):
        raise TypeError(f"{loss}: the labels are None, no numbers")
    return held


def _reduced(losses: Any, reduction: str) -> Any:
    if reduction == "mean":
        return functions.mean(losses)
    if reduction == "sum":
        return functions.sum(losses)
    if reduction == "none":
        return losses
    raise ValueError(f"reduction is 'mean', 'sum' or 'none', not {reduction!r}")


def __getattr__(name: str) -> Any:
    raise missing(__name__, name, __all__)
