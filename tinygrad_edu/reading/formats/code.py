"""Python in a note: what is a passage of code, and its assignments, each as one line."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import EllipsisType

from .functions import with_returns_said
from .passage import CODE, Passage

_LONGEST = 600  # letters of an expression with others put into it
MOST_LINES = 2_000  # of one stretch of code
MOST_ASSIGNMENTS = 1_000  # in one stretch of code
LANGUAGES = ("python", "py", "python3", "ipython", "ipython3", "pycon", "numpy", "julia-repl")
_PROMPT = re.compile(r"^[ \t]*(>>>|\.\.\.|In \[\d+\]:) ?", re.MULTILINE)
_MAGIC = re.compile(r"^[ \t]*[%!?][^\n]*", re.MULTILINE)
_ASSIGNMENT = re.compile(r"^[ \t]*[\w.\[\]'\"]+[ \t]*[-+*/]?=(?!=)", re.MULTILINE)
_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
_IN_PART = "what is written into a part of an array, or in place, is not followed"
AT_ONCE = "it is what a call gives, and no formula"
_IN_PLACE = ("fill", "sort", "partition", "put", "resize", "itemset")
_BY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(frozen=True)
class Assignment:
    """`target = value` in one line. line: within its passage, from 1. repeated: whether a loop adds to it.

    unread: why the line is not followed, where it is not; `value` is then the line itself.
    """

    target: str
    value: str
    line: int
    repeated: bool = False
    unread: str = ""

    @property
    def text(self) -> str:
        """The assignment as one line of Python."""
        if self.unread:
            return self.value
        return f"{self.target} = {self.value}"


def passages(text: str) -> Iterator[Passage]:
    """A file of Python as one passage."""
    yield Passage(text, CODE, 1)


def is_code(text: str) -> bool:
    """Whether a text of unknown language is Python that assigns something."""
    return bool(_ASSIGNMENT.search(text)) and _parsed(_bare(text)) is not None


def assignments(text: str) -> list[Assignment]:
    """The assignments in Python code, wherever they stand; a line that is no Python is passed over.

    What is changed by `+=` and its like, or assigned anew in terms of itself, is one assignment, where the last of
    these stands.
    """
    bare = _bare(text)
    tree = _parsed(bare)
    found: list[Assignment] = []
    if tree is not None:
        _collect(with_returns_said(tree).body, found, in_loop=False)
        return found
    for number, line in enumerate(bare.split("\n")):
        alone = _parsed(line.strip())
        for each in _of_statements(alone):
            _keep(found, Assignment(each.target, each.value, number + 1, each.repeated))
    return found


def _bare(text: str) -> str:
    """Code without prompts, magic commands and the indentation of the whole."""
    text = "\n".join(text.split("\n", MOST_LINES)[:MOST_LINES])
    if _PROMPT.search(text):
        text = _PROMPT.sub("", text)
    return textwrap.dedent(_MAGIC.sub("", text)).rstrip()


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _of_statements(tree: ast.Module | None) -> list[Assignment]:
    found: list[Assignment] = []
    if tree is not None:
        _collect(tree.body, found, in_loop=False)
    return found


def _collect(body: list[ast.stmt], found: list[Assignment], in_loop: bool) -> None:
    """Add the assignments of a body, and of the bodies inside of it."""
    waiting = [(statement, in_loop) for statement in reversed(body)]
    while waiting:
        statement, inside = waiting.pop()
        for each in _assigned(statement, inside):
            _keep(found, each)
        loops = inside or isinstance(statement, (ast.For, ast.While))
        inner = [each for name in ("body", "orelse", "finalbody") for each in getattr(statement, name, ())]
        waiting += [(each, loops) for each in reversed(inner)]


def _assigned(statement: ast.stmt, inside: bool) -> Iterator[Assignment | None]:
    """What one statement assigns; inside: whether it stands in a loop."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
            yield from _of_tuple(statement, targets, value, inside)
        case ast.Assign(targets=[_], value=ast.Dict(keys=keys, values=values)):  # grads = {"dW": X.T @ d}
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isidentifier():
                    yield _assignment(ast.Name(key.value, lineno=key.lineno), value, inside)
        case ast.Assign(targets=[_, _, *_] as targets, value=value):  # dW1 = dW2 = …
            for target in targets:
                yield _assignment(target, value, inside)
        case ast.Assign(targets=[target], value=value):
            held, value = _masked(target, value)
            yield _unread(statement, held) if _is_part(held) else _assignment(held, value, inside)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield _assignment(target, value, inside)
        case ast.AugAssign(target=target, op=operator, value=value) if type(operator) in _BY:
            held, value = _at_classes(target, value)
            now = ast.BinOp(held, operator, value)
            yield _unread(statement, held) if _is_part(held) else _assignment(held, now, inside, adds=True)
        case ast.AugAssign(target=target):
            yield _unread(statement, target)
        case ast.Expr(value=ast.Call() as call):
            yield _unread(statement, _written_to(call))


