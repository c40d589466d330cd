"""Every sentence that a verdict speaks, in one place: another language is another table of these names.

The words get the place in the user's own names. A hint points without telling, a message says what is wrong, a
solution is the step done right. Formulas come from the table of rules, run on letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.graph import Node
from ..paper.notation import Written, number, pretty, written, written_rule, written_vjp
from .findings import Finding, mistakes_of
from .mistakes import inner
from .replay import Replay
from .verdict import Explanation, Factor

ENGLISH = {
    # right
    "right": "Right: this is ∂L/∂{wrt}.",
    "right-zero": "Right: ∂L/∂{wrt} is 0 everywhere.",
    "right-array": (
        "Right at the recorded numbers. Bare numbers have no other points: whether the formula behind them holds at "
        "other values and sizes, they cannot say."
    ),
    "right-rounded": "Right at the recorded numbers, to the {digits} decimals given; numbers cannot say more.",
    "right-recorded": "Right at the recorded numbers; this graph could not be computed at others ({reason}).",
    "right-reading": "Right, if {number} in your loss stands for {reading}.",
    "right-number": "Right, if the {number} in your loss stands for a number, not for {reading}.",
    "right-held": "Right, with the arrays in your loss that have no name held as they are.",
    "read-so": "({reading}.)",
    "right-read": "Right ({reading}).",
    # factors of the whole
    "sign": "Your gradient has the wrong sign: it is −1 times the true one.",
    "sign-hint": "The size of every entry is right. Count the minus signs once more.",
    "sign-solution": "Multiply your result by −1: {formula}",
    "mean-lost": (
        "Your gradient is {factor} times the true one{here}. {mean}; its 1/{count} is missing from your result."
    ),
    "mean-twice": "Your gradient is {factor} times the true one: the 1/{count} of the mean stands in it twice.",
    "mean-put-in": (
        "Your gradient is {factor} times the true one: it has a 1/{count} in it, but the loss is a sum over {count}, "
        "not a mean."
    ),
    "mean-other": "Your gradient is {factor} times the true one: a power of the count {count} is off.",
    "mean-factor-hint": "The terms are right. Look at what stands in front of the sum in the loss, and where it went.",
    "mean-factor-solution": "Divide your result by {factor}: {formula}",
    "constant-factor": "Your gradient is {factor} times the true one: a constant factor is off.",
    "constant-factor-hint": (
        "The form is right. Follow the constants: exponents that come down, and the ½ or 2 in the loss."
    ),
    "constant-factor-solution": "Divide your result by {factor}: {formula}",
    "zero": "Your gradient is 0, but the loss does depend on {wrt}.",
    "zero-hint": "Move {wrt} a little: does the loss stay the same?",
    "and-sign": " Its sign is wrong, too.",
    "and-constant-factor": " A constant is off, too.",
    "and-mean-factor": " A power of the count is off, too.",
    # factors of a path
    "path-sign": "The sign of one part is wrong: what comes to {parent} through {place} has the other sign.",
    "path-sign-hint": "One of the terms has the wrong sign. Which of them comes through {near}?",
    "path-mean-factor": "One part is off by a factor {factor}: what comes to {parent} through {place}.",
    "path-mean-factor-hint": "One of the terms has the wrong count in it. Follow the mean through {near}.",
    "path-constant-factor": "One part is off by a factor {factor}: what comes to {parent} through {place}.",
    "path-constant-factor-hint": "One of the terms has a wrong constant. Look at {near}.",
    "path-solution": "Through {place}, towards {parent}: {rule}",
    # lost paths
    "missing-path": (
        "A path is missing: {parent} reaches the loss also through {place}, and your gradient leaves that part out. "
        "What comes along all paths adds up."
    ),
    "missing-path-held": "{place} depends on {wrt}, but your gradient treats it as a constant: its part is missing.",
    "missing-paths": "Your gradient leaves out what comes through {place} and through {other}. All paths add up.",
    "missing-path-one-kept": (
        "Only what comes through one use of {parent} is there. It is used several times, {place} among them: what "
        "comes from all of them adds up."
    ),
    "missing-path-parallel": (
        "{parent} stands more than once in {place}, and your gradient has what comes along one of these ways only. "
        "What comes along all of them adds up."
    ),
    "missing-path-everywhere": (
        "{parent} is held constant wherever {op} is used, but it depends on {wrt}: that part is missing."
    ),
    "missing-path-hint": "In how many ways does {parent} act on the loss? Count the places where it is used.",
    "missing-path-solution": "Add the part that comes through {place}: {rule}",
    # sums
    "missing-sum": (
        "{wrt} is used once and acts on every entry along {axis}: what comes from all of them is to be summed. Your "
        "gradient has shape {claimed}, {wrt} has {shape}; it is right once summed."
    ),
    "missing-sum-hint": "Compare the shapes: {wrt} has {shape}. How often is each of its entries used?",
    "missing-sum-solution": "Sum over the axes that {wrt} does not have: {rule}",
    "extra-sum": (
        "Your gradient is summed over entries that {wrt} has one by one: it has shape {claimed}, {wrt} has {shape}."
    ),
    "extra-sum-kept": (
        "A Σ is left over: the derivative towards one entry of {wrt} keeps only the terms with that entry in them, "
        "yours adds up those of all entries."
    ),
    "extra-sum-hint": "Which terms of the sum depend on a single entry of {wrt}?",
    "extra-sum-solution": "Leave the outer sum out: {formula}",
    # matrices, softmax
    "transpose": "A factor of a matrix product is transposed or on the wrong side, at {place}.",
    "transpose-whole": "Your gradient is the transpose of the true one.",
    "transpose-hint": "Check the shapes of the factors at {near}: which order and which transpose makes them fit?",
    "transpose-solution": "For {place}: towards {parent} goes {rule}",
    "softmax-diagonal": (
        "Only the diagonal of softmax's Jacobian is used, at {place}: each output depends on every input, not only on "
        "its own."
    ),
    "softmax-diagonal-hint": "Does raising one logit change the other probabilities?",
    "softmax-diagonal-solution": "∂pᵢ/∂zⱼ = pᵢ(δᵢⱼ − pⱼ), so {rule}",
    # a rule broken
    "left-out": "The derivative of {place} is left out: the chain rule multiplies by {local}.",
    "left-out-own": "The derivative of {place} is left out: what it hands on to {parent} is {rule}.",
    "left-out-everywhere": (
        "The derivative of {op} is left out wherever it is used: the chain rule multiplies by {local}."
    ),
    "left-out-hint": "Go back through the operations one by one. Does each of them put its factor in? Look at {near}.",
    "doubled": "The derivative of {place} is multiplied in twice.",
    "doubled-everywhere": "The derivative of {op} is multiplied in twice wherever it is used.",
    "doubled-hint": "One factor of the chain rule stands there twice. Look at {near}.",
    "wrong-derivative": "The derivative of {place} is wrong: you have {wrong}, it is {local}.",
    "wrong-derivative-own": "The derivative of {place} is wrong: what it hands on to {parent} is {rule}.",
    "wrong-derivative-plain": "The derivative of {place} is wrong: it is {local}.",
    "wrong-derivative-everywhere": (
        "The derivative of {op} is wrong wherever it is used: you have {wrong}, it is {local}."
    ),
    "wrong-derivative-at-inner": (
        "The derivative of {op} is taken at the wrong place, at {inner}: the chain rule wants it at {parent}."
    ),
    "wrong-derivative-naive-multiply": (
        "The derivative of {place} is not the product of the derivatives: each factor is derived in turn, the other "
        "stays."
    ),
    "wrong-derivative-naive-divide": "The derivative of {place} is not the quotient of the derivatives.",
    "wrong-derivative-denominator-not-squared-at-all": (
        "The derivative of {place} has the square of the denominator below; in yours it is not squared."
    ),
    "wrong-derivative-hint": "Look up the derivative of {op}.",
    "rule-solution": "Towards {parent}: {rule}",
    # another variable
    "wrong-variable": "This is the gradient with respect to {place}, not to {wrt}.",
    "wrong-variable-on-the-way": (
        "This is the gradient with respect to {place}; from there it still has to go on to {wrt}."
    ),
    "wrong-variable-hint": "The gradient of which quantity is this? You were asked about {wrt}.",
    "wrong-variable-solution": "{formula}",
    # lines that speak of something else
    "left-other": "The left-hand side is {what}, not ∂L/∂{wrt}.",
    "left-other-right": " As {what} it is right.",
    "left-other-wrong": " As {what} it is wrong, too: {message}",
    "left-other-mine": " The right-hand side is ∂L/∂{wrt}: one of the two does not belong there.",
    "left-other-hint": "Look at what stands on the left of the = sign: is it ∂L/∂{wrt}?",
    "about": "({what}) {message}",
    "defined": "A definition: taken as written in the lines below.",
    "defined-gradient": "Right as ∂L/∂{name}; used so in the lines below.",
    "about-right": "Right: this is {what}.",
    "letter-read": "{letter} on the left read as {name}",
    # pairs
    "pair": "Two things at once. {first} And: {second}",
    # what is left
    "special-case-size": (
        "Right at the recorded size only ({letters}): at other sizes it is not the gradient. A count is written as a "
        "number."
    ),
    "special-case-size-hint": "Would your formula still hold with twice as many samples?",
    "special-case-size-solution": "Write the count as a letter: {formula}",
    "special-case-while": "Right only while {name} = {value}, as it was recorded: at other values of {name} it is not.",
    "special-case-while-recorded": "Right only for the recorded {name}: at other values of {name} it is not.",
    "special-case-numbers": ("Right at the recorded numbers only: at other values of {names} it is not the gradient."),
    "special-case-numbers-hint": "Try your formula where the numbers are others; a 0 or a 1 hides a lot.",
    "special-case-shape": "Right at the recorded sizes only ({letters}): at others it cannot be computed ({trouble}).",
    "shape": "Your gradient has shape {claimed}, but a gradient has the shape of its variable: {wrt} has {shape}.",
    "shape-unit": "The numbers are right, their shape is not: yours is {claimed}, {wrt} has {shape}.",
    "shape-error": "Your gradient cannot be computed: {trouble}.",
    "shape-hint": "Compare shapes: ∂L/∂{wrt} has the shape of {wrt}, {shape}.",
    "shape-solution": "{formula}",
    "unparsable": "This cannot be read: {trouble}",
    "unparsable-hint": "Write it with the names of the graph: {names}.",
    "unexplained": "This is not ∂L/∂{wrt}, and no single mistake explains it.{true}",
    "unexplained-hint": "Derive one operation at a time, from the loss back, and check each step's gradient.",
    "unexplained-solution": "{formula}",
    "outside": "Your gradient asks for an entry that is not there: {trouble}.",
    "outside-hint": "Compare the places you ask for with the shapes: {wrt} has {shape}, and Python counts from 0.",
    "not-finite": "Your gradient is infinite or not a number where ∂L/∂{wrt} is a plain number.",
    "not-finite-hint": "Look for a division by 0, a logarithm or root of something negative, a huge power.",
    "true-where": " It is right at every entry where {name} = {value}.",
    "true-some": " It is right at some entries only.",
    "true-signs": " The sign of every entry is right, the size is not.",
    "true-digits": " It differs by no more than {error:.0e} of its size: something small is left out or put in.",
    # a note's lines
    "line-mean-lost": (
        "Off by {factor} from here on: the 1/{count} of the mean was dropped between line {before} and line {line}; "
        "right if L were the sum."
    ),
    "line-mean-lost-start": "Off by {factor}: the 1/{count} of the mean is missing; right if L were the sum.",
    "line-same": "Carried on from line {line}: {message}",
    "line-same-factor": "Still off by {factor}: carried on from line {line}.",
    "line-new": "Wrong from here on, and right up to line {before}: {message}",
    # odds and ends
    "here": " (here {letters})",
    "mean-over": "L is a mean over {count} {noun}",
    "noun-samples": "samples",
    "noun-entries": "entries",
    "ask-nearest": "'{name}' is not in this graph; there {verb} {names}{nearest}",
    "nearest": ". Did you mean {name}?",
    "called": "called with {names} it raised {error}",
    "inner-sizes": "a matrix product whose inner sizes differ, {one} ≠ {other}",
    "returned": "it returned {what}, not an array of numbers",
}


def say(key: str, **words: Any) -> str:
    """A sentence of the table with its words put in."""
    return ENGLISH[key].format(**words)


# ── places ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def place_text(node: Node, depth: int = 3, top: bool = True) -> str:
    """An operation in the user's own names: σ(z), log(1 − ŷ); named nodes as `a = tanh(z)`.

    >>> from tinygrad_edu import Tensor
    >>> yhat = Tensor([0.5], name="yhat")
    >>> place_text((1 - yhat).log())
    'log(1 − ŷ)'
    """
    formula = expression(node, depth, top=True).text
    if top and node.name and node.rule is not None:
        return f"{pretty(node.name)} = {formula}"
    return formula


def expression(node: Any, depth: int = 3, top: bool = False) -> Written:
    """A node as written, down to named nodes or to a depth, where three dots stand."""
    if not isinstance(node, Node):
        return written(node)
    if node.rule is None or (node.name and not top):
        return written(node) if node.name else Written("□" if np.ndim(node._data) else number(node._data))
    if depth == 0:
        return Written("…", shape=np.shape(node._data))
    operands = [a if not isinstance(a, Node) and np.ndim(a) == 0 else expression(a, depth - 1) for a in node.args]
    found = written_rule(node.rule, operands, node.params)
    return found if isinstance(found, Written) else written(found)


def label(node: Node) -> str:
    """A node by its name, else by what it is made of."""
    return pretty(node.name) if node.name else place_text(node, 2, top=False)


def _quiet(node: Node) -> str:
    """Where to look, without telling: a name, or the kind of operation."""
    if node.name:
        return pretty(node.name)
    return label(node)


def _operands(node: Node) -> list[Written | Any]:
    return [a if not isinstance(a, Node) and np.ndim(a) == 0 else _shaped(expression(a, 2), a) for a in node.args]


def _shaped(shown: Written, a: Any) -> Written:
    return Written(shown.text, shown.latex, shown.strength, np.shape(a._data if isinstance(a, Node) else a))


def _result(node: Node) -> Written:
    if node.name:
        return _shaped(written(node), node)
    shown = expression(node, 2)
    return _shaped(Written(shown.text, shown.latex, shown.strength), node)


def local_text(node: Node, position: int) -> str:
    """An operation's own derivative in the user's names."""
    try:
        found = written_vjp(node, position, operands=_operands(node), out=_result(node))
    except (ValueError, TypeError, AttributeError, IndexError, KeyError):
        return f"the derivative of {node.op}"
    return "1" if found is None else found.text


def rule_text(node: Node, position: int) -> str:
    """What an operation hands on, in the user's names."""
    incoming = Written(f"∂L/∂{_bracketed(node)}", shape=np.shape(node._data))
    try:
        found = written_vjp(node, position, incoming, operands=_operands(node), out=_result(node))
    except (ValueError, TypeError, AttributeError, IndexError, KeyError):
        return f"the incoming gradient times the derivative of {node.op}"
    return incoming.text if found is None else found.text


