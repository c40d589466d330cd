"""Graphs as long as one likes: a network of so many layers, a function applied so many times."""

import numpy as np

from tinygrad_edu import Tensor, Value

rng = np.random.default_rng(0)


def normal(*shape, name, data=False):
    """Random numbers under a name; data requires no gradient."""
    return Tensor(rng.normal(size=shape), name=name, requires_grad=not data)


def network(layers):
    """The squared error of a network 3 → 3 → … → 1 on four samples, and its first weights."""
    a, y = normal(4, 3, name="X", data=True), normal(4, 1, name="y", data=True)
    first = None
    for number in range(1, layers + 1):
        W = normal(3, 3 if number < layers else 1, name=f"W_{number}")
        first = first if first is not None else W
        a = a @ W + normal(W.shape[1], name=f"b_{number}")
        a = np.tanh(a) if number < layers else a
    return ((a - y) ** 2).mean(), first


def repeated(times, function):
    """What becomes of x when a function is applied to it so many times, and x."""
    y = x = Value(0.5, name="x")
    for _ in range(times):
        y = function(y)
    return y, x
