"""A bar while training goes on, on a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Self

# The bar keeps its width; what does not fit into the line is cut off at its end.
_FORMAT = "{desc} |{bar:12}| {remaining} left, {rate_fmt}{postfix}"


class Progress:
    """Counts samples; shows loss, metric and samples per second. Silent unless wanted, or on a terminal."""

    def __init__(self, wanted: bool | None, epochs: int, samples: int, done: int) -> None:
        self._bar: Any = None
        self._epochs = epochs
        if wanted or (wanted is None and sys.stderr is not None and sys.stderr.isatty()):
            try:
                from tqdm import tqdm
            except ImportError:
                if wanted:
                    raise ImportError('fit: the progress bar needs tqdm: pip install "tinygrad_edu[train]"') from None
                return
            self._bar = tqdm(
                total=epochs * samples, initial=done, unit=" samples", unit_scale=True, leave=True, dynamic_ncols=True,
                bar_format=_FORMAT, desc=f"epoch 0/{epochs}",
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.close()

    def batch(self, samples: int) -> None:
        """Another batch is done."""
        if self._bar is not None:
            self._bar.update(samples)

    def epoch(self, epoch: int, line: str) -> None:
        """Another epoch is done."""
        if self._bar is not None:
            self._bar.set_description_str(f"epoch {epoch}/{self._epochs}", refresh=False)
            self._bar.set_postfix_str(line, refresh=False)
