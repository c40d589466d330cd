"""One operation's rule broken: at one place, at every use of the operation, or at both of its operands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..engine.graph import Node
from .evidence import LOOSE, Evidence
from .findings import Finding
from .mistakes import Mistaken, Slip, joint_slips, lost, slips_at
from .recording import Place
from .trials import Trial, same

# In graphs of more operations than these, fewer explanations are looked for
MANY = 100
FEWER = 60
_ENOUGH = 24  # findings of one kind


class Change(NamedTuple):
    """A slip of the catalogue at one or both positions of an operand; and what it changes along the direction."""

    places: tuple[Place, ...]
    mistaken: Mistaken
    along: float


def changes(evidence: Evidence) -> list[Change]:
    """Every slip at every place, with what it changes in the worst trial."""
    found = []
    with np.errstate(all="ignore"):
        for edge in evidence.edges:
            both = [edge.positions] if len(edge.positions) > 1 else []
            for positions in [*((p,) for p in edge.positions), *both]:
                places = tuple((edge.node, p) for p in positions)
                for mistaken, change in _changes_at(evidence.worst, places):
                    found.append(Change(places, mistaken, evidence.along(evidence.worst, change, edge.parent)))
    return found


def _changes_at(trial: Trial, places: tuple[Place, ...]) -> Iterator[tuple[Mistaken, Any]]:
    """Each slip that can be made at all of these places, and how it changes what arrives at the operand."""
    true = [trial.point.contribution(*place) for place in places]
    for alternatives in zip(*(list(slips_at(*place)) for place in places), strict=False):
        change: Any = 0.0
        try:
            for place, right, wrong in zip(places, true, alternatives, strict=True):
                change = change + trial.point.contribution(*place, wrong.slip) - right
        except (ValueError, IndexError, TypeError):
            continue
        if np.all(np.isfinite(change)) and np.any(change):
            yield alternatives[0], change


class Slips:
    """The broken rules that explain a claim."""

    def __init__(self, evidence: Evidence, changes: list[Change]) -> None:
        self.evidence, self.changes = evidence, changes
        self.order, self._between = evidence.order, set(evidence.order)

    def findings(self, within_pair: bool) -> list[Finding]:
        """All that fit. within_pair: beside another mistake."""
        found = self._at_one_place()
        if not within_pair or len(self.order) < FEWER:
            found += [*self._diagonals(), *self._everywhere(), *self._at_both_operands()]
        return found

    def _at_one_place(self) -> list[Finding]:
        evidence = self.evidence
        need = evidence.along(evidence.worst, evidence.worst.claimed - evidence.worst.truth, evidence.recording.wrt)
        found: list[Finding] = []
        seen: set[tuple[int, str, str]] = set()
        for places, mistaken, along in self.changes:
            if len(found) >= _ENOUGH:
                break
            if abs(along - need) > LOOSE * (abs(along) + abs(need)) + 1e-9:
                continue
            finding = Finding.of_slip(mistaken, places[0])
            at = (places[0][0].index, finding.kind)
            if (*at, mistaken.how) in seen or (finding.kind == "wrong-derivative" and (*at, "") in seen):
                continue
            if evidence.explains(dict.fromkeys(places, mistaken.slip)):
                seen |= {(*at, mistaken.how), (*at, "")}
                found.append(finding)
        return found

    # ── at every use of an operation ──

    def _everywhere(self) -> Iterator[Finding]:
        """The same slip at every use of an operation, or an operand held constant at every use."""
        uses: dict[tuple[Any, int], list[Place]] = {}
        for edge in self.evidence.edges:
            for p in edge.positions:
                uses.setdefault((edge.node.rule, p), []).append((edge.node, p))
        for places in uses.values():
            if len(places) < 2:
                continue
            if self.evidence.explained_by(dict.fromkeys(places, lost)):
                yield Finding("missing-path", "missing-paths", places[-1][0], places[-1], "everywhere")
            else:
                yield from self._same_everywhere(places)

    def _same_everywhere(self, places: list[Place]) -> Iterator[Finding]:
        """The first slip that explains the claim when it is made at all of these places, and not at one alone."""
        options = [{(m.mistake, m.how): m for m in slips_at(*place)} for place in places]
        common = [key for key in options[0] if all(key in each for each in options)]
        for key in common[: 40 if len(self.order) <= MANY else 2]:
            slips = {place: each[key].slip for place, each in zip(places, options, strict=True)}
            if self.evidence.explained_by(slips):
                if not self.evidence.explains({places[0]: slips[places[0]]}):
                    yield Finding.of_slip(options[0][key], places[0], everywhere=True)
                return

    # ── at both operands ──

    def _with_both_operands(self) -> Iterator[Node]:
        """The operations all of whose operands depend on what is asked about."""
        for node in self.order:
            if node.rule is not None and all(isinstance(a, Node) and a in self._between for a in node.args):
                yield node

    def _at_both_operands(self) -> Iterator[Finding]:
        """(uv)′ = u′v′, (u/v)′ = u′/v′, or (u/v)′ with v for v²."""
        for node in self._with_both_operands():
            for mistaken, slips in joint_slips(node):
                if self.evidence.explains({(node, position): slip for position, slip in slips.items()}):
                    yield Finding.of_slip(mistaken, (node, 1))
            rule = node.rule
            assert rule is not None
            entrywise = len(rule.powers) == 2 and not rule.contracts
            if entrywise and all(_is_naive(t, node) for t in self.evidence.usable):
                yield Finding("wrong-derivative", "wrong-derivative", node, (node, 1), f"naive-{node.op}")

    def _diagonals(self) -> Iterator[Finding]:
        """Only the diagonal of softmax's Jacobian, where softmax was written as e / e.sum()."""
        for node in self._with_both_operands():
            if node.rule is None or node.rule.powers != (1, -1):
                continue
            above, below = node.args
            if below.rule is not None and below.rule.folds is np.add and below.args[0] is above:
                slips: dict[Place, Slip] = {(node, 0): _diagonal, (node, 1): lost}
                if self.evidence.explains(slips):
                    yield Finding("softmax-diagonal", "softmax-diagonal", node, (node, 0), "softmax")


def _diagonal(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
    return vjp(g, out, *args, **params) * (1.0 - out)


def _is_naive(trial: Trial, node: Node) -> bool:
    """Whether the claim takes u′v′ for (uv)′, or u′/v′ for (u/v)′, at one place."""
    point = trial.point
    if np.shape(point.value(node)) != np.shape(trial.truth):
        return False
    with np.errstate(all="ignore"):
        others = point.gradient({(node, 0): lost, (node, 1): lost})
        u, v = (point.slope(a) for a in node.args)
        assert node.rule is not None
        naive = point.cotangents[node] * node.rule(u, v)
    return same(trial.claimed, others + naive)
