"""`save` and `load`: what of a run is kept in one file, and how a run is put back to where it was."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import CheckpointError
from ..nn.module import Module
from ..nn.torch_layout import from_torch, to_torch
from . import storage
from .architecture import Told, described, difference, rebuilt
from .encoding import decoded, encoded, generator, generator_state
from .own_functions import refuse_no_model

_VERSION = 1
_MODEL, _OPTIMIZER, _SETTINGS = "model", "optimizer", "settings"


@dataclass(frozen=True, repr=False, eq=False)
class Checkpoint:
    """What stood in a checkpoint. model: the model that was filled, or made again; None of a class of the user's.

    arrays: the numbers of the model's tensors, as its `state_dict` has them. optimizer: the optimiser's `state_dict`,
    None if none was saved. settings: what else was saved, by its name.
    """

    model: Any
    arrays: dict[str, np.ndarray]
    optimizer: dict[str, Any] | None
    settings: dict[str, Any]

    def __repr__(self) -> str:
        whose = type(self.model).__name__ if self.model is not None else "a model of your own"
        more = [*(["an optimiser"] if self.optimizer is not None else []), *self.settings]
        return f"<checkpoint: {', '.join([f'{len(self.arrays)} tensors of {whose}', *more])}>"


def save(
    path: str | os.PathLike[str], model: Any, optimizer: Any = None, *, layout: str | None = None, **settings: Any
) -> None:
    """Keep a model, and what its training needs to go on, in one file.

    Kept are the tensors with their names, running statistics, what the optimiser remembers, and the state of each
    generator that a layer draws from; and the settings, by their names: numbers, texts, lists, dicts, arrays, and
    generators (of the order of the batches, say). The file is a safetensors file whose metadata hold the rest as JSON,
    and a checksum. It is written beside the old one, which it replaces when it is whole: a process that is killed, or a
    full disk, leaves the old one as it was.

    layout="torch": the weights alone, by the names and in the shapes of PyTorch, whose `load_state_dict` takes what
    `safetensors.torch.load_file(path)` gives.

    CheckpointError: it cannot be written. TypeError: something is no part of a checkpoint.
    """
    if isinstance(path, Module):
        raise TypeError("save: the path comes first: save(path, model)")
    where = os.fspath(path)
    refuse_no_model(model, "save")
    if layout == "torch":
        if optimizer is not None or settings:
            raise TypeError("save: layout='torch' keeps the weights alone; save the rest in a file of ours")
        arrays = to_torch(model, model.state_dict())
        storage.write(where, arrays, json.dumps({"version": _VERSION, "layout": "torch"}), "pt")
        return
    if layout is not None:
        raise ValueError(f"save: layout is None or 'torch', not {layout!r}")
    storage.put({where: packed(where, model, optimizer, settings)})


def packed(where: str, model: Module, optimizer: Any, settings: dict[str, Any]) -> bytes:
    """The bytes of the file that `save` writes; where: for errors."""
    arrays = {f"{_MODEL}.{name}": array for name, array in model.state_dict().items()}
    told: Told = {
        "version": _VERSION,
        "model": _description(model),
        "training": model.training,
        "tensors": {name: [node.name, node.requires_grad] for name, node in model.named_tensors()},
        "generators": {name: generator_state(rng) for name, rng in generators(model).items()},
        "optimizer": None,
        "settings": encoded(settings, arrays, _SETTINGS),
    }
    if optimizer is not None:
        _check_belonging(model, optimizer)
        told["optimizer"] = {
            "class": type(optimizer).__name__,
            "state": encoded(optimizer.state_dict(), arrays, _OPTIMIZER),
        }
    return storage.packed(where, arrays, json.dumps(told), "np")


def load(
    path: str | os.PathLike[str], model: Any = None, optimizer: Any = None, *, layout: str | None = None
) -> Checkpoint:
    """Read a checkpoint, and put a model and an optimiser back to where they were when it was saved.

    Both are filled whole or not at all. Without a model one is made, if it was made of this package's layers; one of a
    class of your own has to be handed in. layout="torch": the file holds weights of PyTorch's (saved by
    `safetensors.torch.save_file`), for the model that is handed in. Nothing is ever unpickled.

    CheckpointError: the file is none, damaged, or of another model or optimiser.
    """
    where = os.fspath(path)
    if layout not in (None, "torch"):
        raise ValueError(f"load: layout is None or 'torch', not {layout!r}")
    if model is not None:
        refuse_no_model(model, "load")
    arrays, text = storage.read(where)
    told = json.loads(text) if text is not None else None
    if told is not None and told.get("version") != _VERSION:
        raise CheckpointError(f"{where}: it is of version {told.get('version')}; this release reads {_VERSION}")
    if layout == "torch" or (told is not None and told.get("layout") == "torch"):
        return _weights_of_torch(where, arrays, told, model, optimizer)
    if told is None:
        raise CheckpointError(
            f"{where}: tinygrad_edu did not write it. If the weights are PyTorch's, load(path, model, layout='torch') "
            "turns them; if they are yours, model.load_state_dict takes what safetensors gives"
        )
    if model is None and optimizer is not None:
        raise TypeError("load: an optimiser is filled together with the model whose parameters it moves")
    try:
        return _filled(where, arrays, told, model, optimizer)
    except CheckpointError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # written by somebody else, checksum and all
        raise CheckpointError(f"{where}: what it says cannot be understood ({error!r})") from None


def _filled(where: str, arrays: dict[str, np.ndarray], told: Told, model: Any, optimizer: Any) -> Checkpoint:
    state = {name.removeprefix(f"{_MODEL}."): a for name, a in arrays.items() if name.startswith(f"{_MODEL}.")}
    kept = told["optimizer"]
    remembered = decoded(kept["state"], arrays) if kept is not None else None
    if optimizer is not None and (kept is None or kept["class"] != type(optimizer).__name__):
        what = "no optimiser" if kept is None else f"the optimiser {kept['class']}, not {type(optimizer).__name__}"
        raise CheckpointError(f"{where}: it holds {what}")
    if model is None:
        model = _made(told, state)
    else:
        _check_same(where, told, model, state)
        _fill(where, model, optimizer, state, remembered, told)
    return Checkpoint(model, state, remembered, decoded(told["settings"], arrays))


def _made(told: Told, state: dict[str, np.ndarray]) -> Any:
    """The model that was described, as it was; None where it could not be described."""
    if "class" not in told["model"]:
        return None
    model = rebuilt(told["model"])
    model.load_state_dict(state)
    for name, node in model.named_tensors():
        node.name, node.requires_grad = told["tensors"][name]
    _draw_on(model, told)
    return model.train(told["training"])


def _check_same(where: str, told: Told, model: Any, state: dict[str, np.ndarray]) -> None:
    """Raise CheckpointError unless the model is the one that was saved, as far as can be told."""
    here = _description(model)
    if "class" in told["model"] and "class" in here and (found := difference(told["model"], here)):
        raise CheckpointError(f"{where}: it is of another model: {found}")
    for name, node in model.named_tensors():
        if name in state and state[name].dtype != node.dtype:
            raise CheckpointError(f"{where}: {name} is of {state[name].dtype} there, {node.dtype} here")
    drawing = generators(model)
    if told["generators"].keys() != drawing.keys():
        there, mine = (", ".join(each) or "nowhere" for each in (told["generators"], drawing))
        raise CheckpointError(f"{where}: it is of another model: layers draw at {there} there, at {mine} here")


def _fill(where: str, model: Any, optimizer: Any, state: Any, remembered: Any, told: Told) -> None:
    """Model, optimiser and generators, all or none of them."""
    before = optimizer.state_dict() if optimizer is not None else None
    try:
        if optimizer is not None:
            optimizer.load_state_dict(remembered)
        model.load_state_dict(state)
        _draw_on(model, told)
    except (KeyError, TypeError, ValueError) as error:
        if optimizer is not None:
            optimizer.load_state_dict(before)
        raise CheckpointError(f"{where}: {error.args[0] if error.args else error}") from None


def _draw_on(model: Any, told: Told) -> None:
    """Have the generators go on from where they were."""
    for name, rng in generators(model).items():
        state = generator(told["generators"][name]).bit_generator.state
        rng.bit_generator.state = state


def _weights_of_torch(
    where: str, arrays: dict[str, np.ndarray], told: Told | None, model: Any, optimizer: Any
) -> Checkpoint:
    if told is not None and told.get("layout") != "torch":
        raise CheckpointError(f"{where}: it is a checkpoint of ours, not PyTorch's weights: leave layout out")
    if model is None or optimizer is not None:
        raise TypeError("load: PyTorch's weights are for a model that is handed in, and no optimiser is with them")
    try:
        state = from_torch(model, arrays)
        model.load_state_dict(state)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{where}: {error.args[0] if error.args else error}") from None
    return Checkpoint(model, state, None, {})


def _description(model: Any) -> Told:
    """What the model is made of; of one that holds the user's own, what that is."""
    try:
        return described(model)
    except CheckpointError as error:
        return {"of the user's": str(error)}


def generators(model: Any) -> dict[str, np.random.Generator]:
    """The generators that layers draw from, by the layers' paths."""
    found = {path: getattr(module, "rng", None) for path, module in model.named_modules()}
    return {path: rng for path, rng in found.items() if isinstance(rng, np.random.Generator)}


def _check_belonging(model: Any, optimizer: Any) -> None:
    """Raise ValueError unless the optimiser moves parameters of the model."""
    if not hasattr(optimizer, "params") or not hasattr(optimizer, "state_dict"):
        raise TypeError(f"save: an optimiser is one of tinygrad_edu.optim, not {type(optimizer).__name__}")
    if not {id(p) for p in optimizer.params} <= {id(p) for p in model.parameters()}:
        raise ValueError("save: the optimiser moves parameters that the model does not have")
