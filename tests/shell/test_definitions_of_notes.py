"""What a note defines: what is left out of its loss is said, line by line, and what was assumed is used."""

import json
import re

import pytest

from tinygrad_edu.shell import cli

pytest.importorskip("sympy")
pytest.importorskip("lark")


@pytest.fixture
def said(tmp_path, capsys, monkeypatch):
    """Checks a note and returns what is printed, errors included."""
    monkeypatch.chdir(tmp_path)

    def check(text, *options):
        (tmp_path / "n.md").write_text(text, encoding="utf-8")
        cli.main(["check", "--file", "n.md", *options])
        out, err = capsys.readouterr()
        return out + err

    return check


def marks(printed):
    """The mark and the line of all that is said of a note."""
    return " ".join(f"{mark}{line}" for mark, line in re.findall(r"^([✓✗–?]) n.md:(\d+): ", printed, re.MULTILINE))


# ── what is left out ──────────────────────────────────────────────────────────────────────────────────────────────────

CLAIM = "\n\n$\\frac{\\partial L}{\\partial \\hat y} = 2(\\hat y - y)$"


@pytest.mark.parametrize(
    ("definition", "why"),
    [
        (r"$\hat y = \operatorname{Net}(x)$", "what Net is was not read"),
        (r"$\hat y = f_{(}$", "this subscript is not read"),
        (r"$\hat y = A^{-2} x$", "this power of a matrix is not read in a loss"),
    ],
)
def test_a_definition_that_is_left_out_is_said(definition, why, said):
    """ŷ was taken as data without a word: a claim at w was then about something that the loss does not have."""
    printed = said(f"Let {definition} and\n\n$$L = \\sum_i (\\hat y_i - y_i)^2$${CLAIM}")
    assert marks(printed) == "–1 ✓5"
    assert why in printed and "ŷ counts as data." in printed
    assert printed.endswith("1 passed over\n")


def test_of_several_definitions_the_one_that_does_not_fit_is_left_out(said):
    printed = said(f"$z = X w$, $\\hat y = A^{{-2}} z$\n\n$$L = \\sum_i (\\hat y_i - y_i)^2 + z^\\top z$${CLAIM}")
    assert "with z = X @ w" in printed and marks(printed) == "–1 ✓5"


@pytest.mark.parametrize("hidden", [r"A^{-2} w", r"\operatorname{Net}(w)", r"B v_{(} w"])
def test_what_reaches_the_loss_by_a_definition_that_is_left_out_is_not_judged(hidden, said):
    """∂L/∂w = 2w had a tick, although ŷ depends on w."""
    text = f"Let $\\hat y = {hidden}$ and $L = \\sum_i (\\hat y_i - y_i)^2 + w^\\top w$.\n\n$\\nabla_w L = 2 w${CLAIM}"
    printed = said(text)
    assert marks(printed) == "–1 ?3 ✓5" and "line 1 is left out, and by it ŷ depends on w, too" in printed


def test_a_note_whose_loss_is_not_read_says_why(said):
    printed = said("Let\n\n$$L = \\sum_i \\operatorname{Net}(x_i)$$\n\n$\\frac{\\partial L}{\\partial x_i} = 1$")
    assert "its loss was not read (line 3: what Net is was not read)" in printed
    printed = said("$\\hat y = A^{-2} w$, $L = \\hat y^\\top \\hat y$, so $\\nabla_w L = 2 w$")
    assert marks(printed) == "–1 ?1" and "Left out: this power" in printed and "the loss has no w" in printed


def test_a_vector_of_ones_repeats_what_stands_before_it(said):
    loss = "$L = \\sum_i (\\hat y_i - y_i)^2$, $\\frac{\\partial L}{\\partial b} = 2\\sum_i (\\hat y_i - y_i)$"
    assert "with yhat = X @ w + b;" in said(f"$\\hat y = X w + b \\mathbf 1$\n\n{loss}")
    rows = "$L = \\|\\hat Y - Y\\|_F^2$, $\\frac{\\partial L}{\\partial \\hat Y} = 2(\\hat Y - Y)$"
    assert "with Yhat = X @ W + b;" in said(f"$\\hat Y = X W + \\mathbf 1 b^\\top$\n\n{rows}")
    assert "counts as data" in said(f"$\\hat y = b \\mathbf 1$\n\n{loss}\n\n{CLAIM}")


