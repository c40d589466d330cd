"""The pieces that a text is made of, each as it is spelled: numbers, constants, parameters, keys, names."""

import numpy as np
import pytest

from tinygrad_edu.engine.kernels.arrays import HOLE
from tinygrad_edu.source.forms import (
    ATOM,
    CHOICE,
    COMPARED,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Names,
    Text,
    constant,
    filled,
    identifier,
    index,
    number,
    parameter,
)

F, I32, NONE = np.float32, np.int32, slice(None)


def test_operators_bind_as_strongly_as_pythons():
    assert CHOICE < COMPARED < SUM < PRODUCT < SIGN < POWER < ATOM
    text = Text("a + b", SUM)
    assert (text.within(SUM), text.within(PRODUCT), Text("a").within(ATOM)) == ("a + b", "(a + b)", "a")


@pytest.mark.parametrize(
    "value, said, strength",
    [
        (np.bool_(True), "np.bool(True)", ATOM),
        (F(-0.5), "np.float32(-0.5)", ATOM),
        (np.float64(2.5), "np.float64(2.5)", ATOM),
        (np.int64(-3), "np.int64(-3)", ATOM),
        (F(np.inf), "np.float32(np.inf)", ATOM),
        (True, "True", ATOM),
        (None, "None", ATOM),
        (np.inf, "np.inf", ATOM),
        (-np.inf, "-np.inf", SIGN),
        (np.nan, "np.nan", ATOM),
        (0.1, "0.1", ATOM),
        (-0.0, "-0.0", SIGN),
        (-3, "-3", SIGN),
        (7, "7", ATOM),
    ],
)
def test_a_number(value, said, strength):
    text = number(value)
    assert (text, text.strength) == (said, strength)
    np.testing.assert_equal(eval(text, {"np": np}), value)


@pytest.mark.parametrize(
    "value, said",
    [
        (3.0, "3.0"),
        (np.array(2.0), "np.float64(2.0)"),
        (np.array(2, I32), "np.int32(2)"),
        (np.array([0.5, -1.0]), "np.array([0.5, -1.0])"),
        (np.array([[1, 2], [3, 5]]), "np.array([[1, 2], [3, 5]])"),
        (np.array([True, False]), "np.array([True, False])"),
        (np.array([0.5, 1.5], F), "np.array([0.5, 1.5], np.float32)"),
        (np.array([1, 5], I32), "np.array([1, 5], np.int32)"),
        (np.array([2.0]), "np.array([2.0])"),
        (np.array([2, 2]), "np.array([2, 2])"),
        (np.array([True, True]), "np.array([True, True])"),
        (np.array([0, 1]), "np.array([0, 1])"),
        (np.array([0, 2, 1]), "np.array([0, 2, 1])"),
        (np.arange(3.0), "np.array([0.0, 1.0, 2.0])"),
        (np.array([np.nan, -np.inf]), "np.array([np.nan, -np.inf])"),
        # what has a name of its own
        (np.zeros(0), "np.zeros(0)"),
        (np.zeros((0, 2)), "np.zeros((0, 2))"),
        (np.zeros(0, int), "np.zeros(0, int)"),
        (np.zeros(0, bool), "np.zeros(0, bool)"),
        (np.zeros((2, 0), F), "np.zeros((2, 0), np.float32)"),
        (np.zeros(0, I32), "np.zeros(0, np.int32)"),
        (np.eye(2), "np.eye(2)"),
        (np.eye(3, dtype=F), "np.eye(3, dtype=np.float32)"),
        (np.eye(2, dtype=bool), "np.eye(2, dtype=bool)"),
        (np.eye(2, dtype=int), "np.eye(2, dtype=np.int64)"),
        (np.eye(1), "np.array([[1.0]])"),
        (np.eye(2, 3), "np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])"),
        (np.eye(2)[None], "np.array([[[1.0, 0.0], [0.0, 1.0]]])"),
        (np.arange(3), "np.arange(3)"),
        (np.arange(6).reshape(2, 3), "np.arange(6).reshape(2, 3)"),
        (np.full(2, -1.5), "np.full(2, -1.5)"),
        (np.array([0.0, -0.0]), "np.array([0.0, -0.0])"),
        (np.array([[1.0, -0.0], [0.0, 1.0]]), "np.array([[1.0, -0.0], [0.0, 1.0]])"),
        (np.array([np.nan, np.nan]), "np.full(2, np.nan)"),
        (np.full((2, 3), 0.5, F), "np.full((2, 3), 0.5, np.float32)"),
        (np.full(1001, 2.0), "np.full(1001, 2.0)"),
    ],
)
def test_a_constant(value, said):
    assert constant(value) == said
    back = eval(said, {"np": np})
    np.testing.assert_array_equal(back, value)
    np.testing.assert_array_equal(np.signbit(back), np.signbit(value))
    assert np.asarray(back).dtype == np.asarray(value).dtype and np.shape(back) == np.shape(value)


