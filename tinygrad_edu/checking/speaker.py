"""Verdicts in words: a right claim, a finding, a claim that cannot be read; each about one gradient.

The sentences stand in `messages`; here they are chosen, and their blanks are filled in the user's own names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.graph import Node
from ..errors import UncallableError, UnreadableError
from ..paper.notation import pretty
from .claimed import ArrayWay, decimals
from .factors import Factor
from .findings import Finding
from .messages import ENGLISH, say
from .mistakes import inner
from .places import label, local_text, place_text, rule_text, slip_text
from .replay import Replay
from .trials import Tried
from .verdict import Explanation

# Which sentence says the step done right, where it is not the one of the same name
_SOLUTIONS = {
    "zero": "unexplained-solution",
    "path-sign": "path-solution",
    "path-mean-factor": "path-solution",
    "path-constant-factor": "path-solution",
    "left-out": "rule-solution",
    "doubled": "rule-solution",
    "wrong-derivative": "rule-solution",
}


# What a slip of the pen does to the gradient, by its name in the table of mistakes
_SLIPS = {
    "bracket": "local-derivative",
    "inside": "missing-sum",
    "outside": "extra-sum",
    "operand": "wrong-derivative",
    "sign": "sign",
    "term": "special-case",
    "power": "wrong-derivative",
    "function": "wrong-derivative",
    "entry": "extra-sum",
    "factor": "local-derivative",
}


class Speaker:
    """Puts what was found about one gradient into words. formula: writes the right gradient, when it is asked for."""

    def __init__(self, replay: Replay, formula: Callable[[], str]) -> None:
        self.replay, self.formula = replay, formula
        self.loss = loss_name(replay.loss, replay.gradient_of)
        self.wrt = label(replay.wrt)

    def solution(self, key: str, words: dict[str, Any] | None = None) -> Callable[[], str]:
        """A sentence with the step done right, written when it is first asked for."""
        told = {"loss": self.loss, **(words or {})}
        return lambda: say(key, **{**told, "formula": self.formula() if "{formula}" in ENGLISH[key] else ""})

    # ── right claims, unreadable ones ──

    def right(self, tried: Tried) -> str:
        """That a claim is right, and on what condition."""
        message, where = self._right(tried), tried.way.where
        return say("only-where", message=message, where=where) if where else message

    def _right(self, tried: Tried) -> str:
        if isinstance(tried.way, ArrayWay):
            return self._right_array(tried.way, tried)
        if tried.way.said_if_right:
            return say("right-read", reading=tried.way.said_if_right)
        names = [label(node) for node in tried.keeping if node.name]
        if names:
            return say("right-kept", names=listed(names))
        if tried.held or tried.keeping:
            return say("right-held")
        if tried.meanings:
            return self._right_if(tried)
        if all(trial.point.recorded for trial in tried.trials):
            return say("right-recorded", reason="its operations do not allow it")
        return say("right-zero" if tried.is_zero and not tried.way.where else "right", wrt=self.wrt)

    @staticmethod
    def _right_array(way: ArrayWay, tried: Tried) -> str:
        (trial,) = tried.trials
        return say("right-array") if way.is_exact(trial) else say("right-rounded", digits=decimals(trial))

    def _right_if(self, tried: Tried) -> str:
        """Right if bare numbers of the loss stand for what they do not likeliest stand for."""
        likeliest = self.replay.meanings[0]
        return " ".join(
            say("right-reading", number=f"{value:g}", reading=meaning.text)
            if meaning.sizes
            else say("right-number", number=f"{value:g}", reading=first.text)
            for value, meaning, first in zip(self.replay.numbers, tried.meanings, likeliest, strict=True)
            if meaning.text != first.text
        )

    def unreadable(self, error: UnreadableError | UncallableError) -> Explanation:
        """That a claim cannot be evaluated at all, and why."""
        hint = say("unparsable-hint", names=", ".join(self.replay.names))
        line = error.line() if isinstance(error, UnreadableError) else str(error)
        brief = say("unparsable", trouble=line)
        return Explanation("unparsable", say("unparsable", trouble=error), hint, brief=brief)

    def slip_of_pen(self, how: str, where: str, took: str = "") -> Explanation:
        """That a claim is right once it is written otherwise at one place. took: what has to do with it."""
        words = {"wrt": self.wrt, "where": where, "took": pretty(took)}
        message, hint = say(f"slip-{how}", **words), say(f"slip-{how}-hint", **words)
        return Explanation(_SLIPS[how], message, hint, self.solution("unexplained-solution"))

    # ── findings ──

    def explain(self, finding: Finding, claimed: tuple[int, ...] | None = None, ordered: bool = False) -> Explanation:
        """A finding in words. claimed: the claim's shape; ordered: whether indices say the order of its axes."""
        words = self._words(finding, claimed)
        family = _family(finding)
        message = self._message(finding, family, words)
        if finding.more is not None and finding.kind != "missing-paths":
            more = finding.more
            second = self._message(more, _family(more), self._words(more, claimed))
            message = say("pair", first=message, second=second)
        if ordered and (finding.mistake, finding.how) == ("transpose", "whole"):
            message += say("transpose-indices", **words)
        return Explanation(
            finding.mistake,
            message,
            say(f"{family}-hint", **words),
            self.solution(_SOLUTIONS.get(family, f"{family}-solution"), words),
            node=None if finding.whole else finding.node,
            factor=finding.factor if finding.whole else None,
            weight=finding.weight,
        )

    def _message(self, finding: Finding, family: str, words: dict[str, Any]) -> str:
        """What is wrong, in a sentence."""
        if finding.whole and finding.factor is not None:
            return self._of_whole(finding.mistake, finding.factor, words)
        return say(_sentence(finding, family, words), **words)

    def _words(self, finding: Finding, claimed: tuple[int, ...] | None) -> dict[str, Any]:
        """What the blanks of the sentences are filled with."""
        node, place, more = finding.node, finding.place, finding.more
        words: dict[str, Any] = {
            "wrt": self.wrt,
            "shape": shape_text(self.replay.target_shape),
            "claimed": shape_text(claimed or ()),
            "factor": str(finding.factor) if finding.factor is not None else "",
            "place": place_text(node) if node is not None else self.wrt,
            "near": label(node) if node is not None else self.wrt,
            "op": node.op if node is not None and node.rule is not None else "",
            "parent": self.wrt,
            "local": "",
            "rule": "",
            "wrong": "",
            "axis": self._axis_text(),
            "other": place_text(more.node) if more is not None and more.node is not None else "",
        }
        if place is not None:
            holder, position = place
            words["parent"] = label(holder.args[position])
            words["op"] = holder.op
            words["local"] = local_text(holder, position)
            words["rule"] = rule_text(holder, position)
            words["wrong"] = slip_text(finding.slip, place) if finding.slip is not None else ""
            words["inner"] = _inner_text(holder)
        return words

    def _axis_text(self) -> str:
        """The letter of an axis along which what is asked about is repeated."""
        sizes = self.replay.sizes
        own = set(map(id, sizes.axes(self.replay.wrt)))
        for node in self.replay.nodes:
            if node.rule is not None and any(a is self.replay.wrt for a in node.args):
                for size in sizes.axes(node):
                    if id(size) not in own and size.letter:
                        return size.letter
        groups = [size for size in sizes.groups() if id(size) not in own]
        return str(groups[0].letter) if groups else "N"

    # ── factors of the whole ──

    def _of_whole(self, mistake: str, factor: Factor, words: dict[str, Any]) -> str:
        """That the claim is a factor times the gradient; and what else is off in the factor."""
        if mistake == "mean-factor":
            message = self._of_mean(factor, words)
        elif mistake == "sign" and len(factor.mistakes) > 1:
            message = say("constant-factor", **words).split(":")[0] + "." + say("and-sign")
        else:
            message = say(mistake, **words)
        return message + "".join(say(f"and-{other}") for other in factor.mistakes if other != mistake)

    def _of_mean(self, factor: Factor, words: dict[str, Any]) -> str:
        """That a power of a count is off: lost, there twice, or put in where the loss has no mean."""
        letters = list(factor.powers)
        count = "·".join(letters) if len(letters) == 1 else f"({'·'.join(letters)})"
        powers = set(factor.powers.values())
        averaged = self._averaged()
        divided = averaged.issuperset(letters) or (not averaged and self._divides())
        if powers == {1} and divided:
            noun = say("noun-samples") if letters == ["N"] else say("noun-entries")
            mean = say("mean-over", count="·".join(letters), noun=noun)
            recorded = self.replay.sizes.letters()
            here = say("here", letters=", ".join(f"{letter} = {recorded[letter]}" for letter in letters))
            return say("mean-lost", factor=words["factor"], mean=mean, count=count, here=here)
        if powers == {-1}:
            return say("mean-twice" if divided else "mean-put-in", factor=words["factor"], count=count)
        return say("mean-other", factor=words["factor"], count=count)

    def _averaged(self) -> set[str | None]:
        """The letters of the sizes that means run along."""
        found: set[str | None] = set()
        for node in self.replay.nodes:
            if node.rule is not None and node.rule.averages:
                axes = self.replay.sizes.axes(node.args[0])
                along = node.params.get("axis")
                found |= {axes[a].letter for a in (range(len(axes)) if along is None else along)}
        return found

    def _divides(self) -> bool:
        """Whether the loss divides by a count without saying mean."""
        return bool(self.replay.numbers) or any(n.rule is not None and n.rule.counts for n in self.replay.nodes)


