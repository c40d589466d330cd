"""Our own check accepts the lines that a derivation prints, and refuses them once something in them is wrong."""

import numpy as np
import pytest
from test_jacobians import layer, quadratic_form, two_layers, unit
from test_matrices import (
    Leaves,
    batch_norm,
    bilinear_inverse,
    columns,
    cross_entropy,
    distance,
    entropy,
    factors,
    gaussian,
    hinge,
    layer_norm,
    least_squares,
    linear_trace,
    log_det,
    log_det_of_gram,
    logistic_regression,
    margin,
    network,
    normalised,
    quadratic_trace,
    ridge,
    softmax_regression,
    solution,
    squares_apart,
    weighted,
)

import tinygrad_edu as tg
from tinygrad_edu import derive
from tinygrad_edu.shell.formula import recording


def rectified(m):
    return tg.relu(m.leaf("x", 4))


def running(m):
    return (np.cumsum(m.leaf("x", 4)) ** 2).sum()


def steps_between(m):
    x = m.leaf("x", 5)
    return ((x[1:] - x[:-1]) ** 2).sum()


def determinant(m):
    return tg.linalg.det(m.square("A", 3))


def mean_of_products(m):
    return (m.leaf("X", 4, 3) @ m.leaf("W", 3, 2)).mean()


def squares_of_means(m):
    return (np.mean(m.leaf("X", 4, 3) @ m.leaf("W", 3, 2) + m.leaf("b", 2), axis=0) ** 2).sum()


def squares_of_means_of_sums(m):
    X, W = m.leaf("X", 4, 3), m.leaf("W", 3, 2)
    return (np.mean(m.data("Y", 4, 2) + X @ W + X @ W, axis=0) ** 2).sum()


def deviation(m):
    return np.std(m.leaf("X", 4, 3) @ m.leaf("w", 3))


def trace_and_sum(m):
    X, W = m.leaf("X", 4, 3), m.leaf("W", 3, 2)
    return np.trace(W.T @ W) + (m.leaf("s") * (X @ W)).sum()


def long_sums(m):  # whose second derivative has as many indices as there are letters below the line
    return (m.data("Y", 4, 2) ** 2).mean() / (m.leaf("X", 4, 3) @ m.leaf("w", 3)).sum()


def larger_of_two(m):
    return (np.maximum(m.leaf("x", 4), m.leaf("y", 4)) ** 2).sum()


def one_class(m):
    return tg.softmax(m.leaf("Z", 5, 3))[:, 0].mean()


def one_class_of_columns(m):
    S = tg.softmax(m.leaf("Z", 5, 3), axis=0)
    return (S[:, 0] ** 2).sum() + S[0].mean()


def one_of_each_class(m):
    Z = m.leaf("Z", 5, 3)
    return (tg.softmax(Z, axis=0)[:, 0] * Z[:, 1]).mean() + (tg.softmax(Z)[0] ** 2).sum()


def two_columns(m):
    Z = m.leaf("X", 5, 4) @ m.leaf("W", 4, 3)
    return (Z[:, 0] * Z[:, 1]).mean()


def two_rows(m):
    Z = m.leaf("X", 5, 4) @ m.leaf("W", 4, 3)
    return (Z[0] * Z[1]).mean()


def probabilities(m):
    return tg.softmax(m.leaf("W", 4, 3) @ m.data("x", 3) + m.leaf("b", 4))


def variance(m):
    return np.var(m.leaf("x", 4))


def spread(m):
    return np.std(m.leaf("x", 4))


def neighbours(m):
    x = m.leaf("x", 5)
    return (x[1:] * x[:-1]).sum()


def penalty(m):
    """Σ |w| as one entry of an array, as norm(w, 1) has it; nearly a number on paper."""
    w = m.leaf("w", 3)
    s = np.abs(w).sum(axis=0, keepdims=True)
    return ((m.data("X", 5, 3) @ w - m.data("y", 5)) ** 2).mean() + (m.data("lam") * s).sum()


def bare_labels(m):
    return tg.losses.binary_cross_entropy_with_logits(m.leaf("X", 5, 3) @ m.leaf("w", 3), np.array([1.0, 0, 0, 1, 1]))


