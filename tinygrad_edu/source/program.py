"""A recording as a short list of operations: equal ones are one, unneeded ones dropped, simple ones simplified."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.backward import ancestors
from ..engine.graph import Node, Rule, describe, leaf, mode, switched
from ..engine.rules import HOLE, TABLE
from ..errors import FrozenNumberError
from .tracing import Trace

Shape = tuple[int, ...]
# Rows whose array kernel is made of other rows: a program for the machine takes them apart, to share what they share.
APART = frozenset(["softplus", "sigmoid", "logistic_loss", "sigmoid_residual", "relu", "softmax", "log_softmax"])


class Op:
    """One line of a program: an input, a constant, or a row of the table applied to earlier lines.

    rule is None for inputs and constants. held: a constant's value; of an input read at every call, its node. dtype is
    None for Python's numbers. age: the index of the node it stands for, which says on what side of the loss it is.
    view: the result may share its memory with an operand. quiet: its kernel computes past an overflow on purpose.
    """

    __slots__ = ("age", "args", "dtype", "held", "kind", "name", "params", "quiet", "rule", "shape", "uses", "view")

    def __init__(
        self, kind: str, rule: Rule | None, args: tuple[Op, ...], params: dict[str, Any], shape: Shape, dtype: Any
    ) -> None:
        self.kind, self.rule, self.args, self.params = kind, rule, args, params
        self.shape, self.dtype = shape, dtype
        self.held: Any = None
        self.name: str | None = None
        self.age = -1
        self.uses = 0
        self.quiet = False
        self.view = rule is not None and rule.moves not in ("", "converted")

    def __repr__(self) -> str:
        called = self.held if self.kind == "const" else getattr(self.held, "name", None) or self.name
        return f"<{self.kind} {self.rule.name if self.rule else called} {self.shape} {self.dtype}>"

    def is_number(self, value: float) -> bool:
        """Whether this is the constant number `value`, of whose two zeros one is not the other."""
        if self.kind != "const" or self.shape or self.held != value:
            return False
        return math.copysign(1.0, self.held) == math.copysign(1.0, value)


def _frozen(value: Any) -> Any:
    """A row's parameter as something that can be compared and hashed."""
    if isinstance(value, slice):
        return ("slice", value.start, value.stop, value.step)
    if isinstance(value, (tuple, list)):
        return tuple(map(_frozen, value))
    if isinstance(value, np.ndarray):
        return ("array", value.shape, value.dtype.str, value.tobytes())
    return (value.__class__, value)


