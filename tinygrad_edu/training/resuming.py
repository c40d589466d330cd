"""A run in a checkpoint: written between its steps, and gone on with from there."""

from __future__ import annotations

import os
import time
import warnings
from typing import Any

import numpy as np

from ..errors import CheckpointError
from .checkpoint import load, save
from .history import History
from .run import Place, Run

# What an error says of settings that are kept as a mark of what they are.
_DIFFERS = dict.fromkeys(["samples", "validation samples"], "are others") | dict.fromkeys(
    ["loss function", "schedule function"], "is another one, although it has the same name"
)


class Clock:
    """Says when it is time again: after so many calls, or after so many seconds."""

    def __init__(self, calls: int | None, seconds: float | None) -> None:
        self._calls, self._seconds = calls, seconds
        self._called, self._since = 0, time.monotonic()

    def rings(self) -> bool:
        """Whether it is time; if so, it begins anew."""
        self._called += 1
        late = self._seconds is not None and time.monotonic() - self._since >= self._seconds
        if late or (self._calls is not None and self._called >= self._calls):
            self._called, self._since = 0, time.monotonic()
            return True
        return False


class Keeper:
    """Writes a run to `path` after each epoch, and within one where the clock says so. settings: of the whole run."""

    def __init__(self, path: str | os.PathLike[str], settings: dict[str, Any], clock: Clock) -> None:
        self.path, self.settings, self._clock = path, settings, clock

    def __call__(self, run: Run, ended: bool) -> None:
        """After a batch, or after an epoch (`ended`)."""
        if not ended and not self._clock.rings():
            return
        place, lr = run.place, run.optimizer.lr
        run.optimizer.lr = run.lr  # the schedule's factors are of this one
        try:
            save(
                self.path,
                run.model,
                run.optimizer,
                run={
                    "settings": self.settings,
                    "history": run.history.state(),
                    "place": vars(place) | {"scores": np.concatenate(place.scores) if place.scores else None},
                },
            )
        finally:
            run.optimizer.lr = lr

    def resume(self, run: Run) -> bool:
        """Put a run to where its checkpoint is, if there is one; whether it is finished.

        CheckpointError: the file holds something else, or a run of other samples or settings.
        """
        if not os.path.exists(self.path):
            return False
        kept = load(self.path).settings.get("run")
        if not isinstance(kept, dict) or kept.keys() != {"settings", "history", "place"}:
            raise CheckpointError(f"{self.path}: it holds a model, but no run of fit; choose another file for this one")
        for name, here in self.settings.items():
            there = kept["settings"].get(name, here)  # a file of before this was asked has none
            if there != here:
                what = _DIFFERS.get(name, f"was {there} there, is {here} here")
                raise CheckpointError(
                    f"{self.path}: {name} {what}; go on as the run was begun, or choose another file for a new one"
                )
        load(self.path, run.model, run.optimizer)
        run.history = History(**kept["history"])
        place = kept["place"]
        run.place = Place(**(place | {"scores": [] if place["scores"] is None else [place["scores"]]}))
        if run.history.stopped in ("", "interrupted"):
            run.history.stopped = ""
            return False
        warnings.warn(
            f"fit: {self.path} holds a run that is finished ({run.history.stopped}); nothing was trained", stacklevel=3
        )
        return True
