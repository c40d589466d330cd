"""Functions in a program: what one returns is the loss or its gradient, by its name, and what a call stands for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from ..words import function_named

# What functions are called that return the loss, or its gradient; and what others are called with the same words
_LOSSES = {"loss", "cost", "objective", "nll", "mse", "bce", "risk", "entropy", "hinge"}
_GRADIENTS = {"grad", "gradient", "derivative", "backward", "backprop", "dloss", "dcost", "prime"}
_OTHERS = {"descent", "check", "step", "train", "fit", "clip", "norm", "numerical", "numeric", "num", "finite", "test",
           "approx", "plot", "history"}  # fmt: skip
# What functions, and losses, have beside the parameters: data, labels, settings
_DATA = re.compile(r"([xXyYtT]\d*s?|targets?|labels?|ytrue|onehot|data)(_(train|test|batch|true|b|i))?")
_SETTINGS = {"lam", "lambda_", "lamda", "lmbda", "reg", "reg_lambda", "alpha", "lr", "eta", "eps", "C", "n", "N", "m"}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_TOWARDS = re.compile(r"(?:grad|gradient|d[LJ]|dloss|dcost)_(?:wrt_|d)?(?P<name>\w+)")


def with_returns_said(tree: ast.Module) -> ast.Module:
    """A program with calls and returns in other words.

    What a function returns stands in the place of a call with its own parameters: z2 for self.forward(X). What one
    returns that is called after a loss or a gradient is assigned to that; of a program with several losses it is not,
    because nothing says which gradient belongs to which.
    """
    tree = _Returned(tree).visit(tree)
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    bodies = [[_returning(each, function) for each in function.body] for function in functions]
    losses = [body for body in bodies if any(_assigns_loss(each) for each in body)]
    for function, body in zip(functions, bodies, strict=True) if len(losses) < 2 else ():
        function.body = body
    return tree


def _assigns_loss(statement: ast.stmt) -> bool:
    """Whether a statement is what `_returning` made of a loss."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="loss"), *_])]):
            return True
    return False


class _Returned(ast.NodeTransformer):
    """returned: by a function's name, its parameters and what it returns."""

    def __init__(self, tree: ast.Module) -> None:
        self.returned: dict[str, tuple[list[str], ast.expr]] = {}
        for each in ast.walk(tree):
            if isinstance(each, ast.FunctionDef) and isinstance(last := each.body[-1], ast.Return):
                names = [a.arg for a in each.args.args if a.arg not in ("self", "cls")]
                if last.value is not None and function_named(each.name) is None:
                    self.returned[each.name] = names, last.value

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        names, value = self.returned.get(getattr(node.func, "attr", getattr(node.func, "id", "")), ([], None))
        own = [each.id for each in node.args if isinstance(each, ast.Name)]
        whole = not node.keywords and len(own) == len(node.args) and own == names
        return node if value is None or not whole else value


def _returning(statement: ast.stmt, function: ast.FunctionDef) -> ast.stmt:
    """`return np.mean(r**2)` of a function called loss as `loss = np.mean(r**2)`; any other statement as it is."""
    words = [word.lower() for word in _WORDS.findall(function.name)]
    averages = not {"mean", "sum"}.isdisjoint(called(statement))
    is_loss = bool(_LOSSES.intersection(words)) or function.name in ("J", "L") or ("forward" in words and averages)
    is_gradient = bool(_GRADIENTS.intersection(words)) or function.name in ("dJ", "dL")
    if not isinstance(statement, ast.Return) or _OTHERS.intersection(words) or not (is_loss or is_gradient):
        return statement
    values = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
    is_loss = is_loss and not (is_gradient and len(values) == 1)  # grad_of_loss
    towards = _towards(function)
    if is_gradient and not is_loss and not (towards and _is_of_loss(function, words)):
        return statement
    targets = [name for name, said in (("loss", is_loss), (f"grad_{towards}".rstrip("_"), is_gradient)) if said]
    held = [each for value in values if (each := _held(value, function)) is not None]
    if not len(targets) == len(values) == len(held):
        return statement
    names: list[ast.expr] = [ast.Name(name, lineno=statement.lineno) for name in targets]
    return ast.Assign([ast.Tuple(names)], ast.Tuple(held), lineno=statement.lineno)


def _is_of_loss(function: ast.FunctionDef, words: Sequence[str]) -> bool:
    """Whether a gradient is that of the loss: not a slope, sigmoid_prime(z), nor what hands on another, (dA, Z)."""
    rest = "_".join(word for word in words if word not in _GRADIENTS)
    incoming = any(each.arg.startswith("d") or "grad" in each.arg or each.arg == "g" for each in function.args.args)
    return function_named(rest) is None and not incoming


def _towards(function: ast.FunctionDef) -> str:
    """By which of its parameters a function derives: the w of grad_w, or the only one that is no data; else ""."""
    names = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
    said = _TOWARDS.fullmatch(function.name)
    if said and said["name"] in names:
        return said["name"]
    return only_parameter(names)


def only_parameter(names: Iterable[str]) -> str:
    """The one of these names that is neither data, labels nor a setting; "" where there are several, or none."""
    found = [name for name in names if name not in _SETTINGS and not _DATA.fullmatch(name)]
    return found[0] if len(found) == 1 else ""


def called(tree: ast.AST) -> list[str]:
    """What the functions are called that a part of a program calls, without their modules."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [getattr(each, "attr", getattr(each, "id", "")) for each in calls]


def _held(value: ast.expr | None, function: ast.FunctionDef) -> ast.expr | None:
    """What a function returns: of a name what was assigned to it last; None if the name says what it is."""
    if not isinstance(value, ast.Name):
        return value
    if value.id.startswith("d") or "grad" in value.id or value.id in _LOSSES:
        return None
    own = [
        each.value
        for each in function.body
        if isinstance(each, ast.Assign) and any(isinstance(t, ast.Name) and t.id == value.id for t in each.targets)
    ]
    return own[-1] if own else None
