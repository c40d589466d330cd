"""One formula or stretch of code of a note, and a note from which one kind of them is taken after the other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

DISPLAY, INLINE, PLAIN, CODE, UNSAID = "display", "inline", "plain", "code", "unsaid"


@dataclass(frozen=True)
class Passage:
    """text: as written, without the signs around it. kind: "display" or "inline" for a formula, "plain" for a line
    that is one without any signs around it, "code" for lines of Python, "unsaid" for what may be a claim and is not
    read, `reason` says why. line: where its text begins, from 1. cell: of
    a notebook, from 1; its lines are counted within the cell.
    """

    text: str
    kind: str
    line: int
    cell: int = 0
    reason: str = ""

    def moved(self, lines: int) -> Passage:
        """The same passage, so many lines further down."""
        return replace(self, line=self.line + lines)


class Note:
    """A text from which passages are taken. Spaces stay in their place, so that no line changes its number."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.kept: list[Passage] = []
        self._ends = [place for place, letter in enumerate(text) if letter == "\n"]

    def take(self, pattern: re.Pattern[str], wanted: Callable[[re.Match[str]], bool] = bool) -> list[re.Match[str]]:
        """Every match of a pattern that is wanted; they are no longer in the text."""
        found = [match for match in pattern.finditer(self.text) if wanted(match)]
        parts, end = [], 0
        for match in found:
            parts += [self.text[end : match.start()], blanked(match.group())]
            end = match.end()
        self.text = "".join([*parts, self.text[end:]])
        return found

    def keep(self, text: str, kind: str, place: int) -> None:
        """Keep a passage whose text begins at a place."""
        if text.strip():
            self.kept.append(Passage(text, kind, self.line(place)))

    def line(self, place: int) -> int:
        """The number of the line in which a place stands."""
        return bisect_right(self._ends, place - 1) + 1


def blanked(text: str) -> str:
    """Spaces in place of a text; its line breaks stay."""
    return re.sub(r"[^\n]", " ", text)
