"""The names of other engines (PyTorch, micrograd, JAX, autograd, tinygrad), each with the name of the same thing here.

HINTS is the one table: for nodes, for modules of layers, for optimisers, and for the importable modules `tinygrad_edu`,
`.nn`, `.losses`, `.optim` and `.datasets`, from a name that somebody may look for to what an AttributeError then says.
KEYWORDS does the same for arguments. A name that exists here needs no hint, and a test sees that none has one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

_Function = TypeVar("_Function", bound=Callable[..., Any])

_NODE_IS_PLAIN = "everything here is computed on the CPU, in NumPy; leave it out"
_IN_PLACE = "write x {0} y within no_grad to change a leaf, and x = x {1} y in a formula"
_LOSS = "losses are functions: tinygrad_edu.losses.{}"
_MADE = "make the array with NumPy and wrap it: Tensor(np.{})"
_MAKERS = {
    "zeros": _MADE.format("zeros(shape)"),
    "ones": _MADE.format("ones(shape)"),
    "eye": _MADE.format("eye(n)"),
    "arange": _MADE.format("arange(n)"),
    "rand": _MADE.format("random.default_rng(seed).uniform(size=shape)"),
    "randn": _MADE.format("random.default_rng(seed).normal(size=shape)"),
}

HINTS: dict[str, dict[str, str]] = {
    "node": {
        "view": "use .reshape(…)",
        "view_as": "use .reshape(other.shape)",
        "reshape_as": "use .reshape(other.shape)",
        "t": "use .T",
        "permute": "use .transpose(…), with the axes in their new order",
        "unsqueeze": "use np.expand_dims(x, axis), or x[:, None]",
        "numel": "use .size",
        "nelement": "use .size",
        "dim": "use .ndim",
        "pow": "use x ** k, or np.power(x, k)",
        "clamp": "use .clip(low, high)",
        "matmul": "use x @ y, or np.matmul(x, y)",
        "mm": "use x @ y",
        "mv": "use x @ y",
        "bmm": "use x @ y",
        "add": "use x + y",
        "sub": "use x - y",
        "mul": "use x * y",
        "div": "use x / y",
        "neg": "use -x",
        "float": "use .astype(np.float32); a plain Python number is .item()",
        "double": "use .astype(np.float64)",
        "half": "use .astype(np.float16)",
        "long": "use .astype(int), of a node that requires no gradient; or .data.astype(int)",
        "int": "use .astype(int), of a node that requires no gradient; or .data.astype(int)",
        "bool": "use a comparison, such as x != 0",
        "type": "use .astype(dtype)",
        "to": f"to change the dtype use .astype(dtype); {_NODE_IS_PLAIN}",
        "cuda": _NODE_IS_PLAIN,
        "cpu": _NODE_IS_PLAIN,
        "device": _NODE_IS_PLAIN,
        "contiguous": "a node's array needs no such care; leave it out",
        "clone": "use .copy()",
        "expand": "use np.broadcast_to(x, shape)",
        "expand_as": "use np.broadcast_to(x, other.shape)",
        "chunk": "use np.split(x, n)",
        "split": "use np.split(x, n)",
        "gather": "use np.take_along_axis(x, indices, axis)",
        "index_select": "use x[indices], or np.take(x, indices, axis)",
        "masked_fill": "use np.where(mask, value, x)",
        "norm": "use np.linalg.norm(x)",
        "det": "use np.linalg.det(x)",
        "inverse": "use np.linalg.inv(x)",
        "masked_select": "use x[mask]",
        "narrow": "use a slice, x[:, start : start + length]",
        "movedim": "use np.moveaxis(x, source, destination)",
        "swapdims": "use np.swapaxes(x, axis1, axis2)",
        "repeat_interleave": "use np.repeat(x, n, axis)",
        "take_along_dim": "use np.take_along_axis(x, indices, axis)",
        "topk": "use np.sort(x, axis=-1)[..., -k:]",
        "cat": "use np.concatenate([x, y], axis)",
        "eq": "use x == y",
        "ne": "use x != y",
        "lt": "use x < y",
        "le": "use x <= y",
        "gt": "use x > y",
        "ge": "use x >= y",
        "clamp_min": "use .clip(low, None)",
        "clamp_max": "use .clip(None, high)",
        "asin": "use np.arcsin(x)",
        "acos": "use np.arccos(x)",
        "atan": "use np.arctan(x)",
        "atan2": "use np.arctan2(x, y)",
        "rsqrt": "use 1 / np.sqrt(x)",
        "dropout": "use the layer nn.Dropout(p)",
        "register_hook": "there are no hooks: after backward() every node's gradient stands in its .grad",
        "at": "entries of a node are not set; use np.where(mask, value, x)",
        "detach_": "use .detach()",
        "requires_grad_": "say it when the node is made: Tensor(…, requires_grad=True), which is the default",
        "retain_grad": "every node keeps its gradient here; leave it out",
        "zero_grad": "write x.grad = None, or let an optimiser's or a module's zero_grad() do so",
        "grad_fn": "use .op, the operation's name, and .parents",
        "is_leaf": "use x.op is None",
        "fill_": "write x.data[...] = …",
        "zero_": "write x.data[...] = 0, or x.grad = None for a gradient",
        "copy_": "write x.data = …",
        "add_": _IN_PLACE.format("+=", "+"),
        "sub_": _IN_PLACE.format("-=", "-"),
        "mul_": _IN_PLACE.format("*=", "*"),
        "div_": _IN_PLACE.format("/=", "/"),
        "realize": "everything is computed at once here; leave it out",
        "block_until_ready": "everything is computed at once here; leave it out",
        "label": "use .name",
        "_prev": "use .parents, a tuple in the order of the arguments",
        "_children": "use .parents",
        "_op": "use .op",
        "_backward": "the derivatives stand in the table of rules; for an operation of your own write a row",
        **_MAKERS,
    },
    "module": {
        "to": _NODE_IS_PLAIN,
        "cuda": _NODE_IS_PLAIN,
        "cpu": _NODE_IS_PLAIN,
        "half": "give the layers dtype=np.float16 when they are made",
        "float": "give the layers dtype=np.float32 when they are made",
        "double": "float64 is the default here; leave it out",
        "children": "use .named_children()",
        "apply": "go along .modules()",
        "register_parameter": "set the tensor as an attribute: self.w = Tensor(…)",
        "register_buffer": "set it as an attribute: self.mean = Tensor(…, requires_grad=False)",
        "add_module": "set the module as an attribute, or keep a plain list of modules in one",
        "requires_grad_": "set parameter.requires_grad of each of .parameters()",
        "buffers": "what is kept and not trained stands in .state_dict()",
        "named_buffers": "what is kept and not trained stands in .state_dict()",
        "weights": "use .parameters()",
        "trainable_variables": "use .parameters()",
        "fit": "use tinygrad_edu.fit(model, X, y)",
        "predict": "call the model: model(X).data",
        "compile": "for a fast step use tinygrad_edu.jit",
        "summary": "print the model",
    },
    "tinygrad_edu": {
        "tensor": "write Tensor(…), with a capital",
        "Variable": "write Tensor(…)",
        "as_tensor": "write Tensor(…)",
        "from_numpy": "write Tensor(array)",
        **_MAKERS,
        "full": _MADE.format("full(shape, value)"),
        "empty": _MADE.format("zeros(shape)"),
        "array": "write Tensor(…)",
        "manual_seed": "there is no global seed: layers take rng=seed, and NumPy has np.random.default_rng(seed)",
        "random": "use NumPy's: np.random.default_rng(seed)",
        "cat": "use concatenate(parts, axis)",
        "mm": "use matmul(x, y), or x @ y",
        "bmm": "use matmul(x, y), or x @ y",
        "pow": "use power(x, k), or x ** k",
        "mul": "use multiply(x, y), or x * y",
        "sub": "use subtract(x, y), or x - y",
        "div": "use divide(x, y), or x / y",
        "clamp": "use clip(x, low, high)",
        "permute": "use transpose(x, axes)",
        "unsqueeze": "use expand_dims(x, axis)",
        "gather": "use take_along_axis(x, indices, axis)",
        "norm": "use linalg.norm(x)",
        "masked_select": "write x[mask]",
        "index_select": "use take(x, indices, axis)",
        "repeat_interleave": "use repeat(x, n, axis)",
        "topk": "write sort(x, axis=-1)[..., -k:]",
        "chunk": "use split(x, n)",
        "mv": "use matmul(x, y), or x @ y",
        "asin": "use arcsin(x)",
        "acos": "use arccos(x)",
        "atan": "use arctan(x)",
        "atan2": "use arctan2(x, y)",
        "rsqrt": "write 1 / sqrt(x)",
        "one_hot": "write np.eye(k)[labels]; cross_entropy takes the labels themselves",
        "stop_gradient": "write x.detach()",
        "compile": "use jit(f)",
        "dropout": "use the layer nn.Dropout(p)",
        "cross_entropy": "use losses.cross_entropy(logits, labels)",
        "binary_cross_entropy": "use losses.binary_cross_entropy(yhat, y)",
        "mse_loss": "use losses.mse_loss(yhat, y)",
        "numel": "use size(x)",
        "swish": "use silu(x)",
        "functional": "the functions stand in tinygrad_edu itself (relu, softmax), losses in tinygrad_edu.losses",
        "autograd": "use backward() and .grad, or the functions grad, value_and_grad, vjp, jvp, jacobian, hessian",
        "numpy": "use NumPy itself (import numpy as np): its functions take nodes",
        "elementwise_grad": "use grad(lambda x: f(x).sum()), which is the same for a function of each entry",
        "make_vjp": "use vjp(f, x)",
        "make_jvp": "use jvp(f, (x,), (v,))",
        "make_hvp": "use hvp(f, x, v)",
        "hessian_vector_product": "use hvp(f, x, v)",
        "defvjp": "use primitive(function, *vjps), with vjp(g, out, *args) for each argument",
        "defjvp": "use primitive(function, *vjps): jvp is made of the same derivatives",
        "custom_vjp": "use primitive(function, *vjps), with vjp(g, out, *args) for each argument",
        "custom_jvp": "use primitive(function, *vjps), with vjp(g, out, *args) for each argument",
        "multigrad": "use grad(f, argnums=(0, 1))",
        "ln": "use log(x)",
        "jacrev": "use jacobian(f)",
        "jacfwd": "use jacobian(f)",
        "vmap": "write the function for arrays: axes broadcast as in NumPy",
        "inference_mode": "use no_grad()",
        "set_grad_enabled": "use no_grad()",
        "enable_grad": "leave the no_grad() block",
        "Module": "use nn.Module",
        "Linear": "use nn.Linear",
        "Sequential": "use nn.Sequential",
        "MLP": "use nn.MLP",
        "SGD": "use optim.SGD",
        "Adam": "use optim.Adam",
        "Parameter": "write Tensor(…): set as an attribute of a module it is a parameter",
        "device": _NODE_IS_PLAIN,
        "cuda": _NODE_IS_PLAIN,
        "float32": "use np.float32",
        "float64": "use np.float64",
        "int64": "use np.int64",
    },
    "nn": {
        "CrossEntropyLoss": _LOSS.format("cross_entropy(logits, labels)"),
        "NLLLoss": _LOSS.format("cross_entropy(logits, labels), from logits instead of their log-softmax"),
        "BCELoss": _LOSS.format("binary_cross_entropy(yhat, y)"),
        "BCEWithLogitsLoss": _LOSS.format("binary_cross_entropy_with_logits(z, y)"),
        "MSELoss": _LOSS.format("mse_loss(yhat, y)"),
        "HingeEmbeddingLoss": _LOSS.format("hinge_loss(z, y)"),
        "functional": "the functions stand in tinygrad_edu itself (tg.relu, tg.softmax), losses in tinygrad_edu.losses",
        "Parameter": "write Tensor(…): set as an attribute of a module it is a parameter",
        "ParameterList": "keep a plain list of tensors in an attribute: they are parameters",
        "ParameterDict": "keep a plain dict of tensors in an attribute: they are parameters",
        "ModuleList": "keep a plain list of modules in an attribute: they are part of the model",
        "ModuleDict": "keep a plain dict of modules in an attribute: they are part of the model",
        "init": "layers take init= and rng=; other numbers go into layer.weight.data",
        "utils": "there is nothing like it here",
        "Neuron": "use Linear(n, 1)",
        "Layer": "use Linear(n_in, n_out)",
        "Dense": "use Linear(n_in, n_out)",
        "LogSoftmax": "use the function log_softmax: Sequential takes functions, too",
        "Swish": "use SiLU",
        "losses": "use tinygrad_edu.losses",
    },
    "optimizer": {
        "param_groups": "set optimizer.lr; for groups with settings of their own make an optimiser for each",
        "add_param_group": "make an optimiser for each group",
        "learning_rate": "use .lr",
        "momentum": 'it stands in .settings["momentum"]',
        "weight_decay": 'it stands in .settings["weight_decay"]',
        "nesterov": 'it stands in .settings["nesterov"]',
        "betas": 'they stand in .settings["beta1"] and .settings["beta2"]',
        "eps": 'it stands in .settings["eps"]',
        "minimize": "call loss.backward(), then .step()",
    },
    "losses": {
        "bce_loss": "use binary_cross_entropy(yhat, y)",
        "bce": "use binary_cross_entropy(yhat, y)",
        "BCELoss": "use binary_cross_entropy(yhat, y)",
        "BCEWithLogitsLoss": "use binary_cross_entropy_with_logits(z, y)",
        "CrossEntropyLoss": "use cross_entropy(logits, labels)",
        "nll_loss": "use cross_entropy(logits, labels), from logits instead of their log-softmax",
        "softmax_cross_entropy": "use cross_entropy(logits, labels)",
        "sparse_categorical_crossentropy": "use cross_entropy(logits, labels)",
        "categorical_crossentropy": "use cross_entropy(logits, distribution)",
        "binary_crossentropy": "use binary_cross_entropy(yhat, y)",
        "MSELoss": "use mse_loss(yhat, y)",
        "mse": "use mse_loss(yhat, y)",
        "mean_squared_error": "use mse_loss(yhat, y)",
        "hinge": "use hinge_loss(z, y)",
    },
    "optim": {
        "sgd": "write SGD(params, lr)",
        "adam": "write Adam(params)",
        "lr_scheduler": "set optimizer.lr between the steps",
    },
    "datasets": {
        "make_moons": "use moons(n_samples, noise)",
        "make_circles": "use circles(n_samples, noise)",
        "make_blobs": "use blobs(n_samples, centers, spread)",
        "load_breast_cancer": "use breast_cancer()",
        "load_digits": "use digits()",
        "load_diabetes": "use diabetes()",
        "load_wine": "use wine()",
        "load_iris": "use iris()",
        "load_csv": "use read_csv(path, target)",
        "train_test_split": "use data.split(test=0.25), a method of the data",
    },
}  # fmt: skip

OF_A_NODE = (
    "grad(f)(x) is the derivative of f at x; for a loss that is computed already call loss.backward(), then read w.grad"
)

_FEW = 40  # names up to which an error lists them all

KEYWORDS = {
    "dim": "axis", "dims": "axis", "keepdim": "keepdims", "correction": "ddof", "unbiased": "ddof", "label": "name",
    "gradient": "grad", "_children": "", "_op": "", "device": "", "inplace": "",
    "retain_graph": "",
}  # fmt: skip


class Hint:
    """A name that is not there, in the place where somebody looks for it: it raises AttributeError and says ours.

    So `hasattr` is False, and an attribute of that name which a subclass or an object has itself comes first.
    """

    def __init__(self, name: str, sentence: str) -> None:
        self.name, self.sentence = name, sentence

    def __get__(self, held: Any, owner: type) -> NoReturn:
        raise AttributeError(f"{owner.__name__} has no {self.name}: {self.sentence}")


class AttributeHint(Hint):
    """A hint for an attribute that people set, too."""

    def __set__(self, held: Any, value: Any) -> NoReturn:
        self.__get__(held, type(held))


def teach(cls: type, table: str) -> None:
    """Put the hints of a table into a class, beside what it has."""
    for name, sentence in HINTS[table].items():
        if not hasattr(cls, name):
            set_too = table == "node" and (name == "label" or name.startswith("_"))
            setattr(cls, name, (AttributeHint if set_too else Hint)(name, sentence))


def teach_functions(cls: type, names: Iterable[str], numpys: Any) -> None:
    """Put a hint for each function that is no method into a class: np.sort(x) for x.sort()."""
    for name in names:
        if not hasattr(cls, name) and name not in vars(cls):
            where = "np" if hasattr(numpys, name) else "tinygrad_edu"
            setattr(cls, name, Hint(name, f"use {where}.{name}(x, …)"))


def missing(module: str, name: str, there: Iterable[str] = ()) -> AttributeError:
    """The error of a module that has no such name: its hint, or the nearest name that there is."""
    sentence = HINTS[module.rpartition(".")[2]].get(name)
    names = sorted(there)
    if sentence is None:
        listed = [f"there are {', '.join(names)}"] if len(names) < _FEW else []
        sentence = "; ".join(nearest(name, names) + listed)
    return AttributeError(f"module {module!r} has no attribute {name!r}{f': {sentence}' if sentence else ''}")


def nearest(name: str, there: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """In words, which name there is most like this one; an empty list if none is."""
    import difflib  # slow to load, for an error

    return [f"the nearest there is: {each}" for each in difflib.get_close_matches(name, there, n=1, cutoff=cutoff)]


def taught(function: _Function) -> _Function:
    """The function, which answers an argument of another engine's name with ours.

    That costs a call 0.1 µs, so the functions that training steps are made of (`sum`, `softmax`, `stack`, …) take
    foreign arguments themselves and refuse them.
    """
    known = frozenset(inspect.signature(function).parameters)

    @wraps(function)
    def asked(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError:
            foreign = {name: given for name, given in kwargs.items() if name not in known}
            if not foreign:
                raise
        refuse_keywords(function.__name__, foreign)

    return cast(_Function, asked)


def refuse_keywords(function: str, foreign: Mapping[str, Any]) -> NoReturn:
    """The error of a function that was called with an argument of a name it does not know."""
    name = next(iter(foreign))
    ours = KEYWORDS.get(name)
    if ours is None:
        raise TypeError(f"{function}() got an unexpected keyword argument {name!r}")
    raise TypeError(
        f"{function}: {name}= " + (f"is {ours}= here" if ours else "is nothing that one says here; leave it out")
    )
