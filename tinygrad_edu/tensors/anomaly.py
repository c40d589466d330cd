"""What `detect_anomaly` looks for: the first NaN or infinity, and constants that were changed after they were used."""

from __future__ import annotations

import contextlib
import copy
import linecache
import os
import sys
from types import FrameType
from typing import Any

import numpy as np

from ..engine.changes import checksum
from ..engine.graph import Node, describe, plain
from ..errors import ChangedSinceError

# Where this package and NumPy stand
PACKAGES = tuple(os.path.join(os.path.dirname(file), "") for file in (os.path.dirname(__file__), np.__file__))
_NOT_THE_USERS = (*PACKAGES, contextlib.__file__, copy.__file__)


class Watch:
    """Looks at every fresh node and every contribution.

    lines: where each node was recorded. constants: checksums of the plain arrays that each was computed from.
    """

    def __init__(self) -> None:
        self.lines: dict[int, str] = {}
        self.constants: dict[int, list[int]] = {}

    def __call__(self, node: Node, parent: Node | None = None, contribution: Any = None) -> None:
        """Look at a fresh node, or at what it hands to a parent on the way back; raise at what is not finite."""
        if parent is None:
            self.lines[node.index] = line = users_line()
            if constants := _checksums(node):
                self.constants[node.index] = constants
            if not _finite(node._data):
                raise FloatingPointError(f"{node.op} gave {_offender(node._data)}{_operands(node, node._data)}{line}")
            return
        if self.constants.get(node.index, constants := _checksums(node)) != constants:
            raise ChangedSinceError(
                f"backward: a constant array of {node.op} was changed after {node.op} was computed from it, so that "
                f"its gradient is that of no point; hand in a copy{self.lines.get(node.index, '')}"
            )
        if not _finite(plain(contribution)):
            gave, line = plain(contribution), self.lines.get(node.index) or users_line()
            raise FloatingPointError(
                f"backward through {node.op} towards {describe(parent)} gave {_offender(gave)}"
                f"{_operands(node, gave)}{line}"
            )


def _checksums(node: Node) -> list[int]:
    """Of the plain arrays among a node's arguments: masks, indices, data that were never wrapped."""
    return [checksum(a) for a in node.args if isinstance(a, np.ndarray)]


def _finite(data: Any) -> bool:
    return bool(np.all(np.isfinite(data)))


def _first(mask: Any) -> tuple[int, ...]:
    """The index of the first entry that holds."""
    return tuple(int(i) for i in np.argwhere(mask)[0])


def _offender(data: Any) -> str:
    """The first entry that is not finite, and where it stands."""
    data = np.asarray(data)
    if data.ndim == 0:
        return str(float(data))
    index = _first(~np.isfinite(data))
    return f"{float(data[index])} at index {index}"


def _operands(node: Node, gave: Any) -> str:
    """The operands, each with its value: its first that is not finite, or the one at the offender's place."""
    bad = ~np.isfinite(np.asarray(gave))
    shown = []
    for a in node.args:
        held = np.asarray(plain(a))
        label = describe(a) if isinstance(a, Node) else "a constant"
        if held.ndim == 0:
            shown.append(f"{label} = {held.item()!r}")
        elif not _finite(held) or held.shape == bad.shape:
            index = _first(~np.isfinite(held) if not _finite(held) else bad)
            shown.append(f"{label}, {held[index].item()!r} at index {index}")
        else:
            shown.append(label)
    return f"; operands: {', '.join(shown)}"


def users_frame() -> tuple[FrameType | None, int]:
    """The innermost frame outside this package and NumPy; and how far it is from the caller's own, which counts 1."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and frame.f_code.co_filename.startswith(_NOT_THE_USERS):
        frame, level = frame.f_back, level + 1
    return frame, level


def users_line() -> str:
    """The line outside this package and NumPy that asked for the operation."""
    frame, _ = users_frame()
    if frame is None:
        return ""
    filename = frame.f_code.co_filename
    return f"\n  {filename}, line {frame.f_lineno}: {linecache.getline(filename, frame.f_lineno).strip()}"
