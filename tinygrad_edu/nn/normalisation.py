"""Layers that give their input mean 0 and variance 1, and let training choose another mean and variance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.counts import refuse_no_count
from ..engine.graph import describe, plain, switched
from ..tensors import functions
from ..tensors.in_place import put
from ..tensors.tensor import Tensor
from .module import Module


class LayerNorm(Module):
    """γ (x − mean)/√(variance + eps) + β, with each sample's own mean and variance over the last axes.

    normalized_shape: the lengths of these axes, or that of the last. weight (γ) and bias (β) have this shape, ones and
    zeros at first; None with elementwise_affine=False, the bias with bias=False. The variance is divided by the count.

    Source: J. L. Ba et al., "Layer normalization", 2016.

    >>> LayerNorm(3)
    LayerNorm(3)
    >>> float(LayerNorm(3)(np.array([1.0, 2.0, 6.0])).sum().data.round(6))
    0.0
    """

    parameter_letters = (("weight", "gamma"), ("bias", "beta"))
    recorded_with = ("eps",)

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = float,
    ) -> None:
        lengths = tuple(normalized_shape) if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
        if not lengths:
            raise ValueError(f"LayerNorm: {normalized_shape} has no numbers to take the mean of")
        for length in lengths:
            refuse_no_count("LayerNorm", normalized_shape=length)
        _check_eps("LayerNorm", eps)
        self.normalized_shape, self.eps = tuple(map(int, lengths)), eps
        self.weight = Tensor(np.ones(lengths), name="gamma", dtype=dtype) if elementwise_affine else None
        self.bias = Tensor(np.zeros(lengths), name="beta", dtype=dtype) if elementwise_affine and bias else None

    def forward(self, x: Any) -> Any:
        """x, each sample normalised."""
        count, size = len(self.normalized_shape), rules.shape(x)
        if size[len(size) - count :] != self.normalized_shape:
            raise ValueError(
                f"{self.label()} takes arrays whose last axes are {_listed(self.normalized_shape)} long, "
                f"not {describe(x)}"
            )
        axes = tuple(range(len(size) - count, len(size)))
        return _shifted(_normalised(x, axes, self.eps)[0], self.weight, self.bias)

    def extra_repr(self) -> str:
        """The lengths of the axes that are normalised."""
        return _listed(self.normalized_shape) + ("" if self.weight is not None else ", no weight")


class BatchNorm1d(Module):
    """γ (x − mean)/√(variance + eps) + β, with the mean and variance of each feature over the batch.

    x: (N, num_features), or (N, num_features, L). In training the batch's own mean and variance are taken, and
    `running_mean` and `running_var` move towards them by `momentum`, the variance divided by the count less 1. In use
    (`eval()`) these are taken in their place. They are kept with the weights in `state_dict`, and not trained. weight
    (γ) and bias (β) are ones and zeros at first, None with affine=False.

    Source: S. Ioffe & C. Szegedy, "Batch normalization", ICML 2015, algorithms 1 and 2.

    >>> BatchNorm1d(16)
    BatchNorm1d(16)
    """

    parameter_letters = (("weight", "gamma"), ("bias", "beta"), ("running_mean", "mu"), ("running_var", "v"))
    only_in_torch = ("num_batches_tracked",)
    recorded_with = ("eps", "momentum")

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True, *, dtype: Any = float
    ) -> None:
        refuse_no_count("BatchNorm1d", num_features=num_features)
        _check_eps("BatchNorm1d", eps)
        if not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ValueError(f"BatchNorm1d: momentum={momentum!r}; it is a number from 0 to 1")
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Tensor(np.ones(num_features), name="gamma", dtype=dtype) if affine else None
        self.bias = Tensor(np.zeros(num_features), name="beta", dtype=dtype) if affine else None
        self.running_mean = Tensor(np.zeros(num_features), name="mu", requires_grad=False, dtype=dtype)
        self.running_var = Tensor(np.ones(num_features), name="v", requires_grad=False, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """x normalised by the batch in training, by what was met in training in use."""
        size = rules.shape(x)
        if len(size) not in (2, 3) or size[1] != self.num_features:
            n = self.num_features
            raise ValueError(f"{self.label()} takes arrays of shape (N, {n}) or (N, {n}, L), not {describe(x)}")
        axes = (0,) if len(size) == 2 else (0, 2)
        if self.training:
            x, mean, variance = _normalised(x, axes, self.eps)
            self._move(mean, variance, size[0] if len(size) == 2 else size[0] * size[2])
        else:
            mean, variance = _columns(self.running_mean, size), _columns(self.running_var, size)
            x = (x - mean) / functions.sqrt(variance + self.eps)
        return _shifted(x, _columns(self.weight, size), _columns(self.bias, size))

    def _move(self, mean: Any, variance: Any, count: int) -> None:
        """Move the running mean and variance towards those of a batch, of which each is over `count` numbers."""
        if count < 2:
            raise ValueError(
                f"{self.label()}: a batch of one number for each feature has no variance; in training there are at "
                "least 2 samples in a batch, for use call eval()"
            )
        with switched(recording=False):
            for running, met in ((self.running_mean, mean), (self.running_var, variance * (count / (count - 1)))):
                put(running, (1 - self.momentum) * running + self.momentum * functions.reshape(met, running.shape))

    def extra_repr(self) -> str:
        """How many features."""
        return f"{self.num_features}" + ("" if self.weight is not None else ", no weight")


def _normalised(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any]:
    """x with mean 0 and variance 1 along axes, its mean and its variance there; these keep the axes."""
    mean = functions.mean(x, axis=axes, keepdims=True)
    centred = x - mean
    variance = functions.mean(functions.square(centred), axis=axes, keepdims=True)
    return centred / functions.sqrt(variance + eps), mean, variance


def _shifted(x: Any, weight: Any, bias: Any) -> Any:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


def _columns(a: Any, size: tuple[int, ...]) -> Any:
    """One number a feature, of the shape that goes with an input of `size`."""
    return a if a is None or len(size) == 2 else functions.expand_dims(a, 1)


def _check_eps(layer: str, eps: Any) -> None:
    if not isinstance(plain(eps), (int, float)) or not 0 <= eps < float("inf"):
        raise ValueError(f"{layer}: eps={eps!r}; it is a small number that is not below 0")


def _listed(lengths: Sequence[int]) -> str:
    return " × ".join(map(str, lengths))
