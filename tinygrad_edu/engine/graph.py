"""Nodes that record which operation made them, and of what. Knows no single operation.

A `Rule` is one row of the table (`rules.py`). Called on plain numbers it computes; called with a `Node` among its
arguments it computes and records. How gradients come back through what was recorded stands in `backward.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import combinations, count
from operator import attrgetter
from typing import Any, ClassVar

import numpy as np

from .constants import constant, numbers, scalar_or_array
from .facts import Facts
from .forking import lock_over_forks

NO_PARAMS: dict[str, Any] = {}
next_index = count().__next__
by_age = attrgetter("index")
_new = object.__new__


class _Mode(threading.local):
    """What this thread does beside computing: none of it is on the beaten track."""

    recording = True
    anomaly: Callable[..., None] | None = None
    tracing: Any = None  # the recording of a program that goes on, see the room `source`
    deriving: int | None = None  # while derivatives of functions are being taken: the index of their oldest input


mode = _Mode()
# How many `switched` blocks are open in any thread, and arrays handed out: while there are none, nobody asks for them.
switches = 0
# Called for a fresh node while arrays are handed out; `changes.py` sets it.
noticing: Callable[[Node], None] | None = None
_counting = lock_over_forks()  # re-entered where freeing an array ends a watch


def watching(more: int) -> None:
    """Count `more` reasons to look at fresh nodes."""
    global switches  # noqa: PLW0603 (a plain name is the cheapest thing to ask on the hot path)
    with _counting:
        switches += more


@contextmanager
def switched(**settings: Any) -> Iterator[None]:
    """Set attributes of this thread's `mode` for the length of a block."""
    before = {key: getattr(mode, key) for key in settings}
    watching(1)
    vars(mode).update(settings)
    try:
        yield
    finally:
        vars(mode).update(before)
        watching(-1)


class Kind:
    """How a row's contributions reach a parent: which shape they stand for, and whether `g` must be a whole array.

    name: elementwise, reduction or own. stands_for(contribution, node, parent): the shape a contribution stands for.
    needs_whole: False where a cotangent may stay a single number standing for an array of equal entries.
    """

    def __init__(self, name: str, stands_for: Callable[..., tuple[int, ...]], needs_whole: bool) -> None:
        self.name, self.stands_for, self.needs_whole = name, stands_for, needs_whole


