"""Functions of functions: gradients, Jacobians, products with them, nested, on numbers, arrays and trees."""

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value

rng = np.random.default_rng(2)
A = rng.normal(size=(3, 3))
x3 = rng.normal(size=3)


def f(x):
    return np.sin(x) @ A @ x + (x**3).sum()


def df(x):
    return np.cos(x) * (A @ x) + A.T @ np.sin(x) + 3 * x**2


def ddf(x):
    return np.diag(-np.sin(x) * (A @ x)) + np.cos(x)[:, None] * A + A.T * np.cos(x) + np.diag(6 * x)


# ── each by hand ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_grad_and_value():
    np.testing.assert_allclose(tg.grad(f)(x3), df(x3), rtol=1e-12)
    value, g = tg.value_and_grad(f)(x3)
    assert isinstance(value, (float, np.floating)) and type(g) is np.ndarray
    np.testing.assert_allclose([value, *g], [f(x3), *df(x3)], rtol=1e-12)


def test_hessian_and_hvp():
    np.testing.assert_allclose(tg.hessian(f)(x3), ddf(x3), rtol=1e-11)
    v = rng.normal(size=3)
    np.testing.assert_allclose(tg.hvp(f, x3, v), ddf(x3) @ v, rtol=1e-11)


def test_jacobian_jvp_and_vjp_agree():
    def g(x):
        return np.tanh(A @ x) * x[0]

    J = tg.jacobian(g)(x3)
    exact = (1 - np.tanh(A @ x3) ** 2)[:, None] * A * x3[0] + np.outer(np.tanh(A @ x3), [1, 0, 0])
    np.testing.assert_allclose(J, exact, rtol=1e-12)
    v, u = rng.normal(size=3), rng.normal(size=3)
    out, tangent = tg.jvp(g, (x3,), (v,))
    np.testing.assert_allclose(out, g(x3))
    np.testing.assert_allclose(tangent, J @ v, rtol=1e-12)
    out, pullback = tg.vjp(g, x3)
    np.testing.assert_allclose(pullback(u)[0], u @ J, rtol=1e-12)
    np.testing.assert_allclose(pullback(2 * u)[0], 2 * (u @ J), rtol=1e-12)  # may be asked again


def test_jacobians_of_matrices():
    X = rng.normal(size=(2, 3))
    J = tg.jacobian(lambda X: X @ A)(X)
    assert J.shape == (2, 3, 2, 3)
    np.testing.assert_allclose(J, np.einsum("ik,lj->ijkl", np.eye(2), A), atol=1e-15)
    np.testing.assert_allclose(tg.jacobian(lambda x: x.sum())(x3), np.ones(3))
    np.testing.assert_allclose(tg.jacobian(lambda t: t * x3)(2.0), x3)


def test_numbers_give_floats():
    for result in (
        tg.grad(lambda x: x * x)(3.0),
        tg.value_and_grad(lambda x: x * x)(3.0)[0],
        tg.hessian(lambda x: x**3)(2.0),
        tg.hvp(lambda x: x**3, 2.0, 1.0),
        tg.jacobian(lambda x: x**3)(2.0),
        *tg.jvp(lambda x: x * x, (3.0,), (1.0,)),
        *tg.vjp(lambda x: x * x, 3.0)[1](1.0),
        tg.grad(lambda x: x * x)(3),
    ):
        assert type(result) is float


def test_float32_stays_float32():
    x = x3.astype(np.float32)
    for g in (lambda x: (x**3).sum(), lambda x: tg.softmax(x)[0] * 2.0, lambda x: tg.logsumexp(np.tanh(x))):
        assert tg.grad(g)(x).dtype == tg.hessian(g)(x).dtype == tg.hvp(g, x, x).dtype == np.float32
    assert tg.jvp(np.sin, (x,), (x,))[1].dtype == np.float32


