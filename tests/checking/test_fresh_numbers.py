"""Which numbers stand in the places of leaves and of bare numbers and arrays, by what a graph does with them."""

from __future__ import annotations

import numpy as np
import pytest
from leaves import named

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.checking.bare_numbers import BareNumbers
from tinygrad_edu.checking.fresh_numbers import FreshNumbers, Setting
from tinygrad_edu.checking.recording import Recording
from tinygrad_edu.engine import rules
from tinygrad_edu.engine.graph import plain
from tinygrad_edu.engine.kernels.arrays import HOLE

POSITIVE = [1.0, 2.5, 3.0]
CONSTANT = np.array([0.5, -1.5, 2.2])


def leaf(data, name="x", **options):
    return Tensor(data, name=name, **options)


def whole(data):
    """A node of whole numbers that nothing computes."""
    with tg.no_grad():
        return leaf(data, None, requires_grad=False).astype(int)


def setting(*, attempt=0, seed=0, lengths=None, **options):
    made = Setting(lengths or {}, np.random.default_rng(seed), **options)
    made.attempt += attempt
    return made


def drawn(loss, wrt, node, *, times=20, **options):
    """What a leaf holds, drawn several times in its own shape."""
    fresh = FreshNumbers(Recording(loss, wrt))
    return np.array([fresh.of_leaf(node, np.shape(plain(node)), setting(seed=n, **options)) for n in range(times)])


def in_place_of(node, position, **options):
    """What stands in the place of a bare number or array."""
    return FreshNumbers(Recording(node.sum(), node.parents[0])).of_constant(node, position, setting(**options))


def either_sign(found):
    return bool(np.any(found < 0) and np.any(found > 0))


# ── leaves ──


def test_recorded_numbers_stay_in_double_precision():
    x, n = leaf(np.array(POSITIVE, np.float32)), whole([3, 1, 2])
    s = Value(0.5, name="s")
    recording = Recording((x * n * s).sum(), x)
    fresh, recorded = FreshNumbers(recording), Setting({}, None)
    for each, dtype in ((x, float), (n, int)):
        held = fresh.of_leaf(each, (3,), recorded)
        assert held.dtype == dtype and np.array_equal(held, plain(each))
        assert fresh.of_leaf(each, (4,), setting()).dtype == dtype
        assert np.array_equal(fresh.of_leaf(each, (3,), setting(keeping=[each])), plain(each))
    assert fresh.of_leaf(s, (), recorded).__class__ is float
    assert fresh.of_leaf(s, (), recorded) == 0.5 == fresh.of_leaf(s, (), setting(keeping=[s]))
    other = fresh.of_leaf(s, (), setting())
    assert other.__class__ is float and other != 0.5


def test_the_sign_of_what_had_one_sign():
    x, c = leaf(POSITIVE), leaf(POSITIVE, "c", requires_grad=False)
    loss = (x * c).sum()
    assert not either_sign(drawn(loss, x, x)) and not either_sign(drawn(loss, x, c, wide=True))
    assert [either_sign(drawn(loss, x, x, wide=True, attempt=n)) for n in range(4)] == [True, True, False, False]
    assert [setting(wide=True, attempt=n).widely for n in range(3)] == [True, True, False]
    under_a_root = np.sqrt(x * c).sum()  # only the first attempt dares
    assert [either_sign(drawn(under_a_root, x, x, wide=True, attempt=n)) for n in (0, 1)] == [True, False]


