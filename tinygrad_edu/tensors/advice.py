"""Warnings about habits from elsewhere that lose a gradient or train nothing: each points at the user's own line."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

from .anomaly import NOT_THE_USERS


def warn(message: str) -> None:
    """Warn at the line outside this package and NumPy that is being run; Python shows it once for each such line."""
    level = 2
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(NOT_THE_USERS):
        frame = frame.f_back
        level += 1
    warnings.warn(message, UserWarning, stacklevel=level)
