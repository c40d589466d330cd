"""Mistakes of the whole gradient: a factor, a Σ too few or too many, a transpose, the gradient of another variable."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ..engine.graph import Node
from .evidence import Evidence
from .factors import factor_of
from .findings import Finding
from .recording import Place
from .trials import Trial, same

_NOTHING = 1e-13  # of the largest entry: so much may rounding leave of 0


def of_factor(evidence: Evidence) -> list[Finding]:
    """What explains a claim that is one factor times the gradient."""
    numbers, speaking = [], []  # a trial in which both are 0 says nothing of a factor
    for trial in evidence.usable:
        truth = np.asarray(trial.truth, float).ravel()
        claimed = trial.claimed.ravel()
        if not claimed.any() and not truth.any():
            continue
        largest = np.max(np.abs(truth))
        if np.max(np.abs(claimed)) <= _NOTHING * largest:
            claimed = np.zeros_like(claimed)
        unit = truth / (largest or 1.0)  # the square of 1e200 is no number
        square = float(truth @ unit)
        c = float(claimed @ unit) / square if square else np.nan
        if not same(claimed, c * truth) or not np.isfinite(c):
            return []
        numbers.append(c)
        speaking.append(trial)
    factor = factor_of(numbers, evidence.lengths(speaking)) if numbers else None
    if factor is None or evidence.is_one_where_recorded(factor) or not evidence.is_evidence(factor):
        return []
    if factor.number == 0.0:
        wrt = evidence.recording.wrt
        return [Finding("missing-path", "whole", node=wrt, how="zero", factor=factor)]
    return [
        Finding(mistake, "whole", factor=factor, whole=True, common=index)
        for index, mistake in enumerate(factor.mistakes)
    ]


def of_kept_sum(evidence: Evidence) -> list[Finding]:
    """A Σ kept: every entry is the sum of the gradient along some of its axes, and the loss adds something up."""
    if not any(_may_add_up(node) for node in evidence.order) or not any(np.any(t.truth) for t in evidence.usable):
        return []
    for axes in _choices_of_axes(np.ndim(evidence.worst.truth)):
        if all(
            same(t.claimed, np.broadcast_to(np.sum(t.truth, axis=axes, keepdims=True), np.shape(t.truth)))
            for t in evidence.usable
        ):
            return [Finding("extra-sum", "extra-sum", how="kept")]
    return []


def of_other_variable(evidence: Evidence, trials: Sequence[Trial]) -> Iterator[Finding]:
    """The gradient with respect to another node; a claim of its shape, or one number for all its entries."""
    recording = evidence.recording
    tables = [trial.point.all_cotangents for trial in trials]
    single = np.shape(trials[0].truth) == ()
    for node in reversed(recording.nodes):
        if node is recording.wrt or node is recording.loss or not all(node in table for table in tables):
            continue
        gradients = [table[node] for table in tables]
        if not single and _is_one_number(gradients):
            continue
        if all(_is_or_repeats(g, trial) for g, trial in zip(gradients, trials, strict=True)):
            kind = "on-the-way" if node in set(evidence.order) else "unrelated"
            yield Finding("wrong-variable", kind, node=node, common=0 if node.name else 1)


def of_another_shape(evidence: Evidence, trials: Sequence[Trial]) -> Iterator[Finding]:
    """What explains a claim that has a value everywhere, of a shape that is not the gradient's."""
    truth, claimed = np.ndim(trials[0].truth), np.ndim(trials[0].claimed)
    if claimed >= truth and any(
        all(_sums_to(t.claimed, axes, t.truth) for t in trials) for axes in _choices_of_axes(claimed)
    ):
        yield Finding("missing-sum", "missing-sum", *_broadcast_at(evidence), how="summed-later")
    if claimed <= truth and any(
        all(_sums_to(t.truth, axes, t.claimed) for t in trials) for axes in _choices_of_axes(truth)
    ):
        yield Finding("extra-sum", "extra-sum", how="summed")
    yield from of_turned(evidence, trials)
    yield from of_other_variable(evidence, trials)


def of_turned(evidence: Evidence, trials: Sequence[Trial]) -> Iterator[Finding]:
    """The transpose of a matrix, which may be square. trials: those in which the claim is wrong."""
    if trials and np.ndim(trials[0].truth) == 2 and all(same(np.transpose(t.claimed), t.truth) for t in trials):
        yield Finding("transpose", "transpose", *_product_at(evidence), how="whole")


def of_transposed(evidence: Evidence, names: Collection[str] = ()) -> Finding:
    """What is said of a claim that is right once a factor is transposed: at the product with one of these names."""
    named = (
        edge
        for edge in evidence.edges
        if _is_product(edge.node) and any(isinstance(a, Node) and a.name in names for a in edge.node.args)
    )
    edge = next(named, None)
    node, place = (edge.node, edge.place) if edge is not None else _product_at(evidence)
    return Finding("transpose", "transpose", node=node, place=place, how="transposed")


# ── where ──


def _may_add_up(node: Node) -> bool:
    """Whether an operation may add up: not where it goes entry by entry, or only chooses or moves entries."""
    rule = node.rule
    return (
        rule is not None
        and not (rule.chooses or rule.moves or rule.indexed)
        and (rule.kind.name != "elementwise" or len(rule.signs) > 1)
    )


def _broadcast_at(evidence: Evidence) -> tuple[Node | None, Place | None]:
    """The operation that repeated what is asked about; else the newest one that uses it."""
    uses = [edge for edge in evidence.edges if edge.parent is evidence.recording.wrt]
    repeating = [edge for edge in uses if np.shape(edge.node._data) != np.shape(edge.parent._data)]
    edge = next(iter([*repeating, *uses]), None)
    return (edge.node, edge.place) if edge is not None else (None, None)


def _is_product(node: Node) -> bool:
    return node.rule is not None and node.rule.contracts


def _product_at(evidence: Evidence) -> tuple[Node | None, Place | None]:
    """The newest matrix product that uses what is asked about; else the operation that repeated it."""
    for edge in evidence.edges:
        if edge.parent is evidence.recording.wrt and _is_product(edge.node):
            return edge.node, edge.place
    return _broadcast_at(evidence)


# ── arrays ──


def _is_one_number(gradients: Sequence[Any]) -> bool:
    """Whether a gradient is the same single number at every point: any claim of −1 is the −1 in front of a mean."""
    return np.shape(gradients[0]) == () and all(same(each, gradients[0]) for each in gradients)


def _is_or_repeats(gradient: Any, trial: Trial) -> bool:
    """Whether a claim is a gradient; one number stands for all entries of a claim of what is asked about's shape."""
    if trial.usable and np.shape(gradient) == ():
        gradient = np.full(np.shape(trial.claimed), gradient)
    return same(gradient, trial.claimed)


def _choices_of_axes(dims: int) -> Iterator[tuple[int, ...]]:
    """All choices of at least one axis, all of them first."""
    if dims:
        yield tuple(range(dims))
    for count in range(1, dims):
        yield from combinations(range(dims), count)


def _sums_to(a: Any, axes: tuple[int, ...], b: Any) -> bool:
    """Whether `a`, summed over `axes`, is `b`, with the axes kept or not."""
    kept = np.sum(a, axis=axes, keepdims=True)
    if np.size(kept) == np.size(a) or np.size(kept) != np.size(b):
        return False
    return any(same(each, b) for each in (kept, np.sum(a, axis=axes)))
