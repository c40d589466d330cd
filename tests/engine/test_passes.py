"""The plain pass and the fast paths beside it: one answer, on random graphs in which everything is shared."""

import copy
import gc
import linecache
import math
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_edu import Tensor, Value, primitive
from tinygrad_edu.engine import graph, rules, table
from tinygrad_edu.engine.backward import ancestors, depending, passing, sweep
from tinygrad_edu.engine.derivatives import derivative
from tinygrad_edu.engine.landing import adding, spread

UNARY = [rules.sin, rules.tanh, rules.negative, rules.square, rules.sigmoid, rules.relu, rules.exp]
BINARY = [rules.add, rules.subtract, rules.multiply, rules.maximum, rules.hypot]
# An operation is two numbers: which row, and which of the nodes made so far it takes.
programs = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12)


def setup_function(function):
    """Arrays that an earlier test handed out, and that cycles of its graphs still hold, would close the fast paths."""
    if graph.switches:
        gc.collect()
    assert not graph.switches


def grown(leaves, program):
    """A graph in which every operation may take any earlier node, or a constant; its root takes them all."""
    nodes = list(leaves)
    for which, a, b in program:
        x = nodes[a % len(nodes)]
        if which % 3 == 0:
            nodes.append(UNARY[which % len(UNARY)](x))
        elif which % 3 == 1:
            nodes.append(BINARY[which % len(BINARY)](x, nodes[b % len(nodes)]))
        else:
            rule = BINARY[which % len(BINARY)]
            nodes.append(rule(x, 0.5) if b % 2 else rule(0.5, x))
        nodes[-1] = rules.tanh(nodes[-1])  # keeps numbers small
    total = nodes[0]
    for node in nodes[1:]:
        total = total + node
    return total


def plainly(root):
    """Every node's gradient by the plain pass, run by hand to its end."""
    table = {}
    for step in passing({root: 1.0}, ancestors([root]), table, derivative):
        assert table[step.parent] is step.total
    return {node: g for node, g in table.items() if g is not None}


@given(programs)
@settings(max_examples=150, deadline=None)
def test_the_path_for_floats_is_the_plain_pass(program):
    leaves = [Value(0.3), Value(-0.7), Value(1.1, requires_grad=False)]
    root = grown(leaves, program)
    expected = plainly(root)
    root.backward()
    for node, g in expected.items():
        assert node.grad == pytest.approx(g, rel=1e-13, abs=1e-15)
    before = leaves[0].grad
    root.backward()
    if before is not None:
        assert leaves[0].grad == pytest.approx(2 * before, rel=1e-13)


@given(programs)
@settings(max_examples=150, deadline=None)
def test_the_path_for_arrays_is_the_plain_pass(program):
    leaves = [
        Tensor([[0.3, -0.7]]),
        Tensor([[0.2], [1.0]]),
        Tensor(0.4),
        Value(0.9),
        Tensor([1.0, 2.0], requires_grad=False),
    ]
    root = grown(leaves, program).sum()
    expected, fast = plainly(root), sweep(root, 1.0)
    assert set(expected) == {node for node, g in fast.items() if g is not None}
    for node, g in expected.items():
        np.testing.assert_allclose(spread(fast[node], node), spread(g, node), rtol=1e-13, atol=1e-15)


@given(programs)
@settings(max_examples=60, deadline=None)
def test_the_pass_as_a_graph_is_the_plain_pass(program):
    leaves = [Tensor([[0.3, -0.7]]), Tensor([[0.2], [1.0]]), Value(0.9)]
    root = grown(leaves, program).sum()
    expected = plainly(root)
    root.backward(create_graph=True)
    for node, g in expected.items():
        np.testing.assert_allclose(node.grad.data, np.broadcast_to(g, np.shape(node._data)), rtol=1e-13, atol=1e-15)


# ── a node that is used by two operations gets what both hand to it ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    "first", [lambda x: np.sin(x), lambda x: x.sum(), lambda x: np.stack([x, x]).sum(), lambda x: x * 1.0]
)
@pytest.mark.parametrize(
    "second", [lambda x: x * x, lambda x: np.sin(x), lambda x: x.mean(), lambda x: np.stack([x]).sum()]
)
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_contributions_of_operations_of_every_arity_add_up(first, second, kind):
    apart = []
    for f in (first, second):
        x = kind(2.0)
        f(x).backward()
        apart.append(x.grad)
    x = kind(2.0)
    (first(x) + second(x)).backward()
    assert x.grad == pytest.approx(apart[0] + apart[1], rel=1e-14)
    x = kind(2.0)
    (second(x) + first(x)).backward()
    assert x.grad == pytest.approx(apart[0] + apart[1], rel=1e-14)


