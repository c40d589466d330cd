"""`predict`: from a table to the predictions of a network that `train` wrote."""

import csv
import io
import pickle
import random
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import datasets, nn
from tinygrad_edu.shell import cli
from tinygrad_edu.shell.commands import train

for needed in ("sklearn", "matplotlib", "safetensors"):
    pytest.importorskip(needed)


PLACES = ["Stadt", "Land; weit", 'am "Berg"']


def table(path):
    """A spreadsheet's table: BOM, semicolons, decimal commas, thousands, quotes, carriage returns, an empty row."""
    drawn = random.Random(0)
    rows = ['"Größe in m²";"Lage";"Balkon";"Miete (€)";"Wohnung"']
    for _ in range(90):
        size, place, balcony = drawn.uniform(25, 140), drawn.choice(PLACES), drawn.randint(0, 1)
        rent = f"{size * (14 if place == 'Stadt' else 8) + 90 * balcony:,.2f}".translate(str.maketrans(",.", ".,"))
        kind = "groß" if size > 80 else "klein"
        quoted, written = place.replace('"', '""'), f"{size:.1f}".replace(".", ",")
        rows.append(f'{written};"{quoted}";{["nein", "ja"][balcony]};{rent};{kind}')
    path.write_bytes(("\ufeff" + "\r\n".join([*rows, ";;;;", ""])).encode("utf-8"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with the table, and three runs: `rent` is measured, `kind` has classes, and `iris`."""
    folder = tmp_path_factory.mktemp("runs")
    table(folder / "flats.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(train, "pictures", lambda *run: {})  # they take most of the time, and nobody looks
        assert cli.main(["train", "flats.csv", "--target", "Miete (€)", "--out", "rent"]) == 0
        assert cli.main(["train", "flats.csv", "--epochs", "40", "--out", "kind"]) == 0
        assert cli.main(["train", "iris", "--epochs", "30", "--out", "iris"]) == 0
    return folder


@pytest.fixture
def shell(runs, monkeypatch, capsys):
    monkeypatch.chdir(runs)

    def calling(*arguments, new=None):
        if new is not None:
            (runs / "new.csv").write_text(new, encoding="utf-8")
        code = cli.main(["predict", *arguments])
        return code, *capsys.readouterr()

    return calling


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


def test_from_a_spreadsheet_to_a_prediction(shell):
    new = 'Lage;Nr;"Größe in m²";Balkon;Wohnung\n"Land; weit";1;100;ja;groß\nStadt;2;50,5;nein;klein\n'
    code, said, error = shell("rent", "new.csv", new=new)
    assert (code, error) == (0, "")
    head, *rows = rows_of(said)
    assert head == ["Miete (€)"]
    np.testing.assert_allclose([float(row[0]) for row in rows], [890, 707], rtol=0.08)


def test_predictions_are_the_networks_own(shell):
    code, said, _ = shell("kind", "flats.csv")
    head, *rows = rows_of(said)
    assert code == 0 and head == ["Wohnung", "p(groß)", "p(klein)"] and len(rows) == 90
    checkpoint, data = tg.load("kind/model.safetensors"), datasets.read_csv("flats.csv")
    centre, deviation = checkpoint.settings["predictor"]["features"]
    p = checkpoint.model((data.X - centre) / deviation).data[:, 0]
    np.testing.assert_allclose([[float(x) for x in row[1:]] for row in rows], np.column_stack([1 - p, p]), rtol=1e-5)
    assert [row[0] for row in rows] == [data.classes[int(each > 0.5)] for each in p]
    assert np.mean([row[0] == data.classes[y] for row, y in zip(rows, data.y, strict=True)]) > 0.9


FLAT = "Lage;Größe in m²;Balkon;Wohnung\nStadt;50,5;nein;groß\n"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (
            "Lage;Balkon;Wohnung\nStadt;ja;groß\n",
            "new.csv: there is no column 'Größe in m²'; there are Lage, Balkon, Wohnung",
        ),
        (FLAT.replace("Stadt", "Insel"), "new.csv, row 2, column Lage: 'Insel' is a text that did not occur before"),
        (FLAT.replace("50,5", "groß"), "row 2, column Größe in m²: 'groß' is no number"),
        (FLAT.replace("50,5", ""), "row 2, column Größe in m²: nothing stands there"),
        (FLAT.replace(";nein", ""), "row 2: 3 cells, but the first row has 4"),
        ("", "new.csv: the file is empty"),
    ],
)
def test_a_file_that_does_not_fit(new, said, shell):
    code, out, error = shell("rent", "new.csv", new=new)
    assert (code, out) == (2, "") and said in error and error.count("\n") == 1


def test_the_answers_go_into_a_file_whole_or_not_at_all(shell, monkeypatch):
    code, said, _ = shell("kind", "flats.csv", "-o", "answers.csv")
    assert code == 0 and said == "wrote answers.csv: 90 predictions\n"
    assert Path("answers.csv").read_text(encoding="utf-8") == shell("kind", "flats.csv")[1]
    code, _, error = shell("kind", "flats.csv", "-o", "flats.csv")
    assert code == 2 and "would replace the samples" in error
    code, _, error = shell("kind", "flats.csv", "-o", "none/answers.csv")
    assert code == 2 and "could not be written: No such file or directory" in error


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda raw: raw[:-9], "the file is damaged"),
        (lambda raw: raw[:500], "cut short"),
        (lambda raw: raw[:-9] + bytes([raw[-9] ^ 1]) + raw[-8:], "the file is damaged"),
        (lambda raw: raw[:400] + bytes([raw[400] ^ 1]) + raw[401:], "damaged|cut short|no safetensors"),
        (lambda raw: pickle.dumps({"model": [1.0]}), "this is a pickle"),
        (lambda raw: b"", "cut short"),
    ],
)
def test_a_checkpoint_that_was_damaged_is_refused(damage, said, shell, tmp_path):
    path = tmp_path / "model.safetensors"
    with open("kind/model.safetensors", "rb") as file:
        path.write_bytes(damage(file.read()))
    code, out, error = shell(str(tmp_path), "flats.csv")
    assert (code, out) == (2, "") and any(each in error for each in said.split("|")) and error.count("\n") == 1


def test_what_is_no_run(shell, tmp_path):
    for run, said in (
        ("none", "none is not there; the folder is needed"),
        ("flats.csv", "flats.csv is a file; the folder is needed"),
        (str(tmp_path), "holds no run: there is no model.safetensors"),
    ):
        code, _, error = shell(run, "flats.csv")
        assert code == 2 and said in error and error.count("\n") == 1
    assert "the folder comes first: tinygrad-edu predict kind flats.csv" in shell("flats.csv", "kind")[2]
    tg.save(tmp_path / "model.safetensors", nn.Linear(3, 1))
    assert "it holds a model alone" in shell(str(tmp_path), "flats.csv")[2]
    tg.save(tmp_path / "model.safetensors", nn.Linear(3, 1), predictor={"features": 3})
    assert "what it says cannot be understood" in shell(str(tmp_path), "flats.csv")[2]


def test_a_data_set_predicts_from_a_file_with_its_names(shell):
    iris = datasets.iris()
    lines = [",".join(iris.features[::-1]), *(",".join(map(str, row[::-1])) for row in iris.X[::30])]
    shell("iris", "new.csv", new="\n".join(lines))
    code, said, _ = shell("iris", "new.csv")
    head, *rows = rows_of(said)
    assert head == ["species", "p(setosa)", "p(versicolor)", "p(virginica)"] and code == 0
    assert [row[0] for row in rows] == [iris.classes[kind] for kind in iris.y[::30]]
