"""What is recorded as it is simplified: every operation of the program, with its operands and parameters."""

import inspect

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.source.recording import record

GIVEN = {
    "x": np.array([1.0, 2.0, 3.0]),
    "y": np.array([0.5, 1.0, 2.0]),
    "s": np.array([0.5], np.float32),
    "k": np.arange(3),
    "t": 0.25,
    "X": np.arange(6.0).reshape(2, 3),
    "Z": np.arange(6.0).reshape(1, 2, 3),
}


def program_of(function, **options):
    """What a function returns, as its program says it."""
    names = list(inspect.signature(function).parameters)
    program = record(function, tuple(GIVEN[name] for name in names), {}, **options).program

    def shown(op):
        if op.kind == "const":
            return f"{op.held:g}" if not op.shape else "array"
        if op.kind == "input":
            return names[program.inputs.index(op)]
        said = [f"{key}={value}" for key, value in op.params.items() if value is not None and value is not False]
        return f"{op.rule.name}({', '.join([*map(shown, op.args), *said])})"

    return shown(program.out[0])


@pytest.mark.parametrize(
    "function, expected",
    [
        # nothing but the operand
        (lambda x: 1.0 * x, "x"),
        (lambda x: x * 1.0, "x"),
        (lambda x: x / 1.0, "x"),
        (lambda x: x - 0.0, "x"),
        (lambda x: x**1.0, "x"),
        (lambda x: np.negative(-x), "x"),
        (lambda X: X.T.T, "X"),
        (lambda X: np.transpose(X, (0, 1)), "X"),
        (lambda Z: np.transpose(Z, (0, 1, 2)), "Z"),
        (lambda X: X.reshape(2, 3), "X"),
        (lambda X: X.reshape(6).reshape(2, 3), "X"),
        (lambda X: X[...], "X"),
        (lambda X: X[()], "X"),
        (lambda x: np.squeeze(np.expand_dims(x, 0), 0), "x"),
        (lambda x: x.astype(np.float64), "x"),
        (lambda x: np.broadcast_to(x, (3,)), "x"),
        (lambda x: x.sum(axis=()), "x"),
        # something simpler
        (lambda x: -1.0 * x, "negative(x)"),
        (lambda x: x * -1.0, "negative(x)"),
        (lambda x: x**2.0, "square(x)"),
        (lambda x: x + x, "multiply(2, x)"),
        (lambda x: np.abs(-x), "absolute(x)"),
        (lambda x, y: x - (-y), "add(x, y)"),
        (lambda x, y: x + (-y), "subtract(x, y)"),
        (lambda x, y: (-x) + y, "subtract(y, x)"),
        (lambda x, y: (-x) * y, "negative(multiply(x, y))"),
        (lambda x, y: x * (-y), "negative(multiply(x, y))"),
        (lambda x, y: (-x) / y, "negative(divide(x, y))"),
        (lambda t: np.broadcast_to(t, (3,)).astype(np.float32), "broadcast_to(t, shape=(3,))"),
        (lambda X: X.reshape(6).reshape(3, 2), "reshape(X, shape=(3, 2))"),
        (lambda x: np.expand_dims(np.squeeze(x.reshape(1, 3), 0), 0), "reshape(x, shape=(1, 3))"),
        (lambda X: X.sum(axis=1).reshape(2, 1), "sum(X, axis=(1,), keepdims=True)"),
        (lambda X: X.sum(axis=0).reshape(1, 3), "sum(X, axis=(0,), keepdims=True)"),
        # what has to stay
        (lambda x: x + 0.0, "add(x, 0)"),  # −0 + 0 is 0
        (lambda x: x - -0.0, "subtract(x, -0)"),
        (lambda x: x * 2.0 * 3.0, "multiply(multiply(x, 2), 3)"),
        (lambda x: x**3.0, "power(x, 3)"),
        (lambda x: (x > 1) * 1.0, "multiply(greater(x, 1), 1)"),
        (lambda x: 1.0 * (x > 1), "multiply(1, greater(x, 1))"),
        (lambda x: x.astype(np.float32), "astype(x, dtype=float32)"),
        (lambda x: np.broadcast_to(x, (2, 3)), "broadcast_to(x, shape=(2, 3))"),
        (lambda X: X.sum(axis=1).reshape(1, 2), "reshape(sum(X, axis=(1,)), shape=(1, 2))"),
        (lambda Z: np.transpose(Z, (1, 2, 0)), "transpose(Z, axes=(1, 2, 0))"),
        (lambda X: X[0], "getitem(X, key=(0,))"),
        (lambda X: X.T, "matrix_transpose(X)"),
        (lambda k: k + k, "add(k, k)"),
        (lambda X: X.sum(axis=0), "sum(X, axis=(0,))"),
        (lambda x: np.expand_dims(x, 0) + x, "add(expand_dims(x, axis=(0,)), x)"),
        (lambda X, x: X + np.broadcast_to(x, (2, 3)), "add(X, x)"),
        (lambda X, x: X * np.expand_dims(x, 0), "multiply(X, x)"),
        (lambda s, x: (-s) * x, "multiply(negative(s), x)"),  # of another shape and dtype than the result
        (lambda s, x: (-s) / x, "divide(negative(s), x)"),
    ],
)
def test_an_operation(function, expected):
    assert program_of(function) == expected


