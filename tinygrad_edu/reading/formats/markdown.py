"""Markdown: formulas, fences of code and of mathematics, images whose alternative text is a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .code import LANGUAGES, is_code
from .delimited import formulas
from .images import alternative, alternative_of_tag
from .macros import expanded
from .passage import CODE, DISPLAY, INLINE, PLAIN, Note, Passage, blanked
from .tables import bare_cells

_FENCE = re.compile(
    r"^(?P<quote>[ \t>]*)(?P<mark>`{3,}|~{3,})[ \t]*\{?\.?(?P<language>[\w+-]*)[^\n]*\n(?P<body>.*?)"
    r"^[ \t>]*(?P=mark)[`~]*[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
# What opens once more before it was closed was never closed, here as in `delimited`
_MATHEMATICS = ("math", "latex", "tex", "katex")
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_QUOTE = re.compile(r"^([ \t]*>)+", re.MULTILINE)
_INDENTED = re.compile(r"(?:^(?: {4}|\t)[^\n]*(?:\n|\Z))+", re.MULTILINE)
_GITHUB = re.compile(r"(?<!`)\$`(?P<formula>[^`\n]+)`\$")
_IMAGE = re.compile(r"!\[(?P<alt>(?:(?!!\[)[^\n]){1,2000}?)\](?:\((?:(?!!\[)[^)\n])*\)|\[[^\]\n]{0,200}\])")
_TAG = re.compile(r"<img\b[^<>]{0,4000}>", re.IGNORECASE)
_SPAN = re.compile(r"(?<![`$\\])(?P<mark>`{1,2})(?!`)(?P<code>[^`\n]+)(?P=mark)(?!`)")


def passages(text: str) -> Iterator[Passage]:
    """The passages of a Markdown note."""
    note = Note(text)
    note.take(_COMMENT)
    for match in note.take(_FENCE):
        _fence(note, match)
    note.take(_QUOTE)
    for match in note.take(_INDENTED, lambda match: is_code(match.group())):
        note.keep(match.group(), CODE, match.start())
    cells = list(bare_cells(note.text))
    for match in note.take(_GITHUB):
        note.keep(match.group("formula"), INLINE, match.start())
    for match in note.take(_IMAGE):
        note.keep(alternative(match.group("alt")), INLINE, match.start())
    for match in note.take(_TAG):
        note.keep(alternative_of_tag(match.group()), INLINE, match.start())
    for match in note.take(_SPAN, lambda match: "$" not in match.group() and "=" in match.group()):
        code = match.group("code")
        note.keep(code, CODE if is_code(code) else PLAIN, match.start())
    found = [replace(each, text=each.text.replace(r"\_", "_")) for each in formulas(note.text)]
    yield from expanded([*note.kept, *found, *cells], text)


def _fence(note: Note, match: re.Match[str]) -> None:
    """Keep what stands in a fence, if it is mathematics or Python."""
    language, body = match.group("language").lower(), match.group("body")
    body = _QUOTE.sub(lambda quote: blanked(quote.group()), body)
    if language in _MATHEMATICS:
        note.keep(body, DISPLAY, match.start("body"))
    elif language in LANGUAGES or (not language and is_code(body)):
        note.keep(body, CODE, match.start("body"))
