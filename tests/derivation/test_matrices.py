"""Derivations in matrix notation: the book's forms, and that every line of them is true at every size."""

import numpy as np
import pytest
from matrix_text import value_of

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive
from tinygrad_edu.engine.backward import sweep
from tinygrad_edu.engine.graph import Node
from tinygrad_edu.paper.notation import pretty


class Leaves:
    """Named leaves of a loss; `more` makes every axis longer, and the numbers are drawn anew."""

    def __init__(self, seed, more):
        self.rng, self.more = np.random.default_rng(seed), more

    def data(self, name, *shape):
        return Tensor(self.numbers(shape), name=name, requires_grad=False)

    def leaf(self, name, *shape):
        return Tensor(self.numbers(shape), name=name) if shape else Value(float(self.rng.normal()), name=name)

    def numbers(self, shape):
        return self.rng.normal(size=[n + self.more if n > 1 else n for n in shape])

    def one_hot(self, name, rows, classes):
        labels = self.rng.integers(0, classes + self.more, size=rows + self.more)
        return Tensor(np.eye(classes + self.more)[labels], name=name, requires_grad=False)

    def square(self, name, n):
        shape = (n + self.more, n + self.more)
        return Tensor(3 * np.eye(shape[0]) + 0.4 * self.rng.normal(size=shape), name=name)

    def signs(self, name, n):
        return Tensor(self.rng.choice([-1.0, 1.0], size=n + self.more), name=name, requires_grad=False)


def least_squares(m):
    X, w, y = m.data("X", 5, 3), m.leaf("w", 3), m.data("y", 5)
    return ((X @ w - y) ** 2).mean()


def quadratic_form(m):
    A, x = m.data("A", 3, 3), m.leaf("x", 3)
    return x @ A @ x


def logistic_regression(m):
    X, w, b, y = m.data("X", 5, 3), m.leaf("w", 3), m.leaf("b"), m.data("y", 5)
    z = X @ w + b
    z.name = "z"
    p = tg.sigmoid(z)
    p.name = "p"
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()


def softmax_regression(m):
    X, W, b, Y = m.data("X", 5, 3), m.leaf("W", 3, 4), m.leaf("b", 4), m.one_hot("Y", 5, 4)
    Z = X @ W + b
    Z.name = "Z"
    S = tg.softmax(Z)
    S.name = "S"
    return -(Y * np.log(S)).sum(axis=1).mean()


def cross_entropy(m):
    X, W, Y = m.data("X", 5, 3), m.leaf("W", 3, 4), m.one_hot("Y", 5, 4)
    Z = X @ W
    Z.name = "Z"
    return tg.losses.cross_entropy(Z, Y)


def network(m):
    X, Y = m.data("X", 5, 3), m.data("Y", 5, 2)
    A = np.tanh(X @ m.leaf("W_1", 3, 4) + m.leaf("b_1", 4))
    A.name = "A"
    return ((A @ m.leaf("W_2", 4, 2) + m.leaf("b_2", 2) - Y) ** 2).mean()


def ridge(m):
    X, w, y = m.data("X", 5, 3), m.leaf("w", 3), m.data("y", 5)
    return ((X @ w - y) ** 2).mean() + Value(0.1, name="lambda", requires_grad=False) * (w @ w)


def log_det(m):
    return np.log(tg.linalg.det(m.square("X", 3)))


def linear_trace(m):
    return np.trace(m.data("A", 4, 3) @ m.leaf("X", 3, 5) @ m.data("B", 5, 4))


def residual(m):
    return m.data("A", 4, 3) @ m.leaf("X", 3, 5) @ m.data("B", 5, 6) - m.data("C", 4, 6)


def bilinear_inverse(m):
    a, b = m.data("a", 3), m.data("b", 3)
    return a @ tg.linalg.inv(m.square("X", 3)) @ b


def attention(m):
    Q, K, V, G = m.leaf("Q", 4, 3), m.leaf("K", 6, 3), m.leaf("V", 6, 5), m.data("G", 4, 5)
    A = tg.softmax(Q @ K.T / np.sqrt(3.0), axis=1)
    A.name = "A"
    return (G * (A @ V)).sum()


def margin(m):
    X, w, y = m.data("X", 5, 3), m.leaf("w", 3), m.signs("y", 5)
    return np.log(1 + np.exp(-y * (X @ w))).sum()


def distance(m):
    return tg.linalg.norm(m.leaf("x", 4) - m.data("a", 4))


