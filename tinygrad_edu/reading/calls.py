"""The functions a claim may apply, by the engine's names, from entries to entries."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..engine.graph import Node, Rule
from ..engine.rules import TABLE, shape
from ..errors import MisfitError
from ..tensors import functions
from . import entries
from .entries import Entries

REDUCTIONS = ("sum", "mean", "prod", "max", "min", "var", "std", "logsumexp")  # over all axes, or over an axis=


def _entrywise(name: str) -> Callable[..., Entries]:
    function: Callable[..., Any] = getattr(functions, name, None) or TABLE[name]

    def apply(*given: Entries) -> Entries:
        takes = max(len(getattr(TABLE.get(name), "vjps", ()) or ()), 1) if not callable(TABLE[name].vjps) else 3
        if len(given) != takes:
            raise MisfitError(f"{name} takes {takes} argument{'s' * (takes != 1)}, not {len(given)}")
        if len(given) == 1:
            return replace(given[0], data=function(given[0].data), standing="")
        return entries.elementwise(function, *given)

    return apply


def _step(name: str) -> Callable[..., Entries]:
    """A function whose derivative is 0: sign, floor, the comparisons."""
    function: Callable[..., Any] = getattr(functions, name, None) or TABLE[name]

    def apply(*given: Entries) -> Entries:
        found = entries.elementwise(lambda *data: function(*data), *given)
        return replace(found, data=_numbers(found.data))

    return apply


def _numbers(data: Any) -> Any:
    """Bools as 0 and 1, so that they can be counted and subtracted."""
    return data * 1.0


def _reduction(name: str) -> Callable[..., Entries]:
    function: Callable[..., Any] = getattr(functions, name)
    pair = {"max": "maximum", "min": "minimum"}.get(name)

    def apply(*given: Entries, **options: Any) -> Entries:
        if len(given) == 2 and pair:
            return entries.elementwise(getattr(functions, pair), *given)
        if len(given) != 1:
            raise MisfitError(f"{name} takes one argument, not {len(given)}")
        x = given[0]
        if not options and not x.labels:
            return Entries(function(x.data) if x.rank else x.data)
        if not options:
            return entries.reduce_axes(function, x)
        axes = _own_axes(x, options.pop("axis", None))
        return Entries(_called(function, x.data, axis=axes, **options), x.labels)

    return apply


def _reducing_row(name: str) -> Callable[..., Entries]:
    """A reduction that has a row alone: over all matrix axes, or over those it is told."""

    def apply(x: Entries, *, axis: Any = None, keepdims: bool = False) -> Entries:
        return Entries(_called(TABLE[name], x.data, axis=_own_axes(x, axis), keepdims=keepdims), x.labels)

    return apply


def _along_axis(name: str) -> Callable[..., Entries]:
    """softmax and its relatives: along the last axis, or along the last index where there are only indices."""
    function: Callable[..., Any] = getattr(functions, name)

    def apply(x: Entries, *, axis: int = -1) -> Entries:
        if not x.rank and not x.labels:
            raise MisfitError(f"{name} of a single number")
        return replace(x, data=_called(function, functions.array(x.data), axis=axis))

    return apply


def _called(function: Callable[..., Any], *given: Any, **options: Any) -> Any:
    """The result of one of the engine's functions; its errors about shapes and axes become `MisfitError`s."""
    try:
        return function(*given, **options)
    except (ValueError, TypeError, IndexError) as error:
        raise MisfitError(str(error)) from None


def _whole(function: Callable[..., Any]) -> Callable[..., Entries]:
    """A function of whole arrays, without indices."""

    def apply(*given: Entries, **options: Any) -> Entries:
        if any(x.labels for x in given):
            raise MisfitError("a function of whole arrays, applied to a part with indices")
        return Entries(_called(function, *(x.data for x in given), **options))

    return apply


def _diag(x: Entries) -> Entries:
    """The matrix with x on its diagonal, or a matrix's diagonal."""
    if x.rank == 1:
        n = x.axes[0]
        entries.bounded([*x.lengths().values(), n, n])
        column = functions.reshape(functions.array(x.data), (*x.lengths().values(), n, 1))
        return Entries(functions.multiply(column, np.eye(n)), x.labels)
    if x.rank == 2 and not x.labels:
        if 1 in x.axes and x.axes != (1, 1):  # a column or a row, kept as a matrix
            return _diag(Entries(functions.reshape(functions.array(x.data), (-1,))))
        return Entries(_called(functions.diagonal, x.data))
    raise MisfitError(f"diag of a part that is {x}")


