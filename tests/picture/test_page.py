"""The page in a real browser, from a file, with the network cut."""

import json
import math
import re
from contextlib import contextmanager

import browsing
import numpy as np
import pytest
from rows import SMOOTH, named, tries

import tinygrad_edu as tg
from tinygrad_edu.engine.kernels import floats
from tinygrad_edu.engine.rules import TABLE
from tinygrad_edu.picture.javascript import kernels
from tinygrad_edu.picture.steps import contributions
from tinygrad_edu.picture.text import Names

SIZES = (30, 300, 1000)


class Visit(browsing.Visit):
    """A page that steps through a computation."""

    def numbers(self, index, kind):
        """The numbers that a box shows."""
        lines = self.page.locator(f'.node[data-i="{index}"] text.{kind}').all_text_contents()
        return [float(each) for each in re.findall(r"-?(?:\d[\d.e+-]*|inf|nan)", " ".join(lines).replace("grad", ""))]

    def time(self):
        return self.page.locator("#count").inner_text()

    def now(self):
        return self.page.locator("#now").inner_text()


@contextmanager
def visits(browser, path):
    """Opens pages, from their texts; none of them may have complained in the end."""
    opened = []

    def opening(text, **settings):
        path.write_text(text, encoding="utf-8")
        opened.append(Visit(browser, path, **settings))
        return opened[-1]

    yield opening
    for each in opened:
        complaints = list(each.said)
        each.page.context.close()
        assert complaints == []


@pytest.fixture
def visit(browser, tmp_path):
    with visits(browser, tmp_path / "page.html") as opening:
        yield lambda node, **settings: opening(tg.page(node), **settings)


def bce():
    y = tg.Tensor([1.0, 0.0, 1.0], name="y", requires_grad=False)
    yhat = tg.Tensor([0.9, 0.2, 0.7], name="yhat")
    loss = -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).mean()
    loss.name = "loss"
    return loss


def neuron():
    x, w, b = tg.Value(3.0, name="x"), tg.Value(-0.5, name="w_1"), tg.Value(1.0, name="b")
    a = (w * x + b).tanh()
    return a * a + 2


def chain(n):
    """n nodes: 1 leaf, the rest operations, every third one using the leaf again."""
    out = x = tg.Value(0.5, name="x")
    for k in range(n - 1):
        out = out * x if k % 3 == 0 else out.tanh() if k % 3 == 1 else out + x
    return out


def order(root):
    from tinygrad_edu.engine.backward import ancestors

    return ancestors([root], all_nodes=True)[::-1]


def assert_shows_everything(page, root):
    root.backward()
    for index, node in enumerate(order(root)):
        assert page.numbers(index, "value") == pytest.approx(np.ravel(node.data), rel=1e-3)
        expected = [] if node.grad is None else np.ravel(node.grad)
        assert page.numbers(index, "grad") == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("make", [bce, neuron])
def test_at_the_end_every_value_and_gradient_stands_there(visit, make):
    root = make()
    page = visit(root)
    page.press("End")
    assert_shows_everything(page, root)


def test_arrays_that_a_box_sums_up_stand_in_full_in_the_table(visit):
    x = tg.Tensor(np.linspace(-1.0, 1.0, 20), name="x")
    loss = (x**3).mean()
    loss.backward()
    page = visit(loss)
    page.press("End")
    cells = page.page.locator("#all tbody tr").first.locator("td").all_text_contents()
    assert [float(each) for each in cells[2].split()] == pytest.approx(x.data, rel=1e-3)
    assert [float(each) for each in cells[3].split()] == pytest.approx(x.grad, rel=1e-3, abs=1e-12)


