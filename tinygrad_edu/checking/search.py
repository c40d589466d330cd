"""Which mistake turns the true gradient into a claim.

The backward pass is replayed with exactly one rule broken at one place (or everywhere it is used); a mistake is named
only where the broken gradient equals the claim at every point and every size. Trying each of some hundred slips with a
sweep of its own would be slow, so each is first judged by a single number: the inner product of what it changes at its
place with how that place moves along a fixed direction must equal that of (claim − truth) with the direction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.backward import sweep
from ..engine.graph import Node
from ..paper.notation import written_vjp
from .findings import Finding, Trial, factor_of, mistakes_of, same
from .mistakes import Mistaken, joint_slips, lost, scaled, slips_at
from .points import Place, Point, Slip
from .replay import Replay
from .verdict import Factor

_LOOSE = 1e-4
_SILENT = 1e-9
# Beyond so many operations, or explanations, no more are looked for than the first ones
_MANY, _ENOUGH = 100, 24
# A claim that says so few numbers has to be explained by the plainest mistakes or by none
_FEW = 3
# ── the search ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Search:
    """Everything that explains one claim."""

    def __init__(self, replay: Replay, trials: Sequence[Trial]) -> None:
        self.replay, self.trials = replay, list(trials)
        self.usable = [trial for trial in trials if trial.usable]
        self.order = [self._origin(node) for node in trials[0].point.order]

    def _origin(self, node: Node) -> Node:
        return self.trials[0].point.origin[node]

    def findings(self) -> list[Finding]:
        """All that fits, the likeliest first; pairs only where nothing single does."""
        if not self.usable:
            return self._of_another_shape()
        if all(trial.right for trial in self.usable):  # where it has a value it is right: a size is written as a number
            return []
        found = self.single()
        if not any(f.kind in ("whole",) for f in found):
            found += self._sums()
        if self._entries < _FEW:  # so few numbers some rule bent far enough always explains
            return sorted((f for f in found if f.is_common), key=lambda f: f.rank)
        if not found:
            found = self._pairs()
        return sorted(found, key=lambda f: f.rank)

    @cached_property
    def _entries(self) -> int:
        """How many different numbers the claim was compared with."""
        pairs = [np.stack([t.claimed.ravel(), np.ravel(t.truth)]) for t in self.usable]
        return int(np.unique(np.concatenate(pairs, axis=1), axis=1).shape[1])

    def single(self, within_pair: bool = False) -> list[Finding]:
        """What one mistake explains."""
        found: list[Finding] = []
        if not within_pair:
            found += self.whole()
            zero = bool(found) and found[0].factor is not None and found[0].factor.number == 0.0
            if zero or (found and len(self.order) > _MANY):
                return found
        found += self._paths(within_pair)
        found += self._slips(within_pair)
        found += self._variables()
        return found

    def explains(self, slips: Mapping[Place, Slip], trials: Iterable[Trial] | None = None) -> bool:
        """Whether the backward pass with these slips gives the claim wherever it has a value."""
        for trial in self.usable if trials is None else trials:
            try:
                with np.errstate(all="ignore"):
                    broken = trial.point.gradient(slips)
            except (ValueError, IndexError, TypeError):
                return False
            if not same(broken, trial.claimed):
                return False
        return True

    # ── a factor of the whole ──

    def whole(self) -> list[Finding]:
        """What explains a claim that is one factor times the gradient."""
        numbers = []
        for trial in self.usable:
            truth = np.asarray(trial.truth, float).ravel()
            claimed = trial.claimed.ravel()
            if not claimed.any() and not truth.any():
                continue
            square = float(truth @ truth)
            c = float(claimed @ truth) / square if square else np.nan
            if not same(claimed, c * truth) or not np.isfinite(c):
                return []
            numbers.append(c)
        factor = factor_of(numbers, self.usable, self.replay) if numbers else None
        if factor is None or self._right_at_recorded(factor) or not self._is_evidence(factor):
            return []
        if factor.number == 0.0:
            return [Finding("missing-path", "whole", node=self.replay.wrt, how="zero", factor=factor, whole=True)]
        return [
            Finding(mistake, "whole", factor=factor, whole=True, how="pair" if index else "", common=index)
            for index, mistake in enumerate(mistakes_of(factor))
        ]

    def _is_evidence(self, factor: Factor) -> bool:
        """Whether a factor means anything: of two bare numbers one always is some multiple of the other."""
        if sum(t.claimed.size for t in self.usable) > 1:
            return True
        return isinstance(factor.exact, Fraction) and max(abs(factor.exact.numerator), factor.exact.denominator) <= 4

    def _right_at_recorded(self, factor: Factor) -> bool:
        """Whether a factor is 1 at the recorded sizes: then a size was written as a number."""
        if not factor.powers or abs(factor.number) == 1.0:
            return False
        c = factor.number
        for letter, power in factor.powers.items():
            c *= float(self.replay.sizes.letters()[letter]) ** power
        return abs(c - 1.0) <= 1e-8

    # ── a factor of a path, lost paths ──

    @cached_property
    def _edges(self) -> list[tuple[Node, Node, tuple[int, ...]]]:
        """(node, the argument, at which positions): where contributions pass, newest first."""
        between = set(self.order)
        found = []
        for node in self.order:
            for parent in dict.fromkeys(a for a in node.args if isinstance(a, Node) and a in between):
                positions = [
                    i
                    for i, a in enumerate(node.args)
                    if a is parent and node.rule.vjp(i) is not None  # type: ignore[union-attr]
                ]
                if positions and node is not self.replay.wrt:
                    found.append((node, parent, tuple(positions)))
        return found

    @cached_property
    def _paths_found(self) -> tuple[list[dict[str, Any]], Any]:
        """Each different flow towards what is asked about: what it passes, and its strength per trial."""
        strengths = []
        whole = np.array([self._along(t, t.truth, self.replay.wrt) for t in self.usable])
        for node, parent, positions in self._edges:
            row = [self._along(t, sum(t.point.contribution(node, p) for p in positions), parent) for t in self.usable]
            strengths.append(np.array(row))
        groups: list[dict[str, Any]] = []
        by_key: dict[Any, dict[str, Any]] = {}

        def put(flow: Any, entry: tuple[str, Any]) -> None:
            scale = float(np.max(np.abs(flow))) or 1.0
            if scale <= 1e-12 * max(1.0, float(np.max(np.abs(whole)))):
                return
            key = tuple(float(f"{value:.4g}") for value in flow)
            group = by_key.get(key)
            if group is None:
                group = next((g for g in groups if np.max(np.abs(g["flow"] - flow)) <= 1e-5 * scale), None)
            if group is None:
                group = {"flow": flow, "entries": []}
                groups.append(group)
            by_key[key] = group
            group["entries"].append(entry)

        for (node, parent, positions), flow in zip(self._edges, strengths, strict=True):
            put(flow, ("edge", (node, parent, positions)))
            for p in positions if len(positions) > 1 else ():  # x ** x: one of the two may be forgotten
                one = [self._along(t, t.point.contribution(node, p), parent) for t in self.usable]
                put(np.array(one), ("edge", (node, parent, (p,))))
        into: dict[Node, Any] = {}
        for (_, parent, _), flow in zip(self._edges, strengths, strict=True):
            into[parent] = into[parent] + flow if parent in into else flow
        for parent, flow in into.items():
            if parent is not self.replay.wrt:
                put(flow, ("node", parent))
        scale = float(np.max(np.abs(whole))) or 1.0
        return [g for g in groups if np.max(np.abs(g["flow"] - whole)) > 1e-6 * scale], whole

    def _along(self, trial: Trial, cotangent: Any, node: Node) -> float:
        there = trial.point.twin[node]
        if node is self.replay.wrt:
            return float(np.sum(cotangent * trial.point.direction))
        tangent = trial.point.tangents.get(node)
        if tangent is None:
            tangent = trial.point.tangents[self.trials[0].point.origin.get(there, node)]
        return float(np.sum(cotangent * tangent))

    @cached_property
    def _need(self) -> Any:
        """(claim − truth) along the direction, per trial: what a slip has to bring."""
        return np.array([self._along(t, t.claimed - t.truth, self.replay.wrt) for t in self.usable])

    @staticmethod
    def _places(entry: tuple[str, Any], edges: Sequence[tuple[Node, Node, tuple[int, ...]]]) -> list[Place]:
        if entry[0] == "edge":
            node, _, positions = entry[1]
            return [(node, p) for p in positions]
        return [(node, p) for node, parent, positions in edges if parent is entry[1] for p in positions]

    def _paths(self, within_pair: bool) -> list[Finding]:
        groups, _ = self._paths_found
        found: list[Finding] = []
        for group in groups:
            if len(found) >= _ENOUGH:
                break
            # where nothing flows (every mask is 0, say) a point says nothing of the factor
            flows = np.abs(group["flow"]) > _SILENT
            if not flows.any() or np.any(np.abs(self._need[~flows]) > _LOOSE):
                continue
            numbers = 1.0 + self._need[flows] / group["flow"][flows]
            trials = [t for t, speaks in zip(self.usable, flows, strict=True) if speaks]
            factor = factor_of(list(numbers), trials, self.replay, rtol=_LOOSE)
            if factor is None:
                continue
            factor = Factor(_tidied(factor.number), factor.powers)
            if self._right_at_recorded(factor) or not self._is_evidence(factor):
                continue
            if within_pair and factor.number not in (0.0, -1.0):
                continue
            factor = self._confirmed(group, factor)
            if factor is None:
                continue
            if factor.number == 0.0:
                chosen = self._lost_at(group)
                how = "parallel" if _is_parallel(chosen[1]) else "path"
                found.append(Finding("missing-path", "missing-path", node=chosen[0], place=chosen[1], how=how))
                continue
            for index, mistake in enumerate(mistakes_of(factor)):
                node, place = self._slipped_at(group, mistake, factor)
                kind = "path-sign" if mistake == "sign" else "path-factor"
                found.append(Finding(mistake, kind, node=node, place=place, factor=factor, common=index))
        if not found and not within_pair:
            found += self._several_lost(groups)
        return found

    def _confirmed(self, group: dict[str, Any], factor: Factor) -> Factor | None:
        """The factor, exactly, if the claim is what it makes of the flow at every point; else None."""
        places = self._places(group["entries"][0], self._edges)
        for trial in self.usable:
            c = factor.number
            for letter, power in factor.powers.items():
                c *= float(trial.point.lengths[letter]) ** power
            if not self.explains(dict.fromkeys(places, scaled(c)), [trial]):
                # A constant is known to the precision of the movements only; solve for it once more, exactly.
                exact = self._exact_number(trial, places)
                if exact is None or abs(exact - c) > _LOOSE * abs(c) or factor.powers:
                    return None
                if not self.explains(dict.fromkeys(places, scaled(exact)), [trial]):
                    return None
                factor = Factor(exact)
        return factor

    @staticmethod
    def _exact_number(trial: Trial, places: Sequence[Place]) -> float | None:
        without = trial.point.gradient(dict.fromkeys(places, lost))
        flow = (trial.truth - without).ravel()
        square = float(flow @ flow)
        return float((trial.claimed - without).ravel() @ flow) / square if square else None

    def _lost_at(self, group: dict[str, Any]) -> tuple[Node, Place | None]:
        """Where a lost path joins the others: the operation nearest to what is asked about."""
        edges = [entry[1] for entry in group["entries"] if entry[0] == "edge"]
        if edges:
            node, _, positions = min(edges, key=lambda edge: edge[0].index)
            return node, (node, positions[0])
        return group["entries"][0][1], None

    def _slipped_at(self, group: dict[str, Any], mistake: str, factor: Factor) -> tuple[Node, Place | None]:
        """Which operation on a path a factor belongs to: the one whose own derivative has it."""
        edges = [entry[1] for entry in group["entries"] if entry[0] == "edge"]
        if not edges:
            return group["entries"][0][1], None
        fitting = [edge for edge in edges if _has_factor(edge[0], edge[2][0], mistake)]
        node, _, positions = fitting[0] if fitting else min(edges, key=lambda edge: edge[0].index)
        return node, (node, positions[0])

    def _several_lost(self, groups: Sequence[dict[str, Any]]) -> list[Finding]:
        """Two or three paths dropped together, or all but one; two signs lost together."""
        if not 2 <= len(groups) <= 80:
            return []
        flows = np.array([g["flow"] for g in groups])
        scale = np.max(np.abs(self._need)) + 1e-300
        found: list[Finding] = self._one_kept(groups, scale)
        if found:
            return found
        for count in (2, 3) if len(groups) <= 24 else (2,):
            for chosen in combinations(range(len(groups)), count):
                total = flows[list(chosen)].sum(axis=0)
                for c, mistake in ((0.0, "missing-path"), (-1.0, "sign")):
                    if np.max(np.abs(self._need - (c - 1.0) * total)) > _LOOSE * scale:
                        continue
                    places = [p for i in chosen for p in self._places(groups[i]["entries"][0], self._edges)]
                    if self.explains(dict.fromkeys(places, lost if c == 0.0 else scaled(c))):
                        kind = "missing-paths" if c == 0.0 else "pair"
                        pick = self._lost_at if c == 0.0 else lambda g: self._slipped_at(g, "sign", Factor(-1.0))
                        others = [Finding(mistake, kind, *pick(groups[i]), how="path") for i in chosen]
                        others[0].more = others[1]
                        found.append(others[0])
                        return found
        return found

    def _one_kept(self, groups: Sequence[dict[str, Any]], scale: float) -> list[Finding]:
        """One of many paths into a node followed, all others dropped: a weight shared by many steps, say."""
        _, whole = self._paths_found
        for group in groups:
            if np.max(np.abs(self._need - (group["flow"] - whole))) > _LOOSE * scale:
                continue
            for entry in (entry[1] for entry in group["entries"] if entry[0] == "edge"):
                node, parent, _ = entry
                others = [(n, p) for n, a, ps in self._edges if a is parent and n is not node for p in ps]
                if len(others) > 1 and self.explains(dict.fromkeys(others, lost)):
                    place = (node, entry[2][0])
                    return [Finding("missing-path", "missing-paths", node=others[0][0], place=place, how="one-kept")]
        return []

    # ── one rule broken ──

    @cached_property
    def _first(self) -> Trial:
        """Where the claim is most wrong: it may be right by chance where, say, every mask is 1."""
        return max(self.usable, key=lambda t: float(np.max(np.abs(t.claimed - t.truth), initial=0.0)))

    @cached_property
    def _slip_changes(self) -> list[tuple[tuple[Place, ...], Mistaken, float]]:
        """Every slip at every place, with what it brings along the direction at the first trial."""
        point = self._first.point
        found = []
        with np.errstate(all="ignore"):
            for node, parent, positions in self._edges:
                for options in [(p,) for p in positions] + ([positions] if len(positions) > 1 else []):
                    true = [point.contribution(node, p) for p in options]
                    per_position = [list(slips_at(node, p)) for p in options]
                    for alternatives in zip(*per_position, strict=False):
                        change: Any = 0.0
                        try:
                            for p, right, wrong in zip(options, true, alternatives, strict=True):
                                change = change + point.contribution(node, p, wrong.slip) - right
                        except (ValueError, IndexError, TypeError):
                            continue
                        if not np.all(np.isfinite(change)) or not np.any(change):
                            continue
                        places = tuple((node, p) for p in options)
                        found.append((places, alternatives[0], self._along(self._first, change, parent)))
        return found

    def _slips(self, within_pair: bool) -> list[Finding]:
        need = self._along(self._first, self._first.claimed - self._first.truth, self.replay.wrt)
        found: list[Finding] = []
        seen: set[tuple[int, str, str]] = set()
        for places, mistaken, change in self._slip_changes:
            if len(found) >= _ENOUGH:
                break
            if abs(change - need) > _LOOSE * (abs(change) + abs(need)) + 1e-9:
                continue
            kind = _kind_of(mistaken)
            key = (places[0][0].index, kind, mistaken.how)
            if key in seen or (kind == "wrong-derivative" and (places[0][0].index, kind, "") in seen):
                continue
            if self.explains(dict.fromkeys(places, mistaken.slip)):
                seen |= {key, (places[0][0].index, kind, "")}
                found.append(_finding(mistaken, places[0]))
        if not within_pair or len(self.order) < 60:
            found += self._composite_softmax()
            found += self._everywhere()
            found += self._at_both_operands()
        return found

    def _everywhere(self) -> list[Finding]:
        """The same slip at every use of an operation."""
        uses: dict[tuple[Any, int], list[Place]] = {}
        for node, _, positions in self._edges:
            for p in positions:
                uses.setdefault((node.rule, p), []).append((node, p))
        found = []
        for places in uses.values():
            if len(places) < 2:
                continue
            if self.explains(dict.fromkeys(places, lost), [self._first]) and self.explains(dict.fromkeys(places, lost)):
                found.append(Finding("missing-path", "missing-paths", places[-1][0], places[-1], "everywhere"))
                continue
            options = [{(m.mistake, m.how): m for m in slips_at(*place)} for place in places]
            common = [key for key in options[0] if all(key in each for each in options)]
            for key in common[: 40 if len(self.order) <= _MANY else 2]:
                slips = {place: each[key].slip for place, each in zip(places, options, strict=True)}
                if self.explains(slips, [self._first]) and self.explains(slips):
                    if not self.explains({places[0]: slips[places[0]]}):
                        found.append(_finding(options[0][key], places[0], everywhere=True))
                    break
        return found

    def _at_both_operands(self) -> list[Finding]:
        """Products and quotients derived as if each operand were: (uv)′ = u′v′, (u/v)′ = u′/v′, or v not squared."""
        found = []
        between = set(self.order)
        for node in self.order:
            if node.rule is None or not all(isinstance(a, Node) and a in between for a in node.args):
                continue
            for mistaken, slips in joint_slips(node):
                if self.explains({(node, position): slip for position, slip in slips.items()}):
                    found.append(_finding(mistaken, (node, 1)))
            if node.rule in (rules.multiply, rules.divide) and all(self._is_naive(t, node) for t in self.usable):
                found.append(Finding("wrong-derivative", "wrong-derivative", node, (node, 1), f"naive-{node.op}"))
        return found

    @staticmethod
    def _is_naive(trial: Trial, node: Node) -> bool:
        """Whether the claim takes u′v′ for (uv)′, or u′/v′ for (u/v)′, at one place."""
        point = trial.point
        if np.shape(point.value(node)) != np.shape(trial.truth):
            return False
        with np.errstate(all="ignore"):
            others = point.gradient({(node, 0): lost, (node, 1): lost})
            u, v = (point.slope(a) for a in node.args)
            naive = point.cotangents[node] * (u * v if node.rule is rules.multiply else u / v)
        return same(trial.claimed, others + naive)

    def _composite_softmax(self) -> list[Finding]:
        """softmax written as e / e.sum(): its diagonal alone."""
        found = []
        between = set(self.order)
        for node in self.order:
            if node.rule is not rules.divide or not all(isinstance(a, Node) and a in between for a in node.args):
                continue
            above, below = node.args
            if below.rule is None or below.rule.name != "sum" or below.args[0] is not above:
                continue
            slips: dict[Place, Slip] = {
                (node, 0): lambda vjp, g, out, args, params: vjp(g, out, *args, **params) * (1.0 - out),
                (node, 1): lost,
            }
            if self.explains(slips):
                found.append(Finding("softmax-diagonal", "softmax-diagonal", node=node, place=(node, 0), how="softmax"))
        return found

    # ── the gradient of something else ──

    def _variables(self) -> list[Finding]:
        tables = [_all_cotangents(trial.point) for trial in self.usable]
        found = []
        for node in reversed(self.replay.nodes):
            if node is self.replay.wrt or node is self.replay.loss or not all(node in table for table in tables):
                continue
            if np.shape(self._first.truth) and _is_one_number([table[node] for table in tables]):
                continue
            if all(_same_or_repeated(table[node], t.claimed) for table, t in zip(tables, self.usable, strict=True)):
                between = node in set(self.order)
                unnamed = 0 if node.name else 1
                kind = "on-the-way" if between else "unrelated"
                found.append(Finding("wrong-variable", kind, node=node, common=unnamed))
        return found

    # ── sums ──

    def _sums(self) -> list[Finding]:
        """A Σ kept: every entry is the sum of the gradient along an axis, or of all of it."""
        shape = np.shape(self._first.truth)
        for axes in _subsets(len(shape)):
            if all(
                same(t.claimed, np.broadcast_to(np.sum(t.truth, axis=axes, keepdims=True), np.shape(t.truth)))
                for t in self.usable
            ):
                return [Finding("extra-sum", "extra-sum", node=None, how="kept")]
        return []

    def _of_another_shape(self) -> list[Finding]:
        """What explains a claim that has a value, of a shape that is not the gradient's."""
        valued = [t for t in self.trials if t.claimed is not None and not t.trouble]
        if not valued:
            return []
        found: list[Finding] = []
        for factor in self._frequent_factors():
            scaled_trials = [t.times(factor) for t in valued]
            whole = _is_one(factor)
            for finding in self._shapes(scaled_trials):
                if not whole:
                    finding.more = Finding(mistakes_of(factor)[0], "whole", factor=factor, whole=True)
                found.append(finding)
            if found:
                break
        return sorted(found, key=lambda f: f.rank)

    def _shapes(self, trials: Sequence[Trial]) -> list[Finding]:
        found = []
        truth = np.shape(trials[0].truth)
        claimed = trials[0].claimed.shape
        if len(claimed) >= len(truth):
            for axes in _subsets(len(claimed)):
                if all(_summed_to(t.claimed, axes, t.truth) for t in trials):
                    node, place = self._broadcast_at()
                    found.append(Finding("missing-sum", "missing-sum", node=node, place=place, how="summed-later"))
                    break
        if len(claimed) <= len(truth) and truth:
            for axes in _subsets(len(truth)):
                if all(_summed_to(t.truth, axes, t.claimed) for t in trials):
                    found.append(Finding("extra-sum", "extra-sum", node=None, how="summed"))
                    break
        if len(claimed) == len(truth) == 2 and all(same(t.claimed.T, t.truth) for t in trials):
            node, place = self._product_at()
            found.append(Finding("transpose", "transpose", node=node, place=place, how="whole"))
        tables = [_all_cotangents(trial.point) for trial in trials]
        for node in reversed(self.replay.nodes):
            if node is self.replay.wrt or node is self.replay.loss or not all(node in table for table in tables):
                continue
            if truth and _is_one_number([table[node] for table in tables]):
                continue
            if all(same(table[node], t.claimed) for table, t in zip(tables, trials, strict=True)):
                kind = "on-the-way" if node in set(self.order) else "unrelated"
                found.append(Finding("wrong-variable", kind, node=node, common=0 if node.name else 1))
        return found

    def _broadcast_at(self) -> tuple[Node | None, Place | None]:
        """The operation that repeated what is asked about."""
        for node, parent, positions in self._edges:
            if parent is self.replay.wrt and np.shape(node._data) != np.shape(parent._data):
                return node, (node, positions[0])
        for node, parent, positions in self._edges:
            if parent is self.replay.wrt:
                return node, (node, positions[0])
        return None, None

    def _product_at(self) -> tuple[Node | None, Place | None]:
        for node, parent, positions in self._edges:
            if parent is self.replay.wrt and node.rule is rules.matmul:
                return node, (node, positions[0])
        return self._broadcast_at()

    def turned(self, names: Collection[str] = ()) -> Finding:
        """What to say of a claim that is right once one factor is turned: at the product that has these names."""
        node, place = self._product_at()
        for holder, _, positions in self._edges:
            if holder.rule is rules.matmul and any(isinstance(a, Node) and a.name in names for a in holder.args):
                node, place = holder, (holder, positions[0])
                break
        return Finding("transpose", "transpose", node=node, place=place, how="turned")

    # ── two mistakes ──

    def _frequent_factors(self) -> list[Factor]:
        letters = list(self.usable[0].point.lengths if self.usable else self.trials[0].point.lengths)[:1]
        ones = [Factor(1.0), Factor(-1.0)]
        means = [Factor(1.0, {letter: p}) for letter in letters for p in (1, -1)]
        return [*ones, *means, Factor(2.0), Factor(0.5)]

    def _pairs(self) -> list[Finding]:
        """A frequent factor of the whole with one slip; then two slips at two places."""
        if _varies([t.truth for t in self.usable]) and not _varies([t.claimed for t in self.usable]):
            return []  # of a bare number, much is some multiple
        for factor in self._frequent_factors():
            if _is_one(factor):
                continue
            inner = Search(self.replay, [t.times(factor) for t in self.trials])
            inner.__dict__["_first"] = inner.usable[self.usable.index(self._first)]
            inner.__dict__["_slip_changes"] = self._slip_changes
            inner.__dict__["_paths_found"] = self._paths_found
            found = [f for f in inner.single(within_pair=True) + inner._sums() if f.kind != "unrelated"]
            if found:
                best = min(found, key=lambda f: f.rank)
                best.more = Finding(mistakes_of(factor)[0], "whole", factor=factor, whole=True)
                best.kind = "pair"
                return [best]
        return self._two_slips()

    def _two_slips(self) -> list[Finding]:
        """Two of the frequent slips at two places."""
        if len(self.order) > 60:
            return []
        frequent: list[tuple[tuple[Place, ...], Finding, Slip]] = []
        for places, mistaken, _ in self._slip_changes:
            if mistaken.how in ("left-out", "softmax", "log-softmax"):
                frequent.append((places, _finding(mistaken, places[0]), mistaken.slip))
        groups, _ = self._paths_found
        for group in groups[:14]:
            places = tuple(self._places(group["entries"][0], self._edges))
            frequent.append((places, Finding("missing-path", "pair", *self._lost_at(group), how="path"), lost))
            node, place = self._slipped_at(group, "sign", Factor(-1.0))
            frequent.append((places, Finding("sign", "pair", node, place, factor=Factor(-1.0)), scaled(-1.0)))
        for one, other in combinations(frequent[:44], 2):
            if set(one[0]) & set(other[0]):
                continue
            slips = {**dict.fromkeys(one[0], one[2]), **dict.fromkeys(other[0], other[2])}
            if self.explains(slips, [self._first]) and self.explains(slips):
                one[1].more, one[1].kind = other[1], "pair"
                return [one[1]]
        return []


