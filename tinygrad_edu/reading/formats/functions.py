"""Functions in a program: what one returns is the loss or its gradient, by its name, and what a call stands for."""

from __future__ import annotations

import ast
import re

from ..words import function_named

# What functions are called that return the loss, or its gradient; and what others are called with the same words
_LOSSES = {"loss", "cost", "objective", "nll", "mse", "bce", "risk", "entropy", "hinge"}
_GRADIENTS = {"grad", "gradient", "derivative", "backward", "backprop", "dloss", "dcost", "prime"}
_OTHERS = {"descent", "check", "step", "train", "fit", "clip", "norm", "numerical", "numeric", "num", "finite", "test",
           "approx", "plot", "history"}  # fmt: skip
# What functions are called with beside the parameter: data, labels, settings
_DATA = re.compile(r"([xX]s?|[yYtT]s?|targets?|labels?|data)(_(train|test|batch|true|b|i))?")
_SETTINGS = {"lam", "lambda_", "lamda", "lmbda", "reg", "reg_lambda", "alpha", "lr", "eta", "eps", "C", "n", "N", "m"}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_TOWARDS = re.compile(r"(?:grad|gradient|d[LJ]|dloss|dcost)_(?:wrt_|d)?(?P<name>\w+)")


def with_calls_put_in(tree: ast.Module) -> ast.Module:
    """A program with what a function returns in the place of a call with its own parameters: z2 for self.forward(X)."""
    found: ast.Module = _Returned(tree).visit(tree)
    return found


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


def returning(statement: ast.stmt, function: ast.FunctionDef) -> ast.stmt:
    """`return np.mean(r**2)` of a function called loss as `loss = np.mean(r**2)`; any other statement as it is."""
    words = {word.lower() for word in _WORDS.findall(function.name)}
    is_loss = bool(words & _LOSSES) or function.name in ("J", "L") or ("forward" in words and _averages(statement))
    is_gradient = bool(words & _GRADIENTS) or function.name in ("dJ", "dL")
    if not isinstance(statement, ast.Return) or words & _OTHERS or not (is_loss or is_gradient):
        return statement
    towards = _towards(function)
    targets = [name for name, said in (("loss", is_loss), (f"grad_{towards}".rstrip("_"), is_gradient)) if said]
    values = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
    if len(targets) != len(values):
        targets = targets[-1:]  # grad_of_loss
    held = [each for value in values if (each := _held(value, function)) is not None]
    if not len(targets) == len(values) == len(held):
        return statement
    names: list[ast.expr] = [ast.Name(name, lineno=statement.lineno) for name in targets]
    return ast.Assign([ast.Tuple(names)], ast.Tuple(held), lineno=statement.lineno)


def _towards(function: ast.FunctionDef) -> str:
    """By which of its parameters a function derives: the w of grad_w, or the only one that is no data; else ""."""
    names = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
    said = _TOWARDS.fullmatch(function.name)
    if said and said["name"] in names:
        return said["name"]
    parameters = [name for name in names if name not in _SETTINGS and not _DATA.fullmatch(name)]
    return parameters[0] if len(parameters) == 1 else ""


def _averages(statement: ast.stmt) -> bool:
    """Whether a mean or a sum is taken in a statement."""
    called = [getattr(node.func, "attr", "") for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return "mean" in called or "sum" in called


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
