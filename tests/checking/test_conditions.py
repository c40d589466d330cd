"""A claim that holds under a condition is compared where that holds, and nowhere else; its verdict says so."""

from itertools import product

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive, relu, sigmoid, softmax
from tinygrad_edu.shell.cli import main

pytest.importorskip("lark")
RNG = np.random.default_rng(31)

JACOBIAN = r"\frac{\partial p_i}{\partial z_j} = "
# How a condition is written behind a formula, and before it
BEHIND = (
    r"{} \quad \text{{for }} {}", r"{} \text{{ if }} {}", r"{}, \quad {}", r"{}, {}", r"{} \quad ({})",
    r"{} \quad (\text{{if }} {})", r"{} \text{{ where }} {}", r"{} \qquad \forall\, {}", r"{} \\ \text{{for }} {}",
    r"{} \quad \text{{for all }} i, j \text{{ with }} {}", r"{} \quad \text{{whenever }} {}.", r"{} \text{{ für }} {}",
)  # fmt: skip
BEFORE = (
    r"\text{{For }} {1}: {0}",
    r"\text{{if }} {1}, {0}",
    r"\text{{If }} {1} \text{{ then }} {0}",
    r"{1} \Rightarrow {0}",
)


def softmaxed():
    z, y = Tensor(RNG.normal(size=4), name="z"), Tensor([0.0, 1.0, 0.0, 0.0], name="y", requires_grad=False)
    p = softmax(z)
    p.name = "p"
    return z, y, p


def of_leaf(function, low=-2.0, shape=5):
    x = Tensor(RNG.uniform(low, 2.0, size=shape), name="x")
    return derive(function(x).sum(), x)


@pytest.mark.parametrize("form", [*BEHIND, *BEFORE])
def test_a_condition_is_read_in_whatever_place_it_stands(form):
    z, _, p = softmaxed()
    d = derive(p, z)
    for formula, condition, mistake in (
        ("-p_i p_j", r"i \neq j", None), ("p_i p_j", r"i \neq j", "sign"), ("p_i (1 - p_i)", "i = j", None),
        ("2 p_i (1 - p_i)", "i = j", "constant-factor"),
    ):  # fmt: skip
        verdict = d.check(form.format(JACOBIAN + formula, condition))
        assert verdict.mistake == mistake
        assert verdict.message.startswith(f"Compared only where i {'≠' if 'neq' in condition else '='} j. ")


@pytest.mark.parametrize("form", [*BEHIND, *BEFORE])
@pytest.mark.parametrize(
    ("function", "low", "claims"),
    [
        (
            relu,
            -2.0,
            (("1", "x_i > 0", True), ("0", "x_i < 0", True), ("1", "x_i < 0", False), ("0", "x_i > 0", False)),
        ),
        (np.abs, -2.0, (("-1", "x_i < 0", True), ("1", "x_i < 0", False), (r"\frac{x_i}{|x_i|}", r"x_i \ne 0", True))),
        (np.log, 0.3, ((r"\frac{1}{x_i}", "x_i > 0", True), (r"\frac{1}{x_i^2}", "x_i > 0", False))),
    ],
)
def test_so_it_is_of_numbers(form, function, low, claims):
    d = of_leaf(function, low)
    for formula, condition, right in claims:
        verdict = d.check(form.format(rf"\frac{{\partial L}}{{\partial x_i}} = {formula}", condition))
        assert verdict.ok is right
        assert verdict.message.startswith("Compared only where xᵢ")


def test_a_tick_under_a_condition_is_that_of_the_whole_claim_with_the_truth_elsewhere():
    """For every function with two pieces: each piece is right under its own condition, and wrong under the other."""
    pieces = {relu: ("0", "1"), np.abs: ("-1", "1"), lambda x: np.maximum(x, 3 * x): ("1", "3")}
    pieces[lambda x: np.where(x > 0, x**2, x)] = ("1", "2 x")
    for function, (below, above) in pieces.items():
        d = of_leaf(function)
        for piece, condition in product((below, above), ("x < 0", "x > 0")):
            assert d.check(f"{piece} if {condition}").ok is ((piece, condition) in ((below, "x < 0"), (above, "x > 0")))
        assert d.check(rf"\begin{{cases}} {below} & x < 0 \\ {above} & x > 0 \end{{cases}}").ok


