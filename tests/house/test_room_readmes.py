"""The README of a room tells the truth: its examples print what stands there, and it names every file of the room."""

import contextlib
import doctest
import io
import re
from pathlib import Path

import pytest

import tinygrad_edu

PACKAGE = Path(tinygrad_edu.__file__).parent
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/README.md"))
# the fewest examples that follow one thing all the way: blocks with their print, or lines of a doctest
EXAMPLES = {"engine": 4, "source": 3, "reading": 10, "checking": 10, "play": 1}


def text_of(room: str) -> str:
    return (PACKAGE / room / "README.md").read_text(encoding="utf-8")


def test_the_rooms_that_are_hard_to_enter_have_one():
    assert set(EXAMPLES) <= set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_its_examples_print_what_stands_there(room):
    if room in ("reading", "checking"):
        pytest.importorskip("lark")
    failed, tried = doctest.testfile(str(PACKAGE / room / "README.md"), module_relative=False, encoding="utf-8")
    assert failed == 0
    names: dict[str, object] = {}
    blocks = re.findall(
        r"^```python\n(?!>>>)(.*?)^```$.*?^```text\n(.*?)^```$", text_of(room), re.MULTILINE | re.DOTALL
    )
    for code, printed in blocks:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(code, f"{room}/README.md", "exec"), names)
        assert out.getvalue() == printed
    assert tried + len(blocks) >= EXAMPLES[room]


def named_in(text: str) -> set[str]:
    """The files that a text names: `name.py`, and each `name` in a column of a table that is headed "file"."""
    named = set(re.findall(r"`(?:\w+/)?(\w+)\.py`", text))
    column = None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 3:
            column = None
        elif column is None:
            column = next((cells.index(head) for head in ("file", "files") if head in cells), 0)
        elif column:
            named |= set(re.findall(r"`(\w+)`", cells[column]))
    return named


@pytest.mark.parametrize("room", ROOMS)
def test_it_names_every_file_of_the_room_and_no_other(room):
    assert named_in(text_of(room)) == {path.stem for path in (PACKAGE / room).rglob("*.py")} - {"__init__"}
