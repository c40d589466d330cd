"""A claim, tried: what it says at each of several points, and whether that is the gradient there."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..engine.graph import Node, plain
from ..errors import UncallableError
from .bare_numbers import Meaning
from .factors import Factor
from .messages import say
from .points import Point

_RTOL = 1e-10
_NEARLY = 1e-6  # beyond this, a difference is not looked at as rounding
_TINY = 1e-6
_BESIDE = 1e-13  # of the largest entry: so far off may be an entry that its rounding reaches
_SHAKES = 6  # what is tiny by cancellation often stays as it is in one


def same(a: Any, b: Any, rtol: float = _RTOL, least: float = _TINY) -> bool:
    """Whether two arrays are equal but for rounding.

    Differences are measured against the largest entry of both, because single entries may cancel to 0, and at least
    against `least`, because where every entry is that tiny, numbers around 1 have cancelled.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return False
    if a.size == 0:
        return True
    return bool(np.max(np.abs(a - b)) <= rtol * max(np.max(np.abs(a)), np.max(np.abs(b)), least))


def agree(a: Any, b: Any) -> bool:
    """Whether two arrays are equal entry by entry but for rounding, however tiny they are.

    An entry beside one that is 10¹³ times as large is no more than its rounding.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if not same(a, b):
        return False
    size = np.maximum(np.abs(a), np.abs(b))
    return bool(np.all(np.abs(a - b) <= _RTOL * size + _BESIDE * np.max(size, initial=0.0)))


class Trial:
    """What a claim says at a point.

    claimed: an array of floats; None where the claim could not be evaluated. trouble: why there is no array, or no
    array of finite numbers; "" where there is one. outside: whether it asked for an entry that is not there. where: at
    which entries it says anything, None for all of them; at the others, claim and gradient are taken to be 0.
    """

    def __init__(self, point: Point, claimed: Any, trouble: str = "", outside: bool = False, where: Any = None) -> None:
        self.point, self.trouble, self.outside, self.where = point, trouble, outside, where
        self.claimed: Any = None if claimed is None else self._limited(np.asarray(claimed, float))
        if not self.is_finite:
            self.trouble = self.trouble or "it is not a number there"

    @property
    def truth(self) -> Any:
        """The gradient at the point."""
        return self._limited(self.point.truth)

    def _limited(self, array: Any) -> Any:
        """An array with 0 where the claim says nothing."""
        limited = self.where is not None and np.shape(array) == np.shape(self.where)
        return np.where(self.where, array, 0.0) if limited else array

    @property
    def is_finite(self) -> bool:
        """Whether the claim is made of finite numbers there, or has no value at all."""
        return self.claimed is None or bool(np.all(np.isfinite(self.claimed)))

    @property
    def usable(self) -> bool:
        """Whether the claim has finite numbers there, in the gradient's shape."""
        return not self.trouble and self.claimed.shape == np.shape(self.truth)

    @property
    def right(self) -> bool:
        """Whether claim and gradient agree there, as far as numbers can tell."""
        return self.usable and agree(self.claimed, self.truth)

    def divided_by(self, factor: Factor) -> Trial:
        """The same point with the claim divided by a factor."""
        claimed = None if self.claimed is None else self.claimed / factor.at(self.point.lengths)
        return Trial(self.point, claimed, self.trouble, where=self.where)


class Way(ABC):
    """One way to understand a claim: it has a value at every point.

    said: how the claim was understood, in words, where that was a choice. said_if_right: the same, and what else must
    be assumed for the claim to be right. everywhere: whether it has a value at other points than the recorded one.
    ordered: whether indices on its left say in which order its axes come. where: the condition under which it says
    anything, in words; "" if it does everywhere.
    """

    said = ""
    said_if_right = ""
    everywhere = True
    ordered = False
    where = ""

    @abstractmethod
    def value(self, point: Point) -> Any:
        """What the claim is worth at a point. May raise whatever a user's function raises."""

    def holds(self, point: Point) -> Any:
        """At which entries of the gradient the claim says anything; None for all of them."""
        return None

    def at(self, point: Point) -> Trial:
        """What the claim says at a point. `UncallableError` if it says something else than numbers."""
        try:
            with np.errstate(all="ignore"):
                value = plain(self.value(point))
        except ArithmeticError:  # Python's own numbers raise where NumPy's are infinite
            return Trial(point, np.full(np.shape(point.truth), np.nan))
        except Exception as error:  # whatever a user's function raises: the verdict says it
            return Trial(point, None, _in_one_line(error), _is_outside(error))
        held = np.asarray(value)
        if held.dtype.kind not in "fiub":
            raise UncallableError(say("returned", what=type(value).__name__))
        return Trial(point, _repeated(held, point.truth), where=self.holds(point))

    def accepts(self, trial: Trial) -> bool:
        """Whether claim and gradient agree at a point: what is left over must be rounding.

        It is rounding where both differ by no more than either moves when every leaf is moved in its last digits, as
        what numbers around 1 leave when they cancel does, or what larger ones leave on the way back.
        """
        if trial.right:
            return True
        least = max(_TINY, trial.point.largest_on_the_way)
        if not trial.usable or not same(trial.claimed, trial.truth, _NEARLY, least):
            return False
        off = np.max(np.abs(trial.claimed - trial.truth))
        for shake in range(_SHAKES if off <= _RTOL * least else 1):
            other = self.at(trial.point.shaken(shake))
            if not other.usable:
                return False
            pairs = ((trial.claimed, other.claimed), (trial.truth, other.truth))
            if any(off <= 100.0 * np.max(np.abs(a - b)) for a, b in pairs):
                return True
        return False


