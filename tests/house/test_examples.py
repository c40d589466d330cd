"""The examples run as a reader would run them, and reach what they promise."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_example(name: str, *args: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::RuntimeWarning"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *args],
        capture_output=True, text=True, timeout=300, check=False, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def figures(pattern: str, text: str) -> list[float]:
    return [float(found) for found in re.findall(pattern + r"\D*?([0-9.]+(?:e-?[0-9]+)?)", text)]


def test_first_classifier(tmp_path):
    pytest.importorskip("sklearn")
    out = run_example("first_classifier.py", str(tmp_path))
    losses, accuracies = figures(r"   loss", out), figures("test accuracy", out)
    assert len(losses) >= 5
    assert losses == sorted(losses, reverse=True)
    assert accuracies[-1] >= 0.96
    assert figures("differ by at most", out)[0] < 1e-12
    assert (tmp_path / "first_classifier.loss.png").read_bytes().startswith(b"\x89PNG")


def test_digits_softmax():
    pytest.importorskip("sklearn")
    out = run_example("digits_softmax.py")
    assert figures("test accuracy", out)[-1] >= 0.96
    assert figures("differ by at most", out)[0] < 1e-12


def test_digits_convolution():
    pytest.importorskip("sklearn")
    out = run_example("digits_convolution.py")
    assert figures("test accuracy", out)[-1] >= 0.975
    assert figures("differ by at most", out)[0] < 1e-12
    assert "X[i, k + m − 1, l + n − 1] Wⱼₘₙ" in out


def test_diabetes_linear():
    pytest.importorskip("sklearn")
    out = run_example("diabetes_linear.py")
    [(network, ridge)] = re.findall(r"the network ([\d.]+), ridge regression ([\d.]+)", out)
    assert float(network) >= float(ridge) > 0.3
    assert figures("differ by at most", out)[0] < 1e-12


def test_csv_to_prediction(tmp_path):
    pytest.importorskip("safetensors")
    out = run_example("csv_to_prediction.py", str(tmp_path))
    ((reached, possible),) = re.findall(r"test accuracy ([\d.]+);[^$]*?about ([\d.]+) for who", out)
    assert float(reached) > 0.74 and float(possible) < 0.85
    told = [(float(p), float(q)) for p, q in re.findall(r"probability ([\d.]+), by the rule ([\d.]+)", out)]
    assert len(told) == 4 and all(abs(p - q) < 0.15 for p, q in told) and told == sorted(told, reverse=True)
    assert "nothing is off" in out and (tmp_path / "flats.safetensors").exists()
    assert (tmp_path / "flats.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_names():
    out = run_example("names.py")
    differences = figures("differ by at most", out)
    assert len(differences) == 5 and max(differences) < 1e-14
    assert figures("would be wrong by", out)[0] > 1e-3
    (pairs,), (network,) = figures(r"alike ·", out), figures(r"\n ", out.partition("counting pairs of letters")[2])[:1]
    assert network < pairs - 0.1
    assert re.search(r"nearest to a.*: [eiouy], [eiouy], [eiouy]\n", out) and out.count(",") > 11
