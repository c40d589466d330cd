"""Checks the claims of a note: which variable each is about, its verdict, and what was not read or passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from ..checking.notes import check_claims, holds
from ..checking.verdict import Verdict
from ..derivation import derive
from ..engine.backward import ancestors
from ..engine.graph import Node
from ..errors import UnreadableError
from ..paper.notation import pretty
from ..reading.definitions import is_used
from ..reading.formats.code import built_out
from ..reading.lexer import cut
from ..reading.notes import Equation, definitions_for, is_limited, named, of_whole_loss, reason_to_pass
from ..reading.pieces import Piece
from ..reading.primed import as_written
from ..reading.words import canonical
from .assumptions import with_assumptions
from .formula import Recording
from .report import PASSED, RIGHT, UNREAD, WRONG, Told, kind_of

MOST_CLAIMS = 300  # judged in one note


class NoteJudge:
    """The judge of a note's claims about a recorded loss.

    wanted: the names whose gradients are asked for, all if there are none. losses: what the note calls its loss. own:
    the equation in which the note says what its loss is, where that is to be compared with the recorded one. labels:
    the index of the sample whose loss it is, the i of Lᵢ. by: what ∇L is derived by where it does not say it.
    """

    def __init__(
        self,
        found: Recording,
        everything: Sequence[Equation],
        path: str = "",
        wanted: Sequence[str] = (),
        losses: Sequence[str] = (),
        own: Equation | None = None,
        labels: Sequence[str] = (),
        by: str = "",
    ) -> None:
        self.found, self.everything, self.path = found, everything, path
        self.wanted, self.losses, self.own, self.labels, self.by = wanted, losses, own, labels, by
        self.words = found.vocabulary()
        self.entries = False  # whether it judges ∂Lᵢ/∂pᵢ, by Σ Lᵢ
        self.by_sample: list[NoteJudge] = []  # the judges of what the note says of the loss of one sample
        self.conditions: Mapping[int, str] = {}  # by lines, what a sentence above them says of where they hold
        self.symmetric: Mapping[str, Recording] = {}  # the loss for lines that derive by what is said to be symmetric
        self.class_left_out = ""  # the y of a loss with Σ_{j≠y}: a line may be about the other classes alone
        self.left_out: Sequence[tuple[Equation, str, str]] = ()  # definitions that were not read, a name's, and why

    # ── what claims are about ──

    def variables(self) -> list[str]:
        """The names whose gradients the note claims, in order."""
        return list(dict.fromkeys(filter(None, (self._about(each) for each in self.everything))))

    def others(self) -> list[str]:
        """What else the note derives its loss by."""
        spelled = [each.about for each in self.everything if each.about and not self._about(each)]
        return list(dict.fromkeys(spelled))

    def foreign(self) -> list[str]:
        """By what the note derives its loss that the graph does not have."""
        missing = [each.about for each in self.everything if each.about and not self._variable(each)]
        return list(dict.fromkeys(missing))

    def _about(self, equation: Equation) -> str:
        """The name at which an equation claims the gradient, if it is one that is asked for."""
        if equation.left.kind != "gradient" or self._not_judged(equation) is not None:
            return ""
        return self._variable(equation)

    def _variable(self, equation: Equation) -> str:
        """The name of the graph by which an equation derives; "" if there is none."""
        spelled = equation.left.about or equation.left.letter
        if not spelled:
            return self.wanted[0] if len(self.wanted) == 1 else self.words.name(self.by) or ""
        exact = self.words.name(spelled) or self.words.loosely(spelled)
        if exact is not None:
            return exact
        likely = [name for name in self.wanted or self.found.names if named(spelled, name, self.words)]
        return likely[0] if len(likely) == 1 else ""

    def _not_judged(self, equation: Equation) -> Told | None:
        """What is said of an equation that is not compared with a gradient; None if it is."""
        if equation.unread:
            return self._told(equation, UNREAD, reason=f"Not read: {equation.unread}.")
        for judge in self.by_sample:
            if (told := judge.by_place.get((equation.place, equation.text))) is not None:
                return told
        reason = equation.passed or reason_to_pass(equation, self.losses)
        if reason:
            return self._told(equation, PASSED, reason=f"Passed over: {reason}.")
        name = self._variable(equation)
        spelled = equation.left.about or equation.left.letter
        if self.wanted and name not in self.wanted and (name or spelled):
            about = f"∂{self._loss or 'L'}/∂{pretty(name or spelled)}"
            reason = f"it is about {about}, and --wrt asks for {pretty(self.wanted[0])}"
            return self._told(equation, PASSED, name, reason=f"Passed over: {reason}.")
        if name in self._hidden:
            line, other = self._hidden[name]
            reason = f"line {line} is left out, and by it {pretty(other)} depends on {pretty(name)}, too"
            return self._told(equation, UNREAD, name, reason=f"Not judged: {reason}.")
        if not name:
            what = f"the loss has no {pretty(spelled)}" if spelled else "it does not say by what the loss is derived"
            there = ", ".join(map(pretty, self.found.names))
            return self._told(equation, UNREAD, reason=f"Not read: {what}; the loss speaks of {there}.")
        return None

    @property
    def _loss(self) -> str:
        """What the note calls its loss; "" where that is not known."""
        return pretty("_".join([self.losses[0], *filter(None, ["".join(self.labels)])])) if self.losses else ""

    # ── the loss of one sample ──

    def takes(self, equation: Equation) -> bool:
        """Whether an equation is about the loss of one sample, and this is the judge of that."""
        left = equation.left
        entries = set(self.labels) & set(left.labels[len(self.labels) :])
        return left.of_one and bool(entries) == self.entries

    @cached_property
    def by_place(self) -> dict[tuple[tuple[int, int], str], Told]:
        """What is said of the lines about the loss of one sample, and no others."""
        self.everything = [each for each in self.everything if each.left.kind != "gradient" or self.takes(each)]
        self.left_out = ()
        said = [each for each in self.everything if each.left.kind == "gradient"]
        return {(each.place, each.text): told for each, told in zip(said, self.told, strict=True)}

    @cached_property
    def _hidden(self) -> dict[str, tuple[str, str]]:
        """The names that reach the loss by a definition that is left out: its line's number, and what it defines."""
        found: dict[str, tuple[str, str]] = {}
        names = self.found.names
        for equation, defined, _ in self.left_out:
            side = equation.text.partition("=")[2]
            try:
                pieces = cut(side)
            except UnreadableError:
                pieces = [Piece("WORD", word, 0) for word in re.findall(r"[A-Za-z]+", side)]
            used = [node for name, node in names.items() if is_used(canonical(name), pieces)]
            above = set(ancestors(used)) if used else set()
            found |= {name: (_called(equation), defined) for name, node in names.items() if node in above}
        return found

    # ── verdicts ──

    @cached_property
    def told(self) -> list[Told]:
        """What is said of every line of the note with a derivative on its left, in order."""
        with self.found.in_its_letters():
            return self._all_told()

    def leave_open(self, name: str, reason: str, other: NoteJudge) -> None:
        """Take back what was called wrong in lines that speak of a name of which too little is known.

        other: the judge by what else may be meant; what is wrong by that, too, is wrong.
        """
        wrong = {each.where + each.text for each in other.told if each.kind == WRONG}
        self.told = [
            replace(each, kind=UNREAD, verdict=None, reason=f"Not judged: {reason}.")
            if each.kind == WRONG
            and each.where + each.text not in wrong
            and re.search(rf"(?<![A-Za-z]){name}(?![A-Za-z])", each.text)
            else each
            for each in self.told
        ]

    def _all_told(self) -> list[Told]:
        told: dict[int, Told] = {}
        by_name: dict[str, list[int]] = {}
        left_out = {(each.place, each.text): (name, why) for each, name, why in self.left_out}
        for number, equation in enumerate(self.everything):
            if equation.left.kind != "gradient":
                name, why = left_out.pop((equation.place, equation.text), ("", ""))
                if name:
                    reason = f"Left out: {why}. {pretty(name)} counts as data."
                    told[number] = self._told(equation, PASSED, reason=reason)
                continue
            line = self._not_judged(equation)
            if line is not None:
                told[number] = line
            elif sum(map(len, by_name.values())) == MOST_CLAIMS:
                reason = f"Not read: more than {MOST_CLAIMS} claims in one note."
                told[number] = self._told(equation, UNREAD, reason=reason)
            else:
                by_name.setdefault(self._variable(equation), []).append(number)
        for name, numbers in by_name.items():
            told |= dict(zip(numbers, self._judged(name, [self.everything[n] for n in numbers]), strict=True))
        return [told[number] for number in sorted(told)]

    def _judged(self, name: str, equations: Sequence[Equation]) -> list[Told]:
        """The equations, which derive by one name, judged with the definitions that they use."""
        texts: list[str] = []
        claims: list[int] = []
        given: dict[str, Equation] = {}
        for equation in equations:
            for each in definitions_for(equation, self.everything, self.words):
                if given.get(each.left.symbol) is not each:
                    given[each.left.symbol] = each
                    texts.append(each.text)
            claims.append(len(texts))
            texts.append(of_whole_loss(equation, self.labels))

        def judged(found: Recording) -> Sequence[Verdict]:
            return check_claims(
                derive(found.loss, found.names[name]), texts, claims, list(map(_called, equations)), self._loss
            )

        own = self._found_for(name)
        verdicts = with_assumptions(judged(own), judged, own)
        unsaid = [self._unsaid(each, verdict) for each, verdict in zip(equations, verdicts, strict=True)]
        if any(unsaid):
            for place, condition in zip(claims, unsaid, strict=True):
                texts[place] += rf" \quad {condition}" if condition else ""
            limited = with_assumptions(judged(own), judged, own)
            both = zip(verdicts, limited, strict=True)
            verdicts = [there if kind_of(there) in (RIGHT, WRONG) else verdict for verdict, there in both]
        told = [self._of_verdict(*each, name) for each in zip(equations, verdicts, unsaid, strict=True)]
        return [self._with_own_gradients(each, line, name) for each, line in zip(equations, told, strict=True)]

    def _found_for(self, name: str) -> Recording:
        """The loss for lines that derive by a name; a symmetric matrix is data for all but its own."""
        return self.symmetric.get(name, self.found)

    def _unsaid(self, equation: Equation, verdict: Verdict) -> str:
        """The condition under which a line that is not right everywhere may be meant; "" if there is none."""
        if kind_of(verdict) == RIGHT or equation.code or is_limited(equation):
            return ""
        above = "" if equation.cell else self.conditions.get(equation.line, "")
        return above or (self._of_others(equation) if kind_of(verdict) == WRONG else "")

    def _of_others(self, equation: Equation) -> str:
        """That a line is about the classes alone that a Σ_{j≠y} does not leave out; "" where there is none."""
        indices = [label for label in equation.left.labels if label not in self.labels]
        return rf"({indices[0]} \neq {self.class_left_out})" if indices and self.class_left_out else ""

    def _with_own_gradients(self, equation: Equation, told: Told, name: str) -> Told:
        """The same of a line of code that is right with the gradients in it as the note has them: dz = p − y, N times
        ∂L/∂z, and then dw = X.T @ dz / N.
        """
        if told.kind != WRONG or not equation.code:
            return told
        own = [
            each
            for each in self.everything
            if each.code and each.left.kind == "gradient" and each.place < equation.place
        ]
        text, places = built_out(equation.text, [each.text for each in own])
        used = [own[place] for place in places]
        if not used:
            return told
        lines = [each.text for each in definitions_for(replace(equation, text=text), self.everything, self.words)]
        found = self._found_for(name)
        derivation = derive(found.loss, found.names[name])
        (verdict,) = check_claims(derivation, [*lines, text], [len(lines)], [_called(equation)], self._loss)
        if kind_of(verdict) != RIGHT:
            return told
        there = ", ".join(f"{each.text.partition(' = ')[0]} as in line {_called(each)}" for each in used)
        message = f"{verdict.message.removesuffix('.')}, with {there}."
        return self._of_verdict(equation, verdict.saying(message), "", name)

    def _of_verdict(self, equation: Equation, verdict: Verdict, unsaid: str, name: str) -> Told:
        """A verdict; none for a line that fits by chance, in a note whose loss is another one.

        unsaid: the condition under which it was judged, where the line does not say one.
        """
        kind = kind_of(verdict)
        if kind == RIGHT and self.contradiction:
            return self._told(
                equation, UNREAD, name, reason=f"Not judged: it fits your loss, but {self.contradiction}."
            )
        if kind == RIGHT and unsaid and unsaid == self._of_others(equation):
            reason = "the loss leaves one class out; the line is right of the others alone, and does not say so"
            return self._told(equation, UNREAD, name, reason=f"Not judged: {reason}.")
        if kind == WRONG and name in self.symmetric and verdict.mistake in ("transpose", "unexplained"):
            reason = f"the note says that {pretty(name)} is symmetric, and the gradient at it is tried with others, too"
            return self._told(equation, UNREAD, name, reason=f"Not judged: {reason}.")
        if kind == WRONG and self.contradiction:
            verdict = verdict.saying(f"{verdict.message} But {self.contradiction}.")
        return self._told(equation, kind, name, verdict)

    def _told(
        self, equation: Equation, kind: str, wrt: str = "", verdict: Verdict | None = None, reason: str = ""
    ) -> Told:
        where = f"{equation.where(self.path)}: "
        return Told(as_written(equation.text), kind, verdict, wrt, reason, where, equation.line, equation.cell or None)

    # ── is it the same loss? ──

    @cached_property
    def contradiction(self) -> str:
        """What the note says of its loss, or of a name that the recorded loss computes, that is not so; "" if nothing.

        Only what was read for certain counts: a line that does not fit in shape may be meant in another way.
        """
        with self.found.in_its_letters():
            return self._contradiction()

    def _contradiction(self) -> str:
        leaves = {name for name, node in self.found.names.items() if node.rule is None}
        for equation in self.everything:
            name = self.words.name(equation.left.symbol) if equation.left.symbol else None
            if name is not None and name not in leaves and self._denies(equation, self.found.names[name]):
                return f"line {_called(equation)} has another {pretty(name)}: {' '.join(equation.text.split())}"
        if self.own is not None and self._denies(self.own, self.found.loss):
            return f"line {_called(self.own)} has another loss: {' '.join(self.own.text.split())}"
        return ""

    def _denies(self, equation: Equation, node: Node) -> bool:
        """Whether an equation says for certain that a node is something else than it is."""
        if set(equation.left.labels) & set(self.labels):
            return False  # p_i, in the loss of the sample i, is one entry of p
        side = equation.text.partition("=")[2]
        if not any(name in side or pretty(name) in side for name in self.words.names):
            return False  # ŷ = 0.5 is an example, and no definition
        before = [each.text for each in definitions_for(equation, self.everything, self.words)]
        return holds(self.found.loss, node, side, before) is False


def _called(equation: Equation) -> str:
    """How messages refer to a line."""
    return f"{equation.line} of cell {equation.cell}" if equation.cell else str(equation.line)
