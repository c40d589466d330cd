"""The one shape that all data have, and how samples are kept for the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

_LISTED = 5


class Split(NamedTuple):
    """Samples to train on and samples kept for the test: X of shape (N, D), y of shape (N,).

    >>> from tinygrad_edu import datasets
    >>> datasets.moons(40).split(test=0.25)
    30 samples to train on, 10 kept for the test, of 2 features each
    """

    X_train: np.ndarray
    X_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray

    def __repr__(self) -> str:
        features = self.X_train.shape[1]
        return (
            f"{len(self.y_train)} samples to train on, {len(self.y_test)} kept for the test, of {features} "
            f"feature{'s' if features != 1 else ''} each"
        )

    def standardised(self) -> Split:
        """The same with every feature's mean 0 and deviation 1 in the samples to train on.

        The mean and the deviation are those of the samples to train on alone, so that nothing is known of the test. A
        feature that never changes there is only shifted.
        """
        scale = Scale.of(self.X_train)
        return self._replace(X_train=scale.standardised(self.X_train), X_test=scale.standardised(self.X_test))


class Scale(NamedTuple):
    """What values are standardised by: centre and deviation of each column (D,), or two numbers for values (N,)."""

    centre: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Scale:
        """The mean and the deviation along the first axis; the deviation 1 where all values are the same.

        Neither is finite for values near the largest that there are.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            same = values.max(axis=0) == values.min(axis=0)  # their computed deviation may be a little above 0
            centre = np.where(same, values[0], values.mean(axis=0))
            return cls(centre, np.where(same, 1.0, values.std(axis=0)))

    def standardised(self, values: np.ndarray) -> np.ndarray:
        """The same values with mean 0 and deviation 1."""
        return np.asarray((values - self.centre) / self.deviation)

    def measured(self, values: np.ndarray) -> np.ndarray:
        """Standardised values as they were measured."""
        return np.asarray(self.centre + self.deviation * values)


@dataclass(frozen=True, repr=False, eq=False)
class Dataset:
    """Samples and what they are called.

    X: (N, D), floats. y: (N,), integers from 0 on where there are classes, else floats. features: the name of each
    column of X. classes: what each number in y means; () where y is measured. target: what y is called. columns: what
    the features were made of, each column of the file with the texts that it holds, () if it holds numbers.
    """

    X: np.ndarray
    y: np.ndarray
    features: tuple[str, ...]
    classes: tuple[str, ...] = ()
    name: str = "data"
    target: str = "y"
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __post_init__(self) -> None:
        if not self.columns:
            object.__setattr__(self, "columns", tuple((name, ()) for name in self.features))

    def __iter__(self) -> Iterator[np.ndarray]:
        """X and y, for `X, y = …`."""
        return iter((self.X, self.y))

    def __len__(self) -> int:
        return len(self.y)

    def split(self, test: float = 0.25, seed: int = 0) -> Split:
        """A part of the samples, chosen by the seed, kept for the test; of each class the same part.

        test: the part, between 0 and 1. The features are as they were measured; `.standardised()` scales them.
        """
        if not isinstance(test, (int, float)) or not 0 < test < 1:
            raise ValueError(f"split: test={test!r}; it is the part that is kept for the test, between 0 and 1")
        try:
            train, held = kept_for_test(test, self.y if self.classes else None, len(self), seed)
        except ValueError:
            raise ValueError(f"split: test={test} of {len(self)} samples leaves none on one side") from None
        return Split(self.X[train], self.X[held], self.y[train], self.y[held])

    def __repr__(self) -> str:
        what = f"{len(self.classes)} classes, {_listed(self.classes)}" if self.classes else f"{self.target} is measured"
        features = f"{len(self.features)} feature{'s' if len(self.features) != 1 else ''}"
        return f"{self.name}: {len(self)} samples of {features}, {_listed(self.features)}; {what}"


def kept_for_test(test: float, kinds: np.ndarray | None, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Which of n samples to train on and which to keep, the part `test` of them, in an order chosen by the seed.

    kinds: each sample's class, if of each the same part is to be kept. ValueError: none would be left on one side.
    """
    order = np.random.default_rng(seed).permutation(n)
    whole = round(test * n)
    if whole in (0, n):
        raise ValueError(f"{test} of {n} samples leaves none on one side")
    classes = kinds[order] if kinds is not None else np.zeros(n, int)
    kept = np.zeros(n, bool)
    for kind, count in enumerate(_shared(whole, np.bincount(classes))):
        kept[np.flatnonzero(classes == kind)[:count]] = True
    return order[~kept], order[kept]


def _shared(whole: int, counts: np.ndarray) -> np.ndarray:
    """`whole` things as whole shares, as near to the counts' proportions as can be."""
    exact = whole * counts / counts.sum()
    shares: np.ndarray = np.floor(exact).astype(int)
    shares[np.argsort(shares - exact, kind="stable")[: whole - shares.sum()]] += 1
    return shares


def _listed(names: tuple[str, ...]) -> str:
    if len(names) > _LISTED:
        return f"{', '.join(names[:_LISTED])}, …"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
