"""A text read as claims: which syntax it is in, what stands on the left of its `=`, how many claims it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..errors import NotPythonError, UnreadableError, UntakenDerivativeError
from ..paper.notation import pretty
from .alternatives import of_all_or_each
from .claim import Claim
from .conditions import of_loss, parted_conditions, without_punctuation, written
from .definitions import Definition, assigned, changed, is_used, may_be_defined, sign_of, target_of
from .guesses import meaning
from .left_side import broken_link, left_side
from .lexer import cut
from .lookahead import compared_indices
from .outline import parted_sign
from .parser import read_condition, read_paper
from .pieces import INDICES, Piece
from .python_text import read_python, spelled_alone
from .signs import NARROW
from .spelling import with_features
from .statements import clauses, sides, statements
from .sums import renamed
from .sympy_text import is_printed, read_printed
from .tree import Expression, Name, Quotient, Transposed
from .unreadable import TALLEST, refuse_unreasonable
from .variable import SCRIPTS, LeftSide
from .words import OWN, Derived, Vocabulary, canonical, function_named

MOST_CLAIMS = 40
_PYTHON_ONLY = re.compile(r"\*\*|@|\bnp\.|\btg\.|\.T\b|\.sum\(|\.mean\(|\.dot\(|\[\s*:|keepdims|\)\s*\|\s*[(~]")
_CODE = re.compile(r"__|\bnp\.|\btg\.|\.(sum|mean|dot|shape|reshape)\b|keepdims|\[\s*:|==")
_CHAIN = re.compile(r"\bd\w+\s*/\s*d\w+\s*\*\s*d\w+\s*/\s*d\w+")  # dL/dp * dp/dw, which is no quotient of products
_RETURN = re.compile(r"(?m)^\s*return\b(?=[^=]*$)")
_PAPER_ONLY = re.compile(r"[\\^{}$|]|[^\x00-\x7f]")


def read(
    text: str,
    names: Mapping[str, Sequence[Any]],
    *,
    functions: Iterable[str] = (),
    loss: str = "L",
    sizes: Iterable[str] = (),
    said: Iterable[str] = (),
    printed: bool = False,
    leaves: Iterable[str] = (),
    places: Iterable[str] = (),
    before: Sequence[str] = (),
    own: tuple[str, Sequence[Any]] | None = None,
    derived: Derived | None = None,
    standing: Callable[[Claim], str | None] | None = None,
) -> list[Claim]:
    r"""The claims of a text: one for each side of its `=` signs that says what the gradient is.

    names: what the graph's nodes are called, each with its axes (a size's letter or a length). functions: the names
    of the graph's operations. sizes: letters of sizes that no name has an axis of. said: the letters of sizes
    that a user chose, which mean no other. printed: the text is what SymPy printed.
    leaves: the names that are data or parameters, which no text defines. places: those that stand as an index.
    before: lines that define symbols used in this one. own: the name by which the loss is derived, and the axes of the
    function of it that the loss sums up. derived: what is derived, where it is more than a number. standing: the name
    that a formula is worth as much as, in ∂L/∂(A⁻¹). Raises `UnreadableError`, with the place.

    >>> names = {"y": ("N",), "yhat": ("N",), "a": ("N",)}
    >>> first, second = read(r"\nabla_a L = -\frac{y}{\hat y} = -\frac{y}{a}", names)
    >>> first.target, sorted(second.names())
    ('\\nabla_a L', ['a', 'y'])
    """
    refuse_unreasonable(text)
    text = _RETURN.sub(lambda found: " " * len(found.group()), text.translate(NARROW))
    words = Vocabulary(names if own is None else {**names, OWN: own[1]}, functions, loss, sizes)
    words.own_argument = own[0] if own is not None else ""
    words.leaves, words.places, words.said = frozenset(leaves), frozenset(places), frozenset(said)
    words.derived = derived or Derived()
    if standing is not None:
        words.standing = partial(_standing, words, standing, {})
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


def _standing(
    words: Vocabulary, find: Callable[[Claim], str | None], known: dict[str, str | None], pieces: Sequence[Piece]
) -> str | None:
    """The name for which a formula stands; None if it cannot be read. known: what was found before, by what it says."""
    key = repr([(piece.kind, piece.value) for piece in pieces])
    if key not in known:
        try:
            tree = renamed(read_paper("", list(pieces), words, set()), {})
        except UnreadableError:
            known[key] = None
        else:
            known[key] = find(Claim("", "", tree, words, "paper", pieces[0].at))
    return known[key]


def _read(text: str, words: Vocabulary) -> list[Claim]:
    """In the syntax that the text looks like; where it may be either, Python first."""
    if (_PAPER_ONLY.search(text) or _CHAIN.search(text)) and not _PYTHON_ONLY.search(text):
        return _on_paper(text, words)
    lines = assigned(text)
    if lines is not None and any(
        _uses(later, target_of(line)) or sign_of(later) for n, line in enumerate(lines) for later in lines[n:]
    ):
        return _in_python_lines(lines, words)
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


def _in_python_lines(lines: Sequence[str], words: Vocabulary) -> list[Claim]:
    """Assignments below each other: the last one claims, and so do those to a gradient; the others define.

    A gradient that later lines use is there what the text says it is, also where it leaves the 1/N of a mean to them.
    """
    claims = []
    for number, line in enumerate(lines[:-1]):
        name = target_of(line)
        if left_side(cut(name), words).kind == "gradient":
            claim = _in_python(line.strip(), words)
            if any(_uses(later, name) for later in lines[number + 1 :]):
                words.definitions[canonical(name)] = Definition(claim.tree)
                if words.samples:
                    claim = replace(claim, tree=of_all_or_each(claim.position, name, claim.tree, words.samples))
            claims.append(claim)
        else:
            _define(line, words)
    return _accumulated([*claims, _in_python(lines[-1].strip(), words)])


def _accumulated(claims: Sequence[Claim]) -> list[Claim]:
    """The claims of several lines, where one that is added to later (+=) is no claim yet: its sum is one."""
    found: list[Claim] = []
    for claim in claims:
        before = next((one for one in reversed(found) if claim.sign and _target(one.left) == _target(claim.left)), None)
        if before is not None:
            found = [one for one in found if one is not before]
            claim = replace(claim, tree=changed(before.tree, claim.sign, claim.tree), sign=before.sign)
        found.append(claim)
    return found


def _target(left: LeftSide) -> tuple[str, ...]:
    """What a left side is about, whatever stands in front of it."""
    return left.kind, left.about, left.letter, left.of, left.symbol


def accumulations(lines: Sequence[str], names: Iterable[str] = ()) -> list[list[int]]:
    """For each line of a derivation, the lines before it that it adds to with its += (or -=, *=, /=), oldest first.

    >>> accumulations(["dx = b*cos(x)", "dy = a", "dx += a*exp(x)", "dx += 1"], ["x", "y", "a", "b"])
    [[], [], [0], [0, 2]]
    """
    words = Vocabulary(dict.fromkeys(names, ()))
    found: list[list[int]] = []
    last: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(lines):
        try:
            refuse_unreasonable(line)
            first, *others = sides(statements(cut(line))[0])
            left, sign = left_side(first, words), parted_sign(first)[1]
        except (UnreadableError, IndexError):
            found.append([])
            continue
        before = last.get(_target(left)) if sign and others and left.kind in ("gradient", "symbol") else None
        found.append([] if before is None else [*found[before], before])
        last[_target(left)] = number
    return found


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
    match = re.match(r"\s*([A-Za-z_][\w.']*(?:\[[^\]=]*\])?)\s*(?::[^=]*|([-+*/]))?=(?!=)", text)
    sign = ""
    if match:
        target, lead, sign = match.group(1), match.end(), match.group(2) or ""
        body = text[lead:]
    body = re.split(r"(?<!['\"])#", body)[0].rstrip().rstrip(";,.")
    tree = read_python(" " * lead + body, words, lambda spelled, at: _unknown(spelled, at, words, text))
    spelled = spelled_alone(target)
    left = left_side(cut(spelled), words) if re.fullmatch(r"[\w.']+", spelled) else LeftSide()
    return replace(_claim(text[lead:].strip(), target, tree, words, "python", lead, text, left), sign=sign)


def _unknown(spelled: str, at: int, words: Vocabulary, text: str) -> Expression:
    """A word of Python that is no name: dZ2 of course notes, a name in its other case, ŷ."""
    if (loosely := words.loosely(spelled)) is not None:
        return Name(at, loosely)
    if (found := meaning(spelled, at, words)) is not None:
        return found
    named = function_named(spelled) if len(spelled) > 1 else None
    raise UnreadableError(
        words.unknown(spelled) if named is None else f"{spelled} is a function, to be applied", at, text
    )


def _on_paper(text: str, words: Vocabulary) -> list[Claim]:
    """The claims of a text in LaTeX or plain text, after what it defines has been taken out of it."""
    pieces = _cut(text, words)
    known = {letter for letter in _index_letters(pieces) | compared_indices(pieces) if not words.is_class(letter)}
    claims: list[Claim] = []
    untaken: UnreadableError | None = None
    for statement in _claiming(text, statements(pieces), words, known):
        try:
            claims += _of_statement(text, statement, words, known)
        except UntakenDerivativeError as error:
            untaken = error
        if len(claims) > MOST_CLAIMS:
            place = claims[MOST_CLAIMS].position
            raise UnreadableError(f"more than {MOST_CLAIMS} claims in one text are not read", place, text)
    if not claims:
        raise untaken or UnreadableError("there is no formula here", 0, text)
    return _accumulated(claims)


def _cut(text: str, words: Vocabulary) -> list[Piece]:
    """The pieces of a text; where φ is data and x is not, the φ(xₙ) in them are φₙ."""
    features = any(map(words.name, ("phi", "Phi", "psi"))) and words.name("x") is None
    return with_features(cut(text)) if features else cut(text)


def _of_statement(text: str, statement: Sequence[Piece], words: Vocabulary, known: set[str]) -> list[Claim]:
    """A claim for each side of an equation that says what its left side is. `UntakenDerivativeError` if none does."""
    parts, limits = zip(*(parted_conditions(without_punctuation(side)) for side in sides(statement)), strict=True)
    left, target, factor, doubtful = LeftSide(), "", None, False
    if len(parts) > 1:
        left = left_side(parts[0], words)
        doubtful = left.kind == "formula" and _begins_undefined(parts[0], words)
        if left.kind == "gradient" and left.derived and not left.of:
            words.called = left.derived
        if left.kind in ("gradient", "symbol"):
            target = _written(text, parts, 0)
            factor = read_paper(text, _counted(left.factor), words, known) if left.factor else None
        elif left.kind == "formula":
            left = LeftSide()
    claims: list[Claim] = []
    words.own = left.own if words.own_argument and left.about in ("", words.own_argument) else ""
    derived = _derived(text, left, words, known)
    untaken: UntakenDerivativeError | None = None
    for place, side in enumerate(parts):
        if place == 0 and len(parts) > 1 and (target or not side):
            continue
        if not side:
            raise UnreadableError("nothing stands on this side of the =", statement[-1].at, text)
        try:
            tree = read_paper(text, side, words, known)
        except UntakenDerivativeError as error:
            _refuse_broken_chain(text, side, words)
            untaken = error
            continue
        except UnreadableError:
            if claims and place == len(parts) - 1 and left_side(side, words).symbol:
                continue  # … := e_j, which gives what was claimed a name
            raise
        tree = tree if factor is None else Quotient(side[0].at, tree, factor)
        claim = _claim(_written(text, parts, place), target, tree, words, "paper", side[0].at, text, left)
        sign = parted_sign(parts[0])[1] if target and place == 1 else ""
        claim = _limited(claim, text, _limits_of(limits, place), words, known)
        claims.append(replace(claim, sign=sign, derived=derived, doubtful=doubtful and place == 0))
    if untaken is not None and not claims:
        raise untaken
    return claims


def _limited(claim: Claim, text: str, limits: Sequence[Piece], words: Vocabulary, known: set[str]) -> Claim:
    """A claim with the conditions under which it stands; of a letter that means nothing here, λ > 0 is none."""
    limits = [of_loss(each, words.loss) for each in limits if not _is_foreign(each, words)]
    if not limits:
        return claim
    words.know_loss()
    condition = renamed(read_condition(text, limits, words, known), {})
    return replace(claim, condition=condition, where=" and ".join(written(each.value) for each in limits))


def _is_foreign(limit: Piece, words: Vocabulary) -> bool:
    """Whether a condition sets a letter beside a number that is neither a name, nor an index, nor a size."""
    letter = str(limit.value[0].value)
    known = words.name(letter) is not None or letter in INDICES or words.sizes(letter)
    return limit.kind == "ASSUMPTION" and not known and letter not in (*words.definitions, words.loss)


def _limits_of(limits: Sequence[list[Piece]], place: int) -> list[Piece]:
    """Which conditions of an equation a side stands under: those before all sides, and those next behind it.

    Where none stands behind it, those of the sides before go on.
    """
    first = [piece for piece in limits[0] if len(limits) > 1]
    behind = [each for each in limits[max(place, 1) :] if each] or [each for each in limits[1:place][::-1] if each]
    return [*first, *(behind[0] if behind else limits[0] if len(limits) == 1 else [])]


def _refuse_broken_chain(text: str, side: Sequence[Piece], words: Vocabulary) -> None:
    end, start = broken_link(side, words)
    if start:
        said = f"a chain that leads to {pretty(end)} and goes on from {pretty(start)}"
        raise UnreadableError(said, side[0].at, text) from None


def _begins_undefined(side: Sequence[Piece], words: Vocabulary) -> bool:
    """Whether a side begins with a letter that is neither a name, a function nor defined: the D of D xᵀx."""
    first = side[0] if side else None
    if first is None or first.kind != "WORD":
        return False
    spelled = str(first.value).removeprefix("cal:")
    known = words.name(spelled) or function_named(spelled) or canonical(spelled) in words.definitions
    return len(spelled) <= 2 and not known and (spelled[0] in "dD" or spelled not in words.letters)


def _derived(text: str, left: LeftSide, words: Vocabulary, known: set[str]) -> Expression | None:
    """The formula that a left side says is derived, as a tree; None where it is not written out or cannot be read."""
    if not left.written:
        return None
    try:
        tree: Expression = renamed(read_paper(text, left.written, words, known), {})
    except UnreadableError:
        return None
    return tree


def _uses(line: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", line.partition("=")[2] or line) is not None


def _define(line: str, words: Vocabulary) -> None:
    """Take a line's meaning for its symbol, for what is read after it. `UnreadableError` if it cannot be read."""
    if "\\" not in line and target_of(line):
        try:
            key, tree = canonical(target_of(line)), _in_python(line, words).tree
            if (sign := sign_of(line)) and key in words.definitions:
                tree = changed(words.definitions[key].tree, sign, tree)
            words.definitions[key] = Definition(tree)
            return
        except UnreadableError:
            if _PYTHON_ONLY.search(line):
                raise
    pieces = _cut(line, words)
    parts = [without_punctuation(side) for side in sides(statements(pieces)[-1])]
    left = left_side(parts[0], words)
    if left.symbol and may_be_defined(left.symbol, words):
        _take_definition(line, parts, left, words, _index_letters(pieces))


