"""The way back: how every node's gradient is found from the gradient of what was made of it.

`passing` is the whole idea, one contribution at a time; `sweep` runs it to its end. How a contribution is made to fit
the operand that it reaches stands in `landing.py`. `sweep_arrays` and `backward_floats` are fast paths: the same pass
for plain arrays and for bare numbers, without the questions that cannot arise there. The gradients on the way stand in
a table of the pass (`backward_floats`: in the nodes' `_grad`), so nothing is ever added in place to an array that
somebody else holds, and nothing on the nodes refers back to the pass.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

import numpy as np

from . import changes
from .graph import Node, mode, plain
from .landing import fitted, incoming, spread

_by_age = attrgetter("index")
# One pass at a time adds to what shared leaves hold, so that two threads lose no contribution.
adding = threading.RLock()

# ── which nodes take part, newest first ───────────────────────────────────────────────────────────────────────────────


def ancestors(roots: Iterable[Node], *, all_nodes: bool = False, since: int = -1) -> list[Node]:
    """The nodes that `roots` were made of and the roots themselves, newest first.

    Only those that require a gradient, unless `all_nodes`; none created before the index `since`.
    """
    order = list(dict.fromkeys(roots))
    seen = set(order)
    for node in order:  # the list grows while it is walked
        x = node.x
        for parent in x if x.__class__ is tuple else (x, node.y):
            if (
                isinstance(parent, Node)
                and (parent.requires_grad or all_nodes)
                and parent not in seen
                and parent.index >= since
            ):
                seen.add(parent)
                order.append(parent)
    order.sort(key=_by_age, reverse=True)
    return order


def depending(order: list[Node], inputs: Iterable[Node]) -> list[Node]:
    """Of `order` (newest first), the nodes that are among `inputs` or were made of them."""
    reached = set(inputs)
    for node in reversed(order):
        if node not in reached and not reached.isdisjoint(node.parents):
            reached.add(node)
    return [node for node in order if node in reached]


# ── the pass ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Step:
    """One contribution of a backward pass.

    node: the operation it comes from. position: of which argument. parent: that argument. g: the operation's own
    gradient. contribution: in the parent's shape. total: the parent's gradient so far, with this contribution added.
    """

    __slots__ = ("contribution", "g", "node", "parent", "position", "total")

    def __init__(self, node: Node, position: int, parent: Node, g: Any, contribution: Any, total: Any) -> None:
        self.node, self.position, self.parent = node, position, parent
        self.g, self.contribution, self.total = g, contribution, total


def passing(
    root: Node,
    seed: Any,
    order: list[Node],
    table: dict[Node, Any],
    local: Callable[[Node, int, Any], Any],
) -> Iterator[Step]:
    """The backward pass from `root`, whose gradient is `seed`, one contribution after the other.

    order: the nodes that take part, newest first. table: filled with every node's gradient, None where nothing came.
    local(node, position, g): what `node` hands to its argument at `position`; None if it has no derivative towards it.
    """
    table.update(dict.fromkeys(order))
    table[root] = seed
    for node in order:
        g = table[node]
        if node.rule is None or g is None:
            continue
        g = incoming(g, node)
        for position, parent in enumerate(node.args):
            if isinstance(parent, Node) and parent in table:
                c = local(node, position, g)
                if c is not None:
                    c = fitted(c, node, parent)
                    so_far = table[parent]
                    table[parent] = total = c if so_far is None else so_far + c
                    yield Step(node, position, parent, g, c, total)


def sweep(
    root: Node,
    seed: Any,
    *,
    order: list[Node] | None = None,
    create_graph: bool = False,
    local: Callable[[Node, int, Any], Any] | None = None,
) -> dict[Node, Any]:
    """The gradient of every node in `order` (default: all of root's ancestors), given the root's.

    The gradients are plain numbers or arrays; under `create_graph` they are nodes, so the pass is a graph itself. A
    gradient may be a single number that stands for an array of equal entries (`spread` makes it whole), and None where
    nothing came. local: stands for the rows' own derivatives, see `passing`. Raises ChangedSinceError where a number
    that a derivative needs is no longer what the operation was computed with.
    """
    watch = mode.anomaly
    if local is None:
        if not (create_graph or watch):
            return sweep_arrays(root, seed, order)
        local = derivative_as_graph if create_graph else derivative
    if order is None:
        order = ancestors([root])
    changes.refuse_changed(order)
    table: dict[Node, Any] = {}
    for step in passing(root, seed, order, table, local):
        if watch is not None:
            watch(step.node, step.parent, step.contribution)
    return table


def derivative(node: Node, position: int, g: Any) -> Any:
    """The row's derivative towards one argument, on plain numbers."""
    assert node.rule is not None
    vjp, params = node.rule.vjp(position), node.params
    if vjp is None:
        return None
    values = [plain(a) for a in node.args]
    try:
        return vjp(g, node._data, *values, **params)
    except ArithmeticError:  # Python's floats raise where IEEE has an answer
        return vjp(*map(_ieee, (g, node._data, *values)), **params)


def derivative_as_graph(node: Node, position: int, g: Any) -> Any:
    """The row's derivative towards one argument, on nodes, so that it is recorded."""
    assert node.rule is not None
    vjp = node.rule.vjp(position)
    return None if vjp is None else vjp(g, node, *node.args, **node.params)


def _ieee(a: Any) -> Any:
    return np.float64(a) if a.__class__ is float else a


# ── fast paths ────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    for node in operations:
        g = table[node]
        if g is None:
            continue
        rule: Any = node.rule
        out, x = node._data, node.x
        number = g.__class__ is not np.ndarray  # a contribution may then be smaller than what it stands for
        if number and rule.needs_whole:
            g, number = spread(g, node), False
        try:
            if rule.arity == 2:
                y = node.y
                is_x, is_y = isinstance(x, Node), isinstance(y, Node)
                a, b = x._data if is_x else x, y._data if is_y else y
                dx, dy = rule.vjps
                to_x = dx(g, out, a, b) if is_x and x in table else None
                to_y = dy(g, out, a, b) if is_y and y in table else None
                found: Any = ((x, to_x), (y, to_y))
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
                c.__class__ is not np.ndarray
                or fits.__class__ is not np.ndarray
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
    operations.sort(key=_by_age, reverse=True)
    return operations, table


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


def receive(gradients: dict[Node, Any]) -> None:
    """Put the gradients that a pass found into the nodes' `_grad`, where on leaves they add to what is there.

    Whatever interrupts it, Ctrl-C as well, leaves the leaves' gradients as they were.
    """
    with adding:
        before = [(node, node._grad) for node in gradients if node.rule is None]
        try:
            for node, g in gradients.items():
                if g is not None:
                    node._grad = g if node._grad is None or node.rule is not None else node._grad + g
        except BaseException:
            for node, grad in before:
                node._grad = grad
            raise


def backward_floats(root: Node, seed: float) -> None:
    """`backward` from a bare number, where nothing broadcasts and nothing is shared: a fast path.

    The gradients add up where they are to stay, in `_grad`; what was there on leaves is added at the end. Whatever
    interrupts the pass, Ctrl-C as well, leaves the leaves' gradients as they were.
    """
    leaves: list[tuple[Node, Any]] = []
    with adding:
        try:
            operations = _floats_newest_first(root, leaves)
            changes.refuse_changed(operations, (leaf for leaf, _ in leaves))
            root._grad = seed
            _add_up_floats(operations)
            for node, before in leaves:
                if before is not None:
                    node._grad = before + node._grad
        except BaseException:
            for node, before in leaves:
                node._grad = before
            raise


def _floats_newest_first(root: Node, leaves: list[tuple[Node, Any]]) -> list[Node]:
    """The operations on bare numbers that take part; `leaves` is filled with each leaf and what its `_grad` was.

    The `_grad` of each node that takes part becomes a 0.0 that is an object of this pass alone. It is where the sums
    begin, and it marks the nodes that were met: a set of them would take as much memory as a third of the graph.
    """
    cls, met = root.__class__, float("0")
    if root.rule is None:
        leaves.append((root, root._grad))
        return []
    root._grad = met
    operations = [root]
    for node in operations:  # the list grows while it is walked
        x = node.x
        for parent in x if x.__class__ is tuple else (x, node.y):
            if parent.__class__ is cls and parent._grad is not met and parent.requires_grad:
                if parent.rule is None:
                    leaves.append((parent, parent._grad))
                else:
                    operations.append(parent)
                parent._grad = met
    operations.sort(key=_by_age, reverse=True)
    return operations


# Written out in one function, because a call costs more than the arithmetic on two floats.
def _add_up_floats(operations: list[Node]) -> None:
    """The loop of `backward_floats`: every operation adds what it hands on to its operands' `_grad`."""
    for node in operations:
        rule: Any = node.rule
        g, out, x, y = node._grad, node._data, node.x, node.y
        try:
            if rule.arity == 2:
                dx, dy = rule.vjps
                if x.__class__ is not node.__class__:
                    y._grad += dy(g, out, x, y._data)
                elif y.__class__ is not node.__class__:
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
