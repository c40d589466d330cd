"""Forked processes: what was recorded before the fork, or is being recorded, goes on being right in the child."""

import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine.landing import adding
from tinygrad_edu.errors import FrozenNumberError

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*"),  # Python's, and JAX's where a test before has loaded it
]


def right_in_a_child(check):
    """Whether `check()` is true in a forked process, within 20 seconds."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if check() else 1)
        finally:
            os._exit(2)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


@pytest.mark.parametrize("make", [lambda: Value(3.0), lambda: Tensor([3.0])])
def test_a_graph_of_before_goes_back_in_the_child_and_here(make):
    x = make()
    y = x * x * 2.0

    def gone_back():
        y.sum().backward() if x.flags else y.backward()
        return float(np.sum(x.grad)) == 12.0

    assert right_in_a_child(gone_back)
    assert x.grad is None and gone_back()


def test_a_program_of_before_runs_in_the_child_and_here():
    step = tg.jit(tg.value_and_grad(lambda w: (w**2).sum()))
    step(np.ones(2))
    assert right_in_a_child(lambda: step(np.full(2, 3.0))[1].tolist() == [6.0, 6.0])
    assert right_in_a_child(lambda: step(np.full(3, 3.0))[1].tolist() == [6.0, 6.0, 6.0])  # recorded there
    assert step(np.full(2, 4.0))[0] == 32.0


def test_a_fork_by_a_function_that_is_recorded():
    """The child is refused the program: Python draws a new seed for its random numbers there."""
    parent, pids = os.getpid(), []

    @tg.jit
    def forking(x):
        if os.getpid() == parent:
            pids.append(os.fork())
        return np.exp(x).sum()

    try:
        found = forking(np.zeros(3))
    except FrozenNumberError:
        found = None
    if os.getpid() != parent:
        os._exit(0 if found is None and tg.jit(np.exp)(0.0) == 1.0 else 1)
    assert os.waitpid(pids[0], 0)[1] == 0
    assert found == 3.0 == forking(np.zeros(3)) and len(pids) == 1


@pytest.mark.parametrize("what", ["pass", "recording"])
def test_a_fork_while_another_thread_is_in_a_pass_or_records(what):
    """The child has no such thread, which would let it go on."""
    entered, leave = threading.Event(), threading.Event()

    @tg.jit
    def recorded(x):
        if threading.current_thread() is other:
            entered.set()
            leave.wait(20)
        return x * 2.0

    def work():
        if what == "recording":
            recorded(3.0)
            return
        with adding:
            entered.set()
            leave.wait(0.5)

    other = threading.Thread(target=work)
    other.start()
    assert entered.wait(20)
    x = Value(2.0)

    def goes_on():
        (x * x).backward()
        with tg.no_grad():
            return recorded(4.0) == 8.0 and x.grad == 4.0

    try:
        assert right_in_a_child(goes_on)
    finally:
        leave.set()
        other.join()
    assert recorded(4.0) == 8.0 and goes_on()


def slope(x):
    return tg.grad(lambda x: x**3)(x)


def test_a_pool_of_forked_processes():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(slope, [1.0, 2.0, 3.0]) == [3.0, 12.0, 27.0]
        assert pool.map(tg.jit(slope), [1.0, 2.0]) == [3.0, 12.0]
