"""The derivation of a gradient: `derive`, and what it gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..engine import landing
from ..engine.backward import ancestors, depending, sweep
from ..engine.graph import Node, describe, explain, leaf, plain, switched
from ..paper.notation import pretty
from .letters import IndexedGraph
from .stages import Deriver
from .steps import Result, Step
from .symbolic import entries, functions
from .symbolic.functions import Expr

if TYPE_CHECKING:
    from .matrices.lines import MatrixLines

__all__ = ["Derivation", "Step", "derive"]

_IN_WORDS = {"index": "in index notation", "matrix": "in matrices"}
# A derivation's time grows with what it writes down: about 0.03 s a letter, on a laptop.
MOST_OPERATIONS, MOST_LETTERS = 3_000, 300


class Derivation:
    r"""How the gradient of `loss` towards `wrt` is found, line by line.

    letters: what stands for parts of the graph that have no name (nodes and arrays). notes: what a reader should know.
    gradient_of: of a second derivative the loss; `loss` is then its gradient.
    The lines are found when they are first asked for.

    >>> from tinygrad_edu import Tensor, derive
    >>> w, x = Tensor([1.0, 2.0], name="w"), Tensor([3.0, 4.0], name="x", requires_grad=False)
    >>> print(derive((w * x).sum(), w).steps[-1].text)
    ∂L/∂wᵢ = xᵢ
    """

    def __init__(self, graph: IndexedGraph, notation: str = "index") -> None:
        self.loss, self.wrt, self.graph = graph.root, graph.wrt, graph
        self.gradient_of = graph.gradient_of
        self.notation = _notation(notation)
        self.letters: Mapping[str, Any] = graph.made_up | ({graph.loss_name: graph.root} if graph.has_letter_f else {})
        self.notes: list[str] = graph.sizes.notes

    @cached_property
    def _found(self) -> Result:
        letters = sum(1 for node in self.graph.on_path if self.graph.label(node) is not None)
        if letters > MOST_LETTERS:
            count = f"{letters:,} letters stand between them, and at most {MOST_LETTERS:,}"
            raise _too_long(self.loss, self.wrt, count)
        with self._its_own(()) as known:
            deriver = Deriver(self.graph, known)
            self._lines = deriver.lines
            found = deriver.found()
        for step in found.steps:
            if step.expr.has(sp.zoo, sp.nan) and _is_no_number(step.expr):
                raise _no_number(step, self.loss, self.wrt)
        return found

    @cached_property
    def _in_matrices(self) -> MatrixLines:
        from .matrices.lines import MatrixLines  # most derivations are written in indices alone

        found = self._found
        with self._its_own(found.named.items()) as known:
            return MatrixLines(self.graph, self._lines, found, known)

    @contextmanager
    def _its_own(self, named: Iterable[tuple[str, entries.Named]]) -> Iterator[entries.Names]:
        """While lines are written: the functions that have a name so far, and the numbers that the user typed."""
        known = entries.Names()
        known.update(named)
        known.taken, known.out = self.graph.taken, frozenset(self.graph.out)
        tokens = entries.named.set(known), functions.typed.set(self.graph.typed)
        try:
            yield known
        finally:
            entries.named.reset(tokens[0])
            functions.typed.reset(tokens[1])

    def _steps_in(self, notation: str) -> list[Step]:
        return self._in_matrices.steps if _notation(notation) == "matrix" else self._found.steps

    @property
    def steps(self) -> list[Step]:
        """The lines, in the derivation's notation: definitions first, the gradient last."""
        return self._steps_in(self.notation)

    @property
    def matrix(self) -> str | None:
        """The gradient in matrix notation, as text; None where it has no matrix form, as for tensors of three axes."""
        return self._in_matrices.last

    @property
    def formula(self) -> Expr:
        """The gradient in index notation, a SymPy expression.

        Tensors are IndexedBase(name), numbers Symbol(name); sizes and indices are whole positive symbols, and indices
        count from 1.
        """
        return self._found.formula

    @property
    def indices(self) -> tuple[Expr, ...]:
        """The free indices of the formula, one for each axis of wrt that is longer than 1."""
        return self._found.indices

    @property
    def facts(self) -> list[str]:
        """What was used beside the rules, because it is true of the data."""
        return self._found.facts

    @property
    def named(self) -> dict[str, entries.Named]:
        """What the named functions in the formula stand for: operations without a closed form in index notation."""
        return self._found.named

    def latex(self, notation: str | None = None) -> str:
        """The derivation as an aligned block; wants amsmath's `aligned`, which MathJax and KaTeX have.

        notation: "index" or "matrix"; the derivation's own by default.
        """
        rows = []
        for step in self._steps_in(self.notation if notation is None else notation):
            why = step.reason_latex
            rows.append(f"{step.lhs.latex} &= {step.rhs.latex}" + (f" && {why}" if why else ""))
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def __str__(self) -> str:
        lines = [step.text for step in self.steps]
        width = min(max(map(len, lines)), 72)
        shown = [f"{line:<{width}}    {step.reason}".rstrip() for line, step in zip(lines, self.steps, strict=True)]
        notes = [*self.notes, *(self._found.notes if self.notation == "index" else [])]
        return "\n".join([*shown, *(f"({note})" for note in notes)])

    def __repr__(self) -> str:
        return str(self)

    def _repr_latex_(self) -> str:
        # No HTML beside it: a notebook would prefer that, and show no mathematics.
        other = "index" if self.notation == "matrix" else "matrix"
        last = self._steps_in(other)[-1]
        own = self.steps[-1]
        beside = rf" \\ {last.lhs.latex} &= {last.rhs.latex} && \text{{{_IN_WORDS[other]}}}"
        shown = self.latex()
        if last.rhs.latex != own.rhs.latex:
            shown = shown.removesuffix("\n\\end{aligned}") + beside + "\n\\end{aligned}"
        return f"$\\displaystyle {shown}$"

    def check(self, claim: Any) -> Any:
        """Whether `claim` is this gradient, and if not, which mistake it is: a Verdict."""
        from ..checking import judge

        return judge.check(self, claim)

    def check_lines(self, lines: str | Sequence[str]) -> Any:
        """A Verdict for each line of somebody's derivation; one text is cut at its line ends. TypeError: no text."""
        from ..checking import judge

        if isinstance(lines, str):
            lines = [line for line in lines.splitlines() if line.strip()]
        for line in lines if isinstance(lines, (list, tuple)) else [lines]:
            if not isinstance(line, str):
                raise TypeError(
                    f"check_lines: it takes lines of text, not {type(line).__name__}; check takes one claim, which may "
                    "be an array, a function or a node, too"
                )
        return judge.check_lines(self, lines)


