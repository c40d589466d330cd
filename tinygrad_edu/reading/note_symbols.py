"""The symbols of a note whose names nobody has given: which letters are tensors, sizes, indices, functions.

A claim is read with the names of a graph. The loss of a note is read before there is a graph, so its letters have to
tell: what stands above a Σ or in R^{N×D} is a size, what stands below is an index, what is defined with an argument is
a function, and the rest are names.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ..errors import UnreadableError
from .lexer import cut
from .lookahead import GREEK_WORDS
from .notes import Equation
from .pieces import Piece
from .spelling import is_layer, is_transposed, is_transposition, with_features
from .statements import clauses, sides, statements
from .variable import NAMED_LOSSES
from .words import CONSTANTS, SAMPLES, Vocabulary, function_named

INDICES = "ijklcnmtr"
_UPRIGHT = re.compile(r"\\(text|mathrm|operatorname|textit|mathit|mbox|textrm|textsf|textbf)\*?\s*\{\s*$")
_BOLD = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|pmb|vec|bold|symbf)\s*(?:\{\s*)?(?:\\(?:hat|bar|tilde)\s*\{?)?\\?([A-Za-z]+)"
)
_ACCENTED = re.compile(r"[A-Za-z](hat|bar|tilde|prime)|[a-z]+prime")
COMPUTED = re.compile(r"=\s*(?:\\sigma|σ|\\?tanh|\\?exp)(?![A-Za-z])")  # behind a symbol that is no index
OPENING, CLOSING = ("LPAR", "LBRACE", "LBAR"), ("RPAR", "RBRACE", "RBAR")


@dataclass(frozen=True)
class Definition:
    """What an equation says a symbol is.

    name: the symbol, as Python spells it. labels: the indices on its left. parameters: what stands in parentheses
    behind it. meaning: the sides on its right, each in pieces.
    """

    name: str
    labels: tuple[str, ...]
    parameters: tuple[str, ...]
    meaning: tuple[tuple[Piece, ...], ...]
    equation: Equation


@dataclass
class Symbols:
    """The symbols of several equations.

    indexed: for each name, with how many indices it is written at most. columns: whether X holds a sample in each
    column, as in wᵀX. shapes: the axes that a note says a name has. turned, applied: names that stand transposed, and
    those that stand in front of a factor and are not. normalised: names with an index in a Σ of exponentials, as all
    the scores of a softmax.
    """

    indexed: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, None] = field(default_factory=dict)
    indices: set[str] = field(default_factory=set)
    bold: set[str] = field(default_factory=set)
    shapes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    columns: bool = False
    turned: set[str] = field(default_factory=set)
    applied: set[str] = field(default_factory=set)
    normalised: set[str] = field(default_factory=set)

    @property
    def matrices(self) -> set[str]:
        """The letters of what multiplies vectors as matrices do: the w of w a and of wᵀδ, in any layer."""
        return {name.partition("_")[0] for name in self.turned & self.applied}

    def row_of(self, name: str) -> str:
        """X for the xᵢ of a note that has both, P for its pᵢⱼ; any other name as it is."""
        rows, count = name[:1].upper() + name[1:], self.indexed.get(name, 0)
        is_row = rows != name and rows in self.indexed and rows not in self.sizes and name.isalpha()
        return rows if is_row and (count == 2 or (name == "x" and count)) else name

    def vocabulary(self, names: Sequence[str]) -> Vocabulary:
        """The words to read equations with."""
        words = Vocabulary({**dict.fromkeys(names, ()), "sizes of the note": tuple(self.sizes)})
        words.places = frozenset(names)  # any may be one
        return words


def definitions(equations: Sequence[Equation]) -> Iterator[Definition]:
    """What the equations on paper define, `where` clauses included; an update such as w := w − … is no definition."""
    named = _named_powers(equations)
    for equation in equations:
        if equation.code or equation.left.kind == "gradient":
            continue
        try:
            found = statements(with_features(_with_layers(cut(equation.text), named)))
        except UnreadableError:
            continue
        for statement in found:
            head, behind = clauses(statement)
            for each in (head, *behind):
                yield from _defined(each, equation)


def built_on_themselves(equations: Sequence[Equation]) -> Iterator[tuple[Equation, str]]:
    """The equations that say a symbol by itself, h_t = tanh(W h_{t−1}), each with that symbol; updates are none."""
    for equation in equations:
        if equation.code or not equation.left.symbol:
            continue
        try:
            first, *others = sides(statements(cut(equation.text))[0])
        except (UnreadableError, IndexError, ValueError):
            continue
        symbol = _symbol(first) if first else None
        rates = any(piece.value in ("eta", "alpha") for side in others for piece in side)
        if symbol is None or rates or any(map(_takes_derivatives, others)):
            continue
        stepping = re.search(r"\{?\s*[a-z]\s*[-−]\s*1", equation.text.partition("=")[2]) is not None
        again = any(side and side[0].value == first[0].value for side in others)
        speaks_of = {name for side in others for name in _names_in(side, equation.text)}
        if symbol[0] in speaks_of and (stepping or not again) and symbol[0] not in NAMED_LOSSES:
            yield equation, symbol[0]


def _named_powers(equations: Sequence[Equation]) -> set[tuple[str, str]]:
    """The letters with a number above them that are names and no powers.

    The z² of a note with a z¹ or a z^(2), and the σ² of one that says what σ² is or derives by it, and neither of σ.
    """
    found: set[tuple[str, str]] = set()
    alone: set[str] = set()
    defined: set[tuple[str, str]] = set()
    enclosed: set[tuple[str, str]] = set()
    for equation in equations:
        try:
            pieces = [] if equation.code else cut(equation.text)
        except UnreadableError:
            continue
        found |= set(_powers(pieces))
        first = next(iter(sides(pieces)), [])
        if first and equation.left.symbol:
            defined |= set(_powers(first))
            alone |= set() if set(_powers(first)) else {str(first[0].value)}
        elif equation.left.letter and not equation.left.refused:  # ∂ℓ/∂σ² or ∂ℓ/∂σ
            defined |= set(_powers(first))
            alone.add(equation.left.letter)
        enclosed |= set(_powers(pieces, ("LPAR", "NUMBER", "RPAR")))
    layers = {letter for letter, number in found if number == "1"}
    named = {each for each in found if each[0] in layers or (each in defined and each[0] not in alone)}
    return named | (found & enclosed)


def _powers(pieces: Sequence[Piece], kinds: Sequence[str] = ("NUMBER",)) -> Iterator[tuple[str, str]]:
    """The letters that have a number above them, each with that. kinds: the pieces of which what is above consists."""
    for place, piece in enumerate(pieces):
        if piece.kind == "WORD":
            for script in scripts_behind(pieces, place + 1)[0]:
                if script.kind == "SUP" and [each.kind for each in script.value] == [*kinds]:
                    yield str(piece.value), str(script.value[len(kinds) // 2].value)
        elif piece.kind in ("DERIVATIVE", "CASES"):
            for part in piece.value:
                yield from _powers(part, kinds)
        elif piece.kind in ("SUB", "SUP"):
            yield from _powers(piece.value, kinds)


def _with_layers(pieces: Sequence[Piece], named: Collection[tuple[str, str]]) -> list[Piece]:
    """Pieces with z^(2) for the z² that is a name."""
    found: list[Piece] = []
    letter = ""
    for piece in pieces:
        letter = str(piece.value) if piece.kind == "WORD" else letter * (piece.kind in ("SUB", "SUP"))
        if piece.kind in ("DERIVATIVE", "CASES"):
            inner = [_with_layers(part, named) for part in piece.value]
            piece = piece._replace(value=tuple(inner) if isinstance(piece.value, tuple) else inner)
        elif piece.kind == "SUP" and len(piece.value) == 1 and (letter, str(piece.value[0].value)) in named:
            at = piece.at
            piece = piece._replace(value=[Piece("LPAR", "(", at), *piece.value, Piece("RPAR", ")", at)])
        elif piece.kind in ("SUB", "SUP"):
            piece = piece._replace(value=_with_layers(piece.value, named))
        found.append(piece)
    return found


def _defined(statement: Sequence[Piece], equation: Equation) -> Iterator[Definition]:
    """The symbols at the beginning of an equation, ŷ = a = σ(z), each with what stands behind the last of them."""
    parts = [part for part in map(_without_prose, sides(statement)) if part]
    symbols = list(itertools.takewhile(lambda each: each is not None, map(_symbol, parts[:-1])))
    meaning = tuple(tuple(side) for side in parts[len(symbols) :] if not _takes_derivatives(side))
    speaks_of = {name for side in meaning for name in _names_in(side, equation.text)}
    for symbol in symbols:
        if symbol is None or not meaning:
            continue
        if symbol[0] not in speaks_of or (
            symbol[0] in NAMED_LOSSES and not symbol[1] and _only_indexed(symbol[0], meaning)
        ):
            yield Definition(*_of_function(symbol, meaning), equation)


def _symbol(side: Sequence[Piece]) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """A side that is a symbol, perhaps with arguments: its name, its indices, and the arguments' letters."""
    if side[0].kind != "WORD":
        return None
    scripts, rest = scripts_behind(side, 1)
    name, labels = spelled(str(side[0].value), scripts)
    if not rest:
        return name, labels, ()
    if rest[0].kind != "LPAR" or closing(rest, 0) != len(rest) - 1:
        return None
    return name, labels, tuple(str(piece.value) for piece in rest[1:-1] if piece.kind == "WORD")