class Program:
    """A trace's operations in order. inputs: one per argument; tensors: what is read at every call; out: results.

    checks: of an operation, the functions that are to be called on its result at every call, with further parameters.
    """

    def __init__(self, trace: Trace, *, apart: bool, widened: bool = False) -> None:
        """apart: whether rows of `APART` are taken apart. widened: whether `_widened` is done, as XLA needs it."""
        self.trace, self.apart, self.widened = trace, apart, widened
        self.ops: list[Op] = []
        self.of: dict[Node, Op] = {}
        self.tensors: list[Op] = []
        self.landmarks: set[Op] = set()  # gradients of what the user named: not taken apart
        self._known: dict[Any, Op] = {}
        self._arrays: dict[Any, Op] = {}
        self.inputs = [self._input(node) for node in trace.inputs]
        for cell in trace.outside.cells.values():
            self._outside(cell.node, cell, cell.name)
        # what reads a tensor that was moved reads it by name: the numbers it had then are no operand in the recording
        moved = [node for versions in trace.outside.moved.values() for _, node in versions]
        self._follow([*_nodes(trace.out), *(node for _, node, _ in trace.checks), *moved], trace.since)
        self.out = [self.operand(out) if _is_numeric(out) else None for out in trace.out]
        self.checks: dict[Op, list[tuple[Callable[..., None], tuple[Any, ...]]]] = {}
        for check, node, params in trace.checks:
            if (check, params) not in self.checks.setdefault(self.operand(node), []):
                self.checks[self.operand(node)].append((check, params))
        self.keep(self.out)
        if trace.outside.gradients:
            held = [op.held for op in self.tensors if isinstance(op.held, Node)]
            trace.modes.update({(id(x), "requires_grad"): (x, x.requires_grad) for x in held})

    def keep(self, out: Iterable[Op | None]) -> None:
        """Forget the operations that no result needs, and count the uses of the others."""
        wanted = {op for op in [*out, *self.checks] if op is not None}
        for op in wanted:
            op.uses = len(self.checks.get(op, ()))
        kept = []
        for op in reversed(self.ops):
            if op in wanted:
                kept.append(op)
                for a in op.args:
                    if a not in wanted:
                        wanted.add(a)
                        a.uses = 0
                    a.uses += 1
        self.ops = kept[::-1]
        self.tensors = [op for op in self.tensors if op in wanted]

    def release(self) -> None:
        """Forget the nodes the operations came from."""
        self.of, self._known, self._arrays = {}, {}, {}

    # ── from nodes ──

    def _input(self, node: Node) -> Op:
        op = Op("input", None, (), {}, np.shape(node._data), dtype_of(node._data))
        op.age, op.held = node.index, node
        self.of[node] = op
        return op

    def _follow(self, roots: list[Node], since: int) -> None:
        """The operations of all nodes that `roots` were made of, oldest first."""
        order = [node for node in reversed(ancestors(roots, all_nodes=True, since=since)) if node.index >= since]
        landmarks = {total for parent, total in cotangents(self.trace, order).items() if self._is_named(parent)}
        for node in order:
            if node not in self.of:
                self.of[node] = op = self._converted(node)
                if op.age < 0:
                    op.age = node.index
                if node in landmarks and op.kind == "op":
                    self.landmarks.add(op)

    def _is_named(self, node: Node) -> bool:
        return node in self.trace.names or (node.name is not None and node.rule is not None)

    def _converted(self, node: Node) -> Op:
        if node.rule is None:
            return self.constant(node._data)
        apart = self.apart and node.rule.name in APART and node.flags & 1
        composed = node.rule.array is node.rule.composed and not (node.rule.code and node.flags & 1)
        if apart or composed:
            return self._taken_apart(node)
        args = tuple([self.operand(a, node.index) for a in node.args])
        if self.widened and dtype_of(node._data) == np.float64 and all(map(_is_narrow, args)):
            args = self._widened(args)
        op = self.make(node.rule, args, node.params, np.shape(node._data), dtype_of(node._data))
        if (
            op.rule is not None
            and op.rule is node.rule
            and op.shape
            and op.rule.kind.name != "elementwise"
            and not op.view
        ):
            held = [a._data if isinstance(a, Node) else a for a in node.args]
            op.view = any(isinstance(x, np.ndarray) and np.may_share_memory(node._data, x) for x in held)
        return op

    def _widened(self, args: tuple[Op, ...]) -> tuple[Op, ...]:
        """Narrow operands as floats of 64 bits: XLA computes with 32 where NumPy makes 64 of them."""
        kind = np.dtype(float)
        return tuple([self.make(rules.astype, (a,), {"dtype": kind}, a.shape, kind) if a.dtype else a for a in args])

    def _taken_apart(self, node: Node) -> Op:
        """A row by what its array kernel does: the kernel, run on nodes."""
        since = rules.identity(node).index  # younger than everything there is
        with switched(tracing=self.trace), np.errstate(all="ignore"):
            inner = node.rule.array(*node.args, **node.params)  # type: ignore[union-attr]
        if not isinstance(inner, Node):
            return self.operand(inner)
        known = len(self.ops)
        self._follow([inner], since)
        if "errstate" in node.rule.array.__code__.co_names:  # type: ignore[union-attr]
            for op in self.ops[known:]:
                op.quiet = True
        return self.of[inner]

    def _outside(self, node: Node, held: Any, name: str | None) -> Op:
        """The line of a program that reads `held`, a tensor outside of the function, at every call."""
        op = self._input(node)
        op.kind, op.held, op.name = "tensor", held, name
        self.tensors.append(op)
        return op

    def _tensor(self, node: Node) -> Op:
        """A tensor that f closes over; of a derivative around the program it would lose the gradient."""
        if node.requires_grad and mode.deriving is not None and node.index >= mode.deriving:
            raise FrozenNumberError(
                f"a function that is recorded closes over {describe(node)}, through which a derivative is being taken: "
                "its gradient would be lost; make it an argument"
            )
        return self._outside(node, node, node.name)

    def operand(self, a: Any, at: float = math.inf) -> Op:
        """What an operation recorded at the index `at` was called on, as a line of the program."""
        if isinstance(a, Node):
            if a in self.trace.outside.moved:
                a = self.trace.outside.version(a, at)
            return self.of.get(a) or self._tensor(a)
        return self.constant(a)

    def constant(self, value: Any) -> Op:
        """A number or an array that no argument changes. Numbers are shared, arrays are held, not copied."""
        if isinstance(value, np.ndarray) and value.ndim:
            # a text says equal arrays once; a program for the machine holds the very arrays it was given
            key = id(value) if self.apart or value.size > 1000 else _frozen(value)
            op = self._arrays.get(key)
            if op is None:
                op = self._arrays[key] = Op("const", None, (), {}, value.shape, value.dtype)
                op.held = value
            return op
        if isinstance(value, (list, tuple)):
            return self.constant(np.asarray(value))
        if isinstance(value, np.ndarray):
            value = value[()]
        key = (value.__class__, repr(value))
        op = self._known.get(key)
        if op is None:
            op = self._known[key] = Op("const", None, (), {}, (), dtype_of(value))
            op.held = value
        return op

    # ── operations ──

    def make(self, rule: Rule, args: tuple[Op, ...], params: dict[str, Any], shape: Shape, dtype: Any) -> Op:
        """The operation, or what is equal to it and there already or simpler."""
        if rule.kind.name == "elementwise" and dtype is not None:
            args = _without_repetition(args, shape)
            if (rule.signs or rule.powers) and np.dtype(dtype).kind == "f":  # 1 − y and 1.0 − y are one thing
                args = tuple([self.constant(float(a.held)) if a.held.__class__ is int else a for a in args])
        simplify = _SIMPLER.get(rule.name)
        if simplify is not None:
            found = simplify(self, args, params, shape, dtype)
            if found is not None:
                return found
        key = (rule, args, _frozen(tuple(params.items())) if params else None, dtype)
        op = self._known.get(key)
        if op is not None and op.shape == shape:
            return op
        if args and dtype is None and all(a.kind == "const" and a.dtype is None for a in args):
            with np.errstate(all="ignore"):
                return self.constant(rule.compute([a.held for a in args], params))
        op = self._known[key] = Op("op", rule, args, params, shape, dtype)
        self.ops.append(op)
        return op


