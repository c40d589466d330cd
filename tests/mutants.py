"""Mutation testing: break the code on purpose, one small change at a time, and see whether a test notices.

    python tests/mutants.py engine/backward.py tests/engine             every mutant of a file, against some tests
    python tests/mutants.py engine/backward.py tests/engine --every 5   each fifth of them

The tests are collected once. For each mutant the process is forked, the functions that differ get their other code,
and the tests run until one fails, beginning with those that noticed earlier mutants. What survives that, or differs
outside of functions, is tried again in a process that loads the package anew. Hypothesis tries the same examples each
time, and simplifies none. Prints the survivors, each with its line; the exit code is 1 if there is one that does not
stand in EQUIVALENT, with the reason why nothing can notice it.
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

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tinygrad_edu"
PATIENCE = 120  # seconds; a mutant that runs for longer is noticed, too, and so is one that computes for too long

# (file, the line without its indentation, what became of it): why no test can notice
_WHOLE = (
    "if parent.flags & 1 and (node.rule.reduces or parent._data.shape == np.shape(node._data)):"
    "  # type: ignore[union-attr]"
)
_LAND = "`land` returns the same, after more questions"
_RECORD = "`record` does the same, after more questions"
_PLAIN = "the plain pass gives the same, after more questions"
_FIRST = "index 0 is that of a leaf that `changes.py` makes when it is loaded"
_PAGES = "a test that counts pages notices, in a process of its own that loads the file as it is"
_KEPT = "how much memory is kept changes no number"
_PLAIN_OPERAND = "if graph.switches or not (kind is float or kind is int or kind is beside):"
_BESIDE = "if a.__class__ is not float and a.__class__ is not int:"
_COMPUTED = "data = rule.array(*values, **params) if flags & 1 else rule.compute(values, params)"
_BIAS = "and c.ndim == 2 and c.shape[1:] == fits.shape and c.shape == node._data.shape"
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
    (
        "engine/kernels/matrices.py",
        "sign = np.linalg.det(u) * np.linalg.det(vh)",
        "np.linalg.det(u) / np.linalg.det(vh)",
    ): "both are 1 or −1",
    ("engine/kernels/matrices.py", "n = x.shape[-1]", "2"): "the matrices are square",
    (
        "engine/kernels/matrices.py",
        "roots = np.exp(2j * np.pi * np.arange(n) / max(n, 1))",
        "2",
    ): "one root of unity is 1, whatever its angle 0 is divided by",
    (
        "engine/kernels/matrices.py",
        "radii = [np.where((size > 0.0) & (way > 0.0), size / np.where(way > 0.0, way, 1.0), 1.0) for way in sizes]",
        "1.0",
    ): "a circle of another radius gives the same coefficients",
    ("engine/kernels/arrays.py", "safe = np.where(vanishing, 1.0, x)", "2.0"): "what is computed there is not taken",
    (
        "engine/kernels/arrays.py",
        "LARGE = 500  # entries from which on an einsum is faster by matrix products, their set-up included",
        "501",
    ): "faster or slower, and the same",
    (
        "engine/kernels/arrays.py",
        "square, sum_of_series = near * near, 1.0",
        "2.0",
    ): "below the last bit",
    ("engine/kernels/arrays.py", "and chosen.size >= _MANY", "chosen.size > _MANY"): "faster or slower, and the same",
    (
        "engine/kernels/arrays.py",
        "if x.__class__ is np.ndarray and y.__class__ is np.ndarray and x.ndim == 2 and y.ndim == 2:",
        "x.__class__ is not np.ndarray",
    ): "np.matmul gives the same, after more questions",
    (
        "engine/kernels/floats.py",
        "return 0.0 if x == 0 and y > 0 else math.pow(x, y) * math.log(x) ** n",
        "0.0 if False else math.pow(x, y) * math.log(x) ** n",
    ): "where log x is infinite, NumPy is asked",
    (
        "engine/kernels/floats.py",
        "return 0.0 if x == 0 and y > 0 else math.pow(x, y) * math.log(x) ** n",
        "1",
    ): "where log x is infinite, NumPy is asked",
    (
        "engine/kernels/floats.py",
        "return x if x > 0 or x != x else 0.0  # noqa: PLR0124",
        "x >= 0",
    ): "−0 instead of 0",
    (
        "engine/forking.py",
        'if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork',
        "if True:",
    ): "only Windows has no `register_at_fork`",
    ("engine/landing.py", "@lru_cache(maxsize=8)", "9"): "how many arrays of ones are kept changes no number",
    (
        "engine/landing.py",
        "if isinstance(g, float):",
        "if False:",
    ): "`broadcast_to` shows the number as often, without memory of its own",
    (
        "engine/fast_passes.py",
        "if number and rule.needs_whole:",
        "if True:",
    ): "a number made whole before it must be is only slower",
    (
        "engine/fast_passes.py",
        "if number and rule.needs_whole:",
        "number or rule.needs_whole",
    ): "a number made whole before it must be is only slower",
    (
        "engine/fast_passes.py",
        "table[root] = spread(seed, root) if seed.__class__ is np.ndarray else seed",
        "spread(seed, root) if True else seed",
    ): "a number made whole before it must be is only slower",
    ("engine/backward.py", "if not (create_graph or watch):", "if False:"): _PLAIN,
    (
        "engine/backward.py",
        "def ancestors(roots: Iterable[Node], *, all_nodes: bool = False, since: int = -1) -> list[Node]:",
        "1",
    ): _FIRST,
    (
        "engine/backward.py",
        "def ancestors(roots: Iterable[Node], *, all_nodes: bool = False, since: int = -1) -> list[Node]:",
        "2",
    ): "no node has a negative index",
    (
        "engine/landing.py",
        "and c.dtype is fits.dtype and node.rule.kind is elementwise  # type: ignore[union-attr]",
        "node.rule.kind is not elementwise",
    ): "a bias's gradient is summed by `sum_to`, and so is what rows of kind own hand on; a reduction adds no axis",
    ("engine/recorders.py", "if graph.switches:", "if True:"): _RECORD,
    ("engine/recorders.py", "if kind is cls:", "if False:"): _RECORD,
    ("engine/recorders.py", "elif kind is float or kind is int or kind is beside:", "if False:"): _RECORD,
    (
        "engine/recorders.py",
        "elif kind is float or kind is int or kind is beside:",
        "kind is float and kind is int and (kind is beside)",
    ): _RECORD,
    ("engine/recorders.py", _PLAIN_OPERAND, "if True:"): _RECORD,
    ("engine/recorders.py", _PLAIN_OPERAND, "kind is float and kind is int and (kind is beside)"): _RECORD,
    ("engine/kernels/lookup.py", "mallopt(-3, 32 * 2**20)", "pass"): _PAGES,
    ("engine/kernels/lookup.py", "mallopt(-3, 32 * 2**20)", "4"): _PAGES,
    ("engine/kernels/lookup.py", "mallopt(-1, 256 * 2**20)", "pass"): _PAGES,
    ("engine/kernels/lookup.py", "mallopt(-1, 256 * 2**20)", "1"): _PAGES,
    ("engine/kernels/lookup.py", "mallopt(-3, 32 * 2**20)", "3"): "of −3: " + _PAGES + "; of 2: " + _KEPT,
    ("engine/kernels/lookup.py", "mallopt(-3, 32 * 2**20)", "33"): _KEPT,
    ("engine/kernels/lookup.py", "mallopt(-3, 32 * 2**20)", "21"): _KEPT,
    ("engine/kernels/lookup.py", "mallopt(-1, 256 * 2**20)", "257"): _KEPT,
    ("engine/kernels/lookup.py", "mallopt(-1, 256 * 2**20)", "3"): _KEPT,
    ("engine/kernels/lookup.py", "mallopt(-1, 256 * 2**20)", "21"): _KEPT,
    ("engine/kernels/lookup.py", "mallopt(-1, 256 * 2**20)", "2"): "−2 is M_TOP_PAD, which keeps the memory as well",
    ("engine/fast_passes.py", "if rule.arity == 2:", "if False:"): "what is done in general is the same, and slower",
    ("engine/fast_passes.py", "if (", "if True:"): "`fitted` returns what fits as it is, after more questions",
    (
        "engine/fast_passes.py",
        "return spread(c, parent) if c.ndim else c[()]",
        "spread(c, parent) if True else c[()]",
    ): "a number made whole before it must be is only slower",
    ("engine/fast_passes.py", "elif rule.arity == 1 and x in table:", "if False:"): "done in general, which is slower",
    ("engine/fast_passes.py", "elif rule.arity == 1:", "if False:"): "what is done in general is the same, and slower",
    ("engine/fast_passes.py", "g, number = spread(g, node), False", "True"): "`fitted` returns what fits as it is",
    ("engine/fast_passes.py", "if rule.arity == 2:", "3"): "what is done in general is the same, and slower",
    (
        "engine/graph.py",
        "if args and args[0].__class__ is np.ndarray is args[-1].__class__ and len(args) <= 2:",
        "if False:",
    ): "`compute` does the same, after more questions",
    ("engine/fast_passes.py", "or (number and out.shape != fits.shape)", "number or out.shape != fits.shape"): (
        "`fitted` returns what fits as it is"
    ),
    (
        "engine/graph.py",
        "if not switches and args and isinstance(args[0], Node):  # fast paths of `record`",
        "if False:",
    ): _RECORD,
    ("engine/graph.py", "if len(args) == 1:", "if False:"): _RECORD,
    (
        "engine/graph.py",
        "if self.pairing is not None and args[0].flags and len(args) == 2 and not params:",
        "if False:",
    ): _RECORD,
    ("engine/table.py", "if rule.arity == 2:", "if False:"): _RECORD,
    (
        "engine/graph.py",
        "if kernel is None or kernel is self.scalar:",
        "if True:",
    ): "the kernel is asked twice",
    ("engine/graph.py", _BESIDE, "if True:"): _RECORD,
    ("engine/graph.py", _BESIDE, "a.__class__ is not float or a.__class__ is not int"): _RECORD,
    (
        "engine/graph.py",
        "odd = odd or (a.__class__ is not np.ndarray and isinstance(a, (np.ndarray, np.generic, list, tuple)))",
        "a.__class__ is not np.ndarray or isinstance(a, (np.ndarray, np.generic, list, tuple))",
    ): "`constant` returns what is uniform as it is",
    ("engine/graph.py", _COMPUTED, "rule.array(*values, **params) if True else rule.compute(values, params)"): (
        "NumPy computes the same of bare numbers, and slower"
    ),
    ("engine/graph.py", _COMPUTED, "rule.array(*values, **params) if False else rule.compute(values, params)"): (
        "`compute` does the same, after more questions"
    ),
    ("engine/graph.py", _COMPUTED, "2"): "`compute` does the same, after more questions",
    (
        "engine/graph.py",
        "data = kernel(x._data, **params) if params else kernel(x._data)",
        "kernel(x._data, **params) if True else kernel(x._data)",
    ): "no parameters are handed on as none",
    ("engine/graph.py", "if odd:", "if True:"): "`constant` returns what is uniform as it is",
    ("engine/graph.py", "if switches:", "if True:"): "where no switch is set, nothing is done about a fresh node",
    ("engine/graph.py", "if kernel is None:", "if True:"): _RECORD,
    ("engine/graph.py", "if kernel is None:", "if False:"): "None cannot be called, and `record` is asked then, too",
    ("engine/graph.py", "precedence: int = 9,", "10"): "`row` always says the precedence",
    ("engine/graph.py", "if kind is np.ndarray:", "if False:"): "an array has no `__kernel__`, and its kernel is taken",
    ("engine/graph.py", "if noticing is not None:", "if True:"): "`changes.py` sets it when it is loaded",
    ("engine/fast_passes.py", "elif rule.arity == 1 and x in table:", "2"): "done in general, which is slower",
    (
        "engine/graph.py",
        "if args and args[0].__class__ is np.ndarray is args[-1].__class__ and len(args) <= 2:",
        "len(args) < 2",
    ): "`compute` does the same, after more questions",
    ("engine/graph.py", "elif data.__class__ is not float:", "if True:"): "`scalar_or_array` returns a float as it is",
    (
        "engine/graph.py",
        "if kernel is None:",
        "kernel is not None",
    ): "None cannot be called",
    (
        "engine/graph.py",
        "if kernel is None or kernel is self.scalar:",
        "kernel is not None",
    ): "the kernel is asked twice",
    ("engine/fast_passes.py", "elif rule.arity == 1:", "2"): "what is done in general is the same, and slower",
    (
        "engine/fast_passes.py",
        "x._grad += dx(g, out, x._data, **params) if params else dx(g, out, x._data)",
        "dx(g, out, x._data, **params) if True else dx(g, out, x._data)",
    ): "no parameters are handed on as none",
    (
        "engine/fast_passes.py",
        "found = ((x, dx(g, out, x._data, **params) if params else dx(g, out, x._data)),)",
        "dx(g, out, x._data, **params) if True else dx(g, out, x._data)",
    ): "no parameters are handed on as none",
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
