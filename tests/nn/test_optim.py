"""Optimisers: update by update PyTorch's, or the papers' formulas."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, losses, nn, optim

SETTINGS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.02}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.02}),
    ("AdamW", {"lr": 0.02, "betas": (0.8, 0.95), "weight_decay": 0.3}),
]
START = {"W": np.arange(6.0).reshape(2, 3) / 4 - 0.6, "b": np.array([0.3, -0.2, 0.0])}
X = np.random.default_rng(0).normal(size=(5, 2))


def loss_of(W, b, round_):
    """A loss whose gradient changes from step to step."""
    z = X @ W + b * (1.0 + 0.1 * round_)
    return (np.tanh(z) * z - z).mean() + (b * b * b * b).sum()


def our_steps(name, settings, steps=20):
    params = {key: Tensor(value, name=key) for key, value in START.items()}
    optimizer = getattr(optim, name)(params.values(), **settings)
    found = []
    for i in range(steps):
        optimizer.zero_grad()
        loss_of(params["W"], params["b"], i).backward()
        optimizer.step()
        found.append([p.data.copy() for p in params.values()])
    return found


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_agrees_with_pytorch(name, settings):
    torch = pytest.importorskip("torch")
    theirs = {key: torch.tensor(value, requires_grad=True) for key, value in START.items()}
    optimizer = getattr(torch.optim, name)(theirs.values(), **settings)
    data = torch.tensor(X)
    for i, ours in enumerate(our_steps(name, settings)):
        optimizer.zero_grad()
        z = data @ theirs["W"] + theirs["b"] * (1.0 + 0.1 * i)
        ((torch.tanh(z) * z - z).mean() + (theirs["b"] ** 4).sum()).backward()
        optimizer.step()
        for mine, other in zip(ours, theirs.values(), strict=True):
            np.testing.assert_allclose(mine, other.detach().numpy(), rtol=1e-12, atol=1e-12)


def by_formula(name, *, lr, momentum=0.0, weight_decay=None, nesterov=False, betas=(0.9, 0.999), eps=1e-8, steps=20):
    """The papers' algorithms, written a second time and otherwise: entry by entry, in Python floats."""
    decay = {"SGD": 0.0, "Adam": 0.0, "AdamW": 0.01}[name] if weight_decay is None else weight_decay
    params = {key: value.copy() for key, value in START.items()}
    first = {key: np.zeros_like(value) for key, value in START.items()}
    second = {key: np.zeros_like(value) for key, value in START.items()}
    for i in range(steps):
        grads = dict(zip("Wb", tg.grad(loss_of, argnums=(0, 1))(params["W"], params["b"], i), strict=True))
        for key, p in params.items():
            for at in np.ndindex(p.shape):
                g = grads[key][at]
                if name == "AdamW":
                    p[at] *= 1 - lr * decay
                else:
                    g += decay * p[at]
                if name == "SGD":
                    first[key][at] = momentum * first[key][at] + g
                    p[at] -= lr * (g + momentum * first[key][at] if nesterov else first[key][at])
                    continue
                first[key][at] = betas[0] * first[key][at] + (1 - betas[0]) * g
                second[key][at] = betas[1] * second[key][at] + (1 - betas[1]) * g**2
                m = first[key][at] / (1 - betas[0] ** (i + 1))
                v = second[key][at] / (1 - betas[1] ** (i + 1))
                p[at] -= lr * m / (v**0.5 + eps)
    return params


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_agrees_with_the_formulas(name, settings):
    for mine, other in zip(our_steps(name, settings)[-1], by_formula(name, **settings).values(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_update_is_the_same_on_nodes_and_pure(name, settings):
    p = Tensor(START["W"], name="W")
    optimizer = getattr(optim, name)([p], **settings)
    g = np.cos(START["W"])
    state = optimizer.fresh_state(p)
    plain = nodes = START["W"]
    plain_state = node_state = [state]
    for count in (1, 2, 3):
        [plain], plain_state = optimizer.updated([plain], [g], plain_state, count)
        as_node = Tensor(count, requires_grad=False)
        [nodes], node_state = optimizer.updated([Tensor(tg_plain(nodes))], [Tensor(g)], node_state, as_node)
        assert isinstance(nodes, Tensor)
    np.testing.assert_allclose(nodes.data, plain, rtol=1e-14)
    for key, value in state.items():
        assert not np.any(value), key
    assert np.array_equal(p.data, START["W"])


def tg_plain(x):
    return x.data if isinstance(x, Tensor) else x


def test_steps_in_place_and_keeps_the_dtype():
    p = Tensor(np.ones(3), dtype=np.float32)
    for optimizer in (optim.SGD([p], 0.1, momentum=0.5), optim.Adam([p], 0.1), optim.AdamW([p], 0.1)):
        held = p.data
        (p * p).sum().backward()
        optimizer.step()
        assert p.data is held
        assert p.data.dtype == np.float32
        assert all(value.dtype == np.float32 for value in optimizer.state[0].values())


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, optim.AdamW])
def test_numpys_numbers_as_settings_leave_float32_at_float32(make, kind):
    """A state of float64 would come back from a file as float32, and the run would go on to other weights."""
    p = Tensor(np.ones(3, np.float32))
    beside = {"momentum": kind(0.5)} if make is optim.SGD else {"betas": (kind(0.5), kind(0.75)), "eps": kind(0.125)}
    optimizer = make([p], lr=kind(0.25), weight_decay=kind(0.5), **beside)
    (p * p).sum().backward()
    optimizer.step()
    assert {value.dtype for value in optimizer.state[0].values()} == {np.dtype(np.float32)}
    assert all(setting.__class__ in (float, bool) for setting in (optimizer.lr, *optimizer.settings.values()))


