"""The states of layers as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..nn.table import ruled
from .layer_state import LayerState

HEAD = ("layer", "activation", "activations", "gradients", "× last", "÷ weights", "dead", "saturated")


def shown(states: Sequence[LayerState], loss: float) -> str:
    """A line for each layer, and the loss."""
    lines = [
        (
            state.name,
            state.activation,
            _number(state.activations),
            _number(state.gradients),
            _number(state.relative),
            _number(state.ratio),
            _share(state.dead),
            _share(state.saturated),
        )
        for state in states
    ]
    return ruled([HEAD, *lines, (f"loss {loss:.4g}", *[""] * (len(HEAD) - 1))])


def _number(x: float) -> str:
    """Three digits."""
    return "–" if math.isnan(x) else f"{x:.2e}" if x and not 1e-3 <= abs(x) < 1e4 else f"{x:.3g}"


def _share(part: float | None) -> str:
    return "–" if part is None else f"{part:.0%}"
