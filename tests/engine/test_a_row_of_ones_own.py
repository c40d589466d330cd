"""Adding an operation is adding a row: one call of `row`, and everything that the engine does works with it.

`softsign`, `gap` and `cubes` are known nowhere else; they are in the table for the length of this file.
"""

import math

import numpy as np
import pytest
import sympy as sp

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine import rules
from tinygrad_edu.engine.rules import TABLE, absolute, reduction, restored, row
from tinygrad_edu.shell import cli

POINTS = np.array([-0.5, 2.0, 0.3])


@pytest.fixture(scope="module")
def softsign():
    yield row(
        "softsign",
        lambda g, out, x: g / rules.square(1.0 + absolute(x)),
        composed=lambda x: x / (1.0 + absolute(x)),
        code="{x} / (1.0 + np.abs({x}))",
        doc="x/(1 + |x|)",
    )
    del TABLE["softsign"]


@pytest.fixture(scope="module")
def gap():
    yield row(
        "gap",
        lambda g, out, x, y: g * (2.0 * (x - y)),
        lambda g, out, x, y: g * (2.0 * (y - x)),
        composed=lambda x, y: (x - y) * (x - y),
        text="gap(<x>, <y>)",
    )
    del TABLE["gap"]


@pytest.fixture(scope="module")
def cubes():
    yield row(
        "cubes",
        lambda g, out, x, axis, keepdims: restored(g, axis, keepdims) * (3.0 * x * x),
        composed=lambda x, axis, keepdims: rules.sum(x * x * x, axis=axis, keepdims=keepdims),
        kind=reduction,
    )
    del TABLE["cubes"]


def slope(x):
    return 1.0 / (1.0 + np.abs(x)) ** 2


def weighted(softsign):
    """Σ g softsign(x) as a graph, and its x."""
    x = Tensor(POINTS, name="x")
    g = Tensor([1.0, 2.0, 3.0], name="g", requires_grad=False)
    return (g * softsign(x)).sum(), x, g


# ── one operand ──


def test_values_and_gradients_of_every_kind_of_number(softsign):
    assert softsign(-3.0) == -0.75 and type(softsign(-3.0)) is float
    np.testing.assert_allclose(softsign(POINTS), POINTS / (1.0 + np.abs(POINTS)))
    loss, x, g = weighted(softsign)
    loss.backward()
    np.testing.assert_allclose(x.grad, g.data * slope(POINTS))
    a = Value(-3.0)
    softsign(a).backward()
    assert a.grad == 1.0 / 16.0
    assert softsign(Tensor(np.float32([1.0]))).dtype == np.float32


def test_higher_derivatives(softsign):
    assert math.isclose(tg.grad(tg.grad(softsign))(2.0), -2.0 / 27.0)
    tg.check_grads(softsign, POINTS, order=2)
    tg.check_grads(softsign, -1.5, order=2)


def test_jit(softsign):
    compiled = tg.jit(tg.value_and_grad(lambda a: softsign(a - 1.0).sum()))
    for x in (POINTS, -POINTS, 3.0 * POINTS):
        value, gradient = compiled(x)
        np.testing.assert_allclose(value, ((x - 1.0) / (1.0 + np.abs(x - 1.0))).sum())
        np.testing.assert_allclose(gradient, slope(x - 1.0))
    assert tg.jit(softsign)(-3.0) == -0.75


def test_emitted_source_runs_with_numpy_alone(softsign):
    text = tg.to_numpy(lambda x, g: (g * softsign(x - 1.0)).sum(), POINTS, POINTS)
    assert "/ (1.0 + np.abs(" in text
    space = {}
    exec(text, space)
    value, gradient = space["f"](POINTS, POINTS)
    np.testing.assert_allclose(value, (POINTS * (POINTS - 1.0) / (1.0 + np.abs(POINTS - 1.0))).sum())
    np.testing.assert_allclose(gradient, POINTS * slope(POINTS - 1.0))
    of_numbers = tg.to_numpy(softsign, 2.0)
    assert "numpy" not in of_numbers
    exec(of_numbers, space)
    assert space["softsign"](-3.0) == (-0.75, 1.0 / 16.0)


def test_derivation(softsign):
    loss, x, _ = weighted(softsign)
    derivation = tg.derive(loss, x)
    i = sp.Symbol("i", integer=True, positive=True)
    at = sp.IndexedBase("x")[i]
    assert sp.simplify(derivation.formula - sp.IndexedBase("g")[i] / (1 + sp.Abs(at)) ** 2) == 0
    assert "softsign" in str(derivation)
    assert str(derivation).endswith("incoming gradient times local derivative")
    assert r"\left(1 + \left|x_{i}\right|\right)^{2}" in derivation.latex()


