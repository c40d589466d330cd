"""What `jit` asks of the arguments of a call before it runs a program: all that the program depends on, no more."""

import cProfile
import gc
import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.source.compiled import _dispatch, _key
from tinygrad_edu.source.recording import Arguments, parameters_of

x, X, f32 = np.array([1.0, 2.0, 3.0]), np.ones((2, 3)), np.ones(3, np.float32)
WORD, THING = "a word", object()


def path(f, *args, donate=(), **kwargs):
    """The way of calls once such arguments were recorded; where no program is for them it says so."""
    jitted = tg.jit(f, donate=donate)
    jitted(*args, **kwargs)
    return _dispatch(list(jitted._programs.values()), lambda *args, **kwargs: "slow")


def is_fast(path, *args, **kwargs):
    found = path(*args, **kwargs)
    return not (isinstance(found, str) and found == "slow")


@pytest.mark.parametrize(
    "recorded, like_it, others",
    [
        ((x, 2.0), [(x + 1, -1.0)], [(f32, 2.0), (X, 2.0), (x[:2], 2.0), (x, 2), (x,), (x, 2.0, 1.0)]),
        ((X, 2), [(X * 2, 7)], [(X.T, 2), (X, 2.0), (X, True), (X[0], 2)]),
        ((x, [1.0, x]), [(x, [2.0, x])], [(x, (1.0, x)), (x, [1.0]), (x, [1.0, x, x]), (x, [x, 1.0]), (x, x)]),
        ((x, {"a": 1.0, "b": x}), [(x, {"b": x, "a": 2.0})], [(x, {"a": 1.0}), (x, {"a": 1.0, "c": x}), (x, {})]),
        ((x, WORD), [(x, "".join(WORD))], [(x, "another"), (x, 1.0), (x, None), (x, [WORD])]),
        ((x, None), [(x, None)], [(x, 0.0), (x, False), (x, "")]),
        ((x, True), [(x, True)], [(x, False), (x, 1), (x, 1.0)]),
        ((x, THING), [(x, THING)], [(x, object()), (x, None)]),
        ((np.float64(2.0), 1.0), [(np.float64(3.0), 1.0)], [(2.0, 1.0), (np.float32(2.0), 1.0), (np.array(2.0), 1.0)]),
    ],
)  # fmt: skip
def test_arguments_of_a_kind(recorded, like_it, others):
    def f(x, other):
        return x * (other[0] if isinstance(other, list) else 2.0)

    fast = path(f, *recorded)
    for args in (recorded, *like_it):
        assert np.array_equal(fast(*args), f(*args))
    assert not any(is_fast(fast, *args) for args in others)
    assert not is_fast(fast, *recorded, more=1.0) and not is_fast(fast, recorded[0], other=recorded[1])


def test_a_program_is_found_again_where_the_fast_path_is_not_taken():
    calls = []
    jitted = tg.jit(lambda p, how, n: calls.append(how) or p["w"][0] * n)
    for how in [*"abcdefg", *"abcdefg"]:
        for w in (x, x + 1):
            assert jitted.lower({"w": [w]}, how, 2) == jitted.lower({"w": [w * 2]}, "".join(how), 3)
    assert calls == [*"abcdefg"]


KINDS = [
    x,
    X,
    f32,
    1.0,
    1,
    True,
    None,
    "a",
    "b",
    b"a",
    1j,
    [x],
    (x,),
    [x, x],
    {"a": x},
    {"b": x},
    {"a": x, "b": x},
    THING,
]


@pytest.mark.parametrize("ints", [True, False])
def test_what_a_program_depends_on(ints):
    keys = [_key(each, ints=ints) for each in KINDS]
    assert len(set(keys)) == len(KINDS)
    again = [x + 1, X * 2, f32 - 1, 1.0, 1, True, None, "a", "b", b"a", 1j, [x], (x * 2,), [x, x], {"a": x}, {"b": x}]
    assert keys[: len(again)] == [_key(each, ints=ints) for each in again] and keys[-1] == _key(THING, ints=ints)
    assert keys[-1] != THING and keys[-1] != _key(object(), ints=ints)
    assert _key(2.0, ints=ints) == keys[3] and (_key(2, ints=ints) == keys[4]) is ints


def test_keywords():
    fast = path(lambda x, scale=1.0, shift=0.0: x * scale + shift, x, shift=1.0, scale=2.0)
    assert fast(x, scale=3.0, shift=-1.0).tolist() == [2.0, 5.0, 8.0]
    for kwargs in ({}, {"scale": 2.0}, {"scale": 2.0, "shift": 1}, {"scale": 2.0, "other": 1.0}):
        assert not is_fast(fast, x, **kwargs)
    assert not is_fast(fast, x, 2.0, shift=1.0)


