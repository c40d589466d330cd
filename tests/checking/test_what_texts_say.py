"""A text as a claim: which names it knows, how its error is shown, what stands beside it in the graph."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive
from tinygrad_edu.checking import texts
from tinygrad_edu.checking.recording import Recording
from tinygrad_edu.checking.replay import Replay
from tinygrad_edu.checking.texts import read_text
from tinygrad_edu.errors import UnreadableError
from tinygrad_edu.reading.variable import LeftSide

RNG = np.random.default_rng(5)


def leaf(name, *shape):
    return Tensor(RNG.normal(size=shape), name=name)


def test_what_stands_beside_a_claim():
    A, B, T, x, b, c, s = leaf("A", 3, 3), leaf("B", 2, 3), leaf("T", 3, 3, 3), *(leaf(n, 3) for n in "xbc"), leaf("s")
    nameless = Tensor([1.0, 2.0, 3.0])
    inner = np.tanh(A @ x + b + nameless) * c * x * (T.sum() + s * 2.0) - np.maximum(x, c)
    inner.name = "h"
    recording = Recording((-np.square(inner) + np.sin(np.sign(inner)) - inner.mean() * inner).sum() + (B @ b).sum(), x)
    found = texts.surroundings(recording)
    assert found.addends == ["b"]
    assert found.functions == ["sin", "square", "tanh"]
    assert found.partners == {"A": ["x"], "x": ["A"], "B": ["b"], "b": ["B"], "c": [], "h": [], "s": []}


def test_what_stands_around_a_place():
    text = "0123456789" * 6
    assert texts._around(text, 30) == text[14:46] and texts._around(text, 3) == text[:19]
    assert texts._around(text, 16) == text[:32] and texts._around(text, 17) == text[1:33]
    assert texts._around("  a + b  ", 4) == "a + b"
    assert texts._around("dz = p + y\ndw = X.T", 5) == texts._around(r"dv \\ dz = p + y \\ dw", 12) == "dz = p + y"


def test_letters_of_bare_arrays_can_be_spoken_of():
    w, b = leaf("w", 4), np.array([0.3, -1.7, 2.2, 5.0])
    replay = Replay((b * w * w).sum(), w, letters={"b": b})
    for text in ("2*b*w", r"2 b_i w_i"):
        (claim,) = read_text(text, replay)
        (way, *_) = claim.ways()
        assert all(way.at(point).right for point in replay.points())
    with pytest.raises(UnreadableError, match="unknown name 'b'"):
        read_text("2*b*w", Replay((b * w * w).sum(), w))


def test_a_gradient_is_not_claimed_with_itself():
    w, X = leaf("w", 3), leaf("X", 5, 3)
    z = X @ w
    z.name = "z"
    replay = Replay((z**2).sum(), w)
    for text in ("dw = dw", "dw = 2*dw - 2*X.T@z"):
        with pytest.raises(UnreadableError, match="w"):
            read_text(text, replay)[0].ways()
    (way, *_) = read_text("dw = X.T@dz", replay)[0].ways()
    assert all(way.at(point).right for point in replay.points())


def test_the_loss_that_a_left_side_writes_out():
    w = leaf("w", 3)
    replay = Replay((w**2).sum(), w)
    for text, derives in (
        (r"\frac{\partial}{\partial w} \sum_i w_i^2 = 2w", True),
        (r"\frac{\partial}{\partial w} \sum_i w_i^3 = 2w", False),
        ("dw = 2w", False),
    ):
        (claim,) = read_text(text, replay)
        assert texts.derives_the_loss(claim.claim, replay, replay.points()) is derives


def test_in_which_order_the_axes_of_another_node_come():
    X = leaf("X", 4, 3)
    Z = X * 2.0
    Z.name = "Z"
    replay = Replay((Z**2).sum(), X)
    for point in (replay.recorded, replay.points()[0]):
        twice = 2 * point.names["X"]
        for text, without in (("Z = 2 X", twice), (r"Z_{ij} = 2 X_{ij}", twice), (r"Z_{ji} = 2 X_{ji}", twice.T)):
            (claim,) = read_text(text, replay)
            assert any(np.array_equal(meant, twice) for meant in claim.meanings_at(point, Z))
            assert any(np.array_equal(meant, without) for meant in claim.meanings_at(point))


def test_what_has_to_be_said_with_a_right_claim():
    w = leaf("w", 3)
    replay = Replay((w**2).sum(), w)
    for left, said in ((r"\nabla_\theta J", "θ on the left read as w"), (r"\nabla_w J", "")):
        (way,) = read_text(f"{left} = 2w", replay)[0].ways()
        assert way.said_if_right == said
    claim = read_text("2w", replay)[0]

    class Doubtful:
        def guesses(self):
            return "guessed"

        def __str__(self):
            return "unlikely"

    def readings(target):
        return [Doubtful(), Doubtful()] if target == ("N",) else []

    read = SimpleNamespace(readings=readings, left=LeftSide(), where="")
    assert [way.said_if_right for way in claim._ways_of(read)] == ["guessed", "unlikely"]


def test_the_one_node_that_is_worth_as_much():
    w, v = leaf("w", 3), leaf("v", 3)
    square = w * w
    square.name = "q"
    replay = Replay((square * v).sum(), w)
    standing = {
        text: texts._standing(replay, read_text(text, replay)[0].claim) for text in ("w^2", "w", "3*w", "v", "w*v")
    }
    assert standing == {"w^2": "q", "w": "w", "3*w": None, "v": "v", "w*v": None}
    twice = Replay((square * v).sum(), w, letters={"p": square})
    assert twice.names["p"] is twice.names["q"] and texts._standing(twice, read_text("w^2", twice)[0].claim) == "q"
    ones = Tensor([1.0, 1.0, 1.0], name="w")
    product = ones * ones
    product.name = "q"
    alike = Replay((product * v).sum(), ones)  # only where it was recorded
    assert texts._standing(alike, read_text("w^2", alike)[0].claim) == "q"
    same = v * 1.0
    same.name = "u"
    both = Replay((square * same).sum(), w)
    assert texts._standing(both, read_text("v", both)[0].claim) is None


@pytest.mark.parametrize("letter", ["K", "D", "C", "d"])
def test_a_letter_that_is_unusual_for_the_only_size_is_said(letter):
    w = Tensor([0.3, -1.2, 0.7], name="w")
    verdict = derive((w**2).mean(), w).check(f"2 w / {letter}")
    assert verdict.ok and f"{letter} read as N" in verdict.message
    for usual in ("N", "n", "m", "M", "B"):
        assert derive((w**2).mean(), w).check(f"2 w / {usual}").message == "Right: this is ∂L/∂w."


@pytest.mark.parametrize("letter", ["q", "R", "k", "D"])
def test_a_letter_for_the_last_place_of_a_sum_is_said(letter):
    X, y = leaf("X", 5, 3), leaf("y", 5)
    w = Tensor([0.3, -1.2, 0.7], name="w")
    d = derive(((X @ w - y) ** 2).mean(), w)
    verdict = d.check(rf"\frac2N\sum_{{i=1}}^{letter} (w^T x_i - y_i) x_i")
    assert verdict.ok and f"{letter} read as N" in verdict.message
    assert d.check(r"\frac2N\sum_{i=1}^{n} (w^T x_i - y_i) x_i").message == "Right: this is ∂L/∂w."


def test_the_order_of_indices_is_told_by_the_left_side_alone():
    Z = leaf("Z", 5, 3)
    d = derive((Z[:, 0] * Z[:, 1]).mean(), Z)
    for right in (
        "∂L/∂Zᵢⱼ = (1[j = 1] Z[i, 2] + 1[j = 2] Z[i, 1])/N",
        "∂L/∂Zⱼᵢ = (1[i = 1] Z[j, 2] + 1[i = 2] Z[j, 1])/N",
    ):
        assert d.check(right).message == "Right: this is ∂L/∂Z."
    assert d.check("∂L/∂Zⱼᵢ = (1[j = 1] Z[i, 2] + 1[j = 2] Z[i, 1])/N").ok is False
    assert d.check("∂L/∂Zᵢⱼ = (1[j = 1] Z[i, 1] + 1[j = 2] Z[i, 2])/N").ok is False
