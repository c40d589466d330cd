"""What a picture writes: names, numbers, arrays, operations. Everything that a user wrote is data here."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from ..engine.backward import ancestors
from ..engine.changes import changed_since
from ..engine.counts import is_whole
from ..engine.graph import Node, Rule, plain
from ..paper.notation import PLACE, Written, pretty, written_rule, written_vjp

LONGEST = 40  # characters of a name or a formula that a box shows
LONGEST_SIGN = 24  # characters of an operation's sign with its operands
LONGEST_REPEATED = 20  # characters of a part that a formula writes twice rather than naming it
FULL = 6  # entries of a vector that are written out
FULL_MATRIX = 12  # entries of a matrix that are written out, if it has at most 4 rows and columns
CELLS = 12  # cells of a strip
COUNTED = 20_001  # nodes that an error counts one by one
# Invisible: keeps x · x from being written x², where the picture has two edges.
_APART = "\N{WORD JOINER}"
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def visible(text: str) -> str:
    r"""A text with every character that has no picture of its own replaced by one.

    >>> visible("a\nb\0")
    'a↵b␀'
    """
    return "".join(_visible(letter) for letter in text)


def _visible(letter: str) -> str:
    code = ord(letter)
    if letter.isprintable():
        return letter
    if letter == "\n":
        return "↵"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if letter.isspace():
        return " "
    # lone surrogates, and marks which turn the direction of what follows them
    return "\N{REPLACEMENT CHARACTER}"


def shortened(text: str, longest: int = LONGEST) -> str:
    """A text cut where it exceeds a length, the cut marked."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def shortened_name(name: str, longest: int = LONGEST) -> str:
    """A name cut in its middle where it exceeds a length: names that begin alike mostly differ at their end.

    >>> shortened_name("weights_of_the_first_layer", 15), shortened_name("weights_of_the_first_bias", 15)
    ('weights_…_layer', 'weights_…t_bias')
    """
    end = longest * 2 // 5
    return name if len(name) <= longest else f"{name[: longest - end - 1].rstrip()}…{name[-end:].lstrip()}"


def figure(x: Any) -> str:
    """A number with four significant digits, as Python writes it.

    >>> figure(0.25), figure(-1 / 3), figure(1234567.0)
    ('0.25', '-0.3333', '1.235e+06')
    """
    x = np.asarray(x)
    return str(bool(x)) if x.dtype == bool else f"{x.item() + 0.0:.4g}"  # + 0.0: a zero has no sign here


def refuse_depth(call: str, depth: Any) -> None:
    """Raise ValueError where `depth` is neither None nor a number of layers."""
    if depth is not None and not is_whole(depth, 0):
        raise ValueError(f"{call}: depth counts layers from 0, it cannot be {depth!r}")


def size(shape: tuple[int, ...]) -> str:
    """A shape; nothing for a single number.

    >>> size((30, 16)), size((3,)), size(())
    ('30 × 16', '3', '')
    """
    return " × ".join(map(str, shape))


def fits(x: Any) -> bool:
    """Whether an array is small enough to be written out."""
    shape = np.shape(x)
    if len(shape) == 2:
        return bool(max(shape) <= 4 and shape[0] * shape[1] <= FULL_MATRIX)
    return len(shape) <= 1 and int(np.prod(shape)) <= FULL


def lines(x: Any) -> list[str]:
    """A number or array in a few lines: in full if it is small, else its least, mean and largest entry."""
    held = np.asarray(x)
    if held.ndim == 0:
        return [figure(held)]
    if not held.size:
        return ["empty"]
    if fits(held):
        cells = entries(held)
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        pad = "\N{NO-BREAK SPACE}"
        return ["  ".join(c.rjust(w, pad) for c, w in zip(row, widths, strict=True)) for row in cells]
    if held.dtype == bool:
        return [f"{int(held.sum())} of {held.size} true"]
    if (alike := the_same(held)) is not None:
        return [f"all {figure(alike)}"]
    with np.errstate(all="ignore"):
        mean = held.mean(dtype=float)
        if abs(mean) < 1e-12 * np.abs(held).max():  # what rounding left of a zero
            mean = 0.0
        return [f"{figure(held.min())} … {figure(held.max())}", f"mean {figure(mean)}"]


def the_same(x: Any) -> Any:
    """The entry of an array whose entries are all the same; else None.

    >>> the_same(np.ones((3, 2))), the_same(np.arange(2.0))
    (np.float64(1.0), None)
    """
    flat = np.ravel(x)
    return flat[0] if flat.size and np.array_equal(flat, np.full_like(flat, flat[0]), flat.dtype.kind in "fc") else None


