"""`fit` against the same training written out, and what it decides between the epochs."""

import os
import signal
import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, datasets, losses, nn, no_grad, optim
from tinygrad_edu.errors import FrozenNumberError, TrainingError
from tinygrad_edu.training import schedules
from tinygrad_edu.training.metrics import accuracy, r2
from tinygrad_edu.training.objective import objective

X, y = datasets.moons(90, noise=0.2, seed=3)
DIGITS = datasets.digits()


def network(output="sigmoid", **settings):
    return nn.MLP([2, 5, 1], output=output, rng=0, **settings)


def by_hand(model, optimizer, epochs, batch, seed=0, weights=None, l2=0.0, clip=None):
    """The loop of `fit`, as somebody would write it; the loss of each epoch."""
    found = []
    for epoch in range(1, epochs + 1):
        order, total = np.random.default_rng([seed, epoch]).permutation(len(X)), 0.0
        for start in range(0, len(X), batch):
            some = order[start : start + batch]
            each = losses.binary_cross_entropy_with_logits(model.logits(X[some])[:, 0], y[some], reduction="none")
            loss = (each * (1.0 if weights is None else weights[some])).mean()
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                if p.ndim == 2:
                    p.grad = p.grad + l2 * p.data
            if clip is not None:
                norm = np.sqrt(sum((p.grad**2).sum() for p in model.parameters()))
                for p in model.parameters():
                    p.grad = p.grad * min(1.0, clip / (norm + 1e-6))
            optimizer.step()
            total += loss.item() * len(some)
        found.append(total / len(X))
    return found


@pytest.mark.parametrize("jit", [None, False])
@pytest.mark.parametrize("given", [{}, {"l2": 0.3}, {"clip_norm": 0.05}, {"sample_weight": np.arange(90.0)}])
def test_the_losses_are_those_of_the_loop_written_out(given, jit):
    model, other = network(), network()
    history = tg.fit(model, X, y, epochs=3, batch_size=32, jit=jit, **given)
    weights = given.get("sample_weight")
    expected = by_hand(
        other,
        optim.Adam(other, lr=0.01),
        3,
        32,
        weights=None if weights is None else weights / weights.mean(),
        l2=given.get("l2", 0.0),
        clip=given.get("clip_norm"),
    )
    np.testing.assert_allclose(history.loss, expected, rtol=1e-12)
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-10)
    assert history.jitted is (jit is None)
    assert (
        history.metric_name == "accuracy" and len(history.metric) == 3 and history.stopped == "all epochs were trained"
    )


@pytest.mark.parametrize(
    ("output", "size", "labels", "loss", "metric"),
    [
        ("softmax", 3, np.arange(90) % 3, losses.cross_entropy, "accuracy"),
        ("linear", 3, np.arange(90) % 3, losses.cross_entropy, "accuracy"),
        ("linear", 1, y, losses.binary_cross_entropy_with_logits, "accuracy"),
        ("linear", 1, X[:, 0] ** 2, losses.mse_loss, "r2"),
        ("linear", 2, X**2, losses.mse_loss, "r2"),
        ("sigmoid", 1, y, losses.binary_cross_entropy_with_logits, "accuracy"),
    ],
)
def test_the_loss_and_the_metric_go_with_output_and_labels(output, size, labels, loss, metric):
    """The first epoch is one batch, so that its loss and metric are those of the weights at the beginning."""
    model = nn.MLP([2, 4, size], output=output, rng=1)
    with no_grad():
        z, given = model.logits(X), model(X).data
        expected = loss(z, labels.reshape(-1, 1) if size == 1 else labels).item()
    history = tg.fit(model, X, labels, epochs=1, batch_size=90)
    assert history.loss == [pytest.approx(expected, rel=1e-12)] and history.metric_name == metric
    probabilities = (
        1 / (1 + np.exp(-given)) if loss is losses.binary_cross_entropy_with_logits and output == "linear" else given
    )
    measured = accuracy(labels, probabilities) if metric == "accuracy" else r2(labels, given)
    assert history.metric == [pytest.approx(measured, rel=1e-12)]