def _of_tuple(
    statement: ast.stmt, targets: Sequence[ast.expr], value: ast.expr, inside: bool
) -> Iterator[Assignment | None]:
    """What `a, b = …` assigns: part by part, the lengths of a shape, or what one call gives, which is not followed."""
    if isinstance(value, ast.Tuple) and len(targets) == len(value.elts):
        for target, part in zip(targets, value.elts, strict=True):
            yield _assignment(target, part, inside)
    elif isinstance(value, ast.Attribute) and value.attr == "shape":  # N, D = X.shape
        for axis, target in enumerate(targets):
            yield _assignment(target, ast.Subscript(value, ast.Constant(axis)), inside)
    else:
        for target in targets:
            yield _unread(statement, target, AT_ONCE)


def _assignment(target: ast.expr, value: ast.expr, in_loop: bool, adds: bool = False) -> Assignment | None:
    """One assignment; None if its target is no name, or its value no formula."""
    name = _name_of(target)
    if name is None or isinstance(value, (ast.Lambda, ast.List, ast.Dict, ast.Set, ast.JoinedStr)):
        return None
    repeated = in_loop and adds
    try:
        return Assignment(name, ast.unparse(value), target.lineno, repeated)
    except RecursionError:
        return None


def _unread(statement: ast.stmt, target: ast.expr | None, why: str = "") -> Assignment | None:
    """A change of a name that is not followed: dw[0] = 0, dw.fill(0), np.clip(dw, -1, 1, out=dw)."""
    while isinstance(target, ast.Subscript):
        target = target.value
    name = _name_of(target) if target is not None else None
    return None if name is None else Assignment(name, ast.unparse(statement), statement.lineno, unread=why or _IN_PART)


def _written_to(call: ast.Call) -> ast.expr | None:
    """What a call that stands alone writes into: its `out`, or the array whose method it is."""
    out = next((each.value for each in call.keywords if each.arg == "out"), None)
    if out is None and isinstance(call.func, ast.Attribute):
        method = call.func.attr
        if method in _IN_PLACE or (method.endswith("_") and not method.startswith("_")):  # fill; PyTorch's zero_
            return call.func.value
        if method in ("copyto", "put", "place", "putmask", "fill_diagonal", "at") and call.args:
            return call.args[0]
    return out


def _is_part(target: ast.expr) -> bool:
    """Whether a part of an array is assigned to, and no entry of a dictionary."""
    return isinstance(target, ast.Subscript) and _name_of(target) is None


def _whole(target: ast.expr) -> ast.expr:
    """The array of which all entries are assigned to: dw of dw[:] and dw[...]."""
    match target:
        case ast.Subscript(
            value=held, slice=ast.Slice(lower=None, upper=None, step=None) | ast.Constant(value=EllipsisType())
        ):
            return held
    return target


def _masked(target: ast.expr, value: ast.expr) -> tuple[ast.expr, ast.expr]:
    """An assignment to a part as one to the whole, where both say the same: dz[z <= 0] = 0 is dz = dz * (z > 0)."""
    match target, value:
        case ast.Subscript(value=ast.Name() as held, slice=mask), ast.Constant(value=0) if kept := _opposite(mask):
            return held, ast.BinOp(held, ast.Mult(), kept)
    return _whole(target), value


