"""A recorded graph at other sizes and on other numbers: which, and how the graph is made anew.

A claim is tried at several points. At each, the leaves hold fresh numbers in the manner of the recorded ones
(`sampling`) and the free sizes have other lengths, so that N, D and the number 2 are told apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np

from ..engine import graph, rules
from ..engine.backward import ancestors
from ..engine.graph import Node, leaf, record
from ..errors import ReplayError
from ..paper.size import Size
from ..paper.sizes import Sizes, counts_up
from .points import Place, Point
from .sampling import Draw, integers, is_square_pattern, kind_of, kind_of_constant, near, pattern_of, reals

_LENGTHS = (5, 3, 4, 7, 2, 6, 11, 13, 17, 19, 23)
_OTHER_LENGTHS = (3, 7, 5, 4, 11, 2, 13, 6, 19, 17, 23)
_ATTEMPTS = 4
# What people write in front of squares
_OF_SQUARES = (2.0, 0.5, -2.0, -0.5)


class Reading:
    """What a bare number in an expression may stand for: itself, or a size that was equal to it at recording.

    text: how the reading is said; value: the number at other lengths, from the recorded one; sizes: those it is made
    of, none where it is itself.
    """

    def __init__(self, text: str, value: Callable[[Mapping[Size, int]], float], sizes: Sequence[Size] = ()) -> None:
        self.text, self.value, self.sizes = text, value, tuple(sizes)


class Setting:
    """What a point is computed on.

    plan: the lengths of the free sizes. rng: draws the numbers; None for the recorded ones. by_number: how bare numbers
    are read. wide: numbers of one sign are drawn with either where nothing forbids it. held: bare arrays stay as they
    are. attempt: how often numbers were drawn in vain.
    """

    def __init__(
        self,
        plan: Mapping[Size, int],
        rng: np.random.Generator | None,
        by_number: Mapping[Any, Reading] | None = None,
        *,
        wide: bool = False,
        held: bool = False,
    ) -> None:
        self.plan, self.rng, self.by_number, self.wide, self.held = plan, rng, by_number or {}, wide, held
        self.attempt = 0
        self.keeping: Node | None = None  # a leaf that stays as it was recorded

    @property
    def widely(self) -> bool:
        """Whether numbers of one sign are drawn with either in this attempt."""
        return self.wide and self.attempt == 0


class Replay:
    """The points at which claims about ∂loss/∂wrt are tried.

    extra: nodes to compute along, beside the loss. letters: what a derivation calls nodes and arrays that have no name.
    names: the nodes that claims can speak of.
    """

    def __init__(
        self, loss: Node, wrt: Node, extra: Iterable[Node] = (), letters: Mapping[str, Any] | None = None
    ) -> None:
        self.loss, self.wrt = loss, wrt
        roots = [loss, *(node for node in extra if node is not loss)]
        self.sizes = Sizes(roots if len(roots) > 1 else loss)
        self.nodes = ancestors(roots, all_nodes=True)[::-1]
        if not any(node is wrt for node in self.nodes):
            raise ValueError(f"derive: {graph.describe(loss)} does not depend on {graph.describe(wrt)}")
        known = set(self.nodes)
        letters = letters or {}
        self.names = {letter: a for letter, a in letters.items() if isinstance(a, Node) and a in known}
        self.names |= {node.name: node for node in self.nodes if node.name}
        self.lettered_arrays = self._places_of({k: a for k, a in letters.items() if not isinstance(a, Node)})
        self._users = _users(self.nodes)
        self._draws: dict[int, Draw] = {}
        self._points: dict[tuple[tuple[Reading, ...], bool], list[Point]] = {}

    def _places_of(self, arrays: Mapping[str, Any]) -> dict[str, Place]:
        """Where in the graph each of these arrays stands as an argument."""
        letters = {id(a): letter for letter, a in arrays.items()}
        return {
            letters[id(a)]: (node, position)
            for node in self.nodes
            for position, a in enumerate(node.args)
            if id(a) in letters and np.ndim(a)
        }

    # ── the points ──

    @cached_property
    def recorded(self) -> Point:
        """The recorded numbers themselves."""
        with np.errstate(all="ignore"):
            return self._computed(Setting({}, None))

    def points(self, readings: tuple[Reading, ...] = (), held: bool = False) -> list[Point]:
        """Other numbers at other sizes, and at the recorded ones. held: with the bare arrays as they are."""
        key = (readings, held)
        if key not in self._points:
            self._points[key] = list(self._made(readings, held))
        return self._points[key]

    def keeping(self, node: Node) -> list[Point]:
        """Other numbers at the recorded sizes, except in one leaf."""
        found = []
        for seed in (3000, 3001):
            setting = Setting({}, np.random.default_rng(seed))
            setting.keeping = node
            try:
                found.append(self._point(setting))
            except ReplayError:
                return []
        return found

    @cached_property
    def holds_arrays(self) -> bool:
        """Whether the expression has bare arrays of no particular pattern, which only a closure can know."""
        return bool(self._unpatterned)

    @cached_property
    def _unpatterned(self) -> list[Any]:
        held = [np.asarray(a) for a in self.sizes.constants]
        return [a for a, h in zip(self.sizes.constants, held, strict=True) if h.size > 1 and pattern_of(h) is None]

    def _made(self, readings: Sequence[Reading], held: bool) -> Iterable[Point]:
        plans = self._plans(held)
        failed = False
        by_number = {_key(at): reading for at, reading in zip(self.numbers, readings, strict=False)}
        for number, plan in enumerate(plans):
            setting = Setting(plan, np.random.default_rng(1000 + number), by_number, wide=number % 2 == 1, held=held)
            try:
                yield self._point(setting)
            except ReplayError:
                failed = True
        if failed or len(plans) < 3:
            for number in range(2):
                try:
                    yield self._point(Setting({}, np.random.default_rng(2000 + number), by_number, held=held))
                except ReplayError:
                    return

    def _plans(self, held: bool) -> list[dict[Size, int]]:
        """Lengths for the free sizes: all different twice, and twice as equal as they are in the recording."""
        tied = {id(size) for a in self._unpatterned for size in self.sizes.axes(a)} if held else set()
        free = [size for size in self.sizes.free() if id(size) not in tied]
        if not free:
            return [{}, {}, {}]
        return [
            self._lengths(free, _LENGTHS, apart=True),
            self._lengths(free, _OTHER_LENGTHS, apart=True),
            self._lengths(free, (4, 3, 5, 2, 6, 7, 9, 11), apart=False),
            {},
        ]

    def _lengths(self, free: Sequence[Size], choice: Sequence[int], apart: bool) -> dict[Size, int]:
        plan: dict[Size, int] = {}
        equal: dict[int, int] = {}
        left = list(choice)
        for size in free:
            if not apart and size.recorded in equal:
                plan[size] = max(equal[size.recorded], size.least)
                continue
            fitting = [n for n in left if n >= size.least and n != size.recorded]
            plan[size] = fitting[0] if fitting else max(size.least, size.recorded) + len(plan) + 1
            if plan[size] in left:
                left.remove(plan[size])
            equal[size.recorded] = plan[size]
        for one, other in self._squares:  # a triangle or a unit matrix stays square
            if one in plan and other in plan:
                plan[one] = plan[other] = max(plan[one], plan[other])
        return plan

    @cached_property
    def _squares(self) -> list[tuple[Size, ...]]:
        """The axes of bare matrices whose pattern makes sense in squares only."""
        found = []
        for a in self.sizes.constants:
            held = np.asarray(a)
            if held.ndim == 2 and held.shape[0] == held.shape[1] and is_square_pattern(held):
                found.append(self.sizes.axes(a))
        return found

    def _point(self, setting: Setting) -> Point:
        """One point; numbers at which loss or gradient are not finite are drawn anew, nearer to the recorded."""
        reason = "the loss is not finite"
        with np.errstate(all="ignore"):
            for setting.attempt in range(_ATTEMPTS):
                try:
                    point = self._computed(setting)
                    if np.all(np.isfinite(point.loss._data)) and np.all(np.isfinite(point.truth)):
                        return point
                except (ValueError, IndexError, TypeError, np.linalg.LinAlgError) as error:
                    reason = str(error)
        raise ReplayError(reason)

    def _computed(self, setting: Setting) -> Point:
        """The graph's nodes once more, on the numbers of a setting."""
        twin: dict[Node, Node] = {}
        for node in self.nodes:
            size = self.sizes.shape(node, setting.plan)
            if node.rule is None:
                held = self._leaf_value(node, size, setting)
                twin[node] = leaf(type(node), held, node.requires_grad or node is self.wrt, node.name)
                continue
            args = [
                twin[a] if isinstance(a, Node) else self._constant(node, position, a, setting)
                for position, a in enumerate(node.args)
            ]
            there = record(node.rule, tuple(args), self._params(node, size))
            if np.shape(there._data) != size:
                raise ReplayError(f"{node.op} has shape {np.shape(there._data)} where {size} was planned")
            if node is self.wrt:
                there.requires_grad = True
            twin[node] = there
        return Point(self, setting.plan, twin, recorded=setting.rng is None, wide=setting.widely)

    def _leaf_value(self, node: Node, size: tuple[int, ...], setting: Setting) -> Any:
        """What a leaf holds at a point."""
        held = np.asarray(node._data)
        exact = held.astype(float) if held.dtype.kind == "f" else held
        if setting.rng is None or setting.keeping is node:
            return exact if node.flags & 1 else float(node._data)
        out = self._draw(node, setting)(size, setting.rng)
        return np.asarray(out, exact.dtype) if node.flags & 1 else float(out)

    def _draw(self, node: Node, setting: Setting) -> Draw:
        held = np.asarray(node._data)
        if self._places_indexed(node) or (_is_labels(held) and node is not self.wrt):
            return self._kind(node)
        if setting.attempt >= 2:  # twice in vain: stay close to what was recorded
            return near(held)
        return reals if setting.widely and node.requires_grad and self._unrestricted(node) else self._kind(node)

    def _kind(self, node: Node) -> Draw:
        found = self._draws.get(id(node))
        if found is None:
            held = np.asarray(node._data)
            index = self._index_draw(node, held)
            if index is None and not node.name and not node.requires_grad:
                index = kind_of_constant(held)  # a number that was wrapped, nothing a claim could speak of
            found = self._draws[id(node)] = index or kind_of(
                held.astype(float),
                free=node.requires_grad,
                asked=node is self.wrt,
                class_axis=self._class_axis(node),
            )
        return found

    def _class_axis(self, a: Any) -> int | None:
        """Along which axis of `a` classes stand, by the softmax they meet."""
        for axis, size in enumerate(self.sizes.axes(a)):
            if any(size is s for s in self._soft):
                return axis
        return None

    @cached_property
    def _soft(self) -> list[Size]:
        found = []
        for node in self.nodes:
            if node.rule is not None and node.rule.name in ("softmax", "log_softmax", "logsumexp"):
                axes = self.sizes.axes(node.args[0])
                axis = node.params["axis"]
                found += [axes[a] for a in (range(len(axes)) if axis is None else axis)]
        return found

    def _unrestricted(self, node: Node) -> bool:
        """Whether nothing made of `node` has a domain."""
        waiting, seen = [node], {node}
        while waiting:
            for user in self._users.get(waiting.pop(), ()):
                if _restricts(user):
                    return False
                if user not in seen:
                    seen.add(user)
                    waiting.append(user)
        return True

    # ── constants, places, shapes ──

    def _places_indexed(self, a: Any) -> list[Size]:
        """The sizes that `a` (a leaf or a constant) is an index into, if it is one."""
        return self._indexed.get(id(a), [])

    @cached_property
    def _indexed(self) -> dict[int, list[Size]]:
        found: dict[int, list[Size]] = {}
        for node in reversed(self.nodes):
            if node.rule is None:
                continue
            if node.rule.name in ("getitem", "scatter"):
                whole = node.args[0] if node.rule.name == "getitem" else node
                axes = iter(self.sizes.axes(whole))
                indices = iter(node.args[1:])
                key = node.params["key"]
                dims = len(self.sizes.axes(whole)) - sum(1 for k in key if k is not None and k is not Ellipsis)
                for k in key:
                    if k is None:
                        continue
                    if k is Ellipsis:
                        for _ in range(dims):
                            next(axes)
                        continue
                    size = next(axes)
                    if k is rules.HOLE:
                        found.setdefault(id(next(indices)), []).append(size)
            elif node.rule.name == "take_along_axis":
                size = self.sizes.axes(node.args[0])[node.params["axis"]]
                found.setdefault(id(node.args[1]), []).append(size)
            elif id(node) in found and node.rule.name in ("astype", "reshape", "expand_dims", "squeeze"):
                found.setdefault(id(node.args[0]), []).extend(found[id(node)])
        return found

    def _index_draw(self, a: Any, held: Any) -> Draw | None:
        """How to draw what is used as an index: counting on where it counts, else any place there is."""
        sizes = self._places_indexed(a)
        if not sizes or held.dtype == bool:
            return None
        if counts_up(held) and held.size > 1:
            return lambda shape, rng: np.arange(math.prod(shape)).reshape(shape)
        top = min(size.recorded if size.rigid else size.least for size in sizes)
        low = int(held.min()) if held.size and held.min() < 0 else 0
        return lambda shape, rng: integers(low, max(top - 1, low))(shape, rng).astype(int)

    def _constant(self, node: Node, position: int, a: Any, setting: Setting) -> Any:
        """What a bare number or array in the expression is at a point."""
        if isinstance(a, (bool, np.bool_)) or np.ndim(a) == 0:
            reading = setting.by_number.get(_key(a)) if not _is_exponent(node, position) else None
            return a if reading is None or setting.rng is None else reading.value(setting.plan)
        held = np.asarray(a)
        if setting.rng is None or (setting.held and pattern_of(held) is None):
            return held.astype(float) if held.dtype.kind == "f" else held
        found = self._draws.get(id(a))
        if found is None:
            found = self._draws[id(a)] = self._index_draw(a, held) or kind_of_constant(held)
        out = np.asarray(found(self.sizes.shape(a, setting.plan), setting.rng))
        return out.astype(held.dtype if held.dtype.kind in "iub" else float)

    @staticmethod
    def _params(node: Node, size: tuple[int, ...]) -> dict[str, Any]:
        """A node's parameters with the lengths of this point."""
        params = node.params
        if "shape" in params:
            return {**params, "shape": size}
        if "dtype" in params and np.dtype(params["dtype"]).kind == "f":
            return {**params, "dtype": np.dtype(float)}
        return params

    # ── bare numbers that may be sizes ──

    @cached_property
    def numbers(self) -> list[float]:
        """The bare numbers of the expression that may stand for a size, each once."""
        found: dict[Any, float] = {}
        for node in self.nodes:
            for position, a in enumerate(node.args):
                if not isinstance(a, Node) and np.ndim(a) == 0 and not _is_exponent(node, position):
                    value = float(a)
                    # a 0.5 or 2.0 typed out is the one of a square; computed ones (√4) and whole numbers may be sizes
                    typed = a.__class__ is float and value in _OF_SQUARES
                    if not typed and _key(a) not in found and self._readings_of(value):
                        found[_key(a)] = value
        return list(found.values())

    @cached_property
    def readings(self) -> list[tuple[Reading, ...]]:
        """The ways to read these numbers, the simplest first; one way, (), where there is nothing to choose."""
        choices = []
        for value in self.numbers:
            itself = Reading(f"{value:g}", _constantly(value))
            others = self._readings_of(value)
            # a number on what runs along that size is likelier the size; a weight on something else is a number
            choices.append([*others, itself] if self._counts(value) else [itself, *others])
        return list(product(*choices))[:8]

    def _counts(self, value: float) -> bool:
        """Whether a number may count what it stands beside: it is no ½ or 2, and there is an axis of that size."""
        if value in _OF_SQUARES:
            return False
        sizes = {id(size) for reading in self._readings_of(value) for size in reading.sizes}
        users = [
            node for node in self.nodes for a in node.args if not isinstance(a, Node) and not np.ndim(a) and a == value
        ]
        return any(id(size) in sizes for node in ancestors(users, all_nodes=True) for size in self.sizes.axes(node))

    def _readings_of(self, value: float) -> list[Reading]:
        """The sizes that a number may stand for, plain ones before twice a size, a root or a product."""
        if abs(value) in (0.0, 1.0):
            return []
        free = self.sizes.free()
        found = [
            _reading(text, form, (size,), value)
            for text, form in _FORMS
            for size in (free[:1] if "− 1" in text else free)
            if size.recorded > 1 and _is_near(form(size.recorded), value)
        ]
        for pair in combinations(free, 2):
            whole = math.prod(size.recorded for size in pair)
            found += [_reading(text, form, pair, value) for text, form in _FORMS[:2] if _is_near(form(whole), value)]
        return found[:3]


