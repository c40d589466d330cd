"""`no_grad` and `detect_anomaly`: what a thread does beside computing, for the length of a block."""

from __future__ import annotations

import traceback
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from .graph import Node, describe, plain, switched

_HERE = str(Path(__file__).parent)


def no_grad() -> AbstractContextManager[None]:
    """A block in which nothing is recorded: results are leaves that require no gradient.

    >>> from tinygrad_edu import Value
    >>> with no_grad():
    ...     y = Value(2.0) * 3
    >>> y.requires_grad
    False
    """
    return switched(recording=False)


def detect_anomaly() -> AbstractContextManager[None]:
    """A block in which the first operation, forward or backward, that produces NaN or ±inf raises FloatingPointError.

    The error names the operation, the operands with their offending values and the line of the user that recorded it.
    """
    return switched(anomaly=_Watch())


class _Watch:
    """Looks at every fresh node and every contribution, and remembers where each node was recorded."""

    def __init__(self) -> None:
        self.lines: dict[int, str] = {}

    def __call__(self, node: Node, parent: Node | None = None, contribution: Any = None) -> None:
        if parent is None:
            self.lines[node.index] = line = users_line()
            if not _finite(node._data):
                raise FloatingPointError(f"{node.op} gave {_offender(node._data)}{_operands(node)}{line}")
        elif not _finite(plain(contribution)):
            line = self.lines.get(node.index, "")
            raise FloatingPointError(
                f"backward through {node.op} towards {describe(parent)} gave {_offender(plain(contribution))}"
                f"{_operands(node)}{line}"
            )


def _finite(data: Any) -> bool:
    return bool(np.all(np.isfinite(data)))


def _offender(data: Any) -> str:
    """The first entry that is not finite, and where it stands."""
    data = np.asarray(data)
    if data.ndim == 0:
        return str(float(data))
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(data))[0])
    return f"{float(data[index])} at index {index}"


def _operands(node: Node) -> str:
    """The operands, each with its value where it is a single number or at the result's offending place."""
    bad = ~np.isfinite(np.asarray(node._data))
    shown = []
    for a in node.args:
        held = np.asarray(plain(a))
        label = describe(a) if isinstance(a, Node) else "a constant"
        if held.ndim == 0:
            shown.append(f"{label} = {held.item()!r}")
        elif held.shape == bad.shape and bad.any():
            index = tuple(int(i) for i in np.argwhere(bad)[0])
            shown.append(f"{label}, {held[index].item()!r} at index {index}")
        else:
            shown.append(label)
    return f"; operands: {', '.join(shown)}"


def users_line() -> str:
    """The line outside this package (and NumPy) that asked for the operation."""
    for frame in reversed(traceback.extract_stack()):
        if not frame.filename.startswith(_HERE) and "numpy" not in frame.filename:
            return f"\n  {frame.filename}, line {frame.lineno}: {frame.line}"
    return ""