def uses(lines: Sequence[str], names: Iterable[str] = ()) -> list[list[int]]:
    """For each line of a derivation, the later lines, counted from 0, that use the symbol which it defines.

    names: those of the graph. A line with a gradient on its left defines nothing: the dz of `dz = …` is the gradient
    at z, where z is a name.

    >>> uses(["r = y - p", "dw = X.T @ r"], ["X", "y", "p", "w"])
    [[1], []]
    """
    words = Vocabulary(dict.fromkeys(names, ()))
    rights = [_pieces(line.partition("=")[2] or line) for line in lines]
    found: list[list[int]] = []
    for number, line in enumerate(lines):
        parts = next(map(sides, statements(_pieces(line))), [])
        left = left_side(parts[0], words) if len(parts) > 1 else LeftSide()
        later = range(number + 1, len(lines)) if left.symbol else ()
        found.append([place for place in later if is_used(left.symbol, rights[place])])
    return found


def updated(line: str, names: Iterable[str]) -> str:
    """Of which of the graph's names a line says another value, made of the one it has; "" of any other line.

    >>> updated("w ← w − η∇L", ["X", "w"]), updated("w_{t+1} = w_t - 0.1 g_t", ["w"]), updated("w = X - 1", ["w"])
    ('w', 'w', '')
    """
    parts = [side for statement in statements(_pieces(line))[:1] for side in sides(statement) if side]
    if len(parts) < 2:
        return ""
    first, second, words = parts[0], parts[1], Vocabulary(dict.fromkeys(names, ()))
    if left_side(first, words).kind != "symbol" or second[0].value != first[0].value:
        return ""
    behind = next((piece.kind for piece in second[1:] if piece.kind not in SCRIPTS), "")
    return (words.name(str(first[0].value)) or "") if behind in ("PLUS", "MINUS") else ""


