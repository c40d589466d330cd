"""How nodes and models show themselves in a notebook.

The engine and the layers know no pictures: `tinygrad_edu/__init__.py` gives a node its display method, a layer asks
here when it is shown. So `import tinygrad_edu` loads nothing of this.
"""

from __future__ import annotations

from typing import Any

from ..paper.notation import pretty
from . import text
from .palette import FAINT, OUTSIDE
from .plan import LARGEST, title_of

Bundle = dict[str, Any]


def node_bundle(node: Any) -> Bundle:
    """A node as IPython shows it: its picture and, in a terminal, its tree; a leaf and a giant are one line."""
    if node.rule is None:
        return {"text/plain": repr(node), **_drawn(node)}
    if len(text.Names(node).order) > LARGEST:
        return {"text/plain": repr(node)}
    from .dot import drawn

    return drawn(node)._repr_mimebundle_()


def _drawn(node: Any) -> Bundle:
    from .dot import drawn

    return {key: shown for key, shown in drawn(node)._repr_mimebundle_().items() if key != "text/plain"}


def model_bundle(model: Any) -> Bundle:
    """A model as IPython shows it: its layers in their order with the shapes of their parameters, and as text."""
    from .dot import blank, boxed, row, run

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
    return picture._repr_mimebundle_()
