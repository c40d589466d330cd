"""What a note says in its sentences: which matrices are symmetric, and under which conditions lines hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..errors import UnreadableError
from .conditions import LOSS_IS_POSITIVE
from .formats import passages
from .lexer import cut
from .pieces import Piece
from .spelling import is_transposed
from .statements import sides, statements

_LETTER = r"(?:\\(?:mathbf|boldsymbol|bm|pmb|mathrm)\s*\{?\s*)?\\?(?P<set>[A-Z][a-z]*|Σ)\}?"
_NAME = rf"(?:(?:\$|\\\()\s*{_LETTER}\s*(?:\$|\\\))|(?:(?<=[a-z,.:;(] )|(?<=[\n(]))(?P<bare>[A-Z]|Σ)(?![\w^⁻ᵀ]))"
_SYMMETRIC = r"(?<![A-Za-z-])(?:symmetric|symmetrisch\w*|symétrique|simétric[ao]|симметричн\w+|对称|covariance matrix)"
_BUT = re.compile(r"\b(?:not|no|nicht|un|non|of|unless)\b|不|n't", re.IGNORECASE)
_SAID = [
    re.compile(rf"{_NAME}(?P<between>[^.$\\\n]{{0,60}}?){_SYMMETRIC}"),
    re.compile(rf"{_SYMMETRIC}(?P<between>[^.$\\\n]{{0,40}}?){_NAME}"),
]
_IN_FORMULA = re.compile(r"\\(?:text|mathrm|mbox)\s*\{[^{}]*\}")
_RELATED = r"(?:=|\\n?eq?(?![A-Za-z])|≠|[<>≤≥]|\\[lg](?:e|eq|t)(?![A-Za-z]))"
# If $y = 1$:, at the end of a line with no other formula
_LIMITING = re.compile(
    r"^[^$]*\b(?i:if|when|whenever|where|for|case|si|wenn|falls|für)\b[^$.]{0,20}"
    rf"\$(?P<formula>[^$=]{{1,40}}?{_RELATED}[^$]{{1,40}})\$[^$.]{{0,40}}$"
)
_SENTENCE = re.compile(r"^[\s>*(\d.)-]*[A-Za-z]{2,}(?:[^$=]|\$[^$]*\$)*$")  # a line of words, = in its formulas only
_NO_MORE = re.compile(r"^#|\\(?:sub)*section|(?i:\b(?:otherwise|else|inactive|in general)\b)")


def symmetric_matrices(note: str, path: str = "") -> set[str]:
    r"""The names of which a note says that they are symmetric matrices, by S = Sᵀ or in words.

    >>> sorted(symmetric_matrices("$S = S^\\top$, a symmetric matrix $A$, and $B$ is not symmetric"))
    ['A', 'S']
    """
    found = {name for passage in passages(note, path) if passage.kind != "code" for name in _by_equation(passage.text)}
    for pattern in _SAID:
        for match in pattern.finditer(note):
            before = note[max(0, match.start() - 12) : match.start()]
            if not (_BUT.search(match["between"]) or _BUT.search(before)):
                found.add(match["set"] or match["bare"])
    return {"Sigma" if name == "Σ" else name for name in found}


def conditions_above(note: str) -> dict[int, str]:
    r"""For lines of a note, counted from 1, the condition that a sentence above them says, as a formula says it.

    That the loss is positive, or its hinge active, is said of the line itself and of those below, up to a heading or a
    word such as otherwise; another condition, "If $y = 1$:", up to the next sentence. What a formula says of itself,
    \text{where the loss is positive}, is said of no other line.

    >>> conditions_above("If $y = 1$:\n\n$$p - 1$$\n\nThis is easy.")
    {1: '\\text{if } y = 1', 2: '\\text{if } y = 1', 3: '\\text{if } y = 1', 4: '\\text{if } y = 1'}
    """
    found: dict[int, str] = {}
    positive = condition = ""
    for number, line in enumerate(note.split("\n"), start=1):
        here = _LIMITING.search(line)
        if LOSS_IS_POSITIVE.search(_IN_FORMULA.sub("", line)):
            positive, condition = r"\text{where the loss is positive}", ""
        elif _NO_MORE.search(line):
            positive = condition = ""
        elif here or _SENTENCE.match(line):
            condition = rf"\text{{if }} {here['formula'].strip()}" if here else ""
        if condition or positive:
            found[number] = condition or positive
    return found


def _by_equation(formula: str) -> Iterator[str]:
    """The names for which a formula says S = Sᵀ."""
    try:
        parts = statements(cut(formula))
    except UnreadableError:
        return
    for part in parts:
        both = [_transposed(side) for side in sides(part)]
        for one, other in pairwise(both):
            if one is not None and other is not None and one[0] == other[0] and one[1] != other[1]:
                yield one[0]


def _transposed(side: Sequence[Piece]) -> tuple[str, bool] | None:
    """The name that a side is, and whether it is transposed; None for any other side."""
    pieces = [piece for piece in side if piece.kind not in ("COMMA", "DOT", "QUAD", "LPAR", "RPAR", "PROSE")]
    if not pieces or pieces[0].kind != "WORD" or len(pieces) > 2 or not all(map(is_transposed, pieces[1:])):
        return None
    return str(pieces[0].value), len(pieces) == 2


__all__ = ["conditions_above", "symmetric_matrices"]
