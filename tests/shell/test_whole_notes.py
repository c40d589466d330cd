"""Whole notes as students write them: what is said of each line, which loss was read, what was passed over."""

import json
import re
import time
from pathlib import Path

import pytest

from tinygrad_edu.reading.notes import equations
from tinygrad_edu.shell import cli

pytest.importorskip("sympy")
pytest.importorskip("lark")
NOTES = Path(__file__).parent / "notes"

# For each note: the loss read from it, and for each line what is said: r(ight), w(rong), p(assed over), ?
EXPECTED = {
    "logistic.md": (
        "-mean(y * log(yhat) + (1 - y) * log(1 - yhat)) with yhat = sigmoid(z), z = X @ w + b; "
        "shapes X (N, D), y (N,), w (D,), b ()",
        "p10 p11 r18 r25 w26 r30 r31 r37 w38 p41",
        "7 found: 5 right, 2 wrong (lines 26, 38), 0 not read; 3 passed over",
    ),
    "one_output.md": (
        "-mean(y * log(yhat) + (1 - y) * log(1 - yhat)) with yhat = sigmoid(A @ W_2 + b_2), A = tanh(Z_1), "
        "Z_1 = X @ W_1 + b_1; shapes X (N, D), y (N, 1), W₁ (D, K), b₁ (K,), W₂ (K, 1), b₂ (1,)",
        "r7 r9 w11 r15 r16 w17",
        "6 found: 4 right, 2 wrong (lines 11, 17), 0 not read",
    ),
    "one_bias.md": (
        "-mean(y * log(yhat) + (1 - y) * log(1 - yhat)) with yhat = sigmoid(A @ w + c), A = tanh(Z_1), "
        "Z_1 = X @ W_1 + b_1; shapes X (N, D), y (N,), W₁ (D, K), b₁ (K,), w (K,), c ()",
        "r7 r9 w11 r15 r16",
        "5 found: 4 right, 1 wrong (line 11), 0 not read",
    ),
    "ridge.tex": (
        "mean((X @ w - y)**2) / 2 + lam / 2 * sum(w**2); shapes X (N, D), y (N,), w (D,), lam ()",
        "r16 r17 w18 r20 r21 r24",
        "6 found: 5 right, 1 wrong (line 18), 0 not read",
    ),
    "softmax.html": (
        "-sum(y * log(p)) with p = exp(z) / sum(exp(z)); shapes y (N,), z (N,)",
        "r13 r15 w17 r18 r19",
        "5 found: 4 right, 1 wrong (line 17), 0 not read",
    ),
    "class_number.md": (
        "-log(p[y]) with p = exp(z) / sum(exp(z)), z = W @ x + b; shapes x (N,), y (), W (D, N), b (D,)",
        "r10 r14 r15 r19 w20",
        "5 found: 4 right, 1 wrong (line 20), 0 not read",
    ),
    "layer.rst": (
        "sum((H - T)**2) / 2 with H = tanh(X @ W); shapes X (N, D), T (N, K), W (D, K)",
        "r11 p11 r15 w17 r21 w22 r25",
        "6 found: 4 right, 2 wrong (lines 17, 22), 0 not read; 1 passed over",
    ),
    "homework.tex": (
        "-sum(y * log(p) + (1 - y) * log(1 - p)) + lam / 2 * w @ w with p = sigmoid(a), a = X @ w + b; "
        "shapes X (N, D), y (N,), w (D,), b (), lam ()",
        "p16 r18 r19 r20 r24 r24 w26 p30",
        "6 found: 5 right, 1 wrong (line 26), 0 not read; 2 passed over",
    ),
    "sentences.md": (
        "mean((yhat - y)**2) / 2 with yhat = X @ w + b; shapes X (N, D), y (N,), w (D,), b ()",
        "p7 p8 r8 w8 r10 p10 r13 p14 p19 w20 r24 r24 r25 w25 p26 p26",
        "9 found: 6 right, 3 wrong (lines 8, 20, 25), 0 not read; 7 passed over",
    ),
    "linear_zh.md": (
        "mean((yhat - y)**2) with yhat = w * x + b; shapes x (N,), y (N,), w (), b ()",
        "r12 w15",
        "2 found: 1 right, 1 wrong (line 15), 0 not read",
    ),
    "backprop.ipynb": (
        "sum((z_2 - y)**2) / len(X) with z_2 = a_1 @ W_2 + b_2, a_1 = sigmoid(z_1), z_1 = X @ W_1 + b_1; "
        "shapes X (N, D), y (N, K), W₁ (D, H), b₁ (H,), W₂ (H, K), b₂ (K,)",
        "r1 r3 r1 r2 r3 r4 r5 w6 r7",
        "9 found: 8 right, 1 wrong (cell 5 line 6), 0 not read",
    ),
    "one_sample.md": (
        "(-log(exp(f[y]) / sum(exp(f))))[i] with f = (x @ W.T)[i]; shapes x (N, D), y (K,), W (H, D), i ()",
        "r5 r7 w9",
        "3 found: 2 right, 1 wrong (line 9), 0 not read",
    ),
    "sgd.md": (
        "(-(y * log(p)) - (1 - y) * log(1 - p))[i] with p = sigmoid(x @ w); shapes x (N, D), y (N,), w (D,), i ()",
        "r4 r5 w6",
        "3 found: 2 right, 1 wrong (line 6), 0 not read",
    ),
    "samples.md": (
        "mean((yhat - y)**2 / 2) with yhat = x @ w + b; shapes x (N, D), y (N,), w (D,), b ()",
        "r4 r5 r6 w7",
        "4 found: 3 right, 1 wrong (line 7), 0 not read",
    ),
    "classes.md": (
        "mean(-log(p[arange(len(y)), y])) + lam / 2 * sum(sum(W**2, axis=1)) "
        "with p = exp(f) / sum(exp(f), axis=1)[:, None], f = X @ W + b; "
        "shapes X (N, D), y (N,), W (D, K), b (K,), lam ()",
        "r4 r5 w6",
        "3 found: 2 right, 1 wrong (line 6), 0 not read",
    ),
    "margins.md": (
        "sum(w**2) / 2 + C * sum(maximum(0, 1 - y * (x @ w + b))); shapes x (N, D), y (N,), w (D,), C (), b ()",
        "r3 w4",
        "2 found: 1 right, 1 wrong (line 4), 0 not read",
    ),
    "layer_norm.md": (
        "sum((y - t)**2) / 2 with y = gamma * xhat + beta, xhat = (x - mu) / sqrt(sigma_2 + epsilon), "
        "sigma_2 = mean((x - mu)**2), mu = mean(x); shapes x (D,), t (D,), ε (), γ (D,), β (D,)",
        "r4 r5 w6",
        "3 found: 2 right, 1 wrong (line 6), 0 not read",
    ),
    "layers.md": (
        "sum((y - a_2)**2) / 2 with a_2 = sigmoid(z_2), z_2 = W_2 @ a_1 + b_2, a_1 = sigmoid(z_1), "
        "z_1 = W_1 @ x + b_1; shapes x (N,), y (D,), W₁ (K, N), b₁ (K,), W₂ (D, K), b₂ (D,)",
        "r4 r5 r6 r7 r8 w9",
        "6 found: 5 right, 1 wrong (line 9), 0 not read",
    ),
    "temperature.md": (
        "-sum(y * log(p)) with p = exp(z / T) / sum(exp(z / T)); shapes T (), y (N,), z (N,)",
        "r4 w5",
        "2 found: 1 right, 1 wrong (line 5), 0 not read",
    ),
    "huber.md": (
        "sum(where(abs(r) <= delta, r**2 / 2, delta * (abs(r) - delta / 2))) with r = y - yhat; "
        "shapes y (N,), ŷ (N,), δ ()",
        "r4 w5",
        "2 found: 1 right, 1 wrong (line 5), 0 not read",
    ),
    "features.md": (
        "-sum(t * log(y) + (1 - t) * log(1 - y)) with y = sigmoid(a), a = phi @ w; shapes t (N,), φ (N, D), w (D,)",
        "r5 r6 w7",
        "3 found: 2 right, 1 wrong (line 7), 0 not read",
    ),
    "factors.md": (
        "sum(sum(M * (r - u @ v.T)**2, axis=1)); shapes M (N, D), r (N, D), u (N, K), v (D, K)",
        "r3 w4",
        "2 found: 1 right, 1 wrong (line 4), 0 not read",
    ),
    "residuals.md": (
        "sum((y - X @ w)**2) / 2; shapes X (N, D), y (N,), w (D,)",
        "r3 r4 w5",
        "3 found: 2 right, 1 wrong (line 5), 0 not read",
    ),
    "columns.md": (
        "mean(-(y * log(a)) - (1 - y) * log(1 - a)) with a = sigmoid(z), z = X.T @ w + b; "
        "shapes X (N, D), y (D,), w (N,), b ()",
        "r7 r8 r9 r10 w11",
        "5 found: 4 right, 1 wrong (line 11), 0 not read",
    ),
    "sample_above.md": (
        "((x @ theta - y)**2 / 2)[i]; shapes x (N, D), y (N,), θ (D,), i ()",
        "r3 r4 w5",
        "3 found: 2 right, 1 wrong (line 5), 0 not read",
    ),
    "contrast.md": (
        "-log(exp(s[0] / tau) / sum(exp(s / tau))); shapes s (K,), τ ()",
        "r4 w5",
        "2 found: 1 right, 1 wrong (line 5), 0 not read",
    ),
    "minibatch.md": (
        "-mean(sum(Y * log(Yhat), axis=1)) with Yhat = softmax(O), O = X @ W + b; "
        "shapes X (N, D), Y (N, K), W (D, K), b (K,)",
        "r4 w5",
        "2 found: 1 right, 1 wrong (line 5), 0 not read",
    ),
    "lms.md": (
        "sum((h - y)**2) / 2 with h = X @ theta; shapes X (N, D), y (N,), θ (D,)",
        "r4 r5 r6 w7",
        "4 found: 3 right, 1 wrong (line 7), 0 not read",
    ),
    "divergence.md": (
        "sum(p * log(p / q)) with q = exp(z) / sum(exp(z)); shapes z (N,), p (N,)",
        "r4 r5 w6",
        "3 found: 2 right, 1 wrong (line 6), 0 not read",
    ),
    "classes_softmax.md": (
        "-sum(log(exp(theta @ x.T) / sum(exp(theta @ x.T), axis=0))[y, arange(len(y))]); "
        "shapes x (N, D), y (N,), θ (K, D)",
        "r4 w6",
        "2 found: 1 right, 1 wrong (line 6), 0 not read",
    ),
}
MARKS = {"r": "✓", "w": "✗", "p": "–", "?": "?"}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_note_is_read_as_its_reader_does(name, capsys):
    loss, lines, summary = EXPECTED[name]
    assert cli.main(["check", "--file", str(NOTES / name)]) == 1
    said = capsys.readouterr().out
    first, *_, last = said.splitlines()
    assert re.sub(r"^I read \w+ = ", "", first) == loss
    found = re.findall(rf"^([✓✗–?]) {NOTES / name}:(?:cell \d+:)?(\d+): ", said, re.MULTILINE)
    assert [f"{mark}{line}" for mark, line in found] == [MARKS[each[0]] + each[1:] for each in lines.split()]
    assert last == summary


