"""A training run: the epochs, each batch of them, and what is decided between them."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ..engine.graph import plain
from ..errors import TrainingError
from ..tensors.modes import no_grad
from .blame import blamed
from .history import History
from .objective import Objective
from .own_functions import one_number
from .progress import Progress
from .samples import Samples, order, starts
from .schedules import Schedule
from .snapshot import Snapshot, all_finite, infinite
from .stepping import Stepper

_AT_ONCE = 4096  # samples that are validated at once


@dataclass(frozen=True)
class Plan:
    """What was asked for: see `fit`. patience: None where there is no early stopping."""

    epochs: int
    batch_size: int
    seed: int
    schedule: Schedule
    patience: int | None = None
    callbacks: tuple[Callable[[History], Any], ...] = ()


@dataclass
class Place:
    """Where a run is, and what it has come to: all that a checkpoint keeps beside model, optimiser and history.

    epoch: how many are done. batch: how many of the next one are. loss: the sum of loss · samples in those.
    scores: what they gave. best_value, best_weights, waited: early stopping's.
    """

    epoch: int = 0
    batch: int = 0
    loss: float = 0.0
    scores: list[np.ndarray] = field(default_factory=list)
    best_value: float = math.inf
    best_weights: dict[str, np.ndarray] | None = None
    waited: int = 0


class Run:
    """A model on its way. `keep` is called with the run after batches and epochs, to write a checkpoint if it is time.

    samples: to train on. held: to validate with, or None.
    """

    def __init__(
        self,
        model: Any,
        objective: Objective,
        optimizer: Any,
        stepper: Stepper,
        samples: Samples,
        held: Samples | None,
        plan: Plan,
        keep: Callable[[Run, bool], None],
    ) -> None:
        self.model, self.objective, self.optimizer, self.stepper = model, objective, optimizer, stepper
        self.samples, self.held, self.plan, self.keep = samples, held, plan, keep
        self.history = History(metric_name=objective.metric_name)
        self.place = Place()
        self.lr = optimizer.lr  # what the schedule's factors are of
        self._before = Snapshot(model, optimizer)  # what was there before the epoch's batches
        self._starts = starts(len(samples), plan.batch_size)
        self._interrupted = False

    def go(self, progress: bool | None) -> History:
        """Train from where the run is to its end; returns the history.

        TrainingError: the numbers ceased to be finite; the model has the last that were.
        """
        done = self.place.epoch * len(self.samples) + self._starts[self.place.batch]
        bar = Progress(progress, self.plan.epochs, len(self.samples), done)
        training = [(module, module.training) for module in self.model.modules()]
        try:
            with bar, _interruptible(self._interrupt), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                while not self.history.stopped:
                    self._epoch(bar)
                if self.history.stopped == "interrupted" and self.place.best_weights is not None:
                    self.model.load_state_dict(self.place.best_weights)  # the checkpoint has those to go on from
        finally:
            self.optimizer.lr = self.lr
            for module, was in training:
                module.training = was
        return self.history

    def _interrupt(self) -> None:
        self._interrupted = True

    # ── an epoch ──

    def _epoch(self, bar: Progress) -> None:
        """The batches that are left of the epoch, then what is decided after it."""
        place, history = self.place, self.history
        number, n = place.epoch + 1, len(self.samples)
        shuffled = order(n, self.plan.seed, number)
        before, first = self._before, place.batch
        before.take()
        self.model.train()
        try:
            while place.batch < len(self._starts) - 1:
                self.optimizer.lr = self._rate(place.batch)
                samples = self._batch(shuffled, place.batch)
                loss, scores = self.stepper(*samples)
                if not math.isfinite(loss):
                    self._fail(before, first, shuffled)
                place.loss += loss * len(samples[0])
                place.scores.append(np.array(scores))
                place.batch += 1
                bar.batch(len(samples[0]))
                self.keep(self, False)
                if self._interrupted:
                    history.stopped = "interrupted"
                    self.keep(self, True)
                    return
            if not all_finite(before.tensors, self.optimizer) and infinite(self.model, self.optimizer):
                self._fail(before, first, shuffled)
            history.lr.append(self._rate(place.batch - 1))
            history.jitted = self.stepper.jitted
            history.loss.append(place.loss / n)
            if self.objective.metric is not None:
                history.metric.append(self._measured(self.samples.y[shuffled], place.scores))
            self._validate()
            self.place.epoch, self.place.batch, self.place.loss, self.place.scores = number, 0, 0.0, []
            self._decide()
            bar.epoch(number, history.line(number))
            self._call_back()
        except KeyboardInterrupt:  # not by `_interrupt`, so in the middle of something: the checkpoint stays as it is
            history.stopped = "interrupted"
            return
        self.keep(self, True)

    def _batch(self, shuffled: np.ndarray, batch: int) -> tuple[Any, Any, Any]:
        return self.samples.at(shuffled[self._starts[batch] : self._starts[batch + 1]])

    def _rate(self, batch: int) -> float:
        """The learning rate of a batch of this epoch."""
        batches = len(self._starts) - 1
        done = (self.place.epoch * batches + batch) / (self.plan.epochs * batches)
        factor = one_number(self.plan.schedule(done), "the schedule")
        if not math.isfinite(factor) or factor < 0:
            raise ValueError(f"fit: the schedule gave {factor} at {done:.3f} of the training; it is a factor of lr")
        return float(self.lr * factor)

    def _validate(self) -> None:
        """Loss and metric of the samples that are not trained on, in chunks."""
        if self.held is None:
            return
        self.model.eval()
        total, scores = 0.0, []
        with no_grad():
            for start in range(0, len(self.held), _AT_ONCE):
                X, y, weights = self.held.at(slice(start, start + _AT_ONCE))
                scores.append(plain(self.objective.scores(X)))
                total += float(plain(self.objective.value(scores[-1], y, weights))) * len(X)
        self.history.validation.append(total / len(self.held))
        if self.objective.metric is not None:
            self.history.validation_metric.append(self._measured(self.held.y, scores))

    def _measured(self, y: np.ndarray, scores: list[Any]) -> float:
        """The metric of labels and the scores of batches of them."""
        assert self.objective.metric is not None
        given = self.objective.ending(np.concatenate(scores))
        return one_number(self.objective.metric(y, given), f"the metric, {self.objective.metric_name},")

    def _decide(self) -> None:
        """Whether this epoch was the best, and whether it was the last."""
        place, history, patience = self.place, self.history, self.plan.patience
        if patience is not None:
            value = (history.validation or history.loss)[-1]
            if value < place.best_value - 1e-4 * min(abs(value), 1.0):
                place.best_value, place.best_weights, place.waited = value, self.model.state_dict(), 0
                history.best = place.epoch
            else:
                place.waited += 1
        if place.epoch == self.plan.epochs:
            history.stopped = "all epochs were trained"
        elif patience is not None and place.waited >= patience:
            history.stopped = f"no better for {patience} epoch{'s' * (patience > 1)}"
        if history.stopped and place.best_weights is not None:
            self.model.load_state_dict(place.best_weights)

    def _call_back(self) -> None:
        try:
            for callback in self.plan.callbacks:
                if callback(self.history) is True and not self.history.stopped:
                    self.history.stopped = f"stopped by {getattr(callback, '__name__', 'a callback')}"
        except KeyboardInterrupt:
            self.history.stopped = "interrupted"

    def _fail(self, before: Snapshot, first: int, shuffled: np.ndarray) -> None:
        """Find the batch and the operation; raise TrainingError, the model as it was before them."""
        last = self.place.batch

        def batches() -> Iterator[tuple[int, Callable[[], tuple[Any, Any, Any]]]]:
            for batch in range(first, min(last + 1, len(self._starts) - 1)):
                self.optimizer.lr = self._rate(batch)
                yield batch, partial(self._batch, shuffled, batch)

        batch, why = blamed(self.model, self.optimizer, self.stepper, before, batches())
        self.history.stopped = "failed"
        error = TrainingError(f"fit: training failed in epoch {self.place.epoch + 1}, batch {batch + 1}: {why}")
        error.history = self.history
        raise error


@contextmanager
def _interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """A block in which the first Ctrl-C calls `interrupt`, so that a step is whole, and the second is Python's own."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield
        return

    def handle(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        interrupt()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
