"""A function as a claim, at the points at which it is tried: what a search for mistakes begins with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_edu.checking.evidence import Evidence
from tinygrad_edu.checking.functions import FunctionClaim
from tinygrad_edu.checking.replay import Replay


def evidence(loss: Any, wrt: Any, claim: Callable[..., Any], only: Callable[[Replay], Any] | None = None) -> Evidence:
    """Of a claim about ∂loss/∂wrt. only: from the replay to the points; all of its first meaning if it is not given."""
    replay = Replay(loss, wrt)
    (way,) = FunctionClaim(claim, replay).ways()
    points = replay.points(replay.meanings[0]) if only is None else only(replay)
    return Evidence(replay, [way.at(point) for point in points])
