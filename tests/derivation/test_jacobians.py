"""Derivatives of more than a number, and second derivatives: the book's forms, and that every line of them is true."""

import numpy as np
import pytest
from evaluating import evaluated
from leaves import named
from matrix_text import value_of
from test_matrices import (
    Leaves,
    distance,
    least_squares,
    logistic_regression,
    margin,
    network,
    poisson,
    quadratic_form,
    ridge,
    softmax_regression,
    weighted,
)

import tinygrad_edu as tg
from tinygrad_edu import Value, derive
from tinygrad_edu.engine.backward import sweep
from tinygrad_edu.engine.graph import Node
from tinygrad_edu.paper.notation import pretty


def softmax_of_a_vector(m):
    return named(tg.softmax(m.leaf("z", 4)), "S")


def layer(m):
    return named(np.tanh(m.leaf("W", 3, 4) @ m.leaf("x", 4)), "y")


def layer_of_rows(m):
    return named(np.tanh(m.leaf("x", 4) @ m.leaf("W", 4, 3)), "y")


def softmax_of_rows(m):
    return named(tg.softmax(m.leaf("Z", 3, 4)), "S")


def two_layers(m):
    h = named(tg.sigmoid(m.leaf("A", 3, 4) @ m.leaf("x", 4)), "h")
    return named(m.leaf("B", 2, 3) @ h, "y")


def unit(m):
    x = m.leaf("x", 4)
    return named(x / tg.linalg.norm(x), "u")


def written_out(m):
    e = np.exp(m.leaf("x", 4))
    return named(e / e.sum(), "p")


def affine(m):
    return named(m.data("X", 5, 3) @ m.leaf("w", 3) + m.leaf("b"), "v")


JACOBIANS = [
    (softmax_of_a_vector, "z", "∂Sᵢ/∂zⱼ = Sᵢ(δᵢⱼ − Sⱼ)", "diag(S) − S Sᵀ"),
    (layer, "x", "∂yᵢ/∂xⱼ = Wᵢⱼ(1 − yᵢ²)", "diag(1 − y^{⊙2}) W"),
    (layer_of_rows, "x", "∂yᵢ/∂xⱼ = Wⱼᵢ(1 − yᵢ²)", "diag(1 − y^{⊙2}) Wᵀ"),
    (layer, "W", "∂yᵢ/∂Wⱼₖ = δᵢⱼ xₖ(1 − yᵢ²)", None),
    (softmax_of_rows, "Z", "∂Sᵢⱼ/∂Zₖₗ = δᵢₖ Sᵢⱼ(δⱼₗ − Sᵢₗ)", None),
    (two_layers, "x", "∂yᵢ/∂xⱼ = Σₖ Aₖⱼ hₖ Bᵢₖ(1 − hₖ)", "B diag(h ⊙ (1 − h)) A"),
    (affine, "w", "∂vᵢ/∂wⱼ = Xᵢⱼ", "X"),
    (affine, "b", "∂vᵢ/∂b = 1", "𝟏"),
    (unit, "x", "∂uᵢ/∂xⱼ = δᵢⱼ/√(Σₖ xₖ²) − xⱼ uᵢ/(Σₖ xₖ²)", "I/‖x‖ − u xᵀ/‖x‖²"),
    (written_out, "x", "∂pᵢ/∂xⱼ = (δᵢⱼ exp xᵢ − pᵢ exp xⱼ)/(Σₖ exp xₖ)", "(diag(exp x) − p (exp x)ᵀ)/(𝟏ᵀ exp x)"),
    (lambda m: m.leaf("x", 4), "x", "∂xᵢ/∂xⱼ = δᵢⱼ", "I"),
    (lambda m: tg.relu(m.leaf("x", 4)), "x", "∂fᵢ/∂xⱼ = δᵢⱼ · 1[xᵢ > 0]", "diag(1[x > 0])"),
    (lambda m: m.leaf("x", 4) - m.data("c", 4), "x", "∂fᵢ/∂xⱼ = δᵢⱼ", "I"),
]  # fmt: skip
HESSIANS = [
    (least_squares, "w", "∂²L/∂wᵢ∂wⱼ = (2/N) Σₖ Xₖᵢ Xₖⱼ", "(2/N) Xᵀ X"),
    (logistic_regression, "w", "∂²L/∂wᵢ∂wⱼ = (1/N) Σₖ Xₖᵢ Xₖⱼ pₖ(1 − pₖ)", "Xᵀ diag(p ⊙ (1 − p)) X/N"),
    (logistic_regression, "b", "∂²L/∂b² = (1/N) Σᵢ pᵢ(1 − pᵢ)", "pᵀ (1 − p)/N"),
    (softmax_regression, "b", "∂²L/∂bᵢ∂bⱼ = (1/N) Σₖ Sₖᵢ(δᵢⱼ − Sₖⱼ)", "(diag(Sᵀ 𝟏) − Sᵀ S)/N"),
    (quadratic_form, "x", "∂²L/∂xᵢ∂xⱼ = Aᵢⱼ + Aⱼᵢ", "A + Aᵀ"),
    (ridge, "w", "∂²L/∂wᵢ∂wⱼ = (2/N) Σₖ Xₖᵢ Xₖⱼ + 2 δᵢⱼ λ", "(2/N) Xᵀ X + 2 λ I"),
    (weighted, "w", "∂²L/∂wᵢ∂wⱼ = 2 Σₖ sₖ Xₖᵢ Xₖⱼ", "2 Xᵀ diag(s) X"),
    (poisson, "w", "∂²L/∂wᵢ∂wⱼ = Σₖ Xₖᵢ Xₖⱼ exp(Σₗ Xₖₗ wₗ)", "Xᵀ diag(exp(X w)) X"),
    (margin, "w", None, None),
    (distance, "x", None, None),
    (network, "b_2", None, None),
    (lambda m: np.sin(m.leaf("x")) ** 2, "x", "∂²L/∂x² = 2((cos x)² − (sin x)²)", "2 ((cos x)² − (sin x)²)"),
]  # fmt: skip


