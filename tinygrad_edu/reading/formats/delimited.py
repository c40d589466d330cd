r"""Formulas in TeX's signs, `$ … $`, `\[ … \]`, `\begin{align} … \end{align}`, and lines that are one without signs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..words import GREEK, function_named
from .passage import DISPLAY, INLINE, PLAIN, UNSAID, Passage, blanked

ENVIRONMENTS = "equation|align|gather|multline|eqnarray|displaymath|flalign|alignat|math|aligned|gathered|split"
# What opens once more before it was closed was never closed: so an opening is looked for once, not to the note's end.
_FORMULA = re.compile(
    r"\$\$(?P<dollars>.+?)\$\$|\\\[(?P<brackets>(?:(?!\\\[).)+?)\\\]"
    rf"|\\begin\{{(?P<kind>{ENVIRONMENTS})(?P<star>\*?)\}}(?P<body>(?:(?!\\begin\{{(?P=kind)).)+?)"
    r"\\end\{(?P=kind)(?P=star)\}|(?<!\\)\$(?P<inline>[^$\n]+|\S[^$\n]*\n[^$\n]*\S)\$|\\\((?P<round>(?:(?!\\\().)+?)\\\)",
    re.DOTALL,
)
_BETWEEN = re.compile(r"\\(?:short)?intertext\s*\{[^{}]*\}")  # words between the rows of a display
_FRAME = re.compile(rf"\\(begin|end)\{{({ENVIRONMENTS}|array|subequations)\*?\}}(\{{[^}}]*\}})?")
_EQUATION = re.compile(r"=(?!=)")
_ALONE = re.compile(
    r"(?:\\[dt]?frac\s*\{\s*(?:\\partial|d|\\mathrm\s*\{\s*d\s*\})\s*\\?\w+\s*\}\s*\{[^{}]*(?:\{[^{}]*\})?[^{}]*\}"
    r"|\\nabla(?:_\{[^{}]*\}|_\\?\w+)?\s*\\?[A-Za-z]+|∂\w+/∂\w+|∇\w*\s*[A-Z])"
)
# Of a list or a quotation, and what a line is said to be: 1. Loss: L = …, (b) Let z = …
_MARK = re.compile(
    r"[\s>*\-+]*(?:\(?(?:\d{1,2}|[a-h])[.)]\s+)?(?:\**[A-Z][A-Za-z]{2,}(?: [\w'-]+){0,4}(?:\*\*:|:\**)\s+)?"
    r"(?:(?:Let|Define|Set|Here|where|with)\s+)?`?"
)
_GRADIENT = re.compile(
    r"(∂|∇|\\[dt]?frac\s*\{\s*\\(partial|mathrm\s*\{\s*d)|\\partial|\\nabla|\\delta)[^`\n]*=[^`\n]*"
    r"|d[A-Za-z]\w*\s*=(?!=)[^`\n]+"
)
_DEFINITION = re.compile(r"[^\s=:`,]{1,30}( ?\([^()=]{1,30}\))? ?:?=(?!=)[^`\n]+")
_SIGNS = re.compile(r"[-−+*/^@·⊙σΣ√∑(]")
_WORD = re.compile(r"\\?[A-Za-z]{3,}")
# A gradient in a sentence or in a cell of a table, up to its end
_STATED = re.compile(
    r"(?:(?:∂|\bd)[A-Za-zℓ]\w{0,4} ?/ ?(?:∂|d)[\w⁽⁾ᵢⱼₖ₀-₉^ŷ]{1,12}|∇[\w₀-₉]{0,6}(?: ?[LJECℓ]\b(?:\([^()\s]*\))?)?)\s*"
    r"(?:=(?!=)|∝|→|≈)[^|`\n\0=]*[^|`\n\0=.,;:\s]"
)
_STOP = re.compile(
    r"(?<=\S)[.;](?=\s|$)|,(?=\s*[A-Za-z]{2,}\b)|\s(?=(?:and|or|so|where|which|since|but|for|und|et|with)\s)|[，。；]"
)
_IN_A_SENTENCE = "it stands in a sentence, and where it ends is not clear: put it into $ … $ or on a line of its own"
_IS = re.compile(r"\s*(?:is|equals|becomes|is equal to|is just|is simply|is then|ist|vaut|为|是|等于)\s*")
_UNMARKED = ("loss", "cost", "yhat", "pred", "axis", "keepdims", "linalg", "True", *GREEK.values())


def formulas(text: str) -> Iterator[Passage]:
    """The formulas of a text that has no code in it: those between TeX's signs, and its plain lines."""
    rest = []
    before: Passage | None = None  # a gradient without an =, in which "is" may be said of it
    end, line = 0, 1
    for match in _FORMULA.finditer(text):
        groups = ("dollars", "brackets", "body", "inline", "round")
        group = next(name for name in groups if match.group(name) is not None)
        line += text.count("\n", end, match.start(group))
        inline = group in ("inline", "round")
        passage = Passage(unframed(match.group(group)), INLINE if inline else DISPLAY, line)
        if before is not None and inline and _IS.fullmatch(text, end, match.start()):
            passage = Passage(f"{before.text.rstrip()} = {passage.text.lstrip()}", INLINE, before.line)
        yield passage
        before = passage if inline and is_gradient_alone(passage.text) else None
        line += text.count("\n", match.start(group), match.end())
        rest += [text[end : match.start()], "\0", blanked(match.group()), "\0"]
        end = match.end()
    yield from plain_lines("".join([*rest, text[end:]]))


def unframed(formula: str) -> str:
    r"""A formula without the \begin and \end that only arrange its lines."""
    return _FRAME.sub(" ", _BETWEEN.sub(lambda match: blanked(match.group()), formula))


def plain_lines(text: str) -> Iterator[Passage]:
    """The lines that are a formula and nothing else: a gradient, or what a symbol means."""
    for number, line in enumerate(text.split("\n"), start=1):
        if "\0" in line or "|" in line or not _EQUATION.search(line):
            yield from _in_sentences(line, number)
            continue
        mark = _MARK.match(line)
        formula = line[mark.end() if mark else 0 :].strip().rstrip("`").rstrip()
        alone = _GRADIENT.fullmatch(formula) and (_is_formula(formula) or not _STOP.search(formula.rstrip(".;")))
        if alone or (_DEFINITION.fullmatch(formula) and _is_formula(formula)):
            yield Passage(formula, PLAIN, number)
        else:
            yield from _in_sentences(line, number)


def _in_sentences(line: str, number: int) -> Iterator[Passage]:
    """The gradients that a line states among other words, each up to where its formula ends."""
    place = 0
    while (match := _STATED.search(line, place)) is not None:
        stop = _STOP.search(line, match.start(), match.end())
        place = stop.start() if stop else match.end()
        formula = line[match.start() : place].strip()
        goes_on = line[match.end() :].lstrip()[:1] == "\0" and not stop
        if _is_formula(formula) and not goes_on:
            yield Passage(formula, PLAIN, number)
        else:
            yield Passage(formula, UNSAID, number, reason=_IN_A_SENTENCE)


def is_gradient_alone(formula: str) -> bool:
    """Whether a formula is a gradient and nothing else: ∂L/∂w, ∇_w J."""
    return len(formula) < 60 and bool(_ALONE.fullmatch(formula.strip()))


def _is_formula(text: str) -> bool:
    """Whether a line has the look of a formula: it computes something, and has no words of a sentence."""
    words = [word for word in _WORD.findall(text) if not word.startswith("\\")]
    known = all(word in _UNMARKED or function_named(word) is not None for word in words)
    return known and bool(_SIGNS.search(text)) and not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text)
