"""Terms on paper: products side by side, ⊙ and ⊘ for entry by entry, ᵀ, ‖·‖, tr, diag, 𝟏."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from ...engine.rules import TABLE
from ...paper.notation import Written, above_slash, side_by_side, written_rule
from ..factors import above_and_below
from ..printing import LETTER, POWER, PRODUCT, QUOTIENT, SUM, Printer
from ..symbolic.functions import Expr
from .terms import (
    Applied,
    Chain,
    Diagonal,
    Entrywise,
    Identity,
    Leaf,
    Norm,
    Number,
    Ones,
    Power,
    Scaled,
    Term,
    Total,
    Trace,
    Transposed,
    Whole,
)

# A product of matrices binds stronger than one entry by entry: in parentheses there, and the other way round.
_ENTRYWISE = 1.5


class Writer:
    """Writes terms. leaf: how a letter is written that has no name of its own in matrices."""

    def __init__(self, printer: Printer, leaf: Callable[[str], Written]) -> None:
        self.printer = printer
        self._writers: dict[type[Term], Callable[[Any], Written]] = {
            Leaf: lambda x: leaf(x.label),
            Number: lambda x: self._number(x.value),
            Ones: lambda x: Written("𝟏", r"\mathbf{1}"),
            Identity: lambda x: Written("I", "I"),
            Transposed: lambda x: self._transposed(x.of),
            Diagonal: lambda x: self._called("diag", r"\operatorname{diag}", x.of),
            Trace: lambda x: self._called("tr", r"\operatorname{tr}", x.of),
            Norm: self._norm,
            Chain: lambda x: self._chain(x.factors),
            Entrywise: self._entrywise,
            Power: self._power,
            Scaled: self._scaled,
            Total: lambda x: self._total(x.terms),
            Whole: self._whole,
        }

    def write(self, x: Term) -> Written:
        """A term on paper."""
        writer = self._writers.get(type(x))
        if writer is not None:
            return writer(x)
        assert isinstance(x, Applied)
        put = {}
        for place, argument in zip(x.places, x.arguments, strict=True):
            put[place] = self.printer.stand_in(self.write(argument))
        return self.printer.write(x.pattern.xreplace(put))

    def _norm(self, x: Norm) -> Written:
        inside = self.write(x.of)
        return Written(f"‖{inside.text}‖", rf"\left\|{inside.latex}\right\|")

    def _whole(self, x: Whole) -> Written:
        shown = [self.write(a) for a in x.arguments]
        if not x.axes:  # a number beside which matrices may stand: det(X)
            shown = [Written(s.text, s.latex, SUM) for s in shown]
        out = written_rule(TABLE[x.row], shown, {})
        return Written(out.text, out.latex, out.strength if x.axes else LETTER)

    def _number(self, value: Expr) -> Written:
        shown = self.printer.write(value)
        if value.could_extract_minus_sign():
            shown = Written(shown.text, shown.latex, shown.strength)
            shown.minus = self.printer.write(-value)
        return shown

    def _called(self, text: str, latex: str, of: Term) -> Written:
        inside = self.write(of).closed()
        return Written(text + inside.text, latex + inside.latex)

    def _transposed(self, x: Term) -> Written:
        shown = self.write(x)
        if isinstance(x, Whole) and shown.text.endswith("⁻¹"):
            return Written(shown.text[:-1] + "ᵀ", shown.latex.removesuffix("{-1}") + r"{-\top}", POWER)
        shown = shown.closed(LETTER)
        return Written(shown.text + "ᵀ", shown.latex + r"^\top", POWER)

    def _chain(self, factors: Sequence[Term]) -> Written:
        shown = side_by_side([self.write(factor).closed(POWER) for factor in factors])
        return Written(" ".join(s.text for s in shown), " ".join(s.latex for s in shown), PRODUCT)

    def _entrywise(self, x: Entrywise) -> Written:
        over, under = (self._side_by_side(part) for part in (x.over, x.under))
        if under is None:
            assert over is not None
            return over
        over = Written("1") if over is None else over.closed(PRODUCT) if len(x.over) > 1 else over
        over, under = side_by_side([over, under])
        under = under.closed(POWER)
        return Written(f"{over.text} ⊘ {under.text}", rf"{over.latex} \oslash {under.latex}", _ENTRYWISE)

    def _side_by_side(self, factors: Sequence[Term]) -> Written | None:
        """Factors with ⊙ between them; one factor is closed as if it were several."""
        if not factors:
            return None
        shown = side_by_side([self.write(factor).closed(QUOTIENT) for factor in factors])
        strength = _ENTRYWISE if len(shown) > 1 else shown[0].strength
        return Written(" ⊙ ".join(s.text for s in shown), r" \odot ".join(s.latex for s in shown), strength)

    def _power(self, x: Power) -> Written:
        if x.exponent == sp.Rational(1, 2):
            return self.printer.write(sp.sqrt(self.printer.stand_in(self.write(x.base))))
        if not x.axes:
            return self.printer.write(self.printer.stand_in(self.write(x.base)) ** x.exponent)
        base, up = self.write(x.base).closed(LETTER), self.printer.write(x.exponent)
        return Written(f"{base.text}^{{⊙{up.text}}}", f"{base.latex}^{{\\odot {up.latex}}}", POWER)

    def _scaled(self, x: Scaled) -> Written:
        number = -x.number if (negative := bool(x.number.could_extract_minus_sign())) else x.number
        out = self._multiple(number, x)
        if not negative:
            return out
        if out.strength <= SUM:
            out = out.closed()
        shown = Written("−" + out.text, "-" + out.latex, SUM)
        shown.minus = out
        return shown

    def _multiple(self, number: Expr, x: Scaled) -> Written:
        """What is in front as a fraction, then the other factors; a lone 1/N stands behind them in plain text."""
        top, bottom = above_and_below(number)
        sizes = [self.printer.write(bottom)] if bottom != 1 else []
        below = [*sizes, *(self.write(s).closed(POWER) for s in x.under)]
        factors = [*x.over] if x.body is None else [*x.over, x.body]
        alone = len(factors) == 1 and top == 1
        least = SUM if alone and x.under else _ENTRYWISE if len(factors) == 1 else PRODUCT
        behind = [self.write(f).closed(least if f is x.body or alone else POWER) for f in factors]
        front = [self.printer.write(top)] if top != 1 or not behind else []
        return _fraction_with(front, behind, below, bool(x.under))

    def _total(self, terms: Sequence[Term]) -> Written:
        """The terms that are added, then those that are subtracted."""
        text = latex = ""
        for n, shown in enumerate(sorted(map(self.write, terms), key=lambda shown: shown.minus is not None)):
            one = shown if shown.minus is None else shown.minus.closed(_ENTRYWISE)
            between = "−" if shown.minus is not None else "+" if n else ""
            gap = " " if n else ""
            text += f"{gap}{between}{gap}{one.text}"
            latex += f"{gap}{between.replace('−', '-')}{gap}{one.latex}"
        return Written(text, latex, SUM)


def _fraction_with(
    front: Sequence[Written], behind: Sequence[Written], below: Sequence[Written], over_numbers: bool
) -> Written:
    """A number `front` and what is `below` the fraction, then the factors `behind`.

    over_numbers: whether more than sizes stand below; then a single factor goes above them in LaTeX, too.
    """
    text, latex = _joined(behind)
    factors = [*front, *behind]
    strength = min([PRODUCT if len(factors) > 1 else LETTER, *(f.strength for f in factors)])
    if not below:
        return Written(*_joined(factors), strength)
    bottom = " ".join(b.text for b in below)
    low = bottom if len(below) == 1 and below[0].strength >= POWER else f"({bottom})"
    low_latex = " ".join(b.latex for b in below)
    high = front[0] if front else Written("1")
    shown = rf"\frac{{{high.latex}}}{{{low_latex}}} {latex}".rstrip()
    if (front and behind) or "⊘" in text or "/" in text:
        if strength <= SUM:
            text = f"({text})"
            shown = rf"\frac{{{high.latex}}}{{{low_latex}}} \left({latex}\right)"
        return Written(f"({high.text}/{low}) {text}", shown, PRODUCT if strength <= SUM else min(PRODUCT, strength))
    if not behind:
        text, strength = high.text, high.strength
    if over_numbers and behind:
        shown = rf"\frac{{{latex}}}{{{low_latex}}}"
    above = f"({text})" if strength <= SUM else above_slash(Written(text, None, strength)).text
    return Written(f"{above}/{low}", shown, QUOTIENT)


def _joined(factors: Sequence[Written]) -> tuple[str, str]:
    """Factors side by side, with a dot beside the gradient of a number."""
    text = latex = ""
    for n, factor in enumerate(side_by_side(factors)):
        dot = n and any(f.text.startswith("∂") for f in factors[n - 1 : n + 1])
        text += (" · " if dot else " " if n else "") + factor.text
        latex += (r" \cdot " if dot else " " if n else "") + factor.latex
    return text, latex
