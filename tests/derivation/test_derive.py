"""Derivations: what they print, and that every line of them is true."""

from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from evaluating import evaluated
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from test_symbols import gradient_of, true_gradient

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive
from tinygrad_edu.engine import rules
from tinygrad_edu.engine.backward import sweep
from tinygrad_edu.engine.graph import Node

rng = np.random.default_rng(3)
N, D, K = (sp.Symbol(name, integer=True, positive=True) for name in "NDK")
i, j, k = (sp.Symbol(name, integer=True, positive=True) for name in "ijk")
y_, yhat_, z_, p_, X_, w_ = map(sp.IndexedBase, ("y", "yhat", "z", "p", "X", "w"))


def normal(*shape, name=None, data=False):
    return Tensor(rng.normal(size=shape), name=name, requires_grad=not data)


def same(one, other):
    return sp.simplify(one - other) == 0


def every_line_is_true(loss, wrt):
    """Each step's right-hand side, as numbers, is what the engine has for its left-hand side."""
    derivation = derive(loss, wrt)
    gradients = sweep(loss, 1.0)
    way = []
    for step in derivation.steps:
        node = step.node
        if step.kind == "definition":
            truth = np.asarray(node._data)
        elif step.kind == "gradient":
            truth = np.broadcast_to(gradients[node], np.shape(node._data))
        elif step.kind == "local":
            truth = step.sign * np.broadcast_to(sweep(step.of.sum(), 1.0)[node], np.shape(node._data))
        found = gradient_of(derivation, loss, node, step.expr, step.indices)
        if step.kind == "path":
            way.append(found)
            continue
        if way:  # the paths before this line add up to it
            np.testing.assert_allclose(sum(way), truth, rtol=1e-6, atol=1e-9, err_msg=f"{step}\n{derivation}")
            way = []
        np.testing.assert_allclose(found, truth, rtol=1e-6, atol=1e-9, err_msg=f"{step}\n{derivation}")
    np.testing.assert_allclose(gradient_of(derivation, loss, wrt), true_gradient(loss, wrt), rtol=1e-6, atol=1e-9)
    return derivation


def logistic(reduction="mean"):
    X, w, b = normal(5, 3, name="X", data=True), normal(3, name="w"), Tensor(0.3, name="b")
    y = Tensor([1.0, 0, 1, 1, 0], name="y", requires_grad=False)
    z = X @ w + b
    z.name = "z"
    yhat = tg.sigmoid(z)
    yhat.name = "yhat"
    loss = -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat))
    return getattr(loss, reduction)(), yhat, z, w, b


# ── what it prints ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_cross_entropy_of_the_note():
    y = Tensor([1.0, 0.0, 1.0], name="y", requires_grad=False)
    yhat = Tensor([0.9, 0.2, 0.7], name="yhat")
    loss = -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).mean()
    derivation = every_line_is_true(loss, yhat)
    assert [step.text for step in derivation.steps] == [
        "L = −(1/N) Σᵢ (yᵢ log ŷᵢ + (1 − yᵢ) log(1 − ŷᵢ))",
        "∂L/∂ŷᵢ = −(1/N) ∂/∂ŷᵢ (yᵢ log ŷᵢ + (1 − yᵢ) log(1 − ŷᵢ))",
        "∂/∂ŷᵢ (yᵢ log ŷᵢ) = yᵢ/ŷᵢ",
        "∂/∂ŷᵢ ((1 − yᵢ) log(1 − ŷᵢ)) = −(1 − yᵢ)/(1 − ŷᵢ)",
        "∂L/∂ŷᵢ = −(1/N) (yᵢ/ŷᵢ − (1 − yᵢ)/(1 − ŷᵢ))",
        "∂L/∂ŷᵢ = −(yᵢ(1 − ŷᵢ) − ŷᵢ(1 − yᵢ)) / (N ŷᵢ(1 − ŷᵢ))",
        "∂L/∂ŷᵢ = (ŷᵢ − yᵢ) / (N ŷᵢ(1 − ŷᵢ))",
    ]
    assert same(derivation.formula, (yhat_[i] - y_[i]) / (N * yhat_[i] * (1 - yhat_[i])))
    assert derivation.formula.free_symbols >= {N, i}
    assert derivation.steps[1].reason == "mean: of the sum, only this term depends on ŷᵢ"


