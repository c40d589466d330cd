"""`jit(f, backend="jax")`: the readable program, which is pure, with `jax.numpy` in NumPy's place."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib import import_module
from typing import Any

import numpy as np

from ..engine.kernels.arrays import HOLE, laid_out
from ..engine.rules_shapes import window_places
from ..tensors.trees import flatten, tree_of
from . import layout
from .program import Op, Program
from .readable import Readable
from .recording import Recording
from .signature import Signature


class Compiled:
    """One recording, compiled by XLA. source: the program. run: the function of its leaves; it gives JAX's arrays."""

    overwritten: Sequence[int] = ()

    def __init__(self, recording: Recording, f: Callable[..., Any], arity: int, donated: Sequence[int]) -> None:
        try:
            jax = import_module("jax")
        except ImportError:
            raise ImportError('jit(backend="jax") needs JAX: pip install "tinygrad_edu[jax]"') from None
        program = recording.program
        for op in [*program.inputs, *program.tensors]:
            if op.dtype is not None and not (op.dtype.isnative and op.dtype.itemsize <= 8):
                raise TypeError(f'jit(backend="jax"): XLA has no {op.dtype!r}: use x.astype(float)')
        if any(op.dtype == np.float64 for op in [*program.inputs, *program.tensors, *program.ops]):
            jax.config.update("jax_enable_x64", True)  # else JAX would round every float64 to float32
        space: dict[str, Any] = {"np": _Numpy(jax.numpy)}
        readable = Readable(recording, f, Signature(f, arity), gradient=False, space=space)
        self.source = readable.text()
        for name, held in space.items():
            if isinstance(held, np.ndarray) and held.dtype != bool:  # NumPy's are not indexed by what XLA follows
                space[name] = jax.numpy.asarray(held)
        exec(compile(self.source, "<jit on XLA>", "exec"), space)
        space["np"] = _Numpy(jax.numpy)  # the text has imported NumPy; it gets JAX's
        for name, adapted in _ADAPTED.items():
            space.update({given: adapted(jax) for given in [readable.helpers.name(name)] if given in space})
        for check, _ in itertools.chain.from_iterable(program.checks.values()):  # in XLA's program nothing raises
            space[readable.helpers.name(check.__name__)] = lambda *_: None
        function, arguments = space[readable.function], recording.arguments
        tensors = [op.held for op in program.tensors]

        def flat(*leaves: Any) -> Any:
            entered = leaves[: len(leaves) - len(tensors)]
            args, kwargs = arguments.enter(entered)
            found, _ = flatten(function(*args, *leaves[len(entered) :], **kwargs))
            return [x for x, op in zip(found, program.out, strict=True) if op is not None]

        compiled, rebuild = jax.jit(flat, donate_argnums=tuple(donated)), _rebuilding(recording)
        checks = _checks([*program.inputs, *program.tensors], program)

        def run(*leaves: Any) -> Any:
            entering = (*leaves, *[tensor._data for tensor in tensors])
            for check, position, params in checks:
                check(np.asarray(entering[position]), *params)
            return rebuild(compiled(*entering))

        self.run = run


def _checks(entering: list[Op], program: Program) -> list[tuple[Callable[..., None], int, tuple[Any, ...]]]:
    """The checks of what enters, each with the position of the leaf that it is of; XLA itself raises nothing.

    XLA takes an index out of bounds for the nearest one, so that the indices among the arguments are checked as well.
    """
    found = [
        (check, position, params)
        for position, op in enumerate(entering)
        for check, params in program.checks.get(op, ())
    ]
    for op in program.ops:
        for index, size in indices_of(op):
            while index.view or (index.rule is not None and index.rule.name == "astype"):
                index = index.args[0]
            if index in entering:
                found.append((check_indices, entering.index(index), (op.rule.name, size)))  # type: ignore[union-attr]
    return found


def indices_of(op: Op) -> list[tuple[Op, int]]:
    """The arrays of integers by which an operation picks entries, each with the length of its axis."""
    if op.rule is None or op.kind != "op":
        return []
    if op.rule.name == "take_along_axis":
        return [(op.args[1], op.args[0].shape[op.params["axis"]])]
    if op.rule.name != "getitem":
        return []
    key, shape = op.params["key"], op.args[0].shape
    kept, given = (part for part in laid_out(key, len(shape)) if part is not None), iter(op.args[1:])
    return [(next(given), n) for part, n in zip(kept, shape, strict=True) if part is HOLE]


