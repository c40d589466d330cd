"""What verdicts say, word for word: each sentence, each slip of the pen, what is said of lines that follow each other.

The collection of claims is compared in the same way where it is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from leaves import Leaves, named
from told import assert_told

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive

PROBLEMS: dict[str, Callable[[], Any]] = {}


def problem(build: Callable[[Leaves], tuple[Any, Any]]) -> Callable[[Leaves], tuple[Any, Any]]:
    PROBLEMS[build.__name__] = cache(lambda: derive(*build(Leaves(31))))
    return build


@problem
def squares(new):
    X, w, y = new.data("X", 5, 3), new.weights("w", 3), new.data("y", 5)
    return ((X @ w - y) ** 2).mean(), w


@problem
def turned(new):
    X, w, y = new.data("X", 5, 3), new.weights("w", 3), new.data("y", 5)
    return ((X @ -w - y) ** 2).mean(), w


@problem
def halves(new):
    X, w, y = new.data("X", 5, 3), new.weights("w", 3), new.data("y", 5)
    return 0.5 * ((X @ w - y) ** 2).sum(), w


@problem
def shifted(new):
    X, w, b, y = new.data("X", 5, 3), new.weights("w", 3), new.weights("b"), new.data("y", 5)
    return ((X @ w + b - y) ** 2).mean(), b


@problem
def ridge(new):
    X, w, b, y, lam = (
        new.data("X", 6, 3), new.weights("w", 3), new.weights("b"), new.data("y", 6), new.data("lam"),
    )  # fmt: skip
    return ((X @ w + b - y) ** 2).mean() + lam * (w**2).sum(), w


@problem
def by_count(new):
    X, w, y = new.data("X", 6, 3), new.weights("w", 3), new.data("y", 6)
    return ((X @ w - y) ** 2).sum() / 6, w


@problem
def data_by_count(new):
    w, y = new.weights("w", 6), new.data("y", 6)
    return (w * (y / 6)).sum(), w


@problem
def weighted(new):
    X, w, y = new.data("X", 5, 3), new.weights("w", 3), new.data("y", 5)
    return ((X @ w - y) ** 2).mean() + 0.2 * (w**2).sum(), w


@problem
def summed(new):
    p = new.weights("p", 4)
    return (p**2).sum(), p


@problem
def averaged(new):
    P = new.weights("P", 4, 3)
    return (P**2).mean(), P


@problem
def by_class(new):
    P = new.weights("P", 4, 3)
    return (P**2).sum(axis=1).mean(), P


@problem
def form(new):
    A, b, x = new.data("A", 4, 4), new.data("b", 4), new.weights("x", 4)
    return x @ A @ x + b @ x, x


@problem
def bell(new):
    x, s = new.weights("x", 5), new.data("s")
    return np.exp(-(x**2) / (2 * s**2)).sum(), x


@problem
def classifier(new):
    X, w = new.data("X", 6, 3), new.weights("w", 3)
    y = Tensor([1.0, 0.0, 0.0, 1.0, 1.0, 0.0], name="y", requires_grad=False)
    p = named(tg.sigmoid(X @ w), "p")
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(), w


@problem
def inner_product(new):
    a, x = new.weights("a", 4), new.data("x", 4)
    return 0.5 * ((a * x).sum()) ** 2, a


@problem
def cell(new):
    c0, o, u, v, g = (new.data(name, 4) for name in ("c0", "o", "u", "v", "g"))
    i = new.weights("i", 4)
    c = named(c0 + i * g, "c")
    return (u * o * np.tanh(c)).sum() + (v * c).sum(), i


@problem
def matrices(new):
    H, W, G = new.weights("H", 5, 3), new.weights("W_2", 3, 2), new.data("G", 5, 2)
    return (G * (H @ W)).sum(), H


@problem
def layers(new):
    X, W, V = new.data("X", 5, 4), new.weights("W", 4, 3), new.weights("V", 3, 2)
    H = named(np.tanh(X @ W), "H")
    out = named(np.tanh(H @ V), "out")
    return (out * out).sum(), W


@problem
def outputs(new):
    X, w, y = new.data("X", 5, 3), new.weights("w", 3), new.data("y", 5)
    a = named(tg.sigmoid(named(X @ w, "z")), "a")
    return 0.5 * ((a - y) ** 2).sum(), w


@problem
def rows(new):
    E = new.weights("E", 6, 3)
    return (new.data("u", 4, 3) * E[PICKED]).sum(), E


@problem
def probabilities(new):
    z, u = new.weights("z", 4), new.data("u", 4)
    e = named(np.exp(z), "e")
    return (u * (e / e.sum())).sum(), z


@problem
def recurrent(new):
    W, x, h = new.weights("W", 3, 3), new.data("x", 4, 3), new.data("h", 3)
    for t in range(4):
        h = np.tanh(h @ W + x[t])
    return (h**2).sum(), W


@problem
def powers(new):
    x, y = Value(1.7, name="x"), Value(0.4, name="y")
    return named(x**3, "J") / np.exp(y * x), x


@problem
def repeated(new):
    x = new.weights("x", 3)
    return (x + x).sum(), x


@problem
def three_ways(new):
    x, a, b, c = new.weights("x", 4), new.data("a", 4), new.data("b", 4), new.data("c", 4)
    return (a * np.sin(x) + b * np.exp(x) + c * x**2 + np.tanh(x)).sum(), x


@problem
def angles(new):
    x = Tensor(0.7, name="x")
    return np.sin(x**2) * x, x


@problem
def two_sines(new):
    x = new.weights("x", 2)
    return np.sin(x).sum(), x


@problem
def three_sines(new):
    x = new.weights("x", 3)
    return np.sin(x).sum(), x


@problem
def tiny(new):
    x, a = new.weights("x", 4), new.data("a", 4)
    return 1e-7 * (a * np.sin(x) + np.exp(x) + x**2).sum(), x


@problem
def two_functions(new):
    x, a, b = new.weights("x", 4), new.data("a", 4), new.data("b", 4)
    return (a * np.tanh(x) + b * tg.sigmoid(x) + np.sin(x)).sum(), x


@problem
def huge(new):
    x, a = new.weights("x", 4), new.data("a", 4)
    return 1e6 * (a * np.sin(x) + np.exp(x) + x**2).sum(), x


@problem
def joined(new):
    x = new.weights("x", 4)
    h = x * np.tanh(x)
    return (np.sin(h) + x**2 + np.exp(h)).sum(), x


@problem
def chosen(new):
    x, t = new.weights("x", 4), Tensor([1.0, 4.0], name="t", requires_grad=False)
    s = Tensor([2.0, 2.0, 2.0, 2.0], name="s", requires_grad=False)
    return (s * np.sin(x) + x).sum() + (t * t).sum(), x


@problem
def labelled(new):
    y = Tensor([1.0, 0.0, 1.0, 0.0], name="y", requires_grad=False)
    yhat = Tensor([0.9, 0.2, 0.7, 0.4], name="yhat")
    return -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).mean(), yhat


@problem
def masked(new):
    with tg.no_grad():
        m = named(new.data("u", 4) > 0.0, "m")
    x = new.weights("x", 4)
    return np.where(m, x**2, np.sin(x)).sum(), x


@problem
def fourth(new):
    x = new.weights("x", 12)
    return (x**4).sum(), x


@problem
def nothing(new):
    p = named(tg.softmax(new.weights("z", 4)), "p")
    return p.sum(), p.args[0]


@problem
def without_names(new):
    w = new.weights("w", 3)
    return ((BARE @ w) ** 2).sum(), w


@problem
def single(new):
    w = new.weights("W", 1, 3)
    return ((new.data("X", 5, 3) @ w.T) ** 2).sum(), w


@problem
def constant_too(new):
    w, lam = new.weights("w", 3), Value(0.35, name="lam", requires_grad=False)
    return lam * (w**2).sum() + (new.data("X", 6, 3) @ w).mean(), w


@problem
def fixed_shape(new):
    x = new.weights("x", 6)
    return (x.reshape(2, 3) * np.array([[0.3, 1.7, -2.2], [1.1, 0.4, 5.0]])).sum(), x


@problem
def cubes(new):
    x, t = new.weights("x", 2), Tensor([1.0, 4.0], name="t", requires_grad=False)
    return (t * x**3).sum(), x


@problem
def quotient(new):
    x = Tensor(0.7, name="x")
    return np.sin(x) / x, x


@problem
def largest(new):
    P = new.weights("P", 4, 3)
    return (np.max(P, axis=1) * new.data("u", 4)).sum(), P


@problem
def larger(new):
    x, a = new.weights("x", 4), new.data("a", 4)
    return np.maximum(x, a).sum(), x


@problem
def growth(new):
    x = Tensor([0.4, 1.3, 0.8], name="x")
    return (new.data("g", 3) * np.exp(x)).sum(), x


@problem
def logs_sum(new):
    z = new.weights("z", 4)
    return np.log(np.exp(z).sum()) + tg.logsumexp(z), z


@problem
def kinked(new):
    x = new.weights("x", 5)
    return tg.relu(x).sum() / 5, x


@problem
def only_here(new):
    x = new.weights("x", 12)
    return np.log(x - Tensor(x.data - 1e-9, name="c", requires_grad=False)).sum(), x


PROBLEMS["jacobian"] = cache(lambda: derive(named(tg.softmax(Leaves(31).weights("z", 4)), "S"), "z"))
PROBLEMS["hessian"] = cache(lambda: derive(squares(Leaves(31))[0], "w", order=2))

PICKED = np.array([1, 2, 1, 4])
X3 = np.random.default_rng(31).normal(size=3)
SINES = np.sin(X3)
BARE = np.random.default_rng(6).normal(size=(4, 3))
RIDGE = r"\frac2N X^T(Xw + b - y) + 2\lambda w"


def overwriting(E, u):
    found = np.zeros_like(E)
    found[PICKED] = u
    return found


def through_time(W, x, h, kept=(0, 1, 2, 3)):
    states = [h]
    for t in range(4):
        states.append(np.tanh(states[-1] @ W + x[t]))
    found, back = np.zeros_like(W), 2 * states[-1]
    for t in reversed(range(4)):
        back = back * (1 - states[t + 1] ** 2)
        found += np.outer(states[t], back) if t in kept else 0.0
        back = back @ W.T
    return found


def terms(x, a, b, c, *factors):
    parts = (a * np.cos(x), b * np.exp(x), 2 * c * x, 1 - np.tanh(x) ** 2)
    return sum(factor * part for factor, part in zip(factors, parts, strict=True))


CLAIMS: dict[str, list[Any]] = {
    "squares": [
        "2/N*X.T@(X@w - y)", "2*X.T@(X@w - y)", "2/N**2*X.T@(X@w - y)", "-2*X.T@(X@w - y)", "X.T@(X@w - y)",
        "-X.T@(X@w - y)", "X.T@(X@w - y)/N", "-X.T@(X@w - y)/N", "-2/N*X.T@(X@w - y)", "0*w", "w", "7", "X",
        "2*N*X.T@(X@w - y)", "2*X.T@(X@w - y)/(N*D)", "2*D*X.T@(X@w - y)/N", "0.3*X.T@(X@w - y)", "sin(w)",
        "2*(X@w - y)/N", "X.T@(X@w - y)*2/5", "2*X@(X@w - y)/N", "X@(X@w - y)/N", "w/0", "w[100]", "foo", "2*(w",
        lambda X, w, y: np.sum(2 * X.T @ (X @ w - y) / len(y)),
        lambda X, w, y: np.full(3, np.sum(2 * X.T @ (X @ w - y) / len(y))),
        lambda X, w, y: 2 * X * (X @ w - y)[:, None] / len(y),
        lambda X, w, y: 2 * X * (X @ w - y)[:, None] / len(y) + (np.inf if len(y) == 3 else 0),
        lambda X, w, y: -2 * X * (X @ w - y)[:, None] / len(y), lambda X, w, y: 2 * X * (X @ w - y)[:, None],
        lambda X, w, y: 2 * X * (X @ w - y)[:, None] / len(y) ** 2, lambda X, w, y: X * (X @ w - y)[:, None] / len(y),
        lambda X, w, y: 4 * X * (X @ w - y)[:, None] / len(y), lambda X, w, y: -X * (X @ w - y)[:, None],
        lambda X, w, y: (2 * X.T @ (X @ w - y) / len(y))[None],
        lambda X, w, y: np.sign(X.T @ (X @ w - y)),
        lambda X, w, y: 2 * X.T @ (X @ w - y) / len(y) * np.where(np.arange(3) == 1, 2, 1)[: len(w)],
        lambda X, w, y: 2 * X.T @ (X @ w - y) / len(y) + 1e-7 * w**2,
        lambda X, w, yy: X, lambda w: "a text", lambda X, w: undefined, lambda X, w: X @ X,  # noqa: F821
        lambda X, w, y: 2 / 5 * np.ones(5) @ ((X @ w - y)[:, None] * X), lambda w: np.zeros(3)[5], lambda w: 1 / 0,
        r"\frac{\partial L}{\partial w} = \frac2N X^T(Xw - y)", r"\frac{\partial L}{\partial q} = \frac2N X^T(Xw - y)",
        r"\frac{\partial L}{\partial y} = \frac2N X^T(Xw - y)", r"\frac{\partial L}{\partial y} = -\frac2N (Xw - y)",
        r"\frac{\partial L}{\partial y} = \frac2N (Xw - y)", r"\frac{\partial^2 L}{\partial w^2} = 2",
        r"\frac{\partial \alpha}{\partial w} = \frac2N X^T(Xw - y)", "dw = dw", r"\nabla_w L_n = 2 x_n (w^T x_n - y_n)",
        r"\frac{\partial}{\partial w} \frac15 \|Xw - y\|^2 = \frac25 X^T(Xw - y)",
        r"\frac{\partial}{\partial w} \frac16 \|Xw - y\|^2 = \frac2N X^T(Xw - y)",
        r"\frac{\partial L}{\partial w} = \frac1N X^T(Xw - y) = \frac2N X^T(Xw - y)",
    ],
    "turned": [lambda X, w, y: 2 * X * (X @ w + y)[:, None] / len(y)],
    "halves": [r"x_j \sum_i (w^\top x_i - y_i)", "X.T@(X@w - y)/N", "2*X.T@(X@w - y)"],
    "shifted": ["2*mean(X@w + b - y)", "2*(X@w + b - y)/N", "2*sum(X@w + b - y)",
        "dw/db = 0", "db/dw = 0", "db/db = 1"],
    "ridge": [
        RIDGE, r"\frac2N X^T(Xw - y) + 2\lambda w", r"\frac2N X^T(Xw + b + y) + 2\lambda w",
        r"\frac2N X^T(Xw + b - y) + 2\lambda\|w\|", r"\frac2N X^T(Xw + b - y) + \lambda w",
        r"\frac2N X^T(Xw + b - y)", r"2 X^T(Xw + b - y) + 2\lambda w", r"-\frac2N X^T(Xw + b - y) + 2\lambda w",
        r"\frac2N X^T(Xw + b - y) - 4\lambda w", r"\frac2N X^T(Xw + b - y) + 2 w", r"2\lambda w",
    ],
    "by_count": ["2*X.T@(X@w - y)/N", "2*X.T@(X@w - y)", "X.T@(X@w - y)/3", "2*X.T@(X@w - y)/N**2",
        lambda X, w, y: 2 * X.T @ (X @ w - y) / 6, "-2*X.T@(X@w - y)/6"],
    "data_by_count": ["y/N", "y/6", "y", "-y/N"],
    "weighted": ["2*X.T@(X@w - y)/N + 0.4*w", "2*X.T@(X@w - y)/N + 2*w/N", "2*X.T@(X@w - y)/N + 0.2*w"],
    "summed": ["2*p", "2*p/N", "p/N", "p**2", "2*p/N**2"],
    "averaged": ["2*P", "2*P/N", "P/(N*D)", "P/N"],
    "by_class": ["2*P/N", "2*P", "2*P/N**2", "2*P/(N*D)"],
    "form": ["2Ax + b", r"(A + A^T)x + b^Tx", r"(A + A^T)x x + b", "A x + b", r"(A + A^T)x", "A",
        r"D x^T A x = (A+A^T)x"],
    "bell": [r"-\frac{x}{s} e^{-x^2/(2s^2)}", r"\frac{x}{s^2} e^{-x^2/(2s^2)}", r"-\frac{x}{s^2}"],
    "classifier": [r"\frac1N X^T(Xw - y)", r"\frac1N X^T(p - y)", r"X^T(p - y)", r"\frac1N X^T(p - y) p (1 - p)",
        r"\nabla p = p(1 - p)", r"\nabla q = \frac1N X^T(p - y)"],
    "inner_product": [r"\sum_i x_i a_i x_i", r"x_j \sum_i a_i x_i", "a*x"],
    "cell": ["v + u*o*(1 - np.tanh(c)**2)*g", "v*g", "v*g + u*o*(1 - np.tanh(i)**2)*g", "v*g + u*o*g",
        "dc/dg = i", "dc/dg = g", "dc/dc = 1"],
    "matrices": ["G @ H.T", "G @ W_2.T", "G", "W_2 @ G.T", "H"],
    "layers": [
        lambda X, H, V, out: X.T @ ((2 * out) @ V.T), lambda X, H, V, out: X.T @ ((2 * out) @ V.T * (1 - H**2)),
        lambda X, H, V, out: X.T @ ((2 * out * (1 - out)) @ V.T * (1 - H)),
        lambda X, H, V, out: -X.T @ ((2 * out) @ V.T * (1 - H**2)),
        lambda X, H, V, out: X.T @ ((2 * out * (1 - out**2)) @ V.T),
        lambda X, H, V, out: X.T @ ((2 * out * (1 - out**2)) @ V.T * (1 - H)),
        lambda X, H, V, out: X.T @ ((2 * out * (1 - out**2)) @ V.T * (1 - H**2) ** 2),
        lambda X, H, V, out: X.T @ ((2 * out * (1 - out**2) ** 2) @ V.T * (1 - H**2) ** 2),
        lambda X, H, V, out: (2 * out * (1 - out**2)) @ V.T * (1 - H**2),
        lambda X, H, V, out: X.T @ ((2 * out * (1 - out)) @ V.T),
    ],
    "outputs": [
        "X.T @ ((a - y)*sigmoid(a)*(1 - sigmoid(a)))", r"X^\top((a - y) \odot \sigma'(z) \odot \sigma'(a))",
        "X.T @ ((a - y)*a*(1 - a))", "X.T @ (a - y)", "X.T @ ((a - y)*(1 - a**2))", "X.T @ ((a - y)*a)",
    ],
    "rows": [overwriting, lambda E, u: 0 * E],
    "probabilities": [
        lambda e, u: u * e / e.sum(), lambda e, u: u * (e / e.sum()) * (1 - e / e.sum()), lambda u: u,
        lambda e, u: u * e / e.sum() - e * np.sum(u * e) / e.sum(),
    ],
    "recurrent": [through_time, lambda W, x, h: through_time(W, x, h, (3,)), lambda W, x, h: through_time(W, x, h, ())],
    "powers": ["3*x**2/exp(y*x) - y*x**3/exp(y*x)", "3*x**2/exp(y*x)", "3*x**2*exp(-y*x)*(-y)", "3*x**2*exp(y*x)"],
    "repeated": ["1", "2", "4"],
    "three_ways": [
        lambda x, a, b, c: terms(x, a, b, c, 1, 0, 0, 1), lambda x, a, b, c: terms(x, a, b, c, 1, -1, -1, 1),
        lambda x, a, b, c: terms(x, a, b, c, 0, 0, 1, 0), lambda x, a, b, c: terms(x, a, b, c, 0, 0, 0, 1),
        lambda x, a, b, c: terms(x, a, b, c, 1, 1, 0.5, 1), lambda x, a, b, c: terms(x, a, b, c, 1, 1, -1, 1),
        lambda x, a, b, c: terms(x, a, b, c, -1, 1, 1, 1), lambda x, a, b, c: terms(x, a, b, c, 1, 0, 1, 1),
        lambda x, a, b, c: terms(x, a, b, c, 1, 1, 1, -3), lambda x, a, b, c: terms(x, a, b, c, 1, 1, 1, 0.7),
        lambda x, a, b, c: a * np.cos(x) + b * x + 2 * c * x + 1 - np.tanh(x) ** 2,
        lambda x, a, b, c: 2 * (a * np.cos(x) + b * x + 2 * c * x + 1 - np.tanh(x) ** 2),
        lambda x, a, b, c: a + b * np.exp(x) + 2 * c * x + 1 - np.tanh(x),
    ],
    "angles": [
        "sin(x**2)", "2*x**2*cos(x**2)", "2*x**2*cos(x) + sin(x**2)", "2*x*cos(x**2)", "x*cos(x**2) + sin(x**2)",
        "sin(x**2) - 2*x**2*cos(x**2)", 1.5, "x**5 - 2*x",
    ],
    "two_sines": [SINES[:2], -np.cos(X3[:2]), 0.7 * np.cos(X3[:2]), 2 * np.cos(X3[:2]), "sin(x)"],
    "three_sines": [SINES, -np.cos(X3), 0.7 * np.cos(X3), np.cos(X3) ** 2, np.cos(X3), np.round(np.cos(X3), 3)],
    "tiny": [
        lambda x, a: 1e-7 * (np.exp(x) + 2 * x), lambda x, a: 1e-7 * (a * np.cos(x) - np.exp(x) + 2 * x),
        lambda x, a: 1e-7 * (a * np.cos(x) + x + 2 * x), lambda x, a: 1e-7 * np.exp(x),
    ],
    "two_functions": [
        lambda x, a, b: a + b + np.cos(x), lambda x, a, b: b + np.cos(x), lambda x, a, b: -a + b + np.cos(x),
        lambda x, a, b: -a * (1 - np.tanh(x) ** 2) + b + np.cos(x), lambda x, a, b: a + b * 0.25 + np.cos(x),
    ],
    "huge": [
        lambda x, a: 1e6 * (np.exp(x) + 2 * x), lambda x, a: 1e6 * (a * np.cos(x) - np.exp(x) - 2 * x),
        lambda x, a: 1e6 * 2 * x, lambda x, a: 1e6 * np.exp(x), lambda x, a: 1e6 * (a * np.cos(x) + 3 * x),
    ],
    "joined": [lambda x, c=c: c * (np.cos(x * np.tanh(x)) + np.exp(x * np.tanh(x)))
        * (np.tanh(x) + x * (1 - np.tanh(x) ** 2)) + 2 * x for c in (-1, 0, 2, 1)],
    "chosen": ["2*cos(x) + 1", lambda x: np.array([2.0, 2, 2, 2]) * np.cos(x) + 1, "s*cos(x)", "s*sin(x) + 1",
        lambda x: np.resize(2 * np.cos(np.random.default_rng(31).normal(size=4)) + 1, x.shape)],
    "labelled": [
        lambda y, yhat: np.where(y == 1, -1 / yhat, np.sin(7 * yhat)) / len(y), "(yhat - y)/(4*yhat*(1 - yhat))",
        lambda y, yhat: np.where(y == 0, 1 / (1 - yhat), np.sin(7 * yhat)) / len(y), "(yhat - y)/(N*yhat*(1 - yhat))",
        lambda yhat: (yhat - [1.0, 0, 1, 0]) / (yhat * (1 - yhat)) / 4,
        "dq/dyhat = 1/yhat", "dFL/dyhat = (yhat - y)/(N*yhat*(1 - yhat))", "dfocal/dy = 1/yhat",
    ],
    "masked": [
        lambda m, x: np.where(m, 2 * x, x**3 + 1), lambda m, x: np.where(m, x**5 - 2, np.cos(x)),
        lambda m, x: np.where(np.arange(len(x)) == 0, 0, np.where(m, 2 * x, np.cos(x))),
    ],
    "fourth": [lambda x: np.sin(np.clip(x, -1, 1)) * (1 + x * x), "4*x**3", "3*x**3", "4*x**4", "x**5/5"],
    "nothing": [lambda z: 0 * z, "0", "z"],
    "without_names": [lambda w: 2 * BARE.T @ (BARE @ w), lambda w: BARE.T @ (BARE @ w)],
    "single": [lambda X, W: 2 * W @ X.T @ X, lambda X, W: (2 * W @ X.T @ X).T, lambda X, W: (2 * W @ X.T @ X)[0]],
    "constant_too": [
        lambda X, w: 0.7 * w + X.mean(axis=0), lambda X, w, lam: 2 * lam * w + X.mean(axis=0),
        "lam*w + mean(X, axis=0)",
        "2*lam*w", lambda X, w, lam: X.mean(axis=0) - 2 * lam * w,
    ],
    "cubes": [lambda x: 3 * np.resize([1.0, 4.0], x.shape) * x**2, "3*t*x**3", lambda x: 3 * x**2],
    "quotient": ["(x*cos(x) - sin(x))/x", "cos(x)", "(sin(x) - x*cos(x))/x**2", "cos(x)/x", "cos(x)*x", "-sin(x)/x**2"],
    "largest": [lambda P, u: u[:, None] + 0 * P, lambda P, u: u[:, None] * (P.max(axis=1, keepdims=True) != P)],
    "larger": [lambda x, a: x > a, lambda x, a: x < a, lambda x, a: 1 + 0 * x, lambda x, a: 2 * (x > a)],
    "growth": ["g*e*x**(e-1)", "g*exp(x)", "g*x", "g*x*exp(x)", "g*x*exp(x - 1)", "exp(x)", "g*exp(x)**2", "g"],
    "logs_sum": [lambda z: 2 * np.exp(z) / np.exp(z).sum(), lambda z: np.exp(z) / np.exp(z).sum() + np.exp(z)],
    "kinked": ["(x > 0)/N", "(x > 0)/5", "x > 0", "1/N"],
    "only_here": ["1/(x - c)", "2/(x - c)"],
    "fixed_shape": [np.array([0.3, 1.7, -2.2, 1.1, 0.4, 5.0]), [0.3, 1.7, -2.2, 1.1, 0.4, 5.1]],
    "jacobian": ["diag(S) - S Sᵀ", "S * (1 - S)", "diag(S * (1 - S))", "S Sᵀ - diag(S)"],
    "hessian": [
        "2/N XᵀX", "XᵀX/N", "2 X Xᵀ/N", r"\frac{\partial L}{\partial w} = \frac2N X^T(Xw - y)", "2 XᵀX",
        r"\frac{\partial L}{\partial w} = \frac1N X^T(Xw - y)", r"\frac{\partial^2 L}{\partial w \partial y} = -2X^T/N",
        r"\frac{\partial^2 L}{\partial w \partial q} = 2 XᵀX/N", r"\frac{\partial^2 L}{\partial y \partial w} = -2X/N",
        r"\frac{\partial^2 L}{\partial w^2} = \frac2N X^T X", r"\frac{\partial^2 L}{\partial y^2} = 2/N",
    ],
}  # fmt: skip
# Lines that follow from each other
LINES: dict[str, list[list[str]]] = {
    "squares": [
        ["2/N*X.T@(X@w - y)", "2*X.T@(X@w - y)", "2*X.T@(X@w) - 2*X.T@y", "foo", "X.T@(X@w - y)", "sin(w)", "sin(w)"],
        ["2*X.T@(X@w - y)", "-2/N*X.T@(X@w - y)", "2/N*X.T@(X@w - y)", "-2/N*X.T@(X@w - y)", "-2/N*(X.T@X@w - X.T@y)"],
        ["r = X@w - y", "dr = 2*r/N", "dw = X.T@dr"],
        ["r = X@w + y", "dr = 2*r/N", "dw = X.T@dr"],
        ["dr = sin(w)", "dw = X.T@dr"],
        [r"\frac{\partial^2 L}{\partial w^2} = 17", r"\frac{\partial L}{\partial y} = -\frac2N (Xw - y)",
         r"\frac{\partial L}{\partial y} = \frac2N (Xw - y)", r"\frac{\partial L}{\partial w} = \frac2N X^T(Xw - y)"],
        ["L = sum((X@w - y)**2)", "dw = 2*X.T@(X@w - y)/N"], ["L = mean((X@w - y)**2)", "dw = 2*X.T@(X@w - y)/N"],
        ["dw = 2*X.T@(X@w)/N", "dw += -2*X.T@y/N"], ["dw = 2*foo/N", "dw += -2*X.T@y/N"],
        [r"\frac{\partial}{\partial w} \|Xw - y\|^2 = 2 X^T (Xw - y)",
         r"\frac{\partial}{\partial w} (w^T w) = 2w", r"\tanh'(w) = 1 - \tanh(w)^2"],
        ["∂/∂wᵢ (wᵢ²) = 2 wᵢ", "∂/∂wᵢ (wᵢ²) = wᵢ", "∂/∂yᵢ (yᵢ²) = 2 yᵢ"],
        ["dw = 2*foo/N", "dw += -2*X.T@y/N", "2/N*X.T@(X@w - y)"],
        ["q = X@w - y", "L = sum((X@w - y)**2)", "dw = 2*X.T@q/N"], [r"\frac{\partial^2 L}{\partial w^2}", "L"],
    ],
    "angles": [["q = sin(x**2) + 2*x**2*cos(x)", "dx = q"]],
    "halves": [["g = -X.T@(X@w - y)", "dw = g"], ["g = X.T@(X@w + y)", "dw = g"]],
    "classifier": [["p = X@w", "dw = X.T@(p - y)/N"], ["p = sigmoid(X@w)", "dw = X.T@(p - y)/N"]],
    "outputs": [
        [r"\delta = (a - y) \odot a \odot (1 - a)", r"\frac{\partial L}{\partial w} = X^T \delta"],
        [r"\delta = (a - y) \odot a", r"\frac{\partial L}{\partial w} = X^T \delta"],
    ],
    "by_count": [["2*X.T@(X@w - y)/N", "2*X.T@(X@w - y)"]],
}  # fmt: skip
SINGLE = [(name, number) for name, claims in CLAIMS.items() for number in range(len(claims))]
FOLLOWING = [(name, number) for name, several in LINES.items() for number in range(len(several))]


@pytest.mark.parametrize(("name", "number"), SINGLE)
def test_a_verdict_is_told_as_before(name, number):
    claim = CLAIMS[name][number]
    shown = claim if isinstance(claim, str) else "a function" if callable(claim) else "numbers"
    assert_told("verdicts.txt", f"{name} {number}: {shown}", [PROBLEMS[name]().check(claim)])


def test_a_reason_behind_a_line_is_the_derivations_own():
    derivation = PROBLEMS["squares"]()
    reason = next(step.reason for step in derivation.steps if step.reason)
    for claim, right in (("2/N*X.T@(X@w - y)", True), ("X.T@(X@w - y)/N", False)):
        assert derivation.check(f"{claim}    {reason}").ok is right
        assert derivation.check(f"{claim}    for a reason of mine").mistake == "unparsable"
        assert derivation.check_lines([f"{claim}    {reason}"])[0].ok is right


@pytest.mark.parametrize(("name", "number"), FOLLOWING)
def test_lines_are_told_as_before(name, number):
    assert_told("lines.txt", f"{name} {number}", PROBLEMS[name]().check_lines(LINES[name][number]))
