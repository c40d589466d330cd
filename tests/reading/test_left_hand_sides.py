"""What stands on the left of a claim's `=`: it is taken as written, never passed over."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive

RNG = np.random.default_rng(7)
TRUTH = r"\frac{\hat y-y}{N\hat y(1-\hat y)}"


@pytest.fixture(scope="module")
def entropy():
    y = Tensor([1.0, 0.0, 1.0, 0.0], name="y", requires_grad=False)
    yhat = Tensor(RNG.uniform(0.1, 0.9, 4), name="yhat")
    return derive(-(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).mean(), yhat)


def linear():
    x = Tensor(RNG.normal(size=(6, 3)), name="X", requires_grad=False)
    w, b = Tensor(RNG.normal(size=3), name="w"), Value(0.4, name="b")
    y = Tensor(RNG.normal(size=6), name="y", requires_grad=False)
    return ((x @ w + b - y) ** 2).mean(), w


def layers():
    x, y = (Tensor(RNG.normal(size=s), name=n, requires_grad=False) for s, n in (((5, 3), "X"), ((5, 2), "Y")))
    w1, w2 = Tensor(RNG.normal(size=(3, 4)), name="W_1"), Tensor(RNG.normal(size=(4, 2)), name="W_2")
    z = x @ w1
    z.name = "Z_1"
    h = np.tanh(z)
    h.name = "H"
    o = h @ w2
    o.name = "O"
    return 0.5 * ((o - y) ** 2).sum(), w1


@pytest.mark.parametrize(
    "left",
    [
        r"\frac{\partial L}{\partial\hat y_i}", r"\nabla_{\hat y} L", r"\delta", "dL/dyhat", "∂L/∂ŷ", r"d\hat y",
        r"\frac{\mathrm{d}}{\mathrm{d}\hat y} L", r"\text{d}L/\text{d}\hat{y}", r"{\partial L \over \partial \hat y}",
    ],
)  # fmt: skip
def test_the_gradient_asked_about_may_stand_on_the_left(entropy, left):
    assert entropy.check(f"{left} = {TRUTH}").ok
    assert entropy.check(f"{left} = -{TRUTH}").mistake == "sign"


def test_a_letter_that_is_no_name_is_the_output_and_the_verdict_says_so(entropy):
    verdict = entropy.check(rf"\nabla_a L = {TRUTH}")
    assert verdict.ok
    assert "a on the left read as ŷ" in verdict.message


@pytest.mark.parametrize(
    ("left", "mistake", "factor"),
    [
        (r"-\frac{\partial L}{\partial\hat y}", "sign", "-1"),
        (r"2\frac{\partial L}{\partial\hat y}", "constant-factor", "1/2"),
        (r"\frac1N\frac{\partial\ell}{\partial\hat y}", "mean-factor", "N"),
        (r"\frac{\partial(-L)}{\partial\hat y}", "sign", "-1"),
        ("-dL/dyhat", "sign", "-1"),
    ],
)
def test_a_factor_on_the_left_is_carried_over(entropy, left, mistake, factor):
    verdict = entropy.check(f"{left} = {TRUTH}")
    assert (verdict.mistake, str(verdict.factor)) == (mistake, factor)


@pytest.mark.parametrize(
    "claim",
    [rf"-\nabla_{{\hat y}}L = -{TRUTH}", r"N\frac{\partial L}{\partial\hat y} = \frac{\hat y-y}{\hat y(1-\hat y)}"],
)
def test_what_is_right_with_its_factor_is_right(entropy, claim):
    assert entropy.check(claim).ok


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (r"\frac{\partial^2 L}{\partial\hat y^2}", "a second derivative"),
        (r"(\frac{\partial L}{\partial\hat y})^2", "a power of a gradient"),
        (r"\frac{\partial\hat y}{\partial L}", "the derivative of ŷ with respect to L"),
        (r"\hat y", "ŷ itself"),
        ("L", "the loss itself"),
    ],
)
def test_what_is_no_gradient_is_not_called_right(entropy, left, said):
    verdict = entropy.check(f"{left} = {TRUTH}")
    assert verdict.mistake == "unparsable"
    assert said in verdict.message


@pytest.mark.parametrize("left", [r"\frac{\partial L}{\partial y}", "dL/dy"])
def test_another_variable_below_the_line_is_named(entropy, left):
    verdict = entropy.check(f"{left} = {TRUTH}")
    assert verdict.mistake == "wrong-variable"
    assert verdict.node.name == "y"
    assert "one of the two does not belong there" in verdict.message


def test_a_right_gradient_of_another_node_is_said_to_be_one():
    verdict = derive(*linear()).check(r"\frac{\partial L}{\partial b} = \frac2N \sum_i(x_i^\top w+b-y_i)")
    assert verdict.mistake == "wrong-variable"
    assert verdict.node.name == "b"
    assert "As ∂L/∂b it is right." in verdict.message


def test_lines_on_the_way_are_judged_for_what_they_say():
    verdicts = derive(*layers()).check_lines(
        [
            r"\frac{\partial L}{\partial O} = O-Y",
            r"\frac{\partial L}{\partial H} = (Y-O)W_2^\top",
            r"\frac{\partial H}{\partial Z_1} = 1-H^2",
            r"\frac{\partial H}{\partial Z_1} = 1+H^2",
            r"\frac{\partial L}{\partial W_1} = X^\top((O-Y)W_2^\top\odot(1-H^2))",
        ]
    )
    assert [verdict.ok for verdict in verdicts] == [True, False, True, False, True]
    assert verdicts[1].mistake == "sign"
    assert verdicts[0].message == "Right: this is ∂L/∂O."
    assert verdicts[2].message == "Right: this is ∂H/∂Z₁."


def test_an_elementwise_derivative_with_indices_is_judged():
    z = Tensor(RNG.normal(size=5), name="z")
    a = tg.sigmoid(z)
    a.name = "a"
    verdicts = derive((a * a).sum(), z).check_lines(
        [r"\frac{\partial a_i}{\partial z_i} = a_i(1-a_i)", r"\frac{\partial a_i}{\partial z_i} = a_i"]
    )
    assert [verdict.ok for verdict in verdicts] == [True, False]


@pytest.mark.parametrize("left", ["dL_{}", "dw_{}", r"\nabla_{} L", r"\frac{\partial}{\partial}", "-", r"\frac1N", "N"])
def test_odd_left_hand_sides_end_in_a_verdict(left):
    assert not derive(*linear()).check(f"{left} = 3").ok


# ── what a text defines itself ──


def logistic():
    x = Tensor(RNG.normal(size=(5, 3)), name="X", requires_grad=False)
    w, b = Tensor(RNG.normal(size=3), name="w"), Value(0.3, name="b")
    y = Tensor([1.0, 0.0, 1.0, 0.0, 1.0], name="y", requires_grad=False)
    a = tg.sigmoid(x @ w + b)
    a.name = "a"
    return -(y * np.log(a) + (1 - y) * np.log(1 - a)).mean(), w


@pytest.mark.parametrize(
    ("problem", "claim", "right"),
    [
        (linear, r"\delta = \frac2N(Xw+b-y) \\ \frac{\partial L}{\partial w} = X^\top\delta", True),
        (linear, r"\delta = \frac1N(y-Xw-b) \\ \frac{\partial L}{\partial w} = X^\top\delta", False),
        (
            linear,
            r"\delta_i = \frac2N(x_i^\top w+b-y_i) \\ \frac{\partial L}{\partial w_j}=\sum_n \delta_n x_{nj}",
            True,
        ),
        (linear, r"\delta_i = \frac2N(x_i^\top w+b-y_i) \\ \frac{\partial L}{\partial w} = X^\top\delta", True),
        (linear, "e = X@w + b - y\ndw = 2/N * X.T@e", True),
        (linear, "e = y - (X@w + b)\ndw = 2/N * X.T@e", False),
        (layers, r"X^\top\delta^{(1)} \text{where } \delta^{(1)} = (O-Y)W_2^\top \odot (1-H^2)", True),
        (layers, r"X^\top\delta^{(1)} \quad\text{where } \delta^{(1)} = 5 O", False),
        (layers, "d2 = O - Y\nd1 = d2 @ W_2.T * (1 - H**2)\ndW1 = X.T @ d1", True),
        (layers, "d2 = Y - O\nd1 = d2 @ W_2.T * (1 - H**2)\ndW1 = X.T @ d1", False),
        (logistic, r"\frac1N X^\top(a-y) \quad\text{where } a = \sigma(Xw+b)", True),
        (logistic, r"\frac1N X^\top(a-y) \quad\text{where } a = \tanh(Xw+b)", False),
    ],
)
def test_what_a_text_defines_is_used_as_defined(problem, claim, right):
    assert derive(*problem()).check(claim).ok == right


def test_a_definition_that_cannot_be_read_is_not_passed_over():
    verdict = derive(*linear()).check(r"\nabla_w L = X^\top\delta \quad\text{where } \delta = \frac2N (q - y)")
    assert verdict.mistake == "unparsable"
    assert "'q'" in verdict.message


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        ([r"e = Xw + b - y", r"\nabla_w L = \frac2N X^\top e"], [True, True]),
        ([r"\delta = \frac1N(y-Xw-b)", r"\nabla_w L = X^\top \delta"], [True, False]),
    ],
)
def test_definitions_hold_in_the_lines_below(lines, right):
    verdicts = derive(*linear()).check_lines(lines)
    assert [verdict.ok for verdict in verdicts] == right
    assert verdicts[0].message == "A definition: taken as written in the lines below."


@pytest.mark.parametrize(("delta", "status"), [(r"\frac1N(y-Xw-b)", 1), (r"\frac2N(Xw+b-y)", 0)])
def test_the_definitions_of_a_note_hold(tmp_path, capsys, delta, status):
    from tinygrad_edu.shell.cli import main

    note = tmp_path / "note.md"
    body = rf"\delta &= {delta} \\" + "\n" + r"\frac{\partial L}{\partial w} &= X^\top\delta"
    note.write_text("$$\n\\begin{aligned}\n" + body + "\n\\end{aligned}\n$$\n")
    assert main(["check", "mean((X@w + b - y)**2)", "--wrt", "w", "--file", str(note)]) == status
    assert ("✓" if status == 0 else "✗") in capsys.readouterr().out


# ── what a left side says besides naming a gradient ───────────────────────────────────────────────────────────────────


def residuals(named):
    x, y = (Tensor(RNG.normal(size=s), name=n, requires_grad=False) for s, n in (((4, 3), "X"), (4, "y")))
    w = Tensor(RNG.normal(size=3), name="w")
    r = x @ w - y
    r.name = "r"
    loss = (r**2).mean()
    loss.name = "L" if named else None
    return derive(loss, w)


@pytest.fixture(scope="module", params=[True, False], ids=["L named", "L unnamed"])
def regression(request):
    return residuals(request.param)


@pytest.mark.parametrize(
    "left",
    [
        "∂L²/∂w", "∂(L²)/∂w", "∂/∂w L²", "∂/∂w (L^2)", "∇(L²)", "∂√L/∂w", "∂_w L²", "∂L^{-1}/∂w",
        "∂L/∂(2w)", "∂L/∂w²", "∂L/∂(w²)", "∂L/∂(w+1)", "∂L/∂(−w)", "∂L/∂(w/2)", "∂L/∂|w|", "∂L/∂‖w‖", "∂L/∂w′",
        "dw²", "|∂L/∂w|", "‖∂L/∂w‖", "‖∇L‖", "‖∇L‖²", "(∇L)²", "(∂L/∂w)^{-1}", "exp(∂L/∂w)", "max ∂L/∂w",
        "∂Lᵢ/∂w", "∇L_i", "∂L/∂w w", "∂L/∂w + w", "∇·L", "∇×L",
        "∂L(0)/∂w", "∂L/∂w(0)", "∂L/∂w (w=1)", "∇L(0)", "∇L(2w)", "∂L(2w)/∂w", "∂/∂w L(2w)", "L'(0)", "L'(2w)",
        "Σᵢ ∂ℓᵢ/∂w", r"\sum_i \frac{\partial \ell_i}{\partial w}", "∇ Σ ℓᵢ", "∂/∂w Σ ℓ_i", "∂(Σᵢ ℓᵢ)/∂w",
        "∂(2/N Σᵢ ℓᵢ)/∂w", "∇ (1/N Σᵢ ℓᵢ²)", "∂(X w)/∂w", "∂(r)/∂w", "∂(X w − y)/∂w", "∂(r²)/∂w", "(∂/∂w) r²",
    ],
)  # fmt: skip
def test_the_gradient_behind_a_left_side_that_says_something_else_has_no_tick(regression, left):
    assert not regression.check(f"{left} = 2/N Xᵀ(Xw − y)").ok
    [verdict] = regression.check_lines([f"{left} = 2/N Xᵀ(Xw − y)"])
    assert verdict.ok is None or verdict.mistake in ("unparsable", "wrong-variable")


@pytest.mark.parametrize(
    "left",
    [
        "∂(L)/∂w", "∂L/∂(w)", "∂L(w)/∂w", "∂L(w, X)/∂w", "∂L/∂w |_w", "∂L/∂w(w)", "(∂L/∂w)",
        r"\frac{\partial{L}}{\partial w}",
        "∂/∂w (1/N) Σ ℓ_i", "∂(1/N Σᵢ ℓᵢ)/∂w", "∂(1/N Σ r²)/∂w", "∂(1/N Σᵢ (Xw − y)ᵢ²)/∂w", "1/2 ∂(2L)/∂w",
        "1/2 ∂2L/∂w", "−∂(−L)/∂w", "−∇(−L)", "−∂/∂w (−L)", "1/2 ∇(2L)",
    ],
)  # fmt: skip
def test_the_gradient_in_other_words_has_one(regression, left):
    assert regression.check(f"{left} = 2/N Xᵀ(Xw − y)").ok
    assert regression.check(f"{left} = 1/N Xᵀ(Xw − y)").ok is False


@pytest.mark.parametrize(
    ("loss", "mean", "total"),
    [
        (lambda r: (r**2).mean(), True, False),
        (lambda r: -(-(r**2)).mean() * 3, True, False),
        (lambda r: (r**2).sum(), False, True),
        (lambda r: -(-(r**2)).sum(), False, True),
        (lambda r: (r**2).sum() / 4, False, False),  # the 4 may be how many there are
        (lambda r: 0.25 * (r**2).sum(), False, False),
        (lambda r: 2 / (1 + (r**2).mean()), False, False),
        (lambda r: (r**2).mean() + (r**4).mean(), False, False),
    ],
)
def test_sums_of_losses_are_the_loss_where_it_is_the_sum_and_means_where_it_is_the_mean(loss, mean, total):
    x, w = Tensor(RNG.normal(size=(4, 3)), name="X", requires_grad=False), Tensor(RNG.normal(size=3), name="w")
    derivation = derive(loss(x @ w), w)
    of_mean, of_sum = derivation.check_lines(["∂(1/N Σᵢ ℓᵢ)/∂w = 2 Xᵀ X w", "∂(Σᵢ ℓᵢ)/∂w = 2 Xᵀ X w"])
    assert (of_mean.ok is not None, of_sum.ok is not None) == (mean, total)


@pytest.mark.parametrize(
    "left",
    [
        "(∂L/∂W)ᵀ", "∂L/∂Wᵀ", "∂L/∂(W^T)", "dL/dWᵀ", r"\frac{\partial L}{\partial W^\top}", "∇Lᵀ", "(∇_W L)ᵀ", "dWᵀ",
        r"\left(\frac{\partial L}{\partial W}\right)^T", r"\frac{\partial L}{\partial W}^T", "grad_W.T",
    ],
)  # fmt: skip
@pytest.mark.parametrize("named", [True, False])
def test_a_transposed_gradient_on_the_left_is_the_transpose(left, named):
    x, y = (Tensor(RNG.normal(size=s), name=n, requires_grad=False) for s, n in (((4, 3), "x"), ((4, 2), "y")))
    w = Tensor(RNG.normal(size=(3, 2)), name="W")
    loss = ((x @ w - y) ** 2).sum()
    loss.name = "L" if named else None
    derivation = derive(loss, w)
    assert derivation.check(f"{left} = 2 (xW − y)ᵀ x").ok
    assert derivation.check(f"{left} = 2 xᵀ (xW − y)").mistake == "transpose"
    assert derivation.check("∂L/∂W = 2 xᵀ (xW − y)").ok


def test_a_formula_that_is_derived_on_the_left_is_judged_by_its_own_derivative():
    x = Value(1.3, name="x")
    derivation = derive(np.exp(x * x), x)
    right = ["d(x²)/dx = 2x", "∂(x²)/∂x = 2x", "d(exp(x²))/dx = 2x exp(x²)", "d(x² + x)/dx = 2x + 1"]
    wrong = ["d(x²)/dx = 2x exp(x²)", "∂(x²)/∂x = x", "d(x² + x)/dx = 2x"]
    assert [verdict.ok for verdict in derivation.check_lines(right)] == [True] * 4
    assert not any(verdict.ok for verdict in derivation.check_lines(wrong))
    assert derivation.check("exp(x²) d(x²)/dx").ok


@pytest.mark.parametrize(
    "left",
    [
        "∂²L/∂w", "∂³L/∂w³", "∂²L/∂w⁴", "∂²L²/∂w²", "∂²(L²)/∂w²", "∂²L/∂(2w)²", "∂²z/∂w²", "∂²(Xw)/∂w²", "∂²√L/∂w²",
        "∂²L(0)/∂w²", "∂²Lᵢ/∂w²", "∂²L/∂w² w", "d³L/dw³", "∇²L(0)", "∇²L²", "∇L²", "∇²ℓ_i", "∇² L w", "∇³L", "H⁻¹",
        "H^{-1}", "(∂²L/∂w²)⁻¹", "det ∂²L/∂w²", "Σᵢ ∂²ℓᵢ/∂w²", "∂²L/∂w² |_{w=0}", "∂L/∂w", "(∂L/∂w)²",
    ],
)  # fmt: skip
def test_the_hessian_behind_a_left_side_that_says_something_else_has_no_tick(left):
    loss, w = linear()
    assert not derive(loss, w, order=2).check(f"{left} = 2/N XᵀX").ok


@pytest.mark.parametrize(
    "left",
    [
        "∂²L/∂w²", "d²L/dw²", "∂²L/∂w∂wᵀ", "∂²L/∂w_i∂w_j", "∂²L/(∂w_i ∂w_j)", r"\frac{d^2 L}{dw\,dw^T}", "∇²L",
        "∇²_w L", "∇_w² L(w)", "∂²L(w)/∂w²", "∂²{L}/∂w²", "H", "H_L", "1/2 ∂²(2L)/∂w²", "−∇²(−L)", "−∂²(−L)/∂w²",
    ],
)  # fmt: skip
def test_the_hessian_in_other_words_has_one(left):
    loss, w = linear()
    assert derive(loss, w, order=2).check(f"{left} = 2/N XᵀX").ok
    assert not derive(loss, w, order=2).check(f"{left} = 1/N XᵀX").ok


def test_the_jacobian_is_that_of_the_whole_not_of_its_sum():
    a, x = Tensor(RNG.normal(size=(4, 3)), name="A", requires_grad=False), Tensor(RNG.normal(size=3), name="x")
    y = np.tanh(a @ x)
    y.name = "y"
    derivation = derive(y, x)
    for left in ("∂y/∂x", "∂tanh(Ax)/∂x", "∂(tanh(A x))/∂x", "Dy", "∇y"):
        assert derivation.check(f"{left} = diag(1 − y²) A").ok, left
    for left in (
        "∂(Σ y)/∂x",
        "∂y²/∂x",
        "∂(2y)/∂x",
        "∂y/∂(2x)",
        "(∂y/∂x)ᵀ",
        "det(∂y/∂x)",
        "∂y/∂x A",
        "y'(0)",
        "∂(Ax)/∂x",
    ):
        assert not derivation.check(f"{left} = diag(1 − y²) A").ok, left
