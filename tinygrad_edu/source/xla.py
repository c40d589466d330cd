"""`jit(f, backend="jax")`: the readable program, which is pure, with `jax.numpy` in NumPy's place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib import import_module
from typing import Any

import numpy as np

from ..transforms import flatten
from .readable import Readable
from .recording import Recording

_COMPUTED = object()


class Compiled:
    """One recording, compiled by XLA. source: the program. run: the function of its leaves; it gives JAX's arrays."""

    overwritten: Sequence[int] = ()

    def __init__(self, recording: Recording, f: Callable[..., Any], arity: int, donated: Sequence[int]) -> None:
        try:
            jax = import_module("jax")
        except ImportError:
            raise ImportError('jit(backend="jax") needs JAX: pip install "tinygrad_edu[jax]"') from None
        program = recording.program
        if any(op.dtype == np.float64 for op in [*program.inputs, *program.tensors, *program.ops]):
            jax.config.update("jax_enable_x64", True)  # else JAX would round every float64 to float32
        space: dict[str, Any] = {"np": _Numpy(jax.numpy)}
        readable = Readable(recording, f, arity, gradient=False, space=space)
        self.source = readable.text()
        exec(compile(self.source, "<jit on XLA>", "exec"), space)
        space["np"] = _Numpy(jax.numpy)  # the text has imported NumPy; it gets JAX's
        space.update({name: adapted(jax) for name, adapted in _ADAPTED.items() if name in space})
        function, arguments = space[readable.function], recording.arguments
        # JAX sorts the keys of a dictionary; ours come back as they were
        self._rebuild = recording.trace.rebuild
        self._constants = [
            _COMPUTED if op is not None else x for op, x in zip(program.out, recording.trace.out, strict=True)
        ]
        self._tensors = [op.held for op in program.tensors]

        def flat(tensors: list[Any], *leaves: Any) -> Any:
            args, kwargs = arguments.enter(leaves)
            found, _ = flatten(function(*args, *tensors, **kwargs))
            return [x for x, op in zip(found, program.out, strict=True) if op is not None]

        self._compiled = jax.jit(flat, donate_argnums=tuple(i + 1 for i in donated))

    def run(self, *leaves: Any) -> Any:
        """The program on these leaves, and on the present numbers of the tensors it closes over."""
        found = iter(self._compiled([tensor._data for tensor in self._tensors], *leaves))
        return self._rebuild([next(found) if constant is _COMPUTED else constant for constant in self._constants])


class _Numpy:
    """jax.numpy, and what NumPy has beside it."""

    def __init__(self, numpy: Any) -> None:
        self._numpy = numpy

    def __getattr__(self, name: str) -> Any:
        return getattr(self._numpy, name)

    def argsort(self, x: Any, **params: Any) -> Any:
        """Of a list of axes, which JAX does not take, NumPy's."""
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


def _erf(jax: Any) -> Callable[..., Any]:
    return jax.scipy.special.erf


# Helpers that write into arrays or leave NumPy, as JAX has them.
_ADAPTED: dict[str, Callable[[Any], Callable[..., Any]]] = {"scatter": _scatter, "erf": _erf}
