"""Finds what a right claim assumes of the labels of a typed loss: what they hold, and how many columns they have.

The labels were drawn as 0 or 1, −1 or 1, or one-hot. A claim can be right on such labels alone: P − Y for a softmax is
the gradient only if the labels add up to 1. So it is judged on other labels, too, and its verdict says what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import MisfitError, UnreadableError
from ..paper.notation import pretty
from .formula import Recording
from .numbers import MATRICES, Labels

Judging = Callable[[Recording], Sequence[Any]]  # the verdicts on some claims about a recorded loss


def with_assumptions(verdicts: Sequence[Any], judged: Judging, found: Recording) -> list[Any]:
    """The verdicts on claims; the message of a right one says what it assumes of the labels, if anything.

    judged: judges the same claims about the same loss on other labels.
    """
    if not found.labels or not any(verdict.ok for verdict in verdicts):
        return list(verdicts)
    general = _right(found, "any", judged)
    shares: list[bool] | None = None
    told = []
    for number, verdict in enumerate(verdicts):
        if not verdict.ok or general is None or general[number]:
            told.append(verdict)
            continue
        if shares is None:
            shares = _right(found, "shares", judged) or [True] * len(verdicts)
        told.append(verdict.saying(f"{verdict.message.removesuffix('.')}, if {_assumption(found, shares[number])}."))
    return told


def with_one_output(verdicts: Sequence[Any], judged: Judging, found: Recording) -> list[Any]:
    """The verdicts on claims; a wrong one that is right where the labels y are a single column is right, and says so.

    In a loss such as mean((X@W - y)**2) whoever writes a small y has often one output in mind, and counts by N alone.
    What nothing explains may be explained there.
    """
    if all(verdict.ok is not False for verdict in verdicts) or (narrow := found.of_one_output()) is None:
        return list(verdicts)
    name, other = narrow
    again = with_assumptions(judged(other), judged, other)
    return [
        _with_column(there, pretty(name))
        if verdict.ok is False and (there.ok or (verdict.mistake == "unexplained" != there.mistake))
        else verdict
        for verdict, there in zip(verdicts, again, strict=True)
    ]


def _with_column(verdict: Any, name: str) -> Any:
    """The verdict, and that it takes the labels of that name for a single column."""
    if verdict.ok:
        return verdict.saying(f"{verdict.message.removesuffix('.')}, if {name} is a single column.")
    return verdict.saying(f"{verdict.message} ({name} is taken for a single column.)")


def _right(found: Recording, kind: str, judged: Judging) -> list[bool] | None:
    """Whether each claim is right, or says nothing, on labels of another kind; None if the loss has no value there."""
    try:
        other = found.relabelled(kind)
    except (MisfitError, UnreadableError):
        return None
    return [verdict.ok is not False for verdict in judged(other)]


def _assumption(found: Recording, shares: bool) -> str:
    """What is assumed of the labels. shares: whether it is enough that they add up to 1."""
    labels = [(name, each) for name, each in found.labels.items() if each.kind != "places"]
    said = [_of(pretty(name), each, len(found.shapes[name]), shares) for name, each in labels]
    return " and ".join(said)


def _of(name: str, labels: Labels, rank: int, shares: bool) -> str:
    if labels.kind in MATRICES:
        return f"{name} is symmetric"
    if labels.kind in ("one-hot", "shares"):
        if not shares and labels.kind == "one-hot":
            return f"{name} is one-hot"
        if rank > 2:
            return f"{name} adds up to 1 along the axis of the classes"
        return f"the {'entries' if rank == 1 else 'rows' if labels.axis else 'columns'} of {name} add up to 1"
    return f"{name} is {'−1 or 1' if labels.kind == 'signs' else '0 or 1'} everywhere"
