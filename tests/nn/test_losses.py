"""Losses: hand-derived gradients, exactness far out, shapes that must not broadcast."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, losses
from tinygrad_edu.engine.backward import ancestors

RNG = np.random.default_rng(7)
N, K = 6, 4
Y = np.array([[1.0], [0.0], [0.0], [1.0], [1.0], [0.0]])
P = RNG.uniform(0.05, 0.95, (N, 1))
Z = RNG.normal(size=(N, 1)) * 2
LOGITS = RNG.normal(size=(N, K))
CLASSES = RNG.integers(0, K, N)
ONE_HOT = np.eye(K)[CLASSES]
SCALE = {"mean": 1 / N, "sum": 1.0}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def signs(y):
    return 2 * y - 1


# loss, outputs, labels, the loss of each sample by hand, its gradient by hand
BY_HAND = {
    "bce": (
        losses.binary_cross_entropy, P, Y, -(Y * np.log(P) + (1 - Y) * np.log(1 - P)), -(Y / P - (1 - Y) / (1 - P)),
    ),
    "bce from logits": (losses.binary_cross_entropy_with_logits, Z, Y, np.logaddexp(0, Z) - Y * Z, sigmoid(Z) - Y),
    "cross-entropy": (
        losses.cross_entropy, LOGITS, CLASSES,
        -np.log(softmax(LOGITS)[np.arange(N), CLASSES]), softmax(LOGITS) - ONE_HOT,
    ),
    "cross-entropy, distribution": (
        losses.cross_entropy, LOGITS, softmax(LOGITS[::-1]),
        -(softmax(LOGITS[::-1]) * np.log(softmax(LOGITS))).sum(axis=1), softmax(LOGITS) - softmax(LOGITS[::-1]),
    ),
    "mse": (losses.mse_loss, Z, Y, (Z - Y) ** 2, 2 * (Z - Y)),
    "hinge": (
        losses.hinge_loss, Z, signs(Y), np.maximum(0, 1 - signs(Y) * Z), np.where(signs(Y) * Z < 1, -signs(Y), 0.0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BY_HAND)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_value_and_gradient_by_hand(case, reduction):
    loss, outputs, labels, each, slope = BY_HAND[case]
    x = Tensor(outputs, name="x")
    found = loss(x, labels, reduction=reduction)
    found.backward()
    np.testing.assert_allclose(found.data, each.sum() * SCALE[reduction], rtol=1e-13)
    np.testing.assert_allclose(x.grad, slope * SCALE[reduction], rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("case", BY_HAND)
def test_unreduced_and_every_kind_of_label(case):
    loss, outputs, labels, each, _ = BY_HAND[case]
    kinds = [labels, labels.tolist(), Tensor(labels, name="y", requires_grad=False), Tensor(labels)]
    if np.all(labels == np.floor(labels)):
        kinds.append(labels.astype(int))
    for kind in kinds:
        for x in (outputs, outputs.tolist(), Tensor(outputs)):
            found = loss(x, kind, reduction="none")
            np.testing.assert_allclose(found.data if isinstance(found, Tensor) else found, each, rtol=1e-12)


@pytest.mark.parametrize("case", BY_HAND)
def test_second_derivatives(case):
    loss, outputs, labels, *_ = BY_HAND[case]
    tg.check_grads(lambda x: loss(x, labels), outputs, order=2, rtol=1e-4, atol=1e-5)


def test_sigmoid_and_its_loss_agree_with_the_loss_from_logits():
    z = Tensor(Z)
    apart = losses.binary_cross_entropy(tg.sigmoid(z), Y)
    np.testing.assert_allclose(apart.data, losses.binary_cross_entropy_with_logits(Z, Y), rtol=1e-13)
    apart.backward()
    np.testing.assert_allclose(z.grad, (sigmoid(Z) - Y) / N, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_logits_far_out_are_exact(dtype):
    far = np.array([0.0, 1e-8, 1.0, 30.0, 80.0, 1e3, 1e4])
    z = Tensor(np.concatenate([far, -far]), dtype=dtype)
    y = np.repeat([1, 0], len(far))
    found = losses.binary_cross_entropy_with_logits(z, y, reduction="none")
    wide = np.concatenate([far, far]).astype(np.longdouble)
    tolerance = 4 * np.finfo(dtype).eps
    tiny = np.finfo(dtype).tiny * 4
    np.testing.assert_allclose(found.data, np.log1p(np.exp(-wide)).astype(dtype), rtol=tolerance, atol=tiny)
    assert found.data.dtype == dtype
    found.backward(np.ones_like(found.data))
    exact = np.exp(-wide) / (1 + np.exp(-wide)) * np.where(y, -1, 1)
    np.testing.assert_allclose(z.grad, exact.astype(dtype), rtol=tolerance, atol=tiny)
    assert z.grad.dtype == dtype
    wrong = losses.binary_cross_entropy_with_logits(z, 1 - y, reduction="none")
    np.testing.assert_allclose(wrong.data, np.log1p(np.exp(-wide)) + wide, rtol=tolerance)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_classes_far_out_are_exact(dtype):
    logits = Tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [0.0, 50.0, -50.0]], dtype=dtype)
    found = losses.cross_entropy(logits, [1, 2, 1], reduction="none")
    np.testing.assert_allclose(
        found.data, [2e4, np.log(2), np.exp(-50.0)], rtol=1e-6 if dtype == np.float32 else 1e-14, atol=1e-20
    )
    found.sum().backward()
    np.testing.assert_allclose(logits.grad, [[1, -1, 0], [0, 0.5, -0.5], [0, 0, 0]], atol=1e-15)
    assert logits.grad.dtype == dtype


@pytest.mark.parametrize("name", losses.__all__)
def test_a_column_and_a_row_do_not_broadcast(name):
    x = Tensor(RNG.uniform(0.1, 0.9, (5, 3) if name == "cross_entropy" else (5, 1)), name="yhat")
    y = np.zeros((5, 1), int) if name == "cross_entropy" else np.ones(5)
    with pytest.raises(ValueError, match=rf"^{name}: [^\n]*yhat[^\n]*$"):
        getattr(losses, name)(x, y)


def test_the_advice_says_how_to_reshape():
    with pytest.raises(ValueError, match=r"yhat \(5, 1\) and the labels \(5,\) differ in shape.*reshape\(5, 1\)"):
        losses.mse_loss(Tensor(np.ones((5, 1))), np.ones(5))


def test_a_single_number_as_label_stands_for_all():
    x = Tensor(P, name="yhat")
    np.testing.assert_allclose(losses.binary_cross_entropy(x, 1).data, -np.log(P).mean())
    np.testing.assert_allclose(losses.mse_loss(x, 0.5).data, ((P - 0.5) ** 2).mean())


def test_bare_numbers():
    z = Value(0.3, name="z")
    loss = losses.binary_cross_entropy_with_logits(z, 1)
    loss.backward()
    assert z.grad == pytest.approx(float(sigmoid(0.3)) - 1)
    assert isinstance(loss, Value)
    scores = [Value(2.0), Value(0.5)]
    loss = losses.hinge_loss(scores, [1, -1])
    loss.backward()
    assert [s.grad for s in scores] == [0.0, 0.5]


@pytest.mark.parametrize(
    "loss", [losses.cross_entropy, losses.mse_loss, losses.hinge_loss, losses.binary_cross_entropy]
)
def test_texts_are_no_labels(loss):
    for labels in (["a", "b"], np.array(["a", None], object)):
        with pytest.raises(
            TypeError, match=f"{loss.__name__}: the labels are texts, such as .*a.*; number the classes"
        ):
            loss(Tensor(np.full((2, 3) if loss is losses.cross_entropy else 2, 0.5)), labels)


def test_labels_that_make_no_sense_are_refused():
    logits = Tensor(LOGITS, name="z")
    with pytest.raises(ValueError, match="label 4, but 4 logits mean the classes 0 to 3"):
        losses.cross_entropy(logits, [0, 1, 2, 3, 4, 0])
    with pytest.raises(ValueError, match="label -1"):
        losses.cross_entropy(logits, [0, 1, 2, 3, -1, 0])
    with pytest.raises(ValueError, match="integers"):
        losses.cross_entropy(logits, [0.5] * N)
    with pytest.raises(ValueError, match="−1 and \\+1"):
        losses.hinge_loss(Tensor(Z), Y)
    with pytest.raises(ValueError, match="label inf, but 4 logits mean the classes 0 to 3"):
        losses.cross_entropy(logits, [0, 1, 2, 3, 0, np.inf])
    for without in (Value(1.0), np.zeros(0), Tensor(np.zeros((2, 0)))):
        with pytest.raises(ValueError, match=r"cross_entropy: .* has no classes along a last axis"):
            losses.cross_entropy(without, 0)
    with pytest.raises(ValueError, match="'mean', 'sum' or 'none', not 'average'"):
        losses.mse_loss(Tensor(Z), Y, reduction="average")


def test_float32_stays_float32():
    for case, (loss, outputs, labels, *_) in BY_HAND.items():
        x = Tensor(outputs, dtype=np.float32)
        found = loss(x, labels)
        found.backward()
        assert (case, found.dtype, x.grad.dtype) == (case, np.float32, np.float32)


def test_losses_have_no_derivative_of_their_own():
    y = Tensor(Y, name="y", requires_grad=False)
    yhat = Tensor(P, name="yhat")
    loss = losses.binary_cross_entropy(yhat, y)
    assert loss.op == "negative"
    nodes = ancestors([loss], all_nodes=True)
    assert [node.name for node in nodes if node.rule is None] == ["yhat", "y"]
    assert {node.op for node in nodes if node.rule is not None} == {
        "mean",
        "negative",
        "add",
        "subtract",
        "multiply",
        "log",
    }


@pytest.mark.parametrize("given", [[1j, 2.0], np.array([1, 2], "m8[s]")])
def test_labels_and_outputs_are_real_numbers(given):
    """A complex label would lose its imaginary part without a word."""
    with pytest.raises(TypeError, match=r"mse_loss: the labels are real numbers, not"):
        tg.losses.mse_loss(np.ones(2), given)
    with pytest.raises(TypeError, match=r"outputs: a node holds real numbers, not"):
        tg.losses.mse_loss(given, np.ones(2))


@pytest.mark.parametrize(
    ("labels", "says"),
    [([[1, 1, 0], [0, 1, 0]], "add up to 2 for a sample"), ([[1, 0, 0], [0, 0, 0]], "add up to 0 for a sample"),
     ([[1.5, -0.5, 0.0], [0, 1, 0]], "hold -0.5")],
)  # fmt: skip
def test_labels_that_are_no_distribution_are_warned_of(labels, says):
    with pytest.warns(UserWarning, match=f"the labels {says}.*binary_cross_entropy_with_logits"):
        losses.cross_entropy(np.zeros((2, 3)), labels)


def test_distributions_are_not_warned_of():
    for labels in ([[0.333, 0.333, 0.333], [1, 0, 0]], np.eye(3, dtype="f4")[:2], Tensor(np.eye(3)[:2])):
        losses.cross_entropy(np.zeros((2, 3)), labels)


def test_labels_that_one_loss_may_have_are_looked_at_by_another():
    several = np.array([[1.0, 1.0], [0.0, 0.0]])
    losses.binary_cross_entropy_with_logits(np.zeros((2, 2)), several)
    with pytest.warns(UserWarning, match="the labels add up to 2 for a sample"):
        losses.cross_entropy(np.zeros((2, 2)), several)
