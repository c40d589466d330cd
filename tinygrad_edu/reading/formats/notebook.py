"""Jupyter notebooks: the formulas of their text cells and the code of the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...errors import UnreadableError
from . import markdown
from .macros import defined, expand
from .passage import CODE, Passage


def passages(text: str) -> Iterator[Passage]:
    """The passages of a notebook, cell by cell. `UnreadableError` if the text is none."""
    cells = _cells(text)
    macros = defined("\n".join(source for kind, source in cells if kind == "markdown"))
    for number, (kind, source) in enumerate(cells, start=1):
        if kind == "code":
            yield Passage(source, CODE, 1, number)
        elif kind == "markdown":
            for passage in markdown.passages(source):
                yield replace(passage, text=expand(passage.text, macros), cell=number)


def _cells(text: str) -> list[tuple[str, str]]:
    """The kind and the text of each cell."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"this is no notebook: {error}") from None
    sheets = held.get("worksheets", [held]) if isinstance(held, dict) else []
    listed = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)] if isinstance(sheets, list) else []
    if not any(isinstance(cells, list) for cells in listed):
        raise UnreadableError("this is no notebook: it has no cells")
    return [_cell(cell) for cells in listed if isinstance(cells, list) for cell in cells]


def _cell(cell: Any) -> tuple[str, str]:
    held = cell if isinstance(cell, dict) else {}
    source = held.get("source", held.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    return str(held.get("cell_type", "")), "".join(line for line in lines if isinstance(line, str))
