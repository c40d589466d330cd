"""Slips of the pen, and mistakes that a broken rule alone does not explain."""

import numpy as np
import pytest
from leaves import Leaves, named

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive

LEAVES = Leaves(9)
data, weights = LEAVES.data, LEAVES.weights


def cell():
    """∂L/∂i = (v + u o (1 − tanh² c)) g of an LSTM's cell."""
    c0, o, u, v, g = (data(name, 4) for name in ("c0", "o", "u", "v", "g"))
    i = weights("i", 4)
    c = named(c0 + i * g, "c")
    return derive((u * o * np.tanh(c)).sum() + (v * c).sum(), i)


@pytest.mark.parametrize(
    "claim",
    [
        "v + u*o*(1 - np.tanh(c)**2)*g", "v*g + u*o*1 - np.tanh(c)**2*g", "v*g + u*o*(1 - np.tanh(c))**2*g",
        "v*(g + u*o*(1 - np.tanh(c)**2)*g)", "v*g + u*o*(1 - np.tanh(c)**2*g)", "v*g + u*o*(1 - np.tanh(c**2))*g",
        "(v + u*o*1 - np.tanh(c)**2)*g", r"v g + u o (1 - \tanh c)^2 g",
        r"v + u \odot o \odot (1 - \tanh^2(c)) \odot g",
    ],
)  # fmt: skip
def test_a_bracket_in_the_wrong_place(claim):
    verdict = cell().check(claim)
    assert verdict.mistake == "local-derivative" and "bracket" in verdict.message, verdict
    assert verdict.hint and verdict.solution


@pytest.mark.parametrize(
    ("claim", "mistake"),
    [("x + 1/(1 + x**2)", None), ("(x + 1)/(1 + x**2)", "local-derivative"), ("x + 1/1 + x**2", "wrong-derivative"),
     ("1/(x + 1 + x**2)", "local-derivative/unexplained")],
)  # fmt: skip
def test_a_bracket_of_a_quotient(claim, mistake):
    x = Value(0.7, name="x")
    verdict = derive(x**2 / 2 + np.arctan(x), x).check(claim)
    assert verdict.mistake in (mistake.split("/") if mistake else [None])


def squares():
    X, w, y = data("X", 5, 3), weights("w", 3), data("y", 5)
    return derive(0.5 * ((X @ w - y) ** 2).sum(), w)


@pytest.mark.parametrize(
    "claim",
    [
        r"x_j \sum_i (w^\top x_i - y_i)", r"(\sum_i (w^\top x_i - y_i)) x_{ij}", "np.sum(X@w - y)*X.sum(axis=0)",
        "np.sum(X@w - y)*X", r"\sum_i (w^\top x_i - y_i) \sum_i x_{ij}", r"\left(\sum_i (w^\top x_i - y_i)\right) x",
    ],
)  # fmt: skip
def test_a_factor_that_belongs_inside_the_sum(claim):
    verdict = squares().check(claim)
    assert verdict.mistake == "missing-sum" and "inside" in verdict.message, verdict


def test_a_factor_that_belongs_outside_of_the_sum():
    a, x = weights("a", 4), data("x", 4)
    derivation = derive(0.5 * ((a * x).sum()) ** 2, a)
    assert derivation.check(r"x_j \sum_i a_i x_i").ok
    assert derivation.check(r"\sum_i x_i a_i x_i").mistake == "extra-sum"


@pytest.mark.parametrize(
    ("claim", "mistake"),
    [("G @ H.T", "wrong-derivative"), ("G @ W_2.T", None), (r"H^\top G", "wrong-variable"), ("G @ W_2", "transpose")],
)
def test_the_other_operand_of_a_product(claim, mistake):
    H, W, G = weights("H", 5, 3), weights("W_2", 3, 3), data("G", 5, 3)
    assert derive((G * (H @ W)).sum(), H).check(claim).mistake == mistake


def test_the_other_operand_is_said():
    H, W, G = weights("H", 5, 3), weights("W_2", 3, 2), data("G", 5, 2)
    assert "wrong operand" in derive((G * (H @ W)).sum(), H).check("G @ H.T").message


# ── an embedding ──


PICKED = np.array([1, 2, 1, 4])


def _overwriting(E, u):
    found = np.zeros_like(E)
    found[PICKED] = u
    return found


