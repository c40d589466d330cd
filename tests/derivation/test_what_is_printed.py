"""What a line says on paper: how far an index goes, where an operand ends, what a letter is."""

import time

import numpy as np
import pytest
import sympy as sp

import tinygrad_edu as tg
from tinygrad_edu import Tensor, derive

rng = np.random.default_rng(11)


def normal(*shape, name):
    return Tensor(rng.normal(size=shape), name=name)


def data(*shape, name):
    return Tensor(rng.normal(size=shape), name=name, requires_grad=False)


def texts(loss, wrt, notation="index"):
    return [step.text for step in derive(loss, wrt, notation).steps]


def latex(loss, wrt, notation="index"):
    return [step.latex for step in derive(loss, wrt, notation).steps]


# ── how far an index goes ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sum_over_two_parts_says_that_it_goes_over_both():
    """xᵢ alone would say that i ends at N."""
    x = normal(3, name="x")
    assert texts((np.concatenate([x, np.exp(x)]) ** 2).sum(), x)[0] == (
        "L = Σ_{i=1…2 N} {xᵢ if i ≤ N; exp x[i − N] otherwise}²"
    )


def test_an_index_that_stands_at_no_letter_alone_says_where_it_ends():
    x = normal(3, 2, name="x")
    assert texts((x[::-1] ** 3).sum(), x)[0] == "L = Σ_{i=1…N}Σⱼ x[N − i + 1, j]³"
    assert latex(np.max(x.reshape(-1)), x)[0].startswith(r"L = \max_{1 \le i \le D N} x_{")


def test_an_index_at_two_letters_of_other_lengths_says_where_it_ends():
    z, s, a = normal(3, name="z"), Tensor(2.0, name="s"), normal(2, name="A")
    e = z / s
    e.name = "e"
    S = np.concatenate([e, a])
    S.name = "S"
    assert "∂L/∂s = −(1/s) Σ_{i=1…N} 2 eᵢ Sᵢ" in texts((S**2).sum(), s)


def test_the_places_of_a_reshape():
    """The indices of an entry count from 1, and are no class numbers."""
    x, c = normal(2, 3, name="x"), data(3, 2, name="c")
    loss = (x.reshape(3, 2) * c).sum()
    place = "floor(2 i/3 + j/3), 1 + ((2 i + j) mod 3)"
    assert texts(loss, x)[0] == f"L = Σ_{{i=1…3}}Σ_{{j=1…2}} x[{place}] cᵢⱼ"


@pytest.mark.parametrize(
    "build",
    [lambda x: np.cumsum(x, axis=1), lambda x: (np.cumsum(x, axis=0) * np.outer([1.5, 2, 3, 4], [1, 2, 3])).sum()],
)
def test_a_running_sum_is_no_product_of_matrices(build):
    """𝟏ᵀ x would add up all of x."""
    x = normal(4, 3, name="x")
    assert "𝟏" not in texts(build(x), x, "matrix")[0]


def test_a_unit_matrix_is_square():
    x = normal(4, 3, name="x")
    derivation = derive(np.diagonal(x).sum(), x, "matrix")
    assert derivation.matrix is None
    assert derivation.steps[-1].text == "∂L/∂xᵢⱼ = δᵢⱼ"


def test_a_part_of_an_axis_stays_in_indices():
    x, y, c = normal(2, 3, name="x"), normal(2, 1, name="y"), data(2, 4, name="c")
    assert derive((np.concatenate([x, y], axis=1) * c).sum(), x, "matrix").matrix is None
    assert texts((np.cumsum(x, axis=1) * c[:, :3]).sum(), x, "matrix")[0].startswith("L = ΣᵢΣ_{j=1…3}")


def test_a_softmax_of_a_part_is_none_of_the_whole():
    z, c = normal(4, name="z"), data(3, name="c")
    assert texts((tg.softmax(z[1:]) * c).sum(), z)[0] == "L = Σᵢ ((exp zᵢ₊₁)/(Σ_{j=1…N − 1} exp zⱼ₊₁)) cᵢ"


def test_a_softmax_of_a_letter_that_is_only_scaled_stays_a_softmax():
    z, T = normal(4, name="z"), Tensor(2.0, name="T")
    assert texts(-tg.log_softmax(z / T)[1], z)[-1].endswith("softmax(z/T)ᵢ − 1[i = 2])/T")
    Z, V = normal(2, 3, name="Z"), data(2, 3, name="V")
    assert texts((tg.softmax(-2 * Z, axis=0) * V).sum(), Z)[0] == "L = ΣᵢΣⱼ Vᵢⱼ softmax((−2 Z)ᵀ)ⱼᵢ"


def test_a_softmax_adds_up_to_one():
    Z = normal(2, 3, name="Z")
    assert texts(tg.softmax(Z).sum(), Z)[-1] == "∂L/∂Zᵢⱼ = 0"
    assert texts(tg.log_softmax(Z, axis=0).sum(), Z)[-1] == "∂L/∂Zᵢⱼ = 1 − N softmax(Zᵀ)ⱼᵢ"
    assert texts(tg.softmax(Z)[:, 1:].sum(), Z)[-1] != "∂L/∂Zᵢⱼ = 0"


