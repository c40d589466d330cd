"""Binary cross-entropy of probabilities that are exactly 0 or 1."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, losses

Y = np.array([1.0, 0.0, 1.0])
RIGHT, WRONG = np.array([1.0, 0.0, 0.5]), np.array([0.0, 1.0, 0.5])


def loss(p):
    return losses.binary_cross_entropy(p, Y)


def ways():
    yield tg.value_and_grad(loss)
    jitted = tg.jit(tg.value_and_grad(loss))
    jitted(np.array([0.3, 0.4, 0.5]))  # recorded where nothing is special
    yield jitted
    space = {}
    exec(tg.to_numpy(loss, np.array([0.3, 0.4, 0.5])), space)
    yield space["loss"]


def test_the_right_label_costs_nothing_and_its_slope_is_the_limit():
    for f in ways():
        value, slope = f(RIGHT)
        assert math.isclose(value, math.log(2.0) / 3)
        np.testing.assert_allclose(slope, [-1 / 3, 1 / 3, -2 / 3], rtol=1e-14)
    bce = losses.binary_cross_entropy
    assert [bce(1.0, 1.0), tg.grad(lambda p: bce(p, 1.0))(1.0), tg.grad(lambda p: bce(p, 0.0))(0.0)] == [0.0, -1.0, 1.0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_wrong_label_stays_infinite():
    for f in ways():
        value, slope = f(WRONG)
        assert value == math.inf
        np.testing.assert_allclose(slope, [-math.inf, math.inf, -2 / 3])


def test_the_derivation_is_the_textbooks():
    y = Tensor(Y, name="y", requires_grad=False)
    found = [
        tg.derive(losses.binary_cross_entropy(p, y), p)
        for p in (Tensor(v, name="p") for v in (RIGHT, (RIGHT + 0.2) / 2))
    ]
    assert [step.expr for step in found[0].steps] == [step.expr for step in found[1].steps]
