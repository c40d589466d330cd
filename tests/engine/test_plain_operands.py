"""Operations called on plain operands: lists are arrays, and what is no number is refused with the operation's name."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.engine.rules import TABLE

ELEMENTWISE = [
    rule for rule in TABLE.values() if rule.kind.name == "elementwise" and rule.arity in (1, 2) and not rule.example
]


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda rule: rule.name)
def test_lists_are_arrays(rule):
    lists = [[0.5, 0.75], [0.25, 1.5]][: rule.arity]
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(rule(*lists), rule(*map(np.array, lists)))
        np.testing.assert_array_equal(rule(*map(tuple, lists)), rule(*map(np.array, lists)))


@pytest.mark.parametrize("operand", [None, "a", [["a"]], {1: 2}, np.array(["a", "b"]), [1, [2]]], ids=repr)
@pytest.mark.parametrize("function", [tg.relu, tg.sigmoid, tg.exp, nn.Tanh(), lambda x: tg.add(1.0, x)])
def test_what_is_no_number_is_refused_by_the_operation(function, operand):
    with pytest.raises((TypeError, ValueError), match=r"^(relu|sigmoid|exp|tanh|add): "):
        function(operand)


def test_shapes_of_plain_arrays_that_do_not_fit_are_said_with_the_operation():
    with pytest.raises(ValueError, match=r"^add: an array \(3,\) \+ an array \(4,\): the shapes do not broadcast"):
        tg.add(np.ones(3), np.ones(4))
    with pytest.raises(ValueError, match=r"^matmul: an array \(3,\) @ an array \(4,\): inner sizes differ"):
        tg.matmul([1, 2, 3], [1, 2, 3, 4])


def test_an_error_in_somebodys_own_function_is_its_own():
    own = tg.primitive(lambda x: x + "a", lambda g, out, x: g, name="own")
    with pytest.raises(TypeError, match=r"^ufunc .* did not contain a loop"):
        own(np.ones(2))
