"""What is said of a text that cannot be read: the reason, the place, a caret under it."""

from __future__ import annotations

LONGEST, DEEPEST, TALLEST = 4_000, 60, 120  # characters of a claim; parentheses, and operations, inside each other


class Unreadable(ValueError):  # noqa: N818 (what a reader says of a text)
    """A claim that cannot be read. `position` counts characters of `text`; str() has a line with a caret."""

    def __init__(self, message: str, position: int = 0, text: str = "") -> None:
        self.message, self.position, self.text = message, position, text
        super().__init__(message)

    def line(self) -> str:
        """The same in one line: the place is quoted."""
        if not self.text:
            return self.message
        near = " ".join(self.text[self.position : self.position + 20].split())
        return f"{self.message} (at character {self.position + 1}{f', {near}' if near else ', the end'})"

    def __str__(self) -> str:
        if not self.text:
            return self.message
        before = self.text[: self.position]
        start = before.rfind("\n") + 1
        line = self.text[start:].split("\n", 1)[0]
        column = self.position - start
        if len(line) > 100:
            cut = max(0, column - 50)
            line, column = line[cut : cut + 100], column - cut
        return f"{self.message}\n  {line}\n  {' ' * column}^"


def refuse_unreasonable(text: str) -> None:
    """Refuse a text no person writes, before anything walks it."""
    if not isinstance(text, str):
        raise Unreadable(f"a claim to be read is a str, not {type(text).__name__}")
    if len(text) > LONGEST:
        raise Unreadable(f"the claim is {len(text):,} characters long; at most {LONGEST:,} are read")
    depth = 0
    for position, letter in enumerate(text):
        if letter in "([{":
            depth += 1
            if depth > DEEPEST:
                raise Unreadable(f"parentheses more than {DEEPEST} deep are not read", position, text)
        elif letter in ")]}":
            depth -= 1
