r"""Fractions that are derivatives: ∂L/∂w and dL/dw in one line, {\partial L \over \partial w}."""

from __future__ import annotations

from collections.abc import Sequence

from .pieces import Piece, is_differential, parted
from .spelling import Spelling, is_transposed
from .variable import NAMED_LOSSES, SCRIPTS, about, is_differential_sign, is_list_of_arguments, is_power, without_d
from .words import Vocabulary


def with_fractions(pieces: list[Piece], words: Vocabulary | None = None) -> list[Piece]:
    """The pieces with ∂L/∂w and dL/dw, written in one line, as one DERIVATIVE each.

    words: inside of a formula, dL/dw is one where L is a loss or a name, and w a name; and so is ∇_w L.
    """
    found: list[Piece] = []
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        if piece.kind == "LBRACE" and (over := _derivative_over(pieces, place)) is not None:
            derivative, place = over
            found.append(derivative)
            continue
        if words is not None and (behind := _behind_operator(pieces, place, words)):
            above = [Piece("PARTIAL", "∂", piece.at), *pieces[place + 2 : behind]]
            found.append(Piece("DERIVATIVE", (above, list(pieces[place + 1].value)), piece.at, piece.loose))
            place = behind
            continue
        start = _numerator(found) if piece.kind == "SLASH" else None
        end = _denominator(pieces, place + 1) if start is not None else None
        while start is not None and end is not None and is_second(found[start:]) and _is_partial(pieces, end):
            end = _denominator(pieces, end)
        above, below = (found[start:], pieces[place + 1 : end]) if end is not None else ([], [])
        below = below[1:-1] if below and below[0].kind == "LPAR" else below  # ∂²L/(∂w ∂b)
        if end is None or not below or not _is_taken(above, below, words):
            found.append(piece)
            place += 1
        else:
            found[start:] = [Piece("DERIVATIVE", (above, below), above[0].at, above[0].loose)]
            place = end
    return found


def _behind_operator(pieces: Sequence[Piece], start: int, words: Vocabulary) -> int:
    """Where a ∇_w L or ∂_w L ends that begins at `start`, with what stands at its L; 0 if none does."""
    first, below, letter = (*(piece.kind for piece in pieces[start : start + 3]), "", "", "")[:3]
    if first not in ("NABLA", "PARTIAL") or (below, letter) != ("SUB", "WORD"):
        return 0
    if str(pieces[start + 2].value).removeprefix("cal:") not in (*NAMED_LOSSES, words.called):
        return 0
    end = start + 3
    while end < len(pieces) and pieces[end].kind in SCRIPTS and not is_transposed(pieces[end]):
        end += 1
    closing = next((place for place in range(end, len(pieces)) if pieces[place].kind == "RPAR"), end)
    return closing + 1 if is_list_of_arguments(pieces[end : closing + 1]) else end


def is_second(above: Sequence[Piece]) -> bool:
    """Whether ∂² or d² begins a numerator."""
    return len(above) > 1 and is_differential_sign(above[0]) and is_power(above[1])


def _is_partial(pieces: Sequence[Piece], place: int) -> bool:
    return place < len(pieces) and pieces[place].kind == "PARTIAL"


def _derivative_over(pieces: Sequence[Piece], start: int) -> tuple[Piece, int] | None:
    r"""The {\partial L \over \partial w} that begins at `start` as a DERIVATIVE, and the place behind it."""
    end = next((place for place in range(start, len(pieces)) if pieces[place].kind == "RBRACE"), start)
    parts = parted(pieces[start + 1 : end], ("OVER",))
    nested = any(piece.kind == "LBRACE" for piece in pieces[start + 1 : end])
    if nested or len(parts) != 2 or not all(part and is_differential_sign(part[0]) for part in parts):
        return None
    if parts[0][0].kind != "PARTIAL" and not is_differential(*parts):
        return None
    return Piece("DERIVATIVE", (parts[0], parts[1]), pieces[start].at, pieces[start].loose), end + 1


def _is_taken(above: Sequence[Piece], below: Sequence[Piece], words: Vocabulary | None) -> bool:
    """Whether a fraction is a derivative: where letters d begin it, what they stand before has to be known."""
    if words is None or above[0].kind == "PARTIAL":
        return True
    if any(words.name(str(part[0].value)) is not None for part in (above, below)):
        return False
    derived = "".join(str(piece.value) for piece in without_d(above) if piece.kind in ("WORD", "NUMBER"))
    known = not derived or derived.removeprefix("cal:") in NAMED_LOSSES or words.name(derived) is not None
    formula = above[0].value == "d" and above[1:2] and above[1].kind == "LPAR"  # d(x w − y)/dw
    return bool(known or formula) and bool(about(without_d(below), Spelling(words)).about)


def _numerator(found: Sequence[Piece]) -> int | None:
    """Where the ∂L or dL begins at which `found` ends; what stands in parentheses may be anything."""
    depth = 0
    for place in range(len(found) - 1, -1, -1):
        piece = found[place]
        depth += (piece.kind == "RPAR") - (piece.kind == "LPAR")
        if depth > 0:
            continue
        if piece.kind == "PARTIAL" or (piece.kind == "WORD" and str(piece.value).startswith("d")):
            return place
        if piece.kind not in ("WORD", "NUMBER", "SUB", "SUP", "LPAR", "RPAR", "MINUS"):
            return None
    return None


def _denominator(pieces: Sequence[Piece], start: int) -> int | None:
    """Where the ∂w or dw ends that begins at `start`, or the (∂w ∂v)."""
    if pieces[start : start + 1] and pieces[start].kind == "LPAR" and pieces[start + 1 : start + 2]:
        end = next((place for place in range(start, len(pieces)) if pieces[place].kind == "RPAR"), None)
        return None if end is None or not is_differential_sign(pieces[start + 1]) else end + 1
    if start == len(pieces) or not is_differential_sign(pieces[start]):
        return None
    place = start + (pieces[start].kind == "PARTIAL" or pieces[start].value == "d")
    if place < len(pieces) and pieces[place].kind == "LPAR":
        place = next((p for p in range(place, len(pieces)) if pieces[p].kind == "RPAR"), len(pieces) - 1) + 1
    elif place < len(pieces) and pieces[place].kind == "WORD":
        place += 1
        if place < len(pieces) and pieces[place].kind == "NUMBER" and not pieces[place].loose:
            place += 1
    while place < len(pieces) and pieces[place].kind in SCRIPTS:
        place += 1
    return place


__all__ = ["is_second", "with_fractions"]
