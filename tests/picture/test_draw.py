"""The graphviz picture: what is in it, what it says, and how it shows itself with and without `dot`."""

import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import graphviz
import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.engine.backward import ancestors
from tinygrad_edu.engine.rules import TABLE
from tinygrad_edu.errors import ChangedSinceError
from tinygrad_edu.picture import layout
from tinygrad_edu.picture.folding import LEGIBLE
from tinygrad_edu.picture.frames import frames_of, homes
from tinygrad_edu.picture.layered import ranked
from tinygrad_edu.picture.nesting import nested
from tinygrad_edu.picture.palette import OUTSIDE, OUTSIDE_GRADIENT, heat
from tinygrad_edu.picture.plan import MANY_PIECES, MOST_PIECES, plan, spans
from tinygrad_edu.picture.stage import near
from tinygrad_edu.picture.text import Names, figure, shortened, symbol, visible
from tinygrad_edu.picture.tree import tree
from tinygrad_edu.shell.cli import main

ALIVE = []
GOLDEN = Path(__file__).parent / "golden"
SVG = "{http://www.w3.org/2000/svg}"


def bce():
    y = tg.Tensor([1.0, 0.0, 1.0], name="y", requires_grad=False)
    yhat = tg.Tensor([0.9, 0.2, 0.7], name="yhat")
    loss = -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).mean()
    loss.name = "loss"
    loss.backward()
    return loss


def micrograd_example():
    """The example of micrograd's README."""
    a, b = tg.Value(-4.0, name="a"), tg.Value(2.0, name="b")
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g = g + 10.0 / f
    g.name = "g"
    g.backward()
    return g


def cross_entropy():
    z = tg.Tensor([[2.0, -1.0, 0.5], [0.0, 1.0, 3.0]], name="z")
    y = tg.Tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], name="y", requires_grad=False)
    loss = -(y * tg.log_softmax(z)).sum(axis=-1).mean()
    loss.name = "L"
    loss.backward()
    return loss


def network():
    X = tg.Tensor(np.linspace(-1, 1, 12).reshape(6, 2), name="X", requires_grad=False)
    model = nn.MLP([2, 3, 1], output="sigmoid", rng=0)
    ALIVE.append(model)  # a picture knows the layers that are still there
    for parameter in model.parameters():  # numbers that are the same on every machine
        parameter.data = np.linspace(-0.5, 0.5, parameter.size).reshape(parameter.shape)
    loss = ((model(X) - np.ones((6, 1))) ** 2).mean()
    loss.name = "L"
    loss.backward()
    return loss, model


def chain(n):
    out = x = tg.Value(0.5, name="x")
    for k in range(n - 1):
        out = out.tanh() if k % 2 else out * x
    return out


def nodes_and_edges(source):
    """The boxes and edges of a DOT text."""
    edges = re.findall(r"^\s*(n\d+(?:c\d+)?) -> (n\d+)", source, re.MULTILINE)
    return re.findall(r"^\s*(n\d+(?:c\d+)?) \[", source, re.MULTILINE), edges


GOLDENS = {
    "scalar": lambda: tg.draw(tg.Value(3.0, name="x") * 2 + 1),
    "bce": lambda: tg.draw(bce()),
    "bce_backward": lambda: tg.draw(bce(), backward=True),
    "network": lambda: tg.draw(network()[0], show="formulas"),
    "network_folded": lambda: tg.draw(network()[0], depth=1, show="shapes"),
}


@pytest.mark.parametrize("name", GOLDENS)
def test_the_text_for_graphviz_is_the_golden_one(name, request):
    path = GOLDEN / f"{name}.gv"
    source = GOLDENS[name]().source
    if not path.exists():  # delete a golden text to have it written anew
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
        pytest.fail(f"{path} was missing and has been written: look at it")
    assert source == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("make", [bce, micrograd_example, cross_entropy, lambda: network()[0]])
