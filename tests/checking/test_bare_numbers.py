"""What a bare number in a loss may stand for: itself, or a form of a size."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.checking.bare_numbers import BareNumbers, is_exponent
from tinygrad_edu.checking.recording import Recording

AT = (11, 13)  # lengths of the sizes elsewhere


def bare(loss, wrt):
    return BareNumbers(Recording(loss, wrt))


def leaf(*shape):
    return Tensor(np.random.default_rng(0).normal(size=shape), name="x")


def read(found):
    """For each bare number the ways to read it: the text, and the number at other lengths."""
    lengths = dict(zip(found.sizes.free(), AT, strict=False))
    return [[(meaning.text, round(meaning.value(lengths), 9)) for meaning in way] for way in found.meanings]


@pytest.mark.parametrize(
    ("number", "text", "elsewhere"),
    [
        (7, "N", 11.0),
        (1 / 7, "1/N", 1 / 11),
        (7**0.5, "√N", 11**0.5),
        (1 / 7**0.5, "1/√N", 1 / 11**0.5),
        (14.0, "2N", 22.0),
        (1 / 14, "1/(2N)", 1 / 22),
        (2 / 7, "2/N", 2 / 11),
        (6, "N − 1", 10.0),
        (1 / 6, "1/(N − 1)", 0.1),
        (sum([0.1] * 70), "N", 11.0),  # off in its last digits
        (-7.0, "−N", -11.0),
        (-1 / 7, "−1/N", -1 / 11),
    ],
)
def test_a_form_of_the_only_size(number, text, elsewhere):
    x = leaf(7)
    found = bare((x * x).sum() * number, x)
    itself = (f"{number:g}", round(float(number), 9))
    assert found.values == [number] and read(found) == [[(text, round(elsewhere, 9))], [itself]]
    assert [len(meaning.sizes) for (meaning,) in found.meanings] == [1, 0]


def test_of_two_sizes():
    x = leaf(2, 3)
    assert read(bare((x * x).sum() / 6, x)) == [[("2D", 26.0)], [("N·D", 143.0)], [("6", 6.0)]]
    assert [way[0] for way in read(bare((x * x).sum() * (1 / 6), x))[:2]] == [
        ("1/(2D)", round(1 / 26, 9)),
        ("1/N·D", round(1 / 143, 9)),
    ]
    assert read(bare((x * x).sum() * 3, x)) == [[("D", 13.0)], [("3", 3.0)]]  # less one is said of the first size only
    assert bare((x * x).sum() * 6**0.5, x).values == []
    x = leaf(5, 8)
    assert bare((x * x).sum() * 7, x).values == [] and bare((x * x).sum() * 4, x).values == [4.0]
    x = leaf(7, 3, 3, 6)
    assert len(bare((x * x).sum() * 6, x).meanings) == 4  # three forms and itself


def test_one_is_no_size_and_halves_belong_to_squares():
    x = leaf(2)
    for number in (1, -1.0, 2 / 2, 2.0, 0.5, -2.0, -0.5):
        found = bare((x * x).sum() * number, x)
        assert found.values == [] and found.meanings == [()]
    for number in (2, -2, np.float64(0.5)):
        (one, other) = read(bare((x * x).sum() * number, x))
        assert one[0][1] == number and "N" in other[0][0]  # a number is the likelier


def test_a_number_is_likelier_a_size_where_it_meets_an_axis_of_it():
    x, w = leaf(7), Tensor(np.ones(5), name="w")
    near, far = (x * x).sum() / 7, (x * x).sum() + (w * w).sum() / 7
    assert [way[0][0] for way in read(bare(near, x))] == ["N", "7"]
    assert [way[0][0] for way in read(bare(far, x))] == ["7", "N"]


def test_a_number_may_meet_the_axis_of_what_needs_no_gradient():
    x, y = leaf(5), Tensor(np.ones(7), name="y", requires_grad=False)
    assert [way[0][0] for way in read(bare((x * x).sum() * ((y * y).sum() / 7), x))] == ["N", "7"]


def test_a_single_sample_is_no_number():
    X, w = Tensor([[0.3, -1.2, 0.8]], name="X", requires_grad=False), leaf(3)
    found = bare(2 * ((X @ w) ** 2).mean(), w)
    assert 1 in [size.recorded for size in found.sizes.free()] and found.values == []


def test_each_number_once_and_few_ways_in_all():
    x = leaf(3, 3, 6)
    loss = (x * x).sum() * 6 + (x * 6).sum() * 3 + x.sum() / 18
    found = bare(loss, x)
    assert found.values == [6.0, 3.0, 18.0] and len(found.meanings) == 8


def test_an_exponent_and_what_is_no_number_stand_for_themselves():
    x = leaf(7)
    assert bare((x**7).sum(), x).values == []
    assert bare((7**x).sum(), x).values == [7.0]
    assert bare((x * np.full(7, 7.0)).sum(), x).values == []
    power = x**7
    assert is_exponent(power, 1) and not is_exponent(power, 0) and not is_exponent(x * 7, 1)
