"""Layers for pictures, (N, channels, height, width): what they see of a picture are windows over its last two axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.counts import is_whole, refuse_no_count
from ..engine.graph import describe
from ..tensors import functions
from ..tensors.tensor import Tensor
from .initialisers import Initialiser, Rng, initial
from .module import Module

Pair = int | Sequence[int]


class Conv2d(Module):
    """Each output channel is the sum, over a window of all input channels, of the entries times a kernel's, plus b.

    (N, in_channels, H, W) to (N, out_channels, H′, W′) with H′ = ⌊(H + 2 padding − kernel_size)/stride⌋ + 1; a picture
    alone, without the first axis, too. kernel_size, stride, padding: one number for both axes, or one for each. weight:
    (out_channels, in_channels, *kernel_size), drawn by `init`; bias: (out_channels,). As everywhere in the field the
    kernel is not turned over, so that a mathematician would say correlation.

    >>> Conv2d(1, 8, 3, padding=1, rng=0)
    Conv2d(1 → 8, kernel 3 × 3, padding 1 × 1)
    """

    parameter_letters = (("weight", "W"), ("bias", "b"))
    recorded_with = ("stride", "padding")

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        bias: bool = True,
        *,
        rng: Rng = None,
        init: str | Initialiser = "he",
        dtype: Any = float,
    ) -> None:
        refuse_no_count("Conv2d", in_channels=in_channels, out_channels=out_channels)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding = _windowing("Conv2d", kernel_size, stride, padding)
        shape, area = (out_channels, in_channels, *self.kernel_size), math.prod(self.kernel_size)
        drawn = initial("Conv2d", init, rng, shape, in_channels * area, out_channels * area)
        self.weight = Tensor(drawn, name="W", dtype=dtype)
        self.bias = Tensor(np.zeros(out_channels), name="b", dtype=dtype) if bias else None

    def forward(self, x: Any) -> Any:
        """The kernels' sums at every place."""
        size = rules.shape(x)
        if len(size) not in (3, 4) or size[-3] != self.in_channels:
            c = self.in_channels
            raise ValueError(f"{self.label()} takes pictures of shape (N, {c}, H, W) or ({c}, H, W), not {describe(x)}")
        seen = _seen(self, x, 0.0)
        batch = "n" if len(size) == 4 else ""
        z = functions.einsum(f"{batch}crsij,ocij->{batch}ors", seen, self.weight)
        return z if self.bias is None else z + functions.expand_dims(self.bias, (1, 2))

    def extra_repr(self) -> str:
        """From how many channels to how many, and by which windows."""
        bias = "" if self.bias is not None else ", no bias"
        return f"{self.in_channels} → {self.out_channels}, {_described(self)}{bias}"


class MaxPool2d(Module):
    """The largest entry of each window over the last two axes; of equal ones the first has the slope, as in PyTorch.

    kernel_size, stride, padding: one number for both axes, or one for each; stride is kernel_size if none is given, so
    that windows do not overlap. What padding adds is never the largest; what does not fill a window is left out.

    >>> MaxPool2d(2)(np.arange(16.0).reshape(1, 4, 4)).tolist()
    [[[5.0, 7.0], [13.0, 15.0]]]
    """

    recorded_with = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0) -> None:
        given = _windowing("MaxPool2d", kernel_size, kernel_size if stride is None else stride, padding)
        self.kernel_size, self.stride, self.padding = given
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(f"MaxPool2d: padding {padding} is more than half of kernel_size {kernel_size}")

    def forward(self, x: Any) -> Any:
        """The largest of each window."""
        size = rules.shape(x)
        if len(size) not in (3, 4):
            raise ValueError(f"{self.label()} takes pictures of shape (N, C, H, W) or (C, H, W), not {describe(x)}")
        seen = _seen(self, x, -np.inf)
        places = rules.shape(seen)[:-2]
        seen = rules.reshape(seen, shape=(*places, math.prod(self.kernel_size)))
        largest = functions.expand_dims(functions.argmax(seen, axis=-1), -1)
        return functions.squeeze(functions.take_along_axis(seen, largest, -1), -1)

    def extra_repr(self) -> str:
        """The windows."""
        return _described(self)


def _windowing(layer: str, kernel: Pair, stride: Pair, padding: Pair) -> tuple[tuple[int, int], ...]:
    """Kernel, stride and padding along both axes."""
    windows = _pair(layer, "kernel_size", kernel, 1), _pair(layer, "stride", stride, 1)
    return *windows, _pair(layer, "padding", padding, 0)


def _pair(layer: str, name: str, given: Pair, least: int) -> tuple[int, int]:
    both = (given, given) if is_whole(given) else given
    if not isinstance(both, (tuple, list)) or len(both) != 2 or not all(map(is_whole, both)):
        raise TypeError(f"{layer}: {name}={given!r}; it is a whole number, or one for the height and one for the width")
    if min(both) < least:
        raise ValueError(f"{layer}: {name}={given}; it is at least {least}")
    return int(both[0]), int(both[1])


def _seen(layer: Conv2d | MaxPool2d, x: Any, border: float) -> Any:
    """The windows that a layer looks through; round the picture lies a border of such numbers."""
    x = functions.array(x)
    if x.dtype.kind != "f":
        x = functions.astype(x, float)
    if any(layer.padding):
        beside = [(p, p) for p in layer.padding]
        x = functions.pad(x, [(0, 0)] * (len(rules.shape(x)) - 2) + beside, constant_values=border)
    lengths = rules.shape(x)[-2:]
    if any(n < k for n, k in zip(lengths, layer.kernel_size, strict=True)):
        raise ValueError(
            f"{layer.label()}: windows of {_by(layer.kernel_size)} do not fit into {_by(lengths)}, the height and "
            "width with padding"
        )
    return rules.windows(x, size=layer.kernel_size, stride=layer.stride)


def _described(layer: Conv2d | MaxPool2d) -> str:
    usual = (1, 1) if isinstance(layer, Conv2d) else layer.kernel_size
    stride = "" if layer.stride == usual else f", stride {_by(layer.stride)}"
    padding = "" if not any(layer.padding) else f", padding {_by(layer.padding)}"
    return f"kernel {_by(layer.kernel_size)}{stride}{padding}"


def _by(both: Sequence[int]) -> str:
    return " × ".join(map(str, both))
