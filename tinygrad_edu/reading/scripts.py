"""What stands below and above a symbol: indices, samples, layers, powers, transpositions; the heads of sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from ..engine.rules import TABLE
from ..errors import UnreadableError
from .alternatives import Alternatives, sample_or_power, size
from .pieces import Piece, in_parentheses, parted
from .spelling import Spelling, is_transposition
from .sums import Chosen, Over, free_indices, placed
from .tree import (
    Applied,
    Compared,
    Delta,
    Expression,
    Indexed,
    Name,
    Number,
    Position,
    Power,
    Product,
    Shifted,
    Slope,
    Transposed,
    all_hold,
)
from .words import CONSTANTS, Vocabulary

Index = str | int | Expression  # a letter, a number, a label; "" is a whole axis
INDICES = "ijklnmctrst"
_SETS = {"D", "S", "B", "cal:D", "cal:S", "cal:B", "cal:T", "data", "batch", "cal:X", "cal:M"}


class Scripts:
    """Understands scripts. `parse` reads pieces as an expression of their own (an exponent)."""

    def __init__(self, text: str, words: Vocabulary, parse: Callable[[Sequence[Piece]], Expression]) -> None:
        self.text, self.words, self.parse = text, words, parse
        self.spelling = Spelling(words)
        self.indices: set[str] = set()  # letters that stand somewhere as an index
        self.derived_by: set[str] = set()  # names that a derivative is taken by: what the text says they are, it is not

    def fail(self, message: str, at: int) -> UnreadableError:
        """The error to raise at a place."""
        return UnreadableError(message, at, self.text)

    def scripted(self, part: Expression, scripts: Sequence[Piece], at: int) -> Expression:
        """A part with what stands below and above it: indices first, then transposition and powers in their order."""
        if isinstance(part, Applied) and part.function == "norm" and scripts and scripts[0].kind == "SUB":
            part, scripts = self._ordered(part, scripts[0]), scripts[1:]
        scripts = self._sample_below(scripts)
        subscripts: list[str | int] = []
        sample: str | int | None = None
        doubtful = ""
        rest: list[Callable[[Expression], Expression]] = []
        for script in scripts:
            if script.kind == "SUB":
                script, steps = _unshifted(script)
                part = Shifted(script.at, part, steps) if any(steps) else part
                found, labels = _own_letters(self._subscripts(script), script.at)
                subscripts += found
                if labels:
                    part, subscripts = Indexed(script.at, part, tuple(subscripts)), []
                    for letter, label in labels.items():
                        part = Chosen.at_label(part, letter, label)
            elif script.kind in ("PRIME", "TOP"):
                rest.append(_transposing(script.at))
            elif (letter := self._summed(script)) and sample is None and not doubtful:
                doubtful = letter
            elif isinstance(part, Number) and script.kind == "SUP" and not subscripts:  # eᵗ: nothing is transposed
                rest.append(_raising(script.at, self.parse(script.value)))
            else:
                index, above = self._above(script)
                sample = index if index is not None else sample
                rest += above
        if doubtful:
            one = Indexed(at, part, tuple(subscripts), doubtful)
            base = Indexed(at, part, tuple(subscripts)) if subscripts else part
            part = sample_or_power(at, doubtful, one, _power(at, base, Position(at, doubtful)))
        elif subscripts or sample is not None:
            part = Indexed(at, part, tuple(subscripts), sample)
        for wrap in rest:
            part = wrap(part)
        return part

    def _sample_below(self, scripts: Sequence[Piece]) -> Sequence[Piece]:
        """Scripts with the number of a sample as the first subscript, where it is a name: xᵢⱼ for x_j^{(i)}."""
        for script in scripts:
            pieces = script.value
            kinds = [piece.kind for piece in pieces[:3]] if script.kind == "SUP" else []
            if kinds == ["LPAR", "WORD", "RPAR"] and self._is_label(str(pieces[1].value)):
                below = [each for each in scripts if each.kind == "SUB"]
                first = script._replace(
                    kind="SUB", value=[pieces[1], *(piece for each in below for piece in each.value)]
                )
                behind = [script._replace(value=pieces[3:])] if pieces[3:] else []
                return [first, *behind, *(each for each in scripts if each is not script and each not in below)]
        return scripts

    def _summed(self, script: Piece) -> str:
        """The letter above a symbol that is an index elsewhere: the k of xᵏ under a Σ over k; "" if there is none."""
        if script.kind != "SUP" or len(script.value) != 1 or script.value[0].kind != "WORD":
            return ""
        letter = str(script.value[0].value)
        known = letter in self.indices - set("ij") and self.words.name(letter) is None
        return letter if known and not is_transposition(script.value[0]) else ""

    def _ordered(self, norm: Applied, script: Piece) -> Expression:
        """‖x‖₁, ‖x‖₂, ‖W‖_F."""
        order = "".join(str(piece.value) for piece in script.value)
        if order not in ("1", "2", "F"):
            raise self.fail("the norms read are those of order 1, 2 and F", script.at)
        return Applied(norm.at, "norm", norm.arguments, (("order", 1 if order == "1" else 2),))

    def _subscripts(self, script: Piece) -> list[Index]:
        """The indices below, and the labels among them: the yᵢ of p_{i yᵢ}, the y of p_y."""
        found: list[Index] = []
        pieces = [piece for piece in script.value if piece.kind != "COMMA"]
        for place, piece in enumerate(pieces):
            if piece.kind == "WORD":
                after = pieces[place + 1] if place + 1 < len(pieces) else piece
                found += self._places(piece, after) if after.kind in ("SUB", "SUP") else self._letters(piece)
            elif piece.kind == "NUMBER" and "." not in piece.value:
                found.append(int(piece.value[:6]))
            elif piece.kind == "COLON" or (piece.kind == "TIMES" and piece.value == "·"):
                found.append("")
            elif piece.kind not in ("SUB", "SUP") or place == 0 or pieces[place - 1].kind != "WORD":
                raise self.fail("this subscript is not read: an index, a number or : is expected", piece.at)
        if not found:
            raise self.fail("an empty subscript", script.at)
        return found

    def _letters(self, piece: Piece) -> list[Index]:
        """A run of letters as indices; a name of a single number is a class number."""
        letters = str(piece.value)
        if self._is_label(letters):
            return [Name(piece.at, letters)]
        for letter in letters:
            if not (letter.isascii() and letter.isalpha()):
                raise self.fail(f"the subscript {letters!r} is not read", piece.at)
        labels = {letter for letter in letters if self._is_label(letter)}
        self.indices.update(set(letters) - labels)
        return [Name(piece.at, letter) if letter in labels else letter for letter in letters]

    def _is_label(self, spelled: str) -> bool:
        """Whether a subscript can be a class number: the y of p_y, where y is a single number."""
        return self.words.is_class(spelled) and spelled not in self.indices

    def _places(self, piece: Piece, below: Piece) -> list[Index]:
        """i yᵢ: a run of letters that ends with the name of labels, which have an index of their own."""
        letters = str(piece.value)
        start = next((n for n in range(len(letters)) if self.words.name(letters[n:]) is not None), None)
        if start is None:
            raise self.fail("this subscript is not read: an index, a number or : is expected", below.at)
        label = self.parse([piece._replace(value=letters[start:], at=piece.at + start), below])
        return [*self._letters(piece._replace(value=letters[:start])), label]

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
        if len(pieces) == 1 and is_transposition(pieces[0]):
            return sample, [_transposing(at)]
        if (
            len(pieces) == 1
            and pieces[0].kind == "WORD"
            and pieces[0].value in self.indices & set("ij")
            and sample is None
        ):
            return str(pieces[0].value), []
        signed = len(pieces) > 2 and pieces[-2].kind in ("PLUS", "MINUS", "TIMES", "SLASH")  # the t of e^{a − t}
        if len(pieces) > 1 and not signed and is_transposition(pieces[-1]):
            wraps.append(_transposing(at))
            pieces = pieces[:-1]
        if pieces and all(piece.kind == "PRIME" for piece in pieces):
            wraps += [_transposing(at)] * len(pieces)
            pieces = []
        if pieces and pieces[0].value == "star":
            raise self.fail("a star as an exponent is part of a name, and no name of the graph has it", at)
        if pieces:
            wraps.insert(0, self._power(pieces, at))
        return sample, wraps

    def _power(self, pieces: list[Piece], at: int) -> Callable[[Expression], Expression]:
        """What an exponent does: the − left of X^{-T} is the inverse, ⊙2 is a square of entries."""
        if len(pieces) == 1 and pieces[0].kind == "MINUS":
            return _raising(at, Number(at, -1.0))
        if pieces[0].kind == "TIMES" and pieces[0].value == "⊙" and len(pieces) > 1:
            exponent = self.parse(pieces[1:])
            return lambda inner: Applied(at, "power", (inner, exponent))
        return _raising(at, self.parse(pieces))

    def _delta(self, script: Piece, at: int) -> Expression:
        """δᵢⱼ; with a label or a number among its indices, 1[k = yᵢ]."""
        indices = self._subscripts(script._replace(value=[piece for piece in script.value if piece.kind != "EQ"]))
        if len(indices) != 2 or "" in indices or not any(isinstance(each, str) for each in indices):
            raise self.fail("δ with two indices is expected", at)
        one, two = indices
        if isinstance(one, str) and isinstance(two, str):
            return Delta(at, one, two)
        return Compared(at, "equal", _place(one, at), _place(two, at))

    def _over(self, piece: Piece, scripts: list[Piece]) -> Callable[[Expression], Expression]:
        """The head of a Σ or Π: a function from its body to the whole."""
        below: list[Piece] = next((script.value for script in scripts if script.kind == "SUB"), [])
        above: list[Piece] = next((script.value for script in scripts if script.kind == "SUP"), [])
        kinds = [each.kind for each in below]
        if piece.value == "sum" and not above and {"COLON", "BAR"} & set(kinds) and {"EQ", "RELATION"} & set(kinds):
            return self._over_some(piece, below, next(n for n, kind in enumerate(kinds) if kind in ("COLON", "BAR")))
        below, conditions = _conditions_below(below)
        labels, limits, above = self._range(below, above, piece.at)
        condition = all_hold([self._condition(each) for each in conditions]) if conditions else None
        kind, at = str(piece.value), piece.at

        def over(body: Expression) -> Expression:
            counts = above and limits and condition is None and not free_indices(body).intersection(labels)
            ends = (limits[0], self._limit(above, counts=True)) if counts else limits
            return Over(at, kind, labels, body, ends, condition)

        return over

    def _range(
        self, below: list[Piece], above: list[Piece], at: int
    ) -> tuple[tuple[str, ...], tuple[Expression, ...], list[Piece]]:
        """The indices that a Σ goes over, and its limits, where it has any; what stands above it, or after the dots."""
        kinds = [each.kind for each in below]
        if "EQ" in kinds:
            split = kinds.index("EQ")
            labels = self._labels(below[:split], at)
            first, *last = parted(below[split + 1 :], ("DOTS",))  # j=1…i
            low = placed(self.parse([piece for piece in first if piece.kind != "COMMA"]))
            above = above or [piece for end in last for piece in end if piece.kind != "COMMA"]
            return labels, (low, placed(self._limit(above))) if above else (), above
        if "IN" in kinds:
            split = kinds.index("IN")
            self._whole_set(below[split + 1 :], at)
            names = [str(each.value) for each in below[:split] if each.kind == "WORD"]
            indexed = all(len(name) == 1 and self.words.name(name) is None and name in INDICES for name in names)
            return (self._labels(below[:split], at) if indexed else ()), (), above
        if not below:
            return (), (), above
        return self._labels(below, at), (Number(at, 1.0), self._limit(above)) if above else (), above

    def _condition(self, pieces: list[Piece]) -> Expression:
        """What stands under a Σ beside its index: k ≠ i, k < i, k ≠ yᵢ."""
        for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
            letter = str(piece.value)
            alone = piece.kind == "WORD" and len(letter) == 1 and (after is None or after.kind not in ("SUB", "SUP"))
            if alone and not self._is_label(letter) and self.words.name(letter) is None:
                self.indices.add(letter)
        return self.parse(in_parentheses(pieces))

    def _over_some(self, piece: Piece, below: list[Piece], split: int) -> Callable[[Expression], Expression]:
        """Σ over the i of which a condition holds: {i : yᵢ = 1}."""
        labels = self._labels(below[:split], piece.at)
        opening, closing = Piece("LPAR", "(", piece.at), Piece("RPAR", ")", piece.at)
        condition = self.parse([opening, *below[split + 1 :], closing])
        at = piece.at
        return lambda body: Over(at, "sum", labels, Product(at, condition, body))

    def _limit(self, above: Sequence[Piece], counts: bool = False) -> Expression:
        """The last place of a Σ. A letter is a size: the one it usually stands for, or another that the index has.

        counts: nothing in the Σ has the index, so that it is as often there as the letter alone says.
        """
        spelled = str(above[0].value)
        letter = len(above) == 1 and above[0].kind == "WORD" and len(spelled) == 1
        if not letter or spelled in "ij" or spelled in self.indices or self.words.name(spelled) is not None:
            return self.parse(above)
        sizes = self.words.sizes(spelled)
        others = () if sizes and (counts or spelled in self.words.said) else self.words.letters
        letters = tuple(dict.fromkeys([*sizes, *others]))
        return size(above[0].at, spelled, letters) if letters else self.parse(above)

    def _labels(self, pieces: Sequence[Piece], at: int) -> tuple[str, ...]:
        letters = [letter for piece in pieces if piece.kind == "WORD" for letter in str(piece.value)]
        if not letters or any(piece.kind not in ("WORD", "COMMA") for piece in pieces):
            raise self.fail("what stands under this Σ is not read", pieces[0].at if pieces else at)
        self.indices.update(letters)
        return tuple(dict.fromkeys(letters))

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
            elif script.kind == "SUB":
                below.append(script)
            else:
                raise self.fail("a function is not transposed; transpose what it gives", script.at)
        result = self._called(function, arguments, slope, below, at)
        for wrap in wraps:
            result = wrap(result)
        return result

    def _called(
        self, function: Any, arguments: Sequence[Expression], slope: int, below: list[Piece], at: int
    ) -> Expression:
        if callable(function):
            return self._undefined(function, arguments, slope, below, at)
        if slope:
            return self._slope(function, arguments, slope, at)
        if function == "log" and below:
            return Applied(at, self._logarithm(below[0]), tuple(arguments))
        if function in ("sum", "max", "min", "mean") and below:
            raise self.fail(f"{function} with a subscript is not read; write Σ with its index", below[0].at)
        result: Expression = Applied(at, function, tuple(arguments))
        for script in below:
            result = self.scripted(result, [script], script.at)
        return result

    def _undefined(
        self,
        function: Callable[..., Expression],
        arguments: Sequence[Expression],
        slope: int,
        below: list[Piece],
        at: int,
    ) -> Expression:
        """A function that the claim leaves undefined; what stands below σ or s are indices of its result."""
        if len(arguments) != 1:
            raise self.fail("a function of one argument is expected", at)
        applied = function(arguments[0], True) if slope else function(arguments[0])
        if isinstance(applied, Alternatives) and applied.question[1] in ("σ", "S", "s"):
            for script in below:
                applied = self.scripted(applied, [script], at)
        return applied

    def _slope(self, function: str, arguments: Sequence[Expression], order: int, at: int) -> Expression:
        """f′(x), where the table has a rule for f."""
        if order > 1:
            raise self.fail("second derivatives of a function are not read", at)
        rule = TABLE.get(function)
        if len(arguments) != 1 or rule is None or rule.kind.name != "elementwise" or rule.arity != 1:
            raise self.fail(f"the derivative of {function} is not read; write it out", at)
        return Slope(at, function, arguments[0])

    def _logarithm(self, below: Piece) -> str:
        """The logarithm to the base that stands below its log."""
        base = "".join(str(piece.value) for piece in below.value)
        if base not in ("2", "10", "e"):
            raise self.fail("a logarithm to this base is not read", below.at)
        return "log" if base == "e" else f"log{base}"


def _conditions_below(below: list[Piece]) -> tuple[list[Piece], list[list[Piece]]]:
    """What stands under a Σ without its conditions, and these: k=1 and k ≠ i.

    Of k ≠ i alone the index is its first letter, of yₖ > 0 that which stands below it.
    """
    opening = max((place for place, piece in enumerate(below) if piece.kind == "LPAR"), default=0)
    if opening and below[-1].kind == "RPAR" and any(piece.kind == "RELATION" for piece in below[opening:]):
        below = [*below[:opening], below[opening]._replace(kind="COMMA"), *below[opening + 1 : -1]]  # k=1 (k ≠ i)
    groups = parted(below, ("COMMA", "LINE", "COLON", "BAR", "QUAD"))
    conditions = list(takewhile(lambda group: any(piece.kind == "RELATION" for piece in group), reversed(groups)))[::-1]
    if not conditions:
        return [piece for piece in below if piece.kind not in ("LINE", "QUAD")], []
    head = below[: next(place for place, piece in enumerate(below) if piece is conditions[0][0])]
    while head and head[-1].kind in ("COMMA", "LINE", "COLON", "BAR", "QUAD"):
        head = head[:-1]
    first, *more = conditions[0]
    return head or (more[0].value[:1] if more and more[0].kind == "SUB" else [first]), conditions


def _unshifted(script: Piece) -> tuple[Piece, tuple[int, ...]]:
    """The subscript without the steps in it, and these: i, j and 1, 0 of x_{i + 1, j}."""
    plain: list[Piece] = []
    steps: list[int] = []
    for group in parted(script.value, ("COMMA",)):
        kinds = [piece.kind for piece in group]
        if kinds == ["NUMBER", "PLUS", "WORD"]:
            group = group[::-1]
        kinds = [piece.kind for piece in group]
        signed = kinds in (["WORD", "PLUS", "NUMBER"], ["WORD", "MINUS", "NUMBER"])
        if signed and len(str(group[0].value)) == 1 and str(group[2].value).isdigit():
            step = int(str(group[2].value)[:6])
            steps.append(step if kinds[1] == "PLUS" else -step)
            group = group[:1]
        else:
            steps.append(0)
        plain += group
    return (script._replace(value=plain), tuple(steps)) if any(steps) else (script, ())


def _transposing(at: int) -> Callable[[Expression], Expression]:
    return lambda inner: Transposed(at, inner)


def _own_letters(indices: Sequence[Index], at: int) -> tuple[list[str | int], dict[str, Expression]]:
    """Indices with a letter of its own for each label, and the label that it is for."""
    labels = {f"label{at}_{n}": each for n, each in enumerate(indices) if isinstance(each, Expression)}
    return [f"label{at}_{n}" if isinstance(each, Expression) else each for n, each in enumerate(indices)], labels


def _place(index: Index, at: int) -> Expression:
    """An index where places are compared."""
    if isinstance(index, Expression):
        return index
    return Position(at, index) if isinstance(index, str) else Number(at, float(index))


def _raising(at: int, exponent: Expression) -> Callable[[Expression], Expression]:
    return lambda inner: _power(at, inner, exponent)


def _power(at: int, inner: Expression, exponent: Expression) -> Expression:
    if isinstance(inner, Number) and inner.number == CONSTANTS["e"]:
        return Applied(at, "exp", (exponent,))
    return Power(at, inner, exponent)
