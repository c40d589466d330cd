"""How many times the true gradient a claim is: a number times powers of sizes, found from one number per point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

_RAISED = {1: "", 2: "²", 3: "³", 4: "⁴"}


class Factor:
    """A number times powers of sizes. exact: the number as a fraction of small integers, if it is one but for rounding.

    >>> print(Factor(-2.0, {"N": 1, "D": -1}))
    −2N/D
    """

    def __init__(self, number: float, powers: dict[str, int] | None = None) -> None:
        self.powers = {letter: power for letter, power in (powers or {}).items() if power}
        near = Fraction(number).limit_denominator(1000)
        self.exact = near if abs(float(near) - number) <= 1e-8 * abs(number) else number
        self.number = float(self.exact)

    def at(self, lengths: Mapping[str, int]) -> float:
        """The number that the factor is at given lengths of the sizes."""
        value = self.number
        for letter, power in self.powers.items():
            value *= float(lengths[letter]) ** power
        return value

    @property
    def is_one(self) -> bool:
        """Whether the factor changes nothing."""
        return self.number == 1.0 and not self.powers

    @property
    def is_small(self) -> bool:
        """Whether its number is a fraction such as ½, 2 or ¾, which nobody writes by chance."""
        exact = self.exact
        return isinstance(exact, Fraction) and max(abs(exact.numerator), exact.denominator) <= 4

    @property
    def mistakes(self) -> list[str]:
        """The names of the mistakes that it is, in the order of the table of mistakes."""
        found = []
        if self.number < 0:
            found.append("sign")
        if self.powers:
            found.append("mean-factor")
        if abs(abs(self.number) - 1.0) > 1e-9:
            found.append("constant-factor")
        return found

    @cached_property
    def symbolic(self) -> Any:
        """The same as a SymPy expression; sizes are positive integer symbols."""
        import sympy

        exact = self.exact
        out = sympy.Rational(exact.numerator, exact.denominator) if isinstance(exact, Fraction) else sympy.Float(exact)
        for letter, power in self.powers.items():
            out *= sympy.Symbol(letter, integer=True, positive=True) ** power
        return out

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


def _powers(powers: Mapping[str, int]) -> str:
    return "·".join(f"{letter}{_RAISED.get(power, f'^{power}')}" for letter, power in powers.items())


def factor_of(numbers: Sequence[float], lengths: Sequence[Mapping[str, int]], rtol: float = 1e-8) -> Factor | None:
    """The factor that is `numbers[i]` where the sizes have `lengths[i]`, the simplest first; None if there is none."""
    c = np.asarray(numbers, float)
    if not np.all(np.isfinite(c)):
        return None
    largest = np.max(np.abs(c))
    if np.max(np.abs(c - c[0])) <= rtol * largest:
        fixed = {letter: n for letter, n in lengths[0].items() if all(each[letter] == n for each in lengths)}
        return _of_fixed_sizes(float(f"{c[0]:.12g}"), fixed)
    for powers in _monomials(list(lengths[0])):
        base = np.array([np.prod([float(n[s]) ** p for s, p in powers.items()]) for n in lengths])
        rest = c / base
        if np.max(np.abs(rest - rest[0])) <= rtol * np.max(np.abs(rest)):
            return Factor(float(rest[0]), powers)
    return Factor(0.0) if largest <= rtol else None


def _of_fixed_sizes(c: float, lengths: Mapping[str, int]) -> Factor:
    """A number where the sizes always had the same lengths. It is 2 or a half before it is a size."""
    for letter, n in lengths.items():
        for power in (1, -1, 2, -2):
            for sign in (1.0, -1.0):
                if n > 2 and abs(c - sign * float(n) ** power) <= 1e-8 * abs(c):
                    return Factor(sign, {letter: power})
    return Factor(c)


def _monomials(letters: Sequence[str]) -> Iterator[dict[str, int]]:
    """Products of powers of sizes, simple ones first."""
    for power in (1, -1, 2, -2):
        for letter in letters:
            yield {letter: power}
    for count in (2, 3):
        for chosen in combinations(letters[:6], count):
            for power in (1, -1):
                yield dict.fromkeys(chosen, power)
    for one, other in combinations(letters[:6], 2):
        yield {one: 1, other: -1}
        yield {one: -1, other: 1}


__all__ = ["Factor", "factor_of"]
