"""What the commands that take a LOSS share: arguments that begin with a minus sign, and the loss as a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...engine.graph import Node
from ...errors import InputError, MisfitError, UnreadableError
from ...reading.words import canonical
from ..formula import Formula, record


def spaced(arguments: Sequence[str], options: Sequence[str]) -> list[str]:
    """The arguments with a space before each formula that begins with a minus, which argparse takes for an option."""
    known = (*options, "-h", "--help", "--")
    return [
        f" {argument}" if argument.startswith("-") and argument.partition("=")[0] not in known else argument
        for argument in arguments
    ]


def recorded(loss: str, wrt: Sequence[str] = (), values: dict[str, Any] | None = None) -> tuple[Node, dict[str, Node]]:
    """The loss and its named nodes; what cannot be read or recorded is said in one line."""
    try:
        return record(loss, values, [existing(loss, name) for name in wrt])
    except UnreadableError as error:
        raise InputError(f"the loss: {error.line()}") from None
    except (MisfitError, ValueError, TypeError) as error:
        raise InputError(f"the loss: {error}") from None


def existing(loss: str, name: str) -> str:
    """The name as the formula spells it: ŷ and y_hat for yhat."""
    try:
        formula = Formula(loss)
    except UnreadableError as error:
        raise InputError(f"the loss: {error.line()}") from None
    there = [*formula.leaves, *formula.assigned]
    if name in there:
        return name
    alike = [each for each in there if canonical(each) == canonical(name.strip())]
    if not alike:
        raise InputError(f"the loss has no {name} to derive by; --wrt takes one of {', '.join(there)}")
    return alike[0]
