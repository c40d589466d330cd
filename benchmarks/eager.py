"""How fast the engine is, eager: ratios to NumPy written by hand, beside whatever peers are installed.

    python benchmarks/eager.py [--rounds 3] [--quick] [--json FILE] [--only toy,scalars,memory,linear,import]

toy      a training step of a network 2 → H → H → 1 (tanh, binary cross-entropy from logits, SGD), float64. All
         contenders take turns in short slices within each round, so that the machine's moods meet all alike; a round
         takes each one's best slice, the table the median of the rounds' ratios.
scalars  10,000 operations on single numbers, forward and backward, each engine in a process of its own with the
         garbage collector on.
memory   bytes a node at the peak of forward and backward (tracemalloc), for the same scalars.
linear   seconds a node, from a thousand nodes to a million.
import   seconds that `import tinygrad_edu` takes beyond `import numpy`, in fresh processes.

One thread: the script sets that before NumPy loads. Times are the processor's, so that other programs count little.
Prints a Markdown table; --json writes all figures.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
if hasattr(os, "sched_setaffinity"):  # XLA has threads of its own: one processor for all is what holds it to one
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import argparse
import gc
import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tinygrad_edu.shell.commands.bench import SIZES, interleaved, processor, toy, toy_by_hand, toy_data, toy_jit

LR = 0.1

# ── the toy step, by the peers: each the way its users write it ──────────────────────────────────────────────────────


def torch_step(X, y, parameters):
    torch = import_module("torch")
    torch.set_num_threads(1)
    X, y = torch.tensor(X), torch.tensor(y)
    W1, b1, W2, b2, W3, b3 = ps = [torch.tensor(p, requires_grad=True) for p in parameters]
    optimizer = torch.optim.SGD(ps, lr=LR)
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits

    def step():
        z = torch.tanh(torch.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3
        loss = loss_of(z, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def _jax_loss(jnp):
    def loss_of(ps, X, y):
        W1, b1, W2, b2, W3, b3 = ps
        z = jnp.tanh(jnp.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3
        return (jnp.logaddexp(0.0, z) - y * z).mean()

    return loss_of


def jax_step(X, y, parameters, compiled=False):
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    X, y, ps = jax.numpy.asarray(X), jax.numpy.asarray(y), [jax.numpy.asarray(p) for p in parameters]
    valued = jax.value_and_grad(_jax_loss(jax.numpy))

    def update(ps, X, y):
        loss, grads = valued(ps, X, y)
        return loss, [p - LR * g for p, g in zip(ps, grads, strict=True)]

    run = jax.jit(update) if compiled else update
    held = [ps]

    def step():
        loss, held[0] = run(held[0], X, y)
        return float(loss)

    return step


def autograd_step(X, y, parameters):
    anp, autograd = import_module("autograd.numpy"), import_module("autograd")
    valued = autograd.value_and_grad(_jax_loss(anp))
    ps = [p.copy() for p in parameters]

    def step():
        loss, grads = valued(ps, X, y)
        for p, g in zip(ps, grads, strict=True):
            p -= LR * g
        return loss

    return step


def mygrad_step(X, y, parameters):
    mg = import_module("mygrad")
    W1, b1, W2, b2, W3, b3 = ps = [mg.tensor(p) for p in parameters]

    def step():
        z = mg.matmul(mg.tanh(mg.matmul(mg.tanh(mg.matmul(X, W1) + b1), W2) + b2), W3) + b3
        loss = (mg.logaddexp(0.0, z) - y * z).mean()
        loss.backward()
        for p in ps:
            p.data -= LR * p.grad
        return loss.item()

    return step


PEERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "PyTorch": ("torch", torch_step),
    "JAX, eager": ("jax", jax_step),
    "JAX, jit": ("jax", lambda *data: jax_step(*data, compiled=True)),
    "HIPS autograd": ("autograd", autograd_step),
    "MyGrad": ("mygrad", mygrad_step),
}


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def toy_ratios(rounds: int, sizes: tuple[tuple[int, int], ...], quick: bool) -> dict[str, dict[str, float]]:
    """Seconds of each contender at each size; the losses of all agree, or the figures would mean nothing."""
    found: dict[str, dict[str, float]] = {}
    for n, h in sizes:
        data = toy_data(n, h)
        steps = {
            "by hand": toy_by_hand(*data, lr=LR),
            "tinygrad_edu": toy(*data, lr=LR),
            "tinygrad_edu, jit": toy_jit(*data, lr=LR),
        }
        for name, (package, build) in PEERS.items():
            if installed(package) and not quick:
                steps[name] = build(*data)
        seen = {name: [float(step()) for _ in range(3)] for name, step in steps.items()}
        for name, losses in seen.items():
            assert np.allclose(losses, seen["by hand"], rtol=1e-9), f"{name} computes something else: {losses}"
        gc.collect()
        gc.freeze()  # what the other engines hold is no garbage of ours to look through
        # A ratio within one round compares the same moods of the machine; the median drops a lucky round.
        ratios: dict[str, list[float]] = {name: [] for name in steps}
        seconds = dict.fromkeys(steps, float("inf"))
        for _ in range(rounds):
            best = interleaved(steps, 80 if n < 1000 else 12, clock=process_time)
            for name in steps:
                ratios[name].append(best[name] / best["by hand"])
                seconds[name] = min(seconds[name], best[name])
        found[f"N={n}, H={h}"] = {name: statistics.median(ratios[name]) for name in steps} | {
            "seconds by hand": seconds["by hand"]
        }
    return found


# ── what needs a process of its own ───────────────────────────────────────────────────────────────────────────────────

_SCALARS = """
import json, sys, time, tracemalloc
from {module} import Value
sys.setrecursionlimit(10**7)
n, traced = int(sys.argv[1]), sys.argv[2] == "traced"

