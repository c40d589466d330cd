"""Why a line holds, in words: the sentences beside the lines of a derivation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy as sp

from ..engine.graph import Node, plain
from ..paper.notation import Written
from .flow import Flow, lengths
from .letters import IndexedGraph
from .lines import Lines
from .steps import Reason
from .symbolic.functions import Expr, extent
from .tidy import with_signs


class Wording:
    """The reasons for the lines of one derivation."""

    def __init__(self, graph: IndexedGraph, flow: Flow, lines: Lines) -> None:
        self.graph, self.flow, self.lines = graph, flow, lines

    def made_of(self, node: Node) -> str:
        """The operations that a definition writes out, in the order in which they were computed."""
        found, waiting = [node], [node]
        while waiting:
            for a in waiting.pop().parents:
                if self.graph.label(a) is None and a.rule is not None and not any(a is f for f in found):
                    found.append(a)
                    waiting.append(a)
        found.sort(key=lambda n: n.index)
        said = list(dict.fromkeys(n.rule.words for n in found if n.rule is not None))
        return ", ".join(said if len(said) < 5 else [*said[:2], "…", said[-1]])

    def why_front(self, outer: list[Node], v: Node, g: Expr) -> tuple[str | Written | Reason, ...]:
        """Why a factor g stands in front of ∂/∂v: which sum it comes from."""
        name = self.lines.named(v, self.graph.gradient_indices(v))
        folds = [
            n.rule.words for n in outer if n.rule is not None and n.rule.folds is np.add and np.ndim(plain(n.args[0]))
        ]
        if folds:
            return (f"{folds[0]}: of the sum, only this term depends on ", name)
        if g == 1:
            return ("the other terms do not depend on ", name)
        return ("a constant factor stays in front",)

    def why_chain(self, term: Node, v: Node, between: dict[int, Node]) -> tuple[str | Written | Reason, ...]:
        """Which operations a local derivative goes through: the outermost, then the chain rule for what is inside."""
        ways = [n for n in self.flow.ways(term, v, between) if n.rule is not None]
        used = list(dict.fromkeys(n.rule for n in ways if n.rule is not None))
        said = [rule.words for rule in used]
        telling = [rule for rule in used if not rule.signs and (len(rule.powers) != 2 or rule.contracts)]
        outer = [rule.words for rule in telling] or said
        first = next(n for n in ways if n.rule is not None and n.rule.words == outer[0])
        inner = next((p for p in first.parents if p is v or id(p) in between), v)
        if inner is v or outer == said:
            return (outer[0],)
        indices = self.graph.gradient_indices(v)
        entry = with_signs(self.lines.entry(self.graph.symbol(inner), indices))
        free = tuple(i for i in indices if i.is_Symbol)
        inside = Reason(self.lines.printer.write(entry), entry, free, self.graph.shape(v))
        return (outer[0], ", then the chain rule for ", inside)

    def why_edge(self, node: Node, v: Node, tops: Sequence[Node], entry: Expr) -> tuple[str | Written | Reason, ...]:
        """Which operation a contribution came through, and why there is a sum in it."""
        graph = self.graph
        told = self._telling(node)
        out, mine = graph.shape(node), graph.shape(v)
        assert node.rule is not None and told.rule is not None
        summed = not graph.out or entry.has(sp.Sum)
        if summed and node.rule.kind.name == "elementwise" and lengths(out) != lengths(mine):
            said = self._chained(told, node, v)
            before = (f"{node.rule.words}: ",) if said == (node.rule.words,) else (*said, "; ")
            return (
                *before,
                Reason("", f"summed {_over_what(out, mine)}, along which "),
                self.lines.printer.name(str(graph.label(v))),
                Reason(" was broadcast, so the gradients of all its copies add up", " was broadcast"),
            )
        towards = self.lines.named(v, graph.gradient_indices(v))
        if told.rule.contracts and entry.has(sp.Sum):
            alone = len(tops) == 1 and tops[0] is not graph.root
            through = self.lines.named(tops[0], []) if alone else Written("the product")
            return (
                told.rule.words,
                Reason(": ", ""),
                Reason(towards, ""),
                Reason(f" reaches {self._whole()} through many entries of ", ""),
                Reason(through, ""),
                Reason(", their contributions add up", ""),
            )
        if node.rule.along_classes and node.rule.kind.name != "reduction" and entry.has(sp.Sum):
            whole = self.lines.printer.name(str(graph.label(v)))
            axis = node.params["axis"]
            line = "" if axis is None or len(axis) == len(out) else "column" if axis[-1] < len(out) - 1 else "row"
            moved = f" moves every entry of its {line}" if line else " moves every entry"
            row = Reason(moved, moved)
            return (f"{node.rule.words}: ", Reason(towards, "an entry of "), Reason("", whole), row)
        return self._chained(told, node, v)

    def _whole(self) -> str:
        """What is derived, in words."""
        return self.lines.printer.loss.text if self.graph.out and self.graph.gradient_of is None else "the loss"

    def _telling(self, node: Node) -> Node:
        """The operation whose rule a contribution shows: above those that only move, add or scale entries."""
        told = node
        while told.rule is not None and (told.rule.moves or told.rule.signs or _scales(told)):
            above = self.flow.users.get(id(told), [])
            if told is self.graph.root or self.graph.label(told) is not None or len(above) != 1:
                return node
            told = above[0]
        return told if told.rule is not None else node

    def _words_on_the_way(self, told: Node) -> str:
        """The functions that a contribution went through, the outermost first; those at which its ways part, if any."""
        assert told.rule is not None
        found = [told.rule.words]
        node = told
        while node is not self.graph.root and self.graph.label(node) is None:
            users = self.flow.users.get(id(node), [])
            if len(users) > 1 and node is told and told.rule.signs:
                beyond = [self._telling(user).rule for user in users]
                return ", ".join(dict.fromkeys(rule.words for rule in beyond if rule is not None))
            if len(users) != 1:
                break
            node = users[0]
            rule = node.rule
            if rule is None or rule.kind.name != "elementwise" or rule.moves or rule.signs or _scales(node):
                continue
            found.insert(0, rule.words)
        found = list(dict.fromkeys(found))
        return ", ".join(found if len(found) < 4 else [found[0], "…", found[-1]])

    def _chained(self, told: Node, node: Node, v: Node) -> tuple[str | Written | Reason, ...]:
        """The rules on the way, and the chain rule for what stands inside, if entries are added or scaled there."""
        words = self._words_on_the_way(told)
        inner = node
        added = False
        while inner is not told and inner.rule is not None:
            added = added or not inner.rule.moves
            above = self.flow.users[id(inner)][0]
            if above is told:
                break
            inner = above
        if told is node or not added or lengths(self.graph.shape(inner)) != lengths(self.graph.shape(v)):
            return (words,)
        indices = self.graph.gradient_indices(v)
        entry = with_signs(self.lines.entry(self.graph.symbol(inner), indices))
        free = tuple(i for i in indices if i.is_Symbol)
        inside = Reason(self.lines.printer.write(entry), entry, free, self.graph.shape(v))
        return (words, ", then the chain rule for ", inside)


def _scales(node: Node) -> bool:
    """Whether an operation multiplies by a number, or divides by one."""
    rule = node.rule
    return rule is not None and len(rule.powers) == 2 and any(isinstance(a, (int, float)) for a in node.args)


def _over_what(whole: Sequence[int], part: Sequence[int]) -> str:
    """The axes of `whole` that `part` does not have, in words."""
    missing = [
        axis for axis, n in enumerate(whole) if n != 1 and ((*[1] * len(whole), *part)[-len(whole) :][axis] == 1)
    ]
    if len(missing) == sum(n != 1 for n in whole):
        return "over all entries"
    if missing == [0]:
        return "over the samples" if str(extent(whole[0])) == "N" else "over the rows"
    return "along each row" if missing == [len(whole) - 1] else "over these axes"


def number_in_words(n: int) -> str:
    """A small number as a word."""
    return {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}.get(n, str(n))


def listed(items: Sequence[Written | Reason]) -> list[str | Written | Reason]:
    """Things in a sentence: a, b and c."""
    out: list[str | Written | Reason] = []
    for n, item in enumerate(items):
        out += [" and " if n == len(items) - 1 else ", ", item] if n else [item]
    return out
