"""Sums, products and extremes over an index, and the indices they bind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ..errors import IndicesError, MisfitError
from ..tensors import functions
from . import entries
from .derivatives import Taken
from .entries import Entries
from .tree import Compared, Delta, Expression, Indexed, Place, Position, Product, Run, walk

# The term that changes nothing
_NOTHING = {"sum": 0.0, "prod": 1.0, "max": -np.inf, "min": np.inf}


@dataclass(frozen=True, eq=False)
class Over(Expression):
    """Σ, Π, max or min over indices. limits: (lowest, highest) of a single index; condition: which terms count."""

    function: str
    labels: tuple[str, ...]
    body: Expression
    limits: tuple[Expression, ...] = ()
    condition: Expression | None = None

    def value(self, run: Run) -> Entries:
        """The part's value in a run."""
        function = getattr(functions, self.function)
        if not self.labels:
            return self._unindexed(run, function)
        if len(self.labels) == 1 and self.labels[0] not in indices(self):
            return self._repeated(run, function)
        body = self._where_it_holds(run, self.body.value(run))
        lost = [label for label in self.labels if label not in body.labels]
        if lost:
            raise _without(lost[0])
        if self.limits:
            body = self._limited(run, body)
        return entries.reduce_labels(function, body, self.labels)

    def _where_it_holds(self, run: Run, body: Entries) -> Entries:
        """The terms, and where the condition does not hold what changes nothing: 0 in a Σ, 1 in a Π."""
        if self.condition is None:
            return body
        nothing = Entries(_NOTHING[self.function])
        return entries.elementwise(functions.where, self.condition.value(run), body, nothing)

    def _unindexed(self, run: Run, function: Callable[..., Any]) -> Entries:
        """Σ (ŷ − y) x without an index: over the samples, or over everything there is."""
        label = f"sample#{self.at}"
        way = run.choose(("over", id(self)), [*sorted(free_indices(self.body)), "samples", "entries"])
        if way not in ("samples", "entries"):  # it goes over the index that stands inside
            body = self.body.value(run)
            if way not in body.labels:
                raise MisfitError(f"a Σ over {way.partition('#')[0]}, but nothing in it has that index")
            return entries.reduce_labels(function, body, [way])
        if way == "entries":
            return entries.reduce_axes(function, self.body.value(run))
        with run.along(label):
            body = self.body.value(run)
        if label not in body.labels:
            raise MisfitError("a Σ without an index, and nothing in it goes along the samples")
        return entries.reduce_labels(function, body, [label])

    def _repeated(self, run: Run, function: Callable[..., Any]) -> Entries:
        """An index is named but not written: Σᵢ (ŷ − y) x, or Σᵢ 1."""
        label = self.labels[0]
        sampled = self._sampled(run, label) if run.samples else None
        if sampled is not None and label in sampled.labels:
            return entries.reduce_labels(function, self._limited(run, sampled), [label])
        if self.limits and self.function == "sum":
            low, high = (limit.value(run) for limit in self.limits)
            count = entries.elementwise(lambda first, last: functions.maximum(last - first + 1.0, 0.0), low, high)
            return entries.elementwise(functions.multiply, self.body.value(run), count)
        raise _without(label)

    def _sampled(self, run: Run, label: str) -> Entries | None:
        """What is summed up with an index that is not written; None where it has indices enough: Σⱼ yᵢ."""
        with run.along(label):
            try:
                return self.body.value(run)
            except IndicesError:
                return None

    def _is_triangular(self) -> bool:
        """Whether the limits speak of other indices, counted from 1: Sum(x[j], (j, 1, i))."""
        return self.function == "sum" and any(isinstance(each, Place) for each in _parts_of(self.limits))

    def _within(self, body: Entries, low: Entries, high: Entries) -> Entries:
        """Zeros outside of limits that depend on other indices."""
        label = self.labels[0]
        place = Entries(np.arange(1.0, body.lengths()[label] + 1.0), (label,))
        for function, one, other in ((functions.less_equal, low, place), (functions.less_equal, place, high)):
            inside = entries.elementwise(lambda a, b, holds=function: holds(a, b) * 1.0, one, other)
            body = entries.elementwise(functions.multiply, body, inside)
        return body

    def _limited(self, run: Run, body: Entries) -> Entries:
        """Only the places between the limits."""
        if not self.limits:
            return body
        label = self.labels[0]
        length = body.lengths()[label]
        low, high = (limit.value(run) for limit in self.limits)
        if self._is_triangular():
            return self._within(body, low, high)
        if _counts_names(self.body, label):
            return body  # up to K: as many as there are u₁ … u_K
        if low.labels or high.labels or low.rank or high.rank:
            raise MisfitError("the limits of a Σ are numbers")
        first, last = int(float(low.data)), int(float(high.data))
        if (first, last) in ((1, length), (0, length - 1)):
            return body
        if (first, last) == (0, length):
            said = f"Σ from 0 to {last} has {last + 1} terms, but {label.partition('#')[0]} goes to {length}"
            raise IndicesError(said, label)
        if not 1 <= first <= last <= length:
            raise IndicesError(f"Σ from {first} to {last}, but {label.partition('#')[0]} goes to {length}", label)
        axis = body.labels.index(label)
        return replace(body, data=functions.getitem(body.data, (slice(None),) * axis + (slice(first - 1, last),)))


