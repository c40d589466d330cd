r"""The graphviz picture: DOT text for a plan, and the Digraph that shows itself.

Labels are HTML-like, because a name, a shape, a value and a gradient need four kinds of type. What users wrote is
escaped in `run`, and nowhere else: Graphviz drops a malformed label without a word, so the tests read every label
back from the SVG.
"""

from __future__ import annotations

import html
import os
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import graphviz
import numpy as np

from ..engine.backward import sweep
from ..engine.graph import Node
from ..errors import NoLayoutEngineError
from . import layout, text
from .frames import Frame
from .palette import FAINT, GRADIENT, INK, LOOKS, OUTSIDE, OUTSIDE_GRADIENT, heat
from .plan import MANY_PIECES, Box, Edge, Plan, plan, spans, summary
from .tree import tree

NARROW = 600  # points that any notebook has room for
SHOWS = ("values", "shapes", "formulas")
FONT = "Helvetica,Arial,sans-serif"
_BARE = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


class Picture(graphviz.Digraph):  # type: ignore[misc, unused-ignore]
    """A `graphviz.Digraph` that shows itself in a notebook with dot, with pygraphviz, or else as a text tree."""

    as_text: Callable[[], str] = staticmethod(str)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": self.as_text()}
        try:
            bundle["image/svg+xml"] = self.svg()
        except NoLayoutEngineError as missing:
            bundle["text/plain"] += f"\n({missing})"
        wanted = bundle if include is None else {k: bundle[k] for k in bundle if k in include}
        return {k: v for k, v in wanted.items() if k not in (exclude or ())}

    def svg(self) -> str:
        """The picture as SVG to stand in a page, with a name for screen readers.

        A wide one has no size of its own and takes the room there is: nbconvert would clip it.
        """
        found = layout.laid_out(self.source, "svg").decode()
        label = html.escape(text.visible(self.as_text().partition("\n")[0]))
        found = re.sub(
            r'^<svg width="([\d.]+)pt" height="[\d.]+pt"',
            lambda size: (
                f'<svg{size[0][4:] if float(size[1]) <= NARROW else ""} role="img" aria-label="Graph of {label}"'
            ),
            found[found.index("<svg") :],
        )
        return re.sub(r"<title>[^<]*</title>\n?", "", found)  # the tooltips would show DOT's ids of the boxes

    def pipe(self, format: str | None = None, *args: Any, **kwargs: Any) -> Any:  # noqa: A002 (the name in graphviz)
        """The picture as bytes in a format; with pygraphviz where there is no dot."""
        if layout.has_dot():
            return super().pipe(format, *args, **kwargs)
        found = layout.laid_out(self.source, format or self.format)
        return found.decode(kwargs["encoding"]) if kwargs.get("encoding") else found

    def render(self, filename: Any = None, **kwargs: Any) -> str:
        """Write the DOT text and the picture beside it, as graphviz does; with pygraphviz where there is no dot."""
        if layout.has_dot():
            return str(super().render(filename, **kwargs))
        outfile = kwargs.get("outfile")
        form = kwargs.get("format") or (os.path.splitext(outfile)[1][1:] if outfile else "") or self.format
        rendered = self.pipe(form)
        if filename is None and outfile is not None:
            filename = f"{os.path.splitext(outfile)[0]}.gv"
        source = self.save(filename, directory=kwargs.get("directory"))
        path = os.fspath(outfile) if outfile is not None else f"{source}.{form}"
        with open(path, "wb") as file:
            file.write(rendered)
        if kwargs.get("cleanup"):
            os.remove(source)
        return path


def drawn(
    root: Any, backward: bool = False, show: str = "values", depth: int | None = None, limit: int | None = None
) -> Picture:
    """The picture of `root` and all it was computed from; see `picture.draw`."""
    if not isinstance(root, Node):
        raise TypeError(f"draw: a picture is drawn of a Value or a Tensor, not of {type(root).__name__}")
    if show not in SHOWS:
        raise ValueError(f"draw: show is one of {', '.join(map(repr, SHOWS))}, not {show!r}")
    if depth is not None and depth < 0:
        raise ValueError(f"draw: depth counts layers from 0, it cannot be {depth}")
    if backward and not root.requires_grad:
        raise ValueError("draw: no backward pass to draw, nothing here requires a gradient")
    what = plan(root, depth, constants=not backward and show != "formulas", limit=limit)
    gradients = _swept(root) if backward else {}
    return _Drawing(what, backward, show, gradients).picture()


