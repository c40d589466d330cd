"""Checkpoints: what is kept comes back to the last bit, all or nothing; what is wrong with a file is said in a line."""

import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, losses, nn, optim
from tinygrad_edu.errors import CheckpointError

safetensors = pytest.importorskip("safetensors.numpy")
HOME = Path(tg.__file__).parents[1]
rng = np.random.default_rng(0)
X, LABELS = rng.normal(size=(24, 1, 6, 6)), np.arange(24) % 3


def network(seed=0, activation=nn.ReLU, dtype=float):
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, rng=seed, dtype=dtype), activation(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(36, 8, rng=seed, dtype=dtype), np.tanh, nn.BatchNorm1d(8, dtype=dtype), nn.Dropout(0.25, rng=seed),
        nn.LayerNorm(8, dtype=dtype), nn.LeakyReLU(0.2), nn.Linear(8, 3, bias=False, rng=seed, dtype=dtype),
    )  # fmt: skip


def train(model, optimizer, steps, compiled=False):
    def step(X, labels):
        loss = losses.cross_entropy(model(X), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    run = tg.jit(step) if compiled else step
    for _ in range(steps):
        run(X, LABELS)


def same(one, other):
    assert one.keys() == other.keys()
    for key, value in one.items():
        assert value.dtype == other[key].dtype and value.tobytes() == other[key].tobytes(), key


class Own(nn.Module):
    def __init__(self, seed=0):
        self.layer = nn.Linear(4, 4, rng=seed)
        self.scale = Value(1.0 + seed)

    def forward(self, x):
        return self.layer(x) * self.scale


# ── there and back ──


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam, optim.AdamW])
def test_a_run_goes_on_as_if_it_had_not_ended(tmp_path, kind, compiled):
    path = tmp_path / "run.safetensors"
    settings = {"lr": 0.05} | ({"momentum": 0.9} if kind is optim.SGD else {})
    model, order = network(), np.random.default_rng(3)
    optimizer = kind(model.parameters(), **settings)
    train(model, optimizer, 3, compiled)
    order.permutation(5)
    tg.save(path, model, optimizer, epoch=3, order=order, history=[0.5, 0.25])
    train(model, optimizer, 3, compiled)

    other = network(seed=1)
    going_on = kind(other.parameters(), lr=0.9, **{key: value for key, value in settings.items() if key != "lr"})
    checkpoint = tg.load(path, other, going_on)
    assert checkpoint.model is other
    assert checkpoint.settings["epoch"] == 3 and checkpoint.settings["history"] == [0.5, 0.25]
    np.testing.assert_array_equal(checkpoint.settings["order"].permutation(9), order.permutation(9))
    train(other, going_on, 3, compiled)
    same(other.state_dict(), model.state_dict())


@pytest.mark.parametrize("training", [True, False])
def test_a_model_is_made_again(tmp_path, training):
    path = tmp_path / "model.safetensors"
    model = network().train(training)
    model[0].bias.requires_grad = False
    model[4].weight.name = "A"
    tg.save(path, model)
    made = tg.load(path).model
    assert repr(made) == repr(model) and str(made) == str(model)
    assert repr(tg.load(path)) == "<checkpoint: 11 tensors of Sequential>"
    same(made.state_dict(), model.state_dict())
    assert [(p.name, p.requires_grad) for _, p in made.named_tensors()] == [
        (p.name, p.requires_grad) for _, p in model.named_tensors()
    ]
    assert {module.training for module in made.modules()} == {training}
    np.testing.assert_array_equal(made(X).data, model(X).data)  # the same entries are dropped, too


