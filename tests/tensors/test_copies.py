"""Copies and pickles of rows, nodes, modules and optimisers: right without recursion, or refused clearly."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine.rules import TABLE


def test_rows_are_pickled_by_name():
    for rule in TABLE.values():
        assert pickle.loads(pickle.dumps(rule)) is rule and copy.deepcopy(rule) is rule


@pytest.mark.parametrize("leaf", [Tensor([1.0, 2.0], name="x"), Value(2.0, name="x")])
def test_a_long_graph_is_copied_with_its_leaves(leaf):
    y = leaf
    for _ in range(5000):
        y = y * 1.0001 + 0.001
    other = copy.deepcopy({"leaf": leaf, "root": y})
    (other["root"] * 1.0).sum().backward()
    assert leaf.grad is None or not np.any(leaf.grad)
    assert other["leaf"] is not leaf and other["leaf"].name == "x"
    np.testing.assert_allclose(other["leaf"].grad, 1.0001**5000, rtol=1e-10)
    np.testing.assert_array_equal(other["root"].data, y.data)


def test_a_leaf_is_pickled_and_what_was_made_is_refused():
    x = Tensor([1.0, 2.0], name="x")
    (x * x).sum().backward()
    again = pickle.loads(pickle.dumps(x))
    assert again.name == "x" and again.requires_grad and again.index > x.index
    np.testing.assert_array_equal(again.grad, x.grad)
    with pytest.raises(TypeError, match=r"the result of exp .*\.detach"):
        pickle.dumps(np.exp(x))
    assert pickle.loads(pickle.dumps(np.exp(x).detach())).shape == (2,)
    assert copy.copy(x).name == "x" and copy.copy(np.exp(x)).op == "exp"


def test_modules_and_optimisers():
    model = tg.nn.MLP([2, 3, 1])
    optimizer = tg.optim.Adam(model.parameters(), lr=0.1)
    for again in (copy.deepcopy((model, optimizer)), pickle.loads(pickle.dumps((model, optimizer)))):
        before = again[0].parameters()[0].data.copy()
        (again[0](np.ones((4, 2))) ** 2).mean().backward()
        again[1].step()
        assert not np.array_equal(again[0].parameters()[0].data, before)
        assert model.parameters()[0].grad is None
