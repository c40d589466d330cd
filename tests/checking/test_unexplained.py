"""What is said of a wrong claim that no mistake explains."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from tinygrad_edu import Tensor
from tinygrad_edu.checking.messages import say
from tinygrad_edu.checking.unexplained import Unexplained, _sign

T = np.array([1.0, -2.0, 4.0])
W, B, Q = Tensor(T, name="w"), Tensor([0.5, 0.5], name="b"), Tensor([0.5, 1.5], name="q")


def trial(claimed=2 * T, truth=T, right=False, trouble="", outside=False, sizes=True, wide=False, values=None):
    values = values or {}
    claimed = None if claimed is None else np.asarray(claimed, float)
    usable = claimed is not None and not trouble and claimed.shape == np.shape(truth)
    found = SimpleNamespace(
        claimed=claimed, truth=truth, right=right, trouble=trouble, outside=outside, usable=usable,
        point=SimpleNamespace(
            size_lengths={"N": 5} if sizes else {}, wide=wide, right=right,
            value=lambda node: values.get(node, node._data), with_leaves=lambda numbers: next(iter(numbers)),
        ),
        where=None,
    )  # fmt: skip
    found.point.trial = found
    return found


def said(trials, recorded=None, shape=(3,), kept=None, own=True, further=(), arrays=(), right=False, kinks=False):
    """What is said, where the claim is right while `kept` keeps its recorded numbers.

    right: whether it is wrong at further points only. kinks: whether the loss has any.
    """
    axes = ("N",)

    def at_further_points(meanings, held, keeping):
        return [leaf for leaf in keeping if leaf is not W] if keeping else [p.point for p in further]

    def right_at(point):
        return point is kept if isinstance(point, Tensor) else point.right

    replay = SimpleNamespace(
        target_shape=(3,), target_sizes=axes if own else ("K", *axes), wrt=W, nodes=[],
        sizes=SimpleNamespace(letters=lambda: {"N": 5}, axes=lambda node: axes),
        names={"w": W, "b": B, "q": Q, "h": np.sin(W)}, has_kinks=kinks,
        holds_arrays=bool(arrays), points=lambda meaning, held: list(arrays), meanings=["likeliest"],
        further=at_further_points,
    )  # fmt: skip
    tried = SimpleNamespace(
        trials=trials, recorded=recorded or trials[0], shape=shape, meanings=(), held=False, keeping=(),
        right=right, right_at=right_at, way=SimpleNamespace(at=lambda point: point.trial),
        valued=[each for each in trials if each.claimed is not None],
    )  # fmt: skip
    speaker = SimpleNamespace(wrt="w", replay=replay, solution=lambda key: key)
    found = Unexplained(speaker, tried).explanation()
    return found.mistake, found.message, found.hint, found.solution


WORDS = {"wrt": "w", "shape": "(3,)", "claimed": "(3,)", "letters": "N = 5"}


def words(mistake, key, hint, solution="shape-solution", **more):
    given = {**WORDS, **more}
    return mistake, say(key, **given), say(hint, **given), solution


def test_a_claim_with_values_everywhere():
    expected = words("unexplained", "unexplained", "unexplained-hint", "unexplained-solution", true="")
    assert said([trial(-3 * T + 1), trial(None, trouble="why")]) == expected


def test_signs_are_said_to_be_right_where_they_are_so_at_further_points():
    halves, turned = trial(T / 2 + 0.1 * T**3), trial([1.0, -2.0, -4.0])
    three, true = [halves] * 3, say("true-signs")
    assert said(three)[1] == said(three, further=[halves])[1] == say("unexplained", wrt="w", true=true)
    for further in (turned, trial(None, trouble="why"), trial(0 * T, truth=0 * T)):
        assert said(three, further=[halves, further])[1] == say("unexplained", wrt="w", true="")
    assert said(three[:2])[1] == said([*three, turned])[1] == say("unexplained", wrt="w", true="")


def test_what_is_right_where_it_was_recorded():
    here, there = trial(T, right=True, sizes=False), trial(right=False)
    of_size = ("special-case", "special-case-size-hint", "special-case-size-solution")
    size = words(of_size[0], "special-case-size", *of_size[1:])
    assert said([there, here], recorded=here) == said([there, here], recorded=here, kinks=True) == size
    shape = words(of_size[0], "special-case-shape", *of_size[1:], trouble="why")
    assert said([trial(None, trouble="why"), here], recorded=here) == shape
    wrong = trial(sizes=False)
    assert said([there, here], recorded=here, further=[there]) == size  # of another size
    assert said([there, here], recorded=here, further=[wrong])[1] == say("special-case-numbers", names="w, b, q")
    for trials in ([there], [there, here, wrong], [wrong]):  # wrong at other numbers of the recorded size
        numbers = words("special-case", "special-case-numbers", "special-case-numbers-hint", names="w, b, q")
        assert said(trials, recorded=here) == numbers
        while_b = words("special-case", "special-case-while", "special-case-numbers-hint", name="b", value="0.5")
        assert said(trials, recorded=here, kept=B) == while_b
        while_q = words("special-case", "special-case-while-recorded", "special-case-numbers-hint", name="q", value="")
        assert said(trials, recorded=here, kept=Q) == while_q


def test_what_is_wrong_at_further_points_only():
    expected = words("special-case", "special-case-condition", "special-case-condition-hint")
    assert said([trial()], right=True, kinks=True) == expected
    nothing = words("unexplained", "unexplained", "unexplained-hint", "unexplained-solution", true="")
    assert said([trial()], right=True) == nothing  # of a smooth loss: no condition is wrong


def test_what_is_right_for_the_recorded_sign_of_a_leaf():
    right, other = trial(T, right=True), {B: np.array([-0.5, 0.5])}
    expected = words("special-case", "special-case-sign", "special-case-sign-hint", name="b", sign=">")
    turned = trial(wide=True, values=other)
    for how in ({"recorded": right}, {"right": True, "recorded": right}, {"right": True, "kinks": True}):
        assert said([right, turned], kept=B, **how) == expected
        assert said([right], kept=B, further=[turned], **how) == expected
    for trials, further, kept in (
        ([right, turned], [trial(T, right=True, wide=True, values=other)], B),  # right with the other sign, too
        ([right, turned], [], Q),  # wrong while b keeps its sign
        ([trial(), turned], [], B),  # wrong although every leaf has its sign
        ([right, trial(wide=True)], [], B),  # no point at which b has another sign
        ([right, trial(wide=True, values={W: -T})], [], W),  # w has numbers of both signs
    ):
        assert said(trials, recorded=right, kept=kept, further=further)[1] != expected[1]
        assert "as it was recorded: elsewhere" not in said(trials, recorded=right, kept=kept, further=further)[1]


def test_what_is_right_for_the_recorded_arrays_without_a_name():
    here = trial(T, right=True, sizes=False)
    expected = words("special-case", "special-case-arrays", "special-case-arrays-hint")
    assert said([trial()], recorded=here, kept=B, arrays=[B, B]) == expected
    assert said([trial()], recorded=here, kept=B, arrays=[B, Q])[1] != expected[1]


def test_a_claim_without_a_value_of_the_gradients_shape():
    infinite = trial(np.full(3, np.inf), trouble="it is not a number there")
    assert said([infinite]) == words("unexplained", "not-finite", "not-finite-hint", "shape-solution")
    outside = trial(None, trouble="index 7", outside=True)
    assert said([outside], shape=None) == words(
        "unexplained", "outside", "outside-hint", "shape-solution", trouble="index 7", claimed="()"
    )
    failing = trial(None, trouble="why")
    error = words("shape", "shape-error", "shape-hint", trouble="why", claimed="()")
    assert said([failing], shape=None) == error
    assert said([failing], shape=()) == error  # a value at the recorded point only
    other = trial(np.ones((2, 3)))
    assert said([other], shape=(2, 3)) == words("shape", "shape", "shape-hint", claimed="(2, 3)")
    assert said([other, failing], recorded=failing, shape=(2, 3)) == words(
        "shape", "shape", "shape-hint", claimed="(2, 3)"
    )
    entries = words("shape", "shape-of-entries", "shape-hint", claimed="(2, 3)")
    assert said([other], shape=(2, 3), own=False) == entries
    assert said([trial(T[None])], shape=(1, 3)) == words("shape", "shape-unit", "shape-hint", claimed="(1, 3)")


def test_the_sign_of_all_numbers():
    found = [_sign(np.array(held)) for held in ([0.5, 2.0], [-3.0], -1.0, [1.0, -2.0], [0.0, 1.0], [0.0], [])]
    assert found == [1, -1, -1, 0, 0, 0, 0] and all(type(each) is int for each in found)