# ── arguments ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_argnums():
    h = lambda x, y, z: x * y**2 * z
    assert tg.grad(h, 1)(2.0, 3.0, 5.0) == 60.0
    assert tg.grad(h, -1)(2.0, 3.0, 5.0) == 18.0
    assert tg.grad(h, (0, 2))(2.0, 3.0, 5.0) == (45.0, 18.0)
    assert tg.grad(h, [0])(2.0, 3.0, 5.0) == (45.0,)
    assert tg.value_and_grad(h, (2, 0))(2.0, 3.0, 5.0) == (90.0, (18.0, 45.0))


def test_other_arguments_may_be_anything():
    assert tg.grad(lambda x, how, scale=1.0: {"square": x * x}[how] * scale)(3.0, "square", scale=2.0) == 12.0


Pair = namedtuple("Pair", "w b")


def test_trees():
    params = {"layers": [(np.ones((3, 2)), np.zeros(2)), (np.ones((2, 1)), np.zeros(1))], "scale": 2.0}

    def loss(params, x):
        for w, b in params["layers"]:
            x = np.tanh(x @ w + b)
        return (x * params["scale"]).sum()

    g = tg.grad(loss)(params, x3)
    assert set(g) == {"layers", "scale"} and type(g["scale"]) is float
    assert [type(layer) for layer in g["layers"]] == [tuple, tuple]
    assert g["layers"][0][0].shape == (3, 2)
    flat = tg.grad(lambda w: loss({**params, "layers": [(w, np.zeros(2)), params["layers"][1]]}, x3))(np.ones((3, 2)))
    np.testing.assert_allclose(g["layers"][0][0], flat, rtol=1e-14)
    pair = tg.grad(lambda p: p.w * p.b)(Pair(2.0, 3.0))
    assert pair == Pair(3.0, 2.0) and isinstance(pair, Pair)
    tg.check_grads(lambda p: loss(p, x3), params, order=2)


def test_results_that_are_trees():
    out, pullback = tg.vjp(lambda x: {"a": x * x, "b": [x, 3.0 * x]}, 2.0)
    assert out == {"a": 4.0, "b": [2.0, 6.0]}
    assert pullback({"a": 1.0, "b": [10.0, 100.0]}) == (4.0 + 10.0 + 300.0,)
    out, tangent = tg.jvp(lambda x: (x * x, 5.0 * x), (2.0,), (1.0,))
    assert (out, tangent) == ((4.0, 10.0), (4.0, 5.0))


