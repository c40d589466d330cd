"""Operations of the user's own: a row like those of the table, but outside of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from ..engine.graph import Kind, Node, Rule, describe, mode
from ..engine.rules import TABLE, shape

Shape = tuple[int, ...]


class Primitive(Rule):
    """An operation that `primitive` made: called on plain numbers it computes, called on nodes it records."""

    def __call__(self, *args: Any, **params: Any) -> Any:
        """The operation on `args`; one that requires a gradient has a vjp."""
        for position, a in enumerate(args):
            if isinstance(a, Node) and a.requires_grad and position >= len(self.vjps):  # type: ignore[arg-type]
                raise TypeError(
                    f"{self.name}: argument {position}, {describe(a)}, requires a gradient, but primitive was given "
                    f"{len(self.vjps)} vjps; give one for each argument, None where no gradient is to flow"  # type: ignore[arg-type]
                )
        return super().__call__(*args, **params)


def primitive(function: Callable[..., Any], *vjps: Callable[..., Any] | None, name: str | None = None) -> Primitive:
    """Your own operation: `function` of plain numbers and arrays, with a derivative towards each argument.

    Each of `vjps` is called as vjp(g, out, *args, **params), with the incoming gradient, the result and what the
    operation was called on, and gives the contribution to its argument: in the shape of that argument, or of anything
    that the argument was repeated to; what broadcasting repeated is summed. None: no gradient flows there. Written in
    this package's or NumPy's functions, a vjp can be differentiated again. name: what errors, pictures and derivations
    call the operation (default: the function's name); where the table has a row of that name, it is called `my_…`.
    Keyword arguments are passed on, and have no gradient. The arrays that they are called on are the graph's own and
    cannot be written to; what they return is copied.

    It works in `grad`, `check_grads`, pictures, derivations (as a function of its name) and `jit` with NumPy; it has no
    source, so `to_numpy` and `jit(backend="jax")` refuse it.

    >>> from tinygrad_edu import Value
    >>> softsign = primitive(lambda x: x / (1 + abs(x)), lambda g, out, x: g / (1 + abs(x)) ** 2, name="softsign")
    >>> x = Value(1.0)
    >>> softsign(x).backward()
    >>> x.grad
    0.25
    """
    if not callable(function):
        raise TypeError(f"primitive takes a function, not {type(function).__name__}")
    called = name or getattr(function, "__name__", "") or type(function).__name__
    called = "primitive" if called == "<lambda>" else f"my_{called}" if called in TABLE else called
    for position, vjp in enumerate(vjps):
        if vjp is not None and not callable(vjp):
            raise TypeError(f"{called}: the vjp of argument {position} is a {type(vjp).__name__}, not a function")

    def kernel(*args: Any, **params: Any) -> Any:
        return _single(function(*map(_read_only, args), **params), called)

    kernel.__doc__ = function.__doc__
    kernel.__name__ = called
    return Primitive(
        called,
        tuple(None if vjp is None else _towards(vjp, position, called) for position, vjp in enumerate(vjps)),
        kind=_KIND,
        arity=0,
        array=kernel,
        scalar=None,
        text=f"{called}(<args>)",
        latex=rf"\operatorname{{{called.replace('_', ' ')}}}\left(<args>\right)",
        doc=function.__doc__ or "",
        opaque=True,
    )


def _towards(vjp: Callable[..., Any], position: int, name: str) -> Callable[..., Any]:
    """The user's vjp, which can write into nothing that is another's, and whose result nobody writes into."""

    @wraps(vjp)
    def guarded(g: Any, out: Any, *args: Any, **params: Any) -> Any:
        c = vjp(_read_only(g), _read_only(out), *map(_read_only, args), **params)
        if c is None:
            raise TypeError(
                f"{name}: the vjp of argument {position} gave None, no contribution (is its return missing?); where no "
                "gradient is to flow, primitive is given None instead of a vjp"
            )
        if isinstance(c, Node):  # where `g` is plain, of nodes that the vjp closed over: a derivative may follow them
            followed = isinstance(g, Node) or mode.deriving is not None or mode.tracing is not None
            return c if followed else c._data
        if isinstance(c, (float, int)) or hasattr(c, "__kernel__"):
            return c
        held = np.array(c)
        if held.dtype.kind not in "fiubc":
            what = f"an array of {held.dtype}" if isinstance(c, np.ndarray) else f"a {type(c).__name__}"
            raise TypeError(
                f"{name}: the vjp of argument {position} gave {what}: a contribution is one array of real numbers"
            )
        return held if isinstance(c, (np.ndarray, list, tuple)) else c

    return guarded


def _read_only(a: Any) -> Any:
    """An array as one that cannot be written to; anything else as it is."""
    if a.__class__ is np.ndarray:
        a = a.view()
        a.flags.writeable = False
    return a


def _single(out: Any, name: str) -> Any:
    """The result of an operation, if it is one array of numbers."""
    if not isinstance(out, np.ndarray):
        out = out if isinstance(out, (tuple, list, Node)) else np.asarray(out)[()]
    if not isinstance(out, (np.ndarray, np.generic)) or out.dtype.kind not in "fiub":
        what = f"an array of {out.dtype}" if isinstance(out, np.ndarray) else f"a {type(out).__name__}"
        raise TypeError(f"{name} gave {what}: an operation of your own gives one array of real numbers")
    return out.copy()


def _stands_for(c: Any, node: Node, parent: Node) -> Shape:
    """The shape that a contribution stands for: the parent's, or one that the parent was repeated to."""
    given, target = shape(c), shape(parent)
    try:
        whole = np.broadcast_shapes(given, target)
    except ValueError:
        whole = ()
    if given and whole != given:
        raise ValueError(
            f"{node.op}: a vjp gave a contribution of shape {given} to {describe(parent)}; it is to have that shape, "
            f"or one that the argument was broadcast to"
        )
    return whole


_KIND = Kind("own", _stands_for, needs_whole=True)
