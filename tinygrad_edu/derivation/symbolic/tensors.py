"""Kernels on symbols that look at whole tensors: reductions, products, shapes and places, in index notation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from ...engine.kernels.arrays import HOLE, laid_out
from .entries import KERNELS, Index, Symbol, joint_shape, lift, named_function
from .functions import (
    Expr,
    Extent,
    Largest,
    Smallest,
    cases,
    extent,
    flattened,
    fresh,
    indicator,
    is_truth,
    number,
    soft,
    unflattened,
)
from .sums import total


def kernel(function: Callable[..., Symbol]) -> Callable[..., Symbol]:
    """Enter a kernel under the row's name."""
    KERNELS[function.__name__.strip("_")] = function
    return function


@kernel
def broadcast_to(x: Any, *, shape: Sequence[int]) -> Symbol:
    """Repeated along new axes and axes of length 1."""
    x = lift(x)
    whole = joint_shape([tuple(shape), x.shape])
    return Symbol(whole, lambda *indices: x.at(*indices[len(indices) - len(x.shape) :]))


@kernel
def astype(x: Any, *, dtype: Any) -> Symbol:
    """The same entries."""
    return lift(x)


@kernel
def identity(x: Any) -> Symbol:
    """The same entries."""
    return lift(x)


def _split(x: Symbol, axis: Any) -> tuple[list[int], list[int]]:
    """The axes that a reduction keeps, and those it takes."""
    gone = list(range(len(x.shape))) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    gone = [a % len(x.shape) for a in gone]
    return [a for a in range(len(x.shape)) if a not in gone], gone


def _reduction(fold: Callable[..., Expr]) -> Callable[..., Symbol]:
    """A reduction: `fold` takes entry(values of the taken axes) to an expression."""

    def reduce(x: Any, *, axis: Any = None, keepdims: bool = False, **params: Any) -> Symbol:
        x = lift(x)
        kept, gone = _split(x, axis)
        shape = [1 if a in gone else n for a, n in enumerate(x.shape)] if keepdims else [x.shape[a] for a in kept]

        def at(*indices: Expr) -> Expr:
            given = [indices[a] for a in kept] if keepdims else list(indices)

            def entry(*taken: Expr) -> Expr:
                places: dict[int, Expr] = dict(zip(kept, given, strict=True)) | dict(zip(gone, taken, strict=True))
                return number(x.at(*(places[a] for a in range(len(x.shape)))))

            return fold(x, entry, gone, **params)

        return Symbol(shape, at)

    return reduce


def _sum(x: Symbol, entry: Callable[..., Expr], gone: list[int]) -> Expr:
    if not gone:
        return entry()
    first, *rest = gone
    return total(lambda k: _sum(x, lambda *others: entry(k, *others), rest), x.shape[first])


def _counted(x: Symbol, gone: list[int]) -> Expr:
    return sp.Mul(*(extent(x.shape[a]) for a in gone))


def _mean(x: Symbol, entry: Callable[..., Expr], gone: list[int], ddof: int = 0) -> Expr:
    return _sum(x, entry, gone) / (_counted(x, gone) - ddof)


def _over(cls: Any) -> Callable[..., Expr]:
    """A reduction that SymPy writes with limits, as it writes a sum."""

    def fold(x: Symbol, entry: Callable[..., Expr], gone: list[int]) -> Expr:
        long = [a for a in gone if x.shape[a] != 1]
        letters = {a: fresh() for a in long}
        inside = entry(*(letters.get(a, sp.Integer(1)) for a in gone))
        return cls(inside, *((letters[a], 1, extent(x.shape[a])) for a in long)) if long else inside

    return fold


KERNELS["sum"] = _reduction(_sum)
KERNELS["mean"] = _reduction(_mean)
KERNELS["count"] = lambda x, *, axis=None: Symbol((), lambda: _counted(lift(x), _split(lift(x), axis)[1]))
KERNELS["norm"] = _reduction(lambda x, entry, gone: sp.sqrt(_sum(x, lambda *k: entry(*k) ** 2, gone)))
KERNELS["prod"] = _reduction(_over(sp.Product))
KERNELS["max"] = _reduction(_over(Largest))
KERNELS["min"] = _reduction(_over(Smallest))
KERNELS["logsumexp"] = _reduction(lambda x, entry, gone: sp.log(_sum(x, lambda *k: sp.exp(entry(*k)), gone)))


