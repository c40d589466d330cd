"""What the leaves and bare arrays of a recorded graph hold at another point: fresh numbers of the recorded kind.

Labels stay labels, class numbers stay below the number of classes, weights may have either sign. `sampling` knows
kinds of arrays; here it is decided of which kind a leaf is, by its numbers and by the operations it takes part in.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.backward import depending
from ..engine.graph import Node
from ..engine.kernels.arrays import HOLE, laid_out
from ..paper.size import Size
from ..paper.sizes import counts_up
from .bare_numbers import Meaning, is_exponent
from .recording import Recording
from .sampling import (
    Sampler,
    integers,
    kind_of,
    kind_of_constant,
    near,
    near_unless_bound,
    pattern_of,
    positives,
    reals,
)


class Setting:
    """What a point is computed on.

    lengths: those of the free sizes. rng: draws the numbers; None for the recorded ones. meanings: what bare numbers
    stand for. wide: leaves whose numbers had one sign are drawn with either sign where nothing forbids it. turned: of
    "all" these leaves, or of the "asked" one, the numbers have the other sign than without it. near: leaves hold
    numbers near the recorded ones times this factor, unless it is 0. held: bare arrays stay as they are. keeping:
    leaves that stay as they were recorded. attempt: how often numbers were drawn already at which the gradient was not
    finite.
    """

    def __init__(
        self,
        lengths: Mapping[Size, int],
        rng: np.random.Generator | None,
        meanings: Mapping[float, Meaning] | None = None,
        *,
        wide: bool = False,
        turned: str = "",
        near: float = 0.0,
        held: bool = False,
        keeping: Collection[Node] = (),
    ) -> None:
        self.lengths, self.rng, self.meanings, self.wide, self.held = lengths, rng, meanings or {}, wide, held
        self.turned, self.near, self.attempt = turned, near, 0
        self.keeping = frozenset(keeping)  # a set knows nodes by identity

    @property
    def widely(self) -> bool:
        """Whether numbers of one sign are drawn with either sign in this attempt."""
        return self.wide and self.attempt <= 1


class FreshNumbers:
    """Numbers for the leaves and bare arrays of a recording, at any setting."""

    def __init__(self, recording: Recording) -> None:
        self.nodes, self.sizes, self.wrt = recording.nodes, recording.sizes, recording.wrt
        self._samplers: dict[int, Sampler] = {}  # by the id of a leaf or of a bare array

    # ── leaves ──

    def of_leaf(self, node: Node, shape: tuple[int, ...], setting: Setting) -> Any:
        """What a leaf holds: an array for a Tensor, a float for a Value."""
        held = np.asarray(node._data)
        exact = held.astype(float) if held.dtype.kind == "f" else held
        if setting.rng is None or node in setting.keeping:
            return exact if node.flags & 1 else float(node._data)
        out = self._sampler(node, setting)(shape, setting.rng)
        return np.asarray(out, exact.dtype) if node.flags & 1 else float(out)

    def _sampler(self, node: Node, setting: Setting) -> Sampler:
        held = np.asarray(node._data)
        if id(node) in self._bounds and held.min(initial=1.0) > 0.0:
            return positives
        if self._indexed_by(node) or (_is_labels(node) and node is not self.wrt):
            return self._kind(node)
        if setting.near:
            return near_unless_bound(held * setting.near, self._kind(node))
        if setting.attempt >= 2:  # twice the gradient was not finite: numbers near the recorded ones are safer
            return near(held)
        if not (setting.widely and node.requires_grad and (setting.attempt == 0 or self._unrestricted(node))):
            return self._kind(node)
        turned = setting.turned == "all" or (setting.turned == "asked" and node is self.wrt)
        return (lambda shape, rng: -reals(shape, rng)) if turned else reals

    def _kind(self, node: Node) -> Sampler:
        found = self._samplers.get(id(node))
        if found is None:
            held = np.asarray(node._data)
            index = self._index_sampler(node, held)
            if index is None and not node.name and not node.requires_grad:
                index = kind_of_constant(held)  # a wrapped array without a name is like a bare one
            found = self._samplers[id(node)] = index or kind_of(
                held.astype(float),
                free=node.requires_grad,
                asked=node is self.wrt,
                class_axis=self._class_axis(node),
            )
        return found

    def _class_axis(self, a: Any) -> int | None:
        """Along which axis of `a` classes stand, by the softmax they meet."""
        for axis, size in enumerate(self.sizes.axes(a)):
            if any(size is each for each in self._class_sizes):
                return axis
        return None

    @cached_property
    def _class_sizes(self) -> list[Size]:
        return self.sizes.class_sizes()

    def _unrestricted(self, node: Node) -> bool:
        """Whether every operation that `node` goes through is defined everywhere."""
        return not any(map(_restricts, depending(self.nodes[::-1], [node])))

    @cached_property
    def _bounds(self) -> set[int]:
        """The ids of what an absolute value is compared with: the δ of |r| ≤ δ, which is positive."""
        found = [
            other
            for node in self.nodes
            if node.rule is not None and node.rule.compares
            for one, other in (node.args, node.args[::-1])
            if isinstance(one, Node) and one.rule is rules.absolute
        ]
        return set(map(id, found))

    # ── bare numbers and arrays ──

    def of_constant(self, node: Node, position: int, setting: Setting) -> Any:
        """What stands in the place of a bare number or array, `node.args[position]`."""
        a = node.args[position]
        if np.size(a) == 1 and self._indexed_by(a):
            return a  # one place, which a formula has as a number
        if isinstance(a, (bool, np.bool_)) or np.ndim(a) == 0:
            meaning = setting.meanings.get(float(a)) if not is_exponent(node, position) else None
            return a if meaning is None or setting.rng is None else meaning.value(setting.lengths)
        held = np.asarray(a)
        if setting.rng is None or (setting.held and pattern_of(held) is None):
            return held.astype(float) if held.dtype.kind == "f" else held
        found = self._samplers.get(id(a))
        if found is None:
            found = self._samplers[id(a)] = self._index_sampler(a, held) or kind_of_constant(held)
        out = np.asarray(found(self.sizes.shape(a, setting.lengths), setting.rng))
        return out.astype(held.dtype if held.dtype.kind in "iub" else float)

    # ── indices ──

    def _index_sampler(self, a: Any, held: Any) -> Sampler | None:
        """How to draw what is used as an index: 0, 1, 2, … where it was that, else any place there is."""
        sizes = self._indexed_by(a)
        if not sizes or held.dtype == bool:
            return None
        if counts_up(held) and held.size > 1:
            return lambda shape, rng: np.arange(math.prod(shape)).reshape(shape)
        top = min(size.recorded if size.rigid else size.least for size in sizes)
        low = int(held.min(initial=0))
        return lambda shape, rng: integers(low, max(top - 1, low))(shape, rng).astype(int)

    def is_place(self, a: Any) -> bool:
        """Whether a leaf or a bare array stands as an index."""
        return bool(self._indexed_by(a))

    def _indexed_by(self, a: Any) -> list[Size]:
        """The sizes that `a` (a leaf or a bare array) is an index into; none if it is no index."""
        return self._index_sizes.get(id(a), [])

    @cached_property
    def _index_sizes(self) -> dict[int, list[Size]]:
        """For each leaf or bare array used as an index, by id, the sizes it is an index into."""
        found: dict[int, list[Size]] = {}
        for node in reversed(self.nodes):
            if node.rule is None:
                continue
            if node.rule.indexed and "key" in node.params:
                for index, size in self._holes(node):
                    found.setdefault(id(index), []).append(size)
            elif node.rule.indexed:
                size = self.sizes.axes(node.args[0])[node.params["axis"]]
                found.setdefault(id(node.args[1]), []).append(size)
            elif id(node) in found and node.rule.moves in ("in order", "converted"):
                found.setdefault(id(node.args[0]), []).extend(found[id(node)])
        return found

    def _holes(self, node: Node) -> Iterator[tuple[Any, Size]]:
        """Each index array of `x[…]`, with the size of the axis that it picks from."""
        assert node.rule is not None
        whole = node.args[0] if node.rule.indexed == "argument" else node
        axes, indices = self.sizes.axes(whole), iter(node.args[1:])
        kept = (part for part in laid_out(node.params["key"], len(axes)) if part is not None)
        for part, size in zip(kept, axes, strict=True):
            if part is HOLE:
                yield next(indices), size


def _is_labels(node: Node) -> bool:
    """Whether a leaf holds labels: 0 and 1, or −1 and 1. What is free has both then: ones alone are a start."""
    values = set(np.unique(node._data).tolist())
    return any(values == both or (values < both and not node.requires_grad) for both in ({0.0, 1.0}, {-1.0, 1.0}))


def _restricts(node: Node) -> bool:
    """Whether an operation is not defined everywhere."""
    if node.rule is rules.power and not isinstance(node.args[1], Node):
        return bool(np.any(np.mod(node.args[1], 1.0)))
    return node.rule is not None and bool(node.rule.domain)
