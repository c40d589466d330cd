"""Guesses how many axes a name of a typed loss has, by its spelling and by where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..reading import tree
from ..reading.calls import REDUCTIONS
from .evaluation import Cost
from .text import LABELS, Formula

_SINGLE = ("b", "c", "lam", "lambda_", "lamda", "alpha", "beta", "gamma", "eps", "mu", "tau", "eta", "bias", "reg")
_INTERCEPTS = ("w0", "w_0", "theta0", "theta_0", "beta0", "beta_0", "intercept")
_SCALES = ("s", "sd", "std", "sigma", "var", "scale", "T", "temp", "temperature", "d", "d_k", "dk", "h", "delta")
_SLOPES = ("w", "k", "a", "m", "theta", "slope")


def likely_ranks(formula: Formula, name: str, most: int = 0) -> list[int]:
    """Numbers of axes for a name, likeliest first. most: how many axes some other name was said to have, 0 if none.

    An operand of einsum has as many as its subscripts; an index has one or none. Labels have as many axes as was said
    of another name, unless a product of matrices stands between them, and two where they meet outputs with two: one
    would be repeated for every sample. A scale that is divided by is a single number; a capital letter is a matrix; a
    factor of a product of matrices is a vector; a bias or a coefficient is a single number, unless it is added to a
    product with a matrix of weights, or is what a product is compared with, the b of A @ x - b; everything else is a
    vector.
    """
    if (subscripts := _subscripts(formula, name)) is not None:
        return [len(subscripts)]
    if name in formula.places():
        return [1, 0, 2]
    if most > 2:
        ranks = likely_ranks(formula, name)
        return [most, *ranks] if name in LABELS else [*ranks, most]
    if name.rstrip("0123456789_") in _SCALES and _divides(formula, name):
        return [0, 1, 2]
    if name[0].isupper():
        return [2, 1, 0]
    products = [pair for part in formula.parts() if (pair := _factors(part))]
    if name in LABELS and (_axes_met(formula, name) == 2 if products else most == 2):
        return [2, 1, 0]
    turned = any(isinstance(part, tree.Transposed) and _stands_in(part.part, name) for part in formula.parts())
    if turned or any(_stands_in(factor, name) for pair in products for factor in pair):
        return [1, 2, 0]
    stem = name.rstrip("0123456789_")
    if name in (*_SINGLE, *_INTERCEPTS) or stem in _SINGLE:
        near = list(_products_beside(formula, name)) or products
        matrices = _is_right_side(formula, name) or any(
            _begins(y, str.isupper) or _begins(x, lambda c: c == "W") for x, y in near
        )
        return [1, 0, 2] if matrices else [0, 1, 2]
    if stem in _SLOPES and not products and _multiplies(formula, name):
        return [0, 1, 2]
    return [1, 0, 2]


def by_likelihood(choices: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """Every way to take one entry out of each list.

    An entry counts as many steps as its place in its list; the ways with fewer steps in all come first.
    """
    most = sum(len(each) - 1 for each in choices)
    for steps in range(most + 1):
        for places in _adding_up_to(steps, [len(each) - 1 for each in choices]):
            yield tuple(each[place] for each, place in zip(choices, places, strict=True))


def _adding_up_to(total: int, tops: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Whole numbers from 0 to each of `tops` whose sum is `total`."""
    if not tops:
        if total == 0:
            yield ()
        return
    for first in range(max(0, total - sum(tops[1:])), min(total, tops[0]) + 1):
        for rest in _adding_up_to(total - first, tops[1:]):
            yield (first, *rest)


def _subscripts(formula: Formula, name: str) -> str | None:
    """The letters that einsum gives the axes of a name, if it stands there; None where an ellipsis is among them."""
    for part in formula.parts():
        match part:
            case tree.Applied(function="einsum", arguments=operands, options=(("subscripts", str(subscripts)),)):
                terms = subscripts.partition("->")[0].replace(" ", "").split(",")
                for term, operand in zip(terms, operands, strict=False):
                    if isinstance(operand, tree.Name) and operand.name == name and term.isalpha():
                        return term
    return None


def _divides(formula: Formula, name: str) -> bool:
    """Whether a name, perhaps to a power or under a root, is a factor of a denominator."""
    return any(isinstance(part, tree.Quotient) and name in _factors_of(part.y) for part in formula.parts())


