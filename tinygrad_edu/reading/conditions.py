"""What stands around an equation and says where it holds: `for i ≠ j`, `if z > 0`, `for i = 1, …, N`, `(x > 0)`.

A condition that leaves something out, as the first two do, becomes one piece of kind CONDITION behind its equation, or
before it where it stands there; of kind ASSUMPTION, if it only sets a letter beside a number, as the last one does. One
that says how far an index goes is left out, as is what explains a symbol.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..paper.notation import pretty
from .pieces import INDICES, Piece, joining, split
from .spelling import is_transposition

# Words behind a formula that do not limit it, as "if" and "for i = j" do
_HARMLESS = re.compile(
    r"((for )?(all|each|every|any)|where|with|as|since|because|by|using|per|où|avec|wobei|mit|donde|где|для"
    r"|其中|式中|这里|对于|对所有)(?![A-Za-z])"
)
# Words that begin a condition; those of the second line may define a symbol as well
_OPENING = re.compile(
    r"(only |but |and )?(if|for|for (all|each|every|any)|when|whenever|wherever|provided( that)?|as long as|assuming"
    r"|如果|若|当|si|wenn|falls|für|если|при"
    r"|where|with|such that|where|其中|où|avec|wobei|mit|donde|где|对于|对所有)"
)
_DEFINING = re.compile(r"where|with|其中|où|avec|wobei|mit|donde|где")
# A condition in words alone, which no comparison can be made of
_IN_WORDS = re.compile(
    r"\b(is|are|be|being|becomes?|stays?) (not )?(strictly )?(positive|negative|non-?\w+|zero|(in)?active|on"
    r"|off|violated|satisfied|(in)?correct|(mis)?classified|larger|greater|smaller|less|below|above|inside|outside)\b"
    r"|^(for|for all|if|when|where) (strictly )?(positive|negative|non-?\w+|(in)?active|misclassified|(in)?correct)\b"
    r"|\b(unless|except|exceeds?|holds?)\b"
)
# That the loss is positive, or its hinge active, in words or by its letter
LOSS_IS_POSITIVE = re.compile(
    r"(?i:\b(?:where|wherever|when|whenever|if|once|assum\w+|suppose|provided|as long as)\b)[^.\n]{0,40}?"
    r"(?:\b(?i:loss|hinge|margin|triplet|max|maximum)\b[^.$\n]{0,30}?(?<!not )\b(?i:positive|active|violated|non-?zero)"
    r"|(?:\\mathcal\s*\{?|\\)?\b(?:L|J|E|C|ell|ℓ|loss)\b\}?(?:_\w)?\s*(?:>|\\gt)\s*0(?![.\d]))"
)
LIMITS = ("CONDITION", "ASSUMPTION")
_SETTING = ("QUAD", "COMMA", "PROSE", "IN", "LPAR")  # with one of these a condition can begin
_INDICATORS = ("𝟙", "𝟏", "I")
_SIGNS = {"not_equal": "≠", "less": "<", "greater": ">", "less_equal": "≤", "greater_equal": "≥", "equal": "="}


def said(piece: Piece) -> str:
    """A piece's words, without the punctuation around them."""
    return str(piece.value).lower().strip(" ,.:，。：")


def without_punctuation(side: Sequence[Piece]) -> list[Piece]:
    """A side without the comma or full stop behind it."""
    side = list(side)
    while side and side[-1].kind in ("COMMA", "DOT", "QUAD", "LINE", "COLON"):
        side.pop()
    while side and side[0].kind in ("QUAD", "LINE", "COMMA"):
        side.pop(0)
    return side


