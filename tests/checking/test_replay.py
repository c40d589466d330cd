"""A graph computed again at other numbers and sizes: the gradient there is the engine's, the numbers are in kind."""

from types import SimpleNamespace

import numpy as np
import pytest
from claims import LOSSES, graph_of

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.checking import replay as replay_module
from tinygrad_edu.checking.fresh_numbers import Setting
from tinygrad_edu.checking.mistakes import lost
from tinygrad_edu.checking.recording import Recording
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
    x, w, v = Tensor(np.ones(6), name="x"), Tensor(np.ones(6), name="w"), Tensor(np.ones(8), name="v")
    assert lengths_of(x[4] * (w**2).sum() + v.sum(), x) == [[5, 3, 4], [7, 3, 5], [5, 5, 4], []]
    P = Tensor(np.ones((6, 6)), name="P")
    assert lengths_of(P[:, 4].sum() * P.sum(), P) == [[5, 7], [3, 7], [4, 5], []]


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
    """What is asked for at each point, by `ways` of a replay: lengths, "wide", "near", which numbers are turned."""
    asked = []

    def point(setting):
        said = ("wide" * setting.wide, "near" * (setting.near == 1.0), setting.turned)
        asked.append((*setting.lengths.values(), *filter(None, said)))
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


def test_further_points_and_more_of_them_where_there_is_a_kink():
    x = Tensor(np.ones(3), name="x")
    near = [(5, "near"), ("near",)]
    eight = [(5,), (7,), (4, "wide"), (4, "wide", "all"), (7,), (4,), ("wide",), ("wide", "all")]
    then = [(4,), (), (5, "wide"), (5, "wide", "all"), (), (5,), (7, "wide"), (7, "wide", "all")]
    for loss, asked_then in (((x**2).sum(), eight), ((x * x > 0.5).sum() * 0 + x.sum(), (eight + then) * 2)):
        asked, _ = asked_for(Replay(loss, x), lambda replay: replay.further((), False, ()))
        assert asked == near + asked_then
    for nodes, count in ((60, 32), (61, 8)):
        loss = x
        for _ in range(nodes - 2):
            loss = abs(loss)
        asked, found = asked_for(
            Replay(loss.sum(), x), lambda replay: replay.further((), False, ()), lambda setting: setting.wide
        )
        assert len(asked) == count + 2 and len(found) == count // 2 + 2


def test_nearer_and_nearer_to_zero_the_numbers_are_smaller_and_have_their_signs():
    x, y = Tensor([2.0, -1.0], name="x"), Tensor([1.0, 0.0], name="y", requires_grad=False)
    points = list(Replay((y * x).sum(), x).nearer_zero((), False, ()))
    for factor, alike in zip((0.1, 0.01, 0.001), (points[:2], points[2:4], points[4:]), strict=True):
        other, recorded = (point.names["x"] / factor for point in alike)
        assert other.shape == (5,) and {*np.round(other)} == {2.0, -1.0} and [*np.round(recorded)] == [2.0, -1.0]
        assert all({*point.names["y"]} <= {0.0, 1.0} for point in alike)


def test_of_further_points_the_fourth_is_the_third_with_every_sign_turned():
    x, s = Tensor(np.ones(3), name="x"), Value(2.0, name="s")
    points = list(Replay((s * x**2).sum(), x).further((), False, ()))
    for third, fourth in (points[4:6], points[8:10]):
        assert all(np.array_equal(third.names[name], -fourth.names[name]) for name in ("x", "s"))
    for each in points:
        assert each.wide or (np.all(each.names["x"] > 0) and each.names["s"] > 0)


def test_the_first_further_points_are_near_the_recorded_numbers():
    x = Tensor([0.01, 0.0, -0.02], name="x")
    y = Tensor([1.0, 0.0, 1.0], name="y", requires_grad=False)
    p = Tensor([0.2, 0.3, 0.5], name="p")
    replay = Replay((np.exp(-x * y * p)).sum(), x)
    for point, size in zip(replay.further((), False, ()), (5, 3), strict=False):
        near, labels, shares = (point.names[name] for name in ("x", "y", "p"))
        assert point.lengths["N"] == size and not point.recorded and set(labels) == {0.0, 1.0}
        assert np.all(np.min(np.abs(near[:, None] / [0.01, 0.03, -0.02] - 1), axis=1) <= 0.04) and np.isclose(
            shares.sum(), 1
        )


