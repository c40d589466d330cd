"""What a row says of its operation: what it states is what the numbers show, and what it does not state they do not.

Besides: what is not stated, what nobody knows, and what follows from the rest.
"""

import itertools
import math

import numpy as np
import pytest
from rows import calls, flat_call, named

from tinygrad_edu.engine.facts import Facts
from tinygrad_edu.engine.rules import TABLE, elementwise, multiply, reduction


def test_what_a_row_does_not_state_does_not_hold():
    plain = Facts()
    plain.state("twice_over", {})
    assert plain.words == "twice over"
    assert not any(getattr(plain, fact) for fact in Facts.__annotations__ if fact not in ("words", "precedence"))
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


# ── what the numbers show ─────────────────────────────────────────────────────────────────────────────────────────────


def operands(rule):
    """How many operands a row takes that can be any numbers."""
    return len(rule.vjps) or getattr(rule.array, "nin", 1)


NUMBERS = np.array([[0.3, -1.7, 2.4], [3.1, 0.6, -1.2]]), np.array([[1.9, 0.4, -2.2], [0.7, 3.3, -1.2]])
ENTRYWISE = [rule for rule in TABLE.values() if rule.kind is elementwise and rule.example is None]
OF_TWO = [rule for rule in ENTRYWISE if operands(rule) == 2]
REDUCTIONS = [rule for rule in TABLE.values() if rule.kind is reduction and rule.differentiable]


def shown(rule, combined, factors):
    """By which of the `factors` the operands, `combined`, give the row's result; none if by no choice of them."""
    xs = NUMBERS[: operands(rule)]
    choices = itertools.product(factors, repeat=len(xs))
    return next((each for each in choices if same(rule(*xs), combined(xs, each))), ())


def same(found, expected):
    """Whether two arrays are, but for rounding; of nan, too."""
    return np.shape(found) == np.shape(expected) and np.allclose(found, expected, equal_nan=True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@named([rule for rule in ENTRYWISE if not rule.moves])
def test_sums_and_products_of_the_operands(rule):
    assert rule.signs == shown(rule, lambda xs, signs: sum(s * x for s, x in zip(signs, xs, strict=True)), (1, -1))
    powers = shown(rule, lambda xs, powers: math.prod(x**p for p, x in zip(powers, xs, strict=True)), (1, -1, 2, 0.5))
    assert rule.powers == powers


def test_a_matrix_product_is_as_many_times_as_large():
    x, y = NUMBERS
    for powers, by in (((1, 0), (2.0, 1.0)), ((0, 1), (1.0, 2.0))):
        times = math.prod(2.0 ** (p * q) for p, q in zip(TABLE["matmul"].powers, powers, strict=True))
        np.testing.assert_allclose(TABLE["matmul"](by[0] * x, by[1] * y.T), times * (x @ y.T))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@named(ENTRYWISE)
def test_operands_that_may_change_places(rule):
    alike = operands(rule) == 2 and same(rule(*NUMBERS), rule(*NUMBERS[::-1]))
    assert operands(rule) == 1 or rule.ordered is (not alike)
    assert rule.symmetric is (alike and not rule.signs and not rule.powers)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@named([*OF_TWO, *REDUCTIONS])
def test_the_result_is_one_of_the_operands(rule):
    xs = NUMBERS[: operands(rule)]
    found = rule(*xs) if rule.kind is elementwise else folded(rule, xs[0])
    assert rule.chooses is bool(np.isin(found, xs).all())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@named(OF_TWO)
def test_comparisons_are_of_the_difference(rule):
    """A question, to which the same added to both makes no difference."""
    xs = np.array([0.0, 2.0, 3.0]), np.array([0.0, 3.0, 0.0])
    found, moved = rule(*xs), rule(*(x + 1.0 for x in xs))
    assert rule.compares is (found.dtype == bool and bool(np.array_equal(found, moved)))


def folded(rule, x):
    """A reduction over all axes; a mean over their number."""
    return rule(x, axis=None, keepdims=False, **({"ddof": 0} if rule.name == "mean" else {}))


@named(REDUCTIONS)
def test_what_a_reduction_repeats(rule):
    x = NUMBERS[0]
    repeated = rule.folds.reduce(x, axis=None) / (x.size if rule.averages else 1) if rule.folds else math.nan
    assert bool(np.isclose(folded(rule, x), repeated)) is (rule.folds is not None)
    exponentials = np.isclose(np.exp(folded(rule, x)), np.exp(x).sum())
    assert rule.along_classes is bool(exponentials)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@named([rule for rule in TABLE.values() if rule.domain])
def test_outside_of_its_domain_a_row_has_no_value(rule):
    inside = [1.5 if high > 1.5 else 0.5 for _, high in rule.domain]
    for place, (low, high) in enumerate(rule.domain):
        assert low < high
        for end, way in ((low, 1.0), (high, -1.0)):
            beyond, before = (
                rule(*(np.array(moved if i == place else x) for i, x in enumerate(inside)))
                for moved in ((end - way * 1e-3, end + way * 1e-3) if math.isfinite(end) else (math.nan, -way * 9e2))
            )
            assert np.isnan(beyond) and np.isfinite(before), (low, high)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@named([rule for rule in TABLE.values() if rule.kind.name == "elementwise" and rule.arity in (1, 2) and not rule.moves])
def test_where_a_row_bends_or_steps(rule):
    for k in (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5):
        x = k + 1e-6 * np.array([-2.0, -1.0, 1.0, 2.0])
        others = [] if rule.arity == 1 else [np.ones(4)]
        params = {"decimals": 0} if rule.name == "round" else {}
        steps = np.diff(np.asarray(rule(x, *others, **params), float))
        if np.all(np.abs(steps) < 2.0):  # no pole
            bends = abs(steps[1]) > 1e-3 or abs(steps[0] - steps[2]) > 1e-7
            assert bool(bends) is (k in (rule.kinks or ())), k


def test_facts_of_few_rows():
    stated = lambda fact: {name for name, rule in TABLE.items() if getattr(rule, fact)}
    assert stated("counts") == {"count"} and stated("averages") == {"mean"}
    assert stated("along_classes") == {"logsumexp", "softmax", "log_softmax"}
    assert stated("inverts") == {"det", "slogdet", "inv", "solve"}
    assert {"where", "pinned"} < stated("chooses") and not stated("opaque")


@named([rule for rule in ENTRYWISE if not rule.moves])
def test_entry_by_entry_repetitions_are_repeated(rule):
    """What `elementwise` says, and programs rely on: they leave a repetition of an operand to the operation."""
    rng = np.random.default_rng(0)
    call, xs = next(calls(rule, rng)) if rule.differentiable else flat_call(rule, rng)
    found, once = call(*[np.broadcast_to(x, (3, *x.shape)) for x in xs]), call(*xs)
    assert found.shape == (3, *np.shape(once))
    np.testing.assert_array_equal(found, np.stack([once] * 3))
