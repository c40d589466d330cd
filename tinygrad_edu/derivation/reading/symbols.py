"""From pieces of text to the tokens of the grammar: names found, words taken apart, scripts understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .expression import (
    Applied,
    Compared,
    Delta,
    Expression,
    Eye,
    Gradient,
    Indexed,
    Name,
    Number,
    Ones,
    Position,
    Power,
    Predicted,
    Product,
    Size,
    Slope,
    Transposed,
    Unnamed,
)
from .pieces import Piece
from .sums import Over
from .unreadable import Unreadable
from .words import CONSTANTS, FUNCTIONS, GREEK, Vocabulary, canonical, function_named

INDICES = "ijklnmctrst"
_ACTIVATIONS = ("sigmoid", "tanh", "relu", "softmax", "softplus", "exp", "leaky_relu", "elu", "gelu", "silu")
_PREDICTIONS = ("yhat", "h", "p", "a", "f", "pred", "ypred", "o", "out", "output", "prob", "probs", "q", "s")
_SETS = {"D", "S", "B", "cal:D", "cal:S", "cal:B", "cal:T", "data", "batch", "cal:X", "cal:M"}


class Symbolic(Unreadable):
    """A part that speaks of derivatives still to be taken: a chain rule written out, not a claim."""


@dataclass
class Token:
    """What the grammar sees: a kind, and a value made here."""

    kind: str
    value: Any
    at: int


class Symbols:
    """Turns one part of a claim into tokens. `parse` reads pieces as an expression of their own (an exponent)."""

    def __init__(self, text: str, words: Vocabulary, parse: Callable[[Sequence[Piece]], Expression]) -> None:
        self.text, self.words, self.parse = text, words, parse
        self.indices: set[str] = set()  # letters that stand somewhere as an index

    def fail(self, message: str, at: int) -> Unreadable:
        """The error to raise at a place."""
        return Unreadable(message, at, self.text)

    def tokens(self, pieces: Sequence[Piece]) -> list[Token]:
        """The tokens of `pieces`."""
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
                    if place < len(pieces) and (joined := self._joined(piece, pieces[place])) is not None:
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
                    raise Symbolic("a derivative still to be taken, where its value is claimed", piece.at, self.text)
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

    def _joined(self, piece: Piece, after: Piece) -> Piece | None:
        """Z2 and dW as one word: a name with its number behind it, a differential with its d apart."""
        spelled, more = str(piece.value), str(after.value)
        if after.loose and spelled != "d":
            return None
        if after.kind == "NUMBER" and more.isdigit():
            ends = range(len(spelled))
            if any(self.words.name(spelled[start:] + more) is not None for start in ends):
                return piece._replace(value=spelled + more)
        differential = after.kind == "WORD" and spelled == "d" and self.words.name("d") is None and len(more) < 5
        if differential and (self._differential("d" + more, []) or self.words.name(more[:1]) is not None):
            return piece._replace(value="d" + more)
        return None

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

    # ── words ──

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
        if len(spelled) == 1 or ":" in spelled or self._named(spelled, scripts)[0] is not None:
            return True
        if function_named(spelled) or spelled in CONSTANTS or spelled in _GREEK_WORDS or spelled[0] in "𝟏𝟙":
            return True
        return self._differential(spelled, scripts) is not None or self._hatted(spelled)

    def _hatted(self, spelled: str) -> bool:
        return any(spelled.endswith(mark) and len(spelled) <= len(mark) + 1 for mark in ("hat", "bar", "tilde"))

    def _differential(self, spelled: str, scripts: list[Piece]) -> tuple[str, list[Piece]] | None:
        """The name in dname, and the scripts that are not part of it: the gradient there, as course notes write it."""
        if spelled.startswith("d") and spelled != "delta" and len(spelled) > 1 and self.words.name(spelled) is None:
            name, left = self._named(spelled[1:], scripts)
            return None if name is None else (name, left)
        if spelled == "delta" and self.words.name(spelled) is None:
            for letter in ("z", "Z", "u", "a"):
                name, left = self._named(letter, scripts)
                if name is not None:
                    return name, left
        return None

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
        if self.words.name(part) is not None or part in CONSTANTS:
            return True
        if len(part) == 1:
            return part in self.indices or bool(self.words.sizes(part)) or bool(self.words.loosely(part))
        return len(part) > 2 and function_named(part) is not None

    def _named(self, spelled: str, scripts: list[Piece]) -> tuple[str | None, list[Piece]]:
        """The graph's name that a symbol with its scripts spells, and the scripts that are not part of it."""
        spelled = spelled.removeprefix("cal:")
        scripts = [part for script in scripts for part in self._parted(spelled, script)]
        for count in (2, 1):
            for taken in _layers(scripts, count):
                name = self.words.name(spelled + "".join(_letters(script) for script in taken))
                if name is not None:
                    return name, [left for script in scripts for left in _left(script, taken)]
        return self.words.name(spelled), scripts

    def _parted(self, spelled: str, script: Piece) -> list[Piece]:
        """A subscript whose first number is a layer's and whose rest are indices, as two: A₁ₖⱼ, W_{2,hk}."""
        if script.kind != "SUB" or len(script.value) < 2 or script.value[0].kind != "NUMBER":
            return [script]
        first, *rest = script.value
        if self.words.name(spelled + str(first.value)) is None:
            return [script]
        rest = rest[1:] if rest[0].kind == "COMMA" else rest
        return [script._replace(value=[first]), script._replace(value=rest)] if rest else [script]

    def _named_loosely(self, spelled: str, scripts: list[Piece]) -> tuple[str | None, list[Piece]]:
        """The same for a name that differs in its case: a^{(1)} for A1."""
        for taken in _layers(scripts, 1):
            name = self.words.loosely(spelled + "".join(_letters(script) for script in taken))
            if name is not None:
                return name, [left for script in scripts for left in _left(script, taken)]
        return self.words.loosely(spelled), scripts

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
        name, left = self._named(spelled, scripts)
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
            found.append(Token("FUNC", (lambda part: Predicted(at, spelled, (name,), part), [], at), at))
            return
        if name is not None:
            left = [script for script in left if not self._is_parameter(script)]
            found.append(Token("ATOM", self.scripted(Name(at, name), left, at), at))
            return
        conditional = bool(scripts) and self._is_indicator([], 0, scripts)
        if (spelled == "𝟙" and (applied or scripts)) or (spelled in ("𝟏", "I") and (conditional or asks)):
            self._indicator(scripts, applied, at, found)
            return
        special = self._special(spelled, scripts, at)
        if special is not None:
            found.append(Token("ATOM", special, at))
            return
        loose, left = self._named_loosely(spelled, scripts)
        if any(script in left and self._is_other_layer(spelled, script) for script in scripts):
            loose = None
        if applied and (loose is None or spelled in "hfgsFGS"):
            found.append(Token("FUNC", (self._function_letter(spelled, scripts, at), scripts, at), at))
            return
        if loose is not None:
            found.append(Token("ATOM", self.scripted(Name(at, loose, loose=True), left, at), at))
            return
        written = spelled + "".join(_letters(script) for script in scripts if _layer(script))
        raise self.fail(self.words.unknown(written.removeprefix("cal:")), at)

    def _sigma(self, at: int) -> Any:
        """σ in a loss that has a softmax and no sigmoid."""
        return lambda part, slope=False: Unnamed(at, "σ", ("softmax", "sigmoid"), part, slope)

    def _is_other_layer(self, spelled: str, script: Piece) -> bool:
        """Whether a number below or above is a layer's, of which the graph has others: W_2 beside W_1."""
        digits = _letters(script)
        stem = canonical(spelled)
        return digits.isdigit() and any(
            name.startswith(stem) and name[len(stem) :].isdigit() for name in self.words.by_spelling
        )

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
        if spelled in ("delta", "I") and two and (spelled == "delta" or len(_letters(scripts[0])) == 2):
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
            size = Size(at, spelled, sizes)
            return self.scripted(size, scripts, at)
        if inner := self._differential(spelled, scripts):
            return self.scripted(Gradient(at, inner[0]), inner[1], at)
        return None

    def _function_letter(self, spelled: str, scripts: list[Piece], at: int) -> Any:
        """s(z), h_θ(x): a function that the claim leaves undefined."""
        model = [name for letter in (spelled, *_PREDICTIONS) if (name := self.words.name(letter))]
        parametrised = any(script.kind == "SUB" for script in scripts)
        if model and (spelled in ("h", "f", "p") or (parametrised and spelled in ("g", "s", "phi", "pi", "F", "H"))):
            return lambda part: Predicted(at, spelled, tuple(dict.fromkeys(model)), part)
        if spelled in ("s", "g", "f", "phi", "psi", "S", "F", "h", "a", "sigma", "varphi"):
            usual = [name for name in self.words.functions if name in _ACTIVATIONS]
            choices = tuple(dict.fromkeys([*usual, "sigmoid"])) if spelled != "f" or usual else ()
            if choices:
                return lambda part, slope=False: Unnamed(at, spelled, choices, part, slope)
        raise self.fail(self.words.unknown(spelled), at)

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
                        name, left = self._named(candidate, scripts)
                        if name is not None:
                            return self.scripted(Gradient(piece.at, name), left, piece.at)
        raise Symbolic("a derivative still to be taken, where its value is claimed", piece.at, self.text)

    # ── scripts ──

    def scripted(self, part: Expression, scripts: Sequence[Piece], at: int) -> Expression:
        """A part with what stands below and above it: indices first, then transposition and powers in their order."""
        if isinstance(part, Applied) and part.function == "norm" and scripts and scripts[0].kind == "SUB":
            part, scripts = self._ordered(part, scripts[0]), scripts[1:]
        subscripts: list[str | int] = []
        sample: str | int | None = None
        rest: list[Callable[[Expression], Expression]] = []
        for script in scripts:
            if script.kind == "SUB":
                found, label = self._subscripts(script)
                subscripts += found
                if label is not None:
                    part, subscripts = self._chosen(part, subscripts, label, script.at), []
            elif script.kind in ("PRIME", "TOP"):
                rest.append(_transposing(script.at))
            else:
                index, above = self._above(script)
                sample = index if index is not None else sample
                rest += above
        if subscripts or sample is not None:
            part = Indexed(at, part, tuple(subscripts), sample)
        for wrap in rest:
            part = wrap(part)
        return part

    def _ordered(self, norm: Applied, script: Piece) -> Expression:
        """‖x‖₁, ‖x‖₂, ‖W‖_F."""
        order = "".join(str(piece.value) for piece in script.value)
        if order not in ("1", "2", "F"):
            raise self.fail("the norms read are those of order 1, 2 and F", script.at)
        return Applied(norm.at, "norm", norm.arguments, (("order", 1 if order == "1" else 2),))

    def _chosen(self, part: Expression, before: list[str | int], label: Expression, at: int) -> Expression:
        """p_{i yᵢ}: the entry at the label, as Σₖ 1[k = yᵢ] pᵢₖ."""
        own = f"label{at}"
        entry = Indexed(at, part, (*before, own))
        hit = Compared(at, "equal", Position(at, own), label)
        return Over(at, "sum", (own,), Product(at, hit, entry))

    def _subscripts(self, script: Piece) -> tuple[list[str | int], Expression | None]:
        """The indices below, and the label that stands last among them: the yᵢ of p_{i yᵢ}."""
        found: list[str | int] = []
        pieces = [piece for piece in script.value if piece.kind not in ("COMMA",)]
        for place, piece in enumerate(pieces):
            if piece.kind == "WORD":
                letters = str(piece.value)
                if place == len(pieces) - 2 and pieces[-1].kind == "SUB" and self.words.name(letters) is not None:
                    return found, self.parse(pieces[place:])
                for letter in letters:
                    if not (letter.isascii() and letter.isalpha()):
                        raise self.fail(f"the subscript {letters!r} is not read", piece.at)
                    found.append(letter)
                    self.indices.add(letter)
            elif piece.kind == "NUMBER" and "." not in piece.value:
                found.append(int(piece.value[:6]))
            elif piece.kind == "COLON" or (piece.kind == "TIMES" and piece.value == "·"):
                found.append("")
            else:
                raise self.fail("this subscript is not read: an index, a number or : is expected", piece.at)
        if not found:
            raise self.fail("an empty subscript", script.at)
        return found, None

    def _above(self, script: Piece) -> tuple[str | int | None, list[Callable[[Expression], Expression]]]:
        """A superscript: the sample it names, and transpositions and powers."""
        pieces = list(script.value)
        sample: str | int | None = None
        wraps: list[Callable[[Expression], Expression]] = []
        at = script.at
        if len(pieces) >= 3 and pieces[0].kind == "LPAR" and pieces[2].kind == "RPAR" and pieces[0].value == "(":
            inner = pieces[1]
            if inner.kind == "WORD" and len(inner.value) == 1 and self.words.name(inner.value) is None:
                sample = str(inner.value)
                self.indices.add(sample)
                pieces = pieces[3:]
            elif inner.kind == "NUMBER" and inner.value.isdigit() and len(pieces) == 3:
                sample = int(inner.value[:6])
                pieces = []
        if len(pieces) == 3 and pieces[0].kind == "LPAR" and pieces[0].value == "[":
            raise self.fail("a layer that no name has", at)
        if len(pieces) == 1 and _is_transposition(pieces[0]):
            return sample, [_transposing(at)]
        if (
            len(pieces) == 1
            and pieces[0].kind == "WORD"
            and pieces[0].value in self.indices & set("ij")
            and sample is None
        ):
            return str(pieces[0].value), []
        if len(pieces) > 1 and _is_transposition(pieces[-1]):
            wraps.append(_transposing(at))
            pieces = pieces[:-1]
        if pieces and all(piece.kind == "PRIME" for piece in pieces):
            wraps += [_transposing(at)] * len(pieces)
            pieces = []
        if pieces:
            if any(piece.kind == "TIMES" for piece in pieces[:1]):
                raise self.fail("a star or circle as an exponent is not read", at)
            exponent = self.parse(pieces)
            wraps.insert(0, _raising(at, exponent))
        return sample, wraps

    def _delta(self, script: Piece, at: int) -> Expression:
        """δᵢⱼ; with a label among its indices, 1[k = yᵢ]."""
        pieces = [piece for piece in script.value if piece.kind not in ("COMMA", "EQ")]
        if any(piece.kind == "SUB" for piece in pieces) and pieces[0].kind == "WORD":
            first, rest = pieces[:1], pieces[1:]
            if len(str(first[0].value)) == 2:
                word = str(first[0].value)
                first = [first[0]._replace(value=word[0])]
                rest = [pieces[0]._replace(value=word[1]), *rest]
            if rest[0].kind == "SUB":
                first, rest = pieces[:2], pieces[2:]
            self.indices.update(
                str(piece.value)
                for piece in (*first, *rest)
                if len(str(piece.value)) == 1 and piece.kind == "WORD" and self.words.name(piece.value) is None
            )
            return Compared(at, "equal", self.parse(first), self.parse(rest))
        indices, _ = self._subscripts(script)
        if len(indices) == 2 and all(isinstance(each, str) and each for each in indices):
            return Delta(at, str(indices[0]), str(indices[1]))
        raise self.fail("δ with two indices is expected", at)

    # ── big operators ──

    def _over(self, piece: Piece, scripts: list[Piece]) -> Callable[[Expression], Expression]:
        """The head of a Σ or Π: a function from its body to the whole."""
        below: list[Piece] = next((script.value for script in scripts if script.kind == "SUB"), [])
        above: list[Piece] = next((script.value for script in scripts if script.kind == "SUP"), [])
        labels: tuple[str, ...] = ()
        unequal = ""
        limits: tuple[Expression, ...] = ()
        kinds = [each.kind for each in below]
        if "EQ" in kinds:
            split = kinds.index("EQ")
            labels = self._labels(below[:split], piece.at)
            low = self.parse(below[split + 1 :])
            if above:
                limits = (low, self.parse(above))
        elif "RELATION" in kinds:
            split = kinds.index("RELATION")
            labels = self._labels(below[:split], piece.at)
            others = self._labels(below[split + 1 :], piece.at)
            if below[split].value != "not_equal" or len(labels) != 1 or len(others) != 1:
                raise self.fail("this condition under a Σ is not read", piece.at)
            unequal = others[0]
        elif "IN" in kinds:
            split = kinds.index("IN")
            self._whole_set(below[split + 1 :], piece.at)
            names = [str(each.value) for each in below[:split] if each.kind == "WORD"]
            if all(len(name) == 1 and self.words.name(name) is None and name in INDICES for name in names):
                labels = self._labels(below[:split], piece.at)
        elif below:
            labels = self._labels(below, piece.at)
            if above:
                limits = (Number(piece.at, 1.0), self.parse(above))
        kind, at = str(piece.value), piece.at
        return lambda body: Over(at, kind, labels, body, limits, unequal)

    def _labels(self, pieces: Sequence[Piece], at: int) -> tuple[str, ...]:
        letters = [letter for piece in pieces if piece.kind == "WORD" for letter in str(piece.value)]
        if not letters or any(piece.kind not in ("WORD", "COMMA") for piece in pieces):
            raise self.fail("what stands under this Σ is not read", pieces[0].at if pieces else at)
        self.indices.update(letters)
        return tuple(letters)

    def _whole_set(self, pieces: Sequence[Piece], at: int) -> None:
        """A set under a Σ is all the samples, or it is not read."""
        names = [str(piece.value) for piece in pieces if piece.kind == "WORD"]
        enumerated = any(piece.kind == "DOTS" for piece in pieces) or (
            len(pieces) == 3 and pieces[0].kind == "LPAR" and pieces[2].kind == "RPAR"
        )
        if not (enumerated or (len(pieces) == 1 and names and names[0] in _SETS)):
            raise self.fail("a Σ over this set is not read", pieces[0].at if pieces else at)

    def application(self, head: tuple[Any, list[Piece], int], arguments: Sequence[Expression]) -> Expression:
        """A function with its scripts, applied: f′(x), f²(x), log₂ x, softmax(z)ᵢ."""
        function, scripts, at = head
        wraps: list[Callable[[Expression], Expression]] = []
        slope = 0
        below: list[Piece] = []
        for script in scripts:
            if script.kind == "PRIME" or (script.kind == "SUP" and all(each.kind == "PRIME" for each in script.value)):
                slope += 1 if script.kind == "PRIME" else len(script.value)
            elif script.kind == "SUP":
                digits = [each for each in script.value if each.kind == "NUMBER"]
                if len(digits) != len(script.value):
                    if function == "norm":
                        continue
                    raise self.fail("this exponent on a function is not read", script.at)
                wraps.append(_raising(at, Number(at, float(digits[0].value))))
            else:
                below.append(script)
        result = self._called(function, arguments, slope, below, at)
        for wrap in wraps:
            result = wrap(result)
        return result

    def _called(
        self, function: Any, arguments: Sequence[Expression], slope: int, below: list[Piece], at: int
    ) -> Expression:
        if callable(function):
            if len(arguments) != 1:
                raise self.fail("a function of one argument is expected", at)
            applied = function(arguments[0], True) if slope else function(arguments[0])
            if isinstance(applied, Unnamed):
                for script in below if applied.spelled in ("σ", "S", "s") else ():
                    applied = self.scripted(applied, [script], at)
            found: Expression = applied
            return found
        if slope > 1:
            raise self.fail("second derivatives of a function are not read", at)
        if slope:
            if len(arguments) != 1:
                raise self.fail("a function of one argument is expected", at)
            return Slope(at, function, arguments[0])
        if function == "log" and below:
            base = below[0].value
            if len(base) == 1 and base[0].kind == "NUMBER" and base[0].value in ("2", "10"):
                return Applied(at, f"log{base[0].value}", tuple(arguments))
            if not (len(base) == 1 and base[0].value == "e"):
                raise self.fail("a logarithm to this base is not read", below[0].at)
            below = []
        if function in ("sum", "max", "min", "mean") and below:
            raise self.fail(f"{function} with a subscript is not read; write Σ with its index", below[0].at)
        result: Expression = Applied(at, function, tuple(arguments))
        for script in below:
            indices, label = self._subscripts(script)
            if label is not None:
                raise self.fail("this subscript is not read", script.at)
            result = Indexed(script.at, result, tuple(indices))
        return result


