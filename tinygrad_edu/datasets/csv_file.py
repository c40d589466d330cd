"""Reading a table from a CSV file, as spreadsheets write it; what is not sure is refused, with its place."""

from __future__ import annotations

import csv
import difflib
import math
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NoReturn

import numpy as np

from .columns import MISSING, Column
from .dataset import Dataset

LARGEST = 250_000_000  # bytes; the table takes several times that while it is read
_LOOKED_AT = 20  # lines that are looked at for the sign between cells
_FEW_CLASSES = 20
_SIGNS = (";", "\t", "|", ",")  # what may part cells
_POINT_OR_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_LISTED = 8  # names in an error
Rows = list[list[str]]
Wanted = Sequence[tuple[str, tuple[str, ...]]]  # names of columns, and the texts in each; () of numbers


def read_csv(path: str | os.PathLike[str], target: str | None = None, classes: bool | None = None) -> Dataset:
    """The samples in a CSV file, a row each.

    target: the name of the column that is to be predicted; the last, if none is named. Texts in it are classes, and so
    are whole numbers if at most 20 different ones occur, each more than once; other numbers are measured. classes: True
    or False, where that is to be decided otherwise.

    The first row is taken for names if it holds no number; without names the columns are x_1, x_2, …, y. Cells are
    parted by commas, semicolons, tabs or bars, whichever makes rows of one length. A decimal comma is understood where
    it cannot be meant otherwise. A column of texts becomes one column of 0 and 1 for each text ("colour=red"), or a
    single one if there are two texts.

    ValueError: nothing is there, the rows differ in length, a value is missing or no number, the target is the same in
    every row, the file is no UTF-8 text, or larger than 250 MB. It says the row (the line of the file) and the column.
    """
    where = os.fspath(path)
    lines = _lines(where)
    sign = _delimiter(lines)
    columns = _columns_of_numbers(where, lines, sign) or _columns(where, lines, sign)
    if sign == ";":
        _warn_of_thousands(where, lines, columns)
    _warn_of_row_numbers(where, columns)
    wanted = columns.pop(_chosen(where, [column.name for column in columns], target))
    if not columns:
        raise ValueError(f"{where}: there is one column, {wanted.name}; a target and at least one feature are needed")
    y, meanings = _target(where, wanted, classes)
    features = [feature for column in columns for feature in column.features()]
    return Dataset(
        np.column_stack([values for _, values in features]),
        y,
        tuple(name for name, _ in features),
        meanings,
        os.path.splitext(os.path.basename(where))[0],
        wanted.name,
        tuple((column.name, column.texts) for column in columns),
    )


def read_features(path: str | os.PathLike[str], like: Dataset | Wanted) -> np.ndarray:
    """The features (N, D) in another CSV file, as they are in the data `like`: to predict what is not known.

    like: the data, or its `columns`. Columns are found by their names, in whatever order they stand; others, the target
    among them, are passed over. Texts are encoded as they are there. A file without names has the same columns as the
    file that the data were read from, the target the last of them or left out.

    ValueError: a column is missing, holds a text that did not occur in the data, or texts in place of numbers; or what
    `read_csv` refuses.
    """
    where = os.fspath(path)
    wanted = like.columns if isinstance(like, Dataset) else like
    text = _lines(where)
    sign = _delimiter(text) if len(wanted) > 1 else _delimiter_of_one(where, text)
    quick = [] if any(texts for _, texts in wanted) else _columns_of_numbers(where, text, sign, wanted)
    columns = {column.name: column for column in quick} or _wanted_columns(where, text, sign, wanted)
    if sign == ";" and len(wanted) > 1:  # nothing parts the cells of a single column
        _warn_of_thousands(where, text, list(columns.values()), wanted)
    for name, _ in wanted:
        if name not in columns:
            _refuse_lack(where, name, [name for name, _ in wanted], list(columns))
    return np.column_stack([values for name, _ in wanted for _, values in columns[name].features()])


def _wanted_columns(where: str, text: Sequence[str], sign: str, wanted: Wanted) -> dict[str, Column]:
    """The columns of those names, by them, read as the texts or numbers that they are to hold; others unread."""
    rows, lines = _rows(where, text, sign)
    names, kinds = _names(where, rows[0], wanted), dict(wanted)
    if _is_head(rows[0]):
        rows, lines = rows[1:], lines[1:]
    if not rows:
        raise ValueError(f"{where}: no rows below the names of the columns")
    for name in kinds:
        if name not in names:
            _refuse_lack(where, name, list(kinds), names)
    columns = {
        name: Column(where, name, cells, lines, sign == ",", texts=kinds[name])
        for name, cells in zip(names, zip(*rows, strict=True), strict=True)
        if name in kinds
    }
    numeric = [column for name, column in columns.items() if not kinds[name]]
    for column in numeric:
        column.refuse_texts()
    _refuse_mixture(numeric)
    return columns


