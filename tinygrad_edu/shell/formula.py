"""Records a loss that is written as a formula, for the shell's `derive`, `check`, `source` and `draw`.

    mean(-(y*log(yhat) + (1-y)*log(1-yhat)))
    p = sigmoid(X @ w + b); mean((p - y)**2)

`text` parses it, `ranks` and `shapes` choose a shape for every name, `numbers` draws, `evaluation` records.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.graph import Node
from ..errors import UnreadableError
from ..paper.notation import pretty
from ..paper.sizes import Sizes, chosen, drawn
from ..reading.words import Vocabulary
from .numbers import KINDS, MATRICES, Labels, Numbers, Shape, one_hot
from .shapes import Said, Search, data_first
from .text import LABELS, Formula, loss_of

# The letters that a size can have without being read as something else (e, the unit matrix I, a matrix X)
_SIZE_LETTERS = "ABCDFGHKLMNPQRSTUVW"

__all__ = ["Formula", "Recording", "recording"]


@dataclass
class Recording:
    """A recorded loss, with the shapes and labels that were assumed for it.

    text: the formula. shapes: the shape of every leaf. labels: the leaves that were drawn as labels, with their kinds.
    open: the leaves without given values or shapes; only: no other numbers of axes were seen to fit. letters: those
    that the given shapes have, by name and place.
    """

    text: str
    loss: Node
    names: dict[str, Node]
    shapes: dict[str, Shape]
    labels: dict[str, Labels]
    open: list[str]
    only: bool
    letters: dict[tuple[str, int], str]
    _again: Callable[[Mapping[str, Labels], dict[str, Shape]], Recording]

    def assumed(self) -> str:
        """The shapes of the open leaves, such as "x: (N, D), y: (N,)"; empty if no other choice would have fitted."""
        if self.only or not any(self.shapes[name] for name in self.open):
            return ""
        return ", ".join(f"{pretty(name)}: {axes}" for name, axes in self.axes_of(self.open).items())

    def axes_of(self, names: Sequence[str]) -> dict[str, str]:
        """The axes of some names, the data first, each such as "(N, D)"."""
        with self.in_its_letters():
            sizes = Sizes(self.loss)
        said = {}
        for name in sorted(names, key=data_first):
            lengths = [str(size.letter or size.recorded) for size in sizes.axes(self.names[name])]
            said[name] = f"({', '.join(lengths)}{',' * (len(lengths) == 1)})"
        return said

    def vocabulary(self) -> Vocabulary:
        """The words that a note about this loss is read with: its names with their axes."""
        with self.in_its_letters():
            sizes = Sizes(self.loss)
        axes = {name: sizes.axes(node) for name, node in self.names.items()}
        words = Vocabulary({name: [size.letter or size.recorded for size in own] for name, own in axes.items()})
        words.said = sizes.said
        words.places = frozenset(name for name, labels in self.labels.items() if labels.kind == "places")
        return words

    @contextmanager
    def in_its_letters(self) -> Iterator[None]:
        """A block in which the axes are called by the letters of the given shapes, and drawn labels are no data."""
        tokens = chosen.set(self.letters), drawn.set(frozenset(self.labels))
        try:
            yield
        finally:
            chosen.reset(tokens[0])
            drawn.reset(tokens[1])

    def relabelled(self, kind: str) -> Recording:
        """The same loss and shapes with labels of another kind, "any" or "shares"."""
        kept = ("places", *(MATRICES if kind == "shares" else ()))
        labels = {n: each if each.kind in kept else Labels(kind, each.axis) for n, each in self.labels.items()}
        return self._called_alike(self._again(labels, self.shapes))

    def of_one_output(self) -> tuple[str, Recording] | None:
        """The name of the labels, and the same loss where these are a single column and the outputs as wide as that.

        None where hardly anybody would mean that: of labels in capitals, of one-hot ones, and of shapes that were said.
        """
        sizes = Sizes(self.loss)
        axes = {name: sizes.axes(self.names[name]) for name in self.shapes}
        for name in self.open:
            several = name in self.labels and self.labels[name].kind not in ("bits", "signs")
            if name not in LABELS or not name.islower() or len(axes[name]) != 2 or several:
                continue
            width = axes[name][1]
            if all(leaf in self.open for leaf, own in axes.items() if width in own):
                narrow = {
                    leaf: tuple(1 if size is width else n for size, n in zip(axes[leaf], shape, strict=True))
                    for leaf, shape in self.shapes.items()
                }
                return name, self._called_alike(self._again(self.labels, narrow))
        return None

    def _called_alike(self, other: Recording) -> Recording:
        """Another recording, its loss with the name of this one."""
        other.loss.name = self.loss.name
        return other


def recording(
    text: str,
    values: Mapping[str, Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    shapes: Mapping[str, Said] | None = None,
    entries: bool = False,
    symmetric: Collection[str] = (),
) -> Recording:
    """The loss as a recorded node, with every name's node, and what was assumed for it.

    values: numbers and arrays for some or all names; the rest is drawn. wrt: names whose gradients are wanted (they
    must be there); without it, all leaves but labels require one. shapes: for some names, a length or a letter for
    each axis, "" for one of which nothing more is known. entries: the loss is to be more than a single number.
    symmetric: the names that are said to be symmetric matrices. Raises `UnreadableError` with the place, `MisfitError`
    where the shapes do not go together.

    >>> found = recording("mean((p - y)**2)", shapes={"p": ("N", 4)})
    >>> found.loss.shape, sorted(found.names), found.names["y"].shape
    ((), ['p', 'y'], (5, 4))
    """
    formula = Formula(text, symmetric)
    given = {name: np.asarray(value, float) for name, value in (values or {}).items()}
    wanted = [wrt] if isinstance(wrt, str) else list(wrt or ())
    _ensure_known(formula, given, shapes or {}, wanted)
    numbers = Numbers(formula)
    if set(formula.leaves) <= set(given):
        given_shapes = {name: given[name].shape for name in formula.leaves}
        return _Recorder(numbers, wanted, given, entries).recorded({}, given_shapes)
    said: dict[str, Said] = {**(shapes or {}), **{name: value.shape for name, value in given.items()}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # these numbers are only tried
        found = Search(numbers, said, entries).found()
    recorder = _Recorder(numbers, wanted, given, entries)
    recorder.open = [name for name in formula.leaves if name not in said or "" in said[name]]
    recorder.only = found.only
    recorder.letters = {
        (name, place): letter
        for name, axes in said.items()
        for place, letter in enumerate(axes)
        if isinstance(letter, str) and letter and letter in _SIZE_LETTERS
    }
    square = {name for name, shape in found.shapes.items() if len(shape) == 2 and shape[0] == shape[1]}
    labels = {name: kind for name, kind in numbers.labels().items() if kind.kind not in MATRICES or name in square}
    return recorder.recorded({name: kind for name, kind in labels.items() if name not in given}, found.shapes)


def _ensure_known(
    formula: Formula, given: Mapping[str, Any], shapes: Mapping[str, Said], wanted: Sequence[str]
) -> None:
    """Raise `UnreadableError` if a value, a shape or a gradient is given or wanted for a name that is not there."""
    for what, names in (("a value", given), ("a shape", shapes)):
        for name in names:
            if name not in formula.leaves:
                raise UnreadableError(f"{name} has {what}, but the formula speaks of {', '.join(formula.leaves)}")
    for name in wanted:
        if name not in formula.names:
            raise UnreadableError(f"the formula has no {name} to derive by; it has {', '.join(formula.names)}")


class _Recorder:
    """Records a formula on leaves of shapes that fit."""

    def __init__(
        self,
        numbers: Numbers,
        wanted: Sequence[str],
        given: Mapping[str, Any],
        entries: bool = False,
    ) -> None:
        self.numbers, self.wanted, self.given, self.entries = numbers, wanted, given, entries
        self.open: list[str] = []
        self.only = True
        self.letters: dict[tuple[str, int], str] = {}

    def recorded(self, labels: Mapping[str, Labels], shapes: dict[str, Shape]) -> Recording:
        """The loss on leaves of these shapes and labels of these kinds, one-hot along the classes of a softmax."""
        loss, names = self._finite(labels, shapes)
        there = one_hot(labels, loss, names)
        if there != labels:
            loss, names = self._finite(there, shapes)
        return Recording(
            self.numbers.formula.text,
            loss,
            names,
            shapes,
            there,
            self.open,
            self.only,
            self.letters,
            self.recorded,
        )

    def _finite(self, labels: Mapping[str, Labels], shapes: dict[str, Shape]) -> tuple[Node, dict[str, Node]]:
        """The loss on the first draw for which it is finite; UnreadableError if it is so for none."""
        for kind in KINDS:
            drawn = self.numbers.drawn(shapes, self.given, labels, kind)
            with warnings.catch_warnings():
                if not self.given:  # a loss warns of labels, and these are nobody's
                    warnings.simplefilter("ignore", UserWarning)
                loss, names = self.numbers.formula.recorded(drawn, self.wanted)
            if not self.entries:
                loss_of(loss)
            if loss.name is None and self.numbers.formula.called:
                loss.name = self.numbers.formula.called
            if np.all(np.isfinite(loss._data)) or set(drawn) <= set(self.given):
                return loss, names
        raise UnreadableError(
            f"it is {loss._data:.3g} at all numbers that were tried; look for a division by 0, or a logarithm or root "
            "of something that is never positive"
        )