def _bracketed(node: Node) -> str:
    return label(node) if node.name else f"({label(node)})"


def slip_text(finding: Finding) -> str:
    """The wrong derivative that a claim used, in the user's names; "" where it cannot be written."""
    if finding.slip is None or finding.place is None:
        return ""
    node, position = finding.place
    assert node.rule is not None
    if getattr(finding.slip, "of_node", False):
        return ""
    vjp = node.rule.vjp(position)
    try:
        found = finding.slip(vjp, 1.0, _result(node), _operands(node), node.params)
    except Exception:  # a slip written for arrays only has no form on paper
        return ""
    if isinstance(found, Written):
        return found.text
    return "" if np.ndim(found) else number(found)


# ── explanations ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Speaker:
    """Puts findings about one gradient into words. formula: writes the right gradient, when it is asked for."""

    def __init__(self, replay: Replay, formula: Any) -> None:
        self.replay, self.formula = replay, formula
        self.wrt = pretty(replay.wrt.name) if replay.wrt.name else place_text(replay.wrt, 2, top=False)

    def explain(self, finding: Finding, claimed: tuple[int, ...] | None = None) -> Explanation:
        """A finding as an explanation."""
        words = self._words(finding, claimed)
        message, hint, solution = self._sentences(finding, words)
        if finding.more is not None and finding.kind != "missing-paths":
            inner = self._sentences(finding.more, self._words(finding.more, claimed))[0]
            message = say("pair", first=message, second=inner)
        return Explanation(
            finding.mistake,
            message,
            hint,
            solution,
            node=None if finding.whole and finding.how != "zero" else finding.node,
            factor=finding.factor if finding.whole and finding.how != "zero" else None,
            weight=finding.weight,
        )

    def _words(self, finding: Finding, claimed: tuple[int, ...] | None) -> dict[str, Any]:
        node, place = finding.node, finding.place
        words: dict[str, Any] = {
            "wrt": self.wrt,
            "shape": shape_text(np.shape(self.replay.wrt._data)),
            "claimed": shape_text(claimed or ()),
            "factor": str(finding.factor) if finding.factor is not None else "",
            "place": place_text(node) if node is not None else self.wrt,
            "near": _quiet(node) if node is not None else self.wrt,
            "op": node.op if node is not None and node.rule is not None else "",
            "parent": self.wrt,
            "local": "",
            "rule": "",
            "wrong": "",
            "axis": self._axis_text(),
            "formula": "",
            "other": "",
        }
        if place is not None:
            holder, position = place
            parent = holder.args[position]
            words["parent"] = label(parent)
            words["op"] = holder.op
            words["local"] = local_text(holder, position)
            words["rule"] = rule_text(holder, position)
            words["wrong"] = slip_text(finding)
            words["inner"] = self._inner_text(holder)
        if finding.more is not None and finding.more.node is not None:
            words["other"] = place_text(finding.more.node)
        return words

    @staticmethod
    def _inner_text(holder: Node) -> str:
        found = inner(holder) if holder.rule is not None and holder.rule.arity == 1 else None
        return label(found) if found is not None else ""

    def _axis_text(self) -> str:
        sizes = self.replay.sizes
        own = set(map(id, sizes.axes(self.replay.wrt)))
        for node in self.replay.nodes:
            if node.rule is not None and any(a is self.replay.wrt for a in node.args):
                for size in sizes.axes(node):
                    if id(size) not in own and size.letter:
                        return size.letter
        groups = [size for size in sizes.groups() if id(size) not in own]
        return str(groups[0].letter) if groups else "N"

    def _sentences(self, finding: Finding, words: dict[str, Any]) -> tuple[str, str, Any]:
        kind = finding.kind
        lazily = self._lazily

        if finding.how == "zero":
            return say("zero", **words), say("zero-hint", **words), lazily("unexplained-solution", words)
        if finding.whole and finding.factor is not None:
            return self._of_the_whole(finding, words)
        if kind in ("path-sign", "path-factor") or (kind == "pair" and finding.mistake in ("sign",)):
            key = f"path-{finding.mistake}"
            return say(key, **words), say(f"{key}-hint", **words), say("path-solution", **words)
        if finding.mistake == "missing-path":
            several = kind == "missing-paths" and bool(words["other"])
            held = not several and finding.node is not None and finding.node.rule is not None and self._is_held(finding)
            key = "missing-paths" if several else "missing-path-held" if held else "missing-path"
            if finding.how in ("one-kept", "everywhere", "parallel"):
                key = f"missing-path-{finding.how}"
            return say(key, **words), say("missing-path-hint", **words), say("missing-path-solution", **words)
        if finding.mistake == "missing-sum":
            return say("missing-sum", **words), say("missing-sum-hint", **words), say("missing-sum-solution", **words)
        if finding.mistake == "extra-sum":
            key = "extra-sum-kept" if finding.how == "kept" else "extra-sum"
            return say(key, **words), say("extra-sum-hint", **words), lazily("extra-sum-solution", words)
        if finding.mistake == "transpose":
            key = "transpose-whole" if finding.how == "whole" else "transpose"
            return say(key, **words), say("transpose-hint", **words), say("transpose-solution", **words)
        if finding.mistake == "softmax-diagonal":
            key = "softmax-diagonal"
            return say(key, **words), say(f"{key}-hint", **words), say(f"{key}-solution", **words)
        if finding.mistake == "wrong-variable":
            key = "wrong-variable-on-the-way" if kind == "on-the-way" else "wrong-variable"
            hint = say("wrong-variable-hint", **words)
            return say(key, **words), hint, lazily("wrong-variable-solution", words)
        key = finding.how if finding.mistake == "local-derivative" else "wrong-derivative"
        hint = say(f"{key}-hint", **words)
        holder = finding.place[0] if finding.place else None
        own = holder is not None and holder.rule is not None and holder.rule.kind.name != "elementwise"
        if own and key != "doubled":
            key += "-own"
        elif finding.everywhere and (words["wrong"] or key != "wrong-derivative"):
            key += "-everywhere"
        elif f"{key}-{finding.how}" in ENGLISH and key == "wrong-derivative":
            key += f"-{finding.how}"
        elif key == "wrong-derivative" and not words["wrong"]:
            key += "-plain"
        return say(key, **words), hint, say("rule-solution", **words)

    def _is_held(self, finding: Finding) -> bool:
        """Whether a lost path is a quantity of its own (a mean, a norm) and not one of several uses side by side."""
        node = finding.node
        return node is not None and node.rule is not None and node.rule.kind.name == "reduction"

    def _of_the_whole(self, finding: Finding, words: dict[str, Any]) -> tuple[str, str, Any]:
        factor = finding.factor
        assert factor is not None
        solution = self._lazily(f"{finding.mistake}-solution", words)
        hint = say(f"{finding.mistake}-hint", **words)
        names = mistakes_of(factor)
        if finding.mistake == "mean-factor":
            message = self._mean_text(factor, words)
        else:
            message = say(finding.mistake, **words)
            if finding.mistake == "sign" and len(names) > 1:
                message = say("constant-factor", **words).split(":")[0] + "." + say("and-sign")
        for name in names:
            if name != finding.mistake and not (finding.mistake == "sign" and name == "sign"):
                message += say(f"and-{name}")
        return message, hint, solution

    def _mean_text(self, factor: Factor, words: dict[str, Any]) -> str:
        letters = [letter for letter, power in factor.powers.items()]
        count = "·".join(letters) if len(letters) == 1 else f"({'·'.join(letters)})"
        powers = set(factor.powers.values())
        means = [node for node in self.replay.nodes if node.rule is rules.TABLE["mean"]]
        noun = say("noun-samples") if letters == ["N"] else say("noun-entries")
        if powers == {1} and (means or self._divided()):
            mean = say("mean-over", count="·".join(letters), noun=noun)
            recorded = self.replay.sizes.letters()
            here = say("here", letters=", ".join(f"{letter} = {recorded[letter]}" for letter in letters))
            return say("mean-lost", factor=words["factor"], mean=mean, count=count, here=here)
        if powers == {-1}:
            twice = set(letters) <= self._averaged() or (not means and self._divided())
            return say("mean-twice" if twice else "mean-put-in", factor=words["factor"], count=count)
        return say("mean-other", factor=words["factor"], count=count)

    def _averaged(self) -> set[str | None]:
        """The letters of the sizes that means run along."""
        found: set[str | None] = set()
        for node in self.replay.nodes:
            if node.rule is rules.TABLE["mean"]:
                axes = self.replay.sizes.axes(node.args[0])
                along = node.params.get("axis")
                found |= {axes[a].letter for a in (range(len(axes)) if along is None else along)}
        return found

    def _divided(self) -> bool:
        """Whether the loss divides by a count without saying mean."""
        return bool(self.replay.numbers) or any(n.rule is rules.TABLE["count"] for n in self.replay.nodes)

    def _lazily(self, key: str, words: dict[str, Any]) -> Any:
        return lambda: say(key, **{**words, "formula": self.formula()})


def shape_text(shape: Sequence[int]) -> str:
    """A shape as Python writes it."""
    return "()" if not shape else f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
