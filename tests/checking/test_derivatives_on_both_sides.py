"""Derivatives that stand in a line: on the left of its = as part of a formula or chain, and on its right."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, Value, derive, sigmoid, softmax

pytest.importorskip("lark")
RNG = np.random.default_rng(8)


def linear(penalty=False):
    X, y = (Tensor(RNG.normal(size=s), name=n, requires_grad=False) for s, n in (((5, 3), "X"), (5, "y")))
    w, lam = Tensor(RNG.normal(size=3), name="w"), Value(0.4, name="lam", requires_grad=False)
    z = X @ w
    z.name = "z"
    loss = ((z - y) ** 2).mean()
    return derive(loss + lam * (w**2).sum() if penalty else loss, w)


def logistic():
    X, y = Tensor(RNG.normal(size=(5, 3)), name="X"), Tensor([1.0, 0.0, 1.0, 0.0, 1.0], name="y", requires_grad=False)
    w = Tensor(RNG.normal(size=3), name="w")
    p = sigmoid(X @ w)
    p.name = "p"
    return derive(-(y * np.log(p) + (1 - y) * np.log(1 - p)).sum(), w)


ALONG_Z, ALL = r"\frac2N X^T(z - y)", r"\frac2N X^T(z - y) + 2\lambda w"
CHAIN = r"\frac{\partial L}{\partial z}\frac{\partial z}{\partial w}"


# ── chains on the left ──


@pytest.mark.parametrize("name", ["y", "X"])
def test_a_chain_by_way_of_what_is_not_made_of_the_variable_is_not_its_gradient(name):
    line = rf"\frac{{\partial L}}{{\partial {name}}}\frac{{\partial {name}}}{{\partial w}} = {ALONG_Z}"
    verdict = linear().check(line)
    assert verdict.mistake == "unparsable" and f"by way of {name}, which is not made of w" in verdict.message
    assert linear().check_lines([line])[0].ok is None


@pytest.mark.parametrize("chain", [CHAIN, "∂L/∂z · ∂z/∂w", "dL/dz * dz/dw"])
def test_a_chain_is_the_gradient_where_all_paths_lead_through_it(chain):
    assert linear().check(f"{chain} = {ALONG_Z}").ok
    assert linear().check(f"{chain} = 2X^T(z - y)").mistake == "mean-factor"
    along, whole = linear(penalty=True).check_lines([f"{chain} = {ALONG_Z}", f"{chain} = {ALL}"])
    assert along.ok and along.message == "Right: the two sides are equal."
    assert whole.ok is None and "what comes along one path, by way of z" in whole.message
    assert linear(penalty=True).check(f"{chain} = {ALL}").ok is False


def test_a_letter_of_ones_own_in_a_chain_stands_for_any_node():
    line = r"\frac{\partial L}{\partial \hat y}\frac{\partial \hat y}{\partial w}"
    assert linear().check(f"{line} = {ALONG_Z}").ok


# ── formulas with derivatives on the left ──


@pytest.mark.parametrize(
    ("line", "ok"),
    [
        (rf"X^T\frac{{\partial L}}{{\partial z}} = {ALONG_Z}", True),
        (r"X^T\frac{\partial L}{\partial z} = 2 X^T(z - y)", None),
        (rf"\frac{{\partial L}}{{\partial w}} - 2\lambda w = {ALONG_Z}", True),
        (rf"\frac{{\partial L}}{{\partial w}} + 2\lambda w = {ALONG_Z}", None),
        (r"\sum_i \frac{\partial L}{\partial z_i} X_{ij} = \frac2N \sum_i X_{ij}(z_i - y_i)", True),
        (rf"\sum_i \frac{{\partial L}}{{\partial z_i}} \frac{{\partial z_i}}{{\partial w_j}} = {ALONG_Z}", True),
        (rf"\frac{{\partial L^2}}{{\partial w}} = {ALL}", None),
    ],
)  # fmt: skip
def test_both_sides_of_a_line_are_compared_where_the_left_one_is_a_formula(line, ok):
    (verdict,) = linear(penalty=True).check_lines([line])
    assert verdict.ok is ok, verdict.message


# ── derivatives on the right ──


@pytest.mark.parametrize(
    "text",
    [
        r"X^T \frac{\partial L}{\partial z}", r"X^T \nabla_z L", r"X^T\nabla_z\mathcal{L}(w)", "Xᵀ ∇_z L",
        r"\nabla_w J = X^T\nabla_z J", r"\nabla_w L = X^T\nabla_z L = \frac2N X^T(z-y)",
        r"(\nabla_z L)^T X", r"\nabla_z L^T X", r"X^T\partial_z L",
        r"X^T \frac{\partial L(w)}{\partial z}", r"\sum_i \nabla_{z_i} L\, X_{ij}",
    ],
)  # fmt: skip
def test_the_gradient_at_another_node_may_be_used(text):
    assert linear().check(text).ok
    assert linear().check(f"{text} + w").ok is False


@pytest.mark.parametrize(
    "derived",
    ["L^2", "(L^2)", "L^{-1}", r"(2L)", "-L", r"\sqrt{L}", "1/L", "L/2", "L(0)", "L_i", r"\log L", r"(\sum_i \ell_i)"],
)
def test_the_derivative_of_something_made_of_the_loss_is_not_the_gradient_at_a_node(derived):
    verdict = linear().check(rf"X^T \frac{{\partial {derived}}}{{\partial z}}")
    assert verdict.mistake == "unparsable", verdict.message


@pytest.mark.parametrize(
    "text", [r"\frac{\partial^2 L}{\partial z^2}", r"\frac{\partial L}{\partial z^2}", r"\nabla_z L^2"]
)
def test_a_second_derivative_is_no_square_of_the_first(text):
    assert linear().check(f"X^T {text}").mistake == "unparsable"


# ── the log of a likelihood ──


@pytest.mark.parametrize(
    "left", [r"\frac{\partial \log L}{\partial w}", r"\nabla_w \ln \mathcal{L}", "dLL/dw", "dlogL/dw"]
)
def test_the_log_of_a_likelihood_may_be_the_loss_times_any_factor(left):
    verdict = logistic().check(f"{left} = X^T(p - y)")
    assert verdict.ok and "the log of a likelihood on the left read as the loss" in verdict.message
    for right in ("X^T(y - p)", r"\frac1N X^T(y - p)"):
        verdict = logistic().check(f"{left} = {right}")
        assert verdict.mistake == "unparsable" and "the log of a likelihood" in verdict.message
        assert logistic().check_lines([f"{left} = {right}"])[0].ok is None
    assert logistic().check_lines([f"{left} = X^T p"])[0].ok is False


def test_minus_the_log_of_a_likelihood_is_a_loss():
    for left in (r"\nabla_w (-\log L)", r"\frac{\partial (-\log L)}{\partial w}"):
        assert logistic().check(f"{left} = X^T(p - y)").ok
        assert logistic().check(f"{left} = X^T(p + y)").ok is False


@pytest.mark.parametrize(
    "text",
    [
        r"\frac{\partial}{\partial p}\frac{\partial p}{\partial z} x",
        r"\frac{\partial}{\partial w}\frac{\partial p}{\partial w}",
        r"2(p - y) x \frac{\partial}{\partial z}\frac{\partial L}{\partial p}",
    ],
)  # fmt: skip
def test_a_derivative_of_a_derivative_is_still_to_be_taken(text):
    w, x, y = (Value(number, name=name) for number, name in ((0.4, "w"), (1.3, "x"), (0.2, "y")))
    z = w * x
    z.name = "z"
    p = sigmoid(z)
    p.name = "p"
    verdict = derive((p - y) ** 2, w).check(text)
    assert verdict.mistake == "unparsable" and "still to be taken" in verdict.message


@pytest.mark.parametrize(
    ("line", "ok"),
    [
        (r"\frac{\partial z_i}{\partial w_j} = X_{ij}", True), (r"\frac{\partial z_j}{\partial w_i} = X_{ji}", True),
        (r"\frac{\partial z_i}{\partial w} = x_i", True), (r"\frac{\partial z_i}{\partial w_j} = X_{ji}", False),
        (r"\frac{\partial z_i}{\partial w_j} = 2 X_{ij}", False), (r"\frac{\partial z_i}{\partial w_j} = x_i", False),
    ],
)  # fmt: skip
def test_an_entry_of_a_jacobian_is_compared(line, ok):
    assert linear().check_lines([line])[0].ok is ok


@pytest.mark.parametrize(
    ("right", "ok"),
    [
        (r"p_i(\delta_{ij} - p_j)", True), (r"\begin{cases} p_i(1-p_i) & i=j \\ -p_i p_j & i \ne j \end{cases}", True),
        ("p_i(1 - p_j)", False), ("-p_i p_j", None), ("p_i(1 - p_i)", None),
    ],
)  # fmt: skip
def test_softmaxs_jacobian_is_compared(right, ok):
    z, y = Tensor(RNG.normal(size=4), name="z"), Tensor([0.0, 1.0, 0.0, 0.0], name="y", requires_grad=False)
    p = softmax(z)
    p.name = "p"
    derivation = derive(-(y * np.log(p)).sum(), z)
    assert derivation.check_lines([rf"\frac{{\partial p_i}}{{\partial z_j}} = {right}"])[0].ok is ok


@pytest.mark.parametrize(
    ("line", "ok"),
    [
        (r"\frac{\partial a_i}{\partial z_j} = a_i (1 - a_i) \delta_{ij}", True),  # was called wrong
        (r"\frac{\partial a_i}{\partial z_j} = a_i (1 - a_i)", None),  # was called right
        (r"\frac{\partial a_i}{\partial z_i} = a_i (1 - a_i)", True), ("∂a/∂z = a(1 − a)", True),
        (r"\frac{\partial a_i}{\partial z_i} = a_i (1 + a_i)", False), ("∂a_t/∂z_t = a_t(1 − a_t)", True),
        ("∂a_1/∂z = a(1 − a)", None), ("∂a_1/∂z_1 = a_1(1 − a_1)", None),
    ],
)  # fmt: skip
def test_an_entry_of_a_function_of_each_entry_is_0_beside_the_diagonal(line, ok):
    z, y = Tensor(RNG.normal(size=4), name="z"), Tensor([0.0, 1.0, 0.0, 0.0], name="y", requires_grad=False)
    a = sigmoid(z)
    a.name = "a"
    assert derive(((a - y) ** 2).sum(), z).check_lines([line])[0].ok is ok


def test_so_it_is_of_matrices():
    Z = Tensor(RNG.normal(size=(4, 3)), name="Z")
    A = np.tanh(Z)
    A.name = "A"
    lines = ["∂A_ij/∂Z_ij = 1 − A_ij²", "∂A_ij/∂Z_kl = (1 − A_ij²) δ_ik δ_jl", "∂A_ij/∂Z_kl = 1 − A_ij²"]
    assert [verdict.ok for verdict in derive((A**2).sum(), Z).check_lines(lines)] == [True, True, None]


@pytest.mark.parametrize(
    ("chain", "ok"),
    [
        ("∂L/∂p ∂p/∂z ∂z/∂w", True), ("∂z/∂w ∂p/∂z ∂L/∂p", True), ("∂L/∂p · ∂p/∂z · ∂z/∂w", True),
        ("∂p/∂z ∂L/∂p ∂z/∂w", True), ("∂L/∂ŷ ∂ŷ/∂z ∂z/∂w", True), ("∂L/∂p ∂σ/∂z ∂z/∂w", True),
        ("∂L/∂p ∂z/∂w", False), ("∂L/∂z ∂p/∂w", False), ("∂L/∂p ∂p/∂b ∂z/∂w", False),
        (r"\frac{\partial L}{\partial p} \cdot \frac{\partial z}{\partial w}", False),
    ],
)  # fmt: skip
def test_a_chain_between_two_signs_hangs_together(chain, ok):
    """It is passed over, and the end was called right behind any chain."""
    X, w, b, y = (Tensor(RNG.normal(size=s), name=n) for s, n in (((5, 3), "X"), (3, "w"), ((), "b"), (5, "y")))
    z = X @ w + b
    p = sigmoid(z)
    z.name, p.name = "z", "p"
    end = r"\frac2N X^\top((p - y) \odot p \odot (1 - p))" if "\\" in chain else "2/N Xᵀ((p − y) ⊙ p ⊙ (1 − p))"
    left = r"\frac{\partial L}{\partial w}" if "\\" in chain else "∂L/∂w"
    verdict = derive(((p - y) ** 2).mean(), w).check(f"{left} = {chain} = {end}")
    assert verdict.ok is ok and (ok or "a chain that leads to" in verdict.message)
