"""Claims and losses in Python syntax: `ast` parses, a whitelist of its nodes is translated, nothing is evaluated."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from typing import Any

from ..errors import NotPythonError, UnreadableError
from .alternatives import size, width
from .definitions import Collected
from .tree import (
    Applied,
    Compared,
    Expression,
    Indexed,
    Name,
    Negative,
    Number,
    Position,
    Product,
    Quotient,
    Shape,
    Slice,
    Slope,
    Terms,
    Transposed,
)
from .unreadable import TALLEST, refuse_unreasonable
from .words import CONSTANTS, Vocabulary, canonical, function_named, slope_named

MODULES = {"np", "numpy", "tg", "tinygrad_edu", "math", "torch", "jnp", "nn", "F", "scipy", "special"}
SUBMODULES = {"linalg", "special", "nn", "functional", "numpy"}
RELATIONS = {
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}
OPTIONS = {"axis", "keepdims", "ddof"}
METHODS = {
    "sum", "mean", "prod", "max", "min", "var", "std", "dot", "exp", "log", "sqrt", "tanh", "relu", "sigmoid",
    "softmax", "log_softmax", "logsumexp", "softplus", "ravel", "flatten", "squeeze", "transpose", "reshape", "trace",
    "diagonal", "cumsum", "matmul", "item", "copy", "astype", "square", "abs", "t",
}  # fmt: skip


def parsed(text: str) -> ast.expr:
    """The text as one Python expression; `UnreadableError` with the place if it is none."""
    refuse_unreasonable(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of `1(x)` and the like while it parses
            body = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        place = (error.offset or 1) - 1
        raise NotPythonError(
            f"this is not Python: {error.msg}", _shifted(text, error.lineno or 1, place), text
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise NotPythonError("this is not Python", 0, text) from None
    refuse_tall(body, text)
    return body


def refuse_tall(tree: ast.AST, text: str) -> None:
    """Refuse operations too deep inside each other for a walk."""
    level: list[ast.AST] = [tree]
    height = 0
    while level:
        height += 1
        if height > TALLEST:
            raise UnreadableError(f"operations more than {TALLEST} deep are not read", 0, text)
        level = [child for each in level for child in ast.iter_child_nodes(each)]


def _shifted(text: str, line: int, column: int) -> int:
    """A place that Python counts in lines, in characters of the text."""
    lead = len(text) - len(text.lstrip())
    return min(lead + sum(len(each) + 1 for each in text.strip().split("\n")[: line - 1]) + column, len(text))


class Translator:
    """Translates Python's syntax tree into an expression. `unknown`: what a name is that is neither name nor size."""

    def __init__(self, text: str, words: Vocabulary, unknown: Callable[[str, int], Expression] | None = None) -> None:
        self.text, self.words, self.unknown = text, words, unknown
        self.indices: set[str] = set()  # the letters that stand somewhere as an index: the i of x[i]

    def at(self, node: ast.AST) -> int:
        """Where a part begins in the text."""
        return _shifted(self.text, getattr(node, "lineno", 1), getattr(node, "col_offset", 0))

    def fail(self, message: str, node: ast.AST) -> UnreadableError:
        """The error to raise at a part."""
        return UnreadableError(message, self.at(node), self.text)

    def expression(self, node: ast.expr) -> Expression:
        """One part of the text; `UnreadableError` at whatever is not a formula."""
        translate = getattr(self, f"_{type(node).__name__.lower()}", None)
        if translate is None:
            raise self.fail(f"{_kind(node)} is not part of a formula", node)
        found: Expression = translate(node)
        return found

    def _constant(self, node: ast.Constant) -> Expression:
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise self.fail(f"{node.value!r:.40} is not a number", node)
        if abs(node.value) > 1e300:
            raise self.fail("a number too large to compute with", node)
        return Number(self.at(node), float(node.value))

    def _name(self, node: ast.Name) -> Expression:
        if self.words.definitions and canonical(node.id) in self.words.definitions:
            definition = self.words.definitions[canonical(node.id)]
            tree: Expression = definition.tree
            return Collected(self.at(node), tree, definition.labels) if definition.labels else tree
        found = self.words.name(node.id)
        if found is not None:
            return Name(self.at(node), found)
        if node.id in CONSTANTS:
            return Number(self.at(node), CONSTANTS[node.id])
        if node.id in self.indices:
            return Position(self.at(node), node.id)
        if sizes := self.words.sizes(node.id):
            return size(self.at(node), node.id, sizes)
        if node.id[:2] in ("d_", "D_") and (found_width := width(self.at(node), node.id[2:], self.words)):
            return found_width
        if self.unknown is not None:
            return self.unknown(node.id, self.at(node))
        raise self.fail(self.words.unknown(node.id), node)

    def _unaryop(self, node: ast.UnaryOp) -> Expression:
        part = self.expression(node.operand)
        if isinstance(node.op, ast.UAdd):
            return part
        if isinstance(node.op, ast.USub):
            return Negative(self.at(node), part)
        return Terms(self.at(node), (1, -1), (Number(self.at(node), 1.0), part))  # ~mask and `not mask`

    def _binop(self, node: ast.BinOp) -> Expression:
        at = self.at(node.right)
        x, y = self.expression(node.left), self.expression(node.right)
        match node.op:
            case ast.Add():
                return Terms(at, (1, 1), (x, y))
            case ast.Sub():
                return Terms(at, (1, -1), (x, y))
            case ast.Mult():
                return Product(at, x, y, "⊙")
            case ast.MatMult():
                return Product(at, x, y, "@")
            case ast.Div():
                return Quotient(at, x, y)
            case ast.Pow():
                return Applied(at, "power", (x, y))
            case ast.Mod():
                return Applied(at, "remainder", (x, y))
            case ast.BitAnd():
                return Product(at, x, y, "⊙")
        raise self.fail(f"the operator {_kind(node.op)} is not part of a formula" + _power_hint(node.op), node.right)

    def _compare(self, node: ast.Compare) -> Expression:
        if len(node.ops) != 1 or type(node.ops[0]) not in RELATIONS:
            raise self.fail("this comparison is not part of a formula", node)
        left, right = self.expression(node.left), self.expression(node.comparators[0])
        return Compared(self.at(node), RELATIONS[type(node.ops[0])], left, right)

    def _attribute(self, node: ast.Attribute) -> Expression:
        if isinstance(node.value, ast.Name) and node.value.id in MODULES and node.value.id not in self.words.names:
            if node.attr in ("e", "pi"):
                return Number(self.at(node), CONSTANTS[node.attr])
            raise self.fail(f"{node.value.id}.{node.attr} is a function, to be applied to something", node)
        if node.attr in ("T", "mT"):
            return Transposed(self.at(node), self.expression(node.value))
        if node.attr == "size":
            return Shape(self.at(node), self.expression(node.value), None)
        if node.attr in ("data", "value"):
            return self.expression(node.value)
        raise self.fail(f".{node.attr} is not read here", node)

    def _subscript(self, node: ast.Subscript) -> Expression:
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return Shape(self.at(node), self.expression(node.value.value), self.integer(node.slice))
        if isinstance(node.value, ast.Constant):
            raise self.fail("a number has no entries", node)
        part = self.expression(node.value)
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        letters = [key.id if isinstance(key, ast.Name) and self.is_index(key.id) else None for key in keys]
        if any(letters):
            whole = [letter or self._place(key) for letter, key in zip(letters, keys, strict=True)]
            return Indexed(self.at(node), part, tuple(whole))
        return Slice(self.at(node), part, tuple(self._key(key) for key in keys))

    def is_index(self, name: str) -> bool:
        """Whether a name in brackets is an index and no tensor."""
        return len(name) == 1 and name in "ijklnmkt" and self.words.name(name) is None

    def _place(self, key: ast.expr) -> str | int:
        if isinstance(key, ast.Slice) and key.lower is key.upper is key.step is None:
            return ""
        return self.integer(key) + 1

    def _key(self, key: ast.expr) -> Any:
        if isinstance(key, ast.Slice):
            bounds = [None if each is None else self.integer(each) for each in (key.lower, key.upper, key.step)]
            return slice(*bounds)
        if isinstance(key, ast.Constant) and (key.value is None or key.value is Ellipsis):
            return key.value
        if isinstance(key, ast.Attribute) and key.attr == "newaxis":
            return None
        if isinstance(key, (ast.Constant, ast.UnaryOp)):
            return self.integer(key)
        return self.expression(key)

    def integer(self, node: ast.expr) -> int:
        """A small whole number, written out."""
        sign = 1
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            sign, node = -1, node.operand
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value < 1_000_000:
            return sign * node.value
        raise self.fail("a whole number is expected here", node)

    def _ifexp(self, node: ast.IfExp) -> Expression:
        parts = tuple(self.expression(each) for each in (node.test, node.body, node.orelse))
        return Applied(self.at(node), "where", parts)

    # ── calls ──

    def _call(self, node: ast.Call) -> Expression:
        options = tuple((str(key.arg), self._option(key)) for key in node.keywords if key.arg != "dtype")
        at = self.at(node)
        match node.func:
            case ast.Name(id="len"):
                return Shape(at, self.expression(self._only(node)), 0)
            case ast.Name(id="float" | "int"):
                return self.expression(self._only(node))
            case ast.Attribute(attr="shape" | "size", value=ast.Name(id=module)) if module in MODULES:
                return Shape(at, self.expression(node.args[0]), self.integer(node.args[1]) if node.args[1:] else None)
            case ast.Name(id=spelled):
                return self._function(spelled, list(node.args), options, node)
            case ast.Attribute(attr=spelled) if self._is_module(node.func.value):
                inner = node.func.value
                submodule = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
                full = f"linalg.{spelled}" if submodule == "linalg" else spelled
                return self._function(full, list(node.args), options, node)
            case ast.Attribute(attr=spelled) if spelled in METHODS:
                return self._method(spelled, node, options)
        raise self.fail("this call is not part of a formula", node)

    def _is_module(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr in SUBMODULES and self._is_module(node.value)
        return isinstance(node, ast.Name) and node.id in MODULES and node.id not in self.words.names

    def _only(self, node: ast.Call) -> ast.expr:
        if len(node.args) != 1 or node.keywords:
            raise self.fail("one argument is expected here", node)
        return node.args[0]

    def _method(self, spelled: str, node: ast.Call, options: tuple[tuple[str, Any], ...]) -> Expression:
        assert isinstance(node.func, ast.Attribute)
        if spelled in ("item", "copy", "astype"):
            return self.expression(node.func.value)
        name = {"flatten": "ravel", "t": "transpose"}.get(spelled, spelled)
        return self._function(name, [node.func.value, *node.args], options, node)

    def _function(
        self, spelled: str, given: list[ast.expr], options: tuple[tuple[str, Any], ...], node: ast.Call
    ) -> Expression:
        name = function_named(spelled) if self.words.name(spelled) is None or spelled not in self.words.names else None
        slope = slope_named(spelled) if name is None and len(given) == 1 and not options else None
        if slope is not None and self.words.name(spelled) is None:
            return Slope(self.at(node), slope, self.expression(given[0]))
        if name is None:
            known = self.words.name(spelled)
            raise self.fail(
                f"{known} is a tensor, not a function; write {known} * (…)"
                if known
                else f"unknown function {spelled!r}",
                node,
            )
        if name == "einsum" and given and isinstance(given[0], ast.Constant):
            pattern = str(given.pop(0).value)  # type: ignore[attr-defined]
            if not re.fullmatch(r"[A-Za-z ]+(,[A-Za-z ]+){0,5}(->[A-Za-z ]*)?", pattern):
                raise self.fail("this einsum is not read", node)
            options = (("subscripts", pattern),)
        if name in ("sum", "mean", "prod", "max", "min", "var", "std", "softmax", "log_softmax", "logsumexp", "cumsum",
                    "expand_dims", "linalg.norm") and len(given) == 2 and self._is_axis(given[1]):  # fmt: skip
            options = (("axis", self._axis(given.pop())), *options)
        if name in ("dot", "matmul", "transpose", "ravel", "outer", "inner") and options:
            raise self.fail(f"{spelled} takes no {options[0][0]}=", node)
        if name in ("ones", "zeros", "reshape") and len(given) > (name == "reshape"):
            last = given[-1]
            if isinstance(last, ast.Tuple):
                given = [*given[:-1], *last.elts]
            elif isinstance(last, ast.Attribute) and last.attr == "shape" and name != "reshape":
                return Applied(self.at(node), f"{name}_like", (self.expression(last.value),))
        arguments = tuple(self.expression(each) for each in given)
        if not arguments:
            raise self.fail(f"{spelled} of nothing", node)
        if name not in WITH_OPTIONS and options:
            raise self.fail(f"{spelled} takes no {options[0][0]}= here", node)
        return Applied(self.at(node), name, arguments, options)

    def _is_axis(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Tuple):
            return all(self._is_axis(each) for each in node.elts)
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.USub) and self._is_axis(node.operand)
        return isinstance(node, ast.Constant) and type(node.value) is int

    def _option(self, key: ast.keyword) -> Any:
        if key.arg not in OPTIONS | {"dim", "keepdim"}:
            raise self.fail(f"{key.arg}= is not read here", key.value)
        if isinstance(key.value, ast.Constant) and isinstance(key.value.value, (bool, type(None))):
            return key.value.value
        return self._axis(key.value)

    def _axis(self, node: ast.expr) -> Any:
        return tuple(self.integer(each) for each in node.elts) if isinstance(node, ast.Tuple) else self.integer(node)


WITH_OPTIONS = {
    "sum", "mean", "prod", "max", "min", "var", "std", "softmax", "log_softmax", "logsumexp", "cumsum", "expand_dims",
    "squeeze", "linalg.norm",
    "einsum",
}  # fmt: skip


def _kind(node: ast.AST) -> str:
    return {"ListComp": "a comprehension", "Lambda": "a lambda", "JoinedStr": "a string", "Dict": "a dictionary",
            "List": "a list", "Tuple": "a tuple", "BitXor": "^", "Starred": "*", "NamedExpr": ":="}.get(
        type(node).__name__, type(node).__name__)  # fmt: skip


def _power_hint(operator: ast.operator) -> str:
    return "; a power is written **" if isinstance(operator, ast.BitXor) else ""


def read_python(text: str, words: Vocabulary, unknown: Callable[[str, int], Expression] | None = None) -> Expression:
    """The expression that `text` is in Python syntax; `UnreadableError` if it is none, or not a formula."""
    translator, tree = Translator(text, words, unknown), parsed(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            translator.indices.update(
                key.id for key in keys if isinstance(key, ast.Name) and translator.is_index(key.id)
            )
    return translator.expression(tree)
