"""From pieces of text to the tokens of the grammar: names found, words taken apart, scripts understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import UntakenDerivativeError
from .alternatives import predicted, size, unnamed
from .calls import FUNCTIONS
from .definitions import Collected
from .lexer import Piece
from .scripts import Scripts
from .spelling import Spelling, is_layer, letters_of
from .sums import renamed
from .tree import Expression, Eye, Gradient, Name, Number, Ones, Position, Product, Transposed
from .words import CONSTANTS, GREEK, Vocabulary, canonical, function_named

_ACTIVATIONS = ("sigmoid", "tanh", "relu", "softmax", "softplus", "exp", "leaky_relu", "elu", "gelu", "silu")
_PREDICTIONS = ("yhat", "h", "p", "a", "f", "pred", "ypred", "o", "out", "output", "prob", "probs", "q", "s")


@dataclass
class Token:
    """What the grammar sees: a kind, and a value made here."""

    kind: str
    value: Any
    at: int


class Symbols(Scripts):
    """Turns one part of a claim into tokens."""

    def tokens(self, pieces: Sequence[Piece]) -> list[Token]:
        """The tokens of the pieces that `lexer` cut."""
        found: list[Token] = []
        brackets: list[Piece] = []
        bars: list[tuple[str, int]] = []
        place = 0
        while place < len(pieces):
            piece = pieces[place]
            place += 1
            scripts = _scripts(pieces, place)
            match piece.kind:
                case "WORD":
                    if place < len(pieces) and self._is_defined(str(piece.value) + str(pieces[place].value)):
                        piece, place = piece._replace(value=f"{piece.value}{pieces[place].value}"), place + 1
                        scripts = _scripts(pieces, place)
                    elif place < len(pieces) and (joined := self.spelling.joined(piece, pieces[place])) is not None:
                        piece, place = joined, place + 1
                        scripts = _scripts(pieces, place)
                    place += len(scripts)
                    after = pieces[place] if place < len(pieces) else None
                    asks = None if self._is_data(pieces, place) else self._is_indicator(pieces, place, [])
                    self._word(piece, scripts, after, found, asks)
                case "NUMBER" if piece.value == "1" and self._is_indicator(pieces, place, scripts):
                    place += len(scripts)
                    self._indicator(scripts, not scripts, piece.at, found)
                case "NUMBER":
                    if len(piece.value) > 300 or float(piece.value) > 1e300:
                        raise self.fail("a number too large to compute with", piece.at)
                    found.append(Token("ATOM", Number(piece.at, float(piece.value)), piece.at))
                case "BIG":
                    place += len(scripts)
                    found.append(Token("BIG", self._over(piece, scripts), piece.at))
                case "SUB" | "SUP" | "PRIME" | "TOP":
                    if not found or found[-1].kind not in ("RPAR", "RBRACE", "RBAR", "RANGLE", "SCRIPT", "ATOM"):
                        raise self.fail("nothing stands before this script", piece.at)
                    found.append(Token("SCRIPT", piece, piece.at))
                case "LPAR" if piece.value == "⟨":
                    brackets.append(piece)
                    found.append(Token("LANGLE", piece.value, piece.at))
                case "LPAR":
                    brackets.append(piece)
                    found.append(Token("LPAR", piece.value, piece.at))
                case "RPAR":
                    pair = (brackets.pop().value if brackets else "") + str(piece.value)
                    if pair not in ("()", "[]", "{}", "⟨⟩"):
                        raise self.fail("this parenthesis closes none", piece.at)
                    found.append(Token("RANGLE" if pair == "⟨⟩" else "RPAR", piece.value, piece.at))
                case "BAR" | "LBAR" | "RBAR":
                    self._bar(piece, found, bars)
                case "EQ":
                    found.append(Token("RELATION", "equal", piece.at))
                case "DERIVATIVE":
                    found.append(Token("ATOM", self._derivative(piece), piece.at))
                case "PARTIAL" | "NABLA":
                    raise UntakenDerivativeError(
                        "a derivative still to be taken, where its value is claimed", piece.at, self.text
                    )
                case "PLUS" | "MINUS" | "TIMES" | "SLASH" | "FRAC" | "SQRT" | "ROOT" | "OVER" | "COMMA" | "RELATION":
                    found.append(Token(piece.kind, (piece.value, piece.loose), piece.at))
                case "LBRACE" | "RBRACE":
                    found.append(Token(piece.kind, piece.value, piece.at))
                case _:
                    raise self.fail(f"{piece.value or piece.kind.lower()!r} is not read here", piece.at)
        if brackets:
            raise self.fail("this parenthesis is never closed", brackets[-1].at)
        if bars:
            raise self.fail("this bar is never closed", bars[-1][1])
        return found

    def _bar(self, piece: Piece, found: list[Token], bars: list[tuple[str, int]]) -> None:
        """| and ‖ open or close, by what stands before them."""
        operand = bool(found) and found[-1].kind in ("ATOM", "RPAR", "RBRACE", "RBAR", "SCRIPT")
        closes = piece.kind == "RBAR" or (piece.kind == "BAR" and bool(bars) and operand)
        if closes:
            if not bars or bars.pop()[0] != piece.value:
                raise self.fail("this bar closes none", piece.at)
            found.append(Token("RBAR", piece.value, piece.at))
        else:
            bars.append((piece.value, piece.at))
            found.append(Token("LBAR", piece.value, piece.at))

    def _is_indicator(self, pieces: Sequence[Piece], place: int, scripts: list[Piece]) -> bool:
        """Whether a 1 has a condition behind or below it."""
        if scripts:
            return scripts[0].kind == "SUB" and any(each.kind in ("RELATION", "EQ") for each in scripts[0].value)
        depth = 0
        for piece in pieces[place:]:
            depth += (piece.kind == "LPAR") - (piece.kind == "RPAR")
            if depth <= 0:
                return False
            if depth == 1 and piece.kind in ("RELATION", "EQ"):
                return True
        return False

    def _is_data(self, pieces: Sequence[Piece], place: int) -> bool:
        """Whether what stands in parentheses is a sample and nothing else: the (x⁽ⁱ⁾) of a model."""
        if place + 2 >= len(pieces) or pieces[place].kind != "LPAR" or pieces[place + 1].value not in ("x", "X"):
            return False
        return pieces[min(place + 2 + len(_scripts(pieces, place + 2)), len(pieces) - 1)].kind == "RPAR"

    def _word(
        self, piece: Piece, scripts: list[Piece], after: Piece | None, found: list[Token], asks: bool | None
    ) -> None:
        """Tokens for a run of letters with its scripts."""
        spelled = str(piece.value)
        symbols = [spelled] if self._whole(spelled, scripts, after) else self._apart(spelled, piece.at)
        place = piece.at
        for symbol in symbols[:-1]:
            self._symbol(symbol, [], None, place, found)
            place += len(symbol)
        self._symbol(symbols[-1], scripts, after, place, found, asks)

    def _whole(self, spelled: str, scripts: list[Piece], after: Piece | None) -> bool:
        """Whether a run of letters is one symbol."""
        if self._is_defined(spelled):
            return True
        if len(spelled) == 1 or ":" in spelled or self.spelling.named(spelled, scripts)[0] is not None:
            return True
        if function_named(spelled) or spelled in CONSTANTS or spelled in _GREEK_WORDS or spelled[0] in "𝟏𝟙":
            return True
        return self.spelling.differential(spelled, scripts) is not None or self._hatted(spelled)

    def _hatted(self, spelled: str) -> bool:
        return any(spelled.endswith(mark) and len(spelled) <= len(mark) + 1 for mark in ("hat", "bar", "tilde"))

    def _apart(self, spelled: str, at: int) -> list[str]:
        """A run of letters as the fewest symbols that are known: `Xw` is X and w, `logp` is log and p."""
        best: list[list[str] | None] = [[]]
        for end in range(1, len(spelled) + 1):
            found: list[str] | None = None
            for start in range(max(0, end - 20), end):
                so_far, part = best[start], spelled[start:end]
                if so_far is not None and self._known(part) and (found is None or len(so_far) + 1 < len(found)):
                    found = [*so_far, part]
            best.append(found)
        symbols = best[-1]
        if symbols is None:
            raise self.fail(self.words.unknown(spelled), at)
        return symbols

    def _known(self, part: str) -> bool:
        if self.words.name(part) is not None or part in CONSTANTS or self._is_defined(part):
            return True
        if len(part) == 1:
            return part in self.indices or bool(self.words.sizes(part)) or bool(self.words.loosely(part))
        return len(part) > 2 and function_named(part) is not None

    def _symbol(
        self,
        spelled: str,
        scripts: list[Piece],
        after: Piece | None,
        at: int,
        found: list[Token],
        asks: bool | None = False,
    ) -> None:
        """The token of one symbol; `asks`: parentheses with a condition in them follow, None: with a sample."""
        applied = after is not None and after.kind == "LPAR"
        if self.words.definitions and (defined := self._defined(spelled, scripts, at)) is not None:
            found.append(Token("ATOM", defined, at))
            return
        name, left = self.spelling.named(spelled, scripts)
        function = function_named(spelled) if ":" not in spelled else None
        if (
            function in ("max", "min", "sum", "prod", "mean")
            and name is None
            and any(script.kind == "SUB" for script in scripts)
        ):
            found.append(Token("BIG", self._over(Piece("BIG", function, at), scripts), at))
            return
        if function is not None and len(spelled) > 1 and (name is None or (applied and spelled == "sigma")):
            if function not in FUNCTIONS:
                raise self.fail(f"the function {spelled} is not read", at)
            if spelled != "sigma" or applied or self._takes(after):
                meant: Any = function
                usual = [name for name in self.words.functions if name in ("softmax", "sigmoid")]
                if spelled == "sigma" and usual == ["softmax"]:
                    meant = self._sigma(at)
                found.append(Token("FUNC", (meant, scripts, at), at))
                return
        if name is not None and applied and (asks is None or any(map(self._is_parameter, left))):
            found.append(Token("FUNC", (self._model(spelled, [name], at), [], at), at))
            return
        if name is not None:
            left = [script for script in left if not self._is_parameter(script)]
            found.append(Token("ATOM", self.scripted(Name(at, name), left, at), at))
            return
        conditional = bool(scripts) and self._is_indicator([], 0, scripts)
        below = any(script.kind == "SUB" for script in scripts)
        if (spelled == "𝟙" and (applied or below)) or (spelled in ("𝟏", "I") and (conditional or asks)):
            self._indicator(scripts, applied, at, found)
            return
        special = self._special(spelled, scripts, at)
        if special is not None:
            found.append(Token("ATOM", special, at))
            return
        loose, left = self.spelling.named_loosely(spelled, scripts)
        if any(script in left and self.spelling.is_other_layer(spelled, script) for script in scripts):
            loose = None
        if applied and (loose is None or spelled in "hfgsFGS"):
            found.append(Token("FUNC", (self._function_letter(spelled, scripts, at), scripts, at), at))
            return
        if loose is not None:
            found.append(Token("ATOM", self.scripted(Name(at, loose, loose=True), left, at), at))
            return
        written = spelled + "".join(letters_of(script) for script in scripts if is_layer(script))
        raise self.fail(self.words.unknown(written.removeprefix("cal:")), at)

    def _is_defined(self, spelled: str) -> bool:
        """Whether the text itself says what a symbol is."""
        return bool(self.words.definitions) and canonical(spelled) in self.words.definitions

    def _defined(self, spelled: str, scripts: list[Piece], at: int) -> Expression | None:
        """The meaning that the text gives to a symbol with its scripts."""
        key, left = Spelling(Vocabulary(dict.fromkeys(self.words.definitions, ()))).named(spelled, scripts)
        if key is None:
            return None
        definition = self.words.definitions[key]
        tree: Expression = definition.tree
        if definition.labels:
            below = [label for script in left if script.kind == "SUB" for label in self._subscripts(script)[0]]
            if len(below) == len(definition.labels) and all(isinstance(label, str) and label for label in below):
                given = dict(zip(definition.labels, map(str, below), strict=True))
                tree, left = renamed(tree, given), [script for script in left if script.kind != "SUB"]
            else:
                tree = Collected(at, tree, definition.labels)
        return self.scripted(tree, left, at)

    def _model(self, spelled: str, names: Sequence[str], at: int) -> Any:
        """hθ(x): a function from its argument to the node that holds what the model gives."""

        def applied(part: Expression, slope: bool = False) -> Expression:
            if slope:
                raise self.fail(f"the derivative of {spelled} is not read", at)
            return predicted(at, spelled, names, part)

        return applied

    def _sigma(self, at: int) -> Any:
        """σ in a loss that has a softmax and no sigmoid."""
        return lambda part, slope=False: unnamed(at, "σ", ("softmax", "sigmoid"), part, slope)

    def _is_parameter(self, script: Piece) -> bool:
        """Whether a subscript names what a model depends on, as in h_θ."""
        words = [piece for piece in script.value if piece.kind == "WORD"] if script.kind == "SUB" else []
        others = [piece for piece in script.value if piece.kind not in ("WORD", "COMMA")] if words else []
        return bool(words) and not others and all(piece.value in _GREEK_WORDS for piece in words)

    def _takes(self, after: Piece | None) -> bool:
        """Whether what follows can be a function's argument without parentheses."""
        return after is not None and after.kind in ("WORD", "FRAC", "LBRACE", "BAR", "LBAR", "SQRT", "NUMBER")

    def _special(self, spelled: str, scripts: list[Piece], at: int) -> Expression | None:
        """Letters with a meaning of their own: δᵢⱼ, e, π, 1, I, an index, a size."""
        two = len(scripts) == 1 and scripts[0].kind == "SUB"
        if spelled in ("delta", "I") and two and (spelled == "delta" or len(letters_of(scripts[0])) == 2):
            return self._delta(scripts[0], at)
        if spelled in CONSTANTS:
            return self.scripted(Number(at, CONSTANTS[spelled]), scripts, at)
        if spelled in ("𝟏", "𝟙"):
            rest = [script for script in scripts if script.kind != "SUB"]
            return self.scripted(Ones(at), rest, at)
        if spelled == "I" and not any(script.kind == "SUP" for script in scripts):
            return Eye(at)
        if spelled in self.indices and not scripts:
            return Position(at, spelled)
        sizes = self.words.sizes(spelled)
        if sizes and not any(map(_is_index, scripts)):
            return self.scripted(size(at, spelled, sizes), scripts, at)
        if inner := self.spelling.differential(spelled, scripts):
            return self.scripted(Gradient(at, inner[0]), inner[1], at)
        return None

    def _function_letter(self, spelled: str, scripts: list[Piece], at: int) -> Any:
        """s(z), h_θ(x): a function that the claim leaves undefined."""
        model = [name for letter in (spelled, *_PREDICTIONS) if (name := self.words.name(letter))]
        parametrised = any(script.kind == "SUB" for script in scripts)
        if model and (spelled in ("h", "f", "p") or (parametrised and spelled in ("g", "s", "phi", "pi", "F", "H"))):
            return self._model(spelled, model, at)
        if spelled in ("s", "g", "f", "phi", "psi", "S", "F", "h", "a", "sigma", "varphi"):
            usual = [name for name in self.words.functions if name in _ACTIVATIONS]
            if spelled in ("h", "f") and (weights := self._weights(scripts)):
                return self._model_of(weights, usual, spelled, at)
            choices = tuple(dict.fromkeys([*usual, "sigmoid"])) if spelled != "f" or usual else ()
            if choices:
                return lambda part, slope=False: unnamed(at, spelled, choices, part, slope)
        raise self.fail(self.words.unknown(spelled), at)

    def _weights(self, scripts: list[Piece]) -> str | None:
        """The graph's weights that a model's subscript names: the θ of h_θ."""
        below = [script for script in scripts if script.kind == "SUB" and len(script.value) == 1]
        return self.words.name(str(below[0].value[0].value)) if below and below[0].value[0].kind == "WORD" else None

    def _model_of(self, weights: str, usual: Sequence[str], spelled: str, at: int) -> Any:
        """h_θ(x) as θᵀx, or as the loss's own function of that where it has one."""

        def applied(part: Expression, slope: bool = False) -> Expression:
            if slope:
                raise self.fail(f"the derivative of {spelled} is not read", at)
            inner = Product(at, Transposed(at, Name(at, weights)), part)
            return unnamed(at, spelled, tuple(usual), inner) if usual else inner

        return applied

    def _indicator(self, scripts: list[Piece], applied: bool, at: int, found: list[Token]) -> None:
        """1[y = k], or with the condition as its subscript."""
        if applied:
            found.append(Token("INDICATOR", None, at))
            return
        condition = next(script for script in scripts if script.kind == "SUB")
        pieces = list(condition.value)
        if not any(piece.kind in ("EQ", "RELATION") for piece in pieces):
            raise self.fail("1 with a subscript that is no condition", at)
        opened = [Piece("LPAR", "(", at), *pieces, Piece("RPAR", ")", at)]
        found.append(Token("ATOM", self.parse(opened), at))

    def _derivative(self, piece: Piece) -> Expression:
        """∂L/∂a inside a claim, where a is a name: the gradient there."""
        above, below = piece.value
        named = [each for each in above if each.kind == "WORD"]
        spelled = "".join(str(each.value) for each in named).removeprefix("d").removeprefix("cal:")
        inner = [each for each in below if each.kind != "PARTIAL"]
        if spelled in ("L", "J", "E", "C", "loss", "ell", "l", "cost", self.words.loss) and inner:
            first = inner[0]
            letters = str(first.value)
            if first.kind == "WORD":
                scripts = [each for each in inner[1:] if each.kind in ("SUB", "SUP")]
                if len(scripts) == len(inner) - 1:
                    for candidate in (letters, letters.removeprefix("d")):
                        name, left = self.spelling.named(candidate, scripts)
                        if name is not None:
                            return self.scripted(Gradient(piece.at, name), left, piece.at)
        raise UntakenDerivativeError("a derivative still to be taken, where its value is claimed", piece.at, self.text)


def _scripts(pieces: Sequence[Piece], place: int) -> list[Piece]:
    """The scripts that stand from `place` on."""
    found = []
    while place < len(pieces) and pieces[place].kind in ("SUB", "SUP", "PRIME", "TOP"):
        found.append(pieces[place])
        place += 1
    return found


def _is_index(script: Piece) -> bool:
    """Whether a script can only be an index: a subscript, or a sample's (i)."""
    return script.kind == "SUB" or (script.kind == "SUP" and bool(script.value) and script.value[0].kind == "LPAR")


_GREEK_WORDS = set(GREEK.values())
