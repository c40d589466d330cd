"""A model of this package's layers written down, and made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import nn
from ..errors import CheckpointError
from ..nn.activations import Activation
from ..tensors import functions

Told = dict[str, Any]
# Of each layer, the arguments that make it again; attributes of the same names hold them.
_MADE_OF: dict[type[nn.Module], tuple[str, ...]] = {
    nn.Linear: ("in_features", "out_features"),
    nn.Embedding: ("num_embeddings", "embedding_dim"),
    nn.LayerNorm: ("normalized_shape", "eps"),
    nn.BatchNorm1d: ("num_features", "eps", "momentum"),
    nn.Conv2d: ("in_channels", "out_channels", "kernel_size", "stride", "padding"),
    nn.MaxPool2d: ("kernel_size", "stride", "padding"),
    nn.Dropout: ("p",),
    nn.Flatten: (),
    nn.Identity: (),
}
_BIASED = (nn.Linear, nn.Conv2d)
_KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (nn.Sequential, nn.MLP, *_MADE_OF, *Activation.__subclasses__())
}


def described(module: Any, path: str = "", seen: dict[int, str] | None = None) -> Told:
    """What a module is made of, as JSON has it. CheckpointError: it holds a class or a function of the user's."""
    seen = {} if seen is None else seen
    if id(module) in seen:
        return {"same as": seen[id(module)]}
    seen[id(module)] = path
    kind = type(module)
    if kind in (nn.Sequential, nn.MLP):
        return _sequence(module, path, seen)
    told: Told = {"class": kind.__name__}
    if isinstance(module, Activation) and _KINDS.get(kind.__name__) is kind:
        return told | {"settings": dict(module.settings)}
    if kind not in _MADE_OF:
        raise CheckpointError(f"{kind.__name__}{f' at {path}' if path else ''}")
    settings: Told = {name: getattr(module, name) for name in _MADE_OF[kind]}
    weight = getattr(module, "weight", None)
    if kind in _BIASED:
        settings["bias"] = module.bias is not None
    elif kind is nn.LayerNorm:
        settings |= {"elementwise_affine": weight is not None, "bias": module.bias is not None}
    elif kind is nn.BatchNorm1d:
        settings["affine"] = weight is not None
    dtypes = {str(part.dtype) for _, part in module.contents()}
    if len(dtypes) > 1:
        raise CheckpointError(f"tensors of several dtypes, {', '.join(sorted(dtypes))}{f', at {path}' if path else ''}")
    if dtypes:
        settings["dtype"] = dtypes.pop()
    return told | {"settings": {key: list(x) if isinstance(x, tuple) else x for key, x in settings.items()}}


def _sequence(module: Any, path: str, seen: dict[int, str]) -> Told:
    if sum(1 for _ in module.contents()) != sum(isinstance(layer, nn.Module) for layer in module.layers):
        raise CheckpointError(f"what {type(module).__name__}{f' at {path}' if path else ''} holds beside its layers")
    layers = []
    for i, layer in enumerate(module.layers):
        inner = f"{path}.{i}" if path else str(i)
        layers.append(described(layer, inner, seen) if isinstance(layer, nn.Module) else _function(layer, inner))
    told: Told = {"class": type(module).__name__, "layers": layers}
    return told | {"output": module.output} if type(module) is nn.MLP else told


def _function(function: Any, path: str) -> Told:
    name = getattr(function, "__name__", "")
    if name in functions.__all__ and function in (getattr(functions, name), getattr(np, name, None)):
        return {"function": name}
    raise CheckpointError(f"the function {name or function!r} at {path}")


def rebuilt(told: Told, path: str = "", made: dict[str, Any] | None = None) -> Any:
    """The module that was described, its weights those of the beginning."""
    made = {} if made is None else made
    if "same as" in told:
        return made[told["same as"]]
    if "function" in told:
        if told["function"] not in functions.__all__:
            raise KeyError(told["function"])
        function: Callable[..., Any] = getattr(functions, told["function"])
        return function
    kind = _KINDS[told["class"]]
    if "layers" in told:
        made[path] = module = kind.__new__(kind)
        module.layers = []
        # Not by the constructor: it would draw weights, and an MLP may have been given other layers since.
        layers = [rebuilt(each, f"{path}.{i}" if path else str(i), made) for i, each in enumerate(told["layers"])]
        module.layers = layers
        if "output" in told:
            module.output = told["output"]
        return module
    settings = {key: tuple(x) if isinstance(x, list) else x for key, x in told["settings"].items()}
    made[path] = found = kind(**settings)
    return found


def difference(one: Told, other: Told, path: str = "the model") -> str:
    """In what two descriptions differ first, in words; nothing if they are one."""
    if one == other:
        return ""
    layers, others = one.get("layers"), other.get("layers")
    if layers is not None and others is not None and len(layers) == len(others) and one["class"] == other["class"]:
        for i, pair in enumerate(zip(layers, others, strict=True)):
            if found := difference(*pair, f"layer {i}" if path == "the model" else f"{path}.{i}"):
                return found
    return f"{path} is {_in_words(one)} there, {_in_words(other)} here"


def _in_words(told: Told) -> str:
    what = told.get("class") or told.get("function") or f"the same as {told.get('same as')}"
    if "layers" in told:
        output = f" with output {told['output']}" if "output" in told else ""
        return f"{what} of {len(told['layers'])} layers{output}"
    return f"{what}({', '.join(f'{key}={value}' for key, value in told.get('settings', {}).items())})"