def loss_name(loss: Node, gradient_of: Node | None = None) -> str:
    """What the loss is called: by its own name, else L. gradient_of: where `loss` is a gradient itself, of which."""
    name = (loss if gradient_of is None else gradient_of).name
    return pretty(name) if name else "L"


# ── which sentence ──


def _family(finding: Finding) -> str:
    """What the hint of a finding, and mostly its message and solution, are called in the table of sentences."""
    if finding.how == "zero":
        return "zero"
    if finding.kind in ("path-sign", "path-factor") or (finding.kind == "pair" and finding.mistake == "sign"):
        return f"path-{finding.mistake}" if not finding.whole else finding.mistake
    return finding.how.removesuffix("-at-result") if finding.mistake == "local-derivative" else finding.mistake


def _sentence(finding: Finding, family: str, words: dict[str, Any]) -> str:
    """Which sentence is a finding's message."""
    match family:
        case "missing-path":
            return _of_missing_path(finding, words)
        case "extra-sum" if finding.how == "kept":
            return "extra-sum-kept"
        case "transpose" if finding.how == "whole":
            return "transpose-whole"
        case "wrong-variable" if finding.kind == "on-the-way":
            return "wrong-variable-on-the-way"
        case "left-out" | "doubled" | "wrong-derivative":
            return _of_rule(finding, family, words)
    return family


