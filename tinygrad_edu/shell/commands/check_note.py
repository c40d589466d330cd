"""`check --file NOTE`: every line of a note that claims a gradient, each with its verdict."""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...errors import InputError, UnreadableError
from ...paper.notation import pretty
from ...reading.formats.functions import only_parameter
from ...reading.note_loss import NoteLoss, losses, unread_loss
from ...reading.note_says import conditions_above, symmetric_matrices
from ...reading.note_symbols import gathered
from ...reading.notes import LONGEST_NOTE, Equation, declarations, equations
from ...reading.unrolled import class_left_out, unrolled
from ..formula import Recording
from ..notes import NoteJudge
from ..report import RIGHT, exit_code, print_json, print_told, summary
from ..text import LABELS
from .formulas import existing, recorded, say_assumed

_LETTERS = ("C", "l")  # losses called as a size or an index is keep the name L
_MOST_LOSSES = 6  # of a note that are tried


def check_note(options: argparse.Namespace) -> int:
    """Print what is said of each line, and how many are right; return the exit code."""
    given = _given_loss(options)
    text = _text_of(options.file)
    own = _own_losses(text, options.file)
    if given is None:
        loss, judge = _by_its_own(options, text, own)
        return _report(options, judge, loss)
    judge = _judge(options, text, given, options.shape, own[0].shapes if own else {})
    if own and options.loss is None:
        judge.losses, judge.own = [own[0].name], own[0].equation
    return _report(options, judge, None)


def _by_its_own(options: argparse.Namespace, text: str, own: Sequence[NoteLoss]) -> tuple[NoteLoss, NoteJudge]:
    """A note's own loss and the judge by it: the first that can be recorded and then is what the note says."""
    trouble = ""
    for loss in own:
        try:
            judge = _judge_by(options, text, loss)
        except InputError as error:
            trouble = trouble or f" (line {loss.equation.line}: {error})"
            continue
        if not judge.contradiction:
            _judge_samples(options, text, loss, judge)
            return _likelier_width(options, text, *_likelier_layout(options, text, loss, judge))
        trouble = trouble or f" ({judge.contradiction})"
    there = unrolled(equations(text, None, options.file), text)
    unread = None if own else unread_loss(there, declarations(text, options.file))
    if unread is not None:
        trouble = f" (line {unread[0].line}: {unread[1]})"
    what = "its loss was not read" if own or unread else "it does not say what its loss is"
    raise InputError(f"{options.file}: {what}{trouble}; write --loss LOSS, in Python syntax")


def _judge_samples(options: argparse.Namespace, text: str, loss: NoteLoss, judge: NoteJudge) -> None:
    """Let what the note says of the loss of one sample be judged by that."""
    for of_one in filter(None, (loss.samples, loss.samples and loss.samples.summed, loss.summed)):
        other = _judge_by(options, text, of_one)
        other.entries = of_one in (loss.summed, loss.samples and loss.samples.summed)
        if any(map(other.takes, other.everything)):
            judge.by_sample.append(other)


def _name(judge: NoteJudge, loss: NoteLoss) -> None:
    """Call the loss as the note does, so that verdicts speak of ∂J/∂w."""
    judge.losses, judge.own, judge.labels = [loss.name], loss.equation, loss.labels
    judge.by = loss.by or only_parameter(name for name in judge.found.shapes if name not in judge.found.labels)
    judge.left_out = loss.left_out
    if loss.name not in (*judge.found.names, *_LETTERS):
        judge.found.loss.name = loss.name


def _likelier_layout(
    options: argparse.Namespace, text: str, loss: NoteLoss, judge: NoteJudge
) -> tuple[NoteLoss, NoteJudge]:
    """The loss with the samples in the rows or in the columns of X: as more lines of the note have it."""
    if loss.turned is None:
        return loss, judge
    other = _judge_by(options, text, loss.turned)
    right = [sum(each.kind == RIGHT for each in one.told) for one in (judge, other)]
    if right[0] == right[1]:
        judge.leave_open("X", "the note does not tell whether X has its samples in its rows or its columns", other)
    return (loss, judge) if right[0] >= right[1] else (loss.turned, other)


def _likelier_width(
    options: argparse.Namespace, text: str, loss: NoteLoss, judge: NoteJudge
) -> tuple[NoteLoss, NoteJudge]:
    """The loss and its judge, with the axes of one output that make more lines of the note right."""
    most = sum(each.kind == RIGHT for each in judge.told)
    for narrow in itertools.chain(_of_one_output(loss), _of_one_column(loss, judge.found)) if not options.shape else ():
        with suppress(InputError):
            other = _judge_by(options, text, narrow)
            _judge_samples(options, text, narrow, other)
            right = sum(each.kind == RIGHT for each in other.told)
            if right > most and not other.contradiction:
                most, loss, judge = right, narrow, other
    return loss, judge


def _of_one_output(loss: NoteLoss) -> Iterator[NoteLoss]:
    """Other axes that a loss with one output may have: a bias that is one number for all samples, instead of one for
    each; and where the last weights are W, a matrix of one column, and labels as wide as that.
    """
    labels = {name: axes for name, axes in loss.shapes.items() if name in LABELS and len(axes) == 1}
    samples = [name for name, axes in loss.shapes.items() if name not in labels and axes in labels.values()]
    biases = [name for name in samples if name[0] in "bc"]
    if biases:
        yield replace(loss, shapes={**loss.shapes, **dict.fromkeys(biases, ())})
    weights = {name: (*axes, "1") for name, axes in loss.shapes.items() if name[0] == "W" and len(axes) == 1}
    if labels and weights:
        columns = {name: (*axes, "1") for name, axes in labels.items()}
        yield replace(loss, shapes={**loss.shapes, **weights, **columns, **dict.fromkeys(biases, ("1",))})


