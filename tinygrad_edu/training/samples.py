"""The samples of a run: looked at before the first step, shuffled from a seed, handed out in batches."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..datasets.dataset import kept_for_test
from ..engine.constants import unmasked
from ..engine.graph import Node, plain

_FAR = 100  # how far from 0 a standardised feature never is
_CLASSES = 20  # so few whole numbers, all from 0 on, are likely the numbers of classes


@dataclass(frozen=True, eq=False)
class Samples:
    """X: (N, …). y: (N, …). weights: (N,) of mean 1, or None."""

    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.X)

    def at(self, chosen: Any) -> tuple[Any, Any, Any]:
        """X, y and weights of some samples."""
        return self.X[chosen], self.y[chosen], None if self.weights is None else self.weights[chosen]

    def fingerprint(self) -> str:
        """What tells these samples from others."""
        digest = hashlib.sha256()
        for array in (self.X, self.y, self.weights):
            if array is not None:
                digest.update(f"{array.shape}{array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def features(X: Any, dtype: Any) -> np.ndarray:
    """X as an array of the model's dtype; whole numbers (of words, say) stay whole. Raises where it is none."""
    if isinstance(X, Node):
        X = plain(X)
    try:
        found = np.asarray(unmasked(X, "fit: X"))
    except ValueError:
        raise ValueError("fit: X is no array: its rows are not of one length") from None
    if found.dtype.kind in "OUS":
        try:
            found = found.astype(float)
        except (TypeError, ValueError):
            raise TypeError("fit: X holds texts; features are numbers (datasets.read_csv encodes categories)") from None
    if found.dtype.kind not in "fiub":
        raise TypeError(f"fit: X is of {found.dtype}; features are real numbers")
    if not found.ndim or not len(found):
        raise ValueError(f"fit: X of shape {found.shape} holds no samples; its first axis is that of the samples")
    _check_finite("X", found)
    return found.astype(dtype, copy=False) if found.dtype.kind in "fb" else found


def labels(y: Any, n: int) -> np.ndarray:
    """y as an array of n labels; raises where it is none."""
    found = np.asarray(unmasked(plain(y) if isinstance(y, Node) else y, "fit: y"))
    if found.shape[:1] != (n,):
        raise ValueError(f"fit: X has {n} samples, y has {len(found) if found.ndim else 'no'} labels")
    if found.dtype.kind == "f":
        _check_finite("y", found)
    return found


def _check_finite(name: str, array: np.ndarray) -> None:
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    where = ", ".join(f"{word} {i}" for word, i in zip(("row", "column"), index, strict=False))
    raise ValueError(f"fit: {name} holds {array[index]} ({where}, counted from 0); leave such samples out, or fill in")


def weights(sample_weight: Any, class_weight: Any, y: np.ndarray) -> np.ndarray | None:
    """The weight of each sample, of mean 1; None if all are the same because none was given."""
    if sample_weight is None and class_weight is None:
        return None
    found = np.ones(len(y))
    if class_weight is not None:
        found = found * _of_classes(class_weight, y)
    if sample_weight is not None:
        given = np.asarray(sample_weight, float)
        if given.shape != (len(y),):
            raise ValueError(f"fit: sample_weight has shape {given.shape}; there are {len(y)} samples")
        found = found * given
    if not np.isfinite(found).all() or (found < 0).any() or not found.any():
        raise ValueError("fit: weights are finite, none below 0, and not all 0")
    mean: float = found.mean()
    return found / mean


def _of_classes(given: Any, y: np.ndarray) -> np.ndarray:
    if y.dtype.kind not in "iub" or y.ndim != 1:
        raise TypeError(f"fit: class_weight is for labels that are numbers of classes, not {y.dtype} of {y.ndim} axes")
    if (y < 0).any():
        raise ValueError(f"fit: class_weight is for classes from 0 on; there is a label {y.min()}")
    counts = np.bincount(y)
    if isinstance(given, str) and given == "balanced":
        return np.asarray(1 / counts[y])
    pairs = given.items() if isinstance(given, Mapping) else enumerate(given) if np.ndim(given) == 1 else None
    if pairs is None or isinstance(given, str):
        raise TypeError(f"fit: class_weight is 'balanced', a dict from class to weight, or a list, not {given!r}")
    table = np.ones(len(counts))
    for kind, weight in pairs:
        if kind not in range(len(counts)):
            raise ValueError(f"fit: class_weight has a class {kind!r}; the labels are 0 to {len(counts) - 1}")
        table[kind] = weight
    return np.asarray(table[y])


def held_out(part: float, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Which samples to train on and which to keep for validation; of each class the same part."""
    if not 0 < part < 1:
        raise ValueError(f"fit: validation={part}; it is a part of the samples, between 0 and 1, or (X, y)")
    try:
        return kept_for_test(part, y if y.dtype.kind in "iub" and y.ndim == 1 and y.min() >= 0 else None, len(y), seed)
    except ValueError:
        raise ValueError(f"fit: validation={part} of {len(y)} samples leaves none on one side") from None


def order(n: int, seed: int, epoch: int) -> np.ndarray:
    """The order of the samples in that epoch: its own, whatever was drawn before."""
    return np.random.default_rng([seed, epoch]).permutation(n)


def starts(n: int, batch_size: int) -> list[int]:
    """Where each batch begins, and the end of the last. One sample left over joins the batch before it."""
    found = [*range(0, n, batch_size), n]
    if len(found) > 2 and found[-1] - found[-2] == 1:
        del found[-2]
    return found


def not_standardised(X: np.ndarray) -> str:
    """Which columns of X (N, D) are far from 0 or of very different sizes; "" if none are."""
    sizes = np.abs(X).max(axis=0, initial=0.0)
    large, small = int(sizes.argmax()), int(np.where(sizes > 0, sizes, np.inf).argmin())
    if not (sizes[large] > _FAR or sizes[large] > _FAR * sizes[small] > 0):
        return ""
    beside = f", column {small} up to {sizes[small]:.3g}" if small != large else ""
    return f"column {large} reaches {sizes[large]:.3g}{beside}"


def look(X: np.ndarray, y: np.ndarray, given: np.ndarray, *, measured: bool) -> None:
    """Say what makes training slow or is hardly meant.

    That are features, or measured labels, far from 0 or of very different sizes, and numbers of classes taken for
    measured labels. given: the labels as the user has them.
    """
    if X.ndim == 2 and X.dtype.kind == "f" and (said := not_standardised(X)):
        warnings.warn(
            f"fit: the features are not standardised: {said}; "
            "training is slow or fails like that: X = (X - X.mean(axis=0)) / X.std(axis=0), or "
            "data.split().standardised()",
            stacklevel=3,
        )
    kinds = np.unique(given) if measured and given.dtype.kind in "iu" else np.zeros(0)
    if 2 < len(kinds) <= _CLASSES and np.array_equal(kinds, np.arange(len(kinds))):
        warnings.warn(
            f"fit: the labels 0 to {kinds[-1]} are taken for measured numbers (squared error); if they are classes, "
            f"give the model {len(kinds)} outputs and output='softmax'",
            stacklevel=3,
        )
    if measured and (far := float(np.abs(y).max())) > _FAR:
        warnings.warn(
            f"fit: the labels reach {far:.3g}; a network gives numbers of about 1: train on (y - y.mean()) / y.std()",
            stacklevel=3,
        )
