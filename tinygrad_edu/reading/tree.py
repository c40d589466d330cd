"""A claim as a small tree, and what the tree is worth for given arrays.

The tree knows names, indices and operations, no arrays. `Run` evaluates it with the engine's own functions: plain
arrays give numbers, nodes record. What paper leaves open (whether `y x` is meant entry by entry, which axis `xᵢ` runs
along) is a question asked of the run, under a key; `Run.decided` holds the answers, so that a reading can be repeated
at other sizes exactly as it was understood the first time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cached_property, reduce
from itertools import chain
from typing import Any

import numpy as np

from ..engine.graph import Node, plain
from ..engine.rules import TABLE, astype, count, shape
from ..errors import IndicesError, MisfitError
from ..tensors import functions
from . import entries
from .calls import FUNCTIONS, why_not
from .entries import Entries

Question = tuple[Any, ...]
_HIGHEST_POWER = 6  # of a matrix


class Run:
    """One evaluation of a tree: the arrays, the sizes, and how the open questions are answered.

    asked: for every question met, the answers that were possible, in order of preference.
    """

    def __init__(
        self,
        env: Mapping[str, Any],
        sizes: Mapping[str, int],
        decided: Mapping[Question, Any] | None = None,
        samples: Mapping[str, int] | None = None,
        gradients: Mapping[str, Any] | None = None,
    ) -> None:
        self.env, self.sizes, self.gradients = env, sizes, gradients or {}
        self.decided = dict(decided or {})
        self.samples = samples or {}  # for each name, the axis that goes along the samples
        self.asked: dict[Question, list[Any]] = {}
        self.implicit: str | None = None
        self.whole: Expression | None = None
        self.nodes: Mapping[str, Any] = {}  # the graph's nodes, for derivatives still to be taken
        self.on_paper = False  # whether a matrix of one column may be meant as a vector
        self.is_drawn = False  # whether the arrays are random ones, by which readings are told apart
        self._ranges: dict[str, int] = {}
        self.on_the_left: dict[str, int] = {}  # how far the indices on the left go

    def choose(self, question: Question, answers: Sequence[Any], why: str = "") -> Any:
        """The answer decided on before, or the first; `why` says what does not fit if there is none."""
        if not answers:
            raise MisfitError(why)
        chosen = self.decided.get(question)
        if chosen is None:
            self.asked[question] = list(answers)
            chosen = self.decided[question] = answers[0]
        elif chosen not in answers and question[0] != "ones":
            raise MisfitError(why)
        return chosen

    @cached_property
    def has_shifted(self) -> bool:
        """Whether the claim speaks of xᵢ₊₁, which is beyond the end for the last i."""
        return self.whole is not None and Shifted in self.whole.kinds

    @cached_property
    def _first_places(self) -> list[float]:
        """What the first index may be as a number: 1 on paper; 0 as well where indices are exponents, Σₖ k cₖ xᵏ."""
        if not self.on_paper:
            return [0.0]
        parts = walk(self.whole) if self.whole is not None else ()
        raised = any(isinstance(part, Power) and type(part.y) is Position for part in parts)
        return [1.0, 0.0] if raised else [1.0]

    def number_of(self, part: Expression) -> Entries:
        """What a term, factor or exponent is worth, where an index is a number."""
        found = part.value(self)
        if type(part) is not Position:
            return found
        return replace(found, data=found.data + self.choose(("first place",), self._first_places))

    def as_vector(self, part: Entries) -> Entries:
        """A matrix of one column, which is a vector on paper; any other part as it is."""
        one_column = self.on_paper and part.rank == 2 and part.axes[1] == 1 != part.axes[0]
        vector = one_column and self.choose(("columns",), ["matrices", "vectors"]) == "vectors"
        return _without(part, (1,)) if vector else part

    @contextmanager
    def along(self, label: str) -> Iterator[None]:
        """A stretch in which names stand for one sample each, indexed by `label`."""
        before, self.implicit = self.implicit, label
        try:
            yield
        finally:
            self.implicit = before

    def range_of(self, label: str, at: int) -> int:
        """How far an index goes, as its uses in the claim tell."""
        if label not in self._ranges:
            self._ranges[label] = -1  # while it is looked for: its own uses cannot tell
            for part in walk(self.whole) if self.whole is not None else ():
                if isinstance(part, Indexed) and label in part.subscripts:
                    try:
                        lengths = part.value(self).lengths()
                    except MisfitError:
                        continue
                    if lengths.get(label, -1) > 0:
                        self._ranges[label] = lengths[label]
                        break
            else:
                told = self.on_the_left.get(label)
                if told is None:
                    told = self.sizes[
                        self.choose(("range", label), list(self.sizes), f"nothing tells how far {label} goes")
                    ]
                self._ranges[label] = told
        if self._ranges[label] < 0:
            raise MisfitError(f"nothing tells how far {label.partition('#')[0]} goes")
        return self._ranges[label]


@dataclass(frozen=True, eq=False)
class Expression:
    """A part of a claim; `at` is where it begins in the text."""

    at: int
    binds = False  # whether the indices inside of it are its own
    counts_names = False  # whether its first axis counts names, not entries

    def value(self, run: Run) -> Entries:
        """The part's value in a run."""
        raise NotImplementedError

    def parts(self) -> tuple[Expression, ...]:
        """The expressions it is made of."""
        return self._parts

    @cached_property
    def _parts(self) -> tuple[Expression, ...]:
        every = (getattr(self, field.name) for field in fields(self))
        held = chain.from_iterable(each if isinstance(each, tuple) else (each,) for each in every)
        return tuple(each for each in held if isinstance(each, Expression))

    @cached_property
    def kinds(self) -> frozenset[type[Expression]]:
        """Of which kinds the tree's parts are; trees that share a part find those in it once."""
        return frozenset((type(self),)).union(*(part.kinds for part in self._parts))

    @cached_property
    def part_count(self) -> int:
        """How many parts the tree has, itself among them."""
        return 1 + sum(part.part_count for part in self._parts)


