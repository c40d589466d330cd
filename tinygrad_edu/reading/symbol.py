"""A single symbol on the left of an equation: what it is by its name, and its indices."""

from __future__ import annotations

from dataclasses import replace

from .pieces import Piece
from .spelling import Spelling
from .variable import (
    INDICES,
    LOSS_ITSELF,
    NAMED_LOSSES,
    SCRIPTS,
    SECOND,
    LeftSide,
    is_list_of_arguments,
    is_power,
    labels_of,
)
from .words import canonical

_IN_SCRIPTS = ("WORD", "NUMBER", "COMMA", "LPAR", "RPAR")
_MARKS = ("TIMES", "PLUS", "PRIME")  # in a script: w_*, w^+, w^{(t+1)}
# Names that say that a symbol is no first derivative
_HESSIANS = ("H", "cal:H", "hess", "Hess", "hessian", "Hessian")
_UPDATES = ("update", "updated", "step", "direction", "descent", "velocity", "momentum", "new", "next", "old", "prev")
_VALUES = (*_UPDATES, "star", "opt")  # below or above a name of the graph


def symbol(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """A single symbol: its spelling and its indices; what says that it is something else is refused as a gradient."""
    spelled = str(first.value)
    scripts, joined = rest, ""
    if spelled in ("d", "D") and [str(piece.value) for piece in rest[:1]] == ["2"] and rest[1:]:  # d2L, d2L_dw2
        return LeftSide("gradient", refused=SECOND, twice=("",)) if rest[1].kind == "WORD" else None
    if rest and (rest[0].kind == "NUMBER" or (spelled == "d" and rest[0].kind == "WORD")):
        joined, scripts = str(rest[0].value), rest[1:]
    if is_list_of_arguments(scripts) and (spelled.removeprefix("cal:") in NAMED_LOSSES or spelled in _HESSIANS):
        scripts = rest = []  # J(w, b)
    if any(piece.kind not in SCRIPTS for piece in scripts):
        return None
    found, named = _named(spelled + joined, scripts, spelling)
    key, labels = spelled + joined, list[str]()
    for script in scripts:
        letters = "".join(str(piece.value) for piece in script.value if piece.kind in ("WORD", "NUMBER"))
        if script.kind == "SUB" and letters and all(letter in INDICES for letter in letters):
            labels += letters
        elif any(piece.kind not in _IN_SCRIPTS for piece in script.value) or letters in ("i", "n", "T", "top"):
            return found
        else:
            key += letters
    said = tuple(labels) or (labels_of(scripts) if named else ())  # the i and j of z₂ᵢⱼ
    return found if ":" in spelled else replace(found, symbol=canonical(key), labels=said)


def _named(spelled: str, scripts: list[Piece], spelling: Spelling) -> tuple[LeftSide, bool]:
    """What a symbol is by its name, and whether that is one of the graph's.

    Refused as gradients are a name of the graph, a power of it or another value, the loss, a Hessian and an update.
    """
    name, left = spelling.named(spelled, scripts)
    words = [str(piece.value) for script in left for piece in script.value if piece.kind == "WORD"]
    if any(map(is_power, left)):
        return LeftSide("symbol", refused=f"a power of {name or spelled}"), name is not None
    if name is not None:
        marked = any(piece.kind in _MARKS for script in left for piece in script.value)
        if marked or any(word.lower() in _VALUES for word in words):
            return LeftSide("symbol", refused=f"another value of {name}"), True
        return LeftSide("symbol", about=name, refused=f"{name} itself"), True
    if spelled.removeprefix("cal:") in NAMED_LOSSES and (not scripts or labels_of(scripts)):
        return LeftSide("symbol", refused=LOSS_ITSELF), False
    if spelled.endswith(("bar", "dot")) and (under := spelling.words.name(spelled[:-3])) is not None:
        return LeftSide("symbol", letter=under), False  # b̄: the gradient at b, or a mean
    if spelled in _HESSIANS:
        return LeftSide("symbol", refused="a Hessian by its name", twice=("",)), False
    update = any(word.lower() in _UPDATES for word in (spelled, *words))  # new_w
    return LeftSide("symbol", refused="an update by its name" if update else ""), False


__all__ = ["symbol"]
