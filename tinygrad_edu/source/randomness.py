"""Whether a function draws random numbers, and where: what it draws when it is recorded would be frozen."""

from __future__ import annotations

import inspect
import linecache
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from .tracing import is_ours


def outside_of(f: Callable[..., Any]) -> dict[str, Any]:
    """What f closes over or finds among its globals, by name."""
    try:
        found = inspect.getclosurevars(inspect.unwrap(f))
    except (TypeError, ValueError):
        return {}
    return {**found.globals, **found.nonlocals}


def generators_of(f: Callable[..., Any]) -> list[Any]:
    """The random generators that f can reach by name, besides the two that everybody can."""
    return [
        x for x in outside_of(f).values() if isinstance(x, (np.random.Generator, np.random.RandomState, random.Random))
    ]


def states(generators: Sequence[Any]) -> list[str]:
    """The states of these generators and of the two global ones: who draws, changes one."""
    found = [repr(random.getstate()), repr(np.random.get_state(legacy=False))]
    for each in generators:
        if isinstance(each, random.Random):
            found.append(repr(each.getstate()))
        else:
            found.append(repr(each.bit_generator.state if isinstance(each, np.random.Generator) else each.get_state()))
    return found


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
