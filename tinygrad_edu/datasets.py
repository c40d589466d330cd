"""Real data, ready to train on: the sets that scikit-learn ships, split and standardised.

A quarter of the samples (chosen by a fixed seed) is kept for the test. Features are standardised with the mean and
the deviation of the training samples alone, so that nothing is known of the test.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Split", "breast_cancer", "diabetes", "digits"]


class Split(NamedTuple):
    """Samples to train on and samples kept for the test: X of shape (N, D), y of shape (N,)."""

    X_train: np.ndarray
    X_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray


def breast_cancer() -> Split:
    """569 tumours, 30 measurements each; y is 1 for a benign one, 0 for a malignant (W. H. Wolberg et al., 1995)."""
    return _split("load_breast_cancer", classes=True)


def digits() -> Split:
    """1797 handwritten digits of 8 × 8 pixels; y is the digit (E. Alpaydin & C. Kaynak, 1998)."""
    return _split("load_digits", classes=True)


def diabetes() -> Split:
    """442 patients, 10 measurements each; y is how far the illness went in a year (B. Efron et al., 2004)."""
    return _split("load_diabetes", classes=False)


def _split(loader: str, classes: bool) -> Split:
    try:
        from sklearn import datasets, model_selection
    except ImportError:
        raise ImportError('the data come with scikit-learn: pip install "tinygrad_edu[train]"') from None
    X, y = getattr(datasets, loader)(return_X_y=True)
    parts: Any = model_selection.train_test_split(X, y, test_size=0.25, random_state=0, stratify=y if classes else None)
    X_train, X_test, y_train, y_test = parts
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    deviation[deviation == 0] = 1.0  # a pixel that is never inked
    return Split((X_train - mean) / deviation, (X_test - mean) / deviation, y_train, y_test)
