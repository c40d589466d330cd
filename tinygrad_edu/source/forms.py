"""How each row of the table is spelled in NumPy's Python.

A row says it itself (`code`, or NumPy's function of its name). A kernel written in this package is given along as a
helper, its own source text, so that the emitted text needs NumPy only. What stands here is the rest: rows whose
parameters are Python syntax (an indexing), and the layout of ruff.
"""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import keyword
import math
import operator
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from types import CodeType
from typing import Any

import numpy as np

from ..engine.graph import Rule
from ..engine.kernels import arrays
from ..engine.rules import TABLE
from ..errors import NotEmittableError
from .program import Op
from .tracing import same_bytes

# How strongly Python's operators bind.
CHOICE, COMPARED, SUM, PRODUCT, SIGN, POWER, ATOM = 0, 1, 2, 3, 4, 5, 9
_LOGIC = {"logical_and": "and", "logical_or": "or"}
_STRENGTHS = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT, "@": PRODUCT, "**": POWER}
_STRENGTHS |= dict.fromkeys(["==", "!=", "<", "<=", ">", ">="], COMPARED)
_RESERVED = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "math", "jax", "buffers", "pool"])
_SIMPLE = re.compile(r"-?[A-Za-z_0-9.]+")


class Text(str):
    """A piece of Python, and how strongly its outermost operator binds."""

    strength: int

    def __new__(cls, text: str, strength: int = ATOM) -> Text:
        """`text`, whose outermost operator binds with `strength`."""
        self = super().__new__(cls, text)
        self.strength = strength
        return self

    def within(self, strength: int) -> str:
        """As an operand of something that binds this strongly."""
        return self if self.strength >= strength else f"({self})"


def identifier(name: str | None, default: str = "x") -> str:
    """A name that Python takes and that means nothing else, whatever the user's name was.

    >>> identifier("x); evil("), identifier("import os"), identifier("lambda"), identifier("ŷ"), identifier("1st")
    ('x_evil', 'import_os', 'lambda_', 'ŷ', 'x_1st')
    """
    name = unicodedata.normalize("NFKC", name or "")
    safe = re.sub(r"_{2,}", "_", re.sub(r"\W+", "_", name)).strip("_")
    if not safe:
        return default
    if not safe.isidentifier():
        safe = f"{default}_{safe}"
    if not safe.isidentifier():
        return default
    return f"{safe}_" if safe in _RESERVED else safe


