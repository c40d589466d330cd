"""Factors: how they are written, what they are, and which one explains a row of numbers."""

import math
from fractions import Fraction

import pytest
import sympy

from tinygrad_edu.checking.factors import Factor, factor_of

SIZES = [{"N": 5, "D": 4}, {"N": 7, "D": 3}, {"N": 4, "D": 6}]


@pytest.mark.parametrize(
    "number, powers, text",
    [
        (0.0, {}, "0"),
        (1.0, {}, "1"),
        (-1.0, {}, "−1"),
        (0.5, {}, "1/2"),
        (-2 / 3, {}, "−2/3"),
        (math.pi, {}, "3.141592654"),
        (1.0, {"N": 1}, "N"),
        (-1.0, {"N": 2}, "−N²"),
        (2.0, {"N": 1, "D": -1}, "2N/D"),
        (1.0, {"N": -1}, "1/N"),
        (1.0, {"N": -3, "D": 4}, "D⁴/(N³)"),
        (0.5, {"N": -1}, "1/(2N)"),
        (0.5, {"N": 1}, "N/2"),
        (1 / 12, {}, "1/12"),
        (1.0, {"N": 1, "D": 1}, "N·D"),
        (1.0, {"N": -1, "D": -1}, "1/(N·D)"),
        (1.0, {"N": 5}, "N^5"),
        (1.0, {"N": 0}, "1"),
    ],
)
def test_as_written(number, powers, text):
    factor = Factor(number, powers)
    assert str(factor) == text
    assert factor.symbolic.equals(_expression(text))


def _expression(text):
    for raised, power in zip("²³⁴", "234", strict=True):
        text = text.replace(raised, f"**{power}")
    text = text.replace("−", "-").replace("·", "*").replace("^", "**").replace("2N", "2*N")
    if text == "3.141592654":
        return sympy.Float(math.pi)
    return sympy.sympify(text, {letter: sympy.Symbol(letter, integer=True, positive=True) for letter in "ND"})


def test_a_fraction_only_where_it_is_one():
    assert Factor(1 / 3).exact == Fraction(1, 3) and Factor(1 / 3 + 1e-9).exact == Fraction(1, 3)
    assert Factor(1 / 3 + 1e-7).exact == 1 / 3 + 1e-7
    assert Factor(math.pi).number == math.pi and Factor(1e-5).exact == 1e-5
    assert Factor(1 / 999).exact == Fraction(1, 999) and Factor(1 / 1001).exact == 1 / 1001
    assert Factor(1e6 + 0.5).exact == Fraction(2_000_001, 2)


def test_at_given_lengths():
    assert Factor(-2.0, {"N": 2, "D": -1}).at({"N": 6, "D": 4}) == -18.0
    assert Factor(1.0).is_one and not Factor(1.0, {"N": 1}).is_one and not Factor(-1.0).is_one


def test_what_nobody_writes_by_chance():
    assert [c for c in (0.25, 0.2, 4.0, 5.0, -0.75, 4 / 3, math.pi) if Factor(c).is_small] == [0.25, 4.0, -0.75, 4 / 3]


@pytest.mark.parametrize(
    "number, powers, mistakes",
    [
        (-1.0, {}, ["sign"]),
        (1.0, {"N": 1}, ["mean-factor"]),
        (2.0, {}, ["constant-factor"]),
        (-0.5, {"N": -1}, ["sign", "mean-factor", "constant-factor"]),
        (1.0, {}, []),
        (0.0, {}, ["constant-factor"]),
    ],
)
def test_the_mistakes_that_it_is(number, powers, mistakes):
    assert Factor(number, powers).mistakes == mistakes


@pytest.mark.parametrize(
    "number, powers",
    [
        (1.0, {"N": 1}),
        (1.0, {"D": -1}),
        (-3.0, {"N": 2}),
        (0.5, {"D": -2}),
        (1.0, {"N": 1, "D": 1}),
        (2.0, {"N": -1, "D": -1}),
        (1.0, {"N": 1, "D": -1}),
        (1.0, {"N": -1, "D": 1}),
        (7.25, {}),
        (-1.0, {}),
    ],
)
def test_found_again(number, powers):
    found = factor_of([Factor(number, powers).at(lengths) for lengths in SIZES], SIZES)
    assert (found.number, found.powers) == (number, powers)


def test_three_sizes():
    sizes = [{"A": 2, "B": 3, "C": 5}, {"A": 3, "B": 7, "C": 4}, {"A": 5, "B": 4, "C": 9}, {"A": 7, "B": 2, "C": 3}]
    for powers in ({"A": 1, "B": 1, "C": 1}, {"A": -1, "B": -1, "C": -1}, {"B": 1, "C": 1}, {"B": -1, "C": 1}):
        found = factor_of([Factor(2.0, powers).at(lengths) for lengths in sizes], sizes)
        assert (found.number, found.powers) == (2.0, powers)
    assert factor_of([2.0, 3.0, 5.0, 7.1], sizes) is None


def test_what_is_no_factor():
    assert factor_of([1.0, 2.0, 3.0], SIZES) is None
    assert factor_of([1.0, math.nan, 1.0], SIZES) is None and factor_of([math.inf] * 3, SIZES) is None
    assert factor_of([5.0, 7.0, 4.0 + 1e-6], SIZES) is None
    assert factor_of([5.0, 7.0, 4.0 + 1e-6], SIZES, rtol=1e-4).powers == {"N": 1}
    assert factor_of([1e-9, -1e-9, 1e-10], SIZES).number == 0.0
    assert factor_of([1.0, 1.0 + 1e-6, 1.0], SIZES) is None
    assert factor_of([2.0 + 1e-13, 2.0, 2.0], SIZES).number == 2.0


def test_sizes_that_never_changed():
    fixed = [{"N": 3, "D": 2}] * 3
    numbers = {3.0: "N", -3.0: "−N", 1 / 3: "1/N", 9.0: "N²", -1 / 9: "−1/(N²)", 2.0: "2", 0.5: "1/2", 4.0: "4"}
    assert {c: str(factor_of([c] * 3, fixed)) for c in numbers} == numbers
    one_changes = [{"N": 3, "D": 4}, {"N": 3, "D": 5}]
    assert str(factor_of([3.0, 3.0], one_changes)) == "N" and str(factor_of([4.0, 4.0], one_changes)) == "4"
    assert str(factor_of([3.0, 3.0], [{"N": 4, "D": 4}, {"N": 3, "D": 5}])) == "3"


@pytest.mark.parametrize("scale", [1e-5, 1.0, 1e5])
def test_how_near_is_near_enough(scale):
    def found(off):
        return factor_of([scale * n["N"] * (1.0 + off * (n["N"] == 7)) for n in SIZES], SIZES)

    assert found(1e-10).powers == {"N": 1} and found(1e-6) is None
    assert factor_of([scale, scale * (1 + 1e-10), scale], SIZES).powers == {}
    assert factor_of([scale, scale * (1 + 1e-6), scale], SIZES) is None
    small = [{"N": 30}] * 2
    assert str(factor_of([scale * (1 + 1e-6) / 900] * 2, small)) != "1/(N²)"
    assert (
        str(factor_of([(1 + 1e-6) / 900] * 2, small)) != "1/(N²)" and str(factor_of([1 / 900] * 2, small)) == "1/(N²)"
    )
