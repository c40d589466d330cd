"""The layers: PyTorch's figures, what is drawn, derived and jitted of them, and what they refuse."""

import json

import numpy as np
import pytest
from layer_cases import CASES, RECORDED, batches, figures, ours, programs_figures, torchs_figures, wave

import tinygrad_edu as tg
from tinygrad_edu import Tensor, losses, nn, optim
from tinygrad_edu.engine import rules
from tinygrad_edu.errors import FrozenNumberError
from tinygrad_edu.nn.initialisers import INITIALISERS, initial

FIGURES = json.loads(RECORDED.read_text())
rng = np.random.default_rng(5)


def compare(found, expected):
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-12, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", CASES)
def test_each_layer_computes_pytorchs_figures(name):
    compare(figures(name), FIGURES[name])


@pytest.mark.parametrize("name", CASES)
def test_each_layer_agrees_with_the_pytorch_that_is_installed(name):
    pytest.importorskip("torch")
    compare(figures(name), torchs_figures(name))


@pytest.mark.parametrize("name", CASES)
def test_each_layer_runs_in_a_program(name):
    """Forward, both gradients, and what training moves beside the parameters; in training and in use."""
    compare(programs_figures(name), FIGURES[name])


@pytest.mark.parametrize("name", CASES)
def test_each_layer_is_derived_and_drawn(name):
    layer, (x, _) = ours(name), batches(name)[0]
    inputs = Tensor(x, name="X") if x.dtype == float else x
    out = layer(inputs)
    loss = (out * out).mean()
    loss.backward()
    for wrt in [*([inputs] if x.dtype == float else []), *layer.parameters()]:
        derivation = tg.derive(loss, wrt)
        assert derivation.steps and "∂L/∂" in str(derivation)
        assert derivation.check(wrt.grad)
    picture = tg.draw(loss, backward=True, show="formulas").source
    assert all({"gamma": "γ", "beta": "β"}.get(p.name, p.name) in picture for p in layer.parameters())
    assert tg.page(loss).startswith("<!DOCTYPE html>")


def test_a_convolution_reads_as_in_the_notes():
    layer, X = nn.Conv2d(2, 3, 2, rng=0), Tensor(wave((2, 2, 4, 3)), name="X", requires_grad=False)
    derivation = tg.derive((layer(X) ** 2).sum(), layer.weight)
    assert "zᵢⱼₖₗ = ΣₘΣ_{n=1…2}Σ_{p=1…2} Wⱼₘₙₚ X[i, m, k + n − 1, l + p − 1] + bⱼ" in str(derivation)
    strides = nn.Conv2d(1, 1, 2, stride=2, bias=False, rng=0)
    X = Tensor(wave((2, 1, 4, 4)), name="X", requires_grad=False)
    assert "zᵢⱼₖ = Σ_{l=1…2}Σ_{m=1…2} Wₗₘ X[i, 2 j + l − 2, 2 k + m − 2]" in str(
        tg.derive(strides(X).sum(), strides.weight)
    )


def test_claims_about_a_convolution_are_judged():
    """They are tried at several numbers of pictures and channels; windows keep their size, and pictures with them."""
    layer, X = nn.Conv2d(2, 3, 2, rng=0), Tensor(wave((2, 2, 4, 3)), name="X", requires_grad=False)
    derivation = tg.derive(layer(X).mean(), layer.bias)
    assert derivation.check("1/K") and derivation.check("1/3 + 0*b").mistake == "special-case"
    assert derivation.check("1").mistake == "mean-factor"


# ── in training, and in use ──


def classifier():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, rng=0), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(36, 8, rng=1), nn.Tanh(), nn.BatchNorm1d(8), nn.Dropout(0.25, rng=3), nn.LayerNorm(8),
        nn.Linear(8, 3, rng=2),
    )  # fmt: skip


