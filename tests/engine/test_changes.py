"""Numbers written to between forward and backward: the gradient of the recorded point, or an error that says what."""

import gc
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine import changes, graph, rules
from tinygrad_edu.errors import ChangedSinceError


def numbers():
    return Tensor([2.0, -1.0], name="W"), Tensor([3.0, 0.5], name="v")


def optimised(W, v):
    (v * v).sum().backward()
    tg.optim.SGD([v], lr=1.0).step()


def replaced(W, v):
    v.data = [5.0, 5.0]


def subtracted(W, v):
    v.data -= 1.0


def written(W, v):
    v.data[0] = 1.0


def written_through_numpy(W, v):
    v.numpy()[...] = 7.0


def written_through_a_view(W, v):
    v.data[::-1][:1] = 7.0


def permuted(W, v):
    v.data[:] = v.data[::-1].copy()


def written_through_detach(W, v):
    v.detach().data[0] = 9.0


def decayed_in_place(W, v):
    with tg.no_grad():
        v.data *= 0.5


def decayed_through_a_view(W, v):
    other = v.reshape(2, 1).detach()
    other.requires_grad = True
    with tg.no_grad():
        other *= 0.5


WAYS = [optimised, replaced, subtracted, written, written_through_numpy, written_through_a_view, permuted]
WAYS += [written_through_detach, decayed_in_place, decayed_through_a_view]


@pytest.mark.parametrize("change", WAYS)
def test_a_changed_operand_that_the_derivative_reads_is_refused(change):
    W, v = numbers()
    loss = (W * v).sum()
    change(W, v)
    with pytest.raises(ChangedSinceError, match=r"v \(2,\) was changed after multiply was computed from it"):
        loss.backward()
    assert W.grad is None


@pytest.mark.parametrize("change", WAYS)
def test_an_operation_that_does_not_look_at_what_changed_goes_on(change):
    W, v = numbers()
    loss = (W + v - 2.0 * v).sum()
    change(W, v)
    v.grad = None
    loss.backward()
    np.testing.assert_array_equal(W.grad, [1.0, 1.0])
    np.testing.assert_array_equal(v.grad, [-1.0, -1.0])


@pytest.mark.parametrize("change", WAYS)
def test_what_is_recorded_after_the_change_is_right(change):
    W, v = numbers()
    change(W, v)
    loss = (W * v).sum()
    loss.backward()
    np.testing.assert_array_equal(W.grad, v.data)


def test_two_losses_and_a_step_between_them():
    """The order of adversarial training."""
    W, v = Tensor([2.0], name="W"), Tensor([3.0], name="v")
    optimiser = tg.optim.SGD([v], lr=1.0)
    out = (W * v).sum()
    a, b = out * 1, out * 1
    a.backward()
    optimiser.step()
    W.grad = None
    with pytest.raises(ChangedSinceError, match="v"):
        b.backward()


def test_a_value_on_the_way():
    W = Tensor([2.0], name="W")
    y = np.exp(W)
    loss = y.sum()
    y.numpy()[:] = 9.0
    with pytest.raises(ChangedSinceError, match=r"the result of exp \(1,\) was changed after exp had computed it"):
        loss.backward()


def test_a_view_is_called_by_the_name_of_the_tensor():
    W = Tensor(np.eye(2), name="W")
    loss = (W.T * W.T).sum()
    W.data[0, 0] = 7.0
    with pytest.raises(ChangedSinceError, match=r"W \(2, 2\)"):
        loss.backward()


@pytest.mark.parametrize("change", [lambda x: setattr(x, "data", 5.0), lambda x: step_on(x)])
def test_bare_numbers(change):
    x, y = Value(3.0, name="x"), Value(2.0, name="y")
    product, total = x * y, x + y
    change(x)
    y.grad = None
    total.backward()
    assert y.grad == 1.0
    with pytest.raises(ChangedSinceError, match=r"x \(\) was changed after multiply"):
        product.backward()
    assert y.grad == 1.0


