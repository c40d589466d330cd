"""One step of training: forward, backward, and along the gradient. Written once, run as it stands or jitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.graph import plain
from ..source import jit
from ..tensors import functions
from ..tensors.advice import warn
from .objective import Objective
from .own_functions import refuse_what_is_no_loss

Step = Callable[[Any, Any, Any], tuple[Any, Any]]


def step_of(model: Any, objective: Objective, optimizer: Any, l2: float, clip_norm: float | None) -> Step:
    """The step: of X, y and weights of a batch; gives the loss, without what l2 adds, and the model's scores."""
    decaying = [p for p in model.parameters() if p.ndim > 1] if l2 else []

    def step(X: Any, y: Any, weights: Any) -> tuple[Any, Any]:
        scores = objective.scores(X)
        loss = objective.value(scores, y, weights)
        refuse_what_is_no_loss(loss, objective.name)
        whole = loss
        for p in decaying:
            whole = whole + l2 / 2 * functions.sum(functions.square(p))
        optimizer.zero_grad()
        whole.backward()
        if clip_norm is not None:
            clip(optimizer.params, clip_norm)
        optimizer.step()
        return loss, scores

    return step


def clip(params: Any, norm: float) -> None:
    """Shorten the gradients, all by one factor, where the norm of all together is above `norm`. As PyTorch does it."""
    moved = [p for p in params if p.grad is not None]
    squares: Any = sum(functions.sum(functions.square(p.grad)) for p in moved)
    factor = functions.minimum(1.0, norm / (functions.sqrt(squares) + 1e-6))
    for p in moved:
        p.grad = p.grad * factor


class Stepper:
    """The step as it is run: jitted where it can be, unless `jitted` says that it is not to be."""

    def __init__(self, step: Step, jitted: bool | None) -> None:
        self.plainly = step
        self._asked = jitted
        self._program = None if jitted is False else jit(step)

    @property
    def jitted(self) -> bool:
        """Whether a program runs."""
        return self._program is not None

    def __call__(self, X: Any, y: Any, weights: Any) -> tuple[float, np.ndarray]:
        """Loss and scores, as plain numbers."""
        why: Exception | None = None
        if self._program is not None:
            try:
                loss, scores = self._program(X, y, weights)
                return float(loss), scores
            except Exception as error:  # what cannot be recorded, or is wrong in itself, which the plain step says
                if self._asked:
                    raise
                self._program, why = None, error
        loss, scores = self.plainly(X, y, weights)
        if why is not None:
            warn(f"fit: the step runs as it stands, not jitted (jit=False takes that for granted); {why}")
        return loss.item(), plain(scores)
