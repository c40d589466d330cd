"""What a note's functions and symbols stand for, put in the place of them: ℓ(a, y), h(xᵢ), the Lᵢ of L = Σ Lᵢ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import UnreadableError
from .note_symbols import CLOSING, OPENING, Definition, closing, is_alias, scripts_behind, spelled
from .pieces import Piece


def with_functions(
    pieces: Sequence[Piece], functions: Mapping[str, Definition], models: Mapping[str, str]
) -> list[Piece]:
    """Pieces with the note's own functions written out: ℓ(a, y) as what it is; h(xᵢ), a model, as hᵢ."""
    found: list[Piece] = []
    place, left = 0, 50
    waiting = list(pieces)
    while place < len(waiting):
        piece = waiting[place]
        scripts, rest = scripts_behind(waiting, place + 1)
        name = spelled(str(piece.value), scripts)[0] if piece.kind == "WORD" else ""
        end = closing(waiting, place + 1 + len(scripts)) if rest[:1] and rest[0].kind == "LPAR" else None
        if end is None or left == 0 or not (name in functions or name in models):
            found.append(piece)
            place += 1
            continue
        inside = waiting[place + 2 + len(scripts) : end]
        left -= 1
        if name in models:
            layers = [each for each in scripts if each.kind == "SUB" and any(p.kind == "NUMBER" for p in each.value)]
            indices = [p for p in inside if p.kind in ("SUB", "SUP") and spelled("x", [p])[1]]
            waiting[place : end + 1] = [piece, *layers, *indices]
            found += waiting[place : place + 1 + len(layers) + len(indices)]
            place += 1 + len(layers) + len(indices)
        else:
            waiting[place : end + 1] = _inlined(functions[name], _split(inside), piece.at)
    return found


def with_part(pieces: Sequence[Piece], part: Definition) -> list[Piece]:
    """Pieces with what a symbol with indices is in place of it: the Lᵢ of L = Σ Lᵢ."""
    found: list[Piece] = []
    end = 0
    for place, piece in enumerate(pieces):
        if place < end:
            continue
        scripts = scripts_behind(pieces, place + 1)[0]
        name, labels = spelled(str(piece.value), scripts) if piece.kind == "WORD" else ("", ())
        if name != part.name or len(labels) != len(part.labels):
            found.append(piece)
            continue
        given = {
            old: [Piece("WORD", new, piece.at)] for old, new in zip(part.labels, labels, strict=True) if old != new
        }
        meaning = _replaced(part.meaning[0], given)
        found += meaning if is_alias(part) else [Piece("LPAR", "(", piece.at), *meaning, Piece("RPAR", ")", piece.at)]
        end = place + 1 + len(scripts)
    return found


def _inlined(function: Definition, arguments: Sequence[Sequence[Piece]], at: int) -> list[Piece]:
    """A function's meaning with arguments in place of its parameters, in parentheses."""
    if len(arguments) != len(function.parameters):
        raise UnreadableError(f"{function.name} takes {len(function.parameters)} arguments", at)
    given = dict(zip(function.parameters, arguments, strict=True))
    return [Piece("LPAR", "(", at), *_replaced(function.meaning[0], given), Piece("RPAR", ")", at)]


def _replaced(pieces: Sequence[Piece], given: Mapping[str, Sequence[Piece]]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        argument = given.get(str(piece.value)) if piece.kind == "WORD" else None
        if argument is not None and argument[0].kind == "WORD" and not scripts_behind(argument, 1)[1]:
            found += argument
        elif argument is not None:
            found += [Piece("LPAR", "(", piece.at), *argument, Piece("RPAR", ")", piece.at)]
        elif piece.kind in ("SUB", "SUP"):
            found.append(piece._replace(value=_replaced(piece.value, given)))
        elif piece.kind == "CASES":
            found.append(piece._replace(value=[_replaced(line, given) for line in piece.value]))
        else:
            found.append(piece)
    return found


def _split(pieces: Sequence[Piece]) -> list[list[Piece]]:
    parts: list[list[Piece]] = [[]]
    depth = 0
    for piece in pieces:
        depth += (piece.kind in OPENING) - (piece.kind in CLOSING)
        if piece.kind == "COMMA" and depth == 0:
            parts.append([])
        else:
            parts[-1].append(piece)
    return [part for part in parts if part]


__all__ = ["with_functions", "with_part"]
