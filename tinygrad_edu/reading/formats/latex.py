"""LaTeX: formulas and listings; comments are left out, and commands that the article defines are written out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .code import is_code
from .delimited import formulas
from .macros import expanded
from .passage import CODE, Note, Passage

_COMMENT = re.compile(
    r"(?<!\\)%[^\n]*|\\begin\{comment\}(?:(?!\\begin\{comment\}).)*?\\end\{comment\}"
    r"|\\iffalse\b(?:(?!\\iffalse\b).)*?\\fi\b",
    re.DOTALL,
)
_LISTING = re.compile(
    r"\\begin\{(?P<kind>verbatim|lstlisting|minted|Verbatim|pycode|code)\*?\}"
    r"(?:\[[^\]\n]*\])?(?:\{[^}\n]*\})?(?P<body>(?:(?!\\begin\{(?P=kind)).)*?)\\end\{(?P=kind)\*?\}",
    re.DOTALL,
)
_SHORT = re.compile(r"\\(?:verb|lstinline)\*?(?:\[[^\]\n]*\])?(?P<mark>[|!+@])[^\n]*?(?P=mark)")


def passages(text: str) -> Iterator[Passage]:
    """The passages of a LaTeX article."""
    note = Note(text)
    for match in note.take(_LISTING):
        if is_code(match.group("body")):
            note.keep(match.group("body"), CODE, match.start("body"))
    note.take(_COMMENT)
    note.take(_SHORT)
    yield from expanded([*note.kept, *formulas(note.text)], note.text)
