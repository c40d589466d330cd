"""What `to_numpy` promises of its text: one public function, f's own arguments, NumPy at most, arrays of its own."""

import ast
import inspect
import math

import numpy as np
import pytest

import tinygrad_edu as tg

x = np.array([0.3, -1.2, 2.0])
ROWS = {
    "sigmoid": lambda x: tg.sigmoid(x).sum(),
    "std": lambda x: np.std(x),
    "gelu": lambda x: tg.gelu(x).sum(),
    "erf": lambda x: tg.erf(x).sum(),
    "prod": lambda x: x.prod(),
    "sort": lambda x: np.sort(x)[0],
    "an index": lambda x: x[[0, 0, 1]].sum(),
    "softmax": lambda x: tg.log_softmax(x)[1] + tg.softmax(x)[0] + tg.logsumexp(x),
    "infinity": lambda x: np.where(x > -np.inf, x, 0.0).sum(),
    "the loss from logits": lambda x: tg.losses.binary_cross_entropy_with_logits(x, np.ones(3)),
    "a number's functions": lambda x: tg.sigmoid(tg.log(2.0 + 0.0 * x.size)) * x.sum() ** 0.5,
}


def executed(f, *args, **options):
    space = {}
    exec(tg.to_numpy(f, *args, **options), space)
    return space[f.__name__ if f.__name__ != "<lambda>" else "f"]


def imported(source):
    return {name.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import) for name in node.names}


@pytest.mark.parametrize("name", ROWS)
def test_one_public_function_that_needs_numpy_alone(name):
    source = tg.to_numpy(ROWS[name], np.abs(x))
    public = [
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    assert public == ["f"] and imported(source) == {"numpy"} and "math." not in source
    value, gradient = executed(ROWS[name], np.abs(x))(np.abs(x))
    expected = tg.value_and_grad(ROWS[name])(np.abs(x))
    np.testing.assert_allclose(value, expected[0], rtol=1e-13)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-13)


def test_numbers_alone_need_math_alone():
    source = tg.to_numpy(lambda x: tg.sigmoid(x) * tg.erf(x) + tg.log(x) * math.inf, 0.5)
    assert imported(source) == {"math"} and "np." not in source


def test_numbers_beside_an_array_need_numpy_alone_and_may_be_whole():
    f = lambda t, x: (
        x * t**-1.5 + np.where(t > 1, 1.0 / t, t**-1) * np.reciprocal(t) + tg.relu(t) * np.square(t)
    ).sum()
    assert imported(tg.to_numpy(f, 0.5, np.abs(x))) == {"numpy"} and "_MANY" not in tg.to_numpy(f, 0.5, np.abs(x))
    for t in (0.5, 2.0, 2):
        expected = tg.value_and_grad(f)(float(t), np.abs(x))
        np.testing.assert_allclose(executed(f, 0.5, np.abs(x))(t, np.abs(x)), expected, rtol=1e-14)


def test_what_stands_in_a_container_and_is_not_used_has_a_gradient_of_nought():
    f = lambda p: (p["w"] * p["w"]).sum()
    value, gradient = executed(f, {"w": x, "b": x[:2], "c": 1.0})({"w": x, "b": x[:2], "c": 1.0})
    assert value == f({"w": x}) and gradient["b"].tolist() == [0.0, 0.0] and gradient["c"] == 0.0
    assert "with respect to w, b, c" in tg.to_numpy(f, {"w": x, "b": x[:2], "c": 1.0})


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_results_stand_in_one_line_of_at_most_88_letters(more, fits):
    a, b = "a" * 31, "b" * (31 + more)
    f = eval(f"lambda {a}, {b}: (np.sin({a}) * np.sin({b})).sum()", {"np": np})
    line = f"    return L, (dL_d{a}, dL_d{b})"
    assert (f"\n{line}\n" in tg.to_numpy(f, x, x, argnums=(0, 1))) is fits and len(line) == 88 + more


def test_erf_is_right_to_the_last_bits():
    points = np.concatenate([np.linspace(-7, 7, 4001), np.logspace(-300, 0, 200), [0.0, np.inf, -np.inf]])
    np.testing.assert_allclose(tg.erf(points), [math.erf(p) for p in points], rtol=8e-16)
    assert np.isnan(tg.erf(np.array([np.nan]))[0]) and np.signbit(tg.erf(np.array([-0.0]))[0])
    assert tg.erf(np.float32([0.5])).dtype == np.float32


