"""The playground's data sets: each can be learnt, and the digits are what the shipped data give."""

import json

import numpy as np
import pytest
from playing import state

from tinygrad_edu.play import digits, page

ADAM = "&optimizer=adam&batch=10&rate=0.03"
LEARNT = {  # settings that fit a data set, and losses that training for 1,000 batches, and testing, stay below
    "data=circle&layers=4:tanh": (0.05, 0.07),
    "data=xor&layers=&features=x1x2": (0.06, 0.06),
    "data=gauss&layers=": (0.01, 0.03),
    "data=spiral&layers=8:tanh,8:tanh&features=x1,x2,sin1,sin2&noise=0": (0.005, 0.4),
    "data=moons&layers=4:tanh,2:tanh": (0.001, 0.002),
    "data=checkerboard&layers=8:relu,8:relu&features=x1,x2,x1x2,sin1,sin2&init=he&noise=0": (0.005, 0.6),
    "data=arms&layers=8:tanh,8:tanh&noise=5": (0.005, 0.05),
    "data=blobs&layers=": (0.01, 0.02),
    "data=digits&layers=8:tanh&noise=0&points=400": (0.3, 0.36),
    "data=plane&layers=": (0.01, 0.013),
    "data=bumps&layers=8:tanh,8:tanh&noise=0": (0.02, 0.04),
}


def test_each_data_set_is_learnt(visit):
    assert [key.split("&")[0].removeprefix("data=") for key in LEARNT] == list(page.SETS)
    browser, found = visit(), {}
    for settings in LEARNT:
        browser.evaluate("(hash) => { location.hash = hash; page.readAddress(); }", settings + ADAM)
        browser.evaluate("playground.step(1000)")
        found[settings] = (state(browser)["trainLoss"], state(browser)["testLoss"])
    over = {settings: losses for settings, losses in found.items() if not np.all(np.less(losses, LEARNT[settings]))}
    assert not over


def test_the_digits_that_are_shipped_are_what_the_command_writes():
    pytest.importorskip("sklearn")
    shipped, made = json.loads(page.asset("digits.json")), digits.reduced()
    for key in ("digits", "share"):
        assert shipped[key] == made[key]
    for key in ("points", "components"):  # rounded numbers: another machine's last digit may fall to the other side
        assert np.abs(np.subtract(shipped[key], made[key])).max() <= 1, "run `python -m tinygrad_edu.play`"


def test_the_digits_features_are_uncorrelated_and_say_what_they_are(visit):
    shipped = json.loads(page.asset("digits.json"))
    points = np.reshape(shipped["points"], (-1, 3))
    assert abs(np.corrcoef(points[:, :2].T)[0, 1]) < 0.01 and np.bincount(points[:, 2]).tolist() == [100] * 5
    assert np.std(points[:, :2] / 100, axis=0) == pytest.approx([digits.SPREAD] * 2, abs=0.01)
    browser = visit("#data=digits&points=300&noise=0")
    taken = browser.evaluate("page.trainer.train.points.concat(page.trainer.test.points).map(({x, y}) => `${x} ${y}`)")
    assert len(taken) == 300 and len(set(taken)) > 295, "each digit is drawn once, for training or for testing"
    said = browser.locator("#about").inner_text()
    assert "their first two principal components, 21.4 % and 19.0 % of the variance" in said
    assert browser.locator("#scale").inner_text().split() == ["●0", "■1", "▲2", "●3", "■4"]
    browser.select_option("#data", "moons")
    assert not browser.locator("#about").is_visible()
    browser.evaluate("page.take(readTable('a,b,c\\n1,2,no\\n2,3,yes\\n3,1,no'))")
    assert browser.locator("#scale").inner_text().split() == ["●no", "●yes"]
