r"""Formulas out of a note: Markdown or LaTeX, in whatever language its prose is.

Taken are display formulas (`$$ … $$`, `\[ … \]`, equation, align and their like, ```math fences), and formulas within
a line that have ∂ or ∇ on their left. Code is passed over. Each formula is cut into its equations, and what an
equation speaks of is read off its left-hand side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..errors import UnreadableError
from .definitions import is_used, symbol
from .lexer import Piece, cut
from .reader import _split, _statements
from .unreadable import LONGEST
from .words import Vocabulary

_ENVIRONMENTS = "equation|align|gather|multline|eqnarray|displaymath|flalign|alignat|math|aligned|gathered|split"
_DISPLAY = re.compile(
    rf"\$\$(?P<dollars>.+?)\$\$|\\\[(?P<brackets>.+?)\\\]|\\begin\{{(?P<kind>{_ENVIRONMENTS})(?P<star>\*?)\}}(?P<body>.+?)"
    r"\\end\{(?P=kind)(?P=star)\}|(?<!\\)\$(?P<inline>[^$\n]+)\$|\\\((?P<round>.+?)\\\)",
    re.DOTALL,
)
_FENCE = re.compile(
    r"^(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>\w*)[^\n]*\n(?P<code>.*?)^(?P=mark)[ \t]*$", re.DOTALL | re.MULTILINE
)
_LEFT = re.compile(
    r"\s*(\\frac|\\dfrac|\\tfrac|\\partial|∂|∇|\\nabla|\{\s*\\partial|\\delta|δ|\\mathrm\s*\{?d|d[A-Za-z]\w*\s*=)"
)
# A line that is a formula and nothing else, without signs around it
_PLAIN = re.compile(
    r"^[\s>*\-]*`?(?P<formula>(?:(?:∂|∇|\\[dt]?frac\s*\{\s*\\(?:partial|mathrm\s*\{\s*d)|\\partial|\\nabla|\\delta)[^`\n]*=[^`\n]*"
    r"|d[A-Za-z]\w*\s*=(?!=)[^`\n]+))`?\s*$",
    re.MULTILINE,
)
LONGEST_NOTE = 2_000_000


@dataclass(frozen=True)
class Equation:
    """One equation of a note. line: where it stands, from 1. about: what its left-hand side derives by, if any."""

    text: str
    line: int
    about: str


def equations(note: str) -> list[Equation]:
    """The equations of a note, in order."""
    if len(note) > LONGEST_NOTE:
        raise UnreadableError(f"a note of {len(note):,} characters is not read; at most {LONGEST_NOTE:,}")
    found: list[Equation] = []
    for formula, place in _formulas(note):
        line = note.count("\n", 0, place) + 1
        try:
            statements = _statements(cut(formula))
        except UnreadableError:
            about = formula.partition("=")[0]
            if "=" in formula and _LEFT.match(formula):
                found.append(Equation(formula.strip(), line, _roughly(about)))
            continue
        for number, statement in enumerate(statements):
            start = statement[0].at
            end = statements[number + 1][0].at if number + 1 < len(statements) else len(formula)
            text = re.sub(
                r"(\\\\(\[[^\]]*\])?|\\(Right|Long)?[rR]ightarrow|\\implies|⇒|⟹|&|\s)+$", "", formula[start:end]
            )
            inner = line + formula[:start].count("\n")
            found.append(Equation(text.strip(), inner, derived_by(statement)))
    return found


def _formulas(note: str) -> Iterator[tuple[str, int]]:
    """Every formula and where it begins."""
    text = _FENCE.sub(_unfenced, note)
    text = re.sub(r"<!--.*?-->", lambda match: re.sub(r"[^\n]", " ", match.group()), text, flags=re.DOTALL)
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
        if group in ("inline", "round") and not (_LEFT.match(formula) and "=" in formula):
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
        before, code, behind = match.group().partition(match.group("code"))
        return f"{'$$':>{len(before) - 1}}\n{code}{'$$':<{len(behind)}}"  # as long as it was
    return re.sub(r"[^\n]", " ", match.group())


def derived_by(statement: Sequence[Piece]) -> str:
    """What the left-hand side of an equation derives by: the ŷ of ∂L/∂ŷᵢ = …, "" if it is no derivative."""
    sides = _split(statement, ("EQ",))
    if len(sides) < 2 or not sides[0]:
        return ""
    side = [piece for piece in sides[0] if piece.kind not in ("QUAD", "LINE", "PROSE")]
    if not side:
        return ""
    if side[0].kind == "DERIVATIVE":
        below = [piece for piece in side[0].value[1] if piece.kind != "PARTIAL"]
        rest = side[1:]
        above = [piece for piece in side[0].value[0] if piece.kind == "WORD"]
        if rest and rest[0].kind not in ("LPAR", "WORD", "SUB", "SUP"):
            return ""
        return _spelled(below) if _is_loss(above) or rest else ""
    kinds = [piece.kind for piece in side]
    if kinds[0] == "NABLA":
        if len(side) > 1 and side[1].kind == "SUB":
            return _spelled(side[1].value)
        return ""
    if kinds.count("PARTIAL") == 2 and "SLASH" in kinds:
        split = kinds.index("SLASH")
        above = [piece for piece in side[:split] if piece.kind == "WORD"]
        return _spelled([piece for piece in side[split + 1 :] if piece.kind != "PARTIAL"]) if _is_loss(above) else ""
    if kinds[0] == "WORD":
        spelled = str(side[0].value)
        if spelled == "d" and len(side) > 1 and side[1].kind == "WORD":
            return _spelled(side[1:])
        if spelled in ("dL", "dJ", "dE", "dC") and len(side) > 1 and side[1].kind == "SUB":  # dL_dyhat
            below = [piece for piece in side[1].value if piece.kind == "WORD"]
            if below and str(below[0].value).startswith("d"):
                return _spelled([below[0]._replace(value=str(below[0].value)[1:]), *below[1:], *side[2:]])
        if spelled.startswith("d") and len(spelled) > 1 and spelled not in ("delta", "det", "diag"):
            return _spelled([side[0]._replace(value=spelled[1:]), *side[1:]])
        if "SLASH" in kinds and spelled.startswith("d"):
            return ""
    return ""


def _is_loss(above: Sequence[Piece]) -> bool:
    spelled = "".join(str(piece.value) for piece in above).removeprefix("d").replace("cal:", "")
    return spelled[:1] in set("LJECRSQ") or spelled in ("ell", "l", "loss", "cost", "f", "")


def _spelled(pieces: Sequence[Piece]) -> str:
    """A symbol with the numbers and layers below and above it, without its indices."""
    words = [piece for piece in pieces if piece.kind == "WORD"]
    if not words:
        return ""
    scripts = [piece for piece in pieces if piece.kind in ("SUB", "SUP")]
    layers = [
        str(inner.value)
        for script in scripts
        for inner in script.value
        if inner.kind == "NUMBER" or (inner.kind == "WORD" and len(str(inner.value)) > 2)
    ]
    spelled = str(words[0].value)
    return (spelled if len(spelled) == 1 else spelled.removeprefix("d") if len(words) == 1 else spelled) + "".join(
        layers
    )


def _roughly(left: str) -> str:
    """What a left-hand side that cannot be read speaks of, as far as a search can tell."""
    match = re.search(r"\\partial\s*\{?\s*\\?(?:hat|mathbf|boldsymbol)?\s*\{?\s*\\?([A-Za-z]+)[^\\]*$", left)
    return match.group(1) if match else ""


def _with_definitions(equation: Equation, before: Sequence[Equation]) -> Equation:
    """An equation with those before it in front that say what its symbols are: δ = …, and ∂L/∂w = Xᵀδ."""
    needed: dict[str, Equation] = {}
    waiting = [equation]
    while waiting:
        pieces = cut(waiting.pop().text.partition("=")[2])
        for each in reversed(before):
            left = symbol(cut(each.text.partition("=")[0])) if "=" in each.text else None
            if left is not None and left[0] not in needed and is_used(left[0], pieces):
                needed[left[0]] = each
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
    everything = equations(note)
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
