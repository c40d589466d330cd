"""In-place operators on leaves: under no_grad they change the leaf, outside they never train nothing in silence."""

import contextlib
import operator
import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, no_grad
from tinygrad_edu.errors import ChangedSinceError

OPERATORS = {
    "+=": operator.iadd, "-=": operator.isub, "*=": operator.imul, "/=": operator.itruediv, "**=": operator.ipow,
    "//=": operator.ifloordiv, "%=": operator.imod, "@=": operator.imatmul,
}  # fmt: skip


@pytest.fixture(params=OPERATORS)
def symbol(request):
    return request.param


def leaf_and_operand(symbol, kind):
    if symbol == "@=":
        return np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.5, 1.0], [2.0, 0.0]])
    return (3.0, 2.0) if kind is Value else (np.array([3.0, 5.0]), np.array([2.0, 0.5]))


@pytest.mark.parametrize("kind", [Tensor, Value])
@pytest.mark.parametrize("wrapped", [False, True])
def test_under_no_grad_the_leaf_itself_is_changed(symbol, kind, wrapped):
    held, other = leaf_and_operand(symbol, kind)
    kind = Tensor if symbol == "@=" else kind
    p = leaf = kind(held, name="p")
    expected = OPERATORS[symbol](np.copy(held), other)
    with no_grad():
        p = OPERATORS[symbol](p, kind(other) if wrapped else other)
    assert p is leaf and p.requires_grad and p.rule is None
    np.testing.assert_allclose(p.data, expected)
    (p * p).sum().backward()
    np.testing.assert_allclose(p.grad, 2 * expected)


def test_outside_no_grad_an_update_by_the_own_gradient_raises(symbol):
    held, _ = leaf_and_operand(symbol, Tensor)
    w = Tensor(held, name="w")
    (w * w).sum().backward()
    with pytest.raises(RuntimeError, match=r"w \(.*w\.data .*no_grad"):
        OPERATORS[symbol](w, 0.1 * w.grad)
    with pytest.raises(RuntimeError, match="no_grad"):
        OPERATORS[symbol](w, Tensor(w.grad, requires_grad=False))
    np.testing.assert_array_equal(w.data, held)


@pytest.mark.parametrize("kind", [Tensor, Value])
def test_a_training_loop_over_parameters(kind):
    params = [kind(3.0, name="a"), kind(0.0, name="b")]

    def step():
        for p in params:
            p.grad = None
        ((params[0] + params[1] - 1) ** 2).sum().backward()

    step()
    with pytest.raises(RuntimeError, match=r"a\.data"):
        for p in params:
            p -= 0.1 * p.grad
    with pytest.raises(RuntimeError, match=r"b\.data"):  # a bias begins with 0, as a running total does
        for p in params[1:]:
            p -= 0.1 * p.grad
    for _ in range(100):
        step()
        with no_grad():
            for p in params:
                p -= 0.1 * p.grad
    assert (params[0] + params[1]).item() == pytest.approx(1.0)


@pytest.mark.parametrize("kind", [Tensor, Value])
def test_a_running_total_goes_on_working(kind):
    w = kind(2.0, name="w")
    for _ in range(2):
        w.grad = None
        total, product = kind(0.0), kind(1.0)
        for x in (1.0, 2.0, 3.0):
            total += w * x
            product *= w
        total -= w
        total += 5.0
        (total + product).backward()
        assert w.grad == 5.0 + 3 * 4.0
    x = kind(2.0)
    x += 1
    x *= 3
    assert x.item() == 9.0
    total = Value(0.0)
    total += Tensor([1.0, 2.0])
    assert total.shape == (2,)
    with no_grad():
        total = Value(0.0)
        total += Tensor([1.0, 2.0])
    assert total.shape == (2,)
    assert tg.grad(in_place_function)(np.array([3.0])).tolist() == [16.0]


def in_place_function(x):
    x -= np.array([1.0])
    x *= 2.0
    return (x * x).sum()


def test_where_it_cannot_be_told_apart_it_warns():
    w = Tensor([1.0, 2.0], name="w")
    for symbol in ("-=", "+="):
        with pytest.warns(UserWarning, match=r"w\.data .*no_grad.*write it out"):
            OPERATORS[symbol](w, np.array([0.1, 0.1]))
    with pytest.warns(UserWarning, match="no_grad"):
        OPERATORS["-="](w, 0.1)
    (w * w).sum().backward()
    with pytest.warns(UserWarning, match="no_grad"):
        OPERATORS["-="](w, w * 2.0)


