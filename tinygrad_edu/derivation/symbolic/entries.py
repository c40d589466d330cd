"""The kernels on symbols: tensors in index notation.

A `Symbol` is a tensor whose entry at the indices (i, j, …) is a SymPy expression, built when asked for: `x.at(i, j)`.
Indices count from 1, as on paper. An axis of length 1 is an index that is not there. Lengths are `Extent`s: the
recorded number, so that the rules' own arithmetic on shapes works, with the letter it stands for.

The kernels here go entry by entry; those that look at whole tensors stand in `tensors.py`, and in the same table.
Where an operation has no closed form in index notation (an inverse, a sort), its entries are those of a named function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import sympy as sp

from ...engine.kernels.lookup import array_kernel
from .functions import Expr, Extent, cases, exact, extent, fresh, indicator, number, sigmoid, truth

Index = tuple[Expr, ...]

# Inside a derivative, a letter is equal to no number in particular: 0 in x/|x| is a matter of the point, not of the
# formula. In the user's own comparisons (y == 1) it is not so.
_in_general: ContextVar[bool] = ContextVar("in_general", default=False)


@contextmanager
def in_general(derivative: bool = True) -> Iterator[None]:
    """Whether entries that are built inside belong to a rule's derivative (True) or to what the user wrote."""
    token = _in_general.set(derivative)
    try:
        yield
    finally:
        _in_general.reset(token)


# ── the tensor ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _operator(name: str, swapped: bool = False) -> Callable[[Symbol, Any], Symbol]:
    """The kernel of a row as an operator of Python."""

    def operator(x: Symbol, y: Any) -> Symbol:
        return _elementwise(KERNELS[name], [lift(y), x] if swapped else [x, lift(y)])

    return operator


class Symbol:
    """A tensor in index notation. shape: Extents (1 for an axis that is not there). at: its entry at given indices."""

    __slots__ = ("_at", "_known", "shape")
    __array_ufunc__ = None  # an array on the left leaves the operation to us

    def __init__(self, shape: Sequence[int], at: Callable[..., Expr]) -> None:
        self.shape = tuple(shape)
        self._at = at
        self._known: dict[Index, Expr] = {}

    def at(self, *indices: Expr) -> Expr:
        """The entry at these indices, one for each axis."""
        indices = tuple(sp.Integer(1) if n == 1 else i for i, n in zip(indices, self.shape, strict=True))
        found = self._known.get(indices)
        if found is None:
            found = self._known[indices] = self._at(*indices)
        return found

    def __kernel__(self, rule: Any) -> Callable[..., Any]:
        kernel = KERNELS.get(rule.name)
        if kernel is None and rule.composed is not None:
            return lambda *args, **params: rule.composed(*map(lift, args), **params)
        if kernel is None:
            return lambda *args, **params: named_function(rule.name, args, params, rule.array)
        if rule.kind.name == "elementwise" and not rule.moves:
            return lambda *args, **params: _elementwise(kernel, [lift(a) for a in args])
        return kernel

    __add__, __radd__ = _operator("add"), _operator("add", swapped=True)
    __sub__, __rsub__ = _operator("subtract"), _operator("subtract", swapped=True)
    __mul__, __rmul__ = _operator("multiply"), _operator("multiply", swapped=True)
    __truediv__, __rtruediv__ = _operator("divide"), _operator("divide", swapped=True)
    __pow__, __rpow__ = _operator("power"), _operator("power", swapped=True)
    __gt__, __ge__ = _operator("greater"), _operator("greater_equal")
    __lt__, __le__ = _operator("less"), _operator("less_equal")

    def __neg__(self) -> Symbol:
        return _elementwise(KERNELS["negative"], [self])

    def __getitem__(self, key: Any) -> Symbol:
        part: Symbol = KERNELS["getitem"](self, key=key if isinstance(key, tuple) else (key,))
        return part

    @property
    def mT(self) -> Symbol:
        """The last two axes exchanged."""
        exchanged: Symbol = KERNELS["matrix_transpose"](self)
        return exchanged

    def __matmul__(self, other: Any) -> Symbol:
        product: Symbol = KERNELS["matmul"](self, other)
        return product

    def __rmatmul__(self, other: Any) -> Symbol:
        product: Symbol = KERNELS["matmul"](other, self)
        return product