class Rule(Facts):
    """One row of the table: a primitive operation, its derivatives, what its kernels are.

    vjps: one function (g, out, *args, **params) -> contribution for each argument (None: not differentiable towards
    it), or, for operations of any number of arguments, a function from an argument's position to such a function.
    arity: 1 or 2 (with a derivative towards each), or 0 for everything else. array, scalar: the kernels for arrays and
    for floats. facts: how the operation is written, and what else the row says of it, see `Facts`.
    """

    def __init__(
        self,
        name: str,
        vjps: Sequence[Callable[..., Any] | None] | Callable[[int], Callable[..., Any] | None],
        *,
        kind: Kind,
        arity: int,
        array: Callable[..., Any],
        scalar: Callable[..., Any] | None,
        doc: str = "",
        **facts: Any,
    ) -> None:
        self.name = self.__name__ = name
        self.vjps, self.kind, self.arity, self.array, self.scalar = vjps, kind, arity, array, scalar
        self.differentiable = bool(vjps)
        self.pairing: Callable[[Any, Any], Any] | None = None  # records two arrays, see `recorders.py`
        self.takes: int | None = getattr(array, "nin", None)  # how many operands, where NumPy would take `out` as well
        self.needs_whole, self.reduces = kind.needs_whole, kind.name == "reduction"
        self.__doc__ = doc
        self.state(name, facts)

    def __repr__(self) -> str:
        return f"<rule {self.name}>"

    def __get__(self, node: Any, owner: type) -> Any:
        return self if node is None else partial(self, node)  # so that a row can stand in a class as a method

    def vjp(self, position: int) -> Callable[..., Any] | None:
        """The derivative towards the argument at `position`, or None."""
        vjps = self.vjps
        if vjps.__class__ is tuple:
            return vjps[position] if position < len(vjps) else None
        return vjps(position)  # type: ignore[operator]

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Compute on plain numbers; with a node among them, record."""
        first = args[0] if args else None
        if first.__class__ is np.ndarray is args[-1].__class__ and len(args) <= 2:
            try:
                return self.array(*args, **params)  # what the rules of a backward pass mostly ask for
            except (TypeError, ValueError) as error:
                raise self._refused(args, error) from None
        if isinstance(first, Node) and not switches:  # fast paths of `record`
            if len(args) == 1:
                return record_one(self, first, params or NO_PARAMS)
            if self.pairing is not None and len(args) == 2 and not params and first.flags:
                return self.pairing(*args)
        for a in args:
            if isinstance(a, Node):
                return record(self, args, params or NO_PARAMS)
        try:
            return self.compute(args, params)
        except (TypeError, ValueError) as error:
            raise self._refused(args, error) from None

    def _refused(self, args: Sequence[Any], error: Exception) -> Exception:
        """What to raise where a kernel cannot take plain operands."""
        if self.opaque:
            return error
        try:
            for a in args:
                constant(self.name, a, 1)
        except (TypeError, ValueError) as reason:
            return reason
        return _explained(self, args, error)

    def compute(self, args: Sequence[Any], params: dict[str, Any]) -> Any:
        """The operation on plain numbers, by the kernel of whatever kind of number there is among `args`."""
        kernel = self.scalar
        for a in args:
            kind = a.__class__
            if kind is float or kind is int or kind is bool:
                continue
            if kind is np.ndarray:
                kernel = self.array
            else:
                foreign = getattr(a, "__kernel__", None)  # symbols bring their own kernels
                if foreign is not None:
                    return foreign(self)(*args, **params)
                if kind is list or kind is tuple:
                    return self.compute([numbers(b) if isinstance(b, (list, tuple)) else b for b in args], params)
                kernel = self.array
        if kernel is None or kernel is self.scalar:
            if kernel is not None:
                try:
                    return kernel(*args, **params)
                except (ArithmeticError, ValueError):
                    pass  # NumPy says what IEEE arithmetic makes of it, and warns
            out = self.array(*(np.float64(a) if a.__class__ is float else a for a in args), **params)
            return out.item() if np.ndim(out) == 0 else out
        return kernel(*args, **params)


class Node:
    """A number or an array that remembers which operation made it, and of what.

    The operands stand in `x` and `y` (`x` holds them all, as a tuple, where there are neither one nor two): two slots
    are a third cheaper than a tuple. `index` is the order of creation, so that sorting by it is a topological sort.
    """

    __slots__ = ("__weakref__", "_data", "_grad", "_name", "index", "params", "requires_grad", "rule", "x", "y")
    # Which class a result has is the union of its operands' flags: `classes[flags]` (a Value with a Tensor: a Tensor).
    flags: ClassVar[int]
    classes: ClassVar[dict[int, type[Node]]] = {}
    __hash__ = object.__hash__
    _data: Any
    _grad: Any
    _name: str | None
    index: int
    params: dict[str, Any]
    requires_grad: bool
    rule: Rule | None
    x: Any
    y: Any

    @property
    def op(self) -> str | None:
        """The primitive's name; None for a leaf."""
        return self.rule.name if self.rule is not None else None

    @property
    def args(self) -> tuple[Any, ...]:
        """What the operation was called on, constants included."""
        if self.rule is None:
            return ()
        arity = self.rule.arity
        return (self.x,) if arity == 1 else (self.x, self.y) if arity == 2 else self.x

    @property
    def parents(self) -> tuple[Node, ...]:
        """The nodes among `args`, as often as they stand there."""
        return tuple([a for a in self.args if isinstance(a, Node)])

    @property
    def name(self) -> str | None:
        """What the user calls it; pictures, derivations and errors do the same."""
        try:
            return self._name
        except AttributeError:
            return None

    @name.setter
    def name(self, name: str | None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a name is a str, not {type(name).__name__}")
        self._name = name


def leaf(cls: type[Node], data: Any, requires_grad: bool, name: str | None = None) -> Any:
    """A node that no operation made."""
    node = _new(cls)
    fill_leaf(node, data, requires_grad, name)
    return node


def fill_leaf(node: Node, data: Any, requires_grad: bool, name: str | None) -> None:
    """Give a fresh node what a leaf has."""
    node._data, node.requires_grad, node.name = data, requires_grad, name
    node.rule = node.x = node.y = node._grad = None
    node.params = NO_PARAMS
    node.index = next_index()


def plain(a: Any) -> Any:
    """What a node holds; anything else as it is."""
    return a._data if isinstance(a, Node) else a


def record(rule: Rule, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Compute `rule` on what `args` hold, and return a node that remembers it."""
    flags = 0
    needs = odd = False
    values = []
    for a in args:
        if isinstance(a, Node):
            flags |= a.flags
            if a.requires_grad:
                needs = True
            values.append(a._data)
        else:
            if a.__class__ is not float and a.__class__ is not int:
                flags |= isinstance(a, (np.ndarray, list, tuple))
                odd = odd or a.__class__ is not np.ndarray
            values.append(a)
    if odd:
        args = tuple([a if isinstance(a, Node) else constant(rule.name, a, flags, rule.opaque) for a in args])
        values = [plain(a) for a in args]
    try:
        _refuse_settings(rule, args, params)
        data = rule.array(*values, **params) if flags & 1 else rule.compute(values, params)
    except (ValueError, IndexError, np.linalg.LinAlgError, TypeError, ArithmeticError) as error:
        raise _explained(rule, args, error) from None
    if flags & 1:
        if data.__class__ is int:  # how many entries an array has is a bare number
            flags &= ~1
    elif data.__class__ is not float:
        data, flags = scalar_or_array(data, flags)
    node = _new(Node.classes[flags])
    node._data, node._grad = data, None
    node.index = next_index()
    node.params = params
    node.rule = rule
    node.requires_grad = needs and rule.differentiable
    if rule.arity == 2:
        node.x, node.y = args
    else:
        node.x = args[0] if rule.arity == 1 else args
        node.y = None
    if switches:
        _attend(node)
    return node


def _refuse_settings(rule: Rule, args: tuple[Any, ...], params: dict[str, Any]) -> None:
    """Raise TypeError for what NumPy takes beside operands: nothing would record that it writes to `out`."""
    takes = rule.takes
    if takes is not None and (params or len(args) != takes):
        beside = f"no {', '.join(params)}" if params else f"not {len(args)}"
        raise TypeError(f"takes {takes} operand{'s' if takes > 1 else ''}, {beside}")


def record_one(rule: Rule, x: Node, params: dict[str, Any]) -> Any:
    """`record` for a single operand, without the questions that cannot arise then: a fast path."""
    flags = x.flags
    kernel = rule.array if flags else rule.scalar
    if kernel is None or (rule.takes is not None and (params or rule.takes > 1)):
        return record(rule, (x,), params)
    try:
        data = kernel(x._data, **params) if params else kernel(x._data)
    except (ArithmeticError, ValueError, IndexError, TypeError):
        return record(rule, (x,), params)
    if flags:
        if data.__class__ is int:
            flags = 0
    elif data.__class__ is not float:
        data, flags = scalar_or_array(data, flags)
    node = _new(Node.classes[flags])
    node._data, node._grad = data, None
    node.index = next_index()
    node.params = params
    node.rule = rule
    node.requires_grad = x.requires_grad and rule.differentiable
    node.x, node.y = x if rule.arity == 1 else (x,), None
    return node


def _attend(node: Node) -> None:
    """What the switches of this thread ask of a fresh node."""
    if noticing is not None:
        noticing(node)
    if mode.anomaly is not None:
        mode.anomaly(node)
    if not mode.recording:
        node.requires_grad = False
        if mode.tracing is None:  # a program is to compute what it does not derive as well
            node.rule = node.x = node.y = None
            node.params = NO_PARAMS


def leaving(node: Node, how: str) -> None:
    """Somebody reads a node's numbers: a recording that goes on does not want them in its program."""
    if mode.tracing is not None:
        mode.tracing.left(node, how)


def describe(a: Any) -> str:
    """An operand in an error: its name, or what made it, and its shape."""
    if isinstance(a, Node):
        label = a.name or (f"the result of {a.op}" if a.rule is not None else "an unnamed leaf")
        return f"{label} {np.shape(a._data)}"
    if isinstance(a, (np.ndarray, list, tuple)):
        return f"an array {np.shape(a)}"
    return repr(a)


def _explained(rule: Rule, args: Sequence[Any], error: Exception) -> Exception:
    """The error with the operation and its operands before it."""
    kind = TypeError if isinstance(error, TypeError) else type(error)  # NumPy's kinds of TypeError take other arguments
    return kind(explain(rule, args, error))


def explain(rule: Rule, args: Sequence[Any], error: Exception) -> str:
    """One line about operands that do not fit: the operation, the user's names, the shapes, the reason."""
    operands = [a for a in args if isinstance(a, (Node, np.ndarray, float, int, list))]
    shapes = [np.shape(plain(a)) for a in operands]
    texts = [a.dtype for a in operands if isinstance(a, np.ndarray) and a.dtype.kind in "USV"]
    reasons = [f"an array of {dtype} holds no numbers" for dtype in texts]
    reasons += [rule.misfit(*pair) for pair in combinations(shapes, 2)] if rule.misfit else []
    joint = f" {rule.infix} " if rule.infix else ", "
    return f"{rule.name}: {joint.join(map(describe, operands))}: {next(filter(None, reasons), error)}"
