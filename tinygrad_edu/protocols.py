"""Which of our functions answers when NumPy's is called on a node. Nothing falls back to plain numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from . import functions
from .graph import Rule

_INSTEAD = {"reduce": "np.sum, np.prod or np.max", "accumulate": "np.cumsum", "outer": "np.outer", "at": "np.where"}
# What a keyword says where it says nothing
_SILENT = {"where": (True,), "casting": ("same_kind",), "order": ("K", "C"), "subok": (True, False)}
_UNSAID = (None, np._NoValue)


def from_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """`ufunc(*inputs)` recorded; TypeError where that cannot be."""
    if method != "__call__":
        raise TypeError(f"np.{ufunc.__name__}.{method} is not recorded; use {_INSTEAD.get(method, 'the function')}")
    _refuse(ufunc.__name__, kwargs)
    found = _named(ufunc.__name__)
    if found is None:
        _no_rule(f"np.{ufunc.__name__}")
    return found(*inputs)


def from_function(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """`func(*args, **kwargs)` of NumPy by ours of that name; TypeError where there is none."""
    found = _ours(func)
    full = f"{func.__module__.replace('numpy', 'np', 1)}.{func.__name__}"
    if found is None:
        _no_rule(full)
    if isinstance(found, Rule):
        _refuse(func.__name__, kwargs)
        return found(*args)
    signature = inspect.signature(found)
    unknown = {key: kwargs[key] for key in kwargs if key not in signature.parameters}
    _refuse(func.__name__, unknown)
    try:
        bound = signature.bind(*args, **{key: value for key, value in kwargs.items() if key not in unknown})
    except TypeError as error:
        raise TypeError(f"{full}: {error} for a node; it takes {signature}") from None
    return found(*bound.args, **bound.kwargs)


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
        if not any(value is silent for silent in (*_UNSAID, *_SILENT.get(key, ()))):
            raise TypeError(f"np.{name}({key}=…) of a node: not recorded, leave {key} out"
                            + (" and use np.where on the result" if key == "where" else ""))  # fmt: skip


def _no_rule(full: str) -> NoReturn:
    import difflib  # slow to load, for an error

    near = difflib.get_close_matches(full.rpartition(".")[2], functions.__all__, n=1, cutoff=0.85)
    advice = f"; the nearest there is: {near[0]}" if near else ""
    raise TypeError(f"{full} has no rule for nodes, so its gradient would be lost{advice}. On plain numbers use .data")
