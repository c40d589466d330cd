"""A text read as claims: which syntax it is in, what stands on the left of its `=`, how many claims it makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import NotPythonError, UnreadableError, UntakenDerivativeError
from .claim import Claim
from .definitions import Definition, assigned, is_used, may_be_defined, symbol, target_of
from .left_side import Left, understood
from .lexer import Piece, cut
from .python_text import read_python
from .sums import renamed
from .sympy_text import is_printed, read_printed
from .tree import Expression, Gradient, Name, Quotient
from .unreadable import LONGEST, TALLEST, refuse_unreasonable
from .words import Vocabulary, canonical, function_named

MOST_CLAIMS = 40
_PYTHON_ONLY = re.compile(r"\*\*|@|\bnp\.|\btg\.|\.T\b|\.sum\(|\.mean\(|\.dot\(|\[\s*:|keepdims")
# Words behind a formula that do not limit it, as "if" and "for i = j" do
_HARMLESS = re.compile(r"(for (all|each|every|any)|where|with|as|since|because|by|using|per)\b")
_CODE = re.compile(r"__|\bnp\.|\btg\.|\.(sum|mean|dot|shape|reshape)\b|keepdims|\[\s*:|==")
_PAPER_ONLY = re.compile(r"[\\^{}$|]|[^\x00-\x7f]")
_TARGET = re.compile(
    r"∂|∇|\\partial|\\nabla|\bd[A-Za-zα-ωΑ-Ω]|\\mathrm\s*\{?\s*d|\\delta|δ|\\Delta|Δ|[A-Za-z]\s*(\^\s*\{?\s*\\?prime|['′])|\bgrad|\bgradient|"
    r"\\text\s*\{?d|\\operatorname\s*\{\s*(d|grad)|\\frac\s*\{?\s*(\\mathrm\s*\{?\s*)?d|\bg_|\bg\b|\\mathbf\s*\{?g"
)


def read(
    text: str,
    names: Mapping[str, Sequence[Any]],
    *,
    functions: Iterable[str] = (),
    loss: str = "L",
    printed: bool = False,
    leaves: Iterable[str] = (),
    before: Sequence[str] = (),
) -> list[Claim]:
    r"""The claims of a text: one for each side of its `=` signs that says what the gradient is.

    names: what the graph's nodes are called, each with its axes (a size's letter or a length). functions: the names
    of the graph's operations. printed: the text is what SymPy printed. leaves: the names that are data or
    parameters, which no text defines. before: lines that define symbols used in this one. Raises `UnreadableError`,
    with the place.

    >>> names = {"y": ("N",), "yhat": ("N",), "a": ("N",)}
    >>> first, second = read(r"\nabla_a L = -\frac{y}{\hat y} = -\frac{y}{a}", names)
    >>> first.target, sorted(second.names())
    ('\\nabla_a L', ['a', 'y'])
    """
    refuse_unreasonable(text)
    words = Vocabulary(names, functions, loss)
    words.leaves = frozenset(leaves)
    if not text.strip():
        raise UnreadableError("an empty claim")
    for line in before:
        _define(line, words)
    try:
        if printed:
            return [_as_printed(text, words)]
        return _printed_or_not(text, words) if is_printed(text) else _read(text, words)
    except RecursionError:
        raise UnreadableError("the claim has too many parts inside each other", 0, text) from None


def _read(text: str, words: Vocabulary) -> list[Claim]:
    """In the syntax that the text looks like; where it may be either, Python first."""
    if _PAPER_ONLY.search(text) and not _PYTHON_ONLY.search(text):
        return _on_paper(text, words)
    lines = assigned(text)
    if lines is not None and any(_uses(later, target_of(line)) for n, line in enumerate(lines) for later in lines[n:]):
        for line in lines[:-1]:
            _define(line, words)
        return [_in_python(lines[-1].strip(), words)]
    try:
        return [_in_python(text, words)]
    except UnreadableError as in_python:
        if _CODE.search(text) and "\\" not in text:
            raise
        try:
            return _on_paper(text, words)
        except UnreadableError as on_paper:
            raise (
                on_paper
                if isinstance(in_python, NotPythonError) or on_paper.position > in_python.position
                else in_python
            ) from None


def _printed_or_not(text: str, words: Vocabulary) -> list[Claim]:
    """A text with SymPy's words in it, which may be somebody's own functions."""
    try:
        return [_as_printed(text, words)]
    except UnreadableError as as_printed:
        try:
            return _read(text, words)
        except UnreadableError:
            raise as_printed from None


def _as_printed(text: str, words: Vocabulary) -> Claim:
    """`Sum(x[j], (j, 1, N))`, perhaps with a left-hand side."""
    match = re.match(r"[^=(]*(?<![=!<>])=(?!=)", text)
    lead = match.end() if match else 0
    tree = read_printed(" " * lead + text[lead:], words)
    return _claim(text[lead:].strip(), text[: max(lead - 1, 0)].strip(), tree, words, "python", lead, text)


def _in_python(text: str, words: Vocabulary) -> Claim:
    """`dW = 1/m * np.dot(dZ, A.T)`, or what stands on its right."""
    body, target, lead = text, "", 0
    match = re.match(r"\s*([A-Za-z_][\w.']*(?:\[[^\]=]*\])?)\s*(?::[^=]*|[+-])?=(?!=)", text)
    if match:
        target, lead = match.group(1), match.end()
        body = text[lead:]
    body = re.split(r"(?<!['\"])#", body)[0].rstrip().rstrip(";,.")
    tree = read_python(" " * lead + body, words, lambda spelled, at: _differential(spelled, at, words, text))
    left = understood(cut(target), words) if re.fullmatch(r"\w+", target) else Left()
    return _claim(text[lead:].strip(), target, tree, words, "python", lead, text, left)


def _differential(spelled: str, at: int, words: Vocabulary, text: str) -> Expression:
    """dZ2 of course notes: the gradient at Z2."""
    if spelled.startswith("d") and (name := words.name(spelled[1:].removeprefix("L_d"))) is not None:
        return Gradient(at, name)
    if (loosely := words.loosely(spelled)) is not None:
        return Name(at, loosely)
    named = function_named(spelled) if len(spelled) > 1 else None
    raise UnreadableError(
        words.unknown(spelled) if named is None else f"{spelled} is a function, to be applied", at, text
    )


def _on_paper(text: str, words: Vocabulary) -> list[Claim]:
    from .parser import read_paper

    pieces = cut(text)
    known = _index_letters(pieces)
    claims: list[Claim] = []
    symbolic: UnreadableError | None = None
    statements, clauses = _clauses(_statements(pieces))
    for statement in _definitions(text, statements, clauses, words, known):
        sides = _split(statement, ("EQ",))
        target, left, factor = "", Left(), None
        for place, side in enumerate(sides):
            side = _without_punctuation(side)
            if not side:
                if place == 0:
                    continue
                raise UnreadableError("nothing stands on this side of the =", statement[-1].at, text)
            written = _written(text, side, sides, place)
            if place == 0 and len(sides) > 1 and _is_target(written, side, words):
                target, left = written, understood(side, words)
                factor = read_paper(text, _counted(left.factor), words, known) if left.factor else None
                continue
            try:
                tree = read_paper(text, side, words, known)
            except UntakenDerivativeError as chain:
                symbolic = chain
                continue
            if len(claims) == MOST_CLAIMS:
                raise UnreadableError(f"more than {MOST_CLAIMS} claims in one text are not read", side[0].at, text)
            if factor is not None:
                tree = Quotient(side[0].at, tree, factor)
            claims.append(_claim(written, target, tree, words, "paper", side[0].at, text, left))
    if not claims:
        raise symbolic or UnreadableError("there is no formula here", 0, text)
    return claims


def _uses(line: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", line.partition("=")[2]) is not None


def _define(line: str, words: Vocabulary) -> None:
    """Take a line's meaning for its symbol, for what is read after it. `UnreadableError` if it cannot be read."""
    if "\\" not in line and target_of(line):
        try:
            claim = _in_python(line, words)
            words.definitions[canonical(target_of(line))] = Definition(claim.tree)
            return
        except UnreadableError:
            if _PYTHON_ONLY.search(line):
                raise
    pieces = cut(line)
    statement = _statements(pieces)[-1]
    _definitions(line, [], [statement], words, _index_letters(pieces))


