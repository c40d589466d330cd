"""Claims on paper, in LaTeX or plain text: the pieces parsed by the grammar, and the tree built from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import UnreadableError
from .alternatives import barred, grouped, reaching, slashed
from .conditions import parted_conditions
from .dots import Dots, counted
from .fractions import with_fractions
from .lookahead import closing_of
from .pieces import Piece, in_parentheses, parted
from .sums import Over, free_indices
from .tokens import Symbols, Token
from .tree import (
    Applied,
    Compared,
    Expression,
    Name,
    Negative,
    Number,
    Product,
    Quotient,
    Terms,
    Transposed,
    all_hold,
    any_holds,
    folded,
    walk,
)
from .words import Vocabulary

_MOST_FACTORS = 200
_HELD = ("WORD", "SUB", "RPAR")  # what entries can be taken of
_MOST_REACHES = 3  # functions without parentheses before several factors that are read in two ways
_MOST_SLASHES = 5  # of which each doubles the ways to read a claim; the next ones end at a space


@cache
def _parser() -> Any:
    try:
        import lark
    except ImportError:
        raise ImportError("LaTeX and plain text are read with lark: pip install 'tinygrad_edu[derive]'") from None

    class Stream(lark.lexer.Lexer):
        """A lexer for lark that passes on the tokens made by `Symbols`."""

        def __init__(self, _: Any) -> None:
            pass

        def lex(self, tokens: Sequence[Token]) -> Iterator[Any]:  # type: ignore[override]
            for token in tokens:
                yield lark.Token(token.kind, token, start_pos=token.at)

    grammar = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return lark.Lark(grammar, parser="lalr", lexer=Stream, start="start", maybe_placeholders=False)


class Builder:
    """Builds an expression from lark's parse tree; each method is named after an alternative of the grammar."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self.slashes = self.reaches = 0

    def build(self, tokens: Sequence[Token]) -> Expression:
        """The expression that the tokens are; `UnreadableError` at the first that cannot be read."""
        parser = _parser()
        import lark

        text = self.symbols.text
        if not tokens:
            raise UnreadableError("nothing stands here", 0, text)
        try:
            tree = parser.parse(tokens)
        except lark.exceptions.UnexpectedToken as error:
            found = error.token.value
            if error.token.type == "$END":
                raise UnreadableError("the formula breaks off here", tokens[-1].at, text) from None
            raise UnreadableError(_unexpected(error.token.type), found.at, text) from None
        return self._complete(self._built(tree))

    def _uncounted(self, dots: Expression) -> UnreadableError:
        said = "what goes on at '…' is not seen: the terms around it do not count up"
        return UnreadableError(said, dots.at, self.symbols.text)

    def _complete(self, tree: Expression) -> Expression:
        """The tree, in which no … may be left."""
        left = next((part for part in walk(tree) if isinstance(part, Dots)), None)
        if left is not None:
            raise UnreadableError("'…' is not read here", left.at, self.symbols.text)
        return tree

    def _built(self, tree: Any) -> Expression:
        """The expression of a parse tree, made from the leaves up, without recursion."""
        done: dict[int, Any] = {}
        for node in tree.iter_subtrees():
            children = [done[id(child)] if hasattr(child, "children") else child.value for child in node.children]
            done[id(node)] = getattr(self, f"_{node.data}")(*children)
        result: Expression = done[id(tree)]
        return result

    def _start(self, terms: list[tuple[int, Expression, int]]) -> Expression:
        return self._inside(None, terms, None)

    # ── sums ──

    def _first(self, product: Expression) -> list[tuple[int, Expression, int]]:
        return [(1, product, product.at)]

    def _plus_first(self, sign: Token, product: Expression) -> list[tuple[int, Expression, int]]:
        return [(1, product, sign.at)]

    def _minus_first(self, sign: Token, product: Expression) -> list[tuple[int, Expression, int]]:
        return [(-1, product, sign.at)]

    def _plus(self, terms: list[tuple[int, Expression, int]], sign: Token, product: Expression) -> Any:
        return [*terms, (1, product, sign.at)]

    def _minus(self, terms: list[tuple[int, Expression, int]], sign: Token, product: Expression) -> Any:
        return [*terms, (-1, product, sign.at)]

    def _terms(self, terms: list[tuple[int, Expression, int]]) -> Expression:
        """A sum; a Σ at the end of a term reaches over the terms that follow if they speak of its index."""
        terms = self._counted_up(terms)
        for place, (sign, term, at) in enumerate(terms[:-1]):
            label = _open_index(term)
            rest = terms[place + 1 :]
            if label and any(label in free_indices(each) for _, each, _ in rest):
                wider = _extended(term, [(1, None, at), *rest], self._terms)
                return self._terms([*terms[:place], (sign, wider, at)])
        if len(terms) == 1:
            sign, term, at = terms[0]
            return term if sign > 0 else Negative(at, term)
        return Terms(terms[0][2], tuple(sign for sign, _, _ in terms), tuple(term for _, term, _ in terms))

    def _counted_up(self, terms: list[tuple[int, Expression, int]]) -> list[tuple[int, Expression, int]]:
        """The terms with those around … as one Σ."""
        place = next((p for p, (_, term, _) in enumerate(terms) if isinstance(term, Dots)), None)
        if place is None:
            return terms
        found = counted("sum", [term for _, term, _ in terms], place)
        if found is None or len({sign for sign, _, _ in terms[found[0] : place + 2]}) > 1:
            raise self._uncounted(terms[place][1])
        start, over = found
        return self._counted_up([*terms[:start], (terms[start][0], over, terms[start][2]), *terms[place + 2 :]])

    def _inside(self, *parts: Any) -> Expression:
        inner = next(part for part in parts if part is not None and not isinstance(part, Token))
        return inner if isinstance(inner, Expression) else self._terms(inner)

    # ── products ──

    def _times(self, x: Expression, sign: Token, y: Any) -> Expression:
        return Product(sign.at, self._product(x), self._product(y), sign.value[0])

    def _slash(self, x: Any, sign: Token, y: Any) -> Expression:
        x = self._product(x)
        if isinstance(y, list) and len(y) > 1 and self.slashes < _MOST_SLASHES:
            self.slashes += 1
            second = y[1]
            letters = self.symbols.text[sign.at + 1 : second.at].strip()
            spaced = any(letter.isspace() for letter in letters) or self.symbols.text[second.at - 1].isspace()
            tight = not spaced and self.symbols.text[second.at - 1] not in "(["
            return slashed(sign.at, x, y, self._product(y), tight)
        if isinstance(y, list):
            return folded([Quotient(sign.at, x, y[0]), *y[1:]])
        return Quotient(sign.at, x, y)

    def _operand(self, factors: Any) -> Any:
        return factors

    def _signed(self, operand: Any) -> Any:
        return operand

    def _product(self, part: Any) -> Expression:
        if isinstance(part, list):
            if len(part) > _MOST_FACTORS:
                raise UnreadableError(f"a product of {len(part)} factors is not read", part[0].at, self.symbols.text)
            return self._grouped(part)
        found: Expression = part
        return found

    def _grouped(self, factors: list[Expression]) -> Expression:
        """A product without signs: from the left, or with vᵀv, or all behind a matrix, first: Xᵀ p (1 − p)."""
        inner = self._inner_products(factors)
        first = next((place for place, factor in enumerate(factors) if self._is_matrix(factor)), len(factors))
        behind = factors[first + 1 :]
        others = [] if len(inner) in (1, len(factors)) else [("inner", folded(inner))]
        if len(behind) > 1 and not any(map(self._is_matrix, behind)):
            others.append(("behind", folded([*factors[: first + 1], folded(behind)])))
        return grouped(factors[0].at, folded(factors), dict(others)) if others else folded(factors)

    def _is_matrix(self, part: Expression) -> bool:
        name = part.part if isinstance(part, Transposed) else part
        return isinstance(name, Name) and len(self.symbols.words.names[name.name]) == 2

    def _inner_products(self, factors: list[Expression]) -> list[Expression]:
        """The factors of a product with each vᵀ … v in it, behind the first factor, as one."""
        found: list[Expression] = []
        opened = 0  # the place in `found` of the last vᵀ, from which on a product is a single number once v comes
        for factor in factors:
            found.append(factor)
            if opened and self._is_vector(factor):
                found[opened:] = [folded(found[opened:])]
                opened = 0
            elif isinstance(factor, Transposed) and self._is_vector(factor.part):
                opened = len(found) - 1
        return found

    def _is_vector(self, part: Expression) -> bool:
        return isinstance(part, Name) and len(self.symbols.words.names[part.name]) == 1

    def _juxtaposed(self, factors: list[Expression]) -> Any:
        place = next((p for p, factor in enumerate(factors) if isinstance(factor, Dots)), None)
        if place is not None and len(factors) > 1:
            found = counted("prod", factors, place)
            if found is None:
                raise self._uncounted(factors[place])
            return self._juxtaposed([*factors[: found[0]], found[1], *factors[place + 2 :]])
        return factors if len(factors) > 1 else factors[0]

    def _juxtaposed_reaching(self, factors: list[Expression], reaching: Expression) -> Any:
        return [*factors, reaching]

    def _applied_over(self, head: Token, over: Expression) -> Expression:
        """log Σ …: of the whole sum."""
        return self.symbols.application(head.value, [over])

    def _juxtaposed_applied_over(self, factors: list[Expression], head: Token, over: Expression) -> Any:
        return [*factors, self._applied_over(head, over)]

    def _reaching(self, over: Expression) -> Expression:
        return over

    def _negative(self, sign: Token, operand: Any) -> Expression:
        return Negative(sign.at, self._product(operand))

    def _over(self, head: Token, body: Any) -> Expression:
        result: Expression = head.value(self._product(body))
        return result

    def _over_negative(self, head: Token, sign: Token, body: Any) -> Expression:
        result: Expression = head.value(Negative(sign.at, self._product(body)))
        return result

    def _one(self, factor: Any) -> list[Any]:
        return [self._inside(factor)]

    def _more(self, factors: list[Any], factor: Any) -> list[Any]:
        return [*factors, factor]

    def _more_after_comma(self, factors: list[Any], comma: Token, terms: Any) -> list[Any]:
        return [*factors, self._inside(terms)]

    # ── factors ──

    def _taken(self, head: Token, body: Any) -> Expression:
        """∂/∂w of the factor behind it."""
        result: Expression = head.value(self._inside(body))
        return result

    def _scripted(self, part: Expression, *scripts: Piece) -> Expression:
        return self.symbols.scripted(part, scripts, part.at) if scripts else part

    def _atom(self, token: Token) -> Any:
        return token.value

    def _fraction(self, token: Token, above: Expression, below: Expression) -> Expression:
        return Quotient(token.at, above, below)

    def _fraction_over(self, opening: Token, above: Any, over: Token, below: Any, closing: Token) -> Expression:
        return Quotient(over.at, self._inside(above), self._inside(below))

    def _root(self, token: Token, part: Any) -> Expression:
        return Applied(token.at, "sqrt", (self._inside(part),))

    def _bars(self, opening: Token, terms: Any, closing: Token) -> Expression:
        inner = self._inside(terms)
        return Applied(opening.at, "norm", (inner,)) if opening.value == "2" else barred(opening.at, inner)

    def _inner(self, opening: Token, x: Any, comma: Token, y: Any, closing: Token) -> Expression:
        return Product(comma.at, Transposed(opening.at, self._inside(x)), self._inside(y))

    # ── conditions ──

    def _compared(self, left: Any, relation: Token, right: Any) -> Expression:
        kind = relation.value if isinstance(relation.value, str) else relation.value[0]
        return Compared(relation.at, kind, self._inside(left), self._inside(right))

    def _compared_further(self, before: Expression, relation: Token, right: Any) -> Expression:
        """0 < z ≤ 1: the side in the middle stands in both comparisons."""
        last = before.y if isinstance(before, Product) else before
        assert isinstance(last, Compared)
        return all_hold([before, self._compared(last.y, relation, right)])

    def _holds(self, condition: Expression) -> Expression:
        return condition

    def _is_not_zero(self, terms: Any) -> Expression:
        part = self._inside(terms)
        return Compared(part.at, "not_equal", part, Number(part.at, 0.0))

    def _all_hold(self, x: Expression, _: Token, y: Expression) -> Expression:
        return all_hold([x, y])

    def _any_holds(self, x: Expression, _: Token, y: Expression) -> Expression:
        return any_holds([x, y])

    # ── functions ──

    def _applied(self, head: Token, opening: Token, arguments: list[Expression], closing: Token) -> Expression:
        return self.symbols.application(head.value, arguments)

    def _applied_bare(self, head: Token, factors: list[Expression]) -> Expression:
        whole = self.symbols.application(head.value, [folded(factors)])
        if len(factors) == 1 or self.reaches == _MOST_REACHES:
            return whole
        self.reaches += 1
        first = self.symbols.application(head.value, factors[:1])
        return reaching(whole.at, whole, folded([first, *factors[1:]]))

    def _applied_negative(self, head: Token, sign: Token, factors: list[Expression]) -> Expression:
        return self.symbols.application(head.value, [Negative(sign.at, folded(factors))])

    def _applied_one_more(self, head: Token, inner: Expression) -> Expression:
        return self.symbols.application(head.value, [inner])


