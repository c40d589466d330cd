"""Spellings with a meaning of their own: derivative functions, widths, samples above the line."""

import numpy as np
import pytest
from leaves import Leaves

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive

LEAVES = Leaves(5)
data, weights = LEAVES.data, LEAVES.weights


def gated(function):
    x = weights("x", 4)
    return derive((data("g", 4) * function(x)).sum(), x)


@pytest.mark.parametrize(
    ("function", "spellings"),
    [
        (
            tg.sigmoid,
            [
                "sigmoid_prime",
                "sigmoid_derivative",
                "dsigmoid",
                "sigmoid_grad",
                "d_sigmoid",
                "sigma_prime",
                "sigmoidPrime",
            ],
        ),
        (np.tanh, ["tanh_prime", "dtanh", "tanh_derivative", "tanh_deriv", "grad_tanh", "np.tanh_prime"]),
        (tg.relu, ["relu_grad", "drelu", "relu_derivative", "ReLU_prime", "derivative_of_relu"]),
    ],
)
def test_the_derivative_of_a_function_has_many_names(function, spellings):
    for spelled in spellings:
        assert gated(function).check(f"g*{spelled}(x)").ok, spelled
        assert gated(function).check(f"-g*{spelled}(x)").mistake == "sign", spelled
        assert gated(function).check(f"{spelled}(x)").mistake != "unparsable", spelled


@pytest.mark.parametrize("claim", ["sigmoid_foo(x)", r"\sigma_{bar}(x)", "tanh_double(x)", "sigmoid_backward(x)"])
def test_a_suffix_that_nobody_knows_is_no_row_of_subscripts(claim):
    verdict = gated(tg.sigmoid).check(claim)
    assert verdict.mistake == "unparsable" and "unknown function" in verdict.message


def test_a_function_of_a_name_with_indices_keeps_them():
    z = weights("z", 3, 4)
    y = Tensor(np.eye(4)[[0, 2, 1]], name="y", requires_grad=False)
    derivation = derive(-(y * tg.log_softmax(z, axis=1)).sum(), z)
    assert derivation.check(r"\mathrm{softmax}(z)_{ij} - y_{ij}").ok


def attention():
    Q, K, V = weights("Q", 5, 3), weights("K", 6, 3), weights("V", 6, 4)
    S = Q @ K.T / np.sqrt(K.shape[1])
    S.name = "S"
    return derive((data("G", 5, 4) * (tg.softmax(S) @ V)).sum(), Q)


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        (r"\frac{1}{\sqrt{d_k}} \frac{\partial L}{\partial S} K", True),
        (r"dS\, K/\sqrt{d}", True),
        (r"\frac{dS\, K}{\sqrt{d_{K}}}", True),
        (r"\frac{dS\, K}{\sqrt{d_{model}}}", True),
        ("dS @ K / np.sqrt(d_k)", True),
        ("dS @ K / np.sqrt(D_k)", True),
        (r"\frac{1}{d_k} \frac{\partial L}{\partial S} K", False),
        (r"dS\, K/\sqrt{d_v}", False),
        ("dS @ K / np.sqrt(d_v)", False),
    ],
)
def test_a_width_is_that_of_the_rows_it_names(claim, right):
    assert attention().check(claim).ok == right


def test_a_width_of_nothing_is_not_read():
    verdict = attention().check("dS @ K / np.sqrt(d_u)")
    assert verdict.mistake == "unparsable" and "d_u" in verdict.message


@pytest.mark.parametrize("k", "knm")
def test_a_sample_may_stand_above_the_line(k):
    mu = Value(0.3, name="mu")
    derivation = derive(0.5 * ((data("x", 5) - mu) ** 2).sum(), mu)
    assert derivation.check(rf"-\sum_{k} (x^{k} - \mu)").ok
    assert derivation.check(rf"\sum_{k} (x^{{{k}}} - \mu)").mistake == "sign"
    X, w, y = data("X", 5, 3), weights("w", 3), data("y", 5)
    derivation = derive(0.5 * ((X @ w - y) ** 2).sum(), w)
    assert derivation.check(rf"\sum_{k} (w^\top x^{k} - y^{k}) x^{k}_j").ok
    assert derivation.check(rf"\sum_{k} (y^{k} - w^\top x^{k}) x^{k}_j").mistake == "sign"


def test_an_index_above_a_single_number_is_an_exponent():
    x, c = Value(0.7, name="x"), data("c", 4)
    powers = np.arange(4.0)
    loss = (c * x**powers).sum()
    assert derive(loss, x).check(r"\frac{1}{x} \sum_k k\, c_k x^k").ok
    assert not derive(loss, x).check(r"\sum_k k\, c_k x^k").ok