# ── symmetric matrices ────────────────────────────────────────────────────────────────────────────────────────────────

QUADRATIC = "$J = w^\\top S w$ %s\n\n$\\nabla_w J = 2 S w$\n\n$\\nabla_w J = S w$\n\n$\\nabla_w J = (S + S^\\top) w$"


@pytest.mark.parametrize(
    "words",
    [
        r"with $S = S^\top$", r"where $S^T = S$", "where $S$ is symmetric", "with a symmetric matrix $S$",
        r"where $S$ is the sample covariance matrix of the data", r"for symmetric $S$", r"and S is symmetric",
        r"and $S$ ist symmetrisch", r"where $\mathbf{S}$ is a symmetric, positive definite matrix",
    ],
)  # fmt: skip
def test_a_matrix_that_is_said_to_be_symmetric_is_one(words, said):
    printed = said(QUADRATIC % words)
    assert marks(printed) == "✓3 ✗5 ✓7"
    assert "∂J/∂w, if S is symmetric." in printed and "Right: this is ∂J/∂w.\n" in printed


@pytest.mark.parametrize(
    "words",
    [
        "", "where $S$ is not symmetric", "with a non-symmetric $S$", "where $X^\\top X$ is symmetric",
        "with the covariance matrix of $S$", "for $S = A^\\top$", "where $S$ is an asymmetric matrix",
    ],
)  # fmt: skip
def test_any_other_matrix_is_not(words, said):
    assert marks(said(QUADRATIC % words)) == "✗3 ✗5 ✓7"


def test_the_gaussian_with_its_covariance(said):
    for sigma, said_of in ((r"\Sigma^{-1}", r"$\Sigma$ is symmetric"), ("Σ⁻¹", "Σ is symmetric")):
        loss = rf"$L = -\frac12 \sum_n (x_n - \mu)^\top {sigma} (x_n - \mu)$"
        printed = said(
            f"{loss}, {said_of}\n\n"
            rf"$\nabla_\mu L = {sigma} \sum_n (x_n - \mu)$" + "\n\n" + rf"$\nabla_\mu L = \sum_n (x_n - \mu) {sigma}$"
            "\n\n" + rf"$\nabla_\mu L = -{sigma} \sum_n (x_n - \mu)$"
        )
        assert "@ inv(Sigma) *" in printed and "if Σ is symmetric" in printed
        assert marks(printed).startswith("✓3") and marks(printed).endswith("✗7")


# ── which axes a name has ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        (r"$s_j = q^\top k_j$, $a = \operatorname{softmax}(s)$, $o = \sum_j a_j v_j$, $L = \frac12 \|o - t\|^2$ "
         r"$\nabla_o L = o - t$", "t (N,), k (K, D), q (D,), v (K, N)"),
        (r"$d = \|a - b\|$, $L = \frac12 d^2$ $\nabla_a L = a - b$", "a (N,), b (N,)"),
        (r"$\mu = \frac1D \sum_i x_i$, $h = x - \mu$, $L = \sum_i (h_i - t_i)^2$ $\nabla_h L = 2 (h - t)$",
         "x (D,), t (D,)"),
        (r"$L = \sum_n w^\top y_n x_n + \|w\|^2$ $\nabla_w L = 1$", "x (N, D), y (N,), w (D,)"),
    ],
)  # fmt: skip
def test_no_number_stands_where_a_vector_is_meant(text, shapes, said):
    """A transposed qᵀ is multiplied by a vector, and what a norm is taken of is one."""
    assert f"shapes {shapes}\n" in said(text)


# ── functions, lines with a label, bounds ─────────────────────────────────────────────────────────────────────────────

HUBER = r"""Let $r_i = y_i - w^\top x_i$ and
$$L = \sum_i \rho(r_i), \quad \rho(u) = \begin{cases} \frac12 u^2 & |u| \le \delta \\ \delta(|u| - \frac12\delta) &
\text{otherwise} \end{cases}$$

$\frac{\partial L}{\partial r_i} = \max(-\delta, \min(\delta, r_i))$

$\frac{\partial L}{\partial w} = -\sum_i \operatorname{clip}(r_i, -\delta, \delta) x_i$

$\frac{\partial L}{\partial r_i} = \max(0, \min(\delta, r_i))$
"""


