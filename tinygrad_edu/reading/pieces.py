"""A piece of a text, and what can be told of several pieces without knowing any names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .signs import JOINING

INDICES = tuple("ijklmn")  # the letters that are indices wherever they may be


class Piece(NamedTuple):
    """kind: what it is. value: its letters, number or inner pieces. at: its place. loose: a space stands before it."""

    kind: str
    value: Any
    at: int
    loose: bool = False


def split(pieces: Sequence[Piece], kinds: tuple[str, ...]) -> list[list[Piece]]:
    """The pieces between those of the given kinds that stand outside of all parentheses; empty parts are left out."""
    return [part for part in parted(pieces, kinds) if part]


def parted(pieces: Sequence[Piece], kinds: tuple[str, ...]) -> list[list[Piece]]:
    """The same with the empty parts; a new line parts inside of parentheses, too."""
    parts: list[list[Piece]] = [[]]
    depth = 0
    for piece in pieces:
        depth += piece.kind in ("LPAR", "LBRACE")
        depth -= piece.kind in ("RPAR", "RBRACE")
        if piece.kind in kinds and (depth <= 0 or piece.kind == "LINE"):
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def in_parentheses(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces between parentheses, where a condition can stand."""
    at = pieces[0].at
    return [Piece("LPAR", "(", at), *pieces, Piece("RPAR", ")", at)]


def joining(piece: Piece) -> str | None:
    """AND or OR, if the piece is a word that joins two conditions."""
    return JOINING.get(str(piece.value).strip().lower()) if piece.kind == "PROSE" else None


def is_one_symbol(inner: Sequence[Piece]) -> bool:
    """Whether what stands in braces needs none: one piece, a symbol with its scripts, a ∂L, or nothing."""
    if any(piece.kind == "OVER" for piece in inner):
        return False
    return (
        len(inner) < 2
        or inner[0].kind == "PARTIAL"
        or (inner[0].kind == "WORD" and all(piece.kind in ("SUB", "SUP", "PRIME") for piece in inner[1:]))
    )


def unbraced(inner: list[Piece]) -> list[Piece]:
    """A part without the braces around the whole of it."""
    whole = len(inner) > 2 and inner[0].kind == "LBRACE" and inner[-1].kind == "RBRACE"
    if not whole or sum(piece.kind == "LBRACE" for piece in inner) > 1 or any(p.kind == "OVER" for p in inner):
        return inner
    return inner[1:-1]


def without_parentheses(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces inside of the parentheses around all of them, if there are any."""
    ends = len(pieces) > 2 and pieces[0].kind == "LPAR" and pieces[-1].kind == "RPAR"
    return pieces[1:-1] if ends and all(piece.kind not in ("LPAR", "RPAR") for piece in pieces[1:-1]) else pieces


def is_differential(above: list[Piece], below: list[Piece]) -> bool:
    """Whether a fraction is dL/dw: a d in front, above and below."""

    def begins(pieces: list[Piece]) -> bool:
        return bool(pieces) and pieces[0].kind == "WORD" and str(pieces[0].value).startswith("d")

    if not (begins(above) and begins(below)):
        return False
    by_word = below[0].value != "d" or (len(below) > 1 and below[1].kind == "WORD")
    if len(above) > 1 and above[0].value == "d" and above[1].kind not in ("SUB", "SUP") and by_word:
        return True  # d(x^T C x), dσ, d f(x)
    first = "".join(str(piece.value) for piece in above if piece.kind == "WORD")
    first = first.replace("delta", "d", 1)
    return (
        len(first) == 1
        or first[1:2].isupper()
        or first[1:] in ("loss", "cost", "ell", "cal:L", "l", "f", "y", "z", "a", "p", "cal:J")
    )


def subscripted(pieces: list[Piece]) -> list[Piece]:
    """The pieces with the [i, j] of X[i, j], nextₛ[i, j] and softmax(Z)[i, 1] as a subscript."""
    found: list[Piece] = []
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        end = _end_of_indices(pieces, place) if found and found[-1].kind in ("WORD", "SUB", "RPAR") else None
        inner = pieces[place + 1 : end]
        indices = [each for each in inner if each.kind != "COMMA"]
        if end is None or (found[-1].kind == "RPAR" and len(indices) == len(inner)):
            found.append(piece)
            place += 1
        else:
            found.append(Piece("SUB", indices, piece.at))
            place = end + 1
    return found


def _end_of_indices(pieces: Sequence[Piece], start: int) -> int | None:
    """Where the ] stands that closes a [ at `start` with indices alone between them, or such as i, 1 with commas."""
    if (pieces[start].kind, pieces[start].value, pieces[start].loose) != ("LPAR", "[", False):
        return None
    end = next((place for place in range(start, len(pieces)) if pieces[place].kind == "RPAR"), start)
    inner = pieces[start + 1 : end]
    letters = {str(piece.value) for piece in inner if piece.kind == "WORD"}
    kinds = [piece.kind for piece in inner]
    apart = kinds.count("COMMA") == kinds.count("WORD") + kinds.count("NUMBER") - 1
    numbers = all(str(piece.value).isdigit() for piece in inner if piece.kind == "NUMBER")
    only = (letters or "COMMA" in kinds) and letters <= set(INDICES) and set(kinds) <= {"WORD", "COMMA", "NUMBER"}
    return end if pieces[end].value == "]" and only and numbers and ("NUMBER" not in kinds or apart) else None
