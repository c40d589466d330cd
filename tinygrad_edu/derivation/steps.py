"""The lines of a derivation: `Step` is one of them, `Result` is what all of them come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..engine.graph import Node, Rule
from ..paper.notation import Written
from .symbolic.entries import Named
from .symbolic.functions import Expr


@dataclass(eq=False)
class Step:
    """One line: `lhs` = `rhs`, and why.

    kind: "definition" (of node), "gradient" (of the loss towards node), "path" (one contribution to node's gradient),
    or "local" (the derivative of `of` towards node, entry by entry). node: the node it is about. rule: the operation
    that is used. expr: the right-hand side, in the user's names. indices: its free ones, one for each axis that is
    there. sign: −1 where a local derivative is that of a term which is subtracted.
    """

    kind: str
    node: Node
    rule: Rule | None
    expr: Expr
    lhs: Written
    rhs: Written
    why: tuple[str | Written, ...] = ()
    of: Node | None = None
    indices: tuple[Expr, ...] = ()
    sign: int = 1

    @property
    def text(self) -> str:
        """The equation in Unicode."""
        return f"{self.lhs.text} = {self.rhs.text}"

    @property
    def latex(self) -> str:
        """The equation in LaTeX."""
        return f"{self.lhs.latex} = {self.rhs.latex}"

    @property
    def reason(self) -> str:
        """Why it holds, in words."""
        return "".join(w if isinstance(w, str) else w.text for w in self.why)

    def __str__(self) -> str:
        return f"{self.text}    {self.reason}" if self.why else self.text


class Result(NamedTuple):
    """What a derivation consists of once it is found."""

    steps: list[Step]
    formula: Expr
    indices: tuple[Expr, ...]
    facts: list[str]
    named: dict[str, Named]
