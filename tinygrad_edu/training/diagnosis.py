"""`diagnose`: how large the numbers of a network's layers are at one moment, and which of their units have stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.backward import sweep
from ..engine.derivatives import derivative
from ..engine.graph import Node, describe, leaving, plain
from ..engine.landing import spread
from ..paper.sizes import Sizes
from .grouping import Layer, Network
from .layer_state import LayerState
from .symptoms import advised
from .tables import shown

_END = 0.03  # nearer than that to a value at which it levels off, an activation is saturated


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """The layers of a network at one moment, in the order of computation, and what is off about them.

    loss: its value. layers: a `LayerState` each. advice: one sentence for each thing that is off, with what helps;
    empty where nothing is.
    """

    loss: float
    layers: tuple[LayerState, ...]
    advice: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The table, and the advice below it."""
        return "\n".join([shown(self.layers, self.loss), *self.advice])

    __repr__ = __str__

    def plot(self) -> Any:
        """Draw the table with Matplotlib, a bar for each layer; returns the figure."""
        from .plots import layers_drawn

        return layers_drawn(self)


def diagnose(loss: Any) -> Diagnosis:
    """What the layers that a loss was computed through are like: a table, and advice where something is off.

    loss: a node that holds one number, computed from a model or from tensors, before or after `backward`; no `.grad` is
    read or changed. Layers come from the graph: each begins where parameters first meet data, and is called after the
    module that holds these. Without modules the parameters are all leaves that require a gradient, so data has none; so
    it is where the model is no longer there, or was called more than sixteen times since.

    Raises TypeError for what is no node, ValueError where it is no single number or depends on no parameters.

    >>> import tinygrad_edu as tg
    >>> X, y = tg.datasets.moons(100, seed=0)
    >>> model = tg.nn.MLP([2, 16, 1], output="sigmoid", rng=0)
    >>> found = diagnose(tg.losses.binary_cross_entropy_with_logits(model.logits(X)[:, 0], y))
    >>> [layer.name for layer in found.layers], found.advice
    (['Linear layer 1 (2 → 16)', 'Linear layer 2 (16 → 1)'], [])
    """
    _check(loss)
    network = Network(loss)
    gradients = sweep(loss, 1.0)
    with np.errstate(all="ignore"):
        weights = [_joined([plain(p) for p in layer.parameters]) for layer in network.layers]
        slopes = [_joined([_gradient(gradients, p) for p in layer.parameters]) for layer in network.layers]
        last, outputs, sizes, hidden = _rms(slopes[-1]), network.outputs(), Sizes(loss), network.hidden()
        found = []
        for layer, weight, slope in zip(network.layers, weights, slopes, strict=True):
            units = _Units(network, layer, sizes, hidden)
            found.append(
                LayerState(
                    name=layer.title,
                    activation=", ".join(layer.modules) or units.words,
                    parameters=tuple(p.name or "" for p in layer.parameters),
                    samples=units.samples,
                    activations=_rms(plain(outputs[layer])) if layer in outputs else float("nan"),
                    gradients=_rms(slope),
                    ratio=_over(_rms(slope), _rms(weight)),
                    relative=_over(_rms(slope), last),
                    dead=units.dead,
                    saturated=units.saturated,
                    slope=units.slope,
                )
            )
        return Diagnosis(float(np.sum(plain(loss))), tuple(found), advised(network, found))


def _check(loss: Any) -> None:
    if not isinstance(loss, Node):
        hint = "; compute it outside of jit" if isinstance(loss, (float, np.floating)) else ""
        raise TypeError(
            f"diagnose: a loss is a node, as losses.mse_loss(model(X), y) gives, not {type(loss).__name__}{hint}"
        )
    leaving(loss, "diagnose")
    if np.size(plain(loss)) != 1:
        raise ValueError(f"diagnose: {describe(loss)} is not a single number; reduce it with .sum() or .mean()")
    if not loss.requires_grad or loss.rule is None:
        raise ValueError(
            f"diagnose: {describe(loss)} depends on no parameters; compute it from a model, outside of no_grad"
        )


class _Units:
    """The activations of a layer: of each unit, whether anything comes back through it.

    words: what the activations are called. samples, dead, saturated, slope: see `LayerState`.
    """

    def __init__(self, network: Network, layer: Layer, sizes: Sizes, hidden: set[Node]) -> None:
        mine = {size for p in layer.parameters for size in sizes.axes(p) if size.recorded > 1}
        slopes: dict[Node, Any] = {}  # of functions of functions, the last
        for node in layer.nodes:
            position = _activates(node) if node in hidden else None
            if position is not None and network.gates(node):
                slope = np.abs(derivative(node, position, np.ones_like(plain(node))))
                slopes[node] = slope * slopes.pop(node.args[position], 1.0) * np.ones(np.shape(plain(node)))
        still: dict[Any, Any] = {}  # one that is applied again and again has stopped if it has each time
        near = entries = 0
        self.samples = 1
        for node, slope in slopes.items():
            rule = node.rule
            assert rule is not None
            of_samples = tuple(axis for axis, size in enumerate(sizes.axes(node)) if size not in mine)
            if len(of_samples) == slope.ndim > 1:
                of_samples = (0,)
            stopped = np.all(slope == 0, axis=of_samples)
            key = rule.words, stopped.shape
            still[key] = still.get(key, True) & stopped
            self.samples = max(self.samples, slope.size // max(stopped.size, 1))
            if rule.levels_off:
                ends = np.min([np.abs(plain(node) - end) for end in rule.levels_off], axis=0)
                near, entries = near + int(np.sum(ends < _END)), entries + slope.size
        self.words = ", ".join(dict.fromkeys(words for words, _ in still))
        self.dead = float(np.mean(_joined(list(still.values())))) if still else None
        self.saturated = near / entries if entries else None
        self.slope = float(np.mean(_joined(list(slopes.values())))) if slopes else None


def _activates(node: Node) -> int | None:
    """Which argument the node is a function of, entry by entry, if it is an activation: no sum and no product."""
    rule = node.rule
    if rule is None or rule.kind.name != "elementwise" or rule.signs or rule.powers or rule.moves:
        return None
    moved = [place for place, a in enumerate(node.args) if isinstance(a, Node) and a.requires_grad]
    return moved[0] if len(moved) == 1 and rule.differentiable else None


def _gradient(gradients: dict[Node, Any], p: Node) -> Any:
    g = gradients.get(p)
    return np.zeros(np.shape(plain(p))) if g is None else plain(spread(g, p))


def _joined(arrays: list[Any]) -> np.ndarray:
    return np.concatenate([np.ravel(a) for a in arrays])


def _rms(a: Any) -> float:
    """The root mean square, without overflow on the way."""
    a = np.abs(np.asarray(a, float))
    largest = a.max(initial=0.0)
    return float(largest * np.sqrt(np.mean(np.square(a / largest)))) if 0 < largest < np.inf else float(largest)


def _over(a: float, b: float) -> float:
    return a / b if b else float("nan") if not a else float("inf")