class Chosen(Over):
    """p_{i yᵢ}: the entry at a label, as Σₖ 1[k = yᵢ] pᵢₖ."""

    @classmethod
    def at_label(cls, entry: Expression, letter: str, label: Expression) -> Chosen:
        """The entry where its index `letter` is the label."""
        hit = Compared(entry.at, "equal", Position(entry.at, letter), label)
        return cls(entry.at, "sum", (letter,), Product(entry.at, hit, entry))

    @property
    def parts_chosen(self) -> tuple[Expression, Expression]:
        """The entry, with the index that it has in this Σ, and the label."""
        assert isinstance(self.body, Product) and isinstance(self.body.x, Compared)
        return self.body.y, self.body.x.y


def placed(limit: Expression) -> Expression:
    """A limit of a Σ, in which an index is a place, counted from 1: the i of Σ over j = 1 … i."""
    if type(limit) is Position:
        return Place(limit.at, limit.label)
    if not any(isinstance(part, Position) for part in walk(limit)):
        return limit
    return replace(limit, **{f.name: _placed(getattr(limit, f.name)) for f in fields(limit)})


def _placed(held: Any) -> Any:
    if isinstance(held, tuple):
        return tuple(map(_placed, held))
    return placed(held) if isinstance(held, Expression) else held


def _without(label: str) -> IndicesError:
    return IndicesError(f"Σ over {label.partition('#')[0]}, but nothing in it has that index", label)


def _counts_names(body: Expression, label: str) -> bool:
    """Whether an index counts names that have a number behind their letter."""
    indexed = (part for part in walk(body) if isinstance(part, Indexed) and label in part.subscripts)
    return any(part.part.counts_names for part in indexed)


def _parts_of(trees: tuple[Expression, ...]) -> Iterator[Expression]:
    """The parts of several trees."""
    for tree in trees:
        yield from walk(tree)


def indices(tree: Expression) -> set[str]:
    """The indices that occur in a tree, bound or free."""
    return set().union(*map(_own_indices, walk(tree)))


def free_indices(tree: Any) -> set[str]:
    """The indices in a tree that no Σ in it goes over."""
    if isinstance(tree, tuple):
        return set().union(*map(free_indices, tree))
    if not isinstance(tree, Expression) or tree.binds:
        return set()
    inside = set().union(*(free_indices(getattr(tree, f.name)) for f in fields(tree)))
    return _own_indices(tree) | (inside - set(tree.labels) if isinstance(tree, Over) else inside)


def _own_indices(part: Expression) -> set[str]:
    """The indices that stand at this very part of a tree."""
    match part:
        case Indexed(subscripts=subscripts, sample=sample):
            return {each for each in (*subscripts, sample) if isinstance(each, str) and each}
        case Delta(left=left, right=right):
            return {left, right}
        case Position(label=label):
            return {label}
        case Taken(labels=labels):
            return set(labels)
    return set()


def renamed(tree: Any, names: Mapping[str, str]) -> Any:
    """The tree with its indices renamed: a Σ's own index is made different from all others of that letter."""
    if isinstance(tree, tuple):
        return tuple(renamed(each, names) for each in tree)
    if not isinstance(tree, Expression) or tree.binds:
        return tree
    if isinstance(tree, Over):
        own = {label: f"{label}#{tree.at}" for label in tree.labels}
        inside = {**names, **own}
        return replace(
            tree,
            labels=tuple(own[label] for label in tree.labels),
            body=renamed(tree.body, inside),
            limits=renamed(tree.limits, names),
            condition=renamed(tree.condition, inside),
        )
    if isinstance(tree, Indexed):
        sample = names.get(tree.sample, tree.sample) if isinstance(tree.sample, str) else tree.sample
        subscripts = tuple(names.get(s, s) if isinstance(s, str) else s for s in tree.subscripts)
        return replace(tree, part=renamed(tree.part, names), subscripts=subscripts, sample=sample)
    if isinstance(tree, Taken):
        labels = tuple(names.get(label, label) for label in tree.labels)
        return replace(tree, body=renamed(tree.body, names), labels=labels)
    if isinstance(tree, Delta):
        return replace(tree, left=names.get(tree.left, tree.left), right=names.get(tree.right, tree.right))
    if isinstance(tree, Position):
        return replace(tree, label=names.get(tree.label, tree.label))
    changed = {f.name: renamed(getattr(tree, f.name), names) for f in fields(tree)}
    return replace(tree, **changed) if fields(tree) else tree
