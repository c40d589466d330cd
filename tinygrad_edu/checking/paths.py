"""Mistakes along a path: its sign or a factor, the path dropped, several dropped, all dropped but one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.graph import Node
from ..paper.notation import written_vjp
from .evidence import LOOSE, Edge, Evidence
from .factors import Factor, factor_of
from .findings import Finding
from .mistakes import lost, scaled
from .recording import Place
from .trials import Trial

_SILENT = 1e-9  # so little along the direction is nothing
_ENOUGH = 24  # findings of one kind
_PATHS_IN_PAIRS = 80  # of so many paths, pairs are tried
_PATHS_IN_THREES = 24
# Numbers that a factor known to a few digits may stand for, the likeliest first
_SIMPLE = (0.0, -1.0, 0.5, 2.0, -0.5, -2.0, 1.0, 3.0, 4.0, 0.25, 1.0 / 3.0)


@dataclass
class Flow:
    """What flows towards what is asked about, alike at several places: a factor at any of them looks the same.

    strength: along the direction, per usable trial. edges: the edges it passes. nodes: the nodes all of whose
    contributions it is.
    """

    strength: Any
    edges: list[Edge] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)


class Flows:
    """The different flows of a graph at the points of a claim, but for the whole gradient."""

    def __init__(self, evidence: Evidence) -> None:
        self.edges = evidence.edges
        self.whole = np.array([evidence.along(t, t.truth, evidence.recording.wrt) for t in evidence.usable])
        self._found: list[Flow] = []
        self._by_digits: dict[tuple[float, ...], Flow] = {}
        self._collect(evidence)
        scale = float(np.max(np.abs(self.whole)))
        self.all = [flow for flow in self._found if np.max(np.abs(flow.strength - self.whole)) > 1e-6 * scale]

    def _collect(self, evidence: Evidence) -> None:
        into: dict[Node, Any] = {}
        for edge in self.edges:
            parts = [self._strength(evidence, edge.node, p, edge.parent) for p in edge.positions]
            strength = np.sum(parts, axis=0)
            into[edge.parent] = into[edge.parent] + strength if edge.parent in into else strength
            self._put(strength, edge)
            for part, p in zip(parts, edge.positions, strict=True) if len(parts) > 1 else ():
                self._put(part, edge._replace(positions=(p,)))  # of x ** x, one of the two may be forgotten
        for parent, strength in into.items():
            self._put(strength, parent)

    @staticmethod
    def _strength(evidence: Evidence, node: Node, position: int, parent: Node) -> Any:
        trials = evidence.usable
        return np.array([evidence.along(t, t.point.contribution(node, position), parent) for t in trials])

    def _put(self, strength: Any, where: Edge | Node) -> None:
        """Add an edge, or a node with everything that comes to it, to the flow that is as strong."""
        scale = float(np.max(np.abs(strength)))
        if scale <= 1e-12 * max(1.0, float(np.max(np.abs(self.whole)))):
            return
        digits = tuple(float(f"{value:.4g}") for value in strength)
        flow = self._by_digits.get(digits) or next(
            (each for each in self._found if np.max(np.abs(each.strength - strength)) <= 1e-5 * scale), None
        )
        if flow is None:
            flow = Flow(strength)
            self._found.append(flow)
        self._by_digits[digits] = flow
        if isinstance(where, Edge):
            flow.edges.append(where)
        else:
            flow.nodes.append(where)

    def places(self, flow: Flow) -> list[Place]:
        """Where a flow passes, at the first of the edges or nodes it was found at."""
        if flow.edges:
            edge = flow.edges[0]
            return [(edge.node, p) for p in edge.positions]
        return [(edge.node, p) for edge in self.edges if edge.parent is flow.nodes[0] for p in edge.positions]

    @staticmethod
    def lost_at(flow: Flow) -> tuple[Node, Place | None]:
        """Where a lost flow joins the others: the operation nearest to what is asked about."""
        if flow.edges:
            edge = min(flow.edges, key=lambda each: each.node.index)
            return edge.node, edge.place
        return flow.nodes[0], None

    @staticmethod
    def slipped_at(flow: Flow, mistake: str) -> tuple[Node, Place | None]:
        """Which operation a factor belongs to: one whose own derivative has such a factor, else the nearest."""
        if not flow.edges:
            return flow.nodes[0], None
        fitting = [edge for edge in flow.edges if _has_factor(edge, mistake)]
        edge = fitting[0] if fitting else min(flow.edges, key=lambda each: each.node.index)
        return edge.node, edge.place


class Paths:
    """The mistakes along paths that explain a claim."""

    def __init__(self, evidence: Evidence, flows: Flows) -> None:
        self.evidence, self.flows = evidence, flows

    def findings(self, within_pair: bool) -> list[Finding]:
        """All that fit. within_pair: beside another mistake, where only a lost path or sign is plain enough."""
        found: list[Finding] = []
        for flow in self.flows.all:
            if len(found) >= _ENOUGH:
                break
            factor = self._factor(flow)
            if factor is not None and not (within_pair and factor.number not in (0.0, -1.0)):
                confirmed = self._confirmed(flow, factor)
                if confirmed is not None:
                    found += self._of_factor(flow, confirmed)
        if not found and not within_pair:
            found = self._several()
        return found

    def _factor(self, flow: Flow) -> Factor | None:
        """By which factor this flow would have to be off, as far as numbers along the direction tell."""
        need = self.evidence.need
        # where nothing flows (every mask is 0, say) a point says nothing of the factor
        flowing = np.abs(flow.strength) > _SILENT
        if not flowing.any() or np.any(np.abs(need[~flowing]) > LOOSE):
            return None
        numbers = 1.0 + need[flowing] / flow.strength[flowing]
        trials = [t for t, speaks in zip(self.evidence.usable, flowing, strict=True) if speaks]
        factor = factor_of(list(numbers), self.evidence.lengths(trials), rtol=LOOSE)
        if factor is None:
            return None
        factor = Factor(_tidied(factor.number), factor.powers)
        if self.evidence.is_one_where_recorded(factor) or not self.evidence.is_evidence(factor):
            return None
        return factor

    def _confirmed(self, flow: Flow, factor: Factor) -> Factor | None:
        """The factor, exactly, if the claim is what it makes of the flow at every point; else None."""
        places = self.flows.places(flow)
        for trial in self.evidence.usable:
            c = factor.at(trial.point.lengths)
            if not self.evidence.explains(dict.fromkeys(places, scaled(c)), [trial]):
                exact = _solved(trial, places)
                if exact is None or abs(exact - c) > LOOSE * abs(c) or factor.powers:
                    return None
                if not self.evidence.explains(dict.fromkeys(places, scaled(exact)), [trial]):
                    return None
                factor = Factor(exact)
        return factor

    def _of_factor(self, flow: Flow, factor: Factor) -> Iterator[Finding]:
        if factor.number == 0.0:
            node, place = self.flows.lost_at(flow)
            how = "parallel" if _is_parallel(place) else "path"
            yield Finding("missing-path", "missing-path", node=node, place=place, how=how)
            return
        for index, mistake in enumerate(factor.mistakes):
            node, place = self.flows.slipped_at(flow, mistake)
            kind = "path-sign" if mistake == "sign" else "path-factor"
            yield Finding(mistake, kind, node=node, place=place, factor=factor, common=index)

    # ── several paths ──

    def _several(self) -> list[Finding]:
        """Two or three paths dropped together, or all but one; two signs lost together."""
        flows = self.flows.all
        if len(flows) > _PATHS_IN_PAIRS:
            return []
        scale = float(np.max(np.abs(self.evidence.need)))
        found = self._one_kept(scale)
        if found is not None:
            return [found]
        for count in (2, 3) if len(flows) <= _PATHS_IN_THREES else (2,):
            for chosen in combinations(flows, count):
                total = np.sum([flow.strength for flow in chosen], axis=0)
                for c in (0.0, -1.0):
                    if np.max(np.abs(self.evidence.need - (c - 1.0) * total)) <= LOOSE * scale:
                        found = self._together(chosen, c)
                        if found is not None:
                            return [found]
        return []

    def _together(self, chosen: Sequence[Flow], c: float) -> Finding | None:
        """Several flows times c, 0 or −1, if that is the claim."""
        places = [place for flow in chosen for place in self.flows.places(flow)]
        if not self.evidence.explains(dict.fromkeys(places, scaled(c))):
            return None
        if c == 0.0:
            each = [Finding("missing-path", "missing-paths", *self.flows.lost_at(f), how="path") for f in chosen]
        else:
            each = [Finding("sign", "pair", *self.flows.slipped_at(f, "sign"), how="path") for f in chosen]
        each[0].more = each[1]
        return each[0]

    def _one_kept(self, scale: float) -> Finding | None:
        """One of many uses of a node followed, all others dropped: of a weight shared by many steps, say."""
        for flow in self.flows.all:
            if np.max(np.abs(self.evidence.need - (flow.strength - self.flows.whole))) > LOOSE * scale:
                continue
            for kept in flow.edges:
                others = [
                    (edge.node, p)
                    for edge in self.flows.edges
                    if edge.parent is kept.parent and edge.node is not kept.node
                    for p in edge.positions
                ]
                if len(others) > 1 and self.evidence.explains(dict.fromkeys(others, lost)):
                    first = others[0][0]
                    return Finding("missing-path", "missing-paths", node=first, place=kept.place, how="one-kept")
        return None


def _solved(trial: Trial, places: Sequence[Place]) -> float | None:
    """The factor of what comes through places that makes the gradient the claim, solved for without the direction."""
    without = trial.point.gradient(dict.fromkeys(places, lost))
    flow = (trial.truth - without).ravel()
    square = float(flow @ flow)
    return float((trial.claimed - without).ravel() @ flow) / square if square else None


def _is_parallel(place: Place | None) -> bool:
    """Whether an operation uses the same operand twice: x + x, x * x."""
    return place is not None and sum(a is place[0].args[place[1]] for a in place[0].args) > 1


def _tidied(number: float) -> float:
    """A number known to a few digits only, as the simple one that it is near."""
    return next((simple for simple in _SIMPLE if abs(number - simple) <= LOOSE), number)


def _has_factor(edge: Edge, mistake: str) -> bool:
    """Whether an operation's own derivative brings the kind of factor that a mistake is about."""
    node, rule = edge.node, edge.node.rule
    assert rule is not None
    if mistake == "mean-factor":
        return bool(rule.averages)
    if mistake == "constant-factor":
        constant = any(not isinstance(a, Node) and np.ndim(a) == 0 for a in node.args)
        raised = rule is rules.power or any(abs(power) != 1 for power in rule.powers)
        return raised or (len(rule.powers) == 2 and constant)
    try:
        shown = written_vjp(node, edge.positions[0])
    except (ValueError, TypeError, AttributeError, IndexError):
        return False
    return shown is not None and shown.minus is not None