def test_a_loss_is_given_as_a_name_or_as_a_function():
    expected = tg.fit(network(), X, y, epochs=2).loss
    for loss in ("binary_cross_entropy", losses.binary_cross_entropy, "binary_cross_entropy_with_logits"):
        np.testing.assert_allclose(tg.fit(network(), X, y, loss, epochs=2).loss, expected, rtol=1e-12)
    own = tg.fit(
        network(), X, y, lambda yhat, y: -(y * np.log(yhat[:, 0]) + (1 - y) * np.log(1 - yhat[:, 0])).mean(), epochs=2
    )
    np.testing.assert_allclose(own.loss, expected, rtol=1e-10)
    assert own.metric == [] and own.jitted
    with pytest.warns(UserWarning, match=r"makes \(N, N\) of outputs \(N, 1\) and labels \(N,\)"):
        tg.fit(network(), X, y, lambda yhat, y: ((yhat - y) ** 2).mean(), epochs=1)
    signs = tg.fit(network("linear"), X, 2 * y - 1, "hinge_loss", epochs=1)
    assert np.isfinite(signs.loss).all()


def test_weights_count_as_if_a_sample_stood_there_several_times():
    times = np.random.default_rng(0).integers(0, 3, len(X))
    one, other = network(), network()
    weighted = tg.fit(one, X, y, epochs=5, batch_size=1000, sample_weight=times, l2=0.1)
    repeated = tg.fit(other, X.repeat(times, axis=0), y.repeat(times), epochs=5, batch_size=1000, l2=0.1)
    np.testing.assert_allclose(weighted.loss, repeated.loss, rtol=1e-12)
    few = np.flatnonzero((y == 0) | (np.arange(90) < 30))
    balanced = tg.fit(network(), X[few], y[few], epochs=2, class_weight="balanced").loss
    counts = np.bincount(y[few])
    assert tg.fit(network(), X[few], y[few], epochs=2, class_weight={0: counts[1], 1: counts[0]}).loss == pytest.approx(
        balanced
    )
    assert tg.fit(network(), X[few], y[few], epochs=2, class_weight=counts[::-1]).loss == pytest.approx(balanced)


def test_validation_is_a_part_of_the_samples_or_given():
    seen = []
    model = network()
    history = tg.fit(model, X, y, epochs=2, validation=0.3, metric=lambda y, yhat: seen.append(y) or accuracy(y, yhat))
    assert [len(labels) for labels in seen] == [5, 63, 27, 63, 27]  # the first are those that it is tried with
    del seen[0]
    assert abs(seen[1].mean() - 0.5) < 0.02 and np.array_equal(np.sort(seen[1], axis=0), np.sort(seen[3], axis=0))
    held = datasets.moons(40, noise=0.2, seed=9)
    model = nn.Sequential(
        nn.Linear(2, 8, rng=0), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.5, rng=0), nn.Linear(8, 1, rng=0)
    )
    history = tg.fit(model, X, y, epochs=3, validation=held)
    model.eval()
    with no_grad():
        expected = losses.binary_cross_entropy_with_logits(model(held.X)[:, 0], held.y).item()
    assert history.validation[-1] == pytest.approx(expected, rel=1e-12)  # running statistics, nothing dropped
    assert history.validation_metric[-1] == accuracy(held.y, model(held.X).data > 0)


def test_early_stopping_leaves_the_best_weights():
    kept = []
    model = network(activation="relu")
    history = tg.fit(
        model, X, y, optimizer=optim.Adam(model, lr=0.3), epochs=200, batch_size=90, validation=0.3, early_stopping=4,
        callbacks=[lambda history: kept.append(model.state_dict())],
    )  # fmt: skip
    assert history.stopped == "no better for 4 epochs" and len(history) == history.best + 4 < 200
    assert history.validation[history.best - 1] == pytest.approx(min(history.validation), rel=1e-3)
    best = kept[history.best - 1]
    assert all(np.array_equal(array, best[name]) for name, array in model.state_dict().items())
    assert f"(the best, {history.best})" in repr(history)


