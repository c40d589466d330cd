"""Ways to try any row of the table, drawn from what the row says of itself: its `domain`, its `example`, its kind."""

import inspect
import itertools
import math

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.engine.rules import TABLE, elementwise, reduction

SMOOTH = [rule for rule in TABLE.values() if rule.differentiable]
FLAT = [rule for rule in TABLE.values() if not rule.differentiable]
ENTRYWISE = [rule for rule in SMOOTH if rule.kind is elementwise and rule.example is None]
BINARY = [rule for rule in ENTRYWISE if rule.arity == 2]
REDUCTIONS = [rule for rule in SMOOTH if rule.kind is reduction]


def named(rules):
    return pytest.mark.parametrize("rule", rules, ids=lambda rule: rule.name)


def drawn(shape, domain, rng):
    """Numbers inside a domain, away from its ends; of both signs, and not near 0, where it has no end."""
    low, high = domain
    spread = rng.uniform(0.4, 1.6, shape)
    if math.isinf(low) and math.isinf(high):
        return spread * rng.choice([-1.0, 1.0], shape)
    if math.isinf(high):
        return low + spread
    return low + (high - low) * spread / 2.0


def reduction_params(rule, axis, keepdims):
    """The parameters a reduction's kernel asks for."""
    known = {"axis": axis, "keepdims": keepdims, "ddof": 0}
    return {key: known[key] for key in inspect.signature(rule.vjps[0]).parameters if key in known}


def calls(rule, rng):
    """Ways to try a row: functions of arrays, with the arrays."""
    if rule.example is not None:
        shapes, call = rule.example
        domains = list(rule.domain) or [(-math.inf, math.inf)] * len(shapes)
        yield call, [drawn(shape, domain, rng) for shape, domain in zip(shapes, domains, strict=True)]
    elif rule.kind is reduction:
        for axis, keepdims in itertools.product([None, (0,), (1,), (0, 2), ()], [False, True]):
            params = reduction_params(rule, axis, keepdims)
            yield (lambda x, params=params: rule(x, **params)), [drawn((2, 3, 2), (-math.inf, math.inf), rng)]
    else:
        domains = list(rule.domain) or [(-math.inf, math.inf)] * len(rule.vjps)
        for shapes in [[(2, 3)] * len(domains), [(3,), (2, 1)][: len(domains)], [()] * len(domains)]:
            yield rule, [drawn(shape, domain, rng) for shape, domain in zip(shapes, domains, strict=True)]


def flat_call(rule, rng):
    """A way to try a row that has no derivative: a function of arrays, and the arrays."""
    if rule.example is not None:
        shapes, call = rule.example
        return call, [np.sort(drawn(shape, (-math.inf, math.inf), rng)) for shape in shapes]
    params = {"axis": None} if rule.name == "count" else {}
    xs = [drawn((2, 3), (-math.inf, math.inf), rng) for _ in range(getattr(rule.array, "nin", 1))]
    return (lambda *xs: rule(*xs, **params)), xs


def flipped(rule, xs):
    """The operands with their signs changed, where the domain allows it: the other side of every kink."""
    return [-x if not rule.domain or math.isinf(rule.domain[i][0]) else x for i, x in enumerate(xs)]


def tries(rule):
    rng = np.random.default_rng(len(rule.name))
    for call, xs in calls(rule, rng):
        yield call, xs
        yield call, flipped(rule, xs)


def weighted(call, weights):
    """The call as a function to a single number, on arrays as on nodes."""
    return lambda *xs: (call(*xs) * weights).sum()


def gradients(f, xs, create_graph=False):
    """The engine's gradients of f at xs, towards each of them."""
    leaves = [Tensor(x) for x in xs]
    f(*leaves).backward(create_graph=create_graph)
    return [leaf.grad for leaf in leaves]


def differences(f, xs, step=1e-6):
    """Central differences of a function to a single number."""
    found = []
    for i, x in enumerate(xs):
        slope = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            ends = []
            for sign in (1.0, -1.0):
                moved = [np.array(each) for each in xs]
                moved[i][index] += sign * step
                ends.append(float(f(*moved)))
            slope[index] = (ends[0] - ends[1]) / (2 * step)
        found.append(slope)
    return found


def weights_for(call, xs):
    return np.random.default_rng(7).uniform(0.5, 1.5, np.shape(call(*xs)))