@pytest.mark.parametrize("backward", [False, True])
def test_every_node_and_every_edge_stands_there_exactly_once(make, backward):
    root = make()
    boxes, edges = nodes_and_edges(tg.draw(root, backward=backward).source)
    order = ancestors([root], all_nodes=True)[::-1]
    place = {node: f"n{i}" for i, node in enumerate(order)}
    assert sorted(b for b in boxes if "c" not in b) == sorted(place.values())
    recorded = Counter((place[parent], place[node]) for node in order for parent in node.parents)
    assert Counter(edge for edge in edges if "c" not in edge[0]) == recorded


def test_a_plus_a_has_two_edges():
    a = tg.Value(2.0, name="a")
    assert nodes_and_edges(tg.draw(a + a).source)[1] == [("n0", "n1"), ("n0", "n1")]


def test_the_result_is_a_graphviz_digraph():
    picture = tg.draw(bce())
    assert isinstance(picture, graphviz.Digraph)
    assert "rankdir=LR" in picture.source


# ── read back from the SVG ──


def texts(picture):
    """What each box of a picture shows, in graphviz's order, read from the SVG."""
    root = ElementTree.fromstring(layout.laid_out(picture.source, "svg"))
    boxes = [g for g in root.iter(f"{SVG}g") if (g.get("class") or "").startswith("node")]
    return ["".join(t.text or "" for t in box.iter(f"{SVG}text")).replace("\N{NO-BREAK SPACE}", " ") for box in boxes]


@pytest.fixture(params=["dot", "pygraphviz"])
def engine(request, monkeypatch):
    """Both engines: dot on the PATH, and a PATH without it."""
    if request.param == "dot":
        return request.getfixturevalue("dot")
    pytest.importorskip("pygraphviz", reason="pygraphviz is not installed")
    monkeypatch.setenv("PATH", "")
    return "pygraphviz"


def test_names_values_and_gradients_are_shown(engine):
    (shown,) = [text for text in texts(tg.draw(bce())) if text.startswith("ŷ")]
    assert shown == "ŷ  30.9  0.2  0.7grad -0.3704  0.4167  -0.4762"


HOSTILE = [
    "</script><script>alert(1)</script>",
    r"\N \G \L \l",
    "back\\",
    r"\\\\",
    "&amp; &lt; &#38;",
    "\"quoted\" 'too'",
    "<b>bold</b>",
    "<",
    ">",
    "]]> <!-- -->",
    "a|b{c}d",
    "a  b ",
    "שלום",
    "日本語",
    "%s %n ${x}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_the_svg_shows_is_what_the_user_wrote(engine, name):
    shown = texts(tg.draw(tg.Value(2.0, name=name), show="shapes"))
    assert shown == [name]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_formulas_and_on_edges(engine, name):
    x = tg.Value(2.0, name=name)
    y = x * x
    y.name = name
    assert texts(tg.draw(y, backward=True, show="formulas"))[-1].startswith(shortened(name))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", "a↵b"),
        ("\0", "␀"),
        ("\ud800", "\ufffd"),
        ("x\u202ey", "x\ufffdy"),
        ("z" * 10_000, "z" * 23 + "…" + "z" * 16),
    ],
)
def test_characters_without_a_picture_get_one(dot, name, shown):
    assert texts(tg.draw(tg.Value(2.0, name=name), show="shapes")) == [shown]
    assert visible(shown) == shown


# ── what is said ──


@pytest.mark.parametrize("show", ["values", "shapes", "formulas"])
def test_shows(show, dot):
    joined = " ".join(texts(tg.draw(bce(), show=show)))
    assert ("0.9" in joined) == (show != "shapes")
    assert ("v₂ = y · v₁" in joined) == (show == "formulas")


