"""The formulas of the pieces, from the derivation: `python -m tinygrad_edu.play` writes them to assets/formulas.json.

Each line that gives one gradient by the next depends only on the piece and on which widths are 1, so these lines
travel, with blanks for layers' letters: {Z} and {A} of the layer itself, {P} for what goes into it, {W} and {b}; with
dropout {M}, its mask, and {D}, what it leaves of {A}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np

from ..derivation import Step, derive
from ..nn.activations import ACTIVATIONS
from ..tensors.tensor import Tensor
from .pieces import HIDDEN, LOSSES, PENALTIES, dropped

SAMPLES, MANY = 7, (5, 3, 4)  # lengths of the axes where there are several of something
NOTATIONS = ("index", "matrix")
Line = dict[str, str]


class Network:
    """X → Z₁ → A₁ (→ D₁) → Z₂ → L with one hidden layer, to derive in. widths: of input, layer and output."""

    def __init__(self, activation: str, loss: str, *widths: int, dropout: bool = False) -> None:
        rng = np.random.default_rng(0)
        n_in, hidden, out = widths
        self.nodes: dict[str, Any] = {}

        def called(name: str, node: Any) -> Any:
            node.name = node.name or name
            return self.nodes.setdefault(name, node)

        def leaf(name: str, *shape: int, wanted: bool = True) -> Any:
            return called(name, Tensor(rng.uniform(0.2, 0.9, shape), name=name, requires_grad=wanted))

        y = np.eye(out)[rng.integers(0, out, SAMPLES)] if out > 1 else rng.integers(0, 2, (SAMPLES, 1)) * 1.0
        y = 2 * y - 1 if loss == "hinge" else y
        X, Y = leaf("X", SAMPLES, n_in, wanted=False), called("Y", Tensor(y, name="Y", requires_grad=False))
        Z = called("Z_1", X @ leaf("W_1", n_in, hidden) + leaf("b_1", hidden))
        A = called("A_1", ACTIVATIONS[activation]()(Z))
        if dropout:
            mask = Tensor(rng.integers(0, 2, (SAMPLES, hidden)) / 0.75, name="M_1", requires_grad=False)
            A = called("D_1", dropped(A, mask))
        Z = called("Z_2", A @ leaf("W_2", hidden, out) + leaf("b_2", out))
        self.loss = called("L", LOSSES[loss](Z, Y))

    @cache  # noqa: B019 (a network lives as long as the command)
    def steps(self, wrt: str, notation: str) -> list[Step]:
        """The derivation of the gradient towards `wrt`."""
        steps: list[Step] = derive(self.loss, self.nodes[wrt], notation=notation).steps
        return steps

    def definition(self, name: str, wrt: str, notation: str) -> str:
        """What a node is."""
        own = (s for s in self.steps(wrt, notation) if s.kind == "definition" and s.node is self.nodes[name])
        return str(next(own).text)

    def gradient(self, name: str, wrt: str, notation: str) -> tuple[str, str]:
        """The line that gives the gradient towards a node by the next one, and why it holds."""
        return next_line(s for s in self.steps(wrt, notation) if s.kind == "gradient" and s.node is self.nodes[name])


class Penalised(Network):
    """R, a penalty on the weights W₁ of shape (n_in, hidden), in the place of a loss."""

    def __init__(self, penalty: str, *shape: int) -> None:
        W = Tensor(np.linspace(0.1, 0.9, int(np.prod(shape))).reshape(shape), name="W_1")
        self.loss = PENALTIES[penalty](W)
        self.loss.name = "R"
        self.nodes = {"W_1": W, "L": self.loss}


def next_line(steps: Iterable[Step]) -> tuple[str, str]:
    """Of the lines about one gradient, the last before others' gradients are put in; and why it holds."""
    found = ("", "")
    for step in steps:
        if step.reason.startswith(("with what we know", "our own letters")):
            break
        found = step.text, step.reason
    return found


