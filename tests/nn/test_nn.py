"""Layers and models: what they compute, hold, save and say."""

import gc
import math
import weakref

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, losses, nn
from tinygrad_edu.nn.activations import ACTIVATIONS

X = np.random.default_rng(3).normal(size=(5, 4))


def test_linear_reads_as_in_the_notes():
    layer = nn.Linear(4, 3, rng=0)
    assert (layer.weight.shape, layer.bias.shape) == ((4, 3), (3,))
    np.testing.assert_allclose(layer(X).data, X @ layer.weight.data + layer.bias.data)
    assert layer(X[0]).shape == (3,)
    assert layer(np.stack([X, X])).shape == (2, 5, 3)
    bare = nn.Linear(4, 3, bias=False, rng=0)
    assert bare.bias is None
    np.testing.assert_allclose(bare(X).data, X @ layer.weight.data)
    assert [p.name for p in bare.parameters()] == ["W"]


@pytest.mark.parametrize(("output", "last"), [
    ("linear", lambda z: z),
    ("sigmoid", lambda z: 1 / (1 + np.exp(-z))),
    ("softmax", lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)),
])  # fmt: skip
def test_mlp_is_the_formula(output, last):
    model = nn.MLP([4, 6, 5, 3], activation="tanh", output=output, rng=1)
    W1, b1, W2, b2, W3, b3 = (p.data for p in model.parameters())
    z = np.tanh(np.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3
    np.testing.assert_allclose(model.logits(X).data, z)
    np.testing.assert_allclose(model(X).data, last(z))


def test_gradients_of_a_model_by_finite_differences():
    model = nn.MLP([4, 3, 1], output="sigmoid", rng=2)
    y = np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])
    losses.binary_cross_entropy(model(X), y).backward()
    for p in model.parameters():
        for at in np.ndindex(p.shape):
            ends = []
            for step in (1e-6, -1e-6):
                p.data[at] += step
                ends.append(losses.binary_cross_entropy(model(X), y).item())
                p.data[at] -= step
            assert p.grad[at] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_runs_in_a_model(name):
    model = nn.MLP([4, 3, 2], activation=name, rng=0)
    model(X).sum().backward()
    assert all(p.grad is not None and np.all(np.isfinite(p.grad)) for p in model.parameters())
    assert type(model[1]).__name__ in nn.__all__


def test_a_seed_makes_it_reproducible_and_layers_differ():
    first, again, other = (nn.MLP([4, 4, 4], rng=seed) for seed in (5, 5, 6))
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert np.array_equal(a.data, b.data)
    assert not np.array_equal(first[0].weight.data, other[0].weight.data)
    assert not np.array_equal(first[0].weight.data, first[2].weight.data)
    generator = np.random.default_rng(5)
    assert np.array_equal(nn.Linear(4, 4, rng=generator).weight.data, first[0].weight.data)
    assert not np.array_equal(nn.Linear(4, 4, rng=generator).weight.data, first[0].weight.data)


@pytest.mark.parametrize(("init", "variance"), [("glorot", 2 / (300 + 100)), ("he", 2 / 300)])
def test_initial_weights_have_the_variance_of_the_papers(init, variance):
    layer = nn.Linear(300, 100, init=init, rng=0)
    assert np.var(layer.weight.data) == pytest.approx(variance, rel=0.03)
    assert abs(np.mean(layer.weight.data)) < 3 * np.sqrt(variance / layer.weight.size)
    assert not np.any(layer.bias.data)


def test_parameters_are_named_by_the_layers_place():
    class Two(nn.Module):
        def __init__(self):
            self.encoder = nn.MLP([4, 3, 2], rng=0)
            self.heads = [nn.Linear(2, 1, rng=0), {"b": nn.Linear(2, 1, bias=False, rng=0)}]
            self.scale = Tensor(1.0, name="s")
            self.shift = Tensor(2.0, name="fixed", requires_grad=False)

        def forward(self, x):
            h = self.encoder(x)
            return (self.heads[0](h) + self.heads[1]["b"](h)) * self.scale + self.shift

    model = Two()
    names = {path: p.name for path, p in model.named_parameters()}
    assert names == {
        "encoder.0.weight": "W_1", "encoder.0.bias": "b_1", "encoder.2.weight": "W_2", "encoder.2.bias": "b_2",
        "heads.0.weight": "W_3", "heads.0.bias": "b_3", "heads.1.b.weight": "W_4", "scale": "s",
    }  # fmt: skip
    assert "shift" in model.state_dict()
    model(X).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    assert model.shift.grad is None


def test_a_name_somebody_gave_stays():
    layer = nn.Linear(2, 2)
    layer.weight.name = "A"
    model = nn.Sequential(nn.Linear(2, 2), layer)
    assert [p.name for p in model.parameters()] == ["W_1", "b_1", "A", "b_2"]