def run():
    a, b = Value(0.5), Value(1.5)
    x = a
    for _ in range(n // 4):
        x = (x * b + a) * 0.5 - b
    return x

def clean():
    x = run(); x.backward()

if traced:
    run().backward()
    tracemalloc.start()
    x = run(); x.backward()
    print(json.dumps(tracemalloc.get_traced_memory()[1] / n))
else:
    clean()
    best = 1e9
    for _ in range(max(3, min(30, 300_000 // n))):
        start = time.process_time()
        clean()
        best = min(best, time.process_time() - start)
    print(json.dumps(best))
"""


def in_process(code: str, *args: str) -> float:
    """What a fresh Python prints."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, env=environment, check=True
    )
    return float(json.loads(done.stdout))


def scalar_code(module: str) -> str:
    """The measuring program; micrograd walks its graph by recursion, as deep as the graph is."""
    return _SCALARS.replace("{module}", module)


def scalars(rounds: int) -> dict[str, float]:
    """Seconds for 10,000 operations, forward and backward, in turns."""
    modules = {"tinygrad_edu": "tinygrad_edu"}
    if installed("micrograd"):
        modules["micrograd"] = "micrograd.engine"
    found: dict[str, list[float]] = {name: [] for name in modules}
    for _ in range(rounds):
        for name, module in modules.items():
            found[name].append(in_process(scalar_code(module), "10000", "timed"))
    result = {name: min(seconds) for name, seconds in found.items()}
    if "micrograd" in found:
        result["times faster than micrograd"] = result["micrograd"] / result["tinygrad_edu"]
    return result


def import_seconds(rounds: int) -> dict[str, float]:
    """The median seconds of importing NumPy alone, and of importing the engine beyond it, in fresh processes."""
    code = "import time, numpy; s = time.process_time(); import tinygrad_edu; print(time.process_time() - s)"
    return {"beyond NumPy": statistics.median(in_process(code) for _ in range(2 * rounds + 1))}


# ── the report ────────────────────────────────────────────────────────────────────────────────────────────────────────


def report(found: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [f"{found['processor']}, one thread, float64; Python {found['python']}, "
             + ", ".join(f"{name} {number}" for name, number in found["versions"].items()), ""]  # fmt: skip
    if "toy" in found:
        sizes = list(found["toy"])
        lines += [
            "| a training step, as a multiple of NumPy by hand | " + " | ".join(sizes) + " |",
            "| --- |" + " ---: |" * len(sizes),
        ]
        names = [name for name in found["toy"][sizes[0]] if name not in ("by hand", "seconds by hand")]
        for name in names:
            lines.append(f"| {name} | " + " | ".join(f"{found['toy'][size][name]:.2f}" for size in sizes) + " |")
        lines.append(
            "| (NumPy by hand, µs) | "
            + " | ".join(f"{found['toy'][s]['seconds by hand'] * 1e6:.0f}" for s in sizes)
            + " |"
        )
        lines.append("")
    if "scalars" in found:
        ours = found["scalars"]["tinygrad_edu"]
        line = f"10,000 Values, forward and backward: {ours * 1e3:.2f} ms"
        if theirs := found["scalars"].get("micrograd"):
            line += f"; micrograd {theirs * 1e3:.1f} ms ({found['scalars']['times faster than micrograd']:.1f} ×)"
        lines.append(line)
    if "bytes a node" in found:
        lines.append("bytes a node at the peak: " + ", ".join(f"{k} {v:.0f}" for k, v in found["bytes a node"].items()))
    if "linear" in found:
        lines.append("µs a node: " + ", ".join(f"{v * 1e6:.2f} at {int(k):,}" for k, v in found["linear"].items()))
    if "import" in found:
        lines.append(f"import tinygrad_edu: {found['import']['beyond NumPy'] * 1e3:.0f} ms beyond NumPy")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="no peers, the two small sizes")
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--only", default="toy,scalars,memory,linear,import")
    options = parser.parse_args()
    parts = options.only.split(",")
    names = (
        {"NumPy": "numpy"}
        | {name.partition(",")[0]: package for name, (package, _) in PEERS.items()}
        | {"micrograd": "micrograd"}
    )
    found: dict[str, Any] = {
        "processor": processor(),
        "python": platform.python_version(),
        "versions": {name: number for name, package in names.items() if (number := installed(package))},
    }
    if "toy" in parts:
        found["toy"] = toy_ratios(options.rounds, SIZES[:2] if options.quick else SIZES, options.quick)
    if "scalars" in parts:
        found["scalars"] = scalars(options.rounds)
    if "memory" in parts:
        found["bytes a node"] = {"tinygrad_edu": in_process(scalar_code("tinygrad_edu"), "10000", "traced")}
        if installed("micrograd"):
            found["bytes a node"]["micrograd"] = in_process(scalar_code("micrograd.engine"), "10000", "traced")
    if "linear" in parts:
        counts = [1_000, 10_000, 100_000] + ([] if options.quick else [1_000_000])
        found["linear"] = {str(n): in_process(scalar_code("tinygrad_edu"), str(n), "timed") / n for n in counts}
    if "import" in parts:
        found["import"] = import_seconds(options.rounds)
    print(report(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
