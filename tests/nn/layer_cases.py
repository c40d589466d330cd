"""Each layer beside PyTorch's: what both compute, forward and backward, for the same weights and inputs.

`figures(name)` are ours, `torchs_figures(name)` PyTorch's. Run as a program where torch is installed, this file writes
PyTorch's into torch_layers.json, so that they can be compared with where it is not.
"""

import json
from pathlib import Path

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import Tensor, nn

RECORDED = Path(__file__).with_name("torch_layers.json")


def wave(shape, phase=0.0):
    """Numbers of both signs, the same everywhere."""
    return np.sin(1.7 * np.arange(np.prod(shape, dtype=int)) + phase).reshape(shape) * 1.5 + 0.2


def steps(shape):
    """Small integers, so that the largest is often there more than once."""
    return np.round(wave(shape))


def tokens(shape):
    return (np.arange(np.prod(shape, dtype=int)) * 3 % 5).reshape(shape)


# name: our layer, PyTorch's, the shape of the input, how the input is made
CASES = {
    "Linear": (lambda: nn.Linear(4, 3), lambda t: t.nn.Linear(4, 3), (5, 4), wave),
    "Linear, no bias": (lambda: nn.Linear(4, 3, bias=False), lambda t: t.nn.Linear(4, 3, bias=False), (2, 5, 4), wave),
    "Embedding": (lambda: nn.Embedding(5, 3), lambda t: t.nn.Embedding(5, 3), (4, 2), tokens),
    "LayerNorm": (lambda: nn.LayerNorm(4), lambda t: t.nn.LayerNorm(4), (3, 4), wave),
    "LayerNorm of two axes": (
        lambda: nn.LayerNorm((3, 2), eps=1e-3), lambda t: t.nn.LayerNorm((3, 2), eps=1e-3), (2, 4, 3, 2), wave,
    ),
    "LayerNorm, no bias": (lambda: nn.LayerNorm(4, bias=False), lambda t: t.nn.LayerNorm(4, bias=False), (3, 4), wave),
    "LayerNorm, bare": (
        lambda: nn.LayerNorm(4, elementwise_affine=False),
        lambda t: t.nn.LayerNorm(4, elementwise_affine=False), (3, 4), wave,
    ),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), lambda t: t.nn.BatchNorm1d(3), (4, 3), wave),
    "BatchNorm1d of three axes": (
        lambda: nn.BatchNorm1d(3, eps=1e-3, momentum=0.4),
        lambda t: t.nn.BatchNorm1d(3, eps=1e-3, momentum=0.4), (2, 3, 4), wave,
    ),
    "BatchNorm1d, bare": (
        lambda: nn.BatchNorm1d(3, affine=False), lambda t: t.nn.BatchNorm1d(3, affine=False), (4, 3), wave,
    ),
    "Conv2d": (lambda: nn.Conv2d(2, 3, 3), lambda t: t.nn.Conv2d(2, 3, 3), (2, 2, 5, 4), wave),
    "Conv2d, padded, with strides": (
        lambda: nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(1, 2)),
        lambda t: t.nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(1, 2)), (2, 2, 5, 4), wave,
    ),
    "Conv2d of one picture": (
        lambda: nn.Conv2d(1, 2, 2, stride=3, bias=False),
        lambda t: t.nn.Conv2d(1, 2, 2, stride=3, bias=False), (1, 6, 6), wave,
    ),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), lambda t: t.nn.MaxPool2d(2), (2, 3, 5, 4), wave),
    "MaxPool2d with ties": (lambda: nn.MaxPool2d(2), lambda t: t.nn.MaxPool2d(2), (2, 3, 4, 4), steps),
    "MaxPool2d, overlapping, padded": (
        lambda: nn.MaxPool2d(3, stride=(1, 2), padding=1),
        lambda t: t.nn.MaxPool2d(3, stride=(1, 2), padding=1), (3, 5, 6), steps,
    ),
    "Flatten": (lambda: nn.Flatten(), lambda t: t.nn.Flatten(), (2, 3, 2, 2), wave),
}  # fmt: skip


def turned(name, path, array):
    """A weight of PyTorch's as ours, or the other way round."""
    return array.T if name.startswith("Linear") and path == "weight" else array


def batches(name):
    """Two inputs, met in training, and one met in use."""
    _, _, shape, make = CASES[name]
    first = make(shape)
    return [(first, True), (first[::-1].copy(), True), (first, False)]


def ours(name):
    """Our layer, its weights set."""
    layer = CASES[name][0]()
    for i, p in enumerate(layer.parameters()):
        p.data = wave(p.shape, 1.0 + i)
    return layer


def figures(name):
    """What our layer computes of each batch."""
    layer, found = ours(name), {}
    for i, (x, training) in enumerate(batches(name)):
        layer.train(training).zero_grad()
        inputs = Tensor(x, name="X") if x.dtype == float else x
        out = layer(inputs)
        (out * wave(out.shape, 2.0)).sum().backward()
        found[f"{i} out"] = out.data
        if x.dtype == float:
            found[f"{i} X"] = inputs.grad
        found |= {f"{i} {path}": p.grad for path, p in layer.named_parameters()}
    return found | {f"state {path}": array for path, array in layer.state_dict().items()}


def programs_figures(name):
    """What a jitted function of our layer, its value and its gradients, computes of each batch."""
    layer, found = ours(name), {}
    paths = [path for path, _ in layer.named_parameters()]

    def loss(parameters, x):
        with layer.using(parameters):
            out = layer(x)
        return (out * wave(out.shape, 2.0)).sum(), out

    with_x = CASES[name][3] is not tokens
    compiled = tg.jit(tg.value_and_grad(loss, (0, 1) if with_x else (0,), has_aux=True))
    for i, (x, training) in enumerate(batches(name)):
        layer.train(training)
        (_, out), gradients = compiled([p.data for p in layer.parameters()], x)
        found[f"{i} out"] = out
        if with_x:
            found[f"{i} X"] = gradients[1]
        found |= {f"{i} {path}": g for path, g in zip(paths, gradients[0], strict=True)}
    return found | {f"state {path}": array for path, array in layer.state_dict().items()}


def torchs_figures(name):
    """What PyTorch's layer computes of each batch."""
    import torch

    layer = CASES[name][1](torch).double()
    for i, (path, p) in enumerate(layer.named_parameters()):
        shape = turned(name, path, p.detach().numpy()).shape
        p.data = torch.tensor(turned(name, path, wave(shape, 1.0 + i)).copy())
    found = {}
    for i, (x, training) in enumerate(batches(name)):
        layer.train(training).zero_grad()
        inputs = torch.tensor(x, requires_grad=x.dtype == float)
        out = layer(inputs)
        (out * torch.tensor(wave(out.shape, 2.0))).sum().backward()
        found[f"{i} out"] = out.detach().numpy()
        if x.dtype == float:
            found[f"{i} X"] = inputs.grad.numpy()
        found |= {f"{i} {path}": turned(name, path, p.grad.numpy()) for path, p in layer.named_parameters()}
    state = {path: turned(name, path, array.numpy()) for path, array in layer.state_dict().items()}
    return found | {f"state {path}": array for path, array in state.items() if "num_batches" not in path}


if __name__ == "__main__":
    figures_of = {name: {key: value.tolist() for key, value in torchs_figures(name).items()} for name in CASES}
    lines = [f"{json.dumps(name)}: {json.dumps(found)}" for name, found in figures_of.items()]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