def _factors_of(part: tree.Expression) -> set[str]:
    match part:
        case tree.Name(name=name):
            return {name}
        case tree.Product(x=x, y=y):
            return _factors_of(x) | _factors_of(y)
        case tree.Applied(function="power" | "sqrt" | "square", arguments=(base, *_)):
            return _factors_of(base)
    return set()


def _multiplies(formula: Formula, name: str) -> bool:
    """Whether a name is a factor beside another name, in a product that is not the argument of a sum."""
    summed = [
        argument
        for part in formula.parts()
        if isinstance(part, tree.Applied) and part.function == "sum"
        for argument in part.arguments
    ]
    return any(
        isinstance(part, tree.Product)
        and part.mark != "@"
        and not any(part is each for each in summed)
        and (_stands_in(part.x, name) or _stands_in(part.y, name))
        and len(_names(part)) > 1
        for part in formula.parts()
    )


def _products_beside(formula: Formula, name: str) -> Iterator[tuple[tree.Expression, tree.Expression]]:
    """The factors of the products of matrices that a name is added to: those of A @ w in A @ w + b."""
    for part in formula.parts():
        if isinstance(part, tree.Terms) and any(_stands_in(term, name) for term in part.terms):
            yield from filter(None, map(_factors, part.terms))


def _is_right_side(formula: Formula, name: str) -> bool:
    """Whether a name stands alone beside a product of matrices, with the other sign: the b of A x − b."""
    for part in formula.parts():
        if isinstance(part, tree.Terms) and len(part.terms) == 2 and sum(part.signs) == 0:
            x, y = part.terms
            if (_stands_in(x, name) and _factors(y)) or (_stands_in(y, name) and _factors(x)):
                return True
    return False


def _axes_met(formula: Formula, name: str) -> int:
    """How many axes the outputs that labels of this name are compared with are likely to have.

    Cross-entropy does not compare: its y are numbers of classes, one for each row.
    """
    met = [0]
    for part in formula.parts():
        if isinstance(part, Cost) and part.name == "cross_entropy":
            continue
        if isinstance(part, (tree.Terms, tree.Product, Cost)) and _factors(part) is None:
            others = [each for each in part.parts() if _names(each) != {name}]
            if len(others) < len(list(part.parts())):
                met += [_likely_axes(formula, each) for each in others]
    return max(met)


def _likely_axes(formula: Formula, part: tree.Expression) -> int:
    """How many axes a part is likely to have, by the spelling of its names: a capital letter is a matrix."""
    match part:
        case tree.Name(name=name) if name in formula.assigned:
            return _likely_axes(formula, formula.assigned[name])
        case tree.Name(name=name):
            return 2 if name[0].isupper() else 1
        case tree.Applied(function=function, arguments=arguments, options=options) if function in (*REDUCTIONS, "norm"):
            said = dict(options)
            if "axis" not in said:
                return 0
            return _likely_axes(formula, arguments[0]) - (not said.get("keepdims", False))
    if factors := _factors(part):
        x, y = (_likely_axes(formula, each) for each in factors)
        return max(x + y - 2, 0)
    return max((_likely_axes(formula, each) for each in part.parts()), default=0)


def _factors(part: tree.Expression) -> tuple[tree.Expression, tree.Expression] | None:
    """The two factors of a product of matrices, however it is written."""
    match part:
        case tree.Product(mark="@"):
            return part.x, part.y
        case tree.Applied(function="dot" | "matmul" | "inner", arguments=(x, y)):
            return x, y
    return None


def _names(part: tree.Expression) -> set[str]:
    return {each.name for each in tree.walk(part) if isinstance(each, tree.Name)}


def _stands_in(part: tree.Expression, name: str) -> bool:
    """Whether a part is the name itself, perhaps transposed or with a minus before it."""
    return _begins(part, lambda _: True) and name in _names(part)


def _begins(part: tree.Expression, asks: Callable[[str], bool]) -> bool:
    """Whether a part is a name, perhaps transposed or with a minus before it, whose first letter is as asked."""
    while isinstance(part, (tree.Transposed, tree.Negative)):
        part = part.part
    return isinstance(part, tree.Name) and asks(part.name[0])