def test_a_function_in_cases_stands_for_what_it_is(said):
    """Its δ was cut into d, e, l, t, a by the letters of the equation in which the function is used."""
    assert marks(said(HUBER)) == "✓5 ✓7 ✗9"


def test_lines_say_what_they_are(said):
    text = "1. Model: ŷ = σ(w·x + b)\n2. **Loss:** L = −(y log ŷ + (1 − y) log(1 − ŷ))\n(b) Let r = ŷ − y\n∂L/∂b = r\n"
    assert marks(said(text)) == "✓4"


# ── where the loss is positive ────────────────────────────────────────────────────────────────────────────────────────

TRIPLET = r"""$$L = \max(0, \|a - p\|^2 - \|a - n\|^2 + m)$$

%s

$\nabla_a L = 2(n - p)$

$\nabla_p L = -2(a + p)$
"""


@pytest.mark.parametrize(
    "words",
    [
        "Where the loss is positive:", "If $L > 0$, we get", "Assume that the hinge is active.",
        "When the margin is violated,", r"if $\mathcal{L} > 0$ then",
    ],
)  # fmt: skip
def test_lines_hold_where_the_loss_is_said_to_be_positive(words, said):
    printed = said(TRIPLET % words)
    assert marks(printed) == "✓5 ✗7" and "Compared only where L > 0. Right: this is ∂L/∂a." in printed


@pytest.mark.parametrize(
    "words", ["", "If $m > 0$, we get", "If the loss is positive.\n# Next", "The loss is positive."]
)
def test_without_such_words_the_factor_is_missing(words, said):
    assert marks(said(TRIPLET % words)).startswith("✗")


HINGE = "Loss: $J = \\max(0, 1 - y w^\\top x)$\n\n"
OF_HINGE = "$\\frac{\\partial J}{\\partial w} = %s$\n\n"


def test_a_line_below_such_words_is_explained_by_them(said):
    printed = said(HINGE + "Where the loss is positive:\n\n" + OF_HINGE % "y x" + "Otherwise\n\n" + OF_HINGE % "-y x")
    assert marks(printed) == "✗5 ✗9"
    assert "Compared only where J > 0. Your gradient has the wrong sign" in printed and "if y is" not in printed


def test_what_one_formula_says_of_itself_is_said_of_no_other(said):
    words = r"-y x \quad \text{where the loss is positive}"
    assert marks(said(HINGE + OF_HINGE % words + OF_HINGE % "-y x")) == "✓3 ✗5"


# ── names with a prime ────────────────────────────────────────────────────────────────────────────────────────────────

PRIMED = r"""$c' = f \odot c$ and $L = \frac12 \|c' - t\|^2$.

$\frac{\partial L}{\partial c} = f \odot (c' - t)$

$\frac{\partial L}{\partial c} = c - t$
"""


@pytest.mark.parametrize("prime", ["'", "^\\prime", "^{\\prime}", "′"])
@pytest.mark.parametrize("more", ["", "\n$\\frac{\\partial L}{\\partial c'} = c' - t$\n"])
def test_a_name_with_a_prime_is_another_name(prime, more, said):
    """c′ was read as a transposed c: c − t was right, and f ⊙ (c′ − t) wrong."""
    printed = said((PRIMED + more).replace("'", prime))
    assert marks(printed) == "✓3 ✗5" + " ✓7" * bool(more)
    assert "c' - t" in printed.replace(prime, "'") and "operatorname" not in printed


def test_without_tex_too(said):
    text = "c′ = f·c\nL = sum((c′ − t)^2)\n∂L/∂c′ = 2(c′ − t)\n∂L/∂f = 2(c′ − t)·c\n∂L/∂c = 2(c − t)"
    assert marks(said(text)) == "✓3 ✓4 ✗5"


def test_a_prime_for_a_derivative_stays_one(said):
    text = r"$\hat y = \sigma(z)$, $\sigma' = \sigma(1-\sigma)$, $L = \frac12 (\hat y - y)^2$" + "\n\n"
    assert marks(said(text + r"$\frac{\partial L}{\partial z} = (\hat y - y) \sigma'(z)$")) == "–1 ✓3"


