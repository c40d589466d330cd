"""From pieces of text to the tokens of the grammar: names found, words taken apart, scripts understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..errors import UntakenDerivativeError
from .alternatives import gradient_or_mean, numbered, ones_or_number, size, summed, width
from .blocks import Block, Stacked, block_or_product, columns
from .cases import Cases
from .definitions import Collected
from .derivatives import Taken, chained
from .differentials import UNTAKEN
from .dots import Dots
from .guesses import barred_name, gradient_named, meaning
from .lookahead import (
    GREEK_WORDS,
    closing_of,
    is_computed,
    is_data,
    is_index,
    is_parameter,
    scripts_at,
    speaks_again,
    takes,
)
from .models import Models
from .pieces import Piece, in_parentheses, joining
from .scripts import INDICES
from .spelling import Spelling, is_layer, is_transposed, letters_of
from .sums import renamed
from .tree import Expression, Eye, Gradient, Indexed, Name, Number, Ones, Position, UnitVector
from .variable import SCRIPTS, labels_of, without_d
from .words import CONSTANTS, OWN, Vocabulary, canonical, function_named, slope_named


@dataclass
class Token:
    """A token of the grammar: its kind, and what it stands for."""

    kind: str
    value: Any
    at: int


@dataclass
class _Line:
    """Pieces on their way to tokens. place: of the next piece; brackets, bars: those open so far, innermost last."""

    pieces: Sequence[Piece]
    place: int = 0
    found: list[Token] = field(default_factory=list)
    brackets: list[Piece] = field(default_factory=list)
    bars: list[tuple[str, int]] = field(default_factory=list)

    def next(self) -> Piece | None:
        """The piece that comes next, which stays there."""
        return self.pieces[self.place] if self.place < len(self.pieces) else None

    def scripts(self) -> list[Piece]:
        """The scripts that come next, taken."""
        scripts = scripts_at(self.pieces, self.place)
        self.place += len(scripts)
        return scripts

    def add(self, kind: str, value: Any, at: int) -> None:
        """One token more."""
        self.found.append(Token(kind, value, at))


@dataclass(frozen=True)
class _Symbol:
    """One symbol of a text. after: the piece behind it and its scripts.

    asks: whether parentheses with a condition in them follow, as in 1[y = k]; data: parentheses with a sample alone;
    again: parentheses that speak of the symbol again, as in p(1 − p).
    """

    spelled: str
    at: int
    scripts: list[Piece] = field(default_factory=list)
    after: Piece | None = None
    asks: bool = False
    data: bool = False
    again: bool = False

    @property
    def applied(self) -> bool:
        """Whether parentheses follow."""
        return self.after is not None and self.after.kind == "LPAR"

    def has_subscript(self) -> bool:
        """Whether something stands below it."""
        return any(script.kind == "SUB" for script in self.scripts)


class Symbols(Models):
    """Turns one part of a claim into tokens."""

    def tokens(self, pieces: Sequence[Piece]) -> list[Token]:
        """The tokens of the pieces that `lexer` cut."""
        line = _Line(pieces)
        while line.place < len(pieces):
            piece = pieces[line.place]
            line.place += 1
            _TAKERS.get(piece.kind, Symbols._refuse)(self, piece, line)
        if line.brackets:
            raise self.fail("this parenthesis is never closed", line.brackets[-1].at)
        if line.bars:
            raise self.fail("this bar is never closed", line.bars[-1][1])
        return line.found

    def _take_word(self, piece: Piece, line: _Line) -> None:
        """A run of letters with its scripts, and the number or word behind it that belongs to its name."""
        after = line.next()
        if after is not None and after.kind in ("WORD", "NUMBER") and self._is_defined(f"{piece.value}{after.value}"):
            piece, line.place = piece._replace(value=f"{piece.value}{after.value}"), line.place + 1
        elif after is not None and (joined := self.spelling.joined(piece, after)) is not None:
            piece, line.place = joined, line.place + 1
        scripts = line.scripts()
        data = is_data(line.pieces, line.place)
        asks = not data and self._is_indicator(line.pieces, line.place, [])
        letters = str(piece.value)
        again = speaks_again(line.pieces, line.place, letters)
        self._word(_Symbol(letters, piece.at, scripts, line.next(), asks, data, again), line)

    def _take_number(self, piece: Piece, line: _Line) -> None:
        scripts = scripts_at(line.pieces, line.place)
        if piece.value == "1" and self._is_indicator(line.pieces, line.place, scripts):
            line.place += len(scripts)
            line.found.append(self._indicator(scripts, not scripts, piece.at))
            return
        if piece.value == "1" and (ones := self._bare_ones(piece, scripts, line)) is not None:
            line.place += len(scripts)
            line.add("ATOM", ones, piece.at)
            return
        if len(piece.value) > 300 or float(piece.value) > 1e300:
            raise self.fail("a number too large to compute with", piece.at)
        line.add("ATOM", Number(piece.at, float(piece.value)), piece.at)

    def _bare_ones(self, piece: Piece, scripts: list[Piece], line: _Line) -> Expression | None:
        """A bare 1 that can be a vector of ones: 1ᵀ, 1_N, and the last factor of (S − Y)ᵀ 1."""
        below = [script for script in scripts if script.kind == "SUB"]
        if scripts and all(is_transposed(script) for script in scripts if script not in below):
            if len(below) == 1 and not self._is_length(below[0]):
                return None
            return self.scripted(Ones(piece.at), [script for script in scripts if script not in below], piece.at)
        after = line.next()
        behind = bool(line.found) and line.found[-1].kind in ("ATOM", "RPAR", "RBRACE", "SCRIPT")
        if scripts or not behind or (after is not None and after.kind in ("LPAR", "WORD", "DOT")):
            return None
        return ones_or_number(piece.at)

    def _is_length(self, script: Piece) -> bool:
        """Whether what stands below a vector of ones is its length."""
        [*pieces] = script.value
        number = len(pieces) == 1 and pieces[0].kind == "NUMBER"
        return number or bool(self.words.sizes(letters_of(script)))

    def _take_cases(self, piece: Piece, line: _Line) -> None:
        line.add("ATOM", Cases(self).read(piece.value, piece.at), piece.at)

    def _take_big(self, piece: Piece, line: _Line) -> None:
        line.add("BIG", self._over(piece, line.scripts()), piece.at)

    def _take_script(self, piece: Piece, line: _Line) -> None:
        """A script behind something that is no word."""
        if not line.found or line.found[-1].kind not in ("RPAR", "RBRACE", "RBAR", "RANGLE", "SCRIPT", "ATOM"):
            raise self.fail("nothing stands before this script", piece.at)
        line.add("SCRIPT", piece, piece.at)

    def _take_opening(self, piece: Piece, line: _Line) -> None:
        if piece.value == "[" and not (line.found and line.found[-1].kind in ("FUNC", "INDICATOR")):
            if is_computed(line.pieces, line.place, self.text, self.indices):
                raise self.fail("a subscript that is computed is not read", piece.at)
            parts = columns(line.pieces, line.place)
            if parts:
                self._take_block(piece, parts, line)
                return
        line.brackets.append(piece)
        line.add("LANGLE" if piece.value == "⟨" else "LPAR", piece.value, piece.at)

    def _take_block(self, piece: Piece, parts: list[list[Piece]], line: _Line) -> None:
        """[1 H]: what stands in a bracket without signs between, up to its end."""
        end = closing_of(line.pieces, line.place)
        inside = line.pieces[line.place : end]
        part: Expression = Block(piece.at, tuple(self.parse(each) for each in parts))
        if all(each.kind not in ("COMMA", "QUAD") for each in inside):
            part = block_or_product(piece.at, part, self.parse(inside))
        line.place = end + 1
        line.add("ATOM", self.scripted(part, line.scripts(), piece.at), piece.at)

    def _take_closing(self, piece: Piece, line: _Line) -> None:
        pair = (line.brackets.pop().value if line.brackets else "") + str(piece.value)
        if pair not in ("()", "[]", "{}", "⟨⟩"):
            raise self.fail("this parenthesis closes none", piece.at)
        line.add("RANGLE" if pair == "⟨⟩" else "RPAR", piece.value, piece.at)

    def _take_bar(self, piece: Piece, line: _Line) -> None:
        """A bar opens where nothing stands before it, or closes the bar that is open."""
        ends = bool(line.found) and line.found[-1].kind in ("ATOM", "RPAR", "RBRACE", "SCRIPT", "RBAR")
        if piece.value == "||":
            if ends and line.bars and line.bars[-1][0] == "1":  # |a||b|
                self._take_bar(piece._replace(value="1"), line)
                self._take_bar(piece._replace(value="1", at=piece.at + 1), line)
                return
            piece = piece._replace(value="2")
        if piece.kind == "RBAR" or (piece.kind == "BAR" and line.bars and ends):
            if not line.bars or line.bars.pop()[0] != piece.value:
                raise self.fail("this bar closes none", piece.at)
            line.add("RBAR", piece.value, piece.at)
        else:
            line.bars.append((piece.value, piece.at))
            line.add("LBAR", piece.value, piece.at)

    def _take_equals(self, piece: Piece, line: _Line) -> None:
        line.add("RELATION", "equal", piece.at)

    def _take_derivative(self, piece: Piece, line: _Line) -> None:
        """∂L/∂a, ∂p/∂z, or the ∂/∂w before what it is taken of."""
        above, below = piece.value
        if not without_d(above):
            by, labels = self.variable(below, piece.at)
            line.add("TAKEN", lambda body: self.taken(piece.at, by, labels, body), piece.at)
            return
        part = self.derivative(piece)
        signed = bool(line.found) and line.found[-1].kind == "TIMES"
        before = line.found[-1 - signed] if len(line.found) > signed else None
        if isinstance(part, Taken) and isinstance(part.body, Name) and before is not None and before.kind == "ATOM":
            whole = chained(before.value, part, part.body.name)
            if whole is not None:
                del line.found[-1 - signed :]
                part = whole
        line.add("ATOM", self.fitting(part), piece.at)

    def _take_dots(self, piece: Piece, line: _Line) -> None:
        line.add("ATOM", Dots(piece.at), piece.at)

    def _take_prose(self, piece: Piece, line: _Line) -> None:
        """The word between two conditions."""
        kind = joining(piece)
        if kind is None or not line.brackets:
            self._refuse(piece, line)
        else:
            line.add(kind, piece.value, piece.at)

    def _take_operator(self, piece: Piece, line: _Line) -> None:
        raise UntakenDerivativeError(UNTAKEN, piece.at, self.text)

    def _take_sign(self, piece: Piece, line: _Line) -> None:
        line.add(piece.kind, (piece.value, piece.loose), piece.at)

    def _take_brace(self, piece: Piece, line: _Line) -> None:
        line.add(piece.kind, piece.value, piece.at)

    def _refuse(self, piece: Piece, line: _Line) -> None:
        raise self.fail(f"{piece.value or piece.kind.lower()!r} is not read here", piece.at)

    def _is_indicator(self, pieces: Sequence[Piece], place: int, scripts: list[Piece]) -> bool:
        """Whether a 1 has a condition behind or below it."""
        if scripts:
            return scripts[0].kind == "SUB" and any(each.kind in ("RELATION", "EQ") for each in scripts[0].value)
        depth = 0
        for piece in pieces[place:]:
            depth += (piece.kind == "LPAR") - (piece.kind == "RPAR")
            if depth <= 0:
                return False
            if depth == 1 and (piece.kind in ("RELATION", "EQ") or joining(piece)):
                return True
        return False

    def _word(self, word: _Symbol, line: _Line) -> None:
        """Tokens for a run of letters with its scripts."""
        whole = self._whole(word.spelled, word.scripts, word.after)
        if not word.scripts and (indexed := self._indexed(word.spelled)) is not None:
            stem, index = indexed
            self.indices.add(index)
            place = word.at + len(word.spelled) - 1
            below = Piece("SUB", [Piece("WORD", index, place)], place)
            return self._word(replace(word, spelled=stem, scripts=[below]), line)
        *first, last = [word.spelled] if whole else self._apart(word.spelled, word.scripts, word.at)
        place = word.at
        for letters in first:
            line.found.append(self._symbol(_Symbol(letters, place)))
            place += len(letters)
        line.found.append(self._symbol(replace(word, spelled=last, at=place)))

    def _whole(self, spelled: str, scripts: list[Piece], after: Piece | None) -> bool:
        """Whether a run of letters is one symbol."""
        if self._is_defined(spelled):
            return True
        if len(spelled) == 1 or ":" in spelled or self.spelling.named(spelled, scripts)[0] is not None:
            return True
        if spelled in (self.words.own, *CONSTANTS) or function_named(spelled) or slope_named(spelled):
            return True
        if spelled in GREEK_WORDS or spelled[0] in "𝟏𝟙":
            return True
        if self.spelling.differential(spelled, scripts) is not None or self._hatted(spelled):
            return True
        return spelled in _SUMS or meaning(spelled, 0, self.words) is not None

    def _indexed(self, spelled: str) -> tuple[str, str] | None:
        """A name and the index behind it, typed without a sign between: yi, and the xi of mxi. None if it is none."""
        stem, index = spelled[:-1], spelled[-1:]
        if "\\" in self.text or not stem or index not in "ij" or self._means_something(spelled):
            return None
        names = any(self.words.name(stem[start:]) is not None for start in range(len(stem)))
        return (stem, index) if names and self.words.name(index) is None else None

    def _means_something(self, spelled: str) -> bool:
        """Whether a word is a name, a function, a size or defined."""
        return (
            self._is_defined(spelled)
            or self.words.name(spelled) is not None
            or function_named(spelled) is not None
            or self.spelling.differential(spelled, []) is not None
        )

    def _hatted(self, spelled: str) -> bool:
        return any(spelled.endswith(mark) and len(spelled) <= len(mark) + 1 for mark in ("hat", "bar", "tilde"))

    def _apart(self, spelled: str, scripts: list[Piece], at: int) -> list[str]:
        """A run of letters as the fewest symbols that are known: `Xw` is X and w, `logp` is log and p.

        The scripts behind it may be part of its last name: `AW₂` is A and W₂.
        """
        best: list[list[str] | None] = [[]]
        for end in range(1, len(spelled) + 1):
            found: list[str] | None = None
            for start in range(max(0, end - 20), end):
                so_far, part = best[start], spelled[start:end]
                known = self._known(part) or (
                    end == len(spelled) and bool(scripts) and self.spelling.named(part, scripts)[0] is not None
                )
                if so_far is not None and known and (found is None or len(so_far) + 1 < len(found)):
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

    def _symbol(self, symbol: _Symbol) -> Token:
        """The token of one symbol: the first meaning that it has."""
        meanings = (
            self._as_defined, self._as_reduction, self._as_function, self._as_name, self._as_indicator,
            self._as_special, self._as_factor, self._as_letter, self._as_guess,
        )  # fmt: skip
        for as_meaning in meanings:
            token = as_meaning(symbol)
            if token is not None:
                return token
        layers = [letters_of(script) for script in symbol.scripts if is_layer(script)]
        written = symbol.spelled + "".join(layers)
        raise self.fail(self.words.unknown(written.removeprefix("cal:")), symbol.at)

    def _as_defined(self, symbol: _Symbol) -> Token | None:
        """A symbol that the text defines."""
        if not self.words.definitions:
            return None
        defined = self._defined(symbol.spelled, symbol.scripts, symbol.at)
        return None if defined is None else Token("ATOM", defined, symbol.at)

    def _as_reduction(self, symbol: _Symbol) -> Token | None:
        """max or sum with an index below it, which works like Σ."""
        function = self._function_of(symbol)
        if function not in ("max", "min", "sum", "prod", "mean") or not symbol.has_subscript():
            return None
        if self.spelling.named(symbol.spelled, symbol.scripts)[0] is not None:
            return None
        return Token("BIG", self._over(Piece("BIG", function, symbol.at), symbol.scripts), symbol.at)

    def _as_function(self, symbol: _Symbol) -> Token | None:
        """A function of the engine; σ only where it is applied to something."""
        if symbol.spelled in _SUMS:
            return Token("FUNC", (partial(summed, symbol.at, symbol.spelled), symbol.scripts, symbol.at), symbol.at)
        function, sigma = self._function_of(symbol), symbol.spelled == "sigma"
        slope = self._as_slope(symbol) if symbol.applied else None
        if slope is not None:
            return slope
        if function is None or len(symbol.spelled) == 1:
            return None
        named = self.spelling.named(symbol.spelled, symbol.scripts)[0] is not None
        if (named and not (symbol.applied and sigma)) or (sigma and not symbol.applied and not takes(symbol.after)):
            return None
        usual = [name for name in self.words.functions if name in ("softmax", "sigmoid")]
        meant: Any = self.sigma(symbol.at) if sigma and usual == ["softmax"] else function
        return Token("FUNC", (meant, symbol.scripts, symbol.at), symbol.at)

    def _as_slope(self, symbol: _Symbol) -> Token | None:
        """sigmoid_prime or dtanh: the derivative of a function. A suffix that nobody knows is no row of subscripts."""
        below = next((script for script in symbol.scripts if script.kind == "SUB" and len(script.value) == 1), None)
        suffix = str(below.value[0].value) if below is not None and below.value[0].kind == "WORD" else ""
        others = [script for script in symbol.scripts if script is not below]
        if len(suffix) < 2 or self.spelling.named(symbol.spelled, symbol.scripts)[0] is not None:
            slope, others = slope_named(symbol.spelled), symbol.scripts
            if slope is None or function_named(symbol.spelled) or self.words.name(symbol.spelled) is not None:
                return None
        else:
            spelled = f"{symbol.spelled}_{suffix}"
            slope = slope_named(spelled)
            if slope is None and self._function_of(symbol) and not set(suffix) <= set(INDICES):
                raise self.fail(f"unknown function {spelled!r}", symbol.at)
        if slope is None:
            return None
        return Token("FUNC", (slope, [*others, Piece("PRIME", "'", symbol.at)], symbol.at), symbol.at)

    def _function_of(self, symbol: _Symbol) -> str | None:
        return function_named(symbol.spelled) if ":" not in symbol.spelled else None

    def _as_name(self, symbol: _Symbol) -> Token | None:
        """A name of the graph, which may be written as the model that gives it: a(x)."""
        name, left = self.spelling.named(symbol.spelled, symbol.scripts)
        if (family := self._of_family(symbol, left)) is not None:
            entry = None if name is None else self.scripted(Name(symbol.at, name), left, symbol.at)
            return Token("ATOM", numbered(symbol.at, symbol.spelled, family, entry), symbol.at)
        if name is None:
            return None
        depends = name not in self.words.leaves and not any(map(is_transposed, left))
        if symbol.applied and depends and (symbol.data or any(map(is_parameter, left))):
            return Token("FUNC", (self.model(symbol.spelled, [name], symbol.at), [], symbol.at), symbol.at)
        left = [script for script in left if not is_parameter(script)]
        return Token("ATOM", self.scripted(Name(symbol.at, name), left, symbol.at), symbol.at)

    def _of_family(self, symbol: _Symbol, left: list[Piece]) -> Expression | None:
        """The u_k of u₁ … u_K, which are names of their own."""
        below = next((script for script in left if script.kind == "SUB"), None)
        names = self.words.family(symbol.spelled) if below is not None and len(below.value) == 1 else ()
        if not names or below is None or below.value[0].kind != "WORD" or below.value[0].value not in INDICES:
            return None
        stacked = Stacked(symbol.at, tuple(Name(symbol.at, name) for name in names))
        return self.scripted(stacked, left, symbol.at)

    def _as_indicator(self, symbol: _Symbol) -> Token | None:
        """1[y = k], with the condition in parentheses or below it."""
        conditional = bool(symbol.scripts) and self._is_indicator([], 0, symbol.scripts)
        lengths = all(script.kind != "SUB" or self._is_length(script) for script in symbol.scripts)
        double = symbol.spelled == "𝟙" and symbol.has_subscript() and not lengths
        if not double and not (symbol.spelled in ("𝟏", "𝟙", "I") and (conditional or symbol.asks)):
            return None
        return self._indicator(symbol.scripts, symbol.applied, symbol.at)

    def _as_guess(self, symbol: _Symbol) -> Token | None:
        """grad_Z₂, Z̄₂, ŷ: a gradient by another name, a mean, a prediction."""
        below = [script for script in symbol.scripts if script.kind == "SUB"]
        pieces = [Piece("WORD", symbol.spelled, symbol.at), *below[:1]]
        gradient = gradient_named(pieces, self.words) if below and len(symbol.spelled) > 1 else None
        if gradient is not None:
            rest = [script for script in symbol.scripts if script is not below[0]]
            return Token("ATOM", self.scripted(Gradient(symbol.at, gradient), rest, symbol.at), symbol.at)
        for layer in filter(is_layer, symbol.scripts):
            if (name := barred_name(symbol.spelled + letters_of(layer), self.words)) is not None:
                rest = [script for script in symbol.scripts if script is not layer]
                part = gradient_or_mean(symbol.at, symbol.spelled, name, self.words)
                return Token("ATOM", self.scripted(part, rest, symbol.at), symbol.at)
        found = None if symbol.applied else meaning(symbol.spelled, symbol.at, self.words)
        return None if found is None else Token("ATOM", self.scripted(found, symbol.scripts, symbol.at), symbol.at)

    def _as_special(self, symbol: _Symbol) -> Token | None:
        """A letter with a meaning of its own."""
        special = self._special(symbol.spelled, symbol.scripts, symbol.at)
        return None if special is None else Token("ATOM", special, symbol.at)

    def _as_factor(self, symbol: _Symbol) -> Token | None:
        """A prediction before parentheses that speak of it again, or with an index: ŷ(1 − ŷ), pᵢ(δᵢⱼ − pⱼ)."""
        indexed = labels_of([script for script in symbol.scripts if script.kind in SCRIPTS])
        if not symbol.applied or not (symbol.again or indexed):
            return None
        found = meaning(symbol.spelled, symbol.at, self.words)
        return None if found is None else Token("ATOM", self.scripted(found, symbol.scripts, symbol.at), symbol.at)

    def _as_letter(self, symbol: _Symbol) -> Token | None:
        """A name in its other case, or a letter for a function that the claim does not define."""
        name, left = self.spelling.named_loosely(symbol.spelled, symbol.scripts)
        if any(script in left and self.spelling.is_other_layer(symbol.spelled, script) for script in symbol.scripts):
            name = None
        if symbol.applied and symbol.spelled == self.words.own:
            return Token("FUNC", (self._own(symbol), symbol.scripts, symbol.at), symbol.at)
        if symbol.applied and (name is None or symbol.spelled in "hfgsFGS"):
            function = self.function_letter(symbol.spelled, symbol.scripts, symbol.at)
            return Token("FUNC", (function, symbol.scripts, symbol.at), symbol.at)
        if name is None:
            return None
        return Token("ATOM", self.scripted(Name(symbol.at, name, loose=True), left, symbol.at), symbol.at)

    def _is_defined(self, spelled: str) -> bool:
        """Whether the text itself says what a symbol is."""
        return bool(self.words.definitions) and canonical(spelled) in self.words.definitions

    def _defined(self, spelled: str, scripts: list[Piece], at: int) -> Expression | None:
        """The meaning that the text gives to a symbol with its scripts."""
        key, left = Spelling(Vocabulary(dict.fromkeys(self.words.definitions, ()))).named(spelled, scripts)
        name = self.spelling.named(spelled, scripts)[0]
        if key is None or name in self.derived_by or _is_longer(name, key):  # z₁ where z is defined
            return None
        definition = self.words.definitions[key]
        tree: Expression = definition.tree
        if definition.labels:
            below = [label for script in left if script.kind == "SUB" for label in self._subscripts(script)]
            if len(below) == len(definition.labels) and all(isinstance(label, str) and label for label in below):
                given = dict(zip(definition.labels, map(str, below), strict=True))
                tree, left = renamed(tree, given), [script for script in left if script.kind != "SUB"]
            else:
                tree = Collected(at, tree, definition.labels)
        return self.scripted(tree, left, at)

    def _own(self, symbol: _Symbol) -> Any:
        """f(x), where f′(x) is claimed: a function from its argument to what the loss sums up."""

        def applied(part: Expression, slope: bool = False) -> Expression:
            base = part.part if isinstance(part, Indexed) else part
            if slope or not isinstance(base, Name) or base.name != self.words.own_argument:
                return self.function_letter(symbol.spelled, symbol.scripts, symbol.at)(part, slope)  # type: ignore[no-any-return]
            values = Name(symbol.at, OWN)
            return replace(part, part=values) if isinstance(part, Indexed) else values

        return applied

    def _special(self, spelled: str, scripts: list[Piece], at: int) -> Expression | None:
        """Letters with a meaning of their own: δᵢⱼ, e, π, 1, I, an index, a size."""
        two = len(scripts) == 1 and scripts[0].kind == "SUB"
        if spelled in ("delta", "I") and two and (spelled == "delta" or len(letters_of(scripts[0])) == 2):
            return self._delta(scripts[0], at)
        if spelled in CONSTANTS and not any(script.kind == "SUB" for script in scripts):
            return self.scripted(Number(at, CONSTANTS[spelled]), scripts, at)
        if spelled == "e" and two and isinstance(label := self._subscripts(scripts[0])[0], Expression):
            return UnitVector(at, label)
        if spelled in ("𝟏", "𝟙"):
            if not all(script.kind != "SUB" or self._is_length(script) for script in scripts):
                raise self.fail("a vector of ones whose subscript is no length", at)
            rest = [script for script in scripts if script.kind != "SUB"]
            return self.scripted(Ones(at), rest, at)
        if spelled == "I" and not any(script.kind == "SUP" for script in scripts):
            return Eye(at)
        if spelled in self.indices and not scripts:
            return Position(at, spelled)
        if spelled in ("d", "D") and scripts and (width := self._width(spelled, scripts[0], at)):
            return self.scripted(width, scripts[1:], at)
        sizes = self.words.sizes(spelled)
        if sizes and not any(map(is_index, scripts)):
            return self.scripted(size(at, spelled, sizes), scripts, at)
        if inner := self.spelling.differential(spelled, scripts):
            return self.scripted(Gradient(at, inner[0]), inner[1], at)
        return None

    def _width(self, letter: str, script: Piece, at: int) -> Expression | None:
        """d_k: how long the rows of K are; d_{model}: one of the sizes."""
        if script.kind != "SUB" or any(piece.kind not in ("WORD", "NUMBER") for piece in script.value):
            return None
        return width(at, letter, letters_of(script), self.words)

    def _indicator(self, scripts: list[Piece], applied: bool, at: int) -> Token:
        """1[y = k], or with the condition as its subscript."""
        if applied:
            return Token("INDICATOR", None, at)
        condition = next(script for script in scripts if script.kind == "SUB")
        pieces = list(condition.value)
        if not any(piece.kind in ("EQ", "RELATION") for piece in pieces):
            raise self.fail("1 with a subscript that is no condition", at)
        return Token("ATOM", self.parse(in_parentheses(pieces)), at)


def _is_longer(name: str | None, key: str) -> bool:
    return name is not None and canonical(name) != key and canonical(name).startswith(key)


_SUMS = ("rowsum", "colsum", "rowSums", "colSums")
_TAKERS: dict[str, Callable[[Symbols, Piece, _Line], None]] = {
    "WORD": Symbols._take_word,
    "NUMBER": Symbols._take_number,
    "BIG": Symbols._take_big,
    "LPAR": Symbols._take_opening,
    "RPAR": Symbols._take_closing,
    "EQ": Symbols._take_equals,
    "DERIVATIVE": Symbols._take_derivative,
    "CASES": Symbols._take_cases,
    "DOTS": Symbols._take_dots,
    "PROSE": Symbols._take_prose,
    "OR": Symbols._take_brace,
    **dict.fromkeys(("SUB", "SUP", "PRIME", "TOP"), Symbols._take_script),
    **dict.fromkeys(("BAR", "LBAR", "RBAR"), Symbols._take_bar),
    **dict.fromkeys(("PARTIAL", "NABLA"), Symbols._take_operator),
    **dict.fromkeys(("LBRACE", "RBRACE"), Symbols._take_brace),
    **dict.fromkeys(
        ("PLUS", "MINUS", "TIMES", "SLASH", "FRAC", "SQRT", "ROOT", "OVER", "COMMA", "RELATION"), Symbols._take_sign
    ),
}