def defines(lines: Sequence[str]) -> list[bool]:
    """For each line of a derivation, whether it defines a symbol that a later one uses."""
    found = []
    for number, line in enumerate(lines):
        later = [each.partition("=")[2] or each for each in lines[number + 1 :]]
        try:
            named = symbol(_split(_statements(cut(line))[0], ("EQ",))[0]) if "=" in line else None
            found.append(named is not None and any(is_used(named[0], cut(each)) for each in later))
        except (UnreadableError, IndexError):
            found.append(False)
    return found


def _clauses(statements: Sequence[list[Piece]]) -> tuple[list[list[Piece]], list[list[Piece]]]:
    """Statements without the `where δ = …` behind them, and those clauses."""
    kept, clauses = [], []
    for statement in statements:
        marks = [p for p, piece in enumerate(statement) if p and str(piece.value).lower() in ("where", "with")]
        parts = [statement]
        if marks:
            parts = [statement[: marks[0]]]
            for part in _split(statement[marks[0] + 1 :], ("COMMA", "PROSE")):
                part = [piece for piece in part if piece.kind != "QUAD"]
                sides = _split(part, ("EQ",))
                if len(sides) > 1 and symbol(sides[0]) is not None and not any(p.kind == "DOTS" for p in part):
                    clauses.append(part)
        kept.append(_without_punctuation(parts[0]))
    return [each for each in kept if each], clauses


