"""Mistakes of the whole gradient: factors, sums, transposes, other variables, and the operation that is named."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.checking import shapes
from tinygrad_edu.checking.evidence import Edge

X = Tensor([0.3, -0.8, 1.4], name="x")
Y = Tensor([1.3, 0.8, 0.4], name="y")
T = np.array([1.0, -2.0, 4.0])
M = np.array([[1.0, -2.0, 4.0], [3.0, 0.5, 7.0]])


def trial(claimed, truth, lengths=None, cotangents=None):
    claimed, truth = np.asarray(claimed, float), np.asarray(truth, float)
    point = SimpleNamespace(lengths=lengths or {}, all_cotangents=cotangents or {})
    return SimpleNamespace(claimed=claimed, truth=truth, usable=claimed.shape == truth.shape, point=point)


def shown(findings):
    return [
        (f.mistake, f.kind, f.how, None if f.factor is None else str(f.factor), f.whole, f.common) for f in findings
    ]


# ── factors ──


def known(trials, one=False, evident=True):
    return SimpleNamespace(
        usable=trials, lengths=lambda several: [t.point.lengths for t in several],
        recording=SimpleNamespace(wrt=X), is_one_where_recorded=lambda factor: one, is_evidence=lambda factor: evident,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(0 * T, 0 * T), (3 * T, T), (7 * T, T)], [("mean-factor", "whole", "", "N", True, 0)]),
        ([(3 * T, T), (0 * T, 0 * T), (7 * T, T)], [("constant-factor", "whole", "", "3", True, 0)]),
        ([(-2 * T, T)], [("sign", "whole", "", "−2", True, 0), ("constant-factor", "whole", "", "−2", True, 1)]),
        ([(0 * T, T), (0 * T, 2 * T)], [("missing-path", "whole", "zero", "0", False, 0)]),
        ([(T, 0 * T)], []), ([(0 * T, 0 * T)], []), ([(2 * T + 1, T)], []), ([(2 * T, T), (T**2, T)], []),
    ],
)  # fmt: skip
def test_one_factor_of_the_whole(pairs, expected):
    lengths = [{"N": n} for n in (5, 3, 7)]
    trials = [trial(*pair, lengths=each) for pair, each in zip(pairs, lengths, strict=False)]
    if expected and expected[0][3] == "3":
        trials[2] = trial(3 * T, T, lengths={"N": 7})
    found = shapes.of_factor(known(trials))
    assert shown(found) == expected and all(f.node is (X if f.how == "zero" else None) for f in found)
    assert shapes.of_factor(known(trials, one=True)) == shapes.of_factor(known(trials, evident=False)) == []


# ── sums ──


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (X, False), (X + Y, True), (X - Y, True), (X * Y, False), (-X, False), (X.sum(), True), (X @ Y, True),
        (np.max(X), False), (X[0], False), (X.reshape(3, 1), False), (np.tanh(X), False), (X.mean(), True),
    ],
)  # fmt: skip
def test_which_operations_may_add_up(node, expected):
    assert shapes._may_add_up(node) is expected


def test_a_sum_that_was_kept():
    def found(claims, order=(X + Y,)):
        trials = [trial(claim, truth) for claim, truth in zip(claims, (M, M + 1), strict=True)]
        return shown(shapes.of_kept_sum(SimpleNamespace(order=order, usable=trials, worst=trials[0])))

    columns = [np.tile(each.sum(axis=0), (2, 1)) for each in (M, M + 1)]
    kept = [("extra-sum", "extra-sum", "kept", None, False, 0)]
    assert found(columns) == found([np.full((2, 3), each.sum()) for each in (M, M + 1)]) == kept
    assert found([np.tile(each.sum(axis=1)[:, None], (1, 3)) for each in (M, M + 1)]) == kept
    assert found([columns[0], columns[0]]) == found(columns, (X * Y, X)) == found([M, M + 1]) == []


@pytest.mark.parametrize(
    ("dims", "expected"),
    [(0, []), (1, [(0,)]), (2, [(0, 1), (0,), (1,)]), (3, [(0, 1, 2), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)])],
)
def test_choices_of_axes(dims, expected):
    assert list(shapes._choices_of_axes(dims)) == expected


@pytest.mark.parametrize(
    ("a", "axes", "b", "expected"),
    [
        (M, (0,), M.sum(axis=0), True), (M, (0,), M.sum(axis=0, keepdims=True), True), (M, (1,), M.sum(axis=0), False),
        (M, (0,), -M.sum(axis=0), False), (M[:1], (0,), M[0], False), (M, (0, 1), M.sum(), True),
    ],
)  # fmt: skip
def test_what_sums_to_another_array(a, axes, b, expected):
    assert shapes._sums_to(a, axes, b) is expected


# ── other variables ──


def test_the_gradient_of_another_variable():
    hidden = np.tanh(X)
    loss = (hidden * Y).sum()
    recording = SimpleNamespace(wrt=X, loss=loss, nodes=[X, Y, hidden, loss])
    evidence = SimpleNamespace(recording=recording, order=[loss, hidden, X])

    def found(claims, *tables, truth=T):
        trials = [trial(claim, truth, cotangents=table) for claim, table in zip(claims, tables, strict=True)]
        return [(f.node.op or f.node.name, f.kind, f.common) for f in shapes.of_other_variable(evidence, trials)]

    of_y, of_hidden = {Y: 2 * T, hidden: T + 1}, {Y: 3 * T, hidden: T + 2}
    assert found([2 * T, 3 * T], of_y, of_hidden) == [("y", "unrelated", 0)]
    assert found([T + 1, T + 2], of_y, of_hidden) == [("tanh", "on-the-way", 1)]
    assert found([2 * T, 3 * T], of_y, {Y: 3 * T}) == [("y", "unrelated", 0)]  # nothing came to tanh x at the second
    assert found([2 * T, 2 * T], {Y: 2 * T, hidden: 2 * T}, {Y: 2 * T, hidden: 2 * T}) == [
        ("tanh", "on-the-way", 1), ("y", "unrelated", 0),
    ]  # fmt: skip
    assert found([T, T], {X: T, loss: T}, {X: T, loss: T}) == []
    # one number for all entries; but not one that is the same at every point, unless the gradient is a single number
    ones = np.ones(3)
    assert found([2 * ones, 3 * ones], {Y: 2.0}, {Y: 3.0}) == [("y", "unrelated", 0)]
    assert found([2 * ones, 2 * ones], {hidden: 2.0, Y: 2 * ones}, {hidden: 2.0, Y: 2 * ones}) == [
        ("y", "unrelated", 0)
    ]
    assert found([2 * ones, 2 * ones], {Y: 2.0}, {Y: 2.0}) == []
    assert found([2.0, 2.0], {Y: 2.0}, {Y: 2.0}, truth=1.0) == [("y", "unrelated", 0)]
    assert found([2.0, 2.0], {Y: 2.0}, {Y: 2.0}) == []


def test_a_number_for_all_entries_of_a_claim_of_another_shape():
    assert shapes._is_or_repeats(2.0, trial(2 * np.ones(3), T)) and not shapes._is_or_repeats(2.0, trial(np.ones(3), T))
    assert not shapes._is_or_repeats(2.0, trial(2 * np.ones(4), T)) and shapes._is_or_repeats(T, trial(T, M))
    assert shapes._is_or_repeats(2.0, trial(2.0, T)) and shapes._is_or_repeats(T, trial(T, T))
    assert shapes._is_one_number([np.array(1.0), 1.0]) and not shapes._is_one_number([1.0, 2.0])
    assert not shapes._is_one_number([np.ones(2), np.ones(2)]) and shapes._is_one_number([2.0])


# ── other shapes ──


@pytest.mark.parametrize(
    ("claims", "truths", "expected"),
    [
        ([M, 2 * M], [M.sum(axis=0), 2 * M.sum(axis=0)], ["missing-sum summed-later"]),
        ([M, M], [M.sum(axis=0), 2 * M.sum(axis=0)], []),
        ([M, 2 * M], [M.sum(axis=0, keepdims=True), 2 * M.sum(axis=0, keepdims=True)], ["missing-sum summed-later"]),
        ([T.sum(), 2 * T.sum()], [T, 2 * T], ["extra-sum summed"]), ([T.sum(), T.sum()], [T, 2 * T], []),
        ([M.sum(axis=0, keepdims=True)], [M], ["extra-sum summed"]), ([M.T], [M], ["transpose whole"]),
        ([M.T, M.T], [M, 2 * M], []), ([np.stack([M, M]).T], [np.stack([M, M])], []), ([T + 1], [M], []),
    ],
)  # fmt: skip
def test_a_claim_of_another_shape(claims, truths, expected):
    evidence = SimpleNamespace(recording=SimpleNamespace(wrt=X, loss=X.sum(), nodes=[]), edges=[], order=[])
    trials = [trial(claim, truth) for claim, truth in zip(claims, truths, strict=True)]
    found = list(shapes.of_another_shape(evidence, trials))
    assert [f"{f.mistake} {f.how}" for f in found] == expected
    assert all(f.mistake == f.kind and (f.node, f.place) == (None, None) for f in found)


# ── where ──


def test_the_operation_that_is_named():
    W, data = Tensor(M, name="W"), Tensor(M.T, name="A", requires_grad=False)
    product, twice, repeated, other = data @ W, W * 2.0, W + Tensor(np.ones((4, 2, 3)), name="b"), X @ Y
    edges = [Edge(twice, W, (0,)), Edge(other, X, (0,)), Edge(product, W, (1,)), Edge(repeated, W, (0,))]

    def evidence(*which):
        return SimpleNamespace(recording=SimpleNamespace(wrt=W), edges=[edges[i] for i in which])

    assert shapes._product_at(evidence(0, 1, 2, 3)) == shapes._product_at(evidence(3, 2)) == (product, (product, 1))
    assert shapes._product_at(evidence(0, 1, 3)) == shapes._broadcast_at(evidence(0, 1, 3)) == (repeated, (repeated, 0))
    assert shapes._broadcast_at(evidence(1, 0)) == (twice, (twice, 0))
    assert shapes._broadcast_at(evidence(1)) == shapes._broadcast_at(evidence()) == (None, None)
    for names, node in ((["A"], product), (["y"], other), (["W"], product), (["none"], product), ([], product)):
        found = shapes.of_transposed(evidence(0, 1, 2), names)
        assert (found.mistake, found.kind, found.how) == ("transpose", "transpose", "transposed")
        assert found.node is node and found.place[0] is node
    assert shapes.of_transposed(evidence(0), ["W"]).node is twice
    assert shapes._is_product(product) and not shapes._is_product(twice) and not shapes._is_product(W)
