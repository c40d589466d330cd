"""`diagnose`: the figures are those computed by hand, what is off is named, and a healthy network is left in peace."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, datasets, losses, nn, optim

X, y = datasets.moons(100, seed=0)
rng = np.random.default_rng(0)


def rms(*arrays):
    return np.sqrt(np.mean(np.concatenate([np.ravel(a) for a in arrays]) ** 2))


def loss_of(model, X=X, y=y):
    return losses.mse_loss(model(X)[:, 0], y)


ALIVE = []  # a model that is gone lends its layers no names


def mlp(*hidden, **settings):
    ALIVE.append(nn.MLP([2, *hidden, 1], rng=0, **settings))
    return ALIVE[-1]


def test_the_figures_are_those_computed_by_hand():
    W1, b1, W2, b2 = rng.normal(size=(2, 6)), rng.normal(size=6), rng.normal(size=(6, 1)), np.array([0.5])
    model = mlp(6)
    for p, a in zip(model.parameters(), (W1, b1, W2, b2), strict=True):
        p.data = a
    A = np.tanh(X @ W1 + b1)
    z = A @ W2 + b2
    dz = 2 * (z - y[:, None]) / len(X)
    dW2, db2 = A.T @ dz, dz.sum(axis=0)
    dA = dz @ W2.T * (1 - A**2)
    dW1, db1 = X.T @ dA, dA.sum(axis=0)
    found = tg.diagnose(loss_of(model))
    first, last = found.layers
    np.testing.assert_allclose(found.loss, np.mean((z[:, 0] - y) ** 2), rtol=1e-12)
    np.testing.assert_allclose(
        [first.activations, first.gradients, first.ratio, first.relative, first.saturated, first.dead, first.slope],
        [
            rms(A),
            rms(dW1, db1),
            rms(dW1, db1) / rms(W1, b1),
            rms(dW1, db1) / rms(dW2, db2),
            np.mean(np.abs(A) > 0.97),
            0,
            np.mean(1 - A**2),
        ],
        rtol=1e-12,
    )
    assert 0 < first.saturated < 1
    np.testing.assert_allclose(
        [last.activations, last.gradients, last.ratio, last.relative],
        [rms(z), rms(dW2, db2), rms(dW2, db2) / rms(W2, b2), 1],
        rtol=1e-12,
    )
    assert last.dead is last.saturated is None and first.samples == 100
    assert (first.name, first.activation, first.parameters) == ("Linear layer 1 (2 → 6)", "Tanh", ("W_1", "b_1"))


def test_gradients_stay_as_they_were():
    model = mlp(4)
    loss = loss_of(model)
    before = tg.diagnose(loss)
    assert all(p.grad is None for p in model.parameters()) and loss.grad is None
    loss.backward()
    held = [p.grad.copy() for p in model.parameters()]
    after = tg.diagnose(loss)
    assert after == before
    assert all(np.array_equal(p.grad, g) for p, g in zip(model.parameters(), held, strict=True))


@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus"])
def test_a_healthy_network_gets_no_advice_before_and_after_training(activation):
    model = nn.MLP([2, 16, 16, 1], activation=activation, output="sigmoid", rng=0)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    assert tg.diagnose(losses.binary_cross_entropy(model(Z)[:, 0], y)).advice == []
    tg.fit(model, Z, y, epochs=30)
    found = tg.diagnose(losses.binary_cross_entropy(model(Z)[:, 0], y))
    assert found.advice == [] and found.layers[-1].saturated is None  # a sure answer is no saturation


def test_gradients_vanish_in_a_stack_of_sigmoids():
    found = tg.diagnose(loss_of(mlp(*[16] * 8, activation="sigmoid")))
    (said,) = found.advice
    assert "vanish" in said and "Linear layer 1 (2 → 16)" in said and "Sigmoid" in said and "tanh or relu" in said
    sizes = [layer.relative for layer in found.layers]
    assert sizes == sorted(sizes) and sizes[0] < 1e-4
    assert tg.diagnose(loss_of(mlp(*[16] * 8, activation="tanh"))).advice == []


def test_gradients_explode():
    model = mlp(*[16] * 5, activation="leaky_relu")
    for layer in list(model)[2::2]:
        layer.weight.data = layer.weight.data * 30
        layer.bias = None
    model[0].weight.data = model[0].weight.data * 1e-7
    (said,) = tg.diagnose(loss_of(model)).advice
    assert "grow" in said and "smaller weights" in said
    W, v = Tensor(np.eye(2), name="W"), Tensor([1e5, 2e5], name="v")
    (said,) = tg.diagnose(((X @ W) @ v * 1e-5).mean()).advice
    assert "explode" in said and "clip_norm" in said and " v " in said


def test_relu_whose_biases_are_far_below_0_is_dead():
    model = mlp(8, 8, activation="relu")
    model[0].bias.data = np.full(8, -10.0)
    found = tg.diagnose(loss_of(model))
    assert found.layers[0].dead == 1 and found.layers[0].gradients == 0
    (said,) = found.advice
    assert "100% of the units" in said and "ReLU" in said and "Linear layer 1" in said
    model[0].bias.data = np.where(np.arange(8) < 4, -10.0, 0.0)
    assert tg.diagnose(loss_of(model)).layers[0].dead == 0.5
    assert tg.diagnose(loss_of(model, X[:1], y[:1])).advice == []  # of one sample, half of them are still by chance


@pytest.mark.parametrize(
    "cut", [lambda z: np.maximum(0, z), lambda z: np.where(z > 0, z, 0), lambda z: np.clip(z, 0, 6), tg.relu]
)
@pytest.mark.parametrize("columns", [False, True])
def test_units_are_found_however_the_cut_is_written_and_however_samples_lie(cut, columns):
    W, b, v = Tensor(rng.normal(size=(2, 4)), name="W"), Tensor([0.1, -50.0, 0.1, 0.1], name="b"), Tensor(np.ones(4))
    h = cut(W.T @ X.T + b[:, None]).T if columns else cut(X @ W + b)
    found = tg.diagnose(((h @ v - y) ** 2).mean())
    assert found.layers[0].dead == 0.25 and found.layers[0].parameters == ("W", "b")


def test_a_channel_is_a_unit():
    conv = nn.Conv2d(1, 4, 3, rng=0)
    conv.bias.data = np.array([0.0, -99.0, 0.0, 0.0])
    model = nn.Sequential(conv, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3, rng=0))
    found = tg.diagnose(losses.cross_entropy(model(rng.normal(size=(12, 1, 8, 8))), np.arange(12) % 3))
    assert found.layers[0].dead == 0.25 and found.layers[0].samples == 12 * 36
    assert [layer.activation for layer in found.layers] == ["ReLU, MaxPool2d, Flatten", ""]


def test_large_weights_saturate():
    model = mlp(16)
    for p in model.parameters():
        p.data = p.data * 60
    found = tg.diagnose(loss_of(model))
    assert found.layers[0].saturated > 0.8
    (said,) = found.advice
    assert "saturated" in said and "glorot" in said


def test_inputs_that_are_not_standardised_are_the_cause():
    (said,) = tg.diagnose(loss_of(mlp(16), X * [300, 1])).advice
    assert "not standardised" in said and "column 0" in said


def test_equal_weights_are_named():
    assert "all entries of W_1 are 0" in tg.diagnose(loss_of(mlp(4, init="zeros"))).advice[0]
    assert tg.diagnose(loss_of(nn.Sequential(nn.Linear(2, 1, init="zeros")))).advice == []


def test_a_loss_that_is_steep_is_said():
    model = mlp(8)
    (said,) = tg.diagnose(losses.mse_loss(model(X)[:, 0], 1000 * y, reduction="sum")).advice
    ratio = max(layer.ratio for layer in tg.diagnose(losses.mse_loss(model(X)[:, 0], 1000 * y, "sum")).layers)
    assert "Linear layer 2" in said and f"{ratio:.3g} times as large as the weights" in said and "mean" in said


def test_what_nothing_comes_back_to_is_said():
    W, v = Tensor(rng.normal(size=(2, 3)), name="W"), Tensor(np.ones(3), name="v")
    found = tg.diagnose(((np.sign(X @ W) @ v - y) ** 2).mean())
    assert found.layers[0].gradients == 0 and found.advice == [
        "W: its gradient is 0: nothing of the loss comes back to it."
    ]


def test_what_is_not_finite_is_said():
    model = mlp(4)
    model[0].weight.data = np.full((2, 4), np.nan)
    (said,) = tg.diagnose(loss_of(model)).advice
    assert "Linear layer 1" in said and "detect_anomaly" in said


def test_a_factor_that_a_number_puts_on_itself_is_no_activation_a_gate_is():
    for activation in ("elu", "gelu", "silu"):
        first, _ = tg.diagnose(loss_of(mlp(4, activation=activation), 50 * X)).layers
        assert first.dead is first.saturated is None
    W, v = Tensor(100 * rng.normal(size=(2, 8)), name="W"), Tensor(np.ones(4), name="v")
    z = X @ W
    h = tg.sigmoid(z[:, :4]) * tg.tanh(z[:, 4:])
    first, _ = tg.diagnose(((h @ v - y) ** 2 + 1e-9 * (h**2).sum()).mean()).layers
    assert first.saturated > 0.9 and first.activation == "sigmoid, tanh"
    np.testing.assert_allclose(first.activations, rms(h.data))  # not of the penalty, which comes later


class Neuron(nn.Module):
    """Weights that are single numbers."""

    def __init__(self):
        self.w, self.b = Value(1.0), Value(0.0)

    def forward(self, x):
        return (self.w * x + self.b).tanh()


def test_modules_of_one_name_are_told_apart():
    neurons = [Neuron(), Neuron()]
    x = Value(0.5, requires_grad=False)
    names = [layer.name for layer in tg.diagnose(neurons[1](neurons[0](x)) ** 2).layers]
    assert names == ["Neuron #1", "Neuron #2"]


class Own(nn.Module):
    """Two layers written out, the second one's weights used at each step."""

    def __init__(self):
        self.V, self.W, self.b = (Tensor(rng.normal(size=n)) for n in ((2, 4), (4, 4), 4))
        self.last = nn.LayerNorm(4)

    def forward(self, x):
        h = np.tanh(x @ self.V)
        for _ in range(3):
            h = np.tanh(h @ self.W + self.b)
        return self.last(h)


