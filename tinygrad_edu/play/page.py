"""The playground as one HTML file: pieces, formulas, sweep and page put together.

What is given from outside (a table, settings) enters as JSON data, which the script puts on the page as text, never as
markup. The page's own policy allows it no connection to anywhere.
"""

from __future__ import annotations

import csv as tables
import io
import json
import os
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, ClassVar

import numpy as np

from ..datasets.dataset import Dataset
from ..engine.counts import is_whole
from ..picture.framed import Page, allowed
from ..picture.javascript import asset as shared
from .pieces import HIDDEN, LOSSES, OPTIMISERS, remembered
from .writings import writings

SCRIPTS = (
    "elements",
    "texts",
    "sweep",
    "data",
    "csv",
    "settings",
    "presets",
    "trainer",
    "paint",
    "output",
    "network",
    "terms",
    "trouble",
    "explain",
    "slowly",
    "claim",
    "code",
    "controls",
    "main",
)
SETS = ("circle", "xor", "gauss", "spiral", "moons", "checkerboard", "arms", "blobs", "digits", "plane", "bumps")
MOST_LAYERS, MOST_UNITS, MOST_ROWS = 6, 8, 1000


class Playground(Page):
    """The text of a playground."""

    __slots__ = ()
    heading: ClassVar[str] = "A playground"
    call: ClassVar[str] = "playground('file.html')"
    height: ClassVar[int] = 820


def asset(name: str) -> str:
    """The text of a file that the page carries."""
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def playground(
    path: str | os.PathLike[str] | None = None,
    data: Any = "moons",
    hidden: Sequence[int] = (4, 2),
    *,
    activation: str = "tanh",
    loss: str | None = None,
    optimizer: str = "sgd",
    learning_rate: float = 0.3,
    batch_size: int | None = None,
    noise: int = 10,
    dropout: float = 0.0,
    seed: int = 1,
    csv: str | None = None,
) -> Playground:
    """A playground in one HTML file: a network to train, and for each weight how its gradient comes about.

    path: where to write the file, if it is to be written. data: one of circle, xor, gauss, spiral, moons, checkerboard
    (two classes), arms, blobs, digits (several), plane, bumps (regression), or your own (X, y), X of shape (N, 2) and y
    of N classes or numbers, or a data set of two features, with its names. hidden: the sizes of up to 6 hidden layers,
    each 1 to 8. loss: bce, cross-entropy, squared, hinge, absolute or huber; one that fits the data if it is not said.
    optimizer: sgd, momentum or adam. batch_size: all training samples if it is not said. noise: in percent, 0 to 50.
    dropout: the share of hidden neurons that a step leaves out, 0 to 0.9. csv: the text of a table, in the place of
    data.
    All of it can be changed in the page. Returns the page's text, which shows itself in a notebook.

    >>> text = playground(data="xor", hidden=(3,))
    >>> "a playground that shows its work</title>" in text
    True
    """
    if csv is not None and not isinstance(csv, str):
        raise TypeError(f"playground: csv is the text of a table, not {type(csv).__name__}")
    if csv is None and not isinstance(data, str):
        csv = _table(data)
    elif isinstance(data, str) and data not in SETS:
        raise ValueError(f"playground: data is one of {', '.join(SETS)}, or (X, y) of your own, not {data!r}")
    _one_of("activation", activation, HIDDEN)
    _one_of("optimizer", optimizer, tuple(OPTIMISERS))
    if loss is not None:
        _one_of("loss", loss, tuple(LOSSES))
    settings = {
        "data": data if isinstance(data, str) else "moons",
        "noise": _whole("noise", noise, 0, 50),
        "split": 50,
        "points": 200,
        "batch": 0 if batch_size is None else _whole("batch_size", batch_size, 1, MOST_ROWS),
        "features": ["x1", "x2"],
        "layers": _layers(hidden, activation),
        "loss": loss,
        "optimizer": optimizer,
        "rate": _number("learning_rate", learning_rate, 1e-9, 1e6),
        "dropout": _number("dropout", dropout, 0, 0.9),
        "penalty": "none",
        "strength": 0.001,
        "init": "glorot",
        "seed": _whole("seed", seed, 0, 2**32 - 1),
        "dataseed": 1,
        "speed": 1,
        "test": False,
        "discrete": False,
        "hide": [],
    }
    found = Playground(_text({"settings": settings, "csv": csv}))
    if path is not None:
        Path(path).write_text(found, encoding="utf-8")
    return found


