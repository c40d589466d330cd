"""What every layer and every model is: something callable that holds tensors to be trained, and other such things."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from ..engine.blocks import called
from ..engine.constants import unmasked
from ..engine.graph import Node, leaving, mode, next_index, plain
from ..tensors.hints import teach
from .table import table
from .torch_layout import from_torch, is_torchs

_NUMBERED = re.compile(r"(.*?)_?\d*")


class Module:
    """A layer or a model. Subclasses set tensors and modules as attributes, and write `forward`.

    Whatever leaf or module stands in an attribute, or in a list, tuple or dict of one, belongs to the module: leaves
    that require a gradient are its parameters, the others are kept with them (in `state_dict`) but not trained.
    Parameters are named by the layer's place in the model, W_1, b_1, W_2, …, unless they were given another name. One
    without a name is called by its attribute; where several modules have that attribute, theta_1, theta_2, …
    """

    parameter_letters: tuple[tuple[str, str], ...] = ()  # (attribute, letter) of a layer's numbered parameters
    # For the latest calls, between which creation indices the nodes lie that they made.
    calls: deque[tuple[int, int]]
    # The attributes whose tensors are called by them.
    _namesakes: set[str]
    number: int | None = None  # which layer of its model this is
    _in_training = True
    # The settings for which a recorded program holds; where they are others, another one is recorded.
    recorded_with: tuple[str, ...] = ()
    # The attributes whose arrays PyTorch holds the other way round, and what it keeps beside them.
    turned_in_torch: tuple[str, ...] = ()
    only_in_torch: tuple[str, ...] = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """A module that can be called, whether or not its class calls `super().__init__()`."""
        module = super().__new__(cls)
        object.__setattr__(module, "calls", deque(maxlen=16))
        object.__setattr__(module, "_namesakes", set())
        called.add(module)
        return module

    def __init__(self) -> None:
        """Nothing is to be done; what a class without an `__init__` of its own is given too much is refused."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module makes of its input."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(self, x)")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """`forward`, and a note of which nodes it made."""
        if mode.tracing is not None:
            mode.tracing.depends_on(self, *self.recorded_with)
        start = next_index()
        out = self.forward(*args, **kwargs)
        self.calls.append((start, next_index()))
        return out

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if isinstance(value, Node):
            if value.rule is None and value.requires_grad and value.name is None and not name.startswith("_"):
                value.name = name
                self._namesakes.add(name)
        elif isinstance(value, (Module, list, tuple, dict)):
            self._number_layers()
            self._number_namesakes()

    def _number_layers(self) -> None:
        """Number the layers in the order in which they stand in the model, and their parameters' names with them."""
        layers = [module for _, module in self.named_modules() if module.parameter_letters]
        for number, layer in enumerate(layers, start=1):
            if layer is self and len(layers) == 1:
                continue
            layer.number = number
            for attribute, letter in layer.parameter_letters:
                tensor = getattr(layer, attribute)
                if tensor is not None and (match := _NUMBERED.fullmatch(tensor.name or "")) and match[1] == letter:
                    tensor.name = f"{letter}_{number}"

    def _number_namesakes(self) -> None:
        """Number the parameters that are called by attributes, where several in the model are called the same."""
        found: dict[str, list[Any]] = {}
        for _, module in self.named_modules():
            for name in sorted(module._namesakes):
                tensor = vars(module).get(name)
                match = _NUMBERED.fullmatch((tensor.name or "") if isinstance(tensor, Node) else "")
                if match and name in (match[0], match[1]):
                    found.setdefault(name, []).append(tensor)
        for name, tensors in found.items():
            for number, tensor in enumerate(tensors, start=1):
                tensor.name = f"{name}_{number}" if len(tensors) > 1 else name

    @property
    def training(self) -> bool:
        """Whether the module behaves as in training. A recorded program holds for what it was recorded with."""
        if mode.tracing is not None:
            mode.tracing.depends_on(self, "_in_training")
        return self._in_training

    @training.setter
    def training(self, training: bool) -> None:
        object.__setattr__(self, "_in_training", bool(training))

    # ── what it holds ──

    def contents(self) -> Iterator[tuple[str, Any]]:
        """The nodes and modules in the attributes, each with its name."""
        for name, value in vars(self).items():
            if not name.startswith("_"):
                yield from _opened(name, value)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules among the contents."""
        return ((name, part) for name, part in self.contents() if isinstance(part, Module))

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all inside it, in order, each once, with the path to it."""
        seen: set[int] = set()
        todo: list[tuple[str, Module]] = [(prefix, self)]
        while todo:
            path, module = todo.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield path, module
            todo.extend(reversed([(_joined(path, name), child) for name, child in module.named_children()]))

    def modules(self) -> Iterator[Module]:
        """This module and all inside it."""
        return (module for _, module in self.named_modules())

    def named_tensors(self) -> Iterator[tuple[str, Any]]:
        """All leaves, each with its path: the parameters, and what is kept with them but not trained."""
        seen: set[int] = set()
        for path, module in self.named_modules():
            for name, part in module.contents():
                if isinstance(part, Node) and part.rule is None and id(part) not in seen:
                    seen.add(id(part))
                    yield _joined(path, name), part

    def named_parameters(self) -> Iterator[tuple[str, Any]]:
        """What is to be trained, each with its path: ("0.weight", W_1), …"""
        return ((path, node) for path, node in self.named_tensors() if node.requires_grad)

    def parameters(self) -> list[Any]:
        """What is to be trained, in order."""
        return [node for _, node in self.named_parameters()]

    @contextmanager
    def using(self, parameters: Sequence[Any]) -> Iterator[None]:
        """A block in which other numbers, arrays or nodes stand in the place of `parameters()`, in their order.

        So a loss becomes a function of the parameters, for `value_and_grad` and for `jit`. Not for two threads at once.

        >>> from tinygrad_edu import grad, nn
        >>> model = nn.Linear(2, 1, bias=False)
        >>> def total(parameters, x):
        ...     with model.using(parameters):
        ...         return model(x).sum()
        >>> grad(total)([np.ones((2, 1))], np.array([3.0, 4.0]))
        [array([[3.],
               [4.]])]
        """
        mine = self.parameters()
        if len(parameters) != len(mine):
            raise ValueError(f"using: the model has {len(mine)} parameters, {len(parameters)} were given")
        for old, new in zip(mine, parameters, strict=True):
            if np.shape(plain(new)) != old.shape:
                raise ValueError(
                    f"using: {np.shape(plain(new))} in the place of {old.name or 'a parameter'} {old.shape}"
                )
            if isinstance(new, Node) and new.name is None:
                new.name = old.name
        others = {id(old): new for old, new in zip(mine, parameters, strict=True)}
        before = [(module, dict(vars(module))) for module in self.modules()]
        try:
            for module, attributes in before:
                vars(module).update({name: _exchanged(value, others) for name, value in attributes.items()})
            yield
        finally:
            for module, attributes in before:
                vars(module).update(attributes)

    # ── state ──

    def state_dict(self) -> dict[str, np.ndarray]:
        """The numbers of all tensors by their paths, as copies."""
        nodes = dict(self.named_tensors())
        for node in nodes.values():
            leaving(node, "state_dict")
        return {path: np.array(plain(node)) for path, node in nodes.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over the numbers of a `state_dict`. The paths and the shapes must be this model's own.

        Of a state of PyTorch's tensors, linear layers' weights are turned: PyTorch holds them as (out, in). All is
        looked at first: where something does not fit, nothing is changed.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"load_state_dict: a state is a dict from paths to arrays, not {type(state).__name__}")
        if is_torchs(state):
            state = from_torch(self, state)
        nodes = dict(self.named_tensors())
        missing, unknown = sorted(nodes.keys() - state.keys()), sorted(map(str, state.keys() - nodes.keys()))
        if missing or unknown:
            said = [f"it lacks {path}" for path in missing] + [f"{path} is not in the model" for path in unknown]
            raise KeyError(f"load_state_dict: the state is of another model: {', '.join(said)}")
        fitting = {path: _fitting(path, node, state[path]) for path, node in nodes.items()}
        for path, node in nodes.items():
            node.data = fitting[path]

    def zero_grad(self) -> None:
        """Forget the parameters' gradients."""
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> Self:
        """Behave as in training (dropout drops, batches are normalised by themselves); returns the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Behave as in use (dropout passes everything, running statistics are used); returns the module."""
        return self.train(False)

    # ── how it shows itself ──

    def label(self) -> str:
        """What an error calls it: its class, its number in the model, what it was made with."""
        number = "" if self.number is None else f" layer {self.number}"
        said = self.extra_repr()
        return f"{type(self).__name__}{number}{f' ({said})' if said else ''}"

    def extra_repr(self) -> str:
        """What stands between the parentheses of a module without modules inside."""
        return ""

    def __repr__(self) -> str:
        inner = [f"({name}): {shown}".replace("\n", "\n  ") for name, shown in self.shown()]
        if not inner:
            return f"{type(self).__name__}({self.extra_repr()})"
        return "\n  ".join([f"{type(self).__name__}(", *inner]) + "\n)"

    def __str__(self) -> str:
        """A table of the layers, the shapes of their tensors, and how many parameters they have."""
        return table(self) if any(True for _ in self.named_children()) else repr(self)

    def shown(self) -> Iterator[tuple[str, str]]:
        """What stands inside the module, each with its name."""
        return ((name, repr(child)) for name, child in self.named_children())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from ..picture.display import model_bundle  # only a notebook needs pictures

        return model_bundle(self)


