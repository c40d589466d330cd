"""`derive` and `check` as a shell calls them: what they print, and their exit codes."""

import time

import pytest

from tinygrad_edu.reading.notes import equations
from tinygrad_edu.shell import cli

pytest.importorskip("sympy")
pytest.importorskip("lark")

BCE = "mean(-(y*log(yhat) + (1-y)*log(1-yhat)))"
RIGHT = (
    r"\frac{\partial L}{\partial \hat{y}_i} = "
    r"-\frac{1}{N} \left( \frac{y_i}{\hat{y}_i} - \frac{(1 - y_i)}{1 - \hat{y}_i} \right)"
)
SLIPPED = r"\nabla_a L = -\left( \frac{y}{\hat{y}} - \frac{1 - y}{1 - \hat{y}} \right)"


def test_derive_prints_the_derivation(capsys):
    assert cli.main(["derive", BCE, "--wrt", "yhat"]) == 0
    said = capsys.readouterr().out
    assert "∂L/∂ŷᵢ" in said
    assert "log" in said


def test_derive_prints_latex(capsys):
    assert cli.main(["derive", "--latex", BCE, "--wrt=yhat"]) == 0
    said = capsys.readouterr().out
    assert r"\frac{\partial L}{\partial \hat{y}_{i}}" in said
    assert "aligned" in said


@pytest.mark.parametrize(
    ("loss", "wrt", "last"),
    [
        ("mean((X@w - y)**2)", "w", "∂L/∂w = (2/N) Xᵀ (X w − y)"),
        ("trace(A@X@B)", "X", "∂L/∂X = Aᵀ Bᵀ"),
        ("norm(A@X@B - C)**2", "X", "∂L/∂X = 2 Aᵀ (A X B − C) Bᵀ"),
        ("a@inv(X)@b", "X", "∂L/∂X = −X⁻ᵀ a bᵀ X⁻ᵀ"),
        ("norm(x - a)", "x", "∂L/∂x = (x − a)/‖x − a‖"),
    ],
)
def test_derive_in_matrices(capsys, loss, wrt, last):
    assert cli.main(["derive", loss, "--wrt", wrt, "--matrix"]) == 0
    assert last in capsys.readouterr().out.splitlines()[-1]
    assert cli.main(["derive", "--matrix", "--latex", loss, "--wrt", wrt]) == 0
    assert capsys.readouterr().out.startswith(r"\begin{aligned}")


def test_derive_by_an_intermediate_that_the_formula_names(capsys):
    assert cli.main(["derive", "p = sigmoid(z); mean(-(y*log(p) + (1-y)*log(1-p)))", "--wrt", "p"]) == 0
    assert "∂L/∂pᵢ" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["yhat", "ŷ", "y_hat"])
def test_a_right_claim(name, capsys):
    assert cli.main(["check", BCE, "--wrt", name, RIGHT]) == 0
    assert "✓" in capsys.readouterr().out


@pytest.mark.parametrize(
    "claim", [SLIPPED, "-(y/yhat - (1-y)/(1-yhat))", "-y/yhat+(1-y)/(1-yhat)", "−(y/ŷ − (1−y)/(1−ŷ))"]
)
def test_a_claim_that_lost_its_mean(claim, capsys):
    """The hint comes first, then what is wrong; the solution only when asked for."""
    assert cli.main(["check", BCE, "--wrt", "yhat", claim]) == 1
    said = capsys.readouterr().out
    assert "✗" in said
    assert "1/N" in said
    assert cli.main(["check", BCE, "--wrt", "yhat", claim, "--solution"]) == 1
    solved = capsys.readouterr().out
    assert solved.startswith(said)
    assert len(solved) > len(said)


def test_several_claims_are_a_derivation(capsys):
    assert cli.main(["check", BCE, "--wrt", "yhat", RIGHT, SLIPPED]) == 1
    said = capsys.readouterr().out
    assert said.index("✓") < said.index("✗")


