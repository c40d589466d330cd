"""Mutation testing: break the code on purpose, one small change at a time, and see whether a test notices.

    python tests/mutants.py engine/backward.py tests/engine             every mutant of a file, against some tests
    python tests/mutants.py engine/backward.py tests/engine --every 5   each fifth of them
    python tests/mutants.py checking tests/checking --every 10          each tenth of all files of a room

The tests are collected once, and run once to see which lines each of them reaches. For each mutant the process is
forked, the functions that differ get their other code, and the tests that reach its line run until one fails, beginning
with those that noticed other mutants. What differs outside of functions, or in a line that is reached
while the package is loaded or by no test, is tried on all tests in a process that loads the package anew. Hypothesis
tries the same examples each time, and simplifies none. Those that stand in `equivalent_mutants.py`, with the reason why
nothing can notice them, are not tried. Prints the survivors, each with its line, and a count for each file; the exit
code is 1 if there is one.
"""

from __future__ import annotations

import argparse
import ast
import copy
import gc
import importlib.abc
import importlib.util
import inspect
import itertools
import mmap
import os
import pickle
import resource
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

from equivalent_mutants import EQUIVALENT

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tinygrad_edu"
PATIENCE = 120  # seconds of computing; a mutant that computes for longer is noticed, too
WAITING = 900  # seconds, those of other programs on a busy machine included; one that waits for longer is noticed


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


def mutants(source: str, path: Path, wanted: Callable[[int], bool]) -> Iterator[tuple[int, str, CodeType]]:
    """(line, what it became, the whole module) for each way to break a file; annotations are left alone.

    wanted: is asked for each, with its line, whether it is to be made.

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
                    if not wanted(child.lineno):
                        continue
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
    """What no user runs: annotations, imports for types only, assertions, what an error says, a row's `example`."""
    parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    if isinstance(node, ast.keyword) and node.arg == "example":  # what the tests themselves try a row on
        parts.append(node.value)
    if isinstance(node, ast.Assert | ast.Raise):
        parts.append(node)
    if isinstance(node, ast.Assign) and any(
        getattr(target, "id", "") in ("__slots__", "__all__") for target in node.targets
    ):
        parts.append(node)
    for part in parts:
        if part is not None:
            yield from ast.walk(part)


class Mutant(NamedTuple):
    """One way to break a file."""

    file: str  # such as engine/backward.py
    line: int
    text: str  # of the line, as it is
    became: str
    code: CodeType  # the whole module

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}\n    became {self.became}"


class Broken(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Loads modules of the package from other code.

    codes: by file, such as engine/backward.py.
    """

    def __init__(self, codes: dict[str, CodeType]) -> None:
        self.codes = {
            ".".join(("tinygrad_edu", *Path(file).with_suffix("").parts)): code for file, code in codes.items()
        }

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname not in self.codes:
            return None
        return importlib.util.spec_from_file_location(fullname, self.get_filename(fullname), loader=self)

    def get_filename(self, fullname: str) -> str:
        return self.codes[fullname].co_filename

    def get_source(self, fullname: str) -> str:
        return Path(self.get_filename(fullname)).read_text(encoding="utf-8")

    def get_code(self, fullname: str) -> CodeType:
        return self.codes[fullname]


def forked(work: Callable[[], int], seconds: float) -> tuple[bool, float]:
    """Whether `work` fails or takes too long in a process of its own, and for how long it computed.

    seconds: for how long it may compute, waiting for other programs not counted.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _quiet()
            _bound(seconds)
            code = work()
        finally:
            os._exit(code)
    until = time.monotonic() + WAITING
    while time.monotonic() < until:
        done, status, used = os.wait4(child, os.WNOHANG)
        if done:
            return status != 0, used.ru_utime + used.ru_stime
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True, seconds


def _quiet() -> None:
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)


