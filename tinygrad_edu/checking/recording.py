"""The graph of a loss as it was recorded: its nodes, the sizes of their axes, the names that claims can use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..engine.backward import ancestors
from ..engine.graph import Node, describe
from ..paper.size import Size
from ..paper.sizes import Sizes

# A place in a graph: a node, and the position of one of its arguments.
Place = tuple[Node, int]


class Recording:
    """A recorded loss, and `wrt`, the node whose gradient claims are about.

    extra: nodes that are to be computed again along with the loss. letters: what a derivation calls nodes and arrays
    that have no name. gradient_of: where `loss` is itself a gradient, the loss that it is of; first: by what that was
    derived then, `wrt` if nothing is given. names: the nodes that claims can speak of, by name. lettered_arrays: for
    each bare array that a derivation gave a letter, where in the graph it stands.
    """

    def __init__(
        self,
        loss: Node,
        wrt: Node,
        extra: Iterable[Node] = (),
        letters: Mapping[str, Any] | None = None,
        gradient_of: Node | None = None,
        first: Node | None = None,
    ) -> None:
        self.loss, self.wrt, self.gradient_of = loss, wrt, gradient_of
        self.first = None if gradient_of is None else wrt if first is None else first
        roots = [loss, *(node for node in extra if node is not loss)]
        self.sizes = Sizes(roots if len(roots) > 1 else loss, [] if self.first is None else [(loss, self.first)])
        self.nodes = ancestors(roots, all_nodes=True)[::-1]
        known = set(self.nodes)
        if wrt not in known:
            raise ValueError(f"derive: {describe(loss)} does not depend on {describe(wrt)}")
        self.letters = letters = dict(letters or {})
        self.names = {letter: a for letter, a in letters.items() if isinstance(a, Node) and a in known}
        self.names |= {node.name: node for node in self.nodes if node.name}
        self.names |= self._also_small()
        self.lettered_arrays = self._places_of({k: a for k, a in letters.items() if not isinstance(a, Node)})

    def _also_small(self) -> dict[str, Node]:
        """Nodes without a name by a small letter: what a derivation calls Z, many call z."""
        taken = {*self.names, *self.letters, *self.sizes.letters()}
        made_up = {name: a for name, a in self.names.items() if a.name is None and len(name.partition("_")[0]) == 1}
        return {name.lower(): a for name, a in made_up.items() if name.lower() not in taken}

    @property
    def is_jacobian(self) -> bool:
        """Whether the loss is more than a single number."""
        return np.size(self.loss._data) != 1

    def name_of(self, node: Node | None) -> str:
        """By which name claims can speak of a node; "" if there is none."""
        return next((name for name, named in self.names.items() if named is node), "")

    @property
    def has_penalty(self) -> bool:
        """Whether the loss adds something that is made of some of its arrays only: λ‖w‖² beside ‖Xw − y‖²."""
        terms, leaves = [self.loss], list[set[Node]]()
        for node in terms:  # the list grows while it is walked
            part, added = _times_a_number(node), node.rule is not None and len(node.rule.signs) == 2
            if part is not None or added:
                terms += [part] if part is not None else node.parents
            else:
                made_of = ancestors([node], all_nodes=True)
                leaves.append({each for each in made_of if each.rule is None and np.size(each._data) > 1})
        return any(one < other for one in leaves if one for other in leaves)

    @property
    def summed(self) -> Node:
        """What the loss adds up: the f(x) of Σ f(x); the loss itself where it is no sum."""
        rule = self.loss.rule
        added = rule is not None and rule.folds is np.add and not rule.averages
        return self.loss.args[0] if added and isinstance(self.loss.args[0], Node) else self.loss

    @property
    def reduces(self) -> str:
        """What the loss is of its samples' losses, whatever number is a part of each of them: their mean, or their sum.

        "" where it may be either, as 0.1 Σ f may be, or something else.
        """
        node, scaled = self.loss, False
        while (part := _times_a_number(node)) is not None:
            node, scaled = part, scaled or len(node.args) == 2
        if node.rule is None or node.rule.folds is not np.add:
            return ""
        return "mean" if node.rule.averages else "" if scaled else "sum"

    @property
    def target_sizes(self) -> tuple[Size, ...]:
        """The sizes of what is claimed: those of `wrt`, and before them those of a loss that is more than a number."""
        own = self.sizes.axes(self.loss) if self.is_jacobian else ()
        return (*own, *self.sizes.axes(self.wrt))

    @property
    def target_shape(self) -> tuple[int, ...]:
        """The shape of what is claimed, as recorded."""
        return tuple(size.recorded for size in self.target_sizes)

    def _places_of(self, arrays: Mapping[str, Any]) -> dict[str, Place]:
        """Where in the graph each of these arrays stands as an argument."""
        letters = {id(a): letter for letter, a in arrays.items()}
        return {
            letters[id(a)]: (node, position)
            for node in self.nodes
            for position, a in enumerate(node.args)
            if id(a) in letters and np.ndim(a)
        }


def _times_a_number(node: Node) -> Node | None:
    """What a node is a plain number times of, or the opposite of."""
    rule = node.rule
    if rule is not None and rule.signs == (-1,):
        return node.parents[0]
    if rule is None or len(rule.powers) != 2 or len(node.parents) != 1:
        return None
    [part] = node.parents
    number = node.args[1] if node.args[0] is part else node.args[0]
    return part if np.ndim(number) == 0 and (node.args[0] is part or rule.powers[1] == 1) else None