def walk(tree: Expression) -> Iterator[Expression]:
    """The tree's parts, itself first."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(part._parts)


# ── what stands alone ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class Number(Expression):
    """A number written out."""

    number: float

    def value(self, run: Run) -> Entries:
        return Entries(self.number)


@dataclass(frozen=True, eq=False)
class Name(Expression):
    """One of the graph's names; `loose` where only its other case is known (x for the rows of X)."""

    name: str
    loose: bool = False

    def value(self, run: Run) -> Entries:
        found = entries.plain(run.env[self.name])
        axis = run.samples.get(self.name)
        if run.implicit is not None and axis is not None and axis < found.rank:
            one = entries.pick(found, axis, run.implicit)
            ones = tuple(axis for axis, length in enumerate(one.axes) if length == 1)
            return _without(one, run.choose(("ones", id(self)), [ones]))
        return run.as_vector(found)


@dataclass(frozen=True, eq=False)
class Gradient(Expression):
    """∂L/∂name inside a claim: the gradient that the engine has there."""

    name: str

    def value(self, run: Run) -> Entries:
        if self.name not in run.gradients:
            raise MisfitError(f"the claim speaks of the gradient at {self.name}, which is not at hand; write it out")
        return run.as_vector(entries.plain(run.gradients[self.name]))


@dataclass(frozen=True, eq=False)
class Size(Expression):
    """One of the graph's sizes, by its letter."""

    letter: str

    def value(self, run: Run) -> Entries:
        length = run.sizes[self.letter]
        return Entries(length if isinstance(length, Node) else float(length))


@dataclass(frozen=True, eq=False)
class Position(Expression):
    """An index taken as a number, counted from 0: the k of 1[yᵢ = k]."""

    label: str

    def value(self, run: Run) -> Entries:
        return Entries(np.arange(float(run.range_of(self.label, self.at))), (self.label,))


class Place(Position):
    """An index taken as a number, counted from 1, as SymPy does."""

    def value(self, run: Run) -> Entries:
        found = super().value(run)
        return replace(found, data=found.data + 1.0)


@dataclass(frozen=True, eq=False)
class Ones(Expression):
    """A vector of ones, as long as its surroundings ask for."""

    def value(self, run: Run) -> Entries:
        return Entries(1.0, standing="ones")


