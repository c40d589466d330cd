"""The vocabulary: every public function against NumPy's of that name, and its first and second derivative."""

import inspect
import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine.graph import Node
from tinygrad_edu.engine.rules import TABLE
from tinygrad_edu.tensors import functions

rng = np.random.default_rng(5)
X = rng.normal(size=(2, 3))
Y = rng.normal(size=(3, 2))
v = rng.normal(size=3)
C = rng.normal(size=(2, 3, 4))
S = rng.normal(size=(3, 3))
TWO_ZERO, SOME = np.array([[2, 0]]), np.array([5, 0, 0])
PADS = ("edge", "reflect", "symmetric", "wrap", "mean", "maximum", "minimum")

# name: calls of NumPy's function of that name (or ours, where NumPy has none) on a node or an array
CALLS = {
    "positive": [lambda np, x: np.positive(x)],
    "copy": [lambda np, x: np.copy(x)],
    "real": [lambda np, x: np.real(x)],
    "where": [lambda np, x: np.where(x > 0, x, x * x), lambda np, x: np.where([[True], [False]], 1.0, x)],
    "clip": [
        lambda np, x: np.clip(x, -0.5, 0.5),
        lambda np, x: np.clip(x, None, 0.2),
        lambda np, x: np.clip(x, 0.2, None),
        lambda np, x: np.clip(x, x[0, 0], x[0] + 5.0),
    ],
    "fmax": [lambda np, x: np.fmax(x, 0.1)],
    "fmin": [lambda np, x: np.fmin(0.1, x)],
    "nan_to_num": [lambda np, x: np.nan_to_num(x)],
    "deg2rad": [lambda np, x: np.deg2rad(x)],
    "rad2deg": [lambda np, x: np.rad2deg(x)],
    "radians": [lambda np, x: np.radians(x)],
    "degrees": [lambda np, x: np.degrees(x)],
    "abs": [lambda np, x: np.abs(x)],
    "fabs": [lambda np, x: np.fabs(x)],
    "true_divide": [lambda np, x: np.true_divide(x, x + 5.0)],
    "mod": [lambda np, x: np.mod(x, 0.7)],
    "select": [lambda np, x: np.select([x > 0.5, x > 0], [x * x, 2.0 * x], 0.0)],
    # reductions
    "var": [lambda np, x: np.var(x, axis=0, ddof=1), lambda np, x: np.var(x, axis=(0, -1), keepdims=True)],
    "std": [lambda np, x: np.std(x), lambda np, x: np.std(x, axis=-1, ddof=1)],
    "amax": [lambda np, x: np.amax(x, axis=1)],
    "amin": [lambda np, x: np.amin(x, axis=-2, keepdims=True)],
    "ptp": [lambda np, x: np.ptp(x), lambda np, x: np.ptp(x, axis=1)],
    "average": [lambda np, x: np.average(x, axis=1, weights=abs(X)), lambda np, x: np.average(x)],
    "nansum": [lambda np, x: np.nansum(x, axis=0)],
    "nanmean": [lambda np, x: np.nanmean(x, axis=0)],
    "cumsum": [lambda np, x: np.cumsum(x), lambda np, x: np.cumsum(x, axis=-1), lambda np, x: np.cumsum(x, axis=0)],
    # shapes
    "reshape": [lambda np, x: np.reshape(x, (3, -1)), lambda np, x: np.reshape(x, -1)],
    "ravel": [lambda np, x: np.ravel(x)],
    "transpose": [lambda np, x: np.transpose(x), lambda np, x: np.transpose(x[None] * C[:, :2, :3], (2, 0, -2))],
    "permute_dims": [lambda np, x: np.permute_dims(x, (1, 0))],
    "matrix_transpose": [lambda np, x: np.matrix_transpose(x)],
    "swapaxes": [lambda np, x: np.swapaxes(x, 0, -1)],
    "moveaxis": [lambda np, x: np.moveaxis(x[None], (0, 1), (-1, 0))],
    "rollaxis": [lambda np, x: np.rollaxis(x[None], 2), lambda np, x: np.rollaxis(x[None], 0, 3)],
    "expand_dims": [lambda np, x: np.expand_dims(x, (0, -1))],
    "squeeze": [lambda np, x: np.squeeze(x[:, :1]), lambda np, x: np.squeeze(x[:, :1], axis=-1)],
    "broadcast_to": [lambda np, x: np.broadcast_to(x, (4, 2, 3)), lambda np, x: np.broadcast_to(x[0, 0], 3)],
    "broadcast_arrays": [lambda np, x: np.broadcast_arrays(x, Y.T[None])[0]],
    "atleast_1d": [lambda np, x: np.atleast_1d(x[0, 0])],
    "atleast_2d": [lambda np, x: np.atleast_2d(x[0])],
    "atleast_3d": [lambda np, x: np.atleast_3d(x), lambda np, x: np.atleast_3d(x[0])],
    "concatenate": [
        lambda np, x: np.concatenate([x, X], axis=-1),
        lambda np, x: np.concatenate([x, v], axis=None),
        lambda np, x: np.concatenate((X, x, x)),
    ],
    "concat": [lambda np, x: np.concat([x, X])],
    "stack": [lambda np, x: np.stack([x, X], axis=-1), lambda np, x: np.stack([x[0, 0], x[0, 1]])],
    "vstack": [lambda np, x: np.vstack([x, v])],
    "hstack": [lambda np, x: np.hstack([x, X]), lambda np, x: np.hstack([x[0], 1.0])],
    "dstack": [lambda np, x: np.dstack([x, X])],
    "column_stack": [lambda np, x: np.column_stack([x[0], x.T])],
    "append": [lambda np, x: np.append(x, v), lambda np, x: np.append(x, X, axis=0)],
    "split": [lambda np, x: np.split(x, 3, axis=1)[1], lambda np, x: np.split(x, [1, 2], axis=-1)[2]],
    "array_split": [lambda np, x: np.array_split(x, 2, axis=1)[0], lambda np, x: np.array_split(x, 5)[4]],
    "hsplit": [lambda np, x: np.hsplit(x, 3)[2]],
    "vsplit": [lambda np, x: np.vsplit(x, 2)[1]],
    "dsplit": [lambda np, x: np.dsplit(x[None], 3)[1]],
    "repeat": [
        lambda np, x: np.repeat(x, 2, axis=1),
        lambda np, x: np.repeat(x, 3),
        lambda np, x: np.repeat(x, [1, 2, 0], axis=-1),
    ],
    "tile": [lambda np, x: np.tile(x, 2), lambda np, x: np.tile(x, (2, 1, 3)), lambda np, x: np.tile(x[0], (2, 2))],
    "roll": [
        lambda np, x: np.roll(x, 1),
        lambda np, x: np.roll(x, (1, -1), axis=(0, 1)),
        lambda np, x: np.roll(x, -4, axis=1),
    ],
    "flip": [lambda np, x: np.flip(x), lambda np, x: np.flip(x, -1), lambda np, x: np.flip(x, (0, 1))],
    "fliplr": [lambda np, x: np.fliplr(x)],
    "flipud": [lambda np, x: np.flipud(x)],
    "rot90": [lambda np, x, k=k: np.rot90(x, k) for k in range(4)] + [lambda np, x: np.rot90(x, 1, (1, 0))],
    "pad": [
        lambda np, x: np.pad(x, ((1, 2), (0, 1))),
        lambda np, x: np.pad(x, 1, constant_values=3.0),
        *[lambda np, x, mode=mode: np.pad(x, ((2, 1), (1, 2)), mode=mode) for mode in PADS],
    ],
    "linspace": [lambda np, x: np.linspace(x[0], x[1], 5), lambda np, x: np.linspace(x[0], 2.0, 4, endpoint=False)],
    # places
    "take": [lambda np, x: np.take(x, [0, 0, 5]), lambda np, x: np.take(x, [[0, 0], [2, 1]], axis=-1)],
    "take_along_axis": [
        lambda np, x: np.take_along_axis(x, Y.argsort(0)[:2], 1),
        lambda np, x: np.take_along_axis(x, Y.T.argsort(1), axis=-1),
        lambda np, x: np.take_along_axis(x, TWO_ZERO, axis=1),
        lambda np, x: np.take_along_axis(x[:1], Y.T.argsort(1), axis=1),
        lambda np, x: np.take_along_axis(x, SOME, axis=None),
    ],
    "diagonal": [
        *[lambda np, x, k=k: np.diagonal(x, k) for k in (0, 1, -1, 5)],
        lambda np, x: np.diagonal(x[None], 0, 2, 1),
    ],
    "trace": [lambda np, x: np.trace(x), lambda np, x: np.trace(x, 2)],
    "diag": [
        *[lambda np, x, k=k: np.diag(x, k) for k in (0, 1, -1)],
        *[lambda np, x, k=k: np.diag(x[0], k) for k in (0, 2, -2)],
    ],
    "triu": [lambda np, x, k=k: np.triu(x, k) for k in (0, 1, -1)] + [lambda np, x: np.triu(x[None])],
    "tril": [lambda np, x, k=k: np.tril(x, k) for k in (0, 1, -1)],
    "sort": [lambda np, x: np.sort(x), lambda np, x: np.sort(x, axis=0), lambda np, x: np.sort(x, axis=None)],
    "partition": [lambda np, x: np.partition(x, 1)[:, 1], lambda np, x: np.partition(x, 2, axis=None)[2]],
    "diff": [lambda np, x: np.diff(x), lambda np, x: np.diff(x, 2), lambda np, x: np.diff(x, axis=0)],
    "gradient": [
        lambda np, x: np.gradient(x, axis=1),
        lambda np, x: np.gradient(x, 2.0, 0.5)[1],
        lambda np, x: np.gradient(x, 0.5, axis=1, edge_order=2),
    ],
    # products
    "dot": [
        lambda np, x: np.dot(x, Y),
        lambda np, x: np.dot(2.0, x),
        lambda np, x: np.dot(x, v),
        lambda np, x: np.dot(v, x.T),
        lambda np, x: np.dot(x, C),
        lambda np, x: np.dot(x[0], v),
    ],
    "vdot": [lambda np, x: np.vdot(x, Y)],
    "inner": [lambda np, x: np.inner(x, X), lambda np, x: np.inner(x, v), lambda np, x: np.inner(x, 2.0)],
    "outer": [lambda np, x: np.outer(x, v)],
    "vecdot": [lambda np, x: np.vecdot(x, v)],
    "tensordot": [
        lambda np, x: np.tensordot(x, Y, axes=1),
        lambda np, x: np.tensordot(x, C, axes=([1, 0], [1, 0])),
        lambda np, x: np.tensordot(x, Y, axes=0),
        lambda np, x: np.tensordot(x, C, (0, 0)),
    ],
    "kron": [lambda np, x: np.kron(x, Y), lambda np, x: np.kron(v, x)],
    "cross": [lambda np, x: np.cross(x, v), lambda np, x: np.cross(v, x)],
    "einsum": [
        lambda np, x: np.einsum("ij,jk->ik", x, Y),
        lambda np, x: np.einsum("ij,jk", x, Y),
        lambda np, x: np.einsum("...j,j", x, v),
        lambda np, x: np.einsum("...ij,jk->...ik", x, Y),
        lambda np, x: np.einsum(x, [0, 1], Y, [1, 2], [2, 0]),
        lambda np, x: np.einsum(x, [0, 1], Y, [1, 2]),
        lambda np, x: np.einsum(x, [Ellipsis, 0], v, [0]),
        lambda np, x: np.einsum("ij->", x),
        lambda np, x: np.einsum("ji", x),
        lambda np, x: np.einsum("ij, kj, k -> i", x, x, v[:2], optimize=True),
        lambda np, x: np.einsum("ii->i", x[:, :2]),
        lambda np, x: np.einsum("ii", x[:, 1:]),
        lambda np, x: np.einsum("ij,ij->ij", x, x[:1]),
        lambda np, x: np.einsum("ij,k->k", x, v),
        lambda np, x: np.einsum("bij,bi->bj", C, x),
    ],
    "full_like": [lambda np, x: x * np.full_like(X, 2.0)],
}  # fmt: skip

