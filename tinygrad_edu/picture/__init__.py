"""Pictures of a computation: `draw` for paper and notebooks, `page` to step through in a browser."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .plan import LARGEST, LARGEST_PAGE

if TYPE_CHECKING:
    from .dot import Picture

__all__ = ["draw", "page"]


def draw(
    node: Any,
    backward: bool = False,
    show: str = "values",
    depth: int | None = None,
    *,
    limit: int | None = LARGEST,
) -> Picture:
    """The picture of a node and of all that it was computed from, as a `graphviz.Digraph`; of a model, its layers.

    Every box shows a name or an operation, a shape, a value (of a large array the least, the mean and the largest
    entry) and, once `backward` was called, a gradient. backward: draw the backward pass, each edge with its local
    derivative. show: "values", "shapes", or "formulas". depth: show calls of layers from the inside down to this depth
    and fold what lies deeper into blocks: 0 folds a whole model into one block, 1 each of its layers. More than 300
    nodes fold by themselves. limit: the most nodes that are drawn; None insists.

    Raises ValueError for a graph of more than `limit` nodes, TypeError for what is neither node nor model. `dot` or
    pygraphviz is needed only when the picture is shown or rendered.

    >>> from tinygrad_edu import Value
    >>> x = Value(3.0, name="x")
    >>> picture = draw(x + x)
    >>> picture.source.count("->")
    2
    """
    from .dot import drawn
    from .models import is_model, model_drawn

    if is_model(node):
        if backward:
            raise ValueError("draw: a model has no backward pass of its own; draw the loss of what it returns")
        return model_drawn(node)
    return drawn(node, backward, show, depth, limit)


def page(
    node: Any,
    path: str | os.PathLike[str] | None = None,
    depth: int | None = None,
    *,
    limit: int | None = LARGEST_PAGE,
) -> str:
    """One HTML file in which to step through the computation of a node, forward and backward.

    It holds all it needs: no network, no Graphviz. Arrow keys step, space plays, Home and End jump; a click on a node
    shows how it was made. Calls of layers are boxes: a closed one is one step forward and one backward, a click or
    Enter opens it. Where every node is a single number, inputs can be changed in the page.

    path: where to write it. depth: how deep layers are open at first, as for `draw`; without it all layers of a small
    graph, and of a larger one as many as can be read. limit: the most nodes; None insists. Returns the file's text,
    which shows itself in a notebook.

    Raises ValueError for a graph too large to step through, TypeError for what is not a node.
    """
    from .html import paged

    return paged(node, path, depth, limit)
