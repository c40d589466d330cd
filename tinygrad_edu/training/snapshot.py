"""A run's numbers at one moment, to go back to: weights, what the optimiser remembers, the layers' generators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.graph import plain
from .checkpoint import generators


class Snapshot:
    """What a model and its optimiser hold now; `take` looks again, `restore` puts it back."""

    def __init__(self, model: Any, optimizer: Any) -> None:
        self._model, self._optimizer = model, optimizer
        self._nodes = dict(model.named_tensors())
        self._weights = model.state_dict()
        self._generators = generators(model)
        self.take()

    @property
    def tensors(self) -> list[Any]:
        """The model's tensors."""
        return list(self._nodes.values())

    def take(self) -> None:
        """Keep what is there at this moment."""
        for path, node in self._nodes.items():
            np.copyto(self._weights[path], plain(node))
        self._counts = list(self._optimizer.counts)
        self._remembered = [{k: np.copy(v) for k, v in each.items()} for each in self._optimizer.state]
        self._drawn = {path: rng.bit_generator.state for path, rng in self._generators.items()}

    def restore(self) -> None:
        """Have model, optimiser and generators go on from that moment."""
        self._model.load_state_dict(self._weights)
        self._optimizer.counts = list(self._counts)
        self._optimizer.state = [
            {k: np.copy(v) if np.ndim(v) else float(v) for k, v in each.items()} for each in self._remembered
        ]
        for path, rng in self._generators.items():
            rng.bit_generator.state = self._drawn[path]


def all_finite(tensors: Sequence[Any], optimizer: Any) -> bool:
    """Whether these tensors and what the optimiser remembers hold finite numbers; False may also mean very large ones.

    One look at the sums, which is all that an epoch of a small network has time for: where it says False, `infinite`
    looks at each number.
    """
    sums = [np.add.reduce(plain(node), axis=None) for node in tensors]
    sums += [np.add.reduce(value, axis=None) for each in optimizer.state for value in each.values()]
    return bool(np.isfinite(sums).all())


def infinite(model: Any, optimizer: Any) -> str:
    """The first of a model's tensors that holds NaN or infinity, or whose memory in the optimiser does; "" if none."""
    for path, node in model.named_tensors():
        if not np.isfinite(plain(node)).all():
            return f"{node.name or path}"
    for p, remembered in zip(optimizer.params, optimizer.state, strict=True):
        for name, value in remembered.items():
            if not np.isfinite(value).all():
                return f"the {name.replace('_', ' ')} of {p.name or 'a parameter'} in {type(optimizer).__name__}"
    return ""