def test_points_with_a_leaf_as_it_was_recorded():
    x = Tensor([0.3, 1.7, -0.4], name="x")
    y = Tensor([1.0, 2.0, 5.5], name="y")
    replay = Replay((np.log(x**2) * y).sum(), x)
    found = list(replay.further((), False, (x,)))
    assert len(found) == 10 and all(np.array_equal(point.names["x"], [0.3, 1.7, -0.4]) for point in found)
    assert len({tuple(point.names["y"]) for point in found}) == 10


# ── what is computed ──


def test_points_are_made_once_and_the_recorded_one_says_so():
    x = Tensor(np.ones(3), name="x")
    replay = Replay((abs(x) ** 2).sum() / len(x), x)  # without a meaning given, the 3 is a number
    assert replay.points() is replay.points() and replay.points() is not replay.points(held=True)
    points = [*replay.points(), *replay.further((), False, ())]
    assert replay.recorded.recorded and len(points) == 38 and not any(point.recorded for point in points)
    for point in points:
        assert np.allclose(point.truth, 2 * point.names["x"] / 3)


def test_a_node_that_needs_no_gradient_is_asked_about():
    X, w = Tensor([0.3, 1.7], name="X", requires_grad=False), Tensor([1.0, 2.0], name="w")
    inner, h = np.exp(X), X * X
    loss = (h * inner * w).sum()
    for node, true in ((X, (2 * X + X * X) * np.exp(X) * w), (h, np.exp(X) * w)):
        assert not node.requires_grad and np.allclose(Replay(loss, node).recorded.truth, true.data)
    known = Replay(loss, w).recorded.all_cotangents
    assert w in known and not {X, h, inner} & known.keys()


@pytest.mark.parametrize(
    ("matrix", "singular"), [(np.diag([1.0, 1e-13]), True), (np.diag([1.0, 1e-11]), False), (np.eye(2)[None], False)]
)
def test_a_matrix_nearly_without_an_inverse(matrix, singular):
    A, b = Tensor(matrix, name="A"), Tensor([1.0, 2.0], name="b")
    loss = tg.linalg.inv(A).sum() + (tg.linalg.solve(A, b) * b).sum()
    point = Replay(loss, A).recorded
    assert replay_module._has_no_inverse(point) is singular
    replay = Replay(loss, A)
    replay._computed = lambda setting: point
    if singular:
        with pytest.raises(ReplayError, match="a matrix has no inverse"):
            replay._point(Setting({}, None))
    else:
        assert replay._point(Setting({}, None)) is point


@pytest.mark.parametrize(("loss", "truth"), [(np.inf, 1.0), (1.0, np.nan)])
def test_what_is_not_finite_is_tried_four_times(loss, truth):
    x = Tensor([1.0], name="x")
    replay, attempts = Replay((x * x).sum(), x), []

    def computed(setting):
        attempts.append(setting.attempt)
        good = len(attempts) > 6
        return SimpleNamespace(
            loss=SimpleNamespace(_data=1.0 if good else loss), truth=1.0 if good else truth, order=[]
        )

    replay._computed = computed
    with pytest.raises(ReplayError, match="the loss is not finite"):
        replay._point(Setting({}, None))
    replay._point(Setting({}, None))
    assert attempts == [0, 1, 2, 3, 0, 1, 2]


def test_parameters_at_another_shape():
    x = Tensor(np.ones(6, np.float32), name="x")
    params = replay_module._params
    assert params(x.reshape(2, 3), (5, 3)) == {"shape": (5, 3)}
    assert params(x.astype(np.float32), (5,)) == {"dtype": np.dtype(float)}
    assert params(x.detach().astype(int), (5,)) == {"dtype": np.dtype(int)}
    assert params(x.sum(), ()) == x.sum().params


def test_another_shape_than_was_planned_is_no_point():
    x = Tensor(np.ones(3), name="x")
    replay = Replay((x * x).sum(), x)
    replay.sizes.shape = lambda node, lengths: (3,) if node is x else (4,)
    with pytest.raises(ReplayError, match=r"multiply has shape \(3,\) where \(4,\) was planned"):
        replay._point(Setting({}, np.random.default_rng(0)))


