"""A reshape of what lies out of order in memory is a copy: it is made at every call, not once with the buffers."""

import numpy as np
import pytest

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
