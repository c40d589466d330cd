"""`fit`: a model, samples, and everything that is usually written round the loop."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .. import optim
from ..datasets.dataset import Dataset
from ..engine.counts import is_whole, refuse_no_count
from .history import History
from .objective import Objective, objective
from .own_functions import marks, refuse_no_model, refuse_other_arguments
from .resuming import Clock, Keeper
from .run import Plan, Run
from .samples import Samples, features, held_out, labels, look, weights
from .schedules import SCHEDULES, Schedule
from .stepping import Stepper, step_of

_PATIENCE = 10


def fit(
    model: Any,
    X: Any,
    y: Any,
    loss: Any = None,
    optimizer: Any = None,
    epochs: int = 50,
    batch_size: int = 64,
    validation: Any = None,
    metric: Any = None,
    l2: float = 0.0,
    early_stopping: bool | int | None = None,
    schedule: str | Schedule | None = None,
    clip_norm: float | None = None,
    class_weight: Any = None,
    sample_weight: Any = None,
    callbacks: Sequence[Callable[[History], Any]] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    seed: int = 0,
    progress: bool | None = None,
    *,
    checkpoint_every: int | None = None,
    checkpoint_seconds: float | None = None,
    jit: bool | None = None,
) -> History:
    """Train a model on samples X (N, …) and labels y (N, …), and return what it was like.

    loss: a function of the model's outputs and y, or the name of one in `losses`. If none is given, the last layer and
    the labels say which: cross-entropy after a softmax, binary cross-entropy after a sigmoid, both from the logits
    before it; without either, integer labels mean the same, others the squared error. Its mean over a batch is made
    small.

    optimizer: one of `optim`, made for this model; Adam with lr=0.01 if none is given.
    validation: (X, y), a data set, or the part of the samples that is kept for it, chosen by the seed, the same of each
    class.
    metric: "accuracy", "r2", or a function of y, as it is given here, and what the model gives; the one that goes with
    the loss.
    l2: adds l2/2 times the sum of the squared weights, biases not among them, to each batch's loss.
    early_stopping: ends training after so many epochs (True: 10) in which the loss, of the validation samples if there
    are any, became no smaller; the model is left with the best epoch's weights.
    schedule: "cosine", "step", "warmup", or a function from the part of training that is done, 0 to 1, to a factor of
    lr; `training.schedules` makes some.
    clip_norm: the largest norm that all gradients together may have.
    class_weight: "balanced", or each class's weight in a dict or a list. sample_weight: (N,). They multiply each other
    and the samples' losses; only their proportions count.
    callbacks: each is called with the history after every epoch; one that returns True ends training.
    checkpoint: a file, written after each epoch, and after every `checkpoint_every` batches or `checkpoint_seconds`. If
    it is there, training goes on from it, to the same weights bit for bit as if it had never been interrupted.
    seed: of the order of the samples. progress: a bar; None means on a terminal only.
    jit: None means where it can be; the losses are the same.

    Ctrl-C ends training after the step that it meets. The model, X and y are looked at before the first step.

    TrainingError: a loss or a weight became NaN or infinite; it names batch, layer and operation, and the model has the
    last weights that were finite. CheckpointError: the checkpoint is of something else.

    >>> from tinygrad_edu import datasets, nn
    >>> model = nn.MLP([2, 16, 1], output="sigmoid", rng=0)
    >>> fit(model, *datasets.moons(), epochs=40)
    <history: 40 epochs, ...>
    """
    _check_model(model)
    refuse_no_count("fit", epochs=epochs, batch_size=batch_size)
    if checkpoint_every is not None:
        refuse_no_count("fit", checkpoint_every=checkpoint_every)
    refuse_no_count("fit", 0, seed=seed)
    _check_sizes(l2=l2, clip_norm=clip_norm, checkpoint_seconds=checkpoint_seconds)
    optimizer = _optimizer(optimizer, model)
    dtype = model.parameters()[0].dtype
    X = features(X, dtype)
    y = labels(y, len(X))
    aim = objective(model, X, y, loss, metric)
    weight = weights(sample_weight, class_weight, y)
    if weight is not None and not aim.weighs:
        raise TypeError(f"fit: weights go with a loss of tinygrad_edu.losses; {aim.name} gives one number for a batch")
    samples, held = _parted(aim, X, y, weight, validation, seed, dtype)
    look(samples.X, samples.y, y, measured=aim.name == "mse_loss")
    plan = Plan(epochs, batch_size, seed, _schedule(schedule), _patience(early_stopping), _callbacks(callbacks))
    stepper = Stepper(step_of(model, aim, optimizer, l2, clip_norm), jit)
    if checkpoint is None:
        return Run(model, aim, optimizer, stepper, samples, held, plan, lambda run, ended: None).go(progress)
    settings = {
        "samples": samples.fingerprint(),
        "validation samples": held.fingerprint() if held is not None else None,
        "loss": aim.name,
        "metric": aim.metric_name,
        "optimizer": repr(optimizer),
        "schedule": getattr(plan.schedule, "__qualname__", type(plan.schedule).__name__),
        "l2": float(l2),
        "clip_norm": clip_norm,
        "epochs": epochs,
        "batch_size": batch_size,
        "early_stopping": plan.patience,
        "seed": seed,
    } | marks(aim.own_loss, plan.schedule, samples.y, aim.size)
    keeper = Keeper(checkpoint, settings, Clock(checkpoint_every, checkpoint_seconds))
    run = Run(model, aim, optimizer, stepper, samples, held, plan, keeper)
    return run.history if keeper.resume(run) else run.go(progress)


def _parted(
    aim: Objective, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, validation: Any, seed: int, dtype: Any
) -> tuple[Samples, Samples | None]:
    """The samples to train on, and those to validate with."""
    if validation is None or validation is False:
        return Samples(X, aim.labels(y), weight), None
    if isinstance(validation, Dataset):
        validation = tuple(validation)
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        X_held = features(validation[0], dtype)
        if X_held.shape[1:] != X.shape[1:]:
            raise ValueError(f"fit: X has shape {X.shape}, that of validation {X_held.shape}")
        return Samples(X, aim.labels(y), weight), Samples(X_held, aim.labels(labels(validation[1], len(X_held))))
    if isinstance(validation, bool) or not isinstance(validation, (int, float)):
        raise TypeError("fit: validation is (X, y), or the part of the samples that is kept for it, 0.2 say")
    train, kept = held_out(validation, y, seed)
    ready = aim.labels(y)
    of = (lambda chosen: None) if weight is None else (lambda chosen: weight[chosen] / weight[chosen].mean())
    return Samples(X[train], ready[train], of(train)), Samples(X[kept], ready[kept], of(kept))


def _check_model(model: Any) -> None:
    refuse_no_model(model, "fit")
    if not model.parameters():
        raise ValueError(f"fit: {type(model).__name__} has no parameters to train")


def _check_sizes(**given: Any) -> None:
    for name, value in given.items():
        if value is None:
            continue
        if (
            not isinstance(value, (int, float, np.number))
            or not np.isfinite(value)
            or value < 0
            or (not value and name == "clip_norm")
        ):
            raise ValueError(
                f"fit: {name}={value!r}; it is a finite number, {'above' if name == 'clip_norm' else 'not below'} 0"
            )


def _optimizer(given: Any, model: Any) -> Any:
    if given is None:
        return optim.Adam(model, lr=0.01)
    if not isinstance(given, optim.Optimizer):
        raise TypeError(f"fit: the optimizer is made for the model: optim.Adam(model, lr=0.01), not {given!r}")
    if not {id(p) for p in given.params} <= {id(p) for p in model.parameters()}:
        raise ValueError("fit: the optimizer moves parameters that the model does not have; make it for this model")
    return given


def _schedule(given: Any) -> Schedule:
    if given is None:
        return SCHEDULES["constant"]
    if isinstance(given, str):
        if given not in SCHEDULES:
            raise ValueError(f"fit: schedule is {', '.join(SCHEDULES)}, or a function, not {given!r}")
        return SCHEDULES[given]
    if not callable(given):
        raise TypeError(f"fit: schedule is a name or a function from 0…1 to a factor of lr, not {given!r}")
    refuse_other_arguments(given, "the schedule", "the part of training that is done")
    found: Schedule = given
    return found


def _callbacks(given: Any) -> tuple[Callable[[History], Any], ...]:
    if callable(given) or not isinstance(given, Iterable):
        raise TypeError("fit: callbacks is a list of functions: callbacks=[…]")
    for each in given:
        refuse_other_arguments(each, "a callback", "the history")
    return tuple(given)


def _patience(given: Any) -> int | None:
    if given is None or given is False:
        return None
    if given is True:
        return _PATIENCE
    if not is_whole(given, 1):
        raise ValueError(f"fit: early_stopping={given!r}; it is True, or after how many epochs without improvement")
    return int(given)