def derive(loss: Node, wrt: Node | str, notation: str = "index", *, order: int = 1) -> Derivation:
    """Derive ∂loss/∂wrt as a formula, in steps.

    loss: a single number, or an array, of which this is the Jacobian; its axes come first. wrt: a node of the graph,
    leaf or intermediate, that has a gradient; or the name of one. notation: "index", or "matrix" for lines such as
    ∂L/∂W = Xᵀ ∂L/∂Z; a line that has no matrix form stays in index notation. order: 2 derives once more by wrt, which
    gives the Hessian of a loss that is a single number.

    ValueError: wrt is not in the loss's graph or has no gradient, two nodes share a name, a part of the graph has no
    entries, there is no second derivative, the derivation would be too long to read, or a line of it is no number, such
    as x/0 (the last two are seen when the lines are first asked for).

    >>> import numpy as np
    >>> from tinygrad_edu import Tensor
    >>> y = Tensor([1.0, 0.0, 1.0], name="y", requires_grad=False)
    >>> yhat = Tensor([0.9, 0.2, 0.7], name="yhat")
    >>> derive(((yhat - y) ** 2).mean(), yhat).steps[-1].text
    '∂L/∂ŷᵢ = 2(ŷᵢ − yᵢ)/N'
    >>> derive(((yhat - y) ** 2).mean(), yhat, order=2).steps[-1].text
    '∂²L/∂ŷᵢ∂ŷⱼ = 2 δᵢⱼ/N'
    """
    if order not in (1, 2):
        raise ValueError(f"derive: order is 1, or 2 for the second derivative, not {order!r}")
    if isinstance(wrt, str):
        wrt = _called(loss, wrt)
    nodes = _checked(loss, wrt)
    first = None
    if order == 2:
        first, loss = loss, _gradient(loss, wrt, nodes)
        nodes = ancestors([loss])
    on_path = len(depending(nodes, [wrt]))
    if on_path > MOST_OPERATIONS:
        raise _too_long(loss, wrt, f"{on_path:,} operations lie between them, and at most {MOST_OPERATIONS:,}")
    return Derivation(IndexedGraph(loss, wrt, nodes, first), notation)


