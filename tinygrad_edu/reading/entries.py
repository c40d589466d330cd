"""What a claim's parts evaluate to: arrays some of whose axes are indices (the i of yᵢ) and the rest matrix axes.

On paper `xᵢᵀ w` is one number for each i, and `X w` a vector: both are `Entries`. `labels` name the leading axes of
`data`, one per index; the axes behind them are those of a scalar, vector or matrix. A product of matrices acts on the
latter and goes entry by entry along the former.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..engine.graph import Node
from ..engine.rules import shape
from ..errors import IndicesError, MisfitError
from ..tensors import functions

_UNIT = "a unit vector is read in sums and differences, and times a number"
_EYE = "I, of a size that nothing tells, is read in sums and differences, and times a number, a vector or a matrix"
_SCALED = {"unit": _UNIT, "eye": _EYE, "centred": _EYE}  # with what is said where they are anything but scaled
LARGEST = 4_000_000  # entries an intermediate result may have, whatever array a claim asks for


@dataclass(frozen=True)
class Entries:
    """data: an array (or a node), its first `len(labels)` axes the indices; row: whether a vector is a row, as xᵀ is.

    standing: "" for numbers; "ones" or "eye" for `data` times a vector of ones, or a unit matrix, of unknown size;
    "repeated" for a matrix of which `data` has one column or row (or one of both), and all others are the same;
    "centred" for a I + b 𝟏𝟏ᵀ of unknown size, where `data` is [a, b]; "unit" for `data` times a unit vector of unknown
    size whose 1 is at `place`. mixed: whether a vector came out of a row and one that is none, the wᵀX − y of notes
    whose vectors of samples are rows.
    """

    data: Any
    labels: tuple[str, ...] = ()
    row: bool = False
    standing: str = ""
    mixed: bool = False
    place: Any = None

    @property
    def axes(self) -> tuple[int, ...]:
        """The lengths of the matrix axes."""
        return shape(self.data)[len(self.labels) :]

    @property
    def rank(self) -> int:
        """How many matrix axes there are."""
        return len(shape(self.data)) - len(self.labels)

    def lengths(self) -> dict[str, int]:
        """How far each index goes."""
        return dict(zip(self.labels, shape(self.data), strict=False))

    def __str__(self) -> str:
        index = f" for each {', '.join(label.partition('#')[0] for label in self.labels)}" if self.labels else ""
        kind = "a number" if not self.rank else f"of shape {self.axes}"
        return kind + index


def bounded(lengths: Sequence[int]) -> None:
    """Raise `MisfitError` for an array of these lengths that is too large to compute."""
    if math.prod(lengths) > LARGEST:
        raise MisfitError(f"an intermediate result would have {math.prod(lengths):,} entries")


def aligned(parts: Sequence[Entries], *, same_rank: bool = True) -> tuple[list[Any], tuple[str, ...]]:
    """The data of all parts with the same labels in front, and those labels; `same_rank`: also the same matrix rank."""
    labels = tuple(dict.fromkeys(label for part in parts for label in part.labels))
    rank = max(part.rank for part in parts)
    lengths: dict[str, int] = {}
    for part in parts:
        for label, length in part.lengths().items():
            if lengths.setdefault(label, length) != length:
                raise _of_two_lengths(label, lengths[label], length)
    bounded([*lengths.values(), *np.broadcast_shapes(*[_ones_like(part.axes) for part in parts])])
    found = []
    for part in parts:
        data = part.data
        if labels:
            order = [part.labels.index(label) for label in labels if label in part.labels]
            rest = range(len(part.labels), len(part.labels) + part.rank)
            have = part.lengths()
            fill = (1,) * (rank - part.rank if same_rank else 0)
            wanted = tuple(have.get(label, 1) for label in labels) + fill + part.axes
            data = functions.reshape(functions.transpose(functions.array(data), (*order, *rest)), wanted)
        found.append(data)
    return found, labels


def _of_two_lengths(label: str, one: int, other: int) -> IndicesError:
    return IndicesError(f"the index {label.partition('#')[0]} goes to {one} and to {other}", label)


def _ones_like(axes: tuple[int, ...]) -> tuple[int, ...]:
    """Lengths that broadcast with anything; those of a large array as they are, so that its size is counted."""
    return axes if math.prod(axes) > 1000 else (1,) * len(axes)


def elementwise(function: Callable[..., Any], *parts: Entries) -> Entries:
    """`function` entry by entry, shapes broadcast as NumPy has it."""
    square = next((p.axes[0] for p in parts if p.rank == 2 and p.axes[0] == p.axes[1] and not p.standing), 0)
    if square and any(map(_is_eye, parts)):  # I ⊙ A
        parts = tuple(of_size(part, square) for part in parts)
    if any(part.standing in _SCALED for part in parts):
        return _scaled(function, parts)
    data, labels = aligned(parts)
    try:
        result = function(*data)
    except ValueError as error:
        raise MisfitError(str(error)) from None
    rank = len(shape(result)) - len(labels)
    vectors = [part for part in parts if part.rank == 1]
    still = 1 in shape(result)[len(labels) :] and all(part.standing == "repeated" for part in parts if part.rank)
    row = rank == 1 and bool(vectors) and all(part.row for part in vectors)
    mixed = rank == 1 and not row and any(part.row or part.mixed for part in vectors)
    return Entries(result, labels, row, "repeated" if still else "", mixed)


def add(function: Callable[..., Any], x: Entries, y: Entries) -> Entries:
    """A sum or difference, in which a unit matrix or vector, and a I + b 𝟏𝟏ᵀ, takes the other's size."""
    if (x.standing == "unit") != (y.standing == "unit"):
        x, y = (_as_long_as(other, part) for part, other in ((x, y), (y, x)))
    if _is_eye(x) or _is_eye(y):
        known = [p for p in (x, y) if not _is_eye(p) and (p.standing != "repeated" or math.prod(p.axes) > 1)]
        if not known:  # nothing tells the size
            return Entries(function(_centred(x), _centred(y)), standing="centred")
        [whole] = known
        if whole.rank != 2 or (whole.axes[0] != whole.axes[1] and whole.standing != "repeated"):
            raise MisfitError(f"a unit matrix and a part that is {whole}")
        x, y = (of_size(part, max(whole.axes)) for part in (x, y))
    return elementwise(function, x, y)