def test_pictures(softsign):
    loss, _, _ = weighted(softsign)
    loss.backward()
    assert "softsign" in tg.draw(loss).source
    assert "softsign" in tg.draw(loss, backward=True, show="formulas").source
    assert "softsign" in tg.page(loss)


@pytest.mark.parametrize("claim", ["g/(1 + abs(x))**2", r"g_i \left(\frac{\operatorname{softsign}(x_i)}{x_i}\right)^2"])
def test_a_right_claim_is_read(softsign, claim):
    loss, x, _ = weighted(softsign)
    assert tg.derive(loss, x).check(claim)


@pytest.mark.parametrize(
    ("claim", "mistake"),
    [
        ("g*softsign(x)", "wrong-derivative"),
        (r"g \cdot \operatorname{softsign}(x)", "wrong-derivative"),
        ("g*(1 - softsign(x)**2)", "wrong-derivative"),
        ("g", "local-derivative"),
        ("-g/(1 + abs(x))**2", "sign"),
    ],
)
def test_a_wrong_claim_is_named(softsign, claim, mistake):
    loss, x, _ = weighted(softsign)
    verdict = tg.derive(loss, x).check(claim)
    assert verdict.mistake == mistake
    if mistake != "sign":
        assert verdict.node.op == "softsign"
        assert "softsign x" in verdict.message


def test_its_derivative_is_a_mistake_that_one_can_make_elsewhere(softsign):
    x = Tensor(POINTS, name="x")
    verdict = tg.derive(np.tanh(x).sum(), x).check("1/(1 + abs(x))**2")
    assert verdict.mistake == "wrong-derivative" and verdict.node.op == "tanh"


def test_the_shell_reads_it(softsign, capsys):
    assert cli.main(["derive", "sum(softsign(x))", "--wrt", "x"]) == 0
    assert "1/(1 + |xᵢ|)²" in capsys.readouterr().out
    assert cli.main(["check", "sum(softsign(x))", "--wrt", "x", "softsign(x)"]) == 1
    assert "softsign" in capsys.readouterr().out


# ── two operands, and a reduction ──


def test_two_operands_broadcast(gap):
    X, y = Tensor([[-0.5, 2.0, 0.3], [1.0, 0.2, 0.4]], name="X"), Tensor([1.0, 2.0, 3.0], name="y")
    loss = gap(X, y).sum()
    loss.backward()
    np.testing.assert_allclose(y.grad, (2.0 * (y.data - X.data)).sum(axis=0))
    tg.check_grads(gap, X.data, y.data, order=2)
    np.testing.assert_allclose(tg.jit(gap)(X.data, y.data), (X.data - y.data) ** 2)
    space = {}
    exec(tg.to_numpy(lambda X, y: gap(X, y).sum(), X.data, y.data, argnums=1), space)  # taken apart: it has no code
    np.testing.assert_allclose(space["f"](X.data, y.data)[1], y.grad)
    derivation = tg.derive(loss, y)
    assert derivation.check("2*sum(y - X, axis=0)")
    assert derivation.check("2*(y - X)").mistake == "missing-sum"
    assert tg.derive(gap(X, y).sum(), X).check("gap(X, y)").node.op == "gap"
    with pytest.raises(ValueError, match=r"gap: .* do not broadcast"):
        gap(X, Tensor([1.0, 2.0]))


def test_a_reduction(cubes):
    X, y = Tensor([[-0.5, 2.0, 0.3], [1.0, 0.2, 0.4]], name="X"), Tensor([1.0, 2.0, 3.0], name="y")
    loss = (cubes(X, axis=(0,), keepdims=False) * y).sum()
    loss.backward()
    np.testing.assert_allclose(X.grad, 3.0 * X.data**2 * y.data)
    assert cubes(2.0, axis=None, keepdims=False) == 8.0
    tg.check_grads(lambda a: cubes(a, axis=(1,), keepdims=True), X.data, order=2)
    along_rows = tg.jit(lambda a: cubes(a, axis=(1,), keepdims=True))
    np.testing.assert_allclose(along_rows(X.data), (X.data**3).sum(axis=1, keepdims=True))
    derivation = tg.derive(loss, X)
    assert derivation.check("3*X**2*y")
    assert derivation.check("y + 0*X").mistake == "local-derivative"
    whole = tg.derive(cubes(X, axis=None, keepdims=False) * 2.0, X)
    assert whole.check("6*X**2") and whole.check("6*X**2 + 0*cubes(X)")
