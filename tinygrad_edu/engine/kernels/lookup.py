"""Which kernel computes a row, looked up by the row's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import arrays, floats, matrices


def array_kernel(name: str, composed: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """The kernel of the row `name` for arrays: that of `arrays.py` or `matrices.py`, NumPy's, or `composed`."""
    for home in (vars(arrays), vars(matrices), vars(np), vars(np.linalg)):
        if name in home:
            kernel: Callable[..., Any] = home[name]
            return kernel
    if composed is None:
        raise KeyError(f"no kernel for {name}")
    return composed


def float_kernel(name: str, composed: Callable[..., Any] | None = None) -> Callable[..., Any] | None:
    """The kernel of the row `name` for Python floats, or `composed`; without either the kernel for arrays is asked."""
    return floats.KERNELS.get(name, composed)
