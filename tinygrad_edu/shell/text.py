"""Parses a typed loss, and records it over given numbers."""

from __future__ import annotations

import ast
import itertools
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .. import losses
from ..engine.graph import Node
from ..errors import MisfitError, RanksError, UnreadableError
from ..reading import tree
from ..reading.calls import REDUCTIONS
from ..reading.python_text import Translator, lambda_hint, refuse_tall
from ..reading.unreadable import refuse_unreasonable
from ..reading.words import CONSTANTS, Vocabulary, function_named
from ..tensors.tensor import Tensor, Value
from .evaluation import Cost, Evaluation, Sharing

SIZE_NAMES = "ND"  # what formulas call the sizes
DISTRIBUTIONS = ("q", "p", "pi", "Q", "P", "qhat", "phat")
LABELS = ("y", "Y", "t", "T", "target", "targets", "label", "labels", "y_true", "ytrue", "onehot")


class _Translator(Translator):
    """Python's tree made into ours, with the engine's losses among the functions; z[k] is the entry at a place k."""

    _reducing = 0  # how many sums and the like the part that is read stands in

    def _call(self, node: ast.Call) -> tree.Expression:
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in losses.__all__:
            if len(node.args) != 2 or node.keywords:
                raise self.fail(f"{name} takes outputs and labels here: {name}(yhat, y)", node)
            return Cost(self.at(node), name, *map(self.expression, node.args))
        reduces = function_named(name) in (*REDUCTIONS, "norm")
        self._reducing += reduces
        try:
            return super()._call(node)
        finally:
            self._reducing -= reduces

    def _subscript(self, node: ast.Subscript) -> tree.Expression:
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        running = [key.id for key in keys if isinstance(key, ast.Name) and super(_Translator, self).is_index(key.id)]
        if running and self._reducing:
            raise self.fail(f"no index {running[0]} runs here: functions take whole arrays, as in sum(x**2)", node)
        return super()._subscript(node)

    def is_index(self, name: str) -> bool:
        """No name is: nothing runs in a loss."""
        return False


