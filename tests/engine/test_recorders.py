"""The methods behind the binary operators: what they leave to the other operand, and what they do not know."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine import graph, rules


class Length:
    """A class of somebody else's that knows what to do beside a node."""

    def __radd__(self, node):
        return "radd", node

    def __add__(self, node):
        return NotImplemented


@pytest.mark.parametrize("node", [Value(3.0), Tensor([3.0])])
def test_the_other_operand_is_asked_about_what_no_node_knows(node):
    assert node + Length() == ("radd", node)


@pytest.mark.parametrize("node", [Value(3.0), Tensor([3.0])])
@pytest.mark.parametrize("other", ["a", None, {1.0}, Length()])
def test_an_operand_that_nobody_knows_is_refused(node, other):
    with pytest.raises(TypeError, match="unsupported operand"):
        node - other
    with pytest.raises(TypeError, match="unsupported operand"):
        other - node


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_where_pythons_floats_raise_ieee_is_asked():
    zero, third = Value(0.0), Value(1 / 3)
    for made, expected in ((Value(1.0) / zero, np.inf), (Value(-1.0) / 0.0, -np.inf), (-1.0 / zero, -np.inf)):
        assert (made.data, made.op, made.requires_grad) == (expected, "divide", True)
    assert np.isnan((Value(-8.0) ** third).data) and np.isnan(((-8.0) ** third).data)


def test_shapes_that_do_not_fit_are_told_as_ever():
    with pytest.raises(ValueError, match=r"add: an unnamed leaf \(2,\) \+ an unnamed leaf \(3,\)"):
        Tensor([1.0, 2.0]) + Tensor([1.0, 2.0, 3.0])


def test_what_stands_beside_a_node_is_made_uniform():
    single = Tensor(np.array([1.0, 2.0], np.float32))
    for other in ([1.0, 2.0], (1.0, 2.0), np.ones(2).view(type("Labelled", (np.ndarray,), {}))):
        assert [type(a) for a in (single + other).args] == [Tensor, np.ndarray]
        assert [type(a) for a in (other + single).args] == [np.ndarray, Tensor]
    assert type((Value(2.0) * np.float32(0.5)).args[1]) is float
    assert type((Value(2.0) * np.array([1.0])).data) is np.ndarray
    with pytest.raises(TypeError, match="a masked array does not record"):
        single * np.ma.array([1.0, 2.0])
    zero_dimensional = np.hypot(Tensor(np.float32(3.0)), np.float32(4.0))
    assert (type(zero_dimensional), type(zero_dimensional.data)) == (Tensor, np.float32)


@pytest.mark.parametrize("other", [2, 2.0, [2.0, 3.0], np.array([2.0, 3.0]), Value(2.0), Tensor([2.0, 3.0])])
def test_what_is_switched_on_holds_on_either_side_of_an_operator(other):
    with tg.no_grad():
        made = [op for x in (Value(3.0), Tensor([3.0, 4.0])) for op in (x - other, other - x)]
    assert not any(node.requires_grad for node in made)


def test_a_switch_is_counted_for_as_long_as_it_holds():
    before = graph.switches
    with graph.switched(recording=False):
        assert graph.switches == before + 1 and not graph.mode.recording
    assert graph.switches == before and graph.mode.recording


def test_a_count_is_a_bare_number():
    x = Tensor([1.0, 2.0])
    with tg.no_grad():
        assert type(rules.count(x, axis=None)) is Value
    counted = rules.count(x, axis=None)
    assert type(counted) is Value and type(counted.data) is int


def test_an_error_of_numpys_own_becomes_one_line():
    with pytest.raises(TypeError, match=r"^add: an unnamed leaf \(1,\) \+ an array \(1,\): ") as said:
        Tensor([1.0]) + np.array(["a"])
    assert said.type is TypeError
    with pytest.raises(IndexError, match=r"^getitem: x \(1,\)"):
        Tensor([1.0], name="x")[3]


def test_a_node_and_its_neighbours_in_an_error():
    x = Tensor([1.0, 2.0], name="x")
    for other, said in ((np.ones(3), r"an array \(3,\)"), ([1.0, 2.0, 3.0], r"an array \(3,\)"),
                        (x.sum() * np.ones(3), r"the result of multiply \(3,\)")):  # fmt: skip
        with pytest.raises(ValueError, match=rf"^add: x \(2,\) \+ {said}: the shapes do not broadcast, axis −1"):
            x + other
    with pytest.raises(ValueError, match=r"^where: an array \(2,\), x \(2,\), an array \(3,\): "):
        np.where(np.array([True, False]), x, np.ones(3))


def test_a_parameter_that_a_row_of_two_operands_does_not_have_is_refused():
    with pytest.raises(TypeError, match="axis"):
        rules.hypot(Tensor([3.0]), Tensor([4.0]), axis=1)


def test_two_bare_numbers_make_one_and_a_number_with_an_array_an_array():
    alone, beside = np.hypot(Value(3.0), Value(4.0)), np.hypot(Value(3.0), np.array([4.0, 0.0]))
    assert type(alone) is Value and type(alone.data) is float and alone.data == 5.0
    assert type(beside) is Tensor and beside.data.tolist() == [5.0, 3.0]


@pytest.mark.parametrize("node", [Value(3.0), Tensor([3.0])])
def test_a_third_operand_is_refused_by_the_operations_name(node):
    with pytest.raises(TypeError, match=r"^power\(\) takes 2"):
        pow(node, 2, 5)
