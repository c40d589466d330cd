"""The backward pass in slow motion: what `graph.sweep` does, one contribution at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.graph import Node, Rule, _ieee, ancestors, plain
from .text import mixes


@dataclass(frozen=True)
class Contribution:
    """What one operation hands to one of its operands.

    incoming: the operation's own gradient, of its shape. local: the local derivative where the contribution is local ×
    incoming, entry by entry; None for operations that mix entries. contribution: in the operand's shape. so_far: the
    operand's gradient with this contribution added. summed: the axes along which broadcasting had repeated the operand.
    """

    node: Any
    position: int
    parent: Any
    incoming: Any
    local: Any
    contribution: Any
    so_far: Any
    summed: bool


def seed_of(root: Any) -> Any:
    """Where the pass starts: ∂L/∂L = 1, and for an array ones, which derive the sum of its entries."""
    return np.ones(root.shape, root.dtype) if root.flags & 1 else 1.0


def contributions(root: Any) -> Iterator[Contribution]:
    """Every contribution of a backward pass from `root`, in the order in which the sweep adds them.

    >>> from tinygrad_edu import Value
    >>> x = Value(3.0, name="x")
    >>> [(step.local, step.incoming, step.contribution, step.so_far) for step in contributions(x * x)]
    [(3.0, 1.0, 3.0, 3.0), (3.0, 1.0, 3.0, 6.0)]
    """
    order: list[Any] = ancestors([root])
    wanted = set(order)
    table: dict[Any, Any] = {root: seed_of(root)}
    for node in order:
        rule, g = node.rule, table.get(node)
        if rule is None or g is None:
            continue
        for position, operand in enumerate(node.args):
            parent: Any = operand
            vjp = rule.vjp(position)
            if not isinstance(parent, Node) or parent not in wanted or vjp is None:
                continue
            raw = _applied(vjp, node, g)
            c = _whole(Rule.land(raw, node, parent), parent)
            table[parent] = table[parent] + c if parent in table else c
            local = None
            if not mixes(rule):
                local = _applied(vjp, node, seed_of(node) if node.flags & 1 else 1.0)
                local = _whole(local, parent) if np.ndim(local) == 0 and not node.flags & 1 else local
            summed = rule.kind.name == "elementwise" and node.shape != np.shape(parent._data)
            yield Contribution(node, position, parent, g, local, c, table[parent], summed)


def _applied(vjp: Any, node: Any, g: Any) -> Any:
    """A derivative on the plain numbers of a node, with IEEE's answer where Python's floats have none."""
    operands = [g, node._data, *map(plain, node.args)]
    with np.errstate(all="ignore"):
        try:
            return vjp(*operands, **node.params)
        except ArithmeticError:
            return vjp(*map(_ieee, operands), **node.params)


def _whole(c: Any, parent: Any) -> Any:
    """A contribution as large as its operand: a float for a Value."""
    if not parent.flags & 1:
        return float(c)
    return np.array(np.broadcast_to(c, parent.shape), parent.dtype)
