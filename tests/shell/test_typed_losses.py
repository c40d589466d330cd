"""Losses as a user types them: the right gradient is accepted, and a wrong one is refused."""

import pytest

from tinygrad_edu.shell import cli

pytest.importorskip("sympy")

LOSSES = [
    ("sum((X - X.mean(axis=0, keepdims=True))**2)", "X", "2*(X - X.mean(axis=0, keepdims=True))", "0"),
    ("sum((X - X.mean(axis=1, keepdims=True))**2)", "X", "2*(X - X.mean(axis=1, keepdims=True))", "2*X"),
    ("sum((x - mean(x, keepdims=True))**2)", "x", "2*(x - mean(x))", "0"),
    ("sum((X - mean(X, axis=-1, keepdims=True))**2)/2", "X", "X - mean(X, axis=-1, keepdims=True)", "X"),
    ("sum((X - sum(X, axis=0))**2*0 + X**2)", "X", "2*X", "X"),
    ("S = Q @ K.T; sum(G*S)", "Q", "G @ K", "G.T @ K"),
    ("S = Q @ K.T; sum(G*S)", "K", "G.T @ Q", "G @ Q"),
    ("sum((N @ x)**2)", "x", "2*N.T @ (N @ x)", "2*(N @ x)"),
    ("sum(G*(X @ D))", "D", "X.T @ G", "X @ G"),
    ("sum(X.T @ Y)", "Y", "X @ ones_like(X.T @ Y)", "X"),
    ("mean((X@w + b - y)**2)", "w", "2/N*X.T @ (X@w + b - y)", "2*X.T @ (X@w + b - y)"),
    ("mean((X@w + b - y)**2)", "b", "2*mean(X@w + b - y)", "2*sum(X@w + b - y)"),
    ("sum(sum(X, axis=1)**2)", "X", "2*sum(X, axis=1, keepdims=True)*ones_like(X)", "2*X"),
    ("mean(sum(X**2, axis=1))", "X", "2*X/N", "2*X"),
    ("sum(mean(X, axis=0)**2)", "X", "2/N*mean(X, axis=0)*ones_like(X)", "2*mean(X, axis=0)*ones_like(X)"),
    ("sqrt(sum(x**2))", "x", "x/sqrt(sum(x**2))", "x"),
    ("sum(sqrt(sum(X**2, axis=1)))", "X", "X/sqrt(sum(X**2, axis=1, keepdims=True))", "X/sqrt(sum(X**2))"),
    ("trace(A @ B)", "A", "B.T", "B"),
    ("trace(A.T @ A)", "A", "2*A", "A"),
    ("x @ A @ x", "x", "(A + A.T) @ x", "2*A @ x"),
    ("x @ A @ x", "A", "outer(x, x)", "x"),
    ("sum(einsum('ij,jk->ik', A, B)*G)", "A", "G @ B.T", "G.T @ B"),
    ("sum((x - c)**2)", "x", "2*(x - c)", "x - c"),
    ("logsumexp(z)", "z", "softmax(z)", "exp(z)"),
    ("mean(logsumexp(Z, axis=1))", "Z", "softmax(Z, axis=1)/N", "softmax(Z, axis=1)"),
    ("sum(exp(-x**2))", "x", "-2*x*exp(-x**2)", "exp(-x**2)"),
    ("mean(abs(x))", "x", "sign(x)/N", "sign(x)"),
    ("sum(x*y)", "x", "y", "x"),
    ("sum(tanh(W @ x))", "W", "outer(1 - tanh(W @ x)**2, x)", "1 - tanh(W @ x)**2"),
    ("sum((A @ B @ C)*G)", "B", "A.T @ G @ C.T", "A @ G @ C"),
    ("sum(i**2)", "i", "2*i", "i"),
    ("sum(outer(x, y)*G)", "x", "G @ y", "G.T @ y"),
]


@pytest.mark.parametrize(("loss", "wrt", "right", "wrong"), LOSSES)
def test_the_right_gradient_is_accepted_and_the_wrong_one_refused(loss, wrt, right, wrong, capsys):
    assert cli.main(["check", loss, "--wrt", wrt, right]) == 0
    assert "✓" in capsys.readouterr().out
    assert cli.main(["check", loss, "--wrt", wrt, wrong]) == 1
    assert "✗" in capsys.readouterr().out