def entries(x: np.ndarray) -> list[list[str]]:
    """A small array's entries as they are written, row by row."""
    return [[figure(c) for c in row] for row in (x if x.ndim == 2 else x[None])]


def strip(x: Any) -> list[float]:
    """An array's entries in order, averaged into a few cells; nothing for one that is written out, or all the same."""
    held = np.asarray(x)
    if fits(held) or not held.size or the_same(held) is not None:
        return []
    flat = held.astype(float).ravel()
    with np.errstate(all="ignore"):
        return [float(part.mean()) for part in np.array_split(flat, min(CELLS, flat.size))]


def symbol(rule: Rule) -> str:
    """An operation's sign, from the form in which the table prints it.

    >>> from tinygrad_edu.engine import rules
    >>> [symbol(rule) for rule in (rules.add, rules.log, rules.square, rules.matmul, rules.mean, rules.reciprocal)]
    ['+', 'log', '□²', '@', 'mean', '1/□']
    """
    bare = PLACE.sub("", rule.text).replace("()", "").strip()
    if rule.infix and not rule.compares:
        return bare or rule.infix
    if bare in ("−", "√") or (bare[:1].isalpha() and re.fullmatch(r"\w+( \w+)*", bare)):
        return bare.replace("_", " ")
    boxed = PLACE.sub("□", rule.text)
    return rule.name.replace("_", " ") if rule.compares or boxed in ("□", "□[□]") else boxed


def exceeds(root: Node, most: int) -> bool:
    """Whether a node was computed from more than `most` nodes, itself counted; the search ends as soon as it is."""
    return _counted(root, most + 1) > most


def how_many(root: Node) -> str:
    """How many nodes a node was computed from, as an error says it: a number, or "more than" the most it counts."""
    count = _counted(root, COUNTED)
    return f"{count:,}" if count < COUNTED else f"more than {COUNTED - 1:,}"


def _counted(root: Node, most: int) -> int:
    """How many nodes a node was computed from, itself counted; or `most`, if there are more."""
    seen = {root}
    pending = [root]
    while pending and len(seen) < most:
        for parent in pending.pop().parents:
            if parent not in seen:
                seen.add(parent)
                pending.append(parent)
    return min(len(seen), most)


class Sign(NamedTuple):
    """What a box says of its operation. marks: numbers that tell operands apart; numbers: operands that are said."""

    text: str
    marks: dict[int, str]
    numbers: frozenset[int] = frozenset()


