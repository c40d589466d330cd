"""HIPS autograd as the judge: random programs in NumPy's words, run by both, first and second derivative."""

import numpy as np
import pytest

import tinygrad_edu as tg

autograd = pytest.importorskip("autograd")
hips = pytest.importorskip("autograd.numpy")

SHAPES = [(), (3,), (2, 3), (3, 3), (1, 3), (2, 1)]

# A step of a program: what it needs of the shapes of its operands, and what it does, in the words of `np`
ONE = {
    "tanh": (None, lambda np, x: np.tanh(x)),
    "sin": (None, lambda np, x: np.sin(x)),
    "exp": (None, lambda np, x: np.exp(0.3 * np.tanh(x))),
    "log": (None, lambda np, x: np.log(1.5 + x * x)),
    "sqrt": (None, lambda np, x: np.sqrt(x**2 + 0.5)),
    "abs": (None, lambda np, x: np.abs(x)),
    "reciprocal": (None, lambda np, x: 1.0 / (2.0 + np.cos(x))),
    "power": (None, lambda np, x: (1.1 + np.sin(x)) ** 1.7),
    "arctan": (None, lambda np, x: np.arctan(x) - np.arcsinh(x)),
    "expm1": (None, lambda np, x: np.expm1(-np.abs(x)) + np.log1p(x * x)),
    "clip": (None, lambda np, x: np.clip(x, -0.9, 0.8)),
    "where": (None, lambda np, x: np.where(x > 0.1, x * x, -x)),
    "sum": (1, lambda np, x: np.sum(x, axis=0)),
    "mean": (1, lambda np, x: np.mean(x, axis=-1, keepdims=True)),
    "total": (None, lambda np, x: np.sum(x) * np.ones(3)),
    "var": (1, lambda np, x: np.var(x, axis=0)),
    "std": (2, lambda np, x: np.std(x + np.arange(x.shape[-1]), axis=-1)),
    "prod": (1, lambda np, x: np.prod(1.0 + 0.3 * x, axis=-1)),
    "max": (1, lambda np, x: np.max(x, axis=0)),
    "min": (1, lambda np, x: np.min(x, axis=-1, keepdims=True)),
    "cumsum": (1, lambda np, x: np.cumsum(x, axis=-1)),
    "sort": (None, lambda np, x: np.sort(np.ravel(x))),
    "first": (1, lambda np, x: x[0]),
    "repeated": (1, lambda np, x: x[np.array([0, 0, -1])]),
    "reversed": (1, lambda np, x: x[..., ::-1] * x),
    "new axis": (None, lambda np, x: x[None]),
    "transpose": (2, lambda np, x: np.transpose(x)),
    "swapaxes": (2, lambda np, x: np.swapaxes(x, 0, -1)),
    "ravel": (None, lambda np, x: np.ravel(x)),
    "tile": (None, lambda np, x: np.tile(np.ravel(x), 2)[::3]),
    "roll": (1, lambda np, x: np.roll(x, 1, axis=-1)),
    "triangle": (2, lambda np, x: np.tril(x)),
    "gram": (2, lambda np, x: np.einsum("...ij,...kj->...ik", x, x)),
    "pad": (1, lambda np, x: np.pad(x, 1, "constant")[..., :3]),
}
TWO = {
    "add": lambda np, x, y: x + y,
    "subtract": lambda np, x, y: x - 2.0 * y,
    "multiply": lambda np, x, y: x * y,
    "divide": lambda np, x, y: x / (1.5 + y * y),
    "maximum": lambda np, x, y: np.maximum(x, y),
    "minimum": lambda np, x, y: np.minimum(x, 0.3 + y),
    "hypot": lambda np, x, y: np.sqrt(x * x + y * y + 0.1),
    "arctan2": lambda np, x, y: np.arctan2(x, 2.0 + y * y),
    "logaddexp": lambda np, x, y: np.logaddexp(x, y),
    "stack": lambda np, x, y: np.stack([x * y, x + y]),
    "concatenate": lambda np, x, y: np.concatenate([np.ravel(x), np.ravel(y)]),
    "outer": lambda np, x, y: np.outer(np.ravel(x)[:3], np.ravel(y)[:2]),
    "dot": lambda np, x, y: np.dot(np.ravel(x + 0.0 * y), np.ravel(y + 0.0 * x)),
    "choose": lambda np, x, y: np.where(x > y, x + 0.0 * y, 0.0 * x - y),
}


