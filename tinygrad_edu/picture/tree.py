"""A computation as a tree of text: what a terminal shows, and a notebook without a layout engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.graph import Node
from . import text

MOST_LINES = 60


def tree(root: Any) -> str:
    """The computation of `root`, each node under the one that uses it; what was shown before is only named.

    >>> from tinygrad_edu import Value
    >>> x = Value(3.0, name="x")
    >>> y = x * x + x
    >>> y.backward()
    >>> print(tree(y))
    L = v₁ + x  12  grad 1
    ├─ v₁ = x · x  9  grad 1
    │  ├─ x  3  grad 7
    │  └─ x ↑
    └─ x ↑
    """
    names = text.Names(root)
    shown: set[Node] = set()
    lines: list[str] = []
    todo: list[tuple[Node, str, str]] = [(root, "", "")]
    while todo:
        node, lead, rest = todo.pop()
        if len(lines) == MOST_LINES:
            lines.append(f"… {len(names.order) - len(shown):,} more nodes")
            break
        if node in shown:
            lines.append(f"{lead}{names[node]} ↑")
            continue
        shown.add(node)
        lines.append(lead + _line(node, names))
        parents = node.parents
        for place, parent in reversed(list(enumerate(parents))):
            last = place == len(parents) - 1
            todo.append((parent, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  ")))
    if note := names.changed_note():
        lines.append(note)
    return "\n".join(lines)


def _line(node: Any, names: text.Names) -> str:
    """One node: name, definition, shape, value, gradient."""
    head = names.title(node)
    shape = text.size(node.shape)
    parts = [head, f"({shape})" if shape else "", _short(node._data)]
    g: Any = getattr(node, "grad", None)
    if g is not None:
        parts.append(f"grad {_short(g._data if isinstance(g, Node) else g)}")
    return "  ".join(part for part in parts if part)


def _short(x: Any) -> str:
    """A number, or an array in one line."""
    if np.ndim(x) == 0:
        return text.figure(x)
    rows = text.lines(x)
    return f"[{'; '.join(rows)}]" if text.fits(x) else ", ".join(rows)