@pytest.mark.parametrize(
    "loss, claim",
    [
        (lambda x, c: (x[::-1] ** 3 * c).sum(), "∂L/∂x_i = 3 x_i² c[1 + N − i]"),
        (lambda x, c: (np.flip(x) * x).sum(), "∂L/∂xᵢ = 2 x[1 + N − i]"),
    ],
)
def test_a_computed_subscript_is_no_product(loss, claim):
    """They are what our own derivations print; taken for a product, x [1 + N − i] was refused for its shape."""
    x, c = Tensor([1.0, 2.0, 4.0], name="x"), Tensor([3.0, 5.0, 6.0], name="c", requires_grad=False)
    verdict = derive(loss(x, c), x).check(claim)
    assert (verdict.mistake, verdict.ok) == ("unparsable", False)
    assert "a subscript that is computed is not read" in verdict.message


@pytest.mark.parametrize(
    "claim, right",
    [
        ("∂L/∂xᵢ = 3 Σⱼ x[yⱼ]² · 1[i = yⱼ]", True),
        ("∂L/∂xᵢ = 3 Σⱼ xᵢ² δ_{i y_j}", True),
        ("∂L/∂xᵢ = 3 Σⱼ x[yⱼ] · 1[i = yⱼ]", False),
        ("∂L/∂xᵢ = 3 x[yᵢ]²", False),
    ],
)
def test_the_entry_at_a_class_number(claim, right):
    x = Tensor([1.0, 2.0, 4.0], name="x")
    assert derive((x[np.array([0, 2, 2])] ** 3).sum(), x).check(claim).ok == right


def test_a_bracket_behind_a_name_is_a_factor():
    x = Tensor([1.0, 2.0, 4.0], name="x")
    assert derive((x**2 - x**3 / 3.0).sum(), x).check(r"\frac{\partial L}{\partial x_i} = x_i[2 - x_i]").ok
    verdict = derive((x**2 - x**3 / 3.0).sum(), x).check("x[2 - x]")  # in Python an indexing; it was cut to integers
    assert not verdict.ok
    assert "an index is a whole number" in verdict.message


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("p - 1/e_y", "times a number"),
        ("p - 2^{e_y}", "times a number"),
        ("p - mean(e_y)", "times a number"),
        ("p - ‖e_y‖", "times a number"),
        ("p - e_y/e_y", "A factor too many"),
        ("p - p e_y", "A factor too many"),
        ("x x^T - e_y", "a unit vector and a part that is of shape"),
        ("1 - e_y", "a unit vector and a part that is a number"),
        ("𝟏 - e_y", "a unit vector and a part that is a number"),
    ],
)
def test_a_unit_vector_is_read_in_sums_alone(claim, said):
    x, c = Tensor([1.0, 2.0, 4.0], name="x"), Value(1.0, name="y", requires_grad=False)
    loss = tg.logsumexp(x) - x[tg.astype(c, int)]
    verdict = derive(loss, x).check(claim.replace("p", "softmax(x)"))
    assert verdict.ok is False
    assert said in verdict.message


def test_an_entry_is_judged_by_each_meaning_of_the_numbers_of_the_loss():
    z, y = Tensor([1.0, 2.0, 4.0, 0.5, 3.0], name="z"), Value(1.0, name="y", requires_grad=False)
    derivation = derive((tg.logsumexp(z) - z[tg.astype(y, int)]) / 5, z)
    assert derivation.check("∂L/∂z_y = (softmax(z)_y − 1)/5").ok
    assert not derivation.check("∂L/∂z_y = (softmax(z)_y − 1)/4").ok
    assert not derivation.check("∂L/∂z_y = softmax(z)_y/5").ok


@pytest.mark.parametrize("label", [2, np.array(2), np.int64(2), np.array([2])], ids=repr)
def test_a_class_number_without_a_name_is_the_number_that_formulas_have(label):
    z = Tensor(np.array([[0.3, -1.0, 2.0]])[0 if np.ndim(label) == 0 else slice(None)], name="z")
    d = derive(tg.losses.cross_entropy(z, label), z)
    assert d.check(d.steps[-1].text).ok
    j = "j" if np.ndim(label) else "i"
    assert not d.check(d.steps[-1].text.replace(f"1[{j} = 3]", f"1[{j} = 2]")).ok


@pytest.mark.parametrize("half", ["e_y/2", "(1/2) e_y", "e_y · 0.5", "0.5e_y"])
def test_a_unit_vector_times_a_number(half):
    x, c = Tensor([1.0, 2.0, 4.0], name="x"), Value(1.0, name="y", requires_grad=False)
    loss = (tg.logsumexp(x) - x[tg.astype(c, int)]) / 2
    assert derive(loss, x).check(f"softmax(x)/2 - {half}").ok
    assert not derive(loss, x).check(f"softmax(x)/2 + {half}").ok


def test_a_number_that_is_no_index_is_no_class_number():
    t, w = Value(0.7, name="t"), weights("w", 3)
    derivation = derive((t * w * w).sum(), w)
    assert derivation.check("∂L/∂w_t = 2 t w").ok
    assert not derivation.check("∂L/∂w_t = t w").ok
