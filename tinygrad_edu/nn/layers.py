"""The layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.graph import Node, describe, mode, plain
from ..tensors import functions
from ..tensors.tensor import Tensor
from .activations import ACTIVATIONS
from .module import Module

Rng = int | np.random.Generator | None
# How far from 0 initial weights may lie, as a multiple of √(1/n): with it the activations' variance stays about the
# same from layer to layer. glorot: X. Glorot & Y. Bengio, "Understanding the difficulty of training deep feedforward
# neural networks", AISTATS 2010, eq. 16, for activations that are the identity near 0. he: K. He et al., "Delving
# deep into rectifiers", ICCV 2015, eq. 10, for those that cut one half off.
INITIALISERS = {
    "glorot": lambda n_in, n_out: np.sqrt(6.0 / (n_in + n_out)),
    "he": lambda n_in, n_out: np.sqrt(6.0 / n_in),
}
HALVING = ("relu", "leaky_relu", "elu", "gelu", "silu")  # activations for which "he" was made


class Linear(Module):
    """X W + b, for X of shape (…, in_features).

    weight: (in_features, out_features), drawn uniformly by `init` ("glorot" or "he"), reproducibly if `rng` is a seed
    or a generator; bias: (out_features,), zeros at first, None with bias=False.

    >>> Linear(30, 16, rng=0)
    Linear(30 → 16)
    """

    parameter_letters = (("weight", "W"), ("bias", "b"))

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: Rng = None,
        init: str = "glorot",
        dtype: Any = float,
    ) -> None:
        if in_features < 1 or out_features < 1:
            raise ValueError(f"Linear: {in_features} → {out_features} features; both are at least 1")
        if init not in INITIALISERS:
            raise ValueError(f"Linear: init is one of {', '.join(INITIALISERS)}, not {init!r}")
        self.in_features, self.out_features = in_features, out_features
        far = INITIALISERS[init](in_features, out_features)
        drawn = np.random.default_rng(rng).uniform(-far, far, (in_features, out_features))
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
            raise ValueError(f"{self._label()} takes {self.in_features} features, {describe(x)} has {found}") from None
        return z if self.bias is None else z + self.bias

    def _label(self) -> str:
        return f"Linear{'' if self.number is None else f' layer {self.number}'} ({self.extra_repr()})"

    def extra_repr(self) -> str:
        """From how many features to how many."""
        return f"{self.in_features} → {self.out_features}{'' if self.bias is not None else ', no bias'}"


class Sequential(Module):
    """Modules (or functions) one after the other."""

    def __init__(self, *layers: Any) -> None:
        for layer in layers:
            if not callable(layer):
                raise TypeError(f"Sequential: {layer!r} cannot be called, it is neither a module nor a function")
        self.layers = list(layers)

    def forward(self, x: Any) -> Any:
        """x through all of them."""
        for layer in self.layers:
            x = layer(x)
        return x

    def contents(self) -> Iterator[tuple[str, Any]]:
        """The layers that are modules, by their place: "0", "1", …; then what else there is."""
        yield from ((str(i), layer) for i, layer in enumerate(self.layers) if isinstance(layer, Module))
        yield from ((name, part) for name, part in super().contents() if not name.startswith("layers."))

    def shown(self) -> Iterator[tuple[str, str]]:
        """The layers by their place, functions among them; then what else there is."""
        for i, layer in enumerate(self.layers):
            yield str(i), repr(layer) if isinstance(layer, Module) else getattr(layer, "__name__", repr(layer))
        for name, part in super().contents():
            if isinstance(part, Module) and not name.startswith("layers."):
                yield name, repr(part)

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __getitem__(self, i: int | slice) -> Any:
        if not isinstance(i, slice):
            return self.layers[i]
        part = Sequential()
        part.layers.extend(self.layers[i])  # not by the constructor: the layers keep their numbers
        return part


class MLP(Sequential):
    """A multilayer perceptron: linear layers with an activation after each, and an output activation after the last.

    sizes: how many features go in, lie in each hidden layer, come out. activation: of the hidden layers, one of the
    functions in `activations.py`. output: "linear" for numbers, "sigmoid" for the probability of one of two classes,
    "softmax" for those of several. rng: a seed or a generator; with it the initial weights are reproducible.

    >>> model = MLP([2, 3, 1], output="sigmoid", rng=0)
    >>> model
    MLP(
      (0): Linear(2 → 3)
      (1): Tanh()
      (2): Linear(3 → 1)
      (3): Sigmoid()
    )
    >>> [parameter.name for parameter in model.parameters()]
    ['W_1', 'b_1', 'W_2', 'b_2']
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "tanh",
        output: str = "linear",
        *,
        rng: Rng = None,
        dtype: Any = float,
    ) -> None:
        if isinstance(sizes, (int, np.integer)):
            further = activation if isinstance(activation, (list, tuple)) else (activation, output)
            meant = [sizes, *(n for n in further if isinstance(n, (int, np.integer)))]
            raise TypeError(f"MLP: all sizes stand in one list, from the input to the output: MLP({meant})")
        if len(sizes) < 2:
            raise ValueError(f"MLP: sizes are those of the input, the hidden layers and the output, not {list(sizes)}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"MLP: activation is one of {', '.join(ACTIVATIONS)}, not {activation!r}")
        if output not in ("linear", "sigmoid", "softmax"):
            raise ValueError(f"MLP: output is linear, sigmoid or softmax, not {output!r}")
        generator = np.random.default_rng(rng)
        init = "he" if activation in HALVING else "glorot"
        layers: list[Module] = []
        for n_in, n_out in pairwise(sizes):
            layers += [Linear(n_in, n_out, rng=generator, init=init, dtype=dtype), ACTIVATIONS[activation]()]
        layers.pop()
        super().__init__(*layers, *([] if output == "linear" else [ACTIVATIONS[output]()]))
        self.output = output

    def logits(self, x: Any) -> Any:
        """The last layer's numbers before the output activation: what losses from logits take.

        Calls what `model(x)` calls, but for the last activation.
        """
        for layer in self.layers if self.output == "linear" else self.layers[:-1]:
            x = layer(x)
        return x


class Dropout(Module):
    """In training each entry is 0 with probability p, and 1/(1 − p) times itself otherwise; in use, x itself.

    Source: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014, with
    the factor already in training, as is usual today. rng: a seed or a generator.
    """

    def __init__(self, p: float = 0.5, *, rng: Rng = None) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: p is a probability below 1, not {p}")
        self.p = p
        self.rng = np.random.default_rng(rng)

    def forward(self, x: Any) -> Any:
        """x with entries dropped, in training."""
        if not self.training or self.p == 0:
            return x
        if mode.tracing is not None:
            raise TypeError(
                "Dropout draws anew at every call, a recorded program cannot: call eval(), or do without jit"
            )
        kept = self.rng.random(rules.shape(x)) >= self.p
        return x * (kept / (1 - self.p)).astype(np.asarray(plain(x)).dtype)

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"
