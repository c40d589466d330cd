"""Coloured output, and a check of numbers among the arguments."""

from __future__ import annotations

import argparse
import os
import sys

_CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "blue": 34}


def coloured(text: str, colour: str) -> str:
    """The text in a colour (or bold, or dim), where the output is a terminal and NO_COLOR is not set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def at_least_one(text: str) -> int:
    """The whole number that an option was given; an error of argparse if it is below 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)
