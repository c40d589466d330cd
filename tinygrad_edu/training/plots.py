"""A training run as a picture."""

from __future__ import annotations

from typing import Any

_TRAINED, _HELD = "#0072B2", "#D55E00"  # blue and vermilion, which the colour-blind tell apart


def drawn(history: Any, ax: Any = None, figure: Any = None) -> Any:
    """The figure of a `History`: the loss, and beside it the metric where there is one.

    ax: where the loss alone is drawn. figure: an empty one to be filled; without either it is one of pyplot's.
    """
    if not history.loss:
        raise ValueError("history.plot: no epoch was trained")
    if ax is not None:
        _curve(ax, "loss", history.loss, history.validation, history.best)
        return ax.figure
    if figure is None:
        try:
            from matplotlib import pyplot
        except ImportError:
            raise ImportError('history.plot: pip install "tinygrad_edu[train]"') from None
        figure = pyplot.figure(layout="constrained")
    curves = [("loss", history.loss, history.validation)]
    if history.metric:
        curves.append((history.metric_name, history.metric, history.validation_metric))
    figure.set_size_inches(5 * len(curves), 3.4)
    for place, (name, trained, held) in zip(figure.subplots(1, len(curves), squeeze=False)[0], curves, strict=True):
        _curve(place, name, trained, held, history.best)
    return figure


def _curve(place: Any, name: str, trained: list[float], held: list[float], best: int | None) -> None:
    epochs = range(1, len(trained) + 1)
    marker = "o" if len(trained) == 1 else None  # a line of one point is none
    place.plot(epochs, trained, color=_TRAINED, marker=marker, label="training")
    if held:
        place.plot(epochs[: len(held)], held, color=_HELD, marker=marker, linestyle="--", label="validation")
    if best:
        place.axvline(best, color="#888888", linewidth=1, linestyle=":", label=f"best epoch, {best}")
    place.set(xlabel="epoch", ylabel=name)
    if len(trained) == 1:
        place.set_xlim(0.5, 1.5)
    place.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    if min([*trained, *held]) > 0 and max([*trained, *held]) > 50 * min([*trained, *held]) and name == "loss":
        place.set_yscale("log")
    if held or best:
        place.legend(frameon=False)
    place.spines[["top", "right"]].set_visible(False)
