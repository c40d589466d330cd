"""How fast the written-out program is: jitted steps beside NumPy written by hand and JAX, scalars beside micrograd.

    python benchmarks/jit.py [--rounds 3] [--json FILE]

toy       a training step of a network 2 → H → H → 1 (tanh, binary cross-entropy from logits, SGD), float64, all
          contenders in turns within each round; the ratio is taken round by round, and the best of the rounds counts.
scalars   10,000 distinct operations on single numbers, value and two gradients, per operation; micrograd the same.
call      what a call costs beyond the NumPy operation in it, one small argument.
compile   from the first call to the program of the smallest toy step.
large     the same for functions of 1,000 to 100,000 operations on single numbers: it grows as their number does.

One thread: the script sets that before NumPy loads. Times are the processor's, so that other programs count little.
Prints a Markdown table.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse
import json
import platform
import random
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import tinygrad_edu as tg
from tinygrad_edu.shell.commands.bench import SIZES, processor, toy_by_hand, toy_data

LR = 0.1
NUMBERS = 10_000


def loss_of(parameters, X, y):
    W1, b1, W2, b2, W3, b3 = parameters
    z = np.tanh(np.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3
    return tg.losses.binary_cross_entropy_with_logits(z, y)


def training_step(parameters, X, y):
    loss, gradients = tg.value_and_grad(loss_of)(parameters, X, y)
    return loss, [p - LR * g for p, g in zip(parameters, gradients, strict=True)]


def repeated(step: Callable[..., Any], X: Any, y: Any, parameters: Any, wait: Any = None) -> Callable[[], Any]:
    """The step, its parameters kept from call to call."""
    state = list(parameters)

    def once() -> None:
        nonlocal state
        loss, state = step(state, X, y)
        if wait is not None:
            wait(loss)

    return once


def ours(X, y, parameters):
    return repeated(tg.jit(training_step), X, y, parameters)


def ours_donated(X, y, parameters):
    return repeated(tg.jit(training_step, donate=0), X, y, [p.copy() for p in parameters])


def jax_by_hand(X, y, parameters):
    """The step as JAX's users write it, its derivatives JAX's own."""
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    numpy = jax.numpy

    def loss_of(parameters, X, y):
        W1, b1, W2, b2, W3, b3 = parameters
        z = numpy.tanh(numpy.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3
        return (numpy.logaddexp(0.0, z) - y * z).mean()

    @jax.jit
    def step(parameters, X, y):
        loss, gradients = jax.value_and_grad(loss_of)(parameters, X, y)
        return loss, [p - LR * g for p, g in zip(parameters, gradients, strict=True)]

    on_device = [numpy.asarray(a) for a in (X, y)]
    return repeated(step, *on_device, [numpy.asarray(p) for p in parameters], wait=jax.block_until_ready)


def ours_on_jax(X, y, parameters):
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    on_device = [jax.numpy.asarray(a) for a in (X, y)]
    step = tg.jit(training_step, backend="jax")
    return repeated(step, *on_device, [jax.numpy.asarray(p) for p in parameters], wait=jax.block_until_ready)


def ratios(contenders: dict[str, Callable[[], Any]], rounds: int, seconds: float = 0.05) -> dict[str, float]:
    """Each contender's time over the first one's, in the round where it is smallest; and the first one's seconds."""
    counts = {}
    for name, step in contenders.items():
        for _ in range(3):
            step()
        start = process_time()
        step()
        counts[name] = max(1, int(seconds / max(process_time() - start, 1e-9)))
    best = dict.fromkeys(contenders, float("inf"))
    first = next(iter(contenders))
    for _ in range(rounds):
        taken = {}
        for name, step in contenders.items():
            start = process_time()
            for _ in range(counts[name]):
                step()
            taken[name] = (process_time() - start) / counts[name]
        for name, each in taken.items():
            best[name] = min(best[name], each if name == first else each / taken[first])
    return best


