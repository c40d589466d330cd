"""The state of a model in PyTorch's layout: its linear layers hold their weights as (out, in), ours as (in, out).

Which tensors of a layer are held the other way round, and which PyTorch keeps beside ours, the layer says itself
(`turned_in_torch`, `only_in_torch`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..engine.graph import Node

_HOME = __name__.rpartition(".")[0]


def is_torchs(state: Mapping[str, Any]) -> bool:
    """Whether a state holds PyTorch's tensors."""
    return any(type(value).__module__.partition(".")[0] == "torch" for value in state.values())


def from_torch(model: Any, state: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """A state of PyTorch's as one of ours; the model says which weights are to be turned."""
    turned, theirs = _differences(model)
    found = {path: _plain(value) for path, value in state.items() if path not in theirs}
    return {path: _turned(path, array) if path in turned else array for path, array in found.items()}


def to_torch(model: Any, state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A state of ours as one of PyTorch's."""
    turned, _ = _differences(model)
    return {path: _turned(path, array) if path in turned else array for path, array in state.items()}


def _differences(model: Any) -> tuple[set[str], set[str]]:
    """The paths of the tensors that PyTorch holds the other way round, and of those that only PyTorch has."""
    turned, theirs = set(), set()
    for path, module in model.named_modules():
        start = f"{path}." if path else ""
        holds = any(isinstance(part, Node) and part.rule is None for _, part in module.contents())
        if holds and not type(module).__module__.startswith(_HOME):
            raise TypeError(
                f"{type(module).__name__}{f' at {path}' if path else ''} is a class of your own with tensors of its "
                "own: how PyTorch would hold them is not known"
            )
        turned |= {start + name for name in module.turned_in_torch}
        theirs |= {start + name for name in module.only_in_torch}
    return turned, theirs


def _turned(path: str, array: np.ndarray) -> np.ndarray:
    if array.ndim != 2:
        raise ValueError(f"{path} has shape {array.shape}; a linear layer's weight has two axes")
    return array.T


def _plain(value: Any) -> np.ndarray:
    """An array of a tensor of PyTorch's."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
