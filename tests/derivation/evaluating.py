"""Formulas as numbers: what a formula in index notation is at a point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from tinygrad_edu.derivation.symbolic.entries import Named, Symbol
from tinygrad_edu.derivation.symbolic.functions import (
    Expr,
    Largest,
    Smallest,
    cases,
    extent,
    flat,
    fresh,
    is_truth,
    soft,
)
from tinygrad_edu.engine.rules import TABLE

_PLAIN: dict[Any, Callable[..., Any]] = {sp.Max: np.maximum, sp.Min: np.minimum, sp.ceiling: np.ceil, sp.Abs: np.abs}
_OURS: dict[Any, Callable[..., Any]] = {
    soft: lambda a, total: np.exp(a) / total,
    flat: lambda i, j, n: (i - 1) * n + j,
    sp.Mod: lambda a, b: a % b,
    sp.sinc: lambda x: np.sinc(x / np.pi),
}
_LOGIC: dict[str, Callable[[list[Any]], bool]] = {
    "And": all, "Or": any, "Not": lambda held: not held[0], "ITE": lambda held: held[1] if held[0] else held[2]
}  # fmt: skip
_BY_ROW = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh",
}  # fmt: skip


def evaluated(expr: Expr, values: Mapping[str, Any], sizes: Mapping[str, int], named: Mapping[str, Named] = {}) -> Any:
    """A formula at a point: `values` by the tensors' names, `sizes` by letter or index; both as plain numbers."""
    return _Evaluation(values, sizes, named).value(expr, {})


class _Evaluation:
    def __init__(self, values: Mapping[str, Any], sizes: Mapping[str, int], named: Mapping[str, Named]) -> None:
        held = {name: np.squeeze(np.asarray(value)) for name, value in values.items()}
        self.values = {name: x.astype(int) if x.dtype == bool else x for name, x in held.items()}
        self.sizes, self.named = sizes, named

    def value(self, e: Expr, at: dict[Expr, int]) -> Any:
        """The number that `e` is, the bound indices being `at`."""
        if e.is_Symbol:
            if e in at:
                return at[e]
            return self.sizes[e.name] if e.name in self.sizes else self._held(e.name)[()]
        if e.is_number and not e.args:
            return float(e) if not e.is_Integer else int(e)
        if isinstance(e, sp.Indexed):
            held = self._held(str(e.base.label))
            places = tuple(round(self.value(i, at)) - 1 for i in e.indices)
            if any(not 0 <= p < n for p, n in zip(places, held.shape, strict=True)):
                return np.nan
            return held[places]
        if isinstance(e, ExprWithLimits):
            return self._over(e, list(e.limits), at)
        if isinstance(e, (cases, sp.Piecewise)):
            for x, condition in e.pairs if isinstance(e, cases) else e.args:
                if self.value(condition, at):
                    return self.value(x, at)
            return np.nan
        if e in (sp.true, sp.false):
            return e == sp.true
        if isinstance(e, sp.Mul):
            return self._product(e, at)
        args = [self.value(a, at) for a in e.args]
        return self._function(e, args)

    def _product(self, e: Expr, at: dict[Expr, int]) -> Any:
        out: Any = 1
        switches = [a for a in e.args if a.has(sp.KroneckerDelta, cases, sp.Piecewise) and not a.has(ExprWithLimits)]
        for a in [*switches, *(a for a in e.args if a not in switches)]:
            factor = self.value(a, at)
            if factor == 0 and a in switches:
                return 0  # the other factors may lie outside their axes where a delta is 0, or be infinite
            out = out * factor
        return out

    def _held(self, name: str) -> Any:
        if name not in self.values:
            stands_for = self.named[name]
            arrays = [self._array(a) for a in stands_for.args]
            self.values[name] = np.squeeze(np.asarray(stands_for.call(*arrays)))
        return self.values[name]

    def _array(self, a: Any) -> Any:
        if not isinstance(a, Symbol):
            return a
        lengths = [int(self.value(extent(n), {})) for n in a.shape]
        letters = [fresh() for _ in lengths]
        entry = a.at(*letters)
        out = np.empty(lengths, bool if is_truth(entry) else float)
        for place in np.ndindex(*lengths):
            at = {k: p + 1 for k, p in zip(letters, place, strict=True)}
            out[place] = self.value(entry, at)
        return out

    def _over(self, e: Expr, limits: list[Any], at: dict[Expr, int]) -> Any:
        if not limits:
            return self.value(e.function, at)
        k, low, high = limits[-1]
        ends = round(self.value(low, at)), round(self.value(high, at))
        entries = [self._over(e, limits[:-1], at | {k: n}) for n in range(ends[0], ends[1] + 1)]
        if isinstance(e, sp.Product):
            return np.prod(entries)
        if isinstance(e, (Largest, Smallest)):
            return max(entries) if isinstance(e, Largest) else min(entries)
        return sum(entries)

    def _function(self, e: Expr, args: list[Any]) -> Any:
        if isinstance(e, sp.Add):
            return sum(args)
        if isinstance(e, sp.Pow):
            return np.float64(args[0]) ** args[1]
        if isinstance(e, sp.KroneckerDelta):
            return int(args[0] == args[1])
        if isinstance(e, sp.logic.boolalg.BooleanFunction):
            return _LOGIC[e.func.__name__](args)
        if isinstance(e, sp.core.relational.Relational):
            return e.func(*(sp.Float(a, 17) if isinstance(a, float) else sp.sympify(a) for a in args)) == sp.true
        for cls, function in _OURS.items():
            if isinstance(e, cls):
                return function(*args)
        for cls, function in _PLAIN.items():
            if isinstance(e, cls):
                out = args[0] if len(args) > 1 else function(args[0])
                for a in args[1:]:
                    out = function(out, a)
                return out
        name = e.func.__name__
        return TABLE[_BY_ROW.get(name, name)].array(*(np.float64(a) for a in args))
