"""Recording a function for given arguments: what enters it, what it must not depend on, and what came out."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np

from ..engine.constants import familiar
from ..engine.graph import Node
from ..errors import FrozenNumberError
from ..tensors.anomaly import users_line
from ..tensors.trees import flatten, tree_of
from . import layout
from .program import Program, first_difference
from .randomness import first_draw, states
from .reaching import Reached, outside_of
from .tracing import Trace


class Arguments:
    """The arguments of one call, taken apart. traced: the numbers and arrays that enter a program, in order.

    static: everything else (None, strings, objects; ints too if `ints` is False), by the position of its leaf; a
    program holds for these values only.
    """

    def __init__(self, args: Sequence[Any], kwargs: dict[str, Any], *, ints: bool) -> None:
        self.leaves, self.rebuild = flatten([list(args), dict(sorted(kwargs.items()))])
        self.traced = [i for i, leaf in enumerate(self.leaves) if _enters(leaf, ints)]
        entering = set(self.traced)
        self.static = [i for i in range(len(self.leaves)) if i not in entering]
        self.kinds = {i: _Kind(familiar(self.leaves[i], "jit")) for i in self.traced}
        for i in self.static:
            if isinstance(self.leaves[i], np.ndarray):
                raise TypeError(
                    f"jit: an array of {self.leaves[i].dtype} among the arguments; real numbers are computed with"
                )

    def values(self, *, arrays: bool) -> list[Any]:
        """The numbers and arrays that enter the program; `arrays`: numbers as NumPy's."""
        return [_value(self.leaves[i], arrays) for i in self.traced]

    def names(self, parameters: Sequence[str]) -> list[str]:
        """What the leaves that enter are called: the argument, or the key of a dictionary it stands under."""
        found = {}
        args, kwargs = tree_of(self.rebuild)
        for name, part in [*zip(parameters, args, strict=False), *kwargs.items()]:
            for position, path, key in layout.places(part):
                found[position] = key if isinstance(key, str) else f"{name}{path}"
        return [found.get(i, "x") for i in self.traced]

    def enter(self, nodes: Sequence[Node]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments with nodes in the places of numbers and arrays."""
        leaves = list(self.leaves)
        for i, node in zip(self.traced, nodes, strict=True):
            leaves[i] = node
        args, kwargs = self.rebuild(leaves)
        return args, kwargs


def parameters_of(f: Callable[..., Any], arity: int) -> list[str]:
    """The names of f's arguments, one for each of the `arity` that were given."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return [f"x_{i + 1}" for i in range(arity)]
    found: list[str] = []
    for p in signature.parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            found += [f"{p.name}_{i + 1}" for i in range(arity - len(found))]
        elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and len(found) < arity:
            found.append(p.name)
    return found


class _Kind:
    """What a program knows of a leaf: its class, and the dtype and shape of an array (None of Python's numbers)."""

    def __init__(self, leaf: Any) -> None:
        self.cls = leaf.__class__
        self.dtype: Any
        self.shape: tuple[int, ...]
        self.dtype, self.shape = (leaf.dtype, leaf.shape) if is_array(leaf) else (None, ())


def _value(leaf: Any, arrays: bool) -> Any:
    if is_array(leaf):
        return np.asarray(leaf)
    return np.float64(leaf) if arrays else leaf


def is_array(leaf: Any) -> bool:
    """Whether this is an array of real numbers: NumPy's, or JAX's."""
    return (isinstance(leaf, (np.ndarray, np.generic)) or hasattr(leaf, "sharding")) and leaf.dtype.kind in "fiub"


def _enters(leaf: Any, ints: bool) -> bool:
    if is_array(leaf):
        return True
    return leaf.__class__ is float or (ints and leaf.__class__ is int)


class Recording:
    """A function's program for arguments like `arguments`. trace: the call it was recorded from."""

    def __init__(self, program: Program, trace: Trace, arguments: Arguments, ints: bool) -> None:
        self.program, self.trace, self.arguments, self.ints = program, trace, arguments, ints

    def release(self) -> None:
        """Let go of the numbers of the recorded call: a program needs its operations alone."""
        for i in self.arguments.traced:
            self.arguments.leaves[i] = None
        for op in self.program.inputs:
            op.held = None
        self.trace.out = [x if op is None else None for op, x in zip(self.program.out, self.trace.out, strict=True)]
        self.trace.release()
        self.program.release()


def record(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    *,
    naming: bool = False,
    apart: bool = False,
    ints: bool = True,
    arrays: bool = False,
) -> Recording:
    """Run `f` on nodes and give back its program.

    Random numbers would be frozen: a generator that moved is an error that names the place. Only if f asked for the
    time, or the system for entropy, changed a number outside of itself, or can reach an iterator, it runs once more,
    and it is an error if the two programs differ. An int enters as
    a number if f can do with one; if f needs the int itself (a range, an axis, a branch), it is run anew with it, the
    program holds for this int alone, and `ints` of the result is False. arrays: Python's floats enter as NumPy's
    numbers.
    """
    with no_collecting():
        return _recorded(f, args, kwargs, naming, apart, ints, arrays)


def _recorded(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    naming: bool,
    apart: bool,
    ints: bool,
    arrays: bool,
) -> Recording:
    arguments = Arguments(args, kwargs, ints=ints)
    values, called = arguments.values(arrays=arrays), arguments.names(parameters_of(f, len(args)))
    try:
        before, reached = _outside_arrays(f), Reached(f, [args, kwargs])
        state = states(reached.generators)
        trace = Trace(f, values, arguments.enter, naming, called)
        if states(reached.generators) != state:
            _complain_of_drawing(f, arguments, values, reached.generators)
        changed = reached.changed()
        _refuse_rates(f, trace, changed)
        fickle = trace.fickle or bool(changed or reached.iterators)
        again = Trace(f, values, arguments.enter, naming=False, called=called) if fickle else trace
    except Exception:
        if ints and any(leaf.__class__ is int for leaf in arguments.leaves):
            return _recorded(f, args, kwargs, naming, apart, False, arrays)
        raise
    _unchanged(f, before)
    if again is not trace:
        different = first_difference(trace, again)
        if different is not None or len(trace.out) != len(again.out):
            _complain(f, arguments, values, different, again)
    del again
    return Recording(Program(trace, apart=apart, widened=arrays), trace, arguments, ints)


@contextmanager
def no_collecting() -> Iterator[None]:
    """A block without garbage collections: a recording has no reference cycles, so that they would find nothing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _complain(
    f: Callable[..., Any], arguments: Arguments, values: list[Any], different: Node | None, again: Trace
) -> NoReturn:
    """A third run, which remembers the user's lines, says where f computes something else each time."""
    lines: dict[int, str] = {}

    class Located(Trace):
        def _watch(self, node: Node, parent: Node | None = None, contribution: Any = None) -> None:
            if parent is None:
                lines[node.index - self.since] = users_line()

    Located(f, values, arguments.enter, naming=False)
    where = lines.get(different.index - again.since, "") if different is not None else ""
    what = f"{different.rule.name}" if different is not None and different.rule is not None else "what it returns"
    raise FrozenNumberError(
        f"{getattr(f, '__name__', 'the function')} does something else each time it is called with the same arguments "
        f"({what} differs): random numbers, the time or a count would be frozen into the program. Take them outside "
        f"and pass them as arguments{where}"
    )


def _refuse_rates(f: Callable[..., Any], trace: Trace, changed: Sequence[Any]) -> None:
    """Complain about another learning rate for an optimiser of f: a program reads it, but would not set it."""
    for optimizer in trace.outside.optimizers:
        if any(each is vars(optimizer) for each in changed):
            raise FrozenNumberError(
                f"{getattr(f, '__name__', 'the function')} changes a number of {type(optimizer).__name__} (lr, say): "
                "its program would not; change it between the calls"
            )


def _complain_of_drawing(
    f: Callable[..., Any], arguments: Arguments, values: list[Any], drawn: Sequence[Any]
) -> NoReturn:
    """One more run, which asks after every line whether random numbers have been drawn, says where."""
    with first_draw(drawn) as found:
        Trace(f, values, arguments.enter, naming=False)
    raise FrozenNumberError(
        f"{getattr(f, '__name__', 'the function')} draws random numbers, which would be frozen into the program: draw "
        f"them outside and pass them as arguments{''.join(found[:1])}"
    )


def _outside_arrays(f: Callable[..., Any]) -> dict[str, Any]:
    """Copies of the plain arrays that f closes over or finds among its globals."""
    outside = outside_of(inspect.unwrap(f))
    return {name: (x, x.copy()) for name, x in outside.items() if isinstance(x, np.ndarray) and x.size <= 1_000_000}


def _unchanged(f: Callable[..., Any], before: dict[str, Any]) -> None:
    """Complain about a write into an outside array: a program would not do it again."""
    for name, (now, copy) in before.items():
        if not np.array_equal(now, copy, equal_nan=now.dtype.kind == "f"):
            raise FrozenNumberError(
                f"{getattr(f, '__name__', 'the function')} writes into the array {name}, which is outside of it: its "
                "program would not; return what is to be written, and write it after the call"
            )
