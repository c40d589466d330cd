"""A loss written as a formula, recorded: what the shell's `derive`, `check`, `source` and `draw` work on.

    mean(-(y*log(yhat) + (1-y)*log(1-yhat)))
    p = sigmoid(X @ w + b); mean((p - y)**2)

The formula says nothing of shapes. Numbers of axes are tried, likeliest first, until the formula can be recorded with
every axis of one length and the loss is a single number: capital letters are matrices, small ones vectors along the
samples, b a bias. Then `paper.sizes` says which axes of that graph may differ, and those get unequal lengths.
Numbers are drawn in kind: labels 0 or 1, probabilities inside (0, 1), what stands under a logarithm positive.
"""

from __future__ import annotations

import ast
import itertools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import losses
from ..engine.graph import Node
from ..errors import MisfitError, RanksError, UnreadableError
from ..paper.sizes import Size, Sizes
from ..reading import tree
from ..reading.entries import Entries
from ..reading.python_text import Translator, refuse_tall
from ..reading.unreadable import refuse_unreasonable
from ..reading.words import CONSTANTS, Vocabulary, function_named
from ..tensors.tensor import Tensor, Value

_RESERVED = "ND"  # what formulas call the sizes
_LENGTHS = (5, 3, 4, 2, 7, 6, 8, 9, 10, 11)
_LABELS = ("y", "Y", "t", "T", "target", "targets", "label", "labels", "y_true", "ytrue", "onehot")
_SINGLE = ("b", "c", "lam", "lambda_", "lamda", "alpha", "beta", "gamma", "eps", "mu", "tau", "eta", "bias", "reg")
_ALIKE = 12  # the length of every axis while it is asked which axes may differ
_MOST_TRIES = 4_000


def record(
    text: str, values: Mapping[str, Any] | None = None, wrt: str | Sequence[str] | None = None
) -> tuple[Node, dict[str, Node]]:
    """The loss as a recorded node, and every name's node: leaves, and intermediates that the formula assigns.

    values: numbers and arrays for some or all names; the rest is drawn. wrt: names whose gradients are wanted (they
    must be there); without it, all leaves but labels require one. Raises `UnreadableError` with the place,
    `MisfitError` where the shapes do not go together.

    >>> loss, names = record("mean((p - y)**2)")
    >>> loss.shape, sorted(names)
    ((), ['p', 'y'])
    """
    formula = Formula(text)
    given = {name: np.asarray(value, float) for name, value in (values or {}).items()}
    for name in given:
        if name not in formula.leaves:
            raise UnreadableError(f"{name} has a value, but the formula speaks of {', '.join(formula.leaves)}")
    wanted = [wrt] if isinstance(wrt, str) else list(wrt or ())
    for name in wanted:
        if name not in formula.leaves and name not in formula.assigned:
            there = ", ".join([*formula.leaves, *formula.assigned])
            raise UnreadableError(f"the formula has no {name} to derive by; it has {there}")
    shapes = _Shapes(formula, given).found()
    last: MisfitError | None = None
    for kind in ("", "positive", "probability"):
        drawn = _drawn(formula, shapes, given, kind)
        try:
            loss, names = formula.recorded(drawn, wanted)
        except MisfitError as misfit:
            last = misfit
            break
        if np.all(np.isfinite(loss._data)) or set(formula.leaves) <= set(given):
            return loss, names
    if last is not None:
        raise last
    return loss, names


@dataclass(frozen=True, eq=False)
class Cost(tree.Expression):
    """One of the engine's losses, of outputs and labels."""

    name: str
    outputs: tree.Expression
    labels: tree.Expression

    def value(self, run: tree.Run) -> Entries:
        """What it is worth in a run."""
        given = [part.value(run).data for part in (self.outputs, self.labels)]
        try:
            return Entries(getattr(losses, self.name)(*given))
        except (ValueError, TypeError) as error:
            raise MisfitError(str(error)) from None


class _Translator(Translator):
    """From Python's tree to ours, losses by their names among it."""

    def _call(self, node: ast.Call) -> tree.Expression:
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in losses.__all__:
            if len(node.args) != 2 or node.keywords:
                raise self.fail(f"{name} takes outputs and labels here: {name}(yhat, y)", node)
            return Cost(self.at(node), name, *map(self.expression, node.args))
        return super()._call(node)


