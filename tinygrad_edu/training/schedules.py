"""Schedules of the learning rate: functions from the part of the training that is done, 0 to 1, to a factor of lr."""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[float], float]


def cosine(done: float) -> float:
    """From 1 to 0 along half a cosine. Source: I. Loshchilov & F. Hutter, "SGDR", ICLR 2017, without restarts.

    >>> cosine(0.5)
    0.5
    """
    return round((1 + math.cos(math.pi * done)) / 2, 15)


def step(every: float = 1 / 3, factor: float = 0.1) -> Schedule:
    """Times `factor` each time that another part `every` of the training is done.

    >>> rates = step(every=0.5)
    >>> rates(0.4), rates(0.6)
    (1.0, 0.1)
    """
    if not 0 < every <= 1 or not factor > 0:
        raise ValueError(f"step: every={every}, factor={factor}; every is a part of the training, factor is above 0")

    def stepped(done: float) -> float:
        return float(factor ** int(done / every + 1e-9))  # a third and a third and a third are less than 1

    stepped.__qualname__ = f"step(every={every}, factor={factor})"
    return stepped


def constant(done: float) -> float:
    """1, all along."""
    return 1.0


def warmup(part: float = 0.1, then: Schedule = constant) -> Schedule:
    """From near 0 up to 1 in the first `part` of the training; `then` is the schedule of the rest.

    >>> rates = warmup(0.2, then=cosine)
    >>> rates(0.1), rates(0.2), rates(0.6)
    (0.5, 1.0, 0.5)
    """
    if not 0 < part < 1:
        raise ValueError(f"warmup: part={part}; it is a part of the training, between 0 and 1")

    def warming(done: float) -> float:
        return max(done, part / 1000) / part if done < part else then((done - part) / (1 - part))

    warming.__qualname__ = f"warmup(part={part}, then={then.__qualname__})"
    return warming


SCHEDULES: dict[str, Schedule] = {"constant": constant, "cosine": cosine, "step": step(), "warmup": warmup()}
