"""Sizes of axes: which belong together, what they are called, and which may be changed."""

import numpy as np
import pytest
from rows import calls, named

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.engine import rules
from tinygrad_edu.engine.graph import Node
from tinygrad_edu.engine.rules import TABLE
from tinygrad_edu.paper.size import ONE
from tinygrad_edu.paper.sizes import Sizes

rng = np.random.default_rng(0)


def tensor(*shape, name=None, data=False):
    return Tensor(rng.normal(size=shape), name=name, requires_grad=not data)


def test_a_network_has_batch_inputs_classes_and_hidden_units():
    X, W1, b1, W2 = tensor(5, 3, name="X", data=True), tensor(3, 4, name="W_1"), tensor(4, name="b_1"), tensor(4, 2)
    labels = np.array([0, 1, 1, 0, 1])
    z = np.tanh(X @ W1 + b1) @ W2
    loss = -tg.log_softmax(z)[np.arange(5), labels].mean()
    sizes = Sizes(loss)
    assert sizes.letters() == {"N": 5, "D": 3, "K": 2, "H": 4}
    assert [s.letter for s in sizes.axes(W1)] == ["D", "H"]
    assert [s.letter for s in sizes.axes(W2)] == ["H", "K"]
    assert sizes.axes(labels) == (sizes.axes(X)[0],)
    assert sizes.names == {"X": X, "W_1": W1, "b_1": b1}


def test_a_broadcast_axis_is_not_there():
    x, scale = tensor(4, 3, data=True), tensor(1, 3)
    sizes = Sizes((x * scale).sum())
    assert sizes.axes(scale)[0] is ONE
    assert sizes.axes(scale)[1] is sizes.axes(x)[1]


def test_lengths_that_are_made_of_others_follow_a_plan():
    x = tensor(4, 6)
    flat, steps, doubled = tg.ravel(x), x[1:] - x[:-1], tg.concatenate([x, x[:2]])
    sizes = Sizes([flat, steps, doubled])
    plan = {sizes.axes(x)[0]: 7}
    assert sizes.shape(flat, plan) == (42,)
    assert sizes.shape(steps, plan) == (6, 6)
    assert sizes.shape(doubled, plan) == (9, 6)


def test_what_cannot_change_is_rigid():
    x = tensor(4, 6)
    odd = x.reshape(2, 12)  # 4 and 6 as 2 and 12: no axis keeps its length
    assert all(size.rigid for node in Sizes(odd.sum()).nodes for size in Sizes(odd.sum()).axes(node))
    every = sum((x[i] for i in range(4)), 0.0)
    assert Sizes(every).axes(x)[0].rigid
    assert not Sizes(every).axes(x)[1].rigid


def test_an_index_says_how_long_an_axis_must_be():
    x = tensor(5, 6)
    assert Sizes(x[3] + x[-2]).axes(x)[0].least == 4


def test_letters_leave_the_users_names_alone():
    x = tensor(4, 3, name="N", data=True)
    sizes = Sizes((x * 2.0).sum())
    assert "N" not in sizes.letters()
    assert sizes.notes


def test_a_long_chain_is_walked_without_recursion():
    a = start = tensor(5)
    for _ in range(5_000):
        a = np.tanh(a * a + 1.0)
    sizes = Sizes(a.sum())
    assert sizes.axes(a) == sizes.axes(start)


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_gives_the_shapes_that_the_graph_would_have(seed):
    draw = np.random.default_rng(seed)
    build, shapes = GRAPHS[seed % len(GRAPHS)]
    leaves = [Tensor(draw.normal(size=s)) for s in shapes]
    sizes = Sizes(build(*leaves))
    plan = {size: max(size.least, int(draw.integers(2, 7))) for size in sizes.free()}
    again = build(*[Tensor(draw.normal(size=sizes.shape(leaf, plan))) for leaf in leaves])
    assert [sizes.shape(node, plan) for node in sizes.nodes] == [node.shape for node in Sizes(again).nodes]


