"""Lines that speak of something else than the gradient asked about: another gradient, an operation's own derivative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.backward import ancestors
from ..engine.graph import Node
from ..tensors import functions
from .messages import label
from .replay import Replay


@dataclass
class Gradient:
    """What is derived, and by what."""

    loss: Node
    wrt: Node


@dataclass(frozen=True)
class Aside:
    """What a line speaks of, in words; gradient: as a gradient that it can be judged as, if it is one."""

    what: str
    gradient: Gradient | None


def of(replay: Replay, claim: Any) -> Aside | None:
    """What the left-hand side of a claim speaks of, if that is not the gradient asked about."""
    left = claim.left
    about = replay.names.get(left.about) if left.about else replay.wrt
    derived = replay.names.get(left.of) if left.of else replay.loss
    if left.refused:
        return Aside(label(about) + " itself" if left.about and about is not None else left.refused, None)
    if about is None or derived is None or (about is replay.wrt and derived is replay.loss):
        return None
    if derived is replay.loss:
        return Aside(f"∂L/∂{label(about)}", Gradient(replay.loss, about))
    return Aside(f"∂{label(derived)}/∂{label(about)}", _local(derived, about))


def _local(derived: Node, by: Node) -> Gradient | None:
    """∂a/∂z as the gradient of Σa, which it is where a is computed from z entry by entry."""
    if not any(node is by for node in ancestors([derived], all_nodes=True)):
        return None
    if np.size(derived._data) == 1:
        return Gradient(derived, by)
    between = {node for node in ancestors([derived], all_nodes=True) if by in set(ancestors([node], all_nodes=True))}
    between.discard(by)
    entrywise = all(
        node.rule is not None and node.rule.kind.name == "elementwise" and np.shape(node._data) == np.shape(by._data)
        for node in between
    )
    return Gradient(functions.sum(derived), by) if between and entrywise else None
