"""Which nodes of a large graph share a box: by the layers that made them, by the formulas they are part of, by age."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..engine.graph import Node
from .frames import Frame, Layers
from .text import Names, symbol

FEW = 6  # boxes that a folded picture has at least
LEGIBLE = 300  # boxes that a picture shows before it folds by itself


@dataclass(eq=False)
class Group:
    """Nodes that share a box."""

    title: str
    frame: Frame | None = None


def consumers(order: Iterable[Node]) -> dict[Node, list[Node]]:
    """What uses each node, oldest first."""
    found: dict[Node, list[Node]] = defaultdict(list)
    for node in order:
        for parent in dict.fromkeys(node.parents):
            found[parent].append(node)
    return found


def by_frame(names: Names, layers: Layers, depth: int, alike: bool = False) -> dict[Node, Group]:
    """Each node inside a call that lies at `depth` into that call's block, with the parameters that only it uses.

    alike: calls that lie further out and hold no others become blocks, too, so that all layers look alike.
    """
    frames, parameters = layers
    holding = {frame.parent for frame in frames}
    groups: dict[Node, Group] = {}
    for frame in frames:
        if frame.depth == depth or (alike and frame.depth < depth and frame not in holding):
            group = Group(frame.title, frame.parent)
            groups.update({node: group for node in names.order if node in frame})
    return _with_leaves(names, groups, lambda leaf: id(leaf) in parameters)


def _with_leaves(names: Names, groups: dict[Node, Group], hidden: Callable[[Node], bool]) -> dict[Node, Group]:
    """The same, with those leaves that may be `hidden` and whose every consumer is in one group."""
    for leaf, users in consumers(names.order).items():
        if (
            leaf.rule is None
            and hidden(leaf)
            and len(homes := {groups.get(user) for user in users}) == 1
            and (home := homes.pop())
        ):
            groups[leaf] = home
    return groups


def foldings(root: Node, names: Names, layers: Layers) -> Iterator[dict[Node, Group]]:
    """Ways to fold, the gentlest first: by layers, by formula (unless little would be left of it), by age."""
    for depth in range(max((frame.depth for frame in layers[0]), default=-1), -1, -1):
        yield by_frame(names, layers, depth, alike=True)
    groups = by_formula(root, names)
    if len(names.order) - len(groups) + len(set(groups.values())) >= FEW:
        yield groups
    yield by_age(root, names)


def by_formula(root: Node, names: Names) -> dict[Node, Group]:
    """Unnamed operations that one other operation uses, together with it: a box for each formula, such as a neuron."""
    users = consumers(names.order)
    groups: dict[Node, Group] = {}
    for node in reversed(names.order):
        if node is root or node.rule is None or node.name or len(users[node]) != 1:
            continue
        user = users[node][0]
        group = groups.get(user) or Group(names[user] if user.name else "")
        groups[user] = groups[node] = group
    return _titled(_with_leaves(names, groups, lambda leaf: True))


def by_age(root: Node, names: Names) -> dict[Node, Group]:
    """Blocks of operations that were made one after the other, so that no edge leads from a later one to an earlier."""
    operations = [node for node in names.order if node.rule is not None and node is not root]
    length = -(-len(operations) // (LEGIBLE // 6))
    groups: dict[Node, Group] = {}
    for start in range(0, len(operations), length):
        group = Group("")
        groups.update(dict.fromkeys(operations[start : start + length], group))
    leaves = [node for node in names.order if node.rule is None]
    groups = _with_leaves(names, groups, lambda leaf: True)
    left = [leaf for leaf in leaves if leaf not in groups]
    if len(left) > LEGIBLE // 3:
        group = Group("inputs")
        groups.update(dict.fromkeys(left, group))
    return _titled(groups)


def _titled(groups: dict[Node, Group]) -> dict[Node, Group]:
    """Groups called by what is done in them most."""
    members: dict[Group, list[Node]] = defaultdict(list)
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