def trained(compiled):
    """Losses of some steps in training, of two in use, of one in training; and the state at the end."""
    model, X, labels = classifier(), wave((12, 1, 6, 6)), np.arange(12) % 3
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def step(X, labels):
        loss = losses.cross_entropy(model(X), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    run = tg.jit(step) if compiled else lambda *args: step(*args).item()
    found = []
    for training in (True, True, True, False, False, True):
        model.train(training)
        found.append(run(X, labels))
    if compiled:
        assert len(run._programs) == 2
    return found, model.state_dict()


def test_a_program_trains_as_the_model_does_and_asks_at_every_call_whether_it_is_in_training():
    (eager, state), (jitted, jitted_state) = trained(False), trained(True)
    np.testing.assert_allclose(jitted, eager, rtol=1e-12)
    for path, array in state.items():
        np.testing.assert_allclose(jitted_state[path], array, rtol=1e-12, atol=1e-12, err_msg=path)
    assert len(set(eager)) == len(eager)


def test_a_jitted_model_leaves_training():
    layer = nn.Dropout(0.5, rng=0)
    use, x = tg.jit(layer), np.ones(100)
    assert {0.0, 2.0} == set(use(x)) and not np.array_equal(use(x), use(x))
    layer.eval()
    assert np.array_equal(use(x), x) and np.array_equal(use(x), x)
    layer.train()
    assert {0.0, 2.0} == set(use(x))
    shared = nn.Sequential(nn.Dropout(0.5, rng=1), nn.Linear(2, 1, rng=0))
    scale = tg.jit(lambda x, k: (shared(x) * float(range(k)[-1])).sum())
    one, two = shared.eval(), shared
    assert scale(np.ones((3, 2)), 4) == pytest.approx(one(np.ones((3, 2))).sum().item() * 3)
    assert two.train()[0].training and scale(np.zeros((3, 2)), 4) == 0.0


def test_dropout_in_a_program_drops_what_it_drops_outside():
    eager, compiled = (nn.Sequential(nn.Dropout(0.3, rng=7), np.tanh, nn.Dropout(0.6, rng=8)) for _ in range(2))
    run = tg.jit(tg.value_and_grad(lambda x: (compiled(x) * wave((6, 5))).sum()))
    for _ in range(3):
        x = Tensor(wave((6, 5), 3.0))
        loss = (eager(x) * wave((6, 5))).sum()
        loss.backward()
        value, gradient = run(x.data)
        np.testing.assert_allclose(value, loss.item(), rtol=1e-13)
        np.testing.assert_allclose(gradient, x.grad, rtol=1e-13)
    number = nn.Dropout(0.5, rng=0)
    assert {tg.jit(number)(3.0) for _ in range(20)} == {0.0, 6.0}


def test_dropout_runs_on_xla():
    pytest.importorskip("jax")
    layer, again = nn.Dropout(0.5, rng=0), nn.Dropout(0.5, rng=0)
    run = tg.jit(lambda x: layer(x) * 2.0, backend="jax")
    for _ in range(3):
        np.testing.assert_array_equal(np.asarray(run(np.ones(20))), again(np.ones(20)) * 2.0)


def test_dropout_given_its_mask_is_pytorchs():
    """PyTorch's dropout is x times a mask of 0 and 1/(1 − p), too: its derivative is that mask."""
    x = Tensor(wave((6, 5)))
    layer = nn.Dropout(0.3, rng=4)
    mask = nn.Dropout(0.3, rng=4).mask((6, 5), float)
    out = layer(x)
    (out * wave((6, 5), 1.0)).sum().backward()
    np.testing.assert_array_equal(out.data, x.data * mask)
    np.testing.assert_array_equal(x.grad, wave((6, 5), 1.0) * mask)
    assert set(np.unique(mask)) == {0.0, 1 / 0.7}
    torch = pytest.importorskip("torch")
    t = torch.tensor(x.data, requires_grad=True)
    torch.manual_seed(0)
    theirs = torch.nn.functional.dropout(t, 0.3)
    kept = (theirs != 0).numpy() / 0.7
    np.testing.assert_allclose(theirs.detach().numpy(), x.data * kept, rtol=1e-12)


def test_what_a_written_out_program_cannot_do_is_refused():
    model = nn.Sequential(nn.Linear(2, 2, rng=0), nn.BatchNorm1d(2))
    x = wave((3, 2))
    with pytest.raises(FrozenNumberError, match=r"changes what is outside of it \(mu_2 \(2,\), v_2 \(2,\)\).*eval\(\)"):
        tg.to_numpy(lambda x: (model(x) ** 2).sum(), x)
    model.eval()
    space = {}
    exec(tg.to_numpy(lambda x: (model(x) ** 2).sum(), x), space)
    np.testing.assert_allclose(space["f"](x)[0], (model(x) ** 2).sum().item())
    conv = nn.Sequential(nn.Conv2d(1, 2, 2, rng=0), nn.MaxPool2d(2))
    exec(tg.to_numpy(lambda x: (conv(x) ** 2).sum(), wave((2, 1, 5, 5))), space)
    value, gradient = space["f"](wave((2, 1, 5, 5), 4.0))
    x = Tensor(wave((2, 1, 5, 5), 4.0))
    loss = (conv(x) ** 2).sum()
    loss.backward()
    np.testing.assert_allclose(value, loss.item(), rtol=1e-12)
    np.testing.assert_allclose(gradient, x.grad, rtol=1e-12, atol=1e-12)


def test_running_statistics_are_kept_and_taken_along():
    layer, other = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    for phase in range(3):
        layer(wave((4, 3), phase))
    assert list(layer.state_dict()) == ["weight", "bias", "running_mean", "running_var"]
    assert [p.name for p in layer.parameters()] == ["gamma", "beta"]
    other.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(layer.eval()(wave((1, 3))).data, other.eval()(wave((1, 3))).data)
    before = layer.state_dict()
    layer(wave((4, 3), 9.0))
    np.testing.assert_equal(layer.state_dict(), before)


def test_a_loss_from_before_the_statistics_moved_is_derived_where_it_was_computed():
    layer, x = nn.BatchNorm1d(2).eval(), Tensor(wave((3, 2)))
    first, second = (layer(x) ** 2).sum(), (layer(x) ** 2).sum()
    first.backward()
    expected, x.grad = x.grad, None
    layer.train()(x)
    assert not np.array_equal(layer.running_var.data, np.ones(2))
    second.backward()
    np.testing.assert_array_equal(x.grad, expected)


def test_float32_stays_float32():
    for layer, x in (
        (nn.Conv2d(1, 2, 2, rng=0, dtype=np.float32), wave((2, 1, 4, 4))),
        (nn.MaxPool2d(2, padding=1), wave((1, 4, 4))),
        (nn.BatchNorm1d(3, dtype=np.float32), wave((4, 3))), (nn.LayerNorm(3, dtype=np.float32), wave((4, 3))),
    ):  # fmt: skip
        x = Tensor(x.astype(np.float32))
        out = layer(x)
        out.sum().backward()
        assert {out.dtype, x.grad.dtype, *(p.grad.dtype for p in layer.parameters())} == {np.dtype(np.float32)}
        assert {array.dtype for array in layer.state_dict().values()} <= {np.dtype(np.float32)}
    table = nn.Embedding(3, 2, dtype=np.float32)
    assert table([0, 1]).dtype == np.float32


def test_embedding_takes_the_numbers_of_its_rows():
    layer = nn.Embedding(4, 2, rng=0)
    E = layer.weight.data
    np.testing.assert_array_equal(layer([[3, 0], [0, 0]]).data, E[[[3, 0], [0, 0]]])
    np.testing.assert_array_equal(layer(2).data, E[2])
    np.testing.assert_array_equal(layer(Tensor([1.0, 3.0], requires_grad=False)).data, E[[1, 3]])
    for wrong, said in (
        ([4], "number 4, but 4 rows have the numbers 0 to 3"), ([-1], "number -1"), ([0.5], "integers"),
        ([True], "integers"), (["a"], "integers"), ([np.nan], "integers"), ([np.inf], "number inf"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"Embedding: .*{said}"):
            layer(wrong)
    run = tg.jit(layer)
    run(np.array([0, 1]))
    with pytest.raises(ValueError, match="number 9"):
        run(np.array([0, 9]))


@pytest.mark.parametrize("wrapped", [lambda layer: layer, tg.jit])
def test_integers_are_numbers_like_others(wrapped):
    """Pixels are often integers; what a layer makes of them is not rounded."""
    pixels = np.arange(32).reshape(2, 1, 4, 4) % 7
    for layer in (nn.MaxPool2d(2, padding=1), nn.Conv2d(1, 2, 3, padding=1, rng=0), nn.LayerNorm(4), nn.Flatten()):
        expected, found = layer(pixels.astype(float)), wrapped(layer)(pixels)
        np.testing.assert_array_equal(getattr(found, "data", found), getattr(expected, "data", expected))
    dropped = wrapped(nn.Dropout(0.25, rng=0))(np.ones(50, int))
    np.testing.assert_array_equal(np.unique(getattr(dropped, "data", dropped)), [0.0, 1 / 0.75])
    assert np.array_equal(nn.MaxPool2d(2, padding=1)(pixels.tolist()), nn.MaxPool2d(2, padding=1)(pixels * 1.0))


# ── what is refused, and how ──


@pytest.mark.parametrize(
    ("use", "kind", "said"),
    [
        (lambda: nn.Embedding(0, 2), ValueError, "Embedding: num_embeddings=0; it is a whole number from 1 on"),
        (lambda: nn.Embedding(5, 2.5), TypeError, "embedding_dim=2.5; it is a whole number"),
        (lambda: nn.Linear("two", 3), TypeError, "Linear: in_features='two'; it is a whole number"),
        (lambda: nn.MLP([2, 3.0, 1]), TypeError, "Linear: out_features=3.0"),
        (lambda: nn.MLP(None), ValueError, "sizes are those of the input"),
        (lambda: nn.Conv2d(1, None, 3), TypeError, "Conv2d: out_channels=None"),
        (lambda: nn.BatchNorm1d(True), TypeError, "num_features=True"),
        (lambda: nn.LayerNorm(2.5), TypeError, "normalized_shape=2.5"),
        (lambda: nn.Dropout("half"), ValueError, "p is a probability below 1, not 'half'"),
        (lambda: nn.Sequential(nn.ReLU), TypeError, r"ReLU is a class; a layer of it is ReLU\(…\)"),
        (lambda: nn.LayerNorm(()), ValueError, "no numbers"),
        (lambda: nn.LayerNorm(0), ValueError, "normalized_shape=0; it is a whole number from 1 on"),
        (lambda: nn.LayerNorm(3, eps=-1.0), ValueError, "eps=-1.0"),
        (lambda: nn.LayerNorm(3)(wave((2, 4))), ValueError, r"LayerNorm \(3\) takes arrays whose last axes are 3 long"),
        (lambda: nn.LayerNorm((2, 3))(wave((3,))), ValueError, "2 × 3 long, not an array"),
        (lambda: nn.BatchNorm1d(0), ValueError, "num_features=0; it is a whole number from 1 on"),
        (lambda: nn.BatchNorm1d(2, eps="a"), ValueError, "eps='a'"),
        (lambda: nn.BatchNorm1d(2, momentum=1.5), ValueError, "momentum=1.5; it is a number from 0 to 1"),
        (lambda: nn.BatchNorm1d(2, momentum=None), ValueError, "momentum=None"),
        (lambda: nn.BatchNorm1d(2)(wave((3, 4))), ValueError, r"takes arrays of shape \(N, 2\) or \(N, 2, L\), not"),
        (lambda: nn.BatchNorm1d(2)(wave((3,))), ValueError, "takes arrays of shape"),
        (lambda: nn.BatchNorm1d(2)(wave((1, 2))), ValueError, "has no variance.*at least 2 samples.*eval"),
        (lambda: nn.Conv2d(0, 1, 2), ValueError, "Conv2d: in_channels=0; it is a whole number from 1 on"),
        (lambda: nn.Conv2d(1, 1, True), TypeError, "kernel_size=True; it is a whole number"),
        (lambda: nn.Conv2d(1, 1, 0), ValueError, "kernel_size=0; it is at least 1"),
        (lambda: nn.Conv2d(1, 1, 2, stride=(1, 0)), ValueError, r"stride=\(1, 0\)"),
        (lambda: nn.Conv2d(1, 1, 2, padding=-1), ValueError, "padding=-1; it is at least 0"),
        (lambda: nn.Conv2d(1, 1, 2, padding="same"), TypeError, "padding='same'; it is a whole number"),
        (lambda: nn.Conv2d(1, 1, (2, 2, 2)), TypeError, "one for the height and one for the width"),
        (lambda: nn.Conv2d(1, 1, 2.5), TypeError, "kernel_size=2.5"),
        (
            lambda: nn.Conv2d(2, 1, 2)(wave((1, 3, 4, 4))),
            ValueError,
            r"pictures of shape \(N, 2, H, W\) or \(2, H, W\)",
        ),
        (lambda: nn.Conv2d(1, 1, 2)(wave((4, 4))), ValueError, r"not an array \(4, 4\)"),
        (lambda: nn.Conv2d(1, 1, 5)(wave((1, 4, 4))), ValueError, "windows of 5 × 5 do not fit into 4 × 4"),
        (lambda: nn.MaxPool2d(2, padding=2), ValueError, "more than half of kernel_size"),
        (lambda: nn.MaxPool2d(2)(wave((4, 4))), ValueError, "takes pictures"),
        (lambda: nn.Flatten()(2.0), ValueError, "a single number"),
        (lambda: nn.Linear(2, 3, init="xavier"), ValueError, "init is one of glorot, .*, or a function, not 'xavier'"),
        (lambda: nn.Linear(2, 3, init=lambda *_: np.zeros(2)), ValueError, r"shape \(2,\), not \(2, 3\)"),
    ],
)
def test_what_a_layer_cannot_do_is_said(use, kind, said):
    with pytest.raises(kind, match=said):
        use()


def test_an_error_names_the_layer_by_its_place():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2), nn.BatchNorm1d(3))
    with pytest.raises(ValueError, match=r"Linear layer 2 \(8 → 2\) takes 8 features"):
        model(wave((2, 1, 5, 5)))
    with pytest.raises(ValueError, match=r"BatchNorm1d layer 3 \(3\) takes"):
        model(wave((2, 1, 4, 4)))


