"""Sums, means and their like: axes as in NumPy, negative, in tuples, kept or dropped."""

from __future__ import annotations

import builtins
import math
from typing import Any

from ...engine import rules
from ...engine.graph import Node
from ...engine.rules import absolute, divide, sqrt, square, subtract, where
from ...engine.rules_linalg import norm
from ..hints import refuse_keywords, taught
from .arguments import Axis, array, axes_of, axis_of, ndim, size
from .questions import isnan

__all__ = [
    "amax",
    "amin",
    "average",
    "cumsum",
    "log_softmax",
    "logsumexp",
    "max",
    "mean",
    "min",
    "nanmean",
    "nansum",
    "prod",
    "ptp",
    "softmax",
    "std",
    "sum",
    "var",
]


def sum(x: Any, axis: Axis = None, keepdims: bool = False, **foreign: Any) -> Any:  # noqa: A001
    """The sum of x, or along an axis or axes."""
    if foreign:
        refuse_keywords("sum", foreign)
    x = x if isinstance(x, Node) else array(x)
    return rules.sum(x, axis=axes_of(x, axis, "sum"), keepdims=keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False, **foreign: Any) -> Any:
    """The mean of x, or along an axis or axes."""
    if foreign:
        refuse_keywords("mean", foreign)
    x = x if isinstance(x, Node) else array(x)
    return rules.mean(x, axis=axes_of(x, axis, "mean"), keepdims=keepdims, ddof=0)


@taught
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product of x, or along an axis or axes."""
    x = array(x)
    return rules.prod(x, axis=axes_of(x, axis, "prod"), keepdims=keepdims)


def max(x: Any, axis: Axis = None, keepdims: bool = False, **foreign: Any) -> Any:  # noqa: A001
    """The largest of x, or along an axis or axes; entries that tie share the gradient equally."""
    if foreign:
        refuse_keywords("max", foreign)
    x = array(x)
    return rules.max(x, axis=axes_of(x, axis, "max"), keepdims=keepdims)


def min(x: Any, axis: Axis = None, keepdims: bool = False, **foreign: Any) -> Any:  # noqa: A001
    """The smallest of x, or along an axis or axes; entries that tie share the gradient equally."""
    if foreign:
        refuse_keywords("min", foreign)
    x = array(x)
    return rules.min(x, axis=axes_of(x, axis, "min"), keepdims=keepdims)


amax, amin = max, min


@taught
def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """From the smallest to the largest: max − min."""
    axis = axes_of(x, axis, "ptp")
    return max(x, axis, keepdims) - min(x, axis, keepdims)


@taught
def average(x: Any, axis: Axis = None, weights: Any = None, keepdims: bool = False) -> Any:
    """The mean of x, or along an axis or axes, each entry with its weight (of x's shape)."""
    if weights is None:
        return mean(x, axis, keepdims)
    if rules.shape(weights) != rules.shape(x):
        raise ValueError(f"average: weights {rules.shape(weights)} for {rules.shape(x)}; give them x's shape")
    return divide(sum(rules.multiply(x, weights), axis, keepdims), sum(weights, axis, keepdims))


@taught
def nansum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum of what is not NaN."""
    return sum(where(isnan(x), 0.0, x), axis, keepdims)


@taught
def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean of what is not NaN."""
    total = nansum(x, axis, keepdims)
    return divide(total, rules.astype(sum(rules.logical_not(isnan(x)), axis, keepdims), dtype=total.dtype))


@taught
def var(x: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """The mean squared distance from the mean; ddof is taken off the count, down to 0."""
    x = array(x)
    axes = axes_of(x, axis, "var")
    away = subtract(x, rules.mean(x, axis=axes, keepdims=True, ddof=0))
    return rules.mean(square(away), axis=axes, keepdims=keepdims, ddof=builtins.min(ddof, _number(x, axes)))


@taught
def std(x: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """The square root of the variance, ‖x − mean x‖/√(N − ddof); where all entries are equal its slope is 0."""
    x = array(x)
    axes = axes_of(x, axis, "std")
    away = subtract(x, rules.mean(x, axis=axes, keepdims=True, ddof=0))
    number = _number(x, axes)  # of one entry the spread is flat, where a norm is not
    length = sum(absolute(away), axes, keepdims) if number == 1 else norm(away, axis=axes, keepdims=keepdims)
    return divide(length, sqrt(rules.count(x, axis=axes) - builtins.min(ddof, number)))


def _number(x: Any, axes: tuple[int, ...] | None) -> int:
    """How many entries a reduction along the axes takes together."""
    return math.prod(size(x, a) for a in (range(ndim(x)) if axes is None else axes))


@taught
def cumsum(x: Any, axis: int | None = None) -> Any:
    """The running sum along an axis; of all entries in order if axis is None."""
    x = array(x)
    x, axis = (rules.reshape(x, shape=(size(x),)), 0) if axis is None else (x, axis)
    return rules.cumsum(x, axis=axis_of(x, axis, "cumsum"))


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False, **foreign: Any) -> Any:
    """log Σ e^x along an axis or axes, without overflow."""
    if foreign:
        refuse_keywords("logsumexp", foreign)
    x = array(x)
    return rules.logsumexp(x, axis=axes_of(x, axis, "logsumexp"), keepdims=keepdims)


def softmax(x: Any, axis: Axis = -1, **foreign: Any) -> Any:
    """e^x / Σ e^x along an axis, without overflow."""
    if foreign:
        refuse_keywords("softmax", foreign)
    x = array(x)
    return rules.softmax(x, axis=axes_of(x, axis, "softmax"))


def log_softmax(x: Any, axis: Axis = -1, **foreign: Any) -> Any:
    """The logarithm of softmax along an axis, without overflow."""
    if foreign:
        refuse_keywords("log_softmax", foreign)
    x = array(x)
    return rules.log_softmax(x, axis=axes_of(x, axis, "log_softmax"))
