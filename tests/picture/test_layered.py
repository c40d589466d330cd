"""The layout of our own: what it promises of any graph, and the SVG that needs no Graphviz."""

import html
import math
import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from test_draw import bce, cross_entropy, micrograd_example, network

import tinygrad_edu as tg
from tinygrad_edu import draw
from tinygrad_edu.picture import vector
from tinygrad_edu.picture.layered import Connection, _spread, place, ranked
from tinygrad_edu.picture.nesting import Port, nested

SVG = "{http://www.w3.org/2000/svg}"


def random_graph(seed, n=40):
    rng = np.random.default_rng(seed)
    sizes = {k: (float(rng.integers(20, 200)), float(rng.integers(10, 60))) for k in range(n)}
    edges = [(int(rng.integers(max(0, k - 12), k)), k) for k in range(1, n) for _ in range(rng.integers(0, 3))]
    return sizes, edges


def overlap(one, other):
    (x1, y1, w1, h1), (x2, y2, w2, h2) = one, other
    return abs(x1 - x2) < (w1 + w2) / 2 - 0.01 and abs(y1 - y2) < (h1 + h2) / 2 - 0.01


@pytest.mark.parametrize("seed", range(6))
def test_boxes_stand_apart_and_lines_run_from_border_to_border(seed):
    sizes, edges = random_graph(seed)
    found = place(sizes, [Connection(*edge) for edge in edges])
    boxes = {k: (*found.middles[k], *sizes[k]) for k in sizes}
    assert not any(overlap(one, other) for one, other in combinations(boxes.values(), 2))
    for x, y, width, height in boxes.values():
        assert width / 2 - 0.01 <= x <= found.width - width / 2 + 0.01
        assert height / 2 - 0.01 <= y <= found.height - height / 2 + 0.01
    for (tail, head), curve in zip(edges, found.curves, strict=True):
        assert len(curve) % 3 == 1
        (x1, y1, w1, h1), (x2, y2, w2, h2) = boxes[tail], boxes[head]
        assert curve[0][0] == pytest.approx(x1 + w1 / 2) and abs(curve[0][1] - y1) <= h1 / 2
        assert curve[-1][0] == pytest.approx(x2 - w2 / 2) and abs(curve[-1][1] - y2) <= h2 / 2
        assert all(one[0] <= other[0] + 1e-6 for one, other in pairwise(curve))
        passed = [box for key, box in boxes.items() if key not in (tail, head)]
        assert not any(overlap((x, y, 0, 0), box) for x, y in points(curve) for box in passed)


def points(curve):
    """Points of a cubic curve."""
    for k in range(0, len(curve) - 1, 3):
        p = np.array(curve[k : k + 4])
        for t in np.linspace(0, 1, 12):
            yield (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]


