"""Claims about gradients, right and wrong, as people write them: what `check` is measured on.

Each stands with the loss it is about, the variable, and the mistake in it (None: it is right). A second name after a
slash is another true name of the same mistake. Written by hand from lecture notes' and homework's typical forms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value


class Claimed(NamedTuple):
    loss: str
    wrt: str
    claim: Any
    mistake: str | None  # "a/b": either name is true

    @property
    def mistakes(self) -> list[str | None]:
        return self.mistake.split("/") if self.mistake else [None]


def _data(name: str, *shape: int) -> Tensor:
    return Tensor(_numbers(*shape), name=name, requires_grad=False)


def _weights(name: str, *shape: int) -> Tensor:
    return Tensor(_numbers(*shape), name=name)


_rng = np.random.default_rng(20)
_START = _rng.bit_generator.state


def _numbers(*shape: int) -> Any:
    return _rng.normal(size=shape)


def _named(node: Any, name: str) -> Any:
    node.name = name
    return node


def _bits(n: int) -> Any:
    return np.resize([1.0, 0.0, 0.0, 1.0, 1.0], n)


def _hot(n: int, k: int) -> Any:
    return np.eye(k)[np.resize([1, 0, 2, 1], n) % k]


# ── the losses ────────────────────────────────────────────────────────────────────────────────────────────────────────


def bce() -> Any:
    y = Tensor([1.0, 0.0, 1.0, 0.0], name="y", requires_grad=False)
    yhat = Tensor([0.9, 0.2, 0.7, 0.4], name="yhat")
    return -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).mean()


def bce_sum() -> Any:
    y = Tensor([1.0, 0.0, 1.0, 0.0], name="y", requires_grad=False)
    yhat = Tensor([0.9, 0.2, 0.7, 0.4], name="yhat")
    return -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).sum()


def logistic() -> Any:
    X, w, b = _data("X", 5, 3), _weights("w", 3), Value(0.0, name="b")
    y = Tensor(_bits(5), name="y", requires_grad=False)
    z = _named(X @ w + b, "z")
    a = _named(tg.sigmoid(z), "a")
    return -(y * np.log(a) + (1 - y) * np.log(1 - a)).mean()


def logistic_columns() -> Any:
    """Samples as columns, as in a well-known course."""
    X, W, b = _data("X", 3, 6), _weights("W", 1, 3), Tensor([[0.0]], name="b")
    Y = Tensor(_bits(6)[None], name="Y", requires_grad=False)
    Z = _named(W @ X + b, "Z")
    A = _named(tg.sigmoid(Z), "A")
    return -(Y * np.log(A) + (1 - Y) * np.log(1 - A)).sum() / 6


def softmax_ce() -> Any:
    X, W, b = _data("X", 5, 4), _weights("W", 4, 3), Tensor(np.zeros(3), name="b")
    Y = Tensor(_hot(5, 3), name="Y", requires_grad=False)
    Z = _named(X @ W + b, "Z")
    P = _named(tg.softmax(Z), "P")
    return -(Y * np.log(P)).sum(axis=1).mean()


def softmax_vector() -> Any:
    z = _weights("z", 4)
    y = Tensor([0.0, 1.0, 0.0, 0.0], name="y", requires_grad=False)
    p = _named(tg.softmax(z), "p")
    return -(y * np.log(p)).sum()


def half_square() -> Any:
    return 0.5 * ((_weights("yhat", 5) - _data("y", 5)) ** 2).sum()


def linear() -> Any:
    X, w, b, y = _data("X", 6, 3), _weights("w", 3), Value(0.0, name="b"), _data("y", 6)
    yhat = _named(X @ w + b, "yhat")
    return ((yhat - y) ** 2).mean()


def ridge() -> Any:
    X, w, y, alpha = (
        _data("X", 6, 3),
        Tensor(np.zeros(3), name="w"),
        _data("y", 6),
        Value(0.1, name="alpha", requires_grad=False),
    )
    r = _named(X @ w - y, "r")
    return (r**2).mean() + alpha * (w**2).sum()


def two_layers() -> Any:
    X, Y = _data("X", 5, 4), _data("Y", 5, 2)
    W1, b1 = _weights("W_1", 4, 3), Tensor(np.zeros(3), name="b_1")
    W2, b2 = _weights("W_2", 3, 2), Tensor(np.zeros(2), name="b_2")
    Z1 = _named(X @ W1 + b1, "Z_1")
    A1 = _named(np.tanh(Z1), "A_1")
    Z2 = _named(A1 @ W2 + b2, "Z_2")
    return ((Z2 - Y) ** 2).sum() / (2 * 5)


def hinge() -> Any:
    X, w = _data("X", 6, 3), _weights("w", 3)
    y = Tensor([1.0, -1.0, 1.0, 1.0, -1.0, -1.0], name="y", requires_grad=False)
    s = _named(X @ w, "s")
    return np.maximum(0, 1 - y * s).mean()


def x_exp_x() -> Any:
    x = Value(1.3, name="x")
    return x * np.exp(x)


def unit_vector() -> Any:
    x, c = _weights("x", 4), _data("c", 4)
    r = _named(np.sqrt((x**2).sum()), "r")
    return (c * (x / r)).sum()


def layer_norm() -> Any:
    x, g = _weights("x", 5), _data("c", 5)
    mu = _named(x.mean(), "mu")
    s = _named(np.sqrt(((x - mu) ** 2).mean()), "s")
    xhat = _named((x - mu) / s, "xhat")
    return (g * xhat).sum()


def poisson() -> Any:
    X, w = _data("X", 6, 2), _weights("w", 2)
    y = Tensor([0.0, 3.0, 1.0, 2.0, 5.0, 1.0], name="y", requires_grad=False)
    z = _named(X @ w, "z")
    lam = _named(np.exp(z), "lam")
    return (lam - y * z).mean()


def huber() -> Any:
    yhat, y = _weights("yhat", 6), _data("y", 6)
    r = _named(yhat - y, "r")
    return np.where(abs(r) <= 1.0, 0.5 * r**2, abs(r) - 0.5).sum()


def attention() -> Any:
    Q, K, V, C = _weights("Q", 3, 4), _weights("K", 5, 4), _weights("V", 5, 2), _data("C", 3, 2)
    S = _named(Q @ K.T / np.sqrt(4), "S")
    A = _named(tg.softmax(S), "A")
    O = _named(A @ V, "O")
    return (C * O).sum()


def log_sum_exp() -> Any:
    return np.log(np.exp(_weights("x", 4)).sum())


def gaussian() -> Any:
    x, mu, s = _data("x", 5), Value(0.3, name="mu"), Value(1.2, name="s")
    return (np.log(s) + (x - mu) ** 2 / (2 * s**2)).mean()


def lasso() -> Any:
    X, w, y, alpha = _data("X", 6, 3), _weights("w", 3), _data("y", 6), Value(0.1, name="alpha", requires_grad=False)
    return 0.5 * ((X @ w - y) ** 2).mean() + alpha * abs(w).sum()


def squared_form() -> Any:
    x, A = _weights("x", 4), _data("A", 4, 4)
    return x @ A @ x


def relu_net() -> Any:
    X, w, v, y = _data("X", 5, 3), _weights("W", 3, 4), _weights("v", 4), _data("y", 5)
    Z = _named(X @ w, "Z")
    H = _named(tg.relu(Z), "H")
    yhat = _named(H @ v, "yhat")
    return 0.5 * ((yhat - y) ** 2).mean()


LOSSES: dict[str, Callable[[], Any]] = {
    f.__name__: f
    for f in (
        bce, bce_sum, logistic, logistic_columns, softmax_ce, softmax_vector, half_square, linear, ridge, two_layers,
        hinge, x_exp_x, unit_vector, layer_norm, poisson, huber, attention, log_sum_exp, gaussian, lasso, squared_form,
        relu_net,
    )
}  # fmt: skip


def graph_of(name: str) -> tuple[Any, dict[str, Any]]:
    """A loss and its named nodes."""
    from tinygrad_edu.engine.backward import ancestors

    _rng.bit_generator.state = _START
    loss = LOSSES[name]()
    return loss, {node.name: node for node in ancestors([loss], all_nodes=True) if node.name}


def _c(loss: str, wrt: str, *pairs: Any) -> list[Claimed]:
    return [Claimed(loss, wrt, claim, mistake) for mistake, claim in zip(pairs[::2], pairs[1::2], strict=True)]


def _diag_step(d: Any, p: Any) -> Any:
    return d * p * (1 - p)


CLAIMS: list[Claimed] = [
    *_c(
        "bce", "yhat",
        None, r"-\frac{1}{N}\left(\frac{y_i}{\hat{y}_i} - \frac{1-y_i}{1-\hat{y}_i}\right)",
        None, r"\frac{\hat y_i - y_i}{N \hat y_i (1 - \hat y_i)}",
        None, r"\frac{\partial L}{\partial \hat{y}} = \frac1N \cdot \frac{\hat{y} - y}{\hat{y} \odot (1 - \hat{y})}",
        None, "(yhat - y)/(N*yhat*(1 - yhat))",
        None, "-(y/yhat - (1-y)/(1-yhat))/N",
        None, "∂L/∂ŷ = −(1/N) (y/ŷ − (1−y)/(1−ŷ))",
        None, r"\nabla_{\hat{y}} L = -\frac1N \left[ \frac{y}{\hat y} + \frac{y-1}{1-\hat y} \right]",
        None, lambda y, yhat: (yhat - y) / (yhat - yhat**2) / len(y),
        "mean-factor", r"-\left(\frac{y}{\hat{y}} - \frac{1-y}{1-\hat{y}}\right)",
        "mean-factor", "(yhat - y)/(yhat*(1 - yhat))",
        "mean-factor", "-(y/yhat - (1-y)/(1-yhat))/N**2",
        "sign", r"\frac{1}{N}\left(\frac{y_i}{\hat{y}_i} - \frac{1-y_i}{1-\hat{y}_i}\right)",
        "sign", r"-\frac{1}{N}\left(\frac{y_i}{\hat{y}_i} + \frac{1-y_i}{1-\hat{y}_i}\right)",
        "missing-path", r"-\frac{1}{N}\frac{y_i}{\hat{y}_i}",
        "missing-path", "(1-y)/(1-yhat)/N",
        "wrong-derivative", "-(y*yhat - (1-y)/(1-yhat))/N",
        "wrong-derivative", "-(y*log(yhat) - (1-y)*log(1-yhat))/N",
        "extra-sum", r"-\frac{1}{N}\sum_i \left(\frac{y_i}{\hat{y}_i} - \frac{1-y_i}{1-\hat{y}_i}\right)",
        "extra-sum", lambda y, yhat: -np.mean(y / yhat - (1 - y) / (1 - yhat)),
        "special-case", "-(y/yhat - (1-y)/(1-yhat))/4",
        "constant-factor", "-2*(y/yhat - (1-y)/(1-yhat))/N",
        "local-derivative", "-(y - (1-y)/(1-yhat))/N",
        "unexplained", "(yhat - y)/N + yhat**3",
        "unparsable", r"-\frac{1}{N}\left(\frac{y}{\hat{y}} - \frac{1-y}{1-\hat{y}}\right",
    ),
    *_c(
        "bce_sum", "yhat",
        None, r"-\frac{y_i}{\hat{y}_i} + \frac{1-y_i}{1-\hat{y}_i}",
        None, "(1 - y)/(1 - yhat) - y/yhat",
        None, "(yhat - y)/(yhat - yhat^2)",
        "mean-factor", r"-\frac{1}{N}\left(\frac{y_i}{\hat{y}_i} - \frac{1-y_i}{1-\hat{y}_i}\right)",
        "sign", "y/yhat - (1-y)/(1-yhat)",
        "unexplained", "yhat - y",
    ),
    *_c(
        "logistic", "z",
        None, r"\frac{\partial L}{\partial z} = \frac{1}{N}(a - y)",
        None, r"(\sigma(z) - y)/N",
        None, "(a - y)/N",
        None, lambda z, y: (1 / (1 + np.exp(-z)) - y) / len(y),
        "mean-factor", "a - y",
        "sign", "(y - a)/N",
        "local-derivative/wrong-variable", "-(y/a - (1-y)/(1-a))/N",
        "local-derivative", r"\frac{1}{N}(a - y)\, a (1-a)",
        "wrong-derivative", lambda a, y: (a - y) / (a * (1 - a)) * (1 - a**2) / len(y),
        "wrong-derivative", lambda a, y, z: (a - y) / (a * (1 - a)) * z * (1 - z) / len(y),
    ),
    *_c(
        "logistic", "w",
        None, r"\frac{1}{N} X^\top (a - y)",
        None, r"\frac{1}{m} \sum_{i=1}^{m} (a_i - y_i) x_i",
        None, "X.T @ (a - y) / N",
        None, "1/m * np.dot(X.T, a - y)",
        None, r"\frac{1}{N} X^T (\sigma(Xw + b) - y)",
        "mean-factor", r"X^\top (a - y)",
        "sign", r"\frac{1}{N} X^T (y - a)",
        "extra-sum", lambda X, a, y: np.sum(X.T @ (a - y)) / len(y),
        "wrong-variable", "(a - y)/N",
        "missing-sum", lambda X, a, y: X * (a - y)[:, None] / len(y),
        "local-derivative", lambda X, a, y: X.T @ ((a - y) * a * (1 - a)) / len(y),
    ),
    *_c(
        "logistic", "b",
        None, r"\frac{1}{N}\sum_{i=1}^N (a_i - y_i)",
        None, "mean(a - y)",
        None, lambda a, y: np.mean(a - y),
        "mean-factor", r"\sum_i (a_i - y_i)",
        "missing-sum", lambda a, y: (a - y) / len(y),
        "sign", "mean(y - a)",
    ),
    *_c(
        "logistic_columns", "W",
        None, "1/m * np.dot(A - Y, X.T)",
        None, r"\frac{1}{m} (A - Y) X^T",
        None, lambda A, Y, X: (A - Y) @ X.T / Y.shape[1],
        "mean-factor", "np.dot(A - Y, X.T)",
        "transpose", lambda A, Y, X: X @ (A - Y).T / Y.shape[1],
        "extra-sum", lambda A, Y, X: np.sum((A - Y) @ X.T) / Y.shape[1],
    ),
    *_c(
        "logistic_columns", "b",
        None, "1/m * np.sum(A - Y, axis=1, keepdims=True)",
        None, lambda A, Y: np.mean(A - Y, axis=1, keepdims=True),
        "missing-sum", lambda A, Y: (A - Y) / Y.shape[1],
        "mean-factor", "np.sum(A - Y, axis=1, keepdims=True)",
    ),
    *_c(
        "softmax_ce", "Z",
        None, r"\frac{1}{N}(P - Y)",
        None, r"\frac{\partial L}{\partial z_{ij}} = \frac{1}{N}\left(p_{ij} - y_{ij}\right)",
        None, "(softmax(Z) - Y)/N",
        "mean-factor", "P - Y",
        "sign", "(Y - P)/N",
        "softmax-diagonal", r"-\frac{1}{N} Y (1 - P)",
        "softmax-diagonal", lambda P, Y: -Y * (1 - P) / len(Y),
        "mean-factor", lambda P, Y: (P - Y) / Y.size,
    ),
    *_c(
        "softmax_ce", "W",
        None, r"\frac{1}{N} X^\top (P - Y)",
        None, lambda X, P, Y: X.T @ (P - Y) / len(X),
        "transpose", lambda X, P, Y: (P - Y).T @ X / len(X),
        "mean-factor", r"X^T (P - Y)",
        "softmax-diagonal", lambda X, P, Y: X.T @ (-Y * (1 - P)) / len(X),
    ),
    *_c(
        "softmax_ce", "b",
        None, r"\frac{1}{N} \sum_i (P_{ij} - Y_{ij})",
        None, lambda P, Y: (P - Y).mean(axis=0),
        "missing-sum", lambda P, Y: (P - Y) / len(Y),
    ),
    *_c(
        "softmax_vector", "z",
        None, "p - y",
        None, r"\frac{\partial L}{\partial z_j} = p_j - y_j",
        "softmax-diagonal", "-y*(1 - p)",
        "sign", "y - p",
        "wrong-variable/local-derivative", "-y/p",
    ),
    *_c(
        "half_square", "yhat",
        None, r"\hat{y} - y",
        None, "-(y - yhat)",
        None, r"\frac{\partial L}{\partial \hat{y}_i} = -(y_i - \hat{y}_i)",
        "constant-factor", "2*(yhat - y)",
        "constant-factor", r"\frac{1}{2}(\hat{y}_i - y_i)",
        "sign", "y - yhat",
        "mean-factor", r"\frac{1}{N}(\hat{y}_i - y_i)",
        "extra-sum", r"\sum_i (\hat{y}_i - y_i)",
    ),
    *_c(
        "linear", "w",
        None, r"\frac{2}{N} X^\top (Xw + b - y)",
        None, r"\frac{2}{N} \sum_i (\hat{y}_i - y_i) x_i",
        None, "2*X.T @ (yhat - y)/N",
        None, lambda X, yhat, y: X.T @ (yhat - y) * 2 / len(y),
        "constant-factor", r"\frac{1}{N} X^\top (\hat{y} - y)",
        "mean-factor", r"2 X^\top (\hat{y} - y)",
        "sign", r"\frac{2}{N} X^\top (y - \hat{y})",
        "special-case", r"\frac{1}{3} X^\top (\hat{y} - y)",
        "extra-sum", lambda X, yhat, y: np.sum(2 * X.T @ (yhat - y)) / len(y),
        "wrong-variable", "2*(yhat - y)/N",
    ),
    *_c(
        "linear", "b",
        None, r"\frac{2}{N} \sum_{i=1}^{N} (\hat{y}_i - y_i)",
        None, "2*mean(yhat - y)",
        "missing-sum", lambda yhat, y: 2 * (yhat - y) / len(y),
        "constant-factor", "mean(yhat - y)",
    ),
    *_c(
        "ridge", "w",
        None, r"\frac{2}{N} X^\top (Xw - y) + 2 \alpha w",
        None, "2*X.T @ r/N + 2*alpha*w",
        "missing-path", r"\frac{2}{N} X^\top (Xw - y)",
        "constant-factor", r"\frac{2}{N} X^\top (Xw - y) + \alpha w",
        "sign", r"\frac{2}{N} X^\top (Xw - y) - 2 \alpha w",
        "mean-factor", r"2 X^\top (Xw - y) + 2 \alpha w",
        "local-derivative", r"\frac{2}{N} X^\top (Xw - y) + 2 w",
    ),
    *_c(
        "two_layers", "W_1",
        None, lambda X, Z_2, Y, W_2, A_1: X.T @ (((Z_2 - Y) @ W_2.T) * (1 - A_1**2)) / len(X),
        None, r"\frac{1}{N} X^\top \left( (Z_2 - Y) W_2^\top \odot (1 - A_1^2) \right)",
        "local-derivative", lambda X, Z_2, Y, W_2, A_1: X.T @ ((Z_2 - Y) @ W_2.T) / len(X),
        "wrong-derivative", lambda X, Z_2, Y, W_2, A_1: X.T @ (((Z_2 - Y) @ W_2.T) * (1 - A_1)) / len(X),
        "wrong-derivative", lambda X, Z_2, Y, W_2, A_1: X.T @ (((Z_2 - Y) @ W_2.T) * A_1 * (1 - A_1)) / len(X),
        "wrong-derivative", lambda X, Z_2, Y, W_2, Z_1: X.T @ (((Z_2 - Y) @ W_2.T) * (1 - Z_1**2)) / len(X),
        "mean-factor", lambda X, Z_2, Y, W_2, A_1: X.T @ (((Z_2 - Y) @ W_2.T) * (1 - A_1**2)),
        "constant-factor", lambda X, Z_2, Y, W_2, A_1: 2 * X.T @ (((Z_2 - Y) @ W_2.T) * (1 - A_1**2)) / len(X),
        "sign", lambda X, Z_2, Y, W_2, A_1: X.T @ (((Y - Z_2) @ W_2.T) * (1 - A_1**2)) / len(X),
        "local-derivative", lambda X, Z_2, Y, W_2, A_1: X.T @ (((Z_2 - Y) @ W_2.T) * (1 - A_1**2) ** 2) / len(X),
    ),
    *_c(
        "two_layers", "W_2",
        None, r"\frac{1}{N} A_1^\top (Z_2 - Y)",
        "transpose", lambda A_1, Z_2, Y: (Z_2 - Y).T @ A_1 / len(Y),
        "mean-factor", "A_1.T @ (Z_2 - Y)",
        "wrong-variable", lambda Z_2, Y: (Z_2 - Y) / len(Y),
    ),
    *_c(
        "two_layers", "b_1",
        None, lambda Z_2, Y, W_2, A_1: (((Z_2 - Y) @ W_2.T) * (1 - A_1**2)).sum(axis=0) / len(Y),
        "missing-sum", lambda Z_2, Y, W_2, A_1: (((Z_2 - Y) @ W_2.T) * (1 - A_1**2)) / len(Y),
        "local-derivative", lambda Z_2, Y, W_2: ((Z_2 - Y) @ W_2.T).sum(axis=0) / len(Y),
    ),
    *_c(
        "hinge", "w",
        None, lambda X, y, s: -X.T @ (y * (1 - y * s > 0)) / len(y),
        None, "-X.T @ (y * (1 - y*s > 0)) / N",
        "sign", lambda X, y, s: X.T @ (y * (1 - y * s > 0)) / len(y),
        "mean-factor", lambda X, y, s: -X.T @ (y * (1 - y * s > 0)),
        "wrong-derivative/local-derivative", lambda X, y: -X.T @ y / len(y),
        "wrong-derivative", lambda X, y, s: -X.T @ (y * (1 - y * s < 0)) / len(y),
    ),
    *_c(
        "x_exp_x", "x",
        None, "(1 + x) e^x",
        None, "exp(x) + x*exp(x)",
        None, lambda x: np.exp(x) * (x + 1),
        "missing-path", "e^x",
        "missing-path", "x e^x",
        "wrong-derivative", "exp(x) + x*x",
        "sign", "exp(x) - x*exp(x)",
    ),
    *_c(
        "unit_vector", "x",
        None, lambda c, x, r: c / r - x * (c @ x) / r**3,
        None, r"\frac{c}{\|x\|} - \frac{x (c^\top x)}{\|x\|^3}",
        "missing-path", r"\frac{c}{r}",
        "sign", lambda c, x, r: c / r + x * (c @ x) / r**3,
        "constant-factor", lambda c, x, r: c / r - 2 * x * (c @ x) / r**3,
    ),
    *_c(
        "layer_norm", "x",
        None, lambda c, xhat, s: (c - c.mean() - xhat * (c * xhat).mean()) / s,
        "missing-path", lambda c, s: c / s,
        "missing-path", lambda c, xhat, s: (c - xhat * (c * xhat).mean()) / s,
        "missing-path", lambda c, s: (c - c.mean()) / s,
        "sign", lambda c, xhat, s: (c - c.mean() + xhat * (c * xhat).mean()) / s,
    ),
    *_c(
        "poisson", "w",
        None, r"\frac{1}{N} X^\top (e^{Xw} - y)",
        None, lambda X, lam, y: X.T @ (lam - y) / len(y),
        "mean-factor", r"X^\top (e^{Xw} - y)",
        "wrong-derivative", lambda X, z, y: X.T @ (z - y) / len(y),
        "sign", lambda X, lam, y: X.T @ (lam + y) / len(y),
        "local-derivative", lambda X, y: X.T @ (1 - y) / len(y),
        "missing-path", lambda X, lam: X.T @ lam / len(lam),
    ),
    *_c(
        "huber", "yhat",
        None, lambda r: np.where(abs(r) <= 1, r, np.sign(r)),
        None, lambda r: np.clip(r, -1, 1),
        "missing-path/local-derivative", lambda r: np.where(abs(r) <= 1, r, 0.0),
        "constant-factor", lambda r: np.where(abs(r) <= 1, 2 * r, np.sign(r)),
        "local-derivative", lambda r: np.where(abs(r) <= 1, r, 1.0),
        "sign", lambda r: -np.clip(r, -1, 1),
    ),
    *_c(
        "attention", "V",
        None, r"A^\top C",
        "transpose", lambda A, C: C.T @ A,
    ),
    *_c(
        "attention", "S",
        None, lambda A, C, V: A * (C @ V.T - (A * (C @ V.T)).sum(axis=1, keepdims=True)),
        "softmax-diagonal", lambda A, C, V: (C @ V.T) * A * (1 - A),
        "local-derivative/wrong-variable", lambda A, C, V: C @ V.T,
    ),
    *_c(
        "attention", "Q",
        None,
        lambda A, C, V, K, Q: (A * (C @ V.T - (A * (C @ V.T)).sum(axis=1, keepdims=True))) @ K / K.shape[1] ** 0.5,
        "local-derivative/mean-factor/constant-factor",
        lambda A, C, V, K, Q: (A * (C @ V.T - (A * (C @ V.T)).sum(axis=1, keepdims=True))) @ K,
        "softmax-diagonal", lambda A, C, V, K, Q: ((C @ V.T) * A * (1 - A)) @ K / np.sqrt(K.shape[1]),
    ),
    *_c(
        "log_sum_exp", "x",
        None, r"\frac{e^{x_i}}{\sum_j e^{x_j}}",
        None, "softmax(x)",
        "local-derivative", "exp(x)",
        "wrong-derivative/local-derivative", r"\frac{1}{\sum_j e^{x_j}}",
        "extra-sum", lambda x: 1.0,
    ),
    *_c(
        "gaussian", "s",
        None, lambda x, mu, s: 1 / s - np.mean((x - mu) ** 2) / s**3,
        None, r"\frac{1}{s} - \frac{1}{N s^3} \sum_i (x_i - \mu)^2",
        "missing-path", "1/s",
        "sign", lambda x, mu, s: 1 / s + np.mean((x - mu) ** 2) / s**3,
        "mean-factor", lambda x, mu, s: 1 / s - np.sum((x - mu) ** 2) / s**3,
    ),
    *_c(
        "gaussian", "mu",
        None, r"-\frac{1}{N s^2}\sum_i (x_i - \mu)",
        "sign", r"\frac{1}{N s^2}\sum_i (x_i - \mu)",
        "mean-factor", r"-\frac{1}{s^2}\sum_i (x_i - \mu)",
        "missing-sum", lambda x, mu, s: -(x - mu) / s**2 / len(x),
    ),
    *_c(
        "lasso", "w",
        None, lambda X, w, y, alpha: X.T @ (X @ w - y) / len(y) + alpha * np.sign(w),
        "local-derivative", lambda X, w, y, alpha: X.T @ (X @ w - y) / len(y) + alpha,
        "missing-path", r"\frac{1}{N} X^\top (Xw - y)",
        "constant-factor", lambda X, w, y, alpha: 2 * X.T @ (X @ w - y) / len(y) + alpha * np.sign(w),
    ),
    *_c(
        "squared_form", "x",
        None, r"(A + A^\top) x",
        None, "A @ x + A.T @ x",
        "missing-path", "A @ x",
        "special-case", "2*A @ x",
    ),
    *_c(
        "relu_net", "W",
        None, lambda X, Z, yhat, y, v: X.T @ (np.outer(yhat - y, v) * (Z > 0)) / len(y),
        "local-derivative", lambda X, yhat, y, v: X.T @ np.outer(yhat - y, v) / len(y),
        "mean-factor", lambda X, Z, yhat, y, v: X.T @ (np.outer(yhat - y, v) * (Z > 0)),
        "wrong-derivative", lambda X, H, yhat, y, v: X.T @ (np.outer(yhat - y, v) * H) / len(y),
        "sign", lambda X, Z, yhat, y, v: X.T @ (np.outer(y - yhat, v) * (Z > 0)) / len(y),
    ),
]  # fmt: skip
