"""The head of a function that is written out: f's own arguments, with their defaults, in their order."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

from ..tensors.trees import flatten, tree_of
from . import layout

Parameter = inspect.Parameter


class Signature:
    """f's arguments for a call with `arity` of them by position.

    names: one for each that was given. rest: the name of `*rest`, and the names of what stands in it. defaults: what f
    takes for the arguments that were not given, as far as it can be written out (numbers, strings, None, containers
    of these).
    """

    def __init__(self, f: Callable[..., Any], arity: int) -> None:
        try:
            parameters = list(inspect.signature(f).parameters.values())
        except (TypeError, ValueError):
            parameters = [Parameter(f"x_{i + 1}", Parameter.POSITIONAL_OR_KEYWORD) for i in range(arity)]
        self.names: list[str] = []
        self.rest: tuple[str, list[str]] | None = None
        self.defaults: dict[str, Any] = {}
        self.parts: list[Parameter] = []
        for p in parameters:
            given = len(self.names) < arity
            if p.kind is p.VAR_POSITIONAL:
                if given:
                    self.rest = p.name, [f"{p.name}_{i + 1}" for i in range(arity - len(self.names))]
                    self.names += self.rest[1]
                self.parts.append(p)
            elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and given:
                self.names.append(p.name)
                self.parts.append(p)
            elif p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD) and _is_literal(p.default):
                self.defaults[p.name] = p.default
                self.parts.append(p)

        self.optional = self._optional()

    def _optional(self) -> set[str]:
        """The arguments that keep their default: none may stand before one by position that has none."""
        found: set[str] = set()
        for p in self.parts:
            if _is_literal(p.default):
                found.add(p.name)
            elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
                found.clear()
        return found

    def head(self, called: Callable[[str], str]) -> list[str]:
        """The arguments between the parentheses of the head; called: what a name is in the text."""
        found: list[str] = []
        kinds = [p.kind for p in self.parts]
        for i, p in enumerate(self.parts):
            name = called(p.name)
            if p.kind is p.VAR_POSITIONAL:
                found.append(f"*{name}")
                continue
            if p.kind is p.KEYWORD_ONLY and not {p.VAR_POSITIONAL, p.KEYWORD_ONLY} & set(kinds[:i]):
                found.append("*")
            found.append(f"{name}={literal(p.default)}" if p.name in self.optional else name)
            if p.kind is p.POSITIONAL_ONLY and p.POSITIONAL_ONLY not in kinds[i + 1 :]:
                found.append("/")
        return found


def _is_literal(value: Any) -> bool:
    """Whether a default can be written out, so that it means the same there; where there is none, it cannot."""
    leaves, _ = flatten(value)
    return all(
        leaf is None or leaf.__class__ in (bool, int, str) or (leaf.__class__ is float and math.isfinite(leaf))
        for leaf in leaves
    )


def literal(value: Any) -> str:
    """A default as Python."""
    leaves, rebuild = flatten(value)
    return layout.skeleton_text(tree_of(rebuild), lambda i: layout.key_text(leaves[i]))
