"""What a watched block asks of `sys.monitoring`, which Python has from 3.12 on; one of our own stands in for it."""

import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest

from tinygrad_edu.source import watching
from tinygrad_edu.tensors.tensor import Tensor


class Monitoring:
    """Six places for tools, of which some are taken. said: what each was asked for."""

    events = SimpleNamespace(CALL=4, NO_EVENTS=0)
    DISABLE = object()

    def __init__(self, taken):
        self.tools = [f"tool {i}" if i in taken else None for i in range(6)]
        self.said = []
        self.called = None

    def get_tool(self, tool):
        return self.tools[tool]

    def use_tool_id(self, tool, name):
        assert self.tools[tool] is None
        self.tools[tool] = name

    def free_tool_id(self, tool):
        self.tools[tool] = None

    def register_callback(self, tool, event, called):
        assert event == self.events.CALL and self.tools[tool] is not None
        self.called = called

    def set_events(self, tool, events):
        self.said.append((tool, events))

    def restart_events(self):
        self.said.append("all anew")


@pytest.fixture
def python(monkeypatch):
    """Puts a Python of some version in the place of ours."""

    def put(version, taken=()):
        monitoring = Monitoring(taken)
        monkeypatch.setattr(sys, "monitoring", monitoring, raising=False)
        monkeypatch.setattr(sys, "version_info", version)
        return monitoring

    yield put
    monkeypatch.undo()


@pytest.mark.parametrize("taken", [(), (0, 1, 3), (0, 1, 2, 3, 4)])
def test_the_first_free_place_is_taken_and_left_again(python, taken):
    monitoring = python((3, 12), taken)
    before, tool = list(monitoring.tools), next(i for i in range(6) if i not in taken)
    with pytest.raises(KeyError), watching.watched() as seen:
        assert monitoring.tools[tool] and monitoring.said == [(tool, 4), "all anew"] and monitoring.called
        raise KeyError
    assert monitoring.tools == before and monitoring.said[2:] == [(tool, 0)] and monitoring.called is None
    assert not seen.fickle


def test_without_a_free_place_nobody_can_tell(python):
    monitoring = python((3, 12), range(6))
    with watching.watched() as seen:
        pass
    assert seen.fickle and monitoring.said == []


def test_before_python_3_12_nothing_is_monitored(python):
    monitoring = python((3, 11, 9))
    with watching.watched() as seen:
        time.sleep(0)
    assert not seen.fickle and monitoring.said == []


def test_a_call_of_the_clock_is_fickle_and_our_own_calls_are_looked_at_once(python):
    monitoring = python((3, 12))
    user, ours, numpys = (lambda: 0).__code__, Tensor.sum.__code__, np.pad.__wrapped__.__code__

    def time():
        """A function of the user's that is called like the clock's."""

    with watching.watched() as seen:
        answers = [monitoring.called(code, 0, time, None) for code in (user, ours, numpys)]
        monitoring.called(user, 0, np.sin, None)
        monitoring.called(user, 0, object(), None)
        assert answers == [None, monitoring.DISABLE, monitoring.DISABLE] and not seen.fickle
        monitoring.called(user, 0, sys.modules["time"].time, None)
    assert seen.fickle


def test_a_profiler_at_work_pauses_while_names_are_looked_for():
    said = []

    class Profiler:
        def __call__(self, frame, event, argument):
            return None

        def disable(self):
            said.append("disabled")

        def enable(self):
            said.append("enabled")

    before = sys.getprofile()
    sys.setprofile(Profiler())
    try:
        with watching.watched_with_names({}):
            assert said == ["disabled"]
    finally:
        sys.setprofile(before)
    assert said == ["disabled", "enabled"]
