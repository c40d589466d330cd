"""Programs that are handed in: what functions return is the loss or its gradient, by the names of the functions."""

import re

import pytest

from tinygrad_edu.reading.formats.code import assignments
from tinygrad_edu.shell import cli

pytest.importorskip("sympy")
pytest.importorskip("lark")

SQUARES = """
def loss(X, y, w):
    r = X @ w - y
    return np.mean(r**2)

def grad(X, y, w):
    r = X @ w - y
    return {gradient}
"""
NETWORK = """
class Model:
    def __init__(self):
        self.W1, self.b1 = np.random.randn(3, 4), np.zeros(4)

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.tanh(self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        return self.z2

    def loss(self, X, y):
        yhat = self.forward(X)
        return np.mean((yhat - y)**2)

    def backward(self, X, y):
        dz2 = 2 * (self.z2 - y) / len(X)
        dW2 = self.a1.T @ dz2
        dz1 = dz2 @ self.W2.T * (1 - self.a1)
        dW1 = X.T @ dz1
"""
LOGISTIC = """
def forward(X, y, w, b):
    p = sigmoid(X @ w + b)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

def backward(X, y, w, b):
    p = sigmoid(X @ w + b)
    dw = X.T @ (p - y) / len(y)
    return dw, (p - y).sum()
"""
BOTH = """
def loss_and_grad(W, X, Y):
    P = softmax(X @ W)
    value = -np.sum(Y * np.log(P)) / len(X)
    return value, X.T @ (P - Y)
"""
FORM = """
def J(w):
    return 0.5 * w @ A @ w - b @ w

def dJ(w):
    return A @ w - b
"""
DESCENT = """
def cost(theta, X, y):
    return np.mean((X @ theta - y)**2)

def gradient(theta, X, y):
    return 2 * X.T @ (X @ theta - y) / len(y)

def gradient_descent(theta, X, y, lr):
    for i in range(100):
        theta = theta - lr * gradient(theta, X, y)
    return theta
"""

ENTROPY = """
def binary_cross_entropy(y_hat, y):
    return -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)).mean()

def binary_cross_entropy_grad(y_hat, y):
    return -(y / y_hat - (1 - y) / (1 - y_hat))
"""
RIDGE = """
def ridge_loss(w, X, y, lam):
    return np.sum((X @ w - y)**2) + lam * np.sum(w**2)

def ridge_grad(w, X, y, lam):
    return 2 * X.T @ (X @ w - y) + 2 * lam * w
"""
HINGE = """
def hinge(w, X, y, C):
    margins = 1 - y * (X @ w)
    cost = w @ w / 2 + C * np.sum(np.maximum(0, margins))
    return cost

def hinge_gradient(w, X, y, C):
    grad = w - C * X.T @ (y * (1 - y * (X @ w) > 0))
    return grad
"""
CLASSES = """
def loss(W, b, X, Y):
    S = X @ W + b
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    return -np.log(P[np.arange(len(X)), Y]).mean()

def backward(W, b, X, Y):
    dS = P.copy()
    dS[range(len(X)), Y] -= 1
    dS /= {count}
    dW = X.T @ dS
    db = dS.sum(0)
    return dW, db
"""


@pytest.fixture
def marked(tmp_path, capsys, monkeypatch):
    """Checks a program and returns the mark and the line of all that is said of it, and what is printed."""
    monkeypatch.chdir(tmp_path)

    def check(text, *options):
        (tmp_path / "a.py").write_text(text, encoding="utf-8")
        cli.main(["check", "--file", "a.py", *options])
        out, err = capsys.readouterr()
        found = " ".join(f"{mark}{line}" for mark, line in re.findall(r"^([✓✗–?]) a.py:(\d+): ", out, re.MULTILINE))
        return found, out + err

    return check


