"""What is said about a claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..engine.graph import Node


class Factor:
    """How many times the true gradient a claim is: a number times powers of sizes.

    >>> print(Factor(-2.0, {"N": 1, "D": -1}))
    −2N/D
    """

    def __init__(self, number: float, powers: dict[str, int] | None = None) -> None:
        self.powers = {letter: power for letter, power in (powers or {}).items() if power}
        near = Fraction(number).limit_denominator(1000)
        # a fraction of small integers, if it is one but for rounding
        self.exact = near if abs(float(near) - number) <= 1e-8 * abs(number) else number
        self.number = float(self.exact)

    def __str__(self) -> str:
        exact = self.exact
        above, below = (exact.numerator, exact.denominator) if isinstance(exact, Fraction) else (exact, 1)
        up = _powers({s: p for s, p in self.powers.items() if p > 0})
        down = _powers({s: -p for s, p in self.powers.items() if p < 0})
        sign, size = ("−" if above < 0 else ""), f"{abs(above):.10g}"
        top = up if up and size == "1" else f"{size}{up}"
        bottom = down if down and below == 1 else f"{below}{down}" if below != 1 or down else ""
        if not bottom:
            return sign + top
        return f"{sign}{top}/({bottom})" if len(bottom) > 1 and not bottom.isdigit() else f"{sign}{top}/{bottom}"

    @cached_property
    def symbolic(self) -> Any:
        """The same as a SymPy expression; sizes are positive integer symbols."""
        import sympy

        exact = self.exact
        out = sympy.Rational(exact.numerator, exact.denominator) if isinstance(exact, Fraction) else sympy.Float(exact)
        for letter, power in self.powers.items():
            out *= sympy.Symbol(letter, integer=True, positive=True) ** power
        return out


def _powers(powers: dict[str, int]) -> str:
    raised = {1: "", 2: "²", 3: "³", 4: "⁴"}
    return "·".join(f"{letter}{raised.get(power, f'^{power}')}" for letter, power in powers.items())


class Explanation:
    """One mistake that turns the true gradient into the claim.

    mistake: its name in the contract; node: where; factor: claim = factor × truth, a SymPy expression, where it is one
    factor of the whole. message, hint: sentences; solution: the step done right, written when first asked for.
    weight: how much has to go wrong for it, 1 for a single mistake.
    """

    def __init__(
        self,
        mistake: str,
        message: str = "",
        hint: str = "",
        solution: str | Callable[[], str] = "",
        node: Node | None = None,
        factor: Factor | None = None,
        weight: int = 1,
    ) -> None:
        self.mistake, self.message, self.hint, self.node, self.times = mistake, message, hint, node, factor
        self.weight = weight
        self._solution = solution

    @property
    def factor(self) -> Any:
        """claim = factor × truth, where it is one factor of the whole; else None."""
        return None if self.times is None else self.times.symbolic

    @cached_property
    def solution(self) -> str:
        """The step done right."""
        return self._solution if isinstance(self._solution, str) else self._solution()

    def __repr__(self) -> str:
        return f"<{self.mistake}: {self.message}>"


class Verdict:
    """Whether a claim is the gradient, and if not, which mistake it is and where. True as a bool if it is right.

    mistake, node, factor, message, hint, solution: those of the best explanation. candidates: every explanation that
    fits, best first. `print(verdict)` shows the message after ✓ or ✗.
    """

    def __init__(self, ok: bool, message: str = "", candidates: Sequence[Explanation] = ()) -> None:
        self.ok = ok
        self.candidates = list(candidates)
        self._message = message

    def __bool__(self) -> bool:
        return self.ok

    @property
    def _best(self) -> Explanation | None:
        return self.candidates[0] if self.candidates else None

    @property
    def mistake(self) -> str | None:
        """The name of the mistake; None of a right claim."""
        return self._best.mistake if self._best else None

    @property
    def node(self) -> Node | None:
        """The node whose rule was broken, where the flow was lost, or whose gradient it is."""
        return self._best.node if self._best else None

    @property
    def factor(self) -> Any:
        """claim = factor × truth (SymPy), where it is one factor of the whole."""
        return self._best.factor if self._best else None

    @property
    def times(self) -> Factor | None:
        """The same as a number and powers of sizes."""
        return self._best.times if self._best else None

    def saying(self, message: str) -> Verdict:
        """The same verdict in other words."""
        return Verdict(self.ok, message, self.candidates)

    @property
    def message(self) -> str:
        """What is wrong, in a sentence; of a right claim, that it is right."""
        return self._message or (self._best.message if self._best else "")

    @property
    def hint(self) -> str:
        """Where to look, without telling."""
        return self._best.hint if self._best else ""

    @property
    def solution(self) -> str:
        """The step done right."""
        return self._best.solution if self._best else ""

    def __str__(self) -> str:
        return f"{'✓' if self.ok else '✗'} {self.message}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return str(self).replace("*", r"\*").replace("_", r"\_").replace("<", "&lt;")