class Names:
    """The names taken so far in one emitted text; each is given once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def fresh(self, wanted: str) -> str:
        """`wanted` if it is free, else with a number."""
        if wanted not in self._taken:
            self._taken.add(wanted)
            return wanted
        number = self._last.get(wanted, 1)
        while True:
            number += 1
            found = f"{wanted}_{number}"
            if found not in self._taken:
                self._last[wanted] = number
                self._taken.add(found)
                return found


# ── numbers and parameters ────────────────────────────────────────────────────────────────────────────────────────────


def number(value: Any) -> Text:
    """A number as Python reads it back to the last bit."""
    if isinstance(value, np.longdouble):  # has more digits than Python's floats
        return Text(f'np.longdouble("{value!s}")')
    if isinstance(value, np.generic):
        if value.dtype == np.bool_:
            return Text(f"np.bool({bool(value)})")
        return Text(f"np.{value.dtype.name}({number(value.item())})")
    if isinstance(value, bool) or value is None:
        return Text(repr(value))
    if isinstance(value, float) and not math.isfinite(value):
        text = "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
        return Text(text, SIGN if value < 0 else ATOM)
    text = repr(value)
    return Text(text, SIGN if text.startswith("-") else ATOM)


def constant(value: Any, name: str = "an array that the function closes over") -> Text:
    """A number or a small array as Python reads it back."""
    if not isinstance(value, np.ndarray) or not value.ndim:
        return number(value[()] if isinstance(value, np.ndarray) else value)
    dtype = "" if value.dtype in (np.dtype(float), np.dtype(int), np.dtype(bool)) else f", np.{value.dtype.name}"
    size = value.shape[0] if value.ndim == 1 else value.shape
    if not value.size:
        plain = {np.dtype(int): ", int", np.dtype(bool): ", bool"}
        return Text(f"np.zeros({size}{plain.get(value.dtype, dtype)})")
    if value.shape == (len(value),) * 2 != (1, 1) and same_bytes(value, np.eye(len(value), dtype=value.dtype)):
        kind = "bool" if value.dtype == bool else f"np.{value.dtype.name}"
        return Text(f"np.eye({value.shape[0]})" if value.dtype == float else f"np.eye({value.shape[0]}, dtype={kind})")
    if value.size > 2 and value.dtype == int and np.array_equal(value.ravel(), np.arange(value.size)):
        text = f"np.arange({value.size})"
        return Text(text if value.ndim == 1 else f"{text}.reshape{value.shape}")
    if value.size > 1 and value.dtype.kind == "f" and same_bytes(value, np.full_like(value, next(value.flat))):
        return Text(f"np.full({size}, {number(next(value.flat).item())}{dtype})")
    if value.size > 1000:
        raise ValueError(
            f"{name} of shape {value.shape} is too large to be written out; make it an argument of the function"
        )
    return Text(f"np.array({listed(value.tolist())}{dtype})")


def listed(value: Any) -> str:
    """A nested list of numbers."""
    return f"[{', '.join(map(listed, value))}]" if isinstance(value, list) else number(value)


def parameter(value: Any) -> str:
    """A row's parameter as an argument of NumPy's function."""
    if isinstance(value, Text):
        return value
    if isinstance(value, np.dtype):
        return f"np.{value.name}"
    if isinstance(value, tuple):
        inner = ", ".join(map(parameter, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, (list,)):
        return f"[{', '.join(map(parameter, value))}]"
    if isinstance(value, np.ndarray):
        return constant(value)
    if isinstance(value, str):
        return '"' + repr(value)[1:-1].replace('"', r"\"").replace(r"\'", "'") + '"'
    if isinstance(value, type) and issubclass(value, np.generic):
        return f"np.{value.__name__}"
    return number(value)


def _named(params: dict[str, Any], silent: bool) -> list[str]:
    """Parameters as keywords; `silent`: without those that say what NumPy's function does anyway."""
    shown = []
    for key, value in params.items():
        if silent and ((key == "axis" and value is None) or (key == "keepdims" and value is False)):
            continue
        if key == "axis" and silent and isinstance(value, tuple) and len(value) == 1:
            value = value[0]
        shown.append(f"{key}={parameter(value)}")
    return shown


def index(key: Sequence[Any], indices: Sequence[str], bare: bool = True) -> str:
    """An indexing's key as it stands between brackets; not `bare`: as a value of its own."""
    given = iter(indices)

    def one(part: Any) -> str:
        if part is arrays.HOLE:
            return next(given)
        if isinstance(part, slice):
            ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
            return ":".join(ends if part.step is None else [*ends, str(part.step)])
        return "..." if part is Ellipsis else str(part)

    parts = [one(part) for part in key]
    if bare:
        return ", ".join(parts) if parts else "()"
    if any(isinstance(part, slice) for part in key):
        return f"np.s_[{', '.join(parts)}{',' if len(parts) == 1 else ''}]"
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def filled(code: str, operands: Sequence[Text], params: dict[str, Any]) -> Text:
    """A row's `code` with its operands and parameters in their places.

    >>> filled("{x} / (1.0 + np.abs({x}))", [Text("a - b", SUM)], {})
    '(a - b) / (1.0 + np.abs(a - b))'
    """
    named = dict(zip("xyz", operands, strict=False))

    def put(place: re.Match[str]) -> str:
        name = place[1]
        if name == "args":
            return ", ".join(operands)
        if name == "key":
            return index(params["key"], operands[1:])
        if name in params:
            return parameter(params[name])
        ahead, behind = code[: place.start()].rstrip(), code[place.end() :].lstrip()
        alone = ahead[-1:] in ("", "(", "[", ",", "=") and behind[:1] in ("", ")", "]", ",")
        return named[name] if alone else named[name].within(ATOM)

    outermost = ast.parse(re.sub(r"\{(\w+)\}", r"\1", code), mode="eval").body
    if isinstance(outermost, ast.Name):
        return operands[0]
    strengths = {ast.BinOp: SUM, ast.UnaryOp: SIGN, ast.Compare: COMPARED, ast.BoolOp: CHOICE, ast.IfExp: CHOICE}
    return Text(
        re.sub(r"\{(\w+)\}", put, code), next((s for k, s in strengths.items() if isinstance(outermost, k)), ATOM)
    )


