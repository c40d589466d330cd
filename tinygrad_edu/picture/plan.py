"""What a picture shows: boxes and edges, some boxes standing for several nodes, some lying inside others.

It is independent of the format in which it will be drawn.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.graph import Node
from .frames import Frame, Layers, frames_of, innermost
from .text import Names, exceeds, how_many, size, symbol

FEW = 6  # boxes that a folded picture has at least
LEGIBLE = 300  # boxes that a picture shows before it folds by itself
# Graphviz cuts an edge into a piece for each rank that it passes. Above MANY_PIECES its optimisation of the layout does
# not end in reasonable time and is limited; above MOST_PIECES even its first layout takes minutes.
MANY_PIECES, MOST_PIECES = 500, 5000
LARGEST = 5000  # the most nodes that are drawn without limit=None


@dataclass
class Box:
    """One thing drawn: a node, a constant, or several nodes folded into a block."""

    id: str
    kind: str  # a key of palette.LOOKS, or "constant"
    title: str
    node: Any = None  # whose value and gradient it shows
    value: Any = None
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


@dataclass(eq=False)
class _Group:
    """Nodes that share a box."""

    title: str
    frame: Frame | None = None


def plan(
    root: Node, depth: int | None = None, constants: bool = True, limit: int | None = LARGEST, fold: bool = True
) -> Plan:
    """Decide what of a graph is drawn as what.

    depth: how deep calls of layers are shown from the inside; deeper ones become blocks (None: all are open, unless
    the picture would not be legible and may `fold`). ValueError for more than `limit` nodes.
    """
    if limit is not None and exceeds(root, limit):
        raise ValueError(
            f"draw: {how_many(root)} nodes are too many for a picture that helps anybody: draw a part of it (a "
            "node in its middle), or a smaller example of the same formula; limit=None insists, and folds"
        )
    names = Names(root)
    layers = frames_of(names.order)
    if depth is not None:
        return _assembled(root, names, layers, _by_frame(names, layers, depth), constants)
    whole = _assembled(root, names, layers, {}, constants)
    if not fold or _is_legible(whole):
        return whole
    for groups in _foldings(root, names, layers):
        found = _assembled(root, names, layers, groups, constants)
        if _is_legible(found):
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


def _is_legible(what: Plan) -> bool:
    return sum(box.kind != "constant" for box in what.boxes) <= LEGIBLE and sum(spans(what)) <= MOST_PIECES


# ── folding ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _consumers(order: Iterable[Node]) -> dict[Node, list[Node]]:
    found: dict[Node, list[Node]] = defaultdict(list)
    for node in order:
        for parent in dict.fromkeys(node.parents):
            found[parent].append(node)
    return found


def _by_frame(names: Names, layers: Layers, depth: int, alike: bool = False) -> dict[Node, _Group]:
    """Each node inside a call that lies at `depth` into that call's block, with the parameters that only it uses.

    alike: calls that lie further out and hold no others become blocks, too, so that all layers look alike.
    """
    frames, parameters = layers
    holding = {frame.parent for frame in frames}
    groups: dict[Node, _Group] = {}
    for frame in frames:
        if frame.depth == depth or (alike and frame.depth < depth and frame not in holding):
            group = _Group(frame.title, frame.parent)
            groups.update({node: group for node in names.order if node in frame})
    return _with_leaves(names, groups, lambda leaf: id(leaf) in parameters)


def _with_leaves(names: Names, groups: dict[Node, _Group], hidden: Callable[[Node], bool]) -> dict[Node, _Group]:
    """The same, with those leaves that may be `hidden` and whose every consumer is in one group."""
    for leaf, users in _consumers(names.order).items():
        if (
            leaf.rule is None
            and hidden(leaf)
            and len(homes := {groups.get(user) for user in users}) == 1
            and (home := homes.pop())
        ):
            groups[leaf] = home
    return groups


def _foldings(root: Node, names: Names, layers: Layers) -> Iterator[dict[Node, _Group]]:
    """Ways to fold, the gentlest first: by layers, by formula (unless little would be left of it), by age."""
    for depth in range(max((frame.depth for frame in layers[0]), default=-1), -1, -1):
        yield _by_frame(names, layers, depth, alike=True)
    groups = _by_formula(root, names)
    if len(names.order) - len(groups) + len(set(groups.values())) >= FEW:
        yield groups
    yield _by_age(root, names)


def _by_formula(root: Node, names: Names) -> dict[Node, _Group]:
    """Unnamed operations that one other operation uses, together with it: a box for each formula, such as a neuron."""
    users = _consumers(names.order)
    groups: dict[Node, _Group] = {}
    for node in reversed(names.order):
        if node is root or node.rule is None or node.name or len(users[node]) != 1:
            continue
        user = users[node][0]
        group = groups.get(user) or _Group(names[user] if user.name else "")
        groups[user] = groups[node] = group
    return _titled(_with_leaves(names, groups, lambda leaf: True))


def _by_age(root: Node, names: Names) -> dict[Node, _Group]:
    """Blocks of operations that were made one after the other, so that no edge leads from a later one to an earlier."""
    operations = [node for node in names.order if node.rule is not None and node is not root]
    length = -(-len(operations) // (LEGIBLE // 6))
    groups: dict[Node, _Group] = {}
    for start in range(0, len(operations), length):
        group = _Group("")
        groups.update(dict.fromkeys(operations[start : start + length], group))
    leaves = [node for node in names.order if node.rule is None]
    groups = _with_leaves(names, groups, lambda leaf: True)
    left = [leaf for leaf in leaves if leaf not in groups]
    if len(left) > LEGIBLE // 3:
        group = _Group("inputs")
        groups.update(dict.fromkeys(left, group))
    return _titled(groups)


def _titled(groups: dict[Node, _Group]) -> dict[Node, _Group]:
    """Groups called by what is done in them most."""
    members: dict[_Group, list[Node]] = defaultdict(list)
    for node, group in groups.items():
        members[group].append(node)
    for group, nodes in members.items():
        signs: dict[str, int] = defaultdict(int)
        for node in nodes:
            if node.rule is not None:
                signs[symbol(node.rule)] += 1
        if not group.title:
            group.title = " ".join(sorted(signs, key=lambda sign: -signs[sign])[:4])
    return groups


# ── putting it together ───────────────────────────────────────────────────────────────────────────────────────────────


def _assembled(root: Node, names: Names, layers: Layers, groups: dict[Node, _Group], constants: bool) -> Plan:
    frames, parameters = layers
    number = itertools.count()
    boxes: dict[Any, Box] = {}
    edges: list[Edge] = []
    bundles: set[tuple[str, str]] = set()
    users = _consumers(names.order)
    closed = {group.frame for group in groups.values()}
    inner = [frame for frame in frames if not groups or frame in closed or not _is_folded(frame, names, groups)]
    for node in names.order:
        key: Any = groups.get(node, node)
        box = boxes.get(key)
        if box is None:
            box = boxes[key] = Box(f"n{next(number)}", "block", "")
            if key is node:
                box.kind, box.title, box.node, box.value = _kind(node, root, parameters), names[node], node, node._data
                box.frame = (
                    innermost(node, inner) if node.rule is not None else _home(node, users[node], inner, parameters)
                )
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
    used = {id(frame) for box in boxes.values() for frame in _lineage(box.frame)}
    return Plan(root, names, list(boxes.values()), edges, [f for f in inner if id(f) in used], bool(groups))


def _is_folded(frame: Frame, names: Names, groups: dict[Node, _Group]) -> bool:
    return all(node in groups for node in names.order if node in frame)


def _lineage(frame: Frame | None) -> Iterable[Frame]:
    while frame is not None:
        yield frame
        frame = frame.parent


def _kind(node: Node, root: Node, parameters: set[int]) -> str:
    if node is root and node.rule is not None:
        return "result"
    if node.rule is not None:
        return "operation"
    if id(node) in parameters:
        return "parameter"
    return "input" if node.requires_grad else "data"


def _home(leaf: Node, users: list[Node], frames: list[Frame], parameters: set[int]) -> Frame | None:
    """The innermost call that holds every use of a parameter; other leaves come from outside."""
    if id(leaf) not in parameters or not users:
        return None
    homes = [list(_lineage(innermost(user, frames))) for user in users]
    return next((frame for frame in homes[0] if all(frame in others for others in homes[1:])), None)


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