def test_threads_lose_no_contribution_to_a_shared_leaf():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for x in (Value(1.0), Tensor(np.ones(3)), Tensor(1.0)):

            def work(x=x):
                for _ in range(200):
                    (x * 3.0 + x).sum().backward() if x.flags else (x * 3.0 + x).backward()

            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            np.testing.assert_array_equal(x.grad, np.full(np.shape(x.data), 8 * 200 * 4.0))
    finally:
        sys.setswitchinterval(before)


def begins_a_block(frame):
    """Whether this line begins a block, where Python handles no signal, or is the first one in it.

    What a tracer raises at a block's first line, Python 3.12 takes for raised before the block.
    """
    lines = [linecache.getline(frame.f_code.co_filename, frame.f_lineno + k).strip() for k in (-1, 0)]
    return not {"with adding:", "try:"}.isdisjoint(lines)


def interrupted(root, at, *files):
    """Whether `root.backward()` was interrupted: it is by Ctrl-C, at the line number `at` that runs in `files`."""
    lines = 0

    def interrupt(frame, event, arg):
        nonlocal lines
        if event == "line" and frame.f_code.co_filename.endswith(files) and not begins_a_block(frame):
            lines += 1
            if lines == at:
                raise KeyboardInterrupt
        return interrupt

    before = sys.gettrace()
    sys.settrace(interrupt)
    try:
        root.backward()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)  # None would end the measuring of coverage, too
    return False


@pytest.mark.parametrize("at", range(1, 60))
def test_ctrl_c_in_a_pass_of_floats_leaves_the_leaves_as_they_were(at):
    """KeyboardInterrupt is raised at every line of the pass in turn."""
    x, y = Value(3.0), Value(2.0)
    (x * y).backward()
    if interrupted(x * y + np.sin(x), at, "fast_passes.py"):
        assert (x.grad, y.grad) == (2.0, 3.0)
    else:
        assert (x.grad, y.grad) == (pytest.approx(2.0 + 2.0 + np.cos(3.0)), 6.0)


def test_ctrl_c_in_a_pass_of_arrays_leaves_all_leaves_as_they_were_or_none():
    """At every line in turn, until one pass comes to its end."""
    states, at = [], 0
    while not states or states[-1][0]:
        x, y, z = Tensor([3.0, 1.0]), Tensor([2.0, 5.0]), Tensor([1.0, 1.0])
        (x * y).sum().backward()
        root, at = (x * y * z).sum(), at + 1
        stopped = interrupted(root, at, "backward.py", "fast_passes.py", "tensor.py", "landing.py")
        states.append((stopped, [None if node.grad is None else node.grad.tolist() for node in (x, y, z)]))
    nothing, everything = [[2.0, 5.0], [3.0, 1.0], None], [[4.0, 10.0], [6.0, 2.0], [6.0, 5.0]]
    found = []
    thread = threading.Thread(target=lambda: found.append(adding.acquire(blocking=False) and adding.release()))
    thread.start()
    thread.join()
    assert found == [None]  # the lock is free again
    assert len(states) > 60 and states[-1][1] == everything
    assert [found for _, found in states if found not in (nothing, everything)] == []
    assert sum(found == nothing for _, found in states) > len(states) - 5  # what is done is done before the last lines


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_a_leaf_that_is_younger_than_an_operation_stops_nothing(kind):
    x = kind(3.0)
    square = x * x
    late = kind(2.0)
    product = square * late
    expected = plainly(product)
    product.backward()
    assert (x.grad, late.grad) == (12.0, 9.0) == (expected[x], expected[late])


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_a_leaf_is_its_own_gradients_root(kind):
    x = kind(3.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_a_contribution_smaller_than_its_operand_stands_for_a_whole_array():
    """The gradient of the product is the single number 1, so what is handed to x is y: one row for both rows of x."""
    x, w, y = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[1.0], [2.0]]), Tensor([0.5, -1.0])
    root = (np.matmul(w, np.ones((1, 2))) * y + np.matmul(x, x) * y).sum()
    expected, fast = plainly(root), sweep(root, 1.0)
    for node, g in expected.items():
        np.testing.assert_allclose(spread(fast[node], node), spread(g, node), rtol=1e-14)
    np.testing.assert_array_equal(spread(fast[w], w), [[-0.5], [-0.5]])