CASES = [
    (penalty, "w"),
    (one_class, "Z"), (one_class_of_columns, "Z"), (one_of_each_class, "Z"), (two_columns, "W"), (two_rows, "W"),
    (bare_labels, "w"), (probabilities, "b"), (probabilities, "W"),
    (deviation, "X"), (larger_of_two, "x"), (mean_of_products, "X"), (mean_of_products, "W"), (squares_of_means, "X"),
    (squares_of_means, "W"),
    (least_squares, "w"), (logistic_regression, "b"), (softmax_regression, "W"), (cross_entropy, "W"),
    (network, "W_1"), (ridge, "w"), (linear_trace, "X"), (margin, "w"), (entropy, "x"), (factors, "U"), (hinge, "w"),
    (squares_apart, "A"), (weighted, "w"), (batch_norm, "X"), (quadratic_trace, "X"), (log_det, "X"),
    (determinant, "A"), (log_det_of_gram, "X"), (bilinear_inverse, "X"), (gaussian, "S"), (columns, "w"),
    (normalised, "X"), (layer_norm, "X"), (layer, "x"), (layer, "W"), (two_layers, "x"), (unit, "x"), (rectified, "x"),
    (running, "x"), (steps_between, "x"),
]  # fmt: skip
TWICE = [
    (variance, "x"), (spread, "x"), (neighbours, "x"),
    (trace_and_sum, "W"), (long_sums, "X"),
    (squares_of_means_of_sums, "X"), (squares_of_means, "X"),
    (least_squares, "w"), (logistic_regression, "w"), (logistic_regression, "b"), (softmax_regression, "b"),
    (quadratic_form, "x"), (distance, "x"), (network, "b_2"),
]  # fmt: skip


def every_line_is_accepted(derivation, form):
    """A definition that nothing refers to, and a line of one of several paths, have no verdict."""
    steps = [step for step in derivation.steps if step.kind != "path"]
    verdicts = derivation.check_lines([getattr(step, form) for step in steps])
    wrong = [(str(step), v.message) for step, v in zip(steps, verdicts, strict=True) if v.ok is False]
    assert not wrong
    unjudged = [str(s) for s, v in zip(steps, verdicts, strict=True) if s.kind in ("gradient", "local") and not v.ok]
    assert not unjudged
    assert verdicts[-1].ok


@pytest.mark.parametrize("notation", ["index", "matrix"])
@pytest.mark.parametrize(("build", "wrt"), CASES, ids=[f"{build.__name__}-{wrt}" for build, wrt in CASES])
def test_every_printed_line_is_accepted(build, wrt, notation):
    form = "latex" if notation == "matrix" and build is not margin else "text"
    every_line_is_accepted(derive(build(Leaves(1, 0)), wrt, notation), form)


@pytest.mark.parametrize("form", ["text", "latex"])
@pytest.mark.parametrize("wrt", ["z", "T"])
def test_so_is_a_second_derivative_at_the_entry_of_a_class(form, wrt):
    loss = recording("-log(softmax(z/T)[y])", wrt=["z", "T"]).loss
    derivation = derive(loss, wrt, order=2)
    assert any("t₁[y]" in step.text for step in derivation.steps if step.kind == "gradient")
    every_line_is_accepted(derivation, form)


@pytest.mark.parametrize("notation", ["index", "matrix"])
@pytest.mark.parametrize(("build", "wrt"), TWICE, ids=[f"{build.__name__}-{wrt}" for build, wrt in TWICE])
def test_so_is_every_line_of_a_second_derivative(build, wrt, notation):
    derivation = derive(build(Leaves(1, 0)), wrt, notation, order=2)
    every_line_is_accepted(derivation, "text" if notation == "matrix" else "latex")


# Lines that nobody would write, and that are not read: solve in index notation, the two results of slogdet
NOT_READ = [
    (solution, "A", "index", 2), (solution, "b", "index", 2),
    (lambda m: tg.linalg.slogdet(m.square("X", 3)).logabsdet, "X", "matrix", 2),
]  # fmt: skip


@pytest.mark.parametrize(("build", "wrt", "notation", "count"), NOT_READ, ids=["solve-A", "solve-b", "slogdet"])
def test_the_lines_that_are_not_read_are_these(build, wrt, notation, count):
    derivation = derive(build(Leaves(1, 0)), wrt, notation)
    verdicts = derivation.check_lines([step.text for step in derivation.steps])
    judged = [step.kind != "definition" or v.ok is False for step, v in zip(derivation.steps, verdicts, strict=True)]
    assert sum(counts and not v.ok for counts, v in zip(judged, verdicts, strict=True)) == count


def test_layer_normalisation_in_matrices():
    derivation = derive(layer_norm(Leaves(1, 0)), "X", "matrix")
    assert derivation.check(derivation.matrix).ok


