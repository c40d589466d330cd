"""The labels of a typed loss: how they are drawn, and what a right claim assumes of them."""

import numpy as np
import pytest
from typed import record

from tinygrad_edu.shell import cli
from tinygrad_edu.shell.formula import recording

pytest.importorskip("sympy")
pytest.importorskip("lark")

TYPED = "P = exp(Z)/sum(exp(Z), axis=1, keepdims=True); -mean(sum(Y*log(P), axis=1))"
ROWS = ", if the rows of Y add up to 1."


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        (TYPED, 1),
        ("E = exp(Z - max(Z, axis=1, keepdims=True)); -mean(sum(Y*log(E/sum(E, axis=1, keepdims=True)), axis=1))", 1),
        ("-mean(sum(Y*(Z - log(sum(exp(Z), axis=1, keepdims=True))), axis=1))", 1),
        ("mean(log(sum(exp(Z), axis=1)) - sum(Z*Y, axis=1))", 1),
        ("mean(logsumexp(Z, axis=1) - sum(Z*Y, axis=1))", 1),
        ("-mean(sum(Y*log(softmax(X@W)), axis=1))", 1),
        ("-sum(Y*log(exp(Z)/sum(exp(Z), axis=0)))", 0),
        ("cross_entropy(Z, Y)", 1),
        ("log(sum(exp(z))) - z @ y", 0),
    ],
)
def test_labels_are_one_hot_along_the_classes(text, axis):
    _, names = record(text)
    held = next(names[name] for name in ("y", "Y") if name in names).data
    assert set(held.ravel()) == {0.0, 1.0}
    assert np.all(held.sum(axis=axis) == 1)
    assert held.ndim == 1 or not np.all(held.sum(axis=1 - axis) == 1)


def test_what_divides_holds_no_labels():
    assert set(recording("-sum(y*log(softmax(z/T)))").labels) == {"y"}


@pytest.mark.parametrize("text", ["-mean(sum(Y*log(P), axis=1))", "-mean(Y*log(sigmoid(Z)) + (1-Y)*log(1-sigmoid(Z)))"])
def test_labels_of_no_softmax_are_bits(text):
    found = recording(text)
    assert {kind.kind for kind in found.labels.values()} == {"bits"}
    assert not np.all(found.names["Y"].data.sum(axis=1) == 1)


@pytest.mark.parametrize(
    ("loss", "wrt", "claim", "ends"),
    [
        (TYPED, "Z", "(P - Y)/N", ROWS),
        (TYPED, "Z", "(P*sum(Y, axis=1, keepdims=True) - Y)/N", "∂L/∂Z."),
        (TYPED, "P", "-Y/(N*P)", "∂L/∂P."),
        (TYPED, "Z", "(P - Y**2)/N", ", if Y is one-hot."),
        ("-mean(sum(Y*log(softmax(X@W)), axis=1))", "W", "X.T @ (softmax(X@W) - Y)/N", ROWS),
        ("-sum(Y*log(exp(Z)/sum(exp(Z), axis=0)))", "Z", "exp(Z)/sum(exp(Z), axis=0) - Y",
         ", if the columns of Y add up to 1."),
        ("-sum(y*log(softmax(z)))", "z", "softmax(z) - y", ", if the entries of y add up to 1."),
        ("sum(p*log(p/softmax(z)))", "z", "softmax(z) - p", ", if the entries of p add up to 1."),
        ("sum(p*(log(p) - log(softmax(z))))", "z", "softmax(z)*sum(p) - p", "∂L/∂z."),
        ("sum(P*log(P/softmax(Z)))", "Z", "softmax(Z) - P", ", if the rows of P add up to 1."),
        ("p*log(p/q) + x", "x", "1", "∂L/∂x."),
        ("-sum(y*log(softmax(z/T)))", "z", "(softmax(z/T) - y)/T", ", if the entries of y add up to 1."),
        ("mean(maximum(0, 1 - y*z))", "z", "-y*(y*z < 1)/N", "∂L/∂z."),
        ("mean(maximum(0, 1 - y*z))", "z", "-y*(z < y**3)*(y > 0)/N - y*(z > y)*(y < 0)/N",
         ", if y is −1 or 1 everywhere."),
        ("hinge_loss(z, y)", "z", "-y*(y*z < 1)/N", "∂L/∂z."),
        ("mean(softplus(z) - y*z)", "z", "(sigmoid(z) - y**2)/N", ", if y is 0 or 1 everywhere."),
    ],
)  # fmt: skip
def test_a_right_claim_says_what_it_assumes_of_the_labels(loss, wrt, claim, ends, capsys):
    assert cli.main(["check", loss, "--wrt", wrt, claim]) == 0
    assert capsys.readouterr().out.strip().endswith(ends)


