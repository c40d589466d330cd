"""The equations of a note: what each says on its left, where it stands, and what defines the symbols in it.

`formats` finds the formulas and the code of a note. Here each formula is cut into its equations, and each line of code
that assigns is one. A chain a = b = c over several lines is one equation for each line, so that each gets a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ..errors import UnreadableError
from .conditions import LIMITS
from .definitions import is_used
from .formats import Passage, passages
from .formats.code import AT_ONCE, Assignment, assignments
from .left_side import left_side
from .lexer import cut
from .pieces import Piece, split
from .primed import primed_letters, with_primed
from .statements import clauses, sides, statements
from .unreadable import LONGEST
from .variable import ENTRY, SCRIPTS, LeftSide, labels_of
from .words import Vocabulary, function_named

LONGEST_NOTE = 2_000_000
# What joins a statement to the next
_QUAD = re.compile(r"\\q?quad(?![A-Za-z])")
_TAIL = re.compile(r"(,|\\\\(\[[^\]]*\])?|\\(Right|Long)?[rR]ightarrow|\\implies|⇒|⟹|\\q?quad|&|\s)+$")
_ALIGNED = re.compile(r"\s*&\s*(?==)|(?<==)\s*&\s*")
_STYLE = re.compile(r"\\[A-Za-z]+\s*\{\s*$")
_EQUALS = re.compile(r"\s*(:?=|\\[A-Za-z]+|[≡＝])")
_EXAMPLE = re.compile(r"[^=]*=\s*[-−]?[\d.\s]*[.,;]?|[^=]*")  # a formula in a sentence that says nothing: N = 100, xᵢ
_MOST_DEFINITIONS = 100  # that one claim builds on
_RELATION = re.compile(r"[∝≈→∼≃]|\\(propto|approx|to|rightarrow|longrightarrow|simeq|sim)(?![A-Za-z])")
_RELATED = re.compile(rf"(?P<left>(?:(?!{_RELATION.pattern})[^=≡＝])*)(?P<sign>{_RELATION.pattern})", re.DOTALL)
_RELATED_ROW = re.compile(rf"\\\\\s*&?\s*(?:{_RELATION.pattern})")
_SAID = {
    r"\propto": "∝", r"\approx": "≈", r"\to": "→", r"\rightarrow": "→", r"\longrightarrow": "→", r"\sim": "∼",
    r"\simeq": "≃",
}  # fmt: skip
_ROW = re.compile(r"\\\\(?:\[[^\]\n]*\])?")
_NOTHING_YET = re.compile(r"(0(\.0*)?|None|(np|numpy|torch|jnp)\.(zeros|zeros_like|empty)\(.*\)|\[\])")
_ZERO = re.compile(r"[\s!]*(0|\\(mathbf|vec|boldsymbol)\s*\{?\s*0\s*\}?|\\mathbf\s*0)[\s.,;]*")
_GRADIENT = ("grad", "gradient")  # what code calls it that derives by one variable only
_FUNCTIONS = ("f", "g", "h", "u", "v", "s", "phi", "psi")  # what a function in general is called


@dataclass(frozen=True)
class Equation:
    """One equation of a note. line: where it stands, from 1; cell: in which cell of a notebook, else 0.

    left: what its left side says. code: whether it is a line of Python. repeated: whether a loop adds to its left side.
    unread: why it is not read, where it is a gradient in a form that is not followed; passed: why it claims nothing.
    """

    text: str
    line: int
    left: LeftSide = field(default_factory=LeftSide)
    cell: int = 0
    code: bool = False
    repeated: bool = False
    unread: str = ""
    passed: str = ""

    @property
    def about(self) -> str:
        """The variable by which the left side derives the loss; "" if it says no such thing."""
        return (self.left.about or self.left.letter) if self.left.kind == "gradient" and self.left.is_of_loss() else ""

    @property
    def place(self) -> tuple[int, int]:
        """Cell and line, by which equations are in order."""
        return self.cell, self.line

    def where(self, path: str) -> str:
        """File and line, and the cell of a notebook: note.md:12, note.ipynb:cell 3:2."""
        return f"{path}:cell {self.cell}:{self.line}" if self.cell else f"{path}:{self.line}"


def equations(note: str, words: Vocabulary | None = None, path: str = "") -> list[Equation]:
    """The equations of a note, in order. words: the names that its left sides are read with. path: of its file."""
    if len(note) > LONGEST_NOTE:
        raise UnreadableError(f"a note of {len(note):,} characters is not read; at most {LONGEST_NOTE:,}")
    words = words or Vocabulary({})
    found: list[Equation] = []
    there = passages(note, path)
    primed = primed_letters([each.text for each in there if each.kind != "code"])
    for passage in there:
        if primed and passage.kind != "code":
            passage = replace(passage, text=with_primed(passage.text, primed))
        if passage.kind == "unsaid":
            found.append(
                Equation(passage.text, passage.line, LeftSide("gradient"), passage.cell, passed=passage.reason)
            )
        else:
            found += _of_code(passage, words) if passage.kind == "code" else _of_formula(passage, words)
    return found


def declarations(note: str, path: str = "") -> list[str]:
    """The formulas of a note that say in which set something is: X ∈ R^{N×D}."""
    return [each.text for each in passages(note, path) if each.kind != "code" and re.search(r"\\in\b|∈", each.text)]


# ── formulas ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_formula(passage: Passage, words: Vocabulary) -> list[Equation]:
    """The equations of a formula; row by row where it cannot be cut as a whole."""
    formula = passage.text
    related = _of_relation(passage, words)
    if related is not None:
        return [related]
    try:
        pieces = cut(_apart(formula)) if len(formula) <= LONGEST else []
        whole = (_is_closed(pieces) and not _RELATED_ROW.search(formula)) or not _ROW.search(formula)
        parts = statements(pieces) if whole else None
    except UnreadableError:
        parts = None
    if parts:
        return _of_statements(passage, [part for each in parts for part in _at_commas(each, words)], words)
    rows = list(_rows(passage))
    if len(rows) == 1:
        # A gradient or a symbol is kept, so that the reader of the note is told that it could not be read
        left = left_of(formula, words)
        return [_equation(passage, formula.strip(), 0, left)] if left.kind in ("gradient", "symbol") else []
    found: list[Equation] = []
    side = ""
    for row in rows:
        text = row.text.strip().lstrip("&").strip()
        if side and (text.startswith("=") or _RELATION.match(text)):
            text = f"{side} {text}"
        of_row = _of_formula(Passage(text, row.kind, row.line, row.cell), words) if text else []
        if of_row and of_row[-1].left.kind == "gradient":
            side = _side(of_row[-1])
        found += of_row
    return found


def _side(equation: Equation) -> str:
    """What stands in front of an equation's sign."""
    related = _RELATED.match(equation.text) if equation.passed else None
    return (related["left"] if related else equation.text.partition("=")[0]).strip()