def _is_eye(x: Entries) -> bool:
    """Whether there is a unit matrix of unknown size in it."""
    return x.standing in ("eye", "centred")


def _centred(x: Entries) -> Any:
    """The numbers a and b of a I + b 𝟏𝟏ᵀ."""
    if x.standing == "centred":
        return x.data
    if x.standing not in ("eye", "repeated") or x.labels:
        raise MisfitError(f"a unit matrix and a part that is {x}")
    number = functions.reshape(functions.array(x.data), ())
    return functions.stack([number, 0.0 * number] if x.standing == "eye" else [0.0 * number, number])


def of_size(x: Entries, n: int) -> Entries:
    """A unit matrix, a I + b 𝟏𝟏ᵀ, or a matrix of equal columns or rows, as n × n numbers; any other part as it is."""
    if x.standing == "eye":
        return Entries(np.eye(n) * x.data)
    if x.standing == "centred":
        return Entries(np.eye(n) * x.data[0] + x.data[1])
    if x.standing == "repeated":
        return Entries(functions.broadcast_to(x.data, (*x.lengths().values(), n, n)), x.labels)
    return x


def _scaled(function: Callable[..., Any], parts: Sequence[Entries]) -> Entries:
    """A unit vector or matrix, or a I + b 𝟏𝟏ᵀ, times numbers, or over them: still one."""
    unit, *others = sorted(parts, key=lambda part: part.standing not in _SCALED)
    scales = function is functions.multiply or (function is functions.divide and parts[0] is unit)
    if not scales or len(others) != 1 or others[0].rank or others[0].standing:
        raise MisfitError(_SCALED[unit.standing])
    data, labels = aligned([replace(part, standing="") for part in parts])
    scaled = function(*data)
    if _is_eye(unit):
        return Entries(scaled, labels, standing=unit.standing)
    (place, _), _ = aligned([Entries(unit.place, unit.labels), Entries(scaled, labels)])
    return Entries(scaled, labels, standing="unit", place=place + 0 * scaled)