@pytest.mark.parametrize(
    "model",
    [
        nn.MLP([4, 6, 2], activation="gelu", output="softmax", rng=0),
        nn.MLP([4, 6, 2], rng=0, dtype=np.float32),
        nn.Linear(4, 2, rng=0),
        nn.Sequential(nn.Embedding(5, 4, rng=0), nn.LayerNorm(4, eps=1e-3, bias=False), tg.relu, nn.GELU("tanh")),
        nn.Sequential(nn.Linear(4, 3, rng=0), nn.BatchNorm1d(3, affine=False), nn.Softmax(axis=0), nn.Identity()),
        nn.Sequential(nn.MLP([4, 3, 4], rng=0), nn.Sequential(nn.LayerNorm(4, elementwise_affine=False), nn.SiLU())),
        nn.Sequential(nn.Conv2d(1, 2, (3, 2), stride=(1, 2), bias=False, rng=0), nn.MaxPool2d(2, 1, padding=1)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_every_layer_of_ours_is_made_again(tmp_path, model):
    tg.save(tmp_path / "m", model)
    made = tg.load(tmp_path / "m").model
    assert repr(made) == repr(model) and type(made) is type(model)
    same(made.state_dict(), model.state_dict())
    if isinstance(model, nn.MLP):
        x = np.ones((3, 4), made[0].weight.dtype)
        assert made.logits(x).data.tobytes() == model.logits(x).data.tobytes()


def test_a_layer_that_stands_twice_is_one_again(tmp_path):
    shared = nn.Linear(3, 3, rng=0)
    model = nn.Sequential(shared, nn.Tanh(), shared)
    tg.save(tmp_path / "m", model)
    made = tg.load(tmp_path / "m").model
    assert made[0] is made[2] and len(made.parameters()) == 2


def test_an_mlp_that_was_given_another_layer(tmp_path):
    model = nn.MLP([4, 3, 2], rng=0, output="sigmoid")
    model.layers[1] = nn.ReLU()
    tg.save(tmp_path / "m", model)
    made = tg.load(tmp_path / "m").model
    assert type(made) is nn.MLP and repr(made) == repr(model)
    np.testing.assert_array_equal(made.logits(np.ones((2, 4))).data, model.logits(np.ones((2, 4))).data)


def test_a_class_of_the_users_has_to_be_handed_in(tmp_path):
    path = tmp_path / "own"
    model = Own()
    model.scale.data = 2.5
    tg.save(path, model, optim.Adam(model), note="mine")
    checkpoint = tg.load(path)
    assert checkpoint.model is None and checkpoint.settings == {"note": "mine"}
    assert checkpoint.optimizer["count"] == 0
    assert repr(checkpoint) == "<checkpoint: 3 tensors of a model of your own, an optimiser, note>"
    same(checkpoint.arrays, model.state_dict())
    other = Own(seed=1)
    tg.load(path, other)
    assert other.scale.item() == 2.5
    same(other.state_dict(), model.state_dict())


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Linear(2, 2), lambda x: x),
        nn.Sequential(nn.Linear(2, 2), Own()),
        type("Deeper", (nn.Sequential,), {})(nn.Linear(2, 2)),
    ],
)
def test_what_cannot_be_made_again_is_no_model(tmp_path, model):
    tg.save(tmp_path / "m", model)
    assert tg.load(tmp_path / "m").model is None
    tg.load(tmp_path / "m", model)


def test_what_stands_beside_the_layers_is_not_lost(tmp_path):
    model = nn.Sequential(nn.Linear(2, 2, rng=0))
    model.head = nn.Linear(2, 1, rng=0)
    mixed = nn.Linear(2, 2, rng=0)
    mixed.bias = Tensor(np.zeros(2, np.float32), name="b")
    for each in (model, mixed):
        tg.save(tmp_path / "m", each)
        assert tg.load(tmp_path / "m").model is None
        same(tg.load(tmp_path / "m").arrays, each.state_dict())


@pytest.mark.parametrize("bits", [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox,
                                  np.random.SFC64])  # fmt: skip