def test_defaults_stay_defaults():
    def f(x, lam=2.0):
        return (x * x).sum() * lam

    written = executed(f, x)
    assert str(inspect.signature(written)) == "(x, lam=2.0)"
    for extra in ((), (3.0,)):
        np.testing.assert_allclose(written(x, *extra)[1], tg.grad(f)(x, *extra), rtol=1e-15)
    assert written(x, lam=5.0)[0] == pytest.approx(float(f(x, 5.0)))


def test_keyword_only_arguments_stay_so():
    def f(x, *, lam=2.0, how="sum"):
        return (x * x).sum() * lam if how == "sum" else (x * x).mean()

    written = executed(f, x)
    assert str(inspect.signature(written)) == "(x, *, lam=2.0, how='sum')"
    np.testing.assert_allclose(written(x, lam=3.0)[1], tg.grad(f)(x, lam=3.0), rtol=1e-15)
    with pytest.raises(ValueError, match="how"):
        written(x, how="mean")


def test_any_number_of_arguments():
    def f(x, *xs):
        return sum((x * each).sum() for each in xs)

    written = executed(f, x, x, 2 * x)
    assert str(inspect.signature(written)) == "(x, *xs)"
    assert "    xs_1, xs_2 = xs\n" in tg.to_numpy(f, x, x, 2 * x) and "    (xs_1,) = xs\n" in tg.to_numpy(f, x, x)
    np.testing.assert_allclose(written(x, -x, x)[1], tg.grad(f)(x, -x, x), atol=1e-15)


def test_a_default_that_f_branches_on_is_checked():
    def f(x, p=2.0, axis=None):
        return (x if p == 2.0 else -x).sum(axis=axis)

    written = executed(f, x)
    assert str(inspect.signature(written)) == "(x, p=2.0, axis=None)" and written(x)[0] == pytest.approx(1.1)
    with pytest.raises(ValueError, match="p = 2"):
        written(x, 3.0)


def test_positional_only_arguments_and_positions_from_the_end():
    def f(x, w, /, lam=1.0):
        return (x * w).sum() * lam

    written = executed(f, x, 2 * x, argnums=-1)
    assert str(inspect.signature(written)) == "(x, w, /, lam=1.0)"
    np.testing.assert_array_equal(written(x, x)[1], x)


def test_the_users_names_come_first():
    def loss(W_1, b_1, W_2, b_2, X, y):
        a_1 = tg.tanh(X @ W_1 + b_1)
        a_1.name = "a_1"
        z = a_1 @ W_2 + b_2
        z.name = "z"
        yhat = tg.sigmoid(z)
        yhat.name = "yhat"
        return -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).mean()

    args = np.ones((3, 4)), np.zeros(4), np.ones((4, 1)), np.zeros(1), np.ones((5, 3)), np.ones((5, 1))
    source = tg.to_numpy(loss, *args, argnums=(0, 1, 2, 3))
    for line in (
        "z_1 = X @ W_1 + b_1",
        "z = a_1 @ W_2 + b_2",
        "# ∂L/∂yhat = ((1 − y)/(1 − yhat) − y/yhat)/N",
        "dL_dz = dL_dyhat * (yhat * t_2)  # ∂L/∂z = ∂L/∂yhat · yhat · (1 − yhat)",
        "dL_dz_1 = dL_da_1 * (1 - a_1 * a_1)  # ∂L/∂z_1 = ∂L/∂a_1 · (1 − a_1²)",
        "    N = y.size\n",
    ):
        assert line in source
    assert "z_2" not in source


def test_what_does_not_fit_behind_a_long_name_gets_lines_of_its_own():
    def loss(x, y):
        z = np.tanh(x * y) * np.cos(x - y)
        z.name = "what_" * 12 + "it_is"
        return (z * z).sum()

    source = tg.to_numpy(loss, x, x)
    assert f"    {'what_' * 12}it_is = a * a_2\n" in source and "    a = np.tanh(x * y)\n" in source


def test_one_name_for_two_things():
    def loss(w, x):
        for _ in range(2):
            z = x * w
            z.name = "z"
            x = tg.tanh(z)
        return x.sum()

    source = tg.to_numpy(loss, x, x)
    assert "dL_dz_2 =" in source and "dL_dz =" in source and "# ∂L/∂z_2 = " in source and "# ∂L/∂z = " in source


OWN = {
    "a product": lambda a, b: (a * b).sum(),
    "a sum": lambda a, b: (a + b).sum(),
    "a view": lambda a, b: (a * b[::-1]).sum(),
    "a transpose": lambda a, b: (a.reshape(1, -1) * b.reshape(-1, 1).T).sum(),
    "a scalar product": lambda a, b: a @ b,
    "repeated": lambda a, b: (np.broadcast_to(a.sum(), (2, 3)) * b).sum(),
    "a constant": lambda a, b: (a * np.array([1.0, 2.0, 3.0])).sum() + (b * np.array([1.0, 2.0, 3.0])).sum(),
}


