"""A threshold that is nearly that of the loss is told from it, however seldom a number falls between the two."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, derive
from tinygrad_edu.checking.kinks import beside_kinks
from tinygrad_edu.checking.replay import Replay

pytest.importorskip("lark")


def tensor(name, *shape, **how):
    return Tensor(np.random.default_rng(len(name) + sum(shape)).normal(size=shape), name=name, **how)


def derived():
    z, y = tensor("z", 4), Tensor([1.0, -1.0, 1.0, 1.0], name="y", requires_grad=False)
    X, w, b = tensor("X", 5, 3, requires_grad=False), tensor("w", 3), tensor("b")
    labels = Tensor([1.0, -1.0, -1.0, 1.0, 1.0], name="y", requires_grad=False)
    u, v = tensor("u", 4), tensor("v", 4)
    huber = np.where(abs(z - y) <= 1.0, 0.5 * (z - y) ** 2, abs(z - y) - 0.5)
    return {
        "relu": (tg.relu(z).sum(), z, "1[z > {:}]", 0.0),
        "relu squared": ((tg.relu(z) ** 2).sum(), z, r"2 z \odot 1[z > {:}]", 0.0),
        "relu cubed": ((tg.relu(z) ** 3).sum(), z, r"3 z^2 \odot 1[z > {:}]", 0.0),
        "relu below": (tg.relu(X @ w + b).sum(), w, r"X^\top 1[Xw + b > {:}]", 0.0),
        "hinge": (np.maximum(0, 1 - labels * (X @ w)).mean(), w, r"-\frac1N\sum_i 1[y_i w^T x_i < {:}] y_i x_i", 1.0),
        "larger": (np.maximum(u, v).sum(), u, "1[u - v > {:}]", 0.0),
        "smaller": (np.minimum(u, 2.0).sum(), u, "1[u < {:}]", 2.0),
        "huber": (huber.sum(), z, "np.where(abs(z - y) <= {:}, z - y, np.sign(z - y))", 1.0),
        "clipped": (np.clip(z, -1.0, 1.0).sum(), z, "(z > -1) * (z < {:})", 1.0),
    }  # fmt: skip


STEPS = {
    "clipped above": (lambda x: np.clip(x, 0, 6).sum(), "(x > 0) * (x < 6)", "x > 0"),
    "floor": (lambda x: (x * np.floor(x / 3)).sum(), "floor(x/3)", "-(x < 0)"),
    "floor divide": (lambda x: (x * (x // 3)).sum(), "floor(x/3)", "-(x < 0)"),
    "ceil": (lambda x: (x * np.ceil(x / 3)).sum(), "ceil(x/3)", "x > 0"),
    "trunc": (lambda x: (x * np.trunc(x / 3)).sum(), "trunc(x/3)", "0*x"),
    "rint": (lambda x: (x * np.rint(x / 5)).sum(), "rint(x/5)", "0*x"),
    "round": (lambda x: (x * np.round(x / 5)).sum(), "rint(x/5)", "0*x"),
    "signbit": (lambda x: (x * np.signbit(x - 7)).sum(), "x < 7", "1 + 0*x"),
    "remainder": (lambda x: (x * (x % 2.5)).sum(), "x % 2.5 + x", "2*x + 2.5*(x < 0)"),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_numbers_seldom_reach_is_reached(name):
    loss, right, wrong = STEPS[name]
    x = tensor("x", 4)
    d = derive(loss(x), x)
    assert d.check(right).ok, d.check(right).message
    assert d.check(wrong).ok is False


def test_what_is_0_at_most_numbers_only_is_not_called_0_everywhere():
    x = tensor("x", 4)
    verdict = derive(tg.relu(x - 20.0).sum(), x).check("x > 20")
    assert verdict.ok and "everywhere" not in verdict.message
    assert "0 everywhere" in derive((x * 0.0).sum(), x).check("0 * x").message


@pytest.mark.parametrize("name", derived())
def test_a_threshold_is_that_of_the_loss_or_wrong(name):
    loss, wrt, claim, at = derived()[name]
    d = derive(loss, wrt)
    assert d.check(claim.format(at)).ok, name
    for off in (0.1, -0.1, 0.05, -0.05, 0.02, -0.02):
        verdict = d.check(claim.format(f"{at + off:g}"))
        assert verdict.ok is False, (name, off)


def test_of_a_function_too():
    loss, z = derived()["relu"][:2]
    assert derive(loss, z).check(lambda z: (z > 0) * 1.0).ok
    verdict = derive(loss, z).check(lambda z: (z > 0.001) * 1.0)
    assert verdict.mistake == "special-case" and "beside the kink" in verdict.message


def test_the_points_lie_on_both_sides():
    loss, z = derived()["relu squared"][:2]
    replay = Replay(loss, z)
    found = [point.names["z"] for point in beside_kinks(replay.points(), ())]
    nearest = [float(held[np.argmin(np.abs(held))]) for held in found]
    assert np.allclose(nearest, [0.01, -0.01, 1e-4, -1e-4])


def test_what_cannot_be_moved_there_is_left_out():
    mask, w = Tensor([0.5, -0.5], name="m", requires_grad=False), tensor("w", 2)
    fixed = Replay((np.where(mask > 0, w, 0.0) ** 2).sum(), w)
    assert list(beside_kinks(fixed.points(), ())) == [] and list(beside_kinks([], ())) == []
    bools = Replay((np.where((w > 0) == (mask > 0), w, 0.0) ** 2).sum(), w)
    assert len(list(beside_kinks(bools.points(), ()))) == 4  # of w > 0 alone
    never = Replay(tg.relu(np.exp(w)).sum(), w)  # e^w is never −0.01
    assert len(list(beside_kinks(never.points(), ()))) < 4
    z = tensor("z", 3)
    assert list(beside_kinks(Replay(tg.relu(z).sum(), z).points(), (z,))) == []
    z = Tensor([1.5, 2.0], name="z")
    edge = Replay((tg.relu(z) * np.sqrt(z - 1.0)).sum(), z)  # no number at 0
    assert list(beside_kinks(edge.points(), ())) == []
