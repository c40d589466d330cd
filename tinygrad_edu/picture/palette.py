"""Colours, told apart by the colour-blind (M. Okabe & K. Ito, "Color Universal Design", 2008).

Boxes bring a pale ground of their own; what stands outside of them is of a middle tone, so that one picture is legible
on white paper and in a dark notebook.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Look:
    """How boxes of one kind are drawn. style and peripheries are graphviz's: a kind is known without its colour."""

    line: str
    ground: str
    style: str = "filled"
    peripheries: int = 1
    width: float = 1.2


INK = "#1c1c1c"  # names and values
FAINT = "#5a5a5a"  # shapes and counts, inside boxes
GRADIENT = "#a63c00"  # Okabe and Ito's vermilion, darkened until it is legible on every ground
OUTSIDE = "#757575"  # edges and constants: contrast 4.6 : 1 on white and on black alike
OUTSIDE_GRADIENT = "#c65300"  # the same for gradients

LOOKS = {
    "input": Look("#0072b2", "#e1effa", "filled,rounded"),
    "parameter": Look("#b87a00", "#fdf1d6", "filled,rounded", width=2.0),
    "data": Look("#00805d", "#ddf3ec", "filled,rounded,dashed"),
    "operation": Look("#5a5a5a", "#f7f7f7"),
    "result": Look("#a04a78", "#fae6f0", peripheries=2),
    "block": Look("#5a5a5a", "#fbf7d0", width=2.0),
}

_COLD, _MIDDLE, _WARM = (np.array(c, float) for c in ((0, 114, 178), (247, 247, 247), (213, 94, 0)))


def heat(value: float, largest: float) -> str:
    """A colour between blue (−largest), white (0) and vermilion (largest)."""
    if not np.isfinite(value):
        return "#000000"
    t = float(np.clip(value / largest, -1, 1)) if largest else 0.0
    end = _WARM if t > 0 else _COLD
    red, green, blue = (_MIDDLE + abs(t) * (end - _MIDDLE)).round().astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"
