"""∂L/∂a, ∂p/∂z and ∂/∂w inside a claim: the gradient at a, or a derivative that can be taken; others are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from ..errors import UnreadableError, UntakenDerivativeError
from .derivatives import Chained, Taken, axes_fit
from .left_side import fraction
from .pieces import Piece
from .scripts import Scripts
from .sums import free_indices
from .tree import Expression, Gradient, Indexed, Name, walk
from .variable import ENTRY, about, standing, without_d

UNTAKEN = "a derivative still to be taken, where its value is claimed"
_MIXING = ("softmax", "log_softmax", "cumsum", "inv", "solve")


class Differentials(Scripts):
    """Understands the derivatives inside a claim."""

    def variable(self, below: Sequence[Piece], at: int) -> tuple[str, tuple[str, ...]]:
        """The name by which is derived, and its indices."""
        found = about(without_d(below), self.spelling)
        if not found.about and found.labels and (loosely := self.words.loosely(found.letter)) is not None:
            found = replace(found, about=loosely)
        if not found.about or found.refused or not self.words.leaves:
            raise UntakenDerivativeError(UNTAKEN, at, self.text)
        self.indices.update(found.labels)
        self.derived_by.add(found.about)
        return found.about, found.labels

    def taken(self, at: int, by: str, labels: tuple[str, ...], body: Expression) -> Expression:
        """A derivative still to be taken."""
        return self.fitting(Taken(at, by, labels, body))

    def fitting(self, part: Expression) -> Expression:
        """The same, refused where nothing tells how its entries are laid out."""
        if not isinstance(part, Taken):
            return part
        if any(isinstance(each, (Taken, Chained, Gradient)) for each in walk(part.body)):  # ∂/∂w ∂p/∂w
            raise UntakenDerivativeError(UNTAKEN, part.at, self.text)
        body = part.body.part if isinstance(part.body, Indexed) else part.body
        indexed = isinstance(part.body, Indexed) or bool(free_indices(part.body))
        axes = self.words.names[body.name] if isinstance(body, Name) and not indexed else None
        by = self.words.names[part.name]
        if by and axes is None and not indexed and len(part.labels) < len(by):
            raise UntakenDerivativeError(UNTAKEN, part.at, self.text)
        if part.labels and len(part.labels) == sum(axis != 1 for axis in by):
            by = part.labels
        mixing = any(name in _MIXING for name in self.words.functions)
        if not axes_fit(axes, by, part.labels, mixing):
            raise UntakenDerivativeError(UNTAKEN, part.at, self.text)
        return part

    def derivative(self, piece: Piece) -> Expression:
        """∂L/∂a inside a claim, where a is a name: the gradient there."""
        above, below = piece.value
        if (found := self._of_root(piece) or self._at_formula(piece)) is not None:
            return found
        said = fraction(piece, self.spelling)
        named = [each for each in without_d(above) if each.kind == "WORD"]
        spelled = said.derived or "".join(str(each.value) for each in named).removeprefix("cal:")
        inner = [each for each in below if each.kind != "PARTIAL"]
        if spelled in ("L", "J", "E", "C", "loss", "ell", "l", "cost", self.words.loss, self.words.called) and inner:
            refused = said.refused not in ("", ENTRY)
            if refused or said.written or said.factor or said.of_one:  # ∂²L, ∂L², ∂(2L), ∂Lᵢ
                raise UntakenDerivativeError(UNTAKEN, piece.at, self.text)
            first = inner[0]
            letters = str(first.value)
            if first.kind == "WORD":
                scripts = [each for each in inner[1:] if each.kind in ("SUB", "SUP")]
                if len(scripts) == len(inner) - 1:
                    for candidate in (letters, letters.removeprefix("d")):
                        for find in (self.spelling.named, self.spelling.named_loosely)[: 1 + bool(scripts)]:
                            name, left = find(candidate, scripts)
                            if name is not None:
                                return self.scripted(Gradient(piece.at, name), left, piece.at)
            by_name = about(without_d(below), self.spelling)
            capital = by_name.letter[:1].isupper()
            if capital and (loosely := self.words.loosely(by_name.letter)) is not None:  # ∂L/∂Y for y
                by_name = replace(by_name, about=loosely)
            if not by_name.about or by_name.refused:
                raise UntakenDerivativeError(UNTAKEN, piece.at, self.text)
            self.indices.update(by_name.labels)
            part = Gradient(piece.at, by_name.about)
            return Indexed(piece.at, part, by_name.labels) if by_name.labels else part
        by, labels = self.variable(below, piece.at)
        try:
            return Taken(piece.at, by, labels, self.parse(without_d(above, whole=True)))
        except UnreadableError:
            raise UntakenDerivativeError(UNTAKEN, piece.at, self.text) from None

    def _of_root(self, piece: Piece) -> Expression | None:
        """∂yᵢ/∂zⱼ where y is what is derived, ∂²L/∂w∂z where that is ∂L/∂w: the gradient at z, for each entry of y."""
        found, derived = fraction(piece, self.spelling), self.words.derived
        if derived.by and len(found.twice) == 2 and found.twice[0] == derived.by:
            name = found.twice[1]
        elif derived.name and found.of == derived.name and not (found.written or found.refused):
            name = found.about
        else:
            return None
        if name not in self.words.names:
            return None
        self.indices.update(found.labels)
        part = Gradient(piece.at, name)
        if found.twice and len(scripts := self._scripts_below(piece.value[1])) > len(found.labels):
            return self.scripted(part, scripts, piece.at)  # ∂²L/∂zᵢ∂p[y]: an entry at a place that is no index
        return Indexed(piece.at, part, found.labels) if found.labels else part

    def _scripts_below(self, below: Sequence[Piece]) -> list[Piece]:
        """What stands below the names in ∂zᵢ∂t₁ⱼ, and is no part of them."""
        found: list[Piece] = []
        for n, first in enumerate(below):
            if first.kind == "WORD":
                own = list(takewhile(lambda each: each.kind == "SUB", below[n + 1 :]))
                found += self.spelling.named(str(first.value), own)[1]
        return found

    def _at_formula(self, piece: Piece) -> Expression | None:
        """∂L/∂(A⁻¹): the gradient at the value that the formula stands for."""
        name, scripts = standing(piece.value[1], self.spelling)
        if not name or fraction(piece, self.spelling).of or not fraction(piece, self.spelling).is_of_loss():
            return None
        return self.scripted(Gradient(piece.at, name), scripts, piece.at)
