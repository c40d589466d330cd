"""The notebooks run from top to bottom, and show what they promise, with `dot` and without."""

import os
import shutil
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))


def run(path, search_path):
    """The notebook, executed by this Python with `search_path` as PATH; every cell's outputs."""
    notebook = nbformat.read(path, as_version=4)
    settings = {"timeout": 120, "kernel_name": "python3", "resources": {"metadata": {"path": str(ROOT)}}}
    client = nbclient.NotebookClient(notebook, **settings)
    client.execute(env=os.environ | {"PATH": search_path, "PYTHONPATH": str(ROOT)})
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def kinds(outputs):
    return [kind for output in outputs for kind in output.get("data", {})]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore")  # what Jupyter's own libraries say of themselves
def test_notebooks_run(path):
    for package in {"classifier": ["sklearn", "matplotlib"], "training": ["matplotlib", "safetensors"]}.get(
        path.stem, []
    ):
        pytest.importorskip(package)
    outputs = run(path, os.environ["PATH"])
    assert not [output for cell in outputs for output in cell if output.output_type == "stream"]
    if path.stem == "picture" and shutil.which("dot"):
        found = [kind for cell in outputs for kind in kinds(cell)]
        assert found.count("image/svg+xml") == 6 and found.count("text/html") == 2


@pytest.mark.filterwarnings("ignore")
def test_pictures_show_themselves_without_dot():
    found = [kind for cell in run(ROOT / "examples" / "picture.ipynb", "") for kind in kinds(cell)]
    assert found.count("image/svg+xml") == 6 and found.count("text/html") == 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs_hold_no_traceback_and_no_path_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert '"output_type": "error"' not in text and "Traceback" not in text
    assert "/home/" not in text and "/tmp/" not in text and "/root/" not in text
    nbformat.validate(nbformat.reads(text, as_version=4))
