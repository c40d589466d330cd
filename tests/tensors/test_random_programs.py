"""PyTorch as the judge of random programs, which run here in four ways: eager, jitted, as emitted source, in float32.

The environment variable TINYGRAD_EDU_PROGRAMS says how many programs are tried (200 where it is not set).
"""

import os

import numpy as np
import pytest

import tinygrad_edu as tg

torch = pytest.importorskip("torch")

PROGRAMS = int(os.environ.get("TINYGRAD_EDU_PROGRAMS", "200"))
SHAPES = [(), (3,), (2, 3), (3, 3), (1, 3), (2, 1), (2, 3, 3)]

# A step on one array: the least number of axes it needs, the step in NumPy's words, the same step in PyTorch's words.
ONE = {
    "exp": (0, np.exp, torch.exp),
    "log": (0, lambda x: np.log(x * x + 0.5), lambda x: torch.log(x * x + 0.5)),
    "tanh": (0, np.tanh, torch.tanh),
    "sigmoid": (0, tg.sigmoid, torch.sigmoid),
    "relu": (0, tg.relu, torch.relu),
    "clip": (0, lambda x: np.clip(x, -0.9, 0.8), lambda x: torch.clamp(x, -0.9, 0.8)),
    "square": (0, lambda x: x**2, lambda x: x**2),
    "where": (0, lambda x: np.where(x > 0.1, x * x, -x), lambda x: torch.where(x > 0.1, x * x, -x)),
    "sum": (1, lambda x: np.sum(x, axis=0), lambda x: torch.sum(x, 0)),
    "sum, kept": (1, lambda x: np.sum(x, axis=-1, keepdims=True), lambda x: torch.sum(x, -1, keepdim=True)),
    "sum of two axes": (2, lambda x: np.sum(x, axis=(0, -1)), lambda x: torch.sum(x, (0, -1))),
    "mean": (1, lambda x: np.mean(x, axis=-1), lambda x: torch.mean(x, -1)),
    "mean, kept": (1, lambda x: np.mean(x, axis=0, keepdims=True), lambda x: torch.mean(x, 0, keepdim=True)),
    "max": (1, lambda x: np.max(x, axis=0), lambda x: torch.amax(x, 0)),
    "max, kept": (1, lambda x: np.max(x, axis=-1, keepdims=True), lambda x: torch.amax(x, -1, keepdim=True)),
    "max of all": (0, np.max, torch.amax),
    "reshape": (0, lambda x: np.reshape(x, (-1, 1)), lambda x: torch.reshape(x, (-1, 1))),
    "ravel": (0, np.ravel, torch.ravel),
    "transpose": (2, lambda x: np.swapaxes(x, -1, -2), lambda x: torch.swapaxes(x, -1, -2)),
    "reversed axes": (2, np.transpose, lambda x: torch.permute(x, tuple(range(x.ndim))[::-1])),
    "new axis": (0, lambda x: x[None], lambda x: x[None]),
    "first": (1, lambda x: x[0], lambda x: x[0]),
    "last, kept": (1, lambda x: x[..., -1:], lambda x: x[..., -1:]),
    "repeated": (1, lambda x: x[np.array([0, 0, -1])], lambda x: x[torch.tensor([0, 0, -1])]),
    "softmax": (1, tg.softmax, lambda x: torch.softmax(x, -1)),
    "softmax by columns": (2, lambda x: tg.softmax(x, axis=0), lambda x: torch.softmax(x, 0)),
    "logsumexp": (1, lambda x: tg.logsumexp(x, axis=-1), lambda x: torch.logsumexp(x, -1)),
    "log_softmax": (1, tg.log_softmax, lambda x: torch.log_softmax(x, -1)),
}
TWO = {
    "add": (lambda x, y: x + y, lambda x, y: x + y),
    "subtract": (lambda x, y: x - 2.0 * y, lambda x, y: x - 2.0 * y),
    "multiply": (lambda x, y: x * y, lambda x, y: x * y),
    "divide": (lambda x, y: x / (1.5 + y * y), lambda x, y: x / (1.5 + y * y)),
    "maximum": (np.maximum, torch.maximum),
    "choose": (lambda x, y: np.where(x > y, x, x * y), lambda x, y: torch.where(x > y, x, x * y)),
    "matmul": (lambda x, y: x @ y, lambda x, y: x @ y),
}


