"""Twelve derivations as they are printed, in both notations."""

from pathlib import Path

import pytest
from golden_files import assert_golden
from test_matrices import (
    Leaves,
    attention,
    bilinear_inverse,
    cosine,
    factors,
    gaussian,
    least_squares,
    log_det,
    log_det_of_gram,
    logistic_regression,
    margin,
    network,
    softmax_regression,
)

from tinygrad_edu import derive

GOLDEN = Path(__file__).parent / "golden"
CASES = [
    (least_squares, "w"), (logistic_regression, "b"), (softmax_regression, "W"), (network, "W_1"), (attention, "K"),
    (margin, "w"), (log_det, "X"), (log_det_of_gram, "X"), (bilinear_inverse, "X"), (gaussian, "S"), (cosine, "x"),
    (factors, "V"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "wrt"), CASES, ids=[build.__name__ for build, _ in CASES])
def test_it_is_printed_as_before(build, wrt):
    loss = build(Leaves(1, 0))
    shown = "\n\n".join(str(derive(loss, wrt, notation)) for notation in ("index", "matrix")) + "\n"
    assert_golden(GOLDEN / f"{build.__name__}.txt", shown)
