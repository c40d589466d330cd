"""Which mistake turns the true gradient into a claim.

A mistake is named only where it gives the claim at every point and every size. Factors, sums and other variables are
compared directly (`shapes`); for the rest, the backward pass is run again with a rule broken at one place, or at every
use of an operation (`paths`, `slips`). Two mistakes are looked for where no single one explains the claim.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from . import shapes
from .evidence import Evidence
from .factors import Factor
from .findings import Finding
from .mistakes import Slip, lost, scaled
from .paths import Flows, Paths
from .recording import Place, Recording
from .slips import FEWER, MANY, Change, Slips, changes
from .trials import Trial, same

# A claim that was compared with fewer numbers is explained by the plainest mistakes only: some wrong rule fits any two.
_FEW = 3
_LEFT_OUT = ("left-out", "softmax", "log-softmax")  # the slips that are tried in pairs


class Search:
    """Everything that explains one wrong claim."""

    def __init__(self, recording: Recording, trials: Sequence[Trial]) -> None:
        self.evidence = Evidence(recording, trials)

    @cached_property
    def _flows(self) -> Flows:
        return Flows(self.evidence)

    @cached_property
    def _changes(self) -> list[Change]:
        return changes(self.evidence)

    def findings(self) -> list[Finding]:
        """All that fits, the likeliest first; pairs only where nothing single does."""
        evidence = self.evidence
        if not evidence.usable:
            return _ranked(self._of_another_shape())
        if all(trial.right for trial in evidence.usable):
            return []  # right wherever it has a value, but it has none at other sizes: no mistake of the calculus
        found = self._single()
        if not any(finding.kind == "whole" for finding in found):
            found += shapes.of_kept_sum(evidence)
        if evidence.numbers_compared < _FEW:
            return _ranked([finding for finding in found if finding.is_plain])
        return _ranked(found or self._pairs())

    def plain_factors(self) -> list[Finding]:
        """By which frequent factor the claim is off as a whole: −1, a half, two, or a power of a size."""
        found = shapes.of_factor(self.evidence)
        return [f for f in found if f.factor is not None and abs(f.factor.number) in (0.5, 1.0, 2.0)]

    def transposed(self, names: Collection[str] = (), more: Finding | None = None) -> Finding:
        """What is said of a claim that is right once a factor with one of these names is transposed, but for `more`."""
        found = shapes.of_transposed(self.evidence, names)
        found.more = more
        return found

    # ── one mistake ──

    def _single(self) -> list[Finding]:
        """What one mistake explains."""
        found = shapes.of_factor(self.evidence)
        zero = bool(found) and found[0].how == "zero"
        if zero or (found and len(self.evidence.order) > MANY):
            return found
        return [
            *found,
            *Paths(self.evidence, self._flows).findings(within_pair=False),
            *Slips(self.evidence, self._changes).findings(within_pair=False),
            *shapes.of_turned(self.evidence, _wrong(self.evidence)),
            *shapes.of_other_variable(self.evidence, self.evidence.usable),
        ]

    def _of_another_shape(self) -> list[Finding]:
        """What explains a claim of another shape, perhaps along with a frequent factor."""
        valued = [t for t in self.evidence.trials if not t.trouble]
        if not valued:
            return []
        for factor in [Factor(1.0), *self._frequent_factors(valued)]:
            found = list(shapes.of_another_shape(self.evidence, [t.divided_by(factor) for t in valued]))
            for finding in found if not factor.is_one else ():
                finding.more = Finding.of_whole(factor)
            if found:
                return found
        return []

    # ── two mistakes ──

    @staticmethod
    def _frequent_factors(trials: Sequence[Trial]) -> list[Factor]:
        """The factors other than one that people are off by most often; of the sizes, the first."""
        letters = list(trials[0].point.lengths)[:1]
        counts = [Factor(1.0, {letter: power}) for letter in letters for power in (1, -1)]
        return [Factor(-1.0), *counts, Factor(2.0), Factor(0.5)]

    def _pairs(self) -> list[Finding]:
        """A frequent factor of the whole with one other mistake; else two slips at two places."""
        usable = self.evidence.usable
        if _varies([t.truth for t in usable]) and not _varies([t.claimed for t in usable]):
            return []  # a claim that is one number is some multiple of much
        for factor in self._frequent_factors(usable):
            found = self._beside(self.evidence.divided_by(factor))
            if found:
                best = _ranked(found)[0]
                best.more, best.kind = Finding.of_whole(factor), "pair"
                return [best]
        return self._two_slips()

    def _beside(self, divided: Evidence) -> list[Finding]:
        """What explains a claim divided by a factor. Flows and changes are those of the points, not of the claim."""
        found = [
            *Paths(divided, self._flows).findings(within_pair=True),
            *Slips(divided, self._changes).findings(within_pair=True),
            *shapes.of_turned(divided, _wrong(divided)),
            *shapes.of_other_variable(divided, divided.usable),
            *shapes.of_kept_sum(divided),
        ]
        return [finding for finding in found if finding.kind != "unrelated"]

    def _two_slips(self) -> list[Finding]:
        """Two of the frequent slips at two places."""
        if len(self.evidence.order) > FEWER:
            return []
        for one, other in combinations(self._frequent_slips()[:44], 2):
            (places, finding, slip), (other_places, more, other_slip) = one, other
            if set(places) & set(other_places):
                continue
            if self.evidence.explained_by({**dict.fromkeys(places, slip), **dict.fromkeys(other_places, other_slip)}):
                finding.more, finding.kind = more, "pair"
                return [finding]
        return []

    def _frequent_slips(self) -> list[tuple[tuple[Place, ...], Finding, Slip]]:
        """Derivatives left out, paths dropped, signs lost: where, as a finding, and as a slip."""
        found: list[tuple[tuple[Place, ...], Finding, Slip]] = [
            (places, Finding.of_slip(mistaken, places[0]), mistaken.slip)
            for places, mistaken, _ in self._changes
            if mistaken.how in _LEFT_OUT
        ]
        flows = self._flows
        for flow in flows.all[:14]:
            places = tuple(flows.places(flow))
            found.append((places, Finding("missing-path", "pair", *flows.lost_at(flow), how="path"), lost))
            sign = Finding("sign", "pair", *flows.slipped_at(flow, "sign"), factor=Factor(-1.0))
            found.append((places, sign, scaled(-1.0)))
        return found


def _ranked(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.rank)


def _wrong(evidence: Evidence) -> list[Trial]:
    """The trials in which a claim has numbers, of whatever shape, and they are not the gradient's."""
    return [trial for trial in evidence.trials if not (trial.trouble or trial.right)]


def _varies(arrays: Sequence[Any]) -> bool:
    """Whether these hold more than one number."""
    every = np.concatenate([np.ravel(a) for a in arrays])
    return not same(every, np.full(every.shape, every[0])) if every.size else False