def test_a_gradient_that_was_never_read_is_not_copied():
    p = Tensor(np.ones((4, 3)))
    optimizer = optim.SGD([p], 0.5)
    p.sum().backward()
    optimizer.step()
    assert np.array_equal(p.data, np.full((4, 3), 0.5))


def test_values_are_parameters_too():
    x = Value(2.0)
    for optimizer in (optim.SGD([x], 0.1, momentum=0.9), optim.Adam([x], 0.1)):
        for _ in range(200):
            optimizer.zero_grad()
            ((x - 1.0) * (x - 1.0)).backward()
            optimizer.step()
        assert abs(x.data - 1.0) < 1e-2
        assert type(x.data) is float


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_state_dict_goes_on_where_it_stopped(name, settings):
    def fresh():
        params = [Tensor(value) for value in START.values()]
        return params, getattr(optim, name)(params, **settings)

    def go(params, optimizer, rounds):
        for i in rounds:
            optimizer.zero_grad()
            loss_of(*params, i).backward()
            optimizer.step()

    params, optimizer = fresh()
    go(params, optimizer, range(3))
    kept = optimizer.state_dict(), [p.data.copy() for p in params]
    go(params, optimizer, range(3, 6))
    again, other = fresh()
    other.load_state_dict(kept[0])
    for p, value in zip(again, kept[1], strict=True):
        p.data = value
    go(again, other, range(3, 6))
    for p, q in zip(params, again, strict=True):
        assert np.array_equal(p.data, q.data)


def test_state_dict_is_a_copy():
    p = Tensor([1.0])
    optimizer = optim.Adam([p], 0.1)
    p.sum().backward()
    optimizer.step()
    kept = optimizer.state_dict()
    before = kept["state"][0]["mean"].copy()
    optimizer.step()
    assert np.array_equal(kept["state"][0]["mean"], before)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: optim.SGD([], 0.1), "no parameters"),
        (lambda: optim.SGD([Tensor([1.0])], 0.0), "lr=0.0"),
        (lambda: optim.Adam([Tensor([1.0])], lr=-1), "lr=-1"),
        (lambda: optim.Adam([Tensor([1.0])], lr=float("nan")), "lr=nan"),
        (lambda: optim.SGD([np.ones(2)], 0.1), "ndarray"),
        (lambda: optim.SGD([Tensor([1.0], name="y", requires_grad=False)], 0.1), r"y \(1,\)"),
        (lambda: optim.SGD([Tensor([1.0]) * 2], 0.1), "multiply"),
        (lambda: optim.SGD([Tensor([1.0])], 0.1, momentum=-0.1), "momentum"),
        (lambda: optim.SGD([Tensor([1.0])], 0.1, nesterov=True), "nesterov"),
        (lambda: optim.Adam([Tensor([1.0])], betas=(0.9, 1.0)), "betas"),
        (lambda: optim.SGD([p := Tensor([1.0]), p], 0.1), "twice"),
        (lambda: optim.SGD(Tensor([1.0, 2.0]), 0.1), "leaves"),
    ],
)
def test_what_cannot_be_trained_is_said(build, said):
    with pytest.raises((ValueError, TypeError), match=said):
        build()


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), -0.1, "0.1", None, np.array([0.1, 0.2]), Tensor(0.1)])
def test_a_learning_rate_set_by_hand_is_looked_at(rate):
    p = Tensor([1.0])
    optimizer = optim.SGD([p], 0.1)
    with pytest.raises(ValueError, match=r"SGD: lr=.*a finite number, not below 0"):
        optimizer.lr = rate
    assert optimizer.lr == 0.1


