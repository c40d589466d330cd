"""A loss typed as a formula: the shapes it infers, the numbers it draws, the graph it records."""

from time import process_time

import numpy as np
import pytest
from typed import record

from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine.backward import ancestors
from tinygrad_edu.errors import MisfitError, UnreadableError
from tinygrad_edu.paper.sizes import Sizes


def shapes(text, **values):
    _, names = record(text, values)
    return {name: node.shape for name, node in names.items()}


@pytest.mark.parametrize(
    ("text", "ranks"),
    [
        ("mean(-(y*log(yhat) + (1-y)*log(1-yhat)))", {"y": 1, "yhat": 1}),
        ("-(y*log(p) + (1-y)*log(1-p))", {"y": 0, "p": 0}),
        ("sum((X@w + b - y)**2)/2", {"X": 2, "w": 1, "b": 0, "y": 1}),
        ("mean((w*x + b - y)**2)", {"w": 0, "x": 1, "b": 0, "y": 1}),
        ("mean((y - w*x)**2) + lam*w**2", {"y": 1, "w": 0, "x": 1, "lam": 0}),
        ("sum(w*x)", {"w": 1, "x": 1}),
        ("x*exp(x)", {"x": 0}),
        ("(w @ x - y)**2", {"w": 1, "x": 1, "y": 0}),
        ("sum((W2 @ tanh(W1 @ x + b1) + b2 - y)**2)", {"W2": 2, "W1": 2, "x": 1, "b1": 1, "b2": 1, "y": 1}),
        ("-mean(sum(Y*log(softmax(X@W + b, axis=1)), axis=1))", {"Y": 2, "X": 2, "W": 2, "b": 1}),
        ("mean((tanh(X@W1 + b1)@W2 + b2 - Y)**2)", {"X": 2, "W1": 2, "b1": 1, "W2": 2, "b2": 1, "Y": 2}),
        ("x @ A @ x", {"x": 1, "A": 2}),
        ("np.mean((X.dot(w) - y)**2) + lam*np.sum(np.abs(w))", {"X": 2, "w": 1, "y": 1, "lam": 0}),
        ("sqrt(sum(x**2))", {"x": 1}),
        ("sum((np.einsum('ij,j->i', X, w) - y)**2)", {"X": 2, "w": 1, "y": 1}),
        ("logsumexp(z) - z @ y", {"z": 1, "y": 1}),
        ("mean(where(z > 0, z, 0.1*z))", {"z": 1}),
        ("sum(einsum('bij,bjk->bik', A, B))", {"A": 3, "B": 3}),
        ("mean((theta*x - y)**2)", {"theta": 0, "x": 1, "y": 1}),
        ("-mean(w*x)", {"w": 0, "x": 1}),
        ("sum((A@x - b)**2)", {"A": 2, "x": 1, "b": 1}),
        ("norm(b - A.dot(x))**2 + lam*sum(x**2)", {"b": 1, "A": 2, "x": 1, "lam": 0}),
        ("sum((y - X@w - b)**2)", {"y": 1, "X": 2, "w": 1, "b": 0}),
    ],
)
def test_ranks_follow_from_use(text, ranks):
    found = shapes(text)
    assert {name: len(size) for name, size in found.items()} == ranks
    assert record(text)[0].shape == ()


def test_sizes_that_may_differ_do():
    found = shapes("-mean(sum(Y*log(softmax(tanh(X@W1 + b1)@W2 + b2, axis=1)), axis=1))")
    (n, d), (h, k) = found["X"], found["W2"]
    assert len({n, d, h, k}) == 4
    assert found["W1"] == (d, h)
    assert found["Y"] == (n, k)
    loss, names = record("sum((X@w - y)**2)")
    assert [size.letter for size in Sizes(loss).axes(names["X"])] == ["N", "D"]


def test_a_number_that_is_typed_is_the_length_of_no_axis():
    assert shapes("sum(leaky_relu(x, 0.2))") == {"x": (3,)}
    assert shapes("5 * sum(x**3) / 4 + 1e300 * sum(x)") == {"x": (2,)}


