"""The catalogue of mistakes: for each place in a graph, the wrong derivatives that people use there.

It is no second table of derivatives. A slip is a rule of the table misused: left out, applied twice, taken at the
wrong value (σ′ at the result), exchanged for another row's (tanh's rule for σ), with a matrix transposed that should
not be; or it is something else made of the rule's own operands, which a student takes for the derivative (exp′(x) = x).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.graph import Node
from ..engine.kernels.arrays import HOLE
from ..engine.rules import TABLE, shape

# What stands for a rule's derivative at a place: (vjp, g, out, args, params) -> contribution
Slip = Callable[..., Any]


class Mistaken:
    """A slip, and what it is called.

    mistake: its name in the table of mistakes. how: tells slips of one name apart; a sentence of its own is found by
    it. common: how far down a list of frequent mistakes it stands; the lower the likelier.
    """

    def __init__(self, mistake: str, slip: Slip, how: str = "", common: int = 0) -> None:
        self.mistake, self.slip, self.how, self.common = mistake, slip, how, common

    def __repr__(self) -> str:
        return f"<{self.mistake} {self.how}>"


def scaled(c: float) -> Slip:
    """A contribution times c: −1 is a sign lost, 0 a path lost."""
    return lambda vjp, g, out, args, params: c * np.asarray(vjp(g, out, *args, **params))


def lost(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
    """Nothing where a contribution belongs."""
    return np.zeros_like(vjp(g, out, *args, **params))


def left_out(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
    """The incoming gradient handed on as it is."""
    return g


def doubled(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
    """The derivative multiplied in twice."""
    return vjp(vjp(g, out, *args, **params), out, *args, **params)


def _inverted(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
    return g / vjp(1.0, out, *args, **params)


def _at_result(rule: Any) -> Slip:
    """f′(f(x)) for f′(x): the derivative taken at the operation's own result."""
    return lambda vjp, g, out, args, params: vjp(g, rule(out), out, **params)


def _of_result_too(rule: Any) -> Slip:
    """f′(f(x)) f′(x) for f′(x), as if the operation were applied twice."""
    return lambda vjp, g, out, args, params: vjp(vjp(g, rule(out), out, **params), out, *args, **params)


