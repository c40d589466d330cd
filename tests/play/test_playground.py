"""The playground in a real browser, from a file, with the network cut."""

import json
import math
import re

import numpy as np
import pytest
from browsing import Visit
from playing import DESK, PHONE, explained, state

import tinygrad_edu as tg
from tinygrad_edu.play import page as room

IDS = "play step reset data activation loss optimizer learning-rate batch-size noise epoch train-loss test-loss "
IDS += "accuracy boundary network explain csv code"


def test_elements_are_there_once_and_have_names(visit):
    page = visit()
    for name in IDS.split():
        assert page.locator(f"[id='{name}']").count() == 1, name
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, select, [role=button], [role=switch]')].filter((e) =>"
        " !(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim())).map((e) => e.outerHTML)"
    )
    assert nameless == []


def test_training_steps_resets_and_repeats_itself(visit):
    page = visit()
    first = state(page)
    page.evaluate("playground.step(40)")
    later = state(page)
    assert later["epoch"] == 40 and later["trainLoss"] < first["trainLoss"] and 0.5 < later["accuracy"] <= 1
    assert page.locator("#epoch").inner_text() == "40"
    assert float(page.locator("#train-loss").inner_text()) == pytest.approx(later["trainLoss"], rel=1e-3)
    page.locator("#reset").click()
    assert state(page) == first
    page.locator("#step").click()
    assert state(page)["epoch"] == 1
    page.evaluate("playground.step(39)")
    assert state(page) == later
    page.locator("#fresh").click()
    assert state(page)["weights"] != first["weights"] and state(page)["epoch"] == 0


def test_going_back_is_going_back_to_all_of_it(visit):
    """The optimiser's memory and its count of steps come back, too; and from there the way is the same."""
    page = visit("#optimizer=adam&rate=0.03&batch=10")
    states = [state(page)]
    for _ in range(3):
        page.evaluate("playground.step(10)")
        states.append(state(page))
    page.locator("#history").fill("1")
    assert state(page) == states[1]
    page.evaluate("playground.step(20)")
    assert state(page) == states[3]


def test_each_sum_is_the_gradient_that_the_step_uses(visit):
    """By batches of 10, whose gradient is not that of the training loss, with a penalty."""
    page = visit("#batch=10&layers=3:tanh,2:gelu&penalty=l2&strength=0.1&rate=0.1&seed=3")
    page.evaluate("playground.step(3)")
    found = {}
    for css, key in (("[data-weight]", "W"), ("[data-bias]", "b")):
        for place in range(page.locator(f"#network {css}").count()):
            item = page.locator(f"#network {css}").nth(place)
            at = tuple(int(n) - 1 for n in item.get_attribute(css[1:-1]).split(","))
            item.focus()
            page.keyboard.press("Enter")
            terms, total = explained(page)
            assert len(terms) == (11 if key == "W" else 10)
            assert math.fsum(terms) == pytest.approx(total, rel=1e-12, abs=1e-16)
            found[key, at] = total
    before = state(page)["weights"]
    page.evaluate("playground.step(1)")
    after = state(page)["weights"]
    for (key, (layer, *at)), g in found.items():
        moved = np.array(before[layer][key])[tuple(at)] - np.array(after[layer][key])[tuple(at)]
        assert moved / 0.1 == pytest.approx(g, rel=1e-9, abs=1e-13)


def test_of_all_samples_the_sum_is_the_training_losss_gradient(visit):
    page = visit("#penalty=l1&strength=0.01")
    page.locator("#network [data-weight='2,3,1']").focus()
    page.keyboard.press("Enter")
    terms, total = explained(page)
    assert len(terms) == 101 and total == pytest.approx(state(page)["gradients"][1]["W"][2][0], rel=1e-12)
    page.locator("#network [data-neuron='1,2']").click()
    terms, total = explained(page)
    assert len(terms) == 2 and math.fsum(terms) == pytest.approx(total, rel=1e-12)
    assert "∂L/∂A₁ = ∂L/∂Z₂ W₂ᵀ" in page.locator("#explain").inner_text()