def _gradient(loss: Node, wrt: Node, order: list[Node]) -> Node:
    """The gradient of the loss towards `wrt` as a node of a graph, which can be derived once more."""
    if np.size(loss._data) != 1:
        raise ValueError(
            f"derive: order=2 is for a loss that is a single number, and {describe(loss)} is not; reduce it with "
            ".sum() or .mean()"
        )
    with switched(recording=True, anomaly=None):
        seed = leaf(Node.classes[1 if loss.flags & 1 else 0], np.ones(np.shape(loss._data)), False)
        found = sweep(loss, seed, order=depending(order, [wrt]), create_graph=True)[wrt]
        if isinstance(found, Node):
            found = landing.spread(found, wrt)
    if not isinstance(found, Node) or wrt not in set(ancestors([found])):
        raise ValueError(
            f"derive: the gradient of {describe(loss)} towards {describe(wrt)} does not change with {describe(wrt)}: "
            "its second derivative is 0"
        )
    from .second import written_anew  # what reads formulas is not loaded for a first derivative

    first = Derivation(IndexedGraph(loss, wrt, order))
    with switched(recording=True, anomaly=None):
        return found if first.matrix is None else written_anew(first.matrix, found, wrt, loss, first.letters)


def _notation(notation: str) -> str:
    if notation not in ("index", "matrix"):
        raise ValueError(f'derive: notation is "index" or "matrix", not {notation!r}')
    return notation


def _called(loss: Node, name: str) -> Node:
    """The node of this name in the loss's graph."""
    if not isinstance(loss, Node):
        raise TypeError(f"derive: loss is a node of a graph (a Tensor or a Value), not {type(loss).__name__}")
    named = {node.name: node for node in ancestors([loss], all_nodes=True) if node.name is not None}
    if name not in named:
        there = ", ".join(reversed(named)) or "none has a name"
        raise ValueError(f"derive: no node of the loss's graph is called {name}; its named nodes: {there}")
    return named[name]


def _too_long(loss: Node, wrt: Node, count: str) -> ValueError:
    return ValueError(
        f"derive: the derivation of {describe(loss)} towards {describe(wrt)} would be longer than anybody reads: "
        f"{count} are written down. Derive a smaller graph of the same form (fewer layers or repetitions), or towards "
        "a node that is nearer to the loss"
    )


def _is_no_number(e: Expr) -> bool:
    """Whether an expression is no number at any point; nan in one of several cases is what a rule says of a point."""
    return e.has(sp.zoo) or e.replace(sp.Piecewise, lambda *_: sp.Integer(1)).has(sp.nan)  # type: ignore[no-any-return]


def _no_number(step: Step, loss: Node, wrt: Node) -> ValueError:
    return ValueError(
        f"derive: {step.lhs.text} is no number, whatever the variables are: between {describe(wrt)} and "
        f"{describe(loss)} something is divided by 0, multiplied 0 · ∞, or is nan; derive a loss that has a value"
    )


def _have_entries(nodes: list[Node]) -> None:
    """Raise an error where a part of the graph is empty: an axis of length 0 has no letter that its index could be."""
    for node in reversed(nodes):
        if any(np.size(plain(a)) == 0 for a in (*node.args, node)):
            what = ValueError(
                "there are no entries, and a formula speaks of entries; leave what is empty out of the loss"
            )
            said = explain(node.rule, node.args, what) if node.rule is not None else f"{describe(node)}: {what}"
            raise ValueError(f"derive: {said}")


def _checked(loss: Node, wrt: Node) -> list[Node]:
    """The nodes that gradients flow through; a clear error where none could be derived."""
    for what, node in (("loss", loss), ("wrt", wrt)):
        if not isinstance(node, Node):
            raise TypeError(f"derive: {what} is a node of a graph (a Tensor or a Value), not {type(node).__name__}")
    everything = ancestors([loss], all_nodes=True)
    names: dict[str, Node] = {}
    for node in reversed(everything):
        if node.name is not None and names.setdefault(node.name, node) is not node:
            raise ValueError(
                f"derive: two nodes are called {node.name}: {describe(names[node.name])} and {describe(node)}; "
                "a formula could not tell them apart, rename one"
            )
    shown: dict[str, str] = {}
    for name in names:
        if (other := shown.setdefault(pretty(name), name)) != name:
            raise ValueError(f"derive: {other} and {name} are both written {pretty(name)} in a formula; rename one")
    for node in everything:
        if any(np.ndim(a) == 0 and np.isnan(a) for a in node.args if not isinstance(a, Node)):
            raise ValueError(f"derive: nan is an operand of {node.op}, and there is no formula of what is no number")
    _have_entries(everything)
    if wrt not in set(everything):
        there = ", ".join(names) or "none has a name"
        raise ValueError(f"derive: {describe(wrt)} is not in the loss's graph; its named nodes: {there}")
    order = ancestors([loss])
    if wrt not in set(order):
        raise ValueError(f"derive: {describe(wrt)} requires no gradient; make it with requires_grad=True")
    return order
