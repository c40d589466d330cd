"""Every row of the table as a program: jitted and written out, it computes what the engine computes."""

import itertools
import math
import warnings

import numpy as np
import pytest
from rows import ENTRYWISE, FLAT, SMOOTH, drawn, flat_call, flipped, named, tries
from test_jit import leaves

import tinygrad_edu as tg
from tinygrad_edu.engine.rules import TABLE, elementwise


def assert_same(found, expected, dtype=np.float64):
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected))))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)


def executed(source, name="f"):
    space = {}
    exec(compile(source, "<emitted>", "exec"), space)
    return space[name]


def weighted(call, xs):
    weights = np.random.default_rng(7).uniform(0.5, 1.5, np.shape(call(*xs)))

    def f(*xs):
        return (call(*xs) * weights.astype(xs[0].dtype)).sum()

    return f


def fresh(xs, factor):
    return [x * factor for x in xs]


@named(SMOOTH)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_row_jitted_is_the_row(rule, dtype):
    for call, xs in tries(rule):
        xs = [x.astype(dtype) for x in xs]
        f = tg.value_and_grad(weighted(call, xs), tuple(range(len(xs))))
        jitted = tg.jit(f)
        for inputs in (xs, xs, flipped(rule, xs), fresh(xs, dtype(0.99)), xs):
            for found, expected in zip(leaves(jitted(*inputs)), leaves(f(*inputs)), strict=True):
                assert_same(found, expected, dtype)
                assert np.asarray(found).dtype == np.asarray(expected).dtype


@named(SMOOTH)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_row_written_out_is_the_row(rule, dtype):
    for call, xs in tries(rule):
        xs = [x.astype(dtype) for x in xs]
        f = weighted(call, xs)
        argnums = tuple(range(len(xs)))
        source = tg.to_numpy(f, *xs, argnums=argnums)
        assert "tinygrad" not in source and "math" not in source
        written = executed(source)
        for inputs in (xs, flipped(rule, xs), fresh(xs, dtype(0.99))):
            results = leaves(written(*inputs))
            for found, expected in zip(results, leaves(tg.value_and_grad(f, argnums)(*inputs)), strict=True):
                assert_same(found, expected, dtype)
                assert np.asarray(found).dtype == np.asarray(expected).dtype
                assert not any(np.shares_memory(found, other) for other in inputs)
                assert sum(np.shares_memory(found, other) for other in results) <= 1  # itself


@pytest.mark.parametrize("left", [(2,), (3, 2), (4, 3, 2)])
@pytest.mark.parametrize("right", [(2,), (2, 5), (4, 2, 5)])
def test_a_matrix_product_of_any_number_of_axes_written_out(left, right):
    """NumPy refuses an axis that does not exist, where a kernel asks less."""
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=shape) for shape in (left, right)]
    f = weighted(TABLE["matmul"], xs)
    written = executed(tg.to_numpy(f, *xs, argnums=(0, 1)))
    for found, expected in zip(leaves(written(*xs)), leaves(tg.value_and_grad(f, (0, 1))(*xs)), strict=True):
        assert_same(found, expected)


@named([rule for rule in SMOOTH if rule in ENTRYWISE])
def test_a_row_of_single_numbers(rule):
    rng = np.random.default_rng(3)
    xs = [float(drawn((), domain, rng)) for domain in rule.domain or [(-math.inf, math.inf)] * rule.arity]
    f = tg.value_and_grad(rule, tuple(range(len(xs))))
    jitted = tg.jit(f)
    written = executed(tg.to_numpy(lambda *xs: rule(*xs), *xs, argnums=tuple(range(len(xs)))))
    for inputs in (xs, flipped(rule, xs), [x * 0.99 for x in xs], [0.0] * len(xs), [1e4] * len(xs), [-1e4] * len(xs)):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            expected = leaves(f(*map(float, inputs)))
            for found, wanted in zip(leaves(jitted(*map(float, inputs))), expected, strict=True):
                assert type(found) is float
                assert_same(found, wanted)
            try:
                again = leaves(written(*map(float, inputs)))
            except (ArithmeticError, ValueError):
                assert inputs not in (xs, flipped(rule, xs))  # plain Python raises where IEEE has inf or nan
                continue
            for found, wanted in zip(again, expected, strict=True):
                assert_same(found, wanted)


