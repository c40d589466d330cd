r"""Commands that a note defines: `\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}`, `\def`, operators."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..unreadable import LONGEST
from .passage import Passage

_DEFINED = re.compile(
    r"\\(?:re|provide)?newcommand\*?\s*\{?\s*\\(?P<new>[A-Za-z]+)\s*\}?\s*(?:\[(?P<count>\d)\]\s*)?(?:\[(?P<default>[^\]\n]*)\]\s*)?\{"
    r"|\\def\s*\\(?P<def>[A-Za-z]+)\s*(?P<marks>(?:#\d)*)\s*\{"
    r"|\\DeclareMathOperator\*?\s*\{?\s*\\(?P<operator>[A-Za-z]+)\s*\}?\s*\{"
)
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_MOST_EXPANSIONS = 500  # in one formula
_MOST_MACROS = 1_000
_LONGEST_ARGUMENT = 1_000


@dataclass(frozen=True)
class Macro:
    """count: of its arguments. default: what its first one is where it is left out, None if it may not be."""

    body: str
    count: int = 0
    default: str | None = None


def defined(text: str) -> dict[str, Macro]:
    """The commands that a text defines, by name."""
    found: dict[str, Macro] = {}
    for match in itertools.islice(_DEFINED.finditer(text), _MOST_MACROS):
        body = _braced(text, match.end() - 1)
        if body is None:
            continue
        if match.group("operator"):
            found[match.group("operator")] = Macro(rf"\operatorname{{{body[0]}}}")
        else:
            count = int(match.group("count") or 0) or (match.group("marks") or "").count("#")
            name = match.group("new") or match.group("def")
            found[name] = Macro(body[0].replace("\n", " "), count, match.group("default"))
    return found


def expanded(passages: Iterable[Passage], text: str) -> Iterator[Passage]:
    """The passages with the commands written out that the text defines."""
    macros = defined(text)
    for passage in passages:
        yield replace(passage, text=expand(passage.text, macros)) if macros else passage


def expand(formula: str, macros: Mapping[str, Macro]) -> str:
    """A formula with a note's own commands written out. One that goes on for ever stays as it is."""
    left = _MOST_EXPANSIONS
    place = 0
    whole = formula
    while match := _COMMAND.search(whole, place):
        macro = macros.get(match.group(1))
        written = None if macro is None else _applied(macro, whole, match.end())
        if written is None:
            place = match.end()
            continue
        body, end = written
        left -= 1
        whole = f"{whole[: match.start()]}{body}{whole[end:]}"
        if left < 0 or len(whole) > 2 * LONGEST:
            return formula
        place = match.start()
    return whole


def _applied(macro: Macro, text: str, place: int) -> tuple[str, int] | None:
    """What a command stands for with its arguments, and where these end; None if they are not there."""
    arguments: list[str] = []
    if macro.default is not None:
        optional = re.compile(r"\s*\[([^\]\n]*)\]").match(text, place)
        arguments.append(optional.group(1) if optional else macro.default)
        place = optional.end() if optional else place
    while len(arguments) < macro.count:
        while place < len(text) and text[place].isspace():
            place += 1
        if place >= len(text):
            return None
        inner = _braced(text, place) if text[place] == "{" else _single(text, place)
        if inner is None:
            return None
        arguments.append(inner[0])
        place = inner[1]
    body = macro.body
    for number, argument in enumerate(arguments, start=1):
        body = body.replace(f"#{number}", argument)
    if not body[-1:].isalpha() or not _COMMAND.search(body):
        return body, place
    return f"{body} ", place  # so that the letters behind it are not taken for more of its last command


def _single(text: str, place: int) -> tuple[str, int]:
    """An argument without braces: a command, or one letter."""
    command = _COMMAND.match(text, place)
    end = command.end() if command else place + 1
    return text[place:end], end


def _braced(text: str, place: int) -> tuple[str, int] | None:
    """What stands in the braces that open at a place, and where they end; None if they are never closed."""
    depth = 0
    for position in range(place, min(len(text), place + _LONGEST_ARGUMENT)):
        if text[position] == "\\":
            continue
        if text[position] in "{}" and text[position - 1] != "\\":
            depth += 1 if text[position] == "{" else -1
            if depth == 0:
                return text[place + 1 : position], position + 1
    return None
