"""Places in a graph in the user's own names: what an operation is, what it hands on, what a claim used instead."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.graph import Node, plain
from ..paper.notation import Written, number, pretty, written, written_rule, written_vjp
from .messages import say
from .mistakes import Slip
from .recording import Place

# What a derivative written for arrays only raises on paper
_NO_FORM = (ValueError, TypeError, AttributeError, IndexError, KeyError)


def place_text(node: Node, depth: int = 3) -> str:
    """An operation in the user's own names: σ(z), log(1 − ŷ); named nodes as `a = tanh(z)`.

    >>> from tinygrad_edu import Tensor
    >>> yhat = Tensor([0.5], name="yhat")
    >>> place_text((1 - yhat).log())
    'log(1 − ŷ)'
    """
    formula = expression(node, depth, top=True).text
    if node.name and node.rule is not None:
        return f"{pretty(node.name)} = {formula}"
    return formula


def expression(node: Any, depth: int, top: bool = False) -> Written:
    """A node as written, down to named nodes or to a depth, where three dots stand."""
    if not isinstance(node, Node):
        return written(node)
    if node.rule is None or (node.name and not top):
        return written(node) if node.name else Written("□" if np.ndim(node._data) else number(node._data))
    if depth == 0:
        return Written("…", shape=np.shape(node._data))
    operands = [a if not isinstance(a, Node) and np.ndim(a) == 0 else expression(a, depth - 1) for a in node.args]
    found = written_rule(node.rule, operands, node.params)
    return found if isinstance(found, Written) else written(found)


def label(node: Node) -> str:
    """A node by its name, else by what it is made of."""
    return pretty(node.name) if node.name else place_text(node, 2)


def _operands(node: Node) -> list[Written | Any]:
    """A node's arguments as written, each with its shape; numbers as they are."""
    return [a if not isinstance(a, Node) and np.ndim(a) == 0 else _shaped(expression(a, 2), a) for a in node.args]


def _shaped(shown: Written, a: Any) -> Written:
    return Written(shown.text, shown.latex, shown.strength, np.shape(plain(a)))


def _result(node: Node) -> Written:
    """What an operation gives, as written: its name, else what it is made of."""
    return _shaped(written(node) if node.name else expression(node, 2), node)


def local_text(node: Node, position: int) -> str:
    """An operation's own derivative in the user's names."""
    try:
        found = written_vjp(node, position, operands=_operands(node), out=_result(node))
    except _NO_FORM:
        return f"the derivative of {node.op}"
    return "1" if found is None else found.text


def rule_text(node: Node, position: int) -> str:
    """What an operation hands on, in the user's names."""
    incoming = Written(say("derivative", wrt=_bracketed(node)), strength=4, shape=np.shape(node._data))  # (∂L/∂z)ᵀ
    try:
        found = written_vjp(node, position, incoming, operands=_operands(node), out=_result(node))
    except _NO_FORM:
        return f"the incoming gradient times the derivative of {node.op}"
    return incoming.text if found is None else found.text


def _bracketed(node: Node) -> str:
    return label(node) if node.name else f"({label(node)})"


def slip_text(slip: Slip, place: Place) -> str:
    """The wrong derivative that a claim used at a place, in the user's names; "" where it cannot be written."""
    node, position = place
    if node.rule is None or getattr(slip, "of_node", False):
        return ""
    vjp = node.rule.vjp(position)
    try:
        found = slip(vjp, 1.0, _result(node), _operands(node), node.params)
    except _NO_FORM:
        return ""
    if isinstance(found, Written):
        return found.text
    return "" if np.ndim(found) else number(found)
