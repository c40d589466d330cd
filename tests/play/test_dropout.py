"""Dropout and penalties in the playground: what they do to a gradient, and how the page says so."""

import math

import numpy as np
import pytest
from playing import explained, state

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.play.pieces import dropped

DROPOUT = "#dropout=0.5&batch=10&layers=3:tanh,2:linear&rate=0.1&seed=3"


def test_a_given_mask_is_what_the_layer_does():
    layer, rng = nn.Dropout(0.3, rng=1), np.random.default_rng(1)
    A = np.linspace(-1, 1, 12).reshape(3, 4)
    assert np.array_equal(layer(A), dropped(A, (rng.random(A.shape) >= 0.3) / 0.7))


def test_the_same_seed_gives_the_same_losses(visit):
    page, again, other = visit(DROPOUT), visit(DROPOUT), visit(DROPOUT.replace("0.5", "0"))
    for each in (page, again, other):
        each.evaluate("playground.step(25)")
    assert state(page) == state(again) and state(page)["trainLoss"] != state(other)["trainLoss"]
    later = state(page)
    page.locator("#reset").click()
    page.evaluate("playground.step(25)")
    assert state(page) == later
    page.locator("#history").fill("1")
    page.evaluate("playground.step(15)")
    assert state(page) == later
    masks = page.evaluate("[0, 1].map((count) => page.trainer.batch(count).masks.map((mask) => Array.from(mask)))")
    assert masks[0] != masks[1] and [len(mask) for mask in masks[0]] == [30, 20]
    assert {x for step in masks for mask in step for x in mask} == {0, 2}


def test_dropout_is_off_where_the_network_is_used(visit):
    """The losses and state()'s gradients are those of the network without it, at the weights that training gave."""
    page = visit(DROPOUT)
    page.evaluate("playground.step(5)")
    with_it = state(page)
    page.select_option("#dropout", "0")
    assert state(page) == with_it and "dropout=0&" in page.evaluate("location.hash")


def test_each_sum_is_the_gradient_that_the_step_uses_with_dropout_too(visit):
    page = visit(DROPOUT + "&penalty=l1&strength=0.1")
    page.evaluate("playground.step(3)")
    found = {}
    for item in page.locator("#network [data-weight]").all():
        at = tuple(int(n) - 1 for n in item.get_attribute("data-weight").split(","))
        item.focus()
        page.keyboard.press("Enter")
        terms, found[at] = explained(page)
        assert math.fsum(terms) == pytest.approx(found[at], rel=1e-12, abs=1e-16)
    before = state(page)["weights"]
    page.evaluate("playground.step(1)")
    after = state(page)["weights"]
    for (layer, i, j), g in found.items():
        assert (before[layer]["W"][i][j] - after[layer]["W"][i][j]) / 0.1 == pytest.approx(g, rel=1e-9, abs=1e-13)


def test_a_dropped_neuron_has_no_gradient_and_the_page_says_why(visit):
    page = visit(DROPOUT)
    mask = page.evaluate("Array.from(page.trainer.batch().masks[0])")
    page.locator("#network [data-neuron='1,1']").click()
    for sample, kept in enumerate(mask[::3]):
        page.locator("#explain select").select_option(str(sample))
        terms, total = explained(page)
        assert (total != 0) == (kept != 0 and total != 0) and math.fsum(terms) == pytest.approx(total, abs=1e-16)
        said = page.locator("#explain").inner_text()
        assert ("M₁[n,1] = 1/(1 − p) = 2" if kept else "M₁[n,1] = 0. Whatever it computes is multiplied by 0") in said
        assert "∂L/∂A₁ = ∂L/∂D₁ ⊙ M₁" in said
    page.select_option("#pick", "weight-2-1-1")
    said = page.locator("#explain").inner_text()
    gone = page.evaluate("Array.from(page.trainer.batch().masks[1])")[::2].count(0)
    assert f"leaves this neuron out for {gone} of 10 samples" in said and "D₁ is 0 there" in said
    assert "∂L/∂W₂ = D₁ᵀ ∂L/∂Z₂" in said and "∂L/∂Z₂ = ∂L/∂D₂ ⊙ M₂" in said
    page.locator("#tab-claim").click()
    page.locator("#claim").fill("D1.T @ (dD2 * M2)")
    page.keyboard.press("Enter")
    assert page.locator("#verdict").inner_text().startswith("✓")