def test_a_part_of_a_model_keeps_its_numbers_and_a_shared_layer_is_one():
    model = nn.MLP([4, 4, 4], rng=0)
    assert [p.name for p in model[2:].parameters()] == ["W_2", "b_2"]
    assert [p.name for p in model.parameters()] == ["W_1", "b_1", "W_2", "b_2"]
    shared = nn.Linear(4, 4)
    assert len(nn.Sequential(shared, nn.Tanh(), shared).parameters()) == 2


def test_sequential_takes_functions():
    model = nn.Sequential(nn.Linear(4, 2, rng=0), np.tanh, lambda x: x.sum(axis=1))
    assert model(X).shape == (5,)
    assert len(model) == 3
    assert [path for path, _ in model.named_parameters()] == ["0.weight", "0.bias"]
    with pytest.raises(TypeError, match="neither a module nor a function"):
        nn.Sequential(nn.Linear(4, 2), "tanh")
    with pytest.raises(TypeError, match=r"the layers of a list are Sequential\(\*layers\)"):
        nn.Sequential([nn.Linear(4, 2)])
    for lr in (0.1, np.float32(0.125)):
        with pytest.raises(TypeError, match=rf"the parameters come first.* SGD\(model, lr={lr}\)"):
            tg.optim.SGD(lr, model)


def test_state_goes_round():
    model, other = (nn.MLP([4, 3, 2], rng=seed) for seed in (0, 1))
    state = model.state_dict()
    assert list(state) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    other.load_state_dict(state)
    assert np.array_equal(model(X).data, other(X).data)
    other[0].weight.data[0, 0] = 9.0
    assert state["0.weight"][0, 0] != 9.0
    assert model[0].weight.data[0, 0] != 9.0


def test_a_state_of_another_model_is_refused_and_changes_nothing():
    model = nn.MLP([4, 3, 2], rng=0)
    before = model.state_dict()
    with pytest.raises(KeyError, match=r"lacks 2\.bias, it lacks 2\.weight, 3\.weight is not in the model"):
        model.load_state_dict({"0.weight": 0, "0.bias": 0, "3.weight": 0})
    with pytest.raises(ValueError, match=r"2\.bias has shape \(2,\) here, \(7,\) in the state"):
        model.load_state_dict(before | {"0.bias": np.ones(3), "2.bias": np.ones(7)})
    for path, value in model.state_dict().items():
        assert np.array_equal(value, before[path])


def test_shapes_that_do_not_fit_name_the_layer():
    model = nn.MLP([4, 3, 2], rng=0)
    x = Tensor(np.ones((5, 6)), name="X", requires_grad=False)
    with pytest.raises(
        ValueError, match=r"Linear layer 1 \(4 → 3\) takes 4 features, X \(5, 6\) has 6 on its last axis"
    ):
        model(x)
    with pytest.raises(ValueError, match="none, being a single number"):
        nn.Linear(1, 1)(2.0)
    with pytest.raises(ValueError, match="Linear: in_features=0; it is a whole number from 1 on"):
        nn.Linear(0, 3)
    with pytest.raises(ValueError, match="activation is one of"):
        nn.MLP([1, 2], activation="sinh")
    with pytest.raises(ValueError, match="linear, sigmoid or softmax"):
        nn.MLP([1, 2], output="tanh")
    with pytest.raises(ValueError, match="sizes"):
        nn.MLP([3])
    with pytest.raises(NotImplementedError, match="Module has no forward"):
        nn.Module()(1.0)


def test_float32_models_stay_float32():
    model = nn.MLP([4, 3, 1], output="sigmoid", rng=0, dtype=np.float32)
    out = model(X.astype(np.float32))
    out.sum().backward()
    assert out.dtype == np.float32
    assert all(p.grad.dtype == np.float32 for p in model.parameters())


def test_dropout_drops_in_training_only():
    model = nn.Sequential(nn.Dropout(0.25, rng=0))
    x = Tensor(np.ones((200, 50)))
    out = model(x)
    assert set(np.unique(out.data)) == {0.0, 1 / 0.75}
    assert np.mean(out.data == 0) == pytest.approx(0.25, abs=0.02)
    out.sum().backward()
    assert np.array_equal(x.grad, out.data)
    assert not np.array_equal(model(x).data, out.data)
    assert model.eval()(x) is x
    assert model.train()[0].training
    assert nn.Dropout(0.0)(x) is x
    with pytest.raises(ValueError, match="probability"):
        nn.Dropout(1.0)


