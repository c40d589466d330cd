"""A rule broken on purpose is found again; what nothing explains is called unexplained."""

import numpy as np
import pytest
from claims import graph_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.checking.judge import check
from tinygrad_edu.checking.mistakes import lost, scaled, slips_at
from tinygrad_edu.checking.other_gradients import Gradient
from tinygrad_edu.checking.replay import Replay
from tinygrad_edu.engine.graph import Node
from tinygrad_edu.engine.rules import TABLE

# ── a random graph over the table, broken at one place ────────────────────────────────────────────────────────────────

# Rows of one argument that are tame: defined everywhere, no towers of exponentials, nothing but numbers to give.
UNFIT = {
    "identity", "expm1", "exp2", "arccosh", "arcsin", "arccos", "arctanh", "sinc", "erf", "tan", "astype",
    "broadcast_to",
}  # fmt: skip
SMOOTH = sorted(
    rule.name
    for rule in TABLE.values()
    if rule.differentiable and rule.arity == 1 and rule.kind.name == "elementwise"
    and rule.name not in UNFIT and not (rule.domain and rule.domain[0][0] >= 0)
)  # fmt: skip
BINARY = ["add", "subtract", "multiply", "divide", "maximum", "logaddexp"]


def built(program, leaves):
    """The loss of a program: a list of (operation, operands), each number an earlier result."""
    x_, w_, b_ = leaves
    made = [x_, x_ + b_]
    for name, i, j in program:
        x, y = made[i % len(made)], made[j % len(made)]
        if name == "divide":
            made.append(x / (2.0 + y * y))
        elif name in BINARY:
            made.append(TABLE[name](x, y))
        elif name == "softmax":
            made.append(tg.softmax(x))
        elif name == "centred":
            made.append(x - x.mean(axis=0))
        elif name == "product":
            made.append(x @ w_)
        else:
            made.append(TABLE[name](x))
    last = np.arcsinh(made[-1])  # so that a tower of exponentials does not drown everything else
    return (last * last + last).mean() + (x_ @ w_ + b_).mean()  # all leaves take part


programs = st.lists(
    st.tuples(
        st.sampled_from([*SMOOTH, *BINARY, *BINARY, "softmax", "centred", "product"]),
        st.integers(0, 9), st.integers(0, 9),
    ),
    min_size=2, max_size=6,
)  # fmt: skip


def leaves_of(x, w, b):
    return [Tensor(x, name="x"), Tensor(w, name="w"), Tensor(b, name="b")]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(programs, st.integers(0, 2), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_broken_rule_is_found(program, which, at, how):
    rng = np.random.default_rng(5)
    numbers = rng.normal(size=(4, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3,))
    with np.errstate(all="ignore"):
        leaves = leaves_of(*numbers)
        loss = built(program, leaves)
    wrt = leaves[which]
    replay = Replay(loss, wrt)
    assume(np.all(np.isfinite(replay.recorded.truth)) and np.any(replay.recorded.truth))
    places = [
        (node, position)
        for node in (replay.recorded.origin[n] for n in replay.recorded.order)
        for position, a in enumerate(node.args)
        if isinstance(a, Node) and replay.recorded.twin[a] in set(replay.recorded.order) and node is not wrt
    ]
    assume(places)
    node, position = places[at % len(places)]
    slips = [s.slip for s in slips_at(node, position)] + [scaled(-1.0), lost, scaled(2.0)]
    slip = slips[how % len(slips)]
    number = next(n for n, each in enumerate(replay.nodes) if each is node)

    def claim(x, w, b):
        again = leaves_of(x, w, b)
        there = Replay(built(program, again), again[which])
        return there.recorded.gradient({(there.nodes[number], position): slip})

    try:
        with np.errstate(all="ignore"):
            broken = claim(*numbers)
    except (ValueError, TypeError):
        assume(False)
    assume(np.all(np.isfinite(broken)) and np.max(np.abs(broken - replay.recorded.truth)) > 1e-6)
    verdict = check(Gradient(loss, wrt), claim)
    assert not verdict.ok
    assert verdict.mistake not in ("unexplained", "special-case", "shape", "unparsable"), (node, position, verdict)


# ── a factor on the wrong side, which mostly cannot even be computed ──

TURNED = [
    ("softmax_ce", "W", r"\frac1N X (P-Y)"),
    ("softmax_ce", "W", lambda X, P, Y: X @ (P - Y) / len(X)),
    ("softmax_ce", "W", lambda X, P, Y: np.dot(P - Y, X.T) / len(X)),
    ("softmax_ce", "W", lambda X, P, Y: X.dot(P - Y)),
    ("linear", "w", r"\frac{2}{N} (Xw + b - y) X"),
    ("two_layers", "W_1", r"\frac1N X^\top ((Z_2-Y) W_2 \odot (1-A_1^2))"),
    ("two_layers", "W_1", lambda X, Z_2, Y, W_2, A_1: X.T @ (((Z_2 - Y) @ W_2) * (1 - A_1**2)) / len(X)),
    ("logistic_columns", "W", "(A - Y) @ X / m"),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "wrt", "claim"), TURNED)