class Formula:
    """A parsed loss. leaves: the names it does not define; assigned: those it does, each with its expression."""

    def __init__(self, text: str) -> None:
        refuse_unreasonable(text)
        self.text = text
        self.leaves: list[str] = []
        self.assigned: dict[str, tree.Expression] = {}
        self.loss = self._parsed()
        if not self.leaves:
            raise UnreadableError("the formula has no name in it to derive by", 0, text)

    def _parsed(self) -> tree.Expression:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                body = ast.parse(self.text.strip()).body
        except SyntaxError as error:
            place = (error.offset or 1) - 1 + len(self.text) - len(self.text.lstrip())
            hint = "; a power is written **, a product *" if "^" in self.text or "\\" in self.text else ""
            raise UnreadableError(
                f"this is not Python: {error.msg}{hint}", min(place, len(self.text)), self.text
            ) from None
        except (ValueError, RecursionError, MemoryError):
            raise UnreadableError("this is not Python", 0, self.text) from None
        if not body:
            raise UnreadableError("an empty formula")
        self._matrices = _used_as_matrices(body)
        found: tree.Expression | None = None
        for statement in body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                if len(statement.targets) > 1 or name in self.assigned or name in self.leaves or self._reserved(name):
                    raise UnreadableError(f"{name} cannot be assigned here", statement.col_offset, self.text)
                found = self._expression(statement.value)
                self.assigned[name] = found
            elif isinstance(statement, ast.Expr) and statement is body[-1]:
                return self._expression(statement.value)
            else:
                raise UnreadableError(
                    "a formula, or names assigned and then a formula", statement.col_offset, self.text
                )
        assert found is not None
        self.assigned.popitem()
        return found

    def _reserved(self, name: str) -> bool:
        """Whether a name is that of a size or a constant; one that is used as a matrix is neither."""
        return (name in _RESERVED and name not in self._matrices) or name in CONSTANTS

    def _expression(self, node: ast.expr) -> tree.Expression:
        refuse_tall(node, self.text)
        words = Vocabulary(dict.fromkeys(self.assigned, ()))
        words.by_spelling = {name: name for name in self.assigned}
        return _Translator(self.text, words, self._leaf).expression(node)

    def _leaf(self, name: str, at: int) -> tree.Expression:
        if self._reserved(name):
            raise UnreadableError(
                f"{name} is what sizes are called: a mean is written mean(…), a count len(y)", at, self.text
            )
        if function_named(name) is not None and len(name) > 1:
            raise UnreadableError(f"{name} is a function: apply it, {name}(…), or choose another name", at, self.text)
        if name not in self.leaves:
            self.leaves.append(name)
        return tree.Name(at, name)

    def expressions(self) -> list[tree.Expression]:
        """All there is, the loss last."""
        return [*self.assigned.values(), self.loss]

    def parts(self) -> Iterator[tree.Expression]:
        """Every part of every expression."""
        for each in self.expressions():
            yield from tree.walk(each)

    def recorded(self, drawn: Mapping[str, Any], wanted: Sequence[str]) -> tuple[Node, dict[str, Node]]:
        """The graph over leaves holding `drawn`."""
        names: dict[str, Any] = {}
        for name in self.leaves:
            needs = name in wanted if wanted and name in _LABELS else name not in _LABELS or not _others(self, name)
            kind: Any = Tensor if np.ndim(drawn[name]) else Value
            names[name] = kind(drawn[name], name=name, requires_grad=needs)
        with np.errstate(all="ignore"):
            for name, part in self.assigned.items():
                found = part.value(tree.Run(names, {})).data
                if not isinstance(found, Node):
                    raise UnreadableError(f"{name} is a constant; write its number where it is used", 0, self.text)
                if found.name is not None:
                    raise UnreadableError(f"{name} is another name for {found.name}", 0, self.text)
                found.name = name
                names[name] = found
            loss = self.loss.value(tree.Run(names, {})).data
        if not isinstance(loss, Node):
            raise UnreadableError("the loss is a constant", 0, self.text)
        if np.size(loss._data) != 1:
            raise MisfitError(
                f"the loss must be a single number, this has shape {np.shape(loss._data)}; wrap it in mean(…)"
            )
        return loss, names


def _used_as_matrices(body: Sequence[ast.stmt]) -> set[str]:
    """The names that stand in a product of matrices or are transposed."""
    parts: list[ast.expr] = []
    for node in itertools.chain(*map(ast.walk, body)):
        match node:
            case ast.BinOp(op=ast.MatMult()):
                parts += [node.left, node.right]
            case ast.Attribute(attr="T" | "dot"):
                parts.append(node.value)
    return {part.id for part in parts if isinstance(part, ast.Name)}