def _swept(root: Any) -> dict[Node, Any]:
    """The gradients of this backward pass, without touching anybody's `.grad`."""
    seed: Any = np.ones(root.shape) if root.flags & 1 and root.shape else 1.0
    return {node: np.broadcast_to(g, np.shape(node._data)) for node, g in sweep(root, seed).items()}


def blank() -> Picture:
    """A picture with nothing on it yet."""
    return Picture(
        format="svg",
        graph_attr={"rankdir": "LR", "bgcolor": "transparent", "nodesep": "0.18", "ranksep": "0.42", "pad": "0.1",
                    "fontname": FONT, "fontcolor": OUTSIDE, "fontsize": "11"},
        node_attr={"fontname": FONT, "fontsize": "12", "shape": "box", "margin": "0.06,0.03",
                   "height": "0.2", "width": "0.2"},
        edge_attr={"fontname": FONT, "fontsize": "11", "color": OUTSIDE, "arrowsize": "0.6", "penwidth": "1.1"},
    )  # fmt: skip


def boxed(kind: str, rows: Iterable[str]) -> dict[str, str]:
    """The attributes of a box with rows of text."""
    look = LOOKS[kind]
    table = f'<TABLE {_BARE[:-2]}1">{"".join(rows)}</TABLE>'
    return {
        "label": f"<{table}>", "style": look.style, "fillcolor": look.ground, "color": look.line, "fontcolor": INK,
        "penwidth": f"{look.width:g}", "peripheries": str(look.peripheries), "class": kind,
    }  # fmt: skip


class _Drawing:
    """One plan on its way into DOT."""

    def __init__(self, what: Plan, backward: bool, show: str, gradients: dict[Node, Any]) -> None:
        self.plan, self.backward, self.show, self.gradients = what, backward, show, gradients
        self.handles = backward or show == "formulas"

    def picture(self) -> Picture:
        """The whole picture: frames, the boxes in them, edges."""
        graph = blank()
        graph.as_text = partial(tree, self.plan.root)
        homes: dict[Any, list[Box]] = defaultdict(list)
        for box in self.plan.boxes:
            homes[_key(box.frame)].append(box)
        self._frame(graph, None, homes)
        for edge in self.plan.edges:
            graph.edge(edge.tail.id, edge.head.id, **self.edge(edge))
        if sum(spans(self.plan)) > MANY_PIECES:
            graph.attr(nslimit="1", nslimit1="1")
        if self.plan.folded:
            count = len(self.plan.names.order)
            graph.attr(label=f"{count:,} nodes, some folded into blocks", labelloc="b")
        if note := self.plan.names.changed_note():
            graph.attr(label=f"<{run(note)}>", labelloc="b")
        return graph

    def _frame(self, graph: graphviz.Digraph, frame: Frame | None, homes: dict[Any, list[Box]]) -> None:
        """The boxes of a frame, and the frames inside it."""
        for box in homes[_key(frame)]:
            graph.node(box.id, **self.box(box))
        for number, inner in enumerate(self.plan.frames):
            if inner.parent is frame:
                with graph.subgraph(name=f"cluster_{number}") as cluster:
                    cluster.attr(label=f"<{run(inner.title)}>", style="rounded,dashed", color=OUTSIDE, margin="10")
                    self._frame(cluster, inner, homes)

    # ── boxes ──

    def box(self, box: Box) -> dict[str, str]:
        """The attributes of a box."""
        if box.kind == "constant":
            shown = text.lines(box.value)[0] if np.ndim(box.value) == 0 else f"[{text.size(np.shape(box.value))}]"
            return {
                "label": f"<{run(shown)}>",
                "shape": "plaintext",
                "fontcolor": OUTSIDE,
                "fontsize": "11",
                "class": "constant",
            }
        return boxed(box.kind, self._head(box) + ([] if self.show == "shapes" else self._numbers(box)))

    def _head(self, box: Box) -> list[str]:
        """What the box is: a name, an operation, a shape."""
        node = box.node
        assert node is not None
        if box.kind == "block":
            shape = text.size(node.shape)
            rows = [row(run(box.title, bold=True), *([run(f"  {shape}", FAINT, size=10)] if shape else []))]
            return [*rows, row(run(text.shortened(summary(box, self.plan.names)), FAINT, size=10))]
        runs = []
        named = bool(node.name) or self.handles or node.rule is None or box.kind == "result"
        if named and (node.rule is not None or node.name or self.handles or self.show == "shapes"):
            runs.append(run(box.title, bold=True))
        if node.rule is not None:
            if self.handles:
                runs.append(run(f" = {self.plan.names.formula(node)}"))
            else:
                sign = text.symbol(node.rule)
                runs.append(run(("  " if named else "") + sign, size=16 if len(sign) == 1 else 0))
        shape = text.size(node.shape)
        if shape:
            runs.append(run(f"  {shape}", FAINT, size=10))
        return [row(*runs)] if runs else []

    def _numbers(self, box: Box) -> list[str]:
        """The value and the gradient."""
        node = box.node
        assert node is not None
        rows = [*_written(node._data, INK), *_heat(node._data)]
        g = self.gradients.get(node) if self.backward else getattr(node, "grad", None)
        if g is not None:
            g = g._data if isinstance(g, Node) else g
            rows += [*_written(g, GRADIENT, "grad "), *_heat(g)]
        return rows

    # ── edges ──

    def edge(self, edge: Edge) -> dict[str, str]:
        """The attributes of an edge: forward a line, backward an arrow the other way with its local derivative."""
        a = edge.node.args[edge.position]
        flows = isinstance(a, Node) and a in self.gradients and edge.node in self.gradients
        if not self.backward:
            return {"class": "edge"} if isinstance(a, Node) else {"style": "dashed", "class": "constant"}
        rule = edge.node.rule
        assert rule is not None
        if not flows or rule.vjp(edge.position) is None:
            return {"style": "dashed", "penwidth": "0.8", "class": "constant"}
        attributes = {"dir": "back", "color": OUTSIDE_GRADIENT, "penwidth": "1.4", "class": "gradient"}
        if not edge.bundle:
            derivative = self.plan.names.derivative(edge.node, edge.position, longest=24)
            if text.mixes(rule):
                shown = f" {derivative} "
            else:
                shown = f" × ({derivative}) " if derivative.strength < 3 else f" × {derivative} "
            attributes |= {"label": f"<{run(shown)}>", "fontcolor": OUTSIDE_GRADIENT}
        return attributes


