"""A function as a claim: it is called with the named nodes that its parameters ask for."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np

from ..engine.graph import Node
from ..errors import UncallableError
from ..paper.notation import pretty
from .claimed import Claimed
from .closures import closed_over
from .messages import say
from .points import Point
from .replay import Replay
from .transposed import transposing
from .trials import Way


class FunctionClaim(Claimed):
    """A function. `UncallableError` if it asks for what is not there, or fails for no matter of shapes or numbers."""

    may_know_arrays = True
    suspects = ("unexplained", "shape", "special-case")

    def __init__(self, function: Callable[..., Any], replay: Replay) -> None:
        self.function = function
        self.arguments = Arguments(function, replay)
        self._ensure_callable(replay)
        if not self.arguments.everything:
            self.asked = self.arguments.nodes(replay)
            self.kept = tuple(closed_over(function, replay, self.asked))

    def ways(self) -> list[Way]:
        """Called with plain arrays and numbers."""
        return [FunctionWay(self.function, self.arguments)]

    def transposed(self) -> Iterator[tuple[Sequence[Way], Collection[str]]]:
        """Called with arrays whose products come out in whichever order fits."""
        yield [FunctionWay(self.function, self.arguments, given=transposing)], ()

    def _ensure_callable(self, replay: Replay) -> None:
        try:
            FunctionWay(self.function, self.arguments).value(replay.recorded)
        except (TypeError, NameError, AttributeError, KeyError) as error:
            names = replay.names if self.arguments.everything else self.arguments.keywords.values()
            raise UncallableError(
                say("called", names=", ".join(names) or "nothing", error=f"{type(error).__name__}: {error}")
            ) from None
        except Exception:  # it may still work at other numbers; if not, that is said there
            return


class FunctionWay(Way):
    """A function called at a point. given: what is made of each argument before the call."""

    def __init__(
        self, function: Callable[..., Any], arguments: Arguments, given: Callable[[Any], Any] = lambda held: held
    ) -> None:
        self.function, self.arguments, self.given = function, arguments, given

    def value(self, point: Point) -> Any:
        """What the function returns there."""
        positional, keywords = self.arguments.at(point)
        return self.function(
            *(self.given(_copied(value)) for value in positional),
            **{parameter: self.given(_copied(value)) for parameter, value in keywords.items()},
        )


class Arguments:
    """Which nodes a function is called with.

    positional: the names of those that go by position. keywords: for each parameter that goes by keyword, the name.
    everything: whether all named nodes go by keyword, because the function takes **anything or has no signature.
    """

    def __init__(self, function: Callable[..., Any], replay: Replay) -> None:
        known = [*replay.sizes.letters(), *replay.names]
        spelled = {pretty(name): name for name in known} | {name: name for name in known}
        self.positional: list[str] = []
        self.keywords: dict[str, str] = {}
        self.everything = False
        for parameter in _parameters(function):
            if parameter.kind is parameter.VAR_KEYWORD:
                self.everything = True
            elif parameter.kind is not parameter.VAR_POSITIONAL:
                self._add(parameter, spelled.get(parameter.name), replay)

    def _add(self, parameter: inspect.Parameter, name: str | None, replay: Replay) -> None:
        if name is None:
            if parameter.default is parameter.empty:
                raise UncallableError(_unknown(parameter.name, list(replay.names)))
        elif parameter.kind is parameter.POSITIONAL_ONLY:
            self.positional.append(name)
        else:
            self.keywords[parameter.name] = name

    def nodes(self, replay: Replay) -> tuple[Node, ...]:
        """The nodes among what the function asks for."""
        names = [*self.positional, *self.keywords.values()]
        return tuple(replay.names[name] for name in names if name in replay.names)

    def at(self, point: Point) -> tuple[list[Any], dict[str, Any]]:
        """The arguments at a point, by position and by keyword."""
        known = {**point.lengths, **point.names}
        keywords = {parameter: known[name] for parameter, name in self.keywords.items()}
        return [known[name] for name in self.positional], keywords | (point.names if self.everything else {})


def _parameters(function: Callable[..., Any]) -> Sequence[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some of C's functions do not say
        return [inspect.Parameter("everything", inspect.Parameter.VAR_KEYWORD)]


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _unknown(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, cutoff=0.5)
    return say(
        "ask-nearest",
        name=name,
        verb="is" if len(names) == 1 else "are",
        names=", ".join(names) or "no named nodes",
        nearest=say("nearest", name=near[0]) if near else "",
    )