# How a size may stand in an expression as a number
_FORMS: tuple[tuple[str, Callable[[int], float]], ...] = (
    ("{n}", float),
    ("1/{n}", lambda n: 1.0 / n),
    ("√{n}", math.sqrt),
    ("1/√{n}", lambda n: 1.0 / math.sqrt(n)),
    ("2{n}", lambda n: 2.0 * n),
    ("1/(2{n})", lambda n: 0.5 / n),
    ("2/{n}", lambda n: 2.0 / n),
    ("{n} − 1", lambda n: n - 1.0),
    ("1/({n} − 1)", lambda n: 1.0 / (n - 1.0)),
)


def _is_near(value: float, given: float) -> bool:
    return abs(value - abs(given)) <= 1e-14 * abs(given)


def _reading(text: str, form: Callable[[int], float], sizes: Sequence[Size], given: float) -> Reading:
    """A number as a form of a size, or of a product of sizes, with the number's sign."""
    sign = math.copysign(1.0, given)

    def value(plan: Mapping[Size, int]) -> float:
        return sign * form(math.prod(size.value(plan) for size in sizes))

    letters = "·".join(str(size.letter) for size in sizes)
    return Reading(("−" if sign < 0 else "") + text.format(n=letters), value, sizes)


def _constantly(value: float) -> Callable[[Mapping[Size, int]], float]:
    return lambda plan: value


def _key(a: Any) -> Any:
    return float(a)


def _is_exponent(node: Node, position: int) -> bool:
    return node.rule is rules.power and position == 1


def _is_labels(held: Any) -> bool:
    values = set(np.unique(held).tolist())
    return values <= {0.0, 1.0} or values <= {-1.0, 1.0}


def _restricts(node: Node) -> bool:
    """Whether an operation is not defined everywhere."""
    rule = node.rule
    if rule is None or not any(low > -math.inf or high < math.inf for low, high in rule.domain):
        return False
    exponent = node.args[1] if rule is rules.power else None
    return not (exponent is not None and not isinstance(exponent, Node) and float(exponent).is_integer())


def _users(nodes: Sequence[Node]) -> dict[Node, list[Node]]:
    users: dict[Node, list[Node]] = {}
    for node in nodes:
        for parent in dict.fromkeys(node.parents):
            users.setdefault(parent, []).append(node)
    return users
