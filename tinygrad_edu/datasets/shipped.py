"""Real data: the sets that scikit-learn ships."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dataset import Dataset


def breast_cancer() -> Dataset:
    """569 tumours, 30 measurements each; y is 1 for a benign one, 0 for a malignant (W. H. Wolberg et al., 1995)."""
    return _shipped("breast_cancer", "tumour")


def digits() -> Dataset:
    """1797 handwritten digits of 8 × 8 pixels; y is the digit (E. Alpaydin & C. Kaynak, 1998)."""
    return _shipped("digits", "digit")


def diabetes() -> Dataset:
    """442 patients, 10 measurements each; y is how far the illness went in a year (B. Efron et al., 2004)."""
    return _shipped("diabetes", "progression")


def wine() -> Dataset:
    """178 wines, 13 measurements each; y is which of three growers they are from (M. Forina et al., 1991)."""
    return _shipped("wine", "grower")


def iris() -> Dataset:
    """150 irises, 4 lengths and widths each; y is which of three species they are (R. A. Fisher, 1936)."""
    return _shipped("iris", "species")


def _shipped(name: str, target: str) -> Dataset:
    try:
        from sklearn import datasets
    except ImportError:
        raise ImportError('the data come with scikit-learn: pip install "tinygrad_edu[train]"') from None
    found: Any = getattr(datasets, f"load_{name}")()
    classes = tuple(map(str, found.get("target_names", ())))
    y = np.asarray(found.target, int if classes else float)
    return Dataset(np.asarray(found.data, float), y, tuple(map(str, found.feature_names)), classes, name, target)
