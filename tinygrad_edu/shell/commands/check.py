"""`check LOSS --wrt NAME CLAIM…`: is this the gradient, and if not, which mistake is it?"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..assumptions import with_assumptions
from ..formula import Recording
from ..judging import judged
from .formulas import existing, recorded, say_assumed, shape_argument, spaced
from .style import coloured

EXAMPLES = """
  tinygrad-edu check 'mean(-(y*log(yhat) + (1-y)*log(1-yhat)))' --wrt yhat '-(y/yhat - (1-y)/(1-yhat))'
  tinygrad-edu check 'mean((X@w - y)**2)' --wrt w '\\frac{2}{N} X^\\top (Xw - y)' --solution
  tinygrad-edu check 'mean(-(y*log(yhat) + (1-y)*log(1-yhat)))' --wrt yhat --file notes.md
  tinygrad-edu check 'mean((x@w + b - y)**2)' --wrt w --shape x=N,D --shape y=N '2/N*x.T @ (x@w + b - y)'
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add LOSS, the name it is derived by, the claims and the options."""
    parser.add_argument("loss", metavar="LOSS", help="a formula in Python syntax over names; name = …; defines one")
    parser.add_argument("claims", metavar="CLAIM", nargs="*", help="the gradient: Python, LaTeX or plain text")
    parser.add_argument("--wrt", metavar="NAME", required=True, help="the name it is derived by")
    parser.add_argument("--file", metavar="NOTE", help="a Markdown or LaTeX file whose formulas to check")
    parser.add_argument("--solution", action="store_true", help="show the step done right")
    shape_argument(parser)


def prepared(given: Sequence[str]) -> list[str]:
    """The arguments as argparse can take them: options first, because it takes LOSS and CLAIM… in one stretch only."""
    options, formulas = [], []
    waiting = iter(spaced(given, ("--wrt", "--file", "--solution", "--shape")))
    for argument in waiting:
        if argument == "--":
            formulas += [each if each.startswith(" ") else f" {each}" for each in waiting]
        elif argument.startswith("-"):
            options.append(argument)
            if argument in ("--wrt", "--file", "--shape"):
                value = next(waiting, None)
                if value is None:
                    raise InputError(
                        f"{argument} is the last word, its value is missing; see tinygrad-edu check --help"
                    )
                options.append(value.strip())
        else:
            formulas.append(argument)
    return [*options, *formulas]


def run(options: argparse.Namespace) -> int:
    """Check every claim and say what is wrong with each."""
    name = existing(options.loss, options.wrt)
    found = recorded(options.loss, [name], options.shape)
    with found.in_its_letters():
        return _checked(options, found, name)


def _checked(options: argparse.Namespace, found: Recording, name: str) -> int:
    """Print the verdicts on all claims about the gradient towards `name`, and return the exit code."""
    claims = [(claim.strip(), "") for claim in options.claims]
    if options.file:
        claims += _of_note(options.file, name, found.names)
    if not claims:
        raise InputError("a claim is missing: write the gradient as you have it, or --file NOTE")
    texts = [text for text, _ in claims]
    verdicts = judged(found.loss, found.names[name], texts, solution=options.solution)
    if len(verdicts) == 1 and verdicts[0].mistake == "unparsable":
        raise InputError(_one_line(verdicts[0].message))
    verdicts = with_assumptions(verdicts, texts, found, name)
    say_assumed(found)
    for (text, where), verdict in zip(claims, verdicts, strict=True):
        _say(text, where, verdict, options.solution)
    if any(verdict.ok is False and verdict.mistake != "unparsable" for verdict in verdicts):
        return 1
    return 0 if all(verdicts) else 2


def _of_note(path: str, wrt: str, names: dict[str, Any]) -> list[tuple[str, str]]:
    """The equations of a note that claim the gradient, each with its line."""
    from ...reading.notes import claiming
    from ...reading.words import Vocabulary

    note = _text_of(path)
    words = Vocabulary({name: node.shape for name, node in names.items()})
    mine, others = claiming(note, wrt, words)
    if not mine:
        there = f"; it has others, by {', '.join(dict.fromkeys(each.about for each in others))}" if others else ""
        raise InputError(f"no formula in {path} says what ∂L/∂{wrt} is{there}")
    return [(equation.text, f"{path}:{equation.line}: ") for equation in mine]


def _text_of(path: str) -> str:
    """What a note holds; InputError for what is no file, too large, or no text."""
    from ...reading.notes import LONGEST_NOTE

    try:
        file = Path(path)
        if file.exists() and not (file.is_file() or file.is_dir()):
            raise InputError(f"{path} is no file that has an end")
        if file.stat().st_size > 4 * LONGEST_NOTE:  # no letter takes more than four bytes
            raise InputError(f"{path} has {file.stat().st_size:,} bytes; at most {LONGEST_NOTE:,} letters are read")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text in UTF-8") from None
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path!r}: {error}") from None


def _one_line(message: str) -> str:
    """A message with a caret under the place, as one line that quotes it."""
    lines = message.splitlines()
    if len(lines) > 2 and lines[-1].strip() == "^":
        near = lines[-2][lines[-1].index("^") :][:25].strip()
        return f"{' '.join(lines[:-2])} (at {near!r})" if near else f"{' '.join(lines[:-2])} (at the end)"
    return message


def _say(text: str, where: str, verdict: Any, solution: bool) -> None:
    """Print one claim and its verdict: the hint, then the message, then the solution if it is asked for."""
    mark = coloured("✓", "green") if verdict.ok else coloured("✗", "red")
    if verdict.mistake == "unparsable":
        mark = coloured("?", "yellow")
    if verdict.ok is None:
        mark = coloured("–", "yellow")
    print(f"{mark} {where}{' '.join(text.split())}")
    said = [verdict.message] if verdict else [verdict.hint, verdict.message]
    if solution and not verdict and verdict.solution:
        said.append(verdict.solution)
    for paragraph in said:
        for line in str(paragraph or "").splitlines():
            print(f"    {line}")