def _of_one_column(loss: NoteLoss, found: Recording) -> Iterator[NoteLoss]:
    """A loss whose axes the note does not say, code as a rule, with labels of a single column and outputs as wide."""
    narrow = found.of_one_output() if not loss.shapes else None
    if narrow is not None:
        axes = narrow[1].axes_of(narrow[1].open)
        yield replace(loss, shapes={name: tuple(re.findall(r"\w+", each)) for name, each in axes.items()})


def _judge_by(options: argparse.Namespace, text: str, loss: NoteLoss) -> NoteJudge:
    """The judge of a note by a loss of its own."""
    return _judge(options, text, loss.text, _shapes(loss, options.shape), named=loss)


def _judge(
    options: argparse.Namespace,
    text: str,
    loss: str,
    shapes: Sequence[str],
    own: Mapping[str, Sequence[str]] | None = None,
    named: NoteLoss | None = None,
) -> NoteJudge:
    """The judge of a note by a loss, recorded so that all that the note derives by requires a gradient.

    own: the axes that names have in the note's own loss, for those whose shapes are open. named: the note's own loss,
    where it is that.
    """
    wanted = [existing(loss, options.wrt)] if options.wrt else []
    symmetric = symmetric_matrices(text, options.file)
    record = partial(recorded, symmetric=symmetric)
    found = record(loss, wanted, shapes)
    there = _equations(text, options.file, found)
    ranks = _other_axes(found, there, own or {})
    if ranks:
        with suppress(InputError):
            found = record(loss, wanted, shapes, ranks=ranks)
    judge = NoteJudge(found, there, options.file, wanted)
    judge.conditions, judge.class_left_out = conditions_above(text), class_left_out(text)
    if named is not None:
        _name(judge, named)
    names, found = judge.variables(), judge.found
    ranks = {name: len(found.shapes[name]) for name in found.open}
    others = [name for name in names if name not in symmetric]
    if not all(found.names[name].requires_grad for name in others):
        judge.found = record(loss, others, shapes, ranks=ranks)
    judge.symmetric = {name: record(loss, [name], shapes, ranks=ranks) for name in names if name in symmetric}
    for other in (judge.found, *judge.symmetric.values()):
        other.loss.name = other.loss.name or found.loss.name
    return judge


def _other_axes(found: Recording, equations: Sequence[Equation], own: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many axes names have in the note, where others were assumed: γᵢ, where γ was taken for a single number."""
    indexed = gathered(equations).indexed
    ranks = {name: len(own[name]) if name in own else indexed.get(name, 0) for name in found.open}
    return {
        name: rank for name, rank in ranks.items()
        if rank != len(found.shapes[name]) and (name in own or rank > len(found.shapes[name]))
    }  # fmt: skip


def _shapes(loss: NoteLoss, given: Sequence[str]) -> list[str]:
    """The shapes of a note's loss as --shape takes them; none but the given ones if there are any."""
    return list(given) or [f"{name}={','.join(axes) or '()'}" for name, axes in loss.shapes.items()]


def _without_claim(options: argparse.Namespace, judge: NoteJudge) -> str:
    """That a note claims no gradient that is asked for; and by what it derives instead."""
    others, foreign = ", ".join(judge.others()), ", ".join(judge.foreign())
    if foreign and not options.wrt:
        return f"{options.file} derives by {foreign}, not in the loss {judge.found.text}; --loss LOSS takes another"
    what = f"what ∂L/∂{options.wrt} is" if options.wrt else "what a gradient is"
    return f"no formula in {options.file} says {what}{f'; it has others, by {others}' if others else ''}"


def _report(options: argparse.Namespace, judge: NoteJudge, own: NoteLoss | None) -> int:
    """Print the verdicts and return the exit code."""
    found = judge.found
    if not (judge.variables() or judge.by_sample or (judge.left_out and judge.others())):
        raise InputError(_without_claim(options, judge))
    told = judge.told
    shapes = found.axes_of([name for name in found.names if found.names[name].rule is None])
    if options.json:
        print_json(told, {"file": options.file, "loss": found.text, "shapes": shapes})
        return exit_code(told)
    if own is not None:
        said = ", ".join(f"{pretty(name)} {axes}" for name, axes in shapes.items())
        *steps, loss = found.text.split("; ")
        where = f" with {', '.join(reversed(steps))}" if steps else ""
        print(f"I read {pretty(own.name)} = {loss}{where}; shapes {said}")
        print(f"    ({own.equation.where(options.file)}; if that is not what it says, --loss LOSS corrects it)")
    else:
        say_assumed(found)
    print_told(told, options.solution)
    print(summary(told))
    return exit_code(told)


def _given_loss(options: argparse.Namespace) -> str | None:
    """The loss on the command line; None if it is to be the note's own."""
    if len(options.formulas) > (options.loss is None):
        raise InputError("claims go without --file: the note has them; check LOSS --file NOTE")
    if options.loss is not None:
        return str(options.loss)
    return str(options.formulas[0]) if options.formulas else None


def _own_losses(text: str, path: str) -> list[NoteLoss]:
    """The losses that the note may mean, the likeliest first."""
    try:
        there = unrolled(equations(text, None, path), text)
        return list(itertools.islice(losses(there, declarations(text, path)), _MOST_LOSSES))
    except UnreadableError as error:
        raise InputError(f"{path}: {error}") from None


def _equations(text: str, path: str, found: Recording) -> list[Equation]:
    words = found.vocabulary()
    try:
        return unrolled(equations(text, words, path), text)
    except UnreadableError as error:
        raise InputError(f"{path}: {error}") from None


def _text_of(path: str) -> str:
    """What a note holds; InputError for what is no file, too large, or no text."""
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