class Tried:
    """A way to understand a claim, tried at points.

    recorded: the recorded point. meanings: what the loss's bare numbers stand for at the points, where that is not the
    likeliest. held: whether the loss's bare arrays were the same at all of them; keeping: the leaves that were.
    gaps: at how many points the claim has no value, nor need have one.
    """

    def __init__(
        self,
        way: Way,
        points: Sequence[Point],
        recorded: Point,
        meanings: tuple[Meaning, ...] = (),
        held: bool = False,
        keeping: tuple[Node, ...] = (),
    ) -> None:
        self.way, self.meanings, self.held, self.keeping = way, meanings, held, keeping
        self._recorded = recorded
        trials = [way.at(point) for point in points or [recorded]]
        # Where numbers of one sign were drawn with either, a right claim need not have a value (√x · √x for x).
        kept = [trial for trial in trials if trial.is_finite or not trial.point.wide]
        self.trials = kept or trials
        self.gaps = len(trials) - len(self.trials)

    @cached_property
    def right(self) -> bool:
        """Whether claim and gradient agree at all points."""
        return all(map(self._accepts, self.trials))

    def right_at(self, point: Point) -> bool:
        """Whether claim and gradient agree at a point, or the claim need not have a value there."""
        return self._accepts(self.way.at(point))

    def _accepts(self, trial: Trial) -> bool:
        return self.way.accepts(trial) or (trial.point.wide and not trial.is_finite)

    def also_right(self, point: Point) -> bool:
        """Whether claim and gradient agree at a further point, which is among the trials from then on if they do not.

        So is the first one at which the gradient is not 0: what is nearly right there is no 0.
        """
        trial = self.way.at(point)
        right = self._accepts(trial)
        if not right or (self.is_zero and np.any(trial.truth)):
            self.trials.append(trial)
        return right

    def told_at(self, points: Iterable[Point]) -> None:
        """Try a wrong claim at more points, where it has a value: what explains it has to hold there, too."""
        trials = map(self.way.at, points)
        self.trials += [trial for trial in trials if trial.usable and np.all(np.isfinite(trial.truth))]

    @property
    def is_zero(self) -> bool:
        """Whether the gradient is 0 in all trials: what a claim of 0 is right about may be its rounding."""
        return not any(np.any(trial.truth) and np.any(trial.claimed) for trial in self.trials)

    @property
    def compares(self) -> bool:
        """Whether the claim says enough to be right or wrong: a condition may hold nowhere in the trials."""
        wheres = [trial.where for trial in self.trials if trial.where is not None]
        return not wheres or sum(map(np.count_nonzero, wheres)) > 1

    @property
    def has_values(self) -> bool:
        """Whether the claim has a value of the gradient's shape in every trial."""
        return all(trial.usable for trial in self.trials)

    @cached_property
    def recorded(self) -> Trial:
        """What the claim says at the recorded point."""
        return self.way.at(self._recorded)

    @property
    def valued(self) -> list[Trial]:
        """The trials in which the claim has a value, of whatever shape."""
        return [trial for trial in self.trials if trial.claimed is not None]

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The claim's shape, at the recorded point if it has one there; None if it has a value nowhere."""
        for trial in (self.recorded, *self.valued):
            if trial.claimed is not None:
                shape: tuple[int, ...] = trial.claimed.shape
                return shape
        return None


def _repeated(claimed: Any, truth: Any) -> Any:
    """A claim; where it is one number for a gradient that is the same at every entry, it stands for all of them."""
    if claimed.shape == () != np.shape(truth):
        full = np.full(np.shape(truth), claimed)
        if np.size(truth) == 1 or same(full, truth):
            return full
    return claimed


def _is_outside(error: Exception) -> bool:
    return isinstance(error, IndexError) or "out of bounds" in str(error)


_INNER_SIZES = (
    r"inner sizes differ, (?P<a>\d+) ≠ (?P<b>\d+)",
    r"matmul: .*\(size (?P<b>\d+) is different from (?P<a>\d+)\)",
    r"not aligned: (?P<a>\d+) \(dim \d+\) != (?P<b>\d+)",
)


def _in_one_line(error: Exception) -> str:
    """An error in a line; the engine's and NumPy's words on matrices that do not fit without what they were given."""
    text = (str(error).strip() or type(error).__name__).split("\n")[0].strip()
    sizes = next(filter(None, (re.search(words, text) for words in _INNER_SIZES)), None)
    return say("inner-sizes", one=sizes["a"], other=sizes["b"]) if sizes else text


__all__ = ["Trial", "Tried", "Way", "same"]