# ── what is recorded ──


def test_what_a_loss_adds_up():
    x = Tensor([1.0, 2.0], name="x")
    square = x * x
    summed = {loss: Recording(loss, x).summed for loss in (square.sum(), square.mean(), np.tanh(x), square.max(), x)}
    assert [each is square for each in summed.values()] == [True, False, False, False, False]
    assert all(each is loss for loss, each in [*summed.items()][1:])


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda f: f.sum(), "sum"), (lambda f: f.mean(), "mean"), (lambda f: -f.sum(), "sum"),
        (lambda f: np.negative(-f.mean()), "mean"), (lambda f: 0.1 * f.sum(), ""), (lambda f: -f.sum() * 0.1, ""),
        (lambda f: f.mean() / 2, "mean"), (lambda f: 2 * -f.mean(), "mean"), (lambda f: 2 / f.mean(), ""),
        (lambda f: f.max(), ""), (lambda f: f[0], ""), (lambda f: f.sum() * f.sum(), ""), (lambda f: f.sum() + 1, ""),
        (lambda f: f, ""), (lambda f: (f * np.array([1.0, 2.0])).sum(), "sum"), (lambda f: f.sum() * np.ones(2), ""),
        (lambda f: f.prod(), ""),
    ],
)  # fmt: skip
def test_whether_a_loss_is_a_mean_or_a_sum(loss, expected):
    x = Tensor([1.0, 2.0], name="x")
    assert Recording(loss(x * x), x).reduces == expected
    assert Recording(x, x).reduces == ""


def test_which_names_claims_can_speak_of():
    x, w, b = Tensor(np.ones((4, 3)), name="x"), Tensor(np.ones(3), name="w"), np.array([1.0, 2.0, 3.0, 4.0])
    z, once = x @ w, np.array(2.0)
    h = np.tanh(z * b * once)
    other = Tensor([1.0], name="o")
    loss = (h * h).mean()
    letters = {"Z": z, "H_1": h, "W": loss, "AB": h.args[0], "b_1": b, "c": once, "Q": other}
    recording = Recording(loss, w, letters=letters)
    named = {name: id(node) for name, node in recording.names.items() if node.rule is not None}
    of_letters = {"Z": z, "z": z, "H_1": h, "h_1": h, "W": loss, "AB": h.args[0]}
    assert named == {name: id(node) for name, node in of_letters.items()}  # a small w is the leaf
    assert recording.names.keys() - named.keys() == {"x", "w"} and recording.name_of(other) == ""
    assert (recording.name_of(x), recording.name_of(z), recording.name_of(None)) == ("x", "Z", "")
    scaled = h.args[0].args[0]
    assert scaled.args == (z, b) and recording.lettered_arrays == {"b_1": (scaled, 1)}
    assert recording.letters == letters and letters is not recording.letters


def test_the_shape_of_what_is_claimed():
    x = Tensor(np.ones(3), name="x")
    W = Tensor(np.ones((2, 3)), name="W")
    for loss, wrt, shape in (((W @ x).sum(), W, (2, 3)), (W @ x, x, (2, 3)), (W @ x, W, (2, 2, 3)), (x[:1], x, (3,))):
        recording = Recording(loss, wrt)
        assert recording.target_shape == shape and recording.is_jacobian is (loss.data.size > 1)
        assert recording.first is None
    loss = (x * x).sum()
    given = [Recording(x + x, x, gradient_of=loss, first=first).first for first in (None, W)]
    assert given == [x, W]


def test_nodes_computed_along_with_the_loss():
    x, y = Tensor(np.ones(3), name="x"), Tensor(np.ones(4), name="y", requires_grad=False)
    loss, beside = (x * x).sum(), (y * x[0]).sum()
    recording = Recording(loss, x, extra=[loss, beside, y])
    at = {node: place for place, node in enumerate(recording.nodes)}
    assert at[x] < at[loss] < at[beside] and y in at and len(at) == len(recording.nodes)
    with pytest.raises(ValueError, match=r"^derive: .* does not depend on y"):
        Recording(loss, y)
