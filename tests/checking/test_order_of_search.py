"""What is looked for first, what only where nothing else fits, and how two mistakes are put together."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.checking import search
from tinygrad_edu.checking.factors import Factor
from tinygrad_edu.checking.findings import Finding
from tinygrad_edu.checking.mistakes import Mistaken, lost
from tinygrad_edu.checking.search import Search

X = Tensor([0.3, -0.8, 1.4], name="x")
WHOLE = Finding("constant-factor", "whole", factor=Factor(2.0), whole=True)
SIGN, PATH = Finding("sign", "path-sign"), Finding("missing-path", "missing-path")
BENT, KEPT = Finding("wrong-derivative", "wrong-derivative"), Finding("extra-sum", "extra-sum")
ZERO = Finding("missing-path", "whole", how="zero", factor=Factor(0.0))


def searching(**parts):
    """A search some of whose parts give what is said here."""
    made = Search.__new__(Search)
    for name, part in parts.items():
        made.__dict__[name] = part if name in ("evidence", "_flows", "_changes") else lambda *args, part=part: part
    return made


def trial(right=False, claimed=(1.0, 2.0), truth=(3.0, 4.0), lengths=(("N", 5), ("D", 3)), trouble=""):
    point = SimpleNamespace(lengths=dict(lengths))
    made = SimpleNamespace(
        right=right, claimed=np.array(claimed), truth=np.array(truth), point=point, trouble=trouble, divisor=None
    )
    made.divided_by = lambda factor: SimpleNamespace(**{**made.__dict__, "divisor": str(factor)})
    return made


@pytest.mark.parametrize(
    ("single", "kept", "pairs", "compared", "expected"),
    [
        ([WHOLE], [KEPT], [BENT], 9, [WHOLE]), ([SIGN], [KEPT], [BENT], 9, [SIGN, KEPT]),
        ([BENT], [], [PATH], 9, [BENT]),
        ([BENT, SIGN], [], [], 9, [SIGN, BENT]), ([], [KEPT], [BENT], 9, [KEPT]), ([], [], [BENT], 9, [BENT]),
        ([], [], [BENT], 3, [BENT]), ([BENT, PATH], [], [SIGN], 2, [PATH]), ([BENT], [], [SIGN], 2, []),
        ([BENT], [], [SIGN], 3, [BENT]), ([WHOLE, SIGN], [KEPT], [], 9, [WHOLE, SIGN]),
    ],
)  # fmt: skip
def test_the_order_in_which_a_claim_is_explained(monkeypatch, single, kept, pairs, compared, expected):
    monkeypatch.setattr(search.shapes, "of_kept_sum", lambda evidence: kept)
    evidence = SimpleNamespace(usable=[trial(), trial(right=True)], numbers_compared=compared)
    found = searching(evidence=evidence, _single=[*single], _pairs=pairs, _of_another_shape=[KEPT]).findings()
    assert sorted(map(id, found)) == sorted(map(id, expected)) and found == search._ranked(found)


def test_what_has_another_shape_or_is_right_wherever_it_has_a_value():
    without = SimpleNamespace(usable=[], numbers_compared=9)
    right = SimpleNamespace(usable=[trial(right=True)], numbers_compared=9)
    parts = {"_single": [SIGN], "_pairs": [BENT], "_of_another_shape": [BENT, KEPT]}
    assert searching(evidence=without, **parts).findings() == search._ranked([BENT, KEPT]) != [BENT, KEPT]
    assert searching(evidence=right, **parts).findings() == []


@pytest.mark.parametrize(
    ("whole", "length", "expected"),
    [
        ([], 5, "paths slips turned other"), ([WHOLE], 100, "whole paths slips turned other"), ([WHOLE], 101, "whole"),
        ([], 101, "paths slips turned other"), ([ZERO], 5, "zero"),
        ([WHOLE, ZERO], 5, "whole zero paths slips turned other"),
    ],
)  # fmt: skip
def test_what_one_mistake_explains(monkeypatch, whole, length, expected):
    named = {id(WHOLE): "whole", id(ZERO): "zero"}

    def looking(name):
        def found(evidence, known):
            return SimpleNamespace(findings=lambda within_pair: [f"{name}{' in a pair' * within_pair}"])

        return found

    monkeypatch.setattr(search, "Paths", looking("paths"))
    monkeypatch.setattr(search, "Slips", looking("slips"))
    monkeypatch.setattr(search.shapes, "of_factor", lambda evidence: whole)
    monkeypatch.setattr(search.shapes, "of_turned", lambda evidence, wrong: ["turned"] * (len(wrong) == 1))
    monkeypatch.setattr(search.shapes, "of_other_variable", lambda evidence, trials: ["other"])
    tried = [trial(), trial(right=True), trial(trouble="why")]
    evidence = SimpleNamespace(order=[X] * length, usable=[], trials=tried)
    found = searching(evidence=evidence, _flows=None, _changes=None)._single()
    assert " ".join(named.get(id(each), each) for each in found) == expected


def test_another_shape_and_a_frequent_factor(monkeypatch):
    asked = []

    def explaining(factor):
        def found(evidence, trials):
            asked.append((trials[0].divisor, len(trials)))
            return (
                [Finding("transpose", "transpose"), Finding("extra-sum", "extra-sum")] if asked[-1][0] == factor else []
            )

        return found

    evidence = SimpleNamespace(trials=[trial(), trial(trouble="why"), trial()])
    for factor, count in (("1", 1), ("−1", 2), ("N", 3), ("1/N", 4), ("2", 5), ("1/2", 6)):
        asked.clear()
        monkeypatch.setattr(search.shapes, "of_another_shape", explaining(factor))
        found = searching(evidence=evidence)._of_another_shape()
        assert len(asked) == count and asked[-1] == (factor, 2) and len(found) == 2
        assert [f.more is None or str(f.more.factor) for f in found] == ([True] * 2 if factor == "1" else [factor] * 2)
    monkeypatch.setattr(search.shapes, "of_another_shape", explaining("none"))
    assert searching(evidence=evidence)._of_another_shape() == []
    nothing = SimpleNamespace(trials=[trial(trouble="why")])
    asked.clear()
    assert searching(evidence=nothing)._of_another_shape() == [] == asked


def test_a_frequent_factor_and_another_mistake():
    def pairs(fitting, usable):
        asked = []
        evidence = SimpleNamespace(usable=usable, divided_by=lambda factor: str(factor))
        made = searching(evidence=evidence, _two_slips=["two slips"])
        made._beside = lambda divided: asked.append(divided) or ([BENT, sign] if divided == fitting else [])
        return made._pairs(), asked

    sign = Finding("sign", "path-sign", X)
    (found,), asked = pairs("N", [trial()])
    assert found is sign and (found.kind, found.more.whole, str(found.more.factor)) == ("pair", True, "N")
    assert asked == ["−1", "N"]
    assert pairs("none", [trial()]) == (["two slips"], ["−1", "N", "1/N", "2", "1/2"])
    alike = trial(claimed=(2.0, 2.0))
    assert pairs("none", [alike]) == ([], [])  # one number, where the gradient varies
    assert pairs("none", [trial(claimed=(2.0, 2.0), truth=(3.0, 3.0))])[0] == ["two slips"]


def test_what_else_is_wrong_beside_a_transposed_factor(monkeypatch):
    asked = []
    monkeypatch.setattr(search.shapes, "of_transposed", lambda evidence, names: asked.append(names) or SIGN)
    assert searching(evidence=None).transposed(["A"], more=WHOLE) is SIGN and SIGN.more is WHOLE and asked == [["A"]]
    assert searching(evidence=None).transposed().more is None


def test_two_slips_at_two_places():
    places = [((X, 0),), ((X, 1), (X, 2)), ((X, 2),), ((X, 3),)]
    frequent = [(place, Finding("sign", str(n)), f"slip {n}") for n, place in enumerate(places)]

    def two(fitting, length=60, frequent=frequent):
        asked = []
        evidence = SimpleNamespace(
            order=[X] * length, explained_by=lambda slips: asked.append(slips) or slips == fitting
        )
        return searching(evidence=evidence, _frequent_slips=frequent)._two_slips(), asked

    (found,), asked = two({(X, 1): "slip 1", (X, 2): "slip 1", (X, 3): "slip 3"})
    assert (found.kind, found.more.kind) == ("pair", "3") and len(asked) == 4  # 1 and 2 have a place in common
    assert two({}) == ([], [*asked, {(X, 2): "slip 2", (X, 3): "slip 3"}]) and two({}, length=61) == ([], [])
    frequent[1][1].kind = "1"
    assert len(two({}, frequent=[(((X, n),), SIGN, f"slip {n}") for n in range(50)])[1]) == 44 * 43 // 2


def test_which_slips_are_tried_in_pairs():
    places = ((X, 0), (X, 1))
    changes = [(places, Mistaken("mistake", f"slip {how}", how), 1.0) for how in ("softmax", "itself", "left-out")]
    flows = SimpleNamespace(
        all=list(range(20)), places=lambda flow: [(X, flow)], lost_at=lambda flow: (X, ("lost", flow)),
        slipped_at=lambda flow, mistake: (X, (mistake, flow)),
    )  # fmt: skip
    found = searching(_changes=changes, _flows=flows)._frequent_slips()
    assert [(f.how, f.place, slip) for _, f, slip in found[:2]] == [
        ("softmax", (X, 0), "slip softmax"), ("left-out", (X, 0), "slip left-out"),
    ]  # fmt: skip
    assert len(found) == 2 + 2 * 14
    (at_lost, path, slip), (at_sign, sign, turned) = found[2:4]
    assert at_lost == at_sign == ((X, 0),) and slip is lost
    assert (path.mistake, path.kind, path.place, path.how) == ("missing-path", "pair", ("lost", 0), "path")
    assert (sign.mistake, sign.kind, sign.place, sign.factor.number) == ("sign", "pair", ("sign", 0), -1.0)
    assert turned(lambda *args, **params: 6.0, 1.0, None, [], {}) == -6.0
