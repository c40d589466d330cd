"""Models made of layers, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..engine.graph import next_index
from .activations import ACTIVATIONS
from .initialisers import HALVING, Initialiser, Rng, generator
from .layers import Linear
from .module import Module


class Sequential(Module):
    """Modules (or functions) one after the other."""

    def __init__(self, *layers: Any) -> None:
        for layer in layers:
            if isinstance(layer, type) and issubclass(layer, Module):
                raise TypeError(f"Sequential: {layer.__name__} is a class; a layer of it is {layer.__name__}(…)")
            if not callable(layer):
                several = "; the layers of a list are Sequential(*layers)" if isinstance(layer, (list, tuple)) else ""
                raise TypeError(
                    f"Sequential: {layer!r} cannot be called, it is neither a module nor a function{several}"
                )
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
    "softmax" for those of several. rng: a seed or a generator; with it the initial weights are reproducible. init: how
    they are drawn; "he" or "glorot" if it is not said, whichever the activation was made for.

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
        init: str | Initialiser | None = None,
        dtype: Any = float,
    ) -> None:
        if isinstance(sizes, (int, np.integer)):
            further = activation if isinstance(activation, (list, tuple)) else (activation, output)
            meant = [sizes, *(n for n in further if isinstance(n, (int, np.integer)))]
            raise TypeError(f"MLP: all sizes stand in one list, from the input to the output: MLP({meant})")
        if not isinstance(sizes, (list, tuple, np.ndarray)) or len(sizes) < 2:
            raise ValueError(f"MLP: sizes are those of the input, the hidden layers and the output, not {sizes!r}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"MLP: activation is one of {', '.join(ACTIVATIONS)}, not {activation!r}")
        if output not in ("linear", "sigmoid", "softmax"):
            raise ValueError(f"MLP: output is linear, sigmoid or softmax, not {output!r}")
        drawing = generator("MLP", rng)
        init = init or ("he" if activation in HALVING else "glorot")
        layers: list[Module] = []
        for n_in, n_out in pairwise(sizes):
            layers += [Linear(n_in, n_out, rng=drawing, init=init, dtype=dtype), ACTIVATIONS[activation]()]
        layers.pop()
        super().__init__(*layers, *([] if output == "linear" else [ACTIVATIONS[output]()]))
        self.output = output

    def logits(self, x: Any) -> Any:
        """The last layer's numbers before the output activation: what losses from logits take.

        Calls what `model(x)` calls, but for the last activation.
        """
        start = next_index()
        for layer in self.layers if self.output == "linear" else self.layers[:-1]:
            x = layer(x)
        self.calls.append((start, next_index()))  # pictures show these layers inside the model, as after model(x)
        return x