def is_alias(definition: Definition) -> bool:
    """Whether a symbol is another name for one: a^1 = x."""
    side = definition.meaning[0]
    found = _symbol(side)
    if definition.parameters or definition.labels or found is None or found[1] or found[2] or len(side) > 2:
        return False
    word = str(side[0].value)
    return word not in CONSTANTS and len(apart(word, side[0].at, definition.equation.text)) == 1


def _only_indexed(name: str, meaning: Sequence[Sequence[Piece]]) -> bool:
    """Whether a name has an index wherever it stands: the Lᵢ of L = Σ Lᵢ."""
    found = [
        spelled(str(piece.value), scripts_behind(side, place + 1)[0])
        for side in meaning
        for place, piece in enumerate(side)
        if piece.kind == "WORD"
    ]
    return all(labels for each, labels in found if each == name)


def _of_function(
    symbol: tuple[str, tuple[str, ...], tuple[str, ...]], meaning: tuple[tuple[Piece, ...], ...]
) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[tuple[Piece, ...], ...]]:
    """A symbol and what it stands for; φ(z) = tanh(z) for φ = tanh."""
    first = meaning[0][0]
    if len(meaning[0]) > 1 or first.kind != "WORD" or function_named(str(first.value)) is None or len(first.value) == 1:
        return *symbol, meaning
    at = first.at
    applied = (first, Piece("LPAR", "(", at), Piece("WORD", "z", at), Piece("RPAR", ")", at))
    return symbol[0], symbol[1], ("z",), (applied,)