def _refuse_lack(where: str, name: str, wanted: Sequence[str], there: Sequence[str]) -> NoReturn:
    """Raise, as a column is missing."""
    more = [other for other in wanted if other not in there and other != name]
    near = difflib.get_close_matches(name, there, n=1)
    raise ValueError(
        f"{where}: there is no column {name!r}{f', nor {len(more)} more of those needed' if more else ''}; "
        f"{f'the nearest is {near[0]!r}' if near else f'there are {_some(there)}'}"
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")


def _target(where: str, column: Column, classes: bool | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """What is to be predicted, and the meanings of its numbers if they are classes."""
    called = f"{where}: the target, column {column.name},"
    if len(set(column.cells if column.numbers is None else column.numbers.tolist())) == 1:
        first = column.cells[0] if column.numbers is None else _written(float(column.numbers[0]))
        raise ValueError(f"{called} is {first!r} in every row; there is nothing to predict")
    if column.numbers is None:
        if classes is False:
            raise ValueError(f"{called} holds texts such as {column.cells[0]!r}, which are not measured")
        return column.encoded("classes of a target")
    values, counts = np.unique(column.numbers, return_counts=True)
    if classes is None:
        classes = bool(np.all(values == np.floor(values)) and len(values) <= _FEW_CLASSES and counts.min() > 1)
    if not classes:
        return column.numbers, ()
    return np.searchsorted(values, column.numbers), tuple(map(_written, values.tolist()))


def _written(number: float) -> str:
    """A number as a class is called, so that no two are called the same."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _chosen(where: str, names: Sequence[str], target: str | None) -> int:
    if target is None:
        return len(names) - 1
    if target not in names:
        near = difflib.get_close_matches(str(target), names, n=1)
        there = f"the nearest is {near[0]}" if near else f"there are {', '.join(names)}"
        raise ValueError(f"{where}: there is no column {target!r} for the target; {there}")
    return names.index(target)


def _columns_of_numbers(where: str, lines: Sequence[str], sign: str, wanted: Wanted = ()) -> list[Column]:
    """The columns of a table that holds finite numbers alone, read ten times as fast; none of another table."""
    first: list[str] = next(csv.reader(lines[:1], delimiter=sign), [])
    if len(first) < 2 or len(list(filter(str.strip, lines[:3]))) < 3 or lines[0].count('"') % 2:
        return []
    try:
        table = np.loadtxt(lines[_is_head(first) :], delimiter=sign, comments=None, quotechar='"', ndmin=2)
    except ValueError:
        return []
    if len(table) < 2 or table.shape[1] != len(first) or not np.all(np.isfinite(table)):
        return []
    return [Column(where, name, numbers=table[:, i]) for i, name in enumerate(_names(where, first, wanted))]


def _columns(where: str, text: Sequence[str], sign: str) -> list[Column]:
    """The columns of any table, cell by cell."""
    rows, lines = _rows(where, text, sign)
    names, unnamed = _names(where, rows[0]), [not cell.strip() for cell in rows[0]]
    if _is_head(rows[0]):
        rows, lines = rows[1:], lines[1:]
    if len(rows) < 2:
        raise ValueError(f"{where}: {'no rows' if not rows else 'a single row'} below the names of the columns")
    columns = [
        Column(where, name, cells, lines, sign == ",")
        for name, bare, cells in zip(names, unnamed, zip(*rows, strict=True), strict=True)
        if not bare or any(map(str.strip, cells))  # a spreadsheet's empty columns, with no name and no cell
    ]
    _refuse_mixture([column for column in columns if column.numbers is not None])
    return columns


def _refuse_mixture(columns: Sequence[Column]) -> None:
    """Raise where decimal points stand in a table that has decimal commas."""
    if any(column.with_comma for column in columns):
        for column in columns:
            column.refuse_points()


def _warn_of_thousands(where: str, lines: Sequence[str], columns: Sequence[Column], wanted: Wanted = ()) -> None:
    """Warn of a column such as 1.500, 12.250, 300.000, in a file as those write it who mean one thousand five hundred.

    Where one number of the table has a decimal comma, the point was refused before.
    """
    doubtful = [column for column in columns if column.numbers is not None and _may_be_thousands(column.numbers)]
    if not doubtful:
        return
    rows = [row for row in csv.reader(lines, delimiter=";") if any(map(str.strip, row))]
    names = _names(where, rows[0], wanted)
    for column in doubtful:
        place = names.index(column.name)
        cells = [row[place].strip() for row in (rows[1:] if _is_head(rows[0]) else rows)]
        if all(map(_POINT_OR_THOUSANDS.fullmatch, cells)):
            warnings.warn(
                f"{where}, column {column.name}: {cells[0]} is read as {float(cells[0])}, with a decimal point; "
                f"if the point parts thousands, write {cells[0].replace('.', '')}",
                stacklevel=3,
            )


def _warn_of_row_numbers(where: str, columns: Sequence[Column]) -> None:
    """Warn of a first column without a name that counts the rows: a table's index, and no feature."""
    first = columns[0]
    if first.name == "column 1" and first.numbers is not None and np.all(np.diff(first.numbers) == 1):
        warnings.warn(
            f"{where}: the first column has no name and counts the rows; it is taken for a feature, leave it out if it "
            "is none (in pandas: index=False)",
            stacklevel=3,
        )


def _may_be_thousands(numbers: np.ndarray) -> bool:
    """Whether numbers with a decimal point may have been written with three digits before it, at most, and no 0."""
    size = np.abs(numbers)
    return bool(np.all((size >= 1) & (size < 1000)) and not np.all(size == np.floor(size)))


def _rows(where: str, text: Sequence[str], sign: str) -> tuple[Rows, list[int]]:
    """The rows, all of one length, and the line of the file that each ends on; empty ones are passed over."""
    rows: Rows = []
    lines = []
    reader = csv.reader(text, delimiter=sign, strict=True)
    try:
        for row in reader:
            if any(row) and any(map(str.strip, row)):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise ValueError(f"{where}, row {reader.line_num}: {error}; is a quotation mark left open?") from None
    if not rows:
        raise ValueError(f"{where}: the file is empty")
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(rows[0]):
            raise ValueError(f"{where}, row {line}: {_cells(row)}, but the first row has {len(rows[0])}")
    return rows, lines


def _names(where: str, first: Sequence[str], wanted: Wanted = ()) -> list[str]:
    """The names in the first row, or names for columns that have none.

    wanted: the columns of a file that had none either; the target among those of this file may be missing.
    """
    if not _is_head(first):
        unnamed = [f"x_{i}" for i in range(1, len(wanted) + 1 if wanted else len(first))] + ["y"]
        if foreign := next((name for name, _ in wanted if name not in unnamed), None):
            raise ValueError(f"{where}: the first row is to hold the names of the columns, {foreign!r} among them")
        if len(first) == len(wanted):
            return [name for name, _ in wanted]
        if len(first) != len(unnamed):
            raise ValueError(f"{where}: {_cells(first)} in a row without names; {len(wanted)} features are needed")
        return unnamed
    names = [name.strip() or f"column {i}" for i, name in enumerate(first, start=1)]
    if twice := next((name for i, name in enumerate(names) if name in names[:i]), None):
        raise ValueError(f"{where}: two columns are called {twice!r}")
    return names


def _cells(row: Sequence[str]) -> str:
    return f"{len(row)} cell{'s' if len(row) != 1 else ''}"


def _is_head(row: Sequence[str]) -> bool:
    """Whether a row holds names: texts alone."""
    return not any(cell.strip().lower() in MISSING - {""} or _is_number(cell) for cell in row)


def _is_number(cell: str) -> bool:
    try:
        return not math.isnan(float(cell.replace(",", ".")))
    except ValueError:
        return False


def _lines(where: str) -> list[str]:
    """The lines of a file."""
    if os.path.isdir(where):
        raise ValueError(f"{where} is a folder; the path of a CSV file is needed")
    try:
        size = os.path.getsize(where)
    except OSError as error:
        raise FileNotFoundError(f"{where}: {error.strerror}") from None
    if size > LARGEST:
        raise ValueError(
            f"{where}: {size / 1e6:,.0f} MB; up to {LARGEST / 1e6:.0f} MB are read. Take a part of the rows"
        )
    with open(where, "rb") as file:
        raw = file.read()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError(f'{where}: the text is UTF-16; save it as UTF-8 (in a spreadsheet: "CSV UTF-8")')
    if b"\0" in raw:
        raise ValueError(f"{where}: this is no text, it holds zero bytes; save the table as CSV")
    try:
        lines = raw.decode("utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{where}, row {line}: the byte 0x{raw[error.start]:02x} is no UTF-8; save the file as UTF-8 (in a "
            'spreadsheet: "CSV UTF-8")'
        ) from None
    return lines


def _delimiter(lines: Sequence[str]) -> str:
    """What parts the cells: the first sign that makes rows of one length, or else the one with most cells."""
    widths = {sign: list(_widths(lines, sign)) for sign in _SIGNS}
    for sign in _SIGNS:
        if widths[sign] and widths[sign][0] > 1 and len(set(widths[sign])) == 1:
            return sign
    return max(reversed(_SIGNS), key=lambda sign: max(widths[sign], default=0))


def _delimiter_of_one(where: str, lines: Sequence[str]) -> str:
    """The same where a single column is enough: then nothing parts cells, and a comma is a decimal one."""
    first = lines[0].strip() if lines else ""
    if re.fullmatch(r"[+-]?\d+,\d+", first):
        raise ValueError(f"{where}, row 1: {first!r} may be two cells, or have a decimal comma; name the columns")
    return _delimiter(lines) if any(sign in first for sign in _SIGNS) else ";"


def _widths(lines: Sequence[str], sign: str) -> Iterator[int]:
    reader: Any = csv.reader(lines, delimiter=sign)
    try:
        for row in islice((row for row in reader if row), _LOOKED_AT):
            yield len(row)
    except csv.Error:  # it is said when the whole is read
        return
