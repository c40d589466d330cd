"""Slopes at kinks, poles and infinities, against what PyTorch 2.13 gives there (recorded from it, in float64)."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.engine.graph import plain

inf, nan = math.inf, math.nan
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
OF_NUMBERS = [  # function, point, slopes
    (np.abs, (0.0,), (0.0,)),
    (tg.relu, (0.0,), (0.0,)), (tg.relu, (nan,), (1.0,)),
    (tg.leaky_relu, (0.0,), (0.01,)), (tg.elu, (0.0,), (1.0,)), (tg.gelu, (0.0,), (0.5,)),
    (tg.softplus, (0.0,), (0.5,)),
    (np.maximum, (1.0, 1.0), (0.5, 0.5)), (np.maximum, (nan, 1.0), (1.0, 1.0)),
    (np.minimum, (1.0, 1.0), (0.5, 0.5)), (np.minimum, (nan, 1.0), (1.0, 1.0)),
    (np.fmax, (1.0, 1.0), (1.0, 0.0)), (np.fmax, (nan, 1.0), (0.0, 1.0)), (np.fmax, (1.0, nan), (1.0, 0.0)),
    (np.fmin, (1.0, 1.0), (1.0, 0.0)), (np.fmin, (nan, 1.0), (0.0, 1.0)), (np.fmin, (1.0, nan), (1.0, 0.0)),
    (lambda x: np.clip(x, 0.0, 1.0), (0.0,), (1.0,)), (lambda x: np.clip(x, 0.0, 1.0), (1.0,), (1.0,)),
    (np.sqrt, (0.0,), (inf,)), (np.log, (0.0,), (inf,)), (np.log1p, (-1.0,), (inf,)),
    (np.reciprocal, (0.0,), (-inf,)), (np.divide, (0.0, 0.0), (inf, nan)),
    (np.arcsin, (1.0,), (inf,)), (np.arccos, (-1.0,), (-inf,)), (np.arccosh, (1.0,), (inf,)),
    (np.arctanh, (1.0,), (inf,)), (np.arctan2, (0.0, 0.0), (0.0, 0.0)), (np.sinc, (0.0,), (0.0,)),
    (np.exp, (-inf,), (0.0,)), (np.tanh, (inf,), (0.0,)), (tg.sigmoid, (-inf,), (0.0,)),
    (np.logaddexp, (1.0, 1.0), (0.5, 0.5)), (np.logaddexp, (inf, inf), (nan, nan)),
    (np.mod, (1.0, 0.1), (1.0, -9.0)), (np.mod, (3.0, 1.5), (1.0, -2.0)), (np.mod, (-1.0, 0.1), (1.0, 10.0)),
    (np.nan_to_num, (nan,), (0.0,)), (np.nan_to_num, (inf,), (0.0,)),
]  # fmt: skip
POWERS = {  # at (x, y): the slopes of x**y towards both
    (0.0, 0.0): (0.0, 0.0), (0.0, 1.0): (1.0, 0.0), (0.0, 2.0): (0.0, 0.0), (0.0, 0.5): (inf, 0.0),
    (0.0, -1.0): (-inf, -inf), (0.0, inf): (nan, 0.0), (1.0, 0.0): (0.0, 0.0), (1.0, inf): (inf, 0.0),
    (2.0, 0.0): (0.0, 0.6931471805599453), (2.0, inf): (inf, inf), (2.0, -inf): (nan, 0.0),
    (-2.0, 0.0): (0.0, nan), (-2.0, 2.0): (-4.0, nan), (-2.0, 0.5): (nan, nan),
    (inf, 0.0): (0.0, inf), (inf, 1.0): (1.0, inf), (inf, 0.5): (0.0, inf), (inf, -1.0): (0.0, nan),
    (-inf, 0.0): (0.0, nan), (-inf, 1.0): (1.0, nan), (nan, 0.0): (0.0, nan), (nan, 1.0): (1.0, nan),
}  # fmt: skip
OF_ARRAYS = [
    (np.linalg.norm, [0.0, 0.0], [0.0, 0.0]), (lambda x: np.std(x, ddof=1), [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]),
    (lambda x: np.linalg.norm(x, 1), [0.0, 2.0], [0.0, 1.0]), (lambda x: np.linalg.norm(x, 3), [0.0, 0.0], [0.0, 0.0]),
    (lambda x: np.linalg.norm(x, 3), [0.0, 2.0], [0.0, 1.0]), (lambda x: np.linalg.norm(x, inf), [0.0] * 2, [0.0] * 2),
    (lambda x: np.linalg.norm(x, inf), [2.0, 2.0], [0.5, 0.5]), (np.max, [1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
    (np.min, [3.0, 1.0, 1.0], [0.0, 0.5, 0.5]), (np.prod, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    (np.prod, [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]), (tg.logsumexp, [-inf, 1.0], [0.0, 1.0]),
    (lambda x: np.linalg.norm(x, 0.5), [0.0, 1.0, 4.0], [0.0, 3.0, 1.5]),
    (lambda x: np.linalg.norm(x, 0.5), [0.0] * 2, [0.0] * 2), (lambda x: np.linalg.norm(x, -2), [0.0, 2.0], [0.0] * 2),
    (lambda x: np.linalg.norm(x, "nuc"), [[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]),
]  # fmt: skip


@pytest.mark.parametrize(("f", "point", "slopes"), OF_NUMBERS)
def test_of_numbers(f, point, slopes):
    positions = tuple(range(len(point)))
    np.testing.assert_allclose(tg.grad(f, positions)(*point), slopes, rtol=1e-15)
    for create_graph in (False, True):
        leaves = [Tensor([x]) for x in point]
        f(*leaves).sum().backward(create_graph=create_graph)
        np.testing.assert_allclose([plain(leaf.grad)[0] for leaf in leaves], slopes, rtol=1e-15)


@pytest.mark.parametrize("point", POWERS)
def test_powers(point):
    np.testing.assert_array_equal(tg.grad(np.power, (0, 1))(*point), POWERS[point])
    np.testing.assert_array_equal(tg.grad(lambda x: x ** point[1])(point[0]), POWERS[point][0])
    for create_graph in (False, True)[: 1 if math.isnan(point[0]) else 2]:  # recorded, nan^(0 − 1) stays nan
        leaves = [Tensor([x]) for x in point]
        np.power(*leaves).backward(create_graph=create_graph)
        np.testing.assert_array_equal([plain(leaf.grad)[0] for leaf in leaves], POWERS[point])


@pytest.mark.parametrize(("f", "point", "slope"), OF_ARRAYS)
def test_of_arrays(f, point, slope):
    np.testing.assert_allclose(tg.grad(f)(np.array(point)), slope, rtol=1e-14, atol=1e-15)


def test_the_remainder_of_bare_numbers_is_a_float():
    for x in (tg.Value(3.0) % tg.Value(2.0), tg.Value(3.0) % 2, 3.0 % tg.Value(2.0), np.mod(tg.Value(3.0), 2.0)):
        assert type(x.data) is float and x.data == 1.0
    with pytest.warns(RuntimeWarning):
        assert math.isnan((tg.Value(3.0) % 0.0).data)
