"""`play`: a playground in the browser, one file without a server."""

from __future__ import annotations

import argparse
import tempfile
import webbrowser
from pathlib import Path

from ...errors import InputError
from ...play import playground
from ...play.page import SETS

EXAMPLES = """
  tinygrad-edu play
  tinygrad-edu play --data spiral --hidden 8,8 --activation relu
  tinygrad-edu play --csv measurements.csv
  tinygrad-edu play -o playground.html
"""
LARGEST = 16e6  # bytes of a table; the page says how much of it it reads


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data, the network and the file to write."""
    parser.add_argument("--data", default="moons", metavar="NAME", help=f"one of {', '.join(SETS)}")
    parser.add_argument("--csv", metavar="FILE", help="your own table: two columns of numbers and a label")
    parser.add_argument("--hidden", default="4,2", metavar="N,N,…", help="the sizes of the hidden layers; '' for none")
    parser.add_argument("--activation", default="tanh", metavar="NAME", help="of the hidden layers")
    parser.add_argument("-o", "--output", metavar="FILE.html", help="only write the page; else the browser opens it")


def run(options: argparse.Namespace) -> int:
    """Write the page, and open it unless a file was named."""
    try:
        hidden = [int(n) for n in options.hidden.split(",") if n.strip()]
    except ValueError:
        raise InputError(f"--hidden {options.hidden}: write whole numbers with commas, such as 4,2") from None
    path = Path(options.output or Path(tempfile.mkdtemp(prefix="tinygrad-edu-")) / "playground.html")
    playground(path, options.data, hidden, activation=options.activation, csv=_table(options.csv))
    print(f"wrote {path}")
    if not options.output and not webbrowser.open(path.resolve().as_uri()):
        print("no browser was found here: open that file in one")
    return 0


def _table(file: str | None) -> str | None:
    """The text of the table in `file`."""
    if file is None:
        return None
    path = Path(file)
    if not path.is_file():
        raise InputError(f"{file}: there is no such file")
    if path.stat().st_size > LARGEST:
        raise InputError(f"{file}: {path.stat().st_size / 1e6:,.0f} MB; take a part of the rows")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{file}: the text is no UTF-8; save the table as CSV in UTF-8") from None
    if not text.strip():
        raise InputError(f"{file}: the file is empty")
    return text