# ── powers of σ ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_power_of_sigma_is_one_of_its_square(said):
    loss = r"$\ell = -\frac{n}{2}\log(2\pi\sigma^2) - \frac{1}{2\sigma^2}\sum_{i=1}^n (x_i-\mu)^2$"
    lines = [
        rf"$\frac{{\partial \ell}}{{\partial \sigma^2}} = -\frac{{n}}{{2\sigma^2}} + {factor}\sum_i (x_i-\mu)^2$"
        for factor in (r"\frac{1}{2\sigma^4}", r"\frac{1}{2(\sigma^2)^2}", r"\frac{1}{2\sigma^3}")
    ]
    printed = said("\n\n".join([r"$\ell(\mu, \sigma^2)$, with", loss, *lines]))
    assert marks(printed) == "✓5 ✓7 ✗9" and "log(2 * (pi * sigma_2))" in printed


# ── recurrences, layers, other names ──────────────────────────────────────────────────────────────────────────────────

RECURRENT = r"""%s

$$h_t = \tanh(W h_{t-1} + U x_t), \quad \hat y_t = V h_t$$

$$L = \frac12 \sum_{%s} \|\hat y_t - y_t\|^2 + \frac{\lambda}{2} \|V\|_F^2$$

$\frac{\partial L}{\partial \hat y_2} = \hat y_2 - y_2$

$\frac{\partial L}{\partial h_1} = V^\top (\hat y_1 - y_1) + W^\top ((1 - h_2^2) \odot V^\top (\hat y_2 - y_2))$

$\frac{\partial L}{\partial V} = (\hat y_1 - y_1) h_1^\top + (\hat y_2 - y_2) h_2^\top + \lambda V$

$\frac{\partial L}{\partial h_1} = V^\top (\hat y_1 - y_1)$
"""


@pytest.mark.parametrize(
    ("words", "limits"),
    [("", "t=1}^{2"), ("", "t=1}^2 {"), ("for $t = 1, 2$", "t"), (r"for $t \in \{1, 2\}$", "t"), ("from $h_0$", "t")],
)
def test_a_recurrence_of_a_few_steps_is_written_out(words, limits, said):
    printed = said(RECURRENT % (words, limits))
    assert marks(printed) == "✓7 ✓9 ✓11 ✗13"
    assert "h_2 = tanh(W @ h_1 + U @ x_2)" in printed


def test_a_recurrence_without_an_end_is_left_as_it_is(said):
    text = r"$h_t = \tanh(W h_{t-1})$, $L = \sum_{t=1}^T h_t^2$, $\frac{\partial L}{\partial h_t} = 2 h_t$"
    printed = said(text)
    assert marks(printed) == "–1 ?1" and "line 1 is left out, and by it h depends on h, too" in printed


NIELSEN = r"""$z^l = w^l a^{l-1} + b^l$ and $a^l = \sigma(z^l)$ for $l = 2, 3$, where $a^1 = x$;
$C = \frac12 \|y - a^3\|^2$.

$\delta^3 = (a^3 - y) \odot \sigma'(z^3)$ and $\delta^2 = ((w^3)^T \delta^3) \odot \sigma'(z^2)$

$\frac{\partial C}{\partial b^2} = \delta^2$

$\frac{\partial C}{\partial w^2} = \delta^2 (a^1)^T$

$\frac{\partial C}{\partial w^2} = \delta^2 (a^2)^T$
"""


@pytest.mark.parametrize("layers", ["for $l = 2, 3$,", "", r"for $l = 2, \ldots, 3$,"])
def test_a_layer_that_is_said_for_all_is_each(layers, said):
    text = NIELSEN.replace("for $l = 2, 3$,", layers)
    printed = said(text)
    assert "z_2 = w_2 @ x + b_2" in printed and "w₂ (K, N)" in printed
    assert marks(printed) == "✓6 ✓8 ✗10"


# ── one of those that a softmax is over ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "loss",
    [
        r"-u_o^\top v + \log \sum_{j=1}^V \exp(u_j^\top v)", r"-\log \frac{e^{u_o^\top v}}{\sum_j e^{u_j^\top v}}",
        r"-u_o^\top v + \ln \sum_j \exp u_j^\top v", r"-u_o^\top v + \log \sum_{w=1}^V \exp(u_w^\top v)",
    ],
)  # fmt: skip
def test_a_word_is_one_of_those_that_a_softmax_is_over(loss, said):
    """u_o was another name than u_j: ∂J/∂u_o = −v had a tick."""
    printed = said(
        rf"$J = {loss}$" + "\n\n" + r"$\frac{\partial J}{\partial u_o} = -v$" + "\n\n"
        r"$\frac{\partial J}{\partial v} = -u_o + \sum_j \frac{\exp(u_j^\top v)}{\sum_k \exp(u_k^\top v)} u_j$"
    )
    assert "u[o]" in printed and marks(printed) in ("✗3 ✓5", "–3 ✓5")