def test_settings_come_back(tmp_path, bits):
    generator = np.random.Generator(bits(5))
    generator.normal(size=3)
    settings = {
        "number": np.float32(0.5), "count": np.int64(3), "truth": np.bool_(True), "none": None, "text": "ŷ",
        "lost": float("nan"), "endless": float("inf"), "nested": {"a": [1, (2, 3)], "b": {"c": np.arange(6)[::-2]}},
        "a": {"b.c": np.ones(2), "b": {"c": np.zeros(2)}}, "number of nothing": np.array(2.5),
        "generators": [generator, generator],
    }  # fmt: skip
    tg.save(tmp_path / "m", nn.Linear(1, 1), **settings)
    found = tg.load(tmp_path / "m").settings
    assert list(found) == list(settings)
    assert [found[key] for key in ("number", "count", "truth", "none", "text", "endless")] == [
        0.5, 3, True, None, "ŷ", float("inf"),
    ]  # fmt: skip
    assert np.isnan(found["lost"]) and found["nested"]["a"] == [1, [2, 3]]
    np.testing.assert_array_equal(found["nested"]["b"]["c"], [5, 3, 1])
    np.testing.assert_array_equal([found["a"]["b.c"], found["a"]["b"]["c"]], [[1, 1], [0, 0]])
    assert found["number of nothing"].shape == () and found["number of nothing"] == 2.5
    expected = generator.normal(size=4)
    for each in found["generators"]:
        np.testing.assert_array_equal(each.normal(size=4), expected)


def test_views_are_saved_as_what_they_show(tmp_path):
    """safetensors itself writes other numbers of an array that is not contiguous."""
    whole = np.arange(24.0).reshape(4, 6)
    views = {"turned": whole.T, "backwards": whole[::-1], "part": whole[1:3, 2:5], "strided": whole[::2, ::3],
             "foreign": whole.astype(">f8"), "fortran": np.asfortranarray(whole)}  # fmt: skip
    model = nn.Linear(6, 4)
    model.weight._data = whole.T
    tg.save(tmp_path / "m", model, views=views)
    checkpoint = tg.load(tmp_path / "m")
    np.testing.assert_array_equal(checkpoint.arrays["weight"], whole.T)
    for name, view in views.items():
        np.testing.assert_array_equal(checkpoint.settings["views"][name], view)


def test_float32_and_single_numbers_keep_their_kind(tmp_path):
    model = network(dtype=np.float32)
    tg.save(tmp_path / "m", model)
    made = tg.load(tmp_path / "m").model
    assert {p.dtype for p in made.parameters()} == {np.dtype(np.float32)}
    same(made.state_dict(), model.state_dict())


# ── one file, whole ──


def test_it_is_one_safetensors_file(tmp_path):
    path = tmp_path / "run.safetensors"
    model = nn.MLP([2, 3, 1], rng=0)
    tg.save(str(path), model, optim.SGD(model, lr=0.1), epoch=1)
    assert [each.name for each in tmp_path.iterdir()] == ["run.safetensors"]
    np.testing.assert_array_equal(safetensors.load_file(path)["model.0.weight"], model[0].weight.data)
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask
    path.chmod(0o640)
    tg.save(path, model)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_goes_on_pointing_where_it_pointed(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "there" / "m")
    tg.save(link, nn.Linear(1, 1, rng=0))
    assert link.is_symlink() and tg.load(tmp_path / "there" / "m").model is not None


def test_no_flipped_bit_is_loaded(tmp_path):
    path = tmp_path / "m"
    model = nn.Linear(2, 2, rng=0)
    tg.save(path, model, optim.Adam(model), note="x")
    raw = path.read_bytes()
    refused = 0
    for place in [*range(0, len(raw), 7), *range(len(raw) - 40, len(raw))]:
        for bit in (0, 3, 7):
            damaged = bytearray(raw)
            damaged[place] ^= 1 << bit
            path.write_bytes(damaged)
            with pytest.raises(CheckpointError):
                tg.load(path)
            refused += 1
    assert refused > 500
    path.write_bytes(raw)
    tg.load(path)