def built_within(x: Symbol, derivative: bool) -> Symbol:
    """`x`, its entries built as part of a derivative or as part of what the user wrote."""

    def at(*indices: Expr) -> Expr:
        with in_general(derivative):
            return x.at(*indices)

    return Symbol(x.shape, at)


def letter(name: str, shape: Sequence[int]) -> Symbol:
    """A tensor called `name`; a single number is a Symbol, and axes of length 1 are not there."""
    if all(n == 1 for n in shape):
        one = sp.Symbol(name)
        return Symbol(shape, lambda *_: one)
    base = sp.IndexedBase(name)
    return Symbol(shape, lambda *indices: base[tuple(i for i, n in zip(indices, shape, strict=True) if n != 1)])


def lift(a: Any) -> Symbol:
    """A number or an array as a symbol; of arrays those that `recognised` knows."""
    if isinstance(a, Symbol):
        return a
    held = np.asarray(a)
    if held.ndim == 0:
        value = exact(held.item())
        return Symbol((), lambda: value)
    found = recognised(held)
    if found is None:
        raise NotImplementedError(f"an array of shape {held.shape} without a name")
    return found


def recognised(held: Any, shape: Sequence[int] | None = None) -> Symbol | None:
    """A constant, counting or unit array as a symbol that needs no name; None of any other. shape: its extents."""
    shape = held.shape if shape is None else shape
    first = held.ravel()[0] if held.size else 0
    if held.size and np.all(held == first):
        value = exact(first)
        return Symbol(shape, lambda *_: value)
    long = [a for a, n in enumerate(held.shape) if n != 1]
    if len(long) == 1 and np.array_equal(held.ravel(), np.arange(held.size)):
        return Symbol(shape, lambda *indices: indices[long[0]] - 1)
    if len(long) == 2:
        matrix = held.reshape([held.shape[a] for a in long])
        if matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(matrix.shape[0])):
            value = sp.Eq if held.dtype == bool else sp.KroneckerDelta
            return Symbol(shape, lambda *indices: value(indices[long[0]], indices[long[1]]))
    return None


