"""`check LOSS --wrt NAME CLAIM…`: is this the gradient, and if not, which mistake is it? `--file`: of a whole note."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from ...errors import InputError
from ..assumptions import with_assumptions, with_one_output
from ..formula import Recording
from ..judging import judged
from ..report import UNREAD, Told, exit_code, print_json, print_told
from .formulas import existing, order_arguments, recorded, say_assumed, shape_argument, spaced

EXAMPLES = """
  tinygrad-edu check 'mean(-(y*log(yhat) + (1-y)*log(1-yhat)))' --wrt yhat '-(y/yhat - (1-y)/(1-yhat))'
  tinygrad-edu check 'mean((X@w - y)**2)' --wrt w '\\frac{2}{N} X^\\top (Xw - y)' --solution
  tinygrad-edu check 'mean((X@w - y)**2)' --wrt w --lines 'r = X@w - y' 'dw = 2/N * X.T @ r' 'dw = X.T @ r'
  tinygrad-edu check 'mean((x@w + b - y)**2)' --wrt w --shape x=N,D --shape y=N '2/N*x.T @ (x@w + b - y)'
  tinygrad-edu check 'S = softmax(z)' --wrt z --jacobian 'diag(S) - S S^T'
  tinygrad-edu check --file notes.md
  tinygrad-edu check --file backprop.ipynb --loss 'mean((X@w - y)**2)' --wrt w --json
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add LOSS, the claims and the options."""
    parser.add_argument(
        "formulas", metavar="LOSS CLAIM", nargs="*",
        help="the loss, a formula in Python syntax over names (name = …; defines one), and what its gradient is: "
        "Python, LaTeX or plain text. Several claims are alternatives, each judged alone. "
        "With --file, LOSS may be left out: it is taken from the note",
    )  # fmt: skip
    parser.add_argument("--wrt", metavar="NAME", help="the name the loss is derived by; with --file, all if left out")
    parser.add_argument(
        "--file", metavar="NOTE",
        help="a note whose formulas and code to check, line by line: Markdown, LaTeX (.tex), reStructuredText (.rst), "
        "HTML (.html), a notebook (.ipynb), Python (.py)",
    )  # fmt: skip
    parser.add_argument("--loss", metavar="LOSS", help="the loss, in place of the one that the note has")
    parser.add_argument("--lines", action="store_true", help="the claims are the lines of one derivation")
    parser.add_argument("--solution", action="store_true", help="show the step done right")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    order_arguments(parser)
    shape_argument(parser)


def prepared(given: Sequence[str], parser: argparse.ArgumentParser) -> list[str]:
    """The arguments as argparse can take them: options first, because it takes LOSS and CLAIM… in one stretch only."""
    options, formulas = [], []
    with_value = [name for name, action in parser._option_string_actions.items() if action.nargs != 0]
    waiting = iter(spaced(given, parser))
    for argument in waiting:
        if argument == "--":
            formulas += [each if each.startswith(" ") else f" {each}" for each in waiting]
        elif argument.startswith("-"):
            options.append(argument)
            if argument in with_value:
                value = next(waiting, None)
                if value is None:
                    raise InputError(
                        f"{argument} is the last word, its value is missing; see tinygrad-edu check --help"
                    )
                options.append(value if argument == "--loss" else value.strip())
        else:
            formulas.append(argument)
    return [*options, *formulas]


def run(options: argparse.Namespace) -> int:
    """Check every claim and say what is wrong with each."""
    if options.file:
        if options.jacobian or options.hessian:
            raise InputError("--jacobian and --hessian are for claims on the command line, not for --file")
        from .check_note import check_note

        return check_note(options)
    loss, claims = _loss_and_claims(options)
    if options.wrt is None:
        raise InputError("--wrt NAME is missing: the name that the loss is derived by; see tinygrad-edu check --help")
    name = existing(loss, options.wrt)
    if not claims:
        raise InputError("a claim is missing: write the gradient as you have it, or --file NOTE")
    found = recorded(loss, [name], options.shape, entries=options.jacobian)
    with found.in_its_letters():
        return _checked(options, found, name, claims)


def _loss_and_claims(options: argparse.Namespace) -> tuple[str, list[str]]:
    """The loss, and the claims about its gradient."""
    formulas = list(options.formulas)
    loss = options.loss if options.loss is not None else formulas.pop(0) if formulas else None
    if loss is None:
        raise InputError("the loss is missing: check LOSS --wrt NAME CLAIM, or check --file NOTE")
    return loss, [each.strip() for each in formulas]


def _checked(options: argparse.Namespace, found: Recording, name: str, claims: Sequence[str]) -> int:
    """Print the verdicts on all claims about the gradient towards `name`, and return the exit code."""
    together = [claims] if options.lines else [[claim] for claim in claims]
    solution = options.solution or options.json

    def verdicts_on(recording: Recording) -> list[Any]:
        loss, wrt = recording.loss, recording.names[name]
        order = 2 if options.hessian else 1
        return [verdict for lines in together for verdict in judged(loss, wrt, lines, solution=solution, order=order)]

    verdicts = with_assumptions(verdicts_on(found), verdicts_on, found)
    verdicts = with_one_output(verdicts, verdicts_on, found)
    told = [Told.of(claim, verdict, name) for claim, verdict in zip(claims, verdicts, strict=True)]
    if len(told) == 1 and told[0].kind == UNREAD and not options.json:
        raise InputError(verdicts[0].candidates[0].brief)
    say_assumed(found)
    if options.json:
        print_json(told, {"loss": found.text, "assumed": found.assumed()})
    else:
        print_told(told, options.solution)
    return exit_code(told)
