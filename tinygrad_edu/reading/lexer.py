"""A claim's text cut into pieces: LaTeX commands and Unicode signs, with what is only typography left out.

Nothing here knows the graph's names. A piece of the kind WORD is a run of letters as written; which names or
functions it holds is `tokens.py`'s business. What stands below or above (`_`, `^`, ₁, ²) becomes one piece, SUB or
SUP, whose value is the list of the pieces there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from ..errors import UnreadableError
from .pieces import Piece, is_differential, is_one_symbol, split, subscripted, unbraced
from .signs import (
    ACCENTS,
    CASES,
    COMMAND_WORDS,
    COMPARISONS,
    CONDITIONS,
    FOREIGN_PROSE,
    FRAMES,
    LETTERS,
    NARROW,
    OTHERWISE,
    PROSE,
    SIGNS,
    SILENT,
    STYLES,
    SWITCHES,
    TABLES,
    UNREAD_ENVIRONMENTS,
    UPRIGHT,
)
from .unreadable import DEEPEST
from .words import GREEK, MARKS, PRIMES

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+−-]?\d+(?![A-Za-z_\\]))?|\.\d+", re.ASCII)  # 𝟏 is no digit
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
        self.columns = 0  # of tables of cases, how many stand inside each other here
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
        if _FOREIGN.match(letter):
            return Cutter._foreign
        if letter.isalpha() and letter not in LETTERS:
            return Cutter._word
        return Cutter._sign

    def _space(self, found: list[Piece]) -> None:
        if self.text[self.place] == "\n" and not self.latex:
            found.append(Piece("LINE", "", self.place))
        self.place += 1
        self.loose = True

    def _align(self, found: list[Piece]) -> None:
        """An & between columns, which says something in cases alone; in plain text between two conditions."""
        if self.columns:
            found.append(Piece("ALIGN", "&", self.place))
        elif not self.latex and sum((piece.kind == "LPAR") - (piece.kind == "RPAR") for piece in found) > 0:
            found.append(Piece("PROSE", "and", self.place))
        self._space(found)

    def _comment(self, found: list[Piece]) -> None:
        """A LaTeX comment, up to the end of its line."""
        if not self.latex:
            return self._sign(found)
        end = self.text.find("\n", self.place)
        self.place = self.end if end < 0 else end

    def _sign(self, found: list[Piece]) -> None:
        """A sign of one letter."""
        kind = ("WORD", "Sigma") if _COVARIANCE.match(self.text, self.place) else LETTERS.get(self.text[self.place])
        if kind is None:
            raise self.fail(f"{self.text[self.place]!r} is not part of a formula")
        found.append(Piece(*kind, self.place))
        self.place += 1

    def _script(self, found: list[Piece]) -> None:
        """What stands behind _ or ^."""
        at = self.place
        self.place += 1
        inner = self.argument()
        if not self.latex and len(inner) == 1:
            self._continued(inner)
        if self.text[at] == "_":
            found.append(Piece("SUB", inner, at))
            return
        flat = [part for piece in inner for part in (piece.value if _is_small_t(piece) else [piece])]  # X^{-ᵀ}
        layered = len(flat) > 3 and flat[0].value == "[" and flat[2].value == "]" and flat[3].kind == "LPAR"
        starred = len(flat) > 1 and flat[0].kind == "TIMES" and flat[1].kind == "LPAR"
        head = 3 if layered else int(starred and self.text.startswith(_STARS, flat[0].at))
        parts = [flat[:head], flat[head:]] if head else [flat]  # z^{[2](i)}: a layer, and a sample
        found += [Piece("SUP", self._starred(part), at) for part in parts]

    def _continued(self, inner: list[Piece]) -> None:
        """What goes with the one piece of a script in plain text: the 2 of grad_Z2, and of W^⊙2."""
        [first] = inner
        digits = first.kind == "WORD" and self.text[self.place : self.place + 1].isdecimal()
        if digits and self.text[self.place - 1].isalpha():
            self._number(inner)
        elif first.value == "⊙" and not self.text.startswith(_STARS, first.at) and self.place < self.end:
            inner += self.argument()

    def _starred(self, inner: list[Piece]) -> list[Piece]:
        """What stands above, with a star at its beginning as a word: y^* is a name."""
        if inner and inner[0].kind == "TIMES" and self.text.startswith(_STARS, inner[0].at):
            return [inner[0]._replace(kind="WORD", value="star"), *inner[1:]]
        return inner

    def _bar(self, found: list[Piece]) -> None:
        """A bar; two beside each other are one piece, of which the tokens tell what it is."""
        at = self.place
        self.place += 1
        first = found[-1] if found and (found[-1].kind, found[-1].value) == ("BAR", "1") else None
        if first is not None and _BESIDE.fullmatch(self.text, first.at, at):
            found[-1] = first._replace(value="||")
        else:
            found.append(Piece("BAR", "1", at))

    def _brace(self, found: list[Piece]) -> None:
        """What stands in braces: one piece where it is one symbol, a condition, cases, else a part of its own."""
        at = self.place
        inner = self._group("}")
        prose = {str(piece.value).lower() for piece in inner if piece.kind == "PROSE"}
        if not self.latex and prose & (CONDITIONS | OTHERWISE):
            found.append(Piece("CASES", split(inner, ("COMMA", "LINE")), at))
        elif not self.latex and any(piece.kind in ("RELATION", "EQ") for piece in inner):
            found += [Piece("LPAR", "{", at), *inner, Piece("RPAR", "}", self.place - 1)]
        elif is_one_symbol(inner):
            found += inner
        else:
            found += [Piece("LBRACE", "{", at), *inner, Piece("RBRACE", "}", self.place - 1)]

    def _number(self, found: list[Piece]) -> None:
        match = _NUMBER.match(self.text, self.place)
        assert match is not None
        found.append(Piece("NUMBER", match.group().replace("−", "-"), self.place))
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
        if not self.latex and _STAR_BEHIND.match(self.text, at) and self.text[:at][-1:].isalnum():
            found.append(Piece("SUP", [Piece("WORD", "star", at)], at))
            self.place += 1
            return None
        if not self.text.startswith("**", at):
            return self._sign(found)
        self.place += 2
        found.append(Piece("SUP", self.argument(), at))

    def _comparison(self, found: list[Piece]) -> None:
        """One of != <= >= ==, or its first sign alone."""
        kind = COMPARISONS.get(self.text[self.place : self.place + 2])
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
        elif found and text[at + 1 : at + 2] in _POINTED:  # W.^2 and x.*y, as MATLAB has them
            self.place += 1
            if text[at + 1] == "*":
                found.append(Piece("TIMES", "⊙", at))
                self.place += 1
        elif text.startswith("...", at):
            found.append(Piece("DOTS", "…", at))
            self.place += 3
        else:
            self._sign(found)

    def _foreign(self, found: list[Piece]) -> None:
        """Words of a script that no formula is written in: 其中, где."""
        match = _FOREIGN.match(self.text, self.place)
        assert match is not None
        if not match.group().startswith(FOREIGN_PROSE) and not any(piece.kind == "PROSE" for piece in found):
            raise self.fail(f"{match.group()[0]!r} is not part of a formula")
        found.append(Piece("PROSE", match.group(), self.place))
        self.place = match.end()

    def _word(self, found: list[Piece]) -> None:
        """A run of letters, each with its accents; a Greek letter stands alone. A word such as `where` is prose."""
        match = _PLAIN_WORD.match(self.text, self.place)
        if match and match.group().lower() in _PLAIN_PROSE and not self.text[: self.place][-1:].isalnum():
            found.append(Piece("PROSE", match.group(), self.place))
            self.place = match.end()
            return
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
            if suffix := _SUFFIX.match(self.text, self.place):
                run += suffix.group(1)
                self.place = suffix.end()
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
        counted = opening if opening != "{" else ""  # a group in braces is cut as a whole
        depth = 0
        while self.place < self.end:
            letter = self.text[self.place]
            if letter == close and depth == 0:
                self.place += 1
                return found
            if letter == counted:
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
            found.append(Piece("WORD", COMMAND_WORDS.get(name, name), at))
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
        kind = "".join(str(piece.value) for piece in self.argument()).rstrip("*⊙·")
        if kind in UNREAD_ENVIRONMENTS:
            raise self.fail(f"{kind} are not read: write the entries with their indices", at)
        if name == "begin" and self.text.startswith("{", self.place):  # {array}{ll}
            self.argument()
        braced = bool(found) and found[-1].kind == "LPAR" and found[-1].value == "{"
        if name == "begin" and (kind in CASES or (kind in TABLES and braced)):
            if braced:
                found.pop()
            found.append(Piece("CASES", self._cases(at), at))

    def _cases(self, at: int) -> list[list[Piece]]:
        """The lines of a table of cases, up to its end."""
        inner: list[Piece] = []
        self.columns += 1
        while not self.text.startswith("\\end", self.place):
            if self.place >= self.end:
                raise self.fail("these cases have no end", at)
            self.next_into(inner)
        self.columns -= 1
        self.next_into([])
        return split(inner, ("LINE",))

    def _root(self, found: list[Piece], name: str, at: int) -> None:
        if self.text.startswith("[", self.place):
            raise self.fail("roots other than the square root are not read")
        found += [Piece("SQRT", "", at), Piece("LBRACE", "{", at), *self.argument(), Piece("RBRACE", "}", self.place)]

    def _framed(self, found: list[Piece], name: str, at: int) -> None:
        """A box, a colour or a brace around a formula; what is written at the brace is left out."""
        if self.text.startswith("[", self.place):
            self._skip("[", "]")
        for _ in range(FRAMES[name]):
            self._skip("{", "}")
        if not self.text.startswith("{", self.place):
            return
        inner = self.argument()
        if is_one_symbol(inner) or any(piece.kind == "EQ" for piece in inner):
            found += inner
        else:
            found += [Piece("LBRACE", "{", at), *inner, Piece("RBRACE", "}", self.place - 1)]
        if match := (re.compile(r"\s*[_^]").match(self.text, self.place) if name.endswith("brace") else None):
            self.place = match.end()
            self.argument()

    def _skip(self, opening: str, closing: str) -> None:
        """Pass over an argument that is no formula."""
        start, depth = self.place, 0
        while self.place < self.end:
            depth += (self.text[self.place] == opening) - (self.text[self.place] == closing)
            self.place += 1
            if depth <= 0:
                return
        raise self.fail(f"this {opening} is never closed", start)

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
        found.append(Piece(*SIGNS[name], at))

    def _fraction(self, found: list[Piece], name: str, at: int) -> None:
        above = unbraced(self.argument())
        middle = self.place
        below = unbraced(self.argument())
        if (above and above[0].kind in ("PARTIAL", "NABLA")) or is_differential(above, below):
            found.append(Piece("DERIVATIVE", (above, below), at))
            return
        found += [Piece("FRAC", "", at), Piece("LBRACE", "{", at), *above, Piece("RBRACE", "}", middle)]
        found += [Piece("LBRACE", "{", middle), *below, Piece("RBRACE", "}", self.place)]

    def _style(self, found: list[Piece], name: str, at: int) -> None:
        """A command for the look of its argument: it says more where the argument is a word, a 1 or a T."""
        start = self.place
        if name in ("overset", "underset", "stackrel"):
            self.argument()
            name = "mathrm"
        upright = _BRACED.match(self.text, self.place) if name in UPRIGHT else None
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
        if content.strip().lower() in PROSE:
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
        mark = ACCENTS[name]
        inner = self.argument()
        if not inner or inner[0].kind != "WORD":
            raise self.fail(f"a {mark} over something that is no letter", at)
        if any(piece.kind not in ("SUB", "SUP", "PRIME", "NUMBER") for piece in inner[1:]):
            raise self.fail(f"a {mark} over several letters is not read", at)
        found.append(Piece("WORD", inner[0].value + mark, at))
        found += inner[1:]


_BRACED = re.compile(r"\s*\{([^{}\\$]*)\}")
_FOREIGN = re.compile(r"[\u0400-\u04ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")  # no letters of formulas
_STARS = ("*", "⋆", "∗", "\\ast", "\\star")
_STAR_BEHIND = re.compile(r"[*⋆]\s*[)\]},]")  # the star of (y − y*)
_BESIDE = re.compile(r"\|(?:\\(?:left|right|[bB]igg?[lr]?))?\s*")
_COVARIANCE = re.compile(r"Σ(?=⁻¹|ᵀ|\^\{?-\s*1)")  # Σ is a matrix, and no sum
_POINTED = ("^", "*", "/", "'")
_PLAIN_WORD = re.compile(r"[A-Za-z]+(?![A-Za-z0-9_(]|\s*=)")
_SUFFIX = re.compile(r"_(hat|pred|bar|tilde|star|true)(?![A-Za-z])")  # what stands behind a name's _ and is part of it
_PLAIN_PROSE = CONDITIONS | OTHERWISE | {"where", "with", "or"}

# What is done at a letter, and at a command, that has a rule of its own
_BY_LETTER: dict[str, Taking] = {
    **dict.fromkeys("~$\u200b\u2061\u2062", Cutter._space),
    **dict.fromkeys("0123456789", Cutter._number),
    **dict.fromkeys("_^", Cutter._script),
    **dict.fromkeys("!<>=", Cutter._comparison),
    **dict.fromkeys(PRIMES, Cutter._prime),
    "⋆": Cutter._star,
    "{": Cutter._brace,
    "|": Cutter._bar,
    "&": Cutter._align,
    "%": Cutter._comment,
    "\\": Cutter._command,
    ":": Cutter._colon,
    "*": Cutter._star,
    ".": Cutter._dot,
}
_BY_COMMAND: dict[str, Callable[[Cutter, list[Piece], str, int], None]] = {
    **dict.fromkeys(SIGNS, Cutter._symbol),
    **dict.fromkeys(ACCENTS, Cutter._accent),
    **dict.fromkeys(STYLES, Cutter._style),
    **dict.fromkeys(FRAMES, Cutter._framed),
    **dict.fromkeys((*SILENT, *SWITCHES), Cutter._nothing),
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"), Cutter._fraction),
    **dict.fromkeys(("hspace", "vspace", "phantom", "tag", "label"), Cutter._left_out),
    **dict.fromkeys(("left", "right", "middle"), Cutter._delimiter),
    **dict.fromkeys(("begin", "end"), Cutter._environment),
    "\\": Cutter._new_line,
    "sqrt": Cutter._root,
    "substack": Cutter._stacked,
    "not": Cutter._negated,
}


def _is_small_t(piece: Piece) -> bool:
    """Whether a piece is ᵀ inside of an exponent."""
    return piece.kind == "SUP" and all(part.kind == "TOP" for part in piece.value)


def cut(text: str) -> list[Piece]:
    """The pieces of a text."""
    return subscripted(Cutter(text.translate(NARROW)).all())
