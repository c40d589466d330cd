"""Terms counted up with dots between them: x₁ + x₂ + … + xₙ, as a Σ over an index of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from .sums import Over
from .tree import Expression, Indexed, Number

_FREE = ("i", "j")  # letters that are an index of the whole claim rather than the last place


@dataclass(frozen=True, eq=False)
class Dots(Expression):
    """The … between terms or factors, until the whole of them is known."""


def counted(function: str, parts: Sequence[Expression], place: int) -> tuple[int, Expression] | None:
    """The Σ or Π of the parts around the dots at `place`, and where it begins; None if they do not count up.

    The parts in front of the dots are those of consecutive places, the part behind them is the last.
    """
    if not 0 < place < len(parts) - 1:
        return None
    at, label = parts[place].at, f"dots{parts[place].at}"
    steps: list[tuple[int, str | int]] = []
    body = _stepped(parts[place - 1], parts[place + 1], label, steps)
    if body is None or len(set(steps)) != 1:
        return None
    [(here, last)] = set(steps)
    first, start = here, place - 1
    while start > 0 and _is_at(body, parts[start - 1], label, first - 1):
        first, start = first - 1, start - 1
    if isinstance(last, int):
        limits: tuple[Expression, ...] = (Number(at, float(first)), Number(at, float(last)))
        return (start, Over(at, function, (label,), body, limits)) if last > here else None
    return (start, Over(at, function, (label,), body)) if first == 1 and last not in _FREE else None


def _is_at(body: Expression, part: Expression, label: str, place: int) -> bool:
    """Whether a part is the body at a place."""
    steps: list[tuple[int, str | int]] = []
    return _stepped(part, body, "", steps) is not None and set(steps) == {(place, label)}


def _stepped(first: Any, last: Any, label: str, steps: list[tuple[int, str | int]]) -> Any:
    """What two trees have in common, with `label` for the places in which they differ; None if they differ elsewhere.

    steps: to which each pair of a place counted from and one counted to is added.
    """
    if isinstance(first, tuple) and isinstance(last, tuple) and len(first) == len(last):
        made = [_stepped(one, other, label, steps) for one, other in zip(first, last, strict=True)]
        return None if any(each is None for each in made) else tuple(made)
    if not isinstance(first, Expression):
        return first if first == last and first is not None else None
    if type(first) is not type(last):
        return None
    changed: dict[str, Any] = {}
    for field in fields(first):
        one, other = getattr(first, field.name), getattr(last, field.name)
        if field.name == "at" or one is other is None:
            continue
        if isinstance(first, Indexed) and field.name in ("subscripts", "sample"):
            found: Any = _counted_up(one, other, label, steps)
        else:
            found = _stepped(one, other, label, steps)
        if found is None:
            return None
        changed[field.name] = found
    return replace(first, **changed)


def _counted_up(one: Any, other: Any, label: str, steps: list[tuple[int, str | int]]) -> Any:
    """The places below two parts, or the samples of two: a number on the one side and another place on the other."""
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        made = [_counted_up(first, last, label, steps) for first, last in zip(one, other, strict=True)]
        return None if any(each is None for each in made) else tuple(made)
    if one == other:
        return one
    if isinstance(one, int) and isinstance(other, (int, str)) and other != "":
        steps.append((one, other))
        return label
    return None


__all__ = ["Dots", "counted"]
