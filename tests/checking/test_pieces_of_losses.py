"""Every piece of a loss with kinks is met by the points at which a claim is tried, however seldom numbers fall there.

So a claim that lost one piece has no tick, and what is said of it is true at that piece, too.
"""

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive
from tinygrad_edu.checking.replay import Replay

pytest.importorskip("lark")

# A condition that is met from both sides, and each side of it alone
TWO_SIDED = {
    "abs": (lambda x: np.abs(x) > 6, "np.abs(x) > 6", "x > 6", "x < -6"),
    "square": (lambda x: x**2 > 36, "x**2 > 36", "x > 6", "x < -6"),
    "beside another kink": (lambda x: np.abs(x - 3) > 2, "np.abs(x - 3) > 2", "x > 5", "x < 1"),
    "far away": (lambda x: np.abs(x - 20) > 2, "np.abs(x - 20) > 2", "x > 22", "x < 18"),
    "inside": (lambda x: np.abs(x + 4) < 1, "np.abs(x + 4) < 1", "(x > -5)*(x < -4)", "(x > -4)*(x < -3)"),
}


def of(loss, seed=3, scale=9.0, size=6):
    x = Tensor(np.random.default_rng(seed).uniform(-scale, scale, size=size), name="x")
    return derive(loss(x).sum(), x)


@pytest.mark.parametrize("scale", [9.0, 0.5])
@pytest.mark.parametrize("name", TWO_SIDED)
@pytest.mark.parametrize(("seed", "size"), [(0, 6), (1, 6), (2, 1), (3, 2)])
def test_one_side_of_a_condition_is_not_the_whole(name, scale, seed, size):
    condition, whole, *sides = TWO_SIDED[name]
    d = of(lambda x: np.where(condition(x), x**2, 0.0), seed, scale, size)
    assert d.check(f"2*x*({whole})").ok
    for side in sides:
        verdict = d.check(f"2*x*({side})")
        assert verdict.ok is False and "is 0" not in verdict.message
    assert "is 0 at all numbers" in d.check("0*x").message


PIECES = {
    "where": (lambda x: np.where(x > 3, x**2, x), "x > 3", "1", "2*x"),
    "maximum": (lambda x: np.maximum(x, 2.0), "x > 2", "0", "1"),
    "minimum": (lambda x: np.minimum(3 * x, x + 8.0), "x > 4", "3", "1"),
    "relu": (lambda x: np.maximum(x - 5.0, 0.0), "x > 5", "0", "1"),
    "abs": (lambda x: np.abs(x - 7.0), "x > 7", "-1", "1"),
    "clip": (lambda x: np.clip(x, -50.0, 4.0) * x, "x > 4", "2*x", "4"),
}


@pytest.mark.parametrize("name", PIECES)
def test_each_piece_counts(name):
    """A claim with one piece in the place of the other is wrong, and never called a 0."""
    loss, condition, below, above = PIECES[name]
    d = of(loss)
    assert name == "clip" or d.check(f"np.where({condition}, {above}, {below})").ok
    for one, other in (
        (below, below),
        (above, above),
        (above, f"{below} + 1"),
        (f"2*({above})", below),
        (below, above),
    ):
        verdict = d.check(f"np.where({condition}, {one}, {other}) + 0*x")
        assert verdict.ok is False
        assert "is 0" not in verdict.message or other == one == "0", verdict.message


def test_what_is_said_of_a_wrong_claim_holds_at_the_recorded_numbers():
    """Numbers are drawn around 1, so that x > 3 was never met, and 2x for x > 3 was called 0."""
    d = of(lambda x: np.where(x > 3, x**2, x))
    for text in ("2*x*(x > 3)", "np.where(x > 3, 2*x, 0)"):
        verdict = d.check(text)
        assert verdict.mistake == "missing-path" and "is 0" not in verdict.message
    assert d.check("np.where(x > 4, 2*x, 1)").mistake == "special-case"  # was called the derivative of x² left out
    verdict = of(lambda x: np.where(np.abs(x) > 6, x**2, 0.0)).check("2*x*(x > 6)")
    assert verdict.mistake == "special-case" and "a condition in it" in verdict.message


def test_which_points_tell():
    x = Tensor([0.5, -1.0], name="x")
    assert list(Replay((x**2).sum(), x).telling((), False, ())) == []
    replay = Replay(np.maximum(x, 0.0).sum(), x)
    first, *others = replay.telling(replay.meanings[0], False, ())
    assert first is replay.recorded and len(others) == 4
    x = Tensor([0.0, -1.0], name="x")  # the slope at 0 is a convention
    replay = Replay(np.maximum(x, 0.0).sum(), x)
    assert not any(point.recorded for point in replay.telling(replay.meanings[0], False, ()))
    assert derive(np.maximum(x, 0.0).sum(), x).check("2*(x >= 0)").mistake == "constant-factor"
