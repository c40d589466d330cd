"""Training as a moving picture: the weights are kept while it goes on, and drawn when it is over."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np

from . import canvas
from .history import History

_STEP = 1.1  # by which factor the epochs of frames grow, once it is more than 1
_DPI = 90
_SHORT, _LONG = 90, 2500  # milliseconds that a frame stands, and the last one


class Film:
    """A callback of `fit` that keeps the weights of each of the first epochs, and of fewer later, when less is learnt.

    model: whose weights they are. frames: pairs of the epoch and the model's state; 0 is before training.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.frames: list[tuple[int, dict[str, np.ndarray]]] = [(0, model.state_dict())]

    def __call__(self, history: History) -> None:
        """Keep the weights, if it is time."""
        if len(history) >= _STEP * self.frames[-1][0]:
            self.frames.append((len(history), self.model.state_dict()))

    def gif(self, draw: Callable[[str], Any], last: int) -> bytes:
        """The bytes of the GIF; the model is left as it is.

        draw: a figure of the model as it is at that time, from words that say when. last: the epoch of the weights that
        the model has, the last frame.
        """
        now = self.model.state_dict()
        shown = [*(frame for frame in self.frames if frame[0] < last), (last, now)]
        try:
            pictures = []
            for epoch, state in shown:
                self.model.load_state_dict(state)
                figure = draw("before training" if not epoch else f"epoch {epoch}")
                pictures.append(canvas.pixels(figure, _DPI))
        finally:
            self.model.load_state_dict(now)
        return _gif(pictures)


def _gif(pictures: list[np.ndarray]) -> bytes:
    from PIL import Image

    colours = Image.fromarray(pictures[-1]).quantize(256)  # one palette for all, so that no area flickers
    frames = [Image.fromarray(each).quantize(palette=colours, dither=Image.Dither.NONE) for each in pictures]
    file = io.BytesIO()
    frames[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[*[_SHORT] * (len(frames) - 1), _LONG],
        loop=0,
    )
    return file.getvalue()
