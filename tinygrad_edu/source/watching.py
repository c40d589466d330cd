"""Watching a function while it runs: the calls whose results differ from run to run, and its local variables' names."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from cProfile import Profile
from types import CodeType, FrameType, FunctionType
from typing import Any

from ..engine.graph import Node
from ..tensors.anomaly import PACKAGES

# Functions written in C whose results differ from call to call: the clock's, and those that draw random numbers.
_FICKLE = frozenset(
    ["time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "process_time", "thread_time",
     "localtime", "gmtime", "ctime", "now", "utcnow", "today", "urandom", "random", "getrandbits"]
)  # fmt: skip


class Seen:
    """What was seen of a watched block. fickle: whether it may have called something that gives other results anew."""

    fickle = False


def watched() -> AbstractContextManager[Seen]:
    """A block whose calls are watched: by `sys.monitoring` where Python has it (from 3.12 on), else by a profiler."""
    return _monitored() if sys.version_info >= (3, 12) else _profiled()


@contextmanager
def _monitored() -> Iterator[Seen]:
    """A watched block in which a call that stands in our own code, or NumPy's, is looked at once: no user's code runs.

    If all of Python's tools of this kind are taken, the block counts as fickle: nobody can tell.
    """
    seen, monitoring = Seen(), sys.monitoring  # type: ignore[attr-defined, unused-ignore]
    tool = next((each for each in range(6) if monitoring.get_tool(each) is None), None)
    if tool is None:
        seen.fickle = True
        yield seen
        return

    def called(code: CodeType, offset: int, function: Any, first: Any) -> Any:
        if getattr(function, "__name__", "") in _FICKLE and not isinstance(function, FunctionType):
            seen.fickle = True
        return monitoring.DISABLE if code.co_filename.startswith(PACKAGES) else None

    monitoring.use_tool_id(tool, __name__)
    monitoring.register_callback(tool, monitoring.events.CALL, called)
    monitoring.set_events(tool, monitoring.events.CALL)
    monitoring.restart_events()
    try:
        yield seen
    finally:
        monitoring.set_events(tool, monitoring.events.NO_EVENTS)
        monitoring.register_callback(tool, monitoring.events.CALL, None)
        monitoring.free_tool_id(tool)


@contextmanager
def _profiled() -> Iterator[Seen]:
    """A block watched by Python's C profiler, which costs a quarter of what `sys.setprofile` does.

    Where another profiler is at work already, it is left alone, and the block counts as fickle: nobody can tell.
    """
    seen, profile = Seen(), Profile(subcalls=False)
    alone = sys.getprofile() is None
    if alone:
        profile.enable()
    try:
        yield seen
    finally:
        if alone:
            profile.disable()
    seen.fickle = not alone or any(map(_is_fickle, profile.getstats()))


def _is_fickle(entry: Any) -> bool:
    """Whether the profiler's entry is of a fickle function: its code is then a text like `<built-in method time.time>`.

    A method's is a text like `<method 'random' of '_random.Random' objects>`.
    """
    if not isinstance(entry.code, str):
        return False
    name = entry.code.strip("<>").partition(" of ")[0].split()[-1]
    return name.strip("'").rpartition(".")[2] in _FICKLE


@contextmanager
def watched_with_names(names: dict[Node, str]) -> Iterator[Seen]:
    """A watched block that fills `names`: which local variable of the user's functions each node stood in.

    A profiler that is at work already pauses meanwhile.
    """
    seen = Seen()

    def note(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            seen.fickle = seen.fickle or getattr(called, "__name__", "") in _FICKLE
        elif event == "return" and not is_ours(frame.f_code):
            for name, held in reversed(frame.f_locals.items()):
                if isinstance(held, Node) and not name.startswith("_"):
                    names[held] = name  # the outer function returns later, and knows better

    before: Any = sys.getprofile()
    if hasattr(before, "disable"):
        before.disable()
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None if hasattr(before, "enable") else before)
        if hasattr(before, "enable"):
            before.enable()  # a C profiler is no function that sys.setprofile could put back


def is_ours(code: CodeType) -> bool:
    """Whether a function is this package's, NumPy's or Python's own, and none of the user's."""
    return code.co_filename.startswith((*PACKAGES, _STDLIB, "<frozen"))


_STDLIB = sysconfig.get_paths()["stdlib"]
