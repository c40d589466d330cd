"""`derive LOSS --wrt NAME`: the derivation of a gradient, step by step."""

from __future__ import annotations

import argparse

from .formulas import existing, order_arguments, recorded, say_assumed, shape_argument, spaced

EXAMPLES = """
  tinygrad-edu derive 'mean(-(y*log(yhat) + (1-y)*log(1-yhat)))' --wrt yhat
  tinygrad-edu derive 'sum((X@w + b - y)**2)/2' --wrt w --latex
  tinygrad-edu derive 'p = sigmoid(z); mean(-(y*log(p) + (1-y)*log(1-p)))' --wrt z
  tinygrad-edu derive 'mean((x@w + b - y)**2)' --wrt w --shape x=N,D --shape y=N
  tinygrad-edu derive 'norm(A@X@B - C)**2' --wrt X --matrix
  tinygrad-edu derive 'y = tanh(W@x)' --wrt x --jacobian --matrix
  tinygrad-edu derive 'mean((X@w - y)**2)' --wrt w --hessian
"""
prepared = spaced


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add LOSS, the name to derive by, and the options."""
    parser.add_argument("loss", metavar="LOSS", help="a formula in Python syntax over names; name = …; defines one")
    parser.add_argument("--wrt", metavar="NAME", required=True, help="the name to derive by")
    parser.add_argument("--latex", action="store_true", help="print LaTeX")
    parser.add_argument("--matrix", action="store_true", help="write ∂L/∂w = Xᵀ (X w − y)/N instead of indices")
    order_arguments(parser)
    shape_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Derive the gradient and print its derivation."""
    from ...derivation import derive

    name = existing(options.loss, options.wrt)
    found = recorded(options.loss, [name], options.shape, entries=options.jacobian)
    with found.in_its_letters():
        notation = "matrix" if options.matrix else "index"
        derivation = derive(found.loss, found.names[name], notation, order=2 if options.hessian else 1)
        text = derivation.latex() if options.latex else str(derivation)
    say_assumed(found)
    print(text)
    return 0
