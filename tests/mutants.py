"""Mutation testing: break the code on purpose, one small change at a time, and see whether a test notices.

    python tests/mutants.py engine/backward.py tests/engine             every mutant of a file, against some tests
    python tests/mutants.py engine/backward.py tests/engine --every 5   each fifth of them

Each mutant runs in a forked process that has loaded NumPy, pytest and Hypothesis already, so that it takes no longer
than the tests that notice it. Prints the survivors, each with its line; the exit code is 1 if there is one that does
not stand in EQUIVALENT, with the reason why nothing can notice it.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tinygrad_edu"
PATIENCE = 120  # seconds; a mutant that runs for longer is noticed, too

# (file, the line without its indentation, what became of it): why no test can notice
_WHOLE = (
    "if parent.flags & 1 and (node.rule.reduces or parent._data.shape == np.shape(node._data)):"
    "  # type: ignore[union-attr]"
)
_LAND = "`land` returns the same, after more questions"
EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("engine/landing.py", "if c.__class__ is float:", "if False:"): _LAND,
    ("engine/landing.py", "if not node.flags & 1:", "if False:"): _LAND,
    ("engine/landing.py", _WHOLE, "if False:"): _LAND,
    ("engine/landing.py", _WHOLE, "node.rule.reduces and parent._data.shape == np.shape(node._data)"): _LAND,
    ("engine/landing.py", _WHOLE, "2"): _LAND,
    ("engine/changes.py", "latest = -1", "1"): "no change has an index that small",
    (
        "engine/changes.py",
        "_LONGEST = 4096  # readings that are remembered of an array that is handed out",
        "4097",
    ): "one reading more is remembered",
    ("engine/changes.py", "latest = -1", "2"): "no change has an index that small",
    ("engine/changes.py", "self.at = -1", "1"): "no operation has an index that small",
    ("engine/changes.py", "self.at = -1", "2"): "no operation has an index that small",
    (
        "engine/changes.py",
        "if node.rule is not None:",
        "if True:",
    ): "where the oldest leaf is younger, all are",
    ("engine/changes.py", "if not _handed and latest < 0:", "latest <= 0"): "no change has an index that small",
    ("engine/changes.py", "if parent not in found:", "if True:"): "a node that was walked already is walked again",
    ("engine/changes.py", "if mark.readings:", "if True:"): "an empty list is replaced by an empty list",
    ("engine/changes.py", "if not _handed:", "if False:"): "nothing is found where no array is handed out",
    ("engine/changes.py", "if not _handed and latest < 0:", "if False:"): "nothing is found where nothing was changed",
    ("engine/changes.py", "if id(held) not in now:", "if True:"): "the checksum is taken again, and is the same",
    ("engine/changes.py", "return False", "return None"): "None is as false",
    ("engine/changes.py", "if len(mark.readings) > 1:", "if True:"): "more passes look for changes, and find none",
    ("engine/changes.py", "if len(mark.readings) > 1:", "len(mark.readings) >= 1"): "more passes look for changes",
    ("engine/changes.py", "if node.index > latest:", "if False:"): "more passes look for changes, and find none",
    ("engine/changes.py", "if node.index > latest:", "node.index >= latest"): "a change has an index of its own",
    (
        "engine/changes.py",
        "if mark is not None and (node.index < mark.at or _was_written(mark, held, node.index, now)):",
        "node.index <= mark.at",
    ): "a change has an index of its own",
    (
        "engine/changes.py",
        "flat: Any = np.ascontiguousarray(held.T if held.flags.f_contiguous else held)",
        "held.T if True else held",
    ): "the entries are summed in another order, which is the same each time",
    (
        "engine/changes.py",
        "flat: Any = np.ascontiguousarray(held.T if held.flags.f_contiguous else held)",
        "held.T if False else held",
    ): "the entries are summed in another order, which is the same each time",
    (
        "engine/changes.py",
        "held = mark.where() if mark is not None else None",
        "mark.where() if True else None",
    ): "a watch ends within the loop only where memory is collected just then",
    (
        "engine/changes.py",
        "node: Any = leaf(Node, np.zeros(1), False)",
        "True",
    ): "references are counted, not gradients",
    ("engine/changes.py", "node: Any = leaf(Node, np.zeros(1), False)", "2"): "references are counted, not entries",
    (
        "engine/changes.py",
        "args = [leaf(type(a), a._data, True) if isinstance(a, Node) else a for a in node.args]",
        "False",
    ): "parents are remembered of what requires no gradient, too",
    (
        "engine/changes.py",
        "out = leaf(type(node), node._data, True)",
        "False",
    ): "parents are remembered of what requires no gradient, too",
    (
        "engine/changes.py",
        "g = leaf(type(node), node._data, True)",
        "False",
    ): "parents are remembered of what requires no gradient, too",
    (
        "engine/changes.py",
        "looked_for = {out} if read is node else {b for a, b in zip(node.args, args, strict=True) if a is read}",
        "False",
    ): "both are of one length",
    (
        "engine/kernels/arrays.py",
        "if x.__class__ is np.ndarray and y.__class__ is np.ndarray and x.ndim == 2 and y.ndim == 2:",
        "if False:",
    ): "np.matmul gives the same, after more questions",
    ("engine/kernels/floats.py", "if x >= 0:", "if True:"): "where e^(−x) overflows, NumPy is asked",
    ("engine/kernels/floats.py", "if x >= 0:", "if False:"): "where e^x overflows, NumPy is asked",
    ("engine/landing.py", "if (", "if False:"): "a bias's gradient is summed by `sum_to`, which takes twice as long",
    ("engine/landing.py", "@lru_cache(maxsize=8)", "9"): "how many arrays of ones are kept changes no number",
    (
        "engine/landing.py",
        "if isinstance(g, float) and not isinstance(g, Node):",
        "if False:",
    ): "`broadcast_to` shows the number as often, without memory of its own",
    (
        "engine/fast_passes.py",
        "if number and rule.needs_whole:",
        "if True:",
    ): "a number made whole before it must be is only slower",
    (
        "engine/fast_passes.py",
        "table[root] = spread(seed, root) if seed.__class__ is np.ndarray else seed",
        "spread(seed, root) if True else seed",
    ): "a number made whole before it must be is only slower",
}

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


def changes_of(node: ast.AST) -> Iterator[ast.AST]:
    """The ways to break one node of the tree."""
    broken: Any = copy.deepcopy(node)
    match broken:
        case ast.BinOp() | ast.BoolOp() if type(broken.op) in _OPERATORS:
            broken.op = _OPERATORS[type(broken.op)]()
            yield broken
        case ast.Compare() if type(broken.ops[0]) in _OPERATORS:
            broken.ops[0] = _OPERATORS[type(broken.ops[0])]()
            yield broken
        case ast.AugAssign():
            yield ast.Assign([broken.target], broken.value)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield broken.operand
        case ast.If() | ast.IfExp():
            for outcome in (True, False):
                changed = copy.deepcopy(broken)
                changed.test = ast.Constant(outcome)
                yield changed
        case ast.Constant() if broken.value is True or broken.value is False:
            yield ast.Constant(not broken.value)
        case ast.Constant() if isinstance(broken.value, int | float):
            yield ast.Constant(broken.value + 1)
        case ast.Return() if broken.value is not None:
            yield ast.Return(ast.Constant(None))
        case ast.Continue():
            yield ast.Break()
        case ast.Expr() if isinstance(broken.value, ast.Call):
            yield ast.Pass()


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """(line, what it became, the whole source) for each way to break a file; annotations are left alone."""
    tree = ast.parse(source)
    skipped = {id(each) for node in ast.walk(tree) for each in _unrun(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        for field, held in ast.iter_fields(node):
            for i, child in enumerate(held if isinstance(held, list) else [held]):
                if not isinstance(child, ast.AST) or id(child) in skipped:
                    continue
                for broken in changes_of(child):
                    ast.copy_location(broken, child)
                    _put(node, field, held, i, broken)
                    yield child.lineno, ast.unparse(broken).split("\n")[0], ast.unparse(ast.fix_missing_locations(tree))
                    _put(node, field, held, i, child)


def _put(node: ast.AST, field: str, held: Any, i: int, child: ast.AST) -> None:
    if isinstance(held, list):
        held[i] = child
    else:
        setattr(node, field, child)


def _unrun(node: ast.AST) -> Iterator[ast.AST]:
    """What is never run: annotations, imports for types only, assertions, and what an error says."""
    parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    if isinstance(node, ast.Assert | ast.Raise):
        parts.append(node)
    if isinstance(node, ast.Assign) and any(
        getattr(target, "id", "") in ("__slots__", "__all__") for target in node.targets
    ):
        parts.append(node)
    for part in parts:
        if part is not None:
            yield from ast.walk(part)


class Broken(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Loads one module of the package from another source."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self.name, self.path, self.source = name, path, source

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        return importlib.util.spec_from_loader(fullname, self, origin=str(self.path)) if fullname == self.name else None

    def get_filename(self, fullname: str) -> str:
        return str(self.path)

    def get_data(self, path: str) -> bytes:
        return self.source.encode()

    def path_stats(self, path: str) -> Any:
        raise OSError  # nothing is cached


def noticed(name: str, path: Path, source: str, tests: list[str]) -> bool:
    """Whether a test fails, or hangs, when the module is loaded from this source."""
    child = os.fork()
    if child == 0:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        sys.meta_path.insert(0, Broken(name, path, source))
        sys.dont_write_bytecode = True
        import pytest

        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-n", "0", "--no-header", *tests]
        os._exit(int(pytest.main(options)))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status != 0
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="a file of the package, such as engine/backward.py")
    parser.add_argument("tests", nargs="+", help="the tests that ought to notice, the quickest first")
    parser.add_argument("--every", type=int, default=1, metavar="K", help="only each Kth mutant")
    parser.add_argument("--lines", default="", metavar="A-B", help="only mutants of these lines")
    options = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    import numpy  # noqa: F401
    import pytest  # noqa: F401

    path = PACKAGE / options.file
    name = ".".join(("tinygrad_edu", *Path(options.file).with_suffix("").parts))
    source = path.read_text(encoding="utf-8")
    if noticed(name, path, source, options.tests):
        print("the tests fail on the code as it is")
        return 2
    lines = source.splitlines()
    first, _, last = options.lines.partition("-")
    every = [each for each in mutants(source) if not first or int(first) <= each[0] <= int(last or first)]
    survived = known = 0
    for line, became, broken in every[:: options.every]:
        if not noticed(name, path, broken, options.tests):
            reason = EQUIVALENT.get((options.file, lines[line - 1].strip(), became))
            survived += reason is None
            known += reason is not None
            if reason is None:
                print(f"{options.file}:{line}: {lines[line - 1].strip()}\n    became {became}", flush=True)
    print(f"{len(every[:: options.every])} mutants, {survived} survived, {known} more are equivalent")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