def step_on(x):
    (x * x).backward()
    tg.optim.SGD([x], lr=0.1).step()


def test_load_state_dict():
    model = tg.nn.MLP([2, 3, 1])
    state = model.state_dict()
    loss = model(np.ones((4, 2))).sum()
    model.load_state_dict(state)
    with pytest.raises(ChangedSinceError, match="W_2"):
        loss.backward()


def test_in_a_jitted_step_too():
    W, v = Tensor([2.0], name="W"), Tensor([3.0], name="v")
    optimiser = tg.optim.SGD([v], lr=1.0)

    @tg.jit
    def step():
        out = (W * v).sum()
        a, b = out * 1, out * 1
        a.backward()
        optimiser.step()
        W.grad = None
        b.backward()
        return W.grad

    with pytest.raises(ChangedSinceError, match="v"):
        step()
    assert v.data == 3.0


def test_a_jitted_step_changes_what_others_recorded():
    v = Tensor([3.0], name="v")
    optimiser = tg.optim.SGD([v], lr=1.0)

    @tg.jit
    def step():
        optimiser.zero_grad()
        (v * v).sum().backward()
        optimiser.step()

    step()
    loss = (v * v).sum()
    step()
    with pytest.raises(ChangedSinceError, match="v"):
        loss.backward()


def test_a_higher_derivative_and_a_pullback_look_as_well():
    W, v = numbers()
    loss = (W * v).sum()
    replaced(W, v)
    with pytest.raises(ChangedSinceError):
        loss.backward(create_graph=True)
    _, pullback = tg.vjp(lambda W: (W * v).sum(), np.ones(2))
    replaced(W, v)
    with pytest.raises(ChangedSinceError):
        pullback(1.0)


# ── whoever is right hears nothing ────────────────────────────────────────────────────────────────────────────────────


def test_an_array_kept_and_written_to_between_the_rounds():
    W = Tensor([2.0], name="W")
    w = W.data
    for _ in range(5):
        W.grad = None
        (W * W).sum().backward()
        w -= 0.1 * W.grad
    np.testing.assert_allclose(W.data, [2.0 * 0.8**5])
    loss = (W * W).sum()
    w -= 0.1
    with pytest.raises(ChangedSinceError, match="W"):
        loss.backward()


def test_numbers_put_back_are_the_recorded_ones():
    """Finite differences by hand, before the backward pass of a loss recorded earlier."""
    W = Tensor([2.0, 3.0], name="W")
    loss = (W * W).sum()
    slopes = []
    for i in range(2):
        before = W.data[i]
        ends = []
        for step in (1e-6, -1e-6):
            W.data[i] = before + step
            ends.append((W * W).sum().item())
        W.data[i] = before
        slopes.append((ends[0] - ends[1]) / 2e-6)
    loss.backward()
    np.testing.assert_allclose(W.grad, slopes, rtol=1e-6)


def test_reading_costs_nobody_anything():
    W = Tensor(np.ones(3), name="W")
    y = W * W
    loss = y.sum()
    assert W.data.sum() == 3.0 and y.numpy().max() == 1.0
    assert np.asarray(Tensor([1.0], requires_grad=False)) == 1.0
    loss.backward()
    np.testing.assert_array_equal(W.grad, [2.0, 2.0, 2.0])


