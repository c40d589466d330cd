"""One stage of a derivation after another: the chain rule, letter by letter, as a person would write it down.

From the loss to `wrt`, every node that stands as a letter is a stage: its gradient is the sum over all ways from it to
the letters above, found by running the rules' own derivatives on symbols. A stage says which ways there are, what each
contributes, what they add up to, and what that becomes when it is collected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from ..engine import backward, rules
from ..engine.backward import ancestors
from ..engine.graph import Node, Rule, plain
from ..paper.notation import Written, written_rule
from .letters import Frame, loosened, public
from .printing import WITH_SUM, Printer
from .symbolic import entries
from .symbolic.entries import Expr, Symbol, lift
from .tidy import Tidier, one_denominator, with_signs

# From this many operations on, a gradient is not put into the next one but stands there as ∂L/∂u.
_LONG = 70
# A gradient whose line is longer than this stands there as ∂L/∂u in the steps that follow.
_SHORT = 80
# A line that would be longer than this with the known gradients put in keeps their letters.
_READABLE = 160
# The formula as a whole may be longer than what is put into the next step.
_WHOLE = 1500
# A line that only writes our own letters out again is left away beyond this width.
_WIDE = 110
# Outer operations that only pass a factor on
_LINEAR = {"negative", "mean", "sum", "identity", "squeeze", "expand_dims", "reshape", "astype"}


@dataclass(eq=False)
class Step:
    """One line: `lhs` = `rhs`, and why.

    kind: "definition" (of node), "gradient" (of the loss towards node), "path" (one contribution to node's gradient),
    or "local" (the derivative of `of` towards node, entry by entry). node: the node it is about. rule: the operation
    that is used. expr: the right-hand side, in the user's names. indices: its free ones, one for each axis that is
    there. sign: −1 where a local derivative is that of a term which is subtracted.
    """

    kind: str
    node: Node
    rule: Rule | None
    expr: Expr
    lhs: Written
    rhs: Written
    why: tuple[str | Written, ...] = ()
    of: Node | None = None
    indices: tuple[Expr, ...] = ()
    sign: int = 1

    @property
    def text(self) -> str:
        """The equation in Unicode."""
        return f"{self.lhs.text} = {self.rhs.text}"

    @property
    def latex(self) -> str:
        """The equation in LaTeX."""
        return f"{self.lhs.latex} = {self.rhs.latex}"

    @property
    def reason(self) -> str:
        """Why it holds, in words."""
        return "".join(w if isinstance(w, str) else w.text for w in self.why)

    def __str__(self) -> str:
        return f"{self.text}    {self.reason}" if self.why else self.text


class Found(NamedTuple):
    """What a derivation consists of once it is found."""

    steps: list[Step]
    formula: Expr
    indices: tuple[Expr, ...]
    facts: list[str]
    named: dict[str, entries.Named]


class _Seat:
    """A symbol in the place of a node, for the one place where broadcasting is undone."""

    flags = 1

    def __init__(self, held: Symbol, rule: Rule | None = None) -> None:
        self.shape, self.rule, self._data = held.shape, rule, held


class Deriver:
    """Goes from the loss to `wrt`, stage by stage."""

    def __init__(self, frame: Frame, named: dict[str, entries.Named]) -> None:
        self.frame, self.named = frame, named
        names = [name for node in frame.sizes.nodes if (name := frame.label(node))]
        self.printer = Printer([*names, *(n for n in frame.made_up if n not in names)])
        self.printer.loss = self.printer.name(frame.loss_name)
        self.tidier = Tidier(self.printer.length)
        self.steps: list[Step] = []
        self.facts: list[str] = []
        self.gradients: dict[int, tuple[Symbol, bool]] = {}  # of each letter, and whether it may be put in elsewhere
        self.path = frame.on_path
        self.ends: dict[Expr, Expr] = {}  # how far the free indices of the current stage go
        self.users: dict[int, list[Node]] = {}
        for node in self.path:
            for parent in dict.fromkeys(node.parents):
                self.users.setdefault(id(parent), []).append(node)

    def found(self) -> Found:
        """All the lines, and the formula."""
        frame = self.frame
        self._learn_order()
        self._definitions()
        stages = [n for n in self.path if n is not frame.root and (frame.label(n) is not None or n is frame.wrt)]
        for node in stages:
            self._stage(node)
        if frame.wrt is frame.root:
            one = sp.Integer(1)
            lhs = self.printer.derivative(self.printer.loss, self.printer.loss)
            self.steps.append(
                Step("gradient", frame.root, frame.root.rule, one, lhs, Written("1"), ("the loss itself",))
            )
            formula, indices = one, []
        else:
            indices = frame.free_indices(frame.wrt)
            formula = self._entry(self.gradients[id(frame.wrt)][0], indices)
            before = formula = self._without_gradients(formula, indices)
            written = frame.settled(frame.without_made_up(formula), indices)
            if written != formula:
                formula = self._tidy(written, indices) if _parts(written) < 3 * _LONG else with_signs(written)
            self._written_out(formula, written != before, indices)
        for label in self.named:
            if label not in self.printer.names:
                shown = f"{self.printer.name(label).text} is what {label.rpartition('_')[0]} gives, entry by entry"
                frame.sizes.notes.append(f"{shown}: an operation without a closed form in index notation")
        free = tuple(i for i in indices if i.is_Symbol)
        return Found(self.steps, public(formula), free, self.facts, self.named)

    # ── what stands at the beginning ──

    def _learn_order(self) -> None:
        """In which order the user had the terms of each sum."""
        if len(self.frame.sizes.nodes) > 200:
            return
        for node in self.frame.sizes.nodes:
            if node.rule is not None and node.rule.name in ("add", "subtract"):
                for a in node.args:
                    held = self.frame.symbol(a)
                    indices = [
                        sp.Integer(1) if n == 1 else k for n, k in zip(held.shape, self.frame.pool, strict=False)
                    ]
                    entry = entries.number(held.at(*indices))
                    if entry.count_ops() < _LONG:
                        self.printer.learn(with_signs(entry))

    def _definitions(self) -> None:
        """What the letters between wrt and the loss stand for, and the loss."""
        frame = self.frame
        below = set(ancestors([frame.wrt], all_nodes=True))
        shown = [n for n in frame.sizes.nodes if n.rule is not None and n not in below and frame.label(n) is not None]
        for node in [*(n for n in shown if n is not frame.root), frame.root]:
            if node.rule is None:
                continue
            indices = frame.free_indices(node)
            if node.rule.name not in entries.KERNELS or frame._masked(node):
                self._matrix_definition(node)
                continue
            entry = frame.settled(entries.number(frame.written_out(node).at(*indices)), indices)
            shown_entry = with_signs(entry)
            lhs = self.printer.loss if node is frame.root else self._named(node, indices)
            why = "the loss" if node is frame.root else self._made_of(node)
            self._add("definition", node, node.rule, entry, lhs, self.printer.write(shown_entry), (why,), indices)

    def _made_of(self, node: Node) -> str:
        """The operations that a definition writes out, first things first."""
        found, waiting = [node], [node]
        while waiting:
            for a in waiting.pop().parents:
                if self.frame.label(a) is None and a.rule is not None and not any(a is f for f in found):
                    found.append(a)
                    waiting.append(a)
        found.sort(key=lambda n: n.index)
        said = list(dict.fromkeys(_said(n.rule) for n in found if n.rule is not None))
        return ", ".join(said if len(said) < 5 else [*said[:2], "…", said[-1]])

    def _matrix_definition(self, node: Node) -> None:
        """An operation without a closed form in index notation, in matrix notation: its own form is its letter."""
        assert node.rule is not None
        frame = self.frame
        label = str(frame.label(node))
        shown = self._in_matrices(node.rule, node.args, node.params)
        if shown is not None and label in frame.made_up:
            self.printer.names[label] = shown
            return
        indices = frame.free_indices(node)
        names = [self.printer.name(str(name)) for a in node.args if (name := frame.label(a)) is not None]
        of = ", ".join(n.text for n in names) or "what has no name", ", ".join(n.latex for n in names) or r"\dots"
        words = f"{_said(node.rule)} of "
        rhs = shown if shown is not None else Written(words + of[0], rf"\text{{{words}}} {of[1]}")
        entry = frame.symbol(node).at(*indices)
        self._add("definition", node, node.rule, entry, self.printer.name(label), rhs, ("as a whole",), indices)

    def _in_matrices(self, rule: Rule, args: Sequence[Any], params: dict[str, Any]) -> Written | None:
        """A⁻¹ and the like, where all operands have a name; in parentheses, so that indices can follow."""
        names = [self.frame.label(a) for a in args]
        if not all(names):
            return None
        out = written_rule(rule, [self.printer.name(str(name)) for name in names], params)
        if not isinstance(out, Written):
            return None
        return out if out.strength >= 9 else Written(f"({out.text})", rf"\left({out.latex}\right)")

    def _name_functions(self) -> None:
        """What a derivative calls without a closed form is written by its operands, if they have names."""
        letters = {id(self.frame.symbol(n)): n for n in self.frame.sizes.nodes if self.frame.label(n) is not None}
        for label, known in self.named.items():
            rule = rules.TABLE.get(label.rpartition("_")[0])
            if label in self.printer.names or rule is None or not all(id(a) in letters for a in known.args):
                continue
            shown = self._in_matrices(rule, [letters[id(a)] for a in known.args], known.params)
            if shown is not None:
                self.printer.names[label] = shown

    # ── one stage ──

    def _stage(self, v: Node) -> None:
        """The gradient towards `v`, from those towards the letters above it."""
        frame = self.frame
        self.ends = {
            i: entries.extent(n) for i, n in zip(frame.free_indices(v), frame.shape(v), strict=True) if i.is_Symbol
        }
        between = self._between(v)
        tops = [
            n for n in self.path if (n is frame.root or frame.label(n)) and n is not v and self._leads(n, v, between)
        ]
        seeds = {id(u): self._seed(u) for u in tops}
        found = self._sweep(seeds, v, between)
        indices = frame.free_indices(v)
        for _, c in found:
            self._entry(c, indices)
        self._name_functions()
        shared = self._shared(v, tops, between)
        if shared is not None:
            raw = self._chain(v, tops[0], *shared, between, seeds, indices)
        else:
            raw = self._paths(v, tops, found, indices)
        self._collected(v, raw, indices)

    def _between(self, v: Node) -> dict[int, Node]:
        """The nodes without a letter between `v` and the letters above it."""
        found: dict[int, Node] = {}
        waiting = list(self.users.get(id(v), ()))
        while waiting:
            node = waiting.pop()
            if id(node) not in found and node is not self.frame.root and self.frame.label(node) is None:
                found[id(node)] = node
                waiting += self.users.get(id(node), ())
        return found

    @staticmethod
    def _leads(node: Node, v: Node, between: dict[int, Node]) -> bool:
        return any(p is v or id(p) in between for p in node.parents)

    def _seed(self, u: Node) -> Symbol:
        """The incoming gradient: 1 for the loss, a letter ∂L/∂u for a letter."""
        if u is self.frame.root:
            return lift(1.0)
        label = f"∂{self.frame.loss_name}/∂{self.frame.label(u)}"
        self.printer.gradients[label] = str(self.frame.label(u))
        return entries.letter(label, self.frame.shape(u))

    def _sweep(self, seeds: dict[int, Symbol], v: Node, between: dict[int, Node]) -> list[tuple[Node, Symbol]]:
        """What reaches `v`, by the last operation on the way; `seeds` are the incoming gradients to start from."""
        table = dict(seeds)
        found = []
        for node in self.path:
            g = table.get(id(node))
            if g is None or node.rule is None:
                continue
            parts = []
            for position, parent in enumerate(node.args):
                if not isinstance(parent, Node) or not (parent is v or (id(parent) in between)):
                    continue
                c = self._local(node, position, g)
                if c is None:
                    continue
                if parent is v:
                    parts.append(c)
                else:
                    table[id(parent)] = table[id(parent)] + c if id(parent) in table else c
            if parts:
                whole = parts[0]
                for c in parts[1:]:
                    whole = whole + c
                found.append((node, whole))
        return found

    def _local(self, node: Node, position: int, g: Symbol) -> Symbol | None:
        """The row's derivative, run on symbols, in the parent's shape."""
        rule, frame = node.rule, self.frame
        assert rule is not None
        vjp = rule.vjp(position)
        if vjp is None:
            return None
        parent = node.args[position]
        out = frame.symbol(node)
        args = [a if isinstance(a, (int, float)) else frame.symbol(a) for a in node.args]
        args = [_bare_number(a) for a in args]
        seat = _Seat(Symbol(frame.shape(node), out._at), rule)
        if rule.kind.needs_whole:
            g = lift(backward.spread(g, seat))  # type: ignore[arg-type]
        params = frame.params(node)
        try:
            with entries.in_general():
                c = lift(vjp(g, out, *args, **params))
        except (TypeError, ValueError, NotImplementedError, AttributeError, IndexError, np.linalg.LinAlgError):
            # A derivative that computes with plain arrays: its entries, under a name
            def call(*values: Any, vjp: Callable[..., Any] = vjp) -> Any:
                return vjp(values[0], values[1], *values[2:], **node.params)

            c = entries.named_function(f"vjp_{rule.name}", (g, out, *args), {}, call, frame.shape(parent))
        landed = lift(backward.land(c, seat, _Seat(Symbol(frame.shape(parent), out._at))))  # type: ignore[arg-type]
        return entries.seen(landed, derivative=True)

    # ── factors in front, where everything between is entry by entry ──

    def _shared(self, v: Node, tops: list[Node], between: dict[int, Node]) -> tuple[Node, list[Node]] | None:
        """The node under which everything is entry by entry, and the outer operations above it; None if there is none.

        Only then may the incoming gradient stand in front of ∂/∂v.
        """
        if len(tops) != 1:
            return None
        s, outer = tops[0], []
        if s is self.frame.root:
            while s.rule is not None and (below := self._only_linear(s, v, between)) is not None:
                outer.append(s)
                s = below
        if s is v:
            return None
        shape = _lengths(self.frame.shape(v))
        waiting, seen = [s], set()
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if node.rule is None or node.rule.kind.name != "elementwise" or _lengths(self.frame.shape(node)) != shape:
                return None
            waiting += [p for p in node.parents if id(p) in between]
        return s, outer

    def _only_linear(self, s: Node, v: Node, between: dict[int, Node]) -> Node | None:
        """What an outer operation that only passes a factor on was applied to; None for any other operation."""
        assert s.rule is not None
        below = [p for p in s.parents if p is v or id(p) in between]
        if len(below) != 1:
            return None
        name = s.rule.name
        if name in ("add", "subtract") and s.args[0] is not s.args[1] and np.shape(below[0]._data) == np.shape(s._data):
            return below[0]
        scaled = name == "multiply" or (name == "divide" and s.args[0] is below[0])
        if scaled:
            other = next(a for a in s.args if a is not below[0])
            scaled = np.ndim(plain(other)) == 0
        return below[0] if name in _LINEAR or scaled else None

    def _chain(
        self, v: Node, u: Node, s: Node, outer: list[Node], between: dict[int, Node], seeds: dict[int, Symbol],
        indices: list[Expr],
    ) -> tuple[Expr, Expr, Rule | None]:  # fmt: skip
        """∂L/∂v = (the incoming gradient) · ∂s/∂v, the terms of s one by one. Returns the two factors."""
        frame, p = self.frame, self.printer
        front = self._front(u, s, seeds, between)
        shape = frame.shape(s)
        g = self._entry(front, _last(indices, front))
        terms = self._terms(s, v, between)
        towards = self._named(v, indices)
        inner = frame.settled(entries.number(frame.written_out(s).at(*_fit(indices, shape))), indices)
        if outer:
            of = f"∂/∂{towards.text} ({p.write(inner).text})"
            latex = rf"\frac{{\partial}}{{\partial {towards.latex}}} \left({p.write(inner).latex}\right)"
            self._add_product(v, outer[-1].rule, g, Written(of, latex), self._why_front(outer, v), indices)
        parts = []
        why: tuple[str | Written, ...] = (_said(s.rule),) if s.rule is not None else ()
        for sign, term in terms:
            ways = [] if term is v else self._sweep({id(term): lift(1.0)}, v, between)
            entry = with_signs(self._entry(_all(ways) if ways else lift(1.0), indices))
            parts.append(sign * entry)
            if term is v and len(terms) > 1:
                continue
            whole = (
                self._entry(frame.written_out(term), indices)
                if term is not v
                else self._entry(frame.symbol(v), indices)
            )
            if len(terms) == 1 and term is u:
                lhs = p.derivative(self._named(u, indices), towards)
            else:
                shown = p.write(sign * whole)
                lhs = Written(
                    f"∂/∂{towards.text} ({shown.text})",
                    rf"\frac{{\partial}}{{\partial {towards.latex}}} \left({shown.latex}\right)",
                )
            if term is not v:
                why = self._why_chain(term, v, between)
                if len(ways) > 1:
                    for n, (node, c) in enumerate(ways, start=1):
                        way = Written(f"{lhs.text}, path {n}", rf"\left[{lhs.latex}\right]_{{{n}}}")
                        shown = with_signs(sign * self._entry(c, indices))
                        through = (f"through {_said(node.rule)}" if node.rule else "",)
                        self._add("path", v, node.rule, shown, way, p.write(shown), through, indices, term, sign)
                    why = (f"the {_count(len(ways))} paths add up",)
                if outer or len(terms) > 1 or u is not frame.root:
                    self._add(
                        "local",
                        v,
                        term.rule,
                        sign * entry,
                        lhs,
                        p.write(with_signs(sign * entry)),
                        why,
                        indices,
                        term,
                        sign,
                    )
        local = sp.Add(*parts)
        last = (
            f"the {_count(len(terms))} paths add up" if len(terms) > 1 else "incoming gradient times local derivative"
        )
        if not outer and u is frame.root and len(terms) == 1 and why:
            last = why[0] if isinstance(why[0], str) and len(why) == 1 else last
        held = sp.Mul(g, local, evaluate=False) if g != 1 and local != 1 else g * local
        self._gradient(v, s.rule, held, self._write_product(g, local), (last,), indices)
        return g, local, s.rule

    def _front(self, u: Node, s: Node, seeds: dict[int, Symbol], between: dict[int, Node]) -> Symbol:
        """The gradient that arrives at s."""
        if s is u:
            return seeds[id(u)]
        above = {i: n for i, n in between.items() if n.index > s.index}
        return _all(self._sweep(seeds, s, above))

    def _terms(self, s: Node, v: Node, between: dict[int, Node]) -> list[tuple[int, Node]]:
        """The terms of a sum that depend on v, with their signs."""
        terms: list[tuple[int, Node]] = []
        waiting = [(1, s)]
        while waiting:
            sign, node = waiting.pop(0)
            rule = node.rule
            splits = node is not v and rule is not None and rule.name in ("add", "subtract", "negative")
            if not splits or (node is not s and self.frame.label(node)):
                terms.append((sign, node))
                continue
            below = []
            for position, a in enumerate(node.args):
                turned = (
                    -sign
                    if rule is not None and (rule.name == "negative" or (rule.name == "subtract" and position))
                    else sign
                )
                if isinstance(a, Node) and (a is v or id(a) in between):
                    below.append((turned, a))
            waiting = below + waiting
        return terms

    def _ways(self, term: Node, v: Node, between: dict[int, Node]) -> list[Node]:
        """The operations between a term and v."""
        found: list[Node] = []
        waiting = [term]
        while waiting:
            node = waiting.pop(0)
            if node is v or any(node is f for f in found) or (node is not term and id(node) not in between):
                continue
            found.append(node)
            waiting += [p for p in node.parents if p is v or id(p) in between]
        return found

    # ── several ways, or ways that are not entry by entry ──

    def _paths(
        self, v: Node, tops: list[Node], found: list[tuple[Node, Symbol]], indices: list[Expr]
    ) -> tuple[Expr, Expr, Rule | None]:
        """The contributions one by one, then their sum."""
        p = self.printer
        entries = [(node, self._entry(c, indices)) for node, c in found]
        if len(entries) > 1:
            for n, (node, entry) in enumerate(entries, start=1):
                lhs = p.gradient(str(self.frame.label(v)), [i for i in indices if i.is_Symbol])
                lhs = Written(f"{lhs.text}, path {n}", rf"\left.{lhs.latex}\right|_{{{n}}}")
                shown = self._short(entry)
                self._add(
                    "path",
                    v,
                    node.rule,
                    self._closed(entry, indices),
                    lhs,
                    p.write(shown),
                    self._why_edge(node, v, tops, entry),
                    indices,
                )
        whole = sp.Add(*(entry for _, entry in entries))
        rule = entries[0][0].rule if entries else None
        if len(entries) > 1:
            why: tuple[str | Written, ...] = (f"the {_count(len(entries))} paths add up",)
        else:
            why = self._why_edge(entries[0][0], v, tops, whole) if entries else ("nothing flows back",)
        self._gradient(v, rule, whole, p.write(self._short(whole)), why, indices)
        return sp.Integer(1), whole, rule

    def _collected(self, v: Node, raw: tuple[Expr, Expr, Rule | None], indices: list[Expr]) -> None:
        """The known gradients put in, facts used, everything over one denominator, simplified."""
        g, local, rule = raw
        frame, p = self.frame, self.printer
        closed = self._closed(g, indices), self._closed(local, indices)
        if closed != (g, local) and v is not frame.wrt and len(p.write(sp.Mul(*closed)).text) > _READABLE:
            closed = g, local
        if closed != (g, local):
            shown = self._write_product(*closed)
            above = sorted({p.gradients[n] for e in (g, local) for n in _letters(e) if n in p.gradients})
            self._gradient(
                v,
                rule,
                sp.Mul(*closed),
                shown,
                ("with what we know of ", *_listed([p.derivative(p.loss, p.name(a)) for a in above])),
                indices,
            )
        whole = sp.Mul(*closed)
        small = whole.count_ops() < _LONG
        joint = closed[0] * one_denominator(closed[1]) if small and isinstance(closed[1], sp.Add) else whole
        if small and isinstance(closed[1], sp.Add) and _fractional(closed[1]) and len(p.write(joint).text) < 100:
            self._gradient(v, rule, joint, p.write(joint), ("one common denominator",), indices)
        result = self._tidy(whole, indices) if small else self._settle(with_signs(whole), indices)
        result = self._with_facts(v, rule, result, indices)
        self._gradient(v, rule, result, p.write(result), ("simplified",), indices)
        keep = result.count_ops() < _LONG and len(p.write(result).text) <= _SHORT
        keep = keep and not any(n in p.gradients for n in _letters(result))
        self.gradients[id(v)] = self._as_symbol(v, result, indices), keep

    def _with_facts(self, v: Node, rule: Rule | None, result: Expr, indices: list[Expr]) -> Expr:
        """Rows of labels that sum to 1 in the data are used as such, and that is said."""
        frame, p = self.frame, self.printer
        for each in sorted(result.atoms(sp.Sum), key=str):
            if not isinstance(each.function, sp.Indexed) or len(each.limits) != 1:
                continue
            label = str(each.function.base.label)
            leaf = frame.sizes.names.get(label, frame.made_up.get(label))
            if leaf is None or (isinstance(leaf, Node) and (leaf.requires_grad or leaf.rule is not None)):
                continue
            k = each.limits[0][0]
            axis = [n for n, i in enumerate(each.function.indices) if i == k]
            alone = tuple(a for a, n in enumerate(frame.shape(leaf)) if n == 1)
            held = np.squeeze(np.asarray(plain(leaf)), axis=alone)
            if len(axis) != 1 or held.shape[axis[0]] < 2 or not np.allclose(held.sum(axis=axis[0]), 1.0, rtol=1e-6):
                continue
            used = result.xreplace({each: sp.Integer(1)})
            fact = Written(f"{p.write(each).text} = 1", f"{p.write(each).latex} = 1")
            self.facts.append(fact.text)
            self._gradient(v, rule, result, p.write(result), ("collected",), indices)
            what = " in the data: each row is one-hot, or a distribution"
            result = self._tidy(used, indices)
            self._gradient(v, rule, result, p.write(result), (fact, what), indices)
        return result

    def _closed(self, expr: Expr, indices: list[Expr]) -> Expr:
        """Letters ∂L/∂u replaced by what they were found to be, unless that is long."""
        put = self._found_for(expr, every=False)
        return self._settle(expr.xreplace(put), indices) if put else expr

    def _found_for(self, expr: Expr, every: bool) -> dict[Expr, Expr]:
        """What the letters ∂L/∂u in an expression were found to be; `every`: also those that are long."""
        put = {}
        bases = {a.base.label for a in expr.atoms(sp.Indexed)}
        for a in {*expr.atoms(sp.Indexed), *(f for f in expr.free_symbols if f.is_Symbol and f not in bases)}:
            name = self.printer.gradients.get(str(a.base.label) if isinstance(a, sp.Indexed) else str(a))
            if name is None:
                continue
            node = self._by_label(name)
            known, keep = self.gradients[id(node)]
            if keep or every:
                given = iter(a.indices if isinstance(a, sp.Indexed) else ())
                put[a] = known.at(*(sp.Integer(1) if n == 1 else next(given) for n in known.shape))
        return put

    def _without_gradients(self, formula: Expr, indices: list[Expr]) -> Expr:
        """∂L/∂u put in also where it was too long for the steps, as long as the whole stays within bounds."""
        whole = formula
        while put := self._found_for(whole, every=True):
            longer = whole.xreplace(put)
            if longer.count_ops() > _WHOLE:
                break
            whole = longer
        return formula if whole is formula else self._settle(whole, indices)

    def _by_label(self, name: str) -> Node:
        found = self.frame.sizes.names.get(name)
        return found if found is not None else self.frame.made_up[name]

    def _as_symbol(self, v: Node, result: Expr, indices: list[Expr]) -> Symbol:
        """A found gradient as a tensor: its entries at other indices are the same formula."""
        loose = loosened(result)

        def at(*places: Expr) -> Expr:
            return loose.xreplace({i: k for i, k in zip(indices, places, strict=True) if i.is_Symbol and i != k})

        return Symbol(self.frame.shape(v), at)

    # ── lines ──

    def _add(
        self, kind: str, node: Node, rule: Rule | None, expr: Expr, lhs: Written, rhs: Written,
        why: tuple[str | Written, ...], indices: Sequence[Expr], of: Node | None = None, sign: int = 1,
    ) -> None:  # fmt: skip
        free = tuple(i for i in indices if i.is_Symbol)
        self.steps.append(Step(kind, node, rule, public(expr), lhs, rhs, why, of, free, sign))

    def _gradient(
        self, v: Node, rule: Rule | None, expr: Expr, rhs: Written, why: tuple[Any, ...], indices: list[Expr]
    ) -> None:
        """∂L/∂v = …, unless the line before says the same."""
        last = self.steps[-1]
        lhs = self.printer.gradient(str(self.frame.label(v)), [i for i in indices if i.is_Symbol])
        if last.kind == "gradient" and last.node is v and last.rhs.text == rhs.text:
            return
        self._add("gradient", v, rule, self._closed(expr, indices), lhs, rhs, why, indices)

    def _add_product(
        self, v: Node, rule: Rule | None, g: Expr, rest: Written, why: tuple[Any, ...], indices: list[Expr]
    ) -> None:
        """∂L/∂v = g · ∂/∂v (…)."""
        held = self.printer.stand_in(rest, big=True)
        rhs = self.printer.write(sp.Mul(*sp.Mul.make_args(g), held, evaluate=False) if g != 1 else held)
        lhs = self.printer.gradient(str(self.frame.label(v)), [i for i in indices if i.is_Symbol])
        shared = self._sweep({id(self.frame.root): lift(1.0)}, v, self._between(v))
        expr = self._entry(_all(shared), indices)
        self._add("gradient", v, rule, expr, lhs, rhs, why, indices)

    def _write_product(self, g: Expr, local: Expr) -> Written:
        """Two factors side by side, not multiplied out."""
        if g == 1 or local == 1:
            return self.printer.write(with_signs(g * local))
        parts = [g, local]
        plain_front = not g.has(sp.Indexed, sp.Function) and not _letters(g) & set(self.printer.gradients)
        if plain_front and isinstance(local, sp.Add):
            held = self.printer.stand_in(_bracketed(self.printer.write(local)), big=True)
            return self.printer.write(sp.Mul(*sp.Mul.make_args(g), held, evaluate=False))
        if plain_front:
            return self.printer.write(g * local)
        if sp.fraction(g)[1] != 1 or _letters(g) & set(self.printer.gradients):
            one, two = (_bracketed(self.printer.write(part)) for part in parts)
            if "/" in two.text and sp.fraction(local)[1] != 1:
                two = Written(f"({two.text})", two.latex)
            return Written(f"{one.text} · {two.text}", rf"{one.latex} \cdot {two.latex}", 2)
        return self.printer.write(with_signs(sp.Mul(*parts)))

    def _written_out(self, formula: Expr, changed: bool, indices: list[Expr]) -> None:
        """The last line, where letters that we made up can be written out."""
        if changed and _parts(formula) < 3 * _LONG and len(self.printer.write(formula).text) <= _WIDE:
            v = self.frame.wrt
            self._gradient(v, v.rule, formula, self.printer.write(formula), ("our own letters written out",), indices)

    # ── words ──

    def _why_front(self, outer: list[Node], v: Node) -> tuple[str | Written, ...]:
        folds = [
            n.rule.name
            for n in outer
            if n.rule is not None and n.rule.name in ("mean", "sum") and np.ndim(plain(n.args[0]))
        ]
        if folds:
            name = self._named(v, self.frame.free_indices(v))
            return (f"{folds[0]}: of the sum, only this term depends on ", name)
        return ("a constant factor stays in front",)

    def _why_chain(self, term: Node, v: Node, between: dict[int, Node]) -> tuple[str | Written, ...]:
        ways = [n for n in self._ways(term, v, between) if n.rule is not None]
        said = list(dict.fromkeys(_said(n.rule) for n in ways if n.rule is not None))
        outer = [n for n in said if n not in ("multiply", "divide", "negative", "add", "subtract")] or said
        first = next(n for n in ways if n.rule is not None and _said(n.rule) == outer[0])
        inner = next((p for p in first.parents if p is v or id(p) in between), v)
        if inner is v or outer == said:
            return (outer[0],)
        entry = with_signs(self._entry(self.frame.symbol(inner), self.frame.free_indices(v)))
        return (outer[0], ", then the chain rule for ", self.printer.write(entry))

    def _why_edge(self, node: Node, v: Node, tops: Sequence[Node], entry: Expr) -> tuple[str | Written, ...]:
        """Which operation a contribution came through, and why there is a sum in it."""
        assert node.rule is not None
        frame = self.frame
        name = _said(node.rule)
        towards = self._named(v, frame.free_indices(v))
        out, mine = frame.shape(node), frame.shape(v)
        if node.rule.kind.name == "elementwise" and _lengths(out) != _lengths(mine):
            return (
                f"{name}: ",
                self.printer.name(str(frame.label(v))),
                " was broadcast, so the gradients of all its copies add up",
            )
        if not entry.has(sp.Sum):
            return (name,)
        if node.rule.name in ("matmul", "einsum"):
            through = (
                self._named(tops[0], []) if len(tops) == 1 and tops[0] is not frame.root else Written("the product")
            )
            return (
                f"{name}: ",
                towards,
                " reaches the loss through many entries of ",
                through,
                ", their contributions add up",
            )
        if node.rule.name in ("softmax", "log_softmax"):
            return (f"{name}: ", towards, " moves every entry of its row")
        if node.rule.kind.name == "reduction":
            return (name,)
        return (name,)

    def _named(self, node: Node, indices: Sequence[Expr]) -> Written:
        name = frame_label if (frame_label := self.frame.label(node)) is not None else self.frame.loss_name
        return self.printer.indexed(self.printer.name(name), [i for i in indices if i.is_Symbol])

    # ── entries ──

    def _entry(self, x: Symbol, indices: Sequence[Expr]) -> Expr:
        return self._settle(entries.number(x.at(*_fit(_last(indices, x), x.shape))), indices)

    def _tidy(self, expr: Expr, indices: Sequence[Expr]) -> Expr:
        """Collected and simplified; once more where sums got the same letters only by that."""
        first = self._settle(self.tidier.tidied(expr), indices)
        return self._settle(self.tidier.tidied(first), indices) if first.has(sp.Sum) else first

    def _settle(self, expr: Expr, indices: Sequence[Expr]) -> Expr:
        return self.frame.settled(expr, indices, self.ends)

    def _short(self, expr: Expr) -> Expr:
        return with_signs(expr)


def _bare_number(a: Any) -> Any:
    """A constant as the number it is, where a derivative asks what it is."""
    if isinstance(a, Symbol) and a.shape == ():
        entry = a.at()
        if entry.is_number and (entry.is_Rational or entry.is_Float):
            return int(entry) if entry.is_Integer else float(entry)
    return a


def _last(indices: Sequence[Expr], x: Symbol) -> list[Expr]:
    """The indices of the last axes; one that is missing stands for all."""
    depth = len(x.shape)
    return list(indices[len(indices) - depth :]) if depth else []


def _fit(indices: Sequence[Expr], shape: Sequence[int]) -> list[Expr]:
    return [sp.Integer(1) if n == 1 else i for i, n in zip(indices[len(indices) - len(shape) :], shape, strict=True)]


def _lengths(shape: Sequence[int]) -> tuple[Expr, ...]:
    return tuple(entries.extent(n) for n in shape)


def _all(found: Sequence[tuple[Node, Symbol]]) -> Symbol:
    whole = lift(0.0)
    for n, (_, c) in enumerate(found):
        whole = c if n == 0 else whole + c
    return whole


def _bracketed(shown: Written) -> Written:
    return shown if shown.strength > WITH_SUM else Written(f"({shown.text})", rf"\left({shown.latex}\right)")


def _parts(expr: Expr) -> int:
    """How large a formula is, sums counted with what they are over."""
    return sum(1 for _ in sp.preorder_traversal(expr))


def _letters(expr: Expr) -> set[str]:
    return {str(a.base.label) for a in expr.atoms(sp.Indexed)} | {str(s) for s in expr.free_symbols}


def _fractional(e: Expr) -> bool:
    """Whether a sum has fractions among its terms, other than plain numbers and sizes."""
    return any(
        isinstance(f, sp.Pow) and f.exp.is_Rational and f.exp.is_negative and f.has(sp.Indexed, sp.Function)
        for t in e.args
        for f in sp.Mul.make_args(t)
    )  # fmt: skip


_WORDS = {
    "matrix_transpose": "transpose",
    "log_softmax": "log-softmax",
    "getitem": "indexing",
    "logsumexp": "log-sum-exp",
}


def _said(rule: Rule) -> str:
    """An operation in a sentence."""
    return _WORDS.get(rule.name, rule.name.replace("_", " "))


def _count(n: int) -> str:
    return {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}.get(n, str(n))


def _listed(items: Sequence[Written]) -> list[str | Written]:
    out: list[str | Written] = []
    for n, item in enumerate(items):
        out += [" and " if n == len(items) - 1 else ", ", item] if n else [item]
    return out