# ── how weights begin ──


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        ("glorot", 2 / 500), ("glorot_normal", 2 / 500), ("he", 2 / 300), ("he_normal", 2 / 300), ("lecun", 1 / 300),
        ("normal", 1.0), ("zeros", 0.0),
    ],
)  # fmt: skip
def test_initial_weights_have_the_variance_of_their_source(init, variance):
    weights = initial("Linear", init, 0, (300, 200), 300, 200)
    assert np.var(weights) == pytest.approx(variance, rel=0.02)
    assert abs(np.mean(weights)) <= 4 * np.sqrt(variance / weights.size)
    bounded = np.abs(weights).max() <= np.sqrt(3 * variance)
    assert bounded == (init in ("glorot", "he", "zeros"))


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (3, 2, 2, 2)])
def test_orthogonal_weights_are_orthonormal(shape):
    matrix = initial("Linear", "orthogonal", 0, shape, 1, 1).reshape(shape[0], -1)
    small = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-14)


def test_every_initialiser_names_its_source_and_works_in_every_layer():
    assert all(len(each.__doc__) > 30 for each in INITIALISERS.values())
    assert all("Source" in INITIALISERS[name].__doc__ for name in INITIALISERS.keys() - {"normal", "zeros"})
    for name in INITIALISERS:
        for layer in (
            nn.Linear(4, 3, init=name, rng=0), nn.Conv2d(2, 3, 2, init=name, rng=0),
            nn.Embedding(4, 3, init=name, rng=0), nn.MLP([4, 3], init=name, rng=0)[0],
        ):  # fmt: skip
            again = type(layer).__name__
            assert np.all(np.isfinite(layer.weight.data)), (name, again)
    mine = nn.Linear(2, 3, init=lambda rng, shape, fan_in, fan_out: np.full(shape, fan_in + 10.0 * fan_out))
    assert np.all(mine.weight.data == 32.0)
    kernel = nn.Conv2d(2, 3, (2, 5), init=lambda rng, shape, fan_in, fan_out: np.full(shape, fan_in + fan_out / 100))
    assert np.all(kernel.weight.data == 20.3)


