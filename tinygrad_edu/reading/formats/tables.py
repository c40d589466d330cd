"""Tables of Markdown: the formulas in a column of gradients that do not say what they are the gradient of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .passage import UNSAID, Passage

_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")  # between the head of a table and its rows
_HEAD = re.compile(r"gradient|derivative|partial|∂|∇|\bgrad\b|导数|梯度|Ableitung|dérivée|производная", re.IGNORECASE)
_FORMULA = re.compile(r"[-−+*/^@·⊙σΣ√∑(\\]")
_RELATION = re.compile(r"[=≡∝≈→]|\\(propto|approx|to|equiv)\b")
_REASON = "a cell of a table, without a left-hand side: write ∂L/∂w = … in it"


def bare_cells(text: str) -> Iterator[Passage]:
    """The cells with a formula and no =, in the columns whose head speaks of a gradient or derivative."""
    columns: list[int] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if "|" not in line:
            columns = []
        elif number + 1 < len(lines) and "|" in lines[number + 1] and _RULE.fullmatch(lines[number + 1]):
            columns = [place for place, cell in enumerate(_cells(line)) if _HEAD.search(cell)]
        elif columns and not _RULE.fullmatch(line):
            for place, cell in enumerate(_cells(line)):
                if place in columns and _FORMULA.search(cell) and not _RELATION.search(cell):
                    yield Passage(cell.strip(" $`"), UNSAID, number + 1, reason=_REASON)


def _cells(line: str) -> list[str]:
    """The cells of a row."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))]


__all__ = ["bare_cells"]
