"""How wide letters are, about: what is drawn without knowing the reader's fonts has to leave room for them."""

from __future__ import annotations

import unicodedata


def text_width(line: str, size: float) -> float:
    """About how wide a line of text is in a sans-serif type of `size` points.

    >>> text_width("", 12) == 0.0, text_width("mm", 12) > text_width("ii", 12)
    (True, True)
    """
    return sum(map(_width, line)) * size * 0.585


def _width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.9
    return 0.55 if letter in "ijlI.,:;'|!()[] ₁·" else 1.3 if letter in "mwMW—…" else 1.0
