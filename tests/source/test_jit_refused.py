"""What a program cannot do as the function would: it raises, or a program of its own is recorded."""

import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, nn, optim
from tinygrad_edu.errors import FrozenNumberError

x = np.array([1.0, 2.0, 3.0])


# ── results that are still to come ──


def steps(x):
    yield x
    yield 2 * x


async def awaited(x):
    return x


@pytest.mark.parametrize("f", [steps, awaited, lambda x: map(np.sin, x), lambda x: (x, iter([x]))])
def test_a_result_whose_steps_are_still_to_come_raises(f):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the coroutine is never awaited
        with pytest.raises(FrozenNumberError, match="whose steps would run after the recording: return a list"):
            tg.jit(f)(x)


def test_a_pullback_that_outlives_the_recording_raises():
    _, pullback = tg.jit(lambda x: tg.vjp(np.sin, x))(x)
    with pytest.raises(FrozenNumberError, match="a recording that is over"):
        pullback(np.ones(3))


def test_a_text_that_is_another_at_every_call_raises():
    moments = iter("abcdef")
    with pytest.raises(FrozenNumberError, match="what it returns differs"):
        tg.jit(lambda x: (x, next(moments)))(x)


# ── in place ──


def on_the_argument(x):
    x += 1.0
    return x


def on_a_view_of_the_argument(x):
    y = x.reshape(3, 1)
    y *= 2.0
    return y


def under_another_name(x):
    z = x * 2.0
    u = z
    z += 1.0
    return z * u


def through_a_view(x):
    z = x * 2.0
    u = z[1:]
    u += 1.0
    return z + 0.0


def returned_under_another_name(x):
    z = x * 2.0
    u = z
    z -= 1.0
    return z, u


IN_PLACE = [on_the_argument, on_a_view_of_the_argument, under_another_name, through_a_view, returned_under_another_name]


@pytest.mark.parametrize("f", IN_PLACE)
def test_what_would_be_written_over_and_read_again_raises(f):
    with pytest.raises(FrozenNumberError, match=r"would write into the caller's array|writes over"):
        tg.jit(f)(x.copy())


def under_one_name(x):
    z = x * 2.0
    total = 0.0
    z += x
    z /= 3.0
    for each in (z.sum(), (z * x).sum()):
        total += each
    return z, total


def test_in_place_under_one_name_is_followed():
    for found, right in zip(tg.jit(under_one_name)(x), under_one_name(x), strict=True):
        np.testing.assert_array_equal(found, right)


def test_a_node_takes_over_the_name_in_a_model_too():
    w = Tensor(x.copy(), name="w")

    def f(x):
        h = x * w
        u = h
        h += 1.0
        return (h * u).sum()

    assert tg.jit(f)(x) == f(x).item()


# ── what a program holds for ──


def test_a_tensor_that_is_frozen_between_two_calls_stays():
    v, w = Tensor(x.copy(), name="v"), Tensor(x.copy(), name="w")
    optimizer = optim.SGD([v, w], lr=0.1)

    @tg.jit
    def step(s):
        loss = (v * w * s).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    for frozen in (False, True, True):
        w.requires_grad = not frozen
        before = w.data.copy(), v.data.copy()
        step(1.0)
        assert np.array_equal(w.data, before[0]) is frozen and not np.array_equal(v.data, before[1])
        assert (w.grad is None) is frozen
    assert len(step._programs) == 2


def test_a_gradient_from_before_is_not_read():
    w = Tensor(x.copy(), name="w")
    (w * w).sum().backward()
    with pytest.raises(FrozenNumberError, match=r"\.grad, a number from before, of w"):
        tg.jit(lambda s: s * w.grad)(1.0)
    v = tg.Value(2.0, name="v")
    (v * v).backward()
    with pytest.raises(FrozenNumberError, match=r"\.grad, a number from before, of v"):
        tg.jit(lambda s: s * v.grad)(1.0)


@pytest.mark.parametrize("derivative", [tg.grad, tg.jacobian, lambda f: lambda w: tg.jvp(f, (w,), (1.0,))])
def test_a_derivative_through_what_is_closed_over_raises(derivative):
    with pytest.raises(FrozenNumberError, match="its gradient would be lost; make it an argument"):
        derivative(lambda w: tg.jit(lambda x: w * x)(2.0))(3.0)
    with pytest.raises(FrozenNumberError, match="its gradient would be lost"):
        derivative(lambda w: (lambda h: tg.jit(lambda x: h * x)(2.0))(w * w))(3.0)


def test_what_no_derivative_is_taken_through_is_closed_over():
    w = Tensor(x.copy(), name="w")
    h = w * 2.0
    jitted = tg.jit(lambda s: (w * h * s).sum())
    assert tg.grad(lambda s: s * jitted(1.0))(2.0) == 28.0 and jitted(1.0) == 28.0


def test_a_watch_inside_raises():
    def f(x):
        with tg.detect_anomaly():
            return np.log(x)

    with pytest.raises(FrozenNumberError, match="put it around the call"):
        tg.jit(f)(x)


# ── what raises half way ──


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_is_dropped_is_drawn_once_at_every_call():
    def dropping():
        dropout = nn.Dropout(0.5, rng=0)
        return lambda x, s: (dropout(x), 1.0 / s)

    eager, jitted = dropping(), tg.jit(dropping())
    for s in (1.0, 0.0, 2.0, 0.0, 3.0):
        found, inverse = jitted(np.ones(20), s)
        right, _ = eager(Tensor(np.ones(20)), tg.Value(s))
        np.testing.assert_array_equal(found, right.data)
        assert inverse == (1.0 / s if s else np.inf)


def test_numbers_of_more_digits_keep_them():
    long = np.longdouble(1) / 3
    found = tg.jit(lambda x: x * long)(x.astype(np.longdouble))
    assert found.dtype == np.longdouble and np.array_equal(found, x.astype(np.longdouble) * long)


READS = {
    "item": lambda node: node.item(),
    "float": float,
    "data": lambda node: node.data,
    "numpy": lambda node: node.numpy(),
    "data of an array": lambda node: node.parents[0].data.sum(),
}


@pytest.mark.parametrize("read", READS)
def test_what_is_computed_of_tensors_alone_is_not_read(read):
    w = Tensor(x.copy(), name="w", requires_grad=False)
    with pytest.raises(FrozenNumberError, match="would freeze the number"):
        tg.jit(lambda s: s * READS[read]((w * 2.0).sum()))(1.0)


def test_a_leaf_that_the_function_makes_is_read():
    assert tg.jit(lambda s: s * float(Tensor([2.0], requires_grad=False).data[0]))(3.0) == 6.0