def assigned(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
    """What comes to entries picked by an index, where the last of several uses overwrites the others."""
    found = np.zeros(shape(args[0]))
    if "key" in params:
        indices = iter(args[1:])
        found[tuple(next(indices) if k is HOLE else k for k in params["key"])] = g
    else:
        np.put_along_axis(found, args[1], g, axis=params["axis"])
    return found


def _with_argument_for_result(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
    return vjp(g, args[0], *args, **params)


def _simple(f: Callable[..., Any]) -> Slip:
    return lambda vjp, g, out, args, params: f(g, out, *args)


def _of_row(rule: Any, at_own_value: bool) -> Slip:
    """Another row's derivative, with this operation's result in it or with that row's own."""

    def slip(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
        return rule.vjps[0](g, rule(args[0]) if at_own_value else out, args[0])

    return slip


def inner(here: Node) -> Node | None:
    """The u of f(g(u)), at the node of f, if g has one argument and keeps the shape; else None."""
    operand = here.parents[0]
    parents = operand.parents
    if len({id(a) for a in parents}) != 1 or np.shape(parents[0]._data) != np.shape(operand._data):
        return None
    return parents[0]


def at_inner(here: Node, g: Any) -> Any:
    """f′(x) where f′(u(x)) belongs."""
    x = inner(here)
    assert x is not None and here.rule is not None
    return here.rule.vjps[0](g, here.rule(x._data), x._data)


at_inner.of_node = True  # type: ignore[attr-defined]


def joint_slips(node: Node) -> Iterator[tuple[Mistaken, dict[int, Slip]]]:
    """What goes wrong at both operands together."""
    assert node.rule is not None
    if node.rule.powers == (1, -1):
        slips = {0: _simple(lambda g, out, x, y: g), 1: _simple(lambda g, out, x, y: -g * x / y)}
        yield Mistaken("wrong-derivative", left_out, "denominator-not-squared-at-all"), slips


_UNARY = {
    "itself": _simple(lambda g, out, *args: g * out),
    "argument": _simple(lambda g, out, x: g * x),
    "one-less-result": _simple(lambda g, out, x: g * (1.0 - out)),
    "argument-for-result": _with_argument_for_result,
    "one-over-argument": _simple(lambda g, out, x: g / x),
    "one-over-result": _simple(lambda g, out, x: g / out),
    "inverted": _inverted,
    "argument-times-result": _simple(lambda g, out, x: g * x * out),
    "argument-squared": _simple(lambda g, out, x: g * x * x),
    "result-squared": _simple(lambda g, out, x: g * out * out),
    "one-less-result-squared": _simple(lambda g, out, x: g * (1.0 - out * out)),
    "one-over-argument-squared": _simple(lambda g, out, x: g / (x * x)),
    "result-times-one-more": _simple(lambda g, out, x: g * out * (1.0 + out)),
    "one-more-result-squared": _simple(lambda g, out, x: g * (1.0 + out * out)),
}


def _spread(f: Callable[..., Any]) -> Slip:
    """A slip at a reduction, `f` of the incoming gradient, the result and the argument; as large as the argument."""

    def slip(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
        axis, keepdims = params["axis"], params["keepdims"]
        found = f(rules.restored(g, axis, keepdims), rules.restored(out, axis, keepdims), args[0])
        return np.broadcast_to(found, shape(args[0]))

    return slip


def _to_all(g: Any, out: Any, x: Any) -> Any:
    return g


def _to_others(g: Any, out: Any, x: Any) -> Any:
    return g * (x != out)


def _diagonal(p: Any) -> Any:
    return p * (1.0 - p)


def _wrong(
    slip: Callable[[Callable[..., Any]], Slip] = _simple, /, **functions: Callable[..., Any]
) -> list[tuple[str, str, Slip]]:
    """Wrong derivatives of arrays, by what is wrong. slip: `_spread` for those of a reduction."""
    return [("wrong-derivative", how.replace("_", "-"), slip(f)) for how, f in functions.items()]


# What people get wrong about one operation and its argument at a position: mistake, how, slip.
_OF_ONE_OPERATION: dict[tuple[str, int], list[tuple[str, str, Slip]]] = {
    ("divide", 0): _wrong(
        inverted=lambda g, out, x, y: g * y,
        denominator_squared=lambda g, out, x, y: g / (y * y),
    ),
    ("divide", 1): _wrong(
        denominator_not_squared=lambda g, out, x, y: -g * x / y,
        numerator_lost=lambda g, out, x, y: -g / (y * y),
        one_over=lambda g, out, x, y: g / y,
        itself=lambda g, out, x, y: g * out,
        log_for_reciprocal=lambda g, out, x, y: g * x * np.log(np.abs(y)),
        numerator=lambda g, out, x, y: g * x,
    ),
    ("power", 0): _wrong(
        exponent_not_lowered=lambda g, out, x, y: g * y * out,
        exponent_raised=lambda g, out, x, y: g * y * rules.power(x, y + 1.0),
        base_lost=lambda g, out, x, y: g * y,
        itself=lambda g, out, x, y: g * out,
        exponent_lowered_twice=lambda g, out, x, y: g * y * rules.power(x, y - 2.0),
        integrated=lambda g, out, x, y: g * rules.power(x, y + 1.0) / (y + 1.0),
        log_of_base=lambda g, out, x, y: g * out * np.log(np.abs(x)),
    ),
    ("power", 1): _wrong(
        log_lost=lambda g, out, x, y: g * out,
        power_rule=lambda g, out, x, y: g * y * out / x,
        divided_by_log=lambda g, out, x, y: g * out / np.log(np.abs(x)),
        log_alone=lambda g, out, x, y: g * np.log(np.abs(x)),
    ),
    ("multiply", 0): _wrong(own_factor=lambda g, out, x, y: g * x, product_kept=lambda g, out, x, y: g * out),
    ("multiply", 1): _wrong(own_factor=lambda g, out, x, y: g * y, product_kept=lambda g, out, x, y: g * out),
    ("exp", 0): _wrong(power_of_e=lambda g, out, x: g * np.e * rules.power(x, np.e - 1.0)),
    ("softmax", 0): [("softmax-diagonal", "softmax", _simple(lambda g, out, x: g * out * (1.0 - out)))],
    ("log_softmax", 0): [
        ("softmax-diagonal", "log-softmax", _simple(lambda g, out, x: g * (1.0 - np.exp(out)))),
        *_wrong(incoming_sum_lost=lambda g, out, x: g - np.exp(out)),
    ],
    ("cumsum", 0): [
        ("wrong-derivative", "not-reversed", lambda vjp, g, out, args, params: np.cumsum(g, **params)),
    ],
    ("logsumexp", 0): [
        *_wrong(
            _spread, not_normalised=lambda g, out, x: g * np.exp(x), one_over_sum=lambda g, out, x: g / np.exp(out)
        ),
        ("softmax-diagonal", "softmax", _spread(lambda g, out, x: g * _diagonal(np.exp(x - out)))),
    ],
    ("max", 0): _wrong(_spread, to_all=_to_all, other_side=_to_others),
    ("min", 0): _wrong(_spread, to_all=_to_all, other_side=_to_others),
    ("prod", 0): _wrong(_spread, itself=lambda g, out, x: g * out, argument=lambda g, out, x: g * x),
}
_MOST_TAKEN = ("tanh", "sigmoid", "exp", "log", "relu", "softplus", "square", "sqrt", "sin", "cos")


def slips_at(node: Node, position: int) -> Iterator[Mistaken]:
    """The wrong derivatives that people use at a place, the likeliest of each kind first."""
    rule = node.rule
    assert rule is not None
    known = _OF_ONE_OPERATION.get((rule.name, position), ())
    # a mean whose 1/N is left out is a factor along a path, which is found without a slip
    if (rule.kind.name in ("elementwise", "reduction") and rule.folds is not np.add) or rule.along_classes:
        yield Mistaken("local-derivative", _left_out_of(rule), "left-out")
        yield Mistaken("local-derivative", doubled, "doubled", 1)
    if rule.indexed == "argument" and position == 0:
        yield Mistaken("missing-path", assigned, "assigned")
    if rule.contracts and rule.arity == 2:
        for number, slip in enumerate(_transposed(position)):
            yield Mistaken("transpose", slip, f"transposed {number}")
    elif rule.arity == 1 and rule.kind.name == "elementwise":
        yield from _unary(node)
    elif rule.chooses and rule.kind.name == "elementwise":
        yield Mistaken("wrong-derivative", _other_side(rule, position), "other-side")
    elif rule.arity == 2 and rule.kind.name == "elementwise" and not known and not rule.signs:
        yield Mistaken("wrong-derivative", _UNARY["itself"], "itself")
    for mistake, how, slip in known:
        yield Mistaken(mistake, slip, how)


def _left_out_of(rule: Any) -> Slip:
    """The incoming gradient as it is; in the argument's shape where the operation is a reduction."""
    return _spread(_to_all) if rule.kind.name == "reduction" else left_out


def _by_the_power_rule(rule: Any) -> Slip:
    """x f(x − 1), as if x were an exponent that comes down."""
    return lambda vjp, g, out, args, params: g * args[0] * rule(args[0] - 1.0)


def _unary(node: Node) -> Iterator[Mistaken]:
    rule: Any = node.rule
    if inner(node) is not None:
        yield Mistaken("wrong-derivative", at_inner, "at-inner")
    for common, (how, slip) in enumerate(_UNARY.items()):
        yield Mistaken("wrong-derivative", slip, how, common)
    yield Mistaken("wrong-derivative", _by_the_power_rule(rule), "power-rule", len(_UNARY))
    yield Mistaken("wrong-derivative", _at_result(rule), "at-result", len(_UNARY))
    yield Mistaken("local-derivative", _of_result_too(rule), "doubled-at-result", 2)
    others = [r for r in TABLE.values() if r.arity == 1 and r.kind.name == "elementwise" and r.differentiable]
    others = [other for other in others if not (other.moves or other.signs)]
    for other in dict.fromkeys((*(TABLE[name] for name in _MOST_TAKEN), *others)):
        if other is not rule:
            yield Mistaken("wrong-derivative", _of_row(other, False), f"of {other.name}", 20)
            yield Mistaken("wrong-derivative", _of_row(other, True), f"of {other.name}", 21)


def _other_side(rule: Any, position: int) -> Slip:
    """The gradient where the operand was not chosen, and none where it was."""

    def slip(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
        return g - vjp(g, out, *args, **params)

    return slip


def _transposed(position: int) -> Iterator[Slip]:
    """A matrix product's backward with a factor transposed, or the factors on the wrong sides."""

    def turned(a: Any, turn: bool) -> Any:
        a = np.asarray(a)
        return np.swapaxes(a, -1, -2) if turn and a.ndim > 1 else a

    def slip_of(turn_g: bool, turn_other: bool, g_first: bool, turn_result: bool) -> Slip:
        def slip(vjp: Any, g: Any, out: Any, args: list[Any], params: dict[str, Any]) -> Any:
            a, b = turned(g, turn_g), turned(args[1 - position], turn_other)
            if min(a.ndim, b.ndim) == 0:
                raise ValueError("a single number")
            found = turned(a @ b if g_first else b @ a, turn_result)
            if np.shape(found) != np.shape(args[position]):
                raise ValueError("another shape")
            return found

        return slip

    for choice in product((False, True), repeat=4):
        yield slip_of(*choice)