# ── rows that Python spells in a way of its own: (operands, params, op) -> text ──


def _astype(operands: Sequence[Text], params: dict[str, Any], op: Op) -> Text:
    dtype = np.dtype(params["dtype"])
    x = op.args[0]
    if not x.shape or x.kind == "const":
        return Text(f"np.{dtype.name}({operands[0]})")
    return Text(f"{operands[0].within(ATOM)}.astype(np.{dtype.name})")


def _axes(operands: Sequence[Text], params: dict[str, Any], op: Op) -> Text:
    if len(op.shape) == 2:
        return Text(f"{operands[0].within(ATOM)}.T")
    return Text(f"np.swapaxes({operands[0]}, -1, -2)")


def _broadcast(operands: Sequence[Text], params: dict[str, Any], op: Op) -> Text:
    shape = params["shape"]
    shape = parameter(shape[0] if isinstance(shape, tuple) and len(shape) == 1 else shape)
    x = op.args[0]
    if not x.shape:
        dtype = "" if x.dtype is not None or op.dtype in (None, np.dtype(float)) else f", np.{op.dtype.name}"
        return Text(f"np.full({shape}, {operands[0]}{dtype})")
    return Text(f"np.broadcast_to({operands[0]}, {shape})")


def _count(operands: Sequence[Text], params: dict[str, Any], op: Op) -> Text:
    x, axis = op.args[0], params["axis"]
    if not x.shape:
        return Text("1")
    if x.kind == "const":
        return number(op.rule.compute([x.held], params))  # type: ignore[union-attr]
    if axis is None or len(axis) == len(x.shape):
        return Text(f"{operands[0].within(ATOM)}.size")
    sizes = [f"{operands[0].within(ATOM)}.shape[{a}]" for a in axis]
    return Text(" * ".join(sizes) or "1", PRODUCT)


def _mean(operands: Sequence[Text], params: dict[str, Any], op: Op) -> Text:
    rest = {key: value for key, value in params.items() if key != "ddof"}
    named = "".join(f", {part}" for part in _named(rest, silent=True))
    if params["ddof"] == 0:
        return Text(f"np.mean({operands[0]}{named})")
    count = _count(operands, params, op)
    return Text(f"np.sum({operands[0]}{named}) / ({count} - {params['ddof']})", PRODUCT)


def _scatter(operands: Sequence[Text], params: dict[str, Any], op: Op) -> Text:
    key = index(params["key"], operands[1:], bare=False)
    return Text(f"{_scattering(operands)}({operands[0]}, {key}, {parameter(params['shape'])})")


def _scattering(operands: Sequence[Text]) -> str:
    """The helper that undoes an indexing: slices take no place twice, index arrays may."""
    return "scatter" if operands[1:] else "placed"


def _einsum(operands: Sequence[Text], params: dict[str, Any], op: Op) -> Text:
    """By way of matrix products where an operand is large, as the engine's kernel does it."""
    assert op.rule is not None
    text = filled(op.rule.code, operands, params)
    large = any(math.prod(a.shape) > arrays.LARGE for a in op.args)
    return Text(f"{text.removesuffix(')')}, optimize=True)") if large else text


def _expand_dims(operands: Sequence[Text], params: dict[str, Any], op: Op) -> Text:
    return Text(f"np.expand_dims({', '.join([*operands, *_named(params, silent=True)])})")


_POWER = TABLE["power"]
Form = Callable[[Sequence[Text], dict[str, Any], Op], Text]
FORMS: dict[str, Form] = {
    "astype": _astype,
    "matrix_transpose": _axes,
    "broadcast_to": _broadcast,
    "expand_dims": _expand_dims,
    "count": _count,
    "mean": _mean,
    "scatter": _scatter,
    "einsum": _einsum,
    "square": lambda operands, params, op: _infix(_POWER, [operands[0], Text("2")]),
}
SCATTERING = {
    "scatter": '''
def scatter(g, key, shape):
    """Zeros with g added at a key: what undoes an indexing."""
    out = np.zeros(shape, np.asarray(g).dtype)
    np.add.at(out, key, g)
    return out
''',
    "placed": '''
def placed(g, key, shape):
    """Zeros with g at a key: what undoes taking a part."""
    out = np.zeros(shape, np.asarray(g).dtype)
    out[key] = g
    return out
''',
}


