"""What runs is the text that is shown: only looked up in advance, small arrays of one operation side by side."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.tensors.trees import flatten


def program_of(jitted):
    return next(iter(jitted._programs.values()))[1]


def as_it_stands(machine, name):
    """The function that the text shown defines, nothing looked up in advance."""
    space = {key: held for key, held in machine.space.items() if "." not in key}
    exec(compile(machine.source, "<as it stands>", "exec"), space)
    return space[name]


def same_bits(found, expected):
    found, expected = flatten(found)[0], flatten(expected)[0]
    return len(found) == len(expected) and all(
        np.asarray(a).dtype == np.asarray(b).dtype and np.asarray(a).tobytes() == np.asarray(b).tobytes()
        for a, b in zip(found, expected, strict=True)
    )


# ── names and numbers ─────────────────────────────────────────────────────────────────────────────────────────────────


def waves(x):
    return np.maximum(np.add(2, np.tanh(-1.5 * x)), -0.25).sum() + np.arctan2(x, 3).mean()


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int64, np.bool_])
def test_the_text_that_is_shown_gives_the_same_bits(dtype):
    x = np.array([[0.5, -2.0, 1.0], [0.0, 3.0, -1.0]]).astype(dtype)
    jitted = tg.jit(waves)
    found = jitted(x)
    assert same_bits(found, as_it_stands(program_of(jitted), "waves")(x))
    assert np.allclose(found, waves(x), rtol=1e-2 if dtype is np.float16 else 1e-6)


def test_numbers_among_arrays_of_one_dtype_are_arrays_of_it_and_others_stay():
    def numbers_of(f, *args):
        jitted = tg.jit(f)
        jitted.lower(*args)
        return {key: x.dtype for key, x in program_of(jitted).space.items() if key.strip("-")[:1].isdigit()}

    def f(x, y=1.0):
        return np.tanh(np.maximum(x, -0.5) * y)

    single = np.ones(3, np.float32)
    assert numbers_of(f, np.ones(3)) == {"-0.5": np.dtype(float)}
    assert numbers_of(f, single) == {"-0.5": np.dtype(np.float32)}
    assert numbers_of(f, single, np.ones(3)) == {}  # two dtypes
    assert numbers_of(f, single, 2.0) == {}  # a number of Python's has all its digits
    assert numbers_of(lambda x: np.maximum(x, 1e300) - 1, single) == {}  # infinite in single precision
    assert numbers_of(lambda x: np.maximum(x, True), np.ones(3)) == {}
    assert numbers_of(lambda k: np.maximum(k, 2), np.arange(3)) == {}  # whole numbers


def test_a_number_of_pythons_keeps_its_digits_among_single_precision():
    def f(x, t):
        return np.tanh(x), np.maximum(t, 0.3)

    assert tg.jit(f)(np.ones(3, np.float32), 1 / 3)[1] == 1 / 3


def test_a_number_is_compared_with_single_precision_in_that():
    def f(x):
        return np.where(tg.Tensor(np.float32([0.1, 0.3]), requires_grad=False) > 0.1, np.maximum(x, 0.5), 0.0)

    x = np.array([1.0, 2.0])
    assert tg.jit(f)(x).tolist() == f(x).tolist() == [0.0, 2.0]


def test_what_a_function_of_the_users_is_called_hides_no_name_of_numpys():
    own = tg.primitive(lambda x: np.where(x > 0, x, 0.5 * x), lambda g, out, x: g, name="tanh")
    f = lambda multiply, add: np.tanh(multiply * 2.0) + own(add) * multiply
    x = np.array([0.5, -1.0])
    assert same_bits(tg.jit(f)(x, x + 1), f(x, x + 1))


@pytest.mark.parametrize(
    ("rows", "columns", "copied"), [(64, 32, True), (64, 2, True), (63, 32, False), (64, 33, False)]
)
def test_a_narrow_matrix_that_is_read_transposed_is_copied(rows, columns, copied):
    x, y = np.ones((rows, columns)), np.ones((5, columns))
    f = tg.jit(lambda x, y: x @ y.T)
    assert (".copy()" in f.lower(x, y)) is copied and f(x, y).tolist() == [[columns] * 5] * rows
    assert ".copy()" not in f.lower(x[0], y) and f(x[0], y).tolist() == [columns] * 5


# ── small arrays side by side ─────────────────────────────────────────────────────────────────────────────────────────

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
PARAMETERS = [rng.normal(size=shape) for shape in ((3, 4), (4,), (4, 2), (2,))]


def loss_of(parameters, X, Y):
    W1, b1, W2, b2 = parameters
    return ((np.tanh(X @ W1 + b1) @ W2 + b2 - Y) ** 2).mean()


def stepping(change, given=lambda gradients: ()):
    def step(parameters, X, Y, lr):
        loss, gradients = tg.value_and_grad(loss_of)(parameters, X, Y)
        return loss, [p - change(g, lr) for p, g in zip(parameters, gradients, strict=True)], given(gradients)

    return step


STEPS = {
    "a rate": (stepping(lambda g, lr: 0.1 * g), 1),
    "a rate on the right, given": (stepping(lambda g, lr: g * lr), 1),
    "a bound by name": (stepping(lambda g, lr: np.maximum(g, 0.01)), 1),
    "two factors": (stepping(lambda g, lr: 0.5 * (lr * g)), 1),
    "read by others": (stepping(lambda g, lr: lr * g + np.abs(g)), 0),
    "returned": (stepping(lambda g, lr: lr * g, lambda gradients: gradients), 0),
    "returned itself": (stepping(lambda g, lr: g, lambda gradients: [3.0 * g for g in gradients]), 0),
}


@pytest.mark.parametrize("donate", [(), 0])
@pytest.mark.parametrize("name", STEPS)
def test_a_number_meets_all_small_gradients_in_one_call(name, donate):
    step, calls = STEPS[name]
    jitted = tg.jit(step, donate=donate)
    for lr in (0.1, 0.3):
        found = jitted([p.copy() for p in PARAMETERS], X, Y, lr)
        assert same_bits(found, as_it_stands(program_of(jitted), "step")(*(p.copy() for p in PARAMETERS), X, Y, lr))
        for a, b in zip(flatten(found)[0], flatten(step(PARAMETERS, X, Y, lr))[0], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)
    assert jitted.source.count(".reshape((3, 4))") == calls and ".reshape((4,))" not in jitted.source


def test_two_arrays_share_a_call_and_one_alone_has_its_own():
    X, a, b = np.arange(6.0).reshape(2, 3), np.ones((3, 1)), np.ones((3, 0))

    def both(X, a, b):
        u, v = X @ a, X @ b
        return np.sin(0.1 * u).sum() + np.sin(0.1 * v).sum()

    def one_after_the_other(X, a, b):
        return np.sin(0.1 * (X @ a)).sum() + np.sin(0.1 * (X @ b)).sum()

    for f, calls, parts in ((both, 1, True), (one_after_the_other, 2, False)):
        for last in (b, np.ones((3, 2))):
            jitted = tg.jit(f)
            assert np.allclose(jitted(X, a, last), f(X, a, last), rtol=1e-14)
            assert jitted.source.count("(0.1, ") == calls and ("[0:2]" in jitted.source) is parts


# ── a tensor's own memory ─────────────────────────────────────────────────────────────────────────────────────────────


def moving(given, change):
    """A jitted function that moves a tensor w by `change` of its gradient and itself, and w."""
    w = tg.Tensor([1.0, -2.0, 0.5], name="w")

    def step(x):
        loss = ((w * x) ** 2).sum()
        w.grad = None
        loss.backward()
        before = w * 1.0
        with tg.no_grad():
            moved = w
            moved -= change(w.grad, before)
        return loss, given(before, moved)

    return tg.jit(step), w


def a_rate(g, before):
    return 0.1 * g


@pytest.mark.parametrize(
    ("given", "change", "in_place"),
    [
        (lambda before, moved: (), a_rate, True),
        (lambda before, moved: 2 * moved, a_rate, False),  # it is read
        (lambda before, moved: moved * 1.0, a_rate, False),  # the caller's own
        (lambda before, moved: before[::-1], a_rate, False),  # a view of what it was
        (lambda before, moved: before, a_rate, False),
        (lambda before, moved: before * 3, a_rate, True),
        (lambda before, moved: (), lambda g, before: before[::-1], False),
        (lambda before, moved: (), lambda g, before: 0.5 * before + g, True),
    ],
)
def test_a_moved_tensor_is_written_into_where_nobody_sees_the_difference(given, change, in_place):
    (jitted, w), x = moving(given, change), np.array([1.0, 2.0, 3.0])
    held = w.data
    for _ in range(2):
        before = held.copy()
        moved = before - change(2 * before * x * x, before)
        loss, found = jitted(x)
        assert np.allclose(loss, ((before * x) ** 2).sum(), rtol=1e-14)
        assert np.allclose(found, given(before, moved), rtol=1e-14)
        assert w.data is held and np.allclose(held, moved, rtol=1e-14)
        assert not np.may_share_memory(found, held)
    assert (", w)" in jitted.source) == in_place


def test_tensors_that_are_moved_by_each_other_are_moved_at_once():
    a, b = tg.Tensor([1.0, 2.0], name="a"), tg.Tensor([3.0, 4.0], name="b")

    def cross(x):
        before = a * 1.0
        with tg.no_grad():
            here, there = a, b
            here -= b
            there -= before
        return x.sum()

    tg.jit(cross)(np.ones(2))
    assert a.data.tolist() == [-2.0, -2.0] and b.data.tolist() == [2.0, 2.0]


def test_a_call_that_fails_moves_nothing():
    w = tg.Tensor(np.ones((2, 3)), name="w")
    optimizer = tg.optim.Adam([w], lr=0.1)

    @tg.jit
    def step(x, labels):
        loss = tg.losses.cross_entropy(x @ w, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step(np.ones((4, 2)), np.array([0, 1, 2, 0]))
    before, state = w.data.copy(), optimizer.state_dict()
    with pytest.raises(ValueError, match="label 3"):
        step(np.ones((4, 2)), np.array([0, 1, 2, 3]))
    assert np.array_equal(w.data, before) and optimizer.state_dict()["count"] == state["count"] == 1


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_entries_along_an_axis_are_an_indexing_for_the_machine_alone(axis):
    x, places = rng.normal(size=(3, 4, 2)), rng.integers(0, 2, size=(3, 4, 2))
    f = tg.value_and_grad(lambda x, places: np.square(np.take_along_axis(x, places, axis)).sum())
    jitted = tg.jit(f)
    assert same_bits(jitted(x, places)[1], f(x, places)[1]) and "take_along_axis" not in jitted.source
    assert "np.take_along_axis" in tg.to_numpy(lambda x, places: np.take_along_axis(x, places, axis).sum(), x, places)
