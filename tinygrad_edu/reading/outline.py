"""The outline of a left side: where its gradient begins, what stands in front of it and around it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile, takewhile

from .pieces import Piece, without_parentheses
from .spelling import is_transposed, is_transposition
from .variable import SCRIPTS, is_applied_letter, is_differential_sign, is_power, labels_of, without_d
from .words import Vocabulary, function_named

DERIVATIVES = ("DERIVATIVE", "NABLA", "PARTIAL")
_SIGNS = ("MINUS", "PLUS", "NUMBER", "TIMES", "SLASH")
_FACTOR = (*_SIGNS, "WORD", "FRAC", "SQRT", "SUP", "LBRACE", "RBRACE", "LPAR", "RPAR")
_SIGN_OF = {"PLUS": "+", "MINUS": "-", "TIMES": "*", "SLASH": "/"}


def parted_sign(side: Sequence[Piece]) -> tuple[list[Piece], str]:
    r"""A left side without the + of its += (or the sign of -=, *=, /=), and that sign; \mathrel{+} is one."""
    pieces = list(side)
    kinds = [piece.kind for piece in pieces]
    braced = len(kinds) > 3 and kinds[-3::2] == ["LBRACE", "RBRACE"]
    sign = _SIGN_OF.get(kinds[-2] if braced else kinds[-1]) if len(kinds) > 1 else None
    return (pieces, "") if sign is None else (pieces[: -3 if braced else -1], sign)


def joint_factor(one: Sequence[Piece], other: Sequence[Piece]) -> tuple[Piece, ...]:
    """The factors in front of a loss and of its gradient as one: the −2 of −2 ∂L and the −1 of ∂(−L) are 2."""
    signs = [piece for factor in (one, other) for piece in takewhile(_is_sign, factor)]
    minus = [piece for piece in signs if piece.kind == "MINUS"]
    counts = [part for part in (list(dropwhile(_is_sign, factor)) for factor in (one, other)) if part]
    if len(counts) == 2:
        counts.insert(1, [Piece("TIMES", "*", counts[0][-1].at)])
    return (*minus[: len(minus) % 2], *(piece for part in counts for piece in part))


def _is_sign(piece: Piece) -> bool:
    return piece.kind in ("MINUS", "PLUS")


def is_open(factor: Sequence[Piece]) -> bool:
    """Whether what stands in front of a gradient is no factor: a function of it, or a parenthesis around it."""
    last = factor[-1]
    function = last.kind == "WORD" and function_named(str(last.value)) is not None
    depth = sum((piece.kind == "LPAR") - (piece.kind == "RPAR") for piece in factor)
    return depth != 0 or (function and len(str(last.value)) > 1)


def holds_array(factor: Sequence[Piece], words: Vocabulary) -> bool:
    """Whether a name of the graph that is no single number stands in front of a gradient."""
    names = (words.name(str(piece.value)) for piece in factor if piece.kind == "WORD")
    return any(words.names[name] for name in names if name is not None)


def is_turned(pieces: Sequence[Piece]) -> bool:
    """Whether a gradient is transposed as a whole: its last script, its variable's or its ∇'s says so, once."""
    count = 0
    for place, piece in enumerate(pieces):
        behind_nabla = place == 1 and pieces[0].kind == "NABLA"
        if piece.kind == "DERIVATIVE":
            count += sum(is_turned(without_parentheses(without_d(part, whole=True))) for part in piece.value)
        elif piece.kind == "SUB" and behind_nabla:  # ∇_{Wᵀ}
            count += is_turned(piece.value)
        elif piece.kind in ("SUP", "TOP") and (behind_nabla or place == len(pieces) - 1):
            count += piece.kind == "TOP" or (bool(piece.value) and is_transposition(piece.value[-1]))
    return count % 2 == 1


def unwrapped(pieces: list[Piece]) -> tuple[list[Piece], bool]:
    """A derivative without parentheses around the whole of it, and whether it is raised to a power."""
    scripts = len(pieces)
    while scripts and pieces[scripts - 1].kind in SCRIPTS:
        scripts -= 1
    inner = pieces[:scripts]
    below = scripts < len(pieces) and all(labels_of([piece]) for piece in pieces[scripts:] if piece.kind == "SUB")
    below = below and all(piece.kind == "SUB" for piece in pieces[scripts:])
    if below and is_enclosed(inner) and (inner[1].kind in DERIVATIVES or _begins_operator(inner[1:-1])):
        return inner[1:-1], False  # [Df(x)]_k
    if not inner or not any(piece.kind in DERIVATIVES for piece in inner):
        return pieces, False
    closed = inner[-1].kind == "RPAR"
    whole = closed and inner[0].kind == "LPAR"
    if any(map(is_power, pieces[scripts:])) and (whole or inner[-1].kind == "DERIVATIVE"):
        return pieces, True
    if inner[0].kind == "LPAR" and closed and sum(piece.kind == "LPAR" for piece in inner) == 1:
        return [*inner[1:-1], *filter(is_transposed, pieces[scripts:])], False
    if inner[0].kind == "LBRACE" and inner[-1].kind == "RBRACE" and any(piece.kind == "OVER" for piece in inner):
        over = next(place for place, piece in enumerate(inner) if piece.kind == "OVER")
        return [Piece("DERIVATIVE", (inner[1:over], inner[over + 1 : -1]), inner[0].at)], False
    return pieces, False


def is_enclosed(pieces: Sequence[Piece]) -> bool:
    """Whether the first and the last of several pieces are parentheses that belong to each other."""
    if len(pieces) < 3 or pieces[0].kind != "LPAR":
        return False
    depth = 0
    for place, piece in enumerate(pieces):
        depth += (piece.kind == "LPAR") - (piece.kind == "RPAR")
        if depth == 0:
            return place == len(pieces) - 1
    return False


def is_at_one_place(pieces: Sequence[Piece]) -> bool:
    """Whether a derivative has a bar behind it, or a bracket around it, with a number or equation below: ∂L/∂w |₁."""
    kinds = [piece.kind for piece in pieces]
    if kinds[-1:] != ["SUB"] or not any(kind in DERIVATIVES for kind in kinds):
        return False
    below = pieces[-1].value
    told = any(piece.kind in ("NUMBER", "EQ", "RELATION") for piece in below)
    bar = kinds[-2:-1] in (["BAR"], ["RBAR"]) and kinds.count("BAR") + kinds.count("RBAR") == 1
    alone = [piece.kind for piece in below] == ["WORD"]  # ∂L/∂w |_w
    return (bar and not alone) or (told and is_enclosed(pieces[:-1]))


def _begins_operator(pieces: Sequence[Piece]) -> bool:
    """Whether pieces begin with Df(x) or D f(x)."""
    spelled = str(pieces[0].value) if pieces[0].kind == "WORD" else ""
    inner = pieces[1:] if len(spelled) == 1 else [pieces[0]._replace(value=spelled[1:]), *pieces[1:]]
    return spelled[:1] in ("d", "D") and is_applied_letter(inner)


def is_primed_whole(pieces: Sequence[Piece]) -> bool:
    """Whether a side is (uv)′ or (f∘g)′(x)."""
    end = next((place for place, piece in enumerate(pieces) if piece.kind == "RPAR"), 0)
    return pieces[0].kind == "LPAR" and [piece.kind for piece in pieces[end + 1 : end + 2]] == ["PRIME"]


def start_of(pieces: Sequence[Piece], words: Vocabulary) -> int:
    """Where the gradient or symbol begins, behind its factor; the number of pieces if there is none."""
    for place, piece in enumerate(pieces):
        if piece.kind in DERIVATIVES:
            return place if all(each.kind in _FACTOR for each in pieces[:place]) else len(pieces)
    place = 0
    while place < len(pieces) and pieces[place].kind != "WORD":
        if pieces[place].kind == "FRAC":
            place = _behind_fraction(pieces, place)
        elif pieces[place].kind in _SIGNS:
            place += 1
        else:
            return len(pieces)
    while place + 1 < len(pieces) and pieces[place + 1].kind == "WORD" and pieces[place].value != "d":
        operator = pieces[place].value == "D" and not is_differential_sign(pieces[place + 1])  # D f(x)
        if operator or not words.sizes(str(pieces[place].value)):
            break
        place += 1  # the N of N dw
    return place


def _behind_fraction(pieces: Sequence[Piece], place: int) -> int:
    r"""The place behind a \frac and its two groups in braces."""
    groups = 2
    while groups and place + 1 < len(pieces):
        place += 1
        groups -= pieces[place].kind == "RBRACE"
    return place + 1


__all__ = [
    "DERIVATIVES",
    "holds_array",
    "is_at_one_place",
    "is_enclosed",
    "is_open",
    "is_primed_whole",
    "is_turned",
    "joint_factor",
    "parted_sign",
    "start_of",
    "unwrapped",
]