def parted_conditions(side: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """A side without its conditions, and these."""
    return [p for p in side if p.kind not in LIMITS], [p for p in side if p.kind in LIMITS]


def of_loss(limit: Piece, loss: str) -> Piece:
    """A condition in words that says that the loss is positive as a comparison, L > 0; any other as it is."""
    first = limit.value[0]
    if first.kind != "PROSE" or not LOSS_IS_POSITIVE.search(str(first.value)):
        return limit
    pieces = [("WORD", loss), ("RELATION", "greater"), ("NUMBER", "0")]
    return limit._replace(value=[Piece(kind, value, limit.at) for kind, value in pieces])


def written(condition: Sequence[Piece]) -> str:
    """A condition as it is told: its pieces in Unicode."""
    found = ""
    for place, piece in enumerate(condition):
        inner = written(piece.value) if piece.kind in ("SUB", "SUP") else ""
        before = condition[place - 1] if place else piece
        if piece.kind == "TOP" or (piece.kind == "SUP" and all(map(is_transposition, piece.value))):
            found += "ᵀ"
        elif piece.kind == "SUB" and before.kind == "WORD":
            letter = str(before.value)
            found = found.removesuffix(pretty(letter)) + pretty(f"{letter}_{inner}")
        elif piece.kind in ("SUB", "SUP"):
            found += f"{'_' if piece.kind == 'SUB' else '^'}{inner if len(inner) < 2 else f'({inner})'}"
        elif piece.kind == "MINUS" and (not place or before.kind in ("RELATION", "EQ", "PROSE", "LPAR")):
            found += "−"
        elif piece.kind in ("RELATION", "EQ", "PROSE", "PLUS", "MINUS"):
            sign = "−" if piece.kind == "MINUS" else _SIGNS.get(piece.value, piece.value)
            found = f"{found.rstrip()} {sign} "
        elif piece.kind in ("BAR", "LBAR", "RBAR"):
            found += "|" if piece.value == "1" else "‖"
        else:
            apart = place and piece.kind == "WORD" and before.kind in ("WORD", "SUB", "SUP", "TOP", "NUMBER")
            found += " " * bool(apart) + (pretty(str(piece.value)) if piece.kind == "WORD" else str(piece.value))
    return found.strip()


def conditioned(line: Sequence[Piece]) -> list[Piece]:
    """A line with what limits it as one piece, and without what does not; prose before a formula goes, too."""
    before, line = _at_the_beginning(list(line))
    while line and line[0].kind in ("PROSE", "QUAD", "COMMA"):
        line = line[1:]
    depth = 0
    for place, piece in enumerate(line):
        depth += piece.kind in ("LPAR", "LBRACE")
        depth -= piece.kind in ("RPAR", "RBRACE")
        if not place or depth > 1 or piece.kind not in _SETTING:
            continue
        rest = _behind(line, place, depth)
        limits = _limits(rest, piece if piece.kind != "LPAR" else line[place - 1]) if rest else None
        if limits is not None:
            return [*before, *without_punctuation(line[:place]), limits]
        if rest is not None and _is_harmless(rest, piece):
            return [*before, *without_punctuation(line[:place])]
    return [*before, *(piece for piece in line if piece.kind != "QUAD")]


def alone(line: Sequence[Piece], below: bool) -> Piece | None:
    """The condition that a line is, with nothing beside it: `if z > 0`. below: whether an equation stands above it."""
    line = without_punctuation(line)
    opens = bool(line) and (below or line[0].kind == "PROSE")
    return _limits(line, line[0]) if opens else None


# ── where one begins ──


def _behind(line: Sequence[Piece], place: int, depth: int) -> list[Piece] | None:
    """What stands behind a place at which a condition can begin; depth: the parentheses open there, its own too."""
    piece = line[place]
    rest = [each for each in line[place + 1 :] if each.kind != "QUAD"]
    if piece.kind == "LPAR":
        closed = depth == 1 and without_punctuation(rest)[-1:]
        return [piece, *rest] if closed and closed[0].kind == "RPAR" else None
    if depth:
        return None
    return [piece, *rest] if piece.kind in ("PROSE", "IN") else rest


def _at_the_beginning(line: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """The condition with which a line begins, `For i ≠ j:` or `if z > 0,`, and the rest of the line."""
    start = next((place for place, piece in enumerate(line) if piece.kind not in ("QUAD", "COMMA")), len(line))
    words = said(line[start]) if line[start:] and line[start].kind == "PROSE" else ""
    if _OPENING.match(words) and _IN_WORDS.search(words):
        return [Piece("CONDITION", [line[start]], line[start].at)], line[start + 1 :]
    if not _OPENING.fullmatch(words):
        return [], line
    for place in range(start + 2, len(line)):
        ends = line[place].kind in ("COLON", "COMMA", "QUAD") or (
            line[place].kind == "PROSE" and not joining(line[place])
        )
        if ends and not _is_range(line[start + 1 : place]):
            limits = _limits(line[start:place], line[start])
            return ([limits], line[place + 1 :]) if limits is not None and place + 1 < len(line) else ([], line)
    return [], line


# ── what it is ──


def _limits(rest: Sequence[Piece], setting: Piece) -> Piece | None:
    """A condition as one piece, if what stands behind a place is one that leaves something out.

    setting: the piece behind which it stands, or with which it begins. A condition in words keeps them, so that they
    can be named where it is refused.
    """
    rest = _unwrapped([piece for piece in _up_to_definition(rest) if piece.kind != "QUAD"], setting)
    if not rest or _defines(rest):
        return None
    prose = [piece for piece in rest if piece.kind == "PROSE" and joining(piece) is None]
    if any(_IN_WORDS.search(said(piece)) for piece in prose):
        return Piece("CONDITION", prose[:1], rest[0].at)
    opened = rest[0].kind == "PROSE" and _OPENING.fullmatch(said(rest[0]))
    if any(not _OPENING.fullmatch(said(piece)) for piece in prose):
        return None
    dotted = any(piece.kind == "DOTS" for piece in rest)
    apart = [piece._replace(kind="COMMA") if piece in prose else piece for piece in rest]
    parts = [part for part in split(apart, ("COMMA", "COLON")) if not _is_range(part)]
    if dotted:
        parts = [part for part in parts if any(piece.kind == "RELATION" for piece in part)]
    if not parts or not all(_compares(part, bool(opened)) for part in parts):
        return None
    joined = [piece for part in parts for piece in (Piece("PROSE", "and", part[0].at), *part)][1:]
    assumed = all(_is_bound(part) for part in parts) and not (opened and not _DEFINING.fullmatch(said(rest[0])))
    return Piece("ASSUMPTION" if assumed else "CONDITION", joined, rest[0].at)


def _up_to_definition(rest: Sequence[Piece]) -> list[Piece]:
    """What stands behind a place, up to a `where` that says what a symbol is."""
    marks = (n for n, piece in enumerate(rest) if n and piece.kind == "PROSE" and _DEFINING.fullmatch(said(piece)))
    return without_punctuation(rest[: next((n for n in marks if _defines(rest[n:])), None)])


def _unwrapped(rest: list[Piece], setting: Piece) -> list[Piece]:
    """What stands in the parentheses around a condition: (i ≠ j), (if z > 0).

    Without a wide space or a word that opens it, only one of indices is: x (z > 0) is a product, 1(i = j) a number.
    """
    if not rest or (rest[0].kind, rest[0].value) != ("LPAR", "("):
        return rest if rest[:1] and rest[0].kind != "LPAR" else []
    if rest[-1].kind != "RPAR" or sum(piece.kind == "LPAR" for piece in rest) > 1:
        return []
    inner = rest[1:-1]
    words = [str(piece.value) for piece in inner if piece.kind == "WORD"]
    free = setting.kind in ("QUAD", "COMMA", "LPAR") or (bool(inner) and inner[0].kind == "PROSE")
    counts = setting.kind == "NUMBER" or str(setting.value) in _INDICATORS
    return inner if free or (not counts and all(word in INDICES for word in words)) else []


def _is_bound(part: Sequence[Piece]) -> bool:
    """Whether a comparison sets one letter beside a number: λ > 0."""
    kinds = [piece.kind for piece in part if piece.kind not in ("SUB", "SUP")]
    return kinds in (["WORD", "RELATION", "NUMBER"], ["WORD", "RELATION", "MINUS", "NUMBER"])


def _compares(part: Sequence[Piece], opened: bool) -> bool:
    """Whether a part of a condition is made of comparisons."""
    sides = split([piece._replace(kind="JOIN") if joining(piece) else piece for piece in part], ("JOIN",))
    return bool(sides) and all(_is_comparison(side, opened) for side in sides)


def _is_comparison(side: Sequence[Piece], opened: bool) -> bool:
    kinds = [piece.kind for piece in side]
    if kinds[:1] in (["RELATION"], ["EQ"]) or kinds[-1:] in (["RELATION"], ["EQ"]):
        return False
    if "RELATION" in kinds:
        return "EQ" not in kinds
    if kinds.count("EQ") != 1 or opened:
        return kinds.count("EQ") == 1
    index = kinds[:2] == ["WORD", "EQ"] and str(side[0].value) in INDICES and kinds[2:] in (["WORD"], ["WORD", "SUB"])
    return index or kinds in (
        ["WORD", "EQ", "NUMBER"],
        ["WORD", "SUB", "EQ", "NUMBER"],
        ["WORD", "SUB", "EQ", "MINUS", "NUMBER"],
    )


def _is_range(part: Sequence[Piece]) -> bool:
    """Whether pieces say how far indices go, or name them only: i, i = 1, j ∈ {1, …, K}."""
    kinds = [piece.kind for piece in part]
    if "IN" in kinds or "DOTS" in kinds:
        return "RELATION" not in kinds
    return all(piece.kind in ("WORD", "COMMA") and len(str(piece.value)) < 3 for piece in part)


def _defines(rest: Sequence[Piece]) -> bool:
    """Whether a clause says what a symbol is: where δ = p − y."""
    if rest[0].kind != "PROSE" or not _DEFINING.match(said(rest[0])):
        return False
    parts = split(rest[1:], ("COMMA", "PROSE"))
    return any(any(p.kind == "EQ" for p in part) and not _is_comparison(part, opened=False) for part in parts)


# ── what limits nothing ──


def _is_harmless(rest: Sequence[Piece], setting: Piece) -> bool:
    """Whether what stands behind a place limits nothing: how far indices go, what symbols are, an equation's number."""
    if setting.kind == "IN":
        return True
    if setting.kind != "LPAR":
        return is_condition(rest)
    inner = without_punctuation(rest)[1:-1]
    return any(p.kind == "DOTS" for p in inner) and is_condition(inner) and any(p.kind == "EQ" for p in inner)


def _is_number_of_equation(rest: Sequence[Piece]) -> bool:
    """Whether pieces are the (7) or (2.3) or (*) behind a formula and a wide space."""
    kinds = [piece.kind for piece in rest]
    return kinds in (["LPAR", "NUMBER", "RPAR"], ["LPAR", "TIMES", "RPAR"])


def is_condition(rest: Sequence[Piece]) -> bool:
    """Whether pieces say how far a formula goes, or nothing at all."""
    if all(piece.kind in ("DOT", "COMMA") for piece in rest):
        return True
    first, words = rest[0], said(rest[0])
    if _is_number_of_equation(rest):
        return True
    if first.kind in ("PROSE", "WORD") and _HARMLESS.match(words):
        return True
    if (first.kind in ("PROSE", "WORD") and words == "for") or (first.kind == "LPAR" and len(rest) > 2):
        return is_condition(rest[1:])
    if first.kind != "WORD" or len(words) > 2:
        return False
    after = next((piece.kind for piece in rest[1:] if piece.kind not in ("COMMA", "WORD", "SUB")), "")
    return after == "IN" or (after == "EQ" and any(piece.kind in ("DOTS", "COLON") for piece in rest))


__all__ = [
    "LIMITS",
    "LOSS_IS_POSITIVE",
    "alone",
    "conditioned",
    "of_loss",
    "parted_conditions",
    "said",
    "without_punctuation",
    "written",
]