@pytest.mark.parametrize("name", OWN)
def test_results_are_the_callers_own(name):
    written = executed(OWN[name], x, 2 * x, argnums=(0, 1))
    a, b = x.copy(), 2 * x
    _, first = written(a, b)
    expected = tg.grad(OWN[name], (0, 1))(x, 2 * x)
    first[0][...] = 100.0
    np.testing.assert_array_equal(first[1], expected[1])
    first[1][...] = 100.0
    np.testing.assert_array_equal([a, b], [x, 2 * x])
    for found, wanted in zip(written(a, b)[1], expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-15)


def test_an_array_of_no_axes_that_is_returned_is_the_callers_own():
    x, y = np.array(2.0), np.array(3.0)
    _, (dx, dy) = executed(lambda x, y: x * y, x, y, argnums=(0, 1))(x, y)
    x[...], y[...] = 5.0, 7.0
    assert (dx, dy) == (3.0, 2.0)


def test_nothing_is_copied_that_is_the_callers_own_already():
    assert ".copy()" not in tg.to_numpy(lambda a, b: (np.tanh(a) @ b).mean(), x, x, argnums=(0, 1))


@pytest.mark.parametrize(("f", "said"), [(np.diag, "np.arange(3)"), (lambda x: x[[0, 0, 1]], "np.array([0, 0, 1])")])
def test_a_constant_array_is_written_once(f, said):
    weighted = lambda x: (f(x) ** 2).sum()
    assert tg.to_numpy(weighted, x).count(said) == 1
    space = {}
    exec(tg.to_numpy(weighted, x), space)
    np.testing.assert_allclose(space["f"](x)[1], tg.grad(weighted)(x))


def test_a_gradient_of_equal_entries_has_its_name():
    source = tg.to_numpy(lambda x: x.mean(), x)
    assert "dL_dx = np.full_like(x, 1.0 / N)  # ∂L/∂x = 1/N" in source and "return L, dL_dx" in source


def test_twice_the_same_is_two_of_it():
    source = tg.to_numpy(lambda x: (x * x).sum(), x)
    assert "dL_dx = 2 * x  # ∂L/∂x = 2 · x" in source
    assert "dL_dx = 2 * x" in tg.to_numpy(lambda x: x * x, 3.0)


def test_a_name_that_begins_with_an_underscore():
    def _loss(_x):
        return tg.sigmoid(_x).sum()

    np.testing.assert_allclose(executed(_loss, x)(x)[1], tg.grad(_loss)(x))
    assert "    dL_d_x = a * (1 - a)  # ∂L/∂_x = a · (1 − a)\n" in tg.to_numpy(_loss, x)


def test_what_is_there_already_needs_no_line():
    text = 'def f(x):\n    """Return x and its gradient with respect to x."""\n    return x, 1.0\n'
    assert tg.to_numpy(lambda x: x, 2.0) == text


@pytest.mark.parametrize(
    ("f", "c", "words"),
    [
        (lambda c, X: np.sin(X * c).sum(), np.ones((1, 3)), "axes 0, 1"),
        (lambda c, X: np.sin(X * c).sum(), np.ones((1, 4, 1)), "axes 0, 2"),
        (lambda c, X: np.sin(X * c).sum(), np.ones((4, 3)), "axis 0"),
        (lambda c, X: np.sin(X * c).sum(), 2.0, "axes 0, 1, 2"),
        (lambda c, X: (X.sum(axis=0) * c).sum(), np.ones((4, 3)), None),  # what is summed is no repeated c
        (lambda c, X: X.sum() * c, 2.0, None),
        (lambda c, X: (X.mean(axis=(0, 1)) * c).sum(), np.ones(3), None),
    ],
)
def test_a_gradient_is_said_to_be_summed_where_its_operand_was_repeated(f, c, words):
    source = tg.to_numpy(f, c, np.ones((5, 4, 3)))
    assert source.count("summed over") == (words is not None)
    assert words is None or f", summed over {words}, along which c was broadcast\n" in source


def test_a_shape_is_that_of_an_argument_of_any_dtype():
    f = lambda x, like: np.sort(np.broadcast_to(x, (2, 3)), axis=0).sum() * like.sum()
    assert "np.broadcast_to(x, like.shape)" in tg.to_numpy(f, x, np.ones((2, 3), np.float32))


def test_labels_that_are_constant_are_not_asked_at_every_call():
    labels = np.array([0, 1])
    assert "check" not in tg.to_numpy(lambda z: tg.losses.cross_entropy(z, labels), np.ones((2, 3)))


