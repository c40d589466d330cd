"""Terms on paper: products side by side, ⊙ and ⊘ for entry by entry, ᵀ, ‖·‖, tr, diag, 𝟏."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy as sp

from ...engine.rules import TABLE
from ...paper.notation import Written, written_rule
from ..printing import POWER, PRODUCT, QUOTIENT, SUM, Printer
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
_ENTRYWISE, _LETTER = 1.5, 9


class Writer:
    """Writes terms. leaf: how a letter is written that has no name of its own in matrices."""

    def __init__(self, printer: Printer, leaf: Callable[[str], Written]) -> None:
        self.printer, self.leaf = printer, leaf

    def write(self, x: Term) -> Written:
        """A term on paper."""
        match x:
            case Leaf():
                return self.leaf(x.label)
            case Number():
                return self.printer.write(x.value)
            case Ones():
                return Written("𝟏", r"\mathbf{1}")
            case Identity():
                return Written("I", "I")
            case Transposed():
                return self._transposed(x.of)
            case Diagonal():
                return self._called("diag", r"\operatorname{diag}", x.of)
            case Trace():
                return self._called("tr", r"\operatorname{tr}", x.of)
            case Norm():
                inside = self.write(x.of)
                return Written(f"‖{inside.text}‖", rf"\left\|{inside.latex}\right\|")
            case Chain():
                return self._chain(x.factors)
            case Entrywise():
                return self._entrywise(x)
            case Power():
                return self._power(x)
            case Scaled():
                return self._scaled(x)
            case Total():
                return self._total(x.terms)
            case Whole():
                shown = [self._argument(a) for a in x.arguments]
                out = written_rule(TABLE[x.row], shown, {})
                return Written(out.text, out.latex, out.strength)
        assert isinstance(x, Applied)
        put = {}
        for place, argument in zip(x.places, x.arguments, strict=True):
            put[place] = self.printer.stand_in(self.write(argument))
        return self.printer.write(x.pattern.xreplace(put))

    def _argument(self, x: Term) -> Written:
        """An argument of a row. A function of a whole matrix has parentheses around a letter, too: det(X)."""
        return self.write(x)

    def _called(self, text: str, latex: str, of: Term) -> Written:
        inside = self.write(of)
        return Written(f"{text}({inside.text})", rf"{latex}\left({inside.latex}\right)")

    def _transposed(self, x: Term) -> Written:
        shown = self.write(x)
        if shown.text.endswith("⁻¹"):
            return Written(shown.text[:-1] + "ᵀ", shown.latex.removesuffix("{-1}") + r"{-\top}", POWER)
        shown = self._closed(shown, _LETTER)
        return Written(shown.text + "ᵀ", shown.latex + r"^\top", POWER)

    def _chain(self, factors: Sequence[Term]) -> Written:
        shown = [self._closed(self.write(factor), POWER) for factor in factors]
        return Written(" ".join(s.text for s in shown), " ".join(s.latex for s in shown), PRODUCT)

    def _entrywise(self, x: Entrywise) -> Written:
        over, under = (self._side_by_side(part) for part in (x.over, x.under))
        if under is None:
            assert over is not None
            return over
        over = Written("1") if over is None else self._closed(over, PRODUCT) if len(x.over) > 1 else over
        under = self._closed(under, POWER)
        return Written(f"{over.text} ⊘ {under.text}", rf"{over.latex} \oslash {under.latex}", _ENTRYWISE)  # type: ignore[arg-type]

    def _side_by_side(self, factors: Sequence[Term]) -> Written | None:
        """Factors with ⊙ between them; one factor is closed as if it were several."""
        if not factors:
            return None
        shown = [self._closed(self.write(factor), QUOTIENT) for factor in factors]
        strength = _ENTRYWISE if len(shown) > 1 else shown[0].strength
        return Written(" ⊙ ".join(s.text for s in shown), r" \odot ".join(s.latex for s in shown), strength)  # type: ignore[arg-type]

    def _power(self, x: Power) -> Written:
        if x.exponent == sp.Rational(1, 2):
            return self.printer.write(sp.sqrt(self.printer.stand_in(self.write(x.base))))
        if not x.axes:
            return self.printer.write(self.printer.stand_in(self.write(x.base)) ** x.exponent)
        base, up = self._closed(self.write(x.base), _LETTER), self.printer.write(x.exponent)
        return Written(f"{base.text}^{{⊙{up.text}}}", f"{base.latex}^{{\\odot {up.latex}}}", POWER)

    def _scaled(self, x: Scaled) -> Written:
        number = -x.number if (negative := bool(x.number.could_extract_minus_sign())) else x.number
        out = self._multiple(number, x)
        if not negative:
            return out
        if out.strength <= SUM:
            out = self._closed(out, PRODUCT)
        return Written("−" + out.text, "-" + out.latex, SUM)

    def _multiple(self, number: sp.Expr, x: Scaled) -> Written:
        """What is in front as a fraction, then the other factors; a lone 1/N stands behind them in plain text."""
        top, bottom = sp.fraction(number)
        scalars = [self._closed(self.write(s), POWER) for s in x.over]
        below = [self._closed(self.write(s), POWER) for s in x.under]
        if bottom != 1:
            below = [self.printer.write(bottom), *below]
        behind = scalars + ([] if x.body is None else [self._closed(self.write(x.body), _ENTRYWISE)])
        if x.body is not None and scalars:
            behind[-1] = self._closed(self.write(x.body), PRODUCT)
        front = [self.printer.write(top)] if top != 1 else []
        return _fraction_with(front, behind, below)

    def _total(self, terms: Sequence[Term]) -> Written:
        text = latex = ""
        for n, term in enumerate(terms):
            shown = self.write(term)
            minus = shown.strength <= SUM and shown.text.startswith("−")
            if minus:
                shown = Written(shown.text[1:], shown.latex[1:], PRODUCT)
            elif shown.strength <= SUM:
                shown = self._closed(shown, PRODUCT)
            if n == 0:
                text, latex = ("−" + shown.text, "-" + shown.latex) if minus else (shown.text, shown.latex)
            else:
                text += f" {'−' if minus else '+'} {shown.text}"
                latex += f" {'-' if minus else '+'} {shown.latex}"
        return Written(text, latex, SUM)

    @staticmethod
    def _closed(shown: Written, least: float) -> Written:
        """In parentheses, if it binds weaker than `least`."""
        if shown.strength >= least:
            return shown
        return Written(f"({shown.text})", rf"\left({shown.latex}\right)")


def _fraction_with(front: Sequence[Written], behind: Sequence[Written], below: Sequence[Written]) -> Written:
    """A number `front` and what is `below` the fraction, then the factors `behind`."""
    if not behind:
        behind, front = front or [Written("1")], []
    text = " ".join(b.text for b in behind)
    latex = " ".join(b.latex for b in behind)
    strength = min([PRODUCT, *(b.strength for b in behind)]) if len(behind) > 1 or front else behind[0].strength
    if not below:
        joined = " ".join([*(f.text for f in front), text]), " ".join([*(f.latex for f in front), latex])
        return Written(*joined, strength)
    bottom = " ".join(b.text for b in below)
    one = len(below) == 1 and " " not in bottom and "/" not in bottom
    low = bottom if one or bottom.startswith("(") and bottom.endswith(")") and len(below) == 1 else f"({bottom})"
    low_latex = " ".join(b.latex for b in below)
    high = front[0] if front else Written("1")
    shown = rf"\frac{{{high.latex}}}{{{low_latex}}} {latex}"
    if front or "⊘" in text or "/" in text:
        return Written(f"({high.text}/{low}) {text}", shown, min(PRODUCT, strength))
    if strength <= SUM:
        text = f"({text})"
    return Written(f"{text}/{low}", shown, QUOTIENT)
