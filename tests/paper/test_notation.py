"""Names and operations on paper."""

import contextlib
import itertools

import numpy as np
import pytest

from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine import rules
from tinygrad_edu.engine.rules import TABLE
from tinygrad_edu.paper import notation
from tinygrad_edu.paper.notation import Written, latex_name, pretty, written_rule, written_vjp


@pytest.mark.parametrize(
    ("name", "text", "latex"),
    [
        ("yhat", "ŷ", r"\hat{y}"),
        ("W_1", "W₁", "W_{1}"),
        ("W1", "W₁", "W_{1}"),
        ("alphahat", "α̂", r"\hat{\alpha}"),
        ("sigma", "σ", r"\sigma"),
        ("xbar", "x̄", r"\bar{x}"),
        ("loss", "loss", r"\mathrm{loss}"),
        ("what", "ŵ", r"\hat{w}"),
        ("that_was", "t̂_was", r"\hat{t}_{\mathrm{was}}"),
        ("a%b", "a%b", r"\mathrm{a\%b}"),
    ],
)
def test_names_follow_sympys_convention(name, text, latex):
    assert pretty(name) == text
    assert latex_name(name) == latex


@pytest.mark.parametrize(
    ("build", "position", "printed"),
    [
        (lambda x, y: x * y, 0, "y"),
        (lambda x, y: x / y, 0, "1/y"),
        (lambda x, y: x / y, 1, "−out/y"),
        (lambda x, y: x - y, 1, "−1"),
        (lambda x, y: x**2.0, 0, "2 · x"),
        (lambda x, y: x**3.0, 0, "3 · x²"),
        (lambda x, y: x**4.0, 0, "4 · x³"),
        (lambda x, y: rules.tanh(x), 0, "1 − out²"),
        (lambda x, y: rules.sigmoid(x), 0, "out · (1 − out)"),
        (lambda x, y: rules.log2(x), 0, "1/(x · log 2)"),
        (lambda x, y: rules.relu(x), 0, "[x > 0]"),
        (lambda x, y: -x, 0, "−1"),
    ],
)
def test_local_derivatives_print_what_the_table_computes(build, position, printed):
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    assert str(written_vjp(build(x, y), position)) == printed


def test_matrix_products_keep_their_sides():
    X, W = Tensor(np.ones((3, 2)), name="X"), Tensor(np.ones((2, 4)), name="W_1")
    z = X @ W
    assert str(written_vjp(z, 0, Written("∂L/∂z"))) == "∂L/∂z W₁ᵀ"
    assert str(written_vjp(z, 1, Written("∂L/∂z"))) == "Xᵀ ∂L/∂z"
    assert written_vjp(z, 1, Written("G")).latex == r"X^\top G"


def test_parentheses_stand_where_they_are_needed_and_nowhere_else():
    a, b, c = map(Written, "abc")
    assert str((a + b) * c) == "(a + b) · c"
    assert str(a + b * c) == "a + b · c"
    assert str(a - (b - c)) == "a − (b − c)"
    assert str((a - b) - c) == "a − b − c"
    assert str(written_rule(rules.log, [1 - a], {})) == "log(1 − a)"
    assert str(written_rule(rules.log, [a], {})) == "log a"
    assert str(rules.tanh(a) * rules.tanh(a)) == "(tanh a)²"
    assert str(rules.power(rules.sigmoid(a), 2.0)) == "σ(a)²"
    assert str(-(a * b)) == "−a · b"
    assert str(-(a + b)) == "−(a + b)"
    assert written_rule(rules.power, [a + b, 2.0], {}).latex == r"\left(a + b\right)^{2}"


def test_numbers_read_as_numbers():
    assert [notation.number(x) for x in (2.0, -0.5, 1e-9, 1 / 3)] == ["2", "−0.5", "1e−9", "0.333333"]