def _without_prose(side: Sequence[Piece]) -> list[Piece]:
    kept = [piece for piece in side if piece.kind not in ("QUAD", "PROSE", "LINE")]
    while kept and kept[-1].kind in ("COMMA", "DOT", "COLON"):
        kept.pop()
    return kept


def _takes_derivatives(side: Sequence[Piece]) -> bool:
    return any(piece.kind in ("DERIVATIVE", "NABLA", "PARTIAL", "DOTS") for piece in side)


def scripts_behind(pieces: Sequence[Piece], place: int) -> tuple[list[Piece], list[Piece]]:
    """The scripts that stand from a place on, and the pieces behind them."""
    end = place
    while end < len(pieces) and pieces[end].kind in ("SUB", "SUP", "PRIME", "TOP"):
        end += 1
    return list(pieces[place:end]), list(pieces[end:])


def spelled(letters: str, scripts: Sequence[Piece]) -> tuple[str, tuple[str, ...]]:
    """A symbol with its scripts as a name of Python, and its indices. What h_θ depends on is left out.

    >>> [name] = cut("z")
    >>> spelled("z", cut("z_1^{(i)}")[1:])
    ('z_1', ('i',))
    """
    name = {"lambda": "lam"}.get(letters.removeprefix("cal:"), letters.removeprefix("cal:"))
    labels: list[str] = []
    for script in scripts:
        if script.kind not in ("SUB", "SUP") or (script.kind == "SUP" and not _is_label(script)):
            continue
        if any(piece.kind not in ("WORD", "NUMBER", "COMMA", "LPAR", "RPAR") for piece in script.value):
            continue
        words = "".join(str(piece.value) for piece in script.value if piece.kind == "WORD")
        digits = "".join(str(piece.value) for piece in script.value if piece.kind == "NUMBER")
        if digits and script.value[0].kind != "WORD":
            name += f"_{digits}"
        if words and all(letter in INDICES for letter in words):
            labels += [*words, *digits] if script.value[0].kind == "WORD" else words
        elif words and not digits and script.kind == "SUB" and words not in _PARAMETERS:
            name += f"_{words}"
    return name, tuple(labels)


