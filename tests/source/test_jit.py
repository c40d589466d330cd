"""`jit`: the same numbers as without it, nothing frozen, nothing written to that is not its own."""

import copy
import gc
import pickle
import random
import threading
import time
import weakref
from collections import namedtuple
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(20, 3)), (rng.random((20, 1)) > 0.5).astype(float)
W_1, B_1, W_2, B_2 = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 1)), np.zeros(1)
PARAMETERS = {"W_1": W_1, "b_1": B_1, "W_2": W_2, "b_2": B_2}


def loss_of(params, X, y):
    h = np.tanh(X @ params["W_1"] + params["b_1"])
    return tg.losses.binary_cross_entropy_with_logits(h @ params["W_2"] + params["b_2"], y)


def step(params, X, y):
    loss, grads = tg.value_and_grad(loss_of)(params, X, y)
    return loss, {name: params[name] - 0.5 * grads[name] for name in params}


def leaves(tree):
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves(part)]
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves(part)]
    return [tree]


def assert_same(found, expected, rtol=1e-12):
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-14)


# ── the same numbers ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_training_step_in_dictionaries():
    jitted, now, then = tg.jit(step), PARAMETERS, PARAMETERS
    for _ in range(5):
        (loss, now), (expected, then) = jitted(now, X, Y), step(then, X, Y)
        assert_same((loss, now), (expected, then))
        assert list(now) == list(PARAMETERS)


def test_every_shape_and_dtype_has_a_program_of_its_own():
    jitted = tg.jit(tg.value_and_grad(lambda x: (x * x).sum()))
    for size in (3, 4, 3, 5):
        x = np.arange(float(size))
        assert_same(jitted(x), ((x * x).sum(), 2 * x))
    x = np.ones(3, np.float32)
    assert jitted(x)[1].dtype == np.float32
    assert len(jitted._programs) == 4


Pair = namedtuple("Pair", "first second")


def test_containers_come_back_as_they_are():
    jitted = tg.jit(lambda a, b: {"x": [a.first + b["k"], (a.second,)], "p": Pair(a.second * 2, None), "s": "word"})
    out = jitted(Pair(1.0, np.ones(2)), {"k": 3.0})
    assert out["x"][0] == 4.0 and isinstance(out["x"][1], tuple) and isinstance(out["p"], Pair) and out["s"] == "word"
    np.testing.assert_array_equal(out["p"].first, [2.0, 2.0])


def test_keywords_and_defaults():
    jitted = tg.jit(lambda x, scale=2.0, *, shift=1.0: x * scale + shift)
    assert jitted(3.0) == 7.0 and jitted(3.0, scale=5.0) == 16.0 and jitted(3.0, 5.0, shift=0.0) == 15.0
    assert jitted(4.0, scale=5.0) == 21.0


def test_an_int_is_a_number_where_it_can_be_and_itself_where_it_must():
    powers = tg.jit(lambda x, n: x**n)
    assert [powers(2.0, n) for n in (1, 2, 3, 4)] == [2.0, 4.0, 8.0, 16.0]
    assert len(powers._programs) == 1

    def repeated(x, n):
        for _ in range(n):
            x = x * 2.0
        return x

    loops = tg.jit(repeated)
    assert [loops(1.0, n) for n in (1, 2, 3, 1)] == [2.0, 4.0, 8.0, 2.0]
    axes = tg.jit(lambda x, axis: x.sum(axis=axis))
    assert [axes(np.ones((2, 3)), axis).shape for axis in (0, 1, 0)] == [(3,), (2,), (3,)]


def test_strings_bools_and_none_choose_programs():
    jitted = tg.jit(lambda x, how, twice, bias: (np.tanh(x) if how == "tanh" else np.sin(x)) * (2 if twice else 1))
    assert jitted(1.0, "tanh", True, None) == 2 * np.tanh(1.0)
    assert jitted(1.0, "sin", True, None) == 2 * np.sin(1.0)
    assert jitted(1.0, "sin", False, None) == np.sin(1.0)


