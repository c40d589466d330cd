"""What rows compute, kernel by kernel: against NumPy, mpmath and loops that are written out."""

import itertools
import math

import numpy as np
import pytest

from tinygrad_edu.engine.kernels import arrays, floats, lookup, matrices
from tinygrad_edu.engine.rules import TABLE

mpmath = pytest.importorskip("mpmath")
GRID = [-40.0, -2.5, -1.0, -0.3, -1e-9, 0.0, 1e-9, 0.2, 0.7, 1.0, 1.5, 2.0, 3.0, 5.5, 37.0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", floats.KERNELS)
def test_floats_and_arrays_agree(name):
    kernel, rule = floats.KERNELS[name], TABLE[name]
    reduced = {"axis": None, "keepdims": False} if rule.reduces else {}
    reduced |= {"ddof": 0} if name == "mean" else {}
    reduced = {"axis": None} if name == "count" else reduced
    second = GRID if name in TWO else [None]
    tried = 0
    for x in GRID:
        for y in second:
            args = THREE[name](x, y) if name in THREE else (x,) if y is None else (x, y)
            try:
                found = kernel(*args, **reduced)
            except (ArithmeticError, ValueError):
                continue  # NumPy is asked
            expected = rule.array(*map(np.asarray, args), **reduced)
            np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-300, err_msg=f"{name}{args}")
            tried += 1
    assert tried > 3


TWO = {
    "add", "subtract", "multiply", "divide", "power", "remainder", "floor_divide", "equal", "not_equal", "less",
    "less_equal", "greater", "greater_equal", "arctan2", "hypot", "logistic_loss", "sigmoid_residual", "power_log",
    "log_argument", "where", "pinned",
}  # fmt: skip
THREE = {
    "where": lambda x, y: (x > y, x, y),
    "pinned": lambda x, y: (x > y, x, y),
    "power_log": lambda x, y: (x, y, 2),
}


def test_a_single_number_reduced_over_no_axis():
    assert floats.KERNELS["sum"](True, axis=None, keepdims=False) == 1
    assert type(floats.KERNELS["max"](True, axis=None, keepdims=False)) is int
    assert floats.KERNELS["mean"](3.0, axis=None, keepdims=False, ddof=-1) == 1.5
    assert floats.KERNELS["count"](3.0, axis=None) == 1
    assert math.isnan(floats.relu(math.nan)) and math.isnan(floats.sign(math.nan))


def test_the_mean_of_many_short_numbers_does_not_overflow():
    assert arrays.mean(np.full(70_000, 2.0, np.float16), axis=None, keepdims=False, ddof=0) == 2.0


def test_without_a_kernel():
    assert lookup.float_kernel("nowhere") is None and lookup.float_kernel("nowhere", abs) is abs
    assert lookup.array_kernel("nowhere", abs) is abs and lookup.array_kernel("exp", abs) is np.exp
    assert lookup.array_kernel("cofactor") is matrices.cofactor and lookup.array_kernel("inv") is np.linalg.inv


