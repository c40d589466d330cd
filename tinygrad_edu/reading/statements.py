"""The pieces of a text parted into equations, and each equation into its sides.

What stands around an equation is left out here: punctuation, `for i = 1, …, N`, prose in front of it. The clauses
behind a `where` are kept, because they may define a symbol, and so are conditions, each as one piece.
"""

from __future__ import annotations

from collections.abc import Sequence

from .conditions import alone, conditioned, said, without_punctuation
from .pieces import Piece, parted, split

_WHERE = {"where", "with", "其中", "式中", "这里", "où", "avec", "wobei", "mit", "donde", "где"}
_SO = {"so", "thus", "hence", "therefore", "所以", "因此", "故", "则"}
_PREMISES = ("since", "because", "given", "已知", "且已知", "由于", "因为")


def sides(statement: Sequence[Piece]) -> list[list[Piece]]:
    """The sides of an equation between its =, empty ones included."""
    return parted(statement, ("EQ",))


def statements(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The equations of a text: at ⇒, and at a new line that does not go on with what came before."""
    found: list[list[Piece]] = []
    lines = split([_arrow(piece) for piece in pieces], ("LINE", "ARROW"))
    premises = [line for line in lines if line[0].kind == "PROSE" and said(line[0]).startswith(_PREMISES)]
    before: list[Piece] = []
    for line in [line for line in lines if line not in premises] or lines:
        leads = _before_arrow(line, pieces)
        limits = alone(line, below=leads or (bool(found) and len(sides(found[-1])) > 1))
        if limits is not None and (found or len(lines) > 1):
            (before if leads or not found else found[-1]).append(limits)
            continue
        line = [*before, *_up_to_where(line)]
        if not line:
            continue
        before = []
        has_side = any(piece.kind == "EQ" for piece in _outer(line))
        continues = line[0].kind in ("EQ", "TIMES", "SLASH") or (line[0].kind in ("PLUS", "MINUS") and not has_side)
        if found and (continues or (not has_side and _ends_open(found[-1]))):
            found[-1] += line
        else:
            found.append(list(line))
    return found


def _before_arrow(line: Sequence[Piece], pieces: Sequence[Piece]) -> bool:
    """Whether an arrow stands behind a line: z > 0 ⇒ ∂L/∂z = 1."""
    return next((piece.kind for piece in pieces if piece.at > line[-1].at), "") == "ARROW"


def _arrow(piece: Piece) -> Piece:
    """A piece, an arrow in place of the word that says as much."""
    return piece._replace(kind="ARROW") if piece.kind == "PROSE" and said(piece) in _SO else piece


def clauses(statement: Sequence[Piece]) -> tuple[list[Piece], list[list[Piece]]]:
    """An equation without the `where δ = …` behind it, and the equations of that clause."""
    mark = _where(statement)
    if mark is None:
        return without_punctuation(statement), []
    parts = split(statement[mark + 1 :], ("COMMA", "PROSE"))
    kept = [[piece for piece in part if piece.kind != "QUAD"] for part in parts]
    equations = [part for part in kept if len(sides(part)) > 1 and not any(piece.kind == "DOTS" for piece in part)]
    return without_punctuation(statement[:mark]), equations


def _where(line: Sequence[Piece]) -> int | None:
    """The place of a `where` or `with` behind a formula."""
    return next((p for p, piece in enumerate(line) if p and said(piece) in _WHERE), None)


def _up_to_where(line: Sequence[Piece]) -> list[Piece]:
    """A line without its conditions, but with the clauses that define a symbol."""
    mark = _where(line)
    head = conditioned(line)
    if mark is None or not any(piece.kind == "EQ" for piece in line[mark:]) or not head or head[-1].at >= line[mark].at:
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
