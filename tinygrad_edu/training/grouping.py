"""Which nodes of a graph make up each layer of the network in it: found from its parameters.

A layer begins where a parameter first meets data. What is computed from it belongs to it, until the next layer begins.
So a graph falls into layers whether or not modules made it; modules lend names to theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.backward import ancestors
from ..engine.graph import Node, plain
from ..picture.frames import frames_of, homes


@dataclass(eq=False)
class Layer:
    """Parameters that meet data at the same place, and what is computed until others do.

    owner: the module that holds the parameters, or None. nodes: in the order in which they were made. inputs: the data
    that the parameters meet, where these are no result of another layer. modules: the names of modules without
    parameters that made some of the nodes. shared_owner: the layer is one of several of its owner. mark: tells
    modules of one name apart.
    """

    owner: Any
    parameters: list[Node] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    inputs: list[np.ndarray] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    shared_owner: bool = False
    mark: str = ""

    @property
    def title(self) -> str:
        """The layer's module, or its parameters."""
        names = ", ".join(p.name or f"an unnamed leaf {np.shape(plain(p))}" for p in self.parameters)
        if self.owner is None:
            return names
        return f"{self.owner.label()}: {names}" if self.shared_owner else f"{self.owner.label()}{self.mark}"


class Network:
    """A loss's graph as layers, in the order in which they first meet data.

    Parameters are the leaves that require a gradient; where modules made part of the graph, those of them that belong
    to a module: the others are data that was wrapped.
    """

    def __init__(self, loss: Node) -> None:
        self.nodes = ancestors([loss], all_nodes=True)[::-1]
        frames, _ = frames_of(self.nodes)
        self._homes = homes(self.nodes, frames)
        self._owners = {
            id(part): frame.module
            for frame in frames
            for _, part in frame.module.contents()
            if isinstance(part, Node) and part.rule is None
        }
        leaves = [node for node in self.nodes if node.rule is None and node.requires_grad]
        owned = [leaf for leaf in leaves if id(leaf) in self._owners]
        self.parameters = set(owned or leaves)
        self.layers: list[Layer] = []
        self.layer_of: dict[Node, Layer] = {}
        self._number: dict[Layer, int] = {}
        self._pending: dict[Node, list[Node]] = {p: [p] for p in self.parameters}  # what was made of parameters alone
        self._users: dict[Node, list[Node]] = {node: [] for node in self.nodes}
        for node in self.nodes:
            if node.rule is not None:
                self._place(node)
            if node.requires_grad:
                for a in node.parents:
                    self._users[a].append(node)
        for p in [node for node in self.nodes if node in self.parameters and node not in self.layer_of]:
            self._join(p, self._of_owner(p))
        self._name()

    # ── one walk over the graph, oldest first ──

    def _place(self, node: Node) -> None:
        """Say which layer an operation belongs to: the last of those that its operands come from."""
        assert node.rule is not None
        met = [p for a in node.args if isinstance(a, Node) for p in self._pending.get(a, ())]
        data = [a for a in node.args if np.ndim(plain(a)) and not self._is_pending(a)]
        data += [a for a in node.args if isinstance(a, Node) and not self._is_pending(a) and not np.ndim(plain(a))]
        if met and not data:
            self._pending[node] = list(dict.fromkeys(met))
            return
        before = self._latest(self.layer_of[a] for a in data if isinstance(a, Node) and a in self.layer_of)
        begun: Layer | None = None  # by parameters that meet the same data at once
        for p in dict.fromkeys(met):
            if p not in self.layer_of:
                joins = self._met_elementwise(p, before) if node.rule.kind.name == "elementwise" else None
                begun = self._join(p, begun or joins)
                begun.inputs += [np.asarray(a) for a in data if not isinstance(a, Node)]
                begun.inputs += [np.asarray(plain(a)) for a in data if isinstance(a, Node) and a not in self.layer_of]
        before = self._latest([*[self.layer_of[p] for p in met], *([before] if before else [])])
        if before is not None:
            self.layer_of[node] = before
            before.nodes.append(node)

    def _is_pending(self, a: Any) -> bool:
        return isinstance(a, Node) and a in self._pending

    def _latest(self, layers: Any) -> Layer | None:
        return max(layers, key=self._number.__getitem__, default=None)

    def _met_elementwise(self, p: Node, before: Layer | None) -> Layer | None:
        """The layer that a bias or a factor joins: its module's own, or without modules the one before."""
        owner = self._owners.get(id(p))
        if owner is None:
            return before if before is not None and before.owner is None else None
        return self._of_owner(p)

    def _of_owner(self, p: Node) -> Layer | None:
        """The latest layer of the module that holds p."""
        owner = self._owners.get(id(p))
        return None if owner is None else self._latest(layer for layer in self.layers if layer.owner is owner)

    def _join(self, p: Node, layer: Layer | None) -> Layer:
        """Put a parameter into a layer, or let one begin with it."""
        if layer is None:
            layer = Layer(self._owners.get(id(p)))
            self._number[layer] = len(self.layers)
            self.layers.append(layer)
        layer.parameters.append(p)
        self.layer_of[p] = layer
        return layer

    def _name(self) -> None:
        """Let modules lend their names."""
        owners = [layer.owner for layer in self.layers]
        titles = [layer.title for layer in self.layers]
        for place, (layer, title) in enumerate(zip(self.layers, titles, strict=True)):
            layer.shared_owner = layer.owner is not None and owners.count(layer.owner) > 1
            if titles.count(title) > 1:
                layer.mark = f" #{titles[:place].count(title) + 1}"
            for node in layer.nodes:
                frame = self._homes.get(node)
                if frame is not None and not frame.module.parameters():
                    name = type(frame.module).__name__
                    if name not in layer.modules:
                        layer.modules.append(name)

    # ── what is asked of it ──

    def _meets(self, node: Node) -> bool:
        """Whether data meets parameters there; a sum of weights that is added to a loss is no parameter any more."""
        return any(self._is_pending(a) and (a in self.parameters or np.ndim(plain(a)) > 0) for a in node.parents)

    def hidden(self) -> set[Node]:
        """The nodes from which a way leads to parameters: what another layer is computed from."""
        found: set[Node] = set()
        for node in reversed(self.nodes):
            if node in found or self._meets(node):
                found.update(a for a in node.parents if not self._is_pending(a))
        return found

    def outputs(self) -> dict[Layer, Node]:
        """What each layer gives: what another is computed from; of the last, what its module or its parameters made."""
        hidden = self.hidden()
        found: dict[Layer, Node] = {}
        for node in self.nodes:  # the latest counts
            for a in node.parents:
                home = self.layer_of.get(a)
                if home is not None and a in hidden and self.layer_of.get(node) is not home:
                    found[home] = a
        for layer in self.layers:
            if layer not in found and layer.nodes:
                arrays = [node for node in layer.nodes if np.size(plain(node)) > 1] or layer.nodes
                inside = [node for node in arrays if node in self._homes]
                found[layer] = (inside or [node for node in layer.nodes if self._meets(node)] or arrays)[-1]
        return found

    def gates(self, node: Node) -> bool:
        """Whether nothing that the node is computed of, back to where its layer begins, has another way to the loss.

        So it is with an activation, not with a factor that a number puts on itself, as in x σ(x).
        """
        home, before, todo = self.layer_of[node], {node}, [node]
        while todo:
            one = todo.pop()
            if one is not node and one.rule is not None and one.rule.kind.name == "own":
                continue
            for a in one.args:
                if (
                    isinstance(a, Node)
                    and a.requires_grad
                    and self.layer_of.get(a) is home
                    and a.rule
                    and a not in before
                ):
                    before.add(a)
                    todo.append(a)
        return all(user in before for one in before - {node} for user in self._users[one])
