r"""The graphviz picture: DOT text for a sheet, and the Digraph that shows itself.

Labels are HTML-like, because a name, a shape, a value and a gradient need four kinds of type. What users wrote is
escaped in `_run`, and nowhere else: Graphviz drops a malformed label without a word, so the tests read every label
back from the SVG.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import graphviz
import numpy as np

from ..engine.backward import sweep
from ..engine.graph import Node
from ..errors import NoLayoutEngineError
from . import layout, text, vector
from .contents import sheet_of
from .palette import INK, LOOKS, OUTSIDE, OUTSIDE_GRADIENT
from .plan import plan
from .sheet import CONSTANT, Drawn, Framed, Line, Numbers, Row, Run, Sheet, Strip
from .tree import tree

NARROW = 600  # points that any notebook has room for
SHOWS = ("values", "shapes", "formulas")
FONT = "Helvetica,Arial,sans-serif"
_BARE = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_LINES = {
    "edge": {"class": "edge"},
    CONSTANT: {"style": "dashed", "class": CONSTANT},
    "gradient": {"dir": "back", "color": OUTSIDE_GRADIENT, "penwidth": "1.4", "class": "gradient"},
}


class Picture(graphviz.Digraph):  # type: ignore[misc, unused-ignore]
    """A `graphviz.Digraph` that shows itself: in a terminal as a text tree, in a notebook as SVG.

    dot lays it out, else pygraphviz; where neither is there, SVG is laid out by this package (`vector.py`), while
    other formats raise NoLayoutEngineError.
    """

    as_text: Callable[[], str] = staticmethod(str)
    sheet: Sheet
    written: str = ""  # the DOT text as it was made of the sheet

    def __repr__(self) -> str:
        return self.as_text()

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
        found = self._laid_out("svg").decode()
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
        """The picture as bytes in a format; with what there is where there is no dot."""
        if layout.has_dot():
            return super().pipe(format, *args, **kwargs)
        found = self._laid_out(format or self.format)
        return found.decode(kwargs["encoding"]) if kwargs.get("encoding") else found

    def render(self, filename: Any = None, **kwargs: Any) -> str:
        """Write the DOT text and the picture beside it, as graphviz does; with what there is where there is no dot."""
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

    def _laid_out(self, form: str) -> bytes:
        """The picture in a format; SVG by our own layout where nothing else is there, unless it was changed since."""
        if form == "svg" and not layout.has_engine() and self.source == self.written:
            return vector.svg(self.sheet).encode()
        return layout.laid_out(self.source, form)


def drawn(
    root: Any, backward: bool = False, show: str = "values", depth: int | None = None, limit: int | None = None
) -> Picture:
    """The picture of `root` and all it was computed from; see `picture.draw`."""
    if not isinstance(root, Node):
        raise TypeError(f"draw: a picture is drawn of a Value or a Tensor, not of {type(root).__name__}")
    if show not in SHOWS:
        raise ValueError(f"draw: show is one of {', '.join(map(repr, SHOWS))}, not {show!r}")
    text.refuse_depth("draw", depth)
    if backward and not root.requires_grad:
        raise ValueError("draw: no backward pass to draw, nothing here requires a gradient")
    what = plan(root, depth, constants=not backward and show != "formulas", limit=limit)
    gradients = _swept(root) if backward else {}
    return picture_of(sheet_of(what, backward, show, gradients), partial(tree, root))


def _swept(root: Any) -> dict[Node, Any]:
    """The gradients of this backward pass, without touching anybody's `.grad`."""
    seed: Any = np.ones(root.shape) if root.flags & 1 and root.shape else 1.0
    return {node: np.broadcast_to(g, np.shape(node._data)) for node, g in sweep(root, seed).items()}


def picture_of(sheet: Sheet, as_text: Callable[[], str]) -> Picture:
    """The picture of a sheet. as_text: its form where there are only letters."""
    upright = vector.is_upright(sheet)
    graph = Picture(
        format="svg",
        graph_attr={"rankdir": "TB" if upright else "LR", "bgcolor": "transparent", "nodesep": "0.18",
                    "ranksep": "0.35" if upright else "0.42", "pad": "0.1",
                    "fontname": FONT, "fontcolor": OUTSIDE, "fontsize": "11"},
        node_attr={"fontname": FONT, "fontsize": "12", "shape": "box", "margin": "0.06,0.03",
                   "height": "0.2", "width": "0.2"},
        edge_attr={"fontname": FONT, "fontsize": "11", "color": OUTSIDE, "arrowsize": "0.6", "penwidth": "1.1"},
    )  # fmt: skip
    _fill(graph, sheet.content, upright)
    for line in sheet.lines:
        graph.edge(line.tail, line.head, **_line(line))
    if sheet.crowded:
        graph.attr(nslimit="1", nslimit1="1")
    if sheet.note:
        graph.attr(label=f"<{_run(Run(sheet.note))}>", labelloc="b")
    graph.as_text, graph.sheet, graph.written = as_text, sheet, graph.source
    return graph


