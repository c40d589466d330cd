"""Formats in which notes are written, one module each: from a file's text to its passages of mathematics and code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePath

from ...errors import UnreadableError
from . import code, html, latex, markdown, notebook, rst
from .passage import CODE, UNSAID, Passage

MOST_PASSAGES = 2_000
_SAYS = re.compile(r"[=≡＝∈∝≈→∼≃]|\\(in|equiv|triangleq|coloneqq|propto|approx|to|rightarrow|simeq|sim)\b")
_Reader = Callable[[str], Iterator[Passage]]
_BY_SUFFIX: dict[str, _Reader] = {
    **dict.fromkeys((".tex", ".latex", ".ltx", ".rnw"), latex.passages),
    **dict.fromkeys((".rst", ".rest"), rst.passages),
    **dict.fromkeys((".html", ".htm", ".xhtml"), html.passages),
    ".ipynb": notebook.passages,
    ".py": code.passages,
}


def passages(text: str, path: str = "") -> list[Passage]:
    """The formulas that say something and the code of a note, in order.

    path: its file, whose suffix tells the format; without one it is Markdown.
    """
    reader = _BY_SUFFIX.get(PurePath(path).suffix.lower(), markdown.passages)
    found = [each for each in reader(text) if each.kind in (CODE, UNSAID) or _SAYS.search(each.text)]
    if len(found) > MOST_PASSAGES:
        raise UnreadableError(f"a note with {len(found):,} formulas is not read; at most {MOST_PASSAGES:,}")
    return sorted(found, key=lambda passage: (passage.cell, passage.line))


__all__ = ["Passage", "passages"]