def _trace(x: Entries) -> Entries:
    if x.rank != 2 or x.labels:
        raise MisfitError(f"the trace of a part that is {x}")
    return Entries(_called(functions.trace, x.data))


def _determinant(x: Entries) -> Entries:
    """The determinant of a square matrix."""
    if x.rank != 2 or x.axes[0] != x.axes[1]:
        raise MisfitError(f"the determinant of a part that is {x}")
    from ..tensors import linalg

    return Entries(_called(linalg.det, x.data), x.labels)


def _norm(
    x: Entries,
    *,
    order: int = 2,
    ord: Any = None,  # noqa: A002 (NumPy's name)
    axis: Any = None,
    keepdims: bool = False,
) -> Entries:
    """√Σ x², or Σ |x| of order 1, over the matrix axes or those it is told. ord: NumPy's, of vectors and matrices."""
    from ..tensors import linalg

    if not x.rank and axis is None:
        return replace(x, data=functions.absolute(x.data))
    axes = _own_axes(x, axis)
    if ord not in (None, "fro") and (ord, len(axes)) != (2, 1):
        return Entries(_called(linalg.norm, x.data, ord, axes, keepdims), x.labels)
    parts = (functions.absolute if order == 1 else functions.square)(x.data)
    total = _called(functions.sum, parts, axis=axes, keepdims=keepdims)
    return Entries(total if order == 1 else functions.sqrt(total), x.labels)


