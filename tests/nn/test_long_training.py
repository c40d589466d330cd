"""Ten thousand steps of training without Python's collector: nothing is left behind in a circle."""

import gc
import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, optim

X, Y = np.random.default_rng(0).normal(size=(8, 2)), np.arange(8.0)


def of_arrays():
    w, b = Tensor(np.ones(2)), Tensor(0.5)
    optimizer = optim.SGD([w, b], lr=0.01)

    def step():
        loss = ((X @ w + b - Y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def of_numbers():
    w, b = Value(1.0), Value(0.5)
    optimizer = optim.Adam([w, b], lr=0.01)

    def step():
        loss = np.tanh(w * 0.3 + b) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def by_hand():
    """Parameters that are written to in place between the passes, through the array that `.data` hands out."""
    w = Tensor(np.ones(2))

    def step():
        w.grad = None
        ((X @ w - Y) ** 2).mean().backward()
        w.data -= 0.01 * w.grad
        return w.data[0]

    return step


def of_a_function():
    w = np.ones(2)

    def step():
        w[:] -= 0.01 * tg.grad(lambda w: ((X @ w - Y) ** 2).mean())(w)
        return w

    return step


def passed_in():
    w = Tensor(np.ones(2))

    def step():
        with tg.no_grad():
            w.grad = None
        return ((X @ w - Y) ** 2).mean()

    return step


def closed_over():
    w = Tensor(np.ones(2), requires_grad=False)

    def step():
        return tg.grad(lambda v: ((X @ v - Y) ** 2).mean())(w)

    return step


def growth(step, steps):
    """How many more blocks of memory are in use after so many steps than after a twentieth of them."""
    gc.collect()
    gc.disable()
    try:
        held = []
        for count in (steps // 20, steps - steps // 20):
            for _ in range(count):
                step()
            held.append(sys.getallocatedblocks())
    finally:
        gc.enable()
    return held[1] - held[0]


@pytest.mark.parametrize(
    ("training", "steps"), [(of_arrays, 10_000), (of_numbers, 10_000), (by_hand, 3_000), (of_a_function, 3_000)]
)
def test_memory_is_held(training, steps):
    assert growth(training(), steps) < 500


@pytest.mark.parametrize("training", [of_arrays, of_numbers, passed_in, closed_over])
def test_memory_is_held_under_jit(training):
    assert growth(tg.jit(training()), 10_000) < 500


def test_a_loop_that_keeps_its_losses_would_be_noticed():
    step, losses = of_numbers(), []
    assert growth(lambda: losses.append(step()), 1_000) > 1_000