def _bound(seconds: float) -> None:
    """Ends this process after so many more seconds of computing."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def tested(modules: Broken, tests: list[str], *plugins: Any) -> int:
    """The exit code of pytest where some modules are loaded from other code."""
    sys.meta_path.insert(0, modules)
    sys.dont_write_bytecode = True
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-n", "0", "--no-header", "--tb=no"]
    loaded = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # Hypothesis is loaded already
    return int(pytest.main([*options, *loaded, *tests], plugins=list(plugins)))


NOTICED, SURVIVED, ANEW = "noticed", "survived", "anew"


# ── many mutants in processes in which all is loaded ──────────────────────────────────────────────────────────────────


def parts_of(code: CodeType) -> dict[tuple[str, int, int], CodeType]:
    """The code of a module and of everything in it, by name and place."""
    found: dict[tuple[str, int, int], CodeType] = {}
    places: Counter[tuple[str, int]] = Counter()
    waiting = [code]
    for part in waiting:  # the list grows while it is walked
        place = (part.co_qualname, part.co_firstlineno)
        found[(*place, places[place])] = part
        places[place] += 1
        waiting += [each for each in part.co_consts if isinstance(each, CodeType)]
    return found


def own(code: CodeType) -> CodeType:
    """The code without that of the functions inside it."""
    return code.replace(co_consts=tuple(None if isinstance(each, CodeType) else each for each in code.co_consts))


class Watch:
    """Notes what is reached of some files, and how long it takes.

    lines: file, and number of the line or of the first line of a function; seconds: of computing, watched.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self.files = {str(PACKAGE / file): file for file in files}
        self.lines: set[tuple[str, int]] = set()
        self.seconds = 0.0

    def __enter__(self) -> Watch:
        self.seconds = -time.process_time()
        sys.settrace(self._enter)
        threading.settrace(self._enter)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        self.seconds += time.process_time()

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        file = self.files.get(frame.f_code.co_filename)
        if file is None:
            return None
        self.lines.add((file, frame.f_code.co_firstlineno))

        def step(frame: FrameType, event: str, arg: Any) -> Any:
            self.lines.add((file, frame.f_lineno))
            return step

        return step