def _own_axes(x: Entries, axis: Any) -> tuple[int, ...]:
    """The places of the matrix axes that a function is told (None: of all), which stand behind the indices."""
    told = range(x.rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    for each in told:
        if not -x.rank <= each < x.rank:
            raise MisfitError(f"axis {each} of a part that is {x}")
    return tuple(len(x.labels) + each % x.rank for each in told)


def _heaviside(x: Entries, at_zero: Entries | None = None) -> Entries:
    """1 where x > 0, else 0, or at_zero where x is 0."""
    found = replace(x, data=_numbers(functions.greater(x.data, 0.0)), standing="")
    if at_zero is None:
        return found
    zero = replace(found, data=_numbers(functions.equal(x.data, 0.0)))
    return entries.elementwise(lambda step, here, value: step + here * value, found, zero, at_zero)


def _concatenate(*parts: Entries, axis: int = 0) -> Entries:
    if any(part.labels for part in parts):
        raise MisfitError("parts with indices are not put behind each other")
    return Entries(_called(functions.concatenate, [functions.array(part.data) for part in parts], axis=axis))


def _ones(fill: float) -> Callable[..., Entries]:
    def apply(x: Entries, *more: Entries) -> Entries:
        if x.rank == 1 and not more:
            lengths = [int(n) for n in np.asarray(x.data)]
        else:
            lengths = [int(float(each.data)) for each in (x, *more)]
        if any(n < 0 for n in lengths):
            raise MisfitError(f"an array of lengths {lengths}")
        entries.bounded(lengths)
        return Entries(np.full(lengths, fill))

    return apply


def _eye(n: Entries) -> Entries:
    length = int(float(n.data))
    entries.bounded([length, length])
    return Entries(np.eye(length))


def _arange(n: Entries) -> Entries:
    length = int(float(n.data))
    entries.bounded([length])
    return Entries(np.arange(float(length)))


def _outer(x: Entries, y: Entries) -> Entries:
    entries.bounded([int(np.size(_held(x.data))), int(np.size(_held(y.data)))])
    return Entries(_called(functions.outer, x.data, y.data))


def _held(data: Any) -> Any:
    return data._data if isinstance(data, Node) else data


def _solve(x: Entries, y: Entries) -> Entries:
    from ..tensors import linalg

    return Entries(_called(linalg.solve, x.data, y.data))


def _inverse(x: Entries) -> Entries:
    from ..tensors import linalg

    return Entries(_called(linalg.inv, x.data), x.labels)


def _einsum(*given: Entries, subscripts: str) -> Entries:
    terms = subscripts.replace(" ", "").partition("->")[0].split(",")
    shapes = [shape(x.data) for x in given]
    if [len(term) for term in terms] != [len(lengths) for lengths in shapes]:
        raise MisfitError(f"einsum {subscripts!r} of parts of shapes {', '.join(map(str, shapes))}")
    entries.bounded(
        list(
            {
                letter: n
                for term, size in zip(terms, shapes, strict=True)
                for letter, n in zip(term, size, strict=True)
            }.values()
        )
    )
    return Entries(_called(functions.einsum, subscripts, *(x.data for x in given)))


def _reshape(x: Entries, *new: Entries) -> Entries:
    lengths = [int(n) for each in new for n in np.ravel(_held(each.data))]
    return Entries(_called(functions.reshape, x.data, lengths))


def _expand(x: Entries, axis: int) -> Entries:
    return Entries(_called(functions.expand_dims, functions.array(x.data), axis))


def _like(fill: float) -> Callable[..., Entries]:
    return lambda x: replace(x, data=x.data * 0.0 + fill, standing="")


def _logit(x: Entries) -> Entries:
    return replace(x, data=functions.log(x.data) - functions.log(1.0 - x.data))


def _activation(name: str) -> Callable[..., Entries]:
    """A function that is composed of others, beside its setting: the slope of leaky_relu(z, 0.2)."""
    function: Callable[..., Any] = getattr(functions, name)

    def apply(x: Entries, *settings: Entries) -> Entries:
        return replace(x, data=_called(function, x.data, *(float(each.data) for each in settings)), standing="")

    return apply


def _inverted(name: str) -> Callable[..., Entries]:
    """1/f: cot, sec and csc have no row of their own."""
    return lambda x: replace(x, data=1.0 / getattr(functions, name)(x.data))


_STEPS = [
    "sign", "floor", "ceil", "rint", "trunc", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
    "logical_and", "logical_or", "logical_not", "floor_divide",
]  # fmt: skip


class _Functions(dict[str, Callable[..., Entries]]):
    """Functions by name: those that stand here, and the rows of the table whose kind says how they are applied."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or _of_kind(TABLE.get(str(name))) is not None

    def __missing__(self, name: str) -> Callable[..., Entries]:
        apply = _of_kind(TABLE.get(name))
        if apply is None:
            raise KeyError(name)
        return apply(name)


def _of_kind(rule: Rule | None) -> Callable[[str], Callable[..., Entries]] | None:
    """What makes a claim's function of a row, if its kind alone says it."""
    if rule is None or not rule.differentiable or rule.moves:
        return None
    return {"elementwise": _entrywise, "reduction": _reducing_row}.get(rule.kind.name)


FUNCTIONS: dict[str, Callable[..., Entries]] = _Functions(
    {
        **{name: _step(name) for name in _STEPS if name in TABLE},
        **{name: _reduction(name) for name in REDUCTIONS},
        **{name: _along_axis(name) for name in ("softmax", "log_softmax", "cumsum")},
        **{name: _activation(name) for name in ("leaky_relu", "elu", "gelu", "silu")},
        **{
            name: _whole(getattr(functions, name))
            for name in ("dot", "inner", "ravel", "squeeze", "trace", "diagonal", "swapaxes")
            if hasattr(functions, name)
        },
        "matmul": lambda x, y: entries.matrix_product(replace(x, row=False), replace(y, row=False)),
        "transpose": entries.transposed,
        "outer": _outer,
        "einsum": _einsum,
        "diag": _diag,
        "trace": _trace,
        "norm": _norm,
        "linalg.inv": _inverse,
        "linalg.det": _determinant,
        "det": _determinant,
        "adjugate": lambda x: entries.elementwise(functions.multiply, _determinant(x), _inverse(x)),
        "cofactor": lambda x: entries.elementwise(functions.multiply, _determinant(x), entries.transposed(_inverse(x))),
        "heaviside": _heaviside,
        "concatenate": _concatenate,
        "reshape_like": lambda x, y: Entries(_called(functions.reshape, x.data, shape(y.data))),
        "linalg.solve": _solve,
        "inverse": _inverse,
        "reshape": _reshape,
        "expand_dims": _expand,
        "ones": _ones(1.0),
        "zeros": _ones(0.0),
        "eye": _eye,
        "arange": _arange,
        "ones_like": _like(1.0),
        "zeros_like": _like(0.0),
        "clip": lambda x, low, high: entries.elementwise(functions.clip, x, low, high),
        "logit": _logit,
        "sec": _inverted("cos"),
        "csc": _inverted("sin"),
        "cot": _inverted("tan"),
        "sech": _inverted("cosh"),
    }
)


def why_not(name: str, given: Sequence[Entries], options: Mapping[str, Any], error: TypeError) -> str:
    """What to say where the function of that name raised a TypeError: that it takes other arguments, or the error."""
    try:
        inspect.signature(FUNCTIONS[name]).bind(*given, **options)
    except TypeError:
        many = f"{len(given)} argument{'s' * (len(given) != 1)}"
        beside = "".join(f", {key}=" for key in options)
        return f"{name} is not read with {many}{beside}"
    return f"{name}: {error}"
