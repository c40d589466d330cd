"""A program computes in the dtype that the engine computes in."""

import numpy as np
import pytest

import tinygrad_edu as tg

LOSSES = {
    "sum": lambda x: x.sum(),
    "mean": lambda x: x.mean(),
    "mean along an axis": lambda x: x.mean(axis=0).sum(),
    "a third": lambda x: (x / 3).sum(),
    "full_like": lambda x: (np.full_like(x, 2.0) * x).sum(),
    "scaled and shifted": lambda x: x.mean() * 2.5 + 1,
    "var": lambda x: x.var(axis=1, ddof=1).sum(),
    "a transpose": lambda x: x.T.mean(axis=1).sum(),
    "one entry": lambda x: x[0, 1] * 2,
    "erf": lambda x: tg.erf(x).mean(),
}


def dtypes(results):
    return [np.asarray(r).dtype for r in results]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_value_and_gradient_have_the_dtype_of_the_argument(name, dtype):
    both, x, space = tg.value_and_grad(LOSSES[name]), np.array([[1.0, 2.0, 0.5], [0.3, -0.7, 1.5]], dtype), {}
    expected, jitted = both(x), tg.jit(both)
    exec(tg.to_numpy(LOSSES[name], x), space)
    for found in (jitted(x), jitted(x), space["f"](x)):
        assert dtypes(found) == dtypes(expected) == [dtype, dtype]
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-2 if dtype == np.float16 else 1e-6)


def test_gradients_that_are_graphs_keep_the_dtype():
    x = tg.Tensor(np.float32([1.0, 2.0]))
    x.mean().backward(create_graph=True)
    assert x.grad.data.dtype == np.float32


@pytest.mark.parametrize("f", [lambda a, b: (a * b).mean(), lambda a, b: (a / b).sum() / 3, lambda a, b: (a**b).mean()])
def test_beside_fewer_digits_a_program_keeps_its_own(f):
    a, b, space = np.array([1.1, 2.3, 0.7]), np.float32([0.1, 1.7, 2.9]), {}
    both = tg.value_and_grad(f, (0, 1))
    exact, jitted = both(a, b.astype(float)), tg.jit(both)
    exec(tg.to_numpy(f, a, b, argnums=(0, 1)), space)
    for _, (to_a, to_b) in (both(a, b), jitted(a, b), jitted(a, b), space["f"](a, b)):
        assert (to_a.dtype, to_b.dtype) == (np.float64, np.float32)
        np.testing.assert_allclose(to_a, exact[1][0], rtol=1e-14)
        np.testing.assert_allclose(to_b, exact[1][1], rtol=1e-6)


def scaled(gradient):
    return gradient * np.float64(0.5)


def its_mean(gradient):
    return gradient.mean()


@pytest.mark.parametrize("jitted", [False, True], ids=["eager", "jit"])
@pytest.mark.parametrize("change", [scaled, its_mean])
def test_a_gradient_put_in_anothers_place_has_the_shape_and_dtype_of_its_parameter(change, jitted):
    """Else what an optimiser remembers is of another kind than what its checkpoint gives back."""
    p = tg.Tensor(np.ones(3, np.float32), name="p")
    optimizer = tg.optim.Adam([p], 0.1)

    def step(x):
        optimizer.zero_grad()
        (p * x).sum().backward()
        p.grad = change(p.grad)
        optimizer.step()
        return p.sum()

    (tg.jit(step) if jitted else step)(np.array([1.0, 2.0, 3.0], np.float32))
    for held in (p.grad, *optimizer.state[0].values()):
        assert held.dtype == np.float32
        assert held.shape == (3,)


def test_a_gradient_that_is_a_graph_has_the_shape_of_its_parameter():
    p = tg.Tensor(np.ones(3), name="p")
    with pytest.raises(ValueError, match=r"grad: p \(3,\) cannot have a gradient of shape \(2,\)"):
        p.grad = tg.Tensor([1.0, 2.0])
    p.grad = tg.Tensor(2.0)
    assert p.grad.data.tolist() == [2.0, 2.0, 2.0]
