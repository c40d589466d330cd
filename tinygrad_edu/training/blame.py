"""Why a loss is no number any more: the batch is run again, operation by operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .. import nn
from ..tensors.modes import detect_anomaly
from .snapshot import Snapshot, infinite
from .stepping import Stepper

# The end of an operation's first word in a message, and what usually helps there.
_CURES = (
    (("log", "divide", "reciprocal", "power", "sqrt"), "keep what it is taken of away from 0, or give the loss logits"),
    (("exp", "sinh", "cosh", "square", "logsumexp"), "make what it is taken of smaller"),
)
_ALWAYS = "a smaller lr, clip_norm=1, standardised features"
_GROWN = 1e6  # no weight of a network that learns is that large


def blamed(
    model: Any,
    optimizer: Any,
    stepper: Stepper,
    before: Snapshot,
    batches: Iterable[tuple[int, Callable[[], tuple[Any, Any, Any]]]],
) -> tuple[int, str]:
    """At which of the batches the numbers ceased to be finite, and why; model and optimiser are put before its step.

    before: the state in which the first of the batches met them. batches: each with its number, from that one on.
    """
    before.restore()
    number, lr = 0, optimizer.lr
    for number, batch in batches:
        last = Snapshot(model, optimizer)
        samples = batch()
        loss, _ = stepper(*samples)
        if np.isfinite(loss) and not infinite(model, optimizer):
            continue
        last.restore()
        said = _again(model, optimizer, stepper, samples, lr)
        last.restore()
        optimizer.zero_grad()
        return number, said
    return number, "the same batches, run again, gave finite numbers: something beside them changes"


def _again(model: Any, optimizer: Any, stepper: Stepper, samples: tuple[Any, Any, Any], lr: float) -> str:
    """One step, each operation looked at; what was not finite first, and what usually helps."""
    try:
        with detect_anomaly():
            stepper.plainly(*samples)
    except FloatingPointError as error:
        text = str(error).splitlines()[0]
        layer = _layer(error)
        first = text.removeprefix("backward through ").split(" ")[0]
        cure = next((f"{cure}; or {_ALWAYS}" for words, cure in _CURES if first in words), _ALWAYS)
        return f"{text}{f', in {layer}' if layer else ''}. {_grown(model, lr) or f'What helps: {cure}'}"
    if found := infinite(model, optimizer):
        return f"the step made {found} infinite. {_grown(model, lr) or f'What helps: {_ALWAYS} (lr is {lr:g})'}"
    return f"no single operation did it. {_grown(model, lr) or f'What helps: {_ALWAYS}'}"


def _grown(model: Any, lr: float) -> str:
    """That the weights had become too large before, which is a matter of the learning rate."""
    with np.errstate(all="ignore"):
        largest = max(model.parameters(), key=lambda p: np.nan_to_num(np.abs(p.data), nan=np.inf).max())
        size = np.abs(largest.data).max()
    if not size > _GROWN:
        return ""
    return f"{largest.name or 'A weight'} had grown to {size:.3g} before: lr={lr:g} is too large"


def _layer(error: BaseException) -> str:
    """The innermost layer through whose `forward` an error came."""
    found, tb = "", error.__traceback__
    while tb is not None:
        module = tb.tb_frame.f_locals.get("self")
        if isinstance(module, nn.Module) and tb.tb_frame.f_code.co_name == "forward":
            found = module.label()
        tb = tb.tb_next
    return found
