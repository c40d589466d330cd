"""A composition of elementary functions, derived one layer at a time.

∂/∂x sin(x²) is cos(x²) · ∂/∂x (x²): the outer derivative, times the inner one, which has a line of its own below. What
only adds terms or multiplies by a constant is no layer; products and quotients have their rules' names.
"""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

from ..engine.graph import Node
from ..paper.notation import Written
from .flow import Flow, added_up
from .letters import IndexedGraph
from .lines import Lines
from .steps import Reason
from .symbolic.entries import Symbol, lift
from .symbolic.functions import Expr
from .tidy import one_denominator, with_signs
from .wording import Wording

TOGETHER = ("put together",)  # the reason of the line that follows the layers


class Core(NamedTuple):
    """A function, product or quotient below what only adds and scales; factor: what it is multiplied with there."""

    node: Node
    factor: Expr


class Layers:
    """The layers between a term and `v`, where everything goes entry by entry.

    between: the nodes between them, by id. indices: those of v.
    """

    def __init__(
        self, graph: IndexedGraph, flow: Flow, lines: Lines, wording: Wording, v: Node, between: dict[int, Node],
        indices: list[Expr],
    ) -> None:  # fmt: skip
        self.graph, self.flow, self.lines, self.wording = graph, flow, lines, wording
        self.v, self.between, self.indices = v, between, indices

    def append(self, term: Node, sign: int, lhs: Written) -> bool:
        """Append the lines that derive a term; none, and False, if one line is enough. lhs: of the term's own line."""
        if self._is_one_line(term):
            return False
        self._layer(term, sign, lhs)
        return True

    # ── what there is ──

    def _depends(self, a: object) -> bool:
        return a is self.v or id(a) in self.between

    def _operands(self, node: Node) -> list[tuple[int, Node]]:
        """The operands of a node that depend on v, with their places."""
        return [(n, a) for n, a in enumerate(node.args) if isinstance(a, Node) and self._depends(a)]

    def _only_scales(self, node: Node) -> bool:
        """Whether an operation adds terms, moves entries, or multiplies by what does not depend on v."""
        rule = node.rule
        if node is self.v or rule is None:
            return False
        if rule.signs or rule.moves or rule.text == "<x>":  # on paper that is its operand
            return True
        places = [n for n, _ in self._operands(node)]
        return len(rule.powers) == 2 and len(places) == 1 and rule.powers[places[0]] == 1

    def _cores(self, node: Node) -> list[Core]:
        """The functions, products and quotients below what only adds and scales, newest first."""
        found: dict[int, Node] = {}
        scaling: dict[int, Node] = {}
        waiting = [node]
        while waiting:
            a = waiting.pop()
            if not self._only_scales(a):
                found[id(a)] = a
            elif id(a) not in scaling:
                scaling[id(a)] = a
                waiting += [b for _, b in self._operands(a)]
        one = sp.Integer(1)
        return [
            Core(a, one if a is node else self._entry(added_up(self.flow.sweep({id(node): lift(1.0)}, a, scaling))))
            for a in sorted(found.values(), key=lambda a: -a.index)
        ]

    def _entry(self, x: Symbol) -> Expr:
        return with_signs(self.lines.entry(x, self.indices))

    def _derived(self, node: Node) -> Expr:
        """The derivative of a node by v."""
        ways = [] if node is self.v else self.flow.sweep({id(node): lift(1.0)}, self.v, self.between)
        return self._entry(added_up(ways) if ways else lift(1.0))

    def _is_v(self, node: Node) -> bool:
        """Whether a node is v but for terms and a number: its derivative needs no line."""
        cores = self._cores(node)
        return all(core.node is self.v and core.factor.is_number for core in cores)

    def _is_one_line(self, node: Node) -> bool:
        """Whether the derivative of a node needs no chain rule, and no product of two that depend on v."""
        return all(core.node is self.v or self._is_innermost(core.node) for core in self._cores(node))

    def _is_innermost(self, core: Node) -> bool:
        """Whether a function is one of v itself; 1/(a v) is as good as 1/v."""
        operands = self._operands(core)
        if len(operands) != 1:
            return False
        (_, a), rule = operands[0], core.rule
        divides = rule is not None and len(rule.powers) == 2
        return self._is_v(a) or (divides and all(inner.node is self.v for inner in self._cores(a)))

    # ── lines ──

    def _layer(self, node: Node, sign: int, lhs: Written) -> None:
        """Append the line of a node, then those of what stands inside of it."""
        whole: Expr = sp.Integer(0)
        inside: dict[int, Node] = {}
        said: list[str] = []
        for core in self._cores(node):
            if core.node is self.v:
                part = core.factor
            else:
                part = core.factor * self._of_core(core.node, inside)
                said.append(self._rule(core.node))
            whole = whole + sign * part
        self.lines.add(
            "local", self.v, node.rule, sign * self._derived(node), lhs, self.lines.printer.write(with_signs(whole)),
            self._why(said, bool(inside)), self.indices, node, sign, brief="; ".join(dict.fromkeys(said)),
        )  # fmt: skip
        self.lines.steps[-1].source = None
        for a in inside.values():
            towards = self._towards(a)
            if self._is_one_line(a):
                entry = self._derived(a)
                linear = all(core.node is self.v for core in self._cores(a))
                of = self.lines.named(self.v, self.indices)
                why = ("linear in ", of) if linear else self.wording.why_chain(a, self.v, self.between)
                self.lines.add(
                    "local", self.v, a.rule, entry, towards, self.lines.printer.write(entry), why, self.indices, a,
                    brief=None if linear else "",
                )  # fmt: skip
            else:
                self._layer(a, 1, towards)

    def _of_core(self, core: Node, inside: dict[int, Node]) -> Expr:
        """The derivative of a function, product or quotient, that of its operands as ∂/∂x (…)."""
        whole: Expr = sp.Integer(0)
        held = self._in_parentheses(core)
        for position, a in self._operands(core):
            local = self.flow._local(core, position, lift(1.0))
            if local is None:
                continue
            entry = self.lines.entry(local, self.indices).xreplace(held)
            if self._is_v(a):
                inner = self._derived(a)
            else:
                inside[id(a)] = a
                inner = self.lines.printer.stand_in(self._towards(a), big=True)
            whole = whole + with_signs(entry) * inner
        return one_denominator(whole) if len(held) > 1 and is_quotient(core, self.v, self.between) else whole

    def _in_parentheses(self, core: Node) -> dict[Expr, Expr]:
        """The operands of a product or quotient of which both depend on v, as they stand on paper."""
        found: dict[Expr, Expr] = {}
        operands = self._operands(core)
        for _, a in operands if len(operands) == 2 else ():
            entry = self.lines.entry(self.graph.symbol(a), self.indices)
            shown = self.lines.printer.write(with_signs(entry))
            if isinstance(entry, sp.Add) or "/" in shown.text:
                shown = shown.closed()
            found[entry] = self.lines.printer.stand_in(shown) if not entry.is_Symbol else entry
        return found

    def _towards(self, a: Node) -> Written:
        """∂/∂x (a), as a factor and as a left side."""
        x = self.lines.named(self.v, self.indices)
        shown = self.lines.printer.write(self._entry(self.graph.written_out(a)))
        return self.lines.printer.derivative_before(shown, x)

    def _rule(self, core: Node) -> str:
        """The rule by which a function, product or quotient is derived."""
        assert core.rule is not None
        if len(self._operands(core)) == 2 and core.rule.powers == (1, 1):
            return "product rule"
        if is_quotient(core, self.v, self.between):
            return "quotient rule"
        below = core.rule.powers == (1, -1) and [place for place, _ in self._operands(core)] == [1]
        return "reciprocal rule" if below and not core.rule.contracts else core.rule.words

    @staticmethod
    def _why(said: list[str], chained: bool) -> tuple[str | Written | Reason, ...]:
        rules = ", ".join(dict.fromkeys(said))
        if chained and not rules.endswith(" rule"):
            return (rules, Reason(", times the inner derivative (chain rule)", ""))
        return (rules,)


def is_quotient(node: Node, v: Node, between: dict[int, Node]) -> bool:
    """Whether a node is a quotient of two that depend on v."""
    both = all(a is v or id(a) in between for a in node.args)
    return node.rule is not None and node.rule.powers == (1, -1) and not node.rule.contracts and both
