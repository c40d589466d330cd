"""A recorded graph on other numbers, and its backward pass with rules broken on purpose.

`Point.gradient` is the engine's own sweep, except that it may be told to use something else in place of a rule's
derivative at one place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ..engine import backward, landing
from ..engine.backward import ancestors, depending
from ..engine.graph import Node, leaf, plain, record
from ..paper.size import Size
from .mistakes import Slip
from .recording import Place, Recording


class Point:
    """A recorded graph, computed on some numbers.

    twin: for each recorded node, the node that stands for it here; origin: the way back. size_lengths: the lengths of
    the free sizes. recorded: whether these are the recorded numbers themselves. wide: whether leaves whose numbers had
    one sign were drawn with either sign. order: the nodes here that gradients pass from the loss to `wrt`. out: the
    loss's axes, which come first in its derivatives; () of a single number.
    """

    def __init__(
        self,
        recording: Recording,
        size_lengths: Mapping[Size, int],
        twin: dict[Node, Node],
        recorded: bool = False,
        wide: bool = False,
    ) -> None:
        self.recording, self.size_lengths, self.twin = recording, size_lengths, twin
        self.recorded, self.wide = recorded, wide
        self.origin = {there: here for here, there in twin.items()}
        self.loss, self.wrt = twin[recording.loss], twin[recording.wrt]
        self.order = depending(ancestors([self.loss]), [self.wrt])
        self.out: tuple[int, ...] = np.shape(self.loss._data) if np.size(self.loss._data) != 1 else ()

    def value(self, node: Node) -> Any:
        """What a node of the recording holds here."""
        return self.twin[node]._data

    @cached_property
    def lengths(self) -> dict[str, int]:
        """The length here of each size, by its letter."""
        return {str(size.letter): size.value(self.size_lengths) for size in self.recording.sizes.groups()}

    @cached_property
    def names(self) -> dict[str, Any]:
        """What each named node holds here, and each bare array that a derivation gave a letter."""
        arrays = {
            letter: np.asarray(self.twin[node].args[position])
            for letter, (node, position) in self.recording.lettered_arrays.items()
        }
        return arrays | {name: self.twin[node]._data for name, node in self.recording.names.items()}

    @cached_property
    def cotangents(self) -> dict[Node, Any]:
        """The gradient with respect to every node between the loss and what is asked about, by recorded node."""
        return {self.origin[node]: g for node, g in self._sweep({}).items()}

    @cached_property
    def truth(self) -> Any:
        """The gradient of the loss with respect to `wrt`, in the shape of `wrt`."""
        found = self.cotangents.get(self.recording.wrt)
        return self._nothing if found is None else found

    @cached_property
    def largest_on_the_way(self) -> float:
        """The largest number, but for its sign, in the backward pass: what cancels to the gradient may be as large."""
        return max((float(np.max(np.abs(g), initial=0.0)) for g in self.cotangents.values()), default=0.0)

    @property
    def _nothing(self) -> Any:
        return np.zeros((*self.out, *np.shape(self.wrt._data)))

    @cached_property
    def all_cotangents(self) -> dict[Node, Any]:
        """The gradient with respect to every node of the graph, by recorded node."""
        with np.errstate(all="ignore"):
            found = self._stacked([backward.sweep(self.loss, seed) for seed in self._seeds()])
        return {self.origin[node]: g for node, g in found.items()}

    def gradient(self, slips: Mapping[Place, Slip]) -> Any:
        """The gradient that a backward pass with `slips` in the places of rules arrives at."""
        found = self._sweep(slips).get(self.wrt)
        return self._nothing if found is None else found

    def contribution(self, node: Node, position: int, slip: Slip | None = None) -> Any:
        """What a recorded node hands to its argument at `position` here, in that argument's shape.

        slip: what stands there for the rule's derivative.
        """
        here, g = self.twin[node], self.cotangents[node]
        if not self.out:
            g = landing.spread(g, here)
            return self.whole(self._contribution(here, position, g, slip), here.args[position])
        parent = here.args[position]
        rows = [self._contribution(here, position, g[k], slip) for k in np.ndindex(self.out)]
        return np.stack([self.whole(c, parent) for c in rows]).reshape(*self.out, *np.shape(parent._data))

    def slope(self, node: Node) -> Any:
        """The derivative of a recorded node with respect to `wrt`, summed over the node's entries."""
        start = self.twin[node]
        order = depending(ancestors([start]), [self.wrt])
        with np.errstate(all="ignore"):
            found = backward.sweep(start, landing.spread(1.0, start), order=order)
        return self.whole(found.get(self.wrt, 0.0), self.wrt)

    def _sweep(self, slips: Mapping[Place, Slip]) -> dict[Node, Any]:
        """`backward.sweep` on plain numbers from the loss down, with slips."""
        with np.errstate(all="ignore"):
            return self._stacked([self._swept(slips, seed) for seed in self._seeds()])

    def _seeds(self) -> list[Any]:
        """Where a backward pass starts: 1 for the loss; of more than a number, a 1 at each of its entries in turn."""
        if not self.out:
            return [1.0]
        units = np.eye(int(np.prod(self.out)), dtype=np.asarray(self.loss._data).dtype)
        return [unit.reshape(self.out) for unit in units]

    def _stacked(self, tables: list[dict[Node, Any]]) -> dict[Node, Any]:
        """The gradients of several passes as one array for each node, the loss's axes first."""
        if not self.out:
            return {node: self.whole(g, node) for node, g in tables[0].items()}
        nodes = dict.fromkeys(node for table in tables for node, g in table.items() if g is not None)
        return {
            node: np.stack([self.whole(0.0 if (g := table.get(node)) is None else g, node) for table in tables])
            .reshape(*self.out, *np.shape(node._data))
            for node in nodes
        }  # fmt: skip

    def _swept(self, slips: Mapping[Place, Slip], seed: Any) -> dict[Node, Any]:
        def local(node: Node, position: int, g: Any) -> Any:
            """The row's derivative, or the slip in its place, of a whole incoming gradient."""
            vjp = node.rule.vjp(position)  # type: ignore[union-attr]
            slip = slips.get((self.origin[node], position))
            return None if vjp is None else _called(vjp, slip, landing.spread(g, node), node)

        found = backward.sweep(self.loss, seed, order=self.order, local=local)
        return {node: g for node, g in found.items() if g is not None}

    def _contribution(self, node: Node, position: int, g: Any, slip: Slip | None) -> Any:
        vjp = node.rule.vjp(position)  # type: ignore[union-attr]
        assert vjp is not None
        return landing.land(_called(vjp, slip, g, node), node, node.args[position])

    @staticmethod
    def whole(c: Any, node: Node) -> Any:
        """A contribution or cotangent in the shape of its node."""
        return np.array(np.broadcast_to(np.asarray(c, float), np.shape(node._data)))

    def shaken(self, shake: int) -> Point:
        """This point with every number moved in its last digits; how far results move then is how far rounding goes.

        shake: which of many ways to move them. From 3 on it is not the leaves alone: where tanh z is nearly 1, no small
        step of z moves 1 − tanh² z, but rounding does.
        """
        rng = np.random.default_rng(shake)

        def moved(held: Any) -> Any:
            held = np.asarray(held)
            if held.dtype.kind != "f":
                return held
            return held * (1.0 + rng.choice([-1.0, 1.0], held.shape) * rng.uniform(0.3, 1.0, held.shape) * 2.0**-50)

        leaves = {n: moved(self.value(n)) for n in self.recording.nodes if n.rule is None}
        return self.with_leaves(leaves, moved if shake >= 3 else None)

    def with_leaves(self, numbers: Mapping[Node, Any], rounding: Callable[[Any], Any] | None = None) -> Point:
        """This point with other numbers in these of its recorded leaves. rounding: what is done to every result."""
        twin: dict[Node, Node] = {}
        with np.errstate(all="ignore"):
            for here in self.recording.nodes:
                there = self.twin[here]
                if there.rule is None:
                    held = np.asarray(numbers.get(here, there._data))
                    data = held if there.flags & 1 else float(held)
                    twin[here] = leaf(type(here), data, there.requires_grad, here.name)
                else:
                    # bare numbers are those of this point; nodes are the ones just made
                    args = [twin[a] if isinstance(a, Node) else b for a, b in zip(here.args, there.args, strict=True)]
                    twin[here] = found = record(there.rule, tuple(args), there.params)
                    if rounding is not None:
                        found._data = rounding(found._data) if found.flags & 1 else float(rounding(found._data))
        return Point(self.recording, self.size_lengths, twin, wide=self.wide)

    @cached_property
    def tangents(self) -> dict[Node, Any]:
        """How every recorded node moves when `wrt` moves along `direction`, by central differences."""
        step = 1e-6
        ends = [self._moved(sign * step) for sign in (1.0, -1.0)]
        return {
            here: (np.asarray(ends[0][there], float) - np.asarray(ends[1][there], float)) / (2.0 * step)
            for there, here in ((node, self.origin[node]) for node in self.order)
        }

    @cached_property
    def direction(self) -> Any:
        """A fixed direction for `wrt` in which no entry stands still."""
        rng = np.random.default_rng(7)
        return rng.uniform(0.3, 1.0, np.shape(self.wrt._data)) * rng.choice([-1.0, 1.0], np.shape(self.wrt._data))

    def _moved(self, step: float) -> dict[Node, Any]:
        """What the nodes made of `wrt` hold when `wrt` has moved by `step` along the direction."""
        values: dict[Node, Any] = {self.wrt: self.wrt._data + step * self.direction}
        with np.errstate(all="ignore"):
            for node in self.all_depending:
                args = [values.get(a, a._data) if isinstance(a, Node) else a for a in node.args]
                values[node] = node.rule.compute(args, node.params)  # type: ignore[union-attr]
        return values

    @cached_property
    def all_depending(self) -> list[Node]:
        """Every node made of `wrt`, oldest first, also those without a gradient (masks)."""
        everything = ancestors([self.loss], all_nodes=True)
        return [node for node in reversed(depending(everything, [self.wrt])) if node is not self.wrt]


def _called(vjp: Callable[..., Any], slip: Slip | None, g: Any, node: Node) -> Any:
    """A derivative, or what stands in its place, on plain numbers."""
    if getattr(slip, "of_node", False):
        return slip(node, g)  # type: ignore[misc]
    values = [plain(a) for a in node.args]
    number: Callable[[Any], Any]
    for number in (lambda a: a, lambda a: np.float64(a) if a.__class__ is float else a):
        try:
            if slip is None:
                return vjp(number(g), number(node._data), *map(number, values), **node.params)
            return slip(vjp, number(g), number(node._data), [*map(number, values)], node.params)
        except ArithmeticError:
            continue
    return np.nan
