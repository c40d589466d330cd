"""Spellings that people type (`spellings.toml`), each judged as a claim, and what is said where one holds a guess."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from typed import record

from tinygrad_edu import derive

pytest.importorskip("lark")
GROUPS = tomllib.loads((Path(__file__).parent / "spellings.toml").read_text(encoding="utf-8"))["group"]
_made: dict[str, object] = {}


def derivation(group):
    """The loss of a group, recorded; labels of a softmax are one-hot."""
    key = f"{group['loss']} by {group['wrt']}"
    if key not in _made:
        rng = np.random.default_rng(0)
        values = {name: rng.uniform(0.1, 0.9, size) for name, size in group["shapes"].items()}
        for name in {"z", "y", "Y"} & set(values):
            values[name] = rng.normal(size=values[name].shape)
        for name in {"y", "Y"} & set(values):
            if "softmax" in group["loss"]:
                classes = values[name].shape[-1]
                values[name] = np.eye(classes)[rng.integers(0, classes, values[name].shape[:-1])]
        root, names = record(group["loss"], values, group["wrt"])
        _made[key] = derive(root, names[group["wrt"]])
    return _made[key]


def each(kind):
    return [
        pytest.param(group, text, id=f"{group['wrt']}: {text[:60]}") for group in GROUPS for text in group.get(kind, ())
    ]


@pytest.mark.parametrize(("group", "text"), each("right"))
def test_a_right_claim_is_accepted_in_every_spelling(group, text):
    verdict = derivation(group).check(text)
    assert verdict.ok, verdict.message


@pytest.mark.parametrize(("group", "text"), each("wrong"))
def test_a_wrong_claim_is_not_accepted_in_any(group, text):
    assert derivation(group).check(text).ok is False


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group['loss'][:40]} by {group['wrt']}")
def test_no_spelling_is_right_with_a_factor_more(group):
    """A part that can be read in several ways must not find one that makes a wrong claim right."""
    alone = [text for text in group["right"] if "=" not in text and "otherwise" not in text and "where" not in text]
    for text in [text for text in alone if "return" not in text and "qquad" not in text and "。" not in text][::4]:
        assert derivation(group).check(f"3 * ({text})").ok is False, text


def made(loss, wrt, **shapes):
    return derivation({"loss": loss, "wrt": wrt, "shapes": shapes})


CE = ("-sum(y*log(softmax(z)))", "z")


def test_what_a_prediction_was_taken_for_is_said():
    verdict = made(*CE, z=(4,), y=(4,)).check(r"\hat y - y")
    assert verdict.ok
    assert "ŷ read as softmax(z)" in verdict.message
    linear = made("mean((X @ w - y)**2)", "w", X=(5, 3), w=(3,), y=(5,)).check(r"\frac{2}{N} X^T(\hat{y} - y)")
    assert linear.ok
    assert "ŷ read as X w" in linear.message
    logistic = made("sum(logaddexp(0, X @ w + b) - y*(X @ w + b))", "w", X=(5, 3), w=(3,), b=(), y=(5,))
    assert not logistic.check(r"X^T(\hat y - y)/N").ok


@pytest.mark.parametrize("text", ["p - y", r"X^T(q - y)", r"a^T y"])
def test_a_letter_is_no_prediction_where_the_loss_has_no_probabilities(text):
    verdict = made("mean((X @ w - y)**2)", "w", X=(5, 3), w=(3,), y=(5,)).check(text)
    assert verdict.mistake == "unparsable"


def test_which_axis_and_which_norm_was_meant_is_said():
    bias = made("sum((X @ W + b)**2)", "b", X=(5, 3), W=(3, 2), b=(2,))
    assert "rowsum read as a sum along axis 0" in bias.check("2*rowsum(X@W + b)").message
    rows = made("sum((X.T @ A)**2)", "X", X=(5, 3), A=(5, 2))
    assert rows.check("2 * A @ (X.T @ A).T").ok
    assert "read as a norm" in made("norm(x - a)", "x", x=(4,), a=(4,)).check("(x-a)/|x-a|").message
    assert "read as a determinant" in made("det(X)", "X", X=(3, 3)).check("|X| X^{-T}").message


def test_a_row_sum_is_a_column_beside_a_matrix():
    attention = made("P = softmax(S); sum(G * P)", "S", S=(5, 4), G=(5, 4))
    for text in (r"P \odot (G - \mathrm{rowsum}(P \odot G))", "P * (G - rowsum(P * G))"):
        verdict = attention.check(text)
        assert verdict.ok and "rowsum read as a sum along axis 1, a column" in verdict.message
    assert attention.check("P * (G - colsum(P * G))").ok is False


def test_a_bar_is_a_gradient_or_a_mean():
    centred = made("sum((x - mean(x))**2)", "x", x=(5,))
    verdict = centred.check(r"2(x - \bar x)")
    assert verdict.ok
    assert "read as a mean" in verdict.message
    net = made("z = w * x; p = sigmoid(z); (p - y)**2", "w", w=(), x=(), y=())
    verdict = net.check(r"\bar z x")
    assert verdict.ok
    assert "read as a gradient" in verdict.message
    assert net.check("2 * z_bar * x").ok is False


def test_numpys_transpose_and_pytorchs():
    square = made("sum((A @ w - y)**2)", "w", A=(3, 3), w=(3,), y=(3,))
    assert square.check("2 * A.transpose(0, 1) @ (A @ w - y)").ok
    assert square.check("2 * np.transpose(A, (1, 0)) @ (A @ w - y)").ok
    assert square.check("2 * A.permute(1, 0) @ (A @ w - y)").ok
    assert square.check("2 * A.permute(0, 1) @ (A @ w - y)").ok is False
    assert square.check("2 * A.swapaxes(0, 1) @ (A @ w - y)").ok
    assert square.check("2 * A.transpose(0, 2) @ (A @ w - y)").mistake == "unparsable"


def test_whole_numbers_are_made_whole():
    half = made("sum(x**2)/4", "x", x=(4,))
    assert half.check("x / 2").ok
    assert half.check("int(x / 2)").ok is False
    assert half.check("(x / 2).astype(np.int64)").ok is False
    assert half.check("(x / 2).astype(np.float32)").ok
    assert half.check("torch.tensor(x / 2, dtype=torch.long)").ok is False


def test_the_step_function_has_a_value_at_zero():
    at_zero = made("sum(relu(x - x))+sum(x)", "x", x=(4,))
    assert at_zero.check("np.heaviside(x - x, 1)").ok
    assert at_zero.check("np.heaviside(x - x, 0.5)").ok is False


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"2(x_1 + \dots + x_{n-1})", "do not count up"), (r"2(x_1 + y_2 + \dots + x_n)", "not seen"),
        (r"2(x_1 + x_2 + \dots)", "not seen"), (r"2(x_1 + x_2^2 + \dots + x_n)", "not seen"),
        (r"2(x_1 + x_2 + \dots + x_i)", "not seen"), (r"2(x_1 - x_2 + \dots + x_n)", "not seen"),
        (r"2(x_3 + \dots + x_n)", "not seen"), (r"\dots x", "not seen"), (r"x \cdot \dots", "'…' is not read here"),
        (r"x_1 \dots y_n", "not seen"),
        (r"2x\, \mathbb{1}_{A}", "1 with a subscript"), (r"\mathbf{1}_{A} x", "no length"),
        (r"2 x^*", "a star as an exponent"), ("this.x", "this"), ("cache['q']", "'q'"), ("rest['x']", ""),
        ("2*x + [1, 2]", ""), ("np.concatenate(x, 0)*q", "q"), ("q.grad", "q"), ("dx/dq", ""),
        (r"\textcolor{red{x}", "never closed"), (r"\frac{\partial q}{\partial x} x", "still to be taken"),
        (r"\frac{\partial}{\partial q} x^2", "still to be taken"),
        (r"2\frac{\partial}{\partial x} x^2", "still to be taken"),
        ("x 日", "is not part of a formula"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_said(text, said):
    verdict = made("sum(x)**2 + 0*sum(y)", "x", x=(4,), y=(4,)).check(text)
    assert verdict.mistake == "unparsable", verdict.message
    assert said in verdict.message


def test_dots_reach_as_far_as_they_say():
    loss = made("sum(x)**2", "x", x=(4,))
    assert loss.check(r"2(x_1 + \dots + x_3)").ok is False
    assert loss.check(r"2(x_1 + x_2 + x_3 + x_4 - x_3) + 2 x_3").mistake == "special-case"
    assert loss.check(r"2(x_1 + \dots + x_n) + x_1 - x_1").ok
    assert made("prod(x)", "x", x=(4,)).check(r"x_1 x_2 \cdots x_n").ok is False


def test_derivatives_in_a_claim_are_taken_where_that_has_one_meaning():
    net = made("z = X @ w; p = sigmoid(z); sum((p - y)**2)", "w", X=(5, 3), w=(3,), y=(5,))
    assert net.check(r"\frac{\partial L}{\partial z}\frac{\partial z}{\partial w}").ok
    assert net.check(r"\frac{\partial L}{\partial p}\frac{\partial p}{\partial z}\frac{\partial z}{\partial w}").ok
    assert net.check(
        r"\sum_i \frac{\partial L}{\partial p_i}\frac{\partial p_i}{\partial z_i}\frac{\partial z_i}{\partial w_j}"
    ).ok
    assert net.check(r"\sum_i 2(p_i - y_i)\frac{\partial p_i}{\partial w_j}").ok
    assert net.check(r"\sum_i (p_i - y_i)\frac{\partial p_i}{\partial w_j}").ok is False
    assert net.check(r"X^T(2(p - y) \odot \frac{\partial p}{\partial z})").ok
    assert net.check(r"\frac{\partial z}{\partial w}\frac{\partial L}{\partial z}").mistake == "unparsable"
    assert net.check(r"\frac{\partial L}{\partial p}\frac{\partial z}{\partial w}").mistake == "unparsable"


def test_a_derivative_by_a_mixing_operation_is_not_taken_entry_by_entry():
    soft = made("p = softmax(z); sum((p - y)**2)", "z", z=(4,), y=(4,))
    assert soft.check(r"2(p - y) \odot \frac{\partial p}{\partial z}").mistake == "unparsable"
    assert soft.check(r"\frac{\partial L}{\partial p}\frac{\partial p}{\partial z}").ok
    assert soft.check(r"\sum_k 2(p_k - y_k)\frac{\partial p_k}{\partial z_j}").ok
    mean = made("c = x - mean(x); sum(c**3)", "x", x=(4,))
    assert mean.check(r"3c^2 \odot \frac{\partial c}{\partial x}").ok is False


def test_bars_beside_each_other_are_two_pairs_or_a_norm():
    product = made("sum(abs(x) * abs(a))", "x", x=(4,), a=(4,))
    assert product.check("|a||x|/x").ok
    assert product.check(r"\left|a\right|\left|x\right| / x").ok
    assert product.check("||a|| sign(x)").ok is False
    assert product.check(r"\left|\left|a\right|\right| \operatorname{sign}(x)").ok is False


NETWORK = (
    "Z1 = W1 @ X; A1 = tanh(Z1); Z2 = W2 @ A1; A2 = sigmoid(Z2); -sum(Y*log(A2) + (1-Y)*log(1-A2))/6",
    "W2",
    {"X": (3, 6), "W1": (4, 3), "W2": (1, 4), "Y": (1, 6)},
)


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        ("dZ2 = A2 - Y\ndW2 = (1/m) * np.dot(dZ2, A1.T)", True),
        ("dZ2 = (A2 - Y)/m\ndW2 = np.dot(dZ2, A1.T)", True),
        ("dZ2 = A2 - Y\ndW2 = np.dot(dZ2, A1.T)", False),
        ("dZ2 = (A2 - Y)/m\ndW2 = (1/m) * np.dot(dZ2, A1.T)", False),
        ("dZ2 = Y - A2\ndW2 = (1/m) * np.dot(dZ2, A1.T)", False),
        ("dZ2 = 2*(A2 - Y)\ndW2 = (1/m) * np.dot(dZ2, A1.T)/2", False),
    ],
)
def test_a_gradient_of_each_sample_needs_its_mean_in_a_later_line(lines, right):
    """Course notes leave the 1/m of the mean to the last line; a text that has it nowhere, or twice, is wrong."""
    loss, wrt, shapes = NETWORK
    assert made(loss, wrt, **shapes).check(lines).ok is right


def test_lambda_is_a_letter_in_a_claim_and_gets_a_hint_where_it_is_none():
    ridge = made("sum((X @ w - y)**2) + lam*sum(w**2)", "w", X=(5, 3), w=(3,), y=(5,), lam=())
    assert ridge.check("2 * np.dot(X.T, np.dot(X, w) - y) + 2 * lambda * w").ok
    assert ridge.check("2 * np.dot(X.T, np.dot(X, w) - y) + lambda * w").ok is False
    plain = made("sum((X @ w - y)**2)", "w", X=(5, 3), w=(3,), y=(5,))
    assert "write lam" in plain.check("2 * np.dot(X.T, np.dot(X, w) - y) + 0 * lambda * w").message
    with pytest.raises(ValueError, match="write lam"):
        record("np.sum(x**2) + lambda*np.sum(x)", {"x": np.ones(3)}, "x")