def test_a_module_of_ones_own_and_a_penalty():
    model = Own()
    loss = losses.mse_loss(model(X).sum(axis=1), y)
    found = tg.diagnose(loss)
    assert [layer.name for layer in found.layers] == ["Own: V", "Own: W, b", "LayerNorm layer 1 (4)"]
    assert [layer.activation for layer in found.layers] == ["tanh", "tanh", ""]
    penalty = sum((p**2).sum() for p in model.parameters())
    assert [layer.dead for layer in tg.diagnose(loss + 1e-9 * penalty).layers] == [0, 0, None]


def test_single_numbers_and_parameters_alone():
    x, w, b = Value(2.0, name="x", requires_grad=False), Value(3.0, name="w"), Value(1.0, name="b")
    (layer,) = tg.diagnose((x * w + b - 5.0) ** 2).layers
    assert layer.parameters == ("w", "b") and layer.activations == 7
    np.testing.assert_allclose(layer.gradients, rms([8.0, 4.0]))
    (layer, other) = tg.diagnose((w * b).tanh()).layers
    assert np.isnan(layer.activations) and other.relative == 1


@pytest.mark.parametrize(
    ("loss", "kind", "said"),
    [
        (0.5, TypeError, "a loss is a node.*outside of jit"),
        ([Value(1.0)], TypeError, "not list"),
        (Tensor([1.0, 2.0], name="losses"), ValueError, r"losses \(2,\) is not a single number"),
        (Tensor(1.0, name="a"), ValueError, "depends on no parameters"),
        (Tensor(X, requires_grad=False).sum(), ValueError, "depends on no parameters"),
    ],
)
def test_what_is_no_loss_is_refused(loss, kind, said):
    with pytest.raises(kind, match=said):
        tg.diagnose(loss)