def test_the_gradients_are_slopes_of_the_training_loss(visit):
    page = visit("#data=arms&loss=cross-entropy&layers=3:silu&penalty=l2&strength=0.1")
    slope = page.evaluate(
        """() => { const {W} = page.trainer.layers[0], was = W[1], h = 1e-5, at = (x) => {
          W[1] = x; page.trainer.measure(); return page.trainer.trainLoss; };
          const found = (at(was + h) - at(was - h)) / (2 * h); at(was); return found; }"""
    )
    assert state(page)["gradients"][0]["W"][0][1] == pytest.approx(slope, rel=1e-7)


def test_the_keyboard_alone_is_enough(visit):
    page = visit()
    page.keyboard.press("Space")
    page.locator("#epoch", has_text=re.compile(r"[3-9]|\d\d")).wait_for()
    page.keyboard.press("Space")
    assert page.locator("#play").get_attribute("aria-pressed") == "false"
    page.locator("#play").focus()
    page.keyboard.press("Space")
    assert page.locator("#play").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Space")
    assert page.locator("#network [data-target][tabindex='0']").count() == 1
    page.locator("#network [tabindex='0'][data-target]").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert page.locator("#explain h3").inner_text() == "W₂[2, 1]"
    assert (
        page.locator("#network [tabindex='0'][data-target]").get_attribute("aria-label").startswith("weight W₂[2,1] = ")
    )
    page.locator("#tab-explain").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#panel-claim").is_visible()
    page.keyboard.press("ArrowLeft")
    page.locator("#explain input[type=number]").fill("0.5")
    page.keyboard.press("Enter")
    assert state(page)["weights"][1]["W"][1][0] == 0.5


def test_the_address_restores_the_settings(visit):
    page = visit()
    page.select_option("#data", "arms")
    page.select_option("#optimizer", "adam")
    page.select_option("#learning-rate", "0.03")
    page.select_option("#batch-size", "10")
    page.select_option("#activation", "elu")
    page.locator("#noise").fill("25")
    page.locator("[data-feature=x1x2]").click()
    page.get_by_role("button", name="Add a hidden layer").click()
    page.evaluate("playground.step(7)")
    again = visit(page.evaluate("location.hash"))
    again.evaluate("playground.step(7)")
    assert state(again) == state(page) and len(state(again)["weights"]) == 4
    assert again.locator("#loss").input_value() == "cross-entropy"


def test_a_hostile_address_does_no_harm(visit):
    page = visit(
        "#data=__proto__&layers=9:evil,1e9:tanh&rate=NaN&seed=-1&features=constructor&loss=<img src=x>&x=%22&hide=<b>"
        "&dropout=2&lang=__proto__"
    )
    assert len(state(page)["weights"]) == 3 and math.isfinite(state(page)["trainLoss"])
    assert "passed over" in page.locator("#told").inner_text() and page.locator("img").count() == 0
    page.select_option("#data", "plane")
    told = page.locator("#told").inner_text()
    assert told == "Binary cross-entropy does not go with numbers: squared error takes its place."


CSVS = {
    "a,b,<script>alert(1)</script>\n1,2,x\n2,1,y\n3,0,x\n": "3 of 3 rows, 2 classes",
    "1;2;0\n2;1;1\nnan;1;1\n3;4\n5;6;0\n7;x;1\n": "Left out: 1 with another number of cells, 2 without two numbers",
    "only,one,row\n": "1 row",
    "": "at least three",
    "a,b,c\n1,2,3\n4,5,3\n": "the same label",
    '"x\n': "at least three",
}