@dataclass(frozen=True, eq=False)
class Eye(Expression):
    """A unit matrix, as large as its surroundings ask for."""

    def value(self, run: Run) -> Entries:
        return Entries(1.0, standing="eye")


@dataclass(frozen=True, eq=False)
class UnitVector(Expression):
    """e_y: 1 at a class number, else 0, as long as what it is added to."""

    label: Expression

    def value(self, run: Run) -> Entries:
        found = self.label.value(run)
        return Entries(np.ones(shape(found.data)), found.labels, standing="unit", place=found.data)


@dataclass(frozen=True, eq=False)
class Delta(Expression):
    """Kronecker's δ: 1 where two indices are equal, else 0."""

    left: str
    right: str

    def value(self, run: Run) -> Entries:
        return _compared("equal", Position(self.at, self.left).value(run), Position(self.at, self.right).value(run))


# ── indices ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class Indexed(Expression):
    """xᵢ, Wᵢⱼ, x⁽ⁱ⁾ⱼ. A subscript is an index, a place (from 1), or "" for a whole axis; `sample`: the one in (i)."""

    part: Expression
    subscripts: tuple[str | int, ...]
    sample: str | int | None = None

    def value(self, run: Run) -> Entries:
        found = self.part.value(run)
        if found.standing:
            return found
        wanted = len(self.subscripts) + (self.sample is not None)
        if found.rank > wanted:
            ones = tuple(axis for axis, length in enumerate(found.axes) if length == 1)
            found = _without(found, run.choose(("ones", id(self)), [ones]))
        given = [found]
        if self.sample is not None:
            given.append(self._along(run, given[-1], self.sample, 0))
        left = list(self.subscripts)
        while left:
            axis_free = given[-1].rank - sum(1 for each in left[1:] if each != "")
            if len(left) == given[-1].rank:
                given.append(_at(given[-1], 0, left.pop(0), run, len(left)))
            elif len(left) == 1 and axis_free >= 1:
                given.append(self._along(run, given[-1], left.pop(), 1))
            else:
                count = len(self.subscripts)
                raise IndicesError(f"{count} subscript{'s' * (count != 1)} on a part that is {found}")
        return replace(given[-1], row=False)

    def _along(self, run: Run, part: Entries, subscript: str | int, order: int) -> Entries:
        """A single subscript on a part with several axes: the first, or another."""
        if not part.rank:
            raise IndicesError(f"a subscript on a part that is {part}", str(subscript))
        name = self.part.name if isinstance(self.part, Name) else id(self)
        question = ("axis", name, order, len(self.subscripts))
        axis = run.choose(question, list(range(part.rank)), "a subscript for which there is no axis")
        return _at(part, axis, subscript, run, 0)


@dataclass(frozen=True, eq=False)
class Shifted(Expression):
    """The x of xᵢ₊₁: the entry behind each of its entries. steps: how far behind, along each axis.

    What lies beyond the ends is nan, and 0 only times a 0: in 1[i ≥ 2] xᵢ₋₁, which does not speak of it.
    """

    part: Expression
    steps: tuple[int, ...]

    def value(self, run: Run) -> Entries:
        found = self.part.value(run)
        if found.rank != len(self.steps):
            raise IndicesError(f"{len(self.steps)} subscripts on a part that is {found}")
        data = found.data
        for axis, step in enumerate(self.steps):
            data = entries.shifted(data, len(found.labels) + axis, step) if step else data
        return replace(found, data=data)


def _at(part: Entries, axis: int, subscript: str | int, run: Run, behind: int) -> Entries:
    if subscript == "":  # a whole axis: it goes last, so that the next subscript finds its own first
        order = [*range(len(part.labels)), *range(len(part.labels) + 1, len(shape(part.data))), len(part.labels)]
        return Entries(functions.transpose(functions.array(part.data), order), part.labels)
    if isinstance(subscript, int):
        return entries.fixed(part, axis, subscript - 1)
    return entries.pick(part, axis, subscript)


def _without(part: Entries, ones: tuple[int, ...]) -> Entries:
    """Axes of length 1 taken away: a column (N, 1) has one index."""
    if any(part.axes[axis] != 1 for axis in ones):
        raise MisfitError(f"a subscript on a part that is {part}")
    gone = tuple(len(part.labels) + axis for axis in ones)
    return Entries(functions.squeeze(part.data, gone), part.labels) if gone else part


