"""The backward pass in slow motion: what `backward.sweep` does, one contribution at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.backward import Step, ancestors, passing
from ..engine.changes import refuse_changed
from ..engine.derivatives import derivative
from ..engine.graph import Node
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


def contributions(root: Any, order: Iterable[Node] = ()) -> Iterator[Contribution]:
    """Every contribution of a backward pass from `root`, in the order in which the sweep adds them.

    order: all nodes, operands before operations, if the pass is to go back through them in another order than by age.

    >>> from tinygrad_edu import Value
    >>> x = Value(3.0, name="x")
    >>> [(step.local, step.incoming, step.contribution, step.so_far) for step in contributions(x * x)]
    [(3.0, 1.0, 3.0, 3.0), (3.0, 1.0, 3.0, 6.0)]
    """
    taking_part: list[Any] = ancestors([root])
    refuse_changed(taking_part)
    if order:
        known = set(taking_part)
        taking_part = [node for node in order if node in known][::-1]
    with np.errstate(all="ignore"):
        yield from map(_shown, passing({root: seed_of(root)}, taking_part, {}, derivative))


def _shown(step: Step) -> Contribution:
    """A step of the pass with its numbers whole, and with the local derivative where there is one."""
    node: Any = step.node
    parent: Any = step.parent
    local = None
    if not mixes(node.rule):
        local = derivative(node, step.position, seed_of(node))
        local = _whole(local, parent) if np.ndim(local) == 0 and not node.flags & 1 else local
    summed = node.rule.kind.name == "elementwise" and node.shape != np.shape(parent._data)
    return Contribution(
        node, step.position, parent, _whole(step.g, node), local, _whole(step.contribution, parent),
        _whole(step.total, parent), summed,
    )  # fmt: skip


def _whole(c: Any, parent: Any) -> Any:
    """A contribution as large as its operand: a float for a Value."""
    if not parent.flags & 1:
        return float(c)
    return np.array(np.broadcast_to(c, parent.shape), parent.dtype)
