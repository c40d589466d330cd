"""Blocks beside each other: [1 H], a matrix with a column of ones before H, or [x, 1], a vector with a 1 behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..engine.rules import shape
from ..errors import MisfitError
from ..tensors import functions
from .alternatives import Alternatives
from .entries import Entries
from .pieces import Piece
from .tree import Expression, Run

_OPERATORS = ("PLUS", "MINUS", "TIMES", "SLASH", "RELATION", "EQ", "BIG", "BAR", "LBAR", "COLON")


@dataclass(frozen=True, eq=False)
class Block(Expression):
    """Parts beside each other: columns of a matrix, or entries of a vector. A single number fills its column."""

    columns: tuple[Expression, ...]

    def value(self, run: Run) -> Entries:
        """The parts put together."""
        found = [part.value(run) for part in self.columns]
        if any(part.labels or part.rank > 2 for part in found):
            raise MisfitError("a block of parts with indices")
        rank = max(part.rank for part in found)
        if not rank:
            raise MisfitError("a block of single numbers")
        lengths = {part.axes[0] for part in found if part.rank == rank}
        if rank == 2 and len(lengths) > 1:
            raise MisfitError("blocks of different lengths beside each other")
        length = lengths.pop()
        return Entries(functions.concatenate([_column(part, rank, length) for part in found], axis=rank - 1))


def _column(part: Entries, rank: int, length: int) -> object:
    """A part as it stands in a block of this rank."""
    if part.rank == rank:
        return part.data
    if part.rank == 0:
        return functions.broadcast_to(functions.array(part.data), (length, 1) if rank == 2 else (1,))
    if shape(part.data)[0] != length:
        raise MisfitError("blocks of different lengths beside each other")
    return functions.reshape(functions.array(part.data), (length, 1))


def block_or_product(at: int, block: Expression, product: Expression) -> Expression:
    """[1 H] without a comma: a block, or the product of what stands in the bracket."""
    meant = lambda answer, one, other: one if answer == "block" else other
    return Alternatives(at, ("block",), ("block", "product"), meant, (block, product))


@dataclass(frozen=True, eq=False)
class Stacked(Expression):
    """Names with numbers behind their letter, u₁ … u_K, as one part whose first axis counts them: the u of u_k."""

    members: tuple[Expression, ...]
    counts_names = True

    def value(self, run: Run) -> Entries:
        """The members below each other."""
        found = [member.value(run) for member in self.members]
        data = functions.concatenate([functions.expand_dims(functions.array(each.data), 0) for each in found])
        return Entries(data)


def columns(pieces: Sequence[Piece], place: int) -> list[list[Piece]]:
    """The parts that stand beside each other from `place` to the ] of the open bracket; none if it is no block."""
    parts: list[list[Piece]] = [[]]
    depth = 0
    for piece in pieces[place:]:
        if depth == 0 and piece.kind == "RPAR":
            named = any(each.kind == "WORD" for part in parts for each in part)
            return parts if piece.value == "]" and len(parts) > 1 and all(parts) and named else []
        if depth == 0 and piece.kind in _OPERATORS:
            return []
        depth += (piece.kind in ("LPAR", "LBRACE")) - (piece.kind in ("RPAR", "RBRACE"))
        if depth == 0 and piece.kind in ("COMMA", "QUAD"):
            parts.append([])
        elif depth == 0 and piece.loose and parts[-1] and piece.kind not in ("SUB", "SUP", "PRIME", "TOP"):
            parts.append([piece])
        else:
            parts[-1].append(piece)
    return []
