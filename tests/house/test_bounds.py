"""The bounds of the house: short files, few long functions, no circles of imports."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest
from equivalent_mutants import EQUIVALENT

ROOT = Path(__file__).parents[2]
HOME = ROOT / "tinygrad_edu"
FILES = [
    path for part in ("tinygrad_edu", "tests", "benchmarks", "examples", "docs") for path in (ROOT / part).rglob("*.py")
]


def name_of(path, home=HOME):
    """The dotted name of a module; a package is its `__init__.py`."""
    parts = (home.name, *path.relative_to(home).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(home):
    """Which modules of a package each of its modules imports by a statement of its own.

    Statements inside of functions and under `if TYPE_CHECKING` count: who reads one module has to know the other. That
    Python loads a package's `__init__` before its modules does not count, only a statement that asks for the package.
    """
    modules = {name_of(path, home): path for path in sorted(home.rglob("*.py"))}
    graph = {}
    for module, path in modules.items():
        package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                above = package[: len(package) - node.level + 1] if node.level else []
                base = ".".join([*above, node.module] if node.module else above)
                names = {f"{base}.{alias.name}" for alias in node.names}
                found |= (names & set(modules)) | ({base} if names - set(modules) else set())
        graph[module] = (found & set(modules)) - {module}
    return graph


def circle(home):
    """The modules of a circle of imports, or None."""
    try:
        TopologicalSorter(imports(home)).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_no_modules_import_each_other_in_a_circle():
    assert circle(HOME) is None


@pytest.mark.parametrize(
    "b",
    [
        "from .a import f",
        "from . import a",
        "import house.a",
        "def g():\n    from house import a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .a import f",
    ],
)
def test_a_circle_is_found(b, tmp_path):
    house = tmp_path / "house"
    house.mkdir()
    (house / "__init__.py").write_text("")
    (house / "a.py").write_text("from .b import g\n")
    (house / "b.py").write_text("g = 1\n")
    assert circle(house) is None
    (house / "b.py").write_text(b)
    assert set(circle(house)) == {"house.a", "house.b"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_600_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600


def test_few_functions_have_more_than_12_branches_and_each_says_why():
    """Ruff's C901 is on for the rest; the line above an exception gives its reason."""
    found = []
    for path in FILES:
        lines = path.read_text(encoding="utf-8").splitlines()
        for before, line in pairwise(lines):
            if re.search(r"# noqa: .*C901$", line):
                found.append(f"{path.name}: {line}")
                assert re.match(r" *# [A-Z].{20}", before), f"{found[-1]} gives no reason"
    assert len(found) <= 5, found


def test_what_is_listed_as_an_equivalent_mutant_stands_in_its_file():
    """A line that changed has mutants of its own, which nobody has looked at."""
    lines = {file: {line.strip() for line in (HOME / file).read_text(encoding="utf-8").splitlines()}
             for file in {file for file, _, _ in EQUIVALENT}}  # fmt: skip
    assert [(file, text) for file, text, _ in EQUIVALENT if text not in lines[file]] == []
