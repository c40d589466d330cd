"""The program that lays graphs out: `dot` on the PATH, else the one that pygraphviz's wheels carry."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

from ..errors import NoLayoutEngineError

HELP = (
    'no layout engine found: pip install "tinygrad_edu[draw]", or install Graphviz, whose program is dot '
    "(https://graphviz.org); pages, text trees and unchanged pictures as SVG work without"
)
PATIENCE = 180  # seconds
# In a process of its own, because Graphviz's C code writes its warnings to stderr, which a notebook shows in red.
_BUNDLED = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""


def has_dot() -> bool:
    """Whether Graphviz's own program is there."""
    return shutil.which("dot") is not None


def has_engine() -> bool:
    """Whether anything of Graphviz is there."""
    return has_dot() or find_spec("pygraphviz") is not None


def command(form: str) -> list[str]:
    """The program that reads DOT and writes the format `form`; NoLayoutEngineError if there is none."""
    if dot := shutil.which("dot"):
        return [dot, f"-T{form}"]
    if find_spec("pygraphviz") is not None:
        return [sys.executable, "-P", "-c", _BUNDLED, form]
    raise NoLayoutEngineError(HELP)


def laid_out(source: str, form: str) -> bytes:
    """A DOT text in another format: svg, png, pdf, json0, …"""
    try:
        done = subprocess.run(command(form), input=source.encode(), capture_output=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise ValueError(
            f"Graphviz has not finished after {PATIENCE} seconds: fold layers with depth=, or draw a part of the graph"
        ) from None
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"it gave up, with {done.returncode}"]
        raise ValueError(f"Graphviz cannot write {form!r}: {said[-1]}")
    return done.stdout


def positions(source: str) -> dict[str, Any]:
    """A DOT text with the place of everything in it, as Graphviz's JSON has it, in points."""
    found: dict[str, Any] = json.loads(laid_out(source, "json0"))
    return found
