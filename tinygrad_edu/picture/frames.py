"""The calls of layers and models in which the nodes of a graph were made."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

from ..engine.blocks import called
from ..engine.graph import Node
from .text import shortened, visible


@dataclass(eq=False)
class Frame:
    """One call of a layer or model: the nodes whose creation index lies between `start` and `end`."""

    title: str
    start: int
    end: int
    depth: int
    parent: Frame | None
    module: Any

    def __contains__(self, node: Node) -> bool:
        return node.rule is not None and self.start < node.index < self.end


Layers = tuple[list[Frame], set[int]]  # the frames, and the ids of their layers' parameters


def frames_of(order: list[Node]) -> Layers:
    """The calls of layers that made nodes of this graph, outer ones first; and the ids of those layers' parameters."""
    made = sorted(node.index for node in order if node.rule is not None)
    if not made:
        return [], set()
    found = []
    parameters: set[int] = set()
    for module in list(called):
        for start, end in module.calls:
            if bisect_right(made, start) < bisect_left(made, end):
                found.append((start, -end, module))
                parameters.update(id(p) for p in module.parameters())
    frames: list[Frame] = []
    opened: list[Frame] = []
    for start, end, module in sorted(found, key=lambda each: each[:2]):
        while opened and opened[-1].end < start:
            opened.pop()
        frame = Frame(title_of(module), start, -end, len(opened), opened[-1] if opened else None, module)
        frames.append(frame)
        opened.append(frame)
    return frames, parameters


def title_of(module: Any) -> str:
    """A layer in one line."""
    shown = repr(module)
    return shortened(visible(type(module).__name__ if "\n" in shown else shown.removesuffix("()")))


def homes(order: list[Node], frames: list[Frame]) -> dict[Node, Frame]:
    """The innermost call of each node that was made in one. order: oldest first. frames: as `frames_of` gives them."""
    found: dict[Node, Frame] = {}
    opened: list[Frame] = []
    coming = iter(frames)
    following = next(coming, None)
    for node in order:
        while following is not None and following.start < node.index:
            opened.append(following)
            following = next(coming, None)
        while opened and opened[-1].end < node.index:
            opened.pop()
        if node.rule is not None and opened:
            found[node] = opened[-1]
    return found
