"""The errors of this package, each also the built-in that a caller would catch.

    TinygradEduError
    ├── UnreadableError         ValueError      a claim, a loss or a note cannot be read; says at which place
    │   ├── NotPythonError                      it is no Python (it may still be LaTeX)
    │   └── UntakenDerivativeError              a chain rule written out, its derivatives still to be taken
    ├── MisfitError             ValueError      it was read, but the shapes of its parts do not go together
    │   ├── IndicesError                        an index or a Σ of it means nothing for the arrays at hand
    │   └── RanksError                          the numbers of axes that a formula needs do not go together
    ├── UncallableError         ValueError      a claim that is a function asks for what the graph does not have
    ├── ReplayError             ValueError      a graph cannot be computed again at other sizes or numbers
    ├── ChangedSinceError       RuntimeError    a number was changed after an operation had been computed from it
    ├── FrozenNumberError       TypeError       a program meant for all calls would freeze a number of this one
    ├── CheckpointError         ValueError      a checkpoint cannot be written or read, or is of something else
    ├── TrainingError           FloatingPointError  a loss or a weight became NaN or infinite while training
    ├── NotEmittableError       TypeError       an operation that a page or a program cannot compute
    ├── NoLayoutEngineError     RuntimeError    nothing of Graphviz is there for what only Graphviz writes
    └── InputError              ValueError      what was typed in the shell cannot be used; exit code 2

Everything else that goes wrong raises a built-in: shapes that do not fit are a ValueError, arguments of the wrong kind
a TypeError, NaN under `detect_anomaly` a FloatingPointError.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ChangedSinceError",
    "CheckpointError",
    "FrozenNumberError",
    "IndicesError",
    "InputError",
    "MisfitError",
    "NoLayoutEngineError",
    "NotEmittableError",
    "NotPythonError",
    "RanksError",
    "ReplayError",
    "TinygradEduError",
    "TrainingError",
    "UncallableError",
    "UnreadableError",
    "UntakenDerivativeError",
]


class TinygradEduError(Exception):
    """What every error of this package is."""


class UnreadableError(TinygradEduError, ValueError):
    """A text that cannot be read. `position` counts characters of `text`; str() has a line with a caret under it."""

    def __init__(self, message: str, position: int = 0, text: str = "") -> None:
        self.message, self.position, self.text = message, position, text
        super().__init__(message)

    def line(self) -> str:
        """The same in one line: the place is quoted."""
        if not self.text:
            return self.message
        near = " ".join(self.text[self.position : self.position + 20].split())
        return f"{self.message} (at character {self.position + 1}{f', {near}' if near else ', the end'})"

    def __str__(self) -> str:
        if not self.text:
            return self.message
        before = self.text[: self.position]
        start = before.rfind("\n") + 1
        line = self.text[start:].split("\n", 1)[0]
        column = self.position - start
        if len(line) > 100:
            cut = max(0, column - 50)
            line, column = line[cut : cut + 100], column - cut
        return f"{self.message}\n  {line}\n  {' ' * column}^"


class NotPythonError(UnreadableError):
    """A text that does not follow Python's grammar."""


class UntakenDerivativeError(UnreadableError):
    """A part that speaks of derivatives still to be taken: a chain rule written out, not a claim."""


class MisfitError(TinygradEduError, ValueError):
    """A claim was read, but its parts have shapes that do not go together."""


class IndicesError(MisfitError):
    """An index, or the limits of a Σ, that mean nothing for the arrays at hand. index: its letter, if any."""

    def __init__(self, message: str, index: str = "") -> None:
        self.index = index.partition("#")[0]
        super().__init__(message)


class RanksError(MisfitError):
    """The operands of a formula cannot have these numbers of axes. names: those the operands are made of."""

    def __init__(self, message: str = "", names: frozenset[str] = frozenset()) -> None:
        self.names = names
        super().__init__(message)


class UncallableError(TinygradEduError, ValueError):
    """A function that is a claim cannot be called with what the graph has."""


class ReplayError(TinygradEduError, ValueError):
    """A graph cannot be computed again at these sizes or numbers."""


class ChangedSinceError(TinygradEduError, RuntimeError):
    """A number was changed after an operation had been computed from it, and its gradient would be that of no point."""


class FrozenNumberError(TinygradEduError, TypeError):
    """Something would have frozen the number of one call into a program meant for all calls."""


class CheckpointError(TinygradEduError, ValueError):
    """A file that cannot be written, or holds no checkpoint, a damaged one, or one of another model."""


class TrainingError(TinygradEduError, FloatingPointError):
    """A loss or a weight became NaN or infinite. `history` is that of the epochs before."""

    history: Any = None


class NotEmittableError(TinygradEduError, TypeError):
    """An operation that a page or a written-out program cannot compute."""


class NoLayoutEngineError(TinygradEduError, RuntimeError):
    """Neither dot nor pygraphviz is there for a format, or a changed picture, that only Graphviz can write."""


class InputError(TinygradEduError, ValueError):
    """What was typed in the shell cannot be used. The message is one line that says what to do; the exit code is 2."""
