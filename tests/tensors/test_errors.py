"""Errors in one line: the operation, the user's own names, the shapes, and what to do."""

# ruff: noqa: E501 (what an error says stands in one line)

import inspect
import re

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine.graph import Rule

X = Tensor(np.ones((569, 30)), name="X")
W = Tensor(np.ones((29, 16)), name="W")
b = Tensor(np.ones(7), name="b")
u = Tensor([1.0, 2.0], name="u")
v = Value(2.0, name="v")
fixed = Tensor(np.ones((3, 4)), name="fixed", requires_grad=False)

# what is done, the error, and what it says
CASES = {
    "inner sizes": (lambda: X @ W, ValueError, "matmul: X (569, 30) @ W (29, 16): inner sizes differ, 30 ≠ 29"),
    "through NumPy": (lambda: np.matmul(X, W), ValueError, "matmul: X (569, 30) @ W (29, 16): inner sizes differ, 30 ≠ 29"),
    "a bare array": (lambda: np.ones((3, 3)) @ W, ValueError, "an array (3, 3) @ W (29, 16): inner sizes differ, 3 ≠ 29"),
    "dot": (lambda: W.dot(X), ValueError, "matmul: W (29, 16) @ X (569, 30): inner sizes differ, 16 ≠ 569"),
    "a number in matmul": (lambda: X @ v, ValueError, "X (569, 30) @ v (): a single number has no axis to sum over; use *"),
    "broadcasting": (lambda: X + b, ValueError, "add: X (569, 30) + b (7,): the shapes do not broadcast, axis −1 has 30 ≠ 7"),
    "what made it": (lambda: X * 2 - b, ValueError, "subtract: the result of multiply (569, 30) - b (7,)"),
    "an array first": (lambda: np.ones(4) / b, ValueError, "divide: an array (4,) / b (7,)"),
    "three operands": (lambda: np.where(X > 0, b, 0), ValueError, "b (7,), 0: the shapes do not broadcast, axis −1 has 30 ≠ 7"),
    "concatenate": (lambda: np.concatenate([X, W]), ValueError, "concatenate: X (569, 30), W (29, 16)"),
    "stack": (lambda: np.stack([X, W]), ValueError, "stack: all arrays need one shape, these have (29, 16), (569, 30)"),
    "reshape": (lambda: X.reshape(3, 3), ValueError, "reshape: X (569, 30) has 17070 entries, they do not fit into (3, 3)"),
    "einsum": (lambda: np.einsum("ij,jk->ik", X, W), ValueError, "einsum: 'ij,jk->ik': j is 30 in one array and 29 in another"),
    "einsum letters": (lambda: np.einsum("ijk->i", X), ValueError, "'ijk' has 3 letters for an array of shape (569, 30)"),
    "tensordot": (lambda: np.tensordot(X, W, 1), ValueError, "tensordot: (569, 30) with (29, 16)"),
    "broadcast_to": (lambda: np.broadcast_to(b, (3, 4)), ValueError, "broadcast_to: b (7,)"),
    "broadcast_arrays": (lambda: np.broadcast_arrays(b, W), ValueError, "broadcast_arrays: the shapes do not broadcast, (7,), (29, 16)"),
    "take_along_axis": (lambda: np.take_along_axis(X, np.zeros((2, 1), int), 1), ValueError, "take_along_axis: X (569, 30), indices (2, 1): the shapes do not broadcast, (569, 1), (2, 1)"),
    "nothing side by side": (lambda: tg.hstack([]), ValueError, "hstack: at least one array is needed"),
    "no matrix": (lambda: tg.linalg.multi_dot([]), ValueError, "multi_dot: at least one matrix is needed"),
    "the diagonal of a vector": (lambda: np.trace(b), np.exceptions.AxisError, "trace: there is no axis 1 in b (7,), which has 1 axis"),
    "the size along no axis": (lambda: np.size(X, 2), np.exceptions.AxisError, "size: there is no axis 2 in X (569, 30), which has 2 axes"),
    "squeeze": (lambda: X.squeeze(0), ValueError, "squeeze: axis 0 of X (569, 30) has length 569, not 1"),
    "split": (lambda: np.split(b, 2), ValueError, "split: 7 does not divide into 2 equal parts; use array_split"),
    "an axis too many": (lambda: X.sum(axis=2), np.exceptions.AxisError, "sum: there is no axis 2 in X (569, 30), which has 2 axes"),
    "an axis twice": (lambda: X.sum(axis=(0, -2)), ValueError, "sum: an axis stands twice in (0, -2)"),
    "an axis by name": (lambda: X.sum(axis="rows"), TypeError, "sum: an axis is an integer, not 'rows'"),
    "out of bounds": (lambda: b[9], IndexError, "getitem: b (7,): index 9 is out of bounds"),
    "too many indices": (lambda: X[0, 0, 0], IndexError, "getitem: X (569, 30): too many indices"),
    "a float as index": (lambda: b[1.5], TypeError, "an index is an integer, a slice, or an array of integers or bools, not of float64"),
    "nothing to reduce": (lambda: Tensor(np.ones(0), name="e").max(), ValueError, "max: e (0,)"),
    "no square": (lambda: np.linalg.inv(X), ValueError, "inv: a square matrix is needed, not X (569, 30)"),
    "no inverse": (lambda: np.linalg.inv(Tensor(np.zeros((2, 2)), name="Z")), np.linalg.LinAlgError, "inv: Z (2, 2): Singular matrix"),
    "unknowns": (lambda: np.linalg.solve(Tensor(np.eye(3), name="A"), np.ones((4, 2))), ValueError, "A (3, 3), an array (4, 2): 3 unknowns, but 4 right-hand sides"),
    "a wide svd": (lambda: np.linalg.svd(X), ValueError, "pass full_matrices=False"),
    # backward
    "no single number": (lambda: X.backward(), ValueError, "backward: X (569, 30) is not a single number; reduce it with .sum() or .mean(), or pass grad= of shape (569, 30)"),
    "requires nothing": (lambda: (fixed * 2).sum().backward(), ValueError, "the result of sum () depends on nothing that requires a gradient; wrap an input in Tensor(...) or Value(...)"),
    "a seed too small": (lambda: (X * 2).backward(np.ones(3)), ValueError, "backward: grad has shape (3,), it must have that of the result of multiply (569, 30)"),
    "an array for a number": (lambda: (v * 2).backward(np.ones(3)), ValueError, "backward: grad has shape (3,)"),
    "a number for an array": (lambda: (X * 2).backward(1.0), ValueError, "backward: grad has shape (), it must have that of the result of multiply (569, 30)"),
    "grad of another shape": (lambda: setattr(u, "grad", np.ones(3)), ValueError, "grad: u (2,) cannot have a gradient of shape (3,)"),
    "data of another shape": (lambda: setattr(u, "data", np.ones(3)), ValueError, "data: u (2,) cannot be given an array of shape (3,)"),
    # making nodes
    "an array as Value": (lambda: Value([1.0, 2.0]), TypeError, "a Value holds one number, not an array of shape (2,); use Tensor"),
    "a word as Value": (lambda: Value("a"), TypeError, "a Value holds one real number, not 'a'"),
    "words as Tensor": (lambda: Tensor(["a"]), TypeError, "a Tensor holds real numbers"),
    "complex numbers": (lambda: Tensor([1j]), TypeError, "a Tensor holds real numbers, not complex128"),
    "rows of different lengths": (lambda: Tensor([[1.0], [1.0, 2.0]]), ValueError, "a Tensor holds one array, and these rows are not of one length"),
    "a row called on a word": (lambda: tg.add(u, "a"), TypeError, "add: 'a' is no real number"),
    "a row called on None": (lambda: tg.matmul(u, None), TypeError, "matmul: None is no real number"),
    "an array of words": (lambda: u * np.array(["a", "b"]), TypeError, "multiply: u (2,) * an array (2,): an array of <U1 holds no numbers"),
    "a word for features": (lambda: tg.nn.Linear(1, 1)("a"), TypeError, "'a' is no real number"),
    "no labels": (lambda: tg.losses.mse_loss(u, None), TypeError, "mse_loss: the labels are None, no numbers"),
    "a word for an output": (lambda: tg.losses.mse_loss("a", u), TypeError, "outputs: a node holds real numbers, not <U1"),
    "a function of no function": (lambda: tg.jit(3), TypeError, "jit takes a function, not int"),
    "a vjp of a word": (lambda: tg.primitive(lambda x: x, lambda g, out, x: "a", name="same")(v).backward(), TypeError, "same: the vjp of argument 0 gave a str: a contribution is one array of real numbers"),
    "a vjp of no numbers": (lambda: tg.primitive(lambda x: x, lambda g, out, x: np.array(None), name="same")(u).sum().backward(), TypeError, "same: the vjp of argument 0 gave an array of object"),
    "a word for a depth": (lambda: tg.draw(u * 2, depth="all"), ValueError, "draw: depth counts layers from 0, it cannot be 'all'"),
    "a word for a page's depth": (lambda: tg.page(u * 2, depth="all"), ValueError, "page: depth counts layers from 0, it cannot be 'all'"),
    "one beta": (lambda: tg.optim.Adam([Tensor([1.0])], betas=0.9), ValueError, "Adam: betas=0.9; there are two, such as"),
    "a table that is no text": (lambda: tg.playground(csv=3), TypeError, "playground: csv is the text of a table, not int"),
    "a word for a rate": (lambda: tg.playground(learning_rate="fast"), ValueError, "playground: learning_rate is a number from 1e-09 to 1e+06, not 'fast'"),
    "an integer dtype": (lambda: Tensor([1, 2], dtype=int), TypeError, "of a floating dtype, not int64"),
    "a number as name": (lambda: Tensor([1.0], name=3), TypeError, "a name is a str, not int"),
    "nodes in a Tensor": (lambda: Tensor([u, u]), TypeError, "np.stack"),
    "a node in a Tensor": (lambda: Tensor(u), TypeError, "would lose its gradient"),
    # leaving the graph
    "sorted along no axis": (lambda: np.sort(u, axis=3), ValueError, "sort: there is no axis 3 in u (2,)"),
    "parted along no axis": (lambda: np.partition(u, 0, axis=3), ValueError, "partition: there is no axis 3 in u (2,)"),
    "parted at no place": (lambda: np.partition(u, 9), ValueError, "partition: there is no place 9 among 2 entries of u (2,)"),
    "parted at half a place": (lambda: np.argpartition(u, 0.5), TypeError, "argpartition: a place is an integer, not 0.5"),
    "left and right of a vector": (lambda: np.fliplr(u), ValueError, "fliplr: there is no axis 1 in u (2,)"),
    "up and down of a number": (lambda: np.flipud(v), ValueError, "flipud: there is no axis 0 in"),
    "from the smallest to the largest": (lambda: np.ptp(u, axis=3), ValueError, "ptp: there is no axis 3 in u (2,)"),
    "a vector's mT": (lambda: u.mT, ValueError, "mT, matrix_transpose: a matrix is needed, or a stack of them, not u (2,)"),
    "too few axes": (lambda: np.broadcast_to(u, (3,)), ValueError, "broadcast_to: u (2,) does not fit into (3,)"),
    "np.array of nodes": (lambda: np.array([u, u]), TypeError, "u (2,) would lose its gradient: use .data for the plain numbers, or np.stack"),
    "np.array of Values": (lambda: np.array([v, v]), TypeError, "np.stack"),
    "np.asarray": (lambda: np.asarray(u), TypeError, "np.asarray of u (2,) would lose its gradient: use .data"),
    "setting a node's entry": (lambda: u.__setitem__(0, 1.0), TypeError, "entries of a node cannot be set"),
    "several numbers as one": (lambda: float(u), ValueError, "item: u (2,) holds 2 numbers, not one"),
    "several truths as one": (lambda: bool(u > 0), ValueError, "the result of greater (2,) holds 2 truth values"),
    "a power": (lambda: u ^ 2, TypeError, "not for numbers of float64; a power is written **"),
    "masks": (lambda: u & u, TypeError, "& is for masks, nodes of bools such as x > 0, not for numbers of float64"),
    # what NumPy offers beyond
    "in place": (lambda: np.zeros(2).__iadd__(u), TypeError, "np.add(out=…)"),
    "out": (lambda: np.exp(u, out=np.zeros(2)), TypeError, "np.exp(out=…) of a node: not recorded"),
    "where": (lambda: np.log(u, where=np.array([True, False])), TypeError, "np.log(where=…) of a node: not recorded, leave where out and use np.where on the result"),
    "dtype": (lambda: np.add(u, u, dtype=np.float32), TypeError, "np.add(dtype=…)"),
    "sum's dtype": (lambda: np.sum(u, dtype=np.float32), TypeError, "np.sum(dtype=…) of a node"),
    "max's initial": (lambda: np.max(u, initial=3.0), TypeError, "np.max(initial=…) of a node"),
    "ufunc.reduce": (lambda: np.add.reduce(u), TypeError, "np.add.reduce is not recorded; use np.sum"),
    "ufunc.outer": (lambda: np.multiply.outer(u, u), TypeError, "np.multiply.outer is not recorded; use np.outer"),
    "no rule": (lambda: np.convolve(u, u), TypeError, "np.convolve has no rule for nodes, so its gradient would be lost"),
    "no ufunc": (lambda: np.spacing(u), TypeError, "np.spacing has no rule for nodes"),
    "no arguments": (lambda: tg.check_grads(np.sin), TypeError, "They follow the function: check_grads(f, x)"),
    "no decomposition": (lambda: np.linalg.qr(Tensor(np.eye(2))), TypeError, "np.linalg.qr has no rule for nodes"),
    "nearly a name": (lambda: np.nanmedian(np.concatenate([u, u])), TypeError, "np.nanmedian has no rule for nodes"),
    # transforms
    "grad of an array": (lambda: tg.grad(lambda x: x * 2)(np.ones(3)), ValueError, "must return a single number, it returned an array of shape (3,); reduce it with .sum() or .mean(), or use jacobian or vjp"),
    "grad of two": (lambda: tg.grad(lambda x: (x, x))(1.0), ValueError, "it returned 2 of them"),
    "too few arguments": (lambda: tg.grad(lambda x: x, argnums=1)(1.0), ValueError, "argnums=1, but <lambda> was called with 1 argument"),
    "grad by a word": (lambda: tg.grad(lambda x: 1.0)("a"), TypeError, "not a number or an array"),
    "hvp by a word": (lambda: tg.hvp(abs, "a", "b"), TypeError, "an argument of abs to derive by is str"),
    "a cotangent too large": (lambda: tg.vjp(lambda x: x, 1.0)[1](np.ones(2)), ValueError, "vjp: the cotangent has shape (2,), it must have that of an unnamed leaf ()"),
    "too few tangents": (lambda: tg.jvp(lambda x, y: x * y, (1.0, 2.0), (1.0,)), ValueError, "jvp: 2 numbers and arrays to derive by, but 1 tangent"),
    "a tangent of another shape": (lambda: tg.jvp(lambda x: x * x, (np.ones(2),), (np.ones(3),)), ValueError, "jvp: a tangent of shape (3,) for an argument of shape (2,)"),
    "a length that is no integer": (lambda: fixed.reshape(3.0, 4), TypeError, "reshape: a length is an integer, not 3.0"),
    "no length": (lambda: fixed.reshape(None), TypeError, "reshape: a length is an integer, not None"),
    "a shape of numbers": (lambda: np.broadcast_to(u, (2.0, 2)), TypeError, "broadcast_to: a length is an integer, not 2.0"),
    "half a tile": (lambda: np.tile(u, 1.5), TypeError, "tile: how often an array is laid out is an integer, not 1.5"),
    "a tile less": (lambda: np.tile(u, -1), ValueError, "tile: an array cannot be laid out -1 times"),
    "half a time": (lambda: np.repeat(u, 1.5), TypeError, "repeat: how often an entry stands is an integer, not 1.5"),
    "a time less": (lambda: np.repeat(u, [1, -2]), ValueError, "repeat: an entry cannot stand -2 times"),
    "half a shift": (lambda: np.roll(u, 0.5), TypeError, "roll: a shift is an integer, not 0.5"),
    "no part": (lambda: np.split(u, 0), ValueError, "split: into 0 parts; there is at least one"),
    "half a part": (lambda: np.array_split(u, 2.5), TypeError, "array_split: how many parts there are is an integer, not 2.5"),
    "a cut between": (lambda: np.split(u, [0.5]), TypeError, "split: an index to cut at is an integer, not 0.5"),
    "on top of each other": (lambda: np.vstack([X, W]), ValueError, "vstack: X (569, 30), W (29, 16): arrays that are joined along axis 0 have one length along each other axis"),
    "the one that differs": (lambda: np.concatenate([X, X, W, X]), ValueError, "concatenate: X (569, 30), W (29, 16): arrays"),
    "side by side": (lambda: np.hstack([X, W]), ValueError, "hstack: X (569, 30), W (29, 16)"),
    "behind each other": (lambda: np.dstack([X, W]), ValueError, "dstack: X (569, 30), W (29, 16)"),
    "columns": (lambda: np.column_stack([X, W]), ValueError, "column_stack: X (569, 30), W (29, 16)"),
    "appended": (lambda: np.append(X, W, axis=0), ValueError, "append: X (569, 30), W (29, 16)"),
    "of more axes": (lambda: np.concatenate([u[:, None], u], axis=1), ValueError, "concatenate: the result of getitem"),
    "cut in unequal parts": (lambda: np.hsplit(X, 4), ValueError, "hsplit: 30 does not divide into 4 equal parts"),
    "no third axis to cut": (lambda: np.dsplit(X, 2), ValueError, "dsplit: there is no axis 2 in X (569, 30)"),
    "a truth as an axis": (lambda: X.sum(axis=True), TypeError, "sum: an axis is an integer, not True"),
    "a truth as a length": (lambda: u.reshape(True, -1), TypeError, "reshape: a length is an integer, not True"),
    "half a new axis": (lambda: np.expand_dims(X, 0.5), TypeError, "expand_dims: an axis is an integer, not 0.5"),
    "a new axis twice": (lambda: np.expand_dims(X, (0, 0)), ValueError, "expand_dims: an axis stands twice in (0, 0)"),
    "a word as a new axis": (lambda: np.stack([X, X], axis="a"), TypeError, "stack: an axis is an integer, not 'a'"),
    "half a turn": (lambda: np.rot90(X, 0.5), TypeError, "rot90: how often an array is turned is an integer, not 0.5"),
    "half a diagonal": (lambda: np.diag(u, 0.5), TypeError, "diag: which diagonal it is is an integer, not 0.5"),
    "between diagonals": (lambda: np.trace(X, 0.5), TypeError, "diagonal: an offset is an integer, not 0.5"),
    "half a triangle": (lambda: np.triu(X, 0.5), TypeError, "triu: which diagonal it is is an integer, not 0.5"),
    "half a step": (lambda: np.linspace(u, u, 2.5), TypeError, "linspace: how many numbers there are is an integer, not 2.5"),
    "fewer than no steps": (lambda: np.linspace(u, u, -1), ValueError, "linspace: there cannot be -1 numbers"),
    "half a width": (lambda: np.pad(u, 1.5), TypeError, "pad: a width is an integer, not 1.5"),
    "widths that do not fit": (lambda: np.pad(u, (1, 2, 3)), ValueError, "one such pair for each of 1 axes, not (1, 2, 3)"),
    "differences undone": (lambda: np.diff(u, -1), ValueError, "diff: differences cannot be taken -1 times"),
    "half a difference": (lambda: np.diff(u, 0.5), TypeError, "diff: how many times differences are taken is an integer, not 0.5"),
    "half a power": (lambda: np.linalg.matrix_power(np.eye(2) * v, 0.5), TypeError, "matrix_power: a power is an integer, not 0.5"),
    "several axes for one": (lambda: np.cumsum(fixed, (0, 1)), TypeError, "cumsum: one axis is needed, an integer, not (0, 1)"),
    "no axis for one": (lambda: np.cumsum(fixed, ()), TypeError, "cumsum: one axis is needed, an integer, not ()"),
    "taken along none": (lambda: np.take(fixed, [0], ()), TypeError, "take: one axis is needed, an integer, not ()"),
    "repeated along none": (lambda: np.repeat(fixed, 2, ()), TypeError, "repeat: one axis is needed, an integer, not ()"),
    "sorted along two": (lambda: np.sort(fixed, (0, 1)), TypeError, "one axis is needed, an integer, not (0, 1)"),
    "a triangle of a number": (lambda: np.triu(v), ValueError, "triu: a matrix is needed, not v ()"),
    "too few for a slope": (lambda: np.gradient(u[:1]), ValueError, "gradient: at least 2 entries along each axis are needed, not the result of getitem (1,)"),
    "too few for a curve": (lambda: np.gradient(u, edge_order=2), ValueError, "gradient: at least 3 entries along each axis are needed, not u (2,)"),
    "axes without partners": (lambda: np.tensordot(fixed, u, ([0, 1], [0])), ValueError, "tensordot: 2 axes of fixed (3, 4) for 1 of u (2,)"),
    "words as Value": (lambda: Value("3.5"), TypeError, "a Value holds one real number, not '3.5'"),
    "words as gradient": (lambda: setattr(v, "grad", "3.5"), TypeError, "grad: a node holds real numbers, not <U3"),
    "a gradient too large": (lambda: setattr(v, "grad", [1.0, 2.0]), ValueError, "grad has shape (2,), it must have that of v ()"),
    "a list that is no array": (lambda: u * [[1], [2, 3]], ValueError, "multiply: setting an array element with a sequence"),
    "a list with too large a number": (lambda: u * [10**400, 1], OverflowError, "multiply: int too large to convert to float"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_one_line_that_says_it(case):
    act, kind, says = CASES[case]
    with pytest.raises(kind, match=re.escape(says)) as caught:
        act()
    assert "\n" not in str(caught.value)


def test_a_function_of_scipys_is_not_called_numpys():
    with pytest.raises(TypeError, match=r"^jv has no rule for nodes"):
        pytest.importorskip("scipy.special").jv(1, u)


def test_setting_an_arrays_entry_to_a_node():
    plain = np.zeros(2)
    with pytest.raises(TypeError, match="would lose its gradient"):
        plain[0] = v
    with pytest.raises(TypeError, match="would lose its gradient"):
        plain[:] = u
    plain[:] = u.detach()
    np.testing.assert_array_equal(plain, [1.0, 2.0])


def test_strings_and_none_are_no_operands():
    for other in ("a", None, {}):
        with pytest.raises(TypeError):
            u + other
        with pytest.raises(TypeError):
            other * v


# ── detect_anomaly ────────────────────────────────────────────────────────────────────────────────────────────────────


def anomaly(act):
    with pytest.raises(FloatingPointError) as caught, tg.detect_anomaly():
        act()
    return str(caught.value)


def line_of(text):
    """The number of the line in this file that holds `text`, without itself."""
    lines = inspect.getsource(inspect.getmodule(line_of)).splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.strip() == text)


def test_the_first_operation_forward():
    yhat = Tensor([[0.5, 0.0], [1.0, 0.3]], name="yhat")

    def loss():
        z = yhat * 2.0
        logs = np.log(z * yhat)
        return -logs.sum()

    said = anomaly(loss)
    assert said.startswith(
        "log gave -inf at index (0, 1); operands: the result of multiply (2, 2), 0.0 at index (0, 1)"
    )
    assert f"test_errors.py, line {line_of('logs = np.log(z * yhat)')}: logs = np.log(z * yhat)" in said


def test_backward_names_the_parent_and_the_forward_line():
    w = Tensor([4.0, 0.0], name="w")

    def loss():
        root = np.sqrt(w)
        root.sum().backward()

    said = anomaly(loss)
    assert said.startswith(
        "backward through sqrt towards w (2,) gave inf at index (1,); operands: w (2,), 0.0 at index (1,)"
    )
    assert f"line {line_of('root = np.sqrt(w)')}: root = np.sqrt(w)" in said


def test_bare_numbers_too():
    w = Value(0.0, name="w")
    assert anomaly(lambda: np.log(w)).startswith("log gave -inf; operands: w () = 0.0")
    assert anomaly(lambda: 1 / w).startswith("divide gave inf; operands: a constant = 1, w () = 0.0")
    assert anomaly(lambda: np.sqrt(w).backward()).startswith(
        "backward through sqrt towards w () gave inf; operands: w () = 0.0"
    )


def test_an_operand_that_was_not_finite():
    x = Tensor([1.0, 2.0], name="x")
    assert "a constant, nan at index (1, 0)" in anomaly(lambda: x @ np.array([[1.0], [np.nan]]))


def test_a_graph_recorded_before_the_block():
    w = Tensor([0.0], name="w")
    total = np.sqrt(w).sum()
    assert "backward through sqrt towards w (1,) gave inf" in anomaly(total.backward)


def test_gradients_that_are_graphs_are_watched():
    w = Tensor([0.0], name="w")
    assert "gave inf" in anomaly(lambda: np.sqrt(w).sum().backward(create_graph=True))
    assert "gave inf" in anomaly(lambda: tg.grad(tg.grad(lambda x: x**1.5))(0.0))


def test_nothing_is_said_where_nothing_is_wrong():
    x = Tensor([1.0, 2.0])
    with tg.detect_anomaly():
        np.log(x).sum().backward()
    with pytest.warns(RuntimeWarning):
        assert np.isinf(np.log(Tensor([0.0])).data).all()
    np.testing.assert_array_equal(x.grad, [1.0, 0.5])


def test_complex_constants_are_refused():
    x = Tensor([1.0, 2.0], name="x")
    for z, operation in [(x * np.array([1j, 1.0]), "multiply"), (np.sin(x) * 2.0 + np.array([1j, 1.0]), "add")]:
        with pytest.raises(TypeError, match=rf"{operation}: a complex operand beside .* \(2,\)"):
            z.sum().backward()
        with pytest.raises(TypeError, match=rf"{operation}: a complex operand beside .* \(2,\)"):
            z.backward(np.ones(2))


def test_jvp_wants_tuples():
    with pytest.raises(TypeError, match=r"jvp\(f, \(x,\), \(v,\)\)"):
        tg.jvp(np.sin, 3.0, 1.0)


def of_objects(*nodes):
    """An array of objects, which NumPy fills without asking the nodes."""
    array = np.empty(len(nodes), object)
    for i, node in enumerate(nodes):
        array[i] = node
    return array


@pytest.mark.filterwarnings("ignore:float()")
@pytest.mark.parametrize(
    "f",
    [
        lambda w, T, nodes: (w * nodes).sum(),
        lambda w, T, nodes: (nodes * T).sum(),
        lambda w, T, nodes: T @ nodes,
        lambda w, T, nodes: np.dot(nodes, T) * 2.0,
        lambda w, T, nodes: np.where(T > 3.0, T, nodes)[0],
        lambda w, T, nodes: np.maximum(-T, nodes).sum(),
    ],
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_an_array_of_objects_that_are_nodes_has_lost_their_gradients(f, create_graph):
    nodes = of_objects(Value(1.0, name="a"), Value(2.0, name="b"))
    total = f(Value(3.0, name="w"), Tensor([3.0, 4.0], name="T"), nodes)
    with pytest.raises(TypeError, match=r"array of objects that are nodes.*np\.stack"):
        total.backward(create_graph=create_graph)
    with pytest.raises(TypeError, match=r"np\.stack"):
        tg.grad(lambda T: f(2.0 * T[0], T, nodes))(np.array([3.0, 4.0]))


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_gradient_from_a_whole_array_of_nodes_is_refused(create_graph):
    product = Tensor([3.0, 4.0]) * of_objects(Value(1.0), Value(2.0))
    with pytest.raises(TypeError, match=r"multiply \(2,\) was computed from an array of objects.*np\.stack"):
        product.backward(np.ones(2), create_graph=create_graph)


def test_arrays_of_objects_that_are_right():
    a, b, T = Value(1.0), Value(2.0), Tensor([3.0, 4.0])
    (of_objects(a, b) * 2.0).sum().backward()
    assert (a.grad, b.grad) == (2.0, 2.0)
    np.stack(of_objects(a, b)).sum().backward()
    assert (a.grad, b.grad) == (3.0, 3.0)
    (T * of_objects(5.0, 6)).backward(np.ones(2))
    assert T.grad.tolist() == [5.0, 6.0]


PUBLIC = {name: rule for name, rule in vars(tg).items() if isinstance(rule, Rule) and rule.takes is not None}


@pytest.mark.parametrize("name", PUBLIC)
def test_what_numpy_takes_beside_operands_is_refused_and_nothing_is_written_to(name):
    rule = PUBLIC[name]
    held, out = np.full((2, 2), 0.5), np.full((2, 2), 0.5)
    for kind, data in ((Tensor, held), (Value, 0.5)):
        x, other = kind(data, name="x"), Tensor(held, name="other")
        operands = [x] * rule.takes
        with pytest.raises(TypeError, match=rf"{rule.name}: .*takes {rule.takes} operands?, not {rule.takes + 1}$"):
            rule(*operands, other)
        for setting in ({"out": out}, {"dtype": np.float32}, {"where": held > 1.0}):
            with pytest.raises(
                TypeError, match=rf"x \((2, 2)?\): takes {rule.takes} operands?, no {next(iter(setting))}$"
            ):
                rule(*operands, **setting)
        assert np.all(other._data == 0.5) and np.all(out == 0.5)
    if rule.takes > 1:
        with pytest.raises(TypeError, match=r"takes 2 operands, not 1$"):
            rule(x)


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_arithmetic_that_raises_names_the_operation(kind):
    x, y = kind(1.0, name="x"), kind(0.0, name="y")
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match=r"^divide: x \(\) / y \(\): divide by zero"):
        x / y
    with pytest.raises(OverflowError, match=r"^multiply: x \(\) \* 10.*: int too large"):
        x * 10**400


def test_a_seed_that_is_a_node_has_the_roots_shape():
    x = Tensor([1.0, 2.0], name="x")
    for seed in (Tensor(1.0), Tensor([1.0]), 1.0):
        for create_graph in (False, True):
            with pytest.raises(ValueError, match=r"backward: grad has shape \(1?,?\), it must have that of x \(2,\)"):
                x.backward(seed, create_graph=create_graph)