def test_the_backward_pass_has_local_derivatives_on_its_edges():
    source = tg.draw(bce(), backward=True).source
    labels = re.findall(
        r"label=<(?:<FONT[^>]*>)?[\s\N{NO-BREAK SPACE}]*× ([^<]*?)[\s\N{NO-BREAK SPACE}]*(?:</FONT>)?> ", source
    )
    assert Counter(labels) == Counter(["1/ŷ", "y", "1", "1", "v₃", "1/v₄", "(−1)", "1/N", "(−1)"])
    assert source.count("dir=back") == 9


def test_drawing_the_backward_pass_leaves_gradients_alone():
    x = tg.Value(3.0, name="x")
    y = x * x
    assert "grad 6" in tg.draw(y, backward=True).source
    assert x.grad is None and y.grad is None


def test_every_row_has_a_sign_of_its_own():
    for rule in TABLE.values():
        assert symbol(rule) and "<" not in symbol(rule), rule.name


def test_large_arrays_are_summed_up():
    x = tg.Tensor(np.arange(100.0).reshape(4, 25) - 50.0, name="X")
    source = tg.draw(x).source
    assert "-50 … 49" in source and "mean -0.5" in source and source.count("BGCOLOR") == 12


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (np.zeros((0, 3)), "empty"),
        (np.array([np.nan, np.inf, -np.inf]), "nan  inf  -inf"),
        (np.full((2, 9), np.nan), "nan"),
    ],
)
def test_arrays_of_every_kind_have_a_picture(data, shown, dot):
    assert shown in texts(tg.draw(tg.Tensor(data, name="x")))[0]


def test_figures_have_four_digits_and_zero_no_sign():
    assert [figure(x) for x in (-0.0, 1e-12, 123456.0, True, np.float32(0.1))] == [
        "0",
        "1e-12",
        "1.235e+05",
        "True",
        "0.1",
    ]


def test_unnamed_nodes_are_numbered_by_a_letter_nobody_uses():
    v = tg.Value(1.0, name="v_1")
    names = Names((v + 1) * 2)
    assert names.called[names.order[1]] == "u₁"


# ── layers and folding ──


def test_layers_are_boxes_that_fold(dot):
    loss, _ = network()
    whole, layers, model = (tg.draw(loss, depth=depth).source for depth in (None, 1, 0))
    assert whole.count("subgraph cluster") == 5 and "MLP" in whole
    assert layers.count("subgraph cluster") == 1
    assert model.count("subgraph cluster") == 0 and "MLP" in model
    assert [len(nodes_and_edges(source)[0]) for source in (whole, layers, model)] == [14, 8, 5]
    assert "W₁ 2 × 3, b₁ 3" in layers
    assert any(text.startswith("X") for text in texts(tg.draw(loss, depth=0)))  # data are not hidden in a block


@pytest.mark.parametrize("output", ["linear", "softmax"])
def test_layers_are_inside_their_model_before_its_output_activation_too(dot, output):
    model = nn.MLP([2, 3, 2], output=output, rng=0)
    loss = tg.losses.cross_entropy(model.logits(np.ones((4, 2))), [0, 1, 0, 1])
    folded = tg.draw(loss, depth=0).source
    assert folded.count("MLP") == 1 and "Linear" not in folded
    assert tg.draw(loss).source.count("subgraph cluster") == 4


def test_what_a_layer_says_of_itself_is_data_too(engine):
    class Odd(nn.Module):
        def forward(self, x):
            return x * 2.0

        def extra_repr(self):
            return r"</script> & <b> \N"

    layer = Odd()
    source = tg.draw(layer(tg.Value(1.0, name="x")))
    root = ElementTree.fromstring(layout.laid_out(source.source, "svg"))
    (frame,) = [g for g in root.iter(f"{SVG}g") if g.get("class") == "cluster"]
    assert "".join(t.text for t in frame.iter(f"{SVG}text")) == r"Odd(</script> & <b> \N)"
    assert texts(tg.draw(layer(tg.Value(1.0)), depth=0, show="shapes"))[-1].startswith(r"Odd(</script> & <b> \N)")


