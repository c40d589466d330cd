"""reStructuredText: the role and the directive `math`, blocks of code, images whose `alt` is a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .code import is_code
from .delimited import formulas, unframed
from .images import alternative
from .macros import expanded
from .passage import CODE, DISPLAY, INLINE, Note, Passage

# What stands indented below a line, blank lines included
_BELOW = r"(?P<body>(?:[ \t]*\n)*(?:(?P=indent)[ \t]+[^\n]*(?:\n|\Z)|[ \t]*\n)*)"
_MATHEMATICS = re.compile(rf"^(?P<indent>[ \t]*)\.\. math::(?P<first>[^\n]*)\n?{_BELOW}", re.MULTILINE)
_CODE = re.compile(
    rf"^(?P<indent>[ \t]*)\.\. (?:code-block|code|sourcecode|ipython|testcode)::[^\n]*\n{_BELOW}", re.MULTILINE
)
_LITERAL = re.compile(rf"^(?P<indent>[ \t]*)(?!\.\. )[^\n]*::[ \t]*\n{_BELOW}", re.MULTILINE)
_IMAGE = re.compile(
    r"^[ \t]*\.\. (?:\|[^|\n]+\| )?(?:image|figure)::[^\n]*\n(?:[ \t]+:(?!alt)[^\n]*\n)*[ \t]+:alt:(?P<alt>[^\n]*)",
    re.MULTILINE,
)
_COMMENT = re.compile(rf"^(?P<indent>[ \t]*)\.\.(?: (?![\w|-]+[^\n]*::|_|\[)[^\n]*)?\n{_BELOW}", re.MULTILINE)
_ROLE = re.compile(r":math:`(?P<formula>(?:[^`\\]|\\.)+)`")
_OPTION = re.compile(r"[ \t]*:[\w-]+:[^\n]*")


def passages(text: str) -> Iterator[Passage]:
    """The passages of a page in reStructuredText."""
    note = Note(text)
    for match in note.take(_CODE):
        body = "\n".join("" if _OPTION.fullmatch(line) else line for line in match.group("body").split("\n"))
        if is_code(body):
            note.keep(body, CODE, match.start("body"))
    for match in note.take(_MATHEMATICS):
        _directive(note, match)
    for match in note.take(_IMAGE):
        note.keep(alternative(match.group("alt")), INLINE, match.start("alt"))
    for match in note.take(_LITERAL, lambda match: is_code(match.group("body"))):
        note.keep(match.group("body"), CODE, match.start("body"))
    note.take(_COMMENT)
    for match in note.take(_ROLE):
        note.keep(match.group("formula"), INLINE, match.start("formula"))
    yield from expanded([*note.kept, *formulas(note.text)], text)


def _directive(note: Note, match: re.Match[str]) -> None:
    """Keep the formulas of a directive: what stands in its line, and each paragraph below."""
    note.keep(match.group("first"), DISPLAY, match.start("first"))
    place = match.start("body")
    for paragraph in re.split(r"(\n[ \t]*\n)", match.group("body")):
        lines = ["" if _OPTION.fullmatch(line) else line for line in paragraph.split("\n")]
        lead = 0
        while lead < len(lines) - 1 and not lines[lead].strip():
            place += len(paragraph.split("\n")[lead]) + 1
            lead += 1
        note.keep(unframed("\n".join(lines[lead:])), DISPLAY, place)
        place += len("\n".join(paragraph.split("\n")[lead:]))
