"""Which classes are taken for which: the confusion matrix, counted and drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import canvas
from .canvas import written

_COUNTED = 25  # classes up to which the numbers can be read
_NAMED = 60  # and up to which their names can


def counts(y: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """How often samples of class i were taken for class j, (K, K).

    >>> counts(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    found = np.zeros((classes, classes), int)
    np.add.at(found, (y, answers), 1)
    return found


def drawn(found: np.ndarray, classes: tuple[str, ...], target: str, title: str) -> Any:
    """The figure of a confusion matrix; the colour is the share of the row, so that rare classes can be seen."""
    n = len(classes)
    names = [written(name) for name in classes]
    side = min(max(3.2, 0.42 * n), 10.0) + 0.06 * max(map(len, names))
    figure = canvas.figure(side + 1.6, side + 0.6)
    ax = figure.subplots()
    share = found / np.maximum(found.sum(axis=1, keepdims=True), 1)
    image = ax.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0)
    if n <= _COUNTED:
        for (i, j), count in np.ndenumerate(found):
            if count or n <= 12:
                ink = "white" if share[i, j] > 0.55 else "#222222" if count else "#999999"
                ax.text(j, i, str(count), ha="center", va="center", color=ink, fontsize=10 if n <= 12 else 7)
    if n <= _NAMED:
        size = 9 if n <= _COUNTED else 6
        turned = sum(map(len, names)) > 6 * side
        ax.set_xticks(range(n), names, rotation=45 if turned else 0, ha="right" if turned else "center", fontsize=size)
        ax.set_yticks(range(n), names, fontsize=size)
    ax.set(xlabel=f"{written(target)}: what the network answers", ylabel=f"{written(target)}: what it is")
    canvas.entitle(figure, title)
    figure.colorbar(image, ax=ax, label="share of the row", shrink=0.8)
    return figure
