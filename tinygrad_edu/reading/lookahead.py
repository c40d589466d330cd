"""What stands behind a place in the pieces of a text: scripts, a sample in parentheses, the end of a bracket."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .pieces import INDICES, Piece, in_parentheses
from .words import GREEK

GREEK_WORDS = set(GREEK.values())


def scripts_at(pieces: Sequence[Piece], place: int) -> list[Piece]:
    """The scripts that stand from `place` on."""
    found = []
    while place < len(pieces) and pieces[place].kind in ("SUB", "SUP", "PRIME", "TOP"):
        found.append(pieces[place])
        place += 1
    return found


def closing_of(pieces: Sequence[Piece], place: int) -> int:
    """The place of the closing sign that belongs to what is open at `place`."""
    depth = 0
    for end in range(place, len(pieces)):
        if pieces[end].kind == "RPAR" and depth == 0:
            return end
        depth += (pieces[end].kind == "LPAR") - (pieces[end].kind == "RPAR")
    return len(pieces)


def compared_indices(pieces: Sequence[Piece]) -> set[str]:
    """The letters of indices that stand alone beside = in parentheses or in a subscript: the i of 1[i = y]."""
    found: set[str] = set()
    for before, piece, after in zip(pieces, pieces[1:], pieces[2:], strict=False):
        first, last = before.kind == "LPAR" and after.kind == "EQ", before.kind == "EQ" and after.kind == "RPAR"
        if piece.kind == "WORD" and str(piece.value) in INDICES and (first or last):
            found.add(piece.value)
    for piece in pieces:
        if piece.kind == "SUB" and len(piece.value) > 1:
            found |= compared_indices(in_parentheses(piece.value))
    return found


def speaks_again(pieces: Sequence[Piece], place: int, letters: str) -> bool:
    """Whether parentheses that open at `place` speak of the symbol before them: the (1 − p) behind a p."""
    opens = place < len(pieces) and pieces[place].kind == "LPAR"
    return opens and any(piece.value == letters for piece in pieces[place + 1 : closing_of(pieces, place + 1)])


def is_computed(pieces: Sequence[Piece], place: int, text: str, indices: Collection[str]) -> bool:
    """Whether the [ before `place` opens a computed subscript: it touches a name, as in x[N + 1 − i], or x[yᵢ]."""
    numbered = place > 2 and pieces[place - 2].kind == "SUB" and pieces[place - 2].value[0].kind == "NUMBER"
    if place < 2 or pieces[place - 2 - numbered].kind != "WORD" or text[: pieces[place - 1].at][-1:].isspace():
        return False
    inside = pieces[place : closing_of(pieces, place)]
    free = [piece for piece in inside if piece.kind == "WORD" and piece.value in indices]
    label = len(inside) == 2 and inside[0].kind == "WORD" and inside[1].kind == "SUB"
    return label or (bool(free) and len(inside) > 1)


def is_index(script: Piece) -> bool:
    """Whether a script can only be an index: a subscript, or a sample's (i), but not the power (3/2)."""
    if script.kind != "SUP" or not script.value or script.value[0].kind != "LPAR":
        return script.kind == "SUB"
    return all(piece.kind != "SLASH" for piece in script.value)


def is_data(pieces: Sequence[Piece], place: int) -> bool:
    """Whether what stands in parentheses is a sample and nothing else: the (x⁽ⁱ⁾) of a model."""
    if place + 2 >= len(pieces) or pieces[place].kind != "LPAR" or pieces[place + 1].value not in ("x", "X"):
        return False
    scripts = scripts_at(pieces, place + 2)
    if not all(map(is_index, scripts)):
        return False
    return pieces[min(place + 2 + len(scripts), len(pieces) - 1)].kind == "RPAR"


def is_parameter(script: Piece) -> bool:
    """Whether a subscript names what a model depends on, as in h_θ."""
    words = [piece for piece in script.value if piece.kind == "WORD"] if script.kind == "SUB" else []
    others = [piece for piece in script.value if piece.kind not in ("WORD", "COMMA")] if words else []
    return bool(words) and not others and all(piece.value in GREEK_WORDS for piece in words)


def takes(after: Piece | None) -> bool:
    """Whether what follows can be a function's argument without parentheses."""
    return after is not None and after.kind in ("WORD", "FRAC", "LBRACE", "BAR", "LBAR", "SQRT", "NUMBER")
