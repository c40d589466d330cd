"""The lines of a derivation as they are found: indices get letters, known gradients are put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from ..engine.graph import Node, Rule
from ..paper.notation import Written
from .indices import in_sympys_terms, with_fresh_indices
from .letters import IndexedGraph
from .printing import PRODUCT, Printer
from .steps import Reason, Step
from .symbolic import entries
from .symbolic.entries import Symbol
from .symbolic.functions import Expr, extent, number
from .tidy import Tidier, at_deltas, with_signs

# How many operations the formula may have when all known gradients are put into it.
_WHOLE = 1500


class Lines:
    """The lines so far, and what is needed to write the next one.

    printer: writes expressions. gradients: of each letter the one that was found, and whether it may be put in
    elsewhere. ends: how far the free indices of the current stage go. facts: what was used because the data has it.
    """

    def __init__(self, graph: IndexedGraph) -> None:
        self.graph = graph
        names = [name for node in graph.sizes.nodes if (name := graph.label(node))]
        self.printer = Printer([*names, *(n for n in graph.made_up if n not in names)])
        self.printer.loss = self.printer.name(graph.loss_name)
        self.printer.out = len(graph.out)
        if graph.gradient_of is not None:
            self.printer.first = self.printer.name(str(graph.label(graph.wrt)))
        self.printer.plain = {name for node in graph.sizes.nodes if (name := graph.label(node)) and not any(
            n != 1 for n in graph.shape(node)
        )}  # fmt: skip
        self.printer.lengths = self.lengths
        self.tidier = Tidier(self.printer.length)
        self.steps: list[Step] = []
        self.facts: list[str] = []
        self.notes: list[str] = []
        self.gradients: dict[int, tuple[Symbol, bool]] = {}
        self.ends: dict[Expr, Expr] = {}

    def named(self, node: Node, indices: Sequence[Expr]) -> Written:
        """A node's name with its indices."""
        name = label if (label := self.graph.label(node)) is not None else self.graph.loss_name
        return self.printer.indexed(self.printer.name(name), [i for i in indices if i.is_Symbol])

    def towards(self, v: Node, indices: Sequence[Expr]) -> Written:
        """∂L/∂v, as the left side of a line."""
        return self.printer.gradient(str(self.graph.label(v)), [*self.graph.out, *(i for i in indices if i.is_Symbol)])

    def entry(self, x: Symbol, indices: Sequence[Expr]) -> Expr:
        """The entry of a tensor at indices, of which its axes take the last."""
        found = self.settle(number(x.at(*fit(last(indices, x), x.shape))), indices)
        return at_deltas(found, self.graph.pool) if self.graph.out else found

    def tidy(self, expr: Expr, indices: Sequence[Expr]) -> Expr:
        """An expression simplified; twice where it has sums, as equal ones show once their letters are equal."""
        first = self.settle(self.tidier.tidied(at_deltas(expr, self.graph.pool)), indices)
        return self.settle(self.tidier.tidied(first), indices) if first.has(sp.Sum) else first

    def settle(self, expr: Expr, indices: Sequence[Expr]) -> Expr:
        """The indices of sums as letters other than `indices` and those of what is derived."""
        return self.graph.with_index_letters(expr, [*self.graph.out, *indices], self.ends)

    def closed(self, expr: Expr, indices: list[Expr]) -> Expr:
        """An expression with the known gradients in place of their letters ∂L/∂u; long ones stay letters."""
        put = self._found_for(expr, every=False)
        return self.settle(expr.xreplace(put), indices) if put else expr

    def _found_for(self, expr: Expr, every: bool) -> dict[Expr, Expr]:
        """The known gradients for the letters ∂L/∂u in an expression; every: the long ones too."""
        put = {}
        bases = {a.base.label for a in expr.atoms(sp.Indexed)}
        for a in {*expr.atoms(sp.Indexed), *(f for f in expr.free_symbols if f.is_Symbol and f not in bases)}:
            name = self.printer.gradients.get(str(a.base.label) if isinstance(a, sp.Indexed) else str(a))
            if name is None:
                continue
            node = self._by_label(name)
            known, keep = self.gradients[id(node)]
            if keep or every:
                given = iter(a.indices[len(self.graph.out) :] if isinstance(a, sp.Indexed) else ())
                put[a] = known.at(*(sp.Integer(1) if n == 1 else next(given) for n in known.shape))
        return put

    def without_gradients(self, formula: Expr, indices: list[Expr]) -> Expr:
        """The formula with every known gradient put in, the long ones too, while it has at most `_WHOLE` operations."""
        whole = formula
        while put := self._found_for(whole, every=True):
            longer = whole.xreplace(put)
            if longer.count_ops() > _WHOLE:
                break
            whole = longer
        return formula if whole is formula else self.settle(whole, indices)

    def _by_label(self, name: str) -> Node:
        found = self.graph.sizes.names.get(name)
        return found if found is not None else self.graph.made_up[name]

    def lengths(self, label: str) -> list[Expr]:
        """How far the indices go that a letter has on paper, those of ∂L/∂u and of a named function too."""
        known: Mapping[str, entries.Named] = entries.named.get() or {}
        if label in self.printer.gradients:
            shape = self.graph.gradient_shape(self._by_label(self.printer.gradients[label]))
        else:
            shape = known[label].symbol.shape if label in known else self.graph.shape(self._by_label(label))
        return [extent(n) for n in shape if n != 1]

    def as_symbol(self, v: Node, result: Expr, indices: list[Expr]) -> Symbol:
        """A gradient that was found, as a tensor: its entry at other indices is the same formula with these."""
        loose = with_fresh_indices(result)

        def at(*places: Expr) -> Expr:
            return loose.xreplace({i: k for i, k in zip(indices, places, strict=True) if i.is_Symbol and i != k})

        return Symbol(self.graph.shape(v), at)

    def add(
        self, kind: str, node: Node, rule: Rule | None, expr: Expr, lhs: Written, rhs: Written,
        why: tuple[str | Written | Reason, ...], indices: Sequence[Expr], of: Node | None = None, sign: int = 1,
        source: Expr | None = None, brief: str | None = "",
    ) -> None:  # fmt: skip
        """Append a line. source: the right-hand side as it is written, where that is not `expr`."""
        of_root = self.graph.out if kind in ("gradient", "path") else []
        free = (*of_root, *(i for i in indices if i.is_Symbol))
        source = expr if source is None and kind != "gradient" else source
        self.steps.append(Step(kind, node, rule, in_sympys_terms(expr), lhs, rhs, why, of, free, sign, source, brief))

    def gradient(
        self, v: Node, rule: Rule | None, expr: Expr, rhs: Written, why: tuple[Any, ...], indices: list[Expr],
        brief: str = "",
    ) -> None:  # fmt: skip
        """Append the line ∂L/∂v = …, unless the line before is the same."""
        last = self.steps[-1]
        lhs = self.towards(v, indices)
        if last.kind == "gradient" and last.node is v and last.rhs.text == rhs.text:
            return
        closed = self.closed(expr, indices)
        self.add("gradient", v, rule, closed, lhs, rhs, why, indices, source=expr, brief=brief)

    def write_product(self, g: Expr, local: Expr) -> Written:
        """The product of two factors on paper, not multiplied out."""
        if g == 1 or local == 1:
            return self.printer.write(with_signs(g * local))
        parts = [g, local]
        plain_front = not g.has(sp.Indexed, sp.Function) and not letters(g) & set(self.printer.gradients)
        if plain_front and isinstance(local, sp.Add):
            held = self.printer.stand_in(self.printer.write(local).closed(PRODUCT), big=True)
            return self.printer.write(sp.Mul(*sp.Mul.make_args(g), held, evaluate=False))
        if plain_front:
            return self.printer.write(g * local)
        if sp.fraction(g)[1] != 1 or letters(g) & set(self.printer.gradients):
            one, two = (self.printer.write(part).closed(PRODUCT) for part in parts)
            if "/" in two.text and sp.fraction(local)[1] != 1 and not two.text.startswith("(−"):
                two = Written(f"({two.text})", two.latex)
            return Written(f"{one.text} · {two.text}", rf"{one.latex} \cdot {two.latex}", 2)
        return self.printer.write(with_signs(sp.Mul(*parts)))


def last(indices: Sequence[Expr], x: Symbol) -> list[Expr]:
    """The last of the indices, one for each axis of `x`."""
    depth = len(x.shape)
    return list(indices[len(indices) - depth :]) if depth else []


def fit(indices: Sequence[Expr], shape: Sequence[int]) -> list[Expr]:
    """Indices for an entry of a tensor of this shape: 1 along an axis that is not there."""
    return [sp.Integer(1) if n == 1 else i for i, n in zip(indices[len(indices) - len(shape) :], shape, strict=True)]


def letters(expr: Expr) -> set[str]:
    """The names of all tensors, numbers and sizes in an expression."""
    return {str(a.base.label) for a in expr.atoms(sp.Indexed)} | {str(s) for s in expr.free_symbols}