def distance_from_kink(name, arrays):
    """How far the operands are from the nearest place where the step `name` has no derivative."""
    x = arrays[0]
    if name in ("maximum", "choose"):
        return np.abs(x - arrays[1]).min()
    if name.startswith("max"):
        axis = {"max": 0, "max, kept": -1}.get(name, 0)
        gaps = np.diff(np.sort(np.ravel(x) if name == "max of all" else x, axis=axis), axis=axis)
        return gaps.min(initial=np.inf)
    kinks = {"relu": [0.0], "clip": [-0.9, 0.8], "where": [0.1]}.get(name, [])
    return min((np.abs(x - kink).min() for kink in kinks), default=np.inf)


def program(seed):
    """Three inputs, and 3 to 8 steps: each its name, what does it here and in PyTorch, which arrays so far it takes.

    No step stands within 0.001 of a kink: float32 could round to the other side of it.
    """
    rng = np.random.default_rng(seed)
    inputs = [np.asarray(rng.normal(size=SHAPES[i])) for i in rng.integers(0, len(SHAPES), 3)]
    known, steps, length = list(inputs), [], int(rng.integers(3, 9))
    while len(steps) < length:
        if rng.random() < 0.5:
            name = str(rng.choice(list(ONE)))
            axes, ours, theirs = ONE[name]
            picked = [int(rng.integers(len(known)))]
            if known[picked[0]].ndim < axes:
                continue
        else:
            name = str(rng.choice(list(TWO)))
            ours, theirs = TWO[name]
            picked = [int(i) for i in rng.integers(0, len(known), 2)]
        arrays = [known[i] for i in picked]
        try:
            with np.errstate(over="ignore"):
                made = np.asarray(ours(*arrays))
        except ValueError:  # these shapes do not go together
            continue
        if made.size > 60 or np.abs(made).max() > 50 or distance_from_kink(name, arrays) < 1e-3:
            continue
        known.append(made)
        steps.append((name, ours, theirs, picked))
    return inputs, steps


def loss_of(steps, weights, judge=False):
    """The program as a function to a number: all arrays count, each with its weight."""

    def loss(x, y, z):
        known = [x, y, z]
        for _, ours, theirs, picked in steps:
            known.append((theirs if judge else ours)(*(known[i] for i in picked)))
        return sum(made.sum() * weight for made, weight in zip(known, weights, strict=True))

    return loss


def run_source(source, inputs):
    space = {}
    exec(source, space)
    value, *gradients = space["loss"](*inputs)
    return value, gradients[0] if len(gradients) == 1 else gradients


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_four_ways_agree_with_pytorch(seed):
    inputs, steps = program(seed)
    weights = [float(w) for w in np.random.default_rng(seed).uniform(0.2, 1.0, 3 + len(steps))]
    leaves = [torch.tensor(x, requires_grad=True) for x in inputs]
    judged = loss_of(steps, weights, judge=True)(*leaves)
    judged.backward()
    expected = [leaf.grad.numpy() for leaf in leaves]
    both = tg.value_and_grad(loss_of(steps, weights), (0, 1, 2))
    jitted, elsewhere = tg.jit(both), [x * 0.5 for x in inputs]
    jitted(*map(np.asarray, elsewhere))  # the program is recorded at other numbers than it is judged at
    source = tg.to_numpy(loss_of(steps, weights), *map(np.asarray, elsewhere), argnums=(0, 1, 2))
    singles = [x.astype(np.float32) for x in inputs]
    ways = {
        "eager": both(*inputs),
        "jit": jitted(*inputs),
        "source": run_source(source, inputs),
        "float32": both(*singles),
    }
    names = [name for name, *_ in steps]
    for way, (value, gradients) in ways.items():
        said = f"{way}: {names}"
        rtol = 1e-3 if way == "float32" else 1e-9
        scale = 1.0 + max(np.abs(e).max() for e in expected)
        np.testing.assert_allclose(value, judged.item(), rtol=rtol, atol=rtol * scale, err_msg=said)
        for g, e in zip(gradients, expected, strict=True):
            assert np.shape(g) == e.shape, said
            assert np.asarray(g).dtype == (np.float32 if way == "float32" else np.float64), said
            np.testing.assert_allclose(g, e, rtol=rtol, atol=rtol * scale * 1e-2, err_msg=said)