def _of_relation(passage: Passage, words: Vocabulary) -> Equation | None:
    """A gradient with another sign than = behind it, which claims no value; None for anything else."""
    related = _RELATED.match(passage.text)
    left = left_of(f"{related['left']} = 0", words) if related is not None else None
    if related is None or left is None or left.kind != "gradient":
        return None
    said = f"{_SAID.get(related['sign'], related['sign'])} claims no value: write = for what is to be compared"
    return replace(_equation(passage, passage.text.strip(), 0, left), passed=said)


def _is_closed(pieces: Sequence[Piece]) -> bool:
    """Whether as many parentheses close as open. Where one is missing, the rows of a formula tell where."""
    kinds = [piece.kind for piece in pieces]
    return kinds.count("LPAR") == kinds.count("RPAR")


def _apart(formula: str) -> str:
    r"""A formula with a new row in place of each \quad outside of braces: it parts equations. Places stay the same."""
    return _QUAD.sub(
        lambda match: match.group() if _is_inside(formula, match.start()) else rf"\\{' ' * (len(match.group()) - 2)}",
        formula,
    )


def _is_inside(formula: str, place: int) -> bool:
    """Whether braces are open at a place of a formula, or an environment."""
    before = formula[:place]
    braces = len(re.findall(r"(?<!\\)\{", before)) - len(re.findall(r"(?<!\\)\}", before))
    return braces > 0 or before.count(r"\begin") > before.count(r"\end")


