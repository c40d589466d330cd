"""One stage of a derivation after another: the chain rule, letter by letter, as a person would write it down.

From the loss to `wrt`, every node that stands as a letter is a stage: its gradient is the sum over all ways from it to
the letters above, found by running the rules' own derivatives on symbols. A stage says which ways there are, what each
contributes, what they add up to, and what that becomes when it is collected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

from ..engine import rules
from ..engine.backward import ancestors
from ..engine.graph import Node, Rule, plain
from ..paper.notation import Written, written_rule
from ..paper.sizes import drawn
from .flow import Flow, added_up
from .indices import in_sympys_terms
from .known import Known
from .layers import TOGETHER, Layers, is_quotient
from .letters import IndexedGraph
from .lines import Lines, fit, last, letters
from .printing import LETTER
from .steps import Reason, Result
from .symbolic import entries
from .symbolic.entries import Symbol, lift
from .symbolic.functions import Expr, extent, number, typed, without_indices
from .symbolic.tensors import has_entries
from .tidy import one_denominator, with_joint_cases, with_signs
from .wording import Wording, listed, number_in_words

# From this many operations on, a gradient is not put into the next one but stands there as ∂L/∂u.
_LONG = 70
# A gradient whose line is longer than this stands there as ∂L/∂u in the steps that follow.
_SHORT = 80
# A line that would be longer than this with the known gradients put in keeps their letters.
_READABLE = 160
# The line that replaces made-up letters by what they stand for is left out beyond this width.
_WIDE = 110


class Deriver:
    """Goes from the loss to `wrt`, stage by stage."""

    def __init__(self, graph: IndexedGraph, named: dict[str, entries.Named]) -> None:
        self.graph, self.named = graph, named
        self.flow = Flow(graph)
        self.lines = Lines(graph)
        self.printer = self.lines.printer
        self.wording = Wording(graph, self.flow, self.lines)
        self.known = Known(graph)

    def found(self) -> Result:
        """Find all the lines, and the formula."""
        graph = self.graph
        self._learn_order()
        self._definitions()
        stages = [n for n in self.flow.path if n is not graph.root and (graph.label(n) is not None or n is graph.wrt)]
        for node in stages:
            self._stage(node)
        indices = graph.gradient_indices(graph.wrt)
        if graph.wrt is graph.root:
            formula = whole = self._by_itself(indices)
        else:
            formula = self.lines.entry(self.lines.gradients[id(graph.wrt)][0], indices)
            before = formula = self.lines.without_gradients(formula, indices)
            written = graph.with_index_letters(graph.without_made_up(formula), [*graph.out, *indices])
            if written != formula:
                formula = self.lines.tidy(written, indices) if _parts(written) < 3 * _LONG else with_signs(written)
            self._written_out(formula, written != before, indices)
            formula = whole = self._with_facts(graph.wrt, graph.wrt.rule, formula, indices)
        for label in self.named:
            if label not in self.printer.names:
                shown = f"{self.printer.name(label).text} is what {label.rpartition('_')[0]} gives, entry by entry"
                self.lines.notes.append(f"{shown}: an operation without a closed form in index notation")
        free = tuple(i for i in (*graph.out, *indices) if i.is_Symbol)
        return Result(
            self.lines.steps, in_sympys_terms(formula), whole, free, self.lines.facts, self.lines.notes, self.named
        )

    def _by_itself(self, indices: list[Expr]) -> Expr:
        """Append the line ∂L/∂L = 1, or ∂yᵢ/∂yⱼ = δᵢⱼ."""
        root, p = self.graph.root, self.printer
        unit = number(self._seed(root).at(*indices))
        lhs = self.lines.towards(root, indices) if self.graph.out else p.derivative(p.loss, p.loss)
        what = "each entry moves itself only" if self.graph.out else "the loss itself"
        self.lines.add("gradient", root, root.rule, unit, lhs, p.write(unit), (what,), indices, source=unit)
        return unit

    def _learn_order(self) -> None:
        """Tell the printer in which order the user wrote the terms of each sum."""
        if len(self.graph.sizes.nodes) > 200:
            return
        sums = set()
        for node in self.graph.sizes.nodes:
            if node.rule is not None and len(node.rule.signs) == 2:
                for a in node.args:
                    held = self.graph.symbol(a)
                    indices = [
                        sp.Integer(1) if n == 1 else k for n, k in zip(held.shape, self.graph.pool, strict=False)
                    ]
                    entry = number(held.at(*indices))
                    if entry.count_ops() < _LONG:
                        self.printer.learn(with_signs(entry))
                own = number(self.graph.written_out(node).at(*self.graph.free_indices(node)))
                if isinstance(own, sp.Add) and own.count_ops() < _LONG:
                    sums.add(without_indices(own))
        self.graph.typed = self.graph.typed._replace(sums=frozenset(sums))
        typed.set(self.graph.typed)

    def _definitions(self) -> None:
        """Append a line for each letter between wrt and the loss, and one for the loss."""
        graph = self.graph
        below = set(ancestors([graph.wrt], all_nodes=True))
        shown = [n for n in graph.sizes.nodes if n.rule is not None and n not in below and graph.label(n) is not None]
        for node in [*(n for n in shown if n is not graph.root), graph.root]:
            if node.rule is None:
                continue
            indices = graph.free_indices(node)
            if not has_entries(node.rule) or graph._is_masked(node):
                self._matrix_definition(node)
                continue
            entry = graph.with_index_letters(number(graph.written_out(node).at(*indices)), indices)
            shown_entry = with_signs(entry)
            lhs, why = self._defined(node, indices)
            self.lines.add("definition", node, node.rule, entry, lhs, self.printer.write(shown_entry), (why,), indices)

    def _defined(self, node: Node, indices: list[Expr]) -> tuple[Written, str]:
        """The left side of a definition, and why it stands there."""
        if node is not self.graph.root:
            return self.lines.named(node, indices), self.wording.made_of(node)
        if self.printer.first is not None:
            first = self.printer.indexed(self.printer.first, [i for i in indices if i.is_Symbol])
            return self.printer.derivative(self.printer.loss, first), "the gradient, which is derived once more"
        if self.graph.out:
            return self.lines.named(node, indices), self.wording.made_of(node)
        return self.printer.loss, "the loss"

    def _matrix_definition(self, node: Node) -> None:
        """Append the definition of an operation without a closed form in index notation, in matrices: A⁻¹."""
        assert node.rule is not None
        graph = self.graph
        label = graph.label(node)
        shown = self._in_matrices(node.rule, node.args, node.params)
        if shown is not None and label in graph.made_up:
            self.printer.names[label] = shown
            return
        indices = graph.free_indices(node)
        lhs, why = (self.printer.name(label), "as a whole") if label else self._defined(node, indices)
        names = [self.printer.name(str(name)) for a in node.args if (name := graph.label(a)) is not None]
        of = ", ".join(n.text for n in names) or "what has no name", ", ".join(n.latex for n in names) or r"\dots"
        words = f"{node.rule.words} of "
        rhs = shown if shown is not None else Written(words + of[0], rf"\text{{{words}}} {of[1]}")
        entry = graph.symbol(node).at(*indices)
        self.lines.add("definition", node, node.rule, entry, lhs, rhs, (why,), indices)

    def _in_matrices(self, rule: Rule, args: Sequence[Any], params: dict[str, Any]) -> Written | None:
        """An operation on its operands' names, in parentheses so that indices can follow; None without names."""
        names = [self.graph.label(a) for a in args]
        if not all(names):
            return None
        out = written_rule(rule, [self.printer.name(str(name)) for name in names], params)
        if not isinstance(out, Written):
            return None
        return out.closed(LETTER)

    def _name_functions(self) -> None:
        """Write the functions without a closed form by their operands, where these have names."""
        letters = {id(self.graph.symbol(n)): n for n in self.graph.sizes.nodes if self.graph.label(n) is not None}
        for label, known in self.named.items():
            rule = rules.TABLE.get(label.rpartition("_")[0])
            if label in self.printer.names or rule is None or not all(id(a) in letters for a in known.args):
                continue
            shown = self._in_matrices(rule, [letters[id(a)] for a in known.args], known.params)
            if shown is not None:
                self.printer.names[label] = shown

    def _stage(self, v: Node) -> None:
        """Append the lines of ∂L/∂v, which start from the gradients of the letters above v."""
        graph = self.graph
        self.lines.ends = {
            i: extent(n)
            for a, letters in ((graph.root, graph.free_indices(graph.root)), (v, graph.gradient_indices(v)))
            for i, n in zip(letters if a is v or graph.out else [], graph.shape(a), strict=False)
            if i.is_Symbol
        }
        between = self.flow.between(v)
        tops = [
            n
            for n in self.flow.path
            if (n is graph.root or graph.label(n)) and n is not v and self.flow.leads(n, v, between)
        ]
        seeds = {id(u): self._seed(u) for u in tops}
        found = self.flow.sweep(seeds, v, between)
        indices = graph.gradient_indices(v)
        for _, c in found:
            self.lines.entry(c, indices)
        self._name_functions()
        as_a_whole = v.rule is not None and not has_entries(v.rule)  # ∂/∂(det S) of log(det S): a line is enough
        alone = as_a_whole or (graph.out and tops[0] is graph.root)
        shared = None if alone else self.flow.shared(v, tops, between)
        if shared is not None:
            raw = self._chain(v, tops[0], *shared, between, seeds, indices)
        else:
            raw = self._paths(v, tops, found, indices)
        self._collected(v, raw, indices)

    def _seed(self, u: Node) -> Symbol:
        """The incoming gradient: 1 for the loss, δ for more than a number; a letter ∂L/∂u for a letter."""
        graph = self.graph
        if u is graph.root:
            if not graph.out:
                return lift(1.0)
            own = graph.free_indices(u)
            return Symbol(graph.shape(u), lambda *at: sp.Mul(*map(sp.KroneckerDelta, own, at)))
        label = f"∂{graph.loss_name}/∂{graph.label(u)}"
        self.printer.gradients[label] = str(graph.label(u))
        whole = entries.letter(label, (*(graph.shape(graph.root) if graph.out else ()), *graph.shape(u)))
        own = graph.free_indices(graph.root) if graph.out else []
        return Symbol(graph.shape(u), lambda *at: whole.at(*own, *at))

    def _chain(
        self, v: Node, u: Node, s: Node, outer: list[Node], between: dict[int, Node], seeds: dict[int, Symbol],
        indices: list[Expr],
    ) -> tuple[Expr, Expr, Rule | None]:  # fmt: skip
        """∂L/∂v = (the incoming gradient) · ∂s/∂v, the terms of s one by one. Returns the two factors."""
        graph, p = self.graph, self.printer
        front = self._front(u, s, seeds, between)
        shape = graph.shape(s)
        g = self.lines.entry(front, last(indices, front))
        terms = self.flow.terms(s, v, between)
        towards = self.lines.named(v, indices)
        inner = graph.with_index_letters(number(graph.written_out(s).at(*fit(indices, shape))), indices)
        if outer:
            of = p.derivative_before(p.write(inner), towards)
            self._add_product(v, outer[-1].rule, g, of, self.wording.why_front(outer, v, g), indices)
        parts = []
        why: tuple[str | Written | Reason, ...] = (s.rule.words,) if s.rule is not None else ()
        for sign, term in terms:
            ways = [] if term is v else self.flow.sweep({id(term): lift(1.0)}, v, between)
            entry = with_signs(self.lines.entry(added_up(ways) if ways else lift(1.0), indices))
            if is_quotient(term, v, between):
                entry = one_denominator(entry)
            by_case = term.rule is not None and term.rule.chooses
            if by_case:
                entry = with_joint_cases(entry)
            parts.append(sign * entry)
            if term is v and len(terms) > 1:
                continue
            alone = len(terms) == 1 and term is u
            lhs = self._towards(v, term, sign, indices, name=u if alone else None)
            if term is not v:
                layers = Layers(graph, self.flow, self.lines, self.wording, v, between, indices)
                if by_case and len(ways) > 1:
                    why = ("case by case",)
                elif layers.append(term, sign, lhs):
                    why = TOGETHER
                else:
                    why = self._ways_of_a_term(v, term, sign, ways, lhs, between, indices)
                if outer or len(terms) > 1 or u is not graph.root:
                    shown = p.write(with_signs(sign * entry))
                    brief = None if why == TOGETHER else ""
                    self.lines.add(
                        "local", v, term.rule, sign * entry, lhs, shown, why, indices, term, sign, brief=brief
                    )
        local = sp.Add(*parts)
        reason = (
            f"the {number_in_words(len(terms))} paths add up"
            if len(terms) > 1
            else "incoming gradient times local derivative"
        )
        alone = not outer and u is graph.root and len(terms) == 1 and bool(why)
        held = sp.Mul(g, local, evaluate=False) if g != 1 and local != 1 else g * local
        brief = "" if alone else "chain"
        said = why if alone else (reason,)
        self.lines.gradient(v, s.rule, held, self.lines.write_product(g, local), said, indices, brief)
        return g, local, s.rule

    def _towards(self, v: Node, term: Node, sign: int, indices: list[Expr], name: Node | None) -> Written:
        """∂/∂v of a term as the left-hand side of a line; name: the node that the term is, where it stands alone."""
        towards = self.lines.named(v, indices)
        if name is self.graph.root and self.graph.gradient_of is not None:
            return self.lines.towards(v, indices)
        if name is not None:
            return self.printer.derivative(self.lines.named(name, indices), towards)
        held = self.graph.symbol(v) if term is v else self.graph.written_out(term)
        shown = self.printer.write(sign * self.lines.entry(held, indices))
        return self.printer.derivative_before(shown, towards)

    def _ways_of_a_term(
        self, v: Node, term: Node, sign: int, ways: list[tuple[Node, Symbol]], lhs: Written,
        between: dict[int, Node], indices: list[Expr],
    ) -> tuple[str | Written | Reason, ...]:  # fmt: skip
        """A line for each way from a term to `v` where there are several; why their sum is the term's derivative."""
        if len(ways) < 2:
            return self.wording.why_chain(term, v, between)
        for n, (node, c) in enumerate(ways, start=1):
            way = Written(f"{lhs.text}, path {n}", rf"\left[{lhs.latex}\right]_{{{n}}}")
            shown = with_signs(sign * self.lines.entry(c, indices))
            through = (f"through {node.rule.words}" if node.rule else "",)
            self.lines.add("path", v, node.rule, shown, way, self.printer.write(shown), through, indices, term, sign)
        return (f"the {number_in_words(len(ways))} paths add up",)

    def _front(self, u: Node, s: Node, seeds: dict[int, Symbol], between: dict[int, Node]) -> Symbol:
        """The gradient that arrives at s."""
        if s is u:
            return seeds[id(u)]
        above = {i: n for i, n in between.items() if n.index > s.index}
        return added_up(self.flow.sweep(seeds, s, above))

    def _paths(
        self, v: Node, tops: list[Node], found: list[tuple[Node, Symbol]], indices: list[Expr]
    ) -> tuple[Expr, Expr, Rule | None]:
        """Append a line for each contribution to v's gradient, then their sum."""
        p = self.printer
        entries = [(node, self.lines.entry(c, indices)) for node, c in found]
        if len(entries) > 1:
            for n, (node, entry) in enumerate(entries, start=1):
                lhs = self.lines.towards(v, indices)
                lhs = Written(f"{lhs.text}, path {n}", rf"\left.{lhs.latex}\right|_{{{n}}}")
                shown = with_signs(entry)
                self.lines.add(
                    "path",
                    v,
                    node.rule,
                    self.lines.closed(entry, indices),
                    lhs,
                    p.write(shown),
                    self.wording.why_edge(node, v, tops, entry),
                    indices,
                    source=entry,
                )
        whole = sp.Add(*(entry for _, entry in entries))
        rule = entries[0][0].rule if entries else None
        if len(entries) > 1:
            why: tuple[str | Written | Reason, ...] = (f"the {number_in_words(len(entries))} paths add up",)
        else:
            why = self.wording.why_edge(entries[0][0], v, tops, whole) if entries else ("nothing flows back",)
        self.lines.gradient(v, rule, whole, p.write(with_signs(whole)), why, indices)
        return sp.Integer(1), whole, rule

    def _collected(self, v: Node, raw: tuple[Expr, Expr, Rule | None], indices: list[Expr]) -> None:
        """Append the lines with known gradients put in, over one denominator, and simplified; remember the result."""
        g, local, rule = raw
        graph, p = self.graph, self.printer
        closed = self.lines.closed(g, indices), self.lines.closed(local, indices)
        if closed != (g, local) and v is not graph.wrt and len(p.write(sp.Mul(*closed)).text) > _READABLE:
            closed = g, local
        if closed != (g, local):
            shown = self.lines.write_product(*closed)
            above = sorted({p.gradients[n] for e in (g, local) for n in letters(e) if n in p.gradients})
            self.lines.gradient(
                v,
                rule,
                sp.Mul(*closed),
                shown,
                ("with what we know of ", *listed([self._known(a) for a in above])),
                indices,
            )
        whole = sp.Mul(*closed)
        small = whole.count_ops() < _LONG
        if small and self.known.centred(whole)[1]:  # the terms that are 0 go before anything is brought together
            result = with_signs(whole)
        else:
            result = self.lines.tidy(whole, indices) if small else self.lines.settle(with_signs(whole), indices)
            if small and isinstance(closed[1], sp.Add) and _fractional(closed[1]):
                self._over_one_denominator(v, rule, closed[0] * one_denominator(closed[1]), result, indices)
            result = self._with_facts(v, rule, result, indices)
            self.lines.gradient(v, rule, result, p.write(result), ("simplified",), indices)
        result = self._with_definitions(v, rule, result, whole, indices)
        keep = result.count_ops() < _LONG and len(p.write(result).text) <= _SHORT
        keep = keep and not any(n in p.gradients for n in letters(result))
        self.lines.gradients[id(v)] = self.lines.as_symbol(v, result, indices), keep

    def _over_one_denominator(self, v: Node, rule: Rule | None, joint: Expr, result: Expr, indices: list[Expr]) -> None:
        """Append the line over one denominator, if the simplified one is over the same, or what then cancels."""
        p = self.printer
        shown = p.write(joint)
        same = sp.fraction(result)[1] == sp.fraction(joint)[1]
        if len(shown.text) < 100 and (same or 2 * len(p.write(result).text) < len(shown.text)):
            self.lines.gradient(v, rule, joint, shown, ("one common denominator",), indices)

    def _with_definitions(
        self, v: Node, rule: Rule | None, result: Expr, whole: Expr, indices: list[Expr]
    ) -> Expr:  # fmt: skip
        """Leave out sums that are 0 by the definition of a mean, put the user's letters in; a line for each.

        whole: the result before it was simplified, in which a definition may stand as it is.
        """
        p = self.printer
        centred, zeros = self.known.centred(result)
        for zero, mean in zeros:
            shown = p.write(zero)
            free = tuple(i for i in (*self.graph.out, *indices) if i.is_Symbol and zero.has(i))
            fact = Reason(Written(f"{shown.text} = 0", f"{shown.latex} = 0"), zero, free)
            name = p.name(str(self.graph.label(mean)))
            said = (fact, Reason("", " = 0"), ": ", name, " is the mean")
            result = self.lines.tidy(centred, indices)
            self.lines.gradient(v, rule, result, p.write(result), said, indices)
        known = [*self.graph.out, *indices]
        found = [self.known.folded(form, known) for form in (result, self.known.centred(with_signs(whole))[0])]
        shorter = [(self.lines.tidy(form, indices), used) for form, used in found if used]
        best, used = min(shorter, key=lambda each: p.length(each[0]), default=(result, []))
        if p.length(best) < p.length(result):
            result = best
            names = listed([p.name(str(self.graph.label(node))) for node in used])
            self.lines.gradient(v, rule, result, p.write(result), ("by the definition of ", *names), indices)
        return result

    def _known(self, name: str) -> Reason:
        """A gradient that was found, in a reason."""
        whole = self.printer.gradient(name, [])
        return Reason(Written(whole.text.removesuffix("ᵀ"), whole.latex.removesuffix(r"^\top")), whole)

    def _with_facts(self, v: Node, rule: Rule | None, result: Expr, indices: list[Expr]) -> Expr:
        """Replace sums over rows that add up to 1 in the data by 1, and say so in a line."""
        graph, p = self.graph, self.printer
        for each in sorted(result.atoms(sp.Sum), key=str):
            if not isinstance(each.function, sp.Indexed) or len(each.limits) != 1:
                continue
            label = str(each.function.base.label)
            leaf = graph.sizes.names.get(label, graph.made_up.get(label))
            if leaf is None or (isinstance(leaf, Node) and (leaf.requires_grad or leaf.rule is not None)):
                continue
            k = each.limits[0][0]
            axis = [n for n, i in enumerate(each.function.indices) if i == k]
            alone = tuple(a for a, n in enumerate(graph.shape(leaf)) if n == 1)
            held = np.squeeze(np.asarray(plain(leaf)), axis=alone)
            if len(axis) != 1 or held.shape[axis[0]] < 2 or not np.allclose(held.sum(axis=axis[0]), 1.0, rtol=1e-6):
                continue
            used = result.xreplace({each: sp.Integer(1)})
            fact = Written(f"{p.write(each).text} = 1", f"{p.write(each).latex} = 1")
            self.lines.facts.append(fact.text)
            free = tuple(i for i in indices if each.has(i))
            one = Written(" = 𝟏", r" = \mathbf{1}") if free else Written(" = 1")
            said = Reason(fact, each, free), Reason("", one)
            self.lines.gradient(v, rule, result, p.write(result), ("collected",), indices)
            typed_only = label in drawn.get()
            alike = "one-hot, or a distribution"
            name = p.name(label).text
            rows = "each row" if held.ndim > 1 else name
            what = f", if {name} is {alike}" if typed_only else f" in the data: {rows} is {alike}"
            result = self.lines.tidy(used, indices)
            self.lines.gradient(v, rule, result, p.write(result), (*said, what), indices)
        return result

    def _add_product(
        self, v: Node, rule: Rule | None, g: Expr, rest: Written, why: tuple[Any, ...], indices: list[Expr]
    ) -> None:
        """Append the line ∂L/∂v = g · ∂/∂v (…)."""
        held = self.printer.stand_in(rest, big=True)
        rhs = self.printer.write(sp.Mul(*sp.Mul.make_args(g), held, evaluate=False) if g != 1 else held)
        lhs = self.lines.towards(v, indices)
        shared = self.flow.sweep({id(self.graph.root): lift(1.0)}, v, self.flow.between(v))
        expr = self.lines.entry(added_up(shared), indices)
        brief = why[0].partition(":")[0] if isinstance(why[0], str) and len(why) > 1 else ""
        self.lines.add("gradient", v, rule, expr, lhs, rhs, why, indices, brief=brief)

    def _written_out(self, formula: Expr, changed: bool, indices: list[Expr]) -> None:
        """Append the last line, without the letters that the derivation made up, where it is short enough."""
        if changed and _parts(formula) < 3 * _LONG and len(self.printer.write(formula).text) <= _WIDE:
            v = self.graph.wrt
            self.lines.gradient(
                v, v.rule, formula, self.printer.write(formula), ("our own letters written out",), indices
            )


def _parts(expr: Expr) -> int:
    """How many subexpressions a formula has."""
    return sum(1 for _ in sp.preorder_traversal(expr))


def _fractional(e: Expr) -> bool:
    """Whether a sum has fractions among its terms, other than plain numbers and sizes."""
    return any(
        isinstance(f, sp.Pow) and f.exp.is_Rational and f.exp.is_negative and f.has(sp.Indexed, sp.Function)
        for t in e.args
        for f in sp.Mul.make_args(t)
    )  # fmt: skip