def test_derivatives_of_jitted_and_jitted_derivatives():
    f = lambda x: (np.tanh(x) ** 3).sum()
    x = rng.normal(size=3)
    expected = tg.grad(f)(x)
    assert_same(tg.jit(tg.grad(f))(x), expected)
    assert_same(tg.grad(tg.jit(f))(x), expected)
    assert_same(tg.jit(tg.grad(tg.jit(f)))(x), expected)
    assert_same(tg.jit(tg.hessian(f))(x), tg.hessian(f)(x))
    assert_same(tg.jit(tg.jacobian(np.tanh))(x), tg.jacobian(lambda x: np.tanh(x))(x))
    assert_same(tg.jit(lambda x: tg.vjp(f, x)[1](2.0))(x), (2 * expected,))
    assert_same(tg.jit(lambda x, v: tg.jvp(f, (x,), (v,)))(x, x), tg.jvp(f, (x,), (x,)))
    assert_same(tg.jit(lambda x, v: tg.hvp(f, x, v))(x, x), tg.hvp(f, x, x))


def test_nested_derivatives_keep_to_themselves():
    f = lambda x: x * tg.grad(lambda y: x * y)(2.0)
    assert tg.jit(tg.grad(f))(3.0) == tg.grad(f)(3.0) == 6.0


def test_a_tensor_closed_over_is_read_at_every_call():
    W, scale = Tensor([1.0, 2.0], name="W"), Value(1.0, name="scale")
    doubled = tg.jit(lambda x: (x * W * scale).sum() + (W * 2.0).sum())
    assert doubled(np.ones(2)) == 9.0
    W.data = [10.0, 20.0]
    assert doubled(np.ones(2)) == 90.0
    scale.data = 2.0
    assert doubled(np.ones(2)) == 120.0


def test_indexing_masks_and_index_arrays():
    f = tg.value_and_grad(lambda x, i: (x[i] * x[1:4, None].sum()).sum() + (x[::-1] * np.arange(5.0)).sum())
    jitted = tg.jit(f)
    for i in ([0, 0, 3], [4, 1, 1]):
        x = rng.normal(size=5)
        assert_same(jitted(x, np.array(i)), f(x, np.array(i)))


def test_what_is_out_of_order_is_reshaped_at_every_call():
    jitted = tg.jit(lambda x: (np.tanh(x) * 2).T.reshape(-1) + 1)
    for x in (rng.normal(size=(2, 3)), rng.normal(size=(2, 3))):
        np.testing.assert_array_equal(jitted(x), (np.tanh(x) * 2).T.reshape(-1) + 1)


def test_ieee_arithmetic_where_python_raises():
    jitted = tg.jit(tg.value_and_grad(lambda x: 1.0 / x + tg.log(x)))
    with np.errstate(all="ignore"):
        for x in (2.0, 0.0, -1.0, 1e-320):
            np.testing.assert_array_equal(
                leaves(jitted(x)), leaves(tg.value_and_grad(lambda x: 1.0 / x + tg.log(x))(x))
            )


def test_no_grad_inside():
    def f(x):
        with tg.no_grad():
            c = x * 2
        return (x * c).sum()

    jitted = tg.jit(tg.value_and_grad(f))
    for x in (np.ones(3), np.arange(3.0)):
        assert_same(jitted(x), tg.value_and_grad(f)(x))


def test_detached_is_followed_but_not_derived():
    f = lambda x: (x * x.detach()).sum() if isinstance(x, Tensor) else (x * x).sum()
    jitted = tg.jit(tg.grad(f))
    for x in (np.ones(3), np.arange(3.0)):
        np.testing.assert_array_equal(jitted(x), x)


OPERATIONS = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - 0.5 * b,
    lambda a, b: tg.tanh(a),
    lambda a, b: tg.sigmoid(a) * b,
    lambda a, b: np.where(a > b, a, 0.1 * b),
    lambda a, b: np.maximum(a, b),
    lambda a, b: a @ b.T @ b / 4,
    lambda a, b: a - a.mean(axis=0),
    lambda a, b: tg.softmax(a) + b.sum(axis=1, keepdims=True) / 4,
    lambda a, b: a[::-1] * b,
    lambda a, b: np.concatenate([a[:1], b[1:]]),
    lambda a, b: tg.logsumexp(a, axis=0) + b,
    lambda a, b: a.reshape(-1)[::-1].reshape(3, 3) * 0.5,
    lambda a, b: a.T,
    lambda a, b: a.T.reshape(-1).reshape(3, 3) + b,
]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, len(OPERATIONS) - 1), st.integers(0, 30), st.integers(0, 30)), max_size=12),
       st.sampled_from([np.float64, np.float32]))  # fmt: skip
