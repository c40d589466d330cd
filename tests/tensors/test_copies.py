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


WAYS = {"deepcopy": copy.deepcopy, "pickle": lambda x: pickle.loads(pickle.dumps(x))}
NETWORKS = {
    "MLP": lambda: tg.nn.MLP([2, 3, 1], rng=0),
    "Dropout": lambda: tg.nn.Sequential(
        tg.nn.Linear(2, 4, rng=0), tg.nn.Dropout(0.5, rng=1), tg.nn.Tanh(), tg.relu, tg.nn.Linear(4, 1, rng=2)
    ),
}
OPTIMIZERS = {
    "SGD": lambda params: tg.optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=0.01),
    "Adam": lambda params: tg.optim.Adam(params, lr=0.1),
    "AdamW": lambda params: tg.optim.AdamW(params, lr=0.1, weight_decay=0.1),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("jitted", [False, True])
def test_training_goes_on_with_a_copy_as_with_the_original(way, network, optimizer, jitted):
    model = NETWORKS[network]()
    model.train(not jitted)  # Dropout draws anew at every call, and refuses to be recorded
    X, y = np.random.default_rng(3).normal(size=(6, 2)), np.arange(6.0)[:, None]

    def trained(model, optimizer, steps):
        def step():
            loss = ((model(X) - y) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss

        step = tg.jit(step) if jitted else step
        for _ in range(steps):
            step()

    pair = model, OPTIMIZERS[optimizer](model.parameters())
    trained(*pair, 3)
    other = WAYS[way](pair)
    trained(*pair, 3)
    trained(*other, 3)
    for (name, ours), (_, copied) in zip(pair[0].state_dict().items(), other[0].state_dict().items(), strict=True):
        np.testing.assert_array_equal(ours, copied, err_msg=name)
    assert all(p is q for p, q in zip(other[1].params, other[0].parameters(), strict=True))
    assert not {id(p) for p in other[1].params} & {id(p) for p in pair[1].params}


@pytest.mark.parametrize("kind", [lambda: Value(2.0, name="x"), lambda: Tensor([2.0, 1.0], name="x")])
def test_a_node_with_its_graph_and_its_gradient(kind):
    x = kind()
    y = x * x
    with pytest.raises(TypeError, match="the result of multiply"):
        pickle.dumps({"y": y})
    y.sum().backward() if x.flags else y.backward()
    for again in (copy.deepcopy(x), copy.copy(x), pickle.loads(pickle.dumps(x))):
        np.testing.assert_array_equal(again.grad, x.grad)
        again.grad = None
        assert x.grad is not None
    root, leaf = copy.deepcopy((y, x))
    root.sum().backward() if x.flags else root.backward()
    np.testing.assert_array_equal(leaf.grad, 2 * x.grad)
    with tg.no_grad():
        leaf += 1.0
    assert np.all(leaf.data != x.data)
