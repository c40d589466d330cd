"""The page that steps through a computation: one HTML file with the finished drawing, the numbers, and a script.

Everything from the graph enters as text of the drawing (escaped once, in `stage.py`) or as JSON data; the script
puts it on the page as text, never as markup. The page's own policy allows it no connection to anywhere.
"""

from __future__ import annotations

import html
import json
import math
import os
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from ..engine.graph import Node
from ..paper.notation import Written
from . import text
from .folds import Folds
from .framed import Page, allowed
from .javascript import asset, program
from .models import is_model
from .plan import LARGEST_PAGE
from .stage import Stage
from .steps import Contribution, contributions, seed_of

TABLE = 64  # entries of an array that the details write out
ACROSS = 8  # entries of a vector beside each other
GRID = 16  # rows and columns of a heat map
SCRIPTS = ("times.js", "drawing.js", "words.js", "page.js")
BUDGET = 60_000  # entries of all arrays together that the details write out


def paged(
    root: Any,
    path: str | os.PathLike[str] | None = None,
    depth: int | None = None,
    limit: int | None = LARGEST_PAGE,
) -> Page:
    """The page of `root`; see `picture.page`."""
    if not isinstance(root, Node):
        advice = ": call it, and give page what it returns" if is_model(root) else ""
        raise TypeError(f"page: a page is made of a Value or a Tensor, not of {type(root).__name__}{advice}")
    text.refuse_depth("page", depth)
    if limit is not None and text.exceeds(root, limit):
        raise ValueError(
            f"page: {text.how_many(root)} nodes are more than anybody steps through: take a part of the computation (a "
            f"node in its middle) or a smaller example, up to {limit:,} nodes; limit=None insists"
        )
    found = Page(_Writing(root, depth).text())
    if path is not None:
        Path(path).write_text(found, encoding="utf-8")
    return found


class _Writing:
    """One graph on its way onto a page."""

    def __init__(self, root: Any, depth: int | None) -> None:
        self.names = text.Names(root)
        self.folds = Folds(root, self.names, depth)
        self.order = self.folds.order
        self.root = root
        self.place = {node: i for i, node in enumerate(self.order)}
        self.steps = list(contributions(root, self.order)) if root.requires_grad else []
        self.gradients: dict[Node, Any] = {root: seed_of(root)} if root.requires_grad else {}
        self.gradients.update((step.parent, step.so_far) for step in self.steps)
        arrays = sum(node.size for node in self.order if node.size <= TABLE) * 2
        self.table = TABLE if arrays <= BUDGET else text.FULL

    def text(self) -> str:
        """The whole page."""
        stage = Stage(self.folds, self.gradients)
        runs = program(self.order, self.steps)
        numbers = asset("kernels.js") + f"const program = {runs or 'null'};\n" if runs else "const program = null;\n"
        steps = "".join(map(asset, SCRIPTS))
        script = f"'use strict';\n{numbers}{asset('room.js')}(() => {{\n{steps}}})();\n"
        style = asset("page.css")
        name = self.names[self.root]
        return Template(asset("page.html")).substitute(
            title=html.escape(f"{name}, step by step"),
            policy=allowed(script, style),
            style=style,
            svg=stage.svg(),
            data=json.dumps(self.data(stage), separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
            script=script,
        )

    def data(self, stage: Stage) -> dict[str, Any]:
        """What the script steps through."""
        routes = stage.routes()
        root = self.root
        whole = root.requires_grad and root.size != 1
        name = self.names[root]
        notes = [f"{name} is an array: the pass starts from ones, it derives the sum of its entries"] if whole else []
        return {
            "root": name,
            "whole": self.names.whole(root),
            "note": ". ".join(filter(None, [*notes, self.names.changed_note()])),
            "nodes": [self._node(node) | self._place(node, stage, routes) for node in self.order],
            "steps": [self._step(step) for step in self.steps],
            **stage.data(),
        }

    def _place(self, node: Any, stage: Stage, routes: dict[Node, list[list[Any]]]) -> dict[str, Any]:
        """Where a node stands: the folds around it, and the links that lead to it from each operand."""
        found: dict[str, Any] = {}
        if around := self.folds.around[node]:
            found["around"] = [stage.number(fold) for fold in around]
        if node in routes:
            found["ins"] = routes[node]
        return found

    def _node(self, node: Any) -> dict[str, Any]:
        found = {
            "name": self.names[node],
            "shape": text.size(node.shape),
            "value": self._number(node._data, details=True),
        }
        if node.rule is not None:
            found |= {
                "formula": self.names.formula(node, longest=120),
                "doc": node.rule.__doc__,
                "title": self.names.title(node, longest=120),
                "parents": [self.place[p] for p in dict.fromkeys(node.parents)],
            }
        elif not node.requires_grad:
            found["constant"] = True
        if node in self.gradients:
            found["grad"] = self._number(self.gradients[node], details=True)
        return found

    def _step(self, step: Contribution) -> dict[str, Any]:
        names = self.names
        local = names.derivative(step.node, step.position, longest=80)
        incoming = Written(f"∂{names[self.root]}/∂{names[step.node]}", strength=2, shape=step.node.shape)
        return {
            "from": self.place[step.node],
            "to": self.place[step.parent],
            "position": step.position,
            "formula": f"g ↦ {local}" if step.local is None else str(local),
            "product": str(names.handed(step.node, step.position, incoming, longest=120)),
            "local": None if step.local is None else self._number(step.local),
            "incoming": self._number(step.incoming),
            "contribution": self._number(step.contribution),
            "total": self._number(step.so_far),
            "summed": step.summed,
        }

    def _number(self, x: Any, details: bool = False) -> Any:
        """A number or an array as the script shows it: lines of text, cells of a strip, a table or a heat map."""
        held = np.asarray(x)
        if held.ndim == 0:
            return _plain(held.item())
        found: dict[str, Any] = {"lines": text.lines(held)}
        if details:
            found["shape"] = held.shape
        if cells := text.strip(held):
            found["strip"] = [_plain(float(f"{c:.3g}")) for c in cells]
        if details and not text.fits(held):
            if 0 < held.size <= self.table and text.the_same(held) is None:
                flat = held.ravel()
                width = held.shape[-1] if held.ndim > 1 and held.shape[-1] > 1 else ACROSS
                rows = [[text.figure(c) for c in flat[i : i + width]] for i in range(0, held.size, width)]
                widest = max(len(c) for row in rows for c in row)
                found["table"] = [[c.rjust(widest, "\N{NO-BREAK SPACE}") for c in row] for row in rows]
            elif held.size and text.the_same(held) is None:
                found["map"] = [[_plain(float(f"{c:.3g}")) for c in row] for row in _coarse(held)]
        return found


def _plain(x: Any) -> Any:
    """A number as JSON has it; inf and nan, which JSON lacks, as a word."""
    if isinstance(x, (bool, int)) or math.isfinite(x):
        return x
    return "nan" if math.isnan(x) else "inf" if x > 0 else "-inf"


def _coarse(x: np.ndarray) -> np.ndarray:
    """An array as a grid of at most GRID by GRID means, its leading axes one below the other."""
    grid = x.astype(float).reshape(-1, x.shape[-1]) if x.ndim > 1 else x.astype(float)[None]
    for axis in (0, 1):
        parts = np.array_split(grid, min(GRID, grid.shape[axis]), axis=axis)
        grid = np.stack([part.mean(axis=axis) for part in parts], axis=axis)
    return grid
