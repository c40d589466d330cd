"""Running a function on nodes that can be followed but not read, so that no number of this call gets into a program."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import Any, NoReturn

import numpy as np

from ..engine import changes, rules
from ..engine.backward import ancestors, sweep
from ..engine.graph import Node, Rule, describe, leaf, mode, switched
from ..engine.landing import spread
from ..engine.rules import identity
from ..errors import FrozenNumberError
from ..tensors.anomaly import users_line
from ..tensors.tensor import Tensor, Value
from ..tensors.trees import flatten
from .watching import watched, watched_with_names

_ADVICE = {
    "bool()": "a branch taken now would be taken at every call: use np.where, which chooses at every call",
    "str()": "print(repr(x)) says what stands there, without numbers",
    "a format": "print(repr(x)) says what stands there, without numbers",
    "an index": "pass it as a Python int, for which a program of its own is recorded",
}


def refuse(node: Node, how: str) -> NoReturn:
    """Say that `node` cannot be read here."""
    advice = _ADVICE.get(how, "go on with the node itself, and read the numbers from what the function returns")
    if mode.tracing is None:
        raise FrozenNumberError(
            f"{how} of {describe(node)}, which belongs to a recording that is over: a jitted function must return what "
            f"it computes instead of putting it somewhere outside{users_line()}"
        )
    raise mode.tracing.noted(
        f"{how} of {describe(node)} inside a function that is being recorded would freeze the number of this call "
        f"into the program; {advice}{users_line()}"
    )


class _Followed(Node):
    """What a traced Value and a traced Tensor share: whatever would read their numbers raises."""

    __slots__ = ()
    __hash__ = object.__hash__

    @property
    def data(self) -> Any:
        """Raises: a number read now would be frozen."""
        refuse(self, ".data")

    @data.setter
    def data(self, value: Any) -> None:
        refuse(self, "a write to .data")

    def item(self) -> Any:
        """Raises: a number read now would be frozen."""
        refuse(self, ".item()")

    def numpy(self) -> Any:
        """Raises: a number read now would be frozen."""
        refuse(self, ".numpy()")

    def tolist(self) -> Any:
        """Raises: numbers read now would be frozen."""
        refuse(self, ".tolist()")

    def __str__(self) -> str:  # noqa: PLE0307
        refuse(self, "str()")

    def __format__(self, spec: str) -> str:
        refuse(self, "a format")

    def __copy__(self) -> Any:
        refuse(self, "copy.copy (x.copy() is followed)")

    def __deepcopy__(self, memo: Any) -> Any:
        refuse(self, "copy.deepcopy (x.copy() is followed)")

    def __reduce_ex__(self, protocol: Any) -> Any:
        refuse(self, "pickling")

    def detach(self) -> Any:
        """The same numbers, followed on, but without a gradient."""
        node = identity(self)
        node.requires_grad = False
        return node

    def __float__(self) -> float:
        refuse(self, "float()")

    def __int__(self) -> int:
        refuse(self, "int()")

    def __index__(self) -> int:  # noqa: PLE0305
        refuse(self, "an index")

    def __bool__(self) -> bool:  # noqa: PLE0304
        refuse(self, "bool()")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        refuse(self, "np.asarray (or a write into an array)")

    def __contains__(self, item: Any) -> bool:
        refuse(self, "in")

    def __repr__(self) -> str:
        return f"<traced {describe(self)}>"


class TracedValue(_Followed, Value):
    """A number of a program."""

    __slots__ = ()
    flags = 2


class TracedTensor(_Followed, Tensor):
    """An array of a program."""

    __slots__ = ()
    flags = 3


Node.classes.update({2: TracedValue, 3: TracedTensor})


def _shaped_by_numbers(node: Node) -> bool:
    """Whether a result has as many entries as some of the program's numbers say."""
    if node.rule is rules.argwhere:
        return any(isinstance(a, Node) for a in node.args)
    if node.rule is None or not node.rule.indexed:
        return False
    return any(isinstance(i, Node) and getattr(i._data, "dtype", None) == np.bool_ for i in node.args[1:])


def follow(x: Any) -> Node:
    """A number or array as an input of a recording."""
    if isinstance(x, (np.ndarray, np.generic)):
        node: Node = leaf(TracedTensor, x, False)
    else:
        node = leaf(TracedValue, float(x), False)
    return node


