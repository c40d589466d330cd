r"""Names with a prime: the c′ of a note that derives by it is a name of its own, and no transposed c.

In a formula it is written as \operatorname{cprime} while the formula is read; `as_written` turns that back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_PRIME = r"(?:'|′|’|\^\\prime(?![A-Za-z])|\^\{\s*\\prime\s*\})(?!['′’])"
_LETTER = r"(?P<letter>\\?[A-Za-z]+?|[α-ω])"
_DERIVED = re.compile(rf"(?:\\partial|∂|\bd)\s*{_LETTER}\s*{_PRIME}")
_DEFINED = re.compile(rf"\s*(?:&\s*)?{_LETTER}\s*{_PRIME}\s*&?\s*:?=")
_LOSS = re.compile(r"\s*(?:\\mathcal\s*\{?|\\)?(?:L|J|E|C|ell|ℓ)\b[^=]*=")
_STANDING = re.compile(rf"(?<![A-Za-z\\]){_LETTER}\s*{_PRIME}(?!\s*(?:\\left)?\()")
_READ = re.compile(r"(?:\\operatorname\{(?P<name>\w+)prime\}|\b(?P<plain>\w+)prime\b)")


def primed_letters(formulas: Sequence[str]) -> set[str]:
    r"""The letters that have a prime where formulas derive (by) them, or both where they are defined and in the loss.

    >>> primed_letters([r"\frac{\partial L}{\partial c'} = c' - t", r"\sigma' = \sigma (1 - \sigma)"])
    {'c'}
    """
    derived = {match["letter"] for formula in formulas for match in _DERIVED.finditer(formula)}
    defined = {match["letter"] for formula in formulas if (match := _DEFINED.match(formula))}
    in_loss = {match["letter"] for formula in formulas if _LOSS.match(formula) for match in _STANDING.finditer(formula)}
    return derived | (defined & in_loss)


def with_primed(formula: str, letters: Collection[str]) -> str:
    r"""A formula with a name in place of each of the letters that has a prime.

    >>> with_primed(r"L = \lambda c' - f'", {"c"})
    "L = \\lambda \\operatorname{cprime} - f'"
    """
    frame = r"\\operatorname{%sprime}" if "\\" in formula else "%sprime"
    for letter in letters:
        name = frame % letter.removeprefix("\\")
        formula = re.sub(rf"(?<![A-Za-z\\]){re.escape(letter)}\s*{_PRIME}", name, formula)
    return formula


def as_written(formula: str) -> str:
    """A formula with c' in place of its name."""
    return _READ.sub(_with_prime, formula)


def _with_prime(match: re.Match[str]) -> str:
    name = match["name"] or match["plain"]
    return f"\\{name}'" if len(name) > 1 and match["name"] else f"{name}'"


__all__ = ["as_written", "primed_letters", "with_primed"]
