"""The left side of an equation: whether it names a gradient or a symbol, and whose gradient it is.

`left_side` is asked by everything that looks at an equation: by `reader` for a claim and for what a text defines, by
`definitions_among` for the lines of a derivation, and by `notes` for the formulas of a note.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..paper.notation import pretty
from .pieces import Piece
from .spelling import Spelling, is_layer, letters_of
from .words import GREEK, Vocabulary, canonical, function_named

_LAYOUT = ("QUAD", "PROSE", "LINE")
_SCRIPTS = ("SUB", "SUP")
_DERIVATIVES = ("DERIVATIVE", "NABLA", "PARTIAL")
_SIGNS = ("MINUS", "PLUS", "NUMBER", "TIMES", "SLASH")
_FACTOR = (*_SIGNS, "WORD", "FRAC", "SQRT", "SUP", "LBRACE", "RBRACE", "LPAR", "RPAR")
_OPERATORS = ("PLUS", "MINUS", "TIMES", "SLASH", "FRAC", "SQRT", "BIG", "DERIVATIVE", "NABLA", "PARTIAL")
_IN_SCRIPTS = ("WORD", "NUMBER", "COMMA", "LPAR", "RPAR")
_LOSSES = ("L", "J", "E", "C", "R", "S", "Q", "ell", "l", "loss", "cost", "f")
_NAMED_LOSSES = ("L", "J", "E", "C", "ell", "loss", "cost")
_WHOLES = {"y", "z", "u", "F", "G", "g", "H", "M", "D", "V", "U", "NLL", "BCE", "MSE", "KL", "obj", "error"}
_SIGN_OF = {"PLUS": "+", "MINUS": "-", "TIMES": "*", "SLASH": "/"}
_GRADIENT_WORDS = ("grad", "gradient")
_INDICES = "ijklmn"
_SECOND = "a second derivative"


@dataclass(frozen=True)
class LeftSide:
    """The left side of an equation, understood.

    kind: "gradient"; "symbol" for a single symbol, which a text may define; "formula" for anything else; "" if there
    is no left side. factor: the pieces in front of a gradient. about: the graph's name whose gradient it is, "" for
    the one asked about. letter: the variable of that gradient as written, where it is no name of the graph. of: the
    graph's name that is derived, "" for the loss. derived: what is derived, as written; written: the formula that is
    derived, where it is written out; own: the function of which it is the derivative, as written. refused: what the
    side is, if it is no first derivative. symbol: the symbol in one spelling. labels: the indices of the variable or
    symbol, behind those of what is derived (the i of ∂yᵢ/∂xⱼ). twice: of a second derivative the variables, as names of
    the graph where they are any; "" for those that are not written.
    """

    kind: str = ""
    factor: tuple[Piece, ...] = ()
    about: str = ""
    letter: str = ""
    of: str = ""
    derived: str = ""
    written: tuple[Piece, ...] = ()
    own: str = ""
    refused: str = ""
    symbol: str = ""
    labels: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()

    def may_be_loss(self, names: Collection[str]) -> bool:
        """Whether what is derived can be the loss, in a graph with these names: dy/dx, where no y is in the graph."""
        return self.is_of_loss() or self.derived in _WHOLES - set(names)

    def speaks_of_loss(self) -> bool:
        """Whether the formula that is derived has the loss in it by its letter: Σ ℓ(yᵢ, ŷᵢ)."""
        return any(str(piece.value).removeprefix("cal:") in _NAMED_LOSSES for piece in self.written)

    def is_of_loss(self) -> bool:
        """Whether what is derived is called as a loss is called, or not written at all."""
        if self.of:
            return self.derived in _NAMED_LOSSES
        return not self.derived or self.derived in _LOSSES or self.derived[0] in "LJECRSQ"


def left_side(side: Sequence[Piece], words: Vocabulary) -> LeftSide:
    """What a left side says. Where `words` has no names at all, the spelling alone decides what is a gradient.

    >>> from tinygrad_edu.reading.lexer import cut
    >>> words = Vocabulary({"W": ("D", "K")})
    >>> left_side(cut("2 dW_{jk}"), words).about, left_side(cut("2 dW_{jk}"), words).labels
    ('W', ('j', 'k'))
    >>> left_side(cut("r_i"), words).kind, left_side(cut("W x - y"), words).kind
    ('symbol', 'formula')
    """
    pieces = [piece for piece in side if piece.kind not in _LAYOUT]
    pieces, _ = parted_sign(pieces)
    if not pieces:
        return LeftSide()
    pieces, power = _unwrapped(with_fractions(pieces))
    if power:
        return LeftSide("gradient", refused="a power of a gradient")
    start = _start(pieces, words)
    found = None if start == len(pieces) else _at_start(pieces[start], pieces[start + 1 :], Spelling(words))
    if found is None and _is_primed_whole(pieces):
        return LeftSide("gradient", refused="a rule for any functions")
    if found is None:
        derivative = any(piece.kind in _DERIVATIVES for piece in pieces)
        return LeftSide("gradient" if derivative else "formula")
    factor = [piece for piece in pieces[:start] if piece.kind != "PLUS"]
    if factor and factor[-1].kind == "TIMES":
        factor.pop()
    if factor and found.kind != "gradient":
        return LeftSide("formula")
    return replace(found, factor=(*factor, *found.factor))


def parted_sign(side: Sequence[Piece]) -> tuple[list[Piece], str]:
    r"""A left side without the + of its += (or the sign of -=, *=, /=), and that sign; \mathrel{+} is one."""
    pieces = list(side)
    kinds = [piece.kind for piece in pieces]
    braced = len(kinds) > 3 and kinds[-3::2] == ["LBRACE", "RBRACE"]
    sign = _SIGN_OF.get(kinds[-2] if braced else kinds[-1]) if len(kinds) > 1 else None
    return (pieces, "") if sign is None else (pieces[: -3 if braced else -1], sign)


# ── the shape of a side ───────────────────────────────────────────────────────────────────────────────────────────────


def with_fractions(pieces: list[Piece], words: Vocabulary | None = None) -> list[Piece]:
    """The pieces with ∂L/∂w and dL/dw, written in one line, as one DERIVATIVE each.

    words: inside of a formula, dL/dw is one where L is a loss or a name, and w a name.
    """
    found: list[Piece] = []
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        start = _numerator(found) if piece.kind == "SLASH" else None
        end = _denominator(pieces, place + 1) if start is not None else None
        while start is not None and end is not None and _is_second(found[start:]) and _is_partial(pieces, end):
            end = _denominator(pieces, end)
        if start is None or end is None or not _is_taken(found[start:], pieces[place + 1 : end], words):
            found.append(piece)
            place += 1
        else:
            above, below = found[start:], pieces[place + 1 : end]
            found[start:] = [Piece("DERIVATIVE", (above, below), above[0].at, above[0].loose)]
            place = end
    return found


def _is_second(above: Sequence[Piece]) -> bool:
    """Whether ∂² or d² begins a numerator."""
    return len(above) > 1 and _is_differential_sign(above[0]) and _is_number(above[1])


def _is_partial(pieces: Sequence[Piece], place: int) -> bool:
    return place < len(pieces) and pieces[place].kind == "PARTIAL"


def _is_taken(above: Sequence[Piece], below: Sequence[Piece], words: Vocabulary | None) -> bool:
    """Whether a fraction is a derivative: where letters d begin it, what they stand before has to be known."""
    if words is None or above[0].kind == "PARTIAL":
        return True
    if any(words.name(str(part[0].value)) is not None for part in (above, below)):
        return False
    derived = "".join(str(piece.value) for piece in without_d(above) if piece.kind in ("WORD", "NUMBER"))
    known = not derived or derived.removeprefix("cal:") in _NAMED_LOSSES or words.name(derived) is not None
    return known and bool(about(without_d(below), Spelling(words)).about)


def _numerator(found: Sequence[Piece]) -> int | None:
    """Where the ∂L or dL begins at which `found` ends."""
    for place in range(len(found) - 1, -1, -1):
        piece = found[place]
        if piece.kind == "PARTIAL" or (piece.kind == "WORD" and str(piece.value).startswith("d")):
            return place
        if piece.kind not in ("WORD", "NUMBER", "SUB", "SUP", "LPAR", "RPAR", "MINUS"):
            return None
    return None


def _denominator(pieces: Sequence[Piece], start: int) -> int | None:
    """Where the ∂w or dw ends that begins at `start`."""
    if start == len(pieces) or not _is_differential_sign(pieces[start]):
        return None
    place = start + (pieces[start].kind == "PARTIAL" or pieces[start].value == "d")
    if place < len(pieces) and pieces[place].kind == "LPAR":
        place = next((p for p in range(place, len(pieces)) if pieces[p].kind == "RPAR"), len(pieces) - 1) + 1
    elif place < len(pieces) and pieces[place].kind == "WORD":
        place += 1
        if place < len(pieces) and pieces[place].kind == "NUMBER" and not pieces[place].loose:
            place += 1
    while place < len(pieces) and pieces[place].kind in _SCRIPTS:
        place += 1
    return place


def _is_differential_sign(piece: Piece) -> bool:
    """Whether a piece is a ∂, or a word that begins with d."""
    return piece.kind == "PARTIAL" or (piece.kind == "WORD" and str(piece.value).startswith("d"))


def _unwrapped(pieces: list[Piece]) -> tuple[list[Piece], bool]:
    """A derivative without parentheses around the whole of it, and whether it is raised to a power."""
    scripts = len(pieces)
    while scripts and pieces[scripts - 1].kind in _SCRIPTS:
        scripts -= 1
    inner = pieces[:scripts]
    if not inner or not any(piece.kind in _DERIVATIVES for piece in inner):
        return pieces, False
    closed = inner[-1].kind == "RPAR"
    whole = closed and inner[0].kind == "LPAR"
    if any(map(_is_number, pieces[scripts:])) and (whole or inner[-1].kind == "DERIVATIVE"):
        return pieces, True
    if inner[0].kind == "LPAR" and closed and sum(piece.kind == "LPAR" for piece in inner) == 1:
        return inner[1:-1], False
    if inner[0].kind == "LBRACE" and inner[-1].kind == "RBRACE" and any(piece.kind == "OVER" for piece in inner):
        over = next(place for place, piece in enumerate(inner) if piece.kind == "OVER")
        return [Piece("DERIVATIVE", (inner[1:over], inner[over + 1 : -1]), inner[0].at)], False
    return pieces, False


def _is_number(script: Piece) -> bool:
    """Whether a script is a numeric exponent."""
    return script.kind == "SUP" and len(script.value) == 1 and script.value[0].kind == "NUMBER"


def _is_primed_whole(pieces: Sequence[Piece]) -> bool:
    """Whether a side is (uv)′ or (f∘g)′(x)."""
    end = next((place for place, piece in enumerate(pieces) if piece.kind == "RPAR"), 0)
    return pieces[0].kind == "LPAR" and [piece.kind for piece in pieces[end + 1 : end + 2]] == ["PRIME"]


def _start(pieces: Sequence[Piece], words: Vocabulary) -> int:
    """Where the gradient or symbol begins, behind its factor; the number of pieces if there is none."""
    for place, piece in enumerate(pieces):
        if piece.kind in _DERIVATIVES:
            return place if all(each.kind in _FACTOR for each in pieces[:place]) else len(pieces)
    place = 0
    while place < len(pieces) and pieces[place].kind != "WORD":
        if pieces[place].kind == "FRAC":
            place = _behind_fraction(pieces, place)
        elif pieces[place].kind in _SIGNS:
            place += 1
        else:
            return len(pieces)
    while place + 1 < len(pieces) and pieces[place + 1].kind == "WORD" and pieces[place].value != "d":
        if not words.sizes(str(pieces[place].value)):
            break
        place += 1  # the N of N dw
    return place


def _behind_fraction(pieces: Sequence[Piece], place: int) -> int:
    r"""The place behind a \frac and its two groups in braces."""
    groups = 2
    while groups and place + 1 < len(pieces):
        place += 1
        groups -= pieces[place].kind == "RBRACE"
    return place + 1


# ── the gradient or symbol itself ─────────────────────────────────────────────────────────────────────────────────────


def _at_start(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """What the side says from `first` on; None if it is neither gradient nor symbol."""
    if first.kind == "WORD":
        return _word(first, rest, spelling)
    if first.kind == "DERIVATIVE":
        operator = not any(piece.kind == "WORD" and piece.value != "d" for piece in first.value[0])
        return _operator(_fraction(first, spelling), rest, spelling) if operator else _chain([first, *rest], spelling)
    scripts = [piece for piece in rest[:2] if piece.kind in _SCRIPTS]
    if any(map(_is_number, scripts)):  # ∇²
        below = [piece for piece in scripts if piece.kind == "SUB"]
        return LeftSide("gradient", refused=_SECOND, twice=(about(below[0].value, spelling).about if below else "",))
    if rest and rest[0].kind == "SUB":
        return _operator(about(rest[0].value, spelling), rest[1:], spelling)
    return _operator(LeftSide("gradient"), rest, spelling)


def _operator(by: LeftSide, applied_to: Sequence[Piece], spelling: Spelling) -> LeftSide:
    """∇_w, ∂_w or ∂/∂w, applied to what stands behind it: the loss by its letter, a name, or the loss written out."""
    if not applied_to:
        return by
    if applied_to[0].kind in _DERIVATIVES:
        return replace(by, refused=by.refused or _SECOND)
    inner = _without_parentheses(applied_to)
    if inner[0].kind != "WORD":
        return replace(by, written=tuple(applied_to))
    spelled = str(inner[0].value).removeprefix("cal:")
    if spelled in _LOSSES and _goes_on(inner):
        return replace(by, refused="a formula with a gradient in it")
    scripts = [piece for piece in inner[1:] if piece.kind in _SCRIPTS]
    rest = inner[1 + len(scripts) :]
    name, left = spelling.named(spelled, scripts)
    powers = any(piece.kind == "SUP" for piece in left) and spelled not in _LOSSES
    if powers or (rest and not (spelled in _LOSSES and _is_list_of_arguments(rest))):
        return replace(by, written=tuple(applied_to))
    return replace(by, of=(not rest and name) or "", derived=spelled)


def _without_parentheses(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces inside of the parentheses around all of them, if there are any."""
    ends = len(pieces) > 2 and pieces[0].kind == "LPAR" and pieces[-1].kind == "RPAR"
    return pieces[1:-1] if ends and all(piece.kind not in ("LPAR", "RPAR") for piece in pieces[1:-1]) else pieces