def sized(x: Entries) -> Entries:
    """A part that a function can be applied to: no unit vector or matrix of which nothing tells the size."""
    if x.standing in _SCALED:
        raise MisfitError(_SCALED[x.standing])
    return x


def _as_long_as(other: Entries, part: Entries) -> Entries:
    """A unit vector as long as what it is added to; anything else as it is."""
    if part.standing != "unit":
        return part
    if other.rank != 1 or other.standing:
        raise MisfitError(f"a unit vector and a part that is {other}")
    place, scale = (functions.expand_dims(functions.array(each), -1) for each in (part.place, part.data))
    return Entries(scale * functions.equal(place, np.arange(other.axes[0])), part.labels, other.row)


def ways(x: Entries, y: Entries, mark: str) -> list[str]:
    """In which ways a product written with `mark` ("" where nothing stands between) can be meant, likeliest first.

    A vector of one entry, such as a sum with keepdims, is a number where nothing else fits.
    """
    return _ways(x, y, mark) or (["elementwise"] if (1,) in (x.axes, y.axes) else [])


def _ways(x: Entries, y: Entries, mark: str) -> list[str]:
    if mark == "⊗" and x.rank == y.rank == 1:
        return ["outer", "elementwise"] if x.axes == y.axes else ["outer"]
    if mark == "⊙" or not (x.rank and y.rank):
        return ["elementwise"] if mark == "⊙" or not (x.standing or y.standing) else ["matrix"]
    if {"eye", "centred", "repeated"} & {x.standing, y.standing}:
        return ["matrix"]
    found = ["elementwise"] if mark == "⊗" and x.axes == y.axes else []
    if found:
        return found
    inner = x.axes[-1] == y.axes[-2 if y.rank > 1 else 0]
    if x.rank == y.rank == 1:
        if x.row and not y.row:
            found = ["matrix"] if inner else []
        elif y.row and not x.row:
            found = ["matrix"]
        elif inner:
            found = ["elementwise", "inner"]
    else:
        column_first = x.rank == 1 and not (x.row or x.mixed)
        row_second = y.rank == 1 and y.row
        if inner and not column_first and not row_second:
            found = ["matrix"]
        if x.axes == y.axes or (1 in (*x.axes, *y.axes) and _broadcast(x.axes, y.axes)):
            found.append("elementwise")
        if not found and x.rank == 1 and y.rank == 2 and x.axes == y.axes[1:]:  # γ x̂, a factor for each column
            found = ["elementwise"]
    return found


def _broadcast(x: tuple[int, ...], y: tuple[int, ...]) -> bool:
    return len(x) == len(y) and all(m == n or 1 in (m, n) for m, n in zip(x, y, strict=True))


def product(x: Entries, y: Entries, way: str) -> Entries:
    """x times y in one of the `ways`."""
    if way == "elementwise":
        return elementwise(functions.multiply, x, y)
    if way == "outer":
        return matrix_product(replace(x, row=False), replace(y, row=True))
    for one, other in ((x, y), (y, x)):
        if one.standing and not (other.rank or other.labels or other.standing):  # 1/N times a vector of ones
            return replace(one, data=functions.multiply(one.data, other.data))
    if way == "inner":
        return replace(reduce_axes(functions.sum, elementwise(functions.multiply, x, y)), row=False)
    return matrix_product(x, y)


def matrix_product(x: Entries, y: Entries) -> Entries:
    """The product of matrices, rows and columns; a unit matrix or a vector of ones takes the length that fits."""
    if _is_eye(x) or _is_eye(y):
        return _times_eye(x, y)
    return _matrix_product(x, y)


