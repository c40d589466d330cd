"""NumPy's own functions on nodes: they record, or they say why not. Nothing becomes an object array."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine.graph import Node
from tinygrad_edu.engine.rules import TABLE
from tinygrad_edu.tensors.protocols import _named

OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "%": lambda a, b: a % b,
    "@": lambda a, b: a @ b,
    "//": lambda a, b: a // b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
OTHERS = {
    "float": 2.0,
    "int": 2,
    "bool": True,
    "float64": np.float64(2.0),
    "float32": np.float32(2.0),
    "int64": np.int64(2),
    "0-d": np.array(2.0),
    "array": np.array([2.0, 3.0]),
    "integers": np.array([2, 3]),
    "list": [2.0, 3.0],
    "Value": Value(2.0),
    "Tensor": Tensor([2.0, 3.0]),
}


@pytest.mark.parametrize("symbol", OPERATORS)
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("make", [lambda: Tensor([1.5, 2.5]), lambda: Value(1.5)], ids=["Tensor", "Value"])
def test_operators_from_both_sides(symbol, other, make):
    act, plain = OPERATORS[symbol], lambda a: a.data if isinstance(a, Node) else a
    node, other = make(), OTHERS[other]
    if symbol == "@" and 0 in (np.ndim(node), np.ndim(other)):
        return  # single numbers have no axis to sum over: test_errors
    for left, right in ((node, other), (other, node)):
        found, expected = act(left, right), act(np.asarray(plain(left)), np.asarray(plain(right)))
        assert isinstance(found, Node), "recorded, whichever side the array is on"
        np.testing.assert_allclose(found.data, expected, rtol=1e-15)
        arrays = [a for a in (left, right) if isinstance(a, Tensor) or np.ndim(a)]
        assert isinstance(found, Tensor if arrays else Value) or np.ndim(expected) == 0
        assert found.requires_grad == (symbol not in ("//", "==", "!=", "<", "<=", ">", ">="))


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "**", "@"])
@pytest.mark.parametrize("other", ["int", "float32", "array", "list", "Value", "Tensor"])
def test_gradients_beside_whatever_stands_there(symbol, other):
    act, other, x = OPERATORS[symbol], OTHERS[other], np.array([1.5, 2.5])
    if symbol == "@" and np.ndim(other) == 0:
        return
    array = np.asarray(other.data if isinstance(other, Node) else other, float)
    for f in (lambda x, other: act(x, other).sum(), lambda x, other: act(other, x).sum()):
        ours, expected = tg.grad(f)(x, other), tg.grad(f)(x, array)
        np.testing.assert_allclose(ours, expected, rtol=1e-7)  # the logarithm of a float32 is one


def test_numpy_numbers_on_the_left_of_a_value_stay_floats():
    for number in (np.float64(2.0), np.float32(2.0), np.int64(2)):
        for made in (number * Value(3.0), Value(3.0) * number, number - Value(3.0), number ** Value(2.0)):
            assert isinstance(made, Value) and type(made.data) is float
            leaf = made.parents[0]
            made.backward()
            assert type(leaf.grad) is float


def test_every_ufunc_records_or_refuses_by_name():
    t = Tensor([1.3, 1.6])
    ufuncs = {name: what for name, what in vars(np).items() if isinstance(what, np.ufunc)}
    recorded = set()
    for name, ufunc in ufuncs.items():
        try:
            with np.errstate(invalid="ignore"):
                found = ufunc(*[t] * ufunc.nin)
        except TypeError as error:
            assert ufunc.__name__ in str(error) or "masks" in str(error), f"{name}: {error}"
            continue
        assert isinstance(found, Node), name
        recorded.add(ufunc.__name__)
    assert {"add", "tanh", "matmul", "isnan", "floor", "logaddexp2", "deg2rad", "vecdot"} <= recorded


def test_every_function_records_answers_or_refuses_by_name():
    """All of NumPy's functions that dispatch: none returns plain numbers of a node, unless it asks about its form."""
    answers = {"shape", "ndim", "size", "allclose", "array_equal", "result_type", "iscomplexobj", "isrealobj"}
    t = Tensor([[0.3, 0.6], [0.1, 0.2]])
    tried = refused = 0
    for home in (np, np.linalg, np.fft):
        for name, function in vars(home).items():
            if type(function) is not type(np.sum) or name in answers:  # only these ask their arguments
                continue
            try:
                found = function(t)
            except (TypeError, ValueError) as error:
                refused += "no rule" in str(error)
                continue
            tried += 1
            parts = found if isinstance(found, (tuple, list)) else [found]
            assert parts and all(isinstance(part, Node) for part in parts), f"np.{name} let a node go: {found!r}"
    assert tried > 50 and refused > 20


def test_what_hips_autograd_derives_is_here():
    """Its users' programs run: every function it has a derivative for, complex numbers aside."""
    vjps = pytest.importorskip("autograd.numpy.numpy_vjps")
    import autograd.numpy as hips
    from autograd.core import primitive_vjps

    complex_ones = {"real", "imag", "conj", "conjugate", "angle", "real_if_close", "array", "eig"}
    assert vjps
    derived = {getattr(primitive, "__name__", "") for primitive in primitive_vjps}
    left_out = complex_ones | {"full", "msort", "fft"}  # full does not ask its arguments, msort is gone from NumPy
    names = {name for name in derived if name in vars(hips) and hasattr(np, name)} - left_out
    here = set(tg.tensors.functions.__all__) | set(tg.linalg.__all__)
    assert len(names) > 60 and sorted(names - here) == []
    linear = {name for name in derived if hasattr(np.linalg, name) and name not in vars(hips)} - complex_ones
    assert sorted(linear - set(tg.linalg.__all__)) == []