def _is_list_of_arguments(pieces: Sequence[Piece]) -> bool:
    """Whether pieces are what a loss depends on, in parentheses: the (w, b) of L(w, b)."""
    ends = len(pieces) > 2 and pieces[0].kind == "LPAR" and pieces[-1].kind == "RPAR"
    return ends and all(piece.kind in (*_SCRIPTS, "WORD", "NUMBER", "COMMA", "BAR") for piece in pieces[1:-1])


def _goes_on(rest: Sequence[Piece]) -> bool:
    """Whether a sign or another factor stands behind a gradient, outside of parentheses: it is only a part then."""
    depth = 0
    for piece in rest:
        depth += (piece.kind == "LPAR") - (piece.kind == "RPAR")
        if depth == 0 and piece.kind in _OPERATORS:
            return True
    return False


def _without_signs_between(pieces: list[Piece]) -> list[Piece]:
    """The pieces without the · between two derivatives."""
    between = [
        piece.kind == "TIMES" and [each.kind for each in pieces[place - 1 : place + 2 : 2]] == ["DERIVATIVE"] * 2
        for place, piece in enumerate(pieces)
    ]
    return [piece for piece, sign in zip(pieces, between, strict=True) if not sign]


def _chain(pieces: list[Piece], spelling: Spelling) -> LeftSide:
    """∂L/∂w, or ∂L/∂a ∂a/∂w, which the chain rule makes ∂L/∂w."""
    pieces = _without_signs_between(pieces)
    count = 1
    while count < len(pieces) and pieces[count].kind == "DERIVATIVE":
        count += 1
    links = [_fraction(piece, spelling) for piece in pieces[:count]]
    fits = all(
        one.about == other.of if one.about else one.letter and one.letter == other.derived
        for one, other in pairwise(links)
    )
    if not fits or _goes_on(pieces[count:]):
        return LeftSide("gradient", refused="a formula with a gradient in it")
    last = links[-1]
    refused = next((link.refused for link in links if link.refused), "")
    return replace(
        last,
        of=links[0].of,
        derived=links[0].derived,
        factor=tuple(piece for link in links for piece in link.factor),
        refused=refused,
    )


