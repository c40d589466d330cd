"""A reshape of what lies out of order in memory is a copy: it is made at every call, not once with the buffers."""

import sys

import numpy as np
import pytest
from test_jit import leaves

import tinygrad_edu as tg

VIEWS = [
    "{0}.T", "{0}[::-1]", "{0}.reshape(9)", "{0}.reshape(1, 9)", "{0}[:, ::-1]", "{0}.swapaxes(0, 1)", "{0}[None]",
    "{0}.ravel()", "np.flip({0}, 1)", "np.squeeze({0}[None], 0)", "np.broadcast_to({0}, (2, 3, 3))[1]",
    "np.moveaxis({0}, 0, 1)", "{0}.flatten()", "np.rot90({0})", "np.expand_dims({0}, 0)", "{0}[:, 1:]", "{0}[1]",
]  # fmt: skip
COPIES = [
    "np.tanh({0})", "{0} * {0}", "np.cumsum({0}, axis=0)", "{0} - {0}.mean()", "np.where({0} > 0, {0}, 0.1 * {0})",
    "np.sum({0}, axis=-1, keepdims=True) * {0}", "tg.softmax({0}, axis=-1)", "np.concatenate([{0}, {0}], axis=0)",
]  # fmt: skip


def junk():
    """Memory that a forgotten buffer would be found by."""
    return [np.full((3, 3), 7.0) for _ in range(50)] + [np.full(9, 7.0) for _ in range(50)]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.abs(x).T.reshape(9) * np.arange(9.0)),
        lambda x: np.sum(np.tanh(x)[::-1].reshape(9) * np.arange(9.0)),
        lambda x: np.sum(np.broadcast_to(x * x, (2, 3, 3))[1][::-1].ravel() * np.arange(9.0)),
        lambda x: np.sum((-x)[:, 1:].flatten() * np.arange(6.0)),
        lambda x: np.sum(np.tril(np.outer(x[0], x[0]))),
        lambda x: np.sum(np.arange(9.0).reshape(3, 3) * np.outer(x[0], x[1])),
        lambda x: np.sum(np.tanh(np.ones((64, 1)) * x[0]) @ np.tanh(x).T * np.arange(3.0)),  # a copy of the transposed
    ],
)
def test_views_of_buffers_follow_the_numbers(f):
    rng = np.random.default_rng(0)
    fast = tg.jit(tg.value_and_grad(f))
    for _ in range(3):
        x = rng.normal(size=(3, 3))
        junk()
        value, gradient = fast(x)
        expected, slope = tg.value_and_grad(f)(x)
        np.testing.assert_allclose(value, expected, rtol=1e-12)
        np.testing.assert_allclose(gradient, slope, rtol=1e-12)


@pytest.mark.parametrize("block", range(6))
def test_views_and_copies_in_any_order(block):
    for seed in range(25 * block, 25 * (block + 1)):
        rng = np.random.default_rng(seed)
        text = "x"
        for _ in range(rng.integers(2, 7)):
            pieces = VIEWS if rng.random() < 0.55 else COPIES
            text = pieces[rng.integers(len(pieces))].format(f"({text})")
            if len(text) > 1500:
                break
        f = eval(f"lambda x: np.sum(np.sin({text}))", {"np": np, "tg": tg})
        points = [rng.normal(size=(3, 3)) for _ in range(2)]
        try:
            expected = [tg.value_and_grad(f)(x) for x in points]
        except (ValueError, IndexError, RuntimeWarning):  # shapes that do not fit, nothing left: another program
            continue
        fast = tg.jit(tg.value_and_grad(f))
        for x, (value, slope) in zip(points, expected, strict=True):
            junk()
            found, gradient = fast(x)
            np.testing.assert_allclose(found, value, rtol=1e-10, atol=1e-12, err_msg=text)
            np.testing.assert_allclose(gradient, slope, rtol=1e-10, atol=1e-12, err_msg=text)


