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


# ── others ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def columns(m):
    return ((m.leaf("X", 5, 3) @ m.leaf("w", 3, 1) - m.data("y", 5, 1)) ** 2).mean()


def with_a_row(m):
    return ((m.data("X", 5, 3) @ m.leaf("W", 3, 4) + m.leaf("b", 1, 4) - m.data("Y", 5, 4)) ** 2).sum()


def entropy(m):
    p = tg.softmax(m.leaf("x", 4))
    p.name = "p"
    return (p * np.log(p)).sum()


def gram(m):
    X = m.leaf("X", 4, 3)
    return ((X.T @ X) ** 2).sum()


def bell(m):
    x = m.leaf("x", 4)
    return np.exp(-(x @ m.data("A", 4, 4) @ x) / 2)


def cosine(m):
    x, a = m.leaf("x", 4), m.data("a", 4)
    return (x @ a) / (tg.linalg.norm(x) * tg.linalg.norm(a))


def normalised(m):
    X, G = m.leaf("X", 4, 3), m.data("G", 4, 3)
    mu = X.mean(axis=1, keepdims=True)
    mu.name = "mu"
    s = np.sqrt(((X - mu) ** 2).mean(axis=1, keepdims=True) + 0.1)
    s.name = "s"
    return (G * ((X - mu) / s)).sum()


def layer_norm(m):
    X, G = m.leaf("X", 4, 3), m.data("G", 4, 3)
    mu = X.mean(axis=1, keepdims=True)
    mu.name = "mu"
    centred = X - mu
    sigma = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
    sigma.name = "sigma"
    xhat = centred / sigma
    xhat.name = "xhat"
    return (G * xhat).sum()


def batch_norm(m):
    X, G, gamma, beta = m.leaf("X", 5, 3), m.data("G", 5, 3), m.leaf("gamma", 3), m.leaf("beta", 3)
    mu = X.mean(axis=0)
    mu.name = "mu"
    var = ((X - mu) ** 2).mean(axis=0)
    var.name = "var"
    xhat = (X - mu) / np.sqrt(var + 1e-5)
    xhat.name = "xhat"
    return (G * (gamma * xhat + beta)).sum()


def solution(m):
    return (m.data("c", 3) * tg.linalg.solve(m.square("A", 3), m.leaf("b", 3))).sum()


def log_det_of_gram(m):
    X = m.leaf("X", 5, 3)
    return np.log(tg.linalg.det(X.T @ X))


def hinge(m):
    return np.maximum(0, 1 - m.signs("y", 5) * (m.data("X", 5, 3) @ m.leaf("w", 3))).sum()


def quadratic_trace(m):
    X = m.leaf("X", 4, 3)
    return np.trace(X.T @ m.data("A", 4, 4) @ X)


def outer_product(m):
    return ((np.outer(m.leaf("u", 4), m.leaf("v", 3)) - m.data("M", 4, 3)) ** 2).sum()


def factors(m):
    return ((m.leaf("U", 4, 2) @ m.leaf("V", 3, 2).T - m.data("M", 4, 3)) ** 2).sum()


def weighted(m):
    return (m.data("s", 5) * (m.data("X", 5, 3) @ m.leaf("w", 3) - m.data("y", 5)) ** 2).sum()


def poisson(m):
    z = m.data("X", 5, 3) @ m.leaf("w", 3)
    return (np.exp(z) - m.data("y", 5) * z).sum()


def gaussian(m):
    r, S = m.data("x", 3) - m.leaf("mu", 3), m.square("S", 3)
    return r @ tg.linalg.inv(S) @ r / 2 + np.log(tg.linalg.det(S)) / 2


def covariance(m):
    X = m.leaf("X", 5, 3)
    C = X - X.mean(axis=0)
    return ((C.T @ C) ** 2).sum()


def skipping(m):
    X = m.data("X", 5, 3)
    H = X + np.tanh(X @ m.leaf("W", 3, 3))
    return (H * H).sum()


def column_softmax(m):
    return (m.data("G", 4, 3) * tg.softmax(m.leaf("Z", 4, 3), axis=0)).sum()


def squares_apart(m):
    return (np.diagonal(m.leaf("A", 3, 3)) * m.data("u", 3)).sum()


