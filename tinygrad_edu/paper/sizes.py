"""Which axes of a recorded graph belong together, and what their lengths are called.

A graph holds numbers: 569 rows, 30 columns. A derivation speaks of N and D, and a claim is tried at other sizes than
the recorded ones. So every axis of every node gets a `Size`; axes that meet (in a broadcast, along the inner axis of a
product) share one. Nothing is computed and no expression is built: one walk over the nodes, oldest first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.backward import ancestors
from ..engine.graph import Node, plain
from ..engine.kernels.arrays import HOLE, laid_out
from .size import ONE, Size, find, reaches, stiffen

LETTERS = (*"NDKHMPQRSTUV", *(f"N_{n}" for n in range(1, 100)))
# The names of tensors whose numbers nobody gave: what is true of these may be so by the way they were drawn
drawn: ContextVar[frozenset[str]] = ContextVar("drawn", default=frozenset())
# The letters that a user chose: of a tensor's name and the place of one of its axes
chosen: ContextVar[Mapping[tuple[str, int], str]] = ContextVar("chosen", default={})  # noqa: B039 (never changed)


class Sizes:
    """The sizes of a graph: of every node that `root` was made of, and of the constants among their arguments.

    root: a node or several. alike: pairs of nodes with the same axes, though nothing in the graph says so: a gradient
    and what it is by. names: the graph's named nodes. notes: what a reader should be told about the letters.

    >>> from tinygrad_edu import Tensor
    >>> X, w = Tensor([[1.0, 2.0]] * 3, name="X", requires_grad=False), Tensor([1.0, 2.0], name="w")
    >>> Sizes((X @ w).mean()).letters()
    {'N': 3, 'D': 2}
    """

    def __init__(self, root: Node | Sequence[Node], alike: Iterable[tuple[Node, Node]] = ()) -> None:
        self.roots = [root] if isinstance(root, Node) else list(root)
        self.nodes = ancestors(self.roots, all_nodes=True)[::-1]
        self.notes: list[str] = []
        self._axes: dict[int, tuple[Size, ...]] = {}
        self._constants: dict[int, Any] = {}
        self._along_softmax: list[Size] = []
        self._single = _has_one_sample(self.nodes)
        self.names: dict[str, Node] = {}
        for node in self.nodes:
            if node.name is not None:
                self.names.setdefault(node.name, node)
            self._enter(node)
        for one, other in alike:
            for pair in zip(self._axes.get(id(one), ()), self._axes.get(id(other), ()), strict=False):
                self._meet(*pair)
        self._settle()
        self._name()

    # ── what others ask ──

    def axes(self, a: Node | Any) -> tuple[Size, ...]:
        """A size for each axis of a node, or of a constant among the arguments of one (that very object)."""
        found = self._axes.get(id(a))
        if found is None:
            shape = np.shape(plain(a))
            return tuple(ONE if n == 1 else Size(n, rigid=True) for n in shape)
        return tuple(map(find, found))

    def shape(self, a: Node | Any, plan: Mapping[Size, int] | None = None) -> tuple[int, ...]:
        """The shape of a node or constant under a plan."""
        return tuple(size.value(plan) for size in self.axes(a))

    def groups(self) -> list[Size]:
        """All different sizes with a letter, in the order of their letters."""
        return list(self._lettered)

    def free(self) -> list[Size]:
        """The sizes that a plan may choose."""
        return [size for size in self._lettered if size.free]

    def letters(self) -> dict[str, int]:
        """Each letter with its recorded length."""
        return {str(size.letter): size.recorded for size in self._lettered}

    @contextmanager
    def lending_letters(self) -> Iterator[None]:
        """A block in which the axes of this graph's names have the letters that they have here, in other graphs too."""
        own = {(name, n): axis.letter for name, node in self.names.items() for n, axis in enumerate(self.axes(node))}
        token = chosen.set({place: letter for place, letter in own.items() if letter is not None})
        try:
            yield
        finally:
            chosen.reset(token)

    @property
    def constants(self) -> list[Any]:
        """The arrays that stand in the graph without being nodes."""
        return list(self._constants.values())

    def class_sizes(self) -> list[Size]:
        """The sizes along which the graph has a softmax, by its name or written out.

        Written out, it is a result that is positive and adds up to 1 along an axis, or the logarithm of one, or the
        logarithm of a sum of exponentials.
        """
        found = list(self._along_softmax)
        for node in self.nodes:
            if node.rule is None or not node.requires_grad:
                continue
            held = np.asarray(node._data)
            with np.errstate(all="ignore"):
                found += [self._axes[id(node)][a] for a in _adding_up_to_one(held) or _adding_up_to_one(np.exp(held))]
            if node.rule is rules.log and _is_of(total := node.args[0], rules.sum) and _is_of(total.args[0], rules.exp):
                found += self._taken(total, self._axes[id(total.args[0])])
        return list(map(find, found))

    # ── one walk over the graph ──

    def _enter(self, node: Node) -> None:
        """Give a node its axes, and say which of them are its operands'."""
        out = self._fresh(node)
        rule = node.rule
        if rule is None:
            return
        operands = []
        for a in node.args:
            if not isinstance(a, Node) and id(a) not in self._axes and np.ndim(a):
                self._constants[id(a)] = a
                self._fresh(a)
            operands.append(self._axes.get(id(a), ()))
        handler = _HANDLERS.get(rule.name)
        if handler is not None:
            handler(self, node, operands, out)
        elif rule.signature == "<subscripts>":
            self._einsum(node, operands, out)
        elif rule.signature == "...->...":
            self._broadcast(operands, out)
            if rule.along_classes:
                self._along_softmax += self._taken(node, out)
        elif rule.signature:
            self._stacked(rule.signature, operands, out)
        elif rule.kind.name == "reduction" or "axis" in node.params:
            self._reduced(node, operands[0], out)
        elif rule.kind.name == "elementwise":
            self._broadcast(operands, out)
        else:
            self._rigid([*operands, out])

    def _fresh(self, a: Any) -> tuple[Size, ...]:
        shape = np.shape(plain(a))
        axes = tuple([ONE if n == 1 else Size(n) for n in shape])
        if self._single:  # an axis of length 1 may be that of the samples, of which there is one
            made = isinstance(a, Node) and a.rule is not None
            counts = range(len(shape)) if made else range(min(len(shape), 0 if _is_bias(a) else 1))
            axes = tuple([Size(1) if n == 1 and k in counts else axes[k] for k, n in enumerate(shape)])
        self._axes[id(a)] = axes
        return axes

    def _meet(self, one: Size, other: Size) -> None:
        """Make two axes share one size."""
        a, b = find(one), find(other)
        if a is b:
            return
        if a is ONE or b is ONE or (self._single and 1 in (a.recorded, b.recorded) and a.recorded != b.recorded):
            for size in (a, b):  # an axis of length 1 that is broadcast stays 1
                size.rigid = size.rigid or size.recorded == 1 or (a.recorded != b.recorded and ONE in (a, b))
            return
        if a.recorded != b.recorded:
            a.rigid = b.rigid = True
            return
        if (b.parts and not a.parts) or (b.rigid and not a.rigid):
            a, b = b, a
        b._into = a
        a.rigid = a.rigid or b.rigid
        a.least = max(a.least, b.least)
        a.taken |= b.taken
        if b.parts and not a.rigid:
            mine, theirs = list(map(find, a.parts)), list(map(find, b.parts))
            same = a.relation == b.relation and a.offset == b.offset and len(mine) == len(theirs)
            if same and [p.recorded for p in mine] == [p.recorded for p in theirs]:
                for p, q in zip(mine, theirs, strict=True):
                    self._meet(p, q)
            else:
                stiffen([a, *mine, *theirs])

    def _made(self, size: Size, relation: str, parts: Sequence[Size], offset: int = 0) -> None:
        """`size` is the product or the sum of `parts`."""
        size = find(size)
        whole = [find(p) for p in parts if relation == "sum" or find(p).recorded != 1]
        if relation == "sum":
            offset += sum(p.recorded for p in whole if p.rigid)
            whole = [p for p in whole if not p.rigid]
        if not whole:
            size.rigid = True
        elif len(whole) == 1 and not offset:
            self._meet(size, whole[0])
        else:
            made = Size(size.recorded)
            made.relation, made.parts, made.offset = relation, tuple(whole), offset
            self._meet(size, made)

    def _rigid(self, all_axes: Iterable[Iterable[Size]]) -> None:
        for axes in all_axes:
            stiffen(axes)

    def _broadcast(self, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        """Let the operands' axes meet the result's, aligned at the last axis."""
        for axes in operands:
            if len(axes) > len(out):
                stiffen(axes)
                stiffen(out)
                continue
            for size, whole in zip(axes[::-1], out[::-1], strict=False):
                if size is not ONE and whole is not ONE:
                    self._meet(size, whole)

    def _reduced(self, node: Node, x: Sequence[Size], out: Sequence[Size]) -> None:
        """Let the axes that a reduction keeps meet the result's; those of a count meet none."""
        assert node.rule is not None
        if node.rule.counts:
            return None
        axis = node.params.get("axis")
        axes = range(len(x)) if axis is None else [axis] if isinstance(axis, int) else axis
        gone = {a % len(x) for a in axes} if x else set()
        if node.params.get("keepdims") and len(out) == len(x):  # an axis that is kept is 1, of one sample too
            self._axes[id(node)] = tuple(ONE if a in gone else size for a, size in enumerate(out))
            kept = [(x[a], out[a]) for a in range(len(x)) if a not in gone]
        else:
            left = [size for a, size in enumerate(x) if a not in gone]
            if len(left) != len(out):
                return self._broadcast([x], out)
            kept = list(zip(left, out, strict=True))
        for mine, theirs in kept:
            self._meet(mine, theirs)
        if node.rule.along_classes:
            self._along_softmax += self._taken(node, x)
        return None

    @staticmethod
    def _taken(node: Node, axes: Sequence[Size]) -> list[Size]:
        """Of `axes`, those that the operation runs along."""
        axis = node.params["axis"]
        return [axes[a] for a in (range(len(axes)) if axis is None else np.atleast_1d(axis))]

    def _stacked(self, signature: str, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        """Rows on the last axes, whose letters `signature` gives; the axes before them broadcast."""
        ins, _, result = signature.partition("->")
        met: dict[str, Size] = {}
        lead = []
        missing: set[str] = set()
        for term, axes in [*zip(ins.split(","), operands, strict=False), (result, out)]:
            letters = [letter for letter in re.findall(r"\w\??", term) if letter not in missing]
            while len(letters) > len(axes) and (spare := next((each for each in letters if each[1:]), None)):
                letters.remove(spare)
                missing.add(spare)
            cut = len(axes) - len(letters)
            lead.append(axes[:cut])
            for letter, size in zip(letters, axes[cut:], strict=True):
                self._meet(met.setdefault(letter[0], size), size)
        # What meets no other axis has a length that the parameters decide: that of a window, say.
        self._rigid([[size for letter, size in met.items() if signature.count(letter) == 1]])
        self._broadcast(lead[:-1], lead[-1])

    def _einsum(self, node: Node, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        ins, result = node.params["subscripts"].replace(" ", "").split("->")
        met: dict[str, Size] = {}
        for term, axes in [*zip(ins.split(","), operands, strict=True), (result, out)]:
            if len(term) != len(axes):
                return self._rigid([*operands, out])
            for letter, size in zip(term, axes, strict=True):
                if size is not ONE:
                    self._meet(met.setdefault(letter, size), size)
        return None

    def _reshape(self, node: Node, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        """Runs of axes with one product: a run of one axis is the product of the other side's."""
        self._rigid([[s for s in axes if find(s).recorded == 1] for axes in (operands[0], out)])
        left, right = ([s for s in axes if find(s).recorded != 1] for axes in (operands[0], out))
        while left and right:
            mine, theirs = [left.pop(0)], [right.pop(0)]
            while (m := math.prod(s.recorded for s in mine)) != (n := math.prod(s.recorded for s in theirs)):
                source, run = (left, mine) if m < n else (right, theirs)
                if not source:
                    return self._rigid([*operands, out])
                run.append(source.pop(0))
            if len(mine) == 1:
                self._made(mine[0], "product", theirs)
            elif len(theirs) == 1:
                self._made(theirs[0], "product", mine)
            else:
                self._rigid([mine, theirs])
        return None

    def _transpose(self, node: Node, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        for place, axis in enumerate(node.params["axes"]):
            self._meet(operands[0][axis], out[place])

    def _expand_dims(self, node: Node, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        kept = [size for a, size in enumerate(out) if a not in node.params["axis"]]
        for mine, theirs in zip(operands[0], kept, strict=True):
            self._meet(mine, theirs)

    def _squeeze(self, node: Node, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        kept = [size for a, size in enumerate(operands[0]) if a not in node.params["axis"]]
        self._rigid([[size for a, size in enumerate(operands[0]) if a in node.params["axis"]]])
        for mine, theirs in zip(kept, out, strict=True):
            self._meet(mine, theirs)

    def _getitem(self, node: Node, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        self._indexed(node, operands[0], operands[1:], out, node.args[1:])

    def _scatter(self, node: Node, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        self._indexed(node, out, operands[1:], operands[0], node.args[1:])

    def _indexed(
        self,
        node: Node,
        x: Sequence[Size],
        indices: Sequence[Sequence[Size]],
        part: Sequence[Size],
        held: Sequence[Any],
    ) -> None:
        """x[key] is `part`: slices keep an axis, integers take one, index arrays bring their own axes."""
        given = [np.asarray(plain(h)) for h in held]
        if any(h.dtype == bool for h in given):
            return self._rigid([x, part, *indices])  # how many are chosen is a matter of the numbers
        arrays = iter(zip(indices, given, strict=True))
        brought: list[Sequence[Size]] = []
        singles = []  # beside index arrays, an integer is an index array too
        sliced: list[tuple[int, Size | None, Any]] = []
        where_arrays: list[int] = []
        counted: int | None = None
        axis = 0
        for place, k in enumerate(laid_out(node.params["key"], len(x))):
            if k is None:
                sliced.append((place, None, None))
                continue
            size = x[axis]
            axis += 1
            if k is HOLE:
                sizes, values = next(arrays)
                brought.append(sizes)
                where_arrays.append(place)
                _reach(size, values)
                # rows of a table are counted once; what counts up beside them may be labels that happen to
                if counts_up(values) and values.size == size.recorded and counted in (None, id(sizes)):
                    counted = id(sizes)  # the same array again is a diagonal
                    self._meet(size, next(s for s in sizes if s is not ONE) if values.size > 1 else ONE)
            elif isinstance(k, slice):
                sliced.append((place, size, k))
            else:
                singles.append(place)
                whole = find(size)
                whole.least = max(whole.least, k + 1 if k >= 0 else -k)
                whole.taken.add(k % size.recorded)
        out = list(part)
        if brought:
            depth = max(map(len, brought))
            where_arrays = sorted(where_arrays + singles)
            together = where_arrays == list(range(where_arrays[0], where_arrays[-1] + 1))
            before = sum(1 for place, _, _ in sliced if place < where_arrays[0]) if together else 0
            self._broadcast(brought, out[before : before + depth])
            del out[before : before + depth]
        for (_, whole_axis, k), theirs in zip(sliced, out, strict=True):
            if whole_axis is not None and k is not None:
                self._cut(whole_axis, k, theirs)
        return None

    def _cut(self, size: Size, k: slice, out: Size) -> None:
        """`out` is `size` under the slice `k`."""
        n = size.recorded
        if k.step in (None, 1, -1) and out.recorded == n:
            return self._meet(size, out)
        whole = find(size)
        if k.step not in (None, 1):
            return self._rigid([[size, out]])
        off = (k.start or 0) if (k.start or 0) >= 0 else None
        ends = 0 if k.stop is None or k.stop >= n else k.stop
        if off is not None and ends <= 0 and out.recorded:
            whole.least = max(whole.least, off - ends + 1)
            self._made(out, "sum", [whole], ends - off)
        elif k.start is not None and k.start < 0 and k.stop is None:
            whole.least = max(whole.least, -k.start)
            stiffen([out])
        elif off is not None and k.stop is not None and k.stop > 0:
            whole.least = max(whole.least, k.stop)
            stiffen([out])
        else:
            self._rigid([[size, out]])
        return None

    def _concatenate(self, node: Node, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        along = node.params["axis"]
        for axes in operands:
            for a, (mine, theirs) in enumerate(zip(axes, out, strict=True)):
                if a != along:
                    self._meet(mine, theirs)
        self._made(out[along], "sum", [axes[along] for axes in operands])

    def _take_along_axis(self, node: Node, operands: Sequence[Sequence[Size]], out: Sequence[Size]) -> None:
        x, indices = operands
        _reach(x[node.params["axis"]], np.asarray(plain(node.args[1])))
        self._broadcast([indices], out)
        self._broadcast([[ONE if a == node.params["axis"] else s for a, s in enumerate(x)]], out)

    # ── afterwards ──

    def _settle(self) -> None:
        """Make sizes rigid that are made of themselves or of rigid ones only, or of which every place is asked for."""
        changed = True
        self._settle_single()
        every = list({id(s): s for axes in self._axes.values() for s in map(find, axes)}.values())
        for size in every:
            if len(size.taken) == size.recorded > 1:
                size.rigid = True
        while changed:
            changed = False
            for size in every:
                if size.rigid or not size.parts:
                    continue
                parts = size.parts = tuple(map(find, size.parts))
                if all(p.rigid for p in parts) or reaches(parts, size):
                    stiffen([size])
                    changed = True
        for size in every:  # the least length of a sum is one of its parts, too
            if size.parts and size.relation == "sum" and len(size.parts) == 1:
                size.parts[0].least = max(size.parts[0].least, size.least - size.offset, 1 - size.offset)
            elif size.parts and size.least > 1:
                for part in size.parts:
                    part.least = max(part.least, part.recorded)

    def _settle_single(self) -> None:
        """Of the axes of length 1, only the first one of data that a mean runs along has a length of its own."""
        if not self._single:
            return
        averaged = set(map(id, map(find, self._averaged())))
        data = [n for n in self.nodes if n.rule is None and not n.requires_grad] + self.constants
        firsts = {id(find(axes[0])) for a in data if (axes := self._axes[id(a)])}
        for size in [find(s) for axes in self._axes.values() for s in axes]:
            if size.recorded == 1 and not (id(size) in averaged and id(size) in firsts):
                size.rigid = True

    def _name(self) -> None:
        """Give sizes their letters: N the batch, D the data's second axis, K along a softmax, the rest in order."""
        taken = set(self.names)
        letters = iter(letter for letter in LETTERS if letter not in taken)
        order = self._data_axes()
        if "N" in taken and order:
            self.notes.append("N is the name of a tensor here, so the number of samples has another letter")
        soft = [size for size in map(find, self._along_softmax) if size.free]
        rest = [size for node in reversed(self.nodes) for size in self._axes[id(node)]]
        rest += [size for constant in self._constants for size in self._axes[constant]]
        self._lettered: list[Size] = []
        for (name, axis), letter in chosen.get().items():
            size = find(self._axes[id(self.names[name])][axis]) if name in self.names else ONE
            if size.free and size.letter is None and letter not in taken:
                size.letter = letter
                taken.add(letter)
                self._lettered.append(size)
        self.said = frozenset(str(size.letter) for size in self._lettered)  # the letters that a user chose
        if order and find(order[0]).letter:
            taken.add("N")  # it stands for the number of samples, which has another letter
        for size in map(find, [*order, *rest]):
            if size.letter is not None or not size.free:
                continue
            waiting = [s for s in soft if s.letter is None and s is not find(order[0])]
            if "K" not in taken and any(size is s for s in waiting):
                size.letter = "K"
            else:
                size.letter = next(each for each in letters if each not in taken and not (each == "K" and waiting))
            taken.add(size.letter)
            self._lettered.append(size)
        self._lettered.sort(key=lambda size: LETTERS.index(size.letter) if size.letter in LETTERS else -1)

    def _data_axes(self) -> list[Size]:
        """The axes of the data, the batch axis first: of leaves that are no parameters, else of any leaf."""
        leaves = [node for node in self.nodes if node.rule is None]
        data: list[Any] = [leaf for leaf in leaves if not leaf.requires_grad and np.ndim(leaf._data)]
        data.sort(key=lambda leaf: leaf.name is None)
        data += [c for c in self._constants.values() if _is_data(c)]
        found = [axes for a in data if (axes := [s for s in map(find, self._axes[id(a)]) if s.free])]
        if not found:
            others = [list(map(find, self._axes[id(leaf)])) for leaf in leaves]
            found = [axes for o in others if (axes := [s for s in o if s.free])]
        firsts = [axes[0] for axes in found]
        averaged = self._averaged()
        batch = next((size for size in firsts if any(size is a for a in averaged)), None)
        order = [batch] if batch is not None else []
        return [*order, *firsts[:1], *(size for axes in found for size in axes)]

    def _averaged(self) -> list[Size]:
        """The axes that means run along."""
        averaged = []
        for node in self.nodes:
            if node.rule is not None and node.rule.averages and isinstance(node.args[0], Node):
                axes = self.axes(node.args[0])
                axis = node.params.get("axis")
                averaged += [axes[a] for a in (range(len(axes)) if axis is None else axis)]
        return averaged


def _has_one_sample(nodes: Iterable[Node]) -> bool:
    """Whether the data may be a single sample that a mean is taken over."""
    nodes = list(nodes)
    means = any(node.rule is not None and node.rule.averages for node in nodes)
    held = [node._data for node in nodes if node.rule is None and not node.requires_grad]
    held += [a for node in nodes if node.rule is not None for a in node.args if not isinstance(a, Node)]
    return means and any(np.ndim(a) and np.shape(a)[0] == 1 for a in held)


def _is_bias(a: Any) -> bool:
    """Whether a leaf is a parameter that is added to every sample, by its name."""
    return isinstance(a, Node) and a.requires_grad and re.match(r"(b|beta|bias)(_?\d*)$", a.name or "") is not None


def _reach(size: Size, values: Any) -> None:
    """Keep an axis as long as the indices into it ask for."""
    whole = find(size)
    whole.least = max(whole.least, int(values.max(initial=-1)) + 1, -int(values.min(initial=0)))


def _adding_up_to_one(held: Any) -> list[int]:
    """The axes along which an array of positive numbers adds up to 1."""
    if not np.all(held > 0):
        return []
    return [axis for axis, n in enumerate(held.shape) if n > 1 and np.allclose(held.sum(axis=axis), 1.0, 0, 1e-9)]


def _is_of(a: Any, rule: Any) -> bool:
    return isinstance(a, Node) and a.rule is rule


def counts_up(values: Any) -> bool:
    """Whether an array holds 0, 1, 2, … along its only axis longer than 1."""
    values = np.asarray(values)
    return bool(values.size == max(values.shape, default=1) and np.array_equal(values.ravel(), np.arange(values.size)))


def _is_data(constant: Any) -> bool:
    """Whether a bare array may be samples, rather than one that counts places."""
    return np.asarray(constant).dtype.kind == "f" or not counts_up(constant)


_HANDLERS: dict[str, Callable[[Sizes, Node, list[tuple[Size, ...]], tuple[Size, ...]], Any]] = {
    "reshape": Sizes._reshape,
    "transpose": Sizes._transpose,
    "expand_dims": Sizes._expand_dims,
    "squeeze": Sizes._squeeze,
    "getitem": Sizes._getitem,
    "scatter": Sizes._scatter,
    "concatenate": Sizes._concatenate,
    "take_along_axis": Sizes._take_along_axis,
}
