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
    run = subprocess.run([sys.executable, f"benchmarks/{name}.py"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_table_of_verdicts_is_that_of_the_docs():
    rows = re.findall(r"^\| .*\|$", printed("checking"), re.MULTILINE)
    assert len(rows) > 20
    assert "\n".join(rows) in (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")


def test_derivations_are_timed():
    assert re.search(r"^12 layers +\d", printed("deriving"), re.MULTILINE)
