"""What the left side of an equation can say, and the variable that something is derived by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..paper.notation import pretty
from .pieces import INDICES, Piece
from .spelling import Spelling, is_layer, is_transposed, letters_of
from .words import Vocabulary

SCRIPTS = ("SUB", "SUP")
LOSSES = (
    "L", "J", "E", "C", "R", "S", "Q", "ell", "l", "loss", "cost", "f", "NLL", "MSE", "BCE", "CE", "SSE", "RSS",
)  # fmt: skip
NAMED_LOSSES = ("L", "J", "E", "C", "ell", "loss", "cost")
SECOND = "a second derivative"
OTHER_ORDER = "a derivative of another order"
LOSS_ITSELF = "the loss itself"
FORMULA = "a formula with a gradient in it"
ENTRY = "one entry of a gradient"
_AROUND = ("LPAR", "RPAR", "LBRACE", "RBRACE", "FRAC", "SLASH", "TIMES")
_SIGNS = ("PLUS", "MINUS", "TIMES", "SLASH", "FRAC", "SQRT", "BIG", "BAR", "LBAR", "RBAR", "PRIME")
_LOGS = ("LL", "logL", "lnL", "loglik", "loglikelihood")  # the log of a likelihood, in one word
_WHOLES = {"y", "z", "u", "F", "G", "g", "H", "M", "D", "V", "U", "NLL", "BCE", "MSE", "KL", "obj", "error"}


@dataclass(frozen=True)
class LeftSide:
    """The left side of an equation, understood.

    kind: "gradient"; "symbol" for a single symbol, which a text may define; "formula" for anything else; "" if there
    is no left side. factor: the pieces in front of a gradient. about: the graph's name whose gradient it is, "" for
    the one asked about. letter: the variable of that gradient as written, where it is no name of the graph. of: the
    graph's name that is derived, "" for the loss. derived: what is derived, as written; written: the formula that is
    derived, where it is written out; own: the function of which it is the derivative, as written. refused: what the
    side is, if it is no first derivative. symbol: the symbol in one spelling. labels: the indices of the variable or
    symbol, behind those of what is derived (the i of ∂yᵢ/∂xⱼ). of_one: whether the loss that is derived has an index
    itself, as that of one sample has. mark: what else stands at it, the t of L_t. twice: of a second derivative the
    variables, as names of the graph where they are any; "" for those that are not written. turned: whether the gradient
    stands there transposed. through: the graph's names between the two ends of a chain, the z of ∂L/∂z ∂z/∂w.
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
    of_one: bool = False
    mark: str = ""
    twice: tuple[str, ...] = ()
    turned: bool = False
    through: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """What is derived, with what else stands at it: the D_KL of ∂D_KL/∂q."""
        return f"{self.derived}_{self.mark}" if self.mark else self.derived

    @property
    def is_loss_itself(self) -> bool:
        """Whether the loss stands there by its letter, and no gradient of it."""
        return self.refused == LOSS_ITSELF

    def may_be_loss(self, names: Collection[str]) -> bool:
        """Whether what is derived can be the loss, in a graph with these names: dy/dx, where no y is in the graph."""
        return self.is_of_loss() or self.derived in {*_LOGS, *_WHOLES} - set(names)

    @property
    def is_of_log(self) -> bool:
        """Whether it derives the log of a likelihood: what is minimised has the other sign, and perhaps a 1/N."""
        return self.of_losses() == "log" or (not self.of and self.derived in _LOGS)

    def of_losses(self) -> str:
        """What the formula that is derived makes of losses by their letter: sum of Σ ℓ(yᵢ, ŷᵢ), mean of 1/N Σ ℓᵢ, log.

        "" of any other formula.
        """
        pieces = [piece for piece in self.written if piece.kind not in _AROUND]
        start = next((place for place, piece in enumerate(pieces) if piece.kind == "BIG"), 0)
        before, behind = pieces[:start], pieces[start:]
        if behind and behind[0].kind == "BIG" and behind[0].value == "sum":
            made = "mean" if [str(piece.value) for piece in before if piece.kind == "NUMBER"] == ["1"] else "sum"
            if len(before) > 2 or (before and (made == "sum" or before[-1].kind != "WORD")):
                return ""
            behind = [piece for piece in behind[1:] if piece.kind not in SCRIPTS or is_power(piece)]
        elif [str(piece.value) for piece in behind if piece.kind != "MINUS"][:1] in (["log"], ["ln"]):
            made, behind = "log", behind[2 if behind[0].kind == "MINUS" else 1 :]  # −log L, too
        else:
            return ""
        letter = str(behind[0].value).removeprefix("cal:") if behind else ""
        more = any(piece.kind in _SIGNS or is_power(piece) for piece in behind)
        return made if letter in NAMED_LOSSES and not more else ""

    def is_of_loss(self) -> bool:
        """Whether what is derived is called as a loss is called, or not written at all."""
        if self.of:
            return self.derived in NAMED_LOSSES
        return not self.derived or self.derived in LOSSES or self.derived[0] in "LJECRSQ"


