"""Optimisers: how a step along the gradients is made. Updates agree with PyTorch's.

The arithmetic of each stands once, in its `update`, a pure function of numbers, arrays or nodes alike; `step` applies
it to the parameters, in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from .engine import changes
from .engine.graph import Node, describe, mode
from .tensors import functions

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]


class Optimizer:
    """What the optimisers share. A subclass says what it remembers of each parameter, and how that and it change.

    params: the tensors to be trained. lr: the learning rate. `count` is how many steps were made; `state` what is
    remembered of each parameter, a dict of arrays for each.
    """

    remembers: tuple[str, ...] = ()

    def __init__(self, params: Iterable[Any], lr: float, **settings: float) -> None:
        self.params = list(params)
        name = type(self).__name__
        if not self.params:
            raise ValueError(f"{name}: there are no parameters to train")
        for p in self.params:
            if not (isinstance(p, Node) and p.requires_grad and p.rule is None):
                found = describe(p) if isinstance(p, Node) else type(p).__name__
                raise TypeError(f"{name}: parameters are leaves that require a gradient, not {found}")
        if len({id(p) for p in self.params}) != len(self.params):
            raise ValueError(f"{name}: a parameter stands twice in the list, it would make two steps at once")
        if not lr > 0:
            raise ValueError(f"{name}: lr={lr}; a learning rate is above 0")
        self.lr = lr
        self.settings = settings
        self.count = 0
        self.state = [self.fresh_state(p) for p in self.params]

    def update(self, p: Any, g: Any, state: dict[str, Any], count: Any) -> tuple[Any, dict[str, Any]]:
        """What is taken off the parameter `p`, whose gradient is `g`, at step number `count`, and its next state.

        A pure function: of arrays it gives arrays, of nodes nodes.
        """
        raise NotImplementedError

    def updated(self, params: list[Any], grads: list[Any], states: list[dict[str, Any]], count: Any) -> tuple[Any, Any]:
        """All parameters and states after step number `count`, as new arrays or nodes; nothing is changed in place.

        states: one dict for each parameter, `fresh_state` before the first step.
        """
        moves = [self.update(p, g, state, count) for p, g, state in zip(params, grads, states, strict=True)]
        return [p - move for p, (move, _) in zip(params, moves, strict=True)], [state for _, state in moves]

    def fresh_state(self, p: Any) -> dict[str, Any]:
        """What is remembered of the parameter `p` before the first step."""
        return {key: np.zeros_like(p.data) if p.shape else 0.0 for key in self.remembers}

    def step(self) -> None:
        """Move every parameter along its gradient, in place."""
        if mode.tracing is not None:  # a program makes the step at every call
            mode.tracing.step(self)
            return
        for p in self.params:
            if p._grad is None:
                raise ValueError(f"{type(self).__name__}.step: {describe(p)} has no gradient; "
                                 "call backward() on a loss that depends on it")  # fmt: skip
        self.count += 1
        for i, p in enumerate(self.params):
            g = p._grad
            if isinstance(g, Node):
                g = g._data
            move, self.state[i] = self.update(p._data, g, self.state[i], self.count)
            p._data -= move
        changes.changed(self.params)

    def zero_grad(self) -> None:
        """Forget the gradients, so that the next backward does not add to them."""
        if mode.tracing is not None:
            mode.tracing.without_gradients(self.params)
        for p in self.params:
            p._grad = None

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on: the settings, the count of steps, what is remembered; copies."""
        return {
            "lr": self.lr,
            **self.settings,
            "count": self.count,
            "state": [{key: np.array(value) for key, value in state.items()} for state in self.state],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`, of the same optimiser for parameters of the same shapes."""
        where = f"{type(self).__name__}.load_state_dict"
        expected = {"lr", *self.settings, "count", "state"}
        if set(state) != expected:
            raise KeyError(f"{where}: found {', '.join(sorted(state))}; expected {', '.join(sorted(expected))}")
        if len(state["state"]) != len(self.params):
            raise ValueError(f"{where}: the state is of {len(state['state'])} parameters, not {len(self.params)}")
        for p, remembered in zip(self.params, state["state"], strict=True):
            for key, value in remembered.items():
                if key not in self.remembers or np.shape(value) != p.shape:
                    raise ValueError(f"{where}: {key} of shape {np.shape(value)} for {describe(p)}")
        self.lr, self.count = float(state["lr"]), int(state["count"])
        self.settings = {key: state[key] for key in self.settings}
        self.state = [
            {key: np.array(value, np.asarray(p.data).dtype) for key, value in remembered.items()}
            for p, remembered in zip(self.params, state["state"], strict=True)
        ]

    def __repr__(self) -> str:
        settings = "".join(f", {key}={value}" for key, value in self.settings.items())
        return f"{type(self).__name__}({len(self.params)} parameters, lr={self.lr}{settings})"


class SGD(Optimizer):
    """Stochastic gradient descent: p ← p − lr · g.

    momentum: v ← momentum · v + g, and v takes g's place (with nesterov, g + momentum · v does); the first v is g.
    weight_decay: added to g as weight_decay · p.

    >>> from tinygrad_edu import Value
    >>> x = Value(3.0)
    >>> optimizer = SGD([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    2.4
    """

    def __init__(
        self, params: Iterable[Any], lr: float, momentum: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False
    ) -> None:
        if momentum:
            self.remembers = ("velocity",)
        super().__init__(params, lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov)
        _not_negative(self, "momentum", "weight_decay")
        if nesterov and not momentum:
            raise ValueError("SGD: nesterov needs a momentum")

    def update(self, p: Any, g: Any, state: dict[str, Any], count: Any) -> tuple[Any, dict[str, Any]]:
        """lr times the gradient or the velocity."""
        momentum, decay = self.settings["momentum"], self.settings["weight_decay"]
        if decay:
            g = g + decay * p
        if momentum:
            velocity = momentum * state["velocity"] + g
            g = g + momentum * velocity if self.settings["nesterov"] else velocity
            state = {"velocity": velocity}
        return self.lr * g, state


class Adam(Optimizer):
    """Steps of about lr for every entry, whatever its gradient's scale: lr · m̂ / (√v̂ + eps).

    m and v are running means of g and g², with the weights betas; m̂ and v̂ are they, corrected for having begun at 0.
    weight_decay is added to g as weight_decay · p. Source: D. P. Kingma & J. Ba, "Adam: a method for stochastic
    optimization", ICLR 2015, algorithm 1.
    """

    remembers = ("mean", "mean_square")
    decoupled: ClassVar[bool] = False

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr, beta1=betas[0], beta2=betas[1], eps=eps, weight_decay=weight_decay)
        _not_negative(self, "beta1", "beta2", "eps", "weight_decay")
        if max(betas) >= 1:
            raise ValueError(f"{type(self).__name__}: betas={betas}; each is below 1")

    def update(self, p: Any, g: Any, state: dict[str, Any], count: Any) -> tuple[Any, dict[str, Any]]:
        """lr · m̂ / (√v̂ + eps), and with AdamW lr · weight_decay · p."""
        beta1, beta2, eps, decay = (self.settings[key] for key in ("beta1", "beta2", "eps", "weight_decay"))
        if decay and not self.decoupled:
            g = g + decay * p
        mean = beta1 * state["mean"] + (1 - beta1) * g
        mean_square = beta2 * state["mean_square"] + (1 - beta2) * (g * g)
        spread = functions.sqrt(mean_square) / functions.sqrt(1 - beta2**count) + eps
        move = (self.lr / (1 - beta1**count)) * (mean / spread)
        if decay and self.decoupled:
            move = move + (self.lr * decay) * p
        return move, {"mean": mean, "mean_square": mean_square}


class AdamW(Adam):
    """Adam whose weight decay bypasses the running means: lr · weight_decay · p is taken off as well.

    Source: I. Loshchilov & F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """

    decoupled = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)


def _not_negative(optimizer: Optimizer, *names: str) -> None:
    for name in names:
        if optimizer.settings[name] < 0:
            raise ValueError(f"{type(optimizer).__name__}: {name}={optimizer.settings[name]}; it is not below 0")
