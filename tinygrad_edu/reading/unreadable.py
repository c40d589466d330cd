"""What is said of a text that cannot be read: the reason, the place, a caret under it."""

from __future__ import annotations

from ..errors import UnreadableError

LONGEST, DEEPEST, TALLEST = 4_000, 60, 120  # characters of a claim; parentheses, and operations, inside each other


def refuse_unreasonable(text: str) -> None:
    """Refuse a text no person writes, before anything walks it."""
    if not isinstance(text, str):
        raise UnreadableError(f"a claim to be read is a str, not {type(text).__name__}")
    if len(text) > LONGEST:
        raise UnreadableError(f"the claim is {len(text):,} characters long; at most {LONGEST:,} are read")
    depth = 0
    for position, letter in enumerate(text):
        if letter in "([{":
            depth += 1
            if depth > DEEPEST:
                raise UnreadableError(f"parentheses more than {DEEPEST} deep are not read", position, text)
        elif letter in ")]}":
            depth -= 1
