"""Every row at the points where something special may happen, to third order. A new row is tried because it is there.

At 0, ±1, equal operands, zero vectors, equal eigenvalues and singular matrices, a derivative is right if it is the
limit of the same derivative at points nearby. Where there is no limit, only the first derivative may be a finite
number, by agreement (PyTorch's); a higher one is then nan or infinite. Of numbers it is nan nowhere else.
"""

import itertools
import math

import numpy as np
import pytest
from rows import ENTRYWISE, SMOOTH, named, reduction_params

import tinygrad_edu as tg
from tinygrad_edu.engine.rules import TABLE, reduction

NUMBERS = [0.0, 1.0, -1.0]
NEAR = (1e-2, 1e-3, 1e-4)


def derivative(call, xs, ways):
    """The derivative of call(*xs), a number, along each of `ways`, one after the other.

    Of arrays of numbers and a function that goes entry by entry it is an array: each entry's own derivative.
    """
    start = np.zeros(np.broadcast_shapes(*map(np.shape, xs))) if np.ndim(call(*xs)) else 0.0

    def along(f, way):
        return lambda *ts: tg.grad(lambda t: np.sum(f(t, *ts)))(start)

    f = lambda *ts: call(*(x + sum(t * way[i] for t, way in zip(ts, ways, strict=True)) for i, x in enumerate(xs)))
    for way in ways:
        f = along(f, way)
    return np.asarray(f())[()]


def limits(call, xs, ways, aside):
    """The limits of a derivative from several sides: None where it does not converge, nothing outside the domain."""
    steps = [[[x + step * e for x, e in zip(xs, way, strict=True)] for step in NEAR] for way in aside]
    if all(np.ndim(x) == 0 for x in xs):  # the numbers of all places nearby at once
        places = [np.array([each[i] for near in steps for each in near]) for i in range(len(xs))]
        found = derivative(call, places, ways).reshape(len(aside), len(NEAR))
    else:
        found = ([derivative(call, each, ways) for each in near] for near in steps)
    for near in found:
        if any(math.isnan(v) for v in near):
            continue
        first, second, last = near
        converges = abs(last - second) <= max(0.5 * abs(second - first), 0.02 * (1.0 + abs(last)))
        yield (last, abs(last - second)) if converges else None


def wrong(call, xs, ways, aside):
    """What is wrong with a derivative at a point: a sentence, or nothing."""
    found = float(derivative(call, xs, ways))
    entrywise = all(np.ndim(x) == 0 for x in xs)
    if not math.isfinite(found) and not (entrywise and math.isnan(found) and math.isfinite(call(*xs))):
        return ""
    seen = list(limits(call, xs, ways, aside))
    settled = [limit for limit in seen if limit is not None]
    if math.isnan(found):  # of numbers, there must be no limit then
        agree = len(settled) == len(aside) and np.ptp([limit for limit, _ in settled]) < 1e-2
        return f"nan, but the limit is {settled[0]}" if agree else ""
    if len(ways) == 1 and (len(settled) < len(seen) or np.ptp([limit for limit, _ in settled] or [0.0]) > 1e-2):
        return ""  # a kink: there the slope is agreed upon
    if len(settled) < len(seen):
        return f"{found}, but there is no limit"
    for limit, error in settled:
        if abs(found - limit) > 2.0 * error + 1e-3 * (1.0 + abs(limit)):
            return f"{found}, but the limit is {limit}"
    return ""


def report(call, points, sequences, aside):
    """All that is wrong at any of the points, of the derivatives along each of the sequences."""
    found = []
    for xs in points:
        for chosen in sequences:
            try:
                said = wrong(call, xs, chosen, aside)
            except np.linalg.LinAlgError:  # of a singular matrix there is no inverse
                continue
            if said:
                found.append(f"at {[np.asarray(x).tolist() for x in xs]}, along {chosen}: {said}")
    return found


@named(ENTRYWISE)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_numbers(rule):
    operands = len(rule.vjps)
    units = [tuple(float(i == j) for j in range(operands)) for i in range(operands)]
    rng = np.random.default_rng(1)
    aside = [tuple(sign * rng.uniform(0.5, 1.0, operands)) for sign in (1.0, -1.0)]
    aside += [tuple(rng.uniform(0.5, 1.0, operands) * way) for way in ([1.0, -1.0], [-1.0, 1.0])[: 2 * operands - 2]]
    # ∂x∂y and ∂y∂x are different rules' work.
    sequences = [chosen for order in (1, 2, 3) for chosen in itertools.product(units, repeat=order)]
    assert not report(rule, itertools.product(NUMBERS, repeat=operands), sequences, aside)