def test_conditions_are_joined():
    d = of_leaf(lambda x: np.where(np.abs(x) < 1, x**2, x))
    right = (
        "2 x if x > -1 and x < 1",
        "2x if -1 < x < 1",
        "2x, x > -1, x < 1",
        "1 if x > 1 or x < -1",
        "2x if |x| < 1",
    )
    assert all(d.check(text).ok for text in right)
    assert not any(d.check(text).ok for text in ("2x if x > -1 or x < 1", "1 if x > -1 and x < 2"))


def test_labels_and_class_numbers_make_conditions():
    z, y, p = softmaxed()
    d = derive(-(y * np.log(p)).sum(), z)
    for text, right in (
        ("p_i, y_i = 0", True), (r"p_i - 1 \text{ if } y_i = 1", True), (r"p_i \text{ if } y_i = 1", False),
        (r"\frac{\partial L}{\partial z_i} = p_i \quad (y_i = 0)", True), (r"p_i - 1 \text{ for } y_i \ne 1", False),
    ):  # fmt: skip
        assert d.check(text).ok is right, text
    for text, right in ((r"p_j \quad (j \ne y)", True), ("p_j - 1 for j = y", True), ("p_j - 1 for j ≠ y", False)):
        claim = rf"\frac{{\partial L}}{{\partial z_j}} = {text}".replace("p_j", r"\operatorname{softmax}(z)_j")
        assert main(["check", "-log(softmax(z)[y])", "--wrt", "z", claim]) == (0 if right else 1)


@pytest.mark.parametrize("name", [None, "J"])
@pytest.mark.parametrize(
    "form",
    [
        r"{} \quad \text{{where the loss is positive}}", r"\text{{When the margin is violated, }} {}",
        r"{} \text{{ if the hinge is active}}", r"{} \text{{ for }} LOSS > 0", r"{}, \quad LOSS > 0",
    ],
)  # fmt: skip
def test_that_the_loss_is_positive_is_a_condition(form, name):
    w, x = Tensor([0.5, -1.0, 2.0], name="w"), Tensor([1.0, 2.0, -0.5], name="x", requires_grad=False)
    loss = relu(1.0 - w @ x)
    loss.name = name
    for claim, mistake in (("-x", None), ("x", "sign"), ("-2 x", "constant-factor")):
        text = form.format(rf"\frac{{\partial LOSS}}{{\partial w}} = {claim}").replace("LOSS", name or "L")
        verdict = derive(loss, w).check(text)
        assert verdict.mistake == mistake and verdict.message.startswith(f"Compared only where {name or 'L'} > 0. ")


def test_a_condition_in_words_before_a_formula_is_not_passed_over():
    d = of_leaf(relu)
    verdict = d.check_lines([r"\text{If the unit is active: } \frac{\partial L}{\partial x} = 1"])[0]
    assert verdict.mistake == "unparsable" and "the condition 'If the unit is active:' is not read" in verdict.message


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("1 - x^T x > 0", "1 − xᵀ x > 0"), ("x_i > -1", "xᵢ > −1"), (r"x_i x_j \leq 2 y", "xᵢ xⱼ ≤ 2 y"),
        (r"|x^2 - 1| \neq -x", "|x^2 − 1| ≠ −x"),
    ],
)  # fmt: skip
def test_a_condition_is_told_as_it_is_written_on_paper(condition, told):
    from tinygrad_edu.reading.conditions import written
    from tinygrad_edu.reading.lexer import cut

    assert written(cut(condition)) == told


def test_a_condition_in_words_is_not_read():
    d = of_leaf(relu)
    for words in ("where the loss is zero", "for positive", "if the unit is active", "for all positive"):
        verdict = d.check_lines([rf"\frac{{\partial L}}{{\partial x}} = 1 \quad \text{{{words}}}"])[0]
        assert verdict.mistake == "unparsable" and f"the condition '{words}' is not read" in verdict.message
    for words in ("where x is the input", "for all samples", "by the chain rule", "where 1 is a vector of ones"):
        assert d.check(rf"1[x > 0] \quad \text{{{words}}}").message == "Right: this is ∂L/∂x."


def test_a_condition_that_holds_nowhere_leaves_nothing_to_compare():
    d = of_leaf(relu)
    for text in ("1 if x > 100", "7 if x > 100", r"\frac{\partial L}{\partial x} = 1, x > 100"):
        verdict = d.check(text)
        assert verdict.ok is None and "holds at none of the numbers" in verdict.message


