"""`jit`: a function that is recorded once for each kind of arguments, and run as the program that came out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import update_wrapper
from threading import RLock
from typing import Any
from weakref import WeakSet

import numpy as np

from ..engine import changes, graph
from ..engine.graph import Node
from ..tensors.trees import Place, flatten, tree_of
from . import layout
from .machine import Machine
from .readable import name_of
from .recording import Recording, is_array, no_collecting, record
from .tracing import Outside

_all: WeakSet[Jitted] = WeakSet()
# How many programs are tried without looking anything up, newest first.
_AT_HAND = 4


def jit(f: Callable[..., Any], backend: str = "numpy", donate: int | Sequence[int] = ()) -> Jitted:
    """`f` as a program: recorded at the first call for each combination of shapes and dtypes, then run.

    f may call `grad`, `value_and_grad`, `vjp`. What it returns are plain numbers and arrays, the caller's own. donate:
    the arguments whose arrays may be written to, because the caller will not use them again (a state that is passed in
    and returned). backend: "numpy", or "jax", which runs the same program on XLA.

    Tensors that f closes over are read at every call, `Tensor(…, requires_grad=False)` among them. All else that f
    closes over is constant: numbers, arrays, lists, an object's attributes, and which tensors there are. Each program
    keeps what stood there when it was recorded, and a later change of it counts for programs recorded later. What is to
    change from call to call is an argument or a Tensor.

    Whether a module is in training or in use (`train()`, `eval()`) is asked at every call, and so are the settings of
    this package's layers (a `momentum`, a `p`) and of an optimiser and, where f calls backward, which tensors require a
    gradient; each answer has a program of its own. What Dropout drops is drawn anew at every call.

    Called on nodes (by `grad(jit(f))`, say) it is f itself. A model that f closes over may be trained inside: what
    zero_grad, backward and an optimiser's step do is done at every call. So are the checks that the losses make of
    their labels. A copy (also a pickled one) of a jitted function has recorded nothing yet.

    What would freeze a number of this call into the program raises TypeError: bool(), float(), .item(), .data,
    np.asarray, random numbers drawn inside, a count that f itself moves, a gradient from before. So does what a program
    would not do: a write into an argument (`x += 1`), steps of an iterator that f returns. f is recorded on nodes, so
    that `isinstance(x, np.ndarray)` is False in it. What `np.errstate` says counts around a call, not inside f.

    >>> import numpy as np
    >>> step = jit(lambda w, x: w - 0.1 * (2 * (w @ x) * x))
    >>> step(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([0.8, 2. ])
    """
    if not callable(f):
        raise TypeError(f"jit takes a function, not {type(f).__name__}")
    if backend not in ("numpy", "jax"):
        raise ValueError(f"jit: backend is 'numpy' or 'jax', not {backend!r}")
    return Jitted(f, backend, (donate,) if isinstance(donate, int) else tuple(donate))


class Jitted:
    """A function and its programs. `.source` shows them; `.lower(*args)` gives the one for such arguments, unrun."""

    def __init__(self, f: Callable[..., Any], backend: str, donate: tuple[int, ...]) -> None:
        self._f, self._backend, self._donate = f, backend, donate
        self._programs: dict[Any, tuple[Recording, Any]] = {}
        self._with_ints: dict[Any, bool] = {}
        self._modes: dict[tuple[int, str], Any] = {}  # by id and attribute, the objects on which some program depends
        self._lock = RLock()
        self._fast: Callable[..., Any] = self._slow
        _all.add(self)
        update_wrapper(self, f, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program for such arguments; record it first, if there is none yet."""
        return self._fast(*args, **kwargs)

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else _Bound(self, instance)

    def __reduce__(self) -> Any:
        """Copied and pickled as `jit(f)` with nothing recorded; by its name where it stands in f's module for f."""
        f = self._f
        name = getattr(f, "__qualname__", "")
        if getattr(sys.modules.get(getattr(f, "__module__", "")), name, None) is self:
            return name
        return Jitted, (f, self._backend, self._donate)

    def __repr__(self) -> str:
        return f"<jit of {getattr(self._f, '__name__', self._f)}, {len(self._programs)} programs>"

    @property
    def source(self) -> str:
        """The programs recorded so far, one after the other."""
        if not self._programs:
            raise ValueError("source: nothing is recorded yet; call the function, or lower(*args) to record only")
        return "\n\n".join(machine.source for _, machine in self._programs.values())

    def lower(self, *args: Any, **kwargs: Any) -> str:
        """The program for such arguments, recorded but not run."""
        source: str = self._program(args, kwargs)[1].source
        return source

    def _slow(self, *args: Any, **kwargs: Any) -> Any:
        """The call for arguments that `_fast` has no program for."""
        if graph.switches and (graph.mode.tracing is not None or graph.mode.anomaly is not None):
            return self._f(*args, **kwargs)  # inside another recording, or under a watch
        leaves, _ = flatten([list(args), kwargs])
        if any(isinstance(leaf, Node) for leaf in leaves):
            return self._f(*args, **kwargs)
        recording, machine = self._program(args, kwargs)
        values = _values(args, kwargs, recording)
        return machine.run(*self._own(machine, values))

    def _own(self, machine: Any, values: list[Any]) -> list[Any]:
        """The leaves; a donated array that cannot be written to, or whose memory is another's too, as a copy."""
        for i in machine.overwritten:
            shared = any(
                isinstance(other, np.ndarray) and np.may_share_memory(values[i], other)
                for j, other in enumerate(values)
                if j != i
            )
            if shared or not values[i].flags.writeable:
                values[i] = values[i].copy()
        return values

    def _program(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Recording, Any]:
        """The recording and the program for such arguments; recorded now, if there is none yet."""
        tree = [list(args), dict(sorted(kwargs.items()))]
        shape = _key(tree, ints=True)
        with self._lock:
            ints = self._with_ints.get(shape, True)
            key = self._in_modes(shape if ints else _key(tree, ints=False))
            if key in self._programs:
                return self._programs[key]
            jax = self._backend == "jax"
            recording = record(self._f, args, kwargs, apart=not jax, naming=jax, arrays=jax, ints=ints)
            with no_collecting():
                machine = self._compiled(recording, args)
            recording.release()
            if recording.ints != ints:
                self._with_ints[shape] = recording.ints
            self._modes.update({key: held for key, (held, _) in recording.trace.modes.items()})
            key = self._in_modes(shape if recording.ints else _key(tree, ints=False))
            self._programs[key] = recording, machine
            self._fast = _dispatch(list(self._programs.values())[-_AT_HAND:][::-1], self._slow)
            return self._programs[key]

    def _in_modes(self, key: Any) -> Any:
        """The key of a program that depends on `Trace.modes`."""
        return (key, *(repr(getattr(held, attribute)) for (_, attribute), held in self._modes.items()))

    def _compiled(self, recording: Recording, args: Sequence[Any]) -> Any:
        donated = self._donated(recording, len(args))
        machine: Any
        if self._backend == "jax":
            from .xla import Compiled

            machine = Compiled(recording, self._f, len(args), donated)
        else:
            machine = Machine(recording, name_of(self._f), donated)
        if recording.trace.outside.writes:
            machine.run = _with_changes(machine.run, recording.trace.outside)
        return machine

    def _donated(self, recording: Recording, arity: int) -> list[int]:
        """The donated leaves, by their place among the program's inputs."""
        args, _ = tree_of(recording.arguments.rebuild)
        positions: set[int] = set()
        for i in self._donate:
            if not -arity <= i < arity:
                raise ValueError(f"jit: donate={i}, but the function was called with {arity} arguments")
            positions |= {position for position, _, _ in layout.places(args[i])}
        return [k for k, position in enumerate(recording.arguments.traced) if position in positions]


def _unlock() -> None:
    """Give all jitted functions new locks: in a forked process no other thread is left that would release the old."""
    for jitted in list(_all):
        jitted._lock = RLock()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_unlock)


