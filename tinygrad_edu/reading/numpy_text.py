"""A formula on paper written in NumPy's manner: -(1/N) Σᵢ yᵢ log ŷᵢ becomes -mean(y * log(yhat)).

The indices of a part are the leading axes of its array, as in `entries`, but here neither numbers nor lengths are
known: each axis is a variable, and two axes that meet become one. Which axes a name has is given; where it was given
wrongly, `MisfitError` is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isnan, pi
from typing import Any

from ..engine.rules import TABLE
from ..errors import MisfitError
from .alternatives import Alternatives
from .calls import REDUCTIONS
from .sums import Chosen, Over
from .tree import (
    Applied,
    Compared,
    Expression,
    Indexed,
    Name,
    Negative,
    Number,
    Ones,
    Position,
    Power,
    Product,
    Quotient,
    Terms,
    Transposed,
    folded,
)
from .words import SAMPLES
from .written import ATOM, Axes, Written

_COMPARISON, _SUM, _PRODUCT, _UNARY = range(ATOM)  # how tightly the parts of a text hold together
_RELATIONS = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!="}
_PI = Fraction(repr(pi))
_ALONG = ("softmax", "log_softmax", "logsumexp")


class Writer:
    """Writes trees. shapes: the axes of each name. lifted: the names that stand for one sample where they are written
    without an index, their first axis going along the samples. inner: whether x · y of vectors is their inner product.
    """

    def __init__(
        self, axes: Axes, shapes: Mapping[str, Sequence[str]], lifted: Sequence[str] = (), inner: bool = False
    ) -> None:
        self.axes, self.shapes, self.lifted, self.inner = axes, shapes, lifted, inner
        self.biases: set[str] = set()  # names that may be repeated along axes they do not have
        self.alone: set[str] = set()  # names that are not added to names with more axes
        self.strict = False  # whether single numbers have no norm, and no ⊙ with a vector
        self.columns: set[str] = set()  # matrices with a sample in each column

    def written(self, tree: Expression) -> Written:
        """A tree in NumPy's manner; `MisfitError` where its shapes do not fit, or it has no such form."""
        match tree:
            case Alternatives(question=("size", _), answers=answers):
                return Written(f"⟦{answers[0]}⟧", factor=Fraction(1), sizes=(f"*{answers[0]}",))
            case Alternatives(question=("function" | "model", spelled)):
                raise MisfitError(f"what {spelled} is was not read")
            case Alternatives(answers=answers, meant=meant, within=within):
                return self.written(meant(answers[0], *within))
        write = _WRITERS.get(type(tree))
        if write is None:
            raise MisfitError(f"{type(tree).__name__.lower()} is not read in a loss")
        return write(self, tree)

    # ── what stands alone ──

    def _number(self, number: Fraction) -> Written:
        if number.denominator == 1:
            return Written(str(number.numerator), factor=number)
        decimal = repr(float(number))
        if Fraction(decimal) == number:
            return Written(decimal, factor=number)
        return Written(f"{number.numerator}/{number.denominator}", _PRODUCT, factor=number)

    def _name(self, name: str) -> Written:
        if name not in self.shapes:
            raise MisfitError(f"{name} is built on itself")
        axes = tuple(self.shapes[name])
        if name in self.lifted and axes:
            return Written(name, labels=(("·", axes[0]),), axes=axes[1:])
        return Written(name, axes=axes)

    def _indexed(self, tree: Indexed) -> Written:
        part = self.written(replace(tree.part)) if not isinstance(tree.part, Name) else self._whole(tree.part.name)
        subscripts = [tree.sample, *tree.subscripts] if tree.sample is not None else list(tree.subscripts)
        if len(subscripts) > len(part.axes):
            raise MisfitError(f"{len(subscripts)} subscripts on {part.text}")
        key, labels, axes = [], list(part.labels), []
        for axis, subscript in zip(part.axes, subscripts, strict=False):
            if isinstance(subscript, int):
                key.append(str(subscript - 1))
            elif subscript == "":
                key.append(":")
                axes.append(axis)
            elif subscript in part.names or any(subscript == label for label, _ in labels):
                raise MisfitError(f"the index {subscript} twice on {part.text}")
            else:
                key.append(":")
                labels.append((subscript, axis))
        if axes and len(labels) > len(part.labels):
            raise MisfitError("a whole axis beside an index")
        text = part.text
        if any(each != ":" for each in key):
            text = f"{part.held(ATOM)}[{', '.join([':'] * len(part.labels) + key)}]"
        return Written(text, part.tight, tuple(labels), (*axes, *part.axes[len(subscripts) :]))

    def _whole(self, name: str) -> Written:
        """A name that has indices: one of columns is turned, so that the samples come first."""
        axes = tuple(self.shapes[name])
        if name in self.columns and len(axes) == 2:
            return Written(f"{name}.T", axes=axes[::-1])
        return Written(name, axes=axes)

    # ── entry by entry ──

    def _aligned(self, parts: Sequence[Written]) -> tuple[list[Written], tuple[tuple[str, str], ...], tuple[str, ...]]:
        """The parts as arrays that NumPy broadcasts as they are meant, and the labels and axes of the result."""
        labels: dict[str, str] = {}
        for part in parts:
            for label, axis in part.labels:
                if label in labels:
                    self.axes.unite(labels[label], axis)
                labels.setdefault(label, axis)
        longest = max(parts, key=lambda part: len(part.axes)).axes
        for part in parts:
            for one, other in zip(reversed(part.axes), reversed(longest), strict=False):
                self.axes.unite(one, other)
        return [self._spread(part, list(labels), len(longest)) for part in parts], tuple(labels.items()), longest

    def _spread(self, part: Written, labels: Sequence[str], rank: int) -> Written:
        """A part whose labels are to stand in an order, among others, and before so many axes."""
        if part.is_number:
            return part
        wanted = [label for label in labels if label in part.names]
        text = part
        if wanted != list(part.names):
            if len(wanted) != 2 or part.axes:
                raise MisfitError(f"the indices of {part.text} stand in another order")
            text = replace(part, text=f"{part.held(ATOM)}.T", tight=ATOM)
        key = [":" if label in part.names else "None" for label in labels]
        key += ["None"] * (rank - len(part.axes)) if part.labels else []
        key += [":"] * len(part.axes)
        while key and key[0] == "None":
            key.pop(0)
        if "None" not in key:
            return text
        return replace(text, text=f"{text.held(ATOM)}[{', '.join(key)}]", tight=ATOM)

    def _of_terms(self, tree: Terms) -> Written:
        """A sum. What a vector of ones repeats, as in X w + b 1 and X W + 1 bᵀ, is broadcast to the other terms."""
        repeated = [_repeated(term) for term in tree.terms]
        if None not in repeated:
            raise MisfitError("a vector of ones whose length nothing tells")
        parts = []
        for term, inner in zip(tree.terms, repeated, strict=True):
            part = self.written(term if inner is None else inner[0])
            if inner is not None and len(part.axes) != inner[1]:
                raise MisfitError(f"{part.text} times a vector of ones")
            self.biases |= set() if inner is None else {part.text}
            parts.append(part)
        return self._terms(tree.signs, parts)

    def _terms(self, signs: Sequence[int], parts: Sequence[Written]) -> Written:
        rank = max(len(part.axes) for part in parts)
        for part in parts:
            if 0 < len(part.axes) < rank and part.text not in self.biases:
                raise MisfitError(f"{part.text} has fewer axes than what it is added to")
            if part.text in self.alone and part.is_number and rank and all(each.text.isidentifier() for each in parts):
                raise MisfitError(f"{part.text} is a single number, and what it is added to is none")
            if part.labels and not part.axes and any(each.axes and not each.labels for each in parts):
                raise MisfitError(f"{part.text} is a number for each {part.names[0]}, and what it is added to is none")
        spread, labels, axes = self._aligned(parts)
        text = ""
        for sign, part in zip(signs, spread, strict=True):
            if not text:
                text = part.held(_SUM) if sign > 0 else f"-{part.held(_UNARY)}"
            else:
                text += f" {'+' if sign > 0 else '-'} {part.held(_PRODUCT if sign < 0 else _SUM)}"
        return Written(text, _SUM, labels, axes)

    def _negative(self, part: Written) -> Written:
        factor = None if part.factor is None else -part.factor
        return replace(part, text=f"-{part.held(_PRODUCT)}", tight=_SUM, total=None, factor=factor, factors=())

    def _times(self, x: Written, y: Written) -> Written:
        """Entry by entry."""
        (first, second), labels, axes = self._aligned([x, y])
        text = f"{first.held(_PRODUCT)} * {second.held(_UNARY)}"
        row = x.row or y.row
        factors: tuple[Written, ...] = ()
        if not x.axes and not y.axes:
            factors = (*(x.factors or (x,)), *(y.factors or (y,)))
        return Written(text, _PRODUCT, labels, axes, row, factors=factors)

    def _quotient(self, x: Written, y: Written) -> Written:
        if y.factor is not None:
            if not y.factor:
                raise MisfitError("a division by 0")
            return self._scaled(Fraction(1) / y.factor, tuple(map(_inverted, y.sizes)), x)
        (first, second), labels, axes = self._aligned([x, y])
        return Written(f"{first.held(_PRODUCT)} / {second.held(_UNARY)}", _PRODUCT, labels, axes, x.row)

    def _scaled(self, factor: Fraction, sizes: tuple[str, ...], part: Written) -> Written:
        """A part times a number and divided by sizes. A size in front of a sum along its axis makes that a mean."""
        if part.factor is not None:
            number = part.factor * factor
            text = self._number(number)
            sizes = (*part.sizes, *sizes)
            return replace(text, text=self._over_sizes(text.text, sizes), tight=_PRODUCT if sizes else text.tight,
                           factor=number, sizes=sizes)  # fmt: skip
        part, sizes = self._averaged(part, sizes)
        if (turns := factor / _PI).denominator < 1000:  # 2π is no long fraction
            part, factor = replace(part, text=f"pi * {part.held(_UNARY)}", tight=_PRODUCT, total=None), turns
        if factor < 0:
            return self._negative(self._scaled(-factor, sizes, part))
        result = part
        if factor.numerator != 1:
            result = replace(part, text=f"{factor.numerator} * {part.held(_UNARY)}", tight=_PRODUCT)
        if factor.denominator != 1:
            result = replace(result, text=f"{result.held(_PRODUCT)} / {factor.denominator}", tight=_PRODUCT)
        if sizes:
            result = replace(result, text=self._over_sizes(result.held(_PRODUCT), sizes), tight=_PRODUCT)
        return replace(result, total=part.total if result is part else None, factors=())

    def _averaged(self, part: Written, sizes: tuple[str, ...]) -> tuple[Written, tuple[str, ...]]:
        """A sum that is divided by the length of its one axis as a mean, and the sizes that are left."""
        if part.total is None:
            return part, sizes
        if len(part.total[1]) > 1:
            for size in sizes:  # (1/N) ‖XW − Y‖²: N counts the samples
                if size in SAMPLES and self.axes.is_open(f"[{size}]"):
                    self.axes.unite(f"[{size}]", part.total[1][0])
            return part, sizes
        inner, (axis,) = part.total
        for size in sizes:
            known = self.axes.root(axis)
            if not size.startswith("*") and (not known.startswith("[") or known == self.axes.root(f"[{size}]")):
                self.axes.unite(f"[{size}]", axis)
                return Written(f"mean({inner.text})"), tuple(each for each in sizes if each is not size)
        return part, sizes

    def _over_sizes(self, text: str, sizes: Sequence[str]) -> str:
        for size in sizes:
            text += f" * ⟦{size[1:]}⟧" if size.startswith("*") else f" / ⟦{size}⟧"
        return text

    # ── products, powers ──

    def _of_product(self, tree: Product) -> Written:
        """A product; y (w x) for the (y w) x and the (w y) x of a number y for each sample and vectors w and x."""
        y = self.written(tree.y)
        if isinstance(tree.x, Product) and y.axes:
            first, second = self.written(tree.x.x), self.written(tree.x.y)
            if first.labels and not first.axes:
                return self._product(first, self.written(replace(tree, x=tree.x.y)), tree.x.mark)
            if second.labels and not second.axes and first.row:
                return self._product(first, self._product(second, y, tree.mark), tree.x.mark)
        return self._product(self.written(tree.x), y, tree.mark)

    def _product(self, x: Written, y: Written, mark: str) -> Written:
        if x.factor is not None:
            return self._scaled(x.factor, x.sizes, y)
        if y.factor is not None:
            return self._scaled(y.factor, y.sizes, x)
        if x.row and y.labels and not y.axes:
            raise MisfitError(f"{x.text} is transposed, and what it is multiplied by is a number for each {y.names[0]}")
        if mark == "⊙" and self.strict and bool(x.axes) != bool(y.axes) and not (x.labels or y.labels):
            raise MisfitError(f"{x.text} ⊙ {y.text} of a number and a vector")
        if not x.axes or not y.axes or mark == "⊙":
            return self._times(x, y)
        if len(x.axes) == len(y.axes) == 1:
            if x.row and not y.row:
                return self._contracted(x, y)
            if y.row and not x.row:
                raise MisfitError("an outer product is not read in a loss")
            return self._contracted(x, y) if mark == "·" and self.inner else self._times(x, y)
        return self._contracted(x, y)

    def _contracted(self, x: Written, y: Written) -> Written:
        """A product of matrices."""
        self.axes.unite(x.axes[-1], y.axes[-2 if len(y.axes) > 1 else 0])
        axes = (*x.axes[:-1], *(y.axes[:-2] if len(y.axes) > 1 else ()), *(y.axes[-1:] if len(y.axes) > 1 else ()))
        row = len(x.axes) == 1 and len(axes) == 1
        if not x.labels and not y.labels:
            return Written(f"{x.held(_PRODUCT)} @ {y.held(_UNARY)}", _PRODUCT, (), axes, row)
        if not y.labels and len(x.axes) == 1:
            return Written(f"{x.held(_PRODUCT)} @ {y.held(_UNARY)}", _PRODUCT, x.labels, axes, row)
        if not x.labels and len(y.axes) == 1:
            turned = x.held(ATOM) + (".T" if len(x.axes) == 2 else "")
            return Written(f"{y.held(_PRODUCT)} @ {_turned(turned)}", _PRODUCT, y.labels, axes)
        if len(x.axes) > 1 or len(y.axes) > 1:
            raise MisfitError(f"the product of {x.text} and {y.text} for each index")
        if len(x.labels) == len(y.labels) == 1 and x.names != y.names:
            return Written(f"{x.held(_PRODUCT)} @ {_turned(y.held(ATOM) + '.T')}", _PRODUCT, x.labels + y.labels)
        if x.names == y.names:
            for (_, one), (_, other) in zip(x.labels, y.labels, strict=True):
                self.axes.unite(one, other)
            return Written(f"sum({x.held(_PRODUCT)} * {y.held(_UNARY)}, axis=-1)", ATOM, x.labels)
        raise MisfitError(f"the product of {x.text} and {y.text} for each index")

    def _power(self, base: Expression, exponent: Expression) -> Written:
        x, y = self.written(base), self.written(exponent)
        if isinstance(base, Applied) and base.function == "norm" and y.factor == 2 and x.total is not None:
            inner, axes = x.total
            return Written(f"sum({inner.text})", total=(inner, axes)) if x.is_number else replace(
                x, text=f"sum({inner.text}, axis=-1)", tight=ATOM, total=None
            )  # fmt: skip
        if x.factor is not None and y.factor is not None and y.factor.denominator == 1 and not (x.sizes or y.sizes):
            return self._number(x.factor ** int(y.factor))
        capital = isinstance(base, Name) and base.name.partition("_")[0].isupper()
        if len(x.axes) >= 2 - capital and y.factor is not None and y.factor < 0:
            if y.factor != -1 or x.labels or len(x.axes) == 1:
                raise MisfitError("this power of a matrix is not read in a loss")
            self.axes.unite(*x.axes)
            return Written(f"inv({x.text})", axes=x.axes)
        if y.factor is not None and y.factor.denominator == 1:
            return replace(x, text=f"{x.held(ATOM)}**{y.factor}", tight=_UNARY, total=None, factor=None, factors=())
        (first, second), labels, axes = self._aligned([x, y])
        return Written(f"{first.held(ATOM)}**{second.held(ATOM)}", _UNARY, labels, axes)

    def _transposed(self, part: Written) -> Written:
        if not part.axes:
            raise MisfitError(f"{part.text} is transposed and has no axes")
        if len(part.axes) == 1:
            return replace(part, row=not part.row, total=None)
        if part.labels or len(part.axes) > 2:
            raise MisfitError(f"{part.text} transposed for each index")
        return Written(_turned(f"{part.held(ATOM)}.T"), ATOM, axes=part.axes[::-1])

    # ── functions, sums ──

    def _compared(self, tree: Compared) -> Written:
        sides = [self.written(tree.x), self.written(tree.y)]
        if tree.relation in ("equal", "not_equal") and all(side.factor is None for side in sides):
            raise MisfitError("places that are compared are not read in a loss")
        (x, y), labels, axes = self._aligned(sides)
        return Written(f"{x.held(_SUM)} {_RELATIONS[tree.relation]} {y.held(_SUM)}", _COMPARISON, labels, axes)

    def _applied(self, function: str, arguments: Sequence[Expression], options: Mapping[str, object]) -> Written:
        if function == "where" and isinstance(arguments[2], Number) and isnan(arguments[2].number):
            return self.written(arguments[1])  # of the last case: its condition holds where no other does
        parts = [self.written(argument) for argument in arguments]
        bars = arguments[0] if function == "log" and isinstance(arguments[0], Alternatives) else None
        if bars is not None and bars.question[0] == "bars" and len(parts[0].axes) == 2:
            parts = [self._applied("det", bars.within, {})]  # log |Σ| of a matrix
        if function == "norm" and len(parts) == 1:
            return self._norm(parts[0], options.get("order", 2))
        if options:
            raise MisfitError(f"{function} with {next(iter(options))}= is not read in a loss")
        if len(parts) == 2 and function in ("max", "min"):
            function = f"{function}imum"
        if len(parts) == 1 and function in _ALONG:
            return self._along(function, parts[0])
        if len(parts) == 1 and function in REDUCTIONS:
            return self._reduced(function, parts[0])
        if function in ("trace", "det") and not parts[0].labels and len(parts[0].axes) == 2:
            self.axes.unite(*parts[0].axes)
            return Written(f"{function}({parts[0].text})")
        rule = TABLE.get(function)
        if rule is None or rule.kind.name != "elementwise" or (rule.arity != len(parts) and function != "where"):
            raise MisfitError(f"{function} is not read in a loss")
        spread, labels, axes = self._aligned(parts)
        called = "abs" if function == "absolute" else function
        return Written(f"{called}({', '.join(part.text for part in spread)})", ATOM, labels, axes, parts[0].row)

    def _norm(self, part: Written, order: object) -> Written:
        if part.is_number and self.strict:
            raise MisfitError(f"the norm of {part.text}, which is a single number")
        if part.is_number:
            return replace(part, text=f"abs({part.text})", tight=ATOM, total=None, factor=None)
        if not part.axes:
            raise MisfitError(f"the norm of {part.text}, which is a number for each index")
        if order == 1:
            return self._reduced("sum", replace(part, text=f"abs({part.text})", tight=ATOM))
        square = replace(part, text=f"{part.held(ATOM)}**2", tight=_UNARY, factors=())
        reduced = self._reduced("sum", square)
        return replace(reduced, text=f"sqrt({reduced.text})")

    def _reduced(self, function: str, part: Written) -> Written:
        """A sum over all axes behind the indices."""
        if not part.axes:
            raise MisfitError(f"{function} of {part.text}, which is a single number")
        axis = "" if not part.labels else ", axis=-1" if len(part.axes) == 1 else ", axis=(-2, -1)"
        total = (part, part.axes) if function == "sum" else None
        return Written(f"{function}({part.text}{axis})", ATOM, part.labels, total=total)

    def _along(self, function: str, part: Written) -> Written:
        if not (part.axes or part.labels):
            raise MisfitError(f"{function} of a single number")
        result = replace(part, text=f"{function}({part.text})", tight=ATOM, total=None, factors=())
        if function != "logsumexp":
            return result
        return replace(result, axes=part.axes[:-1]) if part.axes else replace(result, labels=part.labels[:-1])

    def _over(self, tree: Over) -> Written:
        if tree.condition is not None:
            raise MisfitError("a Σ that leaves an index out is not read in a loss")
        if (entry := self._at_its_label(tree)) is not None:
            return entry
        body = self.written(tree.body)
        gone = [label for label in tree.labels if label in body.names]
        if len(gone) < len(tree.labels) or not tree.labels:
            return self._over_samples(tree, body)
        if len(tree.labels) == 1:
            self._unite_limits(tree, dict(body.labels)[tree.labels[0]])
        if tree.function == "sum" and len(gone) == 1 and (product := self._as_product(body, gone[0])) is not None:
            return product
        kept = tuple(each for each in body.labels if each[0] not in gone)
        axes = tuple(axis for label, axis in body.labels if label in gone)
        if not kept and not body.axes:
            return Written(f"{tree.function}({body.text})", total=(body, axes) if tree.function == "sum" else None)
        places = [body.names.index(label) for label in gone]
        said = str(places[0]) if len(places) == 1 else str(tuple(places))
        return Written(f"{tree.function}({body.text}, axis={said})", ATOM, kept, body.axes, body.row)

    def _chosen(self, tree: Chosen) -> Written:
        return self._entry_at(*tree.parts_chosen, tree.labels[0])

    def _entry_at(self, entry: Expression, label: Expression, index: str) -> Written:
        """p[y] and P[arange(len(y)), y]: the entry at a class number, for each index that the class number has."""
        part, place = self.written(entry), self.written(label)
        rest = tuple(each for each in part.labels if each[0] != index)
        if (part.axes and rest) or place.axes or len(rest) + 1 != len(part.labels) or len(place.labels) > 1:
            raise MisfitError(f"the entry of {part.text} at {place.text}")
        key = [":" if name != index else place.text for name in part.names]
        if place.labels and rest:
            if place.names != tuple(name for name, _ in rest):
                raise MisfitError(f"the entry of {part.text} at {place.text}")
            self.axes.unite(place.labels[0][1], rest[0][1])
            key[key.index(":")] = f"arange(len({place.text}))"
        return Written(f"{part.held(ATOM)}[{', '.join(key)}]", ATOM, rest or place.labels, part.axes)

    def _at_its_label(self, tree: Over) -> Written | None:
        """Σₖ 1[yᵢ = k] log pᵢₖ as the entry at yᵢ; None of any other sum."""
        factors = list(_factors(tree.body))
        for place, factor in enumerate(factors):
            if isinstance(factor, Compared) and factor.relation == "equal" and len(factors) > 1:
                sides = factor.x, factor.y
                at = [side for side in sides if isinstance(side, Position) and side.label in tree.labels]
                if len(at) == 1 and len(tree.labels) == 1 and tree.function == "sum":
                    label = next(side for side in sides if side is not at[0])
                    return self._entry_at(folded([*factors[:place], *factors[place + 1 :]]), label, at[0].label)
        return None

    def at_place(self, part: Written) -> Written:
        """A part with one index as its entry at that index, which is a number then; any other part as it is."""
        if part.axes or len(part.labels) != 1 or part.names[0] in self.shapes or "#" in part.names[0]:
            return part
        return Written(f"{part.held(ATOM)}[{part.names[0]}]", ATOM)

    def _over_samples(self, tree: Over, body: Written) -> Written:
        """A Σ whose index stands nowhere in it: over the samples, or everything there is."""
        if len(tree.labels) > 1 or (tree.labels and body.labels):
            raise MisfitError(f"nothing in a Σ has the index {tree.labels[0]}")
        axes = (*(axis for _, axis in body.labels), *body.axes)
        if not axes or (tree.labels and len(axes) > 1):
            raise MisfitError("a Σ without an index, and nothing in it goes along the samples")
        self._unite_limits(tree, axes[0])
        return Written(f"{tree.function}({body.text})", total=(body, axes) if tree.function == "sum" else None)

    def _unite_limits(self, tree: Over, axis: str) -> None:
        """The axis of an index has the length that its Σ goes to."""
        for limit in tree.limits[1:]:
            if isinstance(limit, Alternatives) and limit.question[0] == "size":
                self.axes.unite(f"[{limit.answers[0]}]", axis)

    def _as_product(self, body: Written, label: str) -> Written | None:
        """Σⱼ xᵢⱼ wⱼ as x @ w, where two factors have the index and one of them only that."""
        having = [part for part in body.factors if label in part.names]
        if len(having) != 2 or len(body.factors) != 2 or body.axes:
            return None
        x, y = having
        if len(x.names) == 1 and len(y.names) == 2:
            x, y = y, x
        if len(x.names) != 2 or len(y.names) != 1:
            return None
        kept = tuple(each for each in x.labels if each[0] != label)
        first = x.held(_PRODUCT) if x.names[1] == label else f"{x.held(ATOM)}.T"
        return Written(f"{first} @ {y.held(_UNARY)}", _PRODUCT, kept)


