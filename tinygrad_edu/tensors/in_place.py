"""In-place operators: what `p -= lr * p.grad` does to a leaf that requires a gradient.

Under `no_grad` the leaf itself is changed. While operations are recorded, an in-place operator is the plain one, and
its result takes over the variable's name; so a running total works (`total = Value(0.0)`, then `total += …`). A
parameter that stands in a list would then keep its numbers, and the training would change nothing: where the operand
gives that away, the operator raises, and where it may be so, it warns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import changes, graph
from ..engine.graph import Node, Rule, describe, plain
from ..engine.recorders import OPERANDS
from .advice import warn


def in_place(rule: Rule, symbol: str, neutral: float | None) -> Callable[[Any, Any], Any]:
    """The method of the in-place operator `symbol`, whose plain operator is `rule`.

    neutral: the number that a running total of this operation begins with, None if there is no such number.
    """

    def operator(node: Node, other: Any) -> Any:
        if node.rule is not None or not node.requires_grad:
            tracing = graph.mode.tracing if graph.switches else None
            # else Python goes on with the plain operator
            return NotImplemented if tracing is None else tracing.in_place(rule, node, symbol, other)
        if not graph.mode.recording:
            return _change(node, rule, symbol, other)
        _look_at(node, symbol, neutral, other)
        return NotImplemented

    return operator


def _change(node: Node, rule: Rule, symbol: str, other: Any) -> Any:
    """Put the result in the place of the leaf's numbers; the leaf itself."""
    if not isinstance(other, OPERANDS):
        return NotImplemented
    tracing = graph.mode.tracing
    result = rule(node if tracing is None else tracing.now(node), other)
    if np.shape(result._data) != np.shape(node._data):
        if node._grad is None and not np.shape(node._data):
            return NotImplemented  # a running total, begun with a number, of arrays
        raise ValueError(
            f"{symbol}: {describe(node)} is changed in place and keeps its shape, the result has {result.shape}"
        )
    return put(node, result)


def put(node: Node, result: Node) -> Any:
    """Put a result of the leaf's shape in the place of its numbers, in a recorded program at every call; the leaf."""
    if graph.mode.tracing is not None:
        return graph.mode.tracing.move(node, result)
    if node._data.__class__ is np.ndarray:
        np.copyto(node._data, result._data, casting="same_kind")
    else:
        node._data = float(result._data)
    changes.changed([node])
    return node


def _look_at(node: Node, symbol: str, neutral: float | None, other: Any) -> None:
    """Raise if this is the update of a leaf by its own gradient, warn if it may be one."""
    follows = isinstance(other, Node) and other.requires_grad
    if node._grad is None:
        if follows or graph.mode.deriving is not None or neutral_everywhere(node, neutral):
            return
        if symbol != "-=" and not np.shape(plain(other)):
            return  # x += 1, x *= 2: a number as it stands in a formula
    elif not follows or graph.mode.tracing is not None:
        raise RuntimeError(
            f"{symbol}: {describe(node)} is a leaf that has a gradient already; outside of no_grad {symbol} would make "
            f"a new node and leave the leaf as it is. To change the leaf: {_mends(node, symbol)}"
        )
    elif neutral_everywhere(node, neutral):
        return
    warn(
        f"{symbol}: {describe(node)} is a leaf that requires a gradient; {symbol} makes a new node here and leaves the "
        f"leaf as it is. If the leaf is to change (a step of training): {_mends(node, symbol)}. If a new node is "
        f"meant, write it out: y = x {symbol[:-1]} …"
    )


def _mends(node: Node, symbol: str) -> str:
    return f"{_called(node)}.data {symbol} …, or the same line within `with no_grad():`"


def _called(node: Node) -> str:
    """A name for a node in a line of Python."""
    return node.name if node.name and node.name.isidentifier() else "p"


def setting(node: Node, key: Any, value: Any) -> str:
    """The line that sets entries of a leaf's own array, such as `w.data[0] = 9`."""
    parts = ", ".join(_part(part) for part in key) if isinstance(key, tuple) and key else _part(key)
    return f"{_called(node)}.data[{parts}] = {value if isinstance(value, int | float) else '…'}"


def _part(part: Any) -> str:
    """One part of a key as it is written; an array stands as …"""
    if isinstance(part, slice):
        start, stop, step = ("" if each is None else _part(each) for each in (part.start, part.stop, part.step))
        return f"{start}:{stop}" + (f":{step}" if step else "")
    if part is Ellipsis:
        return "..."
    return str(part) if part is None or isinstance(part, int | np.integer) else "…"


def neutral_everywhere(node: Node, neutral: float | None) -> bool:
    """Whether the leaf holds what a running total begins with."""
    return neutral is not None and bool(np.all(node._data == neutral))