def test_an_int_that_had_to_be_itself():
    fast = path(lambda x, n: x.sum(axis=n), X, 1)
    assert fast(X, 1).shape == (2,) and not is_fast(fast, X, 0) and not is_fast(fast, X, True)
    assert not is_fast(fast, X, 1.0)


def test_of_several_programs_each_has_its_arguments():
    jitted = tg.jit(lambda x: x * 2.0)
    for each in (x, X, f32, 1.0, 1, np.ones(4), np.ones(5)):
        assert (
            np.array_equal(jitted(each), each * 2) and np.asarray(jitted(each)).dtype == (np.asarray(each) * 2.0).dtype
        )
    assert len(jitted._programs) == 7 and repr(jitted).endswith(", 7 programs>")
    assert repr(tg.jit(np.tanh)) == "<jit of tanh, 0 programs>"


class Labelled(np.ndarray):
    """An array of another class."""


def test_what_is_donated_is_written_to_where_it_is_alone():
    own = lambda: np.array([1.0, 2.0, 3.0])
    fast = path(lambda x, y: x * 2.0 + y, own(), own(), donate=0)
    given = own()
    assert fast(given, own()) is given and given.tolist() == [3.0, 6.0, 9.0]
    frozen, part = own(), np.zeros(6)
    frozen.flags.writeable = False
    assert not is_fast(fast, frozen, own()) and not is_fast(fast, part[:3], own())
    assert not is_fast(fast, given, given) and not is_fast(fast, given, given[:])
    assert is_fast(fast, own(), part[:3]) and is_fast(fast, own(), frozen)
    for shown in (np.lib.stride_tricks.sliding_window_view(given, 3)[0], given.view(Labelled).view(np.ndarray)):
        assert not is_fast(fast, given, shown)
    both = path(lambda x, y: (x * 2.0, y + 1.0), own(), own(), donate=(0, 1))
    assert is_fast(both, own(), own()) and not is_fast(both, given, given)
    unread = own()
    assert path(lambda x, y: x * 2.0, own(), own(), donate=1)(own(), unread) is unread
    jitted = tg.jit(lambda x, y: x * 2.0 + y, donate=0)
    for _ in range(2):
        assert jitted(frozen, own()).tolist() == [3.0, 6.0, 9.0] and frozen.tolist() == [1.0, 2.0, 3.0]
        assert jitted(part[:3], part[1:4]).tolist() == [0.0] * 3
        given = own()
        windows = np.lib.stride_tricks.sliding_window_view(given, 3)[0]
        assert jitted(given, windows).tolist() == [3.0, 6.0, 9.0] and given.tolist() == [1.0, 2.0, 3.0]


def test_under_a_watch_or_inside_another_recording_the_function_itself_is_called():
    fast = path(lambda x: x * 2.0, x)
    with tg.no_grad():
        assert is_fast(fast, x)
    with tg.detect_anomaly():
        assert not is_fast(fast, x)
    calls = []
    jitted = tg.jit(lambda x: calls.append(1) or x * 2.0)
    jitted(x)
    with tg.detect_anomaly():
        assert jitted(x).tolist() == [2.0, 4.0, 6.0] and len(calls) == 2
    assert tg.jit(lambda x: jitted(x) + 1.0)(x).tolist() == [3.0, 5.0, 7.0] and len(calls) == 3
    assert tg.grad(lambda x: jitted(x).sum())(x).tolist() == [2.0] * 3 and len(calls) == 4
    jitted(x)
    assert len(calls) == 4


class Scaled:
    factor = 2.0

    @tg.jit
    def of(self, x):
        return x * self.factor


def test_a_method():
    scaled, other = Scaled(), Scaled()
    other.factor = 3.0
    for _ in range(2):
        assert scaled.of(x).tolist() == [2.0, 4.0, 6.0] and other.of(x).tolist() == [3.0, 6.0, 9.0]
    assert Scaled.of(scaled, x).tolist() == [2.0, 4.0, 6.0]


def test_what_errors_call_the_arguments():
    assert parameters_of(lambda a, b=1, *rest, c: 0, 4) == ["a", "b", "rest_1", "rest_2"]
    assert parameters_of(lambda a, b, **more: 0, 1) == ["a"] and parameters_of(lambda a, /, b: 0, 2) == ["a", "b"]
    assert parameters_of(type, 2) == ["x_1", "x_2"]
    arguments = Arguments([1.0, [x, {"w": X}], "word"], {"k": 2.0}, ints=True)
    assert arguments.names(["a", "b", "c"]) == ["a", "b[0]", "w", "k"] and arguments.names([]) == ["x", "x", "x", "k"]
    assert (arguments.traced, arguments.static) == ([0, 1, 2, 4], [3])
    with pytest.raises(TypeError, match="complex128 among the arguments"):
        Arguments([x + 1j], {}, ints=True)