def pieces() -> dict[str, Callable[[], dict[str, Line]]]:
    """For each piece, what derives its lines; a piece's name says what it is and which widths are 1 or more."""
    found: dict[str, Callable[[], dict[str, Line]]] = {}

    def add(key: str, name: str, wrt: str, blanks: dict[str, str], widths: tuple[int, ...], **parts: Any) -> None:
        chosen = {"activation": "tanh", "loss": "squared", "dropout": False, **parts}
        found[key] = lambda: _lines(_network(*widths, **chosen), name, wrt, blanks)

    n_in, hidden, out = MANY
    first, later = {"W": "W₁", "b": "b₁", "Z": "Z₁"}, {"W": "W₂", "b": "b₂", "Z": "Z₂", "P": "A₁"}
    for penalty, a, b in product(PENALTIES, (1, n_in), (1, hidden)):
        for piece, name in (("penalty", "W_1"), ("penalised", "L")):
            found[f"{piece}:{penalty}:{_width(a)}:{_width(b)}"] = partial(_penalty_lines, penalty, a, b, name)
    for a, b in product((1, n_in), (1, hidden)):
        add(f"weights:first:{_width(a)}:{_width(b)}", "W_1", "W_1", first, (a, b, out))
        add(f"linear:first:{_width(a)}:{_width(b)}", "Z_1", "W_1", first, (a, b, out))
    for a, b in product((1, hidden), (1, out)):
        add(f"weights:later:{_width(a)}:{_width(b)}", "W_2", "W_2", later, (n_in, a, b))
        add(f"linear:later:{_width(a)}:{_width(b)}", "Z_2", "W_1", later, (n_in, a, b))
        add(f"input:{_width(a)}:{_width(b)}", "A_1", "W_1", later, (n_in, a, b))
    for b in (1, out):
        add(f"bias:{_width(b)}", "b_2", "b_2", later, (n_in, hidden, b))
        for loss in LOSSES:
            if loss != "cross-entropy" or b > 1:
                add(f"loss:{loss}:{_width(b)}", "Z_2", "b_2", later, (n_in, hidden, b), loss=loss)
                add(f"value:{loss}:{_width(b)}", "L", "b_2", later, (n_in, hidden, b), loss=loss)
    for b in (1, hidden):
        masked = {"A": "A₁", "D": "D₁", "M": "M₁"}
        add(f"dropout:{_width(b)}", "A_1", "W_1", masked, (n_in, b, out), dropout=True)
        add(f"dropped:{_width(b)}", "D_1", "W_1", masked, (n_in, b, out), dropout=True)
        for activation in HIDDEN:
            if activation != "linear":
                blanks, widths = {"A": "A₁", "Z": "Z₁"}, (n_in, b, out)
                add(f"activation:{activation}:{_width(b)}", "Z_1", "W_1", blanks, widths, activation=activation)
                add(f"output:{activation}:{_width(b)}", "A_1", "W_1", blanks, widths, activation=activation)
    return found


# pieces whose line says what a node is; the others' gives a gradient
DEFINED = ("linear", "value", "output", "dropped", "penalised")


@cache
def _network(*widths: int, activation: str, loss: str, dropout: bool) -> Network:
    return Network(activation, loss, *widths, dropout=dropout)


def _penalty_lines(penalty: str, n_in: int, hidden: int, name: str) -> dict[str, Line]:
    return _lines(Penalised(penalty, n_in, hidden), name, "W_1", {"W": "W₁"})


def _width(n: int) -> str:
    return "1" if n == 1 else "n"


def _lines(network: Network, name: str, wrt: str, blanks: dict[str, str]) -> dict[str, Line]:
    """Both lines about a node, its definition if it has one and its gradient, in both notations."""
    found: dict[str, Line] = {"definition": {}, "gradient": {}}
    for notation in NOTATIONS:
        if network.nodes[name].rule is not None:
            found["definition"][notation] = _blanked(network.definition(name, wrt, notation), blanks)
        if name != "L":
            line, why = network.gradient(name, wrt, notation)
            found["gradient"][notation] = _blanked(line, blanks)
            found["gradient"][f"{notation}_why"] = _blanked(why, blanks)
    return found


def _blanked(line: str, blanks: dict[str, str]) -> str:
    for blank, letter in blanks.items():
        line = re.sub(f"{letter}(?![₀-₉])", f"{{{blank}}}", line)
    return line


def text() -> str:
    """assets/formulas.json."""
    return json.dumps({key: made(key) for key in pieces()}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def made(key: str) -> Line:
    """The lines of one piece: by notation, and by `notation_why` the reason."""
    lines = pieces()[key]()
    return lines["definition" if key.partition(":")[0] in DEFINED else "gradient"]
