"""Two seconds that tell whether the engine still stands: run it after every edit."""

import gc
import weakref

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value


def test_a_scalar_graph_and_its_gradients():
    x, y = Value(3.0, name="x"), Value(-2.0)
    z = (x * y + x**2) / 2 - x
    z.backward()
    assert (z.data, x.grad, y.grad) == (-1.5, 1.0, 1.5)
    assert type(z.data) is float and type(x.grad) is float
    assert z.op == "subtract" and z.parents[1] is x


def test_tensors_broadcast_and_keep_their_dtype():
    X = Tensor(np.arange(6.0).reshape(2, 3), dtype=np.float32)
    b = Tensor(np.ones(3), dtype=np.float32)
    np.tanh(X * 0.1 + b).sum().backward()
    assert X.grad.shape == (2, 3) and b.grad.shape == (3,) and X.grad.dtype == b.grad.dtype == np.float32
    np.testing.assert_allclose(b.grad, (1 - np.tanh(X.data * 0.1 + 1) ** 2).sum(axis=0), rtol=1e-5)


def test_binary_cross_entropy_by_hand():
    y, p = np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.2, 0.7])
    yhat = Tensor(p, name="yhat")
    (-(y * np.log(yhat) + (1 - y) * np.log(1 - yhat))).mean().backward()
    np.testing.assert_allclose(yhat.grad, -(y / p - (1 - y) / (1 - p)) / 3, rtol=1e-14)


def test_matmul_indexing_and_reductions_against_differences():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    tg.check_grads(lambda A, B: tg.softmax(A @ B, axis=1)[[0, 0, 2], 1].prod() + np.max(A, axis=0).var(), A, B)


def test_numpy_records():
    t = Tensor([1.0, 2.0])
    for made in (
        np.ones(2) + t,
        np.float64(2) * t,
        np.exp(t),
        np.ones((2, 2)) @ t,
        np.sum(t, axis=0),
        np.where(t > 1, t, 0),
    ):
        assert isinstance(made, (Tensor, Value)) and made.requires_grad
    with pytest.raises(TypeError, match="stack"):
        np.array([t, t])


def test_leaves_add_and_intermediates_are_set():
    x = Value(3.0)
    y = x * x
    z = y * x
    z.backward()
    z.backward()
    assert (x.grad, y.grad) == (54.0, 3.0)


def test_backward_as_a_graph():
    x = Tensor([1.0, 2.0])
    (x**3).sum().backward(create_graph=True)
    g, x.grad = x.grad, None
    g.sum().backward()
    np.testing.assert_allclose(x.grad, 6 * x.data)


def test_nested_derivatives():
    assert tg.grad(lambda x: x * tg.grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert tg.grad(tg.grad(tg.grad(lambda x: x * x)))(0.0) == 0.0
    np.testing.assert_allclose(tg.hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0])), np.diag([6.0, 12.0]))


def test_nothing_is_left_without_the_garbage_collector():
    gc.disable()
    try:
        x = Tensor([1.0, 2.0])
        y = np.exp(x) * x
        gone = weakref.ref(y)
        y.sum().backward()
        del y
        assert gone() is None
    finally:
        gc.enable()


def test_no_grad():
    x = Value(1.0)
    with tg.no_grad():
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
