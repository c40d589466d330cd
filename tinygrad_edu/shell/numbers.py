"""Draws numbers for the names of a typed loss, of the kind that the formula asks for.

What stands under a logarithm is positive, a probability lies inside (0, 1), labels are 0 or 1, −1 or 1, or one-hot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import losses
from ..checking import sampling
from ..engine.graph import Node
from ..paper.sizes import Sizes
from ..reading import tree
from .evaluation import Cost
from .text import LABELS, Formula

Shape = tuple[int, ...]
_CLASSIFYING = {"log", "softplus", "log_softmax", "logsumexp", "logaddexp", "log1p", "maximum", "max", "relu"}
_OF_DEFINITE = {"inverse", "inv", "log", "det", "slogdet", "sqrt", "cholesky"}
MATRICES = ("symmetric", "definite")  # kinds that are matrices and no labels
_HINGED = {"maximum", "max", "relu", "hinge_loss"}
KINDS = ("", "positive", "probability", "large")  # of either sign, above 0, inside (0, 1), from 3 to 30


@dataclass(frozen=True)
class Labels:
    """How the labels under one name are drawn.

    kind: "bits" are 0 or 1, "signs" −1 or 1, "one-hot" have one 1 along `axis`, "shares" are positive and add up to 1
    along `axis`, "any" lie between 0 and 1; "places" are 0 or 1 and stand as an index. "symmetric" and "definite" are
    matrices and no labels: symmetric ones, and those with positive eigenvalues.
    """

    kind: str
    axis: int = -1

    def drawn(self, shape: Shape, rng: np.random.Generator) -> Any:
        """Random labels of this kind, in an array of this shape."""
        match self.kind:
            case "signs":
                return rng.permutation(np.resize([1.0, -1.0], int(np.prod(shape)))).reshape(shape)
            case "one-hot":
                return sampling.one_hot(self.axis)(shape, rng)
            case "shares" if shape:
                return sampling.distributions(self.axis)(shape, rng)
            case "any" | "shares":
                return rng.uniform(0.15, 0.85, shape)
            case "symmetric" | "definite":
                square = len(shape) == 2 and shape[0] == shape[1]
                draw = sampling.symmetric if self.kind == "symmetric" else sampling.positive_definite
                return (draw if square else sampling.reals)(shape, rng)
        return rng.permutation(np.resize([1.0, 0.0], int(np.prod(shape)))).reshape(shape)


class Numbers:
    """Draws numbers for the leaves of a formula.

    positive: the names that must be above 0. probable: the names that must lie inside (0, 1).
    """

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.positive, self.probable = _under_functions(formula)
        self._functions = _functions(formula)

    def drawn(
        self,
        shapes: Mapping[str, Shape],
        given: Mapping[str, Any],
        labels: Mapping[str, Labels],
        kind: str = "",
    ) -> dict[str, Any]:
        """Numbers for every leaf; those that are `given` stay. kind: one of `KINDS`, for all others."""
        rng = np.random.default_rng(7)
        found: dict[str, Any] = {}
        for name in self.formula.leaves:
            found[name] = given[name] if name in given else self.one(name, shapes[name], rng, labels.get(name), kind)
            if not shapes[name]:
                found[name] = float(found[name])
        return found

    def one(
        self, name: str, shape: Shape, rng: np.random.Generator, labels: Labels | None = None, kind: str = ""
    ) -> Any:
        """Numbers for one leaf. labels: their kind, if the leaf holds labels. kind: as for `drawn`."""
        if name in self.probable or (kind == "probability" and labels is None):
            return rng.uniform(0.15, 0.85, shape).round(2)
        if labels is not None:
            return labels.drawn(shape, rng)
        if kind == "large":
            return rng.uniform(3.0, 30.0, shape).round(2)
        if name in self.positive or kind == "positive":
            return rng.uniform(0.4, 2.0, shape).round(2)
        return (rng.uniform(0.2, 1.5, shape) * rng.choice([-1.0, 1.0], shape)).round(2)

    def labels(self) -> dict[str, Labels]:
        """The kind of labels for each name that is one, if the loss is one of classification.

        They are 0 and 1, or −1 and 1 for a hinge; `one_hot` refines that once the graph is known. What stands as an
        index is a label in any loss, and a distribution is one that adds up to 1.
        """
        places = {name: Labels("places") for name in self.formula.places()}
        places |= {name: Labels("shares") for name in self.formula.distributions}
        matrices = Labels("definite" if self._functions & _OF_DEFINITE else "symmetric")
        places |= dict.fromkeys(self.formula.symmetric, matrices)
        if len(self.formula.leaves) == 1 or not self._classifies():
            return places
        hinged = self._functions & _HINGED and not self._functions & {"log", "softplus"}
        kind = Labels("signs" if hinged else "bits")
        others = self.probable | _dividing(self.formula)
        return {name: kind for name in self.formula.leaves if name in LABELS and name not in others} | places

    def _classifies(self) -> bool:
        """Whether the functions in the formula are those of a classification loss."""
        named = set(losses.__all__) - {"mse_loss"}
        return bool(self._functions & (named | _CLASSIFYING))


def one_hot(labels: Mapping[str, Labels], loss: Node, names: Mapping[str, Node]) -> dict[str, Labels]:
    """The kinds of labels once the graph is known: one-hot where an axis is that of the classes of a softmax."""
    sizes = Sizes([loss, *names.values()])
    along = sizes.class_sizes()
    found = dict(labels)
    for name, kind in labels.items():
        axes = [axis for axis, size in enumerate(sizes.axes(names[name])) if any(size is each for each in along)]
        if axes and kind.kind == "bits":
            found[name] = Labels("one-hot", axes[-1])
    return found


def _under_functions(formula: Formula) -> tuple[set[str], set[str]]:
    """The names that must be positive, and those that must lie inside (0, 1)."""
    positive: set[str] = set()
    probable: set[str] = set()
    for part in formula.parts():
        match part:
            case tree.Applied(function="log" | "log2" | "log10" | "sqrt", arguments=(tree.Name(name=name),)):
                positive.add(name)
            case Cost(name="binary_cross_entropy", outputs=tree.Name(name=name)):
                probable.add(name)
            case tree.Applied(
                function="log", arguments=(tree.Terms(signs=(1, -1), terms=(tree.Number(), tree.Name(name=name))),)
            ):
                probable.add(name)
            case tree.Applied(function="power", arguments=(tree.Name(name=name), exponent)):
                if not (isinstance(exponent, tree.Number) and exponent.number.is_integer()):
                    positive.add(name)
            case tree.Quotient(y=tree.Name(name=name)):
                positive.add(name)
            case tree.Compared(x=tree.Applied(function="absolute"), y=tree.Name(name=name)):
                positive.add(name)
            case tree.Compared(x=tree.Name(name=name), y=tree.Applied(function="absolute")):
                positive.add(name)
    return positive - probable, probable


def _dividing(formula: Formula) -> set[str]:
    """The names by which is divided, which hold no labels: the temperature T of z / T."""
    return {
        part.y.name for part in formula.parts() if isinstance(part, tree.Quotient) and isinstance(part.y, tree.Name)
    }


def _functions(formula: Formula) -> set[str]:
    """The functions and losses that a formula applies."""
    applied = {part.function for part in formula.parts() if isinstance(part, tree.Applied)}
    return applied | {part.name for part in formula.parts() if isinstance(part, Cost)}