def test_tables_of_ones_own_and_hostile_ones(visit):
    page = visit()
    for text, said in CSVS.items():
        page.locator("#csv").set_input_files({"name": "t.csv", "mimeType": "text/csv", "buffer": text.encode()})
        page.locator("#told", has_text=said).wait_for()
        page.evaluate("playground.step(2)")
        assert math.isfinite(state(page)["trainLoss"])
    page.evaluate("page.read({size: 1e9})")
    assert "too large" in page.locator("#told").inner_text() and page.locator("script").count() == 2
    page.evaluate("page.take(readTable('1,2,0\\n'.repeat(1e6)))")
    assert "too large" in page.locator("#told").inner_text()


def test_a_loss_that_is_none_is_explained_and_the_last_good_network_kept(visit):
    page = visit("#data=bumps&loss=squared&layers=8:relu,8:relu&rate=1000&init=he")
    page.evaluate("playground.step(500)")
    kept = state(page)
    assert math.isfinite(kept["trainLoss"]) and np.isfinite(kept["weights"][0]["W"]).all()
    said = page.locator("#explain [role=alert]").inner_text()
    assert re.search(r"Stopped: step .* makes the loss (infinite|NaN)\. .* gives .* for sample ", said)
    assert "lower the learning rate" in said
    page.get_by_role("button", name="Back to the lowest loss").click()
    assert state(page)["trainLoss"] < 10 and not page.locator("#explain [role=alert]").is_visible()


def test_a_slow_step_shows_each_layer_and_is_a_step(visit):
    page = visit("#batch=10&layers=3:tanh,2:linear", reduced_motion="reduce")
    first = state(page)
    page.evaluate("page.slowly.pace = 60")
    page.evaluate(
        "() => { window.seen = []; const caption = document.getElementById('caption');"
        "new MutationObserver(() => seen.push(caption.textContent)).observe(caption, {childList: true}); }"
    )
    page.locator("#slowly").click()
    page.locator("#slowly", has_text="Slowly").wait_for()
    seen = [text for text in page.evaluate("seen") if text]
    titles = ["Forward, layer 1", "Forward, layer 2", "Forward, layer 3", "The loss of the batch of 10"]
    titles += ["Back, layer 3", "Back, layer 2", "Back, layer 1", "The step"]
    assert [text.startswith(title) for text, title in zip(seen, titles, strict=True)] == [True] * 8
    assert "∂L/∂A₁ = ∂L/∂Z₂ W₂ᵀ,\u2003∂L/∂Z₁ = ∂L/∂A₁ ⊙ (1 − A₁⊙2),\u2003∂L/∂W₁ = Xᵀ ∂L/∂Z₁" in seen[6]
    slow = state(page)
    page.locator("#slowly").click()
    page.locator("#caption").wait_for()
    page.locator("#reset").click()
    assert not page.locator("#caption").is_visible()
    assert state(page) == first
    page.evaluate("playground.step(1)")
    assert state(page) == slow != first


CLAIMS = {
    "A2.T @ (sigmoid(Z3) - Y)/N + lambda*W3": "✓ Right",
    "A₂ᵀ @ ∂L/∂Z₃ + lambda*W3": "✓ Right",
    "A2.T @ dZ3": "✗ The gradient of the penalty is missing",
    "N * (A2.T @ dZ3 + lambda*W3)": "✗ It is N times the gradient (here N = 100)",
    "-(A2.T @ dZ3 + lambda*W3)": "✗ Wrong sign",
    "(A2.T @ dZ3 + lambda*W3).T": "✗ It is the transpose",
    "A2.T @ dZ3 + W3": "✗ Wrong: its entry [",
    "dZ3 @ A2": "Not read: @: (100, 1) @ (100, 2), the inner sizes differ",
    "constructor": "Not read: constructor is not known here",
    "A2.T @ (dZ3": "Not read: ) is missing at the end",
}


