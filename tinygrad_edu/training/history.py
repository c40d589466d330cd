"""What a training run was like, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(repr=False)
class History:
    """A list entry for each epoch.

    loss: the mean over the samples as they were trained on, the weights moving on between the batches; without what
    l2 adds. metric: of the outputs at that time. validation, validation_metric: loss and metric after the epoch, of the
    samples that are not trained on. lr: the learning rate at the epoch's end. metric_name: what metric is.

    best: the epoch, from 1, whose weights the model was left with, where early stopping chose it; else None. stopped:
    why training ended. jitted: whether a program was recorded for the step.
    """

    loss: list[float] = field(default_factory=list)
    metric: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    validation_metric: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    metric_name: str = ""
    best: int | None = None
    stopped: str = ""
    jitted: bool = False

    def __len__(self) -> int:
        """How many epochs were trained."""
        return len(self.loss)

    def line(self, epoch: int) -> str:
        """An epoch, counted from 1, in words: "loss 0.1234, accuracy 0.987, …"."""
        i, said = epoch - 1, []
        for word, losses, metrics in (
            ("", self.loss, self.metric),
            ("validation ", self.validation, self.validation_metric),
        ):
            if i < len(losses):
                said.append(f"{word}loss {losses[i]:.4g}")
            if i < len(metrics):
                said.append(f"{word}{self.metric_name} {metrics[i]:.3f}")
        return ", ".join(said)

    def __repr__(self) -> str:
        if not self.loss:
            return f"<history: no epoch; {self.stopped}>"
        epoch = self.best or len(self)
        best = f" (the best, {epoch})" if self.best else ""
        return f"<history: {len(self)} epoch{'s' * (len(self) > 1)}{best}, {self.line(epoch)}; {self.stopped}>"

    def plot(self, ax: Any = None) -> Any:
        """Draw loss and metric by epoch with Matplotlib; returns the figure.

        ax: where the loss is drawn, if it is to be part of a figure of your own.
        """
        from .plots import drawn

        return drawn(self, ax)

    def state(self) -> dict[str, Any]:
        """Everything, as plain lists and texts."""
        return {name: list(x) if isinstance(x, list) else x for name, x in vars(self).items()}
