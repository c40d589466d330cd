"""The playground's controls, as one who knows TensorFlow Playground uses them."""

import re

import pytest
from playing import DESK, PHONE, state

SIX = "#layers=8:tanh,8:relu,8:gelu,8:tanh,8:sigmoid,8:leaky_relu"
DROP = """({text, name}) => {
  const carried = new DataTransfer();
  if (text !== null) carried.items.add(new File([text], name, {type: 'text/csv'}));
  const event = (kind) => new DragEvent(kind, {dataTransfer: carried, cancelable: true});
  for (const kind of ['dragover', 'drop']) dispatchEvent(event(kind));
}"""
COLLIDE = """() => {  // how many of the controls over the network are cut, or lie over each other
  const boxes = [...document.querySelectorAll('#heads button, #heads select')].map((e) => e.getBoundingClientRect());
  const apart = (a, b) => a.right < b.left + 1 || b.right < a.left + 1 || a.bottom < b.top + 1 || b.bottom < a.top + 1;
  const cut = ({left, right}) => left < 0 || right > innerWidth;
  return boxes.filter((a, i) => cut(a) || boxes.some((b, k) => k > i && !apart(a, b))).length;
}"""
CUT = """() => [...document.querySelectorAll('header *, .tabs *, .data label, .marks *')].filter((e) =>
  e.clientWidth && e.scrollWidth > e.clientWidth + 1 && !e.matches('select, input, option')).map((e) => e.outerHTML)"""


def test_a_table_is_dropped_anywhere_and_rows_left_out_are_counted(visit):
    page = visit()
    rows = "".join(f"{i % 7},{i % 5},{'abc'[i // 800]}\n" for i in range(2400))
    page.evaluate(DROP, {"text": "width,length,kind\n" + rows + "1,2\n1,x,a\n1,2,\n", "name": "mine.csv"})
    page.locator("#told", has_text="1000 of 2403 rows, 3 classes").wait_for()
    said = page.locator("#told").inner_text()
    assert "1 with another number of cells, 1 without two numbers, 1 without a label, 1400 here and there" in said
    counts = page.evaluate("[0, 1, 2].map((k) => page.own.points.filter(({label}) => label === k).length)")
    assert all(count in (333, 334) for count in counts)  # of a sorted table every class is drawn
    assert page.locator("#data").input_value() == "own" and page.locator("#csv-drop.over").count() == 0
    page.evaluate(DROP, {"text": None, "name": ""})
    assert page.locator("#data").input_value() == "own"
    page.select_option("#data", "xor")
    page.select_option("#data", "own")
    assert page.evaluate("page.trainer.classes") == 3 and "1000 of 2403" in page.locator("#told").inner_text()


def test_the_problem_type_chooses_among_the_sets(visit):
    page = visit()
    assert page.locator("#problem").input_value() == "classification"
    page.select_option("#problem", "regression")
    assert page.locator("#data").input_value() == "plane" and state(page)["accuracy"] is None
    assert page.locator("#loss").input_value() == "squared" and not page.locator("#accuracy").is_visible()
    page.locator("[data-set=arms]").click()
    assert page.locator("#problem").input_value() == "classification" and state(page)["accuracy"] > 0


def test_a_teacher_hides_controls_and_the_address_hides_them_too(visit):
    page = visit()
    page.evaluate("playground.step(3)")
    before = state(page)
    page.locator("#sharing summary").click()
    page.get_by_role("checkbox", name="Noise").check()
    page.get_by_role("checkbox", name="Regenerate").check()
    page.keyboard.press("Escape")
    assert not page.locator("#hidden-controls").is_visible()
    assert not page.locator("#noise").is_visible() and not page.get_by_text("Noise 10 %").is_visible()
    assert page.locator("#data").is_visible() and state(page) == before
    again = visit(page.evaluate("location.hash"))
    assert not again.locator("#noise").is_visible() and not again.locator("#regenerate").is_visible()
    again.evaluate("location.hash = 'hide=history,accuracy,tab-code'")
    again.locator("#noise").wait_for()
    for gone in ("#history", "#accuracy-reading", "#tab-code", "[for=history]"):
        assert not again.locator(gone).is_visible()