@pytest.mark.parametrize(
    ("program", "marks", "said"),
    [
        (SQUARES.format(gradient="2 * X.T @ r / len(y)"), "✓8", "∂loss/∂w"),
        (SQUARES.format(gradient="X.T @ r / len(y)"), "✗8", "1/2 times"),
        (NETWORK, "✓17 ✓18 ✗19 ✓20", "y (N, 1)"),
        (LOGISTIC, "✓8", "∂loss/∂w"),
        (BOTH, "✗5", "the 1/N of the mean is missing"),
        (FORM, "✗6", "symmetric A"),
        (DESCENT, "✓6", "∂loss/∂θ"),
        (ENTROPY, "✗6", "the 1/N of the mean is missing"),
        (RIDGE, "✓6", "∂loss/∂w"),
        (HINGE, "✓8", "∂cost/∂w"),
        (CLASSES.format(count="len(X)"), "✓10 ✓11 ✓12", "∂loss/∂S"),
        (CLASSES.format(count=1), "✗10 ✓11 ✓12", "the 1/N of the mean is missing"),
    ],
)
def test_what_functions_return_is_judged(marked, program, marks, said):
    found, printed = marked(program)
    assert found == marks and said in printed


TWO = (
    SQUARES.format(gradient="2 * X.T @ r / len(y)")
    + """
def ridge_loss(X, y, w, lam):
    return np.mean((X @ w - y)**2) + lam * np.sum(w**2)

def ridge_grad(X, y, w, lam):
    return 2 * X.T @ (X @ w - y) / len(y)
"""
)


def test_which_gradient_belongs_to_which_of_two_losses_is_not_guessed(marked):
    """The second, from which the penalty is missing, had a tick: it is that of the first."""
    found, printed = marked(TWO)
    assert not found and "does not say what its loss is" in printed


def test_a_residual_is_no_loss(marked):
    """r is no R, and no loss for that: X w − y was compared with."""
    assert "does not say what its loss is" in marked("r = X @ w - y\ndw = X.T @ r\n")[1]


def test_scores_are_no_loss(marked):
    """S is not always a sum of squares: what is right for S = H W had a tick."""
    assert "does not say what its loss is" in marked("S = H @ W\ndW = H.T @ dS\n")[1]


def test_what_contradicts_a_loss_is_named(marked):
    _, printed = marked(CLASSES.format(count=1).replace("dS = P", "S = 2 * X @ W\n    dS = P"))
    assert "line 8 has another S: S = 2 * X @ W" in printed


def test_what_is_written_into_a_part_is_not_followed_further():
    found = assignments("dS = P\ndS[0] -= 1\ndS /= N")
    assert [each.text for each in found] == ["dS = P", "dS[0] -= 1", "dS = dS / N"] and found[2].unread


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("def grad_w(X, w):\n    return X.T", ["grad_w = X.T"]),
        ("def gradients_W1(X, W1, W2):\n    return X.T", []),
        ("def grad_fn(w, X):\n    g = X @ w\n    return g", ["g = X @ w", "grad_w = X @ w"]),
        ("def dloss(w):\n    dw = w\n    return dw", ["dw = w"]),
        ("def numerical_grad(f, w):\n    return w", []),
        ("def mse_prime(yhat, y):\n    return 2 * (yhat - y)", ["grad_yhat = 2 * (yhat - y)"]),
        ("def sigmoid_prime(z):\n    return s * (1 - s)", []),
        ("def relu_backward(dA, Z):\n    return dA * (Z > 0)", []),
        ("def backward(dout, w):\n    return dout * w", []),
        ("def gradient(w, v):\n    return w * v", []),
        ("def predict(X, w):\n    return X @ w", []),
        ("def loss(w):\n    return", []),
        ("def loss_and_grad(w):\n    return w, w, w", []),
        ("def mseLoss(p, y):\n    return (p - y).mean()", ["loss = (p - y).mean()"]),
        ("def f(w):\n    return w + 1\nz = f(w)\nu = f(v)", ["z = w + 1", "u = f(v)"]),
    ],
)
def test_what_a_function_returns_has_a_name_by_the_functions(function, expected):
    assert [each.text for each in assignments(function)] == expected