def program(seed, length=7):
    """A random program: which steps on which of the arrays so far. Only shapes decide what fits, never numbers."""
    rng = np.random.default_rng(seed)
    shapes = [SHAPES[i] for i in rng.integers(0, len(SHAPES), 3)]
    inputs = [rng.normal(size=shape) for shape in shapes]
    known, steps = [np.array(x) for x in inputs], []
    while len(steps) < length:
        if rng.random() < 0.5:
            name = rng.choice(list(ONE))
            needs, act = ONE[name]
            picked = [int(rng.integers(len(known)))]
            if known[picked[0]].ndim < (needs or 0):
                continue
        else:
            name = rng.choice(list(TWO))
            act = TWO[name]
            picked = [int(i) for i in rng.integers(0, len(known), 2)]
            try:
                np.broadcast_shapes(*(known[i].shape for i in picked))
            except ValueError:
                continue
        made = np.asarray(act(np, *(known[i] for i in picked)))
        if made.size > 60 or not made.size or np.abs(made).max() > 50:
            continue
        known.append(made)
        steps.append((str(name), act, picked))
    return inputs, steps


def runner(np, steps, weights):
    """The program as a function to a number."""

    def run(*xs):
        known = list(xs)
        for _, act, picked in steps:
            known.append(act(np, *(known[i] for i in picked)))
        total = 0.0
        for made, weight in zip(known, weights, strict=True):
            total = total + np.sum(made) * weight
        return total

    return run


@pytest.mark.parametrize("seed", range(120))
def test_random_programs(seed):
    inputs, steps = program(seed)
    weights = np.random.default_rng(seed).uniform(0.2, 1.0, len(inputs) + len(steps))
    ours, theirs = runner(np, steps, weights), runner(hips, steps, weights)
    everything = (0, 1, 2)
    value, gradients = tg.value_and_grad(ours, everything)(*inputs)
    expected = autograd.grad(theirs, everything)(*inputs)
    np.testing.assert_allclose(value, theirs(*inputs), rtol=1e-12)
    for g, e, x in zip(gradients, expected, inputs, strict=True):
        assert np.shape(g) == np.shape(x)
        np.testing.assert_allclose(g, e, rtol=1e-9, atol=1e-11, err_msg=str([name for name, *_ in steps]))


@pytest.mark.filterwarnings("ignore:Output seems independent of input")
@pytest.mark.parametrize("seed", range(40))
def test_second_derivatives_of_random_programs(seed):
    inputs, steps = program(1000 + seed, length=5)
    weights = np.random.default_rng(seed).uniform(0.2, 1.0, len(inputs) + len(steps))
    ours, theirs = runner(np, steps, weights), runner(hips, steps, weights)
    for i in range(3):
        along = np.cos(np.arange(inputs[i].size)).reshape(inputs[i].shape)
        expected = autograd.grad(lambda *xs, i=i, v=along: (autograd.grad(theirs, i)(*xs) * v).sum(), i)(*inputs)
        found = tg.grad(lambda *xs, i=i, v=along: (tg.grad(ours, i)(*xs) * v).sum(), i)(*inputs)
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10, err_msg=str([name for name, *_ in steps]))


SQUARE = np.random.default_rng(1).normal(size=(2, 3, 3))
LINEAR_ALGEBRA = {
    "inv": lambda np, x: np.linalg.inv(x),
    "det": lambda np, x: np.linalg.det(x),
    "slogdet": lambda np, x: np.linalg.slogdet(x)[1],
    "solve": lambda np, x: np.linalg.solve(x, np.ones((3, 2)) * x[0, :, :2]),
    "cholesky": lambda np, x: np.linalg.cholesky(np.einsum("...ij,...kj->...ik", x, x) + np.eye(3)),
    "eigh": lambda np, x: np.linalg.eigh(x + np.swapaxes(x, -1, -2))[0],
    "svd": lambda np, x: np.linalg.svd(x, full_matrices=False)[1],
    "pinv": lambda np, x: np.linalg.pinv(x[0, :, :2]),
    "norm": lambda np, x: np.linalg.norm(x, axis=-1),
    "frobenius": lambda np, x: np.linalg.norm(x[0], "fro"),
    "nuclear": lambda np, x: np.linalg.norm(x[1], "nuc"),
    "three": lambda np, x: np.linalg.norm(x, 3, axis=0),
}


@pytest.mark.parametrize("name", LINEAR_ALGEBRA)
def test_linear_algebra(name):
    act = LINEAR_ALGEBRA[name]
    found = tg.grad(lambda x: np.sum(act(np, x) ** 2))(SQUARE)
    expected = autograd.grad(lambda x: hips.sum(act(hips, x) ** 2))(SQUARE)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


def test_a_users_program_for_autograd_runs_unchanged():
    """Logistic regression as its README has it, with NumPy where it says autograd.numpy."""

    def loss_with(np):
        inputs = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
        targets = np.array([True, True, False, True])

        def training_loss(weights):
            preds = 0.5 * (np.tanh(np.dot(inputs, weights) / 2.0) + 1.0)
            label_probabilities = preds * targets + (1 - preds) * (1 - targets)
            return -np.sum(np.log(label_probabilities))

        return training_loss

    ours, theirs = np.zeros(3), np.zeros(3)
    for _ in range(20):
        ours = ours - 0.1 * tg.grad(loss_with(np))(ours)
        theirs = theirs - 0.1 * autograd.grad(loss_with(hips))(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
