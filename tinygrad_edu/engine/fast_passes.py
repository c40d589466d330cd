"""Fast paths of the way back: what `passing` in `backward.py` does, without the questions that cannot arise.

`sweep_arrays` is the pass over plain arrays, `backward_floats` the one over bare numbers. `tests/engine/test_passes.py`
holds both against the plain pass on random graphs.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np

from . import changes
from .derivatives import derivative
from .graph import Node, by_age, plain
from .landing import adding, fitted, land, spread

# ── arrays ────────────────────────────────────────────────────────────────────────────────────────────────────────────


# An operation that takes part, after its index; and its one or two operands, None where they do not.
Stage = tuple[int, Node, Any, Any]
_by_index = itemgetter(0)  # a node and its shallow copy have one index, and nodes compare entry by entry


def sweep_arrays(root: Node, seed: Any, order: list[Node] | None = None) -> dict[Node, Any]:
    """`sweep` on plain numbers: a fast path for operations of one and two operands.

    What stands in the table is an array as large as the node, or one number that stands for an array of equal entries.
    """
    stages, table = _stages_newest_first(root) if order is None else _stages_of(order)
    _refuse_changed(stages, table)
    table[root] = spread(seed, root) if seed.__class__ is np.ndarray else seed
    array = np.ndarray
    for _, node, x, y in stages:
        g = table[node]
        if g is None:
            continue
        rule: Any = node.rule
        out = node._data
        whole = g.__class__ is array  # if not, a contribution may be smaller than what it stands for
        if not whole and rule.needs_whole:
            g, whole = spread(g, node), True
        try:
            if rule.arity == 2:
                a, b = plain(node.x) if x is None else x._data, plain(node.y) if y is None else y._data
                if not (a.__class__ is b.__class__ is array and a.dtype is b.dtype) and _differ_in_dtype(a, b):
                    _hand_on(node, g, table)
                    continue
                dx, dy = rule.vjps
                to_x: Any = dx(g, out, a, b) if x is not None else None
                to_y: Any = dy(g, out, a, b) if y is not None else None
            elif x is not None:
                a, dx, params, to_y = x._data, rule.vjps[0], node.params, None
                to_x = dx(g, out, a, **params) if params else dx(g, out, a)
            else:
                _hand_on(node, g, table)
                continue
        except ArithmeticError:
            _hand_on(node, g, table)
            continue
        # The same for x and for y: a loop over the two would take longer than what it does.
        if to_x is not None:
            if (
                to_x.__class__ is not array
                or a.__class__ is not array
                or to_x.shape != a.shape
                or to_x.dtype is not a.dtype
                or not (whole or out.shape == a.shape)
            ):
                to_x = _fitted_or_number(to_x, node, x)
            so_far = table[x]
            table[x] = to_x if so_far is None else so_far + to_x
        if to_y is not None:
            if (
                to_y.__class__ is not array
                or b.__class__ is not array
                or to_y.shape != b.shape
                or to_y.dtype is not b.dtype
                or not (whole or out.shape == b.shape)
            ):
                to_y = _fitted_or_number(to_y, node, y)
            so_far = table[y]
            table[y] = to_y if so_far is None else so_far + to_y
    return table


def _stages_newest_first(root: Node) -> tuple[list[Stage], dict[Node, Any]]:
    """The operations that take part, and a table with a place for the gradient of every node that does."""
    table: dict[Node, Any] = {root: None}
    operations = [root] if root.rule is not None else []
    stages: list[Stage] = []
    for node in operations:  # the list grows while it is walked
        x, y = node.x, node.y
        # The same for x and for y: a loop over the two would take longer.
        if not isinstance(x, Node) or not x.requires_grad:
            x = None
        elif x not in table:
            table[x] = None
            if x.rule is not None:
                operations.append(x)
        if not isinstance(y, Node) or not y.requires_grad:
            y = None
        elif y not in table:
            table[y] = None
            if y.rule is not None:
                operations.append(y)
        if node.x.__class__ is tuple:
            for parent in node.x:
                if isinstance(parent, Node) and parent.requires_grad and parent not in table:
                    table[parent] = None
                    if parent.rule is not None:
                        operations.append(parent)
        stages.append((node.index, node, x, y))
    stages.sort(key=_by_index, reverse=True)
    return stages, table


def _stages_of(order: list[Node]) -> tuple[list[Stage], dict[Node, Any]]:
    """The same of nodes that are found already, newest first."""
    table: dict[Node, Any] = dict.fromkeys(order)
    stages = []
    for node in order:
        if node.rule is not None:
            x, y = (a if isinstance(a, Node) and a in table else None for a in (node.x, node.y))
            stages.append((node.index, node, x, y))
    return stages, table


def _refuse_changed(stages: list[Stage], table: dict[Node, Any]) -> None:
    if stages and changes.may_be_newer_than(stages[-1][0]):
        changes.refuse_changed([node for _, node, _, _ in stages], table)


def _differ_in_dtype(a: Any, b: Any) -> bool:
    """Whether two operands have dtypes that differ; Python's numbers have none, and take over that of the other."""
    dtype = getattr(a, "dtype", None)
    return dtype is not None and getattr(b, "dtype", dtype) != dtype  # what was unpickled has a dtype of its own


