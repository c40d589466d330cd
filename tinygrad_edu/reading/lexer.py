"""A claim's text cut into pieces: LaTeX commands and Unicode signs, with what is only typography left out.

Nothing here knows the graph's names. A piece of the kind WORD is a run of letters as written; which names or
functions it holds is `tokens.py`'s business. What stands below or above (`_`, `^`, ₁, ²) becomes one piece, SUB or
SUP, whose value is the list of the pieces there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
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


Taking = Callable[["Cutter", list[Piece]], None]  # cuts what stands at the cutter's place


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
        at, before = self.place, len(found)
        loose, self.loose = self.loose, False
        letter = self.text[at]
        take = _BY_LETTER.get(letter) or self._kind_of(letter)
        take(self, found)
        if loose and len(found) > before:
            found[before] = found[before]._replace(loose=True)

    def _kind_of(self, letter: str) -> Taking:
        """What to do at a letter that has no rule of its own."""
        if letter.isspace():
            return Cutter._space
        if _level(letter):
            return Cutter._small
        if letter.isalpha() and letter not in _LETTERS:
            return Cutter._word
        return Cutter._sign

    def _space(self, found: list[Piece]) -> None:
        if self.text[self.place] == "\n" and not self.latex:
            found.append(Piece("LINE", "", self.place))
        self.place += 1
        self.loose = True

    def _comment(self, found: list[Piece]) -> None:
        """A LaTeX comment, up to the end of its line."""
        if not self.latex:
            return self._sign(found)
        end = self.text.find("\n", self.place)
        self.place = self.end if end < 0 else end

    def _sign(self, found: list[Piece]) -> None:
        """A sign of one letter."""
        letter = self.text[self.place]
        if letter not in _LETTERS:
            raise self.fail(f"{letter!r} is not part of a formula")
        found.append(Piece(*_LETTERS[letter], self.place))
        self.place += 1

    def _script(self, found: list[Piece]) -> None:
        """What stands behind _ or ^."""
        at = self.place
        self.place += 1
        if self.text[at] == "^" and self.text.startswith("*", self.place) and not self.latex:
            raise self.fail("a star as an exponent", at)
        found.append(Piece("SUB" if self.text[at] == "_" else "SUP", self.argument(), at))

    def _number(self, found: list[Piece]) -> None:
        match = _NUMBER.match(self.text, self.place)
        assert match is not None
        found.append(Piece("NUMBER", match.group(), self.place))
        self.place = match.end()

    def _prime(self, found: list[Piece]) -> None:
        found.append(Piece("PRIME", "'", self.place))
        self.place += 1

    def _colon(self, found: list[Piece]) -> None:
        """A colon, or := for =."""
        if not self.text.startswith(":=", self.place):
            return self._sign(found)
        found.append(Piece("EQ", "=", self.place))
        self.place += 2

    def _star(self, found: list[Piece]) -> None:
        """A star, or ** for a power."""
        at = self.place
        if not self.text.startswith("**", at):
            return self._sign(found)
        self.place += 2
        found.append(Piece("SUP", self.argument(), at))

    def _comparison(self, found: list[Piece]) -> None:
        """One of != <= >= ==, or its first sign alone."""
        kind = _COMPARISONS.get(self.text[self.place : self.place + 2])
        if kind is None:
            return self._sign(found)
        found.append(Piece("RELATION", kind, self.place))
        self.place += 2

    def _dot(self, found: list[Piece]) -> None:
        """A number that begins with its point, the .T of NumPy, dots, or a full stop."""
        at, text = self.place, self.text
        if text[at + 1 : at + 2].isdecimal():
            return self._number(found)
        if text.startswith(".T", at) and not self.latex and found and not text[at + 2 : at + 3].isalnum():
            found.append(Piece("TOP", "T", at))
            self.place += 2
        elif text.startswith("...", at):
            found.append(Piece("DOTS", "…", at))
            self.place += 3
        else:
            self._sign(found)

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
        r"""A backslash and what it makes of the letters behind it."""
        at, before = self.place, len(found)
        match = _COMMAND.match(self.text, at)
        if match is None or match.end() > self.end:
            raise self.fail("a backslash at the end")
        self.place = match.end()
        name = match.group()[1:].rstrip("*")
        take = _BY_COMMAND.get(name)
        if take is not None:
            take(self, found, name, at)
        elif name.isalpha():
            found.append(Piece("WORD", _COMMAND_WORDS.get(name, name), at))
        elif name and name in "%#&_$":
            raise self.fail(f"{match.group()!r} is not part of a formula", at)
        elif name not in ",;:! []()/":
            raise self.fail(f"the command {match.group()!r} is not known", at)
        if len(found) == before:
            self.loose = True

    def _new_line(self, found: list[Piece], name: str, at: int) -> None:
        if self.text.startswith("[", self.place):  # \\[2pt]
            self._group("]")
        found.append(Piece("LINE", "", at))

    def _nothing(self, found: list[Piece], name: str, at: int) -> None:
        """A command that changes the look alone."""

    def _delimiter(self, found: list[Piece], name: str, at: int) -> None:
        r"""A \left, \right or \middle, which a point behind it makes invisible."""
        if self.text.startswith(".", self.place):
            self.place += 1

    def _left_out(self, found: list[Piece], name: str, at: int) -> None:
        """A command that is left out together with its argument."""
        self.argument()

    def _environment(self, found: list[Piece], name: str, at: int) -> None:
        kind = "".join(str(piece.value) for piece in self.argument())
        if kind.rstrip("*⊙·") in _UNREAD_ENVIRONMENTS:
            raise self.fail(f"{kind} are not read: write 1[…] for a condition", at)
        if self.text.startswith("{", self.place) and name == "begin":  # {array}{ll}
            self.argument()

    def _root(self, found: list[Piece], name: str, at: int) -> None:
        if self.text.startswith("[", self.place):
            raise self.fail("roots other than the square root are not read")
        found += [Piece("SQRT", "", at), Piece("LBRACE", "{", at), *self.argument(), Piece("RBRACE", "}", self.place)]

    def _stacked(self, found: list[Piece], name: str, at: int) -> None:
        found += self.argument()

    def _negated(self, found: list[Piece], name: str, at: int) -> None:
        r"""The ≠ that \not = makes."""
        inner: list[Piece] = []
        while not inner and self.place < self.end:
            self.next_into(inner)
        if not inner or inner[0].kind != "EQ":
            raise self.fail(r"\not before something that is no =", at)
        found.append(Piece("RELATION", "not_equal", at))

    def _symbol(self, found: list[Piece], name: str, at: int) -> None:
        found.append(Piece(*_SIGNS[name], at))

    def _fraction(self, found: list[Piece], name: str, at: int) -> None:
        above = self.argument()
        middle = self.place
        below = self.argument()
        if (above and above[0].kind in ("PARTIAL", "NABLA")) or _is_differential(above, below):
            found.append(Piece("DERIVATIVE", (above, below), at))
            return
        found += [Piece("FRAC", "", at), Piece("LBRACE", "{", at), *above, Piece("RBRACE", "}", middle)]
        found += [Piece("LBRACE", "{", middle), *below, Piece("RBRACE", "}", self.place)]

    def _style(self, found: list[Piece], name: str, at: int) -> None:
        """A command for the look of its argument: it says more where the argument is a word, a 1 or a T."""
        start = self.place
        if name in ("overset", "underset"):
            self.argument()
            name = "mathrm"
        upright = _BRACED.match(self.text, self.place) if name in _UPRIGHT else None
        if upright:
            return self._upright(upright, found, start)
        inner = self.argument()
        if len(inner) != 1:
            found += inner
            return
        [piece] = inner
        if piece.kind == "NUMBER" and piece.value == "1":
            found.append(Piece("WORD", "𝟙" if name in ("mathbb", "mathds", "mathbbm") else "𝟏", start))
        elif piece.kind == "WORD" and name in ("mathcal", "mathscr"):
            found.append(piece._replace(value=f"cal:{piece.value}"))
        elif piece.value == "T" and name == "mathsf":
            found.append(Piece("TOP", "T", start))
        else:
            found.append(piece)

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

    def _accent(self, found: list[Piece], name: str, at: int) -> None:
        mark = _ACCENTS[name]
        inner = self.argument()
        if not inner or inner[0].kind != "WORD":
            raise self.fail(f"a {mark} over something that is no letter", at)
        found.append(Piece("WORD", inner[0].value + mark, at))
        found += inner[1:]


_PROSE = {
    "so", "thus", "hence", "where", "and", "for", "if", "with", "then", "therefore", "since", "or", "is", "i.e.",
    "because",
}  # fmt: skip
_UPRIGHT = {
    "text", "textrm", "textbf", "textit", "mathrm", "operatorname", "mbox", "textnormal", "mathit", "textsf",
}  # fmt: skip
_BRACED = re.compile(r"\s*\{([^{}\\$]*)\}")
_SWITCHES = ("rm", "bf", "it", "sf", "cal", "tt", "boldmath")  # they hold for what follows in the same group
_UNREAD_ENVIRONMENTS = (
    "cases", "dcases", "rcases", "matrix", "pmatrix", "bmatrix", "vmatrix", "smallmatrix",
)  # fmt: skip
_COMPARISONS = {"!=": "not_equal", "<=": "less_equal", ">=": "greater_equal", "==": "equal"}
_COMMAND_WORDS = {"Sigma": "Sigma", "vartheta": "theta", "varepsilon": "epsilon", "varphi": "phi", "varrho": "rho"}


# What is done at a letter, and at a command, that has a rule of its own
_BY_LETTER: dict[str, Taking] = {
    **dict.fromkeys("~&$\u200b\u2061\u2062", Cutter._space),
    **dict.fromkeys("0123456789", Cutter._number),
    **dict.fromkeys("_^", Cutter._script),
    **dict.fromkeys("!<>=", Cutter._comparison),
    **dict.fromkeys(PRIMES, Cutter._prime),
    "%": Cutter._comment,
    "\\": Cutter._command,
    ":": Cutter._colon,
    "*": Cutter._star,
    ".": Cutter._dot,
}
_BY_COMMAND: dict[str, Callable[[Cutter, list[Piece], str, int], None]] = {
    **dict.fromkeys(_SIGNS, Cutter._symbol),
    **dict.fromkeys(_ACCENTS, Cutter._accent),
    **dict.fromkeys(_STYLES, Cutter._style),
    **dict.fromkeys((*_SILENT, *_SWITCHES), Cutter._nothing),
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"), Cutter._fraction),
    **dict.fromkeys(("hspace", "vspace", "phantom", "tag", "label"), Cutter._left_out),
    **dict.fromkeys(("left", "right", "middle"), Cutter._delimiter),
    **dict.fromkeys(("begin", "end"), Cutter._environment),
    "\\": Cutter._new_line,
    "sqrt": Cutter._root,
    "substack": Cutter._stacked,
    "not": Cutter._negated,
}


def _is_differential(above: list[Piece], below: list[Piece]) -> bool:
    """Whether a fraction is dL/dw: a d in front, above and below."""

    def begins(pieces: list[Piece]) -> bool:
        return bool(pieces) and pieces[0].kind == "WORD" and str(pieces[0].value).startswith("d")

    if not (begins(above) and begins(below)):
        return False
    if above[0].value == "d" and len(above) > 1 and above[1].value in GREEK.values():
        return True  # dσ/dz
    first = "".join(str(piece.value) for piece in above if piece.kind == "WORD")
    return len(first) == 1 or first[1:2].isupper() or first[1:] in ("loss", "cal:L", "f", "y", "z", "a", "cal:J")


def cut(text: str) -> list[Piece]:
    """The pieces of a text."""
    return Cutter(text).all()