def about(pieces: Sequence[Piece], spelling: Spelling) -> LeftSide:
    """The gradient by the variable that pieces are; refused where they are a formula, such as 2w or w²."""
    words = [piece for piece in pieces if piece.kind == "WORD"]
    if not words:
        return LeftSide("gradient")
    spelled = str(words[0].value)
    whole = "".join(str(piece.value) for piece in pieces if piece.kind in ("WORD", "NUMBER"))
    if pieces[0].kind == "NUMBER" or any(piece.kind in _SIGNS for piece in pieces):
        return LeftSide("gradient", letter=whole, refused="a derivative by a formula")
    scripts = [piece for piece in pieces if piece.kind in SCRIPTS]
    name, left = (spelling.words.name(whole) if whole != spelled else None), scripts
    if name is None:
        name, left = spelling.named(spelled, scripts)
        left = [*(piece for piece in pieces if piece.kind == "NUMBER"), *left]  # the 0 of w0
        if name is not None and any(map(is_power, left)):  # w², which is no layer
            return LeftSide("gradient", letter=whole, refused=f"a derivative by {whole} to a power")
    if name is None and len(spelled) > 1 and all(letter in INDICES for letter in spelled[1:]):
        name = spelling.words.name(spelled[0])
    labels = labels_of(scripts)
    if name is not None and is_at_label(left, spelling.words):
        return LeftSide("gradient", about=name, labels=labels, refused=ENTRY)
    if name is not None:
        mark = beside_indices(left, len(spelling.words.names[name]))
        return _marked(LeftSide("gradient", about=name, labels=labels), spelled, mark)
    layers = [letters_of(script) for script in scripts if is_layer(script) and not labels_of([script])]
    return LeftSide("gradient", letter=whole + "".join(layers), labels=labels)


def _marked(found: LeftSide, spelled: str, mark: str) -> LeftSide:
    """The gradient at a name of the graph that has a mark: W_t is W at a step, w₀ and w_out are others, or entries."""
    if len(mark) == 1 and mark.isalpha():
        return replace(found, about="", letter=spelled + mark)
    return replace(found, refused=f"the gradient at {pretty(f'{spelled}_{mark}')}") if mark else found


def beside_indices(scripts: Sequence[Piece], axes: int = 0) -> str:
    """What stands at a symbol beside its indices: the 0 of w₀, the out of w_out, the + of w⁺.

    Any small letters are indices, if there are as many as the symbol has axes. Transpositions are no marks, nor are
    layers and steps in parentheses: W^{(1)}, w^{(t)}.
    """
    found = ""
    for script in scripts:
        inner = [script] if script.kind == "NUMBER" else script.value
        letters = _text(inner)
        plain = all(piece.kind in ("WORD", "COMMA", "LPAR", "RPAR") for piece in inner)
        counted = len(letters) == axes and letters.isascii() and letters.islower()
        index = plain and (counted or set(letters) <= set(INDICES))
        if not (is_transposed(script) or index or (script.kind == "SUP" and inner[0].kind == "LPAR")):
            found += letters
    return found


def _text(pieces: Sequence[Piece]) -> str:
    """What stands in a script, without commas and parentheses."""
    parts = (piece for piece in pieces if piece.kind not in ("COMMA", "LPAR", "RPAR"))
    return "".join(_text(piece.value) if piece.kind in SCRIPTS else str(piece.value) for piece in parts)


def derived_by(below: Sequence[Piece], spelling: Spelling) -> LeftSide:
    """The gradient by what stands below a derivative: a variable, or a formula that a name stands for."""
    name, scripts = standing(below, spelling)
    return LeftSide("gradient", about=name, labels=labels_of(scripts)) if name else about(without_d(below), spelling)


def standing(below: Sequence[Piece], spelling: Spelling) -> tuple[str, list[Piece]]:
    """The name of the value for which a formula in parentheses stands below a derivative, and the scripts behind it.

    "" where it is a single variable, or a formula that no name stands for.
    """
    rest = [piece for piece in without_d(below, whole=True) if piece.kind not in ("LBRACE", "RBRACE")]
    end = _closing(rest)
    inner, scripts = rest[1:end], rest[end + 1 :]
    words = sum(piece.kind == "WORD" for piece in inner)
    single = words < 2 and all(piece.kind in ("WORD", "SUB", "NUMBER") for piece in inner)
    if not inner or single or any(piece.kind not in SCRIPTS for piece in scripts):
        return "", scripts
    return spelling.words.standing(inner) or "", scripts


