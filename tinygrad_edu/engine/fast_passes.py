"""Fast paths of the way back: what `passing` in `backward.py` does, without the questions that cannot arise.

`sweep_arrays` is the pass over plain arrays, `backward_floats` the one over bare numbers. `tests/engine/test_passes.py`
holds both against the plain pass on random graphs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import changes
from .derivatives import derivative
from .graph import Node, by_age
from .landing import adding, fitted, spread

# ── arrays ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def sweep_arrays(root: Node, seed: Any, order: list[Node] | None = None) -> dict[Node, Any]:
    """`sweep` on plain numbers: a fast path for operations of one and two operands.

    What stands in the table is an array as large as the node, or one number that stands for an array of equal entries.
    """
    if order is None:
        operations, table = _operations_newest_first(root)
    else:
        operations, table = [node for node in order if node.rule is not None], dict.fromkeys(order)
    changes.refuse_changed(operations, table)
    table[root] = spread(seed, root) if seed.__class__ is np.ndarray else seed
    array = np.ndarray
    for node in operations:
        g = table[node]
        if g is None:
            continue
        rule: Any = node.rule
        out, x = node._data, node.x
        number = g.__class__ is not array  # a contribution may then be smaller than what it stands for
        if number and rule.needs_whole:
            g, number = spread(g, node), False
        try:
            if rule.arity == 2:
                y = node.y
                is_x, is_y = isinstance(x, Node), isinstance(y, Node)
                a, b = x._data if is_x else x, y._data if is_y else y
                if a.dtype is not b.dtype if a.__class__ is b.__class__ is array else _differ_in_dtype(a, b):
                    found: Any = _contributions(node, g, table)
                else:
                    dx, dy = rule.vjps
                    to_x = dx(g, out, a, b) if is_x and x in table else None
                    to_y = dy(g, out, a, b) if is_y and y in table else None
                    found = ((x, to_x), (y, to_y))
            elif rule.arity == 1 and x in table:
                dx, params = rule.vjps[0], node.params
                found = ((x, dx(g, out, x._data, **params) if params else dx(g, out, x._data)),)
            else:
                found = _contributions(node, g, table)
        except ArithmeticError:
            found = _contributions(node, g, table)
        for parent, c in found:
            if c is None:
                continue
            fits = parent._data
            if (
                c.__class__ is not array
                or fits.__class__ is not array
                or c.shape != fits.shape
                or c.dtype is not fits.dtype
                or (number and out.shape != fits.shape)
            ):
                c = _fitted_or_number(c, node, parent)
            so_far = table[parent]
            table[parent] = c if so_far is None else so_far + c
    return table


def _operations_newest_first(root: Node) -> tuple[list[Node], dict[Node, Any]]:
    """The operations that take part, and a table with a place for the gradient of every node that does."""
    table: dict[Node, Any] = {root: None}
    operations = [root] if root.rule is not None else []
    for node in operations:  # the list grows while it is walked
        x = node.x
        for parent in x if x.__class__ is tuple else (x, node.y):
            if isinstance(parent, Node) and parent.requires_grad and parent not in table:
                table[parent] = None
                if parent.rule is not None:
                    operations.append(parent)
    operations.sort(key=by_age, reverse=True)
    return operations, table


def _differ_in_dtype(a: Any, b: Any) -> bool:
    """Whether two operands have dtypes that differ; Python's numbers have none, and take over that of the other."""
    dtype = getattr(a, "dtype", None)
    return dtype is not None and getattr(b, "dtype", dtype) is not dtype


def _fitted_or_number(c: Any, node: Node, parent: Node) -> Any:
    """A contribution as large as the parent, or one number that stands for an array of equal entries."""
    c = fitted(c, node, parent)
    if c.__class__ is np.ndarray and c.shape != parent._data.shape:
        return spread(c, parent) if c.ndim else c[()]
    return c


def _contributions(node: Node, g: Any, wanted: dict[Node, Any]) -> list[tuple[Node, Any]]:
    """What `node` hands to each of its `wanted` parents, in general."""
    return [
        (parent, derivative(node, position, g))
        for position, parent in enumerate(node.args)
        if isinstance(parent, Node) and parent in wanted
    ]


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
            changes.refuse_changed(operations, (leaf for leaf, _ in leaves))
            root._grad = seed
            _add_up_floats(operations, met)
            for node, before in leaves:
                if node._grad is met:  # nothing came
                    node._grad = before
                elif before is not None:
                    node._grad = before + node._grad
        except BaseException:
            for node, before in leaves:
                node._grad = before
            raise


def _floats_newest_first(root: Node, leaves: list[tuple[Node, Any]], met: float) -> list[Node]:
    """The operations on bare numbers that take part; `leaves` is filled with each leaf and what its `_grad` was.

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
        if x.__class__ is cls and x._grad is not met and x.requires_grad:
            if x.rule is None:
                leaves.append((x, x._grad))
            else:
                operations.append(x)
            x._grad = met
        if y.__class__ is cls and y._grad is not met and y.requires_grad:
            if y.rule is None:
                leaves.append((y, y._grad))
            else:
                operations.append(y)
            y._grad = met
        if x.__class__ is tuple:
            for parent in x:
                if parent.__class__ is cls and parent._grad is not met and parent.requires_grad:
                    if parent.rule is None:
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
