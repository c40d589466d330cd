"""Losses as a user types them: the right gradient is accepted, and a wrong one is refused."""

import pytest
from typed import record

from tinygrad_edu.paper.notation import pretty
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


@pytest.mark.parametrize("loss", ["sum(x)/0", "log(x-x)", "x/0", "mean(log(-x**2))", "sqrt(-1 - x*x)", "0/0*x"])
@pytest.mark.parametrize(
    "command", [["check", "--wrt", "x", "1"], ["derive", "--wrt", "x"], ["source", "--wrt", "x"]], ids=lambda c: c[0]
)
def test_a_loss_without_a_finite_value_is_refused(loss, command, capsys):
    assert cli.main([command[0], loss, *command[1:]]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "at all numbers that were tried" in said.err


@pytest.mark.parametrize(
    ("loss", "claim"),
    [("log(x-3)", "1/(x-3)"), ("sqrt(x-2.5)", "0.5/sqrt(x-2.5)"), ("arccosh(x+1)", "1/sqrt((x+1)**2-1)"),
     ("sum(log(x**2 - 4))", "2*x/(x**2-4)")],
)  # fmt: skip
def test_a_loss_of_larger_numbers_is_tried_there(loss, claim, capsys):
    assert cli.main(["check", loss, "--wrt", "x", claim]) == 0
    assert "    Right" in capsys.readouterr().out


def test_other_labels_for_which_the_loss_has_no_value_say_nothing(capsys):
    """At labels between 0 and 1 the root is not a number; at 0 and 1 the claim is right."""
    assert cli.main(["check", "mean(softplus(z)*sqrt(-y*(1-y)))", "--wrt", "z", "0*z"]) == 0
    assert "Right" in capsys.readouterr().out


def test_sigma_that_is_not_applied_is_a_number():
    loss, names = record("sum((x - mu)**2) / sigma**2 + sum(sigma(x))")
    assert loss.shape == () and {"x", "mu", "sigma"} <= set(names)


@pytest.mark.parametrize(
    "loss, bias",
    [
        ("Z1 = X@W1 + b1; A1 = tanh(Z1); mean((A1@w2 + b2 - y)**2)", "b2"),
        ("H = tanh(X@W1); mean((H@w + b - y)**2)", "b"),
        ("mean((X@w + w0 - y)**2)", "w0"),
        ("mean((X@beta + beta_0 - y)**2)", "beta_0"),
    ],
)
def test_the_bias_of_a_single_output_is_a_single_number(loss, bias, capsys):
    """Its own product says how many axes it has, not another layer's."""
    assert cli.main(["check", loss, "--wrt", bias, "0"]) == 1
    said = capsys.readouterr()
    assert f"{pretty(bias)}: ()" in said.out + said.err


@pytest.mark.parametrize(
    ("loss", "name", "axes"),
    [
        ("mean((y - mu)**2/(2*sigma**2) + log(sigma))", "sigma", 0),
        ("norm(softmax(Q@K.T/sqrt(d))@V)**2", "d", 0),
        ("logsumexp(z/T) - z[k]/T", "T", 0),
        ("sum(y/(2*s))", "s", 0),
        ("sum(1/(1 + exp(-s)))", "s", 1),
        ("sum(softmax(s)*c)", "s", 1),
        ("sum(p*log(p/q))", "q", 1),
    ],
)
def test_a_scale_that_is_divided_by_is_a_single_number(loss, name, axes):
    assert record(loss)[1][name].ndim == axes


def test_a_probability_to_a_power_that_is_no_whole_number(capsys):
    assert cli.main(["check", "mean(-(1 - p)**g*log(p))", "--wrt", "p", "(g*(1-p)**(g-1)*log(p) - (1-p)**g/p)/N"]) == 0


@pytest.mark.parametrize("loss", ["sum(x[i]**2)", "mean((X[n]@w - y[n])**2)"])
def test_no_index_runs_in_a_typed_loss(loss, capsys):
    assert cli.main(["derive", loss, "--wrt", "x" if "x" in loss else "w"]) == 2
    assert "no index" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["J", "R", "MSE", "Omega"])
def test_a_loss_is_called_what_it_is_assigned_to(name, capsys):
    loss = f"{name} = mean((X@w - y)**2) + lam*sum(w**2)"
    assert cli.main(["check", loss, "--wrt", "w", f"∂{name}/∂w = 2/N Xᵀ(Xw − y) + 2 lam w"]) == 0
    assert f"∂{pretty(name)}/∂w" in capsys.readouterr().out
    assert cli.main(["check", loss, "--wrt", "w", f"∂{name}/∂w = 2 lam w"]) == 1