def _with_changes(run: Callable[..., Any], outside: Outside) -> Callable[..., Any]:
    """`run`, whose further results are written to where the function wrote."""

    def changing(*leaves: Any) -> Any:
        for p in outside.without_gradient:
            if p._grad is not None:
                raise ValueError(
                    f"backward would add to the gradient that {graph.describe(p)} has from before: call zero_grad() "
                    "in the jitted function, or before it"
                )
        if outside.moving:
            changes.changed(outside.moving)  # before the first is moved: a call that is interrupted is a change, too
        result, values = run(*leaves)
        for write, value in zip(outside.writes, values, strict=True):
            write(value)
        return result

    return changing


class _Bound:
    """A jitted method of an instance."""

    def __init__(self, jitted: Jitted, instance: Any) -> None:
        self._jitted, self._instance = jitted, instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._jitted(self._instance, *args, **kwargs)


def _values(args: Sequence[Any], kwargs: dict[str, Any], recording: Recording) -> list[Any]:
    """The leaves that enter the program; an int as the float it is."""
    leaves, _ = flatten([list(args), dict(sorted(kwargs.items()))])
    return [_entered(leaves[i]) for i in recording.arguments.traced]


def _entered(leaf: Any) -> Any:
    return float(leaf) if leaf.__class__ is int else leaf


