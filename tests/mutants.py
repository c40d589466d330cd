"""Mutation testing: break the code on purpose, one small change at a time, and see whether a test notices.

    python tests/mutants.py engine/backward.py tests/engine             every mutant of a file, against some tests
    python tests/mutants.py engine/backward.py tests/engine --every 5   each fifth of them

The tests are collected once. For each mutant the process is forked, the functions that differ get their other code,
and the tests run until one fails, beginning with those that noticed earlier mutants. What survives that, or differs
outside of functions, is tried again in a process that loads the package anew. Hypothesis tries the same examples each
time, and simplifies none. Prints the survivors, each with its line; the exit code is 1 if there is one that does not
stand in `equivalent_mutants.py`, with the reason why nothing can notice it.
"""

from __future__ import annotations

import argparse
import ast
import copy
import gc
import importlib.abc
import importlib.util
import inspect
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from equivalent_mutants import EQUIVALENT

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tinygrad_edu"
PATIENCE = 120  # seconds; a mutant that runs for longer is noticed, too, and so is one that computes for too long


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
        case ast.Return() if broken.value is not None and getattr(broken.value, "value", ...) is not None:
            yield ast.Return(ast.Constant(None))
        case ast.Continue():
            yield ast.Break()
        case ast.Expr() if isinstance(broken.value, ast.Call):
            yield ast.Pass()


def mutants(source: str, path: Path) -> Iterator[tuple[int, str, CodeType]]:
    """(line, what it became, the whole module) for each way to break a file; annotations are left alone.

    The modules are compiled from trees, not from text, so that every line keeps its number.
    """
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
                    code = compile(ast.fix_missing_locations(tree), str(path), "exec")
                    yield child.lineno, ast.unparse(broken).split("\n")[0], code
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


class Broken(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Loads one module of the package from other code."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        return importlib.util.spec_from_loader(fullname, self, origin=str(self.path)) if fullname == self.name else None

    def get_filename(self, fullname: str) -> str:
        return str(self.path)

    def get_source(self, fullname: str) -> str:
        return self.path.read_text(encoding="utf-8")

    def get_code(self, fullname: str) -> CodeType:
        return self.code


def forked(work: Callable[[], int], seconds: float) -> tuple[bool, float]:
    """Whether `work` fails or takes too long in a process of its own, and for how long it computed.

    seconds: for how long it may compute, waiting for other programs not counted.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
            code = work()
        finally:
            os._exit(code)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        done, status, used = os.wait4(child, os.WNOHANG)
        if done:
            return status != 0, used.ru_utime + used.ru_stime
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True, seconds


def tested(module: Broken, tests: list[str], *plugins: Any) -> int:
    """The exit code of pytest where the module is loaded from other code."""
    sys.meta_path.insert(0, module)
    sys.dont_write_bytecode = True
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-n", "0", "--no-header", "--tb=no"]
    loaded = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # Hypothesis is loaded already
    return int(pytest.main([*options, *loaded, *tests], plugins=list(plugins)))


# ── many mutants in processes in which all is loaded ──────────────────────────────────────────────────────────────────


def parts_of(code: CodeType) -> dict[tuple[str, int, int], CodeType]:
    """The code of a module and of everything in it, by name and place."""
    found: dict[tuple[str, int, int], CodeType] = {}
    waiting = [code]
    for part in waiting:  # the list grows while it is walked
        place = (part.co_qualname, part.co_firstlineno)
        found[(*place, sum(key[:2] == place for key in found))] = part
        waiting += [each for each in part.co_consts if isinstance(each, CodeType)]
    return found


def own(code: CodeType) -> CodeType:
    """The code without that of the functions inside it."""
    return code.replace(co_consts=tuple(None if isinstance(each, CodeType) else each for each in code.co_consts))


class Loaded:
    """A plugin of pytest: tries mutants on the tests that were collected, and calls `tell` for each that is noticed."""

    def __init__(self, before: CodeType, broken: list[CodeType], tell: Callable[[int], None]) -> None:
        self.parts, self.broken, self.tell = parts_of(before), broken, tell

    def pytest_runtestloop(self, session: Any) -> bool:
        functions: dict[int, list[FunctionType]] = {}
        gc.unfreeze()  # what the tests freeze once they are collected is not among the objects
        for each in gc.get_objects():
            if isinstance(each, FunctionType):
                functions.setdefault(id(each.__code__), []).append(each)
        gc.freeze()
        failed, seconds = forked(lambda: self.run(session), PATIENCE)
        for i, code in enumerate(self.broken if not failed else []):
            changes = self.changes(code, functions)
            if changes and forked(lambda changes=changes: self.run(session, changes), 5 + 3 * seconds)[0]:
                self.tell(i)
        return True

    def changes(self, code: CodeType, functions: dict[int, list[FunctionType]]) -> list[tuple[FunctionType, CodeType]]:
        """Which functions get which code; none where more than functions differs."""
        found = []
        for key, part in parts_of(code).items():
            before = self.parts.get(key)
            if before is None:
                return []
            if part == before:
                continue
            if not part.co_flags & inspect.CO_OPTIMIZED:  # a module or the body of a class
                if own(part) != own(before):
                    return []
                continue
            known = functions.get(id(before), [])
            if any(each.__code__.co_freevars != part.co_freevars for each in known):
                return []
            if not known and "<locals>" not in part.co_qualname:
                return []
            found += [(each, part) for each in known]
        return found

    def run(self, session: Any, changes: list[tuple[FunctionType, CodeType]] = []) -> int:  # noqa: B006
        for function, code in changes:
            function.__code__ = code
        for i, item in enumerate(session.items):
            following = session.items[i + 1] if i + 1 < len(session.items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
        return 0


def unnoticed(module: Broken, broken: list[CodeType], tests: list[str]) -> list[int]:
    """The indices of the mutants that have to be tried anew."""
    reader, writer = os.pipe()

    def work() -> int:
        return tested(module, tests, Loaded(module.code, broken, lambda i: os.write(writer, b"%d\n" % i) and None))

    child = os.fork()
    if child == 0:
        try:
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            work()
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        noticed = {int(line) for line in told}
    os.waitpid(child, 0)
    return [i for i in range(len(broken)) if i not in noticed]


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
    from hypothesis import Phase, settings

    settings.register_profile("quick", derandomize=True, phases=[Phase.explicit, Phase.generate], deadline=None)
    settings.load_profile("quick")
    path = PACKAGE / options.file
    name = ".".join(("tinygrad_edu", *Path(options.file).with_suffix("").parts))
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    first, _, last = options.lines.partition("-")
    every = [each for each in mutants(source, path) if not first or int(first) <= each[0] <= int(last or first)]
    every = every[:: options.every]
    module = Broken(name, path, compile(ast.parse(source), str(path), "exec"))
    fails, seconds = forked(lambda: tested(module, options.tests), PATIENCE)
    if fails:
        print("the tests fail on the code as it is")
        return 2
    survived = known = 0
    for i in unnoticed(module, [code for _, _, code in every], options.tests):
        line, became, code = every[i]
        reason = EQUIVALENT.get((options.file, lines[line - 1].strip(), became))
        anew = Broken(name, path, code)
        if reason is not None:
            known += 1
        elif not forked(lambda anew=anew: tested(anew, options.tests), 5 + 3 * seconds)[0]:
            survived += 1
            print(f"{options.file}:{line}: {lines[line - 1].strip()}\n    became {became}", flush=True)
    print(f"{len(every)} mutants, {survived} survived, {known} more are equivalent")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
