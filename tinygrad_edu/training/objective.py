"""What is made small: which loss goes with which output of a model and which labels, and what is read beside it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import losses, nn
from ..engine.graph import Node, plain
from ..tensors.modes import no_grad
from ..tensors.tensor import Tensor
from .metrics import METRICS, accuracy
from .own_functions import compares_each_with_each, refuse_other_arguments

# Each loss of ours: the last activation that its logits are before, and the metric that goes with it.
_LOSSES: dict[str, tuple[type[nn.Module] | None, str | None]] = {
    "cross_entropy": (nn.Softmax, "accuracy"),
    "binary_cross_entropy_with_logits": (nn.Sigmoid, "accuracy"),
    "binary_cross_entropy": (None, "accuracy"),
    "mse_loss": (None, "r2"),
    "hinge_loss": (None, None),
}


@dataclass(frozen=True, eq=False)
class Objective:
    """A loss, and how it is computed from a model.

    scores: from X to what the loss takes. loss: of scores and labels, with `reduction` if `weighs`. ending: from the
    scores to what the metric takes, on plain arrays: what the model gives, or what makes no difference to the metric
    and costs less. metric: of labels and that, or None.
    labels: the labels as the loss takes them. name, metric_name: what they are called. size: the shape of one score.
    """

    scores: Callable[[Any], Any]
    loss: Callable[..., Any]
    ending: Callable[[Any], Any]
    metric: Callable[[Any, Any], float] | None
    labels: Callable[[Any], np.ndarray]
    name: str
    metric_name: str
    weighs: bool
    size: tuple[int, ...]

    @property
    def own_loss(self) -> Callable[..., Any] | None:
        """The loss if it is the user's own; None of one of ours, of which its name says all."""
        return None if self.name in _LOSSES else self.loss

    def value(self, scores: Any, y: Any, weights: Any) -> Any:
        """The mean loss of the samples; with weights, whose mean is 1 over all samples, the mean of weight · loss."""
        if weights is None:
            return self.loss(scores, y)
        each = self.loss(scores, y, reduction="none")
        if each.ndim > 1:
            each = each.mean(axis=tuple(range(1, each.ndim)))
        return (each * weights).mean()


def objective(model: nn.Module, X: np.ndarray, y: Any, loss: Any, metric: Any) -> Objective:
    """The objective for a model and labels; raises where the labels are not of the kind that the loss takes."""
    last = model.layers[-1] if isinstance(model, nn.Sequential) and len(model) > 1 else None
    size = _size_of_output(model, X)
    if isinstance(last, nn.Softmax) and last.settings.get("axis") not in (None, -1, len(size)):
        last = None  # its classes do not stand along the last axis
    y = np.asarray(y)
    if y.dtype.kind in "OUS":
        kinds = np.unique(y.astype(str))
        raise TypeError(
            f"fit: the labels are texts ({', '.join(map(str, kinds[:3]))}{', …' if len(kinds) > 3 else ''}); number "
            "them: classes, y = np.unique(y, return_inverse=True)"
        )
    name, function = _named(loss) if loss is not None else (chosen := _suited(last, size, y), getattr(losses, chosen))
    if name == "binary_cross_entropy" and isinstance(last, nn.Sigmoid):  # the same number, exact at both ends
        name, function = "binary_cross_entropy_with_logits", losses.binary_cross_entropy_with_logits
    before, metric_name = _LOSSES.get(name, (None, None))
    from_logits = before is not None and isinstance(last, before)
    metric = metric if metric is not None else metric_name
    if isinstance(metric, str) and metric not in METRICS:
        raise ValueError(f"fit: metric is {', '.join(METRICS)}, or a function of y and the outputs, not {metric!r}")
    measure = METRICS[metric] if isinstance(metric, str) else metric
    if measure is not None and not callable(measure):
        raise TypeError(f"fit: metric is a name or a function of y and the outputs, not {type(measure).__name__}")
    measured = measure
    if measure is not None and measure not in METRICS.values():
        refuse_other_arguments(measure, "the metric", "y", "the outputs")
        measured = _of_labels(measure, y, size)
    activated = last if from_logits else nn.Sigmoid() if name == "binary_cross_entropy_with_logits" else None
    if name not in _LOSSES:
        _look_for_pairs(function, y, size, name)
    ending = _ending(activated if measure is accuracy or from_logits else None, measure, size)
    if measure is accuracy and activated is None and size[-1:] in ((), (1,)) and _by_sign(name, y):
        ending = _is_positive
    return Objective(
        scores=model[:-1] if from_logits else model,  # type: ignore[index]
        loss=function,
        ending=ending,
        metric=measured,
        labels=lambda labels: _prepared(name, labels, size),
        name=name,
        metric_name=metric if isinstance(metric, str) else getattr(metric, "__name__", "metric") if metric else "",
        weighs=name in _LOSSES,
        size=size,
    )


