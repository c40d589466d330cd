"""A claim tried at points: which trials are kept, which points move, and what a judge does without a derivation."""

from types import SimpleNamespace

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.checking.judge import Judge
from tinygrad_edu.checking.replay import Replay
from tinygrad_edu.checking.texts import read_text
from tinygrad_edu.checking.trials import Tried, Way, _in_one_line, agree, same

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
    assert not agree([np.nan], [np.nan])


def test_an_error_in_one_line():
    errors = (ValueError("one\ntwo"), ValueError("\n one \n two"), ValueError(""), ZeroDivisionError(" \n "))
    assert [_in_one_line(each) for each in errors] == ["one", "one", "ValueError", "ZeroDivisionError"]
    for product in (np.matmul, np.dot):
        with pytest.raises(ValueError) as caught:
            product(np.ones((2, 3)), np.ones((4, 5)))
        assert _in_one_line(caught.value) == "a matrix product whose inner sizes differ, 3 ≠ 4"


def test_a_judge_without_a_derivation():
    verdict = Judge(SimpleNamespace(loss=(W**2).sum(), wrt=W)).verdict("w")
    assert verdict.ok is False and verdict.mistake == "constant-factor"
