"""`train`: what it trains, writes, says and refuses."""

import errno
import io
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import datasets, nn, optim
from tinygrad_edu.datasets.dataset import Scale
from tinygrad_edu.shell import cli
from tinygrad_edu.shell.commands import train
from tinygrad_edu.training import boundary, storage
from tinygrad_edu.training.history import History

for needed in ("sklearn", "matplotlib", "safetensors"):
    pytest.importorskip(needed)


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def calling(*arguments):
        code = cli.main(list(arguments))
        return code, *capsys.readouterr()

    return calling


@pytest.mark.parametrize(("data", "measure", "least"), [
    ("breast_cancer", "accuracy", 0.96), ("digits", "accuracy", 0.95), ("diabetes", "R²", 0.4),
    ("iris", "accuracy", 0.9), ("moons", "accuracy", 0.99), ("wine", "accuracy", 0.95), ("sine", "R²", 0.95),
])  # fmt: skip
def test_the_defaults_are_good(data, measure, least, shell):
    code, said, error = shell("train", data)
    assert (code, error) == (0, "")
    assert float(re.search(rf"^{measure} ([\d.]+) on", said, re.MULTILINE)[1]) >= least
    assert not os.listdir(), "nothing is written without --out"


def test_it_is_fit_that_trains(shell):
    assert (
        shell("train", "diabetes", "--epochs", "3", "--hidden", "4", "--l2", "0.1", "--seed", "7", "--out", "run")[0]
        == 0
    )
    split = datasets.diabetes().split(seed=7)
    X, y = Scale.of(split.X_train), Scale.of(split.y_train)
    model = nn.MLP([10, 4, 1], rng=7)
    history = tg.fit(
        model, X.standardised(split.X_train), y.standardised(split.y_train), optimizer=optim.Adam(model, lr=0.02),
        epochs=3, batch_size=32, validation=0.2, early_stopping=30, l2=0.1, seed=7,
    )  # fmt: skip
    with open("run/metrics.json", encoding="utf-8") as file:
        told = json.load(file)
    assert told["history"] == history.state()
    given = y.measured(model(X.standardised(split.X_test)).data[:, 0])
    assert told["test"]["root mean squared error"] == pytest.approx(np.sqrt(np.mean((given - split.y_test) ** 2)))
    assert told["settings"]["lr"] == 0.02 and told["settings"]["hidden"] == [4] and told["target"] == "progression"


def test_what_lies_in_the_folder(shell, monkeypatch):
    from PIL import Image

    monkeypatch.setattr(boundary, "_GRID", 50)

    code, said, error = shell("train", "moons", "--epochs", "3", "--hidden", "4", "--out", "a/run", "--animate")
    assert (code, error) == (0, "")
    assert said.splitlines()[-1] == "wrote a/run; tinygrad-edu predict a/run FILE.csv predicts with it"
    of_classes = {"model.safetensors", "metrics.json", "loss.png", "boundary.png", "confusion.png", "learning.gif"}
    assert set(os.listdir("a/run")) == of_classes
    for name in ("loss", "boundary", "confusion"):
        with Image.open(f"a/run/{name}.png") as picture:
            assert min(picture.size) > 400
    with open("a/run/metrics.json", encoding="utf-8") as file:
        told = json.load(file)
    last = told["history"]["best"] or 3
    with Image.open("a/run/learning.gif") as film:
        assert film.n_frames == last + 1
    confusion = np.array(told["test"]["confusion"])
    assert confusion.sum() == told["samples"]["test"] == 50
    assert told["test"]["accuracy"] == pytest.approx(np.trace(confusion) / 50)
    checkpoint = tg.load("a/run/model.safetensors")
    assert repr(checkpoint.model) == repr(nn.MLP([2, 4, 1], output="sigmoid"))
    assert checkpoint.settings["history"] == told["history"]
    # another run in the same folder leaves nothing of this one
    assert shell("train", "sine", "--epochs", "2", "--out", "a/run")[0] == 0
    assert set(os.listdir("a/run")) == {
        "model.safetensors",
        "metrics.json",
        "loss.png",
        "predicted.png",
        "function.png",
    }


def test_two_softmax_outputs_and_no_hidden_layer(shell):
    code, said, _ = shell("train", "moons", "--loss", "cross_entropy", "--hidden", "none", "--optimizer", "SGD")
    assert code == 0 and "W_1 (2, 2)" in said and "Softmax" in said


def test_a_loss_decides_what_whole_numbers_are(shell):
    rng = np.random.default_rng(0)
    rows = "".join(f"{x:.3f},{round(x + 4)}\n" for x in rng.normal(size=80).clip(-1.4, 1.4))
    with open("marks.csv", "w") as file:
        file.write(f"x,mark\n{rows}")
    assert "3 classes, 3, 4 and 5" in shell("train", "marks.csv", "--epochs", "1")[1]
    assert "mark is measured" in shell("train", "marks.csv", "--epochs", "1", "--loss", "mse_loss")[1]
    assert "x is measured" in shell("train", "marks.csv", "--epochs", "1", "--target", "x")[1]