def _size_of_output(model: nn.Module, X: np.ndarray) -> tuple[int, ...]:
    """The shape of what the model makes of two samples, without the first axis; whatever is wrong with X shows here."""
    training = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        with no_grad(), np.errstate(all="ignore"):
            given = model(X[:2])
    finally:
        for module, was in training:
            module.training = was
    if not isinstance(given, Node):
        raise TypeError(
            f"fit: {type(model).__name__} gave {type(given).__name__} for X; a model gives one node, computed from X "
            "and its parameters, without .data"
        )
    size = np.shape(plain(given))
    if size[:1] != (len(X[:2]),):
        raise ValueError(
            f"fit: of X of shape {np.shape(X[:2])} the model makes an array of shape {size}; the first axis of both is "
            "that of the samples, so that one feature is X[:, None]"
        )
    return tuple(size[1:])


def _named(loss: Any) -> tuple[str, Callable[..., Any]]:
    """A loss by its name or as a function."""
    if isinstance(loss, str):
        if loss not in _LOSSES:
            raise ValueError(f"fit: loss is {', '.join(_LOSSES)}, or a function of the outputs and y, not {loss!r}")
        return loss, getattr(losses, loss)
    if not callable(loss):
        raise TypeError(f"fit: loss is a name or a function of the outputs and y, not {type(loss).__name__}")
    refuse_other_arguments(loss, "the loss", "the outputs", "y")
    name = getattr(loss, "__name__", type(loss).__name__)
    return name if getattr(losses, name, None) is loss else f"{name}()", loss


def _suited(last: Any, size: tuple[int, ...], y: np.ndarray) -> str:
    """The loss for the last activation, the outputs' shape and the labels."""
    if isinstance(last, nn.Softmax):
        return "cross_entropy"
    if isinstance(last, nn.Sigmoid):
        return "binary_cross_entropy_with_logits"
    if y.dtype.kind in "iub" and y.ndim == len(size):
        if size[-1:] not in ((), (1,)):
            return "cross_entropy"
        if y.dtype.kind == "b" or set(np.unique(y).tolist()) == {0, 1}:
            return "binary_cross_entropy_with_logits"
    return "mse_loss"


def _look_for_pairs(loss: Callable[..., Any], y: np.ndarray, size: tuple[int, ...], name: str) -> None:
    """Say so where a loss of the user's own compares each output (N, 1) with each label (N,)."""
    outputs = Tensor(np.full((len(y[:5]), 1), 0.5))
    if size == (1,) and y.ndim == 1 and compares_each_with_each(lambda y: loss(outputs, np.asarray(y)), y[:5]):
        warnings.warn(
            f"fit: {name} makes (N, N) of outputs (N, 1) and labels (N,), which compares each with each; take "
            "outputs[:, 0], or give y as y[:, None]",
            stacklevel=4,
        )


def _of_labels(metric: Callable[[Any, Any], float], y: np.ndarray, size: tuple[int, ...]) -> Callable[..., float]:
    """A metric of the user's own, called with the labels as the user has them, not as the loss takes them.

    It gets labels (N,) as a column where it compares them with the column of outputs (N, 1), each with each.
    """
    outputs, shape = np.full((len(y[:5]), 1), 0.5), y.shape[1:]
    if size == (1,) and y.ndim == 1 and compares_each_with_each(lambda y: metric(y, outputs), y[:5].copy()):
        shape = (1,)

    def measured(labels: np.ndarray, given: Any) -> float:
        return metric(labels.reshape(len(labels), *shape).astype(y.dtype), given)

    return measured


