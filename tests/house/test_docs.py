"""The docs tell the truth: their Python blocks run, the paths they name exist, the reference has every public name."""

import contextlib
import io
import re
import tomllib
from pathlib import Path

import pytest

import tinygrad_edu as tg
from tinygrad_edu.engine.rules import TABLE

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *PAGES]


def read(page):
    return page.read_text(encoding="utf-8")


REFERENCE = "".join(read(page) for page in (ROOT / "docs" / "reference").glob("*.md"))
# A Python block of a page, and the block behind it, fenced as text or indented, if it shows what the first one prints.
BLOCK = re.compile(r"^```python\n(.*?)^```$(?:\n\n((?:    [^\n]*\n)+|```text\n.*?^```$))?", re.MULTILINE | re.DOTALL)
NAMED_PATH = re.compile(r"`((?:tests|tinygrad_edu|examples|benchmarks|docs|\.ci)/[\w./-]+)`")


@pytest.mark.parametrize("page", [p for p in PAGES if BLOCK.search(read(p))], ids=lambda page: page.stem)
def test_python_blocks_run_and_print_what_stands_below_them(page, tmp_path, monkeypatch):
    pytest.importorskip("sympy")
    for name, package in (("jax", "jax"), ("checkpoints", "safetensors"), ("data", "sklearn")):
        if page.stem == name:
            pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    names, rows = {}, set(TABLE)
    try:
        for code, shown in BLOCK.findall(read(page)):
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(code, page.name, "exec"), names)
            assert printed.getvalue().split() == re.sub(r"^```(text)?$", "", shown, flags=re.MULTILINE).split()
    finally:
        for row in set(TABLE) - rows:  # a page may show how a row is added
            del TABLE[row]


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.stem)
def test_what_a_page_names_or_links_to_is_there(page):
    for path in NAMED_PATH.findall(read(page)):
        assert (ROOT / path).exists(), path
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", read(page)):
        assert re.match(r"https?://", target) or (page.parent / target).exists(), target


@pytest.mark.parametrize(
    ("collection", "said"),
    [
        ("published_formulas", "| in the collection | {} |"),
        ("published_claims", "`tests/reading/published_claims.toml` holds {} claims"),
        ("spellings", "`tests/reading/spellings.toml` holds {} spellings"),
    ],
)
def test_a_collection_holds_as_many_as_is_said(collection, said):
    groups = tomllib.loads(read(ROOT / "tests" / "reading" / f"{collection}.toml"))["group"]
    count = sum(len(group.get(kind, ())) for group in groups for kind in ("right", "wrong", "claims"))
    assert said.format(count) in read(ROOT / "docs" / "reading.md")


def test_every_public_name_is_in_the_reference():
    """A page lists names of `tinygrad_edu` one by one; a room's public names come from its module."""
    rooms = set(re.findall(r"automodule:: tinygrad_edu\.(\w+)", REFERENCE))
    listed = re.findall(r"auto(?:function|class):: (\w+)", REFERENCE)
    assert len(listed) == len(set(listed))
    assert {*listed, *rooms} == {*tg.__all__, *tg._LATER, *tg.tensors.functions.__all__}
