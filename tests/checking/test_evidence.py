"""What a search for mistakes works with: the trials that can be used, the places, and what a slip is worth there."""

from __future__ import annotations

import numpy as np
import pytest
import tried

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.checking.factors import Factor
from tinygrad_edu.checking.mistakes import lost, scaled

X = Tensor([0.3, -0.8, 1.4], name="x")
SINES = np.sin(X)
LOSS = (SINES * X).sum()


def evidence(claim, loss=LOSS, wrt=X, only=None):
    return tried.evidence(loss, wrt, claim, only)


def gradient(x, of_sine=1.0):
    return np.sin(x) + of_sine * x * np.cos(x)


def test_the_trials_that_can_be_used():
    found = evidence(lambda x: gradient(x)[:2] if len(x) == 3 else gradient(x))
    lengths = [trial.point.lengths["N"] for trial in found.trials]
    assert 3 in lengths and [n["N"] for n in found.lengths()] == [n for n in lengths if n != 3]
    assert [n["N"] for n in found.lengths(found.trials)] == lengths


def test_where_a_claim_is_most_wrong():
    found = evidence(lambda x: gradient(x) + 1.0 * (len(x) == 5) + 9.0 * (len(x) == 7))
    assert found.worst.point.lengths["N"] == 7
    halves = found.divided_by(Factor(2.0))
    assert halves.worst.point is found.worst.point and halves.edges is found.edges
    assert np.allclose(halves.worst.claimed, found.worst.claimed / 2) and len(halves.trials) == len(found.trials)
    assert evidence(gradient, only=lambda replay: [replay.recorded]).worst.point.recorded


def test_how_many_numbers_were_compared():
    x = Value(0.7, name="x")
    once = evidence(lambda x: np.cos(x), np.sin(x), x)
    assert once.numbers_compared == len({float(trial.truth) for trial in once.usable}) > 1
    flat = Tensor([0.3, -0.8, 1.4], name="x")
    assert evidence(lambda x: 0 * x + 2, (2 * flat).sum(), flat).numbers_compared == 1
    signs = evidence(lambda x: np.where(np.arange(len(x)) == 0, -2, 2), (2 * flat).sum(), flat)
    assert signs.numbers_compared == 2


def test_where_contributions_pass():
    edges = evidence(gradient).edges
    times = LOSS.parents[0]
    assert [(e.node, e.parent, e.positions) for e in edges] == [
        (LOSS, times, (0,)), (times, SINES, (0,)), (times, X, (1,)), (SINES, X, (0,)),
    ]  # fmt: skip
    assert edges[2].place == (times, 1)
    square = X * X
    found = evidence(lambda x: 0 * x, (square + np.exp(SINES)).sum(), SINES).edges  # what is asked about is no leaf
    assert [(e.node.op, e.parent.op) for e in found] == [("sum", "add"), ("add", "exp"), ("exp", "sin")]
    assert [e.positions for e in evidence(lambda x: 0 * x, square.sum()).edges] == [(0,), (0, 1)]


def test_nothing_passes_where_an_operation_has_no_derivative():
    first = tg.primitive(lambda a, b: a * b, lambda g, out, a, b: g * b, None, name="first")
    found = evidence(lambda x: np.sin(x), first(X, SINES).sum()).edges
    assert [(e.node.op, e.parent.op, e.positions) for e in found] == [
        ("sum", "first", (0,)), ("first", X.op, (0,)), ("sin", X.op, (0,)),
    ]  # fmt: skip


def test_inner_products_with_how_nodes_move():
    found = evidence(lambda x: gradient(x) + 2.0)
    trial = found.usable[0]
    way, ones = trial.point.direction, np.ones_like(trial.truth)
    assert found.along(trial, ones, X) == float(np.sum(way))
    moved = np.sum(np.cos(trial.point.names["x"]) * way)
    assert np.isclose(found.along(trial, ones, SINES), moved, rtol=1e-6)
    expected = [2.0 * np.sum(each.point.direction) for each in found.usable]
    assert np.allclose(found.need, expected, rtol=1e-12)


def test_what_explains_a_claim():
    times = LOSS.parents[0]
    found = evidence(lambda x: gradient(x, 0.0))
    explaining, other = {(SINES, 0): lost}, {(SINES, 0): scaled(2.0)}
    assert found.explains(explaining) is True and found.explained_by(explaining) is True
    assert found.explains(other) is False and found.explained_by(other) is False
    assert found.explains({(times, 0): lambda *any: np.ones((2, 9))}) is False  # of another shape
    at_the_worst = evidence(lambda x: gradient(x, 0.0) if len(x) == 7 else gradient(x) + 1e-3)
    assert at_the_worst.worst.point.lengths["N"] == 7
    assert at_the_worst.explains(explaining, [at_the_worst.worst]) and not at_the_worst.explained_by(explaining)
    elsewhere = evidence(lambda x: gradient(x) + 9.0 if len(x) == 7 else gradient(x, 0.0))
    assert elsewhere.explains(explaining, [t for t in elsewhere.usable if t is not elsewhere.worst])
    assert not elsewhere.explained_by(explaining)


@pytest.mark.parametrize(("factor", "evident"), [(Factor(2.0), True), (Factor(1.23), False), (Factor(7.0), False)])
def test_any_number_is_some_multiple_of_another(factor, evident):
    x = Value(0.7, name="x")
    assert evidence(lambda x: np.cos(x), np.sin(x), x, lambda replay: [replay.recorded]).is_evidence(factor) == evident
    assert evidence(lambda x: np.cos(x), np.sin(x), x, lambda replay: replay.points()[:2]).is_evidence(factor)


@pytest.mark.parametrize(
    ("factor", "one"),
    [
        (Factor(1 / 3, {"N": 1}), True), (Factor(3.0, {"N": -1}), True), (Factor(1 / 3), False), (Factor(1.0), False),
        (Factor(1 / 4, {"N": 1}), False), (Factor(1.0, {"N": 1}), False), (Factor(-1.0, {"N": 1}), False),
    ],
)  # fmt: skip
def test_a_size_written_as_a_number(factor, one):
    assert evidence(gradient).is_one_where_recorded(factor) is one


def test_sizes_that_are_equal_are_no_number():
    w = Tensor([[0.3, -0.8], [1.4, 0.2]], name="w")
    found = evidence(lambda w: 2 * w, (w * w).sum(), w)
    assert found.is_one_where_recorded(Factor(2.0, {"N": -1})) and found.is_one_where_recorded(Factor(0.5, {"D": 1}))
    assert not found.is_one_where_recorded(Factor(1.0, {"N": 1, "D": -1}))
