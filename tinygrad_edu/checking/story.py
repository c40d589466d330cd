"""The verdicts on a derivation's lines, told as a story: where it went wrong, and what is only carried on."""

from __future__ import annotations

from collections.abc import Sequence

from .messages import say
from .verdict import Verdict


def told(verdicts: Sequence[Verdict], wrt: str) -> list[Verdict]:
    """The verdicts with messages that tell a story: where it went wrong, and what is only carried on."""
    story: list[Verdict] = []
    for line, verdict in enumerate(verdicts, start=1):
        if verdict.ok or verdict.mistake == "unparsable":
            story.append(verdict)
            continue
        before = max((n for n in range(1, line) if verdicts[n - 1].ok), default=0)
        origin = next((n for n in range(before + 1, line) if _alike(verdicts[n - 1], verdict)), 0)
        words = {"before": before, "line": origin or line, "wrt": wrt, "message": verdict.message}
        if origin:
            key = "line-same-factor" if verdict.times is not None else "line-same"
            story.append(verdict.saying(say(key, factor=verdict.times, **words)))
        elif verdict.mistake == "mean-factor" and _is_lost_count(verdict):
            key = "line-mean-lost" if before else "line-mean-lost-start"
            count = verdict.times
            assert count is not None
            story.append(verdict.saying(say(key, factor=count, count=count, **words)))
        elif before == line - 1 and before:
            story.append(verdict.saying(say("line-new", **words)))
        else:
            story.append(verdict)
    return story


def _alike(one: Verdict, other: Verdict) -> bool:
    """Whether two lines are wrong by the same mistake."""
    return one.mistake == other.mistake and one.node is other.node and str(one.times) == str(other.times)


def _is_lost_count(verdict: Verdict) -> bool:
    times = verdict.times
    return times is not None and times.number == 1.0 and set(times.powers.values()) == {1}