def test_jacobians_and_hessians_of_trees():
    J = tg.jacobian(lambda x: {"square": x * x, "sum": x.sum()})(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(J["square"], np.diag([2.0, 4.0]))
    np.testing.assert_array_equal(J["sum"], [1.0, 1.0])
    both = tg.jacobian(lambda x, y: x * y, (0, 1))(x3, 2.0)
    np.testing.assert_array_equal(both[0], 2.0 * np.eye(3))
    np.testing.assert_array_equal(both[1], x3)
    H = tg.hessian(lambda p: p["a"] ** 2 * p["b"].sum())({"a": 3.0, "b": np.array([1.0, 4.0])})
    assert H["a"]["a"] == 10.0
    np.testing.assert_array_equal(H["a"]["b"], [6.0, 6.0])
    np.testing.assert_array_equal(H["b"]["a"], [6.0, 6.0])
    np.testing.assert_array_equal(H["b"]["b"], np.zeros((2, 2)))


def test_derivatives_towards_tangents_and_cotangents():
    v = np.array([0.3, -0.2, 0.5])
    by_tangent = tg.grad(lambda v: tg.jvp(f, (x3,), (v,))[1])(v)
    np.testing.assert_allclose(by_tangent, df(x3), rtol=1e-12)
    by_cotangent = tg.grad(lambda u: tg.vjp(lambda x: x * x, x3)[1](u)[0].sum())(v)
    np.testing.assert_allclose(by_cotangent, 2 * x3, rtol=1e-14)
    by_vector = tg.grad(lambda v: (tg.hvp(f, x3, v) * v).sum())(v)
    np.testing.assert_allclose(by_vector, (ddf(x3) + ddf(x3).T) @ v, rtol=1e-11)


def test_unused_arguments_and_constant_functions():
    assert tg.grad(lambda x, y: x * x, 1)(2.0, 3.0) == 0.0
    np.testing.assert_array_equal(tg.grad(lambda x: 5.0)(x3), np.zeros(3))
    np.testing.assert_array_equal(tg.jacobian(lambda x: np.ones(2))(x3), np.zeros((2, 3)))
    assert tg.jvp(lambda x: 7.0, (1.0,), (1.0,)) == (7.0, 0.0)
    assert tg.grad(lambda x: np.sign(x) * 1.0)(2.0) == 0.0


def test_names_are_kept():
    def energy(x):
        """The energy."""
        return x * x

    assert tg.grad(energy).__name__ == "energy" and tg.grad(energy).__doc__ == "The energy."


# ── nested ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_grad_of_grad():
    sin = np.sin
    for order, expected in enumerate([np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin], start=1):
        sin = tg.grad(sin)
        np.testing.assert_allclose(sin(0.7), expected(0.7), rtol=1e-13, err_msg=f"order {order}")


def test_closed_over_variables():
    assert tg.grad(lambda x: x * tg.grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert tg.grad(lambda x: tg.value_and_grad(lambda y: x * y * y)(3.0)[0])(5.0) == 9.0
    assert tg.grad(lambda x: tg.value_and_grad(lambda y: x * y * y)(3.0)[1])(5.0) == 6.0
    inner = lambda x: tg.jacobian(lambda y: x * y**2)(np.array([1.0, 2.0])).sum()
    assert tg.grad(inner)(3.0) == 2.0 + 4.0
    assert tg.grad(lambda x: tg.jvp(lambda y: x * y * y, (3.0,), (1.0,))[1])(5.0) == 6.0
    assert tg.grad(lambda x: tg.vjp(lambda y: x * y * y, 3.0)[1](1.0)[0])(5.0) == 6.0
    assert tg.grad(lambda x: tg.hessian(lambda y: x**2 * y**3)(2.0))(5.0) == 12.0 * 10.0
    assert tg.grad(lambda x: tg.hvp(lambda y: x * y**3, 2.0, 1.0))(5.0) == 12.0


def test_perturbations_are_not_confused():
    assert tg.grad(lambda x: tg.grad(lambda y: x)(1.0) + x)(2.0) == 1.0
    assert tg.grad(lambda x: x * tg.grad(lambda x: x * x)(x))(3.0) == 12.0


def test_closed_over_leaves_are_no_outer_variables():
    w = Tensor([1.0, 2.0], name="w")
    g = tg.grad(lambda x: (w * x).sum())(np.ones(2))
    assert type(g) is np.ndarray and w.grad is None


def test_a_node_as_argument_gives_a_node():
    x = Value(2.0)
    g = tg.grad(lambda x: x**3)(x)
    assert isinstance(g, Value)
    g.backward()
    assert x.grad == 12.0


def test_mixed_partial_derivatives_commute():
    h = lambda x, y: np.exp(x * y) * np.sin(y)
    xy, yx = tg.grad(tg.grad(h, 0), 1), tg.grad(tg.grad(h, 1), 0)
    np.testing.assert_allclose(xy(0.3, 0.8), yx(0.3, 0.8), rtol=1e-14)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_jacobian_of_the_gradient_is_the_hessian_and_symmetric(seed):
    rng = np.random.default_rng(seed)
    W, x = rng.normal(size=(3, 3)), rng.normal(size=3)
    h = lambda x: tg.logsumexp(np.tanh(W @ x)) * tg.softplus(x).sum()
    H = tg.hessian(h)(x)
    np.testing.assert_allclose(H, H.T, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(H, tg.jacobian(tg.grad(h))(x), rtol=1e-12)
    np.testing.assert_allclose(H @ x, tg.hvp(h, x, x), rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(H @ x, tg.jvp(tg.grad(h), (x,), (x,))[1], rtol=1e-9, atol=1e-11)


def test_inside_no_grad():
    with tg.no_grad():
        assert tg.grad(tg.grad(lambda x: x**3))(2.0) == 12.0


# ── check_grads ───────────────────────────────────────────────────────────────────────────────────────────────────────


def wrong(x):
    """x² whose derivative the engine is told to be x: half of x is held constant."""
    return x * (x.detach() if hasattr(x, "detach") else x)


def test_check_grads_passes_what_is_right():
    tg.check_grads(f, x3)
    tg.check_grads(lambda x, y: x * y + np.sin(x), 0.3, 0.7)
    tg.check_grads(lambda x: np.outer(x, x), x3, order=2)


def test_check_grads_names_the_argument_the_index_and_both_figures():
    with pytest.raises(AssertionError, match=r"argument 0, index \(\): the engine has \d.*, central differences \d"):
        tg.check_grads(wrong, 3.0, order=1)
    with pytest.raises(AssertionError, match=r"argument 1, index \(2,\)"):
        tg.check_grads(lambda x, y: (x * y).sum() + wrong(y[2]), x3, x3 + 3.0, order=1)
    with pytest.raises(AssertionError, match=r"argument 0, part 1"):
        tg.check_grads(lambda p: p["a"] + wrong(p["b"]), {"a": 1.0, "b": 2.0}, order=1)


def test_check_grads_looks_at_second_derivatives_too():
    def half(x):  # right in value and first derivative, wrong in the second
        held = x.detach() if hasattr(x, "detach") else x
        return held**2 + 2 * held * (x - held)

    tg.check_grads(half, 1.0, order=1)
    with pytest.raises(AssertionError, match="the engine has"):
        tg.check_grads(half, 1.0, order=2)


@pytest.mark.parametrize("argnums", [(0, 0), (0, -2), [1, 0, 1]])
@pytest.mark.parametrize("transform", [tg.grad, tg.value_and_grad, tg.jacobian, tg.hessian])
def test_an_argument_that_stands_twice_among_argnums_is_refused(transform, argnums):
    with pytest.raises(ValueError, match=r"argnums=\(.*an argument stands there twice"):
        transform(lambda x, y: x * y, argnums)(2.0, 3.0)


@pytest.mark.parametrize("dtype", [np.uint8, bool, np.float16])
@pytest.mark.parametrize("f", [lambda x: -x, lambda x: 1.0 - x, lambda x: x[[0, 0, 0]], lambda x: x * 6e4 * 2.0])
def test_a_cotangent_is_taken_in_the_dtype_of_the_result(f, dtype):
    """−1 of an unsigned integer is 255, and 200 + 200 of them 144."""
    given = np.full(3, 200).astype(dtype)
    x = np.ones(3)
    np.testing.assert_array_equal(tg.vjp(f, x)[1](given)[0], tg.vjp(f, x)[1](given.astype(float))[0])


def test_a_cotangent_holds_real_numbers():
    _, pullback = tg.vjp(lambda x: x * 2.0, np.ones(2))
    for held, why in [
        (np.array([1j, 1.0]), "vjp: the cotangent: a node holds real numbers, not complex128"),
        (np.array(["a", "b"]), "vjp: the cotangent: a node holds real numbers"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), "vjp: the cotangent: a masked array"),
    ]:
        with pytest.raises(TypeError, match=why):
            pullback(held)


def test_a_jacobian_without_rows_has_the_inputs_dtype():
    assert tg.jacobian(lambda x: x[:0])(np.ones(3, np.float32)).dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("number", [False, True], ids=["an array", "a number"])
@pytest.mark.parametrize("f", [lambda x: np.tanh(x).sum(), lambda x: x, lambda x: 2.0 * x[()], np.max])
def test_a_tangent_is_of_its_results_kind_and_dtype(f, number, dtype):
    x = dtype(0.5) if number else np.array([0.5, -1.0], dtype)
    value, change = tg.jvp(f, (x,), (np.ones_like(x),))
    assert change.__class__ is value.__class__
    assert change.dtype == value.dtype == dtype
    assert np.shape(change) == np.shape(value)
