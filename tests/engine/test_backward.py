"""Recording and backward: no cycle, no recursion, nobody else's array changed, every gradient where it belongs."""

import gc
import sys
import threading
import weakref

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine import backward
from tinygrad_edu.engine.rules import TABLE, elementwise, own, reduction


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# ── memory ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def network(x, w):
    h = np.tanh(x @ w + 1.0)
    h = tg.relu(h).reshape(-1)[[0, 1, 1]]
    return tg.softmax(h).sum() + tg.logsumexp(np.concatenate([h, h])) + np.where(h > 0.1, h, 0).max()


def test_forward_and_backward_leave_no_cycle(without_collector):
    x, w = Tensor(np.ones((2, 3))), Tensor(np.full((3, 2), 0.1))
    loss = network(x, w)
    nodes = [weakref.ref(node) for node in backward.ancestors([loss], all_nodes=True) if node.rule]
    loss.backward()
    assert len(nodes) > 10
    del loss
    assert [ref for ref in nodes if ref() is not None] == []


def test_bare_numbers_leave_no_cycle(without_collector):
    x = Value(0.5)
    y = (x * x + np.exp(x)) / (x - 2) ** 3
    inner = weakref.ref(y.parents[0])
    y.backward()
    del y
    assert inner() is None


def test_transforms_leave_no_cycle(without_collector):
    seen = []

    def f(x):
        y = np.sin(x) * x
        seen.append(weakref.ref(y))
        return y.sum()

    x = np.ones(3)
    tg.grad(f)(x)
    tg.hvp(f, x, x)
    tg.jvp(f, (x,), (x,))
    tg.hessian(f)(x)
    assert len(seen) >= 4 and all(ref() is None for ref in seen)


def test_without_the_collector_nothing_is_garbage(without_collector):
    for _ in range(3):
        network(Tensor(np.ones((2, 3))), Tensor(np.full((3, 2), 0.1))).backward()
    assert gc.collect() == 0


def test_nodes_can_be_weakly_referenced_and_are_hashed_by_identity():
    x, y = Tensor([1.0]), Tensor([1.0])
    assert weakref.ref(x)() is x
    assert len({x, y}) == 2 and hash(x) == hash(x)
    assert weakref.WeakKeyDictionary({x: 1})[x] == 1


def test_a_long_chain_is_built_walked_and_freed_without_recursion(without_collector):
    depth = 100_000
    assert sys.getrecursionlimit() < depth // 10
    x = Value(1.0)
    y = x
    for _ in range(depth):
        y = y * 1.0
    y.backward()
    assert x.grad == 1.0
    first = weakref.ref(y)
    del y
    assert first() is None


def test_a_million_nodes_go_away_without_recursion(without_collector):
    x = Value(0.0)
    y = x
    for _ in range(1_000_000):
        y = y + 1.0
    assert y.data == 1e6
    del y
    assert x.data == 0.0


def test_a_long_chain_of_arrays_and_of_derivatives():
    x = Tensor([1.0, 2.0])
    y = x
    for _ in range(5_000):
        y = y + x
    y.sum().backward(create_graph=True)
    np.testing.assert_array_equal(x.grad.data, [5001.0, 5001.0])
    repr(y)
    x.grad = None


# ── paths ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("make", [lambda: Value(3.0), lambda: Tensor(3.0), lambda: Tensor([3.0])])
def test_both_edges_of_a_plus_a_count(make):
    for f, slope in ((lambda a: a + a, 2.0), (lambda a: a * a, 6.0), (lambda a: a - a, 0.0), (lambda a: a / a, 0.0)):
        a = make()
        y = f(a)
        assert y.parents == (a, a)
        y.backward(np.ones(np.shape(y)) if np.ndim(y) else None)
        assert float(np.sum(a.grad)) == slope


def test_a_node_used_before_and_after_what_it_made():
    x = Value(2.0)
    y = x * 3.0
    z = y * x + y
    z.backward()
    assert (x.grad, y.grad) == (6.0 + 3.0 * 2.0 + 3.0, 3.0)


def test_diamonds_do_not_explode():
    x = Value(1.0)
    y = x
    for _ in range(200):
        y = y + y
    y.backward()
    assert x.grad == 2.0**200


# ── ownership ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_gradients_belong_to_whoever_reads_them():
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    c = a + b
    seed = np.array([1.0, 1.0])
    c.backward(seed)
    a.grad *= 5.0
    a.grad[0] = 100.0
    np.testing.assert_array_equal(b.grad, [1.0, 1.0])
    np.testing.assert_array_equal(c.grad, [1.0, 1.0])
    np.testing.assert_array_equal(seed, [1.0, 1.0])


def test_the_seed_stays_the_callers():
    a = Tensor([1.0, 2.0])
    seed = np.array([1.0, 1.0])
    (a + 0.0).backward(seed)
    seed[:] = 9.0
    np.testing.assert_array_equal(a.grad, [1.0, 1.0])
    (+a).backward(seed)
    np.testing.assert_array_equal(a.grad, [10.0, 10.0])
    a.grad[:] = 0.0
    np.testing.assert_array_equal(seed, [9.0, 9.0])