def test_stepping_through_binary_cross_entropy_shows_each_contribution_and_their_sum(visit):
    loss = bce()
    page = visit(loss)
    nodes = order(loss)
    operations = [i for i, node in enumerate(nodes) if node.rule is not None]
    assert page.time() == f"0 / {len(operations) + 1 + len(list(contributions(loss)))}"
    for done, index in enumerate(operations, start=1):
        assert page.numbers(index, "value") == []
        page.press("ArrowRight")
        assert page.time().startswith(f"{done} /")
        assert page.numbers(index, "value") == pytest.approx(np.ravel(nodes[index].data), rel=1e-3)
    page.press("ArrowRight")
    assert page.numbers(len(nodes) - 1, "grad") == [1.0]
    seen: dict[int, np.ndarray] = {}
    for step in contributions(loss):
        page.press("ArrowRight")
        index = next(i for i, node in enumerate(nodes) if node is step.parent)
        seen[index] = seen.get(index, 0.0) + np.asarray(step.contribution)
        assert page.numbers(index, "grad") == pytest.approx(np.ravel(seen[index]), rel=1e-3)
        cards = [card.inner_text() for card in page.page.locator("#now .equation").first.locator(".card").all()]
        for text, x in zip(cards, (step.local, step.incoming, step.contribution), strict=True):
            shown = [float(s) for s in re.findall(r"-?\d[\d.e+-]*", text.splitlines()[-1])]
            assert shown == pytest.approx(np.ravel(x), rel=1e-3)
    assert "so far" in page.now() and "now" in page.now()  # ŷ has two paths into it: they are added
    page.press("ArrowLeft")
    assert page.numbers(index, "grad") == pytest.approx(seen[index] - step.contribution, rel=1e-3)


def test_the_keyboard_alone_is_enough(visit):
    page = visit(neuron())
    end = int(page.time().split("/")[1])
    page.press("End")
    assert page.time() == f"{end} / {end}"
    page.press("Home")
    assert page.time() == f"0 / {end}"
    page.press(" ")
    page.page.locator("#count", has_text=re.compile(r"^[2-9] /")).wait_for()
    page.press(" ")
    assert page.page.get_by_role("button", name="Play").count() == 1
    page.press("Home")
    page.press("ArrowDown", times=2)
    assert page.page.locator("#details h2").inner_text() == "w₁"
    page.press("ArrowRight")
    assert page.time() == f"1 / {end}"
    nameless = page.page.evaluate(
        "[...document.querySelectorAll('button, input, select')]"
        ".filter((each) => !(each.getAttribute('aria-label') || each.textContent.trim())).length"
    )
    assert nameless == 0


def test_buttons_and_slider_do_what_the_keys_do(visit):
    page = visit(neuron())
    end = int(page.time().split("/")[1])
    page.page.get_by_role("button", name="Step forward").click()
    page.page.get_by_role("button", name="Step forward").click()
    page.page.get_by_role("button", name="Step back").click()
    assert page.time() == f"1 / {end}"
    page.page.get_by_role("slider", name="Step").fill("5")
    assert page.time() == f"5 / {end}"
    page.page.get_by_role("button", name="To the end").click()
    page.press("ArrowLeft")
    assert page.time() == f"{end - 1} / {end}"


def test_a_click_shows_how_a_gradient_came_about(visit):
    loss = bce()
    page = visit(loss)
    page.press("End")
    page.page.locator(".node", has_text="ŷ").first.click()
    details = page.page.locator("#details").inner_text()
    assert "ŷ" in details and details.count("from v") == 2 and "sum:" in details
    assert "-0.3704" in details


def test_an_input_that_is_changed_recomputes_everything(visit):
    page = visit(neuron())
    page.press("End")
    page.page.get_by_role("spinbutton", name="w₁").fill("0.25")
    x, w, b = tg.Value(3.0), tg.Value(0.25), tg.Value(1.0)
    a = (w * x + b).tanh()
    assert_shows_everything(page, a * a + 2)


def test_tensors_without_axes_can_be_changed_too(visit):
    page = visit(tg.Tensor(3.0, name="x") ** 2 + 1.0)
    page.press("End")
    page.page.get_by_role("spinbutton", name="x").fill("-2")
    assert page.numbers(0, "grad") == [-4.0] and page.numbers(2, "value") == [5.0]


def test_a_page_of_arrays_offers_no_inputs(visit):
    page = visit(bce())
    assert not page.page.locator("#inputs").is_visible()


RANGES = {"arccosh": (1.3, 1.7), "arcsin": (0.3, 0.4), "arctanh": (0.3, 0.4), "arccos": (0.3, 0.4)}
SCALAR_ROWS = sorted(
    name
    for name in kernels()
    if TABLE[name].differentiable and TABLE[name].arity in (1, 2) and TABLE[name].kind.name == "elementwise"
)


