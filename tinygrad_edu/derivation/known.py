"""What the letters of a graph stand for, used to shorten a formula: Σ(x − μ) is 0, (x − μ)/σ is x̂.

A sum over what is left of a mean vanishes by the mean's definition. A product that is the definition of a letter of the
user's is that letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import sympy as sp

from ..engine.graph import Node
from .letters import IndexedGraph
from .symbolic.functions import Expr, number
from .symbolic.sums import summed
from .symbolic.tensors import has_entries

# In formulas of more parts than this no definition is looked for.
_MANY = 400


class Known:
    """The definitions of a graph's letters."""

    def __init__(self, graph: IndexedGraph) -> None:
        self.graph = graph
        nodes = [n for n in graph.sizes.nodes if n.rule is not None and n is not graph.root and has_entries(n.rule)]
        self.lettered = [n for n in nodes if graph.label(n) is not None and not graph._is_masked(n)]

    # ── what is left of a mean ──

    def centred(self, expr: Expr) -> tuple[Expr, list[tuple[Expr, Node]]]:
        """The expression without the sums that are 0, and those sums, each with the mean that makes it 0."""
        found: dict[Expr, Node] = {}
        put: dict[Expr, Expr] = {}
        for each in sorted(expr.atoms(sp.Sum), key=sp.default_sort_key):
            if len(each.limits) != 1 or each.limits[0][1] != 1:
                continue
            k, _, high = each.limits[0]
            for terms in ((each.function,), each.function.args if isinstance(each.function, sp.Add) else ()):
                zeros = {term: self._zero(term, k, high) for term in terms}
                for zero in filter(None, zeros.values()):
                    found.setdefault(*zero)
                kept = [term for term, zero in zeros.items() if zero is None]
                if len(kept) < len(terms):
                    put[each] = summed(sp.Add(*kept), k, high) if kept else sp.Integer(0)
                    break
        return (expr.xreplace(put), list(found.items())) if put else (expr, [])

    def _zero(self, term: Expr, k: Expr, high: Expr) -> tuple[Expr, Node] | None:
        """The sum over k that makes Σₖ `term` 0, and the mean that does; None if it is not 0 so."""
        inside = sp.Mul(*(f for f in sp.Mul.make_args(term) if f.has(k)))
        mean = self._mean_of(inside, k, high) if isinstance(inside, sp.Add) else None
        return None if mean is None else (sp.Sum(inside, (k, 1, high)), mean)

    def _mean_of(self, inside: Expr, k: Expr, high: Expr) -> Node | None:
        """The mean whose definition makes Σₖ `inside` 0; None if it is not 0 so."""
        for node in self.lettered:
            if node.rule is None or not node.rule.averages:
                continue
            put = {}
            for a in self.graph._standing(inside, str(self.graph.label(node))):
                given = iter(a.indices if isinstance(a, sp.Indexed) else ())
                whole = self.graph.written_out(node)
                put[a] = whole.at(*(sp.Integer(1) if n == 1 else next(given) for n in self.graph.shape(node)))
            if not put:
                continue
            terms = [summed(term, k, high) for term in sp.Add.make_args(sp.expand(inside.xreplace(put)))]
            free = [s for s in inside.free_symbols if s.is_integer]
            if self.graph.with_index_letters(sp.Add(*terms), free) == 0:
                return node
        return None

    # ── definitions of the user's letters ──

    def folded(self, expr: Expr, indices: Sequence[Expr]) -> tuple[Expr, list[Node]]:
        """The expression with the user's letters for what they are defined as, and which letters those are."""
        used: list[Node] = []
        if sum(1 for _ in sp.preorder_traversal(expr)) > _MANY:
            return expr, used
        for node in reversed(self.lettered):
            label = str(self.graph.label(node))
            if node is self.graph.wrt or label in self.graph.made_up:
                continue
            shorter = self._with_letter(expr, node, indices)
            if shorter != expr:
                expr = shorter
                used.append(node)
        return expr, used

    def _with_letter(self, expr: Expr, node: Node, indices: Sequence[Expr]) -> Expr:
        letters = [s for s in self.graph.pool if expr.has(s) or s in indices]
        for definition, entry in self._entries(node, letters):
            powers = _powers(definition)
            if not any(isinstance(base, sp.Add) for base in powers) or len(powers) < 2:
                continue
            expr = expr.replace(
                lambda e, powers=powers: isinstance(e, sp.Mul) and _contains(_powers(e), powers),
                lambda e, definition=definition, entry=entry: e / definition * entry,
            )
        return expr

    def _entries(self, node: Node, letters: Sequence[Expr]) -> Iterator[tuple[Expr, Expr]]:
        """The definition and the letter of a node, at all choices of indices among `letters`."""
        shape = self.graph.shape(node)
        for chosen in product(letters, repeat=sum(n != 1 for n in shape)):
            if len(set(chosen)) < len(chosen):
                continue
            given = iter(chosen)
            places = [sp.Integer(1) if n == 1 else next(given) for n in shape]
            definition = number(self.graph.written_out(node).at(*places))
            if not isinstance(definition, sp.Mul) or definition.has(sp.Sum):
                return
            yield definition, number(self.graph.symbol(node).at(*places))


def _powers(e: Expr) -> dict[Expr, Expr]:
    """The bases of a product with their exponents."""
    found: dict[Expr, Expr] = {}
    for factor in sp.Mul.make_args(e):
        base, power = factor.as_base_exp() if not isinstance(factor, sp.exp) else (factor, sp.Integer(1))
        found[base] = found.get(base, sp.Integer(0)) + power
    return found


def _contains(whole: dict[Expr, Expr], part: dict[Expr, Expr]) -> bool:
    """Whether a product has all factors of another, each at least as often."""
    return all(
        base in whole and (whole[base] / power).is_Rational and whole[base] / power >= 1 for base, power in part.items()
    )
