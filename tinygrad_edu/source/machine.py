"""The program of a recording for the machine: results into buffers that are kept, in place where that is allowed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.kernels.arrays import copying_pays
from ..engine.rules import TABLE
from ..tensors.trees import tree_of
from . import layout
from .forms import ATOM, PRODUCT, Helpers, Names, Text, check_text, identifier, number, parameter, spelled
from .groups import Group, groups, is_fold, moves, multiplies
from .linking import linked
from .program import Op
from .recording import Recording
from .tracing import Drawn

# Above this many operations a program becomes several functions, each of at most so many lines: Python's compiler
# takes longer than linear time for one.
PART = 1000
_LONGEST_NUMBER = 120
_QUIETLY = 'with np.errstate(over="ignore"):'
Run = Callable[..., Any]


class Machine:
    """One recording as a function of its leaves. source: its text. run: the function."""

    def __init__(self, recording: Recording, name: str, donated: Sequence[int] = ()) -> None:
        self.recording, self.program = recording, recording.program
        self.names = Names(["np", "math", "pool", "v", "program", "make_buffers", "buffers", *TABLE])
        self.space: dict[str, Any] = {"np": np, "pool": []}
        self.helpers = Helpers([identifier(name, "f")], space=self.space)
        self.text_of: dict[Op, Text] = {}
        self.allocated: list[str] = []  # lines of make_buffers
        self.kept: list[str] = []  # what make_buffers gives, in order
        self.parts: list[list[list[str]]] = [[]]
        self.in_parts = len(self.program.ops) > 3 * PART
        self.stored: dict[Op, int] = {}
        self.part_of: dict[Op, int] = {}
        self.pending: dict[Op, None] = {}
        self.temporaries = itertools.count(1)
        self.outputs = {op for op in self.program.out if op is not None}
        self.moves = moves(self.program, recording.trace.outside.moving)
        self._find_static()
        self.raising = any(op.dtype is None and op not in self.static for op in self.program.ops)
        # what may raise half way is handed what it draws, so that it is computed anew from the same
        self.drawn = [op for op in self.program.tensors if isinstance(op.held, Drawn)] if self.raising else []
        self._name_inputs()
        # what may raise half way is computed anew from the arguments, so these must be there still
        self.donated = [] if self.raising else [self.program.inputs[i] for i in donated if self.program.inputs[i].shape]
        self.overwritten: list[int] = []  # the inputs among these that are
        self.memory = _Memory(self)
        self._emit_all()
        self.source = self._text(identifier(name, "f"))
        exec(self._code(f"<jit of {identifier(name, 'f')}>"), self.space)
        self.run: Run = self.space[identifier(name, "f")]
        if self.raising:
            self.run = self._with_ieee(self.run)

    def _code(self, filename: str) -> CodeType:
        """The text compiled; a long one as it stands, because looking its names up takes longer than they would."""
        if self.in_parts:
            return compile(self.source, filename, "exec")
        dtype = self._common_dtype()
        return linked(self.source, filename, self.space, dtype if dtype is not None and dtype.kind == "f" else None)

    def _common_dtype(self) -> Any:
        """The dtype of all arrays and numbers of the program, truth values aside; None if they have several."""
        lines = [op for op in (*self.program.inputs, *self.program.tensors, *self.program.ops) if op not in self.static]
        found = {op.dtype or np.dtype(float) for op in lines}
        found |= {a.dtype for op in lines for a in op.args if a.kind == "const" and a.dtype is not None}
        found.discard(np.dtype(bool))
        return found.pop() if len(found) == 1 else None

    # ── numbers where Python raises ──

    def _with_ieee(self, run: Run) -> Run:
        """Where Python's floats raise (1/0, log 0), the same operations by the engine's own rules."""

        def safe(*leaves: Any) -> Any:
            leaves += tuple([op.held.read() for op in self.drawn])
            try:
                return run(*leaves)
            except (ArithmeticError, ValueError):
                return self.interpreted(leaves)

        return safe

    def interpreted(self, leaves: Sequence[Any]) -> Any:
        """The program, one rule at a time."""
        held: dict[Op, Any] = dict(zip([*self.program.inputs, *self.drawn], leaves, strict=True))
        held.update((op, op.held._data) for op in self.program.tensors if op not in held)

        def value(a: Op) -> Any:
            return a.held if a.kind == "const" else held[a]

        def checked(op: Op) -> None:
            for check, params in self.program.checks.get(op, ()):
                check(value(op), *params)

        for op in list(held):
            checked(op)
        for op in self.program.ops:
            values = [value(a) for a in op.args]
            assert op.rule is not None
            held[op] = op.rule.compute(values, op.params) if op.dtype is None else op.rule.array(*values, **op.params)
            checked(op)
        trace = self.recording.trace
        found = [
            x if op is None else value(op) if op.dtype is None else np.array(value(op))[()]
            for op, x in zip(self.program.out, trace.out, strict=True)
        ]
        return trace.rebuild(found)

    # ── names ──

    def _name_inputs(self) -> None:
        self.parameters = []
        for op in self.program.inputs:
            fresh = self.names.fresh(identifier(op.held.name))
            self.parameters.append(fresh)
            self.text_of[op] = Text(fresh)
        self.loads = []
        for op in self.drawn:
            self.parameters.append(self.names.fresh("drawn"))
            self.text_of[op] = Text(self.parameters[-1])
        for op in self.program.tensors:
            if op in self.text_of:
                continue
            node = self.names.fresh(identifier(op.name or "w") + "_node")
            fresh = self.names.fresh(identifier(op.name or "w"))
            self.space[node] = op.held
            self.loads.append(f"{fresh} = {node}._data")
            self.text_of[op] = Text(fresh)

    def _constant(self, op: Op) -> Text:
        """A number as itself; an array by a name in the function's surroundings."""
        if not op.shape:
            return number(op.held)
        if op not in self.text_of:
            name = self.names.fresh("constant")
            self.space[name] = op.held
            self.text_of[op] = Text(name)
        return self.text_of[op]

    def ones(self, size: int, dtype: Any) -> str:
        """The name of an array of ones, with which a sum is a product of matrices."""
        name = f"ones_{size}_{np.dtype(dtype).name}"
        self.space.setdefault(name, np.ones(size, dtype))
        return name

    def operand(self, a: Op) -> Text:
        """How a line of the current part reads `a`."""
        if a.kind == "const":
            return self._constant(a)
        self.pending.pop(a, None)
        if self.in_parts and self.part_of.get(a, -1) != len(self.parts) - 1:
            slot = self.stored.setdefault(a, len(self.stored))
            return Text(f"v[{slot}]")
        return self.text_of[a]

    def _find_static(self) -> None:
        """Numbers that are the same at every call: counts, and what is made of them."""
        self.static: dict[Op, Any] = {}
        for op in self.program.ops:
            if op.rule is not None and op.rule.counts:
                self.static[op] = op.rule.compute([np.broadcast_to(0.0, op.args[0].shape)], op.params)
            elif op.dtype is None and all(a.kind == "const" or a in self.static for a in op.args):
                values = [self.static.get(a, a.held) for a in op.args]
                self.static[op] = op.rule.compute(values, op.params)  # type: ignore[union-attr]

    # ── lines ──

    def _emit_all(self) -> None:
        for op in self.program.checks:
            if op.kind != "op":
                self._check(op)
        for position, op in enumerate(self.program.ops):
            if op.dtype is None:
                self._number(op)
            elif not op.shape:
                self._line(op, _scalar(self, op))
            else:
                self.memory.emit(op, position)
            if op in self.program.checks:
                self._check(op)
            if self.in_parts and len(self.parts[-1]) >= PART:
                while self.pending:
                    waiting, _ = self.pending.popitem()
                    self._line(waiting, self.text_of[waiting])
                self.parts.append([])

    def _check(self, op: Op) -> None:
        """The calls that ask whether the numbers of `op` may be computed with."""
        for check, params in self.program.checks[op] if op.kind != "const" else ():
            self.statement(check_text(check, self.number_operand(op), params, self.helpers))

    def _number(self, op: Op) -> None:
        """A number of Python's: inside the line that reads it, if there is one such line and it stays short."""
        if op in self.static:
            return
        text = spelled(op, [self.number_operand(a) for a in op.args], self.helpers)
        if op.uses > 1 or op in self.outputs or len(text) > _LONGEST_NUMBER:
            self._line(op, text)
        else:
            self.text_of[op] = text
            self.part_of[op] = len(self.parts) - 1
            self.pending[op] = None

    def number_operand(self, a: Op) -> Text:
        """An operand, static numbers as themselves."""
        return number(self.static[a]) if a in self.static else self.operand(a)

    def _line(self, op: Op, text: str) -> str:
        """`name = text`, and the name."""
        name = self.temporary()
        self.parts[-1].append([name, text])
        self.text_of[op] = Text(name)
        self.part_of[op] = len(self.parts) - 1
        return name

    def temporary(self) -> str:
        """A fresh name for what nobody named."""
        return self.names.fresh(f"t{next(self.temporaries)}")

    def statement(self, text: str) -> None:
        """A line that is no assignment."""
        self.parts[-1].append(["", text])

    # ── the text ──

    def _text(self, name: str) -> str:
        returned = self._returned()
        lines = []
        if self.in_parts:
            return self._text_in_parts(name, returned)
        if self.kept:
            buffers = ", ".join(self.kept)
            make = ["def make_buffers():", *(f"    {line}" for line in self.allocated), f"    return ({buffers},)"]
            lines += [*make, "", ""]
        lines.append(f"def {name}({', '.join(self.parameters)}):")
        lines += [f"    {line}" for line in self.loads]
        if self.kept:
            lines += [
                "    try:", "        buffers = pool.pop()",
                "    except IndexError:", "        buffers = make_buffers()",
                f"    ({', '.join(self.kept)},) = buffers",
            ]  # fmt: skip
        inside = False
        for target, text in self.parts[0]:
            line = f"{target} = {text}" if target else text
            if not (inside and line == _QUIETLY):  # what follows stands in the block already
                lines.append(f"    {line}")
            inside = line == _QUIETLY or line.startswith("    ")
        if self.kept:
            lines.append("    pool.append(buffers)")
        lines.append(f"    return {returned}")
        return self._with_head(lines)

    def _text_in_parts(self, name: str, returned: str) -> str:
        lines: list[str] = []
        slots: dict[str, int] = {
            self.text_of[op]: slot for op, slot in self.stored.items() if self.part_of.get(op, -1) >= 0
        }
        for i, part in enumerate(self.parts):
            lines.append(f"def part_{i + 1}(v):")
            for target, text in part:
                store = f"v[{slots[target]}] = " if target in slots else ""
                lines.append(f"    {target} = {store}{text}" if target else f"    {text}")
            lines += ["    return", "", ""] if not part else ["", ""]
        lines.append(f"def {name}({', '.join(self.parameters)}):")
        lines += [f"    {line}" for line in self.loads]
        lines.append(f"    v = [None] * {len(self.stored)}")
        for op, slot in self.stored.items():
            if op.kind != "op":
                lines.append(f"    v[{slot}] = {self.text_of[op]}")
        lines += [f"    part_{i + 1}(v)" for i in range(len(self.parts))]
        lines.append(f"    return {returned}")
        return self._with_head(lines)

    def _with_head(self, lines: list[str]) -> str:
        body = "\n".join(lines)
        helpers = str(self.helpers)
        text = f"{helpers}\n\n\n{body}" if helpers else body
        head = "import math\n\n" if "math." in text else ""
        return f"{head}import numpy as np\n\n\n{text}\n" if "np." in text else f"{head}{text}\n"

    def _returned(self) -> str:
        """What the function returns: arrays of the caller's own, in f's containers."""
        if self.in_parts:
            self.parts.append([])
        given: set[Op] = set()
        skeleton = tree_of(self.recording.trace.rebuild)

        def leaf(i: int) -> str:
            op = self.program.out[i]
            if op is None:
                name = self.names.fresh("constant")
                self.space[name] = self.recording.trace.out[i]
                return name
            text = self.number_operand(op)
            array = op.shape or (op.dtype is not None and op.kind != "const")  # NumPy has some of no axes
            if array and (op.kind != "op" or op.view or op in given or 0 in op.shape):
                text = Text(f"np.array({text}){'' if op.shape else '[()]'}")
            if op.view and self.kept:  # a copy made now: a buffer that is back in the pool is another thread's
                name = self.temporary()
                self.parts[-1].append([name, text])
                text = Text(name)
            given.add(op)
            return text

        def special(cls: type) -> str:
            name = self.names.fresh(identifier(cls.__name__))
            self.space[name] = cls
            return name

        text = layout.skeleton_text(skeleton, leaf, special)
        if self.in_parts:
            self.parts.pop()
        return text


