"""What a text defines for itself: `δ = …`, `where r = …`, the lines before the last of a few lines of Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import MisfitError
from ..tensors import functions
from .entries import Entries
from .pieces import Piece
from .tree import Expression, Product, Quotient, Run, Terms
from .words import Vocabulary, canonical

_ASSIGNED = re.compile(r"\s*([A-Za-z_]\w*)\s*([-+*/]?)=(?!=)")


@dataclass(frozen=True)
class Definition:
    """A symbol's meaning. labels: the indices on its left, which are free in the tree."""

    tree: Expression
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Collected(Expression):
    """A symbol without the indices it was defined with: δ, where δᵢ was. Its entries for all i are one array."""

    part: Expression
    labels: tuple[str, ...]
    binds = True

    def value(self, run: Run) -> Entries:
        """The part's value in a run."""
        found = self.part.value(run)
        if set(found.labels) != set(self.labels):
            raise MisfitError(f"a definition for each {', '.join(self.labels)}, but its right-hand side is {found}")
        order = [found.labels.index(label) for label in self.labels]
        rest = range(len(order), len(order) + found.rank)
        return Entries(functions.transpose(functions.array(found.data), (*order, *rest)))


def is_used(key: str, pieces: Sequence[Piece]) -> bool:
    """Whether a defined symbol stands somewhere in pieces."""
    for place, piece in enumerate(pieces):
        if piece.kind == "WORD" and not (place and pieces[place - 1].kind == "PARTIAL"):  # no use of the L in ∂L
            spelled = canonical(str(piece.value))
            more = [p for p in pieces[place + 1 : place + 3] if p.kind in ("SUB", "SUP", "NUMBER", "WORD")]
            joined = [spelled + canonical(_letters(each)) for each in more]
            if key == spelled or key in joined or (len(key) == 1 and len(spelled) < 4 and key in spelled):
                return True
        for inner in piece.value if isinstance(piece.value, (list, tuple)) else ():
            if is_used(key, inner if isinstance(inner, list) else [inner]):
                return True
    return False


def _letters(piece: Piece) -> str:
    """The letters of a piece or of what stands below it; of ₁ⱼ, a layer and an index, the layer."""
    held = piece.value if isinstance(piece.value, list) else [piece]
    held = held[:1] if held and held[0].kind == "NUMBER" else held
    return "".join(str(each.value) for each in held if each.kind in ("WORD", "NUMBER"))


def may_be_defined(key: str, words: Vocabulary) -> bool:
    """Whether a text may give a symbol a meaning of its own: not the data's names, sizes, an index."""
    name = words.name(key)
    return name not in words.leaves and (name is not None or not words.sizes(key)) and key not in ("i", "j", "k", "L")


def assigned(text: str) -> list[str] | None:
    """The lines of a few lines of Python that all assign; None if it is no such text."""
    if "\\" in text or "&" in text:
        return None
    lines = [line for line in re.split(r"[\n;]", text) if line.strip() and not line.strip().startswith("#")]
    return lines if len(lines) > 1 and all(_ASSIGNED.match(line) for line in lines) else None


def target_of(line: str) -> str:
    """What a line of Python assigns to."""
    match = _ASSIGNED.match(line)
    return match.group(1) if match else ""


def sign_of(line: str) -> str:
    """The + of a line of Python with +=, or the sign of -=, *= or /=; "" for a plain =."""
    match = _ASSIGNED.match(line)
    return match.group(2) if match else ""


def changed(before: Expression, sign: str, by: Expression) -> Expression:
    """What a symbol holds after +=, -=, *= or /=."""
    if sign in ("+", "-"):
        return Terms(by.at, (1, 1 if sign == "+" else -1), (before, by))
    return Product(by.at, before, by, "⊙") if sign == "*" else Quotient(by.at, before, by)
