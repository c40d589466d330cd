"""What an operation hands to one of its operands, by the row's own derivative: on plain numbers, or recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .graph import Node, plain
from .rules_shapes import astype


def derivative(node: Node, position: int, g: Any) -> Any:
    """The row's derivative towards one argument, on plain numbers."""
    assert node.rule is not None
    vjp, params = node.rule.vjp(position), node.params
    if vjp is None:
        return None
    values = widened([plain(a) for a in node.args], node)
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
    c = vjp(g, node, *widened(node.args, node), **node.params)
    if node.rule.opaque and not isinstance(c, Node) and np.any(c):
        raise TypeError(
            f"{node.op}: the vjp of argument {position} made plain numbers of nodes (by float(), .data or .item()), "
            "so that its own derivative would be lost; write it in this package's or NumPy's functions"
        )
    return c


def widened(operands: Sequence[Any], node: Node) -> Sequence[Any]:
    """What `node` was computed of, all in the dtype of its result, in which NumPy computed it.

    Beside Python's numbers, which have no dtype, a float32 would take digits from the gradient of a float64 next to it.
    """
    dtype = getattr(node._data, "dtype", None)
    if dtype is None or len(operands) == 1:
        return operands
    held = [getattr(a._data if isinstance(a, Node) else a, "dtype", dtype) for a in operands]
    narrower = [each is not dtype and each.kind == "f" == dtype.kind and each < dtype for each in held]
    if True not in narrower:
        return operands
    return [astype(a, dtype=dtype) if narrow else a for a, narrow in zip(operands, narrower, strict=True)]


def _ieee(a: Any) -> Any:
    return np.float64(a) if a.__class__ is float else a