@pytest.mark.parametrize(
    ("operation", "free"),
    [
        (lambda x: x**3, True),
        (lambda x: x ** np.array([2.0, 4.0, 1.0]), True),
        (lambda x: x ** np.array([2.0, 4.0, 1.5]), False),
        (lambda x: x**0.5, False),
        (lambda x: x ** Value(2.0, name="two"), False),
        (lambda x: np.exp(np.sin(x)), True),
        (lambda x: np.exp(np.log(x)), False),
        (lambda x: np.log(np.exp(x)) + np.sin(x), False),
        (lambda x: tg.arctanh(x / 4), False),
        (lambda x: tg.arccosh(x + 1), False),
        (lambda x: tg.log1p(x), False),
        (lambda x: x * np.log(leaf(POSITIVE, "other")), True),
    ],
)
def test_what_restricts_numbers_to_one_sign(operation, free):
    x = leaf(POSITIVE)
    loss = operation(x).sum()
    assert either_sign(drawn(loss, x, x, wide=True, attempt=1)) == free


def test_the_other_side_of_a_kink():
    x, w = leaf([0.3]), leaf([0.7], "w")
    loss = (x * w).sum()
    for node, turned, other in ((x, "all", True), (w, "all", True), (x, "asked", True), (w, "asked", False)):
        was, now = (drawn(loss, x, node, wide=True, turned=each, times=5) for each in ("", turned))
        assert np.array_equal(now, -was if other else was) and either_sign(was)


def test_after_two_attempts_numbers_are_near_the_recorded_ones():
    x, y = leaf([5.0, -0.2, 40.0]), leaf([1.0, 0.0, 1.0], "y", requires_grad=False)
    loss = (x * y).sum()
    for attempt, near in ((0, False), (1, False), (2, True), (3, True)):
        assert bool(np.all(np.abs(drawn(loss, x, x, attempt=attempt) / plain(x) - 1) < 0.05)) == near
        assert set(np.unique(drawn(loss, x, y, attempt=attempt))) == {0.0, 1.0}
    assert np.all(np.abs(drawn(loss, y, y, attempt=2)) < 1.05)
    assert not set(np.unique(drawn(loss, y, y, attempt=0))) <= {0.0, 1.0}  # what is asked about is no label
    signs = leaf([1.0, -1.0, 1.0], "t", requires_grad=False)
    assert set(np.unique(drawn((x * signs).sum(), x, signs, attempt=2))) == {-1.0, 1.0}
    ones = leaf([1.0, 1.0, 1.0], "o", requires_grad=False)
    assert set(np.unique(drawn((x * ones).sum(), x, ones, attempt=2))) <= {0.0, 1.0}


@pytest.mark.parametrize("held", [1.0, -1.0, 0.0])
def test_what_is_free_and_begins_with_ones_alone_is_no_label(held):
    x, w = leaf([5.0, -0.2, 40.0]), leaf([held] * 3, "w")
    numbers = drawn((x * w).sum(), x, w, wide=True, times=5)
    assert either_sign(numbers) and len(np.unique(numbers)) > 2


def test_an_array_without_a_name_is_like_a_bare_one():
    x = leaf(POSITIVE)
    for name, requires_grad, counted in ((None, False, True), ("c", False, False), (None, True, False)):
        count = Tensor([0.0, 1.0, 2.0], name=name, requires_grad=requires_grad)
        found = drawn((x * count).sum(), x, count)
        assert np.all(found == [0.0, 1.0, 2.0]) == counted


def test_classes_stand_along_the_axis_of_a_softmax():
    square = np.eye(3)
    for axis in (0, 1, None):
        z, y = leaf(square * 0.3, "z"), leaf(square[[1, 0, 2]], "y", requires_grad=False)
        p = tg.logsumexp(z, axis=axis, keepdims=True) - z
        later = tg.softmax(leaf(np.ones((7, 2)), "other"), axis=0).sum()
        found = drawn((p * y).sum() + later, z, y, times=30)
        sums = [bool(np.all(found.sum(axis=1 + each) == 1)) for each in (0, 1)]
        assert sums == [True, False] if axis in (0, None) else sums == [False, True]
    z, y = leaf(square * 0.3, "z"), leaf(square[[1, 0, 2]], "y", requires_grad=False)
    found = drawn((tg.tanh(z) * y).sum(), z, y, times=30)
    assert np.all(found.sum(axis=2) == 1) and not np.all(found.sum(axis=1) == 1)