def test_in_a_sum_of_other_terms_it_is_a_name_of_its_own(said):
    text = r"$J = -\log \sigma(u_o^\top v) - \sum_{k=1}^K \log \sigma(-u_k^\top v)$"
    printed = said(text + "\n\n" + r"$\frac{\partial J}{\partial u_o} = (\sigma(u_o^\top v) - 1) v$")
    assert marks(printed) == "✓3"


def test_the_whole_of_word2vec(said):
    printed = said(r"""$\hat y_o = P(o \mid c) = \frac{\exp(u_o^\top v_c)}{\sum_{w=1}^V \exp(u_w^\top v_c)}$,
$J = -\log \hat y_o$

$\frac{\partial J}{\partial v_c} = -u_o + \sum_{w=1}^V \hat y_w u_w$

$\frac{\partial J}{\partial u_o} = (\hat y_o - 1) v_c$

$\frac{\partial J}{\partial v_c} = u_o - \sum_{w=1}^V \hat y_w u_w$

$\frac{\partial J}{\partial u_o} = \hat y_o v_c$
""")
    assert marks(printed) == "✓4 ✓6 ✗8 ✗10"


@pytest.mark.parametrize("sign", [r"\neq", r"\ne", "≠"])
def test_a_sum_over_all_classes_but_the_right_one(sign, said):
    loss = rf"$s = W x$ and $L = \sum_{{j {sign} y}} \max(0, s_j - s_y + \Delta)$"
    lines = [
        r"$\frac{\partial L}{\partial s_j} = \mathbb{1}[s_j - s_y + \Delta > 0]$",
        r"$\nabla_x L = \sum_j \mathbb{1}[s_j - s_y + \Delta > 0] (w_j - w_y)$",
    ]
    printed = said("\n\n".join([loss, *lines]).replace("w_", "W_"))
    assert "sum(maximum(0, s - s[y] + Delta)) - maximum(0, s[y] - s[y] + Delta)" in printed
    assert marks(printed) == "?3 ✓5" and "leaves one class out" in printed


def test_a_line_about_one_class_is_wrong_where_it_is_so_of_all_others(said):
    loss = r"$L = \sum_{j \neq y} \max(0, s_j - s_y + 1)$"
    others = r"\mathbb{1}[s_j - s_y + 1 > 0]"
    lines = [f"-{others}, \\quad j \\neq y", f"-{others}", "7 s_j", f"{others}, \\quad j \\neq y", others]
    printed = said("\n\n".join([loss, *(rf"$\frac{{\partial L}}{{\partial s_j}} = {line}$" for line in lines)]))
    assert marks(printed) == "✗3 ✗5 ✗7 ✓9 ?11"
    assert "Compared only where j ≠ y. Your gradient has the wrong sign" in printed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"""$d_p = \|a-p\|$, $d_n = \|a - n\|$, $L = \frac12 d_p^2 - d_n$.

$\frac{\partial L}{\partial p} = p - a$

$\frac{\partial L}{\partial n} = \frac{a - n}{d_n}$

$\frac{\partial L}{\partial n} = \frac{n - a}{d_n}$
""", "✓3 ✓5 ✗7"),
        (r"""$i = \sigma(W_i x)$, $g = \tanh(W_g x)$, $c' = f \odot c + i \odot g$, $L = \frac12\|c' - t\|^2$.

$\frac{\partial L}{\partial c} = (c' - t) \odot f$

$\frac{\partial L}{\partial W_i} = ((c' - t) \odot g \odot i \odot (1 - i)) x^\top$

$\frac{\partial L}{\partial g} = (c' - t) \odot f$
""", "✓3 ✓5 ✗7"),
    ],
)  # fmt: skip
def test_a_script_that_is_a_name_is_no_index(text, expected, said):
    assert marks(said(text)) == expected


