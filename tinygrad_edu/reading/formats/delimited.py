r"""Formulas in TeX's signs, `$ … $`, `\[ … \]`, `\begin{align} … \end{align}`, and lines that are one without signs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..words import GREEK, function_named
from .passage import DISPLAY, INLINE, PLAIN, Passage, blanked

ENVIRONMENTS = "equation|align|gather|multline|eqnarray|displaymath|flalign|alignat|math|aligned|gathered|split"
# What opens once more before it was closed was never closed: so an opening is looked for once, not to the note's end.
_FORMULA = re.compile(
    r"\$\$(?P<dollars>.+?)\$\$|\\\[(?P<brackets>(?:(?!\\\[).)+?)\\\]"
    rf"|\\begin\{{(?P<kind>{ENVIRONMENTS})(?P<star>\*?)\}}(?P<body>(?:(?!\\begin\{{(?P=kind)).)+?)"
    r"\\end\{(?P=kind)(?P=star)\}|(?<!\\)\$(?P<inline>[^$\n]+|\S[^$\n]*\n[^$\n]*\S)\$|\\\((?P<round>(?:(?!\\\().)+?)\\\)",
    re.DOTALL,
)
_FRAME = re.compile(rf"\\(begin|end)\{{({ENVIRONMENTS}|array|subequations)\*?\}}(\{{[^}}]*\}})?")
_MARK = re.compile(r"[\s>*\-+]*`?")  # of a list or a quotation
_GRADIENT = re.compile(
    r"(∂|∇|\\[dt]?frac\s*\{\s*\\(partial|mathrm\s*\{\s*d)|\\partial|\\nabla|\\delta)[^`\n]*=[^`\n]*"
    r"|d[A-Za-z]\w*\s*=(?!=)[^`\n]+"
)
_DEFINITION = re.compile(r"[^\s=:`,]{1,30}( ?\([^()=]{1,30}\))? ?:?=(?!=)[^`\n]+")
_SIGNS = re.compile(r"[-−+*/^@·⊙σΣ√∑(]")
_WORD = re.compile(r"\\?[A-Za-z]{3,}")
_UNMARKED = ("loss", "cost", "yhat", "pred", "axis", "keepdims", "linalg", "True", *GREEK.values())


def formulas(text: str) -> Iterator[Passage]:
    """The formulas of a text that has no code in it: those between TeX's signs, and its plain lines."""
    rest = []
    end, line = 0, 1
    for match in _FORMULA.finditer(text):
        groups = ("dollars", "brackets", "body", "inline", "round")
        group = next(name for name in groups if match.group(name) is not None)
        line += text.count("\n", end, match.start(group))
        yield Passage(unframed(match.group(group)), INLINE if group in ("inline", "round") else DISPLAY, line)
        line += text.count("\n", match.start(group), match.end())
        rest += [text[end : match.start()], "\0", blanked(match.group()), "\0"]
        end = match.end()
    yield from plain_lines("".join([*rest, text[end:]]))


def unframed(formula: str) -> str:
    r"""A formula without the \begin and \end that only arrange its lines."""
    return _FRAME.sub(" ", formula)


def plain_lines(text: str) -> Iterator[Passage]:
    """The lines that are a formula and nothing else: a gradient, or what a symbol means."""
    for number, line in enumerate(text.split("\n"), start=1):
        if "=" not in line or "\0" in line:
            continue
        mark = _MARK.match(line)
        formula = line[mark.end() if mark else 0 :].strip().rstrip("`").rstrip()
        if _GRADIENT.fullmatch(formula) or (_DEFINITION.fullmatch(formula) and _is_formula(formula)):
            yield Passage(formula, PLAIN, number)


def _is_formula(text: str) -> bool:
    """Whether a line has the look of a formula: it computes something, and has no words of a sentence."""
    words = [word for word in _WORD.findall(text) if not word.startswith("\\")]
    known = all(word in _UNMARKED or function_named(word) is not None for word in words)
    return known and bool(_SIGNS.search(text)) and not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text)
