"""What a function can reach outside of itself: random generators, iterators, and numbers that it may change."""

from __future__ import annotations

import random
import sys
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any

import numpy as np

from ..engine.graph import Node
from .watching import is_ours

# How many objects are looked through.
_FAR = 5000
# Of how many entries a container's numbers are remembered.
_MANY = 1000
_NEVER_HOLD = (Node, np.ndarray, np.generic, str, bytes, int, float, complex, type(None), ModuleType)
_SEQUENCES = (list, tuple, set, frozenset, deque)


class Reached:
    """What f and its arguments hold, looked through once: containers, objects and their classes, functions they call.

    generators: the random generators among it, besides the two that everybody can reach. iterators: whatever gives
    something else each time it is asked.
    """

    def __init__(self, f: Callable[..., Any], arguments: Any) -> None:
        self.generators: list[Any] = []
        self.iterators: list[Any] = []
        self._found: list[Any] = []
        seen: dict[int, Any] = {}
        pending: list[Any] = [f, arguments]
        while pending and len(seen) < _FAR:
            x = pending.pop()
            if isinstance(x, _NEVER_HOLD) or id(x) in seen:
                continue
            seen[id(x)] = x
            if isinstance(x, (np.random.Generator, np.random.RandomState, random.Random)):
                self.generators.append(x)
            elif isinstance(x, Iterator):
                self.iterators.append(x)
            else:
                pending += self._opened(x)
        self._before = list(map(_numbers, self._found))

    def _opened(self, x: Any) -> list[Any]:
        """What `x` holds, which is remembered if numbers in it may be put in the place of others."""
        if isinstance(x, (dict, *_SEQUENCES)):
            self._found.append(x)
            return list(x.values() if isinstance(x, dict) else x)
        if isinstance(x, FunctionType):
            wrapped = [getattr(x, "__wrapped__", None)]
            if is_ours(x.__code__):
                return wrapped
            self._found.append(partial(outside_of, x))
            return wrapped + _used_by(x)
        if isinstance(x, type):
            return list(vars(x).values()) if _is_users(x.__module__) else []
        if type(x).__module__.startswith(__package__):  # a jitted function: its programs hold none of the user's
            return [getattr(x, name, None) for name in ("_f", "_jitted", "_instance")]
        attributes = getattr(x, "__dict__", {})
        if isinstance(attributes, dict):
            self._found.append(attributes)
        classes = type(x).__mro__
        # the slots of the user's, and of partials, properties and methods what they call
        slots = [name for cls in classes for name, each in vars(cls).items() if isinstance(each, MemberDescriptorType)]
        return [*attributes.values(), *(getattr(x, name, None) for name in (*slots, "__self__")), *classes]

    def changed(self) -> list[Any]:
        """The containers, and attributes, in which a number is another one by now, or from which something is gone."""
        found = []
        for x, (size, before) in zip(self._found, self._before, strict=True):
            now, numbers = _numbers(x)
            if now < size or any(numbers.get(key, number) != number for key, number in before.items()):
                found.append(x)
        return found


def _numbers(x: Any) -> tuple[int, dict[Any, Any]]:
    """How many entries a container has, and its bare numbers by their places. A function gives the container."""
    held = x() if isinstance(x, partial) else x
    if len(held) > _MANY:
        return len(held), {}
    pairs = held.items() if isinstance(held, dict) else enumerate(held)
    return len(held), {key: value for key, value in list(pairs) if value.__class__ in (int, float)}


def outside_of(f: Callable[..., Any]) -> dict[str, Any]:
    """What f, or a function inside it, closes over or finds among its globals, by name."""
    if not isinstance(f, FunctionType):
        return {}
    found = {name: f.__globals__[name] for name in _names_in(f.__code__) if name in f.__globals__}
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue  # nothing stands there yet
    return found


def _used_by(f: FunctionType) -> list[Any]:
    """What f reads outside; of a module what it names there."""
    found, names = list(outside_of(f).values()), _names_in(f.__code__)
    opened = set()
    for x in found:  # the list grows while it is walked
        if isinstance(x, ModuleType) and x.__name__ not in opened and _is_users(x.__name__):
            opened.add(x.__name__)
            found += [vars(x)[name] for name in names if name in vars(x)]
    return found


def _is_users(module: str) -> bool:
    """Whether a module of this name is none of Python's, NumPy's or this package's."""
    return module.partition(".")[0] not in {*sys.stdlib_module_names, "numpy", __name__.partition(".")[0]}


def _names_in(code: CodeType) -> set[str]:
    """The names, other than of local variables, in a function and in those inside it."""
    return set(code.co_names).union(*(_names_in(each) for each in code.co_consts if isinstance(each, CodeType)))
