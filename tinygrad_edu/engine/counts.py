"""Whole numbers that somebody gives: how many features a layer has, how many epochs a training takes."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np


def is_whole(n: Any, least: int | None = None) -> TypeGuard[int]:
    """Whether `n` is a whole number, Python's or NumPy's, and at least so large; True and False are none."""
    whole = isinstance(n, (int, np.integer)) and not isinstance(n, bool)
    return whole and (least is None or bool(n >= least))


def refuse_no_count(call: str, least: int = 1, /, **given: Any) -> None:
    """Raise TypeError or ValueError, with the argument's name, where a number is no whole one, or is too small."""
    for name, count in given.items():
        if not is_whole(count, least):
            kind = ValueError if is_whole(count) else TypeError
            raise kind(f"{call}: {name}={count!r}; it is a whole number from {least} on")
