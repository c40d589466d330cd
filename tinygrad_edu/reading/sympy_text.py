"""Expressions as SymPy prints them, which is how a derivation shows its `formula`: places count from 1, indices are
letters, `Sum(x[j], (j, 1, N))`, `Piecewise((1, x[i] > 0), (0, True))`.
"""

from __future__ import annotations

import ast
import re

from .python_text import Translator, parsed
from .sums import Over
from .tree import Applied, Compared, Expression, Indexed, Number, Place
from .words import Vocabulary

_OVER = {"Sum": "sum", "Product": "prod", "Largest": "max", "Smallest": "min"}
_RELATIONS = {
    "Eq": "equal",
    "Ne": "not_equal",
    "Lt": "less",
    "Le": "less_equal",
    "Gt": "greater",
    "Ge": "greater_equal",
}
_PAIRS = {"Max": "maximum", "Min": "minimum"}
_MARK = re.compile(rf"\b({'|'.join([*_OVER, *_RELATIONS, *_PAIRS])}|Piecewise|KroneckerDelta|ITE)\(")


def is_printed(text: str) -> bool:
    """Whether a text has SymPy's own words in it."""
    return _MARK.search(text) is not None


class Printed(Translator):
    """Translates the syntax tree of what SymPy printed into the tree of this room."""

    def _constant(self, node: ast.Constant) -> Expression:
        if isinstance(node.value, bool):
            return Number(self.at(node), float(node.value))
        return super()._constant(node)

    def _name(self, node: ast.Name) -> Expression:
        if node.id in self.indices and self.words.name(node.id) is None:
            return Place(self.at(node), node.id)
        return super()._name(node)

    def _subscript(self, node: ast.Subscript) -> Expression:
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        places = tuple(key.id if isinstance(key, ast.Name) else self.integer(key) for key in keys)
        if any(isinstance(place, int) and place < 1 for place in places):
            raise self.fail("places count from 1 here", node)
        return Indexed(self.at(node), self.expression(node.value), places)

    def _binop(self, node: ast.BinOp) -> Expression:
        if isinstance(node.op, ast.BitOr):
            return self._either(node, node.left, node.right)
        return super()._binop(node)

    def _either(self, node: ast.expr, one: ast.expr, other: ast.expr) -> Expression:
        return Applied(self.at(node), "maximum", (self.expression(one), self.expression(other)))

    def _call(self, node: ast.Call) -> Expression:
        at = self.at(node)
        match node.func:
            case ast.Name(id=spelled) if spelled in _OVER and len(node.args) > 1:
                return self._over(_OVER[spelled], node)
            case ast.Name(id=spelled) if spelled in _RELATIONS and len(node.args) == 2:
                return Compared(at, _RELATIONS[spelled], *map(self.expression, node.args))
            case ast.Name(id=spelled) if spelled in _PAIRS and node.args:
                found, *more = map(self.expression, node.args)
                for each in more:
                    found = Applied(at, _PAIRS[spelled], (found, each))
                return found
            case ast.Name(id="KroneckerDelta") if len(node.args) == 2:
                return Compared(at, "equal", *map(self.expression, node.args))
            case ast.Name(id="Piecewise") if node.args:
                return self._piecewise(node)
            case ast.Name(id="ITE") if len(node.args) == 3:
                return Applied(at, "where", tuple(map(self.expression, node.args)))
        return super()._call(node)

    def _over(self, function: str, node: ast.Call) -> Expression:
        """Sum(body, (k, 1, D), (j, 1, N)): the first of the limits is the innermost."""
        found = self.expression(node.args[0])
        for limits in node.args[1:]:
            match limits:
                case ast.Tuple(elts=[ast.Name(id=label), low, high]):
                    bounds = self.expression(low), self.expression(high)
                    found = Over(self.at(limits), function, (label,), found, bounds)
                case _:
                    raise self.fail("(index, first, last) is expected here", limits)
        return found

    def _piecewise(self, node: ast.Call) -> Expression:
        """The first case whose condition holds; without one that always does, 0."""
        found: Expression = Number(self.at(node), 0.0)
        for case in reversed(node.args):
            if not isinstance(case, ast.Tuple) or len(case.elts) != 2:
                raise self.fail("(value, condition) is expected here", case)
            value, condition = case.elts
            if isinstance(condition, ast.Constant) and condition.value is True:
                found = self.expression(value)
            else:
                found = Applied(self.at(case), "where", (self.expression(condition), self.expression(value), found))
        return found


def read_printed(text: str, words: Vocabulary) -> Expression:
    """The expression that SymPy printed as `text`; `UnreadableError` if it is none, or not a formula."""
    tree = parsed(text)
    translator = Printed(text, words)
    for node in ast.walk(tree):
        keys: list[ast.expr] = []
        if isinstance(node, ast.Name) and node.id in "ijkl" and translator.is_index(node.id):
            keys = [node]  # one that stands in limits only
        elif isinstance(node, ast.Subscript):
            keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in _OVER:
                keys = [limits.elts[0] for limits in node.args[1:] if isinstance(limits, ast.Tuple) and limits.elts]
            elif node.func.id == "KroneckerDelta":
                keys = node.args
        translator.indices.update(key.id for key in keys if isinstance(key, ast.Name))
    return translator.expression(tree)


__all__ = ["is_printed", "read_printed"]