def _unexpected(kind: str) -> str:
    return {
        "RPAR": "this parenthesis closes none",
        "RBRACE": "this brace closes none",
        "TIMES": "a factor is missing before this sign",
        "SLASH": "something is missing before this slash",
        "RELATION": "a relation is not read here",
        "COMMA": "a comma is not read here",
    }.get(kind, "the formula cannot be read on from here")


def _open_index(term: Expression) -> str:
    """The index of a Σ that stands open at a term's end."""
    while True:
        match term:
            case Over(labels=labels):
                return labels[0] if labels else ""
            case Product(y=inner) | Negative(part=inner):
                term = inner
            case _:
                return ""


def _extended(term: Expression, rest: list[Any], terms: Any) -> Expression:
    """The term with its open Σ reaching over the rest."""
    match term:
        case Over(body=body):
            return replace(term, body=terms([(1, body, body.at), *rest[1:]]))
        case Product(y=inner):
            return replace(term, y=_extended(inner, rest, terms))
        case Negative(part=inner):
            return replace(term, part=_extended(inner, rest, terms))
    return term


def read_paper(text: str, pieces: Sequence[Piece], words: Vocabulary, known_indices: set[str]) -> Expression:
    """The expression that pieces of `text` are on paper; what is assumed of a letter is no part of it."""
    pieces, limits = parted_conditions(pieces)
    at = next((piece.at for piece in limits if piece.kind == "CONDITION"), None)
    if at is not None:
        raise UnreadableError("what holds under a condition only is not read here", at, text)

    def parse(inner: Sequence[Piece]) -> Expression:
        return Builder(symbols).build(symbols.tokens(with_fractions(_labelled(_counts(inner), words), words)))

    symbols = Symbols(text, words, parse)
    symbols.indices |= known_indices
    return parse(pieces)


