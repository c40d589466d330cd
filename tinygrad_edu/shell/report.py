"""Claims and what is said of each, printed in words or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..checking.verdict import Verdict
from .style import coloured

RIGHT, WRONG, UNREAD, PASSED = "right", "wrong", "not read", "passed over"
_MARKS = {RIGHT: ("✓", "green"), WRONG: ("✗", "red"), UNREAD: ("?", "yellow"), PASSED: ("–", "yellow")}


@dataclass(frozen=True)
class Told:
    """A claim and what is said of it: its verdict, or in `reason` why it has none.

    kind: "right", "wrong", "not read" or "passed over". wrt: the name by which the loss is derived, "" where that is
    not known. where: its file and line, as they are printed. line, cell: its place in a note.
    """

    text: str
    kind: str
    verdict: Verdict | None = None
    wrt: str = ""
    reason: str = ""
    where: str = ""
    line: int | None = None
    cell: int | None = None

    @classmethod
    def of(cls, text: str, verdict: Verdict, wrt: str) -> Told:
        """A claim that was judged."""
        return cls(text, kind_of(verdict), verdict, wrt)

    def paragraphs(self, solution: bool) -> list[str]:
        """What is printed below the claim: the hint, then the message, then the solution if it is asked for."""
        verdict = self.verdict
        if self.reason or verdict is None:
            return [self.reason]
        if self.kind != WRONG:
            return [verdict.message]
        return [verdict.hint, verdict.message, *([verdict.solution] if solution else [])]

    def as_data(self) -> dict[str, Any]:
        """The claim and its verdict for JSON."""
        data: dict[str, Any] = {"claim": " ".join(self.text.split()), "wrt": self.wrt or None, "verdict": self.kind}
        if self.line is not None:
            data |= {"line": self.line, "cell": self.cell}
        data["message"] = self.reason or (self.verdict.message if self.verdict is not None else "")
        if self.kind == WRONG and self.verdict is not None:
            verdict = self.verdict
            data |= {"mistake": verdict.mistake, "hint": verdict.hint, "solution": verdict.solution}
        return data


def kind_of(verdict: Verdict) -> str:
    """What a verdict counts as."""
    if verdict.ok is None:
        return PASSED
    if verdict.mistake == "unparsable":
        return UNREAD
    return RIGHT if verdict.ok else WRONG


def exit_code(told: Sequence[Told]) -> int:
    """1 if a claim is wrong, 2 if one was not read, else 0."""
    kinds = {each.kind for each in told}
    return 1 if WRONG in kinds else 2 if UNREAD in kinds else 0


def print_told(told: Sequence[Told], solution: bool) -> None:
    """Print each claim, and what is said of it indented below."""
    for each in told:
        print(f"{coloured(*_MARKS[each.kind])} {each.where}{' '.join(each.text.split())}")
        for paragraph in each.paragraphs(solution):
            for line in str(paragraph or "").splitlines():
                print(f"    {line}")


def print_json(told: Sequence[Told], more: Mapping[str, Any]) -> None:
    """Print one JSON object with every claim in it."""
    print(
        json.dumps({**more, **counts(told), "claims": [each.as_data() for each in told]}, ensure_ascii=False, indent=2)
    )


def counts(told: Sequence[Told]) -> dict[str, int]:
    """How many claims there are of each kind; found are those that were to be compared."""
    number = {kind: sum(each.kind == kind for each in told) for kind in (RIGHT, WRONG, UNREAD, PASSED)}
    return {"found": len(told) - number[PASSED], **number}


def summary(told: Sequence[Told]) -> str:
    """All of it in one line: `7 found: 4 right, 1 wrong (line 23), 2 not read`."""
    number = counts(told)
    wrong = [each for each in told if each.kind == WRONG]
    cells = any(each.cell for each in wrong)
    places = list(dict.fromkeys(f"cell {each.cell} line {each.line}" if cells else str(each.line) for each in wrong))
    lines = "" if cells else f"line{'s' * (len(places) > 1)} "
    where = f" ({lines}{', '.join(places)})" if wrong else ""
    counted = [f"{number[RIGHT]} right", f"{number[WRONG]} wrong{where}", f"{number[UNREAD]} not read"]
    passed = f"; {number[PASSED]} passed over" if number[PASSED] else ""
    return f"{number['found']} found: {', '.join(counted)}{passed}"
