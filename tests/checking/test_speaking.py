"""Which sentence says what was found, and what its blanks are filled with."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.checking import speaker
from tinygrad_edu.checking.claimed import ArrayWay, decimals
from tinygrad_edu.checking.factors import Factor
from tinygrad_edu.checking.findings import Finding
from tinygrad_edu.checking.messages import say
from tinygrad_edu.checking.mistakes import left_out
from tinygrad_edu.checking.replay import Replay
from tinygrad_edu.checking.speaker import Speaker
from tinygrad_edu.checking.trials import Tried

X = Tensor([[0.3, -0.8, 1.4], [1.3, 0.8, 0.4]], name="X", requires_grad=False)
W = Tensor([0.5, -1.0, 2.0], name="w")
WAVE, MEAN, PRODUCT = np.sin(W), W.mean(), X @ W
WRONG = {"wrong": "2", "other": ""}
HALF = Factor(0.5)


@pytest.mark.parametrize(
    ("finding", "family", "sentence"),
    [
        (Finding("missing-path", "whole", W, how="zero", factor=Factor(0.0)), "zero", "zero"),
        (Finding("sign", "whole", factor=Factor(-1.0), whole=True), "sign", "sign"),
        (Finding("sign", "pair", factor=Factor(-1.0), whole=True), "sign", "sign"),
        (Finding("sign", "pair", WAVE), "path-sign", "path-sign"),
        (Finding("sign", "path-sign", WAVE), "path-sign", "path-sign"),
        (Finding("missing-path", "pair", WAVE, how="path"), "missing-path", "missing-path"),
        (Finding("constant-factor", "path-factor", WAVE, factor=HALF), "path-constant-factor", "path-constant-factor"),
        (Finding("mean-factor", "path-factor", WAVE, factor=HALF), "path-mean-factor", "path-mean-factor"),
        (Finding("constant-factor", "pair", factor=HALF, whole=True), "constant-factor", "constant-factor"),
        (Finding("local-derivative", "left-out", WAVE, (WAVE, 0), "left-out"), "left-out", "left-out"),
        (Finding("local-derivative", "left-out", MEAN, (MEAN, 0), "left-out"), "left-out", "left-out-own"),
        (Finding("local-derivative", "doubled", MEAN, (MEAN, 0), "doubled"), "doubled", "doubled"),
        (Finding("local-derivative", "doubled", WAVE, (WAVE, 0), "doubled-at-result"), "doubled", "doubled-at-result"),
        (
            Finding("local-derivative", "left-out", WAVE, (WAVE, 0), "left-out", everywhere=True),
            "left-out", "left-out-everywhere",
        ),
        (Finding("wrong-derivative", "wrong-derivative", WAVE, (WAVE, 0), "x"), "wrong-derivative", "wrong-derivative"),
        (
            Finding("wrong-derivative", "wrong-derivative", WAVE, (WAVE, 0), "at-inner"),
            "wrong-derivative", "wrong-derivative-at-inner",
        ),
        (
            Finding("wrong-derivative", "wrong-derivative", WAVE, (WAVE, 0), "x", everywhere=True),
            "wrong-derivative", "wrong-derivative-everywhere",
        ),
        (
            Finding("wrong-derivative", "wrong-derivative", PRODUCT, (PRODUCT, 1), "x"),
            "wrong-derivative", "wrong-derivative-own",
        ),
        (Finding("extra-sum", "extra-sum", how="kept"), "extra-sum", "extra-sum-kept"),
        (Finding("extra-sum", "extra-sum", how="summed"), "extra-sum", "extra-sum"),
        (Finding("transpose", "transpose", how="whole"), "transpose", "transpose-whole"),
        (Finding("transpose", "transpose", how="transposed"), "transpose", "transpose"),
        (Finding("wrong-variable", "on-the-way", WAVE), "wrong-variable", "wrong-variable-on-the-way"),
        (Finding("wrong-variable", "unrelated", X), "wrong-variable", "wrong-variable"),
        (Finding("missing-path", "missing-path", WAVE, how="path"), "missing-path", "missing-path"),
        (Finding("missing-path", "missing-path", MEAN, how="path"), "missing-path", "missing-path-held"),
        (Finding("missing-path", "missing-path", W, how="path"), "missing-path", "missing-path"),
        (Finding("missing-path", "missing-path", None, how="path"), "missing-path", "missing-path"),
        (Finding("missing-path", "missing-paths", MEAN, how="everywhere"), "missing-path", "missing-path-everywhere"),
        (Finding("missing-path", "missing-path", MEAN, how="parallel"), "missing-path", "missing-path-parallel"),
    ],
)  # fmt: skip
def test_which_sentence_says_a_finding(finding, family, sentence):
    assert speaker._family(finding) == family
    assert speaker._sentence(finding, family, WRONG) == sentence


def test_which_sentence_says_what_cannot_be_written():
    bent = Finding("wrong-derivative", "wrong-derivative", WAVE, (WAVE, 0), "x", everywhere=True)
    left = Finding("local-derivative", "left-out", WAVE, (WAVE, 0), "left-out", everywhere=True)
    unwritten = {"wrong": "", "other": ""}
    assert speaker._sentence(bent, "wrong-derivative", unwritten) == "wrong-derivative-plain"
    assert speaker._sentence(left, "left-out", unwritten) == "left-out-everywhere"
    two = Finding("missing-path", "missing-paths", WAVE, how="path")
    assert speaker._sentence(two, "missing-path", {"other": "cos w"}) == "missing-paths"
    assert speaker._sentence(two, "missing-path", {"other": ""}) == "missing-path"
    one = Finding("missing-path", "missing-path", WAVE, how="path")
    assert speaker._sentence(one, "missing-path", {"other": "cos w"}) == "missing-path"


def speaking(loss, wrt=W, formula=lambda: "the formula"):
    return Speaker(Replay(loss, wrt), formula)


def test_what_blanks_are_filled_with():
    inner = np.sin(W)
    outer = np.exp(inner)
    loss = (outer * W).sum()
    words = speaking(loss)._words(Finding("sign", "path-sign"), None)
    assert (words["place"], words["near"], words["op"], words["parent"]) == ("w", "w", "", "w")
    assert (words["factor"], words["claimed"], words["shape"], words["axis"]) == ("", "()", "(3,)", "N")
    assert words["local"] == words["rule"] == words["wrong"] == words["other"] == ""
    more = Finding("sign", "pair", inner)
    finding = Finding("constant-factor", "pair", outer, (outer, 0), factor=HALF, more=more, slip=left_out)
    words = speaking(loss)._words(finding, (2, 3))
    assert (words["place"], words["near"], words["op"], words["parent"]) == ("exp(sin w)",) * 2 + ("exp", "sin w")
    assert (words["factor"], words["claimed"], words["wrong"], words["inner"]) == ("1/2", "(2, 3)", "1", "w")
    assert (words["local"], words["other"]) == ("exp(sin w)", "sin w")
    assert speaking(loss)._words(Finding("sign", "x", W), None)["op"] == ""
    assert speaking(loss)._words(Finding("sign", "x", outer), None)["op"] == "exp"
    times = outer * W
    assert speaker._inner_text(times) == speaker._inner_text(inner) == speaker._inner_text(W) == ""


def test_along_which_axis_something_is_repeated():
    b = Tensor(np.ones(3), name="b")
    assert speaking((X + b).sum() + b.sum(), b)._axis_text() == "N"
    A = Tensor(np.ones((4, 3)), name="A", requires_grad=False)
    several = speaking((PRODUCT**2).sum() + (A + b).sum() + b.sum(), b)
    assert several._axis_text() == several.replay.sizes.axes(A)[0].letter != "N"
    assert speaking((b * b).sum(), b)._axis_text() == "N"
    v = Tensor([1.0, 2.0], name="v")
    assert speaking((X @ -W).sum())._axis_text() == "N" and speaking((-v @ X).sum(), v)._axis_text() == "D"


@pytest.mark.parametrize(
    ("loss", "powers", "said"),
    [
        (lambda: PRODUCT.mean(), {"N": 1}, "L is a mean over N samples; its 1/N is missing"),
        (lambda: PRODUCT.mean(), {"N": -1}, "the 1/N of the mean stands in it twice"),
        (lambda: PRODUCT.sum(), {"N": -1}, "it has a 1/N in it, but the loss is a sum over N"),
        (lambda: PRODUCT.sum(), {"N": 1}, "a power of the count N is off"),
        (lambda: PRODUCT.mean(), {"N": 2}, "a power of the count N is off"),
        (lambda: PRODUCT.sum() / 2, {"N": 1}, "L is a mean over N samples; its 1/N is missing"),
        (lambda: (X * W).mean(), {"N": 1, "D": 1}, "mean over N·D entries; its 1/(N·D) is missing"),
        (lambda: (X * W).mean(), {"N": -1, "D": -1}, "the 1/(N·D) of the mean stands in it twice"),
        (lambda: (X * W).mean(axis=0).sum(), {"N": 1, "D": 1}, "a power of the count (N·D) is off"),
        (lambda: (X * W).mean(axis=1).sum() + PRODUCT.mean(), {"N": 1, "D": 1}, "mean over N·D entries"),
        (lambda: (X * W).mean(axis=0).sum(), {"D": -1}, "it has a 1/D in it, but the loss is a sum over D"),
    ],
)
def test_what_is_said_of_a_count(loss, powers, said):
    told = speaking(loss())._of_mean(Factor(1.0, powers), {"factor": "so many"})
    assert said in told and told.startswith("Your gradient is so many times the true one")


@pytest.mark.parametrize(
    ("factor", "mistake", "starts", "ends"),
    [
        (Factor(-1.0), "sign", "Your gradient has the wrong sign", "−1 times the true one."),
        (Factor(2.0), "constant-factor", "Your gradient is 2 times", "a constant factor is off."),
        (Factor(-2.0), "sign", "Your gradient is −2 times the true one. Its sign", "A constant is off, too."),
        (Factor(-2.0), "constant-factor", "Your gradient is −2 times", "is off. Its sign is wrong, too."),
        (Factor(-1.0, {"N": 1}), "mean-factor", "Your gradient is −N times", "result. Its sign is wrong, too."),
    ],
)  # fmt: skip
def test_what_is_said_of_the_whole(factor, mistake, starts, ends):
    told = speaking(PRODUCT.mean())._of_whole(mistake, factor, {"factor": str(factor), "wrt": "w", "loss": "L"})
    assert told.startswith(starts) and told.endswith(ends), told


def tried(said="", keeping=(), held=False, meanings=(), recorded=False, truth=1.0):
    trials = [SimpleNamespace(point=SimpleNamespace(recorded=recorded))] * 2
    way = SimpleNamespace(said_if_right=said, where="")
    return SimpleNamespace(way=way, keeping=keeping, held=held, meanings=meanings, trials=trials, is_zero=truth == 0.0)


def test_how_a_right_claim_is_called():
    nameless = Tensor([1.0, 2.0], requires_grad=False)
    right = speaking(PRODUCT.mean()).right
    plain = right(tried())
    assert plain == "Right: this is ∂L/∂w." and right(tried(truth=0.0)) != plain
    told = [
        right(tried("as rows")), right(tried(keeping=(X, nameless))), right(tried(keeping=(nameless,))),
        right(tried(held=True)), right(tried(recorded=True)), right(tried(truth=0.0)), plain,
    ]  # fmt: skip
    assert "as rows" in told[0] and "X" in told[1] and "□" not in told[1] and told[2] == told[3]
    assert "its operations do not allow it" in told[4] and len(set(told)) == 6 and all(told)
    x = Tensor([1.0, 2.0, 3.0, -1.0, 0.5], name="x")
    counted = speaking((x**2).sum() / len(x), x)
    (as_number,) = counted.replay.meanings[1:]
    assert counted.right(tried(meanings=as_number)) == say("right-number", number="5", reading="N")
    assert counted.right(tried(meanings=counted.replay.meanings[0])) == ""
    two = Tensor([1.0, 2.0], name="x")
    as_size = speaking((two**2).sum() / len(two), two)
    assert as_size.right(tried(meanings=as_size.replay.meanings[1])) == say("right-reading", number="2", reading="N")


@pytest.mark.parametrize(("off", "said"), [(0.0, "right-array"), (3e-4, "right-rounded")])
def test_how_a_right_array_is_called(off, said):
    replay = Replay(PRODUCT.mean(), W)
    way = ArrayWay(replay.recorded.truth + off * np.array([0.3, -0.4, 0.2]), single_precision=False)
    told = speaking(PRODUCT.mean()).right(Tried(way, [replay.recorded], replay.recorded))
    assert told == say(said, digits=decimals(way.at(replay.recorded)))


def test_a_claim_that_cannot_be_read_and_a_slip_of_the_pen():
    told = speaking(PRODUCT.mean(), formula=lambda: "FORMULA")
    unread = told.unreadable("why")
    assert (unread.mistake, unread.message) == (
        "unparsable",
        say("unparsable", trouble="why"),
    ) and "X, w" in unread.hint
    for how, mistake in speaker._SLIPS.items():
        found = told.slip_of_pen(how, "x + y", "y_1")
        words = {"wrt": "w", "where": "x + y", "took": "y₁"}
        assert (found.mistake, found.message, found.hint, found.solution) == (
            mistake, say(f"slip-{how}", **words), say(f"slip-{how}-hint", **words), "FORMULA"
        )  # fmt: skip


def test_the_step_done_right_is_written_when_asked_for():
    asked = []
    told = speaking(PRODUCT.mean(), formula=lambda: asked.append("written") or "FORMULA")
    solution, other = told.solution("constant-factor-solution", {"factor": "2"}), told.solution("path-solution", WORDS)
    assert not asked and "FORMULA" in solution() and asked == ["written"]
    assert "FORMULA" not in other() and asked == ["written"]
    named = PRODUCT.mean()
    named.name = "J_1"
    assert speaking(named).loss == "J₁" and speaking(named, PRODUCT).wrt == "X w" and speaking(named).wrt == "w"
    second = Speaker(Replay(W * 2.0, W, gradient_of=named), lambda: "")
    assert second.loss == "J₁"


WORDS = {"place": "here", "parent": "w", "rule": "2"}


def test_an_explanation_of_two_mistakes():
    told = speaking((np.exp(WAVE) * W).sum())
    sign = Finding("sign", "pair", WAVE, (WAVE, 0), "path")
    sign.more = Finding("constant-factor", "whole", factor=Factor(2.0), whole=True)
    both = told.explain(sign)
    alone = told.explain(Finding("sign", "pair", WAVE, (WAVE, 0), "path"))
    assert both.node is WAVE and both.factor is None and both.weight == 2 and alone.weight == 1
    assert both.message != alone.message and "2 times" in both.message
    whole = told.explain(sign.more)
    assert whole.node is None and whole.times.number == 2.0 and whole.message.startswith("Your gradient is 2 times")
    zero = told.explain(Finding("missing-path", "whole", W, how="zero", factor=Factor(0.0)))
    assert (
        zero.node is W
        and zero.factor is None
        and zero.message == "Your gradient is 0 at all numbers that were tried, but the loss does depend on w."
    )
    lost = Finding("missing-path", "missing-paths", WAVE, (WAVE, 0), "path")
    lost.more = Finding("missing-path", "missing-paths", MEAN, (MEAN, 0), "path")
    assert told.explain(lost).message.startswith(
        "Your gradient leaves out what comes through sin w and through mean(w)"
    )
