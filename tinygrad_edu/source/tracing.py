"""Running a function on nodes that can be followed but not read, so that no number of this call gets into a program."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Sequence
from types import CodeType, FrameType
from typing import Any, NoReturn

import numpy as np

from ..graph import Node, describe, leaf, mode, switched
from ..rules import TABLE, identity
from ..switches import users_line
from ..tensor import Tensor, Value
from ..transforms import flatten

_ADVICE = {
    "bool()": "a branch taken now would be taken at every call: use np.where, which chooses at every call",
    "an index": "pass it as a Python int, for which a program of its own is recorded",
}


class FrozenNumberError(TypeError):
    """Something would have frozen the number of one call into a program meant for all calls."""


def refuse(node: Node, how: str) -> NoReturn:
    """Say that `node` cannot be read here."""
    advice = _ADVICE.get(how, "go on with the node itself, and read the numbers from what the function returns")
    if mode.tracing is None:
        raise FrozenNumberError(
            f"{how} of {describe(node)}, which belongs to a recording that is over: a jitted function must return what "
            f"it computes instead of putting it somewhere outside{users_line()}"
        )
    raise FrozenNumberError(
        f"{how} of {describe(node)} inside a function that is being recorded would freeze the number of this call "
        f"into the program; {advice}{users_line()}"
    )


class _Followed(Node):
    """What a traced Value and a traced Tensor share: every way out of the graph is closed."""

    __slots__ = ()
    __hash__ = object.__hash__

    @property
    def data(self) -> Any:
        """Raises: a number read now would be frozen."""
        refuse(self, ".data")

    def item(self) -> Any:
        """Raises: a number read now would be frozen."""
        refuse(self, ".item()")

    def numpy(self) -> Any:
        """Raises: a number read now would be frozen."""
        refuse(self, ".numpy()")

    def detach(self) -> Any:
        """The same numbers, followed on, but without a gradient."""
        node = identity(self)
        node.requires_grad = False
        return node

    def __float__(self) -> float:
        refuse(self, "float()")

    def __int__(self) -> int:
        refuse(self, "int()")

    def __index__(self) -> int:
        refuse(self, "an index")

    def __bool__(self) -> bool:
        refuse(self, "bool()")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        refuse(self, "np.asarray (or a write into an array)")

    def __contains__(self, item: Any) -> bool:
        refuse(self, "in")

    def __repr__(self) -> str:
        return f"<traced {describe(self)}>"


class TracedValue(_Followed, Value):
    """A number of a program."""

    __slots__ = ()
    flags = 2


class TracedTensor(_Followed, Tensor):
    """An array of a program."""

    __slots__ = ()
    flags = 3


Node.classes.update({2: TracedValue, 3: TracedTensor})


_SHAPED_BY_NUMBERS = frozenset(
    rule for name, rule in TABLE.items() if name in ("getitem", "scatter", "nonzero", "argwhere", "flatnonzero", "unique")
)


def _shaped_by_numbers(node: Node) -> bool:
    """Whether a result has as many entries as some of the program's numbers say."""
    if node.op in ("getitem", "scatter"):
        return any(isinstance(i, Node) and getattr(i._data, "dtype", None) == bool for i in node.args[1:])
    return any(isinstance(a, Node) for a in node.args)


def _cause(error: BaseException | None) -> FrozenNumberError | None:
    """The refusal behind an error, if there is one."""
    while error is not None and not isinstance(error, FrozenNumberError):
        error = error.__cause__ or error.__context__
    return error


def follow(x: Any) -> Node:
    """A number or array as an input of a recording."""
    if isinstance(x, (np.ndarray, np.generic)):
        return leaf(TracedTensor, x, False)  # type: ignore[no-any-return]
    return leaf(TracedValue, float(x), False)  # type: ignore[no-any-return]


class Trace:
    """One recorded call of f.

    inputs: the nodes that entered. out: the leaves of what f returned, `rebuild` puts them back into its containers.
    contributions: for every node that a derivative reached, the operations it was reached through and what each handed
    on, in order. names: what the user's own functions called the nodes. since: the index of the first node.
    """

    def __init__(self, f: Callable[..., Any], leaves: Sequence[Any], enter: Callable[..., Any], naming: bool) -> None:
        self.contributions: dict[Node, list[tuple[Node, Node]]] = {}
        self.roots: list[Node] = []
        self.names: dict[Node, str] = {}
        self.inputs = [follow(x) for x in leaves]
        self.since = self.inputs[0].index if self.inputs else leaf(Value, 0.0, False).index
        self.nodes: list[Node] | None = None
        args, kwargs = enter(self.inputs)
        with switched(tracing=self, anomaly=self._watch), np.errstate(all="ignore"):
            try:
                result = self._run(f, args, kwargs, naming)
            except Exception as error:
                frozen = _cause(error)  # NumPy wraps an error in a write into an array into one of its own
                if frozen is None or frozen is error:
                    raise
                raise frozen from None
        self.out, self.rebuild = flatten(result)

    def _run(self, f: Callable[..., Any], args: Any, kwargs: Any, naming: bool) -> Any:
        if not naming:
            return f(*args, **kwargs)
        profiler = sys.getprofile()
        sys.setprofile(self._names_on_return)
        try:
            return f(*args, **kwargs)
        finally:
            sys.setprofile(profiler)

    def _watch(self, node: Node, parent: Node | None = None, contribution: Any = None) -> None:
        """Called for every fresh node, and for every contribution of a node to a parent."""
        if parent is not None:
            if isinstance(contribution, Node):
                self.contributions.setdefault(parent, []).append((node, contribution))
        elif node.rule in _SHAPED_BY_NUMBERS and _shaped_by_numbers(node):
            raise FrozenNumberError(
                f"the shape of {node.op} depends on the numbers of {describe(node.args[-1])}, and a program has its "
                f"shapes once and for all; use np.where, or multiply by the mask{users_line()}"
            )

    def left(self, node: Node, how: str) -> None:
        """Somebody reads `node` during the recording: harmless only if it was made in it, of nothing."""
        if node.index < self.since or node.rule is not None:
            refuse(node, how)

    def _names_on_return(self, frame: FrameType, event: str, _: Any) -> None:
        """When one of the user's functions returns, its local variables say what the nodes are called."""
        if event != "return" or _is_ours(frame.f_code):
            return
        for name, held in reversed(frame.f_locals.items()):
            if isinstance(held, Node) and not name.startswith("_"):
                self.names[held] = name  # the outer function returns later, and knows better


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith((_PACKAGE, _NUMPY, _STDLIB, "<frozen"))


_PACKAGE, _NUMPY = __file__.rpartition("source")[0], str(np.__file__).rpartition("__init__")[0]
_STDLIB = sysconfig.get_paths()["stdlib"]
