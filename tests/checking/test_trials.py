"""A claim tried at points: which trials are kept, which points move, and what a judge does without a derivation."""

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.checking.factors import Factor
from tinygrad_edu.checking.judge import Judge
from tinygrad_edu.checking.other_gradients import Gradient
from tinygrad_edu.checking.replay import Replay
from tinygrad_edu.checking.texts import read_text
from tinygrad_edu.checking.trials import Trial, Tried, Way, _in_one_line, _repeated, agree, same
from tinygrad_edu.errors import UncallableError

W = Tensor([0.5, -1.0, 2.0], name="w")


def test_a_further_point_is_kept_where_the_claim_is_wrong():
    replay = Replay((W**2).sum(), W)
    points = replay.points()
    for claim, right in (("2w", True), ("w", False)):
        tried = Tried(read_text(claim, replay)[0].ways()[0], points[:1], replay.recorded)
        assert tried.right is right and tried.also_right(points[1]) is right
        assert len(tried.trials) == (1 if right else 2)


class Odd(Way):
    """The gradient, as long as `value` says so; else what it says, or an error."""

    def __init__(self, factor):
        self.factor, self.calls = factor, 0

    def value(self, point):
        self.calls += 1
        return self.factor(self, point) * point.truth


def test_a_claim_without_a_value_at_a_wide_point_may_be_right():
    replay = Replay((W**2).sum(), W)
    points = replay.points()
    assert {point.wide for point in points} == {True, False}
    for wide in (True, False):
        way = Odd(lambda way, point, wide=wide: np.nan if point.wide is wide else 1.0)
        tried = Tried(way, points, replay.recorded)
        assert tried.right is wide
        assert len(tried.trials) == sum(not point.wide for point in points) if wide else len(points)


def test_what_has_no_value_when_numbers_are_shaken_is_no_rounding():
    point = Replay((W**2).sum(), W).recorded
    way = Odd(lambda way, point: 1.0 + 1e-8 if way.calls == 1 else {}["nothing"])
    assert way.accepts(way.at(point)) is False and way.calls == 2


def test_what_moves_when_numbers_are_shaken_is_rounding():
    point = Replay((W**2).sum(), W).recorded
    moving, steady = Odd(lambda way, point: 1.0 + 1e-8 * way.calls), Odd(lambda way, point: 1.0 + 1e-8)
    assert moving.accepts(moving.at(point)) is True and steady.accepts(steady.at(point)) is False


def test_masks_move_along():
    chosen = W > 0.0
    replay = Replay(np.where(chosen, W, 2 * W).sum(), W)
    point = replay.recorded
    moving = {id(node) for node in point.all_depending}
    assert id(point.twin[chosen]) in moving and id(point.wrt) not in moving


def test_equal_but_for_rounding():
    assert agree([1.0, 1e-20], [1.0, 2e-20]) and not agree([1e-20], [2e-20]) and same([1e-20], [2e-20])
    assert agree([1e12, 1.0], [1e12, 1.0 + 1e-11]) and not agree([1e12, 1.0], [1e12, 1.5])
    assert not agree([1.0, 2.0], [1.0, 2.0 + 1e-8]) and agree([], []) and not agree([1.0], [[1.0]])
    assert agree([np.nan], [np.nan]) is agree([1.0], [2.0]) is same([1.0], [2.0]) is same([1.0], [[1.0]]) is False
    assert agree([0.0], [0.0]) and same([np.inf], [1.0]) is same([1.0], [np.inf]) is False
    assert not same([1e-12], [5e-11]) and same([], []) and same([np.inf], [np.inf]) is False


def test_one_number_for_all_entries():
    for truth in ([2.0, 2.0], [[3.0]]):
        assert np.array_equal(_repeated(np.array(2.0), np.array(truth)), np.full(np.shape(truth), 2.0))
    for claimed, truth in ((2.0, [2.0, 3.0]), ([2.0, 3.0], [[2.0, 3.0], [2.0, 3.0]]), (2.0, 2.0), ([2.0], [2.0, 2.0])):
        assert _repeated(np.array(claimed), np.array(truth)).shape == np.shape(claimed)


