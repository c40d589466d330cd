"""A model as a table: its layers, the shapes of their tensors, how many parameters they have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..engine.graph import Node

HEAD = ("layer", "shape", "parameters")


def table(model: Any) -> str:
    """The table of a module that has modules inside; each tensor is counted where it stands first.

    `model` is a module: its `shown` says what stands inside, its `contents` which tensors and modules these are.
    """
    counted: set[int] = set()
    parts = list(_parts(model, ""))
    held = [_tensors(part, counted) for _, _, part in parts]
    longest = max((len(path) for path, _, _ in parts), default=0)
    layers = [f"{path:<{longest}}  {what}" for path, what, _ in parts]
    trained, kept = sum(numbers for _, numbers, _ in held), sum(numbers for _, _, numbers in held)
    lines = [HEAD, *((layer, shapes, f"{numbers:,}") for layer, (shapes, numbers, _) in zip(layers, held, strict=True))]
    lines.append((type(model).__name__, f"and {kept:,} numbers that are not trained" if kept else "", f"{trained:,}"))
    return ruled(lines)


def ruled(lines: Sequence[Sequence[str]]) -> str:
    """Lines as a table: the first is its head, the last its foot; two columns of text stand left, the others right."""
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(f"{cell:{'<' if i < 2 else '>'}{wide[i]}}" for i, cell in enumerate(line)).rstrip() for line in lines
    ]
    rule = "─" * max(map(len, text))
    return "\n".join([text[0], rule, *text[1:-1], rule, text[-1]])


def _parts(module: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    """What stands in a module, innermost modules and functions, each with its path and what it is called."""
    children = dict(module.named_children())
    for name, shown in module.shown():
        child, inner = children.get(name), f"{path}{name}"
        if child is None:
            yield inner, shown, None
        elif any(True for _ in child.named_children()):
            yield from _parts(child, f"{inner}.")
        else:
            yield inner, type(child).__name__, child
    if any(isinstance(part, Node) for _, part in module.contents()):
        yield path.rstrip(".") or "·", type(module).__name__, module


def _tensors(part: Any, counted: set[int]) -> tuple[str, int, int]:
    """The tensors that a module holds itself: their names and shapes, how many numbers are trained and how many not."""
    shapes, numbers, again = [], [0, 0], 0
    for name, node in part.contents() if part is not None else ():
        if not isinstance(node, Node) or node.rule is not None:
            continue
        shapes.append(f"{node.name or name} {np.shape(node._data)}")
        if id(node) in counted:
            again += 1
        else:
            counted.add(id(node))
            numbers[not node.requires_grad] += np.size(node._data)
    return ", ".join(shapes) + (" (shared)" if again else ""), numbers[0], numbers[1]
