"""What is found out about a claim: its value at a point, a factor, an explanation before it is put into words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from ..engine.graph import Node
from .points import Place, Point, Slip
from .replay import Replay
from .verdict import Factor

RTOL = 1e-10
_TINY = 1e-6
# Where several explanations fit: the more common human mistake first.
PREFERENCE = (
    "whole",
    "path-sign",
    "path-factor",
    "missing-path",
    "missing-sum",
    "extra-sum",
    "softmax-diagonal",
    "transpose",
    "left-out",
    "missing-paths",
    "on-the-way",
    "wrong-derivative",
    "doubled",
    "unrelated",
    "pair",
)


class Trial:
    """A point, and what the claim says there: an array; or None, and `trouble` says why."""

    def __init__(self, point: Point, claimed: Any, trouble: str = "") -> None:
        self.point, self.trouble = point, trouble
        self.outside = False  # whether the trouble is an entry that is not there
        self.claimed: Any = None if claimed is None else np.asarray(claimed, float)
        if self.claimed is not None and not np.all(np.isfinite(self.claimed)):
            self.trouble = self.trouble or "it is not a number there"

    @property
    def truth(self) -> Any:
        """The gradient at the point."""
        return self.point.truth

    @property
    def usable(self) -> bool:
        """Whether the claim has a value there of the gradient's shape."""
        return self.claimed is not None and not self.trouble and self.claimed.shape == np.shape(self.truth)

    @property
    def right(self) -> bool:
        """Whether claim and gradient agree there, as far as numbers can tell."""
        return self.usable and same(self.claimed, self.truth)

    def times(self, factor: Factor) -> Trial:
        """The same point with the claim divided by a factor."""
        c = factor.number
        for letter, power in factor.powers.items():
            c *= float(self.point.lengths[letter]) ** power
        return Trial(self.point, None if self.claimed is None else self.claimed / c, self.trouble)