def _along(x: Any, axis: Any, entry: Callable[[Symbol, Index, Callable[..., Expr], list[int]], Expr]) -> Symbol:
    """An operation that keeps the shape and looks along axes."""
    x = lift(x)
    _, gone = _split(x, axis)

    def at(*indices: Expr) -> Expr:
        def other(*taken: Expr) -> Expr:
            places = list(indices)
            for a, k in zip(gone, taken, strict=True):
                places[a] = k
            return number(x.at(*places))

        return entry(x, indices, other, gone)

    return Symbol(x.shape, at)


def _soft(x: Symbol, indices: Index, other: Callable[..., Expr], gone: list[int]) -> Expr:
    if all(x.shape[a] == 1 for a in gone):
        return sp.Integer(1)
    return soft(x.at(*indices), _sum(x, lambda *k: sp.exp(other(*k)), gone))


@kernel
def softmax(x: Any, *, axis: Any) -> Symbol:
    """e^x over its sum."""
    return _along(x, axis, _soft)


@kernel
def log_softmax(x: Any, *, axis: Any) -> Symbol:
    """The logarithm of softmax."""
    return _along(x, axis, lambda *given: sp.log(_soft(*given)))


@kernel
def cumsum(x: Any, *, axis: int) -> Symbol:
    """The sum of the entries up to this one."""

    def entry(x: Symbol, indices: Index, other: Callable[..., Expr], gone: list[int]) -> Expr:
        k = fresh()
        return sp.Sum(other(k), (k, 1, indices[gone[0]])) if x.shape[gone[0]] != 1 else other(sp.Integer(1))

    return _along(x, axis, entry)


@kernel
def exclusive_prod(x: Any, *, axis: Any) -> Symbol:
    """The product of all other entries."""

    def entry(x: Symbol, indices: Index, other: Callable[..., Expr], gone: list[int]) -> Expr:
        long = [a for a in gone if x.shape[a] != 1]
        if not long:
            return sp.Integer(1)
        letters = {a: fresh() for a in long}
        here = sp.Mul(*(sp.KroneckerDelta(letters[a], indices[a]) for a in long))
        inside = other(*(letters.get(a, sp.Integer(1)) for a in gone)) ** (1 - here)
        return sp.Product(inside, *((letters[a], 1, extent(x.shape[a])) for a in long))

    return _along(x, axis, entry)


@kernel
def einsum(*operands: Any, subscripts: str) -> Symbol:
    """A product summed over the letters that the result does not have."""
    held = [lift(x) for x in operands]
    ins, result = subscripts.replace(" ", "").split("->")
    terms = ins.split(",")
    lengths: dict[str, int] = {}
    for term, x in zip(terms, held, strict=True):
        for each, n in zip(term, x.shape, strict=True):
            if each not in lengths or (n != 1 and not isinstance(lengths[each], Extent)):
                lengths[each] = n
    over = [each for each in lengths if each not in result]

    def at(*indices: Expr) -> Expr:
        def entry(places: dict[str, Expr], rest: list[str]) -> Expr:
            if rest:
                return total(lambda k: entry(places | {rest[0]: k}, rest[1:]), lengths[rest[0]])
            return sp.Mul(*(number(x.at(*(places[e] for e in term))) for term, x in zip(terms, held, strict=True)))

        return entry(dict(zip(result, indices, strict=True)), over)

    return Symbol([lengths[each] for each in result], at)


@kernel
def matmul(x: Any, y: Any) -> Symbol:
    """The sum over the inner axis."""
    x, y = lift(x), lift(y)
    inner = x.shape[-1] if isinstance(x.shape[-1], Extent) else y.shape[-2 if len(y.shape) > 1 else 0]
    lead = joint_shape([x.shape[:-2], y.shape[:-2]])
    rows, columns = x.shape[-2:-1], y.shape[-1:] if len(y.shape) > 1 else ()

    def at(*indices: Expr) -> Expr:
        depth = len(lead)
        before, rest = indices[:depth], indices[depth:]
        i, j = rest[: len(rows)], rest[len(rows) :]
        mine = before[depth - len(x.shape[:-2]) :] if len(x.shape) > 2 else ()
        theirs = before[depth - len(y.shape[:-2]) :] if len(y.shape) > 2 else ()
        return total(lambda k: number(x.at(*mine, *i, k)) * number(y.at(*theirs, k, *j)), inner)

    return Symbol((*lead, *rows, *columns), at)


