"""What is said of a wrong claim that no mistake explains: a special case, another shape, or nothing but that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from ..engine.graph import Node
from .claimed import Claimed
from .messages import say
from .places import label
from .points import Point
from .replay import Replay
from .speaker import Speaker, shape_text
from .trials import Trial, Tried, same
from .verdict import Explanation

UNEXPLAINED = ("unexplained", "shape", "special-case")


def told_of_search(explained: list[Explanation], claimed: Claimed) -> list[Explanation]:
    """What is said where nothing explains a claim; of a long one also that not every change of it was tried."""
    first = explained[0]
    if claimed.searched_in_part and first.mistake == "unexplained":
        first.message = f"{first.message} {say('searched-in-part')}"
    return explained


class Unexplained:
    """A wrong claim that no mistake explains."""

    def __init__(self, speaker: Speaker, tried: Tried) -> None:
        self.speaker, self.replay, self.tried = speaker, speaker.replay, tried
        self.words: dict[str, Any] = {
            "wrt": speaker.wrt,
            "shape": shape_text(self.replay.target_shape),
            "claimed": shape_text(tried.shape or ()),
            "letters": ", ".join(f"{letter} = {n}" for letter, n in self.replay.sizes.letters().items()),
        }

    def explanation(self) -> Explanation:
        """What can be said of it."""
        if self.tried.recorded.right or (self.tried.right and self.replay.has_kinks):
            return self._of_special_case()
        if not any(trial.usable for trial in self.tried.trials):
            return self._without_value()
        further = map(self.tried.way.at, self._further())
        message = say("unexplained", true=_largest_truth(self.replay, self.tried.trials, further), **self.words)
        return self._said("unexplained", message, "unexplained-hint", "unexplained-solution")

    def of_symmetric(self) -> Explanation | None:
        """That a claim is right where a square matrix of the loss is symmetric; None where it is not."""
        for matrix in self._leaves:
            one, *more = self.replay.sizes.axes(matrix) or (None,)
            if more == [one] and matrix is not self.replay.wrt and self._right_at(self._with_symmetric(matrix)):
                name = label(matrix)
                message = say("special-case-symmetric", name=name)
                return self._said("special-case", message, "special-case-symmetric-hint", "unexplained-solution")
        return None

    def _with_symmetric(self, matrix: Node) -> Iterator[Point]:
        """The points at which the claim was tried, with a symmetric matrix."""
        for trial in self.tried.trials:
            held = trial.point.value(matrix)
            yield trial.point.with_leaves({matrix: (held + held.T) / 2})

    def _said(self, mistake: str, message: str, hint: str, solution: str = "shape-solution") -> Explanation:
        return Explanation(mistake, message, say(hint, **self.words), self.speaker.solution(solution))

    # ── right where it was recorded ──

    def _of_special_case(self) -> Explanation:
        signed = next(filter(self._right_for_its_sign, self._leaves), None)
        if signed is not None:
            self.words["name"] = label(signed)
            message = say("special-case-sign", name=label(signed), sign=">" if _sign(signed._data) > 0 else "<")
            return self._said("special-case", message, "special-case-sign-hint")
        if self.tried.right and self.replay.has_kinks:  # wrong at further points only
            return self._said("special-case", say("special-case-condition"), "special-case-condition-hint")
        return self._of_recorded_size() if self._right_at_recorded_size() else self._of_recorded_numbers()

    @property
    def _leaves(self) -> list[Node]:
        return [node for node in self.replay.names.values() if node.rule is None]

    def _further(self, keeping: tuple[Node, ...] = ()) -> Iterator[Point]:
        """Further points, with leaves as they were recorded."""
        tried, meanings = self.tried, self.tried.meanings or self.replay.meanings[0]
        yield from self.replay.further(meanings, tried.held, (*tried.keeping, *keeping))

    def _right_for_its_sign(self, leaf: Node) -> bool:
        """Whether the claim is right where a leaf has the sign that it was recorded with, and only there."""
        sign, points = _sign(leaf._data), [trial.point for trial in self.tried.trials]
        if not sign or not all(self.tried.right_at(point) for point in points if not point.wide):
            return False
        other = [point for point in (*points, *self._further()) if _sign(point.value(leaf)) != sign]
        turned = (point.with_leaves({leaf: sign * np.abs(point.value(leaf))}) for point in other)
        return not any(map(self.tried.right_at, other)) and self._right_at(turned)

    def _right_at_recorded_size(self) -> bool:
        at_size = [trial for trial in self.tried.trials if not trial.point.size_lengths]
        further = (point for point in self._further() if not point.size_lengths)
        return bool(at_size) and all(t.right for t in at_size) and all(map(self.tried.right_at, further))

    def _of_recorded_size(self) -> Explanation:
        trouble = next((t.trouble for t in self.tried.trials if t.trouble), "")
        message = say("special-case-shape" if trouble else "special-case-size", trouble=trouble, **self.words)
        return self._said("special-case", message, "special-case-size-hint", "special-case-size-solution")

    def _of_recorded_numbers(self) -> Explanation:
        """Right at the recorded numbers: the one leaf that must stay as it was recorded is named, if there is one.

        Else arrays without a name may have to.
        """
        if self._right_at(self.replay.points(self.replay.meanings[0], held=True) if self.replay.holds_arrays else []):
            return self._said("special-case", say("special-case-arrays"), "special-case-arrays-hint")
        held = next((node for node in self._leaves if self._right_at(self._further((node,)))), None)
        if held is None:
            message = say("special-case-numbers", names=", ".join(map(label, self._leaves)), **self.words)
        else:
            value = _one_value(held)
            key = "special-case-while" if value else "special-case-while-recorded"
            message = say(key, name=label(held), value=value, **self.words)
        return self._said("special-case", message, "special-case-numbers-hint")

    def _right_at(self, points: Iterable[Point]) -> bool:
        found = [*map(self.tried.right_at, points)]
        return bool(found) and all(found)

    # ── without a value of the gradient's shape ──

    def _without_value(self) -> Explanation:
        recorded, trials = self.tried.recorded, self.tried.trials
        valued = self.tried.valued
        trouble = next((t.trouble for t in [recorded, *trials] if t.trouble), "")
        if any(np.shape(trial.claimed) == np.shape(trial.truth) for trial in valued):
            return self._said("unexplained", say("not-finite", **self.words), "not-finite-hint")
        if recorded.outside:
            return self._said("unexplained", say("outside", trouble=recorded.trouble), "outside-hint")
        if self.tried.shape is None or (trouble and not valued):
            message = say("shape-error", trouble=trouble)
        else:
            own = "shape" if self.replay.target_sizes == self.replay.sizes.axes(self.replay.wrt) else "shape-of-entries"
            message = say("shape-unit" if _differ_in_units(valued) else own, **self.words)
        return self._said("shape", message, "shape-hint")


def _sign(held: Any) -> int:
    """1 or −1 where all numbers have that sign, else 0."""
    signs = np.unique(np.sign(held))
    return int(signs[0]) if signs.size == 1 else 0


def _one_value(node: Node) -> str:
    """The number that is at every entry of a node, in writing; "" if there is none."""
    held = np.asarray(node._data)
    return f"{held.flat[0]:g}".replace("-", "−") if held.size and np.all(held == held.flat[0]) else ""


def _differ_in_units(valued: Sequence[Trial]) -> bool:
    """Whether claim and gradient are equal but for axes of length 1."""
    return bool(valued) and all(
        t.claimed.size == np.size(t.truth) and same(t.claimed.reshape(np.shape(t.truth)), t.truth) for t in valued
    )


# ── what is true of it ──


def _largest_truth(replay: Replay, trials: Sequence[Trial], further: Iterable[Trial]) -> str:
    """A sentence on what is true of a claim that nothing explains; "" if there is none.

    further: more trials, for what a few can be by chance.
    """
    usable = [trial for trial in trials if trial.usable]
    if any(trial.where is not None for trial in usable):
        return ""
    error = max(float(np.max(np.abs(t.claimed - t.truth), initial=0.0)) / _scale(t.truth) for t in usable)
    if error == 0.0:  # it is wrong only where its shape is another
        return ""
    if error < 1e-4:
        return say("true-digits", error=error)
    hits = [_hits(trial) for trial in usable]
    for node in replay.nodes:
        for value in _values_of_labels(node):
            masks = [np.asarray(trial.point.value(node)) == value for trial in usable]
            if all(m.shape == h.shape and m.any() and np.all(h[m]) for m, h in zip(masks, hits, strict=True)):
                shown = str(value) if isinstance(value, bool) else f"{value:g}".replace("-", "−")
                return say("true-where", name=label(node), value=shown)
    if all(hit.any() for hit in hits):
        return say("true-some")
    signs = sum(np.size(t.truth) for t in usable) > 8 and all(map(_has_its_signs, chain(usable, further)))
    return say("true-signs") if signs else ""


def _scale(*arrays: Any) -> float:
    return max(float(np.max(np.abs(a), initial=0.0)) for a in arrays) or 1.0


def _has_its_signs(trial: Trial) -> bool:
    """Whether every entry of a claim has the sign of the gradient's."""
    return trial.usable and bool(np.all(np.sign(trial.claimed) == np.sign(trial.truth)) and np.any(trial.truth))


def _hits(trial: Trial) -> Any:
    """At which entries a claim is right."""
    return np.abs(trial.claimed - trial.truth) <= 1e-9 * _scale(trial.truth, trial.claimed)


def _values_of_labels(node: Node) -> Sequence[Any]:
    """The values of a node that holds labels or a mask: −1, 0, 1, True, False."""
    values = np.unique(node._data).tolist()
    return values if set(values) <= {-1.0, 0.0, 1.0} else ()
