"""The head of a function that is written out: its arguments, by position and by keyword, and their defaults."""

import numpy as np
import pytest

from tinygrad_edu.source.layout import WIDTH, assignment, call_lines, places
from tinygrad_edu.source.signature import Signature
from tinygrad_edu.tensors.trees import flatten, tree_of

X = np.zeros(2)


def plain(x, y):
    pass


def with_defaults(x, y=2.0, mode="mean", *, scale=(1, None), data=X, flag=True):
    pass


def by_position(x, y=1, /, z=0.5):
    pass


def all_by_position(x, /):
    pass


def any_number(x, *rest, scale=1.0):
    pass


def hidden_first(x, data=X, y=2.0):
    pass


def hidden_last(x, y=2.0, data=X):
    pass


def infinite(x, top=float("inf"), names={"a": 1}):  # noqa: B006
    pass


def keywords_only(*, x=1, y=2):
    pass


@pytest.mark.parametrize(
    ("f", "arity", "names", "head"),
    [
        (plain, 2, ["x", "y"], "x, y"),
        (with_defaults, 1, ["x"], "x, y=2.0, mode=\"mean\", *, scale=(1, None), flag=True"),
        (with_defaults, 3, ["x", "y", "mode"], "x, y=2.0, mode=\"mean\", *, scale=(1, None), flag=True"),
        (by_position, 1, ["x"], "x, /, z=0.5"),
        (by_position, 2, ["x", "y"], "x, y=1, /, z=0.5"),
        (by_position, 3, ["x", "y", "z"], "x, y=1, /, z=0.5"),
        (all_by_position, 1, ["x"], "x, /"),
        (any_number, 1, ["x"], "x, *rest, scale=1.0"),
        (any_number, 3, ["x", "rest_1", "rest_2"], "x, *rest, scale=1.0"),
        (hidden_first, 1, ["x"], "x, y=2.0"),
        (hidden_first, 3, ["x", "data", "y"], "x, data, y=2.0"),
        (hidden_last, 3, ["x", "y", "data"], "x, y, data"),
        (hidden_last, 1, ["x"], "x, y=2.0"),
        (infinite, 1, ["x"], "x, names={\"a\": 1}"),
        (keywords_only, 0, [], "*, x=1, y=2"),
    ],
)  # fmt: skip
def test_heads(f, arity, names, head):
    signature = Signature(f, arity)
    assert signature.names == names
    assert ", ".join(signature.head(lambda name: name)) == head
    exec(f"def f({head}): pass")  # Python reads it


def test_what_stands_in_the_rest_is_named_by_its_place():
    assert Signature(any_number, 4).rest == ("rest", ["rest_1", "rest_2", "rest_3"])
    assert Signature(any_number, 1).rest is None


def test_a_function_without_a_signature():
    class Silent:
        __signature__ = "none"

        def __call__(self, *args):
            pass

    assert Signature(Silent(), 2).names == ["x_1", "x_2"]


def test_defaults_are_kept_where_they_can_be_written_out():
    assert Signature(with_defaults, 1).defaults == {"y": 2.0, "mode": "mean", "scale": (1, None), "flag": True}
    assert Signature(infinite, 1).defaults == {"names": {"a": 1}}


# ── the layout beside it ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("more", [0, 1])
def test_a_line_of_exactly_the_width_is_not_broken(more):
    parts = ["a" * 40, "b" * (WIDTH - 40 - len("f(, )") + more)]
    assert len(call_lines("f(", parts, ")")) == (1 if not more else 4)
    text = "c" * (WIDTH - len("t = ") + more)
    assert len(assignment("t", text, "", "")) == (1 if not more else 3)
    text = "c" * (WIDTH - len("t =   # why") + more)
    assert assignment("t", text, "why", "") == ([f"t = {text}  # why"] if not more else ["# why", f"t = {text}"])
    assert WIDTH == 88  # that of ruff and black


def test_places_know_the_last_key():
    _, rebuild = flatten({"a": [1.0, 2.0], "b": {"c": (3.0,)}})
    assert places(tree_of(rebuild)) == [
        (0, '["a"][0]', 0), (1, '["a"][1]', 1), (2, '["b"]["c"][0]', 0),
    ]  # fmt: skip