def test_a_rate_that_is_an_argument_of_a_jitted_step_is_refused_and_leaves_the_optimiser_as_it_was():
    p = Tensor([1.0])
    optimizer = optim.SGD([p], 0.1)

    def step(rate):
        optimizer.lr = rate
        optimizer.zero_grad()
        (p * p).sum().backward()
        optimizer.step()

    with pytest.raises(TypeError, match=r"step: the learning rate is rate \(\), .*: set it between the calls"):
        tg.jit(step)(0.5)
    assert optimizer.lr == 0.1
    step(0.25)
    assert p.data[0] == 0.5


def test_a_rate_that_is_an_argument_serves_a_pure_update():
    p = np.array([1.0, 2.0])
    optimizer = optim.SGD([Tensor(p)], 0.1)

    @tg.jit
    def updated(p, g, rate):
        optimizer.lr = rate
        return optimizer.updated([p], [g], [{}], 1)[0][0]

    for rate in (0.5, 0.25):
        np.testing.assert_array_equal(updated(p, p, rate), (1 - rate) * p)
    assert optimizer.lr == 0.1


@pytest.mark.parametrize("rate", [0.0, 1, np.float32(0.5), np.array(0.5)])
def test_a_schedule_may_set_any_rate_down_to_0(rate):
    p = Tensor([1.0])
    optimizer = optim.SGD([p], 0.1)
    optimizer.lr = rate
    p.sum().backward()
    optimizer.step()
    assert p.data[0] == 1.0 - rate


@pytest.mark.parametrize("jitted", [False, True], ids=["eager", "jit"])
def test_where_no_parameter_has_a_gradient_it_is_said_and_nothing_moves(jitted):
    p, q = Tensor([1.0], name="W_1"), Tensor([1.0], name="W_2")
    for params, said in (([p], r"SGD\.step: W_1 \(1,\) has no gradient"), ([p, q], r"no parameter .*W_1 .*W_2")):
        optimizer = optim.SGD(params, 0.1)
        step = (lambda x: (optimizer.step(), x)[1]) if jitted else lambda x: optimizer.step()  # noqa: B023
        with pytest.raises(ValueError, match=said):
            (tg.jit(step) if jitted else step)(1.0)
        assert p.data[0] == 1.0
        assert optimizer.count == 0


def by_hand(p, lr=0.1, steps=1):
    """Adam's steps on the loss p², for one number."""
    m = v = 0.0
    for t in range(1, steps + 1):
        g = 2 * p
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        p -= lr * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
    return p


@pytest.mark.parametrize("jitted", [False, True], ids=["eager", "jit"])
def test_a_parameter_without_a_gradient_is_passed_over_and_counts_for_itself(jitted):
    """What each is corrected by for having begun at 0 is its own number of steps, as in PyTorch."""
    p, q = Tensor([3.0], name="p"), Tensor([2.0], name="q")
    optimizer = optim.Adam([p, q], lr=0.1)

    def step(both, x):
        optimizer.zero_grad()
        loss = (p * p).sum() * x
        if both is not None:
            loss = loss + (q * q).sum()
        loss.backward()
        optimizer.step()
        return loss

    step = tg.jit(step) if jitted else step
    for both in (None, None, "both", None, "both", "both"):
        before, remembered = q.data.copy(), [np.array(value) for value in optimizer.state[1].values()]
        step(both, 1.0)
        if both is None:
            assert q.data[0] == before[0]
            np.testing.assert_array_equal(list(optimizer.state[1].values()), remembered)
    np.testing.assert_allclose(p.data, by_hand(3.0, steps=6), rtol=1e-12)
    np.testing.assert_allclose(q.data, by_hand(2.0, steps=3), rtol=1e-12)
    assert (optimizer.counts, optimizer.count) == ([6, 3], 6)
    other = optim.Adam([Tensor([0.0]), Tensor([0.0])])
    other.load_state_dict(optimizer.state_dict())
    assert other.counts == [6, 3]


