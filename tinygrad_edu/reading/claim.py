"""A claim that was read: its tree, the ways it can be meant, and what it is worth for given arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import permutations
from typing import Any

import numpy as np

from ..engine.rules import TABLE
from ..errors import IndicesError, MisfitError, UnreadableError
from .entries import Entries, of_size, sized
from .sums import Over
from .tree import Applied, Compared, Expression, Indexed, Name, Number, Question, Run, walk
from .variable import LeftSide
from .words import Vocabulary, is_usual_size

MOST_RUNS, MOST_READINGS = 60, 24  # tried for one claim, and kept as different from each other
MOST_WORK = 4_000  # parts evaluated in all runs together
# Lengths of the axes in those runs: all different, so that two axes are not taken for each other
_LENGTHS = (7, 5, 3, 11, 4, 6, 13, 8, 9, 10)
# Beside the rows with a kink: what is composed of them, and ‖x‖, which is |x| of a single number
_BENT = ("clip", "leaky_relu", "elu", "norm")
_SIGNED_DRAWS = 6


@dataclass(frozen=True)
class Reading:
    """One way to understand a claim: an answer to every question that its writing leaves open."""

    decided: Mapping[Question, Any] = field(default_factory=dict)
    fits: bool = False

    def __str__(self) -> str:
        return self._told(self.decided)

    def guesses(self) -> str:
        """What has to be said even of the likeliest reading: what a word was taken for that the graph does not have."""
        return self._told({each: answer for each, answer in self.decided.items() if _is_guess(each, answer)})

    @staticmethod
    def _told(decided: Mapping[Question, Any]) -> str:
        said = [_said(question, answer) for question, answer in decided.items()]
        return "; ".join(dict.fromkeys(each for each in said if each))


_GUESSED = ("prediction", "bar", "axis of", "order of")


def _is_guess(question: Question, answer: Any) -> bool:
    """Whether an answer takes a word for what it does not usually mean."""
    return question[0] in _GUESSED or (question[0] == "size" and not is_usual_size(question[1], answer))


# What is said of an answer, by the kind of its question
_SAID = {
    ("slash", "all"): "everything after the slash read as its denominator",
    ("reach", "first"): "a function without parentheses read as reaching to the next factor only",
    ("transpose(0, 1)", "same"): "transpose(0, 1) read as NumPy's",
    ("grouping", "behind"): "what stands behind a matrix read as a product of its own",
    ("samples", "one"): "read as written for one sample",
}


def _said(question: Question, answer: Any) -> str:
    """An answer worth telling the reader, in words."""
    match question, answer:
        case ("size" | "function" | "model" | "prediction", spelled), meant if spelled != meant:
            return f"{spelled} read as {meant}"
        case ("above", letter), "power":
            return f"{letter} above the line read as an exponent"
        case ("bars", _), "norm" | "det":
            return f"|…| read as {'a norm' if answer == 'norm' else 'a determinant'}"
        case ("axis of", spelled), axis:
            return f"{spelled} read as a sum along axis {axis}"
        case ("of", spelled), "each":
            return f"{spelled} read as that of each sample, without the 1/N"
        case ("bar", spelled), meaning:
            return f"{spelled} read as {'a gradient' if meaning == 'gradient' else 'a mean'}"
        case ("order of", *letters), axes if len(letters) == len(axes):
            ordered = [letter for _, letter in sorted(zip(axes, sorted(letters), strict=True))]
            return (
                "" if ordered in (letters, sorted(letters)) else f"its indices read in the order {', '.join(ordered)}"
            )
        case _:
            return _SAID.get((question[0], answer), "")


@dataclass
class Claim:
    """What one `=` claims. text: as written; target: the left-hand side, "" if there was none; syntax: which.

    left: what the left-hand side says; a factor in it has been carried over already. sign: the + of a +=, or the
    sign of -=, *= or /=. derived: what is derived, where the left-hand side writes it out and it could be read.
    doubtful: it is the left-hand side itself, and begins with a letter that nothing defines. condition: 1 where the
    claim says it holds, None if everywhere; where: the same in words.

    >>> from tinygrad_edu.reading import read
    >>> claim, = read("-(y/yhat)/N", {"y": ("N",), "yhat": ("N",)})
    >>> claim.evaluate({"y": [1.0, 0.0], "yhat": [0.5, 0.5]}, {"N": 2}, ("N",))
    array([-1., -0.])
    """

    text: str
    target: str
    tree: Expression
    words: Vocabulary
    syntax: str = "python"
    position: int = 0
    left: LeftSide = field(default_factory=LeftSide)
    sign: str = ""
    derived: Expression | None = None
    doubtful: bool = False
    condition: Expression | None = None
    where: str = ""
    _readings: dict[tuple[Any, ...], list[Reading]] = field(default_factory=dict, repr=False)

    @cached_property
    def limits(self) -> Claim | None:
        """The condition under which it holds, as a claim of its own."""
        return None if self.condition is None else replace(self, tree=self.condition, condition=None, _readings={})

    @property
    def limited(self) -> Claim:
        """The claim with 0 where its condition does not hold."""
        if self.condition is None:
            return self
        tree = Applied(self.position, "where", (self.condition, self.tree, Number(self.position, 0.0)))
        return replace(self, tree=tree, condition=None, _readings={})

    def names(self) -> set[str]:
        """The graph's names that the claim speaks of."""
        return {part.name for part in walk(self.tree) if isinstance(part, Name)}

    def readings(self, target_axes: Sequence[Any] | None = None) -> list[Reading]:
        """The ways to understand the claim, likeliest first; first those whose shape is the target's.

        Two ways that give the same value for random numbers of either sign count as one. Never empty: where nothing
        fits, the one reading answers every question as it comes, and `evaluate` says what does not fit.
        """
        key = (None,) if target_axes is None else tuple(target_axes)
        if key not in self._readings:
            self._readings[key] = self._found(target_axes) or [Reading()]
        return self._readings[key]

    def _found(self, target_axes: Sequence[Any] | None) -> list[Reading]:
        """The ways that have a value."""
        draws = [self._drawn(seed) for seed in range(_SIGNED_DRAWS + 1 if self._bends() else 1)]
        sizes = {axis: length for axis, length in self._drawn_lengths().items() if isinstance(axis, str)}
        lengths = self._target_lengths(target_axes)
        gradients = self._drawn_gradients()
        waiting: list[dict[Question, Any]] = [{}]
        found: list[tuple[Reading, list[Any]]] = []
        for _ in range(min(MOST_RUNS, 2 + MOST_WORK // self.tree.part_count)):
            if not waiting or len(found) >= MOST_READINGS:
                break
            decided = waiting.pop(0)
            run = self._run(draws[0], sizes, decided, gradients)
            run.is_drawn = True
            try:
                values: list[Any] = [self._value(run, target_axes, lengths)]
                for env in draws[1:]:
                    again = self._run(env, sizes, run.decided, gradients if self.words.derived.axes else env)
                    values.append(self._value(again, target_axes, lengths))
            except MisfitError:
                values = []
            settled = dict(decided)
            for question, answers in run.asked.items():
                waiting += [{**settled, question: answer} for answer in answers[1:]]
                settled[question] = answers[0]
            if not values or any(all(map(_same, values, others)) for _, others in found):
                continue
            fits = lengths is None or np.shape(values[0]) == lengths
            found.append((Reading(run.decided, fits), values))
        found.sort(key=lambda each: not each[0].fits)
        return [reading for reading, _ in found]

    def unmeant(
        self, target_axes: Sequence[Any], env: Mapping[str, Any], sizes: Mapping[str, int]
    ) -> UnreadableError | None:
        """That no way to understand the claim gives its indices a meaning, with the place; None if one does.

        env, sizes: the numbers at hand, whose lengths are told.
        """
        if self.readings(target_axes)[0].decided:
            return None
        drawn = self._drawn_lengths()
        letters = {axis: length for axis, length in drawn.items() if isinstance(axis, str)}
        errors = []
        for arrays, lengths, axes in ((env, sizes, target_axes), (self._drawn(0), letters, target_axes)):
            run = self._run(arrays, lengths, {}, self._drawn_gradients() if self.words.derived.axes else arrays)
            run.is_drawn = True
            try:
                self._value(run, axes, self._target_lengths(axes))
            except IndicesError as error:
                errors.append(error)
            except MisfitError:
                return None
        if not errors:
            return None
        places = [part.at for part in walk(self.tree) if errors[0].index in _letters_at(part)]
        return UnreadableError(str(errors[0]), min(places, default=self.position))

    def _bends(self) -> bool:
        """Whether two readings that agree for positive numbers may differ for others: at a condition, at a kink."""
        return any(
            isinstance(part, Compared) or (isinstance(part, (Applied, Over)) and _is_bent(part.function))
            for part in walk(self.tree)
        )

    def _drawn_lengths(self) -> dict[Any, int]:
        """A length for each axis, all different."""
        axes = dict.fromkeys(axis for each in self.words.names.values() for axis in each if axis not in (1, None))
        axes |= dict.fromkeys(self.words.letters)
        return {axis: _LENGTHS[n] if n < len(_LENGTHS) else n + 5 for n, axis in enumerate(axes)} | {1: 1}

    def _drawn(self, seed: int) -> dict[str, Any]:
        """Arrays for all names: positive numbers for the seed 0, numbers of either sign for any other."""
        lengths = self._drawn_lengths()
        rng = np.random.default_rng(seed)

        def numbers(shape: Sequence[int]) -> Any:
            drawn = rng.uniform(0.2, 0.8, shape)
            return drawn if seed == 0 else drawn * rng.choice([-1.0, 1.0], shape)

        return {
            name: numbers([lengths.get(axis, 2) for axis in each]) if each else float(numbers(()))
            for name, each in self.words.names.items()
        }

    def _drawn_gradients(self) -> dict[str, Any]:
        """A gradient at each of the names."""
        lengths, derived = self._drawn_lengths(), self.words.derived
        rng = np.random.default_rng(1)
        shapes = {name: derived.gradient_axes(axes) for name, axes in self.words.names.items()}
        return {name: rng.uniform(0.2, 0.8, [lengths.get(n, 2) for n in axes]) for name, axes in shapes.items()}

    def _target_lengths(self, target_axes: Sequence[Any] | None) -> tuple[int, ...] | None:
        """The shape in the runs that look for readings of a claim whose gradient has these axes."""
        lengths = self._drawn_lengths()
        return None if target_axes is None else tuple(lengths.get(axis, 2) for axis in target_axes)

    def evaluate(
        self,
        env: Mapping[str, Any],
        sizes: Mapping[str, int],
        target_axes: Sequence[Any],
        reading: Reading | None = None,
        gradients: Mapping[str, Any] | None = None,
        nodes: Mapping[str, Any] | None = None,
    ) -> Any:
        """The claim's value, its axes in the target's order; `MisfitError` where its shapes do not go together.

        env: an array or number for each of the claim's names. sizes: what N, D, … are. target_axes: the axes of the
        node whose gradient is claimed, letters or lengths. gradients: those of named nodes, for a claim that speaks
        of ∂L/∂a. nodes: the named nodes themselves, for one with derivatives still to be taken. A claim without axes
        of its own (1/N for every entry) is repeated to the target's shape.
        """
        reading = reading or self.readings(target_axes)[0]
        known = {name: value if np.ndim(value) == 0 else np.asarray(value, float) for name, value in env.items()}
        run = self._run(known, sizes, reading.decided, gradients)
        run.nodes = nodes or {}
        lengths = self._lengths(known, sizes, target_axes)
        return self._value(run, target_axes, lengths)

    def values(
        self,
        env: Mapping[str, Any],
        sizes: Mapping[str, int],
        nodes: Mapping[str, Any] | None = None,
        target_axes: Sequence[Any] | None = None,
        gradients: Mapping[str, Any] | None = None,
    ) -> list[Any]:
        """What the claim is worth under each of its readings that has a value.

        nodes, gradients: as of `evaluate`. target_axes: the axes of what it is about, in whose order its own are put;
        without them those with indices come in the order of these.
        """
        known = {name: value if np.ndim(value) == 0 else np.asarray(value, float) for name, value in env.items()}
        found = []
        for reading in self.readings():
            try:
                run = self._run(known, sizes, reading.decided, gradients)
                run.nodes = nodes or {}
                lengths = None if target_axes is None else self._lengths(known, sizes, target_axes)
                found.append(self._value(run, target_axes, lengths))
            except MisfitError:
                continue
        return found

    def _lengths(self, env: Mapping[str, Any], sizes: Mapping[str, int], target_axes: Sequence[Any]) -> tuple[int, ...]:
        lengths = dict(sizes)
        for name, axes in self.words.names.items():
            if name in env:
                lengths.update(zip((str(axis) for axis in axes), np.shape(env[name]), strict=False))
        return tuple(axis if isinstance(axis, int) else lengths.get(axis, -1) for axis in target_axes)

    def _run(self, env: Any, sizes: Any, decided: Any, gradients: Any = None) -> Run:
        run = Run(env, sizes, decided, self.words.sample_axes(), gradients)
        run.whole, run.on_paper = self.tree, self.syntax == "paper"
        return run

    def _value(self, run: Run, target_axes: Sequence[Any] | None, lengths: tuple[int, ...] | None) -> Any:
        if lengths is not None and len(self.left.labels) == len(lengths):
            run.on_the_left = dict(zip(self.left.labels, lengths, strict=True))
        one = self._one_sample() and run.choose(("samples",), ["all", "one"]) == "one"
        try:
            with np.errstate(all="ignore"), run.along("sample") if one else nullcontext():
                found = self.tree.value(run)
        except MisfitError:
            raise
        except (ValueError, ArithmeticError, IndexError) as error:  # a singular matrix, an axis that is not there
            raise MisfitError(str(error)) from None
        if target_axes is None or lengths is None:
            return _by_label(found)
        if run.decided.get(("columns",)) == "vectors" and found.rank == 1 and len(lengths) == 2 and not found.labels:
            return np.expand_dims(found.data, 0 if found.row else 1)
        return self._arranged(run, found, lengths)

    def _one_sample(self) -> bool:
        """Whether a small letter stands where the graph has a matrix of samples."""
        adds_up = any(issubclass(kind, Over) for kind in self.tree.kinds)
        return not adds_up and any(isinstance(part, Name) and part.loose for part in walk(self.tree))

    def _arranged(self, run: Run, found: Entries, lengths: tuple[int, ...]) -> Any:
        """The value with its indices in the order of the target's axes, repeated where it has none at all."""
        found = _of_size(found, lengths)
        data = np.asarray(found.data)
        if not found.labels:
            if not data.shape and (self.syntax != "python" or self._constant()):
                return np.broadcast_to(data, [max(n, 1) for n in lengths]).copy()
            if data.shape == lengths or (
                data.ndim == 2 and data.shape == lengths[::-1]
            ):  # a row vector is not taken for a column
                return data
            if self.syntax != "python" and _squeezed(data.shape) == _squeezed(lengths):
                return data.reshape(lengths)
            return data
        if len(found.labels) + found.rank > len(lengths):
            ones = tuple(a for a in range(len(found.labels), data.ndim) if data.shape[a] == 1)
            # A mean with keepdims has an axis of length 1
            found = Entries(np.squeeze(data, ones), found.labels)
            data = found.data
            if len(found.labels) + found.rank > len(lengths):
                return data
        alone = [label for label in found.labels if label.partition("#")[0] not in self.left.labels]
        if alone and self.left.labels and "sample" not in alone:
            raise IndicesError(f"the index {alone[0].partition('#')[0]} stands on one side of the = only", alone[0])
        places = self._places(run, found, lengths)
        if places is None:
            return data
        rest = [axis for axis in range(len(lengths)) if axis not in places]
        if found.rank and found.rank != len(rest):
            if len([axis for axis in rest if lengths[axis] != 1]) != found.rank:
                return data
            rest = [axis for axis in rest if lengths[axis] != 1]
        held = [*places, *rest[: found.rank]]
        full = [1] * len(lengths)
        for source, axis in enumerate(held):
            full[axis] = data.shape[source]
        result = np.transpose(data, np.argsort(held)).reshape(full)
        return result if found.rank or len(places) == len(lengths) else np.broadcast_to(result, lengths).copy()

    def _places(self, run: Run, found: Entries, lengths: tuple[int, ...]) -> list[int] | None:
        """For each index, the axis of the target it runs along: by the left-hand side, else by its length."""
        said = self.left.labels
        order = [label.partition("#")[0] for label in found.labels]
        have = dict(zip(order, np.shape(found.data), strict=False))
        if self.words.derived.axes and found.rank and len(said) == len(lengths):
            raise MisfitError(f"one entry on the left, and a part that is {found} on the right")
        if len(said) == len(lengths) and set(order) <= set(said):
            places = [said.index(label) for label in order]
            unlike = [label for axis, label in zip(places, order, strict=True) if lengths[axis] != have[label]]
            if unlike and [have.get(label) for label in said] != [*reversed(lengths)]:
                goes = (
                    f"to {have[unlike[0]]} on the right-hand side and to {lengths[said.index(unlike[0])]} on the left"
                )
                raise MisfitError(f"the index {unlike[0]} goes {goes}")
            return places
        fitting = [
            places
            for places in permutations(range(len(lengths)), len(order))
            if all(
                self._fits(label, axis, have[label], lengths) for axis, label in zip(places, sorted(order), strict=True)
            )
        ]
        question = ("order of", *(letter for letter in order if letter != "sample"))
        answers = fitting if question in run.decided else fitting[:1]  # where two sizes are equal, any order fits
        if not answers:
            return None
        chosen = run.choose(question, answers, f"its indices {', '.join(order)} fit no axes of this gradient")
        taken = dict(zip(sorted(order), chosen, strict=True))
        return [taken[label] for label in order]

    def _fits(self, label: str, axis: int, length: int, lengths: tuple[int, ...]) -> bool:
        """Whether an index as long as this can go along an axis, as far as the left-hand side tells."""
        said = self.left.labels
        elsewhere = len(said) == len(lengths) and label in said and said[axis] != label
        return lengths[axis] == length and not elsewhere

    def _constant(self) -> bool:
        """Whether the claim is made of numbers and sizes alone."""
        return not any(isinstance(part, (Name, Over)) for part in walk(self.tree))


def _of_size(found: Entries, lengths: tuple[int, ...]) -> Entries:
    """A unit matrix, or a matrix of equal columns or rows, of the size that is asked for."""
    longer = _squeezed(lengths) or (1, 1)
    if found.standing in ("eye", "centred") and len(longer) == 2 and not found.labels:
        return of_size(found, longer[0])
    repeated = found.standing == "repeated" and len(lengths) == 2 and not found.labels
    if repeated and all(m in (1, n) for m, n in zip(found.axes, lengths, strict=True)):
        return Entries(np.broadcast_to(np.asarray(found.data), lengths).copy())
    return sized(found)


def _by_label(found: Entries) -> Any:
    """An array whose axes with indices come first, in the order of the alphabet."""
    found = sized(found)
    order = sorted(range(len(found.labels)), key=lambda axis: found.labels[axis])
    return np.transpose(np.asarray(found.data), [*order, *range(len(order), np.ndim(found.data))])


def _is_bent(function: str) -> bool:
    return function in _BENT or (function in TABLE and TABLE[function].kinks is not None)


def _letters_at(part: Expression) -> set[str]:
    """The letters of the indices that stand at a part, or under it."""
    labels = [each for each in part.subscripts if isinstance(each, str)] if isinstance(part, Indexed) else []
    return {label.partition("#")[0] for label in (*labels, *(part.labels if isinstance(part, Over) else ()))}


def _squeezed(lengths: Sequence[int]) -> tuple[int, ...]:
    return tuple(n for n in lengths if n != 1)


def _same(x: Any, y: Any) -> bool:
    return np.shape(x) == np.shape(y) and np.allclose(x, y, rtol=1e-9, atol=1e-12, equal_nan=True)
