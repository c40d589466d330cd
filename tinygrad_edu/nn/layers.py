"""The layers whose input is features, or the numbers of words."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.constants import unmasked
from ..engine.counts import refuse_no_count
from ..engine.graph import Node, describe, mode, plain
from ..tensors import functions
from ..tensors.functions.arguments import numbered
from ..tensors.tensor import Tensor
from .initialisers import Initialiser, Rng, generator, initial
from .module import Module


class Linear(Module):
    """X W + b, for X of shape (…, in_features).

    weight: (in_features, out_features), drawn by `init` (a name or a function of `initialisers.py`), reproducibly if
    `rng` is a seed or a generator; bias: (out_features,), zeros at first, None with bias=False.

    >>> Linear(30, 16, rng=0)
    Linear(30 → 16)
    """

    parameter_letters = (("weight", "W"), ("bias", "b"))
    turned_in_torch = ("weight",)

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: Rng = None,
        init: str | Initialiser = "glorot",
        dtype: Any = float,
    ) -> None:
        refuse_no_count("Linear", in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        drawn = initial("Linear", init, rng, (in_features, out_features), in_features, out_features)
        self.weight = Tensor(drawn, name="W", dtype=dtype)
        self.bias = Tensor(np.zeros(out_features), name="b", dtype=dtype) if bias else None

    def forward(self, x: Any) -> Any:
        """X W + b."""
        try:
            if x.__class__ is np.ndarray:  # its own operator would go through all of NumPy before it comes back to us
                z = self.weight.__rmatmul__(x)
            else:
                z = x @ self.weight if isinstance(x, Node) else functions.matmul(x, self.weight)
        except ValueError:
            size = rules.shape(x)
            found = f"{size[-1]} on its last axis" if size else "none, being a single number"
            raise ValueError(f"{self.label()} takes {self.in_features} features, {describe(x)} has {found}") from None
        return z if self.bias is None else z + self.bias

    def extra_repr(self) -> str:
        """From how many features to how many."""
        return f"{self.in_features} → {self.out_features}{'' if self.bias is not None else ', no bias'}"


class Embedding(Module):
    """For each number of a word, 0 to num_embeddings − 1, its row of the weights: (…) to (…, embedding_dim).

    weight: (num_embeddings, embedding_dim), drawn by `init` from a normal distribution of variance 1.

    >>> Embedding(27, 2, rng=0)(np.array([[3, 0, 3]])).shape
    (1, 3, 2)
    """

    parameter_letters = (("weight", "E"),)

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        rng: Rng = None,
        init: str | Initialiser = "normal",
        dtype: Any = float,
    ) -> None:
        refuse_no_count("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        drawn = initial("Embedding", init, rng, (num_embeddings, embedding_dim), num_embeddings, embedding_dim)
        self.weight = Tensor(drawn, name="E", dtype=dtype)

    def forward(self, x: Any) -> Any:
        """The rows whose numbers x holds."""
        if not isinstance(x, Node):
            x = np.asarray(unmasked(x, "Embedding"))
        x = numbered(x, self.num_embeddings, "Embedding: number", "rows have the numbers")
        return functions.getitem(self.weight, x)

    def extra_repr(self) -> str:
        """How many rows of how many numbers."""
        return f"{self.num_embeddings} × {self.embedding_dim}"


class Flatten(Module):
    """All axes but the first, which is that of the samples, made one: (N, …) to (N, features)."""

    def forward(self, x: Any) -> Any:
        """The entries of each sample in one row."""
        size = rules.shape(x)
        if not size:
            raise ValueError(f"Flatten: {describe(x)} is a single number; the first axis is that of the samples")
        return rules.reshape(x, shape=(size[0], math.prod(size[1:])))


class Dropout(Module):
    """In training each entry is 0 with probability p, and 1/(1 − p) times itself otherwise; in use, x itself.

    Source: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014, with
    the factor already in training, as is usual today. rng: a seed or a generator.
    """

    recorded_with = ("p",)

    def __init__(self, p: float = 0.5, *, rng: Rng = None) -> None:
        if not isinstance(p, (int, float, np.number)) or not 0 <= p < 1:
            raise ValueError(f"Dropout: p is a probability below 1, not {p!r}")
        self.p = p
        self.rng = generator("Dropout", rng)

    def forward(self, x: Any) -> Any:
        """x with entries dropped, in training."""
        if not self.training or self.p == 0:
            return x
        size, kind = rules.shape(x), np.asarray(plain(x)).dtype
        kind = kind if kind.kind == "f" else np.dtype(float)  # integers get a mask of floats
        if mode.tracing is not None:  # a program draws at every call, too
            mask = mode.tracing.draw(partial(self.mask, size, kind), np.zeros(size, kind), "Dropout")
        else:
            mask = self.mask(size, kind)
        return functions.multiply(x, mask)

    def mask(self, size: tuple[int, ...], dtype: Any) -> Any:
        """What the next input of this size is multiplied by: 0 or 1/(1 − p), entry by entry; the generator moves on."""
        kept = self.rng.random(size) >= self.p
        return (kept / (1 - self.p)).astype(dtype)

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"
