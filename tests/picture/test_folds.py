"""Layers on the page: what folds, what a step through a fold is, and where everything lies when folds are open."""

import json
import re

import numpy as np
import pytest
from test_page import Visit, chain, neuron, order, visits

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.picture.folds import SEEN, Folds
from tinygrad_edu.picture.steps import contributions
from tinygrad_edu.picture.text import Names


class Block(nn.Module):
    def __init__(self, width, seed):
        self.norm, self.linear, self.act = nn.LayerNorm(width), nn.Linear(width, width, rng=seed), nn.GELU()

    def forward(self, x):
        return x + self.act(self.linear(self.norm(x)))


@pytest.fixture(scope="module")
def deep():
    """The loss of a network of eight layers, some of which hold others, and the network: it has to live."""
    model = nn.Sequential(*(Block(3, k) for k in range(7)), nn.Linear(3, 1, rng=9))
    X = tg.Tensor(np.linspace(-1, 1, 15).reshape(5, 3), name="X", requires_grad=False)
    loss = ((model(X) - 1.0) ** 2).mean()
    loss.name = "loss"
    loss.backward()
    return loss, model


def scalars(widths=(3, 6, 6, 6, 1)):
    """A network of single numbers, without a layer, of more than 300 nodes."""
    rng = np.random.default_rng(0)
    x = [tg.Value(0.3 * k, name=f"x_{k}") for k in range(widths[0])]
    for width in widths[1:]:
        sums = [tg.Value(0.1)] * width
        for each in x:  # term by term, so that the operations of a neuron were not made one after the other
            sums = [s + tg.Value(float(rng.normal())) * each for s in sums]
        x = [s.tanh() for s in sums]
    return x[0]


def folds_of(root, depth=None):
    return Folds(root, Names(root), depth)


def closed(folds):
    return [fold for fold in folds.all if fold not in folds.open]


# ── what folds ──


def test_layers_fold_as_they_lie_inside_each_other(deep):
    folds = folds_of(deep[0])
    assert [fold.title for fold in folds.all[:5]] == ["Sequential", "Block #1", "LayerNorm(3)", "Linear(3 → 3)", "GELU"]
    assert {fold.title for fold in folds.open} == {"Sequential"}  # more would be dust
    assert folds.order == Names(deep[0]).order
    leaves = [node for node in folds.order if node.rule is None]
    around = {folds.names[node]: [fold.title for fold in folds.around[node]] for node in leaves}
    assert around["X"] == [] and around["W₂"] == ["Sequential", "Block #1", "Linear(3 → 3)"]


@pytest.mark.parametrize(("depth", "seen"), [(0, 5), (1, 12), (2, 36), (3, 155)])
def test_depth_says_what_is_open_at_first(deep, depth, seen):
    folds = folds_of(deep[0], depth)
    assert all((fold in folds.open) == (fold.depth < depth) for fold in folds.all)
    assert len({next((f for f in folds.around[n] if f not in folds.open), n) for n in folds.order}) == seen


def test_small_graphs_are_open_and_large_ones_without_layers_fold_by_formula():
    assert folds_of(neuron()).all == []
    small = nn.MLP([2, 3, 1], rng=0)
    assert not closed(folds_of(small(np.ones((4, 2))).sum()))
    folds = folds_of(scalars())
    assert len(folds.order) > 300 and len(folds.all) == 13 and not folds.open
    assert len(folds_of(chain(1000)).all) <= 60


@pytest.mark.parametrize("make", [scalars, lambda: chain(700)])
def test_operations_of_a_fold_stand_together_after_their_operands(make):
    root = make()
    folds = folds_of(root)
    place = {node: k for k, node in enumerate(folds.order)}
    assert all(place[parent] < place[node] for node in folds.order for parent in node.parents)
    homes = [folds.around[node] for node in folds.order if node.rule is not None]
    runs = [home for k, home in enumerate(homes) if home and (k == 0 or homes[k - 1] != home)]
    assert len(runs) == len(set(runs))
    final = {step.parent: step.so_far for step in contributions(root, folds.order)}
    root.backward()
    for node, g in final.items():
        assert g == pytest.approx(node.grad, rel=1e-12)


