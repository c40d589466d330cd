"""The claims of `textbook_claims.py` are what they are said to be, and so judged."""

import numpy as np
import pytest
from textbook_claims import CLAIMS, PROBLEMS, graph_of

from tinygrad_edu import derive
from tinygrad_edu.engine.backward import ancestors

IDS = [f"{n}-{claim.problem}-{claim.wrt}" for n, claim in enumerate(CLAIMS)]


def node_of(claim):
    loss, _ = graph_of(PROBLEMS[claim.problem])
    return loss, next(node for node in ancestors([loss], all_nodes=True) if node.name == claim.wrt)


@pytest.mark.parametrize("claim", CLAIMS, ids=IDS)
def test_it_is_right_by_finite_differences_or_not(claim):
    problem = PROBLEMS[claim.problem]
    worth = np.asarray(claim.worth(**problem.values), float)
    if claim.wrt in problem.values:
        held = problem.values[claim.wrt]
        slope = np.zeros(np.shape(held))
        for place in np.ndindex(np.shape(held)):
            ends = []
            for step in (1e-6, -1e-6):
                moved = np.array(held, float)
                moved[place] += step
                ends.append(problem.plain(**{**problem.values, claim.wrt: moved}))
            slope[place] = (ends[0] - ends[1]) / 2e-6
    else:  # a node on the way: the engine's own gradient, which tests/engine compares with finite differences
        loss, node = node_of(claim)
        loss.backward()
        slope = node.grad
    assert np.allclose(worth, slope, atol=1e-6) == (claim.mistake is None)


@pytest.mark.parametrize("claim", CLAIMS, ids=IDS)
def test_it_is_judged_as_that(claim):
    verdict = derive(*node_of(claim)).check(claim.text)
    assert verdict.ok == (claim.mistake is None), verdict
    assert verdict.ok or verdict.mistake in claim.mistake.split("/"), verdict


def test_a_third_of_them_is_wrong():
    wrong = [claim for claim in CLAIMS if claim.mistake]
    assert len(CLAIMS) >= 60 and len(wrong) >= len(CLAIMS) / 3
    assert sum(claim.mistake.startswith("unexplained") for claim in wrong) < 5