def _by_sign(name: str, y: np.ndarray) -> bool:
    """Whether a single output tells two classes by its sign, as labels are −1 and 1; if they are 0 and 1, by ½."""
    kinds = np.unique(y)
    if name == "hinge_loss" or (kinds[0] == -1 and set(kinds.tolist()) <= {-1, 1}):
        return True
    if kinds[0] < 0 or kinds[-1] > 1:
        raise ValueError(
            f"fit: accuracy of a single output is that of two classes, 0 and 1 or −1 and 1; the labels are from "
            f"{kinds[0]:g} to {kinds[-1]:g}"
        )
    return False


def _ending(last: Any, measure: Any, size: tuple[int, ...]) -> Callable[[Any], Any]:
    """From scores of shape (N, *size) to what the metric takes; last: the activation in between, or None."""
    if last is None:
        return np.asarray
    if measure is not accuracy:
        return _activated(last)
    if size[-1:] in ((), (1,)):
        return _is_positive if isinstance(last, nn.Sigmoid) else _activated(last)
    return np.asarray if len(size) == 1 else _activated(last)  # the likeliest class has the largest score


def _is_positive(scores: Any) -> Any:
    """Whether a logit stands for a probability above ½, or a score for the label 1 instead of −1."""
    return np.asarray(scores) > 0


def _activated(last: Any) -> Callable[[Any], Any]:
    def ending(scores: Any) -> Any:
        with no_grad():
            return plain(last(scores))

    return ending


def _prepared(name: str, y: Any, size: tuple[int, ...]) -> np.ndarray:
    """The labels in the shape and of the kind that the loss takes."""
    y = np.asarray(y)
    if name == "cross_entropy" and y.ndim == len(size):
        return _class_numbers(y, size[-1])
    if name in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
        _check_probabilities(y)
    if name == "hinge_loss":
        losses.check_signs(y)
    # One column of outputs, a row of labels. A loss of the user's own gets the labels as the user has them.
    if y.ndim == len(size) and size[-1:] == (1,) and name in _LOSSES and name != "cross_entropy":
        y = y[..., None]
    if name in _LOSSES and y.shape[1:] != size:
        raise ValueError(f"fit: {name} of outputs of shape {_of_n(size)} and labels of shape {_of_n(y.shape[1:])}")
    return np.asarray(y, y.dtype if y.dtype.kind == "f" or name not in _LOSSES else float)


def _of_n(size: tuple[int, ...]) -> str:
    """The shape of N such samples, in words."""
    return f"({', '.join(['N', *map(str, size)])}{'' if size else ','})"


def _outputs(classes: int) -> str:
    return (
        "one output means a single class" if classes == 1 else f"{classes} outputs mean the classes 0 to {classes - 1}"
    )


def _class_numbers(y: np.ndarray, classes: int) -> np.ndarray:
    if y.dtype.kind == "f" and np.array_equal(y, np.floor(y)):
        y = y.astype(int)
    if y.dtype.kind not in "iub":
        raise TypeError(f"fit: the labels of {classes} classes are their numbers, 0 to {classes - 1}, not {y.dtype}")
    found = np.unique(y)
    if found[0] < 0 or found[-1] >= classes:
        advice = ""
        if classes == 1:
            advice = f"; {len(found)} classes are {len(found)} outputs with a softmax, two also one with a sigmoid"
        elif len(found) <= classes:
            advice = "; number them anew: classes, y = np.unique(y, return_inverse=True)"
        raise ValueError(f"fit: labels from {found[0]} to {found[-1]}, but {_outputs(classes)}{advice}")
    return y.astype(int)


def _check_probabilities(y: np.ndarray) -> None:
    low, high = y.min(), y.max()
    if low >= 0 and high <= 1:
        return
    kinds = np.unique(y)
    advice = "two classes are 0 and 1"
    if kinds.tolist() == [-1, 1]:
        advice += ": (y + 1) / 2"
    elif len(kinds) == 2:
        advice += f": y == {kinds[1]}"
    elif y.dtype.kind in "iu":
        advice = f"for {len(kinds)} classes the model has {len(kinds)} outputs and a softmax"
    raise ValueError(f"fit: labels from {low} to {high}, where the model gives probabilities; {advice}")
