"""Metrics: what people read beside the loss. Each takes the labels and what the model gave."""

from __future__ import annotations

from typing import Any

import numpy as np


def accuracy(y: Any, yhat: Any) -> float:
    """The share of samples whose class is right: the likeliest of K columns, or above ½ in a single column.

    y: the numbers of the classes, (N,), or a distribution over them, (N, K). yhat: probabilities, (N, K), (N, 1), (N,).

    >>> accuracy([0, 1, 1], [[0.2], [0.9], [0.4]])
    0.6666666666666666
    """
    y, yhat = np.asarray(y), np.asarray(yhat)
    if yhat.ndim < 2 or yhat.shape[-1] == 1:
        return float(np.mean((yhat.reshape(y.shape) > 0.5) == (y > 0.5)))
    return float(np.mean(yhat.argmax(axis=-1) == (y.argmax(axis=-1) if y.shape == yhat.shape else y)))


def r2(y: Any, yhat: Any) -> float:
    """The share of the labels' variance that is explained: 1 is all of it, 0 what their mean explains.

    nan for labels that are all the same.

    >>> r2([1.0, 2.0, 3.0], [[1.0], [2.0], [2.0]])
    0.5
    """
    y = np.asarray(y, float)
    left = y - np.reshape(yhat, y.shape)
    whole = np.sum((y - y.mean(axis=0)) ** 2)
    return float(1 - np.sum(left**2) / whole) if whole else float("nan")


METRICS = {"accuracy": accuracy, "r2": r2}