def _adding(E, u):
    found = np.zeros_like(E)
    np.add.at(found, PICKED, u)
    return found


@pytest.mark.parametrize("pick", [lambda E: E[PICKED], lambda E: tg.take(E, PICKED, axis=0)])
def test_rows_used_twice_are_added_to(pick):
    E = weights("E", 6, 3)
    derivation = derive((data("u", 4, 3) * pick(E)).sum(), E)
    assert derivation.check(_adding).ok
    verdict = derivation.check(_overwriting)
    assert verdict.mistake == "missing-path" and "+=" in verdict.message


# ── derivatives ──


@pytest.mark.parametrize("claim", [r"g\, e\, x^{e-1}", "g*e*x**(e-1)"])
def test_e_to_the_x_is_no_power_of_x(claim):
    x = Tensor([0.4, 1.3, 0.8], name="x")
    verdict = derive((data("g", 3) * np.exp(x)).sum(), x).check(claim)
    assert verdict.mistake == "wrong-derivative" and "the exponent" in verdict.message


def outputs(function):
    X, w, y = data("X", 5, 3), weights("w", 3), data("y", 5)
    a = named(function(named(X @ w, "z")), "a")
    return derive(0.5 * ((a - y) ** 2).sum(), w)


@pytest.mark.parametrize(
    ("function", "claim"),
    [
        (tg.sigmoid, r"X^\top((a - y) \odot \sigma'(a))"),
        (tg.sigmoid, "X.T @ ((a - y)*sigmoid(a)*(1 - sigmoid(a)))"),
        (np.tanh, "X.T @ ((a - y)*(1 - np.tanh(a)**2))"),
    ],
)
def test_a_derivative_taken_at_the_result(function, claim):
    verdict = outputs(function).check(claim)
    assert verdict.mistake == "wrong-derivative" and "at its own result" in verdict.message


def test_a_derivative_taken_at_the_argument_and_at_the_result():
    verdict = outputs(tg.sigmoid).check(r"X^\top((a - y) \odot \sigma'(z) \odot \sigma'(a))")
    assert verdict.mistake == "local-derivative" and "the second time at its own result" in verdict.message


@pytest.mark.parametrize(("claim", "left"), [("exp(x)", "x · exp x"), ("x*exp(x)", "x · exp x")])
def test_one_term_of_a_product_rule(claim, left):
    x = Value(0.7, name="x")
    verdict = derive(x * np.exp(x), x).check(claim)
    assert verdict.mistake == "missing-path"
    assert ("exp x" if claim == "exp(x)" else left) in verdict.message


# ── words ──


@pytest.mark.parametrize("times", [0.5, 2.0])
def test_a_literal_two_is_a_constant_before_it_is_the_number_of_samples(times):
    X, w, y = data("X", 2, 3), weights("w", 3), data("y", 2)
    loss = ((X @ w - y) ** 2).mean()
    loss.backward()
    assert derive(loss, w).check(times * w.grad).mistake == "constant-factor"
    assert derive(loss, w).check(f"{times * 2}*X.T@(X@w - y)/N").mistake == "constant-factor"


def test_the_loss_is_called_by_its_own_name():
    x = weights("x", 4)
    derivation = derive(named((x * x).mean(), "J"), x)
    assert derivation.check("2*x/N").message == "Right: this is ∂J/∂x."
    verdict = derivation.check("2*x")
    assert "J is a mean" in verdict.message and "∂J/∂" in verdict.solution and "∂L" not in verdict.solution
    lines = derivation.check_lines(["2*x/N", "2*x", r"\frac{\partial^2 J}{\partial x^2} = 2"])
    assert "right if J were the sum" in lines[1].message and "∂J/∂x" in lines[2].message


# ── a block ──


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        (r"[1\ H_2]^\top G", True), (r"[1 \; H_2]^T G", True), (r"[\mathbf 1\ H_2]^\top G", True),
        ("[1, H_2]^T G", True), (r"[H_2\ 1]^\top G", False), (r"-[1\ H_2]^\top G", False), (r"[1\ 2]^\top G", False),
        (r"[1\ G]^\top H_2", False),
    ],
)  # fmt: skip
def test_a_column_of_ones_beside_a_matrix(claim, right):
    H, W, G = data("H_2", 6, 3), weights("W", 4, 2), data("G", 6, 2)
    loss = (G * (tg.concatenate([np.ones((6, 1)), H], axis=1) @ W)).sum()
    assert derive(loss, W).check(claim).ok == right