def test_a_leaf_keeps_its_shape_and_dtype():
    w = Tensor(np.ones(2, np.float32), name="w")
    with no_grad():
        w -= np.array([0.5, 0.25])
    assert w.dtype == np.float32 and w.data.tolist() == [0.5, 0.75]
    with no_grad(), pytest.raises(ValueError, match=r"-=: w \(2,\) .* keeps its shape, the result has \(3, 2\)"):
        w -= np.ones((3, 2))
    with no_grad(), pytest.raises(TypeError):
        w -= "1"


def test_a_change_between_forward_and_backward_is_noticed():
    w = Tensor([2.0], name="w")
    loss = (w * w).sum()
    with no_grad():
        w += 1.0
    with pytest.raises(ChangedSinceError, match="w"):
        loss.backward()


def test_a_recorded_step_written_by_hand():
    """Two updates in one call, read again by the next: the program makes them at every call."""
    mine, other = Tensor([1.0, 2.0], name="w"), Tensor([1.0, 2.0], name="w")
    number, other_number = Value(3.0, name="b"), Value(3.0, name="b")

    def step(w, b, x):
        w.grad = b.grad = None
        loss = ((w * x + b) ** 2).sum()
        loss.backward()
        with no_grad():
            for p in (w, b):
                p -= 0.01 * p.grad
                p *= 0.9
        return loss, (w * x).sum()

    fast = tg.jit(lambda x: step(mine, number, x))
    for k in range(4):
        x = np.array([1.0, 0.5 + k])
        found = fast(x)
        np.testing.assert_allclose(found, [each.data for each in step(other, other_number, x)], rtol=1e-14)
        np.testing.assert_allclose(mine.data, other.data, rtol=1e-14)
        assert number.data == pytest.approx(other_number.data, rel=1e-14)
    with pytest.raises(RuntimeError, match="no_grad"):
        tg.jit(outside_no_grad)(np.array([1.0]))


def outside_no_grad(x):
    w = WEIGHT
    w.grad = None
    (w * x).sum().backward()
    w -= 0.1 * w.grad
    return x


WEIGHT = Tensor([1.0], name="w")


def test_a_total_of_a_recorded_function():
    def total(x):
        with no_grad():
            s = Value(0.0)
            for _ in range(3):
                s += x
        return s

    assert tg.jit(total)(2.0) == 6.0 and tg.jit(total)(3.0) == 9.0


def test_nothing_is_said_of_what_is_right():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = Tensor([1.0], requires_grad=False)
        data += 1.0
        y = Tensor([2.0]) * 3
        y += y
        y -= 1.0
        assert data.data == 2.0 and y.data == 11.0


@pytest.mark.parametrize(
    ("write", "line"),
    [
        (lambda w: w.__setitem__(0, 9), "w.data[0] = 9"),
        (lambda w: w.__setitem__(np.int64(1), 2.5), "w.data[1] = 2.5"),
        (lambda w: w.__setitem__((0, slice(1, None)), 0.0), "w.data[0, 1:] = 0.0"),
        (lambda w: w.__setitem__(slice(None, None, -2), [1, 2]), "w.data[::-2] = …"),
        (lambda w: w.__setitem__((None, ..., -1), 1), "w.data[None, ..., -1] = 1"),
        (lambda w: w.__setitem__(np.array([True, False]), 1), "w.data[…] = 1"),
    ],
)
@pytest.mark.parametrize("recording", [True, False])
def test_entries_of_a_leaf_are_set_in_its_array(write, line, recording):
    w = Tensor(np.ones((2, 3)), name="w")
    made = w * 2.0
    with contextlib.nullcontext() if recording else tg.no_grad(), pytest.raises(TypeError) as caught:
        write(w)
    assert f"write {line}" in str(caught.value)
    with pytest.raises(TypeError, match=r"np\.where") as caught:
        write(made)
    assert ".data" not in str(caught.value)  # another array in the middle of a graph would have no gradient
    with pytest.raises(TypeError, match=r"p\.data\[0\]"):
        Tensor([1.0])[0] = 1.0
