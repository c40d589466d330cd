"""Left-hand sides that speak of something else than the gradient asked about.

∂L/∂p, where L is derived by z; ∂p/∂z, an operation's own derivative; p itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.backward import ancestors, depending
from ..engine.graph import Node
from ..paper.notation import pretty
from ..reading.variable import LOSSES, NAMED_LOSSES, LeftSide
from ..reading.words import SAMPLES, function_named, is_usual, means
from ..tensors import functions
from .messages import say
from .places import label
from .recording import Recording

# What a loss is called that is no term of it, and what says so below its letter
_WHOLES = (*NAMED_LOSSES, "f", "l", "F", "obj")
_WHOLE_BY_MARK = ("total", "tot", "all", "full", "in", "train", "emp", "batch")
_LONGEST_LETTER = 7  # of what may be a letter for the loss: epsilon


@dataclass
class Gradient:
    """What is derived, and by what; letters: what a derivation calls nodes and arrays that have no name.

    gradient_of, first: where it is a gradient itself that is derived, of what and by what it is one. called: what
    sentences call what is derived, "" for its own name.
    """

    loss: Node
    wrt: Node
    letters: Mapping[str, Any] = field(default_factory=dict)
    gradient_of: Node | None = None
    first: Node | None = None
    called: str = ""


@dataclass(frozen=True)
class Other:
    """What a left-hand side speaks of, in words; gradient: the gradient it can be judged as, if it is one.

    loss: the letter of what is derived, where nothing else has that letter, so that it can be the loss.
    """

    what: str
    gradient: Gradient | None
    loss: str = ""


def other_than(recording: Recording, left: LeftSide) -> Other | None:
    """What a left-hand side speaks of; None if it is the gradient asked about, or nothing known."""
    if left.of_one and (recording.gradient_of is not None or not recording.is_jacobian):  # a y of several has indices
        return Other(say("left-of-one"), None)
    if recording.gradient_of is not None:
        if left.twice and not left.may_be_loss(recording.names):
            return Other(f"a second derivative of {pretty(left.derived)}", None)
        if left.twice:
            return _second(recording, left)
        if left.kind == "gradient" and not (left.refused or left.of):
            by = recording.names.get(left.about, recording.wrt)
            return Other(say("gradient", wrt=label(by)), Gradient(recording.gradient_of, by, recording.letters))
    about = recording.names.get(left.about) if left.about else recording.wrt
    derived = recording.names.get(left.of) if left.of else recording.loss
    if left.refused:
        itself = left.kind == "symbol" and left.about and about is not None
        return Other(f"{label(about)} itself" if itself and about is not None else left.refused, None)
    if left.letter and recording.wrt.name and not means(left.letter, recording.wrt.name, recording.names):
        return Other(say("gradient", wrt=pretty(left.letter)), None)
    if derived is recording.loss and not left.of and not left.written and not left.may_be_loss(recording.names):
        what = f"∂{pretty(left.derived)}/∂{label(about) if about is not None else left.about}"
        return Other(what, None, left.derived if about is recording.wrt and may_name_loss(left, recording) else "")
    if derived is recording.loss and _is_part(recording, left):
        called = pretty(f"{left.derived}_{left.mark}" if left.mark else left.derived)
        letter = called if len(left.mark) < 2 and len(left.derived) < 2 and not recording.loss.name else ""
        return Other(f"∂{called}/∂{label(recording.wrt)}", None, letter if about is recording.wrt else "")
    if about is None or derived is None:
        return None
    return _known(recording, left, derived, about)


def _is_part(recording: Recording, left: LeftSide) -> bool:
    """Whether a loss's name may be that of one of its terms: L_t anywhere; R, MSE, L_CE where there is a penalty."""
    if left.written or not left.derived or (left.of and not left.mark):  # the graph's own name for its loss
        return False
    whole = left.mark.lower() in _WHOLE_BY_MARK or (left.derived in _WHOLES and not left.mark)
    return len(left.mark) == 1 or (not whole and recording.has_penalty)


def _known(recording: Recording, left: LeftSide, derived: Node, about: Node) -> Other | None:
    """What ∂derived/∂about is, both nodes of the graph; None if it is the gradient asked about."""
    through = [recording.names[name] for name in left.through if name in recording.names]
    if said := _not_all_paths(derived, about, through):
        return Other(said, None)
    if about is recording.wrt and derived is recording.loss:
        return None
    if derived is recording.loss:
        return Other(say("gradient", wrt=label(about)), Gradient(recording.loss, about, recording.letters))
    ends = left.labels[: len(left.labels) // 2], left.labels[len(left.labels) // 2 :]
    apart = len(ends[0]) == len(ends[1]) and ends[0] != ends[1]  # ∂aᵢ/∂zⱼ, which is 0 where i is not j
    local = None if apart else _local(derived, about, recording.letters)
    whole = len(left.labels) == np.ndim(derived._data) + np.ndim(about._data)  # an index for each axis of both
    if local is None and whole and about in set(ancestors([derived], all_nodes=True)):
        local = Gradient(derived, about, recording.letters)
    if local is not None:
        local.called = label(derived)
    return Other(f"∂{label(derived)}/∂{label(about)}", local)


def _second(recording: Recording, left: LeftSide) -> Other | None:
    """What ∂²L/∂w∂z is in a graph whose root is ∂L/∂w; None if it is the second derivative asked about."""
    one, other = (recording.names.get(each, recording.first) for each in (left.twice[0], left.twice[-1]))
    known = all(each in recording.names or not each for each in left.twice)
    if not known or one is None or one is not recording.first or other is None:
        return Other(left.refused, None)
    if other is recording.wrt:
        return None
    return Other(
        say("derivative", wrt=label(other)),
        Gradient(recording.loss, other, recording.letters, recording.gradient_of, one),
    )


def _not_all_paths(derived: Node, by: Node, through: Sequence[Node]) -> str:
    """Why ∂L/∂z ∂z/∂w is not ∂L/∂w: z is not made of w, or w reaches L on another path, too; "" if neither is so."""
    order = ancestors([derived], all_nodes=True)
    for node in through:
        if by not in set(ancestors([node], all_nodes=True)):
            return say("left-unreached", node=label(node), wrt=label(by))
        if node is not by and derived in set(depending([each for each in order if each is not node], [by])):
            return say("left-one-path", node=label(node))
    return ""


def may_name_loss(left: LeftSide, recording: Recording) -> bool:
    """Whether what a left-hand side derives can be a note's own letter for the loss: α, FL, q, no function."""
    known = left.derived in recording.names or function_named(left.derived) is not None or is_usual(left.derived)
    known = known or (left.derived[1:] in LOSSES and left.derived[0] in SAMPLES)  # NL is no letter
    return not known and not recording.loss.name and len(left.derived) <= _LONGEST_LETTER


def _local(derived: Node, by: Node, letters: Mapping[str, Any]) -> Gradient | None:
    """∂a/∂z as the gradient of Σa, which it is where a is computed from z entry by entry."""
    reached = depending(ancestors([derived], all_nodes=True), [by])
    if not reached:
        return None
    if np.size(derived._data) == 1:
        return Gradient(derived, by, letters)
    between = [node for node in reached if node is not by]
    entrywise = all(
        node.rule is not None and node.rule.kind.name == "elementwise" and np.shape(node._data) == np.shape(by._data)
        for node in between
    )
    return Gradient(functions.sum(derived), by, letters) if between and entrywise else None