def test_a_product_of_all_others():
    x = normal(4, name="x")
    assert texts(x.prod() ** 2, x)[-1] == "∂L/∂xᵢ = 2 (Π_{j≠i} xⱼ) Πⱼ xⱼ"
    assert r"= \prod_{j \ne i} x_{j}" in latex(x.prod(), x)[-1]
    assert derive(x.prod(), x).check(texts(x.prod(), x)[-1])


@pytest.mark.parametrize("bare", [False, True])
def test_the_scores_of_an_attention_are_one_letter_and_its_weights_another(bare):
    Q, K, V = (normal(n, m, name=name) for name, n, m in (("Q", 2, 3), ("K", 4, 3), ("V", 4, 2)))
    root = Tensor(3.0, name="r") if bare else 1.0
    loss = (tg.softmax(Q @ K.T / root) @ V).sum()
    assert texts(loss, Q)[1] == texts(loss, V)[1] == "Aᵢⱼ = softmax(Z₁)ᵢⱼ"
    assert "∂L/∂Z₁ᵢⱼ = Aᵢⱼ(∂L/∂Aᵢⱼ − Σₖ ∂L/∂Aᵢₖ · Aᵢₖ)" in texts(loss, Q)
    assert texts(tg.logsumexp(Q[0] @ K.T + V[:, 0]), K)[1:3] == ["L = log(Σᵢ exp zᵢ)", "∂L/∂zᵢ = softmax(z)ᵢ"]


def test_an_axis_that_a_reduction_keeps_is_1_beside_a_single_sample():
    t, u = normal(4, 3, name="t"), data(1, 3, name="u")
    s = np.max(t, axis=None, keepdims=True)
    s.name = "s"
    assert texts((np.logaddexp(s, u) ** 2).mean(), t)[0] == "s = maxᵢmaxⱼ tⱼᵢ"


# ── where an operand ends ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_function_does_not_take_the_factor_behind_it():
    x, y = normal(3, name="x"), normal(3, name="y")
    loss = np.logaddexp2(x, y).sum()
    assert texts(loss, x)[-1] == "∂L/∂xᵢ = σ((log 2)(xᵢ − yᵢ))"
    assert latex(loss, x)[-1].endswith(r"\sigma\left(\left(\log 2\right) \left(x_{i} - y_{i}\right)\right)")
    Z = normal(4, 3, name="Z")
    assert texts(np.tanh(Z).sum(), Z, "matrix")[0] == "L = 𝟏ᵀ (tanh Z) 𝟏"
    assert texts((np.cos(x) * np.sin(x)).sum(), x)[0] == "L = Σᵢ cos xᵢ sin xᵢ"


def test_nor_the_slash():
    x, y = normal(3, name="x"), normal(3, name="y")
    assert texts((np.cos(x) / y).sum(), x)[0] == "L = Σᵢ (cos xᵢ)/yᵢ"
    assert latex((np.cos(x) / y).sum(), x)[0] == r"L = \sum_{i=1}^{N} \frac{\cos x_{i}}{y_{i}}"
    assert texts(np.cos(x).mean(), x, "matrix")[0] == "L = (𝟏ᵀ cos x)/N"


def test_a_sum_above_a_slash_has_its_parentheses_in_latex_too():
    x, s = normal(3, name="x"), Tensor(2.0, name="s")
    found = latex(((x - np.cos(x)) * x / s).sum(), x)[0]
    assert r"\left(x_{i} - \cos x_{i}\right)" in found


def test_a_fraction_does_not_take_the_factor_behind_it():
    x = normal(4, name="x")
    found = texts((tg.log_softmax(x * x) * x).sum(), x)
    assert "∂L/∂xᵢ, path 2 = 2 xᵢ(xᵢ − (exp(xᵢ²)/(Σⱼ exp(xⱼ²))) Σⱼ xⱼ)" in found


# ── what a letter is ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("names", [("w1", "w_1"), ("yhat", "ŷ"), ("alpha", "α"), ("lambda", "lamda")])
def test_two_names_that_are_written_alike_are_refused(names):
    x, y = (normal(3, name=name) for name in names)
    with pytest.raises(ValueError, match=f"{names[1]} and {names[0]} are both written|{names[0]} and {names[1]} are"):
        derive((x * y).sum(), x)