def test_a_gradient_of_ones_own_is_judged(visit):
    page = visit("#layers=4:tanh,2:relu&penalty=l2&strength=0.1")
    page.select_option("#pick", "weight-3-1-1")
    page.locator("#tab-claim").click()
    for claim, said in CLAIMS.items():
        page.locator("#claim").fill(claim)
        page.keyboard.press("Enter")
        assert page.locator("#verdict").inner_text().startswith(said), claim
    page.locator("#pick").select_option("bias-1-1")
    page.locator("#claim").fill("(dA1 * (1 - A1**2)).sum(0)")
    page.keyboard.press("Enter")
    assert page.locator("#verdict").inner_text().startswith("✓")
    page.evaluate("page.edit({kind: 'bias', l: 0, j: 0}, '2')")
    assert "X (100, 2), Y (100, 1), N = 100" in page.locator("#letters").inner_text()


def test_dead_neurons_are_marked(visit):
    page = visit("#layers=2:relu,2:tanh")
    page.evaluate("page.edit({kind: 'bias', l: 0, j: 0}, '-99'); page.edit({kind: 'bias', l: 1, j: 1}, '40')")
    assert page.locator("[data-neuron='1,1'] em").inner_text() == "dead"
    assert page.locator("[data-neuron='2,2'] em").inner_text() == "saturated"
    assert page.locator("#network em").count() == 2


def test_the_network_as_code_computes_what_the_page_computes(visit):
    for part in (("tanh", "sigmoid", "relu", "leaky_relu"), ("elu", "gelu", "silu", "softplus")):
        page = visit(f"#layers={','.join(f'2:{name}' for name in part)}&features=x1,x2,sin1")
        code = {
            language: page.evaluate("(name) => codeOf(page.trainer, name)", language)
            for language in ("numpy", "tinygrad_edu", "json", "pytorch")
        }
        outputs = page.evaluate(
            "(() => { const t = page.trainer; t.measure(); return Array.from(t.space.train.A.at(-1)); })()"
        )
        points = np.array(page.evaluate("page.trainer.train.points.map(({x, y}) => [x, y])"))
        space: dict = {}
        exec(code["numpy"], space)
        assert space["network"](space["features"](points)).ravel() == pytest.approx(outputs, rel=1e-9, abs=1e-12)
        exec(code["tinygrad_edu"], space)
        assert space["model"](space["features"](points)).data.ravel() == pytest.approx(outputs, rel=1e-9, abs=1e-12)
        assert json.loads(code["json"])["weights"] == state(page)["weights"]
        compile(code["pytorch"], "torch", "exec")
        assert "cannot express this network: its hidden layers" in page.evaluate("codeOf(page.trainer, 'sklearn')")


def test_the_network_as_scikit_learns(visit):
    pytest.importorskip("sklearn")
    for fragment in (
        "#data=arms&layers=3:sigmoid,2:sigmoid&loss=cross-entropy",
        "#layers=2:relu",
        "#data=plane&layers=",
    ):
        page = visit(fragment)
        points = np.array(page.evaluate("page.trainer.train.points.map(({x, y}) => [x, y])"))
        numpy, theirs = ({}, {})
        exec(page.evaluate("codeOf(page.trainer, 'numpy')"), numpy)
        exec(page.evaluate("codeOf(page.trainer, 'sklearn')"), theirs)
        Z, X = numpy["network"](numpy["features"](points)), theirs["features"](points)
        if Z.shape[1] > 1:
            found, expected = theirs["model"].predict_log_proba(X), tg.log_softmax(Z, axis=1)
        elif "plane" in fragment:
            found, expected = theirs["model"].predict(X)[:, None], Z
        else:
            found, expected = theirs["model"].predict_proba(X)[:, 1:], tg.sigmoid(Z)
        assert found == pytest.approx(np.asarray(expected), rel=1e-9, abs=1e-12)


