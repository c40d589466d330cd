"""How a row is put into the table: what is said of an operation where the row says nothing."""

import copy
import math
import pickle
import re

import numpy as np
import pytest

from tinygrad_edu import Tensor, Value
from tinygrad_edu.engine import rules
from tinygrad_edu.engine.backward import sweep
from tinygrad_edu.engine.table import TABLE, elementwise, named_row, no_broadcast, own, reduction, row, shape


@pytest.fixture
def made():
    """Makes a row, which is taken out of the table again."""
    before = dict(TABLE)
    yield row
    TABLE.clear()
    TABLE.update(before)


def slope(g, out, *args):
    return g


def test_how_it_is_written_by_default(made):
    one, two = made("twice_over", slope, composed=lambda x: x), made("both", slope, slope, composed=lambda x, y: x)
    none, several = made("rounding", composed=lambda x: x), made("each", towards=lambda i: slope, composed=lambda *x: x)
    fixed = made("to_x_alone", slope, arity=0, composed=lambda x, y: x)
    assert (one.text, one.latex) == ("twice_over <x:f>", r"\operatorname{twice over} <x:f>")
    assert (two.text, two.latex) == ("both(<args>)", r"\operatorname{both}(<args>)")
    assert none.text == "rounding(<args>)" and several.text == "each(<args>)" and fixed.text == "to_x_alone(<args>)"
    assert [each.arity for each in (one, two, none, several, fixed)] == [1, 2, 0, 0, 0]
    assert [each.differentiable for each in (one, two, none, several, fixed)] == [True, True, False, True, True]
    assert rules.sin.latex == r"\sin <x:f>" and rules.sinh.text == "sinh <x:f>"
    assert rules.argsort.latex == r"\operatorname{argsort}(<args>)" and rules.max.latex == r"\max <x:f>"
    assert all(each.precedence == 5 for each in (one, two, none)) and one.kind is elementwise
    signs = made("signs", slope, composed=lambda x: x, text="−<x>·Σ²")
    assert signs.latex == r"-<x>\cdot\sum^{2}"


def test_how_it_is_computed_by_default(made):
    infix = made("beside", slope, slope, composed=lambda x, y: x, infix="&")
    three = made("three", slope, slope, slope, composed=lambda x, y, z: x)
    assert three.arity == 0 and three.code == ""
    assert infix.code == "{x} & {y}" and infix.misfit is no_broadcast
    assert made("whole", slope, kind=own, composed=lambda x: x).misfit is None
    own_kernels = made("own_kernels", slope, array=np.abs, scalar=abs, composed=lambda x: x)
    assert own_kernels.array is np.abs and own_kernels.scalar is abs and rules.exp.scalar is math.exp
    assert rules.exp.array is np.exp and made("twice", slope, composed=lambda x: x * 2.0)(3.0) == 6.0
    assert made("thrice", slope, composed=lambda x: x * 3.0)(np.array([1.0, 2.0])).tolist() == [3.0, 6.0]
    counted = made("counted", slope, arity=0, array=lambda x, n: x * len(range(n)))
    assert counted.scalar is None and (counted(2.0, 3), type(counted(2.0, 3))) == (6.0, float)
    over = made("over", slope, slope, array=lambda x, y: x / y)
    with np.errstate(divide="ignore"):
        assert over(1.0, 0.0) == np.inf
    assert over.vjp(1) is slope and over.vjp(2) is None and counted.vjp(1) is None
    numpys = made("numpys", slope, array=np.sin, scalar=np.sin)
    assert type(numpys(Value(2.0)).data) is float and type(numpys(Tensor(2.0)).data) is not float
    assert made("each_of", towards=lambda i: slope if i else None, array=np.hypot).vjp(3) is slope
    apart = made("apart", slope, array=np.negative, scalar=abs)
    assert apart(Value(3.0)).data == 3.0 and apart(Tensor(3.0)).data == -3.0
    assert apart(3.0) == 3.0 and apart(np.array([3.0])).tolist() == [-3.0]
    two = made("two_apart", slope, slope, array=np.subtract, scalar=max)
    three = made("three_apart", slope, slope, slope, array=lambda x, y, z: x - y - z, scalar=max)
    assert (two(Value(3.0), 5.0).data, three(Value(3.0), 5.0, Value(4.0)).data) == (5.0, 5.0)
    assert (two(Tensor(3.0), 5.0).data, three(3.0, 5.0, Tensor(4.0)).data) == (-2.0, -6.0)
    with np.errstate(divide="ignore"):
        assert rules.divide(1.0, 0.0) == np.inf and rules.log(Value(0.0)).data == -np.inf
    chosen = rules.where(np.array([True, False]), Tensor([1.0, 1.0]), np.array([2.0, 2.0]))
    assert isinstance(chosen, Tensor) and chosen.data.tolist() == [1.0, 2.0]
    assert rules.hypot(3.0, np.array([4.0])).tolist() == [5.0]
    with pytest.raises(KeyError, match="no kernel for nowhere"):
        made("nowhere", slope)