def same(a: Any, b: Any, rtol: float = RTOL) -> bool:
    """Whether two arrays are equal but for rounding: against the largest entry, for entries may cancel to 0.

    Where all is tiny, numbers around 1 have cancelled, and what is left is their rounding.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return False
    if a.size == 0:
        return True
    return bool(np.max(np.abs(a - b)) <= rtol * max(np.max(np.abs(a)), np.max(np.abs(b)), _TINY))


class Finding:
    """One explanation, before it is put into words.

    mistake: its name in the contract. kind: where it stands in PREFERENCE. node: where. place: the argument. how: a key
    of the messages. factor: of the whole, or of a path (`whole` says which). everywhere: at every use of the operation.
    more: what else is wrong, of a pair.
    """

    def __init__(
        self,
        mistake: str,
        kind: str,
        node: Node | None = None,
        place: Place | None = None,
        how: str = "",
        factor: Factor | None = None,
        whole: bool = False,
        everywhere: bool = False,
        common: int = 0,
        more: Finding | None = None,
        slip: Slip | None = None,
    ) -> None:
        self.mistake, self.kind, self.node, self.place, self.how = mistake, kind, node, place, how
        self.factor, self.whole, self.everywhere, self.common, self.more = factor, whole, everywhere, common, more
        self.slip = slip

    @property
    def rank(self) -> tuple[int, int, int]:
        """Smaller is likelier."""
        if self.how == "parallel":  # one use of x in x + x: the half that it also is says less
            return (-1, 0, self.common)
        return (PREFERENCE.index(self.kind), int(self.everywhere), self.common)

    @property
    def is_common(self) -> bool:
        """Whether it is so plain a mistake that a few numbers are evidence for it."""
        if self.factor is not None:
            return isinstance(self.factor.exact, Fraction) and abs(self.factor.number) in (0.0, 0.5, 1.0, 2.0)
        return self.mistake != "wrong-derivative" and self.kind not in ("doubled", "unrelated", "pair")

    @property
    def weight(self) -> int:
        """How much has to go wrong for it: 1 for a single mistake."""
        factor = self.factor
        made = 1 if factor is None else len(mistakes_of(factor)) + max(len(factor.powers) - 1, 0)
        return max(made, 1) + (self.more.weight if self.more is not None else 0)

    def __repr__(self) -> str:
        return f"<{self.mistake} {self.kind} {self.how} at {self.node}{' and ' + repr(self.more) if self.more else ''}>"


# ── factors ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def factor_of(numbers: Sequence[float], trials: Sequence[Trial], replay: Replay, rtol: float = 1e-8) -> Factor | None:
    """The factor that is `numbers[i]` at `trials[i]`: a constant times powers of sizes. The simplest reading first."""
    lengths = [trial.point.lengths for trial in trials]
    c = np.asarray(numbers, float)
    if not np.all(np.isfinite(c)):
        return None
    varied = any(each != lengths[0] for each in lengths)
    if np.max(np.abs(c - c[0])) <= rtol * np.max(np.abs(c)) or np.max(np.abs(c)) <= rtol:
        steady = float(np.round(c[0], 12)) if abs(c[0]) > rtol else 0.0
        fixed = {letter: n for letter, n in lengths[0].items() if all(each[letter] == n for each in lengths)}
        return _at_one_size(steady, fixed)
    if not varied:
        return None
    for powers in _monomials(list(lengths[0])):
        base = np.array([np.prod([float(n[s]) ** p for s, p in powers.items()]) for n in lengths])
        rest = c / base
        if np.max(np.abs(rest - rest[0])) <= rtol * np.max(np.abs(rest)):
            return Factor(float(rest[0]), powers)
    return None


def _at_one_size(c: float, lengths: Mapping[str, int]) -> Factor:
    """A number where the sizes `lengths` were always the same: N before 2, 2 before K."""
    first = next(iter(lengths), None)
    for letter, n in lengths.items():
        for power in (1, -1, 2, -2):
            for sign in (1.0, -1.0):
                if n > 1 and abs(c - sign * float(n) ** power) <= 1e-8 * abs(c) and (letter == first or n > 2):
                    return Factor(sign, {letter: power})
    return Factor(c)


def _monomials(letters: Sequence[str]) -> Iterator[dict[str, int]]:
    """Products of powers of sizes, simple ones first."""
    for power in (1, -1, 2, -2):
        for letter in letters:
            yield {letter: power}
    for count in (2, 3):
        for chosen in combinations(letters[:6], count):
            for power in (1, -1):
                yield dict.fromkeys(chosen, power)
    for one, other in combinations(letters[:6], 2):
        yield {one: 1, other: -1}
        yield {one: -1, other: 1}


def mistakes_of(factor: Factor) -> list[str]:
    """The names of the mistakes that a factor is, in the order of the contract's table."""
    found = []
    if factor.number < 0:
        found.append("sign")
    if factor.powers:
        found.append("mean-factor")
    if abs(abs(factor.number) - 1.0) > 1e-9:
        found.append("constant-factor")
    return found


# ── what is true of a claim that nothing explains ──


def largest_truth(replay: Replay, trials: Sequence[Trial]) -> tuple[str, Any] | None:
    """What is true of a claim that nothing explains: ("where", (name, value)), ("share", …), ("digits", …) or None."""
    usable = [t for t in trials if t.usable]
    if not usable:
        return None
    hits = []
    for trial in usable:
        scale = max(float(np.max(np.abs(trial.truth), initial=0.0)), float(np.max(np.abs(trial.claimed), initial=0.0)))
        hits.append(np.abs(trial.claimed - trial.truth) <= 1e-9 * (scale or 1.0))
    error = max(
        float(np.max(np.abs(t.claimed - t.truth), initial=0.0)) / (float(np.max(np.abs(t.truth), initial=0.0)) or 1.0)
        for t in usable
    )
    if error < 1e-4:
        return "digits", error
    if any(h.any() for h in hits):
        for node in replay.nodes:
            for value in _label_values(node):
                masks = [np.asarray(t.point.value(node)) == value for t in usable]
                if all(m.shape == h.shape and m.any() and np.all(h[m]) for m, h in zip(masks, hits, strict=True)):
                    return "where", (node, value)
        if all(h.any() for h in hits):
            return "some", None
    signs = [np.all(np.sign(t.claimed) == np.sign(t.truth)) and np.any(t.truth) for t in usable]
    if all(signs) and sum(np.size(t.truth) for t in usable) > 8:
        return "signs", None
    return None


def _label_values(node: Node) -> Sequence[Any]:
    held = np.asarray(node._data)
    if held.dtype == bool:
        return (True, False)
    values = np.unique(held)
    return values.tolist() if 0 < len(values) <= 3 and set(values.tolist()) <= {-1.0, 0.0, 1.0} else ()
