"""`jit(f, backend="jax")`: the same text on XLA. Skipped where JAX is not installed."""

import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from test_jit import PARAMETERS, X, Y, leaves, loss_of, step
from test_spelled_forms import FORMS

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine import rules

jax = pytest.importorskip("jax")
ROOT = Path(__file__).resolve().parents[2]


def assert_same(found, expected, rtol=1e-12):
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        np.testing.assert_allclose(np.asarray(a), b, rtol=rtol, atol=1e-14)


def test_a_training_step_on_xla():
    jitted, now, then = tg.jit(step, backend="jax"), PARAMETERS, PARAMETERS
    for _ in range(3):
        (loss, now), (expected, then) = jitted(now, X, Y), step(then, X, Y)
        assert_same((loss, now), (expected, then))
    assert "out=" not in jitted.source and "def step(params, X, y):" in jitted.source


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (x[np.array([0, 0, 2])] * x[1:4, None].sum()).sum(),
        lambda x: tg.softmax(x)[0] + tg.logsumexp(x) + tg.sigmoid(x).sum() + tg.softplus(x).mean(),
        lambda x: np.where(x > 0, x, 0.1 * x).sum() + np.maximum(x, 0.5).prod() + np.cumsum(x)[2],
        lambda x: tg.losses.cross_entropy(x.reshape(2, 2), np.array([1, 0])),
        lambda x: np.linalg.det(x.reshape(2, 2)) + np.einsum("ij,jk->ik", x.reshape(2, 2), x.reshape(2, 2)).sum(),
        lambda x: tg.erf(x).sum() + np.var(x) + np.abs(x).max(),
        lambda x: (np.sort(x) * np.arange(4.0)).sum() + x[np.argsort(x)][1],
        lambda x: (np.pad(x > 0, 1) * np.arange(6.0) * np.pad(x, (2, 0))).sum(),
        lambda x: np.std(x) + np.linalg.norm(x) + tg.gelu(x).mean() + (x * np.array([0.0, 1.0, 2.0, 3.0])).sum(),
    ],
)
def test_values_and_gradients(f):
    both = tg.value_and_grad(f)
    jitted = tg.jit(both, backend="jax")
    x = np.array([0.3, -1.2, 2.0, 0.7])
    for inputs in (x, -x, 0.5 * x):
        assert_same(jitted(inputs), both(inputs), rtol=1e-9)


def test_single_numbers_tensors_and_static_arguments():
    W = Tensor([1.0, 2.0], name="W")
    jitted = tg.jit(lambda x, how, n: {"y": (W * x**n).sum() if how == "sum" else x}, backend="jax")
    assert float(jitted(2.0, "sum", 2)["y"]) == 12.0
    W.data = [2.0, 2.0]
    assert float(jitted(3.0, "sum", 2)["y"]) == 36.0