def spelled(op: Op, operands: Sequence[Text], helpers: Helpers) -> Text:
    """The operation `op` of what `operands` say."""
    rule = op.rule
    assert rule is not None
    if rule.opaque:
        call = f"{helpers.opaque(rule)}({', '.join([*operands, *_named(op.params, silent=False)])})"
        return Text(call if op.dtype is not None else f"np.asarray({call}).item()")
    of_numbers = op.dtype is None and all(a.dtype is None for a in op.args) and not (rule.moves or rule.counts)
    if of_numbers and not (helpers.traced and _settled(op) is None):
        return _of_numbers(op, rule, operands, helpers)
    if _python_raises(op):
        return Text(f"{path(rule.array)}({', '.join(operands)})")
    if rule.infix or rule.signs == (-1,):
        return _infix(rule, _short(op, rule, operands))
    form = FORMS.get(rule.name)
    if form is not None:
        text = form(operands, op.params, op)
        if rule.indexed == "result":
            name = _scattering(operands)
            return Text(text.replace(f"{name}(", f"{helpers.text(name, SCATTERING[name])}(", 1))
        return text
    if rule.code:
        return filled(rule.code, operands, op.params)
    if is_numpys(rule.array):
        return Text(f"{path(rule.array)}({', '.join([*operands, *_named(op.params, silent=True)])})")
    params = op.params
    if isinstance(params.get("axis"), tuple) and len(params["axis"]) == 1 and _hands_axis_on(rule.array):
        params = {**params, "axis": params["axis"][0]}
    return Text(f"{helpers.kernel(rule.array)}({', '.join([*operands, *_named(params, silent=False)])})")


def check_text(check: Callable[..., None], operand: Text, params: Sequence[Any], helpers: Helpers) -> str:
    """The call of a check, which is taken along as a helper."""
    return f"{helpers.kernel(check)}({', '.join([operand, *map(parameter, params)])})"


def _hands_axis_on(kernel: Any) -> bool:
    """Whether a kernel only passes its axis to NumPy's functions, which take a number for a tuple of one."""
    _, _, body = inspect.getsource(kernel).partition(":\n")
    return re.search(r"\baxis\b(?!=axis)(?<!axis=axis)", re.sub(r"axis=axis|`axis`", "", body)) is None


def _short(op: Op, rule: Rule, operands: Sequence[Text]) -> Sequence[Text]:
    """Operands with 2 for 2.0, where the other operand makes floats of it."""
    if not (rule.signs or rule.powers):
        return operands
    shown = list(operands)
    for i, a in enumerate(op.args):
        other = op.args[-1 - i]
        fractional = other.dtype.kind == "f" if other.dtype is not None else not (other.rule and other.rule.vjps == ())
        if a.kind == "const" and not a.shape and a.dtype == other.dtype == np.dtype(float) and other.shape:
            shown[i] = number(float(a.held))  # NumPy's number among arrays of its own dtype
        if a.kind == "const" and other.kind != "const" and fractional and re.fullmatch(r"-?\d{1,9}\.0", shown[i]):
            shown[i] = Text(shown[i][:-2], shown[i].strength)
    return shown


def _infix(rule: Rule, operands: Sequence[Text]) -> Text:
    if len(operands) == 1:
        return Text(f"-{operands[0].within(SIGN)}", SIGN)
    x, y = operands
    strength = _STRENGTHS[rule.infix]
    if strength == COMPARED:
        return Text(f"{x.within(SUM)} {rule.infix} {y.within(SUM)}", COMPARED)
    if strength == POWER:
        left, right = x.within(POWER + 1), y.within(POWER + 1 if y.strength != SIGN else SIGN)
        return Text(
            f"{left}**{right}" if _SIMPLE.fullmatch(left) and _SIMPLE.fullmatch(right) else f"{left} ** {right}", POWER
        )
    # a sum or product of three is computed from the left: any other order needs its parentheses
    return Text(f"{x.within(strength)} {rule.infix} {y.within(strength + 1)}", strength)


