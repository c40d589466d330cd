"""Functions of functions: gradients, products with Jacobians, and a check against finite differences.

Arguments and results are plain numbers and arrays, or lists, tuples and dicts of them. Inputs enter through the row
`identity`, so that an input which is itself a node of an outer derivative stays one; the sweep keeps to what was made
of these inputs, and no node's `.grad` is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import wraps
from typing import Any

import numpy as np

from ..engine import graph, landing, rules
from ..engine.backward import ancestors, depending, sweep
from ..engine.graph import Node, describe, leaf, mode, plain, switched
from . import functions
from .hints import OF_A_NODE
from .tensor import Tensor, seed_at
from .trees import flatten

Argnums = int | Sequence[int]


# ── the shared middle: run f on nodes, then sweep ─────────────────────────────────────────────────────────────────────


class Run:
    """One call of `f` with the inputs of a derivative as nodes of its own.

    inputs: these nodes, one per number or array in the arguments `argnums`. out: the leaves of f's result. nested:
    whether a derivative around this one (or a trace) still follows its nodes; then results are nodes too. has_aux: f
    returns a pair, of which only the first part is derived; the second is `aux`.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        argnums: Sequence[int],
        kwargs: Any,
        has_aux: bool = False,
    ) -> None:
        name = getattr(f, "__name__", "f")
        for i in argnums:
            if not isinstance(i, (int, np.integer)) or not -len(args) <= i < len(args):
                raise ValueError(f"argnums={i}, but {name} was called with {len(args)} arguments")
        places = [i % len(args) for i in argnums]
        if len(set(places)) < len(places):
            raise ValueError(f"argnums={tuple(argnums)}: an argument stands there twice; once is enough")
        self.given, self.rebuild = flatten([args[i] for i in argnums])
        self.name = name
        self.inputs = [_enter(x, f"an argument of {name} to derive by") for x in self.given]
        self.since = min((x.index for x in self.inputs), default=0)
        entered = list(args)
        for i, part in zip(argnums, self.rebuild(self.inputs), strict=True):
            entered[i] = part
        before = mode.deriving
        mode.deriving = self.since if before is None else before
        try:
            with switched(recording=True) if graph.switches else nullcontext():
                result = f(*entered, **kwargs)
        finally:
            mode.deriving = before
        self._aux: Any = None
        if has_aux:
            if not (isinstance(result, (tuple, list)) and len(result) == 2):
                raise TypeError(
                    f"has_aux: {name} must return a pair, the result and what else there is, not {result!r}"
                )
            result, self._aux = result
        self.out, self.rebuild_out = flatten(result)
        entered_again = any(isinstance(x, Node) for x in self.given)
        followed = mode.deriving is not None or mode.tracing is not None
        self.nested = entered_again or (followed and self._uses_outer_nodes())

    def _uses_outer_nodes(self) -> bool:
        """Whether f closed over nodes of a derivative around this one, or over any while a program is recorded."""
        outs = [out for out in (*self.out, *flatten(self._aux)[0]) if isinstance(out, Node)]
        return any(
            node.index < self.since and (node.requires_grad or node.flags > 1 or mode.tracing is not None)
            for node in ancestors(outs, all_nodes=True)
        )

    def single(self, operation: str) -> Node | None:
        """f's result, which must be a single number; None if it does not depend on any node."""
        if len(self.out) == 1 and not isinstance(self.out[0], (Node, int, float, np.ndarray, np.generic)):
            raise TypeError(f"{operation}: {self.name} must return a number, it returned {self.out[0]!r}")
        if len(self.out) != 1 or np.size(plain(self.out[0])) != 1:
            found = [np.shape(plain(out)) for out in self.out]
            raise ValueError(
                f"{operation}: {self.name} must return a single number, it returned "
                f"{f'an array of shape {found[0]}' if len(found) == 1 else f'{len(found)} of them'}; "
                "reduce it with .sum() or .mean(), or use jacobian or vjp"
            )
        return self.out[0] if isinstance(self.out[0], Node) else None

    def pull(self, seeds: Sequence[Any], keep_graph: bool = False) -> list[Any]:
        """The cotangents of the inputs, given those of `out` (None: 0); nodes if `nested` or `keep_graph`."""
        if mode.tracing is None and any(x.flags > 1 for x in self.inputs):
            self.inputs[0].numpy()  # raises: the recording that they belong to is over
        create_graph = self.nested or keep_graph or any(isinstance(seed, Node) for seed in seeds)
        totals: list[Any] = [None] * len(self.inputs)
        for out, seed in zip(self.out, seeds, strict=True):
            if seed is None or not isinstance(out, Node) or not out.requires_grad:
                continue
            order = depending(ancestors([out], since=self.since), self.inputs)
            if create_graph and not isinstance(seed, Node):
                seed = leaf(Node.classes[1 if np.ndim(seed) else 0], seed, False)
            table = sweep(out, seed, order=order, create_graph=create_graph)
            for i, x in enumerate(self.inputs):
                g = table.get(x)
                if g is not None:
                    totals[i] = g if totals[i] is None else totals[i] + g
        whole = [_whole(0.0 if g is None else g, x) for g, x in zip(totals, self.inputs, strict=True)]
        return list(map(_alike, whole, self.given))

    def result(self) -> Any:
        """What f returned: plain, unless an outer derivative still follows it."""
        return self.rebuild_out([out if self.nested else plain(out) for out in self.out])

    def aux(self) -> Any:
        """What f returned beside its result, as numbers in the same way."""
        leaves, rebuild = flatten(self._aux)
        return rebuild([leaf if self.nested else plain(leaf) for leaf in leaves])


