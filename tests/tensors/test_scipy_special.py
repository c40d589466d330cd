"""SciPy's special functions called on nodes."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value

special = pytest.importorskip("scipy.special")
X = np.array([0.2, 0.7, 0.9])


@pytest.mark.parametrize("name", ["gammaln", "digamma", "erf", "erfc", "expit", "logit", "ndtr", "log_ndtr"])
def test_of_one_argument(name):
    f = getattr(special, name)
    assert f(Value(0.3, name="x")).requires_grad
    np.testing.assert_allclose(f(Tensor(X)).data, f(X), rtol=1e-14)
    tg.check_grads(lambda x: f(x), X)
    np.testing.assert_allclose(tg.jit(tg.grad(lambda x: f(x).sum()))(X), tg.grad(lambda x: f(x).sum())(X))


def test_xlogy():
    tg.check_grads(lambda x, y: special.xlogy(x, y), X, X[:, None] + 1.0)
    assert tg.grad(special.xlogy)(0.0, 0.0) == 0.0 and tg.grad(special.xlogy, 1)(0.0, 2.0) == 0.0


def test_the_tail_keeps_its_digits():
    """The slope of log Φ and its slopes, computed with 80 digits."""
    orders = {
        -1e8: (1e8, -1.0, 2e-24, 6e-32, 2.4e-39),
        -700.0: (700.00142856559773, -0.99999795920866263, 5.830760996086319e-9, 2.4988567725059788e-11),
        -30.0: (30.033259667433677, -0.998896228488109909, 7.30999301578443847e-5),
        -1.0: (1.5251352761609812, -0.80090233442965121, 0.11693119540604883, 0.07917498368074563),
        3.0: (0.0044378390421256638, -0.013333211541740806, 0.035680136876570471, -0.081046222015181884),
        40.0: (0.0, 0.0, 0.0),
    }
    for x, expected in orders.items():
        f = special.log_ndtr
        for order, slope in enumerate(expected, start=1):
            f = tg.grad(f)
            np.testing.assert_allclose(f(x), slope, rtol=1e-10, atol=1e-300, err_msg=f"order {order} at {x}")
    both_sides = np.array([-30.0, 3.0])
    slopes = tg.grad(lambda x: tg.grad(lambda x: special.log_ndtr(x).sum())(x).sum())(both_sides)
    np.testing.assert_allclose(slopes, [orders[x][1] for x in both_sides])


def test_one_without_a_rule_is_refused():
    with pytest.raises(TypeError, match="jv has no rule"):
        special.jv(1.0, Value(2.0))