def _fraction(derivative: Piece, spelling: Spelling) -> LeftSide:
    """∂above/∂below."""
    above, below = derivative.value
    if _is_second(above) or sum(piece.kind == "PARTIAL" for piece in below) > 1:
        return _second(below, spelling)
    derived = [piece for piece in above if piece.kind not in ("PARTIAL", "LPAR", "RPAR")]
    factor: list[Piece] = []
    while derived and derived[0].kind in ("MINUS", "PLUS", "NUMBER"):
        factor.append(derived.pop(0))
    derived = without_d(derived)
    by = replace(about(without_d(below), spelling), factor=tuple(factor))
    if len(above) > 1 and above[1].kind == "LPAR":  # the loss, written out
        return by
    if not derived or derived[0].kind != "WORD":
        return by
    spelled = str(derived[0].value).removeprefix("cal:")
    scripts = [piece for piece in derived[1:] if piece.kind in _SCRIPTS]
    of = spelling.named(spelled, scripts)[0] or ""
    if of and by.letter in _LOSSES and spelled not in _LOSSES:
        return LeftSide("gradient", refused=f"the derivative of {pretty(of)} with respect to {by.letter}")
    if of or not function_named(spelled):
        labels = (*_labels(scripts), *by.labels) if of else by.labels
        return replace(by, of=of, derived=spelled, own="" if of else spelled, labels=labels)
    behind = [piece for piece in above if piece.at > derived[0].at]
    argument = behind or [Piece("LPAR", "(", 0), *without_d(below), Piece("RPAR", ")", 0)]
    return replace(by, derived=spelled, written=(derived[0], *argument))