def _enter(x: Any, where: str) -> Any:
    """An input as a node of this derivative."""
    if isinstance(x, Node):
        if getattr(x._data, "dtype", np.dtype(float)).kind != "f":  # integers become float64, as in a Tensor
            x = rules.astype(x, dtype=np.dtype(float))
        node = rules.identity(x)
        node.requires_grad = True  # also of an outer node that requires none, such as one a trace follows
        return node
    if isinstance(x, (bool, int, float)) and not isinstance(x, np.generic):
        return leaf(Node.classes[0], float(x), True)
    if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fiub":
        return Tensor(x)
    raise TypeError(f"{where} is {type(x).__name__}, not a number or an array: a derivative towards it has no meaning")


def _whole(g: Any, x: Node) -> Any:
    """A cotangent as large as its input, and the caller's own."""
    if isinstance(g, Node):
        g = landing.spread(g, x)
        # a program that gives a number back gives it back as an array where the input is one
        return g * np.ones((), x._data.dtype) if x.flags == 3 and not g.flags & 1 else g
    if not x.flags & 1:
        return float(g)
    return np.array(np.broadcast_to(g, np.shape(x._data)), x._data.dtype)


def _alike(g: Any, x: Any) -> Any:
    """`g`, an array of no axes, as the NumPy scalar that `x` is; a node stays one."""
    return g[()] if isinstance(x, np.generic) and isinstance(g, np.ndarray) else g


def _listed(argnums: Argnums) -> list[int]:
    return list(argnums) if isinstance(argnums, (tuple, list)) else [argnums]  # type: ignore[list-item]


def _chosen(argnums: Argnums, parts: list[Any]) -> Any:
    """One gradient for one argument number, a tuple for several."""
    return tuple(parts) if isinstance(argnums, (tuple, list)) else parts[0]


# ── the public ones ───────────────────────────────────────────────────────────────────────────────────────────────────


def _function(f: Any, transform: str) -> None:
    """A transform takes a function; a node is what another engine's `grad` takes."""
    if isinstance(f, Node):
        raise TypeError(f"{transform} takes a function, not {describe(f)}: {OF_A_NODE}")
    if not callable(f):
        raise TypeError(f"{transform} takes a function, not {type(f).__name__}")


def grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns f's gradient towards the arguments `argnums`.

    has_aux: f returns a pair, its result and anything else; then so does this, the gradient and the anything else.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    _function(f, "grad")
    both = value_and_grad(f, argnums, has_aux)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns f's value and its gradient towards the arguments `argnums`.

    has_aux: f returns a pair, its result and anything else; then that pair stands in the place of the value.

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """
    _function(f, "value_and_grad")

    @wraps(f)
    def valued(*args: Any, **kwargs: Any) -> Any:
        run = Run(f, args, _listed(argnums), kwargs, has_aux)
        run.single("grad")
        value = (run.result(), run.aux()) if has_aux else run.result()
        return value, _chosen(argnums, run.rebuild(run.pull([1.0])))

    return valued


def vjp(f: Callable[..., Any], *args: Any, has_aux: bool = False) -> Any:
    """f's value, and the function from a cotangent of it to those of all arguments, as a tuple.

    has_aux: f returns a pair, its result and anything else; this is the third of what is returned.

    >>> out, pullback = vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> out, pullback(1.0)
    (6.0, (3.0, 2.0))
    """
    _function(f, "vjp")
    run = Run(f, args, range(len(args)), {}, has_aux)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        seeds, _ = flatten(cotangent)
        if len(seeds) != len(run.out):
            raise ValueError(f"vjp: {run.name} returned {len(run.out)} arrays, the cotangent has {len(seeds)}")
        for i, (seed, out) in enumerate(zip(seeds, run.out, strict=True)):
            held = seed_at(out if isinstance(out, Node) else Tensor(out, "the result"), seed, "vjp: the cotangent")
            seeds[i] = seed if isinstance(seed, Node) else held
        return tuple(run.rebuild(run.pull(seeds)))

    return (run.result(), pullback, run.aux()) if has_aux else (run.result(), pullback)


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """f's value, and how it changes when the arguments move along `tangents`.

    has_aux: f returns a pair, its result and anything else; this is the third of what is returned.

    The pullback is linear in its cotangent u, so deriving ⟨pullback(u), tangents⟩ by u gives the answer: backward of
    backward, with no second set of rules.

    >>> jvp(lambda x: x * x, (3.0,), (1.0,))
    (9.0, 6.0)
    """
    if not (isinstance(primals, (tuple, list)) and isinstance(tangents, (tuple, list))):
        raise TypeError("jvp: primals and tangents are tuples, one entry for each argument: jvp(f, (x,), (v,))")
    _function(f, "jvp")
    run = Run(f, primals, range(len(primals)), {}, has_aux)
    moves, _ = flatten(list(tangents))
    _check_moves("jvp", run.inputs, moves)
    held = [plain(out) for out in run.out]
    seeds = [_enter(np.zeros_like(x) if isinstance(x, (np.ndarray, np.generic)) else 0.0, "out") for x in held]
    along = _inner(run.pull(seeds, keep_graph=True), moves)
    followed = run.nested or any(isinstance(move, Node) for move in moves)
    changes = []
    for seed in seeds:
        if not isinstance(along, Node):
            changes.append(_whole(0.0, seed))
            continue
        order = depending(ancestors([along]), [seed])
        start: Any = leaf(Node.classes[0], 1.0, False) if followed else 1.0
        found = sweep(along, start, order=order, create_graph=followed).get(seed)
        changes.append(_whole(0.0 if found is None else found, seed))
    change = run.rebuild_out(list(map(_alike, changes, held)))
    return (run.result(), change, run.aux()) if has_aux else (run.result(), change)


def _check_moves(operation: str, inputs: Sequence[Any], moves: Sequence[Any]) -> None:
    """Tangents must match what is derived by, one by one."""
    if len(moves) != len(inputs):
        raise ValueError(f"{operation}: {len(inputs)} numbers and arrays to derive by, but {len(moves)} tangents")
    for x, move in zip(inputs, moves, strict=True):
        if np.shape(plain(x)) != np.shape(plain(move)):
            shapes = f"a tangent of shape {np.shape(plain(move))} for an argument of shape {np.shape(plain(x))}"
            raise ValueError(f"{operation}: {shapes}")


def jacobian(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns all of ∂f/∂x, of shape f's shape + x's shape.

    Where f returns a list, tuple or dict, so does this; in it, for each part, what `grad` would return. has_aux: f
    returns a pair, its result and anything else; then so does this.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    _function(f, "jacobian")

    @wraps(f)
    def matrix(*args: Any, **kwargs: Any) -> Any:
        run = Run(f, args, _listed(argnums), kwargs, has_aux)
        parts = [_chosen(argnums, run.rebuild(_derivatives(run, i))) for i in range(len(run.out))]
        return (run.rebuild_out(parts), run.aux()) if has_aux else run.rebuild_out(parts)

    return matrix


def _derivatives(run: Run, which: int) -> list[Any]:
    """All derivatives of one of f's results, towards each input."""
    out = plain(run.out[which])
    others: list[Any] = [None] * len(run.out)
    if not np.shape(out):
        return run.pull([*others[:which], 1.0, *others[which + 1 :]])
    rows = []
    for index in np.ndindex(np.shape(out)):
        seed = np.zeros_like(out)
        seed[index] = 1.0
        rows.append(run.pull([*others[:which], seed, *others[which + 1 :]]))
    if not rows:
        return [np.zeros(np.shape(out) + np.shape(x._data), np.asarray(x._data).dtype) for x in run.inputs]
    stack = functions.stack if run.nested else np.stack
    return [
        functions.reshape(stack(parts), np.shape(out) + np.shape(x._data))
        for x, parts in zip(run.inputs, zip(*rows, strict=True), strict=True)
    ]