def test_only_the_calls_that_made_the_graph_are_boxes():
    model = nn.Linear(2, 1, rng=0)
    x = tg.Tensor([[1.0, 2.0]], name="x")
    first, second = model(x), model(x)
    assert tg.draw(first).source.count("subgraph") == 1
    assert tg.draw(first + second).source.count("subgraph") == 2


def acyclic(what):
    """Whether edges go from older boxes to younger ones in some order."""
    after = {box.id: set() for box in what.boxes}
    for edge in what.edges:
        after[edge.tail.id].add(edge.head.id)
    waiting = Counter(head for heads in after.values() for head in heads)
    ready = [box for box in after if not waiting[box]]
    for box in ready:
        for head in after[box]:
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    return len(ready) == len(after)


def test_a_thousand_nodes_fold_until_they_are_legible():
    rng = np.random.default_rng(0)
    pool = [tg.Value(x) for x in rng.normal(size=20)]
    for _ in range(1200):
        i, j = rng.integers(max(0, len(pool) - 60), len(pool), 2)
        pool.append(pool[i] * pool[j] if rng.random() < 0.5 else (pool[i] + pool[j]).tanh())
    total = pool[0]
    for each in pool[-60:]:
        total = total + each
    for root in (chain(1000), total):
        what = plan(root)
        assert what.folded and len(what.boxes) <= LEGIBLE
        assert acyclic(what)
        assert {id(node) for box in what.boxes for node in box.members} == {id(node) for node in what.names.order}


def test_a_network_of_single_numbers_folds_into_neurons():
    x = [tg.Value(0.5 * i, name=f"x_{i}") for i in range(4)]
    layers, weight = x, iter(range(10_000))
    for width in (9, 9, 1):
        layers = [
            sum((tg.Value(0.1, name=f"w_{next(weight)}") * each for each in layers), tg.Value(0.0)).tanh()
            for _ in range(width)
        ]
    what = plan(layers[0])
    assert len(what.names.order) > LEGIBLE
    assert Counter(box.kind for box in what.boxes) == {
        "input": 4,
        "block": 10,
    }  # the second layer is part of the last neuron's formula


def test_a_leaf_used_along_a_long_chain_does_not_keep_graphviz_busy_for_minutes(dot):
    short, long = plan(chain(100)), plan(chain(250))
    assert not short.folded and MANY_PIECES < sum(spans(short)) <= MOST_PIECES
    assert long.folded and sum(spans(long)) <= MOST_PIECES and acyclic(long)
    keys = [f"n{k}" for k in range(250)]
    edges = [*pairwise(keys), *(("n0", key) for key in keys[1::2])]
    level = nested(dict.fromkeys(keys, ()), edges).levels[None]
    rank = ranked(keys, edges)
    assert sum(rank[link.head] - rank[link.tail] for link in level.links) > MOST_PIECES
    routed = near(level)  # inside a layer of a page only near links are Graphviz's business
    assert sum(rank[link.head] - rank[link.tail] for link in routed) < MANY_PIECES * 3
    assert {link.tail for link in routed} == {link.tail for link in level.links}


def test_ten_thousand_nodes_are_refused_with_advice_unless_asked():
    root = chain(10_000)
    with pytest.raises(ValueError, match=r"draw: 10,000 nodes are too many .* limit=None insists"):
        tg.draw(root)
    assert len(nodes_and_edges(tg.draw(root, limit=None).source)[0]) <= LEGIBLE


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: tg.draw(3.0), "draw: a picture is drawn of a Value or a Tensor, not of float"),
        (lambda: tg.draw(tg.Value(1.0), show="everything"), "draw: show is one of 'values', 'shapes', 'formulas'"),
        (lambda: tg.draw(tg.Value(1.0), depth=-1), "draw: depth counts layers from 0"),
        (lambda: tg.draw(tg.Value(1.0), depth=True), "draw: depth counts layers from 0"),
        (lambda: tg.draw(tg.Value(1.0, requires_grad=False), backward=True), "nothing here requires a gradient"),
    ],
)
def test_errors_say_what_to_do(call, error):
    with pytest.raises((TypeError, ValueError), match=re.escape(error)):
        call()


