"""A text as a claim: each side of its `=` signs, with the ways in which its notation can be understood."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ..errors import UnreadableError
from ..paper.notation import pretty
from ..reading import read
from ..reading.claim import Claim, Reading
from .claimed import Claimed
from .messages import say
from .other_gradients import other_than
from .places import label
from .points import Point
from .recording import Recording
from .transposed import variants
from .trials import Way


def read_text(text: str, recording: Recording, before: Sequence[str] = (), printed: bool = False) -> list[TextClaim]:
    """The claims of a text, one for each side of its `=` signs that says what a gradient is.

    before: lines that define symbols for it. printed: the text is what SymPy printed. `UnreadableError` if it cannot
    be read.
    """
    names = {name: _axes(recording, node) for name, node in recording.names.items()}
    for letter, (node, position) in recording.lettered_arrays.items():
        names.setdefault(letter, _axes(recording, node.args[position]))
    operations = {node.op for node in recording.nodes if node.op}
    leaves = [name for name in names if name not in recording.names or recording.names[name].rule is None]
    try:
        claims = read(text, names, functions=operations, printed=printed, leaves=leaves, before=before)
    except UnreadableError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:  # no text may end in a traceback
        raise UnreadableError(str(error) or type(error).__name__) from None
    return [TextClaim(claim, recording, text, before) for claim in claims]


class TextClaim(Claimed):
    """One side of a text's `=`. text, before: the whole text, and the lines that define symbols for it."""

    suspects = ("shape", "special-case")

    def __init__(self, claim: Claim, recording: Recording, text: str, before: Sequence[str]) -> None:
        self.claim, self.recording, self.text, self.before = claim, recording, text, before
        self.other = other_than(recording, claim.left)

    @property
    def states_gradient(self) -> bool:
        """Whether a gradient or a derivative stands on the left."""
        return self.claim.left.kind == "gradient"

    def ways(self) -> list[Way]:
        """The ways to understand its notation."""
        return self._ways_of(self.claim)

    def transposed(self) -> Iterator[tuple[Sequence[Way], Collection[str]]]:
        """The claim with one factor transposed or one product turned around, at every place in turn."""
        for variant, names in variants(self.claim):
            yield self._ways_of(variant)[:2], names

    def _ways_of(self, claim: Claim) -> list[Way]:
        target = _axes(self.recording, self.recording.wrt)
        return [
            TextWay(claim, reading, self.recording, self._assumed(reading, likeliest=number == 0))
            for number, reading in enumerate(claim.readings(target))
        ]

    def _assumed(self, reading: Reading, likeliest: bool) -> str:
        """What has to be said with a right claim: what a letter on the left was taken for, and an unlikely reading."""
        letter, wrt = self.claim.left.letter, self.recording.wrt
        read_as = say("letter-read", letter=pretty(letter), name=label(wrt)) if letter and wrt.name else ""
        return "; ".join(each for each in (read_as, reading.guesses() if likeliest else str(reading)) if each)


class TextWay(Way):
    """A text, understood in one way."""

    def __init__(self, claim: Claim, reading: Reading, recording: Recording, said_if_right: str) -> None:
        self.claim, self.reading, self.recording = claim, reading, recording
        self.said, self.said_if_right = str(reading), said_if_right

    def value(self, point: Point) -> Any:
        """The text evaluated on what the named nodes hold at a point, and on their gradients there."""
        sizes = self.recording.sizes.axes(self.recording.wrt)
        axes = tuple(size.letter or size.value(point.size_lengths) for size in sizes)
        gradients = {
            name: point.cotangents[node] for name, node in self.recording.names.items() if node in point.cotangents
        }
        nodes = {name: point.twin[node] for name, node in self.recording.names.items()}
        return self.claim.evaluate(point.names, point.lengths, axes, self.reading, gradients, nodes)


def _axes(recording: Recording, node: Any) -> tuple[Any, ...]:
    """The axes of a node or a bare array: each a size's letter, or a length."""
    return tuple(size.letter or size.recorded for size in recording.sizes.axes(node))
