"""How long derivations take: networks of 3 and 12 layers, one attention block, layer norm, a value used twelve times.

Run it:  python benchmarks/deriving.py

The graphs take turns, so that a slow moment of the machine meets all of them; the best of the rounds is printed, in
seconds of processor time.
"""

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "derivation")]

import numpy as np
from long_graphs import network, normal, repeated

import tinygrad_edu as tg
from tinygrad_edu import Tensor, derive

ROUNDS = 3


def attention_block() -> tuple[Tensor, Tensor]:
    X, G = normal(4, 6, name="X"), normal(4, 6, name="G", data=True)
    Wq, Wk, Wv = (normal(6, 6, name=f"W_{letter}") for letter in "qkv")
    A = tg.softmax((X @ Wq) @ (X @ Wk).T / np.sqrt(6.0), axis=1)
    H = normalised(X + A @ (X @ Wv))
    H = H + tg.relu(H @ normal(6, 8, name="W_1")) @ normal(8, 6, name="W_2")
    return (G * H).sum(), Wq


def normalised(x: Tensor) -> Tensor:
    return (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)


def layer_norm() -> tuple[Tensor, Tensor]:
    x = normal(4, 6, name="x")
    h = normalised(x) * normal(6, name="gamma") + normal(6, name="beta")
    return (h * h).sum(), x


GRAPHS = {
    "3 layers": lambda: network(3),
    "12 layers": lambda: network(12),
    "attention block": attention_block,
    "layer norm": layer_norm,
    "tanh(y)·y + y, 12 times": lambda: repeated(12, lambda y: np.tanh(y) * y + y),
}


def main() -> None:
    """Print the best time and the number of lines of each derivation."""
    str(derive(*network(2)))  # SymPy loads with the first
    best = dict.fromkeys(GRAPHS, float("inf"))
    lines = dict.fromkeys(GRAPHS, 0)
    for _ in range(ROUNDS):
        for name, graph in GRAPHS.items():
            loss, wrt = graph()
            start = time.process_time()
            derivation = derive(loss, wrt)
            str(derivation)
            best[name] = min(best[name], time.process_time() - start)
            lines[name] = len(derivation.steps)
    for name, seconds in best.items():
        print(f"{name:<26} {seconds:6.2f} s   {lines[name]:4} lines")


if __name__ == "__main__":
    main()
