"""What is said about a claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from ..engine.graph import Node
from .factors import Factor


class Explanation:
    """One mistake that turns the true gradient into the claim.

    mistake: its name in the contract; node: where; factor: claim = factor × truth, a SymPy expression, where it is one
    factor of the whole. message, hint: sentences; solution: the step done right, written when first asked for.
    weight: how much has to go wrong for it, 1 for a single mistake. brief: the message in one line.
    """

    def __init__(
        self,
        mistake: str,
        message: str = "",
        hint: str = "",
        solution: str | Callable[[], str] = "",
        node: Node | None = None,
        factor: Factor | None = None,
        weight: int = 1,
        brief: str = "",
    ) -> None:
        self.mistake, self.message, self.hint, self.node, self.times = mistake, message, hint, node, factor
        self.weight, self.brief = weight, brief or message
        self._solution = solution

    @property
    def factor(self) -> Any:
        """claim = factor × truth, where it is one factor of the whole; else None."""
        return None if self.times is None else self.times.symbolic

    @cached_property
    def solution(self) -> str:
        """The step done right."""
        return self._solution if isinstance(self._solution, str) else self._solution()

    def __repr__(self) -> str:
        return f"<{self.mistake}: {self.message}>"


class Partly(Explanation):
    """That a claim about a Jacobian is right at its diagonal only, or beside it; where: the condition left unsaid."""

    def __init__(self, mistake: str, message: str, hint: str, where: str) -> None:
        super().__init__(mistake, message, hint)
        self.where = where


class Verdict:
    """Whether a claim is the gradient, and if not, which mistake it is and where.

    ok: True, False, or None of a line that was passed over: it was not compared, and the message says why. As a bool,
    a verdict is False if the claim is wrong, so that `all(verdicts)` holds where nothing is.
    mistake, node, factor, message, hint, solution: those of the best explanation. candidates: every explanation that
    fits, best first. `print(verdict)` shows the message after ✓, ✗ or –.
    """

    def __init__(self, ok: bool | None, message: str = "", candidates: Sequence[Explanation] = ()) -> None:
        self.ok = ok
        self.candidates = list(candidates)
        self._message = message

    def __bool__(self) -> bool:
        return self.ok is not False

    @classmethod
    def passed_over(cls, reason: str) -> Verdict:
        """What is said of a line that was not compared with anything."""
        return cls(None, reason)

    @property
    def _best(self) -> Explanation | None:
        return self.candidates[0] if self.candidates else None

    @property
    def mistake(self) -> str | None:
        """The name of the mistake; None of a right claim."""
        return self._best.mistake if self._best else None

    @property
    def node(self) -> Node | None:
        """The node whose rule was broken, where the flow was lost, or whose gradient it is."""
        return self._best.node if self._best else None

    @property
    def factor(self) -> Any:
        """claim = factor × truth (SymPy), where it is one factor of the whole."""
        return self._best.factor if self._best else None

    @property
    def times(self) -> Factor | None:
        """The same as a number and powers of sizes."""
        return self._best.times if self._best else None

    def saying(self, message: str) -> Verdict:
        """The same verdict in other words."""
        return Verdict(self.ok, message, self.candidates)

    @property
    def message(self) -> str:
        """What is wrong, in a sentence; of a right claim, that it is right."""
        return self._message or (self._best.message if self._best else "")

    @property
    def hint(self) -> str:
        """Where to look, without telling."""
        return self._best.hint if self._best else ""

    @property
    def solution(self) -> str:
        """The step done right."""
        return self._best.solution if self._best else ""

    def __str__(self) -> str:
        mark = "–" if self.ok is None else "✓" if self.ok else "✗"
        return f"{mark} {self.message}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return str(self).replace("*", r"\*").replace("_", r"\_").replace("<", "&lt;")
