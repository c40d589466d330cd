"""A rule broken on purpose is found again; what nothing explains is called unexplained."""

from types import SimpleNamespace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.derivation.checking import check
from tinygrad_edu.derivation.mistakes import lost, scaled, slips_at
from tinygrad_edu.derivation.replay import Replay
from tinygrad_edu.graph import Node
from tinygrad_edu.rules import TABLE

# ── a random graph over the table, broken at one place ────────────────────────────────────────────────────────────────

# Rows of one argument that are tame: defined everywhere, no towers of exponentials, nothing but numbers to give.
UNFIT = {
    "identity", "expm1", "exp2", "arccosh", "arcsin", "arccos", "arctanh", "sinc", "erf", "tan", "astype",
    "broadcast_to",
}  # fmt: skip
SMOOTH = sorted(
    rule.name
    for rule in TABLE.values()
    if rule.differentiable and rule.arity == 1 and rule.kind.name == "elementwise"
    and rule.name not in UNFIT and not (rule.domain and rule.domain[0][0] >= 0)
)  # fmt: skip
BINARY = ["add", "subtract", "multiply", "divide", "maximum", "logaddexp"]


def built(program, leaves):
    """The loss of a program: a list of (operation, operands), each number an earlier result."""
    x_, w_, b_ = leaves
    made = [x_, x_ + b_]
    for name, i, j in program:
        x, y = made[i % len(made)], made[j % len(made)]
        if name == "divide":
            made.append(x / (2.0 + y * y))
        elif name in BINARY:
            made.append(TABLE[name](x, y))
        elif name == "softmax":
            made.append(tg.softmax(x))
        elif name == "centred":
            made.append(x - x.mean(axis=0))
        elif name == "product":
            made.append(x @ w_)
        else:
            made.append(TABLE[name](x))
    last = np.arcsinh(made[-1])  # so that a tower of exponentials does not drown everything else
    return (last * last + last).mean() + (x_ @ w_ + b_).mean()  # all leaves take part


programs = st.lists(
    st.tuples(
        st.sampled_from([*SMOOTH, *BINARY, *BINARY, "softmax", "centred", "product"]),
        st.integers(0, 9), st.integers(0, 9),
    ),
    min_size=2, max_size=6,
)  # fmt: skip


def leaves_of(x, w, b):
    return [Tensor(x, name="x"), Tensor(w, name="w"), Tensor(b, name="b")]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(programs, st.integers(0, 2), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_broken_rule_is_found(program, which, at, how):
    rng = np.random.default_rng(5)
    numbers = rng.normal(size=(4, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3,))
    with np.errstate(all="ignore"):
        leaves = leaves_of(*numbers)
        loss = built(program, leaves)
    wrt = leaves[which]
    replay = Replay(loss, wrt)
    assume(np.all(np.isfinite(replay.recorded.truth)) and np.any(replay.recorded.truth))
    places = [
        (node, position)
        for node in (replay.recorded.origin[n] for n in replay.recorded.order)
        for position, a in enumerate(node.args)
        if isinstance(a, Node) and replay.recorded.twin[a] in set(replay.recorded.order) and node is not wrt
    ]
    assume(places)
    node, position = places[at % len(places)]
    slips = [s.slip for s in slips_at(node, position)] + [scaled(-1.0), lost, scaled(2.0)]
    slip = slips[how % len(slips)]
    number = next(n for n, each in enumerate(replay.nodes) if each is node)

    def claim(x, w, b):
        again = leaves_of(x, w, b)
        there = Replay(built(program, again), again[which])
        return there.recorded.gradient({(there.nodes[number], position): slip})

    try:
        with np.errstate(all="ignore"):
            broken = claim(*numbers)
    except (ValueError, TypeError):
        assume(False)
    assume(np.all(np.isfinite(broken)) and np.max(np.abs(broken - replay.recorded.truth)) > 1e-6)
    verdict = check(SimpleNamespace(loss=loss, wrt=wrt), claim)
    assert not verdict.ok
    assert verdict.mistake not in ("unexplained", "special-case", "shape", "unparsable"), (node, position, verdict)