def test_gradients_do_not_share_memory_with_data():
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    (a * b).sum().backward()
    a.grad[:] = 0.0
    np.testing.assert_array_equal(b.data, [3.0, 4.0])
    np.testing.assert_array_equal(b.grad, a.data)
    b.data -= 0.5
    np.testing.assert_array_equal(a.grad, [0.0, 0.0])


def test_what_was_wrapped_is_not_changed():
    held = np.array([1.0, 2.0])
    t = Tensor(held)
    t.data -= 1.0
    np.testing.assert_array_equal(held, [1.0, 2.0])


def test_a_kept_gradient_is_not_changed_by_the_next_pass():
    x = Tensor([1.0, 2.0])
    (x * x).sum().backward()
    kept = x.grad
    before = kept.copy()
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * before)
    x.grad = None
    np.testing.assert_array_equal(kept, before)


def test_results_of_transforms_are_the_callers_own():
    x = np.array([1.0, 2.0])
    first = tg.grad(lambda x: x.sum())(x)
    first *= 7.0
    np.testing.assert_array_equal(tg.grad(lambda x: x.sum())(x), [1.0, 1.0])
    same = tg.grad(lambda x: (x * 1.0) @ np.ones(2))(x)
    same[:] = 5.0
    np.testing.assert_array_equal(x, [1.0, 2.0])


# ── adding and setting ────────────────────────────────────────────────────────────────────────────────────────────────


def test_leaves_add_and_intermediates_are_set():
    x = Value(3.0)
    y = x * x
    z = y * x
    for expected in (27.0, 54.0, 81.0):
        z.backward()
        assert (x.grad, y.grad, z.grad) == (expected, 3.0, 1.0)
    x.grad = None
    z.backward()
    assert x.grad == 27.0
    x.grad = 0
    z.backward()
    assert x.grad == 27.0


def test_every_node_that_requires_a_gradient_gets_one():
    x, c = Tensor([1.0, 2.0]), Tensor([3.0, 4.0], requires_grad=False)
    y = x * c
    s = y.sum()
    s.backward()
    assert float(s.grad) == 1.0 and c.grad is None
    np.testing.assert_array_equal(y.grad, [1.0, 1.0])
    assert isinstance(y.grad, np.ndarray) and y.grad.shape == (2,)


def test_a_number_standing_for_an_array_becomes_one():
    x = Tensor(np.ones((2, 3)))
    y = x + 1.0
    z = y.reshape(3, 2)
    z.sum().backward()
    assert x.grad.shape == y.grad.shape == (2, 3) and z.grad.shape == (3, 2)
    y.grad[0, 0] = 7.0
    assert x.grad[0, 0] == 1.0


def test_a_value_among_arrays_gets_a_float():
    v, x = Value(2.0), Tensor([1.0, 2.0, 3.0])
    y = v * x
    assert isinstance(y, Tensor)
    y.sum().backward()
    assert type(v.grad) is float and v.grad == 6.0
    v.grad = None
    (v + x).sum().backward()
    assert v.grad == 3.0
    v.grad = None
    np.where(x > 1, v, x).sum().backward()
    assert v.grad == 2.0


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_each_parent_gets_its_own_dtype(dtype):
    small, large = Tensor([1.0, 2.0], dtype=dtype), Tensor([3.0, 4.0])
    (small * large).sum().backward()
    assert small.grad.dtype == dtype and large.grad.dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_that_are_graphs_keep_the_dtype_of_a_single_number(dtype):
    x = Tensor(np.array(2.0, dtype))
    (-x * 0.7).backward(create_graph=True)
    assert type(x.grad) is Tensor and x.grad.dtype == dtype and x.grad.data == dtype(-0.7)


def test_integers_and_bools_become_floats():
    assert Tensor([1, 2]).dtype == Tensor([True, False]).dtype == np.float64
    assert type(Value(3).data) is float


# ── kinds of rows ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_row_has_a_kind():
    assert {rule.kind for rule in TABLE.values()} == {elementwise, reduction, own}


def test_a_size_one_axis_is_not_a_broadcast_one():
    x, y = Tensor(np.ones((1, 3))), Tensor(np.ones((1, 3)))
    (x * y).sum().backward()
    assert x.grad.shape == (1, 3)
    b = Tensor(np.ones((1, 3)))
    (np.ones((4, 3)) * b).sum().backward()
    np.testing.assert_array_equal(b.grad, [[4.0, 4.0, 4.0]])


def test_a_matrix_product_of_stacks_is_summed_back():
    X, W = np.ones((5, 2, 3)), Tensor(np.ones((3, 4)))
    (X @ W).sum().backward()
    np.testing.assert_array_equal(W.grad, np.full((3, 4), 10.0))
    v = Tensor(np.ones(3))
    (X @ v).sum().backward()
    np.testing.assert_array_equal(v.grad, np.full(3, 10.0))


def test_repeated_indices_add_up():
    x = Tensor([1.0, 2.0, 3.0])
    x[[0, 0, 2, -1]].sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 0.0, 2.0])