def _pieces(line: str) -> list[Piece]:
    """The pieces of a line; none of one that cannot be read."""
    try:
        refuse_unreasonable(line)
        return cut(line)
    except UnreadableError:
        return []


def _claiming(text: str, lines: Sequence[list[Piece]], words: Vocabulary, known: set[str]) -> list[list[Piece]]:
    """The statements that claim something; what the others and the `where` clauses define is kept in the words."""
    found: list[list[Piece]] = []
    parted = [clauses(line) for line in lines]
    heads = [head for head, _ in parted if head]
    for clause in (each for _, behind in parted for each in behind):
        left, parts = _sides_of(clause, words)
        if left.kind == "gradient":
            found.append(clause)
        elif left.symbol and may_be_defined(left.symbol, words):
            _take_definition(text, parts, left, words, known)
    for head in heads:
        left, parts = _sides_of(head, words)
        others = [each for each in heads if each is not head]
        later = [side for each in others for side in (sides(each)[1:] or [each])]
        used = bool(left.symbol) and any(is_used(left.symbol, side) for side in later)
        if used and may_be_defined(left.symbol, words):
            _take_definition(text, parts, left, words, known)
        else:
            found.append(head)
    return found


def _sides_of(statement: Sequence[Piece], words: Vocabulary) -> tuple[LeftSide, list[list[Piece]]]:
    """The left side of an equation, understood, and all its sides that are not empty."""
    parts = [side for side in map(without_punctuation, sides(statement)) if side]
    return (left_side(parts[0], words) if len(parts) > 1 else LeftSide()), parts