def test_no_file_that_was_cut_short_is_loaded(tmp_path):
    path = tmp_path / "m"
    tg.save(path, nn.Linear(2, 2, rng=0))
    raw = path.read_bytes()
    for length in [*range(0, len(raw), 31), len(raw) - 1]:
        path.write_bytes(raw[:length])
        with pytest.raises(CheckpointError, match=r"cut short|damaged"):
            tg.load(path)
    path.write_bytes(raw + b"\0")
    with pytest.raises(CheckpointError):
        tg.load(path)


class Dangerous:
    def __reduce__(self):
        return os.mkdir, ("unpickled",)


def test_a_pickle_in_disguise_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.safetensors"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path.write_bytes(pickle.dumps(Dangerous(), protocol))
        with pytest.raises(CheckpointError, match=r"pickle|cut short"):
            tg.load(path)
    path.write_bytes(b"PK\x03\x04 what torch.save writes")
    with pytest.raises(CheckpointError, match="this is a pickle, or PyTorch's own format"):
        tg.load(path)
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize(
    "content", [b"", b"\x02\0\0\0\0\0\0\0[]", b"\x02\0\0\0\0\0\0\0{]", b"\xff" * 64, b"text\n" * 9]
)
def test_what_is_no_checkpoint_at_all(tmp_path, content):
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(CheckpointError, match="no safetensors file, or cut short"):
        tg.load(tmp_path / "m")


def written_by_others(path, told):
    """A file of ours, checksum and all, that says something else."""
    from tinygrad_edu.training import storage

    storage.write(str(path), {"model.weight": np.zeros((1, 1))}, json.dumps(told), "np")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"version": 2}, "it is of version 2; this release reads 1"),
        ({}, "it is of version None"),
        ({"version": 1}, "cannot be understood .*KeyError"),
        (
            {"version": 1, "optimizer": None, "model": {"class": "Popen", "settings": {}}, "settings": {}},
            "cannot be understood",
        ),
        (
            {"version": 1, "optimizer": None, "model": {"class": "Sequential", "layers": [{"function": "eval"}]}},
            "cannot be understood",
        ),
        (
            {
                "version": 1,
                "optimizer": None,
                "model": {},
                "settings": {"__generator__": {"bit_generator": "Generator"}},
            },
            "cannot be understood",
        ),
    ],
)
def test_what_somebody_else_wrote_is_not_followed(tmp_path, told, said):
    written_by_others(tmp_path / "m", told)
    with pytest.raises(CheckpointError, match=said):
        tg.load(tmp_path / "m")


def run(program, path, **more):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HOME), *sys.path])}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), str(path)], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip


