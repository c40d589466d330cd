"""Shapes by Hypothesis: indexing, joining, reordering, einsum and choices, of whatever shape NumPy takes."""

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, integer_array_indices, mutually_broadcastable_shapes

import tinygrad_edu as tg
from tinygrad_edu import Tensor

FEW = settings(max_examples=80, deadline=None, derandomize=True)
SHAPES = array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
FULL = array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=3)


def numbers(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def same_and_linear(ours, numpys, *xs):
    """As NumPy computes it; and, the function being linear in each argument, ⟨f(x), w⟩ = ⟨x, gradient⟩."""
    nodes = [Tensor(x) for x in xs]
    out, expected = ours(*nodes), numpys(*xs)
    assert out.shape == expected.shape
    np.testing.assert_allclose(out.data, expected, rtol=1e-12, atol=1e-13)
    weights = numbers(expected.shape, 1)
    for create_graph in (False, True):
        for node in nodes:
            node.grad = None
        (out * weights).sum().backward(create_graph=create_graph)
        for node in nodes:
            assert node.grad.shape == node.shape
        moved = [numbers(x.shape, 2) for x in xs]
        for i, node in enumerate(nodes):
            swapped = [*xs[:i], moved[i], *xs[i + 1 :]]
            slope = np.sum(np.asarray(getattr(node.grad, "data", node.grad)) * (moved[i] - xs[i]))
            change = np.sum(weights * (numpys(*swapped) - expected))
            np.testing.assert_allclose(slope, change, rtol=1e-9, atol=1e-10)
    for node in nodes:
        node.grad = None  # a gradient that is a graph would hold on to itself


@FEW
@given(data=st.data(), shape=SHAPES)
def test_slices_and_integers(data, shape):
    key = data.draw(basic_indices(shape, max_dims=5, allow_newaxis=True))
    same_and_linear(lambda x: x[key], lambda x: np.asarray(x[key]), numbers(shape))


@FEW
@given(data=st.data(), shape=FULL)
def test_index_arrays(data, shape):
    key = data.draw(integer_array_indices(shape, result_shape=array_shapes(min_dims=0, max_dims=2, max_side=3)))
    same_and_linear(lambda x: x[key], lambda x: x[key], numbers(shape))


@FEW
@given(shape=FULL, data=st.data())
def test_masks(shape, data):
    rank = data.draw(st.integers(1, len(shape)))
    mask = numbers(shape[:rank], 3) > 0
    same_and_linear(lambda x: x[mask], lambda x: x[mask], numbers(shape))


@FEW
@given(shapes=mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3, min_side=0))
def test_choices(shapes):
    a, b, c = shapes.input_shapes
    condition = numbers(a, 4) > 0
    f = lambda x, y: np.where(condition, x, y)
    same_and_linear(f, f, numbers(b), numbers(c, 5))


@FEW
@given(shape=FULL, data=st.data())
def test_reordering(shape, data):
    order = data.draw(st.permutations(range(len(shape))))
    signed = [axis - len(shape) if data.draw(st.booleans()) else axis for axis in order]
    shift, axis = data.draw(st.integers(-4, 4)), data.draw(st.sampled_from(signed))
    for f in (
        lambda x: np.transpose(x, signed),
        lambda x: np.moveaxis(x, axis, signed[0]),
        lambda x: np.swapaxes(x, axis, signed[-1]),
        lambda x: np.roll(x, shift, axis),
        lambda x: np.flip(x, axis),
        lambda x: np.repeat(x, 2, axis),
        lambda x: np.cumsum(x, axis),
        lambda x: np.expand_dims(x, axis),
        lambda x: np.stack([x, 2.0 * x], axis),
        lambda x: np.concatenate([x, x[..., ::-1]], axis),
        lambda x: np.pad(x, [(1, 2)] * x.ndim, mode="edge"),
        lambda x: np.pad(x, 1),
        lambda x: np.take(x, [0, -1, 0], axis),
        lambda x: np.tile(x, (2, 1)),
        lambda x: np.sum(x, axis=tuple(signed[:2]), keepdims=True),
    ):
        same_and_linear(f, f, numbers(shape))