def _take_definition(
    text: str, parts: Sequence[list[Piece]], left: LeftSide, words: Vocabulary, known: set[str]
) -> None:
    """Keep what an equation says of its symbol: its last side that can be read.

    A side that cannot be read is an error only where the symbol is no name of the graph, which has a value anyway.
    """
    for side in reversed(parts[1:]):
        try:
            tree = read_paper(text, side, words, known | set(left.labels))
        except UntakenDerivativeError:
            continue
        except UnreadableError:
            if words.name(left.symbol) is None:
                raise
            continue
        words.definitions[left.symbol] = Definition(renamed(tree, {}), left.labels)
        return


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
    left: LeftSide | None = None,
) -> Claim:
    height = _height(tree)
    if height > TALLEST:
        raise UnreadableError(f"operations {height} deep are not read; at most {TALLEST}", position, text)
    left = left or LeftSide()
    tree = Transposed(position, tree) if left.turned else tree
    return Claim(written, target, renamed(tree, {}), words, syntax, position, left)


def _height(tree: Expression) -> int:
    """How many parts stand inside each other."""
    level, height = [tree], 0
    while level:
        height += 1
        level = [part for each in level for part in each.parts()]
    return height


def _written(text: str, parts: Sequence[Sequence[Piece]], place: int) -> str:
    """A side as it stands in the text."""
    start = parts[place][0].at
    following = [piece.at for later in parts[place + 1 :] for piece in later]
    end = following[0] if following else len(text)
    return re.sub(r"(&|\\\\|=|:|\s|\$|\\\]|\\begin\{\w+\*?\})+$", "", text[start:end]).strip()


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


__all__ = ["accumulations", "read", "updated", "uses"]
