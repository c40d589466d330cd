"""tinygrad_edu: the autograd engine that shows its work.

The table of contents. What stands in the upper half loads at once and needs NumPy alone; what stands in `_LATER`
loads with its room when it is first asked for.
"""

import builtins as _builtins
import sys as _sys
from importlib import import_module as _import_module
from typing import Any as _Any

from . import errors, linalg
from .tensors import functions as _functions
from .tensors.functions import *  # noqa: F403
from .tensors.hints import missing as _missing
from .tensors.modes import detect_anomaly, no_grad
from .tensors.primitives import primitive
from .tensors.tensor import Tensor, Value
from .tensors.transforms import check_grads, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__version__ = "0.1.0"

# name: the room it lives in; a room of the same name stands for itself
_LATER = {
    "nn": "nn",
    "losses": "losses",
    "optim": "optim",
    "datasets": "datasets",
    "training": "training",
    "fit": "training",
    "diagnose": "training",
    "Classifier": "training.estimators",
    "Regressor": "training.estimators",
    "save": "training",
    "load": "training",
    "derive": "derivation",
    "Derivation": "derivation",
    "Verdict": "checking",
    "draw": "picture",
    "page": "picture",
    "playground": "play",
    "to_numpy": "source",
    "jit": "source",
}


# What `from tinygrad_edu import *` brings: all but the functions whose names are Python's own or a module's of its
# library (sum, abs, max, copy, …), which would take their place unnoticed.
__all__ = ["Tensor", "Value", "detect_anomaly", "errors", "linalg", "no_grad", "primitive"]
__all__ += ["check_grads", "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]
__all__ += [
    name for name in _functions.__all__ if not hasattr(_builtins, name) and name not in _sys.stdlib_module_names
]
_RESULTS, _OF_EXTRAS = ("Derivation", "Verdict"), ("Classifier", "Regressor")  # nobody makes one; not there for all
__all__ += [name for name in _LATER if name not in (*_RESULTS, *_OF_EXTRAS)]


def __getattr__(name: str) -> _Any:
    if name not in _LATER:
        raise _missing(__name__, name, __dir__())
    room = _import_module(f"{__name__}.{_LATER[name]}")
    found = room if _LATER[name].rpartition(".")[2] == name else getattr(room, name)
    globals()[name] = found
    return found


def _shown(node: _Any, include: _Any = None, exclude: _Any = None) -> _Any:
    """How a node shows itself in a notebook."""
    return _import_module(f"{__name__}.picture.display").node_bundle(node)


# Set here, because imports point down: the engine knows no pictures, and this table of contents knows every room.
Value._repr_mimebundle_ = Tensor._repr_mimebundle_ = _shown  # type: ignore[attr-defined]


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
