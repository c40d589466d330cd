"""How a contribution is made to fit the operand that it reaches: its shape, its dtype, and how small it may stay."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine.backward import ancestors, passing, sweep
from tinygrad_edu.engine.derivatives import derivative
from tinygrad_edu.engine.landing import fitted, incoming, land, spread, sum_to


def steps(root, seed=1.0):
    """The contributions of the plain pass, by the operation that hands them on and the operand they reach."""
    table = {}
    found = list(passing({root: seed}, ancestors([root]), table, derivative))
    return {(step.node.op, step.parent.name or step.parent.op): step.contribution for step in found}, table


@pytest.mark.parametrize(
    "f", [lambda x: x @ np.array([[1.0], [2.0]]), lambda x: x[1:], lambda x: np.cumsum(x, axis=0), tg.softmax]
)
def test_a_number_becomes_whole_where_a_derivative_needs_it(f):
    x = Tensor([[1.0, 2.0], [3.0, 5.0]])
    root = f(x).sum()
    found = steps(root)[1][x]
    assert found.shape == (2, 2)
    np.testing.assert_array_equal(found, sweep(root, 1.0)[x])
    root.backward(create_graph=True)
    np.testing.assert_array_equal(x.grad.data, found)


def test_a_gradient_stays_one_number_while_all_its_entries_are_equal():
    x, b = Tensor([1.0, 2.0], name="x"), Tensor(3.0, name="b")
    found = steps((x * b).mean())[0]
    for step in (("mean", "multiply"), ("multiply", "x")):
        assert np.shape(found[step]) == ()
    assert type(found["mean", "multiply"]) is float
    for g in (2.0, np.float64(2.0), np.array(2.0)):
        assert incoming(g, x * b) is g
    a, c = Value(2.0, name="a"), Value(3.0, name="c")
    g = 0.5 + a.data
    assert fitted(g, a * c, a) is g


def test_a_number_for_a_broadcast_operand_is_counted_as_often_as_it_was_used():
    x, b, v = Tensor(np.ones((2, 3))), Tensor(np.ones((1, 3))), Value(1.0)
    product = x * b
    np.testing.assert_array_equal(fitted(0.5, product, b), [[1.0, 1.0, 1.0]])
    assert fitted(0.5, product, x) == 0.5
    assert fitted(0.5, x * v, v) == 3.0 and type(fitted(0.5, x * v, v)) is float
    assert fitted(0.5, x.sum(), x) == 0.5  # towards a reduction's operand it stands for a whole array
    assert type(fitted(np.float64(2.0), v * v, v)) is float


@pytest.mark.parametrize(
    ("size", "target"),
    [
        ((2, 3), (3,)), ((2, 3), (1, 3)), ((2, 3), (2, 1)), ((2, 3), ()), ((2, 3), (1,)), ((4, 2, 3), (2, 1)),
        ((4, 2, 3), (1, 2, 3)), ((4, 1, 3), (1, 3)),
        ((1, 2, 3), (2, 1)), ((0, 3), (3,)), ((0, 3), (1, 3)), ((1, 3), (3,)), ((2, 3), (2, 3)),
    ],
)  # fmt: skip
def test_sums_over_what_broadcasting_repeated(size, target):
    c = np.arange(float(np.prod(size))).reshape(size)
    expected = np.zeros(target)
    for index in np.ndindex(size):
        expected[tuple(0 if n == 1 else i for n, i in zip(target, index[len(size) - len(target) :], strict=True))] += c[
            index
        ]
    found = sum_to(c, target)
    assert found.shape == target
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(sum_to(Tensor(c), target).data, expected)


def test_a_bias_and_what_only_looks_like_one():
    c = np.arange(6.0).reshape(2, 3)
    x, b = Tensor(c), Tensor(np.ones(3))
    np.testing.assert_array_equal(land(c, x + b, b), [3.0, 5.0, 7.0])
    assert land(c, x + b, x) is c
    b32 = Tensor(np.ones(3), dtype=np.float32)
    assert land(c, x + b32, b32).dtype == np.float32
    flat = Tensor(np.ones(2))
    np.testing.assert_array_equal(land(c[:, :1], Tensor(np.ones((2, 2))) + flat, flat), [1 * 3.0, 3.0])
    stack = Tensor(np.ones((2, 2, 3)))
    np.testing.assert_array_equal(land(np.ones((2, 2, 3)), stack + b, b), [4.0, 4.0, 4.0])
    both, layer = np.arange(12.0).reshape(2, 2, 3), Tensor(np.ones((2, 3)))
    np.testing.assert_array_equal(land(both, stack + layer, layer), both[0] + both[1])
    np.testing.assert_array_equal(land(np.ones((1, 2)), Tensor(np.ones((3, 2))) + flat, flat), [3.0, 3.0])
    number = Tensor(0.5)
    assert land(c, x + number, number).shape == () and land(c, x + number, number) == 15.0
    square = Tensor(np.ones((2, 2)))
    row = np.ones(2)
    np.testing.assert_array_equal(land(c[:, :2], square @ row, square), c[:, :2])


def test_a_contribution_takes_on_the_operands_dtype():
    for dtype in (np.float32, np.float16):
        x = Tensor([1.0, 2.0], dtype=dtype)
        y = x * x
        assert land(np.array([1.0, 2.0]), y, x).dtype == dtype
        assert land(np.array([1.0, 2.0], dtype), y, x).dtype == dtype
        graph = land(Tensor([1.0, 2.0]), y, x)
        assert graph.dtype == dtype and graph.op == "astype"
        same = Tensor([1.0, 2.0], dtype=dtype)
        assert land(same, y, x) is same
    number = tg.primitive(lambda x: x * 1.0, lambda g, out, x: 2, name="doubled")  # an int is no array
    x = Tensor(3.0)
    number(x).backward()
    assert x.grad == 2.0 and x.grad.dtype == np.float64
    v = Value(3.0)
    number(v).backward()
    assert v.grad == 2.0 and type(v.grad) is float


def test_a_complex_operand_is_refused():
    x = Tensor([1.0, 2.0], name="x")
    with pytest.raises(TypeError, match=r"multiply: a complex operand beside x \(2,\)"):
        land(np.array([1j, 1.0]), x * 2.0, x)


def test_the_pass_as_a_graph_records_nothing_that_changes_nothing():
    """What is summed over no axis, repeated no more than before or converted to its own dtype would be read by all."""
    x, b = Tensor(np.ones((2, 3)), name="x"), Tensor(np.arange(3.0), name="b")
    product = x * b
    (product * product).sum().backward(create_graph=True)
    assert x.grad.op == "multiply" and (b.grad.op, b.grad.parents[0].op) == ("sum", "multiply")
    whole = Tensor(np.ones((2, 3)))
    assert land(whole, product, x) is whole


def test_spread_fills_a_node_with_one_number():
    x = Tensor(np.ones((2, 3)), dtype=np.float32)
    for g in (0.5, np.float64(0.5), np.array(0.5), np.array([0.5]), np.full((1, 3), 0.5)):
        whole = spread(g, x)
        assert whole.shape == (2, 3) and whole.dtype == np.float32 and np.all(whole == 0.5)
    for g in (Value(0.5), Tensor(0.5)):
        whole = spread(g, x)
        assert whole.shape == (2, 3) and whole.dtype == np.float32 and np.all(whole.data == 0.5)
    assert spread(Tensor(0.5, dtype=np.float32), x).op == "broadcast_to"  # and no astype to its own dtype
    same = np.ones((2, 3), np.float32)
    assert spread(same, x) is same


def test_the_recorded_gradient_of_a_value_has_all_its_digits():
    """The two contributions differ in the ninth digit, which a float32 has not got."""
    x, t = Value(0.5), Tensor([1.0], dtype=np.float32)
    (x * t).sum().backward(create_graph=True)
    (x * 1e-9).backward(create_graph=True)
    assert x.grad.dtype == np.float64
    assert x.grad.item() == 1.0 + 1e-9