def _transposing(at: int) -> Callable[[Expression], Expression]:
    return lambda inner: Transposed(at, inner)


def _raising(at: int, exponent: Expression) -> Callable[[Expression], Expression]:
    return lambda inner: _power(at, inner, exponent)


def _power(at: int, inner: Expression, exponent: Expression) -> Expression:
    if isinstance(inner, Number) and inner.number == CONSTANTS["e"]:
        return Applied(at, "exp", (exponent,))
    return Power(at, inner, exponent)


def _scripts(pieces: Sequence[Piece], place: int) -> list[Piece]:
    """The scripts that stand from `place` on."""
    found = []
    while place < len(pieces) and pieces[place].kind in ("SUB", "SUP", "PRIME", "TOP"):
        found.append(pieces[place])
        place += 1
    return found


def _is_transposition(piece: Piece) -> bool:
    return piece.kind == "TOP" or (piece.kind == "WORD" and piece.value in ("T", "t", "tr", "top"))


def _is_index(script: Piece) -> bool:
    """Whether a script can only be an index: a subscript, or a sample's (i)."""
    return script.kind == "SUB" or (script.kind == "SUP" and bool(script.value) and script.value[0].kind == "LPAR")


def _core(script: Piece) -> list[Piece]:
    """A superscript without the transposition at its end."""
    pieces = list(script.value) if script.kind in ("SUB", "SUP") else []
    return pieces[:-1] if len(pieces) > 1 and _is_transposition(pieces[-1]) else pieces


def _layer(script: Piece) -> bool:
    """Whether a script may be part of a name: a number, a word, a layer in parentheses or brackets."""
    pieces = _core(script)
    if not pieces or any(piece.kind not in ("WORD", "NUMBER", "LPAR", "RPAR", "COMMA") for piece in pieces):
        return False
    return any(piece.kind in ("WORD", "NUMBER") for piece in pieces) and not (
        script.kind == "SUP" and len(pieces) == 1 and _is_transposition(pieces[0])
    )


def _layers(scripts: list[Piece], count: int) -> list[list[Piece]]:
    able = [script for script in scripts if _layer(script)]
    if count == 1:
        return [[script] for script in able]
    return [able[:2]] if len(able) >= 2 else []


def _letters(script: Piece) -> str:
    return canonical("".join(str(piece.value) for piece in _core(script) if piece.kind in ("WORD", "NUMBER")))


def _left(script: Piece, taken: list[Piece]) -> list[Piece]:
    """What remains of a script after its layer went into a name: the ⊤ of W^{(2)⊤}, if anything."""
    if not any(script is each for each in taken):
        return [script]
    return [script._replace(value=script.value[-1:])] if len(_core(script)) < len(script.value) else []


_GREEK_WORDS = set(GREEK.values())