@FEW
@given(data=st.data())
def test_einsum(data):
    letters = "abc"
    sizes = {letter: data.draw(st.integers(1, 3), label=letter) for letter in letters}
    terms = data.draw(st.lists(st.text(letters, max_size=3), min_size=1, max_size=3))
    known = sorted(set("".join(terms)))
    result = "".join(data.draw(st.permutations(known)))[: data.draw(st.integers(0, len(known)))]
    dots = data.draw(st.booleans())
    written = [("..." if dots else "") + term for term in terms]
    subscripts = ",".join(written) + data.draw(st.sampled_from(["->" + ("..." if dots else "") + result, ""]))
    lead = (2,) if dots else ()
    xs = [numbers((*lead, *(sizes[letter] for letter in term)), i) for i, term in enumerate(terms)]
    f = lambda *xs: np.einsum(subscripts, *xs)
    same_and_linear(f, lambda *xs: np.asarray(f(*xs)), *xs)


@FEW
@given(shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3, min_side=1), data=st.data())
def test_products(shapes, data):
    a, b = numbers(shapes.input_shapes[0]), numbers(shapes.input_shapes[1], 1)
    for f in (np.multiply, np.outer, np.kron, lambda x, y: np.tensordot(x, y, 0)):
        same_and_linear(f, lambda x, y, f=f: np.asarray(f(x, y)), a, b)
    if a.ndim and b.ndim and a.shape[-1] == b.shape[-1]:
        same_and_linear(np.inner, lambda x, y: np.asarray(np.inner(x, y)), a, b)
        same_and_linear(np.vecdot, lambda x, y: np.asarray(np.vecdot(x, y)), a, b)


def test_letters_enough_for_an_einsum_of_many_axes():
    assert len(set(string.ascii_letters)) == 52
    x = numbers((1,) * 20)
    assert tg.einsum("...->...", Tensor(x)).shape == x.shape


def test_linspace_has_numpys_dtype():
    one, two = np.float32(1.0), np.ones(2, np.float32)
    for start, stop in ((one, 3), (1, one), (one, 2.0), (two, 3.0), (two, np.ones(2)), (np.float64(1.0), two)):
        found = (
            np.linspace(Tensor(start), stop, 4) if not isinstance(start, int) else np.linspace(start, Tensor(stop), 4)
        )
        expected = np.linspace(start, stop, 4)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found.data, expected, rtol=1e-6)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.reshape(x, np.array([3, -1])),
        lambda x: x.reshape(np.array([3, 2])),
        lambda x: np.broadcast_to(x, np.array([2, 2, 3])),
        lambda x: np.tile(x, np.array([2, 1])),
        lambda x: np.triu(x[0]),
        lambda x: np.tril(x[0], 1),
        lambda x: np.pad(x[0, 0], 1),
        lambda x: np.pad(x[0, 0], 1, constant_values=5),
        lambda x: np.roll(x, np.array([1, 2]), (0, 1)),
        lambda x: np.repeat(x, [2], axis=0),
        lambda x: np.repeat(x, np.array(2)),
        lambda x: np.split(x, np.array([1]))[1],
        lambda x: np.nanmean(x, axis=0),
        lambda x: np.nanmean(x),
        lambda x: np.linalg.norm(x, 0, axis=0),
        lambda x: np.linalg.matrix_power(x[:, :2], 0),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numpys_shape_dtype_and_numbers(call, dtype):
    x = np.array([[1.0, 0.0, 3.0], [-2.0, np.nan, 4.0]], dtype)
    found, expected = call(Tensor(x)), call(x)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(found.data, expected)


@pytest.mark.parametrize("bounds", [(np.nan, 1.0), (0.0, np.nan), (np.array([np.nan, 0.0, 0.0]), None), (0, 10**30)])
def test_a_nan_bound_holds(bounds):
    """A limit that was computed, and came out as nan, is not passed over."""
    x = np.array([-1.0, 0.5, 2.0])
    expected = np.clip(x, *bounds).astype(float)
    np.testing.assert_array_equal(np.clip(Tensor(x), *bounds).data, expected)
    low = Tensor(np.nan)
    np.testing.assert_array_equal(np.clip(Tensor(x), low, 1.0).data, np.full(3, np.nan))
    clipped = tg.jit(lambda x, low: np.clip(x, low, 1.0))
    np.testing.assert_array_equal(clipped(x, np.array(0.0)), [0.0, 0.5, 1.0])
    np.testing.assert_array_equal(clipped(x, np.array(np.nan)), np.full(3, np.nan))
