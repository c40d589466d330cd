"""Fast paths of recording: the methods behind the binary operators, without the questions that `record` asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import graph
from .graph import NO_PARAMS, Node, Rule, next_index, record

_new = object.__new__
# What an operator computes with. Of anything else Python asks whether it knows the operation.
OPERANDS = (Node, int, float, np.ndarray, np.generic, list, tuple)


def in_general(rule: Rule, node: Node, other: Any, x: Any, y: Any) -> Any:
    """`record` for a function of two, which has nobody else to ask."""
    return record(rule, (x, y), NO_PARAMS)


def _or_other(rule: Rule, node: Node, other: Any, x: Any, y: Any) -> Any:
    """`record` for an operator: what it does not know, the other operand may."""
    return record(rule, (x, y), NO_PARAMS) if isinstance(other, OPERANDS) else NotImplemented


def comparison(rule: Rule) -> Callable[[Any, Any], Any]:
    """The method behind an operator that has no derivative, as a comparison has none."""
    return lambda x, y: _or_other(rule, x, y, x, y)


def recorder(
    rule: Rule, kernel: Callable[..., Any], beside: type, general: Callable[..., Any] = _or_other
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The methods behind a binary operator and its reflection, of a class whose numbers `kernel` computes.

    They do what `record` does, without its questions, where the other operand is a node of the same class, a float or
    a number `beside`: half of what an operation costs, for small arrays and bare numbers. general: asked in all other
    cases.
    """

    def operator(x: Node, y: Any) -> Any:
        cls, kind = x.__class__, y.__class__
        if graph.switches:
            return general(rule, x, y, x, y)
        try:
            if kind is cls:
                data = kernel(x._data, y._data)
                needs = x.requires_grad or y.requires_grad
            elif kind is float or kind is int or kind is beside:
                data = kernel(x._data, y)
                needs = x.requires_grad
            else:
                return general(rule, x, y, x, y)
        except (ArithmeticError, ValueError, TypeError):
            return general(rule, x, y, x, y)
        node = _new(cls)
        node._data, node._grad = data, None
        node.index = next_index()
        node.params = NO_PARAMS
        node.rule = rule
        node.requires_grad = needs
        node.x, node.y = x, y
        return node

    def reflected(x: Node, y: Any) -> Any:
        kind = y.__class__
        if graph.switches or not (kind is float or kind is int or kind is beside):
            return general(rule, x, y, y, x)
        try:
            data = kernel(y, x._data)
        except (ArithmeticError, ValueError, TypeError):
            return general(rule, x, y, y, x)
        node = _new(x.__class__)
        node._data, node._grad = data, None
        node.index = next_index()
        node.params = NO_PARAMS
        node.rule = rule
        node.requires_grad = x.requires_grad
        node.x, node.y = y, x
        return node

    operator.__qualname__ = reflected.__qualname__ = rule.name  # what Python calls it where it gets a third operand
    return operator, reflected
