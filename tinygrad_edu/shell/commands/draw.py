"""`draw`: the picture of a loss, as a tree in the terminal, an image, or a page to step through."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ... import picture
from ...errors import InputError
from .formulas import recorded, say_assumed, shape_argument, spaced

EXAMPLES = """
  tinygrad-edu draw 'mean(-(y*log(yhat) + (1-y)*log(1-yhat)))' --values yhat=0.9,0.2,0.7 y=1,0,1
  tinygrad-edu draw 'tanh(w*x + b)' --values w=-0.5 x=3 b=1 -o neuron.svg --backward
  tinygrad-edu draw '(sigmoid(w*x) - 1)**2' --values w=2 x=0.3 -o steps.html
  tinygrad-edu draw 'sum((X @ w)**2)' --shape X=4,2 --show shapes
"""
SUFFIXES = (".svg", ".png", ".pdf", ".html", ".gv")
prepared = spaced


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add LOSS, the numbers for its names, and the file to write."""
    parser.add_argument("loss", metavar="LOSS", help="a formula over names, in Python's syntax")
    parser.add_argument(
        "--values", nargs="+", action="extend", default=[], metavar="NAME=NUMBER[,NUMBER…]",
        help="numbers for the names; names without are given some",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", metavar="FILE", help=f"where to: {', '.join(SUFFIXES)}; else a tree is printed"
    )
    parser.add_argument("--backward", action="store_true", help="draw the backward pass with its local derivatives")
    parser.add_argument("--show", choices=("values", "shapes", "formulas"), default="values", help="what boxes show")
    shape_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Print the tree of the loss, or write its picture to a file."""
    suffix = Path(options.output).suffix.lower() if options.output else ""
    if options.output and suffix not in SUFFIXES:
        raise InputError(f"{options.output}: a picture is written as {', '.join(SUFFIXES)}")
    values = list(map(value, options.values))
    names = [name for name, _ in values]
    for name in set(names):
        if names.count(name) > 1:
            raise InputError(f"--values gives {name} twice")
    found = recorded(options.loss, shapes=options.shape, values=dict(values))
    loss = found.loss
    if loss.requires_grad and np.size(loss._data) == 1:
        loss.backward()  # type: ignore[attr-defined]
    if not suffix:
        from ...picture.tree import tree

        print(tree(loss))
    elif suffix == ".html":
        picture.page(loss, options.output)
    else:
        drawn = picture.draw(loss, backward=options.backward, show=options.show)
        content = drawn.source.encode() if suffix == ".gv" else drawn.pipe(suffix[1:])
        Path(options.output).write_bytes(content)
    if suffix:
        print(f"wrote {options.output}")
    say_assumed(found)
    return 0


def value(text: str) -> tuple[str, np.ndarray]:
    """`yhat=0.9,0.2` as a name and its numbers; semicolons part the rows of a matrix."""
    name, equals, numbers = text.partition("=")
    try:
        rows = [[float(number) for number in row.split(",")] for row in numbers.split(";")]
    except ValueError:
        rows = []
    if not (name.strip().isidentifier() and equals and rows) or len({len(row) for row in rows}) != 1:
        raise InputError(f"--values {text}: write NAME=NUMBER, NAME=NUMBER,NUMBER,… or NAME=row;row of a matrix")
    held = np.array(rows)
    if np.isinf(held).any() and "inf" not in numbers.lower():
        raise InputError(f"--values {text}: a number too large to compute with; write inf for infinity")
    if len(rows) == 1:
        held = held[0, 0] if held.size == 1 and "," not in numbers else held[0]
    return name.strip(), np.asarray(held)
