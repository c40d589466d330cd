"""Limits on a text: how long it may be, and how deep its parts may stand inside each other."""

from __future__ import annotations

from ..errors import UnreadableError

LONGEST = 4_000  # characters of a claim
DEEPEST = 60  # parentheses inside each other
TALLEST = 120  # operations inside each other


def refuse_unreasonable(text: str) -> None:
    """Raise `UnreadableError` for a text that is too long or too deep to be anybody's formula."""
    if not isinstance(text, str):
        raise UnreadableError(f"a claim to be read is a str, not {type(text).__name__}")
    if len(text) > LONGEST:
        raise UnreadableError(f"this is {len(text):,} characters long; at most {LONGEST:,} are read")
    depth = 0
    for position, letter in enumerate(text):
        if letter in "([{":
            depth += 1
            if depth > DEEPEST:
                raise UnreadableError(f"parentheses more than {DEEPEST} deep are not read", position, text)
        elif letter in ")]}":
            depth -= 1
