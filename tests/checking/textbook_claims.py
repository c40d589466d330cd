# ruff: noqa: E501
"""Claims as textbooks, course notes and blog posts write them, a third of them wrong, each with a proof.

The proof is NumPy: what the claim is worth, computed without the engine. The tests compare it with finite differences
of the loss, so that it does not rest on this engine's word which claims are right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from leaves import named

import tinygrad_edu as tg
from tinygrad_edu import Tensor


class Problem(NamedTuple):
    """A loss, twice: on the engine's nodes and on NumPy arrays. data: the names that have no gradient."""

    values: dict[str, Any]
    data: str
    loss: Callable[..., Any]
    plain: Callable[..., Any]


class Claim(NamedTuple):
    problem: str
    wrt: str
    text: str
    mistake: str | None
    worth: Callable[..., Any]


_rng = np.random.default_rng(77)


def _n(*shape: int) -> Any:
    return _rng.uniform(-1.2, 1.2, shape)


def _s(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _cross_entropy(y: Any, a: Any) -> Any:
    return -(y * np.log(a) + (1 - y) * np.log(1 - a)).mean()


_bits = np.array([1.0, 0.0, 0.0, 1.0, 1.0])
_hot = np.eye(3)[[0, 2, 1, 1, 0]]

PROBLEMS = {
    "least squares": Problem(
        {"X": _n(5, 3), "y": _n(5), "w": _n(3), "b": _n()},
        "X y",
        lambda X, y, w, b: 0.5 * ((named(X @ w + b, "yhat") - y) ** 2).sum(),
        lambda X, y, w, b: 0.5 * ((X @ w + b - y) ** 2).sum(),
    ),
    "logistic": Problem(
        {"X": _n(5, 3), "y": _bits, "w": _n(3)},
        "X y",
        lambda X, y, w: _cross_entropy(y, named(tg.sigmoid(named(X @ w, "z")), "a")),
        lambda X, y, w: -(y * np.log(_s(X @ w)) + (1 - y) * np.log(1 - _s(X @ w))).mean(),
    ),
    "softmax": Problem(
        {"X": _n(5, 4), "Y": _hot, "W": _n(4, 3)},
        "X Y",
        lambda X, Y, W: -(Y * np.log(named(tg.softmax(named(X @ W, "Z")), "P"))).sum(),
        lambda X, Y, W: -(Y * np.log(_softmax(X @ W))).sum(),
    ),
    "network": Problem(
        {"x": _n(4), "t": _n(2), "W1": _n(3, 4), "W2": _n(2, 3)},
        "x t",
        lambda x, t, W1, W2: 0.5 * ((named(W2 @ named(tg.sigmoid(named(W1 @ x, "z")), "h"), "o") - t) ** 2).sum(),
        lambda x, t, W1, W2: 0.5 * ((W2 @ _s(W1 @ x) - t) ** 2).sum(),
    ),
    "cell": Problem(
        {"c": _n(4), "o": _n(4), "i": _n(4), "g": _n(4), "u": _n(4), "v": _n(4)},
        "u v",
        lambda c, o, i, g, u, v: (u * (o * np.tanh(named(c + i * g, "s")))).sum() + (v * (c + i * g)).sum(),
        lambda c, o, i, g, u, v: (u * o * np.tanh(c + i * g)).sum() + (v * (c + i * g)).sum(),
    ),
    "mean": Problem(
        {"x": _n(5), "m": _n()},
        "x",
        lambda x, m: 0.5 * ((x - m) ** 2).sum(),
        lambda x, m: 0.5 * ((x - m) ** 2).sum(),
    ),
    "swish": Problem({"x": _n(4)}, "", lambda x: (x * tg.sigmoid(x)).sum(), lambda x: (x * _s(x)).sum()),
    "attention": Problem(
        {"Q": _n(5, 3), "K": _n(6, 3), "V": _n(6, 4), "G": _n(5, 4)},
        "G",
        lambda Q, K, V, G: (G * (named(tg.softmax(named(Q @ K.T / np.sqrt(K.shape[1]), "S")), "A") @ V)).sum(),
        lambda Q, K, V, G: (G * (_softmax(Q @ K.T / np.sqrt(3.0)) @ V)).sum(),
    ),
    "exponential": Problem(
        {"x": _n(4) ** 2 + 0.3, "g": _n(4)},
        "g",
        lambda x, g: (g * np.exp(x)).sum(),
        lambda x, g: (g * np.exp(x)).sum(),
    ),
    "unit": Problem(
        {"w": _n(3), "x": _n(3), "b": np.array(2.5)},
        "x",
        lambda w, x, b: tg.relu(w @ x + b),
        lambda w, x, b: np.maximum(w @ x + b, 0.0),
    ),
}


def _r(X: Any, y: Any, w: Any, b: Any) -> Any:
    return X @ w + b - y


def _da(x: Any, t: Any, W1: Any, W2: Any) -> tuple[Any, Any, Any]:
    h = _s(W1 @ x)
    return W2.T @ (W2 @ h - t), h, W1 @ x


def _dS(Q: Any, K: Any, V: Any, G: Any) -> Any:
    A = _softmax(Q @ K.T / np.sqrt(3.0))
    dA = G @ V.T
    return A * (dA - (dA * A).sum(axis=1, keepdims=True))


CLAIMS = [
    # ── least squares ──
    Claim("least squares", "w", r"\nabla_w L = X^\top(Xw + b - y)", None, lambda X, **k: X.T @ _r(X, **k)),
    Claim("least squares", "w", r"\frac{\partial L}{\partial w_j} = \sum_i (\hat y_i - y_i) x_{ij}", None, lambda X, **k: X.T @ _r(X, **k)),
    Claim("least squares", "w", r"\sum_k (w^\top x^k + b - y^k) x^k", None, lambda X, **k: X.T @ _r(X, **k)),
    Claim("least squares", "w", r"\nabla_\theta J(\theta) = X^\top(\hat y - y)", None, lambda X, **k: X.T @ _r(X, **k)),
    Claim("least squares", "w", r"\frac{\partial}{\partial w} \frac12 \|Xw + b - y\|^2 = X^\top(Xw + b - y)", None, lambda X, **k: X.T @ _r(X, **k)),
    Claim("least squares", "w", "dw = np.dot(X.T, yhat - y)", None, lambda X, **k: X.T @ _r(X, **k)),
    Claim("least squares", "b", "db = np.sum(yhat - y)", None, lambda X, **k: _r(X, **k).sum()),
    Claim("least squares", "b", r"\frac{\partial E}{\partial b} = \sum_{n=1}^N (\hat y_n - y_n)", None, lambda X, **k: _r(X, **k).sum()),
    Claim("least squares", "w", r"x_j \sum_i (w^\top x_i + b - y_i)", "missing-sum", lambda X, **k: X.sum(0) * _r(X, **k).sum() / 5),
    Claim("least squares", "w", "np.sum(yhat - y) * X.sum(axis=0)", "missing-sum", lambda X, **k: X.sum(0) * _r(X, **k).sum()),
    Claim("least squares", "w", r"\sum_i (w^\top x_i + b) - y_i x_{ij}", "local-derivative", lambda X, y, w, b: (X @ w + b).sum() - X.T @ y),
    Claim("least squares", "w", r"\frac2N X^\top(Xw + b - y)", "mean-factor", lambda X, **k: 2 / 5 * X.T @ _r(X, **k)),
    Claim("least squares", "w", "X.T @ (X @ w) + b - y @ X", "unexplained/local-derivative", lambda X, y, w, b: X.T @ (X @ w) + b - X.T @ y),
    Claim("least squares", "b", r"\sum_i \hat y_i - N y", "missing-sum/shape", lambda X, y, w, b: (X @ w + b).sum() - 5 * y[0]),
    # ── logistic regression ──
    Claim("logistic", "w", r"\frac1N \sum_{i=1}^N (\sigma(w^\top x_i) - y_i) x_i", None, lambda X, y, w: X.T @ (_s(X @ w) - y) / 5),
    Claim("logistic", "w", r"\nabla_w J = \frac{1}{m} X^\top(a - y)", None, lambda X, y, w: X.T @ (_s(X @ w) - y) / 5),
    Claim("logistic", "z", "dz = (a - y)/m", None, lambda X, y, w: (_s(X @ w) - y) / 5),
    Claim("logistic", "w", "1/m * np.dot(X.T, (sigmoid(np.dot(X, w)) - y))", None, lambda X, y, w: X.T @ (_s(X @ w) - y) / 5),
    Claim("logistic", "w", r"\frac1N \sum_k (\sigma(w^\top x^k) - y^k) x^k_j", None, lambda X, y, w: X.T @ (_s(X @ w) - y) / 5),
    Claim("logistic", "w", r"\sum_i (y_i - \sigma(w^\top x_i)) x_i", "sign/mean-factor", lambda X, y, w: X.T @ (y - _s(X @ w))),
    Claim("logistic", "w", r"\frac1N X^\top((a - y) \odot \sigma'(z))", "local-derivative", lambda X, y, w: X.T @ ((_s(X @ w) - y) * _s(X @ w) * (1 - _s(X @ w))) / 5),
    Claim("logistic", "w", "X.T @ (a - y)", "mean-factor", lambda X, y, w: X.T @ (_s(X @ w) - y)),
    # ── softmax regression ──
    Claim("softmax", "Z", r"\frac{\partial L}{\partial Z} = P - Y", None, lambda X, Y, W: _softmax(X @ W) - Y),
    Claim("softmax", "W", r"\nabla_W L = X^\top(P - Y)", None, lambda X, Y, W: X.T @ (_softmax(X @ W) - Y)),
    Claim("softmax", "W", r"\sum_i x_{ij}(p_{ik} - y_{ik})", None, lambda X, Y, W: X.T @ (_softmax(X @ W) - Y)),
    Claim("softmax", "P", r"-\frac{y_{ij}}{p_{ij}}", None, lambda X, Y, W: -Y / _softmax(X @ W)),
    Claim("softmax", "Z", "dZ = P - Y", None, lambda X, Y, W: _softmax(X @ W) - Y),
    Claim("softmax", "W", "np.dot(P - Y, X)", "transpose", lambda X, Y, W: np.zeros((4, 3))),
    Claim("softmax", "W", r"X^\top(Y - P)", "sign", lambda X, Y, W: X.T @ (Y - _softmax(X @ W))),
    Claim("softmax", "Z", r"-Y \odot (1 - P)", "softmax-diagonal", lambda X, Y, W: -Y * (1 - _softmax(X @ W))),
    # ── a network ──
    Claim("network", "W2", r"(o - t) h^\top", None, lambda x, t, W1, W2: np.outer(W2 @ _s(W1 @ x) - t, _s(W1 @ x))),
    Claim("network", "W1", r"(W_2^\top (o - t) \odot \sigma'(z)) x^\top", None, lambda **k: np.outer(_da(**k)[0] * _da(**k)[1] * (1 - _da(**k)[1]), k["x"])),
    Claim("network", "W1", "np.outer(W2.T @ (o - t) * sigmoid_prime(z), x)", None, lambda **k: np.outer(_da(**k)[0] * _da(**k)[1] * (1 - _da(**k)[1]), k["x"])),
    Claim("network", "z", "W2.T @ (o - t) * dsigmoid(z)", None, lambda **k: _da(**k)[0] * _da(**k)[1] * (1 - _da(**k)[1])),
    Claim("network", "z", r"\delta = W_2^\top(o - t) \odot h \odot (1 - h)", None, lambda **k: _da(**k)[0] * _da(**k)[1] * (1 - _da(**k)[1])),
    Claim("network", "h", r"\frac{\partial L}{\partial h} = W_2^\top (o - t)", None, lambda **k: _da(**k)[0]),
    Claim("network", "z", r"W_2^\top(o - t) \odot \sigma'(h)", "wrong-derivative", lambda **k: _da(**k)[0] * _s(_da(**k)[1]) * (1 - _s(_da(**k)[1]))),
    Claim("network", "z", r"W_2^\top(o - t) \odot \sigma'(z) \odot \sigma'(h)", "local-derivative", lambda **k: _da(**k)[0] * _da(**k)[1] * (1 - _da(**k)[1]) * _s(_da(**k)[1]) * (1 - _s(_da(**k)[1]))),
    Claim("network", "h", r"W_2 (o - t)", "transpose", lambda **k: np.zeros(3)),
    Claim("network", "z", "W2.T @ (o - t)", "local-derivative/wrong-variable", lambda **k: _da(**k)[0]),
    Claim("network", "z", "W2.T @ (o - t) * h * 1 - h", "local-derivative", lambda **k: _da(**k)[0] * _da(**k)[1] - _da(**k)[1]),
    # ── a cell of an LSTM ──
    Claim("cell", "c", "v + u*o*(1 - np.tanh(s)**2)", None, lambda c, o, i, g, u, v: v + u * o * (1 - np.tanh(c + i * g) ** 2)),
    Claim("cell", "i", "v*g + u*o*(1 - np.tanh(s)**2)*g", None, lambda c, o, i, g, u, v: (v + u * o * (1 - np.tanh(c + i * g) ** 2)) * g),
    Claim("cell", "i", "(v + u*o*tanh_prime(s))*g", None, lambda c, o, i, g, u, v: (v + u * o * (1 - np.tanh(c + i * g) ** 2)) * g),
    Claim("cell", "o", r"u \odot \tanh(s)", None, lambda c, o, i, g, u, v: u * np.tanh(c + i * g)),
    Claim("cell", "c", "dc = v\ndc += u*o*(1 - np.tanh(s)**2)", None, lambda c, o, i, g, u, v: v + u * o * (1 - np.tanh(c + i * g) ** 2)),
    Claim("cell", "i", "v + u*o*(1 - np.tanh(s)**2)*g", "local-derivative", lambda c, o, i, g, u, v: v + u * o * (1 - np.tanh(c + i * g) ** 2) * g),
    Claim("cell", "i", "v*g + u*o*1 - np.tanh(s)**2*g", "local-derivative", lambda c, o, i, g, u, v: v * g + u * o - np.tanh(c + i * g) ** 2 * g),
    Claim("cell", "i", "v*g + u*o*(1 - np.tanh(s))**2*g", "local-derivative/wrong-derivative", lambda c, o, i, g, u, v: v * g + u * o * (1 - np.tanh(c + i * g)) ** 2 * g),
    Claim("cell", "i", "(v + u*o*(1 - np.tanh(s)**2))*i", "wrong-derivative/wrong-variable", lambda c, o, i, g, u, v: (v + u * o * (1 - np.tanh(c + i * g) ** 2)) * i),
    Claim("cell", "c", "u*o*(1 - np.tanh(s)**2)", "missing-path", lambda c, o, i, g, u, v: u * o * (1 - np.tanh(c + i * g) ** 2)),
    # ── the rest ──
    Claim("mean", "m", r"-\sum_k (x^k - m)", None, lambda x, m: -(x - m).sum()),
    Claim("mean", "m", r"N m - \sum_i x_i", None, lambda x, m: -(x - m).sum()),
    Claim("mean", "m", r"\sum_{i=1}^N (x_i - m)", "sign", lambda x, m: (x - m).sum()),
    Claim("swish", "x", r"f'(x) = f(x) + \sigma(x)(1 - f(x))", None, lambda x: x * _s(x) + _s(x) * (1 - x * _s(x))),
    Claim("swish", "x", r"\sigma(x) + x\,\sigma'(x)", None, lambda x: _s(x) + x * _s(x) * (1 - _s(x))),
    Claim("swish", "x", r"f'(x) = f(x) + \sigma(x)(1 + f(x))", "wrong-derivative/sign", lambda x: x * _s(x) + _s(x) * (1 + x * _s(x))),
    Claim("swish", "x", r"\sigma(x)", "missing-path", lambda x: _s(x)),
    Claim("attention", "Q", r"\frac{1}{\sqrt{d_k}} \frac{\partial L}{\partial S} K", None, lambda Q, K, V, G: _dS(Q, K, V, G) @ K / np.sqrt(3)),
    Claim("attention", "K", r"\frac{1}{\sqrt{d}} \left(\frac{\partial L}{\partial S}\right)^\top Q", None, lambda Q, K, V, G: _dS(Q, K, V, G).T @ Q / np.sqrt(3)),
    Claim("attention", "V", r"A^\top G", None, lambda Q, K, V, G: _softmax(Q @ K.T / np.sqrt(3.0)).T @ G),
    Claim("attention", "Q", r"\frac{\partial L}{\partial S} K", "constant-factor/mean-factor/local-derivative/unexplained", lambda Q, K, V, G: _dS(Q, K, V, G) @ K),
    Claim("exponential", "x", "g*np.exp(x)", None, lambda x, g: g * np.exp(x)),
    Claim("exponential", "x", r"g\, e\, x^{e-1}", "wrong-derivative", lambda x, g: g * np.e * x ** (np.e - 1)),
    Claim("exponential", "x", r"g\, x\, e^{x-1}", "wrong-derivative", lambda x, g: g * x * np.exp(x - 1)),
    Claim("unit", "w", r"\mathbb 1[w \cdot x + b > 0]\, x", None, lambda w, x, b: (w @ x + b > 0) * x),
    Claim("unit", "w", "relu_grad(w @ x + b) * x", None, lambda w, x, b: (w @ x + b > 0) * x),
    Claim("unit", "w", r"\mathbb 1[w \cdot x + b > 0]\, w", "wrong-derivative", lambda w, x, b: (w @ x + b > 0) * w),
]  # fmt: skip


def graph_of(problem: Problem) -> tuple[Any, dict[str, Any]]:
    """The loss on the engine, and its leaves."""
    data = problem.data.split()
    leaves = {n: Tensor(held, name=n, requires_grad=n not in data) for n, held in problem.values.items()}
    return problem.loss(**leaves), leaves
