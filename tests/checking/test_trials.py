"""A claim tried at points: which trials are kept, which points move, and what a judge does without a derivation."""

from types import SimpleNamespace

import numpy as np

from tinygrad_edu import Tensor
from tinygrad_edu.checking.judge import Judge
from tinygrad_edu.checking.replay import Replay
from tinygrad_edu.checking.texts import read_text
from tinygrad_edu.checking.trials import Tried, agree, same

W = Tensor([0.5, -1.0, 2.0], name="w")


def test_a_further_point_is_kept_where_the_claim_is_wrong():
    replay = Replay((W**2).sum(), W)
    points = replay.points()
    for claim, right in (("2w", True), ("w", False)):
        tried = Tried(read_text(claim, replay)[0].ways()[0], points[:1], replay.recorded)
        assert tried.right is right and tried.also_right(points[1]) is right
        assert len(tried.trials) == (1 if right else 2)


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


def test_a_judge_without_a_derivation():
    verdict = Judge(SimpleNamespace(loss=(W**2).sum(), wrt=W)).verdict("w")
    assert verdict.ok is False and verdict.mistake == "constant-factor"