def _at_commas(statement: list[Piece], words: Vocabulary) -> Iterator[list[Piece]]:
    """An equation, and those behind it after a comma: ∂L/∂w = …, ∂L/∂b = …"""
    if clauses(statement)[1]:
        yield statement
        return
    part: list[Piece] = []
    for each in split(statement, ("COMMA",)):
        if part and not (len(sides(part)) > 1 and _says(each, words)):
            part = [*part, *each]
            continue
        if part:
            yield part
        part = each
    yield part or statement


def _says(pieces: Sequence[Piece], words: Vocabulary) -> bool:
    """Whether pieces are an equation about a gradient or a symbol, and no condition such as i = 1, …, N."""
    both = sides(pieces)
    if len(both) < 2 or not both[0] or any(piece.kind == "DOTS" for piece in pieces):
        return False
    left = left_side(both[0], words)
    return left.kind == "gradient" or (left.kind == "symbol" and len(both[1]) > 1)


def _rows(passage: Passage) -> Iterator[Passage]:
    r"""The rows of a display, which end with \\; those of text without commands are its lines."""
    pattern = _ROW if "\\" in passage.text else re.compile(r"\n")
    place = 0
    for match in [*pattern.finditer(passage.text), None]:
        row = passage.text[place : match.start() if match else None]
        lead = len(row) - len(row.lstrip())
        yield Passage(row, passage.kind, passage.line + passage.text.count("\n", 0, place + lead), passage.cell)
        place = match.end() if match else place


def _of_statements(passage: Passage, parts: Sequence[list[Piece]], words: Vocabulary) -> list[Equation]:
    found: list[Equation] = []
    formula = passage.text
    for number, statement in enumerate(parts):
        start = _begin(formula, statement[0].at)
        end = _begin(formula, parts[number + 1][0].at) if number + 1 < len(parts) else len(formula)
        both = sides(statement)
        left = left_side(both[0], words) if len(both) > 1 else LeftSide()
        if left.kind == "gradient" and len(both) > 2 and not clauses(statement)[1]:
            found += _chain(passage, statement, (start, end), left)
        else:
            found += _named(passage, statement, (start, end), words) if left.kind != "gradient" else []
            text = _TAIL.sub("", formula[start:end]).strip()
            if passage.kind == "display" or left.kind == "gradient" or not _EXAMPLE.fullmatch(text):
                found.append(_equation(passage, text, start, left))
    return found


def _chain(passage: Passage, statement: Sequence[Piece], span: tuple[int, int], left: LeftSide) -> list[Equation]:
    """The equations of a = b = c: one for each line of the note in which a side begins."""
    formula = passage.text
    signs = [side[0].at for side in _signs(statement)]
    begin = _TAIL.sub("", formula[span[0] : signs[0]]).strip()
    found: list[Equation] = []
    line_before = -1
    for number, sign in enumerate(signs):
        end = signs[number + 1] if number + 1 < len(signs) else span[1]
        behind = _EQUALS.match(formula, sign)
        text = _TAIL.sub("", formula[behind.end() if behind else sign + 1 : end]).strip()
        if not text:
            continue
        line = formula.count("\n", 0, sign)
        if line == line_before:
            before = found.pop()
            found.append(Equation(f"{before.text} = {text}", before.line, left, passage.cell))
        else:
            found.append(_equation(passage, f"{begin} = {text}", sign, left))
        line_before = line
    return found


