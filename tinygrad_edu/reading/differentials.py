"""∂L/∂a, ∂p/∂z and ∂/∂w inside a claim: the gradient at a, or a derivative that can be taken; others are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import UnreadableError, UntakenDerivativeError
from .derivatives import Taken, axes_fit
from .pieces import Piece
from .scripts import Scripts
from .sums import free_indices
from .tree import Expression, Gradient, Indexed, Name
from .variable import about, without_d

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
        body = part.body.part if isinstance(part.body, Indexed) else part.body
        indexed = isinstance(part.body, Indexed) or bool(free_indices(part.body))
        axes = self.words.names[body.name] if isinstance(body, Name) and not indexed else None
        scalar = self.words.names[part.name] == ()
        if not scalar and axes is None and not indexed and len(part.labels) < len(self.words.names[part.name]):
            raise UntakenDerivativeError(UNTAKEN, part.at, self.text)
        mixing = any(name in _MIXING for name in self.words.functions)
        if not axes_fit(axes, self.words.names[part.name], part.labels, mixing):
            raise UntakenDerivativeError(UNTAKEN, part.at, self.text)
        return part

    def derivative(self, piece: Piece) -> Expression:
        """∂L/∂a inside a claim, where a is a name: the gradient there."""
        above, below = piece.value
        named = [each for each in without_d(above) if each.kind == "WORD"]
        spelled = "".join(str(each.value) for each in named).removeprefix("cal:")
        inner = [each for each in below if each.kind != "PARTIAL"]
        if spelled in ("L", "J", "E", "C", "loss", "ell", "l", "cost", self.words.loss, self.words.called) and inner:
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