def test_numbers_are_drawn_in_kind():
    _, names = record("mean(-(y*log(yhat) + (1-y)*log(1-yhat)))")
    assert set(names["y"].data) == {0.0, 1.0}
    assert np.all((names["yhat"].data > 0) & (names["yhat"].data < 1))
    _, names = record("-mean(sum(Y*log_softmax(Z), axis=1))")
    assert np.all(np.sort(names["Y"].data, axis=1) == np.eye(names["Y"].shape[1])[-1])
    _, names = record("mean(maximum(0, 1 - y*z))")
    assert set(names["y"].data) == {-1.0, 1.0}
    for text in ("sum(log(x))", "mean(sqrt(x) + x**0.5)", "sum(1/log(x + 1))", "sum(log(1 - a*x))"):
        loss, _ = record(text)
        assert np.isfinite(loss.data)


def test_the_loss_is_the_formula():
    p, y = np.array([0.9, 0.2, 0.6]), np.array([1.0, 0.0, 1.0])
    loss, names = record("mean(-(y*log(p) + (1-y)*log(1-p)))", {"p": p, "y": y}, "p")
    assert loss.item() == pytest.approx(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    loss.backward()
    assert names["p"].grad == pytest.approx((p - y) / (p * (1 - p)) / 3)
    assert names["y"].grad is None  # labels are constants, unless asked for
    assert record("mean((p - y)**2)", wrt="y")[1]["y"].requires_grad


def test_intermediates_keep_their_names():
    loss, names = record("z = X @ w + b; p = sigmoid(z)\nmean((p - y)**2)", wrt=["z"])
    assert {"X", "w", "b", "z", "p", "y"} == set(names)
    assert names["p"].op == "sigmoid"
    assert names["p"].parents == (names["z"],)
    assert isinstance(names["b"], Value)
    assert isinstance(names["X"], Tensor)
    loss.backward()
    assert names["z"].grad.shape == names["y"].shape


def test_what_is_typed_twice_is_recorded_once():
    loss, _ = record("-mean(y*log(sigmoid(x@w+b)) + (1-y)*log(1-sigmoid(x@w+b)))")
    operations = [node.op for node in ancestors([loss], all_nodes=True) if node.op]
    assert [operations.count(each) for each in ("matmul", "sigmoid", "log", "subtract")] == [1, 1, 2, 2]


def test_what_is_typed_out_again_is_the_node_that_has_a_name():
    loss, names = record("p = sigmoid(z); mean((sigmoid(z) - y)**2) + mean(p)")
    assert [node for node in ancestors([loss]) if node.op == "sigmoid"] == [names["p"]]
    loss, names = record("p = exp(z); q = exp(z); sum(p*log(q) + q*log(p))")
    assert names["p"] is not names["q"]
    assert {names["p"], names["q"]} <= set(ancestors([loss]))
    assert len([node for node in ancestors([loss]) if node.op == "log"]) == 2
    assert record("sum(x**2 - x**3 + x**-2 - x[1]*x[-1] + x.sum(axis=0))")[0].shape == ()


def test_parts_that_differ_in_an_option_or_an_index_are_not_one():
    given = {"X": [[1.0, 2.0], [3.0, 5.0]]}
    for text, value in [
        ("sum(sum(X, axis=0)**2) - sum(sum(X, axis=1)**2)", 65.0 - 73.0),
        ("X[0, 1] - X[1, 0]", -1.0),
        ("sum(X**2) - sum(X**-1)", 39.0 - (1 + 1 / 2 + 1 / 3 + 1 / 5)),
        ("sum(X[:1]) - sum(X[1:])", -5.0),
    ]:
        assert record(text, given)[0].item() == pytest.approx(value)


def test_len_and_shape_are_counts_that_follow_the_data():
    loss, names = record("sum((X@w - y)**2) / len(y)")
    assert [node.op for node in loss.parents if node.op == "count"] == ["count"]
    n = len(names["y"])
    assert loss.item() == pytest.approx(np.mean((names["X"].data @ names["w"].data - names["y"].data) ** 2))
    assert n != 1


def test_given_values_decide_the_rest():
    found = shapes("mean((X@w - y)**2)", X=np.ones((6, 2)))
    assert found == {"X": (6, 2), "w": (2,), "y": (6,)}
    with pytest.raises(ValueError, match=r"matmul: X \(6, 2\) @ w \(3,\): inner sizes differ, 2 ≠ 3"):
        record("mean((X@w - y)**2)", {"X": np.ones((6, 2)), "w": np.ones(3), "y": np.ones(6)})


@pytest.mark.parametrize(
    ("text", "said", "position"),
    [
        ("mean(log)", "log is a function: apply it", 5),
        ("sum(x)/N", "N is what sizes are called: a mean is written mean", 7),
        ("x**e*pi*D", "D is what sizes are called", 8),
        ("x +", "this is not Python", None),
        ("mean((p-y)**2", "never closed", None),
        ("foo(x)", "unknown function 'foo'", 0),
        ("3*4", "no name in it", 0),
        ("x^2", "a power is written **", None),
        ("x.__class__", ".__class__ is not read", 0),
        ("__import__('os').system('ls')", "not part of a formula", 0),
        ("[x for x in y]", "a comprehension is not part", 0),
        ("y = 3; x*y", "y is a constant", 0),
        ("z = x; z*z", "z is another name for x", 0),
        ("import os", "names assigned and then a formula", 0),
        ("sum(x, axis=y)", "a whole number is expected", 12),
        ("-" * 500 + "x", "deep", None),
        ("x" + "+x" * 1000, "deep", None),
        ("(" * 5000, "characters long", None),
        ("", "empty", None),
    ],
)
def test_what_is_no_loss_is_said_with_its_place(text, said, position):
    with pytest.raises(UnreadableError) as caught:
        record(text)
    assert said in str(caught.value)
    assert "\n" not in caught.value.line()
    if position is not None:
        assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sum(sum(x, axis=3))", "axis 3"),
        ("sum(reshape(X @ w, (5, 7))**2) + sum(w)*x.T[3, 4, 5]", "reshape|ind"),
        ("sum(einsum('ij,jk->ik', x, w, y))", "einsum"),
        ("sum(x.T[3, 4, 5]) + sum(reshape(X @ w, (5, 7, 11)))", "ind"),
    ],
)
def test_the_operation_that_does_not_fit_is_said(text, said):
    with pytest.raises(MisfitError, match=said) as caught:
        record(text)
    assert "no shapes were found" not in str(caught.value)


