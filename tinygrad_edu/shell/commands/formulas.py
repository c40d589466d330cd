"""Arguments and errors that the commands with a LOSS share."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ...errors import InputError, MisfitError, UnreadableError
from ...reading.words import canonical
from ..formula import Formula, Recording, recording
from ..shapes import Said

_MOST_AXES = 5
_MOST_NUMBERS = 100_000  # in one array


def shape_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option --shape."""
    parser.add_argument(
        "--shape", action="append", default=[], metavar="NAME=N,D",
        help="the axes of a name, as letters or lengths (x=N,D  y=5,1  b=() for a single number); may be repeated",
    )  # fmt: skip


def order_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options --jacobian and --hessian."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--jacobian", action="store_true", help="LOSS is more than a single number: its Jacobian ∂yᵢ/∂xⱼ"
    )
    which.add_argument("--hessian", action="store_true", help="the second derivative ∂²L/∂wᵢ∂wⱼ")


def spaced(arguments: Sequence[str], parser: argparse.ArgumentParser) -> list[str]:
    """The arguments with a space before each formula that begins with a minus, which argparse takes for an option."""
    known = (*parser._option_string_actions, "--")
    return [
        f" {argument}" if argument.startswith("-") and argument.partition("=")[0] not in known else argument
        for argument in arguments
    ]


def recorded(
    loss: str,
    wrt: Sequence[str] = (),
    shapes: Sequence[str] = (),
    values: dict[str, Any] | None = None,
    ranks: Mapping[str, int] | None = None,
    entries: bool = False,
    symmetric: Collection[str] = (),
) -> Recording:
    """The recorded loss; what cannot be read or recorded is said in one line.

    wrt: the names to derive by. shapes: what --shape was given. ranks: how many axes other names have. entries: the
    loss is to be more than a single number. symmetric: the names that are said to be symmetric matrices.
    """
    wanted = [existing(loss, name) for name in wrt]
    said = {name: ("",) * rank for name, rank in (ranks or {}).items()} | _shapes(loss, shapes, values or {})
    try:
        return recording(loss, values, wanted, said, entries, symmetric)
    except UnreadableError as error:
        raise InputError(f"the loss: {error.line()}") from None
    except (MisfitError, ValueError, TypeError) as error:
        raise InputError(f"the loss: {error}") from None


def say_assumed(found: Recording) -> None:
    """Say on stderr, in one line, which shapes were assumed, if others would have fitted."""
    if assumed := found.assumed():
        print(f"assumed shapes: {assumed}; --shape NAME=N,D sets others", file=sys.stderr)


def _shapes(loss: str, given: Sequence[str], values: dict[str, Any]) -> dict[str, Said]:
    """The shapes that --shape gives, by the names that the formula has."""
    found: dict[str, Said] = {}
    for text in given:
        spelled, said = shape(text)
        name = existing(loss, spelled, f"--shape {text}: the loss has no {spelled}; it speaks of", leaves=True)
        if name in found:
            raise InputError(f"--shape gives {name} twice")
        if name in values:
            raise InputError(f"--shape {text}: {name} has values, and their shape")
        found[name] = said
    return found


def shape(text: str) -> tuple[str, Said]:
    """`x=N,D` as a name and its axes: letters stay open, numbers are lengths, `x=()` has no axes."""
    name, _, axes = text.partition("=")
    name, axes = name.strip(), axes.strip()
    inside = axes[1:-1] if axes.startswith("(") and axes.endswith(")") else axes
    said = [each.strip() for each in inside.removesuffix(",").split(",")] if inside.strip() else []
    if not name or not axes or not all(each.isidentifier() or re.fullmatch("[1-9][0-9]{0,6}", each) for each in said):
        raise InputError(f"--shape {text}: write NAME=N,D with a letter or a length for each axis, NAME=() for none")
    found = tuple(each if each.isidentifier() else int(each) for each in said)
    if len(said) > _MOST_AXES or math.prod(each for each in found if isinstance(each, int)) > _MOST_NUMBERS:
        raise InputError(f"--shape {text}: at most {_MOST_AXES} axes and {_MOST_NUMBERS:,} numbers are tried")
    return name, found


def existing(loss: str, name: str, unknown: str = "", leaves: bool = False) -> str:
    """The name as the formula spells it: ŷ and y_hat for yhat.

    unknown: how the error begins that lists the names there are. leaves: only names that the formula does not define.
    """
    try:
        formula = Formula(loss)
    except UnreadableError as error:
        raise InputError(f"the loss: {error.line()}") from None
    there = formula.leaves if leaves else formula.names
    if name in there:
        return name
    alike = [each for each in there if canonical(each) == canonical(name.strip())]
    if not alike:
        unknown = unknown or f"the loss has no {name} to derive by; --wrt takes one of"
        raise InputError(f"{unknown} {', '.join(there)}")
    return alike[0]
