"""A recorded graph as symbols: which nodes stand as letters, and what is written out.

Named nodes, leaves, constants without a pattern, operations without a closed form and what would otherwise be written
out many times stand as letters; everything else is written out in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from ..engine.backward import ancestors, depending
from ..engine.graph import Node, plain
from ..paper.size import Size
from ..paper.sizes import Sizes, counts_up
from . import numbers
from .indices import INDICES, with_index_letters
from .symbolic import entries
from .symbolic.entries import Named, Symbol, letter, recognised
from .symbolic.functions import Expr, Extent, truth
from .symbolic.tensors import has_entries

# A node used more than once stands as a letter if writing it out takes this many operations; any node from `_LONG` on.
_SHARED, _LONG = 4, 40
# A node that nests more functions than this stands as a letter: f(g(h(x))) reads badly, and SymPy's time grows tenfold
# with each further one.
_NESTED = 3
# What stands inside of an elementary function is called u from this many operations on.
_INSIDE = 8
_APPLIED = 5
# The length that stands for a single sample's axis: a large prime, which no other axis has.
_MANY = 10_007
# How many operations a formula may have when the made-up letters are written out.
_WRITTEN_OUT = 200
# Letters that stand as capitals for matrices; Tᵀ would read badly
_AS_CAPITALS = "zamsuvqrxcy"
# Entries that are moved like this stand where they stood.
_AS_IT_IS = ("in order", "converted")


def _is_scaling(node: Node) -> bool:
    """A product with a bare number."""
    assert node.rule is not None
    return bool(node.rule.powers) and any(isinstance(a, (int, float)) for a in node.args)


def _is_add(node: Node) -> bool:
    return node.rule is not None and node.rule.signs == (1, 1)


def _is_activation(node: Node) -> bool:
    return node.rule is not None and node.rule.kind.name == "elementwise" and not _is_add(node)


def _is_softmax(node: Node) -> bool:
    """Whether a node is a softmax, or the logarithm of one."""
    return node.rule is not None and node.rule.along_classes and node.rule.kind.name == "own"


def _only_scales(node: Node) -> bool:
    """Whether a node is a multiple of its operand, or moved by something added."""
    assert node.rule is not None
    return bool(node.rule.signs) or (node.rule.powers in ((1, 1), (1, -1)) and not node.rule.contracts)


def _is_function(node: Node) -> bool:
    """Whether a node is written as a function of its operand: tanh, exp, √; not a sum, product or power."""
    rule = node.rule
    return rule is not None and rule.kind.name == "elementwise" and rule.precedence >= _APPLIED


def size_symbol(name: str) -> Expr:
    """A size or an index: a whole number from 1."""
    return sp.Symbol(name, integer=True, positive=True)


class IndexedGraph:
    """The graph of `root` in index notation.

    made_up: the letters that stand for what the user has not named, and what each stands for (a node or an array).
    on_path: the nodes between root and `wrt`, newest first. out: the indices of root, which come first in its
    derivatives; none of a single number. gradient_of: where root is itself a gradient, the loss that it is of.
    """

    def __init__(self, root: Node, wrt: Node, order: Sequence[Node], gradient_of: Node | None = None) -> None:
        self.root, self.wrt, self.gradient_of = root, wrt, gradient_of
        self.sizes = Sizes(root, alike=[(root, wrt)] if gradient_of is not None else ())
        self.on_path = depending(list(order), [wrt])
        self.made_up: dict[str, Any] = {}
        self.named: dict[str, Named] = {}
        self._labels: dict[int, str] = {}
        self._symbols: dict[int, Symbol] = {}
        self._inlined: dict[int, Symbol] = {}
        self._extents: dict[int, int] = {}
        self.taken = {*self.sizes.names, *self.sizes.letters()}
        self._choose_letters()
        self._name_constants()
        self.typed = numbers.typed(self.sizes.nodes)
        self.sizes.notes += numbers.counts(self.sizes)
        below = {name.partition("_")[2] for name in self.sizes.names}  # W_i is a name, and not an entry of W
        free = (name for name in INDICES if name not in self.taken and name not in below)
        self.pool = [size_symbol(name) for name, _ in zip(free, range(60), strict=False)]
        self.out = [i for i in self.free_indices(root) if i.is_Symbol]

    # ── letters ──

    def label(self, a: Any) -> str | None:
        """What a node or constant is called in formulas; None where it is written out."""
        return self._labels.get(id(a))

    @property
    def loss_name(self) -> str:
        """What the loss is called."""
        called = (self.root if self.gradient_of is None else self.gradient_of).name
        if called:
            return called
        letters = ("f", "F", "f_0") if self.is_jacobian and self.gradient_of is None else ("L", "loss", "J", "L_0")
        return next(name for name in letters if name not in self.taken)

    @property
    def has_letter_f(self) -> bool:
        """Whether root is more than a number and nothing but a letter of ours."""
        return self.is_jacobian and self.gradient_of is None and self.root.name is None and self.root.rule is not None

    @property
    def is_jacobian(self) -> bool:
        """Whether root is more than a single number."""
        return np.size(self.root._data) != 1

    def _choose_letters(self) -> None:
        """Which nodes stand as letters, oldest first: whether one does depends on what stands as a letter below it."""
        users: dict[int, list[Node]] = {}
        for node in self.sizes.nodes:
            for a in {id(a): a for a in node.args if isinstance(a, Node)}:
                users.setdefault(a, []).append(node)
        path = {id(node) for node in self.on_path}
        stems = self._stems(users, path)
        count = {stem: sum(1 for s in stems.values() if s == stem) for stem in set(stems.values())}
        exercise = self._goes_entry_by_entry(path)
        costs: dict[int, int] = {}  # how many operations a node is when it is written out
        depths: dict[int, int] = {}  # how many functions stand in one another then
        for node in self.sizes.nodes:
            cost = 1 + sum(costs.get(id(a), 1) for a in node.args)
            depth = _is_function(node) + max((depths.get(id(a), 0) for a in node.args), default=0)
            long = cost > _LONG or depth > _NESTED
            shared = id(node) in path and len(users.get(id(node), ())) > 1 and cost > _SHARED
            if node is self.root and not (node is self.wrt and node.rule is None) and not self._is_named_output:
                pass  # the loss has a name of its own
            elif node.name is not None:
                self._labels[id(node)] = node.name
            elif node.rule is None:
                if np.ndim(node._data) or node is self.wrt or node.requires_grad:
                    self._invent(node, "x" if node.requires_grad else "c")
            elif not has_entries(node.rule) or self._is_masked(node):
                self._invent(node, node.rule.name)
            elif id(node) in stems:
                self._invent(node, stems[id(node)], alone=count[stems[id(node)]] == 1)
            elif node is self.wrt or long or shared:
                self._invent(node, "t")
            elif cost > _INSIDE and exercise and self._is_inside(node, users.get(id(node), ()), path):
                self._invent(node, next((u for u in "uvqr" if u not in self.taken), "u"), alone=True)
            stands = id(node) in self._labels
            costs[id(node)], depths[id(node)] = (1, 0) if stands else (cost, depth)

    def _goes_entry_by_entry(self, path: set[int]) -> bool:
        """Whether a gradient goes from root to `wrt` through elementary functions only, after sums and means."""
        outer = self._outer(path)
        return all(
            node.rule is None or id(node) in outer or node is self.wrt or node.rule.kind.name == "elementwise"
            for node in self.on_path
        )

    @staticmethod
    def _is_inside(node: Node, users: Sequence[Node], path: set[int]) -> bool:
        """Whether a node stands alone inside a function, where it would be called u; 1 + u needs no letter."""
        if _is_add(node) and any(isinstance(a, (int, float)) for a in node.args):
            return False
        return id(node) in path and any(
            user.rule is not None
            and user.rule.kind.name == "elementwise"
            and not (user.rule.signs or user.rule.moves or _is_scaling(user))
            and sum(isinstance(a, Node) and id(a) in path for a in user.args) == 1
            and not (user.rule.powers and user.rule.powers[[a is node for a in user.args].index(True)] == 1)
            for user in users
            if id(user) in path
        )

    @property
    def _is_named_output(self) -> bool:
        """Whether root is more than a number and has a name, so that its derivatives can be written in it: 1 − yᵢ²."""
        return self.is_jacobian and self.root.name is not None

    def _name_constants(self) -> None:
        """Arrays without a name or a pattern get a letter; whole numbers are taken for labels."""
        positions = self._positions()
        for array in self.sizes.constants:
            held = np.asarray(array)
            if recognised(held) is None or (counts_up(held) and held.size > 1 and id(array) not in positions):
                labels = held.dtype.kind in "iu"
                self._invent(array, "y" if labels else "c", alone=labels)

    def _positions(self) -> set[int]:
        """The arrays 0, 1, 2, … that count places: rows in an indexing, classes in a comparison. Others are data."""
        found = set()
        for node in self.sizes.nodes:
            if node.rule is None:
                continue
            if node.rule.compares:
                found |= {id(a) for a in node.args if not isinstance(a, Node) and np.asarray(a).dtype.kind in "iu"}
            elif "key" in node.params:
                found |= {id(a) for a in node.args[1:2] if counts_up(plain(a))}
        return found

    def _stems(self, users: dict[int, list[Node]], path: set[int]) -> dict[int, str]:
        """The nodes that a textbook gives a letter: z = XW + b, a = σ(z) for the next layer, means and sums."""
        stems: dict[int, str] = {}
        outer = self._outer(path)
        below = {id(node) for node in ancestors([self.wrt], all_nodes=True)}
        for node in self.sizes.nodes:
            if node.rule is None or node is self.root or node is self.wrt or self._is_derivative(node):
                continue
            if node.rule.contracts:
                top = self._with_bias(node, users)
                for a in node.args:
                    if not isinstance(a, Node) or a is self.wrt:
                        continue
                    if _is_softmax(a) and id(a) not in below:
                        stems.setdefault(id(a), "a")
                        self._stem_inside(a.args[0], stems, users)
                    elif id(a) in path and _is_activation(a):
                        stems.setdefault(id(a), "a")
                if id(top) in path and top is not self.wrt:
                    stems[id(top)] = "z"
            elif node.rule.along_classes and id(node) in path:
                self._stem_inside(node.args[0], stems, users)
            elif node.rule.kind.name == "reduction" and id(node) in path and np.ndim(plain(node.args[0])):
                stems[id(node)] = "m" if node.rule.averages else "s"
        named = {id(node) for node in self.sizes.nodes if node.name is not None}
        return {i: stem for i, stem in stems.items() if i not in named and i not in outer}

    def _stem_inside(self, z: Any, stems: dict[int, str], users: dict[int, list[Node]]) -> None:
        """A multiple of a product that stands inside of a softmax is z = Q Kᵀ/√d, in the place of the product."""
        inner = z
        while isinstance(inner, Node) and inner.rule is not None and inner.name is None and inner is not self.wrt:
            if inner is not z and len(users[id(inner)]) > 1:
                return
            if inner.rule.contracts:
                stems.pop(id(inner), None)
                stems[id(z)] = "z"
                return
            whole = [a for a in inner.parents if np.shape(plain(a)) == np.shape(plain(inner))]
            if len(whole) != 1 or not _only_scales(inner):
                return
            (inner,) = whole

    def _is_derivative(self, node: Node) -> bool:
        """Whether a node was made when the loss was derived for the first time."""
        return self.gradient_of is not None and node.index > self.gradient_of.index

    def _with_bias(self, node: Node, users: dict[int, list[Node]]) -> Node:
        """The end of the additions that follow a product: X W + b."""
        while node.name is None and len(after := users.get(id(node), [])) == 1:
            if not _is_add(after[0]) or after[0] is self.root:
                break
            node = after[0]
        return node

    def _outer(self, path: set[int]) -> set[int]:
        """The nodes from the loss down that only multiply gradients by a factor: they get no letter."""
        found: set[int] = set()
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if id(node) in found or node.rule is None:
                continue
            rule = node.rule
            adds_up = rule.kind.name == "reduction" and not rule.along_classes
            if adds_up or rule.signs or rule.moves in _AS_IT_IS or _is_scaling(node):
                found.add(id(node))
                waiting += [a for a in node.parents if id(a) in path]
        return found

    @staticmethod
    def _is_masked(node: Node) -> bool:
        """Whether boolean arrays choose entries: how many is a matter of the numbers."""
        assert node.rule is not None
        return bool(node.rule.indexed) and any(np.asarray(plain(a)).dtype == bool for a in node.args[1:])

    def _invent(self, a: Any, stem: str, alone: bool = False) -> str:
        """A letter that nothing else has; a capital for a matrix: Z₁ = X W, and z₂ for a vector beside it."""
        if stem in _AS_CAPITALS and sum(n != 1 for n in np.shape(plain(a))) == 2:
            stem = stem.upper()
        count = 1
        name = stem
        while not (alone and count == 1 and name not in self.taken):
            name = f"{stem}_{count}"
            if not self.taken & {name, name.swapcase() if len(stem) == 1 else name}:
                break
            count += 1
        self.taken.add(name)
        self._labels[id(a)] = name
        self.made_up[name] = a
        return name

    # ── symbols ──

    def extent(self, size: Size) -> int:
        """A size as a length with its letter."""
        found = self._extents.get(id(size))
        if found is None:
            found = self._extents[id(size)] = self._extent(size)
        return found

    def _extent(self, size: Size) -> int:
        if size.recorded == 1 and size.rigid:
            return 1
        if size.letter:  # the axis of a single sample is not one along which something is broadcast
            return Extent(size.recorded if size.recorded > 1 else _MANY, size_symbol(size.letter))
        if size.parts and not size.rigid:
            parts = tuple(p if isinstance(p := self.extent(s), Extent) else Extent(p) for s in size.parts)
            if size.relation == "product":
                return Extent(size.recorded, sp.Mul(*(p.expr for p in parts)), parts)
            return Extent(size.recorded, sp.Add(*(p.expr for p in parts), size.offset))
        return Extent(size.recorded)

    def shape(self, a: Any) -> tuple[int, ...]:
        """The extents of a node or constant."""
        return tuple(self.extent(size) for size in self.sizes.axes(a))

    def symbol(self, a: Any) -> Symbol:
        """A node or constant as a symbol: its letter, or the operation written out."""
        found = self._symbols.get(id(a))
        if found is None:
            label = self._labels.get(id(a))
            found = letter(label, self.shape(a)) if label is not None else self.written_out(a)
            if label is not None and np.asarray(plain(a)).dtype == bool:
                found = _mask(found)
            self._symbols[id(a)] = found
        return found

    def written_out(self, a: Any) -> Symbol:
        """What a node was made of, whether or not it has a letter."""
        if isinstance(a, Node) and a.rule is not None:
            found = self._inlined.get(id(a))
            if found is None:
                out = a.rule(*(self.symbol(p) for p in a.args), **self.params(a))
                found = self._inlined[id(a)] = entries.built_within(entries.lift(out), self._is_derivative(a))
            return found
        held = np.asarray(plain(a))
        if held.ndim == 0:
            return entries.lift(held.item())
        known = recognised(held, self.shape(a))
        assert known is not None  # all other arrays have letters
        return known

    def params(self, node: Node) -> dict[str, Any]:
        """A node's parameters, shapes among them as extents."""
        params = node.params
        if "shape" not in params or node.rule is None:
            return params
        return params | {"shape": self.shape(node)}

    def free_indices(self, a: Any, after: int = 0) -> list[Expr]:
        """The letters i, j, … for the axes of a node, `after` of them left out; 1 for an axis that is not there."""
        letters = iter(self.pool[after:])
        return [sp.Integer(1) if n == 1 else next(letters) for n in self.shape(a)]

    def gradient_indices(self, v: Node) -> list[Expr]:
        """The letters for the axes of `v` in ∂root/∂v, where those of root come first."""
        return self.free_indices(v, len(self.out))

    def gradient_shape(self, v: Node) -> tuple[int, ...]:
        """The extents of ∂root/∂v; of a Jacobian those that are longer than 1, root's first."""
        if not self.out:
            return self.shape(v)
        return tuple(n for n in (*self.shape(self.root), *self.shape(v)) if n != 1)

    # ── formulas ──

    def with_index_letters(self, expr: Expr, free: Iterable[Expr], ends: Mapping[Expr, Expr] | None = None) -> Expr:
        """The indices that sums run over as letters; free: those that are in use. ends: how far these go."""
        return with_index_letters(expr, free, self.pool, ends)

    def without_made_up(self, expr: Expr) -> Expr:
        """The expression with made-up letters written out, unless that takes more than `_WRITTEN_OUT` operations."""
        if not self.made_up or self._whole_cost(expr) > _WRITTEN_OUT:
            return expr
        for name in reversed(list(self.made_up)):
            node = self.made_up[name]
            found = self._standing(expr, name) if self._can_be_written_out(node) else []
            if not found:
                continue
            whole, shape = self.written_out(node), self.shape(node)
            put = {}
            for a in found:
                given = iter(a.indices if isinstance(a, sp.Indexed) else ())
                put[a] = whole.at(*(sp.Integer(1) if n == 1 else next(given) for n in shape))
            expr = expr.xreplace(put)
        return expr

    def _can_be_written_out(self, node: Any) -> bool:
        if not isinstance(node, Node) or node.rule is None or node is self.wrt:
            return False
        return has_entries(node.rule) and not self._is_masked(node)

    @staticmethod
    def _standing(expr: Expr, name: str) -> list[Expr]:
        """Where a letter stands in an expression, with its indices."""
        found = [a for a in expr.atoms(sp.Indexed) if str(a.base.label) == name]
        return found or [a for a in expr.free_symbols if a == sp.Symbol(name)]

    def _whole_cost(self, expr: Expr) -> int:
        """How many operations a formula has when its made-up letters are written out."""
        costs: dict[int, int] = {}
        depth: dict[int, int] = {}
        for node in self.sizes.nodes:
            label = self.label(node)
            stands = label is not None and label not in self.made_up
            below = [] if stands else [id(a) for a in node.args if isinstance(a, Node)]
            depth[id(node)] = _is_function(node) + max((depth[a] for a in below), default=0)
            deep = depth[id(node)] > 2 * _NESTED
            costs[id(node)] = min(1 + sum(costs[a] for a in below), _WRITTEN_OUT) if not deep else _WRITTEN_OUT
        total = int(expr.count_ops())
        walk = sp.preorder_traversal(expr)
        for a in walk:
            if isinstance(a, sp.Indexed):
                walk.skip()  # its base is the same letter once more
            name = str(a.base.label) if isinstance(a, sp.Indexed) else a.name if isinstance(a, sp.Symbol) else None
            if name in self.made_up:
                total += costs.get(id(self.made_up[name]), 1)
                if total > _WRITTEN_OUT:
                    break
        return total


def _mask(x: Symbol) -> Symbol:
    """An array of truth values that has a letter: its entry is the condition that the letter's is not 0."""
    return Symbol(x.shape, lambda *indices: truth(x.at(*indices)))