def read_condition(text: str, limits: Sequence[Piece], words: Vocabulary, known_indices: set[str]) -> Expression:
    """1 where all these conditions of an equation hold, else 0."""
    return all_hold([_condition(text, piece, words, known_indices) for piece in limits])


def _condition(text: str, limit: Piece, words: Vocabulary, known_indices: set[str]) -> Expression:
    if limit.value[0].kind == "PROSE":
        said = f"the condition {limit.value[0].value!r} is not read: write it as a comparison, such as z > 0"
        raise UnreadableError(said, limit.at, text)
    return read_paper(text, in_parentheses(limit.value), words, known_indices)


def _counts(pieces: Sequence[Piece]) -> list[Piece]:
    """|𝒟| is a count: its three pieces become the word N."""
    found = list(pieces)
    for place in range(len(found) - 2):
        left, inner, right = found[place : place + 3]
        bars = left.kind in ("BAR", "LBAR") and right.kind in ("BAR", "RBAR") and inner.kind == "WORD"
        if bars and str(inner.value) in ("cal:D", "cal:S", "cal:B", "cal:X", "cal:T"):
            found[place : place + 3] = [Piece("WORD", "N", left.at, left.loose)]
            return _counts(found)
    return found


def _labelled(pieces: Sequence[Piece], words: Vocabulary) -> list[Piece]:
    """p[y] and Z[i, yᵢ] with the brackets as a subscript, where a class number stands last in them."""
    found: list[Piece] = []
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        place += 1
        if piece.kind == "LPAR" and piece.value == "[" and not piece.loose and found and found[-1].kind in _HELD:
            end = closing_of(pieces, place)
            *indices, last = parted(pieces[place:end], ("COMMA",))
            if all(len(each) == 1 and each[0].kind == "WORD" for each in indices) and _is_label(last, words):
                piece, place = Piece("SUB", [each for part in (*indices, last) for each in part], piece.at), end + 1
        found.append(piece)
    return found


def _is_label(pieces: Sequence[Piece], words: Vocabulary) -> bool:
    """Whether pieces are a class number: y, where y is one, or an entry yᵢ."""
    kinds = [piece.kind for piece in pieces]
    if kinds == ["WORD"]:
        return words.is_class(str(pieces[0].value))
    return kinds[:1] == ["WORD"] and words.name(str(pieces[0].value)) is not None and set(kinds[1:]) == {"SUB"}


__all__ = ["read_condition", "read_paper"]