def test_a_schedule_is_a_factor_of_the_learning_rate():
    model = network()
    optimizer = optim.SGD(model, lr=0.5)
    cosine = tg.fit(model, X, y, optimizer=optimizer, epochs=4, batch_size=90, schedule="cosine").lr
    np.testing.assert_allclose(cosine, 0.25 * (1 + np.cos(np.pi * np.arange(4) / 4)), rtol=1e-12)
    assert optimizer.lr == 0.5
    steps = tg.fit(model, X, y, optimizer=optimizer, epochs=6, batch_size=90, schedule="step").lr
    np.testing.assert_allclose(steps, [0.5, 0.5, 0.05, 0.05, 0.005, 0.005], rtol=1e-12)
    warm = tg.fit(model, X, y, optimizer=optimizer, epochs=5, batch_size=90, schedule=schedules.warmup(0.4)).lr
    np.testing.assert_allclose(warm, [0.5 / 1000, 0.25, 0.5, 0.5, 0.5], rtol=1e-12)
    one, other = network(), network()
    changing = tg.fit(one, X, y, epochs=4, schedule="cosine").loss  # the program reads the rate anew
    np.testing.assert_allclose(changing, tg.fit(other, X, y, epochs=4, schedule="cosine", jit=False).loss, rtol=1e-12)


def test_an_interrupted_run_with_early_stopping_has_the_best_weights_too():
    kept = []

    def interrupt(history):
        kept.append(model.state_dict())
        if len(history) == 5:
            raise KeyboardInterrupt

    model = network()
    history = tg.fit(
        model,
        X,
        y,
        optimizer=optim.SGD(model, lr=30.0),
        epochs=50,
        validation=0.3,
        early_stopping=9,
        callbacks=[interrupt],
    )
    assert history.stopped == "interrupted" and history.best < 5, "the last epoch is not to be the best"
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, kept[history.best - 1][name])


@pytest.mark.parametrize("jit", [None, False])
def test_ctrl_c_ends_training_after_a_whole_step(jit):
    model, other = network(), network()

    def interrupt(history):
        if len(history) == 2:
            os.kill(os.getpid(), signal.SIGINT)

    history = tg.fit(model, X, y, epochs=50, batch_size=30, callbacks=[interrupt], jit=jit)
    assert history.stopped == "interrupted" and len(history) == 2
    tg.fit(other, X, y, epochs=2, batch_size=30, jit=jit)
    first = np.random.default_rng([0, 3]).permutation(90)[:30]  # the step that was under way is made
    loss = losses.binary_cross_entropy_with_logits(other.logits(X[first]), y[first, None])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    moved = [not np.array_equal(p.data, q.data) for p, q in zip(model.parameters(), other.parameters(), strict=True)]
    assert all(moved) and np.isfinite(loss.item())


def test_a_callback_ends_training():
    def enough(history):
        return history.loss[-1] < 0.6

    history = tg.fit(network(), X, y, epochs=500, callbacks=[enough])
    assert history.stopped == "stopped by enough" and history.loss[-1] < 0.6 <= history.loss[-2]


def test_a_model_that_no_program_can_follow_is_trained_as_it_stands():
    class Own(nn.Module):
        def __init__(self):
            self.inner = network("linear")

        def forward(self, x):
            z = self.inner(x)
            return z * 1.0 if float(z.data.sum()) > 1e9 else z

    with pytest.warns(UserWarning, match=r"not jitted (.|\n)*\.data of") as said:
        history = tg.fit(Own(), X, y, epochs=2)
    assert len(said) == 1 and said[0].filename == __file__
    assert not tg.fit(Own(), X, y, epochs=2, jit=False).jitted
    assert not history.jitted and history.loss == pytest.approx(tg.fit(network(), X, y, epochs=2).loss)
    with pytest.raises(FrozenNumberError):
        tg.fit(Own(), X, y, epochs=2, jit=True)


def test_one_sample_left_over_joins_the_batch_before_it():
    model = nn.Sequential(nn.Linear(2, 3, rng=0), nn.BatchNorm1d(3), nn.Linear(3, 1, rng=0))
    assert np.isfinite(tg.fit(model, X[:61], y[:61], epochs=1, batch_size=20).loss).all()


def test_the_bar_is_shown_where_it_is_wanted(capsys):
    tg.fit(network(), X, y, epochs=2)
    assert capsys.readouterr() == ("", "")
    tg.fit(network(), X, y, epochs=2, progress=True, validation=0.2)
    shown = capsys.readouterr().err
    assert "epoch 2/2" in shown and "samples/s" in shown and "accuracy 0." in shown and "validation loss" in shown


