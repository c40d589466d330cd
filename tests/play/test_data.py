"""The playground's data sets: each can be learnt, and the digits are what the shipped data give."""

import json

import numpy as np
import pytest
from playing import state

from tinygrad_edu import datasets
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


TABLES = {
    "commas and points": "a,b,c\n1.5,2,x\n2.5,-3,y\n.5,1e2,x\n",
    "decimal commas": "a;b;c\n1,5;2,5;x\n2;-3,25;y\n,5;1,5e2;x\n",
    "decimal commas in quotation marks": 'a,b,c\n"1,5","2,5",x\n"2","-3,25",y\n"0,5","7",x\n',
    "points between thousands": "a;b;c\n1.500,5;2,5;x\n12.250,0;-3,25;y\n300.000,1;7;x\n",
    "a measured target": "a;b;c\n" + "".join(f"{i},5;{i * i % 7},25;{i * 3},125\n" for i in range(9)),
    "no names": "1,5;2,5;x\n2;-3,25;y\n0,5;7;x\n",
    "bars": "a|b|c\n1,5|2,5|x\n2|-3,25|y\n0,5|7|x\n",
    "tabs": "a\tb\tc\n1.5\t2,5\tx\n2\t-3,25\ty\n0.5\t7,1\tx\n",  # a point in one column, commas in another
    "thousands or commas": 'a,b,c\n"1,500",1,x\n"2,250",2,y\n"3,000",3,x\n',
    "both in a column": "a;b;c\n1,5;1;x\n2.5;2;y\n3;3;x\n",
    "both in a table": "a;b;c\n1,5;1.5;x\n2,5;2.5;y\n3;3;x\n",
    "a typeset minus": "a;b;c\n−1,5;2;x\n−2;−3;y\n3;1;x\n",
    "a semicolon in the names": '"a;b",b,c\n1.5,2,x\n2.5,-3,y\n0.5,1,x\n',
}
READ = """(text) => {
  const found = readTable(text);
  return found.error ? found.error() : found.points.map(({x, y, label}) => [x, y, label]);
}"""


def test_a_table_is_read_as_read_csv_reads_it(visit, tmp_path):
    browser, path = visit(), tmp_path / "t.csv"
    refused = {}
    for name, text in TABLES.items():
        path.write_text(text)
        found = browser.evaluate(READ, text)
        try:
            data = datasets.read_csv(path)
        except ValueError as error:
            refused[name] = (str(error), found)
            continue
        X, y = data.X, data.y
        scaled = 1.3 * (X - X.mean(axis=0)) / X.std(axis=0)
        target = y if data.classes else 0.5 * (y - y.mean()) / y.std()
        assert np.allclose(found, np.column_stack([scaled, target]), atol=1e-12), name
    assert list(refused) == ["tabs", "thousands or commas", "both in a column", "both in a table"]
    for why, found in refused.values():
        assert isinstance(found, str), found
        cell, what = why.split("'")[1], "thousands" if "thousands" in why else "which is it?"
        assert found.startswith(cell) and what in found
