"""What a row of the table is made of, and how it is put there; the rows stand in `rules.py` and its neighbours."""

from __future__ import annotations

import copyreg
from collections.abc import Callable
from typing import Any

import numpy as np

from .graph import Kind, Rule
from .kernels import lookup
from .recorders import in_general, recorder

TABLE: dict[str, Rule] = {}
LATEX_SIGNS = str.maketrans({"−": "-", "·": r"\cdot", "²": "^{2}", "ᵀ": r"^\top", "Σ": r"\sum", "Π": r"\prod"})
LATEX_FUNCTIONS = frozenset(
    ["log", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "max", "min"]
)
Shape = tuple[int, ...]
elementwise = Kind("elementwise", lambda c, node, parent: shape(node), needs_whole=False)
reduction = Kind("reduction", lambda c, node, parent: shape(parent), needs_whole=False)
own = Kind("own", lambda c, node, parent: shape(c), needs_whole=True)


def row(
    name: str,
    *vjps: Callable[..., Any] | None,
    towards: Callable[[int], Callable[..., Any] | None] | None = None,
    kind: Kind = elementwise,
    arity: int | None = None,
    array: Callable[..., Any] | None = None,
    scalar: Callable[..., Any] | None = None,
    composed: Callable[..., Any] | None = None,
    text: str = "",
    latex: str = "",
    precedence: float = 5,
    code: str = "",
    infix: str = "",
    misfit: Callable[..., str] | None = None,
    **facts: Any,
) -> Rule:
    """Put a row into the table. `vjps`: a derivative or None for each argument; `towards` for any number of them.

    kind: see `rules.py`. arity: 0 where there are arguments that no derivative goes to.
    array, scalar: the kernels for arrays and for floats (default: those of this name in `kernels/`, or NumPy's).
    composed: the operation in the words of this table, for every kind of number that has no kernel for it.
    text: on paper (default: the name applied to the arguments). latex: the same, where it is not the text with its
        signs spelled in LaTeX.
    code: as NumPy source; `{x}`, `{y}`, `{z}` are the operands, `{args}` all of them, other names parameters (default:
        `infix` between the operands, or np.name of them all).
    misfit: of an elementwise row why shapes do not broadcast, if nothing else is said.
    facts: the row's docstring `doc`, and what else there is to know of the operation, see `Facts`.
    """
    arguments = " <x:f>" if len(vjps) == 1 and arity is None else "(<args>)"
    function = f"\\{name}" if name in LATEX_FUNCTIONS else rf"\operatorname{{{name.replace('_', ' ')}}}"
    TABLE[name] = rule = Rule(
        name,
        towards or vjps,
        kind=kind,
        arity=arity if arity is not None else len(vjps) if towards is None and len(vjps) <= 2 else 0,
        array=array or lookup.array_kernel(name, composed),
        scalar=scalar or lookup.float_kernel(name, composed),
        composed=composed,
        text=text or name + arguments,
        latex=latex or text.translate(LATEX_SIGNS) or function + arguments,
        precedence=precedence,
        code=code or (f"{{x}} {infix} {{y}}" if infix else ""),
        infix=infix,
        misfit=misfit or (no_broadcast if kind is elementwise else None),
        **facts,
    )
    if rule.arity == 2:
        rule.pairing = recorder(rule, rule.array, np.ndarray, in_general)[0]
    return rule


def shape(x: Any) -> Shape:
    """The shape of any kind of number."""
    try:
        found: Shape = x.shape
    except AttributeError:
        return np.shape(x)
    return found


def no_broadcast(x: Shape, y: Shape) -> str:
    """Why two shapes do not broadcast; nothing if they do."""
    for axis, (m, n) in enumerate(zip(x[::-1], y[::-1], strict=False), start=1):
        if m != n and 1 not in (m, n):
            return f"the shapes do not broadcast, axis −{axis} has {m} ≠ {n}"
    return ""


def named_row(name: str) -> Rule:
    """The row of that name: what pickle finds a row by."""
    return TABLE[name]


def _by_name(rule: Rule) -> Any:
    """How a row is pickled and copied. A row that is not in the table has no name that another process knows."""
    if TABLE.get(rule.name) is not rule:
        raise TypeError(f"pickling: {rule.name} is no row of the table; pickle the function it was made of")
    return named_row, (rule.name,)


copyreg.pickle(Rule, _by_name)