def _matrix_product(x: Entries, y: Entries) -> Entries:
    if x.standing == y.standing == "ones" and y.row and not x.row:
        return replace(x, data=np.ones((1, 1)) * x.data * y.data, standing="repeated")
    if x.rank == 1 and not x.row and y.standing == "ones" and y.row:  # u 1ᵀ: its columns are equal
        return replace(_with_axis(elementwise(functions.multiply, x, replace(y, standing="")), 1), standing="repeated")
    if y.rank == 1 and y.row and x.standing == "ones" and not x.row:
        return replace(_with_axis(elementwise(functions.multiply, replace(x, standing=""), y), 0), standing="repeated")
    x, y = _standing(x, y, last=True), _standing(y, x, last=False)
    if not (x.rank and y.rank):
        return elementwise(functions.multiply, x, y)
    if x.standing == "repeated" and x.axes[1] == 1:
        return _times_the_sum(x, y)
    if y.standing == "repeated" and y.axes[0] == 1:
        return transposed(_times_the_sum(transposed(y), transposed(x)))
    if "repeated" in (x.standing, y.standing):  # the equal rows of x, or columns of y, stay equal
        product = matrix_product(replace(x, standing=""), replace(y, standing=""))
        if product.rank > 1:
            return replace(product, standing="repeated")
        return replace(reduce_axes(functions.sum, product), row=x.rank == 1, standing="ones")
    if not x.labels and not y.labels and not (x.rank == y.rank == 1 and y.row and not x.row):
        try:
            data = functions.matmul(x.data, y.data)
        except ValueError as error:
            raise MisfitError(str(error)) from None
        return Entries(data, (), row=len(shape(data)) == 1 and x.rank == 1)
    outer = x.rank == y.rank == 1 and y.row and not x.row
    left = x if x.rank > 1 else _with_axis(x, 1 if outer else 0)
    right = y if y.rank > 1 else _with_axis(y, 0 if outer else 1)
    if left.axes[-1] != right.axes[-2]:
        raise MisfitError(f"a product of a part that is {x} with one that is {y}: {left.axes[-1]} ≠ {right.axes[-2]}")
    bounded([*{**left.lengths(), **right.lengths()}.values(), left.axes[0], right.axes[1]])
    data, labels = aligned([left, right])
    result = Entries(functions.matmul(*data), labels)
    gone = [axis for axis, part in ((0, x), (1, y)) if part.rank == 1 and not outer]
    data_out = functions.squeeze(result.data, tuple(len(labels) + axis for axis in gone)) if gone else result.data
    return Entries(data_out, labels, row=len(gone) == 1 and x.rank == 1)


def matrix_power(x: Entries, order: int) -> Entries:
    """A square matrix times itself, or the inverse of that where `order` is negative."""
    from ..tensors import linalg

    base = replace(x, data=linalg.inv(x.data)) if order < 0 else x
    result = base
    for _ in range(abs(order) - 1):
        result = matrix_product(result, base)
    return result


def _times_the_sum(x: Entries, y: Entries) -> Entries:
    """x y, where the columns of x are equal, as many as y has rows: each times the sums of the columns of y."""
    if y.standing == "repeated" and y.axes[0] == 1:
        raise MisfitError("a vector of ones whose length nothing tells")
    if y.rank == 1 and y.row:
        raise MisfitError(f"a product of a part that is {x} with one that is {y}")
    total = Entries(functions.sum(y.data, axis=len(y.labels), keepdims=y.rank > 1), y.labels)
    if y.rank > 1:
        several = x.axes[0] == 1 or (y.standing == "repeated" and y.axes[1] == 1)
        return replace(elementwise(functions.multiply, x, total), standing="repeated" if several else "")
    if x.axes == (1, 1):
        return replace(elementwise(functions.multiply, reduce_axes(functions.sum, x), total), standing="ones")
    column = Entries(functions.squeeze(x.data, len(x.labels) + 1), x.labels)
    return elementwise(functions.multiply, column, total)


def _times_eye(x: Entries, y: Entries) -> Entries:
    """x y, where one is a unit matrix or a I + b 𝟏𝟏ᵀ."""
    for one, other in ((x, y), (y, x)):
        if one.standing == "eye":
            if not (other.rank or other.standing):
                raise MisfitError(f"a unit matrix times a part that is {other}")
            return replace(other, data=functions.multiply(one.data, other.data))
    return _times_centred(x.data, y) if x.standing == "centred" else transposed(_times_centred(y.data, transposed(x)))


def _times_centred(numbers: Any, y: Entries) -> Entries:
    """(a I + b 𝟏𝟏ᵀ) y: a y, and b times the sums of its columns."""
    if y.standing or not y.rank:
        raise MisfitError(_EYE)
    total = functions.sum(y.data, axis=len(y.labels), keepdims=True)
    return replace(y, data=numbers[0] * y.data + numbers[1] * total)


