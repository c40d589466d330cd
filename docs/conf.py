"""Sphinx's settings: Markdown by MyST, the notebooks as they are stored, the reference from the docstrings.

python -m sphinx -W docs build/docs
"""

import inspect
import re
import shutil
from itertools import cycle
from pathlib import Path
from typing import Any

import tinygrad_edu
from tinygrad_edu.engine.graph import Rule

HERE = Path(__file__).parent

project = "tinygrad_edu"
author = "the authors of tinygrad_edu"
release = version = tinygrad_edu.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"tinygrad_edu {release}"
html_show_copyright = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the tests run the notebooks and compare what they show
nb_mime_priority_overrides = [("html", "image/svg+xml", 0)]
suppress_warnings = ["mystnb.unknown_mime_type"]  # an output of several kinds is shown in one that is known
pygments_style = "default"

default_role = "code"  # docstrings put names between single backticks
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "none"
python_display_short_literal_types = True

# Sphinx reads only what lies under docs/: the notebooks are copied there, and git ignores the copies.
NOTEBOOKS = HERE / "notebooks"
NOTEBOOKS.mkdir(exist_ok=True)
for _notebook in (HERE.parent / "examples").glob("*.ipynb"):
    shutil.copy2(_notebook, NOTEBOOKS)


def function_of(row: Rule) -> Any:
    """A function with the name, the arguments and the docstring of a row of the table. Autodoc describes functions; a
    row is an object that can be called.
    """
    names = ("x", "y")[: row.arity] or ("x",)
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]

    def function(*args: Any) -> Any:
        return row(*args)

    function.__name__ = function.__qualname__ = row.name
    function.__module__ = "tinygrad_edu"
    function.__doc__ = row.__doc__
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return function


for _place in (tinygrad_edu, tinygrad_edu.linalg, tinygrad_edu.Tensor, tinygrad_edu.Value):
    for _name, _row in [(name, getattr(_place, name, None)) for name in dir(_place)]:
        if isinstance(_row, Rule) and not _name.startswith("_"):
            setattr(_place, _name, function_of(_row))


def plain_docstring(app: Any, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """Turn a docstring into reStructuredText: stars and bars are products and absolute values, no markup, and what is
    indented behind an empty line is shown as it stands. Examples stay what they are.
    """
    marked: list[str] = []
    example = literal = False
    before = ""
    for line in lines:
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if line.strip() and not example:
            indented = line.startswith("    ")
            if indented and not literal and not before.strip():
                marked += ["::", ""]
                literal = True
            literal = literal and indented
            if not literal:
                line = "`".join(
                    part if inside else re.sub(r"([*|\\])", r"\\\1", part)
                    for part, inside in zip(line.split("`"), cycle((False, True)), strict=False)
                )
        marked.append(line)
        before = line
    lines[:] = marked


def setup(app: Any) -> None:
    """Connect the hooks of this file; Sphinx calls it."""
    app.connect("autodoc-process-docstring", plain_docstring)