def test_code_with_dropout_computes_the_same_without_it_and_says_where_it_is(visit):
    page = visit("#dropout=0.2&layers=3:tanh,2:linear")
    code = {name: page.evaluate("(name) => codeOf(page.trainer, name)", name) for name in page.evaluate("LANGUAGES")}
    points = np.array(page.evaluate("page.trainer.train.points.map(({x, y}) => [x, y])"))
    outputs = page.evaluate("Array.from(page.trainer.space.train.A.at(-1))")
    space: dict = {}
    exec(code["numpy"], space)
    X = space["features"](points)
    assert space["network"](X).ravel() == pytest.approx(outputs, rel=1e-9, abs=1e-12)
    trained = space["network"](X, np.random.default_rng(0))
    assert trained.shape == (100, 1) and not np.allclose(trained.ravel(), outputs)
    exec(code["tinygrad_edu"], space)
    assert space["model"](X).data.ravel() == pytest.approx(outputs, rel=1e-9, abs=1e-12)
    assert code["pytorch"].count("torch.nn.Dropout(0.2)") == 2 and "model[3].weight.copy_(W2.T)" in code["pytorch"]
    assert code["sklearn"].endswith("it has no dropout.\n") and '"dropout": 0.2' in code["json"]


@pytest.mark.parametrize("dropout", [-0.1, 1, float("nan")])
def test_a_share_of_dropout_that_makes_no_sense_is_said(dropout):
    with pytest.raises(ValueError, match=r"dropout is a number from 0 to 0.9"):
        tg.playground(dropout=dropout)
    assert '"dropout":0.25' in tg.playground(dropout=0.25)


# ── penalties ──


@pytest.mark.parametrize(("penalty", "own"), [("l1", "∂R/∂W₂ = sign(W₂)"), ("l2", "∂R/∂W₂ = W₂")])
def test_a_penalty_is_shown_apart_from_the_loss_of_the_data(visit, penalty, own):
    page = visit(f"#penalty={penalty}&strength=0.1")
    page.evaluate("playground.step(10)")
    now = state(page)
    W = np.concatenate([np.ravel(layer["W"]) for layer in now["weights"]])
    R = 0.1 * (np.abs(W).sum() if penalty == "l1" else (W * W).sum() / 2)
    assert float(page.locator("#penalty-loss").inner_text()) == pytest.approx(R, rel=1e-3)
    epoch, train, test, drawn = page.evaluate("page.trainer.curve.at(-1)")
    assert (epoch, drawn) == (10, pytest.approx(R, rel=1e-12))
    assert train + drawn == pytest.approx(now["trainLoss"], rel=1e-12)
    assert test + drawn == pytest.approx(now["testLoss"], rel=1e-12)
    page.select_option("#pick", "weight-2-1-1")
    said = page.locator("#explain").inner_text()
    assert "∂L/∂W₂ = A₁ᵀ ∂L/∂Z₂ + λ ∂R/∂W₂" in said and own in said
    w = now["weights"][1]["W"][0][0]
    slope = np.sign(w) if penalty == "l1" else w
    g = now["gradients"][1]["W"][0][0]
    said_as = "([g, s, ...xs]) => [shown(g), signed(shown(s)), ...xs.map(shown)]"
    shown = page.evaluate(said_as, [g - 0.1 * slope, slope, 0.1 * slope, -0.03 * slope])
    assert f"Of it the data {shown[0]}, the penalty λ ∂R/∂w = 0.1 · {shown[1]} = {shown[2]}." in said
    assert f"−η λ ∂R/∂w = {shown[3]}" in said
    page.select_option("#penalty", "none")
    assert not page.locator("#penalty-reading").is_visible() and not page.locator("#penalty-line").is_visible()
    assert "∂R" not in page.locator("#explain").inner_text()