@pytest.mark.parametrize(
    "loss, expected",
    [
        (lambda x: (2.0 * x).mean(), "broadcast_to(divide(2, count(x)), shape=(3,))"),
        (lambda x: -x.mean(), "broadcast_to(divide(-1, count(x)), shape=(3,))"),
        (lambda x, y: -(x * y).mean(), "divide(negative(y), count(x))"),
        (lambda x, y: (x * y).mean() / 3.0, "divide(multiply(0.333333, y), count(x))"),
        (lambda x, y: np.sin(x).mean() * y[0], "multiply(divide(getitem(y, key=(0,)), count(x)), cos(x))"),
        (lambda x, y: y[0] * np.sin(x).mean(), "multiply(divide(getitem(y, key=(0,)), count(x)), cos(x))"),
        (lambda x: np.sin(x).mean() + np.cos(x).mean(), "divide(subtract(cos(x), sin(x)), count(x))"),
        (lambda x: np.sin(x).mean() - np.cos(x).mean(), "divide(add(sin(x), cos(x)), count(x))"),
        (lambda x: (x**2).mean(), "divide(multiply(2, x), count(x))"),
        (lambda x: 0.5 * (x**2).mean(), "divide(x, count(x))"),
        (lambda x, y: ((x - y) ** 2).sum(), "multiply(2, subtract(x, y))"),
        (lambda x: -np.log(x).mean(), "divide(divide(-1, count(x)), x)"),
        (lambda X: X.mean(axis=0).sum(), "broadcast_to(divide(1, count(X, axis=(0,))), shape=(2, 3))"),
        (lambda x, y: np.log(x * y).mean(), "multiply(divide(divide(1, count(x)), multiply(x, y)), y)"),
        (
            lambda x, y: (y / np.sin(x)).mean(),
            "divide(negative(multiply(divide(divide(y, sin(x)), sin(x)), cos(x))), count(y))",
        ),
        (lambda x, y: (y - np.sin(x) * y).mean(), "divide(negative(multiply(y, cos(x))), count(y))"),
        (lambda x, y: (y * np.log(np.sin(x))).mean(), "divide(multiply(divide(y, sin(x)), cos(x)), count(y))"),
        (lambda x, y: (np.sin(x) / y).mean() * 3.0, "multiply(divide(divide(3, count(y)), y), cos(x))"),
        # a count asks for the shape of what there is already
        (lambda X: np.sin(X.reshape(6)).mean(), "reshape(divide(cos(reshape(X, shape=(6,))), count(X)), shape=(2, 3))"),
        (
            lambda X: np.sin(X[0]).mean(),
            "scatter(divide(cos(getitem(X, key=(0,))), count(sin(getitem(X, key=(0,))))), key=(0,), shape=(2, 3))",
        ),
        (lambda X: np.sin(X).mean(axis=0).sum(), "divide(cos(X), count(X, axis=(0,)))"),
        (lambda X: np.exp(X).sum(axis=0).mean(), "divide(exp(X), count(sum(exp(X), axis=(0,))))"),
        (lambda X: np.exp(X).mean(axis=(0, 1)), "divide(exp(X), count(X))"),
        (lambda x: x.astype(np.float32).mean(), "broadcast_to(divide(1, count(x)), shape=(3,))"),
        (
            lambda X: np.tanh(X.T).mean(),
            "matrix_transpose(divide(subtract(1, multiply(tanh(matrix_transpose(X)), tanh(matrix_transpose(X)))), "
            "count(X)))",
        ),
    ],
)
def test_a_gradient(loss, expected):
    assert program_of(tg.grad(loss)) == expected


