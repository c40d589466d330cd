"""A finding: one thing that explains a claim, before it is put into words."""

from __future__ import annotations

from fractions import Fraction

from ..engine.graph import Node
from .factors import Factor
from .mistakes import Mistaken, Slip
from .recording import Place

# Where several findings explain a claim, the more common human mistake comes first.
PREFERENCE = (
    "whole",
    "path-sign",
    "path-factor",
    "missing-path",
    "missing-sum",
    "extra-sum",
    "softmax-diagonal",
    "transpose",
    "left-out",
    "missing-paths",
    "on-the-way",
    "wrong-derivative",
    "doubled",
    "unrelated",
    "pair",
)


class Finding:
    """One thing that explains a claim.

    mistake: its name in the table of mistakes. kind: its place in PREFERENCE. node: where it happened. place: to which
    argument of the node. how: which of several sentences says it. factor: by which the gradient, or what comes along a
    path, was multiplied; whole: whether it is the gradient. everywhere: whether it happened at every use of the
    operation. common: how far down a list of frequent mistakes it stands. slip: what the claim used as a derivative.
    more: what else is wrong, where two things are.
    """

    def __init__(
        self,
        mistake: str,
        kind: str,
        node: Node | None = None,
        place: Place | None = None,
        how: str = "",
        factor: Factor | None = None,
        whole: bool = False,
        everywhere: bool = False,
        common: int = 0,
        more: Finding | None = None,
        slip: Slip | None = None,
    ) -> None:
        self.mistake, self.kind, self.node, self.place, self.how = mistake, kind, node, place, how
        self.factor, self.whole, self.everywhere, self.common, self.more = factor, whole, everywhere, common, more
        self.slip = slip

    @classmethod
    def of_slip(cls, mistaken: Mistaken, place: Place, everywhere: bool = False) -> Finding:
        """A wrong derivative of the catalogue, used at a place."""
        return cls(
            mistaken.mistake,
            mistaken.how.removesuffix("-at-result") if mistaken.mistake == "local-derivative" else mistaken.mistake,
            node=place[0],
            place=place,
            how=mistaken.how,
            common=mistaken.common,
            everywhere=everywhere,
            slip=mistaken.slip,
        )

    @classmethod
    def of_whole(cls, factor: Factor) -> Finding:
        """The whole gradient times a factor other than one."""
        return cls(factor.mistakes[0], "whole", factor=factor, whole=True)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Smaller is likelier."""
        if self.how == "parallel":  # that x + x is used once is a better explanation of a half than a factor ½
            return (-1, 0, self.common)
        return (PREFERENCE.index(self.kind), int(self.everywhere), self.common)

    @property
    def is_plain(self) -> bool:
        """Whether it is so plain a mistake that agreeing in one or two numbers is evidence for it."""
        if self.factor is not None:
            return isinstance(self.factor.exact, Fraction) and abs(self.factor.number) in (0.0, 0.5, 1.0, 2.0)
        return self.mistake != "wrong-derivative" and self.kind not in ("doubled", "unrelated", "pair")

    @property
    def weight(self) -> int:
        """How much has to go wrong for it: 1 for a single mistake."""
        factor = self.factor
        made = 1 if factor is None else len(factor.mistakes) + max(len(factor.powers) - 1, 0)
        return max(made, 1) + (self.more.weight if self.more is not None else 0)

    def __repr__(self) -> str:
        return f"<{self.mistake} {self.kind} {self.how} at {self.node}{' and ' + repr(self.more) if self.more else ''}>"
