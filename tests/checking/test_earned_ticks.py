"""A tick means that this line, as it stands, was compared: what speaks of something else has none."""

import numpy as np
import pytest
from leaves import Leaves, named

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive

LEAVES = Leaves(11)
data, weights = LEAVES.data, LEAVES.weights


def scaled():
    x = Tensor([0.3, 1.0, 2.0], name="x")
    return derive((data("g", 3) * named(x / 3, "xhat")).sum(), x)


def linear(name=None):
    X, y, w = data("X", 5, 3), data("y", 5), weights("w", 3)
    return derive(named(((X @ w - y) ** 2).mean(), name), w)


def entropy():
    y = Tensor([1.0, 0.0, 1.0, 0.0], name="y", requires_grad=False)
    z = weights("z", 4)
    a = named(tg.sigmoid(z), "a")
    return derive(-(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(), z)


# ── whose gradient it is ──


@pytest.mark.parametrize(
    "left",
    [
        r"\frac{\partial L}{\partial q}", r"\frac{\partial L}{\partial q_i}", r"\nabla_q L", "dq", "dL/dq", "grad_q",
        r"\frac{\partial L}{\partial \theta}", r"\frac{\partial h}{\partial x}",
    ],
)  # fmt: skip
def test_a_gradient_of_what_is_not_in_the_graph_is_not_read(left):
    verdict = scaled().check(f"{left} = g/3")
    assert not verdict.ok and verdict.mistake == "unparsable"
    (line,) = scaled().check_lines([f"{left} = g/3"])
    assert line.ok is None and line.message.startswith("Passed over")


@pytest.mark.parametrize(
    "left",
    [
        r"\frac{\partial J}{\partial w_j}", r"\nabla_\theta J(\theta)", r"\frac{dE}{dw}", r"\nabla f(w)", "dJ/dw",
        r"\frac{\partial \mathcal{L}(w)}{\partial w_j}", r"\frac{\partial\,\mathrm{MSE}}{\partial w}",
        r"\frac{\partial}{\partial w} \frac1N \|Xw - y\|^2", r"\frac{\partial}{\partial w} L",
        r"\frac{\partial}{\partial w}\left(\frac1N \sum_i (w^\top x_i - y_i)^2\right)",
        r"\nabla_w \frac1N \sum_i \ell_i", r"\nabla_w \frac1N (Xw - y)^\top (Xw - y)",
    ],
)  # fmt: skip
def test_the_loss_may_be_called_or_written_out(left):
    assert linear().check(rf"{left} = \frac2N X^\top(Xw - y)").ok
    assert linear().check(rf"{left} = -\frac2N X^\top(Xw - y)").mistake == "sign"


@pytest.mark.parametrize(
    "left",
    [r"\nabla_w \|Xw - y\|^2", r"\frac{\partial}{\partial w} \frac{1}{2N} \|Xw - y\|^2", r"\frac{d}{dw} \tanh(w)"],
)
def test_the_derivative_of_another_function_is_no_gradient_of_the_loss(left):
    verdict = linear().check(rf"{left} = \frac2N X^\top(Xw - y)")
    assert not verdict.ok and verdict.mistake == "unparsable"


# ── general rules in a note ──


@pytest.mark.parametrize(
    "rule",
    [
        r"\frac{d}{dx}f(g(x)) = f'(g(x))g'(x)", r"\tanh' = 1 - \tanh^2", r"\sigma'(z) = \sigma(z)(1-\sigma(z))",
        r"\frac{d}{dz}\sigma(z) = \sigma(z)(1-\sigma(z))", r"\frac{d}{dx}\ln x = 1/x", r"\frac{d}{dx} x^n = n x^{n-1}",
        r"\frac{d\sigma}{dz} = \sigma(z)(1-\sigma(z))", r"(uv)' = u'v + uv'", r"(f \circ g)'(x) = f'(g(x)) g'(x)",
        r"\sigma' = \sigma(1-\sigma)", r"\frac{\partial^2 L}{\partial z^2} = a(1 - a)",
    ],
)  # fmt: skip
def test_a_rule_is_passed_over(rule):
    first, second = entropy().check_lines([rule, r"\frac{\partial L}{\partial z} = a - y"])
    assert first.ok is None and first.message.startswith("Passed over")
    assert second.ok


@pytest.mark.parametrize(
    ("line", "ok"),
    [("L = w +* 3", None), (r"J(w) = \foo", None), ("y = 3 +* 3", False), ("q = 3 +* 3", False), ("w = w(", False)],
)
def test_of_what_cannot_be_read_only_what_the_loss_is_is_passed_over(line, ok):
    (verdict,) = linear().check_lines([line])
    assert verdict.ok is ok and (ok is None or verdict.mistake == "unparsable")


def test_a_rule_that_is_the_loss_is_a_claim():
    x = weights("x", 4)
    derivation = derive(tg.sigmoid(x).sum(), x)
    for left in (r"\sigma'(x)", r"\frac{d}{dx}\sigma(x)", r"\frac{d\sigma}{dx}", r"\frac{d\sigma(x)}{dx}", "f'(x)"):
        assert derivation.check(rf"{left} = \sigma(x)(1-\sigma(x))").ok
        assert derivation.check(rf"{left} = \sigma(x)").mistake == "wrong-derivative"


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        (r"f'(x) = f(x) + \sigma(x)(1 - f(x))", True),
        (r"f'(x_i) = f(x_i) + \sigma(x_i)(1 - f(x_i))", True),
        (r"\frac{df}{dx} = f(x) + \sigma(x)(1 - f(x))", True),
        (r"g'(x) = g(x) + \sigma(x)(1 - g(x))", True),
        (r"f'(x) = f(x) + f(x)(1 - f(x))", False),
        (r"f'(x) = \sigma(x) + \sigma(x)(1 - f(x))", False),
        (r"f'(x) = f(x) + \sigma(x)(1 + f(x))", False),
    ],
)
def test_the_function_of_the_left_side_is_the_one_that_the_loss_sums_up(claim, right):
    x = weights("x", 4)
    assert derive((x * tg.sigmoid(x)).sum(), x).check(claim).ok == right


