"""Activations as modules: each applies the function of its name."""

from __future__ import annotations

from typing import Any, ClassVar

from .. import functions
from .module import Module


class Activation(Module):
    """A function, entry by entry (softmax: along the last axis), that holds nothing to be trained."""

    function: ClassVar[str]

    def forward(self, x: Any) -> Any:
        """The function applied to x."""
        return getattr(functions, self.function)(x)


class Tanh(Activation):
    """tanh x, between −1 and 1."""

    function = "tanh"


class Sigmoid(Activation):
    """σ(x) = 1/(1 + e^(−x)), between 0 and 1: the probability of one of two classes."""

    function = "sigmoid"


class Softmax(Activation):
    """e^x / Σ e^x along the last axis: the probabilities of several classes."""

    function = "softmax"


class ReLU(Activation):
    """max(x, 0)."""

    function = "relu"


class LeakyReLU(Activation):
    """x above 0, a small multiple of it below."""

    function = "leaky_relu"


class ELU(Activation):
    """x above 0, e^x − 1 below."""

    function = "elu"


class GELU(Activation):
    """x times the probability that a standard normal number is smaller."""

    function = "gelu"


class SiLU(Activation):
    """x σ(x)."""

    function = "silu"


class Softplus(Activation):
    """log(1 + e^x), a smooth max(x, 0)."""

    function = "softplus"


class Identity(Module):
    """x itself: the linear output."""

    def forward(self, x: Any) -> Any:
        """x itself."""
        return x


ACTIVATIONS: dict[str, type[Module]] = {"linear": Identity} | {cls.function: cls for cls in Activation.__subclasses__()}
