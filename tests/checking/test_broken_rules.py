"""One rule broken: what each slip changes, which of those that fit are kept, and at which places slips go together."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from tried import evidence

from tinygrad_edu import Tensor
from tinygrad_edu.checking import slips
from tinygrad_edu.checking.evidence import Edge
from tinygrad_edu.checking.mistakes import Mistaken, lost
from tinygrad_edu.checking.slips import Change, Slips

X = Tensor([0.3, -0.8, 1.4], name="x")
Y = Tensor([1.3, 0.8, 0.4], name="y")


@pytest.mark.parametrize("loss", [np.sin(X * X).sum(), (np.exp(Y) / (X * X + 2.0)).sum(), (X**3 @ Y) * X.mean()])
def test_what_a_slip_changes(loss):
    known = evidence(loss, X, lambda x: x)
    found = slips.changes(known)
    point, truth = known.worst.point, known.worst.truth
    single = [change for change in found if len(change.places) == 1]
    assert single and {change.places[0] for change in single} <= {(e.node, p) for e in known.edges for p in e.positions}
    everything = [*{change.places for change in found}]
    with np.errstate(all="ignore"):
        assert len(found) == sum(len([*slips._changes_at(known.worst, places)]) for places in everything)
    both = {change.places for change in found if len(change.places) > 1}
    assert both == {tuple((e.node, p) for p in e.positions) for e in known.edges if len(e.positions) > 1}
    for change in found:
        with np.errstate(all="ignore"):
            broken = point.gradient(dict.fromkeys(change.places, change.mistaken.slip))
        along = np.sum((broken - truth) * point.direction)
        assert np.isclose(along, change.along, rtol=1e-5, atol=1e-6 * np.max(np.abs(truth))), change.mistaken


def test_a_slip_that_changes_nothing_or_cannot_be_made_is_none(monkeypatch):
    def contribution(node, position, slip=None):
        return (
            {None: np.ones(2), "same": np.ones(2), "half": np.array([1.0, 3.0]), "huge": np.array([np.inf, 1.0])}[slip]
            if slip != "unfit"
            else np.ones(2) + np.ones(3)
        )

    options = {0: ["same", "unfit", "half", "huge", "half"], 1: ["half", "same", "half"]}
    monkeypatch.setattr(slips, "slips_at", lambda node, p: [Mistaken(f"{each}-{p}", each) for each in options[p]])
    trial = SimpleNamespace(point=SimpleNamespace(contribution=contribution))
    node = X * X
    found = [(m.mistake, change.tolist()) for m, change in slips._changes_at(trial, ((node, 0),))]
    assert found == [("half-0", [0.0, 2.0]), ("half-0", [0.0, 2.0])]
    found = [(m.mistake, change.tolist()) for m, change in slips._changes_at(trial, ((node, 0), (node, 1)))]
    assert found == [("same-0", [0.0, 2.0]), ("half-0", [0.0, 4.0])]


def kept(changes, explains=lambda slips: True, need=2.0):
    """Which changes are kept, as a node's operation and the name of the slip; and which were compared."""
    compared = []

    def explaining(slips):
        compared.extend(slips.values())
        return explains(slips)

    known = SimpleNamespace(
        order=[], recording=SimpleNamespace(wrt=X), explains=explaining, along=lambda trial, change, node: change,
        worst=SimpleNamespace(claimed=need + 1.0, truth=1.0),
    )  # fmt: skip
    found = Slips(known, changes)._at_one_place()
    return [(f.node.op, f.mistake, f.how) for f in found], compared