def test_what_changes_something_outside_is_refused_with_its_name():
    w = tg.Tensor([1.0, 2.0, 3.0], name="w")
    optimizer = tg.optim.SGD([w], lr=0.1)

    def trained(x, steps):
        optimizer.zero_grad()
        (w * x).sum().backward()
        if steps:
            optimizer.step()
        return x.sum()

    for steps, said in (("some", r"w \(3,\)"), (None, "an optimiser, or gradients")):
        with pytest.raises(TypeError, match=rf"^trained changes what is outside of it \({said}\), which"):
            tg.to_numpy(trained, x, steps)


@pytest.mark.parametrize(
    ("name", "said"), [("_loss", "_loss"), ("print", "print_"), ("a b", "a_b"), ("__loss", "loss"), ("_", "f")]
)
def test_a_function_is_called_by_its_name_if_that_is_harmless(name, said):
    f = lambda x: (x * x).sum()
    f.__name__ = name
    assert f"\ndef {said}(x):\n" in tg.to_numpy(f, x)


def test_what_cannot_be_written_out_is_not_compared():
    written = executed(lambda x, function, names: (function(x) * len(names)).sum(), x, np.tanh, {"a": "b"})
    assert written(x, None, {"a": "b"})[0] == pytest.approx(np.tanh(x).sum())
    with pytest.raises(ValueError, match="written out for names"):
        written(x, None, {"a": "c"})


OF_ONE_NUMBER = [np.var, np.std, lambda x, ddof: np.exp(x.var(ddof=ddof)) * 2 + x, lambda x, ddof: x / (1 - ddof)]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("f", [*OF_ONE_NUMBER, lambda x, ddof: x % (1 - ddof) + x, lambda x, ddof: x // (1 - ddof) * x])
def test_what_is_divided_by_nought_at_every_call_is_no_error(f):
    """NumPy's nan or inf with its warning, as from the engine itself, where Python's floats raise."""
    for more in (lambda x: 0.0, lambda x: (np.ones(2) * x).sum()):  # in a text without arrays, and in one with them
        loss = lambda x, more=more: np.sum(f(x, ddof=1)) + 0.0 * more(x)
        for x in (2.0, np.array([2.0])):
            expected, found = tg.value_and_grad(loss)(x), executed(loss, x)(x)
            np.testing.assert_equal(found, expected)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("axis", [0, 1, (0, 1)])
def test_a_variance_of_as_many_numbers_as_it_is_less(axis):
    X = np.arange(6.0).reshape(2, 3)
    f = lambda X: X.var(axis=axis, ddof=np.prod(np.take(X.shape, axis))).sum()
    np.testing.assert_equal(executed(f, X)(X), tg.value_and_grad(f)(X))


# ── bare numbers ──


def types_of(found):
    return [kind for each in found for kind in types_of(each)] if isinstance(found, tuple) else [type(found)]


BARE = {
    "beside an array": (lambda s, x: (s * x).sum() + s * s, (2.0, x)),
    "of a sum": (lambda s, x: np.exp(s) + np.log(np.abs(x)).sum() * s, (0.5, x)),
    "not in the result": (lambda s, x: x.sum() + 0.0 * np.floor(s), (0.5, x)),
    "softmax": (lambda s, x: tg.logsumexp(s) * x.sum() + tg.logsumexp(s * s), (0.5, x)),
    "softmax of numbers alone": (lambda s: tg.logsumexp(s) * s, (0.5,)),
    "flipped": (lambda s: np.sum(np.flip(s) ** 3), (0.5,)),
    "a whole number's view": (
        lambda s, x: np.minimum(np.flip((s * x).max(axis=-1)), s * x).sum() + (x * s).sum(),
        (2, x),
    ),
    "NumPy's number as the result": (lambda s, n: np.float64(1.5) * len(range(n)), (0.5, 1)),
}


@pytest.mark.parametrize("name", BARE)
def test_towards_a_bare_number_the_gradient_is_one(name):
    f, args = BARE[name]
    argnums = tuple(range(len(args[:2]))) if name != "NumPy's number as the result" else (0,)
    right = tg.value_and_grad(f, argnums)(*args)
    for found in (executed(f, *args, argnums=argnums)(*args), tg.jit(tg.value_and_grad(f, argnums))(*args)):
        for one, other in zip(found[1], right[1], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13)
        np.testing.assert_allclose(found[0], right[0], rtol=1e-13)
    assert types_of(executed(f, *args, argnums=argnums)(*args)[1]) == types_of(right[1])


def test_no_two_empty_lines_inside_a_function():
    text = tg.to_numpy(lambda s, n: np.float64(1.5) * len(range(n)), 0.5, 1)
    assert "\n\n\n    " not in text
