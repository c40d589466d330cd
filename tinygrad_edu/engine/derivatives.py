"""What an operation hands to one of its operands, by the row's own derivative: on plain numbers, or recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Node, plain


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
    if vjp is None:
        return None
    c = vjp(g, node, *node.args, **node.params)
    if node.rule.opaque and not isinstance(c, Node) and np.any(c):
        raise TypeError(
            f"{node.op}: the vjp of argument {position} made plain numbers of nodes (by float(), .data or .item()), "
            "so that its own derivative would be lost; write it in this package's or NumPy's functions"
        )
    return c


def _ieee(a: Any) -> Any:
    return np.float64(a) if a.__class__ is float else a