EXACT = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "relu": lambda x: max(x, 0),
    "erf": mpmath.erf,
    "identity": lambda x: x,
}


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_of_one_argument(name, dtype):
    x = np.array([*GRID, 1.9999, 2.0001, -7.0, 5.9, 800.0, -800.0], dtype)
    found = getattr(arrays, name)(x)
    with mpmath.workdps(40):
        expected = [float(EXACT[name](mpmath.mpf(float(each)))) for each in x]
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=20 * np.finfo(dtype).eps, atol=np.finfo(dtype).tiny)
    assert arrays.erf(np.array([1, 2])).dtype == np.float64


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_spherical_bessel_functions(n):
    x = np.array([0.0, 1e-3, 0.5, 1.0, n + 0.99, n + 1.01, 7.5, 30.0, -0.5, -8.0])
    j = lambda v: mpmath.sqrt(mpmath.pi / (2 * v)) * mpmath.besselj(n + mpmath.mpf(1) / 2, v)
    with mpmath.workdps(40):
        exact = [j(mpmath.mpf(abs(v))) if v else float(n == 0) for v in x]
    expected = [float(v) for v in exact] * np.where(x < 0, (-1.0) ** n, 1.0)
    np.testing.assert_allclose(arrays.spherical_jn(x, n), expected, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("label", [0.0, 1.0, 0.3])
def test_losses_from_logits(label):
    z, y = np.array(GRID), np.full(len(GRID), label)
    with mpmath.workdps(60):
        loss = [float(mpmath.log1p(mpmath.exp(v)) - mpmath.mpf(label) * v) for v in GRID]
        rest = [float(1 / (1 + mpmath.exp(-mpmath.mpf(v))) - mpmath.mpf(label)) for v in GRID]
    np.testing.assert_allclose(arrays.logistic_loss(z, y), loss, rtol=1e-13)
    np.testing.assert_allclose(arrays.sigmoid_residual(z, y), rest, rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose([floats.logistic_loss(v, label) for v in GRID], loss, rtol=1e-13)
    np.testing.assert_allclose([floats.sigmoid_residual(v, label) for v in GRID], rest, rtol=1e-13, atol=1e-16)


def test_powers_with_logarithms():
    x, y = np.array([0.0, 0.0, 0.5, 2.0]), np.array([2.0, 0.5, 2.0, -1.0])
    expected = [0.0, 0.0, 0.25 * math.log(0.5) ** 2, 0.5 * math.log(2.0) ** 2]
    np.testing.assert_allclose(arrays.power_log(x, y, 2), expected, rtol=1e-15)
    np.testing.assert_array_equal(arrays.log_argument(x, np.array([0.0, 1.0, 0.0, 2.0])), [1.0, 0.0, 1.0, 2.0])


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, (0,), (1,), (0, 2)])
def test_reductions(axis, keepdims):
    x = np.random.default_rng(0).normal(size=(2, 3, 4)) * 300.0
    top = np.max(x, axis=axis, keepdims=True)
    expected = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=keepdims)) + (
        top if keepdims else np.squeeze(top, axis)
    )
    np.testing.assert_allclose(arrays.logsumexp(x, axis=axis, keepdims=keepdims), expected, rtol=1e-14)
    for ddof in (0, 1):
        found = arrays.mean(x, axis=axis, keepdims=keepdims, ddof=ddof)
        n = x.size / np.sum(x, axis=axis).size
        np.testing.assert_allclose(found, np.sum(x, axis=axis, keepdims=keepdims) / (n - ddof), rtol=1e-14)
        half = arrays.mean(x.astype(np.float16), axis=axis, keepdims=keepdims, ddof=ddof)
        assert half.dtype == np.float16
        np.testing.assert_allclose(half, found, rtol=0.05, atol=2.0)
    soft = arrays.softmax(x, axis=axis)
    np.testing.assert_allclose(np.sum(soft, axis=axis), 1.0, rtol=1e-14)
    np.testing.assert_allclose(np.exp(arrays.log_softmax(x, axis=axis)), soft, rtol=1e-12, atol=1e-300)
    assert arrays.count(x, axis=axis) == round(x.size / np.sum(x, axis=axis).size)


def test_logsumexp_of_infinities():
    x = np.array([[-np.inf, -np.inf], [-np.inf, 1.0]])
    np.testing.assert_array_equal(arrays.logsumexp(x, axis=(1,), keepdims=False), [-np.inf, 1.0])
    found = arrays.logsumexp(x.astype(np.float32), axis=None, keepdims=False)
    assert found == 1.0 and found.dtype == np.float32


@pytest.mark.parametrize("axis", [None, (1,), (0, 2), (2, 0)])
def test_products_of_all_others(axis):
    x = np.random.default_rng(1).normal(size=(2, 3, 2))
    x[0, 1, 0] = 0.0
    found = arrays.exclusive_prod(x, axis=axis)
    for index in np.ndindex(x.shape):
        others = x.copy()
        others[index] = 1.0
        taken = tuple(slice(None) if axis is None or a in axis else i for a, i in enumerate(index))
        np.testing.assert_allclose(found[index], np.prod(others[taken]), rtol=1e-13)
    assert arrays.exclusive_prod(np.zeros((0, 3)), axis=(0,)).shape == (0, 3)