NUMBERS = {
    "an argument": lambda x, y: x,
    "an argument twice": lambda x, y: (x, x * 1.0, np.positive(x)),
    "of an argument": lambda x, y: (np.reshape(y, ()), np.squeeze(y), x.T),
    "of a buffer": lambda x, y: np.reshape(np.tanh(y), ()),
    "of a buffer that is read once more": lambda x, y: (np.squeeze(np.exp(y)), (np.exp(y) + 1.0).sum()),
    "of a kernel that makes arrays": lambda x, y: (lambda z: (z, z))(np.where(x > 0, x, 2.0)),
    "a gradient": lambda x, y: tg.grad(lambda x: np.sum(np.tanh(np.tile(x, 2))))(x),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_an_array_of_no_axes_is_the_callers_own(name):
    """No view of an argument, of a buffer, or of another result."""
    fast = tg.jit(NUMBERS[name])
    x, y = np.array(0.5), np.array([0.25])
    first = leaves(fast(x, y))
    expected = list(map(float, first))
    np.testing.assert_allclose(expected, list(map(float, leaves(NUMBERS[name](x, y)))), rtol=1e-12)
    fast(x + 1.0, y + 1.0)
    for i, a in enumerate(first):
        assert not any(np.may_share_memory(a, b) for b in (x, y, *first[:i]))
    x[...], y[...] = 3.0, 4.0
    assert list(map(float, first)) == expected
    assert isinstance(first[-1], np.floating)  # NumPy's number, which is faster to go on with


@pytest.mark.parametrize("f", [np.sum, np.mean, np.max, np.var, tg.logsumexp, lambda x, axis: np.take(x, [0, 2], axis)])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_result_of_a_reduction_is_no_buffer(f, axis):
    fast = tg.jit(lambda x: f(np.tanh(x), axis=axis))
    x = np.arange(9.0).reshape(3, 3)
    first = fast(x)
    kept = first.copy()
    fast(-x)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_allclose(first, f(np.tanh(x), axis=axis), rtol=1e-14)


def test_a_tensor_without_a_name_is_read_at_every_call():
    W = tg.Tensor([2.0])
    fast = tg.jit(lambda x: x * W)
    assert fast(3.0) == 6.0 and "w_node._data" in fast.source
    W.data = [4.0]
    assert fast(3.0) == 12.0


def test_of_no_axes_where_python_raises():
    """There the operations run one by one."""
    fast = tg.jit(lambda x, y, t: (x, np.squeeze(y), 1.0 / t))
    x, y = np.array(0.5), np.array([0.25])
    with np.errstate(divide="ignore"):
        first = fast(x, y, 0.0)
    x[...], y[...] = 3.0, 4.0
    assert first == (0.5, 0.25, np.inf)


@pytest.mark.parametrize(
    "f", [lambda x: np.exp(x).T, lambda x: (np.exp(x)[0], np.exp(x) + 1.0), lambda x: np.exp(x)[0, 0]]
)
def test_a_result_is_copied_before_its_buffer_is_another_threads(f):
    fast = tg.jit(f)
    x = np.ones((2, 2))
    expected = leaves(fast(x))
    (_, machine) = next(iter(fast._programs.values()))

    def in_between(frame, event, argument):
        """What another thread may do before any line: take the buffers, and write into them."""
        for buffer in machine.space["pool"][-1] if machine.space["pool"] else ():
            buffer[...] = 7.0
        return in_between

    before = sys.gettrace()
    sys.settrace(in_between)
    try:
        found = fast(x)
    finally:
        sys.settrace(before)
    for a, b in zip(leaves(found), expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_entries_are_no_array_of_ones_own():
    """A view of an array without entries looks like a copy; it may be a view of what is not to be written to."""
    fast = tg.jit(lambda x: (np.tanh(x[-1] * 2.0).sum() + x.sum(), x[0]))
    for x in (np.zeros((2, 0)), np.broadcast_to(np.zeros(0), (2, 0))):
        total, row = fast(x)
        assert total == 0.0 and row.shape == (0,) and row.flags.writeable
