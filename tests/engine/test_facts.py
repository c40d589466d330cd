"""What a row can say of its operation: what is not stated, what nobody knows, and what follows from the rest."""

import numpy as np
import pytest

from tinygrad_edu.engine.facts import Facts
from tinygrad_edu.engine.rules import TABLE, multiply


def test_what_a_row_does_not_state_does_not_hold():
    plain = Facts()
    plain.state("twice_over", {})
    assert plain.words == "twice over"
    assert not any(getattr(plain, fact) for fact in Facts.__annotations__ if fact != "words")
    assert not plain.contracts


def test_a_fact_that_there_is_not():
    with pytest.raises(TypeError, match="row own: there is no fact called folding, zoo"):
        Facts().state("own", {"zoo": 1, "folding": 2, "folds": max})
    stated = Facts()
    stated.state("own", {"folds": max, "words": "the largest"})
    assert stated.folds is max and stated.words == "the largest"


@pytest.mark.parametrize(
    ("signature", "contracts"),
    [
        ("n?k,km?->n?m?", True), ("<subscripts>", True), ("nk,km->nm", True), ("k,k->", True), ("nn->nn", False),
        ("nn->", False), ("...->...", False), ("", False), ("nn,nm->nm", False), ("n,m->nm", False),
        ("n,nk->nk", False),
    ],
)  # fmt: skip
def test_axes_that_meet_and_are_summed(signature, contracts):
    stated = Facts()
    stated.state("own", {"signature": signature})
    assert stated.contracts is contracts


def test_the_rows_that_contract():
    assert {name for name, rule in TABLE.items() if rule.contracts} == {"matmul", "einsum"}
    assert multiply.words == "multiply" and multiply.powers == (1, 1)


@pytest.mark.parametrize("name", [name for name, rule in TABLE.items() if rule.levels_off])
def test_where_a_row_levels_off(name):
    rule = TABLE[name]
    low, high = rule.levels_off
    np.testing.assert_allclose(rule(np.array([-1e9, 1e9])), [low, high], atol=1e-8)
    assert low < rule(0.3) < high


def test_the_rows_that_level_off():
    assert {name for name, rule in TABLE.items() if rule.levels_off} == {"tanh", "sigmoid", "erf", "arctan"}