@pytest.mark.parametrize(
    ("kind", "said"), [(np.matrix, "use np.asarray"), (np.ma.MaskedArray, "a masked array does not record")]
)
def test_arrays_of_another_arithmetic_are_refused(kind, said):
    strange = X.view(kind)
    for later in (False, True):
        jitted = tg.jit(lambda x: x * x)
        if later:
            jitted(np.asarray(strange))
        with pytest.raises(TypeError, match=f"^jit: .*{said}"):
            jitted(strange)


def test_a_recording_collects_no_garbage_and_leaves_the_collector_as_it_was():
    collecting = []
    f = lambda x: collecting.append(gc.isenabled()) or x * 2.0
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            tg.jit(f)(x)
            assert gc.isenabled() is enabled
        finally:
            gc.enable()
    assert collecting == [False, False]


def test_what_is_followed_requires_no_gradient_by_itself():
    asked = tg.jit(lambda x, t: (x * (2.0 if x.requires_grad else 3.0), t * (2.0 if t.requires_grad else 3.0)))
    assert asked(x, 1.0)[0].tolist() == [3.0, 6.0, 9.0] and asked(x, 1.0)[1] == 3.0


def test_backward_inside_from_a_gradient_of_ones_own():
    w, v = tg.Tensor([1.0, 2.0, 3.0], name="w"), tg.Value(0.5, name="v")

    def back(t, x, seed):
        w.grad = v.grad = None
        (w * x * v).backward(np.array([1.0, 0.0, 2.0]))
        of_w, of_v = w.grad, v.grad
        w.grad = v.grad = None
        (w * x * v).backward(seed)
        (v * t).backward(2.0)
        (v * v).backward()
        further = w.grad, v.grad
        v.grad = None
        (v * t).backward(2.0)
        return of_w, of_v, *further, v.grad

    expected = [np.asarray(getattr(each, "data", each)) for each in back(1.5, x, x + 1)]
    jitted = tg.jit(back)
    for _ in range(2):
        found = jitted(1.5, x, x + 1)
        assert all(map(np.array_equal, found, expected)) and type(found[4]) is float


@pytest.mark.parametrize("kind", [tg.Tensor, tg.Value])
def test_gradients_of_a_leaf_of_the_functions_own_add_up(kind):
    def twice(x):
        w, v = kind(2.0), kind(3.0)
        v.grad = 5.0
        y = w * v
        (y * x).sum().backward()
        (y * y * x).sum().backward()
        found = w.grad, v.grad, y.grad
        w.grad = None
        (w * x).sum().backward()
        return *found, w.grad

    assert [*map(float, tg.jit(twice)(x))] == [*map(float, twice(x))] == [234.0, 161.0, 72.0, 6.0]


def test_a_tensor_of_the_functions_own_is_moved_inside_and_nobody_notices():
    def own(x):
        w, v = tg.Tensor([1.0, 2.0, 3.0]), tg.Value(2.0)
        with tg.no_grad():
            w -= 0.5
            v *= 2.0
        return (x * w * v).sum()

    space = {}
    exec(tg.to_numpy(own, x), space)
    value, slope = space["own"](x)
    assert value == tg.jit(own)(x) == 44.0 and slope.tolist() == [2.0, 6.0, 10.0]


def test_a_profiler_at_work_goes_on_after_a_recording_with_names():
    profile, seen = cProfile.Profile(), []

    def afterwards():
        return 1

    def note(frame, event, called):
        seen.append(frame.f_code.co_name)

    try:
        profile.enable()
        tg.to_numpy(lambda x: (x * 2.0).sum(), x)
        afterwards()
    finally:
        profile.disable()
    assert any(getattr(each.code, "co_name", "") == "afterwards" for each in profile.getstats())
    before = sys.getprofile()
    try:
        sys.setprofile(note)
        tg.to_numpy(lambda x: (x * 2.0).sum(), x)
        afterwards()
    finally:
        sys.setprofile(before)
    assert "afterwards" in seen


def test_a_whole_number_enters_as_the_float_it_is():
    doubled = tg.jit(lambda n: n + n)
    assert [type(doubled(3)) for _ in range(2)] == [float, float]