# ── another loss ──


def normed():
    x, beta, g = weights("x", 5, 4), weights("beta", 4), data("g", 5, 4)
    centred = x - x.mean(axis=1, keepdims=True)
    var = named((centred**2).mean(axis=1, keepdims=True), "var")
    xhat = named(centred / np.sqrt(var + 1e-5), "xhat")
    return derive((g * named(weights("gamma", 4) * xhat + beta, "y")).sum(), beta)


def test_a_line_that_fits_in_a_note_about_another_graph_is_not_ticked():
    lines = ["xhat = x/np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-5)", "y = gamma*xhat + beta"]
    first, second, gradient = normed().check_lines([*lines, "dbeta = g.sum(axis=0)"])
    assert first.ok is False and "not x̂ as the loss has it" in first.message
    assert second.ok is None
    assert gradient.ok is None and "line 1 speaks of another one" in gradient.message


def test_the_same_graph_is_no_other_one():
    lines = [
        "mu = x.mean(axis=1, keepdims=True)",
        "var = np.mean((x - mu)**2, axis=1, keepdims=True)",
        "xhat = (x - mu)/np.sqrt(var + 1e-5)",
        "y = gamma*xhat + beta",
        "dbeta = g.sum(axis=0)",
    ]
    verdicts = normed().check_lines(lines)
    assert all(verdicts) and verdicts[-1].ok


@pytest.mark.parametrize("name", [None, "J"])
@pytest.mark.parametrize(
    ("loss", "mistake"),
    [
        (r"J = \sum_i (w^\top x_i - y_i)^2", "mean-factor"),
        (r"J(w) = \frac{1}{2N} \|Xw - y\|^2", "constant-factor"),
        ("J = np.sum((X@w - y)**3)", "unexplained"),
    ],
)
def test_a_line_that_states_another_loss_is_wrong(loss, mistake, name):
    stated, right, wrong = linear(name).check_lines([loss, "dw = 2*X.T@(X@w - y)/N", "dw = 2*X.T@(X@w - y)"])
    assert stated.mistake == mistake and "another loss" in stated.message
    assert right.ok is None and "equals" in right.message
    assert wrong.mistake == "mean-factor"


@pytest.mark.parametrize(
    "loss",
    [
        r"J = \frac1N \sum_i (w^\top x_i - y_i)^2", r"J(w) = \frac{1}{N} \|Xw - y\|^2", "J = np.mean((X@w - y)**2)",
        r"J_i = (w^\top x_i - y_i)^2", r"J = \ell(w)", r"\mathcal{J}(w) = \frac1N (Xw - y)^\top (Xw - y)",
    ],
)  # fmt: skip
def test_a_line_that_states_the_loss_or_cannot_be_compared_is_passed_over(loss):
    stated, right = linear().check_lines([loss, "dw = 2*X.T@(X@w - y)/N"])
    assert stated.ok is None and right.ok


# ── what accumulates ──


def two_paths():
    a, b, x = Value(0.4, name="a"), Value(0.3, name="b"), Value(0.7, name="x")
    return derive(a * np.exp(x) + b * np.sin(x), x)


@pytest.mark.parametrize(
    ("lines", "oks"),
    [
        (["dx = b*cos(x)", "dx += a*exp(x)"], [None, True]),
        (["dx = 0", "dx += b*cos(x)", "dx += a*exp(x)"], [None, None, True]),
        (["dx += b*cos(x)", "da = exp(x)", "dx += a*exp(x)"], [None, True, True]),
        (["dx = b*cos(x)", "dx -= -a*exp(x)"], [None, True]),
        (["dx = 2*b*cos(x) + 2*a*exp(x)", "dx /= 2"], [None, True]),
        (["dx = b*cos(x) + a*exp(x)", "dx *= 1"], [None, True]),
        (
            [r"\frac{\partial L}{\partial x} = b\cos x", r"\frac{\partial L}{\partial x} \mathrel{+}= a e^x"],
            [None, True],
        ),
        (["dx += a*exp(x) + b*cos(x)"], [True]),
        (["dx = b*cos(x)", "dx += a*exp(x)", "dx = a*exp(x) + b*cos(x)"], [None, True, True]),
        (["dx = b*cos(x)", "dx += a*x"], [None, False]),
        (["dx = foo(x)", "dx += a*exp(x)"], [False, None]),
    ],
)
def test_a_gradient_that_is_added_to_is_judged_when_the_last_part_has_come(lines, oks):
    assert [verdict.ok for verdict in two_paths().check_lines(lines)] == oks


