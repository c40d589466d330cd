"""A trained model, and all that a prediction from measured features needs besides: a model alone knows no units."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..datasets.dataset import Dataset, Scale
from ..errors import CheckpointError
from ..tensors.modes import no_grad
from .checkpoint import load, packed

_AT_ONCE = 4096  # samples
_UNDER = "predictor"  # the setting of a checkpoint that holds what is no number of the model


@dataclass(frozen=True, eq=False)
class Predictor:
    """A network on features as they were measured.

    model: takes standardised features (N, D); gives (N, 1) or probabilities (N, K). features: by which those are
    standardised. target: by which a measured target is, else None. columns, classes, target_name: as of `Dataset`.
    """

    model: Any
    features: Scale
    target: Scale | None
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    classes: tuple[str, ...]
    target_name: str

    @classmethod
    def of(cls, model: Any, data: Dataset, features: Scale, target: Scale | None) -> Predictor:
        """The predictor of a model that is trained on these data."""
        return cls(model, features, target, data.columns, data.classes, data.target)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """Of features (N, D) the probability of each class, (N, K), or the measured target, (N,)."""
        parts = []
        for start in range(0, len(X), _AT_ONCE):
            with no_grad(), np.errstate(over="ignore"):
                parts.append(self.model(self.features.standardised(X[start : start + _AT_ONCE])).data)
        given = np.concatenate(parts)
        if not np.isfinite(given).all():
            raise ValueError("the network gives numbers that are not finite for these features; are they very large?")
        if self.target is not None:
            return self.target.measured(given[:, 0])
        return np.column_stack([1 - given, given]) if given.shape[1] == 1 else given

    def packed(self, path: str, optimizer: Any = None, **settings: Any) -> bytes:
        """The bytes of a checkpoint of it, which `tg.load` reads as well; path: for errors."""
        kept = {
            "features": list(self.features),
            "target": None if self.target is None else [float(number) for number in self.target],
            "columns": self.columns,
            "classes": self.classes,
            "target_name": self.target_name,
        }
        return packed(path, self.model, optimizer, {_UNDER: kept, **settings})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Predictor:
        """The predictor in a checkpoint. CheckpointError: it is damaged, or of a model alone."""
        checkpoint = load(path)
        kept = checkpoint.settings.get(_UNDER)
        if kept is None or checkpoint.model is None:
            raise CheckpointError(
                f"{os.fspath(path)}: it holds a model alone; what its features are called and standardised by is "
                "kept by tinygrad-edu train --out"
            )
        try:
            found = cls(
                checkpoint.model.eval(),
                Scale(*kept["features"]),
                None if kept["target"] is None else Scale(*map(np.asarray, kept["target"])),
                tuple((str(name), tuple(texts)) for name, texts in kept["columns"]),
                tuple(kept["classes"]),
                str(kept["target_name"]),
            )
            found(np.zeros((1, len(found.features.centre))))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CheckpointError(f"{os.fspath(path)}: what it says cannot be understood ({error!r})") from None
        return found
