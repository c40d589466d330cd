r"""The loss of a note: the equation that says what it is, and those it builds on, as one formula in NumPy's manner.

    L = \frac1N \lVert \hat y - y \rVert^2, \hat y = X w   →   yhat = X @ w; mean((yhat - y)**2)

Which axes a name has is nowhere said on paper. They are guessed, likeliest first, until all of it fits together and the
loss is a single number.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import MisfitError, UnreadableError
from .code_loss import NAMED, NoteLoss, losses_in_code
from .lexer import cut
from .note_functions import with_functions, with_part
from .note_symbols import (
    Definition,
    Symbols,
    built_on_themselves,
    definitions,
    gathered,
    is_alias,
    names_in,
)
from .notes import Equation
from .numpy_text import Writer
from .parser import read_paper
from .pieces import Piece
from .tree import Expression, Name, walk
from .words import function_named
from .written import ATOM, Axes, Written

_SINGLE = ("b", "c", "lam", "alpha", "beta", "gamma", "epsilon", "mu", "tau", "eta", "rho", "bias")
_NUMBERS = ("C", "T")  # capitals that may be a number: the C of an SVM, a temperature
_MATRICES = ("Sigma", "Lambda", "Phi", "Psi", "Theta", "Omega")
_DIMENSIONS = ("d", "dim")  # of a vector, as in QKᵀ/√d
_BIASES = ("b", "c", "beta", "gamma", "mu", "bias")
_DATA = ("x", "X", "phi")
_CLASSES = ("y", "t", "c", "label", "target", "true", "correct")  # what the number of the right class is called
_MOST_CANDIDATES = 10  # equations that may be the loss
_MOST_GUESSES, _MOST_CHOICES = 400, 20_000
_USUAL = {"n": "N", "m": "N", "M": "N", "B": "N", "d": "D", "p": "D", "k": "K", "c": "C", "h": "H"}
_LETTERS = "NDKHCFGABPQSTUVW"


def losses(equations: Sequence[Equation], declarations: Sequence[str] = ()) -> Iterator[NoteLoss]:
    """The losses that a note may mean, the likeliest first.

    That is the one that the note derives, with a Σ, a mean or a norm in it; then others that are called as a loss is.
    declarations: formulas that are no equations, such as X ∈ R^{N×D}.
    """
    for paper in _papers(equations, declarations):
        yield from paper.found()
    yield from losses_in_code(equations)


def unread_loss(equations: Sequence[Equation], declarations: Sequence[str] = ()) -> tuple[Equation, str] | None:
    """The likeliest equation of a note whose loss is not read, and why; None where nothing looks like a loss."""
    for paper in _papers(equations, declarations):
        if not list(paper.found()):
            return paper.loss.equation, paper.trouble
    return None


def _papers(equations: Sequence[Equation], declarations: Sequence[str]) -> Iterator[_Paper]:
    """The equations on paper that may be the loss, the likeliest first."""
    symbols = gathered(equations, declarations)
    defined = [each for each in definitions(equations) if function_named(each.name) is None or len(each.name) == 1]
    of_loss = [each.left for each in equations if each.left.derived and not each.left.of]
    derived = {name for left in of_loss for name in (left.derived, left.called)}
    candidates = [each for each in defined if each.name in derived or each.name.partition("_")[0] in NAMED]
    order = lambda each: (each.name not in derived, not _is_reduced(each), bool(each.labels), len(each.parameters) > 3)
    for candidate in sorted(candidates, key=order)[:_MOST_CANDIDATES]:
        if candidate.name in derived or _is_reduced(candidate):
            yield _Paper(candidate, defined, equations, symbols)


def _is_reduced(definition: Definition) -> bool:
    """Whether there is a Σ, a mean or a norm in it."""
    pieces = definition.meaning[0]
    named = ("mean", "sum", "norm", "average", "avg")
    return any(
        piece.kind == "BIG" or (piece.kind in ("BAR", "LBAR") and piece.value == "2") or piece.value in named
        for piece in pieces
    )


@dataclass(frozen=True)
class _Part:
    """A symbol that the loss is built on, as a tree; the loss itself if it has no name."""

    definition: Definition
    tree: Expression


class _Paper:
    """One equation on paper, with those that it builds on."""

    def __init__(
        self, loss: Definition, defined: Sequence[Definition], equations: Sequence[Equation], symbols: Symbols
    ) -> None:
        self.loss, self.defined, self.equations, self.symbols = loss, defined, equations, symbols
        self.trouble = ""  # why the loss is not read
        self.derived_by = {equation.about for equation in equations}
        others = [each for each in defined if each is not loss and each.name != loss.name]
        self.of_one = [each for each in defined if each.name == loss.name and each.labels and not loss.labels]
        self.models = {each.name: each.parameters[0] for each in others if _is_model(each)}
        self.functions = {each.name: each for each in others if each.parameters and each.name not in self.models}
        first_claims: dict[str, tuple[int, int]] = {}
        for equation in equations:
            if equation.about:
                first_claims.setdefault(equation.about, equation.place)
        self.claimed = [each for each in others if each.name in first_claims and not each.parameters]
        self.aliases = [each for each in others if is_alias(each) and each.name not in first_claims]
        self.meanings: dict[str, Definition] = {}
        for each in others:  # the last one before the loss, else the first behind it; none behind a claim about it
            late = each.equation.place > first_claims.get(each.name, each.equation.place)
            if each.name in self.functions or late or each in self.aliases:
                continue
            if each.equation.place <= loss.equation.place or each.name not in self.meanings:
                self.meanings[each.name] = each

    def found(self) -> Iterator[NoteLoss]:
        """The loss with all that it builds on, else with less of that."""
        kept: NoteLoss | None = None
        for side in range(len(self.loss.meaning)):
            loss = replace(self.loss, meaning=self.loss.meaning[side : side + 1])
            left_out: dict[str, str] = {}
            for _ in range(6):
                try:
                    parts, whole = self._parts(loss, left_out)
                except UnreadableError as error:
                    self.trouble = _said(error)
                    culprit = getattr(error, "symbol", "")
                    if not culprit:
                        break
                    left_out[culprit] = _said(error)
                    continue
                search = _Guess(parts, whole, self.symbols, self.models, self.loss.labels)
                guess = search.found()
                if guess is not None:
                    found = self._as_found(guess, parts, whole, left_out)
                    if not found.left_out:
                        yield found
                        return
                    kept = kept or found
                    break
                self.trouble = search.trouble
                if not parts:
                    break
                culprit = parts[search.reached % len(parts)].definition.name
                left_out[culprit] = search.trouble
        if kept is not None:
            yield kept

    def _as_found(
        self, guess: _Guessed, parts: Sequence[_Part], whole: Expression, left_out: Mapping[str, str]
    ) -> NoteLoss:
        """The loss as it was guessed, with what else is derived in its note. left_out: names, and why they are data."""
        others = {part.definition.name: part.definition.equation for part in parts}
        by = self.loss.parameters[0] if len(self.loss.parameters) == 1 else ""
        not_read = [(self.meanings[name].equation, name, reason) for name, reason in left_out.items()]
        not_read += [*_not_cut(self.equations), *_recurrent(self.equations)]
        found = NoteLoss(
            self.loss.name, guess.text, guess.shapes, self.loss.equation, others, labels=self.loss.labels, by=by,
            left_out=[each for each in not_read if each[1] in guess.shapes],
        )  # fmt: skip
        leaves = {name: axes for name, axes in guess.shapes.items() if name not in self.loss.labels}
        summed = replace(found, text=guess.summed, shapes=leaves) if guess.summed else None
        samples = next((each for part in self.of_one for each in self._of(part).found()), None)
        return replace(found, turned=self._turned(parts, whole, found), summed=summed, samples=samples)

    def _of(self, loss: Definition) -> _Paper:
        """The same paper with another loss."""
        return _Paper(loss, self.defined, self.equations, self.symbols)

    def _turned(self, parts: Sequence[_Part], whole: Expression, found: NoteLoss) -> NoteLoss | None:
        """The same loss with a sample in each column of X, if the note may mean that."""
        if "X" not in found.shapes or self.symbols.row_of("x") != "X" or self.symbols.columns:
            return None
        columns = replace(self.symbols, columns=True)
        guess = _Guess(parts, whole, columns, self.models, self.loss.labels).found()
        return None if guess is None else replace(found, text=guess.text, shapes=guess.shapes)

    def _parts(self, loss: Definition, left_out: Collection[str]) -> tuple[list[_Part], Expression]:
        """The definitions that the loss needs, each behind those it needs itself, and the loss, as trees."""
        parts: dict[str, _Part] = {}
        needed: dict[str, Definition] = {}

        def need(definition: Definition, above: tuple[str, ...]) -> None:
            for name in self._names(definition):
                meaning = self.meanings.get(name)
                if meaning is not None and name not in (*left_out, *above, *needed):
                    need(meaning, (*above, name))
                    needed[name] = meaning

        need(loss, (loss.name,))
        names = list(dict.fromkeys([*needed, *(n for each in (*needed.values(), loss) for n in self._names(each))]))
        for name, definition in needed.items():
            try:
                parts[name] = _Part(definition, self._tree(definition, names))
            except UnreadableError as error:
                error.symbol = name  # type: ignore[attr-defined]
                raise
        return list(parts.values()), self._tree(loss, names)

    def _pieces(self, definition: Definition) -> list[Piece]:
        pieces = list(definition.meaning[0])
        for each in (*self.of_one, *self.aliases):
            pieces = with_part(pieces, each)
        pieces = with_functions(pieces, self.functions, self.models)
        for each in self.claimed:
            if each.name != definition.name:
                pieces = _by_name(pieces, each)
        return pieces

    def _names(self, definition: Definition) -> list[str]:
        names = names_in(self._pieces(definition), definition.equation.text, self.symbols)
        return list(dict.fromkeys(part for name in names for part in self._entry(name)))

    def _entry(self, name: str) -> tuple[str, ...]:
        """p and y for the p_y of a note that speaks of p, s for its s₁ beside an s_j; any other name as it is.

        In a softmax any letter may be a class number: u_o is one of the u_j of Σⱼ exp(uⱼᵀv).
        """
        symbol, _, label = name.rpartition("_")
        known = symbol in self.meanings or self.symbols.indexed.get(symbol, 0)
        derived = symbol + label in self.derived_by and symbol not in self.meanings  # the w₁ of ∂L/∂w₁
        own = name in self.meanings or derived
        if label.isdigit() and not own and self.symbols.indexed.get(symbol, 0) == 1:
            return (symbol,)
        of_softmax = {symbol, *(f"{each}_{label}" for each in self.symbols.normalised)}
        in_softmax = symbol in self.symbols.normalised or bool(of_softmax & self.symbols.indexed.keys() - {symbol})
        chosen = label in _CLASSES or (in_softmax and len(label) == 1 and label.islower())
        return (symbol, label) if chosen and known and name not in self.meanings else (name,)

    def _tree(self, definition: Definition, names: Sequence[str]) -> Expression:
        text = definition.equation.text
        return read_paper(text, self._pieces(definition), self.symbols.vocabulary(names), set(self.symbols.indices))


def _said(error: UnreadableError) -> str:
    """What an error says, without a list of the names that were found."""
    return re.sub(r"unknown name '([^']+)'.*", r"what \1 is was not read", error.message, flags=re.DOTALL)


def _not_cut(equations: Sequence[Equation]) -> Iterator[tuple[Equation, str, str]]:
    """The equations on paper that say what a symbol is in a form that is not read, each with the symbol and why."""
    for equation in equations:
        if equation.left.symbol and not equation.code:
            try:
                cut(equation.text)
            except UnreadableError as error:
                yield equation, equation.left.symbol, _said(error)


def _recurrent(equations: Sequence[Equation]) -> Iterator[tuple[Equation, str, str]]:
    """The equations that say what a symbol is by itself, each with the symbol and why it is not read."""
    for equation, name in built_on_themselves(equations):
        yield equation, name, f"it says {name} by itself, and not for steps that the note counts, such as t = 1, 2"


def _by_name(pieces: list[Piece], definition: Definition) -> list[Piece]:
    """Pieces with a symbol for what it is defined as, where that stands alone in parentheses: the aᵢ of σ(wᵀxᵢ + b)."""
    meant = list(map(_bare, definition.meaning[0]))
    for start in range(1, len(pieces) - len(meant)):
        end = start + len(meant)
        enclosed = pieces[start - 1].kind == "LPAR" and pieces[end].kind == "RPAR"
        if len(meant) > 2 and enclosed and list(map(_bare, pieces[start:end])) == meant:
            at = pieces[start].at
            below = [Piece("WORD", label, at) for label in definition.labels]
            symbol = [Piece("WORD", definition.name, at), *([Piece("SUB", below, at)] if below else [])]
            return [*pieces[:start], *symbol, *pieces[end:]]
    return pieces


def _bare(piece: Piece) -> tuple[str, object]:
    """A piece without its place."""
    held = piece.value
    if isinstance(held, list):
        return piece.kind, list(map(_bare, held))
    return piece.kind, [list(map(_bare, part)) for part in held] if isinstance(held, tuple) else held


def _is_model(definition: Definition) -> bool:
    """Whether a function of the data is what the loss compares with the labels: h(x) = θᵀx."""
    return len(definition.parameters) == 1 and definition.parameters[0] in _DATA


# ── axes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Guessed:
    """A formula, and the axes of its names. summed: of the loss of one sample the sum of those of all samples."""

    text: str
    shapes: dict[str, tuple[str, ...]]
    summed: str


class _Guess:
    """The search for axes with which everything fits. sample: the index of the sample whose loss it is, if of one."""

    def __init__(
        self,
        parts: Sequence[_Part],
        whole: Expression,
        symbols: Symbols,
        models: Mapping[str, str],
        sample: Sequence[str] = (),
    ) -> None:
        self.parts, self.whole, self.symbols, self.models, self.sample = parts, whole, symbols, models, sample
        self.defined = [part.definition.name for part in parts]
        trees = [*(part.tree for part in parts), whole]
        spoken = dict.fromkeys(name for tree in trees for name in _names_of(tree))
        self.leaves = [name for name in spoken if name not in self.defined]
        self.placed = False  # whether something was taken at the index of the sample
        self.strict = True  # whether no single number is added to a vector, and no norm taken of one
        self.stage = 0  # the number of the part that is being written
        self.reached, self.trouble = -1, ""  # the last part that was reached with any axes, and what did not fit there

    def found(self) -> _Guessed | None:
        """The formula, and the axes of its names; None where nothing fits."""
        for self.strict, inner, lifted in itertools.product((True, False), (False, True), (False, True)):
            for ranks in self._choices():
                try:
                    return self._written(ranks, inner, lifted)
                except MisfitError as error:
                    if self.stage > self.reached:
                        self.reached, self.trouble = self.stage, str(error)
        return None

    def _choices(self) -> Iterator[dict[str, int]]:
        """Numbers of axes for all leaves, the likeliest first."""
        options = [sorted(self._ranks(name).items(), key=lambda each: each[1]) for name in self.leaves]
        while math.prod(len(each) for each in options) > _MOST_CHOICES:
            longest = max(range(len(options)), key=lambda n: len(options[n]))
            options[longest] = options[longest][:-1]
        choices = sorted(itertools.product(*options), key=lambda choice: sum(cost for _, cost in choice))
        for choice in choices[:_MOST_GUESSES]:
            yield {name: rank for name, (rank, _) in zip(self.leaves, choice, strict=True)}

    def _ranks(self, name: str) -> dict[int, int]:
        """How many axes a name may have, each with how unlikely that is."""
        if name in self.symbols.shapes:
            return {len(self.symbols.shapes[name]): 0}
        stem, least = name.partition("_")[0].rstrip("0123456789"), self.symbols.indexed.get(name, 0)
        stem = re.sub(r"(?<=^[WUV])[a-z]$", "", stem)  # the Wi of a gate i
        bold = stem in self.symbols.bold
        if least == 1 and stem in ("W", "U", "V", *_MATRICES):  # W_j is a row of weights
            return {2: 0, 1: 1}
        if least:
            return {least + 1: 0, least: 1} if bold else {least: 0, least + 1: 1}
        if (len(stem) == 1 and stem.isupper()) or stem in _MATRICES:
            return {2: 0} if bold else {2: 0, 1: 3, **({0: 4} if stem in _NUMBERS else {})}
        if bold:
            return {1: 0}
        stems = {each.partition("_")[0] for each in self.leaves}
        matrices = bool(stems & {"W", "U", "V", *_MATRICES, *self.symbols.matrices})
        if stem in self.symbols.matrices and stem not in (*_DATA, *_SINGLE):
            return {2: 0, 1: 2, 0: 2}
        if stem in _DIMENSIONS:
            return {0: 0, 1: 1, 2: 2}
        if stem in _SINGLE:
            return {1: 0, 0: 1} if matrices else {0: 0, 1: 1}
        return {1: 0, 2: 1, 0: 2} if matrices else {1: 0, 0: 1, 2: 2}

    def _of_sample(self, written: Written, definition: Definition) -> Written:
        """What a symbol without the index of the sample stands for, at that: the f of f = W xᵢ, in the loss Lᵢ."""
        extra = [label for label in written.names if label in self.sample and label not in definition.labels]
        if len(extra) != 1 or extra[0] in self.leaves:
            return written
        self.placed = True
        key = [label if label in extra else ":" for label in written.names]
        while key[-1] == ":":
            key.pop()
        labels = tuple(each for each in written.labels if each[0] not in extra)
        return Written(f"{written.held(ATOM)}[{', '.join(key)}]", labels=labels, axes=written.axes)

    def _written(self, ranks: Mapping[str, int], inner: bool, lifted: bool) -> _Guessed:
        axes = Axes()
        self.placed = False
        shapes: dict[str, tuple[str, ...]] = {}
        for name, rank in ranks.items():
            said = self.symbols.shapes.get(name)
            shapes[name] = tuple(f"[{each}]" for each in said) if said else tuple(f"{name}.{n}" for n in range(rank))
        samples = [name for name in (*self.leaves, *self.defined) if name.partition("_")[0] in (*_DATA, *self.models)]
        writer = Writer(axes, shapes, inner=inner)
        writer.biases = {name for name in self.leaves if name.partition("_")[0].rstrip("0123456789") in _BIASES}
        means = {name for name in self.defined if name.partition("_")[0] in _BIASES}
        writer.strict, writer.alone = self.strict, ({*shapes, *self.defined} - means if self.strict else set())
        writer.columns = {"X"} if self.symbols.columns else set()
        statements = []
        for number, part in enumerate(self.parts):
            self.stage, definition = number, part.definition
            own = [self.symbols.row_of(each) for each in definition.parameters[:1] if definition.name in self.models]
            writer.lifted = [*samples, *self.defined] if lifted and not definition.labels else own
            written = _arranged(self._of_sample(writer.written(part.tree), definition), definition)
            shapes[definition.name] = (*(axis for _, axis in written.labels), *written.axes)
            statements.append(f"{definition.name} = {written.text}")
        writer.lifted, self.stage = (), len(self.parts)
        whole = writer.written(self.whole)
        loss = writer.at_place(whole)
        if not loss.is_number:
            raise MisfitError(f"{loss.text} is no single number")
        places = [*(label for label in self.sample if self.placed), *(whole.names if loss is not whole else ())]
        shapes |= dict.fromkeys(places, ())
        lengths = _Lengths(axes, shapes, list(dict.fromkeys([*self.leaves, *places])))
        text, summed = (
            "; ".join(lengths.put_into(each) for each in (*statements, last))
            for last in (loss.text, f"sum({whole.text})")
        )
        of_one = loss is not whole and whole.names[0] in self.sample and not self.placed
        return _Guessed(text, lengths.letters(), summed if of_one else "")


def _names_of(tree: Expression) -> Iterator[str]:
    """The names in a tree, in the order in which they are written."""
    yield from (part.name for part in sorted(walk(tree), key=lambda part: part.at) if isinstance(part, Name))


def _arranged(written: Written, definition: Definition) -> Written:
    """What a symbol stands for, its indices in the order of those on the left."""
    labels = tuple(label for label in written.names if label != "·")
    if sorted(labels) != sorted(definition.labels):
        left, right = (", ".join(each) or "none" for each in (definition.labels, labels))
        raise MisfitError(f"the indices of {definition.name} are {left} on the left, {right} on the right")
    if labels != definition.labels:
        if len(written.labels) != 2 or written.axes:
            raise MisfitError(f"the indices of {definition.name} are in another order on its right")
        return replace(written, text=f"({written.text}).T", labels=written.labels[::-1])
    return written


class _Lengths:
    """The letters of the axes, and how lengths are written. shapes: the axes of all names; leaves: the data."""

    def __init__(self, axes: Axes, shapes: Mapping[str, Sequence[str]], leaves: Sequence[str]) -> None:
        self.axes = axes
        data_first = sorted(leaves, key=lambda name: (name[0] not in "xX", name[0] not in "yYtT"))
        self.shapes = {name: tuple(map(axes.root, shapes[name])) for name in data_first}

    def put_into(self, text: str) -> str:
        """A text with lengths in place of its ⟦N⟧; `MisfitError` for a size that no axis has."""
        return re.sub(r"⟦(.)⟧", lambda match: self._length(match.group(1)), text)

    def _length(self, size: str) -> str:
        wanted = self.axes.root(f"[{size}]")
        for place in range(3):
            for name, axes in self.shapes.items():
                if axes[place : place + 1] == (wanted,):
                    return f"{name}.shape[{place}]" if place else f"len({name})"
        raise MisfitError(f"no axis is known to have the length {size}")

    def letters(self) -> dict[str, tuple[str, ...]]:
        """A letter for each axis of the leaves: the note's own where it has one."""
        given: dict[str, str] = {}
        for axis in (axis for axes in self.shapes.values() for axis in axes):
            if axis in given:
                continue
            size = axis[1:-1] if axis.startswith("[") else ""
            wanted = [size] if size in _LETTERS else [_USUAL.get(size, "")]
            given[axis] = next(each for each in (*wanted, *_LETTERS) if each and each not in given.values())
        return {name: tuple(given[axis] for axis in axes) for name, axes in self.shapes.items()}


__all__ = ["NoteLoss", "losses", "unread_loss"]