class Constants:
    """Copies of the arrays that no argument changes, as they were when an operation of the recording read them.

    The arrays themselves belong to the user, who may write into them later, or while f still runs: a program that read
    them anew would be half old and half new, because what NumPy made of them is a number of the recorded call.
    """

    def __init__(self) -> None:
        self._copies: dict[int, tuple[np.ndarray, np.ndarray]] = {}  # by the array's id: the array, its last copy
        self._own: dict[int, np.ndarray] = {}  # the copies by their ids

    def held(self, value: Any) -> Any:
        """An array's copy; anything else as it is."""
        if not isinstance(value, np.ndarray) or id(value) in self._own:
            return value
        known = self._copies.get(id(value))
        if known is None or not same_bytes(value, known[1]):
            known = self._copies[id(value)] = value, value.copy()
            self._own[id(known[1])] = known[1]
        return known[1]

    def hold(self, node: Node) -> None:
        """Put copies in the place of the arrays among a fresh node's operands and parameters."""
        assert node.rule is not None
        if node.rule.arity == 0:
            node.x = tuple(map(self.held, node.x))
        else:
            node.x, node.y = self.held(node.x), self.held(node.y)
        if any(isinstance(value, np.ndarray) for value in node.params.values()):
            node.params = {key: self.held(value) for key, value in node.params.items()}


def same_bytes(one: np.ndarray, two: np.ndarray) -> bool:
    """Whether two arrays of one kind hold the same, NaN and signs of zeros included."""
    return one.dtype == two.dtype and one.shape == two.shape and one.tobytes() == two.tobytes()


class Cell:
    """A number or array outside of a recording that is read at every call, and perhaps written at its end."""

    def __init__(self, read: Callable[[], Any], write: Callable[[Any], None], name: str) -> None:
        self.name = name
        self.read, self.write = read, write
        self.node: Any = follow(read())
        self.now: Any = self.node

    @property
    def _data(self) -> Any:
        return self.read()


class Drawn(Cell):
    """Random numbers that a program draws anew at every call, by `read`; whose: what draws them, for errors."""

    def __init__(self, read: Callable[[], Any], like: Any, whose: str) -> None:
        self.name, self.read, self.whose = "drawn", read, whose
        self.node = self.now = follow(like)  # the recording itself draws nothing


class Outside:
    """What a recorded function changes outside of itself: tensors, their gradients, an optimiser's memory.

    Nothing of it is changed by the recording; `writes` are to be called with the program's further results, after each
    call. without_gradient: tensors that must have none when a call begins.
    """

    def __init__(self, since: int) -> None:
        self.since = since
        self.cells: dict[Any, Cell] = {}
        self.moved: dict[Node, list[tuple[int, Node]]] = {}
        self.gradients: dict[Node, tuple[Any, bool]] = {}  # what was there before, and whether it was set anew
        self.optimizers: list[Any] = []  # that made a step
        self.rates: dict[int, tuple[Any, Any]] = {}  # of optimisers that were given another, with the one from before
        self.counted: dict[int, dict[int, tuple[int, ...]]] = {}  # of an optimiser's parameters, which count together
        self.writes: list[Callable[[Any], None]] = []
        self.moving: list[Node] = []
        self.without_gradient: list[Node] = []

    def cell(self, key: Any, read: Callable[[], Any], write: Callable[[Any], None]) -> Cell:
        """The cell of this key."""
        if key not in self.cells:
            self.cells[key] = Cell(read, write, str(key[-1]))
        return self.cells[key]

    def touch(self, p: Node, *, anew: bool) -> None:
        """Remember the gradient that `p` had before the recording."""
        if p.index < self.since and p not in self.gradients:
            self.gradients[p] = p._grad, anew

    def receive(self, p: Node, g: Any) -> None:
        """A gradient that lands on a leaf, and is added to what is there, as without a recording."""
        self.touch(p, anew=False)
        if p.index < self.since and p._grad is not None and not isinstance(p._grad, Node):
            raise FrozenNumberError(
                f"backward inside a function that is being recorded would add to the gradient that {describe(p)} has "
                f"from before, a number: call zero_grad() first, or return the gradients instead{users_line()}"
            )
        p._grad = g if p._grad is None else p._grad + g

    def version(self, p: Node, at: float) -> Node:
        """The node that holds the numbers of tensor `p` for an operation recorded at the index `at`."""
        found = p
        for index, node in self.moved.get(p, ()):
            if index < at:
                found = node
        return found

    def leave(self) -> list[Any]:
        """Put everything back as it was; returns what is to be written at the end of each call."""
        for optimizer, rate in self.rates.values():
            optimizer._lr = rate
        self.moving = list(self.moved)
        values: list[Any] = [self.moved[p][-1][1] for p in self.moving]
        self.writes += [partial(_put, p) for p in self.moving]
        for p, (before, anew) in self.gradients.items():
            g, p._grad = p._grad, before
            if g is not before:
                values.append(g)
                self.writes.append(partial(_put_gradient, p))
            if not anew:
                self.without_gradient.append(p)
        for cell in self.cells.values():
            if cell.now is not cell.node:
                values.append(cell.now)
                self.writes.append(cell.write)
        return values