# The field's own: calls, with what they compute written out for arrays
SPECIAL = {
    "gelu": [
        (lambda x: tg.gelu(x), lambda x: x * np.vectorize(lambda z: (1 + math.erf(z / math.sqrt(2))) / 2)(x)),
        (
            lambda x: tg.gelu(x, approximate="tanh"),
            lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        ),
    ],
    "silu": [(lambda x: tg.silu(x), lambda x: x / (1 + np.exp(-x)))],
    "elu": [(lambda x: tg.elu(x, 0.7), lambda x: np.where(x > 0, x, 0.7 * (np.exp(x) - 1)))],
    "leaky_relu": [(lambda x: tg.leaky_relu(x, 0.2), lambda x: np.where(x > 0, x, 0.2 * x))],
    "relu": [(lambda x: tg.relu(x), lambda x: np.maximum(x, 0))],
    "sigmoid": [(lambda x: tg.sigmoid(x), lambda x: 1 / (1 + np.exp(-x)))],
    "softplus": [(lambda x: tg.softplus(x), lambda x: np.log(1 + np.exp(x)))],
    "erf": [(lambda x: tg.erf(x), lambda x: np.vectorize(math.erf)(x))],
    "logsumexp": [(lambda x: tg.logsumexp(x, axis=-1), lambda x: np.log(np.exp(x).sum(axis=-1)))],
    "softmax": [(lambda x: tg.softmax(x, axis=0), lambda x: np.exp(x) / np.exp(x).sum(axis=0))],
    "log_softmax": [(lambda x: tg.log_softmax(x), lambda x: x - np.log(np.exp(x).sum(axis=-1, keepdims=True)))],
    "flatten": [(lambda x: tg.flatten(x), lambda x: x.flatten())],
    "astype": [(lambda x: tg.astype(x, float), lambda x: x)],
}

