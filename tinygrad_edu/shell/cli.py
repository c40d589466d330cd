"""The command line: `tinygrad-edu`, also `python -m tinygrad_edu`.

Exit code 0: done, or the claim is right; 1: the claim is wrong, or training failed; 2: the input could not be read.
Both are said in one line.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from ..errors import InputError, TrainingError

# For each command, what it does and the module of `commands` that does it, which is loaded when it is called
COMMANDS = {
    "demo": ("see a gradient computed, checked and used, in a minute", "demo"),
    "train": ("train a network on a data set or a CSV file, and keep it with its pictures", "train"),
    "predict": ("predict the rows of a CSV file with a network that was trained", "predict"),
    "derive": ("derive a gradient as a formula, step by step", "derive"),
    "check": ("check a gradient derived by hand, and say what is wrong with it", "check"),
    "draw": ("draw a loss with values and gradients, or make a page to step through it", "draw"),
    "play": ("open a playground: a network trains in the browser and explains each gradient", "play"),
    "source": ("write a loss and its gradients out as the NumPy you would have written", "source"),
    "bench": ("time the engine beside NumPy written by hand", "bench"),
}
PROGRAM = "tinygrad-edu"


class _Once(argparse.Action):
    """An option with a value, which may be given once: of two values one would be lost without a word."""

    given = False

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        if option is not None and self.given:
            parser.error(f"{option} is given twice")
        self.given = True
        setattr(namespace, self.dest, values)


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises its errors as `InputError`, in one line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.register("action", None, _Once)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (default: the program's arguments) and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with warnings.catch_warnings():
        # Python would add a line of this package's source to a warning
        warnings.showwarning = lambda message, *_, **__: print(f"{PROGRAM}: {message}", file=sys.stderr)
        return _guarded(arguments)


def _guarded(arguments: list[str]) -> int:
    """Run the command, and print what goes wrong in one line."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: what is said there goes nowhere, not to the other
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show ŷ shows ? in its place
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the program that reads the output, such as head, has ended
        _drop_what_cannot_be_written()
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        line = " ".join(_said(error).split()) or type(error).__name__
        print(f"{PROGRAM}: {line}", file=sys.stderr)
        _drop_what_cannot_be_written()
        return 1 if isinstance(error, TrainingError) else 2


def _drop_what_cannot_be_written() -> None:
    """What stdout holds back and has no place for: Python would try once more at its end, and say so in its own way."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(error: Exception) -> str:
    """An error's text without what Python puts round it."""
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    if isinstance(error, OSError) and error.strerror:  # without a file it is the output that could not be written
        return f"{error.filename or 'the output'}: {error.strerror}"
    return str(error)


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_overview())
        return 0
    name, *rest = arguments
    if name == "--version":
        from .. import __version__

        print(f"{PROGRAM} {__version__}")
        return 0
    if name not in COMMANDS:
        raise InputError(f"there is no command {name!r}; there are {', '.join(COMMANDS)}")
    purpose, module = COMMANDS[name]
    command = import_module(f".commands.{module}", __package__)
    parser = _Parser(
        prog=f"{PROGRAM} {name}",
        description=f"{purpose[0].upper()}{purpose[1:]}.",
        epilog=f"examples:\n{command.EXAMPLES.strip(chr(10))}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.arguments(parser)
    try:
        prepared = getattr(command, "prepared", None)
        options = parser.parse_args(rest if prepared is None else prepared(rest, parser))
    except SystemExit:  # argparse has printed the help
        return 0
    return int(command.run(options))


def _overview() -> str:
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:{width}}  {purpose}" for name, (purpose, _) in COMMANDS.items())
    return f"""usage: {PROGRAM} COMMAND …

The autograd engine that shows its work.

{commands}

{PROGRAM} COMMAND --help says what a command takes, with examples.
Exit code 0: done, or the claim is right; 1: the claim is wrong, or training failed; 2: the input could not be read."""
