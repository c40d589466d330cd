"""Coloured output, and checks of numbers among the arguments."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable

_CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "blue": 34}


def coloured(text: str, colour: str) -> str:
    """The text in a colour (or bold, or dim), where the output is a terminal and NO_COLOR is not set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def at_least_one(text: str) -> int:
    """The whole number that an option was given; an error of argparse if it is below 1."""
    return _whole(text, 1)


def from_zero(text: str) -> int:
    """The whole number that an option was given; an error of argparse if it is below 0."""
    return _whole(text, 0)


def above_zero(text: str) -> float:
    """The number that an option was given; an error of argparse if it is not above 0, or infinite."""
    return _number(text, "a number above 0", lambda number: number > 0)


def not_below_zero(text: str) -> float:
    """The number that an option was given; an error of argparse if it is below 0, or infinite."""
    return _number(text, "a number of at least 0", lambda number: number >= 0)


def _whole(text: str, least: int) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
    return int(text)


def _number(text: str, what: str, fits: Callable[[float], bool]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or not fits(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return number