@pytest.mark.parametrize("claim", ["0", "P - Y", "(Y - P)/N", "-Y/N", "(P - 1)/N"])
def test_a_wrong_gradient_of_a_typed_softmax_is_refused(claim, capsys):
    assert cli.main(["check", TYPED, "--wrt", "Z", claim]) == 1
    assert "✗" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("loss", "wrt", "last"),
    [
        ("-log(softmax(z)[y])", "z", "∂L/∂zᵢ = softmax(z)ᵢ − 1[i = y]"),
        ("logsumexp(z) - z[c]", "z", "∂L/∂zᵢ = softmax(z)ᵢ − 1[i = c]"),
        ("-z[k] + logsumexp(z)", "z", "∂L/∂zᵢ = softmax(z)ᵢ − 1[i = k]"),
        ("(X[n] @ w - y[n])**2", "w", "∂L/∂wᵢ = 2 X[n, i](Σⱼ X[n, j] wⱼ − yₙ)"),
        ("log(x[place])", "x", "∂L/∂xᵢ = 1[i = place]/x[place]"),
        ("-mean(log(softmax(Z, axis=1)[arange(len(y)), y]))", "Z", "∂L/∂Zᵢⱼ = (softmax(Z)ᵢⱼ − 1[j = yᵢ])/N"),
        ("sum(E[w]*v)", "E", "∂L/∂Eᵢⱼ = vⱼ Σₖ 1[i = wₖ]"),
    ],
)
def test_what_stands_as_an_index_keeps_its_letter(loss, wrt, last, capsys):
    assert cli.main(["derive", loss, "--wrt", wrt]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(last)
    found = recording(loss)
    assert [kind.kind for kind in found.labels.values()] == ["places"]
    assert cli.main(["check", loss, "--wrt", wrt, last.partition(" = ")[2]]) == 0


def test_a_class_number_is_not_the_one_that_was_drawn(capsys):
    assert cli.main(["check", "-log(softmax(z)[y])", "--wrt", "z", "softmax(z)_i - 1[i = 2]"]) == 1
    assert "Right only while y = 1, as it was recorded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("loss", "axes"),
    [
        ("mean((X@W - y)**2)", 2),
        ("mean((y - (X@W + b))**2)", 2),
        ("mean((tanh(X@W1 + b1)@W2 + b2 - y)**2) + lam*sum(W1**2)", 2),
        ("Z = X@W1; p = sigmoid(tanh(Z)@W2); mean(-(y*log(p) + (1-y)*log(1-p)))", 2),
        ("mean(binary_cross_entropy(sigmoid(X@W1@W2), y))", 2),
        ("-mean(sum(y*log(softmax(X@W)), axis=1))", 2),
        ("mean(log(1 + exp(-y*(X@W))))", 2),
        ("mean((tanh(X@W1 + b1)@w2 + b2 - y)**2)", 1),
        ("H = tanh(X@W1); mean((H@w + b - y)**2) + lam*sum(W1**2)", 1),
        ("sum((W2@tanh(W1@x + b1) + b2 - y)**2)", 1),
        ("mean((sum(X@W, axis=1) - y)**2)", 1),
        ("cross_entropy(X@W + b, y)", 1),
        ("mean((X@w - y)**2) + sum(X@W)", 1),
    ],
)
def test_labels_have_the_axes_of_the_outputs(loss, axes):
    """A vector of labels beside a matrix of outputs would be repeated for each sample."""
    names = record(loss)[1]
    assert names["y"].ndim == axes
    assert loss.startswith("sum") or names["y"].shape[0] == names["X"].shape[0]


NETWORK = "mean((tanh(X@W1 + b1)@W2 + b2 - y)**2)"
BACK = "2/N*X.T @ ((tanh(X@W1+b1)@W2 + b2 - y) @ W2.T"


@pytest.mark.parametrize(
    ("loss", "wrt", "claim", "code", "says"),
    [
        ("mean((X@W - y)**2)", "W", "2/N X^T (XW - y)", 0, "Right: this is ∂L/∂W, if y is a single column."),
        ("mean((X@W - y)**2)", "W", "2/(N*D) X^T (XW - y)", 0, "Right: this is ∂L/∂W.\n"),
        ("mean((X@W - y)**2)", "W", "2 X^T (XW - y)", 1, "Off by N·D"),
        (NETWORK, "W1", f"{BACK} * (1 - tanh(X@W1+b1)**2))", 0, "if y is a single column."),
        (NETWORK, "W1", f"{BACK})", 1, "(y is taken for a single column.)"),
        ("p = sigmoid(X@W); mean(-(y*log(p) + (1-y)*log(1-p)))", "W", "X.T @ (p-y)/N", 0, "if y is a single column."),
        # said otherwise, in capitals, or one-hot
        ("mean((X@W - Y)**2)", "W", "2/N X^T (XW - Y)", 1, "1/D of the mean"),
        ("-mean(sum(y*log(softmax(X@W)), axis=1))", "W", "0*W", 1, "does depend on W"),
    ],
)
def test_a_small_y_may_be_a_single_column(loss, wrt, claim, code, says, capsys):
    assert cli.main(["check", loss, "--wrt", wrt, claim]) == code
    assert says in capsys.readouterr().out


def test_labels_whose_shape_was_said_are_no_single_column(capsys):
    for said in ("y=N,K", "W=D,K"):
        assert cli.main(["check", "mean((X@W - y)**2)", "--wrt", "W", "2/N X^T (XW - y)", "--shape", said]) == 1
        assert "1/K of the mean" in capsys.readouterr().out