def _key(frame: Frame | None) -> Any:
    return None if frame is None else id(frame)


def row(*runs: str) -> str:
    """Texts beside each other."""
    return f"<TR><TD>{''.join(runs)}</TD></TR>"


def run(shown: str, color: str = "", bold: bool = False, size: int = 0) -> str:
    r"""Any text as the inside of an HTML-like label.

    Graphviz replaces `\N` in it in some versions, so that a backslash ends its piece of text; and it drops spaces
    that stand together.
    """
    shown = re.sub(r"^ | $|(?<= ) ", "\N{NO-BREAK SPACE}", text.visible(shown))
    escaped = "".join(_ENTITIES.get(letter, letter) for letter in shown) or "\N{NO-BREAK SPACE}"
    face = (f' COLOR="{color}"' if color else "") + (f' POINT-SIZE="{size}"' if size else "")
    # Graphviz refuses a label in which a bracket follows a tag.
    pieces = [re.sub(r"^\]", "&#93;", piece) for piece in re.split(r"(?<=\\)", escaped)]
    inside = "".join(f"<FONT{face}>{piece}</FONT>" if face or len(pieces) > 1 else piece for piece in pieces if piece)
    return f"<B>{inside}</B>" if bold else inside


def _written(x: Any, color: str, label: str = "") -> list[str]:
    """An array's numbers in rows, those of a matrix in columns."""
    held = np.asarray(x)
    if held.ndim != 2 or not held.size or not text.fits(held) or held.shape[0] == 1:
        first, *others = text.lines(held)
        return [row(run(line, color)) for line in (label + first, *others)]
    cells = (
        "".join(f'<TD ALIGN="RIGHT">{run(f"{entry} ", color)}</TD>' for entry in line) for line in text.entries(held)
    )
    table = row(f"<TABLE {_BARE}>{''.join(f'<TR>{line}</TR>' for line in cells)}</TABLE>")
    return [row(run(label.strip(), color)), table] if label else [table]


def _heat(x: Any) -> list[str]:
    """A strip of cells in the colours of an array's entries, for one that is too large to be written out."""
    cells = text.strip(x)
    if not cells:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        largest = float(np.nanmax(np.abs(cells)))
    inner: Iterable[str] = (
        f'<TD BGCOLOR="{heat(c, largest)}" WIDTH="7" HEIGHT="7" FIXEDSIZE="TRUE"></TD>' for c in cells
    )
    size = f'FIXEDSIZE="TRUE" WIDTH="{7 * len(cells)}" HEIGHT="7"'
    return [row(f"<TABLE {_BARE} {size}><TR>{''.join(inner)}</TR></TABLE>")]
