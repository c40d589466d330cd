"""`derive LOSS --wrt NAME`: the derivation of a gradient, step by step."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .formulas import existing, recorded, spaced

EXAMPLES = """
  tinygrad-edu derive 'mean(-(y*log(yhat) + (1-y)*log(1-yhat)))' --wrt yhat
  tinygrad-edu derive 'sum((X@w + b - y)**2)/2' --wrt w --latex
  tinygrad-edu derive 'p = sigmoid(z); mean(-(y*log(p) + (1-y)*log(1-p)))' --wrt z
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """LOSS, what to derive by, and how to print."""
    parser.add_argument("loss", metavar="LOSS", help="a formula in Python syntax over names; name = …; defines one")
    parser.add_argument("--wrt", metavar="NAME", required=True, help="the name to derive by")
    parser.add_argument("--latex", action="store_true", help="print LaTeX")


def prepared(given: Sequence[str]) -> list[str]:
    """The arguments as argparse can take them."""
    return spaced(given, ("--wrt", "--latex"))


def run(options: argparse.Namespace) -> int:
    """Derive and print."""
    from ...derivation import derive

    name = existing(options.loss, options.wrt)
    loss, names = recorded(options.loss, [name])
    derivation = derive(loss, names[name])
    print(derivation.latex() if options.latex else derivation)
    return 0