def special_arrays(shape):
    """Zeros, ones, a unit matrix, one with two equal eigenvalues, a singular one, equal pairs: what a shape allows."""
    yield np.zeros(shape)
    yield np.ones(shape)
    if len(shape) > 1:
        n, m = shape[-2:]
        yield np.broadcast_to(np.eye(n, m), shape)
        yield np.broadcast_to(np.eye(n, m) * np.minimum(np.arange(m) + 1.0, 2.0), shape)
        yield np.broadcast_to(np.outer(np.arange(n) + 1.0, np.arange(m) - 1.0), shape)
    yield np.arange(math.prod(shape)).reshape(shape) // 2 * 1.0


# The derivative of the pseudo-inverse is the one along matrices of the same rank, and says so; nearby the rank is full.
RANK_STAYS = {"pinv"}


@named([rule for rule in SMOOTH if rule not in ENTRYWISE and rule.name not in RANK_STAYS])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_arrays(rule):
    if rule.kind is reduction:
        shapes, params = [(2, 3)], reduction_params(rule, (1,), False)
        call = lambda x: rule(x, **params)
    else:
        shapes, call = rule.example
    rng = np.random.default_rng(3)
    ways, aside = ([tuple(rng.normal(size=shape) for shape in shapes) for _ in range(2)] for _ in range(2))
    aside.append(tuple(-x for x in aside[0]))
    points = list(zip(*(special_arrays(shape) for shape in shapes), strict=False))

    def number(*xs):
        out = call(*xs)
        return (out * np.cos(np.arange(math.prod(out.shape))).reshape(out.shape)).sum()

    one, other = ways
    assert not report(number, points, [(one,), (one, one), (one, other), (one, one, one), (one, one, other)], aside)


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def derivatives(f, point, order):
    """All derivatives of one order of a function of numbers, by the positions it was differentiated towards."""
    found = {}
    for positions in itertools.product(range(len(point)), repeat=order):
        g = f
        for i in positions:
            g = tg.grad(g, i)
        found[positions] = g(*point)
    return found