def test_what_page_is_told_of_depth_and_of_a_limit(deep):
    with pytest.raises(ValueError, match="page: depth counts layers from 0, it cannot be -1"):
        tg.page(neuron(), depth=-1)
    with pytest.raises(ValueError, match=r"page: 8 nodes .* up to 5 nodes; limit=None insists"):
        tg.page(neuron(), limit=5)
    opened = [
        json.loads(re.search(r'id="data">(.*?)</script>', tg.page(deep[0], depth=d), re.DOTALL)[1]) for d in (0, 9)
    ]
    assert [sum(fold["open"] for fold in data["folds"]) for data in opened] == [0, len(opened[0]["folds"])]


def test_the_plain_form_of_a_page_is_one_line(tmp_path):
    text = tg.page(neuron())
    assert re.fullmatch(r"<page of \d+ KB; page\(node, 'file\.html'\) writes it>", repr(text))
    assert str(text).startswith("<!DOCTYPE html>") and text._repr_mimebundle_()["text/plain"] == repr(text)


def test_a_single_entry_is_named_by_its_place():
    W = tg.Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], name="W_1")
    root = W[0, 2] * W[1, 0] + W.sum()
    names = Names(root)
    assert names.whole(root) == "L = W₁[0, 2] · W₁[1, 0] + Σ W₁"
    assert "W₁[0, 2]  3" in repr(tg.draw(root)) and "= W₁[0, 2]  3" not in repr(tg.draw(root))


# ── in the browser ──


@pytest.fixture
def visit(browser, tmp_path):
    with visits(browser, tmp_path / "page.html") as opening:
        yield opening


def box(page, title):
    return page.page.locator(".node.block", has_text=title).first


def test_a_closed_layer_is_one_step_forward_and_one_backward_until_it_is_opened(visit, deep):
    loss, _ = deep
    page = visit(tg.page(loss))
    end = int(page.time().split("/")[1])
    # 8 layers and 3 operations, the seed, then the loss's 3 contributions and the layers again
    assert end == 11 + 1 + 3 + 8
    page.press("ArrowRight", times=2)
    assert "Forward through Block #2: 17 operations" in page.now()
    assert box(page, "Block #2").locator("text.value").first.text_content() != ""
    assert box(page, "Block #3").locator("text.value").first.text_content() == ""
    page.press("Enter")
    opened = int(page.time().split("/")[1])
    assert opened > end and page.time() == f"5 / {opened}"
    assert not box(page, "Block #2").is_visible() and page.page.locator(".frame:visible", has_text="Block #2").count()
    page.press("Escape")
    assert page.time() == f"2 / {end}" and box(page, "Block #2").is_visible()
    page.press("End")
    page.press("ArrowLeft")
    assert "Backward through Block #2: 25 contributions" in page.now()
    names = Names(loss)
    shown = dict(
        card.split("\n", 1) for card in page.page.locator("#now .equation").nth(1).locator(".card").all_inner_texts()
    )
    fold = next(fold for fold in folds_of(loss).all if fold.title == "Block #2")
    own = {f"∂loss/∂{names[node]}": node for node in fold.members if node.rule is None}
    assert shown.keys() == own.keys() and len(own) == 4
    assert all(f"{node.grad.ravel()[0]:.4g}" in shown[name] for name, node in own.items())


def test_all_layers_open_and_close_and_show_every_number(visit, deep):
    loss, _ = deep
    page = visit(tg.page(loss))
    folded = page.time()
    page.press("o")
    operations = [node for node in order(loss) if node.rule is not None]
    assert page.time() == f"0 / {len(operations) + 1 + len(list(contributions(loss)))}"
    page.press("End")
    for index, node in enumerate(order(loss)):
        if np.size(node.data) <= 4 and node.grad is not None:
            assert page.numbers(index, "value") == pytest.approx(np.ravel(node.data), rel=1e-3)
            assert page.numbers(index, "grad") == pytest.approx(np.ravel(node.grad), rel=1e-3, abs=1e-12)
    page.press("Home")
    page.page.get_by_role("button", name="fold all").click()
    assert page.time() == folded


