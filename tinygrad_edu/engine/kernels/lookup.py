"""Which kernel computes a row, looked up by the row's name, and how the kernels' memory is had."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from . import arrays, floats, matrices

# glibc returns large arrays that are freed to the system page by page, and the next training step asks for every page
# again. Told to keep up to 256 MiB, and arrays of up to 32 MiB among them, steps on large arrays run up to twice as
# fast (its parameters of mallopt: −3 is M_MMAP_THRESHOLD, −1 is M_TRIM_THRESHOLD). Other C libraries have no mallopt.
with suppress(AttributeError, OSError, TypeError):
    mallopt = ctypes.CDLL(None).mallopt
    mallopt(-3, 32 * 2**20)
    mallopt(-1, 256 * 2**20)


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
