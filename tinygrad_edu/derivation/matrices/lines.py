"""The lines of a derivation in matrix notation, each made of the line in index notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from ...engine.graph import Node, Rule
from ...engine.rules import TABLE
from ...paper.notation import Written
from ..letters import IndexedGraph
from ..lines import Lines
from ..steps import Reason, Result, Step
from ..symbolic.entries import Named, Symbol
from ..symbolic.functions import Expr, number
from ..symbolic.tensors import has_entries
from ..tidy import with_signs
from . import terms
from .converting import Converter
from .terms import NO_FORM, Axes, Term, Whole
from .writing import Writer

Why = tuple[str | Written, ...]
# The line that replaces made-up letters by what they stand for is left out beyond this width.
_WIDE = 110


class MatrixLines:
    """Turns the lines of one derivation into matrices.

    steps: the lines. last: the gradient's text; None where it has no matrix form.
    """

    def __init__(self, graph: IndexedGraph, lines: Lines, result: Result, named: Mapping[str, Named]) -> None:
        self.graph, self.lines, self.named = graph, lines, named
        self.printer = lines.printer
        self.writer = Writer(self.printer, self._leaf)
        self.converter = Converter(self.printer, self.writer, self._is_row, self._whole, lines.lengths)
        self._rows: dict[str, bool | None] = {}
        self._opened: set[str] = set()
        self.steps: list[Step] = []
        self.last: str | None = None
        self._collect(result)

    # ── letters ──

    def _node(self, label: str) -> Any:
        """What a letter stands for: a node or an array of the graph, or a named function; None of anything else."""
        label = self.printer.gradients.get(label, label)
        found = self.graph.sizes.names.get(label)
        if found is None:
            found = self.graph.made_up.get(label)
        return found if found is not None else self.named.get(label)

    def _is_row(self, label: str) -> bool | None:
        """Whether a letter is a row; None where it is no number, vector or matrix."""
        if label not in self._rows:
            a = self._node(label)
            if isinstance(a, Named):
                shape: Sequence[int] | None = a.symbol.shape if self._operation(label) else None
            elif label in self.printer.gradients and a is not None:
                shape = self.graph.gradient_shape(a)
            else:
                shape = self.graph.shape(a) if a is not None else ()
            self._rows[label] = None if shape is None or len(shape) > 2 else _is_row(shape)
        return self._rows[label]

    def _leaf(self, label: str) -> Written:
        if label in self.printer.gradients:
            shown = self.printer.gradient(self.printer.gradients[label], [])
            return Written(shown.text, shown.latex, 5)
        return self.printer.name(label)

    def _operation(self, label: str) -> tuple[Rule, Sequence[Symbol]] | None:
        """The operation on whole matrices that a letter stands for, and its operands."""
        a = self._node(label)
        if label in self.printer.gradients:
            return None
        if isinstance(a, Named):
            rule, operands = TABLE.get(label.rpartition("_")[0]), a.args
        elif label in self.graph.made_up and isinstance(a, Node) and a.rule is not None and not has_entries(a.rule):
            rule, operands = a.rule, tuple(self.graph.symbol(x) for x in a.args)
        else:
            return None
        whole = rule is not None and rule.signature in _ON_MATRICES
        return (rule, operands) if rule is not None and whole else None

    def _whole(self, label: str, axes: Axes) -> Term | None:
        """An operation on whole matrices, written out where its operands are letters; else its letter."""
        found = self._operation(label)
        if found is None:
            return None
        rule, operands = found
        try:
            inside = tuple(self._operand(x) for x in operands)
        except NotImplementedError:
            if isinstance(self._node(label), Named):
                raise
            return None
        if not isinstance(self._node(label), Named) and label not in self._opened and not all(map(_is_letter, inside)):
            return None
        if rule.text.startswith("<x") and len(inside) == 1 and isinstance(inside[0], terms.Transposed):
            return terms.transposed(Whole(axes[::-1], rule.name, (inside[0].of,)))  # a sign such as ⁻¹
        return Whole(axes, rule.name, inside)

    def _operand(self, x: Symbol) -> Term:
        places = [sp.Dummy(f"i{n}", integer=True, positive=True) for n, _ in enumerate(x.shape)]
        axes = tuple(i for i, n in zip(places, x.shape, strict=True) if n != 1)
        entry = number(x.at(*places))
        if self._opened:
            entry = self.graph.without_made_up(entry)
        if len(axes) > 2:
            raise NotImplementedError(NO_FORM)
        return self.converter.converted(with_signs(entry), axes, x.shape)

    # ── expressions ──

    def written(self, expr: Expr, indices: Sequence[Expr], shape: Sequence[int] = ()) -> Written:
        """An expression with these free indices, in matrices."""
        expr = self._where_invertible(with_signs(number(expr)), indices)
        return self.writer.write(self.converter.converted(expr, tuple(indices), shape, _is_row(shape)))

    def _where_invertible(self, expr: Expr, indices: Sequence[Expr]) -> Expr:
        """Cofactors, solutions and their like in terms of inverses, where the row says what they are in these."""
        put: dict[Expr, Expr] = {}
        for a in expr.atoms(sp.Indexed):
            found = self._operation(str(a.base.label))
            if found is not None and found[0].regular is not None:
                same = found[0].regular(*found[1])
                given = iter(a.indices)
                put[a] = number(same.at(*(sp.Integer(1) if n == 1 else next(given) for n in same.shape)))
        if not put:
            return expr
        letters = {self.named[label].symbol.at(): self._letter_of(label) for label in list(self.named)
                   if not self.named[label].symbol.shape}  # fmt: skip
        return self.lines.tidy(expr.xreplace(put).xreplace(letters), list(indices))

    def _letter_of(self, label: str) -> Expr:
        """The letter of a node of the graph that is this very operation; the named function itself where none is."""
        known = self.named[label]
        for node in self.graph.sizes.nodes:
            own = self.graph.label(node)
            if own is None or node.rule is None or node.rule.name != label.rpartition("_")[0]:
                continue
            if all(self.graph.symbol(x) is y for x, y in zip(node.args, known.args, strict=True)):
                return self.graph.symbol(node).at()
        return known.symbol.at()

    # ── lines ──

    def _collect(self, result: Result) -> None:
        """Go through the lines; those of one gradient stay in index notation if one of them has no matrix form."""
        group: list[Step] = []
        for step in [*result.steps, None]:
            if step is not None and group and step.node is group[0].node and step.kind != "definition":
                group.append(step)
                continue
            self._enter(group)
            group = [step] if step is not None else []
        self._written_out(result)

    def _enter(self, group: Sequence[Step]) -> None:
        before: list[Why] = []  # the reasons of lines that matrices have no place for
        found: list[Step] = []
        self.last = None
        for step in group:
            if step.of is not None or step.source is None:  # of a term of the loss, or its derivative still to be taken
                before += self._left_out(step)
                continue
            try:
                rhs = self._right(step)
            except NotImplementedError:
                self.steps += group
                self.last = None
                return
            if found and found[-1].kind == step.kind == "gradient" and found[-1].rhs.text == rhs.text:
                before = []
                continue
            why = self._why(step, before)
            lhs = self._left(step)
            found.append(replace(step, lhs=lhs, rhs=rhs, why=why))
            self.last = rhs.text
            before = []
        self.steps += found

    def _left_out(self, step: Step) -> list[Why]:
        """The reason of a line that matrices have no place for."""
        if step.brief:
            return [(step.brief,)]
        return [self._why(step, [])] if step.kind == "local" and step.brief is not None else []

    def _right(self, step: Step) -> Written:
        shape = (self.graph.shape if step.kind == "definition" else self.graph.gradient_shape)(step.node)
        if len(shape) > 2 and step.kind != "definition":
            raise NotImplementedError(NO_FORM)
        label = self.graph.label(step.node)
        if step.kind == "definition" and step.rule is not None and not has_entries(step.rule):
            self._opened.add(str(label))
            self._rows.pop(str(label), None)
            whole = self._whole(str(label), step.indices) or self._named_definition(step)
            self._opened.discard(str(label))
            return self.writer.write(whole)
        assert step.source is not None
        return self.written(step.source, step.indices, shape)

    def _named_definition(self, step: Step) -> Term:
        """The definition of a node with a name of its own: A⁻¹ of M = A⁻¹."""
        node = step.node
        assert node.rule is not None
        if node.rule.signature not in _ON_MATRICES:
            raise NotImplementedError(NO_FORM)
        return Whole(step.indices, node.rule.name, tuple(self._operand(self.graph.symbol(x)) for x in node.args))

    def _left(self, step: Step) -> Written:
        label = str(self.graph.label(step.node))
        if step.kind == "definition":
            if step.node is not self.graph.root:
                return self.printer.name(label)
            p = self.printer
            return p.loss if p.first is None else p.derivative(p.loss, p.first)
        lhs = self.printer.gradient(label, [])
        if step.kind == "gradient":
            return lhs
        way = step.lhs.text.rpartition("path ")[2]
        return Written(f"{lhs.text}, path {way}", rf"\left.{lhs.latex}\right|_{{{way}}}")

    def _why(self, step: Step, before: Sequence[Why]) -> Why:
        """Why a line holds, with those reasons before it whose lines were left out."""
        own = tuple(self._said(part) for part in step.why)
        if not before:
            return own
        known = list({"".join(map(_text, why)): why for why in before}.values())
        joined = [part for why in known for part in ("; ", *why)][1:]
        alone = step.brief == "chain" and len(known) == 1 and step.indices
        return (*joined, ", entry by entry") if alone else tuple(joined)

    def _said(self, part: str | Written | Reason) -> str | Written:
        """A part of a reason, in matrices."""
        if not isinstance(part, Reason):
            return part
        if isinstance(part.matrix, (str, Written)):
            return part.matrix
        try:
            return self.written(part.matrix, part.indices, part.shape)
        except NotImplementedError:
            return part.index

    def _written_out(self, result: Result) -> None:
        """Append the last line, without the letters that the derivation made up, where it is short enough."""
        wrt = self.graph.wrt
        shape = self.graph.gradient_shape(wrt)
        indices = [*self.graph.out, *(i for i in self.graph.gradient_indices(wrt) if i.is_Symbol)]
        if self.last is None and self.steps and len(shape) > 2:
            return
        self._opened = set(self.graph.made_up)
        self.converter = Converter(self.printer, self.writer, self._is_row, self._whole, self.lines.lengths)
        try:
            whole = self._where_invertible(with_signs(result.whole), indices)
            whole = self.lines.without_gradients(whole, indices) if whole != result.whole else whole
            rhs = self.written(whole, indices, shape)
        except NotImplementedError:
            return
        if self.last == rhs.text or len(rhs.text) > _WIDE:
            return
        self.last = rhs.text
        alone = wrt is self.graph.root and not self.graph.out
        lhs = self.steps[-1].lhs if alone else self.printer.gradient(str(self.graph.label(wrt)), [])
        why = ("our own letters written out",)
        self.steps.append(
            Step("gradient", wrt, wrt.rule, result.formula, lhs, rhs, why, None, tuple(indices), source=result.whole)
        )


_ON_MATRICES = ("nn->", "nn->nn", "mn->nm", "nn,nm->nm")


def _text(part: str | Written) -> str:
    return part if isinstance(part, str) else part.text


def _is_row(shape: Sequence[int]) -> bool:
    return len(shape) == 2 and shape[0] == 1 and shape[1] != 1


def _is_letter(x: Term) -> bool:
    return isinstance(x, terms.Leaf) or (isinstance(x, terms.Transposed) and isinstance(x.of, terms.Leaf))
