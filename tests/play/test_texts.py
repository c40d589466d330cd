"""What the playground says: one table, each text in every language, and nothing said that is not in it."""

import json
import re

import pytest
from browsing import Visit

import tinygrad_edu as tg
from tinygrad_edu.play import formulas, page

TABLE = json.loads(page.asset("texts.json"))
LANGUAGES = ("en", "zh")
SCRIPTS = {name: page.asset(f"{name}.js") for name in page.SCRIPTS}


def forms(text):
    return [text] if isinstance(text, str) else text


def test_no_text_is_missing_in_a_language():
    missing = [f"{key}: {language}" for key, text in TABLE["texts"].items() for language in LANGUAGES
               if not all(forms(text.get(language, "")))]  # fmt: skip
    assert not missing
    for key, text in TABLE["texts"].items():
        assert set(text) == set(LANGUAGES), key
        blanks = [{*re.findall(r"\{\w+\}", form)} for language in LANGUAGES for form in forms(text[language])]
        assert all(found == blanks[0] for found in blanks), f"{key}: its blanks differ between the languages"


def test_every_text_that_is_asked_for_is_there_and_every_text_is_asked_for():
    everything = page.asset("page.html") + "".join(SCRIPTS.values())
    asked = {
        *re.findall(r"\bt\('([\w-]+)'", everything),
        *re.findall(r'data-(?:text|label|title)="([\w-]+)"', everything),
    }
    assert asked <= set(TABLE["texts"]), asked - set(TABLE["texts"])
    begins = re.findall(r"\bt\(`([a-z-]+)\$\{", everything) + re.findall(r"named\('\w+', .*?'([a-z]+-)'\)", everything)
    words = {*re.findall(r"'([\w-]+)'", everything), *asked}
    assert [key for key in TABLE["texts"] if key not in words and not key.startswith(tuple(begins))] == []


def test_every_reason_of_the_derivation_is_translated():
    shipped = json.loads(page.asset("formulas.json"))
    said = {line[name] for line in shipped.values() for name in line if name.endswith("_why")}
    assert said == set(TABLE["reasons"])
    assert formulas.NOTATIONS == ("index", "matrix")


SAID = """() => {
  const shown = (element) => !element.closest('script, style, pre, .formula, #locale, h1');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) if (shown(walker.currentNode.parentElement)) found.push(walker.currentNode.textContent);
  for (const element of document.querySelectorAll('*')) {
    if (!shown(element)) continue;
    for (const name of ['aria-label', 'title', 'aria-valuetext']) found.push(element.getAttribute(name));
  }
  return found.filter((text) => /[A-Za-z]{3,} [A-Za-z]{2,}/.test(text || ''));
}"""


@pytest.fixture
def chinese(browser, tmp_path):
    tg.playground(tmp_path / "play.html")
    visit = Visit(browser, tmp_path / "play.html", locale="zh-CN", viewport={"width": 1280, "height": 800})
    yield visit.page
    assert visit.said == []
    visit.page.context.close()


def test_a_chinese_browser_reads_chinese_alone(chinese):
    """Whatever the page is made to say, errors too, no two English words stand beside each other."""
    deeds = [
        "page.tab('claim')",
        "document.getElementById('claim').value = 'A3 @ (', page.judge()",
        "document.getElementById('claim').value = '2 * dZ1', page.judge()",
        "page.tab('code')",
        "page.open(page.view.find('neuron-1-1').target)",
        "page.take(readTable('a,b,c'))",
        "page.take(readTable('a,b,c\\n1,2,3\\n2,3,4\\n3,4,3\\n1,2'))",
        "page.takeSet('plane')",
        "page.tell(page.trainer.note)",
        "page.toggleFeature('x1'), page.toggleFeature('x2')",
        "page.change({data: 'bumps', loss: 'squared', rate: 1000}), playground.step(500)",
        "page.change({rate: 0.1, layers: [{units: 2, activation: 'relu'}]})",
        "page.edit({kind: 'bias', l: 0, j: 0}, '-99'), page.edit({kind: 'bias', l: 0, j: 0}, 'x')",
        "page.point(page.view.find('weight-1-1-1').target, {clientX: 1, clientY: 1})",
        "void page.slowly.run(page.trainer, page.view, 0)",
    ]
    for deed in deeds:
        chinese.evaluate(deed)
        assert chinese.evaluate(SAID) == [], deed
    assert chinese.locator("#caption strong").inner_text() == "前向，第 1 层"
    assert chinese.evaluate("document.documentElement.lang") == "zh-Hans"
    assert "lang=" not in chinese.evaluate("location.hash")


def test_the_language_is_chosen_kept_in_the_address_and_changes_nothing_else(chinese):
    chinese.evaluate("playground.step(7)")
    before = chinese.evaluate("playground.state()")
    chinese.select_option("#locale", "en")
    assert chinese.locator("#tab-claim").inner_text() == "Check your own"
    assert chinese.get_by_role("button", name="Add a hidden layer").count() == 1
    assert chinese.title() == TABLE["texts"]["title"]["en"]
    assert "lang=en" in chinese.evaluate("location.hash")
    assert chinese.evaluate("playground.state()") == before
    chinese.reload()
    assert chinese.locator("#tab-claim").inner_text() == "Check your own"
    chinese.evaluate("location.hash = 'lang=zh'")
    chinese.locator("#tab-claim", has_text="检查你自己的推导").wait_for()
