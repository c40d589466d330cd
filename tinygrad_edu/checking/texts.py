"""A text as a claim: each side of its `=` signs, with the ways in which its notation can be understood."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..engine.graph import Node
from ..errors import MisfitError, UnreadableError
from ..paper.notation import pretty
from ..paper.size import Size
from ..reading import read
from ..reading.claim import Claim, Reading
from ..reading.sums import free_indices, indices
from ..reading.tree import Compared, Delta, Gradient, Position, all_hold, any_holds, walk
from ..reading.words import OWN, Derived
from .alterations import Surroundings
from .claimed import Claimed
from .messages import say
from .other_gradients import other_than
from .places import label
from .points import Point
from .replay import Replay
from .rewritten import most_changes, rewritten
from .transposed import variants
from .trials import Trial, Way, same

_ROW = re.compile(r"\n|\\\\")  # what parts lines of Python, and of LaTeX
_AROUND = 16  # letters of a text before a place and behind it, which are shown to say where


def read_text(text: str, recording: Replay, before: Sequence[str] = (), printed: bool = False) -> list[TextClaim]:
    """The claims of a text, one for each side of its `=` signs that says what a gradient is.

    before: lines that define symbols for it. printed: the text is what SymPy printed. `UnreadableError` if it cannot
    be read.
    """
    names = {name: _axes(recording, node) for name, node in recording.names.items()}
    for letter, (node, position) in recording.lettered_arrays.items():
        names.setdefault(letter, _axes(recording, node.args[position]))
    operations = {node.op for node in recording.nodes if node.op}
    leaves = [name for name in names if name not in recording.names or recording.names[name].rule is None]
    root, by = recording.loss, recording.name_of(recording.first)
    derived = Derived(recording.name_of(root), _axes(recording, root), by) if recording.is_jacobian else Derived(by=by)
    own = (recording.wrt.name or "", _axes(recording, recording.summed))
    try:
        claims = read(
            text, names, functions=operations, loss=recording.name_of(root) or "L", sizes=recording.sizes.letters(),
            said=recording.sizes.said, printed=printed, leaves=leaves,
            places=recording.places, before=before, own=own, derived=derived,
            standing=partial(_standing, recording),
        )  # fmt: skip
    except UnreadableError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:  # no text may end in a traceback
        raise UnreadableError(str(error) or type(error).__name__) from None
    return [TextClaim(claim, recording, text, before, number) for number, claim in enumerate(claims)]


class TextClaim(Claimed):
    """One side of a text's `=`. text, before: the whole text, and the lines that define symbols for it.

    number: which of the text's claims it is, from 0.
    """

    suspects = ("shape", "special-case")

    def __init__(self, claim: Claim, recording: Replay, text: str, before: Sequence[str], number: int) -> None:
        self.claim, self.recording, self.text, self.before, self.number = claim, recording, text, before, number
        self.other = other_than(recording, claim.left)
        self.doubtful = say("left-unknown") if claim.doubtful else ""

    @property
    def states_gradient(self) -> bool:
        """Whether a gradient or a derivative stands on the left."""
        return self.claim.left.kind == "gradient"

    @property
    def states_loss(self) -> bool:
        """Whether the loss stands on the left, L or J(θ); asked where no gradient does."""
        left, names = self.claim.left, self.recording.names
        return left.is_loss_itself or (bool(left.refused) and names.get(left.about) is self.recording.loss)

    def ways(self) -> list[Way]:
        """The ways to understand its notation.

        `UnreadableError` if its indices mean nothing under any of them, or if it builds on the gradient that it claims.
        """
        for part in walk(self.claim.tree):
            if isinstance(part, Gradient) and self.recording.names.get(part.name) is self.recording.wrt:
                raise UnreadableError(say("circular", wrt=label(self.recording.wrt)), part.at, self.text)
        recorded = {name: node._data for name, node in self.recording.names.items()}
        recorded |= {k: node.args[place] for k, (node, place) in self.recording.lettered_arrays.items()}
        recorded[OWN] = self.recording.summed._data
        axes = _axes(self.recording, self.recording.wrt)
        unmeant = self.claim.unmeant(axes, recorded, self.recording.sizes.letters())
        if unmeant is not None:
            raise UnreadableError(unmeant.message, unmeant.position, self.text)
        return self._ways_of(self.claim)

    def meanings_at(self, point: Point, node: Node | None = None) -> list[Any]:
        """What the text is worth at a point under each of its readings, in its own shape.

        node: what it is about; indices on the left, as in Zᵢⱼ =, say in which order its axes come.
        """
        axes: tuple[Any, ...] | None = None
        if node is not None and self.claim.left.labels:
            axes = _spelled(self.recording.sizes.axes(node), point.size_lengths)
        nodes, gradients = _nodes(self.recording, point), _gradients(self.claim, self.recording, point)
        return self.claim.limited.values(_values(self.recording, point), point.lengths, nodes, axes, gradients)

    def transposed(self) -> Iterator[tuple[Sequence[Way], Collection[str]]]:
        """The claim with one factor transposed or one product turned around, at every place in turn."""
        for variant, names in variants(self.claim):
            yield self._ways_of(variant)[:2], names

    def under_conditions(self) -> Iterator[Way]:
        """The claim about ∂pᵢ/∂zⱼ with the condition i ≠ j, and with i = j, if it has no δ and no cases itself.

        One with both indices, as pᵢ(1 − pⱼ), speaks of more than equal ones.
        """
        labels = self.claim.left.labels
        ends = labels[: len(labels) // 2], labels[len(labels) // 2 :]
        spoken = [indices(part) for part in walk(self.claim.tree) if isinstance(part, (Compared, Delta))]
        apart = [
            pair for pair in zip(*ends, strict=False) if pair[0] != pair[1] and not any(map({*pair}.issubset, spoken))
        ]
        if len(ends[0]) != len(ends[1]) or not apart or self.claim.condition is not None:
            return
        used = {index.partition("#")[0] for index in free_indices(self.claim.tree)}
        joined = [("not_equal", " or ", "≠", any_holds), ("equal", " and ", "=", all_hold)]
        for relation, word, sign, join in joined[: 1 if any(used >= {*pair} for pair in apart) else 2]:
            parts = [Compared(0, relation, Position(0, one), Position(0, other)) for one, other in apart]
            where = word.join(f"{one} {sign} {other}" for one, other in apart)
            yield from self._ways_of(replace(self.claim, condition=join(parts), where=where, _readings={}))[:1]

    def rewritten(self, trial: Trial) -> Iterator[tuple[Sequence[Way], str, str, str]]:
        """The claim with a bracket or a factor elsewhere, or with another small change, where that fits."""
        tree = self.claim.tree
        for number, changed in enumerate(rewritten(tree, surroundings(self.recording)), 1):
            self.searched_in_part = number == most_changes(tree)
            variant = replace(self.claim, tree=changed.tree, _readings={})
            if TextWay(variant, Reading(), self.recording, "").at(trial.point).right:
                yield self._ways_of(variant)[:2], changed.how, _around(self.text, changed.at), changed.took

    def _ways_of(self, claim: Claim) -> list[Way]:
        target = _spelled(self.recording.target_sizes)
        return [
            TextWay(claim, reading, self.recording, self._assumed(reading, likeliest=number == 0))
            for number, reading in enumerate(claim.readings(target))
        ]

    def _assumed(self, reading: Reading, likeliest: bool) -> str:
        """What has to be said with a right claim: what a letter on the left was taken for, and an unlikely reading."""
        letter, wrt = self.claim.left.letter, self.recording.wrt
        other = bool(letter and wrt.name) and letter != wrt.name
        read_as = say("letter-read", letter=pretty(letter), name=label(wrt)) if other else ""
        said = (read_as, reading.guesses() if likeliest else str(reading))
        return "; ".join(each for each in said if each)


class TextWay(Way):
    """A text, understood in one way."""

    def __init__(self, claim: Claim, reading: Reading, recording: Replay, said_if_right: str) -> None:
        self.claim, self.reading, self.recording = claim, reading, recording
        self.said, self.said_if_right = str(reading), said_if_right
        self.ordered = len(claim.left.labels) > 1
        twice = [label for label in dict.fromkeys(claim.left.labels) if claim.left.labels.count(label) > 1]
        equal = say("where-same", labels=", ".join(twice)) if twice and recording.is_jacobian else ""
        self.where = " and ".join(each for each in (claim.where, equal) if each)

    def holds(self, point: Point) -> Any:
        """Where the conditions of the text hold, and where an index that stands on its left twice is the same twice.

        `UnreadableError` for a condition that cannot be evaluated.
        """
        limits, shape = self.claim.limits, np.shape(point.truth)
        same_index = _on_diagonal(self.claim.left.labels, shape)
        if limits is None:
            return same_index
        axes = _spelled(self.recording.target_sizes, point.size_lengths)
        nodes, gradients = _nodes(self.recording, point), _gradients(limits, self.recording, point)
        try:
            held = limits.evaluate(_values(self.recording, point), point.lengths, axes, None, gradients, nodes)
            found = np.broadcast_to(np.asarray(held) != 0, shape)
        except ValueError as error:
            why = f": {error}" if isinstance(error, MisfitError) else ""
            raise UnreadableError(f"the condition {self.where} does not fit what is claimed{why}") from None
        return found if same_index is None else found & same_index

    def value(self, point: Point) -> Any:
        """The text evaluated on what the named nodes hold at a point, and on their gradients there."""
        axes = _spelled(self.recording.target_sizes, point.size_lengths)
        nodes, gradients = _nodes(self.recording, point), _gradients(self.claim, self.recording, point)
        values = _values(self.recording, point)
        return self.claim.evaluate(values, point.lengths, axes, self.reading, gradients, nodes)


def _on_diagonal(labels: Sequence[str], shape: Sequence[int]) -> Any:
    """Which entries have one place along all axes with the same index, as ∂pᵢ/∂zᵢ has; None without such axes."""
    if len(labels) != len(shape) or len(set(labels)) == len(labels):
        return None
    places = np.indices(shape)
    first = {label: labels.index(label) for label in labels}
    return np.all([places[n] == places[first[label]] for n, label in enumerate(labels)], axis=0)


def _nodes(recording: Replay, point: Point) -> dict[str, Node]:
    """The named nodes at a point."""
    return {name: point.twin[node] for name, node in recording.names.items()}


def _gradients(claim: Claim, recording: Replay, point: Point) -> dict[str, Any]:
    """The gradients at a point of which a claim speaks, by the names of the nodes.

    Each has the axes that a text gives it: of the gradient of more than a number those longer than 1.
    """
    found: dict[str, Any] = {}
    if Gradient not in claim.tree.kinds:
        return found
    derived = claim.words.derived.axes
    for name in {part.name for part in walk(claim.tree) if isinstance(part, Gradient)}:
        node = recording.names.get(name)
        if node in point.all_cotangents:
            g, axes = point.all_cotangents[node], (*derived, *_axes(recording, node))
            found[name] = np.squeeze(g, tuple(n for n, axis in enumerate(axes) if axis == 1)) if derived else g
    return found


def _values(recording: Replay, point: Point) -> dict[str, Any]:
    """What the names of a text hold at a point, the L of a loss without a name, and what the loss sums up there."""
    return {"L": point.value(recording.loss), **point.names, OWN: point.value(recording.summed)}


def _standing(recording: Replay, claim: Claim) -> str | None:
    """The name of the one node that is worth as much as a formula at every point; None if there is none, or several."""
    points = recording.points(recording.meanings[0]) or [recording.recorded]
    worth = [(point, claim.values(_values(recording, point), point.lengths)) for point in points]
    found = {
        node: name
        for name, node in recording.names.items()
        if all(any(same(each, point.value(node)) for each in values) for point, values in worth)
    }
    return next(iter(found.values())) if len(found) == 1 else None


def derives_the_loss(claim: Claim, recording: Replay, points: Sequence[Point]) -> bool:
    """Whether what the left side of a claim says is derived is the loss: the same numbers at each of these points."""
    if claim.derived is None:
        return False
    written = replace(claim, tree=claim.derived, _readings={})
    worth = np.asarray if recording.is_jacobian else np.sum  # σ(x) stands for Σ σ(xᵢ) where that is the loss
    return all(
        any(
            same(worth(each), worth(point.loss._data))
            for each in written.values(_values(recording, point), point.lengths)
        )
        for point in points
    )


def _around(text: str, at: int) -> str:
    """What stands in a text around a place, in the same line."""
    before = _ROW.split(text[max(at - _AROUND, 0) : at])[-1]
    return f"{before}{_ROW.split(text[at : at + _AROUND])[0]}".strip()


def surroundings(recording: Replay) -> Surroundings:
    """What the graph has beside a claim, of which a slip of the pen can have taken too much or too little."""
    rules = {node.rule for node in recording.nodes if node.rule is not None}
    added = {
        a.name
        for node in recording.nodes
        for a in node.args
        if isinstance(a, Node) and a.rule is None and a.name and node.rule is not None and node.rule.signs
    }
    unary = [rule for rule in rules if rule.arity == 1 and rule.kind.name == "elementwise" and rule.differentiable]
    applied = [rule.name for rule in unary if not rule.signs]
    return Surroundings(partners(recording), sorted(added), sorted(applied))


def partners(recording: Replay) -> dict[str, list[str]]:
    """For each name, the other names that it is multiplied with somewhere in the graph."""
    found: dict[str, list[str]] = {}
    for node in recording.nodes:
        if node.rule is not None and (node.rule.contracts or node.rule.powers == (1, 1)):
            named = [a.name for a in node.args if isinstance(a, Node) and a.name]
            for name in named:
                found.setdefault(name, []).extend(other for other in named if other != name)
    return found


def _axes(recording: Replay, node: Any) -> tuple[Any, ...]:
    """The axes of a node or a bare array: each a size's letter, or a length."""
    return _spelled(recording.sizes.axes(node))


def _spelled(sizes: Iterable[Size], lengths: Mapping[Size, int] | None = None) -> tuple[Any, ...]:
    """Each size by its letter; one without by its length, where the free sizes have these, else as recorded."""
    return tuple(size.letter or size.value(lengths) for size in sizes)
