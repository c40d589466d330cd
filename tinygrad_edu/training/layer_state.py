"""What `diagnose` finds out about one layer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LayerState:
    """One layer at one moment. Sizes are root mean squares; what there is none of is nan, or None.

    name: the module, or the parameters. activation: the function behind it, where another layer follows.
    parameters: their names. samples: how many there are of each unit, places of a picture counted.
    activations: how large what the layer gives is. gradients: of the loss towards its parameters. ratio: the same over
    the size of the parameters themselves: lr · ratio is the part by which a step of SGD changes them.
    relative: the gradients over those of the last layer.
    dead: the share of units whose activation has slope 0 for every sample, so that nothing comes back through them.
    saturated: the share of entries nearer than 0.03 to a value at which the activation levels off: |tanh| > 0.97,
    sigmoid < 0.03 or > 0.97. slope: the mean of the activation's derivative, without its sign.
    """

    name: str
    activation: str
    parameters: tuple[str, ...]
    samples: int
    activations: float
    gradients: float
    ratio: float
    relative: float
    dead: float | None = None
    saturated: float | None = None
    slope: float | None = None
