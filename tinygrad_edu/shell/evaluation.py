"""Records a typed formula on nodes. A subexpression that is typed twice is recorded once.

`Sharing` wraps the parts of the formula's trees. Each wrapped part has a number, which is the same for parts that are
the same operation on the same names, and an `Evaluation` keeps the result of each number. Where operands do not fit,
the innermost part says which names they are made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from .. import losses
from ..errors import RanksError, UnreadableError
from ..reading import tree
from ..reading.entries import Entries

# These parts are not wrapped: they record nothing, and the operations around them ask for their kind.
_BARE = (tree.Name, tree.Number)


class Evaluation(tree.Run):
    """One recording of a formula on the nodes of its names. known: the result of each numbered part so far."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        super().__init__(names, {})
        self.known: dict[int, Entries] = {}


@dataclass(frozen=True, eq=False)
class Cost(tree.Expression):
    """One of the engine's losses, of outputs and labels."""

    name: str
    outputs: tree.Expression
    labels: tree.Expression

    def value(self, run: tree.Run) -> Entries:
        """The loss of the two parts in a run."""
        outputs, labels = (part.value(run).data for part in (self.outputs, self.labels))
        return Entries(getattr(losses, self.name)(outputs, labels))


@dataclass(frozen=True, eq=False)
class Part(tree.Expression):
    """A part of a formula that a run evaluates once. number: the same for parts that compute the same.

    leaves: the names, not defined by the formula, that the part is made of.
    """

    part: tree.Expression
    number: int
    leaves: frozenset[str]

    def value(self, run: tree.Run) -> Entries:
        """The part's result in a run; `RanksError` with the part's leaves where its operands do not fit."""
        assert isinstance(run, Evaluation)
        if self.number not in run.known:
            try:
                run.known[self.number] = self.part.value(run)
            except (UnreadableError, RanksError):
                raise
            except (ValueError, TypeError, IndexError, ArithmeticError) as error:
                raise RanksError(str(error), self.leaves) from error
        return run.known[self.number]


class Sharing:
    """Wraps the parts of a formula's expressions, one expression after the other."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._defined: dict[str, Part] = {}

    def defined(self, name: str, expression: tree.Expression) -> tree.Expression:
        """The expression assigned to `name`, with its parts wrapped.

        If another name was assigned the same, the expression gets a number of its own, so that each name has a node.
        """
        found = self.shared(expression)
        if isinstance(found, Part):
            if any(found.number == other.number for other in self._defined.values()):
                found = replace(found, number=self._number(("defined", name)))
            self._defined[name] = found
        return found

    def shared(self, expression: tree.Expression) -> tree.Expression:
        """The expression with its parts wrapped."""
        if isinstance(expression, _BARE) or _is_negative_number(expression):
            return expression
        held = {field.name: self._inside(getattr(expression, field.name)) for field in fields(expression)}
        inner = replace(expression, **held)
        key = [self._key(value) for name, value in held.items() if name != "at"]
        number = self._number((type(expression), *key))
        return Part(expression.at, inner, number, frozenset().union(*map(self._leaves, inner.parts())))

    def _inside(self, held: Any) -> Any:
        if isinstance(held, tree.Expression):
            return self.shared(held)
        return tuple(map(self._inside, held)) if isinstance(held, tuple) else held

    def _number(self, key: tuple[Any, ...]) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _key(self, held: Any) -> Any:
        """A key for one field of a part, equal for fields that compute the same."""
        match held:
            case Part():
                return "part", held.number
            case tree.Name() if held.name in self._defined:
                return "part", self._defined[held.name].number
            case tree.Name():
                return "name", held.name
            case tree.Number():
                return "number", held.number
            case tree.Negative():
                return "negative", self._key(held.part)
            case tuple():
                return tuple(map(self._key, held))
        return type(held), repr(held)

    def _leaves(self, part: tree.Expression) -> frozenset[str]:
        match part:
            case Part():
                return part.leaves
            case tree.Name() if part.name in self._defined:
                return self._defined[part.name].leaves
            case tree.Name():
                return frozenset({part.name})
        return frozenset()


def _is_negative_number(expression: tree.Expression) -> bool:
    return isinstance(expression, tree.Negative) and isinstance(expression.part, tree.Number)