@kernel
def matrix_transpose(x: Any) -> Symbol:
    """The last two indices exchanged."""
    x = lift(x)
    *lead, m, n = x.shape
    return Symbol((*lead, n, m), lambda *indices: x.at(*indices[:-2], indices[-1], indices[-2]))


@kernel
def transpose(x: Any, *, axes: Sequence[int]) -> Symbol:
    """The indices in another order."""
    x = lift(x)
    return Symbol(
        [x.shape[a] for a in axes], lambda *indices: x.at(*(indices[axes.index(a)] for a in range(len(axes))))
    )


@kernel
def expand_dims(x: Any, *, axis: Sequence[int]) -> Symbol:
    """Axes of length 1 inserted; they take no index."""
    x = lift(x)
    shape = list(x.shape)
    for a in sorted(axis):
        shape.insert(a, 1)
    return Symbol(shape, lambda *indices: x.at(*(i for a, i in enumerate(indices) if a not in axis)))


@kernel
def squeeze(x: Any, *, axis: Sequence[int]) -> Symbol:
    """Axes of length 1 taken away."""
    x = lift(x)
    kept = [a for a in range(len(x.shape)) if a not in axis]

    def at(*indices: Expr) -> Expr:
        given = iter(indices)
        return x.at(*(next(given) if a in kept else sp.Integer(1) for a in range(len(x.shape))))

    return Symbol([x.shape[a] for a in kept], at)


@kernel
def reshape(x: Any, *, shape: Sequence[int]) -> Symbol:
    """The entry at the same place when all axes are laid end to end; runs of axes with one product go together."""
    x = lift(x)
    runs = _runs(x.shape, shape)
    out = list(shape)
    for mine, theirs in runs:  # lengths of the new shape get the letters of the old one
        if len(theirs) == 1 and not isinstance(shape[theirs[0]], Extent):
            parts = tuple(n if isinstance(n := x.shape[a], Extent) else Extent(n) for a in mine)
            one = len(parts) == 1
            out[theirs[0]] = parts[0] if one else Extent(shape[theirs[0]], sp.Mul(*(p.expr for p in parts)), parts)

    def at(*indices: Expr) -> Expr:
        places: list[Expr] = [sp.Integer(1)] * len(x.shape)
        for mine, theirs in runs:
            place = flattened([indices[a] for a in theirs], [out[a] for a in theirs])
            for a, i in zip(mine, unflattened(place, [x.shape[a] for a in mine]), strict=True):
                places[a] = i
        return x.at(*places)

    return Symbol(out, at)


