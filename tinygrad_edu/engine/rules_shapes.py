"""The table, continued: other shapes, and places. Nothing is computed here but where entries go."""


# mypy: disable-error-code="has-type"
# (a derivative may name a row that stands further down)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .kernels.arrays import HOLE, along
from .table import own, row, shape

# fmt: off
reshape = row("reshape", lambda g, out, x, shape: reshape(g, shape=_shape(x)),
    kind=own, text="reshape(<x>)", latex=r"\operatorname{reshape}\left(<x>\right)",
    example=([(2, 3)], lambda x: reshape(x, shape=(3, 2))),
    code="np.reshape({x}, {shape})", moves="in order", doc="the same entries in another shape")
expand_dims = row("expand_dims", lambda g, out, x, axis: squeeze(g, axis=axis),
    kind=own, text="<x>", precedence=9, example=([(2, 3)], lambda x: expand_dims(x, axis=(0, 2))),
    moves="in order", doc="new axes of length 1")
squeeze = row("squeeze", lambda g, out, x, axis: expand_dims(g, axis=axis),
    kind=own, text="<x>", precedence=9, example=([(1, 3, 1)], lambda x: squeeze(x, axis=(0, 2))),
    moves="in order", doc="axes of length 1 taken away")
transpose = row("transpose", lambda g, out, x, axes: transpose(g, axes=tuple(int(a) for a in np.argsort(axes))),
    kind=own, text="<x:5>ᵀ", precedence=5, example=([(2, 3, 4)], lambda x: transpose(x, axes=(2, 0, 1))),
    code="np.transpose({x}, {axes})", moves="reordered", doc="the axes in another order")
broadcast_to = row("broadcast_to", lambda g, out, x, shape: g,
    text="<x>", precedence=9, example=([(3, 1)], lambda x: broadcast_to(x, shape=(2, 3, 4))),
    moves="repeated", doc="repeated along new axes and axes of length 1")
getitem = row("getitem",
    towards=lambda position: (
        (lambda g, out, x, *indices, key: scatter(g, *indices, key=key, shape=shape(x))) if position == 0 else None
    ),
    kind=own, text="<x:5>[<key>]", latex=r"<x:5>_{[<key>]}",
    example=([(4, 3)], lambda x: getitem(x, np.array([0, 2, 0]), key=(HOLE, slice(1, None)))),
    code="{x}[{key}]", indexed="argument", words="indexing",
    doc="x[key]: index arrays are arguments, the rest of the key is a parameter")
scatter = row("scatter",
    towards=lambda position: (
        (lambda g, out, x, *indices, key, shape: getitem(g, *indices, key=key)) if position == 0 else None
    ),
    kind=own, text="scatter(<x>)", latex=r"\operatorname{scatter}\left(<x>\right)",
    example=([(3, 2)], lambda x: scatter(x, np.array([0, 2, 0]), key=(HOLE, slice(1, None)), shape=(4, 3))),
    indexed="result", doc="zeros with x added at a key: what undoes an indexing")
take_along_axis = row("take_along_axis", lambda g, out, x, indices, axis: _scatter_along(g, x, indices, axis), None,
    kind=own, arity=0, text="<x:5>[<y>]", latex="<x:5>_{[<y>]}",
    example=([(2, 3)], lambda x: take_along_axis(x, np.array([[2, 0], [1, 1]]), axis=1)),
    code="np.take_along_axis({x}, {y}, axis={axis})", indexed="argument", doc="one entry per index along an axis")
concatenate = row("concatenate",
    towards=lambda position: lambda g, out, *arrays, axis: getitem(g, key=_part(arrays, position, axis)), kind=own,
    example=([(2, 3), (2, 1)], lambda x, y: concatenate(x, y, axis=1)),
    code="np.concatenate([{args}], axis={axis})", doc="arrays one after the other along an axis")
windows = row("windows", lambda g, out, x, size, stride: overlap_add(g, lengths=_shape(x)[-2:], stride=stride),
    kind=own, composed=lambda x, size, stride: _taken_out(x, size, stride),
    signature="hw->rckl", text="windows(<x>)", latex=r"\operatorname{windows}\left(<x>\right)",
    example=([(2, 4, 3)], lambda x: windows(x, size=(2, 2), stride=(2, 1))),
    doc="every window of a size over the last two axes, (…, H, W) to (…, rows, columns, height, width), by strides")
overlap_add = row("overlap_add",
    lambda g, out, x, lengths, stride: windows(g, size=_shape(x)[-2:], stride=stride),
    kind=own, composed=lambda x, lengths, stride: _added_up(x, lengths, stride),
    signature="rckl->hw", text="overlap-add(<x>)", latex=r"\operatorname{overlap-add}\left(<x>\right)",
    example=([(2, 2, 2, 2, 2)], lambda x: overlap_add(x, lengths=(4, 3), stride=(2, 1))),
    doc="windows put back into their places, what overlaps adding up: what undoes `windows`")
astype = row("astype", lambda g, out, x, dtype: g,
    text="<x>", precedence=9, example=([(2, 3)], lambda x: astype(x, dtype=np.dtype(float))),
    moves="converted", doc="the same numbers in another dtype")

_shape = shape  # `reshape` has a parameter of that name


def _part(arrays: Sequence[Any], position: int, axis: int) -> tuple[slice, ...]:
    """Where along `axis` the array at `position` went."""
    start = sum(shape(a)[axis] for a in arrays[:position])
    return (slice(None),) * axis + (slice(start, start + shape(arrays[position])[axis]),)


def _scatter_along(g: Any, x: Any, indices: Any, axis: int) -> Any:
    """Zeros like x, with `g` added at one index along an axis."""
    return scatter(g, *along(indices, shape(indices), axis), key=(HOLE,) * len(shape(x)), shape=shape(x))


_WINDOW_KEY = (Ellipsis, HOLE, HOLE)


def window_places(lengths: Sequence[int], size: Sequence[int], stride: Sequence[int]) -> list[Any]:
    """The index arrays of every window over two axes of these lengths, one for each axis."""
    first = [np.arange(0, n - k + 1, s) for n, k, s in zip(lengths, size, stride, strict=True)]
    rows, columns = (start[:, None] + np.arange(k) for start, k in zip(first, size, strict=True))
    return [rows[:, None, :, None], columns[:, None, :]]


def _taken_out(x: Any, size: Sequence[int], stride: Sequence[int]) -> Any:
    """Every window by its indices."""
    return getitem(x, *window_places(shape(x)[-2:], size, stride), key=_WINDOW_KEY)


def _added_up(x: Any, lengths: Sequence[int], stride: Sequence[int]) -> Any:
    """Windows scattered into zeros whose last two axes are `lengths` long."""
    places = window_places(lengths, shape(x)[-2:], stride)
    return scatter(x, *places, key=_WINDOW_KEY, shape=(*shape(x)[:-4], *lengths))

# fmt: on
