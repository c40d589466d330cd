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
    assert verdict.mistake == "transpose" and verdict.message == "Your gradient is the transpose of the true one."
    assert log_det().check("A^{-T}").ok


@pytest.mark.parametrize("columns", [3, 4])
@pytest.mark.parametrize("text", ["y x^T", "np.outer(y, x)", "y[:,None]*x[None,:]"])
def test_the_transpose_of_a_square_gradient_and_of_another(columns, text):
    assert bilinear(columns).check(text).mistake == "transpose"
    assert "is the transpose" in bilinear(columns).check(text).message
    turned = bilinear(columns).check(f"-({text})")
    assert (turned.mistake, turned.candidates[0].weight) == ("transpose", 2)


def test_indices_in_another_order_than_the_axes_are_said_to_be_read_so():
    verdict = bilinear(4).check(r"\frac{\partial L}{\partial A_{ij}} = x_j y_i")
    assert verdict.ok and "the indices of A on the left read in the other order" in verdict.message
    for text in (r"\frac{\partial L}{\partial A_{ij}} = x_i y_j", r"\frac{\partial L}{\partial A_{ji}} = x_j y_i"):
        assert bilinear(4).check(text).message == "Right: this is ∂L/∂A."
    assert bilinear(3).check(r"\frac{\partial L}{\partial A_{ij}} = x_j y_i").mistake == "transpose"