def test_at_the_logit_it_becomes_the_difference():
    loss, _, z, _, _ = logistic()
    derivation = every_line_is_true(loss, z)
    assert derivation.steps[-1].text == "∂L/∂zᵢ = (ŷᵢ − yᵢ)/N"
    assert derivation.formula == (yhat_[i] - y_[i]) / N


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_broadcast_bias_collects_a_sum(reduction):
    loss, _, _, w, b = logistic(reduction)
    front = "(1/N) " if reduction == "mean" else ""
    assert every_line_is_true(loss, b).steps[-1].text == f"∂L/∂b = {front}Σᵢ (ŷᵢ − yᵢ)"
    assert every_line_is_true(loss, w).steps[-1].text == f"∂L/∂wᵢ = {front}Σⱼ Xⱼᵢ(ŷⱼ − yⱼ)"
    why = next(step.reason for step in derive(loss, b).steps if step.text.startswith("∂L/∂b"))
    assert why == "add: b was broadcast, so the gradients of all its copies add up"


def test_logits_straight_into_the_loss():
    z, y = normal(4, name="z"), Tensor([1.0, 0, 0, 1], name="y", requires_grad=False)
    derivation = every_line_is_true(tg.losses.binary_cross_entropy_with_logits(z, y), z)
    assert derivation.steps[-1].text == "∂L/∂zᵢ = (σ(zᵢ) − yᵢ)/N"


def test_softmax_and_one_hot_labels():
    z, Y = normal(4, 3, name="z"), Tensor(np.eye(3)[[0, 2, 1, 2]], name="y", requires_grad=False)
    p = tg.softmax(z)
    p.name = "p"
    derivation = every_line_is_true(-(Y * np.log(p)).sum(axis=1).mean(), z)
    assert derivation.steps[-1].text == "∂L/∂zᵢⱼ = (pᵢⱼ − yᵢⱼ)/N"
    assert derivation.facts == ["Σₖ yᵢₖ = 1"]
    assert derivation.steps[-1].reason.startswith("Σₖ yᵢₖ = 1 in the data")
    assert derivation.formula == (p_[i, j] - y_[i, j]) / N
    derivation = every_line_is_true(tg.losses.cross_entropy(z, Y), z)
    assert derivation.steps[-1].text == "∂L/∂zᵢⱼ = (softmax(z)ᵢⱼ − yᵢⱼ)/N"


def test_what_is_not_true_of_the_data_is_not_used():
    z, Y = normal(4, 3, name="z"), Tensor(rng.uniform(size=(4, 3)), name="y", requires_grad=False)
    with pytest.warns(UserWarning, match="a distribution over the classes"):
        loss = tg.losses.cross_entropy(z, Y)
    derivation = every_line_is_true(loss, z)
    assert derivation.facts == []
    assert derivation.steps[-1].text == "∂L/∂zᵢⱼ = (softmax(z)ᵢⱼ Σₖ yᵢₖ − yᵢⱼ)/N"


def test_one_class_of_a_softmax_along_rows_and_along_columns():
    """Both were written softmax(Zᵀ)[1, i]."""
    Z = Tensor(np.random.default_rng(0).normal(size=(4, 3)), name="Z")
    c = Tensor([1.0, 2.0, 4.0, 3.0], name="c", requires_grad=False)
    texts = [derive((c * tg.softmax(Z, axis=axis)[:, 0]).sum(), Z).steps[0].text for axis in (1, 0)]
    assert texts == ["L = Σᵢ softmax(Z)[i, 1] cᵢ", "L = Σᵢ softmax(Zᵀ)[1, i] cᵢ"]
    d = Tensor([1.0, 2.0, 4.0], name="d", requires_grad=False)
    texts = [derive((d * tg.softmax(Z, axis=axis)[0]).sum(), Z).steps[0].text for axis in (1, 0)]
    assert texts == ["L = Σᵢ softmax(Z)[1, i] dᵢ", "L = Σᵢ softmax(Zᵀ)[i, 1] dᵢ"]


