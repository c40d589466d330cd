"""What users name their tensors, models in the place of nodes, and graphs that are too large for a picture."""

import html
import re
import time
from xml.etree import ElementTree

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, draw, nn, page
from tinygrad_edu.engine.rules import TABLE
from tinygrad_edu.errors import NotEmittableError
from tinygrad_edu.paper.notation import pretty
from tinygrad_edu.picture import javascript, layout
from tinygrad_edu.picture.palette import heat
from tinygrad_edu.picture.text import exceeds, how_many, shortened_name, visible
from tinygrad_edu.training.canvas import written

NAMES = [
    r"a\]", r"\]", r"\]]]>\]", r"\\]", r"\N", r"\G", r"\E\T\H\L", r"\l\r", "a\\", r"{x|y}", "}{", "]]>", "]", '"]',
    "']", "<b>&amp;", "&lt;", "&#93;", "-->", "<!--", "</svg>", "</script>", "%s", "${title}", "$x", "a;b", "//", "/*",
    "#", "x\0y", "a\nb", "\x7f", "\ud800", "\u202eabc\u202c", "\u05d0\u05d1", "\u200b", "\ufeff", "\u2028",
    "😀", "n" * 5000,
]  # fmt: skip


def shown(svg):
    """What a reader sees of an SVG: its text, spaces aside."""
    return re.sub(r"\s", "", "".join(ElementTree.fromstring(svg).itertext()))


@pytest.mark.parametrize("how", [{}, {"show": "formulas"}, {"backward": True}], ids=["values", "formulas", "backward"])
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_every_name_stands_in_the_drawing(name, how):
    x = Value(2.0, name=name)
    y = x * x
    y.name = name
    wanted = re.sub(r"\s", "", shortened_name(visible(pretty(name))))
    assert wanted in shown(draw(y, **how).svg())


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_every_name_stands_on_the_page_as_text(name):
    y = Value(2.0, name=name) * 3
    text = page(y)
    drawing = re.search(r'<svg id="drawing".*?</svg>', text, re.DOTALL)[0]
    wanted = shortened_name(visible(pretty(name)))
    assert html.escape(wanted) in drawing
    ElementTree.fromstring(drawing)
    assert "</script>" not in re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1]


def test_a_named_leaf_and_model_show_themselves_whatever_the_name():
    leaf = Tensor([1.0], name=r"\]")
    assert r"\]" in shown(leaf._repr_mimebundle_()["image/svg+xml"])
    layer = nn.Linear(2, 1, rng=0)
    layer.weight.name = r"w\]"
    assert r"w\]" in shown(layer._repr_mimebundle_()["image/svg+xml"])


def test_a_giant_is_refused_at_once():
    y = x = Value(1.0)
    for _ in range(300_000):
        y = y * x
    for picture, advice in ((draw, "draw a part of it"), (page, "take a part of the computation")):
        start = time.process_time()
        with pytest.raises(ValueError, match=rf"more than 20,000 nodes .*{advice}"):
            picture(y)
        assert time.process_time() - start < 1.5
    start = time.process_time()
    assert y._repr_mimebundle_() == {"text/plain": repr(y)}
    assert time.process_time() - start < 1.5


def test_nodes_are_counted_up_to_what_matters():
    y = x = Value(1.0)
    for _ in range(9):
        y = y * x
    assert not exceeds(y, 10) and exceeds(y, 9)
    assert how_many(y) == "10"


def test_a_model_is_drawn_as_its_layers():
    model = nn.MLP([2, 3, 1], rng=0)
    picture = draw(model)
    seen = shown(picture.svg())
    assert "MLP" in seen and "13parameters" in seen
    assert picture.source == draw(model).source and picture.as_text() == repr(model)
    with pytest.raises(ValueError, match="draw: a model has no backward pass of its own; draw the loss"):
        draw(model, backward=True)
    with pytest.raises(TypeError, match=r"page: .* not of MLP: call it, and give page what it returns"):
        page(model)
    with pytest.raises(TypeError, match="draw: a picture is drawn of a Value or a Tensor, not of float"):
        draw(3.0)


# ── what a page cannot compute anew ──


def test_only_operations_on_single_numbers_are_emitted_as_javascript():
    assert javascript.literal(True) == "true" and javascript.literal(np.inf) == "Infinity"
    for operand in (np.ones(2), np.complex128(1j)):
        with pytest.raises(NotEmittableError):
            javascript.literal(operand)
    with pytest.raises(NotEmittableError):
        javascript.call(TABLE["matmul"], [1.0, 2.0], {})
    with pytest.raises(NotEmittableError):
        javascript.call(TABLE["add"], [1.0, 2.0], {"axis": 1})


def test_a_page_with_an_operation_that_javascript_lacks_shows_what_was_computed():
    x = Value(2.0, name="x")
    y = tg.sum(Tensor([1.0, 2.0]) * x)
    assert "const program = null" in page(y)


def test_a_number_that_is_none_is_black():
    assert heat(np.nan, 1.0) == "#000000" and heat(1.0, 0.0) == heat(0.0, 1.0)


@pytest.mark.skipif(not layout.has_engine(), reason="nothing of Graphviz is installed")
def test_a_layout_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(layout, "PATIENCE", 0.0)
    with pytest.raises(ValueError, match=r"Graphviz has not finished after 0.0 seconds: fold layers with depth="):
        layout.laid_out("digraph {a -> b}", "svg")


def test_long_names_that_begin_alike_are_told_apart():
    """In a picture of the graph, and in one of classes."""
    a, b = (Value(2.0, name=f"the_weights_of_the_first_hidden_layer_{letter * 9}_{letter}") for letter in "ab")
    seen = shown(draw(a * b).svg())
    assert "aaaaa_a" in seen and "bbbbb_b" in seen
    assert written("a class of which there is much to say: A") != written("a class of which there is much to say: B")
