"""The verdicts on typed claims, without SymPy where their values alone decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checking import judge
from ..checking.other_gradients import Gradient
from ..engine.backward import ancestors
from ..engine.graph import Node


def judged(
    loss: Node, wrt: Node, claims: Sequence[str], *, solution: bool = False, order: int = 1
) -> list[Any]:  # fmt: skip
    """A verdict on each claim about ∂loss/∂wrt, as `derive(loss, wrt, order=order).check_lines` gives it.

    solution: whether a verdict on a wrong claim shows the step done right. That is written with SymPy, and so are the
    letters of a derivation, which a claim may speak of. Where neither is asked for, SymPy is not imported: it takes
    longer than all else.
    """
    if not solution and order == 1 and np.size(loss._data) == 1 and wrt in set(ancestors([loss])):
        verdicts = judge.check_lines(Gradient(loss, wrt), claims)
        if all(verdict.ok is not None and verdict.mistake != "unparsable" for verdict in verdicts):
            return verdicts
    from ..derivation import derive

    return list(derive(loss, wrt, order=order).check_lines(claims))