def test_softmax_and_class_numbers():
    z = normal(4, 3, name="z")
    derivation = every_line_is_true(tg.losses.cross_entropy(z, np.array([0, 2, 1, 2])), z)
    assert derivation.steps[-1].text == "∂L/∂zᵢⱼ = (softmax(z)ᵢⱼ − 1[j = yᵢ])/N"


def test_labels_that_happen_to_count_up_are_labels():
    z = normal(3, 3, name="z")
    for loss in (tg.losses.cross_entropy(z, np.arange(3)), -tg.log_softmax(z)[np.arange(3), np.arange(3)].mean()):
        assert every_line_is_true(loss, z).steps[-1].text == "∂L/∂zᵢⱼ = (softmax(z)ᵢⱼ − 1[j = yᵢ])/N"
    x = normal(2, name="x")
    assert derive((x * np.array([0.0, 1.0])).sum(), x).steps[-1].text == "∂L/∂xᵢ = c₁ᵢ"


def test_a_mask_chooses_and_is_no_place():
    x = Tensor([0.3, -0.5, 0.8, 0.1], name="x")
    every_line_is_true((x[x.data > 0.2] ** 2).sum(), x)
    every_line_is_true((x[x > 0.0] ** 2).sum(), x)


def test_linear_regression():
    X, w, y = normal(5, 3, name="X", data=True), normal(3, name="w"), normal(5, name="y", data=True)
    derivation = every_line_is_true(((X @ w - y) ** 2).mean(), w)
    assert derivation.steps[-1].text == "∂L/∂wᵢ = (2/N) Σⱼ Xⱼᵢ(Σₖ Xⱼₖ wₖ − yⱼ)"
    assert same(derivation.formula, 2 / N * sp.Sum(X_[j, i] * (sp.Sum(X_[j, k] * w_[k], (k, 1, D)) - y_[j]), (j, 1, N)))


def test_a_network_is_derived_layer_by_layer():
    X, y = normal(5, 3, name="X", data=True), normal(5, 2, name="y", data=True)
    W1, b1, W2, b2 = normal(3, 4, name="W_1"), normal(4, name="b_1"), normal(4, 2, name="W_2"), normal(2, name="b_2")
    a = np.tanh(X @ W1 + b1)
    a.name = "a"
    loss = tg.losses.mse_loss(a @ W2 + b2, y)
    derivation = every_line_is_true(loss, W1)
    text = str(derivation)
    assert "∂aᵢⱼ/∂Z₁ᵢⱼ = 1 − aᵢⱼ²" in text
    for leaf in (b1, W2, b2):
        every_line_is_true(loss, leaf)


def test_a_product_is_derived_by_the_product_rule():
    x = Value(1.5, name="x")
    derivation = every_line_is_true(x * np.exp(x), x)
    assert [step.text for step in derivation.steps[1:]] == [
        "∂L/∂x = exp x + x ∂/∂x (exp x)",
        "∂/∂x (exp x) = exp x",
        "∂L/∂x = exp x + x exp x",
        "∂L/∂x = (1 + x) exp x",
    ]
    assert derivation.steps[1].reason == "product rule"


def test_layer_normalisation():
    x, v = normal(3, 4, name="x"), normal(3, 4, name="v", data=True)
    m = x.mean(axis=1, keepdims=True)
    m.name = "m"
    s = np.sqrt(((x - m) ** 2).mean(axis=1, keepdims=True) + 1e-5)
    s.name = "s"
    xhat = (x - m) / s
    xhat.name = "xhat"
    every_line_is_true((v * xhat).sum(), x)


