"""What all pictures of training share: a figure that needs no screen, colours and signs that can be told apart."""

from __future__ import annotations

import io
import re
import textwrap
from typing import Any

import numpy as np

from ..picture.text import shortened_name

# Of M. Okabe & K. Ito, "Color universal design", 2008: the colour-blind tell them apart; grey in the place of black.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#7F7F7F")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")  # their number has no divisor in common with that of the colours
_LONGEST = 28  # letters of a name
_LETTERS = 13.5  # of a title, for each inch
DPI = 150


def figure(width: float, height: float) -> Any:
    """A figure of that size in inches, which belongs to nobody's session."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError('pictures of training: pip install "tinygrad_edu[train]"') from None
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def entitle(drawn: Any, *lines: str) -> None:
    """Write lines above a figure, each broken where the figure ends."""
    width = max(24, int(_LETTERS * drawn.get_figwidth()))
    broken = [wrapped for line in lines if line for wrapped in textwrap.wrap(line.replace("$", r"\$"), width)]
    drawn.suptitle("\n".join(broken), x=0.01, ha="left", fontsize=9)


def png(drawn: Any) -> bytes:
    """The bytes of a figure as a PNG file."""
    file = io.BytesIO()
    drawn.savefig(file, format="png", dpi=DPI)
    return file.getvalue()


def pixels(drawn: Any, dpi: int) -> np.ndarray:
    """A figure as an array (height, width, 3) of bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    drawn.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(drawn)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def written(name: str) -> str:
    """A name as Matplotlib writes it: x_1 with an index, other names as they are, long ones cut in their middle."""
    if found := re.fullmatch(r"([A-Za-z])_(\d+)", name):
        return f"${found[1]}_{{{found[2]}}}$"
    name = shortened_name(" ".join(name.split()), _LONGEST)
    return ("\u2009" if name.startswith("_") else "") + name.replace("$", r"\$")  # a label with _ first is left out


def colour(kind: int) -> str:
    """The colour of a class."""
    return COLOURS[kind % len(COLOURS)]


def marker(kind: int) -> str:
    """The sign of a class."""
    return MARKERS[kind % len(MARKERS)]


def some(n: int, most: int) -> np.ndarray:
    """Which of n samples a picture shows: all, or as many as it can hold, evenly chosen."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))


def plain_axes(ax: Any) -> None:
    """Leave out the lines that hold nothing."""
    ax.spines[["top", "right"]].set_visible(False)