def test_what_a_trial_says():
    point = Replay((W**2).sum(), W).recorded
    right, halved = Trial(point, point.truth), Trial(point, 2 * point.truth).divided_by(Factor(2.0))
    assert right.usable and right.right is halved.right is True and not right.trouble
    other, infinite = Trial(point, [1.0]), Trial(point, np.full(3, np.inf))
    assert not other.usable and not other.trouble and infinite.trouble == "it is not a number there"
    assert Trial(point, np.full(3, np.nan), "why").trouble == "why" and not infinite.usable and not infinite.is_finite
    none = Trial(point, None, "why", outside=True).divided_by(Factor(2.0))
    assert none.claimed is None and none.trouble == "why" and none.is_finite and not none.usable
    assert right.outside is False


@pytest.mark.parametrize(
    ("raised", "outside"),
    [(IndexError("7"), True), (ValueError("index 7 is out of bounds"), True), (KeyError("seven"), False)],
)
def test_what_a_way_says_at_a_point(raised, outside):
    point = Replay((W**2).sum(), W).recorded

    def failing(way, point):
        raise raised

    trial = Odd(failing).at(point)
    assert trial.claimed is None and trial.outside is outside and trial.trouble
    divided = Odd(lambda way, point: 1 / 0).at(point)  # as NumPy's numbers would
    assert divided.claimed.shape == (3,) and np.all(np.isnan(divided.claimed))
    for value in ("text", object(), 1j):
        with pytest.raises(UncallableError, match=type(value).__name__):
            Says(value).at(point)
    assert Says(True).at(point).claimed.tolist() == 1.0 and Way.everywhere is True


class Says(Way):
    """A value, whatever the point."""

    def __init__(self, held):
        self.held = held

    def value(self, point):
        return self.held


def test_what_is_right_is_not_shaken_and_what_is_far_off_is_wrong():
    point = Replay((W**2).sum(), W).recorded
    right, far = Odd(lambda way, point: 1.0), Odd(lambda way, point: 1.0 + 1e-3 * way.calls)
    assert right.accepts(right.at(point)) is True and right.calls == 1
    assert far.accepts(far.at(point)) is False and far.calls == 1


@pytest.mark.parametrize(("scale", "off", "calls"), [(1e-18, 5e-17, 7), (1e-16, 5e-16, 7), (1.0, 5e-8, 2)])
def test_what_is_tiny_is_shaken_in_several_ways(scale, off, calls):
    point = Replay(scale * (W**2).sum(), W).recorded
    way = Odd(lambda way, point: 1.0 + off / point.truth)
    assert way.accepts(way.at(point)) is False and way.calls == calls


def test_where_a_way_has_values():
    replay = Replay((W**2).sum(), W)
    point, wide = replay.recorded, next(each for each in replay.points() if each.wide)
    tried = Tried(Odd(lambda way, point: 1.0 if point.recorded else {}[0]), [point, wide], point)
    (valued,) = tried.valued
    assert tried.has_values is tried.held is False and valued.usable and tried.shape == (3,)
    assert Tried(Says(1.0), [point], point).shape == () and Tried(Says([1.0]), [wide], point).has_values is False
    assert Tried(Odd(lambda way, point: {}[0]), [wide], point).shape is None
    assert Tried(Says(point.truth), [], point).has_values is True


def test_an_error_in_one_line():
    errors = (ValueError("one\ntwo"), ValueError("\n one \n two"), ValueError(""), ZeroDivisionError(" \n "))
    assert [_in_one_line(each) for each in errors] == ["one", "one", "ValueError", "ZeroDivisionError"]
    for product in (np.matmul, np.dot):
        with pytest.raises(ValueError) as caught:
            product(np.ones((2, 3)), np.ones((4, 5)))
        assert _in_one_line(caught.value) == "a matrix product whose inner sizes differ, 3 ≠ 4"


def test_a_judge_without_a_derivation():
    verdict = Judge(Gradient((W**2).sum(), W)).verdict("w")
    assert verdict.ok is False and verdict.mistake == "constant-factor"