def test_options_may_stand_anywhere(capsys):
    claim = "-(y/yhat - (1-y)/(1-yhat))/N"
    for given in (
        ["--wrt", "yhat", BCE, claim],
        [BCE, claim, "--wrt", "yhat"],
        [BCE, "--wrt=yhat", claim],
        ["--wrt", "yhat", "--", BCE, claim],
    ):
        assert cli.main(["check", *given]) == 0
    capsys.readouterr()


NOTE = r"""# 二元交叉熵的梯度

损失函数 $L = -\frac1N \sum_i y_i \log \hat y_i + (1-y_i)\log(1-\hat y_i)$。

$$
\frac{\partial L}{\partial \hat{y}_i} =
-\frac{1}{N} \left( \frac{y_i}{\hat{y}_i} - \frac{(1 - y_i)}{1 - \hat{y}_i} \right)
$$

\begin{align}
\frac{\partial L}{\partial \hat y_i} &= -\frac{1}{N}
\left( \frac{y_i (1 - \hat{y}_i) - (1 - y_i) \hat{y}_i}{\hat{y}_i (1 - \hat{y}_i)} \right) \\
\frac{\partial L}{\partial w} &= \frac{\partial L}{\partial \hat y} \frac{\partial \hat y}{\partial w}
\end{align}

```python
dz = a - y
```

因此 LAST。
"""


@pytest.mark.parametrize(
    ("last", "code"), [(r"$\nabla_a L = \frac{\hat y - y}{N \hat y (1-\hat y)}$", 0), (f"$${SLIPPED}$$", 1)]
)
def test_a_note(last, code, tmp_path, capsys):
    note = tmp_path / "note.md"
    note.write_text(NOTE.replace("LAST", last), encoding="utf-8")
    assert cli.main(["check", BCE, "--wrt", "yhat", "--file", str(note)]) == code
    said = capsys.readouterr().out
    assert said.count("✓") == 3 - code
    assert said.count("✗") == code
    assert f"{note}:6: " in said  # the line where each formula stands
    assert f"{note}:11: " in said
    assert f"{note}:20: " in said
    assert "dz" not in said


def test_a_latex_file(tmp_path, capsys):
    note = tmp_path / "note.tex"
    note.write_text(
        r"""\documentclass{article}\begin{document}
% \[ \frac{\partial L}{\partial w} = 0 \]
With $L = \frac1N \|Xw-y\|^2$ we find
\begin{equation}\label{eq:w}
  \frac{\partial L}{\partial w} = \frac{2}{N} X^\top (Xw - y). % right
\end{equation}
\begin{align*}
  \nabla_w L &= \frac{2}{N} X^\top X w - \frac2N X^\top y, \\
  \frac{\partial L}{\partial y} &= 0
\end{align*}
\end{document}""",
        encoding="utf-8",
    )
    assert cli.main(["check", "mean((X@w - y)**2)", "--wrt", "w", "--file", str(note)]) == 0
    assert capsys.readouterr().out.count("✓") == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([BCE, "--wrt", "yhat"], "a claim is missing"),
        ([BCE, "--wrt", "z", "y"], "no z to derive by; --wrt takes one of y, yhat"),
        ([BCE, "--wrt", "yhat", "y/q"], "unknown name 'q'"),
        ([BCE, "--wrt", "yhat", r"\frac{1}{N (y"], "never closed"),
        ([BCE, "--wrt", "yhat", ""], "empty"),
        (["mean(y*log(yhat)", "--wrt", "yhat", "y"], "the loss: this is not Python"),
        (["sum(y*yhat)/N", "--wrt", "yhat", "y"], "N is what sizes are called"),
        (["mean(y @ yhat)", "--wrt", "log", "y"], "no log to derive by"),
        (["mean(foo(yhat))", "--wrt", "yhat", "y"], "unknown function 'foo'"),
        ([BCE, "y"], "--wrt"),
        ([BCE, "--wrt", "yhat", "--file", "/there/is/no.md"], "No such file"),
        ([BCE, "--wrt", "yhat", "(" * 100_000], "longest that is read"),
        ([BCE, "--wrt", "yhat", "9**9**9**9*yhat(" * 30], ""),
    ],
)
def test_what_cannot_be_read_is_one_line(given, said, capsys):
    assert cli.main(["check", *given]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert said.replace("longest that is read", "at most 4,000 are read") in captured.err


def test_a_note_without_the_gradient_is_said(tmp_path, capsys):
    note = tmp_path / "note.md"
    note.write_text("$$\\frac{\\partial L}{\\partial w} = x$$", encoding="utf-8")
    assert cli.main(["check", BCE, "--wrt", "yhat", "--file", str(note)]) == 2
    assert "it has others, by w" in capsys.readouterr().err
    note.write_text("Let $L = (w x - y)^2$. Then $\\frac{dL}{dq} = 3$.", encoding="utf-8")
    assert cli.main(["check", "--file", str(note)]) == 2
    assert "derives by q, not in the loss (w * x - y)**2; --loss LOSS takes another" in capsys.readouterr().err
    note.write_text("Let $L = (w x - y)^2$. Then $\\frac{d^2L}{dw^2} = 2x^2$.", encoding="utf-8")
    assert cli.main(["check", "--file", str(note)]) == 2
    assert "says what a gradient is\n" in capsys.readouterr().err


# ── notes that are hard to read ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/dev/zero", "no file that has an end"),
        (".", "Is a directory"),
        ("a\0b", "null"),
        ("none.md", "No such"),
    ],
)
def test_what_is_no_note_is_said_in_one_line(path, said, capsys):
    assert cli.main(["check", "sum(x**2)", "--wrt", "x", "--file", path]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "assumed" not in line]
    assert said in line


