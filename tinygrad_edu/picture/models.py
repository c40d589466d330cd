"""The picture of a model: its layers in their order, with the shapes of their parameters."""

from __future__ import annotations

from typing import Any

from ..engine.blocks import called
from ..paper.notation import pretty
from . import text
from .dot import Picture, picture_of
from .frames import title_of
from .palette import FAINT
from .sheet import Drawn, Framed, Line, Row, Run, Sheet


def is_model(thing: Any) -> bool:
    """Whether this is a layer or a model, all of which register when they are made."""
    return thing in called


def model_drawn(model: Any) -> Picture:
    """A model's layers, one box each; those of a sequence are joined by arrows."""
    count = sum(p.size for p in model.parameters())
    frame = Framed(f"{type(model).__name__} · {count:,} parameters")
    sheet = Sheet(Framed("", frames=[frame]))
    for number, (_, layer) in enumerate(list(model.named_children()) or [("", model)]):
        weights = [f"{pretty(p.name or path)} {text.size(p.shape)}" for path, p in layer.named_parameters()]
        rows: list[Row] = [(Run(title_of(layer), bold=True),)]
        rows += [(Run(text.shortened(text.visible(", ".join(weights))), FAINT, size=10),)] if weights else []
        if frame.boxes and hasattr(model, "layers"):  # a sequence: each works on what the one before made
            sheet.lines.append(Line(frame.boxes[-1].id, f"m{number}"))
        frame.boxes.append(Drawn(f"m{number}", "block", rows))
    return picture_of(sheet, lambda: repr(model))
