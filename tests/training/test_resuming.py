"""A run in a checkpoint goes on bit for bit, however it ended; and only as the run that it is."""

import json
import subprocess
import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import datasets, nn, optim
from tinygrad_edu.errors import CheckpointError
from tinygrad_edu.training.schedules import warmup

X, y = datasets.moons(60, noise=0.2, seed=1)

KILLED = """
import os, random, signal, sys, time, warnings
import numpy as np
import tinygrad_edu as tg
from tinygrad_edu import datasets, nn, optim

path, jit, kills = sys.argv[1], {"jit": None, "eager": False}[sys.argv[2]], int(sys.argv[3])
X, y = datasets.moons(120, noise=0.2, seed=1)

def train(path):
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(2, 8, rng=rng), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.3, rng=rng),
                          nn.Linear(8, 1, rng=rng))
    history = tg.fit(model, X, y, optimizer=optim.Adam(model, lr=0.02), epochs=30, batch_size=16, validation=0.25,
                     early_stopping=28, schedule="cosine", l2=1e-3, checkpoint=path, checkpoint_every=3, jit=jit)
    return model, history

start = time.perf_counter()
model, history = train(path + ".whole")
whole = time.perf_counter() - start
drawn, met = random.Random(5), 0
while met < kills:
    child = os.fork()
    if not child:
        train(path)
        os._exit(0)
    time.sleep(drawn.uniform(0.0, 0.3 * whole))  # several kills to a run, on a fast machine as on a slow one
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    met += 1
    if os.WIFEXITED(status):
        break
other, again = train(path)
assert all(np.array_equal(a, other.state_dict()[name]) for name, a in model.state_dict().items()), "other weights"
differing = [name for name, x in vars(again).items() if x != vars(history)[name]]
assert not differing, [(name, vars(again)[name], vars(history)[name]) for name in differing]
warnings.simplefilter("ignore")
print(met, len(history), len(os.listdir(os.path.dirname(path))))
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="this system does not fork")
@pytest.mark.parametrize("way", ["jit", "eager"])
def test_a_run_that_is_killed_goes_on_to_the_same_weights(way, tmp_path):
    """Killed at random moments, by SIGKILL; weights, statistics, history and drawn masks are those of a whole run."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(tmp_path / "run"), way, "20"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kills, epochs, _ = map(int, done.stdout.split())
    assert kills > 3 and epochs == 30


def network():
    return nn.MLP([2, 4, 1], output="sigmoid", rng=0)


def test_an_interrupted_run_goes_on_in_the_middle_of_an_epoch(tmp_path):
    """An error in the metric is one way to leave an epoch; the batches before it are not trained again."""
    path = tmp_path / "run.safetensors"
    whole, model = network(), network()
    expected = tg.fit(whole, X, y, epochs=5, batch_size=7)
    met = []

    def metric(y, yhat):
        met.append(len(y))
        if len(y) == len(X) and met.count(len(X)) == 3:  # trials are on a few labels
            raise RuntimeError("the lights went out")
        return float(np.mean((yhat > 0.5) == y))

    with pytest.raises(RuntimeError, match="lights"):
        tg.fit(model, X, y, epochs=5, batch_size=7, metric=metric, checkpoint=path, checkpoint_every=1)
    place = tg.load(path).settings["run"]["place"]
    assert (place["epoch"], place["batch"]) == (2, 9) and place["scores"].shape == (60, 1)
    model = network()
    history = tg.fit(model, X, y, epochs=5, batch_size=7, metric=metric, checkpoint=path, checkpoint_every=1)
    assert history.loss == expected.loss and history.metric == expected.metric
    assert all(np.array_equal(a, whole.state_dict()[name]) for name, a in model.state_dict().items())


def test_what_is_interrupted_in_the_middle_of_something_is_not_kept(tmp_path):
    """Here in the metric, when the epoch's loss stands in the history already: the file keeps the last whole state."""
    path, met = tmp_path / "run.safetensors", []

    def metric(y, yhat):
        met.append(len(y))
        if len(y) == len(X) and met.count(len(X)) == 3:  # trials are on a few labels
            raise KeyboardInterrupt
        return float(np.mean((yhat > 0.5) == y))

    assert tg.fit(network(), X, y, epochs=4, metric=metric, checkpoint=path).stopped == "interrupted"
    kept = tg.load(path).settings["run"]
    assert kept["place"]["epoch"] == len(kept["history"]["loss"]) == 2
    model, whole = network(), network()
    history = tg.fit(model, X, y, epochs=4, metric=metric, checkpoint=path)
    assert history.loss == tg.fit(whole, X, y, epochs=4).loss
    assert all(np.array_equal(a, whole.state_dict()[name]) for name, a in model.state_dict().items())


