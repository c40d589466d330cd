"""Our own check accepts the lines that a derivation prints: definitions, gradients on the way, and the last one."""

import pytest
from test_matrices import (
    Leaves,
    batch_norm,
    cross_entropy,
    entropy,
    factors,
    hinge,
    layer_norm,
    least_squares,
    linear_trace,
    logistic_regression,
    margin,
    network,
    quadratic_trace,
    ridge,
    softmax_regression,
    squares_apart,
    weighted,
)

from tinygrad_edu import derive

CASES = [
    (least_squares, "w"), (logistic_regression, "b"), (softmax_regression, "W"), (cross_entropy, "W"),
    (network, "W_1"), (ridge, "w"), (linear_trace, "X"), (margin, "w"), (entropy, "x"), (factors, "U"), (hinge, "w"),
    (squares_apart, "A"), (weighted, "w"), (batch_norm, "X"),
    (quadratic_trace, "X"),
]  # fmt: skip


@pytest.mark.parametrize("notation", ["index", "matrix"])
@pytest.mark.parametrize(("build", "wrt"), CASES, ids=[build.__name__ for build, _ in CASES])
def test_no_printed_line_is_called_wrong(build, wrt, notation):
    """A definition that nothing refers to, and a line of one of several paths, have no verdict."""
    derivation = derive(build(Leaves(1, 0)), wrt, notation)
    steps = [step for step in derivation.steps if step.kind != "path"]
    form = "latex" if notation == "matrix" and build is not margin else "text"
    verdicts = derivation.check_lines([getattr(step, form) for step in steps])
    wrong = [(str(step), v.message) for step, v in zip(steps, verdicts, strict=True) if v.ok is False]
    assert not wrong
    assert all(v.ok for step, v in zip(steps, verdicts, strict=True) if step.kind == "gradient")
    assert verdicts[-1].ok


def test_layer_normalisation_in_matrices():
    derivation = derive(layer_norm(Leaves(1, 0)), "X", "matrix")
    assert derivation.check(derivation.matrix).ok
