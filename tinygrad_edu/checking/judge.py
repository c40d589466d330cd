"""Whether a claim is the gradient, and if not, why not. Every claim goes the same way, and this file is that way.

read          a text, function, node or array becomes one or several `Claimed`      claimed, functions, texts
understand    in one or several `Way`s; the loss's bare numbers may be sizes         claimed, bare_numbers
try           each `Tried` at several points and sizes: right at all of them?        replay, points, trials
explain       if not: which mistake turns the true gradient into the claim?          search, unexplained
tell          a `Verdict` in the user's own names                                    speaker, lines, verdict
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import chain
from typing import Any, Protocol

import numpy as np

from ..engine.graph import Node, describe
from ..errors import UncallableError, UnreadableError
from ..paper.notation import pretty
from ..reading.definitions import sign_of, target_of
from ..reading.formats.code import built_out
from ..reading.reader import accumulations, updated, uses
from ..reading.sums import free_indices
from ..reading.variable import ENTRY, FORMULA, LeftSide
from . import claimed as kinds
from .claimed import Claimed
from .factors import factor_of
from .functions import FunctionClaim
from .lines import in_order
from .messages import loss_called, say
from .other_gradients import Gradient, Other
from .places import label
from .replay import Replay, as_if_alone
from .search import Search
from .speaker import Speaker, loss_name
from .texts import TextClaim, derives_the_loss, read_text
from .trials import Tried, Way, same
from .unexplained import UNEXPLAINED, Unexplained, told_of_search
from .verdict import Explanation, Partly, Verdict

_MOST_EXPLAINED = 4  # of the ways to understand a wrong claim, so many are explained
_MOST_CANDIDATES = 12
# What stands before the reason of a line that was printed, and the reason
_GAP = re.compile(r"(?<=\S)(?: {4,}| && )(?P<behind>\S.*?)(?= \\\\$|$)", re.MULTILINE)


class OtherGraph(Explanation):
    """That a line speaks of another loss than the one given."""


class Derived(Protocol):
    """What is asked of a derivation: the loss, and what it is derived by.

    letters: what it calls nodes and arrays without a name. gradient_of: where `loss` is itself a gradient, of which.
    """

    loss: Node
    wrt: Node
    letters: Mapping[str, Any]
    gradient_of: Node | None


def check(derivation: Derived, claim: Any) -> Verdict:
    """Whether `claim` is ∂loss/∂wrt, and if not, which mistake it is. TypeError for what is no claim at all."""
    with as_if_alone(), _in_the_words_of(derivation):
        judge = Judge(derivation, also=[claim] if isinstance(claim, Node) else [])
        return judge.verdict(claim)


def check_lines(derivation: Derived, lines: Sequence[str]) -> list[Verdict]:
    """One verdict for each line of a derivation: each line must equal the gradient.

    Where a line goes wrong after right ones, its message says between which lines, and what was lost there.
    """
    with as_if_alone(), _in_the_words_of(derivation):
        return in_order(Judge(derivation).verdicts(lines))


class Judge:
    """The judge of claims about one gradient. also: nodes that are computed along with the loss."""

    def __init__(self, derivation: Derived, also: Sequence[Node] = ()) -> None:
        first = getattr(derivation, "first", None)
        self.replay = Replay(derivation.loss, derivation.wrt, also, derivation.letters, derivation.gradient_of, first)
        self.speaker = Speaker(self.replay, lambda: _formula(derivation))
        self._derivation = derivation
        self._of_others: dict[tuple[Node, Node], Judge] = {}  # by what is derived, and by what
        if not np.all(np.isfinite(self.replay.recorded.truth)) and not self.replay.points(self.replay.meanings[0]):
            raise ValueError(
                f"check: ∂{loss_name(derivation.loss)}/∂{describe(derivation.wrt)} is no number at any point that was "
                "tried, so that no claim about it can be right; look for a division by 0, 0 · ∞ or a NaN"
            )

    def verdict(self, claim: Any) -> Verdict:
        """The verdict on a claim: of several parts (a = b = c), on the first that is wrong."""
        claim = self._without_reasons(claim) if isinstance(claim, str) else claim
        try:
            return self._of_parts(self._read(claim), along=False)
        except (UnreadableError, UncallableError) as reason:
            return _wrong(self.speaker.unreadable(reason))

    def _of_parts(self, parts: Sequence[Claimed], along: bool) -> Verdict:
        """The verdict on the first part that is wrong, else on the last. along: as a line of a derivation."""
        verdict = Verdict(True, say("right", wrt=self.speaker.wrt))
        of_entry = len(parts) == 1 and self._is_of_entry(parts[0])
        if len(parts) == 1 and (along or of_entry):
            sides = self._sides(parts[0])
            if sides or (of_entry and sides is not None):
                return self._of_sides(parts[0], sides)
        own = [part for part in parts if part.other is None]
        for part in parts:
            if part.other is None:
                verdict = self._of_own(part, along)
                if verdict.ok is False and part.doubtful:
                    raise UnreadableError(part.doubtful)
            elif part.other.gradient is not None or not own:
                verdict = self._of_other(part, part.other, along or bool(own))
            if verdict.ok is False:
                break
        return verdict

    def _of_own(self, part: Claimed, along: bool) -> Verdict:
        """The verdict on a part that speaks of this gradient, perhaps as that of the log of a likelihood.

        That is the loss times any factor, so that a claim which is off by one only has no verdict.
        """
        verdict = self.of_part(part)
        if not isinstance(part, TextClaim) or not part.claim.left.is_of_log:
            return verdict
        if verdict.ok:
            return verdict.saying(say("right-as-loss", letter=say("log-likelihood"), wrt=self.speaker.wrt))
        return verdict if verdict.times is None else self._of_other(part, Other(say("log-likelihood"), None), along)

    def _without_reasons(self, text: str) -> str:
        """A text without the reasons that the derivation itself prints behind its lines."""
        if not _GAP.search(text):
            return text
        steps = getattr(self._derivation, "steps", ())
        reasons = {reason for step in steps for reason in (step.reason, step.reason_latex)}
        return _GAP.sub(lambda gap: "" if gap["behind"].strip() in reasons else gap.group(), text)

    @staticmethod
    def _is_of_entry(part: Claimed) -> bool:
        """Whether a part says what one entry of a gradient is, at a class number: ∂L/∂z_y = p_y − 1."""
        return isinstance(part, TextClaim) and part.claim.left.refused == ENTRY

    def _sides(self, part: Claimed) -> bool | None:
        """Whether the sides of a line are equal, where its left one is a formula: ∂/∂z (z − y)², Xᵀ ∂L/∂z.

        None of any other line, and where a side has no value at any point.
        """
        assert isinstance(part, TextClaim)  # as every line
        left = self._formula_on_the_left(part)
        if left is None:
            return None
        found: list[bool] = []
        for meanings in self.replay.meanings:
            points = self.replay.points(meanings)
            values = [(left.meanings_at(point), part.meanings_at(point)) for point in points]
            if values and all(one and other for one, other in values):
                equal = (any(same(one, other) for one in ones for other in others) for ones, others in values)
                found.append(all(equal))
        return any(found) if found else None

    def _of_sides(self, part: Claimed, equal: bool) -> Verdict:
        """The verdict on a line by whether its sides are equal."""
        assert isinstance(part, TextClaim)
        if equal:
            return Verdict(True, say("right-formula" if part.claim.left.written else "right-sides"))
        return _wrong(Explanation("unexplained", say("wrong-entry"), say("wrong-entry-hint")))

    def _formula_on_the_left(self, part: TextClaim) -> TextClaim | None:
        """The left side of a line, if it derives a formula or is one with derivatives in it, as a claim of its own."""
        left = part.claim.left
        written = bool(left.written) and not left.derived  # σ′(z) is a rule, and no line of a derivation
        unjudged = part.other is not None and part.other.gradient is None
        entry = unjudged and bool(left.through or (left.of and left.labels))  # ∂L/∂z ∂z/∂w, ∂zᵢ/∂wⱼ
        if not (written or entry or left.refused in (FORMULA, ENTRY)):
            return None
        try:
            read, *others = read_text(part.claim.target, self.replay, part.before)
        except UnreadableError:
            return None
        read.claim = replace(read.claim, condition=part.claim.condition)
        one, other = ({index.partition("#")[0] for index in free_indices(c.claim.tree)} for c in (read, part))
        return None if others or (one and other and one != other) else read

    # ── read ──

    def _read(self, claim: Any) -> Sequence[Claimed]:
        """A claim as its parts: a text has one for each side of its `=` signs, everything else is one part."""
        if isinstance(claim, str):
            return self._read_text(claim)
        if hasattr(claim, "free_symbols"):  # a SymPy expression, which need not be imported to know it
            return read_text(str(claim), self.replay, printed=True)
        if isinstance(claim, Node):
            return [kinds.of_node(claim)]
        return [FunctionClaim(claim, self.replay) if callable(claim) else kinds.of_array(claim, self.replay)]

    def _read_text(self, text: str, before: Sequence[str] = ()) -> list[TextClaim]:
        """The claims of a text. One whose left side writes out what is derived speaks of this gradient if that is the
        loss: the same number at the recorded sizes.
        """
        parts = read_text(text, self.replay, before)
        for part in parts:
            left = part.claim.left
            speaks = part.other is None or part.other.gradient is not None
            if speaks and left.written and not (part.claim.derived is None and self._is_of_losses(left)):
                here = [point for point in self.replay.points(self.replay.meanings[0]) if not point.size_lengths]
                if not derives_the_loss(part.claim, self.replay, here or [self.replay.recorded]):
                    part.other = Other(part.claim.target, None)
        return parts

    def _is_of_losses(self, left: LeftSide) -> bool:
        """Whether a left side derives the loss as what it is made of, by letters that the graph does not know."""
        made = left.of_losses()
        return made == "log" or (made != "" and made == self.replay.reduces)

    # ── understand, try, explain ──

    def of_part(self, claimed: Claimed) -> Verdict:
        """Right under any way to understand it; else what is wrong under the way that needs least to go wrong."""
        wrong: list[Tried] = []
        for way in claimed.ways():
            for tried in self._tried(way, claimed):
                if not tried.compares:
                    return Verdict.passed_over(say("holds-nowhere", where=way.where))
                if tried.right and self._further_right(tried):
                    return Verdict(True, self.speaker.right(tried))
                wrong.append(tried)
        way, explained = self._likeliest(wrong)
        if explained[0].mistake in claimed.suspects:
            explained = self._transposed(claimed, wrong[0]) or explained
        if explained[0].mistake in UNEXPLAINED:
            explained = self._rewritten(claimed, wrong[0]) or told_of_search(explained, claimed)
        explained = self._partly(claimed) or explained
        verdict = Verdict(False, candidates=explained)
        if way.where and any(trial.usable for tried in wrong for trial in tried.trials):
            verdict = verdict.saying(say("only-where", message=verdict.message, where=way.where))
        return verdict.saying(f"{verdict.message} {say('read-so', reading=way.said)}") if way.said else verdict

    def _tried(self, way: Way, claimed: Claimed) -> Iterator[Tried]:
        """A way, tried under each meaning of the loss's bare numbers, the likeliest first.

        A claim that may know arrays of the loss that have no name is tried with these held, too: it cannot be given
        others.
        """
        recorded = self.replay.recorded
        if not way.everywhere:
            yield Tried(way, [recorded], recorded)
            return
        for number, meanings in enumerate(self.replay.meanings):
            points = self.replay.points(meanings)
            if way.where:  # a condition may hold at few points
                how = meanings, False, ()
                points = [*points, *self.replay.further(*how), *self.replay.telling(*how)]
            yield Tried(way, points, recorded, meanings if number else ())
        holds = claimed.may_know_arrays and self.replay.holds_arrays
        if holds:
            yield Tried(way, self.replay.points(self.replay.meanings[0], held=True), recorded, held=True)
        if claimed.kept and self._may_close_over(way, claimed):
            points = self.replay.points(self.replay.meanings[0], held=holds, keeping=claimed.kept)
            yield Tried(way, points, recorded, held=holds, keeping=claimed.kept)

    def _may_close_over(self, way: Way, claimed: Claimed) -> bool:
        """Whether a claim may know constants by a closure: not if it gives numbers at sizes that these do not have.

        What a claim says where its arguments have another size than the constants it closes over is wrong in earnest.
        """
        sizes = self.replay.sizes
        asked, kept = ({id(s) for node in nodes for s in sizes.axes(node)} for nodes in (claimed.asked, claimed.kept))
        for point in self.replay.points(self.replay.meanings[0]):
            other = {id(size) for size, length in point.size_lengths.items() if length != size.recorded}
            trial = way.at(point) if other & asked & kept else None
            if trial is not None and trial.usable and not way.accepts(trial):
                return False
        return True

    def _further_right(self, tried: Tried) -> bool:
        """Whether a claim that was right at all points is right at further ones, too; they join those it was tried at.

        A condition that is nearly right (w·x > 0 for w·x + b > 0) holds at a few points by chance.
        """
        if not tried.way.everywhere:
            return True
        how = tried.meanings or self.replay.meanings[0], tried.held, tried.keeping
        further = chain(self.replay.further(*how), self.replay.beside_kinks(*how))
        flat = self.replay.nearer_zero(*how)
        return all(map(tried.also_right, further)) and (not tried.is_zero or all(map(tried.also_right, flat)))

    def _likeliest(self, wrong: Sequence[Tried]) -> tuple[Way, list[Explanation]]:
        """The way of understanding a wrong claim under which least went wrong, and what explains it then."""
        found: list[tuple[int, Way, list[Explanation]]] = []
        nearly = [tried for tried in wrong if tried.right]  # but at further points: no other way is as near
        wrong = nearly or sorted(wrong, key=lambda tried: not tried.keeping or not tried.has_values)
        for tried in wrong[:_MOST_EXPLAINED]:
            explained = self._explained(tried)
            weight = 99 if explained[0].mistake in UNEXPLAINED else explained[0].weight
            found.append((weight, tried.way, explained))
            if weight == 1:
                break
        _, way, explained = min(found, key=lambda each: each[0])
        return way, explained

    def _explained(self, tried: Tried) -> list[Explanation]:
        """What explains a wrong claim, the likeliest first; one explanation that says so where nothing does."""
        said: dict[tuple[str, int, str], Explanation] = {}
        if tried.way.everywhere:
            tried.told_at(self.replay.telling(tried.meanings or self.replay.meanings[0], tried.held, tried.keeping))
        findings = Search(self.replay, tried.trials).findings()
        if not findings or findings[0].kind == "pair":
            symmetric = Unexplained(self.speaker, tried).of_symmetric()
            if symmetric is not None:
                return [symmetric]
        for finding in findings:
            key = (finding.mistake, id(finding.node), finding.how.split(" ")[0])
            if key not in said and len(said) < _MOST_CANDIDATES:
                said[key] = self.speaker.explain(
                    finding, tried.shape, tried.way.ordered and not self.replay.is_jacobian
                )
        return list(said.values()) or [Unexplained(self.speaker, tried).explanation()]

    def _partly(self, claimed: Claimed) -> list[Explanation]:
        """What explains a claim that is right under a condition on its indices, of which it does not speak."""
        for way in claimed.under_conditions() if self.replay.is_jacobian else ():
            tried = Tried(way, self.replay.points(self.replay.meanings[0]), self.replay.recorded)
            if tried.compares and tried.right:
                message = say("unexplained", wrt=self.speaker.wrt, true=say("true-under", where=way.where))
                return [Partly("unexplained", message, say("unexplained-hint"), where=way.where)]
        return []

    def _transposed(self, claimed: Claimed, wrong: Tried) -> list[Explanation]:
        """What explains a claim that is right, or right but for a plain factor, once one factor is transposed."""
        search = Search(self.replay, wrong.trials)
        nearly = None
        for ways, names in claimed.transposed():
            for way in ways:
                every = []
                for tried in self._tried(way, claimed):
                    if tried.right and self._further_right(tried):
                        return [self.speaker.explain(search.transposed(names), wrong.shape)]
                    every.append(tried)
                factors = Search(self.replay, every[0].trials).plain_factors() if nearly is None else []
                if factors:
                    nearly = search.transposed(names, more=factors[0])
        return [self.speaker.explain(nearly, wrong.shape)] if nearly is not None else []

    def _rewritten(self, claimed: Claimed, wrong: Tried) -> list[Explanation] | None:
        """What explains a claim that is right once a bracket, a factor or an operand of it is another.

        Changed so that it has no value where it is wrong, it is no righter: √(a²) is a where a > 0 only, and so is √a².
        """
        first = next((trial for trial in wrong.trials if np.any(trial.truth)), wrong.trials[0])
        for ways, how, where, took in claimed.rewritten(first):
            for way in ways:
                every = (tried for tried in self._tried(way, claimed) if tried.gaps <= wrong.gaps)
                if any(tried.right and self._further_right(tried) for tried in every):
                    return [self.speaker.slip_of_pen(how, where, took)]
        return None

    # ── lines that speak of something else ──

    def _of_other(self, part: Claimed, other: Other, along: bool) -> Verdict:
        """The verdict on a part that says it is another gradient. along: beside parts that speak of this one."""
        hint = say("left-other-hint", wrt=self.speaker.wrt)
        message = say("left-other", what=other.what, wrt=self.speaker.wrt)
        if other.gradient is None:
            if along:
                return Verdict.passed_over(say("passed-over", what=other.what, wrt=self.speaker.wrt))
            if other.loss and (as_loss := self.of_part(part)).ok:
                return as_loss.saying(say("right-as-loss", letter=pretty(other.loss), wrt=self.speaker.wrt))
            return _wrong(Explanation("unparsable", message, hint))
        verdict = self._as_other(part, other.gradient)
        if along and verdict is None:
            return Verdict.passed_over(say("passed-over", what=other.what, wrt=self.speaker.wrt))
        if along and verdict is not None and verdict.candidates and isinstance(verdict.candidates[0], Partly):
            return Verdict.passed_over(say("partly", what=other.what, where=verdict.candidates[0].where))
        if along and verdict is not None:
            key = "about-right" if verdict.ok else "about"
            message = say(key, what=other.what, message=verdict.message)
            where = part.claim.where if verdict.ok and isinstance(part, TextClaim) else ""
            return verdict.saying(say("only-where", message=message, where=where) if where else message)
        if verdict is not None and verdict.ok:
            message += say("left-other-right", what=other.what)
        elif self.of_part(part).ok:
            message += say("left-other-mine", wrt=self.speaker.wrt)
        elif verdict is not None:
            message += say("left-other-wrong", what=other.what, message=verdict.message)
        solution = self.speaker.solution("wrong-variable-solution")
        return _wrong(Explanation("wrong-variable", message, hint, solution, other.gradient.wrt))

    def _as_other(self, part: Claimed, asked: Gradient) -> Verdict | None:
        """The verdict on a part as the gradient that it says it is; None where that cannot be judged."""
        assert isinstance(part, TextClaim)  # nothing else has a left-hand side
        try:
            judge = self._of_others.get((asked.loss, asked.wrt))
            if judge is None:
                with self.replay.sizes.lending_letters():
                    judge = self._of_others[asked.loss, asked.wrt] = Judge(asked)
            with loss_called(asked.called, first=_derived_before_by(asked)):
                return judge.of_part(read_text(part.text, judge.replay, part.before)[part.number])
        except (ValueError, ArithmeticError, IndexError):
            return None

    # ── the lines of a derivation ──

    def verdicts(self, lines: Sequence[str]) -> list[Verdict]:
        """A verdict for each line of a derivation; what an earlier line defines, later ones may use.

        A line to which later ones add (dx += …) is passed over, and the last of these is judged for the sum.
        """
        lines = [self._without_reasons(line) for line in lines]
        before: list[str] = []
        found: list[Verdict] = []
        added_to = accumulations(lines, self.replay.names)
        later = {one: number + 1 for number, others in enumerate(added_to) for one in others}
        used_in = uses(lines, self.replay.names)
        for number, line in enumerate(lines):
            defining = bool(used_in[number])
            if any(found[one].mistake == "unparsable" for one in added_to[number]):
                found.append(Verdict.passed_over(say("passed-over-unread", line=added_to[number][0] + 1)))
                continue
            whole = (r" \\ " if "\\" in line else "\n").join([*(lines[one] for one in added_to[number]), line])
            if number in later and not defining:
                found.append(self._of_part_of_a_sum(line, before, later[number]))
            else:
                found.append(self._of_line(line if defining else whole, defining, before))
            foreign = next((n for n, each in enumerate(found[:-1], 1) if _is_of_other_graph(each)), 0)
            if foreign and found[-1].ok:
                found[-1] = Verdict.passed_over(say("passed-over-other-loss", line=foreign, wrt=self.speaker.wrt))
        return self._with_own_gradients(self._with_what_they_serve(found, used_in, before, lines), lines)

    def _with_what_they_serve(
        self, found: list[Verdict], used_in: Sequence[Sequence[int]], before: Sequence[str], lines: Sequence[str]
    ) -> list[Verdict]:
        """The verdicts on lines, where what looks like a gradient gone wrong defines what a right gradient is made of.

        used_in: for each line, those that use what it defines. before: the lines that were taken as definitions.
        """
        serves = [bool(verdict.ok) and not using for verdict, using in zip(found, used_in, strict=True)]
        for number in range(len(found) - 1, -1, -1):
            serves[number] = serves[number] or any(serves[one] for one in used_in[number])
            if serves[number] and found[number].ok is False and lines[number] in before:
                found[number] = Verdict(True, say("defined"))
        return found

    def _with_own_gradients(self, found: list[Verdict], lines: Sequence[str]) -> list[Verdict]:
        """The verdicts on lines, where a line of Python is right with the gradients in it as lines before it have them:
        dz = y − p, −1 times ∂L/∂z, and then dw = −X.T @ dz.
        """
        wrong = [verdict.ok is False and verdict.mistake != "unparsable" for verdict in found]
        for number in (n for n, is_wrong in enumerate(wrong) if is_wrong):
            own = [n for n in range(number) if target_of(lines[n]) and not sign_of(lines[n])]
            text, places = built_out(lines[number], [lines[n] for n in own])
            others = [own[place] for place in places if wrong[own[place]]]
            if others and (verdict := self._of_line(text, False, [])).ok:
                there = ", ".join(f"{target_of(lines[n])} as in line {n + 1}" for n in others)
                message = verdict.message.removesuffix(".")
                found[number] = verdict.saying(say("right-with", message=message, there=there))
        return found

    def _of_part_of_a_sum(self, line: str, before: Sequence[str], later: int) -> Verdict:
        """That a line is not judged, because line number `later` adds to it; or that it cannot be read."""
        try:
            self._read_text(line, before)
        except UnreadableError as reason:
            return _wrong(self.speaker.unreadable(reason))
        return Verdict.passed_over(say("passed-over-part", line=later))

    def _of_line(self, line: str, defining: bool, before: list[str]) -> Verdict:
        """The verdict on a line, which may speak of other gradients on the way.

        defining: it begins with a symbol that a later line uses. before: the lines that define symbols for it, to
        which it is added then. A line with a gradient on its left is judged even so; one that cannot be read is no
        definition.
        """
        try:
            parts = self._read_text(line, before)
            foreign = self._of_other_graph(line, parts)
            verdict = self._of_parts(parts, along=True) if foreign is None else foreign
        except (UnreadableError, UncallableError) as reason:
            rule = self._of_rule(line)
            return _wrong(self.speaker.unreadable(reason)) if rule is None else rule
        if defining:
            if not any(self._says_what_is_known(part) for part in parts):
                before.append(line)
            if foreign is None and not any(part.states_gradient for part in parts):
                return _of_definition(verdict)
        return verdict

    def _says_what_is_known(self, part: TextClaim) -> bool:
        """Whether a definition gives a node of the graph the value that it has: later lines can ask the node."""
        left = part.claim.left
        node: Any = self.replay.names.get(left.about) if left.kind == "symbol" else None
        points = self.replay.points(self.replay.meanings[0])
        return (
            node is not None
            and bool(points)
            and all(any(_same_as_vectors(each, p.value(node)) for each in part.meanings_at(p, node)) for p in points)
        )

    def _of_rule(self, line: str) -> Verdict | None:
        """That a line is passed over because its left side is no gradient of the loss: tanh′ = 1 − tanh², w ← w − η g.

        None where it is one, as far as it can be read.
        """
        if (name := updated(line, self.replay.names)) and self.replay.names[name].rule is None:
            return Verdict.passed_over(say("passed-over", what=say("left-update", name=name), wrt=self.speaker.wrt))
        left, equals, _ = line.partition("=")
        try:
            parts = self._read_text(f"{left} = 0") if equals else []
        except UnreadableError:
            return None
        other = parts[0].other if len(parts) == 1 and (parts[0].states_gradient or parts[0].states_loss) else None
        if other is None or other.gradient is not None or "\n" in line or r"\\" in line:
            return None
        return Verdict.passed_over(say("passed-over", what=other.what, wrt=self.speaker.wrt))

    # ── lines that say what the loss is ──

    def _of_other_graph(self, line: str, parts: Sequence[TextClaim]) -> Verdict | None:
        """That a line gives the loss or a node another meaning than it has, whatever lines before it define."""
        said = next((said for part in parts if (said := self._of_other_node(part)) is not None), None)
        if said is None or not any(part.before for part in parts):
            return said
        try:
            return None if self._of_other_graph(line, self._read_text(line)) is None else said
        except UnreadableError:
            return said

    def _of_other_node(self, part: TextClaim) -> Verdict | None:
        """That a line gives the loss, or a node on the way to it, another meaning than it has; None if it does not.

        What cannot be compared (a loss per sample, another shape) is not said to be another one.
        """
        left = part.claim.left
        node = self.replay.loss if left.is_loss_itself else self.replay.names.get(left.about)
        if left.kind != "symbol" or node is None or node.rule is None or part.claim.condition is not None:
            return None
        factors: list[float] = []
        for point in self.replay.points(self.replay.meanings[0]):
            meant, written = point.value(node), part.meanings_at(point, node)
            shaped = [each for each in written if np.shape(each) == np.shape(meant)]
            if len(shaped) < len(written) or not written or any(same(each, meant) for each in shaped):
                return None
            factors.append(float(np.sum(written[0]) / np.sum(meant)))
        factor = factor_of(factors, [p.lengths for p in self.replay.points(self.replay.meanings[0])])
        loss = node is self.replay.loss
        message = say("other-loss" if loss else "other-node", name=label(node))
        if factor is not None and not factor.is_one and loss:
            return _wrong(OtherGraph(factor.mistakes[0], f"{message} {say('other-loss-factor', factor=factor)}"))
        return _wrong(OtherGraph("unexplained", message))


def _same_as_vectors(a: Any, b: Any) -> bool:
    """Whether two arrays are equal, where a matrix of one column or row is a vector."""
    return same(np.squeeze(a), np.squeeze(b))


def _is_of_other_graph(verdict: Verdict) -> bool:
    return bool(verdict.candidates) and isinstance(verdict.candidates[0], OtherGraph)


def _wrong(explanation: Explanation) -> Verdict:
    return Verdict(False, candidates=[explanation])


def _of_definition(verdict: Verdict) -> Verdict:
    """The verdict on a line that gives a symbol its meaning: wrong only if it is a gradient gone wrong."""
    if verdict.mistake == "wrong-variable":
        assert verdict.node is not None
        return Verdict(True, say("defined-gradient", name=label(verdict.node)))
    if verdict.ok is None or verdict.mistake in UNEXPLAINED:
        return Verdict(True, say("defined"))
    return verdict


def _formula(derivation: Any) -> str:
    """The right gradient in text, where there is a derivation of it."""
    steps = getattr(derivation, "steps", None)
    return str(steps[-1].text) if steps else ""


def _in_the_words_of(derivation: Derived) -> AbstractContextManager[None]:
    """A block in which sentences are about this derivative of the loss, by its name."""
    return loss_called(loss_name(derivation.loss, derivation.gradient_of), _derived_before_by(derivation))


def _derived_before_by(derivation: Derived) -> str:
    """By what the loss was derived already where this derives a gradient; else ""."""
    first = getattr(derivation, "first", None)
    return "" if derivation.gradient_of is None else label(derivation.wrt if first is None else first)


__all__ = ["Derived", "Judge", "check", "check_lines"]
