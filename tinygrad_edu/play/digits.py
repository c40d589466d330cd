"""Handwritten digits in two features, for the page: `python -m tinygrad_edu.play` writes them to assets/digits.json.

The features are the first two principal components of the 64 pixels, from the digits that `datasets.digits` gives.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from .. import datasets

DIGITS, EACH = (0, 1, 2, 3, 4), 100  # which digits, and how many of each
SPREAD = 1.3  # the standard deviation of both features, as the page's plane expects it


def reduced() -> dict[str, Any]:
    """`points`, x₁, x₂ and the digit in turn, x in hundredths; `components`, 64 weights of pixels each, in hundredths
    of the largest; `share`, of the pixels' variance, of each.
    """
    X, y = datasets.digits()
    rows = np.concatenate([np.flatnonzero(y == digit)[:EACH] for digit in DIGITS])
    centred = X[rows] - X[rows].mean(axis=0)
    _, scales, directions = np.linalg.svd(centred, full_matrices=False)
    directions = directions[:2] * np.sign(directions[:2].sum(axis=1, keepdims=True))  # svd leaves the sign open
    found = centred @ directions.T
    points = np.column_stack([np.rint(100 * SPREAD * found / found.std(axis=0)), y[rows]]).astype(int)
    components = np.rint(100 * directions / np.abs(directions).max(axis=1, keepdims=True)).astype(int)
    share = scales[:2] ** 2 / (scales**2).sum()
    return {
        "digits": list(DIGITS),
        "share": [round(float(each), 3) for each in share],
        "components": components.tolist(),
        "points": points.ravel().tolist(),
    }


def text() -> str:
    """assets/digits.json."""
    return json.dumps(reduced(), separators=(",", ":")) + "\n"