def _definitions(
    text: str,
    statements: Sequence[list[Piece]],
    clauses: Sequence[list[Piece]],
    words: Vocabulary,
    known: set[str],
) -> list[list[Piece]]:
    """The statements that claim something; what the others, and the clauses, define is kept in the words."""
    from .parser import read_paper

    claims: list[list[Piece]] = []
    for number, statement in enumerate([*clauses, *statements]):
        sides = [side for side in map(_without_punctuation, _split(statement, ("EQ",))) if side]
        named = symbol(sides[0]) if len(sides) > 1 else None
        later = [side for each in statements for side in _split(each, ("EQ",))[1:] if each is not statement]
        later += [each for each in statements if each is not statement and len(_split(each, ("EQ",))) == 1]
        clause = number < len(clauses)
        if named is not None and not clause and not any(is_used(named[0], side) for side in later):
            named = None
        if named is None or not may_be_defined(named[0], words):
            if not clause:
                claims.append(statement)
            continue
        tree = None
        for side in reversed(sides[1:]):
            try:
                tree = read_paper(text, side, words, known | set(named[1]))
                break
            except UntakenDerivativeError:
                continue
            except UnreadableError:
                if words.name(named[0]) is None:
                    raise
        if tree is not None:
            words.definitions[named[0]] = Definition(renamed(tree, {}), named[1])
    return claims


def _counted(factor: Sequence[Piece]) -> list[Piece]:
    """A factor in front of a gradient; a sign alone is −1."""
    pieces = list(factor)
    return [*pieces, Piece("NUMBER", "1", pieces[-1].at, False)] if pieces[-1].kind == "MINUS" else pieces


def _claim(
    written: str,
    target: str,
    tree: Expression,
    words: Vocabulary,
    syntax: str,
    position: int,
    text: str,
    left: Left | None = None,
) -> Claim:
    height = _height(tree)
    if height > TALLEST:
        raise UnreadableError(f"operations {height} deep are not read; at most {TALLEST}", position, text)
    return Claim(written, target, renamed(tree, {}), words, syntax, position, left or Left())


def _height(tree: Expression) -> int:
    """How many parts stand inside each other."""
    level, height = [tree], 0
    while level:
        height += 1
        level = [part for each in level for part in each.parts()]
    return height


