"""Which constants a function claims its gradient with, although it does not ask for them: those it closes over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from ..engine.backward import ancestors
from ..engine.graph import Node
from .recording import Recording

_DEEPEST = 4  # functions that call functions


def closed_over(function: Callable[..., Any], recording: Recording, asked: Sequence[Node]) -> Iterator[Node]:
    """The leaves that a function may know as they were recorded: it does not ask for them, and nothing it asks for is
    made of them.

    A single number (or an array that holds one number throughout) is one of them only where the function refers to
    that number; a number written out in its place is no constant of the loss.
    """
    given = {recording.wrt, *asked}
    made_of = set(ancestors(list(given), all_nodes=True))
    known: list[Any] | None = None
    for node in recording.nodes:
        if node.rule is not None or node in made_of:
            continue
        if np.unique(node._data).size < 2:
            known = list(_referred(function)) if known is None else known
            if not any(_is_the_value(each, node) for each in known):
                continue
        yield node


def _referred(function: Any, deep: int = 0) -> Iterator[Any]:
    """What a function refers to: in its closure, among the globals, as defaults, and in functions it calls."""
    if isinstance(function, partial):
        found = [function.func, *function.args, *function.keywords.values()]
    elif isinstance(function, MethodType):
        found = [function.__func__, *getattr(function.__self__, "__dict__", {}).values()]
    elif isinstance(function, FunctionType):
        named = [function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__]
        found = [
            *_enclosed(function),
            *named,
            *(function.__defaults__ or ()),
            *(function.__kwdefaults__ or {}).values(),
        ]
    else:
        return
    for each in found:
        yield each
        if deep < _DEEPEST:
            yield from _referred(each, deep + 1)


def _enclosed(function: FunctionType) -> Iterator[Any]:
    """What a function closes over, as far as it has a value yet."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue


def _is_the_value(each: Any, node: Node) -> bool:
    """Whether an object is the node, or holds the numbers that it holds."""
    if isinstance(each, Node):
        return each is node
    is_number = isinstance(each, (int, float, np.ndarray, np.generic)) and not isinstance(each, bool)
    return is_number and np.array_equal(np.asarray(each), np.asarray(node._data))