@pytest.mark.parametrize("between", ["\n", "; "])
def test_a_text_of_several_lines_accumulates(between):
    assert two_paths().check(f"dx = b*cos(x){between}dx += a*exp(x)").ok
    assert two_paths().check(f"dx = b*cos(x){between}dx += -a*exp(x)").mistake == "sign"
    assert two_paths().check(f"s = b*cos(x){between}s += a*exp(x){between}dx = s").ok


def test_what_is_left_out_of_a_sum_isnamed():
    verdict = two_paths().check_lines(["dx = 0", "dx += b*cos(x)"])[1]
    assert verdict.mistake == "missing-path" and "exp x" in verdict.message


# ── of whatever size ──


@pytest.mark.parametrize("claim", ["0", "-2e-20 x", "4e-20 x", "x"])
def test_a_tiny_gradient_is_not_any_tiny_claim(claim):
    x = Tensor([0.3, -0.7, 1.1], name="x")
    loss = (1e-20 * x**2).sum()
    assert derive(loss, x).check(claim).ok is False
    assert derive(loss, x).check("2e-20 x").ok


@pytest.mark.parametrize("of_the_others, right", [(2.0, True), (0.0, False), (-2.0, False), (1.0, False)])
def test_a_large_entry_hides_no_other(of_the_others, right):
    x = Tensor([0.3, -0.7, 1.1], name="x")
    loss = 1e12 * x[0] ** 2 + x[1] ** 2 + x[2] ** 2
    assert derive(loss, x).check(lambda x: np.array([2e12 * x[0], of_the_others * x[1], 2 * x[2]])).ok is right


@pytest.mark.parametrize("claim", ["0", "sin(s)**2 + cos(s)**2 - 1", "(s + 1)**2 - s**2 - 2*s - 1"])
def test_what_cancels_to_zero_is_zero(claim):
    s = Tensor(0.3, name="s")
    assert derive(np.sin(s) ** 2 + np.cos(s) ** 2, s).check(claim).ok


def test_a_place_taken_along_an_axis_is_any_place():
    picked = np.array([[1], [3], [0], [2], [1]])
    E = weights("E", 5, 4)
    derivation = derive((tg.take_along_axis(E, picked, axis=1) ** 2).sum(), E)

    def at(E, places):
        found = np.zeros_like(E)
        np.put_along_axis(found, places, 2 * np.take_along_axis(E, places, axis=1), axis=1)
        return found

    assert derivation.check(lambda E: at(E, picked)).ok
    assert not derivation.check(lambda E: at(E, 0 * picked)).ok


@pytest.mark.parametrize(
    ("right", "wrong"), [("3𝟏", "3I"), ("3·𝟏ᵀ", r"3\mathbf{I}"), ("3𝟏 ⊙ 𝟏", "3I ⊙ 𝟏"), ("3I𝟏", "3I"), ("3", "31")]
)
def test_a_unit_matrix_is_no_vector_of_ones(right, wrong):
    x = weights("x", 4)
    derivation = derive((3 * x).sum(), x)
    assert derivation.check(right).ok
    assert not derivation.check(wrong).ok


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("2(I − 𝟏𝟏ᵀ/N) x", "2(I − 𝟏𝟏ᵀ) x"), ("2x − 2𝟏𝟏ᵀx/N", "2x − 𝟏𝟏ᵀx/N"),
        (r"2(I - \frac{1}{N}\mathbf{1}\mathbf{1}^\top)x", r"2(I + \frac{1}{N}\mathbf{1}\mathbf{1}^\top)x"),
    ],
)  # fmt: skip
def test_the_matrix_that_takes_the_mean_away_is_read(right, wrong):
    x = weights("x", 4)
    derivation = derive(((x - x.mean()) ** 2).sum(), x)
    assert derivation.check(right).ok
    assert not derivation.check(wrong).ok


def test_a_size_has_one_letter_in_all_lines_of_a_derivation():
    """In the graph from s₁ to s alone, N and D had changed places."""
    X, G = weights("X", 5, 3), data("G", 5, 3)
    s = named(np.std(X, axis=1, keepdims=True), "s")
    derivation = derive((G * ((X - X.mean(axis=1, keepdims=True)) / s)).sum(), X)
    [local] = [step.text for step in derivation.steps if step.text.startswith("∂sᵢ/∂s₁ᵢ")]
    count = derivation.graph.sizes.axes(X)[1].letter
    other = derivation.graph.sizes.axes(X)[0].letter
    assert local == f"∂sᵢ/∂s₁ᵢ = 1/√{count}"
    right, wrong = derivation.check_lines([local, f"∂sᵢ/∂s₁ᵢ = 1/√{other}"])
    assert right.ok
    assert wrong.ok is False