# ── files and notebooks ──


def test_rendering(engine, tmp_path):
    path = tg.draw(bce()).render(tmp_path / "loss", format="png")
    assert Path(path).read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "loss").read_text(encoding="utf-8").startswith("digraph")
    assert tg.draw(bce()).pipe("svg", encoding="utf-8").startswith("<?xml")


def test_a_format_that_nobody_knows_is_one_line(monkeypatch):
    pytest.importorskip("pygraphviz", reason="pygraphviz is not installed")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="Graphviz cannot write 'nonsense'"):
        tg.draw(bce()).pipe("nonsense")


def test_notebooks_get_an_svg_that_is_not_clipped(engine):
    shown = tg.draw(bce())._repr_mimebundle_()
    head = shown["image/svg+xml"].split(">")[0]
    assert "viewBox" in head and "width=" not in head and "height=" not in head
    small = tg.draw(tg.Value(1.0, name="x"))._repr_mimebundle_()["image/svg+xml"].split(">")[0]
    assert "viewBox" in small and "width=" in small  # it would be blown up to the width of the page
    assert "ŷ" in shown["image/svg+xml"] and "log ŷ" in shown["text/plain"]
    ElementTree.fromstring(shown["image/svg+xml"])
    assert tg.draw(bce())._repr_mimebundle_(include=["text/plain"]).keys() == {"text/plain"}


NO_ENGINE = r'^no layout engine found: pip install "tinygrad_edu\[draw\]"[^\n]*$'


def test_without_any_engine_notebooks_show_svg_all_the_same(without_graphviz, tmp_path):
    loss = bce()
    for shown in (tg.draw(loss)._repr_mimebundle_(), loss._repr_mimebundle_()):
        assert "ŷ" in shown["text/plain"]
        ElementTree.fromstring(shown["image/svg+xml"])
        assert 'role="img"' in shown["image/svg+xml"] and "grad -0.3704  0.4167  -0.4762" in shown["image/svg+xml"]
    path = tg.draw(loss).render(tmp_path / "loss")
    assert Path(path).read_bytes() == tg.draw(loss).pipe("svg")
    for use in (lambda: tg.draw(loss).pipe("png"), lambda: tg.draw(loss).render(tmp_path / "x", format="pdf")):
        with pytest.raises(RuntimeError, match=NO_ENGINE):
            use()


def test_without_any_engine_what_was_added_to_a_picture_is_not_left_out_in_silence(without_graphviz):
    picture = tg.draw(bce())
    picture.node("mine")
    with pytest.raises(RuntimeError, match=NO_ENGINE):
        picture.svg()
    assert "no layout engine" in picture._repr_mimebundle_()["text/plain"]


def test_nodes_and_models_show_themselves():
    loss, model = network()
    assert "ŷ" in bce()._repr_mimebundle_()["image/svg+xml"]
    assert loss._repr_mimebundle_()["text/plain"].startswith("L = mean(")
    leaf = tg.Tensor([1.0, 2.0], name="x")._repr_mimebundle_()
    assert leaf["text/plain"].startswith("Tensor(") and "image/svg+xml" in leaf
    shown = model._repr_mimebundle_()
    assert "13 parameters" in shown["image/svg+xml"] and "W₁ 2 × 3" in shown["image/svg+xml"]
    assert shown["text/plain"] == repr(model)


def test_importing_the_package_loads_no_picture():
    code = "import tinygrad_edu, sys; print([m for m in ('graphviz', 'tinygrad_edu.picture') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ── from the shell ──

LOSS = "mean(-(y*log(yhat) + (1-y)*log(1-yhat)))"


