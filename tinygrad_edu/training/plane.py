"""A plane through the samples: the two features themselves, or the two directions in which the samples differ most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..datasets.dataset import Scale
from .canvas import written

_MARGIN = 0.08


@dataclass(frozen=True, eq=False)
class Plane:
    """Points of two coordinates, and the features (D,) that each stands for: origin + point @ directions.

    origin: (D,). directions: (2, D). scale: by which features become coordinates' standardised ones. names: of the two
    coordinates. share: the part of the standardised samples' variance that lies in the plane; 1 of two features.
    """

    origin: np.ndarray
    directions: np.ndarray
    scale: Scale
    names: tuple[str, str]
    share: float = 1.0

    @classmethod
    def of(cls, X: np.ndarray, names: tuple[str, ...], scale: Scale) -> Plane:
        """The plane for samples X (N, D), N and D at least 2; `scale` is what they are standardised by."""
        if X.shape[1] == 2:
            plain = Scale(np.zeros(2), np.ones(2))
            return cls(np.zeros(2), np.eye(2), plain, (written(names[0]), written(names[1])))
        Z = scale.standardised(X)
        middle = Z.mean(axis=0)
        _, sizes, along = np.linalg.svd(Z - middle, full_matrices=False)
        directions, spread = along[:2], sizes**2
        signs = np.sign(directions[np.arange(2), np.abs(directions).argmax(axis=1)])
        shares = spread[:2] / max(spread.sum(), np.finfo(float).tiny)
        first, second = (f"direction {i} ({share:.0%} of the variance)" for i, share in enumerate(shares, start=1))
        return cls(middle, directions * signs[:, None], scale, (first, second), float(shares.sum()))

    def points(self, X: np.ndarray) -> np.ndarray:
        """Where samples (N, D) lie in the plane, seen from above it: (N, 2)."""
        return np.asarray((self.scale.standardised(X) - self.origin) @ self.directions.T)

    def features(self, points: np.ndarray) -> np.ndarray:
        """The features (N, D) of points (N, 2) of the plane."""
        return self.scale.measured(self.origin + points @ self.directions)


def limits(values: np.ndarray) -> tuple[float, float]:
    """From where to where an axis goes that is to show all values."""
    low, high = float(values.min()), float(values.max())
    margin = _MARGIN * (high - low) or 1.0
    return low - margin, high + margin