def test_the_plot_has_a_curve_for_each_list():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    history = tg.fit(network(), X, y, epochs=6, validation=0.2, early_stopping=True)
    figure = history.plot()
    assert [ax.get_ylabel() for ax in figure.axes] == ["loss", "accuracy"]
    trained, held, best = figure.axes[0].get_lines()
    assert list(trained.get_ydata()) == history.loss and list(held.get_ydata()) == history.validation
    assert best.get_xdata()[0] == history.best
    own = pyplot.figure().add_subplot()
    assert history.plot(own) is own.figure and own.get_lines()
    pyplot.close("all")


# ── numbers that are none any more ──


class Logarithm(nn.Module):
    def forward(self, x):
        return np.log(x)


def failing(jit):
    """A network whose logarithm meets a negative number after some steps."""
    model = nn.Sequential(nn.Linear(1, 1, rng=0), Logarithm(), nn.Linear(1, 1, rng=1))
    model[0].weight.data, model[0].bias.data = np.array([[0.1]]), np.array([0.2])
    x = np.linspace(0.0, 1.0, 20)[:, None]
    return model, lambda **more: tg.fit(model, x, -5 * x[:, 0], epochs=200, batch_size=5, jit=jit, **more)


@pytest.mark.parametrize("jit", [None, False])
@pytest.mark.parametrize("optimizer", [optim.SGD, optim.Adam])
def test_a_nan_is_named_with_its_layer_and_its_batch(jit, optimizer):
    model, train = failing(jit)
    rate = {"lr": 0.3}
    with pytest.raises(
        TrainingError, match=r"in epoch \d+, batch \d+: log gave nan at index .*What helps: keep"
    ) as caught:
        train(optimizer=optimizer(model, **rate))
    error = caught.value
    assert "in Logarithm" in str(error) and "a smaller lr" in str(error) and error.history.stopped == "failed"
    assert all(np.isfinite(p.data).all() for p in model.parameters()) and len(error.history.loss) < 200
    epoch, batch = (int(part) for part in str(error).replace(":", "").replace(",", "").split()[5:8:2])
    other, again = failing(jit)
    with pytest.raises(TrainingError):
        again(optimizer=optimizer(other, **rate))
    assert all(np.array_equal(p.data, q.data) for p, q in zip(model.parameters(), other.parameters(), strict=True))
    some = np.random.default_rng([0, epoch]).permutation(20)[5 * (batch - 1) : 5 * batch]
    with warnings.catch_warnings():  # the model stands where that batch met it
        warnings.simplefilter("ignore")
        assert np.isnan(model(np.linspace(0.0, 1.0, 20)[some, None]).data).any()


@pytest.mark.parametrize("jit", [None, False])
def test_weights_that_have_grown_are_blamed_on_the_learning_rate(jit):
    model = network("linear", activation="relu")
    with pytest.raises(TrainingError, match=r"_\d had grown to .* before: lr=1e\+06 is too large"):
        tg.fit(model, X, X[:, 0], optimizer=optim.SGD(model, lr=1e6), jit=jit)
    assert all(np.isfinite(p.data).all() for p in model.parameters())


def test_a_step_to_infinity_is_named_although_the_loss_is_finite():
    model = network("linear")
    with pytest.raises(TrainingError, match="the step made W_1 infinite"):
        tg.fit(model, X, 40 * X[:, 0], optimizer=optim.SGD(model, lr=1.7e308), epochs=1, batch_size=90)
    assert np.isfinite(model[0].weight.data).all()


# ── what is looked at before the first step ──


@pytest.mark.parametrize(
    ("labels", "output", "said"),
    [
        (2 * y - 1, "sigmoid", r"labels from -1 to 1, where .* two classes are 0 and 1: \(y \+ 1\) / 2"),
        (y + 1, "sigmoid", "labels from 1 to 2, .* y == 2"),
        (np.arange(90) % 3, "sigmoid", "for 3 classes the model has 3 outputs and a softmax"),
        (np.where(y, "yes", "no"), "sigmoid", "the labels are texts .*np.unique"),
        (y[:80], "sigmoid", "X has 90 samples, y has 80 labels"),
        (np.full(90, np.nan), "linear", r"y holds nan \(row 0, counted from 0\)"),
        (np.ones((90, 2)), "linear", r"mse_loss of outputs of shape \(N, 1\) and labels of shape \(N, 2\)"),
    ],
)
def test_labels_of_the_wrong_kind_are_refused(labels, output, said):
    with pytest.raises((TypeError, ValueError), match=said):
        tg.fit(network(output), X, labels)