def written(tmp_path, text, name="note.md"):
    note = tmp_path / name
    note.write_text(text, encoding="utf-8")
    return str(note)


def test_the_example_of_the_docs_prints_what_stands_there(tmp_path, capsys, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "notes.md").read_text(encoding="utf-8")
    note, printed = re.search(r"```markdown\n(.*?)```.*?```console\n\$[^\n]*\n(.*?)```", page, re.DOTALL).groups()
    monkeypatch.chdir(tmp_path)
    written(tmp_path, note, "logistic.md")
    assert cli.main(["check", "--file", "logistic.md"]) == 1
    assert capsys.readouterr().out == printed


# ── the loss ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_loss_can_be_corrected(tmp_path, capsys):
    note = written(
        tmp_path, "$L = \\sum_i (x_i - m)^2$, so $\\frac{\\partial L}{\\partial m} = -\\frac2N \\sum_i (x_i - m)$"
    )
    assert cli.main(["check", "--file", note]) == 1
    assert "I read L = sum((x - m)**2); shapes x (N,), m ()" in capsys.readouterr().out
    assert cli.main(["check", "--file", note, "--loss", "mean((x - m)**2)"]) == 0
    assert "I read" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$\\frac{\\partial L}{\\partial w} = x$", "it does not say what its loss is; write --loss LOSS"),
        ("$L = \\sum_i q(x_i)$ $\\frac{\\partial L}{\\partial x} = 1$", "write --loss LOSS"),
        ("$L = \\sum_i x_i^2$ and no more", "says what a gradient is"),
    ],
)
def test_a_note_whose_loss_is_not_read_is_said(text, said, tmp_path, capsys):
    assert cli.main(["check", "--file", written(tmp_path, text)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and said in err


def test_a_formula_inside_of_a_definition_is_no_claim(tmp_path, capsys):
    text = r"""$h_\theta(x) = g(\theta^T x) = \frac{1}{1 + e^{-\theta^T x}}$, and
$\ell = \sum_{i=1}^n y_i \log h_\theta(x_i) + (1 - y_i) \log (1 - h_\theta(x_i))$, so
$\frac{\partial \ell}{\partial \theta} = \sum_{i=1}^n (y_i - h_\theta(x_i)) x_i$
"""
    assert cli.main(["check", "--file", written(tmp_path, text)]) == 0
    assert capsys.readouterr().out.endswith("1 found: 1 right, 0 wrong, 0 not read\n")


def test_verdicts_speak_of_the_loss_of_one_sample(capsys):
    assert cli.main(["check", "--file", str(NOTES / "samples.md")]) == 1
    said = capsys.readouterr().out
    assert "Right: this is ∂Lᵢ/∂ŷ." in said and "Right: this is ∂L/∂ŷ." in said


LAYER_NORM = r"""# LayerNorm
$\mu = \frac1D\sum_i x_i$, $\sigma^2 = \frac1D\sum_i (x_i-\mu)^2$, $\hat x_i=\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$

$$\frac{\partial L}{\partial \hat x_i} = g_i \gamma_i$$
$$\frac{\partial L}{\partial \gamma_i} = g_i \hat x_i$$
"""
RMS_NORM = "xhat = x/sqrt(mean(x**2) + eps); sum(g*gamma*xhat)"


def test_a_note_whose_loss_is_another_one_is_not_ticked(tmp_path, capsys):
    note = written(tmp_path, LAYER_NORM)
    assert cli.main(["check", RMS_NORM, "--file", note]) == 2
    said = capsys.readouterr().out
    assert "✓" not in said and "✗" not in said
    assert "Not judged: it fits your loss, but line 2 has another x̂" in said
    own = "mu = mean(x); xhat = (x - mu)/sqrt(mean((x - mu)**2) + eps); sum(g*gamma*xhat)"
    assert cli.main(["check", own, "--file", note]) == 0
    assert "2 found: 2 right" in capsys.readouterr().out


def test_a_note_with_another_loss_than_the_one_given_is_not_ticked(tmp_path, capsys):
    note = written(tmp_path, "$L = \\sum_i x_i^3$, $\\frac{\\partial L}{\\partial x_i} = 2 x_i$, $L_x = 3x^2$.")
    assert cli.main(["check", "sum(x**2)", "--file", note]) == 1
    said = capsys.readouterr().out
    assert "✓" not in said and "But line 1 has another loss" in said


# ── lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_goes_on_after_a_line_that_it_cannot_read(tmp_path, capsys):
    text = r"""$L = \sum_i (w x_i - y_i)^2$
\begin{align}
\frac{\partial L}{\partial w} &= \sum_i 2 (w x_i - y_i x_i \\
&= 2 \sum_i (w x_i - y_i) x_i
\end{align}
$\frac{\partial L}{\partial w} = \mathfrak{Q}_3 \rightsquigarrow x$, $\frac{\partial L}{\partial q} = 1$
$\frac{\partial L}{\partial x_i} = 2 w (w x_i - y_i)$
"""
    assert cli.main(["check", "--file", written(tmp_path, text)]) == 2
    said = capsys.readouterr().out
    assert "? " in said and "the loss has no q" in said
    assert said.endswith("5 found: 2 right, 0 wrong, 3 not read\n")
    assert "✓ " + str(tmp_path / "note.md:4") in said and "note.md:7" in said


def test_a_foreign_definition_leaves_the_bare_claim(tmp_path, capsys):
    text = r"With $p = \operatorname{Model}(q, \Omega)$ we get $\frac{\partial L}{\partial p_i} = 2(p_i - y_i)$."
    assert cli.main(["check", "sum((p - y)**2)", "--file", written(tmp_path, text)]) == 0
    assert "1 found: 1 right" in capsys.readouterr().out


def test_what_another_variable_gets_is_not_asked(tmp_path, capsys):
    note = written(
        tmp_path, "$L = \\sum_i (w x_i - y_i)^2$, $\\nabla_x L = 3$, $\\nabla_w L = 2\\sum_i (w x_i - y_i) x_i$"
    )
    assert cli.main(["check", "--file", note, "--wrt", "w"]) == 0
    said = capsys.readouterr().out
    assert "it is about ∂L/∂x, and --wrt asks for w" in said and said.endswith("; 1 passed over\n")


def test_code_accumulates_and_uses_its_own_gradients(tmp_path, capsys):
    code = """```python
def backward(X, w, y):
    m = X.shape[0]
    z = X @ w
    p = 1 / (1 + np.exp(-z))
    loss = -np.sum(y*np.log(p) + (1-y)*np.log(1-p)) / m
    dw = np.zeros_like(w)
    dz = p - y
    dw += X.T @ dz
    dw /= m
    for i in range(m):
        db += dz[i]
```"""
    assert cli.main(["check", "--file", written(tmp_path, code)]) == 1
    said = capsys.readouterr().out
    assert "Right: this is ∂loss/∂w, with dz as in line 8." in said or "with dz as in line 8" in said
    assert said.endswith("2 found: 1 right, 1 wrong (line 8), 0 not read\n")


# ── options ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_json_says_the_same(tmp_path, capsys):
    assert cli.main(["check", "--file", str(NOTES / "linear_zh.md"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["found"], told["right"], told["wrong"], told["not read"]) == (2, 1, 1, 0)
    assert told["loss"] == "yhat = w * x + b; mean((yhat - y)**2)"
    assert told["shapes"] == {"x": "(N,)", "y": "(N,)", "w": "()", "b": "()"}
    assert [(each["line"], each["verdict"], each["wrt"]) for each in told["claims"]] == [
        (12, "right", "w"),
        (15, "wrong", "b"),
    ]
    assert cli.main(["check", "sum(x**2)", "--wrt", "x", "2*x", "3*", "-2*x", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["verdict"] for each in told["claims"]] == ["right", "not read", "wrong"]
    assert told["claims"][2]["mistake"] == "sign"


def test_claims_are_alternatives_unless_they_are_lines(capsys):
    lines = ["r = X@w - y", "dw = 2*X.T @ r"]
    assert cli.main(["check", "sum((X@w - y)**2)", "--wrt", "w", "--lines", *lines]) == 0
    assert cli.main(["check", "sum((X@w - y)**2)", "--wrt", "w", *lines]) != 0
    capsys.readouterr()
    wrong = ["X.T @ (X@w - y)", "X.T @ (X@w - y)"]
    assert cli.main(["check", "sum((X@w - y)**2)", "--wrt", "w", *wrong]) == 1
    assert "carried on" not in capsys.readouterr().out
    assert cli.main(["check", "sum((X@w - y)**2)", "--wrt", "w", "--lines", *wrong]) == 1
    assert "carried on from line 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["check"], "the loss is missing"),
        (["check", "sum(x)", "2*x", "--file", "note.md"], "claims go without --file"),
        (["check", "--loss", "sum(x)", "1"], "--wrt NAME is missing"),
        (["check", "--file", "none.md"], "No such file"),
    ],
)
def test_what_cannot_be_used_is_one_line(args, said, capsys):
    assert cli.main(args) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and said in err


@pytest.mark.parametrize(
    ("name", "opening"),
    [
        ("n.md", "![a=b]("), ("n.md", "$`a` "), ("n.md", "<img alt=\"a=b\" "), ("n.tex", "\\begin{verbatim}"),
        ("n.tex", "\\newcommand{\\a}[9]{"), ("n.tex", "\\newcommand{\\a}{\\a\\a}\\a "), ("n.tex", "\\iffalse "),
        ("n.rst", ".. math::\n\n   x\n\n"), ("n.html", "<math>"), ("n.html", "<pre>"), ("n.py", "x = x + 1\n"),
    ],
)  # fmt: skip
def test_what_opens_ever_again_is_read_in_no_time(name, opening):
    start = time.process_time()
    equations(opening * 30_000, None, name)
    assert time.process_time() - start < 20


# ── a gradient behind a name, set to 0, written to in place ───────────────────────────────────────────────────────────

POWER = r"Loss $L = \frac1N\sum_i (\hat y_i-y_i)^4$ with $\hat y = Xw+b$." + "\n\n"


def marks(tmp_path, capsys, text):
    """The mark and the line of all that is said of a note."""
    cli.main(["check", "--file", written(tmp_path, text)])
    return " ".join(
        f"{mark}{line}" for mark, line in re.findall(r"^([✓✗–?]) \S*?:(\d+): ", capsys.readouterr().out, re.MULTILINE)
    )


@pytest.mark.parametrize("name", [r"\delta =", r"\delta :=", r"g \equiv", r"\epsilon = u ="])
def test_a_gradient_behind_another_name_is_judged(name, tmp_path, capsys):
    """It was taken for a definition alone: what was wrong in it was blamed on the lines that use it."""
    right = rf"$${name} \frac{{\partial L}}{{\partial \hat y}} = \frac{{4}}{{N}}(\hat y-y)^3$$"
    wrong = rf"$${name} \frac{{\partial L}}{{\partial \hat y}} = \frac{{3}}{{N}}(\hat y-y)^3$$"
    assert marks(tmp_path, capsys, POWER + right) == "✓3"
    assert marks(tmp_path, capsys, POWER + wrong) == "✗3"


def test_what_a_name_stands_for_is_used_below(tmp_path, capsys):
    lines = (
        r"$$\delta = \frac{\partial L}{\partial \hat y} = \frac{4}{N}(\hat y-y)^3$$",
        r"$$\nabla_w L = X^\top \delta$$",
        r"$$\frac{\partial L}{\partial b} = \delta$$",
    )
    assert marks(tmp_path, capsys, POWER + "\n\n".join(lines)) == "✓3 ✓5 ✗7"


@pytest.mark.parametrize("zero", ["0", r"\mathbf{0}", "0.", r"\vec{0}"])
def test_a_condition_for_the_minimum_is_no_claim(zero, tmp_path, capsys):
    text = (
        rf"{POWER}Setting $\frac{{\partial L}}{{\partial b}} = {zero}$, with $\nabla_w L = X^\top \frac4N(\hat y-y)^3$."
    )
    assert marks(tmp_path, capsys, text) == "–3 ✓3"


@pytest.mark.parametrize(
    "line",
    [
        "dw[0] = 0", "dw[1:] *= 2", "dw **= 2", "np.clip(dw, -1, 1, out=dw)", "dw.fill(0)", "dw.zero_()",
        "np.fill_diagonal(dw, 0)", "dw[0, 1] += 1", "np.add.at(dw, 0, 1)", "dw[mask] = 0",
    ],
)  # fmt: skip
def test_what_is_written_in_place_is_said_to_be_unread(line, tmp_path, capsys):
    text = f"{POWER}```python\ndw = 4/N * X.T @ (yhat - y)**3\n{line}\n```\n"
    assert marks(tmp_path, capsys, text) == "✓4 ?5"


@pytest.mark.parametrize(("line", "mark"), [("dw[:] *= 2", "✗"), ("dw[...] = dw * 2", "✗"), ("dw[:] = dw / 1", "✓")])
def test_all_entries_written_in_place_are_an_assignment(line, mark, tmp_path, capsys):
    text = f"{POWER}```python\ndw = 4/N * X.T @ (yhat - y)**3\n{line}\n```\n"
    assert marks(tmp_path, capsys, text) == f"{mark}5"


@pytest.mark.parametrize("mask", ["Z <= 0", "Z < 0", "~(Z > 0)", "0 >= Z"])
def test_entries_set_to_0_where_relu_is_flat(mask, tmp_path, capsys):
    code = f"""Z = X @ W1
H = np.maximum(Z, 0)
P = H @ W2
L = np.sum((P - Y)**2)
dZ = 2*(P - Y) @ W2.T
dZ[{mask}] = 0
dW1 = X.T @ dZ
"""
    assert marks(tmp_path, capsys, f"```python\n{code}```\n") == "✓7 ✓8"
    assert (
        marks(tmp_path, capsys, f"```python\n{code.replace(mask, 'Z >= 0')}```\n") == "✗7 ✓8"
    )  # the sum over X is right of the true dZ
