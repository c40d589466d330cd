"""Whether a claim is the gradient: by value, at several points and several sizes; and if not, what is wrong with it.

A claim is a function of the graph's named nodes, an array, a node, or a text (see `reading`). Only an array has no
other points than the recorded one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from ..engine.graph import Node, plain, switched
from ..errors import ReplayError, UncallableError, UnreadableError
from ..paper.notation import pretty
from . import asides
from .claims import Evaluate, TextCase, ensure_callable, of_function, repeated, trial_at
from .findings import Finding, Trial, largest_truth, same
from .messages import Speaker, label, say, shape_text
from .points import Point
from .replay import Reading, Replay
from .search import Search
from .story import told
from .transposed import turning, variants
from .verdict import Explanation, Verdict


class Derived(Protocol):
    """What is asked of a derivation: the loss and what it is derived by."""

    loss: Node
    wrt: Node


_WAYS = 4  # to understand a claim, at most, in which its mistake is looked for
_UNEXPLAINED = ("unexplained", "shape", "special-case")


def check(derivation: Derived, claim: Any) -> Verdict:
    """Whether `claim` is ∂loss/∂wrt, and if not, which mistake it is. Raises TypeError for what is no claim at all."""
    with quietly():
        return _checked(derivation, claim)


def _checked(derivation: Derived, claim: Any) -> Verdict:
    if isinstance(claim, str):
        return Case(derivation).judge_text(claim)
    if hasattr(claim, "free_symbols"):
        return Case(derivation).judge_text(str(claim), printed=True)
    extra = [claim] if isinstance(claim, Node) else []
    case = Case(derivation, extra, closes=callable(claim) or bool(extra))
    if isinstance(claim, Node):
        return case.judge(lambda point: point.twin[claim]._data)
    if callable(claim):
        try:
            ensure_callable(claim, case.replay)
            return case.judge(of_function(claim, case.replay), of_function(claim, case.replay, given=turning))
        except UncallableError as reason:
            return case.unreadable(str(reason))
    return case.judge_array(_array(claim))


class Case:
    """One gradient, and what claims about it are tried on. closes: whether a claim may know arrays without a name."""

    def __init__(self, derivation: Derived, extra: Sequence[Node] = (), closes: bool = False) -> None:
        self.closes = closes
        self.replay = Replay(derivation.loss, derivation.wrt, extra, getattr(derivation, "letters", None))
        self.speaker = Speaker(self.replay, lambda: _formula(derivation))

    # ── a claim that has a value at every point ──

    def judge(self, evaluate: Evaluate, turned: Evaluate | None = None) -> Verdict:
        """Right, or the best explanation. turned: the claim with its factors in whichever order fits."""
        accepted, every = self._tried(evaluate)
        if accepted:
            return accepted
        tried = [(trials, evaluate) for trials in every]
        verdict, _ = self._best_explained(tried)
        if verdict.mistake in _UNEXPLAINED and turned is not None:
            found = self._of_turned_function(tried, turned)
            return verdict if found is None else found  # a verdict on a wrong claim is False itself
        return verdict

    def _tried(self, evaluate: Evaluate) -> tuple[Verdict | None, list[list[Trial]]]:
        """The verdict on a right claim, and what it says under each reading of the loss's bare numbers."""
        every: list[list[Trial]] = []
        for index, readings in enumerate(self.replay.readings):
            trials = self._trials(evaluate, self.replay.points(readings))
            if trials and self.right(trials, evaluate):
                return Verdict(True, self._right(trials, readings if index else ())), every
            every.append(trials)
        if self.closes and self.replay.holds_arrays:
            # What has no name a claim cannot be given: it may still know the very array, so that stays as it is.
            trials = self._trials(evaluate, self.replay.points(self.replay.readings[0], held=True))
            if trials and self.right(trials, evaluate):
                return Verdict(True, say("right-held")), every
            every.append(trials)
        return None, every

    def _best_explained(self, tried: Sequence[tuple[list[Trial], Evaluate]]) -> tuple[Verdict, Evaluate]:
        """The way of understanding a wrong claim under which least went wrong, the likeliest of those."""
        found = []
        for number, (trials, evaluate) in enumerate(tried[:_WAYS]):
            verdict = self.explained(trials, evaluate)
            weight = 99 if verdict.mistake in _UNEXPLAINED else verdict.candidates[0].weight
            found.append((weight, number, verdict, evaluate))
            if weight == 1:
                break
        _, _, verdict, evaluate = min(found, key=lambda each: each[:2])
        return verdict, evaluate

    def _trials(self, evaluate: Evaluate, points: Sequence[Point]) -> list[Trial]:
        points = points or [self.replay.recorded]
        trials = [trial_at(point, evaluate) for point in points]
        # Where numbers of one sign were drawn with either, a claim need not have a value (√x · √x for x).
        kept = [
            t for t in trials if not (t.point.wide and t.claimed is not None and not np.all(np.isfinite(t.claimed)))
        ]
        return kept or trials

    def right(self, trials: Sequence[Trial], evaluate: Evaluate) -> bool:
        """Whether claim and gradient agree at all points: what is left over must be rounding."""
        for trial in trials:
            if trial.right:
                continue
            if not trial.usable or not same(trial.claimed, trial.truth, rtol=1e-6):
                return False
            if not _is_noise(trial, evaluate):
                return False
        return True

    def _right(self, trials: Sequence[Trial], readings: Sequence[Reading]) -> str:
        if readings:
            chosen = zip(self.replay.numbers, readings, self.replay.readings[0], strict=True)
            return " ".join(
                say("right-reading", number=f"{value:g}", reading=reading.text)
                if reading.sizes
                else say("right-number", number=f"{value:g}", reading=first.text)
                for value, reading, first in chosen
                if reading.text != first.text
            )
        if all(t.point.recorded for t in trials):
            return say("right-recorded", reason="its operations do not allow it")
        zero = all(not np.any(t.truth) for t in trials)
        return say("right-zero" if zero else "right", wrt=self.speaker.wrt)

    def explained(self, trials: Sequence[Trial], evaluate: Evaluate | None = None) -> Verdict:
        """The verdict on a wrong claim."""
        valued = [t for t in trials if t.claimed is not None]
        claimed = self._claimed_shape(valued, evaluate)
        search = Search(self.replay, trials)
        findings = search.findings()
        if findings:
            return Verdict(False, candidates=[self.speaker.explain(f, claimed) for f in _distinct(findings)])
        return Verdict(False, candidates=[self._rest(trials, evaluate, claimed)])

    def _claimed_shape(self, valued: Sequence[Trial], evaluate: Evaluate | None) -> tuple[int, ...] | None:
        if evaluate is not None:
            recorded = trial_at(self.replay.recorded, evaluate)
            if recorded.claimed is not None:
                return recorded.claimed.shape
        return valued[0].claimed.shape if valued else None

    def _rest(self, trials: Sequence[Trial], evaluate: Evaluate | None, claimed: tuple[int, ...] | None) -> Explanation:
        """What is said where no mistake explains the claim."""
        words: dict[str, Any] = {
            "wrt": self.speaker.wrt,
            "shape": shape_text(np.shape(self.replay.wrt._data)),
            "claimed": shape_text(claimed or ()),
            "letters": ", ".join(f"{letter} = {n}" for letter, n in self.replay.sizes.letters().items()),
        }
        solution = self._formula_of("shape-solution")
        recorded = trial_at(self.replay.recorded, evaluate) if evaluate is not None else None
        at_size = [t for t in trials if not t.point.plan]
        if recorded is not None and recorded.right:
            if at_size and all(t.right for t in at_size):
                trouble = next((t.trouble for t in trials if t.trouble), "")
                key = "special-case-shape" if trouble else "special-case-size"
                return Explanation(
                    "special-case",
                    say(key, trouble=trouble, **words),
                    say("special-case-size-hint"),
                    self._formula_of("special-case-size-solution"),
                )
            return Explanation("special-case", self._while(evaluate, words), say("special-case-numbers-hint"), solution)
        if not any(t.usable for t in trials):
            trouble = next((t.trouble for t in [recorded, *trials] if t is not None and t.trouble), "")
            if any(t.claimed is not None and t.claimed.shape == np.shape(t.truth) for t in trials):
                message = say("not-finite", **words)
                return Explanation("unexplained", message, say("not-finite-hint"), solution)
            if recorded is not None and recorded.outside:
                message = say("outside", trouble=recorded.trouble, **words)
                return Explanation("unexplained", message, say("outside-hint", **words), solution)
            if claimed is None or (trouble and not any(t.claimed is not None for t in trials)):
                message = say("shape-error", trouble=trouble)
            elif _only_units(trials):
                message = say("shape-unit", **words)
            else:
                message = say("shape", **words)
            return Explanation("shape", message, say("shape-hint", **words), solution)
        return self._unexplained(trials, words)

    def _while(self, evaluate: Evaluate | None, words: Mapping[str, Any]) -> str:
        """At which numbers a claim is right: the one leaf that must stay as it was recorded, if it is one."""
        leaves = [node for node in self.replay.names.values() if node.rule is None]
        for node in leaves:
            points = self.replay.keeping(node) if evaluate is not None else []
            if points and evaluate is not None and all(trial_at(point, evaluate).right for point in points):
                held = np.asarray(node._data)
                value = f"{held.flat[0]:g}" if held.size and np.all(held == held.flat[0]) else ""
                key = "special-case-while" if value else "special-case-while-recorded"
                return say(key, name=label(node), value=value.replace("-", "−"), **words)
        names = ", ".join(label(node) for node in leaves)
        return say("special-case-numbers", names=names, **words)

    def _unexplained(self, trials: Sequence[Trial], words: Mapping[str, Any]) -> Explanation:
        true = ""
        found = largest_truth(self.replay, trials)
        if found is not None:
            kind, what = found
            if kind == "where":
                node, at = what
                value = str(at) if isinstance(at, bool) else f"{at:g}".replace("-", "−")
                true = say("true-where", name=label(node), value=value)
            elif kind == "digits":
                true = say("true-digits", error=what)
            else:
                true = say(f"true-{kind}")
        message = say("unexplained", true=true, **words)
        return Explanation("unexplained", message, say("unexplained-hint"), self._formula_of("unexplained-solution"))

    def _formula_of(self, key: str) -> Callable[[], str]:
        return lambda: say(key, formula=self.speaker.formula())

    # ── a text ──

    def judge_lines(self, lines: Sequence[str]) -> list[Verdict]:
        """A verdict for each line of a derivation; what an earlier line defines, later ones may use."""
        from ..reading.reader import defines

        before: list[str] = []
        found = []
        for line, defining in zip(lines, defines(lines, self.replay.names), strict=True):
            verdict = self.judge_text(line, along=True, before=before)
            if defining:
                before.append(line)
                verdict = self._of_definition(verdict)
            found.append(verdict)
        return found

    def _of_definition(self, verdict: Verdict) -> Verdict:
        """The verdict on a line that gives a symbol its meaning: wrong only if it is a gradient gone wrong."""
        if verdict.mistake == "wrong-variable" and verdict.node is not None:
            return Verdict(True, say("defined-gradient", name=label(verdict.node)))
        if verdict.mistake in ("unparsable", *_UNEXPLAINED):
            return Verdict(True, say("defined"))
        return verdict

    def judge_text(self, text: str, printed: bool = False, along: bool = False, before: Sequence[str] = ()) -> Verdict:
        """Read, then judged; of several parts (a = b = c) the first that is wrong.

        printed: by SymPy. along: it is a line of a derivation, which may speak of other gradients on the way. before:
        the lines that define symbols for it.
        """
        try:
            read = TextCase(text, self.replay, printed, before)
        except UnreadableError as reason:
            return self.unreadable(str(reason))
        except (ValueError, ArithmeticError, RecursionError) as reason:  # nobody's claim may end in a traceback
            return self.unreadable(str(reason) or type(reason).__name__)
        others = {id(claim): aside for claim in read.claims if (aside := asides.of(self.replay, claim)) is not None}
        along = along or len(others) < len(read.claims)
        if len(others) < len(read.claims):  # beside the gradient, what is no gradient need not be judged
            others = {key: aside for key, aside in others.items() if aside.gradient is not None}
        verdict = Verdict(True, say("right", wrt=self.speaker.wrt))
        for claim in read.claims:
            if claim.left.refused and along and id(claim) not in others:
                continue
            if id(claim) in others:
                verdict = self._judge_aside((text, before), read, claim, others[id(claim)], along)
            else:
                verdict = self._judge_part(read, claim)
            if not verdict.ok:
                break
        return verdict

    def _judge_aside(
        self, text: tuple[str, Sequence[str]], read: TextCase, claim: Any, aside: asides.Aside, along: bool
    ) -> Verdict:
        """The verdict on a line that speaks of something else. along: beside lines that speak of this gradient."""
        if aside.gradient is None:
            what = say("left-other", what=aside.what, wrt=self.speaker.wrt)
            hint = say("left-other-hint", wrt=self.speaker.wrt)
            return Verdict(False, candidates=[Explanation("unparsable", what, hint)])
        verdict = self._of_other(text, claim, aside)
        if along and verdict is not None:
            key = "about-right" if verdict.ok else "about"
            return verdict.saying(say(key, what=aside.what, message=verdict.message))
        message = say("left-other", what=aside.what, wrt=self.speaker.wrt)
        if verdict is not None and verdict.ok:
            message += say("left-other-right", what=aside.what)
        elif self._judge_part(read, claim).ok:
            message += say("left-other-mine", wrt=self.speaker.wrt)
        elif verdict is not None:
            message += say("left-other-wrong", what=aside.what, message=verdict.message)
        hint = say("left-other-hint", wrt=self.speaker.wrt)
        solution = self._formula_of("wrong-variable-solution")
        return Verdict(False, candidates=[Explanation("wrong-variable", message, hint, solution, aside.gradient.wrt)])

    def _of_other(self, text: tuple[str, Sequence[str]], claim: Any, aside: asides.Aside) -> Verdict | None:
        """The verdict on a line as what it says; None where that cannot be judged."""
        assert aside.gradient is not None
        try:
            case = Case(aside.gradient)
            read = TextCase(text[0], case.replay, before=text[1])
            same_claim = next(each for each in read.claims if each.position == claim.position)
            return case._judge_part(read, same_claim)
        except (ValueError, ArithmeticError, StopIteration):
            return None

    def _judge_part(self, read: TextCase, claim: Any) -> Verdict:
        """Right under any way to understand it; else what the likeliest is, unless only another explains it."""
        ways = read.ways(claim)
        tried: list[tuple[list[Trial], Evaluate]] = []
        meant: dict[Evaluate, str] = {}
        for number, (said, evaluate) in enumerate(ways):
            accepted, every = self._tried(evaluate)
            if accepted:
                said = "; ".join(each for each in (self._letter_read(claim), said if number else "") if each)
                return accepted.saying(say("right-read", reading=said)) if said else accepted
            tried += [(trials, evaluate) for trials in every]
            meant[evaluate] = said
        verdict, evaluate = self._best_explained(tried)
        if verdict.mistake in ("shape", "special-case"):
            turned = self._of_turned_text(read, claim, tried)
            verdict = verdict if turned is None else turned
        said = meant[evaluate]
        return verdict.saying(f"{verdict.message} {say('read-so', reading=said)}") if said else verdict

    def _letter_read(self, claim: Any) -> str:
        """What a letter on the left that is no name here was taken for."""
        name = self.replay.wrt.name
        letter = claim.left.letter
        return say("letter-read", letter=pretty(letter), name=label(self.replay.wrt)) if letter and name else ""

    # ── a factor transposed or on the wrong side ──

    def _of_turned_text(
        self, read: TextCase, claim: Any, tried: Sequence[tuple[list[Trial], Evaluate]]
    ) -> Verdict | None:
        """The verdict on a text that is right, or right but for a plain factor, once one factor is turned."""
        nearly: tuple[set[str], Finding] | None = None
        for variant, names in variants(claim):
            for _, evaluate in read.ways(variant)[:2]:
                accepted, every = self._tried(evaluate)
                if accepted:
                    return self._turned(tried, names)
                factors = self._plain_factors(every[0]) if nearly is None else []
                if factors:
                    nearly = names, factors[0]
        return None if nearly is None else self._turned(tried, *nearly)

    def _plain_factors(self, trials: list[Trial]) -> list[Finding]:
        """By which factor a claim is off, if it is a frequent one."""
        search = Search(self.replay, trials)
        found = search.whole() if search.usable else []
        return [
            f for f in found if f.how != "zero" and f.factor is not None and abs(f.factor.number) in (0.5, 1.0, 2.0)
        ]

    def _turned(
        self, tried: Sequence[tuple[list[Trial], Evaluate]], names: Collection[str] = (), more: Finding | None = None
    ) -> Verdict:
        """The verdict on a claim that is right once a factor is turned (and `more`, where that is not all)."""
        trials, evaluate = tried[0]
        finding = Search(self.replay, trials).turned(names)
        finding.more = more
        claimed = self._claimed_shape([t for t in trials if t.claimed is not None], evaluate)
        return Verdict(False, candidates=[self.speaker.explain(finding, claimed)])

    def _of_turned_function(self, tried: Sequence[tuple[list[Trial], Evaluate]], turned: Evaluate) -> Verdict | None:
        """The verdict on a function that is right, or right but for a factor, once its products are turned to fit."""
        accepted, every = self._tried(turned)
        if accepted:
            return self._turned(tried)
        factors = self._plain_factors(every[0])
        return self._turned(tried, more=factors[0]) if factors else None

    # ── an array ──

    def judge_array(self, held: Any) -> Verdict:
        """Compared where it was recorded; there is nowhere else."""
        trial = repeated(Trial(self.replay.recorded, held))
        rtol = 1e-5 if any(np.asarray(n._data).dtype == np.float32 for n in self.replay.nodes) else 1e-9
        if trial.usable and same(trial.claimed, trial.truth, rtol):
            return Verdict(True, say("right-array"))
        digits = _decimals(trial)
        if digits:
            return Verdict(True, say("right-rounded", digits=digits))
        return self.explained([trial])

    def unreadable(self, trouble: str) -> Verdict:
        """The verdict on what cannot be evaluated at all."""
        names = ", ".join(self.replay.names)
        return Verdict(
            False,
            candidates=[
                Explanation("unparsable", say("unparsable", trouble=trouble), say("unparsable-hint", names=names))
            ],
        )