def _of_numbers(op: Op, rule: Rule, operands: Sequence[Text], helpers: Helpers) -> Text:
    """The operation on Python's numbers."""
    kernel = rule.scalar
    if getattr(kernel, "__module__", "") == operator.add.__module__:  # an operator of Python
        if _python_raises(op):
            return Text(f"{path(rule.array)}({', '.join(operands)}).item()")
        return _infix(rule, _short(op, rule, operands))
    if kernel is not None and kernel is rule.composed:
        return _number_of_numpys(op, rule, operands, helpers)
    if rule is _POWER and re.fullmatch(r"\d+(\.0)?", operands[1]):
        return _infix(_POWER, [operands[0], Text(operands[1].removesuffix(".0"))])
    if rule is _POWER and not helpers.plain:
        return Text(f"np.float_power({', '.join(operands)}).item()")  # of whole numbers, too, which np.power refuses
    if rule.name in _LOGIC:
        x, y = [_truth(a, text).within(COMPARED) for a, text in zip(op.args, operands, strict=True)]
        return Text(f"{x} {_LOGIC[rule.name]} {y}", CHOICE)
    found = _by_operators(rule, operands, op.params)
    if found is not None:
        return found
    if kernel is not None and (helpers.plain or kernel is abs):
        return _by_kernel(kernel, operands, op.params, helpers)
    return _number_of_numpys(op, rule, operands, helpers)


def _by_kernel(kernel: Callable[..., Any], operands: Sequence[Text], params: dict[str, Any], helpers: Helpers) -> Text:
    """The call of the function that computes a row on Python's numbers."""
    if kernel.__module__ == "math":
        return Text(f"math.{kernel.__name__}({', '.join(operands)})")
    if kernel is abs:
        return Text(f"abs({operands[0]})")
    if params:
        return _of_one_number(operands[0], params)
    return Text(f"{helpers.kernel(kernel)}({', '.join(operands)})")


def _of_one_number(x: Text, params: dict[str, Any]) -> Text:
    """A reduction of a single number: its sum, mean, largest … are the number itself, less a ddof its mean is none."""
    ddof = params.get("ddof")
    return Text(f"np.divide({x}, {1 - ddof}).item()") if ddof else x


def _by_operators(rule: Rule, operands: Sequence[Text], params: dict[str, Any]) -> Text | None:
    """A row on Python's numbers by Python's operators, if these can say it."""
    if rule.name == "square":
        x = operands[0]
        return Text(f"{x.within(PRODUCT)} * {x.within(PRODUCT + 1)}", PRODUCT)
    if rule.name == "astype":
        kind = np.dtype(params["dtype"]).kind
        return Text(f"{'bool' if kind == 'b' else 'int' if kind in 'iu' else 'float'}({operands[0]})")
    if rule.name == "reciprocal":
        return Text(f"1.0 / {operands[0].within(PRODUCT + 1)}", PRODUCT)
    if rule.name in ("where", "pinned"):
        condition, x, y = operands
        return Text(f"{x.within(COMPARED)} if {condition.within(COMPARED)} else {y}", CHOICE)
    return None


def _truth(op: Op, text: Text) -> Text:
    """A number of Python's as True or False: `and` and `or` give one of their operands."""
    with np.errstate(all="ignore"):  # arccosh has no number at ½
        tried = op.held if op.rule is None else op.rule.compute([0.5] * len(op.args), op.params)
    return text if isinstance(tried, (bool, np.bool_)) else Text(f"bool({text})")


def _python_raises(op: Op) -> bool:
    """Whether a number, which may be Python's, is divided by a 0 of Python's: nan or inf to NumPy."""
    divides = op.rule is not None and op.rule.infix in ("/", "//", "%")
    return divides and op.args[0].shape == () and _settled(op.args[1]) == 0


def _settled(op: Op) -> Any:
    """Python's number that is computed of counts and constants alone, the same at every call; None for any other."""
    if op.kind == "const" and op.dtype is None:
        return op.held
    if op.rule is None or op.dtype is not None:
        return None
    if op.rule.counts:
        shape, axis = op.args[0].shape, op.params["axis"]
        return math.prod(shape if axis is None else [shape[a] for a in axis])
    held = [_settled(a) for a in op.args]
    with np.errstate(all="ignore"):
        return None if None in held else op.rule.compute(held, op.params)


