"""From a program's text to what runs: what the text looks up at every call, looked up once."""

from __future__ import annotations

import ast
import math
from functools import reduce
from types import CodeType
from typing import Any

import numpy as np

_MODULES = {"np": np, "math": math}


def linked(text: str, filename: str, space: dict[str, Any], dtype: Any) -> CodeType:
    """The code of `text`, to be run in `space`, which gets what it reads beside what stands there already.

    `np.add` becomes a global variable of that very name, which needs no look-up in NumPy. No name of the text's own has
    a dot in it, so none hides it. Where all arrays of the program are of one floating `dtype` (else None), a number
    that a ufunc is called on becomes an array of 0 dimensions, which NumPy reads faster than a number of Python's.
    """
    return compile(_Linked(space, dtype).visit(ast.parse(text)), filename, "exec")


class _Linked(ast.NodeTransformer):
    def __init__(self, space: dict[str, Any], dtype: Any) -> None:
        self.space, self.dtype = space, dtype

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """A path into a module as one name."""
        module, *path = _dotted(node)
        if module not in _MODULES:
            return self.generic_visit(node)
        name = ".".join([module, *path])
        self.space[name] = reduce(getattr, path, _MODULES[module])
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A ufunc's numbers as arrays."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and isinstance(self.space.get(node.func.id), np.ufunc):
            node.args = list(map(self._number, node.args))
        return node

    def _number(self, node: ast.expr) -> ast.expr:
        value = _number_of(node)
        if value is None or self.dtype is None or not abs(value) <= float(np.finfo(self.dtype).max):
            return node
        self.space[repr(value)] = np.array(value, self.dtype)
        return ast.copy_location(ast.Name(repr(value), ast.Load()), node)


def _dotted(node: ast.expr) -> list[str]:
    """The parts of `a.b.c`; of an attribute of anything but a name, an empty text and that attribute's name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id if isinstance(node, ast.Name) else "", *parts[::-1]]


def _number_of(node: ast.expr) -> float | None:
    """The number that stands there, with its sign; None of anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _number_of(node.operand)
        return None if value is None else -value
    return node.value if isinstance(node, ast.Constant) and node.value.__class__ in (int, float) else None
