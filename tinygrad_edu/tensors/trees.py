"""Nested lists, tuples and dicts of numbers and arrays, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any


def flatten(tree: Any) -> tuple[list[Any], Callable[[Sequence[Any]], Any]]:
    """The leaves of nested lists, tuples and dicts, and the function that puts others in their places."""
    leaves: list[Any] = []
    return leaves, partial(_put, _take(tree, leaves))


def tree_of(rebuild: Any) -> Any:
    """The containers that `flatten` took the leaves out of, with places in the leaves' stead."""
    return rebuild.args[0]


class Place:
    """Where in a tree a leaf stood."""

    def __init__(self, index: int) -> None:
        self.index = index


def _take(part: Any, leaves: list[Any]) -> Any:
    """`part` with places instead of its leaves, which are added to `leaves`."""
    if isinstance(part, dict):
        return {key: _take(value, leaves) for key, value in part.items()}
    if isinstance(part, (list, tuple)):
        return _like(part, [_take(each, leaves) for each in part])
    leaves.append(part)
    return Place(len(leaves) - 1)


def _put(part: Any, leaves: Sequence[Any]) -> Any:
    """`part` with leaves instead of its places."""
    if isinstance(part, Place):
        return leaves[part.index]
    if isinstance(part, dict):
        return {key: _put(value, leaves) for key, value in part.items()}
    return _like(part, [_put(each, leaves) for each in part])


def _like(sequence: Any, parts: list[Any]) -> Any:
    """`parts` as a list, tuple or named tuple, whichever `sequence` is."""
    return type(sequence)(*parts) if hasattr(sequence, "_fields") else type(sequence)(parts)
