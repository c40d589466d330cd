"""The derivation of a gradient as a formula, step by step."""

from importlib import import_module as _import_module
from typing import Any as _Any
from typing import NoReturn as _NoReturn

# SymPy and the rooms that need it load when they are asked for.
_LATER = {"derive": "derivation", "Derivation": "derivation", "Step": "steps"}


def _without_sympy(*args: _Any, **kwargs: _Any) -> _NoReturn:
    raise ImportError('a derivation needs SymPy: pip install "tinygrad_edu[derive]"') from None


def __getattr__(name: str) -> _Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        room = _import_module(f"{__name__}.{_LATER[name]}")
    except ModuleNotFoundError as error:
        if error.name != "sympy":
            raise
        if name == "derive":  # so that `from tinygrad_edu import *` brings the rest; the call says what is missing
            return _without_sympy
        _without_sympy()
    return getattr(room, name)
