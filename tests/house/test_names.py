"""What the package exports is there and documented; its files stay short; its version stands in one place."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tinygrad_edu as tg
from tinygrad_edu.engine.graph import Rule

ROOT = Path(__file__).parents[2]
MODULES = ["nn", "optim", "losses", "datasets", "linalg", "training"]
EXPORTED = [("tinygrad_edu", name) for name in [*tg.__all__, *tg._LATER]] + [
    (f"tinygrad_edu.{module}", name)
    for module in MODULES
    for name in importlib.import_module(f"tinygrad_edu.{module}").__all__
]


@pytest.mark.parametrize(("module", "name"), [each for each in EXPORTED if each[1] != "__version__"])
def test_every_exported_name_is_documented(module, name):
    found = getattr(importlib.import_module(module), name)
    said = found.__doc__
    assert said and said.strip() and (found is Rule or said != Rule.__doc__), f"{module}.{name} has no docstring"


def test_the_version_is_written_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"]["path"] == "tinygrad_edu/__init__.py"
    done = subprocess.run(
        [sys.executable, "-m", "tinygrad_edu", "--version"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["tinygrad-edu", tg.__version__]
