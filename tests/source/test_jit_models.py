"""Training steps over a model, jitted: the same losses and weights as without."""

import copy

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine.graph import plain
from tinygrad_edu.nn.activations import Activation

rng = np.random.default_rng(2)
X, Y = rng.normal(size=(30, 2)), (rng.random((30, 1)) > 0.5).astype(float)
OPTIMIZERS = {
    "SGD": lambda params: tg.optim.SGD(params, lr=0.3),
    "momentum": lambda params: tg.optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=0.01),
    "Adam": lambda params: tg.optim.Adam(params, lr=0.05),
    "AdamW": lambda params: tg.optim.AdamW(params, lr=0.05, weight_decay=0.1),
}


def network():
    return tg.nn.MLP([2, 5, 1], rng=0)


def trainer(model, optimizer):
    def step(X, y):
        optimizer.zero_grad()
        loss = tg.losses.binary_cross_entropy_with_logits(model(X), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimiser_inside(name):
    models = [network(), network()]
    optimizers = [OPTIMIZERS[name](model.parameters()) for model in models]
    eager, jitted = trainer(models[0], optimizers[0]), tg.jit(trainer(models[1], optimizers[1]))
    for i in range(10):
        batch = X[i : i + 20], Y[i : i + 20]
        if i == 5:
            for optimizer in optimizers:
                optimizer.lr /= 2
        np.testing.assert_allclose(jitted(*batch), eager(*batch).data, rtol=1e-12)
    for p, q in zip(*(model.parameters() for model in models), strict=True):
        np.testing.assert_allclose(q.data, p.data, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(q.grad, p.grad, rtol=1e-9, atol=1e-12)
    assert optimizers[0].count == optimizers[1].count == 10
    assert len(jitted._programs) == 1


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_settings_of_an_optimiser_that_change_between_calls(backend):
    """By hand, and by a state that brings others: a momentum that ends, and begins again."""
    if backend == "jax":
        pytest.importorskip("jax")
    models = [network(), network()]
    optimizers = [OPTIMIZERS["momentum"](model.parameters()) for model in models]
    eager, jitted = trainer(models[0], optimizers[0]), tg.jit(trainer(models[1], optimizers[1]), backend=backend)
    before = [optimizer.state_dict() for optimizer in optimizers]
    changes = [
        lambda optimizer, _: optimizer.settings.update(weight_decay=0.5),
        lambda optimizer, _: optimizer.load_state_dict(tg.optim.SGD(optimizer.params, 0.2).state_dict()),
        lambda optimizer, state: optimizer.load_state_dict(state),
    ]
    for change in changes:
        for _ in range(2):
            np.testing.assert_allclose(jitted(X, Y), eager(X, Y).data, rtol=1e-12)
        for optimizer, state in zip(optimizers, before, strict=True):
            change(optimizer, state)
    np.testing.assert_allclose(jitted(X, Y), eager(X, Y).data, rtol=1e-12)
    for p, q in zip(*(model.parameters() for model in models), strict=True):
        np.testing.assert_allclose(q.data, p.data, rtol=1e-10, atol=1e-12)
    assert len(jitted._programs) == 3  # the settings from before have their program already


def test_an_optimiser_outside():
    models = [network(), network()]
    optimizers = [OPTIMIZERS["Adam"](model.parameters()) for model in models]
    eager = trainer(models[0], optimizers[0])

    @tg.jit
    def loss_and_gradients(X, y):
        for p in models[1].parameters():
            p.grad = None
        loss = tg.losses.binary_cross_entropy_with_logits(models[1](X), y)
        loss.backward()
        return loss

    for _ in range(5):
        expected = eager(X, Y)
        np.testing.assert_allclose(loss_and_gradients(X, Y), expected.data, rtol=1e-12)
        optimizers[1].step()
    for p, q in zip(*(model.parameters() for model in models), strict=True):
        np.testing.assert_allclose(q.data, p.data, rtol=1e-10)


def test_the_digits_of_the_example():
    """What examples/digits_softmax.py trains, with jit and without: the same losses."""
    pixels, numbers = rng.normal(size=(40, 64)), rng.integers(0, 10, 40)

    def training():
        model = tg.nn.MLP([64, 32, 10], activation="tanh", output="softmax", rng=0)
        optimizer = tg.optim.AdamW(model.parameters(), lr=0.003, weight_decay=0.05)

        def step(X, y):
            loss = tg.losses.cross_entropy(model.logits(X), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss

        return step

    eager, jitted = training(), tg.jit(training())
    for _ in range(10):
        np.testing.assert_allclose(jitted(pixels, numbers), eager(pixels, numbers).item(), rtol=1e-13)


def test_recording_and_lowering_change_nothing():
    model = network()
    optimizer = OPTIMIZERS["Adam"](model.parameters())
    before, state = model.state_dict(), copy.deepcopy(optimizer.state_dict())
    tg.jit(trainer(model, optimizer)).lower(X, Y)
    for key, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[key])
    assert all(p.grad is None for p in model.parameters())
    assert repr(optimizer.state_dict()) == repr(state)


def test_two_steps_in_one_call():
    models = [network(), network()]
    optimizers = [OPTIMIZERS["momentum"](model.parameters()) for model in models]
    steps = [trainer(model, optimizer) for model, optimizer in zip(models, optimizers, strict=True)]
    twice = tg.jit(lambda X, y: (steps[1](X, y), steps[1](X, y)))
    for _ in range(3):
        expected = [steps[0](X, Y).data, steps[0](X, Y).data]
        np.testing.assert_allclose(twice(X, Y), expected, rtol=1e-11)
    assert optimizers[1].count == 6


def test_gradients_that_would_pile_up_raise():
    w = Tensor([1.0, 2.0], name="w")

    @tg.jit
    def f(x):
        (w * x).sum().backward()
        return x

    f(np.ones(2))
    np.testing.assert_array_equal(w.grad, [1.0, 1.0])
    with pytest.raises(ValueError, match="zero_grad"):
        f(np.ones(2))
    with pytest.raises(TypeError, match=r"would add to the gradient that w \(2,\) has from before"):
        f.lower(np.ones((3, 2)))  # of another shape, so that it is recorded anew
    w.grad = None
    f(np.ones(2) * 3)
    np.testing.assert_array_equal(w.grad, [3.0, 3.0])


def test_single_numbers_as_parameters():
    def build():
        w = Value(0.5, name="w")
        return w, trainer_of(w, tg.optim.Adam([w], lr=0.1))

    def trainer_of(w, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = (w * x - 1.0) ** 2
            loss.backward()
            optimizer.step()
            return loss

        return step

    (v, eager), (w, step) = build(), build()
    jitted = tg.jit(step)
    for x in (1.0, 2.0, 3.0, 1.0):
        assert np.isclose(jitted(x), eager(x).data, rtol=1e-12)
    assert np.isclose(w.data, v.data, rtol=1e-12) and type(w.data) is float


def test_parameters_passed_in():
    model = network()
    optimizer = OPTIMIZERS["Adam"](model.parameters())
    names = [name for name, _ in model.named_parameters()]

    def loss_of(params, X, y):
        h = X
        h = np.tanh(h @ params[names[0]] + params[names[1]])
        return tg.losses.binary_cross_entropy_with_logits(h @ params[names[2]] + params[names[3]], y)

    @tg.jit
    def step(params, states, count, X, y):
        loss, grads = tg.value_and_grad(loss_of)(params, X, y)
        params, states = optimizer.updated(list(params.values()), list(grads.values()), states, count)
        return loss, dict(zip(names, params, strict=True)), states

    params = {name: p.data.copy() for name, p in model.named_parameters()}
    states = [optimizer.fresh_state(p) for p in model.parameters()]
    eager = trainer(model, optimizer)
    for count in range(1, 5):
        optimizer.lr *= 0.5  # read at every call
        expected = eager(X, Y)
        loss, params, states = step(params, states, count, X, Y)
        np.testing.assert_allclose(loss, expected.data, rtol=1e-12)
    assert len(step._programs) == 1
    optimizer.settings["beta1"] = 0.5
    eager(X, Y)
    _, params, states = step(params, states, 5, X, Y)
    for found, parameter in zip(params.values(), model.parameters(), strict=True):
        np.testing.assert_allclose(found, parameter.data, rtol=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_watch_for_anomalies_sees_what_was_recorded_before_it():
    w = Tensor([1.0], name="w")
    optimizer = tg.optim.SGD([w], lr=0.1)

    @tg.jit
    def step(x):
        loss = np.log(x * w).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step(np.ones(1))
    before = w.data.copy()
    with tg.detect_anomaly():
        with pytest.raises(ArithmeticError, match="log"):
            step(np.zeros(1))
        np.testing.assert_array_equal(w.data, before)
    assert step(np.ones(1)) == np.log(before[0])


# ── what a recording leaves as it was, and what it refuses ────────────────────────────────────────────────────────────


def a_parameter():
    w = Tensor([1.0, 2.0], name="w")
    return w, tg.optim.Adam([w], lr=0.1)


def test_a_recording_that_fails_leaves_gradients_as_they_were():
    w, optimizer = a_parameter()
    w.grad = np.array([5.0, 7.0])

    def step(x):
        optimizer.zero_grad()
        (w * x).sum().backward()
        raise KeyError(x)

    with pytest.raises(KeyError):
        tg.jit(step)(np.ones(2))
    assert w.grad.tolist() == [5.0, 7.0]


def test_a_step_with_gradients_from_before_is_refused():
    w, optimizer = a_parameter()
    w.grad = np.ones(2)
    with pytest.raises(TypeError, match=r"^step: w \(2,\) has no gradient of this call"):
        tg.jit(lambda x: optimizer.step() or x)(np.ones(2))


@pytest.mark.parametrize("way", ["a step", "in place"])
def test_a_gradient_at_numbers_of_before_is_refused_as_without_jit(way):
    w, optimizer = a_parameter()

    def step(x):
        loss, other = (w * w * x).sum(), (w * w * x).sum()
        optimizer.zero_grad()
        if way == "a step":
            loss.backward()
            optimizer.step()
        else:
            with tg.no_grad():
                moved = w
                moved -= 0.1
        other.backward()

    for f in (step, tg.jit(step)):
        with pytest.raises(tg.errors.ChangedSinceError, match=r"w \(2,\) was changed after multiply"):
            f(np.ones(2))


@pytest.mark.parametrize("backend", ["numpy", pytest.param("jax", marks=pytest.mark.filterwarnings("ignore"))])
def test_what_an_optimiser_remembers_has_its_name_and_stays_numpys(backend):
    if backend == "jax":
        pytest.importorskip("jax")
    w, optimizer = a_parameter()

    def step(x):
        optimizer.zero_grad()
        np.where(w > 0.0, w * x, 0.0).sum().backward()  # the condition gets no gradient
        optimizer.step()
        return x * Tensor([2.0, 1.0]).data  # a tensor of the function's own may be read

    jitted = tg.jit(step, backend=backend)
    assert np.asarray(jitted(np.ones(2))).tolist() == [2.0, 1.0]
    assert all(type(each) is np.ndarray for each in optimizer.state[0].values())
    assert all(each in jitted.source for each in ("lr", "count", "mean_square"))
    ((recording, _),) = jitted._programs.values()
    outside = recording.trace.outside
    assert not outside.moved and not outside.gradients and all(cell.now is None for cell in outside.cells.values())


def test_what_is_moved_twice_is_moved_from_where_it_was():
    def build():
        norm = tg.nn.BatchNorm1d(2)

        def step(x):
            first = norm(x)
            second = norm(x * 3.0 + first)
            norm.eval()
            in_use = norm(x)
            norm.train()
            return second, in_use

        return norm, step

    (norm, eager), (other, step) = build(), build()
    jitted = tg.jit(step)
    for scale in (1.0, -2.0, 5.0):
        x = scale * np.arange(8.0).reshape(4, 2) ** 1.5
        for right, found in zip(eager(tg.Tensor(x)), jitted(x), strict=True):
            np.testing.assert_allclose(found, right.data, rtol=1e-12)
        for name, right in norm.state_dict().items():
            np.testing.assert_allclose(other.state_dict()[name], right, rtol=1e-12)


RESET = {
    "momentum": (lambda: tg.nn.BatchNorm1d(2), {"momentum": 0.5}),
    "eps in training": (lambda: tg.nn.BatchNorm1d(2), {"eps": 0.5}),
    "eps of a sample": (lambda: tg.nn.LayerNorm(2), {"eps": 0.5}),
    "nothing dropped, then all but a little": (lambda: tg.nn.Dropout(0.0, rng=0), {"p": 0.9}),
    "something dropped, then nothing": (lambda: tg.nn.Dropout(0.5, rng=0), {"p": 0.0}),
    "a slope": (lambda: tg.nn.LeakyReLU(0.1), {"settings": {"negative_slope": 0.5}}),
    "a stride": (lambda: tg.nn.Conv2d(1, 1, 1, rng=0), {"stride": (2, 2)}),
    "windows": (lambda: tg.nn.MaxPool2d(1), {"kernel_size": (2, 2), "stride": (2, 2)}),
}


@pytest.mark.parametrize("backend", ["numpy", "jax"])
@pytest.mark.parametrize("name", RESET)
def test_settings_of_a_layer_that_change_between_calls(name, backend):
    """Each has a program, and what was set before has its own already."""
    if backend == "jax":
        pytest.importorskip("jax")
    make, settings = RESET[name]
    layer, twin = make(), make()
    model = tg.nn.Sequential(layer)
    x = np.random.default_rng(1).normal(size=(1, 1, 4, 4) if name in ("a stride", "windows") else (6, 2))
    jitted = tg.jit(lambda x: model(x) * 1.0, backend=backend)
    before = {key: getattr(layer, key) for key in settings}
    for now in ({}, settings, {}, before):
        vars(layer).update(now)
        vars(twin).update(now)
        np.testing.assert_allclose(jitted(x), plain(twin(x) * 1.0), rtol=1e-12)
    for (_, one), (_, other) in zip(layer.named_tensors(), twin.named_tensors(), strict=True):
        np.testing.assert_allclose(one.data, other.data, rtol=1e-12)
    assert len(jitted._programs) == 2


def test_an_activation_of_ones_own_needs_no_settings():
    class Twice(Activation):
        def __init__(self):
            self.factor = 2.0

        def forward(self, x):
            return self.factor * x

    layer = Twice()
    assert tg.jit(lambda x: layer(x))(np.ones(2)).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("kind", [Value, lambda data, name: Tensor([data], name=name)])
def test_a_gradient_that_is_a_number_or_none_at_all(kind):
    """One that is the same at every call moves its parameter; without one a parameter keeps None, not nan."""
    w, idle, kept = kind(2.0, name="w"), kind(3.0, name="idle"), kind(4.0, name="kept")
    optimizer = tg.optim.SGD([w], lr=0.5)

    @tg.jit
    def step(x):
        optimizer.zero_grad()
        idle.grad = None
        condition = idle * 1.0
        loss = tg.sum(w) + 0.0 * tg.sum(tg.where(condition, x, 0.0))
        loss.backward()
        optimizer.step()
        return loss

    for n in range(1, 4):
        step(np.array([1.0]))
        np.testing.assert_array_equal(w.data, np.full(w.shape, 2.0 - 0.5 * n))
    assert idle.grad is None and kept.grad is None