def test_random_programs(choices, dtype):
    def f(x, y):
        made = [x, y]
        for operation, i, j in choices:
            made.append(OPERATIONS[operation](made[i % len(made)], made[j % len(made)]))
        return (made[-1] * made[len(made) // 2]).mean() + made[-1].sum()

    both = tg.value_and_grad(f, (0, 1))
    rng = np.random.default_rng(len(choices))
    xs = [(rng.normal(size=(3, 3)) * 0.7).astype(dtype) for _ in range(2)]
    jitted, space = tg.jit(both), {}
    exec(tg.to_numpy(f, *xs, argnums=(0, 1)), space)
    tolerance = 1e-11 if dtype == np.float64 else 2e-3
    for factor in (1.0, -1.0, 0.5):
        inputs = [dtype(factor) * x for x in xs]
        expected = leaves(both(*inputs))
        scale = max(1.0, *(float(np.abs(e).max()) for e in expected))
        for found in (jitted(*inputs), space["f"](*inputs)):
            for a, b in zip(leaves(found), expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale)
                assert np.asarray(a).dtype == np.asarray(b).dtype


# ── nobody's array but its own ────────────────────────────────────────────────────────────────────────────────────────


def test_results_are_the_callers_own():
    jitted = tg.jit(lambda x, y: (x, x.T, x[0], x + y, (x + y).reshape(-1), np.tanh(x + y) * 2, x * 1.0))
    x, y = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    first = jitted(x, y)
    kept = [np.array(a) for a in first]
    x2, y2 = x.copy(), y.copy()
    jitted(-x, -y)
    for a in jitted(x, y):
        a += 100.0
    np.testing.assert_array_equal([x, y], [x2, y2])
    x += 1.0
    assert_same(first, kept, rtol=0)
    assert len({id(a) for a in first}) == len(first)
    assert not any(np.shares_memory(a, b) for i, a in enumerate(first) for b in first[i + 1 :])


def test_one_result_twice_is_two_arrays():
    a, b = tg.jit(lambda x: (lambda y: (y, y))(x * 2))(np.ones(2))
    a += 1
    assert b.tolist() == [2.0, 2.0]


def test_a_program_holds_no_numbers_of_the_call_it_was_recorded_from():
    x = np.ones(1000)
    alive = weakref.ref(x)
    jitted = tg.jit(tg.value_and_grad(lambda x: (np.tanh(x) * x).sum()))
    jitted(x)
    del x
    gc.collect()
    assert alive() is None


def test_a_donated_array_that_shares_its_memory_is_copied():
    jitted = tg.jit(lambda x, y: x * 2.0 + y, donate=0)
    for _ in range(2):
        held = np.arange(4.0)
        np.testing.assert_array_equal(jitted(held[:2], held[:2]), [0.0, 3.0])
        np.testing.assert_array_equal(jitted(held[1:3], held[:2]), [2.0, 5.0])
        np.testing.assert_array_equal(held, np.arange(4.0))


def test_integers_are_derived_by_as_floats():
    both = tg.value_and_grad(lambda x: (x * x).mean())
    for found in (tg.jit(both)(np.arange(4)), both(np.arange(4))):
        np.testing.assert_array_equal(found[1], [0.0, 0.5, 1.0, 1.5])


def test_arrays_that_are_no_real_numbers_raise():
    with pytest.raises(TypeError, match="complex"):
        tg.jit(lambda x: x * 2)(np.ones(2) + 1j)


def test_the_same_array_passed_twice():
    jitted = tg.jit(lambda x, y: (x + 1.0 - y, x * y), donate=0)
    x = np.arange(3.0)
    assert_same(jitted(x, x), (np.ones(3), np.arange(3.0) ** 2))
    assert x.tolist() == [0.0, 1.0, 2.0]


def test_only_what_is_donated_is_written_to():
    plain, donated = tg.jit(step), tg.jit(step, donate=0)
    params = {name: p.copy() for name, p in PARAMETERS.items()}
    expected = plain(params, X, Y)
    assert_same(params, PARAMETERS, rtol=0)
    found = donated(params, X, Y)
    assert_same(found, expected)
    assert any(np.shares_memory(a, b) for a in leaves(found) for b in params.values())
    frozen = {name: p.copy() for name, p in PARAMETERS.items()}
    for p in frozen.values():
        p.flags.writeable = False
    assert_same(donated(frozen, X, Y), expected)
    assert_same(frozen, PARAMETERS, rtol=0)


def test_threads_do_not_disturb_each_other():
    jitted = tg.jit(step)
    inputs = [({name: p * (1 + i) for name, p in PARAMETERS.items()}, X * (1 + i), Y) for i in range(4)]
    expected = [step(*each) for each in inputs]
    wrong = []

    def work(i):
        for _ in range(300):
            found = jitted(*inputs[i])
            if not all(np.allclose(a, b, rtol=1e-12) for a, b in zip(leaves(found), leaves(expected[i]), strict=True)):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# ── nothing is frozen ─────────────────────────────────────────────────────────────────────────────────────────────────

OUTSIDE = np.zeros(2)
GENERATOR = np.random.default_rng(0)


def writes_outside(x):
    OUTSIDE[0] += 1.0
    return x * 2.0


FREEZING = {
    "bool": lambda x: x if (x > 0).all() else -x,
    "float": lambda x: x * float(x.sum()),
    "int": lambda x: x * int(x.sum()),
    "item": lambda x: x * x.sum().item(),
    "data": lambda x: x * x.data,
    "a write to data": lambda x: setattr(x, "data", x * 2) or x,
    "numpy": lambda x: x * x.numpy(),
    "asarray": lambda x: x * np.asarray(x),
    "tolist": lambda x: x * np.array(x.tolist()),
    "copy": lambda x: x * copy.copy(x),
    "deepcopy": lambda x: x * copy.deepcopy([x])[0],
    "pickle": lambda x: x * pickle.loads(pickle.dumps(x)),
    "in": lambda x: x if 2.0 in x else x * 2,
    "str": lambda x: x * len(str(x)),
    "format": lambda x: x * len(f"{x.sum()}"),
    "format with digits": lambda x: x * float(f"{x.sum():.3f}"),
    "iterating over numbers": lambda x: x * sum(float(each) for each in x),
    "index": lambda x: [1, 2, 3][x.sum()] * x,
    "write": lambda x: OUTSIDE.__setitem__(0, x.sum()) or x,
    "random": lambda x: x * np.random.default_rng().normal(size=x.shape),
    "global random": lambda x: x * np.random.rand(),
    "a branch at random": lambda x: x if np.random.rand() > 2 else x * 2,
    "a generator": lambda x: x if GENERATOR.random() > 2 else x * 2,
    "Python's random": lambda x: x if random.random() > 2 else x * 2,
    "Python's random, which is written in Python": lambda x: x if random.uniform(0, 1) > 2 else x * 2,
    "the time": lambda x: x * time.perf_counter(),
    "outside": writes_outside,
    "a mask as an index": lambda x: x[x > 0],
}


@pytest.mark.parametrize("name", FREEZING)
def test_what_would_freeze_a_number_raises_and_says_where(name):
    with pytest.raises(TypeError, match=r"freez|frozen|outside|once and for all") as raised:
        tg.jit(FREEZING[name])(np.ones(2))
    assert "a recording that is over" not in str(raised.value) and "random.py" not in str(raised.value)
    if name != "outside":
        assert "test_jit.py, line" in str(raised.value)


def test_changing_a_container_among_the_arguments_raises():
    def step(params):
        params["w"] = params["w"] * 2
        return params["w"]

    with pytest.raises(TypeError, match="return what is new"):
        tg.jit(step)({"w": np.ones(2)})


def test_seeded_random_numbers_inside_are_the_same_at_every_call():
    jitted = tg.jit(lambda x: x * np.random.default_rng(0).normal(size=2))
    np.testing.assert_array_equal(jitted(np.ones(2)), np.random.default_rng(0).normal(size=2))


def test_the_function_runs_once_for_each_program():
    calls = []

    def f(x):
        calls.append(x.shape)
        return (x * 2).sum()

    jitted = tg.jit(tg.value_and_grad(f))
    for x in (np.ones(2), np.ones(2), np.ones(3), np.zeros(3)):
        jitted(x)
    assert calls == [(2,), (3,)]


def test_who_reads_the_clock_for_itself_alone_is_recorded():
    taken = []

    def f(x):
        start = time.perf_counter()
        y = np.tanh(x)
        taken.append(time.perf_counter() - start)
        return y

    np.testing.assert_array_equal(tg.jit(f)(np.ones(2)), np.tanh(np.ones(2)))
    assert taken


@pytest.mark.parametrize(
    ("what", "result"),
    [
        ("what it returns", lambda x, n: [x * 2.0 - 1.0] * n),
        ("multiply", lambda x, n: x * float(n)),
        ("multiply", lambda x, n: x * np.full(2, np.nan if n % 2 else 1.0)),
        ("what it returns", lambda x, n: (x * 2.0 - 1.0, float(n))),
        ("what it returns", lambda x, n: (x * 2.0, np.arange(2.0) * n)),
        ("reshape", lambda x, n: np.roll(x, n)),
        ("multiply", lambda x, n: x * 2.0 if n == 1 else x * 2.0 * 1.5),
        ("multiply", lambda x, n: (x * 2.0, x * 3.0)[:: 1 if n % 2 else -1]),
        ("cos", lambda x, n: np.sin(x) if n % 2 else np.cos(x)),
    ],
)
def test_who_reads_the_clock_and_does_something_else_each_time(what, result):
    calls = []

    def f(x):
        calls.append(time.perf_counter())
        return result(x, len(calls))

    with pytest.raises(TypeError, match=r"^f does something else each time it is called with .* arguments") as raised:
        tg.jit(f)(np.ones(2))
    assert f"({what} differs)" in str(raised.value)
    assert ("test_jit.py, line" in str(raised.value)) is (what != "what it returns")


def test_what_reads_the_clock_is_named_by_its_own_line():
    def loss(x):
        slower = x * time.perf_counter()
        return slower.sum()

    with pytest.raises(TypeError, match=r"multiply differs(.|\n)*: slower = x \* time"):
        tg.jit(tg.value_and_grad(loss))(np.ones(2))


def test_what_fails_is_run_once():
    calls = []
    for args, times in (((1.0,), 1), ((1,), 2)):  # an int is tried as a number first
        calls.clear()
        with pytest.raises(KeyError):
            tg.jit(lambda x: calls.append(x) or {}[x])(*args)
        assert len(calls) == times


def test_where_pythons_numbers_raise_all_results_are_there():
    jitted = tg.jit(lambda t: (1.0 / t, "word", [t * 2.0, t * np.zeros(2)]))
    for t, expected in ((2.0, 0.5), (0.0, np.inf)):
        with np.errstate(all="ignore"):
            found = jitted(t)
        assert (found[0], found[1], found[2][0], found[2][1].tolist()) == (expected, "word", t * 2.0, [0.0, 0.0])


def test_who_reads_the_clock_and_does_the_same_each_time():
    def f(x):
        time.perf_counter()
        return x * np.nan + x * np.array([np.nan, 1.0]) + np.roll(x, 1), np.nan, np.array([np.nan])

    with np.errstate(all="ignore"):
        assert [each.shape for each in map(np.asarray, tg.jit(f)(np.ones(2)))] == [(2,), (), (1,)]


class Noisy:
    """A generator among the attributes of an object, as in a layer."""

    def __init__(self, rng):
        self.layers = [{"rng": rng}]

    def __call__(self, x):
        return x * self.layers[0]["rng"].random()


@pytest.mark.parametrize("rng", [np.random.default_rng(0), np.random.RandomState(0), random.Random(0)])
def test_generators_within_objects(rng):
    noisy = Noisy(rng)
    for f, args in (
        (noisy, ()),
        (lambda x: noisy(x) * 2, ()),
        (noisy.__call__, ()),
        (partial(Noisy.__call__, noisy), ()),
        (tg.grad(lambda x: noisy(x).sum()), ()),
        (lambda x, layer: layer(x), (noisy,)),
        (lambda x, r: x * r.random(), (rng,)),
    ):
        with pytest.raises(TypeError, match="frozen into the program"):
            tg.jit(f)(np.ones(2), *args)


def test_repr_of_what_is_traced_has_no_numbers():
    shown = []
    tg.jit(lambda x: shown.append(repr(x)) or x * 2)(np.array([12345.0]))
    assert "traced" in shown[0] and "12345" not in shown[0]


def test_a_node_that_left_its_recording_cannot_be_read():
    kept = []
    tg.jit(lambda x: kept.append(x * 2) or x)(np.ones(2))
    with pytest.raises(TypeError, match="a recording that is over"):
        _ = kept[0].data


def test_reading_a_closed_over_tensor_raises():
    W = Tensor([1.0, 2.0], name="W")
    with pytest.raises(TypeError, match="W"):
        tg.jit(lambda x: x * W.data)(np.ones(2))
    with pytest.raises(TypeError, match="W"):
        tg.jit(lambda x: x * float(W.sum()))(np.ones(2))
    for read in (lambda: W.tolist(), lambda: copy.copy(W), lambda: copy.deepcopy({"W": W}), lambda: pickle.dumps(W)):
        with pytest.raises(TypeError, match="W"):
            tg.jit(lambda x, read=read: x * 2 if read() else x)(np.ones(2))


# ── what it shows ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_source_and_lower():
    called = []
    jitted = tg.jit(lambda x: called.append(1) or np.tanh(x) * 2)
    with pytest.raises(ValueError, match="nothing is recorded"):
        _ = jitted.source
    text = jitted.lower(np.ones(3))
    assert "np.tanh" in text and jitted.source == text
    assert "out" not in step.__name__ and jitted(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "name", ["import os", "__class__", "x); evil(", "lambda", "np", "math", "", "ŷ", "1", "a\nb", "v", "pool"]
)
def test_hostile_names_come_out_as_harmless_identifiers(name):
    W = Tensor([1.0, 2.0], name=name or None)

    def f(x):
        z = x * W
        if z.requires_grad:
            z.name = name or None
        return (np.tanh(z) * z).sum()

    x = np.array([0.5, -0.5])
    expected = tg.value_and_grad(f)(x)
    assert_same(tg.jit(tg.value_and_grad(f))(x), expected)
    source, space = tg.to_numpy(f, x), {}
    exec(source, space)
    assert_same(space["f"](x), expected)
    for text in (source, tg.jit(f).lower(x)):
        code = "\n".join(line.partition("#")[0] for line in text.splitlines())
        assert "evil(" not in code and "import os" not in code and "__class__" not in code


def test_many_single_numbers():
    def chain(x, y):
        for i in range(5000):
            x = x * y + 0.1 if i % 3 else tg.tanh(x - y)
        return x

    f = tg.value_and_grad(chain, (0, 1))
    jitted = tg.jit(f)
    for x, y in ((0.3, 0.4), (0.1, -0.2)):
        assert_same(jitted(x, y), f(x, y), rtol=1e-10)
    assert "def part_2" in jitted.source


def test_bad_arguments_of_jit():
    with pytest.raises(ValueError, match="backend"):
        tg.jit(lambda x: x, backend="fortran")
    with pytest.raises(ValueError, match="donate=3"):
        tg.jit(lambda x: x, donate=3)(1.0)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_reductions_of_a_single_number():
    """0/0 is the variance of one number with ddof=1."""
    for more in (lambda x: 0.0, lambda x: (np.ones(2) * x).sum()):  # in a text without arrays, and in one with them
        for ddof, expected in ((0, 0.0), (1, np.nan), (0.5, 0.0)):
            f = lambda x, ddof=ddof, more=more: np.var(x, ddof=ddof) + 0.0 * more(x)
            assert tg.jit(f)(0.37) == pytest.approx(expected, nan_ok=True)
            np.testing.assert_equal(tg.jit(tg.grad(f))(0.37), tg.grad(f)(0.37))
        for f in (np.sum, np.mean, np.max, np.prod, lambda x: tg.logsumexp(x)):
            assert tg.jit(lambda x, f=f, more=more: f(x) + 0.0 * more(x))(0.37) == 0.37


def test_a_variance_that_is_returned_is_divided_by_its_count_less_ddof():
    x = np.array([[1.0, 2.0, 4.0], [0.0, 3.0, 5.0]])
    for axis in (None, 0, 1):
        f = lambda x, axis=axis: np.var(x, axis=axis, ddof=1)
        np.testing.assert_allclose(tg.jit(f)(x), f(x))