def rows_of(root, node):
    """∂root/∂node as the engine has it, entry by entry of root: an array with root's axes first."""
    held, single = np.shape(root._data), np.size(root._data) == 1
    rows = []
    for place in np.ndindex(held):
        seed = np.zeros(held)
        seed[place] = 1.0
        g = sweep(root, 1.0 if single else seed).get(node)
        rows.append(np.broadcast_to(0.0 if g is None else g, np.shape(node._data)))
    return np.reshape(rows, (*(() if single else held), *np.shape(node._data)))


def letters_of(derivation):
    """What the letters of a derivation hold: by their names, and by how they are written in matrices."""
    graph, printer = derivation.graph, derivation._lines.printer
    by_name, written = {}, {pretty(letter): n for letter, n in graph.sizes.letters().items()}
    for name, a in {**graph.sizes.names, **derivation.letters}.items():
        held = a._data if isinstance(a, Node) else a
        by_name[name] = written[printer.name(name).text] = held
        if isinstance(a, Node) and a in set(graph.on_path):
            derivative = rows_of(graph.root, a)
            by_name[f"∂{graph.loss_name}/∂{name}"] = derivative
            written[printer.gradient(name, []).text] = derivative
    return by_name, written


def entries(expr, indices, lengths, letters, sizes, named):
    """A formula's numbers as an array of these lengths."""
    out = np.empty(lengths)
    for place in np.ndindex(*lengths):
        here = {i.name: p + 1 for i, p in zip(indices, place, strict=True)}
        out[place] = evaluated(expr, letters, sizes | here, named)
    return out


def every_line_is_true(derivation):
    root, graph = derivation.loss, derivation.graph
    sizes = graph.sizes.letters()
    way = 0.0
    _ = derivation.steps
    letters, written = letters_of(derivation)
    for step in derivation._found.steps:
        if step.kind == "definition":
            truth = np.asarray(step.node._data)
        elif step.kind == "local":
            truth = step.sign * np.broadcast_to(sweep(step.of.sum(), 1.0)[step.node], np.shape(step.node._data))
        else:
            truth = rows_of(root, step.node)
        lengths = [n for n in truth.shape if n != 1]
        found = entries(step.expr, step.indices, lengths, letters, sizes, derivation.named)
        way = found + way if step.kind == "path" else way
        if step.kind != "path":
            np.testing.assert_allclose(found.reshape(truth.shape), truth, rtol=1e-7, atol=1e-9, err_msg=str(step))
        if step.kind == "gradient" and not isinstance(way, float):
            np.testing.assert_allclose(way.reshape(truth.shape), truth, rtol=1e-7, atol=1e-9, err_msg=str(step))
            way = 0.0
    if derivation.matrix is None:
        return
    index = {id(step) for step in derivation._found.steps}
    for step in derivation._in_matrices.steps:
        if id(step) in index or step.kind == "path":
            continue
        truth = np.asarray(step.node._data) if step.kind == "definition" else rows_of(root, step.node)
        shape = truth.shape if step.kind == "definition" else [n for n in truth.shape if n != 1]
        flat = {name: np.squeeze(x) if name.startswith("∂") else x for name, x in written.items()}
        found = value_of(step.rhs.text, flat, shape)
        np.testing.assert_allclose(found, truth.reshape(shape), rtol=1e-7, atol=1e-9, err_msg=str(step))