def test_a_power_at_exponent_nought():
    hessian = tg.hessian(lambda p: p[0] ** p[1])(np.array([2.0, 0.0]))
    np.testing.assert_allclose(hessian, [[0.0, 0.5], [0.5, math.log(2.0) ** 2]], rtol=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("y", [0.0, 1.0, 2.0, 3.0, 4.0])
def test_a_power_at_nought_is_right_or_no_number(y):
    """∂ⁱ⁺ʲ x^y/∂xⁱ∂yʲ at x = 0 is 0 for y > i, and −∞ or not there for y ≤ i, unless j = 0."""
    f = lambda x, y: x**y
    for order in (2, 3):
        for positions, found in derivatives(f, (0.0, y), order).items():
            i = positions.count(0)
            if i == order:
                assert found == (math.factorial(order) if y == order else 0.0)
            elif y > i:
                assert found == 0.0, positions
            else:
                assert not math.isfinite(found), positions


def test_powers_with_constant_exponents_stay_right_at_nought():
    exponents = np.array([0.0, 1.0, 2.0, 3.0])
    f = lambda x: (x**exponents).sum()
    assert [tg.grad(f)(0.0), tg.grad(tg.grad(f))(0.0), tg.grad(tg.grad(tg.grad(f)))(0.0)] == [1.0, 2.0, 6.0]
    assert [tg.grad(lambda x: x**0.0)(x) for x in (0.0, math.inf, -2.0)] == [0.0, 0.0, 0.0]


def test_lengths_at_the_origin_have_no_second_derivative():
    for length in (np.linalg.norm, lambda x: np.hypot(x[0], x[1]), lambda x: np.linalg.norm(x, 3)):
        np.testing.assert_array_equal(tg.grad(length)(np.zeros(2)), np.zeros(2))
        assert np.isnan(tg.hessian(lambda x, length=length: length(x) ** 2)(np.zeros(2))).all()
        assert np.isfinite(tg.hessian(length)(np.array([0.0, 2.0]))).all()
    rows = np.array([[0.0, 0.0], [3.0, 4.0]])  # the row beside it keeps its derivative
    second = tg.hessian(lambda x: np.linalg.norm(x, axis=1).sum())(rows)
    np.testing.assert_allclose(second[1, :, 1, :], [[16 / 125, -12 / 125], [-12 / 125, 9 / 125]], rtol=1e-14)


@pytest.mark.parametrize("order", [0.5, -1, -2.5])
def test_a_norm_of_an_order_below_1_has_no_second_derivative_towards_an_entry_0(order):
    """Its first is agreed to be 0, as that of |x|; the entries beside it keep theirs."""
    f = lambda x: tg.linalg.norm(x, order)
    with np.errstate(divide="ignore"):
        second = tg.hessian(f)(np.array([0.0, 1.0, 4.0]))
    assert np.isnan(second[0, 0])
    assert np.isfinite(second[1:, 1:]).all()


def test_the_spread_of_a_single_number_is_flat():
    """Where all numbers are equal a standard deviation has a kink; of a single one it is 0 everywhere."""
    x = np.array([[1.0], [2.0]])
    np.testing.assert_array_equal(tg.hessian(lambda x: (x.std(axis=1) + x[:, 0] ** 2).sum())(x)[..., 0, 0][1], [0.0])
    assert np.isnan(tg.hessian(lambda x: np.std(x))(np.ones(2))).all()


def test_sinc_to_fifth_order():
    f = np.sinc
    for exact in (0.0, -(math.pi**2) / 3, 0.0, math.pi**4 / 5, 0.0):
        f = tg.grad(f)
        assert math.isclose(f(0.0), exact, rel_tol=1e-14, abs_tol=1e-300)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sinc_near_nought(dtype):
    mpmath = pytest.importorskip("mpmath")
    x = np.array([1e-8, 1e-5, 2e-4, 1e-3, 1e-2, 0.1, 0.3, 0.5, 1.0, 2.5, 7.0], dtype)
    exact = [float(mpmath.diff(lambda t: mpmath.sincpi(t), mpmath.mpf(float(v)))) for v in x]
    eps = float(np.finfo(dtype).eps)
    errors = np.abs(tg.grad(lambda x: np.sinc(x).sum())(x) - exact)
    assert np.all(errors <= 20 * eps * np.minimum(x, 1.0))


@pytest.mark.parametrize("n", range(6))
def test_spherical_bessel_functions(n):
    mpmath = pytest.importorskip("mpmath")
    x = np.concatenate([np.linspace(-12.0, 12.0, 48), [1e-3, n + 1 - 1e-9, n + 1 + 1e-9]])
    exact = [float(mpmath.sqrt(mpmath.pi / (2 * v)) * mpmath.besselj(n + mpmath.mpf(0.5), v)) for v in np.abs(x)]
    found = TABLE["spherical_jn"](x, n)
    np.testing.assert_allclose(found, np.array(exact) * np.sign(x) ** n, rtol=2e-14, atol=3e-16)


SINGULAR = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [5.0, 7.0, 9.0]])


def test_the_determinants_derivatives_at_a_singular_matrix():
    hessian = tg.hessian(np.linalg.det)(SINGULAR)
    assert math.isclose(hessian[0, 0, 1, 1], 9.0, rel_tol=1e-13)
    signs = np.array([[[(i - j) * (j - k) * (k - i) / 2 for k in range(3)] for j in range(3)] for i in range(3)])
    np.testing.assert_allclose(hessian, np.einsum("ace,bdf,ef->abcd", signs, signs, SINGULAR), atol=1e-13)
    third = tg.jacobian(tg.hessian(np.linalg.det))(SINGULAR)
    np.testing.assert_allclose(third, np.einsum("ace,bdf->abcdef", signs, signs), atol=1e-13)


@pytest.mark.parametrize("x", [np.zeros((3, 3)), np.ones((4, 4)), np.diag([0.0, 0.0, 2.0])])
def test_the_determinants_second_derivative_by_minors(x):
    n = len(x)
    exact = np.zeros((n, n, n, n))
    for i, j, k, m in itertools.product(range(n), repeat=4):
        if i != k and j != m:
            rest = np.delete(np.delete(x, [i, k], 0), [j, m], 1)
            sign = (-1) ** (i + j + k + m) * (1 if (i < k) == (j < m) else -1)
            exact[i, j, k, m] = sign * np.linalg.det(rest)
    np.testing.assert_allclose(tg.hessian(np.linalg.det)(x), exact, atol=1e-13)


def root_of(a):
    values, vectors = np.linalg.eigh((a + a.T) / 2)
    return vectors * np.sqrt(values) @ vectors.T


