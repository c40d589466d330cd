"""What is off about a network's layers, and what usually helps: a sentence each."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ..engine.graph import plain
from .grouping import Layer, Network
from .layer_state import LayerState
from .samples import not_standardised

_FEW = 10  # of fewer samples, half of all units may be still by chance
_DEAD, _SATURATED = 1 / 3, 1 / 2  # the shares from which it is said
_FAR_APART = 1e3  # how many times larger one layer's numbers may be than another's
_INIT = 'init="he" for relu, "glorot" for others'
_FLAT = 0.3  # the mean slope of an activation that lets little back, wherever its operand lies
_STEEP = 100  # how many times larger than the weights the gradients may be


def advised(network: Network, states: list[LayerState]) -> list[str]:
    """A sentence for each thing that is off, causes first; where one is found, what follows from it is not said."""
    for state in states:
        if not (math.isfinite(state.activations) or math.isnan(state.activations)) or not math.isfinite(
            state.gradients
        ):
            return [
                f"{state.name}: its numbers are not finite; under tg.detect_anomaly() the first operation that gives "
                "such a number says so."
            ]
    found = []
    for layer, state in zip(network.layers, states, strict=True):
        said = _inputs(layer) or _alike(network, layer) or _dead(state) or _saturated(state)
        found += [said] if said else []
        if state.dead == 1:
            break  # the layers behind it get the same numbers for every sample
    between = _activations(states) or _gradients(states) or _steep(states)
    return found or [said for said in (between,) if said]


def _inputs(layer: Layer) -> str:
    for X in layer.inputs:
        if X.ndim == 2 and X.dtype.kind == "f" and (said := not_standardised(X)):
            return f"{layer.title}: the inputs are not standardised: {said}: X = (X - X.mean(axis=0)) / X.std(axis=0)."
    return ""


def _dead(state: LayerState) -> str:
    if state.dead is None or state.dead < _DEAD or state.samples < _FEW:
        return ""
    return (
        f"{state.name}: {_share(state.dead)} of the units behind {state.activation} have slope 0 for every sample and "
        'learn nothing: a smaller lr, biases that begin at 0, init="he", or leaky_relu for relu.'
    )


def _saturated(state: LayerState) -> str:
    if state.saturated is None or state.saturated < _SATURATED:
        return ""
    return (
        f"{state.name}: {state.activation} is saturated in {_share(state.saturated)} of its entries, where little "
        'comes back through it: smaller weights (init="glorot"), a smaller lr if they grew, or LayerNorm before it.'
    )


def _alike(network: Network, layer: Layer) -> str:
    """Whether all units of a layer are the same and stay the same, because their weights are."""
    if layer is network.layers[-1]:
        return ""
    for p in layer.parameters:
        held = np.asarray(plain(p))
        if held.ndim > 1 and held.size > 1 and np.all(held == held.flat[0]):
            return (
                f"{layer.title}: all entries of {p.name or 'its weights'} are {held.flat[0]:g}, so that all units stay "
                'the same: draw them, init="glorot" or "he".'
            )
    return ""


def _activations(states: list[LayerState]) -> str:
    """Whether the numbers grow or shrink from layer to layer on the way forward."""
    inner = [state for state in states[:-1] if state.activations > 0]
    if len(inner) < 2:
        return ""
    small, large = (pick(inner, key=lambda state: state.activations) for pick in (min, max))
    if large.activations < _FAR_APART * small.activations:
        return ""
    shrink = inner.index(large) < inner.index(small)
    first, second = (large, small) if shrink else (small, large)
    verb, cure = ("shrink", "larger") if shrink else ("grow", "smaller")
    return (
        f"The activations {verb} on the way forward, from {first.activations:.1e} in {first.name} to "
        f"{second.activations:.1e} in {second.name}: {cure} weights ({_INIT}), or LayerNorm between them."
    )


def _gradients(states: list[LayerState]) -> str:
    """Whether the gradients vanish or explode on the way back."""
    for i, first in enumerate(states):
        if not first.gradients and any(state.gradients for state in states):
            return f"{first.name}: its gradient is 0: nothing of the loss comes back to it."
        for word, far in _pairs(first, states[i + 1 :]):
            between = [state for state in states[i:] if state.slope is not None and state.slope < _FLAT]
            cure = f"{_INIT}, or LayerNorm between them"
            if word == "vanish" and between:
                state = min(between, key=lambda each: each.slope or 0.0)
                cure = f"{state.activation} has a mean slope of {state.slope:.2g}; tanh or relu in its place"
            if word == "explode":
                cure += ", and clip_norm=1"
            return (
                f"The gradients {word} on the way back, from {far.gradients:.1e} in {far.name} to "
                f"{first.gradients:.1e} in {first.name}: {cure}."
            )
    return ""


def _pairs(first: LayerState, later: list[LayerState]) -> Iterator[tuple[str, LayerState]]:
    """The later layer whose gradients are too much larger, or smaller, than the first's."""
    moved = [state for state in later if state.gradients]
    if not moved:
        return
    large, small = (pick(moved, key=lambda state: state.gradients) for pick in (max, min))
    if first.gradients * _FAR_APART < large.gradients:
        yield "vanish", large
    if first.gradients > _FAR_APART * small.gradients:
        yield "explode", small


def _steep(states: list[LayerState]) -> str:
    worst = max(states, key=lambda state: state.ratio if math.isfinite(state.ratio) else 0.0)
    if not _STEEP < worst.ratio < math.inf:
        return ""
    return (
        f"{worst.name}: the gradients are {worst.ratio:.3g} times as large as the weights: a mean in place of a sum, "
        f"labels of about 1, or with SGD an lr below {0.1 / worst.ratio:.0e}."
    )


def _share(part: float) -> str:
    return f"{part:.0%}"
