"""A claim's text cut into pieces: LaTeX commands and Unicode signs, with what is only typography left out.

Nothing here knows the graph's names. A piece of the kind WORD is a run of letters as written; which names or
functions it holds is `tokens.py`'s business. What stands below or above (`_`, `^`, ₁, ²) becomes one piece, SUB or
SUP, whose value is the list of the pieces there.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, NamedTuple

from ..errors import UnreadableError
from .unreadable import DEEPEST
from .words import GREEK, MARKS, PRIMES


class Piece(NamedTuple):
    """kind: what it is. value: its letters, number or inner pieces. at: its place. loose: a space stands before it."""

    kind: str
    value: Any
    at: int
    loose: bool = False


# Commands that change how something looks, not what it is
_SILENT = {
    "left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
    "Biggl", "Biggr", "limits", "nolimits", "displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle",
    "mathstrut", "nonumber", "notag", "hfill", "hspace", "vspace", "phantom", "mathop", "mathrel", "mathbin",
    "mathord", "mathopen", "mathclose", "mathpunct", "boxed", "normalsize", "large", "Large", "small", "scriptsize",
    "strut", "allowbreak",
}  # fmt: skip
_STYLES = {
    "mathbf", "boldsymbol", "bm", "pmb", "bold", "mathrm", "mathit", "mathsf", "mathtt", "mathcal", "mathscr",
    "mathfrak", "mathbb", "text", "textbf", "textit", "textrm", "textsf", "texttt", "textnormal", "operatorname",
    "underline", "vec", "overrightarrow", "mathnormal", "symbf", "symbfit", "mbox", "hbox", "emph", "rm", "bf",
    "it", "sf", "cal", "tt", "boldmath", "underbrace", "overbrace", "overset", "underset", "mathds", "mathbbm",
}  # fmt: skip
_ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
            "dot": "dot", "check": "check"}  # fmt: skip
_SIGNS = {
    "cdot": ("TIMES", "·"), "times": ("TIMES", "·"), "ast": ("TIMES", "⊙"), "star": ("TIMES", "⊙"),
    "odot": ("TIMES", "⊙"), "circ": ("TIMES", "⊙"), "bullet": ("TIMES", "⊙"), "otimes": ("TIMES", "⊗"),
    "bigodot": ("TIMES", "⊙"), "div": ("SLASH", "/"), "slash": ("SLASH", "/"),
    "oslash": ("SLASH", "/"), "pm": ("OTHER", "±"),
    "sum": ("BIG", "sum"), "prod": ("BIG", "prod"), "partial": ("PARTIAL", "∂"), "nabla": ("NABLA", "∇"),
    "lVert": ("LBAR", "2"), "rVert": ("RBAR", "2"), "Vert": ("BAR", "2"), "|": ("BAR", "2"), "lvert": ("LBAR", "1"),
    "rvert": ("RBAR", "1"), "vert": ("BAR", "1"), "mid": ("BAR", "1"), "{": ("LPAR", "{"), "}": ("RPAR", "}"),
    "lbrace": ("LPAR", "{"), "rbrace": ("RPAR", "}"), "lbrack": ("LPAR", "["), "rbrack": ("RPAR", "]"),
    "langle": ("LPAR", "⟨"), "rangle": ("RPAR", "⟩"), "top": ("TOP", "T"), "intercal": ("TOP", "T"),
    "transp": ("TOP", "T"),
    "trans": ("TOP", "T"), "prime": ("PRIME", "'"), "neq": ("RELATION", "not_equal"), "ne": ("RELATION", "not_equal"),
    "leq": ("RELATION", "less_equal"), "le": ("RELATION", "less_equal"), "geq": ("RELATION", "greater_equal"),
    "ge": ("RELATION", "greater_equal"), "lt": ("RELATION", "less"), "gt": ("RELATION", "greater"),
    "leqslant": ("RELATION", "less_equal"), "geqslant": ("RELATION", "greater_equal"), "in": ("IN", "∈"),
    "equiv": ("EQ", "="), "coloneqq": ("EQ", "="), "triangleq": ("EQ", "="), "implies": ("ARROW", "⇒"),
    "Rightarrow": ("ARROW", "⇒"), "Longrightarrow": ("ARROW", "⇒"), "iff": ("ARROW", "⇒"), "therefore": ("ARROW", "⇒"),
    "Leftrightarrow": ("ARROW", "⇒"), "rightarrow": ("ARROW", "⇒"), "to": ("ARROW", "⇒"),
    "forall": ("PROSE", "for all"),
    "quad": ("QUAD", ""), "qquad": ("QUAD", ""), "dots": ("DOTS", "…"), "ldots": ("DOTS", "…"), "cdots": ("DOTS", "…"),
    "colon": ("COLON", ":"), "over": ("OVER", ""), "ell": ("WORD", "ell"), "infty": ("OTHER", "∞"),
    "dag": ("OTHER", "†"), "dagger": ("OTHER", "†"), "because": ("ARROW", "⇒"), "infin": ("OTHER", "∞"),
}  # fmt: skip
_LETTERS = {
    "+": ("PLUS", "+"), "-": ("MINUS", "-"), "−": ("MINUS", "-"), "–": ("MINUS", "-"), "*": ("TIMES", "*"),
    "·": ("TIMES", "·"), "⋅": ("TIMES", "·"), "×": ("TIMES", "·"), "∙": ("TIMES", "·"), "•": ("TIMES", "·"),
    "⊙": ("TIMES", "⊙"), "∘": ("TIMES", "⊙"), "∗": ("TIMES", "⊙"), "⊗": ("TIMES", "⊗"), "@": ("TIMES", "·"),
    "/": ("SLASH", "/"), "÷": ("SLASH", "/"), "∕": ("SLASH", "/"),
    "⊘": ("SLASH", "/"), "(": ("LPAR", "("), ")": ("RPAR", ")"),
    "[": ("LPAR", "["), "]": ("RPAR", "]"), "⟨": ("LPAR", "⟨"), "⟩": ("RPAR", "⟩"), "{": ("LBRACE", "{"),
    "}": ("RBRACE", "}"), "|": ("BAR", "1"), "‖": ("BAR", "2"), "∥": ("BAR", "2"), "=": ("EQ", "="), "≡": ("EQ", "="),
    "≠": ("RELATION", "not_equal"), "<": ("RELATION", "less"), ">": ("RELATION", "greater"),
    "≤": ("RELATION", "less_equal"), "≥": ("RELATION", "greater_equal"), "∈": ("IN", "∈"), "∑": ("BIG", "sum"),
    "Σ": ("BIG", "sum"), "∏": ("BIG", "prod"),
    "Π": ("BIG", "prod"), "∂": ("PARTIAL", "∂"), "𝜕": ("PARTIAL", "∂"), "∇": ("NABLA", "∇"),
    ",": ("COMMA", ","), ";": ("COMMA", ";"), ":": ("COLON", ":"), ".": ("DOT", "."), "…": ("DOTS", "…"),
    "⋯": ("DOTS", "…"),
    "√": ("ROOT", "√"), "⇒": ("ARROW", "⇒"), "⟹": ("ARROW", "⇒"), "→": ("ARROW", "⇒"), "∀": ("PROSE", "for all"),
    "⊤": ("TOP", "T"), "！": ("OTHER", "!"), "，": ("COMMA", ","), "。": ("DOT", "."), "（": ("LPAR", "("),
    "）": ("RPAR", ")"), "；": ("COMMA", ";"), "＝": ("EQ", "="), "𝟙": ("WORD", "𝟙"),
}  # fmt: skip
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+(?![A-Za-z_\\]))?|\.\d+")
_COMMAND = re.compile(r"\\(?:[A-Za-z]+\*?|.)", re.DOTALL)


def _level(letter: str) -> str:
    """Whether a letter stands above or below the line: SUP for ², SUB for ᵢ, else nothing."""
    kind = unicodedata.decomposition(letter) if not letter.isascii() else ""
    return "SUP" if kind.startswith("<super>") else "SUB" if kind.startswith("<sub>") else ""


class Cutter:
    """Cuts one text. `deep` counts how far scripts and commands stand inside each other."""

    def __init__(self, text: str, start: int = 0, end: int | None = None) -> None:
        self.text, self.place, self.end = text, start, len(text) if end is None else end
        self.latex = "\\" in text
        self.deep = 0
        self.loose = False

    def fail(self, message: str, at: int | None = None) -> UnreadableError:
        """The error to raise, at a place or here."""
        return UnreadableError(message, self.place if at is None else at, self.text)

    def all(self) -> list[Piece]:
        """The whole text in pieces."""
        found: list[Piece] = []
        while self.place < self.end:
            self.next_into(found)
        return found

    def next_into(self, found: list[Piece]) -> None:
        """Cut the next piece, or pass over something silent; `found` grows by what it gave."""
        self.deep += 1
        if self.deep > DEEPEST:
            raise self.fail(f"commands more than {DEEPEST} deep are not read")
        try:
            self._next_into(found)
        finally:
            self.deep -= 1

    def _next_into(self, found: list[Piece]) -> None:
        at, text = self.place, self.text
        letter = text[at]
        before = len(found)
        loose = self.loose
        self.loose = False
        if letter.isspace() or letter in "~&$\u200b\u2061\u2062":
            self.place += 1
            self.loose = True
            if letter == "\n" and not self.latex:
                found.append(Piece("LINE", "", at))
        elif letter == "%" and (at == 0 or text[at - 1] != "\\") and self.latex:
            end = text.find("\n", at)
            self.place = self.end if end < 0 else end
        elif letter == "\\":
            self._command(found)
            if len(found) == before:
                self.loose = True
        elif letter in "_^":
            self.place += 1
            if letter == "^" and text.startswith("*", self.place) and not self.latex:
                raise self.fail("a star as an exponent", at)
            found.append(Piece("SUB" if letter == "_" else "SUP", self.argument(), at))
        elif _level(letter):
            self._small(found)
        elif letter in "0123456789" or (letter == "." and text[at + 1 : at + 2].isdigit()):
            match = _NUMBER.match(text, at)
            if match is None:
                raise self.fail(f"the digit {letter!r} is not read")
            self.place = match.end()
            found.append(Piece("NUMBER", match.group(), at))
        elif letter in PRIMES:
            self.place += 1
            found.append(Piece("PRIME", "'", at))
        elif letter == ":" and text.startswith(":=", at):
            self.place += 2
            found.append(Piece("EQ", "=", at))
        elif letter == "*" and text.startswith("**", at):
            self.place += 2
            found.append(Piece("SUP", self.argument(), at))
        elif letter in "!<>=" and text.startswith("=", at + 1):
            kind = {"!": "not_equal", "<": "less_equal", ">": "greater_equal", "=": "equal"}[letter]
            self.place += 2
            found.append(Piece("RELATION", kind, at))
        elif text.startswith(".T", at) and not self.latex and found and not text[at + 2 : at + 3].isalnum():
            self.place += 2
            found.append(Piece("TOP", "T", at))
        elif text.startswith("...", at):
            self.place += 3
            found.append(Piece("DOTS", "…", at))
        elif letter in _LETTERS:
            kind, value = _LETTERS[letter]
            self.place += 1
            found.append(Piece(kind, value, at))
        elif letter.isalpha():
            self._word(found)
        else:
            raise self.fail(f"{letter!r} is not part of a formula")
        if loose and len(found) > before:
            found[before] = found[before]._replace(loose=True)

    def _word(self, found: list[Piece]) -> None:
        """A run of letters, each with its accents; a Greek letter stands alone."""
        at = self.place
        run = ""
        while self.place < self.end:
            letter = self.text[self.place]
            if letter in GREEK or unicodedata.normalize("NFKC", letter)[0] in GREEK:
                if run:
                    break
                run = GREEK[letter if letter in GREEK else unicodedata.normalize("NFKC", letter)[0]]
                self.place += 1
                run += self._marks()
                break
            if not letter.isalpha() or _level(letter) or letter in "ΣΠ∂":
                break
            parts = unicodedata.normalize("NFD", letter)
            base, marks = unicodedata.normalize("NFKC", parts[0]), parts[1:]
            if not base.isascii():
                if run:
                    break
                raise self.fail(f"{letter!r} is not part of a formula")
            self.place += 1
            spelled = "".join(MARKS.get(mark, "") for mark in marks) + self._marks()
            if spelled and run:
                found.append(Piece("WORD", run, at))
                at, run = self.place - 1, ""
            run += base + spelled
            if spelled:
                break
            if self.text.startswith("_hat", self.place) or self.text.startswith("_pred", self.place):
                end = self.place + (4 if self.text.startswith("_hat", self.place) else 5)
                run += self.text[self.place + 1 : end]
                self.place = end
                break
        found.append(Piece("WORD", run, at))

    def _marks(self) -> str:
        """Accents that follow their letter as characters of their own."""
        spelled = ""
        while self.place < self.end and self.text[self.place] in MARKS:
            spelled += MARKS[self.text[self.place]]
            self.place += 1
        return spelled

    def _small(self, found: list[Piece]) -> None:
        """A run of Unicode's small letters above or below."""
        at = self.place
        level = _level(self.text[at])
        while self.place < self.end and _level(self.text[self.place]) == level:
            self.place += 1
        inner: list[Piece] = []
        for offset, letter in enumerate(self.text[at : self.place]):
            if letter == "ᵀ":
                inner.append(Piece("TOP", "T", at + offset))
            else:
                small = Cutter(unicodedata.normalize("NFKC", letter)).all()
                inner += [piece._replace(at=at + offset) for piece in small]
        digits = [piece for piece in inner if piece.kind == "NUMBER"]
        if len(digits) == len(inner) > 1:
            inner = [Piece("NUMBER", "".join(piece.value for piece in digits), at)]
        found.append(Piece(level, inner, at))

    def argument(self) -> list[Piece]:
        """What a command or a script applies to: a braced group's pieces, or the one next piece."""
        while self.place < self.end and self.text[self.place].isspace():
            self.place += 1
        if self.place >= self.end:
            raise self.fail("something is missing here")
        at = self.place
        if self.text[at] == "{":
            return self._group("}")
        if self.text[at] == "(" and not self.latex:
            inner = self._group(")")
            return [Piece("LPAR", "(", at), *inner, Piece("RPAR", ")", self.place - 1)]
        found: list[Piece] = []
        if self.text[at] in "0123456789" and self.latex:
            self.place += 1
            return [Piece("NUMBER", self.text[at], at)]
        if self.text[at].isascii() and self.text[at].isalpha() and (self.latex or self._single_letters()):
            self.place += 1
            return [Piece("WORD", self.text[at], at)]
        if self.text[at] in "-−" and not self.latex:
            self.place += 1
            return [Piece("MINUS", "-", at), *self.argument()]
        while not found and self.place < self.end:
            self.next_into(found)
        if not found:
            raise self.fail("something is missing here", at)
        return found

    def _single_letters(self) -> bool:
        """In plain text `y_pred` has a subscript of four letters, but in `X^TX` only the T stands above."""
        match = re.match(r"[A-Za-z]+", self.text[self.place :])
        return match is not None and (match.group()[0] in "Tt" and self.text[self.place - 1] == "^")

    def _group(self, close: str) -> list[Piece]:
        """The pieces up to the closing sign that belongs to the opening one here."""
        start = self.place
        self.place += 1
        found: list[Piece] = []
        opening = {"}": "{", ")": "(", "]": "["}[close]
        depth = 0
        while self.place < self.end:
            letter = self.text[self.place]
            if letter == close and depth == 0:
                self.place += 1
                return found
            if letter == opening:
                depth += 1
            elif letter == close:
                depth -= 1
            self.next_into(found)
        raise self.fail(f"this {opening} is never closed", start)

    # ── commands ──

    def _command(self, found: list[Piece]) -> None:
        at = self.place
        match = _COMMAND.match(self.text, at)
        if match is None or match.end() > self.end:
            raise self.fail("a backslash at the end")
        self.place = match.end()
        name = match.group()[1:].rstrip("*")
        if name == "\\":
            if self.text.startswith("[", self.place):  # \\[2pt]
                self._group("]")
            found.append(Piece("LINE", "", at))
        elif name in ("left", "right", "middle") and self.text.startswith(".", self.place):
            self.place += 1
        elif name in ("hspace", "vspace", "phantom", "tag", "label"):
            self.argument()
        elif name in ("begin", "end"):
            kind = "".join(str(piece.value) for piece in self.argument())
            if kind.rstrip("*⊙·") in (
                "cases",
                "dcases",
                "rcases",
                "matrix",
                "pmatrix",
                "bmatrix",
                "vmatrix",
                "smallmatrix",
            ):
                raise self.fail(f"{kind} are not read: write 1[…] for a condition", at)
            if self.text.startswith("{", self.place) and name == "begin":  # {array}{ll}
                self.argument()
        elif name in _SILENT or (not name.isalpha() and name in ",;:! []()/"):
            self.loose = self.loose or name in "[]()"
        elif name in _STYLES:
            self._style(name, found)
        elif name in _ACCENTS:
            self._accent(_ACCENTS[name], found, at)
        elif name in ("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"):
            self._fraction(found, at)
        elif name == "sqrt":
            if self.text.startswith("[", self.place):
                raise self.fail("roots other than the square root are not read")
            found += [
                Piece("SQRT", "", at),
                Piece("LBRACE", "{", at),
                *self.argument(),
                Piece("RBRACE", "}", self.place),
            ]
        elif name == "substack":
            found += self.argument()
        elif name == "not":
            inner: list[Piece] = []
            while not inner and self.place < self.end:
                self.next_into(inner)
            if not inner or inner[0].kind != "EQ":
                raise self.fail(r"\not before something that is no =", at)
            found.append(Piece("RELATION", "not_equal", at))
        elif name in _SIGNS:
            kind, value = _SIGNS[name]
            found.append(Piece(kind, value, at))
        elif name.isalpha():
            found.append(Piece("WORD", _COMMAND_WORDS.get(name, name), at))
        elif name in "%#&_$":
            raise self.fail(f"{match.group()!r} is not part of a formula", at)
        else:
            raise self.fail(f"the command {match.group()!r} is not known", at)

    def _fraction(self, found: list[Piece], at: int) -> None:
        above = self.argument()
        middle = self.place
        below = self.argument()
        if (above and above[0].kind in ("PARTIAL", "NABLA")) or _is_differential(above, below):
            found.append(Piece("DERIVATIVE", (above, below), at))
            return
        found += [Piece("FRAC", "", at), Piece("LBRACE", "{", at), *above, Piece("RBRACE", "}", middle)]
        found += [Piece("LBRACE", "{", middle), *below, Piece("RBRACE", "}", self.place)]

    def _style(self, name: str, found: list[Piece]) -> None:
        at = self.place
        if name in ("rm", "bf", "it", "sf", "cal", "tt", "boldmath"):
            return  # a switch: what follows stands in the same group
        if name in ("overset", "underset"):
            self.argument()
            name = "mathrm"
        if name in (
            "text",
            "textrm",
            "textbf",
            "textit",
            "mathrm",
            "operatorname",
            "mbox",
            "textnormal",
            "mathit",
            "textsf",
        ):
            match = re.compile(r"\s*\{([^{}\\$]*)\}").match(self.text, at)
            if match:
                self._upright(match, found, at)
                return
        inner = self.argument()
        ones = len(inner) == 1 and inner[0].kind == "NUMBER" and inner[0].value == "1"
        if ones:
            indicator = name in ("mathbb", "mathds", "mathbbm")
            found.append(Piece("WORD", "𝟙" if indicator else "𝟏", at))
        elif name in ("mathcal", "mathscr", "cal") and len(inner) == 1:
            found.append(inner[0]._replace(value=f"cal:{inner[0].value}") if inner[0].kind == "WORD" else inner[0])
        elif name == "mathsf" and len(inner) == 1 and inner[0].value == "T":
            found.append(Piece("TOP", "T", at))
        else:
            found += inner

    def _upright(self, match: re.Match[str], found: list[Piece], at: int) -> None:
        """Text in upright letters: a function's or a tensor's name, or prose."""
        content = match.group(1)
        self.place = match.end()
        if content.strip().lower() in _PROSE:
            found.append(Piece("PROSE", content.strip(), at))
        elif re.fullmatch(r"[A-Za-z]+", content.strip()):
            found.append(Piece("WORD", content.strip(), match.start(1)))
        elif re.fullmatch(r"\s*1\s*", content):
            found.append(Piece("WORD", "𝟏", at))
        elif not content.strip():
            self.loose = True
        elif re.fullmatch(r"[A-Za-z]+[_-]?[A-Za-z0-9]+", content.strip()):
            found.append(Piece("WORD", content.strip().replace("-", "_"), match.start(1)))
        elif re.match(r"\s*[A-Za-z]{2,}[\s,.:]|.*[\u4e00-\u9fff]", content):
            found.append(Piece("PROSE", content.strip(), at))
        else:
            inner = Cutter(self.text, match.start(1), match.end(1))
            inner.deep = self.deep
            found += inner.all()

    def _accent(self, mark: str, found: list[Piece], at: int) -> None:
        inner = self.argument()
        if not inner or inner[0].kind != "WORD":
            raise self.fail(f"a {mark} over something that is no letter", at)
        found.append(Piece("WORD", inner[0].value + mark, at))
        found += inner[1:]


_PROSE = {
    "so",
    "thus",
    "hence",
    "where",
    "and",
    "for",
    "if",
    "with",
    "then",
    "therefore",
    "since",
    "or",
    "is",
    "i.e.",
    "because",
}
_COMMAND_WORDS = {"Sigma": "Sigma", "vartheta": "theta", "varepsilon": "epsilon", "varphi": "phi", "varrho": "rho"}


def _is_differential(above: list[Piece], below: list[Piece]) -> bool:
    """Whether a fraction is dL/dw: a d in front, above and below."""

    def begins(pieces: list[Piece]) -> bool:
        return bool(pieces) and pieces[0].kind == "WORD" and str(pieces[0].value).startswith("d")

    if not (begins(above) and begins(below)):
        return False
    first = "".join(str(piece.value) for piece in above if piece.kind == "WORD")
    return len(first) == 1 or first[1:2].isupper() or first[1:] in ("loss", "cal:L", "f", "y", "z", "a", "cal:J")


def cut(text: str) -> list[Piece]:
    """The pieces of a text."""
    return Cutter(text).all()