def _is_parallel(place: Place | None) -> bool:
    """Whether an operation uses the same operand twice: x + x, x * x."""
    return place is not None and sum(a is place[0].args[place[1]] for a in place[0].args) > 1


def _is_one(factor: Factor) -> bool:
    return factor.number == 1.0 and not factor.powers


def _tidied(number: float) -> float:
    """A number known to a few digits only, as the simple one that it is near."""
    for simple in (0.0, -1.0, 0.5, 2.0, -0.5, -2.0, 1.0, 3.0, 4.0, 0.25, 1.0 / 3.0):
        if abs(number - simple) <= _LOOSE:
            return simple
    return number


def _finding(mistaken: Mistaken, place: Place, everywhere: bool = False) -> Finding:
    return Finding(
        mistaken.mistake,
        _kind_of(mistaken),
        node=place[0],
        place=place,
        how=mistaken.how,
        common=mistaken.common,
        everywhere=everywhere,
        slip=mistaken.slip,
    )


def _kind_of(mistaken: Mistaken) -> str:
    return mistaken.how if mistaken.mistake == "local-derivative" else mistaken.mistake


def _has_factor(node: Node, position: int, mistake: str) -> bool:
    """Whether an operation's own derivative brings the kind of factor that a mistake is about."""
    if node.rule is None:
        return False
    name = node.rule.name
    if mistake == "mean-factor":
        return name == "mean"
    if mistake == "constant-factor":
        constant = any(not isinstance(a, Node) and np.ndim(a) == 0 for a in node.args)
        return name in ("square", "sqrt", "power") or (name in ("multiply", "divide") and constant)
    try:
        shown = written_vjp(node, position)
    except (ValueError, TypeError, AttributeError, IndexError):
        return False
    return shown is not None and (shown.minus is not None or shown.text.startswith("−"))