def _second(below: Sequence[Piece], spelling: Spelling) -> LeftSide:
    """∂²L/∂below: below is ∂w², ∂wᵢ∂wⱼ or ∂w∂wᵀ."""
    starts = [place for place, piece in enumerate(below) if piece.kind == "PARTIAL"] or [0]
    found = [about(without_d(below[one:other]), spelling) for one, other in pairwise([*starts, len(below)])]
    labels = tuple(label for each in found for label in each.labels)
    return LeftSide(
        "gradient", refused=_SECOND, twice=tuple(each.about or each.letter for each in found), labels=labels
    )


def without_d(pieces: Sequence[Piece], whole: bool = False) -> list[Piece]:
    """What is derived, or by what: the pieces without their ∂ or d. whole: with the parentheses in it."""
    left_out = ("PARTIAL",) if whole else ("PARTIAL", "LPAR", "RPAR")
    rest = [piece for piece in pieces if piece.kind not in left_out]
    if len(rest) < len(pieces) or not rest or rest[0].kind != "WORD":
        return rest
    spelled = str(rest[0].value)
    if spelled == "d" or (spelled == "delta" and len(rest) > 1):
        return rest[1:]
    return [rest[0]._replace(value=spelled[1:]), *rest[1:]] if spelled.startswith("d") else rest