@named([rule for rule in FLAT if rule.name not in ("nonzero", "argwhere")])
def test_a_row_without_a_derivative_written_out(rule):
    """As a weight of something that has one."""
    call, xs = flat_call(rule, np.random.default_rng(4))
    f = lambda *xs: (1.0 * call(*xs)).sum() * (xs[0] * xs[0]).sum() if np.ndim(call(*xs)) else call(*xs) * xs[0].sum()
    written = executed(tg.to_numpy(f, *xs))
    for inputs in (xs, [x * 0.5 for x in xs]):
        expected = tg.value_and_grad(f)(*inputs)
        for found, wanted in zip(leaves(written(*inputs)), leaves(expected), strict=True):
            assert_same(found, wanted)


@named(SMOOTH)
def test_the_second_derivative_jitted(rule):
    call, xs = next(iter(tries(rule)))
    f = weighted(call, xs)
    argnums = tuple(range(len(xs)))

    def of_gradients(*xs):
        return sum((g * g).sum() for g in tg.grad(f, argnums)(*xs))

    twice = tg.grad(of_gradients, argnums)
    jitted = tg.jit(twice)
    for inputs in (xs, flipped(rule, xs)):
        for found, expected in zip(leaves(jitted(*inputs)), leaves(twice(*inputs)), strict=True):
            assert np.asarray(found).shape == np.asarray(expected).shape
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@named(FLAT)
def test_a_row_without_a_derivative_jitted(rule):
    call, xs = flat_call(rule, np.random.default_rng(3))
    jitted = tg.jit(call)
    if rule.name in ("nonzero", "argwhere"):
        with pytest.raises(TypeError, match="shape of"):
            jitted(*xs)
        return
    for inputs in (xs, xs, [-np.sort(-x) for x in xs] if rule.example else [-x for x in xs]):
        np.testing.assert_array_equal(jitted(*inputs), call(*inputs))


@named([rule for rule in FLAT if rule.kind is elementwise])
def test_a_row_without_a_derivative_of_single_numbers(rule):
    """Its number counts: beside a product, True is 1."""
    arity = getattr(rule.array, "nin", 1)
    f = lambda *xs: rule(*xs) * 2.5 + xs[0]
    jitted, written = tg.jit(f), executed(tg.to_numpy(f, *[0.5] * arity))
    for xs in itertools.product([0.5, -2.0, 0.0, 2.0], repeat=arity):
        if rule.infix == "//" and xs[1] == 0.0:
            continue
        assert jitted(*xs) == written(*xs)[0] == f(*xs)


ALONG_AN_AXIS = {
    "all": lambda x: np.all(np.broadcast_to(x, (3, 3)), axis=0),
    "any": lambda x: np.any(np.broadcast_to(x, (3, 3)) > 1.0, axis=1),
    "count_nonzero": lambda x: np.count_nonzero(np.broadcast_to(x, (3, 3)), axis=0),
    "argmax": lambda x: np.argmax(np.broadcast_to(x, (3, 3)), axis=0),
    "argmin, of one entry": lambda x: np.argmin(np.expand_dims(x[1:2], 0), axis=0),
    "argsort": lambda x: np.argsort(np.broadcast_to(x, (3, 3)), axis=0),
    "searchsorted": lambda x: np.searchsorted(np.broadcast_to(x[0], (3,)), x),
}


@pytest.mark.parametrize("backend", ["numpy", "jax"])
@pytest.mark.parametrize("name", ALONG_AN_AXIS)
def test_what_is_asked_along_an_axis_of_repetitions(name, backend):
    """Each repetition counts: unlike an operation entry by entry, it is not asked of what was repeated."""
    if backend == "jax":
        pytest.importorskip("jax")
    f, x = ALONG_AN_AXIS[name], np.array([1.0, 3.0, 2.0])
    found = np.asarray(tg.jit(f, backend=backend)(x))
    assert found.shape == f(x).shape
    np.testing.assert_array_equal(found, f(x))
