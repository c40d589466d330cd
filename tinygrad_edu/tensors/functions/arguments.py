"""What every function asks of its arguments: axes counted from 0, and arrays where lists of nodes stand."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine import rules
from ...engine.counts import is_whole
from ...engine.graph import Node, describe, mode, plain
from ...engine.rules import shape

Axis = int | Sequence[int] | None
_MANY, _GROUP = 64, 16


def ndim(x: Any) -> int:
    """How many axes x has."""
    return len(shape(x))


def size(x: Any, axis: int | None = None) -> int:
    """How many entries x has, or along one axis."""
    return math.prod(shape(x)) if axis is None else shape(x)[axis_of(x, axis, "size")]


def axes_of(x: Any, axis: Axis, operation: str, new: int = 0) -> tuple[int, ...] | None:
    """`axis` as a tuple of axes counted from 0, or None for all of them. new: how many more axes than x there are."""
    if axis is None:
        return None
    dims = ndim(x) + new
    if axis.__class__ is int and -dims <= axis < dims:  # most calls are such
        return (axis % dims,)
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    for a in axes:
        if not is_whole(a):
            raise TypeError(f"{operation}: an axis is an integer, not {a!r}")
        if not -dims <= a < dims:
            whose = "the result" if new else describe(x)
            there = f"{dims or 'no'} ax{'i' if dims == 1 else 'e'}s"
            raise np.exceptions.AxisError(f"{operation}: there is no axis {a} in {whose}, which has {there}")
    found = tuple(int(a) % dims for a in axes)
    if len(set(found)) != len(found):
        raise ValueError(f"{operation}: an axis stands twice in {axis}")
    return found


def axis_of(x: Any, axis: int, operation: str, new: int = 0) -> int:
    """`axis`, which is one, counted from 0. new: as for `axes_of`."""
    found = axes_of(x, axis, operation, new)
    if found is None or isinstance(axis, (tuple, list)):
        raise TypeError(f"{operation}: one axis is needed, an integer, not {axis!r}")
    return found[0]


def integer(n: Any, operation: str, what: str) -> int:
    """`n` as Python's integer; TypeError of what is none, as True is. what: what it is to `operation`."""
    try:
        if not isinstance(n, (bool, np.bool_)):
            return operator.index(n)
    except TypeError:
        if isinstance(n, Node):
            raise  # the node has said why
    raise TypeError(f"{operation}: {what} is an integer, not {n!r}")


def integers(several: Any, operation: str, what: str) -> tuple[int, ...]:
    """The same of an integer, or of a tuple, list or array of them."""
    parts = several if isinstance(several, (tuple, list)) or np.ndim(several) else (several,)
    return tuple(integer(n, operation, what) for n in parts)


def numbered(numbers: Any, count: int, what: str, meaning: str, kinds: str = "iu") -> Any:
    """`numbers`, which must lie from 0 to count − 1, as integers; a program that is traced looks at them at every call.

    what, meaning: what an error calls one of them, and what they number. kinds: dtypes that are integers as they are.
    """
    check_numbers(plain(numbers), count, what, meaning, kinds)
    if isinstance(numbers, Node):
        if mode.tracing is not None:
            mode.tracing.require(check_numbers, numbers, count, what, meaning, kinds)
        return rules.astype(numbers, dtype=np.dtype(int))
    return np.asarray(numbers).astype(int, copy=False)


def check_numbers(numbers: Any, count: int, what: str, meaning: str, kinds: str) -> None:
    """Raise ValueError unless all numbers are integers from 0 to count − 1."""
    numbers = np.asarray(numbers)
    kind, there = numbers.dtype.kind, f"{count} {meaning} 0 to {count - 1}"
    whole = kind in kinds or (kind == "f" and np.all(numbers == np.floor(numbers)))
    if not whole:
        raise ValueError(f"{what}s are integers here; {there}")
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < count):
        wrong = float(numbers.min() if numbers.min() < 0 else numbers.max())
        raise ValueError(f"{what} {wrong:.0f}, but {there}")


def meeting(shapes: Sequence[tuple[int, ...]], operation: str) -> tuple[int, ...]:
    """The shape in which arrays of these shapes meet."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"{operation}: the shapes do not broadcast, {', '.join(map(str, shapes))}") from None


def array(x: Any) -> Any:
    """`x` as something with a shape: a node or an array as it is, a list as an array, a list of nodes stacked."""
    if isinstance(x, (Node, np.ndarray)) or hasattr(x, "__kernel__"):
        return x
    if not isinstance(x, (list, tuple)):
        return np.asarray(x)
    parts = [array(part) for part in x]
    if not any(isinstance(part, Node) or hasattr(part, "__kernel__") for part in parts):
        return np.asarray(x)
    return stacked(parts, 0, "a list of nodes")


def stacked(parts: Sequence[Any], axis: int, operation: str) -> Any:
    """Arrays (or numbers) of one shape along a new axis, counted from 0."""
    sizes = {shape(part) for part in parts}
    if len(sizes) != 1:
        raise ValueError(f"{operation}: all arrays need one shape, these have {', '.join(map(str, sorted(sizes)))}")
    return joined([rules.expand_dims(part, axis=(axis,)) for part in parts], axis)


def joined(parts: Sequence[Any], axis: int) -> Any:
    """Arrays one after the other along an axis, counted from 0.

    Many are joined group by group: a derivative is asked for each operand, and looks at all of them.
    """
    while len(parts) > _MANY:
        parts = [rules.concatenate(*parts[i : i + _GROUP], axis=axis) for i in range(0, len(parts), _GROUP)]
    return rules.concatenate(*parts, axis=axis)