def test_a_training_loop_hears_nothing_and_leaves_nothing_behind():
    gc.collect()
    rng = np.random.default_rng(0)
    model = tg.nn.MLP([2, 8, 1], rng=rng)
    optimiser = tg.optim.Adam(model.parameters(), lr=0.01)
    X, y = rng.normal(size=(20, 2)), rng.normal(size=(20, 1))
    kept = []
    for _ in range(20):
        out = model(X)
        loss = tg.losses.mse_loss(out, y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        kept.append((out.data, loss.data, model.parameters()[0].data.mean()))
    del out, loss, optimiser, model
    gc.collect()
    _ = Value(1.0) + 1.0  # a fresh node sees what nobody else holds
    assert not changes._handed
    assert graph.switches == 0


def test_the_watch_ends_when_nobody_holds_the_array():
    W = Tensor([2.0, 1.0], name="W")
    before = graph.switches
    w = W.data
    assert graph.switches == before + 1
    w[0] = 5.0
    del w
    loss = (W * W).sum()
    (loss * 1.0).backward()
    assert graph.switches == before
    np.testing.assert_array_equal(W.grad, [10.0, 2.0])


def test_a_write_before_the_watch_ended_is_not_forgotten():
    W = Tensor([2.0, 1.0], name="W")
    loss = (W * W).sum()
    W.data[0] = 5.0
    _ = Value(1.0) + Value(2.0)  # a fresh node sees that nobody holds the array any more
    with pytest.raises(ChangedSinceError, match="W"):
        loss.backward()


@pytest.mark.parametrize("change", [written, decayed_in_place])
@pytest.mark.parametrize("shown", [lambda x: rules.windows(x, size=(1, 2), stride=(1, 1)), lambda x: x[:, ::-1]])
def test_what_is_a_view_of_a_changed_array_has_changed(shown, change):
    given = Tensor([[3.0, 0.5]], name="v")
    for v in (given, pickle.loads(pickle.dumps(given, protocol=5))):  # the other one's memory is a buffer's
        loss = (shown(v) * shown(v)).sum()
        change(None, v)
        with pytest.raises(ChangedSinceError, match=r"v \(1, 2\) was changed after multiply was computed from it"):
            loss.backward()


def test_setting_data_copies():
    W, array = Tensor([2.0], name="W"), np.array([4.0])
    W.data = array
    loss = (W * W).sum()
    array[0] = 100.0
    loss.backward()
    assert W.grad == 8.0


# ── constants, under detect_anomaly ───────────────────────────────────────────────────────────────────────────────────

CONSTANTS = {
    "data": (lambda t, a: (t * a).sum(), np.array([1.0, 2.0])),
    "mask": (lambda t, a: np.where(a, t, 0.0).sum(), np.array([True, False])),
    "index": (lambda t, a: (t[a] ** 2).sum(), np.array([0, 0])),
}


@pytest.mark.parametrize("kind", CONSTANTS)
def test_a_constant_array_of_the_users_is_watched_under_detect_anomaly(kind):
    use, constant = CONSTANTS[kind]
    t, constant = Tensor([3.0, 4.0], name="t"), constant.copy()
    with tg.detect_anomaly():
        loss = use(t, constant)
        constant[:] = constant[::-1] if kind != "index" else [1, 1]
        with pytest.raises(ChangedSinceError, match=r"a constant array of .* was changed"):
            loss.backward()


@pytest.mark.parametrize("kind", CONSTANTS)
def test_an_unchanged_constant_is_no_matter(kind):
    use, constant = CONSTANTS[kind]
    t = Tensor([3.0, 4.0], name="t")
    with tg.detect_anomaly():
        use(t, constant).backward()
    assert t.grad is not None


def test_which_nodes_hold_other_numbers_before_anything_was_changed_through_the_package(monkeypatch):
    monkeypatch.setattr(changes, "latest", -1)
    monkeypatch.setattr(changes, "_handed", {})
    W, v = numbers()
    o = W * v
    assert changes.changed_since([o, v, W]) == []
    v.data[0] = 9.0
    o = W * v
    v.data[0] = 8.0
    monkeypatch.setattr(changes, "latest", -1)  # nothing was changed through this package
    assert changes.changed_since([o, v, W]) == [v]


def test_which_nodes_hold_other_numbers_than_were_read():
    W, v = numbers()
    o = W * v
    total = o.sum()
    order = [total, o, v, W]
    assert changes.changed_since(order) == []
    v.data[0] = 9.0
    assert changes.changed_since(order) == [v]
    W.data = [1.0, 1.0]
    assert set(changes.changed_since(order)) == {v, W}
    assert changes.changed_since([v, W]) == []  # leaves have read nothing


def test_an_array_that_is_kept_may_be_read_by_as_many_operations_as_there_are():
    """Only readings that found other numbers are remembered; so the first is not forgotten."""
    W, _ = numbers()
    kept = W.data
    first = (W * W).sum()
    for _ in range(5000):
        np.negative(W)
    first.backward()
    np.testing.assert_array_equal(W.grad, 2.0 * kept)


def test_the_number_of_a_value_is_handed_out_without_a_watch():
    before = graph.switches
    for node in (Value(2.0), Tensor([1.0, 2.0]).sum()):
        assert node.numpy() == node.data
    assert graph.switches == before


def test_readings_of_before_a_change_say_nothing_of_what_comes_after():
    W, v = numbers()
    old = np.negative(W)
    assert v.data[0] == 3.0  # handed out, and let go again
    np.negative(W)
    with tg.no_grad():
        v -= 1.0
    ((v * v).sum() + old.sum()).backward()
    np.testing.assert_array_equal(v.grad, [4.0, -1.0])


def test_an_operation_that_looks_at_a_shape_only_goes_on():
    _, v = numbers()
    mean = v.mean()
    v.data[0] = 9.0
    mean.backward()
    np.testing.assert_array_equal(v.grad, [0.5, 0.5])


def test_a_derivative_that_is_a_constant_reads_nothing():
    W, v = numbers()
    trebled = tg.primitive(lambda x: x * 3.0, lambda g, out, x: [3.0, 3.0], name="trebled")
    total = (trebled(v) + W).sum()
    v.data[0] = 9.0
    total.backward()
    np.testing.assert_array_equal(v.grad, [3.0, 3.0])


def test_a_view_with_a_name_of_its_own_is_called_by_it():
    _, v = numbers()
    tail = v[1:]
    tail.name = "tail"
    total = (tail * tail).sum()
    v.data[1] = 9.0
    with pytest.raises(ChangedSinceError, match=r"tail \(1,\) was changed"):
        total.backward()


def test_an_array_that_somebody_keeps_is_watched_over_other_operations():
    W, v = numbers()
    kept = v.data
    squares = (v * v).sum()
    for _ in range(5):
        np.negative(W)
    kept[0] = 9.0
    with pytest.raises(ChangedSinceError, match=r"v \(2,\)"):
        squares.backward()


def test_of_very_many_readings_the_latest_are_remembered(monkeypatch):
    monkeypatch.setattr(changes, "_LONGEST", 3)
    _, v = numbers()
    kept = v.data
    squares = {}
    for number in range(4, 10):
        kept[0] = float(number)
        squares[number] = (v * v).sum()
    assert len(changes._marks[id(kept)].readings) == 3
    for number in (7, 8, 9):  # put back, what they have read is there again
        kept[0], v.grad = float(number), None
        squares[number].backward()
        np.testing.assert_array_equal(v.grad, [2.0 * number, 1.0])
    for number in (4, 5, 6):
        kept[0] = float(number)
        with pytest.raises(ChangedSinceError):
            squares[number].backward()


def test_an_operation_with_a_name_is_called_by_it():
    W, v = numbers()
    o = W * v
    o.name = "o"
    total = o.sum()
    v.data[0] = 9.0
    with pytest.raises(ChangedSinceError, match=r"after multiply \(o\) was computed from it"):
        total.backward()


def test_a_pullback_looks_at_what_its_function_closes_over():
    _, v = numbers()
    _, pullback = tg.vjp(lambda w: (w * v).sum(), np.ones(2))
    v.data = [9.0, 9.0]
    with pytest.raises(ChangedSinceError, match=r"v \(2,\)"):
        pullback(1.0)


def test_only_derivatives_that_are_taken_are_looked_at():
    """That towards a constant reads the operand; that towards the operand reads the constant, or its own mask."""
    _, v = numbers()
    constant = Tensor([5.0, 7.0], requires_grad=False)
    total = (v * constant).sum() + (v * (v > 1.0)).sum()
    v.data[...] = 0.0
    total.backward()
    np.testing.assert_array_equal(v.grad, [6.0, 7.0])