def test_a_click_opens_a_layer_and_its_title_folds_it(visit, deep):
    page = visit(tg.page(deep[0]))
    box(page, "Block #1").click()
    page.page.locator(".shut", has_text="Block #1").click()
    assert box(page, "Block #1").is_visible()
    page.press("ArrowDown", times=2)
    assert page.page.locator("#details h2").inner_text().startswith("Block #1")
    page.page.locator("#details").get_by_role("button", name="open").click()
    assert box(page, "LayerNorm(3)").is_visible()
    page.press("ArrowDown", times=2)  # among what can be seen now: the layer's first layer
    assert page.page.locator("#details h2").inner_text().startswith("LayerNorm(3)")
    page.press("Escape")
    assert box(page, "Block #1").is_visible()


PLACES = """() => {
  const at = (each) => { const r = each.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; };
  const seen = (each) => each.getAttribute('display') !== 'none';
  const nodes = [...document.querySelectorAll('.node')].filter(seen);
  const between = (a, x, length, d) => x - d < a && a < x + length + d;
  const within = (p, [x, y, width, height], d) => between(p.x, x, width, d) && between(p.y, y, height, d);
  const borders = [...document.querySelectorAll('.box, .frame > rect')].map(at);
  const drifts = (path) => seen(path) && [0, path.getTotalLength()].some((length) => {
    const p = path.getPointAtLength(length).matrixTransform(path.getScreenCTM());
    return !borders.some((each) => within(p, each, 3) && !within(p, each, -3));
  });
  const link = (id) => document.querySelector(`.edge[data-l="${id}"]`);
  const ends = (path) => [0, path.getTotalLength()].map((length) => path.getPointAtLength(length));
  const data = JSON.parse(document.getElementById('data').textContent);
  const torn = data.nodes.flatMap((node) => node.ins ?? []).filter(([, , route]) => {
    const paths = route.map(link).filter(seen).map(ends);
    return paths.some((path, k) => k && Math.hypot(path[0].x - paths[k - 1][1].x, path[0].y - paths[k - 1][1].y) > 1);
  });
  return {
    torn: torn.length,
    adrift: [...document.querySelectorAll('.edge')].filter(drifts).length,
    boxes: nodes.map((each) => at(each.querySelector('.box'))),
    frames: [...document.querySelectorAll('.frame')].filter(seen).map((each) => at(each.querySelector('rect'))),
    stage: at(document.getElementById('drawing')),
    loose: [...document.querySelectorAll('.edge')].filter((each) => /NaN|undef/.test(each.getAttribute('d'))).length,
  };
}"""


@pytest.mark.parametrize("keys", [[], ["o"], ["ArrowRight", "Enter"], ["End", "Enter", "ArrowLeft", "Enter"]], ids=str)
def test_boxes_stand_apart_and_frames_around_theirs_whatever_is_open(visit, deep, keys):
    page = visit(tg.page(deep[0]))
    for key in keys:
        page.press(key)
    found = page.page.evaluate(PLACES)
    boxes, frames = np.array(found["boxes"]), np.array(found["frames"])
    assert len(boxes) >= 12 and found["loose"] == found["adrift"] == found["torn"] == 0
    assert len(frames) == 1 + (len(deep[1].layers) + 21 if "o" in keys else sum(key == "Enter" for key in keys))
    for k, (x, y, width, height) in enumerate(boxes):
        apart = (abs(boxes[:, 0] + boxes[:, 2] / 2 - x - width / 2) >= (boxes[:, 2] + width) / 2 - 1) | (
            abs(boxes[:, 1] + boxes[:, 3] / 2 - y - height / 2) >= (boxes[:, 3] + height) / 2 - 1
        )
        assert apart.sum() == len(boxes) - 1, k
        for left, top, wide, high in frames:
            inside = left - 1 <= x and x + width <= left + wide + 1 and top - 1 <= y and y + height <= top + high + 1
            outside = x >= left + wide - 1 or x + width <= left + 1 or y >= top + high - 1 or y + height <= top + 1
            assert inside or outside