def test_signs_give_way_to_the_letters_of_the_user():
    x, sigma, mu = normal(3, name="x"), Tensor(2.0, name="sigma"), Tensor(0.3, name="mu")
    loss = tg.sigmoid(sigma * (x + mu)).sum()
    assert texts(loss, x)[0] == "L = Σᵢ sigmoid(σ · (xᵢ + μ))"
    assert r"\operatorname{sigmoid}\left(\sigma \cdot \left(x_{i} + \mu\right)\right)" in latex(loss, x)[0]
    e = normal(3, name="e")
    assert latex(np.exp(e).sum(), e)[0] == r"L = \sum_{i=1}^{N} \exp\left(e_{i}\right)"
    delta = normal(3, name="delta")
    assert texts(np.tanh(delta), delta)[-1] == "∂fᵢ/∂δⱼ = 1[i = j](1 − (tanh δᵢ)²)"
    S = normal(3, 3, name="Sigma")
    assert texts(x @ S @ x, S)[-1] == "∂L/∂Σ[i, j] = xᵢ xⱼ"


def test_an_entry_is_not_written_as_another_tensor():
    x, other = normal(3, name="x"), Tensor(2.0, name="x_1")
    assert texts(x[0] * other, x)[0] == "L = x[1] x₁"
    assert latex(x[0] * other, x)[0] == "L = x_{[1]} x_{1}"


# ── SymPy's own words ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_letters_are_real():
    """SymPy writes |eˣ| as exp(re x), and |x[i − N]| as a root with a conjugate."""
    x = normal(3, name="x")
    assert texts(np.abs(np.exp(x)).sum(), x)[0] == "L = Σᵢ exp xᵢ"
    derivation = derive((np.abs(np.concatenate([x, x])) ** 3).sum(), x)
    assert not any(step.expr.has(sp.re, sp.conjugate) for step in derivation.steps)


def test_a_sum_of_zeros_is_0():
    x = normal(3, name="x")
    y = np.cumsum(np.concatenate([x, np.exp(x)]))
    assert texts((y - y).sum(), x)[-1] == "∂L/∂xᵢ = 0"


def test_a_sum_whose_deltas_fix_nothing():
    t, c = normal(3, name="t"), data(3, 3, name="c")
    z = -t
    assert texts(np.diagonal(np.maximum(z, z - c)), t)[-1].startswith("∂fᵢ/∂tⱼ = ")


def test_cases_inside_a_softmax_take_no_half_minute():
    x, w = normal(3, name="x"), normal(4, 3, name="w")
    before = time.process_time()
    assert derive(np.tanh(np.log(tg.softmax(np.maximum(x, w)) ** 2 + 1.5)).sum(), x).steps
    assert time.process_time() - before < 5


def test_a_running_sum_ends_before_the_entries_behind_it():
    """Σₗ₌₁…ₖ δᵢₗ is 1 only where i ≤ k; without that, the Hessian was not even symmetric."""
    x = normal(3, name="x")
    derivation = derive((np.cumsum(x) ** 2).mean(), x, order=2)
    assert derivation.steps[-1].text == "∂²L/∂xᵢ∂xⱼ = (2/N) Σ_{k=j…N} 1[i ≤ k]"


def test_a_way_through_one_letter_is_no_path_of_the_gradient():
    """The two ways from t₂ to t₃ are lines of ∂t₃/∂t₂, which matrices leave out."""
    g = normal(3, name="g")
    u = np.log1p(g * g)
    e = np.log(u * u + 1.5)
    e.name = "e"
    derivation = derive(np.tanh(e).sum(), g, order=2)
    ways = [step.node for step in derivation.steps if step.kind == "path" and step.of is not None]
    assert ways
    derivation = derive(np.tanh(e).sum(), g, "matrix", order=2)
    assert not any(step.text.startswith("∂²L/∂g∂t₂ᵀ, path") for step in derivation.steps)


def test_places_in_a_sorted_array_have_the_axes_of_what_is_looked_up():
    edges, w = normal(4, name="b"), normal(2, 3, name="w")
    derivation = derive((w * w).sum() * np.searchsorted(edges, w).sum(), w)
    assert derivation.steps[-1].text == "∂L/∂wᵢⱼ = 2 wᵢⱼ ΣₖΣₗ (searchsorted(b, w))ₖₗ"


def test_a_running_sum_of_probabilities_is_not_1():
    z, a = normal(3, name="z"), normal(3, name="a")
    assert derive((np.cumsum(tg.softmax(z)) * a).sum(), a).steps[-1].text == "∂L/∂aᵢ = Σ_{j=1…i} softmax(z)ⱼ"


def test_a_function_with_the_indices_of_its_result_alone_is_no_derivative_of_each_entry():
    """The Hessian of det was a cofactor without i and j."""
    A, b = normal(3, 3, name="A"), normal(3, name="b")
    for derived, order in ((np.linalg.det(A), 2), (np.linalg.solve(A, b), 1), (np.linalg.cholesky(A @ A.T), 1)):
        with pytest.raises(ValueError, match="no closed form in index notation for each entry"):
            str(derive(derived, A, order=order))
    assert texts(np.linalg.inv(A), A)[-1] == "∂fᵢⱼ/∂Aₖₗ = −(A⁻¹)ᵢₖ(A⁻¹)ₗⱼ"
