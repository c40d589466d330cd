"""Random losses: a wrong gradient is never called right, a right one is never called wrong, however it is spelled.

SymPy says what is right: it derives the loss, and tells in numbers whether a changed formula is still equal.
"""

import re

import numpy as np
import pytest
import sympy

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive

NAMES = ("x", "a", "b")
SYMBOLS = sympy.symbols(NAMES, real=True)
_FUNCTIONS = (
    "sin({})",
    "exp({})",
    "tanh({})",
    "cos({})",
    "log(1 + ({})**2)",
    "sqrt(2 + ({})**2)",
    "({})**2",
    "({})**3",
)
SEEDS = range(20)


def loss(rng, deep=3):
    """A formula in x, a and b."""
    if deep == 0 or rng.random() < 0.15:
        return str(rng.choice(["x", "x", "a", "b"]))
    kind = rng.integers(5)
    if kind < 2:
        return _FUNCTIONS[rng.integers(len(_FUNCTIONS))].format(loss(rng, deep - 1))
    left, right = loss(rng, deep - 1), loss(rng, deep - 1)
    return f"({left} {'+-*'[kind - 2]} {right})"


def recorded(text, mean=None):
    """The loss on the engine: of numbers, or as a sum or mean over vectors."""
    rng = np.random.default_rng(1)
    if mean is None:
        held = {name: Value(float(rng.uniform(0.3, 1.5)), name=name) for name in NAMES}
    else:
        held = {name: Tensor(rng.uniform(0.3, 1.5, 4), name=name) for name in NAMES}
    functions = {name: getattr(tg, name) for name in ("sin", "exp", "tanh", "cos", "log", "sqrt")}
    value = eval(text, functions, dict(held)) + 0 * held["x"]  # a loss that does not depend on x has the gradient 0
    whole = value if mean is None else value.mean() if mean else value.sum()
    return derive(whole, held["x"])


def same(one, other):
    """Whether two formulas are equal at a few points."""
    f, g = (sympy.lambdify(SYMBOLS, each, "numpy") for each in (one, other))
    points = np.random.default_rng(2).uniform(-1.2, 1.2, (len(NAMES), 6))
    with np.errstate(all="ignore"):
        u, v = (np.broadcast_to(np.asarray(each(*points), complex), 6) for each in (f, g))
    return bool(np.all(np.abs(u - v) <= 1e-9 * (1 + np.abs(v))))


def truth(text):
    return sympy.diff(sympy.sympify(text, locals=dict(zip(NAMES, SYMBOLS, strict=True))), SYMBOLS[0])


def mistaken(rng, formula):
    """The formula as text, with one thing changed."""
    text = str(formula)
    edits = [(r"\+", "-"), (r" - ", " + "), (r"\bsin\b", "cos"), (r"\bcos\b", "sin"), (r"\*\*2", ""), (r"\b2\b", "3"),
             (r"\btanh\b", "sin"), (r"\bexp\b", "tanh"), (r"\bx\b", "a"), (r"\ba\b", "b"), (r"\bb\b", "x"),
             (r"\*", "+"), (r"\blog\b", "exp"), (r"\b1\b", "2")]  # fmt: skip
    places = [(match, new) for old, new in edits for match in re.finditer(old, text)]
    if not places:
        return text + " + x"
    match, new = places[rng.integers(len(places))]
    return text[: match.start()] + new + text[match.end() :]


@pytest.mark.parametrize("mean", [None, False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_right_gradient_is_not_called_wrong(seed, mean):
    text = loss(np.random.default_rng(seed))
    derivation, right = recorded(text, mean), truth(text)
    spellings = [str(right), str(sympy.expand(right)), str(sympy.factor(right)), sympy.latex(right)]
    for spelled in spellings:
        if mean:
            spelled = rf"\frac{{{spelled}}}{{N}}" if "\\" in spelled else f"({spelled})/N"
        verdict = derivation.check(spelled)
        assert verdict.ok or verdict.mistake == "unparsable", (text, spelled, verdict)
    assert derivation.check(f"({right})/N" if mean else str(right)).ok


@pytest.mark.parametrize("mean", [None, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_wrong_gradient_is_not_called_right(seed, mean):
    rng = np.random.default_rng(seed)
    text = loss(rng)
    derivation, right = recorded(text, mean), truth(text)
    for _ in range(4):
        wrong = mistaken(rng, right)
        try:
            formula = sympy.sympify(wrong, locals=dict(zip(NAMES, SYMBOLS, strict=True)))
        except (SyntaxError, TypeError, sympy.SympifyError):
            continue
        if not same(formula, right):
            assert not derivation.check(wrong).ok, (text, wrong)
