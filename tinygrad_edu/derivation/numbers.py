"""The numbers that a user typed into a graph: which were quotients, which decimals, and which may count samples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from ..engine.graph import Node
from ..paper.sizes import Sizes
from .symbolic.functions import Typed, exact


def typed(nodes: Sequence[Node]) -> Typed:
    """The numbers among the operands of a graph: those that something is divided by, and those with a point in them."""
    divisors = {int(value) for value, below in _numbers(nodes) if below and value.is_integer() and abs(value) > 1}
    others = {value for value, below in _numbers(nodes) if not (below or value.is_integer())}
    decimals = {abs(exact(value)) for value in others if len(repr(value)) <= 10}
    return Typed(frozenset(divisors), frozenset(decimals))


def counts(sizes: Sizes) -> list[str]:
    """A note for each number in front that is 1 over the length of an axis: it may be that 1/N."""
    notes = []
    lengths = {length: letter for letter, length in reversed(sizes.letters().items()) if length > 1}
    for value, below in _numbers(sizes.nodes):
        n = value if below else 1 / value if value else 0.0
        letter = lengths.get(round(n)) if abs(n - round(n)) < 1e-12 else None
        if letter is not None and (below or round(n) > 2):
            shown = f"1/{round(n)}" if below else f"{value:.6g}"
            notes.append(
                f"{shown} may be 1/{letter}, as {letter} is {round(n)} here: a formula says {letter} where the loss "
                "takes a mean()"
            )
    return list(dict.fromkeys(notes))


def _numbers(nodes: Sequence[Node]) -> Iterator[tuple[float, bool]]:
    """The numbers that products and quotients have among their operands, and whether they are divided by."""
    for node in nodes:
        powers: tuple[Any, ...] = node.rule.powers if node.rule is not None else ()
        if node.rule is None or node.rule.contracts or len(powers) != len(node.args):
            continue
        for a, power in zip(node.args, powers, strict=True):
            if isinstance(a, (int, float)) and not isinstance(a, bool) and math.isfinite(a):
                yield float(a), power < 0
