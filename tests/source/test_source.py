"""The written-out program: read by people (the golden files), run where there is nothing but NumPy."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from golden_files import assert_golden
from test_jit import leaves

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value
from tinygrad_edu.shell.cli import main
from tinygrad_edu.source.forms import identifier

GOLDEN = Path(__file__).parent / "golden"
rng = np.random.default_rng(5)
N = 10
X, y = rng.normal(size=(N, 3)), (rng.random((N, 1)) > 0.5).astype(float)
W_1, b_1 = rng.normal(size=(3, 4)), rng.normal(size=4)
W_2, b_2 = rng.normal(size=(4, 1)), rng.normal(size=1)
W, b = rng.normal(size=(3, 5)), rng.normal(size=5)
labels = rng.integers(0, 5, N)


def classifier(W_1, b_1, W_2, b_2, X, y):
    z_1 = X @ W_1 + b_1
    h = np.tanh(z_1)
    z_2 = h @ W_2 + b_2
    return tg.losses.binary_cross_entropy_with_logits(z_2, y)


def regression(w, b, X, y):
    yhat = X @ w + b
    return np.mean((yhat - y) ** 2)


def probabilities(W_1, b_1, W_2, b_2, X, y):
    h = tg.relu(X @ W_1 + b_1)
    yhat = tg.sigmoid(h @ W_2 + b_2)
    return -np.mean(y * np.log(yhat) + (1 - y) * np.log(1 - yhat))


def softmax_regression(params, X, labels):
    logits = X @ params["W"] + params["b"]
    return tg.losses.cross_entropy(logits, labels)


def neuron(w, b, x, y):
    yhat = tg.sigmoid(w * x + b)
    return (yhat - y) ** 2


CASES = {
    "classifier": (classifier, (W_1, b_1, W_2, b_2, X, y), (0, 1, 2, 3)),
    "regression": (regression, (W[:, 0].copy(), b[:1].copy(), X, y[:, 0].copy()), (0, 1)),
    "probabilities": (probabilities, (W_1, b_1, W_2, b_2, X, y), (0, 1, 2, 3)),
    "softmax_regression": (softmax_regression, ({"W": W, "b": b}, X, labels), 0),
    "neuron": (neuron, (0.5, -0.25, 2.0, 1.0), (0, 1)),
}


def written(name):
    f, args, argnums = CASES[name]
    return tg.to_numpy(f, *args, argnums=argnums)


@pytest.mark.parametrize("name", CASES)
def test_the_emitted_source_is_the_golden_one(name):
    assert_golden(GOLDEN / f"{name}.py", written(name))


def test_the_emitted_source_is_laid_out_as_ruff_would(tmp_path):
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed")
    for name in CASES:
        (tmp_path / f"{name}.py").write_text(written(name), encoding="utf-8")
    for command in (["format", "--check", "--diff"], ["check"]):
        done = subprocess.run(
            [ruff, *command, "--isolated", "--no-cache", tmp_path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", CASES)
def test_the_golden_file_runs_where_there_is_nothing_but_numpy(name, tmp_path):
    f, args, argnums = CASES[name]
    data = tmp_path / "arguments.npz"
    np.savez(data, *leaves(args))
    keys = "{'W': a[0], 'b': a[1]}, *a[2:]" if name == "softmax_regression" else "*a"
    script = f"""