def test_lengths_that_a_formula_counts_on_are_found():
    assert shapes("sum(reshape(x, (2, 3))**2)") == {"x": (6,)}
    assert shapes("sum(x.reshape(7, -1)**2)")["x"][0] % 7 == 0
    assert shapes("sum(x[20]**2)")["x"] >= (21,)


@pytest.mark.parametrize(
    ("text", "ranks"),
    [
        ("a*b*c*d*p*q*r*s", dict.fromkeys("abcdpqrs", 0)),
        ("W3 @ tanh(W2 @ tanh(W1 @ x + b1) + b2) + b3", None),
        ("sum((W3 @ tanh(W2 @ tanh(W1 @ x + b1) + b2) + b3 - y)**2)",
         {"W3": 2, "W2": 2, "W1": 2, "x": 1, "b1": 1, "b2": 1, "b3": 1, "y": 1}),
        ("(p @ q) * (r @ s) + (A @ x) @ (B @ z)",
         {"p": 1, "q": 1, "r": 1, "s": 1, "A": 2, "x": 1, "B": 2, "z": 1}),
        ("sum(p + q + r) * s * t * u * v + A @ g",
         {"p": 1, "q": 1, "r": 1, "s": 0, "t": 0, "u": 0, "v": 0, "A": 1, "g": 1}),
    ],
)  # fmt: skip
def test_eight_names_take_less_than_a_second(text, ranks):
    began = process_time()
    try:
        found = shapes(text)
    except MisfitError:
        found = None
    assert process_time() - began < 1
    if ranks is not None:
        assert {name: len(size) for name, size in found.items()} == ranks


def test_a_loss_that_is_no_single_number_is_refused():
    with pytest.raises(MisfitError, match="wrap it in mean"):
        record("sum(X @ w, axis=0) + X @ w")
    with pytest.raises(MisfitError, match="must be a single number, this has shape"):
        record("2*x", {"x": [1.0, 2.0]})
    with pytest.raises(UnreadableError, match="speaks of y, yhat"):
        record("mean(y*yhat)", {"z": 1.0})
    with pytest.raises(UnreadableError, match="no z to derive by; it has y, yhat"):
        record("mean(y*yhat)", wrt="z")
