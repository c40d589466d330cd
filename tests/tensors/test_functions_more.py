"""Cross products along any axes, real parts, general eigenvalues, and many arrays joined."""

import time

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value

A, B = np.random.default_rng(0).normal(size=(2, 3, 4))


@pytest.mark.parametrize(
    ("a", "b", "axes"),
    [
        (A, B.T, {"axisa": 0, "axisc": 0}), (A, B, {"axis": 0}), (A.T, B.T, {"axis": None}), (A.T, B.T, {}),
        (A.T, B, {"axisb": 0}), (A.T[0], B, {"axisb": 0, "axisc": -1}),
    ],
)  # fmt: skip
def test_cross_along_any_axes(a, b, axes):
    np.testing.assert_allclose(np.cross(Tensor(a), b, **axes).data, np.cross(a, b, **axes))
    tg.check_grads(lambda a, b: tg.cross(a, b, **axes), a, b)


def test_the_real_part_is_the_number_itself():
    assert np.real(Tensor([1.0, 2.0])).shape == (2,) and tg.grad(lambda x: np.real(x) ** 2)(3.0) == 6.0


def test_general_eigenvalues():
    x = np.array([[3.0, 1.0, 0.2], [0.5, 1.0, 0.1], [0.3, 0.2, -2.0]])
    values, vectors = np.linalg.eig(Tensor(x))
    np.testing.assert_array_equal(values.data, np.linalg.eig(x)[0])
    np.testing.assert_array_equal(vectors.data, np.linalg.eig(x)[1])
    tg.check_grads(lambda x: np.linalg.eig(x)[1] * A[:, :3] + np.linalg.eigvals(x), x)
    with pytest.raises(ValueError, match=r"R \(2, 2\): eigenvalues are complex"):
        np.linalg.eig(Tensor([[0.0, 1.0], [-1.0, 0.0]], name="R"))


@pytest.mark.parametrize("join", [np.concatenate, np.stack, lambda parts: np.concatenate(parts, axis=None)])
def test_many_arrays_are_joined_in_linear_time(join):
    def seconds(n):
        parts = [Tensor([float(i), 1.0]) for i in range(n)]
        start = time.process_time()
        joined = join(parts)
        (joined * np.arange(2.0 * n).reshape(joined.shape)).sum().backward()
        passed = time.process_time() - start
        assert [part.grad.tolist() for part in parts] == [[2.0 * i, 2.0 * i + 1.0] for i in range(n)]
        return passed

    seconds(100)
    assert seconds(8000) < 8 * max(seconds(2000), 0.05)


def test_a_stack_of_many_values():
    values = [Value(float(i)) for i in range(200)]
    (np.stack(values) ** 2).sum().backward()
    assert [v.grad for v in values] == [2.0 * i for i in range(200)]