import sys, runpy
import numpy as np
f = runpy.run_path({str(GOLDEN / f"{name}.py")!r})[{name!r}]
held = np.load({str(data)!r})
a = [held[key] if held[key].ndim else held[key].item() for key in held.files]
value, gradients = f({keys})
flat = [value] + [g for g in (gradients.values() if isinstance(gradients, dict) else gradients)]
np.savez({str(tmp_path / "results.npz")!r}, *flat)
assert not any(name.startswith("tinygrad") for name in sys.modules)
"""
    subprocess.run([sys.executable, "-I", "-c", script], check=True, timeout=60, cwd=tmp_path)
    results = np.load(tmp_path / "results.npz")
    expected = leaves(tg.value_and_grad(f, argnums)(*args))
    for key, wanted in zip(results.files, expected, strict=True):
        np.testing.assert_allclose(results[key], wanted, rtol=1e-12, atol=1e-14)


def test_the_classifier_fits_on_one_screen_and_says_what_it_does():
    source = written("classifier")
    body = source.partition("def classifier")[2].splitlines()
    assert len(source.splitlines()) <= 45 and max(map(len, body)) <= 88
    for line in ("z_1 = X @ W_1 + b_1", "dL_dW_1 = X.T @ dL_dz_1  # ∂L/∂W_1 = Xᵀ ∂L/∂z_1", "∂L/∂z_2 = (σ(z_2) − y)/N"):
        assert line in source
    assert "∂L/∂b_1 = Σ ∂L/∂z_1, summed over axis 0, along which b_1 was broadcast" in source
    assert source.count("np.tanh") == 1 and "astype" not in source and "1.0 *" not in source


def test_other_sizes_of_the_data():
    """The count is read from the arrays, so one program serves batches of every size."""
    f, (*parameters, X, y), argnums = CASES["classifier"]
    space = {}
    exec(written("classifier"), space)
    for size in (3, 7):
        args = (*parameters, X[:size], y[:size])
        for found, expected in zip(
            leaves(space["classifier"](*args)), leaves(tg.value_and_grad(f, argnums)(*args)), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_nothing_is_computed_that_nobody_needs():
    def f(x):
        unused = np.exp(x) * 3
        return (x * x).sum() + 0 * unused.sum() * 0 if False else (x * x).sum()

    source = tg.to_numpy(f, np.ones(3))
    assert "exp" not in source


def test_large_arrays_are_to_be_arguments():
    data = rng.normal(size=(50, 50))
    with pytest.raises(ValueError, match="make it an argument"):
        tg.to_numpy(lambda x: (x * data).sum(), np.ones((50, 50)))


def test_constants_are_written_to_the_last_bit():
    w, c = rng.normal(size=3), float(rng.normal())
    T = Tensor(rng.normal(size=3), name="T")
    v = Value(0.1, name="v")
    f = lambda x: (x * w * c + x * T * v).sum()
    source, space = tg.to_numpy(f, np.ones(3)), {}
    exec(source, space)
    x = rng.normal(size=3)
    value, gradient = space["f"](x)
    np.testing.assert_allclose(value, tg.value_and_grad(f)(x)[0].data, rtol=1e-15)
    np.testing.assert_allclose(gradient, tg.grad(f)(x).data, rtol=1e-15)


def test_an_int_that_must_be_itself_is_checked():
    source = tg.to_numpy(lambda x, n: (x.reshape(n, -1).sum(axis=0) ** 2).sum(), np.ones(6), 2)
    space = {}
    exec(source, space)
    assert space["f"](np.ones(6), 2)[0] == 12.0
    with pytest.raises(ValueError, match="n = 2"):
        space["f"](np.ones(6), 3)


def test_functions_called_like_a_helper():
    def scatter(x, sigmoid):
        return (tg.sigmoid(x[:2]) * sigmoid).sum()

    args = np.arange(3.0), np.ones(2)
    space = {}
    exec(tg.to_numpy(scatter, *args), space)
    expected = tg.value_and_grad(scatter)(*args)
    for found in (space["scatter"](*args), tg.jit(tg.value_and_grad(scatter))(*args)):
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-14)
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-14)


def test_variables_called_like_a_helper():
    def f(x):
        sigmoid = tg.sigmoid(x)
        scatter = sigmoid[:2] * 2
        return (scatter * tg.sigmoid(scatter)).sum()

    x, space = np.arange(3.0), {}
    exec(tg.to_numpy(f, x), space)
    np.testing.assert_allclose(space["f"](x)[1], tg.grad(f)(x), rtol=1e-14)


def test_from_the_shell(capsys):
    assert main(["source", "h = tanh(X @ W + b); mean((h - y)**2)", "--wrt", "W,b"]) == 0
    source = capsys.readouterr().out
    assert "def loss(W, b, X, y):" in source and "dL_dW = X.T @ dL" in source
    exec(source, {})
    assert main(["source", "mean((p - y)**2", "--wrt", "p"]) == 2
    assert main(["source", "mean((p - y)**2)", "--wrt", "q"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_keys_of_dictionaries_are_strings_in_the_text():
    keys = ["W", 'a"b', "c'd\n", "x); evil(", "\\"]
    f = lambda params: sum((params[key] * params[key]).sum() for key in keys)
    params = {key: np.array([float(i + 1)]) for i, key in enumerate(keys)}
    space = {}
    exec(tg.to_numpy(f, params), space)
    value, gradients = space["f"](params)
    assert value == 55.0 and list(gradients) == keys and gradients["\\"] == [10.0]
    assert tg.jit(tg.grad(f))(params) == gradients


@pytest.mark.parametrize(
    "name", ["import os", "__class__", "x); evil(", "lambda", "print", "np", "", "1st", "a b", "ŷ", "W₁", "\n", "match"]
)
def test_identifiers(name):
    safe = identifier(name)
    assert safe.isidentifier() and not safe.startswith("__") and safe not in ("lambda", "print", "np", "match")


def test_a_truth_value_of_numbers_is_spelled_without_a_warning():
    """arccosh has no number at the ½ that it is tried at."""
    text = tg.to_numpy(lambda x, y: tg.where(tg.logical_or(tg.arccosh(x), y > x), x, y * x), 2.0, 3.0)
    assert "t = bool(math.acosh(x)) or y > x" in text
