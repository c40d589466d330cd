"""A recorded program as a JavaScript function: loops over arrays of floats, for arrays of any size.

A program is recorded for one shape. The axes' lengths are all different there, so a length says which axis it is, and a
letter takes its place in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..engine.graph import Rule
from ..errors import NotEmittableError
from ..picture.javascript import kernels, literal
from ..source.program import Op, Program

OPERATORS = frozenset(["+", "-", "*", "/", "<", "<=", ">", ">="])  # the same in Python and in JavaScript
Places = tuple[str, ...]  # an entry's index along each axis, as JavaScript


@dataclass
class _Loop:
    """Arrays of one shape that one pass over their entries computes."""

    shape: tuple[int, ...]
    ops: list[Op] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


class Loops:
    """One function: `name(sizes…, inputs…, results…)`, or, where its one result is a number, a function that gives it.

    sizes: the letter of each length. inputs: what the program's inputs are called. results: the arrays that are filled.
    A result may be an input's array where one loop computes everything: entries are stored when all have been read.
    """

    def __init__(
        self, name: str, program: Program, sizes: Mapping[int, str], inputs: Sequence[str], results: Sequence[str]
    ) -> None:
        self.name, self.program, self.sizes, self.results = name, program, sizes, results
        self.names = dict(zip(program.inputs, inputs, strict=True))
        self.arguments = [*sizes.values(), *inputs, *results]
        self.out = [op for op in program.out if op is not None]
        self.readers: dict[Op, list[Op]] = {}
        for op in program.ops:
            for a in op.args:
                self.readers.setdefault(a, []).append(op)
        self.inside: dict[Op, str] = {}  # what the loop that is being written calls its entries
        self.body: list[str] = []
        self.count = 0

    def text(self) -> str:
        """The function."""
        loop = _Loop(())
        for op in self.program.ops:
            if self._is_inlined(op):
                continue
            if loop.ops and (op.shape != loop.shape or _along(op) or self._reads_elsewhere(op, loop)):
                self._close(loop)
                loop = _Loop(op.shape)
            loop.shape = op.shape
            if _along(op):
                self._along(op)
            else:
                self._compute(op, loop)
        self._close(loop)
        for op, name in zip(self.out, self.results, strict=False):
            if op.rule is None:
                entry = self._entry(op, places := self._places(op.shape))
                self.body += self._looped(op.shape, places, [f"{name}[{self._flat(op.shape, places)}] = {entry};"])
        if not self.results:
            self.body.append(f"return {self._entry(self.out[0], ())};")
        body = "\n".join(f"  {line}" for line in self.body)
        return f"function {self.name}({', '.join(self.arguments)}) {{\n{body}\n}}"

    # ── which operation is computed where ──

    def _is_inlined(self, op: Op) -> bool:
        """Whether an operation is written inside the expression that reads it."""
        if op in self.out:
            return False
        if op.rule is not None and (op.rule.moves or op.rule.counts):
            return True
        if len(self.readers[op]) != 1 or not _by_entries(op):
            return False
        (reader,) = self.readers[op]
        folded = reader.rule is not None and reader.rule.folds is not None
        return folded or (reader.shape == op.shape and _by_entries(reader))

    def _settled(self, op: Op) -> list[Op]:
        """The operations with an entry of their own that an operation reads."""
        found = []
        for a in op.args:
            found += self._settled(a) if a.rule is not None and self._is_inlined(a) else [a]
        return found

    def _reads_elsewhere(self, op: Op, loop: _Loop) -> bool:
        """Whether an operation reads other entries of what the loop computes than the one it is at."""
        whole = not _by_entries(op) or any(a.rule is not None and a.rule.moves for a in op.args)
        return whole and any(a in loop.ops for a in self._settled(op))

    def _is_stored(self, op: Op, loop: _Loop) -> bool:
        outside = (other for other in self.program.ops if not self._is_inlined(other) and other not in loop.ops)
        return bool(op.shape) and (op in self.out or any(op in self._settled(other) for other in outside))

    # ── text ──

    def _compute(self, op: Op, loop: _Loop) -> None:
        """Add the lines that compute an entry of `op` to the loop."""
        name, places = self._fresh("e"), self._places(op.shape)
        assert op.rule is not None
        if op.rule.contracts:
            loop.lines += self._product(op, name, places)
        elif op.rule.folds is not None:
            loop.lines += self._fold(op, name, places)
        else:
            loop.lines.append(f"const {name} = {self._expression(op, places)};")
        self.inside[op] = name
        loop.ops.append(op)

    def _close(self, loop: _Loop) -> None:
        """Write the loop down, and the entries that are read outside of it into arrays."""
        places = self._places(loop.shape)
        lines = loop.lines
        for op in loop.ops:
            if self._is_stored(op, loop):
                array = self.results[self.out.index(op)] if op in self.out else self._fresh("t")
                if op not in self.out:
                    self.body.append(f"const {array} = new Float64Array({self._size(op.shape)});")
                lines.append(f"{array}[{self._flat(op.shape, places)}] = {self.inside.pop(op)};")
                self.names[op] = array
            elif op.shape:
                del self.inside[op]
        self.body += self._looped(loop.shape, places, lines)

    def _looped(self, shape: Sequence[int], places: Places, lines: list[str]) -> list[str]:
        for n, place in reversed(list(zip(shape, places, strict=True))):
            if n != 1 and lines:
                head = f"for (let {place} = 0; {place} < {self.sizes[n]}; {place} += 1) {{"
                lines = [head, *(f"  {line}" for line in lines), "}"]
        return lines

    def _along(self, op: Op) -> None:
        """A row of the table that takes an axis as a whole: a kernel of assets/rows.js, on rows of entries."""
        assert op.rule is not None
        array, (operand,) = self._fresh("t"), op.args
        if op.params != {"axis": (len(op.shape) - 1,)} or operand not in self.names:
            raise NotEmittableError(op.rule.name)
        first, last = self._size(op.shape[:-1]), self.sizes[op.shape[-1]]
        self.body.append(f"const {array} = new Float64Array({self._size(op.shape)});")
        self.body.append(f"rows.{op.rule.name}({first}, {last}, {self.names[operand]}, {array});")
        self.names[op] = array

    def _product(self, op: Op, name: str, places: Places) -> list[str]:
        x, y = op.args
        if len(x.shape) != 2 or len(y.shape) != 2:
            raise NotEmittableError(op.rule.name if op.rule else "")
        k = self._fresh("k")
        left, right = self._entry(x, (places[0], k)), self._entry(y, (k, places[1]))
        return [f"let {name} = 0;", *self._looped(x.shape[1:], (k,), [f"{name} += {left} * {right};"])]

    def _fold(self, op: Op, name: str, places: Places) -> list[str]:
        rule, x = op.rule, op.args[0]
        assert rule is not None
        if rule.folds is not np.add or op.params.get("ddof", 0):
            raise NotEmittableError(rule.name)
        axis = op.params["axis"]
        folded = set(range(len(x.shape)) if axis is None else axis)
        kept = iter(places if not op.params["keepdims"] else [p for a, p in enumerate(places) if a not in folded])
        inner = tuple(self._fresh("k") if a in folded else next(kept) for a in range(len(x.shape)))
        shape = [n if a in folded else 1 for a, n in enumerate(x.shape)]
        lines = self._looped(shape, inner, [f"{name} += {self._entry(x, inner)};"])
        size = self._size([n for a, n in enumerate(x.shape) if a in folded])
        return [f"let {name} = 0;", *lines, *([f"{name} /= {size};"] if rule.averages else [])]

    def _entry(self, op: Op, places: Places) -> str:
        """One entry of an operation's result, at these places."""
        if op.kind == "const":
            return literal(op.held)
        if op in self.inside:
            return self.inside[op]
        if op in self.names:
            return f"{self.names[op]}[{self._flat(op.shape, places)}]" if op.shape else self.names[op]
        text = self._expression(op, places)
        return text if re.fullmatch(r"[\w.\[\]]+|np\.\w+\([^()]*\)", text) else f"({text})"

    def _expression(self, op: Op, places: Places) -> str:
        rule = op.rule
        assert rule is not None
        if rule.counts:
            axis = op.params["axis"]
            return self._size([n for a, n in enumerate(op.args[0].shape) if axis is None or a in axis])
        if rule.moves:
            return self._entry(op.args[0], self._moved(rule, op, places))
        if op.params or not _by_entries(op) or rule.name not in kernels():
            raise NotEmittableError(rule.name)
        entries = [self._entry(a, self._broadcast(a, places)) for a in op.args]
        return f" {rule.infix} ".join(entries) if rule.infix in OPERATORS else f"np.{rule.name}({', '.join(entries)})"

    def _broadcast(self, a: Op, places: Places) -> Places:
        last = places[len(places) - len(a.shape) :]
        return tuple("0" if n == 1 else place for n, place in zip(a.shape, last, strict=True))

    def _moved(self, rule: Rule, op: Op, places: Places) -> Places:
        """Where an operation that moves entries has its entry from."""
        x = op.args[0]
        if rule.moves == "repeated":
            return self._broadcast(x, places)
        if rule.moves == "reordered" and len(x.shape) == 2 and not op.params:
            return places[::-1]
        left = iter([place for n, place in zip(op.shape, places, strict=True) if n != 1])
        if rule.moves != "in order" or [n for n in x.shape if n != 1] != [n for n in op.shape if n != 1]:
            raise NotEmittableError(rule.name)
        return tuple("0" if n == 1 else next(left) for n in x.shape)

    def _places(self, shape: Sequence[int]) -> Places:
        return tuple("0" if n == 1 else "ij"[a] for a, n in enumerate(shape))

    def _size(self, shape: Sequence[int]) -> str:
        return " * ".join(self.sizes[n] for n in shape if n != 1) or "1"

    def _flat(self, shape: Sequence[int], places: Places) -> str:
        """An entry's place in the array that holds the entries row by row."""
        if len(shape) == 2 and shape[1] != 1 and shape[0] != 1:
            return f"{places[0]} * {self.sizes[shape[1]]} + {places[1]}"
        return next((place for n, place in zip(shape, places, strict=True) if n != 1), "0")

    def _fresh(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"


def _by_entries(op: Op) -> bool:
    return op.rule is not None and op.rule.kind.name == "elementwise"


def _along(op: Op) -> bool:
    return op.rule is not None and op.rule.along_classes
