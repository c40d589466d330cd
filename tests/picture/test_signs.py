"""What a box says of its operation: which operand is which, constants as numbers; and which way a picture runs."""

import re

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import draw, nn
from tinygrad_edu.engine.rules import TABLE
from tinygrad_edu.picture.plan import plan
from tinygrad_edu.picture.text import Names, lines, strip, the_same

x, y = tg.Value(3.0, name="x"), tg.Value(2.0, name="y")
A, B = tg.Tensor([[1.0, 2.0], [3.0, 4.0]], name="A"), tg.Tensor([[5.0, 6.0], [7.0, 8.0]], name="B")


def sign(node):
    return Names(node).sign(node)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (x - y, "x − y"), (y - x, "y − x"), (x / y, "x/y"), (x**y, "x^y"), (1 - x, "1 − x"), (x - 1, "x − 1"),
        (A @ B, "A @ B"),
        (np.arctan2(x, y), "arctan2(x, y)"), (x > y, "[x > y]"), (np.where(x > y, x, y), "where(□, x, y)"),
        ((x + y) - x, "□ − x"), (x + y, "+"), (x * y, "·"), (np.maximum(x, y), "max(□, □)"), (np.log(x), "log"),
        (A - np.full((2, 2), 0.5), "A − 0.5"), (tg.Value(1.0) - x, "□ − x"),
    ],
)  # fmt: skip
def test_where_the_order_counts_the_operands_stand_in_the_sign(node, said):
    assert sign(node).text == said


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ((x + y) - (x * y), "□₁ − □₂"),
        ((x + y) / (x + y), "□₁/□₂"),
        ((A + B) @ (A * B), "□₁ @ □₂"),
        (np.concatenate([A + 1, A + 2, A + 3, A + 4, A + 5]), "concatenate"),
    ],
)
def test_operands_without_a_name_are_told_apart_by_numbers_on_their_edges(node, said):
    found = sign(node)
    assert found.text == said and found.marks == {k: str(k + 1) for k in range(len(node.args))}
    marks = re.findall(r"headlabel=(\d)", draw(node).source)
    assert sorted(marks) == sorted(found.marks.values())
    assert "headlabel" not in draw(node, show="formulas").source  # there the formula says it


def test_long_names_leave_the_sign_legible():
    long = tg.Value(1.0, name="a name of many letters and then some")
    assert sign(long - x).text == "□₁ − □₂"


def test_the_table_knows_which_operations_do_not_care_about_the_order():
    numbers = np.random.default_rng(0)
    for rule in TABLE.values():
        if rule.arity == 2 or rule.compares:
            a, b = numbers.uniform(0.2, 0.8, (2, 3, 3)) > (0.5 if rule.name.startswith("logical") else -1)
            a, b = (a, b) if rule.name.startswith("logical") else numbers.uniform(0.2, 0.8, (2, 3, 3))
            same = np.array_equal(rule(a, b), rule(b, a))
            assert rule.ordered is not same, rule.name


def test_a_constant_array_of_one_number_is_that_number():
    source = draw(A + np.full((2, 2), 0.5)).source.replace("\N{NO-BREAK SPACE}", " ")
    assert "label=<0.5<FONT" in source and "2 × 2" in source
    assert "[2 × 2]" in draw(A + np.array([[1.0, 2.0], [3.0, 4.0]])).source
    assert the_same(np.full(3, np.nan)) is not None and the_same(np.array([0.0, np.nan])) is None
    assert the_same(np.zeros(0)) is None and the_same(np.array([True, True]))
    assert lines(np.zeros((9, 9))) == ["all 0"] and strip(np.zeros((9, 9))) == []


def test_a_number_that_stands_in_a_sign_has_no_box_of_its_own():
    assert "n1c0" not in draw(1 - x).source and "n1c1" in draw(x + 1).source


def deep(layers):
    X = tg.Tensor(np.ones((4, 3)), name="X", requires_grad=False)
    model = nn.MLP([3, *[5] * layers, 1], rng=0)
    return (model(X) ** 2).mean(), model


def test_what_is_too_wide_runs_from_top_to_bottom():
    (loss, model), (short, other) = deep(8), deep(1)
    assert "rankdir=TB" in draw(loss, depth=1).source and "labeljust=l" in draw(loss, depth=1).source
    assert "rankdir=LR" in draw(short, depth=1).source and model is not other  # layers are known while they are there
    fan = sum(x * k for k in range(40))  # upright it would be wider still
    assert "rankdir=LR" in draw(np.stack([x * k for k in range(40)]).sum()).source and "rankdir" in draw(fan).source


def test_layers_that_fold_by_themselves_fold_alike():
    class Block(nn.Module):
        def __init__(self):
            self.inner = nn.Sequential(*(nn.Linear(3, 3, rng=k) for k in range(4)))

        def forward(self, x):
            for _ in range(5):
                x = np.tanh(self.inner(x))
            return x

    model = nn.Sequential(*(Block() for _ in range(8)), nn.Linear(3, 1, rng=9))
    what = plan(model(np.ones((2, 3))).sum())
    assert what.folded and {box.title for box in what.boxes if box.kind == "block"} >= {
        "Linear(3 → 3)",
        "Linear(3 → 1)",
    }


def test_the_plain_form_of_a_picture_is_its_tree():
    assert repr(draw(x + x)).startswith("L = x + x") and "└─ x ↑" in repr(draw(x + x))
    _, model = deep(1)
    assert repr(draw(model)) == repr(model)