def _of_missing_path(finding: Finding, words: dict[str, Any]) -> str:
    if finding.how in ("one-kept", "everywhere", "parallel", "assigned"):
        return f"missing-path-{finding.how}"
    if finding.kind == "missing-paths" and words["other"]:
        return "missing-paths"
    node = finding.node
    # a mean or a norm is a quantity of its own, which a claim holds constant; other uses stand side by side
    held = node is not None and node.rule is not None and node.rule.kind.name == "reduction"
    return "missing-path-held" if held else "missing-path"


def _of_rule(finding: Finding, family: str, words: dict[str, Any]) -> str:
    """The sentence on an operation's own derivative: what it is, and what the claim used, where that can be written."""
    assert finding.place is not None
    rule = finding.place[0].rule
    own = rule is not None and rule.kind.name != "elementwise"
    wrong = family == "wrong-derivative"
    if own and family != "doubled":
        return f"{family}-own"
    if finding.how == "doubled-at-result":
        return finding.how
    if finding.everywhere and (words["wrong"] or not wrong):
        return f"{family}-everywhere"
    if wrong and f"{family}-{finding.how}" in ENGLISH:
        return f"{family}-{finding.how}"
    return "wrong-derivative-plain" if wrong and not words["wrong"] else family


def _inner_text(holder: Node) -> str:
    found = inner(holder) if holder.rule is not None and holder.rule.arity == 1 else None
    return label(found) if found is not None else ""


def listed(names: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def shape_text(shape: Sequence[int]) -> str:
    """A shape as Python writes it."""
    return str(tuple(map(int, shape)))
