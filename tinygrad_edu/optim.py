"""Optimisers: how a step along the gradients is made. Updates agree with PyTorch's.

The arithmetic of each stands once, in its `update`, a pure function of numbers, arrays or nodes alike; `step` applies
it to the parameters, in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from sys import float_info
from typing import Any, ClassVar

import numpy as np

from .engine import changes
from .engine.graph import Node, describe, mode, plain
from .tensors import functions
from .tensors.hints import HINTS, missing, teach

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]


class Optimizer:
    """What the optimisers share. A subclass says what it remembers of each parameter, and how that and it change.

    params: the tensors to be trained, or the module whose parameters are. lr: the learning rate. `counts` says how many
    steps each parameter has made (a step passes over those without a gradient), `count` the most of them; `state` is
    what is remembered of each parameter, a dict of arrays for each.
    """

    remembers: tuple[str, ...] = ()
    never_negative: tuple[str, ...] = ()  # of what is remembered

    def __init__(self, params: Any, lr: float, **settings: float) -> None:
        name = type(self).__name__
        if isinstance(params, Node):
            raise TypeError(f"{name}: parameters are leaves in a list, [{params.name or 'p'}], not a single node")
        if callable(params) and not hasattr(params, "parameters"):
            raise TypeError(f"{name}: it takes parameters, not a function; call it: {name}(model.parameters(), …)")
        if isinstance(params, (int, float, np.number)):
            raise TypeError(f"{name}: the parameters come first, then the learning rate: {name}(model, lr={params})")
        self.params = list(params.parameters() if hasattr(params, "parameters") else params)
        if not self.params:
            raise ValueError(f"{name}: there are no parameters to train")
        for p in self.params:
            if not (isinstance(p, Node) and p.requires_grad and p.rule is None):
                found = describe(p) if isinstance(p, Node) else type(p).__name__
                advice = "; for groups with settings of their own make an optimiser for each" if found == "dict" else ""
                raise TypeError(f"{name}: parameters are leaves that require a gradient, not {found}{advice}")
        if len({id(p) for p in self.params}) != len(self.params):
            raise ValueError(f"{name}: a parameter stands twice in the list, it would make two steps at once")
        self.check(lr, settings)
        self.lr = lr
        self.settings: dict[str, Any] = {key: _bare(value) for key, value in settings.items()}
        self.remembers = self.remembered(settings)
        self.counts = [0] * len(self.params)
        self.state = [self.fresh_state(p) for p in self.params]

    def __setattr__(self, name: str, value: Any) -> None:
        if name in HINTS["optimizer"] and type(self).__module__ == __name__:  # a user's class may have such attributes
            raise AttributeError(f"{type(self).__name__}.{name} = … changes nothing: {HINTS['optimizer'][name]}")
        super().__setattr__(name, value)

    @property
    def lr(self) -> Any:
        """The learning rate. It may be set between the steps, to 0 as well; ValueError of what is no such number."""
        return self._lr

    @lr.setter
    def lr(self, lr: Any) -> None:
        lr = _bare(lr)
        if mode.tracing is not None and isinstance(lr, Node):
            mode.tracing.with_rate(self)  # an argument of a recorded function, for `update`
        elif not (_is_finite(lr) and lr >= 0):
            raise ValueError(f"{type(self).__name__}: lr={lr!r}; a learning rate is a finite number, not below 0")
        self._lr = lr

    @property
    def count(self) -> int:
        """How many steps were made: the most that any parameter has."""
        return max(self.counts)

    @classmethod
    def check(cls, lr: Any, settings: Mapping[str, Any]) -> None:
        """Raise ValueError or TypeError unless an optimiser can have this learning rate and these settings."""
        for key, value in {"lr": lr, **settings}.items():
            if not _is_finite(value):
                raise ValueError(f"{cls.__name__}: {key}={value!r}; it is a finite number")
            if value < 0 or (key == "lr" and not value):
                what = "a learning rate is above 0" if key == "lr" else "it is not below 0"
                raise ValueError(f"{cls.__name__}: {key}={value}; {what}")

    @classmethod
    def remembered(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of what is remembered of each parameter, with these settings."""
        return cls.remembers

    def update(self, p: Any, g: Any, state: dict[str, Any], count: Any) -> tuple[Any, dict[str, Any]]:
        """What is taken off the parameter `p`, whose gradient is `g`, at step number `count`, and its next state.

        A pure function: of arrays it gives arrays, of nodes nodes.
        """
        raise NotImplementedError

    def updated(self, params: list[Any], grads: list[Any], states: list[dict[str, Any]], count: Any) -> tuple[Any, Any]:
        """All parameters and states after step number `count`, as new arrays or nodes; nothing is changed in place.

        states: one dict for each parameter, `fresh_state` before the first step.
        """
        with mode.tracing.reading(self) if mode.tracing is not None else nullcontext():
            moves = [self.update(p, g, state, count) for p, g, state in zip(params, grads, states, strict=True)]
        return [p - move for p, (move, _) in zip(params, moves, strict=True)], [state for _, state in moves]

    def fresh_state(self, p: Any) -> dict[str, Any]:
        """What is remembered of the parameter `p` before the first step."""
        return {key: np.zeros_like(plain(p)) if np.shape(plain(p)) else 0.0 for key in self.remembers}

    def step(self) -> None:
        """Move every parameter that has a gradient along it, in place; the others stay, and so does what is remembered.

        ValueError: none has a gradient.
        """
        if mode.tracing is not None:  # a program makes the step at every call
            mode.tracing.step(self)
            return
        moved = [p for p in self.params if p._grad is not None]
        if not moved:
            raise ValueError(self.without_gradients())
        changes.changed(moved)  # before the first is moved: a step that is interrupted is a change, too
        counts, state, update = self.counts, self.state, self.update
        for i, p in enumerate(self.params):
            g = p._grad
            if g is not None:
                counts[i] = count = counts[i] + 1
                move, state[i] = update(p._data, plain(g) if isinstance(g, Node) else g, state[i], count)
                p._data -= move

    def without_gradients(self) -> str:
        """What `step` says where no parameter has a gradient."""
        which = ", ".join(map(describe, self.params[:4])) + (", …" if len(self.params) > 4 else "")
        said = f"{which} has no gradient" if len(self.params) == 1 else f"no parameter has a gradient ({which})"
        return f"{type(self).__name__}.step: {said}; call backward() on a loss that depends on what is to be trained"

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
            "count": self.count if len(set(self.counts)) == 1 else list(self.counts),
            "state": [{key: np.array(value) for key, value in state.items()} for state in self.state],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`, of the same optimiser for parameters of the same shapes.

        All is looked at first: what could not have come from such an optimiser raises, and nothing is changed.
        """
        where = f"{type(self).__name__}.load_state_dict"
        expected = {"lr", *self.settings, "count", "state"}
        if set(state) != expected:
            raise KeyError(f"{where}: found {', '.join(sorted(state))}; expected {', '.join(sorted(expected))}")
        settings = {key: _bare(state[key]) for key in self.settings}
        lr = _bare(state["lr"])
        self.check(lr, settings)
        count = _bare(state["count"])
        several = {"count": count if isinstance(count, (list, tuple, np.ndarray)) else [count] * len(self.params)}
        several["state"] = state["state"]
        for key, each in several.items():
            if not isinstance(each, (list, tuple, np.ndarray)):
                raise TypeError(f"{where}: the {key} is a list with an entry for each parameter, not {each!r}")
            if len(each) != len(self.params):
                raise ValueError(f"{where}: the {key} is of {len(each)} parameters, not {len(self.params)}")
        counts = [_count(each, where) for each in several["count"]]
        names = self.remembered(settings)
        states = [self._taken(p, each, names, where) for p, each in zip(self.params, state["state"], strict=True)]
        self.lr, self.settings, self.remembers, self.counts, self.state = lr, settings, names, counts, states

    def _taken(self, p: Any, remembered: Any, names: tuple[str, ...], where: str) -> dict[str, Any]:
        """A copy of what a state remembers of the parameter `p`."""
        if not isinstance(remembered, Mapping) or set(remembered) != set(names):
            found = ", ".join(map(str, remembered)) or "nothing"
            raise ValueError(f"{where}: of {describe(p)} it has {found}; expected {', '.join(names) or 'nothing'}")
        taken = {}
        for name in names:
            value = np.asarray(plain(remembered[name]))
            if value.shape != p.shape:
                raise ValueError(f"{where}: {name} of shape {value.shape} for {describe(p)}")
            if value.dtype.kind not in "fiub":
                raise TypeError(f"{where}: {name} of {describe(p)} is of {value.dtype}, not of real numbers")
            wrong = ~np.isfinite(value) | ((value < 0) & (name in self.never_negative))
            if wrong.any():
                raise ValueError(f"{where}: {name} of {describe(p)} holds {value[wrong].flat[0]}; no step leaves that")
            taken[name] = np.array(value, p.dtype) if p.shape else float(value)
        return taken

    def __repr__(self) -> str:
        settings = "".join(f", {key}={value}" for key, value in self.settings.items())
        return f"{type(self).__name__}({len(self.params)} parameters, lr={self.lr}{settings})"


teach(Optimizer, "optimizer")


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
        self, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False
    ) -> None:
        super().__init__(params, lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov)

    @classmethod
    def check(cls, lr: Any, settings: Mapping[str, Any]) -> None:
        """As every optimiser's; nesterov goes with a momentum."""
        super().check(lr, settings)
        if settings["nesterov"] and not settings["momentum"]:
            raise ValueError(f"{cls.__name__}: nesterov needs a momentum")

    @classmethod
    def remembered(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """The velocity, where there is a momentum."""
        return ("velocity",) if settings["momentum"] else ()

    def update(self, p: Any, g: Any, state: dict[str, Any], count: Any) -> tuple[Any, dict[str, Any]]:
        """lr times the gradient or the velocity."""
        momentum, decay = self.settings["momentum"], self.settings["weight_decay"]
        if decay:
            g = g + decay * p
        if momentum:
            velocity = momentum * state["velocity"] + g
            g = g + momentum * velocity if self.settings["nesterov"] else velocity
            state = {"velocity": velocity}
        return self._lr * g, state


class Adam(Optimizer):
    """Steps of about lr for every entry, whatever its gradient's scale: lr · m̂ / (√v̂ + eps).

    m and v are running means of g and g², with the weights betas; m̂ and v̂ are they, corrected for having begun at 0.
    weight_decay is added to g as weight_decay · p. Source: D. P. Kingma & J. Ba, "Adam: a method for stochastic
    optimization", ICLR 2015, algorithm 1.
    """

    remembers = ("mean", "mean_square")
    never_negative = ("mean_square",)
    decoupled: ClassVar[bool] = False

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        if np.shape(betas) != (2,):
            raise ValueError(f"{type(self).__name__}: betas={betas!r}; there are two, such as (0.9, 0.999)")
        super().__init__(params, lr, beta1=betas[0], beta2=betas[1], eps=eps, weight_decay=weight_decay)

    @classmethod
    def check(cls, lr: Any, settings: Mapping[str, Any]) -> None:
        """As every optimiser's; the betas are below 1."""
        super().check(lr, settings)
        betas = settings["beta1"], settings["beta2"]
        if max(betas) >= 1:
            raise ValueError(f"{cls.__name__}: betas={betas}; each is below 1")

    def update(self, p: Any, g: Any, state: dict[str, Any], count: Any) -> tuple[Any, dict[str, Any]]:
        """lr · m̂ / (√v̂ + eps), and with AdamW lr · weight_decay · p."""
        beta1, beta2, eps, decay = (self.settings[key] for key in ("beta1", "beta2", "eps", "weight_decay"))
        if decay and not self.decoupled:
            g = g + decay * p
        mean = beta1 * state["mean"] + (1 - beta1) * g
        mean_square = beta2 * state["mean_square"] + (1 - beta2) * (g * g)
        bias = (1 - beta2**count) ** 0.5  # √v̂ = √v/bias; the step's factor takes it up, which saves a division
        move = (self._lr * bias / (1 - beta1**count)) * (mean / (functions.sqrt(mean_square) + eps * bias))
        if decay and self.decoupled:
            move = move + (self._lr * decay) * p
        return move, {"mean": mean, "mean_square": mean_square}


class AdamW(Adam):
    """Adam whose weight decay bypasses the running means: lr · weight_decay · p is taken off as well.

    Source: I. Loshchilov & F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """

    decoupled = True

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)


def _bare(value: Any) -> Any:
    """A setting as Python's number, which leaves float32 at float32; one that comes from a file is an array there."""
    return value.item() if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0 else value


def _is_finite(value: Any) -> bool:
    """Whether a setting is a number that a float can hold."""
    number = isinstance(value, (int, float, np.integer, np.floating, np.bool_))
    return number and bool(abs(_bare(value)) <= float_info.max)


_STEPS = 2**53  # a count that is larger was never counted, and 1 more is not told apart in a file of floats


def _count(value: Any, where: str) -> int:
    """A number of steps."""
    value = _bare(value)
    if not isinstance(value, (int, float, np.integer, np.floating)) or not 0 <= value < _STEPS or int(value) != value:
        raise ValueError(f"{where}: count holds {value!r}; it is how many steps a parameter has made")
    return int(value)


def __getattr__(name: str) -> Any:
    raise missing(__name__, name, __all__)