def test_which_of_the_slips_that_fit_are_kept():
    one, other = np.sin(X), np.cos(X)

    def change(node, mistake, how, along=2.0, slip=None):
        return Change(((node, 0),), Mistaken(mistake, slip or f"{mistake} {how}", how), along)

    wrong, left = "wrong-derivative", "local-derivative"
    changes = [
        change(one, wrong, "itself"), change(other, wrong, "itself"), change(one, wrong, "inverted"),
        change(one, left, "left-out"), change(one, left, "left-out", slip="again"), change(one, left, "doubled"),
        change(one, left, "left-out-at-result"), change(other, "sign", "turned"),
    ]  # fmt: skip
    found, compared = kept(changes)
    assert found == [
        ("sin", wrong, "itself"), ("cos", wrong, "itself"), ("sin", left, "left-out"), ("sin", left, "doubled"),
        ("sin", left, "left-out-at-result"), ("cos", "sign", "turned"),
    ]  # fmt: skip
    assert "again" not in compared and f"{wrong} inverted" not in compared
    # what does not explain the claim hides nothing
    found, compared = kept(changes[:3], explains=lambda slips: f"{wrong} inverted" in slips.values())
    assert found == [("sin", wrong, "inverted")] and len(compared) == 3


def test_only_what_moves_as_far_as_the_claim_is_compared():
    moves = [2.0, 2.0003, 2.001, -2.0, 1.9997, 1.999, 2.0 + 4.0004e-4, 3.0]
    changes = [Change(((np.sin(X), 0),), Mistaken("sign", str(along), str(along)), along) for along in moves]
    assert kept(changes)[1] == ["2.0", "2.0003", "1.9997", "2.00040004"]
    tiny = [
        Change(((np.sin(X), 0),), Mistaken("sign", str(along), str(along)), along) for along in (5e-10, 2e-9, -5e-10)
    ]
    assert kept(tiny, need=0.0)[1] == ["5e-10", "-5e-10"]


def test_slips_at_an_operand_used_twice_are_named_at_its_first_place():
    node = X * X
    found, _ = kept([Change(((node, 0), (node, 1)), Mistaken("sign", "slip", "turned"), 2.0)])
    assert found == [("multiply", "sign", "turned")]


def test_no_more_than_two_dozen_are_kept():
    found, compared = kept([Change(((np.sin(X), 0),), Mistaken("sign", "slip", "turned"), 2.0) for _ in range(30)])
    assert len(found) == len(compared) == 24


def everywhere(edges, explained, alone=lambda slips: False, order=()):
    asked = []

    def explained_by(slips):
        asked.append(slips)
        return explained(slips)

    known = SimpleNamespace(edges=edges, order=list(order), explained_by=explained_by, explains=alone)
    return list(Slips(known, [])._everywhere()), asked


def test_the_same_at_every_use_of_an_operation(monkeypatch):
    one, two, three, other = np.sin(X), np.sin(Y), np.sin(one_more := X + Y), X * Y
    edges = [Edge(other, X, (0,)), Edge(three, one_more, (0,)), Edge(two, Y, (0,)), Edge(one, X, (0,))]
    places = [(three, 0), (two, 0), (one, 0)]
    (found,), asked = everywhere(edges, lambda slips: True)
    assert asked == [dict.fromkeys(places, lost)]
    assert (found.mistake, found.kind, found.how) == ("missing-path", "missing-paths", "everywhere")
    assert found.node is one and found.place == (one, 0)
    (found,), _ = everywhere(edges[1:3], lambda slips: True)  # two uses are enough
    assert found.place == (two, 0)
    assert everywhere(edges[:2], lambda slips: True) == ([], [])

    def slips_at(node, position):
        names = ["first", "second", "own" if node is three else "others"]
        return [Mistaken("wrong-derivative", (name, node), name) for name in names]

    monkeypatch.setattr(slips, "slips_at", slips_at)
    second = {place: ("second", place[0]) for place in places}
    (found,), asked = everywhere(edges, lambda slips: slips == second)
    assert (found.mistake, found.how, found.everywhere, found.slip) == (
        "wrong-derivative",
        "second",
        True,
        ("second", three),
    )
    assert found.place == (three, 0) and len(asked) == 3
    found, asked = everywhere(
        edges, lambda slips: slips == second, alone=lambda slips: slips == {(three, 0): ("second", three)}
    )
    assert found == [] and len(asked) == 3  # one of them alone is enough
    assert len(everywhere(edges, lambda slips: False)[1]) == 3
    many = lambda node, position: [Mistaken("wrong-derivative", str(n), str(n)) for n in range(50)]
    monkeypatch.setattr(slips, "slips_at", many)
    for length, count in ((100, 40), (101, 2)):
        assert len(everywhere(edges, lambda slips: False, order=[X] * length)[1]) == 1 + count


