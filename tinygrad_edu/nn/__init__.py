"""Layers, and the models they make. Weights have shape (in, out), so that a layer reads as in the notes: X W + b."""

from typing import Any as _Any

from ..tensors.hints import missing as _missing
from .activations import ELU, GELU, Identity, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh
from .layers import MLP, Dropout, Linear, Sequential
from .module import Module

__all__ = [
    "ELU",
    "GELU",
    "MLP",
    "Dropout",
    "Identity",
    "LeakyReLU",
    "Linear",
    "Module",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]


def __getattr__(name: str) -> _Any:
    raise _missing(__name__, name, __all__)