def _at_classes(target: ast.expr, value: ast.expr) -> tuple[ast.expr, ast.expr]:
    """The array to which something is added, and what: `dZ[range(N), y] -= 1` takes 1[k = yᵢ] off dZ."""
    match target:
        case ast.Subscript(value=ast.Name() as held, slice=ast.Tuple(elts=[ast.Call() as rows, ast.Name(id=labels)])):
            if getattr(rows.func, "attr", getattr(rows.func, "id", "")) in ("range", "arange"):
                where = f"(np.arange({held.id}.shape[1]) == {labels}[:, None])"
                return held, ast.BinOp(value, ast.Mult(), ast.parse(where, mode="eval").body)
    return _whole(target), value


def _opposite(mask: ast.expr) -> ast.expr | None:
    """What holds where a mask does not: z > 0 of z <= 0; None of what is no comparison."""
    match mask:
        case ast.UnaryOp(op=ast.Invert(), operand=ast.Compare() as kept):
            return kept
        case ast.Compare(left=left, ops=[operator], comparators=comparators) if type(operator) in _OPPOSITES:
            return ast.Compare(left, [_OPPOSITES[type(operator)]()], comparators)
    return None


def _name_of(target: ast.expr) -> str | None:
    """The name that is assigned to: w, self.w, grads['dw']."""
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name, value=ast.Name(id="self")):
            return name
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str(name))) if name.isidentifier():
            return name
        case ast.Attribute(attr="grad", value=ast.Name(id=name)):
            return f"{name}_grad"
    return None


def _keep(found: list[Assignment], assignment: Assignment | None) -> None:
    """Add an assignment, together with the one that it changes: `dw = …` and then `dw /= m`."""
    if assignment is None or len(found) == MOST_ASSIGNMENTS:
        return
    name = assignment.target
    if assignment.unread:
        found.append(assignment)
        return
    before = next((each for each in reversed(found) if each.target == name), None)
    if before is not None and before.unread:
        found.append(replace(assignment, value=f"{name} = {assignment.value}", unread=before.unread))
        return
    if before is not None and re.search(rf"\b{re.escape(name)}\b", assignment.value):
        value = substituted(assignment.value, name, before.value)
        repeated = assignment.repeated or before.repeated
        found.remove(before)
        assignment = Assignment(name, value, assignment.line, repeated)
    found.append(assignment)


def substituted(value: str, name: str, before: str) -> str:
    """An expression with a name's earlier value in its place.

    >>> substituted("X.T @ dz / m", "dz", "p - y")
    'X.T @ (p - y) / m'
    """

    class Substitute(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.parse(before, mode="eval").body if node.id == name else node

    if len(value) + len(before) > _LONGEST:
        return value
    try:
        return ast.unparse(Substitute().visit(ast.parse(value, mode="eval")))
    except RecursionError:
        return value


def _plain(value: str) -> str:
    """An expression of Python as Python writes it; "" of anything else."""
    parsed = _parsed(value.strip())
    single = parsed is not None and [type(each) for each in parsed.body] == [ast.Expr]
    return ast.unparse(parsed) if parsed is not None and single else ""


def built_out(text: str, before: Sequence[str]) -> tuple[str, list[int]]:
    """An assignment with the values of earlier ones in the place of their names, and which of them it builds on.

    before: the earlier assignments, oldest first. What is no plain assignment of Python stays as it is.

    >>> built_out("dw = X.T @ dz", ["dz = p - y"])
    ('dw = X.T @ (p - y)', [0])
    """
    target, _, value = text.partition("=")
    value, used = _plain(value), list[int]()
    for number in range(len(before) - 1, -1, -1):
        name, _, own = map(str.strip, before[number].partition("="))
        if value and _plain(own) and (replaced := substituted(value, name, own)) != value:
            value, used = replaced, [number, *used]
    return (f"{target.strip()} = {value}", used) if used else (text, [])