def test_the_shell_prints_a_tree(capsys):
    assert main(["draw", LOSS, "--values", "yhat=0.9,0.2,0.7", "y=1,0,1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("L = mean(") and "grad [-0.3704  0.4167  -0.4762]" in said


@pytest.mark.parametrize(
    ("suffix", "begins"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".html", b"<!DOCTYPE"), (".gv", b"digraph")]
)
def test_the_shell_writes_files(dot, tmp_path, suffix, begins, capsys):
    path = tmp_path / f"loss{suffix}"
    assert main(["draw", "-(w*x + b)**2", "--values", "w=-1", "x=2", "b=1", "--backward", "-o", str(path)]) == 0
    assert path.read_bytes().startswith(begins)
    assert capsys.readouterr().out == f"wrote {path}\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["x*2", "--values", "x=a"], "--values x=a: write NAME=NUMBER"),
        (["x*2", "--values", "x=1,2;3"], "write NAME=NUMBER"),
        (["x*2", "--values", "x=1", "-o", "x.xyz"], "x.xyz: a picture is written as .svg, .png, .pdf, .html, .gv"),
        (["(x", "--values", "x=1"], "the loss:"),
    ],
)
def test_the_shell_says_what_it_cannot_read_in_one_line(given, said, capsys):
    assert main(["draw", *given]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_a_matrix_in_the_shell(capsys):
    assert main(["draw", "mean(X @ w)", "--values", "X=1,2;3,4", "w=1,1"]) == 0
    assert "X  (2 × 2)  [1  2; 3  4]" in capsys.readouterr().out


# ── trees ──


def test_a_tree_names_what_it_has_shown_and_ends_in_time():
    lines = tree(chain(500)).splitlines()
    assert len(lines) == 61 and lines[-1].endswith("more nodes")
    assert "x ↑" in tree(chain(3))


# ── colours ──


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [OUTSIDE, OUTSIDE_GRADIENT])
def test_what_stands_outside_of_boxes_is_legible_on_white_and_on_black(colour):
    assert 1.05 / (luminance(colour) + 0.05) > 4.2
    assert (luminance(colour) + 0.05) / 0.05 > 4.2


def test_heat_runs_from_blue_over_white_to_vermilion():
    found = [heat(x, 2.0) for x in (-2.0, 0.0, 2.0, np.nan)]
    assert found == ["#0072b2", "#f7f7f7", "#d55e00", "#000000"]
    assert all(luminance(a) != luminance(b) for a, b in pairwise(found))


# ── a picture drawn after a step ──────────────────────────────────────────────────────────────────────────────────────


def test_values_that_have_changed_since_are_named():
    W, v = tg.Tensor([2.0], name="W"), tg.Tensor([3.0], name="v")
    loss = (W * v).sum()
    loss.backward()
    assert "changed since" not in tg.draw(loss).source and "changed since" not in tree(loss)
    tg.optim.SGD([v], lr=1.0).step()
    for shown in (tg.draw(loss).source, tree(loss)):
        assert "changed since: v; what was computed from it is older" in shown.replace("\N{NO-BREAK SPACE}", " ")
    with pytest.raises(ChangedSinceError, match="v"):
        tg.draw(loss, backward=True)
    with pytest.raises(ChangedSinceError, match="v"):
        tg.page(loss)


def test_the_innermost_call_of_each_node():
    inner = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Tanh(), nn.Linear(2, 2)))
    x = np.ones((1, 2))
    loss = (inner(np.exp(inner(x))) + 1.0 + nn.ReLU()(inner(x) * 2.0)).sum()
    order = ancestors([loss], all_nodes=True)[::-1]
    frames, _ = frames_of(order)
    around = {node: [frame for frame in frames if node in frame] for node in order}
    assert homes(order, frames) == {node: found[-1] for node, found in around.items() if found}
    assert {frame.title for frame in homes(order, frames).values()} >= {"Linear(2 → 2)", "Tanh"}