def _others(formula: Formula, name: str) -> bool:
    return len(formula.leaves) > 1


# ── shapes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Shapes:
    """Finds a shape for every leaf: ranks are tried in order of likelihood until all fit."""

    def __init__(self, formula: Formula, given: Mapping[str, Any]) -> None:
        self.formula, self.given = formula, given

    def found(self) -> dict[str, tuple[int, ...]]:
        """The lengths of every leaf's axes."""
        leaves = self.formula.leaves
        lists = [[np.ndim(self.given[name])] if name in self.given else self._likely(name) for name in leaves]
        if set(leaves) <= set(self.given):
            return {name: np.shape(self.given[name]) for name in leaves}
        positions = itertools.product(*[range(len(each)) for each in lists])
        ordered = sorted(itertools.islice(positions, 20_000), key=lambda places: (sum(places), places))
        for places in ordered[:_MOST_TRIES]:
            ranks = {name: lists[n][place] for n, (name, place) in enumerate(zip(leaves, places, strict=True))}
            try:
                return self._lengths(ranks)
            except RanksError:
                continue
        raise MisfitError("no shapes were found for which the loss is a single number; wrap it in mean(…) or sum(…), "
                     "or give arrays for its names")  # fmt: skip

    def _lengths(self, ranks: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        """Record the formula with every axis of one length, and give unequal lengths to the axes that never meet."""
        alike = {name: (_ALIKE,) * rank for name, rank in ranks.items()}
        for name, value in self.given.items():
            alike[name] = tuple(1 if length == 1 else _ALIKE for length in np.shape(value))
        numbers = {name: value for name, value in self.given.items() if not np.ndim(value)}
        try:
            loss, names = self.formula.recorded(_drawn(self.formula, alike, numbers, ""), ())
        except (ValueError, TypeError, IndexError, ArithmeticError) as error:
            if isinstance(error, UnreadableError):
                raise
            raise RanksError from None
        if np.shape(loss._data):
            raise RanksError
        sizes = Sizes([loss, *names.values()])
        axes = {name: sizes.axes(names[name]) for name in ranks}
        lengths: dict[Size, int] = {}
        for name, value in self.given.items():
            lengths |= {size: n for size, n in zip(axes[name], np.shape(value), strict=True) if n != 1}
        unused = [n for n in _LENGTHS if n not in lengths.values()]
        for size in itertools.chain(*self._data_first(axes)):
            if size not in lengths and size.free:
                lengths[size] = next((n for n in unused if n >= size.least), _ALIKE)
                unused = [n for n in unused if n != lengths[size]]
        return {
            name: tuple(lengths.get(size, size.value(lengths)) for size in own)
            if name not in self.given
            else np.shape(self.given[name])
            for name, own in axes.items()
        }

    def _data_first(self, leaves: Mapping[str, tuple[Size, ...]]) -> list[tuple[Size, ...]]:
        """The axes of every leaf, those of the data and the labels first, because they get the first lengths."""
        order = sorted(leaves, key=lambda name: (name[0] not in "xX", name not in _LABELS))
        return [leaves[name] for name in order]

    def _likely(self, name: str) -> list[int]:
        """Ranks for a name, likeliest first."""
        products = [pair for part in self.formula.parts() if (pair := _factors(part))]
        capital = name[0].isupper()
        left = any(_stands_in(x, name) for x, _ in products)
        right = any(_stands_in(y, name) for _, y in products)
        turned = any(isinstance(part, tree.Transposed) and _stands_in(part.part, name) for part in self.formula.parts())
        if capital:
            return [2, 1, 0]
        if left or right or turned:
            return [1, 2, 0]
        if name in _SINGLE or name.rstrip("0123456789_") in _SINGLE:
            matrices = any(_begins(y, str.isupper) or _begins(x, lambda c: c == "W") for x, y in products)
            return [1, 0, 2] if matrices else [0, 1, 2]
        if name[0] in "wkavmθ" and name.rstrip("0123456789_") in ("w", "k", "a", "m", "theta", "slope"):
            return [0, 1, 2] if self._multiplies(name) and not products else [1, 0, 2]
        return [1, 0, 2]

    def _multiplies(self, name: str) -> bool:
        """Whether a name stands in a product with another, one that is not what a sum adds up."""
        summed = [
            argument
            for part in self.formula.parts()
            if isinstance(part, tree.Applied) and part.function == "sum"
            for argument in part.arguments
        ]
        return any(
            isinstance(part, tree.Product)
            and part.mark != "@"
            and not any(part is each for each in summed)
            and (_stands_in(part.x, name) or _stands_in(part.y, name))
            and len(_names(part)) > 1
            for part in self.formula.parts()
        )


def _factors(part: tree.Expression) -> tuple[tree.Expression, tree.Expression] | None:
    """The two factors of a product of matrices, however it is written."""
    match part:
        case tree.Product(mark="@"):
            return part.x, part.y
        case tree.Applied(function="dot" | "matmul" | "inner", arguments=(x, y)):
            return x, y
    return None


def _names(part: tree.Expression) -> set[str]:
    return {each.name for each in tree.walk(part) if isinstance(each, tree.Name)}


def _stands_in(part: tree.Expression, name: str) -> bool:
    """Whether a part is the name itself, perhaps transposed."""
    while isinstance(part, (tree.Transposed, tree.Negative)):
        part = part.part
    return isinstance(part, tree.Name) and part.name == name


def _begins(part: tree.Expression, asks: Any) -> bool:
    while isinstance(part, (tree.Transposed, tree.Negative)):
        part = part.part
    return isinstance(part, tree.Name) and bool(asks(part.name[0]))


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _drawn(
    formula: Formula, shapes: Mapping[str, tuple[int, ...]], given: Mapping[str, Any], kind: str
) -> dict[str, Any]:
    """Numbers for every leaf, of its kind; `kind` is one that all others get instead."""
    rng = np.random.default_rng(7)
    positive, probable = _under_functions(formula)
    found: dict[str, Any] = {}
    for name in formula.leaves:
        shape = shapes[name]
        if name in given:
            found[name] = given[name]
        elif name in probable:
            found[name] = rng.uniform(0.15, 0.85, shape).round(2)
        elif name in _LABELS and len(formula.leaves) > 1 and _classifies(formula):
            found[name] = _labels(formula, name, shape, rng)
        elif name in positive or kind == "positive":
            found[name] = rng.uniform(0.4, 2.0, shape).round(2)
        elif kind == "probability":
            found[name] = rng.uniform(0.15, 0.85, shape).round(2)
        else:
            found[name] = (rng.uniform(0.2, 1.5, shape) * rng.choice([-1.0, 1.0], shape)).round(2)
        if not shape:
            found[name] = float(found[name])
    return found


def _under_functions(formula: Formula) -> tuple[set[str], set[str]]:
    """The names that must be positive, and those that must lie inside (0, 1)."""
    positive: set[str] = set()
    probable: set[str] = set()
    for part in formula.parts():
        match part:
            case tree.Applied(function="log" | "log2" | "log10" | "sqrt", arguments=(tree.Name(name=name),)):
                positive.add(name)
            case tree.Applied(
                function="log", arguments=(tree.Terms(signs=(1, -1), terms=(tree.Number(), tree.Name(name=name))),)
            ):
                probable.add(name)
            case tree.Applied(function="power", arguments=(tree.Name(name=name), exponent)):
                if not (isinstance(exponent, tree.Number) and exponent.number.is_integer()):
                    positive.add(name)
            case tree.Quotient(y=tree.Name(name=name)):
                positive.add(name)
    return positive - probable, probable


def _functions(formula: Formula) -> set[str]:
    """The functions and losses that a formula applies."""
    applied = {part.function for part in formula.parts() if isinstance(part, tree.Applied)}
    return applied | {part.name for part in formula.parts() if isinstance(part, Cost)}


def _classifies(formula: Formula) -> bool:
    """Whether the loss is one of classification, so that its labels are 0, 1 or one-hot."""
    functions = _functions(formula)
    return bool(functions & set(losses.__all__) - {"mse_loss"}) or bool(
        functions & {"log", "softplus", "log_softmax", "logsumexp", "logaddexp", "log1p", "maximum", "max", "relu"}
    )


def _labels(formula: Formula, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    functions = _functions(formula)
    if functions & {"maximum", "max", "relu", "hinge_loss"} and not functions & {"log", "softplus"}:
        return rng.permutation(np.resize([1.0, -1.0], int(np.prod(shape)))).reshape(shape)  # a hinge
    if (functions & {"softmax", "log_softmax", "logsumexp"} and shape) or ("cross_entropy" in functions and shape[1:]):
        return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    return rng.permutation(np.resize([1.0, 0.0], int(np.prod(shape)))).reshape(shape)