def cotangents(trace: Trace, nodes: Iterable[Node]) -> dict[Node, Node]:
    """For each node that a derivative reached, the node that is the sum of what reached it."""
    sums = {(id(node.x), id(node.y)): node for node in nodes if node.rule is not None and node.rule.signs == (1, 1)}
    found = {}
    for parent, contributions in trace.contributions.items():
        total = contributions[0][1]
        for _, c in contributions[1:]:
            total = sums.get((id(total), id(c)), total)
        found[parent] = total
    return found


def dtype_of(data: Any) -> Any:
    """The dtype of an array or NumPy scalar; None of Python's numbers."""
    return getattr(data, "dtype", None)


def _is_narrow(a: Op) -> bool:
    """Whether an operand holds integers, truth values, or floats of fewer than 64 bits."""
    return a.dtype.kind in "biu" or a.dtype.itemsize < 8 if a.dtype is not None else isinstance(a.held, int)


def _is_numeric(x: Any) -> bool:
    return isinstance(x, (Node, np.ndarray, np.generic, float, int)) and not isinstance(x, bool)


def _without_repetition(args: tuple[Op, ...], shape: Shape) -> tuple[Op, ...]:
    """Operands as they were before they were repeated, where the operation itself repeats them."""
    found = list(args)
    for i, a in enumerate(args):
        while _adds_axes(a):
            inner = a.args[0]
            shapes = [inner.shape if j == i else b.shape for j, b in enumerate(found)]
            if np.broadcast_shapes(*shapes) != shape or inner.dtype not in (None, a.dtype):
                break
            a = found[i] = inner
    return tuple(found)


