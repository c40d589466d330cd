"""The left side of an equation: whether it names a gradient or a symbol, and whose gradient it is.

`left_side` is asked by everything that looks at an equation: by `reader` for a claim and for what a text defines, by
`uses` for the lines of a derivation, and by `notes` for the formulas of a note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from ..paper.notation import pretty
from .conditions import LIMITS
from .fractions import is_second, with_fractions
from .outline import (
    DERIVATIVES,
    holds_array,
    is_at_one_place,
    is_enclosed,
    is_open,
    is_primed_whole,
    is_turned,
    joint_factor,
    parted_sign,
    start_of,
    unwrapped,
)
from .pieces import Piece, unbraced, without_parentheses
from .spelling import Spelling
from .symbol import symbol
from .variable import (
    ENTRY,
    FORMULA,
    INDICES,
    LOSSES,
    NAMED_LOSSES,
    OTHER_ORDER,
    SCRIPTS,
    SECOND,
    LeftSide,
    about,
    beside_indices,
    derived_by,
    is_applied_letter,
    is_at_label,
    is_list_of_arguments,
    is_power,
    labels_of,
    second,
    without_d,
)
from .words import GREEK, Vocabulary, function_named

_LAYOUT = ("QUAD", "PROSE", "LINE", *LIMITS)
_OPERATORS = ("PLUS", "MINUS", "TIMES", "SLASH", "FRAC", "SQRT", "BIG", "DERIVATIVE", "NABLA", "PARTIAL")
_ARGUMENTS = ("LPAR", "LBRACE", "BAR", "LBAR", "FRAC", "SQRT", "BIG")  # what an operator's argument begins with
_AT_ONE_PLACE = "a derivative at one place, or one part of it"
_PART = "the gradient of one term of the loss by its name"
# What stands below a loss that is one of several terms
_PARTS = {"reg", "regularization", "regularisation", "regularizer", "pen", "penalty", "data", "fit", "prior", "aux"}
_GRADIENT_WORDS = ("grad", "gradient")


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
    last = [each.kind for each in pieces[-3:]]
    if last == ["COMMA", "WORD", "NUMBER"] and pieces[-2].value == "path":  # as a derivation prints it
        return replace(left_side(pieces[:-3], words), refused="what comes along one path", twice=())
    pieces = with_fractions(pieces)
    if is_at_one_place(pieces):
        return LeftSide("gradient", refused=_AT_ONE_PLACE)
    if is_enclosed(pieces[:-1]) and any(p.kind in DERIVATIVES for p in pieces) and is_at_label(pieces[-1:], words):
        return LeftSide("gradient", refused=ENTRY)  # (∂L/∂z)_y
    pieces, power = unwrapped(pieces)
    if power:
        return LeftSide("gradient", refused="a power of a gradient")
    start = start_of(pieces, words)
    found = None if start == len(pieces) else _at_start(pieces[start], pieces[start + 1 :], Spelling(words))
    if found is None and is_primed_whole(pieces):
        return LeftSide("gradient", refused="a rule for any functions")
    if found is None:
        derivative = any(piece.kind in DERIVATIVES for piece in pieces)
        return LeftSide("gradient", refused=FORMULA) if derivative else LeftSide("formula")
    factor = [piece for piece in pieces[:start] if piece.kind != "PLUS"]
    if factor and factor[-1].kind == "TIMES":
        factor.pop()
    if factor and found.kind != "gradient":
        return LeftSide("formula")
    if factor and (is_open(factor) or holds_array(factor, words)):  # exp(∂L/∂w), Xᵀ ∂L/∂z
        return LeftSide("gradient", refused=FORMULA)
    turned = found.kind == "gradient" and not found.written and is_turned(pieces[start:])
    chained = sum(piece.kind == "DERIVATIVE" for piece in pieces) > 1
    if turned and (found.of not in ("", words.loss) or found.twice or found.labels or chained):
        return replace(found, refused=found.refused or FORMULA)
    return replace(found, factor=joint_factor(found.factor, factor), turned=turned)


# ── the gradient or symbol itself ─────────────────────────────────────────────────────────────────────────────────────


def _at_start(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """What the side says from `first` on; None if it is neither gradient nor symbol."""
    if first.kind == "WORD":
        return _word(first, rest, spelling)
    if first.kind == "DERIVATIVE":
        operator = not any(piece.kind == "WORD" and piece.value != "d" for piece in first.value[0])
        return _operator(fraction(first, spelling), rest, spelling) if operator else _chain([first, *rest], spelling)
    scripts = list(takewhile(lambda piece: piece.kind in SCRIPTS, rest))
    if any(map(is_power, scripts)):  # ∇²
        below = [piece for piece in scripts if piece.kind == "SUB"]
        by = LeftSide("gradient", refused=SECOND, twice=(about(below[0].value, spelling).about if below else "",))
        return _second([*filter(is_power, scripts), *rest[len(scripts) :]], by, spelling)
    if rest and rest[0].kind == "SUB":
        return _operator(about(rest[0].value, spelling), rest[1:], spelling)
    return _operator(LeftSide("gradient"), rest, spelling)


def _operator(by: LeftSide, applied_to: Sequence[Piece], spelling: Spelling) -> LeftSide:
    """∇_w, ∂_w or ∂/∂w, applied to what stands behind it: the loss by its letter, a name, or the loss written out."""
    if not applied_to:
        return by
    if applied_to[0].kind in DERIVATIVES:
        return replace(by, refused=by.refused or SECOND)
    if applied_to[0].kind == "TIMES":  # ∇·L
        return replace(by, refused=FORMULA)
    inner = without_parentheses(applied_to)
    if factor := _factor_of_loss(inner):
        return _operator(replace(by, factor=(*by.factor, *factor)), inner[len(factor) :], spelling)
    if inner[0].kind != "WORD":
        return replace(by, written=tuple(applied_to))
    spelled = str(inner[0].value).removeprefix("cal:")
    if spelled in LOSSES and _goes_on(inner):
        return replace(by, refused=FORMULA)
    scripts = [piece for piece in inner[1:] if piece.kind in SCRIPTS]
    rest = inner[1 + len(scripts) :]
    name, left = spelling.named(spelled, scripts)
    if name is None and spelled not in LOSSES and is_applied_letter(inner) and function_named(spelled) is None:
        return _of_function(by, inner, spelling)  # ∇G(v)
    powers = any(is_power(piece) or (piece.kind == "SUP" and spelled not in LOSSES) for piece in left)
    if powers or (rest and not (spelled in LOSSES and is_list_of_arguments(rest))):
        return replace(by, written=tuple(applied_to))
    of = (not rest and name) or ""
    return _of_loss(replace(by, of=of, derived=spelled), of, [inner[0], *scripts], spelling)


def _second(derived: Sequence[Piece], by: LeftSide, spelling: Spelling) -> LeftSide:
    """A second derivative by what `by` says. derived: what stands behind its sign, the 2 above it included."""
    powers = list(takewhile(is_power, derived))
    pieces = without_parentheses(unbraced(list(derived[len(powers) :])))
    if any(str(power.value[0].value) != "2" for power in powers):
        return replace(by, refused=OTHER_ORDER, twice=())
    if not pieces:
        return by
    factor = _factor_of_loss(pieces)
    letter, *behind = pieces[len(factor) :]
    scripts = list(takewhile(lambda piece: piece.kind in SCRIPTS, behind))
    of, left = spelling.named(str(letter.value), scripts) if letter.kind == "WORD" else ("", [])
    alone = len(behind) == len(scripts) or is_list_of_arguments(behind[len(scripts) :])
    if letter.kind != "WORD" or any(map(is_power, left)) or not alone or of not in (None, spelling.words.loss):
        return replace(by, refused="a second derivative of something else", twice=())
    called = "" if of else str(letter.value).removeprefix("cal:")
    return _of_loss(replace(by, factor=tuple(factor), derived=called), of or "", [letter, *scripts], spelling)


def _of_loss(by: LeftSide, of: str, derived: Sequence[Piece], spelling: Spelling) -> LeftSide:
    """The same, where what stands below the loss says that it is one sample's, or one term: Lᵢ, L_reg.

    The E_in of learning theory is a whole loss.
    """
    if of not in ("", spelling.words.loss):
        return by
    letter, *scripts = derived
    below = {str(piece.value).lower() for script in scripts for piece in script.value if piece.kind == "WORD"}
    is_part = bool(below & _PARTS) and str(letter.value).removeprefix("cal:") in (*NAMED_LOSSES, of)
    of_one = labels_of(scripts) not in ((), ("i", "n"))
    mark = beside_indices(spelling.named(str(letter.value), list(scripts))[1])
    return replace(by, refused=by.refused or _PART * is_part, of_one=of_one, mark=mark)


def _factor_of_loss(pieces: Sequence[Piece]) -> list[Piece]:
    """The sign and the number in front of a loss by its letter: the −2 of −2L; nothing in front of anything else."""
    factor = list(takewhile(lambda piece: piece.kind in ("MINUS", "PLUS", "NUMBER"), pieces))
    loss, behind = pieces[len(factor) : len(factor) + 1], pieces[len(factor) + 1 :]
    named = any(piece.kind == "WORD" and str(piece.value).removeprefix("cal:") in LOSSES for piece in loss)
    alone = is_list_of_arguments(behind) or all(piece.kind in SCRIPTS and not is_power(piece) for piece in behind)
    return factor if named and alone else []


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
    links = [fraction(piece, spelling) for piece in pieces[:count]]
    fits = all(
        one.about == other.of if one.about else one.letter and one.letter == other.derived
        for one, other in pairwise(links)
    )
    tail = [piece for piece in pieces[count:] if piece.kind not in ("BAR", "RBAR")]  # ∂L/∂w |_w
    alone = is_list_of_arguments(tail) or all(piece.kind in SCRIPTS and not is_power(piece) for piece in tail)
    if not fits or not alone:
        primed = [piece.kind for piece in tail] == ["PRIME"]
        return LeftSide("gradient", refused="a derivative with a prime" if primed else FORMULA)
    last = links[-1]
    refused = next((link.refused for link in links if link.refused), "")
    return replace(
        last,
        of=links[0].of,
        of_one=links[0].of_one,
        mark=links[0].mark,
        derived=links[0].derived,
        factor=tuple(piece for link in links for piece in link.factor),
        refused=refused,
        through=tuple(link.about for link in links[:-1] if link.about),
    )


def broken_link(side: Sequence[Piece], words: Vocabulary) -> tuple[str, str]:
    """Where a chain of derivatives does not hang together in any order: the p and z of ∂L/∂p ∂z/∂w; empty if it does,
    or may, or is no chain.
    """
    pieces = _without_signs_between(with_fractions([piece for piece in side if piece.kind not in _LAYOUT]))
    chained = len(pieces) > 1 and all(piece.kind == "DERIVATIVE" for piece in pieces)
    links = [fraction(piece, Spelling(words)) for piece in pieces] if chained else []
    if not all(link.derived for link in links):  # ∂/∂w ∂p/∂w
        return "", ""
    by, of = [link.about for link in links], [link.of for link in links if link.of not in ("", words.loss)]
    onward = next((name for name in of if name not in by), "") if all(by) else ""
    return (next(name for name in by if name not in of), onward) if onward else ("", "")


def fraction(derivative: Piece, spelling: Spelling) -> LeftSide:
    """∂above/∂below."""
    above, below = derivative.value
    if is_second(above) or sum(piece.kind == "PARTIAL" for piece in below) > 1:
        return _second(without_d(above, whole=True), second(below, spelling), spelling)
    by = derived_by(below, spelling)
    whole = unbraced(without_d(above, whole=True))
    whole = [*whole[0].value, *whole[1:]] if whole and whole[0].kind == "SUB" else whole  # d_L/d_z
    if not whole:
        return by
    factor = _factor_of_loss(whole)
    by, whole = replace(by, factor=tuple(factor)), whole[len(factor) :]
    if whole[0].kind != "WORD":  # ∂(x w − y)/∂w
        return _operator(by, whole, spelling)
    spelled = str(whole[0].value).removeprefix("cal:")
    scripts = list(takewhile(lambda piece: piece.kind in SCRIPTS, whole[1:]))
    behind = whole[1 + len(scripts) :]
    name, left = spelling.named(spelled, scripts)
    if any(map(is_power, left)) or (behind and not is_list_of_arguments(behind) and not function_named(spelled)):
        return replace(by, written=tuple(whole))  # d xᵀAx
    of = name or ""
    by = _of_loss(by, of, [whole[0], *scripts], spelling)
    if of and by.letter in LOSSES and spelled not in LOSSES:
        return LeftSide("gradient", refused=f"the derivative of {pretty(of)} with respect to {by.letter}")
    mark = beside_indices(left, len(spelling.words.names[of])) if of and of != spelling.words.loss else ""
    if mark:
        return replace(by, refused=f"the derivative of {pretty(f'{spelled}_{mark}')}")
    if of or not function_named(spelled):
        labels = (*labels_of(scripts), *by.labels)
        return replace(by, of=of, derived=spelled, own="" if of else spelled, labels=labels)
    argument = whole[1:] or [Piece("LPAR", "(", 0), *without_d(below), Piece("RPAR", ")", 0)]
    return replace(by, derived=spelled, written=(whole[0], *argument))


# ── a side that begins with a word ────────────────────────────────────────────────────────────────────────────────────


def _word(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """A gradient in one of the ways that need no ∂, or a single symbol."""
    for reader in (_primed, _lettered_operator, _differential, _subscripted_loss, _gradient_word):
        found = reader(first, rest, spelling)
        if found is not None:
            return found
    return symbol(first, rest, spelling)


def _primed(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """J′(θ), f′(x)."""
    primes = sum(piece.kind == "PRIME" for piece in rest)
    inner = [piece for piece in rest if piece.kind not in ("PRIME", "LPAR", "RPAR")]
    factors = sum(piece.kind == "WORD" for piece in inner)
    spelled = str(first.value).removeprefix("cal:")
    name = spelling.words.name(spelled) or ""
    leaf = name in spelling.words.leaves
    if not primes or (name and factors > (not leaf)) or _goes_on(rest):  # X′(Xw − y), w′x
        return None
    if primes > 1:
        argument = about(inner, spelling)
        order = SECOND if primes == 2 else OTHER_ORDER
        return LeftSide("gradient", refused=order, derived=spelled, twice=(argument.about,) if primes == 2 else ())
    if leaf:
        return LeftSide("gradient", refused=f"another value of {name}")
    arguments = [piece for piece in rest if piece.kind != "PRIME"]
    if function_named(spelled):  # σ′(z), tanh′: the derivative of a function that everybody knows
        argument = about(inner, spelling) if len(spelled) > 1 and inner else LeftSide("gradient")
        return replace(argument, derived=spelled, written=(first, *arguments))
    if any(piece.kind == "LPAR" for piece in arguments) and not is_list_of_arguments(arguments):  # L′(0)
        return LeftSide("gradient", refused=_AT_ONE_PLACE)
    argument = about(inner, spelling)
    found = argument if argument.about else LeftSide("gradient")
    return replace(found, of=name, derived=spelled) if name else replace(found, own=spelled)


def _lettered_operator(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """D f(x), Df(x), D(‖x‖²), d f(X), D_x f: the derivative of what stands behind the letter."""
    spelled = str(first.value)
    if spelled[:1] not in ("d", "D") or spelling.words.name(spelled) is not None:
        return None
    if len(spelled) > 1:  # Df(x), dL(w): a function's letter, and what it is applied to
        inner = [first._replace(value=spelled[1:]), *rest]
        if len(spelled) > 2 or not is_applied_letter(inner):
            return None
        return _of_function(LeftSide("gradient"), inner, spelling)
    if rest and rest[0].kind == "SUB" and len(rest) > 1:  # D_x f(x)
        by = about(rest[0].value, spelling)
        return _of_function(by, rest[1:], spelling) if by.about else None
    if rest and (rest[0].kind in _ARGUMENTS or is_applied_letter(rest)):
        return _of_function(LeftSide("gradient"), rest, spelling)
    return None


def _of_function(by: LeftSide, applied_to: Sequence[Piece], spelling: Spelling) -> LeftSide:
    """The derivative of f(x), which is the loss where the graph has no f, or of a formula written out."""
    if applied_to[0].kind != "WORD":
        return _operator(by, applied_to, spelling)
    spelled = str(applied_to[0].value).removeprefix("cal:")
    of = spelling.words.name(spelled) or ""
    arguments = [piece for piece in applied_to[1:] if piece.kind not in ("LPAR", "RPAR")]
    if not by.about and sum(piece.kind == "WORD" for piece in arguments) == 1:
        by = about(arguments, spelling) if about(arguments, spelling).about else by
    return replace(by, of=of, derived=spelled, own="" if of else spelled)


def _differential(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """The gradient at w, as course notes call it: dw, dW_1 or dL_dw."""
    spelled = str(first.value)
    if not spelled.startswith("d") or spelling.named(spelled, rest)[0] is not None:  # the graph may have a d_p
        return None
    apart = spelled == "d" and bool(rest) and rest[0].kind == "WORD"
    if spelled == "d" and (name := below_d(rest, spelling)):  # d_W, d_next_s
        return LeftSide("gradient", about=name)
    pieces = rest if apart else [first._replace(value=spelled[1:]), *rest]
    if any(piece.kind not in (*SCRIPTS, "NUMBER") for piece in pieces[1:]) or (not apart and spelled == "d"):
        return None
    below = list(pieces[1].value) if len(pieces) > 1 and pieces[1].kind == "SUB" else []
    if spelled[1:] in LOSSES and below and below[0].kind == "WORD" and str(below[0].value).startswith("d"):
        return about([*without_d(below), *pieces[2:]], spelling)  # dL_dw
    if spelling.words.name(spelled[1:]) and below and below[0].kind == "WORD" and str(below[0].value).startswith("d"):
        by = about([*without_d(below), *pieces[2:]], spelling)  # dp_dw
        return replace(by, of=spelling.words.name(spelled[1:]) or "", derived=spelled[1:])
    found = about(pieces, spelling)
    if found.letter in NAMED_LOSSES or found.about == spelling.words.loss:
        return LeftSide("gradient", refused="a differential of the loss")
    if found.about or found.refused:
        return found
    if not _is_variable(found.letter):
        return None
    if not spelling.words.names:
        return found
    named = symbol(first, rest, spelling)
    return None if named is None else replace(named, letter=found.letter)


def below_d(scripts: Sequence[Piece], spelling: Spelling) -> str:
    """The graph's name that stands below a d, in its very spelling: the next_s of d_next_s; "" if there is none."""
    if not scripts or any(script.kind != "SUB" for script in scripts):
        return ""
    pieces = [piece for script in scripts for piece in script.value]
    if any(piece.kind not in ("WORD", "NUMBER") for piece in pieces):
        return ""
    return spelling.words.name("".join(str(piece.value) for piece in pieces)) or ""


