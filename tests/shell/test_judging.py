"""A typed claim that its values decide needs no SymPy, whose import takes longer than all else."""

import subprocess
import sys

import pytest
from typed import record

from tinygrad_edu import Tensor
from tinygrad_edu.derivation import derive
from tinygrad_edu.shell.judging import judged

ASKING = """
import sys
from tinygrad_edu.shell.cli import main
code = main(sys.argv[1:])
print(code, "sympy" in sys.modules)
"""


@pytest.mark.parametrize(
    ("loss", "wrt", "claim", "answer"),
    [
        ("mean((X@w - y)**2)", "w", "2/N * X.T @ (X@w - y)", "0 False"),
        ("mean((X@w - y)**2)", "w", r"\frac{2}{N} X^\top (Xw - y)", "0 False"),
        ("mean(-(y*log(yhat) + (1-y)*log(1-yhat)))", "yhat", "(yhat - y)/(N*yhat*(1-yhat))", "0 False"),
        ("mean((X@w - y)**2)", "w", "X.T @ (X@w - y)", "1 False"),
        ("mean((X@w - y)**2)", "w", "2/N * X.T @ z", "1 True"),  # z is a letter of the derivation
    ],
)
def test_sympy_loads_where_a_claim_speaks_of_the_derivation(loss, wrt, claim, answer):
    given = ["check", loss, "--wrt", wrt, claim]
    done = subprocess.run([sys.executable, "-c", ASKING, *given], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == answer


@pytest.mark.parametrize(
    ("loss", "wrt", "claims"),
    [
        ("mean((X@w - y)**2)", "w", ["2/N * X.T @ (X@w - y)", "X.T @ (X@w - y)"]),
        ("mean((tanh(X@w + b) - y)**2)", "b", ["2/N * sum((a - y)*(1 - a**2))", "nonsense ("]),
    ],
)
def test_verdicts_are_those_of_the_derivation(loss, wrt, claims):
    found, names = record(loss)
    expected = derive(found, names[wrt]).check_lines(claims)
    assert [(v.ok, v.mistake, v.message) for v in judged(found, names[wrt], claims)] == [
        (v.ok, v.mistake, v.message) for v in expected
    ]


def test_a_solution_is_the_derivations():
    found, names = record("mean((X@w - y)**2)")
    (verdict,) = judged(found, names["w"], ["X.T @ (X@w - y)/N"], solution=True)
    assert verdict.solution == derive(found, names["w"]).check("X.T @ (X@w - y)/N").solution != ""


def test_what_cannot_be_derived_is_refused_all_the_same():
    w, x = Tensor([1.0, 2.0], name="w"), Tensor([1.0, 2.0], name="x", requires_grad=False)
    for loss, wrt, why in (
        ((x * x).sum(), w, "not in"),
        ((w * x).sum(), x, "requires"),
    ):
        with pytest.raises(ValueError, match=why):
            judged(loss, wrt, ["x"])