def _number_of_numpys(op: Op, rule: Rule, operands: Sequence[Text], helpers: Helpers) -> Text:
    """The operation on Python's numbers by NumPy's functions, for a text that has arrays, too."""
    if rule.code:
        return Text(f"np.asarray({filled(rule.code, operands, op.params)}).item()")
    if rule.scalar is not None and op.params:
        return _of_one_number(operands[0], op.params)
    if is_numpys(rule.array):
        return Text(f"{path(rule.array)}({', '.join([*operands, *_named(op.params, silent=True)])}).item()")
    # a kernel with an axis asks its operand for `x.max(axis)` and the like
    given = [f"np.float64({operands[0]})"] if "axis" in op.params else operands
    call = f"{helpers.kernel(rule.array)}({', '.join([*given, *_named(op.params, silent=False)])})"
    return Text(f"np.asarray({call}).item()")


def is_numpys(kernel: Any) -> bool:
    """Whether a kernel is one of NumPy's own functions."""
    return isinstance(kernel, np.ufunc) or getattr(kernel, "__module__", "").startswith("numpy")


def path(kernel: Any) -> str:
    """Where NumPy keeps a function."""
    home = "np.linalg" if getattr(kernel, "__module__", "") == "numpy.linalg" else "np"
    return f"{home}.{kernel.__name__}"


class Helpers:
    """The private functions that an emitted text brings along: kernels of this package, their own source.

    avoid: names that the emitted function itself uses, which a helper of that name gives way to. plain: whether
    Python's numbers are computed with `math`; else with NumPy alone. traced: whether numbers that are not the same at
    every call will be XLA's, which only operators and NumPy's functions take. space: where the text will run, if
    functions may stand there that have no source.
    """

    def __init__(
        self,
        avoid: Iterable[str] = (),
        *,
        plain: bool = True,
        traced: bool = False,
        space: dict[str, Any] | None = None,
    ) -> None:
        self.texts: dict[str, str] = {}
        self.avoid = frozenset(avoid)
        self.plain, self.traced = plain, traced
        self.space = space

    def name(self, kernel: str) -> str:
        """What a kernel is called in the text."""
        private = f"_{kernel.lstrip('_')}"
        return f"{private}_of" if private in self.avoid else private

    def text(self, name: str, source: str) -> str:
        """Take along a function whose source is given."""
        given = self.name(name)
        self.texts.setdefault(given, source.strip("\n").replace(f"def {name}(", f"def {given}("))
        return given

    def opaque(self, rule: Rule) -> str:
        """The name of a kernel that the text calls where it runs, having no source of it."""
        if self.space is None:
            raise NotEmittableError(
                f"{rule.name} is an operation of your own (tg.primitive), which has no source to be written out; jit "
                f"with NumPy calls it"
            )
        name = self.name(identifier(rule.name))
        while self.space.setdefault(name, rule.array) is not rule.array:
            name += "_"
        return name

    def kernel(self, function: Any) -> str:
        """Take along a kernel, and the kernels it calls itself; returns its name."""
        name: str = function.__name__
        given = self.name(name)
        if given not in self.texts:
            used = {each: function.__globals__.get(each) for each in sorted(_globals_in(function.__code__))}
            source = _plain_source(function)
            for each, other in used.items():
                if inspect.isfunction(other) and other.__module__.startswith(_KERNELS) and other is not function:
                    source = re.sub(rf"\b{each}\(", f"{self.kernel(other)}(", source)
            self.texts[given] = re.sub(rf"^def {name}\(", f"def {given}(", source)
        return given

    def __str__(self) -> str:
        return "\n\n\n".join(self.texts.values())


_KERNELS = arrays.__name__.rpartition(".")[0]


def _globals_in(code: CodeType) -> set[str]:
    """The global names that a function reads, in functions inside it too."""
    found = {each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"}
    return found.union(*(_globals_in(each) for each in code.co_consts if inspect.iscode(each)))


def _plain_source(function: Any) -> str:
    """A kernel's source without its annotations, whose names the emitted text does not have."""
    source = textwrap.dedent(inspect.getsource(function))
    signature = inspect.signature(function)
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    head = f"def {function.__name__}{signature.replace(parameters=bare, return_annotation=signature.empty)}:"
    first = ast.parse(source).body[0].body[0].lineno  # type: ignore[attr-defined]
    lines = [head]
    for line in source.splitlines()[first - 1 :]:
        line = re.sub(r"  # noqa.*$", "", line)
        code, mark, comment = line.partition("  # ")
        if mark and len(line) > 88:  # a formatter would break the line for its comment's sake
            lines.append(f"{code[: len(code) - len(code.lstrip())]}# {comment}")
            line = code
        lines.append(line)
    return "\n".join(lines).rstrip()
