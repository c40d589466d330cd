"""Verdicts on claims that are nearly right, or right in an odd way: what is known, what is a coincidence."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Rational, Symbol
from typed import record

import tinygrad_edu as tg
from tinygrad_edu import Tensor, derive
from tinygrad_edu.errors import ChangedSinceError
from tinygrad_edu.paper.notation import Written
from tinygrad_edu.shell.cli import main

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("n", [5, 10])
def test_a_weight_that_happens_to_be_one_over_a_size_is_a_number(n):
    X = Tensor(RNG.normal(size=(n, 3)), name="X", requires_grad=False)
    w = Tensor(RNG.normal(size=3), name="w")
    t = Tensor(RNG.normal(size=n), name="t", requires_grad=False)
    derivation = derive(((X @ w - t) ** 2).mean() + 1 / n * (w**2).sum(), w)
    verdict = derivation.check(f"2*X.T@(X@w-t)/N + {1 / n}*w")
    assert verdict.mistake == "constant-factor" and "1/2" in verdict.message
    assert derivation.check(f"2*X.T@(X@w-t)/N + {2 / n}*w").message.startswith("Right:")


def test_what_counts_samples_stays_a_count():
    p = Tensor(RNG.normal(size=5), name="p")
    y = Tensor(RNG.normal(size=5), name="y", requires_grad=False)
    derivation = derive(1 / len(p) * ((p - y) ** 2).sum(), p)
    assert derivation.check("2*(p - y)/N").ok
    assert derivation.check("2*(p - y)").mistake == "mean-factor"
    assert "not for 1/N" in derivation.check("0.4*(p - y)").message


def test_a_few_numbers_are_no_evidence_for_a_rule_bent_twice():
    x = Tensor(0.7, name="x")
    cubed = derive(x**3, x)
    assert cubed.check(1.5).mistake == "unexplained"
    assert cubed.check(np.asarray(-3 * 0.7**2)).mistake == "sign"
    assert cubed.check(np.asarray(2 * 3 * 0.7**2)).mistake == "constant-factor"
    verdict = cubed.check("3*x")
    assert verdict.mistake == "wrong-derivative" and "you have 3 · x, it is 3 · x²" in verdict.message


def test_a_constant_is_not_the_gradient_of_a_mean():
    y = Tensor([1.0, 0.0, 1.0, 0.0], name="y", requires_grad=False)
    yhat = Tensor([0.3, 0.4, 0.6, 0.2], name="yhat")
    derivation = derive(-(y * yhat.log() + (1 - y) * (1 - yhat).log()).mean(), yhat)
    for claim in ("1", "-1", "2"):
        assert derivation.check(claim).mistake == "unexplained"


def test_dots_for_different_factors_are_no_square():
    assert "²" not in str(Written("…") * Written("…"))


@pytest.mark.parametrize(("loss", "claim"), [(lambda x: x + x, "1"), (lambda x: x * x, "x")])
def test_one_of_two_uses_in_one_operation_is_a_lost_path(loss, claim):
    x = Tensor(0.7, name="x")
    verdict = derive(loss(x), x).check(claim)
    assert verdict.mistake == "missing-path"
    assert any(each.mistake == "constant-factor" and each.factor == Rational(1, 2) for each in verdict.candidates)


BARE_LATEX = r"""\frac{\partial L}{\partial \hat{y}_i} = \frac{\hat{y}_i - y_i}{N \hat{y}_i (1 - \hat{y}_i)}
\nabla_a L = -\left( \frac{y}{\hat{y}} - \frac{1 - y}{1 - \hat{y}} \right)
"""
BARE_PYTHON = """# what I have
dL_dyhat = (yhat - y) / (N * yhat * (1 - yhat))
dyhat = (yhat - y) / (yhat * (1 - yhat))
"""


@pytest.mark.parametrize("note", [BARE_LATEX, BARE_PYTHON])
def test_a_file_of_bare_lines(note, tmp_path, capsys):
    path = tmp_path / "note.tex"
    path.write_text(note)
    loss = "mean(-(y*log(yhat) + (1-y)*log(1-yhat)))"
    assert main(["check", loss, "--wrt", "yhat", "--file", str(path)]) == 1
    said = capsys.readouterr().out
    assert said.count("✓") == 1 and said.count("✗") == 1 and "Off by N from here on" in said


def _leaf(name, *shape, positive=False, requires_grad=True):
    held = RNG.uniform(0.2, 0.8, shape) if positive else RNG.normal(size=shape)
    return Tensor(held, name=name, requires_grad=requires_grad)


LOSSES = {
    "entropy": lambda p, X, w, y, Z, Y: (-(y * tg.log(p) + (1 - y) * tg.log(1 - p)).mean(), p),
    "squares": lambda p, X, w, y, Z, Y: (((X @ w - y) ** 2).mean(), w),
    "relu": lambda p, X, w, y, Z, Y: (tg.relu(w).sum(), w),
    "max": lambda p, X, w, y, Z, Y: (Z.max(axis=1).sum(), Z),
    "product": lambda p, X, w, y, Z, Y: (p.prod(), p),
    "entries": lambda p, X, w, y, Z, Y: (p[0] * p[1], p),
    "softmax": lambda p, X, w, y, Z, Y: ((tg.softmax(Z, axis=1) ** 2).sum(), Z),
    "logits": lambda p, X, w, y, Z, Y: (-(Y * tg.log_softmax(Z, axis=1)).sum() / len(Z), Z),
    "gelu": lambda p, X, w, y, Z, Y: (tg.gelu(w).sum(), w),
    "where": lambda p, X, w, y, Z, Y: (tg.where(p.data > 0.5, p**2, p).sum(), p),
    "maximum": lambda p, X, w, y, Z, Y: (tg.maximum(p, y).sum(), p),
    "clip": lambda p, X, w, y, Z, Y: (tg.clip(w, -0.5, 0.5).sum(), w),
    "tower": lambda p, X, w, y, Z, Y: ((p**p).sum(), p),
    "running": lambda p, X, w, y, Z, Y: ((tg.cumsum(p) ** 2).sum(), p),
    "norm": lambda p, X, w, y, Z, Y: ((w / tg.sqrt((w**2).sum())).sum(), w),
}


@pytest.fixture(params=LOSSES)
def derived(request):
    labels = Tensor(RNG.integers(0, 2, 5) * 1.0, name="y", requires_grad=False)
    onehot = Tensor(np.eye(3)[[0, 1, 2, 0, 1]], name="Y", requires_grad=False)
    leaves = _leaf("p", 5, positive=True), _leaf("X", 5, 3, requires_grad=False), _leaf("w", 3)
    return derive(*LOSSES[request.param](*leaves, labels, _leaf("Z", 5, 3), onehot))


def test_a_derivation_reads_its_own_formula(derived):
    assert derived.check(derived.formula).ok
    assert derived.check(str(derived.formula)).ok
    assert not derived.check(2 * derived.formula).ok


def test_a_function_without_notation_is_refused_at_its_place():
    A = _leaf("A", 3, 3)
    verdict = derive(tg.linalg.det(A), A).check("2*KroneckerDelta(i, j)*cofactor_7[i, j]")
    assert verdict.mistake == "unparsable" and "cofactor_7" in verdict.message and "^" in verdict.message


def test_sympy_counts_places_from_one():
    w = _leaf("w", 3)
    assert derive((w * 2).sum(), w).check("Sum(w[0], (k, 1, N))").mistake == "unparsable"


@pytest.mark.parametrize(
    ("claim", "said"),
    [("1/0", "infinite"), (lambda yhat: 1 / 0, "infinite"), ("yhat[100]", "not there"), ("9**9**9**9", "infinite")],
)
def test_what_has_no_value_is_not_a_matter_of_shapes(claim, said):
    y = Tensor([1.0, 0.0, 1.0, 0.0], name="y", requires_grad=False)
    yhat = Tensor([0.3, 0.4, 0.6, 0.2], name="yhat")
    verdict = derive(((yhat - y) ** 2).mean(), yhat).check(claim)
    assert verdict.mistake == "unexplained" and said in verdict.message and "\n" not in verdict.message


def test_one_sample_is_a_number_of_samples():
    y = Tensor([1.0], name="y", requires_grad=False)
    yhat = Tensor([0.3], name="yhat")
    derivation = derive(-(y * yhat.log() + (1 - y) * (1 - yhat).log()).mean(), yhat)
    assert Symbol("N", integer=True, positive=True) in derivation.formula.free_symbols
    assert derivation.check("-1/N*(y/yhat - (1-y)/(1-yhat))").ok
    assert derivation.check("-(y/yhat - (1-y)/(1-yhat))").mistake == "mean-factor"


def test_one_sample_beside_what_is_repeated():
    X = Tensor([[1.0, 2.0, 0.5]], name="X", requires_grad=False)
    Y = Tensor([[1.0, 0.0]], name="Y", requires_grad=False)
    W, b = Tensor(RNG.normal(size=(3, 2)), name="W"), Tensor([[0.1, 0.2]], name="b")
    loss = -(Y * tg.log_softmax(X @ W + b, axis=1)).sum(axis=1).mean()
    assert derive(loss, W).check("X.T @ (softmax(X@W + b, axis=1) - Y)/N").ok
    assert derive(loss, b).check("mean(softmax(X@W + b, axis=1) - Y, axis=0, keepdims=True)").ok


@pytest.mark.parametrize(
    ("loss", "wrt", "claim"),
    [
        ("mse_loss(X@w, y) + 0.1*sum(w**2)", "w", "2/N*X.T@(X@w - y) + 0.2*w"),
        ("tg.losses.binary_cross_entropy(yhat, y)", "yhat", "(yhat - y)/(N*yhat*(1 - yhat))"),
        ("binary_cross_entropy_with_logits(z, y)", "z", "(sigmoid(z) - y)/N"),
        ("cross_entropy(Z, Y)", "Z", "(softmax(Z) - Y)/N"),
        ("cross_entropy(X@W, y)", "W", r"\frac1N\sum_k X_{ki}(\mathrm{softmax}(XW)_{kj} - \mathbf 1[j = y_k])"),
        ("hinge_loss(z, y)", "z", "where(y*z < 1, -y, 0)/N"),
    ],
)
def test_the_shell_knows_the_losses(loss, wrt, claim, capsys):
    assert main(["derive", loss, "--wrt", wrt]) == 0
    code = main(["check", loss, "--wrt", wrt, claim])
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", ["_", "__class__", "_x"])
def test_a_name_without_a_letter_is_printed_whole(name):
    x = Tensor([1.0, 2.0], name=name)
    derivation = derive((x**2).sum(), x)
    assert f"∂L/∂{name}ᵢ = 2 {name}ᵢ" in str(derivation) and r"\mathrm{}" not in derivation.latex()


def test_numbers_for_sizes_are_no_other_mistake():
    z = Tensor(RNG.normal(size=(5, 3)), name="z")
    y = Tensor(np.array([0, 2, 1, 1, 0]), name="y", requires_grad=False)
    derivation = derive(tg.losses.cross_entropy(z, y), z)
    assert derivation.check("(softmax(z, axis=1) - np.eye(3)[y])/N").mistake == "special-case"
    verdict = derivation.check(r"\frac{1}{NK}(\mathrm{softmax}(z)_{ij} - \mathbf 1[j = y_i])")
    assert verdict.mistake == "mean-factor" and "twice" not in verdict.message


def test_lines_in_one_text():
    p = Tensor(RNG.normal(size=4), name="p")
    assert [v.ok for v in derive((p**2).mean(), p).check_lines("dp = 2*p/N\n\ndp = 2*p\n")] == [True, False]


def test_a_mean_along_the_wrong_axis_is_no_transposed_factor():
    X = Tensor(RNG.normal(size=(5, 3)), name="X", requires_grad=False)
    y = Tensor(RNG.normal(size=5), name="y", requires_grad=False)
    w = Tensor(RNG.normal(size=3), name="w")
    derivation = derive(((X @ w - y) ** 2).mean(), w)
    assert derivation.check("2*np.mean((X@w - y)[:, None]*X, axis=1)").mistake == "shape"
    assert derivation.check("2*X @ (X@w - y)/N").mistake == "transpose"


# ── a tick is earned ──


def squares():
    x = Tensor([0.3, 1.0, 2.0], name="x")
    h = x / 3
    h.name = "xhat"
    g = Tensor([1.0, -2.0, 0.5], name="g", requires_grad=False)
    return derive((g * h).sum(), x)


@pytest.mark.parametrize(
    ("first", "mistake"),
    [
        (r"\hat{x} = x/q \\ \frac{\partial L}{\partial x} = 17 g", "unparsable"),
        (r"\hat{x} = x/3 \\ \frac{\partial L}{\partial x} = 17 g", "constant-factor"),
        (r"\hat{x} = x/3 \\ \frac{\partial L}{\partial x} = \sin(17 g) + x", "unexplained"),
    ],
)
def test_a_line_with_a_gradient_on_its_left_is_no_definition(first, mistake):
    verdict, second = squares().check_lines([first, r"\frac{\partial L}{\partial x} = 5\hat{x}"])
    assert verdict.mistake == mistake and not verdict.ok and not second.ok


def test_a_gradient_on_the_way_that_later_lines_use_is_judged():
    first, second = squares().check_lines(["dxhat = sin(7*g) + x", "dx = dxhat/3"])
    assert first.mistake == "unexplained" and str(first).startswith("✗")
    assert all(squares().check_lines(["dxhat = g", "dx = dxhat/3"])) and second.ok is not None


def test_a_line_about_something_else_is_passed_over():
    lines = [r"\frac{\partial^2 L}{\partial x^2} = 17", r"\frac{\partial L}{\partial x} = g/3"]
    second, gradient = squares().check_lines(lines)
    assert second.ok is None and second.mistake is None and str(second).startswith("– Passed over")
    assert "a second derivative" in second.message
    assert gradient.ok and all([second, gradient]) and sum(verdict.ok is True for verdict in (second, gradient)) == 1


def test_the_shell_neither_ticks_nor_crosses_what_it_passes_over(capsys):
    second = r"\frac{\partial^2 L}{\partial x^2} = 17"
    assert main(["check", "sum(x**2)", "--wrt", "x", second, "2*x"]) == 0
    said = capsys.readouterr().out
    assert said.count("✓") == said.count("– ") == 1 and "✗" not in said


def test_an_array_is_not_compared_at_a_point_that_was_left():
    W = tg.Tensor([2.0, -1.0], name="W")
    loss = (W * W).sum()
    loss.backward()
    claim = W.grad.copy()
    derivation = tg.derive(loss, W)
    assert derivation.check(claim).ok
    tg.optim.SGD([W], lr=0.1).step()
    with pytest.raises(ChangedSinceError, match=r"check: W \(2,\) changed after the loss was computed"):
        derivation.check(claim)
    assert derivation.check("2*W").ok


# Each claim is right on one side of the loss's kink only.
ONE_SIDED = [
    ("abs(x)", "x", "1"), ("relu(x)", "x", "1"), ("relu(x)", "x", "0"), ("sqrt(x**2)", "x", "1"),
    ("maximum(x, 0)", "x", "1"), ("leaky_relu(x)", "x", "1"), ("where(x > 0, x, 0)", "x", "1"),
    ("x*abs(x)/2", "x", "x"), ("relu(w*x)", "w", "x"), ("log(abs(x))", "x", "1/abs(x)"), ("abs(x)*x**2", "x", "3*x**2"),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "wrt", "claim"), ONE_SIDED)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_single_number_is_tried_on_both_sides_of_a_kink(loss, wrt, claim, sign):
    values = {name: sign * 0.7 for name in ("x", "w") if name in loss.replace("maximum", "").replace("where", "")}
    recorded, names = record(loss, {name: value for name, value in values.items() if name != "w" or wrt == "w"})
    assert not derive(recorded, names[wrt]).check(claim)


@pytest.mark.parametrize(
    ("loss", "wrt", "claim"),
    [("abs(x)", "x", "sign(x)"), ("relu(w*x)", "w", "x*(w*x > 0)"), ("sqrt(x)", "x", "1/(2*sqrt(x))")],
)
def test_what_is_right_on_both_sides_is_right(loss, wrt, claim):
    recorded, names = record(loss, dict.fromkeys([name for name in ("x", "w") if name in loss], 0.7))
    assert derive(recorded, names[wrt]).check(claim).ok


@pytest.mark.parametrize("f", [np.max, lambda x: np.min(x) * 3.0, lambda x: np.maximum(np.max(x), 0.1)])
def test_no_sum_is_left_over_where_none_is_taken(f):
    x = Tensor([0.3, 2.0, -1.0], name="x")
    verdict = derive(f(x), x).check("3" if f(x).item() < 0 else "1")
    assert verdict.ok is False and "extra-sum" not in [each.mistake for each in (verdict, *verdict.candidates)]


@pytest.mark.parametrize(
    ("lines", "verdicts"),
    [
        (["r = X.T@(y - X@w)", "dw = -r"], "=="),
        (["g = 2 Xᵀ(Xw − y)", "∂L/∂w = g/2"], "=="),
        (["g = 2 Xᵀ(Xw − y)", "h = g/2", "∂L/∂w = h"], "==="),
        (["g = 2 Xᵀ(Xw − y)", "∂L/∂w = g"], "xx"),
        (["g = 2 Xᵀ(Xw − y)", "h = g/2", "∂L/∂w = −h"], "x=x"),
        (["g = 2 Xᵀ(Xw − y)", "h = g y", "∂L/∂w = Xᵀ(Xw − y)"], "xx="),
        (["∂L/∂w = −Xᵀ(Xw − y)", "∂L/∂w = Xᵀ(Xw − y)"], "x="),
        (["g = 2 Xᵀ(Xw − y)", "∂L/∂w = g/2", "∂L/∂w = §¶ (("], "==x"),
    ],
)
def test_what_looks_like_a_gradient_gone_wrong_may_define_what_a_right_one_is_made_of(lines, verdicts):
    X, y = (Tensor(RNG.normal(size=size), name=name, requires_grad=False) for size, name in (((4, 3), "X"), (4, "y")))
    w = Tensor(RNG.normal(size=3), name="w")
    found = derive(((X @ w - y) ** 2).sum() / 2, w).check_lines(lines)
    assert "".join("=" if verdict.ok else "x" for verdict in found) == verdicts
    assert found[0].message.startswith("A definition") == found[0].ok


@pytest.mark.parametrize("lines", [[np.zeros(3)], ["2*w", 1.5], None, 3, [lambda w: 2 * w]])
def test_lines_are_text(lines):
    w = Tensor(RNG.normal(size=3), name="w")
    with pytest.raises(TypeError, match=r"check_lines: it takes lines of text, not .*; check takes one claim"):
        derive((w**2).sum(), w).check_lines(lines)
