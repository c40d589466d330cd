"""The layout of emitted text, and the names of what is drawn at random, part by part."""

import random
import sys
import time

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.source import layout
from tinygrad_edu.source.forms import Text, constant, identifier, number, parameter
from tinygrad_edu.source.program import Program, first_difference
from tinygrad_edu.source.randomness import states
from tinygrad_edu.source.reaching import Reached
from tinygrad_edu.source.tracing import Trace

x = np.array([1.0, 2.0])


def test_a_long_call_stands_in_lines():
    assert layout.call_lines("def f(", ["a", "b"], "):") == ["def f(a, b):"]
    parts = [f"argument_{i}" for i in range(12)]
    assert layout.call_lines("def f(", parts, "):") == ["def f(", *(f"    {part}," for part in parts), "):"]


def test_a_long_line_is_broken_as_a_formatter_would():
    long = "np.sum(" + " + ".join(["alpha"] * 12) + ")"
    assert layout.assignment("t", long, "", "    ") == ["    t = np.sum(", f"        {long[7:-1]}", "    )"]
    assert layout.assignment("t", f"f({long}) * g({long})", "why", "")[:2] == ["# why", "t = ("]
    assert layout.assignment("t", f"(a)({long}) - ({long})", "", "")[0] == "t = ("
    assert layout.assignment("t", f"np.array([{'1.0, ' * 30}])", "", "")[0].endswith("# fmt: skip")


def test_only_plain_keys_are_written_out():
    assert [layout.key_text(key) for key in ("a", 1, True, None, 0.5)] == ['"a"', "1", "True", "None", "0.5"]
    with pytest.raises(TypeError, match="a dict whose keys are tuple cannot be written out; use strings"):
        layout.key_text((1, 2))


@pytest.mark.parametrize(
    "value",
    [
        np.bool_(True), np.float32(0.5), np.int64(3), True, None, np.inf, -np.inf, 2, -0.5, np.zeros((2, 3)),
        np.eye(3, dtype=np.float32), np.eye(2, dtype=bool), np.arange(6).reshape(2, 3), np.full(3, 0.5, np.float32),
        np.array([[1, 2]]), np.zeros((0, 2), bool), np.zeros(0, np.float32), np.array(2.5), np.array([np.nan, 1.0]),
    ],
)  # fmt: skip
def test_constants_are_read_back_as_they_were(value):
    found = eval(constant(value), {"np": np})
    np.testing.assert_array_equal(found, value)
    assert np.asarray(found).dtype == np.asarray(value).dtype


def test_parameters_are_written_as_arguments():
    given = [np.dtype(np.float32), (1,), [1, 2], "a'b\"c", np.float32, np.array([1, 2]), Text("x.shape"), None]
    wanted = ["np.float32", "(1,)", "[1, 2]", '"a\'b\\"c"', "np.float32", "np.array([1, 2])", "x.shape", "None"]
    assert [parameter(each) for each in given] == wanted


def test_numbers_and_names_fall_back():
    assert number(np.nan) == "np.nan" and identifier("", "w") == "w" and identifier("\u00b2", "w") == "w_2"


def test_a_large_array_is_no_constant_of_a_text():
    with pytest.raises(ValueError, match=r"an array that .* of shape \(2000,\) is too large to be written out"):
        constant(np.linspace(0, 1, 2000))


# ── what differs from run to run ──


class Drawing:
    def __init__(self):
        self.generators = {"a": [np.random.default_rng(0)], "b": (np.random.RandomState(0), random.Random(0))}

    def __call__(self, x):
        return x * self.generators["a"][0].normal()


def test_generators_are_found_wherever_the_function_holds_them():
    found = Reached(Drawing(), []).generators
    assert sorted(type(each).__name__ for each in found) == ["Generator", "Random", "RandomState"]
    before = states([*found, random.SystemRandom()])
    assert states([*found, random.SystemRandom()]) == before
    found[0].random()
    assert states([*found, random.SystemRandom()]) != before


def test_an_object_that_draws_is_named_with_its_line():
    before = sys.gettrace()
    with pytest.raises(TypeError, match=r"draws random numbers(.|\n)*test_layout.py, line \d+: return x \* self"):
        tg.jit(Drawing())(x)
    assert sys.gettrace() is before


def trace(f, *args):
    return Trace(f, args, lambda nodes: (list(nodes), {}), naming=False)


@pytest.mark.parametrize(
    "one, two, operation",
    [
        (lambda x: x * 2.0, lambda x: x * 3.0, "multiply"),
        (lambda x: x * np.ones(2), lambda x: x * np.zeros(2), "multiply"),
        (lambda x: np.sin(x), lambda x: np.cos(x), "cos"),
        (lambda x: x.sum(axis=0), lambda x: x.sum(), "sum"),
        (lambda x: x * 2.0, lambda x: x * 2.0 + 1.0, "add"),
        (lambda x: x * 2.0 + 1.0, lambda x: x * 2.0, "add"),
        (lambda x: (x * 2.0, x + 1.0), lambda x: (x + 1.0, x * 2.0), "add"),
        (lambda x: (x, 1.0), lambda x: (x, 2.0), None),
        (lambda x: x * tg.Tensor([1.0, 2.0]), lambda x: x * tg.Tensor([1.0, 3.0]), None),
    ],
)
def test_the_first_difference_of_two_recordings_is_found(one, two, operation):
    assert first_difference(trace(one, x), trace(one, x)) is None
    assert first_difference(trace(one, x), trace(two, x)).op == operation


def test_two_nans_are_no_difference():
    f = lambda x: x * np.nan
    assert first_difference(trace(f, 1.0), trace(f, 1.0)) is None


def test_an_operation_shows_what_it_is():
    program = Program(trace(lambda x: (x * 2.0).sum(), x), apart=False)
    assert [repr(op) for op in (program.inputs[0], *program.ops, program.constant(2.0))] == [
        "<input None (2,) float64>", "<op multiply (2,) float64>", "<op sum () float64>", "<const 2.0 () None>",
    ]  # fmt: skip


def test_the_clock_in_an_emitted_function_is_noticed():
    with pytest.raises(TypeError, match="something else each time"):
        tg.to_numpy(lambda x: x.sum() * time.time(), x)