def _named(passage: Passage, statement: Sequence[Piece], span: tuple[int, int], words: Vocabulary) -> list[Equation]:
    """What an equation that begins with another name says of a gradient: the ∂L/∂z = p − y of δ = ∂L/∂z = p − y."""
    both = sides(statement)
    for number, side in enumerate(both[:-1]):
        applied = [piece.kind for piece in side[:2]] == ["WORD", "LPAR"]  # the g(θᵀx) of h(x) = g(θᵀx) = …
        left = left_side(side, words) if number and side and not applied else LeftSide()
        if left.kind == "gradient" and not clauses(statement)[1]:
            rest = [piece for piece in statement if piece.at >= side[0].at]
            return _chain(passage, rest, (_begin(passage.text, side[0].at), span[1]), left)
    return []


def _signs(statement: Sequence[Piece]) -> list[list[Piece]]:
    """Each = outside of parentheses, as a list of its own."""
    found, depth = [], 0
    for piece in statement:
        depth += (piece.kind in ("LPAR", "LBRACE")) - (piece.kind in ("RPAR", "RBRACE"))
        if piece.kind == "EQ" and depth <= 0:
            found.append([piece])
    return found


def _equation(passage: Passage, text: str, place: int, left: LeftSide) -> Equation:
    text = _ALIGNED.sub(" ", text)
    return Equation(text, passage.line + passage.text.count("\n", 0, place), left, passage.cell)


def _begin(formula: str, at: int) -> int:
    r"""Where a statement begins whose first letters stand at a place: before the \mathrm{ around them, if any."""
    style = _STYLE.search(formula[:at])
    return style.start() if style else at


def left_of(formula: str, words: Vocabulary | None = None) -> LeftSide:
    """What the text before the first = of a formula says, if there is one and it can be read."""
    left, equals, _ = formula[:LONGEST].partition("=")
    try:
        return left_side(cut(left), words or Vocabulary({})) if equals else LeftSide()
    except UnreadableError:
        return LeftSide()


# ── code ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_code(passage: Passage, words: Vocabulary) -> list[Equation]:
    """The assignments of a stretch of code. A gradient that is set to zero is no claim."""
    found = []
    for each in assignments(passage.text):
        left = _left_of_assignment(each, words)
        if left.kind == "gradient" and _NOTHING_YET.fullmatch(each.value):
            continue
        line = passage.line + each.line - 1
        unread, passed = (each.unread, "") if each.unread != AT_ONCE else ("", AT_ONCE)
        found.append(Equation(each.text, line, left, passage.cell, True, each.repeated, unread, passed))
    return found


def _left_of_assignment(assignment: Assignment, words: Vocabulary) -> LeftSide:
    if assignment.target in _GRADIENT:
        return LeftSide("gradient")
    try:
        return left_side(cut(assignment.target), words)
    except UnreadableError:
        return LeftSide()


# ── what an equation is for ───────────────────────────────────────────────────────────────────────────────────────────


def named(spelled: str, wrt: str, words: Vocabulary) -> bool:
    """Whether the letter by which a note derives stands for the graph's name `wrt`.

    A symbol that is none of the graph's names (the a of ∇ₐL, in a note that calls ŷ so as well) counts as `wrt` only
    where `wrt` is a prediction: notes call that by many letters, and by few of them anything else.
    """
    name = words.name(spelled) or words.loosely(spelled)
    alias = name is None and spelled in ("a", "p", "h", "o", "yhat", "q")
    return name == wrt or (alias and wrt in ("yhat", "p", "a", "y_hat", "h", "q"))


def definitions_for(equation: Equation, everything: Sequence[Equation], words: Vocabulary) -> list[Equation]:
    """The equations that say what the symbols in `equation` are that the graph has no name for, in order.

    Of several, the last one before the equation holds, else the first behind it (`…, where δ = …`).
    """
    defining: dict[str, list[int]] = {}
    place = len(everything)
    for number, each in enumerate(everything):
        if each is equation:
            place = number
        if each.left.symbol and words.name(each.left.symbol) is None:
            defining.setdefault(each.left.symbol, []).append(number)
    needed: dict[str, int] = {}
    waiting = [equation]
    while waiting and len(needed) < _MOST_DEFINITIONS:
        user = waiting.pop()
        try:
            pieces = cut(user.text.partition("=")[2])
        except UnreadableError:
            continue
        for symbol, numbers in defining.items():
            if symbol not in needed and symbol != user.left.symbol and is_used(symbol, pieces):
                before = [number for number in numbers if number < place]
                needed[symbol] = before[-1] if before else numbers[0]
                waiting.append(everything[needed[symbol]])
    return [everything[number] for number in sorted(needed.values())]


