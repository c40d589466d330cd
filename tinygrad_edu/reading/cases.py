"""Cases: the lines behind a brace, each with a value and the condition under which it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..errors import UnreadableError
from .pieces import Piece, in_parentheses, joining, parted, split
from .signs import CONDITIONS, OTHERWISE
from .tree import Applied, Expression, Number, all_hold

_BETWEEN = ("COMMA", "PROSE", "QUAD", "DOT", "COLON", "ALIGN")


class Reader(Protocol):
    """What is needed of the reader of the text around the cases."""

    indices: set[str]

    def parse(self, pieces: Sequence[Piece], /) -> Expression:
        """The expression that pieces are."""

    def fail(self, message: str, at: int) -> UnreadableError:
        """The error to raise at a place."""


class Cases:
    """Reads the lines of cases: the first one whose condition holds counts; where none does, there is no number."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def read(self, lines: Sequence[Sequence[Piece]], at: int) -> Expression:
        """The cases as conditions inside each other."""
        found: Expression = Number(at, float("nan"))
        for number, line in reversed([*enumerate(lines)]):
            value, condition = self._columns(line)
            if condition is not None:
                found = Applied(at, "where", (condition, value, found))
            elif number == len(lines) - 1:
                found = value
            else:
                raise self.reader.fail("a case without its condition", line[0].at)
        return found

    def _columns(self, line: Sequence[Piece]) -> tuple[Expression, Expression | None]:
        """The value of a line, and its condition; None for the one that holds otherwise."""
        columns = parted(line, ("ALIGN",))
        if len(columns) == 1:
            place = len(parted(line, _BETWEEN)[0])
            columns = [list(line[:place]), list(line[place:])]
        value, condition = columns[0], [piece for column in columns[1:] for piece in column]
        while value and value[-1].kind in _BETWEEN:
            value = value[:-1]
        if not value:
            raise self.reader.fail("a case without a value", line[0].at)
        condition = [piece._replace(kind="OR") if joining(piece) == "OR" else piece for piece in condition]
        words = [piece for piece in condition if piece.kind == "PROSE"]
        foreign = [word for word in words if str(word.value).lower().strip(" ,.") not in CONDITIONS | OTHERWISE]
        if foreign:
            raise self.reader.fail(f"{foreign[0].value!r} is not read as a condition", foreign[0].at)
        return self.reader.parse(value), self._joined(condition)

    def _joined(self, condition: Sequence[Piece]) -> Expression | None:
        """What is read where conditions stand side by side: all of them hold."""
        parts = split(condition, _BETWEEN)
        for part in parts:
            if not any(piece.kind in ("RELATION", "EQ") for piece in part):
                raise self.reader.fail("a condition is a comparison", part[0].at)
        read = [self.reader.parse(in_parentheses(part)) for part in parts]
        return all_hold(read) if read else None


__all__ = ["Cases"]