def test_a_column_that_never_changes_is_normal(shell):
    moons = datasets.moons(120)
    with open("moons.csv", "w") as file:
        file.write("a,same,b,y\n" + "".join(f"{a},0.1,{b},{y}\n" for (a, b), y in zip(moons.X, moons.y, strict=True)))
    code, said, error = shell("train", "moons.csv", "--out", "run")
    assert (code, error) == (0, "") and float(re.search(r"accuracy ([\d.]+) on", said)[1]) > 0.9
    with open("other.csv", "w") as file:
        file.write("a,b,same\n-0.7,0.7,0.1\n-0.7,0.7,0.2\n")
    answers = shell("predict", "run", "other.csv")[1].splitlines()[1:]
    assert [answer[0] for answer in answers] == ["0", "0"]


# ── what goes wrong ──


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_training_that_fails_is_one_line_and_code_1(optimizer, shell):
    settings = ("--activation", "relu", "--lr", "1e6", "--optimizer", optimizer, "--epochs", "40", "--out", "run")
    code, _, error = shell("train", "iris", *settings)
    assert code == 1 and error.count("\n") == 1 and "Traceback" not in error
    assert re.match(r"tinygrad-edu: .*training failed.*lr.*1e\+06", error)
    assert not os.path.exists("run")
    assert "1: training failed" in " ".join(shell("train", "--help")[1].split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["irs"], "there is no file and no data set 'irs'; data sets are blobs,"),
        (["irs.csv"], "irs.csv: No such file"),
        (["."], "is a folder"),
        (["iris", "--target", "species"], "--target is for CSV files"),
        (["iris", "--loss", "mse_loss"], "has the classes setosa, versicolor, virginica; cross_entropy goes with it"),
        (["iris", "--loss", "binary_cross_entropy"], "is for two classes; species has 3"),
        (["diabetes", "--loss", "cross_entropy"], "is measured; mse_loss goes with it"),
        (["iris", "--hidden", "16,,2"], "'16,,2' is no list of sizes such as 16,16"),
        (["iris", "--activation", "tan"], "invalid choice: 'tan'"),
        (["iris", "--optimizer", "rmsprop"], "invalid choice: 'rmsprop'"),
        (["iris", "--lr", "0"], "'0' is not a number above 0"),
        (["iris", "--lr", "inf"], "'inf' is not a number above 0"),
        (["iris", "--l2", "-1"], "'-1' is not a number of at least 0"),
        (["iris", "--seed", "-1"], "'-1' is not a whole number"),
        (["iris", "--batch", "0"], "'0' is not a whole number of at least 1"),
        (["iris", "--epochs", "²"], "'²' is not a whole number of at least 1"),
        (["iris", "--layers", "3"], "unrecognized arguments: --layers 3; see tinygrad-edu train --help"),
        (["iris", "--animate"], "--animate needs --out DIR"),
        (["iris", "--out", "file"], "--out file: a file has that name; a folder is needed"),
        (["iris", "--out", "file/run"], "--out file/run: it cannot be written to: Not a directory"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_code_2(arguments, said, shell):
    Path("file").touch()
    code, out, error = shell("train", *arguments)
    assert (code, out) == (2, "") and said in error
    assert error.startswith("tinygrad-edu: ") and error.count("\n") == 1
    assert os.listdir() == ["file"]


ROWS = "a,b,y\n1,2,p\n2,3,q\n3,4,p\n4,5,q\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "table.csv: the file is empty"),
        (b"a,b,y\n1,2,p\n2,3,p\n", "column y, is 'p' in every row; there is nothing to predict"),
        (b"a,b,y\n1,2,5\n2,3,5\n", "column y, is '5' in every row"),
        (b"a,b,y\n1,NaN,p\n2,3,q\n", "row 2, column b: 'NaN' says that a value is missing"),
        (b"a,b,y\n1,2,p\n2,3\n", "row 3: 2 cells, but the first row has 3"),
        ("a,b,y\n1,2,ä\n2,3,q\n".encode("latin-1"), "row 2: the byte 0xe4 is no UTF-8"),
        (ROWS.encode("utf-16"), "the text is UTF-16"),
        (b"\x80\x04pickle\x00", "this is no text"),
        (b"a,b,y\n1,2,p\n2,3,q\n", "2 samples are too few"),
        (b"a,b,y\n1e200,2,0.5\n-1e200,3,1.5\n1e300,1,2\n1e308,1,3\n", "numbers in column a are too large"),
        (10**9, "table.csv: 1,000 MB; up to 250 MB are read"),
    ],
)
def test_a_file_that_cannot_be_trained_on(content, said, shell):
    with open("table.csv", "wb") as file:
        file.truncate(content) if isinstance(content, int) else file.write(content)
    code, _, error = shell("train", "table.csv", "--out", "run")
    assert code == 2 and said in error and error.count("\n") == 1
    assert os.listdir() == ["table.csv"]