@pytest.mark.parametrize(
    "moved",
    [
        lambda x: rules.identity(x),
        lambda x: rules.expand_dims(x, axis=(0,)),
        lambda x: rules.squeeze(x, axis=(0,)),
        lambda x: rules.broadcast_to(x, shape=(2, 3)),
        lambda x: rules.astype(x, dtype=np.dtype(float)),
        lambda x: TABLE["log_argument"](x, Written("y")),
    ],
)
def test_what_is_only_moved_keeps_its_parentheses_and_its_sign(moved):
    x, y = Written("x"), Written("y")
    assert str(2.0 / moved(1.0 - x)) == "2/(1 − x)" and (2.0 / moved(1.0 - x)).latex == r"\frac{2}{1 - x}"
    assert str(moved(1.0 - x) * y) == "(1 − x) · y" and (moved(1.0 - x) * y).latex.startswith(r"\left(1 - x\right)")
    assert str(moved(1.0 - x) + y) == "1 − x + y" and str(-moved(-x)) == "x"


A, M, W = Written("A"), Written("M"), Written("W")


def total(x, of=rules.sum):
    found = of(x, axis=None, keepdims=False)
    return found if isinstance(x, Written) else np.full_like(x, found)  # an array, so that it can be a matrix's factor


def product(x):
    return total(x, rules.prod)


BINARY = ["add", "subtract", "multiply", "divide", "power", "matmul", "solve", "remainder", "maximum"]
UNARY = ["negative", "square", "reciprocal", "sqrt", "exp", "log", "expm1", "sigmoid", "matrix_transpose", "inv"]
BINARY, UNARY = [TABLE[name] for name in BINARY], [*(TABLE[name] for name in UNARY), total, product]
COMPOSITIONS = [  # every operation of these after every other
    *(lambda a, b, c, f=f, g=g: g(f(a, b), c) for f, g in itertools.product(BINARY, BINARY)),
    *(lambda a, b, c, f=f, g=g: g(a, f(b, c)) for f, g in itertools.product(BINARY, BINARY)),
    *(lambda a, b, c, f=f, g=g: g(f(a, b)) for f, g in itertools.product(BINARY, UNARY)),
    *(lambda a, b, c, f=f, g=g: f(g(a), b) for f, g in itertools.product(BINARY, UNARY)),
    *(lambda a, b, c, f=f, g=g: f(a, g(b)) for f, g in itertools.product(BINARY, UNARY)),
    *(lambda a, b, c, f=f, g=g: g(f(a)) for f, g in itertools.product(UNARY, UNARY)),
]


@pytest.mark.parametrize("form", ["text", "latex"])
def test_what_is_written_alike_is_the_same_number(form):
    arrays = np.random.default_rng(0).uniform(0.5, 1.5, (3, 3, 3))
    found = {}
    for composed in COMPOSITIONS:
        with np.errstate(all="ignore"), contextlib.suppress(np.linalg.LinAlgError):  # Σ x has no inverse
            found.setdefault(getattr(composed(A, M, W), form), []).append(composed(*arrays))
    differing = [text for text, same in found.items() if not all(np.allclose(same[0], n, equal_nan=True) for n in same)]
    assert len(found) > 500 and not differing


def test_products_have_no_more_parentheses_than_they_need():
    shown = (
        rules.matmul(A * M, W),
        A * rules.matmul(M, W),
        rules.matmul(rules.matmul(A, M), W),
        total(A) * M,
        M * total(A),
    )
    assert [each.text for each in shown] == ["(A · M) W", "A · M W", "A M W", "(Σ A) · M", "M · Σ A"]
    assert [(-total(A)).text, (A - total(M)).text, total(total(A)).text] == ["−Σ A", "A − Σ M", "Σ Σ A"]


def test_what_goes_to_a_matrix_beside_a_vector_is_a_column_times_a_row():
    W, x, y = (Tensor(np.ones(shape), name=name) for name, shape in (("W", (3, 2)), ("x", (2,)), ("y", (3,))))
    g = Written("g", shape=(3,))
    assert str(written_vjp(W @ x, 0, g)) == "g xᵀ"
    assert str(written_vjp(y @ W, 1, Written("g", shape=(2,)))) == "y gᵀ"
    assert str(written_vjp(y @ Tensor(np.ones(3), name="z"), 0, Written("g"))) == "g · z"
