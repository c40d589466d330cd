"""Checks of what users bring: models, and losses, metrics, schedules and callbacks of their own and what these give.

Two losses or schedules of one name are told apart by `marks`.
"""

from __future__ import annotations

import hashlib
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.backward import ancestors, sweep
from ..engine.graph import Node, plain
from ..engine.landing import spread
from ..nn import Module
from ..tensors.tensor import Tensor
from .schedules import Schedule

_SAMPLES, _NUMBERS, _MOMENTS = 8, 64, 32  # labels that a function is tried with, numbers kept of an answer, moments
# Outputs that a loss is tried at: probabilities, and numbers of two sizes. Each is moved, then stretched.
_OUTPUTS = ((1.02, 0.49), (0.0, 4.0), (0.0, 100.0))


def one_number(given: Any, what: str) -> float:
    """What a function of the user's own gave, as a number; raises TypeError where it is none."""
    try:
        return float(given)
    except (TypeError, ValueError):
        shape = f" of shape {np.shape(plain(given))}" if np.ndim(plain(given)) else ""
        raise TypeError(f"fit: {what} gave {type(given).__name__}{shape}; it is to give one number") from None


def refuse_what_is_no_loss(given: Any, name: str) -> None:
    """Raise TypeError where a loss gave something that nothing can be differentiated through."""
    if not isinstance(given, Node):
        raise TypeError(
            f"fit: the loss, {name}, gave {type(given).__name__} and no node; compute it from the outputs with NumPy's "
            "or tinygrad_edu's functions, without .data, float() or .item()"
        )


def refuse_no_model(model: Any, what: str) -> None:
    """Raise TypeError where what should be a model is none; `what` is the function that it was given to."""
    if isinstance(model, Module):
        return
    swapped = isinstance(model, (np.ndarray, list, Node)) and what == "fit"
    advice = " (the model comes first: fit(model, X, y))" if swapped else ""
    if isinstance(getattr(model, "model_", None), Module):
        advice = "; the network that it trained is its .model_"
    raise TypeError(f"{what}: a model is a Module, not {type(model).__name__}{advice}")


def refuse_other_arguments(function: Any, what: str, *given: str) -> None:
    """Raise TypeError where something is no function that can be called with what it is to be called with."""
    if not callable(function):
        raise TypeError(f"fit: {what} is a function of {' and '.join(given)}, not {function!r}")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # one written in C, say
        return
    try:
        signature.bind(*given)
    except TypeError as error:
        raise TypeError(f"fit: {what} is called with {' and '.join(given)}; {error}") from None


def compares_each_with_each(call: Callable[[Any], Any], labels: np.ndarray) -> bool:
    """Whether a function of outputs (n, 1) and labels (n,) makes (n, n) of them, as NumPy broadcasts, by mistake.

    call: the function as one of the labels. What compares pairs on purpose does so with labels (n, 1), too.
    """
    return len(labels) > 1 and _makes_pairs(call, labels) is True and _makes_pairs(call, labels[:, None]) is False


def _makes_pairs(call: Callable[[Any], Any], labels: np.ndarray) -> bool | None:
    """Whether two axes of an array on the way are as long as the labels; None after an error."""
    made: set[tuple[int, ...]] = set()

    class Watched(np.ndarray):
        """An array that notes the shapes of all that is computed from it."""

        def __array_finalize__(self, source: Any) -> None:
            made.add(self.shape)

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = call(labels.view(Watched))
    except Exception:  # the user sees it as it is at the first step
        return None
    made |= {np.shape(plain(node)) for node in ancestors([value])} if isinstance(value, Node) else set()
    return any(shape.count(len(labels)) > 1 for shape in made)


def marks(loss: Callable[..., Any] | None, schedule: Schedule, y: Any, size: tuple[int, ...]) -> dict[str, str | None]:
    """A mark of each function that weights depend on, by which a checkpoint tells it from others of its name.

    loss: None of one that its name says all of. y: labels as it takes them. size: the shape of one output.

    Of a loss it is the gradient towards some outputs, not the value: that changes from step to step if the loss adds
    something of the model itself, a penalty say.
    """
    y = y[:_SAMPLES]
    waves = np.sin(1.0 + np.arange(float(len(y) * np.prod(size, dtype=int)))).reshape(len(y), *size)
    outputs = [stretch * (move + waves) for move, stretch in _OUTPUTS]
    return {
        "loss function": None if loss is None else _mark(lambda given: _slope(loss, given, y), outputs),
        "schedule function": _mark(schedule, [moment / _MOMENTS for moment in range(_MOMENTS)]),
    }


def _slope(loss: Callable[..., Any], outputs: np.ndarray, y: Any) -> Any:
    """The gradient of a loss towards its outputs."""
    given = Tensor(outputs)
    value = loss(given, y)
    return plain(spread(sweep(value, 1.0).get(given, 0.0), given))


def _mark(function: Callable[[Any], Any], places: list[Any]) -> str | None:
    """A mark of what a function gives at these places; None of one that gives something else when it is asked again."""
    first, again = (" ".join(_told(function, place) for place in places) for _ in range(2))
    return hashlib.sha256(first.encode()).hexdigest()[:16] if first == again else None


def _told(function: Callable[[Any], Any], place: Any) -> str:
    """An answer in six digits, so that two machines tell the same; where there is none, the kind of error."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = np.ravel(np.asarray(plain(function(place)), float))[:_NUMBERS]
    except Exception as error:  # what is wrong is said where the function is used
        return type(error).__name__
    return " ".join(f"{number + 0.0:.6g}" for number in found)