def numbers(x: Any, y: Any, tanh: Callable[[Any], Any]) -> Any:
    """A value of many distinct operations on single numbers, always the same."""
    draw = random.Random(0)
    made = [x, y]
    for _ in range(NUMBERS // 2):
        a, b = made[-draw.randrange(1, min(20, len(made)) + 1)], made[-draw.randrange(1, min(20, len(made)) + 1)]
        made += [tanh(a + b), a * b + a] if draw.random() < 0.3 else [a * b, a + b * 0.5]
    total = made[-1]
    for each in made[-20:-1]:
        total = total + each
    return total


def scalars(rounds: int) -> dict[str, float]:
    """Seconds for one operation, forward and backward: ours jitted, micrograd."""
    f = tg.value_and_grad(lambda x, y: numbers(x, y, tg.tanh), (0, 1))
    jitted = tg.jit(f)
    found = {"ours": float("inf")}
    for _ in range(10 * rounds):
        start = process_time()
        jitted(0.1, 0.2)
        found["ours"] = min(found["ours"], (process_time() - start) / NUMBERS)
    if find_spec("micrograd"):
        value = import_module("micrograd.engine").Value
        found["micrograd"] = float("inf")
        for _ in range(rounds):
            start = process_time()
            x, y = value(0.1), value(0.2)
            numbers(x, y, lambda a: a.relu()).backward()
            found["micrograd"] = min(found["micrograd"], (process_time() - start) / NUMBERS)
    return found


def call_overhead(rounds: int) -> float:
    """Seconds that a jitted call of x + 1 takes beyond x + 1."""
    x = np.ones(3)
    plain = lambda x: x + 1.0
    jitted = tg.jit(plain)
    jitted(x)
    best = {}
    for f in (plain, jitted):
        best[f] = float("inf")
        for _ in range(10 * rounds):
            start = process_time()
            for _ in range(10_000):
                f(x)
            best[f] = min(best[f], (process_time() - start) / 10_000)
    return best[jitted] - best[plain]


def compiling_large(count: int) -> float:
    """Seconds from a function to its program, for a function of `count` operations on single numbers."""

    def f(x: Any, y: Any) -> Any:
        for _ in range(count // 4):
            x, y = tg.tanh(x * y), x + y * 0.5
        return x + y

    jitted = tg.jit(f)
    start = process_time()
    jitted.lower(0.1, 0.2)
    return process_time() - start


def compiling(rounds: int) -> float:
    """Seconds from a function to the program of the smallest toy step."""
    X, y, parameters = toy_data(*SIZES[0])
    best = float("inf")
    for _ in range(3 * rounds):
        start = process_time()
        tg.jit(training_step).lower(parameters, X, y)
        best = min(best, process_time() - start)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description="The written-out program beside hand-written NumPy and JAX.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sys.setrecursionlimit(100_000)  # micrograd walks its graph by recursion
    builders = {"by hand": toy_by_hand, "jit": ours, "jit, donated": ours_donated}
    if find_spec("jax"):
        builders |= {"JAX": jax_by_hand, "jit on JAX": ours_on_jax}
    print(f"{processor()} · Python {platform.python_version()} · NumPy {np.__version__} · one thread · float64\n")
    print(f"| step | by hand | {' | '.join(list(builders)[1:])} |\n|---|{'---|' * len(builders)}")
    figures: dict[str, Any] = {}
    for n, h in SIZES:
        found = ratios({name: build(*toy_data(n, h)) for name, build in builders.items()}, options.rounds)
        figures[f"toy {n} {h}"] = found
        shown = " | ".join(f"{found[name]:.2f}" for name in list(builders)[1:])
        print(f"| N={n}, H={h} | {found['by hand'] * 1e6:.0f} µs | {shown} |")
    figures["scalars"] = single = scalars(options.rounds)
    line = f"{single['ours'] * 1e9:.0f} ns"
    if "micrograd" in single:
        line += f", micrograd / {single['micrograd'] / single['ours']:.0f}"
    figures["large"] = {f"{count}": compiling_large(count) for count in (1000, 10_000, 100_000)}
    figures["call"], figures["compile"] = call_overhead(options.rounds), compiling(options.rounds)
    print(f"\n{NUMBERS:,} single numbers, per operation: {line}")
    print(f"a call, one small argument: {figures['call'] * 1e6:.2f} µs · compiling: {figures['compile'] * 1e3:.1f} ms")
    large = ", ".join(f"{seconds:.2f} s of {int(count):,}" for count, seconds in figures["large"].items())
    print(f"compiling operations on single numbers: {large}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