@named([rule for rule in TABLE.values() if rule.differentiable])
def test_every_row_gets_the_sizes_that_its_operands_have(rule):
    """Resized operands, the same call: the shapes are those that the sizes foretold, or the sizes are rigid."""
    for call, arrays in list(calls(rule, np.random.default_rng(1)))[:6]:
        leaves = [Tensor(a) for a in arrays]
        sizes = Sizes(call(*leaves))
        assert [sizes.shape(node) for node in sizes.nodes] == [node.shape for node in sizes.nodes]
        plan = {size: max(size.least, size.recorded + 1) for size in sizes.free()}
        if any(size.rigid for node in sizes.nodes for size in sizes.axes(node) if size.recorded != 1):
            continue
        assert plan or all(set(node.shape) <= {1} for node in sizes.nodes)
        held = {}
        for node in sizes.nodes:
            if node.rule is None:
                held[node] = resized(node._data, sizes.shape(node, plan))
                continue
            args = [held[a] if isinstance(a, Node) else constant(a, sizes, plan) for a in node.args]
            params = node.params | ({"shape": sizes.shape(node, plan)} if "shape" in node.params else {})
            held[node] = node.rule.array(*args, **params)
            assert np.shape(held[node]) == sizes.shape(node, plan)


def constant(a, sizes, plan):
    return np.resize(np.asarray(a), sizes.shape(a, plan)) if np.ndim(a) else a


def resized(values, shape):
    """Numbers of the same kind in another shape."""
    return np.resize(np.asarray(values), shape) + (np.eye(*shape[-2:]) * 0.1 if len(shape) > 1 else 0.0)


GRAPHS = [
    (lambda x, y: (x @ y).sum(axis=0), [(3, 4), (4, 2)]),
    (lambda x, y: rules.einsum(x, y, subscripts="ij,kj->ik").mean(), [(3, 4), (2, 4)]),
    (lambda x, y: tg.concatenate([x, y], axis=1).T @ x, [(3, 4), (3, 2)]),
    (lambda x, y: (x[1:] * y[:, None]).max(axis=1), [(4, 3), (3,)]),
    (lambda x, y: tg.softmax(x @ y, axis=0)[::-1], [(3, 4), (4,)]),
    (lambda x, y: (x[:, None] * y).var(axis=0, keepdims=True), [(3,), (5,)]),
    (lambda x, y: tg.dot(x, y) - x.mean(), [(3,), (3,)]),
    (lambda x, y: tg.stack([x, y])[1] * tg.transpose(x, (1, 0))[0, 0], [(3, 4), (3, 4)]),
    (lambda x, y: np.where(x > 0, y, 0.0).swapaxes(0, 1).cumsum(axis=0), [(3, 4), (4,)]),
    (lambda x, y: tg.squeeze(tg.expand_dims(x, 0) * y, 0), [(3, 4), (1, 3, 1)]),
]


@pytest.mark.parametrize(
    "loss",
    [
        lambda z: -tg.log_softmax(z, axis=1).sum(), lambda z: tg.logsumexp(z, axis=1).sum(),
        lambda z: np.log(np.exp(z).sum(axis=1)).sum(), lambda z: np.log(np.exp(z).sum(axis=(1,))).mean(),
        lambda z: (np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)).mean(),
        lambda z: np.log(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))[0, 0],
    ],
)  # fmt: skip
def test_classes_stand_along_a_softmax_by_its_name_or_written_out(loss):
    z = tensor(4, 4, name="z")
    sizes = Sizes(loss(z))
    assert sizes.class_sizes() and {id(each) for each in sizes.class_sizes()} == {id(sizes.axes(z)[1])}
    whole = Sizes(tg.softmax(z, axis=None).sum())
    assert set(map(id, whole.class_sizes())) == set(map(id, whole.axes(z)))
    assert not Sizes((z**2).sum()).class_sizes()
