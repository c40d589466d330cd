"""Where a classifier parts its classes: the plane of two features, a projection of more, probabilities along one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..datasets.dataset import Scale
from . import canvas
from .canvas import colour, marker, written
from .plane import Plane, limits

Predict = Callable[[np.ndarray], np.ndarray]
_GRID = 200  # points along each axis
_SHOWN = 1000  # samples
_NUMBERS = 4_000_000  # features of points, held at once
_LISTED = 20  # classes in the legend
_SHORT = 4  # letters of a name that can stand in an area
_MANY = 8  # classes, above which the legend is written small
_TINT = 0.42  # how much of a class's colour its area has


class Boundary:
    """The picture of a classifier, to be drawn for any state of it.

    X: the samples that are shown (N, D). y: the numbers of their classes. test: which of them were kept for the test;
    they have a black edge. names, classes, target: what features, classes and y are called. scale: by
    which X is standardised.
    """

    def __init__(
        self,
        X: np.ndarray,
        y: np.ndarray,
        test: np.ndarray,
        names: tuple[str, ...],
        classes: tuple[str, ...],
        target: str,
        scale: Scale,
    ) -> None:
        shown = canvas.some(len(X), _SHOWN)
        self.of_all = f"; {len(shown):,} of {len(X):,} samples are shown" if len(shown) < len(X) else ""
        self.X, self.y, self.test = X[shown], y[shown], test[shown]
        self.plane = Plane.of(self.X, names, scale) if X.shape[1] > 1 else None
        self.names, self.classes, self.target = names, classes, written(target)

    def draw(self, predict: Predict, title: str) -> Any:
        """The figure; predict: from features (N, D) to the probabilities of the classes (N, K)."""
        figure = canvas.figure(7.2, 5.0)
        ax = figure.subplots()
        if self.plane is None:
            self._along_one(ax, predict)
        else:
            self._in_a_plane(ax, predict, self.plane)
        canvas.entitle(figure, title, *self._subtitles())
        self._legend(ax)
        return figure

    def _subtitles(self) -> list[str]:
        edged = f"black edge: kept for the test{self.of_all}"
        if self.plane is None:
            return [f"line: the probability of each class; {edged}"]
        if len(self.names) == 2:
            return [f"area: the likeliest class, paler where it is less sure; {edged}"]
        off = ", which the samples lie off" if self.plane.share < 0.9995 else ""
        return [
            f"A projection: {len(self.names)} features onto the plane of largest spread, {self.plane.share:.0%} of the "
            "variance.",
            f"area: the likeliest class on that plane{off}; {edged}",
        ]

    def _in_a_plane(self, ax: Any, predict: Predict, plane: Plane) -> None:
        points = plane.points(self.X)
        across, up = (np.linspace(*limits(points[:, i]), _GRID) for i in (0, 1))
        grid = np.stack(np.meshgrid(across, up), axis=-1)
        given = self._answers(predict, plane, grid.reshape(-1, 2)).reshape(_GRID, _GRID, -1)
        extent = (across[0], across[-1], up[0], up[-1])
        ax.imshow(_tinted(given), origin="lower", extent=extent, aspect="auto", interpolation="bilinear")
        for line in _borders(given):
            ax.contour(across, up, line, levels=[0.0], colors="#333333", linewidths=0.8)
        if len(self.classes) > len(canvas.COLOURS) and max(map(len, self.classes)) <= _SHORT:
            self._label_areas(ax, given, grid)
        self._samples(ax, points)
        ax.set(xlabel=plane.names[0], ylabel=plane.names[1], xlim=extent[:2], ylim=extent[2:])

    def _answers(self, predict: Predict, plane: Plane, points: np.ndarray) -> np.ndarray:
        """What is answered at points of the plane, which may have very many features: so many at once as fit."""
        at_once = max(1, _NUMBERS // len(self.names))
        starts = range(0, len(points), at_once)
        return np.concatenate([predict(plane.features(points[start : start + at_once])) for start in starts])

    def _along_one(self, ax: Any, predict: Predict) -> None:
        along = np.linspace(*limits(self.X[:, 0]), 4 * _GRID)
        for kind, each in enumerate(predict(along[:, None]).T):
            ax.plot(along, each, color=colour(kind), linewidth=1.8)
        at = -0.06 - 0.05 * self.y  # a row for each class, below the curves
        self._samples(ax, np.column_stack([self.X[:, 0], at]))
        ax.axhline(0.5 if len(self.classes) == 2 else 0.0, color="#BBBBBB", linewidth=0.8, linestyle=":")
        ax.set(xlabel=written(self.names[0]), ylabel="probability", yticks=np.linspace(0, 1, 6))
        ax.set(xlim=(along[0], along[-1]), ylim=(-0.1 - 0.05 * len(self.classes), 1.05))
        canvas.plain_axes(ax)

    def _samples(self, ax: Any, points: np.ndarray) -> None:
        for kind in range(len(self.classes)):
            for test in (False, True):
                chosen = (self.y == kind) & (self.test == test)
                ax.scatter(
                    *points[chosen].T, s=26 if test else 20, marker=marker(kind), color=colour(kind), zorder=3 + test,
                    edgecolors="black" if test else "white", linewidths=0.9 if test else 0.5,
                )  # fmt: skip

    def _label_areas(self, ax: Any, given: np.ndarray, grid: np.ndarray) -> None:
        """Write the classes into their areas: there are more than colours."""
        answer = given.argmax(axis=-1)
        for kind, name in enumerate(self.classes):
            area = answer == kind
            if area.mean() > 0.004:
                inside = grid[area] / np.ptp(grid, axis=(0, 1))
                at = grid[area][((inside - inside.mean(axis=0)) ** 2).sum(axis=1).argmin()]  # nearest to its middle
                box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.0}
                ax.text(*at, written(name), ha="center", va="center", weight="bold", zorder=6, bbox=box, clip_on=True)

    def _legend(self, ax: Any) -> None:
        from matplotlib.lines import Line2D

        kinds = range(min(len(self.classes), _LISTED))
        signs = [Line2D([], [], linestyle="", marker=marker(k), color=colour(k), markersize=6) for k in kinds]
        labels = [written(self.classes[k]) for k in kinds]
        if more := len(self.classes) - len(kinds):
            signs.append(Line2D([], [], linestyle=""))
            labels.append(f"and {more} more")
        ax.legend(
            signs,
            labels,
            bbox_to_anchor=(1.01, 1.0),
            loc="upper left",
            frameon=False,
            title=self.target,
            fontsize=10 if len(signs) <= _MANY else 7.5,
        )


def _tinted(given: np.ndarray) -> np.ndarray:
    """The colours of points with those probabilities, (H, W, K) to (H, W, 3): pale where no class is sure."""
    from matplotlib.colors import to_rgb

    kinds = given.shape[-1]
    colours = np.array([to_rgb(colour(kind)) for kind in range(kinds)])
    sure = (given.max(axis=-1) - 1 / kinds) / (1 - 1 / kinds)
    strength = _TINT * (0.35 + 0.65 * sure)[..., None]
    return np.asarray(1 - strength * (1 - colours[given.argmax(axis=-1)]))


def _borders(given: np.ndarray) -> list[np.ndarray]:
    """For each class that wins somewhere, but not everywhere, how far it is ahead of the next: 0 on its border."""
    if given.shape[-1] == 2:
        ahead = [given[..., 1] - given[..., 0]]
    else:
        top = np.partition(given, -2, axis=-1)
        first, second = top[..., -1], top[..., -2]
        ahead = [np.where(each == first, each - second, each - first) for each in np.moveaxis(given, -1, 0)]
    return [each for each in ahead if each.min() < 0 < each.max()]