def test_the_emitted_program_agrees_with_the_engine_for_every_row_it_knows(visit):
    total = tg.Value(0.0, name="zero")
    leaves = []
    for name in SCALAR_ROWS:
        for start in RANGES.get(name, (0.7, 1.6)):
            given = [tg.Value(start + 0.125 * k, name=f"{name}{k}{start}") for k in range(TABLE[name].arity)]
            leaves += given
            total = total + TABLE[name](*given)
    page = visit(total)
    page.press("End")
    total.backward()
    recomputed = page.page.evaluate(
        """() => {
          const data = JSON.parse(document.getElementById('data').textContent);
          const v = data.nodes.map((node) => node.value);
          const g = v.map(() => 0);
          program(v, g, [], [], []);
          return [v, g];
        }"""
    )
    for index, node in enumerate(order(total)):
        assert recomputed[0][index] == pytest.approx(node.data, rel=1e-12)
        assert recomputed[1][index] == pytest.approx(node.grad, rel=1e-12)


def test_the_page_computes_every_row_that_has_a_kernel_for_single_numbers():
    assert set(floats.KERNELS) <= kernels() <= set(TABLE)


HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; alert(1); //",
    r"back\slash \N \n \\",
    "&amp; &lt;b&gt; ]]> <!--",
    "${alert(1)} `x` {{x}}",
    "שלום עולם",
    "日本語 ∂ 🎉",
    "a  b",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_as_they_were_written(visit, name):
    x = tg.Value(2.0, name=name)
    page = visit(x * x)
    page.press("End")
    shown = page.page.locator('.node[data-i="0"] .name').text_content()
    assert shown == (name if len(name) <= 40 else f"{name[:23].rstrip()}…{name[-16:].lstrip()}")
    page.press("ArrowDown")
    assert page.page.locator("#details h2").text_content() == shown
    assert page.page.locator("script").count() == 2 and page.page.locator("img").count() == 0


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", "a↵b"),
        ("a\0b", "a␀b"),
        ("\ud800", "\ufffd"),
        ("x\u202ey", "x\ufffdy"),
        ("z" * 10_000, "z" * 23 + "…" + "z" * 16),
    ],
)
def test_characters_without_a_picture_get_one(visit, name, shown):
    page = visit(tg.Value(2.0, name=name) * 3.0)
    assert page.page.locator('.node[data-i="0"] .name').text_content() == shown


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "dark")])
def test_phones_and_dark_rooms(visit, width, scheme):
    page = visit(bce(), viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.press("End")
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    paper, ink = page.page.evaluate(
        "[getComputedStyle(document.documentElement).backgroundColor,"
        " getComputedStyle(document.querySelector('#drawing .value')).fill]"
    )
    assert contrast(paper, ink) > 7
    small = page.page.evaluate(
        "[...document.querySelectorAll('nav button:not([hidden])')]"
        ".filter((b) => b.getBoundingClientRect().height < 36).length"
    )
    assert small == 0


def contrast(one, other):
    """WCAG's contrast of two colours as CSS writes them."""

    def luminance(colour):
        channels = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
        return sum(
            weight * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
            for weight, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True)
        )

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_nothing_moves_where_motion_is_reduced(visit):
    page = visit(neuron(), reduced_motion="reduce")
    page.press("ArrowRight", times=12)
    assert page.page.locator("#traveller").get_attribute("visibility") == "hidden"


@pytest.mark.parametrize("n", SIZES)
def test_large_graphs_are_usable_pages(visit, n, tmp_path):
    page = visit(chain(n))
    page.press("End")
    end = int(page.time().split("/")[1])
    assert page.time() == f"{end} / {end}" and end < 200
    page.press("o")  # everything open: no step is left out
    steps = n + len(list(contributions(chain(n))))
    assert page.time() == f"{steps} / {steps}"
    assert (tmp_path / "page.html").stat().st_size <= 3 * 2**20


