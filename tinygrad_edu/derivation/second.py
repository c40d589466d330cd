"""The gradient that is derived once more, as short as its own derivation ends: Xᵀ (p − y)/N for logistic regression.

A backward pass that is recorded has every operation in it that the rules made: p (1 − p)((1 − y)/(1 − p) − y/p)/N.
Nobody would derive that. The last line of the gradient's derivation, in matrices, is read again on the graph's own
nodes, which records it as a graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..engine.backward import ancestors, depending
from ..engine.graph import Node, record
from ..engine.rules import count, shape
from ..errors import MisfitError, UnreadableError
from ..paper.sizes import Sizes
from ..reading import read
from ..reading.tree import Run


def written_anew(text: str, gradient: Node, wrt: Node, loss: Node, letters: Mapping[str, Any]) -> Node:
    """The gradient as its formula in matrices says it, where that is no longer; else as it was recorded.

    letters: what stands in the formula for nodes and arrays without a name.
    """
    sizes = Sizes(loss)
    named: dict[str, Any] = {**letters, **sizes.names}
    axes = {name: tuple(s.letter or s.recorded for s in sizes.axes(a)) for name, a in named.items()}
    try:
        (claim,) = read(text, axes, sizes=sizes.letters())
        reading = claim.readings(axes.get(str(wrt.name)) or tuple(s.letter or s.recorded for s in sizes.axes(wrt)))[0]
        run = Run(named, _counted(sizes), reading.decided)
        found = claim.tree.value(run).data
    except (UnreadableError, MisfitError, ValueError, ArithmeticError, IndexError):
        return gradient
    if not isinstance(found, Node):
        return gradient
    found = _with_nodes_of(loss, found)
    same = shape(found) == shape(gradient) and np.allclose(found._data, gradient._data)
    if not same or _length(found, wrt) > _length(gradient, wrt):
        return gradient
    return found if wrt in set(ancestors([found])) else gradient


def _with_nodes_of(loss: Node, root: Node) -> Node:
    """A graph in which the loss's own nodes stand for what was computed once more."""
    known = {_key(node): node for node in ancestors([loss], all_nodes=True) if node.rule is not None}
    put: dict[Node, Node] = {}
    for node in reversed(ancestors([root], all_nodes=True)):
        if node.rule is None:
            put[node] = node
            continue
        again = record(node.rule, tuple(put[a] if isinstance(a, Node) else a for a in node.args), node.params)
        put[node] = known.get(_key(again), again)
    return put[root]


def _key(node: Node) -> tuple[Any, ...]:
    """What two nodes have in common that are computed alike, from the same nodes."""
    args = (id(a) if isinstance(a, Node) or np.ndim(a) else a for a in node.args)
    return node.op, *args, repr(node.params)


def _length(root: Node, wrt: Node) -> int:
    return len(depending(ancestors([root]), [wrt]))


def _counted(sizes: Sizes) -> dict[str, Any]:
    """Each size by its letter, counted along an axis that has it, so that it is no bare number in the graph."""
    found: dict[str, Any] = {}
    for node in sizes.nodes:
        for axis, size in enumerate(sizes.axes(node)):
            if size.letter and str(size.letter) not in found:
                found[str(size.letter)] = record(count, (node,), {"axis": (axis,)})
    return found
