"""Claims and losses in Python syntax: `ast` parses, a whitelist of its nodes is translated, nothing is evaluated."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable, Container
from itertools import pairwise
from typing import Any

from ..errors import NotPythonError, UnreadableError
from .alternatives import size, summed, turned, width
from .definitions import Collected
from .guesses import gradient_named
from .lexer import cut
from .tree import (
    Applied,
    Compared,
    Expression,
    Gradient,
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
    all_hold,
    any_holds,
)
from .unreadable import TALLEST, refuse_unreasonable
from .words import CONSTANTS, Vocabulary, canonical, function_named, slope_named

MODULES = {"np", "numpy", "tg", "tinygrad_edu", "math", "torch", "jnp", "nn", "F", "scipy", "special",
           "linalg", "LA"}  # fmt: skip
SUBMODULES = {"linalg", "special", "nn", "functional", "numpy"}
RELATIONS = {
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}
_JOINING = (ast.BitAnd, ast.BitOr)
OPTIONS = {"axis": "axis", "keepdims": "keepdims", "ddof": "ddof", "dim": "axis", "keepdim": "keepdims",
           "ord": "ord", "p": "order"}  # fmt: skip
METHODS = {
    "sum", "mean", "prod", "max", "min", "var", "std", "dot", "exp", "log", "sqrt", "tanh", "relu", "sigmoid",
    "softmax", "log_softmax", "logsumexp", "softplus", "ravel", "squeeze", "transpose", "reshape", "trace", "diagonal",
    "cumsum", "matmul", "square", "abs", "norm", "sign", "outer", "inverse", "det",
}  # fmt: skip
# PyTorch's and NumPy's other names, as methods and as functions of a module
OTHERWISE_CALLED = {
    "flatten": "ravel", "t": "transpose", "view": "reshape", "view_as": "reshape_like", "reshape_as": "reshape_like",
    "unsqueeze": "expand_dims", "pow": "power", "div": "divide", "true_divide": "divide", "mul": "multiply",
    "sub": "subtract", "neg": "negative", "mm": "matmul", "mv": "matmul", "bmm": "matmul", "vdot": "dot",
    "ger": "outer", "cat": "concatenate", "add": "add", "tensordot": "dot", "linalg.norm": "norm",
    "permute": "transpose", "swapaxes": "transpose",
}  # fmt: skip
# What a number is said to be, or where it is kept, without being another number; and what makes whole numbers of it
SAME_NUMBERS = {
    "item", "copy", "astype", "float", "double", "half", "type", "to", "detach", "clone", "cpu", "cuda", "numpy",
    "contiguous", "array", "asarray", "float64", "float32", "float16", "tensor", "as_tensor", "FloatTensor",
}  # fmt: skip
ROW_SUMS = {"rowsum", "rowSums", "colsum", "colSums", "row_sum", "col_sum"}
AXIS_SECOND = {
    "sum", "mean", "prod", "max", "min", "var", "std", "softmax", "log_softmax", "logsumexp", "cumsum", "expand_dims",
    "concatenate",
}  # fmt: skip
WHOLE_NUMBERS = {"int", "long", "int64", "int32", "int8", "int_", "uint8", "short"}
# Objects that hold a layer's arrays, and dictionaries of arrays
HOLDERS = {"self", "ctx", "cls", "model", "layer", "net", "cache", "params", "parameters", "grads", "gradients",
           "memory", "state", "saved", "weights", "caches"}  # fmt: skip


_LAMBDA = re.compile(r"\blambda\b(?![\w\s,]*:)")  # a letter, where Python has a word


def lambda_hint(text: str) -> str:
    """What to add where a text that is not Python has the word lambda for a letter."""
    return "; lambda is a word of Python: write lam" if _LAMBDA.search(text) else ""


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
            f"this is not Python: {error.msg}{lambda_hint(text)}", _shifted(text, error.lineno or 1, place), text
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
        return self._called(node.id, node)

    def _called(self, spelled: str, node: ast.expr) -> Expression:
        """What a spelling stands for."""
        if self.words.definitions and canonical(spelled) in self.words.definitions:
            definition = self.words.definitions[canonical(spelled)]
            tree: Expression = definition.tree
            return Collected(self.at(node), tree, definition.labels) if definition.labels else tree
        found = self.words.name(spelled)
        if found is not None:
            return Name(self.at(node), found)
        if spelled in CONSTANTS:
            return Number(self.at(node), CONSTANTS[spelled])
        if spelled in self.indices:
            return Position(self.at(node), spelled)
        if sizes := self.words.sizes(spelled):
            return size(self.at(node), spelled, sizes)
        if spelled[:2] in ("d_", "D_") and (found_width := width(self.at(node), spelled[0], spelled[2:], self.words)):
            return found_width
        if self.unknown is not None:
            return self.unknown(spelled, self.at(node))
        raise self.fail(self.words.unknown(spelled), node)

    def _unaryop(self, node: ast.UnaryOp) -> Expression:
        part = self.expression(node.operand)
        if isinstance(node.op, ast.UAdd):
            return part
        if isinstance(node.op, ast.USub):
            return Negative(self.at(node), part)
        return Terms(self.at(node), (1, -1), (Number(self.at(node), 1.0), part))  # ~mask and `not mask`

    def _binop(self, node: ast.BinOp) -> Expression:
        at = self.at(node.right)
        if isinstance(node.op, ast.Div) and (derivative := self._derivative(node.left, node.right)) is not None:
            return derivative
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
                return all_hold([x, y])
            case ast.BitOr():
                return any_holds([x, y])
        raise self.fail(f"the operator {_kind(node.op)} is not part of a formula" + _power_hint(node.op), node.right)

    def _derivative(self, above: ast.expr, below: ast.expr) -> Expression | None:
        """dL/dZ, where neither dL nor dZ is a name."""
        if self.unknown is None or not (isinstance(above, ast.Name) and isinstance(below, ast.Name)):
            return None
        both = (above.id, below.id)
        if not all(each.startswith("d") and len(each) > 1 and self.words.name(each) is None for each in both):
            return None
        name = gradient_named(cut("_".join(both)), self.words)
        return None if name is None else Gradient(self.at(above), name)

    def _compare(self, node: ast.Compare) -> Expression:
        if any(type(op) not in RELATIONS for op in node.ops):
            raise self.fail("this comparison is not part of a formula", node)
        parts = (node.left, *node.comparators)
        joined = next((side for side in parts if isinstance(side, ast.BinOp) and isinstance(side.op, _JOINING)), None)
        if joined is not None:
            raise self.fail("& and | bind more tightly than a comparison: (x > 0) & (x < 1)", joined)
        sides = [self.expression(side) for side in parts]
        kinds = [RELATIONS[type(op)] for op in node.ops]
        return all_hold(
            [Compared(self.at(node), kind, *pair) for kind, pair in zip(kinds, pairwise(sides), strict=True)]
        )

    def _boolop(self, node: ast.BoolOp) -> Expression:
        number = next(
            (each for each in node.values if not isinstance(each, (ast.Compare, ast.BoolOp, ast.UnaryOp))), None
        )
        if number is not None:
            raise self.fail(f"{_kind(node.op).lower()} joins comparisons, x > 0 and x < 1", number)
        conditions = [self.expression(value) for value in node.values]
        return all_hold(conditions) if isinstance(node.op, ast.And) else any_holds(conditions)

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
        spelled = spelled_alone(ast.unparse(node), self.words.names)
        if spelled and self.unknown is not None:
            return self._called(spelled, node)
        raise self.fail(f".{node.attr} is not read here", node)

    def _subscript(self, node: ast.Subscript) -> Expression:
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return Shape(self.at(node), self.expression(node.value.value), self.integer(node.slice))
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) and self.unknown is not None:
            spelled = spelled_alone(ast.unparse(node), self.words.names)
            if spelled:
                return self._called(spelled, node)
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
        at = self.at(node)
        if (number := self._number_of(node)) is not None:
            return number
        options = tuple(
            (OPTIONS.get(str(key.arg), ""), self._option(key))
            for key in node.keywords
            if key.arg != "dtype" and not _is_one_axis(key)
        )
        match node.func:
            case ast.Name(id="len"):
                return Shape(at, self.expression(self._only(node)), 0)
            case ast.Attribute(attr="size" | "numel" | "nelement", value=whole) if not self._is_module(whole):
                return Shape(at, self.expression(whole), self.integer(node.args[0]) if node.args else None)
            case ast.Attribute(attr="shape" | "size", value=ast.Name(id=module)) if module in MODULES:
                return Shape(at, self.expression(node.args[0]), self.integer(node.args[1]) if node.args[1:] else None)
            case ast.Name(id=spelled):
                return self._function(spelled, list(node.args), options, node)
            case ast.Attribute(attr=spelled) if self._is_module(node.func.value):
                inner = node.func.value
                submodule = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
                full = f"linalg.{spelled}" if submodule in ("linalg", "LA") else spelled
                return self._function(full, list(node.args), options, node)
            case ast.Attribute(attr=spelled) if spelled in METHODS or spelled in OTHERWISE_CALLED:
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
        return self._function(spelled, [node.func.value, *node.args], options, node)

    def _number_of(self, node: ast.Call) -> Expression | None:
        """float(x), x.astype(int), np.int64(x > 0): the numbers of x, made whole where a whole kind is asked for."""
        kind: str = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if kind not in SAME_NUMBERS | WHOLE_NUMBERS or self.words.name(kind) is not None:
            return None
        method = isinstance(node.func, ast.Attribute) and not self._is_module(node.func.value)
        if not (method or node.args):
            return None
        part = self.expression(node.func.value if method else node.args[0])  # type: ignore[attr-defined]
        asked = [*node.args[not method :], *(key.value for key in node.keywords if key.arg in ("dtype", "device"))]
        kinds = {kind, *(str(getattr(each, "attr", getattr(each, "id", getattr(each, "value", "")))) for each in asked)}
        return Applied(self.at(node), "trunc", (part,)) if kinds & WHOLE_NUMBERS else part

    def _special_call(self, spelled: str, argument: ast.expr, node: ast.Call) -> Expression | None:
        """rowsum(Z), and sigmoid_prime(z): the derivative of a function."""
        if spelled in ROW_SUMS:
            return summed(self.at(node), spelled, self.expression(argument))
        slope = slope_named(spelled) if function_named(spelled) is None and self.words.name(spelled) is None else None
        return None if slope is None else Slope(self.at(node), slope, self.expression(argument))

    def _function(
        self, spelled: str, given: list[ast.expr], options: tuple[tuple[str, Any], ...], node: ast.Call
    ) -> Expression:
        spelled = OTHERWISE_CALLED.get(spelled, spelled)
        if len(given) == 1 and not options and (special := self._special_call(spelled, given[0], node)) is not None:
            return special
        name = self._function_name(spelled, node)
        if name == "einsum" and given and isinstance(given[0], ast.Constant):
            options = (("subscripts", self._pattern(given.pop(0), node)),)
        options = (*self._second_option(name, given, node), *options)
        if name == "transpose" and len(given) > 1:
            return self._turned(given, node)
        if name == "concatenate" and given and isinstance(given[0], (ast.Tuple, ast.List)):
            given = [*given[0].elts, *given[1:]]
        if name in ("dot", "matmul", "transpose", "ravel", "outer", "inner") and options:
            raise self.fail(f"{spelled} takes no {options[0][0]}=", node)
        if name in ("ones", "zeros", "reshape") and len(given) > (name == "reshape"):
            last = given[-1]
            if isinstance(last, ast.Tuple):
                given = [*given[:-1], *last.elts]
            elif isinstance(last, ast.Attribute) and last.attr == "shape":
                parts = tuple(self.expression(each) for each in (*given[:-1], last.value))
                return Applied(self.at(node), f"{name}_like", parts)
        arguments = tuple(self.expression(each) for each in given)
        if not arguments:
            raise self.fail(f"{spelled} of nothing", node)
        if name not in WITH_OPTIONS and options:
            raise self.fail(f"{spelled} takes no {options[0][0]}= here", node)
        return Applied(self.at(node), name, arguments, options)

    def _second_option(self, name: str, given: list[ast.expr], node: ast.Call) -> tuple[tuple[str, Any], ...]:
        """The option that stands as the second argument, taken off: the axis of softmax(Z, 1), the order of a norm."""
        if len(given) != 2:
            return ()
        if name == "norm":
            kind = "order" if self._is_torchs(node.func) else "ord"
            return ((kind, self._order(given.pop(), kind)),)
        alone = isinstance(node.func, ast.Name) and name in ("max", "min")  # max(z, 0) is Python's own
        if name in AXIS_SECOND and not alone and self._is_axis(given[1]):
            return (("axis", self._axis(given.pop())),)
        return ()

    def _function_name(self, spelled: str, node: ast.Call) -> str:
        """The engine's name of the function that is called."""
        known = self.words.name(spelled)
        name = function_named(spelled) if known is None or spelled not in self.words.names else None
        if name is not None:
            return name
        if known:
            raise self.fail(f"{known} is a tensor, not a function; write {known} * (…)", node)
        raise self.fail(f"unknown function {spelled!r}", node)

    def _pattern(self, node: ast.expr, call: ast.Call) -> str:
        pattern = str(getattr(node, "value", ""))
        if not re.fullmatch(r"[A-Za-z ]+(,[A-Za-z ]+){0,5}(->[A-Za-z ]*)?", pattern):
            raise self.fail("this einsum is not read", call)
        return pattern

    def _turned(self, given: list[ast.expr], node: ast.Call) -> Expression:
        """x.transpose(1, 0), np.transpose(x, (1, 0)), x.permute(1, 0), of a matrix."""
        part, *axes = given
        if isinstance(axes[0], ast.Tuple):
            axes = axes[0].elts
        order = [self.integer(axis) for axis in axes]
        called = getattr(node.func, "attr", "")
        if sorted(order) not in ([0, 1], [-2, -1]):
            raise self.fail("only the two axes of a matrix are exchanged here", node)
        if order == [1, 0] or called == "swapaxes" or order[0] < 0:
            return Transposed(self.at(node), self.expression(part))
        return self.expression(part) if called == "permute" else turned(self.at(node), self.expression(part))

    def _is_axis(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Tuple):
            return all(self._is_axis(each) for each in node.elts)
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.USub) and self._is_axis(node.operand)
        return isinstance(node, ast.Constant) and type(node.value) is int

    def _option(self, key: ast.keyword) -> Any:
        if key.arg not in OPTIONS:
            raise self.fail(f"{key.arg}= is not read here", key.value)
        if isinstance(key.value, ast.Constant) and isinstance(key.value.value, (bool, type(None))):
            return key.value.value
        if key.arg in ("ord", "p"):
            return self._order(key.value, OPTIONS[key.arg])
        return self._axis(key.value)

    def _order(self, node: ast.expr, kind: str) -> Any:
        """The order of a norm: of NumPy's `ord`, or of PyTorch's p, which is over all entries, 1 or 2."""
        match node:
            case ast.Constant(value="fro"):
                return "fro" if kind == "ord" else 2
            case ast.Constant(value="nuc") if kind == "ord":
                return "nuc"
            case ast.Attribute(attr="inf") if kind == "ord":
                return math.inf
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self._order(inner, kind)
        order = self.integer(node)
        if kind == "order" and order not in (1, 2):
            raise self.fail("the norms of all entries that are read are those of order 1 and 2", node)
        return order

    def _is_torchs(self, function: ast.expr) -> bool:
        """Whether a norm is a method of a tensor, or PyTorch's own function: torch.norm."""
        if not isinstance(function, ast.Attribute):
            return False
        return not self._is_module(function.value) or getattr(function.value, "id", "") == "torch"

    def _axis(self, node: ast.expr) -> Any:
        return tuple(self.integer(each) for each in node.elts) if isinstance(node, ast.Tuple) else self.integer(node)


