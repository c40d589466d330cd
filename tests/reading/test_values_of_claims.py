"""What claims are worth: functions, sums, notations that few people use, and shapes that do not go together."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.errors import MisfitError, UnreadableError
from tinygrad_edu.reading import read

pytest.importorskip("lark")
N, D, K = 5, 3, 4
RNG = np.random.default_rng(3)
AXES = {
    "y": ("N",),
    "p": ("N",),
    "X": ("N", "D"),
    "w": ("D",),
    "A": ("D", "D"),
    "S": ("N", "K"),
    "b": (),
    "col": ("N", 1),
}
SIZES = {"N": N, "D": D, "K": K}
ENV = {name: RNG.uniform(0.1, 0.9, [SIZES.get(axis, axis) for axis in axes]) for name, axes in AXES.items()}
ENV["b"] = 0.7
y, p, X, w, A, S, b, col = ENV.values()


def worth(text, target, printed=False, functions=()):
    """The values of a text's last claim in its first reading."""
    claim = read(text, AXES, printed=printed, functions=functions)[-1]
    return claim.evaluate(ENV, SIZES, target, claim.readings(target)[0])


@pytest.mark.parametrize("text", [r"X^\top (w^\top X^\top - y)^\top", r"(w^\top X^\top - y) X", r"X^\top (X w - y)"])
def test_a_row_minus_a_vector_is_a_row_or_a_column(text):
    assert np.allclose(worth(text, "D"), X.T @ (X @ w - y))


@pytest.mark.parametrize("text", ["I", "3I", "I − 𝟏𝟏ᵀ", "I ⊙ y", "y/I", "(I − 𝟏𝟏ᵀ/N)²", "y_i I", r"\exp(I)"])
@pytest.mark.parametrize("target", [("N",), (2,)])
def test_a_unit_matrix_is_no_vector_of_ones(text, target):
    with pytest.raises(MisfitError):
        worth(text, target)


