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


def ridge(loss=None):
    X, y = (Tensor(RNG.normal(size=s), name=n, requires_grad=False) for s, n in (((5, 3), "X"), (5, "y")))
    w, lam = Tensor(RNG.normal(size=3), name="w"), Tensor(0.3, name="lam", requires_grad=False)
    total = ((X @ w - y) ** 2).mean() + lam * (w**2).sum()
    total.name = loss
    return derive(total, w)


@pytest.mark.parametrize(
    "left", ["∂R/∂w", "∂MSE/∂w", r"\nabla R(w)", r"\nabla_w \mathrm{MSE}", "∂L_{CE}/∂w", "∂E_D/∂w"]
)
@pytest.mark.parametrize("right", ["2 λ w", TRUTH])
def test_a_name_that_a_term_may_have_is_not_compared_where_there_is_a_penalty(left, right):
    """A true ∂R/∂w = 2λw was called wrong."""
    assert ridge().check(f"{left} = {right}").mistake == "unparsable"
    (line,) = ridge().check_lines([f"{left} = {right}"])
    assert line.ok is None


def test_a_name_that_a_term_may_have_is_never_said_to_be_the_loss_without_a_word():
    whole = f"{TRUTH} + 2 λ w"
    assert ridge().check(f"∂MSE/∂w = {whole}").ok is False and ridge().check_lines([f"∂MSE/∂w = {whole}"])[0].ok is None
    assert "read as the loss" in ridge().check(f"∂R/∂w = {whole}").message
    assert ridge().check_lines([f"∂R/∂w = {whole}"])[0].ok is None
    for left in ("∂L/∂w", "∂J/∂w", "∂L_{total}/∂w", "∂J_{train}/∂w", r"\nabla_w L(w)", "∇f(w)"):
        assert ridge().check(f"{left} = {whole}").message == "Right: this is ∂L/∂w."
    for name in ("R", "MSE", "L_CE"):
        left = f"∂{name.replace('_CE', '_{CE}')}/∂w"
        assert ridge(name).check(f"{left} = {whole}").ok and ridge(name).check(f"{left} = 2 λ w").ok is False
    assert linear().check(f"∂R/∂w = {TRUTH}").message == "Right: this is ∂L/∂w."


@pytest.mark.parametrize("left", ["∂L_t/∂w", r"\frac{\partial L_1}{\partial w}", "∂/∂w J_2", "∂E_p/∂w"])
def test_a_loss_with_a_letter_or_number_below_it_may_be_one_of_several(left):
    right, wrong = (linear().check(f"{left} = {claim}") for claim in (TRUTH, "2 w"))
    assert right.ok and "read as the loss" in right.message and wrong.mistake == "unparsable"
    (line,) = linear().check_lines([f"{left} = {TRUTH}"])
    assert line.ok is None


@pytest.mark.parametrize(
    "left",
    [
        "∂L/∂w_0", "∂L/∂w_{1}", "∂L/∂w0", r"\nabla_{w_2} L", "dw_0", "dw1", "w_0.grad", "grad_w_0", "∂L/∂w_{out}",
        "∂L/∂w^*", "∂L/∂w^+", "∂L/∂w_{i1}", "∂L/∂w_{i+1}", "∂L/∂w_{:,1}", "∂L/∂w_{y_i}", "∂L/∂w_{new}",
    ],
)  # fmt: skip
def test_an_entry_or_another_variable_is_not_the_one_asked_about(left):
    verdict = linear().check(f"{left} = {TRUTH}")
    assert verdict.ok is False and "the gradient at w" in verdict.message
    (line,) = linear().check_lines([f"{left} = {TRUTH}"])
    assert line.ok is None


@pytest.mark.parametrize("left", ["∂L/∂w_j", "∂L/∂w_t", "∂L/∂w_a", "∂L/∂w^{(t)}", "∂L/∂w^{(1)}", "dw^{(1)}", "∂L/∂w_B"])
def test_indices_steps_and_layers_at_a_variable_are_no_others(left):
    assert linear().check(f"{left} = {TRUTH}").ok and linear().check(f"{left} = −{TRUTH}").mistake == "sign"


@pytest.mark.parametrize("left", ["dL", "dJ", "dE", "dloss"])
def test_a_differential_of_the_loss_is_no_gradient_at_it(left):
    for d in (linear(), ridge("L"), ridge("J")):
        verdict = d.check(f"{left} = 1")
        assert verdict.mistake == "unparsable" and "a differential of the loss" in verdict.message
        assert d.check_lines([f"{left} = 1"])[0].ok is None


@pytest.mark.parametrize(
    "line",
    [
        "w ← w − η∇L", r"w \leftarrow w - \eta \nabla L", r"w \gets w - \alpha g", "w = w - lr * 2/N * X.T @ (X@w - y)",
        r"w_{t+1} = w_t - \eta \frac{2}{N} X^T (Xw_t - y)", "w := w − η g", "w ⟵ w + η v", "w ≔ w − η g",
    ],
)  # fmt: skip
def test_an_update_is_passed_over_whatever_it_takes_its_steps_with(line):
    (verdict,) = linear().check_lines([line])
    assert verdict.ok is None and "another value of w" in verdict.message


@pytest.mark.parametrize("line", ["w ← X − η g", "q ← q − η g", "dw = dw − η g", "yhat = yhat - foo", "w = w("])
def test_what_is_no_update_is_read(line):
    (verdict,) = linear().check_lines([line])
    assert verdict.mistake == "unparsable"


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
