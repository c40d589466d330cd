"""The room's README tells the truth: its example runs, and its table names the files that are there."""

import doctest
import re
from pathlib import Path

import pytest

import tinygrad_edu.reading

pytest.importorskip("lark")
ROOM = Path(tinygrad_edu.reading.__file__).parent


def test_the_example_runs_as_printed():
    failed, tried = doctest.testfile(str(ROOM / "README.md"), module_relative=False, encoding="utf-8")
    assert (failed, tried > 10) == (0, True)


def test_every_file_is_in_the_table_and_nothing_else():
    table = [
        line.split("|")[1] for line in (ROOM / "README.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"
    ]
    named = {name for cell in table for name in re.findall(r"`(\w+)`", cell)}
    assert named == {path.stem for path in ROOM.glob("*.py")} - {"__init__"}