def _is_variable(spelled: str) -> bool:
    """Whether a spelling can be a variable behind a d: one letter, with an accent or a number if it has one."""
    letters = spelled.rstrip("0123456789")
    for mark in ("hat", "bar", "tilde"):
        letters = letters.removesuffix(mark) or letters
    return len(letters) == 1 or letters in GREEK.values()


def _subscripted_loss(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """L_w: the gradient at w, where w is a name and no index."""
    spelled = str(first.value).removeprefix("cal:")
    scripts = [piece for piece in rest if piece.kind in SCRIPTS]
    if spelled not in NAMED_LOSSES or not scripts or len(scripts) < len(rest) or scripts[0].kind != "SUB":
        return None
    if spelling.named(spelled, scripts)[0] is not None or labels_of(scripts[:1]):
        return None
    found = about([*scripts[0].value, *scripts[1:]], spelling)
    return found if found.about or (found.letter and not spelling.words.names) else None


def _gradient_word(first: Piece, rest: list[Piece], spelling: Spelling) -> LeftSide | None:
    """grad_w, g_w, w_grad and w.grad; Δw."""
    spelled = str(first.value)
    if spelling.named(spelled, [])[0] is None and spelled in (*_GRADIENT_WORDS, "g") and rest:
        inner = [*rest[0].value, *rest[1:]] if rest[0].kind == "SUB" else rest
        if is_applied_letter(rest) and rest[0].kind == "WORD":
            return _of_function(LeftSide("gradient"), rest, spelling)  # grad f(x)
        found = about(inner, spelling)
        if found.letter in LOSSES or found.about == spelling.words.loss:
            return LeftSide("gradient")  # grad_L
        return found if found.about or (found.letter not in ("", *INDICES) and spelled != "g") else None
    if spelled == "Delta" and rest and rest[0].kind == "WORD":
        return about(rest, spelling)
    last = rest[-1] if rest else first
    words = last.value if last.kind == "SUB" else [last]
    others = any(piece.kind not in (*SCRIPTS, "NUMBER", "DOT") for piece in rest[:-1])
    if not rest or others or len(words) != 1 or words[0].value not in _GRADIENT_WORDS:
        return None
    name = spelling.named(spelled, [])[0]
    is_loss = name == spelling.words.loss if name is not None else spelled.removeprefix("cal:") in NAMED_LOSSES
    if is_loss and len(rest) == 1:
        return LeftSide("gradient")  # loss_grad
    return about([first, *(piece for piece in rest[:-1] if piece.kind != "DOT")], spelling)


__all__ = ["broken_link", "fraction", "left_side"]
