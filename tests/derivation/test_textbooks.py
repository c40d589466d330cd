"""The examples of two well-known texts, with the forms they have there.

What matrixcalculus.org shows how to type; and the derivatives that Parr and Howard, "The Matrix Calculus You Need For
Deep Learning", arrive at, written as columns where they write rows.
"""

import numpy as np
import pytest
from test_jacobians import every_line_is_true as every_line_of_a_jacobian_is_true
from test_jacobians import holds_at_other_sizes
from test_layer_by_layer import derived
from test_matrices import Leaves, bilinear_inverse, every_line_is_true, holds_at_another_size

import tinygrad_edu as tg
from tinygrad_edu import derive


def norm(x):
    return tg.linalg.norm(x)


def quotient(m):
    x, a = m.leaf("x", 4), m.data("a", 4)
    return (x @ x) / (a @ x)


def weights(m):
    return (m.data("y", 3) * np.tanh(m.leaf("W", 3, 4) @ m.data("x", 4))).sum()


def logistic(m):
    X, w, y = m.data("X", 5, 3), m.leaf("w", 3), m.signs("y", 5)
    return np.log(np.exp(-y * (X @ w)) + 1).sum()


def regularised(m):
    A, x, y, c = m.data("A", 5, 3), m.leaf("x", 3), m.data("y", 5), m.leaf("c")
    return norm(A @ x - y) ** 2 + c * norm(x) ** 2


MATRIXCALCULUS = [
    (lambda m: (lambda x: x @ m.data("A", 3, 3) @ x + m.data("c", 3) @ x)(m.leaf("x", 3)), "x", "(A + Aᵀ) x + c"),
    (lambda m: np.trace(m.data("A", 4, 3) @ m.leaf("X", 3, 5) @ m.data("B", 5, 4)), "X", "Aᵀ Bᵀ"),
    (lambda m: np.log(tg.linalg.det(m.square("X", 3))), "X", "X⁻ᵀ"),
    (lambda m: norm(m.data("A", 5, 3) @ m.leaf("x", 3) - m.data("y", 5)) ** 2, "x", "2 Aᵀ (A x − y)"),
    (regularised, "x", "2 (Aᵀ (A x − y) + c x)"),
    (logistic, "w", "−Xᵀ (y ⊙ σ(−y ⊙ (X w)))"),
    (bilinear_inverse, "X", "−X⁻ᵀ a bᵀ X⁻ᵀ"),
    (weights, "W", "(y ⊙ (1 − (tanh(W x))^{⊙2})) xᵀ"),
    (quotient, "x", "(1/(xᵀ a)) (2 x − ‖x‖² a/(xᵀ a))"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "wrt", "text"), MATRIXCALCULUS)
def test_matrixcalculus(build, wrt, text):
    derivation = every_line_is_true(build(Leaves(1, 0)), wrt)
    assert derivation.matrix == text
    holds_at_another_size(text, build, wrt)
    assert derivation.check(derivation.matrix).ok


def neuron(m):
    return tg.relu(m.leaf("w", 3) @ m.data("x", 3) + m.leaf("b"))


def neuron_loss(m):
    X, w, b, y = m.data("X", 5, 3), m.leaf("w", 3), m.leaf("b"), m.data("y", 5)
    return ((y - tg.relu(X @ w + b)) ** 2).mean()


def pair(m):
    return m.leaf("w", 4), m.leaf("x", 4)


JACOBIANS = [
    (lambda m: np.add(*pair(m)), "w", "I"),
    (lambda m: np.subtract(*pair(m)), "x", "−I"),
    (lambda m: np.multiply(*pair(m)), "w", "diag(x)"),
    (lambda m: np.divide(*pair(m)), "w", "diag(1 ⊘ x)"),
    (lambda m: np.divide(*pair(m)), "x", "−diag(w ⊘ x^{⊙2})"),
    (lambda m: m.leaf("x", 4) + m.leaf("z"), "x", "I"),
    (lambda m: m.leaf("x", 4) + m.leaf("z"), "z", "𝟏"),
    (lambda m: m.leaf("x", 4) * m.leaf("z"), "x", "z I"),
    (lambda m: m.leaf("x", 4) * m.leaf("z"), "z", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "wrt", "text"), JACOBIANS)
def test_jacobians_of_parr_and_howard(build, wrt, text):
    derivation = derive(build(Leaves(1, 0)), wrt)
    every_line_of_a_jacobian_is_true(derivation)
    assert derivation.matrix == text
    holds_at_other_sizes(derivation, build, wrt)


GRADIENTS = [
    (lambda m: m.leaf("x", 4).sum(), "x", "𝟏"),
    (lambda m: (m.leaf("x", 4) * m.leaf("z")).sum(), "x", "z 𝟏"),
    (lambda m: (m.leaf("x", 4) * m.leaf("z")).sum(), "z", "𝟏ᵀ x"),
    (neuron, "w", "1[wᵀ x + b > 0] x"),
    (neuron, "b", "1[wᵀ x + b > 0]"),
    (neuron_loss, "w", "(2/N) Xᵀ ((max(X w + b 𝟏, 0) − y) ⊙ 1[X w + b 𝟏 > 0])"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "wrt", "text"), GRADIENTS)
def test_gradients_of_parr_and_howard(build, wrt, text):
    derivation = every_line_is_true(build(Leaves(1, 0)), wrt)
    assert derivation.matrix == text
    holds_at_another_size(text, build, wrt)
    assert derivation.check(derivation.matrix).ok


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("sin(x**2)", "2 x cos(x²)"),
        ("log(sin(x**3)**2)", "6 x² cos(x³)/sin(x³)"),
        ("sin(x + x**2)", "(2 x + 1) cos(x + x²)"),
        ("x * x**2", "3 x²"),
        ("x + x**2", "2 x + 1"),
        ("3*x + 9", "3"),
    ],
)
def test_one_variable_of_parr_and_howard(text, last):
    assert derived(text, "x").steps[-1].rhs.text == last
