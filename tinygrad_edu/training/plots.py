"""A training run, and the layers at one moment, as pictures."""

from __future__ import annotations

import math
from typing import Any

from ..picture.text import shortened_name

_TRAINED, _HELD = "#0072B2", "#D55E00"  # blue and vermilion, which the colour-blind tell apart
_DEAD, _SATURATED = "#333333", "#56B4E9"
_LONG = 34  # letters of a layer's name


def _pyplot(what: str) -> Any:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError(f'{what}: pip install "tinygrad_edu[train]"') from None
    return pyplot


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
        figure = _pyplot("history.plot").figure(layout="constrained")
    curves = [("loss", history.loss, history.validation)]
    if history.metric:
        curves.append((history.metric_name, history.metric, history.validation_metric))
    figure.set_size_inches(5 * len(curves), 3.4)
    for place, (name, trained, held) in zip(figure.subplots(1, len(curves), squeeze=False)[0], curves, strict=True):
        _curve(place, name, trained, held, history.best)
    return figure


def _curve(place: Any, name: str, trained: list[float], held: list[float], best: int | None) -> None:
    epochs = range(1, len(trained) + 1)
    marker = "o" if len(trained) == 1 else None  # a line through one point cannot be seen
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


def layers_drawn(diagnosis: Any) -> Any:
    """The figure of a `Diagnosis`: a bar for each layer, sizes on logarithmic axes, shares on one from 0 to 100 %."""
    pyplot = _pyplot("diagnose().plot")
    states = diagnosis.layers
    shares = any(state.dead is not None for state in states)
    figure, axes = pyplot.subplots(
        1,
        2 + shares,
        figsize=(4 + 3 * (2 + shares), 1.4 + 0.45 * len(states)),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    _sizes(axes[0][0], "activations, root mean square", [state.activations for state in states], _TRAINED)
    _sizes(axes[0][1], "gradients of its parameters, root mean square", [state.gradients for state in states], _HELD)
    if shares:
        _shares(axes[0][2], states)
    first = axes[0][0]
    first.set_yticks(range(len(states)), [_called(state) for state in states])
    first.invert_yaxis()  # the first layer on top
    for place in axes[0]:
        place.spines[["top", "right"]].set_visible(False)
        place.tick_params(axis="y", length=0)
    return figure


def _called(state: Any) -> str:
    lines = [state.name] + [state.activation] * bool(state.activation)
    return "\n".join(shortened_name(line, _LONG) for line in lines)


def _sizes(place: Any, title: str, sizes: list[float], colour: str) -> None:
    """Bars from the smallest power of ten below all of them; a size of 0, or none, is written."""
    positive = [size for size in sizes if 0 < size < math.inf]
    least = 10.0 ** math.floor(math.log10(min(positive)) - 0.5) if positive else 0.1
    most = 10.0 ** math.ceil(math.log10(max(positive)) + 0.1) if positive else 1.0
    place.set(xscale="log", xlim=(least, max(most, 100 * least)))
    place.set_title(title, fontsize="medium")
    place.xaxis.set_minor_formatter("")
    for row, size in enumerate(sizes):
        if 0 < size < math.inf:
            place.barh(row, size - least, left=least, color=colour, height=0.6)
        else:
            place.text(least, row, " –" if math.isnan(size) else f" {size:g}", va="center")


def _shares(place: Any, states: Any) -> None:
    place.set(xlim=(0, 100))
    place.set_title("units behind its activation, in %", fontsize="medium")
    for key, colour, hatch, shift in (("dead", _DEAD, "", -0.17), ("saturated", _SATURATED, "///", 0.17)):
        rows = [(row, getattr(state, key)) for row, state in enumerate(states) if getattr(state, key) is not None]
        if rows:
            place.barh(
                [row + shift for row, _ in rows],
                [100 * share for _, share in rows],
                color=colour,
                hatch=hatch,
                edgecolor="white",
                height=0.3,
                label=key,
            )
        for row, share in rows:
            if share < 0.005:
                place.text(0, row + shift, f" none {key}", va="center", fontsize="small")
    place.legend(frameon=False, loc="lower right")
