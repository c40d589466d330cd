"""Lines of Python that build on a gradient which an earlier line has wrong: each line has its own verdict."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive, sigmoid
from tinygrad_edu.reading.formats.code import built_out

pytest.importorskip("lark")
RNG = np.random.default_rng(12)


def network():
    X, y = Tensor(RNG.normal(size=(5, 3)), name="X"), Tensor([[1.0], [0.0], [1.0], [0.0], [1.0]], name="y")
    W1, W2 = Tensor(RNG.normal(size=(3, 4)), name="W1"), Tensor(RNG.normal(size=(4, 1)), name="W2")
    A1 = np.tanh(X @ W1)
    A1.name = "A1"
    Z2 = A1 @ W2
    Z2.name = "Z2"
    P = sigmoid(Z2)
    P.name = "P"
    return derive(-(y * np.log(P) + (1 - y) * np.log(1 - P)).mean(), W1)


@pytest.mark.parametrize(
    ("first", "last", "right"),
    [
        ("P - y", "X.T @ (dA1 * (1 - A1**2)) / N", [False, True, True]),  # the 1/N comes last
        ("y - P", "-X.T @ (dA1 * (1 - A1**2)) / N", [False, True, True]),
        ("y - P", "X.T @ (dA1 * (1 - A1**2)) / N", [False, True, False]),
        ("P - y", "X.T @ (dA1 * (1 - A1**2))", [False, True, True]),  # dA1 as the gradient that it is
        ("P + y", "X.T @ (((P - y) @ W2.T) * (1 - A1**2)) / N", [False, True, True]),
        ("(P - y) / N", "X.T @ (dA1 * (1 - A1**2)) / N", [True, True, False]),
    ],
)
def test_each_line_is_judged_with_the_gradients_that_make_it_right(first, last, right):
    verdicts = network().check_lines([f"dZ2 = {first}", "dA1 = dZ2 @ W2.T", f"dW1 = {last}"])
    assert [verdict.ok for verdict in verdicts] == right


def test_the_line_that_is_built_on_is_named():
    lines = ["E = P - y", "dZ2 = E", "dW1 = X.T @ (dZ2 @ W2.T * (1 - A1**2)) / N"]
    verdicts = network().check_lines(lines)
    assert [verdict.ok for verdict in verdicts] == [True, False, True]
    assert verdicts[2].message == "Right: this is ∂L/∂W₁, with dZ2 as in line 2."


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("dw = X.T@dz", ["dz = e/m", "e = p - y"], ("dw = X.T @ (e / m)", [0])),
        ("dw = X.T@dz", ["e = p - y", "dz = e/m"], ("dw = X.T @ ((p - y) / m)", [0, 1])),
        ("dw = X.T@dz", ["db = p", "dz = p -"], ("dw = X.T@dz", [])),
        ("dw = X^T (dz", ["dz = p"], ("dw = X^T (dz", [])), ("dw = dz\x00", ["dz = p"], ("dw = dz\x00", [])),
        ("", ["dz = p"], ("", [])), ("dw = ", ["dz = p"], ("dw = ", [])),
        ("dw = dz", ["dz = import p"], ("dw = dz", [])),
        ("dw = X.T@dz", [f"dz = {'p + ' * 200}p"], ("dw = X.T@dz", [])),
    ],
)  # fmt: skip
def test_what_is_put_in_the_place_of_names(text, before, expected):
    assert built_out(text, before) == expected