def test_an_empty_fence_does_not_lose_the_note(tmp_path, capsys):
    note = tmp_path / "note.md"
    note.write_text("```math\n```\n\n$$\\frac{\\partial L}{\\partial x} = 2x$$\n", encoding="utf-8")
    assert cli.main(["check", "sum(x**2)", "--wrt", "x", "--file", str(note)]) == 0
    assert "note.md:4" in capsys.readouterr().out


@pytest.mark.parametrize("opening", ["\\[", "\\(", "\\begin{align}", "<!--", "$$ ", "$x "])
def test_what_opens_ever_again_is_read_in_no_time(opening):
    note = opening * 60_000 + "\n\n$$\\frac{\\partial L}{\\partial x} = 2x$$\n"
    start = time.process_time()
    equations(note)
    assert time.process_time() - start < 20  # each opening looked for to the end takes minutes


@pytest.mark.parametrize(
    ("loss", "wrt", "option", "last"),
    [
        ("y = tanh(W@x)", "x", "--jacobian", "∂y/∂x = diag(1 − y^{⊙2}) W"),
        ("softmax(z)", "z", "--jacobian", "∂f/∂z = diag(softmax(z)) − softmax(z) softmax(z)ᵀ"),
        ("mean((X@w - y)**2)", "w", "--hessian", "∂²L/∂w∂wᵀ = (2/N) Xᵀ X"),
    ],
)
def test_more_than_a_number_and_second_derivatives(loss, wrt, option, last, capsys):
    assert cli.main(["derive", loss, "--wrt", wrt, "--matrix", option]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(last)
    assert cli.main(["check", loss, "--wrt", wrt, option, last]) == 0
    assert cli.main(["check", loss, "--wrt", wrt, option, f"-({last.partition('= ')[2]})"]) == 1
    assert "the wrong sign" in capsys.readouterr().out


def test_a_single_number_has_no_jacobian(capsys):
    assert cli.main(["derive", "mean(x)", "--wrt", "x", "--jacobian"]) == 2
    assert "no shapes were found for which this is more than a single number" in capsys.readouterr().err
    assert cli.main(["derive", "sum(x)", "--wrt", "x", "--hessian"]) == 2
    assert "its second derivative is 0" in capsys.readouterr().err
    assert cli.main(["check", "--hessian", "--file", "nothing.md"]) == 2
    assert "not for --file" in capsys.readouterr().err
