"""A graph computed again at other numbers and sizes: the gradient there is the engine's, the numbers are in kind."""

import numpy as np
import pytest
from claims import LOSSES, graph_of

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.checking.mistakes import lost
from tinygrad_edu.checking.replay import Replay
from tinygrad_edu.engine.backward import sweep
from tinygrad_edu.errors import ReplayError


def points_of(loss, wrt):
    replay = Replay(loss, wrt)
    return [point for meanings in replay.meanings[:1] for point in replay.points(meanings)]


@pytest.mark.parametrize("name", LOSSES)
def test_the_truth_is_the_engines_gradient(name):
    loss, names = graph_of(name)
    for wrt in [node for node in names.values() if node.requires_grad]:
        found = points_of(loss, wrt)
        assert len(found) >= 3
        for point in found:
            true = sweep(point.loss, 1.0)[point.wrt]
            assert np.allclose(point.truth, true, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", LOSSES)
def test_the_truth_is_what_differences_say(name):
    loss, names = graph_of(name)
    wrt = next(node for node in names.values() if node.rule is None and node.requires_grad)
    point = points_of(loss, wrt)[0]
    # how the loss moves along `direction`, by central differences, is the gradient's inner product with it
    assert np.isclose(point.tangents[loss], np.sum(point.truth * point.direction), rtol=1e-5, atol=1e-8)


def test_sizes_are_told_apart():
    loss, names = graph_of("two_layers")
    first, second, *_ = points_of(loss, names["W_1"])
    for point in (first, second):
        assert len(set(point.lengths.values())) == len(point.lengths)
        assert point.names["X"].shape == (point.lengths["N"], point.names["W_1"].shape[0])
    assert first.lengths != second.lengths != Replay(loss, names["W_1"]).sizes.letters()


def test_sizes_that_were_equal_are_equal_once_more():
    X, W = Tensor(np.ones((3, 3)), name="X"), Tensor(np.eye(3) + 1.0, name="W")
    found = points_of((X @ W).sum(), W)
    assert any(len(set(point.lengths.values())) == 1 for point in found)
    assert any(len(set(point.lengths.values())) > 1 for point in found)


def kinds(data, **options):
    x = Tensor(data, name="x", requires_grad=False)
    w = Tensor(np.full(np.shape(data), 0.5), name="w")
    return [point.names["x"] for point in points_of((w * x).sum(), w)]


def test_numbers_are_drawn_in_kind():
    for x in kinds([0.0, 1.0, 1.0, 0.0]):
        assert set(x.tolist()) == {0.0, 1.0}
    for x in kinds([-1.0, 1.0, 1.0]):
        assert set(x.tolist()) == {-1.0, 1.0}
    for x in kinds([0.2, 0.9, 0.4]):
        assert np.all((x > 0) & (x < 1))
    for x in kinds([3.0, 0.5, 7.0]):
        assert np.all(x > 0)
    for x in kinds([0.0, 3.0, 2.0, 7.0]):
        assert np.array_equal(x, np.round(x)) and np.all(x >= 0)
    for x in kinds([-0.3, 0.5, 7.0]):
        assert len(set(x.tolist())) == len(x)


@pytest.mark.parametrize("rows", [np.eye(3)[[0, 2, 2, 1]], np.eye(4)[:, [1]], np.eye(4)[2], np.eye(3)[[1, 0, 1, 1]].T])
def test_one_hot_stays_one_hot(rows):
    axis = -1 if rows.ndim == 1 or np.all(rows.sum(axis=-1) == 1) else 0
    for x in kinds(rows):
        assert np.all(x.sum(axis=axis) == 1) and set(np.unique(x)) == {0.0, 1.0}
        assert (x.shape[1:] == (1,)) == (rows.shape[1:] == (1,))


def test_distributions_stay_distributions():
    for x in kinds([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]):
        assert np.allclose(x.sum(axis=1), 1) and np.all(x > 0)


def test_weights_that_start_at_zero_do_not_stay_there():
    w = Tensor(np.zeros(3), name="w")
    for point in points_of((w**2).sum(), w):
        assert np.all(point.names["w"] != 0) and np.allclose(point.truth, 2 * point.names["w"])


def test_positive_weights_are_drawn_with_either_sign_where_nothing_forbids_it():
    w = Tensor([1.0, 2.0, 3.0], name="w")
    assert any(np.any(point.names["w"] < 0) for point in points_of(abs(w).sum(), w))
    assert all(np.all(point.names["w"] > 0) for point in points_of(np.log(w).sum(), w))


def test_class_numbers_stay_below_the_number_of_classes():
    z = Tensor(np.random.default_rng(0).normal(size=(4, 3)), name="z")
    labels = np.array([0, 2, 1, 1])
    found = points_of(-tg.log_softmax(z)[np.arange(4), labels].mean(), z)
    assert {point.lengths["N"] for point in found} > {4}
    for point in found:
        assert np.isfinite(point.loss.data)


def test_a_bare_number_may_be_a_size():
    x = Tensor([1.0, 2.0, 3.0, -1.0, 0.5], name="x")
    replay = Replay((x**2).sum() / len(x), x)
    assert [[meaning.text for meaning in meanings] for meanings in replay.meanings] == [["N"], ["5"]]
    for point in replay.points(replay.meanings[0]):
        assert np.allclose(point.truth, 2 * point.names["x"] / len(point.names["x"]))
    for point in replay.points(replay.meanings[1]):
        assert np.allclose(point.truth, 2 * point.names["x"] / 5)


def test_float32_is_replayed_in_double_precision():
    x = Tensor(np.ones(3, np.float32), name="x")
    for point in points_of((x.sum() * 0.1) ** 2, x):
        assert point.truth.dtype == np.float64


def test_a_slip_changes_what_passes_it():
    x = Value(1.5, name="x")
    e = np.exp(x)
    point = points_of(x * e, x)[0]
    at = point.names["x"]
    node = next(here for here in point.recording.nodes if here is e)
    assert np.isclose(point.gradient({(node, 0): lost}), np.exp(at))
    assert np.isclose(point.gradient({}), (1 + at) * np.exp(at))


def test_what_the_loss_does_not_depend_on_is_said():
    x, z = Value(1.0, name="x"), Value(2.0, name="z")
    with pytest.raises(ValueError, match="does not depend on z"):
        Replay(x * x, z)


def test_a_half_that_is_typed_out_is_no_size():
    x = Tensor([1.0, 2.0], name="x")
    assert Replay(0.5 * (x**2).sum(), x).numbers == []
    assert Replay((x**2).sum() / len(x), x).numbers == [2.0]
    assert [r.text for (r,) in Replay((x**2).sum() / len(x), x).meanings][:2] == ["2", "N"]


# ── what is planned ──


def lengths_of(loss, wrt, **options):
    """The lengths of the free sizes at each planned point."""
    return [list(plan.values()) for plan in Replay(loss, wrt)._plans(**{"held": False, "keeping": (), **options})]


def test_the_lengths_that_sizes_take():
    leaves = [Tensor(np.ones(40 + n), name=f"v_{n}") for n in range(12)]
    assert lengths_of(sum((v**2).sum() for v in leaves), leaves[0]) == [
        [5, 3, 4, 7, 2, 6, 11, 13, 17, 19, 23, 63],
        [3, 7, 5, 4, 11, 2, 13, 6, 19, 17, 23, 63],
        [4, 3, 5, 2, 6, 7, 9, 11, 57, 59, 61, 63],
        [],
    ]


def test_the_lengths_of_sizes_that_were_equal_or_are_asked_for_a_place():
    x, w = Tensor(np.ones(6), name="x"), Tensor(np.ones(6), name="w")
    assert lengths_of(x[4] * (w**2).sum(), x) == [[5, 3], [7, 3], [5, 5], []]
    assert lengths_of((w**2).sum() * x[4], x) == [[5, 3], [7, 3], [5, 5], []]


@pytest.mark.parametrize(
    ("held", "tied", "others"),
    [
        (np.triu(np.ones((3, 3))), True, False), (np.eye(3), True, False), (np.ones((3, 3)), False, False),
        (np.tri(3, 4), False, False), (np.arange(9.0).reshape(3, 3), False, True),
    ],
)  # fmt: skip
def test_lengths_that_bare_arrays_tie(held, tied, others):
    X, v = Tensor(np.ones(held.shape), name="X"), Tensor(np.ones(held.shape[1]), name="v")
    loss = (held * X * v).sum()
    first, *_ = lengths_of(loss, X)
    assert first[0] == 5 and (first[1] == 5) is tied
    assert lengths_of(loss, X, held=True) == ([[], [], []] if others else lengths_of(loss, X))
    assert lengths_of(loss, X, keeping=(v,)) == [[5], [7], [4], []]
    assert Replay(loss, X).holds_arrays is others


def asked_for(replay, ways, failing=lambda setting: False):
    """What is asked for at each point, by `ways` of a replay: lengths, "wide", which numbers are turned."""
    asked = []

    def point(setting):
        asked.append((*setting.lengths.values(), *["wide"] * setting.wide, *[setting.turned] * bool(setting.turned)))
        if failing(setting):
            raise ReplayError("no such point")
        return setting

    replay._point = point
    return asked, list(ways(replay))


POINTS = [(5,), (7, "wide"), (4,), ("wide",)]


def test_what_is_drawn_anew_where_a_point_cannot_be_computed():
    x = Tensor(np.ones(3), name="x")
    asked, found = asked_for(Replay((x**2).sum(), x), lambda replay: replay.points())
    assert asked == POINTS and len(found) == 4
    asked, found = asked_for(Replay((x**2).sum(), x), lambda replay: replay.points(), lambda setting: setting.lengths)
    assert asked == [(5,), (5,), (7, "wide"), (7,), (4,), (4,), ("wide",), (), ()] and len(found) == 3
    asked, found = asked_for(Replay((x**2).sum(), x), lambda replay: replay.points(), lambda setting: setting.wide)
    assert asked == [(5,), (7, "wide"), (7,), (4,), ("wide",), (), (), ()] and len(found) == 6
    asked, found = asked_for(Replay((x**2).sum(), x), lambda replay: replay.points(), lambda setting: True)
    assert len(asked) == 9 and found == []


def test_each_side_of_a_kink_is_asked_for_where_sizes_are_fixed():
    s = Value(2.0, name="s")
    asked, found = asked_for(Replay(abs(s), s), lambda replay: replay.points())
    assert asked == [(), ("wide",), (), ("wide", "all"), ("wide", "asked")] and len(found) == 5
    asked, found = asked_for(Replay(abs(s), s), lambda replay: replay.points(), lambda setting: setting.turned)
    assert asked == [(), ("wide",), (), ("wide", "all")] and len(found) == 3


def test_further_points_where_there_is_a_kink():
    x = Tensor(np.ones(3), name="x")
    four = [(5,), (7,), (4, "wide"), ("wide",)]
    for loss in ((x**2).sum(), (x * x > 0.5).sum() * 0 + x.sum()):
        asked, found = asked_for(Replay(loss, x), lambda replay: replay.further())
        assert asked == found == [] if loss.op == "sum" else asked == four * 8
    for nodes, count in ((60, 32), (61, 8)):
        loss = x
        for _ in range(nodes - 2):
            loss = abs(loss)
        asked, found = asked_for(Replay(loss.sum(), x), lambda replay: replay.further(), lambda setting: setting.wide)
        assert asked == four * (count // 4) and len(found) == count // 2


def test_points_with_a_leaf_as_it_was_recorded():
    x = Tensor([0.3, 1.7, -0.4], name="x")
    y = Tensor([1.0, 2.0, 5.5], name="y")
    replay = Replay((np.log(x**2) * y).sum(), x)
    found = replay.keeping(x)
    assert len(found) == 2 and all(np.array_equal(point.names["x"], [0.3, 1.7, -0.4]) for point in found)
    assert len({tuple(point.names["y"]) for point in found}) == 2
    assert asked_for(replay, lambda replay: replay.keeping(x), lambda setting: True) == ([()], [])