def test_a_gradient_that_stands_before_a_fork_goes_along_every_way():
    x = normal(4, name="x")
    every_line_is_true((x / np.sqrt((x * x).sum()))[0], x)


def test_intermediates_and_the_loss_itself():
    loss, yhat, z, _, _ = logistic()
    assert "z" not in {str(s.name) for s in derive(loss, yhat).formula.free_symbols if s.is_Symbol}
    assert derive(loss, loss).formula == 1
    every_line_is_true((z * z).sum(), z)


def test_models_of_the_package():
    X, y = normal(4, 3, name="X", data=True), Tensor(np.eye(2)[[0, 1, 1, 0]], name="y", requires_grad=False)
    model = tg.nn.MLP([3, 4, 2], activation="tanh", rng=0)
    loss = tg.losses.cross_entropy(model(X), y)
    for parameter in model.parameters():
        every_line_is_true(loss, parameter)


def test_a_line_is_explained_by_the_operation_whose_rule_it_shows():
    x, a, K = normal(4, name="x"), normal(4, name="a", data=True), normal(5, 3, name="K")
    assert derive(tg.linalg.norm(x - a), x).steps[-1].reason == "norm, then the chain rule for xᵢ − aᵢ"
    Q = normal(4, 3, name="Q", data=True)
    z = Q @ K.T
    z.name = "z"
    A = tg.softmax(z / 2.0, axis=1)
    A.name = "A"
    reasons = {step.text: step.reason for step in derive((A * A).sum(), K).steps}
    assert reasons["∂L/∂zᵢⱼ = Aᵢⱼ(∂L/∂Aᵢⱼ − Σₖ ∂L/∂Aᵢₖ · Aᵢₖ)/2"] == "softmax, then the chain rule for zᵢⱼ/2"
    assert reasons["∂L/∂Kᵢⱼ = Σₖ ∂L/∂zₖᵢ · Qₖⱼ"].startswith("matmul: Kᵢⱼ reaches the loss through many entries of z")
    m = Value(0.5, name="mu")
    reason = derive(np.prod(np.exp(x - m)), m).steps[-1].reason
    assert "μ was broadcast" in reason
    columns = derive((normal(4, 3, name="G", data=True) * tg.softmax(normal(4, 3, name="Z"), axis=0)).sum(), "Z")
    assert columns.steps[-1].reason == "softmax: Zᵢⱼ moves every entry of its column"
    for every in (None, (0, 1)):
        whole = derive((normal(4, 3, name="G", data=True) * tg.softmax(normal(4, 3, name="Z"), axis=every)).sum(), "Z")
        assert whole.steps[-1].reason == "softmax: Zᵢⱼ moves every entry"


def test_a_choice_says_its_condition_and_no_number_that_is_not_0():
    x = Value(0.5, name="x")
    above, below = 1.0 * (x > 0), 1.0 * (x < 1)  # numbers, as a typed loss has them
    for loss, said in (
        (np.where(above, x, 0.1 * x), "{1 if x > 0; 0.1 otherwise}"),
        (np.where(above * below, x, 0.0), "1[x > 0 and x < 1]"),
        (np.where(x * (x > 0), x, 0.0), "1[x · 1[x > 0] ≠ 0]"),
    ):
        assert derive(loss, x).steps[-1].text == f"∂L/∂x = {said}"
        every_line_is_true(loss, x)


# ── every line, on random graphs, at other sizes ──────────────────────────────────────────────────────────────────────