def _fill(graph: graphviz.Digraph, framed: Framed, upright: bool) -> None:
    """The boxes of a frame, and the frames inside it; upright, their titles stand beside the lines that come in."""
    for box in framed.boxes:
        graph.node(box.id, **_box(box))
    for inner in framed.frames:
        with graph.subgraph(name=f"cluster_{inner.number}") as cluster:
            cluster.attr(label=f"<{_run(Run(inner.title))}>", style="rounded,dashed", color=OUTSIDE, margin="10")
            if upright:
                cluster.attr(labeljust="l")
            _fill(cluster, inner, upright)


def _box(box: Drawn) -> dict[str, str]:
    """The attributes of a box with rows of text."""
    if box.kind == CONSTANT:
        (row,) = box.rows
        assert isinstance(row, tuple)
        label = f"<{''.join(map(_run, row))}>"
        return {"label": label, "shape": "plaintext", "fontcolor": OUTSIDE, "fontsize": "11", "class": CONSTANT}
    look = LOOKS[box.kind]
    table = f'<TABLE {_BARE[:-2]}1">{"".join(map(_row, box.rows))}</TABLE>'
    return {
        "label": f"<{table}>", "style": look.style, "fillcolor": look.ground, "color": look.line, "fontcolor": INK,
        "penwidth": f"{look.width:g}", "peripheries": str(look.peripheries), "class": box.kind,
    }  # fmt: skip


def _line(line: Line) -> dict[str, str]:
    """The attributes of a line."""
    attributes = dict(_LINES[line.kind])
    if line.label:
        attributes |= {"label": f"<{_run(Run(line.label))}>", "fontcolor": OUTSIDE_GRADIENT}
    if line.mark:
        attributes |= {"headlabel": line.mark, "fontcolor": OUTSIDE, "fontsize": "9", "labeldistance": "1.1"}
    return attributes


def _row(row: Row) -> str:
    """A row of a box's table: texts beside each other, a matrix, or a strip of cells."""
    if isinstance(row, tuple):
        inside = "".join(map(_run, row))
    elif isinstance(row, Numbers):
        rows = (
            "".join(f'<TD ALIGN="RIGHT">{_run(Run(f"{entry} ", row.color))}</TD>' for entry in line)
            for line in row.cells
        )
        inside = f"<TABLE {_BARE}>{''.join(f'<TR>{line}</TR>' for line in rows)}</TABLE>"
    else:
        assert isinstance(row, Strip)
        cells = (f'<TD BGCOLOR="{c}" WIDTH="7" HEIGHT="7" FIXEDSIZE="TRUE"></TD>' for c in row.colors)
        size = f'FIXEDSIZE="TRUE" WIDTH="{7 * len(row.colors)}" HEIGHT="7"'
        inside = f"<TABLE {_BARE} {size}><TR>{''.join(cells)}</TR></TABLE>"
    return f"<TR><TD>{inside}</TD></TR>"


def _run(run: Run) -> str:
    r"""Any text as the inside of an HTML-like label.

    Graphviz replaces `\N` in it in some versions, so that a backslash ends its piece of text; and it drops spaces
    that stand together.
    """
    shown = re.sub(r"^ | $|(?<= ) ", "\N{NO-BREAK SPACE}", text.visible(run.text))
    escaped = "".join(_ENTITIES.get(letter, letter) for letter in shown) or "\N{NO-BREAK SPACE}"
    face = (f' COLOR="{run.color}"' if run.color else "") + (f' POINT-SIZE="{run.size}"' if run.size else "")
    # Graphviz refuses a label in which a bracket follows a tag.
    pieces = [re.sub(r"^\]", "&#93;", piece) for piece in re.split(r"(?<=\\)", escaped)]
    inside = "".join(f"<FONT{face}>{piece}</FONT>" if face or len(pieces) > 1 else piece for piece in pieces if piece)
    return f"<B>{inside}</B>" if run.bold else inside
