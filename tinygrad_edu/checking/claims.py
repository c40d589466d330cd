"""What a claim says at a point: a function is called, a text evaluated, in every way it can be understood."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.graph import plain
from ..errors import UncallableError
from ..paper.notation import pretty
from .findings import Trial, same
from .messages import say
from .points import Point
from .replay import Replay

Evaluate = Callable[[Point], Any]


def trial_at(point: Point, evaluate: Evaluate) -> Trial:
    """What a claim says at a point."""
    try:
        with np.errstate(all="ignore"):
            value = plain(evaluate(point))
    except UncallableError:
        raise
    except ArithmeticError:  # Python's own numbers raise where NumPy's are infinite
        return Trial(point, np.full(np.shape(point.truth), np.nan))
    except Exception as error:
        failed = Trial(point, None, _trouble(error))
        failed.outside = isinstance(error, IndexError) or "out of bounds" in str(error)
        return failed
    held = np.asarray(value)
    if held.dtype.kind not in "fiub":
        raise UncallableError(say("returned", what=type(value).__name__))
    return repeated(Trial(point, held))


def _trouble(error: Exception) -> str:
    """An error in a line."""
    text = (str(error) or type(error).__name__).split("\n")[0].strip()
    sizes = re.search(r"matmul: .*\(size (?P<b>\d+) is different from (?P<a>\d+)\)", text) or re.search(
        r"not aligned: (?P<a>\d+) \(dim \d+\) != (?P<b>\d+)", text
    )
    return say("inner-sizes", one=sizes["a"], other=sizes["b"]) if sizes else text


def repeated(trial: Trial) -> Trial:
    """One number for a gradient that is the same at every entry stands for all of them."""
    claimed, truth = trial.claimed, trial.truth
    if claimed is not None and claimed.shape == () != np.shape(truth) and np.size(truth) == 1:
        return Trial(trial.point, np.full(np.shape(truth), claimed), trial.trouble)
    if (
        claimed is not None
        and claimed.shape == () != np.shape(truth)
        and same(np.full(np.shape(truth), claimed), truth)
    ):
        return Trial(trial.point, np.full(np.shape(truth), claimed), trial.trouble)
    return trial


# ── functions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def of_function(claim: Callable[..., Any], replay: Replay, given: Callable[[Any], Any] = lambda held: held) -> Evaluate:
    """How to call a function with the nodes it names, each made into what it is to be `given`.

    Raises UncallableError if it asks for what is not there.
    """
    positional, keywords, everything = _parameters(claim, replay)

    def evaluate(point: Point) -> Any:
        known = {**point.lengths, **point.names}
        named = point.names if everything else {}
        return claim(
            *[given(_own(known[name])) for name in positional],
            **{
                parameter: given(_own(known[name]))
                for parameter, name in (*keywords.items(), *((name, name) for name in named))
            },
        )

    return evaluate


def ensure_callable(claim: Callable[..., Any], replay: Replay) -> None:
    """Raise UncallableError if calling the function fails for no matter of shapes or numbers."""
    _, keywords, everything = _parameters(claim, replay)
    try:
        of_function(claim, replay)(replay.recorded)
    except (TypeError, NameError, AttributeError, KeyError) as error:
        names = replay.names if everything else keywords.values()
        raise UncallableError(
            say("called", names=", ".join(names) or "nothing", error=f"{type(error).__name__}: {error}")
        ) from None
    except Exception:  # it may still work at other numbers; if not, that is said there
        return


def _own(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _parameters(claim: Callable[..., Any], replay: Replay) -> tuple[list[str], dict[str, str], bool]:
    """Which nodes go where: by position, by keyword (parameter -> name), and whether all go by keyword."""
    known = {**dict.fromkeys(replay.sizes.letters()), **dict.fromkeys(replay.names)}
    spelled = {pretty(name): name for name in known} | {name: name for name in known}
    try:
        parameters = inspect.signature(claim).parameters.values()
    except (TypeError, ValueError):
        return [], {}, True
    positional: list[str] = []
    keywords: dict[str, str] = {}
    everything = False
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            everything = True
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            continue
        name = spelled.get(parameter.name)
        if name is None:
            if parameter.default is not parameter.empty:
                continue
            raise UncallableError(_unknown(parameter.name, list(replay.names)))
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional.append(name)
        else:
            keywords[parameter.name] = name
    return positional, keywords, everything


def _unknown(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return say(
        "ask-nearest",
        name=name,
        verb="is" if len(names) == 1 else "are",
        names=", ".join(names) or "no named nodes",
        nearest=say("nearest", name=near[0]) if near else "",
    )


# ── texts ──


class TextCase:
    """A text, read: its parts (one for each `=`), and how to evaluate each. printed: it is what SymPy printed."""

    def __init__(self, text: str, replay: Replay, printed: bool = False, before: Sequence[str] = ()) -> None:
        from ..reading import read

        self.replay = replay
        self.names = {name: self._axes(node) for name, node in replay.names.items()}
        for letter, (node, position) in replay.lettered_arrays.items():
            self.names.setdefault(letter, self._axes(node.args[position]))
        operations = {node.op for node in replay.nodes if node.op}
        leaves = [name for name in self.names if name not in replay.names or replay.names[name].rule is None]
        self.claims = read(text, self.names, functions=operations, printed=printed, leaves=leaves, before=before)
        self.target = self._axes(replay.wrt)

    def _axes(self, node: Any) -> tuple[Any, ...]:
        return tuple(size.letter or size.recorded for size in self.replay.sizes.axes(node))

    def ways(self, claim: Any) -> list[tuple[str, Evaluate]]:
        """The ways to understand one part, likeliest first: what to say about each, and how to evaluate it."""
        return [(str(reading), self._evaluate(claim, reading)) for reading in claim.readings(self.target)]

    def _evaluate(self, claim: Any, reading: Any) -> Evaluate:
        def evaluate(point: Point) -> Any:
            axes = tuple(size.letter or size.value(point.plan) for size in self.replay.sizes.axes(self.replay.wrt))
            gradients = {
                name: point.cotangents[node] for name, node in self.replay.names.items() if node in point.cotangents
            }
            return claim.evaluate(point.names, point.lengths, axes, reading, gradients)

        return evaluate