def _put(p: Node, value: Any) -> None:
    """Move a tensor's numbers, in place as an optimiser does; a program may have done it already."""
    if p._data.__class__ is not np.ndarray:
        p._data = _like(p, value)
    elif value is not p._data:
        np.copyto(p._data, np.asarray(value))


def _put_gradient(p: Node, g: Any) -> None:
    p._grad = _like(p, g)


def _like(p: Node, value: Any) -> Any:
    """A bare number for a Value, whose numbers are Python's floats."""
    return value if p.flags & 1 else float(value)


class Trace:
    """One recorded call of f.

    inputs: the nodes that entered. out: the leaves of what f returned, `rebuild` puts them back into its containers.
    contributions: for every node that a derivative reached, the operations it was reached through and what each handed
    on, in order. checks: what is to be asked of a node's numbers at every call. names: what the user's own functions
    called the nodes. fickle: whether f may have asked for the time or drawn. constants: copies of the arrays that no
    argument changes. modes: what else the program holds for, by an object's id and an attribute: which modules were
    in training, which settings they and an optimiser had, and, where f goes backward, which tensors outside of it
    required a gradient. refused: the first error about a number that f asked for. overwritten: arrays that f, run as
    it is, would have written over by now, each with the operator. since: the index of the first node.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        leaves: Sequence[Any],
        enter: Callable[..., Any],
        naming: bool,
        called: Sequence[str] = (),
    ) -> None:
        """leaves: the numbers and arrays to follow, `called` so in errors. enter: f's arguments of their nodes."""
        self.contributions: dict[Node, list[tuple[Node, Node]]] = {}
        self.names: dict[Node, str] = {}
        self.constants = Constants()
        self.checks: list[tuple[Callable[..., None], Node, tuple[Any, ...]]] = []
        self.modes: dict[tuple[int, str], tuple[Any, Any]] = {}
        self.refused: FrozenNumberError | None = None
        self.overwritten: list[tuple[np.ndarray, str]] = []
        self.inputs = [follow(x) for x in leaves]
        for node, name in zip(self.inputs, called, strict=False):
            node.name = name
        self.since = self.inputs[0].index if self.inputs else leaf(Value, 0.0, False).index
        self.outside = Outside(self.since)
        args, kwargs = enter(self.inputs)
        entered, _ = flatten([args, kwargs])
        with switched(tracing=self, anomaly=self._watch), np.errstate(all="ignore"):
            try:
                result = self._run(f, args, kwargs, naming)
            except Exception as error:
                self.outside.leave()
                if self.refused is None or self.refused is error:
                    raise
                raise self.refused from None  # NumPy wraps an error in a write into an array into one of its own
        changes = self.outside.leave()
        if self.refused is not None:
            raise self.refused  # f went on without what it asked for
        left, _ = flatten([args, kwargs])
        if len(left) != len(entered) or any(a is not b for a, b in zip(entered, left, strict=True)):
            raise FrozenNumberError(
                f"{getattr(f, '__name__', 'the function')} changes a list or dict among its arguments; its program "
                "would not: return what is new instead"
            )
        out, self.rebuild = flatten((result, changes) if changes else result)
        self.out = list(map(self.constants.held, out))
        self._refuse_results(getattr(f, "__name__", "the function"))

    def _refuse_results(self, name: str) -> None:
        """Raise at a result whose numbers are still to come, or were written over."""
        for x in self.out:
            if isinstance(x, (Iterator, Awaitable)):
                raise FrozenNumberError(
                    f"{name} returns a {type(x).__name__}, whose steps would run after the recording: return a list"
                )
            if isinstance(x, Node):
                self._refuse_overwritten(x)

    def release(self) -> None:
        """Forget the recorded nodes."""
        self.inputs, self.checks, self.contributions, self.names = [], [], {}, {}
        self.overwritten = []
        self.constants = Constants()
        self.outside.moved.clear()
        self.outside.gradients.clear()
        for cell in self.outside.cells.values():
            cell.node = cell.now = None

    def _run(self, f: Callable[..., Any], args: Any, kwargs: Any, naming: bool) -> Any:
        with watched_with_names(self.names) if naming else watched() as seen:
            result = f(*args, **kwargs)
        self.fickle = seen.fickle
        return result

    def noted(self, message: str) -> FrozenNumberError:
        """The error to be raised where f asks for a number; raised again at the end, should f catch it."""
        error = FrozenNumberError(message)
        self.refused = self.refused or error
        return error

    def require(self, check: Callable[..., None], node: Node, *params: Any) -> None:
        """Have the program call `check(numbers of node, *params)` at every call; it raises what is to be raised."""
        self.checks.append((check, node, params))

    def draw(self, draw: Callable[[], Any], like: Any, whose: str) -> Node:
        """Random numbers that the program draws anew at every call, in the order of these calls."""
        cells = self.outside.cells
        drawn = cells[(id(self), len(cells), "drawn")] = Drawn(draw, like, whose)
        found: Node = drawn.node
        return found

    def depends_on(self, holder: Any, *attributes: str) -> None:
        """Note that the program holds only while these attributes of a module or an optimiser are as they are now."""
        for name in attributes:
            held = getattr(holder, name)
            self.modes[id(holder), name] = holder, dict(held) if isinstance(held, Mapping) else copy(held)

    def _watch(self, node: Node, parent: Node | None = None, contribution: Any = None) -> None:
        """Called for every fresh node, and for every contribution of a node to a parent."""
        if parent is not None:
            if isinstance(contribution, Node):
                self.contributions.setdefault(parent, []).append((node, contribution))
            return
        self.constants.hold(node)
        for a in node.parents if self.overwritten else ():
            self._refuse_overwritten(a)
        if _shaped_by_numbers(node):
            raise self.noted(
                f"the shape of {node.op} depends on the numbers of {describe(node.args[-1])}, and a program has its "
                f"shapes once and for all; use np.where, or multiply by the mask{users_line()}"
            )

    def in_place(self, rule: Rule, node: Node, symbol: str, other: Any) -> Any:
        """`node += other` and the like on what f computed: a new node, which takes over the variable's name.

        What is an array when f runs as it is would be written over there. So nobody may read it from here on by another
        name, and it must not be the caller's.
        """
        result = rule(node, other)
        held = node._data
        if isinstance(held, np.ndarray) and not self._holds_tensors(node):
            if any(isinstance(x._data, np.ndarray) and np.may_share_memory(x._data, held) for x in self.inputs):
                raise self.noted(
                    f"{symbol} of {describe(node)} would write into the caller's array, and a program would not: "
                    f"write x = x {symbol[:-1]} …{users_line()}"
                )
            self.overwritten.append((held, symbol))
        return result

    def _holds_tensors(self, node: Node) -> bool:
        """Whether `node` is a node when f runs as it is, too: a Tensor went into it."""
        made_of = {node, *ancestors([node], all_nodes=True)}
        return any(a.rule is None for a in made_of.difference(self.inputs))

    def _refuse_overwritten(self, node: Node) -> None:
        for held, symbol in self.overwritten:
            if isinstance(node._data, np.ndarray) and np.may_share_memory(node._data, held):
                raise self.noted(
                    f"{symbol} writes over {describe(node)}, which is read again under another name: its program would "
                    f"read the numbers from before; write z = z {symbol[:-1]} …, or take a copy before{users_line()}"
                )

    def left(self, node: Node, how: str) -> None:
        """Raise where `node` is read during the recording, unless it is a leaf that the function itself made."""
        if node.index < self.since or node.rule is not None:
            refuse(node, how)

    def backward(self, root: Node, grad: Any) -> None:
        """`root.backward(grad)`, as part of the program."""
        if grad is None:
            grad = 1.0
        seed = grad if isinstance(grad, Node) else leaf(Tensor, grad, False)
        for node, g in sweep(root, seed, create_graph=True).items():
            if g is None:
                continue
            g = spread(g, node)
            if node.rule is None:
                self.outside.receive(node, g)
            else:
                node._grad = g

    def without_gradients(self, params: Sequence[Node]) -> None:
        """`zero_grad`, as part of the program."""
        for p in params:
            self.outside.touch(p, anew=True)
            p._grad = None

    def step(self, optimizer: Any) -> None:
        """An optimiser's step as part of the program: counts, rate and memory are read and written at every call."""
        outside, key = self.outside, id(optimizer)
        moving = [i for i, p in enumerate(optimizer.params) if p._grad is not None]
        if not moving:
            raise ValueError(f"{optimizer.without_gradients()}{users_line()}")
        if key not in outside.counted:
            outside.optimizers.append(optimizer)
        counts = {}
        for those in self._counted_alike(optimizer, moving):
            cell = outside.cell(
                (key, *those, "count"), partial(_common_count, optimizer, those), partial(_set_count, optimizer, those)
            )
            cell.now = cell.now + 1.0
            counts.update(dict.fromkeys(those, cell))
        if isinstance(optimizer._lr, Node):
            raise self.noted(
                f"step: the learning rate is {describe(optimizer._lr)}, and a program would not leave it in the "
                f"{type(optimizer).__name__}: set it between the calls{users_line()}"
            )
        with self.reading(optimizer):
            for i in moving:
                p = optimizer.params[i]
                if not isinstance(p._grad, Node):
                    raise FrozenNumberError(
                        f"step: {describe(p)} has no gradient of this call; call backward() on a loss that depends "
                        f"on it, inside the function that is being recorded{users_line()}"
                    )
                cells = {
                    name: outside.cell(
                        (key, i, name), partial(_entry, optimizer, i, name), partial(_set_entry, optimizer, i, name)
                    )
                    for name in optimizer.remembers
                }
                now = outside.version(p, math.inf)
                move, state = optimizer.update(
                    now, p._grad, {name: cell.now for name, cell in cells.items()}, counts[i].now
                )
                for name, cell in cells.items():
                    cell.now = state[name]
                moved = now - move
                outside.moved.setdefault(p, []).append((moved.index, moved))
        changes.changed(optimizer.params)  # a derivative taken after the step would read the moved numbers

    def with_rate(self, optimizer: Any) -> None:
        """An optimiser is given a learning rate of the program's; it has its own again when the recording ends."""
        self.outside.rates.setdefault(id(optimizer), (optimizer, optimizer._lr))

    @contextmanager
    def reading(self, optimizer: Any) -> Iterator[None]:
        """A block in which an optimiser's rate is read at every call; the program holds for its other settings."""
        self.depends_on(optimizer, "settings")
        rate = optimizer._lr
        if not isinstance(rate, Node):
            read, write = lambda: optimizer._lr, partial(setattr, optimizer, "_lr")
            optimizer._lr = self.outside.cell((id(optimizer), "lr"), read, write).now
        try:
            yield
        finally:
            optimizer._lr = rate

    def _counted_alike(self, optimizer: Any, moving: Sequence[int]) -> list[tuple[int, ...]]:
        """The positions of parameters in groups of those that made as many steps: a program counts once for each."""
        counted = self.outside.counted.setdefault(id(optimizer), {})
        groups: dict[Any, list[int]] = {}
        for i in moving:
            groups.setdefault((optimizer.counts[i], counted.get(i)), []).append(i)
        found = [tuple(those) for those in groups.values()]
        for those in found:
            if any(counted.setdefault(i, those) != those for i in those):
                raise FrozenNumberError(
                    "step: the steps in one recorded function move different parameters; make an optimiser for each "
                    f"set of them, or record the steps one by one{users_line()}"
                )
        return found

    def now(self, p: Node) -> Node:
        """The node that stands for the tensor `p` at this point of the recording."""
        return self.outside.version(p, math.inf)

    def move(self, p: Node, moved: Node) -> Node:
        """Other numbers for a tensor, as part of the program: those of `moved`, which replaces a leaf of f's own."""
        if p.index >= self.since:
            return moved
        self.outside.moved.setdefault(p, []).append((moved.index, moved))
        changes.changed([p])
        return p


def _entry(optimizer: Any, i: int, name: str) -> Any:
    return optimizer.state[i][name]


def _set_entry(optimizer: Any, i: int, name: str, value: Any) -> None:
    optimizer.state[i][name] = value if np.ndim(value) == 0 else np.asarray(value)


def _common_count(optimizer: Any, those: Sequence[int]) -> float:
    """How many steps these parameters have made: as many each, as when the program was recorded."""
    counts = {optimizer.counts[i] for i in those}
    if len(counts) > 1:
        raise FrozenNumberError(
            f"step: since the function was recorded, its parameters have made different numbers of steps, "
            f"{', '.join(map(str, sorted(counts)))}: wrap it in jit again, or let every step move all of them"
        )
    return float(counts.pop())


def _set_count(optimizer: Any, those: Sequence[int], count: float) -> None:
    for i in those:
        optimizer.counts[i] = int(count)