def test_a_program_that_counts_for_several_at_once_refuses_when_they_differ():
    p, q = Tensor([3.0], name="p"), Tensor([2.0], name="q")
    optimizer = optim.Adam([p, q])

    def step(x):
        optimizer.zero_grad()
        ((p * p).sum() * x + (q * q).sum()).backward()
        optimizer.step()
        return x

    fast = tg.jit(step)
    fast(1.0)
    optimizer.zero_grad()
    (p * p).sum().backward()
    optimizer.step()
    with pytest.raises(tg.errors.FrozenNumberError, match="different numbers of steps"):
        fast(1.0)

    def twice(x):
        step(x)
        optimizer.zero_grad()
        (p * p).sum().backward()
        optimizer.step()
        return x

    optimizer.counts = [1, 1]
    with pytest.raises(tg.errors.FrozenNumberError, match="move different parameters"):
        tg.jit(twice)(1.0)


def test_a_module_stands_for_its_parameters():
    model = nn.MLP([2, 3, 1], rng=0)
    assert optim.SGD(model, 0.1).params == optim.SGD(model.parameters(), 0.1).params
    with pytest.raises(TypeError, match=r"in a list, \[w\]"):
        optim.SGD(Tensor([1.0], name="w"), 0.1)
    with pytest.raises(TypeError, match="make an optimiser for each"):
        optim.SGD([{"params": model.parameters()}], 0.1)


SETTING = [
    {"lr": -1}, {"lr": 0}, {"lr": np.nan}, {"lr": np.inf}, {"lr": "0.1"}, {"lr": None}, {"beta1": 1.0}, {"beta2": 2},
    {"beta1": -0.1}, {"eps": -1e-8}, {"eps": np.nan}, {"weight_decay": -1}, {"count": -1}, {"count": 1.5},
    {"count": np.nan}, {"count": np.inf}, {"count": [1]}, {"count": "2"}, {"state": []}, {"state": None},
    {"state": [{}, {}]}, {"lr": 10**400},
]  # fmt: skip


@pytest.mark.parametrize("change", SETTING, ids=str)
def test_a_state_that_no_optimiser_can_have_is_refused_whole(change):
    params = [Tensor([1.0, 2.0]), Tensor([3.0])]
    optimizer = optim.Adam(params, 0.5)
    sum((p * p).sum() for p in params).backward()
    optimizer.step()
    before = optimizer.state_dict()
    with pytest.raises((ValueError, TypeError), match="Adam"):
        optimizer.load_state_dict({**optim.Adam(params, 0.25).state_dict(), **change})
    np.testing.assert_equal(optimizer.state_dict(), before)


@pytest.mark.parametrize("key", ["lr", "beta1", "eps", "count", "state"])
def test_a_state_that_lacks_something_is_refused(key):
    optimizer = optim.Adam([Tensor([1.0])])
    state = optimizer.state_dict()
    del state[key]
    with pytest.raises(KeyError, match=key):
        optimizer.load_state_dict(state)


@pytest.mark.parametrize(
    ("moments", "said"),
    [
        ({"mean": [np.nan, 0.0]}, "nan"),
        ({"mean_square": [0.0, -1.0]}, "-1.0"),
        ({"mean_square": [np.inf, 0.0]}, "inf"),
        ({"mean": ["a", "b"]}, "<U1"),
        ({"mean": [1j, 0j]}, "complex"),
        ({"mean": [1.0]}, "shape"),
        ({"velocity": [1.0, 0.0]}, "velocity"),
    ],
)
def test_moments_that_no_step_leaves_are_refused_whole(moments, said):
    p, q = Tensor([1.0, 2.0], name="p"), Tensor([3.0, 4.0], name="q")
    optimizer = optim.Adam([p, q])
    before = optimizer.state_dict()
    state = optim.Adam([p, q], lr=0.5).state_dict()
    state["state"][1] = {**state["state"][1], **{key: np.array(value) for key, value in moments.items()}}
    with pytest.raises((ValueError, TypeError), match=f"q.*{said}|{said}.*q"):
        optimizer.load_state_dict(state)
    np.testing.assert_equal(optimizer.state_dict(), before)