def own_row(array, *vjps):
    """A row that is in no table."""
    row = table.row("of_a_test", *vjps, array=array)
    del table.TABLE["of_a_test"]
    return row


@pytest.mark.parametrize("rows", [(3,), (3, 4)])
def test_a_contribution_as_large_as_its_operand_counts_for_every_row_of_the_result(rows):
    vjps = lambda g, out, x, y, z: g * y, lambda g, out, x, y, z: g * x, lambda g, out, x, y, z: g
    fused = own_row(lambda x, y, z: x * y + z, *vjps)
    x, y = Tensor([1.0, 2.0]), Tensor(np.broadcast_to([3.0, 4.0], (*rows[1:], 2)).copy())
    root = fused(x, y, np.ones((*rows, 2))).sum()
    found = sweep(root, 1.0)
    np.testing.assert_array_equal(found[x], math.prod(rows) * np.array([3.0, 4.0]))
    np.testing.assert_array_equal(found[y], 3.0 * np.broadcast_to(x.data, y.shape))


def test_the_same_of_either_of_two_operands():
    squares = own_row(lambda x, y: x * x + y * y, lambda g, out, x, y: 2.0 * g * x, lambda g, out, x, y: 2.0 * g * y)
    x, y = Tensor([1.0, 2.0]), Tensor(np.ones((3, 2)))
    for root in (squares(x, y).sum(), squares(y, x).sum()):
        found = sweep(root, 1.0)
        np.testing.assert_array_equal(found[x], 6.0 * x.data)
        np.testing.assert_array_equal(found[y], 2.0 * y.data)


def test_a_contribution_of_another_dtype_takes_that_of_its_operand():
    doubled = lambda g, out, x, y: 2.0 * np.asarray(g, np.float64)
    added = own_row(lambda x, y: 2 * x + 2 * y, doubled, doubled)
    x, y = (Tensor(np.ones(3, np.float32)) for _ in range(2))
    found = sweep(added(x, y), np.ones(3, np.float32))
    assert {found[node].dtype for node in (x, y)} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(found[y], [2.0, 2.0, 2.0])


def test_nothing_is_handed_to_the_condition_of_a_choice_that_has_a_gradient_from_elsewhere():
    x = Tensor([1.0, 0.0])
    root = (np.where(x, x * 3.0, 5.0) + x).sum()
    root.backward()
    np.testing.assert_array_equal(x.grad, [4.0, 1.0])


def test_a_seed_smaller_than_the_root_stands_for_a_whole_array():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    root = np.matmul(x, np.eye(2))
    np.testing.assert_array_equal(sweep(root, np.array([1.0, 2.0]))[x], [[1.0, 2.0], [1.0, 2.0]])


def test_a_sweep_stays_among_the_nodes_that_it_is_given():
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    root = (x * y + np.sin(y)).sum()
    order = depending(ancestors([root]), [x])
    found = sweep(root, 1.0, order=order)
    assert set(found) == set(order) and y not in found
    np.testing.assert_array_equal(spread(found[x], x), y.data)
    middle = np.sin(x)
    root = (middle * middle).sum()
    order = depending(ancestors([root]), [middle])
    found = sweep(root, 1.0, order=order)
    assert set(found) == set(order) and x not in found
    np.testing.assert_allclose(spread(found[middle], middle), 2.0 * np.sin(x.data), rtol=1e-15)


def test_a_sweep_asks_the_derivatives_that_it_is_given():
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    root = (x * y).sum()
    order = depending(ancestors([root]), [x])
    found = sweep(root, 1.0, order=order, local=lambda node, i, g: -derivative(node, i, g))
    assert set(found) == set(order) and y not in found
    np.testing.assert_array_equal(spread(found[x], x), y.data)  # twice −1
    np.testing.assert_array_equal(spread(found[order[1]], x), [-1.0, -1.0])


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_nothing_flows_through_an_operand_without_a_derivative(kind):
    held = primitive(lambda x, y: x * y, lambda g, out, x, y: g * y, None)
    x, y = kind(3.0), kind(2.0)
    held(x, np.sin(y)).backward()
    assert x.grad == np.sin(2.0) and not y.grad
    x, y = kind(3.0), kind(2.0)
    held(x, np.sin(y)).backward(create_graph=True)
    assert x.grad.data == np.sin(2.0) and y.grad is None
    x, y = kind(3.0), kind(2.0)
    square = x * x  # older than the sine, which nothing reaches
    held(square, np.sin(y)).backward()
    assert x.grad == np.sin(2.0) * 6.0
    x, y = kind(3.0), kind(2.0)
    (y * 5.0).backward()
    held(x, y).backward()
    assert (x.grad, y.grad) == (2.0, 5.0)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_a_pass_that_brings_a_node_nothing_leaves_it_no_gradient_of_another_pass(kind, create_graph):
    """An infinite slope behind an operand without a derivative is not asked: 0 · ∞ would be nan."""
    x, c = kind(0.0), kind(1.0)
    held = np.sqrt(x)
    chosen = np.where(held, 1.0, x * 3.0) + np.where(c, x, 0.0)
    with np.errstate(divide="ignore"):
        held.backward()
    assert held.grad == 1.0 and x.grad == np.inf
    x.grad = None
    chosen.backward(create_graph=create_graph)
    assert held.grad is None and c.grad is None and graph.plain(x.grad) == 4.0
    c.grad = 7.0
    chosen.backward(create_graph=create_graph)
    assert c.grad == 7.0


