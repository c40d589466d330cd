"""`no_grad` and `detect_anomaly`: what a thread does beside computing, for the length of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np

from ..engine.graph import mode, switched
from .anomaly import Watch


def no_grad() -> AbstractContextManager[None]:
    """A block in which nothing is recorded: results are leaves that require no gradient.

    >>> from tinygrad_edu import Value
    >>> with no_grad():
    ...     y = Value(2.0) * 3
    >>> y.requires_grad
    False
    """
    return switched(recording=False)


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """A block in which the first operation, forward or backward, that produces NaN or ±inf raises FloatingPointError.

    The error names the operation, the operands with their offending values and the line of the user that recorded it.
    """
    if mode.tracing is not None:
        raise mode.tracing.noted(
            "detect_anomaly inside a function that is being recorded would watch this call alone: put it around the "
            "call, which then runs the function as it is"
        )
    with switched(anomaly=Watch()), np.errstate(all="ignore"):  # NumPy's warnings would come first and say less
        yield
