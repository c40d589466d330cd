"""The verdicts on a derivation's lines, told in order: where it went wrong, and what is only carried on from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .messages import say
from .verdict import Verdict


def in_order(verdicts: Sequence[Verdict], numbers: Sequence[Any] = ()) -> list[Verdict]:
    """The verdicts on lines that follow from each other, each message saying what is new in its line.

    numbers: what messages call the lines, 1, 2, … if nothing is given.
    """
    called = ["", *(numbers or range(1, len(verdicts) + 1))]
    return [_told(line, verdict, verdicts, called) for line, verdict in enumerate(verdicts, start=1)]


def _told(line: int, verdict: Verdict, verdicts: Sequence[Verdict], called: Sequence[Any]) -> Verdict:
    if verdict.ok is not False or verdict.mistake == "unparsable":
        return verdict
    before = max((n for n in range(1, line) if verdicts[n - 1].ok), default=0)  # the last right line
    origin = next((n for n in range(before + 1, line) if _is_alike(verdicts[n - 1], verdict)), 0)
    if origin:
        key = "line-same-factor" if verdict.times is not None else "line-same"
        return verdict.saying(say(key, factor=verdict.times, line=called[origin], message=verdict.message))
    if _is_lost_count(verdict):
        key = "line-mean-lost" if before else "line-mean-lost-start"
        return verdict.saying(
            say(key, factor=verdict.times, count=verdict.times, before=called[before], line=called[line])
        )
    if before == line - 1 and before:
        return verdict.saying(say("line-new", before=called[before], message=verdict.message))
    return verdict


def _is_alike(one: Verdict, other: Verdict) -> bool:
    """Whether two lines are wrong by the same mistake."""
    return one.mistake == other.mistake and one.node is other.node and str(one.times) == str(other.times)


def _is_lost_count(verdict: Verdict) -> bool:
    """Whether the line is N times the gradient, of which the 1/N of a mean was lost."""
    times = verdict.times
    is_count = times is not None and times.number == 1.0 and set(times.powers.values()) == {1}
    return verdict.mistake == "mean-factor" and is_count
