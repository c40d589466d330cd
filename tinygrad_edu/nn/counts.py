"""How many features, channels or rows a layer has: looked at before anything is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np


def refuse_no_count(layer: str, **given: Any) -> None:
    """Raise TypeError or ValueError, with the argument's name, where a number is no whole one of at least 1."""
    for name, count in given.items():
        if isinstance(count, (bool, np.bool_)) or not isinstance(count, (int, np.integer)):
            raise TypeError(f"{layer}: {name}={count!r}; it is a whole number")
        if count < 1:
            raise ValueError(f"{layer}: {name}={count}; it is at least 1")
