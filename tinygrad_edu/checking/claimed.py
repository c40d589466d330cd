"""A claim of any kind, read: what it may mean, as one or several ways to evaluate it. Here: nodes and arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from ..engine.changes import changed_since
from ..engine.graph import Node, describe, plain
from ..errors import ChangedSinceError
from .other_gradients import Other
from .points import Point
from .replay import Replay
from .trials import Trial, Way, same


class Claimed(ABC):
    """A claim that was read.

    other: what it says it is, if that is not the gradient asked about. may_know_arrays: whether it may know arrays of
    the loss that have no name. kept: the leaves that it may know by a closure, and so as they were recorded only.
    asked: the nodes whose values it is given. suspects: the mistakes behind which a transposed factor is looked for.
    searched_in_part: whether it is so long that not all of its changes were tried. doubtful: why it may be about
    something else, and so is not called wrong; "" if it cannot.
    """

    other: Other | None = None
    may_know_arrays = False
    kept: tuple[Node, ...] = ()
    asked: tuple[Node, ...] = ()
    suspects: tuple[str, ...] = ()
    doubtful = ""
    searched_in_part = False

    @abstractmethod
    def ways(self) -> list[Way]:
        """The ways to understand it, the likeliest first."""

    def under_conditions(self) -> Iterator[Way]:
        """The claim held to be about equal indices only, or about different ones only, where it speaks of neither."""
        yield from ()

    def transposed(self) -> Iterator[tuple[Sequence[Way], Collection[str]]]:
        """The claim with one factor of a product transposed or moved, in every way; and the names in that factor."""
        yield from ()

    def rewritten(self, trial: Trial) -> Iterator[tuple[Sequence[Way], str, str, str]]:
        """The claim changed at one place so that it is right in a trial.

        As ways, with what was changed, where, and the name or function that has to do with it.
        """
        yield from ()


class OneWay(Claimed):
    """A claim that can be understood in one way only."""

    may_know_arrays = True

    def __init__(self, way: Way) -> None:
        self.way = way

    def ways(self) -> list[Way]:
        """The one way."""
        return [self.way]


class NodeWay(Way):
    """A node of the engine: at each point it is computed again, along with the loss."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def value(self, point: Point) -> Any:
        """What the node holds there."""
        return point.value(self.node)


class ArrayWay(Way):
    """Numbers: they have no other point than the recorded one."""

    everywhere = False

    def __init__(self, array: Any, single_precision: bool) -> None:
        self.array = array
        self.rtol = 1e-5 if single_precision else 1e-9

    def value(self, point: Point) -> Any:
        """The numbers."""
        return self.array

    def accepts(self, trial: Trial) -> bool:
        """Whether they are the gradient's, or the gradient's rounded to a few decimals."""
        return self.is_exact(trial) or bool(decimals(trial))

    def is_exact(self, trial: Trial) -> bool:
        """Whether they are the gradient's to the precision in which the loss was computed."""
        return trial.usable and same(trial.claimed, trial.truth, self.rtol)


def of_node(node: Node) -> Claimed:
    """A node as a claim."""
    return OneWay(NodeWay(node))


def of_array(claim: Any, replay: Replay) -> Claimed:
    """Numbers as a claim: an array, a number, lists of numbers. TypeError if `claim` is nothing of the kind,
    ChangedSinceError if the loss was computed from other numbers than its leaves hold now.
    """
    if isinstance(claim, (list, tuple)):
        claim = [plain(each) for each in claim]
    try:
        array = np.asarray(claim)
    except ValueError:  # rows of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"check: a claim is a string, a function, an array or a node, not {type(claim).__name__}")
    changed = changed_since(replay.nodes)
    if changed:
        names = ", ".join(describe(node) for node in changed[:3])
        raise ChangedSinceError(
            f"check: {names} changed after the loss was computed, so that numbers cannot be compared with the gradient "
            "at that point; compute the loss again, or claim the gradient as a formula or a function"
        )
    return OneWay(ArrayWay(array, any(np.asarray(node._data).dtype == np.float32 for node in replay.nodes)))


def decimals(trial: Trial) -> int:
    """To how many decimals numbers were rounded, if that explains all that they are off; else 0."""
    if not trial.usable or np.size(trial.truth) == 0:
        return 0
    largest = float(np.max(np.abs(trial.truth)))
    for digits in range(2, 10):
        step = 10.0**-digits
        if step <= 0.01 * largest and np.all(np.abs(np.round(trial.claimed, digits) - trial.claimed) <= 1e-12):
            close = np.abs(trial.claimed - trial.truth) <= 0.5000001 * step
            return digits if np.all(close) else 0
    return 0
