"""Symbols through the whole table: what the formulas say is what the engine computes."""

import numpy as np
from evaluating import evaluated
from rows import calls, named

from tinygrad_edu import Tensor
from tinygrad_edu.derivation.derivation import derive
from tinygrad_edu.engine.backward import sweep
from tinygrad_edu.engine.graph import Node
from tinygrad_edu.engine.rules import TABLE

SMOOTH = [rule for rule in TABLE.values() if rule.differentiable]


def gradient_of(derivation, loss, wrt, expr=None, indices=None):
    """A formula's numbers at the recorded point, as an array of wrt's shape."""
    graph = derivation.graph
    table = sweep(loss, 1.0)
    values = {}
    for node in graph.sizes.nodes:
        label = graph.label(node)
        if label is not None:
            values[label] = node._data
            if node in table:
                values[f"∂{graph.loss_name}/∂{label}"] = np.broadcast_to(table[node], np.shape(node._data))
    values |= {name: a for name, a in derivation.letters.items() if not isinstance(a, Node)}
    expr = derivation.formula if expr is None else expr
    indices = derivation.indices if indices is None else indices
    sizes = graph.sizes.letters()
    lengths = [n for n in np.shape(wrt._data) if n != 1]
    out = np.empty(lengths)
    for place in np.ndindex(*lengths):
        here = {i.name: p + 1 for i, p in zip(indices, place, strict=True)}
        out[place] = evaluated(expr, values, sizes | here, derivation.named)
    return out.reshape(np.shape(wrt._data))


def true_gradient(loss, wrt):
    return np.broadcast_to(sweep(loss, 1.0)[wrt], np.shape(wrt._data))


@named(SMOOTH)
def test_the_formula_of_every_row_is_its_gradient(rule):
    rng = np.random.default_rng(0)
    for call, arrays in list(calls(rule, rng))[:4]:
        leaves = [Tensor(a, name=f"x_{n}") for n, a in enumerate(arrays, start=1)]
        out = call(*leaves)
        weights = Tensor(rng.normal(size=np.shape(out._data)), name="v", requires_grad=False)
        loss = (out * weights).sum()
        table = sweep(loss, 1.0)
        for leaf in leaves:
            if leaf in table:
                derivation = derive(loss, leaf)
                np.testing.assert_allclose(
                    gradient_of(derivation, loss, leaf), true_gradient(loss, leaf), rtol=1e-7, atol=1e-9,
                    err_msg=str(derivation),
                )  # fmt: skip