def _key(tree: Any, *, ints: bool) -> Any:
    """What a program depends on: containers, shapes, dtypes, and the values of what is no number."""
    if isinstance(tree, dict):
        return (dict, *((key, _key(part, ints=ints)) for key, part in tree.items()))
    if isinstance(tree, (list, tuple)):
        return (tree.__class__, *(_key(part, ints=ints) for part in tree))
    if is_array(tree):
        return (tree.__class__, tree.shape, tree.dtype)
    if tree.__class__ is float or (tree.__class__ is int and ints):
        return tree.__class__
    if isinstance(tree, (str, bytes, int, float, type(None), complex)):
        return (tree.__class__, tree)
    return _Same(tree)


class _Same:
    """A key that equals only that of the very same object, which it keeps alive."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def __hash__(self) -> int:
        return id(self.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held


def _dispatch(programs: Sequence[tuple[Recording, Any]], slow: Callable[..., Any]) -> Callable[..., Any]:
    """One function that recognises the arguments of some programs, written for just these."""
    space: dict[str, Any] = {"ndarray": np.ndarray, "graph": graph, "slow": slow}
    nobody_looks = "graph.mode.tracing is None and graph.mode.anomaly is None"
    lines = ["def fast(*args, **kwargs):", f"    if not graph.switches or ({nobody_looks}):"]
    for number, (recording, machine) in enumerate(programs):
        test = _Test(recording, space, f"{number}")
        space[f"run_{number}"] = machine.run
        skeleton, kwargs = tree_of(recording.arguments.rebuild)
        head = [f"len(args) == {len(skeleton)}"]
        head.append("not kwargs" if not kwargs else f"len(kwargs) == {len(kwargs)}")
        for i, part in enumerate(skeleton):
            test.of(part, f"args[{i}]")
        for key, part in kwargs.items():
            test.conditions.append(f"{layout.quoted(key)} in kwargs")
            test.of(part, f"kwargs[{layout.quoted(key)}]")
        for i, ((_, attribute), (held, value)) in enumerate(recording.trace.modes.items()):
            space[f"held_{number}_{i}"], space[f"value_{number}_{i}"] = held, value
            same = f"is {value}" if isinstance(value, bool) else f"== value_{number}_{i}"
            head.append(f"held_{number}_{i}.{attribute} {same}")
        conditions = [*head, *test.conditions, *_alone(recording, machine, test.leaves)]
        lines.append(f"        if {' and '.join(conditions)}:")
        lines.append(f"            return run_{number}({', '.join(test.leaves)})")
    lines.append("    return slow(*args, **kwargs)")
    exec(compile("\n".join(lines), "<the fast path of jit>", "exec"), space)
    fast: Callable[..., Any] = space["fast"]
    return fast


def _alone(recording: Recording, machine: Any, leaves: Sequence[str]) -> list[str]:
    """The conditions under which the arrays to be overwritten may be: writable, and no memory of another argument."""
    names = [leaf.removeprefix("float(").removesuffix(")") for leaf in leaves]
    given = [names[i] for i in machine.overwritten]
    if not given:
        return []
    arrays = [op.shape != () for op in recording.program.inputs]
    others = [
        name
        for name, is_array, i in zip(names, arrays, range(len(names)), strict=True)
        if is_array and name not in given
    ]
    distinct = f"len({{{', '.join(f'id({name})' for name in given)}}}) == {len(given)}"
    tests = [f"{name}.base is None and {name}.flags.writeable" for name in given] + [distinct]
    if others:
        owners = ", ".join(f"id({name}), id({name}.base)" for name in others)
        # Whose memory it is stands in `base`, unless an array of another class or a buffer lies between.
        base = "{0}.base is None or {0}.base.__class__ is ndarray and {0}.base.base is None"
        tests += [f"({base.format(name)})" for name in others]
        tests.append(f"{{{', '.join(f'id({name})' for name in given)}}}.isdisjoint(({owners}))")
    return tests


class _Test:
    """The conditions under which arguments are those of one recording, and the names its leaves have then."""

    def __init__(self, recording: Recording, space: dict[str, Any], suffix: str) -> None:
        self.arguments, self.space, self.suffix = recording.arguments, space, suffix
        self.traced = set(recording.arguments.traced)
        self.conditions: list[str] = []
        self.leaves: list[str] = []

    def of(self, part: Any, path: str) -> None:
        """Conditions for one argument, or a part of it."""
        if isinstance(part, Place):
            self._leaf(part.index, path)
            return
        name = f"part_{self.suffix}_{len(self.space)}"
        self.space[f"class_{name}"] = part.__class__
        self.conditions.append(f"({name} := {path}).__class__ is class_{name} and len({name}) == {len(part)}")
        for key, inner in part.items() if isinstance(part, dict) else enumerate(part):
            shown = layout.key_text(key)
            if isinstance(part, dict):
                self.conditions.append(f"{shown} in {name}")
            self.of(inner, f"{name}[{shown}]")

    def _leaf(self, index: int, path: str) -> None:
        held = self.arguments.leaves[index]
        name = f"leaf_{index}"
        if index not in self.traced:
            self._static(held, path, name)
            return
        kind = self.arguments.kinds[index]
        if kind.dtype is not None:
            self.space[f"dtype_{self.suffix}_{index}"] = kind.dtype
            self.space[f"class_{self.suffix}_{index}"] = kind.cls
            self.conditions.append(
                f"({name} := {path}).__class__ is class_{self.suffix}_{index} "
                f"and {name}.dtype is dtype_{self.suffix}_{index} and {name}.shape == {kind.shape!r}"
            )
            self.leaves.append(name)
        else:
            self.conditions.append(f"({name} := {path}).__class__ is {kind.cls.__name__}")
            self.leaves.append(name if kind.cls is float else f"float({name})")

    def _static(self, held: Any, path: str, name: str) -> None:
        self.space[f"held_{self.suffix}_{name}"] = held
        same = f"({name} := {path}) is held_{self.suffix}_{name}"
        if isinstance(held, (str, int)) and not isinstance(held, bool):
            held_name = f"held_{self.suffix}_{name}"
            same = f"({name} := {path}).__class__ is {held_name}.__class__ and {name} == {held_name}"
        self.conditions.append(same)
