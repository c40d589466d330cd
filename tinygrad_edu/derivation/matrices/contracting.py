"""A product of terms under sums: what is the same entry by entry is merged, then the sums go away one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sympy as sp

from ..symbolic.functions import Expr
from .terms import (
    NO_FORM,
    Applied,
    Axes,
    Chain,
    Diagonal,
    Entrywise,
    Norm,
    Number,
    Ones,
    Power,
    Scaled,
    Term,
    Total,
    Trace,
    Transposed,
    chain,
    entrywise,
    oriented,
    scaled,
    trace,
    transposed,
)


class Net:
    """The factors of a product. number: what is in front; groups: the terms by their axes, divisors apart."""

    def __init__(self) -> None:
        self.number: Expr = sp.Integer(1)
        self.over: list[Term] = []
        self.under: list[Term] = []
        self.groups: dict[frozenset[Expr], tuple[list[Term], list[Term]]] = {}

    def enter(self, x: Term, under: bool = False) -> None:
        """Add a factor, or a divisor."""
        if isinstance(x, Scaled):
            self.number = self.number / x.number if under else self.number * x.number
            for part, below in ((x.over, under), (x.under, not under)):
                for one in part:
                    self.enter(one, below)
            if x.body is not None:
                self.enter(x.body, under)
        elif isinstance(x, Number):
            self.number = self.number / x.value if under else self.number * x.value
        elif isinstance(x, Entrywise):
            for part, below in ((x.over, under), (x.under, not under)):
                for one in part:
                    self.enter(one, below)
        elif not x.axes:
            (self.under if under else self.over).append(x)
        else:
            self.groups.setdefault(frozenset(x.axes), ([], []))[under].append(x)

    def contracted(self, bound: Iterable[Expr]) -> Term:
        """The product, summed over the indices `bound`."""
        waiting = list(bound)
        while waiting:
            k = min(waiting, key=self._matrices_with)
            if self._traced(k, waiting):
                continue
            waiting.remove(k)
            self._without(k)
        return scaled(self.number, self.over, self.under, self._body())

    # ── one index ──

    def _matrices_with(self, k: Expr) -> int:
        return sum(1 for axes in self.groups if k in axes and len(axes) == 2)

    def _traced(self, k: Expr, waiting: list[Expr]) -> bool:
        """Sum a matrix over both its indices at once, if no other factor has them: a norm or a trace."""
        mine = [axes for axes in self.groups if k in axes]
        if len(mine) != 1 or len(mine[0]) != 2 or not mine[0] <= set(waiting):
            return False
        if any(other & mine[0] for other in self.groups if other != mine[0]):
            return False
        over, under = self.groups[mine[0]]
        if under or not over:
            return False
        if len(over) == 1:
            if not (isinstance(square := over[0], Power) and square.exponent == 2):
                return False
            found: Term = Power((), Norm((), square.base), sp.Integer(2))
        else:
            found = trace(over[0], entrywise(over[1:]))
        del self.groups[mine[0]]
        self.enter(found)
        for axis in mine[0]:
            waiting.remove(axis)
        return True

    def _without(self, k: Expr) -> None:
        """Sum over one index."""
        mine = {axes: self.groups.pop(axes) for axes in [a for a in self.groups if k in a]}
        vector = mine.pop(frozenset((k,)), None)
        if len(mine) > 2:
            raise NotImplementedError(NO_FORM)
        if not mine:
            if vector is None:
                raise NotImplementedError(NO_FORM)
            self.enter(_inner(*vector))
            return
        matrices = [entrywise(*parts) for parts in mine.values()]
        others = [next(a for a in axes if a != k) for axes in mine]
        if len(matrices) == 1:
            (i,) = others
            right: Term = Ones((k,)) if vector is None else entrywise(*vector)
            self.enter(chain([oriented(matrices[0], (i, k)), right], (i,)))
            return
        middle = [] if vector is None else [Diagonal((k, k), entrywise(*vector))]
        left, right = oriented(matrices[0], (others[0], k)), oriented(matrices[1], (k, others[1]))
        self.enter(chain([left, *middle, right], (others[0], others[1])))

    # ── what is left ──

    def _body(self) -> Term | None:
        """The product of the factors that are left: diag(u) M diag(v), u vᵀ."""
        matrices = [axes for axes in self.groups if len(axes) == 2]
        vectors = {next(iter(axes)): entrywise(*parts) for axes, parts in self.groups.items() if len(axes) == 1}
        if len(matrices) > 1 or len({axis for axes in self.groups for axis in axes}) > 2:
            raise NotImplementedError(NO_FORM)
        if not matrices:
            axes = tuple(vectors)
            if len(axes) < 2:
                return vectors[axes[0]] if axes else None
            return chain([vectors[axes[0]], transposed(vectors[axes[1]])], axes)
        matrix = entrywise(*self.groups[matrices[0]])
        if not vectors:
            return matrix
        i, j = matrix.axes
        factors: list[Term] = [matrix]
        if i in vectors:
            factors.insert(0, Diagonal((i, i), vectors[i]))
        if j in vectors:
            factors.append(Diagonal((j, j), vectors[j]))
        return chain(factors, (i, j))


def _inner(over: Sequence[Term], under: Sequence[Term]) -> Term:
    """The sum over the entries of a vector: an inner product, a squared norm, or 𝟏ᵀ u."""
    axes: Axes = (over or under)[0].axes
    if len(over) == 1 and not under:
        (x,) = over
        if isinstance(x, Power) and x.exponent == 2:
            return Power((), Norm((), x.base), sp.Integer(2))
        if isinstance(x, Diagonal):
            return Trace((), x.of)
        if isinstance(x, Ones):
            raise NotImplementedError(NO_FORM)
        return chain([Transposed(axes, Ones(axes)), x], ())
    if under or len(over) < 2:
        return chain([Transposed(axes, Ones(axes)), entrywise(over, under)], ())
    if all(x == over[0] for x in over):
        return _inner([entrywise(over)], [])
    ordered = sorted(
        over, key=lambda x: next((n for n, kind in enumerate((Total, Applied, Chain), 1) if isinstance(x, kind)), 0)
    )
    return chain([transposed(ordered[0]), entrywise(ordered[1:])], ())