def both_operands(order, explains=lambda slips: True, naive=lambda trial, node: False):
    known = SimpleNamespace(order=order, explains=explains, usable=["trial"])
    return Slips(known, [])


def test_operations_all_of_whose_operands_depend_on_what_is_asked_about():
    product, scaled, wave = X * Y, X * 2.0, np.sin(X)
    known = both_operands([product, scaled, wave, X, Y])
    assert [id(node) for node in known._with_both_operands()] == [id(product), id(wave)]
    assert list(both_operands([product, X])._with_both_operands()) == []


def test_naive_products_and_quotients(monkeypatch):
    product, quotient, matrices, total = X * Y, X / Y, X @ Y, X + Y
    order = [product, quotient, matrices, total, np.sin(X), X, Y]
    named = lambda found: [(f.node.op, f.place[1], f.mistake, f.how) for f in found]
    monkeypatch.setattr(slips, "_is_naive", lambda trial, node: True)
    assert named(both_operands(order, lambda slips: False)._at_both_operands()) == [
        ("multiply", 1, "wrong-derivative", "naive-multiply"), ("divide", 1, "wrong-derivative", "naive-divide"),
    ]  # fmt: skip
    monkeypatch.setattr(slips, "_is_naive", lambda trial, node: False)
    fits = lambda slips: set(slips) == {(quotient, 0), (quotient, 1)}
    assert named(both_operands(order, fits)._at_both_operands()) == [
        ("divide", 1, "wrong-derivative", "denominator-not-squared-at-all")
    ]
    assert named(both_operands(order, lambda slips: False)._at_both_operands()) == []


def test_whether_a_claim_is_naive():
    product = np.sin(X) * np.exp(X)
    loss = (product * Y).sum() + np.cos(X).sum()
    for claim, expected in (
        (lambda x, y: y * np.cos(x) * np.exp(x) - np.sin(x), True), (lambda x, y: y * np.cos(x) * np.exp(x), False),
    ):  # fmt: skip
        known = evidence(loss, X, claim)
        assert all(slips._is_naive(trial, product) is expected for trial in known.usable)
        assert slips._is_naive(known.usable[0], loss) is False
    A = Tensor(np.ones((5, 3)), name="A", requires_grad=False)
    rows = np.sin(A @ X) * (A @ X)  # of another shape than x
    known = evidence(rows.sum(), X, lambda x: x)
    assert slips._is_naive(known.usable[0], rows) is False


def test_the_diagonal_of_softmax_written_out():
    e = np.exp(X)
    below = e.sum()
    softmax, other, by_max, inverse = e / below, e / Y.sum(), e / np.max(e), e * below
    order = [other, inverse, by_max, softmax, e, below, X, Y, *(n.args[1] for n in (other, by_max))]
    asked = []
    explains = lambda slips: asked.append(slips) or True
    (found,) = both_operands(order, explains)._diagonals()
    assert (found.mistake, found.kind, found.how) == ("softmax-diagonal", "softmax-diagonal", "softmax")
    assert found.node is softmax and found.place == (softmax, 0)
    assert asked == [{(softmax, 0): slips._diagonal, (softmax, 1): lost}]
    assert list(both_operands(order, lambda slips: False)._diagonals()) == []
    assert list(both_operands([X / Y, X, Y], explains)._diagonals()) == []
    assert slips._diagonal(lambda g, out, x, by: g * x * by, 3.0, 0.25, [5.0], {"by": 2.0}) == 22.5