UNARY = [np.tanh, np.exp, np.sin, tg.sigmoid, tg.softplus, np.square, lambda x: -x, lambda x: 0.5 * x + 1.0]
BINARY = [np.add, np.subtract, np.multiply, lambda x, y: x / (2.0 + y * y), np.maximum]
ROWS = [
    lambda x: x - x.mean(axis=1, keepdims=True),
    lambda x: tg.softmax(x, axis=1),
    lambda x: x * x.sum(axis=0),
    lambda x: x @ (x.T @ x),
    lambda x: tg.log_softmax(x, axis=0),
    lambda x: np.where(x > 0, x, 0.1 * x),
    lambda x: x[::-1] * x,
    lambda x: x / np.sqrt((x * x).sum(axis=1, keepdims=True) + 1.0),
    lambda x: x.reshape(-1).reshape(*x.shape) + tg.logsumexp(x, axis=1, keepdims=True),
    lambda x: rules.einsum(x, x, subscripts="ij,kj->ik") @ x,
    lambda x: x.max(axis=1, keepdims=True) * x,
]  # fmt: skip


def random_graph(plan, x, y):
    """A loss from a list of choices; the same choices on leaves of another size give the same loss of that size."""
    pool = [x, y]
    for kind, which, first, second in plan:
        one, other = pool[first % len(pool)], pool[second % len(pool)]
        if kind == 0:
            out = UNARY[which % len(UNARY)](one)
        elif kind == 1:
            out = BINARY[which % len(BINARY)](one, other)
        else:
            out = ROWS[which % len(ROWS)](one)
        pool.append(tg.tanh(out) if len(pool) % 2 else out)  # keeps numbers small
    last = pool[-1] * pool[-2]
    return last.mean() if len(plan) % 2 else last.mean(axis=0).sum()


choices = st.lists(st.tuples(*(st.integers(0, n) for n in (2, 30, 5, 5))), min_size=1, max_size=4)


@settings(max_examples=20, deadline=None, derandomize=True, phases=[Phase.generate])
@given(choices, st.integers(0, 1000))
def test_every_line_of_a_random_derivation_is_true(plan, seed):
    draw = np.random.default_rng(seed)
    x, y = Tensor(draw.normal(size=(2, 3)), name="x"), Tensor(draw.normal(size=(2, 3)), name="y")
    loss = random_graph(plan, x, y)
    every_line_is_true(loss, y if depends(loss, y) else x)


@settings(max_examples=20, deadline=None, derandomize=True, phases=[Phase.generate])
@given(choices, st.integers(0, 1000), st.sampled_from([(3, 2), (3, 4)]))
def test_a_formula_holds_at_every_size(plan, seed, shape):
    draw = np.random.default_rng(seed)

    def leaves(shape):
        return Tensor(draw.normal(size=shape), name="x"), Tensor(draw.normal(size=shape), name="y")

    x, y = leaves((2, 3))
    wanted = depends(random_graph(plan, x, y), x)
    derivation = derive(random_graph(plan, x, y), x if wanted else y)
    x, y = leaves(shape)
    loss = random_graph(plan, x, y)
    wrt = x if wanted else y
    other = derive(loss, wrt)
    truth = true_gradient(loss, wrt)
    names = other.graph.sizes.letters()
    held = {name: node._data if isinstance(node, Node) else node for name, node in other.letters.items()}
    held |= {"x": x._data, "y": y._data}
    for place in [(0, 1), (shape[0] - 1, 0)]:
        here = {index.name: p + 1 for index, p in zip(derivation.indices, place, strict=True)}
        found = evaluated(derivation.formula, held, names | here, derivation.named)
        np.testing.assert_allclose(found, truth[place], rtol=1e-6, atol=1e-9, err_msg=str(derivation))


def depends(loss, wrt):
    return wrt in sweep(loss, 1.0)


# ── read back ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wrt", range(4))
def test_our_own_reader_accepts_what_is_printed(wrt):
    loss, *nodes = logistic()
    derivation = derive(loss, nodes[wrt])
    lines = [s for s in derivation.steps if s.kind == "gradient" and s.node is nodes[wrt] and "∂" not in s.rhs.text]
    assert lines
    for step in lines:
        for line in (step.latex, step.text):
            verdict = derivation.check(line)
            assert verdict.ok, (line, verdict.message)