def put_together(a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return (u * s) @ vh


def polar(a):
    u, _, vh = np.linalg.svd(a)
    return u @ vh


TURNED = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
EQUAL = [np.eye(3), np.diag([2.0, 1.0, 1.0]), TURNED @ np.diag([2.0, 1.0, 1.0]) @ TURNED.T]
WEIGHTS = np.arange(9.0).reshape(3, 3)


@pytest.mark.parametrize("x", EQUAL)
@pytest.mark.parametrize("f", [root_of, put_together, polar])
def test_vectors_of_equal_values_have_no_derivative(f, x):
    assert np.isnan(tg.grad(lambda a: (f(a) * WEIGHTS).sum())(x)).any()
    assert np.isnan(tg.jvp(f, (x,), (WEIGHTS,))[1]).any()


def test_where_values_differ_vectors_have_theirs():
    x = np.diag([3.0, 2.0, 0.5])
    np.testing.assert_allclose(tg.grad(lambda a: (put_together(a) * WEIGHTS).sum())(x), WEIGHTS, atol=1e-13)
    root = np.sqrt(np.diag(x))
    exact = (WEIGHTS + WEIGHTS.T) / 2 / (root[:, None] + root)
    np.testing.assert_allclose(tg.grad(lambda a: (root_of(a) * WEIGHTS).sum())(x), exact, rtol=1e-13)


@pytest.mark.parametrize("x", EQUAL)
def test_equal_values_alone_are_right_at_first_order_and_no_number_beyond(x):
    f = lambda a: np.log(np.linalg.eigvalsh((a + a.T) / 2)).sum()
    np.testing.assert_allclose(tg.grad(f)(x), np.linalg.inv(x), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(tg.grad(lambda a: np.log(np.linalg.svdvals(a)).sum())(x), np.linalg.inv(x), atol=1e-14)
    assert np.isnan(tg.hessian(f)(x)).any()


def test_singular_values_of_nought():
    wide = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    nuclear = tg.grad(lambda a: np.linalg.norm(a, "nuc"))(wide)
    assert np.isfinite(nuclear).all() and nuclear[0, 0] == 1.0
    # u, v, or both beside the values; none so large that its share could be taken for a large one
    of_parts = [
        lambda u, s, v: ((u * s) @ v).sum(),
        lambda u, s, v: (u * s).sum(),
        lambda u, s, v: (v * s[:, None]).sum(),
    ]
    for f in of_parts:
        parts = lambda a, f=f: 1e-3 * f(*np.linalg.svd(a, full_matrices=False))
        assert np.isnan(tg.grad(parts)(wide)).any()
    first = lambda a: (np.linalg.svd(a, full_matrices=False).U[:, 0] * [1.0, 2.0, 3.0]).sum() ** 2
    np.testing.assert_allclose(tg.grad(first)(wide), [[0.0, 0.0], [4.0, 0.0], [6.0, 0.0]], atol=1e-14)


@pytest.mark.parametrize("shape", [(0, 2, 2), (2, 0, 0), (0, 0)])
def test_determinants_of_nothing(shape):
    f = lambda a: np.linalg.det(a).sum()
    assert tg.grad(f)(np.zeros(shape)).shape == shape and tg.hessian(f)(np.zeros(shape)).shape == shape * 2


@pytest.mark.parametrize(("shape", "axis"), [((0,), None), ((2, 0), 1), ((0, 2), 0), ((2, 0, 3), (0, 2))])
def test_products_of_nothing_twice(shape, axis):
    f = lambda a: (np.prod(a, axis=axis) ** 2).sum()
    assert tg.hessian(f)(np.zeros(shape)).shape == shape * 2


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", [tg.Value, tg.Tensor])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_slope_of_a_power_at_nan_is_the_same_recorded(kind, y):
    """nan^0 is 1, whatever nan stands for."""
    slopes = []
    for create_graph in (False, True):
        x = kind(math.nan)
        (x ** kind(y, requires_grad=False)).backward(create_graph=create_graph)
        slopes.append(float(x.grad.data if create_graph else x.grad))
    assert slopes == [y, y]
    assert math.isnan(tg.grad(lambda y: tg.grad(lambda x: x**y)(math.nan))(y))


@pytest.mark.parametrize("order", [None, 2, 3])
def test_a_norm_whose_powers_underflow_is_0_and_so_is_its_slope(order):
    """As in PyTorch; of higher order it has none."""
    f = lambda x: tg.linalg.norm(x, order, axis=0)
    x = np.array([1e-200, -3e-200])
    value, slope = tg.value_and_grad(f)(x)
    assert value == 0.0
    np.testing.assert_array_equal(slope, [0.0, 0.0])
    assert np.isnan(tg.hessian(f)(x)).all()
    np.testing.assert_array_equal(tg.grad(np.std)(x), [0.0, 0.0])