def test_a_condition_on_an_index_that_is_not_there():
    verdict = of_leaf(relu).check(r"\frac{\partial L}{\partial x_i} = 1 \quad \text{for } i \ne k")
    assert verdict.mistake == "unparsable" and "k" in verdict.message


def test_what_only_says_how_far_indices_go_is_no_condition():
    d = of_leaf(np.abs)
    for behind in (
        r"\quad i = 1, \dots, N",
        r"\quad \text{for all } i",
        r"\quad (1)",
        r"\quad \forall i \in [N]",
    ):
        text = rf"\frac{{\partial L}}{{\partial x_i}} = \operatorname{{sign}}(x_i) {behind}"
        assert d.check(text).message == "Right: this is ∂L/∂x."


def test_a_product_with_a_mask_is_no_condition():
    d = of_leaf(relu)
    for text in ("1 (x > 0)", r"1 \cdot (x > 0)", r"\mathbb{1}(x > 0)", "1[x > 0]", "(x > 0)"):
        assert d.check(text).message == "Right: this is ∂L/∂x."
    assert not d.check("2 (x > 0)").ok and not of_leaf(np.abs).check("1 (x > 0)").ok


def test_sides_of_a_chain_stand_under_the_condition_behind_them():
    z, _, p = softmaxed()
    d = derive(p, z)
    assert d.check(JACOBIAN + r"-p_i p_j = - p_j p_i \quad (i \neq j)").ok
    assert not d.check(JACOBIAN + r"p_i p_j = - p_j p_i \quad (i \neq j)").ok


# ── entries of Jacobians, in lines on the way ──


def of_loss(lines):
    z, y, p = softmaxed()
    return [
        verdict.ok for verdict in derive(-(y * np.log(p)).sum(), z).check_lines([JACOBIAN + line for line in lines])
    ]


def test_entries_of_a_jacobian_on_the_way_are_judged():
    wrong = [
        "p_i p_j",
        "p_i(1 - p_j)",
        r"p_i(\delta_{ij} + p_j)",
        r"p_i(\delta_{ij} - p_i)",
        r"\delta_{ij} p_i - p_j^2",
    ]
    assert of_loss([r"p_i(\delta_{ij} - p_j)", r"p_j(\delta_{ij} - p_i)", r"\delta_{ij} p_i - p_i p_j"]) == [True] * 3
    assert of_loss(wrong) == [False] * len(wrong)


def test_what_is_right_for_some_indices_only_has_no_verdict_where_it_does_not_say_so():
    assert of_loss(["-p_i p_j", "p_i(1 - p_i)"]) == [None, None]
    assert of_loss([r"-p_i p_j \quad (i \ne j)", r"p_i(1 - p_i) \quad (i = j)"]) == [True, True]
    assert of_loss([r"-p_i p_j \quad (i = j)", r"p_i(1 - p_i) \quad (i \ne j)"]) == [False, False]
    z, _, p = softmaxed()
    verdict = derive(p, z).check(JACOBIAN + "-p_i p_j")
    assert verdict.mistake == "unexplained" and "It is right where i ≠ j; elsewhere it is not" in verdict.message


def test_a_wrong_jacobian_on_the_way_is_called_by_its_name():
    z, y, p = softmaxed()
    verdict = derive(-(y * np.log(p)).sum(), z).check_lines([JACOBIAN + r"2 p_i(\delta_{ij} - p_j)"])[0]
    assert verdict.mistake == "constant-factor" and verdict.message.startswith("(∂p/∂z) Your gradient is 2 times")
    verdict = derive(-(y * np.log(p)).sum(), z).check_lines([JACOBIAN + "p_i p_j"])[0]
    assert "This is not ∂p/∂z" in verdict.message and "∂L" not in verdict.message


def test_an_index_that_stands_twice_on_the_left_is_one():
    Z = Tensor(RNG.normal(size=(5, 3)), name="Z")
    P = softmax(Z, axis=1)
    P.name = "P"
    d = derive((P**2).sum(), Z)
    left = r"\frac{{\partial P_{{{}}}}}{{\partial Z_{{{}}}}} = "
    for one, other, formula, right in (
        ("ij", "ik", r"P_{ij}(\delta_{jk} - P_{ik})", True), ("ij", "ik", r"P_{ij}(\delta_{jk} - P_{ij})", False),
        ("ij", "ij", "P_{ij}(1 - P_{ij})", True), ("ij", "ij", "P_{ij}(1 + P_{ij})", False),
        ("ij", "mk", r"\delta_{im} P_{ij}(\delta_{jk} - P_{ik})", True),
        ("ij", "mk", r"P_{ij}(\delta_{jk} - P_{ik})", None), ("ij", "mk", r"P_{ij}(\delta_{jk} - P_{mk})", False),
    ):  # fmt: skip
        assert d.check_lines([left.format(one, other) + formula])[0].ok is right, formula


