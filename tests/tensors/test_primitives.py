"""A user's own operation: it records, is checked, differentiates again, is drawn, derived and jitted by its name."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine.rules import TABLE
from tinygrad_edu.errors import NotEmittableError

softsign = tg.primitive(
    lambda x: x / (1 + np.abs(x)), lambda g, out, x: g / (1 + np.abs(x)) ** 2, name="softsign"
)  # fmt: skip
times = tg.primitive(lambda x, y: x * y, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x, name="times")
POINTS = np.array([-0.5, 2.0, 0.3])


def slope(x):
    return 1.0 / (1.0 + np.abs(x)) ** 2


def weighted():
    x, g = Tensor(POINTS, name="x"), Tensor([1.0, 2.0, 3.0], name="g", requires_grad=False)
    return (g * softsign(x)).sum(), x


def test_it_is_no_row_of_the_table():
    assert "softsign" not in TABLE and softsign.__name__ == "softsign"


def test_plain_numbers_are_computed_nodes_recorded():
    assert softsign(-3.0) == -0.75 and type(softsign(-3.0)) is float
    np.testing.assert_array_equal(softsign(POINTS), POINTS / (1 + np.abs(POINTS)))
    a = Value(-3.0)
    out = softsign(a)
    out.backward()
    assert (out.op, type(out.data), a.grad, type(a.grad)) == ("softsign", float, 1.0 / 16.0, float)
    x = Tensor(np.float32(POINTS))
    softsign(x).sum().backward()
    assert x.grad.dtype == np.float32


def test_what_broadcasting_repeated_is_summed():
    X, y = Tensor([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]]), Tensor(POINTS)
    times(X, y).sum().backward()
    np.testing.assert_allclose(y.grad, X.data.sum(axis=0))
    np.testing.assert_allclose(X.grad, np.broadcast_to(POINTS, (2, 3)))
    factor = Value(2.0)
    times(factor, y).sum().backward()
    assert factor.grad == POINTS.sum() and type(factor.grad) is float
    constant = tg.primitive(np.sum, lambda g, out, x: g)  # one number for all entries of x
    np.testing.assert_array_equal(tg.grad(lambda v: 2.0 * constant(v))(POINTS), [2.0, 2.0, 2.0])


def test_the_same_operand_twice_and_a_constant():
    x = Tensor(POINTS)
    times(x, x).sum().backward()
    np.testing.assert_allclose(x.grad, 2.0 * POINTS)
    held = tg.primitive(lambda x, y: x * y, lambda g, out, x, y: g * y, None)
    y = Tensor(POINTS)
    held(x, y).sum().backward()
    assert y.grad is None or not np.any(y.grad)
    assert tg.grad(tg.grad(lambda x: held(x, x)))(2.0) == 1.0  # recorded, too, nothing flows to y


def test_keyword_arguments_are_passed_on():
    total = tg.primitive(
        lambda x, axis: x.sum(axis=axis), lambda g, out, x, axis: np.expand_dims(g, axis) * np.ones(x.shape)
    )
    tg.check_grads(lambda v: total(v, axis=1), np.ones((2, 3)) * POINTS)


def test_gradients_are_checked_and_differentiated_again():
    tg.check_grads(softsign, POINTS, order=2)
    tg.check_grads(softsign, -1.5, order=2)
    tg.check_grads(times, np.ones((2, 3)), POINTS, order=2)
    np.testing.assert_allclose(tg.grad(tg.grad(softsign))(2.0), -2.0 / 27.0)
    wrong = tg.primitive(lambda x: x**2, lambda g, out, x: g * x)
    with pytest.raises(AssertionError, match="argument 0"):
        tg.check_grads(wrong, POINTS)


def test_jit_calls_it():
    compiled = tg.jit(tg.value_and_grad(lambda v: softsign(2.0 * v).sum()))
    for x in (POINTS, -3.0 * POINTS):
        value, gradient = compiled(x)
        np.testing.assert_allclose(value, softsign(2.0 * x).sum())
        np.testing.assert_allclose(gradient, 2.0 * slope(2.0 * x))
    assert tg.jit(softsign)(-3.0) == -0.75
    strange = tg.primitive(np.tanh, lambda g, out, x: g * (1 - out**2), name="my op(); x")
    other = tg.primitive(np.exp, lambda g, out, x: g * out, name="my op(); x")
    np.testing.assert_allclose(tg.jit(lambda v: strange(v) + other(v))(POINTS), np.tanh(POINTS) + np.exp(POINTS))


def test_what_has_no_source_is_not_written_out():
    for refuse in (
        lambda: tg.to_numpy(lambda x: softsign(x).sum(), POINTS),
        lambda: tg.to_numpy(softsign, 2.0),
    ):
        with pytest.raises(NotEmittableError, match="softsign is an operation of your own"):
            refuse()


def test_pictures_and_derivations_call_it_by_its_name():
    loss, x = weighted()
    loss.backward()
    assert "softsign" in tg.draw(loss).source
    assert r"\u2202softsign/\u2202x" in tg.page(loss)
    assert "softsign" in tg.draw(loss, backward=True, show="formulas").source
    derivation = tg.derive(loss, x)
    assert "softsign(x)" in str(derivation) and "softsign" in derivation.latex()
    assert derivation.check("g/(1 + abs(x))**2")
    assert derivation.check("-g/(1 + abs(x))**2").mistake == "sign"


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x: times(x, x, x), TypeError, r"argument 2, x \(3,\), requires a gradient, but primitive was given 2"),
        (lambda x: tg.primitive(lambda x: (x, x), None, name="two")(x), TypeError, "two gave a tuple"),
        (lambda x: tg.primitive(lambda x: "no", None, name="text")(x), TypeError, "text gave a"),
        (
            lambda x: tg.primitive(np.exp, lambda g, out, x: np.ones(7), name="long")(x).sum().backward(),
            ValueError,
            r"long: a vjp gave a contribution of shape \(7,\) to x \(3,\)",
        ),
        (lambda x: tg.primitive(np.exp, 3.0), TypeError, "exp: the vjp of argument 0 is a float"),
    ],
)
def test_what_does_not_fit_is_said(call, kind, message):
    with pytest.raises(kind, match=message):
        call(Tensor(POINTS, name="x"))


def adding_one(x):
    x += 1.0
    return x


def doubling(g, out, x):
    g *= 2.0
    return g


@pytest.mark.parametrize(
    ("function", "vjp"), [(adding_one, lambda g, out, x: g), (lambda x: x * 2.0, doubling)], ids=["function", "vjp"]
)
def test_the_graphs_arrays_cannot_be_written_to(function, vjp):
    """x would hold other numbers than the square of x was computed from, and b would get the doubled gradient."""
    f, g = tg.primitive(function, vjp, name="writing"), np.ones(2)
    for call in (lambda x, b: f(x) + b, lambda x, b: (f(x) + b) * x):
        x, b = Tensor([1.0, 2.0]), Tensor([1.0, 1.0])
        with pytest.raises(ValueError, match="read-only"):
            call(x, b).backward(g)
        np.testing.assert_array_equal(x.data, [1.0, 2.0])
        np.testing.assert_array_equal(g, [1.0, 1.0])


def test_a_buffer_that_is_used_again_is_copied():
    kept, slopes = np.zeros(2), np.zeros(2)
    f = tg.primitive(
        lambda x: np.multiply(x, 3.0, out=kept), lambda g, out, x: np.multiply(g, 3.0, out=slopes), name="in_a_buffer"
    )
    x = Tensor([1.0, 2.0])
    first, second = f(x), f(x * 10.0)
    np.testing.assert_array_equal(first.data, [3.0, 6.0])
    (first + second * 2.0).sum().backward()
    np.testing.assert_array_equal(x.grad, [63.0, 63.0])
    program = tg.jit(lambda x: f(x) * f(x * 10.0))
    np.testing.assert_array_equal(program(np.array([1.0, 2.0])), 90.0 * np.array([1.0, 4.0]))
    same = tg.primitive(lambda x: x, lambda g, out, x: g, name="same")
    y = same(x)
    y.data[0] = 7.0
    assert x.data[0] == 1.0


@pytest.mark.parametrize("make", [lambda: Value(2.0), lambda: Tensor([2.0, 3.0])])
def test_a_vjp_that_returns_nothing_is_told_from_a_flat_function(make):
    forgetful = tg.primitive(lambda x: x * 2.0, lambda g, out, x: None, name="forgetful")
    x = make()
    with pytest.raises(TypeError, match="forgetful: the vjp of argument 0 gave None"):
        (forgetful(x) * 1.0).sum().backward() if x.flags else forgetful(x).backward()
    flat = tg.primitive(lambda x: x * 2.0, None, name="flat")
    assert np.all(tg.grad(lambda x: (flat(x) + x).sum() if x.flags else flat(x) + x)(x.data) == 1.0)
    several = tg.primitive(lambda x: x * 2.0, lambda g, out, x: [2.0, 2.0], name="several")
    assert tg.grad(lambda x: several(x).sum())(np.ones(2)).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("name", ["identity", "sum", "sigmoid", "add", "getitem"])
def test_an_operation_that_is_called_like_a_row_of_the_table_is_not_taken_for_it(name):
    cubed = tg.primitive(lambda x: x**3, lambda g, out, x: 3.0 * g * x**2, name=name)
    assert cubed(2.0) == 8.0 and cubed(Value(2.0)).op == f"my_{name}"
    x = Tensor(POINTS, name="x")
    derivation = tg.derive(cubed(x).sum(), x)
    assert f"my_{name}(x)" in str(derivation) and derivation.check("3*x**2").ok and not derivation.check("1").ok
    assert f"my_{name}" in tg.draw(cubed(x).sum(), show="formulas").source
    with pytest.raises(NotEmittableError, match=f"my_{name} is an operation of your own"):
        tg.to_numpy(lambda x: cubed(x).sum(), POINTS)


def test_a_vjp_that_leaves_the_graph_has_no_derivative_of_its_own():
    leaving = tg.primitive(lambda x: x**3, lambda g, out, x: 3.0 * getattr(g, "data", g) * getattr(x, "data", x) ** 2)
    assert tg.grad(leaving)(2.0) == 12.0
    with pytest.raises(TypeError, match="made plain numbers of nodes"):
        tg.grad(tg.grad(leaving))(2.0)
    stopped = tg.primitive(lambda x: x * 2.0, lambda g, out, x: np.zeros(np.shape(x)))
    np.testing.assert_array_equal(tg.hessian(lambda x: stopped(x).sum())(POINTS), np.zeros((3, 3)))


def test_what_is_no_function_and_gives_no_number():
    with pytest.raises(TypeError, match="primitive takes a function, not int"):
        tg.primitive(3)
    with pytest.raises(TypeError, match="primitive gave a NoneType"):
        tg.primitive(lambda x: None, None)(Tensor(POINTS))


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_a_vjp_may_close_over_nodes(kind):
    """The gradient of a plain pass is plain; where another derivative follows the node, it goes on."""
    w, x = kind(3.0), kind(2.0)
    scaled = tg.primitive(lambda x: x + 0.0, lambda g, out, x: g * w)
    scaled(x).backward()
    assert not isinstance(x.grad, Value | Tensor) and x.grad == 3.0
    x.grad = None
    scaled(x).backward(create_graph=True)
    x.grad.backward()
    assert w.grad == 1.0

    def slope(w):
        return tg.grad(tg.primitive(lambda x: x + 0.0, lambda g, out, x: g * w * w))(2.0)

    assert tg.grad(slope)(3.0) == 6.0


@pytest.mark.parametrize("given", ["a", np.array(["a"]), np.array([None])])
def test_a_vjp_gives_numbers(given):
    x = Tensor([1.0])
    with pytest.raises(TypeError, match=r"wordy: the vjp of argument 0 gave .*: a contribution is one array"):
        tg.primitive(lambda x: x + 0.0, lambda g, out, x: given, name="wordy")(x).backward()