def holds_at_other_sizes(derivation, build, wrt, **order):
    other = derive(build(Leaves(2, 2)), wrt, **order)
    _ = other.steps
    letters, written = letters_of(other)
    truth = rows_of(other.loss, other.wrt)
    lengths = [n for n in truth.shape if n != 1]
    found = entries(derivation.formula, derivation.indices, lengths, letters, other.graph.sizes.letters(), other.named)
    np.testing.assert_allclose(found.reshape(truth.shape), truth, rtol=1e-7, atol=1e-9)
    if derivation.matrix is not None:
        flat = {name: np.squeeze(x) if name.startswith("∂") else x for name, x in written.items()}
        np.testing.assert_allclose(value_of(derivation.matrix, flat, lengths), truth.reshape(lengths), rtol=1e-7)


def our_own_check_accepts(derivation, *lines):
    last = derivation.steps[-1]
    for line in (last.text, last.latex, *(line for line in lines if line)):
        verdict = derivation.check(line)
        assert verdict.ok, (line, verdict.message)


@pytest.mark.parametrize(("build", "wrt", "index", "matrix"), JACOBIANS)
def test_jacobians(build, wrt, index, matrix):
    derivation = derive(build(Leaves(1, 0)), wrt)
    every_line_is_true(derivation)
    assert derivation.steps[-1].text == index
    assert derivation.matrix == matrix
    holds_at_other_sizes(derivation, build, wrt)
    our_own_check_accepts(derivation, matrix)


@pytest.mark.parametrize(("build", "wrt", "index", "matrix"), HESSIANS)
def test_hessians(build, wrt, index, matrix):
    derivation = derive(build(Leaves(1, 0)), wrt, order=2)
    every_line_is_true(derivation)
    assert index in (None, derivation.steps[-1].text)
    assert matrix in (None, derivation.matrix)
    holds_at_other_sizes(derivation, build, wrt, order=2)
    our_own_check_accepts(derivation, derivation.matrix)


def test_the_lines_of_a_jacobian():
    derivation = derive(layer(Leaves(1, 0)), "x", notation="matrix")
    assert [step.text for step in derivation.steps] == [
        "z = W x",
        "y = tanh z",
        "∂y/∂z = diag(1 − y^{⊙2})",
        "∂y/∂x = ∂y/∂z W",
        "∂y/∂x = diag(1 − y^{⊙2}) W",
    ]
    reasons = [step.reason for step in derive(layer(Leaves(1, 0)), "x").steps]
    assert reasons[3] == "matmul: xⱼ reaches y through many entries of z, their contributions add up"
    assert r"\frac{\partial y_{i}}{\partial x_{j}}" in derivation.latex("index")
    assert r"\frac{\partial y}{\partial x} &=" in derivation.latex()


def test_the_lines_of_a_hessian():
    derivation = derive(named(least_squares(Leaves(1, 0)), "J"), "w", "matrix", order=2)
    assert [step.text for step in derivation.steps] == [
        "z = X w",
        "∂J/∂w = (2/N) Xᵀ (z − y)",
        "∂²J/∂w∂zᵀ = (2/N) Xᵀ",
        "∂²J/∂w∂wᵀ = ∂²J/∂w∂zᵀ X",
        "∂²J/∂w∂wᵀ = (2/N) Xᵀ X",
    ]
    assert derivation.steps[1].reason == "the gradient, which is derived once more"
    assert r"\frac{\partial^2 J}{\partial w \, \partial w^\top}" in derivation.latex()


def test_errors():
    x = Leaves(1, 0).leaf("x", 3)
    with pytest.raises(ValueError, match=r"order=2 is for a loss that is a single number, .* reduce it with .sum\(\)"):
        derive(x * x, x, order=2)
    with pytest.raises(ValueError, match=r"does not change with x \(3,\): its second derivative is 0"):
        derive((x * 2.0).sum(), x, order=2)
    with pytest.raises(ValueError, match="does not change with x"):
        derive(Value(3.0, name="x"), "x", order=2)
    with pytest.raises(ValueError, match="order is 1, or 2 for the second derivative, not 3"):
        derive((x * x).sum(), x, order=3)
