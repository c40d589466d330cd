"""One column of a table: its texts, as numbers if they are numbers, as categories if they are not."""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

# How people and programs write that a value is missing, in lower case.
MISSING = frozenset(["", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "?", "-", "--", "."])
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?|[+-]?\d{1,3}(\.\d{3})+,\d+")
_DECORATED = re.compile(r"[+-]?[$€£¥]?\s*\d[\d\s_.,']*[%‰°$€£¥]?")  # a number, and what a person adds to it
_MINUS = str.maketrans("\N{MINUS SIGN}", "-")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # 1,234: a decimal comma, or thousands
_NAMED = 5  # texts that an error lists
_MANY = 50  # different texts from which on a column is asked whether they are categories at all


class Column:
    """The cells of a column, or numbers that were read already.

    where, lines: the file and the line of each cell, for errors. parted_by_commas: whether commas part the cells, so
    that one inside a cell may be meant otherwise than as a decimal comma. with_comma: whether numbers had one. texts:
    the texts that its categories are known by; a cell with another one is refused, and none is taken for a number.
    """

    def __init__(
        self,
        where: str,
        name: str,
        cells: Sequence[str] = (),
        lines: Sequence[int] = (),
        parted_by_commas: bool = True,
        numbers: np.ndarray | None = None,
        texts: tuple[str, ...] = (),
    ) -> None:
        self.where, self.name, self.cells, self.lines = where, name, cells, lines
        self.parted_by_commas, self.with_comma = parted_by_commas, False
        self.texts = texts
        if texts:
            self.cells = [cell.strip() for cell in cells]
            self._refuse_missing()
            self.numbers = None
        else:
            self.numbers = self._numbers() if numbers is None else numbers

    def refuse(self, at: int, why: str) -> NoReturn:
        """Raise ValueError with the place of a cell."""
        called = self.name if self.name.startswith("column ") else f"column {self.name}"  # one without a name
        raise ValueError(f"{self.where}, row {self.lines[at]}, {called}: {why}")

    def _numbers(self) -> np.ndarray | None:
        """The cells as numbers; None if they are texts. A few texts among numbers are refused."""
        try:
            found = np.array(list(map(float, self.cells)))
        except ValueError:
            found = None
        if found is None or not np.all(np.isfinite(found)) or "_" in "".join(self.cells):
            self.cells = [cell.strip() for cell in self.cells]
            self._refuse_missing()
            found = self._otherwise()
        return found

    def _refuse_missing(self) -> None:
        if not {cell.lower() for cell in set(self.cells)}.isdisjoint(MISSING):
            at = next(i for i, cell in enumerate(self.cells) if cell.lower() in MISSING)
            what = f"{self.cells[at]!r} says that a value is missing" if self.cells[at] else "nothing stands there"
            self.refuse(at, f"{what}; fill it in, or leave the row or the column out")

    def _otherwise(self) -> np.ndarray | None:
        """Numbers with decimal commas, or with a typeset minus; None of texts."""
        cells = [cell.translate(_MINUS) for cell in self.cells]
        plain = [_PLAIN.fullmatch(cell) is not None for cell in cells]
        comma = [_DECIMAL_COMMA.fullmatch(cell) is not None for cell in cells]
        numeric = [a or b for a, b in zip(plain, comma, strict=True)]
        if 2 * sum(numeric) < len(numeric):
            self._warn_of_decorated(cells)
            return None
        if not all(numeric):
            at = numeric.index(False)
            self.refuse(at, f"{self.cells[at]!r} is no finite number; {sum(numeric)} of {len(numeric)} cells of it are")
        if any(comma):
            self._refuse_thousands(comma)
            self.with_comma = True
            self.refuse_points()
        if any(comma):
            cells = [cell.replace(".", "").replace(",", ".") for cell in cells]
        found = np.array(list(map(float, cells)))
        if not np.all(np.isfinite(found)):
            at = int(np.argmin(np.isfinite(found)))
            self.refuse(at, f"{self.cells[at]!r} is larger than every number that a computer holds")
        return found

    def _warn_of_decorated(self, cells: Sequence[str]) -> None:
        """Say that cells such as 5 %, $5 or 5 000 are texts, which become categories."""
        decorated = [at for at, cell in enumerate(cells) if _DECORATED.fullmatch(cell)]
        if 2 * len(decorated) >= len(cells):
            warnings.warn(
                f"{self.where}, column {self.name}: {self.cells[decorated[0]]!r} is a text, so the column holds "
                "categories; if it is measured, write the numbers alone",
                stacklevel=2,
            )

    def _refuse_thousands(self, comma: Sequence[bool]) -> None:
        """Raise if no cell says whether commas are decimal; `comma`: which cells have one."""
        sure = any(has and not _EITHER.fullmatch(cell) for cell, has in zip(self.cells, comma, strict=True))
        if self.parted_by_commas and not sure:
            at = comma.index(True)
            self.refuse(at, f"{self.cells[at]!r} may have a decimal comma, or thousands; write 1.5 or 1500")

    def refuse_points(self) -> None:
        """Raise where a cell has a decimal point, in a table whose numbers have decimal commas."""
        for at, cell in enumerate(self.cells):
            if "." in cell and "," not in cell:
                self.refuse(at, f"{cell!r} has a point, other numbers of the table a decimal comma: which is it?")

    def encoded(self, role: str) -> tuple[np.ndarray, tuple[str, ...]]:
        """The number of each cell's text among all that occur, and these in their order."""
        texts, numbers = np.unique(np.array([cell.strip() for cell in self.cells]), return_inverse=True)
        if len(texts) > _MANY and 2 * len(texts) > len(self.cells):
            raise ValueError(
                f"{self.where}, column {self.name}: {len(texts)} different texts in {len(self.cells)} rows are no "
                f"{role}; leave the column out"
            )
        return numbers, tuple(map(str, texts))

    def features(self) -> list[tuple[str, np.ndarray]]:
        """The columns of X that this column becomes, each with its name; `texts` are the categories then."""
        if self.numbers is not None:
            return [(self.name, self.numbers)]
        places = self._places() if self.texts else None
        if places is None:
            places, self.texts = self.encoded("categories")
        chosen = [1] if len(self.texts) == 2 else range(len(self.texts))  # of two texts one column says which it is
        return [(f"{self.name}={self.texts[place]}", (places == place).astype(float)) for place in chosen]

    def refuse_texts(self) -> None:
        """Raise where texts stand and numbers are needed."""
        if self.numbers is None:
            self.refuse(0, f"{self.cells[0]!r} is no number; the column held numbers before")

    def _places(self) -> np.ndarray:
        """The place of each cell's text among the texts that are known."""
        places = {text: place for place, text in enumerate(self.texts)}
        for at, cell in enumerate(self.cells):
            if cell not in places:
                near = difflib.get_close_matches(cell, self.texts, n=1)
                some = ", ".join(map(repr, self.texts[:_NAMED])) + (", …" if len(self.texts) > _NAMED else "")
                known = f"; the nearest is {near[0]!r}" if near else f"; there were {some}"
                self.refuse(at, f"{cell!r} is a text that did not occur before{known}")
        return np.array([places[cell] for cell in self.cells])
