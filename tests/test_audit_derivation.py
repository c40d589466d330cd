"""What an outside audit of checks and derivations found, each mended once and for all."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Rational

from tinygrad_edu import Tensor, derive
from tinygrad_edu.cli import main
from tinygrad_edu.notation import Written

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