def _runs(x: Sequence[int], y: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Axes of x and of y, in order, that hold the same entries."""
    left, right = ([a for a, n in enumerate(s) if n != 1] for s in (x, y))
    runs = []
    while left and right:
        mine, theirs = [left.pop(0)], [right.pop(0)]
        while (m := math.prod(int(x[a]) for a in mine)) != (n := math.prod(int(y[a]) for a in theirs)):
            (mine if m < n else theirs).append((left if m < n else right).pop(0))
        runs.append((mine, theirs))
    return runs


@kernel
def concatenate(*arrays: Any, axis: int) -> Symbol:
    """One of the arrays' entries; which array, depends on the index."""
    held = [lift(a) for a in arrays]
    shape = list(joint_shape([[1 if a == axis else n for a, n in enumerate(x.shape)] for x in held]))
    lengths = [extent(x.shape[axis]) for x in held]
    shape[axis] = Extent(sum(int(x.shape[axis]) for x in held), sp.Add(*lengths))

    def at(*indices: Expr) -> Expr:
        pieces = []
        start: Expr = sp.Integer(0)
        for x, n in zip(held, lengths, strict=True):
            places = list(indices)
            places[axis] = sp.Integer(1) if n == 1 else indices[axis] - start
            start = start + n
            pieces.append((number(x.at(*places)), indices[axis] <= start))
        pieces[-1] = (pieces[-1][0], sp.true)
        return cases.of(*pieces)

    return Symbol(shape, at)


@kernel
def take_along_axis(x: Any, indices: Any, *, axis: int) -> Symbol:
    """The entry that an index of its own place names; classes count from 0 in the data, from 1 on paper."""
    x, chosen = lift(x), lift(indices)
    shape = list(joint_shape([chosen.shape, [1 if a == axis else n for a, n in enumerate(x.shape)]]))

    def at(*given: Expr) -> Expr:
        places = list(given)
        places[axis] = chosen.at(*given) + 1
        return x.at(*places)

    return Symbol(shape, at)


class _Layout:
    """Where an indexing takes its entries: which axes of x go to which axes of the part."""

    def __init__(self, x: Sequence[int], indices: Sequence[Symbol], key: Sequence[Any]) -> None:
        full = laid_out(key, len(x))
        self.brought = joint_shape([i.shape for i in indices])
        self.x = x
        arrays = iter(indices)
        fancy = [place for place, k in enumerate(full) if k is HOLE or (indices and isinstance(k, int))]
        together = bool(fancy) and fancy == list(range(fancy[0], fancy[-1] + 1))
        self.ways: list[tuple[str, Any, Any]] = []  # for each axis of x: how it is taken
        self.out: list[int] = []
        self.first = 0  # the axis of the part where the index arrays' axes begin
        lengths = iter(x)
        for place, k in enumerate(full):
            if together and place == fancy[0]:
                self.first = len(self.out)
                self.out += self.brought
            n = next(lengths)
            if k is HOLE:
                self.ways.append(("array", next(arrays), None))
            elif isinstance(k, slice):
                start, step, length = _slice(k, n)
                self.ways.append(("slice", start, step))
                self.out.append(length)
            else:
                self.ways.append(("place", (extent(n) if k < 0 else 0) + sp.Integer(int(k)) + 1, None))
        if indices and not together:
            self.out = [*self.brought, *self.out]

    def places(self, given: Sequence[Expr], brought: Sequence[Expr]) -> list[Expr]:
        """The indices into x, for indices of the sliced axes and of the index arrays' own."""
        left = iter(given)
        places: list[Expr] = []
        for way, what, step in self.ways:
            if way == "slice":
                places.append(what + step * (next(left) - 1) + 1)
            elif way == "place":
                places.append(what)
            else:
                places.append(what.at(*brought[len(brought) - len(what.shape) :]) + 1)
        return places

    def parted(self, indices: Sequence[Expr]) -> tuple[list[Expr], list[Expr]]:
        """Indices of the part: those of sliced axes, in the order of x's axes, and those of the index arrays."""
        last = self.first + len(self.brought)
        return [*indices[: self.first], *indices[last:]], list(indices[self.first : last])


def _slice(k: slice, n: int) -> tuple[Expr, int, int]:
    """Where a slice of an axis of length n starts (from 0), its step, and how long it is."""
    start, stop, step = slice(*(None if e is None else int(e) for e in (k.start, k.stop, k.step))).indices(int(n))
    length = len(range(start, stop, step))
    if step == -1 and length == n:
        return extent(n) - 1, -1, n
    if step != 1:
        return sp.Integer(start), step, length
    if length == n:
        return sp.Integer(0), 1, n
    first = _end(k.start, n, sp.Integer(0))
    last = _end(k.stop, n, extent(n)) if k.stop is None or int(k.stop) < n else extent(n)
    return first, 1, Extent(length, last - first) if length != 1 else 1


def _end(end: Any, n: int, default: Expr) -> Expr:
    if end is None:
        return default
    return extent(end) if end >= 0 else extent(n) + int(end)


@kernel
def getitem(x: Any, *indices: Any, key: Sequence[Any]) -> Symbol:
    """The entry at the place that the key names."""
    x, held = lift(x), _indices(indices)
    if held is None:
        return named_function("getitem", (x, *indices), {"key": key})
    key, new = _without_new_axes(key, len(x.shape))
    x = expand_dims(x, axis=new) if new else x
    layout = _Layout(x.shape, held, key)
    return Symbol(layout.out, lambda *given: x.at(*layout.places(*layout.parted(given))))


def _without_new_axes(key: Sequence[Any], dims: int) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """The key with its Nones as slices of axes of length 1, and where x must have those axes."""
    full = laid_out(key, dims)
    new = tuple(axis for axis, k in enumerate(full) if k is None)
    return tuple(slice(None) if k is None else k for k in full), new


def _indices(indices: Sequence[Any]) -> list[Symbol] | None:
    """Index arrays as symbols; None where they are masks, whose count is a matter of the numbers."""
    held = []
    for i in indices:
        if not isinstance(i, Symbol) and np.asarray(i).dtype == bool:
            return None
        symbol = lift(i)
        if is_truth(symbol.at(*[fresh() for _ in symbol.shape])):
            return None
        held.append(symbol)
    return held


@kernel
def scatter(g: Any, *indices: Any, key: Sequence[Any], shape: Sequence[int]) -> Symbol:
    """Where the key took an entry, what is brought back to it: a delta for each index, summed over the part."""
    g, held = lift(g), _indices(indices)
    if held is None:
        return named_function("scatter", (g, *indices), {"key": key, "shape": shape})
    key, new = _without_new_axes(key, len(shape))
    if new:
        whole = list(shape)
        for a in new:
            whole.insert(a, 1)
        return squeeze(scatter(g, *indices, key=key, shape=whole), axis=new)
    layout = _Layout(shape, held, key)

    def at(*places: Expr) -> Expr:
        def entry(brought: list[Expr], rest: Sequence[int]) -> Expr:
            if rest:
                return total(lambda k: entry([*brought, k], rest[1:]), rest[0])
            sliced: list[Expr] = []
            factor: Expr = sp.Integer(1)
            axis = 0
            lengths = [
                n for a, n in enumerate(layout.out) if not layout.first <= a < layout.first + len(layout.brought)
            ]
            for (way, what, step), place, n in zip(layout.ways, places, shape, strict=True):
                if way == "slice":
                    length = lengths[axis]
                    axis += 1
                    inside, back = _undone(what, step, length, place, n)
                    sliced.append(back)
                    factor = factor * inside
                else:
                    where = what if way == "place" else what.at(*brought[len(brought) - len(what.shape) :]) + 1
                    factor = factor * (sp.KroneckerDelta(place, where) if n != 1 else 1)
            indices = [*sliced[: layout.first], *brought, *sliced[layout.first :]]
            return factor * number(g.at(*indices))

        return entry([], layout.brought)

    return Symbol(shape, at)


def _undone(start: Expr, step: int, length: int, place: Expr, n: int) -> tuple[Expr, Expr]:
    """Whether a place of an axis was taken by a slice (1 or 0), and the index it has in the part."""
    if n == 1:
        return sp.Integer(1), sp.Integer(1)
    if step == -1 and length == n:
        return sp.Integer(1), extent(n) + 1 - place
    if step != 1:
        hits = sp.And(sp.Eq(sp.Mod(place - 1 - start, step), 0), (place - 1 - start) / step >= 0,
                      (place - 1 - start) / step < extent(length))  # fmt: skip
        return indicator(hits), sp.floor((place - 1 - start) / step) + 1
    bounds = []
    if length == 1:
        return sp.KroneckerDelta(place, start + 1), sp.Integer(1)
    if start != 0:
        bounds.append(place >= start + 1)
    if sp.expand(start + extent(length) - extent(n)) != 0:
        bounds.append(place <= sp.expand(start + extent(length)))
    return (indicator(sp.And(*bounds)) if bounds else sp.Integer(1)), place - start


def has_entries(rule: Any) -> bool:
    """Whether the entries of an operation have a closed form."""
    return rule.name in KERNELS or rule.composed is not None


# ── windows ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _window_places(size: Sequence[int], counts: Sequence[int], stride: Sequence[int]) -> list[Symbol]:
    """Where a window's entries lie along each of the two axes: its own place times the stride, and on from there."""

    def place(window: int, entry: int, step: int) -> Callable[..., Expr]:
        return lambda *at: step * (at[window] - 1) + at[entry] - 1

    (rows, columns), (height, width) = counts, size
    return [
        Symbol((rows, 1, height, 1), place(0, 2, stride[0])),
        Symbol((columns, 1, width), place(0, 2, stride[1])),
    ]


@kernel
def windows(x: Any, *, size: Sequence[int], stride: Sequence[int]) -> Symbol:
    """The entries of x, each at its place in a window."""
    x = lift(x)
    counts = [(n - k) // s + 1 for n, k, s in zip(x.shape[-2:], size, stride, strict=True)]
    return getitem(x, *_window_places(size, counts, stride), key=(Ellipsis, HOLE, HOLE))


@kernel
def overlap_add(x: Any, *, lengths: Sequence[int], stride: Sequence[int]) -> Symbol:
    """The entries of all windows that lie at a place."""
    x = lift(x)
    places = _window_places(x.shape[-2:], x.shape[-4:-2], stride)
    return scatter(x, *places, key=(Ellipsis, HOLE, HOLE), shape=(*x.shape[:-4], *lengths))