def _adds_axes(a: Op) -> bool:
    """Whether an operation does to its operand what broadcasting does, too: repeat it, put axes in front."""
    if a.rule is None or a.rule.moves not in ("repeated", "in order"):
        return False
    inner = a.args[0].shape
    return a.rule.moves == "repeated" or (len(a.shape) > len(inner) and a.shape[len(a.shape) - len(inner) :] == inner)


# ── what is simpler: each takes (program, args, params, shape, dtype) and gives an operation or None ──

Simplification = Callable[..., "Op | None"]


def _same(x: Op, shape: Shape, dtype: Any) -> Op | None:
    return x if x.shape == shape and x.dtype == dtype else None


def _identity(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    return _same(args[0], shape, dtype)


def _astype(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    """A number's repetitions in another dtype are its repetitions in that dtype; a float is one already."""
    x = args[0]
    if dtype is not None or np.dtype(params["dtype"]).kind == "f":
        same = _same(x, shape, dtype)
        if same is not None:
            return same
    if x.rule is not None and x.rule.moves == "repeated" and x.args[0].dtype is None:
        return program.make(x.rule, x.args, x.params, shape, dtype)
    return None


def _inverse_of(name: str) -> Simplification:
    """The simplification of an operation whose operand is the inverse operation `name`: what that was applied to."""

    def simplify(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
        x = args[0]
        if x.rule is not None and x.rule.name == name:
            return _same(x.args[0], shape, dtype)
        return None

    return simplify


def _reshape(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    x = args[0]
    if x.rule is not None and x.rule.moves == "in order" and x.dtype == x.args[0].dtype:
        inner = x.args[0]
        return _same(inner, shape, dtype) or program.make(rules.reshape, (inner,), {"shape": shape}, shape, dtype)
    if x.rule is not None and x.rule.folds and not x.params["keepdims"] and x.params["axis"] is not None:
        kept = tuple(1 if a in x.params["axis"] else n for a, n in enumerate(x.args[0].shape))
        if kept == shape:
            return program.make(x.rule, x.args, {**x.params, "keepdims": True}, shape, dtype)
    return _same(x, shape, dtype)


def _getitem(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    """All of an array, or an array at all places: the array."""
    return _same(args[0], shape, dtype) if params["key"] in ((), (Ellipsis,)) else None


def _is_count(op: Op) -> bool:
    """Whether this is a count of entries, or a number made of counts: the N of a mean."""
    return (op.rule is not None and op.rule.counts) or (
        op.kind == "op" and op.dtype is None and all(a.kind == "const" or _is_count(a) for a in op.args)
    )


def _is_quotient(op: Op) -> bool:
    return op.rule is not None and op.rule.powers == (1, -1)


def _is_negated(op: Op) -> bool:
    return op.rule is not None and op.rule.signs == (-1,)


def _over_count(op: Op) -> tuple[Op, Op] | None:
    """(a, n) of an operation a/n whose n is a count."""
    if _is_quotient(op) and op.dtype is not None and _is_count(op.args[1]):
        return op.args[0], op.args[1]
    return None


def _share(op: Op) -> tuple[Op, Op] | None:
    """(c, n) of a number c/n whose n is a count and whose c is a constant: the 1/N of a mean."""
    if _is_quotient(op) and op.dtype is None and op.args[0].kind == "const" and _is_count(op.args[1]):
        return op.args[0], op.args[1]
    return None


def _multiply(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    for x, y in (args, args[::-1]):
        if dtype is None and y.rule is not None and not y.rule.differentiable:
            continue  # a truth value times a number is a number
        if x.is_number(1.0) and x.dtype is None and (y.kind != "const" or y.shape):
            found = _same(y, shape, dtype)
            if found is not None:
                return found
        if x.is_number(-1.0) and x.dtype is None and y.shape == shape and y.dtype == dtype:
            return program.make(rules.negative, (y,), {}, shape, dtype)
        mean = _share(x)
        if mean is not None and y.dtype is None and y.kind == "const":
            return program.make(rules.divide, (program.constant(mean[0].held * y.held), mean[1]), {}, shape, dtype)
        if mean is not None and y.shape == shape and y.dtype == dtype:  # (c/n)·y = (c·y)/n
            top = program.make(rules.multiply, (mean[0], y), {}, shape, dtype)
            return program.make(rules.divide, (top, mean[1]), {}, shape, dtype)
    for x, y in (args, args[::-1]):  # minus signs and the 1/N of a mean come to the front
        over = _over_count(x)
        if _is_negated(x) and x.shape == shape and x.dtype == dtype:
            inner = (x.args[0], y) if x is args[0] else (y, x.args[0])
            return program.make(
                rules.negative, (program.make(rules.multiply, inner, {}, shape, dtype),), {}, shape, dtype
            )
        if over is not None and x.shape == shape and x.dtype == dtype and x not in program.landmarks:
            inner = (over[0], y) if x is args[0] else (y, over[0])
            top = program.make(rules.multiply, inner, {}, shape, dtype)
            return program.make(rules.divide, (top, over[1]), {}, shape, dtype)
    return None


def _divide(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    x, y = args
    if y.is_number(1.0) and y.dtype is None and x.kind != "const":
        return _same(x, shape, dtype)
    if x.shape != shape or x.dtype != dtype:
        return None
    if _is_negated(x) and not _is_count(y):
        return program.make(
            rules.negative, (program.make(rules.divide, (x.args[0], y), {}, shape, dtype),), {}, shape, dtype
        )
    over = _over_count(x)
    if over is not None and not _is_count(y) and x not in program.landmarks:
        return program.make(
            rules.divide, (program.make(rules.divide, (over[0], y), {}, shape, dtype), over[1]), {}, shape, dtype
        )
    return None


def _added(sign: str) -> Simplification:
    """Sums and differences: nothing plus zero, minus of a minus, and a common divisor taken out."""

    def simplify(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
        x, y = args
        other = rules.subtract if sign == "add" else rules.add
        fractional = dtype is None or np.dtype(dtype).kind == "f"
        if sign == "add" and x is y and fractional and not (program.apart or x.kind == "const" or _is_count(x)):
            # for a reader, to whom 2x says more; the same to the last bit
            return program.make(rules.multiply, (program.constant(2.0), x), {}, shape, dtype)
        if y.is_number(0.0) and y.dtype is None and sign == "subtract":
            return _same(x, shape, dtype)
        if _is_negated(y):
            return program.make(other, (x, y.args[0]), {}, shape, dtype)
        if sign == "add" and _is_negated(x):
            return program.make(rules.subtract, (y, x.args[0]), {}, shape, dtype)
        one, two = _over_count(x), _over_count(y)
        if one and two and one[1] is two[1] and x.shape == y.shape == shape and x.dtype == y.dtype == dtype:
            top = program.make(TABLE[sign], (one[0], two[0]), {}, shape, dtype)  # a/n + b/n = (a + b)/n
            return program.make(rules.divide, (top, one[1]), {}, shape, dtype)
        return None

    return simplify


def _negative(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    x = args[0]
    if _is_negated(x):
        return _same(x.args[0], shape, dtype)
    mean, over = _share(x), _over_count(x)
    if mean is not None:
        return program.make(rules.divide, (program.constant(-mean[0].held), mean[1]), {}, shape, dtype)
    if over is not None:
        return program.make(
            rules.divide, (program.make(rules.negative, (over[0],), {}, shape, dtype), over[1]), {}, shape, dtype
        )
    return None


def _power(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    x, y = args
    if y.is_number(1.0) and y.dtype is None:
        return _same(x, shape, dtype)
    if y.is_number(2.0) and y.dtype is None and dtype is not None and x.dtype == dtype:
        return program.make(rules.square, (x,), {}, shape, dtype)
    return None


def _absolute(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    x = args[0]
    return program.make(rules.absolute, x.args, {}, shape, dtype) if _is_negated(x) else None


def _take_along_axis(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    """For the machine, an indexing with the places along the other axes, which NumPy's function makes at every call."""
    if not program.apart:
        return None
    places = np.meshgrid(*map(np.arange, shape), indexing="ij", sparse=True)
    indices = [args[1] if a == params["axis"] else program.constant(each) for a, each in enumerate(places)]
    return program.make(rules.getitem, (args[0], *indices), {"key": (HOLE,) * len(shape)}, shape, dtype)


def _count(program: Program, args: tuple[Op, ...], params: Any, shape: Shape, dtype: Any) -> Op | None:
    """A count asks for the shape alone: that of an input, if one has it, so that nothing is computed for it."""
    x, pending = args[0], [args[0]]
    whole = params["axis"] is None or len(params["axis"]) == len(x.shape)
    for a in pending:  # the list grows while it is walked
        if a.kind in ("input", "tensor"):
            x = a
            break
        if a.rule is None or len(pending) > 100:
            continue
        if a.rule.kind.name == "elementwise":
            pending += [b for b in a.args if b.shape == a.shape and b not in pending]
        elif whole and (a.rule.moves in ("in order", "reordered") or a.rule.signature == "...->..."):
            pending.append(a.args[0])
        elif whole and a.rule.indexed and a.args[1:] and a.args[1].shape == a.shape:
            pending.append(a.args[1])
    if x is args[0]:
        return None
    return program.make(rules.count, (x,), {**params, "axis": None} if whole else params, shape, dtype)


_SIMPLER: dict[str, Simplification] = {
    "identity": _identity,
    "astype": _astype,
    "broadcast_to": _identity,
    "transpose": lambda program, args, params, shape, dtype: (
        _same(args[0], shape, dtype) if params["axes"] == tuple(range(len(params["axes"]))) else None
    ),
    "matrix_transpose": _inverse_of("matrix_transpose"),
    "reshape": _reshape,
    "expand_dims": _inverse_of("squeeze"),
    "squeeze": _inverse_of("expand_dims"),
    "getitem": _getitem,
    "scatter": _getitem,
    "multiply": _multiply,
    "divide": _divide,
    "add": _added("add"),
    "subtract": _added("subtract"),
    "negative": _negative,
    "power": _power,
    "absolute": _absolute,
    "count": _count,
    "take_along_axis": _take_along_axis,
    "sum": lambda program, args, params, shape, dtype: _same(args[0], shape, dtype) if params["axis"] == () else None,
}


def first_difference(one: Trace, two: Trace) -> Node | None:
    """None if two recordings of a function did the same; else the first node of the second that differs."""
    numbers = {node: i for i, node in enumerate(one.inputs)}
    others = {node: i for i, node in enumerate(two.inputs)}

    def differ(a: Any, b: Any) -> bool:
        """Whether two operands differ: nodes by their number among the nodes compared so far, all else by value."""
        if isinstance(a, Node) and isinstance(b, Node):
            return a is not b and numbers.get(a, -1) != others.get(b, -2)
        if isinstance(a, Node) or isinstance(b, Node):
            return True
        return not (a is b or _equal(a, b))

    first, second = _recorded_nodes(one), _recorded_nodes(two)
    for a, b in zip(first, second, strict=False):
        if a in numbers:
            continue
        if not _is_same_operation(a, b) or len(a.args) != len(b.args) or any(map(differ, a.args, b.args)):
            return b
        numbers[a] = others[b] = len(numbers)
    if len(first) != len(second):
        return max(first, second, key=len)[min(len(first), len(second))]
    for a, b in zip(one.out, two.out, strict=False):
        if (isinstance(a, str) or _is_numeric(a)) and differ(a, b):
            return b if isinstance(b, Node) else leaf(Node.classes[0], 0.0, False)
    return None


def _recorded_nodes(trace: Trace) -> list[Node]:
    """The nodes of a recording that its results were made of, oldest first."""
    order = ancestors(_nodes(trace.out), all_nodes=True, since=trace.since)
    return [node for node in reversed(order) if node.index >= trace.since]


def _is_same_operation(a: Node, b: Node) -> bool:
    """Whether two nodes were made by one row with equal parameters, or are leaves that hold the same."""
    if a.rule is not b.rule or np.shape(a._data) != np.shape(b._data):
        return False
    if a.rule is None:
        return _equal(a._data, b._data)
    return a.params is b.params or _frozen(tuple(a.params.items())) == _frozen(tuple(b.params.items()))


def _nodes(leaves: Sequence[Any]) -> list[Node]:
    return [x for x in leaves if isinstance(x, Node)]


def _equal(a: Any, b: Any) -> bool:
    return np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f")