def test_a_constant_of_more_than_a_thousand_entries_is_not_written_out():
    assert constant(np.linspace(0, 1, 1000)).startswith("np.array([0.0, 0.001001")
    with pytest.raises(ValueError, match=r"^W of shape \(1001,\) is too large"):
        constant(np.linspace(0, 1, 1001), "W")


@pytest.mark.parametrize(
    "value, said",
    [
        (Text("X.shape"), "X.shape"),
        (np.dtype(F), "np.float32"),
        (np.float32, "np.float32"),
        ((), "()"),
        ((1,), "(1,)"),
        ((1, -2), "(1, -2)"),
        (([0], [1, 2]), "([0], [1, 2])"),
        (np.array([1.0, 2.0]), "np.array([1.0, 2.0])"),
        ("ij,jk->ik", '"ij,jk->ik"'),
        ("it's", '"it\'s"'),
        ('a"b', '"a\\"b"'),
        ("a\\b\n", '"a\\\\b\\n"'),
        (None, "None"),
        (True, "True"),
        (2, "2"),
    ],
)
def test_a_parameter(value, said):
    assert parameter(value) == said


@pytest.mark.parametrize(
    "key, indices, bare, alone",
    [
        ((), (), "()", "()"),
        ((0,), (), "0", "(0,)"),
        ((-1, 2), (), "-1, 2", "(-1, 2)"),
        ((slice(1, None),), (), "1:", "np.s_[1:,]"),
        ((NONE, slice(None, 2), slice(None, None, -1)), (), ":, :2, ::-1", "np.s_[:, :2, ::-1]"),
        ((slice(3, 0, -2),), (), "3:0:-2", "np.s_[3:0:-2,]"),
        ((Ellipsis, None), (), "..., None", "(..., None)"),
        ((HOLE,), ("i",), "i", "(i,)"),
        ((HOLE, NONE, HOLE), ("i", "j"), "i, :, j", "np.s_[i, :, j]"),
    ],
)
def test_a_key(key, indices, bare, alone):
    assert (index(key, indices), index(key, indices, bare=False)) == (bare, alone)
    space = {"np": np, "i": 5, "j": 6, "x": np.arange(343).reshape(7, 7, 7)}
    np.testing.assert_array_equal(eval(f"x[{bare}]", space), eval(f"x[{alone}]", space))


@pytest.mark.parametrize(
    "code, params, said, strength",
    [
        ("{x} + {y}", {}, "(a - b) + -c", SUM),
        ("{x} * {y}", {}, "(a - b) * (-c)", SUM),
        ("-{x}", {}, "-(a - b)", SIGN),
        ("{x} < {y}", {}, "(a - b) < (-c)", COMPARED),
        ("{x} and {y}", {}, "(a - b) and (-c)", CHOICE),
        ("{x} if {y} else 0", {}, "(a - b) if (-c) else 0", CHOICE),
        ("np.f({x}, {y})", {}, "np.f(a - b, -c)", ATOM),
        ("np.f([{x}], {y})", {}, "np.f([a - b], -c)", ATOM),
        ("np.f({args})", {}, "np.f(a - b, -c)", ATOM),
        ("np.f(1 - {x}, n={n}, y={y})", {"n": (1, 2)}, "np.f(1 - (a - b), n=(1, 2), y=-c)", ATOM),
        ("{x}[{key}]", {"key": (HOLE, 0)}, "(a - b)[-c, 0]", ATOM),
        ("{x}", {}, "a - b", SUM),
    ],
)
def test_a_rows_code(code, params, said, strength):
    text = filled(code, [Text("a - b", SUM), Text("-c", SIGN)], params)
    said = said.replace("+ -c", "+ (-c)")
    assert (text, text.strength) == (said, strength)


@pytest.mark.parametrize(
    "name, said",
    [
        (None, "w"),
        ("", "w"),
        ("___", "w"),
        ("_a_", "a"),
        ("a  b--c", "a_b_c"),
        ("2nd", "w_2nd"),
        ("৴", "w"),
        ("ﬁ", "fi"),
        ("np", "np_"),
        ("lambda", "lambda_"),
        ("match", "match_"),
        ("sum", "sum_"),
        ("theta", "theta"),
    ],
)
def test_a_name(name, said):
    assert identifier(name, "w") == said


def test_each_name_is_given_once():
    names = Names(["a", "t_3"])
    assert [names.fresh(each) for each in ["a", "t", "t", "t", "t", "t_2", "b", "a"]] == [
        *["a_2", "t", "t_2", "t_4", "t_5", "t_2_2", "b", "a_3"]
    ]