def _text(given: dict[str, Any]) -> str:
    shipped = {name: json.loads(asset(f"{name}.json")) for name in ("formulas", "texts", "digits")}
    known = {**shipped, "writings": writings(), **given}
    script, style = _script(), asset("page.css")
    return Template(asset("page.html")).substitute(
        policy=allowed(script, style),
        title=shipped["texts"]["texts"]["title"]["en"],
        style=style,
        given=json.dumps(known, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"),
        script=script,
    )


@cache
def _script() -> str:
    """All of the page's JavaScript."""
    keys = json.dumps({name: remembered(name) for name in OPTIMISERS})
    parts = [shared("kernels.js"), asset("rows.js"), asset("pieces.js"), f"const remembered = {keys};\n"]
    return "'use strict';\n" + "".join([*parts, *(asset(f"{name}.js") for name in SCRIPTS)])


def _table(data: Any) -> str:
    """A data set of one's own, a pair or one of `datasets`, as the CSV that the page reads."""
    try:
        X, y = map(np.asarray, data)
    except (TypeError, ValueError):
        raise TypeError(f"playground: data is a name, a pair (X, y) or a Dataset, not {type(data).__name__}") from None
    if X.ndim != 2 or X.shape[1] != 2 or y.shape != X.shape[:1]:
        raise ValueError(
            f"playground: data of your own is X of shape (N, 2) and y of shape (N,), not {X.shape} and {y.shape}; "
            "choose two of X's columns"
        )
    try:
        features = [(float(a), float(b)) for a, b in X.tolist()]
    except (TypeError, ValueError) as error:
        raise TypeError(f"playground: the two features in X are real numbers; {error}") from None
    whole = np.isfinite(features).reshape(X.shape).all(axis=1)
    if (different := len(set(y[whole].tolist()))) < 2:
        raise ValueError(
            f"playground: {whole.sum()} of {len(X)} samples have two finite numbers, with {different} different "
            f"label{'s' * (different != 1)}: there is nothing to tell apart"
        )
    names, labels = ["x1", "x2", "label"], y.tolist()
    if isinstance(data, Dataset):
        names = [*data.features, data.target]
        labels = [data.classes[label] for label in labels] if data.classes else labels
    text = io.StringIO()
    written = tables.writer(text, lineterminator="\n")
    written.writerow(names)
    written.writerows([*pair, label] for pair, label in zip(features, labels, strict=True))
    return text.getvalue()


def _layers(hidden: Sequence[int], activation: str) -> list[dict[str, Any]]:
    if np.ndim(hidden) != 1 or len(hidden) > MOST_LAYERS or not all(is_whole(n, 1) and n <= MOST_UNITS for n in hidden):
        raise ValueError(
            f"playground: hidden is the sizes of up to {MOST_LAYERS} layers, each 1 to {MOST_UNITS}, not {hidden!r}"
        )
    return [{"units": int(n), "activation": activation} for n in hidden]


def _one_of(what: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise ValueError(f"playground: {what} is one of {', '.join(known)}, not {given!r}")


def _whole(what: str, given: Any, low: int, high: int) -> int:
    if not (is_whole(given, low) and given <= high):
        raise ValueError(f"playground: {what} is a whole number from {low} to {high}, not {given!r}")
    return int(given)


def _number(what: str, given: float, low: float, high: float) -> float:
    if not isinstance(given, (int, float, np.number)) or not low <= given <= high:
        raise ValueError(f"playground: {what} is a number from {low:g} to {high:g}, not {given!r}")
    return float(given)
