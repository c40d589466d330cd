"""The transpose of a gradient is called that also where it is square; indices in another order are said to be."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive

pytest.importorskip("lark")
RNG = np.random.default_rng(21)


def log_det():
    A = Tensor(np.array([[2.0, 0.3, 0.1], [0.2, 1.5, 0.4], [0.1, 0.6, 1.8]]), name="A")
    return derive(np.log(np.linalg.det(A)), A)


def bilinear(columns):
    x, A, y = (Tensor(RNG.normal(size=s), name=n) for s, n in ((3, "x"), ((3, columns), "A"), (columns, "y")))
    return derive(x @ A @ y, A)


@pytest.mark.parametrize("text", ["A^{-1}", "np.linalg.inv(A)", r"\frac{\partial L}{\partial A_{ij}} = (A^{-1})_{ij}"])
def test_the_transpose_of_a_square_gradient(text):
    verdict = log_det().check(text)
    assert verdict.mistake == "transpose"
    assert verdict.message.startswith("Your gradient is the transpose of the true one.")
    assert log_det().check("A^{-T}").ok


@pytest.mark.parametrize("columns", [3, 4])
@pytest.mark.parametrize("text", ["y x^T", "np.outer(y, x)", "y[:,None]*x[None,:]"])
def test_the_transpose_of_a_square_gradient_and_of_another(columns, text):
    assert bilinear(columns).check(text).mistake == "transpose"
    assert "is the transpose" in bilinear(columns).check(text).message
    turned = bilinear(columns).check(f"-({text})")
    assert (turned.mistake, turned.candidates[0].weight) == ("transpose", 2)


@pytest.mark.parametrize("columns", [3, 4])
def test_indices_on_the_left_are_in_the_order_of_the_axes_whether_square_or_not(columns):
    verdict = bilinear(columns).check(r"\frac{\partial L}{\partial A_{ij}} = x_j y_i")
    assert verdict.mistake == "transpose" and "is the transpose" in verdict.message
    assert (
        f"are those of A of shape (3, {columns})" in verdict.message
    )  # a text with the other order has the transpose of it
    for text in (r"\frac{\partial L}{\partial A_{ij}} = x_i y_j", r"\frac{\partial L}{\partial A_{ji}} = x_j y_i"):
        assert bilinear(columns).check(text).message == "Right: this is ∂L/∂A."


@pytest.mark.parametrize("columns", [3, 4])
def test_indices_that_nothing_on_the_left_orders_go_along_the_axes_that_they_fit(columns):
    for text in ("x_i y_j", "x_j y_i", r"\frac{\partial L}{\partial A} = y_j x_i"):
        assert bilinear(columns).check(text).message == "Right: this is ∂L/∂A."
    assert bilinear(columns).check("y_i x_j").message == "Right (its indices read in the order j, i)."


def test_indices_that_fit_either_axis_of_a_square_are_in_the_order_of_the_alphabet():
    d = log_det()
    assert d.check("(A^{-T})_{ij}").ok and d.check("(A^{-1})_{ij}").mistake == "transpose"


def layer(columns):
    x, W, b = (Tensor(RNG.normal(size=s), name=n) for s, n in ((3, "x"), ((3, columns), "W"), (columns, "b")))
    z = x @ W + b
    z.name = "z"
    return derive((z**2).sum(), W)


@pytest.mark.parametrize("columns", [3, 5])
def test_a_weight_from_k_to_j_is_an_entry_of_the_transpose(columns):
    """As Nielsen counts weights: wⱼₖ leads from neuron k to neuron j, so that his w is the Wᵀ of z = x W."""
    turned = r"\frac{\partial L}{\partial w_{jk}} = x_k \frac{\partial L}{\partial z_j}"
    straight = r"\frac{\partial L}{\partial w_{jk}} = x_j \frac{\partial L}{\partial z_k}"
    assert layer(columns).check(turned).mistake == "transpose"
    assert layer(columns).check(straight).ok
    first = r"\delta_j = \frac{\partial L}{\partial z_j}"
    for text, right in (
        (r"\frac{\partial L}{\partial w_{jk}} = x_k \delta_j", False),
        (r"dW_{jk} = x_j \delta_k", True),
    ):
        assert layer(columns).check_lines([first, text])[1].ok is right