def check_indices(indices: Any, operation: str, size: int) -> None:
    """Raise IndexError unless all indices are those of an axis of `size` entries, counted from its end if negative."""
    wrong = indices[(indices < -size) | (indices >= size)]
    if wrong.size:
        raise IndexError(f"{operation}: index {wrong[0]} is out of bounds for an axis of {size} entries")


def _rebuilding(recording: Recording) -> Callable[[list[Any]], Any]:
    """The function that puts results into f's containers: JAX would sort a dictionary's keys."""
    space: dict[str, Any] = {}
    out, computed = recording.trace.out, recording.program.out
    places = itertools.count()
    numbers = {i: next(places) for i, op in enumerate(computed) if op is not None}

    def leaf(i: int) -> str:
        if i in numbers:
            return f"found[{numbers[i]}]"
        space[f"constant_{i}"] = out[i]
        return f"constant_{i}"

    def special(cls: type) -> str:
        space[f"class_{id(cls)}"] = cls
        return f"class_{id(cls)}"

    text = layout.skeleton_text(tree_of(recording.trace.rebuild), leaf, special)
    found: Callable[[list[Any]], Any] = eval(f"lambda found: {text}", space)
    return found


class _Numpy:
    """jax.numpy, and what NumPy has beside it."""

    def __init__(self, numpy: Any) -> None:
        self._numpy = numpy

    def __getattr__(self, name: str) -> Any:
        theirs, own = getattr(self._numpy, name), getattr(np, name, None)
        if not isinstance(own, np.ufunc):
            return theirs

        def function(*args: Any) -> Any:
            """Of Python's numbers alone NumPy's: what is known while XLA compiles is to stay a number."""
            return (own if all(isinstance(a, (int, float)) for a in args) else theirs)(*args)

        return function

    def argsort(self, x: Any, **params: Any) -> Any:
        """Of a list of axes, which JAX does not take, NumPy's. JAX keeps ties in their order without being told."""
        params.pop("kind", None)
        return np.argsort(x) if isinstance(x, list) else self._numpy.argsort(x, **params)

    @staticmethod
    def errstate(**_: Any) -> Any:
        """XLA warns of nothing."""
        return nullcontext()


def _scatter(jax: Any) -> Callable[..., Any]:
    def scatter(g: Any, key: Any, shape: tuple[int, ...]) -> Any:
        """Zeros with g added at a key, without writing into an array."""
        return jax.numpy.zeros(shape, jax.numpy.asarray(g).dtype).at[key].add(g)

    return scatter


def _placed(jax: Any) -> Callable[..., Any]:
    def placed(g: Any, key: Any, shape: tuple[int, ...]) -> Any:
        """Zeros with g at a key, truth values too."""
        return jax.numpy.zeros(shape, jax.numpy.asarray(g).dtype).at[key].set(g)

    return placed


def _windows(jax: Any) -> Callable[..., Any]:
    def windows(x: Any, size: tuple[int, int], stride: tuple[int, int]) -> Any:
        """Every window over the last two axes, by its indices: XLA has no views."""
        return x[..., *window_places(x.shape[-2:], size, stride)]

    return windows


def _overlap_add(jax: Any) -> Callable[..., Any]:
    def overlap_add(x: Any, lengths: tuple[int, int], stride: tuple[int, int]) -> Any:
        """Windows added into zeros, without writing into an array."""
        places = window_places(lengths, x.shape[-2:], stride)
        return jax.numpy.zeros((*x.shape[:-4], *lengths), x.dtype).at[..., *places].add(x)

    return overlap_add


def _erf(jax: Any) -> Callable[..., Any]:
    erf: Callable[..., Any] = jax.scipy.special.erf
    return erf


# Helpers that write into arrays or leave NumPy, as JAX has them.
_ADAPTED: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "scatter": _scatter, "placed": _placed, "windows": _windows, "overlap_add": _overlap_add, "erf": _erf,
}  # fmt: skip