def _fitting(path: str, node: Any, given: Any) -> Any:
    """The numbers that a state has for `node`, of its dtype; raises where they are not what it can hold."""
    try:
        found = np.asarray(unmasked(plain(given), f"load_state_dict: {path}"))
    except ValueError as error:
        raise ValueError(f"load_state_dict: {path} is no array in the state: {error}") from None
    if found.shape != node.shape:
        raise ValueError(f"load_state_dict: {path} has shape {node.shape} here, {found.shape} in the state")
    if found.dtype.kind not in "fiub":
        lost = ", and their imaginary part would be lost" if found.dtype.kind == "c" else ""
        raise TypeError(f"load_state_dict: {path} is of {found.dtype} in the state; a model's numbers are real{lost}")
    with np.errstate(over="ignore"):
        fitting = np.array(found, node.dtype)
    if not np.array_equal(np.isfinite(fitting), np.isfinite(found)):
        raise ValueError(f"load_state_dict: {path} holds numbers in the state that are too large for {node.dtype}")
    return fitting


def _opened(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, (Module, Node)):
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _opened(f"{name}.{key}", each)
    elif isinstance(value, (list, tuple)):
        for i, each in enumerate(value):
            yield from _opened(f"{name}.{i}", each)


def _exchanged(value: Any, others: dict[int, Any]) -> Any:
    """An attribute's value with other things in the place of some nodes, containers rebuilt."""
    if isinstance(value, Node):
        return others.get(id(value), value)
    if isinstance(value, dict):
        return {key: _exchanged(each, others) for key, each in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(_exchanged(each, others) for each in value)
    return value


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


teach(Module, "module")