def _all_cotangents(point: Point) -> dict[Node, Any]:
    """The gradient with respect to every node, by recorded node."""
    found = getattr(point, "everything", None)
    if found is None:
        with np.errstate(all="ignore"):
            table = sweep(point.loss, 1.0)
        found = {point.origin[node]: point.whole(g, node) for node, g in table.items()}
        point.everything = found  # type: ignore[attr-defined]
    return found


def _is_one_number(gradients: Sequence[Any]) -> bool:
    """Whether a gradient is the same single number at every point: the −1 in front of a mean is what any −1 is."""
    return np.shape(gradients[0]) == () and all(same(each, gradients[0]) for each in gradients)


def _varies(arrays: Sequence[Any]) -> bool:
    """Whether these hold more than one number."""
    every = np.concatenate([np.ravel(a) for a in arrays])
    return not same(every, np.full(every.shape, every[0])) if every.size else False


def _same_or_repeated(number: Any, claimed: Any) -> bool:
    """Whether a claim is an array, or one number for all its entries."""
    return same(number if np.shape(number) else np.full(np.shape(claimed), number), claimed)


def _subsets(dims: int) -> Iterator[tuple[int, ...]]:
    """All choices of axes, the whole first, none left out but the empty one."""
    yield tuple(range(dims))
    for count in range(1, dims):
        yield from combinations(range(dims), count)


def _summed_to(a: Any, axes: tuple[int, ...], b: Any) -> bool:
    """Whether `a`, summed over `axes`, is `b`, with the axes kept or not."""
    if not axes:
        return False
    kept = np.sum(a, axis=axes, keepdims=True)
    if np.size(kept) == np.size(a) or np.size(kept) != np.size(b):
        return False
    dropped = np.sum(a, axis=axes)
    return any(same(each, b) for each in (kept, dropped))
