"""The catalogue of mistakes: each wrong derivative against its formula, at entries that tell them apart."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.checking import mistakes
from tinygrad_edu.checking.mistakes import slips_at

x = np.array([0.3, 0.8, 1.4])
y = np.array([1.7, 0.6, 2.3])
g = np.array([1.1, -0.7, 0.4])
X, Y = Tensor(x, name="x"), Tensor(y, name="y")
one = np.log(np.exp(x).sum())
soft = np.exp(x) / np.exp(x).sum()


def made_of(node, position, incoming=g):
    """What each slip hands on: by mistake and how, the first of each."""
    rule = node.rule
    args = [getattr(a, "_data", a) for a in node.args]
    found = {}
    for each in slips_at(node, position):
        key = f"{each.mistake} {each.how}"
        with np.errstate(all="ignore"):
            if getattr(each.slip, "of_node", False):
                value = each.slip(node, incoming)
            else:
                value = each.slip(rule.vjp(position), incoming, node._data, args, node.params)
        found.setdefault(key, (value, each.common))
    return found


def assert_made(node, position, expected, incoming=g):
    found = {key: value for key, (value, _) in made_of(node, position, incoming).items() if " of " not in key}
    assert list(found) == list(expected)
    for key, value in expected.items():
        assert np.allclose(found[key], value, rtol=1e-12, atol=0), key


def wrong(**slips):
    return {f"wrong-derivative {how.replace('_', '-')}": value for how, value in slips.items()}


def left_out(at, twice):
    return {"local-derivative left-out": at, "local-derivative doubled": twice}


def test_of_a_quotient():
    assert_made(
        X / Y, 0, left_out(g, g / y**2) | wrong(inverted=g * y, denominator_squared=g / y**2)
    )  # fmt: skip
    assert_made(
        X / Y, 1,
        left_out(g, g * x**2 / y**4)
        | wrong(
            denominator_not_squared=-g * x / y, numerator_lost=-g / y**2, one_over=g / y, itself=g * x / y,
            log_for_reciprocal=g * x * np.log(y), numerator=g * x,
        ),
    )  # fmt: skip


def test_of_a_power():
    p = x**y
    assert_made(
        X**Y, 0,
        left_out(g, g * (y * x ** (y - 1)) ** 2)
        | wrong(
            exponent_not_lowered=g * y * p, exponent_raised=g * y * x ** (y + 1), base_lost=g * y, itself=g * p,
            exponent_lowered_twice=g * y * x ** (y - 2), integrated=g * x ** (y + 1) / (y + 1),
            log_of_base=g * p * np.log(x),
        ),
    )  # fmt: skip
    assert_made(
        X**Y, 1,
        left_out(g, g * (p * np.log(x)) ** 2)
        | wrong(log_lost=g * p, power_rule=g * y * p / x, divided_by_log=g * p / np.log(x), log_alone=g * np.log(x)),
    )  # fmt: skip


def test_of_a_product():
    assert_made(X * Y, 0, left_out(g, g * y**2) | wrong(own_factor=g * x, product_kept=g * x * y))
    assert_made(X * Y, 1, left_out(g, g * x**2) | wrong(own_factor=g * y, product_kept=g * x * y))


def test_of_one_argument():
    s, c, t = np.sin(x), np.cos(x), np.cos(np.sin(x))
    assert_made(
        np.sin(X), 0,
        left_out(g, g * c**2)
        | wrong(
            itself=g * s, argument=g * x, one_less_result=g * (1 - s), argument_for_result=g * c,
            one_over_argument=g / x, one_over_result=g / s, inverted=g / c, argument_times_result=g * x * s,
            argument_squared=g * x**2, result_squared=g * s**2, one_less_result_squared=g * (1 - s**2),
            one_over_argument_squared=g / x**2, result_times_one_more=g * s * (1 + s),
            one_more_result_squared=g * (1 + s**2), power_rule=g * x * np.sin(x - 1), at_result=g * t,
        )
        | {"local-derivative doubled-at-result": g * t * c},
    )  # fmt: skip
    of_inner = made_of(np.exp(2 * np.sin(X)), 0)["wrong-derivative at-inner"]
    assert np.allclose(of_inner[0], g * np.exp(s)) and of_inner[1] == 0
    assert "wrong-derivative at-inner" not in made_of(np.exp(X * Y), 0)
    assert np.allclose(made_of(np.exp(X), 0)["wrong-derivative power-of-e"][0], g * np.e * x ** (np.e - 1))
    assert np.allclose(made_of(np.tanh(X), 0)["wrong-derivative argument-for-result"][0], g * (1 - x**2))


def test_of_another_function():
    found = [each for each in slips_at(np.sin(X), 0) if each.how.startswith("of ")]
    names = [each.how.removeprefix("of ") for each in found]
    assert names[:20:2] == names[1:20:2] == [
        "tanh", "sigmoid", "exp", "log", "relu", "softplus", "square", "sqrt", "cos", *names[18:19],
    ]  # fmt: skip
    assert not {"sin", "negative", "transpose", "reshape", "sign"} & set(names)
    assert [each.common for each in found[:4]] == [20, 21, 20, 21]
    values = [each.slip(None, g, np.sin(x), [x], {}) for each in found[:8]]
    p, q = 1 / (1 + np.exp(-x)), np.sin(x)
    expected = [1 - q**2, 1 - np.tanh(x) ** 2, q * (1 - q), p * (1 - p), q, np.exp(x), 1 / x, 1 / x]
    assert np.allclose(values, [g * each for each in expected])


def test_how_frequent_each_is():
    common = {key: at for key, (_, at) in made_of(np.sin(2 * X), 0).items() if " of " not in key}
    assert list(common.values()) == [0, 1, 0, *range(14), 14, 14, 2]


def test_of_a_softmax():
    z = soft * (g - (g * soft).sum())
    twice = soft * (z - (z * soft).sum())
    assert_made(tg.softmax(X), 0, left_out(g, twice) | {"softmax-diagonal softmax": g * soft * (1 - soft)})
    once = g - soft * g.sum()
    assert_made(
        tg.log_softmax(X), 0,
        left_out(g, once - soft * once.sum())
        | {"softmax-diagonal log-softmax": g * (1 - soft)} | wrong(incoming_sum_lost=g - soft),
    )  # fmt: skip


def test_of_what_folds_an_array():
    w = 1.3
    assert_made(
        tg.logsumexp(X), 0,
        left_out(np.full(3, w), w * soft * soft)
        | wrong(not_normalised=w * np.exp(x), one_over_sum=np.full(3, w) / np.exp(x).sum())
        | {"softmax-diagonal softmax": w * soft * (1 - soft)},
        incoming=w,
    )  # fmt: skip
    for fold, chosen in ((np.max, x == x.max()), (np.min, x == x.min())):
        found = made_of(fold(X), 0, w)
        assert np.array_equal(found["wrong-derivative to-all"][0], np.full(3, w))
        assert np.array_equal(found["wrong-derivative other-side"][0], w * ~chosen)
        assert np.array_equal(found["local-derivative left-out"][0], np.full(3, w))
    found = made_of(np.prod(X), 0, w)
    assert np.allclose(found["wrong-derivative itself"][0], np.full(3, w * x.prod()))
    assert np.allclose(found["wrong-derivative argument"][0], w * x)
    assert list(made_of(X.sum(), 0, w)) == [] and list(made_of(X.mean(), 0, w)) == []
    assert np.allclose(made_of(np.cumsum(X), 0)["wrong-derivative not-reversed"][0], np.cumsum(g))


def test_of_a_choice():
    found = made_of(np.maximum(X, Y), 0)
    assert np.array_equal(found["wrong-derivative other-side"][0], g * (x < y))
    assert np.array_equal(made_of(np.maximum(X, Y), 1)["wrong-derivative other-side"][0], g * (x > y))


def test_of_rows_picked_by_an_index():
    E, picked = Tensor(np.arange(8.0).reshape(4, 2), name="E"), np.array([1, 2, 1])
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    expected = np.array([[0.0, 0.0], [5.0, 6.0], [3.0, 4.0], [0.0, 0.0]])
    assert np.array_equal(made_of(E[picked], 0, rows)["missing-path assigned"][0], expected)
    assert np.array_equal(made_of(E[picked, :], 0, rows)["missing-path assigned"][0], expected)
    assert np.array_equal(made_of(tg.take(E, picked, axis=0), 0, rows)["missing-path assigned"][0], expected)
    each = np.broadcast_to(picked[:, None], rows.shape)
    along = made_of(tg.take_along_axis(E, each, axis=0), 0, rows)["missing-path assigned"][0]
    assert np.array_equal(along, expected)
    along = made_of(tg.take_along_axis(E, np.array([[0, 0], [1, 0], [1, 1], [0, 1]]), axis=1), 0, np.ones((4, 2)))
    assert np.array_equal(along["missing-path assigned"][0], [[1, 0], [1, 1], [0, 1], [1, 1]])
    turned = Tensor(E.data.T, name="E")
    assert np.array_equal(made_of(tg.take(turned, picked, axis=1), 0, rows.T)["missing-path assigned"][0], expected.T)
    assert np.array_equal(made_of(tg.take(turned, picked, axis=-1), 0, rows.T)["missing-path assigned"][0], expected.T)


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3)])
def test_of_a_matrix_product(shape):
    rng = np.random.default_rng(2)
    a, b, h = (rng.normal(size=shape) for _ in range(3))
    A, B = Tensor(a, name="A"), Tensor(b, name="B")
    for position, other in ((0, b), (1, a)):
        found = [
            each.slip(None, h, None, [a, b], {}) for each in slips_at(A @ B, position) if each.mistake == "transpose"
        ]
        expected = []
        for turned in (h, h.mT):
            for factor in (other, other.mT):
                for product in (factor @ turned, turned @ factor):
                    expected += [product, product.mT]
        assert np.allclose(found, expected)
    assert [each.how for each in slips_at(A @ B, 0)] == [f"transposed {n}" for n in range(16)]
    slips = [each.slip for each in slips_at(X @ Y, 0)]
    for slip in slips:
        with pytest.raises(ValueError, match="a single number"):
            slip(None, 1.0, None, [x, y], {})
        with pytest.raises(ValueError, match="another shape"):
            slip(None, np.ones(2), None, [x, np.ones((2, 2))], {})


def test_at_both_operands():
    ((mistaken, slips),) = mistakes.joint_slips(X / Y)
    assert mistaken.how == "denominator-not-squared-at-all" and sorted(slips) == [0, 1]
    values = [slips[p](None, g, x / y, [x, y], {}) for p in (0, 1)]
    assert np.allclose(values, [g, -g * x / y])
    assert list(mistakes.joint_slips(X * Y)) == []
    assert_made(tg.hypot(X, Y), 0, left_out(g, g * x**2 / (x**2 + y**2)) | wrong(itself=g * np.hypot(x, y)))
    assert_made(X + Y, 0, left_out(g, g))


def test_lost_and_scaled():
    def vjp(g, out, a):
        return g * a

    assert np.array_equal(mistakes.lost(vjp, g, None, [np.array([0.0, np.inf, 1.0])], {}), np.zeros(3))
    assert np.allclose(mistakes.scaled(-2.0)(vjp, g, None, [x], {}), -2 * g * x)
    assert repr(mistakes.Mistaken("sign", mistakes.lost, "so")) == "<sign so>"
    assert mistakes.Mistaken("sign", mistakes.lost).common == 0


def test_what_is_inside():
    inside = np.sin(X)
    assert mistakes.inner(np.exp(inside)) is X
    assert mistakes.inner(np.exp(inside * inside)) is inside
    assert mistakes.inner(np.exp(X)) is None and mistakes.inner(np.exp(X * Y)) is None
    assert mistakes.inner(np.exp(X.sum())) is None and mistakes.inner(np.exp(X * 2)) is X