def _with_axis(x: Entries, axis: int) -> Entries:
    return Entries(functions.expand_dims(functions.array(x.data), len(x.labels) + axis), x.labels)


def _standing(x: Entries, other: Entries, last: bool) -> Entries:
    """A vector of ones as long as the other factor asks for."""
    if x.standing != "ones":
        return x
    if other.standing or not other.rank:
        raise MisfitError("a vector of ones whose length nothing tells")
    length = other.axes[0 if last or other.rank == 1 else -1]
    return Entries(np.ones(length) * x.data, row=last or x.row)


def transposed(x: Entries) -> Entries:
    """xᵀ: the matrix axes exchanged; a column becomes a row and a row a column."""
    if x.standing and x.standing != "repeated":
        return replace(x, row=not x.row)
    if x.rank < 2:
        return replace(x, row=not (x.row or x.mixed), mixed=False) if x.rank else x
    order = (*range(len(x.labels)), *range(len(x.labels) + x.rank - 1, len(x.labels) - 1, -1))
    return Entries(functions.transpose(x.data, order), x.labels, standing=x.standing)


def reduce_labels(function: Callable[..., Any], x: Entries, labels: Sequence[str]) -> Entries:
    """A sum (or product, or largest) over indices."""
    if not labels:
        return x
    axes = tuple(sized(x).labels.index(label) for label in labels)
    kept = tuple(label for label in x.labels if label not in labels)
    return Entries(function(x.data, axis=axes), kept, row=x.row)


def reduce_axes(function: Callable[..., Any], x: Entries) -> Entries:
    """A sum (or product, or largest) over all matrix axes."""
    if not sized(x).rank:
        return x
    axes = tuple(range(len(x.labels), len(x.labels) + x.rank))
    return Entries(function(x.data, axis=axes), x.labels)


def pick(x: Entries, axis: int, label: str) -> Entries:
    """One matrix axis becomes the index `label`; where that index is there already, the diagonal is taken."""
    place = len(x.labels) + axis
    length = shape(x.data)[place]
    others = [a for a in range(len(shape(x.data))) if a != place]
    moved = Entries(functions.transpose(functions.array(x.data), (place, *others)), (label, *x.labels))
    if label not in x.labels:
        return moved
    if x.lengths()[label] != length:
        raise _of_two_lengths(label, x.lengths()[label], length)
    twin = 1 + x.labels.index(label)
    first = functions.transpose(moved.data, (twin, *(a for a in range(len(others) + 1) if a != twin)))
    data = functions.getitem(first, (np.arange(length), np.arange(length)))
    return Entries(data, (label, *(each for each in x.labels if each != label)))


def shifted(data: Any, axis: int, step: int) -> Any:
    """The entries that lie `step` places behind along an axis; nan beyond the ends."""
    length = shape(data)[axis]
    places = np.arange(length) + step
    inside = (places >= 0) & (places < length)
    moved = functions.getitem(data, (slice(None),) * axis + (np.clip(places, 0, length - 1),))
    behind = (1,) * (len(shape(data)) - axis - 1)
    return functions.where(inside.reshape(length, *behind), moved, np.nan)


def nothing_times(x: Any, y: Any) -> Any:
    """x y, and 0 where one is 0, whatever the other is."""
    held = [each._data if isinstance(each, Node) else np.asarray(each) for each in (x, y)]
    return functions.where((held[0] == 0) | (held[1] == 0), 0.0, functions.multiply(x, y))


def fixed(x: Entries, axis: int, position: int) -> Entries:
    """The entry at `position` (from 0) of one matrix axis."""
    if not 0 <= position < x.axes[axis]:
        raise MisfitError(f"there is no entry {position + 1} in a part that is {x}")
    return Entries(functions.getitem(x.data, (slice(None),) * (len(x.labels) + axis) + (position,)), x.labels)


def plain(x: Any) -> Entries:
    """A number, array or node as entries without indices."""
    return Entries(x if isinstance(x, (Node, np.ndarray)) else float(x))
