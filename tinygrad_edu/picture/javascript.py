"""The backward pass of a graph of single numbers as a JavaScript program: what lets a page recompute.

Emitted, and not a table of results, because an input may be changed to any number; and it costs no second copy of a
derivative: `Emitted` is one more kind of number that flows through the rules and writes down what they do. What a
row computes stands in assets/kernels.js, as it stands in engine/kernels/ for Python's numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from ..engine.graph import Node, Rule
from ..errors import NotEmittableError
from ..paper.notation import Written
from .steps import Contribution


def asset(name: str) -> str:
    """The text of a file that every page carries."""
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


@cache
def kernels() -> frozenset[str]:
    """The rows that kernels.js computes."""
    return frozenset(re.findall(r"^  (\w+)[:(]", asset("kernels.js"), flags=re.MULTILINE))


class Emitted(Written):
    """A JavaScript expression, as a kind of number."""

    __slots__ = ()

    def __kernel__(self, rule: Rule) -> Callable[..., Any]:
        return lambda *operands, **params: Emitted(call(rule, operands, params))


def call(rule: Rule, operands: Iterable[Any], params: dict[str, Any]) -> str:
    """The operation as a JavaScript expression."""
    if rule.name not in kernels() or any(params.values()):
        raise NotEmittableError(rule.name)
    return f"np.{rule.name}({', '.join(map(literal, operands))})"


def literal(x: Any) -> str:
    """An operand in JavaScript: an expression, or a number."""
    if isinstance(x, Emitted):
        return x.text
    held = np.asarray(x)
    if held.ndim or held.dtype.kind not in "fiub":
        raise NotEmittableError("an array")
    if held.dtype == bool:
        return str(bool(held)).lower()
    number = float(held)
    return json.dumps(number).replace("NaN", "(0/0)")


def program(order: list[Node], steps: list[Contribution]) -> str | None:
    """A function (v, g, l, c, t): from the leaves in v to all values, gradients and steps. None where that cannot be.

    v, g: values and gradients by place in `order` (oldest first). l, c, t: of each step the local derivative, the
    contribution, and the gradient with that contribution added.
    """
    place = {node: i for i, node in enumerate(order)}
    lines = []
    try:
        if not all(_is_a_number(node._data) for node in order):
            return None
        for node in order:
            if node.rule is not None:
                lines.append(f"v[{place[node]}] = {call(node.rule, _operands(node, place), node.params)};")
        lines.append(f"g.fill(0); g[{len(order) - 1}] = 1;")
        for k, step in enumerate(steps):
            node, parent = step.node, place[step.parent]
            assert node.rule is not None
            vjp = node.rule.vjp(step.position)
            assert vjp is not None
            local = vjp(1.0, Emitted(f"v[{place[node]}]"), *_operands(node, place), **node.params)
            lines.append(f"l[{k}] = {literal(local)};")
            lines.append(f"c[{k}] = l[{k}] * g[{place[node]}]; t[{k}] = g[{parent}] += c[{k}];")
    except NotEmittableError:
        return None
    return "(v, g, l, c, t) => {\n" + "\n".join(lines) + "\n}"


def _is_a_number(x: Any) -> bool:
    """Whether JavaScript's numbers are this one's kind: a single float of 64 bits, or a truth value."""
    held = np.asarray(x)
    return held.ndim == 0 and held.dtype in (np.float64, np.bool_)


def _operands(node: Node, place: dict[Node, int]) -> list[Any]:
    return [Emitted(f"v[{place[a]}]") if isinstance(a, Node) else a for a in node.args]
