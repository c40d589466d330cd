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
        held = np.asarray(node._data)
        if held.size == 0 or np.all(held == held.flat[0]):
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
        cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
        named = [function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__]
        found = [*cells, *named, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    else:
        return
    for each in found:
        yield each
        if deep < _DEEPEST:
            yield from _referred(each, deep + 1)


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _is_the_value(each: Any, node: Node) -> bool:
    """Whether an object is the node, or holds the numbers that it holds."""
    if isinstance(each, Node):
        return each is node
    if not isinstance(each, (int, float, np.ndarray, np.generic)) or isinstance(each, bool):
        return False
    return np.array_equal(np.asarray(each), np.asarray(node._data))