def test_moments_at_which_there_is_nothing_to_diagnose():
    model = mlp(3)
    loss = loss_of(model)
    optimizer = optim.SGD(model, lr=1.0)
    loss.backward()
    optimizer.step()
    with pytest.raises(tg.errors.ChangedSinceError):
        tg.diagnose(loss)
    with pytest.raises(tg.errors.FrozenNumberError):
        tg.jit(lambda X: tg.diagnose(loss_of(model, X)).loss)(X)


def test_it_shows_itself():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    found = tg.diagnose(loss_of(mlp(*[4] * 8, activation="sigmoid")))
    lines = repr(found).splitlines()
    assert lines[0].split()[:3] == ["layer", "activation", "activations"] and lines[0].endswith("dead  saturated")
    assert len(lines) == 1 + 1 + 9 + 1 + 1 + 1 and lines[-1] == found.advice[0] and lines[-2].startswith("loss ")
    figure = found.plot()
    bars = [place for place in figure.axes if place.get_xscale() == "log"]
    assert [len(place.patches) for place in bars] == [9, 9] and len(figure.axes) == 3
    np.testing.assert_allclose(
        [bar.get_x() + bar.get_width() for bar in bars[1].patches], [layer.gradients for layer in found.layers]
    )
    pyplot.close(figure)


def test_the_drawn_table_tells_layers_apart_whose_long_names_begin_alike():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    x = np.ones((5, 2))
    for side in ("encoder", "decoder"):
        W = Tensor(np.full((2, 2), 0.1), name=f"the_weights_of_the_very_first_layer_of_the_{side}")
        x = np.tanh(x @ W)
    figure = tg.diagnose((x * x).mean()).plot()
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert "encoder" in labels[0] and "decoder" in labels[1]
    pyplot.close(figure)