def test_a_factor_on_the_wrong_side(loss, wrt, claim):
    total, names = graph_of(loss)
    verdict = check(Gradient(total, names[wrt]), claim)
    assert verdict.mistake == "transpose", verdict
    assert verdict.node.op == "matmul"


def test_what_cannot_be_computed_whichever_way_is_a_matter_of_shape():
    total, names = graph_of("softmax_ce")
    verdict = check(Gradient(total, names["W"]), lambda X, Y: X @ Y)
    assert verdict.mistake == "shape" and "inner sizes differ, 4 ≠ 5" in verdict.message


# ── everywhere, at both operands, two at once ──


def test_a_derivative_left_out_wherever_it_is_used():
    rng = np.random.default_rng(0)
    X, V = Tensor(rng.normal(size=(5, 4)), name="X", requires_grad=False), Tensor(rng.normal(size=(3, 2)), name="V")
    W = Tensor(rng.normal(size=(4, 3)), name="W")
    H = np.tanh(X @ W)
    H.name = "H"
    out = np.tanh(H @ V)
    out.name = "out"
    about = Gradient((out * out).sum(), W)
    assert check(about, lambda X, H, V, out: X.T @ ((2 * out * (1 - out**2)) @ V.T * (1 - H**2))).ok
    both = check(about, lambda X, V, out: X.T @ ((2 * out) @ V.T))
    assert both.mistake == "local-derivative" and "wherever it is used" in both.message
    one = check(about, lambda X, H, V, out: X.T @ ((2 * out) @ V.T * (1 - H**2)))
    assert one.mistake == "local-derivative" and one.node is out
    wrong = check(about, lambda X, H, V, out: X.T @ ((2 * out * (1 - out)) @ V.T * (1 - H)))
    assert wrong.mistake == "wrong-derivative" and "1 − out" in wrong.message
    pair = check(about, lambda X, H, V, out: -X.T @ ((2 * out) @ V.T * (1 - H**2)))
    assert pair.mistake == "local-derivative" and "wrong sign" in pair.message


@pytest.mark.parametrize(
    ("build", "claim", "mistake", "says"),
    [
        (np.exp, "x", "wrong-derivative", "you have x, it is exp x"),
        (np.exp, "exp(x)*x", "wrong-derivative", "exp x"),
        (np.log, "log(x)", "wrong-derivative", "it is 1/x"),
        (tg.sigmoid, "1 - sigmoid(x)**2", "wrong-derivative", "1 − σ(x)²"),
        (np.tanh, "1 - tanh(x)", "wrong-derivative", "1 − tanh x"),
        (lambda x: x**3, "3 x^3", "wrong-derivative", ""),
        (lambda x: np.sin(x**2), "cos(x**2)", "local-derivative", "2 · x"),
        (lambda x: np.sin(x**2), "2*x*cos(x)", "wrong-derivative", "at x: the chain rule wants it at x²"),
        (lambda x: x * np.sin(x), "cos(x)", "wrong-derivative", "not the product of the derivatives"),
        (lambda x: np.sin(x) / x, "cos(x)", "wrong-derivative", "not the quotient"),
        (lambda x: np.sin(x) / x, "(x*cos(x) - sin(x))/x", "wrong-derivative", "square"),
        (lambda x: np.sin(x) / x, "(sin(x) - x*cos(x))/x**2", "sign", ""),
        (lambda x: x**x, "x * x**(x - 1)", "missing-path", ""),
        (lambda x: np.exp(2 * x), "exp(2*x)", "constant-factor", "1/2 times"),
    ],
)
def test_mistakes_in_one_variable(build, claim, mistake, says):
    x = Tensor(0.7, name="x")
    verdict = check(Gradient(build(x), x), claim)
    assert verdict.mistake == mistake, verdict
    assert says in verdict.message


# ── never guess ──


@pytest.mark.parametrize("claim", ["x**5 - 2*x", "exp(x) + 3", "cos(x) * log(x + 2)"])
def test_what_nothing_explains_is_unexplained(claim):
    x = Tensor(0.7, name="x")
    verdict = check(Gradient(np.tanh(x**2), x), claim)
    assert verdict.mistake == "unexplained" and verdict.node is None and verdict.factor is None
    assert [c.mistake for c in verdict.candidates] == ["unexplained"]


def test_the_largest_true_thing_is_said():
    loss, names = graph_of("bce")
    about = Gradient(loss, names["yhat"])
    verdict = check(about, lambda y, yhat: np.where(y == 1, -1 / yhat, np.sin(7 * yhat)) / len(y))
    assert verdict.mistake == "unexplained" and "right at every entry where y = 1" in verdict.message
    small = check(about, lambda y, yhat: (yhat - y) / (yhat * (1 - yhat)) / len(y) + 1e-7 * yhat**2)
    assert "something small" in small.message


