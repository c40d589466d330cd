"""What a row says of its operation beside its derivatives, so that nobody has to ask which operation it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any


class Facts:
    """Facts of an operation; a row states those that hold for it, and what is not stated is as it stands here.

    text, latex: how it is written on paper, a template that `rules.py` explains. precedence: how strongly it binds.
    code: how it is written in NumPy. infix: its operator in Python.
    misfit: from two shapes to why they do not fit, "" if they do.
    domain: between which numbers each argument lies; any, where nothing is said.
    example: the shapes of operands, and a call of the row on them; only rows of kind own need one to be tested.
    signs: the result is the sum of the operands with these signs: (1, −1) for a difference.
    powers: the result is the product of the operands to these powers: (1, −1) for a quotient.
    signature: the letters of each operand's last axes and of the result's, as of NumPy's generalized functions: axes
        of one letter meet, `k?` is an axis that may be missing, a letter that stands once an axis whose length
        parameters decide; the axes before them broadcast. "..." is any shape, `<subscripts>` a parameter that says it.
    symmetric: the operands may change places; with signs or powers that are all alike they may, too.
    moves: the result holds the operand's entries, "in order", "reordered", "repeated" or "converted" to another dtype,
        and computes none; all but the last may be views of the operand.
    indexed: the "argument" or the "result", whichever has the places that the other arguments count.
    chooses: each entry of the result is an entry of an operand, or 0.
    folds: the NumPy function of two numbers that a reduction repeats. averages: it divides by the count.
    counts: the result is a number of entries. compares: the result says whether a comparison holds.
    levels_off: the values that the result approaches as the operand grows without bound on either side.
    kinks: the k at which the result bends or steps where the operand x is k, or k times the other operand; of those at
        whole numbers, the first few. () where other numbers decide, None where it does neither.
    along_classes: e^x is summed along the axis, so the classes of data stand along it.
    composed: the operation in the table's own words, for each kind of number that has no kernel for it.
    regular: the operation in the table's words where a matrix among its operands has an inverse, for formulas.
    inverts: the inverse of its first operand, a square matrix, stands in its derivative.
    opaque: the kernel is a function whose source text nobody can take along.
    words: what a sentence calls the operation (default: its name).
    """

    text: str = ""
    latex: str = ""
    precedence: float = 9
    code: str = ""
    infix: str = ""
    misfit: Callable[..., str] | None = None
    domain: Sequence[tuple[float, float]] = ()
    example: tuple[Sequence[tuple[int, ...]], Callable[..., Any]] | None = None
    signs: tuple[int, ...] = ()
    powers: tuple[float, ...] = ()
    signature: str = ""
    symmetric: bool = False
    moves: str = ""
    indexed: str = ""
    chooses: bool = False
    folds: Any = None
    averages: bool = False
    counts: bool = False
    compares: bool = False
    levels_off: tuple[float, ...] = ()
    kinks: tuple[float, ...] | None = None
    along_classes: bool = False
    opaque: bool = False
    composed: Callable[..., Any] | None = None
    regular: Callable[..., Any] | None = None
    inverts: bool = False
    words: str = ""

    def state(self, name: str, facts: dict[str, Any]) -> None:
        """Set the facts that the row called `name` states."""
        unknown = facts.keys() - Facts.__annotations__.keys()
        if unknown:
            raise TypeError(f"row {name}: there is no fact called {', '.join(sorted(unknown))}")
        vars(self).update(facts)
        self.words = self.words or name.replace("_", " ")

    @cached_property
    def contracts(self) -> bool:
        """Whether products are summed along an axis that operands share."""
        if self.signature.startswith("<"):
            return True
        ins, _, out = self.signature.replace("?", "").partition("->")
        first, *others = ins.split(",")
        return any(letter in other and letter not in out for letter in first for other in others)

    @cached_property
    def ordered(self) -> bool:
        """Whether it matters which operand is which."""
        alike = [facts for facts in (self.signs, self.powers) if facts and len(set(facts)) == 1]
        return not (self.symmetric or (alike and not self.signature))