# ── long graphs ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_chain_of_300_nodes_with_forks():
    x = start = Tensor(rng.normal(size=4) * 0.1, name="x")
    for _ in range(100):
        x = np.sin(x) * 0.9 + x * 0.1
    derivation = derive(x.mean(), start)
    np.testing.assert_allclose(gradient_of(derivation, x.mean(), start), true_gradient(x.mean(), start))
    assert derivation.letters


# ── errors ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_errors_say_what_to_do():
    x = normal(3, name="x")
    with pytest.raises(ValueError, match=r"w.* is not in the loss's graph; its named nodes: x"):
        derive(x.sum(), normal(3, name="w"))
    with pytest.raises(ValueError, match=r"two nodes are called x: .* rename one"):
        derive((x * normal(3, name="x")).sum(), x)
    with pytest.raises(TypeError, match=r"wrt is a node of a graph .* not int"):
        derive(x.sum(), 3)
    with pytest.raises(ValueError, match=r"no node of the loss's graph is called w; its named nodes: x"):
        derive(x.sum(), "w")
    assert str(derive((x * x).sum(), "x")) == str(derive((x * x).sum(), x))
    y = normal(3, name="y", data=True)
    with pytest.raises(ValueError, match=r"y .* requires no gradient; make it with requires_grad=True"):
        derive((x * y).sum(), y)


def test_a_tensor_named_as_a_size():
    x = Tensor(rng.normal(size=4), name="N")
    derivation = every_line_is_true((x * x).mean(), x)
    assert derivation.steps[-1].text == "∂L/∂Nᵢ = 2 Nᵢ/D"
    assert "N is the name of a tensor" in str(derivation)


def test_a_notebook_shows_the_latex():
    formatting = pytest.importorskip("IPython.core.formatters")
    loss, yhat, _, _, _ = logistic()
    shown, _ = formatting.DisplayFormatter().format(derive(loss, yhat))
    assert shown["text/latex"].startswith("$\\displaystyle \\begin{aligned}")
    assert "text/html" not in shown
    assert "∂L/∂ŷᵢ" in shown["text/plain"]


def test_a_notebook_shows_the_last_line_in_the_other_notation_too():
    loss, _, _, w, _ = logistic()
    index, matrix = derive(loss, w), derive(loss, w, notation="matrix")
    in_matrices = r"\frac{\partial L}{\partial w} &= \frac{1}{N} X^\top \left(\hat{y} - y\right)"
    in_indices = rf"{index.steps[-1].lhs.latex} &= {index.steps[-1].rhs.latex}"
    assert rf" \\ {in_matrices} && \text{{in matrices}}" in index._repr_latex_()
    assert rf" \\ {in_indices} && \text{{in index notation}}" in matrix._repr_latex_()
    x = normal(2, 3, 4, name="x")
    assert "in matrices" not in derive((x * x).sum(), x)._repr_latex_()
    one = Value(2.0, name="x")
    assert "in matrices" not in derive(one * one, one)._repr_latex_()


def test_the_page_shows_what_is_printed():
    page = (Path(__file__).parents[2] / "docs" / "derivations.md").read_text(encoding="utf-8")
    code = page.partition("```python\n")[2].partition("print(")[0]
    space = {}
    exec(compile(code, "docs/derivations.md", "exec"), space)
    shown = [line[4:] for line in page.splitlines() if line.startswith("    ")]
    assert str(derive(space["loss"], space["b"])).splitlines() == shown


