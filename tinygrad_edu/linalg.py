"""Linear algebra under NumPy's names: `tinygrad_edu.linalg.inv` and the rest."""

from .tensors import linalg as _linalg
from .tensors.linalg import *  # noqa: F403

__all__ = _linalg.__all__