class Names:
    """How the nodes of one graph are called: by their names, or v₁, v₂, … in the order of their creation.

    The result is L if it has no name. Two nodes of one name keep it: the picture tells them apart by place.
    """

    def __init__(self, root: Any) -> None:
        self.order: list[Any] = ancestors([root], all_nodes=True)[::-1]
        taken = {node.name for node in self.order if node.name}
        letter = next(s for s in ("v", "u", "t", "node") if not any(re.fullmatch(rf"{s}_?\d+", name) for name in taken))
        self.called: dict[Node, str] = {}
        number = 0
        for node in self.order:
            if node.name:
                self.called[node] = shortened_name(visible(pretty(node.name)))
            elif place := self._place(node):
                self.called[node] = place
            elif node is root:
                self.called[node] = "L" if node.rule is not None and "L" not in taken and node.size == 1 else "out"
            else:
                number += 1
                self.called[node] = pretty(f"{letter}_{number}")

    def __getitem__(self, node: Node) -> str:
        return self.called[node]

    def _place(self, node: Any) -> str:
        """What a single entry of an array that has a name is called: W₁[0, 2]."""
        if node.rule is None or node.rule.indexed != "argument" or not node.args[0].name:
            return ""
        key = node.params.get("key")
        entry = isinstance(key, tuple) and all(isinstance(part, int) for part in key) and node.size == 1
        return self.formula(node) if entry else ""

    def title(self, node: Any, longest: int = LONGEST) -> str:
        """A node with what it was computed from, which need not stand there twice."""
        if node.rule is None or self.called[node] == self.formula(node):
            return self.called[node]
        return f"{self.called[node]} = {self.formula(node, longest)}"

    def changed_note(self) -> str:
        """One sentence about values that are no longer those the rest was computed from; nothing if there are none."""
        changed = [self.called[node] for node in changed_since(self.order)]
        if not changed:
            return ""
        shown = ", ".join(changed[:4]) + (", …" if len(changed) > 4 else "")
        return f"changed since: {shown}; what was computed from {'it' if len(changed) == 1 else 'them'} is older"

    def operands(self, node: Any) -> list[Any]:
        """The arguments of a node's operation as they are written: nodes by name, numbers as numbers."""
        written = [self._operand(a, node.rule.kind.name == "elementwise") for a in node.args]
        if len(written) == 2 and node.args[0] is node.args[1] and isinstance(written[0], Written):
            written[1].text += _APART
        return written

    def _operand(self, a: Any, entrywise: bool) -> Any:
        if isinstance(a, Node):
            return Written(self.called[a], shape=np.shape(a._data))
        if isinstance(a, (int, float)):
            return a
        alike = the_same(a) if entrywise or np.ndim(a) == 0 else None
        return np.asarray(a) if alike is None else alike.item()

    def formula(self, node: Any, longest: int = LONGEST) -> str:
        """What a node was computed from, one operation deep."""
        assert node.rule is not None
        written = written_rule(node.rule, self.operands(node), node.params)
        shown = str(written) if isinstance(written, Written) else figure(plain(written))
        return shortened(shown.replace(_APART, ""), longest)

    def sign(self, node: Any) -> Sign:
        """An operation's sign; where the order counts, with its operands, which are □ if they have no name."""
        rule = node.rule
        plain_sign = symbol(rule)
        places = [k for k, a in enumerate(node.args) if a is not None]
        if len(places) < 2 or not rule.ordered or rule.indexed:
            return Sign(plain_sign, {})
        for named in (True, False):
            operands = self.operands(node)
            boxes = [k for k in places if _is_unwritten(node.args[k], operands[k], named)]
            marks = {k: str(n) for n, k in enumerate(boxes, start=1)} if len(boxes) > 1 else {}
            for k in boxes:
                operands[k] = Written("□" + marks.get(k, "").translate(_LOWERED))
            shown = self._ordered(node, operands)
            if len(shown) <= LONGEST_SIGN and all(str(operands[k]) in shown for k in boxes):
                numbers = (k for k in places if k not in boxes and not isinstance(node.args[k], Node))
                return Sign(shown, marks, frozenset(numbers))
        return Sign(plain_sign, marks)

    def _ordered(self, node: Any, operands: list[Any]) -> str:
        """An operation with its operands around its sign, where the sign can be seen on paper."""
        if node.rule.infix and not PLACE.sub("", node.rule.text).strip():
            return f" {node.rule.infix} ".join(str(operand).replace(_APART, "") for operand in operands)
        shown = written_rule(node.rule, operands, node.params)
        return str(shown).replace(_APART, "")

    def whole(self, root: Any, longest: int = 160) -> str:
        """What a node was computed from, in terms of what has a name, or is long and used more than once."""
        uses: dict[Node, int] = {}
        for node in self.order:
            for parent in node.parents:
                uses[parent] = uses.get(parent, 0) + 1
        inside: dict[Node, Written] = {}
        for node in self.order:
            if node.rule is None or (node is not root and node.name):
                continue
            operands = [
                inside.get(a, written) if isinstance(a, Node) else written
                for a, written in zip(node.args, self.operands(node), strict=True)
            ]
            found = written_rule(node.rule, operands, node.params)
            most = longest if uses.get(node, 0) < 2 else LONGEST_REPEATED
            if isinstance(found, Written) and len(found.text) <= most:
                inside[node] = found
        shown = (
            str(inside[root]).replace(_APART, "")
            if root in inside
            else self.formula(root, longest)
            if root.rule
            else ""
        )
        return f"{self[root]} = {shown}" if shown else self[root]

    def derivative(self, node: Any, position: int, longest: int = LONGEST) -> Written:
        """The local derivative of a node towards one of its arguments, from the table.

        Of an operation that mixes entries, where it is no factor, what becomes of an incoming gradient g.
        """
        if mixes(node.rule):
            return self.handed(node, position, Written("g", shape=node.shape), longest)
        along_axes = node.params.get("axis") is not None
        found = self.handed(node, position, Written("1", shape=node.shape) if along_axes else 1.0, longest)
        found.text = found.text.removeprefix("1 · ")
        return found

    def handed(self, node: Any, position: int, g: Any, longest: int = LONGEST) -> Written:
        """What a node hands to one of its arguments of an incoming gradient g, as the table prints it."""
        operands = self.operands(node)
        try:
            written = written_vjp(node, position, g, operands, Written(self.called[node], shape=node.shape))
        except (IndexError, ValueError):  # a decomposition cuts by sizes that nothing on paper has
            written = Written(f"{node.op}′({operands[position]}) {g}")
        assert written is not None
        return Written(shortened(str(written).replace(_APART, ""), longest), strength=written.strength)


def _is_unwritten(a: Any, operand: Any, named: bool) -> bool:
    """Whether an operand stands as a box in a sign, having no name and being no number."""
    return not (named and a.name) if isinstance(a, Node) else np.ndim(operand) > 0


def mixes(rule: Rule) -> bool:
    """Whether an operation mixes entries, so that its derivative is no factor of the gradient entry by entry."""
    return rule.kind.name == "own"
