"""The derivation of a gradient as a formula, the reading of somebody else's, and what is wrong with it."""

from importlib import import_module as _import_module
from typing import Any as _Any

# SymPy and the rooms that need it load when they are asked for.
_LATER = {"derive": "derivation", "Derivation": "derivation", "Step": "steps"}


def __getattr__(name: str) -> _Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        room = _import_module(f"{__name__}.{_LATER[name]}")
    except ModuleNotFoundError as error:
        if error.name != "sympy":
            raise
        raise ImportError('a derivation needs SymPy: pip install "tinygrad_edu[derive]"') from None
    return getattr(room, name)
