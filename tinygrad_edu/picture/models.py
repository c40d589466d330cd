"""The picture of a model: its layers in their order, with the shapes of their parameters."""

from __future__ import annotations

from typing import Any

from ..engine.blocks import called
from ..paper.notation import pretty
from . import text
from .dot import Picture, blank, boxed, row, run
from .frames import title_of
from .palette import FAINT, OUTSIDE


def is_model(thing: Any) -> bool:
    """Whether this is a layer or a model, all of which register when they are made."""
    return thing in called


def model_drawn(model: Any) -> Picture:
    """A model's layers, one box each; those of a sequence are joined by arrows."""
    picture = blank()
    picture.as_text = lambda: repr(model)
    with picture.subgraph(name="cluster_model") as frame:
        count = sum(p.size for p in model.parameters())
        label = run(f"{type(model).__name__} · {count:,} parameters")
        frame.attr(label=f"<{label}>", style="rounded,dashed", color=OUTSIDE, margin="10")
        before = ""
        for number, (_, layer) in enumerate(list(model.named_children()) or [("", model)]):
            weights = [f"{pretty(p.name or path)} {text.size(p.shape)}" for path, p in layer.named_parameters()]
            rows = [row(run(title_of(layer), bold=True))]
            rows += [row(run(text.shortened(text.visible(", ".join(weights))), FAINT, size=10))] if weights else []
            frame.node(f"m{number}", **boxed("block", rows))
            if before and hasattr(model, "layers"):  # a sequence: each works on what the one before made
                picture.edge(before, f"m{number}")
            before = f"m{number}"
    return picture