def test_dropout_refuses_to_be_frozen_into_a_program():
    model = nn.Sequential(nn.Linear(4, 2, rng=0), nn.Dropout(0.5, rng=0))
    with pytest.raises(TypeError, match="Dropout draws anew at every call"):
        tg.to_numpy(lambda x: model(x).sum(), X)
    model.eval()
    assert "import numpy" in tg.to_numpy(lambda x: model(x).sum(), X)


def test_how_modules_show_themselves():
    class Net(nn.Module):
        def __init__(self):
            self.body = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
            self.drop = nn.Dropout(0.1)

    assert repr(Net()).splitlines() == [
        "Net(",
        "  (body): Sequential(",
        "    (0): Linear(2 → 3)",
        "    (1): ReLU()",
        "  )",
        "  (drop): Dropout(p=0.1)",
        ")",
    ]


def test_zero_grad_and_no_cycles():
    model = nn.MLP([4, 3, 1], rng=0)
    model(X).sum().backward()
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())
    gc.disable()
    try:
        out = model(X)
        seen = weakref.ref(out)
        out.sum().backward()
        del out
        assert seen() is None
        kept = weakref.ref(model)
        del model
        assert kept() is None
    finally:
        gc.enable()


def test_a_module_knows_which_nodes_its_call_made():
    model = nn.MLP([4, 3, 1], rng=0)
    before = tg.Value(0.0)
    out = model(X)
    (start, end), (inner_start, inner_end) = model.calls[-1], model[0].calls[-1]
    assert before.index < start < inner_start < inner_end < out.index < end


def test_other_numbers_in_the_place_of_the_parameters():
    class Two(nn.Module):
        def __init__(self):
            self.layers = [nn.Linear(4, 3, rng=0), {"out": nn.Linear(3, 1, rng=1)}]
            self.scales = (Tensor(2.0, name="s"), Tensor(3.0, requires_grad=False))

        def forward(self, x):
            return self.layers[1]["out"](np.tanh(self.layers[0](x))) * self.scales[0] * self.scales[1]

    model = Two()
    own = model.parameters()
    doubled = [p.data * 2 for p in own]

    def total(parameters):
        with model.using(parameters):
            return model(X).sum()

    tg.check_grads(total, doubled, order=1)
    model(X).sum().backward()
    for p, g in zip(own, tg.grad(total)([p.data for p in own]), strict=True):
        np.testing.assert_allclose(p.grad, g, rtol=1e-13)
    assert all(a is b for a, b in zip(model.parameters(), own, strict=True))
    with pytest.raises(ZeroDivisionError), model.using(doubled):
        raise ZeroDivisionError
    assert all(a is b for a, b in zip(model.parameters(), own, strict=True))
    with pytest.raises(ValueError, match="has 5 parameters, 1 were given"), model.using([1.0]):
        pass
    with pytest.raises(ValueError, match=r"\(2,\) in the place of s \(\)"), model.using([np.ones(2), *doubled[1:]]):
        pass


def test_what_a_call_keeps_to_look_at_is_no_parameter():
    class Keeps(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(4, 2, rng=0)

        def forward(self, x):
            self.hidden = self.layer(x)
            return self.hidden.sum()

    model = Keeps()
    model(X).backward()
    assert model.hidden.grad is not None
    assert [path for path, _ in model.named_parameters()] == ["layer.weight", "layer.bias"]
    assert list(model.state_dict()) == ["layer.weight", "layer.bias"]


class Scaled(nn.Module):
    def __init__(self):
        self.theta = Tensor([2.0])
        self.shift = Tensor([0.0], name="mu")
        self.mean = Tensor([1.0], requires_grad=False)
        self._kept = Tensor([1.0])

    def forward(self, x):
        return x * self.theta + self.shift


def test_a_parameter_is_called_by_its_attribute():
    alone = Scaled()
    assert (alone.theta.name, alone.shift.name, alone.mean.name, alone._kept.name) == ("theta", "mu", None, None)
    one = nn.Sequential(nn.Linear(1, 1), Scaled(), nn.Linear(1, 1))
    assert [p.name for p in one.parameters()] == ["W_1", "b_1", "theta", "mu", "W_2", "b_2"]
    two = nn.Sequential(Scaled(), nn.Sequential(Scaled()))
    assert [p.name for p in two.parameters()] == ["theta_1", "mu", "theta_2", "mu"]

    class Outer(nn.Module):
        def __init__(self):
            self.theta = Tensor([1.0])
            self.inner = Scaled()
            self.hidden = self.theta * 2

    outer = Outer()
    assert (outer.theta.name, outer.inner.theta.name, outer.hidden.name) == ("theta_1", "theta_2", None)
    loss = (alone(np.array([3.0])) ** 2).sum()
    assert tg.derive(loss, "theta").steps[-1].text.startswith("∂L/∂θ")


def test_functions_between_layers_are_printed():
    model = nn.Sequential(nn.Linear(2, 3), tg.relu, nn.Linear(3, 1), np.tanh)
    assert repr(model).splitlines() == [
        "Sequential(", "  (0): Linear(2 → 3)", "  (1): relu", "  (2): Linear(3 → 1)", "  (3): tanh", ")",
    ]  # fmt: skip
    model.head = nn.Linear(1, 1)
    assert "  (head): Linear(1 → 1)" in repr(model)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.ones((2, 2)) * 1j, "imaginary"), ([["a", "b"], ["c", "d"]], "<U1"), (np.ones(2), "shape"), (None, "shape"),
        ([[1.0], [2.0, 3.0]], "no array"), (np.ones((2, 2), object), "object"), (np.full((2, 2), 1e300), "too large"),
        (np.ma.array(np.ones((2, 2)), mask=np.eye(2)), "mask"),
    ],
)  # fmt: skip
def test_a_state_is_taken_over_whole_or_not_at_all(given, said):
    """The array that does not fit stands last: those before it must not have been changed by then."""
    model = nn.MLP([2, 2, 2], rng=0, dtype=np.float32)
    before = model.state_dict()
    state = {path: array + 1 for path, array in before.items()}
    state["2.weight"] = given
    with pytest.raises((TypeError, ValueError), match=said):
        model.load_state_dict(state)
    np.testing.assert_equal(model.state_dict(), before)
    with pytest.raises(TypeError, match="a dict from paths to arrays"):
        model.load_state_dict([1.0])


