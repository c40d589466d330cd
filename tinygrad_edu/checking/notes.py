"""The lines of a note: verdicts on its claims, and whether the graph agrees with what it says a name is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.graph import Node
from ..errors import UnreadableError
from .judge import Derived, Judge
from .lines import in_order
from .messages import loss_called
from .points import Point
from .replay import Replay, as_if_alone
from .speaker import loss_name
from .texts import read_text
from .trials import Way, same
from .verdict import Verdict


def check_claims(
    derivation: Derived, lines: Sequence[str], claims: Sequence[int], called: Sequence[Any], loss: str = ""
) -> list[Verdict]:
    """The verdicts on those `lines` whose places are in `claims`; the others define symbols for them.

    called: what messages call each claim, such as the number of its line in the note. loss: what they call the loss.
    """
    with as_if_alone(), loss_called(loss or loss_name(derivation.loss)):
        verdicts = Judge(derivation).verdicts(lines)
        return in_order([verdicts[place] for place in claims], called)


def holds(loss: Node, node: Node, text: str, before: Sequence[str] = ()) -> bool | None:
    """Whether an equation that says what a node is agrees with the graph: under one of the ways to read it, everywhere.

    before: lines that define symbols for it. None if it cannot be read, or its shapes do not fit under any way.
    """
    with as_if_alone():
        replay = Replay(loss, node)
        try:
            ways = [way for claim in read_text(text, replay, before) for way in claim.ways()]
        except UnreadableError:
            return None
        points = [replay.recorded, *replay.points(replay.meanings[0])]
        agreed = [_agree(way, points, node) for way in ways]
        return True if True in agreed else False if False in agreed else None


def _agree(way: Way, points: Sequence[Point], node: Node) -> bool | None:
    """Whether a text has a node's value at all points where it has one; None if that is at most one."""
    trials = [(way.at(point), point.value(node)) for point in points]
    compared = [(trial.claimed, value) for trial, value in trials if trial.claimed is not None and not trial.trouble]
    if not all(same(claimed, value) for claimed, value in compared):
        return False
    return True if len(compared) > 1 else None


__all__ = ["check_claims", "holds"]
