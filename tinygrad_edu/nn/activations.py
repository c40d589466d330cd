"""Activations as modules: each applies the function of its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensors import functions
from .module import Module


class Activation(Module):
    """A function, entry by entry (softmax: along the last axis), that holds nothing to be trained."""

    function: Callable[[Any], Any]

    def forward(self, x: Any) -> Any:
        """The function applied to x."""
        return self.function(x)


class Tanh(Activation):
    """tanh x, between −1 and 1."""

    function = staticmethod(functions.tanh)


class Sigmoid(Activation):
    """σ(x) = 1/(1 + e^(−x)), between 0 and 1: the probability of one of two classes."""

    function = staticmethod(functions.sigmoid)


class Softmax(Activation):
    """e^x / Σ e^x along the last axis: the probabilities of several classes."""

    function = staticmethod(functions.softmax)


class ReLU(Activation):
    """max(x, 0)."""

    function = staticmethod(functions.relu)


class LeakyReLU(Activation):
    """x above 0, a small multiple of it below."""

    function = staticmethod(functions.leaky_relu)


class ELU(Activation):
    """x above 0, e^x − 1 below."""

    function = staticmethod(functions.elu)


class GELU(Activation):
    """x times the probability that a standard normal number is smaller."""

    function = staticmethod(functions.gelu)


class SiLU(Activation):
    """x σ(x)."""

    function = staticmethod(functions.silu)


class Softplus(Activation):
    """log(1 + e^x), a smooth max(x, 0)."""

    function = staticmethod(functions.softplus)


class Identity(Module):
    """x itself: the linear output."""

    def forward(self, x: Any) -> Any:
        """x itself."""
        return x


ACTIVATIONS: dict[str, type[Module]] = {"linear": Identity} | {
    cls.function.__name__: cls for cls in Activation.__subclasses__()
}