def about(pieces: Sequence[Piece], spelling: Spelling) -> LeftSide:
    """The gradient by the variable that pieces are."""
    words = [piece for piece in pieces if piece.kind == "WORD"]
    if not words:
        return LeftSide("gradient")
    spelled = str(words[0].value)
    whole = "".join(str(piece.value) for piece in pieces if piece.kind in ("WORD", "NUMBER"))
    scripts = [piece for piece in pieces if piece.kind in _SCRIPTS]
    name = spelling.words.name(whole) if whole != spelled else None
    name = name or spelling.named(spelled, scripts)[0]
    if name is None and len(spelled) > 1 and all(letter in _INDICES for letter in spelled[1:]):
        name = spelling.words.name(spelled[0])
    labels = _labels(scripts)
    if name is not None:
        return LeftSide("gradient", about=name, labels=labels)
    layers = [letters_of(script) for script in scripts if is_layer(script) and not _labels([script])]
    return LeftSide("gradient", letter=whole + "".join(layers), labels=labels)


def _labels(scripts: Sequence[Piece]) -> tuple[str, ...]:
    """The letters among scripts that are indices, samples in (i) included."""
    letters: list[str] = []
    for script in scripts:
        words = "".join(str(piece.value) for piece in script.value if piece.kind == "WORD")
        if words and all(letter in _INDICES for letter in words):
            letters += words
    return tuple(letters)