def joint_shape(shapes: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The shape that shapes broadcast to; letters win over bare numbers."""
    depth = max(map(len, shapes), default=0)
    out: list[int] = [1] * depth
    for shape in shapes:
        for a, n in enumerate(shape, start=depth - len(shape)):
            if n != 1 and (out[a] == 1 or (isinstance(n, Extent) and not isinstance(out[a], Extent))):
                out[a] = n
    return tuple(out)


def _elementwise(kernel: Callable[..., Expr], operands: Sequence[Symbol]) -> Symbol:
    shape = joint_shape([x.shape for x in operands])

    def at(*indices: Expr) -> Expr:
        return kernel(*(x.at(*indices[len(indices) - len(x.shape) :]) for x in operands))

    return Symbol(shape, at)


# ── kernels, entry by entry ───────────────────────────────────────────────────────────────────────────────────────────


def _numeric(function: Callable[..., Expr]) -> Callable[..., Expr]:
    """A function of numbers: truth values count as 1 and 0."""
    return lambda *entries: function(*map(number, entries))


def _compared(relation: Callable[..., Expr], flips: bool = False) -> Callable[..., Expr]:
    def compare(x: Expr, y: Expr) -> Expr:
        x, y = number(x), number(y)
        if _in_general.get():
            tiny = y.is_number and y.is_positive and y < sp.Rational(1, 1000)
            if relation is sp.Eq and (x.is_number or y.is_number) and x != y:
                return sp.false
            if relation is sp.Lt and tiny:
                return sp.false
        return relation(x, y)

    return compare


def _where(condition: Expr, x: Expr, y: Expr) -> Expr:
    x, y = number(x), number(y)
    condition = truth(condition)
    if condition in (True, sp.true):
        return x
    if condition in (False, sp.false):
        return y
    x, y = _where_known(x, condition, True), _where_known(y, condition, False)
    if x == y:
        return x
    if _in_general.get() and not _may_be_infinite(x if y == 0 else y):
        if y == 0:
            return x * indicator(condition)
        if x == 0 and not y.has(cases):  # two choices inside each other read better as one list of cases
            return y * indicator(sp.Not(condition))
    if isinstance(y, cases):
        return cases.of((x, condition), *y.pairs)
    return cases.of((x, condition), (y, sp.true))


def _where_known(expr: Expr, condition: Expr, holds: bool) -> Expr:
    """An expression where a condition is known to hold, or not to: the cases in it that this decides are decided."""
    if not expr.has(cases):
        return expr
    true, false = (condition, sp.Not(condition)) if holds else (sp.Not(condition), condition)
    return expr.replace(
        lambda e: isinstance(e, cases) and (true in e.args[1::2] or false in e.args[1::2]),
        lambda e: cases(*(sp.true if a == true else sp.false if a == false else a for a in e.args)),
    )


def _may_be_infinite(expr: Expr) -> bool:
    """Whether a letter stands under a fraction: such a term cannot be switched off by a factor 0."""
    return any(p.exp.is_negative and p.base.has(sp.Indexed) for p in expr.atoms(sp.Pow))


def spherical_jn(x: Expr, n: Expr) -> Expr:
    """The spherical Bessel function j_n in closed form, by recurrence from j₀ and j₁. DLMF 10.51.1."""
    before, found = sp.cos(x) / x, sp.sinc(x)
    for k in range(int(n)):
        before, found = found, ((2 * k + 1) * found - x * before) / x
    return found


_ENTRIES: dict[str, Callable[..., Expr]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
    "negative": lambda x: -x,
    "absolute": sp.Abs,
    "square": lambda x: x**2,
    "reciprocal": lambda x: 1 / x,
    "sign": sp.sign,
    "floor": sp.floor,
    "ceil": sp.ceiling,
    "exp": sp.exp,
    "exp2": lambda x: 2**x,
    "expm1": lambda x: sp.exp(x) - 1,
    "log": sp.log,
    "log1p": lambda x: sp.log(1 + x),
    "log2": lambda x: sp.log(x) / sp.log(2),
    "log10": lambda x: sp.log(x) / sp.log(10),
    "sqrt": sp.sqrt,
    "sigmoid": sigmoid,
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "logistic_loss": lambda x, y: sp.log(1 + sp.exp(x)) - y * x,
    "sigmoid_residual": lambda x, y: sigmoid(x) - y,
    "logaddexp": lambda x, y: sp.log(sp.exp(x) + sp.exp(y)),
    "logaddexp2": lambda x, y: sp.log(2**x + 2**y) / sp.log(2),
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "arcsin": sp.asin,
    "arccos": sp.acos,
    "arctan": sp.atan,
    "arctan2": sp.atan2,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "arcsinh": sp.asinh,
    "arccosh": sp.acosh,
    "arctanh": sp.atanh,
    "erf": sp.erf,
    "hypot": lambda x, y: sp.sqrt(x**2 + y**2),
    "sinc": lambda x: sp.sinc(sp.pi * x),
    "spherical_jn": spherical_jn,
    "relu": lambda x: sp.Max(x, 0),
    "maximum": sp.Max,
    "minimum": sp.Min,
    "remainder": lambda x, y: x - y * sp.floor(x / y),
    "floor_divide": lambda x, y: sp.floor(x / y),
    "trunc": lambda x: sp.sign(x) * sp.floor(sp.Abs(x)),
    "zeros_like": lambda x: sp.Integer(0),
    "ones_like": lambda x: sp.Integer(1),
}
KERNELS: dict[str, Callable[..., Any]] = {name: _numeric(function) for name, function in _ENTRIES.items()}
KERNELS |= {
    "where": _where,
    "pinned": _where,
    "equal": _compared(sp.Eq),
    "not_equal": _compared(sp.Ne),
    "less": _compared(sp.Lt),
    "less_equal": _compared(sp.Le),
    "greater": _compared(sp.Gt),
    "greater_equal": _compared(sp.Ge),
    "logical_and": lambda x, y: sp.And(truth(x), truth(y)),
    "logical_or": lambda x, y: sp.Or(truth(x), truth(y)),
    "logical_not": lambda x: sp.Not(truth(x)),
}


# ── named functions ───────────────────────────────────────────────────────────────────────────────────────────────────


class Named:
    """What a named function's entries are: `call` applied to `args`, plain numbers instead of symbols."""

    def __init__(
        self, label: str, call: Callable[..., Any], args: Sequence[Any], params: dict[str, Any], shape: Sequence[int]
    ) -> None:
        self.label, self.call, self.args, self.params = label, call, tuple(args), params
        self.symbol = letter(label, shape)


class Names(dict[str, Named]):
    """The named functions of one derivation, by what they are called in its formulas.

    taken: what they must not be called. out: the indices of what is derived, where it is more than a number.
    """

    def __init__(self) -> None:
        super().__init__()
        self.taken: set[str] = set()
        self.out: frozenset[Expr] = frozenset()


named: ContextVar[Names | None] = ContextVar("named", default=None)


def named_function(
    name: str,
    args: Sequence[Any],
    params: dict[str, Any],
    array: Callable[..., Any] | None = None,
    shape: Sequence[int] | None = None,
) -> Symbol:
    """Entries of an operation without a closed form: those of `array(*args)` (default: NumPy's kernel of that name)."""
    known = named.get()
    if known is None:
        raise NotImplementedError(f"{name} has no closed form in index notation")
    if any(isinstance(a, Symbol) and not known.out.isdisjoint(_general_entry(a).free_symbols) for a in args):
        raise ValueError(  # the function has a name with the indices of its result alone
            f"derive: {name.removeprefix('vjp_')} has no closed form in index notation for each entry of what is "
            "derived; derive one entry, y[0], or take the numbers from tg.jacobian or tg.hessian"
        )
    for each in known.values():
        same = len(each.args) == len(args) and all(a is b for a, b in zip(each.args, args, strict=True))
        if same and each.label.rpartition("_")[0] == name:
            return each.symbol
    array = array or array_kernel(name)

    def call(*values: Any) -> Any:
        return array(*values, **params)

    if shape is None:
        shape = params.get("shape") or _probed(call, args)
    count = 1
    while (label := f"{name}_{count}") in known.taken:
        count += 1
    known.taken.add(label)
    known[label] = Named(label, call, args, params, shape)
    return known[label].symbol


def _general_entry(a: Symbol) -> Expr:
    """An entry at indices that nothing else has."""
    return number(a.at(*(sp.Integer(1) if n == 1 else fresh() for n in a.shape)))


def _probed(call: Callable[..., Any], args: Sequence[Any]) -> list[int]:
    """The shape of a result, found by computing it on other numbers; lengths that one letter has get that letter."""
    trial = []
    letters: dict[int, set[Expr]] = {}
    for a in args:
        shape = np.shape(a) if not isinstance(a, Symbol) else a.shape
        for n in shape:
            letters.setdefault(int(n), set()).add(extent(n))
        numbers = (
            np.eye(int(shape[-2]), int(shape[-1])) + 0.1 if len(shape) > 1 else np.full([int(n) for n in shape], 0.5)
        )
        trial.append(np.broadcast_to(numbers, [int(n) for n in shape]) if isinstance(a, Symbol) else a)
    out = np.shape(call(*trial))
    return [Extent(n, next(iter(letters[n]))) if n != 1 and len(letters.get(n, ())) == 1 else n for n in out]
