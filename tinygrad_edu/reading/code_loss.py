"""The loss of a note's code: `loss = np.mean((yhat - y)**2)`, with the assignments before it on which it builds."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .formats.functions import called
from .notes import Equation
from .python_text import HOLDERS, MODULES
from .words import function_named

NAMED = (
    "L",
    "J",
    "E",
    "C",
    "Q",
    "R",
    "S",
    "ell",
    "l",
    "loss",
    "cost",
    "Loss",
    "Cost",
    "MSE",
    "BCE",
    "CE",
    "NLL",
    "SSE",
    "RSS",
)
_MATRICES = ("E", "C", "Q", "R", "S")  # what is also called so: S = H @ W is no loss
_REDUCING = ("mean", "sum", "norm", "average")
_MAKING = {"random", "rng", "array", "zeros", "ones", "full", "empty", "linspace", "eye", "genfromtxt", "read_csv"}
_MOST_STATEMENTS = 60


@dataclass(frozen=True)
class NoteLoss:
    """A note's loss. name: what the note calls it. text: the formula. shapes: the axes of its names, each a letter.

    equation: where the note says it. others: the equations of the names that the formula defines. turned: the same with
    a sample in each column of X, where the note leaves open whether it has them in the rows. labels: the index at the
    name of a loss of one sample, the i of Lᵢ. by: the one variable that it is said to depend on, the w of L(w).
    samples: the Lᵢ of an L = Σ Lᵢ. summed: for an Lᵢ the sum Σ Lᵢ, whose gradient at p has the entries ∂Lᵢ/∂pᵢ.
    left_out: the equations of names that count as data, because they could not be read; each with the name and why.
    """

    name: str
    text: str
    shapes: Mapping[str, tuple[str, ...]]
    equation: Equation
    others: Mapping[str, Equation] = field(default_factory=dict)
    turned: NoteLoss | None = None
    labels: tuple[str, ...] = ()
    by: str = ""
    samples: NoteLoss | None = None
    summed: NoteLoss | None = None
    left_out: Sequence[tuple[Equation, str, str]] = ()


def losses_in_code(equations: Sequence[Equation]) -> Iterator[NoteLoss]:
    """The losses that the note's code computes, in order."""
    code = [each for each in equations if each.code]
    for number, equation in enumerate(code):
        target = equation.text.partition(" = ")[0]
        stem = target.partition("_")[0]
        called = stem in NAMED or (len(stem) > 1 and stem.lower() in {each.lower() for each in NAMED})
        if called and equation.left.kind != "gradient":
            value = _value(equation)
            if value is not None and _reduces(value, products=stem not in _MATRICES):
                yield _loss(target, equation, value, code[:number])


def _loss(target: str, equation: Equation, value: ast.expr, before: Sequence[Equation]) -> NoteLoss:
    """The loss with what it is built on: lengths written out, other names assigned."""
    known: dict[str, tuple[Equation, ast.expr]] = {}
    for each in before:
        meaning = _value(each)
        name = each.text.partition(" = ")[0]
        if meaning is None or _is_data(meaning) or name in _names(meaning) or each.left.kind == "gradient":
            known.pop(name, None)
        else:
            known[name] = each, meaning
    lengths = {name: meaning for name, (_, meaning) in known.items() if _is_length(meaning)}
    same = {name: meaning for name, (_, meaning) in known.items() if isinstance(meaning, ast.Name)}  # yhat = z2
    put = lengths | same
    statements: dict[str, str] = {}

    def need(tree: ast.expr, above: tuple[str, ...]) -> None:
        for name in _names(tree):
            if name in known and name not in (*lengths, *statements, *above) and len(above) < _MOST_STATEMENTS:
                need(known[name][1], (*above, name))
                if name not in same:
                    statements[name] = _with(known[name][1], put)

    need(value, (target,))
    text = "; ".join([*(f"{name} = {said}" for name, said in statements.items()), _with(value, put)])
    return NoteLoss(target, text, {}, equation, {name: known[name][0] for name in statements})


def _value(equation: Equation) -> ast.expr | None:
    """What stands on the right of an assignment, with w for self.w."""
    try:
        found: ast.expr = _Unheld().visit(ast.parse(equation.text.partition(" = ")[2].strip(), mode="eval").body)
        return found
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Unheld(ast.NodeTransformer):
    """Puts w in the place of self.w."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in HOLDERS:
            return ast.Name(node.attr)
        self.generic_visit(node)
        return node


def _reduces(tree: ast.expr, products: bool) -> bool:
    """Whether a sum or a mean is taken somewhere, or one of the engine's losses; products: or a product of matrices."""
    return any(name in _REDUCING or "loss" in name or "entropy" in name for name in called(tree)) or (
        products and any(isinstance(node, ast.MatMult) for node in ast.walk(tree))
    )


def _is_length(tree: ast.expr) -> bool:
    """Whether a value is the length of an array: len(y), X.shape[0], y.size."""
    match tree:
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name()]):
            return True
        case ast.Subscript(value=ast.Attribute(attr="shape", value=ast.Name())):
            return True
        case ast.Attribute(attr="size", value=ast.Name()):
            return True
    return False


def _is_data(tree: ast.expr) -> bool:
    """Whether a value is made of no other array: numbers, np.array(…), np.random.randn(N, D), what is loaded."""
    called = [node for node in ast.walk(tree) if isinstance(node, (ast.Attribute, ast.Name))]
    spelled = {getattr(node, "attr", getattr(node, "id", "")) for node in called}
    return not _names(tree) or bool(spelled & _MAKING) or any("load" in each for each in spelled)


def _names(tree: ast.expr) -> list[str]:
    """The names of arrays in an expression, in order."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in MODULES
    ]
    return [name for name in dict.fromkeys(found) if len(name) == 1 or function_named(name) is None]


def _with(tree: ast.expr, values: Mapping[str, ast.expr]) -> str:
    """An expression with these values in the places of their names."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            found: ast.expr = node
            for _ in values:
                found = values.get(found.id, found) if isinstance(found, ast.Name) else found
            return found

    return ast.unparse(Put().visit(ast.parse(ast.unparse(tree), mode="eval")))


__all__ = ["NAMED", "NoteLoss", "losses_in_code"]