class Giving(nn.Module):
    """A model that gives something of its layer's output."""

    def __init__(self, what):
        self.layer, self.what = nn.Linear(2, 1, rng=0), what

    def forward(self, x):
        return self.what(self.layer(x))


def test_numbers_of_classes_go_from_0_on():
    model = nn.MLP([64, 10], output="softmax", rng=0)
    with pytest.raises(
        ValueError, match=r"labels from 1 to 10, but 10 outputs mean the classes 0 to 9; number them anew"
    ):
        tg.fit(model, DIGITS.X / 16, DIGITS.y + 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"X": [[0.0, np.inf]] * 90}, r"X holds inf \(row 0, column 1, counted from 0\)"),
        ({"X": np.zeros((0, 2)), "y": []}, "holds no samples"),
        ({"X": [["a", "b"]] * 90}, "X holds texts"),
        ({"X": [[1.0, 2.0], [3.0]], "y": [0, 1]}, "its rows are not of one length"),
        ({"X": np.zeros((90, 3))}, "takes 2 features"),
        ({"loss": "crossentropy"}, "loss is cross_entropy, "),
        ({"metric": "f1"}, "metric is accuracy, r2, or a function"),
        ({"schedule": "linear"}, "schedule is constant, cosine, step, warmup"),
        ({"schedule": 0.5}, "schedule is a name or a function from 0…1 to a factor of lr, not 0.5"),
        ({"schedule": lambda done: -1.0}, r"the schedule gave -1.0 at 0.000 of the training; it is a factor of lr"),
        ({"loss": 2}, "loss is a name or a function of the outputs and y, not int"),
        ({"metric": 2}, "metric is a name or a function of y and the outputs, not int"),
        ({"metric": np.ones(3)}, "metric is a name or a function of y and the outputs, not ndarray"),
        ({"callbacks": 3}, r"callbacks is a list of functions: callbacks=\[…\]"),
        ({"validation": (np.zeros((9, 3)), np.zeros(9))}, r"X has shape \(90, 2\), that of validation \(9, 3\)"),
        ({"X": np.full((90, 2), 1j)}, "X is of complex128; features are real numbers"),
        ({"class_weight": "balanced", "y": np.zeros(90)}, "class_weight is for labels that are numbers of classes"),
        ({"class_weight": "balanced", "y": [-1, 1] * 45, "loss": "hinge_loss"}, "for classes from 0 on; .* a label -1"),
        ({"epochs": 0}, "epochs=0; it is a whole number from 1 on"),
        ({"batch_size": 2.5}, "batch_size=2.5"),
        ({"l2": -1.0}, "l2=-1.0; it is a finite number, not below 0"),
        ({"clip_norm": 0.0}, "clip_norm=0.0; it is a finite number, above 0"),
        ({"early_stopping": 0}, "early_stopping=0"),
        ({"validation": 1.5}, "validation=1.5; it is a part"),
        ({"validation": "some"}, "validation is"),
        ({"validation": 0.001}, "leaves none on one side"),
        ({"optimizer": "adam"}, "the optimizer is made for the model: optim.Adam"),
        ({"optimizer": optim.SGD([Tensor([1.0])], lr=0.1)}, "parameters that the model does not have"),
        ({"sample_weight": np.ones(3)}, r"sample_weight has shape \(3,\); there are 90 samples"),
        ({"sample_weight": -np.ones(90)}, "none below 0"),
        ({"class_weight": "even"}, "class_weight is 'balanced'"),
        ({"class_weight": {7: 1.0}}, "class_weight has a class 7"),
        ({"sample_weight": np.ones(90), "loss": lambda yhat, y: yhat.sum()}, "weights go with a loss of"),
        ({"model": X}, "a model is a Module, not ndarray .the model comes first"),
        ({"model": nn.ReLU()}, "has no parameters"),
        ({"model": Giving(lambda z: (z, z))}, "Giving gave tuple for X; a model gives one node"),
        ({"model": Giving(lambda z: None)}, "Giving gave NoneType for X"),
        ({"model": Giving(lambda z: z.data)}, "Giving gave ndarray for X; a model gives one node, .* without .data"),
        ({"seed": "first"}, "seed='first'; it is a whole number from 0 on"),
        ({"seed": -1}, "seed=-1; it is a whole number from 0 on"),
        ({"callbacks": print}, "callbacks is a list of functions"),
        ({"callbacks": ["stop"]}, "a callback is a function of the history, not 'stop'"),
        ({"callbacks": [lambda: True]}, "a callback is called with the history; too many positional"),
        ({"schedule": lambda done, epoch: 1.0}, "the schedule is called with the part of training that is done"),
        ({"loss": lambda yhat, y: 3.0}, r"the loss, <lambda>\(\), gave float and no node"),
        ({"loss": lambda yhat, y: None}, "gave NoneType and no node; compute it from the outputs"),
        ({"loss": lambda yhat, y: np.mean((yhat.data[:, 0] - y) ** 2)}, "without .data"),
        ({"metric": lambda y, yhat: None}, "the metric, <lambda>, gave NoneType; it is to give one number"),
        ({"metric": lambda y, yhat: yhat == y}, r"the metric, <lambda>, gave ndarray of shape \(90, 1\)"),
        ({"metric": lambda yhat: 1.0}, "the metric is called with y and the outputs; too many positional"),
        ({"loss": lambda yhat: yhat.mean()}, "the loss is called with the outputs and y; too many positional"),
        ({"loss": "mse_loss", "metric": "accuracy", "y": y + 1}, "0 and 1 or −1 and 1; the labels are from 1 to 2"),
        ({"schedule": lambda done: None}, "the schedule gave NoneType"),
        ({"X": np.zeros(90)}, r"one feature is X\[:, None\]"),
        ({"model": nn.MLP([2, 1], output="softmax", rng=0)}, "output means a single class; 2 classes are 2"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_a_sentence(given, said):
    whole = {"model": network(), "X": X, "y": y} | given
    with pytest.raises((TypeError, ValueError), match=said):
        tg.fit(**whole)


def test_what_is_hardly_meant_is_said_before_the_first_step():
    wine = datasets.wine()
    with pytest.warns(UserWarning, match=r"not standardised: column 12 reaches 1.68e\+03, column 7 up to 0.66"):
        tg.fit(nn.MLP([13, 3], output="softmax", rng=0), *wine, epochs=1)
    ready = wine.split().standardised()
    with pytest.warns(UserWarning, match="labels 0 to 2 are taken for measured numbers"):
        tg.fit(nn.MLP([13, 1], rng=0), ready.X_train, ready.y_train, epochs=1)
    with pytest.warns(UserWarning, match="the labels reach 1.6"):
        tg.fit(nn.MLP([13, 1], rng=0), ready.X_train, wine.X[: len(ready.X_train), 12], epochs=1)


@pytest.mark.parametrize(
    ("output", "size", "labels", "loss"),
    [
        ("sigmoid", 1, y, None),
        ("linear", 1, y, "binary_cross_entropy_with_logits"),
        ("sigmoid", 3, np.eye(3)[np.arange(90) % 3], None),
        ("linear", 3, np.eye(3)[np.arange(90) % 3], "binary_cross_entropy_with_logits"),
        ("softmax", 3, np.arange(90) % 3, None),
        ("softmax", 3, np.eye(3)[np.arange(90) % 3], "mse_loss"),
        ("softmax", 1, np.zeros(90, int), "cross_entropy"),
    ],
)
def test_accuracy_is_that_of_what_the_model_gives(output, size, labels, loss):
    model = nn.MLP([2, 8, size], output=output, rng=3)
    given = model(X).data
    if loss == "binary_cross_entropy_with_logits":
        given = 1 / (1 + np.exp(-given))
    order = np.random.default_rng([0, 1]).permutation(90)
    history = tg.fit(model, X, labels, loss, epochs=1, batch_size=90, validation=(X, labels), metric="accuracy")
    assert history.metric == [accuracy(labels[order], given[order])]
    given = model(X).data
    if loss == "binary_cross_entropy_with_logits":
        given = 1 / (1 + np.exp(-given))
    assert history.validation_metric == [accuracy(labels, given)]


def test_a_metric_of_ones_own_gets_what_the_model_gives():
    model, seen = nn.MLP([2, 3], output="softmax", rng=0), []
    tg.fit(model, X, np.arange(90) % 3, epochs=1, metric=lambda y, p: float(seen.append(p) or 0))
    assert np.allclose(seen[0].sum(axis=1), 1)


def test_a_metric_of_ones_own_gets_the_labels_as_they_were_given():
    """(N,) and whole, although the loss takes a column of floats: outputs[:, 0] == y would be (N, N) of that."""
    seen = []

    def right(y, given):
        seen.append((y.shape[1:], y.dtype.kind))
        return np.mean((given[:, 0] > 0.5) == y)

    for labels in (y, y[:, None]):
        model = nn.MLP([2, 8, 1], output="sigmoid", rng=0)
        metric = right if labels.ndim == 1 else lambda y, given: right(y[:, 0], given)
        history = tg.fit(model, X, labels, epochs=3, validation=(X, labels), metric=metric)
        assert history.validation_metric[-1] == accuracy(y, model(X).data)
    assert set(seen) == {((), "i")}


def test_a_metric_of_ones_own_compares_no_output_with_each_label():
    for metric in (lambda y, given: np.mean((given > 0.5) == y), lambda y, given: np.mean((given[:, 0] > 0.5) == y)):
        model = nn.MLP([2, 8, 1], output="sigmoid", rng=0)
        history = tg.fit(model, X, y, epochs=1, validation=(X, y), metric=metric)
        assert history.validation_metric == [accuracy(y, model(X).data)]


@pytest.mark.filterwarnings("error:.*compares each with each")
def test_what_compares_pairs_on_purpose_gets_labels_as_they_were_given():
    def concordance(y, given):
        return np.mean((y[:, None] > y[None, :]) == (given > given.T))

    def ranking(given, y):
        return np.logaddexp(0.0, given.T - given).mean()

    model = nn.MLP([2, 8, 1], rng=0)
    history = tg.fit(model, X, X[:, 0], ranking, epochs=1, validation=(X, X[:, 0]), metric=concordance, jit=False)
    assert history.validation_metric == [concordance(X[:, 0], model(X).data)]


@pytest.mark.parametrize("loss", ["hinge_loss", "mse_loss"])
def test_accuracy_of_labels_that_are_signs_is_that_of_signs(loss):
    model = nn.MLP([2, 8, 1], rng=0)
    signs = 2 * y - 1
    history = tg.fit(model, X, signs, loss, epochs=1, validation=(X, signs), metric="accuracy")
    given = model(X).data[:, 0]
    assert np.mean((given > 0) == (signs > 0)) != np.mean((given > 0.5) == (signs > 0))
    assert history.validation_metric == [np.mean((given > 0) == (signs > 0))]
    none = tg.fit(nn.MLP([2, 1], rng=0), X, -np.ones(90), loss, epochs=1, validation=(X, signs), metric="accuracy")
    assert none.metric_name == "accuracy"


def test_an_infinite_memory_of_the_optimiser_is_found_and_large_finite_numbers_are_not_taken_for_it():
    model = network(output="linear")
    model[0].bias.data = np.full(5, 1.6e308)  # finite, but not their sum
    model[2].weight.data = np.zeros((5, 1))
    assert tg.fit(model, X, y, "mse_loss", optim.SGD(model, lr=1e-9), epochs=1).stopped
    optimizer = optim.Adam(model, lr=1e-9)
    optimizer.state[3]["mean_square"] = np.array([np.inf])
    with pytest.raises(TrainingError, match="mean square of b_2 in Adam"):
        tg.fit(model, X, y, "mse_loss", optimizer, epochs=1)


@pytest.mark.parametrize(
    ("axis", "samples", "from_logits"), [(1, (6, 4), True), (1, (6, 5, 4), False), (-1, (6, 5, 4), True)]
)
def test_logits_are_those_before_a_softmax_along_the_last_axis(axis, samples, from_logits):
    model = nn.Sequential(nn.Linear(4, 3, rng=0), nn.Softmax(axis))
    aim = objective(model, np.zeros(samples), np.zeros(samples[:-1], int), None, None)
    assert aim.name == "cross_entropy" and (aim.scores is not model) == from_logits
