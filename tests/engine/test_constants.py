"""What stands beside nodes: NumPy's numbers, lists, arrays of other kinds; and what bare numbers give."""

from fractions import Fraction

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, losses
from tinygrad_edu.engine.constants import constant, scalar_or_array, unmasked


@pytest.mark.parametrize("number", [np.float64(0.5), np.float32(0.5), 0.5, 2, np.int64(2), True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_number_beside_an_array_makes_numpys_dtype(number, dtype):
    x = np.array([1.0, 2.0], dtype)
    for f in (np.multiply, np.add, np.power):
        found, expected = f(Tensor(x, dtype=dtype), number), f(x, number)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found.data, expected)


def test_numpys_numbers_among_bare_numbers_are_pythons():
    kept = np.float32(0.1)
    assert type(constant("add", kept, 0)) is float and constant("add", kept, 1) is kept
    assert type((Value(2.0) * np.float32(0.5)).data) is float
    assert constant("add", [1, 2], 0).tolist() == [1, 2] and constant("mine", "text", 0, anything=True) == "text"
    with pytest.raises(TypeError, match="add: 'text' is no real number"):
        constant("add", "text", 0)


def test_what_bare_numbers_give():
    assert scalar_or_array(np.array(2.0), 0) == (2.0, 0) and type(scalar_or_array(np.array(2.0), 0)[0]) is float
    assert scalar_or_array(np.float64(2.0), 1) == (2.0, 1) and type(scalar_or_array(np.bool_(True), 0)[0]) is bool
    array = np.ones(2)
    assert scalar_or_array(array, 0) == (array, 1) and scalar_or_array(array, 1) == (array, 1)
    assert scalar_or_array(3, 0) == (3, 0)
    assert isinstance(np.stack([Value(1.0), Value(2.0)]), Tensor)
    assert isinstance(np.stack([Value(1.0), Value(2.0)]).sum() + Value(1.0), Tensor)


class Labelled(np.ndarray):
    """An array of another class that masks nothing."""


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_arrays_of_other_kinds():
    plain = np.ones(2)
    labelled = plain.view(Labelled)
    assert unmasked(plain, "data") is plain and unmasked(labelled, "data") is labelled
    open_mask = np.ma.array([1.0, 2.0])
    assert unmasked(open_mask, "data") is open_mask  # hides nothing
    with pytest.raises(TypeError, match="data: a masked array"):
        unmasked(np.ma.array([1.0, 2.0], mask=[True, False]), "data")
    assert Tensor(labelled).data.tolist() == [1.0, 1.0]
    assert losses.mse_loss(Tensor([1.0, 2.0]), labelled).item() == 0.5
    assert type(constant("add", labelled, 1)) is np.ndarray
    for strange, said in ((open_mask, "masked array"), (np.matrix([[1.0]]), r"np\.matrix")):
        with pytest.raises(TypeError, match=f"multiply: a {said}"):
            constant("multiply", strange, 1)


@pytest.mark.parametrize(
    "array",
    [
        np.array([1j, 1.0]),
        np.array(["1", "2"]),
        np.array([object(), 1.0]),
        np.ma.array([1.0, 2.0], mask=[False, True]),
    ],
    ids=["complex", "texts", "objects", "masked"],
)
def test_what_a_node_is_given_is_real_and_whole(array):
    x = Tensor([1.0, 2.0])
    for give in (
        lambda: setattr(x, "data", array),
        lambda: setattr(x, "grad", array),
        lambda: (x * 2.0).backward(array),
    ):
        with pytest.raises(TypeError, match=r"holds real numbers, not|a masked array"):
            give()
    assert x.data.tolist() == [1.0, 2.0] and x.grad is None
    with pytest.raises(TypeError, match="holds real numbers, not complex"):
        (Value(1.0) * 2.0).backward(1j)


def test_whole_numbers_of_any_size_are_floats_beside_nodes():
    """NumPy makes them objects, in which nothing else computes."""
    large = 10**30
    assert Tensor([large, 1]).data.tolist() == [1e30, 1.0]
    x = Tensor([1.0, 2.0])
    assert np.fmax(x, large).data.tolist() == [1e30, 1e30] and np.fmin(Value(1.0), large).data == 1.0
    for found in (x * [large, 1], [large, 1] * x, np.maximum(x, [large, 1]), np.where(x > 5.0, x, [large, 1])):
        assert found.dtype == np.float64 and found.data[0] == 1e30


@pytest.mark.parametrize("other", [[1j, 1.0], ["a", "b"], [None, 1.0]])
def test_what_stands_beside_nodes_in_a_list_is_real(other):
    x = Tensor([1.0, 2.0])
    for operation in (lambda: x * other, lambda: np.maximum(other, x), lambda: np.where(x > 0, x, other)):
        with pytest.raises(TypeError, match=r"(multiply|maximum|where): a node holds real numbers, not"):
            operation()


@pytest.mark.parametrize("other", [None, "a", b"a", {}, 1j, np.complex128(1j), np.str_("a"), Fraction(1, 2)])
@pytest.mark.parametrize("x", [Tensor([1.0, 2.0]), Value(2.0)])
@pytest.mark.parametrize("name", ["add", "maximum", "arctan2", "less", "matmul", "where"])
def test_a_function_of_what_is_no_number_is_an_error(name, x, other):
    """An operator may ask the other operand; a function has nobody else to ask."""
    f = getattr(tg, name, None) or getattr(np, name)
    for args in ((x, other), (other, x)) if (name, other) != ("where", None) else ():
        with pytest.raises(TypeError, match=rf"{name}: .*(is no real number|holds real numbers)"):
            f(x > 0, *args) if name == "where" else f(*args)


def test_an_operation_of_ones_own_may_take_anything():
    scaled = tg.primitive(lambda x, how: x * (2.0 if how == "twice" else 1.0), lambda g, out, x, how: 2.0 * g, None)
    x = Value(3.0)
    scaled(x, "twice").backward()
    assert x.grad == 2.0


@pytest.mark.parametrize("dtype", [">f8", ">f4"])
def test_the_order_of_bytes_is_the_machines_own(dtype):
    """As arrays come from a file; a checkpoint of such a tensor was one of another dtype."""
    x = tg.Tensor(np.array([1.0, 2.0], dtype))
    assert x.dtype.isnative
    assert x.dtype.itemsize == np.dtype(dtype).itemsize
    assert x.data.tolist() == [1.0, 2.0]
    assert tg.Tensor([1.0], dtype=dtype).dtype.isnative