def test_silent_keywords_pass():
    t = Tensor([1.0, 2.0])
    assert np.add(t, t, out=None, where=True, dtype=None, casting="same_kind").shape == (2,)
    assert np.sum(t, axis=0, dtype=None, out=None, keepdims=True).shape == (1,)
    assert np.concatenate([t, t], axis=None, dtype=None).shape == (4,)
    assert np.clip(t, 0.0, 1.0, out=None).shape == (2,)


def test_arguments_by_place_are_numpys():
    t = Tensor([[1.0, 2.0], [3.0, 4.0]])
    assert np.sum(t, 0, None, None, True).shape == (1, 2)
    assert np.var(t, 0, None, None, 1).data.tolist() == [2.0, 2.0]
    assert np.sum(a=t, axis=1).shape == np.sum(t, axis=-1).shape == (2,)
    assert np.reshape(t, (4,)).shape == np.reshape(t, 4).shape == tg.reshape(t, shape=4).shape == (4,)
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":  # NumPy 2.0 has no such keyword
        assert np.reshape(t, shape=(4,)).shape == np.reshape(t, shape=4).shape == (4,)
    assert np.linalg.norm(t, None, 1).shape == np.linalg.norm(t, axis=1).shape == (2,)
    assert np.average(t, None, None, False).shape == ()
    assert np.concatenate((t, t), 1).shape == (2, 4)
    with pytest.raises(TypeError, match=r"np\.sum\(dtype=…\)"):
        np.sum(t, 0, np.float32)
    with pytest.raises(TypeError, match=r"np\.diff\(prepend=…\)"):
        np.diff(t, prepend=0.0)
    with pytest.raises(TypeError, match=r"np\.average\(returned=…\)"):
        np.average(t, returned=True)


def test_lists_with_nodes_reach_our_functions():
    a, b = Tensor([1.0, 2.0]), Value(3.0)
    assert np.stack([a, [5.0, 6.0]]).shape == (2, 2)
    assert np.concatenate([[1.0], a]).shape == (3,)
    assert np.hstack([b, a]).shape == (3,)
    assert np.select([a > 1.0, a > 0.0], [a, 2.0 * a]).shape == (2,)


@pytest.mark.parametrize("x", [Tensor([1.0, 2.0]), Tensor([[1.0, 2.0]])])
def test_arrays_are_joined_that_a_generator_gives(x):
    for join in (tg.concatenate, tg.stack, tg.vstack, tg.hstack, tg.dstack, tg.column_stack):
        assert np.array_equal(join(each for each in [x, 2 * x]).data, join([x, 2 * x]).data)


def test_nothing_becomes_an_object_array():
    t = Tensor([1.0, 2.0])
    for made in (np.ones(2) + t, np.ones((2, 2)) @ t, [1.0, 2.0] * t):
        assert isinstance(made, Tensor) and made.dtype == np.float64


def test_a_node_without_gradient_is_as_good_as_its_array():
    fixed = Tensor([1.0, 2.0], requires_grad=False)
    np.testing.assert_array_equal(np.asarray(fixed), [1.0, 2.0])
    held = np.asarray(fixed > 1)
    assert held.dtype == bool
    np.testing.assert_array_equal(np.array([fixed, fixed]), [[1.0, 2.0], [1.0, 2.0]])


def test_float_item_and_data_leave_the_graph_because_they_are_asked_to():
    v, t = Value(2.5), Tensor(2.5)
    assert v.item() == v.data == t.item() == 2.5
    with pytest.warns(UserWarning, match=r"np\.exp.*\.item\(\)"):
        assert float(v) == 2.5
    with pytest.warns(UserWarning, match=r"np\.exp.*\.item\(\)"):
        assert float(t) == 2.5
    assert int(v) == 2 and f"{v:.1f}" == "2.5"
    assert isinstance(t.numpy(), np.ndarray) and isinstance(t.data, (np.ndarray, np.floating))


def test_truth_and_hash():
    a, b = Value(1.0), Value(1.0)
    assert a == b and not (a != b).data and a in [b] and len({a, b}) == 2
    assert (a < 2) and (a <= 1) and not (a > 1) and (a >= 1)
    assert (Tensor([1.0, 2.0]) == Tensor([1.0, 3.0])).data.tolist() == [True, False]
    assert isinstance(a == 1.0, Value) and (a == 1.0).data is True
    assert (a == "a") is False


def test_names_of_the_table_are_looked_up_once():
    assert _named("tanh") is TABLE["tanh"] and _named("no_such_function") is None


def test_operands_by_numpys_names():
    """The second of two is called b there, y here."""
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
    for f in (
        np.outer,
        np.kron,
        lambda a, b: np.tensordot(a=a, b=b, axes=1),
        lambda a, b: np.tensordot(a, axes=1, b=b),
    ):
        np.testing.assert_array_equal(f(a=Tensor(a), b=Tensor(b)).data, f(a=a, b=b))
    assert np.array_equal(a1=Tensor(a), a2=Tensor(a)) and not np.array_equal(Tensor(a), a2=b)
    with pytest.raises(TypeError, match=r"np.outer\(out=…\) of a node"):
        np.outer(a=Tensor(a), b=b, out=a)
