"""A symbol on the left is the gradient unless its name says something else: a Hessian, an update, another value."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, derive

pytest.importorskip("lark")
RNG = np.random.default_rng(4)
TRUTH = r"\frac2N X^T(Xw - y)"
CODE = "2/N * X.T @ (X@w - y)"


def linear(order=1):
    X, y = (Tensor(RNG.normal(size=s), name=n, requires_grad=False) for s, n in (((5, 3), "X"), (5, "y")))
    w = Tensor(RNG.normal(size=3), name="w")
    z = X @ w
    z.name = "z"
    return derive(((z - y) ** 2).mean(), w, order=order)


def logistic():
    y, z = Tensor([1.0, 0.0, 1.0, 0.0], name="y", requires_grad=False), Tensor(RNG.normal(size=4), name="z")
    a = tg.sigmoid(z)
    a.name = "a"
    return derive(((a - y) ** 2).sum(), z)


@pytest.mark.parametrize(
    "left", ["g", "G", "grad", "dw", "delta", "g_t", "loss_grad", "grad_L", "L_grad", "slope", "dJdw"]
)
def test_what_a_gradient_may_be_called(left):
    assert linear().check(f"{left} = {CODE}").ok
    assert linear().check(f"{left} = -{CODE}").mistake == "sign"


@pytest.mark.parametrize("name", ["L", "J", "E", "loss", "bce"])
def test_the_name_of_the_loss_goes_with_the_word_for_its_gradient(name):
    """∂L/∂L is 1, which nobody derives."""
    of_loss = linear()
    of_loss.loss.name = name
    for left in (f"grad_{name}", f"{name}_grad", f"∇{name}", f"∂{name}/∂w"):
        right = "2/N Xᵀ(X w − y)" if left[0] in "∂∇" else CODE
        assert of_loss.check(f"{left} = {right}").ok, left
        assert of_loss.check(f"{left} = −{right}").mistake == "sign"


@pytest.mark.parametrize(
    "left", ["∂L_{reg}/∂w", "∂J_{reg}/∂w", "∂/∂w L_{data}", r"\nabla_w L_{\text{penalty}}", "∂L_{fit}/∂w"]
)
@pytest.mark.parametrize("right", [TRUTH, "2 w"])
def test_one_term_of_the_loss_by_its_name_is_not_taken_for_the_loss(left, right):
    verdict = linear().check(f"{left} = {right}")
    assert verdict.mistake == "unparsable" and "one term of the loss by its name" in verdict.message
    (line,) = linear().check_lines([f"{left} = {right}"])
    assert line.ok is None


@pytest.mark.parametrize("left", ["∂L_{CE}/∂w", "∂L_{total}/∂w", "∂E_{in}/∂w", "∂J_{train}/∂w"])
def test_a_loss_may_have_its_kind_below_it(left):
    assert linear().check(f"{left} = {TRUTH}").ok


def test_a_matrix_that_is_called_as_losses_are_has_a_gradient_of_its_own():
    L, v = Tensor(RNG.normal(size=(3, 3)), name="L"), Tensor(RNG.normal(size=3), name="v")
    loss = v @ L @ v
    assert derive(loss, L).check("grad_L = np.outer(v, v)").ok
    assert derive(loss, v).check("grad_L = np.outer(v, v)").mistake == "wrong-variable"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ("H", "a Hessian by its name"), ("hess_w", "a Hessian by its name"), ("Hessian", "a Hessian by its name"),
        ("d2L", "a second derivative"), ("d2L_dw2", "a second derivative"),
        ("update", "an update by its name"), ("new_w", "an update by its name"), ("step", "an update by its name"),
        ("descent_direction", "an update by its name"), ("velocity", "an update by its name"),
        ("w_new", "another value of w"), ("w_opt", "another value of w"), ("w'", "another value of w"),
        ("y'", "another value of y"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("right", [CODE, f"w - {CODE}"])
def test_what_says_that_it_is_something_else_is_not_taken_for_the_gradient(left, said, right):
    verdict = linear().check(f"{left} = {right}")
    assert verdict.mistake == "unparsable" and said in verdict.message
    (line,) = linear().check_lines([f"{left} = {right}"])
    assert line.ok is None and said in line.message


@pytest.mark.parametrize(
    "left", [r"\mathcal{H}", "H(w)", r"w^*", r"w^{(t+1)}", "w^+", r"w_{\text{new}}", "w^{new}", "w'"]
)
def test_the_same_in_latex(left):
    assert linear().check(f"{left} = {TRUTH}").ok is False
    assert linear().check_lines([f"{left} = {TRUTH}"])[0].ok is None


@pytest.mark.parametrize(
    "left", ["H", "H_{ij}", "H(w)", "hess", "d2L_dw2", "L''", "L''(w)", r"\mathbf{H}", r"\nabla^2 L"]
)
def test_the_second_derivative_may_be_called_a_hessian(left):
    assert linear(2).check(rf"{left} = \frac2N X^T X").ok
    assert linear(2).check(rf"{left} = \frac1N X^T X").ok is False


def test_a_derivative_of_another_order_is_not_the_second():
    assert linear(2).check(r"L''' = \frac2N X^T X").mistake == "unparsable"


def test_a_hidden_layer_may_be_called_as_a_hessian_is():
    first, second = linear().check_lines(["H = X@w - y", "dw = 2/N * X.T @ H"])
    assert first.ok and second.ok and "definition" in first.message


def test_a_prime_behind_a_node_on_the_way_is_its_own_derivative():
    verdicts = logistic().check_lines(["a' = a*(1 - a)", "a'(z) = 1 + a", "dz = 2*(a - y)*a*(1 - a)"])
    assert [verdict.ok for verdict in verdicts] == [True, False, True]
    assert verdicts[0].message == "Right: this is ∂a/∂z."


@pytest.mark.parametrize("left", ["w'x", "w'X", "X'X", "X'(Xw - y)"])
def test_a_prime_behind_data_or_parameters_is_a_transposition(left):
    assert linear().check(f"{left} = {TRUTH}").ok is False


@pytest.mark.parametrize("line", ["z^2 = (Xw)^2", "z_{new} = 3z", "z^* = 2z", "r^2 = 3", "J^2 = 3"])
def test_a_power_and_another_value_are_not_compared_with_the_node(line):
    first, second = linear().check_lines([line, rf"\nabla_w L = {TRUTH}"])
    assert first.ok is None
    assert second.ok, second.message


def test_a_power_of_one_argument_is_no_internal_error():
    x = Tensor(RNG.normal(size=3), name="x")
    assert derive((x**3).sum(), x).check("3powx.*(2)").ok is False


@pytest.mark.parametrize("left", [r"\bar y", r"\overline{y}", r"\dot y", r"\Delta y", "Δy"])
def test_a_mark_over_another_name_speaks_of_that(left):
    assert linear().check(f"{left} = {TRUTH}").ok is False
    assert linear().check(f"{left.replace('y', 'w')} = {TRUTH}").message == "Right: this is ∂L/∂w."


def test_a_count_times_the_loss_is_no_letter_for_the_loss():
    assert linear().check(rf"\frac{{\partial (NL)}}{{\partial w}} = {TRUTH}").ok is False
