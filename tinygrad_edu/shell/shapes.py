"""Chooses a shape for every name of a typed loss.

Numbers of axes are tried, likeliest first, with every axis of one length, until the formula can be recorded and the
loss is a single number. `paper.sizes` then says which axes of that graph may differ, and those get unequal lengths.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.graph import Node
from ..errors import MisfitError, RanksError
from ..paper.size import Size
from ..paper.sizes import Sizes
from ..reading import tree
from .numbers import Numbers, Shape
from .ranks import by_likelihood, likely_ranks
from .text import LABELS

# For each axis of a name, the length that was said, or a letter where it is open; "" where no more is known of it
Said = tuple[int | str, ...]
_LENGTHS = (5, 3, 4, 2, 7, 6, 8, 9, 10, 11)
_ALIKE = 12  # the length of every axis while it is asked which axes may differ
_MOST_NUMBERS = 1_000_000  # in one array, while lengths are tried
_MOST_TRIES = 1_000
_MORE_TRIES = 50  # after the first choice that fits, to see whether another does


@dataclass(frozen=True)
class Found:
    """The shape of every leaf. only: no other numbers of axes were seen to fit."""

    shapes: dict[str, Shape]
    only: bool


class Search:
    """The search for the shapes of a formula's leaves.

    said: the shapes that are known, with lengths or letters for the axes. first_misfit: what did not fit in the
    likeliest choice of numbers of axes. entries: whether the loss is to have axes. loss_misfits: whether with some
    choice everything fits, but the loss has axes where it should not, or none.
    """

    def __init__(self, numbers: Numbers, said: Mapping[str, Said], entries: bool = False) -> None:
        self.formula, self.numbers, self.said, self.entries = numbers.formula, numbers, said, entries
        self.labels = numbers.labels()
        self.first_misfit: RanksError | None = None
        self.loss_misfits = False

    def found(self) -> Found:
        """Shapes that fit, `MisfitError` if none do."""
        for alike in self._lengths_for_all():
            fitting = _Fitting(self, alike).found()
            if fitting is not None:
                return fitting
        if self.entries and (self.loss_misfits or self.first_misfit is None):
            raise MisfitError(
                "no shapes were found for which this is more than a single number, as --jacobian has it; "
                "--shape NAME=N,D says what the names are"
            )
        if self.loss_misfits or self.first_misfit is None:
            raise MisfitError(
                "no shapes were found for which the loss is a single number; wrap it in mean(…) or sum(…), "
                "or give its names arrays or shapes"
            )
        raise MisfitError(str(self.first_misfit))

    def _lengths_for_all(self) -> list[int]:
        """The lengths to give to all axes in turn: 12, those that are said, and those that the formula counts on."""
        counted = [length for said in self.said.values() for length in said if isinstance(length, int)]
        for part in self.formula.parts():
            match part:
                case tree.Applied(function="reshape", arguments=(_, *lengths)):
                    counted.append(math.prod(int(each.number) for each in lengths if isinstance(each, tree.Number)))
                case tree.Slice():
                    counted += [k + 1 if k >= 0 else -k for k in part.key if isinstance(k, int)]
        most = max([2, *map(len, self.said.values())])
        others = sorted({n for n in counted if n > 1 and n**most <= _MOST_NUMBERS and n != _ALIKE}, reverse=True)
        return [_ALIKE, *others]


class _Fitting:
    """The search with one length, `alike`, for all axes that are longer than 1."""

    def __init__(self, search: Search, alike: int) -> None:
        self.search, self.alike = search, alike
        self.formula, self.said = search.formula, search.said
        self._numbers: dict[tuple[str, int], Any] = {}
        self._ruled_out: list[dict[str, int]] = []  # numbers of axes that do not go together

    def found(self) -> Found | None:
        """The likeliest shapes that fit, if any do."""
        leaves = self.formula.leaves
        most = max((len(said) for said in self.said.values()), default=0)
        choices = [[len(self.said[n])] if n in self.said else likely_ranks(self.formula, n, most) for n in leaves]
        least = {name: min(each) for name, each in zip(leaves, choices, strict=True)}
        chosen: dict[str, Shape] | None = None
        left = _MOST_TRIES
        for choice in by_likelihood(choices):
            ranks = dict(zip(leaves, choice, strict=True))
            if any(all(ranks[name] == rank for name, rank in each.items()) for each in self._ruled_out):
                continue
            if (left := left - 1) < 0:
                break
            recorded = self._recorded(ranks)
            if recorded is None:
                continue
            if bool(np.shape(recorded[0]._data)) != self.search.entries:
                self.search.loss_misfits = True
                if not self.search.entries:
                    self._rule_out_axes(ranks, least)
                continue
            if chosen is not None:
                return Found(chosen, only=False)
            chosen = self._shapes(*recorded)
            left = _MORE_TRIES
        return None if chosen is None else Found(chosen, only=True)

    # ── one choice ──

    def _recorded(self, ranks: Mapping[str, int]) -> tuple[Node, dict[str, Node]] | None:
        """The graph with these numbers of axes; None where something does not fit, which is then ruled out."""
        try:
            return self.formula.recorded({name: self._alike(name, rank) for name, rank in ranks.items()}, ())
        except RanksError as error:
            self.search.first_misfit = self.search.first_misfit or error
            self._ruled_out.append({name: ranks[name] for name in error.names})
            return None

    def _alike(self, name: str, rank: int) -> Any:
        """Numbers for a leaf, with every axis as long as all others."""
        if (name, rank) not in self._numbers:
            rng = np.random.default_rng(len(self._numbers))
            said = self.said.get(name, ("",) * rank)
            shape = tuple(1 if length == 1 else self.alike for length in said)
            drawn = self.search.numbers.one(name, shape, rng, self.search.labels.get(name))
            self._numbers[name, rank] = drawn if shape else float(drawn)
        return self._numbers[name, rank]

    def _rule_out_axes(self, ranks: Mapping[str, int], least: Mapping[str, int]) -> None:
        """Rule out what gives the loss axes: the few leaves that still do when all others have their fewest axes."""
        there = dict(ranks)
        for name, fewest in least.items():
            fewer = self._recorded({**there, name: fewest}) if there[name] != fewest else None
            if fewer is not None and np.shape(fewer[0]._data):
                there[name] = fewest
        self._ruled_out.append({name: rank for name, rank in there.items() if rank != least[name]} or there)

    # ── lengths ──

    def _shapes(self, loss: Node, names: Mapping[str, Node]) -> dict[str, Shape]:
        """Shapes with unequal lengths where axes never meet; all alike where the formula does not allow that."""
        sizes = Sizes([loss, *names.values()])
        axes = {name: sizes.axes(names[name]) for name in self.formula.leaves}
        shapes = self._unequal(axes)
        try:
            self.formula.recorded(self.search.numbers.drawn(shapes, {}, self.search.labels), ())
        except RanksError as error:
            alike = {name: np.shape(names[name]._data) for name in axes}
            if not all(self._complies(name, shape) for name, shape in alike.items()):
                raise MisfitError(str(error)) from None
            return alike
        return shapes

    def _complies(self, name: str, shape: Shape) -> bool:
        """Whether a shape has the lengths that were said for the name."""
        said = self.said.get(name, ("",) * len(shape))
        return all(isinstance(wanted, str) or wanted == length for wanted, length in zip(said, shape, strict=True))

    def _unequal(self, axes: Mapping[str, tuple[Size, ...]]) -> dict[str, Shape]:
        """Shapes in which free axes have different lengths, except where a letter or a length was said for them."""
        letters = self._letters(axes)
        typed = self.formula.counted()
        lengths: dict[Size, int] = {}
        by_letter: dict[str, int] = {}
        for name, said in self.said.items():
            for size, length in zip(axes[name], said, strict=True):
                if isinstance(length, int) and length != 1:
                    lengths[size] = length
                    by_letter |= {letters[size]: length} if size in letters else {}
        # Those of the data and the labels come first, and get the first lengths.
        for size in itertools.chain(*[axes[name] for name in sorted(axes, key=data_first)]):
            if size in lengths or not size.free:
                continue
            letter = letters.get(size)
            if letter in by_letter:
                lengths[size] = by_letter[letter]
                continue
            taken = typed.union(lengths.values())
            lengths[size] = next(
                n for n in itertools.chain(_LENGTHS, itertools.count(_ALIKE)) if n >= size.least and n not in taken
            )
            if letter is not None:
                by_letter[letter] = lengths[size]
        return {name: self._shape(name, own, lengths) for name, own in axes.items()}

    def _shape(self, name: str, own: Sequence[Size], lengths: Mapping[Size, int]) -> Shape:
        """The shape of a leaf whose axes have these sizes: the lengths that are said, else those of the sizes."""
        said = self.said.get(name, ("",) * len(own))
        return tuple(
            length if isinstance(length, int) else lengths.get(size, size.value(lengths))
            for length, size in zip(said, own, strict=True)
        )

    def _letters(self, axes: Mapping[str, tuple[Size, ...]]) -> dict[Size, str]:
        """The letter that was said for each size; `MisfitError` where two letters were said for one."""
        letters: dict[Size, str] = {}
        for name, said in self.said.items():
            for size, letter in zip(axes[name], said, strict=True):
                if isinstance(letter, str) and letter and letters.setdefault(size, letter) != letter:
                    raise MisfitError(
                        f"the formula gives the axes {letters[size]} and {letter} one length: write {letter} as "
                        f"{letters[size]} in the shape of {name}"
                    )
        return letters


def data_first(name: str) -> tuple[bool, bool]:
    """A key that sorts names: the data first, then the labels, then the rest."""
    return name[0] not in "xX", name not in LABELS
