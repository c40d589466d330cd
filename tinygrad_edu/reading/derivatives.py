"""Derivatives that stand inside a claim still to be taken: ∂/∂w (y − wx), ∂p/∂z, ∂L/∂p ∂p/∂z."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..engine import backward, landing
from ..engine.backward import ancestors, depending
from ..engine.graph import Node, leaf
from ..engine.rules import shape
from ..errors import MisfitError
from ..tensors.tensor import Tensor
from . import entries
from .entries import Entries
from .tree import Expression, Gradient, Run

_MOST_ENTRIES = 4_000  # of a part that is derived: each takes a backward pass of its own


@dataclass(frozen=True, eq=False)
class Taken(Expression):
    """∂body/∂name. labels: the indices of the name, one for each of its axes, or none."""

    name: str
    labels: tuple[str, ...]
    body: Expression

    def value(self, run: Run) -> Entries:
        """The derivative of each entry of the body, with the axes or indices of the name behind its own."""
        nodes = _nodes(run)
        found = self.body.value(_with(run, nodes))
        by = nodes[self.name]
        jacobian = _jacobian(found.data, by)
        if run.is_drawn and not np.any(jacobian):  # names stand for themselves there, and depend on none
            jacobian = np.random.default_rng(self.at).uniform(0.3, 0.9, jacobian.shape)
        inner = shape(found.data)
        if not self.labels and found.rank and shape(by._data):
            return _diagonal(found, jacobian, by, run)
        if self.labels and len(self.labels) < len(shape(by._data)):
            jacobian = jacobian.reshape(*inner, *(n for n in shape(by._data) if n != 1))
        result = Entries(jacobian, found.labels)
        for label in self.labels:
            result = entries.pick(result, len(inner) - len(found.labels), label)
        return replace(result, row=False)


@dataclass(frozen=True, eq=False)
class Chained(Expression):
    """∂L/∂p ∂p/∂z: the gradient at p, handed on to z. link: the ∂L/∂p, which may be such a product itself."""

    link: Expression
    through: str
    name: str

    def value(self, run: Run) -> Entries:
        """What reaches z by way of p."""
        seed = np.asarray(self.link.value(run).data)
        nodes = _nodes(run)
        start, by = nodes[self.through], nodes[self.name]
        if run.is_drawn:
            return Entries(np.random.default_rng(self.at).uniform(0.3, 0.9, shape(by._data)))
        if seed.shape != shape(start._data):
            raise MisfitError(f"the gradient at {self.through} has another shape than {self.through}")
        return entries.plain(_handed_on(start, by, seed))


def chained(link: Expression, taken: Taken, of: str) -> Expression | None:
    """∂L/∂p ∂p/∂z as one, where the first is the gradient at p and neither has indices."""
    ends = link.name if isinstance(link, (Gradient, Chained)) else None
    return Chained(taken.at, link, of, taken.name) if ends == of and not taken.labels else None


def _nodes(run: Run) -> dict[str, Node]:
    """The names as nodes; where a claim is only tried out, each is one of its own."""
    if run.nodes:
        return dict(run.nodes)
    if not run.is_drawn:
        raise MisfitError("a derivative that is still to be taken; write it out")
    return {name: leaf(Tensor, np.asarray(value, float), True, name) for name, value in run.env.items()}


def _with(run: Run, nodes: dict[str, Node]) -> Run:
    """The same run on nodes, so that what is computed can be derived; bare arrays of the loss stay arrays."""
    inner = Run({**run.env, **nodes}, run.sizes, None, run.samples, run.gradients)
    inner.decided, inner.asked, inner.implicit, inner.whole = run.decided, run.asked, run.implicit, run.whole
    inner.nodes, inner.is_drawn = run.nodes, run.is_drawn
    return inner


def _jacobian(data: Any, by: Node) -> Any:
    """The derivative of every entry of `data`, whose axes come first, by every entry of a node."""
    result = np.zeros((*shape(data), *shape(by._data)))
    if not isinstance(data, Node) or by not in set(ancestors([data], all_nodes=True)):
        return result
    if data is not by and by not in set(ancestors([data])):
        raise MisfitError(f"no gradient passes to {by.name}")
    if np.prod(shape(data)) > _MOST_ENTRIES:
        raise MisfitError("a derivative of too many entries")
    for place in np.ndindex(shape(data)):
        seed = np.zeros(shape(data))
        seed[place] = 1.0
        result[place] = _handed_on(data, by, seed)
    return result


def _handed_on(start: Node, by: Node, seed: Any) -> Any:
    """What a gradient at one node contributes to the gradient at another, of which the first was made."""
    if start is by:
        return seed
    order = depending(ancestors([start]), [by])
    found = backward.sweep(start, landing.spread(seed, start) if start.flags & 1 else float(seed), order=order)
    return np.broadcast_to(np.asarray(found.get(by, 0.0), float), shape(by._data))


def _diagonal(found: Entries, jacobian: Any, by: Node, run: Run) -> Entries:
    """∂p/∂z of two arrays of one shape, of which each entry is made of its own entry only."""
    if found.labels or shape(found.data) != shape(by._data):
        raise MisfitError(f"the derivative of a part that is {found} by one of shape {shape(by._data)}: write it out")
    square = jacobian.reshape(int(np.prod(shape(by._data))), -1)
    if not run.is_drawn and np.any(square[~np.eye(len(square), dtype=bool)]):
        raise MisfitError("a derivative by an array is a matrix here: write it with indices")
    return Entries(np.diag(square).reshape(shape(by._data)))


def axes_fit(body: Sequence[Any] | None, by: Sequence[Any], labels: Sequence[str], mixing: bool) -> bool:
    """Whether a derivative by a name with these axes is a number for each entry, whatever way matrices are laid out.

    body: the axes of the name that is derived, None for a formula with indices. mixing: whether the loss has
    operations that make each entry of a result of all entries of an array.
    """
    if not by or len(labels) == len(by):
        return True
    if labels:
        return False
    return body is None or not body or (tuple(body) == tuple(by) and not mixing)


__all__ = ["Chained", "Taken", "axes_fit", "chained"]