def of_whole_loss(equation: Equation, labels: Sequence[str]) -> str:
    r"""An equation's text without the index at its loss: ∂L/∂w = … for ∂Lᵢ/∂w = …, where L is the loss of the sample i.

    >>> equation = Equation(r"\nabla_w L_{i} = x_i", 1, LeftSide("gradient", derived="L", labels=("i",), of_one=True))
    >>> of_whole_loss(equation, ["i"])
    '\\nabla_w L = x_i'
    """
    left, text = equation.left, equation.text
    try:
        places = [*_indices_at(left.derived, labels, cut(text), text)] if left.of_one else []
    except UnreadableError:
        return text
    for begin, end in reversed(places):
        text = text[:begin] + text[end:]
    return text


def _indices_at(letter: str, labels: Sequence[str], pieces: Sequence[Piece], text: str) -> Iterator[tuple[int, int]]:
    """From where to where the indices of a letter go, each time that it stands there with them."""
    for piece, script in pairwise([*pieces, Piece("", "", len(text))]):
        if piece.kind == "DERIVATIVE":
            for part in piece.value:
                yield from _indices_at(letter, labels, part, text)
        elif piece.kind == "WORD" and script.kind in SCRIPTS and labels_of([script]) == tuple(labels):
            last = script.value[-1]
            end = last.at + len(str(last.value))
            if str(piece.value).removeprefix("cal:") == letter:
                yield script.at, text.index("}", end) + 1 if text.startswith("{", script.at + 1) else end


def reason_to_pass(equation: Equation, losses: Sequence[str]) -> str:
    """Why an equation with a derivative on its left is no claim about the loss; "" if it may be one.

    losses: what the note calls its loss, if that is known.
    """
    left = equation.left
    if left.refused not in ("", ENTRY):
        return f"{left.refused} is not compared with a gradient"
    primed = _primed(equation)
    if primed and primed not in losses and (function_named(primed) is not None or primed in (*_FUNCTIONS, "sigma")):
        return f"a rule for the function {primed}, no claim about the loss"
    called = {left.derived, left.called}
    if left.derived and not left.of and not called & set(losses):
        if function_named(left.derived) is not None or left.derived in ("e", "sigma"):
            return f"a rule for the function {left.derived}, no claim about the loss"
        if losses and left.is_of_loss():
            return f"it derives {left.derived}, and the loss of this note is {losses[0]}"
    if not left.is_of_loss() and not left.of and not called & set(losses):
        return f"it derives {left.derived}, which is not the loss"
    if not equation.code and _ZERO.fullmatch(equation.text.rpartition("=")[2]) and not is_limited(equation):
        return "a gradient that is set to 0 is a condition for the minimum"
    if equation.repeated:
        return "it is added up in a loop, one part at a time"
    return ""


def is_limited(equation: Equation) -> bool:
    """Whether an equation says under which condition it holds: p_i = 0 if y_i = 0."""
    try:
        return any(piece.kind in LIMITS for part in statements(cut(equation.text)) for piece in part)
    except UnreadableError:
        return False


def _primed(equation: Equation) -> str:
    """The function in front of a prime on the left side, "" if there is none."""
    try:
        side = sides(statements(cut(equation.text))[0])[0]
    except (UnreadableError, IndexError):
        return ""
    primes = any(piece.kind == "PRIME" for piece in side)
    words = [str(piece.value).removeprefix("cal:") for piece in side if piece.kind == "WORD"]
    return words[0] if primes and words else ""


__all__ = ["Equation", "declarations", "definitions_for", "equations", "named", "of_whole_loss", "reason_to_pass"]