def test_a_state_goes_through_a_file_bit_by_bit(tmp_path):
    model, other = nn.MLP([3, 4, 1], rng=0, dtype=np.float32), nn.MLP([3, 4, 1], rng=1, dtype=np.float32)
    model.layers[0].weight.data[0, 0] = np.nan
    np.savez(tmp_path / "model.npz", **model.state_dict())
    other.load_state_dict(np.load(tmp_path / "model.npz"))
    for path, array in model.state_dict().items():
        assert other.state_dict()[path].tobytes() == array.tobytes() and array.dtype == np.float32
    other.load_state_dict({path: array.tolist() for path, array in model.state_dict().items()})
    assert other.state_dict()["2.weight"].tobytes() == model.state_dict()["2.weight"].tobytes()


def test_what_an_activation_is_given_counts():
    x = np.array([[-1.0, 2.0, 0.5], [3.0, -2.0, 1.0]])
    np.testing.assert_array_equal(nn.LeakyReLU(0.5)(x), tg.leaky_relu(x, 0.5))
    np.testing.assert_array_equal(nn.LeakyReLU(negative_slope=0.5)(x), nn.LeakyReLU(0.5)(x))
    np.testing.assert_array_equal(nn.Softmax(axis=0)(x), tg.softmax(x, axis=0))
    np.testing.assert_array_equal(nn.Softmax()(x), tg.softmax(x))
    np.testing.assert_array_equal(nn.ELU(0.3)(x), tg.elu(x, 0.3))
    np.testing.assert_array_equal(nn.GELU("tanh")(x), tg.gelu(x, "tanh"))
    assert repr(nn.Softmax(axis=0)) == "Softmax(axis=0)" and repr(nn.ReLU()) == "ReLU()"
    for use, said in (
        (lambda: nn.Softmax(dim=0), "Softmax: dim= is axis= here"),
        (lambda: nn.ReLU(inplace=True), "inplace= is nothing"),
        (lambda: nn.Tanh(3), "Tanh takes no arguments, not 3"),
        (lambda: nn.LeakyReLU(0.1, 0.2), r"takes negative_slope, not 0\.1, 0\.2"),
        (lambda: nn.Identity(54), "argument"),
        (lambda: nn.ELU(slope=1.0), "unexpected keyword argument 'slope'"),
    ):
        with pytest.raises(TypeError, match=said):
            use()


@pytest.mark.parametrize("rng", ["a", 1.5, -1])
@pytest.mark.parametrize("layer", [lambda **k: nn.Linear(1, 1, **k), nn.Dropout, lambda **k: nn.MLP([1, 1], **k)])
def test_a_seed_is_a_whole_number(layer, rng):
    with pytest.raises(TypeError, match=r"(Linear|Dropout|MLP): rng is a seed, a whole number from 0 on, or a gen"):
        layer(rng=rng)


@pytest.mark.parametrize("p", ["a", None, 1.0, math.nan])
def test_dropout_takes_a_probability(p):
    with pytest.raises(ValueError, match=r"Dropout: p is a probability below 1, not"):
        nn.Dropout(p)
