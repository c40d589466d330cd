"""Which numbers were changed after an operation had read them.

A node keeps no copy of its operands: its derivative reads them again on the way back. Whoever changes them in between
(an optimiser, `.data = …`, `load_state_dict`, a write into the array that `.data` handed out) would get the gradient of
a point that never was. What is changed through this package is noted here with the index that the next node would
have had, so that every operation with a smaller index is known to be older than the change. What is handed out can be
changed without our knowledge: its checksum is taken where it is handed out and where an operation reads it.

All of it is kept beside the nodes, by the array that holds the numbers, so that views and `detach` share it; nodes
whose numbers nobody changed cost nothing.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from weakref import ref

import numpy as np

from ..errors import ChangedSinceError
from . import graph
from .graph import Node, describe, leaf, switched

# The index of the latest change that is known. A pass whose operations are all younger has nothing to look for.
latest = -1
_marks: dict[int, _Mark] = {}
_handed: dict[int, _Mark] = {}
_LONGEST = 4096  # readings that are remembered of an array that is handed out
_SHAPE_ONLY = frozenset(["count", "zeros_like", "ones_like"])  # rows that read of an operand no more than its shape


class _Mark:
    """What is known of the numbers in one array, or in one Value.

    at: operations with a smaller index were recorded before the latest change through this package. readings: since
    then, checksums of what operations found in the array, each with the index of the first that found it. where: the
    array or Value itself, weakly.
    """

    __slots__ = ("at", "readings", "where")

    def __init__(self, held: Any) -> None:
        key = id(held)
        self.at = -1
        self.readings: list[tuple[int, int]] = []
        self.where = ref(held, lambda _: _forget(key))


def _forget(key: int) -> None:
    _take_back(key)
    _marks.pop(key, None)


def _take_back(key: int) -> None:
    if _handed.pop(key, None) is not None:
        graph.watching(-1)


def _holder(node: Node) -> Any:
    """What holds a node's numbers: the array that owns their memory, or the node itself."""
    held = node._data
    if held.__class__ is not np.ndarray:
        return node
    behind: Any = held
    while (behind := getattr(behind, "base", None)) is not None:  # NumPy puts an object between windows and their array
        if isinstance(behind, np.ndarray):
            held = behind
    return held


def _mark_of(held: Any) -> _Mark:
    mark = _marks.get(id(held))
    if mark is None:
        mark = _marks[id(held)] = _Mark(held)
    return mark


def changed(nodes: Iterable[Node]) -> None:
    """Note that these nodes hold other numbers from now on."""
    global latest  # noqa: PLW0603 (a plain name is the cheapest thing to ask on the way back)
    latest = at = graph.next_index()
    known = _marks.get
    for node in nodes:
        mark = known(id(node._data)) or _mark_of(_holder(node))  # an array that has a mark holds its own numbers
        mark.at = at
        if mark.readings:
            mark.readings = []


def hand_out(node: Node) -> None:
    """Note that a caller gets the very array that `node` holds, and may write into it whenever he likes."""
    if node._data.__class__ is not np.ndarray:
        return
    held = _holder(node)
    if id(held) not in _handed:
        mark = _mark_of(held)
        if not mark.readings:
            mark.readings = [(mark.at, checksum(held))]
        _handed[id(held)] = mark
        graph.watching(1)


def checksum(held: Any) -> int:
    """A number that is another one, all but certainly, when any bit of the array is."""
    flat: Any = np.ascontiguousarray(held.T if held.flags.f_contiguous else held)
    return zlib.crc32(flat)


def noticed(node: Node) -> None:
    """A fresh node has read its operands: note what stood in those that are handed out."""
    if not _handed:
        return
    for parent in node.parents:
        held = _holder(parent)
        if id(held) in _handed:
            _note_reading(_handed[id(held)], held, node.index)
    for key in list(_handed):  # keys alone: making pairs may collect garbage, which may end a watch
        mark = _handed.get(key)
        held = mark.where() if mark is not None else None
        if (
            mark is not None and held is not None and sys.getrefcount(held) <= _ALONE
        ):  # nobody but one node, or one user, holds it now
            _note_reading(mark, held, node.index)
            _take_back(key)


def _note_reading(mark: _Mark, held: Any, index: int) -> None:
    """What the operation `index` finds in an array, if it is not what the one before found."""
    global latest  # noqa: PLW0603
    now = checksum(held)
    if not mark.readings or now != mark.readings[-1][1]:
        mark.readings.append((index, now))
        if len(mark.readings) > 1:
            latest = max(latest, index)
        if len(mark.readings) > _LONGEST:
            del mark.readings[0]
            mark.at = mark.readings[0][0]


