"""Fresh numbers are of the kind of the given ones, at any size."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive, softmax
from tinygrad_edu.checking import sampling
from tinygrad_edu.checking.sampling import is_square_pattern, kind_of, kind_of_constant, pattern_of, positives

ONE_HOT = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
SHARES = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])


def drawn(kind, shape, count=40):
    rng = np.random.default_rng(0)
    return [kind(shape, rng) for _ in range(count)]


def spread(arrays):
    """The lowest and the highest of many numbers."""
    flat = np.concatenate([np.ravel(a) for a in arrays])
    return float(flat.min()), float(flat.max())


# the lowest and the highest number of each kind lie so close to the ends of its range, and never beyond
@pytest.mark.parametrize(
    "kind, low, high",
    [
        (sampling.positives, 0.35, 2.4),
        (sampling.probabilities, 0.08, 0.92),
        (sampling.integers(-2, 3), -2.0, 3.0),
        (sampling.near(np.full(100, 10.0)), 9.6, 10.4),
        (lambda shape, rng: np.abs(sampling.reals(shape, rng)), 0.15, 1.6),
    ],
)
def test_the_range_of_a_kind(kind, low, high):
    found = spread(drawn(kind, (100,)))
    assert low <= found[0] <= low + 0.03 * (high - low) and high - 0.03 * (high - low) <= found[1] <= high


def test_either_sign():
    assert [spread(drawn(kind, (50,)))[0] < -1.5 for kind in (sampling.reals, sampling.positives)] == [True, False]
    assert {float(v) for a in drawn(sampling.signs, (4,)) for v in a} == {-1.0, 1.0}


def test_labels_of_both_classes():
    for shape in ((2,), (3,), (2, 1)):
        assert all(set(np.unique(a)) == {0.0, 1.0} for a in drawn(sampling.bits, shape))
    assert (
        {float(a) for a in drawn(sampling.bits, ())} == {float(a[0]) for a in drawn(sampling.bits, (1,))} == {0.0, 1.0}
    )


@pytest.mark.parametrize("axis", [0, 1])
def test_one_along_an_axis(axis):
    for kind, entries in ((sampling.one_hot(axis), {0.0, 1.0}), (sampling.distributions(axis), None)):
        for a in drawn(kind, (4, 6), 5):
            assert a.shape == (4, 6) and np.allclose(a.sum(axis=axis), 1.0)
            assert entries is None or set(np.unique(a)) == entries
    low, high = spread(drawn(sampling.distributions(axis), (2, 2)))
    assert 0.1 < low < 0.2 and 0.8 < high < 0.9


def test_matrices():
    rng = np.random.default_rng(0)
    a, b = sampling.symmetric((4, 4), rng), sampling.positive_definite((4, 4), rng)
    assert np.array_equal(a, a.T) and np.linalg.eigvalsh(a).min() < 0
    assert np.array_equal(np.diag(a), np.diag(sampling.reals((4, 4), np.random.default_rng(0))))
    assert np.allclose(b, b.T) and np.linalg.eigvalsh(b).min() > 1.0 and np.trace(b) < 4 * (1.6**2 + 1.0)
    assert np.array_equal(sampling.identity_matrix((2, 3), rng), [[1, 0, 0], [0, 1, 0]])
    assert np.array_equal(sampling.counted((1, 3), rng), [[0, 1, 2]])


def test_near_recorded_numbers():
    held, rng = np.array([1.0, -100.0]), np.random.default_rng(0)
    assert np.all(np.sign(sampling.near(held)((2,), rng)) == [1, -1])
    other = sampling.near(held)((50,), rng)
    assert other.shape == (50,) and set(np.sign(other)) == {-1.0, 1.0}
    assert np.array_equal(sampling.near(np.zeros(0))((2,), rng), [0.0, 0.0])


NAMES = {
    sampling.bits: "bits",
    sampling.signs: "signs",
    sampling.reals: "reals",
    sampling.positives: "positives",
    sampling.probabilities: "probabilities",
    sampling.symmetric: "symmetric",
    sampling.positive_definite: "definite",
    sampling.counted: "counted",
    sampling.identity_matrix: "identity",
}


def named(kind):
    """What a sampler is, where it is one of a name; else what it draws."""
    if kind is None or kind in NAMES:
        return NAMES.get(kind)
    a = kind((5, 5), np.random.default_rng(0))
    if a.dtype == bool:
        return "bools"
    values = set(np.unique(a).tolist())
    across = [axis for axis in (0, 1) if np.allclose(a.sum(axis=axis), 1.0)]
    if across:
        return f"{'one-hot' if values == {0.0, 1.0} else 'shares'} along {across}"
    if len(values) <= 5:
        return sorted(values)
    low, high = spread(drawn(kind, (5, 5)))
    return f"{low:.1f} to {high:.1f}"


@pytest.mark.parametrize(
    "held, free, asked, expected",
    [
        ([1.0, 0.0, 1.0], False, False, "bits"),
        ([1.0, 0.0, 1.0], True, False, "bits"),
        ([1.0, 0.0, 1.0], False, True, "0.0 to 1.0"),
        ([1.0, 0.0, 1.0], True, True, "reals"),
        ([0.0, 0.0], True, False, "reals"),
        ([0.0, 0.0], False, False, "bits"),
        ([1.0, 1.0], True, False, "positives"),
        ([-1.0, 1.0], False, False, "signs"),
        ([-1.0, 1.0], True, True, "reals"),
        ([-1.0, -1.0], True, False, "-2.4 to -0.4"),
        ([0.1, 0.7], True, False, "probabilities"),
        ([0.0, 0.7], True, False, "reals"),
        ([0.0, 0.7], False, False, "0.0 to 1.0"),
        ([0.3, 1.0], False, False, "0.0 to 1.0"),
        ([0.7, 0.7], True, False, "positives"),
        ([0.7, 1.1], True, False, "positives"),
        ([-0.7, 1.1], True, False, "reals"),
        ([-0.7, -0.1], False, False, "-2.4 to -0.4"),
        ([-0.7, 0.0], False, False, "reals"),
        ([2.0, 3.0, 6.0], False, False, [2.0, 3.0, 4.0, 5.0, 6.0]),
        ([2.0, 3.0, 6.0], True, False, "positives"),
        ([2.0, 2.0], False, False, "positives"),
        ([-1.0, 0.0, 1.0], False, False, [-1.0, 0.0, 1.0]),
        ([1e9, 0.5e9, 3.0], False, False, None),
        ([True, False], False, False, "bools"),
        ([np.nan, 1.0], False, False, None),
        ([[2.0, 0.5], [0.5, 1.5]], False, False, "definite"),
        ([[0.1, 0.5], [0.5, 0.1]], True, False, "probabilities"),
        ([[1.5, 2.5], [2.5, 1.5]], False, False, "symmetric"),
        ([[1.5, 2.5], [2.5, 1.5]], True, False, "positives"),
        ([[1.5, 2.5], [2.4, 1.5]], False, False, "positives"),
        ([[1.5, 2.5, 1.0]], False, False, "positives"),
        ([[1.5]], False, False, "positives"),
    ],
)
def test_the_kind_of_an_array(held, free, asked, expected):
    found = kind_of(np.array(held), free=free, asked=asked)
    if expected is not None:
        assert named(found) == expected
    elif np.isnan(held[0]):
        assert not np.isfinite(found((40,), np.random.default_rng(0))).all()


@pytest.mark.parametrize(
    "held, class_axis, expected",
    [
        (ONE_HOT, None, "one-hot along [1]"),
        (ONE_HOT.T, None, "one-hot along [0]"),
        (np.eye(3), None, "one-hot along [1]"),
        (np.eye(3), 0, "one-hot along [0]"),
        (ONE_HOT, 0, "one-hot along [1]"),
        (SHARES, None, "shares along [1]"),
        (SHARES.T, None, "shares along [0]"),
        (SHARES + 1e-5, None, "probabilities"),
        (np.array([[1.0], [0.0]]), None, "one-hot along [0]"),
        (np.array([[1.0], [1.0]]), None, "bits"),
    ],
)
def test_where_classes_stand(held, class_axis, expected):
    assert named(kind_of(held, free=False, asked=False, class_axis=class_axis)) == expected


@pytest.mark.parametrize(
    "held, expected",
    [
        (np.full((2, 3), 2.5), [2.5]),
        (np.array([2.5]), [2.5]),
        (np.arange(4.0), "counted"),
        (np.arange(3)[:, None], "counted"),
        (np.arange(4.0).reshape(2, 2), None),
        (np.arange(1.0, 4.0), None),
        (np.eye(3), "identity"),
        (2 * np.eye(3), None),
        (np.eye(2, 3), None),
        (np.array([1.0, 0.0]), None),
        (np.array([[1.0, 0.0, 1.0]]), None),
        (np.zeros((0, 2)), None),
    ],
)
def test_a_pattern(held, expected):
    assert named(pattern_of(held)) == expected


@pytest.mark.parametrize("below", [True, False])
@pytest.mark.parametrize("strictly", [True, False])
@pytest.mark.parametrize("inside, outside", [(1.0, 0.0), (0.0, -np.inf), (True, False)])
def test_a_triangle(below, strictly, inside, outside):
    def of(n, m):
        rows, columns = np.indices((n, m))
        ahead = rows - columns if below else columns - rows
        return np.where(ahead > 0 if strictly else ahead >= 0, inside, outside)

    for n, m in ((3, 3), (2, 4), (4, 2)):
        found = pattern_of(of(n, m))
        assert found is not None and np.array_equal(found((5, 4), np.random.default_rng(0)), of(5, 4))
    assert is_square_pattern(of(3, 3)) and not is_square_pattern(np.ones((3, 3)))
    broken = of(3, 3)
    broken[1, 1] = broken[2, 0] = broken[0, 2]
    assert pattern_of(broken) is None or np.array_equal(broken, of(3, 3))


@pytest.mark.parametrize(
    "held, expected",
    [
        (np.array([2.5, 0.5, 2.5]), [0.5, 2.5]),
        (np.array([2.5, 0.5]), "positives"),
        (np.array([1.0, 0.0, 0.0]), "one-hot along [0]"),
        (np.array([1.0, 1.0, 0.0]), "bits"),
        (np.array([-1.0, 1.0, 1.0]), "signs"),
        (np.array([True, False, True]), "bools"),
        (np.arange(3.0), "counted"),
        (np.array([0.5, 1.5, 2.5]), "positives"),
    ],
)
def test_the_kind_of_a_constant(held, expected):
    assert named(kind_of_constant(held)) == expected


def test_equal_numbers_that_sum_to_one_stay_a_distribution():
    rng = np.random.default_rng(0)
    for held, axis in ((np.full(3, 1 / 3), 0), (np.full((2, 4), 0.25), 1)):
        drawn = kind_of(held, free=False, asked=False)((5, 7)[: held.ndim], rng)
        assert np.allclose(drawn.sum(axis=axis), 1.0) and np.unique(drawn).size > 1
    assert kind_of(np.full(3, 0.4), free=False, asked=False) is positives


def test_a_claim_may_rest_on_a_target_that_is_the_same_for_all_classes():
    pytest.importorskip("lark")
    z, y = Tensor([0.3, -0.2, 1.1], name="z"), Tensor(np.full(3, 1 / 3), name="y", requires_grad=False)
    p = softmax(z)
    p.name = "p"
    assert derive(-(y * np.log(p)).sum(), z).check("p - y").ok
    assert derive(-(y * np.log(p)).sum(), z).check("p - 1/3").mistake == "special-case"
