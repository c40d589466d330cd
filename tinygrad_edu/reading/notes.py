r"""Formulas out of a note: Markdown or LaTeX, in whatever language its prose is.

Taken are display formulas (`$$ … $$`, `\[ … \]`, equation, align and their like, ```math fences), and formulas within
a line that have ∂ or ∇ on their left. Code is passed over. Each formula is cut into its equations, and what an
equation speaks of is read off its left-hand side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..errors import UnreadableError
from .definitions import is_used
from .left_side import LeftSide, left_side
from .lexer import cut
from .statements import sides, statements
from .unreadable import LONGEST
from .words import Vocabulary

_ENVIRONMENTS = "equation|align|gather|multline|eqnarray|displaymath|flalign|alignat|math|aligned|gathered|split"
# What opens once more before it was closed was never closed: so an opening is looked for once, not to the note's end.
_DISPLAY = re.compile(
    r"\$\$(?P<dollars>.+?)\$\$|\\\[(?P<brackets>(?:(?!\\\[).)+?)\\\]"
    rf"|\\begin\{{(?P<kind>{_ENVIRONMENTS})(?P<star>\*?)\}}(?P<body>(?:(?!\\begin\{{(?P=kind)).)+?)"
    r"\\end\{(?P=kind)(?P=star)\}|(?<!\\)\$(?P<inline>[^$\n]+)\$|\\\((?P<round>(?:(?!\\\().)+?)\\\)",
    re.DOTALL,
)
_FENCE = re.compile(
    r"^(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>\w*)[^\n]*\n(?P<code>.*?)^(?P=mark)[ \t]*$", re.DOTALL | re.MULTILINE
)
# A line that is a formula and nothing else, without signs around it
_PLAIN = re.compile(
    r"^[\s>*\-]*`?(?P<formula>(?:(?:∂|∇|\\[dt]?frac\s*\{\s*\\(?:partial|mathrm\s*\{\s*d)|\\partial|\\nabla|\\delta)[^`\n]*=[^`\n]*"
    r"|d[A-Za-z]\w*\s*=(?!=)[^`\n]+))`?\s*$",
    re.MULTILINE,
)
# What joins a statement to the next
_TAIL = re.compile(r"(\\\\(\[[^\]]*\])?|\\(Right|Long)?[rR]ightarrow|\\implies|⇒|⟹|&|\s)+$")
_STYLE = re.compile(r"\\[A-Za-z]+\s*\{\s*$")
LONGEST_NOTE = 2_000_000


@dataclass(frozen=True)
class Equation:
    """One equation of a note. line: where it stands, from 1. left: what its left side says."""

    text: str
    line: int
    left: LeftSide = field(default_factory=LeftSide)

    @property
    def about(self) -> str:
        """The variable by which the left side derives the loss; "" if it says no such thing."""
        return (self.left.about or self.left.letter) if self.left.kind == "gradient" and self.left.is_of_loss() else ""


def equations(note: str, words: Vocabulary | None = None) -> list[Equation]:
    """The equations of a note, in order. words: the names that its left sides are read with."""
    if len(note) > LONGEST_NOTE:
        raise UnreadableError(f"a note of {len(note):,} characters is not read; at most {LONGEST_NOTE:,}")
    words = words or Vocabulary({})
    found: list[Equation] = []
    for formula, place in _formulas(note, words):
        line = note.count("\n", 0, place) + 1
        try:
            parts = statements(cut(formula))
        except UnreadableError:
            left = _left_of(formula, words)
            if left.kind == "gradient":  # so that the reader is told that it could not be read
                found.append(Equation(formula.strip(), line, left))
            continue
        for number, statement in enumerate(parts):
            start = _begin(formula, statement[0].at)
            end = _begin(formula, parts[number + 1][0].at) if number + 1 < len(parts) else len(formula)
            text = _TAIL.sub("", formula[start:end]).strip()
            both = sides(statement)
            left = left_side(both[0], words) if len(both) > 1 else LeftSide()
            found.append(Equation(text, line + formula[:start].count("\n"), left))
    return found


def _begin(formula: str, at: int) -> int:
    r"""Where a statement begins whose first letters stand at a place: before the \mathrm{ around them, if any."""
    style = _STYLE.search(formula[:at])
    return style.start() if style else at


def _left_of(formula: str, words: Vocabulary) -> LeftSide:
    """What the text before the first = of a formula says, if there is one and it can be read."""
    left, equals, _ = formula[:LONGEST].partition("=")
    try:
        return left_side(cut(left), words) if equals else LeftSide()
    except UnreadableError:
        return LeftSide()


def _formulas(note: str, words: Vocabulary) -> Iterator[tuple[str, int]]:
    """Every formula and where it begins."""
    text = _FENCE.sub(_unfenced, note)
    text = re.sub(r"<!--(?:(?!<!--).)*?-->", lambda match: re.sub(r"[^\n]", " ", match.group()), text, flags=re.DOTALL)
    text = re.sub(r"(?<!\\)%[^\n]*", lambda match: " " * len(match.group()), text)
    text = re.sub(r"^([ \t]*>)+", lambda match: " " * len(match.group()), text, flags=re.MULTILINE)
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, str]] = []
    for match in _DISPLAY.finditer(text):
        group = next(
            name for name in ("dollars", "brackets", "body", "inline", "round") if match.group(name) is not None
        )
        formula = match.group(group).replace(r"\_", "_ ").replace("_ ", "_")
        taken.append(match.span())
        if group in ("inline", "round"):
            left = _left_of(formula, words)
            if left.kind != "gradient" and not left.symbol.startswith("delta"):
                continue
        formula = re.sub(rf"\\(begin|end)\{{({_ENVIRONMENTS}|array|cases)\*?\}}(\{{[^}}]*\}})?", " ", formula)
        if len(formula) <= LONGEST:
            found.append((match.start(group), formula))
    for match in _PLAIN.finditer(text):
        start, end = match.span("formula")
        if not any(first < end and start < last for first, last in taken):
            found.append((start, match.group("formula")))
    for place, formula in sorted(found):
        yield formula, place


def _unfenced(match: re.Match[str]) -> str:
    """A fence of mathematics as a display, one of code as nothing; the lines stay where they are."""
    if match.group("language") in ("math", "latex", "tex"):
        before, behind = match.start("code") - match.start(), match.end() - match.end("code")
        return f"{'$$':>{before - 1}}\n{match.group('code')}{'$$':<{behind}}"  # as long as it was
    return re.sub(r"[^\n]", " ", match.group())


def _with_definitions(equation: Equation, before: Sequence[Equation]) -> Equation:
    """An equation with those before it in front that say what its symbols are: δ = …, and ∂L/∂w = Xᵀδ."""
    needed: dict[str, Equation] = {}
    waiting = [equation]
    while waiting:
        pieces = cut(waiting.pop().text.partition("=")[2])
        for each in reversed(before):
            symbol = each.left.symbol
            if symbol and symbol not in needed and is_used(symbol, pieces):
                needed[symbol] = each
                waiting.append(each)
    found = sorted(needed.values(), key=lambda each: each.line)
    return replace(equation, text=" \\\\ ".join([*(each.text for each in found), equation.text]))


def claiming(note: str, wrt: str, words: Vocabulary) -> tuple[list[Equation], list[Equation]]:
    """The equations of a note that claim the gradient at `wrt`, and those that claim another.

    A symbol that is none of the graph's names (the a of ∇ₐL, in a note that calls ŷ so as well) counts as `wrt` only
    where `wrt` is a prediction: notes call that by many letters, and by few of them anything else.
    """
    mine: list[Equation] = []
    others: list[Equation] = []
    everything = equations(note, words)
    for equation in everything:
        if not equation.about:
            continue
        name = words.name(equation.about) or words.loosely(equation.about)
        alias = (
            name is None
            and equation.about in ("a", "p", "h", "o", "yhat", "q")
            and wrt in ("yhat", "p", "a", "y_hat", "h", "q")
        )
        if name == wrt or alias:
            mine.append(_with_definitions(equation, [each for each in everything if each.line < equation.line]))
        else:
            others.append(equation)
    return mine, others