class Formula:
    """A parsed loss.

    leaves: the names that it does not define. assigned: the names that it does, each with its expression.
    loss: the last expression, in which the assigned names stand. called: the name that it is assigned to, if it is.
    symmetric: the leaves that are said to be symmetric matrices.
    """

    def __init__(self, text: str, symmetric: Collection[str] = ()) -> None:
        refuse_unreasonable(text)
        self.text = text
        self.leaves: list[str] = []
        self.assigned: dict[str, tree.Expression] = {}
        self.called = ""
        self.loss = self._parsed()
        self.symmetric = {name for name in self.leaves if name in symmetric}
        if not self.leaves:
            raise UnreadableError("the formula has no name in it to derive by", 0, text)
        sharing = Sharing()
        self._evaluated = {name: sharing.defined(name, part) for name, part in self.assigned.items()}
        self._evaluated_loss = sharing.shared(self.loss)

    @property
    def names(self) -> list[str]:
        """All names: the leaves, then the assigned ones."""
        return [*self.leaves, *self.assigned]

    @cached_property
    def distributions(self) -> set[str]:
        """The names that hold what adds up to 1.

        That are those that weigh their own logarithm, as the p of p log(p/q) does, and one called as a distribution is
        that weighs the logarithm of a softmax: the q of −Σ q log p.
        """
        found: set[str] = set()
        softmaxes = {name for name, part in self.assigned.items() if _is_softmax(part)}
        for part in self.parts():
            for weight, weighed in ((part.x, part.y), (part.y, part.x)) if isinstance(part, tree.Product) else ():
                logs = [
                    each for each in tree.walk(weighed) if isinstance(each, tree.Applied) and each.function == "log"
                ]
                names = {each.name for log in logs for each in tree.walk(log) if isinstance(each, tree.Name)}
                of_softmax = names & softmaxes or any(map(_is_softmax, tree.walk(weighed)))
                if isinstance(weight, tree.Name) and weight.name in (DISTRIBUTIONS if of_softmax else names):
                    found |= {weight.name} & set(self.leaves)
        return found if len(self.leaves) > 1 else set()

    def parts(self) -> Iterator[tree.Expression]:
        """Every part of every expression."""
        for each in (*self.assigned.values(), self.loss):
            yield from tree.walk(each)

    def counted(self) -> set[int]:
        """The whole numbers that are typed, as a factor or below one: a 5 or a 0.2 is not the length of an axis."""
        values = {abs(part.number) for part in self.parts() if isinstance(part, tree.Number) and part.number}
        return {round(n) for value in values for n in (value, 1 / value) if abs(n - round(n)) < 1e-12}

    def places(self) -> set[str]:
        """The names that stand as an index: the y of z[y]."""
        keys = [part.key for part in self.parts() if isinstance(part, tree.Slice)]
        return {each.name for key in keys for each in key if isinstance(each, tree.Name)}

    def recorded(self, numbers: Mapping[str, Any], wanted: Collection[str]) -> tuple[Node, dict[str, Node]]:
        """The last expression as a node, over leaves that hold `numbers`, and the node of every name.

        wanted: the names that must require a gradient even if they are labels. Raises `RanksError` where operands do
        not fit.
        """
        names: dict[str, Any] = {}
        for name in self.leaves:
            kind: Any = Tensor if np.ndim(numbers[name]) else Value
            names[name] = kind(numbers[name], name=name, requires_grad=self._requires_grad(name, wanted))
        run = Evaluation(names)
        with np.errstate(all="ignore"):
            for name, part in self._evaluated.items():
                found = part.value(run).data
                if not isinstance(found, Node):
                    raise UnreadableError(f"{name} is a constant; write its number where it is used", 0, self.text)
                if found.name is not None:
                    said = f"{name} is another name for {found.name}"
                    if isinstance(part, tree.Name):
                        raise UnreadableError(said, 0, self.text)
                    raise RanksError(said, frozenset(self.leaves))  # x.T of a vector is x itself
                found.name = name
                names[name] = found
            loss = self._evaluated_loss.value(run).data
        if not isinstance(loss, Node):
            raise UnreadableError("the loss is a constant", 0, self.text)
        return loss, names

    def _requires_grad(self, name: str, wanted: Collection[str]) -> bool:
        """Whether a leaf requires a gradient: labels do only if they are wanted or are the only leaf.

        Nor does a symmetric matrix: at another point it is drawn as one only if it is data.
        """
        if not (name in LABELS or name in self.distributions or name in self.symmetric) or name in wanted:
            return True
        return not wanted and len(self.leaves) == 1

    # ── parsing ──

    def _parsed(self) -> tree.Expression:
        body = self._statements()
        self._matrices = _used_as_matrices(body)
        found: tree.Expression | None = None
        for statement in body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                if len(statement.targets) > 1 or name in self.names or self._reserved(name):
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
        self.called, _ = self.assigned.popitem()
        return found

    def _statements(self) -> list[ast.stmt]:
        """The text as Python's statements, at least one."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                body = ast.parse(self.text.strip()).body
        except SyntaxError as error:
            place = (error.offset or 1) - 1 + len(self.text) - len(self.text.lstrip())
            hint = lambda_hint(self.text)
            hint += "; a power is written **, a product *" if "^" in self.text or "\\" in self.text else ""
            raise UnreadableError(
                f"this is not Python: {error.msg}{hint}", min(place, len(self.text)), self.text
            ) from None
        except (ValueError, RecursionError, MemoryError):
            raise UnreadableError("this is not Python", 0, self.text) from None
        if not body:
            raise UnreadableError("an empty formula")
        return body

    def _reserved(self, name: str) -> bool:
        """Whether a name is that of a size or a constant; one that is used as a matrix is neither."""
        return (name in SIZE_NAMES and name not in self._matrices) or name in CONSTANTS

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
        if function_named(name) is not None and len(name) > 1 and name != "sigma":  # σ, not applied, is a number
            raise UnreadableError(f"{name} is a function: apply it, {name}(…), or choose another name", at, self.text)
        if name not in self.leaves:
            self.leaves.append(name)
        return tree.Name(at, name)


def loss_of(root: Node) -> Node:
    """The node itself, if it is a single number; else `MisfitError`."""
    if np.size(root._data) != 1:
        raise MisfitError(
            f"the loss must be a single number, this has shape {np.shape(root._data)}; wrap it in mean(…)"
        )
    return root


def _is_softmax(part: tree.Expression) -> bool:
    """Whether a part is a softmax, by its name or written out as exp(z) / sum(exp(z)), or the logarithm of one."""
    match part:
        case tree.Applied(function="softmax" | "log_softmax"):
            return True
        case tree.Quotient(x=tree.Applied(function="exp"), y=below):
            sums = [each for each in tree.walk(below) if isinstance(each, tree.Applied) and each.function == "sum"]
            return any(getattr(each, "function", "") == "exp" for one in sums for each in tree.walk(one))
    return False


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
