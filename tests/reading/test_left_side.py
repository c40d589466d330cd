"""One left side means the same wherever it stands: in a claim alone, in a line of a derivation, in a note."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive, sigmoid
from tinygrad_edu.reading import read
from tinygrad_edu.reading.left_side import left_side
from tinygrad_edu.reading.lexer import cut
from tinygrad_edu.reading.notes import definitions_for, equations, named
from tinygrad_edu.reading.reader import uses
from tinygrad_edu.reading.words import Vocabulary

pytest.importorskip("lark")


def claiming(note, wrt, words):
    """The equations of a note that claim the gradient at `wrt`, and those that claim another."""
    about = [each for each in equations(note, words) if each.about]
    mine = [each for each in about if named(each.about, wrt, words)]
    return mine, [each for each in about if each not in mine]


NAMES = {
    "X": ("N", "D"), "w": ("D",), "theta": ("D",), "W_1": ("D", "D"), "z": ("N",), "a": ("N",), "y": ("N",),
    "yhat": ("N",), "b": (),
}  # fmt: skip

GRADIENTS = [
    (r"∂L/∂ŷᵢ", "yhat"), ("dL/dy", "y"), (r"\frac{dL}{dw}", "w"), (r"\nabla_w L", "w"), ("dw", "w"), ("w_grad", "w"),
    ("grad_w", "w"), ("w.grad", "w"), ("L_w", "w"), ("J'(θ)", "theta"),
    (r"\frac{\partial L}{\partial \hat y_i}", "yhat"),
    (r"\frac{\partial J}{\partial \theta_j}", "theta"), (r"\partial_w L", "w"), (r"\partial L/\partial w", "w"),
    (r"\frac{\mathrm{d}}{\mathrm{d}w} L", "w"), (r"\frac{\partial}{\partial w} J(w)", "w"), ("dL/dW1", "W_1"),
    ("dL_dw", "w"), ("dW1", "W_1"), ("dW_1", "W_1"), (r"dW^{(1)}", "W_1"), (r"\mathrm{d}W_1", "W_1"), ("dyhat", "yhat"),
    (r"\text{d}L/\text{d}w", "w"), (r"{\partial L \over \partial w}", "w"),
    (r"\nabla_{\mathbf w}\mathcal{L}(\mathbf w)", "w"),
    ("2 dw", "w"), (r"-\frac{\partial L}{\partial w}", "w"), (r"\frac1N \nabla_w L", "w"), (r"(\nabla_w L)", "w"),
    (r"\frac{\partial L}{\partial (W_1)_{jk}}", "W_1"), ("∂L/∂(w)", "w"),
    (r"\frac{\partial L}{\partial z}\frac{\partial z}{\partial w}", "w"),
    (r"\frac{\partial L}{\partial w}\Big|_{w}", "w"),
]  # fmt: skip
SYMBOLS = [
    (r"\delta", "delta"), (r"\delta_i", "delta"), (r"\delta^{(2)}", "delta2"), (r"\hat{x}", "xhat"), ("p", "p"),
    ("p_i", "p"), ("r_{1}", "r1"), ("d2", "d2"), ("e", "e"), ("diff", "diff"), ("dq", "dq"),
]  # fmt: skip
FORMULAS = ["X w - y", "2 p", r"\frac12", "X'(X w)", "w z a", r"\|w\|"]


def understood(left):
    return left_side(cut(left), Vocabulary(NAMES))


@pytest.mark.parametrize(("left", "about"), GRADIENTS)
def test_a_gradient_is_one_in_all_three_places(left, about):
    (claim,) = read(f"{left} = b y", NAMES)
    assert (claim.left.kind, claim.left.about, claim.left.refused) == ("gradient", about, "")
    assert claim.target
    use = left if "_" not in left and "\\" not in left else "dw"
    assert uses([f"{left} = b y", f"q = X {use}"], NAMES) == [[], []]
    mine, others = claiming(f"$$\n{left} = b y\n$$", about, Vocabulary(NAMES))
    assert [(each.line, each.about) for each in mine] == [(2, about)] and not others


@pytest.mark.parametrize(("left", "symbol"), SYMBOLS)
def test_a_symbol_may_be_defined_in_all_three_places(left, symbol):
    found = understood(left)
    assert (found.kind, found.symbol, found.about) == ("symbol", symbol, "")
    plain = left.removesuffix("_i")
    assert uses([f"{left} = b y", rf"\nabla_w L = X^T {plain}"], NAMES) == [[1], []]
    (claim,) = read(rf"{left} = b y \\ \nabla_w L = X^T {left}", NAMES)
    assert claim.left.about == "w" and claim.names() >= {"X", "b", "y"}
    note, words = f"$$\n{left} = b y\n$$\n$$\n\\nabla_w L = X^T {left}\n$$", Vocabulary(NAMES)
    mine, others = claiming(note, "w", words)
    assert len(mine) == 1 and not others
    (definition,) = definitions_for(mine[0], equations(note, words), words)
    assert definition.text.startswith(left)


@pytest.mark.parametrize("left", FORMULAS)
def test_a_formula_is_neither_in_all_three_places(left):
    assert (understood(left).kind, understood(left).symbol) == ("formula", "")
    assert uses([f"{left} = b y", f"q = {left}"], NAMES) == [[], []]
    assert claiming(f"$$\n{left} = b y\n$$", "w", Vocabulary(NAMES)) == ([], [])


def test_a_formula_on_the_left_is_claimed_as_well():
    both = read("b y = y b", NAMES)
    assert [(claim.text, claim.target) for claim in both] == [("b y", ""), ("y b", "")]


def test_nothing_on_the_left_says_nothing():
    assert left_side([], Vocabulary(NAMES)).kind == ""
    assert left_side(cut(r"\quad"), Vocabulary(NAMES)).kind == ""
    (claim,) = read("= b y", NAMES)
    assert (claim.target, claim.left.kind) == ("", "")


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (r"\frac{\partial^2 L}{\partial w^2}", "a second derivative"),
        (r"\frac{\partial^2 L}{\partial w\,\partial b}", "a second"),
        (r"\nabla^2 L", "a second derivative"), ("f''(w)", "a second derivative"),
        (r"\frac{\partial}{\partial w}\frac{\partial L}{\partial b}", "a second derivative"),
        (r"(\frac{\partial L}{\partial w})^2", "a power of a gradient"), (r"\frac{dL}{dw}^2", "a power of a gradient"),
        (r"\frac{\partial L}{\partial w} + b", "a formula with a gradient in it"),
        (r"\nabla_w L + 2 w", "a formula with a gradient in it"),
        (r"\frac{\partial L}{\partial z}\frac{\partial a}{\partial w}", "a formula with a gradient in it"),
        (r"\frac{\partial z}{\partial L}", "the derivative of z with respect to L"), ("w", "w itself"),
        (r"\mathcal{L}", "the loss itself"), ("J", "the loss itself"),
    ],
)  # fmt: skip
def test_what_is_no_first_derivative_is_refused(left, said):
    assert understood(left).refused.startswith(said)


@pytest.mark.parametrize(
    ("left", "of", "about"),
    [
        (r"\frac{\partial a}{\partial z}", "a", "z"), (r"\frac{\partial}{\partial z} a", "a", "z"),
        (r"\frac{\partial z_i}{\partial w_j}", "z", "w"), ("dz/dw", "z", "w"),
        (r"\frac{\partial a}{\partial z}\frac{\partial z}{\partial w}", "a", "w"),
    ],
)  # fmt: skip
def test_a_derivative_of_something_else_is_no_gradient_of_the_loss(left, of, about):
    found = understood(left)
    assert (found.of, found.about) == (of, about)
    assert not found.is_of_loss()
    assert claiming(f"$$\n{left} = b y\n$$", about, Vocabulary(NAMES)) == ([], [])


@pytest.mark.parametrize(
    ("left", "labels"),
    [
        (r"\frac{\partial L}{\partial W_{1,jk}}", ("j", "k")), (r"\nabla_{w_j} L", ("j",)), ("dw_k", ("k",)),
        (r"\frac{\partial L}{\partial \hat y^{(i)}}", ("i",)), (r"\delta_{ij}", ("i", "j")), (r"\nabla_w L", ()),
    ],
)  # fmt: skip
def test_the_indices_on_the_left_are_the_variables(left, labels):
    assert understood(left).labels == labels


@pytest.mark.parametrize(
    ("left", "letter"),
    [(r"\nabla_q L", "q"), (r"\frac{\partial L}{\partial q^{(2)}}", "q2"), ("dq", "q"), ("q_grad", "q"), ("dw", ""),
     (r"\nabla L", ""), ("g_i", ""), ("grad f", ""), (r"\Delta w", ""), (r"\nabla_{} L", "")],
)  # fmt: skip
def test_a_letter_that_is_no_name_is_kept(left, letter):
    assert understood(left).letter == letter


def test_without_any_names_the_spelling_decides():
    nothing = Vocabulary({})
    for left, letter in (("dw", "w"), ("dW2", "W2"), ("dtheta", "theta"), ("L_w", "w"), ("dL_dv", "v")):
        assert (left_side(cut(left), nothing).kind, left_side(cut(left), nothing).letter) == ("gradient", letter)
    for left in ("data", "delta", "det", "d2", "L_i"):
        assert left_side(cut(left), nothing).kind == "symbol"
    assert uses(["dw = 2", "q = dw"]) == [[], []]
    assert [each.about for each in equations("$$dw = 2$$\n$$\\frac{dz}{dw} = 1$$")] == ["w", ""]


def logistic():
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(5, 3)), name="X", requires_grad=False)
    w, y = Tensor(rng.normal(size=3), name="w"), Tensor([1.0, 0, 1, 0, 1], name="y", requires_grad=False)
    z = x @ w
    z.name = "z"
    a = sigmoid(z)
    a.name = "a"
    return derive(-(y * np.log(a) + (1 - y) * np.log(1 - a)).mean(), w)


@pytest.mark.parametrize("joint", ["\n", " \\\\ "])
@pytest.mark.parametrize(("dz", "right"), [("1/N * (a - y)", True), ("1/N * (y - a)", False), ("a - y", False)])
def test_a_gradient_on_the_way_is_judged_and_not_taken_as_a_definition(joint, dz, right):
    use = "X.T @ dz" if joint == "\n" else "X^T dz"
    assert derive_check(joint.join([f"dz = {dz}", f"dw = {use}"])) == right
    verdicts = logistic().check_lines([f"dz = {dz}", f"dw = {use}"])
    assert [verdict.ok for verdict in verdicts] == [right, True]
    assert "definition" not in verdicts[0].message


def derive_check(text):
    return logistic().check(text).ok


def test_a_gradient_in_a_where_clause_is_judged():
    assert derive_check(r"X^T dz \quad\text{where } dz = \frac1N(a - y)")
    assert not derive_check(r"X^T dz \quad\text{where } dz = a - y")