def _scalar(machine: Machine, op: Op) -> Text:
    """A NumPy number: an expression."""
    rule = op.rule
    assert rule is not None
    x = op.args[0] if op.args else None
    if x is not None and is_fold(op):
        text = Text(f"np.{rule.folds.__name__}.reduce({machine.operand(x)}, None)")
        if rule.averages:
            size = int(np.prod(x.shape)) - op.params["ddof"]
            return Text(f"{text} / {size}", PRODUCT)
        return text
    if rule.contracts and rule.arity == 2:
        return Text(f"{machine.operand(op.args[0]).within(ATOM)}.dot({machine.operand(op.args[1])})")
    return spelled(op, [machine.number_operand(a) for a in op.args], machine.helpers)


class _Memory:
    """Which array every operation writes to: a kept buffer, an operand that nobody reads again, or a fresh one."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        ops = [] if machine.in_parts else machine.program.ops  # a program in parts keeps no buffers
        self.last: dict[Op, int] = {}
        for position, op in enumerate(ops):
            for a in op.args:
                for source in self._roots(a):
                    self.last[source] = position
        for op in machine.outputs:
            for source in self._roots(op):
                self.last[source] = len(ops)
        self.free: dict[Any, list[str]] = {}
        self.buffer: dict[Op, str] = {}  # the array an operation's result stands in, if it may be written to
        self.shaped: set[str] = set()
        self.in_order: set[str] = set()  # of these, those whose entries lie in memory as they are read
        self.group = groups(machine.program, machine.outputs)

    def _roots(self, op: Op) -> list[Op]:
        """The operations in whose memory `op` may stand: itself, or what it is a view of."""
        found, pending = [], [op]
        while pending:
            a = pending.pop()
            found.append(a)
            if a.view:
                pending += a.args
        return found

    def emit(self, op: Op, position: int) -> None:
        """The line of an operation that gives an array."""
        machine, rule = self.machine, op.rule
        assert rule is not None
        if machine.in_parts:
            machine._line(op, self._generic(op))
            return
        if op.view:
            self._view(op)
        elif isinstance(rule.array, np.ufunc) and rule.array.nout == 1:
            self._ufunc(op, position)
        elif multiplies(op):
            x, y = op.args
            turned = y.rule is rules.matrix_transpose and len(x.shape) == 2 and copying_pays(*x.shape)
            second = f"{self._operand(y).within(ATOM)}.copy()" if turned else self._operand(y)
            self._into(op, position, f"{self._operand(x).within(ATOM)}.dot({second}", ")")
        elif is_fold(op):
            self._reduction(op, position)
        else:
            machine._line(op, self._generic(op))
            if not op.view and op not in machine.outputs and 0 not in op.shape:  # views without entries look as copies
                self.buffer[op] = machine.text_of[op]
        self._release(op, position)

    def _generic(self, op: Op) -> Text:
        return spelled(op, [self._operand(a) for a in op.args], self.machine.helpers)

    def _operand(self, a: Op) -> Text:
        return self.machine.number_operand(a)

    def _view(self, op: Op) -> None:
        """A view of a kept buffer is made with the buffer; any other where it is needed."""
        machine = self.machine
        assert op.rule is not None
        text = self._generic(op)
        if op.rule.moves == "in order" and op.args[0].shape:  # one call for reshape, expand_dims, squeeze
            text = Text(f"{self._operand(op.args[0]).within(ATOM)}.reshape({parameter(op.shape)})")
        source = machine.text_of.get(op.args[0])
        where = self.in_order if op.rule is rules.reshape else self.shaped  # what is out of order, a reshape copies
        if source is not None and source in where and op.rule.moves:
            name = machine.temporary()
            machine.allocated.append(f"{name} = {text}")
            machine.kept.append(name)
            machine.text_of[op] = Text(name)
            machine.part_of[op] = 0
            self.shaped.add(name)
        else:
            machine._line(op, text)

    def _ufunc(self, op: Op, position: int) -> None:
        machine = self.machine
        assert op.rule is not None
        if op in self.group:
            if position == self.group[op].position:
                self._at_once(op, self.group[op])
            return
        operands = [self._operand(a) for a in op.args]
        out = self._target(op, position)
        if out is None:
            text = spelled(op, operands, machine.helpers) if op.rule.infix else Text(_call(op, operands))
            self._set(op, self._quiet(op, machine._line, text))
            return
        line = _call(op, operands, out)
        if op.quiet:
            machine.statement(_QUIETLY)
            line = f"    {line}"
        machine.statement(line)
        self._set(op, out)

    def _at_once(self, op: Op, group: Group) -> None:
        """The line of the first operation of a group, which computes the others, too."""
        for member, x in group.members.items():
            self._set(member, self.buffer.pop(x))
        operands = [Text(group.buffer) if a.shape else self._operand(a) for a in op.args]
        self.machine.statement(_call(op, operands, group.buffer))

    def _quiet(self, op: Op, line: Callable[[Op, str], str], text: str) -> str:
        if op.quiet:
            self.machine.statement(_QUIETLY)
            name = line(op, text)
            self.machine.parts[-1][-1][0] = "    " + name
            return name
        return line(op, text)

    def _set(self, op: Op, name: str) -> None:
        self.machine.text_of[op] = Text(name)
        self.machine.part_of[op] = 0
        if op not in self.machine.outputs:
            self.buffer[op] = name

    def _target(self, op: Op, position: int) -> str | None:
        """Where an elementwise operation may write; None: into a fresh array."""
        if op in self.machine.moves:
            return str(self.machine.text_of[self.machine.moves[op]])
        for donated in self.machine.donated:
            if (
                donated.shape == op.shape
                and donated.dtype == op.dtype
                and self.last.get(donated, 0) <= position
                and donated not in self.machine.outputs
                and (op in self.machine.outputs)
            ):
                self.machine.donated.remove(donated)
                self.machine.overwritten.append(self.machine.program.inputs.index(donated))
                return str(self.machine.text_of[donated])
        if op in self.machine.outputs:
            return None
        for a in op.args:
            name = self.buffer.get(a)
            if name is not None and a.shape == op.shape and a.dtype == op.dtype and self._dies(a, position):
                del self.buffer[a]
                return name
        return self._buffer_for(op)

    def _dies(self, a: Op, position: int) -> bool:
        return self.last[a] <= position

    def _buffer_for(self, op: Op) -> str:
        """A kept buffer that is free, or a part of its group's."""
        if op in self.group:
            return self._part_for(op, self.group[op])
        waiting = self.free.setdefault((op.shape, op.dtype), [])
        if waiting:
            return waiting.pop()
        return self._kept(_empty(op.shape, op.dtype))

    def _kept(self, text: str) -> str:
        """The name of a buffer that `text` makes."""
        machine = self.machine
        name = machine.names.fresh(f"b{len(self.shaped) + 1}")
        machine.allocated.append(f"{name} = {text}")
        machine.kept.append(name)
        self.shaped.add(name)
        self.in_order.add(name)
        return name

    def _part_for(self, op: Op, group: Group) -> str:
        """The part of a group's buffer in which the array `op` stands."""
        if not group.buffer:
            group.buffer = self._kept(_empty((sum(math.prod(x.shape) for x in group.members.values()),), op.dtype))
        start, group.filled = group.filled, group.filled + math.prod(op.shape)
        shaped = f".reshape({parameter(op.shape)})" if len(op.shape) > 1 else ""
        return self._kept(f"{group.buffer}[{start}:{group.filled}]{shaped}")

    def _into(self, op: Op, position: int, call: str, end: str) -> None:
        """A call with room for `out` before its end: a fresh array for a result, else a buffer no operand stands in."""
        machine = self.machine
        if op in machine.outputs:
            machine._line(op, f"{call}{end}")
            return
        name = self._buffer_for(op)
        machine.statement(f"{call}, {name}{end}")
        self._set(op, name)

    def _reduction(self, op: Op, position: int) -> None:
        assert op.rule is not None
        x, axis, keepdims = op.args[0], op.params["axis"], op.params["keepdims"]
        rule = op.rule
        adds = rule.folds is np.add and not rule.averages
        if adds and axis == (0,) and len(x.shape) == 2 and not keepdims and x.dtype == op.dtype:
            self._into(op, position, f"{self.machine.ones(x.shape[0], x.dtype)}.dot({self._operand(x)}", ")")
            return
        shown = axis[0] if axis is not None and len(axis) == 1 else axis
        out = "None" if op in self.machine.outputs else self._buffer_for(op)
        keep = ", True" if keepdims else ""
        call = f"np.{rule.folds.__name__}.reduce({self._operand(x)}, {shown}, None, {out}{keep})"
        if out == "None":
            size = _size(x, axis) - op.params.get("ddof", 0)
            self.machine._line(op, f"{call} / {size}" if rule.averages else call)
            return
        self.machine.statement(call)
        if rule.averages:
            self.machine.statement(f"np.divide({out}, {_size(x, axis) - op.params['ddof']}, {out})")
        self._set(op, out)

    def _release(self, op: Op, position: int) -> None:
        """Buffers whose last reader this was are free again."""
        for a in dict.fromkeys(op.args):
            for source in self._roots(a):
                name = self.buffer.get(source)
                if name is not None and self.last[source] <= position:
                    del self.buffer[source]
                    if name in self.shaped:
                        self.free.setdefault((source.shape, source.dtype), []).append(name)


def _empty(shape: tuple[int, ...], dtype: Any) -> str:
    """The text that makes an array without numbers."""
    shown = "" if dtype == np.dtype(float) else f", np.{dtype.name}"
    return f"np.empty({shape[0] if len(shape) == 1 else shape}{shown})"


def _call(op: Op, operands: Sequence[str], out: str = "") -> str:
    """A ufunc's call, the result written to `out`, if that is given. maximum and minimum want it by name."""
    assert op.rule is not None
    target = [f"out={out}" if op.rule.name in ("maximum", "minimum") else out] if out else []
    return f"np.{op.rule.array.__name__}({', '.join([*operands, *target])})"


def _size(x: Op, axis: Any) -> int:
    return int(np.prod(x.shape if axis is None else [x.shape[a] for a in axis], dtype=int))