# ── bare numbers and arrays ──


def test_bare_numbers_stand_for_themselves_or_for_a_size():
    x = leaf(POSITIVE)
    loss = ((x / 3.0) ** 3.0).sum()
    recording = Recording(loss, x)
    (quotient,) = (node for node in recording.nodes if node.op == "divide")
    (power,) = (node for node in recording.nodes if node.op == "power")
    bare = BareNumbers(recording)
    meanings = next(dict(zip(bare.values, each, strict=True)) for each in bare.meanings if each[0].sizes)
    (size,) = meanings[3.0].sizes
    fresh, given = FreshNumbers(recording), setting(meanings=meanings, lengths={size: 7})
    assert fresh.of_constant(quotient, 1, given) == 7.0 and fresh.of_constant(power, 1, given) == 3.0
    assert fresh.of_constant(quotient, 1, setting(lengths={size: 7})) == 3.0
    assert fresh.of_constant(quotient, 1, Setting({size: 7}, None, meanings)) == 3.0
    where = tg.where(np.bool_(True), x, 2.0)
    assert in_place_of(where, 0) is where.args[0]


def test_bare_arrays():
    x = leaf(POSITIVE)
    times = x * CONSTANT.astype(np.float32)
    recorded = FreshNumbers(Recording(times.sum(), x)).of_constant(times, 1, Setting({}, None))
    assert recorded.dtype == np.float64 and np.allclose(recorded, CONSTANT)
    other = in_place_of(times, 1)
    assert other.dtype == np.float64 and not np.allclose(other, CONSTANT)
    assert np.array_equal(in_place_of(x * CONSTANT, 1, held=True), CONSTANT)
    whole = in_place_of(x * np.array([4, -1, 9]), 1)
    assert whole.dtype.kind == "i" and whole.min() >= -1 and whole.max() <= 9
    mask = np.array([True, False, True])
    assert in_place_of(tg.where(mask, x, 0.0), 0).dtype == bool
    assert FreshNumbers(Recording((x * mask).sum(), x)).of_constant(x * mask, 1, Setting({}, None)).dtype == bool


def test_what_has_a_pattern_is_made_anew_though_it_is_held():
    x = leaf(POSITIVE)
    times = x * np.array([0.0, 1.0, 2.0])
    recording = Recording(times.sum(), x)
    (size,) = recording.sizes.free()
    found = FreshNumbers(recording).of_constant(times, 1, setting(lengths={size: 5}, held=True))
    assert np.array_equal(found, np.arange(5.0))


def test_one_array_is_the_same_kind_wherever_it_is_used():
    x = leaf(POSITIVE)
    held = np.array([0.2, 0.3, 0.5])
    one, other = x * held, np.tanh(x) * held
    fresh = FreshNumbers(Recording((one + other).sum(), x))
    found = [fresh.of_constant(node, 1, setting()) for node in (one, other)]
    assert np.array_equal(*found) and np.isclose(found[0].sum(), 1.0)


# ── indices ──


def places(pick, index, shape=(5, 4), **options):
    """The places that an index array picks from 5 rows of 4, drawn several times; `pick` puts it into the graph."""
    E = leaf(np.arange(float(np.prod(shape))).reshape(shape), "E")
    node = pick(E, index)
    recording = Recording((node * leaf(1.5, "later")).sum(), E)
    user = next(each for each in recording.nodes if any(a is index for a in each.args))
    position = next(n for n, a in enumerate(user.args) if a is index)
    fresh = FreshNumbers(recording)
    given = [setting(seed=n, **options) for n in range(60)]
    if isinstance(index, Tensor):
        return np.array([fresh.of_leaf(index, index.shape, each) for each in given])
    return np.array([fresh.of_constant(user, position, each) for each in given])


