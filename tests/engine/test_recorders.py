"""The methods behind the binary operators: what they leave to the other operand, and what they do not know."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, Value


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