# ── nested derivatives ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_inner_derivative_keeps_the_outer_variable():
    assert tg.grad(lambda x: x * tg.grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert tg.grad(lambda x: x * tg.grad(lambda y: x + y)(1.0))(5.0) == 1.0
    assert tg.grad(lambda x: tg.grad(lambda y: x * x * y * y)(x))(2.0) == 3 * 2 * 4.0
    assert tg.grad(lambda x: tg.grad(lambda y: tg.grad(lambda z: x * y * z)(1.0))(1.0))(9.0) == 1.0


def test_derivatives_of_derivatives_end():
    f = lambda x: x * x
    for expected in (6.0, 2.0, 0.0, 0.0):
        f = tg.grad(f)
        assert f(3.0) == expected
    assert tg.grad(tg.grad(tg.grad(lambda x: x**2)))(0.0) == 0.0


def test_transforms_leave_grad_alone():
    w = Tensor([1.0, 2.0])
    w.grad = np.array([7.0, 7.0])
    tg.grad(lambda x: (w * x).sum())(np.ones(2))
    tg.grad(lambda x: (w * x).sum())(w)
    np.testing.assert_array_equal(w.grad, [7.0, 7.0])


def test_inputs_that_are_nodes_already():
    w = Tensor([1.0, 2.0])
    g = tg.grad(lambda x: (x**3).sum())(w)
    assert isinstance(g, Tensor)
    g.sum().backward()
    np.testing.assert_array_equal(w.grad, 6 * w.data)


def test_gradients_that_are_graphs():
    x = Tensor([1.0, 2.0])
    (x**3).sum().backward(create_graph=True)
    g = x.grad
    assert isinstance(g, Tensor) and g.requires_grad
    x.grad = None
    (g * g).sum().backward()
    np.testing.assert_allclose(x.grad, 2 * 3 * x.data**2 * 6 * x.data)


# ── recording ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_grad_is_this_threads_alone():
    inside, checked = threading.Event(), threading.Event()
    recorded = []

    def other():
        inside.wait(5)
        recorded.append((Value(2.0) * 3.0).requires_grad)
        x = Value(2.0)
        (x * x).backward()
        recorded.append(x.grad)
        checked.set()

    thread = threading.Thread(target=other)
    thread.start()
    with tg.no_grad():
        inside.set()
        assert checked.wait(5)
        assert not (Value(2.0) * 3.0).requires_grad
    thread.join()
    assert recorded == [True, 4.0]


def test_no_grad_ends_also_when_the_block_fails():
    with pytest.raises(ZeroDivisionError), tg.no_grad():
        raise ZeroDivisionError
    assert (Value(1.0) * 2.0).requires_grad
    with tg.no_grad():
        with tg.no_grad():
            pass
        y = Tensor([1.0]) * 2.0
        assert not y.requires_grad and y.parents == () and y.op is None
        assert tg.grad(lambda x: x * x)(3.0) == 6.0  # whoever asks for a derivative gets it


def test_what_requires_nothing_requires_nothing():
    c = Tensor([1.0], requires_grad=False)
    y = c * 2.0
    assert not y.requires_grad and y.parents == (c,)
    assert not (c > 0).requires_grad
    for made in (
        np.hypot(c, 2.0),
        np.hypot(c, c),
        np.stack([c, c]),
        np.where(c > 0, c, 0.0),
        np.hypot(Value(1.0, requires_grad=False), 2.0),
    ):
        assert not made.requires_grad and made.op is not None
    assert np.hypot(c, Tensor([2.0])).requires_grad and np.hypot(Tensor([2.0]), c).requires_grad
    assert not Tensor([1.0]).detach().requires_grad


def test_two_threads_at_once():
    def work(seed, found):
        rng = np.random.default_rng(seed)
        for _ in range(30):
            x = Tensor(rng.normal(size=4))
            (np.sin(x) * x).sum().backward()
            found.append(np.allclose(x.grad, np.cos(x.data) * x.data + np.sin(x.data)))

    found: list[bool] = []
    threads = [threading.Thread(target=work, args=(seed, found)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 120 and all(found)


def test_masks_are_recorded_not_frozen():
    x = Tensor([-1.0, 2.0])
    y = np.where(x > 0, x, 0.0)
    condition = y.args[0]
    assert condition.op == "greater" and condition.parents == (x,) and not condition.requires_grad
    assert bool(Value(1.0) > 0) and not bool(Value(1.0) == 2.0)


def test_constants_are_kept_among_the_arguments():
    x = Tensor([1.0, 2.0])
    two = np.array([2.0, 2.0])
    y = x * two
    assert y.args[0] is x and y.args[1] is two and y.parents == (x,)
    assert (3.0 - x).args == (3.0, x)


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_gradients_that_are_graphs_are_recorded_within_no_grad_too(kind):
    """Else a penalty on them would have no gradient, without a word."""
    x = kind(3.0)
    y = x * x * x
    with tg.no_grad():
        y.backward(create_graph=True)
        y.backward(create_graph=True)
    slope, x.grad = x.grad, None
    (y + slope).backward()
    assert x.grad == 27.0 + 2.0 * 18.0
