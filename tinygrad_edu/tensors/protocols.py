"""Which of our functions answers when NumPy's is called on a node. Nothing falls back to plain numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NoReturn

import numpy as np

from . import functions
from .hints import KEYWORDS, nearest, refuse_keywords
from .special import from_scipy

_INSTEAD = {"reduce": "np.sum, np.prod or np.max", "accumulate": "np.cumsum", "outer": "np.outer", "at": "np.where"}
# Values of keywords that change nothing
_SILENT = {"where": (True,), "casting": ("same_kind",), "order": ("K", "C"), "subok": (True, False)}
# What to do instead of passing a keyword
_LEFT_OUT = {
    "where": "leave where out and use np.where on the result",
    "out": "leave it out and give the result a name; in place of a += node write a = a + node",
}
_UNSAID = (None, np._NoValue)


def from_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """`ufunc(*inputs)` recorded; TypeError where that cannot be."""
    if not kwargs and method == "__call__" and (known := _NUMPYS.get(ufunc)) is not None:
        return known(*inputs)
    if method != "__call__":
        raise TypeError(f"np.{ufunc.__name__}.{method} is not recorded; use {_INSTEAD.get(method, 'the function')}")
    _refuse(ufunc.__name__, kwargs)
    found = from_scipy(ufunc) or _named(ufunc.__name__)
    if found is None:
        name = ufunc.__name__
        _no_rule(f"np.{name}" if getattr(np, name, None) is ufunc else name)  # SciPy has ufuncs, too
    return found(*inputs)


# Our function for each of NumPy's ufuncs that has one.
_NUMPYS = {
    ufunc: getattr(functions, ufunc.__name__)
    for ufunc in vars(np).values()
    if isinstance(ufunc, np.ufunc) and ufunc.__name__ in functions.__all__
}


def from_function(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """`func(*args, **kwargs)` of NumPy by ours of that name; TypeError where there is none."""
    found = _ours(func)
    full = f"{func.__module__.replace('numpy', 'np', 1)}.{func.__name__}"
    if found is None:
        _no_rule(full)
    args, kwargs = _translated(func, found, args, kwargs)
    return found(*args, **kwargs)


def _translated(
    func: Any, found: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Arguments meant for NumPy's function as ours takes them: by name, because ours has not all of NumPy's.

    What comes first may have another name; whatever else ours does not know must say nothing.
    """
    theirs, ours = _parameters(func), _parameters(found)
    names, free = list(theirs), any(p.kind is p.VAR_POSITIONAL for p in theirs.values())
    leading: list[Any] = []
    named: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for place, value in enumerate(args):
        name = names[place] if place < len(names) and not free else ""
        if name in ours:
            named[name] = value
        elif not named and not unknown:
            leading.append(value)
        else:
            unknown[name] = value
    for name, value in kwargs.items():
        if name in ours:
            named[name] = value
        elif names[:1] == [name]:
            leading.append(value)
        elif name in theirs and (other := _at(names.index(name), ours)) and other not in theirs:
            named[other] = value  # an operand that has another name here
        else:
            unknown[name] = value
    _refuse(func.__name__, {k: v for k, v in unknown.items() if k not in theirs or v is not theirs[k].default})
    return leading, named


def _at(place: int, parameters: dict[str, inspect.Parameter]) -> str | None:
    """The name of the parameter that a positional argument at `place` goes to."""
    names = [name for name, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    return names[place] if place < len(names) else None


@cache
def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    """A function's parameters by name; none where NumPy does not tell."""
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return {}


def _ours(func: Any) -> Callable[..., Any] | None:
    """Our function for one of NumPy's."""
    if func.__module__ == "numpy.linalg":
        from . import linalg

        return getattr(linalg, func.__name__) if func.__name__ in linalg.__all__ else None
    if func.__module__ != "numpy":
        return None
    return _named(func.__name__)


def _named(name: str) -> Callable[..., Any] | None:
    return getattr(functions, name) if name in functions.__all__ else None


def _refuse(name: str, kwargs: dict[str, Any]) -> None:
    """A keyword that would be passed over is an error."""
    for key, value in kwargs.items():
        if key in KEYWORDS:
            refuse_keywords(name, {key: value})
        if not any(value is silent for silent in (*_UNSAID, *_SILENT.get(key, ()))):
            raise TypeError(f"np.{name}({key}=…) of a node: not recorded, {_LEFT_OUT.get(key, f'leave {key} out')}")


def _no_rule(full: str) -> NoReturn:
    advice = "".join(f"; {each}" for each in nearest(full.rpartition(".")[2], functions.__all__, cutoff=0.85))
    raise TypeError(f"{full} has no rule for nodes, so its gradient would be lost{advice}. On plain numbers use .data")