def test_a_sum_that_ends_early_says_where():
    """Only along a whole axis does the index alone say how far a Σ goes."""
    x = Tensor([1.0, 2.0, 4.0], name="x")
    assert str(derive((np.cumsum(x) ** 2).sum(), x)).startswith("L = Σ_{i=1…N} (Σ_{j=1…i} xⱼ)² ")
    assert str(derive((x[:-1] ** 2).sum(), x)).startswith("L = Σ_{i=1…N − 1} xᵢ² ")
    assert str(derive((x[1:] ** 2).sum(), x)).startswith("L = Σ_{i=1…N − 1} xᵢ₊₁² ")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_what_is_no_number_at_any_point_has_no_derivation(kind):
    x = kind(2.0, name="x")
    never = [
        lambda x: x / 0, lambda x: 1 / (x * 0), lambda x: np.log(x * 0), lambda x: x * x / 0.0,
        lambda x: np.sqrt(x - x), lambda x: x * np.inf * 0, lambda x: np.where(x < 0, x, x / 0) / 1,
    ]  # fmt: skip
    for f in never:
        d = derive(f(x), x)
        for look in (str, lambda d: d.formula, lambda d: d.latex("matrix")):
            with pytest.raises(ValueError, match=r"is no number, whatever the variables are: between x \(\)"):
                look(d)
        for claim in ("1", 1.0, lambda x: x):
            with pytest.raises(ValueError, match="is no number at any point that was tried"):
                d.check(claim)
    for f in (lambda x: x * np.nan, lambda x: np.maximum(np.float64("nan"), x), lambda x: np.where(x > 0, np.nan, x)):
        with pytest.raises(ValueError, match=r"derive: nan is an operand of (multiply|maximum|where)"):
            derive(f(x), x)
    for f, gradient in ((lambda x: x * np.inf, "∞"), (lambda x: x + np.inf, "1"), (lambda x: x / np.inf, "0")):
        assert derive(f(x), x).steps[-1].rhs.text == gradient


def test_a_condition_on_a_place_may_speak_of_the_last_one():
    """On paper places count from 1 to N, in a condition as well."""
    x = Tensor([1.0, 2.0, 4.0, 3.0], name="x")
    derivation = derive((x[:-1] ** 2).sum(), x)
    assert derivation.steps[-1].text == "∂L/∂xᵢ = 2 · 1[i ≤ N − 1] xᵢ"
    for right in (derivation.steps[-1].text, derivation.steps[-1].latex, "2 · 1[i < N] xᵢ"):
        assert derivation.check(right).ok
    assert not derivation.check("2 · 1[i ≤ N] xᵢ").ok


def test_steps_show_their_equations():
    w = Tensor([1.0, 2.0], name="w")
    first, *_, last = derive((w * w).sum(), w).steps
    assert repr([first, last]) == "[<definition: L = Σᵢ wᵢ²>, <gradient: ∂L/∂wᵢ = 2 wᵢ>]"


def test_what_has_no_entries_has_no_formula():
    A, x = Tensor([[1.0, 2.0, 3.0]], name="A"), Tensor([1.0, 2.0, 3.0], name="x")
    own = (A * A).sum()
    empty = [
        (A, np.concatenate([A[1:], A]).max(), r"getitem: A \(1, 3\)"),  # ∂L/∂A would be twice ∂L/∂Z
        (A, np.stack([A[1:], A[:0]]).sum() + own, "getitem"),
        (A, (np.pad(A[1:], 2) ** 2).sum() + own, "getitem"),
        (A, A[1:].mean(axis=1).sum() + own, "getitem"),
        (A, np.concatenate([A, np.ones((0, 3))]).max(), r"concatenate: A \(1, 3\), an array \(0, 3\)"),
        (A, (A * np.ones((0, 1))).sum() + own, r"multiply: A \(1, 3\) \* an array \(0, 1\)"),
        (A, A[1:].reshape(3, 0).sum() + own, "getitem"),
        (x, (x[np.array([], int)] ** 2).sum() + x.sum(), r"getitem: x \(3,\)"),
        (x, (x @ np.ones((3, 0))).sum() + x.sum(), "matmul"),
    ]
    for wrt, loss, where in empty:
        with pytest.raises(ValueError, match=rf"derive: {where}.*: there are no entries"):
            derive(loss, wrt)
    nothing = Tensor(np.ones((0, 3)), name="X")
    with pytest.raises(ValueError, match=r"derive: X \(0, 3\): there are no entries"):
        derive(nothing.sum(), nothing)