def test_every_id_that_can_be_hidden_hides_itself_and_not_the_network(visit):
    page = visit()
    assert page.evaluate("new Set(HIDEABLE).size === HIDEABLE.length && HIDEABLE.length > 25")
    hides = """(id) => {
      page.tune({hide: [id]});
      const seen = (name) => document.getElementById(name).checkVisibility();
      return !seen(id) && ['network', 'boundary', 'explain', 'reset'].every(seen);
    }"""
    assert page.evaluate(f"HIDEABLE.filter((id) => !({hides})(id))") == []


def test_the_slider_stays_where_the_network_stands(visit):
    page = visit("#batch=10")
    page.evaluate("playground.step(60)")
    page.locator("#history").fill("2")
    assert state(page)["epoch"] == 2
    page.evaluate("page.paint()")
    assert page.locator("#history").input_value() == "2"
    page.locator("#history").focus()
    page.keyboard.press("ArrowRight")
    assert state(page)["epoch"] == 3
    page.keyboard.press("End")
    assert state(page)["epoch"] == 6
    page.keyboard.press("Home")
    assert state(page)["epoch"] == 0 and page.locator("#history").get_attribute("aria-valuetext") == "epoch 0"


def test_a_neuron_is_shown_large_and_a_weight_changed_where_it_is(visit):
    page = visit()
    page.locator("[data-neuron='1,3']").hover()
    assert page.locator("#output-title").inner_text().lower() == "neuron 3 of layer 1"
    page.mouse.move(640, 700)
    assert page.locator("#output-title").inner_text().lower() == "output"
    page.locator("[data-neuron='2,1']").focus()
    assert page.locator("#output-title").inner_text().lower() == "neuron 1 of layer 2"
    page.locator("[data-bias='2,2']").hover()
    assert re.fullmatch(r"b₂\[2\] = 0: click .* twice to change it", page.locator("#tip").inner_text())
    page.locator("[data-bias='2,2']").dblclick()
    page.keyboard.type("-1.5")
    page.keyboard.press("Enter")
    assert state(page)["weights"][1]["b"][1] == -1.5


def test_discrete_outputs_and_test_points_are_drawn(visit):
    page = visit("#batch=10&optimizer=adam")
    page.evaluate("playground.step(50)")
    colours = "new Set(words).size"
    assert page.evaluate(colours) > 30
    page.locator("#discrete").check()
    assert page.evaluate(colours) == 2
    before = page.locator("#boundary").screenshot()
    page.locator("#show-test").check()
    assert page.locator("#boundary").screenshot() != before
    assert "test=1&discrete=1" in page.evaluate("location.hash")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_cut_or_overlaps_on_a_phone_or_a_desk(visit, language):
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    for layers in (SIX, "#layers=3:tanh,3:tanh", "#layers="):
        page = visit(f"{layers}&lang={language}", size=PHONE)
        assert page.evaluate(COLLIDE) == 0 and page.evaluate(size)[0] == 390
    page = visit(f"{SIX}&lang={language}&penalty=l1&dropout=0.2&data=digits", size=DESK)
    page.evaluate("playground.step(1)")
    assert page.evaluate(COLLIDE) == 0 and page.evaluate(size) == [1280, 800]
    assert page.locator("header").bounding_box()["height"] < 62, "one row"
    assert page.evaluate(CUT) == []


CONTRAST = """() => {  // texts whose contrast to what they stand on is below 4.5 (WCAG 2, AA)
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3).map((c) => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    while (e !== document.documentElement && parts(getComputedStyle(e).backgroundColor)[3] === 0) e = e.parentElement;
    return getComputedStyle(e).backgroundColor;
  };
  const speaks = (e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const ratio = (e) => {
    const both = [luminance(getComputedStyle(e).color), luminance(ground(e))];
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
  };
  return [...document.querySelectorAll('body *')]
    .filter((e) => speaks(e) && e.checkVisibility() && !e.matches('option, optgroup, :disabled, .scale b'))
    .filter((e) => ratio(e) < 4.5).map((e) => `${ratio(e).toFixed(2)} ${e.outerHTML.slice(0, 90)}`);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_enough(visit, scheme):
    page = visit("#layers=2:relu,2:tanh&penalty=l2&dropout=0.2", color_scheme=scheme)
    page.evaluate("page.edit({kind: 'bias', l: 0, j: 0}, '-99'); playground.step(3)")
    page.evaluate("document.getElementById('sharing').open = true; page.tell(() => 'not read', true)")
    assert page.evaluate(CONTRAST) == []
    page.evaluate("page.tab('claim'); document.getElementById('claim').value = 'x'; page.judge()")
    assert page.evaluate(CONTRAST) == []