BOOK = [
    (least_squares, "w", "(2/N) Xᵀ (X w − y)"),
    (quadratic_form, "x", "(A + Aᵀ) x"),
    (logistic_regression, "w", "Xᵀ (p − y)/N"),
    (logistic_regression, "b", "𝟏ᵀ (p − y)/N"),
    (softmax_regression, "W", "Xᵀ (S − Y)/N"),
    (softmax_regression, "b", "(S − Y)ᵀ 𝟏/N"),
    (softmax_regression, "Z", "(S − Y)/N"),
    (cross_entropy, "W", "Xᵀ (softmax(Z) − Y)/N"),
    (network, "W_1", "(2/(K N)) Xᵀ ((1 − A^{⊙2}) ⊙ ((A W₂ + 𝟏 b₂ᵀ − Y) W₂ᵀ))"),
    (network, "b_1", "(2/(K N)) ((1 − A^{⊙2}) ⊙ ((A W₂ + 𝟏 b₂ᵀ − Y) W₂ᵀ))ᵀ 𝟏"),
    (network, "W_2", "(2/(K N)) Aᵀ (A W₂ + 𝟏 b₂ᵀ − Y)"),
    (network, "b_2", "(2/(K N)) (A W₂ + 𝟏 b₂ᵀ − Y)ᵀ 𝟏"),
    (ridge, "w", "(2/N) Xᵀ (X w − y) + 2 λ w"),
    (log_det, "X", "X⁻ᵀ"),
    (linear_trace, "X", "Aᵀ Bᵀ"),
    (lambda m: (residual(m) ** 2).sum(), "X", "2 Aᵀ (A X B − C) Bᵀ"),
    (lambda m: tg.linalg.norm(residual(m)) ** 2, "X", "2 Aᵀ (A X B − C) Bᵀ"),
    (bilinear_inverse, "X", "−X⁻ᵀ a bᵀ X⁻ᵀ"),
    (attention, "Q", "(A ⊙ (G Vᵀ − (A ⊙ (G Vᵀ)) 𝟏 𝟏ᵀ)) K/√3"),
    (attention, "K", "(A ⊙ (G Vᵀ − (A ⊙ (G Vᵀ)) 𝟏 𝟏ᵀ))ᵀ Q/√3"),
    (attention, "V", "Aᵀ G"),
    (margin, "w", "−Xᵀ (y ⊙ σ(−y ⊙ (X w)))"),
    (distance, "x", "(x − a)/‖x − a‖"),
]
IDS = [f"{wrt}-{text}" for _, wrt, text in BOOK]


def letters_of(derivation):
    """What all letters of a derivation hold, by how they are written: tensors, gradients, sizes."""
    graph = derivation.graph
    table = sweep(derivation.loss, 1.0)
    values = {pretty(letter): n for letter, n in graph.sizes.letters().items()}
    for name, a in {**graph.sizes.names, **derivation.letters}.items():
        node = isinstance(a, Node)
        held = a._data if node else a
        shown = derivation._lines.printer.name(name).text
        values[shown] = held
        if node and a in table:
            values[f"∂{pretty(graph.loss_name)}/∂{shown}"] = np.broadcast_to(table[a], np.shape(held))
    return values


def every_line_is_true(loss, wrt):
    """Each printed matrix line, as numbers, is what the engine has for its left-hand side."""
    derivation = derive(loss, wrt, notation="matrix")
    table = sweep(loss, 1.0)
    index = {id(step) for step in derivation._found.steps}
    lines = [step for step in derivation.steps if id(step) not in index]
    values = letters_of(derivation)
    way = 0.0
    for step in lines:
        node = step.node
        held = np.asarray(node._data)
        truth = held if step.kind == "definition" else np.broadcast_to(table[node], held.shape)
        found = value_of(step.rhs.text, values, held.shape)
        if step.kind == "path":
            way = way + found
            continue
        np.testing.assert_allclose(found, truth, rtol=1e-7, atol=1e-9, err_msg=f"{step}\n{derivation}")
        if not isinstance(way, float):
            np.testing.assert_allclose(way, truth, rtol=1e-7, atol=1e-9, err_msg=f"the paths to {step}\n{derivation}")
            way = 0.0
    return derivation


def holds_at_another_size(text, build, wrt):
    """Whether a formula found for one graph is the gradient of the same loss with other sizes and numbers."""
    loss = build(Leaves(2, 2))
    derivation = derive(loss, wrt)
    _ = derivation.steps
    node = derivation.wrt
    truth = np.broadcast_to(sweep(loss, 1.0)[node], np.shape(node._data))
    np.testing.assert_allclose(value_of(text, letters_of(derivation), truth.shape), truth, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("build", "wrt", "text"), BOOK, ids=IDS)
def test_the_forms_of_the_book(build, wrt, text):
    derivation = every_line_is_true(build(Leaves(1, 0)), wrt)
    assert derivation.matrix == text
    assert derivation.steps[-1].rhs.text == text
    holds_at_another_size(text, build, wrt)
