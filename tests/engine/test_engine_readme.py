"""The README of the room tells the truth: its blocks print what stands below them, and it names every file."""

import contextlib
import io
import re
from pathlib import Path

import tinygrad_edu.engine

ROOM = Path(tinygrad_edu.engine.__file__).parent
README = (ROOM / "README.md").read_text(encoding="utf-8")


def test_its_blocks_print_what_stands_below_them():
    blocks = re.findall(r"^```python\n(.*?)^```$.*?^```text\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    names = {}
    for code, printed in blocks:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(code, "README.md", "exec"), names)
        assert out.getvalue() == printed


def test_it_names_every_file_of_the_room():
    files = {path.name for path in ROOM.rglob("*.py")} - {"__init__.py"}
    assert files == set(re.findall(r"`(\w+\.py)`", README))
