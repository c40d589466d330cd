"""Images of formulas, whose alternative text is the formula."""

from __future__ import annotations

import html
import re

_STYLE = re.compile(r"\{\\(displaystyle|textstyle|scriptstyle)\b(.*)\}", re.DOTALL)
_ALT = re.compile(r"""\balt\s*=\s*("([^"]*)"|'([^']*)')""", re.IGNORECASE)


def alternative(text: str) -> str:
    r"""A formula without the `$ … $`, `\( … \)` or `{\displaystyle …}` around it, in which image makers put it."""
    formula = text.strip()
    for opening, closing in (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")):
        if formula.startswith(opening) and formula.endswith(closing) and len(formula) > len(opening + closing):
            formula = formula[len(opening) : -len(closing)].strip()
    style = _STYLE.fullmatch(formula)
    return style.group(2).strip() if style else formula


def alternative_of_tag(tag: str) -> str:
    """The formula in the alternative text of an HTML image, "" if it has none."""
    found = _ALT.search(tag)
    return alternative(html.unescape(found.group(2) or found.group(3) or "")) if found else ""