# ── printed ──


def test_a_model_is_printed_as_a_table():
    assert str(nn.MLP([30, 16, 1], output="sigmoid")).splitlines() == [
        "layer       shape                    parameters",
        "───────────────────────────────────────────────",
        "0  Linear   W_1 (30, 16), b_1 (16,)         496",
        "1  Tanh                                       0",
        "2  Linear   W_2 (16, 1), b_2 (1,)            17",
        "3  Sigmoid                                    0",
        "───────────────────────────────────────────────",
        "MLP                                         513",
    ]
    assert str(nn.Linear(2, 3)) == "Linear(2 → 3)"


def test_the_table_of_a_model_of_ones_own():
    class Two(nn.Module):
        def __init__(self):
            shared = nn.Linear(40, 40)
            self.encoder = nn.Sequential(shared, np.tanh, nn.BatchNorm1d(40))
            self.heads = [shared, nn.Linear(40, 1, bias=False)]
            self.scale = Tensor([1.0])

        def forward(self, x):
            self.seen = self.encoder(x)
            return self.heads[1](self.heads[0](self.seen)) * self.scale

    model = Two()
    model(wave((3, 40)))
    lines = [line.split("  ") for line in str(model).splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines if not line[0].startswith("─")]
    assert cells[1:] == [
        ["encoder.0", "Linear", "W_1 (40, 40), b_1 (40,)", "1,640"],
        ["encoder.1", "tanh", "0"],
        ["encoder.2", "BatchNorm1d", "gamma_2 (40,), beta_2 (40,), mu_2 (40,), v_2 (40,)", "80"],
        ["heads.0", "Linear", "W_1 (40, 40), b_1 (40,) (shared)", "0"],
        ["heads.1", "Linear", "W_3 (40, 1)", "40"],
        ["·", "Two", "scale (1,)", "1"],
        ["Two", "and 80 numbers that are not trained", "1,761"],
    ]
    assert int(cells[-1][-1].replace(",", "")) == sum(p.size for p in model.parameters())


