"""All pictures of a finished training run, by the names of their files."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..datasets.dataset import Dataset, Split
from . import canvas, confusion, plots
from .animation import Film
from .boundary import Boundary
from .history import History
from .predictor import Predictor
from .regression import Fitted

NAMES = ("loss.png", "boundary.png", "confusion.png", "predicted.png", "function.png", "learning.gif")


def pictures(
    predictor: Predictor, data: Dataset, split: Split, history: History, quality: str, film: Film | None = None
) -> dict[str, bytes]:
    """The curves of training, and what came of it; a film as a GIF, if one was taken.

    split: the samples as they were measured. quality: how good the predictions of the test samples are, in words. Of
    classes there are boundary and confusion; of a measured target predicted beside measured, and the function itself
    where there are at most two features.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        curves = plots.drawn(history, figure=canvas.figure(1, 1))
        canvas.entitle(curves, f"{data.name}: {quality}")
        found = {"loss.png": canvas.png(curves)}
        found |= _of_classes(predictor, data, split, quality) if data.classes else {}
        draw = _moving(predictor, data, split)
        for name, each in draw.items():
            found[name] = canvas.png(each(f"{data.name}: {quality}"))
        if film is not None:
            picture = draw.get("boundary.png") or draw.get("function.png") or draw["predicted.png"]
            said = "the boundary being learnt" if data.classes else "the function being learnt"
            found["learning.gif"] = film.gif(
                lambda when: picture(f"{data.name}: {said}, {when}"), history.best or len(history)
            )
    _say_once([str(each.message) for each in caught])
    return found


def _of_classes(predictor: Predictor, data: Dataset, split: Split, quality: str) -> dict[str, bytes]:
    answers = predictor(split.X_test).argmax(axis=1)
    found = confusion.counts(split.y_test, answers, len(data.classes))
    return {"confusion.png": canvas.png(confusion.drawn(found, data.classes, data.target, f"{data.name}: {quality}"))}


def _moving(predictor: Predictor, data: Dataset, split: Split) -> dict[str, Callable[[str], Any]]:
    """The pictures that can be drawn for every state of the model, each from its title."""
    X, y = np.concatenate([split.X_train, split.X_test]), np.concatenate([split.y_train, split.y_test])
    order = np.random.default_rng(0).permutation(len(y))  # so that those that are shown are of both parts
    X, y, test = X[order], y[order], order >= len(split.y_train)
    if data.classes:
        return {
            "boundary.png": partial(
                Boundary(X, y, test, data.features, data.classes, data.target, predictor.features).draw, predictor
            )
        }
    fitted = Fitted(X, y, test, predictor(X), data.features, data.target)
    found: dict[str, Callable[[str], Any]] = {"predicted.png": partial(fitted.beside, predictor)}
    if len(data.features) <= 2:
        found["function.png"] = partial(fitted.function, predictor)
    return found


def _say_once(messages: list[str]) -> None:
    """Warn of what is wrong with the pictures, each kind once."""
    if any("Glyph" in message for message in messages):
        warnings.warn("the pictures' font lacks some letters of the names; boxes stand in their place", stacklevel=3)
    for message in dict.fromkeys(each for each in messages if "Glyph" not in each):
        warnings.warn(message, stacklevel=3)