# What answers without a gradient: calls and what they give
QUESTIONS = {
    "argmax": lambda np, x: np.argmax(x, 1),
    "argmin": lambda np, x: np.argmin(x, axis=0, keepdims=True),
    "argsort": lambda np, x: np.argsort(x, axis=None),
    "argpartition": lambda np, x: np.argpartition(x, 1)[:, 1],
    "argwhere": lambda np, x: np.argwhere(x > 0),
    "nonzero": lambda np, x: np.nonzero(x > 0)[1],
    "flatnonzero": lambda np, x: np.flatnonzero(x > 0),
    "searchsorted": lambda np, x: np.searchsorted(np.sort(x[0]), v),
    "count_nonzero": lambda np, x: np.count_nonzero(x > 0, axis=1),
    "all": lambda np, x: np.all(x > -0.5, axis=-1),
    "any": lambda np, x: np.any(x > 0.5, axis=(0, 1), keepdims=True),
    "round": lambda np, x: np.round(x, 1),
    "around": lambda np, x: np.around(x),
    "fix": lambda np, x: np.fix(x * 3),
    "bitwise_and": lambda np, x: np.bitwise_and(x > 0, X < 1),
    "bitwise_or": lambda np, x: (x > 0.5) | (x < -0.5),
    "bitwise_xor": lambda np, x: (X > 0) ^ (x < 0.5),
    "invert": lambda np, x: ~(x > 0),
    "isclose": lambda np, x: np.isclose(x, X + 1e-9),
    "isposinf": lambda np, x: np.isposinf(x),
    "isneginf": lambda np, x: np.isneginf(x),
    "zeros_like": lambda np, x: np.zeros_like(x),
    "ones_like": lambda np, x: np.ones_like(x),
}
PLAIN = {
    "shape": lambda np, x: np.shape(x),
    "ndim": lambda np, x: np.ndim(x),
    "size": lambda np, x: (np.size(x), np.size(x, 1)),
    "allclose": lambda np, x: (np.allclose(x, X), np.allclose(x, X + 1)),
    "array_equal": lambda np, x: (np.array_equal(x, X), np.array_equal(x, X[:1])),
    "result_type": lambda np, x: np.result_type(x, "float32"),
    "iscomplexobj": lambda np, x: np.iscomplexobj(x),
    "isrealobj": lambda np, x: np.isrealobj(x),
}