def test_constants_have_no_gradient_wherever_they_stand():
    x, held = Value(3.0), Value(2.0, requires_grad=False)
    (held * x + x / held + np.where(x > 0, held, x)).backward()
    assert x.grad == 2.5 and held.grad is None


def test_an_operation_of_three_operands_among_bare_numbers():
    x, y = Value(3.0), Value(2.0)
    (np.where(x > y, x * y, y) + np.sin(x)).backward()
    assert (x.grad, y.grad) == (pytest.approx(2.0 + np.cos(3.0)), 3.0)
    held = Value(1.0, requires_grad=False)
    np.where(x > y, np.where(x > y, x * y, 0.5), held).backward()
    assert (x.grad, y.grad) == (pytest.approx(4.0 + np.cos(3.0)), 6.0)
    assert held.grad is None


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_infinite_contributions_of_bare_numbers_add_up_as_ieee_has_it():
    """Python's floats raise at 1/0; what NumPy says there is added like any other contribution."""
    x, y = Value(0.0), Value(0.0)
    (1.0 / x - 1.0 / x).backward()
    (1.0 / y).backward()
    assert np.isnan(x.grad) and y.grad == -np.inf


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_whole_number_stays_one_where_ieee_is_asked():
    repeated = primitive(lambda x, n: x**n, lambda g, out, x, n: sum(g * out / x for _ in range(n)), None)
    x = Value(0.0)
    (repeated(x, 2) + 1.0).backward()
    assert np.isnan(x.grad)
    x = Value(3.0)
    repeated(x, 2).backward()
    assert x.grad == 6.0


# ── nodes that are not what they were, or not what they usually are ───────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_a_node_and_its_shallow_copy_take_part_in_one_pass(kind):
    """They have one index."""
    x = kind(3.0) if kind is Value else kind([3.0, 5.0])
    square = x * x
    root = square + 2.0 * copy.copy(square)
    root.backward(None if kind is Value else np.ones(2))
    np.testing.assert_array_equal(x.grad, 6.0 * x.data)


@pytest.mark.parametrize("kind", [Value, Tensor])
@pytest.mark.parametrize("before", [None, 5.0])
@pytest.mark.parametrize("operation", [np.sin, lambda x: x * 3.0, lambda x: 3.0 * x, lambda x: np.where(x > 0, x, 0.0)])
def test_an_operand_that_requires_no_gradient_any_more_keeps_what_it_had(kind, before, operation):
    x, other = kind(2.0), kind(1.0)
    x.grad = before
    middle = operation(x)
    root = middle + other
    x.requires_grad = False
    root.backward()
    assert x.grad == before
    assert (middle.grad, other.grad) == (1.0, 1.0)


def test_what_is_read_towards_a_constant_alone_may_change():
    x, held = Value(2.0), Value(3.0, requires_grad=False)
    root = x * held
    x.data = 5.0
    root.backward()
    assert x.grad == 3.0


def test_a_subclass_of_value_keeps_its_gradient(monkeypatch):
    """The path for floats knows one class of nodes, and takes all else for constants."""
    monkeypatch.setattr(Value, "subclassed", False)

    class Weight(Value):
        pass

    w, x = Weight(3.0), Value(2.0)
    (np.sin(w) * x).backward()
    assert w.grad == pytest.approx(2.0 * np.cos(3.0)) and x.grad == np.sin(3.0)
    w.grad = x.grad = None
    (w * w * x + w).backward()
    assert (w.grad, x.grad) == (13.0, 9.0)
