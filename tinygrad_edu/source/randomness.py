"""Whether a function draws random numbers, and where: what it draws when it is recorded would be frozen."""

from __future__ import annotations

import linecache
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from .watching import is_ours


def states(generators: Sequence[Any]) -> list[Any]:
    """The states of these generators and of the two global ones: who draws, changes one."""
    found: list[Any] = [random.getstate(), _comparable(np.random.get_state(legacy=False))]
    for each in generators:
        if isinstance(each, random.Random):
            found.append(None if isinstance(each, random.SystemRandom) else each.getstate())
        elif isinstance(each, np.random.Generator):
            found.append(_comparable(each.bit_generator.state))
        else:
            found.append(_comparable(each.get_state(legacy=False)))
    return found


def _comparable(state: Any) -> Any:
    """A state whose arrays are bytes."""
    if isinstance(state, dict):
        return {key: _comparable(value) for key, value in state.items()}
    return state.tobytes() if isinstance(state, np.ndarray) else state


@contextmanager
def first_draw(generators: Sequence[Any]) -> Iterator[list[str]]:
    """A block in which a list is filled with the user's lines that draw."""
    found: list[str] = []
    now = states(generators)
    line: list[tuple[str, int]] = []

    def follow(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal now
        if is_ours(frame.f_code):
            return None
        after = states(generators)
        if after != now and line:
            now = after
            path, number = line[-1]
            found.append(f"\n  {path}, line {number}: {linecache.getline(path, number).strip()}")
        line[:] = [(frame.f_code.co_filename, frame.f_lineno)]
        return follow

    before = sys.gettrace()
    sys.settrace(follow)
    try:
        yield found
    finally:
        sys.settrace(before)
