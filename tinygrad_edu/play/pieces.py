"""What a network in the playground is made of, recorded from the engine: `python -m tinygrad_edu.play` writes it to
assets/pieces.js.

Networks change in the page, so what travels are pieces, each a function for arrays of any size, and a sweep joins them
there. No derivative stands here: each is recorded while the engine takes it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import losses, optim
from ..engine.rules import shape as shape_of
from ..nn.activations import ACTIVATIONS
from ..source.recording import record
from ..tensors import functions
from ..tensors.tensor import Tensor
from ..tensors.transforms import grad
from .loops import Loops

N, IN, OUT = 7, 5, 3  # the lengths that pieces are recorded with, all different

HIDDEN = tuple(name for name in ACTIVATIONS if name != "softmax")  # softmax is the output that cross-entropy expects


def absolute_error(z: Any, y: Any) -> Any:
    """|ŷ − y|, its mean: a loss that one far point cannot rule."""
    return functions.mean(functions.absolute(z - y))


def huber(z: Any, y: Any) -> Any:
    """(ŷ − y)²/2 up to an error of 1, |ŷ − y| − ½ beyond it; their mean. Source: P. J. Huber, 1964."""
    error = functions.absolute(z - y)
    return functions.mean(functions.where(error < 1, error * error / 2, error - 0.5))


LOSSES: dict[str, Callable[..., Any]] = {
    "bce": losses.binary_cross_entropy_with_logits,
    "cross-entropy": losses.cross_entropy,
    "squared": losses.mse_loss,
    "hinge": losses.hinge_loss,
    "absolute": absolute_error,
    "huber": huber,
}
PENALTIES: dict[str, Callable[..., Any]] = {
    "l1": lambda W: functions.sum(functions.absolute(W)),
    "l2": lambda W: functions.sum(W * W) / 2,
}
OPTIMISERS: dict[str, Callable[..., optim.Optimizer]] = {
    "sgd": lambda p: optim.SGD(p, 1.0),
    "momentum": lambda p: optim.SGD(p, 1.0, momentum=0.9),
    "adam": lambda p: optim.Adam(p, 1.0),
}


def linear(X: Any, W: Any, b: Any) -> Any:
    """What a linear layer computes."""
    return X @ W + b


def dropped(A: Any, M: Any) -> Any:
    """What dropout leaves of A in training; M is the mask that `nn.Dropout` draws, 0 or 1/(1 − p) entry by entry."""
    return A * M


def gradient(f: Callable[..., Any], position: int, arity: int) -> Callable[..., Any]:
    """The gradient towards one of f's arguments: of f, or, where f is an array whose gradient is G, of the sum of G f.

    What it returns takes these arguments, then G if there is one.
    """

    def found(*given: Any) -> Any:
        arguments = list(given)

        def towards(x: Any) -> Any:
            arguments[position] = x
            result = f(*arguments[:arity])
            return (result * given[-1]).sum() if shape_of(result) else result

        return grad(towards)(given[position])

    return found


@dataclass(frozen=True)
class Piece:
    """One function: what is recorded, for arrays of which shapes, what they and the results are called."""

    name: str
    f: Callable[..., Any]
    shapes: Sequence[tuple[int, ...]]
    inputs: Sequence[str]
    results: Sequence[str]
    sizes: Sequence[tuple[int, str]]

    def text(self) -> str:
        """The function in JavaScript."""
        program = record(self.f, [_numbers(shape, name) for shape, name in zip(self.shapes, self.inputs, strict=True)],
                         {}, arrays=True, ints=False).program  # fmt: skip
        return Loops(self.name, program, dict(self.sizes), self.inputs, self.results).text()


def _numbers(shape: tuple[int, ...], name: str) -> Any:
    """Numbers to record with; labels are one-hot, which all losses accept or are told as signs."""
    if not shape:
        return 2.0
    return np.linspace(0.1, 0.9, int(np.prod(shape))).reshape(shape) if name != "Y" else np.ones(shape)


def linear_pieces() -> list[Piece]:
    """A linear layer: its output, and the gradients towards its input, its weights and its bias."""
    shapes, inputs = [(N, IN), (IN, OUT), (OUT,)], ["X", "W", "b"]
    sizes = [(N, "N"), (IN, "I"), (OUT, "O")]
    found = [Piece("forward", linear, shapes, inputs, ["Z"], sizes)]
    for position, (name, result) in enumerate(
        (("towards_input", "dX"), ("towards_weights", "dW"), ("towards_bias", "db"))
    ):
        f = gradient(linear, position, 3)
        found.append(Piece(name, f, [*shapes, (N, OUT)], [*inputs, "G"], [result], sizes))
    return found


def activation_pieces(name: str) -> list[Piece]:
    """An activation, and the gradient towards its argument."""
    activation = ACTIVATIONS[name]()
    sizes, shape = [(N, "N"), (OUT, "O")], (N, OUT)
    return [
        Piece("forward", activation, [shape], ["Z"], ["A"], sizes),
        Piece("backward", gradient(activation, 0, 1), [shape, shape], ["Z", "G"], ["dZ"], sizes),
    ]


def dropout_pieces() -> list[Piece]:
    """Dropout with a mask, and the gradient towards what it is applied to."""
    sizes, shape = [(N, "N"), (OUT, "O")], (N, OUT)
    return [
        Piece("forward", dropped, [shape] * 2, ["A", "M"], ["D"], sizes),
        Piece("backward", gradient(dropped, 0, 2), [shape] * 3, ["A", "M", "G"], ["dA"], sizes),
    ]


def loss_pieces(name: str) -> list[Piece]:
    """A loss of the last layer's outputs Z and labels Y, and its gradient towards Z."""
    given = LOSSES[name]

    def loss(Z: Any, Y: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it is recorded on ones, which are nobody's labels
            return given(Z, Y)

    sizes, shapes = [(N, "N"), (OUT, "O")], [(N, OUT), (N, OUT)]
    return [
        Piece("value", loss, shapes, ["Z", "Y"], [], sizes),
        Piece("backward", gradient(loss, 0, 2), shapes, ["Z", "Y"], ["dZ"], sizes),
    ]


def penalty_pieces(name: str) -> list[Piece]:
    """A penalty on weights, and its gradient."""
    penalty = PENALTIES[name]
    return [
        Piece("value", penalty, [(N,)], ["W"], [], [(N, "N")]),
        Piece("backward", gradient(penalty, 0, 1), [(N,)], ["W"], ["dW"], [(N, "N")]),
    ]


def remembered(name: str) -> tuple[str, ...]:
    """What an optimiser remembers of each parameter."""
    return OPTIMISERS[name]([Tensor(np.zeros(N))]).remembers


def optimiser_pieces(name: str) -> list[Piece]:
    """A step of an optimiser: parameters and what is remembered of them, changed in place."""
    optimiser = OPTIMISERS[name]([Tensor(np.zeros(N))])
    keys = optimiser.remembers

    def step(p: Any, g: Any, *rest: Any) -> Any:
        *states, lr, count = rest
        optimiser.lr = lr
        move, state = optimiser.update(p, g, dict(zip(keys, states, strict=True)), count)
        return [p - move, *(state[key] for key in keys)]

    shapes = [(N,), (N,), *[(N,)] * len(keys), (), ()]
    inputs = ["p", "g", *keys, "lr", "count"]
    return [Piece("step", step, shapes, inputs, ["p_next", *(f"{key}_next" for key in keys)], [(N, "N")])]


def text() -> str:
    """assets/pieces.js."""
    kinds: dict[str, dict[str, list[Piece]]] = {
        "activations": {name: activation_pieces(name) for name in HIDDEN},
        "losses": {name: loss_pieces(name) for name in LOSSES},
        "penalties": {name: penalty_pieces(name) for name in PENALTIES},
        "optimisers": {name: optimiser_pieces(name) for name in OPTIMISERS},
    }
    lines = [
        "// Written by `python -m tinygrad_edu.play` from the engine's own table; not to be changed by hand.",
        "const pieces = {",
        f"linear: {{ {_members(linear_pieces())} }},",
        f"dropout: {{ {_members(dropout_pieces())} }},",
    ]
    for kind, members in kinds.items():
        lines += [f"{kind}: {{", *(f'"{name}": {{ {_members(each)} }},' for name, each in members.items()), "},"]
    return "\n".join([*lines, "};", ""])


def _members(found: Sequence[Piece]) -> str:
    return "\n".join(f"{piece.name}: {piece.text()}," for piece in found)
