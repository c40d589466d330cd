"""What a recorded function reaches and changes outside of itself is found, wherever it stands."""

import contextlib
import itertools
import random
import types
from functools import partial, wraps

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, nn, optim
from tinygrad_edu.source.reaching import Reached

GENERATOR = np.random.default_rng(0)
x = np.array([1.0, 2.0, 3.0])


class OfTheClass:
    generator = np.random.default_rng(0)

    def __call__(self, x):
        return x * self.generator.random()

    @property
    def noise(self):
        return GENERATOR.random()


class InASlot:
    __slots__ = ("generator",)

    def __init__(self):
        self.generator = random.Random(0)

    def method(self, x):
        return x * self.generator.random()


class Noisy(nn.Module):
    def noise(self):
        return GENERATOR.random()

    def forward(self, x):
        return x * self.noise()


def module():
    found = types.ModuleType("of_the_users")
    code = "import numpy as np\ngenerator = np.random.default_rng(0)\ndef noise(): return generator.random()"
    exec(code, vars(found))
    package = types.ModuleType("package")
    package.inner = found
    return package


PACKAGE = module()


def noisy(f):
    @wraps(f)
    def wrapped(x):
        return f(x) * GENERATOR.random()

    return wrapped


DRAWING = {
    "a comprehension": lambda x: x * sum([GENERATOR.random() for _ in range(2)]),
    "a function inside": lambda x: (lambda: x * GENERATOR.random())(),
    "a class": lambda x: x * OfTheClass.generator.random(),
    "an object's class": OfTheClass(),
    "a property": (lambda each: lambda x: x * each.noise)(OfTheClass()),
    "a slot": InASlot().method,
    "a partial": partial(lambda x, k: x * k.generator.random(), k=InASlot()),
    "a model's method": Noisy(),
    "a module": lambda x: x * PACKAGE.inner.generator.random(),
    "a module's function": lambda x: x * PACKAGE.inner.noise(),
    "a decorator": noisy(np.sin),
    "a jitted function": (lambda jitted: lambda x: x * jitted(x))(tg.jit(lambda x: x * GENERATOR.random())),
}


@pytest.mark.parametrize("name", DRAWING)
def test_a_generator_is_found_wherever_it_stands(name):
    with pytest.raises(TypeError, match="draws random numbers"):
        tg.jit(DRAWING[name])(x)


def test_functions_of_libraries_hold_no_generator_of_the_users():
    assert Reached(lambda x: np.random.default_rng(0).normal() * random.choice([tg.sigmoid(x)]), []).generators == []


class Counting:
    def __init__(self):
        self.count, self.of = 0, {"count": 0}

    def __call__(self, x):
        self.count += 1
        return x * self.count

    def in_a_dict(self, x):
        self.of["count"] += 1
        return x * self.of["count"]


def a_nonlocal():
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x * count

    return f


CHANGING = {
    "a nonlocal": a_nonlocal(),
    "an attribute": Counting(),
    "an attribute of an argument": lambda x: (lambda counting: counting(x))(Counting.shared),
    "an entry of a dict": Counting().in_a_dict,
    "a list": (lambda waiting: lambda x: x * waiting.pop())([1.0, 2.0, 3.0]),
    "a set": (lambda waiting: lambda x: x * waiting.pop())({1.0, 2.0, 3.0}),
    "a generator": (lambda each: lambda x: x * next(each))(i for i in range(9)),
    "an iterator": (lambda each: lambda x: x * next(each))(itertools.count()),
}
Counting.shared = Counting()


@pytest.mark.parametrize("name", CHANGING)
def test_a_count_that_goes_into_the_result_raises(name):
    with pytest.raises(TypeError, match=r"something else each time(.|\n)*a count"):
        tg.jit(CHANGING[name])(x)


def test_a_count_that_does_not_go_into_the_result_is_the_users_affair():
    calls = [0]

    def f(x):
        calls[0] += 1
        return x * 2.0

    assert tg.jit(f)(x).tolist() == [2.0, 4.0, 6.0]


@pytest.mark.parametrize("before", [False, True])
def test_a_rate_set_inside_raises(before):
    w = Tensor(x.copy(), name="w")
    optimizer = optim.SGD([w], lr=0.1)

    def step(s):
        if before:
            optimizer.lr *= 0.5
        loss = (w * w * s).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if not before:
            optimizer.lr *= 0.5
        return loss

    with pytest.raises(TypeError, match="changes a number of SGD"):
        tg.jit(step)(1.0)


# ── a refusal that the function catches ──


def caught(x):
    try:
        return x * float(x.sum())
    except TypeError:
        return x * 0.0


def suppressed(x):
    with contextlib.suppress(Exception):
        if x.sum() > 0:
            return x * 10.0
    return x


def caught_and_raised_anew(x):
    try:
        return x[x > 1.0]
    except TypeError:
        raise ValueError("another") from None


@pytest.mark.parametrize("f", [caught, suppressed, caught_and_raised_anew])
def test_a_refusal_that_the_function_catches_is_raised_all_the_same(f):
    with pytest.raises(tg.errors.FrozenNumberError, match=r"would freeze the number|once and for all"):
        tg.jit(f)(x)
