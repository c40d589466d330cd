"""What a picture shows: boxes and edges, some boxes standing for several nodes, some lying inside others.

It is independent of the format in which it will be drawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.graph import Node
from .folding import LEGIBLE, Group, by_frame, consumers, foldings
from .frames import Frame, Layers, frames_of, homes
from .text import Names, exceeds, how_many, size

# Graphviz cuts an edge into a piece for each rank that it passes. Above MANY_PIECES its optimisation of the layout does
# not end in reasonable time and is limited; above MOST_PIECES even its first layout takes minutes.
MANY_PIECES, MOST_PIECES = 500, 5000
LARGEST = 5000  # the most nodes that are drawn without limit=None
LARGEST_PAGE = 3000  # the most that a page steps through


@dataclass
class Box:
    """One thing drawn: a node, a constant, or several nodes folded into a block."""

    id: str
    kind: str  # a key of palette.LOOKS, or "constant"
    title: str
    node: Any = None  # whose value and gradient it shows
    value: Any = None  # of a constant
    members: list[Node] = field(default_factory=list)
    frame: Frame | None = None


@dataclass
class Edge:
    """An operand on its way into an operation; where blocks are folded, all that pass between two boxes."""

    tail: Box
    head: Box
    node: Node
    position: int
    bundle: bool = False


@dataclass
class Plan:
    """Boxes oldest first, edges in the order of their operations and operands, frames outside in."""

    root: Node
    names: Names
    boxes: list[Box]
    edges: list[Edge]
    frames: list[Frame]
    folded: bool


def plan(root: Node, depth: int | None = None, constants: bool = True, limit: int | None = LARGEST) -> Plan:
    """Decide what of a graph is drawn as what.

    depth: how deep calls of layers are shown from the inside; deeper ones become blocks (None: all are open, unless
    the picture would not be legible). ValueError for more than `limit` nodes.
    """
    if limit is not None and exceeds(root, limit):
        raise ValueError(
            f"draw: {how_many(root)} nodes are too many for a picture that helps anybody: draw a part of it (a "
            "node in its middle), or a smaller example of the same formula; limit=None insists, and folds"
        )
    names = Names(root)
    layers = frames_of(names.order)
    if depth is not None:
        return assembled(root, names, layers, by_frame(names, layers, depth), constants)
    whole = assembled(root, names, layers, {}, constants)
    if is_legible(whole):
        return whole
    for groups in foldings(root, names, layers):
        found = assembled(root, names, layers, groups, constants)
        if is_legible(found):
            break
    return found


def spans(what: Plan) -> list[int]:
    """How many ranks each edge passes, about: Graphviz cuts it into so many pieces."""
    rank: dict[str, int] = {}
    nearest: dict[str, int] = {}
    for edge in what.edges:  # ordered by their heads, oldest first
        rank[edge.head.id] = max(rank.get(edge.head.id, 0), rank.setdefault(edge.tail.id, 0) + 1)
    for edge in what.edges:
        nearest[edge.tail.id] = min(nearest.get(edge.tail.id, len(rank)), rank[edge.head.id])
    for box in what.boxes:  # leaves stand beside whoever uses them first
        if (box.node is None or box.node.rule is None) and box.id in nearest:
            rank[box.id] = nearest[box.id] - 1
    return [rank[edge.head.id] - rank[edge.tail.id] for edge in what.edges]


def is_legible(what: Plan) -> bool:
    """Whether a picture of so many boxes, and of edges so long, helps anybody."""
    return sum(box.kind != "constant" for box in what.boxes) <= LEGIBLE and sum(spans(what)) <= MOST_PIECES


# ── putting it together ───────────────────────────────────────────────────────────────────────────────────────────────


def assembled(root: Node, names: Names, layers: Layers, groups: dict[Node, Group], constants: bool) -> Plan:
    """The plan in which nodes of one group share a box."""
    frames, parameters = layers
    number = itertools.count()
    boxes: dict[Any, Box] = {}
    edges: list[Edge] = []
    bundles: set[tuple[str, str]] = set()
    users = consumers(names.order)
    closed = {group.frame for group in groups.values()}
    inner = [frame for frame in frames if not groups or frame in closed or not _is_folded(frame, names, groups)]
    made_in = homes(names.order, inner)
    for node in names.order:
        key: Any = groups.get(node, node)
        box = boxes.get(key)
        if box is None:
            box = boxes[key] = Box(f"n{next(number)}", "block", "")
            if key is node:
                box.kind, box.title, box.node = kind_of(node, root, parameters), names[node], node
                box.frame = made_in.get(node) or home_of(node, users[node], made_in, parameters)
            else:
                box.title, box.frame = key.title, key.frame
        box.members.append(node)
        if key is not node:
            box.node = node  # of a block, the last one: what comes out
        for position, a in enumerate(node.args):
            if isinstance(a, Node):
                tail = boxes[groups.get(a, a)]
                bundle = tail.kind == "block" or box.kind == "block"
                if tail is box or (bundle and (tail.id, box.id) in bundles):
                    continue
                bundles.add((tail.id, box.id))
                edges.append(Edge(tail, box, node, position, bundle))
            elif constants and key is node and a is not None:
                constant = Box(f"{box.id}c{position}", "constant", "", value=a, frame=box.frame)
                boxes[constant.id] = constant
                edges.append(Edge(constant, box, node, position))
    used = {id(frame) for box in boxes.values() for frame in lineage(box.frame)}
    return Plan(root, names, list(boxes.values()), edges, [f for f in inner if id(f) in used], bool(groups))


def _is_folded(frame: Frame, names: Names, groups: dict[Node, Group]) -> bool:
    return all(node in groups for node in names.order if node in frame)


def lineage(frame: Frame | None) -> Iterable[Frame]:
    """A frame and those around it, innermost first."""
    while frame is not None:
        yield frame
        frame = frame.parent


def kind_of(node: Node, root: Node, parameters: set[int]) -> str:
    """How a node looks: a key of palette.LOOKS."""
    if node is root and node.rule is not None:
        return "result"
    if node.rule is not None:
        return "operation"
    if id(node) in parameters:
        return "parameter"
    return "input" if node.requires_grad else "data"


def home_of(leaf: Node, users: list[Node], made_in: dict[Node, Frame], parameters: set[int]) -> Frame | None:
    """The innermost call that holds every use of a parameter; other nodes come from outside. made_in: see `homes`."""
    if id(leaf) not in parameters or not users:
        return None
    around = [list(lineage(made_in.get(user))) for user in users]
    return next((frame for frame in around[0] if all(frame in others for others in around[1:])), None)


def summary(box: Box, names: Names) -> str:
    """What a block holds, in one line."""
    operations = sum(node.rule is not None for node in box.members)
    weights = [node for node in box.members if node.rule is None and node.requires_grad]
    said = [f"{operations:,} operation{'s' * (operations != 1)}"] if operations else [f"{len(box.members)} leaves"]
    if weights:
        shown = [f"{names[w]} {size(np.shape(w._data))}".strip() for w in weights]
        said = (
            [", ".join(shown)] if len(shown) <= 3 else [*said, f"{sum(np.size(w._data) for w in weights):,} parameters"]
        )
    return " · ".join(said)