@dataclass(frozen=True, eq=False)
class Slice(Expression):
    """x[key] of NumPy; a key's parts are slices, None, Ellipsis, integers, expressions."""

    part: Expression
    key: tuple[Any, ...]

    def value(self, run: Run) -> Entries:
        found = self.part.value(run)
        key = tuple(_index(part.value(run).data) if isinstance(part, Expression) else part for part in self.key)
        try:
            return Entries(functions.getitem(found.data, key))
        except (IndexError, TypeError, ValueError) as error:
            raise MisfitError(str(error)) from None


def _index(held: Any) -> Any:
    numbers = np.asarray(plain(held))
    if numbers.dtype == bool:
        return numbers
    if np.any(numbers != np.floor(numbers)):
        raise MisfitError("an index is a whole number; a factor in square brackets is written * (…)")
    return astype(held, dtype=np.dtype(int)) if isinstance(held, Node) else numbers.astype(int)


# ── arithmetic ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class Terms(Expression):
    """A sum of terms, each with its sign."""

    signs: tuple[int, ...]
    terms: tuple[Expression, ...]

    def value(self, run: Run) -> Entries:
        total: Entries | None = None
        terms = zip(self.signs, self.terms, strict=True)
        for sign, term in sorted(terms, key=lambda each: _is_unit(each[1])):  # e_y is as long as the others are
            found = run.number_of(term)
            if total is None:
                total = _negative(found) if sign < 0 else found
            else:
                total = entries.add(functions.add if sign > 0 else functions.subtract, total, found)
        assert total is not None
        return total


@dataclass(frozen=True, eq=False)
class Negative(Expression):
    """−x."""

    part: Expression

    def value(self, run: Run) -> Entries:
        return _negative(self.part.value(run))


def _is_unit(term: Expression) -> bool:
    """Whether a term is a unit vector, perhaps times a number."""
    match term:
        case Negative(part=part):
            return _is_unit(part)
        case Product(x=x, y=y) | Quotient(x=x, y=y):
            return _is_unit(x) or _is_unit(y)
    return isinstance(term, UnitVector)


def _negative(x: Entries) -> Entries:
    return replace(x, data=functions.negative(x.data))


@dataclass(frozen=True, eq=False)
class Product(Expression):
    """x times y; `mark` is what stands between: "" for nothing, "·", "*" or "⊙"; "@" is NumPy's product."""

    x: Expression
    y: Expression
    mark: str = ""

    def value(self, run: Run) -> Entries:
        x, y = run.number_of(self.x), run.number_of(self.y)
        if self.mark == "@":
            if not (x.rank and y.rank):
                raise MisfitError("matmul: a single number has no axis to sum over; use *")
            return entries.matrix_product(replace(x, row=False), replace(y, row=False))
        ways = entries.ways(x, y, self.mark)
        way = run.choose(("product", id(self)), ways, f"a product of a part that is {x} with one that is {y}")
        if way == "elementwise" and run.has_shifted:
            return entries.elementwise(entries.nothing_times, x, y)
        return entries.product(x, y, way)


@dataclass(frozen=True, eq=False)
class Quotient(Expression):
    """x / y."""

    x: Expression
    y: Expression

    def value(self, run: Run) -> Entries:
        x, y = run.number_of(self.x), run.number_of(self.y)
        quotient = entries.elementwise(functions.divide, x, y)
        return replace(quotient, standing=x.standing) if x.standing and not (y.rank or y.labels) else quotient


def folded(factors: Sequence[Expression]) -> Expression:
    """A product without signs, from the left."""
    result = factors[0]
    for factor in factors[1:]:
        result = Product(factor.at, result, factor)
    return result


@dataclass(frozen=True, eq=False)
class Power(Expression):
    """x to the power y: entry by entry; of a square matrix to a whole number also the power of the matrix."""

    x: Expression
    y: Expression

    def value(self, run: Run) -> Entries:
        x, y = self.x.value(run), run.number_of(self.y)
        square = x.rank == 2 and x.axes[0] == x.axes[1] and isinstance(self.y, (Number, Negative)) and not y.rank
        order = float(y.data) if square else 0.0
        if order == int(order) and order != 1 and 0 < abs(order) <= _HIGHEST_POWER:
            answers = ["matrix", "entries"] if order < 0 else ["entries", "matrix"]
            if run.choose(("matrix power", id(self)), answers) == "matrix":
                return entries.matrix_power(x, int(order))
        return replace(entries.elementwise(functions.power, x, y), row=x.row)