graph.noticing = noticed


def _references() -> int:
    """How many references there are to an array that one node holds, where `noticed` counts them."""
    node: Any = leaf(Node, np.zeros(1), False)
    held = _Mark(node._data).where()
    return sys.getrefcount(held)


_ALONE = _references()

# ── on the way back ───────────────────────────────────────────────────────────────────────────────────────────────────


def may_be_newer_than(oldest: int) -> bool:
    """Whether anything may have been changed since the operation of index `oldest` was recorded."""
    return bool(_handed) or oldest <= latest


def refuse_changed(order: Sequence[Node], leaves: Iterable[Node] = ()) -> None:
    """Raise ChangedSinceError if a derivative in this pass would read what was changed after it was recorded.

    order: the nodes of the pass, newest first. leaves: those of them that `order` leaves out, if it does.
    """
    oldest = next((node.index for node in reversed(order) if node.rule is not None), None)
    if oldest is None or not may_be_newer_than(oldest):
        return
    taking_part = {*order, *leaves}
    for node, read in _changed_in(order):
        if _is_read(node, read, taking_part):
            how = "had computed it" if read is node else "was computed from it"
            raise ChangedSinceError(
                f"backward: {_described(read)} was changed after {_operation(node)} {how} (by an optimiser's step, "
                ".data, load_state_dict, or a write into its array), so that the gradient would be that of no point; "
                "call backward() before the change, or compute the result again after it"
            )


def changed_since(order: Iterable[Node]) -> list[Node]:
    """Of the nodes in a graph, those whose numbers are no longer what an operation in it was computed with."""
    if not _handed and latest < 0:
        return []
    return list(dict.fromkeys(read for _, read in _changed_in(order)))


def _changed_in(order: Iterable[Node]) -> Iterator[tuple[Node, Node]]:
    """Every operation that read or made numbers which were changed since, with the node that holds them."""
    now: dict[int, int] = {}  # checksums of what stands in the arrays at this moment
    for node in order:
        if node.rule is not None:
            for read in (*dict.fromkeys(node.parents), node):
                held = _holder(read)
                mark = _marks.get(id(held))
                if mark is not None and (node.index < mark.at or _was_written(mark, held, node.index, now)):
                    yield node, read


def _was_written(mark: _Mark, held: Any, index: int, now: dict[int, int]) -> bool:
    """Whether an array holds other numbers than when the operation `index` read it."""
    found = [then for at, then in mark.readings if at <= index]
    if not found:
        return False
    if id(held) not in now:
        now[id(held)] = checksum(held)
    return found[-1] != now[id(held)]


def _is_read(node: Node, read: Node, taking_part: set[Node]) -> bool:
    """Whether the derivatives of `node` look at the numbers that `read`, an operand of it or itself, holds."""
    assert node.rule is not None
    with switched(recording=True, anomaly=None, tracing=None), np.errstate(all="ignore"):
        args = [leaf(type(a), a._data, True) if isinstance(a, Node) else a for a in node.args]
        out = leaf(type(node), node._data, True)
        looked_for = {out} if read is node else {b for a, b in zip(node.args, args, strict=True) if a is read}
        for position, parent in enumerate(node.args):
            vjp = node.rule.vjp(position) if isinstance(parent, Node) and parent in taking_part else None
            if vjp is not None:
                g = leaf(type(node), node._data, True)
                if looked_for & _values_in(vjp(g, out, *args, **node.params)):
                    return True
    return False


def _values_in(c: Any) -> set[Node]:
    """The nodes whose numbers, not only whose shapes, went into `c`."""
    found: dict[Node, None] = {c: None} if isinstance(c, Node) else {}
    waiting = list(found)
    for node in waiting:  # the list grows while it is walked
        for parent in node.parents if node.op not in _SHAPE_ONLY else ():
            if parent not in found:
                found[parent] = None
                waiting.append(parent)
    return set(found)


def _described(node: Node) -> str:
    """The node by its name; a view of a named tensor by that tensor's."""
    held, named = _holder(node), node
    while named.name is None and named.rule is not None:
        behind = next((parent for parent in named.parents if _holder(parent) is held), None)
        if behind is None:
            break
        named = behind
    return describe(named)


def _operation(node: Node) -> str:
    return f"{node.op} ({node.name})" if node.name else str(node.op)
