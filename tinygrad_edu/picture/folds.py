"""What folds on a page: the calls of layers inside each other, or where there are none, parts of a large graph."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from ..engine.graph import Node
from .folding import Group, by_frame, consumers, foldings
from .frames import Layers, frames_of, homes
from .plan import Box, assembled, home_of, is_legible, kind_of, lineage, summary
from .text import Names

OPEN = 40  # nodes up to which a page shows every layer from the inside
SEEN = 30  # boxes that a page of more nodes shows at first


@dataclass(eq=False)
class Fold:
    """Nodes that a page shows as one box, or from the inside. members: oldest first, those of inner folds included."""

    title: str
    depth: int
    parent: Fold | None
    members: list[Any] = field(default_factory=list)

    @property
    def out(self) -> Any:
        """The node whose value and gradient the closed fold shows: the last that was computed."""
        return self.members[-1]

    def summary(self, names: Names) -> str:
        """What it holds, in one line."""
        return summary(Box("", "block", self.title, members=self.members), names)


class Folds:
    """The folds of a graph. around: those around each node, outermost first. open: those that are open at first.

    order: the nodes so that operands stand before operations, and the operations of a fold together.
    """

    def __init__(self, root: Any, names: Names, depth: int | None = None) -> None:
        self.names, self.all = names, list[Fold]()
        layers = frames_of(names.order)
        self.kinds = {node: kind_of(node, root, layers[1]) for node in names.order}
        self.around: dict[Node, tuple[Fold, ...]] = dict.fromkeys(names.order, ())
        self.order = names.order
        groups = self._parts(root, layers)
        if groups:
            self._fold_parts(groups)
        else:
            self._fold_layers(layers)
        for node in self.order:
            for fold in self.around[node]:
                fold.members.append(node)
        self.all = [fold for fold in self.all if fold.members]
        self._tell_apart()
        shown = depth if depth is not None else 0 if groups else self._legible_depth()
        self.open = {fold for fold in self.all if fold.depth < shown}

    def _parts(self, root: Any, layers: Layers) -> dict[Node, Group]:
        """Parts by formula or by age, for a graph that is too large even with its layers folded; else nothing."""
        without: Layers = ([], layers[1])
        least = by_frame(self.names, layers, 0) if layers[0] else {}
        if is_legible(assembled(root, self.names, layers, least, constants=False)):
            return {}
        found: dict[Node, Group] = {}
        for found in foldings(root, self.names, without):
            if is_legible(assembled(root, self.names, without, found, constants=False)):
                break
        return found

    def _fold_parts(self, groups: dict[Node, Group]) -> None:
        folds = {group: Fold(group.title, 0, None) for group in dict.fromkeys(groups.values())}
        last: dict[Group, int] = {}
        for node, group in groups.items():
            self.around[node] = (folds[group],)
            last[group] = max(last.get(group, 0), node.index)
        self.all = [folds[group] for group in sorted(last, key=last.__getitem__)]
        together = {node: last[group] for node, group in groups.items() if node.rule is not None}
        self.order = sorted(self.names.order, key=lambda node: (together.get(node, node.index), node.index))

    def _fold_layers(self, layers: Layers) -> None:
        frames, parameters = layers
        folds: dict[Any, Fold] = {}
        for frame in frames:
            folds[frame] = Fold(frame.title, frame.depth, folds.get(frame.parent))
        self.all = list(folds.values())
        inner = homes(self.names.order, frames)
        users = consumers(self.names.order)
        for node in self.names.order:
            home = inner.get(node) or home_of(node, users[node], inner, parameters)
            self.around[node] = tuple(folds[frame] for frame in lineage(home))[::-1]

    def _tell_apart(self) -> None:
        """Number folds of one title beside each other."""
        alike: dict[tuple[Fold | None, str], list[Fold]] = defaultdict(list)
        for fold in self.all:
            alike[fold.parent, fold.title].append(fold)
        for folds in alike.values():
            for number, fold in enumerate(folds if len(folds) > 1 else [], start=1):
                fold.title = f"{fold.title} #{number}"

    def _legible_depth(self) -> int:
        """How deep layers are open at first: all of a small graph, else as many as leave a legible picture."""
        deepest = max((fold.depth for fold in self.all), default=-1)
        if len(self.order) <= OPEN:
            return deepest + 1
        depths = range(max(0, min(1, deepest)), deepest + 2)
        return next((depth for depth in reversed(depths) if self._boxes(depth) <= SEEN), depths[0])

    def _boxes(self, depth: int) -> int:
        """How many boxes there are to be seen when layers are open down to a depth."""
        return len({around[depth] if len(around) > depth else node for node, around in self.around.items()})
