"""PyTorch as the judge, where it is installed: values, slopes at kinks, second derivatives."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor

torch = pytest.importorskip("torch")

rng = np.random.default_rng(4)
X = rng.normal(size=(4, 3))
KINKS = np.array([-2.0, -1.0, -0.5, 0.0, 0.0, 0.5, 1.0, 2.0])

PAIRS = {
    "relu": (tg.relu, torch.relu),
    "abs": (np.abs, torch.abs),
    "leaky_relu": (lambda x: tg.leaky_relu(x, 0.2), lambda x: torch.nn.functional.leaky_relu(x, 0.2)),
    "elu": (tg.elu, torch.nn.functional.elu),
    "clip": (lambda x: np.clip(x, -1.0, 1.0), lambda x: torch.clamp(x, -1.0, 1.0)),
    "gelu": (tg.gelu, torch.nn.functional.gelu),
    "gelu by tanh": (
        lambda x: tg.gelu(x, approximate="tanh"),
        lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    ),
    "silu": (tg.silu, torch.nn.functional.silu),
    "sigmoid": (tg.sigmoid, torch.sigmoid),
    "softplus": (tg.softplus, torch.nn.functional.softplus),
    "tanh": (np.tanh, torch.tanh),
    "maximum with 0": (lambda x: np.maximum(x, 0.0 * X.sum()), lambda x: torch.maximum(x, torch.zeros_like(x))),
    "maximum with itself": (lambda x: np.maximum(x, x), lambda x: torch.maximum(x, x)),
    "square by power": (lambda x: x**2, lambda x: x**2),
    "power 0": (lambda x: x**0, lambda x: x**0),
    "power 1": (lambda x: x**1, lambda x: x**1),
    "power 3": (lambda x: x**3, lambda x: x**3),
    "max": (lambda x: np.max(x) * 1.0, lambda x: torch.amax(x) * 1.0),
    "norm": (np.linalg.norm, torch.linalg.norm),
    "softmax": (lambda x: tg.softmax(x) * np.arange(8.0), lambda x: torch.softmax(x, -1) * torch.arange(8.0)),
    "log_softmax": (lambda x: tg.log_softmax(x)[1], lambda x: torch.log_softmax(x, -1)[1]),
    "logsumexp": (tg.logsumexp, lambda x: torch.logsumexp(x, -1)),
    "std": (lambda x: np.std(x, ddof=1), torch.std),
    "sinc": (np.sinc, torch.sinc),
    "hypot": (lambda x: np.hypot(x, 1.0), lambda x: torch.hypot(x, torch.ones_like(x))),
    "sort": (lambda x: np.sort(x)[2:5] ** 2, lambda x: torch.sort(x, stable=True).values[2:5] ** 2),
}


@pytest.mark.parametrize("name", PAIRS)
def test_value_and_both_derivatives(name):
    ours, theirs = PAIRS[name]
    x, t = Tensor(KINKS), torch.tensor(KINKS, requires_grad=True)
    out, expected = ours(x), theirs(t)
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-12, atol=1e-15)
    out.sum().backward(create_graph=True)
    (slope,) = torch.autograd.grad(expected.sum(), t, create_graph=True)
    np.testing.assert_allclose(x.grad.data, slope.detach().numpy(), rtol=1e-12, atol=1e-14)
    g, x.grad = x.grad, None
    if g.requires_grad and slope.requires_grad:
        (g * g).sum().backward()
        (slope * slope).sum().backward()
        judged = KINKS != 0 if name in ("elu", "sinc") else slice(None)  # PyTorch: 0 for ours 2αe⁰, nan for ours 0
        np.testing.assert_allclose(x.grad[judged], t.grad.numpy()[judged], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("f", ["zero vector", "constant column"])
def test_corners(f):
    if f == "zero vector":
        x, t = Tensor(np.zeros(3)), torch.zeros(3, dtype=torch.float64, requires_grad=True)
        np.linalg.norm(x).backward()
        torch.linalg.norm(t).backward()
    else:
        x, t = Tensor(np.ones((3, 2))), torch.ones(3, 2, dtype=torch.float64, requires_grad=True)
        np.std(x, axis=0).sum().backward()
        torch.std(t, dim=0, correction=0).sum().backward()
    np.testing.assert_array_equal(x.grad, t.grad.numpy())


def test_powers_with_learned_exponents():
    base, exponent = np.array([0.0, 0.0, 2.0, 3.0]), np.array([0.0, 2.0, 3.0, -1.0])
    a, b = torch.tensor(base, requires_grad=True), torch.tensor(exponent, requires_grad=True)
    (a**b).sum().backward()
    for g, expected in zip(tg.grad(lambda x, y: (x**y).sum(), (0, 1))(base, exponent), (a.grad, b.grad), strict=True):
        np.testing.assert_allclose(g, expected.numpy(), rtol=1e-12)


def test_a_network():
    W, b, V = rng.normal(size=(3, 5)), rng.normal(size=5), rng.normal(size=(5, 2))
    labels = np.array([0, 1, 1, 0])

    def ours(W, b, V):
        return tg.losses.cross_entropy(np.tanh(X @ W + b) @ V, labels)

    tensors = [torch.tensor(each, requires_grad=True) for each in (W, b, V)]
    hidden = torch.tanh(torch.tensor(X) @ tensors[0] + tensors[1])
    loss = torch.nn.functional.cross_entropy(hidden @ tensors[2], torch.tensor(labels))
    loss.backward()
    value, gradients = tg.value_and_grad(ours, (0, 1, 2))(W, b, V)
    np.testing.assert_allclose(value, loss.item(), rtol=1e-13)
    for g, tensor in zip(gradients, tensors, strict=True):
        np.testing.assert_allclose(g, tensor.grad.numpy(), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_from_logits(dtype):
    z = np.array([-1e4, -100.0, -1.0, 0.0, 1.0, 100.0, 1e4], dtype)
    y = np.array([0, 1, 1, 0, 0, 1, 0], dtype)
    t = torch.tensor(z, requires_grad=True)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(t, torch.tensor(y))
    expected.backward()
    value, g = tg.value_and_grad(lambda z: tg.losses.binary_cross_entropy_with_logits(z, y))(z)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-6)
    np.testing.assert_allclose(g, t.grad.numpy(), rtol=1e-6, atol=1e-12)
