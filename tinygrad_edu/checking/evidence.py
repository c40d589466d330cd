"""What a search for mistakes works with: the trials of a wrong claim, and the places where a mistake can be.

Whether a broken rule at a place explains a claim takes one backward pass per trial. A graph has hundreds of candidates,
so each is judged by a single number first. Let what is asked about move along a fixed direction. A change of the
cotangent at a node changes the gradient's inner product with the direction by the change's inner product with the
node's own movement. This number (`along`) must equal that of claim − truth (`need`); only then is the pass run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..engine.graph import Node
from .factors import Factor
from .mistakes import Slip
from .recording import Place, Recording
from .trials import Trial, same

LOOSE = 1e-4  # movements are known to a few digits only, and so is every number `along` them


class Edge(NamedTuple):
    """Where contributions pass: from a node to one of its arguments, at each position where that stands."""

    node: Node
    parent: Node
    positions: tuple[int, ...]

    @property
    def place(self) -> Place:
        """The first of its places."""
        return self.node, self.positions[0]


class Evidence:
    """A wrong claim at several points.

    usable: the trials in which it has finite numbers of the gradient's shape. order: the recorded nodes between the
    loss and what is asked about, newest first.
    """

    def __init__(self, recording: Recording, trials: Sequence[Trial]) -> None:
        self.recording, self.trials = recording, list(trials)
        self.usable = [trial for trial in trials if trial.usable]
        point = trials[0].point
        self.order = [point.origin[node] for node in point.order]

    def divided_by(self, factor: Factor) -> Evidence:
        """The same points, with the claim divided by a factor."""
        other = Evidence(self.recording, [trial.divided_by(factor) for trial in self.trials])
        other.edges = self.edges
        other.worst = other.usable[self.usable.index(self.worst)]
        return other

    @cached_property
    def worst(self) -> Trial:
        """The trial in which the claim is most wrong; in others it may be right by chance, say where a mask is 1."""
        return max(self.usable, key=lambda t: float(np.max(np.abs(t.claimed - t.truth), initial=0.0)))

    @cached_property
    def numbers_compared(self) -> int:
        """With how many different numbers the claim was compared."""
        pairs = [np.stack([t.claimed.ravel(), np.ravel(t.truth)]) for t in self.usable]
        return int(np.unique(np.concatenate(pairs, axis=1), axis=1).shape[1])

    @cached_property
    def edges(self) -> list[Edge]:
        """Where contributions pass between the loss and what is asked about, newest first."""
        between = set(self.order)
        found = []
        for node in self.order:
            rule: Any = node.rule
            for parent in dict.fromkeys(a for a in node.parents if a in between):
                positions = tuple(i for i, a in enumerate(node.args) if a is parent and rule.vjp(i) is not None)
                if positions:
                    found.append(Edge(node, parent, positions))
        return found

    def along(self, trial: Trial, cotangent: Any, node: Node) -> float:
        """The inner product of a cotangent with how its node moves when what is asked about moves."""
        if node is self.recording.wrt:
            return float(np.sum(cotangent * trial.point.direction))
        return float(np.sum(cotangent * trial.point.tangents[node]))

    @cached_property
    def need(self) -> Any:
        """claim − truth along the direction, per trial: what a mistake has to bring."""
        return np.array([self.along(t, t.claimed - t.truth, self.recording.wrt) for t in self.usable])

    def explains(self, slips: Mapping[Place, Slip], trials: Iterable[Trial] | None = None) -> bool:
        """Whether the backward pass with these slips gives the claim in every usable trial (or in those given)."""
        for trial in self.usable if trials is None else trials:
            try:
                with np.errstate(all="ignore"):
                    broken = trial.point.gradient(slips)
            except (ValueError, IndexError, TypeError):
                return False
            if not same(broken, trial.claimed):
                return False
        return True

    def explained_by(self, slips: Mapping[Place, Slip]) -> bool:
        """The same, and the worst trial is tried first, which refuses most."""
        return self.explains(slips, [self.worst]) and self.explains(slips)

    # ── factors ──

    def is_evidence(self, factor: Factor) -> bool:
        """Whether a factor means anything: of two single numbers, each is some multiple of the other.

        Numbers that vanish beside others are none: they are any multiple of each other but for rounding.
        """
        sizes = np.abs(np.concatenate([np.ravel(trial.truth) for trial in self.usable]))
        return bool(np.count_nonzero(sizes > LOOSE**4 * np.max(sizes, initial=0.0)) > 1) or factor.is_small

    def is_one_where_recorded(self, factor: Factor) -> bool:
        """Whether a factor is 1 at the recorded sizes: then a size was written as a number."""
        number_and_powers = factor.powers and abs(factor.number) != 1.0
        return bool(number_and_powers and abs(factor.at(self.recording.sizes.letters()) - 1.0) <= 1e-8)

    def lengths(self, trials: Sequence[Trial] | None = None) -> list[dict[str, int]]:
        """The lengths of the sizes, per trial."""
        return [trial.point.lengths for trial in (self.usable if trials is None else trials)]