def _closing(pieces: Sequence[Piece]) -> int:
    """The place of the parenthesis that closes the first piece; 0 if that is none."""
    depth = 0
    for place, piece in enumerate(pieces):
        depth += (piece.kind == "LPAR") - (piece.kind == "RPAR")
        if depth == 0:
            return place
    return 0


def second(below: Sequence[Piece], spelling: Spelling) -> LeftSide:
    """∂²L/∂below: below is ∂w², ∂wᵢ∂wⱼ or ∂w∂wᵀ."""
    signs = [place for place, piece in enumerate(below) if piece.kind == "PARTIAL"]
    starts = signs or [place for place, piece in enumerate(below) if is_differential_sign(piece)]
    parts = [below[one:other] for one, other in pairwise([*starts, len(below)])]
    powers = [str(piece.value[0].value) for part in parts for piece in part if is_power(piece)]
    if (len(parts), powers) not in ((1, ["2"]), (2, [])):
        return LeftSide("gradient", refused=OTHER_ORDER)
    found = [derived_by([piece for piece in part if not is_power(piece)], spelling) for part in parts]
    labels = tuple(label for each in found for label in each.labels)
    return LeftSide("gradient", refused=SECOND, twice=tuple(each.about or each.letter for each in found), labels=labels)


def is_power(script: Piece) -> bool:
    """Whether a script is a number above the line, which is no layer's in parentheses."""
    kinds = [piece.kind for piece in script.value] if script.kind == "SUP" else []
    return kinds == ["NUMBER"] or kinds[:1] == ["MINUS"]


def is_list_of_arguments(pieces: Sequence[Piece]) -> bool:
    """Whether pieces are what a loss depends on, in parentheses: the (w, b) of L(w, b), but not the (0) of L(0)."""
    ends = len(pieces) > 2 and pieces[0].kind == "LPAR" and pieces[-1].kind == "RPAR"
    numbers = (before.kind for before, piece in pairwise(pieces) if piece.kind == "NUMBER")
    inner = pieces[1:-1]
    power = any(map(is_power, inner)) and not any(piece.kind == "COMMA" for piece in inner)  # L(w²)
    listed = ends and not power and all(kind in ("WORD", "NUMBER") for kind in numbers)
    return listed and all(piece.kind in (*SCRIPTS, "WORD", "NUMBER", "COMMA", "BAR", "DOTS") for piece in inner)


def is_at_label(scripts: Sequence[Piece], words: Vocabulary) -> bool:
    """Whether a class number stands below a symbol: the y of ∂L/∂z_y, where y is a single number of the graph."""
    below = [str(piece.value) for script in scripts if script.kind == "SUB" for piece in script.value]
    return any(words.is_class(part) for letters in below for part in (letters, *letters))


def labels_of(scripts: Sequence[Piece]) -> tuple[str, ...]:
    """The letters among scripts that are indices, samples in (i) included."""
    letters: list[str] = []
    for script in scripts:
        words = "".join(str(piece.value) for piece in script.value if piece.kind == "WORD")
        if words and all(letter in INDICES for letter in words):
            letters += words
    return tuple(letters)


def is_applied_letter(pieces: Sequence[Piece]) -> bool:
    """Whether pieces are a letter with its arguments: f(x), f(x, y)."""
    letter = bool(pieces) and pieces[0].kind == "WORD" and len(str(pieces[0].value).removeprefix("cal:")) == 1
    return letter and is_list_of_arguments(pieces[1:])


def without_d(pieces: Sequence[Piece], whole: bool = False) -> list[Piece]:
    """What is derived, or by what: the pieces without their ∂ or d. whole: with the parentheses in it."""
    left_out = ("PARTIAL",) if whole else ("PARTIAL", "LPAR", "RPAR")
    rest = [piece for piece in pieces if piece.kind not in left_out]
    if not rest or rest[0].kind != "WORD" or any(piece.kind == "PARTIAL" for piece in pieces):
        return rest
    spelled = str(rest[0].value)
    if spelled == "d" or (spelled == "delta" and len(rest) > 1):
        return rest[1:]
    return [rest[0]._replace(value=spelled[1:]), *rest[1:]] if spelled.startswith("d") else rest


def is_differential_sign(piece: Piece) -> bool:
    """Whether a piece is a ∂, or a word that begins with d."""
    return piece.kind == "PARTIAL" or (piece.kind == "WORD" and str(piece.value).startswith("d"))


__all__ = [
    "ENTRY",
    "FORMULA",
    "INDICES",
    "LOSSES",
    "LOSS_ITSELF",
    "NAMED_LOSSES",
    "OTHER_ORDER",
    "SCRIPTS",
    "SECOND",
    "LeftSide",
    "about",
    "derived_by",
    "is_applied_letter",
    "is_at_label",
    "is_differential_sign",
    "is_list_of_arguments",
    "is_power",
    "labels_of",
    "second",
    "standing",
    "without_d",
]
