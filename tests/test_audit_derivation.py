"""What an outside audit of checks and derivations found, each mended once and for all."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive

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