LONG = "diag(1 ⊘ s) (G − (1/D) diag(((G ⊙ (X − μ 𝟏ᵀ)) 𝟏) ⊘ s^{⊙2}) (X − μ 𝟏ᵀ) − G 𝟏 𝟏ᵀ/D)"
OTHERS = [
    (columns, "X", "(2/N) (X w − y) wᵀ"),
    (columns, "w", "(2/N) Xᵀ (X w − y)"),
    (with_a_row, "W", "2 Xᵀ (X W + 𝟏 b − Y)"),
    (with_a_row, "b", "2 𝟏ᵀ (X W + 𝟏 b − Y)"),
    (entropy, "x", "p ⊙ (1 + log p − (pᵀ (1 + log p)) 𝟏)"),
    (gram, "X", "4 X Xᵀ X"),
    (bell, "x", "−(1/2) exp(−xᵀ A x/2) (A + Aᵀ) x"),
    (cosine, "x", "(‖x‖² a − (xᵀ a) x)/(‖x‖³ ‖a‖)"),
    (normalised, "X",
     LONG),
    (layer_norm, "X", "(1/D) diag(1 ⊘ σ) (D G − G 𝟏 𝟏ᵀ − diag((G ⊙ x̂) 𝟏) x̂)"),
    (batch_norm, "X", "(1/N) (N G − 𝟏 𝟏ᵀ G − x̂ diag((G ⊙ x̂)ᵀ 𝟏)) diag(γ ⊘ √(var + 1e−5))"),
    (batch_norm, "gamma", "(G ⊙ x̂)ᵀ 𝟏"),
    (solution, "A", "−A⁻ᵀ c bᵀ A⁻ᵀ"),
    (solution, "b", "A⁻ᵀ c"),
    (log_det_of_gram, "X", "2 X (Xᵀ X)⁻¹"),
    (hinge, "w", "−Xᵀ (y ⊙ 1[1 − y ⊙ (X w) ≥ 0])"),
    (quadratic_trace, "X", "(A + Aᵀ) X"),
    (outer_product, "u", "2 (u vᵀ − M) v"),
    (outer_product, "v", "2 (u vᵀ − M)ᵀ u"),
    (factors, "U", "2 (U Vᵀ − M) V"),
    (factors, "V", "2 (U Vᵀ − M)ᵀ U"),
    (weighted, "w", "2 Xᵀ (s ⊙ (X w − y))"),
    (poisson, "w", "Xᵀ (exp(X w) − y)"),
    (gaussian, "mu", "−(S⁻¹ + S⁻ᵀ) (x − μ)/2"),
    (gaussian, "S", "(S⁻ᵀ − S⁻ᵀ (x − μ) (x − μ)ᵀ S⁻ᵀ)/2"),
    (covariance, "X",
     "4 (X − 𝟏 𝟏ᵀ X/N) (X − 𝟏 𝟏ᵀ X/N)ᵀ (X − 𝟏 𝟏ᵀ X/N) − (4/N) 𝟏 𝟏ᵀ (X − 𝟏 𝟏ᵀ X/N) (X − 𝟏 𝟏ᵀ X/N)ᵀ (X − 𝟏 𝟏ᵀ X/N)"),
    (skipping, "W", "2 Xᵀ ((1 − (tanh(X W))^{⊙2}) ⊙ (X + tanh(X W)))"),
    (column_softmax, "Z", "softmax(Zᵀ)ᵀ ⊙ (G − 𝟏 𝟏ᵀ (G ⊙ softmax(Zᵀ)ᵀ))"),
    (squares_apart, "A", "diag(u)"),
    (lambda m: tg.logsumexp(m.leaf("Z", 5, 3), axis=1).sum(), "Z", "softmax(Z)"),
    (lambda m: m.leaf("x", 4).mean(), "x", "𝟏/N"),
    (lambda m: m.leaf("X", 4, 3).sum(), "X", "𝟏 𝟏ᵀ"),
    (lambda m: (m.leaf("X", 4, 3) ** 2).sum(), "X", "2 X"),
    (lambda m: tg.linalg.det(m.square("A", 3)), "A", "det(A) A⁻ᵀ"),
    (lambda m: tg.linalg.slogdet(m.square("X", 3)).logabsdet, "X", "X⁻ᵀ"),
    (lambda m: tg.relu(m.data("X", 5, 3) @ m.leaf("W", 3, 4)).sum(), "W", "Xᵀ 1[X W > 0]"),
    (lambda m: np.trace(tg.linalg.inv(m.square("X", 3))), "X", "−X⁻ᵀ X⁻ᵀ"),
    (lambda m: ((m.leaf("x", 4) - m.data("y", 4)) ** 2).sum() / 2, "x", "x − y"),
    (lambda m: np.abs(m.leaf("W", 3, 4)).sum(), "W", "sign(W)"),
    (lambda m: (m.data("a", 4) * tg.softplus(m.leaf("x", 4))).sum(), "x", "a ⊙ σ(x)"),
    (lambda m: tg.linalg.norm(m.leaf("A", 3, 3) @ m.data("x", 3)), "A", "A x xᵀ/‖A x‖"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "wrt", "text"), OTHERS)