def test_a_finished_run_is_not_trained_on(tmp_path):
    path = tmp_path / "run.safetensors"
    model = network()
    history = tg.fit(model, X, y, epochs=3, early_stopping=1, checkpoint=path)
    before, other = path.read_bytes(), network()
    with pytest.warns(
        UserWarning, match=r"holds a run that is finished \(all epochs were trained\); nothing was trained"
    ):
        again = tg.fit(other, X, y, epochs=3, early_stopping=1, checkpoint=path)
    assert vars(again) == vars(history) and path.read_bytes() == before
    assert all(np.array_equal(a, model.state_dict()[name]) for name, a in other.state_dict().items())
    assert np.array_equal(tg.load(path).model(X).data, model(X).data)  # the file is a checkpoint like any other


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"X": X + 1}, "samples are others"),
        ({"y": 1 - y}, "samples are others"),
        ({"epochs": 9}, "epochs was 2 there, is 9 here"),
        ({"l2": 0.5}, "l2 was 0.0 there, is 0.5 here"),
        ({"seed": 4}, "seed was 0 there, is 4 here"),
        ({"batch_size": 8}, "batch_size was 64 there, is 8 here"),
        ({"loss": "mse_loss"}, "loss was binary_cross_entropy_with_logits there"),
        ({"schedule": "cosine"}, "schedule was constant there, is cosine here"),
        ({"validation": 0.2}, "samples are others"),
        ({"model": nn.MLP([2, 5, 1], output="sigmoid", rng=0)}, "another model: layer 0 is Linear"),
        ({"rate": 0.5}, "optimizer was Adam"),
        ({"metric": "r2"}, "metric was accuracy there, is r2 here"),
    ],
)
def test_another_run_does_not_go_on_there(changed, said, tmp_path):
    path = tmp_path / "run.safetensors"
    given = {"model": network(), "X": X, "y": y, "epochs": 2}
    tg.fit(**given, checkpoint=path)
    before = path.read_bytes()
    given = given | {"model": network()} | changed
    rate = given.pop("rate", 0.01)
    weights = given["model"].state_dict()
    with pytest.raises(CheckpointError, match=said):
        tg.fit(**given, optimizer=optim.Adam(given["model"], lr=rate), checkpoint=path)
    assert path.read_bytes() == before
    assert all(np.array_equal(a, weights[name]) for name, a in given["model"].state_dict().items())


def own_loss(power):
    return lambda outputs, labels: (np.abs(outputs[:, 0] - labels) ** power).mean()


class Rate:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, done):
        return self.factor * (1 - done)


@pytest.mark.parametrize(
    ("begun", "other", "said"),
    [
        ({"loss": own_loss(2)}, {"loss": own_loss(4)}, "loss function is another one, although it has the same name"),
        ({"schedule": lambda done: 1.0}, {"schedule": lambda done: 1.0 - 0.5 * done}, "schedule function is another"),
        ({"schedule": Rate(1.0)}, {"schedule": Rate(0.5)}, "schedule function is another"),
        ({"schedule": warmup(0.2, lambda done: 1.0)}, {"schedule": warmup(0.2, lambda done: 0.5)}, "schedule function"),
    ],
)
def test_functions_of_one_name_are_told_apart(begun, other, said, tmp_path):
    path = tmp_path / "run.safetensors"
    stop = {"callbacks": [lambda history: (_ for _ in ()).throw(KeyboardInterrupt)]}
    assert tg.fit(network(), X, y, epochs=3, checkpoint=path, **begun, **stop).stopped == "interrupted"
    with pytest.raises(CheckpointError, match=said):
        tg.fit(network(), X, y, epochs=3, checkpoint=path, **other)
    assert len(tg.fit(network(), X, y, epochs=3, checkpoint=path, **begun)) == 3


def test_a_file_without_marks_of_functions_is_gone_on_with(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    stop = {"callbacks": [lambda history: (_ for _ in ()).throw(KeyboardInterrupt)]}
    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["tinygrad_edu.training.fit"], "marks", lambda *of: {})
        tg.fit(network(), X, y, own_loss(2), epochs=3, checkpoint=path, **stop)
    assert len(tg.fit(network(), X, y, own_loss(2), epochs=3, checkpoint=path)) == 3


def test_a_loss_that_adds_a_penalty_or_draws_is_gone_on_with(tmp_path):
    drawn = np.random.default_rng(0)
    for name, more in {"penalty": lambda W: 0.1 * (W * W).sum(), "noise": lambda W: drawn.normal() * W.sum()}.items():
        model = network()  # it goes on in the same session, its weights no longer those of the beginning
        W = model.parameters()[0]

        def loss(outputs, labels, more=more, W=W):
            return ((outputs[:, 0] - labels) ** 2 * (1 + 0 * more(W))).mean() + more(W)

        stop = {"callbacks": [lambda history: (_ for _ in ()).throw(KeyboardInterrupt)]}
        path = tmp_path / name
        tg.fit(model, X, y, loss, epochs=3, checkpoint=path, **stop)
        assert len(tg.fit(model, X, y, loss, epochs=3, checkpoint=path)) == 3


def test_a_file_that_holds_no_run_is_left_alone(tmp_path):
    path = tmp_path / "model.safetensors"
    tg.save(path, network())
    with pytest.raises(CheckpointError, match="it holds a model, but no run of fit"):
        tg.fit(network(), X, y, checkpoint=path)
    path.write_text(json.dumps({"weights": []}))
    with pytest.raises(CheckpointError):
        tg.fit(network(), X, y, checkpoint=path)
    with pytest.raises(CheckpointError, match="could not be written"):
        tg.fit(network(), X, y, checkpoint=tmp_path / "no folder" / "run.safetensors")