def hessian(f: Callable[..., Any], argnums: int = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns all second derivatives, of shape x's shape twice.

    has_aux: f returns a pair, its result and anything else; then so does this.

    >>> hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    _function(f, "hessian")
    return jacobian(grad(f, argnums, has_aux), argnums, has_aux)


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """The Hessian of f at x times v, without making the Hessian.

    >>> hvp(lambda x: (x**3).sum(), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    _function(f, "hvp")
    moves, _ = flatten(v)
    _check_moves("hvp", flatten(x)[0], moves)
    return grad(_weighted(grad(f), moves))(x)


def check_grads(
    f: Callable[..., Any], *args: Any, order: int = 2, rtol: float = 1e-5, atol: float = 1e-6, seed: int = 0
) -> None:
    """Compare f's derivatives up to `order` with central differences, towards every argument.

    Raises AssertionError which names the argument, the index and both figures. A function of arrays is checked along
    a random cotangent, drawn with `seed`.
    """
    _function(f, "check_grads")
    if not args:
        raise TypeError("check_grads: at what arguments? They follow the function: check_grads(f, x)")
    leaves, put_back = flatten(list(args))
    args = tuple(put_back([plain(x) for x in leaves]))
    everything = tuple(range(len(args)))

    def values(*at: Any) -> Any:
        return Run(f, at, everything, {}).result()  # f is called on nodes here too: it may use their methods

    derived: Callable[..., Any] = f
    for _ in range(max(order, 1)):
        rng = np.random.default_rng(seed)
        weights = [rng.uniform(0.5, 1.5, np.shape(plain(each))) for each in flatten(values(*args))[0]]
        gradient = grad(_weighted(derived, weights), argnums=everything)
        _compare(_weighted(values, weights), args, gradient(*args), rtol, atol)
        derived = values = gradient  # which takes numbers as they are


def _inner(parts: Sequence[Any], weights: Sequence[Any]) -> Any:
    """The sum of all numbers in `parts`, each times its weight."""
    total: Any = 0.0
    for part, weight in zip(parts, weights, strict=True):
        total = total + functions.sum(part * weight)
    return total


def _weighted(f: Callable[..., Any], weights: Sequence[Any]) -> Callable[..., Any]:
    """The function that returns the sum of all that f returns, each number times its weight."""

    @wraps(f)
    def weighted(*inputs: Any) -> Any:
        return _inner(flatten(f(*inputs))[0], weights)

    return weighted


def _compare(f: Callable[..., Any], args: Sequence[Any], gradients: Sequence[Any], rtol: float, atol: float) -> None:
    """Raise AssertionError where a gradient of the number f differs from central differences."""
    for position, (arg, found) in enumerate(zip(args, gradients, strict=True)):
        values, put = flatten(arg)
        for part, (value, g) in enumerate(zip(values, flatten(found)[0], strict=True)):
            for index in np.ndindex(np.shape(value)):
                step = 1e-6 * max(1.0, abs(float(np.asarray(value)[index])))
                ends = []
                for sign in (1.0, -1.0):
                    moved = np.array(value, float)
                    moved[index] += sign * step
                    there = list(values)
                    there[part] = moved if np.ndim(value) else float(moved)
                    ends.append(float(plain(f(*args[:position], put(there), *args[position + 1 :]))))
                numeric = (ends[0] - ends[1]) / (2 * step)
                ours = float(np.asarray(g)[index])
                if not abs(ours - numeric) <= atol + rtol * max(abs(ours), abs(numeric)):
                    where = f"argument {position}" + (f", part {part}" if len(values) > 1 else "")
                    raise AssertionError(
                        f"check_grads: {where}, index {index}: the engine has {ours!r}, central differences {numeric!r}"
                    )