def test_others(build, wrt, text):
    derivation = every_line_is_true(build(Leaves(1, 0)), wrt)
    assert derivation.matrix == text
    holds_at_another_size(text, build, wrt)


@pytest.mark.parametrize(
    ("build", "wrt"),
    [
        (lambda m: (m.leaf("x", 2, 3, 4) ** 2).sum(), "x"),
        (lambda m: m.leaf("X", 4, 3).max(axis=1).sum(), "X"),
        (lambda m: (m.leaf("x", 4)[1:] * m.leaf("y", 4)[:-1]).sum(), "x"),
        (lambda m: np.cumsum(m.leaf("x", 4)).sum(), "x"),
        (lambda m: np.prod(m.leaf("x", 4)), "x"),
        (lambda m: np.einsum("ij,ik,il,jk,jl,kl->", m.leaf("A", 3, 3), *(m.data(name, 3, 3) for name in "BCDEF")), "A"),
        (lambda m: tg.losses.cross_entropy(m.leaf("Z", 4, 3), m.rng.integers(0, 3, size=4 + m.more)), "Z"),
    ],
)
def test_what_has_no_matrix_form_stays_in_indices(build, wrt):
    loss = build(Leaves(1, 0))
    derivation = derive(loss, wrt, notation="matrix")
    assert derivation.matrix is None
    assert derivation.steps[-1].text == derive(loss, wrt).steps[-1].text


def test_the_reasons():
    derivation = derive(network(Leaves(1, 0)), "b_1", notation="matrix")
    reasons = {step.text: step.reason for step in derivation.steps}
    assert reasons["∂L/∂b₁ = (∂L/∂Z₁)ᵀ 𝟏"] == "add: summed over the samples, along which b₁ was broadcast"
    assert reasons["∂L/∂A = ∂L/∂Z₂ W₂ᵀ"] == "matmul"
    assert reasons["∂L/∂Z₁ = ∂L/∂A ⊙ (1 − A^{⊙2})"] == "tanh, entry by entry"
    assert reasons["∂L/∂Z₂ = (2/(K N)) (Z₂ − Y)"] == "mean; power, then the chain rule for Z₂ − Y"
    steps = derive(softmax_regression(Leaves(1, 0)), "Z", notation="matrix").steps
    assert steps[-1].reason == "Y 𝟏 = 𝟏 in the data: each row is one-hot, or a distribution"
    assert all("𝟏" not in step.reason.replace("Y 𝟏 = 𝟏", "") for step in steps)


def test_letters_made_up_for_matrices_are_capitals():
    """Those of vectors are small, and the user's own names are as they are."""
    m = Leaves(1, 0)
    hidden = np.tanh(m.data("X", 5, 3) @ m.leaf("W", 3, 4)) @ m.leaf("v", 4)
    steps = derive((hidden**2).mean(), "W", "matrix").steps
    assert [step.text for step in steps][:3] == ["Z₁ = X W", "A = tanh Z₁", "z₂ = A v"]
    derivation = derive((hidden**2).mean(), "W")
    assert [derivation.check(claim).ok for claim in (derivation.steps[-1].text, derivation.matrix)] == [True, True]


def test_the_notation_is_chosen_once_or_where_latex_is_asked_for():
    loss = least_squares(Leaves(1, 0))
    index, matrix = derive(loss, "w"), derive(loss, "w", notation="matrix")
    assert index.matrix == matrix.matrix == "(2/N) Xᵀ (X w − y)"
    assert index.latex("matrix") == matrix.latex() == matrix.latex("matrix")
    assert matrix.latex("index") == index.latex()
    assert index.formula == matrix.formula
    assert str(index) != str(matrix)
    assert r"\frac{\partial L}{\partial w} &= \frac{2}{N} X^\top \left(X w - y\right)" in matrix.latex()
    with pytest.raises(ValueError, match='notation is "index" or "matrix", not \'matrices\''):
        derive(loss, "w", notation="matrices")
    with pytest.raises(ValueError, match="notation is"):
        index.latex("indices")


# ── read back ─────────────────────────────────────────────────────────────────────────────────────────────────────────

# What is left out: LONG, and (Xᵀ X)⁻¹, which does not exist at the sizes with fewer rows than columns.
READ_BACK = [case for case in [*BOOK, *OTHERS] if case[2] not in (LONG, "2 X (Xᵀ X)⁻¹")]


@pytest.mark.parametrize(("build", "wrt", "text"), READ_BACK)
def test_our_own_check_accepts_the_last_line(build, wrt, text):
    derivation = derive(build(Leaves(1, 0)), wrt, notation="matrix")
    last = derivation.steps[-1]
    assert derivation.matrix == text
    for line in (derivation.matrix, last.text, last.latex):
        verdict = derivation.check(line)
        assert verdict.ok, (line, verdict.message)
