"""How a contribution lands at its parent: the one place where broadcasting is undone and dtypes are made to agree.

`receive` puts what a whole pass found where users read it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .forking import lock_over_forks
from .graph import Node, describe, plain
from .rules import astype, broadcast_to, reshape
from .rules import sum as sum_along
from .table import Shape, shape

# One pass at a time adds to what shared leaves hold, so that two threads lose no contribution.
adding = lock_over_forks()


def incoming(g: Any, node: Node) -> Any:
    """A node's gradient as its derivatives want it: whole, or one number that stands for a whole array."""
    return spread(g, node) if node.rule.needs_whole or shape(g) != () else g  # type: ignore[union-attr]


def fitted(c: Any, node: Node, parent: Node) -> Any:
    """A contribution of `node`, made to fit the parent."""
    if c.__class__ is float:
        if not node.flags & 1:
            return c  # both are bare numbers
        if parent.flags & 1 and (node.rule.reduces or parent._data.shape == np.shape(node._data)):  # type: ignore[union-attr]
            return c  # one number that stands for an array of equal entries
    return land(c, node, parent)


def land(c: Any, node: Node, parent: Node) -> Any:
    """A contribution of `node` in its parent's shape and dtype: the one place where broadcasting is undone.

    `c` may be smaller than the parent, standing for an array of equal entries, and stays so.
    """
    stands_for, target = node.rule.kind.stands_for(c, node, parent), shape(parent)  # type: ignore[union-attr]
    if stands_for != target:
        if shape(c) != stands_for:
            c = broadcast_to(c, shape=stands_for)
        c = sum_to(c, target)
    if isinstance(c, Node):
        wanted = getattr(parent._data, "dtype", np.float64)  # a Value's gradient has all its digits
        return c if getattr(c._data, "dtype", wanted) == wanted else astype(c, dtype=wanted)
    if np.iscomplexobj(c):
        raise TypeError(f"{node.op}: a complex operand beside {describe(parent)}; gradients are of real numbers")
    if parent.flags & 1 == 0:
        return float(c)
    if isinstance(c, (np.ndarray, np.generic)) and c.dtype != parent._data.dtype:
        return c.astype(parent._data.dtype)
    return c


def sum_to(c: Any, target: Shape) -> Any:
    """`c` summed over the axes along which an array of shape `target` was repeated to give c's shape."""
    size = shape(c)
    lead = len(size) - len(target)
    axes = tuple(range(lead)) + tuple(a + lead for a, n in enumerate(target) if n == 1 != size[a + lead])
    c = sum_along(c, axis=axes, keepdims=False)
    return c if shape(c) == target else reshape(c, shape=target)


def spread(g: Any, node: Node) -> Any:
    """A cotangent as large as its node, in the node's dtype."""
    size = shape(node)
    if shape(g) == size:
        return g
    if isinstance(g, float):
        return np.full(size, g, plain(node).dtype)
    whole = broadcast_to(g, shape=size)
    held = getattr(plain(whole), "dtype", None)  # symbols have none
    return whole if held is None or held == plain(node).dtype else astype(whole, dtype=plain(node).dtype)


def receive(gradients: dict[Node, Any]) -> None:
    """Put the gradients that a pass found into the nodes' `_grad`, where on leaves they add to what is there.

    An operation to which nothing came has None: what an earlier pass brought is no gradient of this one. Whatever
    interrupts it, Ctrl-C as well, leaves the leaves' gradients as they were.
    """
    before: list[tuple[Node, Any]] = []
    with adding:
        try:
            for node, g in gradients.items():
                if node.rule is not None:
                    node._grad = g
                elif g is not None:
                    grad = node._grad
                    before.append((node, grad))
                    node._grad = g if grad is None else grad + g
        except BaseException:
            for node, grad in before:
                node._grad = grad
            raise