_WRITERS: dict[type[Expression], Callable[[Writer, Any], Written]] = {
    Number: lambda writer, tree: writer._number(_fraction(tree.number)),
    Name: lambda writer, tree: writer._name(tree.name),
    Indexed: Writer._indexed,
    Terms: Writer._of_terms,
    Negative: lambda writer, tree: writer._negative(writer.written(tree.part)),
    Product: Writer._of_product,
    Quotient: lambda writer, tree: writer._quotient(writer.written(tree.x), writer.written(tree.y)),
    Power: lambda writer, tree: writer._power(tree.x, tree.y),
    Transposed: lambda writer, tree: writer._transposed(writer.written(tree.part)),
    Compared: Writer._compared,
    Applied: lambda writer, tree: writer._applied(tree.function, tree.arguments, dict(tree.options)),
    Over: Writer._over,
    Chosen: Writer._chosen,
}


def _repeated(tree: Expression) -> tuple[Expression, int] | None:
    """What a vector of ones repeats in a product, and how many axes it has: the b of b 1, the b of 1 bᵀ."""
    match tree:
        case Product(x=Ones(), y=Transposed(part=part)):
            return part, 1
        case Product(x=part, y=Ones()):
            return part, 0
    return None


def _factors(tree: Expression) -> Iterator[Expression]:
    """What a product multiplies, entry by entry or with nothing between."""
    if isinstance(tree, Product) and tree.mark != "@":
        yield from _factors(tree.x)
        yield from _factors(tree.y)
    else:
        yield tree


def _fraction(number: float) -> Fraction:
    """A number as the fraction that its decimals say."""
    return Fraction(int(number)) if number.is_integer() else Fraction(repr(number))


def _inverted(size: str) -> str:
    """A size by which is multiplied, *N, where was divided by it, and the other way round."""
    return size[1:] if size.startswith("*") else f"*{size}"


def _turned(text: str) -> str:
    """A matrix that was transposed twice is itself."""
    while text.endswith(".T.T"):
        text = text[:-4]
    return text


__all__ = ["Writer"]
