"""Copies and pickles of nodes: a deep copy takes the graph along, without recursion; only leaves are pickled."""

from __future__ import annotations

import copy
from typing import Any

from ..engine import graph
from ..engine.backward import ancestors
from ..engine.graph import Node, describe, leaf, next_index


def shallow(node: Node) -> Any:
    """A node of the same numbers, made by the same operation of the same operands."""
    _leaving(node)
    made = object.__new__(type(node))
    for slot in ("_data", "_grad", "index", "params", "requires_grad", "rule", "x", "y"):
        setattr(made, slot, getattr(node, slot, None))
    made.name = node.name
    return made


def deep(node: Node, memo: dict[int, Any]) -> Any:
    """A copy of a node and of all that it was made of, oldest first, which `memo` has not got."""
    _leaving(node)
    for each in reversed(ancestors([node], all_nodes=True)):
        if id(each) in memo:
            continue
        made = memo[id(each)] = shallow(each)
        made._data, made.index = copy.deepcopy(each._data, memo), next_index()
        made.x, made.y = _operand(each.x, memo), _operand(each.y, memo)
        made._grad = copy.deepcopy(made._grad, memo)
    return memo[id(node)]


def _operand(x: Any, memo: dict[int, Any]) -> Any:
    """An operand, or a tuple of them, copied; nodes are in `memo` already."""
    return tuple(_operand(a, memo) for a in x) if x.__class__ is tuple else copy.deepcopy(x, memo)


def reduced(node: Node) -> Any:
    """What pickle asks for: how to make a leaf anew. Raises TypeError of a node that an operation made."""
    _leaving(node)
    if node.rule is not None:
        raise TypeError(f"pickling: {describe(node)} hangs on the graph that made it; pickle its numbers (.data) "
                        "or a leaf of them (.detach())")  # fmt: skip
    return restored, (type(node), node._data, node.requires_grad, node.name, node._grad)


def restored(cls: type[Node], data: Any, requires_grad: bool, name: str | None, grad: Any) -> Any:
    """The leaf that was pickled."""
    made = leaf(cls, data, requires_grad, name)
    made._grad = grad
    return made


def _leaving(node: Node) -> None:
    if graph.switches:
        graph.leaving(node, "copying or pickling")