def test_a_tree_has_no_crossings_and_a_chain_is_straight():
    sizes = dict.fromkeys(map(int, np.random.default_rng(3).permutation(15)), (40.0, 20.0))
    edges = [(k, (k - 1) // 2) for k in range(14, 0, -1)]
    found = place(sizes, [Connection(*edge) for edge in edges])
    for (a, b), (c, d) in combinations(edges, 2):
        (xa, ya), (xb, yb), (xc, yc), (xd, yd) = (found.middles[k] for k in (a, b, c, d))
        assert (xa, xb) != (xc, xd) or (ya - yc) * (yb - yd) >= 0
    chain = place(sizes, [Connection(k, k + 1) for k in range(14)])
    assert len({round(y, 3) for _, y in chain.middles.values()}) == 1


def test_heights_are_the_nearest_to_the_wishes_that_keep_apart():
    assert _spread([(0.0, 1.0), (0.0, 3.0), (50.0, 1.0)], [0.0, 10.0, 20.0]) == [-7.5, 2.5, 50.0]


def test_an_operand_used_twice_has_two_lines():
    found = place({"a": (40.0, 30.0), "b": (40.0, 30.0)}, [Connection("a", "b"), Connection("a", "b")])
    assert found.curves[0] != found.curves[1]


def test_ranks():
    edges = [("x", "a"), ("a", "b"), ("b", "c"), ("w", "c"), ("in", "c")]
    assert ranked(["x", "w", "a", "b", "c"], edges[:4]) == {"x": 0, "a": 1, "b": 2, "c": 3, "w": 2}
    ported = ranked(["in", "x", "w", "a", "b", "c", "out"], [*edges, ("c", "out")], ["in"], ["out"])
    assert ported["in"] == 0 and min(r for key, r in ported.items() if key != "in") >= 1 and ported["out"] == 5
    assert place({}, []).width == 0.0


def test_edges_cross_the_frames_between_their_ends():
    around = {"x": (), "a": ("model", "one"), "b": ("model", "two"), "c": ("model",), "loss": ()}
    found = nested(around, [("x", "a"), ("a", "b"), ("x", "b"), ("b", "c"), ("c", "loss"), ("x", "a")])
    assert found.levels[None].items == ["x", "model", "loss"]
    assert found.levels["model"].items == ["one", "two", "c"]
    assert found.levels["model"].enter == [Port("in", "x")] and found.levels["model"].leave == [Port("out", "c")]
    route = [(frame, link.tail, link.head) for frame, link in found.routes[1]]
    assert route == [("one", "a", Port("out", "a")), ("model", "one", "two"), ("two", Port("in", "a"), "b")]
    assert found.routes[0] == found.routes[5]  # between a box and a frame one line is enough
    assert found.routes[0][0] == found.routes[2][0]


# ── SVG ──


@pytest.mark.parametrize("make", [bce, cross_entropy, micrograd_example, lambda: network()[0]])
@pytest.mark.parametrize("how", [{}, {"backward": True}, {"show": "formulas"}, {"depth": 1}], ids=str)
def test_the_svg_says_what_the_graphviz_picture_says(make, how):
    picture = draw(make(), **how)
    found = ElementTree.fromstring(vector.svg(picture.sheet))
    boxes = [g for g in found.iter(f"{SVG}g") if (g.get("class") or "").startswith("node")]
    said = sorted(squeezed("".join(box.itertext())) for box in boxes)
    labels = re.findall(r"^\s*n\d+(?:c\d+)? \[label=<(.*)> (?:class|color)", picture.source, re.MULTILINE)
    assert said == sorted(squeezed(html.unescape(re.sub(r"<[^>]*>", "", label))) for label in labels)
    lines = [g for g in found.iter(f"{SVG}g") if g.get("class") in ("edge", "constant", "gradient")]
    assert len(lines) == picture.source.count(" -> ")
    assert len([g for g in found.iter(f"{SVG}g") if g.get("class") == "cluster"]) == picture.source.count("subgraph")


def squeezed(text):
    return re.sub(r"\s", "", text)


def test_frames_hold_their_boxes_and_nothing_else():
    picture = draw(network()[0])
    drawing = vector._Vector(picture.sheet, upright=False)
    drawing.svg()
    around = picture.sheet.around()
    for frame, (x, y), (width, height) in drawing.drawn_frames:
        for key, (right, down) in drawing.drawn_boxes.items():
            w, h = drawing.sizes[key]
            inside = (
                x <= right - w / 2 and right + w / 2 <= x + width and y <= down - h / 2 and down + h / 2 <= y + height
            )
            outside = not overlap((right, down, w, h), (x + width / 2, y + height / 2, width, height))
            assert inside if id(frame) in around[key] else outside
    for route in drawing.nested.routes:
        curves = [drawing.drawn_curves[id(link)] for _, link in route]
        assert all(math.dist(one[-1], other[0]) < 0.01 for one, other in pairwise(curves))


@pytest.mark.parametrize("name", ["<b>&amp;", "]]>", "</svg>", "a\0b", "שלום", "x\u202ey"])
def test_names_are_text_in_the_svg(name):
    drawn = vector.svg(draw(tg.Value(2.0, name=name) * 3.0, backward=True).sheet)
    ElementTree.fromstring(drawn)
    assert "<b>" not in drawn and "\0" not in drawn