def test_all_of_the_main_view_fits(visit):
    page = visit("#layers=8:tanh,8:tanh,8:tanh,8:tanh,8:tanh,8:tanh")
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert page.evaluate(size) == [1280, 800]
    small = visit(size=PHONE)
    assert small.evaluate(size)[0] == 390
    small.select_option("#pick", "weight-2-1-1")
    assert small.locator("#explain h3").inner_text() == "W₂[1, 1]"
    small.set_viewport_size(DESK)
    small.wait_for_timeout(100)
    assert small.locator("#pick").input_value() == "weight-2-1-1"


def test_a_frame_in_a_notebook_runs_the_playground(browser, tmp_path):
    shown = tg.playground(data="xor")._repr_mimebundle_()["text/html"]
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8><body>{shown}</body>", encoding="utf-8")
    visit = Visit(browser, path)
    frame = visit.page.frame_locator("iframe")
    frame.locator("#step").click()
    frame.locator("#learning-rate").select_option("1")
    assert frame.locator("#epoch").inner_text() == "1" and visit.said == []
    visit.page.context.close()


# ── without a browser ──


def test_data_of_ones_own_is_a_table(tmp_path):
    X = np.array([[1.0, 2.0], [0.1, -3.0], [2.0, np.nan]])
    text = tg.playground(data=(X, ['a "b", c', "</script>", "é"]))
    given = json.loads(re.search(r'id="given">(.*?)</script>', text)[1])
    assert given["csv"] == 'x1,x2,label\n1.0,2.0,"a ""b"", c"\n0.1,-3.0,</script>\n2.0,nan,é\n'
    (tmp_path / "fruit.csv").write_text("size;weight;kind\n1,5;2;sweet\n2;3,5;sour\n", encoding="utf-8")
    fruit = tg.playground(data=tg.datasets.read_csv(tmp_path / "fruit.csv"))  # a data set brings its names along
    given = json.loads(re.search(r'id="given">(.*?)</script>', fruit)[1])
    assert given["csv"] == "size,weight,kind\n1.5,2.0,sweet\n2.0,3.5,sour\n"
    with pytest.raises(TypeError, match="not int"):
        tg.playground(data=3)
    for X, why in ([["a", "b"]] * 2, "'a'"), ([[1j, 2.0]] * 2, "complex"), ([[1.0, None], [2.0, 3.0]], "NoneType"):
        with pytest.raises(TypeError, match=f"the two features in X are real numbers; .*{why}"):
            tg.playground(data=(X, [0, 1]))


def test_the_page_allows_nothing_from_outside():
    text = tg.playground()
    assert "default-src 'none'" in text and "unsafe" not in text
    assert text._repr_mimebundle_()["text/html"].startswith('<iframe sandbox="allow-scripts" title="A playground"')


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"data": "iris"}, "data is one of circle, xor"),
        ({"data": (np.ones((3, 3)), [0, 1, 0])}, r"X of shape \(N, 2\)"),
        ({"data": (np.full((3, 2), np.nan), [0, 1, 0])}, "0 of 3 samples have two finite numbers"),
        ({"data": (np.ones((3, 2)), ["a", "a", "a"])}, "3 of 3 .* 1 different label: there is nothing"),
        ({"hidden": (9,)}, "each 1 to 8"),
        ({"hidden": [2] * 7}, "up to 6 layers"),
        ({"hidden": 4}, "not 4"),
        ({"activation": "softmax"}, "activation is one of"),
        ({"loss": "mse"}, "loss is one of bce"),
        ({"optimizer": "SGD"}, "optimizer is one of sgd"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"batch_size": 0}, "batch_size is a whole number"),
        ({"noise": 99}, "noise is a whole number from 0 to 50"),
    ],
)
def test_what_cannot_be_shown_is_said(settings, said):
    with pytest.raises(ValueError, match=said):
        tg.playground(**settings)


def test_the_names_of_data_sets_are_those_of_the_page():
    for name in room.SETS:
        assert f"\n  {name}: {{" in room.asset("data.js")