@pytest.mark.parametrize(
    ("pick", "held", "low", "high"),
    [
        (lambda E, i: E[i], [1, 2, 1], 0, 2),
        (lambda E, i: E[i], [1, -4, 1], -4, 3),
        (lambda E, i: E[i], [1, -1, 1], -1, 1),
        (lambda E, i: E[:, i], [1, 3, 1], 0, 3),
        (lambda E, i: E[..., i], [1, 3, 1], 0, 3),
        (lambda E, i: E[None, :, i], [1, 3, 1], 0, 3),
        (lambda E, i: E[2:, None, i], [1, 3, 1], 0, 3),
        (lambda E, i: E[i], [0], 0, 0),
        (lambda E, i: E[i] + E[3], [0], 0, 3),
        (lambda E, i: E.reshape(2, 2, 5)[..., i, :], [0, 1, 1], 0, 1),
        (lambda E, i: E.reshape(2, 2, 5)[..., i], [0, 4, 1], 0, 4),
        (lambda E, i: E[np.arange(5) > 1][i], [0, 1, 0], 0, 2),
        (lambda E, i: E[i], [4], 0, 4),
        (lambda E, i: tg.take_along_axis(E, i, axis=1), [[1], [3], [0], [2], [1]], 0, 3),
        (lambda E, i: rules.scatter(E[:3], i, key=(slice(None), HOLE), shape=(3, 9)), [1, 8, 5, 0], 0, 8),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_places_stay_within_the_axis(pick, held, low, high, wrapped):
    index = whole(held) if wrapped else np.array(held)
    found = places(pick, index)
    assert found.dtype.kind == "i" and found[0].shape == np.shape(held)
    one_place = not wrapped and len(held) == 1  # which formulas have as a number
    assert (found.min(), found.max()) == ((held[0], held[0]) if one_place else (low, high))
    assert np.array_equal(found, places(pick, index, attempt=2))  # a place is nothing to be shaken


def test_places_that_count_up_do_so_again():
    for held in ([0, 1, 2], [0, 1]):
        for index in (np.array(held), named(whole(held), "i")):
            assert np.all(places(lambda E, i: E[i], index) == held)
    assert np.all(places(lambda E, i: E[i, i], np.array([0, 1, 2])) == [0, 1, 2])


def test_a_mask_is_no_place():
    mask = np.array([True, False, True, False, True])
    E = leaf(np.arange(5.0), "E")
    node = E[mask]
    assert FreshNumbers(Recording(node.sum(), E))._index_sampler(mask, mask) is None


def test_what_becomes_an_index_in_steps_is_one():
    held = np.array([1.0, 0.0, 1.0])
    for pick in (lambda E, i: E[i.astype(int)], lambda E, i: E[i.reshape(3).astype(int)]):
        found = places(pick, leaf(held, "i", requires_grad=False))
        assert np.array_equal(found, np.round(found)) and set(np.unique(found)) == {0.0, 1.0}
        found = places(pick, leaf(held + 2, "i", requires_grad=False))
        assert set(np.unique(found)) == {0.0, 1.0, 2.0, 3.0}


def test_an_index_into_two_axes_stays_within_the_shorter():
    found = places(lambda E, i: E[i].sum() + E[:, i], np.array([1, 3, 1]))
    assert (found.min(), found.max()) == (0, 3)


@pytest.mark.parametrize("compared", [lambda r, d: abs(r) <= d, lambda r, d: d >= abs(r), lambda r, d: abs(r) > d])
def test_what_bounds_an_absolute_value_is_positive(compared):
    r, delta = leaf(np.array([0.5, -2.0, 3.0]), "r"), Value(1.0, name="delta")
    loss = np.where(compared(r, delta), r, delta).sum()
    assert min(drawn(loss, r, delta, wide=True)) > 0.0
    assert np.min(drawn(loss, r, r, wide=True)) < 0.0