def test_every_public_function_is_tried():
    tried = {*CALLS, *SPECIAL, *QUESTIONS, *PLAIN, *TABLE}  # the rows are walked in test_rules
    assert set(functions.__all__) <= tried, sorted(set(functions.__all__) - tried)


def all_calls(table):
    return [pytest.param(call, id=f"{name}-{i}") for name, calls in table.items() for i, call in enumerate(calls)]


@pytest.mark.parametrize("call", all_calls(CALLS))
def test_as_numpy_does(call):
    with np.errstate(all="ignore"):
        expected = call(np, X)
    for found in (call(np, Tensor(X)), call(tg, Tensor(X))):
        assert isinstance(found, Node) and found.requires_grad
        assert found.shape == np.shape(expected)
        np.testing.assert_allclose(found.data, expected, rtol=1e-12, atol=1e-14)
    on_plain = call(tg, X)
    assert not isinstance(on_plain, Node)
    np.testing.assert_allclose(on_plain, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kind", [int, bool])
@pytest.mark.parametrize("name", CALLS)
def test_of_whole_numbers_and_truth_values(name, kind):
    whole = np.array([[3, -1, 0], [2, 5, -4]])
    x = whole > 0 if kind is bool else whole
    node = Tensor(whole * 1.0) > 0 if kind is bool else tg.astype(Tensor(whole * 1.0, requires_grad=False), int)
    for call in CALLS[name]:
        with np.errstate(all="ignore"):
            try:
                expected = call(np, x)
            except TypeError:
                continue
            if expected.dtype == np.float16 or name in ("pad", "linspace", "einsum"):
                continue  # NumPy rounds there, has no difference of truth values, adds them up by "or"
            for found in (call(np, node).data, call(tg, x), tg.jit(lambda x, call=call: call(np, x))(x)):
                np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("call", all_calls(CALLS))
def test_first_and_second_derivative(call):
    tg.check_grads(lambda x: call(tg, x), X)


@pytest.mark.parametrize(("call", "written_out"), [pair for pairs in SPECIAL.values() for pair in pairs])
def test_the_fields_own(call, written_out):
    np.testing.assert_allclose(call(Tensor(X)).data, written_out(X), rtol=1e-13)
    np.testing.assert_allclose(call(X), written_out(X), rtol=1e-13)
    tg.check_grads(call, X)


@pytest.mark.filterwarnings("ignore:numpy.fix is deprecated")  # of NumPy 2.5, on its own arrays
@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_record_and_require_nothing(name):
    x = Tensor(X)
    for found in (QUESTIONS[name](np, x), QUESTIONS[name](tg, x)):
        assert isinstance(found, Node) and not found.requires_grad and found.rule is not None
        np.testing.assert_array_equal(found.data, QUESTIONS[name](np, X))


@pytest.mark.parametrize("name", PLAIN)
def test_what_answers_plainly(name):
    assert PLAIN[name](np, Tensor(X)) == PLAIN[name](np, X) == PLAIN[name](tg, Tensor(X))


def test_every_row_and_function_takes_a_value():
    for name in ("exp", "sum", "mean", "relu", "clip", "softplus", "gelu", "square", "var"):
        made = getattr(tg, name)(Value(0.3), *([0.0, 1.0] if name == "clip" else []))
        assert isinstance(made, Value) and type(made.data) is float
        assert type(getattr(tg, name)(0.3, *([0.0, 1.0] if name == "clip" else []))) in (float, np.float64)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_variance_of_one_number_has_no_degree_of_freedom():
    assert np.isnan(tg.var(Value(2.0), ddof=1).data) and np.isnan(tg.var(Tensor([1.0, 2.0]).sum(), ddof=1).data)
    assert np.isnan(tg.var(np.float64(2.0), ddof=1)) and tg.var(Value(2.0)).data == 0.0


@pytest.mark.parametrize("f", [np.var, np.std])
@pytest.mark.parametrize("x", [np.array([[1.0, 2.0], [4.0, 8.0]]), np.zeros((0, 2)), np.array([[2.0, 3.0]])])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_more_is_taken_off_a_count_than_there_is(f, x):
    """A negative count would make a variance negative, where NumPy says inf or nan."""
    for ddof in range(4):
        spread = lambda x, ddof=ddof: f(x, axis=0, ddof=ddof)
        space = {}
        exec(tg.to_numpy(lambda x, spread=spread: spread(x).sum(), x), space)
        for found in (spread(Tensor(x)).data, tg.jit(spread)(x)):
            np.testing.assert_allclose(found, spread(x), rtol=1e-14)
        np.testing.assert_allclose(space["f"](x)[0], spread(x).sum(), rtol=1e-14)


def test_methods_are_the_functions():
    x = Tensor(X)
    methods = (
        "sum mean prod var std max min ptp cumsum all any argmax argmin argsort nonzero round clip copy reshape ravel"
    )
    methods += (
        " flatten squeeze transpose swapaxes dot take repeat diagonal trace astype exp log tanh relu sigmoid softmax"
    )
    for name in methods.split():
        assert callable(getattr(x, name)) and callable(getattr(tg, name))
    np.testing.assert_array_equal(x.clip(-0.1, 0.1).data, X.clip(-0.1, 0.1))
    np.testing.assert_array_equal(x.transpose(1, 0).data, X.T)
    np.testing.assert_array_equal(x.reshape(3, -1).data, X.reshape(3, -1))
    np.testing.assert_array_equal(x.repeat(2, axis=1).data, X.repeat(2, axis=1))
    np.testing.assert_array_equal(x.sum(0, keepdims=True).data, X.sum(0, keepdims=True))
    np.testing.assert_array_equal(x.dot(Y).data, X.dot(Y))
    np.testing.assert_array_equal(x.argmax(axis=1).data, X.argmax(axis=1))
    assert x.tolist() == X.tolist()


def test_numpys_methods_have_the_same_names_here():
    left_out = "byteswap choose compress conj conjugate cumprod dump dumps fill getfield partition put resize setfield"
    left_out += " setflags sort to_device tobytes tofile tostring view"  # tostring: until NumPy 2.2
    numpys = {name for name, what in inspect.getmembers(np.ndarray, callable) if not name.startswith("_")}
    assert sorted(numpys - set(dir(Tensor)) - set(left_out.split())) == []


def test_a_copy_shares_no_memory():
    w, plain = Tensor(X), np.array(X)
    kept, kept_plain = w.copy(), tg.copy(plain)
    w.data -= 1.0
    plain -= 1.0
    np.testing.assert_array_equal(kept.data, X)
    np.testing.assert_array_equal(kept_plain, X)
    assert isinstance(np.copy(Value(2.0)), Value)


def test_lists_of_nodes_are_stacked():
    a, b = Value(1.0), Value(2.0)
    total = tg.sum([a, b, 3.0])
    total.backward()
    assert float(total) == 6.0 and (a.grad, b.grad) == (1.0, 1.0)
    assert np.concatenate([[1.0, 2.0], Tensor([3.0])]).shape == (3,)


# ── indexing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

KEYS = [
    0, -1, slice(1, None), slice(None, None, -1), None, Ellipsis, (0, 1), (slice(None), 1), (..., 0), (None, 0, None),
    [0, 0, 1], np.array([[0, 1], [1, 1]]), np.array([True, False]), (np.array([0, 1, 1]), np.array([2, 2, 2])),
    (slice(None), [0, 0, 2]), X > 0, (0, X[0] > 0), ([0, 1], slice(0, 2)), (slice(None), None, [1, 1]), [], np.int64(1),
    (np.array([0, 1])[:, None], np.array([1, 1, 2])), (), True,
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing(key):
    np.testing.assert_array_equal(Tensor(X)[key].data, X[key])
    if X[key].size:
        tg.check_grads(lambda x: x[key] ** 2, X)


def test_indexing_by_nodes_is_asked_again():
    x = Tensor(X)
    picked = x[np.argmax(x, axis=0), np.arange(3)]
    assert [parent.op for parent in picked.parents] == [None, "argmax"]
    np.testing.assert_array_equal(picked.data, X.max(axis=0))
    masked = x[x > 0]
    masked.sum().backward()
    np.testing.assert_array_equal(x.grad, (X > 0) * 1.0)


def test_iteration_length_and_membership():
    x = Tensor(X)
    assert len(x) == 2 and X[0, 0] in x and 99.0 not in x
    rows = list(x)
    assert [row.shape for row in rows] == [(3,), (3,)]
    (rows[0] * rows[1]).sum().backward()
    np.testing.assert_array_equal(x.grad, X[::-1])
    with pytest.raises(TypeError):
        len(Value(1.0))
    with pytest.raises(IndexError):
        x[2]


# ── linear algebra ────────────────────────────────────────────────────────────────────────────────────────────────────

B = rng.normal(size=(2, 3, 3))
R = rng.normal(size=(2, 4, 3))
positive = lambda x: x @ tg.matrix_transpose(x) + np.eye(3)
symmetric = lambda x: x + tg.matrix_transpose(x)
LINALG = {
    "inv": (lambda la, x: la.inv(x), B),
    "det": (lambda la, x: la.det(x), B),
    "slogdet": (lambda la, x: la.slogdet(x)[1], B),
    "slogdet-named": (lambda la, x: la.slogdet(x).logabsdet, S),
    "solve": (lambda la, x: la.solve(x, Y), S),
    "solve-vector": (lambda la, x: la.solve(x, v), S),
    "solve-for-vector": (lambda la, x: la.solve(S, x), v),
    "solve-batched": (lambda la, x: la.solve(B, x), Y),
    "cholesky": (lambda la, x: la.cholesky(positive(x)), B),
    "cholesky-upper": (lambda la, x: la.cholesky(positive(x), upper=True), S),
    "eigh-values": (lambda la, x: la.eigh(symmetric(x))[0], B),
    "eigh-vectors": (lambda la, x: la.eigh(symmetric(x)).eigenvectors, B),
    "eig-values": (lambda la, x: la.eig(positive(x))[0], S),
    "eig-vectors": (lambda la, x: la.eig(positive(x)).eigenvectors, S),
    "eigvals": (lambda la, x: la.eigvals(positive(x)), S),
    "eigvalsh": (lambda la, x: la.eigvalsh(symmetric(x), "U"), B),
    "svd-values": (lambda la, x: la.svd(x, compute_uv=False), R),
    "svd-u": (lambda la, x: la.svd(x, full_matrices=False)[0], R),
    "svd-vh": (lambda la, x: la.svd(x, full_matrices=False).Vh, R),
    "svd-wide": (lambda la, x: la.svd(tg.matrix_transpose(x), full_matrices=False)[2], R),
    "svd-square": (lambda la, x: la.svd(x)[0] @ la.svd(x)[2], S),
    "svdvals": (lambda la, x: la.svdvals(x), R),
    "pinv": (lambda la, x: la.pinv(x), R),
    "pinv-wide": (lambda la, x: la.pinv(x.T), R[0]),
    "matrix_power": (lambda la, x: la.matrix_power(x, 3), S),
    "matrix_power-inverse": (lambda la, x: la.matrix_power(x, -2), B),
    "multi_dot": (lambda la, x: la.multi_dot([x, S, Y]), X),
    **{f"norm-vector-{o}": (lambda la, x, o=o: la.norm(x, o), v) for o in (None, 1, 2, 3, 2.5, math.inf, -math.inf)},
    **{
        f"norm-matrix-{o}": (lambda la, x, o=o: la.norm(x, o), R[0])
        for o in (None, "fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
    },
    "norm-axis": (lambda la, x: la.norm(x, axis=1), R),
    "norm-keepdims": (lambda la, x: la.norm(x, 3, axis=-1, keepdims=True), R),
    "norm-nuclear-axes": (lambda la, x: la.norm(x, "nuc", axis=(0, 2)), R),
    "norm-one-axes": (lambda la, x: la.norm(x, 1, axis=(2, 0), keepdims=True), R),
}


@pytest.mark.parametrize("name", LINALG)
def test_linear_algebra(name):
    call, x = LINALG[name]
    found = call(np.linalg, Tensor(x))
    assert isinstance(found, Node) and found.shape == np.shape(call(np.linalg, x))
    np.testing.assert_allclose(found.data, call(np.linalg, x), rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(call(tg.linalg, Tensor(x)).data, found.data)
    tg.check_grads(lambda x: call(tg.linalg, x), x, rtol=1e-4, atol=1e-5)


def test_linear_algebra_is_tried_whole():
    assert set(tg.linalg.__all__) <= {name.partition("-")[0] for name in LINALG}


def test_slopes_of_determinants_without_an_inverse():
    np.testing.assert_allclose(tg.grad(tg.linalg.det)(np.ones((2, 2))), [[1, -1], [-1, 1]], atol=1e-12)
    np.testing.assert_allclose(tg.grad(tg.linalg.det)(np.diag([0.0, 2.0, 3.0])), np.diag([6.0, 0.0, 0.0]), atol=1e-12)


def test_values_alone_have_slopes_where_their_vectors_have_none():
    eye = np.eye(3)
    np.testing.assert_allclose(tg.grad(lambda x: tg.linalg.eigvalsh(x).sum())(eye), eye, atol=1e-12)
    np.testing.assert_allclose(tg.grad(lambda x: tg.linalg.svdvals(x).sum())(eye), eye, atol=1e-12)


def test_norms_of_nothing_have_slope_zero():
    for order in (None, 2, 3, 1, "fro", math.inf):
        x = np.zeros((2, 2)) if order == "fro" else np.zeros(3)
        np.testing.assert_array_equal(tg.grad(lambda x, order=order: tg.linalg.norm(x, order))(x), 0 * x)


@pytest.mark.parametrize("indices", [[True, False, True], [0.0, 1.0, 2.0]])
def test_places_along_an_axis_are_integers(indices):
    """As in NumPy; truth values are no mask there."""
    with pytest.raises(IndexError, match="the indices are integers"):
        np.take_along_axis(Tensor([1.0, 2.0, 3.0]), np.array(indices), axis=0)
