"""Layers, and the models they make. Weights have shape (in, out), so that a layer reads as in the notes: X W + b."""

from typing import Any as _Any

from ..tensors.hints import missing as _missing
from .activations import ELU, GELU, Identity, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh
from .convolution import Conv2d, MaxPool2d
from .layers import Dropout, Embedding, Flatten, Linear
from .models import MLP, Sequential
from .module import Module
from .normalisation import BatchNorm1d, LayerNorm

__all__ = [
    "ELU",
    "GELU",
    "MLP",
    "BatchNorm1d",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "Identity",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
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