def test_a_batch_sharded_over_eight_devices():
    """The batch lies on eight simulated devices; loss and gradients are those of one."""
    script = textwrap.dedent("""
        import sys
        sys.path.insert(0, "tests/source")
        import jax, numpy as np
        from jax.sharding import Mesh, NamedSharding, PartitionSpec
        import tinygrad_edu as tg
        from test_jit import PARAMETERS, leaves, loss_of

        jax.config.update("jax_enable_x64", True)
        assert len(jax.devices()) == 8
        rng = np.random.default_rng(1)
        X, y = rng.normal(size=(64, 3)), (rng.random((64, 1)) > 0.5).astype(float)
        mesh = Mesh(np.array(jax.devices()), ("batch",))
        rows = NamedSharding(mesh, PartitionSpec("batch"))
        both = tg.value_and_grad(loss_of)
        jitted = tg.jit(both, backend="jax")
        sharded = jax.device_put(X, rows), jax.device_put(y, rows)
        assert len(sharded[0].sharding.device_set) == 8
        found, expected = jitted(PARAMETERS, *sharded), both(PARAMETERS, X, y)
        for a, b in zip(leaves(found), leaves(expected), strict=True):
            assert len(a.sharding.device_set) == 8
            np.testing.assert_allclose(np.asarray(a), b, rtol=1e-12, atol=1e-14)
        print("same")
    """)
    environment = {
        **os.environ,
        "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "same", done.stderr[-2000:]


@pytest.mark.parametrize("name", ["sort", "argsort", "partition", "argpartition", "diff", "tril"])
def test_functions_whose_arguments_jax_calls_otherwise(name):
    x = np.array([[0.3, -1.2, 2.0], [0.7, 0.1, -0.5]])
    f = (lambda x: np.partition(x, 1)[..., 1]) if name == "partition" else getattr(np, name)
    if name == "argpartition":
        f = lambda x: x[0, np.argpartition(x, 1)[0, 1]]
    assert_same(tg.jit(lambda x: f(x), backend="jax")(x), leaves(np.asarray(tg.jit(lambda x: f(x))(x))))


def test_donated_arguments():
    jitted = tg.jit(step, backend="jax", donate=0)
    params = {name: jax.numpy.asarray(p) for name, p in PARAMETERS.items()}
    assert_same(jitted(params, X, Y), step(PARAMETERS, X, Y))
    assert loss_of(PARAMETERS, X, Y) > 0


CHECKED = {
    "cross_entropy": (tg.losses.cross_entropy, [np.ones((2, 3)), np.array([0, 2])], np.array([0, 3])),
    "hinge_loss": (tg.losses.hinge_loss, [np.array([0.5, 2.0]), np.array([1.0, -1.0])], np.array([1.0, 0.0])),
    "Embedding": (lambda c, x: c * tg.nn.Embedding(3, 2, rng=0)(x).sum(), [1.0, np.array([0, 2])], np.array([0, 3])),
}


@pytest.mark.parametrize("name", CHECKED)
def test_what_a_function_checks_of_its_arguments_is_checked_before_each_call(name):
    """Whatever asks for a check, a loss of its labels or a layer of its indices: in XLA's program nothing can raise."""
    f, (x, y), wrong = CHECKED[name]
    jitted = tg.jit(f, backend="jax")
    assert_same(jitted(x, y), tg.jit(f)(x, y))
    with pytest.raises(ValueError, match=name):
        jitted(x, wrong)


def test_what_is_not_computed_is_returned_with_the_rest():
    jitted = tg.jit(lambda x: {"a": [x * 2.0, "word"], "b": (None, x.sum(), 3)}, backend="jax")
    for _ in range(2):
        found = jitted(np.ones(2))
        assert found["a"][0].tolist() == [2.0, 2.0] and found["a"][1] == "word"
        assert (found["b"][0], float(found["b"][1]), found["b"][2]) == (None, 2.0, 3) and list(found) == ["a", "b"]


@pytest.mark.parametrize(
    "f, size",
    [
        (lambda Z, k: Z[k], 2),
        (lambda Z, k: Z[:, k], 3),
        (lambda Z, k: Z[..., k], 4),
        (lambda Z, k: Z[None, :, k], 3),
        (lambda Z, k: Z[..., k, 0], 3),
        (lambda Z, k: Z[k, ..., 0], 2),
        (lambda Z, k: Z[..., None, k], 4),
        (lambda Z, k: Z[0, ..., k, None], 4),
    ],
)
def test_an_index_is_one_of_its_axis(f, size):
    jitted, Z = tg.jit(f, backend="jax"), np.arange(24.0).reshape(2, 3, 4)
    for k in (np.array([0, 1]), np.array([-size, size - 1])):
        assert np.array_equal(jitted(Z, k), f(Z, k))
    for k in (np.array([0, size]), np.array([-size - 1, 0])):
        with pytest.raises(IndexError, match=f"axis of {size} entries"):
            jitted(Z, k)


def test_an_array_that_a_function_closes_over_is_indexed_by_an_argument():
    table, k = np.arange(6.0).reshape(3, 2), np.array([2, 0])
    for f in (lambda k: tg.take(table, k, axis=0), lambda k: tg.take_along_axis(table, k[None], 0)):
        assert_same(tg.jit(f, backend="jax")(k), tg.jit(f)(k))


@pytest.mark.parametrize("leading", [(), (2,), (2, 3)])
def test_windows_lie_over_the_last_two_axes(leading):
    x = np.linspace(-1.0, 1.0, 20 * math.prod(leading)).reshape(*leading, 5, 4)
    both = tg.value_and_grad(lambda x: (np.sin(rules.windows(x, size=(2, 3), stride=(2, 1))) ** 2).sum())
    assert_same(tg.jit(both, backend="jax")(x), both(x))


def test_its_text_is_pure_and_takes_what_is_outside_as_arguments():
    W, c = Tensor([1.0, 2.0], name="W"), np.array([1.0, 3.0])

    def f(x, n, how, unused=2.0, *rest, other=3.0):
        z = x * W
        return {"a": np.tanh(z) * c + c, "b": z.sum() ** n, "c": how}

    assert tg.jit(f, backend="jax").lower(np.ones(2), 2.0, "sum") == textwrap.dedent('''\
        import numpy as np


        def f(x, n, how, W):
            """What f returns."""
            if how != "sum":
                raise ValueError("written out for how = sum")

            z = x * W
            t = np.tanh(z) * constant + constant
            t_2 = np.sum(z) ** n

            return {"a": t, "b": t_2, "c": "sum"}
        ''')


@pytest.mark.parametrize("name", [name for name in FORMS if f"{name}, beside an array" in FORMS])
def test_numbers_outside_are_read_at_every_call(name):
    t, u, f = Value(0.75, requires_grad=False), Value(1.25, requires_grad=False), FORMS[name]
    jitted = tg.jit(lambda x: x * f(t, u), backend="jax")
    for factor in (1.0, 2.0):
        t.data, u.data = factor * 0.75, factor * 1.25
        np.testing.assert_allclose(jitted(np.ones(2)), [f(factor * 0.75, factor * 1.25)] * 2, rtol=1e-14)


@pytest.mark.parametrize("dtype", [">f8", ">f4", np.longdouble])
def test_a_dtype_that_xla_has_not_is_said(dtype):
    if np.dtype(dtype).itemsize == 8 and np.dtype(dtype).isnative:
        pytest.skip("longdouble is float64 here")
    with pytest.raises(TypeError, match=r'jit\(backend="jax"\): XLA has no dtype.*: use x\.astype\(float\)'):
        tg.jit(lambda x: 2 * x, backend="jax")(np.ones(2, dtype))


OF_WHOLE_NUMBERS = {
    "an accuracy": lambda x, k: np.mean((x > 0.0) == k),
    "a spread": lambda x, k: np.std(k) + np.var(x > 0.0),
    "a root": lambda x, k: np.sqrt(np.abs(k)) * x,
    "a quotient": lambda x, k: k / 3 * x + (x > 0.0) / 7,
    "a root of one": lambda x, k: np.sqrt(np.argmax(x) + 5) * x,
    "with floats of 32 bits": lambda x, k: np.mean(x.astype("f4") * k) + np.sum(np.where(k > 0, x.astype("f4"), k)),
    "nothing to widen": lambda x, k: np.where(x > 0.0, 1.0, 0.1) * k + np.where(x > 0.0, k, 2) * 0.1,
}


@pytest.mark.parametrize("name", OF_WHOLE_NUMBERS)
def test_of_whole_numbers_there_are_64_bits_too(name):
    """XLA makes 32 bits of them, where NumPy makes 64."""
    f, x, k = OF_WHOLE_NUMBERS[name], np.array([0.3, -0.2, 0.7]), np.array([1, 0, 3], np.int32)
    found = np.asarray(tg.jit(f, backend="jax")(x, k))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, f(x, k), rtol=1e-14)
