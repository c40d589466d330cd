"""How nodes and models show themselves in a notebook.

The engine and the layers know no pictures: `tinygrad_edu/__init__.py` gives a node its display method, a layer asks
here when it is shown. So `import tinygrad_edu` loads nothing of this.
"""

from __future__ import annotations

from typing import Any

from . import text
from .plan import LARGEST

Bundle = dict[str, Any]


def node_bundle(node: Any) -> Bundle:
    """A node as IPython shows it: its picture and, in a terminal, its tree; a leaf, or a graph too large, as a line."""
    if text.exceeds(node, LARGEST):
        return {"text/plain": repr(node)}
    from .dot import drawn

    bundle = drawn(node)._repr_mimebundle_()
    return bundle if node.rule is not None else {**bundle, "text/plain": repr(node)}


def model_bundle(model: Any) -> Bundle:
    """A model as IPython shows it: the picture of its layers, and its text."""
    from .models import model_drawn

    return model_drawn(model)._repr_mimebundle_()