def test_files_of_other_people_are_not_replaced(shell):
    os.mkdir("mine")
    Path("mine/loss.png").write_text("my losses")
    assert "loss.png there is of no run" in shell("train", "iris", "--out", "mine")[2]
    tg.save("mine/model.safetensors", nn.Linear(2, 2))
    before = contents("mine")
    code, _, error = shell("train", "iris", "--out", "mine")
    assert code == 2 and "model.safetensors there is of no run, or damaged; take another folder" in error
    assert contents("mine") == before


@pytest.mark.filterwarnings("always")
def test_likely_slips_and_a_network_that_learnt_nothing_are_said(shell):
    rng = np.random.default_rng(0)
    with open("noise.csv", "w") as file:
        file.write("a,y\n" + "".join(f"{x:.3f},{y:.3f}\n" for x, y in rng.normal(size=(20000, 2))) + "1e9,0.5\n")
    code, _, error = shell("train", "noise.csv", "--epochs", "1", "--batch", "4096", "--lr", "1e-9")
    assert code == 0
    assert re.search(r"noise: a number in column a is \d+ deviations from the mean; is it a slip", error)
    assert "no better than one answer for all" in error


# ── Ctrl-C, disks ──


def test_ctrl_c_writes_what_was_reached(shell, monkeypatch):
    def stop(history):
        if len(history) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(train, "_tenths", lambda epochs: stop)
    monkeypatch.setattr(train, "pictures", lambda *run: {"boundary.png": b"boundary"})
    code, said, error = shell("train", "iris", "--out", "run")
    assert (code, error) == (130, "") and "3 epochs, interrupted" in said
    assert {"model.safetensors", "boundary.png"} <= set(os.listdir("run"))
    monkeypatch.setattr(train, "fit", lambda *args, **settings: History(stopped="interrupted"))
    code, _, error = shell("train", "iris", "--out", "other")
    assert code == 130 and "nothing is written" in error and os.listdir() == ["run"]


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_a_full_disk_leaves_the_old_run_whole(shell, monkeypatch):
    monkeypatch.setattr(train, "pictures", lambda *run: {"loss.png": b"loss", "boundary.png": b"boundary"})
    assert shell("train", "iris", "--epochs", "1", "--out", "run")[0] == 0
    before, calls = contents("run"), []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(storage.os, "fsync", full)
        code, _, error = shell("train", "iris", "--epochs", "2", "--out", "run")
    assert code == 2 and "could not be written: No space left on device; the file that is there is whole" in error
    assert contents("run") == before
    os.mkdir("run/confusion.png")
    monkeypatch.setattr(train, "pictures", lambda *run: {"loss.png": b"loss", "confusion.png": b"confusion"})
    code, _, error = shell("train", "iris", "--epochs", "2", "--out", "run")
    assert code == 2 and "confusion.png: it could not be written: Is a directory" in error
    assert Path("run/model.safetensors").read_bytes() == before["model.safetensors"]


def test_a_disk_that_cannot_be_written_to_is_said_before_training(shell, monkeypatch):
    def read_only(**where):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("tempfile.TemporaryFile", read_only)
    code, out, error = shell("train", "iris", "--out", "run")
    assert (code, out) == (2, "") and "--out run: it cannot be written to: Read-only file system" in error
    assert os.listdir() == []


def test_what_is_not_installed_is_said_before_training(shell, monkeypatch):
    monkeypatch.setattr(train, "find_spec", lambda name: None)
    code, out, error = shell("train", "iris", "--out", "run")
    assert (code, out) == (2, "") and 'pip install "tinygrad_edu[train,save]"' in error


def test_a_pipe_has_a_line_each_tenth_and_a_terminal_a_bar(shell, monkeypatch):
    said = shell("train", "iris", "--epochs", "12")[1]
    tenths = [int(number) for number in re.findall(r"^epoch (\d+)/12: loss .*, accuracy", said, re.MULTILINE)]
    assert tenths == [2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    _, said, _ = shell("train", "iris", "--epochs", "5")
    assert "epoch 5/5" in terminal.getvalue() and "samples/s" in terminal.getvalue()
    assert "epoch 5/5" not in said and "5 epochs" in said


def test_a_reader_that_ends_before_the_training_is_said(shell, monkeypatch):
    """`train … --out DIR | head` ended with exit code 0 and no folder."""

    def closed(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr(train, "print", closed, raising=False)
    code, _, err = shell("train", "moons", "--epochs", "2", "--out", "run")
    assert (code, err) == (
        2,
        "tinygrad-edu: what read the output has ended, and training with it; run is not written\n",
    )
    assert not Path("run").exists()
