"""The parts of the search for mistakes: flows along paths, factors of them, findings and their order, words."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from tried import evidence

from tinygrad_edu import Tensor, Value
from tinygrad_edu.checking import judge, paths, search, speaker, unexplained
from tinygrad_edu.checking.evidence import Edge
from tinygrad_edu.checking.factors import Factor
from tinygrad_edu.checking.findings import PREFERENCE, Finding
from tinygrad_edu.checking.lines import in_order
from tinygrad_edu.checking.mistakes import Mistaken, lost
from tinygrad_edu.checking.places import label
from tinygrad_edu.checking.slips import Slips
from tinygrad_edu.checking.verdict import Explanation, Verdict

X = Tensor([0.3, -0.8, 1.4], name="x")
Y = Tensor([1.3, 0.8, 0.4], name="y")


def shown(findings):
    return [
        " ".join(
            str(each)
            for each in (f.mistake, f.kind, f.how, f.factor, label(f.node) if f.node is not None else "", f.common)
            if each
        )
        for f in findings
    ]


# ── flows ──


def flows_of(loss, wrt):
    return paths.Flows(evidence(loss, wrt, lambda **all: 0 * all[wrt.name])).all


def passed(flow):
    return [f"{label(e.node)} → {label(e.parent)} {e.positions}" for e in flow.edges], [label(n) for n in flow.nodes]


def test_what_is_alike_is_one_flow():
    found = [passed(flow) for flow in flows_of((np.sin(X) + np.exp(np.tanh(X))).sum(), X)]
    assert found == [
        (["sin x + exp … → sin x (0,)", "sin x → x (0,)"], ["sin x"]),
        (
            ["sin x + exp … → exp(tanh x) (1,)", "exp(tanh x) → tanh x (0,)", "tanh x → x (0,)"],
            ["exp(tanh x)", "tanh x"],
        ),
    ]


def test_either_place_of_an_operand_is_a_flow():
    found = [passed(flow) for flow in flows_of((Y**Y).sum() + 0 * X.sum(), Y)]
    assert found == [([f"y^y → y ({p},)"], []) for p in (0, 1)]


def test_what_comes_to_a_node_from_all_its_uses_is_one_flow():
    h = np.tanh(X)
    found = [passed(flow) for flow in flows_of((np.sin(h) + np.exp(h) + X**2).sum(), X)]
    assert any("tanh x → x (0,)" in edges and "tanh x" in nodes for edges, nodes in found)


def put(*strengths, whole=1.0):
    """Which of these strengths are one flow: how often each was put to one."""
    flows = paths.Flows.__new__(paths.Flows)
    flows.whole, flows._found, flows._by_digits = np.array([whole, 0.0]), [], {}
    for strength in strengths:
        flows._put(np.array(strength), X)
    return [len(flow.nodes) for flow in flows._found]


def test_how_near_strengths_of_one_flow_are():
    assert put([1.000499999, 2.0], [1.000500001, 2.0]) == [2]  # their first digits differ
    assert put([1.0004, 2.0], [1.0006, 2.0]) == [1, 1] and put([1.0, 2.0], [-1.0, -2.0]) == [1, 1]
    assert put([1.0, 2.0], [3.0, 2.0], [1.0, 2.0], [1.000001, 2.0]) == [3, 1]
    assert put([1e-7, 0.0], whole=1e6) == put([1e-13, 0.0], whole=1e-3) == [] and put([1.5e-12, 0.0], whole=1e-3) == [1]


def test_where_a_flow_passes():
    product, wave = X * X, np.sin(X)
    edges = [Edge(product, X, (0, 1)), Edge(np.exp(wave), wave, (0,)), Edge(wave, X, (0,))]
    places = lambda flow: paths.Flows.places(SimpleNamespace(edges=edges), flow)
    assert places(paths.Flow(1.0, edges[:2], [X])) == [(product, 0), (product, 1)]
    assert places(paths.Flow(1.0, [], [X, wave])) == [(product, 0), (product, 1), (wave, 0)]


def test_what_happened_to_several_paths_at_once():
    flows = SimpleNamespace(
        places=lambda flow: [flow], lost_at=lambda flow: (X, ("lost", flow)),
        slipped_at=lambda flow, mistake: (Y, (mistake, flow)),
    )  # fmt: skip

    def together(c, explained=True):
        asked = []
        known = SimpleNamespace(explains=lambda slips: asked.append(slips) or explained)
        found = paths.Paths(known, flows)._together(["one", "two", "three"], c)
        slip = {name: slip(lambda *args, **params: 6.0, 2.0, None, [], {}) for name, slip in asked[0].items()}
        return found, slip

    found, slip = together(0.0)
    assert (found.mistake, found.kind, found.how) == ("missing-path", "missing-paths", "path")
    assert (found.node, found.place, found.more.place) == (X, ("lost", "one"), ("lost", "two"))
    assert not any(slip.values()) and slip.keys() == {"one", "two", "three"}
    found, slip = together(-1.0)
    assert (found.mistake, found.kind, found.how) == ("sign", "pair", "path")
    assert (found.node, found.place, found.more.place) == (Y, ("sign", "one"), ("sign", "two"))
    assert set(slip.values()) == {-6.0}
    assert together(0.0, explained=False)[0] is together(-1.0, explained=False)[0] is None


def test_one_of_many_uses_kept():
    uses = [Edge(np.sin(X), X, (0,)), Edge(np.cos(X), X, (0,)), Edge(np.exp(X), X, (0,)), Edge(np.sin(Y), Y, (0,))]

    def kept(edges, explained=True, need=-1.0):
        asked = []
        known = SimpleNamespace(need=np.array([need]), explains=lambda slips: asked.append(slips) or explained)
        flow = paths.Flow(np.array([2.0]), edges[:1])
        flows = SimpleNamespace(all=[flow], whole=np.array([3.0]), edges=edges)
        return paths.Paths(known, flows)._one_kept(1.0), asked

    found, asked = kept(uses)
    others = [(edge.node, 0) for edge in uses[1:3]]
    assert asked == [dict.fromkeys(others, lost)] and (found.mistake, found.how) == ("missing-path", "one-kept")
    assert (found.node, found.place) == (others[0][0], uses[0].place)
    assert kept(uses[:2]) == (None, []) and kept(uses, need=1.0) == (None, [])
    assert kept(uses, explained=False) == (None, [dict.fromkeys(others, lost)])


def test_the_same_operand_twice_is_a_parallel_path():
    twice, once = X + X, X + Y
    for node, how in ((twice, "parallel"), (once, "path")):
        flows = SimpleNamespace(lost_at=lambda flow, node=node: (node, (node, 0)))
        (found,) = paths.Paths(None, flows)._of_factor(None, Factor(0.0))
        assert (found.mistake, found.kind, found.how, found.place) == ("missing-path", "missing-path", how, (node, 0))


def test_the_whole_is_no_flow_and_nothing_is_none():
    assert flows_of(np.sin(X).sum(), X) == []
    assert flows_of((np.sin(X) + 0 * np.cos(X)).sum(), X) == []
    assert len(flows_of(1e-7 * (np.sin(X) + np.exp(X) + X**2).sum(), X)) == 4


@pytest.mark.parametrize(
    ("loss", "mistake", "expected"),
    [
        (lambda: X.mean(), "mean-factor", True), (lambda: X.sum(), "mean-factor", False),
        (lambda: X**3, "constant-factor", True), (lambda: np.square(X), "constant-factor", True),
        (lambda: np.sqrt(Y), "constant-factor", True), (lambda: 2 * X, "constant-factor", True),
        (lambda: X / 2, "constant-factor", True), (lambda: X * Y, "constant-factor", False),
        (lambda: X + 2, "constant-factor", False), (lambda: np.sin(X), "constant-factor", False),
        (lambda: Y - X, "sign", True), (lambda: X - Y, "sign", False), (lambda: -X, "sign", True),
        (lambda: np.cos(X), "sign", True), (lambda: np.sin(X), "sign", False), (lambda: 1 / X, "sign", True),
        (lambda: X * Value(2.0), "constant-factor", False), (lambda: X * np.ones(3), "constant-factor", False),
        (lambda: np.cumsum(X), "sign", False),
    ],
)  # fmt: skip
def test_which_operation_brings_such_a_factor(loss, mistake, expected):
    node = loss()
    of = X if any(a is X for a in node.args) else Y
    positions = tuple(i for i, a in enumerate(node.args) if a is of)
    assert paths._has_factor(Edge(node, of, positions), mistake) is expected


def test_where_a_flow_was_lost_or_slipped():
    inner = np.sin(X)
    outer = 3 * inner
    edges = [Edge(outer, inner, (1,)), Edge(inner, X, (0,))]
    flow = paths.Flow(np.ones(2), edges)
    assert paths.Flows.lost_at(flow) == (inner, (inner, 0))
    assert paths.Flows.slipped_at(flow, "constant-factor") == (outer, (outer, 1))
    assert paths.Flows.slipped_at(flow, "sign") == (inner, (inner, 0))
    bare = paths.Flow(np.ones(2), [], [inner])
    assert paths.Flows.lost_at(bare) == paths.Flows.slipped_at(bare, "sign") == (inner, None)


def test_a_number_known_to_a_few_digits():
    for simple in (0.0, -1.0, 0.5, 2.0, -0.5, -2.0, 1.0, 3.0, 4.0, 0.25, 1 / 3):
        assert paths._tidied(simple + 5e-5) == paths._tidied(simple - 5e-5) == simple
        assert paths._tidied(simple + 2e-4) == simple + 2e-4
    assert paths._tidied(0.7) == 0.7


def test_a_factor_solved_for():
    def trial(claimed, without):
        point = SimpleNamespace(gradient=lambda slips: np.array(without) if slips == {"here": lost} else None)
        return SimpleNamespace(point=point, truth=np.array([3.0, 2.0]), claimed=np.array(claimed))

    assert paths._solved(trial([6.0, 3.5], [1.0, 1.0]), ["here"]) == 2.5
    assert paths._solved(trial([6.0, 3.5], [3.0, 2.0]), ["here"]) is None


def test_the_same_operand_twice():
    assert paths._is_parallel((X + X, 0)) and paths._is_parallel((X * X, 1))
    assert not paths._is_parallel((X + Y, 0)) and not paths._is_parallel(None)


LOSS = (np.sin(X) - 4 * np.tanh(X)).mean() + 0.5 * (X**2).sum()


@pytest.mark.parametrize(
    ("factors", "expected", "within"),
    [
        ((0, 1, 1), ["missing-path missing-path path sin x"], ["missing-path missing-path path sin x"]),
        ((-1, 1, 1), ["sign path-sign −1 sin x"], ["sign path-sign −1 sin x"]),
        ((1, -1, 1), ["sign path-sign −1 sin x − 4 · …"], ["sign path-sign −1 sin x − 4 · …"]),
        ((1, 2, 1), ["constant-factor path-factor 2 4 · tanh x"], []),
        ((1, 1, 2), ["constant-factor path-factor 2 0.5 · Σ …"], []),
        ((1, 1, -3), ["sign path-sign −3 x²", "constant-factor path-factor −3 0.5 · Σ … 1"], []),
        ((1, 1, 0.7), ["constant-factor path-factor 7/10 0.5 · Σ …"], []),
        (("N", 1, 1), ["mean-factor path-factor N sin x"], []),
        (("0.7N", 1, 1), ["mean-factor path-factor 7N/10 sin x", "constant-factor path-factor 7N/10 sin x 1"], []),
        (("0.71234567N", 1, 1), [], []),
        (("N", "N", 1), ["mean-factor path-factor N mean(… − …)"], []),
        ((1, 0, 0), ["missing-path missing-paths one-kept x²"], []),
        ((0, 0, 1), ["missing-path missing-path path mean(… − …)"], ["missing-path missing-path path mean(… − …)"]),
        ((0, 1, 0), ["missing-path missing-paths one-kept x²"], []),
        ((-1, 1, -1), ["sign pair path x²"], []),
        ((1, 1, 1), [], []),
        ((-1, -1, -1), ["sign pair path mean(… − …)"], []),
        ((0.3, 0.7, 1), [], []),
    ],
)
def test_what_explains_a_claim_along_its_paths(factors, expected, within):
    def claim(x):
        parts = (np.cos(x) / len(x), -4 * (1 - np.tanh(x) ** 2) / len(x), x)
        return sum(
            (len(x) * float(c[:-1] or 1) if isinstance(c, str) else c) * part
            for c, part in zip(factors, parts, strict=True)
        )

    found = evidence(LOSS, X, claim)
    along = paths.Paths(found, paths.Flows(found))
    assert shown(along.findings(within_pair=False)) == expected
    assert shown(along.findings(within_pair=True)) == within


@pytest.mark.parametrize(
    ("strength", "need", "expected"),
    [
        ([0, 2], [0, -2], "0"), ([0, 2], [5, -2], None), ([0, 0], [0, 0], None), ([1, 2], [1, 2], "2"),
        ([1, 2], [1, -2], None), ([2, 4], [-4, -8.0004], "−1"), ([0, 2], [5e-5, 2], "2"),
    ],
)  # fmt: skip
def test_the_factor_that_a_flow_would_have(strength, need, expected):
    def factor(one=False, evident=True):
        known = SimpleNamespace(
            need=np.array(need), usable=[1, 2], lengths=lambda trials: [{}] * len(trials),
            is_one_where_recorded=lambda factor: one, is_evidence=lambda factor: evident,
        )  # fmt: skip
        return paths.Paths(known, None)._factor(paths.Flow(np.array(strength)))

    assert (None if factor() is None else str(factor())) == expected
    assert factor(one=True) is None and factor(evident=False) is None


@pytest.mark.parametrize(
    ("claimed", "factor", "explained", "expected"),
    [
        (0.7, Factor(0.7), True, "7/10"), (0.70000123, Factor(0.7), True, "0.70000123"),
        (0.7123, Factor(0.7), True, None), (0.70000123, Factor(0.7), False, None),
        (20.0012, Factor(20.0), True, "20.0012"),
        (2.00000123, Factor(1.0, {"N": 1}), True, None), (2.0, Factor(1.0, {"N": 1}), True, "N"),
    ],
)  # fmt: skip
def test_a_factor_confirmed(claimed, factor, explained, expected):
    def explains(slips, trials):
        ((place, slip),) = slips.items()
        return explained and place == "here" and abs(slip(lambda *any: 1.0, 1.0, None, [], {}) - claimed) < 1e-12

    point = SimpleNamespace(lengths={"N": 2}, gradient=lambda slips: np.zeros(1))
    trial = SimpleNamespace(point=point, truth=np.ones(1), claimed=np.full(1, claimed))
    known = SimpleNamespace(usable=[trial], explains=explains)
    found = paths.Paths(known, SimpleNamespace(places=lambda flow: ["here"]))._confirmed(None, factor)
    assert (None if found is None else str(found)) == expected


def test_of_how_many_paths_pairs_and_threes_are_tried():
    def tried(count):
        flows = [paths.Flow(np.zeros(1)) for _ in range(count)]
        chosen = []
        known = SimpleNamespace(need=np.zeros(1), explains=lambda slips: False)
        along = paths.Paths(known, SimpleNamespace(all=flows, whole=np.full(1, 9.0)))
        along._together = lambda several, c: chosen.append((len(several), c))
        assert along._several() == []
        return sorted(set(chosen), reverse=True)

    assert tried(24) == [(3, 0.0), (3, -1.0), (2, 0.0), (2, -1.0)]
    assert tried(25) == tried(80) == [(2, 0.0), (2, -1.0)]
    assert tried(81) == tried(1) == []


def test_of_long_graphs_only_what_happens_at_one_place_is_looked_for_beside_a_factor():
    def found(length, within_pair):
        slips = Slips(SimpleNamespace(order=list(range(length))), [])
        slips._at_one_place = lambda: ["at one"]
        slips._diagonals = slips._everywhere = slips._at_both_operands = lambda: ["more"]
        return slips.findings(within_pair)

    assert found(59, True) == found(60, False) == ["at one", *["more"] * 3]
    assert found(60, True) == ["at one"]


def test_beside_a_factor_only_what_is_plain_is_looked_for(monkeypatch):
    asked = []

    def looking(evidence, known):
        return SimpleNamespace(findings=lambda within_pair: asked.append(within_pair) or [])

    searching = search.Search.__new__(search.Search)
    searching.__dict__ |= {"_flows": None, "_changes": None}
    other = SimpleNamespace(of_other_variable=lambda *any: [Finding("wrong-variable", "unrelated")])
    other.of_turned = lambda divided, wrong: []
    other.of_kept_sum = lambda divided: [Finding("extra-sum", "extra-sum")]
    for name, stub in {"Paths": looking, "Slips": looking, "shapes": other}.items():
        monkeypatch.setattr(search, name, stub)
    assert [each.kind for each in searching._beside(SimpleNamespace(usable=[], trials=[]))] == ["extra-sum"]
    assert asked == [True, True]


def test_of_each_mistake_the_first_twelve_are_explained(monkeypatch):
    found = [Finding("sign", "whole", how=f"{n // 2} so") for n in range(40)]
    monkeypatch.setattr(judge, "Search", lambda replay, trials: SimpleNamespace(findings=lambda: found))
    judging = judge.Judge.__new__(judge.Judge)
    speaker = SimpleNamespace(explain=lambda finding, shape, ordered: finding)
    judging.__dict__ |= {"replay": None, "speaker": speaker}
    way = SimpleNamespace(ordered=False, everywhere=False)
    assert judging._explained(SimpleNamespace(trials=[], shape=(), way=way)) == found[:24:2]


def test_a_transposed_factor_is_right_at_once_or_but_for_the_first_plain_factor(monkeypatch):
    def looking(replay, trials):
        return SimpleNamespace(
            plain_factors=lambda: [f"factor of {trials}"] if trials else [],
            transposed=lambda names, more=None: (names, more),
        )

    def explained(right):
        judging = judge.Judge.__new__(judge.Judge)
        judging.__dict__ |= {"replay": None, "speaker": SimpleNamespace(explain=lambda finding, shape: finding)}
        judging._tried = lambda way, claimed: [SimpleNamespace(right=way in (right, "by chance"), trials=way)]
        judging._further_right = lambda tried: tried.trials == right
        claimed = SimpleNamespace(transposed=lambda: iter([([""], "A"), (["one"], "B"), (["by chance", "three"], "C")]))
        return judging._transposed(claimed, SimpleNamespace(trials="", shape=()))

    monkeypatch.setattr(judge, "Search", looking)
    assert explained("none of them") == [("B", "factor of one")]
    assert explained("three") == [("C", None)] and explained("") == [("A", None)]


# ── findings ──


def test_the_order_of_findings():
    found = [Finding("mistake", kind) for kind in reversed(PREFERENCE)]
    assert [each.kind for each in search._ranked(found)] == list(PREFERENCE)
    assert [each.rank for each in search._ranked(found)] == [(n, 0, 0) for n in range(len(PREFERENCE))]
    assert Finding("missing-path", "missing-path", how="parallel", common=2).rank == (-1, 0, 2)
    assert Finding("mistake", "left-out", everywhere=True, common=3).rank == (PREFERENCE.index("left-out"), 1, 3)


@pytest.mark.parametrize(
    ("factor", "plain", "weight"),
    [
        (Factor(-1.0), True, 1), (Factor(0.5), True, 1), (Factor(2.0), True, 1), (Factor(0.0), True, 1),
        (Factor(-2.0), True, 2), (Factor(3.0), False, 1), (Factor(1.0, {"N": 1}), True, 1),
        (Factor(1.0, {"N": 1, "D": -1}), True, 2), (Factor(-2.0, {"N": 1}), True, 3), (Factor(0.1234567), False, 1),
        (Factor(1.5), False, 1), (Factor(-3.0, {"N": 1, "D": 1}), False, 4),
    ],
)  # fmt: skip
def test_how_plain_a_factor_is_and_how_much_went_wrong(factor, plain, weight):
    finding = Finding.of_whole(factor)
    assert (finding.is_plain, finding.weight, finding.whole, finding.kind) == (plain, weight, True, "whole")
    assert Finding("sign", "pair", more=finding).weight == 1 + weight


def test_a_wrong_derivative_of_the_catalogue_as_a_finding():
    root = X.sum()
    for mistake, how, kind in (
        ("local-derivative", "doubled-at-result", "doubled"),
        ("local-derivative", "left-out", "left-out"),
        ("wrong-derivative", "one-at-result", "wrong-derivative"),
    ):
        found = Finding.of_slip(Mistaken(mistake, lost, how, 3), (root, 0))
        assert (found.mistake, found.kind, found.how, found.common) == (mistake, kind, how, 3)
        assert found.node is root and found.place == (root, 0) and found.slip is lost
        assert not found.everywhere and not found.whole and found.factor is None
        assert Finding.of_slip(Mistaken(mistake, lost, how, 3), (root, 0), everywhere=True).everywhere
    assert repr(Finding("sign", "path-sign", how="so")) == "<sign path-sign so at None>"
    two = repr(Finding("sign", "pair", more=Finding("transpose", "transpose")))
    assert two == "<sign pair  at None and <transpose transpose  at None>>"


def test_how_plain_other_mistakes_are():
    plain = {kind: Finding("local-derivative", kind).is_plain for kind in PREFERENCE}
    assert [kind for kind in PREFERENCE if not plain[kind]] == ["doubled", "unrelated", "pair"]
    assert not Finding("wrong-derivative", "wrong-derivative").is_plain


def test_whether_numbers_vary():
    assert search._varies([np.array([1.0, 2.0])]) and search._varies([np.ones(2), np.array(3.0)])
    assert not search._varies([np.ones(2), np.ones((2, 2))]) and not search._varies([np.zeros(0)])
    assert not search._varies([np.ones(1)])


def test_which_factors_are_frequent_and_plain(monkeypatch):
    trial = SimpleNamespace(point=SimpleNamespace(lengths={"N": 5, "D": 3}))
    assert [str(factor) for factor in search.Search._frequent_factors([trial])] == ["−1", "N", "1/N", "2", "1/2"]
    factors = [Factor(c, {"N": 1}) for c in (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0, 0.0, 1.5)]
    found = [Finding("mistake", "whole", factor=factor) for factor in (*factors, None)]
    monkeypatch.setattr(search.shapes, "of_factor", lambda evidence: found)
    searching = SimpleNamespace(evidence=None)
    assert search.Search.plain_factors(searching) == found[:6]


# ── words ──


def test_names_shapes_and_the_loss_in_words():
    assert [speaker.listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip
    assert [speaker.shape_text(shape) for shape in ((), (3,), (2, 3))] == ["()", "(3,)", "(2, 3)"]
    assert speaker.loss_name(X) == "x" and speaker.loss_name(X.sum()) == "L"


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([0.0, 1.0, 1.0], [0.0, 1.0]), ([-1, 1], [-1, 1]), ([0, -1, 1], [-1, 0, 1]),
        ([1.0], [1.0]), ([2.0, 0.0], ()), ([0.5], ()), ([], []),
    ],
)  # fmt: skip
def test_the_values_of_labels(held, expected):
    assert unexplained._values_of_labels(Tensor(np.array(held), requires_grad=False)) == expected


def test_the_values_of_a_mask():
    assert unexplained._values_of_labels(X > 0.5) == [False, True]


def test_the_one_value_of_a_leaf():
    values = (Value(2.0), Tensor([-2.5, -2.5]), Tensor([1.0, 2.0]), Tensor(np.zeros(0)))
    assert [unexplained._one_value(each) for each in values] == ["2", "−2.5", "", ""]


def test_numbers_that_differ_in_axes_of_length_one():
    def trial(claimed, truth):
        return SimpleNamespace(claimed=np.array(claimed), truth=np.array(truth))

    right, wrong = trial([[1.0, 2.0]], [1.0, 2.0]), trial([[1.0, 3.0]], [1.0, 2.0])
    assert unexplained._differ_in_units([right]) and not unexplained._differ_in_units([])
    assert not unexplained._differ_in_units([right, wrong])
    assert not unexplained._differ_in_units([trial([1.0, 2.0, 3.0], [1.0, 2.0])])


TRUTH = np.array([1.0, -2.0, 3.0, -4.0, 5.0, -6.0, 7.0, -8.0, 9.0])
BITS = np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("claimed", "said"),
    [
        (TRUTH + 9 * 5e-5, " It differs by no more than 5e-05 of its size: something small is left out or put in."),
        (TRUTH + 9 * 2e-4, " Wherever it was tried, the sign of every entry is right, the size is not."),
        (TRUTH * 2, " Wherever it was tried, the sign of every entry is right, the size is not."),
        (np.where(TRUTH == 1, -1.0, 2 * TRUTH), ""),
        (np.where(BITS == 1, TRUTH, -TRUTH), " It is right at every entry where y = 1."),
        (np.where(BITS == 0, TRUTH, -TRUTH), " It is right at every entry where y = 0."),
        (np.where(TRUTH > 3, TRUTH, -TRUTH), " It is right at some entries only."),
        (-TRUTH, ""),
    ],
)
def test_the_largest_true_thing(claimed, said):
    node = Tensor(BITS, name="y", requires_grad=False)
    point = SimpleNamespace(value=lambda node: node._data)
    replay = SimpleNamespace(nodes=[node])

    def trial(claimed, truth=TRUTH, usable=True):
        return SimpleNamespace(claimed=claimed, truth=truth, usable=usable, point=point, where=None)

    assert unexplained._largest_truth(replay, [trial(None, usable=False), trial(claimed)], []) == said
    zeros = trial(np.zeros(9), np.zeros(9))
    assert unexplained._largest_truth(replay, [trial(2 * TRUTH), zeros], []) == ""
    assert unexplained._largest_truth(SimpleNamespace(nodes=[]), [trial(2 * TRUTH[:8], TRUTH[:8])], []) == ""


def test_a_scale_and_what_is_hit():
    assert unexplained._scale(np.array([1.0, -3.0]), np.array([2.0])) == 3.0
    assert (
        unexplained._scale(np.array([0.5])) == 0.5
        and unexplained._scale(np.zeros(2)) == unexplained._scale(np.zeros(0)) == 1.0
    )
    trial = SimpleNamespace(claimed=np.array([4.0 + 3e-9, 2.0 + 5e-9, 1.0]), truth=np.array([4.0, 2.0, -1.0]))
    assert unexplained._hits(trial).tolist() == [True, False, False]


# ── lines ──


def test_lines_are_called_by_their_numbers():
    right, unread = Verdict(True, "right"), Verdict(False, candidates=[Explanation("unparsable", "unread")])

    def wrong(factor, mistake="mean-factor", node=None):
        return Verdict(False, candidates=[Explanation(mistake, f"off by {factor}", factor=factor, node=node)])

    def said(verdicts, numbers=()):
        return [verdict.message for verdict in in_order(verdicts, numbers)]

    N, D = Factor(1.0, {"N": 1}), Factor(1.0, {"N": 1, "D": 1})
    assert said([right, wrong(N), unread, wrong(N), wrong(Factor(2.0), "constant-factor")], [10, 20, 30, 40, 50]) == [
        "right",
        "Off by N from here on: the 1/N of the mean was dropped between line 10 and line 20; right if L were the sum.",
        "unread",
        "Still off by N: carried on from line 20.",
        "off by 2",
    ]
    lost = "Off by N·D: the 1/N·D of the mean is missing; right if L were the sum."
    assert said([wrong(D), wrong(N), right, wrong(N)]) == [
        lost,
        "Off by N: the 1/N of the mean is missing; right if L were the sum.",
        "right",
        "Off by N from here on: the 1/N of the mean was dropped between line 3 and line 4; right if L were the sum.",
    ]
    assert said([right, right, unread, unread, right]) == ["right", "right", "unread", "unread", "right"]
    squared, twice = Factor(1.0, {"N": 2}), Factor(2.0, {"N": 1})
    assert said([wrong(squared), wrong(twice)]) == ["off by N²", "off by 2N"]
    assert said([right, wrong(squared)])[1] == "Wrong from here on, and right up to line 1: off by N²"
    assert said([wrong(None, "unexplained"), wrong(None, "unexplained"), wrong(None, "unexplained", X)]) == [
        "off by None",
        "Carried on from line 1: off by None",
        "off by None",
    ]