def test_the_drawing_follows_what_happens_unless_it_is_told_not_to(visit, deep):
    page = visit(tg.page(deep[0]), viewport={"width": 800, "height": 700})
    inside = """() => {
      const at = (each) => document.querySelector(each).getBoundingClientRect();
      const [box, stage] = ['.node.now .box', '#stage'].map(at);
      return [box.left >= stage.left && box.right <= stage.right, box.width];
    }"""
    for _ in range(8):
        page.press("ArrowRight")
        seen, width = page.page.evaluate(inside)
        assert seen and width > 70
    page.press("z")
    whole = page.page.evaluate("[drawing.getBoundingClientRect().width, stage.clientWidth]")
    assert whole[0] <= whole[1] and page.page.locator("#follow").get_attribute("aria-pressed") == "false"
    page.press("Home")
    assert page.page.evaluate("[drawing.getBoundingClientRect().width, stage.clientWidth]") == whole


def test_a_network_of_single_numbers_steps_through_its_neurons_and_computes_anew(visit):
    root = scalars()
    page = visit(tg.page(root))
    page.press("End")
    assert int(page.time().split("/")[1]) <= 2 * 13 + 20
    page.page.get_by_role("spinbutton", name="x₁").fill("-0.7")
    leaf = next(node for node in order(root) if node.name == "x_1")
    again = tg.grad(lambda x: rebuilt(root, leaf, x))(-0.7)
    shown = page.page.locator(".node", has_text="x₁").first.locator("text.grad").text_content()
    assert float(shown.removeprefix("grad ")) == pytest.approx(again, rel=1e-3)


def rebuilt(root, leaf, x):
    """The same computation from another value of a leaf."""
    known = {leaf: x}
    for node in order(root):
        if node not in known:
            given = [known[a] if isinstance(a, type(node)) else a for a in node.args] if node.rule else []
            known[node] = node.rule(*given, **node.params) if node.rule else node.data
    return known[root]


def test_at_390_points_nothing_is_cut_and_the_keys_are_explained(visit, deep):
    page = visit(tg.page(deep[0]), viewport={"width": 390, "height": 844})
    page.press("ArrowRight")
    page.press("ArrowDown", times=3)
    page.page.locator("#all summary").click()
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.page.locator(".help").is_visible() and "open, Esc fold" in page.page.locator(".help").inner_text()
    assert page.page.locator(".key.strip").is_visible()
    cut = page.page.evaluate(
        "[...document.querySelectorAll('#all tr, #now, nav button')]"
        ".filter((each) => each.getBoundingClientRect().right > innerWidth).length"
    )
    assert cut == 0


def test_entries_of_a_table_say_their_place(visit):
    W = tg.Tensor(np.arange(18.0).reshape(3, 6) / 7, name="W_1")
    page = visit(tg.page((W**2).sum()))
    page.press("ArrowDown")
    cell = page.page.locator("#details table.numbers td").nth(8)
    assert cell.get_attribute("title") == "W₁[1,2]"
    cell.hover()
    assert "W₁[1,2] = 1.143" in page.page.locator("#details").inner_text()


def test_in_a_notebook_the_page_opens_on_the_result(browser, tmp_path):
    shown = tg.page(neuron())._repr_mimebundle_()["text/html"]
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8><body>{shown}</body>", encoding="utf-8")
    page = Visit(browser, path)
    counted = page.page.frame_locator("iframe").locator("#count").inner_text()
    assert re.fullmatch(r"(\d+) / \1", counted) and page.said == []
    page.page.context.close()


def test_a_page_without_graphviz_is_a_page(without_graphviz, visit):
    page = visit(tg.page(neuron()))
    page.press("End")
    assert page.numbers(7, "grad") == [1.0] and SEEN < 40
