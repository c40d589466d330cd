"""Activations as modules: each applies the function of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from ..tensors import functions
from ..tensors.hints import refuse_keywords
from .module import Module


class Activation(Module):
    """A function, entry by entry (softmax: along an axis), that holds nothing to be trained.

    takes: the names of the function's arguments beside x. settings: those that were given.

    >>> LeakyReLU(0.2)
    LeakyReLU(negative_slope=0.2)
    """

    function: Callable[..., Any]
    takes: ClassVar[tuple[str, ...]] = ()
    settings: Mapping[str, Any] = MappingProxyType({})
    recorded_with = ("settings",)

    def __init__(self, *values: Any, **settings: Any) -> None:
        name = type(self).__name__
        if foreign := {key: value for key, value in settings.items() if key not in self.takes}:
            refuse_keywords(name, foreign)
        if len(values) > len(self.takes):
            raise TypeError(
                f"{name} takes {', '.join(self.takes) or 'no arguments'}, not {', '.join(map(repr, values))}"
            )
        self.settings = dict(zip(self.takes, values, strict=False)) | settings

    def forward(self, x: Any) -> Any:
        """The function applied to x."""
        return self.function(x, **self.settings)

    def extra_repr(self) -> str:
        """What was set."""
        return ", ".join(f"{key}={value}" for key, value in self.settings.items())


class Tanh(Activation):
    """tanh x, between −1 and 1."""

    function = staticmethod(functions.tanh)


class Sigmoid(Activation):
    """σ(x) = 1/(1 + e^(−x)), between 0 and 1: the probability of one of two classes."""

    function = staticmethod(functions.sigmoid)


class Softmax(Activation):
    """e^x / Σ e^x along an axis, the last if none is given: the probabilities of several classes."""

    function = staticmethod(functions.softmax)
    takes = ("axis",)


class ReLU(Activation):
    """max(x, 0)."""

    function = staticmethod(functions.relu)


class LeakyReLU(Activation):
    """x above 0, a small multiple of it below."""

    function = staticmethod(functions.leaky_relu)
    takes = ("negative_slope",)


class ELU(Activation):
    """x above 0, e^x − 1 below."""

    function = staticmethod(functions.elu)
    takes = ("alpha",)


class GELU(Activation):
    """x times the probability that a standard normal number is smaller."""

    function = staticmethod(functions.gelu)
    takes = ("approximate",)


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
