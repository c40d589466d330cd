"""A recorded graph on other numbers: gradients with slips, contributions, slopes, and how things move."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.checking.mistakes import at_inner, left_out, lost, scaled
from tinygrad_edu.checking.points import Point, _called
from tinygrad_edu.checking.replay import Replay
from tinygrad_edu.engine.graph import plain

A = Tensor([[0.3, -0.8], [1.4, 0.2], [0.9, -1.1]], name="A", requires_grad=False)
X = Tensor([0.7, -0.4], name="x")
S = Value(1.5, name="s")
PRODUCT = A @ X
HIDDEN = np.tanh(PRODUCT)
LOSS = (HIDDEN * S).sum() + np.exp(X).sum()
POINT = Replay(LOSS, X).recorded
a, x, h = map(plain, (A, X, HIDDEN))  # `.data` would have every later operation watch these arrays
G = 1.5 * (1 - h**2)


def test_gradients_at_a_point():
    assert np.allclose(POINT.truth, a.T @ G + np.exp(x), rtol=1e-14)
    assert np.allclose(POINT.cotangents[HIDDEN], np.full(3, 1.5)) and np.allclose(POINT.cotangents[PRODUCT], G)
    assert A not in POINT.cotangents and np.allclose(POINT.all_cotangents[S], h.sum())
    assert POINT.names.keys() == {"A", "x", "s"} and POINT.value(HIDDEN) is POINT.twin[HIDDEN]._data
    assert sorted(POINT.lengths.values()) == [2, 3]


def test_gradients_with_slips():
    assert np.allclose(POINT.gradient({(PRODUCT, 1): lost}), np.exp(x))
    assert np.allclose(POINT.gradient({(PRODUCT, 1): scaled(-2.0)}), np.exp(x) - 2 * a.T @ G)
    assert np.allclose(POINT.gradient({(HIDDEN, 0): left_out}), np.exp(x) + a.T @ np.full(3, 1.5))
    inner = Replay(np.sin(HIDDEN).sum(), X)
    sine = next(node for node in inner.nodes if node.op == "sin")
    expected = a.T @ (np.cos(plain(PRODUCT)) * (1 - h**2))
    assert np.allclose(inner.recorded.gradient({(sine, 0): at_inner}), expected)


def test_contributions():
    assert np.allclose(POINT.contribution(PRODUCT, 1), a.T @ G)
    assert np.allclose(POINT.contribution(PRODUCT, 1, scaled(3.0)), 3 * a.T @ G)
    times = next(node for node in POINT.recording.nodes if any(a is S for a in node.args))
    assert np.allclose(POINT.contribution(times, 1), h.sum())  # landed in the shape of a number
    assert POINT.contribution(LOSS.args[0], 0).shape == (3,)  # and spread to that of an array


def test_of_more_than_a_number():
    point = Replay(HIDDEN, X).recorded
    jacobian = (1 - h**2)[:, None] * a
    assert point.out == (3,) and np.allclose(point.truth, jacobian)
    assert np.allclose(point.contribution(PRODUCT, 1), jacobian)
    assert np.allclose(point.contribution(HIDDEN, 0), np.diag(1 - h**2))
    assert np.allclose(point.contribution(HIDDEN, 0, left_out), np.eye(3))
    assert np.allclose(point.gradient({(HIDDEN, 0): lost}), np.zeros((3, 2)))
    assert np.allclose(point.all_cotangents[A][0, 0], (1 - h[0] ** 2) * x) if A in point.all_cotangents else True


def test_what_nothing_flows_to_has_the_gradient_zero():
    kept = Tensor([1.0, 2.0, 3.0], name="c")
    point = Replay((kept > 0.5).sum() + (X * X).sum(), kept).recorded
    assert np.array_equal(point.truth, np.zeros(3)) and np.array_equal(point.gradient({}), np.zeros(3))
    assert np.array_equal(Replay(X > 0.5, X).recorded.truth, np.zeros((2, 2)))


def test_slopes():
    assert np.allclose(POINT.slope(HIDDEN), a.T @ (1 - h**2)) and np.allclose(POINT.slope(X), np.ones(2))
    inner = Replay(LOSS, HIDDEN).recorded
    assert np.array_equal(inner.slope(HIDDEN), np.ones(3)) and np.allclose(inner.slope(LOSS), np.full(3, 1.5))
    assert np.allclose(POINT.slope(LOSS), POINT.truth) and np.array_equal(POINT.slope(A), np.zeros(2))


def test_how_nodes_move():
    way = POINT.direction
    assert way.shape == (2,) and np.all(np.abs(way) >= 0.3) and np.all(np.abs(way) <= 1.0)
    assert np.allclose(POINT.tangents[PRODUCT], a @ way, atol=1e-8)
    assert np.allclose(POINT.tangents[HIDDEN], (1 - h**2) * (a @ way), atol=1e-8)
    assert np.allclose(POINT.tangents[LOSS], (POINT.truth * way).sum(), atol=1e-8)
    assert np.allclose(POINT.tangents[X], way, atol=1e-8)


def test_numbers_shaken_in_their_last_digits():
    with tg.no_grad():
        mask = X > 0.0
    mask.name = "m"
    replay = Replay(LOSS + (X * mask).sum() + 2.0 * S, X)
    point = next(each for each in replay.points() if each.wide)
    one, again, other = point.shaken(0), point.shaken(0), point.shaken(1)
    for name in ("A", "x", "s"):
        before, after = np.asarray(point.names[name]), np.asarray(one.names[name])
        moved = np.abs(after / before - 1)
        assert np.all(moved > 0) and np.all(moved <= 2.0**-50)
        assert np.array_equal(after, again.names[name])
    assert not np.array_equal(one.names["A"], other.names["A"])
    assert np.mean(np.abs(one.names["A"] / point.names["A"] - 1)) > 2.0**-51.5
    assert np.array_equal(one.names["m"], point.names["m"]) and one.names["m"].dtype == bool
    assert isinstance(one.names["s"], float) and one.names["x"].shape == point.names["x"].shape
    assert one.wide and not one.recorded and one.lengths == point.lengths
    assert np.allclose(one.truth, point.truth, rtol=1e-13) and one.wrt.requires_grad


def test_from_the_third_shake_on_results_are_moved_too():
    x = Value(18.0, name="x")
    point = Replay(np.tanh(x) + 0.0 * (x > 0.0), x).recorded
    assert all(point.shaken(shake).truth == point.truth for shake in range(3))
    truths = [float(point.shaken(shake).truth) for shake in range(3, 6)]
    assert any(truth != point.truth for truth in truths) and all(abs(truth) < 1e-12 for truth in truths)
    assert isinstance(point.shaken(4).loss.data, float)


@pytest.mark.parametrize(("number", "expected"), [(0.0, np.inf), (2.0, 0.5)])
def test_pythons_own_numbers_divide_as_numpys_do(number, expected):
    node = Value(number) * 1.0
    with np.errstate(all="ignore"):
        assert _called(lambda g, out, a, b: g / a, None, 1.0, node) == expected
        slip = lambda vjp, g, out, args, params: vjp(g, out, *args, **params)
        assert _called(lambda g, out, a, b: g / a, slip, 1.0, node) == expected
    assert np.isnan(_called(lambda g, out, a, b: float(g) / 0, None, 1.0, node))
    clipped = SimpleNamespace(args=[Value(number), None], params={}, _data=number)  # what is no number stays as it is
    with np.errstate(all="ignore"):
        assert _called(lambda g, out, a, b: g / a if b is None else -1.0, None, 1.0, clipped) == expected


def test_a_contribution_in_the_shape_of_its_node():
    whole = Point.whole(2, X)
    assert whole.tolist() == [2.0, 2.0] and whole.dtype == float
    whole[0] = 1.0  # it is nobody else's


def test_a_conditions_mask_moves_along():
    chosen = X > 0.0
    point = Replay(tg.where(chosen, X * X, X).sum(), X).recorded
    assert {point.origin[node].op for node in point.all_depending} == {"greater", "multiply", "where", "sum"}
    assert not any(node is point.wrt for node in point.all_depending)