_PARAMETERS = ("theta", "phi", "psi", "omega", "beta", "w", "W", "b")  # what a model depends on stands below it


def _is_label(script: Piece) -> bool:
    """Whether a superscript is a sample's (i), or a layer's (1) or [1]."""
    return len(script.value) >= 3 and script.value[0].kind == "LPAR" and is_layer(script)


def _is_exponent(script: Piece) -> bool:
    """Whether a superscript is a formula of its own: no sample's (i), no layer's (1), no transposition."""
    plain = all(piece.kind in ("WORD", "NUMBER", "TOP", "COMMA", "LPAR", "RPAR") for piece in script.value)
    return not _is_label(script) and not (plain and any(map(is_transposition, script.value)))


# ── letters ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def gathered(equations: Sequence[Equation], declarations: Sequence[str] = ()) -> Symbols:
    """The symbols of the equations. declarations: other formulas of the note, such as X ∈ R^{N×D}."""
    found = Symbols()
    named = _named_powers(equations)
    for text in (*(each.text for each in equations if not each.code), *declarations):
        found.bold |= {"lam" if each == "lambda" else each for each in _BOLD.findall(text)}
        try:
            pieces = with_features(_with_layers(cut(text), named))
        except UnreadableError:
            continue
        _look(pieces, text, found)
    for equation in equations:
        name = equation.left.about or equation.left.letter
        count = len(equation.left.labels) - equation.left.of_one  # the i of ∂Lᵢ/∂zₖ is none of z
        if name and count > 0:
            found.indexed[name] = max(found.indexed.get(name, 0), count)
        found.indices.discard(name if equation.left.kind == "gradient" else "")  # the n of ∂L/∂n, and d_n
        if equation.left.symbol in found.indices and COMPUTED.search(equation.text):
            found.indices.remove(equation.left.symbol)
    return found


def _look(pieces: Sequence[Piece], text: str, found: Symbols) -> None:
    """Look through pieces, and those inside of them, for names, sizes and indices."""
    for place, piece in enumerate(pieces):
        scripts, rest = scripts_behind(pieces, place + 1)
        if piece.kind == "BIG":
            _look_at_limits(scripts, found)
            found.normalised |= {name for name, labels in _in_exponentials(rest) if labels}
        elif piece.kind in ("DERIVATIVE", "CASES"):
            for part in piece.value:
                _look(part, text, found)
        elif piece.kind == "IN" and place and rest[:1] and str(pieces[place + 1].value).removeprefix("cal:") == "R":
            _declare(pieces[:place], pieces[place + 2 : place + 3], found)
        elif piece.kind == "WORD":
            name, labels = spelled(str(piece.value), scripts)
            found.indices |= set(labels)
            found.indexed |= dict.fromkeys(_labels_below(scripts), 1)
            if _is_name(str(piece.value), rest) and len(apart(str(piece.value), piece.at, text)) == 1:
                found.indexed[name] = max(found.indexed.get(name, 0), len(labels))
            _look_at_factor(pieces, place, name, found)
            if name == "X" and place and _multiplies_from_left(pieces[:place]):
                found.columns = True
            if not scripts and _divides(pieces, place) and (name in SAMPLES or _is_in_mean(pieces, place)):
                found.sizes[name] = None
        elif piece.kind == "SUP" and _is_exponent(piece):
            _look(piece.value, text, found)


