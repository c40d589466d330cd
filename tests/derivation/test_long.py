"""Derivations of long graphs: what is used often gets a letter, lines stay readable, and too much is refused."""

import numpy as np
import pytest
import sympy as sp
from long_graphs import network, repeated
from test_derive import every_line_is_true

import tinygrad_edu as tg
from tinygrad_edu import derive


def test_a_value_that_is_used_twice_each_time_has_a_letter_each_time():
    derivation = every_line_is_true(*repeated(12, lambda y: np.tanh(y) * y + y))
    assert [name for name in derivation.letters if name.startswith("t_")] == [f"t_{n}" for n in range(1, 12)]
    assert max(len(step.text) for step in derivation.steps) < 170
    assert derivation.formula.count_ops() < 300


@pytest.mark.parametrize("function", [np.tanh, tg.sigmoid, tg.softplus], ids=["tanh", "sigmoid", "softplus"])
def test_functions_nested_deeply_have_letters(function):
    derivation = every_line_is_true(*repeated(12, function))

    def depth(e):
        return max(map(depth, e.args), default=0) + isinstance(e, sp.Function)

    assert len(derivation.letters) >= 2
    assert max(depth(step.expr) for step in derivation.steps[:-1]) <= 6


def test_few_nested_functions_are_written_out():
    y, x = repeated(3, np.tanh)
    assert not derive(y, x).letters


def test_a_deep_networks_gradients_keep_their_letters():
    derivation = every_line_is_true(*network(8))
    assert max(len(step.text) for step in derivation.steps) <= 170
    last = derivation.steps[-1].text
    assert last == "∂L/∂W₁ᵢⱼ = Σₖ ∂L/∂Z₁ₖⱼ · Xₖᵢ"
    assert not any(str(symbol).startswith("∂") for symbol in derivation.formula.free_symbols)


def test_too_many_operations_are_refused_with_advice():
    y, x = repeated(3_001, lambda y: y * 1.001)
    y.name = "y"
    with pytest.raises(ValueError, match=r"y \(\) towards x \(\).*3,002 operations.*fewer layers or repetitions"):
        derive(y, x)


def test_too_many_letters_are_refused_when_the_lines_are_asked_for():
    derivation = derive(*repeated(320, lambda y: np.tanh(y) * y + y))
    with pytest.raises(ValueError, match=r"320 letters stand between them, and at most 300.*nearer to the loss"):
        _ = derivation.steps


def test_a_graph_with_too_many_letters_can_be_checked_all_the_same():
    loss, x = repeated(302, lambda y: y * y * 0.5 + y * 0.5)
    loss.backward()
    assert derive(loss, x).check(np.float64(x.grad)).ok
