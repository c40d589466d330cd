"""A run's numbers at one moment, to go back to: weights, what the optimiser remembers, the layers' generators."""

from __future__ import annotations

from typing import Any

import numpy as np

from .checkpoint import generators


class Snapshot:
    """What a model and its optimiser hold now; `restore` puts it back."""

    def __init__(self, model: Any, optimizer: Any) -> None:
        self._model, self._optimizer = model, optimizer
        self._weights = model.state_dict()
        self._counts = list(optimizer.counts)
        self._remembered = [{k: np.copy(v) for k, v in each.items()} for each in optimizer.state]
        self._drawn = {path: rng.bit_generator.state for path, rng in generators(model).items()}

    def restore(self) -> None:
        """Have model, optimiser and generators go on from that moment."""
        self._model.load_state_dict(self._weights)
        self._optimizer.counts = list(self._counts)
        self._optimizer.state = [
            {k: np.copy(v) if np.ndim(v) else float(v) for k, v in each.items()} for each in self._remembered
        ]
        for path, rng in generators(self._model).items():
            rng.bit_generator.state = self._drawn[path]


def infinite(model: Any, optimizer: Any) -> str:
    """The first of a model's tensors that holds NaN or infinity, or whose memory in the optimiser does; "" if none."""
    for path, node in model.named_tensors():
        if not np.isfinite(node.data).all():
            return f"{node.name or path}"
    for p, remembered in zip(optimizer.params, optimizer.state, strict=True):
        for name, value in remembered.items():
            if not np.isfinite(value).all():
                return f"the {name.replace('_', ' ')} of {p.name or 'a parameter'} in {type(optimizer).__name__}"
    return ""