@pytest.mark.parametrize("size", [5, 3999, 4000, 5000])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_where_masks_as_numpy_chooses(size, dtype):
    rng = np.random.default_rng(2)
    x, y, condition = rng.normal(size=size).astype(dtype), rng.normal(size=size).astype(dtype), rng.random(size) > 0.5
    x[::7], y[::5] = np.nan, np.inf
    small = condition[: size // 5 * 5].reshape(5, -1)
    for args in [
        (condition, x, 0.0), (condition, 0.0, x), (condition, x, y), (condition, x, 1.0), (condition, 2.0, y),
        (condition.astype(int), x, 0.0), (condition[::-1], x[::-1], 0.0), (small, x[: small.size].reshape(5, -1), 0.0),
        (condition[0], x, 0.0), (condition, np.float64(0.0), x), (condition, x, -0.0), (condition, 0, x),
        (condition[:1], x, 0.0), (condition * 2, x, 0.0), (condition.tolist(), x, 0.0),
    ]:  # fmt: skip
        found, expected = arrays.where(*args), np.where(*args)
        assert found.dtype == expected.dtype and found.shape == expected.shape
        np.testing.assert_array_equal(found, expected)
    assert arrays.pinned is arrays.where


def test_places():
    hole = arrays.HOLE
    assert repr(hole) == "HOLE" and arrays.filled((slice(None),), ()) == (slice(None),)
    x, i, j = np.arange(12.0).reshape(3, 4), np.array([0, 2, 0]), np.array([1, 1, 1])
    np.testing.assert_array_equal(arrays.getitem(x, i, j, key=(hole, hole)), x[i, j])
    np.testing.assert_array_equal(arrays.getitem(x, i, key=(slice(None), hole)), x[:, i])
    np.testing.assert_array_equal(
        arrays.scatter(np.ones(3), i, j, key=(hole, hole), shape=(3, 4)).sum(axis=1), [2, 0, 1]
    )
    mask = x > 5.0
    np.testing.assert_array_equal(arrays.scatter(x[mask], mask, key=(hole,), shape=(3, 4)), np.where(mask, x, 0.0))
    plain = arrays.scatter(np.float32(2.0), key=(1, 2), shape=(3, 4))
    assert plain.dtype == np.float32 and plain[1, 2] == 2.0 == plain.sum()
    np.testing.assert_array_equal(arrays.take_along_axis(x, i[:, None], axis=1), np.take_along_axis(x, i[:, None], 1))
    stack, along = np.arange(24.0).reshape(2, 3, 4), np.array([[[0, 1, 1, 0]] * 3] * 2)
    for axis in range(3):
        found = arrays.take_along_axis(stack, along, axis=axis)
        np.testing.assert_array_equal(found, np.take_along_axis(stack, along, axis))
    assert not any(each.flags.writeable for each in arrays.along(i, (2, 3), 1)[:1])  # they are kept for the next call
    with pytest.raises(IndexError, match="the indices are integers, not bool"):
        arrays.take_along_axis(x, x > 5.0, axis=1)
    assert arrays.argsort(np.array([2.0, 1.0, 2.0, 1.0]), axis=0).tolist() == [1, 3, 0, 2]
    assert arrays.argpartition(np.array([3.0, 1.0, 2.0]), kth=1, axis=0).tolist()[1] == 2
    assert arrays.concatenate(x, x, axis=1).shape == (3, 8) and arrays.reshape([1, 2], (2, 1)).shape == (2, 1)
    assert type(arrays.astype(2.0, dtype=np.float32)) is np.float32


@pytest.mark.parametrize(("rows", "columns"), [(63, 3), (64, 1), (64, 3), (64, 32), (64, 33)])
def test_products_with_a_matrix_transposed(rows, columns):
    x = np.outer(np.arange(rows), np.arange(1.0, columns + 1))
    y = np.arange(4.0 * columns).reshape(4, columns)
    before = y.copy()
    expected = [
        [sum(a * b for a, b in zip(row, other, strict=True)) for other in before.tolist()] for row in x.tolist()
    ]
    np.testing.assert_array_equal(arrays.times_transposed(x, y), expected)  # of whole numbers, so without rounding
    np.testing.assert_array_equal(y, before)


@pytest.mark.parametrize(("size", "stride"), [((2, 3), (1, 2)), ((1, 2), (3, 1)), ((4, 5), (1, 1))])
def test_windows_and_what_undoes_them(size, stride):
    x = np.random.default_rng(6).normal(size=(2, 4, 5))
    starts = [range(0, n - k + 1, s) for n, k, s in zip(x.shape[1:], size, stride, strict=True)]
    expected = [[x[:, i : i + size[0], j : j + size[1]] for j in starts[1]] for i in starts[0]]
    found = arrays.windows(x, size, stride)
    np.testing.assert_array_equal(found, np.moveaxis(np.array(expected), 2, 0))
    places = np.zeros_like(x)
    for i in starts[0]:
        for j in starts[1]:
            places[:, i : i + size[0], j : j + size[1]] += 1.0
    np.testing.assert_array_equal(arrays.overlap_add(found, (4, 5), stride), x * places)


def test_new_axes():
    assert arrays.expand_dims(2.0, (0, 1)).shape == (1, 1)
    x = np.arange(6.0).reshape(2, 3)
    assert arrays.expand_dims(x, (3, 0)).shape == (1, 2, 3, 1)
    assert np.shares_memory(arrays.expand_dims(x.T, (1,)), x)


def test_products():
    rng = np.random.default_rng(3)
    A, B, S = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(5, 2, 3))
    stack = rng.normal(size=(5, 3, 4))
    for x, y in [(A, B), (S, B), (A, stack), (S, stack), (A, B[:, 0]), (A.tolist(), B), (A, B.tolist())]:
        np.testing.assert_allclose(arrays.matmul(x, y), np.matmul(x, y), rtol=1e-13)
    with pytest.raises(ValueError, match="matmul"):
        arrays.matmul(np.array(2.0), B)
    assert arrays.matrix_transpose(A).shape == (3, 2) and arrays.matrix_transpose(S).shape == (5, 3, 2)
    big = rng.normal(size=(30, 30))
    np.testing.assert_allclose(arrays.einsum(big, big, subscripts="ij,jk->ik"), big @ big, rtol=1e-10, atol=1e-12)


