"""The pieces of a text parted into equations, and each equation into its sides.

What stands around an equation is left out here: punctuation, `for i = 1, …, N`, prose in front of it. The clauses
behind a `where` are kept, because they may define a symbol.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .pieces import Piece, parted, split

# Words behind a formula that do not limit it, as "if" and "for i = j" do
_HARMLESS = re.compile(
    r"((for )?(all|each|every|any)|where|with|as|since|because|by|using|per|où|avec|wobei|mit|donde|где|для"
    r"|其中|式中|这里|对于|对所有)(?![A-Za-z])"
)
_WHERE = {"where", "with", "其中", "式中", "这里", "où", "avec", "wobei", "mit", "donde", "где"}
_SO = {"so", "thus", "hence", "therefore", "所以", "因此", "故", "则"}
_PREMISES = ("since", "because", "given", "已知", "且已知", "由于", "因为")
_SETTING = ("QUAD", "COMMA", "PROSE", "IN", "LPAR")  # with one of these a condition can begin


def sides(statement: Sequence[Piece]) -> list[list[Piece]]:
    """The sides of an equation between its =, empty ones included."""
    return parted(statement, ("EQ",))


def statements(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The equations of a text: at ⇒, and at a new line that does not go on with what came before."""
    found: list[list[Piece]] = []
    lines = split([_arrow(piece) for piece in pieces], ("LINE", "ARROW"))
    premises = [line for line in lines if line[0].kind == "PROSE" and _said(line[0]).startswith(_PREMISES)]
    for line in [line for line in lines if line not in premises] or lines:
        line = _up_to_where(line)
        if not line:
            continue
        has_side = any(piece.kind == "EQ" for piece in _outer(line))
        continues = line[0].kind in ("EQ", "TIMES", "SLASH") or (line[0].kind in ("PLUS", "MINUS") and not has_side)
        if found and (continues or (not has_side and _ends_open(found[-1]))):
            found[-1] += line
        else:
            found.append(list(line))
    return found


def _arrow(piece: Piece) -> Piece:
    """A piece, an arrow in place of the word that says as much."""
    return piece._replace(kind="ARROW") if piece.kind == "PROSE" and _said(piece) in _SO else piece


def clauses(statement: Sequence[Piece]) -> tuple[list[Piece], list[list[Piece]]]:
    """An equation without the `where δ = …` behind it, and the equations of that clause."""
    mark = _where(statement)
    if mark is None:
        return without_punctuation(statement), []
    parts = split(statement[mark + 1 :], ("COMMA", "PROSE"))
    kept = [[piece for piece in part if piece.kind != "QUAD"] for part in parts]
    equations = [part for part in kept if len(sides(part)) > 1 and not any(piece.kind == "DOTS" for piece in part)]
    return without_punctuation(statement[:mark]), equations


def without_punctuation(side: Sequence[Piece]) -> list[Piece]:
    """A side without the comma or full stop behind it."""
    side = list(side)
    while side and side[-1].kind in ("COMMA", "DOT", "QUAD", "LINE", "COLON"):
        side.pop()
    while side and side[0].kind in ("QUAD", "LINE", "COMMA"):
        side.pop(0)
    return side


def _where(line: Sequence[Piece]) -> int | None:
    """The place of a `where` or `with` behind a formula."""
    return next((p for p, piece in enumerate(line) if p and _said(piece) in _WHERE), None)


def _said(piece: Piece) -> str:
    """A piece's words, without the punctuation around them."""
    return str(piece.value).lower().strip(" ,.:，。：")


def _up_to_where(line: Sequence[Piece]) -> list[Piece]:
    """A line without its conditions, but with the clauses that define a symbol."""
    mark = _where(line)
    head = _without_condition(line)
    if mark is None or not any(piece.kind == "EQ" for piece in line[mark:]) or not head or head[-1].at > line[mark].at:
        return head
    return [*head, *line[mark:]]


def _ends_open(line: Sequence[Piece]) -> bool:
    """Whether a line ends with a sign that something has to follow."""
    return line[-1].kind in ("EQ", "PLUS", "MINUS", "TIMES", "SLASH")


def _outer(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces outside of all parentheses and braces."""
    found, depth = [], 0
    for piece in pieces:
        depth -= piece.kind in ("RPAR", "RBRACE")
        if depth == 0 and piece.kind not in ("RPAR", "RBRACE"):
            found.append(piece)
        depth += piece.kind in ("LPAR", "LBRACE")
    return found


def _without_condition(line: Sequence[Piece]) -> list[Piece]:
    """A line without `for i = 1, …, N` and the like at its end; prose before a formula goes too."""
    line = list(line)
    while line and line[0].kind in ("PROSE", "QUAD", "COMMA"):
        line = line[1:]
    depth = 0
    for place, piece in enumerate(line):
        depth += piece.kind in ("LPAR", "LBRACE")
        depth -= piece.kind in ("RPAR", "RBRACE")
        if place and depth <= 1 and piece.kind in _SETTING and _begins_condition(line, place, depth):
            return without_punctuation(line[:place])
    return [piece for piece in line if piece.kind != "QUAD"]


def _begins_condition(line: Sequence[Piece], place: int, depth: int) -> bool:
    """Whether a condition begins at a place. depth: the parentheses open there, one that opens there included."""
    piece = line[place]
    rest = [each for each in line[place + 1 :] if each.kind != "QUAD"]
    if depth == 0 and piece.kind in ("QUAD", "COMMA"):
        return _is_condition(rest)
    if depth == 0 and piece.kind == "PROSE":
        return _is_condition([piece, *rest])
    if depth == 1 and piece.kind == "LPAR" and any(each.kind == "DOTS" for each in rest):
        inner = rest[:-1] if rest[-1].kind == "RPAR" else rest
        return _is_condition(inner) and any(each.kind == "EQ" for each in inner)
    return depth == 0 and piece.kind == "IN"


def _is_number_of_equation(rest: Sequence[Piece]) -> bool:
    """Whether pieces are the (7) or (2.3) or (*) behind a formula and a wide space."""
    kinds = [piece.kind for piece in rest]
    return kinds in (["LPAR", "NUMBER", "RPAR"], ["LPAR", "TIMES", "RPAR"])


def _is_condition(rest: Sequence[Piece]) -> bool:
    """Whether pieces say where a formula holds, or nothing at all."""
    if all(piece.kind in ("DOT", "COMMA") for piece in rest):
        return True
    first, said = rest[0], _said(rest[0])
    if _is_number_of_equation(rest):
        return True
    if first.kind in ("PROSE", "WORD") and _HARMLESS.match(said):
        return True
    if (first.kind in ("PROSE", "WORD") and said.strip() == "for") or (first.kind == "LPAR" and len(rest) > 2):
        return _is_condition(rest[1:])
    if first.kind != "WORD" or len(said) > 2:
        return False
    after = next((piece.kind for piece in rest[1:] if piece.kind not in ("COMMA", "WORD")), "")
    return after == "IN" or (after == "EQ" and any(piece.kind in ("DOTS", "COLON") for piece in rest))
