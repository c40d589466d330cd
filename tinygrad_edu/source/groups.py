"""Where arrays of a program may stand: side by side, so that one call does for all, or in a tensor's own memory."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.graph import Node
from .program import Op, Program

# Up to this many numbers an array shares a call with others; beyond, the time of a call is in the numbers.
_SMALL = 4096


@dataclass
class Group:
    """Operations that apply one number to several small arrays: a rate times each gradient, say.

    The arrays lie side by side in one buffer, so that one line does it for all, where the first operation stands.
    position: which operation of the program that is. members: the array of each operation. filled: how many of the
    buffer's numbers have an array already.
    """

    position: int
    members: dict[Op, Op] = field(default_factory=dict)
    buffer: str = ""
    filled: int = 0


def groups(program: Program, outputs: Collection[Op]) -> dict[Op, Group]:
    """The group of each operation that is in one, and of each array that it is applied to.

    outputs: the operations that the caller gets, whose arrays are no part of others.
    """
    at = {op: position for position, op in enumerate(program.ops)}
    found: dict[Any, Group] = {}
    for op in program.ops:
        for side, x in enumerate(op.args if len(op.args) == 2 and op not in outputs else ()):
            number = op.args[1 - side]
            if not number.shape and x not in outputs and _may_share(op, x):
                group = found.setdefault((op.rule, number, side, op.dtype), Group(at[op]))
                if at[x] < group.position:
                    group.members[op] = x
    several = [group for group in found.values() if len(group.members) > 1]
    return {each: group for group in several for pair in group.members.items() for each in pair}


def _may_share(op: Op, x: Op) -> bool:
    """Whether `op` may overwrite `x` and others at once: `x` is a small product or sum that nobody else reads."""
    return (
        op.rule is not None
        and isinstance(op.rule.array, np.ufunc)
        and not op.quiet
        and (multiplies(x) or is_fold(x))
        and (x.shape, x.dtype, x.uses) == (op.shape, op.dtype, 1)
        and math.prod(x.shape) <= _SMALL
    )


def moves(program: Program, tensors: Sequence[Node]) -> dict[Op, Op]:
    """The results that become the numbers of `tensors` and can be written into their arrays, each with its tensor.

    As many of the program's further results are these, in order. They are put at its end, where all that may raise is
    done and nobody reads the numbers of before.
    """
    further = program.out[len(program.out) - len(program.trace.outside.writes) :]
    outputs = [op for op in program.out if op is not None]
    if any(op.kind != "op" or op.view for op in outputs):  # copied at the very end, when the numbers are others
        return {}
    found = {
        op: program.of[p]
        for p, op in zip(tensors, further, strict=False)
        if op is not None and p in program.of and _may_move(op, program.of[p]) and outputs.count(op) == 1
    }
    program.ops = [*(op for op in program.ops if op not in found), *found]
    return found


def _may_move(op: Op, p: Op) -> bool:
    """Whether `op` may overwrite the tensor `p`: a result alone, entry by entry of p and of what the program made."""
    assert op.rule is not None
    return (
        isinstance(op.rule.array, np.ufunc)
        and op.rule.array.signature is None
        and not op.quiet
        and op.uses == 0
        and op.shape != ()
        and (p.kind, p.shape, p.dtype) == ("tensor", op.shape, op.dtype)
        and all(a is p or (a.kind in ("op", "const") and not a.view) for a in op.args)
    )


def multiplies(op: Op) -> bool:
    """Whether `dot` computes it, into a buffer: a product of matrices and vectors of one floating dtype."""
    if op.rule is None or not op.rule.contracts or op.rule.arity != 2:
        return False
    x, y = op.args
    dims = len(x.shape), len(y.shape)
    return max(dims) <= 2 and x.dtype == y.dtype == op.dtype and op.dtype.kind == "f"


def is_fold(op: Op) -> bool:
    """Whether NumPy's `reduce` computes it. Of halves, np.sum and np.mean keep more digits; products are rare."""
    folds = op.rule is not None and op.rule.folds not in (None, np.multiply) and op.dtype != np.float16
    return folds and op.args[0].shape != ()