def test_a_column_is_no_row_behind_a_matrix():
    with pytest.raises(MisfitError):
        worth(r"X^\top (X w - y)^\top", "D")


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("np.sign(y - 0.5) + np.floor(y) + (y >= 0.5) - np.logical_not(y < 0.5)", "N", np.sign(y - 0.5)),
        ("np.max(y, w[0]) + np.minimum(y, 0.5)", "N", np.maximum(y, w[0]) + np.minimum(y, 0.5)),
        ("np.diag(w) + np.diag(np.diag(A))", "DD", np.diag(w) + np.diag(np.diag(A))),
        ("np.outer(w, w) + np.eye(D)", "DD", np.outer(w, w) + np.eye(3)),
        ("w * np.linalg.norm(X, axis=0)", "D", w * np.linalg.norm(X, axis=0)),
        *[(text, "", np.abs(w).sum()) for text in ("norm(w, 1)", "LA.norm(w, ord=1)", "w.norm(p=1)", "w.norm(1)")],
        ("linalg.norm(w) + LA.norm(w, np.inf) + norm(w, -1)", "", sum(np.linalg.norm(w, n) for n in (2, np.inf, -1))),
        ("np.linalg.norm(X, 1) + np.linalg.norm(X, 'fro')", "", np.linalg.norm(X, 1) + np.linalg.norm(X)),
        ("torch.norm(X, p=1) + torch.norm(X, 'fro')", "", X.sum() + np.linalg.norm(X)),
        ("norm(X, axis=1, keepdims=True)[:, 0]", "N", np.linalg.norm(X, axis=1)),
        ("norm(X[i], axis=0) + sum(X[i], axis=-1)", "N", np.linalg.norm(X, axis=1) + X.sum(axis=1)),
        ("linalg.inv(A) @ w / linalg.det(A)", "D", np.linalg.solve(A, w) / np.linalg.det(A)),
        ("leaky_relu(y - 0.5, 0.2) + elu(y, 2)", "N", np.where(y > 0.5, 1, 0.2) * (y - 0.5) + y),
        ("np.linalg.inv(A) @ w", "D", np.linalg.inv(A) @ w),
        ("np.einsum('ij,j->i', X, w)", "N", X @ w),
        ("y * np.expand_dims(p, 1)[:, 0]", "N", y * p),
        ("np.expand_dims(y, axis=1)[:, 0]", "N", y),
        ("logit(y) + cot(p) - sec(p) + csc(p)", "N",
         np.log(y / (1 - y)) + 1 / np.tan(p) - 1 / np.cos(p) + 1 / np.sin(p)),
        ("np.ones((5,)) * y + np.zeros_like(y)", "N", y),
        ("np.ones(y.shape) * y", "N", y),
        ("w * np.trace(A) + leaky_relu(w)", "D", w * np.trace(A) + w),
        ("np.sum(S, axis=(0, 1)) * y + y.size + np.size(y)", "N", S.sum() * y + 10),
        ("float(b) * y + int(2)", "N", b * y + 2),
        ("y if b > 0 else p", "N", y),
        ("((y > 0.5) & (p > 0.5)) * y", "N", ((y > 0.5) & (p > 0.5)) * y),
        ("S[:, 0] * S[..., 1]", "N", S[:, 0] * S[:, 1]),
        ("S[:, :, None][:, 1, 0]", "N", S[:, 1]),
        ("S[:, -1] + S[1:, 0].sum() + +y.item()", "N", S[:, -1] + S[1:, 0].sum() + y),
        ("y[i] * S[i, 0]", "N", y * S[:, 0]),
        ("softmax(S)[:, 0] + np.var(y)", "N", tg.softmax(S, axis=1)[:, 0] + y.var()),
        ("nn.functional.relu(y - .5)", "N", np.maximum(y - 0.5, 0)),
        ("X.flatten()[:5] + X.t()[0]", "N", X.ravel()[:5] + X[:, 0]),
        ("y.dot(p) * y", "N", y @ p * y),
        ("np.sum(y, 0) * y", "N", y.sum() * y),
        ("np.transpose(X) @ y", "D", X.T @ y),
        ("X.size * y", "N", 15 * y),
        (r"\sum_{i=1}^{N} 1 \cdot w_j", "D", N * w),
        (r"\sum_{k=1}^{3} b", "", 3 * b),
        (r"\sum_i S_{ik}", "K", S.sum(axis=0)),
        (r"\sum (y - p) x", "D", X.T @ (y - p)),
        (r"\sum_{i \in \mathcal{D}} (y_i - p_i) x_i", "D", X.T @ (y - p)),
        (r"\sum_{i \in \{1, \dots, N\}} y_i x_i", "D", X.T @ y),
        (r"\max_i y_i", "", y.max()),
        (r"\|w\|_F + \|w\|_2 + \|w\|_1", "", 2 * np.linalg.norm(w) + w.sum()),
        (r"\|b\|", "", b),
        (r"\|w\|^2 w", "D", w @ w * w),
        (r"\tanh^2(y) + \sin^2 y", "N", np.tanh(y) ** 2 + np.sin(y) ** 2),
        (r"\log_{10} y + \log_e y", "N", np.log10(y) + np.log(y)),
        (r"y^{(2)} y_1", "", y[1] * y[0]),
        (r"\mathrm{diag}(w) w", "D", w * w),
        (r"A'' w", "D", A @ w),
        (r"\operatorname{softmax}(S)_{i1}", "N", tg.softmax(S, axis=1)[:, 0]),
        (r"\delta_{k2} y_i", "NK", np.outer(y, np.eye(K)[1])),
        (r"y \otimes w", "ND", np.outer(y, w)),
        (r"y \otimes y", "N", y * y),
        (r"X_{:,1}", "N", X[:, 0]),
        (r"\{y + p\} \sqrt y + \frac{y}{p} 2", "N", (y + p) * np.sqrt(y) + 2 * y / p),
        (r"\langle w, w \rangle w", "D", w @ w * w),
        (r"{y \over p}", "N", y / p),
        (r"√y + √(p) + y⊘p", "N", np.sqrt(y) + np.sqrt(p) + y / p),
        (r"\log y p^2", "N", np.log(y * p**2)),
        (r"-\exp -y", "N", -np.exp(-y)),
        (r"1\{y_i \neq p_i\}", "N", np.ones(N)),
        (r"\mathbf{1}_{[y_i > p_i]}", "N", 1.0 * (y > p)),
        (r"\mathbb{1}[y \not= p]", "N", np.ones(N)),
        (r"\substack{y} + \hspace{2pt} p % why", "N", y + p),
        ("1[y >= p] + 1[y == p] + 1[y ≤ p]", "N", np.ones(N)),
        ("y^-1 + y**2 + y^(2)", "N", 1 / y + y**2 + y[1]),
        ("(X^T X) w", "D", X.T @ X @ w),
        ("y² + y⁻¹", "N", y**2 + 1 / y),
        ("N y / (1 × N)", "N", y),
        (r"\sigma(S)_{i1}", "N", tg.softmax(S, axis=1)[:, 0]),
        ("2𝟏", "N", np.full(N, 2.0)),
        ("(I − 𝟏𝟏ᵀ/N) X", "ND", X - X.mean(axis=0)),
        ("(2I − 𝟏𝟏ᵀ)/N y", "N", (2 * y - y.sum()) / N),
        ("-X (𝟏𝟏ᵀ/D − I)ᵀ", "ND", X - X.mean(axis=1, keepdims=True)),
        ("I − 2𝟏𝟏ᵀ", "DD", np.eye(3) - 2),
        ("I + I − 𝟏wᵀ", "DD", 2 * np.eye(3) - w),
        ("(w𝟏ᵀ − I) A", "DD", np.outer(w, A.sum(axis=0)) - A),
        ("I ⊙ A + I I − 1/N I", "DD", np.diag(np.diag(A)) + 0.8 * np.eye(3)),
        ("I b", "", b),
    ],
)  # fmt: skip
def test_what_a_claim_is_worth(text, target, expected):
    found = worth(text, tuple(target), functions=["softmax"] if "sigma" in text else ())
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("Sum(X[i, j]*w[j], (j, 1, D))", "N", X @ w),
        ("Sum(y[j], (j, 1, i))", "N", np.cumsum(y)),
        ("Product(y[j], (j, 1, N))*y[i]", "N", y.prod() * y),
        ("Piecewise((y[i], y[i] > p[i]), (p[i], True))", "N", np.maximum(y, p)),
        ("Piecewise((y[i], y[i] > 2))", "N", np.zeros(N)),
        ("Max(y[i], p[i], 0.5) - Min(y[i], p[i])", "N", np.maximum(np.maximum(y, p), 0.5) - np.minimum(y, p)),
        ("ITE(Ge(y[i], p[i]), y[i], p[i])", "N", np.maximum(y, p)),
        ("Ne(i, 2)*y[i]", "N", y * (np.arange(5) != 1)),
        ("KroneckerDelta(i, j)*y[i]", "NN", np.diag(y)),
        ("Piecewise((y[i], (y[i] > p[i]) | (y[i] > 0)), (0, True))", "N", y),
        ("Largest(S[i, k], (k, 1, K)) + False", "N", S.max(axis=1)),
    ],
)  # fmt: skip
def test_what_sympy_prints_is_worth(text, target, expected):
    np.testing.assert_allclose(worth(text, tuple(target), printed=True), expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("np.exp(y, p)", "exp takes 1 argument, not 2"), ("np.sum(y, p)", "sum takes one argument, not 2"),
        ("softmax(b)", "softmax of a single number"), ("np.sum(y, axis=3)", "axis"),
        (r"\operatorname{trace}(w)", "the trace of"),
        (r"\operatorname{diag}(b)", "diag of a part"), ("np.ones(-2) * y", "an array of lengths [-2]"),
        ("np.einsum('ij,j->i', X, X)", "einsum 'ij,j->i' of parts of shapes"), ("np.ravel(X[i])", "whole arrays"),
        (r"\sum_{i=0}^{N} y_i", "has 6 terms"),
        (r"\sum_{i=3}^{9} y_i", "Σ from 3 to 9"), (r"\sum_{i=1}^{w} y_i", "the limits of a Σ are numbers"),
        (r"y_i X_{ji} + S_{ij}", "the index i goes to"), (r"X_{ii}", "the index i goes to"),
        ("y_9", "there is no entry 9"),
        ("b @ w", "a single number has no axis to sum over"), (r"(X + I) w", "a unit matrix and"),
        (r"\frac{\partial L}{\partial w} y", "the gradient at w, which is not at hand"),
        ("X.shape[7] * y", "there is no axis 7"),
        ("norm(w, ddof=1)", "norm is not read with 1 argument, ddof="),
        ("X[9] + w", "out of bounds"), ("clip(y)", "clip is not read with 1 arg"), (r"b_i", "a part that is a number"),
        (r"y_{ijk}", "3 subscripts on a part"), (r"A^{-1} y", "product of a part"), (r"\sum_{i,j} y_i", "Σ over j"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_said(text, said):
    claim = read(text, AXES)[-1]
    with pytest.raises(MisfitError) as caught:
        claim.evaluate(ENV, SIZES, ("N",))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"\log_3 y", "a logarithm to this base"), (r"\sum_{|i| < j} y_i", "what stands under this Σ"),
        (r"\sum_{i+1} y_i", "what stands under this Σ"), (r"\|w\|_3", "norms read are those of order"),
        (r"\sin^k y", "this exponent on a function"), (r"\sin\top (y)", "a function is not transposed"),
        (r"\max' (y)", "the derivative of max is not read"), (r"\sin''(y)", "second derivatives of a function"),
        (r"\delta_{ijk}", "δ with two indices"), (r"y_{}", "an empty subscript"),
        (r"y^{[3]}", "a layer that no name has"),
        (r"y_{\mathbf{1}}", "subscript '𝟏' is not read"), (r"y^{*}", "a star as an exponent"),
        ("y^*", "a star as an exponent"),
        (r"\mathbb{1}_{k}", "1 with a subscript that is no condition"), ("|y", "this bar is never closed"),
        ("y)|", "closes none"),
        (r"\lVert y \rvert", "this bar closes none"), ("_i y", "nothing stands before this script"),
        (r"y \not y", r"\not before"),
        ("y \\", "a backslash at the end"), (r"\% y", "is not part of a formula"), (r"\; \! \" y", "is not known"),
        (r"\sqrt", "something is missing"), ("日 y\\frac12", "is not part of a formula"),
        ("9" * 301 + r"\cdot y", "too large"),
        (r"\softmax_i", ""), ("y_i = = p", "nothing stands on this side"), ("True", "not a number"),
        ("1e999", "too large"),
        ("np.exp(3[0])", "a number has no entries"), ("y.shape", ""), ("len(y, p)", "one argument is expected"),
        ("np.exp(y.foo)", ".foo is not read"),
        ("np.exp(y(2))", "is a tensor, not a function"), ("np.einsum('i..', y)", "this einsum is not read"),
        ("np.dot(y, p, axis=0)", "takes no axis="),
        ("np.exp()", "of nothing"), ("np.exp(y, keepdims=True)", "takes no keepdims="), ("y in p", ""),
        ("np.where(y > 0 & p < 1, y, p)", "bind more tightly than a comparison"),
        ("np.where(y and p < 1, y, p)", "and joins comparisons"),
        ("np.exp(y ^ 2)", "a power is written **"), ("np.exp(X[y:p])", "a whole number is expected"),
        ("np.sum(y, axis='0')", "a whole number"),
        ("y \x00", ""), ("lambda: 0", ""), ("np.exp(y.foo())", "not part of a formula"),
        (r"\frac{\partial y}{\partial p}", "still to be taken"),
        (r"y \partial_w q", "still to be taken"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(text, said):
    with pytest.raises(UnreadableError) as caught:
        read(text, AXES)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Sum(y[j], j)", "(index, first, last) is expected"),
        ("Piecewise(y[i])", "(value, condition) is expected"),
        ("Sum(y[0], (j, 1, N))", "places count from 1"),
    ],
)
def test_what_sympy_does_not_print_is_refused(text, said):
    with pytest.raises(UnreadableError) as caught:
        read(text, AXES, printed=True)
    assert said in str(caught.value)


def test_a_claim_that_is_no_text_is_refused():
    with pytest.raises(UnreadableError, match="is a str, not int"):
        read(3, AXES)