def test_a_state_takes_its_momentum_along():
    """SGD remembers a velocity only where there is a momentum: the two are taken over together."""
    p, q = Tensor([1.0]), Tensor([1.0])
    plain, heavy = optim.SGD([p], 0.1), optim.SGD([q], 0.1, momentum=0.9)
    for parameter in (p, q):
        (parameter * parameter).sum().backward()
    heavy.step()
    p.data = q.data
    plain.load_state_dict(heavy.state_dict())
    plain.step()
    heavy.step()
    assert p.data[0] == q.data[0]
    with pytest.raises(ValueError, match="nothing; expected velocity"):
        heavy.load_state_dict({**heavy.state_dict(), "state": [{}]})


def test_a_state_of_something_else_is_refused():
    optimizer = optim.Adam([Tensor([1.0])])
    with pytest.raises(KeyError, match="momentum"):
        optimizer.load_state_dict(optim.SGD([Tensor([1.0])], 0.1).state_dict())
    with pytest.raises(ValueError, match="mean of shape"):
        optimizer.load_state_dict(optim.Adam([Tensor([1.0, 2.0])]).state_dict())
    with pytest.raises(ValueError, match="2 parameters, not 1"):
        optimizer.load_state_dict(optim.Adam([Tensor([1.0]), Tensor([1.0])]).state_dict())


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_a_recorded_training_step_is_the_eager_one(name, settings):
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(7, 3)), rng.integers(0, 2, (7, 1))
    eager, model = nn.MLP([3, 4, 1], rng=0), nn.MLP([3, 4, 1], rng=0)
    theirs = getattr(optim, name)(eager.parameters(), **settings)
    optimizer = getattr(optim, name)(model.parameters(), **settings)

    def loss_of(parameters, X, y):
        with model.using(parameters):
            return losses.binary_cross_entropy_with_logits(model(X), y)

    def step(parameters, states, count, X, y):
        loss, grads = tg.value_and_grad(loss_of)(parameters, X, y)
        parameters, states = optimizer.updated(parameters, grads, states, count)
        return loss, parameters, states

    fast = tg.jit(step)
    parameters = [p.data.copy() for p in model.parameters()]
    states = [optimizer.fresh_state(p) for p in model.parameters()]
    for count in range(1, 6):
        loss, parameters, states = fast(parameters, states, float(count), X, y)
        theirs.zero_grad()
        expected = losses.binary_cross_entropy_with_logits(eager(X), y)
        expected.backward()
        theirs.step()
        assert float(loss) == pytest.approx(float(expected.data), rel=1e-12)
    for mine, other in zip(parameters, eager.parameters(), strict=True):
        np.testing.assert_allclose(mine, other.data, rtol=1e-11, atol=1e-13)


def test_a_step_inside_a_recording_is_made_at_every_call():
    model = nn.Linear(2, 1, rng=0)
    optimizer = optim.SGD(model.parameters(), 0.1)

    def step(x):
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()
        return x

    before, jitted = model.weight.data.copy(), tg.jit(step)
    for count in (1, 2):
        jitted(np.ones((3, 2)))
        np.testing.assert_allclose(model.weight.data, before - 0.1 * 3.0 * count)


def test_a_method_that_was_not_called_is_said():
    with pytest.raises(TypeError, match=r"call it: Adam\(model\.parameters\(\), …\)"):
        tg.optim.Adam(tg.nn.Linear(2, 3).parameters)


@pytest.mark.parametrize("betas", [0.9, (0.9,), (0.9, 0.99, 0.999)])
def test_adam_has_two_betas(betas):
    with pytest.raises(ValueError, match=r"AdamW: betas=.*; there are two, such as \(0.9, 0.999\)"):
        optim.AdamW([Tensor([1.0])], betas=betas)
