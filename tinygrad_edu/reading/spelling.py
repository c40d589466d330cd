"""Which of the graph's names a run of letters spells, together with the scripts that stand at it."""

from __future__ import annotations

from collections.abc import Sequence

from .pieces import Piece
from .words import Vocabulary, canonical


class Spelling:
    """Finds names in the words of a claim."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words

    def named(self, spelled: str, scripts: list[Piece]) -> tuple[str | None, list[Piece]]:
        """The graph's name that a symbol with its scripts spells, and the scripts that are not part of it."""
        spelled = spelled.removeprefix("cal:")
        scripts = [part for script in scripts for part in self._parted(spelled, script)]
        for count in (2, 1):
            for taken in _layers(scripts, count):
                name = self.words.name(spelled + "".join(letters_of(script) for script in taken))
                if name is not None:
                    return name, [left for script in scripts for left in _left(script, taken)]
        return self.words.name(spelled), scripts

    def _parted(self, spelled: str, script: Piece) -> list[Piece]:
        """A subscript whose first number is a layer's and whose rest are indices, as two: A₁ₖⱼ, W_{2,hk}."""
        if script.kind != "SUB" or len(script.value) < 2 or script.value[0].kind != "NUMBER":
            return [script]
        first, *rest = script.value
        if self.words.name(spelled + str(first.value)) is None:
            return [script]
        rest = rest[1:] if rest[0].kind == "COMMA" else rest
        return [script._replace(value=[first]), script._replace(value=rest)] if rest else [script]

    def named_loosely(self, spelled: str, scripts: list[Piece]) -> tuple[str | None, list[Piece]]:
        """The same for a name that differs in its case: a^{(1)} for A1."""
        for taken in _layers(scripts, 1):
            name = self.words.loosely(spelled + "".join(letters_of(script) for script in taken))
            if name is not None:
                return name, [left for script in scripts for left in _left(script, taken)]
        return self.words.loosely(spelled), scripts

    def differential(self, spelled: str, scripts: list[Piece]) -> tuple[str, list[Piece]] | None:
        """The name in dname, and the scripts that are not part of it: the gradient there, as course notes write it."""
        if spelled.startswith("d") and spelled != "delta" and len(spelled) > 1 and self.words.name(spelled) is None:
            for find in (self.named, self.named_loosely):  # dZ2, and dz^{[2]} where only Z2 is there
                name, left = find(spelled[1:], scripts)
                if name is not None and (find == self.named or left != scripts or len(name) == 1):
                    return name, left
            return None
        if spelled == "delta" and self.words.name(spelled) is None:
            for letter in ("z", "Z", "u", "a"):
                name, left = self.named(letter, scripts)
                if name is not None:
                    return name, left
        return None

    def joined(self, piece: Piece, after: Piece) -> Piece | None:
        """Z2 and dW as one word: a name with its number behind it, a differential with its d apart."""
        spelled, more = str(piece.value), str(after.value)
        if after.loose and spelled != "d":
            return None
        if after.kind == "NUMBER" and more.isdigit():
            ends = range(len(spelled))
            if any(self.words.name(spelled[start:] + more) is not None for start in ends):
                return piece._replace(value=spelled + more)
        differential = after.kind == "WORD" and spelled == "d" and self.words.name("d") is None and len(more) < 5
        if differential and (self.differential("d" + more, []) or self.words.name(more[:1]) is not None):
            return piece._replace(value="d" + more)
        return None

    def is_other_layer(self, spelled: str, script: Piece) -> bool:
        """Whether a number below or above is a layer's, of which the graph has others: W_2 beside W_1."""
        digits = letters_of(script)
        stem = canonical(spelled)
        return digits.isdigit() and any(
            name.startswith(stem) and name[len(stem) :].isdigit() for name in self.words.by_spelling
        )


_FEATURES = ("phi", "Phi", "psi")  # what the features of a sample are called


def with_features(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces with φₙ for φ(xₙ), the features of a sample, and φ for φ(x)."""
    found: list[Piece] = []
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        found.append(_with_features_inside(piece))
        place += 1
        letter, *behind = (each.value if each.kind == "WORD" else each.kind for each in pieces[place - 1 : place + 4])
        end = 3 if behind[2:3] in (["SUB"], ["SUP"]) else 2
        if letter in _FEATURES and behind[:2] == ["LPAR", "x"] and behind[end : end + 1] == ["RPAR"]:
            found += pieces[place + 2 : place + end]
            place += end + 1
    return found


def _with_features_inside(piece: Piece) -> Piece:
    """A piece, with φₙ for φ(xₙ) in its scripts or parts."""
    held = piece.value
    if not isinstance(held, (list, tuple)) or not held:
        return piece
    if isinstance(held[0], Piece):
        return piece._replace(value=with_features(held))
    return piece._replace(value=type(held)(with_features(part) if isinstance(part, list) else part for part in held))


def is_transposition(piece: Piece) -> bool:
    """Whether a piece above the line says transposed."""
    return piece.kind == "TOP" or (piece.kind == "WORD" and piece.value in ("T", "t", "tr", "top"))


def is_transposed(script: Piece) -> bool:
    """Whether a script is a transposition and nothing else."""
    return is_transposition(script) or (
        script.kind == "SUP" and len(script.value) == 1 and is_transposition(script.value[0])
    )


def _core(script: Piece) -> list[Piece]:
    """A superscript without the transposition at its end."""
    pieces = list(script.value) if script.kind in ("SUB", "SUP") else []
    return pieces[:-1] if len(pieces) > 1 and is_transposition(pieces[-1]) else pieces


def is_layer(script: Piece) -> bool:
    """Whether a script may be part of a name: a number, a word, a layer in parentheses or brackets."""
    pieces = _core(script)
    if not pieces or any(piece.kind not in ("WORD", "NUMBER", "LPAR", "RPAR", "COMMA") for piece in pieces):
        return False
    return any(piece.kind in ("WORD", "NUMBER") for piece in pieces) and not (
        script.kind == "SUP" and len(pieces) == 1 and is_transposition(pieces[0])
    )


def _layers(scripts: list[Piece], count: int) -> list[list[Piece]]:
    able = [script for script in scripts if is_layer(script)]
    if count == 1:
        return [[script] for script in able]
    return [able[:2]] if len(able) >= 2 else []


def letters_of(script: Piece) -> str:
    """The letters and digits of a script, as part of a name."""
    return canonical("".join(str(piece.value) for piece in _core(script) if piece.kind in ("WORD", "NUMBER")))


def _left(script: Piece, taken: list[Piece]) -> list[Piece]:
    """What remains of a script after its layer went into a name: the ⊤ of W^{(2)⊤}, if anything."""
    if not any(script is each for each in taken):
        return [script]
    return [script._replace(value=script.value[-1:])] if len(_core(script)) < len(script.value) else []