WITH_OPTIONS = {
    "sum", "mean", "prod", "max", "min", "var", "std", "softmax", "log_softmax", "logsumexp", "cumsum", "expand_dims",
    "squeeze", "norm", "concatenate", "einsum",
}  # fmt: skip


def spelled_alone(text: str, names: Container[str] = ()) -> str:
    """A target or a part in one word: W2 for self.W2 and params["W2"], dW2 for grads["W2"], W2_grad for W2.grad.

    The text itself if it is no such thing. names: the graph's, which hold nothing.
    """
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return text
    return _alone(node, names) or (text if isinstance(node, ast.Name) else "")


def _alone(node: ast.expr, names: Container[str]) -> str:
    match node:
        case ast.Attribute(value=ast.Name(id=holder), attr=spelled) if holder in HOLDERS and holder not in names:
            return spelled
        case ast.Attribute(value=inner, attr="grad" | "gradient"):
            spelled = inner.id if isinstance(inner, ast.Name) else _alone(inner, names)
            return f"{spelled}_grad" if spelled else ""
        case ast.Subscript(value=holder, slice=ast.Constant(value=str(key))) if re.fullmatch(r"[^\W\d]\w*", key):
            called = holder.id if isinstance(holder, ast.Name) else _alone(holder, names)
            if called in HOLDERS and called not in names:
                return f"d{key}" if called.startswith("grad") and not key.startswith("d") else key
    return ""


def _is_one_axis(key: ast.keyword) -> bool:
    """Whether a keyword is the axes=1 of tensordot, which is a matrix product then."""
    return key.arg == "axes" and isinstance(key.value, ast.Constant) and key.value.value == 1


def _kind(node: ast.AST) -> str:
    return {"ListComp": "a comprehension", "Lambda": "a lambda", "JoinedStr": "a string", "Dict": "a dictionary",
            "List": "a list", "Tuple": "a tuple", "BitXor": "^", "Starred": "*", "NamedExpr": ":="}.get(
        type(node).__name__, type(node).__name__)  # fmt: skip


def _power_hint(operator: ast.operator) -> str:
    return "; a power is written **" if isinstance(operator, ast.BitXor) else ""


def read_python(text: str, words: Vocabulary, unknown: Callable[[str, int], Expression] | None = None) -> Expression:
    """The expression that `text` is in Python syntax; `UnreadableError` if it is none, or not a formula."""
    text = _LAMBDA.sub("lambd_", text) if words.name("lambda") is not None else text
    translator, tree = Translator(text, words, unknown), parsed(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            translator.indices.update(
                key.id for key in keys if isinstance(key, ast.Name) and translator.is_index(key.id)
            )
    return translator.expression(tree)