def _fitted_or_number(c: Any, node: Node, parent: Node) -> Any:
    """A contribution as large as the parent, or one number that stands for an array of equal entries."""
    fits = parent._data
    if c.__class__ is not np.ndarray:
        c = fitted(c, node, parent)
    elif (
        fits.__class__ is np.ndarray
        and c.ndim == 2 == fits.ndim + 1 and c.shape[1] == len(fits) and c.shape == node._data.shape
        and c.dtype == fits.dtype
    ):  # fmt: skip
        return _ones(len(c), c.dtype).dot(c)  # a bias's gradient: twice as fast as c.sum(axis=0)
    else:
        c = land(c, node, parent)
    if c.__class__ is np.ndarray and c.shape != fits.shape:
        return spread(c, parent) if c.ndim else c[()]
    return c


@lru_cache(maxsize=8)
def _ones(n: int, dtype: Any) -> Any:
    return np.ones(n, dtype)


def _hand_on(node: Node, g: Any, table: dict[Node, Any]) -> None:
    """What an operation adds to its parents' places in the table, in general."""
    for position, parent in enumerate(node.args):
        if isinstance(parent, Node) and parent in table:
            c = derivative(node, position, g)
            if c is not None:
                c, so_far = _fitted_or_number(c, node, parent), table[parent]
                table[parent] = c if so_far is None else so_far + c


# ── bare numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def backward_floats(root: Node, seed: float) -> None:
    """`backward` from a bare number, where nothing broadcasts and nothing is shared: a fast path.

    The gradients add up where they are to stay, in `_grad`; what was there on leaves is added at the end. Whatever
    interrupts the pass, Ctrl-C as well, leaves the leaves' gradients as they were.
    """
    leaves: list[tuple[Node, Any]] = []
    met = float("0")
    with adding:
        try:
            operations = _floats_newest_first(root, leaves, met)
            changes.refuse_changed(operations, (leaf for leaf, _ in leaves if leaf.requires_grad))
            root._grad = seed
            _add_up_floats(operations, met)
            for node, before in leaves:
                if node._grad is met or not node.requires_grad:  # nothing came, or nothing is to stay
                    node._grad = before
                elif before is not None:
                    node._grad = before + node._grad
        except BaseException:
            for node, before in leaves:
                node._grad = before
            raise


def _floats_newest_first(root: Node, leaves: list[tuple[Node, Any]], met: float) -> list[Node]:
    """The operations on bare numbers that take part; `leaves` is filled with each leaf and what its `_grad` was.

    A node that requires no gradient is a leaf here: an operation that was recorded before it was switched off, and
    has no other operand, adds to it all the same.
    The `_grad` of each node that takes part becomes `met`, a 0.0 that is an object of this pass alone. It is where the
    sums begin, and it marks the nodes that were met: a set of them would take as much memory as a third of the graph.
    """
    cls = root.__class__
    if root.rule is None:
        leaves.append((root, root._grad))
        return []
    root._grad = met
    operations = [root]
    for node in operations:  # the list grows while it is walked
        x, y = node.x, node.y
        # The same for x and for y: a loop over the two would take longer than all else here.
        if x.__class__ is cls and x._grad is not met:
            if x.rule is None or not x.requires_grad:
                leaves.append((x, x._grad))
            else:
                operations.append(x)
            x._grad = met
        if y.__class__ is cls and y._grad is not met:
            if y.rule is None or not y.requires_grad:
                leaves.append((y, y._grad))
            else:
                operations.append(y)
            y._grad = met
        if x.__class__ is tuple:
            for parent in x:
                if parent.__class__ is cls and parent._grad is not met:
                    if parent.rule is None or not parent.requires_grad:
                        leaves.append((parent, parent._grad))
                    else:
                        operations.append(parent)
                    parent._grad = met
    operations.sort(key=by_age, reverse=True)
    return operations


# Written out in one function, because a call costs more than the arithmetic on two floats.
def _add_up_floats(operations: list[Node], met: float) -> None:
    """The loop of `backward_floats`: every operation adds what it hands on to its operands' `_grad`."""
    cls = operations[0].__class__ if operations else None
    for node in operations:
        rule: Any = node.rule
        g, out, x, y = node._grad, node._data, node.x, node.y
        if g is met:  # nothing came, and 0 · inf would be no number
            node._grad = None
            continue
        try:
            if rule.arity == 2:
                dx, dy = rule.vjps
                if x.__class__ is not cls:
                    y._grad += dy(g, out, x, y._data)
                elif y.__class__ is not cls:
                    x._grad += dx(g, out, x._data, y)
                else:
                    a, b = x._data, y._data
                    to_x = dx(g, out, a, b) if x.requires_grad else None
                    to_y = dy(g, out, a, b) if y.requires_grad else None
                    if to_x is not None:
                        x._grad += to_x
                    if to_y is not None:
                        y._grad += to_y
            elif rule.arity == 1:
                dx, params = rule.vjps[0], node.params
                x._grad += dx(g, out, x._data, **params) if params else dx(g, out, x._data)
            else:
                _hand_on_floats(node, g)
        except ArithmeticError:
            _hand_on_floats(node, g)


def _hand_on_floats(node: Node, g: Any) -> None:
    """What an operation of bare numbers adds to its operands' `_grad`, in general."""
    for position, parent in enumerate(node.args):
        if isinstance(parent, Node) and parent.requires_grad:
            c = derivative(node, position, g)
            if c is not None:
                parent._grad += fitted(c, node, parent)