def _is_noise(trial: Trial, evaluate: Evaluate) -> bool:
    """Whether claim and gradient differ by no more than either moves when every leaf is moved in its last digits."""
    try:
        shaken = trial.point.shaken()
    except ReplayError:
        return False
    other = trial_at(shaken, evaluate)
    if not other.usable:
        return False
    moved = max(float(np.max(np.abs(a - b))) for a, b in ((trial.claimed, other.claimed), (trial.truth, other.truth)))
    return float(np.max(np.abs(trial.claimed - trial.truth))) <= 100.0 * moved


def _only_units(trials: Sequence[Trial]) -> bool:
    valued = [t for t in trials if t.claimed is not None]
    return bool(valued) and all(
        t.claimed.size == np.size(t.truth) and same(t.claimed.reshape(np.shape(t.truth)), t.truth) for t in valued
    )


def _distinct(findings: Sequence[Any]) -> list[Any]:
    """The findings without those that say the same of the same node."""
    seen = set()
    kept = []
    for finding in findings:
        key = (finding.mistake, id(finding.node), finding.how.split(" ")[0])
        if key not in seen:
            seen.add(key)
            kept.append(finding)
    return kept[:12]


def _decimals(trial: Trial) -> int:
    """To how many decimals an array was written, if rounding to them explains all that is off; else 0."""
    if not trial.usable or np.size(trial.truth) == 0:
        return 0
    largest = float(np.max(np.abs(trial.truth)))
    for digits in range(2, 10):
        step = 10.0**-digits
        if step <= 0.01 * largest and np.all(np.abs(np.round(trial.claimed, digits) - trial.claimed) <= 1e-12):
            close = np.abs(trial.claimed - trial.truth) <= 0.5000001 * step
            return digits if np.all(close) else 0
    return 0


def _array(claim: Any) -> Any:
    if isinstance(claim, (list, tuple)):
        claim = [plain(each) for each in claim]
    try:
        held = np.asarray(claim)
    except ValueError:
        held = np.asarray(None)
    if held.dtype.kind not in "fiub":
        raise TypeError(f"check: a claim is a string, a function, an array or a node, not {type(claim).__name__}")
    return held


def _formula(derivation: Any) -> str:
    """The right gradient in text."""
    steps = getattr(derivation, "steps", None)
    if steps:
        return str(steps[-1].text)
    return ""


# ── texts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_lines(derivation: Derived, lines: Sequence[str]) -> list[Verdict]:
    """One verdict per line of a derivation: each line must equal the gradient.

    Where a line goes wrong after right ones, its message says between which lines, and what was lost there.
    """
    with quietly():
        case = Case(derivation)
        return told(case.judge_lines(lines), case.speaker.wrt)


@contextmanager
def quietly() -> Iterator[None]:
    """A block in which graphs are recorded whatever the user's own switches say, and no draw of numbers warns."""
    with switched(recording=True, anomaly=None), np.errstate(all="ignore"):
        yield


__all__ = ["check", "check_lines"]