def _look_at_factor(pieces: Sequence[Piece], place: int, name: str, found: Symbols) -> None:
    """Look whether a name stands transposed, as w^T or (w^2)^T, or not transposed in front of a factor."""
    scripts, rest = scripts_behind(pieces, place + 1)
    enclosed = place and pieces[place - 1].kind == "LPAR" and [each.kind for each in rest[:1]] == ["RPAR"]
    if any(map(is_transposed, [*scripts, *(scripts_behind(rest, 1)[0] if enclosed else ())])):
        found.turned.add(name)
    elif rest and rest[0].kind in ("WORD", "LPAR") and not enclosed:
        found.applied.add(name)


def _in_exponentials(rest: Sequence[Piece]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The symbols in the exponent with which pieces begin, exp(u v) or e^{u v}, each with its indices."""
    scripts, behind = scripts_behind(rest, 1)
    if not rest or rest[0].value not in ("exp", "e"):
        return
    end = closing(behind, 0) if behind and behind[0].kind == "LPAR" else None
    above: Sequence[Piece] = next((script.value for script in scripts if script.kind == "SUP"), [])
    inside = above if rest[0].value == "e" else behind[1:end] if end is not None else behind[:3]
    for place, piece in enumerate(inside):
        if piece.kind == "WORD":
            yield spelled(str(piece.value), scripts_behind(inside, place + 1)[0])


def _look_at_limits(scripts: Sequence[Piece], found: Symbols) -> None:
    for script in scripts:
        if script.kind not in ("SUB", "SUP"):
            continue
        words = [str(piece.value) for piece in script.value if piece.kind == "WORD"]
        if script.kind == "SUB":
            upto = next((n for n, piece in enumerate(script.value) if piece.kind == "EQ"), len(script.value))
            letters = "".join(str(piece.value) for piece in script.value[:upto] if piece.kind == "WORD")
            found.indices |= {letter for letter in letters if letter in INDICES}
        elif script.kind == "SUP" and len(script.value) == 1 and len(words) == 1 and len(words[0]) == 1:
            found.sizes[words[0]] = None


def _declare(before: Sequence[Piece], behind: Sequence[Piece], found: Symbols) -> None:
    """X ∈ R^{N×D}: X has these axes."""
    names = [place for place, piece in enumerate(before) if piece.kind == "WORD"]
    if not names or not behind or behind[0].kind != "SUP":
        return
    name, labels = spelled(str(before[names[-1]].value), scripts_behind(before, names[-1] + 1)[0])
    inner = behind[0].value
    letters = [str(piece.value) for piece in inner if piece.kind == "WORD"]
    if all(piece.kind in ("WORD", "TIMES") for piece in inner) and all(len(each) == 1 for each in letters):
        found.sizes |= dict.fromkeys(letters)
        if not labels:
            found.shapes[name] = tuple(letters)
        else:
            found.indexed[name] = max(found.indexed.get(name, 0), len(labels))
            found.bold.add(name)


def _is_name(word: str, rest: Sequence[Piece]) -> bool:
    """Whether a word can be a name; σ, and a word such as Net, are one only where they are not applied."""
    whole = word in GREEK_WORDS or _ACCENTED.fullmatch(word)
    if len(word) > 2 and not whole and rest and rest[0].kind == "LPAR" and not rest[0].loose:
        return False
    if word == "sigma":
        return not rest or rest[0].kind not in ("LPAR", "WORD", "FRAC", "LBRACE")
    return (len(word) == 1 or function_named(word) is None) and word not in CONSTANTS and word[0] not in "𝟏𝟙"


def _multiplies_from_left(before: Sequence[Piece]) -> bool:
    """Whether weights stand directly in front: wᵀX, WX."""
    place = len(before) - 1
    while place and before[place].kind in ("SUB", "SUP", "TOP"):
        place -= 1
    return before[place].kind == "WORD" and before[place].value in ("w", "W", "theta", "Theta")


def _divides(pieces: Sequence[Piece], place: int) -> bool:
    """Whether a letter stands below a fraction, or behind a slash."""
    before = [piece.kind for piece in pieces[:place] if piece.kind not in ("NUMBER", "TIMES")]
    return before[-2:] == ["RBRACE", "LBRACE"] or before[-1:] == ["SLASH"]


def _is_in_mean(pieces: Sequence[Piece], place: int) -> bool:
    """Whether a capital below a fraction stands in front of a Σ: the D of (1/D) Σ."""
    behind = next((piece.kind for piece in pieces[place + 1 :] if piece.kind not in ("RBRACE", "RPAR")), "")
    return behind == "BIG" and str(pieces[place].value).isupper() and len(str(pieces[place].value)) == 1


def apart(word: str, at: int, text: str) -> list[str]:
    r"""A run of letters as symbols: one in \text{…}, with an accent or in Greek; else one for each letter.

    >>> apart("Xw", 0, r"Xw \\cdot y"), apart("yhat", 0, r"\\hat y")
    (['X', 'w'], ['yhat'])
    """
    if len(word) == 1 or ":" in word or function_named(word) is not None or _UPRIGHT.search(text[:at]):
        return [word]
    if word in GREEK_WORDS or _ACCENTED.fullmatch(word):  # in a function of another equation, text has other letters
        return [word]
    if at < len(text) and (text[at] == "\\" or not text[at].isascii() or not text.startswith(word, at)):
        return [word]  # a command, or a letter with an accent
    plain = "\\" not in text and len(word) > 2
    return [word] if plain else list(word)


def _names_in(pieces: Sequence[Piece], text: str) -> list[str]:
    """The names in pieces, in order."""
    names: list[str] = []
    for place, piece in enumerate(pieces):
        if piece.kind == "BIG":
            continue
        if piece.kind == "WORD":
            scripts, rest = scripts_behind(pieces, place + 1)
            *first, last = apart(str(piece.value), piece.at, text)
            names += [spelled(each, [])[0] for each in first]
            if _is_name(last, rest):
                names.append(spelled(last, scripts)[0])
            names += _labels_below(scripts)
        elif piece.kind == "CASES":
            names += [name for line in piece.value for name in _names_in(line, text)]
        elif piece.kind == "SUP" and _is_exponent(piece) and not _after_big(pieces, place):
            names += _names_in(piece.value, text)
    return names


def _labels_below(scripts: Sequence[Piece]) -> list[str]:
    """The class numbers with an index of their own in subscripts: the y of p_{i yᵢ}."""
    found = []
    for script in scripts:
        for piece, after in pairwise(script.value if script.kind == "SUB" else ()):
            if piece.kind == "WORD" and after.kind in ("SUB", "SUP"):
                found.append(str(piece.value)[-1])
    return found


def _after_big(pieces: Sequence[Piece], place: int) -> bool:
    """Whether a script belongs to a Σ."""
    while place and pieces[place].kind in ("SUB", "SUP"):
        place -= 1
    return pieces[place].kind == "BIG"


def names_in(pieces: Sequence[Piece], text: str, symbols: Symbols) -> list[str]:
    """The names that pieces of a text speak of, sizes and indices left out, each once."""
    found = dict.fromkeys(map(symbols.row_of, _names_in(pieces, text)))
    return [
        name
        for name in found
        if name not in symbols.sizes and (name not in symbols.indices or symbols.indexed.get(name))
    ]


def closing(pieces: Sequence[Piece], place: int) -> int | None:
    """Where the parenthesis closes that opens at a place."""
    depth = 0
    for position in range(place, len(pieces)):
        depth += (pieces[position].kind == "LPAR") - (pieces[position].kind == "RPAR")
        if depth == 0:
            return position
    return None


__all__ = [
    "CLOSING",
    "OPENING",
    "Definition",
    "Symbols",
    "apart",
    "built_on_themselves",
    "closing",
    "definitions",
    "gathered",
    "is_alias",
    "names_in",
    "scripts_behind",
    "spelled",
]