def test_values_stay_what_they_are():
    for function in (lambda k: 1.0 * k, lambda k: k / 1, lambda k: k * 1, lambda s: s * 1.0, lambda s: s + s):
        names = list(inspect.signature(function).parameters)
        expected = function(*(GIVEN[name] for name in names))
        found = tg.jit(function)(*(GIVEN[name] for name in names))
        assert found.dtype == expected.dtype and np.array_equal(found, expected)


def test_a_program_says_what_it_is_made_of():
    weight = tg.Tensor([1.0, 2.0, 3.0], name="weight")

    def function(x, n):
        z = x * weight * np.array([1.0, 0.0, 2.0])
        return z.sum() ** n + 0.0

    recording = record(function, (GIVEN["x"], 3), {})
    program = recording.program
    assert recording.trace.names == {}  # a function is watched for names only if it is asked for
    constants = [a for op in program.ops for a in op.args if a.kind == "const"]
    assert [str(each) for each in [*program.inputs, *program.tensors, *program.ops, *constants]] == [
        "<input x (3,) float64>",
        "<input n () None>",
        "<tensor weight (3,) float64>",
        "<op multiply (3,) float64>",
        "<op multiply (3,) float64>",
        "<op sum () float64>",
        "<op power () float64>",
        "<op add () float64>",
        "<const [1. 0. 2.] (3,) float64>",
        "<const 0.0 () None>",
    ]
    recording.release()
    assert str(program.inputs[0]) == "<input None (3,) float64>" and program.of == {}


@pytest.mark.parametrize(
    "one, other",
    [
        (lambda x: x[0:2], lambda x: x[1:3]),
        (lambda x: x[0:3:1], lambda x: x[0:3:2]),
        (lambda x: x[0:2], lambda x: x[[0, 2]]),
        (lambda x: np.roll(x, 1), lambda x: np.roll(x, 2)),
        (lambda x: np.cumsum(np.outer(x, x), 0), lambda x: np.cumsum(np.outer(x, x), 1)),
        (lambda x: np.pad(x, (1, 0)), lambda x: np.pad(x, (0, 1))),
        (lambda x: np.pad(x, [(1, 0)]), lambda x: np.pad(x, [(0, 1)])),
        (lambda x: x * np.array([1.0, 2.0, 3.0]), lambda x: x * np.array([1.0, 2.0, 4.0])),
        (lambda x: x * np.array([0.0, 1.0, 1.0]), lambda x: x * np.array([-0.0, 1.0, 1.0])),
        (lambda x: x * np.array([1, 2, 3]), lambda x: x * np.array([1.0, 2.0, 3.0])),
        (lambda x: x + 0.0, lambda x: x + -0.0),
        (lambda x: (x > 1).astype(int), lambda x: (x > 1).astype(float)),
        (lambda x: np.broadcast_to(x.sum(), (2,)), lambda x: np.broadcast_to(x.sum(), (3,))),
    ],
)
def test_what_differs_is_kept_apart_and_what_is_equal_is_one(one, other):
    def count(*functions):
        return len(record(lambda x: [f(x) for f in functions], (GIVEN["x"],), {}).program.ops)

    assert count(one, other) > max(count(one), count(other)) and count(one, one) == count(one)


def test_what_computes_past_an_overflow_on_purpose_says_nothing():
    x = np.array([-1e3, 1e3])
    for function in (tg.sigmoid, tg.softplus, lambda x: tg.losses.binary_cross_entropy_with_logits(x, np.ones(2))):
        both = tg.value_and_grad(lambda x, function=function: (function(x) * 2.0).sum())
        jitted = tg.jit(both)
        for _ in range(2):
            with np.errstate(all="raise", under="ignore"):
                value, slope = jitted(x)
        assert value == both(x)[0] and np.array_equal(slope, both(x)[1])


@pytest.mark.parametrize("f", [lambda t: (t > 0.5) * 1.0, lambda t: 1.0 * (t > 0.5), lambda t: -1.0 * (t > 0.5)])
def test_a_truth_value_times_a_number_is_a_number(f):
    for t in (0.25, 0.75):
        assert type(tg.jit(f)(t)) is float and tg.jit(f)(t) == f(t)
        assert type(tg.jit(lambda t: f(t) * 2.0 + t)(t)) is float