def test_a_process_that_is_killed_leaves_a_whole_file(tmp_path):
    path = tmp_path / "m"
    moments = np.random.default_rng(1).uniform(0.0, 0.2, 20)
    process = run(
        """
        import os, sys
        import numpy as np
        import tinygrad_edu as tg
        model = tg.nn.Linear(200, 200, rng=0)
        tg.save(sys.argv[1], model, first=float(model.weight.data[0, 0]))
        print("ready", flush=True)
        for line in sys.stdin:
            if not os.fork():
                print(os.getpid(), flush=True)
                while True:
                    model.weight.data += 1.0
                    tg.save(sys.argv[1], model, first=float(model.weight.data[0, 0]))
            os.wait()
            print("dead", flush=True)
        """,
        path,
        stdin=subprocess.PIPE,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        beginning, firsts = tg.load(path).settings["first"], set()
        for moment in moments:
            process.stdin.write("go\n")
            process.stdin.flush()
            child = int(process.stdout.readline())
            time.sleep(moment)
            os.kill(child, signal.SIGKILL)
            assert process.stdout.readline() == "dead\n"
            checkpoint = tg.load(path)
            assert checkpoint.arrays["weight"][0, 0] == checkpoint.settings["first"]
            firsts.add(checkpoint.settings["first"] - beginning)
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()
        process.stderr.close()
    assert max(firsts) >= 0.9, "no process lived long enough to save"


def test_a_full_disk_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "m"
    model = nn.Linear(3, 3, rng=0)
    tg.save(path, model)
    process = run(
        """
        import resource, signal, sys
        import tinygrad_edu as tg
        large, path = tg.nn.Linear(300, 300), sys.argv[1]
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        for name in (path, path + ".new"):
            try:
                tg.save(name, large)
            except tg.errors.CheckpointError as error:
                print(error)
        """,
        path,
    )
    out, error = process.communicate(timeout=60)
    first, second = out.splitlines()
    assert first == f"{path}: it could not be written: File too large; the file that is there is whole", error
    assert second == f"{path}.new: it could not be written: File too large"
    assert [each.name for each in tmp_path.iterdir()] == ["m"]
    same(tg.load(path).arrays, model.state_dict())


# ── all or nothing ──


def states(model, optimizer):
    return model.state_dict(), optimizer.state_dict(), [m.rng.bit_generator.state for m in model if hasattr(m, "rng")]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (lambda: network(activation=nn.Tanh), r"it is of another model: layer 1 is ReLU\(\) there, Tanh\(\) here"),
        (
            lambda: nn.MLP([4, 2]),
            "another model: the model is Sequential of 11 layers there, MLP of 1 layers with output",
        ),
        (lambda: network(dtype=np.float32), "layer 0 is Conv2d.*float64.* there, .*float32.* here"),
        (lambda: Own(), "layers draw at 7 there, at nowhere here"),
    ],
)
def test_another_model_is_refused_and_nothing_is_changed(tmp_path, other, said):
    model = network()
    optimizer = optim.Adam(model, lr=0.1)
    train(model, optimizer, 1)
    tg.save(tmp_path / "m", model, optimizer)
    other = other()
    mine = optim.Adam(other)
    before = other.state_dict(), mine.state_dict()
    with pytest.raises(CheckpointError, match=said):
        tg.load(tmp_path / "m", other, mine)
    same(other.state_dict(), before[0])
    assert mine.lr == before[1]["lr"] and mine.count == 0


def test_another_output_is_another_model(tmp_path):
    model, other = nn.MLP([2, 2], rng=0), nn.MLP([2, 2], rng=0)
    other.output = "sigmoid"
    tg.save(tmp_path / "m", model)
    with pytest.raises(CheckpointError, match="output linear there, MLP of 1 layers with output sigmoid here"):
        tg.load(tmp_path / "m", other)


def test_a_model_of_ones_own_that_does_not_fit(tmp_path):
    class Wider(Own):
        def __init__(self):
            self.layer = nn.Linear(4, 5, rng=0)
            self.scale = Value(1.0)

    class Single(Own):
        def __init__(self):
            self.layer = nn.Linear(4, 4, rng=0, dtype=np.float32)
            self.scale = Value(1.0)

    tg.save(tmp_path / "m", Own())
    for model, said in (
        (Wider(), r"layer.weight has shape \(4, 5\) here, \(4, 4\) in the state"),
        (Single(), "layer.weight is of float64 there, float32 here"),
        (nn.Linear(4, 4), "the state is of another model: it lacks bias"),
    ):
        before = model.state_dict()
        with pytest.raises(CheckpointError, match=said) as caught:
            tg.load(tmp_path / "m", model)
        assert "\n" not in str(caught.value)
        same(model.state_dict(), before)