@dataclass(frozen=True, eq=False)
class Transposed(Expression):
    """xᵀ."""

    part: Expression

    def value(self, run: Run) -> Entries:
        return entries.transposed(self.part.value(run))


# ── functions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class Applied(Expression):
    """A function of the engine, by its name there; `options` are NumPy's keywords."""

    function: str
    arguments: tuple[Expression, ...]
    options: tuple[tuple[str, Any], ...] = ()

    def value(self, run: Run) -> Entries:
        given = [entries.sized(argument.value(run)) for argument in self.arguments]
        try:
            return FUNCTIONS[self.function](*given, **dict(self.options))
        except TypeError as error:
            raise MisfitError(why_not(self.function, given, dict(self.options), error)) from None


@dataclass(frozen=True, eq=False)
class Slope(Expression):
    """f′(x) of one of the engine's functions: from its row in the table."""

    function: str
    part: Expression

    def value(self, run: Run) -> Entries:
        x = entries.sized(self.part.value(run))
        rule = TABLE[self.function]
        vjp = rule.vjp(0)
        assert vjp is not None
        one = np.ones(shape(x.data)) if shape(x.data) else 1.0
        return replace(x, data=vjp(one, rule(x.data), x.data) * one)


@dataclass(frozen=True, eq=False)
class Compared(Expression):
    """1[x > y]: 1 where it holds, else 0."""

    relation: str
    x: Expression
    y: Expression

    def value(self, run: Run) -> Entries:
        x, y = self.x.value(run), self.y.value(run)
        if type(self.x) is Position and _is_count(self.y):  # on paper the first place is 1, and N the last
            y = replace(y, data=y.data - 1)
        elif type(self.y) is Position and _is_count(self.x):
            x = replace(x, data=x.data - 1)
        elif self.part_count > 3 and _is_count(self, Position):  # i = j − 1: both count from the same place
            x, y = run.number_of(self.x), run.number_of(self.y)
        return _compared(self.relation, x, y)


def all_hold(conditions: Sequence[Expression]) -> Expression:
    """1 where each of the conditions holds, else 0."""
    return reduce(lambda x, y: Product(y.at, x, y, "⊙"), conditions)


def any_holds(conditions: Sequence[Expression]) -> Expression:
    """1 where at least one of the conditions holds, else 0."""
    return reduce(lambda x, y: Terms(y.at, (1, 1, -1), (x, y, all_hold([x, y]))), conditions)


def _is_count(tree: Expression, *others: type[Expression]) -> bool:
    """Whether an expression is made of numbers and sizes: 2, N, N − 1; or of those and `others`."""
    leaves = [part for part in walk(tree) if not part.parts()]
    return all(type(x) in (Number, Size, *others) or getattr(x, "question", ("",))[0] == "size" for x in leaves)


def _compared(relation: str, x: Entries, y: Entries) -> Entries:
    return entries.elementwise(lambda a, b: 1.0 * getattr(functions, relation)(a, b), x, y)


@dataclass(frozen=True, eq=False)
class Shape(Expression):
    """x.shape[axis], len(x), x.size (axis None)."""

    part: Expression
    axis: int | None

    def value(self, run: Run) -> Entries:
        held = self.part.value(run).data
        lengths = shape(held)
        if isinstance(held, Node) and lengths and (self.axis is None or -len(lengths) <= self.axis < len(lengths)):
            axis = None if self.axis is None else (self.axis % len(lengths),)
            return Entries(count(held, axis=axis))  # recorded, so that it follows the data to other sizes
        if self.axis is None:
            return Entries(float(np.prod(lengths)))
        if not -len(lengths) <= self.axis < len(lengths):
            raise MisfitError(f"there is no axis {self.axis} in a shape {lengths}")
        return Entries(float(lengths[self.axis]))