# ── a side that begins with a word ────────────────────────────────────────────────────────────────────────────────────


def _word(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """A gradient in one of the ways that need no ∂, or a single symbol."""
    for reader in (_primed, _differential, _subscripted_loss, _gradient_word):
        found = reader(first, rest, spelling)
        if found is not None:
            return found
    return _symbol(first, rest, spelling)


def _primed(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """J′(θ), f′(x)."""
    primes = sum(piece.kind == "PRIME" for piece in rest)
    inner = [piece for piece in rest if piece.kind not in ("PRIME", "LPAR", "RPAR")]
    factors = sum(piece.kind == "WORD" for piece in inner)
    transposed = factors > 1 and spelling.named(str(first.value), [])[0] is not None  # X′(Xw − y)
    if not primes or transposed or _goes_on(rest):
        return None
    if primes > 1:
        return LeftSide("gradient", refused=_SECOND)
    spelled = str(first.value).removeprefix("cal:")
    arguments = [piece for piece in rest if piece.kind != "PRIME"]
    if function_named(spelled):  # σ′(z), tanh′: the derivative of a function that everybody knows
        argument = about(inner, spelling) if len(spelled) > 1 and inner else LeftSide("gradient")
        return replace(argument, derived=spelled, written=(first, *arguments))
    argument = about(inner, spelling)
    return replace(argument if argument.about else LeftSide("gradient"), own=spelled)


def _differential(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """The gradient at w, as course notes call it: dw, dW_1 or dL_dw."""
    spelled = str(first.value)
    if not spelled.startswith("d") or spelling.words.name(spelled) is not None:
        return None
    apart = spelled == "d" and bool(rest) and rest[0].kind == "WORD"
    pieces = rest if apart else [first._replace(value=spelled[1:]), *rest]
    if any(piece.kind not in (*_SCRIPTS, "NUMBER") for piece in pieces[1:]) or (not apart and spelled == "d"):
        return None
    below = list(pieces[1].value) if len(pieces) > 1 and pieces[1].kind == "SUB" else []
    if spelled[1:] in _LOSSES and below and below[0].kind == "WORD" and str(below[0].value).startswith("d"):
        return about([*without_d(below), *pieces[2:]], spelling)  # dL_dw
    if spelling.words.name(spelled[1:]) and below and below[0].kind == "WORD" and str(below[0].value).startswith("d"):
        by = about([*without_d(below), *pieces[2:]], spelling)  # dp_dw
        return replace(by, of=spelling.words.name(spelled[1:]) or "", derived=spelled[1:])
    found = about(pieces, spelling)
    if found.about:
        return found
    if not _is_variable(found.letter):
        return None
    if not spelling.words.names:
        return found
    named = _symbol(first, rest, spelling)
    return None if named is None else replace(named, letter=found.letter)


def _is_variable(spelled: str) -> bool:
    """Whether a spelling can be a variable behind a d: one letter, with an accent or a number if it has one."""
    letters = spelled.rstrip("0123456789")
    for mark in ("hat", "bar", "tilde"):
        letters = letters.removesuffix(mark) or letters
    return len(letters) == 1 or letters in GREEK.values()


def _subscripted_loss(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """L_w: the gradient at w, where w is a name and no index."""
    spelled = str(first.value).removeprefix("cal:")
    scripts = [piece for piece in rest if piece.kind in _SCRIPTS]
    if spelled not in _NAMED_LOSSES or not scripts or len(scripts) < len(rest) or scripts[0].kind != "SUB":
        return None
    if spelling.named(spelled, scripts)[0] is not None or _labels(scripts[:1]):
        return None
    found = about([*scripts[0].value, *scripts[1:]], spelling)
    return found if found.about or (found.letter and not spelling.words.names) else None


def _gradient_word(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """grad_w, g_w, w_grad and w.grad; Δw, which speaks of the gradient asked about."""
    spelled = str(first.value)
    if spelling.named(spelled, [])[0] is None and spelled in (*_GRADIENT_WORDS, "g") and rest:
        inner = rest[0].value if rest[0].kind == "SUB" else rest
        found = about(inner, spelling)
        if found.letter in _LOSSES:
            return LeftSide("gradient")
        return found if found.about or (found.letter not in ("", *_INDICES) and spelled != "g") else None
    if spelled == "Delta" and rest and rest[0].kind == "WORD":
        return LeftSide("gradient")
    last = rest[-1] if rest else first
    words = last.value if last.kind == "SUB" else [last]
    others = any(piece.kind not in (*_SCRIPTS, "NUMBER", "DOT") for piece in rest[:-1])
    if not rest or others or len(words) != 1 or words[0].value not in _GRADIENT_WORDS:
        return None
    return about([first, *(piece for piece in rest[:-1] if piece.kind != "DOT")], spelling)


def _symbol(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """A single symbol: its spelling and its indices. A name of the graph, and the loss, are refused as gradients."""
    spelled = str(first.value)
    scripts, joined = rest, ""
    if rest and (rest[0].kind == "NUMBER" or (spelled == "d" and rest[0].kind == "WORD")):
        joined, scripts = str(rest[0].value), rest[1:]
    if scripts and _is_list_of_arguments(scripts) and spelled.removeprefix("cal:") in _NAMED_LOSSES:
        scripts = rest = []  # J(w, b)
    if any(piece.kind not in _SCRIPTS for piece in scripts):
        return None
    name = spelling.named(spelled + joined, list(scripts))[0]
    refused = f"{name} itself" if name is not None else ""
    if name is None and spelled.removeprefix("cal:") in _NAMED_LOSSES and (not rest or _labels(scripts)):
        refused = "the loss itself"
    found = LeftSide("symbol", about=name or "", refused=refused)
    key, labels = spelled + joined, list[str]()
    for script in scripts:
        letters = "".join(str(piece.value) for piece in script.value if piece.kind in ("WORD", "NUMBER"))
        if script.kind == "SUB" and letters and all(letter in _INDICES for letter in letters):
            labels += letters
        elif any(piece.kind not in _IN_SCRIPTS for piece in script.value) or letters in ("i", "n", "T", "top"):
            return found
        else:
            key += letters
    said = tuple(labels) or (_labels(scripts) if name is not None else ())  # the i and j of z₂ᵢⱼ
    return found if ":" in spelled else replace(found, symbol=canonical(key), labels=said)


__all__ = ["LeftSide", "about", "left_side", "parted_sign", "with_fractions", "without_d"]
