"""Σ and Π over all indices but one, or over those of which something holds."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive, softmax

pytest.importorskip("lark")
RNG = np.random.default_rng(17)

# What can stand under a Σ over the k other than i, and above it
BUT_I = (
    (r"k \neq i", ""), (r"k, k \neq i", ""), (r"k=1, k \neq i", "K"), (r"\substack{k=1 \\ k \neq i}", "K"),
    (r"k=1 \\ k \ne i", "{K}"), (r"k: k \neq i", ""), (r"k=1; k \neq i", "K"), (r"k \in \{1,\dots,K\}, k \ne i", ""),
    (r"k=1 (k \ne i)", "K"), (r"k \ne i", "{K}"), (r"k=1:\, k \neq i", "K"),
)  # fmt: skip


@pytest.mark.parametrize(("below", "above"), BUT_I)
def test_a_sum_over_all_but_one(below, above):
    z, y = Tensor(RNG.normal(size=4), name="z"), Tensor(np.eye(4)[1], name="y", requires_grad=False)
    p = softmax(z)
    p.name = "p"
    d = derive(-(y * np.log(p)).sum(), z)
    head = rf"\sum_{{{below}}}" + (f"^{above}" if above else "")
    left = r"\frac{\partial L}{\partial z_i} = -y_i (1 - p_i) + "
    assert d.check(left + head + " y_k p_i").ok
    assert not d.check(left + head + " y_k p_k").ok
    assert not d.check(left + r"\sum_k y_k p_i").ok


@pytest.mark.parametrize(("below", "above"), BUT_I)
def test_a_product_over_all_but_one(below, above):
    x = Tensor(RNG.uniform(0.5, 2.0, size=4), name="x")
    head = rf"\prod_{{{below}}}" + (f"^{above}" if above else "")
    d = derive(x.prod(), x)
    if ":" not in below:
        assert d.check(rf"\frac{{\partial L}}{{\partial x_i}} = {head} x_k").ok  # was called 0
    assert not d.check(r"\frac{\partial L}{\partial x_i} = \prod_k x_k").ok


def test_a_sum_over_those_of_which_something_holds():
    x = Tensor(RNG.normal(size=5), name="x")
    y = Tensor(RNG.normal(size=5), name="y", requires_grad=False)
    running = derive((np.cumsum(x) * y).sum(), x)
    for text, right in ((r"\sum_{j \ge i} y_j", True), (r"\sum_{j > i} y_j", False), (r"y_i + \sum_{j > i} y_j", True)):
        assert running.check(rf"\frac{{\partial L}}{{\partial x_i}} = {text}").ok is right, text
    square = derive(x.sum() ** 2, x)
    for text, right in (
        (r"2 \sum_{x_i > 0} x_i + 2 \sum_{x_i < 0} x_i", True), (r"2 \sum_{i: x_i > 0} x_i", False),
        (r"\frac{\partial L}{\partial x_k} = 2 x_k + 2 \sum_{j \ne k} x_j", True),
        (r"\frac{\partial L}{\partial x_k} = 2 \sum_{j < k} x_j + 2 \sum_{j \ge k} x_j", True),
    ):  # fmt: skip
        assert square.check(text).ok is right, text


def test_an_empty_condition_is_refused_in_one_line():
    x = Tensor(RNG.normal(size=5), name="x")
    for below in (r"\neq", r"k \neq", r"\neq k", r", k \ne", r"|k| < i"):
        assert derive((x**2).sum(), x).check(rf"\sum_{{{below}}} x_k").mistake == "unparsable"


def test_the_largest_and_the_smallest_of_all_but_one_may_have_either_sign():
    from tinygrad_edu.reading import read

    for what, x, expected in (
        ("max", [-1.0, -2.0, -3.0], [-2.0, -1.0, -1.0]),
        ("min", [1.0, 2.0, 3.0], [2.0, 1.0, 1.0]),
    ):
        (claim,) = read(rf"\{what}_{{k \neq i}} x_k", {"x": ("N",)})
        assert claim.evaluate({"x": x}, {"N": 3}, ("N",)).tolist() == expected
