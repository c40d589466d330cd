"""Whether a function draws random numbers, and where: what it draws when it is recorded would be frozen."""

from __future__ import annotations

import inspect
import linecache
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import FrameType, ModuleType
from typing import Any

import numpy as np

from ..engine.graph import Node
from .watching import is_ours


def outside_of(f: Callable[..., Any]) -> dict[str, Any]:
    """What f closes over or finds among its globals, by name."""
    try:
        found = inspect.getclosurevars(inspect.unwrap(f))
    except (TypeError, ValueError):
        return {}
    return {**found.globals, **found.nonlocals}


def generators_of(f: Callable[..., Any], arguments: Any) -> list[Any]:
    """The random generators that f can reach, besides the two that everybody can.

    Looked through are f's arguments, what it closes over and finds among its globals, and what these hold: containers,
    objects (the generator of a model's layer), functions of the user's.
    """
    found: list[Any] = []
    seen: dict[int, Any] = {}
    pending: list[Any] = [f, arguments]
    while pending and len(seen) < _FAR:
        x = pending.pop()
        if isinstance(x, _NEVER_HOLD) or id(x) in seen:
            continue
        seen[id(x)] = x
        if isinstance(x, (np.random.Generator, np.random.RandomState, random.Random)):
            found.append(x)
        elif isinstance(x, dict):
            pending += x.values()
        elif isinstance(x, (list, tuple, set, frozenset)):
            pending += x
        else:
            pending += _held_by(x)
    return found


# How many objects are looked through for a generator.
_FAR = 5000
_NEVER_HOLD = (Node, np.ndarray, np.generic, str, bytes, int, float, complex, type(None), type, ModuleType)


def _held_by(x: Any) -> list[Any]:
    """What a function reads outside, or what the attributes of an object are."""
    if inspect.isfunction(x):
        return [] if is_ours(x.__code__) and not hasattr(x, "__wrapped__") else list(outside_of(x).values())
    if inspect.ismethod(x):
        return [x.__self__, x.__func__]
    if isinstance(x, partial):
        return [x.func, x.args, x.keywords]
    return [*getattr(x, "__dict__", {}).values(), type(x).__dict__.get("__call__")]


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
