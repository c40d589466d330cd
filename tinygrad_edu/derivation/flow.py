"""How a gradient flows back from some letters to another, run on symbols.

`Flow` knows the nodes between the loss and `wrt`. It says which of them lie between a letter and the letters above it,
what each operation hands down there, and where a chain of operations goes entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine import landing
from ..engine.backward import passing
from ..engine.graph import Node, Rule, plain
from .letters import IndexedGraph
from .symbolic import entries
from .symbolic.entries import Symbol, lift
from .symbolic.functions import Expr, extent


class _StandIn:
    """A symbol with the attributes that `landing.land` and `landing.spread` ask a node for."""

    flags = 1

    def __init__(self, held: Symbol, rule: Rule | None = None) -> None:
        self.shape, self.rule, self._data = held.shape, rule, held


class Flow:
    """The nodes between the loss and `wrt`, newest first, and how gradients flow back through them."""

    def __init__(self, graph: IndexedGraph) -> None:
        self.graph = graph
        self.path = graph.on_path
        self.users: dict[int, list[Node]] = {}
        for node in self.path:
            for parent in dict.fromkeys(node.parents):
                self.users.setdefault(id(parent), []).append(node)

    def between(self, v: Node) -> dict[int, Node]:
        """The nodes without a letter between `v` and the letters above it."""
        found: dict[int, Node] = {}
        waiting = list(self.users.get(id(v), ()))
        while waiting:
            node = waiting.pop()
            if id(node) not in found and node is not self.graph.root and self.graph.label(node) is None:
                found[id(node)] = node
                waiting += self.users.get(id(node), ())
        return found

    @staticmethod
    def leads(node: Node, v: Node, between: dict[int, Node]) -> bool:
        """Whether an operation has `v`, or a node on the way down to it, among its arguments."""
        return any(p is v or id(p) in between for p in node.parents)

    def sweep(self, seeds: dict[int, Symbol], v: Node, between: dict[int, Node]) -> list[tuple[Node, Symbol]]:
        """The contributions to v's gradient, each with its operation; seeds: where to start, by node's id."""
        starts = {node: seeds[id(node)] for node in self.path if id(node) in seeds}
        order = [node for node in self.path if node in starts or id(node) in between]
        found: dict[Node, Symbol] = {}
        table: dict[Node, Symbol] = {}

        def local(node: Node, position: int, g: Symbol) -> Symbol | None:
            return None if node.args[position] in starts else self._local(node, position, g)

        for step in passing(starts, [*order, v], table, local, whole=_as_it_is, fit=_as_it_is):
            if step.parent is v:
                found[step.node] = found[step.node] + step.contribution if step.node in found else step.contribution
        return list(found.items())

    def _local(self, node: Node, position: int, g: Symbol) -> Symbol | None:
        """The row's derivative, run on symbols, in the parent's shape."""
        rule, graph = node.rule, self.graph
        assert rule is not None
        vjp = rule.vjp(position)
        if vjp is None:
            return None
        parent = node.args[position]
        out = graph.symbol(node)
        args = [a if isinstance(a, (int, float)) else graph.symbol(a) for a in node.args]
        args = [_bare_number(a) for a in args]
        seat = _StandIn(Symbol(graph.shape(node), out._at), rule)
        if rule.kind.needs_whole:
            g = lift(landing.spread(g, seat))  # type: ignore[arg-type]
        params = graph.params(node)
        try:
            with entries.in_general():
                c = lift(vjp(g, out, *args, **params))
        except (TypeError, ValueError, NotImplementedError, AttributeError, IndexError, np.linalg.LinAlgError):
            # A derivative that needs plain arrays: its entries get the name of a function
            def call(*values: Any, vjp: Callable[..., Any] = vjp) -> Any:
                return vjp(values[0], values[1], *values[2:], **node.params)

            c = entries.named_function(f"vjp_{rule.name}", (g, out, *args), {}, call, graph.shape(parent))
        landed = lift(landing.land(c, seat, _StandIn(Symbol(graph.shape(parent), out._at))))  # type: ignore[arg-type]
        return entries.built_within(landed, derivative=True)

    def shared(self, v: Node, tops: list[Node], between: dict[int, Node]) -> tuple[Node, list[Node]] | None:
        """The node under which everything is entry by entry, and the outer operations above it; None if there is none.

        Only then may the incoming gradient stand in front of ∂/∂v.
        """
        if len(tops) != 1:
            return None
        s, outer = tops[0], []
        if s is self.graph.root:
            while s.rule is not None and (below := self._only_linear(s, v, between)) is not None:
                outer.append(s)
                s = below
        if s is v:
            return None
        shape = lengths(self.graph.shape(v))
        waiting, seen = [s], set()
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if node.rule is None or node.rule.kind.name != "elementwise" or lengths(self.graph.shape(node)) != shape:
                return None
            waiting += [p for p in node.parents if id(p) in between]
        return s, outer

    def _only_linear(self, s: Node, v: Node, between: dict[int, Node]) -> Node | None:
        """The operand of an operation that only multiplies gradients by a factor; None for any other operation."""
        assert s.rule is not None
        below = [p for p in s.parents if p is v or id(p) in between]
        if len(below) != 1:
            return None
        rule, position = s.rule, next(i for i, a in enumerate(s.args) if a is below[0])
        if len(rule.signs) == 2:
            fits = s.args[0] is not s.args[1] and np.shape(below[0]._data) == np.shape(s._data)
            return below[0] if fits else None
        if len(rule.powers) == 2 and rule.powers[position] == 1 and not rule.contracts:
            return below[0] if np.ndim(plain(s.args[1 - position])) == 0 else None
        return below[0] if rule.signs or rule.moves in ("in order", "converted") or rule.folds is np.add else None

    def terms(self, s: Node, v: Node, between: dict[int, Node]) -> list[tuple[int, Node]]:
        """The terms of a sum that depend on v, with their signs."""
        terms: list[tuple[int, Node]] = []
        waiting = [(1, s)]
        while waiting:
            sign, node = waiting.pop(0)
            rule = node.rule
            if node is v or rule is None or not rule.signs or (node is not s and self.graph.label(node)):
                terms.append((sign, node))
                continue
            below = []
            for own, a in zip(rule.signs, node.args, strict=True):
                if isinstance(a, Node) and (a is v or id(a) in between):
                    below.append((sign * own, a))
            waiting = below + waiting
        return terms

    def ways(self, term: Node, v: Node, between: dict[int, Node]) -> list[Node]:
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


def _as_it_is(g: Symbol, *_: Node) -> Symbol:
    """A gradient that `Flow._local` has given its size already, which is an expression."""
    return g


def _bare_number(a: Any) -> Any:
    """A symbol that is a plain number as that number, for derivatives that compare it; anything else as it is."""
    if isinstance(a, Symbol) and a.shape == ():
        entry = a.at()
        if entry.is_number and (entry.is_Rational or entry.is_Float):
            return int(entry) if entry.is_Integer else float(entry)
    return a


def lengths(shape: Sequence[int]) -> tuple[Expr, ...]:
    """The lengths of a shape as expressions."""
    return tuple(extent(n) for n in shape)


def added_up(found: Sequence[tuple[Node, Symbol]]) -> Symbol:
    """The contributions that arrive, added up; 0 where there are none."""
    whole = lift(0.0)
    for n, (_, c) in enumerate(found):
        whole = c if n == 0 else whole + c
    return whole