def test_entries_of_a_layer():
    x, W = Tensor(RNG.normal(size=4), name="x"), Tensor(RNG.normal(size=(4, 3)), name="W")
    z = x @ W
    z.name = "z"
    a = sigmoid(z)
    a.name = "a"
    d = derive((a**2).sum(), W)
    lines = {
        "∂z_j/∂W_ij = x_i": True, "∂z_k/∂W_ij = x_i δ_jk": True, "∂z_j/∂W_ij = x_j": False, "∂z_j/∂x_i = W_ij": True,
        "∂z_j/∂x_i = W_ji": False, "∂a_j/∂x_i = a_j(1 − a_j) W_ij": True, "∂a_j/∂x_i = a_j W_ij": False,
        "∂z_i/∂W_jk = 0, i ≠ k": True, "∂z_i/∂W_jk = x_j, i ≠ k": False, "∂z_i/∂W_jk = x_j, i = k": True,
    }  # fmt: skip
    assert {line: verdict.ok for line, verdict in zip(lines, d.check_lines([*lines]), strict=True)} == lines


def test_a_condition_that_seldom_holds_is_looked_for_beside_the_kinks():
    d = of_leaf(lambda x: np.where(abs(x) > 6.0, x * x, 0.0))
    for factor, mistake in ((2, None), (4, "constant-factor")):
        verdict = d.check(rf"\frac{{\partial L}}{{\partial x_i}} = {factor} x_i \quad \text{{for }} x_i > 6")
        assert verdict.mistake == mistake and verdict.message.startswith("Compared only where xᵢ > 6. ")


def test_where_a_claim_says_nothing_it_is_not_right():
    z, _, p = softmaxed()
    verdict = derive(p, z).check(JACOBIAN + r"7 + \sin p_i \quad (i \neq j)")
    assert verdict.message == "Compared only where i ≠ j. This is not ∂p/∂z, and no single mistake explains it."


@pytest.mark.parametrize(
    "behind", [r", \lambda > 0", r"\quad (\beta > 0)", r", x_i \in \mathbb{R}", r", x_i, y_j \in \mathbb{R}"]
)
def test_what_is_said_of_a_letter_that_the_claim_has_not_limits_nothing(behind):
    d = of_leaf(lambda x: x * x)
    assert d.check(r"\frac{\partial L}{\partial x_i} = 2 x_i" + behind).message == "Right: this is ∂L/∂x."
    assert d.check(r"\frac{\partial L}{\partial x_i} = 3 x_i" + behind).mistake == "constant-factor"


def test_an_equation_behind_if_is_a_condition():
    d = of_leaf(lambda x: relu(x) ** 2)
    assert d.check(r"\frac{\partial L}{\partial x_i} = 2 x_i \text{ if } x_i = |x_i|").ok
    assert d.check(r"\frac{\partial L}{\partial x_i} = 3 x_i \text{ if } x_i = |x_i|").mistake == "constant-factor"


@pytest.mark.parametrize("one", [r"\mathbb{1}", "1", "I"])
def test_indices_behind_a_1_are_its_argument_and_no_condition(one):
    z, _, p = softmaxed()
    verdict = derive(p, z).check(JACOBIAN + rf"-p_i p_j + p_i {one}(i = j)")
    assert verdict.message == "Right: this is ∂p/∂z."


def test_a_condition_is_read_behind_the_indices_that_it_is_about():
    z, _, p = softmaxed()
    verdict = derive(p, z).check(r"\text{For } i, j \text{ with } i \neq j: " + JACOBIAN + "-p_i p_j")
    assert verdict.message == "Compared only where i ≠ j. Right: this is ∂p/∂z."


def test_an_index_that_stands_twice_is_the_same_twice_under_a_condition_too():
    z, _, p = softmaxed()
    for formula, right in (("p_i (1 - p_i)", True), ("-p_i p_i", False)):
        assert (
            derive(p, z).check(rf"\frac{{\partial p_i}}{{\partial z_i}} = {formula} \text{{ if }} p_i < 0.6").ok
            is right
        )
