"""`source`: a loss and its gradients as the NumPy program one would have written by hand."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from typing import Any

from ...engine.backward import ancestors
from ...engine.graph import Node
from ...errors import InputError
from ...source import to_numpy
from .formulas import existing, recorded, say_assumed, shape_argument, spaced

EXAMPLES = """
  tinygrad-edu source 'mean((X @ w + b - y)**2)' --wrt w,b
  tinygrad-edu source 'h = tanh(X @ W_1 + b_1); p = sigmoid(h @ W_2 + b_2);
                       mean(-(y*log(p) + (1-y)*log(1-p)))' --wrt W_1,b_1,W_2,b_2 > gradient.py
  tinygrad-edu source 'sum((x @ A) * y)' --wrt A --shape x=N,D --shape y=N,K
"""
prepared = spaced


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add LOSS and the names to derive by."""
    parser.add_argument("loss", metavar="LOSS", help="a formula over names, in Python's syntax")
    parser.add_argument("--wrt", required=True, metavar="NAME[,NAME…]", help="what to derive by")
    shape_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Print the program that computes the loss and its gradients."""
    wrt = [existing(options.loss, name.strip()) for name in options.wrt.split(",") if name.strip()]
    if not wrt:
        raise InputError("--wrt takes the names to derive by, with commas between them")
    if twice := next((name for i, name in enumerate(wrt) if name in wrt[:i]), None):
        raise InputError(f"--wrt {options.wrt}: {twice} stands there twice; once is enough")
    found = recorded(options.loss, wrt, options.shape)
    leaves = {name: node for name, node in found.names.items() if node.rule is None}
    for name in wrt:
        if name not in leaves:
            raise InputError(f"{name} is computed by the loss; a program derives by its inputs: {', '.join(leaves)}")
    ordered = dict(sorted(leaves.items(), key=lambda item: item[0] not in wrt))
    f = function_of(found.loss, ordered)
    positions = [list(ordered).index(name) for name in wrt]
    values = [node._data for node in ordered.values()]
    with found.in_its_letters():
        program = to_numpy(f, *values, argnums=positions[0] if len(wrt) == 1 else positions)
    say_assumed(found)
    print(program, end="")
    return 0


def function_of(loss: Node, leaves: dict[str, Node]) -> Callable[..., Any]:
    """The function that computes a recorded loss again from other numbers for its leaves."""
    order = ancestors([loss], all_nodes=True)[::-1]

    def f(*values: Any) -> Any:
        now: dict[Node, Any] = dict(zip(leaves.values(), values, strict=True))
        for node in order:
            if node.rule is None:
                now.setdefault(node, node._data)
                continue
            now[node] = node.rule(*[now[a] if isinstance(a, Node) else a for a in node.args], **node.params)
            if node.name and isinstance(now[node], Node):
                now[node].name = node.name
        return now[loss]

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    f.__name__ = "loss"
    f.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in leaves])  # type: ignore[attr-defined]
    return f