# ── lines that are nearly those ───────────────────────────────────────────────────────────────────────────────────────

# In each group the first line is right, and the others have one thing wrong.
NEARLY = [
    (mean_of_products, "X", 1, [
        "∂L/∂X = 𝟏 𝟏ᵀ Wᵀ/(K N)", "∂L/∂X = 𝟏 𝟏ᵀ W/(K N)", "∂L/∂X = Wᵀ 𝟏 𝟏ᵀ/(K N)", "∂L/∂X = 𝟏 𝟏ᵀ Wᵀ/N",
        "∂L/∂X = 𝟏 𝟏ᵀ/(K N)", "∂L/∂X = −𝟏 𝟏ᵀ Wᵀ/(K N)", "∂L/∂X = 𝟏ᵀ Wᵀ/(K N)",
    ]),
    (trace_and_sum, "W", 2, [
        "∂²L/∂Wᵢⱼ∂Wₖₗ = 2 δᵢₖ δⱼₗ", "∂²L/∂Wᵢⱼ∂Wₖₗ = 2 δᵢₗ δⱼₖ", "∂²L/∂Wᵢⱼ∂Wₖₗ = δᵢₖ δⱼₗ", "∂²L/∂Wᵢⱼ∂Wₖₗ = 2 δᵢₖ",
    ]),
    (squares_of_means, "W", 1, [
        "∂L/∂W = (2/N²) Xᵀ (𝟏 𝟏ᵀ) (X W + 𝟏 bᵀ)", "∂L/∂W = (2/N²) Xᵀ 𝟏 𝟏ᵀ X W", "∂L/∂W = (2/N²) Xᵀ (X W + 𝟏 bᵀ)",
        "∂L/∂W = (2/N) Xᵀ 𝟏 𝟏ᵀ (X W + 𝟏 bᵀ)",
    ]),
    (squares_of_means, "X", 1, [
        "∂L/∂X = (2/N²) 𝟏 𝟏ᵀ X W Wᵀ + (2/N) 𝟏 bᵀ Wᵀ", "∂L/∂X = (2/N²) 𝟏 𝟏ᵀ X W Wᵀ + (2/N) bᵀ Wᵀ 𝟏",
        "∂L/∂X = (2/N²) 𝟏 𝟏ᵀ X W Wᵀ",
    ]),
    (bilinear_inverse, "X", 1, [
        "∂L/∂(X⁻¹) = a bᵀ", "∂L/∂(X⁻¹) = b aᵀ", "∂L/∂(X⁻¹) = −a bᵀ", "∂L/∂(X⁻¹) = 2 a bᵀ", "∂L/∂(X⁻ᵀ) = a bᵀ",
        "∂L/∂(X) = a bᵀ",
    ]),
    (bilinear_inverse, "X", 1, [
        "∂L/∂(X⁻¹)ᵢⱼ = aᵢ bⱼ", "∂L/∂(X⁻¹)ᵢⱼ = aⱼ bᵢ", "∂L/∂(X⁻¹)ⱼᵢ = aᵢ bⱼ", "∂L/∂(X⁻¹ X)ᵢⱼ = aᵢ bⱼ",
    ]),
    (bilinear_inverse, "X", 1, [
        "∂L/∂X = −X⁻ᵀ ∂L/∂(X⁻¹) X⁻ᵀ", "∂L/∂X = X⁻ᵀ ∂L/∂(X⁻¹) X⁻ᵀ", "∂L/∂X = −X⁻¹ ∂L/∂(X⁻¹) X⁻ᵀ",
        "∂L/∂X = −X⁻ᵀ (∂L/∂(X⁻¹))ᵀ X⁻ᵀ", "∂L/∂X = −X⁻ᵀ ∂L/∂(X⁻ᵀ) X⁻ᵀ",
    ]),
    (log_det, "X", 1, [
        "∂L/∂Xᵢⱼ = ∂L/∂(det X) · (cofactor X)ᵢⱼ", "∂L/∂Xᵢⱼ = ∂L/∂(det X) · (cofactor X)ⱼᵢ",
        "∂L/∂Xᵢⱼ = 2 ∂L/∂(det X) · (cofactor X)ᵢⱼ",
    ]),
    (log_det_of_gram, "X", 1, [
        "∂L/∂X = 2 X (Xᵀ X)⁻¹", "∂L/∂X = X (Xᵀ X)⁻¹", "∂L/∂X = 2 X (Xᵀ X)", "∂L/∂X = −2 X (Xᵀ X)⁻¹",
    ]),
    (normalised, "X", 1, [
        "∂L/∂μ = −(G 𝟏) ⊘ s", "∂L/∂μ = (G 𝟏) ⊘ s", "∂L/∂μ = −G ⊘ s", "∂L/∂μ = −((G 𝟏) ⊘ s)ᵀ",
        "∂L/∂μ = −(Gᵀ 𝟏) ⊘ s",
    ]),
    (layer_norm, "X", 1, ["∂L/∂x̂ᵢⱼ = Gᵢⱼ", "∂L/∂x̂ᵢⱼ = Gⱼᵢ", "∂L/∂x̂ᵢⱼ = −Gᵢⱼ"]),
    (layer_norm, "X", 1, ["∂/∂x̂ᵢⱼ (Gᵢⱼ x̂ᵢⱼ) = Gᵢⱼ", "∂/∂x̂ᵢⱼ (Gᵢⱼ x̂ᵢⱼ) = Gⱼᵢ", "∂/∂x̂ᵢⱼ (Gᵢⱼ x̂ᵢⱼ) = 2 Gᵢⱼ"]),
    (columns, "w", 1, ["∂L/∂w = Xᵀ ∂L/∂z", "∂L/∂w = X ∂L/∂z", "∂L/∂w = (∂L/∂z)ᵀ X", "∂L/∂w = −Xᵀ ∂L/∂z"]),
    (columns, "w", 1, ["∂L/∂z = (2/N) (z − y)", "∂L/∂z = (2/N) (z − y)ᵀ", "∂L/∂z = (1/N) (z − y)"]),
    (layer, "x", 1, [
        "∂yᵢ/∂xⱼ = Σₖ ∂yᵢ/∂zₖ · Wₖⱼ", "∂yᵢ/∂xⱼ = Σₖ ∂yᵢ/∂zₖ · Wⱼₖ", "∂yᵢ/∂xⱼ = Σₖ ∂yₖ/∂zᵢ · Wⱼₖ",
        "∂yᵢ/∂xⱼ = −Σₖ ∂yᵢ/∂zₖ · Wₖⱼ",
    ]),
    (layer, "x", 1, ["∂y/∂x = ∂y/∂z W", "∂y/∂x = W ∂y/∂z", "∂y/∂x = ∂y/∂z Wᵀ", "∂y/∂x = 2 ∂y/∂z W"]),
    (two_layers, "x", 1, ["∂yᵢ/∂hⱼ = Bᵢⱼ", "∂yᵢ/∂hⱼ = Bⱼᵢ"]),
    (rectified, "x", 1, ["∂f/∂x = diag(1[x > 0])", "∂f/∂x = 1[x > 0]", "f = max(x, 1)"]),
    (running, "x", 1, [
        "∂L/∂xᵢ = 2 Σ_{j=i…N}Σ_{k=1…j} xₖ", "∂L/∂xᵢ = 2 Σ_{j=1…i}Σ_{k=1…j} xₖ", "∂L/∂xᵢ = 2 Σ_{j=i…N}Σ_{k=j…N} xₖ",
        "∂L/∂xᵢ = Σ_{j=i…N}Σ_{k=1…j} xₖ",
    ]),
    (steps_between, "x", 1, [
        "∂L/∂xᵢ = 2 · 1[i ≥ 2](xᵢ − xᵢ₋₁) − 2 · 1[i ≤ N − 1](xᵢ₊₁ − xᵢ)", "∂L/∂xᵢ = 2(xᵢ − xᵢ₋₁) − 2(xᵢ₊₁ − xᵢ)",
        "∂L/∂xᵢ = 2 · 1[i ≥ 2](xᵢ − xᵢ₊₁) − 2 · 1[i ≤ N − 1](xᵢ₊₁ − xᵢ)",
        "∂L/∂xᵢ = 2 · 1[i ≥ 1](xᵢ − xᵢ₋₁) − 2 · 1[i ≤ N](xᵢ₊₁ − xᵢ)",
    ]),
    (lambda m: np.cumsum(m.leaf("x", 4)).sum(), "x", 1, [
        "∂L/∂xᵢ = N − i + 1", "∂L/∂xᵢ = N − i", "∂L/∂xᵢ = N − i − 1", "∂L/∂xᵢ = i",
    ]),
    (least_squares, "w", 2, [
        "∂²L/∂wᵢ∂zⱼ = 2 Xⱼᵢ/N", "∂²L/∂wᵢ∂zⱼ = 2 Xᵢⱼ/N", "∂²L/∂wᵢ∂zⱼ = Xⱼᵢ/N", "∂²L/∂wᵢ∂zⱼ = −2 Xⱼᵢ/N",
    ]),
    (least_squares, "w", 2, [
        "∂²L/∂w∂wᵀ = ∂²L/∂w∂zᵀ X", "∂²L/∂w∂wᵀ = ∂²L/∂w∂zᵀ Xᵀ", "∂²L/∂w∂wᵀ = X ∂²L/∂w∂zᵀ",
        "∂²L/∂w∂wᵀ = −∂²L/∂w∂zᵀ X",
    ]),
    (neighbours, "x", 2, [
        "∂²L/∂xᵢ∂xⱼ = 1[i = j − 1] + 1[i − 1 = j]", "∂²L/∂xᵢ∂xⱼ = 1[j = i − 1] + 1[i − 1 = j]",
        "∂²L/∂xᵢ∂xⱼ = 1[i = j − 2] + 1[i = j]", "∂²L/∂xᵢ∂xⱼ = 1[i = j − 1]",
    ]),
    (logistic_regression, "w", 2, [
        "∂²L/∂w∂zᵀ = ∂²L/∂w∂pᵀ diag(p ⊙ (1 − p))", "∂²L/∂w∂zᵀ = ∂²L/∂w∂pᵀ diag(p)",
        "∂²L/∂w∂zᵀ = ∂²L/∂w∂pᵀ diag(p ⊙ (1 + p))", "∂²L/∂w∂pᵀ = ∂²L/∂w∂zᵀ diag(p ⊙ (1 − p))",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("build", "wrt", "order", "lines"), NEARLY, ids=[f"{build.__name__}-{lines[0]}" for build, _, _, lines in NEARLY]
)
def test_a_line_with_one_thing_wrong_is_refused(build, wrt, order, lines):
    derivation = derive(build(Leaves(1, 0)), wrt, order=order)
    right, *wrong = lines
    assert derivation.check_lines([right])[0].ok
    accepted = [line for line in wrong if derivation.check_lines([line])[0].ok]
    assert not accepted


def test_other_letters_on_the_left_side_are_no_mistake_but_their_order_is():
    derivation = derive(softmax_regression(Leaves(1, 0)), "W")
    assert derivation.check("∂L/∂W_{jk} = Σᵢ Xᵢⱼ (Sᵢₖ − Yᵢₖ)/N").ok
    assert derivation.check("∂L/∂W_{kj} = Σᵢ Xᵢⱼ (Sᵢₖ − Yᵢₖ)/N").mistake == "transpose"
    derivation = derive(softmax_regression(Leaves(1, 0)), "Z")
    assert derivation.check("∂L/∂Zⱼᵢ = (Sⱼᵢ − Yⱼᵢ)/N").ok
    verdict = derivation.check("∂L/∂Zᵢⱼ = (Sⱼᵢ − Yⱼᵢ)/N")
    assert not verdict.ok
    assert verdict.mistake == "transpose"


def test_a_number_beside_a_unit_matrix_stands_at_every_entry():
    """I − 1/N is no matrix: what it takes away from each entry is 𝟏 𝟏ᵀ/N."""
    steps = derive(variance(Leaves(1, 0)), "x", "matrix", order=2).steps
    assert "∂²L/∂x∂xᵀ = (2/N) (I − 𝟏 𝟏ᵀ/N)" in [step.text for step in steps]


def test_the_gradient_that_is_derived_once_more_is_the_one_of_the_book():
    def first_line(build, wrt):
        steps = derive(build(Leaves(1, 0)), wrt, "matrix", order=2).steps
        return next(step.text for step in steps if step.reason == "the gradient, which is derived once more")

    assert first_line(logistic_regression, "w") == "∂L/∂w = Xᵀ (p − y)/N"
    assert first_line(softmax_regression, "b") == "∂L/∂b = (S − Y)ᵀ 𝟏/N"
    assert first_line(margin, "w") == "∂L/∂w = −Xᵀ (y ⊙ σ(−y ⊙ z))"
    assert first_line(distance, "x") == "∂L/∂x = (x − a)/‖x − a‖"
    assert len(derive(logistic_regression(Leaves(1, 0)), "w", "matrix", order=2).steps) == 8