# ── linear algebra ────────────────────────────────────────────────────────────────────────────────────────────────────


def minors(x):
    """The matrix of cofactors, each from the determinant of what is left without a row and a column."""
    n = len(x)
    left = lambda i, j: np.delete(np.delete(x, i, 0), j, 1)
    return np.array([[(-1) ** (i + j) * np.linalg.det(left(i, j)) for j in range(n)] for i in range(n)])


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_cofactors_and_their_derivatives(n):
    rng = np.random.default_rng(n)
    singular = rng.normal(size=(n, n))
    singular[-1] = singular[0] * 2.0 if n > 1 else 0.0
    ways, h = rng.normal(size=(3, n, n)), 1e-3
    along = lambda x, k: (minors(x + h * ways[k]) - minors(x - h * ways[k])) / (2 * h)
    for x in (rng.normal(size=(n, n)), singular):
        np.testing.assert_allclose(matrices.cofactor(x), minors(x), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(matrices.cofactor_along(x, ways[0]), along(x, 0), rtol=1e-4, atol=1e-5)
        twice = (along(x + h * ways[1], 0) - along(x - h * ways[1], 0)) / (2 * h)
        np.testing.assert_allclose(matrices.cofactor_along(x, *ways[:2]), twice, rtol=1e-4, atol=1e-5)
        subsets = itertools.product([0.0, 1.0], repeat=3)  # a difference that is exact: the cofactors are of degree 3
        thrice = sum((-1) ** (3 - sum(by)) * minors(x + np.tensordot(by, ways, 1)) for by in subsets)
        np.testing.assert_allclose(matrices.cofactor_along(x, *ways), thrice, rtol=1e-8, atol=1e-9)
    if n > 2:  # numbers that lie far apart keep their digits
        apart = matrices.cofactor_along(1e-6 * x, ways[0], 1e6 * ways[1])
        np.testing.assert_allclose(apart, 1e6 * 1e-6 ** (n - 3) * matrices.cofactor_along(x, *ways[:2]), rtol=1e-9)
    none = np.zeros((n, n))
    assert matrices.cofactor_along(none, none, none).shape == (n, n)
    stacked = [np.stack([[a], [2.0 * a]]) for a in (x, *ways[:2])]
    alone = matrices.cofactor_along(x, *ways[:2])
    np.testing.assert_allclose(matrices.cofactor_along(*stacked)[0, 0], alone, atol=1e-12)
    assert matrices.cofactor_along(np.zeros((2, 0, 0)), np.zeros((2, 0, 0)), np.zeros((2, 0, 0))).shape == (2, 0, 0)
    single = matrices.cofactor_along(np.eye(n, dtype=np.float32), *np.ones((2, n, n), np.float32))
    assert single.dtype == np.float32


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_cofactors_along_two_ways_keep_their_digits_at_any_size(scale):
    """Of four rows, they are linear in the matrix and in each way."""
    x, one, other = np.random.default_rng(2).normal(size=(3, 4, 4))
    along = matrices.cofactor_along
    for scaled in ((scale * x, one, other), (x, scale * one, other), (x, one, scale * other)):
        np.testing.assert_allclose(along(*scaled), scale * along(x, one, other), rtol=1e-10)
    np.testing.assert_allclose(along(x, one, 0.0 * other), 0.0, atol=1e-13)


def test_results_that_are_packed_into_one_array():
    x = np.random.default_rng(5).normal(size=(2, 3, 3))
    s = x + np.swapaxes(x, -1, -2)
    found = matrices.eigh(s, uplo="L")
    np.testing.assert_allclose((found[:, 1:] * found[:, :1]) @ np.swapaxes(found[:, 1:], -1, -2), s, atol=1e-12)
    upper = np.triu(x) + np.diag([1.0, 5.0, 9.0])
    found = matrices.eig(upper)
    np.testing.assert_allclose(upper @ found[:, 1:], found[:, 1:] * found[:, :1], atol=1e-12)
    with pytest.raises(ValueError, match="complex"):
        matrices.eig(np.array([[0.0, 1.0], [-1.0, 0.0]]))
    found = matrices.svd(x[:, :, :2])
    u, values, v = found[:, :3], found[:, 3:4], found[:, 4:]
    np.testing.assert_allclose((u * values) @ np.swapaxes(v, -1, -2), x[:, :, :2], atol=1e-12)
    found = matrices.slogdet(x)
    np.testing.assert_allclose(found[:, 0] * np.exp(found[:, 1]), np.linalg.det(x), rtol=1e-10)
    np.testing.assert_array_equal(matrices.slogdet(x[0]), found[0])
    np.testing.assert_allclose(
        matrices.norm(x, axis=(1, 2), keepdims=False), np.linalg.norm(x, axis=(1, 2)), rtol=1e-13
    )
    lost = np.diag([1.0, 1e-3])
    np.testing.assert_allclose(matrices.pinv(lost, rcond=None), np.diag([1.0, 1e3]))
    np.testing.assert_allclose(matrices.pinv(lost, rcond=0.1), np.diag([1.0, 0.0]), atol=1e-15)


@pytest.mark.parametrize("condition", [True, False])
@pytest.mark.parametrize("pair", [(1, 0.5), (0.5, True), (-0.0, 1), (2, 3), (True, False)])
def test_a_choice_between_bare_numbers_is_of_the_kind_numpy_makes_it(condition, pair):
    found, expected = floats.where(condition, *pair), np.where(condition, *pair).item()
    assert found == expected and type(found) is type(expected)
    assert math.copysign(1.0, found) == math.copysign(1.0, expected)