# ── windows, the rows below convolutions ──


def test_windows_are_all_windows_and_overlap_add_puts_them_back():
    x = rng.normal(size=(2, 5, 7))
    seen = rules.windows(x, size=(2, 3), stride=(1, 2))
    assert seen.shape == (2, 4, 3, 2, 3)
    for i, j in np.ndindex(4, 3):
        np.testing.assert_array_equal(seen[:, i, j], x[:, i : i + 2, 2 * j : 2 * j + 3])
    counts = rules.overlap_add(np.ones_like(seen), lengths=(5, 7), stride=(1, 2))
    np.testing.assert_array_equal(rules.overlap_add(seen, lengths=(5, 7), stride=(1, 2)), counts * x)
    apart = rules.windows(x, size=(2, 2), stride=(2, 2))
    whole = rules.overlap_add(apart, lengths=(5, 7), stride=(2, 2))
    np.testing.assert_array_equal(whole[:, :4, :6], x[:, :4, :6])
    assert not whole[:, 4].any() and not whole[:, :, 6].any()


def test_a_program_puts_parts_into_their_place_at_once():
    """Slices take no place twice, so nothing is added entry by entry, which takes a hundred times as long."""
    x, places = wave((3, 4)), np.array([0, 2, 0])
    padded = tg.jit(tg.value_and_grad(lambda x: (np.pad(x, 1)[:, ::2] ** 2).sum()))
    value, gradient = padded(x)
    np.testing.assert_allclose(value, (x[:, 1::2] ** 2).sum())
    np.testing.assert_allclose(gradient, 2 * x * [0, 1, 0, 1])
    assert "out[key] = g" in padded.source and "add.at" not in padded.source
    chosen = tg.jit(tg.grad(lambda x: (x[places] * np.arange(3.0)[:, None]).sum()))
    np.testing.assert_allclose(chosen(x), np.array([2.0, 0.0, 1.0])[:, None] * np.ones((3, 4)))
    assert "add.at" in chosen.source


def test_a_program_sums_large_arrays_by_matrix_products():
    x, w = rng.normal(size=(40, 30)), rng.normal(size=(30, 20))
    product = tg.jit(lambda x, w: np.einsum("ij,jk->ik", x, w))
    np.testing.assert_allclose(product(x, w), x @ w)
    np.testing.assert_allclose(product(x[:2, :3], w[:3, :4]), x[:2, :3] @ w[:3, :4])
    large, small = product.source.split("def ")[1:]
    assert "optimize=True" in large and "optimize" not in small