def test_kinds_say_what_a_contribution_stands_for():
    """A sum hands on one number; a matrix product wants a whole array."""
    assert (elementwise.needs_whole, reduction.needs_whole, own.needs_whole) == (False, False, True)
    x = Tensor(np.ones((2, 3)))
    assert np.shape(sweep((x * 2.0).sum(), 1.0)[x]) == () == np.shape(sweep(x.sum(axis=0).sum(), 1.0)[x])
    assert sweep((x @ np.ones((3, 2))).sum(), 1.0)[x].shape == (2, 3)
    c, node = np.ones(3), Tensor(np.ones((4, 3)))
    assert elementwise.stands_for(c, node, x) == (4, 3)
    assert reduction.stands_for(c, node, x) == (2, 3) and own.stands_for(c, node, x) == (3,)
    assert shape(2.0) == () and shape([[1, 2]]) == (1, 2)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ((2, 3), (2, 3), ""), ((2, 3), (3,), ""), ((2, 3), (2, 1), ""), ((1,), (5, 4), ""), ((), (2,), ""),
        ((2, 3), (2,), "the shapes do not broadcast, axis −1 has 3 ≠ 2"),
        ((2, 3), (3, 3), "the shapes do not broadcast, axis −2 has 2 ≠ 3"),
        ((2, 1, 3), (5, 4, 3), "the shapes do not broadcast, axis −3 has 2 ≠ 5"),
    ],
)  # fmt: skip
def test_why_two_shapes_do_not_fit(x, y, said):
    assert no_broadcast(x, y) == said == no_broadcast(x, y)


def test_rows_are_known_by_their_names(made):
    assert named_row("exp") is rules.exp and copy.copy(rules.exp) is rules.exp
    other = made("passing", slope, composed=lambda x: x)
    assert pickle.loads(pickle.dumps(other)) is other
    del TABLE["passing"]
    for refused in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="pickling: passing is no row of the table"):
            refused(other)


def test_a_row_is_shown_by_its_name_and_stands_in_a_class_as_a_method():
    class Held(float):
        halved = rules.divide

    assert repr(rules.divide) == "<rule divide>"
    assert Held.halved is rules.divide and Held(3.0).halved(2.0) == 1.5


def test_a_kind_of_number_may_bring_its_own_kernels():
    class Symbol:
        def __kernel__(self, rule):
            return lambda *args: (rule.name, args)

    x = Symbol()
    assert rules.sin(x) == ("sin", (x,)) and rules.add(1.0, x) == ("add", (1.0, x))
    assert rules.multiply(np.ones(2), x)[0] == "multiply"


@pytest.mark.parametrize(
    ("name", "shapes", "why"),
    [
        ("solve", [(3,), (3, 1)], "a square matrix is needed, not (3,)"),
        ("solve", [(2, 3), (2, 1)], "a square matrix is needed, not (2, 3)"),
        ("solve", [(3, 3, 2), (3, 1)], "a square matrix is needed, not (3, 3, 2)"),
        ("solve", [(3, 3), (2, 4)], "3 unknowns, but 2 right-hand sides"),
        ("solve", [(7, 5, 3, 3), (7, 5, 2, 4)], "3 unknowns, but 2 right-hand sides"),
        ("solve", [(5, 3, 3), (2, 3, 4)], ""),
        ("solve", [(7, 5, 3, 3), (7, 5, 3, 4)], ""),
        ("solve", [(3, 3), (3, 1)], ""),
        ("matmul", [(), (3,)], "a single number has no axis to sum over; use *"),
        ("matmul", [(3,), ()], "a single number has no axis to sum over; use *"),
        ("matmul", [(2, 3), (4, 5)], "inner sizes differ, 3 ≠ 4"),
        ("matmul", [(2, 3), (4,)], "inner sizes differ, 3 ≠ 4"),
        ("matmul", [(3,), (3, 4, 5)], "inner sizes differ, 3 ≠ 4"),
        ("matmul", [(4, 3), (7, 3, 4)], ""),
        ("matmul", [(2, 3), (3,)], ""),
    ],
)
def test_why_operands_do_not_fit(name, shapes, why):
    assert TABLE[name].misfit(*shapes) == why


def strengths(text):
    """How strongly what is written like this may bind: as the table says, from 1, a sum, to 9, a letter."""
    flat = re.sub(r"\(.*\)|\[.*\]|\|.*\||‖.*‖", "()", re.sub(r"<\w+(:[\w.]+)?>", "x", text))
    patterns = {
        1: r" [+−] |^−", 1.5: "^[ΣΠ] ", 2: r" · | mod |^x\^x \w", 2.5: "^x⁻¹ x$|^x x$", 3: "/", 4: r"\^|²$",
        5: r" |^√|[ᵀ¹⁺]$",
    }  # fmt: skip
    found = [strength for strength, pattern in patterns.items() if re.search(pattern, flat)]
    return found[:1] or [5, 9]


@pytest.mark.parametrize("rule", TABLE.values(), ids=lambda rule: rule.name)
def test_how_strongly_a_row_binds_is_read_off_its_text(rule):
    assert rule.precedence in strengths(rule.text)


@pytest.mark.parametrize("name", ["tanh", "add", "sum", "getitem"])
def test_a_row_that_is_called_on_nothing_is_a_type_error(name):
    with pytest.raises(TypeError):
        TABLE[name]()
