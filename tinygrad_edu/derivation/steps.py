"""The lines of a derivation: `Step` is one of them, `Result` is what all of them come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..engine.graph import Node, Rule
from ..paper.notation import Written, escaped_latex
from .symbolic.entries import Named
from .symbolic.functions import Expr


@dataclass(frozen=True)
class Reason:
    """A part of a reason that differs between the notations.

    index: as it stands in index notation. matrix: as it stands in matrices, or an expression to be written in them,
    with its free indices and the shape of the node that it is about.
    """

    index: str | Written
    matrix: str | Written | Expr
    indices: tuple[Expr, ...] = ()
    shape: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """In Unicode, in index notation."""
        return self.index if isinstance(self.index, str) else self.index.text

    @property
    def latex(self) -> str:
        """In LaTeX, in index notation."""
        return _spoken(self.index) if isinstance(self.index, str) else self.index.latex


def _spoken(words: str) -> str:
    """Words in a formula; nothing where there are none."""
    return rf"\text{{{escaped_latex(words)}}}" if words else ""


@dataclass(eq=False, repr=False)
class Step:
    """One line: `lhs` = `rhs`, and why.

    kind: "definition" (of node), "gradient" (of the loss towards node), "path" (one contribution to node's gradient),
    or "local" (the derivative of `of` towards node, entry by entry). node: the node it is about. rule: the operation
    that is used. expr: the right-hand side, in the user's names. indices: its free ones, one for each axis that is
    there. sign: −1 where a local derivative is that of a term which is subtracted. source: the right-hand side as it
    stands on paper, with the letters of gradients that `expr` has put in; None where a derivative is still to be taken.
    brief: the reason in matrices, where lines such as this are left out; "" for the same, None for none.
    """

    kind: str
    node: Node
    rule: Rule | None
    expr: Expr
    lhs: Written
    rhs: Written
    why: tuple[str | Written | Reason, ...] = ()
    of: Node | None = None
    indices: tuple[Expr, ...] = ()
    sign: int = 1
    source: Expr | None = None
    brief: str | None = ""

    def __repr__(self) -> str:
        return f"<{self.kind}: {self.text}>"

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

    @property
    def reason_latex(self) -> str:
        """The same in LaTeX."""
        return "".join(_spoken(w) if isinstance(w, str) else w.latex for w in self.why)

    def __str__(self) -> str:
        return f"{self.text}    {self.reason}" if self.why else self.text


class Result(NamedTuple):
    """What a derivation consists of once it is found. whole: the formula, softmax and its like not yet written out.

    notes: what a reader of the index notation should know beside the lines.
    """

    steps: list[Step]
    formula: Expr
    whole: Expr
    indices: tuple[Expr, ...]
    facts: list[str]
    notes: list[str]
    named: dict[str, Named]
