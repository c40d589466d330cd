"""What stands on the left of a claim's `=`: whose gradient it speaks of, and how many times that gradient it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..paper.notation import pretty
from .lexer import Piece
from .spelling import Spelling
from .words import Vocabulary

_SIGNS = ("MINUS", "PLUS", "NUMBER", "TIMES", "SLASH")
_FACTOR = (*_SIGNS, "WORD", "FRAC", "SQRT", "SUP", "LBRACE", "RBRACE", "LPAR", "RPAR")
_LOSSES = ("L", "J", "E", "C", "R", "S", "Q", "ell", "l", "loss", "cost", "f", "")


@dataclass(frozen=True)
class Left:
    """A left-hand side, understood.

    factor: the pieces in front of the gradient. about: the graph's name whose gradient it is, "" for the one asked
    about. letter: what stands there for the latter, where that is no name of the graph. of: the graph's name that is
    derived, "" for the loss. refused: what it is, if it is no first derivative.
    """

    factor: tuple[Piece, ...] = ()
    about: str = ""
    letter: str = ""
    of: str = ""
    refused: str = ""


def understood(side: Sequence[Piece], words: Vocabulary) -> Left:
    """What a left-hand side says; where it says nothing that is known here, it speaks of the gradient asked about."""
    pieces = [piece for piece in side if piece.kind not in ("QUAD", "PROSE", "LINE")]
    pieces, power = _unwrapped(pieces)
    if power:
        return Left(refused="a power of a gradient")
    start = _start(pieces, words)
    if start == len(pieces):
        return Left()
    factor = tuple(piece for piece in pieces[:start] if piece.kind != "PLUS")
    if factor and factor[-1].kind == "TIMES":
        factor = factor[:-1]
    found = _core(pieces[start], pieces[start + 1 :], Spelling(words))
    return replace(found, factor=(*factor, *found.factor))


def _unwrapped(pieces: list[Piece]) -> tuple[list[Piece], bool]:
    """A side without parentheses around the whole of it, and whether it is raised to a power."""
    scripts = len(pieces)
    while scripts and pieces[scripts - 1].kind in ("SUB", "SUP"):
        scripts -= 1
    inner = pieces[:scripts]
    derivative = any(piece.kind in ("DERIVATIVE", "NABLA", "PARTIAL") for piece in inner)
    raised = any(_is_number(piece) for piece in pieces[scripts:])
    if not inner or not derivative:
        return pieces, False
    closed = inner[-1].kind == "RPAR"
    if raised and (closed or inner[-1].kind == "DERIVATIVE"):
        return pieces, True
    if inner[0].kind == "LPAR" and closed and sum(piece.kind == "LPAR" for piece in inner) == 1:
        return inner[1:-1], False
    if inner[0].kind == "LBRACE" and inner[-1].kind == "RBRACE" and any(piece.kind == "OVER" for piece in inner):
        over = next(place for place, piece in enumerate(inner) if piece.kind == "OVER")
        return [Piece("DERIVATIVE", (inner[1:over], inner[over + 1 : -1]), inner[0].at, False)], False
    return pieces, False


def _start(pieces: Sequence[Piece], words: Vocabulary) -> int:
    """Where the gradient begins, behind a factor."""
    for place, piece in enumerate(pieces):
        if piece.kind in ("DERIVATIVE", "NABLA", "PARTIAL"):
            return place if all(each.kind in _FACTOR for each in pieces[:place]) else len(pieces)
    place = 0
    while place < len(pieces) and pieces[place].kind != "WORD":
        if pieces[place].kind == "FRAC":
            depth, place = 2, place + 1
            while depth and place < len(pieces):
                depth -= pieces[place].kind == "RBRACE"
                place += 1
        elif pieces[place].kind in _SIGNS:
            place += 1
        else:
            return len(pieces)
    while place + 1 < len(pieces) and pieces[place + 1].kind == "WORD" and pieces[place].value != "d":
        if not words.sizes(str(pieces[place].value)):
            break
        place += 1  # the N of N dw
    return place


def _core(first: Piece, rest: Sequence[Piece], spelling: Spelling) -> Left:
    if first.kind == "DERIVATIVE":
        above, below = first.value
        return _fraction(above, below, spelling)
    if first.kind == "NABLA":
        if rest and rest[0].kind == "SUP":
            return Left(refused="a second derivative")
        return _about(rest[0].value, spelling) if rest and rest[0].kind == "SUB" else Left()
    slash = next((place for place, piece in enumerate(rest) if piece.kind == "SLASH"), None)
    if first.kind == "PARTIAL":
        if rest and rest[0].kind == "SUB":
            return _about(rest[0].value, spelling)
        return Left() if slash is None else _fraction([first, *rest[:slash]], rest[slash + 1 :], spelling)
    spelled = str(first.value)
    if slash is not None and spelled.startswith("d"):
        return _fraction([first, *rest[:slash]], rest[slash + 1 :], spelling)
    return _word(first, spelled, rest, spelling)


def _word(first: Piece, spelled: str, rest: Sequence[Piece], spelling: Spelling) -> Left:
    """f′(x), dW, dL_dw; or a name, of which the line says what it is."""
    primes = sum(len(str(piece.value)) for piece in rest if piece.kind == "PRIME")
    if primes:
        return Left(refused="a second derivative") if primes > 1 else Left()
    scripts = [piece for piece in rest if piece.kind in ("SUB", "SUP")]
    if len(scripts) < len(rest) and not (spelled == "d" and rest[0].kind == "WORD"):
        joined = len(rest) == 1 and rest[0].kind == "NUMBER"
        if not joined:
            return Left()
        scripts = [Piece("SUB", [rest[0]], rest[0].at, False)]
    name = spelling.named(spelled, scripts)[0]
    if name is not None:
        return Left(refused=f"{name} itself", about=name)
    if spelled.removeprefix("cal:") in ("L", "J", "ell", "loss", "cost") and not scripts:
        return Left(refused="the loss itself")
    if (
        spelled in ("dL", "dJ", "dE", "dC", "dl")
        and scripts
        and scripts[0].value
        and str(scripts[0].value[0].value)[:1] == "d"
    ):
        inner, *others = scripts[0].value
        return _about([inner._replace(value=str(inner.value)[1:]), *others, *scripts[1:]], spelling)
    if spelled == "d" and rest:
        return _about(rest, spelling)
    if spelled.startswith("d") and spelling.named(spelled[1:], scripts)[0] is not None:
        return _about([first._replace(value=spelled[1:]), *scripts], spelling)
    return Left()


def _fraction(above: Sequence[Piece], below: Sequence[Piece], spelling: Spelling) -> Left:
    """∂above/∂below."""
    order = [piece for piece in above if _is_number(piece)]
    if order and above[0].kind in ("PARTIAL", "WORD") and len(above) > 1 and above[1] is order[0]:
        return Left(refused="a second derivative")
    if sum(piece.kind == "PARTIAL" for piece in below) > 1:
        return Left(refused="a second derivative")
    derived = [piece for piece in above if piece.kind not in ("PARTIAL", "LPAR", "RPAR")]
    factor: list[Piece] = []
    while derived and derived[0].kind in ("MINUS", "PLUS", "NUMBER"):
        factor.append(derived.pop(0))
    derived = _without_d(derived)
    by = _about(_without_d(below), spelling)
    scripts = [piece for piece in derived[1:] if piece.kind in ("SUB", "SUP")]
    of = ""
    if derived and derived[0].kind == "WORD":
        spelled = str(derived[0].value).removeprefix("cal:")
        of = spelling.named(spelled, scripts)[0] or ""
        if of and by.letter in _LOSSES[:-1] and spelled not in _LOSSES:
            return Left(refused=f"the derivative of {pretty(of)} with respect to {by.letter}")
    return replace(by, of=of, factor=tuple(factor))


def _without_d(pieces: Sequence[Piece]) -> list[Piece]:
    """What is derived, or by what: without its ∂ or d."""
    rest = [piece for piece in pieces if piece.kind not in ("PARTIAL", "LPAR", "RPAR")]
    if len(rest) < len(pieces) or not rest or rest[0].kind != "WORD":
        return rest
    spelled = str(rest[0].value)
    if spelled == "d":
        return rest[1:]
    return [rest[0]._replace(value=spelled[1:]), *rest[1:]] if spelled.startswith("d") else rest


def _about(pieces: Sequence[Piece], spelling: Spelling) -> Left:
    """The node that pieces below a derivative name."""
    words = [piece for piece in pieces if piece.kind == "WORD"]
    if not words:
        return Left()
    spelled = str(words[0].value)
    whole = "".join(str(piece.value) for piece in pieces if piece.kind in ("WORD", "NUMBER"))
    scripts = [piece for piece in pieces if piece.kind in ("SUB", "SUP")]
    name = spelling.words.name(whole) if whole != spelled else None
    name = name or spelling.named(spelled, scripts)[0]
    if name is None and len(spelled) > 1 and all(letter in "ijklmn" for letter in spelled[1:]):
        name = spelling.words.name(spelled[0])
    return Left(about=name) if name is not None else Left(letter=whole)


def _is_number(piece: Piece) -> bool:
    return piece.kind == "SUP" and len(piece.value) == 1 and piece.value[0].kind == "NUMBER"


__all__ = ["Left", "understood"]