def test_a_vector_with_a_one_behind_it():
    w, x = weights("w", 4), data("x", 3)
    derivation = derive(w @ tg.concatenate([x, np.ones(1)]), w)
    assert derivation.check("[x, 1]^T").ok or derivation.check("[x, 1]").ok
    assert not derivation.check("[1, x]").ok
    assert derivation.check("[[x, 1], x]").mistake in ("shape", "unparsable")


def test_brackets_around_one_thing_are_brackets():
    a, x, y = weights("a", 4), data("x", 4), data("y", 4)
    derivation = derive((x * y * a).sum(), a)
    for claim in ("[x y]", "[x] y", "[x * y]", r"\left[x \odot y\right]"):
        assert derivation.check(claim).ok, claim


def ridge():
    X, w, b, y, lam = data("X", 6, 3), weights("w", 3), weights("b"), data("y", 6), data("lam")
    return derive(((X @ w + b - y) ** 2).mean() + lam * (w**2).sum(), w)


def form():
    A, b, x = data("A", 4, 4), data("b", 4), weights("x", 4)
    return derive(x @ A @ x + b @ x, x)


def bell():
    x, s = weights("x", 5), data("s")
    return derive(np.exp(-(x**2) / (2 * s**2)).sum(), x)


def classifier():
    X, w, y = data("X", 6, 3), weights("w", 3), data("y", 6)
    p = named(tg.sigmoid(X @ w), "p")
    return derive(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(), w)


@pytest.mark.parametrize(
    ("problem", "claim", "mistake", "said"),
    [
        (ridge, r"\frac2N X^T(Xw - y) + 2\lambda w", "special-case", "b is left out"),
        (ridge, "2/N * X.T @ (X @ w - y) + 2*lam*w", "special-case", "right only where b = 0"),
        (ridge, r"\frac2N X^T(Xw + b + y) + 2\lambda w", "sign", "one term"),
        (ridge, r"\frac2N X^T(Xw + b - y) + 2\lambda\|w\|", "extra-sum", "w belongs"),
        (ridge, r"\frac2N X^T(Xw + b - y) + 2\lambda\sum_j w_j", "extra-sum", "w belongs"),
        (form, "2Ax + b", "special-case", "symmetric A"), (form, r"(A + A^T)x + b^Tx", "extra-sum", "b belongs"),
        (bell, r"-\frac{x}{s} e^{-x^2/(2s^2)}", "wrong-derivative", "A power"),
        (classifier, r"\frac1N X^T(Xw - y)", "wrong-derivative", "sigmoid is left out"),
        (form, r"(A + A^T)x x + b", "local-derivative", "A factor too many"),
    ],
)  # fmt: skip
def test_a_small_change_at_one_place(problem, claim, mistake, said):
    verdict = problem().check(claim)
    assert verdict.mistake == mistake and said in verdict.message, verdict
    assert verdict.hint and verdict.solution


def test_what_stands_behind_a_matrix_may_be_a_product_of_its_own():
    X, w, y = data("X", 6, 3), weights("w", 3), data("y", 6)
    p = named(tg.sigmoid(X @ w), "p")
    squared = derive(((p - y) ** 2).mean(), w)
    assert squared.check(r"\frac2N X^T (p - y) p (1 - p)").ok
    assert squared.check(r"\frac2N X^T p (1 - p)(y - p)").mistake == "sign"
    assert not squared.check(r"\frac2N X^T (p - y) p").ok


def test_what_is_right_for_a_symmetric_matrix_only_is_said_of_texts_and_functions():
    A, x, b = data("A", 3, 3), weights("x", 3), data("b", 3)
    half = derive(0.5 * (x @ A @ x) - b @ x, x)
    for claim in ("A x - b", r"\nabla_x L = Ax - b", lambda A, x, b: A @ x - b):
        verdict = half.check(claim)
        assert verdict.mistake == "special-case" and "Right only for a symmetric A" in verdict.message
    assert "symmetric" not in half.check("A.T @ x").message  # b is missing
    assert derive(x @ A @ b, x).check("A.T @ b").mistake == "transpose"
    X = weights("X", 3, 2)
    assert "symmetric A" in derive(np.trace(X.T @ A @ X), X).check("2 A X").message
