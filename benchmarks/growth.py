"""How the cost grows with the size: a plot for the docs, of graphs of numbers and of training steps.

    python benchmarks/growth.py [-o docs/images/growth.svg]

nodes    operations on single numbers, forward and backward, from 10 to 1,000,000: time a node.
samples  a training step of a network 2 → 16 → 16 → 1 on N samples, from 10 to 10,000: as a multiple of by hand.

The contenders take turns, one thread, processor time, best of the turns. Wants matplotlib.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import sys
from pathlib import Path
from time import process_time
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tinygrad_edu import Value
from tinygrad_edu.shell.commands.bench import interleaved, scalars, toy, toy_by_hand, toy_data, toy_jit

NODES = [round(10 ** (k / 2)) for k in range(2, 13)]
SAMPLES = [round(10 ** (k / 2)) for k in range(2, 9)]
HIDDEN = 16
STEPS = {"by hand": toy_by_hand, "eager": toy, "jit": toy_jit}
STYLE = {
    "svg.hashsalt": "growth", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.alpha": 0.3, "legend.frameon": False,
}  # fmt: skip


def by_nodes() -> list[float]:
    """Nanoseconds a node, for each number of nodes."""
    return [
        min(scalars(Value, n, process_time) for _ in range(max(3, min(300, 1_000_000 // n)))) / n * 1e9 for n in NODES
    ]


def by_samples(turns: int) -> dict[str, list[float]]:
    """Seconds of a step, for each way and each number of samples."""
    found: dict[str, list[float]] = {name: [] for name in STEPS}
    for n in SAMPLES:
        best = interleaved(
            {name: build(*toy_data(n, HIDDEN)) for name, build in STEPS.items()}, turns, 0.003, process_time
        )
        for name, seconds in best.items():
            found[name].append(seconds)
    return found


def drawn(nodes: list[float], samples: dict[str, list[float]]) -> Any:
    """The two plots beside each other."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    left.semilogx(NODES, nodes, "o-", ms=4)
    left.set(xlabel="operations on single numbers", ylabel="ns each, forward and backward", ylim=(0, 1.15 * max(nodes)))
    left.set_title("Graphs of numbers", fontsize=9)
    for name in ("eager", "jit"):
        ratios = [ours / hand for ours, hand in zip(samples[name], samples["by hand"], strict=True)]
        right.semilogx(SAMPLES, ratios, "o-", ms=4, label=name)
    right.axhline(1.0, color="black", lw=1, ls="--")
    right.annotate("NumPy by hand", (SAMPLES[0], 1.0), xytext=(0, 3), textcoords="offset points")
    right.set(xlabel="samples N of a training step", ylabel="time, as a multiple of by hand")
    right.set_ylim(0, 1.15 * right.get_ylim()[1])
    right.set_title("Training steps on arrays", fontsize=9)
    right.legend(loc="upper right")
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", type=Path, default=ROOT / "docs" / "images" / "growth.svg", help="where the picture goes")
    parser.add_argument("--turns", type=int, default=60)
    options = parser.parse_args()
    nodes, samples = by_nodes(), by_samples(options.turns)
    for n, each in zip(NODES, nodes, strict=True):
        print(f"{n:>9,} nodes  {each:6.0f} ns each")
    for k, n in enumerate(SAMPLES):
        times = {name: seconds[k] for name, seconds in samples.items()}
        shown = "  ".join(f"{name} {times[name] / times['by hand']:.2f}" for name in ("eager", "jit"))
        print(f"{n:>9,} samples  by hand {times['by hand'] * 1e6:6.0f} µs  {shown}")
    with mpl.rc_context(STYLE):
        drawn(nodes, samples).savefig(options.o, metadata={"Date": None} if options.o.suffix == ".svg" else None)


if __name__ == "__main__":
    main()
