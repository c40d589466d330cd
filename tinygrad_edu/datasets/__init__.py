"""Data to train on, all in one shape: toys that are drawn from a seed, real sets, and files of your own.

What each function returns is a `Dataset`: `X`, an array (N, D) of numbers as they were measured; `y`, (N,), the numbers
of the classes or what is to be predicted; and what they are called. `X, y = moons()` takes the arrays alone.

>>> data = blobs(90, centers=3, seed=1)
>>> data
blobs: 90 samples of 2 features, x_1 and x_2; 3 classes, 0, 1 and 2
>>> X_train, X_test, y_train, y_test = data.split(test=0.2).standardised()
>>> X_train.shape, X_test.shape
((72, 2), (18, 2))
"""

from typing import Any as _Any

from ..tensors.hints import missing as _missing
from .csv_file import read_csv, read_features
from .dataset import Dataset, Split
from .shipped import breast_cancer, diabetes, digits, iris, wine
from .toys import blobs, checkerboard, circles, moons, plane, sine, spirals, xor

__all__ = [
    "Dataset",
    "Split",
    "blobs",
    "breast_cancer",
    "checkerboard",
    "circles",
    "diabetes",
    "digits",
    "iris",
    "moons",
    "plane",
    "read_csv",
    "read_features",
    "sine",
    "spirals",
    "wine",
    "xor",
]


def __getattr__(name: str) -> _Any:
    raise _missing(__name__, name, __all__)
