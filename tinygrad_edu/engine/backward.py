"""The way back: how every node's gradient is found from the gradient of what was made of it.

`passing` is the whole idea, one contribution at a time; `sweep` runs it to its end. How a contribution is made to fit
the operand that it reaches stands in `landing.py`. The gradients on the way stand in a table of the pass, so nothing is
ever added in place to an array that somebody else holds, and nothing on the nodes refers back to the pass. The same
pass for plain arrays and for bare numbers, without the questions that cannot arise there, stands in `fast_passes.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from . import changes
from .derivatives import derivative, derivative_as_graph
from .fast_passes import sweep_arrays
from .graph import Node, by_age, describe, mode
from .landing import fitted, incoming

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
    order.sort(key=by_age, reverse=True)
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
    seeds: Mapping[Node, Any],
    order: list[Node],
    table: dict[Node, Any],
    local: Callable[[Node, int, Any], Any],
    whole: Callable[[Any, Node], Any] = incoming,
    fit: Callable[[Any, Node, Node], Any] = fitted,
) -> Iterator[Step]:
    """The backward pass from the nodes whose gradients `seeds` gives, one contribution after the other.

    order: the nodes that take part, newest first. table: filled with every node's gradient, None where nothing came.
    local(node, position, g): what `node` hands to its argument at `position`; None if it has no derivative towards it.
    whole, fit: how a gradient is made as large as its node, a contribution as its parent (symbols have their own ways).
    """
    table.update(dict.fromkeys(order))
    table.update(seeds)
    for node in order:
        g = table[node]
        if node.rule is None or g is None:
            continue
        g = whole(g, node)
        for position, parent in enumerate(node.args):
            if isinstance(parent, Node) and parent in table:
                c = local(node, position, g)
                if c is not None:
                    c = fit(c, node, parent)
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
    _refuse_what_is_not_real(root)
    watch = mode.anomaly
    if local is None:
        if not (create_graph or watch):
            return sweep_arrays(root, seed, order)
        local = derivative_as_graph if create_graph else derivative
    if order is None:
        order = ancestors([root])
    changes.refuse_changed(order)
    table: dict[Node, Any] = {}
    for step in passing({root: seed}, order, table, local):
        if watch is not None:
            watch(step.node, step.parent, step.contribution)
    return table


def _refuse_what_is_not_real(root: Node) -> None:
    """Raise TypeError if `root` holds nodes or complex numbers.

    Nodes come of an array of objects among the operands, which nobody recorded; gradients of complex numbers would be
    those of their real parts.
    """
    held = root._data
    is_array = held.__class__ is np.ndarray
    if isinstance(held, complex) or (is_array and held.dtype.kind == "c"):
        first = next(node for node in reversed(ancestors([root])) if np.iscomplexobj(node._data))
        beside = ", ".join(map(describe, first.parents))
        raise TypeError(f"{first.op}: a complex operand beside {beside}; gradients are of real numbers")
    if isinstance(held, Node) or (is_array and held.dtype.hasobject and any(isinstance(a, Node) for a in held.flat)):
        raise TypeError(
            f"backward: {describe(root)} was computed from an array of objects that are nodes, and has lost their "
            "gradients: np.stack makes one node of many"
        )
