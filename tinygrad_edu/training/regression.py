"""What a regression learnt: predicted beside measured, and the function itself where there are one or two features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import canvas
from .canvas import COLOURS, written
from .plane import limits

_SHOWN = 1000
_GRID = 150
# Whether a sample was kept for the test; its name, its sign, its edge.
_PARTS = ((False, "trained on", "o", "white"), (True, "kept for the test", "D", "black"))
Predict = Callable[[np.ndarray], np.ndarray]


class Fitted:
    """The samples of a regression, to be drawn with any state of the network.

    X: (N, D), y: (N,). test: which of them were kept for the test. given: what is predicted for them in the end. names:
    of the features; target: of y.
    """

    def __init__(
        self,
        X: np.ndarray,
        y: np.ndarray,
        test: np.ndarray,
        given: np.ndarray,
        names: tuple[str, ...],
        target: str,
    ) -> None:
        shown = canvas.some(len(X), _SHOWN)
        self.of_all = f"{len(shown):,} of {len(X):,} samples are shown" if len(shown) < len(X) else ""
        self.X, self.y, self.test = X[shown], y[shown], test[shown]
        self.names, self.target = names, written(target)
        self.ends = limits(np.concatenate([y, given]))

    def beside(self, predict: Predict, title: str) -> Any:
        """Predicted beside measured; on the line they are the same."""
        figure = canvas.figure(5.8, 5.0)
        ax = figure.subplots()
        given, ends = predict(self.X), self.ends
        ax.plot(ends, ends, color="#333333", linewidth=0.9, label="predicted = measured")
        for (test, name, sign, _), colour in zip(_PARTS, (COLOURS[5], COLOURS[4]), strict=True):
            chosen = self.test == test
            ax.scatter(
                self.y[chosen], given[chosen], s=18, marker=sign, color=colour, edgecolors="white", linewidths=0.4,
                label=name, zorder=3 + test,
            )  # fmt: skip
        ax.set(xlabel=f"{self.target}, measured", ylabel=f"{self.target}, predicted", xlim=ends, ylim=ends)
        canvas.entitle(figure, title, self.of_all)
        ax.legend(loc="upper left", framealpha=0.8, edgecolor="none")
        canvas.plain_axes(ax)
        return figure

    def function(self, predict: Predict, title: str) -> Any:
        """The function of one or two features, with the samples."""
        figure = canvas.figure(6.4, 4.6)
        ax = figure.subplots()
        (self._curve if len(self.names) == 1 else self._surface)(ax, predict)
        canvas.entitle(figure, title, self.of_all)
        return figure

    def _curve(self, ax: Any, predict: Predict) -> None:
        along = np.linspace(*limits(self.X[:, 0]), 4 * _GRID)
        for test, name, sign, edge in _PARTS:
            chosen = self.test == test
            ax.scatter(
                self.X[chosen, 0], self.y[chosen], s=22, marker=sign, color=COLOURS[5], edgecolors=edge, linewidths=0.8,
                label=name,
            )  # fmt: skip
        ax.plot(along, predict(along[:, None]), color=COLOURS[4], linewidth=2, label="the network")
        ax.set(xlabel=written(self.names[0]), ylabel=self.target, xlim=(along[0], along[-1]), ylim=limits(self.y))
        ax.legend(frameon=False)
        canvas.plain_axes(ax)

    def _surface(self, ax: Any, predict: Predict) -> None:
        across, up = (np.linspace(*limits(self.X[:, i]), _GRID) for i in (0, 1))
        grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
        ends = {"vmin": self.y.min(), "vmax": self.y.max(), "cmap": "cividis"}
        extent = (across[0], across[-1], up[0], up[-1])
        image = ax.imshow(
            predict(grid).reshape(_GRID, _GRID), origin="lower", extent=extent, aspect="auto", **ends
        )  # fmt: skip
        for test, name, sign, edge in _PARTS:
            chosen = self.test == test
            ax.scatter(
                *self.X[chosen].T,
                c=self.y[chosen],
                s=30,
                marker=sign,
                edgecolors=edge,
                linewidths=1.0,
                label=name,
                **ends,
            )
        ax.legend(
            loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, facecolor="#B8B8B8", edgecolor="none", fontsize=9
        )
        ax.set(xlabel=written(self.names[0]), ylabel=written(self.names[1]), xlim=extent[:2], ylim=extent[2:])
        label = f"{self.target}: area predicted, points measured"
        ax.figure.colorbar(image, ax=ax, label=label)
