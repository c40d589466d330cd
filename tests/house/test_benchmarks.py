"""The benchmarks that take seconds run to their end; the table of verdicts is the one in the docs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sympy")
pytest.importorskip("lark")
ROOT = Path(__file__).parents[2]


def printed(name):
    command = [sys.executable, f"benchmarks/{name}.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_table_of_verdicts_is_that_of_the_docs():
    rows = re.findall(r"^\| .*\|$", printed("checking"), re.MULTILINE)
    assert len(rows) > 20
    assert "\n".join(rows) in (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")


def test_derivations_are_timed():
    assert re.search(r"^12 layers +\d", printed("deriving"), re.MULTILINE)