def test_an_optimiser_that_does_not_fit(tmp_path):
    model = nn.Linear(2, 2, rng=0)
    tg.save(tmp_path / "m", model, optim.Adam(model))
    tg.save(tmp_path / "bare", model)
    other = nn.Linear(2, 2, rng=1)
    before = other.state_dict()
    with pytest.raises(CheckpointError, match="it holds the optimiser Adam, not SGD"):
        tg.load(tmp_path / "m", other, optim.SGD(other, lr=0.1))
    with pytest.raises(CheckpointError, match="it holds no optimiser"):
        tg.load(tmp_path / "bare", other, optim.SGD(other, lr=0.1))
    with pytest.raises(CheckpointError, match="the state is of 2 parameters, not 1"):
        tg.load(tmp_path / "m", other, optim.Adam([other.weight]))
    same(other.state_dict(), before)
    # The optimiser fits and the model does not: neither is changed.
    own, wrong = Own(), type("Renamed", (nn.Module,), {})()
    tg.save(tmp_path / "own", own, optim.Adam([own.layer.weight]))
    wrong.other = nn.Linear(4, 4, rng=3)
    optimizer = optim.Adam([wrong.other.weight], lr=0.7)
    with pytest.raises(CheckpointError, match="of another model"):
        tg.load(tmp_path / "own", wrong, optimizer)
    assert optimizer.lr == 0.7


@pytest.mark.parametrize(
    ("use", "kind", "said"),
    [
        (lambda path: tg.save(path, {}), TypeError, "a model is a Module, not dict"),
        (lambda path: tg.save(tg.nn.Linear(2, 3), path), TypeError, "the path comes first: save"),
        (
            lambda path: tg.save(path, tg.Classifier(epochs=1).fit(np.eye(4), [0, 1, 0, 1])),
            TypeError,
            "a model is a Module, not Classifier; the network that it trained is its .model_",
        ),
        (
            lambda path: tg.save(path, nn.Linear(1, 1), "adam"),
            TypeError,
            "an optimiser is one of tinygrad_edu.optim, not",
        ),
        (
            lambda path: tg.save(path, nn.Linear(1, 1), optim.Adam(nn.Linear(1, 1))),
            ValueError,
            "moves parameters that the model does not have",
        ),
        (lambda path: tg.save(path, nn.Linear(1, 1), layout="jax"), ValueError, "layout is None or 'torch', not 'jax'"),
        (
            lambda path: tg.save(path, nn.Linear(1, 1), model2=object()),
            TypeError,
            "settings.model2 is a object; kept are",
        ),
        (lambda path: tg.save(path, nn.Linear(1, 1), a={1: 2}), TypeError, "settings.a has the key 1; keys are texts"),
        (lambda path: tg.save(path, nn.Linear(1, 1), a={"__array__": 2}), TypeError, "has the key '__array__'"),
        (
            lambda path: tg.save(path, nn.Linear(1, 1), a=np.zeros(2, np.longdouble)),
            CheckpointError,
            "settings.a is of .*, which a safetensors file does not have",
        ),
        (
            lambda path: tg.save(path, nn.Linear(1, 1), a=np.ones(2) * 1j),
            CheckpointError,
            "settings.a is of complex",
        ),
        (
            lambda path: tg.save(path / "no" / "m", nn.Linear(1, 1)),
            CheckpointError,
            "could not be written: No such file",
        ),
        (lambda path: tg.save(path.parent, nn.Linear(1, 1)), CheckpointError, "could not be written: "),
        (lambda path: tg.load(path), CheckpointError, "cannot be read: No such file"),
        (lambda path: tg.load(path.parent), CheckpointError, "cannot be read: Is a directory"),
        (lambda path: tg.load(path, "model"), TypeError, "a model is a Module, not str"),
        (lambda path: tg.load(path, layout="jax"), ValueError, "layout is None or 'torch'"),
    ],
)
def test_what_is_asked_for_wrongly_is_said(tmp_path, use, kind, said):
    with pytest.raises(kind, match=said):
        use(tmp_path / "m")
    assert not [each for each in tmp_path.iterdir() if each.suffix == ".part"]


def test_an_optimiser_alone_is_not_filled(tmp_path):
    model = nn.Linear(1, 1)
    tg.save(tmp_path / "m", model, optim.Adam(model))
    with pytest.raises(TypeError, match="together with the model"):
        tg.load(tmp_path / "m", optimizer=optim.Adam(model))
