"""Warnings about habits from elsewhere that lose a gradient or train nothing: each points at the user's own line."""

from __future__ import annotations

import warnings
from typing import Any
from weakref import ref

import numpy as np

from ..engine.graph import Node, describe, plain
from .anomaly import users_frame


def warn(message: str) -> None:
    """Warn at the line outside this package and NumPy that is being run; Python shows it once for each such line."""
    _, level = users_frame()
    warnings.warn(message, UserWarning, stacklevel=level)


# ── what is handed to a loss ──────────────────────────────────────────────────────────────────────────────────────────


def probabilities_by(yhat: Any) -> str | None:
    """The operation that made probabilities of logits, sigmoid or softmax, if `yhat` came out of one; else None.

    One that is written by hand, 1/(1 + exp(−z)) or exp(z)/Σ exp(z), is recognised, too.
    """
    rule = yhat.rule if isinstance(yhat, Node) else None
    while rule is not None and (rule.moves or rule.indexed == "argument"):  # it holds entries of its operand
        yhat = yhat.args[0]
        rule = yhat.rule if isinstance(yhat, Node) else None
    made: str | None = rule.name if rule is not None else None
    if made in ("sigmoid", "softmax"):
        return made
    if made == "divide":
        above, below = yhat.args
        if not isinstance(above, Node) and np.all(np.asarray(above) == 1) and _made_by(below, "add"):
            return "sigmoid" if any(_made_by(part, "exp") for part in below.args) else None
        if _made_by(above, "exp") and _made_by(below, "sum") and below.args[0] is above:
            return "softmax"
    return None


def _made_by(a: Any, op: str) -> bool:
    return isinstance(a, Node) and a.op == op


def about_logits(loss: str, z: Any, outputs: str, instead: str) -> None:
    """Warn where a loss from logits is given probabilities."""
    made = probabilities_by(z)
    if made is not None:
        warn(
            f"{loss}: {describe(z)} comes out of a {made}, and {loss} takes {outputs}: hand it what went into the "
            f"{made} (of an MLP, model.logits(X)){instead}"
        )


def about_probabilities(loss: str, yhat: Any) -> bool:
    """Whether what should be probabilities is not, after a warning that says so."""
    if probabilities_by(yhat) is not None:
        return False
    outside = _outside(yhat)
    if outside is not None:
        what = describe(yhat) if isinstance(yhat, Node) else "yhat"
        warn(
            f"{loss}: {what} holds {outside:.4g}, and a probability lies between 0 and 1: put a sigmoid before the "
            f"loss, or hand these numbers, if they are logits, to {loss}_with_logits"
        )
    return outside is not None


_ROUNDING = 1e-2  # how far from 1 the sum of a distribution may be, in float16 or rounded for print


# By what was looked at, the array of labels that was found in order last, weakly: a training loop hands in the same one
# at every step, and looking at all labels again would cost a small step a twentieth.
_in_order: dict[str, ref[Any]] = {}


def _is_in_order(what: str, labels: Any) -> bool:
    seen = _in_order.get(what)
    return seen is not None and seen() is labels


def about_labels(loss: str, y: Any) -> None:
    """Warn of labels that are not between 0 and 1."""
    if _is_in_order("labels", y):
        return
    outside = _outside(y)
    if outside is None:
        if y.__class__ is np.ndarray:
            _in_order["labels"] = ref(y)
    else:
        mend = "from −1 and +1 they are (y + 1) / 2" if outside == -1 else "they are the probability of the class 1"
        warn(f"{loss}: the labels hold {outside:.4g}, and labels are 0 and 1 here; {mend}")


def about_distributions(loss: str, labels: Any) -> None:
    """Warn of labels (…, K) that are no distributions over the classes: below 0, or not 1 in all."""
    if _is_in_order("distributions", labels):
        return
    held = np.asarray(plain(labels))
    sums = np.add.reduce(held, axis=-1)
    away = np.abs(sums - 1) > _ROUNDING
    least = np.fmin.reduce(held, axis=None, initial=0)
    if away.any() or least < 0:
        found = f"hold {least:.4g}" if not away.any() else f"add up to {np.extract(away, sums)[0]:.4g} for a sample"
        warn(
            f"{loss}: the labels {found}, and labels of the logits' shape are a distribution over the classes; where a "
            "sample may have several classes or none, take binary_cross_entropy_with_logits"
        )
    elif labels.__class__ is np.ndarray:
        _in_order["distributions"] = ref(labels)


def _outside(a: Any) -> float | None:
    """A number in `a` that is not between 0 and 1, if there is one; NaN is none."""
    held = np.asarray(plain(a))
    if not held.size:
        return None
    least, most = np.fmin.reduce(held, axis=None), np.fmax.reduce(held, axis=None)
    return float(least) if least < 0 else float(most) if most > 1 else None