ODD = {
    "a leaf": lambda: tg.Value(2.0, name="x"),
    "nothing to derive": lambda: tg.Value(2.0, name="x", requires_grad=False) * 3.0,
    "an array": lambda: tg.Tensor([1.0, 2.0], name="x") * 2.0,
    "an empty array": lambda: tg.Tensor(np.zeros((0, 2)), name="x").sum(),
    "no numbers": lambda: tg.Tensor([np.nan, np.inf, 1.0], name="x") * 1.0,
    "large arrays": lambda: (tg.Tensor(np.linspace(-1, 1, 600).reshape(20, 30), name="X") @ np.ones(30)).sum(),
    "three axes": lambda: tg.Tensor(np.ones((2, 3, 4)), name="X").sum(axis=1).mean(),
    "truths": lambda: np.where(tg.Tensor([1.0, -1.0], name="x") > 0, 1.0, 0.0).sum(),
    "a truth": lambda: np.where(tg.Value(1.0, name="x") > 0, tg.Value(2.0), 0.0),
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD.keys())
def test_odd_graphs_are_pages_too(visit, make):
    root = make()
    page = visit(root)
    page.press("End")
    now, end = page.time().split(" / ")
    assert now == end
    for _ in range(len(order(root))):
        page.press("ArrowDown")
    assert page.page.locator("#details h2").inner_text().startswith(Names(root)[root])
    page.press("Home")


def test_a_frame_in_a_notebook_runs_the_page(browser, tmp_path):
    shown = tg.page(neuron())._repr_mimebundle_()["text/html"]
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8><body>{shown}</body>", encoding="utf-8")
    page = Visit(browser, path)
    frame = page.page.frame_locator("iframe")
    frame.get_by_role("button", name="To the end").click()
    assert re.fullmatch(r"(\d+) / \1", frame.locator("#count").inner_text())
    assert page.said == []


# ── without a browser ──


def test_the_page_allows_nothing_from_outside():
    text = tg.page(bce())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    assert not re.search(r"(src|href)\s*=\s*[\"']?(?!data:)\w+:", re.sub(r'xmlns="[^"]*"', "", text))


def test_the_steps_are_the_sweep():
    for root in (bce(), neuron(), (tg.Tensor(np.ones((2, 3)), name="A") @ np.ones(3)).sum() * tg.Value(2.0)):
        found = {}
        for step in contributions(root):
            found[step.parent] = step.so_far
            if step.local is not None:
                product = np.asarray(step.local) * step.incoming
                assert np.sum(product) == pytest.approx(np.sum(step.contribution)) or np.ndim(step.contribution)
        root.backward()
        for node, g in found.items():
            assert np.asarray(g) == pytest.approx(np.asarray(node.grad), rel=1e-14)


@named(SMOOTH)
def test_the_steps_of_every_row_are_the_sweep_and_can_be_drawn(rule):
    for call, xs in tries(rule):
        leaves = [tg.Tensor(x, name=f"x_{i}") for i, x in enumerate(xs)]
        root = call(*leaves)
        weights = np.linspace(0.5, 1.5, root.size).reshape(root.shape)
        root = (root * weights).sum()
        found = {step.parent: step.so_far for step in contributions(root)}
        root.backward()
        for leaf in leaves:
            assert found[leaf] == pytest.approx(leaf.grad, rel=1e-12)
        for show in ("values", "formulas"):
            assert tg.draw(root, backward=True, show=show).source.count("dir=back") == len(list(contributions(root)))


def test_numbers_that_json_has_not():
    x = tg.Value(0.0, name="x")
    with np.errstate(all="ignore"):
        text = tg.page(np.log(x) * 0.0)
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])
    values = [node["value"] for node in data["nodes"]]
    assert values == [0.0, "-inf", "nan"]
    assert math.isfinite(values[0])


def test_what_cannot_be_a_page_says_so():
    with pytest.raises(TypeError, match="page: a page is made of a Value or a Tensor, not of float"):
        tg.page(3.0)
    with pytest.raises(ValueError, match="page: 3,001 nodes are more than anybody steps through"):
        tg.page(chain(3001))


def test_the_file_is_what_is_returned(tmp_path):
    path = tmp_path / "loss.html"
    assert tg.page(bce(), path) == path.read_text(encoding="utf-8")
    assert tg.page(bce(), str(path)).startswith("<!DOCTYPE html>")
