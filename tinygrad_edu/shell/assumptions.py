"""Finds what a right claim assumes of the labels of a typed loss.

The labels were drawn as 0 or 1, −1 or 1, or one-hot. A claim can be right on such labels alone: P − Y for a softmax is
the gradient only if the labels add up to 1. So it is judged on other labels, too, and its verdict says what it needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import MisfitError, UnreadableError
from ..paper.notation import pretty
from .formula import Recording
from .judging import judged
from .numbers import Labels


def with_assumptions(verdicts: Sequence[Any], claims: Sequence[str], found: Recording, wrt: str) -> list[Any]:
    """The verdicts on claims; the message of a right one says what it assumes of the labels, if anything."""
    if not found.labels or not any(verdict.ok for verdict in verdicts):
        return list(verdicts)
    general = _judged(found, "any", claims, wrt)
    shares: list[bool] | None = None
    told = []
    for number, verdict in enumerate(verdicts):
        if not verdict.ok or general[number]:
            told.append(verdict)
            continue
        if shares is None:
            shares = _judged(found, "shares", claims, wrt)
        told.append(verdict.saying(f"{verdict.message.removesuffix('.')}, if {_assumption(found, shares[number])}."))
    return told


def _judged(found: Recording, kind: str, claims: Sequence[str], wrt: str) -> list[bool]:
    """Whether each claim is right on labels of another kind. If the loss has no value there, all count as right."""
    try:
        other = found.relabelled(kind)
    except (MisfitError, UnreadableError):
        return [True] * len(claims)
    return [verdict.ok for verdict in judged(other.loss, other.names[wrt], claims)]


def _assumption(found: Recording, shares: bool) -> str:
    """What is assumed of the labels. shares: whether it is enough that they add up to 1."""
    said = [_of(pretty(name), kind, len(found.shapes[name]), shares) for name, kind in found.labels.items()]
    return " and ".join(said)


def _of(name: str, labels: Labels, rank: int, shares: bool) -> str:
    if labels.kind == "one-hot":
        if not shares:
            return f"{name} is one-hot"
        if rank > 2:
            return f"{name} adds up to 1 along the axis of the classes"
        return f"the {'entries' if rank == 1 else 'rows' if labels.axis else 'columns'} of {name} add up to 1"
    return f"{name} is {'−1 or 1' if labels.kind == 'signs' else '0 or 1'} everywhere"
