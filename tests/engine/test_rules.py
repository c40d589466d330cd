"""The table, walked: every row, with every kind of number it takes. A new row is tested because it is there.

What to try a row on comes from the row: its `domain`, its `example`, and its kind.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes
from rows import (
    BINARY,
    ENTRYWISE,
    FLAT,
    REDUCTIONS,
    SMOOTH,
    differences,
    drawn,
    flat_call,
    gradients,
    named,
    reduction_params,
    tries,
    weighted,
    weights_for,
)

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine import backward
from tinygrad_edu.engine.graph import Node
from tinygrad_edu.engine.rules import TABLE, elementwise, reduction

# ── the table itself ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_holds_what_the_walk_expects():
    assert len(SMOOTH) > 60 and len(FLAT) > 20
    assert {"add", "tanh", "matmul", "sum", "getitem", "svd"} <= {rule.name for rule in SMOOTH}


@named(SMOOTH)
def test_a_row_says_how_to_try_it(rule):
    assert rule.example is not None or rule.kind in (elementwise, reduction)
    assert rule.__doc__, "what it is, in words"


@named(TABLE.values())
def test_a_row_stands_under_its_own_name_and_calls_derivatives_by_position(rule):
    assert TABLE[rule.name] is rule
    if rule.differentiable and rule.example is None:
        assert rule.vjp(0) is not None and rule.vjp(len(rule.vjps)) is None


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@named(SMOOTH)
def test_on_nodes_as_on_plain_arrays(rule):
    for call, xs in tries(rule):
        plain, recorded = call(*xs), call(*map(Tensor, xs))
        assert isinstance(recorded, Node) and not isinstance(plain, Node)
        np.testing.assert_array_equal(recorded.data, plain)


@named([rule for rule in ENTRYWISE if isinstance(vars(np).get(rule.name), np.ufunc)])
def test_as_numpy_computes_it(rule):
    for _, xs in tries(rule):
        np.testing.assert_array_equal(rule(*xs), getattr(np, rule.name)(*xs))


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -2.5, 1e-300, 1e300, -1e300, 800.0, -800.0, math.inf, -math.inf, math.nan]


@named([rule for rule in TABLE.values() if rule.scalar is not None and rule.kind is elementwise])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_on_floats_as_on_arrays_also_where_it_hurts(rule):
    arity = rule.arity or rule.takes or {"where": 3, "pinned": 3}.get(rule.name, 2)
    further = [[1, 2]] if rule.name == "power_log" else []
    for numbers in itertools.product(*[SPECIAL] * arity, *further):
        if (rule.name, *numbers) == ("power", -math.inf, 0.5):
            continue  # NumPy takes the square root there, which is nan; IEEE's pow gives inf
        ours, numpys = rule(*numbers), rule.array(*map(np.float64, numbers))
        assert type(ours) in (float, bool, int), f"{rule.name}{numbers} gives {type(ours)}"
        np.testing.assert_allclose(ours, numpys, rtol=1e-14, err_msg=f"{rule.name}{numbers}")


@named(ENTRYWISE)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_slopes_of_floats_are_those_of_arrays_also_where_it_hurts(rule):
    few = SPECIAL if len(rule.vjps) == 1 else [0.0, -0.0, 1.0, -2.5, 800.0, math.inf, math.nan]
    for numbers in itertools.product(few, repeat=len(rule.vjps)):
        leaves, arrays = [Value(x) for x in numbers], [Tensor([x]) for x in numbers]
        rule(*leaves).backward()
        rule(*arrays).sum().backward()
        assert all(type(leaf.grad) is float for leaf in leaves)
        found, expected = [leaf.grad for leaf in leaves], [array.grad[0] for array in arrays]
        np.testing.assert_allclose(found, expected, rtol=1e-13, err_msg=f"{rule.name}{numbers}")


@named(ENTRYWISE)
def test_third_derivatives_of_bare_numbers(rule):
    for call, numbers in scalar_tries(rule):
        for i, x in enumerate(numbers):
            second = tg.grad(tg.grad(call, i), i)
            along = lambda t, i=i, second=second, numbers=numbers: second(*numbers[:i], t, *numbers[i + 1 :])
            numeric = (along(x + 1e-5) - along(x - 1e-5)) / 2e-5
            np.testing.assert_allclose(tg.grad(second, i)(*numbers), numeric, rtol=1e-4, atol=1e-5)


@named(FLAT)
def test_what_is_flat_records_but_requires_no_gradient(rule):
    call, xs = flat_call(rule, np.random.default_rng(3))
    recorded = call(*map(Tensor, xs))
    assert isinstance(recorded, Node) and not recorded.requires_grad and recorded.op == rule.name
    np.testing.assert_array_equal(recorded.data, call(*xs))


@named([rule for rule in SMOOTH if rule.composed is not None or rule.regular is not None])
def test_what_the_tables_words_say_of_an_operation_is_what_it_computes(rule):
    for call, xs in tries(rule):
        node = call(*map(Tensor, xs))
        for words in filter(None, (rule.composed, rule.regular)):
            said = words(*(a.data if isinstance(a, Node) else a for a in node.args), **node.params)
            np.testing.assert_allclose(said, node.data, rtol=1e-10, err_msg=rule.name)


# ── derivatives ───────────────────────────────────────────────────────────────────────────────────────────────────────


@named(SMOOTH)
def test_first_derivative_against_differences(rule):
    for call, xs in tries(rule):
        f = weighted(call, weights_for(call, xs))
        for ours, numeric in zip(gradients(f, xs), differences(f, xs), strict=True):
            np.testing.assert_allclose(ours, numeric, rtol=2e-6, atol=2e-7)


@named(SMOOTH)
def test_second_derivative_against_differences_of_the_first(rule):
    rng = np.random.default_rng(11)
    for call, xs in tries(rule):
        f = weighted(call, weights_for(call, xs))
        ways = [rng.uniform(0.5, 1.5, x.shape) for x in xs]

        def along(*points, f=f, ways=ways):
            return sum(float((g * way).sum()) for g, way in zip(gradients(f, points), ways, strict=True))

        leaves = [Tensor(x) for x in xs]
        f(*leaves).backward(create_graph=True)
        firsts = [leaf.grad for leaf in leaves]
        for leaf in leaves:
            leaf.grad = None
        total = sum((g * way).sum() for g, way in zip(firsts, ways, strict=True))
        if total.requires_grad:
            total.backward()
        for leaf, numeric in zip(leaves, differences(along, xs), strict=True):
            ours = np.zeros(leaf.shape) if leaf.grad is None else leaf.grad
            np.testing.assert_allclose(ours, numeric, rtol=5e-6, atol=1e-6 * max(1.0, np.abs(numeric).max()))


@named(SMOOTH)
def test_the_backward_pass_gives_the_same_numbers_as_a_graph(rule):
    for call, xs in tries(rule):
        f = weighted(call, weights_for(call, xs))
        for plain, node in zip(gradients(f, xs), gradients(f, xs, create_graph=True), strict=True):
            assert isinstance(node, Node) and not isinstance(plain, Node)
            np.testing.assert_allclose(node.data, plain, rtol=1e-13, atol=1e-15)


def scalar_tries(rule):
    """Bare numbers to try a row on."""
    for call, xs in tries(rule):
        if all(x.ndim == 0 for x in xs):
            yield call, [float(x) for x in xs]
    if rule.kind is reduction:
        yield (lambda x: rule(x, **reduction_params(rule, None, False))), [-1.3]


@named([*ENTRYWISE, *REDUCTIONS])
def test_bare_numbers_give_the_gradients_of_arrays(rule):
    """Both sweeps, the general one and the short one for floats, and the array path: one answer."""
    for call, numbers in scalar_tries(rule):
        leaves = [Value(x) for x in numbers]
        root = call(*leaves) * 1.5
        assert isinstance(root, Value) and type(root.data) is float
        general = backward.sweep(root, 1.0)
        root.backward()
        short = {leaf: leaf.grad for leaf in leaves}
        arrays = gradients(lambda *xs, call=call: (call(*xs) * 1.5).sum(), [np.array([x]) for x in numbers])
        for leaf, array in zip(leaves, arrays, strict=True):
            assert type(short[leaf]) is float and type(general[leaf]) is float
            assert short[leaf] == general[leaf]
            np.testing.assert_allclose(short[leaf], array[0], rtol=1e-13)


@named([*ENTRYWISE, *REDUCTIONS])
def test_bare_numbers_twice(rule):
    for call, numbers in scalar_tries(rule):
        weigh = lambda *xs, call=call: call(*xs) * 1.5
        for i in range(len(numbers)):
            twice = tg.grad(tg.grad(weigh, i), i)(*numbers)
            first = tg.grad(lambda *xs, weigh=weigh: weigh(*xs).sum(), i)
            array = tg.grad(lambda *xs, first=first: first(*xs).sum(), i)
            assert type(twice) is float
            np.testing.assert_allclose(twice, array(*(np.array([x]) for x in numbers))[0], rtol=1e-12, atol=1e-14)


@named(SMOOTH)
def test_float32_stays_float32(rule):
    if rule.name == "astype":
        pytest.skip("its purpose is to change the dtype")
    for call, xs in tries(rule):
        leaves = [Tensor(x, dtype=np.float32) for x in xs]
        out = call(*leaves)
        assert out.dtype == np.float32
        total = (out * out).sum()
        total.backward(create_graph=True)
        again = sum((leaf.grad * leaf.grad).sum() for leaf in leaves)
        assert all(leaf.grad.dtype == np.float32 for leaf in leaves) and again.dtype == np.float32
        for leaf in leaves:
            leaf.grad = None
        again.backward()
        assert all(leaf.grad is None or leaf.grad.dtype == np.float32 for leaf in leaves)


# ── shapes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def summed_back(g, shape):
    """What broadcasting repeated, summed: written out, one axis at a time."""
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    rule=st.sampled_from(BINARY),
    shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0),
    seed=st.integers(0, 99),
)
def test_broadcasting_is_undone(rule, shapes, seed):
    rng = np.random.default_rng(seed)
    domains = list(rule.domain) or [(-math.inf, math.inf)] * 2
    xs = [drawn(shape, domain, rng) for shape, domain in zip(shapes.input_shapes, domains, strict=True)]
    weights = rng.uniform(0.5, 1.5, shapes.result_shape)
    f = weighted(rule, weights)
    whole = gradients(f, [np.broadcast_to(x, shapes.result_shape) for x in xs])
    for ours, full, x in zip(gradients(f, xs), whole, xs, strict=True):
        assert ours.shape == x.shape
        np.testing.assert_allclose(ours, summed_back(full, x.shape), rtol=1e-12, atol=1e-13)
    for node, ours in zip(gradients(f, xs, create_graph=True), gradients(f, xs), strict=True):
        np.testing.assert_allclose(node.data, ours, rtol=1e-12, atol=1e-13)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    shapes=mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=3, min_side=0),
    seed=st.integers(0, 99),
)
def test_matrix_products_of_any_shapes(shapes, seed):
    rng = np.random.default_rng(seed)
    xs = [rng.normal(size=shape) for shape in shapes.input_shapes]
    weights = rng.uniform(0.5, 1.5, shapes.result_shape)
    f = weighted(TABLE["matmul"], weights)
    np.testing.assert_allclose(TABLE["matmul"](*map(Tensor, xs)).data, np.matmul(*xs), rtol=1e-13, atol=1e-14)
    for ours, node, numeric in zip(gradients(f, xs), gradients(f, xs, True), differences(f, xs), strict=True):
        np.testing.assert_allclose(ours, numeric, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(node.data, ours, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("left", [(2,), (3, 2), (4, 3, 2)])
@pytest.mark.parametrize("right", [(2,), (2, 5), (4, 2, 5), (6, 1, 2, 5)])
def test_matrix_products_with_no_two_axes_of_one_length(left, right):
    """A vector before a stack, a stack before a vector: an axis that is taken for another shows."""
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=shape) for shape in (left, right)]
    f = weighted(TABLE["matmul"], rng.normal(size=np.matmul(*xs).shape))
    for ours, node, numeric in zip(gradients(f, xs), gradients(f, xs, True), differences(f, xs), strict=True):
        np.testing.assert_allclose(ours, numeric, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(node.data, ours, rtol=1e-12, atol=1e-13)


def test_the_recorded_gradient_of_a_matrix_product_is_made_of_products_alone():
    """Arrays as tall as these are copied for BLAS, which a reader of the record has nothing from."""
    x, y = Tensor(np.ones((64, 3))), Tensor(np.ones((3, 2)))
    (g_x,) = gradients(lambda x: weighted(TABLE["matmul"], np.ones((64, 2)))(x, y), [x.data], create_graph=True)
    assert g_x.op == "matmul" and g_x.args[1].op == "matrix_transpose" and g_x.args[1].args == (y,)


@pytest.mark.parametrize("subscripts", ["ij,k->k", "iij,k->jk", "ij,j->j", "kii,k->"])
def test_letters_of_one_operand_alone_and_letters_that_stand_twice(subscripts):
    rng, lengths = np.random.default_rng(0), {"i": 3, "j": 4, "k": 2}
    xs = [rng.normal(size=[lengths[letter] for letter in term]) for term in subscripts.split("->")[0].split(",")]
    call = lambda *xs: TABLE["einsum"](*xs, subscripts=subscripts)
    f = weighted(call, weights_for(call, xs))
    for ours, numeric in zip(gradients(f, xs), differences(f, xs), strict=True):
        np.testing.assert_allclose(ours, numeric, rtol=1e-6, atol=1e-8)


@named([rule for rule in SMOOTH if rule.example is not None and rule.example[0][0] in ((2, 3, 3), (2, 4, 3))])
def test_a_stack_of_stacks_is_its_matrices(rule):
    shapes, call = rule.example
    rng = np.random.default_rng(5)
    xs = [rng.normal(size=(5, *shape) if len(shape) == 3 else shape) for shape in shapes]
    f = weighted(call, weights_for(call, xs))
    whole = gradients(f, xs)[0]
    for i in range(5):
        parts = [x[i] if x.ndim == 4 else x for x in xs]
        alone = gradients(weighted(call, weights_for(call, xs)[i]), parts)[0]
        np.testing.assert_allclose(whole[i], alone, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("shape", [(2, 4), (3, 3), (4, 2)])
def test_decompositions_of_wide_and_of_tall_matrices(shape):
    """Through what the signs of the vectors leave alone: U diag(1 + s²) Vᵀ."""
    x, T = np.random.default_rng(3).normal(size=shape), TABLE["matrix_transpose"]

    def bent(x):
        found, m = TABLE["svd"](x), shape[0]
        return TABLE["matmul"](found[:m] * (1.0 + found[m] * found[m]), T(found[m + 1 :]))

    f = weighted(bent, weights_for(bent, [x]))
    np.testing.assert_allclose(gradients(f, [x])[0], differences(f, [x])[0], rtol=1e-6, atol=1e-7)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    rule=st.sampled_from(REDUCTIONS),
    shape=st.lists(st.integers(1, 3), max_size=3).map(tuple),
    keepdims=st.booleans(),
    data=st.data(),
)
def test_reductions_over_any_axes(rule, shape, keepdims, data):
    axes = st.integers(-len(shape), len(shape) - 1) if shape else st.none()
    several = st.lists(axes, unique_by=lambda a: a % len(shape)).map(tuple) if shape else st.just(())
    axis = data.draw(st.one_of(st.none(), axes, several))
    x = drawn(shape, (-math.inf, math.inf), np.random.default_rng(len(shape)))
    public = getattr(tg, rule.name, None) or getattr(tg.linalg, rule.name)
    reduced = public(Tensor(x), axis=axis, keepdims=keepdims)
    assert reduced.shape == np.sum(x, axis=axis, keepdims=keepdims).shape
    if hasattr(np, rule.name):
        np.testing.assert_allclose(reduced.data, getattr(np, rule.name)(x, axis=axis, keepdims=keepdims), rtol=1e-13)
    f = weighted(lambda x: public(x, axis=axis, keepdims=keepdims), np.full(reduced.shape, 0.7))
    np.testing.assert_allclose(gradients(f, [x])[0], differences(f, [x])[0], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("first", [rule.name for rule in BINARY])
def test_a_small_contribution_stands_for_a_large_one(first):
    """1 · y has y's shape and stands for the whole product's: whoever takes it for the whole forgets to sum."""
    y, c = np.random.default_rng(1).uniform(1.5, 1.9, (2, 1)), np.random.default_rng(2).uniform(0.2, 0.6, (2, 4))
    for f in (
        lambda y: (TABLE[first](y, c) * y).sum(),
        lambda y: (y * TABLE[first](y, c)).mean(axis=0).sum(),
        lambda y: np.where(y > 0, y, TABLE[first](y, c)).sum() + (y + TABLE[first](y, c) * y[0, 0]).sum(),
    ):
        np.testing.assert_allclose(gradients(f, [y])[0], differences(f, [y])[0], rtol=1e-6, atol=1e-7)
        along = lambda y, f=f: gradients(f, [y])[0].sum()
        twice = tg.grad(lambda y, f=f: tg.grad(f)(y).sum())(y)
        np.testing.assert_allclose(twice, differences(along, [y])[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_empty_arrays_where_numpy_allows_them(shape):
    x = Tensor(np.zeros(shape))
    for reduced in (x.sum(), x.prod(), (np.exp(x) * 2).sum(), np.concatenate([x, x]).sum(), x.reshape(-1).sum()):
        x.grad = None
        reduced.backward()
        assert x.grad.shape == shape
    assert x.sum().data == 0.0 and x.prod().data == 1.0
    with pytest.raises(ValueError, match="max"):
        x.max()