BCE = r"""$z = w x + b$, $L = -y\log \sigma(z) - (1-y)\log(1-\sigma(z))$

If $y = 1$:

$$\frac{\partial L}{\partial z} = \sigma(z) - 1$$

%s

$$\frac{\partial L}{\partial z} = \sigma(z)$$
"""


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("If $y = 0$ we get", "✓5 ✓9"), ("and for $y=0$:", "✓5 ✓9"), ("- (b) when $y < 1$,", "✓5 ✓9"),
        ("When $y = 0$ the other term is left:", "✓5 ✓9"), ("We go on.", "✓5 ✗9"), ("Now $x = 3$ again:", "✓5 ✗9"),
        ("", "✓5 ✗9"), ("In the case $y = 0$ of $x = 3$", "✓5 ✗9"), ("# $y = 0$", "✓5 ✗9"),
    ],
)  # fmt: skip
def test_a_line_is_compared_where_the_sentence_above_says_that_it_holds(then, expected, said):
    printed = said(BCE % then)
    assert marks(printed) == expected and "Compared only where y = 1. Right: this is ∂L/∂z." in printed


def test_an_entry_of_a_jacobian_is_compared_where_the_sentence_above_says(said):
    loss = r"$p_i = e^{z_i} / \sum_j e^{z_j}$, $L = -\sum_i y_i \log p_i$."
    claim = r"$$\frac{\partial p_i}{\partial z_j} = p_i(1 - p_i)$$"
    assert marks(said("\n".join([loss, "If $i = j$:", claim, r"If $i \neq j$:", claim, "$p_i - y_i$"]))) == "✓3 ✗5"


def test_a_gate_with_a_step_is_no_index_either(said):
    text = r"""$i_t = \sigma(W_i x_t + U_i h_{t-1})$, $h_t = h_{t-1} \odot i_t$ for $t = 1, 2$.

$L = \frac12 \|h_2 - y\|^2$

$\frac{\partial L}{\partial i_2} = (h_2 - y) \odot h_1$

$\frac{\partial L}{\partial i_2} = (h_2 - y) \odot h_2$
"""
    printed = said(text)
    assert marks(printed) == "✓5 ✗7" and "i_2 = sigmoid(" in printed


def test_a_step_that_is_defined_by_itself_is_what_it_says(said):
    text = r"$h_1 = \sigma(x)$, $h_t = \tanh(U h_{t-1})$ for $t = 1, 2$, and $L = \frac12 \|h_2 - y\|^2$."
    printed = said(text + "\n\n" + r"$\frac{\partial L}{\partial h_2} = h_2 - y$")
    assert "h_1 = sigmoid(x)" in printed and "h_0" not in printed


def test_the_lines_of_a_notebook_are_not_taken_for_those_of_its_file(tmp_path, capsys):
    cells = [BCE % "", "\n" * 40 + r"$\frac{\partial L}{\partial z} = \sigma(z) - 1$"]
    made = [{"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)} for text in cells]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5}, indent=1))
    cli.main(["check", "--file", str(tmp_path / "n.ipynb")])
    assert "0 right, 3 wrong" in capsys.readouterr().out


def test_a_symmetric_matrix_is_one_for_the_other_names_also_where_the_note_derives_by_it(said):
    text = r"""$\Sigma$ is symmetric. $\ell = -\frac12 (x - \mu)^\top \Sigma^{-1} (x - \mu) - \frac12 \log |\Sigma|$

$\frac{\partial \ell}{\partial \mu} = \Sigma^{-1} (x - \mu)$

$\frac{\partial \ell}{\partial \Sigma} = \frac12 \Sigma^{-1} (x - \mu)(x - \mu)^\top \Sigma^{-1} - \frac12 \Sigma^{-1}$

$\frac{\partial \ell}{\partial \Sigma} = \frac12 A (x - \mu)(x - \mu)^\top A - \frac12 A, \quad A = \Sigma^{-\top}$

$\frac{\partial \ell}{\partial \mu} = 2 \Sigma^{-1} (x - \mu)$
"""
    printed = said(text)
    assert "log(det(Sigma))" in printed and "Right: this is ∂ℓ/∂μ, if Σ is symmetric." in printed
    assert marks(printed) == "✓3 ?5 ✓7 ✗9" and "the note says that Σ is symmetric" in printed
    assert marks(said(text, "--wrt", "Sigma")) == "–3 ?5 ✓7 –9"