def _statements(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The equations of a text: at ⇒, and at a new line that does not go on with what came before."""
    lines = _split(pieces, ("LINE", "ARROW"))
    found: list[list[Piece]] = []
    for line in lines:
        line = _up_to_where(line)
        if not line:
            continue
        has_side = any(piece.kind == "EQ" for piece in _outer(line))
        continues = line[0].kind in ("EQ", "TIMES", "SLASH") or (line[0].kind in ("PLUS", "MINUS") and not has_side)
        if found and (continues or (not has_side and _ends_open(found[-1]))):
            found[-1] += line
        else:
            found.append(list(line))
    return found


def _up_to_where(line: Sequence[Piece]) -> list[Piece]:
    """A line without its conditions, but with the clauses that define a symbol."""
    mark = next((p for p, piece in enumerate(line) if p and str(piece.value).lower() in ("where", "with")), None)
    head = _without_condition(line)
    if mark is None or not any(piece.kind == "EQ" for piece in line[mark:]) or not head or head[-1].at > line[mark].at:
        return head
    return [*head, *line[mark:]]


def _ends_open(line: Sequence[Piece]) -> bool:
    return line[-1].kind in ("EQ", "PLUS", "MINUS", "TIMES", "SLASH")


def _outer(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces outside of all parentheses and braces."""
    found, depth = [], 0
    for piece in pieces:
        depth -= piece.kind in ("RPAR", "RBRACE")
        if depth == 0 and piece.kind not in ("RPAR", "RBRACE"):
            found.append(piece)
        depth += piece.kind in ("LPAR", "LBRACE")
    return found


def _split(pieces: Sequence[Piece], kinds: tuple[str, ...]) -> list[list[Piece]]:
    """The pieces between those of the given kinds that stand outside of all parentheses."""
    parts: list[list[Piece]] = [[]]
    depth = 0
    for piece in pieces:
        depth += piece.kind in ("LPAR", "LBRACE")
        depth -= piece.kind in ("RPAR", "RBRACE")
        if piece.kind in kinds and (depth <= 0 or piece.kind == "LINE"):
            parts.append([])
        else:
            parts[-1].append(piece)
    return [part for part in parts if part] if "EQ" not in kinds else parts


def _without_condition(line: Sequence[Piece]) -> list[Piece]:
    """A line without `for i = 1, …, N` and the like at its end; prose before a formula goes too."""
    line = list(line)
    while line and line[0].kind in ("PROSE", "QUAD", "COMMA"):
        line = line[1:]
    depth = 0
    for place, piece in enumerate(line):
        depth += piece.kind in ("LPAR", "LBRACE")
        depth -= piece.kind in ("RPAR", "RBRACE")
        if piece.kind not in ("QUAD", "COMMA", "PROSE", "IN", "LPAR") or not place or depth > 1:
            continue
        rest = [each for each in line[place + 1 :] if each.kind != "QUAD"]
        if depth == 0 and piece.kind in ("QUAD", "COMMA") and _is_condition(rest):
            return _without_punctuation(line[:place])
        if depth == 0 and (piece.kind == "IN" or (piece.kind == "PROSE" and _is_condition([piece, *rest]))):
            return _without_punctuation(line[:place])
        if depth == 1 and piece.kind == "LPAR" and any(each.kind == "DOTS" for each in rest):
            inner = rest[:-1] if rest and rest[-1].kind == "RPAR" else rest
            if _is_condition(inner) and any(each.kind == "EQ" for each in inner):
                return _without_punctuation(line[:place])
    return [piece for piece in line if piece.kind != "QUAD"]


def _is_condition(rest: Sequence[Piece]) -> bool:
    """Whether pieces say where a formula holds, or nothing at all."""
    if not rest or all(piece.kind in ("DOT", "COMMA") for piece in rest):
        return True
    if rest[0].kind in ("PROSE", "WORD") and _HARMLESS.match(str(rest[0].value)):
        return True
    if rest[0].kind in ("PROSE", "WORD") and str(rest[0].value).strip() == "for":
        return _is_condition(rest[1:])
    if rest[0].kind == "LPAR" and len(rest) > 2:
        return _is_condition(rest[1:])
    if rest[0].kind != "WORD" or len(str(rest[0].value)) > 2:
        return False
    after = next((piece.kind for piece in rest[1:] if piece.kind not in ("COMMA", "WORD")), "")
    return after in ("EQ", "IN") and (after == "IN" or any(piece.kind in ("DOTS", "COLON") for piece in rest))


def _without_punctuation(side: Sequence[Piece]) -> list[Piece]:
    """A side without the comma or full stop behind it."""
    side = list(side)
    while side and side[-1].kind in ("COMMA", "DOT", "QUAD", "LINE", "COLON"):
        side.pop()
    while side and side[0].kind in ("QUAD", "LINE", "COMMA"):
        side.pop(0)
    return side


def _written(text: str, side: Sequence[Piece], sides: Sequence[Sequence[Piece]], place: int) -> str:
    """A side as it stands in the text."""
    start = side[0].at
    following = [piece.at for later in sides[place + 1 :] for piece in later]
    end = following[0] if following else len(text)
    return re.sub(r"(&|\\\\|=|:|\s|\$|\\\]|\\begin\{\w+\*?\})+$", "", text[start:end]).strip()


def _is_target(written: str, side: Sequence[Piece], words: Vocabulary) -> bool:
    """Whether a left-hand side only says what is claimed."""
    if side[0].kind in ("DERIVATIVE", "PARTIAL", "NABLA") or any(piece.kind in ("PARTIAL", "NABLA") for piece in side):
        return True
    if _TARGET.search(written):
        return True
    if side[0].value == "d" and len(side) > 1 and side[1].kind == "WORD":
        return True
    first = [piece for piece in side if piece.kind not in ("SUB", "SUP", "PRIME", "TOP")]
    return len(first) == 1 and first[0].kind == "WORD"


def _index_letters(pieces: Sequence[Piece]) -> set[str]:
    """Single letters that stand somewhere as an index."""
    found: set[str] = set()
    for piece in pieces:
        if piece.kind == "SUB":
            inner = piece.value
            words = [each for each in inner if each.kind == "WORD"]
            others = {each.kind for each in inner} - {"WORD", "COMMA", "NUMBER", "COLON", "TIMES"}
            if not others:
                found.update(letter for each in words if len(str(each.value)) <= 3 for letter in str(each.value))
        elif piece.kind == "DERIVATIVE":
            found |= _index_letters(piece.value[0]) | _index_letters(piece.value[1])
    return {letter for letter in found if letter in "ijklcnm" and letter.isascii()}


__all__ = ["LONGEST", "read"]
