"""Right claims are accepted in any form, wrong ones never, and the collection's mistakes are named."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import sympy
from claims import CLAIMS, graph_of
from told import assert_told

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive
from tinygrad_edu.checking.judge import check, check_lines
from tinygrad_edu.checking.other_gradients import Gradient

NOTE = [
    r"\frac{\partial L}{\partial \hat{y}_i} = "
    r"-\frac{1}{N} \left( \frac{y_i}{\hat{y}_i} - \frac{(1 - y_i)}{1 - \hat{y}_i} \right)",
    r"\frac{\partial L}{\partial \hat{y}_i} = "
    r"-\frac{1}{N} \left( \frac{y_i (1 - \hat{y}_i) - (1 - y_i) \hat{y}_i}{\hat{y}_i (1 - \hat{y}_i)} \right)",
    r"\frac{\partial L}{\partial \hat{y}_i} = -\left( \frac{y_i}{\hat{y}_i} - \frac{(1 - y_i)}{1 - \hat{y}_i} \right)",
    r"\nabla_a L = -\left( \frac{y}{\hat{y}} - \frac{1 - y}{1 - \hat{y}} \right)",
]


def about(loss, wrt):
    """What checking needs of a derivation."""
    return Gradient(loss, wrt)


def of(name, wrt):
    loss, names = graph_of(name)
    return about(loss, names[wrt])


@pytest.fixture
def bce():
    return of("bce", "yhat")


def shown(claimed):
    text = claimed.claim if isinstance(claimed.claim, str) else "function"
    return f"{claimed.loss}-{claimed.wrt}-{claimed.mistake}-{text}"[:90]


def title(claimed):
    """What a claim is called in the golden file."""
    alike = [each for each in CLAIMS if (each.loss, each.wrt) == (claimed.loss, claimed.wrt)]
    number = next(n for n, each in enumerate(alike) if each is claimed)
    return f"{claimed.loss} {claimed.wrt} {number}: {claimed.claim if isinstance(claimed.claim, str) else 'a function'}"


@pytest.mark.parametrize("claimed", CLAIMS, ids=[f"{n}-{shown(c)}" for n, c in enumerate(CLAIMS)])
def test_the_collection(claimed):
    verdict = check(of(claimed.loss, claimed.wrt), claimed.claim)
    assert_told("collection.txt", title(claimed), [verdict])
    assert verdict.ok == (claimed.mistake is None), verdict
    assert verdict.mistake in claimed.mistakes, verdict
    assert verdict.message and ("{" not in verdict.message or verdict.mistake == "unparsable")
    if not verdict.ok:
        assert verdict.hint and verdict.candidates[0].mistake == verdict.mistake


def test_the_collection_is_large_enough():
    right = [c for c in CLAIMS if c.mistake is None]
    assert len(CLAIMS) >= 120 and len(right) >= 40 and len({c.loss for c in CLAIMS}) >= 15


# ── the case it must win first ──


def test_the_note(bce):
    verdicts = check_lines(bce, NOTE)
    assert [v.ok for v in verdicts] == [True, True, False, False]
    third, fourth = verdicts[2:]
    assert third.mistake == fourth.mistake == "mean-factor"
    N = sympy.Symbol("N", integer=True, positive=True)
    assert third.factor == fourth.factor == N
    assert third.node is None
    assert "dropped between line 2 and line 3" in third.message and "right if L were the sum" in third.message
    assert "line 3" in fourth.message


def test_a_derivation_checks():
    y = Tensor([1.0, 0.0], name="y", requires_grad=False)
    z = Tensor([0.3, -0.2], name="z")
    a = tg.sigmoid(z)
    a.name = "a"
    derivation = derive(-(y * np.log(a) + (1 - y) * np.log(1 - a)).mean(), z)
    assert derivation.check("(a - y)/N")
    verdict = derivation.check(r"a - y")
    assert not verdict and verdict.mistake == "mean-factor"
    assert verdict.solution == "Divide your result by N: " + derivation.steps[-1].text
    assert [v.ok for v in derivation.check_lines(["(a-y)/N", "a-y"])] == [True, False]


def test_the_example_shows_it(capsys):
    runpy.run_path(str(Path(__file__).parents[2] / "examples" / "find_the_slip.py"))
    out = capsys.readouterr().out
    assert out.count("✓") == 2 and out.count("✗") == 2
    assert "∂L/∂ŷᵢ = (ŷᵢ − yᵢ) / (N ŷᵢ(1 − ŷᵢ))" in out
    assert "the 1/N of the mean was dropped between line 2 and line 3; right if L were the sum" in out


def test_lines_go_on_after_a_second_slip(bce):
    lines = ["(yhat-y)/(N*yhat*(1-yhat))", "(yhat-y)/(yhat*(1-yhat))", "foo", "2*(yhat-y)/(yhat*(1-yhat))", NOTE[0]]
    verdicts = check_lines(bce, lines)
    assert [v.mistake for v in verdicts] == [None, "mean-factor", "unparsable", "mean-factor", None]
    assert "between line 1 and line 2" in verdicts[1].message
    assert "constant" in verdicts[3].message


def test_the_users_switches_do_not_matter(bce):
    with tg.no_grad():
        assert check(bce, right).ok
    with tg.detect_anomaly():
        assert check(bce, right).ok
        assert check(bce, lambda y, yhat: right(y, yhat) * len(y)).mistake == "mean-factor"


def test_nothing_is_left_behind(bce):
    before = {name: node.data.copy() for name, node in graph_of("bce")[1].items()}
    nodes = {"y": bce.loss.args[0].args[0].args[0].args[0], "yhat": bce.wrt}
    check(bce, lambda y, yhat: right(y, yhat) * len(y))
    assert bce.wrt.grad is None
    assert all(np.array_equal(nodes[name].data, before[name]) for name in nodes)


# ── kinds of claims ──


def right(y, yhat):
    return (yhat - y) / (yhat * (1 - yhat)) / len(y)


def test_a_node_is_a_claim():
    loss, names = graph_of("bce")
    y, yhat = names["y"], names["yhat"]
    assert check(about(loss, yhat), (yhat - y) / (yhat * (1 - yhat)) / 4).ok  # 4 read as the size, or as itself
    assert check(about(loss, yhat), (yhat - y) / (yhat * (1 - yhat))).mistake == "mean-factor"
    loss.backward(create_graph=True)
    assert check(about(loss, yhat), yhat.grad).ok


def test_an_array_is_compared_where_it_was_recorded():
    loss, names = graph_of("bce")
    true = right(names["y"].data, names["yhat"].data)
    verdict = check(about(loss, names["yhat"]), true)
    assert verdict.ok and "recorded" in verdict.message
    assert "4 decimals" in check(about(loss, names["yhat"]), np.round(true, 4)).message
    assert check(about(loss, names["yhat"]), true.tolist()).ok
    assert check(about(loss, names["yhat"]), true * 4).mistake == "mean-factor"
    assert check(about(loss, names["yhat"]), -true).mistake == "sign"
    assert not check(about(loss, names["yhat"]), true + 1e-6).ok


def test_a_number_is_a_claim_about_a_number():
    x = Value(1.3, name="x")
    assert check(about(x * np.exp(x), x), float(2.3 * np.exp(1.3))).ok
    assert check(about(x * np.exp(x), x), float(np.exp(1.3))).mistake == "missing-path"


def test_functions_take_any_of_the_named_nodes(bce):
    assert check(bce, right).ok
    assert check(bce, lambda yhat, y: right(y, yhat)).ok
    assert check(bce, lambda **all: right(all["y"], all["yhat"])).ok
    assert check(bce, lambda y, yhat, scale=1.0: scale * right(y, yhat)).ok
    assert check(bce, lambda y, yhat, N: right(y, yhat) * len(y) / N).ok
    wrong = check(bce, lambda y, yaht: y)
    assert wrong.mistake == "unparsable" and "Did you mean yhat?" in wrong.message
    assert check(bce, lambda y, yhat: "no numbers").mistake == "unparsable"
    assert "NameError" in check(bce, lambda y, yhat: undefined).message  # noqa: F821


def test_a_function_cannot_spoil_the_numbers(bce):
    def spoiling(y, yhat):
        found = right(y, yhat)
        y[:] = 0.0
        yhat[:] = 0.5
        return found

    assert check(bce, spoiling).ok


def test_what_is_no_claim_raises(bce):
    with pytest.raises(TypeError, match="a claim is a string, a function, an array or a node"):
        check(bce, {"a": 1})


# ── not fooled ──


def test_right_at_the_recorded_size_only(bce):
    verdict = check(bce, "(yhat - y)/(4*yhat*(1 - yhat))")
    assert verdict.mistake == "special-case" and "N = 4" in verdict.message
    assert check(of("linear", "w"), "X.T @ (yhat - y) / 3").mistake == "special-case"


def test_right_at_the_recorded_numbers_only():
    loss, names = graph_of("ridge")
    assert not names["w"].data.any()  # the penalty's gradient is 0 where it was recorded
    verdict = check(about(loss, names["w"]), "2*X.T @ r/N")
    assert not verdict.ok and verdict.mistake == "missing-path"
    loss, names = graph_of("bce")
    fixed = names["y"].data.copy()
    verdict = check(about(loss, names["yhat"]), lambda yhat: right(np.resize(fixed, yhat.shape), yhat))
    assert verdict.mistake == "special-case"


@pytest.mark.parametrize("small", [1e-8, 1e-6, 1e-3])
def test_a_small_difference_is_a_difference(bce, small):
    assert not check(bce, lambda y, yhat: right(y, yhat) + small * yhat).ok
    assert not check(bce, lambda y, yhat: right(y, yhat) * (1 + small)).ok


def test_rounding_is_no_difference():
    x = Tensor([0.3, 0.7, -0.4], name="x")
    p = tg.softmax(x)
    p.name = "p"
    total = about((p * p).sum(), x)
    assert check(total, lambda p: 2 * p * (p - (p**2).sum())).ok
    assert check(
        total, lambda x: 2 * np.exp(x + 9) / np.exp(x + 9).sum() * (tg.softmax(x) - (tg.softmax(x) ** 2).sum())
    ).ok
    assert check(about(p.sum(), x), lambda x: 0 * x).ok  # the truth itself is nothing but rounding


def test_a_deep_chain_with_forks():
    x = Tensor([0.4, -0.3], name="x")
    node = x
    for _ in range(100):
        node = node + 0.1 * np.sin(node)
    derivation = about((node**2).sum(), x)

    def chain(x):
        slope = np.ones_like(x)
        for _ in range(100):
            slope, x = slope * (1 + 0.1 * np.cos(x)), x + 0.1 * np.sin(x)
        return 2 * x * slope

    assert check(derivation, chain).ok
    assert check(derivation, lambda x: -chain(x)).mistake == "sign"


# ── in kind ──


def test_labels_stay_labels():
    """y² = y, (y)² = 1 and Σ y = 1 may be used where the labels are what they are."""
    bits = of("bce", "yhat")
    assert check(bits, lambda y, yhat: np.where(y == 1, -1 / yhat, 1 / (1 - yhat)) / len(y)).ok
    assert check(bits, lambda y, yhat: (yhat - y**2) / (yhat * (1 - yhat)) / len(y)).ok
    assert check(of("hinge", "s"), lambda y, s: -y * (y**2 - y * s > 0) / len(y)).ok
    assert check(of("softmax_ce", "Z"), lambda P, Y: (P * Y.sum(axis=1, keepdims=True) - Y) / len(Y)).ok
    assert check(of("softmax_vector", "z"), "p - y").ok


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_a_single_one_hot_label(shape):
    z = Tensor(np.array([0.1, -0.3, 0.5, 0.2]).reshape(shape), name="z")
    y = Tensor(np.array([0.0, 0.0, 1.0, 0.0]).reshape(shape), name="y", requires_grad=False)
    p = tg.softmax(z, axis=0)
    p.name = "p"
    assert check(about(-(y * np.log(p)).sum(), z), "p - y").ok


def test_integer_labels():
    Z = Tensor(np.random.default_rng(0).normal(size=(5, 3)), name="Z")
    labels = np.array([0, 2, 1, 1, 0])
    loss = tg.losses.cross_entropy(Z, labels)

    def fixed(Z):
        return (tg.softmax(Z) - np.eye(3)[labels]) / len(Z)

    assert check(about(loss, Z), fixed(Z.data)).ok
    named = Tensor(labels, name="y", requires_grad=False)
    loss = tg.losses.cross_entropy(Z, named)
    assert check(about(loss, Z), lambda Z, y: (tg.softmax(Z) - np.eye(Z.shape[1])[y.astype(int)]) / len(Z)).ok


def test_a_number_that_is_a_size():
    X = Tensor(np.random.default_rng(0).normal(size=(6, 3)), name="X", requires_grad=False)
    w = Tensor([0.1, 0.2, 0.3], name="w")
    s = X @ w
    s.name = "s"
    halved = about((s**2).sum() / len(X), w)
    assert check(halved, "2*X.T @ s / N").ok
    verdict = check(halved, lambda X, s: X.T @ s / 3)
    assert verdict.ok and "6" in verdict.message and "stands for" in verdict.message
    assert check(halved, "2*X.T @ s").mistake == "mean-factor"


# ── readable ──


def test_an_unreadable_claim_says_where(bce):
    verdict = check(bce, r"\frac{y}{foo}")
    assert verdict.mistake == "unparsable" and "^" in verdict.message and "foo" in verdict.message
    assert "yhat" in verdict.hint


def test_messages_use_the_users_names():
    verdict = check(of("two_layers", "W_1"), lambda X, Z_2, Y, W_2: X.T @ ((Z_2 - Y) @ W_2.T) / len(X))
    assert verdict.node.name == "A_1"
    assert "A₁" in verdict.message and "1 − A₁²" in verdict.message
    assert "1 − A₁²" not in verdict.hint
    verdict = check(of("bce", "yhat"), "-(y/yhat + (1-y)/(1-yhat))/N")
    assert "1 − ŷ" in verdict.message
    assert str(verdict).startswith("✗ ") and repr(verdict) == str(verdict)


def test_shapes_are_said():
    verdict = check(of("two_layers", "W_1"), lambda X: X)
    assert verdict.mistake == "shape" and "(5, 4)" in verdict.message and "(4, 3)" in verdict.message
    verdict = check(
        of("two_layers", "b_1"), lambda Z_2, Y, W_2, A_1: (((Z_2 - Y) @ W_2.T) * (1 - A_1**2)).sum(0)[None] / len(Y)
    )
    assert verdict.mistake == "shape" and "numbers are right" in verdict.message


def test_a_function_may_use_the_engine_itself():
    X = Tensor(np.random.default_rng(0).normal(size=(5, 3)), name="X", requires_grad=False)
    w = Tensor([0.1, -0.4, 0.7], name="w")

    def loss(X, w):
        return (np.tanh(X @ w) ** 2).mean()

    def gradient(X, w):
        return tg.grad(loss, argnums=1)(X, w)

    assert check(about(loss(X, w), w), gradient).ok
    assert check(about(loss(X, w), w), lambda X, w: -gradient(X, w)).mistake == "sign"
    assert check(about(loss(X, w), w), lambda X, w: gradient(X, w) * w).mistake == "unexplained"