def test_one_number_is_no_evidence_of_a_factor():
    x = Tensor(0.7, name="x")
    about = Gradient(np.tanh(x**2), x)
    assert check(about, 0.1234567).mistake == "unexplained"
    assert check(about, float(-2 * 0.7 * (1 - np.tanh(0.49) ** 2))).mistake == "sign"


def test_a_long_chain_is_diagnosed_without_looking_everywhere():
    x = Tensor([0.4, -0.3], name="x")
    node = x
    for _ in range(80):
        node = node + 0.1 * np.sin(node)
    verdict = check(Gradient((node**2).sum(), x), lambda x: 0 * x)
    assert verdict.mistake == "missing-path"


# ── a weight used again and again ──


def recurrent(W, U, x, h):
    """h ← tanh(h W + x_t U), four times."""
    states = [h]
    for t in range(4):
        states.append(np.tanh(states[-1] @ W + x[t] @ U))
    return states


@pytest.fixture
def steps():
    rng = np.random.default_rng(3)
    W, U = Tensor(0.7 * rng.normal(size=(3, 3)), name="W"), Tensor(rng.normal(size=(2, 3)), name="U")
    x = Tensor(rng.normal(size=(4, 2)), name="x", requires_grad=False)
    h = Tensor(rng.normal(size=3), name="h", requires_grad=False)
    states = recurrent(W, U, x, h)
    total = 0.0
    for state in states[1:]:
        total = total + (state**2).sum()
    return Gradient(total, W)


def through_time(W, U, x, h, slip=""):
    states = recurrent(W, U, x, h)
    gradient, back = np.zeros_like(W), 0.0
    for t in reversed(range(4)):
        dz = (back + 2 * states[t + 1]) * (1 - states[t + 1] ** 2)
        gradient += np.outer(states[t], dz) if slip != "last" or t == 3 else 0.0
        back = {"transposed": dz @ W, "cut": 0.0}.get(slip, dz @ W.T)
    return gradient


@pytest.mark.parametrize(
    ("slip", "mistake"),
    [("", None), ("transposed", "transpose"), ("cut", "missing-path"), ("last", "missing-path")],
)
def test_backpropagation_through_time(steps, slip, mistake):
    verdict = check(steps, lambda W, U, x, h: through_time(W, U, x, h, slip))
    assert verdict.mistake == mistake, verdict


def test_a_residual_connection():
    rng = np.random.default_rng(0)
    X, A = Tensor(rng.normal(size=(5, 3)), name="X", requires_grad=False), Tensor(rng.normal(size=(3, 3)), name="A")
    B = Tensor(rng.normal(size=(3, 3)), name="B")
    z = X @ A
    z.name = "z"
    out = z + np.tanh(z @ B)
    out.name = "out"
    about = Gradient((out**2).mean(), A)

    def branch(z, B, out):
        return (2 * out / out.size * (1 - np.tanh(z @ B) ** 2)) @ B.T

    assert check(about, lambda X, B, z, out: X.T @ (2 * out / out.size + branch(z, B, out))).ok
    assert check(about, lambda X, B, z, out: X.T @ branch(z, B, out)).mistake == "missing-path"
    assert check(about, lambda X, B, z, out: X.T @ (2 * out / out.size)).mistake == "missing-path"


def test_a_path_on_which_nothing_flows_at_some_points():
    x, b = Tensor([0.3, -0.7, 1.2], name="x", requires_grad=False), Tensor([0.4], name="b")
    about = Gradient((np.maximum(x, x + b) ** 2 + b).mean(), b)

    def claim(x, b, scale):
        return np.array([1 + scale * np.mean(2 * np.maximum(x, x + b) * (x + b > x))])

    assert check(about, lambda x, b: claim(x, b, 1)).ok
    assert check(about, lambda x, b: claim(x, b, 2)).mistake == "constant-factor"
    assert check(about, lambda x, b: claim(x, b, -1)).mistake == "sign"


def test_on_the_wrong_side_and_off_by_a_factor():
    total, names = graph_of("linear")
    about = Gradient(total, names["w"])
    for claim in (r"\frac1N X (Xw + b - y)", lambda X, yhat, y: X @ (yhat - y) / len(y)):
        verdict = check(about, claim)
        assert verdict.mistake == "transpose" and "1/2 times" in verdict.message


def test_what_is_not_a_number_is_said():
    total, names = graph_of("linear")
    about = Gradient(total, names["w"])
    assert "not a number" in check(about, lambda X, w: w / 0.0).message
    assert "not a number" in check(about, "X.T @ (yhat - y) ** 99999999").message