class Loaded:
    """A plugin of pytest: tries mutants on the tests that were collected, and calls `tell` with the outcome of each.

    An outcome is its index and one of NOTICED, SURVIVED and ANEW: it has to be tried in a process that loads all anew.
    """

    def __init__(self, before: dict[str, CodeType], broken: list[Mutant], tell: Callable[[str], object]) -> None:
        self.parts = {file: parts_of(code) for file, code in before.items()}
        self.broken, self.tell = broken, tell
        self.told = mmap.mmap(-1, 8)  # where a process says which test failed
        self.loading = Watch(before)

    def pytest_sessionstart(self) -> None:
        self.loading.__enter__()

    def pytest_runtestloop(self, session: Any) -> bool:
        self.loading.__exit__()
        functions: dict[int, list[FunctionType]] = {}
        gc.unfreeze()  # what the tests freeze once they are collected is not among the objects
        for each in gc.get_objects():
            if isinstance(each, FunctionType):
                functions.setdefault(id(each.__code__), []).append(each)
        gc.freeze()
        reached = self.reached(session)
        noticed: dict[str, Counter[int]] = {"": Counter()}  # by file, and in all, how many mutants each test noticed
        for i, mutant in enumerate(self.broken):
            known = noticed.setdefault(mutant.file, Counter())
            outcome = self.outcome(mutant, session, self.changes(mutant, functions), reached, (known, noticed[""]))
            self.tell(f"{i} {outcome}\n")
        return True

    def outcome(
        self,
        mutant: Mutant,
        session: Any,
        changes: list[tuple[FunctionType, CodeType]],
        reached: list[Watch],
        known: Sequence[Counter[int]],
    ) -> str:
        lines = self.lines(mutant)
        order = [i for i, each in enumerate(reached) if lines & each.lines]
        order.sort(key=lambda i: (*(-each[i] for each in known), reached[i].seconds))
        if not changes or not order:
            return ANEW
        if forked(lambda: self.run(session, order, reached, changes), PATIENCE)[0]:
            for each in known:
                each[int.from_bytes(self.told[:], "little")] += 1
            return NOTICED
        return ANEW if lines & self.loading.lines else SURVIVED

    def reached(self, session: Any) -> list[Watch]:
        """What each test reaches; nothing, if it fails where nothing is broken."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _quiet()
                found = []
                for i in range(len(session.items)):
                    with Watch(self.parts) as watch:
                        _run_one(session, i)
                    if session.testsfailed:
                        watch.lines.clear()
                        session.testsfailed = 0
                        self.tell(f"{session.items[i].nodeid}\n")
                    found.append(watch)
                with os.fdopen(writer, "wb") as told:
                    pickle.dump(found, told)
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as told:
            found = pickle.load(told)
        os.waitpid(child, 0)
        return list(found)

    def lines(self, mutant: Mutant) -> set[tuple[str, int]]:
        """The line of a mutant; or the first lines of its functions, where no code has that number."""
        parts = self.parts[mutant.file]
        numbers = {mutant.line}
        if not any(mutant.line == line for part in parts.values() for _, _, line in part.co_lines()):
            numbers = {key[1] for key, part in parts_of(mutant.code).items() if parts.get(key) != part}
        return {(mutant.file, number) for number in numbers}

    def changes(
        self, mutant: Mutant, functions: dict[int, list[FunctionType]]
    ) -> list[tuple[FunctionType, CodeType]]:  # fmt: skip
        """Which functions get which code; none where more than functions differs."""
        found = []
        for key, part in parts_of(mutant.code).items():
            before = self.parts[mutant.file].get(key)
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

    def run(
        self, session: Any, order: list[int], reached: list[Watch], changes: list[tuple[FunctionType, CodeType]]
    ) -> int:
        for function, code in changes:
            function.__code__ = code
        for i in order:
            self.told[:] = i.to_bytes(8, "little")
            _bound(5 + 5 * reached[i].seconds)
            _run_one(session, i)
            if session.testsfailed:
                return 1
        return 0


def _run_one(session: Any, i: int) -> None:
    """Runs a test; what its module, class and session have set up is torn down again."""
    session.items[i].config.hook.pytest_runtest_protocol(item=session.items[i], nextitem=None)


def outcomes(before: dict[str, CodeType], broken: list[Mutant], tests: list[str]) -> Iterator[tuple[Mutant, str]]:
    """What became of each mutant in processes in which all is loaded."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _quiet()
            plugin = Loaded(before, broken, lambda line: os.write(writer, line.encode()))
            tested(Broken(before), tests, plugin)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        for line in told:
            i, _, outcome = line.rstrip().partition(" ")
            if i.isdigit():
                yield broken[int(i)], outcome
            else:
                print(f"fails where nothing is broken, and is left out: {line.rstrip()}", flush=True)
    os.waitpid(child, 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="a file of the package, such as engine/backward.py, or a folder")
    parser.add_argument("tests", nargs="+", help="the tests that ought to notice")
    parser.add_argument("--every", type=int, default=1, metavar="K", help="only each Kth mutant")
    parser.add_argument("--first", type=int, default=0, metavar="I", help="of each K the Ith, counted from 0")
    parser.add_argument("--lines", default="", metavar="A-B", help="only mutants of these lines")
    options = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    import numpy  # noqa: F401
    import pytest  # noqa: F401
    from hypothesis import Phase, settings

    settings.register_profile("quick", derandomize=True, phases=[Phase.explicit, Phase.generate], deadline=None)
    settings.load_profile("quick")
    first, _, last = options.lines.partition("-")
    count = itertools.count(-options.first)

    def wanted(line: int) -> bool:
        within = not first or int(first) <= line <= int(last or first)
        return within and next(count) % options.every == 0

    before: dict[str, CodeType] = {}
    every: list[Mutant] = []
    known: Counter[str] = Counter()
    chosen = PACKAGE / options.file
    for path in sorted(chosen.rglob("*.py")) if chosen.is_dir() else [chosen]:
        file = path.relative_to(PACKAGE).as_posix()
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines()
        before[file] = compile(ast.parse(source), str(path), "exec")
        for line, became, code in mutants(source, path, wanted):
            mutant = Mutant(file, line, lines[line - 1].strip(), became, code)
            if (mutant.file, mutant.text, mutant.became) in EQUIVALENT:
                known[file] += 1
            else:
                every.append(mutant)
    before = {file: code for file, code in before.items() if any(mutant.file == file for mutant in every)}
    tried: Counter[str] = Counter()
    survived: Counter[str] = Counter()
    for mutant, outcome in outcomes(before, every, options.tests):
        tried[mutant.file] += 1
        if outcome == NOTICED:
            continue
        anew = Broken({mutant.file: mutant.code})
        if outcome == SURVIVED or not forked(lambda anew=anew: tested(anew, options.tests), PATIENCE)[0]:  # type: ignore[misc]
            survived[mutant.file] += 1
            print(mutant, flush=True)
    if tried.total() < len(every):
        print("the tests could not be run")
        return 2
    for file in tried if len(tried) > 1 else ():
        print(f"{file}: {tried[file]} mutants, {survived[file]} survived, {known[file]} more are equivalent")
    print(f"{len(every)} mutants, {survived.total()} survived, {known.total()} more are equivalent")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
